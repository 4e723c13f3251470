//! Parameters between their bounds as numbers on the whole line, and back.
//!
//! A normal law of a free number never leaves the bounds of its parameter; a search over free numbers
//! needs no bounds. Draws of a run go through here, hence the functions that are the same on every
//! machine. Not here: which parameter takes which transform.

use crate::tile::math;

/// How a parameter is moved to the whole line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Transform {
    /// Any number.
    Identity,
    /// A number above 0, by its logarithm.
    Log,
    /// A number strictly between two bounds, by the logit of its place between them.
    Logit {
        /// The lower bound.
        low: f64,
        /// The upper bound.
        high: f64,
    },
}

impl Transform {
    /// The free number of a parameter; NaN unless it is strictly within its bounds.
    pub fn to_free(self, value: f64) -> f64 {
        match self {
            Self::Identity => value,
            Self::Log if value > 0.0 => math::ln(value),
            Self::Logit { low, high } if low < value && value < high => {
                math::ln((value - low) / (high - value))
            }
            Self::Log | Self::Logit { .. } => f64::NAN,
        }
    }
    /// The parameter of a free number, within its bounds.
    pub fn from_free(self, free: f64) -> f64 {
        match self {
            Self::Identity => free,
            Self::Log => math::exp(free),
            // The sum of a rounded difference may end beyond the bound.
            Self::Logit { low, high } => (low + (high - low) * math::logistic(free)).min(high),
        }
    }
    /// Change of the parameter per change of the free number, at a free number.
    pub fn slope(self, free: f64) -> f64 {
        match self {
            Self::Identity => 1.0,
            Self::Log => math::exp(free),
            Self::Logit { low, high } => {
                let part = math::logistic(free);
                (high - low) * part * (1.0 - part)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Transform; 3] =
        [Transform::Identity, Transform::Log, Transform::Logit { low: -1.0, high: 12.0 }];

    proptest! {
        #[test]
        fn there_and_back_is_the_same(value in 1e-3..11.9_f64) {
            for transform in ALL {
                let back = transform.from_free(transform.to_free(value));
                prop_assert!((back - value).abs() < 1e-12 * (1.0 + value), "{transform:?}");
            }
        }
        #[test]
        fn a_parameter_at_or_beyond_a_bound_has_no_free_number(beyond in 0.0..5.0_f64) {
            prop_assert!(Transform::Log.to_free(-beyond).is_nan());
            prop_assert!(ALL[2].to_free(-1.0 - beyond).is_nan());
            prop_assert!(ALL[2].to_free(12.0 + beyond).is_nan());
        }
        #[test]
        fn no_free_number_leaves_the_bounds(free in -1e3..1e3_f64) {
            prop_assert!(Transform::Log.from_free(free) > 0.0);
            prop_assert!((-1.0..=12.0).contains(&ALL[2].from_free(free)));
        }
        #[test]
        fn the_slope_is_that_of_a_small_step(free in -3.0..3.0_f64) {
            for transform in ALL {
                let h = 1e-5;
                let rise = transform.from_free(free + h) - transform.from_free(free - h);
                let slope = transform.slope(free);
                prop_assert!((rise / (2.0 * h) - slope).abs() < 1e-7 * (1.0 + slope.abs()));
            }
        }
    }
}
