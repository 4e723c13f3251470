//! A law's parameters as numbers on the whole line, with the covariance that a fit leaves them.
//!
//! In: keys of a study and how each is moved to the whole line. Out: free numbers of any values, and
//! values of any free numbers: a caller draws around values of its own as
//! `from_free(to_free(own) + L z)`, L L' the covariance. Not here: the draws.

use super::transform::Transform;
use crate::tile::math;
use ndarray::Array2;

/// How parameters in succession are moved to the whole line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Block {
    /// One parameter by itself.
    One(Transform),
    /// GARCH's alpha, beta and leverage γ, so that they stay valid together: the persistence
    /// P = α + β + γ/2 between 0 and `max`, the part of it that news has, (α + γ/2)/P, and the
    /// asymmetry of news, γ/(2α + γ) between −1 and 1, each by its logit. α, β and α + γ are then
    /// never below 0.
    Persistence {
        /// The cap on the persistence.
        max: f64,
    },
}

const SHARE: Transform = Transform::Logit { low: 0.0, high: 1.0 };
/// The asymmetry of news: −1 where only rises move the variance, 1 where only falls do.
pub(crate) const ASYMMETRY: Transform = Transform::Logit { low: -1.0, high: 1.0 };

impl Block {
    /// Parameters it holds.
    pub fn width(self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Persistence { .. } => 3,
        }
    }
    /// The free numbers of its values; what stands at a bound of a block of several, or beyond, is NaN.
    pub fn to_free(self, values: &[f64]) -> Vec<f64> {
        match self {
            Self::One(transform) => vec![transform.to_free(values[0])],
            Self::Persistence { max } => {
                let [alpha, beta, leverage] = [values[0], values[1], values[2]];
                let news = alpha + 0.5 * leverage;
                let persistence = news + beta;
                let places = [persistence / max, news / persistence, 0.5 + 0.25 * leverage / news];
                // A sum that was meant to be the cap may miss it by a rounding.
                let inside = |place: f64| place > 1e-12 && place < 1.0 - 1e-12;
                let logit =
                    |place: f64| if inside(place) { SHARE.to_free(place) } else { f64::NAN };
                places.map(logit).to_vec()
            }
        }
    }
    /// The values of its free numbers, within their bounds.
    pub fn from_free(self, free: &[f64]) -> Vec<f64> {
        match self {
            Self::One(transform) => vec![transform.from_free(free[0])],
            Self::Persistence { max } => {
                let persistence = max * math::logistic(free[0]);
                let news = persistence * math::logistic(free[1]);
                let asymmetry = ASYMMETRY.from_free(free[2]);
                vec![news * (1.0 - asymmetry), persistence - news, 2.0 * news * asymmetry]
            }
        }
    }
}

/// What a fit knows of a law's parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct FreeLaw {
    /// Dotted keys of the study, in the order of the free numbers.
    pub keys: Vec<&'static str>,
    /// How they are moved to the whole line; the widths sum to the number of keys.
    pub blocks: Vec<Block>,
    /// The fitted values as free numbers.
    pub free: Vec<f64>,
    /// Covariance of the free numbers, robust; rows and columns of what stands at a bound are 0.
    pub covariance: Array2<f64>,
}

impl FreeLaw {
    /// The free numbers of values in the order of the keys.
    pub fn to_free(&self, values: &[f64]) -> Vec<f64> {
        to_free(&self.blocks, values)
    }
    /// The values of free numbers, within the bounds of the law.
    pub fn from_free(&self, free: &[f64]) -> Vec<f64> {
        let mut at = 0;
        let mut values = Vec::with_capacity(free.len());
        for block in &self.blocks {
            values.extend(block.from_free(&free[at..at + block.width()]));
            at += block.width();
        }
        values
    }
}

/// The free numbers of values that these blocks hold in succession.
pub(crate) fn to_free(blocks: &[Block], values: &[f64]) -> Vec<f64> {
    let mut at = 0;
    let mut free = Vec::with_capacity(values.len());
    for block in blocks {
        free.extend(block.to_free(&values[at..at + block.width()]));
        at += block.width();
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GARCH: Block = Block::Persistence { max: 0.97 };

    proptest! {
        #[test]
        fn garch_comes_back_the_same(
            persistence in 0.01..0.96_f64, share in 0.01..0.99_f64, asymmetry in -0.99..0.99_f64
        ) {
            let news = persistence * share;
            let leverage = 2.0 * news * asymmetry;
            let values = [news - 0.5 * leverage, persistence - news, leverage];
            let back = GARCH.from_free(&GARCH.to_free(&values));
            for (value, back) in values.iter().zip(back) {
                prop_assert!((value - back).abs() < 1e-12, "{value} {back}");
            }
        }
        #[test]
        fn garch_never_leaves_its_bounds(
            free in prop::collection::vec(-50.0..50.0_f64, 3)
        ) {
            let values = GARCH.from_free(&free);
            let [alpha, beta, leverage] = [values[0], values[1], values[2]];
            prop_assert!(alpha >= 0.0 && beta >= 0.0 && alpha + leverage >= -1e-15);
            prop_assert!(alpha + beta + 0.5 * leverage <= 0.97 + 1e-15);
        }
        #[test]
        fn a_law_moves_each_of_its_parameters(volatility in 0.01..3.0_f64, alpha in 0.01..0.2_f64) {
            let law = FreeLaw {
                keys: vec!["volatility", "alpha", "beta", "leverage"],
                blocks: vec![Block::One(Transform::Log), GARCH],
                free: Vec::new(),
                covariance: Array2::zeros((4, 4)),
            };
            let values = [volatility, alpha, 0.7, 0.0];
            let back = law.from_free(&law.to_free(&values));
            for (value, back) in values.iter().zip(back) {
                prop_assert!((value - back).abs() < 1e-12 * (1.0 + value), "{value} {back}");
            }
        }
    }

    /// At the cap there is no free number: the caller leaves the parameters as they are.
    #[test]
    fn the_cap_itself_has_no_free_number() {
        for values in [[0.07, 0.91, 0.0], [0.07, 0.9, 0.0], [0.09, 0.9, -0.04], [0.0, 0.0, 0.0]] {
            assert!(GARCH.to_free(&values)[0].is_nan(), "{values:?}");
        }
        assert!(GARCH.to_free(&[0.07, 0.89, 0.0]).iter().all(|free| free.is_finite()));
    }
}
