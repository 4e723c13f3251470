//! Runs beside each other: what stresses and panels have in common, from a manifest to a folder.

use super::args::{BesideOptions, Format};
use super::run::Kept;
use super::{engine, output, progress};
use serde::Serialize;
use std::io;
use std::path::Path;
use wattshift::error::Error;
use wattshift::report::json;
use wattshift::store::manifest::{self, Manifest};

/// What is run beside each other, and the file that its rows are kept in.
pub(crate) struct Beside<'a> {
    pub(crate) options: &'a BesideOptions,
    pub(crate) verb: &'static str,
    pub(crate) file: &'static str,
}

impl BesideOptions {
    /// What they set over a study.
    pub(crate) fn overrides(&self) -> engine::Overrides {
        engine::Overrides { paths: self.paths, seed: self.seed }
    }
}

impl Beside<'_> {
    /// Refuses a folder that is taken, simulates into results given that folder, keeps their rows, prints
    /// them as asked.
    pub(crate) fn run<T: Serialize + Send>(
        &self,
        mut manifest: Manifest,
        simulate: impl FnOnce(&Path) -> Result<T, Error> + Send,
        write_rows: impl Fn(&T, &mut Vec<u8>) -> io::Result<()>,
        text: impl Fn(&T) -> String,
    ) -> Result<(), Error> {
        let options = self.options;
        manifest.command = format!("wattshift {} {}", self.verb, manifest::FILE_NAME);
        let kept = Kept {
            out: options.out.as_deref(),
            force: options.force,
            quiet: options.quiet,
            format: options.format,
        };
        let place = kept.place(&manifest)?;
        let results = engine::on_threads(options.threads, || simulate(place.target()))?;
        if progress::interrupted() {
            return Err(Error::Interrupted);
        }
        let folder = place.stage()?;
        let mut rows = Vec::new();
        write_rows(&results, &mut rows)
            .map_err(|error| Error::system(format!("write {}", self.file), error))?;
        folder.write(self.file, &rows)?;
        folder.write(manifest::FILE_NAME, &manifest.to_bytes())?;
        place.put(folder, || {
            output::print(|out| match options.format {
                Format::Table => {
                    out.extend_from_slice(text(&results).as_bytes());
                    Ok(())
                }
                Format::Json => json::write_results(&results, out),
                Format::Csv => write_rows(&results, out),
            })
        })
    }
}
