//! Count, mean, standard deviation and signs of a section of a column.
//!
//! In: groups of values, in any order, and the sums of other parts. Out: the same bits however the
//! groups were ordered or parted. Not here: order statistics.
//!
//! A group of 64 is summed in f64 in an order of its own, and group sums are added exactly.

use super::exact_sum::ExactSum;
use crate::tile::PATHS_PER_GROUP;
use crate::tile::kernel::{Build, kernel};
use serde::{Deserialize, Serialize};

/// The moments of one section of a column.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moments {
    pub(crate) count: u64,
    pub(crate) mean: f64,
    pub(crate) sd: f64,
    pub(crate) above_zero: u64,
    pub(crate) at_zero: u64,
    pub(crate) below_zero: u64,
}

/// Sums from which moments are made.
///
/// Deviations are taken from a value of the column, which is near enough to the others to keep their
/// digits and known before the mean is; all parts of a column take the same.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct MomentSums {
    count: u64,
    above_zero: u64,
    below_zero: u64,
    deviation: ExactSum,
    square: ExactSum,
}

/// Partial sums of a group, side by side.
const SUMS: usize = 8;

impl MomentSums {
    /// Adds whole groups, the last of which may be cut short.
    pub(crate) fn take(&mut self, centre: f64, values: &[f64]) {
        let build = Build::fastest();
        let groups = values.chunks_exact(PATHS_PER_GROUP as usize);
        let rest = groups.remainder();
        self.count += values.len() as u64;
        for group in groups {
            let mut sums = GroupSums::default();
            sum_up(build, centre, group, &mut sums);
            self.take_group(&sums);
        }
        if !rest.is_empty() {
            // Filled up with the centre, whose deviation is 0; its sign is taken off again.
            let mut group = [centre; PATHS_PER_GROUP as usize];
            group[..rest.len()].copy_from_slice(rest);
            let mut sums = GroupSums::default();
            sum_up(build, centre, &group, &mut sums);
            let filled = group.len() - rest.len();
            sums.above_zero[0] -= if centre > 0.0 { filled as f64 } else { 0.0 };
            sums.below_zero[0] -= if centre < 0.0 { filled as f64 } else { 0.0 };
            self.take_group(&sums);
        }
    }
    fn take_group(&mut self, sums: &GroupSums) {
        self.deviation.add(sums.deviation.iter().sum());
        self.square.add(sums.square.iter().sum());
        self.above_zero += sums.above_zero.iter().sum::<f64>() as u64;
        self.below_zero += sums.below_zero.iter().sum::<f64>() as u64;
    }
    /// Adds another part.
    pub(crate) fn add_part(&mut self, other: &Self) {
        self.count += other.count;
        self.above_zero += other.above_zero;
        self.below_zero += other.below_zero;
        self.deviation.add_sum(&other.deviation);
        self.square.add_sum(&other.square);
    }
    /// Number of values.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }
    /// The moments, deviations having been taken from `centre`; sd is NaN for fewer than two values.
    pub(crate) fn moments(&self, centre: f64) -> Moments {
        let offset = self.deviation.mean(self.count);
        let squares = self.square.value() - self.deviation.value() * offset;
        Moments {
            count: self.count,
            mean: centre + offset,
            sd: (squares.max(0.0) / (self.count as f64 - 1.0)).sqrt(),
            above_zero: self.above_zero,
            at_zero: self.count - self.above_zero - self.below_zero,
            below_zero: self.below_zero,
        }
    }
}

/// The sums of one group.
#[derive(Default)]
struct GroupSums {
    deviation: [f64; SUMS],
    square: [f64; SUMS],
    above_zero: [f64; SUMS],
    below_zero: [f64; SUMS],
}

