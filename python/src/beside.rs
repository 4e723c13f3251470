//! Runs beside each other in Python's hands: a study under stresses, the companies of a fleet.

use super::errors::{GIVEN, guarded, text_of};
use super::study::{Study, given};
use super::watch::watched;
use pyo3::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use wattshift::error::{Error, Problems};
use wattshift::input::study::{Overrides, Stress};
use wattshift::report::csv;
use wattshift::report::{panel as panel_text, stress as stress_text};
use wattshift::study::paths::Progress;
use wattshift::study::{panel as of_panel, stress as of_stress};

/// A table as CSV, and the report of so many columns.
type Told = (String, String);
/// A stress that is given in words: its name, its text, the texts of tables in it.
type Words = (String, String, BTreeMap<String, String>);

/// Width of reports.
const WIDTH: usize = 100;

/// Runs a study under stresses: those given in words, else those named or, where none is, those that
/// `wattshift stress` takes.
#[pyfunction]
#[pyo3(signature = (study, only, words, threads, report))]
pub(crate) fn stress(
    py: Python<'_>,
    study: &Study,
    only: Vec<String>,
    words: Option<Vec<Words>>,
    threads: Option<usize>,
    report: Option<Bound<'_, PyAny>>,
) -> PyResult<Told> {
    let stresses = guarded(py, || Ok(stresses(study, &only, words)?))?;
    let study = Arc::clone(&study.study);
    watched(py, threads, report.as_ref(), move |watch| {
        watch.expect_more(study.paths * (stresses.len() as u64 + 1));
        let results = of_stress::stress(&study, &stresses, watch)?;
        let table = text_of(|out| csv::write_stresses(&results.rows, out))?;
        Ok((table, stress_text::report(&results, WIDTH)))
    })
}

fn stresses(
    study: &Study,
    only: &[String],
    words: Option<Vec<Words>>,
) -> Result<Vec<Stress>, Problems> {
    let Some(words) = words else {
        return study.lineage.stresses(only, &Overrides::default());
    };
    let (mut stresses, mut problems) = (Vec::new(), Vec::new());
    for (name, text, texts) in words {
        let source = given(texts, PathBuf::new());
        let file = (GIVEN[2], text.as_str());
        match study.lineage.stress_given(&name, file, &source, &Overrides::default()) {
            Ok(stress) => stresses.push(stress),
            Err(found) => problems.extend(found.0),
        }
    }
    Problems::none_or(problems, stresses)
}

/// Runs the companies of a study's fleet on the same market paths.
#[pyfunction]
#[pyo3(signature = (study, threads, report))]
pub(crate) fn panel(
    py: Python<'_>,
    study: &Study,
    threads: Option<usize>,
    report: Option<Bound<'_, PyAny>>,
) -> PyResult<Told> {
    let study = Arc::clone(&study.study);
    watched(py, threads, report.as_ref(), move |watch| {
        let companies = study.companies()?.len() as u64;
        watch.expect_more(study.paths * companies);
        let results = of_panel::panel(&study, watch)?;
        let table = text_of(|out| csv::write_summary(&results.rows, out))?;
        Ok::<_, Error>((table, panel_text::report(&results, WIDTH)))
    })
}
