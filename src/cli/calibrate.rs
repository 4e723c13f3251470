//! `wattshift calibrate`: histories → fitted values, as a table and as a fragment of a study.

use super::args::Format;
use super::{engine, output};
use std::io::Write;
use std::path::Path;
use wattshift::calibrate::toml_fragment;
use wattshift::error::{Error, Place, Problem};
use wattshift::report::{dependence, fits};
use wattshift::study::{self, calibration};

/// Fits the models of a study to its histories; prints what was found, and keeps the fragment.
pub(crate) fn calibrate(
    path: Option<&Path>,
    format: Format,
    out: Option<&Path>,
) -> Result<(), Error> {
    let (study, _) = super::open(path, engine::Overrides::default())?;
    let found = calibration::fits(&study)?;
    let rows = calibration::rows(&study, &found);
    let fragment = toml_fragment(&found);
    if let Some(file) = out {
        keep(file, &fragment)?;
    }
    output::print(|buffer| match format {
        Format::Table => {
            buffer.extend_from_slice(fits::text(&rows).as_bytes());
            let together = study::dependence::dependence(&study);
            writeln!(buffer, "\n{}", dependence::lines(&together).join("\n"))?;
            writeln!(buffer, "\n{}", study::dependence::csv(&together).join("\n"))?;
            if out.is_none() {
                write!(buffer, "\n{fragment}")?;
            }
            Ok(())
        }
        Format::Json => fits::write_json(&rows, buffer),
        Format::Csv => fits::write_csv(&rows, buffer),
    })
}

/// Writes the fragment into a file that does not exist yet.
fn keep(file: &Path, fragment: &str) -> Result<(), Error> {
    let shown = file.display().to_string();
    let written = std::fs::File::create_new(file)
        .and_then(|mut handle| handle.write_all(fragment.as_bytes()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Problem::new("the file exists already")
            .at(Place::file(shown))
            .help("name a new file, or remove this one")
            .into(),
        _ => Error::system(format!("write {shown}"), error),
    })
}
