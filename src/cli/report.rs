//! `wattshift report`: the folder of a run → one page for a browser beside its tables.

use super::args::ReportArguments;
use super::engine::{self, Study};
use super::progress::{self, Unshown, Watch};
use std::path::Path;
use wattshift::error::{Error, Place, Problem};
use wattshift::report::results::Results;
use wattshift::report::tables;
use wattshift::store::folder;
use wattshift::store::manifest::{self, Manifest};

/// Name of the page in a run folder.
const REPORT: &str = "report.html";

/// Reads a run back, makes its page and puts it beside.
pub(crate) fn report(asked: &ReportArguments) -> Result<(), Error> {
    let manifest = manifest_of(&asked.folder)?;
    let study = engine::study_of(&manifest, engine::Overrides::default())?;
    progress::listen()?;
    engine::on_threads(asked.threads, || {
        let results = engine::reread(&study, &asked.folder, &Unshown)?;
        keep(&asked.folder, &study, &results, &manifest, asked.quiet)
    })
}

/// Makes the page of a run whose folder stands, and puts it there.
pub(crate) fn keep(
    folder: &Path,
    study: &Study,
    results: &Results,
    manifest: &Manifest,
    quiet: bool,
) -> Result<(), Error> {
    let watch = Watch::begin(engine::paths_of_page(study), quiet);
    let tables = tables::of(results).map_err(|error| Error::system("make the tables", error))?;
    let page = engine::page(study, results, manifest, &tables, &watch);
    if progress::interrupted() {
        if folder.join(REPORT).exists() {
            return Err(Error::Interrupted);
        }
        super::tell(&format!(
            "the run stands in {0}, without its page: `wattshift report {0}` makes it",
            folder.display()
        ));
        return Err(Error::Interrupted);
    }
    let page = page?;
    folder::add(folder, REPORT, page.as_bytes())?;
    watch.end();
    if !quiet {
        super::tell(&format!("written to {}", folder.join(REPORT).display()));
    }
    Ok(())
}

/// The manifest of the run that a folder holds.
fn manifest_of(folder: &Path) -> Result<Manifest, Error> {
    let path = folder.join(manifest::FILE_NAME);
    let no_run = |found: String| {
        Problem::new("the folder holds no run")
            .at(Place::file(folder.display().to_string()))
            .found(found)
            .expected("a folder that `wattshift run` or `wattshift merge` wrote")
    };
    if !path.is_file() {
        let found = match folder.is_dir() {
            true => format!("no {}", manifest::FILE_NAME),
            false if folder.exists() => "a file".into(),
            false => "nothing of that name".into(),
        };
        return Err(no_run(found).into());
    }
    let manifest = Manifest::read(&path)?;
    if manifest.is_panel || !manifest.stresses.is_empty() {
        let found = if manifest.is_panel { "a panel" } else { "stresses" };
        return Err(no_run(format!("{found}: several runs beside each other"))
            .help("run the study by itself with `wattshift run manifest.json --report`")
            .into());
    }
    let has = |table: &str| folder.join(table).is_file();
    if !has("summary.csv") && has("summary.parquet") {
        return Err(no_run("Parquet tables of a run, as Python writes them".into())
            .help(format!("`wattshift run {path:?} --report` makes the run again, with a page"))
            .into());
    }
    // Of another run it would give the tables another seed.
    folder::read_file(folder, manifest::FILE_NAME)?;
    Ok(manifest)
}
