//! `wattshift check`: reads everything, simulates nothing.

use super::args::{CheckArguments, Format};
use super::{engine, output};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use wattshift::error::Error;
use wattshift::input::study::Quality;
use wattshift::report::quality;

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
    let lines = engine::understood(&path.display().to_string(), study);
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
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
