//! The stationary bootstrap of the study's own daily log returns: a check without a model.
//!
//! ln M_t = Σ r_{I_k} − ln G(t): blocks of successive days from uniform starts, of geometric length
//! with the stated mean, on a circle. G(t) = E(exp Σ r_{I_k}) is exact by the transfer operator
//! over the history, so E(M_t) = 1 at every step: the history lends its shape, not its mean.
//! The law ignores the coupled score of the price: what is resampled has no correlation with other
//! factors, except that the network and hashprice answer the price.
//! Source: D. N. Politis, J. P. Romano, J. American Statistical Association 89 (1994) 1303.

use super::LogMartingale;
use super::spells::{SpellLength, Spells};
use crate::chance::Stream;
use crate::input::study::Bootstrap;
use crate::model::Shocks;
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, math};
use crate::time::TimeGrid;

/// Blocks of a history of daily log returns.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockBootstrap {
    log_returns: Vec<f64>,
    length: SpellLength,
    /// ln G at every step of the calendar.
    log_growth: Vec<f64>,
    long_run_variance_per_year: f64,
    stream: Stream,
}

impl BlockBootstrap {
    /// The law of a history on a calendar.
    ///
    /// # Panics
    /// If the history is empty: the reader asks for [`crate::input::study::DAILY_RETURNS_MIN`].
    pub fn new(parameters: &Bootstrap, log_returns: Vec<f64>, grid: &TimeGrid) -> Self {
        assert!(!log_returns.is_empty(), "a history holds returns");
        let log_returns = scaled(log_returns, parameters.volatility_factor);
        let stay_probability = 1.0 - 1.0 / parameters.block_days_mean;
        Self {
            log_growth: log_growth(&log_returns, stay_probability, grid.steps()),
            length: SpellLength::new(stay_probability),
            long_run_variance_per_year: long_run_variance(&log_returns, stay_probability)
                / grid.dt_years(),
            log_returns,
            stream: Stream::new("block", Factor::BtcPrice.name()),
        }
    }
}

/// Returns whose deviations from their mean are multiplied by a factor; as they are for 1.
fn scaled(mut log_returns: Vec<f64>, factor: f64) -> Vec<f64> {
    let mean = log_returns.iter().sum::<f64>() / log_returns.len() as f64;
    log_returns.iter_mut().for_each(|r| *r = (*r - mean).mul_add(factor - 1.0, *r));
    log_returns
}

/// Variance of a sum of many days, per day: two days `k` apart are of one block with probability q^k, and
/// then have the covariance of the history's circle.
fn long_run_variance(log_returns: &[f64], stay_probability: f64) -> f64 {
    let days = log_returns.len();
    let mean = log_returns.iter().sum::<f64>() / days as f64;
    let covariance = |lag: usize| {
        let shifted = log_returns.iter().cycle().skip(lag % days);
        let products = log_returns.iter().zip(shifted).map(|(a, b)| (a - mean) * (b - mean));
        products.sum::<f64>() / days as f64
    };
    let mut variance = covariance(0);
    let (mut lag, mut same_block) = (1, stay_probability);
    while same_block > 1e-9 {
        variance += 2.0 * same_block * covariance(lag);
        (lag, same_block) = (lag + 1, same_block * stay_probability);
    }
    variance.max(0.0)
}

/// ln G at every step: O(history · steps), scaled at each step so that nothing overflows.
fn log_growth(log_returns: &[f64], stay_probability: f64, steps: usize) -> Vec<f64> {
    let days = log_returns.len();
    let gain: Vec<f64> = log_returns.iter().map(|r| math::exp(*r)).collect();
    let start = 1.0 / days as f64;
    // The share in G of the paths on each day of the history, as the day begins.
    let mut weight = vec![start; days];
    let mut log_growth = vec![0.0; steps];
    for t in 1..steps {
        let mut total = 0.0;
        for (weight, gain) in weight.iter_mut().zip(&gain) {
            *weight *= gain;
            total += *weight;
        }
        log_growth[t] = log_growth[t - 1] + math::ln(total);
        weight.rotate_right(1);
        let anew = (1.0 - stay_probability) * start;
        for weight in &mut weight {
            *weight = (stay_probability / total).mul_add(*weight, anew);
        }
    }
    log_growth
}

impl LogMartingale for BlockBootstrap {
    fn streams(&self) -> Vec<Stream> {
        vec![self.stream]
    }
    fn long_run_variance_per_year(&self) -> f64 {
        self.long_run_variance_per_year
    }
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, log: &mut [Row]) {
        let days = self.log_returns.len();
        let mut spells = Spells::new(shocks.chance, self.stream);
        let (mut day, mut sum) = ([0; LANES], [0.0; LANES]);
        log[0] = sum;
        let mut first = 1;
        while first < grid.steps() {
            let part = spells.part(first, grid.steps(), |lane, _, [length, start]| {
                // Rounding may take the last uniform to the end of the range.
                day[lane] = ((start * days as f64) as usize).min(days - 1);
                self.length.days(length)
            });
            first = part.end;
            let growth = &self.log_growth[part.clone()];
            add_up(build, &self.log_returns, growth, &mut day, &mut sum, &mut log[part]);
        }
    }
}

