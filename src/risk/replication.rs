//! Replications: disjoint parts of the paths, each a small run of its own, that tell the error.
//!
//! In: a number on the full sample and on each of the 32 replications. Out: its standard error and
//! 95 % interval. Not here: what the number is.
//!
//! A group of 64 consecutive paths shares its drawn parameters, so groups, not paths, are
//! independent; group `g` belongs to replication `g mod 32`, whatever the number of paths.
//! The error is by *sectioning*: deviations are taken from the full-sample value, not from the mean
//! of the replications, because a tail measure of a small sample is biased and its mean over
//! replications is not the number that we report (Asmussen and Glynn, "Stochastic Simulation",
//! 2007, III.5).

use super::Estimate;
use crate::tile::PATHS_PER_GROUP;
pub use crate::tile::{PATHS_MIN, REPLICATIONS};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Quantile 0.975 of Student's t with `REPLICATIONS` − 1 = 31 degrees of freedom.
const STUDENT_T_0975: f64 = 2.039_513_446_396_408;

/// The same with fewer degrees of freedom, at least 1: where replications are empty.
fn student_t_0975(degrees_of_freedom: u32) -> f64 {
    if degrees_of_freedom + 1 == REPLICATIONS as u32 {
        return STUDENT_T_0975;
    }
    let t = StudentsT::new(0.0, 1.0, f64::from(degrees_of_freedom.max(1)));
    t.expect("the degrees of freedom are above 0").inverse_cdf(0.975)
}

/// A number on the full sample and on each replication.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replicated {
    /// On all paths.
    pub full: f64,
    /// On the paths of each replication.
    pub by_replication: [f64; REPLICATIONS],
}

impl Replicated {
    /// A number known without error.
    pub fn exact(value: f64) -> Self {
        Self { full: value, by_replication: [value; REPLICATIONS] }
    }
    /// What it is above another number of the same paths, of each replication as well: what the two have in
    /// common leaves the error.
    pub fn less(&self, other: &Self) -> Self {
        Self {
            full: self.full - other.full,
            by_replication: std::array::from_fn(|r| {
                self.by_replication[r] - other.by_replication[r]
            }),
        }
    }
    /// The number with its standard error and 95 % interval by sectioning; `sizes` are the paths of
    /// each replication.
    ///
    /// SE² = Σ w_r (θ_r − θ)² / (R − 1) with w_r = n_r / N. Were θ the mean, then θ = Σ w_r θ_r and
    /// Var θ_r = σ²/n_r, so E Σ w_r (θ_r − θ)² = Σ w_r σ²/n_r − σ²/N = (R − 1) σ²/N: the weights
    /// make it unbiased for any sizes. With equal sizes it is the usual Σ (θ_r − θ)² / (R (R − 1)).
    /// A replication that is empty, as of a rare model, does not count among the R.
    pub fn estimate(&self, sizes: &[u64; REPLICATIONS]) -> Estimate {
        let paths: u64 = sizes.iter().sum();
        let freedom = sizes.iter().filter(|size| **size > 0).count().saturating_sub(1) as u32;
        let spread: f64 = sizes
            .iter()
            .zip(&self.by_replication)
            .map(|(size, value)| *size as f64 / paths as f64 * (value - self.full).powi(2))
            .sum();
        let std_error = (spread / f64::from(freedom)).sqrt();
        let reach = student_t_0975(freedom) * std_error;
        Estimate {
            value: self.full,
            std_error,
            ci_low: self.full - reach,
            ci_high: self.full + reach,
        }
    }
}

/// The replication of a path.
pub fn replication_of(path: u64) -> usize {
    (path / PATHS_PER_GROUP % REPLICATIONS as u64) as usize
}

/// Paths of each replication in a run of `paths`; they differ by at most one group.
///
/// # Panics
/// If there are fewer than `PATHS_MIN` paths: an error cannot be told, the caller refuses it.
pub fn replication_sizes(paths: u64) -> [u64; REPLICATIONS] {
    assert!(paths >= PATHS_MIN, "{paths} paths are fewer than one group a replication");
    let round = REPLICATIONS as u64 * PATHS_PER_GROUP;
    let rest = paths % round;
    std::array::from_fn(|r| {
        let before = r as u64 * PATHS_PER_GROUP;
        paths / round * PATHS_PER_GROUP + rest.saturating_sub(before).min(PATHS_PER_GROUP)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_t_quantile_is_that_of_31_degrees_of_freedom() {
        let t = StudentsT::new(0.0, 1.0, (REPLICATIONS - 1) as f64).unwrap();
        assert!((t.cdf(STUDENT_T_0975) - 0.975).abs() < 1e-12);
    }

    #[test]
    fn sizes_count_the_paths_of_each_replication() {
        for paths in [2048, 2049, 2111, 2112, 20_000, 65_536, 100_001] {
            let mut counted = [0; REPLICATIONS];
            (0..paths).for_each(|path| counted[replication_of(path)] += 1);
            assert_eq!(replication_sizes(paths), counted, "{paths} paths");
        }
    }

    #[test]
    fn equal_sizes_give_the_textbook_error() {
        let by_replication = std::array::from_fn(|r| 5.0 + r as f64);
        let replicated = Replicated { full: 20.5, by_replication };
        // Σ (r − 15.5)² over 0..32 is 32·(32² − 1)/12 = 2728.
        let error = (2728.0_f64 / (32.0 * 31.0)).sqrt();
        assert!((replicated.estimate(&replication_sizes(2048)).std_error - error).abs() < 1e-14);
    }

    #[test]
    fn a_replication_counts_by_its_size() {
        // 2048 + 64 paths: replication 0 has two groups of 33.
        let mut replicated = Replicated::exact(0.0);
        replicated.by_replication[0] = 1.0;
        let error = replicated.estimate(&replication_sizes(2112)).std_error;
        assert!((error - (2.0_f64 / 33.0 / 31.0).sqrt()).abs() < 1e-15);
        assert_eq!(Replicated::exact(0.1).estimate(&replication_sizes(2112)).std_error, 0.0);
    }

    #[test]
    fn an_empty_replication_does_not_count() {
        // Two of 32 replications have paths: θ = 0 and 2 of 64 each, SE² = (1/2 + 1/2)/(2 − 1).
        let mut sizes = [0; REPLICATIONS];
        (sizes[3], sizes[7]) = (64, 64);
        let mut replicated = Replicated::exact(1.0);
        (replicated.by_replication[3], replicated.by_replication[7]) = (0.0, 2.0);
        let estimate = replicated.estimate(&sizes);
        assert_eq!(estimate.std_error, 1.0);
        // One degree of freedom: tan(0.475 π).
        assert!((estimate.ci_high - 1.0 - 12.706_204_736).abs() < 1e-6, "{estimate:?}");
    }

    #[test]
    #[should_panic(expected = "fewer than one group a replication")]
    fn too_few_paths_have_no_error() {
        replication_sizes(2047);
    }
}
