//! Laws of the BTC price by themselves, in Python's hands.

use super::study::Study;
use super::watch::watched;
use numpy::PyArray2;
use pyo3::prelude::*;
use std::sync::Arc;
use wattshift::input::study::{BtcPriceModel, Choice, described};
use wattshift::study::sample as core;
use wattshift::study::sample::{Days, Sampled};

/// Name, expected value and typical value as TOML of a parameter.
type Parameter = (&'static str, String, &'static str);

/// Every law of the BTC price: its name, its parameters.
#[pyfunction]
pub(crate) fn laws() -> Vec<(&'static str, Vec<Parameter>)> {
    let of = |law: &BtcPriceModel| {
        let keys = described(&format!("btc_price.{}", law.name())).into_iter();
        (law.name(), keys.map(|key| (key.name, key.expected, key.typical)).collect())
    };
    BtcPriceModel::ALL.iter().map(of).collect()
}

/// Samples ln M of the one law of a study's price, `[path][day]`: every day, or the last alone.
#[pyfunction]
#[pyo3(signature = (study, log_returns, years, steps, paths, seed, every_day, threads))]
#[allow(clippy::too_many_arguments)]
pub(crate) fn sample<'py>(
    py: Python<'py>,
    study: &Study,
    log_returns: Option<Vec<f64>>,
    years: Option<f64>,
    steps: Option<i64>,
    paths: u64,
    seed: u64,
    every_day: bool,
    threads: Option<usize>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let study = Arc::clone(&study.study);
    let kept = if every_day { Days::All } else { Days::Last };
    let values = watched(py, threads, None, move |watch| {
        let (days, log_returns) = (core::days_of(years, steps)?, log_returns.as_deref());
        let asked = Sampled { study: &study, log_returns, days, paths, seed };
        core::sample(&asked, kept, watch)
    })?;
    Ok(PyArray2::from_owned_array(py, values))
}
