//! The distribution of one column: what measures are made of, in full and per replication.
//!
//! In: all values in path order, and the levels wanted. Out: count, mean, sd, signs, and at each
//! level an order statistic and a tail mean, by one nested selection: no full sort. Not here:
//! columns too long to store (`bracketed`), and errors (`replication`).

use super::double_double::DoubleDouble;
use super::moments::{MomentSums, Moments};
use super::replication::{REPLICATIONS, Replicated, replication_sizes, runs};

/// A probability at which an order statistic is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Share of the paths at or below the order statistic, above 0 and at most 1.
    pub probability: f64,
    /// Whether the mean of these paths is wanted too.
    pub tail: bool,
}

/// What is known of one level in one section.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rank {
    pub(super) probability: f64,
    pub(super) order_statistic: f64,
    pub(super) tail: Option<Tail>,
}

/// The worst paths of a section.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tail {
    pub(super) mean: f64,
    /// How many of them stand at the order statistic itself.
    pub(super) ties: u64,
}

/// A sample: all paths of a column, or those of one replication.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    moments: Moments,
    ranks: Vec<Rank>,
}

impl Section {
    pub(super) fn new(moments: Moments, ranks: Vec<Rank>) -> Self {
        Self { moments, ranks }
    }
    /// Number of values.
    pub fn count(&self) -> u64 {
        self.moments.count
    }
    /// Mean, in the unit of the column.
    pub fn mean(&self) -> f64 {
        self.moments.mean
    }
    /// Standard deviation with n − 1, in the unit of the column.
    pub fn sd(&self) -> f64 {
        self.moments.sd
    }
    /// Share of the values above 0.
    pub fn share_above_zero(&self) -> f64 {
        self.moments.above_zero as f64 / self.moments.count as f64
    }
    /// Share of the values that are exactly 0.
    pub fn share_at_zero(&self) -> f64 {
        self.moments.at_zero as f64 / self.moments.count as f64
    }
    /// Share of the values below 0.
    pub fn share_below_zero(&self) -> f64 {
        self.moments.below_zero as f64 / self.moments.count as f64
    }
    /// The order statistic of rank ⌈p n⌉: the inverse of the empirical distribution function.
    ///
    /// Source: Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996, type 1.
    ///
    /// # Panics
    /// If the level was not asked for.
    pub fn quantile(&self, probability: f64) -> f64 {
        self.rank(probability).order_statistic
    }
    /// The mean of the ⌈p n⌉ lowest values.
    ///
    /// # Panics
    /// If the tail of this level was not asked for.
    pub fn tail_mean(&self, probability: f64) -> f64 {
        self.tail(probability).1.mean
    }
    /// The order statistic and what lies at or below it.
    pub(super) fn tail(&self, probability: f64) -> (f64, Tail) {
        let rank = self.rank(probability);
        let tail = rank.tail.expect("the tails of a distribution are named when it is made");
        (rank.order_statistic, tail)
    }
    fn rank(&self, probability: f64) -> &Rank {
        self.ranks
            .iter()
            .find(|rank| rank.probability == probability)
            .expect("the levels of a distribution are named when it is made")
    }
}

/// The distribution of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// All paths.
    pub full: Section,
    /// The paths of each replication; `REPLICATIONS` of them.
    pub by_replication: Vec<Section>,
}

impl Distribution {
    /// Of a stored column: all its values, from path 0 in path order, finite. `scratch` is room to
    /// select in, reused from column to column.
    ///
    /// # Panics
    /// If there are fewer than `PATHS_MIN` values, if one is not finite, or if a level is not a
    /// probability above 0.
    pub fn stored(values: &[f64], levels: &[Level], scratch: &mut Vec<f64>) -> Self {
        let sizes = replication_sizes(values.len() as u64);
        let mut sums = MomentSums::new();
        sums.feed(0, values);
        let (full, by_replication) = sums.finish();
        let by_replication = (0..REPLICATIONS)
            .map(|replication| {
                scratch.clear();
                for (_, run) in runs(0, values).skip(replication).step_by(REPLICATIONS) {
                    copy_without_negative_zero(run, scratch);
                }
                assert_eq!(scratch.len() as u64, sizes[replication]);
                Section::new(by_replication[replication], ranks(scratch, levels))
            })
            .collect();
        scratch.clear();
        copy_without_negative_zero(values, scratch);
        Self { full: Section::new(full, ranks(scratch, levels)), by_replication }
    }
    /// Number of paths.
    pub fn paths(&self) -> u64 {
        self.full.count()
    }
    /// One number of each section.
    pub fn replicated(&self, number: impl Fn(&Section) -> f64) -> Replicated {
        Replicated {
            full: number(&self.full),
            by_replication: std::array::from_fn(|r| number(&self.by_replication[r])),
        }
    }
}

