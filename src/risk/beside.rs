//! What stood beside the worst paths of a column: sources of revenue, drivers.
//!
//! In: the values of the rank column, each with a row of others beside it, in any order; other parts of
//! the section. Out: the means of the others over exactly the worst paths of the rank column. Not
//! here: which paths these are (`held` finds the threshold).
//!
//! Rows are kept where the threshold may still lie; below they are summed, above they are let go.
//! Where more paths stand at the threshold than the tail has room for, each counts in part: their mean
//! is taken for the room that is left, so no order of the paths decides. Where columns add up to the
//! rank column, so do their tail means to its tail mean.

use super::exact_sum::ExactSum;
use super::held::{Interval, intersection};
use serde::{Deserialize, Serialize};

/// The rows beside one section of a rank column while they come in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TailRows {
    /// Number of columns beside the rank column.
    width: usize,
    /// Rows with a rank value strictly between these are kept.
    kept: Interval,
    below: RowSums,
    /// Rows at the two ends; at the first where both are one.
    at_ends: [RowSums; 2],
    /// A rank value, then what stood beside it; flat.
    rows: Vec<f64>,
}

/// How many rows, and the sums of what stood beside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct RowSums {
    count: u64,
    sums: Vec<ExactSum>,
}

impl RowSums {
    fn new(width: usize) -> Self {
        Self { count: 0, sums: vec![ExactSum::default(); width] }
    }
    fn take(&mut self, row: impl Iterator<Item = f64>) {
        self.count += 1;
        self.sums.iter_mut().zip(row).for_each(|(sum, value)| sum.add(value));
    }
    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, other)| sum.add_sum(other));
    }
}

