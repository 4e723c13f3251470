//! What a run will take: time, memory, disk, told before it begins.
//!
//! In: a wired study, the paths that are left. Out: estimates, made of a trial of a few paths and of
//! the sizes of what is kept. Not here: what the machine has.

use super::columns::Watched;
use super::order::{Order, batch_groups};
use super::paths::{PathOutcomes, Progress, value_tiles};
use super::run::emit;
use super::world::World;
use crate::economics::metric::{Driver, Metric};
use crate::error::Error;
use crate::input::study::Study;
use crate::report::csv::OutcomesCsv;
use crate::risk::REPLICATIONS;
use crate::tile::{LANES, PATHS_PER_GROUP};
use std::time::Instant;

/// What it takes to simulate and tally some paths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Footprint {
    /// The paths.
    pub paths: u64,
    /// Wall time, as long as no other work slows it.
    pub seconds: f64,
    /// Memory of the whole program at its peak.
    pub memory_bytes: u64,
    /// Size of `outcomes.csv`, were it written.
    pub csv_bytes: u64,
}

/// Paths of the trial.
const TRIAL_PATHS: u64 = 4_096;
/// Time of the statistics over that of the simulation.
const STATISTICS: f64 = 0.2;
/// What the program takes with no path: code, study, histories.
const PROGRAM_BYTES: u64 = 24 << 20;
/// What a thread takes: a tile, its scores, its ledgers, its stack.
const THREAD_BYTES: u64 = 8 << 20;

/// Wall time for `paths` more paths of a run of `run_paths`, on the threads there are.
pub(super) fn seconds(
    world: &World,
    run_paths: u64,
    paths: u64,
    progress: &dyn Progress,
) -> Result<f64, Error> {
    let trial = TRIAL_PATHS.min(run_paths);
    let tiles: Vec<u64> = (0..trial).step_by(LANES).collect();
    let mut room = PathOutcomes::new(world, trial as usize);
    // The first pass warms caches and threads.
    value_tiles(world, &tiles, run_paths, progress, &mut room)?;
    let began = Instant::now();
    value_tiles(world, &tiles, run_paths, progress, &mut room)?;
    Ok(began.elapsed().as_secs_f64() * (1.0 + STATISTICS) * paths as f64 / trial as f64)
}

/// Peak memory of the program while so many paths come in on so many threads.
pub(super) fn memory_bytes(
    study: &Study,
    watched: &Watched,
    order: Order,
    paths: u64,
    threads: usize,
) -> u64 {
    let numbers = (Metric::ALL.len() * study.shares.len() + Driver::ALL.len()) as u64;
    let batch = 8 * numbers * (batch_groups(threads) * PATHS_PER_GROUP).min(paths);
    let open = match order {
        Order::ByReplication => 1,
        Order::ByPath => REPLICATIONS as u64,
    };
    PROGRAM_BYTES + THREAD_BYTES * threads as u64 + batch + watched.memory_bytes(paths, open)
}

/// Size of a path's rows in `outcomes.csv`, by those of the first paths.
pub(super) fn csv_bytes_per_path(study: &Study, first: &PathOutcomes) -> Result<u64, Error> {
    let mut table = OutcomesCsv::new(Vec::new());
    emit(study, 0, first, &mut |block| table.append(block))?;
    let bytes = table.finish().map_err(|error| Error::system("write rows of a trial", error))?;
    Ok(bytes.len().div_ceil(first.outcomes.paths()) as u64)
}
