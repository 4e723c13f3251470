//! `wattshift stress`: a study under stresses → what each moves, on stdout and in a folder.

use super::args::{Format, StressArguments};
use super::engine;
use super::progress::{self, Unshown, Watch};
use super::run::{Kept, manifest_of};
use super::{footprint, output};
use std::path::Path;
use wattshift::error::Error;
use wattshift::report::{csv, json, stress as text};
use wattshift::store::manifest;

const STRESSES: &str = "stress.csv";

/// Loads, refuses what cannot be kept, simulates, keeps, prints.
pub(crate) fn stress(asked: &StressArguments) -> Result<(), Error> {
    let overrides = engine::Overrides { paths: asked.paths, seed: asked.seed };
    let (study, stresses) = super::open_stressed(asked.study.as_deref(), &asked.only, overrides)?;
    let mut manifest = manifest_of(&study, false);
    manifest.command = format!("wattshift stress {}", manifest::FILE_NAME);
    manifest.stresses = engine::kept(&study, &stresses);
    let kept = Kept {
        out: asked.out.as_deref(),
        force: asked.force,
        quiet: asked.quiet,
        format: asked.format,
    };
    let place = kept.place(&manifest)?;
    let results = engine::on_threads(asked.threads, || {
        let times = stresses.len() as u64 + 1;
        weigh(&study, times, place.target(), asked.quiet)?;
        let watch = Watch::begin(study.paths * times, asked.quiet);
        let results = engine::stress(&study, &stresses, &watch)?;
        watch.end();
        Ok(results)
    })?;
    if progress::interrupted() {
        return Err(Error::Interrupted);
    }
    let folder = place.stage()?;
    let mut rows = Vec::new();
    csv::write_stresses(&results.rows, &mut rows)
        .map_err(|error| Error::system(format!("write {STRESSES}"), error))?;
    folder.write(STRESSES, &rows)?;
    folder.write(manifest::FILE_NAME, &manifest.to_bytes())?;
    place.put(folder, || {
        output::print(|out| match asked.format {
            Format::Table => {
                out.extend_from_slice(text::report(&results, output::width()).as_bytes());
                Ok(())
            }
            Format::Json => json::write_results(&results, out),
            Format::Csv => csv::write_stresses(&results.rows, out),
        })
    })
}

/// Refuses what the machine has no room for, and tells what so many runs take, one after the other.
fn weigh(study: &engine::Study, times: u64, target: &Path, quiet: bool) -> Result<(), Error> {
    let run = engine::run_of(study, &Unshown)?;
    let part = run.whole(engine::Order::ByReplication);
    let seconds = || Ok(run.seconds_left(&part, &Unshown)? * times as f64);
    let memory_bytes = run.footprint(&part)?.memory_bytes;
    let files = [(target, footprint::RESULT_BYTES)];
    footprint::weigh(study.paths * times, memory_bytes, &files, seconds, quiet)
}
