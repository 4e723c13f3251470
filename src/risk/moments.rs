//! Count, mean, standard deviation and signs of a column, per replication and in full.
//!
//! In: values in path order, in chunks cut anywhere. Out: the same bits however they were cut: each
//! value goes to the partial sum of its replication and of its path mod 4, and these are added in
//! order. Not here: order statistics.

use super::double_double::DoubleDouble;
use super::replication::{REPLICATIONS, replication_of, runs};

/// Partial sums a replication: the chain of one sum is long, and four run side by side.
const LANES: usize = 4;

/// The moments of one section of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
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
/// Deviations are taken from the first value of the column, which is near enough to the others to
/// keep their digits and known before the mean is; what the distance to the mean costs, the double
/// precision of the sums pays.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: u64,
    above_zero: u64,
    below_zero: u64,
    value: [DoubleDouble; LANES],
    deviation: [DoubleDouble; LANES],
    square: [DoubleDouble; LANES],
}

impl Sums {
    #[inline(always)]
    fn add(&mut self, lane: usize, value: f64, centre: f64) {
        let deviation = value - centre;
        self.above_zero += u64::from(value > 0.0);
        self.below_zero += u64::from(value < 0.0);
        self.value[lane].add(value);
        self.deviation[lane].add(deviation);
        self.square[lane].add_pair(DoubleDouble::product(deviation, deviation));
    }
    fn add_sums(&mut self, other: &Self) {
        self.count += other.count;
        self.above_zero += other.above_zero;
        self.below_zero += other.below_zero;
        for lane in 0..LANES {
            self.value[lane].add_pair(other.value[lane]);
            self.deviation[lane].add_pair(other.deviation[lane]);
            self.square[lane].add_pair(other.square[lane]);
        }
    }
    fn moments(&self) -> Moments {
        let count = self.count as f64;
        let mean = across(&self.value).divided_by(count).value();
        let mut squares = across(&self.square);
        squares.subtract(across(&self.deviation).squared().divided_by(count));
        let variance = squares.value().max(0.0) / (count - 1.0);
        assert!(mean.is_finite() && variance.is_finite(), "a column holds a number not finite");
        Moments {
            count: self.count,
            mean,
            sd: variance.sqrt(),
            above_zero: self.above_zero,
            at_zero: self.count - self.above_zero - self.below_zero,
            below_zero: self.below_zero,
        }
    }
}

fn across(lanes: &[DoubleDouble; LANES]) -> DoubleDouble {
    let mut sum = lanes[0];
    lanes[1..].iter().for_each(|lane| sum.add_pair(*lane));
    sum
}

/// The moments of a column while its values come in.
#[derive(Debug, Clone)]
pub(crate) struct MomentSums {
    centre: Option<f64>,
    by_replication: [Sums; REPLICATIONS],
}

impl MomentSums {
    /// Sums of no values yet.
    pub(crate) fn new() -> Self {
        Self { centre: None, by_replication: [Sums::default(); REPLICATIONS] }
    }
    /// Adds the values of consecutive paths, which follow those before.
    pub(crate) fn feed(&mut self, first_path: u64, values: &[f64]) {
        let Some(first) = values.first() else { return };
        let centre = *self.centre.get_or_insert(*first);
        for (path, run) in runs(first_path, values) {
            let sums = &mut self.by_replication[replication_of(path)];
            sums.count += run.len() as u64;
            let lead = (path.next_multiple_of(LANES as u64) - path) as usize;
            let (lead, run) = run.split_at(lead.min(run.len()));
            for (at, value) in lead.iter().enumerate() {
                sums.add((path as usize + at) % LANES, *value, centre);
            }
            let mut local = *sums;
            let quads = run.chunks_exact(LANES);
            let rest = quads.remainder();
            for quad in quads {
                for lane in 0..LANES {
                    local.add(lane, quad[lane], centre);
                }
            }
            for (lane, value) in rest.iter().enumerate() {
                local.add(lane, *value, centre);
            }
            *sums = local;
        }
    }
    /// The moments of the full sample, and of each replication.
    pub(crate) fn finish(&self) -> (Moments, [Moments; REPLICATIONS]) {
        let mut full = self.by_replication[0];
        self.by_replication[1..].iter().for_each(|sums| full.add_sums(sums));
        (full.moments(), std::array::from_fn(|r| self.by_replication[r].moments()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Moments {
        let mut sums = MomentSums::new();
        sums.feed(0, values);
        sums.finish().0
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
            let moments = of(&values);
            let sd = (0.125_f64.powi(2) * 4096.0 / 4096.0).sqrt();
            assert_eq!(moments.mean, offset);
            assert!((moments.sd - sd).abs() < 1e-15, "{} at {offset}", moments.sd);
        }
    }

    #[test]
    fn a_first_value_far_from_the_rest_costs_no_digit() {
        // Path 0 lies in replication 0; the spread of replication 1 must not see it.
        let mut values: Vec<f64> = (0..4096).map(|p| 1e9 + f64::from(p % 2)).collect();
        values[0] = 0.0;
        let mut sums = MomentSums::new();
        sums.feed(0, &values);
        let sd = sums.finish().1[1].sd;
        assert!((sd - (0.25_f64 * 128.0 / 127.0).sqrt()).abs() < 1e-15, "{sd}");
    }

    #[test]
    fn chunks_cut_anywhere_give_the_same_bits() {
        let values: Vec<f64> =
            (0..5000).map(|p| f64::from(p * 7919 % 5003).sqrt() - 30.0).collect();
        let mut whole = MomentSums::new();
        whole.feed(0, &values);
        for length in [1, 3, 64, 130, 4999] {
            let mut cut = MomentSums::new();
            for (index, chunk) in values.chunks(length).enumerate() {
                cut.feed((index * length) as u64, chunk);
            }
            assert_eq!(cut.finish(), whole.finish(), "chunks of {length}");
        }
    }

    #[test]
    fn signs_are_counted_apart() {
        let values: Vec<f64> = (0..2048).map(|p| f64::from(p % 8 - 3).max(-1.0)).collect();
        let moments = of(&values);
        assert_eq!(
            (moments.below_zero, moments.at_zero, moments.above_zero),
            (3 * 256, 256, 4 * 256)
        );
        assert_eq!(of(&[-0.0; 2048]).at_zero, 2048);
    }

    #[test]
    #[should_panic(expected = "not finite")]
    fn a_number_that_is_none_is_our_bug() {
        let mut values = vec![1.0; 2048];
        values[77] = f64::NAN;
        of(&values);
    }
}
