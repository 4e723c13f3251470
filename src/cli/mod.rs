//! From a command line to an exit code.

mod args;
mod calibrate;
mod check;
mod engine;
mod explain;
mod footprint;
mod init;
mod merge;
mod output;
mod parts;
mod progress;
mod run;

use args::{Arguments, Command};
use clap::Parser;
use std::process::ExitCode;
use wattshift::error::Error;

/// Parses, does what was asked, tells what went wrong.
pub(crate) fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        None => run::run(None, &arguments.options),
        Some(Command::Run { study, options }) => run::run(study.as_deref(), &options),
        Some(Command::Merge(asked)) => merge::merge(&asked),
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

/// Opens a study: the embedded one, a TOML file, or the manifest of an earlier run.
fn open(
    path: Option<&std::path::Path>,
    overrides: engine::Overrides,
) -> Result<(engine::Study, Option<wattshift::store::manifest::Manifest>), Error> {
    let Some(path) = path else {
        return Ok((engine::default_study(overrides)?, None));
    };
    if path.extension().is_some_and(|extension| extension == "json") {
        let manifest = wattshift::store::manifest::Manifest::read(path)?;
        let study = engine::study_of(&manifest, overrides)?;
        return Ok((study, Some(manifest)));
    }
    Ok((engine::study_file(path, overrides)?, None))
}
