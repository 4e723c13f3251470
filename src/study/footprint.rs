//! What a run will take: time, memory, disk, told before it begins.
//!
//! In: a wired study, a part of its run. Out: estimates, made of a trial of a few paths and of the sizes
//! of what is kept; those of bytes are upper bounds. Not here: what the machine has.

use super::columns::Watched;
use super::order::batch_groups;
use crate::economics::metric::{Driver, Metric};
use crate::error::Error;
use crate::input::study::Study;
use crate::parallel;
use crate::tile::{LANES, PATHS_PER_GROUP};
use std::time::Instant;

/// Room that it takes to simulate and tally the paths of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// Memory of the whole program at its peak.
    pub memory_bytes: u64,
    /// Size of a file of the part, a slice or a checkpoint.
    pub part_bytes: u64,
    /// Size of `outcomes.parquet`, were it written.
    pub outcomes_bytes: u64,
}

/// Paths of the trial.
const TRIAL_PATHS: u64 = 4_096;
/// Seconds of work that are worth a trial.
const TRIAL_SECONDS: f64 = 10.0;
/// Time of the statistics over that of the simulation.
const STATISTICS: f64 = 0.2;
/// What the program takes with no path: code, study, histories; and what the allocator holds back as
/// columns grow and narrow.
const PROGRAM_BYTES: u64 = 56 << 20;
/// What a row of outcomes takes besides its numbers: its path, its share, what describes their pages.
const ROW_BYTES: u64 = 1;
/// What a thread takes: a tile, its scores, its ledgers, its stack.
const THREAD_BYTES: u64 = 8 << 20;

/// Wall time for `paths` paths of a run of `run_paths` on the threads there are, as long as no other
/// work slows it; `value` values so many of its first paths.
pub(super) fn seconds(
    run_paths: u64,
    paths: u64,
    value: &dyn Fn(u64) -> Result<(), Error>,
) -> Result<f64, Error> {
    let by_trial = |trial: u64| {
        let trial = trial.min(run_paths);
        // The first pass warms caches and threads.
        value(trial)?;
        let began = Instant::now();
        value(trial)?;
        Ok(began.elapsed().as_secs_f64() * (1.0 + STATISTICS) * paths as f64 / trial as f64)
    };
    // A tile a thread tells whether the work is worth more of a trial.
    let rough = by_trial((LANES * parallel::threads()) as u64)?;
    if rough < TRIAL_SECONDS { Ok(rough) } else { by_trial(TRIAL_PATHS) }
}

/// Memory besides that of columns while at most `paths` come in: the program, its threads, a batch.
pub(super) fn memory_bytes(study: &Study, paths: u64) -> u64 {
    let numbers = (Metric::of(study).len() * study.shares.len() + Driver::ALL.len()) as u64;
    let batch = (batch_groups(parallel::threads()) * PATHS_PER_GROUP).min(paths);
    program_bytes() + 8 * numbers * batch
}

/// Memory of the program and its threads.
pub(super) fn program_bytes() -> u64 {
    PROGRAM_BYTES + THREAD_BYTES * parallel::threads() as u64
}

/// Memory to join slices whose files take `bytes` together: all of it, as a slice that joins lets go of
/// some, but not of how much is known before.
pub(super) fn memory_bytes_of_joining(study: &Study, watched: &Watched, bytes: u64) -> u64 {
    // Exact sums take next to nothing in a file: here those of the whole and of the slice that joins it.
    let sums = 2 * watched.memory_bytes(0, &[]);
    memory_bytes(study, 0) + sums + bytes
}

/// Size of `outcomes.parquet`: numbers hardly compress.
pub(super) fn outcomes_bytes(study: &Study, paths: u64) -> u64 {
    let rows = paths * study.shares.len() as u64;
    rows * (8 * Metric::of(study).len() as u64 + ROW_BYTES)
}