kernel! {
    /// `log[t] = sum + Σ returns[day] − growth[t]`; each lane walks on along the circle.
    fn add_up(
        returns: &[f64],
        growth: &[f64],
        day: &mut [usize; LANES],
        sum: &mut Row,
        log: &mut [Row],
    ) {
        for (growth, log) in growth.iter().zip(log.iter_mut()) {
            for i in 0..LANES {
                sum[i] += returns[day[i]];
                log[i] = sum[i] - growth;
                let next = day[i] + 1;
                day[i] = if next == returns.len() { 0 } else { next };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{grid, logs_by};
    use super::*;

    /// Moves that tell their day: no sum of a few of them is that of others.
    fn history(days: u32) -> Vec<f64> {
        (0..days).map(|k| f64::from(k * k % 97) / 1e3 - 0.04 + f64::from(k) * 1e-7).collect()
    }

    fn law(block_days_mean: f64) -> BlockBootstrap {
        BlockBootstrap::new(
            &Bootstrap { block_days_mean, volatility_factor: 1.0 },
            history(300),
            &grid(),
        )
    }

    /// Days of the history that lane 0 visits.
    fn visited(law: &BlockBootstrap, lane: usize) -> Vec<usize> {
        let rows = logs_by(Build::fastest(), law);
        let moves = rows.windows(2).zip(law.log_growth.windows(2));
        let days = moves.map(|(rows, growth)| {
            let r = rows[1][lane] - rows[0][lane] + growth[1] - growth[0];
            let is_it = |own: &&f64| (*own - r).abs() < 1e-9;
            law.log_returns.iter().position(|own| is_it(&own)).expect("a day of the history")
        });
        days.collect()
    }

    #[test]
    fn all_builds_give_the_same_bits() {
        let law = law(30.0);
        let portable = logs_by(Build::PORTABLE, &law);
        for build in Build::available() {
            assert_eq!(logs_by(build, &law), portable, "{build:?}");
        }
    }

    #[test]
    fn a_block_walks_along_the_circle_and_blocks_have_their_mean_length() {
        let law = law(20.0);
        let mut breaks = 0.0;
        let mut wraps = 0;
        let mut days = 0.0;
        for lane in 0..LANES {
            let visited = visited(&law, lane);
            for pair in visited.windows(2) {
                breaks += f64::from(u8::from(pair[1] != (pair[0] + 1) % 300));
                wraps += u32::from(pair == [299, 0]);
                days += 1.0;
            }
        }
        // A break a block, but for the one start in 300 that would have come next anyway.
        let p = (1.0 / 20.0) * (299.0 / 300.0);
        let error = f64::sqrt(days * p * (1.0 - p));
        assert!((breaks - days * p).abs() < 4.0 * error, "{breaks} of {days}");
        assert!(wraps > 30, "the last day is followed by the first: {wraps}");
    }

    #[test]
    fn blocks_of_one_day_are_independent_draws() {
        // G(t) = (mean of e^r)^t, and any of 300 days follows any other alike.
        let law = law(1.0);
        let mean = law.log_returns.iter().map(|r| math::exp(*r)).sum::<f64>() / 300.0;
        for t in [1, 2, 100, 365] {
            assert!((law.log_growth[t] - t as f64 * math::ln(mean)).abs() < 1e-12);
        }
        let (mut follows, mut days) = (0.0, 0.0);
        for lane in 0..LANES {
            for pair in visited(&law, lane).windows(2) {
                follows += f64::from(u8::from(pair[1] == (pair[0] + 1) % 300));
                days += 1.0;
            }
        }
        let error = (days / 300.0_f64).sqrt();
        assert!((follows - days / 300.0).abs() < 4.0 * error, "{follows} of {days}");
    }

    #[test]
    fn the_growth_of_one_endless_block_is_that_of_the_history_from_every_day() {
        // 365 days are the longest block that a study may state; 1 − 1/365 is not for ever, so the
        // operator is held against a sum over all pasts of two days.
        let (r, q) = (history(5), 1.0 - 1.0 / 3.0);
        let growth = log_growth(&r, q, 3);
        let e = |k: usize| math::exp(r[k % 5]);
        let on: f64 = (0..5).map(|k| e(k) * e(k + 1)).sum::<f64>() / 5.0;
        let one: f64 = (0..5).map(e).sum::<f64>() / 5.0;
        assert!((growth[1] - math::ln(one)).abs() < 1e-15);
        assert!((growth[2] - math::ln(q * on + (1.0 - q) * one * one)).abs() < 1e-15);
    }
}
