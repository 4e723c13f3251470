//! Merton's jumps: the log price jumps by Y ~ N(m, δ²).
//!
//! k = e^{m + δ²/2} − 1. ln M_T has mean −(σ²/2 + λ k) T + λ T m, variance σ² T + λ T (m² + δ²) and
//! characteristic function exp(T (−i u (σ²/2 + λ k) − σ² u²/2 + λ (e^{i u m − δ² u²/2} − 1))).
//! Source: R. C. Merton, J. Financial Economics 3 (1976) 125, section 3.

use super::jump_diffusion::{JumpDiffusion, JumpSize};
use crate::chance::{Chance, Stream};
use crate::input::study::Merton;
use crate::model::events::Events;
use crate::tile::math;

/// Normal jumps of the log price.
#[derive(Debug, Clone, PartialEq)]
pub struct NormalJumps {
    log_mean: f64,
    log_sd: f64,
}

/// Merton's law with the study's parameters.
pub fn law(parameters: &Merton) -> JumpDiffusion<NormalJumps> {
    let size = NormalJumps { log_mean: parameters.jump_log_mean, log_sd: parameters.jump_log_sd };
    JumpDiffusion::new(parameters.volatility_per_sqrt_year, parameters.jumps_per_year, size)
}

impl JumpSize for NormalJumps {
    fn mean_relative(&self) -> f64 {
        math::exp(self.log_mean + 0.5 * self.log_sd * self.log_sd) - 1.0
    }
    fn mean_square(&self) -> f64 {
        self.log_mean * self.log_mean + self.log_sd * self.log_sd
    }
    fn draw(&self, events: &Events, chance: &Chance, stream: Stream) -> Vec<f64> {
        let scores = events.normals(chance, stream);
        scores.into_iter().map(|z| self.log_mean + self.log_sd * z).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::gbm::GeometricBrownianMotion;
    use super::super::testing::logs;
    use super::*;
    use crate::input::study::{Gbm, Volatility};
    use crate::model::testing::mean_and_error;

    fn parameters(jumps_per_year: f64) -> Merton {
        Merton {
            volatility_per_sqrt_year: 0.45,
            jumps_per_year,
            jump_log_mean: -0.05,
            jump_log_sd: 0.15,
        }
    }

    #[test]
    fn the_annual_log_has_the_mean_and_variance_of_the_closed_form() {
        let (sigma2, lambda, m, d2) = (0.45_f64.powi(2), 8.0, -0.05, 0.15 * 0.15_f64);
        let k = (m + 0.5 * d2).exp() - 1.0;
        let logs = logs(law(&parameters(lambda)), 365, 1 << 12);
        let (mean, error) = mean_and_error(&logs);
        let exact = -0.5 * sigma2 - lambda * k + lambda * m;
        assert!((mean - exact).abs() < 4.0 * error, "{mean} against {exact} ± {error}");
        let squares: Vec<f64> = logs.iter().map(|x| (x - exact).powi(2)).collect();
        let (variance, error) = mean_and_error(&squares);
        let exact = sigma2 + lambda * (m * m + d2);
        assert!((variance - exact).abs() < 4.0 * error, "{variance} against {exact} ± {error}");
    }

    #[test]
    fn without_jumps_it_is_geometric_brownian_motion_to_the_bit() {
        let gbm = GeometricBrownianMotion::new(&Gbm {
            volatility_per_sqrt_year: Volatility::Stated(0.45),
        });
        assert_eq!(logs(law(&parameters(0.0)), 365, 4), logs(gbm, 365, 4));
    }
}
