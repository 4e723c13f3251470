//! `wattshift calibrate`: histories → fitted values, as tables and as a fragment of a study.

use super::args::Format;
use super::{engine, output};
use std::io::Write;
use std::path::Path;
use wattshift::calibrate::toml_fragment;
use wattshift::calibrate::warnings::warnings;
use wattshift::error::{Error, Place, Problem};
use wattshift::report::{calibration as report, dependence, fits};
use wattshift::store::folder::StagedFolder;
use wattshift::study::{self, calibration};

/// Fits the models of a study to its histories; prints what was found, and keeps it in a folder.
pub(crate) fn calibrate(
    path: Option<&Path>,
    format: Format,
    out: Option<&Path>,
) -> Result<(), Error> {
    let (study, _) = super::open(path, engine::Overrides::default())?;
    out.map_or(Ok(()), refuse_occupied)?;
    let found = calibration::fits(&study)?;
    let rows = calibration::rows(&study, &found);
    let warnings = warnings(&found);
    let fragment = toml_fragment(&found);
    let together = study::dependence::dependence(&study);
    if let Some(folder) = out {
        let mut json = Vec::new();
        report::write_json(&found, &warnings, &mut json)
            .map_err(|error| Error::system("write calibration.json", error))?;
        let staged = StagedFolder::begin(folder)?;
        staged.write("calibration.json", &json)?;
        staged.write("calibrated.toml", fragment.as_bytes())?;
        let correlation = study::dependence::csv(&together).join("\n") + "\n";
        staged.write("correlation.csv", correlation.as_bytes())?;
        staged.put()?;
    }
    output::print(|buffer| match format {
        Format::Table => {
            let text = report::text(&found, &rows, &warnings, output::width());
            buffer.extend_from_slice(text.as_bytes());
            writeln!(
                buffer,
                "\n{}",
                dependence::lines(&together, output::width().min(100)).join("\n")
            )?;
            match out {
                None => {
                    writeln!(buffer, "\n{}", study::dependence::csv(&together).join("\n"))?;
                    write!(buffer, "\n{fragment}")
                }
                Some(folder) => writeln!(
                    buffer,
                    "\nwrote calibration.json, calibrated.toml and correlation.csv into {}",
                    folder.display()
                ),
            }
        }
        Format::Json => fits::write_json(&rows, buffer),
        Format::Csv => fits::write_csv(&rows, buffer),
    })
}

/// Refuses a folder that holds something, before the work.
fn refuse_occupied(folder: &Path) -> Result<(), Error> {
    let is_free = match std::fs::symlink_metadata(folder) {
        Err(_) => true,
        Ok(kind) => {
            kind.is_dir()
                && std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
        }
    };
    if is_free {
        return Ok(());
    }
    Err(Problem::new("the output folder holds something")
        .at(Place::file(folder.display().to_string()))
        .help("name a new folder with --out, or remove this one")
        .into())
}