/// Appends the values; −0 becomes 0, so that the order of the bits is the order of the numbers.
pub(super) fn copy_without_negative_zero(values: &[f64], out: &mut Vec<f64>) {
    out.extend(values.iter().map(|value| value + 0.0));
}

fn ranks(values: &mut [f64], levels: &[Level]) -> Vec<Rank> {
    let rank_of = |level: &Level| rank(level.probability, values.len() as u64) as usize;
    let mut wanted: Vec<usize> = levels.iter().map(rank_of).collect();
    wanted.sort_unstable();
    select(values, 0, &wanted);
    let rank_at = |level: &Level| {
        let head = &values[..rank(level.probability, values.len() as u64) as usize];
        let order_statistic = head[head.len() - 1];
        let tail = level.tail.then(|| Tail {
            mean: head
                .iter()
                .copied()
                .collect::<DoubleDouble>()
                .divided_by(head.len() as f64)
                .value(),
            ties: count_of(order_statistic, head),
        });
        Rank { probability: level.probability, order_statistic, tail }
    };
    levels.iter().map(rank_at).collect()
}

/// How many of the values equal one.
pub(super) fn count_of(value: f64, values: &[f64]) -> u64 {
    values.iter().filter(|other| **other == value).count() as u64
}

/// The rank ⌈p n⌉, from 1 to n.
///
/// A level is a decimal that f64 holds with an error of up to half a unit in the last place, and
/// the product errs once more: 0.07 · 100 comes out above 7. Within two units it is taken as whole.
pub(super) fn rank(probability: f64, count: u64) -> u64 {
    assert!(probability > 0.0 && probability <= 1.0, "{probability} is not a level");
    let product = probability * count as f64;
    let whole = product.round();
    let near = (product - whole).abs() <= 2.0 * f64::EPSILON * product;
    let rank = if near { whole } else { product.ceil() };
    (rank as u64).clamp(1, count)
}

/// Moves the order statistics of the ascending ranks (from 1, less `before`) to their places, and
/// what is not above each before it.
pub(super) fn select(values: &mut [f64], before: usize, ranks: &[usize]) {
    let Some(middle) = ranks.get(ranks.len() / 2) else { return };
    let at = middle - 1 - before;
    let (low, _, high) = values.select_nth_unstable_by(at, f64::total_cmp);
    select(low, before, &ranks[..ranks.partition_point(|rank| rank < middle)]);
    select(high, before + at + 1, &ranks[ranks.partition_point(|rank| rank <= middle)..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_of_decimal_levels_are_those_of_arithmetic() {
        // Thousandths of n, rounded up, in whole numbers.
        for thousandths in 1..=1000_u64 {
            for count in [2048, 20_000, 99_999, 100_000, 1_000_000] {
                let exact = (thousandths * count).div_ceil(1000);
                assert_eq!(rank(thousandths as f64 / 1000.0, count), exact, "{thousandths}/1000");
            }
        }
        assert_eq!(rank(0.07, 100), 7);
        assert_eq!(rank(1e-9, 100), 1);
    }

    #[test]
    fn nested_selection_agrees_with_a_full_sort() {
        let values: Vec<f64> = (0..3000).map(|i| f64::from(i * 7919 % 1009)).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let ranks = [1, 30, 30, 150, 1500, 2850, 2970, 3000];
        let mut selected = values;
        select(&mut selected, 0, &ranks);
        for rank in ranks {
            assert_eq!(selected[rank - 1], sorted[rank - 1]);
            let mut head = selected[..rank].to_vec();
            head.sort_unstable_by(f64::total_cmp);
            assert_eq!(head, sorted[..rank]);
        }
    }

    #[test]
    fn a_replication_sees_its_own_paths_alone() {
        // Every value is the number of its replication.
        let values: Vec<f64> = (0..4123).map(|path| f64::from(path / 64 % 32)).collect();
        let levels = [Level { probability: 0.5, tail: true }];
        let distribution = Distribution::stored(&values, &levels, &mut Vec::new());
        for (replication, section) in distribution.by_replication.iter().enumerate() {
            let wanted = replication as f64;
            assert_eq!((section.mean(), section.quantile(0.5)), (wanted, wanted));
            assert_eq!(section.tail_mean(0.5), wanted);
        }
        assert_eq!(distribution.paths(), 4123);
    }

    #[test]
    fn zero_has_one_sign() {
        // −0 and 0 are one value: a quantile there prints as 0, whichever path it came from.
        let values: Vec<f64> = (0..2048).map(|p| if p % 2 == 0 { -0.0 } else { 0.0 }).collect();
        let levels = [Level { probability: 0.05, tail: true }];
        let distribution = Distribution::stored(&values, &levels, &mut Vec::new());
        assert!(distribution.full.quantile(0.05).is_sign_positive());
    }
}
