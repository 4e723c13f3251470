//! Station 2: laws of motion, one file each: parameters, exact transition, closed-form moments.
//!
//! In: validated parameters, dependent normal scores, the factors earlier in the order of
//! causation. Out: the rows of a tile, and each path's own scalars. Not here: how scores are drawn
//! or coupled, and any money.

pub mod ai_market;
pub mod btc_price;
mod chain;
pub mod delivery;
pub mod events;
pub mod fees;
pub mod mixing;
pub mod mixture;
pub mod network;
pub mod parameters;
mod pool;
pub mod power_price;
pub mod regime;
pub mod spikes;
pub mod tenants;
pub mod undisclosed;

use crate::chance::{Chance, Stream};
use crate::tile::{Build, Factor, LANES, Tile};
use crate::time::TimeGrid;
use std::any::Any;

/// The law of motion of one factor, or of several that move as one.
pub trait Process: Same + Send + Sync {
    /// The factors whose rows it reads, all before its own.
    fn inputs(&self) -> &'static [Factor];
    /// The factors whose rows it writes.
    fn outputs(&self) -> &'static [Factor];
    /// The streams of chance it draws from besides the scores.
    fn streams(&self) -> Vec<Stream>;
    /// The laws that groups of paths follow by weight, by the name of their table in a study; none
    /// where there is one law.
    fn models(&self) -> Vec<String> {
        Vec::new()
    }
    /// Position in `models` of the law that a tile's group follows.
    fn model_of(&self, _chance: &Chance) -> usize {
        0
    }
    /// Writes its rows at every step of one tile.
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, tile: &mut Tile);
}

/// Values that can be told apart whatever their types: laws of one kind with the same parameters are
/// the same, and write the same rows. Every type that can be compared has it.
pub trait Same: Any {
    /// Whether the other is of this type and equal.
    fn is_same(&self, other: &dyn Any) -> bool;
}

impl<T: PartialEq + Any> Same for T {
    fn is_same(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<T>().is_some_and(|other| self == other)
    }
}

/// The chance of one tile as a process sees it.
#[derive(Debug, Clone, Copy)]
pub struct Shocks<'a> {
    /// Dependent normal scores, `[scored factor][step][lane]`, flat.
    scores: &'a [[f32; LANES]],
    steps: usize,
    /// Streams of the process's own: regimes, drawn parameters.
    pub chance: Chance,
}

impl<'a> Shocks<'a> {
    /// Wraps the coupled scores of a tile.
    pub fn new(scores: &'a [[f32; LANES]], steps: usize, chance: Chance) -> Self {
        assert_eq!(scores.len(), steps * Factor::SCORED.len());
        Self { scores, steps, chance }
    }
    /// The scores of one factor, one row per step; row 0 is for laws that draw their start.
    pub fn scores(&self, factor: Factor) -> &'a [[f32; LANES]] {
        let start = factor.score() * self.steps;
        &self.scores[start..start + self.steps]
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! One process alone, with independent scores, for the tests of the laws.
    use super::*;

    /// The network of the default study.
    pub(crate) fn network() -> crate::input::study::Network {
        crate::input::study::Network {
            start_difficulty: 126.2315e12,
            epoch_start_height: 959_616,
            epoch_start_date: jiff::civil::date(2026, 7, 25),
            growth_per_month: 0.012,
            noise_sd_per_month: 0.044,
            growth_per_month_max: 0.08,
            response_per_month: 0.06,
            response_delay_months: 5.0,
            entry_hashprice_usd_per_ph_day: 38.0,
            shutdown_hashprice_usd_per_ph_day: 23.4,
            shutdown_log_scale: 0.11,
            shutdown_decline_per_month: 0.012,
            shutdown_delay_days: 10.0,
            block_luck: false,
        }
    }

    /// The terms of mining of the default study.
    pub(crate) fn mining() -> crate::input::study::Mining {
        crate::input::study::Mining {
            demand_response_usd_per_mw_year: 0.0,
            power_overhead: 1.05,
            uptime: 0.86,
            pool_fee: 0.01,
            pool_scheme: crate::input::study::PoolScheme::Fpps,
            pool_share_of_network: 0.05,
            power_usd_per_mwh: 45.0,
            switch_off: true,
            curtailment: false,
        }
    }

    /// Uncoupled scores of one tile.
    pub(crate) fn scores(grid: &TimeGrid, chance: Chance) -> Vec<[f32; LANES]> {
        let mut scores = vec![[0.0; LANES]; Factor::SCORED.len() * grid.steps()];
        for (rows, factor) in scores.chunks_mut(grid.steps()).zip(Factor::SCORED) {
            chance.scores(Stream::new("score", factor.name()), rows);
        }
        scores
    }

    /// Calls `see` with every simulated tile of `tiles`, the processes evolved in order.
    pub(crate) fn simulate(
        processes: &[&dyn Process],
        grid: &TimeGrid,
        tiles: u64,
        mut see: impl FnMut(&Tile),
    ) {
        let build = Build::fastest();
        let mut tile = Tile::new(grid.steps());
        for index in 0..tiles {
            let chance = Chance::new(99, index * LANES as u64, build);
            let scores = scores(grid, chance);
            for process in processes {
                let shocks = Shocks::new(&scores, grid.steps(), chance);
                process.evolve(build, grid, shocks, &mut tile);
            }
            see(&tile);
        }
    }

    /// Count, mean and standard error of the mean of a sample.
    pub(crate) fn mean_and_error(values: &[f64]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
        (mean, (variance / n).sqrt())
    }
}
