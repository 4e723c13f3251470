//! `wattshift stress`: a study under stresses → what each moves, on stdout and in a folder.

use super::args::StressArguments;
use super::beside::Beside;
use super::engine;
use super::footprint::{self, Cures};
use super::output;
use super::progress::{Unshown, Watch};
use std::path::Path;
use wattshift::error::Error;
use wattshift::report::{csv, stress as text};

/// Loads, refuses what cannot be kept, simulates, keeps, prints.
pub(crate) fn stress(asked: &StressArguments) -> Result<(), Error> {
    let options = &asked.beside;
    let (study, stresses) =
        super::open_stressed(asked.study.as_deref(), &asked.only, options.overrides())?;
    let mut manifest = engine::manifest_of(&study, false);
    manifest.stresses = engine::kept(&study, &stresses);
    let beside = Beside { options, verb: "stress", file: "stress.csv" };
    beside.run(
        manifest,
        |target| {
            let times = stresses.len() as u64 + 1;
            weigh(&study, times, target, options.quiet)?;
            let watch = Watch::begin(study.paths * times, options.quiet);
            let results = engine::stress(&study, &stresses, &watch)?;
            watch.end();
            Ok(results)
        },
        |results, out| csv::write_stresses(&results.rows, out),
        |results| text::report(results, output::width()),
    )
}

/// What helps stresses that have no room.
const CURES: Cures = Cures {
    memory: "ask for fewer --paths or for fewer shares, or take a machine with more memory",
    disk: "name another disk with --out",
};

/// Refuses what the machine has no room for, and tells what so many runs take, one after the other.
fn weigh(study: &engine::Study, times: u64, target: &Path, quiet: bool) -> Result<(), Error> {
    let run = engine::run_of(study, &Unshown)?;
    let part = run.whole(engine::Order::ByReplication);
    let seconds = || Ok(run.seconds_left(&part, &Unshown)? * times as f64);
    let memory_bytes = run.footprint(&part).memory_bytes;
    let files = [(target, footprint::RESULT_BYTES)];
    footprint::weigh(study.paths * times, memory_bytes, &files, &CURES, seconds, quiet)
}
