//! Heston's stochastic volatility: variance is a square-root process, correlated with the price.
//!
//! dV = κ(θ − V)dt + σ_v √V dW_v, d ln M = −V/2 dt + √V dW, corr(W, W_v) = ρ.
//! E V_t = θ + (V_0 − θ) e^{−κ t}. The scheme, its bias and what it does to correlations with other
//! factors: `quadratic_exponential.rs`.
//! Source: S. L. Heston, Review of Financial Studies 6 (1993) 327.

use super::LogMartingale;
use super::quadratic_exponential::{Walk, long_run_variance_per_year, variance_stream};
use crate::chance::Stream;
use crate::input::study::Heston;
use crate::model::Shocks;
use crate::tile::{Build, Row};
use crate::time::TimeGrid;

/// Heston's law.
#[derive(Debug, Clone, PartialEq)]
pub struct StochasticVolatility {
    parameters: Heston,
}

impl StochasticVolatility {
    /// The law with the study's parameters.
    pub fn new(parameters: &Heston) -> Self {
        Self { parameters: parameters.clone() }
    }
}

impl LogMartingale for StochasticVolatility {
    fn streams(&self) -> Vec<Stream> {
        vec![variance_stream()]
    }
    fn long_run_variance_per_year(&self) -> f64 {
        long_run_variance_per_year(&self.parameters, self.parameters.long_run_variance_per_year)
    }
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, log: &mut [Row]) {
        Walk::new(&self.parameters, 0.0, grid, shocks, log).until(build, log.len(), log);
    }
}

#[cfg(test)]
mod tests {
    use super::super::gbm::GeometricBrownianMotion;
    use super::super::testing::{logs, logs_by};
    use super::*;
    use crate::input::study::{Gbm, Volatility};
    use crate::model::testing::mean_and_error;

    fn parameters() -> Heston {
        Heston {
            start_variance_per_year: 0.16,
            long_run_variance_per_year: 0.25,
            reversion_per_year: 4.0,
            variance_volatility_per_sqrt_year: 1.6,
            correlation: -0.6,
        }
    }

    #[test]
    fn without_noise_at_its_level_the_variance_is_that_of_geometric_brownian_motion() {
        let heston = StochasticVolatility::new(&Heston {
            start_variance_per_year: 0.25,
            variance_volatility_per_sqrt_year: 0.0,
            ..parameters()
        });
        let gbm = GeometricBrownianMotion::new(&Gbm {
            volatility_per_sqrt_year: Volatility::Stated(0.5),
        });
        for (a, b) in logs(heston, 365, 4).into_iter().zip(logs(gbm, 365, 4)) {
            assert!((a - b).abs() < 1e-12, "{a} against {b}");
        }
    }

    #[test]
    fn a_variance_of_0_for_ever_moves_nothing() {
        let heston = StochasticVolatility::new(&Heston {
            start_variance_per_year: 0.0,
            long_run_variance_per_year: 0.0,
            ..parameters()
        });
        // To the rounding of a price of 100.
        assert!(logs(heston, 365, 1).iter().all(|log| log.abs() < 1e-14));
    }

    #[test]
    fn the_variance_goes_to_its_level_as_in_the_closed_form() {
        // −2 E ln M_T = ∫ E[V] = θ T + (V_0 − θ)(1 − e^{−κ T})/κ.
        let logs = logs(StochasticVolatility::new(&parameters()), 365, 1 << 13);
        let (mean, error) = mean_and_error(&logs);
        let exact = -0.5 * (0.25 - 0.09 * (1.0 - (-4.0_f64).exp()) / 4.0);
        assert!((mean - exact).abs() < 4.0 * error, "{mean} against {exact} ± {error}");
    }

    #[test]
    fn the_price_is_a_martingale_for_any_parameters_a_study_may_state() {
        // ln M is checked for order, M for its mean; the moments of M are finite here.
        for (sigma, kappa, rho) in [(0.3, 0.01, 0.9), (3.0, 0.5, -1.0), (0.5, 300.0, 1.0)] {
            let law = StochasticVolatility::new(&Heston {
                start_variance_per_year: 0.04,
                long_run_variance_per_year: 0.09,
                reversion_per_year: kappa,
                variance_volatility_per_sqrt_year: sigma,
                correlation: rho,
            });
            let prices: Vec<f64> = logs(law, 90, 1 << 10).iter().map(|log| log.exp()).collect();
            let (mean, error) = mean_and_error(&prices);
            assert!((mean - 1.0).abs() < 4.0 * error, "{sigma} {kappa} {rho}: {mean} ± {error}");
        }
    }

    #[test]
    fn all_builds_give_the_same_bits() {
        let law = StochasticVolatility::new(&parameters());
        let portable = logs_by(Build::PORTABLE, &law);
        for build in Build::available() {
            assert_eq!(logs_by(build, &law), portable, "{build:?}");
        }
    }
}
