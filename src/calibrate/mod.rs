//! Histories → values with their standard errors: what the parameters of the laws rest on.
//!
//! In: dated numbers as plain slices, already validated by the reader. Out: a [`Fit`] for each law,
//! and the fits as table rows or as a fragment of a study file. Not here: reading files, the laws'
//! simulation, and any parameter that the data cannot support: those are stated views of a study.
//!
//! Nothing here takes part in a simulation, hence the platform's `exp`, `ln` and `powf` may be used.
#![allow(clippy::disallowed_methods)]

pub mod ai_capacity;
pub mod bootstrap;
pub mod btc_price;
pub mod dependence;
pub mod diagnostics;
pub mod fees;
pub mod free_law;
pub mod goodness_of_fit;
pub mod gpu_rate;
pub mod inverse;
pub mod local_level;
pub mod maximum_likelihood;
pub mod network;
pub mod power_price;
mod price_link;
pub mod regression;
pub mod rent;
pub mod serial;
pub mod symmetric;
pub mod t_copula;
pub mod table;
pub mod transform;

mod error;

pub use ai_capacity::ai_capacity;
pub use btc_price::btc_price;
pub use dependence::{DependenceFit, MonthlyHistory, Timing, dependence};
pub use error::CalibrationError;
pub use fees::fees;
pub use gpu_rate::{RentalPrice, gpu_rate};
pub use network::network;
pub use power_price::power_price;
pub use rent::{Deal, rent, year_one_rent};
pub use table::toml_fragment;

use crate::input::study::YearMonth;
use diagnostics::Diagnostics;
use free_law::FreeLaw;
use jiff::civil::Date;
use maximum_likelihood::Convergence;

/// One law held against one history.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The law, in words: "geometric Brownian motion of the BTC price".
    pub law: &'static str,
    /// What was estimated; empty where the data support nothing.
    pub parameters: Vec<Parameter>,
    /// Observations that the estimate uses (returns, not prices; pairs, not months).
    pub observations: usize,
    /// Dates of the first and the last datum used.
    pub window: (Date, Date),
    /// Log-likelihood at the estimate; `None` where the method has none.
    pub log_likelihood: Option<f64>,
    /// How it was estimated, in words.
    pub method: &'static str,
    /// What the reader should know before using it: tests of fit, cautions.
    pub notes: Vec<String>,
    /// How sure the fit is of its law and its parameters; `None` for methods other than likelihood.
    pub inference: Option<Inference>,
}

/// How sure a fit by maximum likelihood is of its law and its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Inference {
    /// The law's name in a study, with what tells variants apart: "garch, leverage".
    pub model: &'static str,
    /// Number of estimated parameters, the mean included.
    pub estimated: usize,
    /// Iterations of the search; 0 for a closed form.
    pub iterations: u64,
    /// How the search ended.
    pub convergence: Convergence,
    /// The parameters that a run may draw, on the whole line.
    pub free: Option<FreeLaw>,
    /// How the law stands up to the history.
    pub diagnostics: Diagnostics,
}

impl Fit {
    /// The parameter of a key; `None` if this fit has none such.
    pub fn parameter(&self, key: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.key == key)
    }
    /// Akaike's criterion, 2k − 2 ln L; `None` without a likelihood. Lower is better.
    pub fn aic(&self) -> Option<f64> {
        Some(2.0 * self.inference.as_ref()?.estimated as f64 - 2.0 * self.log_likelihood?)
    }
    /// The Bayesian criterion, k ln n − 2 ln L; `None` without a likelihood. Lower is better.
    pub fn bic(&self) -> Option<f64> {
        let penalty = (self.observations as f64).ln() * self.inference.as_ref()?.estimated as f64;
        Some(penalty - 2.0 * self.log_likelihood?)
    }
}

/// One estimated value.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Dotted key of the study, as `btc_price.gbm.volatility_per_sqrt_year`; without a dot where the
    /// study has no such key and the value only describes the history.
    pub key: &'static str,
    /// The estimate, in `unit`.
    pub value: f64,
    /// Its standard error, asymptotic, in `unit`; NaN where it has none, as at a bound.
    pub std_error: f64,
    /// Its standard error by the sandwich, which stands a law that is not quite true, in `unit`;
    /// `None` where not computed.
    pub robust_std_error: Option<f64>,
    /// Its standard error by stationary block bootstrap, in `unit`; `None` where not computed.
    pub bootstrap_std_error: Option<f64>,
    /// Unit, in words.
    pub unit: &'static str,
    /// Why a study should not take the value as it is; `None` where it may.
    pub caution: Option<&'static str>,
}

impl Parameter {
    fn new(key: &'static str, unit: &'static str, value: f64, std_error: f64) -> Self {
        let (robust_std_error, bootstrap_std_error) = (None, None);
        Self { key, value, std_error, robust_std_error, bootstrap_std_error, unit, caution: None }
    }
    fn robust(mut self, std_error: f64) -> Self {
        self.robust_std_error = Some(std_error);
        self
    }
    fn bootstrapped(mut self, std_error: f64) -> Self {
        self.bootstrap_std_error = Some(std_error);
        self
    }
    fn caution(mut self, caution: &'static str) -> Self {
        self.caution = Some(caution);
        self
    }
    fn described(self) -> Self {
        self.caution("description: not a key of the study")
    }
}

/// Checks that a history is strictly in order of time and above zero, and takes its logarithms.
fn logs_of<T: Copy + PartialOrd + std::fmt::Display>(
    what: &'static str,
    history: &[(T, f64)],
) -> Result<Vec<f64>, CalibrationError> {
    for pair in history.windows(2) {
        let (before, at) = (pair[0].0, pair[1].0);
        if at <= before {
            let (before, at) = (before.to_string(), at.to_string());
            return Err(CalibrationError::OutOfOrder { what, at, before });
        }
    }
    history
        .iter()
        .map(|&(at, value)| {
            if value > 0.0 && value.is_finite() {
                Ok(value.ln())
            } else {
                Err(CalibrationError::NotPositive { what, at: at.to_string(), value })
            }
        })
        .collect()
}

/// Refuses a sample that is too small.
fn at_least(what: &'static str, found: usize, needed: usize) -> Result<(), CalibrationError> {
    if found < needed {
        return Err(CalibrationError::TooFewObservations { what, found, needed });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_must_be_in_order_and_positive() {
        let month = |m| YearMonth::new(2024, m).unwrap();
        let error = logs_of("fees", &[(month(2), 1.0), (month(1), 1.0)]).unwrap_err();
        assert_eq!(error.to_string(), "fees: 2024-01 follows 2024-02; rows must ascend in time");
        let error = logs_of("fees", &[(month(1), 1.0), (month(2), 0.0)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "fees: 0 at 2024-02 is not a finite number above 0, so it has no logarithm"
        );
        let logs = logs_of("fees", &[(month(1), 1.0), (month(2), std::f64::consts::E)]).unwrap();
        assert_eq!(logs, [0.0, 1.0]);
    }
}
