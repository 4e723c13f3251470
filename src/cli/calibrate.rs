//! `wattshift calibrate`: histories → fitted values.

use super::args::Format;
use super::{engine, output};
use std::path::Path;
use wattshift::error::Error;
use wattshift::report::fits;

/// Fits the models of a study to its histories and prints what was found.
pub(crate) fn calibrate(path: Option<&Path>, format: Format) -> Result<(), Error> {
    let (study, _) = super::open(path, engine::Overrides::default())?;
    let rows = engine::calibrate(&study)?;
    output::print(|out| match format {
        Format::Table => {
            out.extend_from_slice(fits::text(&rows).as_bytes());
            Ok(())
        }
        Format::Json => fits::write_json(&rows, out),
        Format::Csv => fits::write_csv(&rows, out),
    })
}
