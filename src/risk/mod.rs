//! Station 7: a distribution → a number ± its error.

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