kernel! {
    fn sum_up(centre: f64, group: &[f64], sums: &mut GroupSums) {
        let (mut first, mut second) = ([0.0; SUMS], [0.0; SUMS]);
        let (mut above, mut below) = ([0.0; SUMS], [0.0; SUMS]);
        for values in group.chunks_exact(SUMS) {
            for i in 0..SUMS {
                let deviation = values[i] - centre;
                first[i] += deviation;
                second[i] = deviation.mul_add(deviation, second[i]);
                above[i] += if values[i] > 0.0 { 1.0 } else { 0.0 };
                below[i] += if values[i] < 0.0 { 1.0 } else { 0.0 };
            }
        }
        *sums = GroupSums {
            deviation: first,
            square: second,
            above_zero: above,
            below_zero: below,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(centre: f64, values: &[f64]) -> Moments {
        let mut sums = MomentSums::default();
        sums.take(centre, values);
        sums.moments(centre)
    }

    #[test]
    fn equal_values_away_from_the_centre_have_no_spread() {
        // The sum of squares less that of the mean may round to a hair below 0.
        for k in 1..200 {
            let value = f64::from(k) * 0.1;
            let sd = of(0.0, &vec![value; 64 * 5]).sd;
            assert!(sd <= 1e-7 * value, "{value}: {sd}");
        }
    }

    #[test]
    fn sd_keeps_its_digits_beside_a_large_offset() {
        // As NIST's NumAcc3 and NumAcc4: an offset, then ±0.1 in turn; sd² = 0.01·n/(n − 1).
        // Dyadic steps are exact in f64 at 1e9, decimal ones are not: 2^-3 stands for 0.1.
        for offset in [0.0, 1e6, 1e9] {
            let mut values = vec![offset];
            for _ in 0..2048 {
                values.extend([offset + 0.125, offset - 0.125]);
            }
            // The centre is a value of the column, whichever.
            for centre in [offset, offset + 0.125] {
                let moments = of(centre, &values);
                assert_eq!(moments.mean, offset);
                assert!((moments.sd - 0.125).abs() < 1e-15, "{} at {offset}", moments.sd);
            }
        }
    }

    #[test]
    fn parts_in_any_order_give_the_same_bits() {
        let values: Vec<f64> =
            (0..5000).map(|p| f64::from(p * 7919 % 5003).sqrt() - 30.0).collect();
        let whole = of(7.5, &values);
        for groups in [1, 3, 17] {
            // The last part, with the group that is cut short, comes first.
            let mut sums = MomentSums::default();
            for part in values.chunks(64 * groups).rev() {
                let mut own = MomentSums::default();
                own.take(7.5, part);
                sums.add_part(&own);
            }
            assert_eq!(sums.moments(7.5), whole, "{groups} groups a part");
        }
    }

    #[test]
    fn every_build_gives_the_same_bits() {
        let group: Vec<f64> = (0..64).map(|i| f64::from(i * 37 % 64).sqrt() - 4.0).collect();
        let of = |build| {
            let mut sums = GroupSums::default();
            sum_up(build, 0.3, &group, &mut sums);
            (sums.deviation, sums.square, sums.above_zero, sums.below_zero)
        };
        for build in Build::available() {
            assert_eq!(of(build), of(Build::PORTABLE), "{build:?}");
        }
    }

    #[test]
    fn signs_are_counted_apart() {
        // 2,048 values and a group cut short, which is filled up with the centre.
        let values: Vec<f64> = (0..2056).map(|p| f64::from(p % 8 - 3).max(-1.0)).collect();
        for centre in [-1.0, 0.0, 2.0] {
            let moments = of(centre, &values);
            let signs = (moments.below_zero, moments.at_zero, moments.above_zero);
            assert_eq!(signs, (3 * 257, 257, 4 * 257), "{centre}");
        }
        assert_eq!(of(0.0, &[-0.0; 2048]).at_zero, 2048);
    }

    #[test]
    #[should_panic(expected = "not finite")]
    fn a_number_that_is_none_is_our_bug() {
        let mut values = vec![1.0; 2048];
        values[77] = f64::NAN;
        of(1.0, &values);
    }
}
