//! Tail attribution: what stood beside the worst paths of a column.
//!
//! In: the tail of one column, the rank column, then its values again beside those of other columns
//! (sources of revenue, drivers), in path order. Out: the mean of each over exactly the worst
//! ⌈p n⌉ paths of the rank column, and over all paths, each with its error. Not here: how the tail
//! was found; the stored and the bracketed mode give the same threshold, so both work.
//!
//! Paths that tie at the threshold are taken in path order, as many as the tail has room for. Where
//! columns add up to the rank column, so do their tail means to its tail mean.

use super::Estimate;
use super::distribution::Distribution;
use super::double_double::DoubleDouble;
use super::replication::{REPLICATIONS, Replicated, replication_of, replication_sizes};

/// Which paths are the worst of a column: in full, and within each replication.
#[derive(Debug, Clone, PartialEq)]
pub struct TailThreshold {
    paths: u64,
    full: Threshold,
    by_replication: [Threshold; REPLICATIONS],
}

/// All values below `value` and the first `ties` of those at it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Threshold {
    value: f64,
    ties: u64,
}

impl Threshold {
    /// Whether a path belongs to the tail; one more tie is taken.
    #[inline]
    fn takes(&mut self, value: f64) -> bool {
        let tie = value == self.value && self.ties > 0;
        self.ties -= u64::from(tie);
        tie || value < self.value
    }
}

impl TailThreshold {
    /// The worst ⌈p n⌉ paths of a rank column.
    ///
    /// # Panics
    /// If the distribution was made without the tail of this level.
    pub fn of(rank_column: &Distribution, probability: f64) -> Self {
        let threshold = |section: &super::Section| {
            let (value, tail) = section.tail(probability);
            Threshold { value, ties: tail.ties }
        };
        Self {
            paths: rank_column.paths(),
            full: threshold(&rank_column.full),
            by_replication: std::array::from_fn(|r| threshold(&rank_column.by_replication[r])),
        }
    }
}

/// A column beside the tail of another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attribution {
    /// Its mean over the worst paths of the rank column, in its own unit.
    pub tail_mean: Estimate,
    /// Its mean over all paths, in its own unit.
    pub mean: Estimate,
}

/// The means of columns over a tail, while their values come in.
#[derive(Debug, Clone)]
pub struct TailMeans {
    left: TailThreshold,
    next_path: u64,
    tail_paths: u64,
    tail_paths_by_replication: [u64; REPLICATIONS],
    columns: Vec<ColumnSums>,
    /// Lanes of the chunk in hand that belong to the full tail, and to their replication's.
    in_full: Vec<usize>,
    in_replication: Vec<usize>,
}

#[derive(Debug, Clone, Default)]
struct ColumnSums {
    tail: DoubleDouble,
    tail_by_replication: [DoubleDouble; REPLICATIONS],
    all_by_replication: [DoubleDouble; REPLICATIONS],
}

