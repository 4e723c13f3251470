//! Transaction fees per block: the log reverts to its long-run mean, and spikes.
//!
//! ln f = ln f̄ + x + y. x is an Ornstein–Uhlenbeck process, sampled exactly: over a step of `d`
//! months x' = x ρ^d + s √((1 − ρ^{2d}) / (1 − ρ²)) z, so that monthly values are an AR(1) with
//! coefficient ρ and innovation sd s. Stationary sd: s / √(1 − ρ²). y are [spikes](super::spikes),
//! exact at the close of every day. f̄ is the median where there are no spikes; they come on top.
//! Source: G. E. Uhlenbeck, L. S. Ornstein, Phys. Rev. 36 (1930) 823, exact discretisation.

use super::events::strike;
use super::spikes::Spikes;
use super::{Process, Shocks};
use crate::bitcoin;
use crate::chance::Stream;
use crate::input::study::{Fees, Network};
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math};
use crate::time::{MONTHS_PER_YEAR, Span, TimeGrid, within};
use std::ops::Range;

/// Mean-reverting log of the fees, BTC per block, with spikes.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanRevertingFees {
    parameters: Fees,
    long_run_btc_per_block: f64,
    spikes: Spikes,
}

/// Days in a week.
const DAYS_PER_WEEK: f64 = 7.0;

impl MeanRevertingFees {
    /// The law with the study's parameters; the long-run share of the reward becomes BTC per block
    /// at the subsidy of the as-of date, and stays that number of BTC after a halving.
    pub fn new(parameters: &Fees, network: &Network) -> Self {
        let subsidy_btc = bitcoin::subsidy_btc(network.epoch_start_height);
        let share = parameters.long_run_share_of_reward;
        Self {
            parameters: parameters.clone(),
            long_run_btc_per_block: subsidy_btc * share / (1.0 - share),
            spikes: Spikes {
                per_year: parameters.spikes_per_year,
                log_mean: parameters.spike_log_mean,
                log_sd: parameters.spike_log_sd,
                decay_days: DAYS_PER_WEEK * parameters.spike_decay_weeks,
                arrivals: Stream::new("spike", Factor::Fees.name()),
                sizes: Stream::new("spike_size", Factor::Fees.name()),
            },
        }
    }
}

impl Process for MeanRevertingFees {
    fn inputs(&self) -> &'static [Factor] {
        &[]
    }
    fn outputs(&self) -> &'static [Factor] {
        &[Factor::Fees]
    }
    fn streams(&self) -> Vec<Stream> {
        self.spikes.streams()
    }
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, tile: &mut Tile) {
        let rho = self.parameters.reversion_per_month;
        let spans = grid.spans().into_iter().map(|Span { steps, dt_years, days }| {
            let keep = math::power(rho, MONTHS_PER_YEAR * dt_years);
            let variance = (1.0 - keep * keep) / (1.0 - rho * rho);
            let sd = self.parameters.innovation_sd_per_month * variance.sqrt();
            (steps, [self.long_run_btc_per_block, keep, sd, self.spikes.keep(days)])
        });
        let spans: Vec<(Range<usize>, [f64; 4])> = spans.collect();
        let (_, [fees]) = tile.split(Factor::Fees);
        let scores = shocks.scores(Factor::Fees);
        let mut logs = [[0.0; LANES]; 2];
        fees[0] = [self.long_run_btc_per_block; LANES];
        let (events, kicks) = self.spikes.draw(&shocks.chance, grid);
        let mut kicks = kicks.iter();
        for (part, here) in events.parts(grid.steps()) {
            strike(here, &mut kicks, &mut logs[1]);
            for (steps, law) in within(&part, &spans) {
                evolve(build, *law, &scores[steps.clone()], &mut logs, &mut fees[steps]);
            }
        }
    }
}

