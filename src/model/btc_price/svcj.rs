//! Stochastic volatility with jumps that come to price and variance at once (SVCJ).
//!
//! Heston's law, and at Poisson times of intensity λ: V jumps by ξ, exponential with mean μ_v, and
//! ln M by N(μ_y + ρ_J ξ, σ_y²). k = e^{μ_y + σ_y²/2}/(1 − ρ_J μ_v) − 1 is compensated: E M = 1.
//! Without jumps of the variance it is the law of Bates. E V in the long run is θ + λ μ_v/κ.
//! Scheme: Heston's day by day; a jump is put at the close of its day. Of ξ there remains
//! ξ e^{−κ r} at the close, r after the jump, and what it adds to the price's variance till then,
//! h = ξ r e^{−κ r/2}, is drawn with the jump: both conditional means, the second to order (κ r)².
//! Left out is the noise of that part of V between jump and close.
//! Source: D. Duffie, J. Pan, K. Singleton, Econometrica 68 (2000) 1343, section 4; for BTC
//! A. J. Hou, W. Wang, C. Y. H. Chen, W. K. Härdle, J. Financial Econometrics 18 (2020) 250.

use super::LogMartingale;
use super::jump_diffusion::jump_streams;
use super::quadratic_exponential::{Walk, long_run_variance_per_year, variance_stream};
use crate::chance::Stream;
use crate::input::study::{Heston, Svcj};
use crate::model::Shocks;
use crate::model::events::{Event, Events};
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, Row, math};
use crate::time::TimeGrid;

/// Stochastic volatility with correlated jumps.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrelatedJumps {
    parameters: Svcj,
    between_jumps: Heston,
    arrivals: Stream,
    sizes: Stream,
    variance_sizes: Stream,
}

impl CorrelatedJumps {
    /// The law with the study's parameters.
    ///
    /// # Panics
    /// If the mean of a jump of the price is infinite, ρ_J μ_v ≥ 1: readers do not admit it.
    pub fn new(parameters: &Svcj) -> Self {
        assert!(parameters.jump_log_per_variance * parameters.variance_jump_mean < 1.0);
        let [arrivals, sizes] = jump_streams();
        Self {
            parameters: parameters.clone(),
            between_jumps: Heston {
                start_variance_per_year: parameters.start_variance_per_year,
                long_run_variance_per_year: parameters.long_run_variance_per_year,
                reversion_per_year: parameters.reversion_per_year,
                variance_volatility_per_sqrt_year: parameters.variance_volatility_per_sqrt_year,
                correlation: parameters.correlation,
            },
            arrivals,
            sizes,
            variance_sizes: Stream::new("variance_jump", Factor::BtcPrice.name()),
        }
    }
    /// E e^y − 1 of a jump y of the log price.
    fn mean_relative(&self) -> f64 {
        let p = &self.parameters;
        let given_none = math::exp(p.jump_log_mean + 0.5 * p.jump_log_sd * p.jump_log_sd);
        given_none / (1.0 - p.jump_log_per_variance * p.variance_jump_mean) - 1.0
    }
}

impl LogMartingale for CorrelatedJumps {
    fn streams(&self) -> Vec<Stream> {
        vec![variance_stream(), self.arrivals, self.sizes, self.variance_sizes]
    }
    fn long_run_variance_per_year(&self) -> f64 {
        // In the long run a jump ξ of the variance takes ξ / (2 κ) off the log price while it decays.
        let p = &self.parameters;
        let kappa = p.reversion_per_year;
        let variance =
            p.long_run_variance_per_year + p.jumps_per_year * p.variance_jump_mean / kappa;
        let per_jump = p.jump_log_per_variance - 0.5 / kappa;
        let mean = p.jump_log_mean + per_jump * p.variance_jump_mean;
        let square =
            mean * mean + p.jump_log_sd * p.jump_log_sd + (per_jump * p.variance_jump_mean).powi(2);
        long_run_variance_per_year(&self.between_jumps, variance) + p.jumps_per_year * square
    }
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, log: &mut [Row]) {
        let (dt, per_year) = (grid.dt_years(), self.parameters.jumps_per_year);
        let compensator = per_year * self.mean_relative() * dt;
        let events = Events::draw(&shocks.chance, self.arrivals, per_year, grid);
        // Uniforms and scores become what the jumps leave in V and ln M.
        let mut variance_jumps = events.uniforms(&shocks.chance, self.variance_sizes);
        let mut log_jumps = events.normals(&shocks.chance, self.sizes);
        let p = &self.parameters;
        leave(build, p, dt, events.all(), &mut variance_jumps, &mut log_jumps);
        let mut walk = Walk::new(&self.between_jumps, -compensator, grid, shocks, log);
        let jumps = log_jumps.into_iter().zip(variance_jumps);
        for (event, (log_jump, variance_jump)) in events.all().iter().zip(jumps) {
            walk.until(build, event.step + 1, log);
            walk.jump(event.lane, log_jump, variance_jump, log);
        }
        walk.until(build, log.len(), log);
    }
}

