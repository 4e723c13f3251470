//! Power price at the hub, USD per MWh, a mean of each day: season, reverting log, spikes. A step that
//! is a month has the price of one of its days.
//!
//! ln p = ln m + A cos(2π (d − d*) / D) − ln I + x + y. d is the day of its year of D days and d*
//! the peak of the season; x is a stationary Ornstein–Uhlenbeck process of sd s, sampled exactly:
//! x' = ρ x + s √(1 − ρ²) z over a day, ρ = e^{−κ}, and x_0 is drawn from its law, as the price of
//! one day tells little of the next month's; y are [spikes](super::spikes) from 0 on. I = e^{s²/2}
//! times the mean of e^{A cos} over a year, so that without spikes every calendar year's mean price
//! is m in expectation: for the tests E p_t = m e^{A cos(…)} / I₀(A) and Var ln p_t = s².
//! Sources: E. S. Schwartz, J. Finance 52 (1997) 923, model 1; J. J. Lucia, E. S. Schwartz, Review of
//! Derivatives Research 5 (2002) 5.
//! Not here: hours (a day has one price), prices below zero, what is sold at the price.

use super::events::strike;
use super::spikes::Spikes;
use super::{Process, Shocks};
use crate::chance::Stream;
use crate::input::study::PowerPrice;
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math};
use crate::time::{DAYS_PER_YEAR, Span, TimeGrid, within};
use jiff::ToSpan;
use std::ops::Range;

/// Mean-reverting log of the power price about its season, with spikes.
#[derive(Debug, Clone, PartialEq)]
pub struct SeasonalPowerPrice {
    parameters: PowerPrice,
    spikes: Spikes,
    /// ln p of every step where x and y are 0.
    log_levels: Vec<f64>,
}

/// Points that the mean of a season is taken over: on a full period the sum is exact to rounding.
const SEASON_POINTS: u32 = 365;

impl SeasonalPowerPrice {
    /// The law with the study's parameters on its calendar.
    pub fn new(parameters: &PowerPrice, grid: &TimeGrid) -> Self {
        Self {
            parameters: parameters.clone(),
            log_levels: log_levels(parameters, grid),
            spikes: Spikes {
                per_year: parameters.spikes_per_year,
                log_mean: parameters.spike_log_mean,
                log_sd: parameters.spike_log_sd,
                decay_days: parameters.spike_decay_days,
                arrivals: Stream::new("spike", Factor::PowerPrice.name()),
                sizes: Stream::new("spike_size", Factor::PowerPrice.name()),
            },
        }
    }
}

/// ln p of every step where x and y are 0.
fn log_levels(p: &PowerPrice, grid: &TimeGrid) -> Vec<f64> {
    let points = f64::from(SEASON_POINTS);
    let season_mean = (0..SEASON_POINTS)
        .map(|k| math::exp(p.season_amplitude * math::cos_of_turns(f64::from(k) / points)))
        .sum::<f64>()
        / points;
    let level = math::ln(p.mean_usd_per_mwh / season_mean) - 0.5 * p.log_sd * p.log_sd;
    (0..grid.steps())
        .map(|step| {
            let middle = i64::from(grid.days_of(step) / 2);
            let date = grid.date(step).saturating_add(middle.days());
            let year_days = f64::from(date.days_in_year());
            let turns = (f64::from(date.day_of_year()) - p.season_peak_day) / year_days;
            p.season_amplitude.mul_add(math::cos_of_turns(turns), level)
        })
        .collect()
}

impl Process for SeasonalPowerPrice {
    fn inputs(&self) -> &'static [Factor] {
        &[]
    }
    fn outputs(&self) -> &'static [Factor] {
        &[Factor::PowerPrice]
    }
    fn streams(&self) -> Vec<Stream> {
        self.spikes.streams()
    }
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, tile: &mut Tile) {
        let p = &self.parameters;
        let spans = grid.spans().into_iter().map(|Span { steps, dt_years, days }| {
            let keep = math::exp(-p.reversion_per_day * DAYS_PER_YEAR * dt_years);
            let sd = p.log_sd * (1.0 - keep * keep).sqrt();
            (steps, [keep, sd, self.spikes.keep(days)])
        });
        let spans: Vec<(Range<usize>, [f64; 3])> = spans.collect();
        let levels = &self.log_levels;
        let (_, [price]) = tile.split(Factor::PowerPrice);
        let scores = shocks.scores(Factor::PowerPrice);
        let x = scores[0].map(|z| p.log_sd * f64::from(z));
        price[0] = x.map(|x| math::exp(levels[0] + x));
        let mut logs = [x, [0.0; LANES]];
        let (events, kicks) = self.spikes.draw(&shocks.chance, grid);
        let mut kicks = kicks.iter();
        for (part, here) in events.parts(grid.steps()) {
            strike(here, &mut kicks, &mut logs[1]);
            for (steps, law) in within(&part, &spans) {
                let (levels, scores) = (&levels[steps.clone()], &scores[steps.clone()]);
                evolve(build, *law, levels, scores, &mut logs, &mut price[steps]);
            }
        }
    }
}

