//! `wattshift check`: reads everything, simulates nothing.

use super::{engine, output};
use std::io::Write;
use std::path::Path;
use wattshift::error::Error;
use wattshift::report::number::count;

/// Reads a study with its files; prints what was read, or fails with every error in them.
pub(crate) fn check(path: &Path) -> Result<(), Error> {
    let (study, _) = super::open(Some(path), engine::Overrides::default())?;
    engine::wire(&study)?;
    output::print(|out| {
        let (paths, seed) = (count(study.paths), study.seed);
        writeln!(out, "{}: study {}, {paths} paths, seed {seed}", path.display(), study.name)?;
        for input in engine::inputs(&study) {
            let dates = match (&input.first, &input.last) {
                (Some(first), Some(last)) => format!(", {first} to {last}"),
                _ => String::new(),
            };
            writeln!(out, "  {} = {}: {} rows{dates}", input.key, input.name, count(input.rows))?;
        }
        writeln!(out, "no errors")
    })
}