kernel! {
    /// What every jump leaves at the close of its day: in V, from a uniform, and in ln M, from a
    /// score.
    fn leave(
        p: &Svcj,
        dt_years: f64,
        events: &[Event],
        variance_jumps: &mut [f64],
        log_jumps: &mut [f64],
    ) {
        for ((event, variance), log) in events.iter().zip(variance_jumps).zip(log_jumps) {
            let jump = -p.variance_jump_mean * math::ln(*variance);
            let rest_years = (1.0 - event.days_into_step) * dt_years;
            let kept = math::exp(-0.5 * p.reversion_per_year * rest_years);
            let price_variance = jump * rest_years * kept;
            let mean =
                p.jump_log_per_variance.mul_add(jump, p.jump_log_mean) - 0.5 * price_variance;
            let sd = p.jump_log_sd.mul_add(p.jump_log_sd, price_variance).sqrt();
            *log = sd.mul_add(*log, mean);
            *variance = jump * kept * kept;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::heston::StochasticVolatility;
    use super::super::testing::{logs, logs_by};
    use super::*;
    use crate::model::testing::mean_and_error;

    fn parameters(jumps_per_year: f64) -> Svcj {
        Svcj {
            start_variance_per_year: 0.2,
            long_run_variance_per_year: 0.1,
            reversion_per_year: 10.0,
            variance_volatility_per_sqrt_year: 0.9,
            correlation: -0.4,
            jumps_per_year,
            jump_log_mean: -0.06,
            jump_log_sd: 0.1,
            jump_log_per_variance: -0.1,
            variance_jump_mean: 0.5,
        }
    }

    #[test]
    fn without_jumps_it_is_heston_to_the_bit() {
        let svcj = CorrelatedJumps::new(&parameters(0.0));
        let heston = StochasticVolatility::new(&svcj.between_jumps);
        assert_eq!(logs(svcj, 365, 4), logs(heston, 365, 4));
    }

    #[test]
    fn the_mean_of_the_log_is_the_closed_form() {
        // E ln M_T = −λ k T + λ (μ_y + ρ_J μ_v) T − ½ ∫ E[V], E[V] reverting to θ + λ μ_v/κ.
        let lambda = 12.0;
        let logs = logs(CorrelatedJumps::new(&parameters(lambda)), 365, 1 << 13);
        let (mean, error) = mean_and_error(&logs);
        let k = (-0.06_f64 + 0.005).exp() / (1.0 + 0.05) - 1.0;
        let level = 0.1 + lambda * 0.5 / 10.0;
        let variance = level + (0.2 - level) * (1.0 - (-10.0_f64).exp()) / 10.0;
        let exact = lambda * (-0.06 - 0.05 - k) - 0.5 * variance;
        assert!((mean - exact).abs() < 4.0 * error, "{mean} against {exact} ± {error}");
    }

    #[test]
    fn all_builds_give_the_same_bits() {
        let law = CorrelatedJumps::new(&parameters(12.0));
        let portable = logs_by(Build::PORTABLE, &law);
        for build in Build::available() {
            assert_eq!(logs_by(build, &law), portable, "{build:?}");
        }
    }
}