impl TailRows {
    /// No rows yet, `width` columns beside; rows up to a rank value of `high` may be asked for.
    pub(super) fn new(width: usize, high: f64) -> Self {
        Self {
            width,
            kept: [f64::NEG_INFINITY, high],
            below: RowSums::new(width),
            at_ends: [RowSums::new(width), RowSums::new(width)],
            rows: Vec::new(),
        }
    }
    /// Takes rank values with the same number of values of each column beside.
    pub(super) fn take(&mut self, rank_values: &[f64], beside: &[&[f64]]) {
        for (at, value) in rank_values.iter().enumerate() {
            if *value <= self.kept[1] {
                self.take_row(*value + 0.0, beside.iter().map(|column| column[at]));
            }
        }
    }
    fn take_row(&mut self, value: f64, row: impl Iterator<Item = f64>) {
        let [low, high] = self.kept;
        if value < low {
            self.below.take(row);
        } else if value == low {
            self.at_ends[0].take(row);
        } else if value == high {
            self.at_ends[1].take(row);
        } else if value < high {
            self.rows.push(value);
            self.rows.extend(row);
        }
    }
    /// Goes on to keep rows within `interval` only, which lies in that before.
    pub(super) fn shrink(&mut self, interval: Interval) {
        let interval = intersection(interval, self.kept);
        if interval == self.kept {
            return;
        }
        let mut new = Self::new(self.width, interval[1]);
        new.kept = interval;
        new.below.add(&self.below);
        for (end, sums) in self.kept.iter().zip(&self.at_ends) {
            if *end < interval[0] {
                new.below.add(sums);
            } else if *end == interval[0] {
                new.at_ends[0].add(sums);
            } else if *end == interval[1] {
                new.at_ends[1].add(sums);
            }
        }
        for row in self.rows.chunks_exact(self.width + 1) {
            new.take_row(row[0], row[1..].iter().copied());
        }
        new.rows.shrink_to_fit();
        *self = new;
    }
    /// The greatest rank value whose row is kept.
    pub(super) fn end(&self) -> f64 {
        self.kept[1]
    }
    /// Joins another part of the section.
    pub(super) fn join(&mut self, mut other: Self) {
        self.shrink(other.kept);
        other.shrink(self.kept);
        self.below.add(&other.below);
        self.at_ends.iter_mut().zip(&other.at_ends).for_each(|(own, other)| own.add(other));
        self.rows.append(&mut other.rows);
    }
    /// The mean of each column over the worst `rank` paths, the worst of which but one stand below
    /// `threshold`; none if its rows were not kept.
    pub(super) fn means(&self, threshold: f64, rank: u64) -> Option<Vec<f64>> {
        if !(self.kept[0] <= threshold && threshold <= self.kept[1]) {
            return None;
        }
        let (mut tail, mut ties) = (self.below.clone(), RowSums::new(self.width));
        for (end, sums) in self.kept.iter().zip(&self.at_ends) {
            if *end < threshold {
                tail.add(sums);
            } else if *end == threshold {
                ties.add(sums);
            }
        }
        for row in self.rows.chunks_exact(self.width + 1) {
            if row[0] < threshold {
                tail.take(row[1..].iter().copied());
            } else if row[0] == threshold {
                ties.take(row[1..].iter().copied());
            }
        }
        let room = rank - tail.count;
        if room == ties.count {
            tail.add(&ties);
            return Some(tail.sums.iter().map(|sum| sum.mean(rank)).collect());
        }
        let mean = |(sum, ties_sum): (&ExactSum, &ExactSum)| {
            (sum.value() + room as f64 * ties_sum.mean(ties.count)) / rank as f64
        };
        Some(tail.sums.iter().zip(&ties.sums).map(mean).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{LAWS, Law, sample};
    use super::*;

    /// The rank column, its square root and its path beside it.
    fn beside(values: &[f64]) -> [Vec<f64>; 3] {
        let paths = (0..values.len()).map(|path| path as f64);
        [values.to_vec(), values.iter().map(|v| v.abs().sqrt()).collect(), paths.collect()]
    }

    fn rows(values: &[f64], paths: std::ops::Range<usize>, high: f64) -> TailRows {
        let columns = beside(values);
        let mut rows = TailRows::new(3, high);
        rows.take(&values[paths.clone()], &columns.each_ref().map(|c| &c[paths.clone()]));
        rows
    }

    #[test]
    fn means_are_those_of_the_sorted_paths() {
        for law in LAWS {
            let values = sample(law, 5, 10_007);
            let columns = beside(&values);
            let mut order: Vec<usize> = (0..values.len()).collect();
            order.sort_by(|a, b| (values[*a] + 0.0).total_cmp(&(values[*b] + 0.0)));
            let rank = 501;
            let threshold = values[order[rank - 1]] + 0.0;
            let below = order.iter().filter(|path| values[**path] < threshold).count();
            let ties: Vec<usize> =
                order.iter().copied().filter(|path| values[*path] == threshold).collect();
            let wanted = columns.each_ref().map(|column| {
                let sum: f64 = order[..below].iter().map(|path| column[*path]).sum();
                let tied: f64 = ties.iter().map(|path| column[*path]).sum::<f64>();
                (sum + tied * (rank - below) as f64 / ties.len() as f64) / rank as f64
            });
            let reach = |ranks: isize| values[order[(500 + ranks) as usize]] + 0.0;
            let mut narrow = rows(&values, 0..10_007, f64::INFINITY);
            let whole = narrow.means(threshold, rank as u64).unwrap();
            narrow.shrink([reach(-100), reach(200)]);
            let first = rows(&values, 0..3_000, reach(150));
            let mut joined = rows(&values, 3_000..10_007, f64::INFINITY);
            joined.shrink([reach(-50), reach(900)]);
            joined.join(first);
            for found in [narrow.means(threshold, 501), joined.means(threshold, 501)] {
                assert_eq!(found.as_ref(), Some(&whole), "{law:?}");
            }
            for (found, wanted) in whole.iter().zip(wanted) {
                assert!((found - wanted).abs() < 1e-10 * (1.0 + wanted.abs()), "{law:?}");
            }
        }
    }

    #[test]
    fn sources_that_add_up_have_tail_means_that_add_up() {
        let sources = [0, 1, 2].map(|seed| sample(Law::LogNormal, seed, 20_000));
        let total: Vec<f64> =
            (0..20_000).map(|p| sources[0][p] + sources[1][p] + sources[2][p]).collect();
        let mut sorted = total.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut rows = TailRows::new(4, f64::INFINITY);
        rows.take(&total, &[&sources[0], &sources[1], &sources[2], &total]);
        let means = rows.means(sorted[999], 1000).unwrap();
        // A path's total is rounded twice, by half a unit of at most 8 or so.
        let added: f64 = means[..3].iter().sum();
        assert!((added - means[3]).abs() < 8.0 * f64::EPSILON);
    }

    #[test]
    fn ties_count_in_part() {
        // 1000 paths at 0, 1048 at 1: the worst 103 are 103 of the 1000, whose mean path is 999.
        let is_low = |path: u32| path.is_multiple_of(2) && path < 2_000;
        let values: Vec<f64> = (0..2048).map(|p| if is_low(p) { 0.0 } else { 1.0 }).collect();
        let means = rows(&values, 0..2_048, 0.0).means(0.0, 103).unwrap();
        assert_eq!(means, [0.0, 0.0, 999.0]);
    }

    #[test]
    fn a_threshold_that_was_let_go_is_missed() {
        let values = sample(Law::Normal, 2, 4_096);
        let mut narrow = rows(&values, 0..4_096, -1.0);
        assert_eq!(narrow.means(-0.9, 700), None);
        narrow.shrink([-2.0, -1.5]);
        assert_eq!(narrow.means(-2.1, 70), None);
    }
}
