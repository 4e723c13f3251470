//! The distribution of one column: what measures are made of, in full and per replication.
//!
//! Count, mean, sd, signs, and at each level wanted an order statistic and a tail mean. Not here: how
//! they come out of the values (`tally`), and errors (`replication`).

use super::moments::Moments;
use super::replication::{REPLICATIONS, Replicated, replication_sizes};
use super::tally::Tally;
use crate::tile::PATHS_PER_GROUP;
use serde::{Deserialize, Serialize};

/// A probability at which an order statistic is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Share of the paths at or below the order statistic, above 0 and at most 1.
    pub probability: f64,
    /// Whether the mean of these paths is wanted too.
    pub tail: bool,
}

/// What is known of one level in one section.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Rank {
    pub(super) probability: f64,
    pub(super) order_statistic: f64,
    /// Of the values up to it, where that is wanted.
    pub(super) tail_mean: Option<f64>,
}

/// A sample: all paths of a column, or those of one replication.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
        let tail_mean = self.rank(probability).tail_mean;
        tail_mean.expect("the tails of a distribution are named when it is made")
    }
    fn rank(&self, probability: f64) -> &Rank {
        self.ranks
            .iter()
            .find(|rank| rank.probability == probability)
            .expect("the levels of a distribution are named when it is made")
    }
}

/// The distribution of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// All paths.
    pub full: Section,
    /// The paths of each replication; `REPLICATIONS` of them, none where it is empty.
    pub by_replication: Vec<Option<Section>>,
}

impl Distribution {
    /// Of all values of a column, from path 0 in path order, finite.
    ///
    /// # Panics
    /// If there are fewer than `PATHS_MIN` values, if one is not finite, or if a level is not a
    /// probability above 0.
    pub fn of(values: &[f64], levels: &[Level]) -> Self {
        let mut tally = Tally::new(values, replication_sizes(values.len() as u64), levels);
        loop {
            for (group, values) in values.chunks(PATHS_PER_GROUP as usize).enumerate() {
                tally.feed(group % REPLICATIONS, values, &[]);
            }
            match tally.finish() {
                Ok((distribution, _)) => return distribution,
                Err(again) => tally = *again,
            }
        }
    }
    /// Number of paths.
    pub fn paths(&self) -> u64 {
        self.full.count()
    }
    /// Paths of each replication.
    pub fn sizes(&self) -> [u64; REPLICATIONS] {
        let count = |section: &Option<Section>| section.as_ref().map_or(0, Section::count);
        std::array::from_fn(|replication| count(&self.by_replication[replication]))
    }
    /// A replication; all paths in place of one that is empty, which has no weight.
    pub(super) fn section(&self, replication: usize) -> &Section {
        self.by_replication[replication].as_ref().unwrap_or(&self.full)
    }
    /// One number of each section.
    pub fn replicated(&self, number: impl Fn(&Section) -> f64) -> Replicated {
        Replicated {
            full: number(&self.full),
            by_replication: std::array::from_fn(|r| number(self.section(r))),
        }
    }
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
    fn a_replication_sees_its_own_paths_alone() {
        // Every value is the number of its replication.
        let values: Vec<f64> = (0..4123).map(|path| f64::from(path / 64 % 32)).collect();
        let levels = [Level { probability: 0.5, tail: true }];
        let distribution = Distribution::of(&values, &levels);
        for (replication, section) in distribution.by_replication.iter().enumerate() {
            let (wanted, section) = (replication as f64, section.as_ref().unwrap());
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
        let distribution = Distribution::of(&values, &levels);
        assert!(distribution.full.quantile(0.05).is_sign_positive());
    }
}