kernel! {
    /// `fees[t] = long_run · exp(x_t + y_t)`, x_t = keep · x_{t−1} + sd z_t, y_t = keep_y · y_{t−1};
    /// the law as [long_run, keep, sd, keep_y], the logarithms as [x, y].
    fn evolve(
        law: [f64; 4],
        scores: &[[f32; LANES]],
        logs: &mut [Row; 2],
        fees: &mut [Row],
    ) {
        let [long_run, keep, sd, keep_spike] = law;
        let [mut x, mut y] = *logs;
        for (z, fees) in scores.iter().zip(fees.iter_mut()) {
            for i in 0..LANES {
                x[i] = keep.mul_add(x[i], sd * f64::from(z[i]));
                y[i] *= keep_spike;
                fees[i] = long_run * math::exp(x[i] + y[i]);
            }
        }
        *logs = [x, y];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::{mean_and_error, simulate};

    fn law(innovation_sd_per_month: f64, spikes_per_year: f64) -> MeanRevertingFees {
        let parameters = Fees {
            long_run_share_of_reward: 0.0065,
            reversion_per_month: 0.8,
            innovation_sd_per_month,
            spikes_per_year,
            spike_log_mean: 1.79,
            spike_log_sd: 0.6,
            spike_decay_weeks: 6.0,
        };
        let law = MeanRevertingFees::new(&parameters, &crate::model::testing::network());
        MeanRevertingFees { long_run_btc_per_block: 0.02, ..law }
    }

    #[test]
    fn the_law_after_a_year_is_the_closed_form() {
        // From the long-run level: Var x_T = s² (1 − ρ^{2·12}) / (1 − ρ²), E f = f̄ e^{Var/2}.
        let grid = TimeGrid::new(jiff::civil::date(2026, 12, 31), 2027).unwrap();
        let (mut logs, mut fees) = (Vec::new(), Vec::new());
        simulate(&[&law(0.5, 0.0)], &grid, 1 << 14, |tile| {
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
        // With spikes, E f = f̄ e^{Var/2} E e^y, and the two parts are independent.
        let spiking = law(0.5, 0.4);
        fees.clear();
        simulate(&[&spiking], &grid, 1 << 14, |tile| fees.extend(tile.rows(Factor::Fees)[365]));
        let (found, error) = mean_and_error(&fees);
        let exact = exact * spiking.spikes.log_mean_factor(365.0).exp();
        assert!((found - exact).abs() < 4.0 * error, "{found} against {exact} ± {error}");
    }

    #[test]
    fn months_have_the_law_of_days() {
        // Eight years on nothing is left of the start: Var x = s² / (1 − ρ²); neighbours a month apart
        // correlate by ρ. With spikes E f = f̄ e^{Var/2} E e^y, y at the end of the month.
        let grid = TimeGrid::new(jiff::civil::date(2026, 12, 31), 2027).unwrap();
        let grid = grid.with_months_to(2036);
        let last = grid.steps() - 1;
        let (mut squares, mut products) = (Vec::new(), Vec::new());
        simulate(&[&law(0.5, 0.0)], &grid, 1 << 12, |tile| {
            let fees = tile.rows(Factor::Fees);
            for i in 0..LANES {
                let [x, before] = [last, last - 1].map(|step| (fees[step][i] / 0.02).ln());
                squares.push(x * x);
                products.push(x * before);
            }
        });
        let variance = 0.25 / (1.0 - 0.64);
        for (found, exact) in [(squares, variance), (products, 0.8 * variance)] {
            let (mean, error) = mean_and_error(&found);
            assert!((mean - exact).abs() < 4.0 * error, "{mean} against {exact} ± {error}");
        }
        let spiking = law(0.5, 0.4);
        let mut fees = Vec::new();
        simulate(&[&spiking], &grid, 1 << 13, |tile| fees.extend(tile.rows(Factor::Fees)[last]));
        let days = grid.days_before(grid.steps());
        let exact = 0.02 * (variance / 2.0 + spiking.spikes.log_mean_factor(days)).exp();
        let (mean, error) = mean_and_error(&fees);
        assert!((mean - exact).abs() < 4.0 * error, "{mean} against {exact} ± {error}");
    }

    #[test]
    fn without_spikes_the_fees_are_those_of_the_mean_reverting_law_alone_to_the_bit() {
        let grid = TimeGrid::new(jiff::civil::date(2026, 7, 31), 2027).unwrap();
        let keep = math::power(0.8, 12.0 / 365.0);
        let sd = 0.5 * ((1.0 - keep * keep) / (1.0 - 0.8 * 0.8)).sqrt();
        let chance = crate::chance::Chance::new(99, 0, Build::fastest());
        let scores = crate::model::testing::scores(&grid, chance);
        let scores = Shocks::new(&scores, grid.steps(), chance).scores(Factor::Fees);
        simulate(&[&law(0.5, 0.0)], &grid, 1, |tile| {
            let mut x = [0.0; LANES];
            for step in 1..grid.steps() {
                for i in 0..LANES {
                    x[i] = keep.mul_add(x[i], sd * f64::from(scores[step][i]));
                    let fee = 0.02 * math::exp(x[i]);
                    assert_eq!(tile.rows(Factor::Fees)[step][i].to_bits(), fee.to_bits());
                }
            }
        });
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
        let fees = MeanRevertingFees::new(&law(0.0, 0.0).parameters, &network);
        let fee = fees.long_run_btc_per_block;
        assert!((fee / (fee + 3.125) - 0.0065).abs() < 1e-15);
    }
}