impl TailMeans {
    /// Means of `columns` columns over the tail of the rank column.
    pub fn new(threshold: &TailThreshold, columns: usize) -> Self {
        Self {
            left: threshold.clone(),
            next_path: 0,
            tail_paths: 0,
            tail_paths_by_replication: [0; REPLICATIONS],
            columns: vec![ColumnSums::default(); columns],
            in_full: Vec::new(),
            in_replication: Vec::new(),
        }
    }
    /// Takes the values of consecutive paths, which follow those before: of the rank column, and of
    /// the other columns in an order that stays.
    ///
    /// # Panics
    /// If `first_path` is not the path after the last one fed, or columns differ in number or
    /// length.
    pub fn feed(&mut self, first_path: u64, rank_values: &[f64], columns: &[&[f64]]) {
        assert_eq!(first_path, self.next_path, "values are fed in path order, each once");
        assert_eq!(columns.len(), self.columns.len(), "every column is fed every time");
        self.next_path += rank_values.len() as u64;
        self.in_full.clear();
        self.in_replication.clear();
        for (at, value) in rank_values.iter().enumerate() {
            let replication = replication_of(first_path + at as u64);
            if self.left.full.takes(*value) {
                self.in_full.push(at);
                self.tail_paths += 1;
            }
            if self.left.by_replication[replication].takes(*value) {
                self.in_replication.push(at);
                self.tail_paths_by_replication[replication] += 1;
            }
        }
        for (sums, values) in self.columns.iter_mut().zip(columns) {
            assert_eq!(values.len(), rank_values.len(), "columns are of the same paths");
            self.in_full.iter().for_each(|at| sums.tail.add(values[*at]));
            for at in &self.in_replication {
                let replication = replication_of(first_path + *at as u64);
                sums.tail_by_replication[replication].add(values[*at]);
            }
            for (path, run) in super::replication::runs(first_path, values) {
                let all = &mut sums.all_by_replication[replication_of(path)];
                run.iter().for_each(|value| all.add(*value));
            }
        }
    }
    /// The means with their errors, in the order of the columns.
    ///
    /// # Panics
    /// If not every path was fed, or the rank values were not those of the threshold.
    pub fn finish(&self) -> Vec<Attribution> {
        let paths = self.left.paths;
        assert_eq!(self.next_path, paths, "every path is fed");
        let ties_left =
            self.left.full.ties + self.left.by_replication.iter().map(|t| t.ties).sum::<u64>();
        assert_eq!(ties_left, 0, "the rank column is the one whose threshold was taken");
        self.columns.iter().map(|sums| self.attribution(sums)).collect()
    }
    fn attribution(&self, sums: &ColumnSums) -> Attribution {
        let mean = |sum: DoubleDouble, count: u64| sum.divided_by(count as f64).value();
        let sizes = replication_sizes(self.left.paths);
        let mut all = DoubleDouble::default();
        sums.all_by_replication.iter().for_each(|sum| all.add_pair(*sum));
        let tail_mean = Replicated {
            full: mean(sums.tail, self.tail_paths),
            by_replication: std::array::from_fn(|r| {
                mean(sums.tail_by_replication[r], self.tail_paths_by_replication[r])
            }),
        };
        let overall = Replicated {
            full: mean(all, self.left.paths),
            by_replication: std::array::from_fn(|r| mean(sums.all_by_replication[r], sizes[r])),
        };
        Attribution {
            tail_mean: tail_mean.estimate(self.left.paths),
            mean: overall.estimate(self.left.paths),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::distribution::Level;
    use super::super::measure::RiskMeasure;
    use super::super::samples::{LAWS, Law, sample};
    use super::*;

    const TAIL: [Level; 1] = [Level { probability: 0.05, tail: true }];

    fn attribute(rank: &[f64], columns: &[&[f64]], chunk: usize) -> Vec<Attribution> {
        let distribution = Distribution::stored(rank, &TAIL, &mut Vec::new());
        let threshold = TailThreshold::of(&distribution, 0.05);
        let mut means = TailMeans::new(&threshold, columns.len());
        let mut from = 0;
        for part in rank.chunks(chunk) {
            let parts: Vec<&[f64]> = columns.iter().map(|c| &c[from..from + part.len()]).collect();
            means.feed(from as u64, part, &parts);
            from += part.len();
        }
        means.finish()
    }

    #[test]
    fn the_rank_column_beside_itself_is_its_own_tail_mean() {
        for law in LAWS {
            let values = sample(law, 3, 10_007);
            let distribution = Distribution::stored(&values, &TAIL, &mut Vec::new());
            let [own] = attribute(&values, &[&values], 501)[..] else { panic!("one column") };
            let tail_mean = RiskMeasure::TailMean(0.05).estimate(&distribution, None);
            assert_eq!(own.tail_mean, tail_mean, "{law:?}");
            assert_eq!(own.mean, RiskMeasure::Mean.estimate(&distribution, None), "{law:?}");
        }
    }

    #[test]
    fn sources_that_add_up_have_tail_means_that_add_up() {
        let sources = [0, 1, 2].map(|seed| sample(Law::LogNormal, seed, 20_000));
        let total: Vec<f64> =
            (0..20_000).map(|p| sources[0][p] + sources[1][p] + sources[2][p]).collect();
        let columns: Vec<&[f64]> = sources.iter().map(Vec::as_slice).chain([&*total]).collect();
        let means = attribute(&total, &columns, 4096);
        let added: f64 = means[..3].iter().map(|m| m.tail_mean.value).sum();
        // A path's total is rounded twice, by half a unit of at most 8 or so.
        assert!((added - means[3].tail_mean.value).abs() < 8.0 * f64::EPSILON);
    }

    #[test]
    fn ties_are_taken_in_path_order() {
        // 1000 paths at 0, 1048 at 1: the worst ⌈0.05 · 2048⌉ = 103 are the first 103 zeros.
        let rank: Vec<f64> = (0..2048).map(|p| f64::from(p % 2)).collect();
        let path: Vec<f64> = (0..2048).map(f64::from).collect();
        let [means] = attribute(&rank, &[&path], 100)[..] else { panic!("one column") };
        assert_eq!(means.tail_mean.value, 2.0 * 51.0);
        // Replication r takes the first ⌈3.2⌉ = 4 zeros of its 64 paths: 64 r + 0, 2, 4, 6.
        let by_replication = std::array::from_fn(|r| 64.0 * r as f64 + 3.0);
        let wanted = Replicated { full: 102.0, by_replication }.estimate(2048);
        assert_eq!(means.tail_mean, wanted);
    }

    #[test]
    fn a_column_without_relation_has_its_mean_in_the_tail() {
        let (rank, other) = (sample(Law::Normal, 1, 50_000), sample(Law::Uniform, 2, 50_000));
        let [means] = attribute(&rank, &[&other], 50_000)[..] else { panic!("one column") };
        assert!((means.tail_mean.value - 0.5).abs() < 4.0 * means.tail_mean.std_error);
        // 2500 uniform values: sd 12^-1/2 / 50; the error of 31 degrees of freedom is within 40 %.
        let sd = 12.0_f64.sqrt().recip() / 50.0;
        assert!((means.tail_mean.std_error / sd - 1.0).abs() < 0.4);
    }
}
