//! Station 7: a distribution → a number ± its error.
//!
//! In: plain numbers, one per path, in path order. Out: measures of their distribution, each with
//! its standard error and 95 % interval, and what the worst paths have in common. Not here: what
//! the numbers mean.

pub mod attribution;
pub mod bracket;
pub mod distribution;
mod double_double;
pub mod measure;
pub mod replication;
mod section;

pub use distribution::Distribution;
pub use measure::Measure;
pub use replication::{PATHS_MIN, Replicated};

/// A number with its error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value on the full sample.
    pub value: f64,
    /// Its standard error, by sectioning over replications; 0 for a deterministic number.
    pub std_error: f64,
    /// Lower end of the 95 % interval.
    pub ci_low: f64,
    /// Upper end of the 95 % interval.
    pub ci_high: f64,
}

/// A wanted rank lies where no value was kept: the pass is to be repeated with wider brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Miss;

/// The rank, counted from 1, of a quantile given in per cent: ⌈percent · count / 100⌉, at least 1.
/// Whole per cent, so that no rounding of a probability can move a rank.
pub(crate) fn rank(percent: u32, count: u64) -> u64 {
    (count * u64::from(percent)).div_ceil(100).max(1)
}
