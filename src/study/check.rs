//! What was understood of a study and its files, and what only shows when values meet.
//!
//! In: a study as read. Out: lines for its reader, or what cannot be wired. Not here: reading,
//! simulating.

use super::manifest;
use super::settled::settle;
use super::undisclosed;
use super::world::World;
use crate::error::{Error, printable};
use crate::input::study::{Quality, Start, Study};
use crate::report::number::{count, exact};
use crate::report::{quality, sections};
use crate::tile::Build;
use std::collections::BTreeMap;

/// Finds what only shows when values meet: correlations that contradict each other, a claim about a
/// share that is not valued.
///
/// # Errors
/// A study that cannot be wired.
pub fn wire(study: &Study) -> Result<(), Error> {
    World::new(&settle(study)?, Build::fastest())?;
    Ok(super::claim::check(study)?)
}

/// What is to be known of every series of a study.
pub fn qualities(study: &Study) -> Vec<Quality> {
    study.histories.series().flat_map(|series| series.quality(study.as_of)).collect()
}

/// Every file with what was understood of it; `name` is what the reader called the study.
pub fn understood(name: &str, study: &Study) -> Vec<String> {
    let (paths, seed) = (count(study.paths), study.seed);
    let mut lines = vec![format!("{name}: study {}, {paths} paths, seed {seed}", study.name)];
    let accounts = of_series(study);
    for input in manifest::inputs(study) {
        let dates = match (&input.first, &input.last) {
            (Some(first), Some(last)) => format!(", {first} to {last}"),
            _ => String::new(),
        };
        let (name, rows) = (printable(&input.name), count(input.rows));
        lines.push(format!("  {} = {name}: {rows} rows{dates}", input.key));
        let own = accounts.get(&input.key).into_iter().flatten();
        lines.extend(own.map(|line| format!("      {}", printable(line))));
    }
    for input in &study.undisclosed {
        let (row, column) = (printable(&input.row), input.column);
        let (roster, instead) = (input.roster.name(), input.instead());
        lines.push(format!("  undisclosed: {roster} {row}, {column}: {instead}"));
    }
    if let Some(given) = sections::idle(&undisclosed::idle(study)) {
        lines.push(format!("  {given}"));
    }
    if !study.stresses.is_empty() {
        lines.push(format!("  stresses: {}", printable(&study.stresses.join(", "))));
    }
    lines.extend(study.starts().iter().map(|start| format!("  {}", beside(start))));
    lines.push("no errors".into());
    lines
}

/// How the file of each series was understood and what should be looked at, by its key.
fn of_series(study: &Study) -> BTreeMap<String, Vec<String>> {
    let files = study.histories.series().flat_map(|series| {
        let key = |index: usize| match index {
            0 => format!("data.{}", series.account.quantity),
            other => format!("data.{}[{other}]", series.account.quantity),
        };
        let all = std::iter::once(series).chain(&series.others);
        all.zip(series.quality(study.as_of)).enumerate().map(move |(index, (file, quality))| {
            let mut lines = quality::understood(file);
            lines.push(quality::in_time(&quality));
            (key(index), lines)
        })
    });
    files.collect()
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
