//! Why a history cannot support a law, with the numbers.
//!
//! In: what was found and what was needed. Out: a text for a person. Not here: files and lines; a
//! history that reaches calibration was already read.

/// The data cannot support the law asked for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CalibrationError {
    /// The sample is too small for the law.
    #[error("{what}: found {found} observations in the window, need at least {needed}")]
    TooFewObservations {
        /// What was counted.
        what: &'static str,
        /// How many there were.
        found: usize,
        /// How many the fit asks for.
        needed: usize,
    },
    /// A value has no logarithm.
    #[error("{what}: {value} at {at} is not a finite number above 0, so it has no logarithm")]
    NotPositive {
        /// Of which history.
        what: &'static str,
        /// Its date or name.
        at: String,
        /// The value found.
        value: f64,
    },
    /// A row is not later than the one above it.
    #[error("{what}: {at} follows {before}; rows must ascend in time")]
    OutOfOrder {
        /// Of which history.
        what: &'static str,
        /// Date of the offending row.
        at: String,
        /// Date of the row above.
        before: String,
    },
    /// A value lies outside the range in which the formula means something.
    #[error("{what}: {value} at {at} lies outside {expected}")]
    OutOfRange {
        /// Which quantity.
        what: &'static str,
        /// Its date or name.
        at: String,
        /// The value found.
        value: f64,
        /// The range, with its unit.
        expected: &'static str,
    },
    /// Every value is the same: no variance can be estimated.
    #[error("{what}: all {found} observations are equal, so no variance can be estimated")]
    NoVariation {
        /// Of which history.
        what: &'static str,
        /// How many there were.
        found: usize,
    },
    /// An autoregression without a level that it returns to.
    #[error(
        "{what}: the AR(1) coefficient {coefficient:.3} ± {std_error:.3} ({found} pairs) is not \
         between -1 and 1, so there is no long-run level; try a longer window"
    )]
    NoLongRunLevel {
        /// Of which history.
        what: &'static str,
        /// The coefficient found.
        coefficient: f64,
        /// Its standard error.
        std_error: f64,
        /// Pairs of months used.
        found: usize,
    },
    /// The likelihood is flat, or its maximum was not found.
    #[error("{what}: no maximum of the likelihood ({detail})")]
    NoMaximum {
        /// Of which law.
        what: &'static str,
        /// Where the search stood.
        detail: String,
    },
}

impl From<CalibrationError> for crate::error::Error {
    fn from(error: CalibrationError) -> Self {
        Self::Calibration(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_tells_a_calibration_error_with_its_numbers_and_exits_with_2() {
        let error = CalibrationError::TooFewObservations { what: "rents", found: 1, needed: 3 };
        let error = crate::error::Error::from(error);
        assert_eq!(
            error.to_string(),
            "error: rents: found 1 observations in the window, need at least 3"
        );
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn a_unit_root_names_coefficient_error_and_pairs() {
        let error = CalibrationError::NoLongRunLevel {
            what: "fees",
            coefficient: 1.0214,
            std_error: 0.03,
            found: 40,
        };
        assert!(error.to_string().contains("1.021 ± 0.030 (40 pairs)"), "{error}");
    }
}
