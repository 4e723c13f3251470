//! Kou's jumps: the log price jumps up by an exponential of mean 1/η₁ with probability p, else down
//! by one of mean 1/η₂.
//!
//! k = p η₁/(η₁ − 1) + (1 − p) η₂/(η₂ + 1) − 1, finite as η₁ > 1. E Y = p/η₁ − (1 − p)/η₂,
//! E Y² = 2 p/η₁² + 2 (1 − p)/η₂²; ln M_T has variance σ² T + λ T E Y².
//! Source: S. G. Kou, Management Science 48 (2002) 1086, eq. (1) and section 2.

use super::jump_diffusion::{JumpDiffusion, JumpSize};
use crate::chance::{Chance, Stream};
use crate::input::study::Kou;
use crate::model::events::Events;
use crate::tile::kernel::kernel;
use crate::tile::math;

/// Double-exponential jumps of the log price.
#[derive(Debug, Clone, PartialEq)]
pub struct DoubleExponentialJumps {
    up_probability: f64,
    up_log_mean: f64,
    down_log_mean: f64,
}

/// Kou's law with the study's parameters.
pub fn law(parameters: &Kou) -> JumpDiffusion<DoubleExponentialJumps> {
    let size = DoubleExponentialJumps {
        up_probability: parameters.jump_up_probability,
        up_log_mean: parameters.jump_up_log_mean,
        down_log_mean: parameters.jump_down_log_mean,
    };
    JumpDiffusion::new(parameters.volatility_per_sqrt_year, parameters.jumps_per_year, size)
}

impl JumpSize for DoubleExponentialJumps {
    fn mean_relative(&self) -> f64 {
        let p = self.up_probability;
        p / (1.0 - self.up_log_mean) + (1.0 - p) / (1.0 + self.down_log_mean) - 1.0
    }
    fn mean_square(&self) -> f64 {
        let p = self.up_probability;
        2.0 * (p * self.up_log_mean.powi(2) + (1.0 - p) * self.down_log_mean.powi(2))
    }
    /// One uniform says the side, and within the side the size: both parts are uniform again.
    fn draw(&self, events: &Events, chance: &Chance, stream: Stream) -> Vec<f64> {
        let mut jumps = events.uniforms(chance, stream);
        size(chance.build(), self, &mut jumps);
        jumps
    }
}

kernel! {
    /// From uniforms to jumps.
    fn size(law: &DoubleExponentialJumps, jumps: &mut [f64]) {
        let p = law.up_probability;
        for jump in jumps {
            let u = *jump;
            let (mean, part) = if u < p {
                (-law.up_log_mean, u / p)
            } else {
                (law.down_log_mean, (1.0 - u) / (1.0 - p))
            };
            *jump = mean * math::ln(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::gbm::GeometricBrownianMotion;
    use super::super::testing::logs;
    use super::*;
    use crate::input::study::{Gbm, Volatility};
    use crate::model::testing::mean_and_error;

    fn parameters(jumps_per_year: f64, jump_up_probability: f64) -> Kou {
        Kou {
            volatility_per_sqrt_year: 0.45,
            jumps_per_year,
            jump_up_probability,
            jump_up_log_mean: 0.07,
            jump_down_log_mean: 0.12,
        }
    }

    #[test]
    fn the_annual_log_has_the_mean_and_variance_of_the_closed_form() {
        let (sigma2, lambda) = (0.45_f64.powi(2), 8.0);
        // All up, all down, and between: the ends divide by no probability of 0.
        for p in [0.0, 0.4, 1.0] {
            let (up, down) = (0.07, 0.12);
            let k = p / (1.0 - up) + (1.0 - p) / (1.0 + down) - 1.0;
            let logs = logs(law(&parameters(lambda, p)), 365, 1 << 12);
            let (mean, error) = mean_and_error(&logs);
            let exact = -0.5 * sigma2 - lambda * k + lambda * (p * up - (1.0 - p) * down);
            assert!((mean - exact).abs() < 4.0 * error, "{mean} against {exact} ± {error}");
            let squares: Vec<f64> = logs.iter().map(|x| (x - exact).powi(2)).collect();
            let (variance, error) = mean_and_error(&squares);
            let exact = sigma2 + lambda * 2.0 * (p * up * up + (1.0 - p) * down * down);
            assert!((variance - exact).abs() < 4.0 * error, "{variance}, {exact} ± {error}");
        }
    }

    #[test]
    fn without_jumps_it_is_geometric_brownian_motion_to_the_bit() {
        let gbm = GeometricBrownianMotion::new(&Gbm {
            volatility_per_sqrt_year: Volatility::Stated(0.45),
        });
        assert_eq!(logs(law(&parameters(0.0, 0.4)), 365, 4), logs(gbm, 365, 4));
    }
}
