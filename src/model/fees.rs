//! Transaction fees per block: the log reverts to its long-run mean.
//!
//! ln f follows an Ornstein–Uhlenbeck process, sampled exactly: over a step of `d` months
//! x' = μ + (x − μ) ρ^d + s √((1 − ρ^{2d}) / (1 − ρ²)) z, so that monthly values are an AR(1) with
//! coefficient ρ and innovation sd s. Stationary sd of ln f: s / √(1 − ρ²). e^μ is the median.
//! Source: G. E. Uhlenbeck, L. S. Ornstein, Phys. Rev. 36 (1930) 823, exact discretisation.

use super::{MONTHS_PER_YEAR, Process, Shocks};
use crate::bitcoin;
use crate::chance::Stream;
use crate::input::study::{Fees, Network};
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math};
use crate::time::TimeGrid;

/// Mean-reverting log of the fees, BTC per block.
#[derive(Debug, Clone)]
pub struct MeanRevertingFees {
    parameters: Fees,
    long_run_btc_per_block: f64,
}

impl MeanRevertingFees {
    /// The law with the study's parameters; the long-run share of the reward becomes BTC per block
    /// at the subsidy of the as-of date, and stays that number of BTC after a halving.
    pub fn new(parameters: &Fees, network: &Network) -> Self {
        let subsidy_btc = bitcoin::subsidy_btc(network.epoch_start_height);
        let share = parameters.long_run_share_of_reward;
        Self {
            parameters: parameters.clone(),
            long_run_btc_per_block: subsidy_btc * share / (1.0 - share),
        }
    }
}

impl Process for MeanRevertingFees {
    fn outputs(&self) -> &'static [Factor] {
        &[Factor::Fees]
    }
    fn streams(&self) -> Vec<Stream> {
        Vec::new()
    }
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, tile: &mut Tile) {
        let rho = self.parameters.reversion_per_month;
        let keep = math::power(rho, MONTHS_PER_YEAR * grid.dt_years());
        let variance = (1.0 - keep * keep) / (1.0 - rho * rho);
        let sd = self.parameters.innovation_sd_per_month * variance.sqrt();
        let (_, [fees]) = tile.split(Factor::Fees);
        let scores = shocks.scores(Factor::Fees);
        evolve(build, self.long_run_btc_per_block, keep, sd, scores, fees);
    }
}

kernel! {
    /// `fees[t] = long_run · exp(x_t)`, x_0 = 0, x_t = keep · x_{t−1} + sd z_t.
    fn evolve(long_run: f64, keep: f64, sd: f64, scores: &[[f32; LANES]], fees: &mut [Row]) {
        let mut x = [0.0; LANES];
        fees[0] = [long_run; LANES];
        for (z, fees) in scores.iter().zip(fees.iter_mut()).skip(1) {
            for i in 0..LANES {
                x[i] = keep.mul_add(x[i], sd * f64::from(z[i]));
                fees[i] = long_run * math::exp(x[i]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::{mean_and_error, simulate};

    fn law(innovation_sd_per_month: f64) -> MeanRevertingFees {
        MeanRevertingFees {
            parameters: Fees {
                long_run_share_of_reward: 0.0065,
                reversion_per_month: 0.8,
                innovation_sd_per_month,
            },
            long_run_btc_per_block: 0.02,
        }
    }

    #[test]
    fn the_law_after_a_year_is_the_closed_form() {
        // From the long-run level: Var x_T = s² (1 − ρ^{2·12}) / (1 − ρ²), E f = f̄ e^{Var/2}.
        let grid = TimeGrid::new(jiff::civil::date(2026, 12, 31), 2027).unwrap();
        let (mut logs, mut fees) = (Vec::new(), Vec::new());
        simulate(&[&law(0.5)], &grid, 1 << 14, |tile| {
            let end = tile.rows(Factor::Fees)[365];
            fees.extend(end);
            logs.extend(end.map(|f| (f / 0.02).ln()));
        });
        let variance = 0.25 * (1.0 - 0.8_f64.powi(24)) / (1.0 - 0.64);
        let (mean, error) = mean_and_error(&logs);
        assert!(mean.abs() < 4.0 * error, "{mean} ± {error}");
        let squares: Vec<f64> = logs.iter().map(|x| x * x).collect();
        let (found, error) = mean_and_error(&squares);
        assert!((found - variance).abs() < 4.0 * error, "{found} against {variance} ± {error}");
        let (found, error) = mean_and_error(&fees);
        let exact = 0.02 * (variance / 2.0).exp();
        assert!((found - exact).abs() < 4.0 * error, "{found} against {exact} ± {error}");
    }

    #[test]
    fn a_month_keeps_the_stated_part_of_a_deviation() {
        // Correlation of log fees one month (1/12 year) apart, by regression over daily steps:
        // keep^(365/12) must be ρ.
        let keep = math::power(0.8, MONTHS_PER_YEAR / 365.0);
        assert!((keep.powf(365.0 / 12.0) - 0.8).abs() < 1e-12);
    }

    #[test]
    fn the_long_run_share_of_the_reward_is_the_one_stated() {
        let network = crate::model::testing::network();
        let fees = MeanRevertingFees::new(&law(0.0).parameters, &network);
        let fee = fees.long_run_btc_per_block;
        assert!((fee / (fee + 3.125) - 0.0065).abs() < 1e-15);
    }
}
