//! From a command line to an exit code.

mod args;
mod beside;
mod calibrate;
mod check;
mod engine;
mod explain;
mod footprint;
mod init;
mod market;
mod merge;
mod output;
mod panel;
mod parts;
mod progress;
mod report;
mod run;
mod stress;

use args::{Arguments, Command};
use clap::Parser;
use std::path::Path;
use std::process::ExitCode;
use wattshift::error::Error;
use wattshift::store::manifest::Manifest;

/// Parses, does what was asked, tells what went wrong.
pub(crate) fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        None => run::run(None, &arguments.options),
        Some(Command::Run { study, options }) => run::run(study.as_deref(), &options),
        Some(Command::Stress(asked)) => stress::stress(&asked),
        Some(Command::Panel(asked)) => panel::panel(&asked),
        Some(Command::Market(asked)) => market::market(&asked),
        Some(Command::Merge(asked)) => merge::merge(&asked),
        Some(Command::Report(asked)) => report::report(&asked),
        Some(Command::Check(asked)) => check::check(&asked),
        Some(Command::Calibrate { study, format, out }) => {
            calibrate::calibrate(study.as_deref(), format, out.as_deref())
        }
        Some(Command::Explain(asked)) => explain::explain(&asked),
        Some(Command::Init { folder }) => init::init(&folder),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

/// Writes to stderr; that it is closed too is nothing to tell anybody.
fn tell(text: &impl std::fmt::Display) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Opens a study: the default one, one that comes with wattshift, a TOML file, or the manifest of an
/// earlier run.
fn open(
    path: Option<&Path>,
    overrides: engine::Overrides,
) -> Result<(engine::Study, Option<Manifest>), Error> {
    let manifest = manifest(path)?;
    let study = match &manifest {
        Some(manifest) => engine::study_of(manifest, overrides)?,
        None => engine::lineage(path)?.study(&overrides)?,
    };
    Ok((study, manifest))
}

/// Opens a study with the study under each stress: of `only`, else of those that it names, else of those
/// that come with wattshift.
fn open_stressed(
    path: Option<&Path>,
    only: &[String],
    overrides: engine::Overrides,
) -> Result<(engine::Study, Vec<engine::Stress>), Error> {
    if let Some(manifest) = manifest(path)? {
        return Ok(engine::stresses_of(&manifest, only, overrides)?);
    }
    let lineage = engine::lineage(path)?;
    let study = lineage.study(&overrides)?;
    let stresses = lineage.stresses(only, &overrides)?;
    Ok((study, stresses))
}

/// The manifest that a path names; `None` if it names something else.
fn manifest(path: Option<&Path>) -> Result<Option<Manifest>, Error> {
    let is_manifest = |path: &&Path| path.extension().is_some_and(|extension| extension == "json");
    path.filter(is_manifest).map(Manifest::read).transpose()
}
