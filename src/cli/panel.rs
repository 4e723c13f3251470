//! `wattshift panel`: the companies of a fleet side by side, on stdout and in a folder.

use super::args::PanelArguments;
use super::beside::Beside;
use super::engine;
use super::output;
use super::progress::Watch;
use wattshift::error::Error;
use wattshift::report::{csv, panel as text};

/// Loads, refuses what cannot be taken apart, simulates, keeps, prints.
pub(crate) fn panel(asked: &PanelArguments) -> Result<(), Error> {
    let options = &asked.beside;
    let (study, _) = super::open(asked.study.as_deref(), options.overrides())?;
    let companies = study.companies()?.len() as u64;
    let mut manifest = engine::manifest_of(&study, false);
    manifest.is_panel = true;
    let beside = Beside { options, verb: "panel", file: "panel.csv" };
    beside.run(
        manifest,
        |_| {
            let watch = Watch::begin(study.paths * companies, options.quiet);
            let results = engine::panel(&study, &watch)?;
            watch.end();
            Ok(results)
        },
        |results, out| csv::write_summary(&results.rows, out),
        |results| text::report(results, output::width()),
    )
}
