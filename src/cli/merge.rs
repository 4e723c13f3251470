//! `wattshift merge`: the slices of a run → its result, as of the run in one go.

use super::args::MergeArguments;
use super::engine::{self, Run, SliceFiles, Vary};
use super::footprint::{self, Cures};
use super::progress::{self, Unshown, Watch};
use super::report;
use super::run::Kept;
use wattshift::error::Error;

/// What helps slices that have no room to be joined.
const CURES: Cures = Cures {
    memory: "take a machine with more memory, or make the slices anew of a run of fewer paths",
    disk: "name another disk with --out",
};

/// Reads, refuses what is no whole run, joins, keeps, prints.
pub(crate) fn merge(asked: &MergeArguments) -> Result<(), Error> {
    let slices = SliceFiles::open(&asked.slices)?;
    let manifest = slices.manifest().clone();
    let study = engine::study_of(&manifest, engine::Overrides::default())?;
    let kept = Kept {
        out: asked.out.as_deref(),
        force: asked.force,
        quiet: asked.quiet,
        format: asked.format,
    };
    let place = kept.place(&manifest)?;
    let results = engine::on_threads(asked.threads, || {
        let run = Run::new(&study, &Unshown)?;
        let paths = run.paths_of_variations();
        footprint::weigh(
            paths,
            run.memory_bytes_of_joining(slices.bytes()),
            &[(place.target(), footprint::RESULT_BYTES)],
            &CURES,
            || run.seconds_of_variations(&Unshown),
            asked.quiet,
        )?;
        let watch = Watch::begin(paths, asked.quiet);
        let results = run.finish(slices.join()?, Vary::EachLever, &watch)?;
        watch.end();
        Ok(results)
    })?;
    if progress::interrupted() {
        return Err(Error::Interrupted);
    }
    let folder = place.stage()?;
    let target = place.target().to_path_buf();
    place.keep(folder, &results, &manifest)?;
    match asked.report {
        true => engine::on_threads(asked.threads, || {
            report::keep(&target, &study, &results, &manifest, asked.quiet)
        }),
        false => Ok(()),
    }
}
