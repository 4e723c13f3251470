//! `wattshift run`: a study → a result on stdout and a run folder.

use super::args::{Format, RunOptions};
use super::{engine, output, progress};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use wattshift::error::{Error, Place, Problem};
use wattshift::report::csv::{self, OutcomesCsv};
use wattshift::report::results::Results;
use wattshift::report::{json, text};
use wattshift::store::folder::{self, Occupant, StagedFolder};
use wattshift::store::manifest::{self, Manifest};

const OUTCOMES: &str = "outcomes.csv";

/// Loads, refuses what cannot be kept, simulates, keeps, prints.
pub(crate) fn run(path: Option<&Path>, options: &RunOptions) -> Result<(), Error> {
    let overrides = engine::Overrides { paths: options.paths, seed: options.seed };
    let (study, earlier) = super::open(path, overrides)?;
    let outcomes = options.outcomes || earlier.is_some_and(|manifest| manifest.outcomes);
    let manifest = manifest_of(&study, outcomes);
    let target = options.out.clone().unwrap_or_else(|| folder_of(&manifest));
    let occupant = folder::occupant(&target, &manifest.to_bytes())?;
    if occupant == Occupant::OtherRun && !options.force {
        return Err(folder::refusal(&target));
    }
    progress::listen()?;
    let staged = StagedFolder::begin(&target)?;
    let results = simulate(&study, options, outcomes, &staged)?;
    keep_files(&staged, &results, &manifest)?;
    let kept = place(staged, &target, occupant, options.force)?;
    print(&results, options.format)?;
    if !options.quiet {
        super::tell(&kept);
    }
    Ok(())
}

fn manifest_of(study: &engine::Study, outcomes: bool) -> Manifest {
    let study_toml = study.resolved_toml();
    Manifest {
        tool: "wattshift".into(),
        version: manifest::VERSION.into(),
        command: format!("wattshift run {}", manifest::FILE_NAME),
        study_name: study.name.clone(),
        paths: study.paths,
        seed: study.seed,
        outcomes,
        study_sha256: manifest::sha256_hex(study_toml.as_bytes()),
        study_toml,
        inputs: engine::inputs(study),
    }
}

fn folder_of(manifest: &Manifest) -> PathBuf {
    manifest::default_folder(
        &manifest.study_name,
        &manifest.study_toml,
        manifest.paths,
        manifest.seed,
        manifest.outcomes,
    )
}

/// Runs the engine, outcomes going to their file as they come.
fn simulate(
    study: &engine::Study,
    options: &RunOptions,
    outcomes: bool,
    staged: &StagedFolder,
) -> Result<Results, Error> {
    let watch = progress::Watch::begin(engine::paths_of_work(study), options.quiet);
    let refused = |error| Error::system(format!("write {OUTCOMES}"), error);
    let results = if outcomes {
        let file: File = staged.create(OUTCOMES)?;
        let mut table = OutcomesCsv::new(BufWriter::new(file));
        let mut sink = |block: &csv::OutcomeBlock<'_>| table.append(block);
        let results = engine::run(study, options.threads, &watch, Some(&mut sink))?;
        let buffer = table.finish().map_err(refused)?;
        buffer.into_inner().map_err(|error| refused(error.into_error()))?;
        results
    } else {
        engine::run(study, options.threads, &watch, None)?
    };
    if progress::interrupted() {
        return Err(Error::Interrupted);
    }
    watch.end();
    Ok(results)
}

fn keep_files(staged: &StagedFolder, results: &Results, manifest: &Manifest) -> Result<(), Error> {
    let mut summary = Vec::new();
    csv::write_summary(&results.rows, &mut summary)
        .map_err(|error| Error::system("write summary.csv", error))?;
    staged.write("summary.csv", &summary)?;
    let mut spreads = Vec::new();
    csv::write_spreads(&results.spreads, &mut spreads)
        .map_err(|error| Error::system("write spread.csv", error))?;
    staged.write("spread.csv", &spreads)?;
    let mut variations = Vec::new();
    csv::write_variations(&results.variations, &mut variations)
        .map_err(|error| Error::system("write variations.csv", error))?;
    staged.write("variations.csv", &variations)?;
    if !results.undisclosed.is_empty() {
        let mut undisclosed = Vec::new();
        csv::write_undisclosed(&results.undisclosed, &mut undisclosed)
            .map_err(|error| Error::system("write undisclosed.csv", error))?;
        staged.write("undisclosed.csv", &undisclosed)?;
    }
    staged.write(manifest::FILE_NAME, &manifest.to_bytes())
}

/// Puts the folder in its place, unless the very same run stands there; says what was done.
fn place(
    staged: StagedFolder,
    target: &Path,
    occupant: Occupant,
    force: bool,
) -> Result<String, Error> {
    let shown = target.display();
    let names = staged.names()?.join(", ");
    if occupant == Occupant::SameRun && !force {
        return match staged.first_difference()? {
            None => Ok(format!("{shown} already holds this run, byte for byte: {names}")),
            Some(name) => Err(Problem::new("a file of this very run has other bytes")
                .at(Place::file(target.join(name).display().to_string()))
                .help("it was changed after the run; --force replaces it")
                .into()),
        };
    }
    staged.put()?;
    Ok(format!("written to {shown}: {names}"))
}

fn print(results: &Results, format: Format) -> Result<(), Error> {
    output::print(|out| match format {
        Format::Table => {
            out.extend_from_slice(text::report(results, output::width()).as_bytes());
            Ok(())
        }
        Format::Json => json::write_results(results, out),
        Format::Csv => csv::write_summary(&results.rows, out),
    })
}
