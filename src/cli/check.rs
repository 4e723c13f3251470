//! `wattshift check`: reads everything, simulates nothing.

use super::args::{CheckArguments, Format};
use super::{engine, output};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use wattshift::error::{Error, printable};
use wattshift::input::study::{Quality, Start};
use wattshift::report::number::{count, exact};
use wattshift::report::{quality, sections};

/// Reads a study with its files; prints what was understood, or fails with every error in them.
pub(crate) fn check(asked: &CheckArguments) -> Result<(), Error> {
    let (study, manifest) = super::open(Some(&asked.study), engine::Overrides::default())?;
    engine::wire(&study)?;
    // Those that come with wattshift are laid over a study only where it is asked for; a manifest of a run
    // does not keep them.
    if !study.stresses.is_empty() && manifest.is_none() {
        let overrides = engine::Overrides::default();
        let (_, stresses) = super::open_stressed(Some(&asked.study), &[], overrides)?;
        stresses.iter().try_for_each(|stress| engine::wire(&stress.study))?;
    }
    if !asked.data {
        return output::print(|out| understood(&asked.study, &study, out));
    }
    let qualities = engine::qualities(&study);
    let folder = match &asked.out {
        Some(folder) => folder.clone(),
        None => PathBuf::from("runs").join(format!("{}-quality", study.name)),
    };
    keep(&folder, &qualities)?;
    output::print(|out| match asked.format {
        Format::Csv => quality::write_csv(&qualities, out),
        Format::Json => quality::write_json(&qualities, out),
        Format::Table => {
            understood(&asked.study, &study, out)?;
            writeln!(out)?;
            for line in quality::table(&qualities, output::width()) {
                writeln!(out, "{line}")?;
            }
            writeln!(out, "\nwrote quality.csv and quality.json into {}", folder.display())
        }
    })
}

/// Every file with what was understood of it.
fn understood(path: &Path, study: &engine::Study, out: &mut Vec<u8>) -> io::Result<()> {
    let (paths, seed) = (count(study.paths), study.seed);
    writeln!(out, "{}: study {}, {paths} paths, seed {seed}", path.display(), study.name)?;
    let accounts = engine::understood(study);
    for input in engine::inputs(study) {
        let dates = match (&input.first, &input.last) {
            (Some(first), Some(last)) => format!(", {first} to {last}"),
            _ => String::new(),
        };
        let (name, rows) = (printable(&input.name), count(input.rows));
        writeln!(out, "  {} = {name}: {rows} rows{dates}", input.key)?;
        for line in accounts.get(&input.key).into_iter().flatten() {
            writeln!(out, "      {}", printable(line))?;
        }
    }
    for input in &study.undisclosed {
        let (row, column) = (printable(&input.row), input.column);
        writeln!(
            out,
            "  undisclosed: {} {row}, {column}: {}",
            input.roster.name(),
            input.instead()
        )?;
    }
    if let Some(given) = sections::idle(&engine::idle(study)) {
        writeln!(out, "  {given}")?;
    }
    if !study.stresses.is_empty() {
        writeln!(out, "  stresses: {}", printable(&study.stresses.join(", ")))?;
    }
    for start in study.starts() {
        writeln!(out, "  {}", beside(&start))?;
    }
    writeln!(out, "no errors")
}

/// A start beside the end of its history.
fn beside(start: &Start) -> String {
    let difference = start.value / start.last - 1.0;
    let verdict = match difference.abs() {
        small if small < 5e-4 => "the same".to_string(),
        _ => format!("{:+.1} %", 100.0 * difference),
    };
    format!(
        "{} = {} beside {} of data.{} on {}: {verdict}",
        start.key,
        exact(start.value),
        exact(start.last),
        start.history,
        start.day
    )
}

/// Writes the qualities, each file whole or not at all.
fn keep(folder: &Path, qualities: &[Quality]) -> Result<(), Error> {
    let refused = |error| Error::system(format!("write into {}", folder.display()), error);
    std::fs::create_dir_all(folder).map_err(refused)?;
    let (mut csv, mut json) = (Vec::new(), Vec::new());
    quality::write_csv(qualities, &mut csv).map_err(refused)?;
    quality::write_json(qualities, &mut json).map_err(refused)?;
    for (name, bytes) in [("quality.csv", csv), ("quality.json", json)] {
        let aside = folder.join(format!(".{name}.new"));
        std::fs::write(&aside, &bytes).map_err(refused)?;
        std::fs::rename(&aside, folder.join(name)).map_err(refused)?;
    }
    Ok(())
}
