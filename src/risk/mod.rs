//! Station 7: a distribution → a number ± its error.
//!
//! In: columns of numbers, groups of paths in any order and from any slice of a run ([`Tally`]). Out:
//! measures of each column with their errors ([`RiskMeasure`]), and what stood beside its worst paths;
//! what drawn parameters and models move a number by ([`Spread`]). Not here: what the numbers are.

mod beside;
pub mod density;
mod distribution;
mod exact_sum;
mod held;
mod measure;
mod moments;
mod replication;
mod spread;
mod tally;

pub use distribution::{Distribution, Level, Section};
pub use measure::RiskMeasure;
pub use replication::{PATHS_MIN, REPLICATIONS, Replicated, replication_of, replication_sizes};
pub use spread::{Split, Spread, TailGroups};
pub use tally::{Tally, memory_bytes};

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

#[cfg(test)]
mod relations;
#[cfg(test)]
mod samples;