kernel! {
    /// `price[t] = exp(level_t + x_t + y_t)`, x_t = keep · x_{t−1} + sd z_t, y_t = keep_y · y_{t−1};
    /// the law as [keep, sd, keep_y], the logarithms as [x, y].
    fn evolve(
        law: [f64; 3],
        levels: &[f64],
        scores: &[[f32; LANES]],
        logs: &mut [Row; 2],
        price: &mut [Row],
    ) {
        let [keep, sd, keep_spike] = law;
        let [mut x, mut y] = *logs;
        for ((level, z), price) in levels.iter().zip(scores).zip(price.iter_mut()) {
            for i in 0..LANES {
                x[i] = keep.mul_add(x[i], sd * f64::from(z[i]));
                y[i] *= keep_spike;
                price[i] = math::exp(level + x[i] + y[i]);
            }
        }
        *logs = [x, y];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::{mean_and_error, simulate};

    fn parameters() -> PowerPrice {
        PowerPrice {
            mean_usd_per_mwh: 45.0,
            season_amplitude: 0.3,
            season_peak_day: 215.0,
            reversion_per_day: 0.4,
            log_sd: 0.35,
            spikes_per_year: 0.0,
            spike_log_mean: 1.3,
            spike_log_sd: 0.5,
            spike_decay_days: 1.5,
        }
    }

    /// I₀, the modified Bessel function, by its series.
    fn bessel_0(x: f64) -> f64 {
        let mut term = 1.0;
        let mut sum = 1.0;
        for k in 1..40 {
            term *= (x / 2.0 / f64::from(k)).powi(2);
            sum += term;
        }
        sum
    }

    #[test]
    fn without_chance_the_price_is_the_season_and_its_mean_the_one_stated() {
        for year in [2027, 2028] {
            let grid = TimeGrid::new(jiff::civil::date(2026, 7, 31), year).unwrap();
            let p = PowerPrice { log_sd: 0.0, ..parameters() };
            simulate(&[&SeasonalPowerPrice::new(&p, &grid)], &grid, 1, |tile| {
                let price = |step: usize| tile.rows(Factor::PowerPrice)[step][5];
                let days = grid.target().len() as f64;
                let mean = grid.target().map(price).sum::<f64>() / days;
                assert!((mean / 45.0 - 1.0).abs() < 1e-12, "{year}: {mean}");
                let peak = grid.step_of(jiff::civil::date(year, 1, 1)) as usize + 214;
                let exact = 45.0 * 0.3_f64.exp() / bessel_0(0.3);
                assert!((price(peak) / exact - 1.0).abs() < 1e-12, "{}", price(peak));
                assert!(grid.target().all(|step| price(step) <= price(peak)));
            });
        }
    }

    #[test]
    fn the_law_of_every_day_is_stationary_about_the_season() {
        let grid = TimeGrid::new(jiff::civil::date(2026, 12, 31), 2027).unwrap();
        let p = parameters();
        let law = SeasonalPowerPrice::new(&p, &grid);
        let levels = &law.log_levels;
        for step in [0, 1, 180] {
            let (mut logs, mut prices, mut neighbours) = (Vec::new(), Vec::new(), Vec::new());
            simulate(&[&law], &grid, 1 << 12, |tile| {
                let rows = tile.rows(Factor::PowerPrice);
                for i in 0..LANES {
                    let x = rows[step][i].ln() - levels[step];
                    logs.push(x);
                    prices.push(rows[step][i]);
                    neighbours.push(x * (rows[step + 1][i].ln() - levels[step + 1]));
                }
            });
            let within = |found: &[f64], exact: f64, what: &str| {
                let (mean, error) = mean_and_error(found);
                assert!((mean - exact).abs() < 4.0 * error, "{what}: {mean} not {exact} ± {error}");
            };
            within(&logs, 0.0, "E x");
            let squares: Vec<f64> = logs.iter().map(|x| x * x).collect();
            within(&squares, 0.35 * 0.35, "Var x");
            within(&neighbours, 0.35 * 0.35 * (-0.4_f64).exp(), "Cov of neighbours");
            within(&prices, (levels[step] + 0.5 * 0.35 * 0.35).exp(), "E p");
        }
    }

    #[test]
    fn a_month_has_the_price_of_one_of_its_days() {
        let grid = TimeGrid::new(jiff::civil::date(2026, 12, 31), 2027).unwrap();
        let grid = grid.with_months_to(2028);
        let p = PowerPrice { spikes_per_year: 8.0, ..parameters() };
        let law = SeasonalPowerPrice::new(&p, &grid);
        for step in [366, 367, 371, 377] {
            let mut prices = Vec::new();
            simulate(&[&law], &grid, 1 << 13, |tile| {
                prices.extend(tile.rows(Factor::PowerPrice)[step]);
            });
            let date = grid.date(step).saturating_add(15.days());
            let turns = (f64::from(date.day_of_year()) - 215.0) / f64::from(date.days_in_year());
            let season = (0.3 * (std::f64::consts::TAU * turns).cos()).exp() / bessel_0(0.3);
            let exact = 45.0 * season * law.spikes.log_mean_factor(400.0).exp();
            let (mean, error) = mean_and_error(&prices);
            // The middle of a month is 14 or 15 days on: a day of the season is 0.5 % at most.
            let tolerance = 4.0 * error + 0.006 * exact;
            assert!((mean - exact).abs() < tolerance, "{step}: {mean} against {exact} ± {error}");
        }
    }

    #[test]
    fn spikes_raise_the_mean_by_their_factor() {
        let grid = TimeGrid::new(jiff::civil::date(2026, 12, 31), 2027).unwrap();
        let law =
            SeasonalPowerPrice::new(&PowerPrice { spikes_per_year: 8.0, ..parameters() }, &grid);
        let levels = &law.log_levels;
        let mut prices = Vec::new();
        simulate(&[&law], &grid, 1 << 14, |tile| prices.extend(tile.rows(Factor::PowerPrice)[200]));
        let exact = (levels[200] + 0.5 * 0.35 * 0.35 + law.spikes.log_mean_factor(200.0)).exp();
        let (mean, error) = mean_and_error(&prices);
        assert!((mean - exact).abs() < 4.0 * error, "{mean} against {exact} ± {error}");
    }
}
