//! `wattshift panel`: the companies of a fleet side by side, on stdout and in a folder.

use super::args::{Format, PanelArguments};
use super::engine;
use super::output;
use super::progress::{self, Watch};
use super::run::{Kept, manifest_of};
use wattshift::error::Error;
use wattshift::report::{csv, json, panel as text};
use wattshift::store::manifest;

const PANEL: &str = "panel.csv";

/// Loads, refuses what cannot be taken apart, simulates, keeps, prints.
pub(crate) fn panel(asked: &PanelArguments) -> Result<(), Error> {
    let overrides = engine::Overrides { paths: asked.paths, seed: asked.seed };
    let (study, _) = super::open(asked.study.as_deref(), overrides)?;
    let companies = study.companies()?.len() as u64;
    let mut manifest = manifest_of(&study, false);
    manifest.command = format!("wattshift panel {}", manifest::FILE_NAME);
    manifest.is_panel = true;
    let kept = Kept {
        out: asked.out.as_deref(),
        force: asked.force,
        quiet: asked.quiet,
        format: asked.format,
    };
    let place = kept.place(&manifest)?;
    let results = engine::on_threads(asked.threads, || {
        let watch = Watch::begin(study.paths * companies, asked.quiet);
        let results = engine::panel(&study, &watch)?;
        watch.end();
        Ok(results)
    })?;
    if progress::interrupted() {
        return Err(Error::Interrupted);
    }
    let folder = place.stage()?;
    let mut rows = Vec::new();
    csv::write_summary(&results.rows, &mut rows)
        .map_err(|error| Error::system(format!("write {PANEL}"), error))?;
    folder.write(PANEL, &rows)?;
    folder.write(manifest::FILE_NAME, &manifest.to_bytes())?;
    place.put(folder, || {
        output::print(|out| match asked.format {
            Format::Table => {
                out.extend_from_slice(text::report(&results, output::width()).as_bytes());
                Ok(())
            }
            Format::Json => json::write_results(&results, out),
            Format::Csv => csv::write_summary(&results.rows, out),
        })
    })
}
