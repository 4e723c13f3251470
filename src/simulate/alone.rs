//! A law of the BTC price alone: its own scores, and no other factor.
//!
//! In: a law, a calendar, a seed. Out: ln M of 64 paths at a time, day by day; those of a market with
//! the same seed whose price follows the law uncoupled. Not here: drift, start.

use crate::chance::{Chance, Stream};
use crate::model::Shocks;
use crate::model::btc_price::LogMartingale;
use crate::tile::{Build, Factor, LANES, Row};
use crate::time::TimeGrid;
use std::sync::Arc;

/// A law ready to be simulated.
pub struct LawAlone {
    law: Arc<dyn LogMartingale>,
    grid: TimeGrid,
    seed: u64,
    build: Build,
    stream: Stream,
}

/// What one thread needs for it, used again and again.
#[derive(Debug, Clone)]
pub struct Room {
    scores: Vec<[f32; LANES]>,
    log: Vec<Row>,
}

impl LawAlone {
    /// A law on a calendar.
    pub fn new(law: Arc<dyn LogMartingale>, grid: TimeGrid, seed: u64) -> Self {
        let stream = Stream::new("score", Factor::BtcPrice.name());
        Self { law, grid, seed, build: Build::fastest(), stream }
    }
    /// Room for one thread.
    pub fn make_room(&self) -> Room {
        let steps = self.grid.steps();
        // Of the scores those of the price alone are drawn; the law sees no others.
        let scores = vec![[0.0; LANES]; Factor::SCORED.len() * steps];
        Room { scores, log: vec![[0.0; LANES]; steps] }
    }
    /// Simulates the tile that begins at `first_path`: ln M, a row per day.
    pub fn simulate<'a>(&self, first_path: u64, room: &'a mut Room) -> &'a [Row] {
        let steps = self.grid.steps();
        let chance = Chance::new(self.seed, first_path, self.build);
        let first = Factor::BtcPrice.score() * steps;
        chance.scores(self.stream, &mut room.scores[first..first + steps]);
        let shocks = Shocks::new(&room.scores, steps, chance);
        self.law.evolve(self.build, &self.grid, shocks, &mut room.log);
        &room.log
    }
}
