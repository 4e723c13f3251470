//! Simulated markets in Python's hands.

use super::study::Study;
use super::watch::watched;
use numpy::PyArray3;
use pyo3::prelude::*;
use std::sync::Arc;
use wattshift::study::market;

/// Markets: the dates, name and unit of each factor, `[factor][path][date]`.
#[pyclass(frozen, module = "wattshift._lib")]
pub(crate) struct Markets {
    #[pyo3(get)]
    dates: Vec<String>,
    #[pyo3(get)]
    factors: Vec<(&'static str, &'static str)>,
    #[pyo3(get)]
    values: Py<PyArray3<f64>>,
}

/// Simulates the markets of the first paths of a study.
#[pyfunction]
#[pyo3(signature = (study, paths, threads, report))]
pub(crate) fn markets(
    py: Python<'_>,
    study: &Study,
    paths: u64,
    threads: Option<usize>,
    report: Option<Bound<'_, PyAny>>,
) -> PyResult<Markets> {
    let study = Arc::clone(&study.study);
    let found =
        watched(py, threads, report.as_ref(), move |watch| market::markets(&study, paths, watch))?;
    // The memory moves into the array.
    let values = PyArray3::from_owned_array(py, found.values);
    values.call_method1("setflags", (false,))?;
    Ok(Markets {
        dates: found.dates.iter().map(ToString::to_string).collect(),
        factors: found.factors.iter().map(|factor| (factor.name(), factor.unit())).collect(),
        values: values.unbind(),
    })
}
