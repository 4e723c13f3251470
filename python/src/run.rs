//! A finished run in Python's hands: tables as text, columns as views of its memory.

use super::arrow::Outcomes;
use super::errors::{exception, guarded, text_of};
use super::study::Study;
use super::watch::watched;
use arrow_buffer::ScalarBuffer;
use numpy::PyArray1;
use numpy::ndarray::ArrayView1;
use pyo3::prelude::*;
use std::ops::Range;
use std::sync::Arc;
use wattshift::economics::metric::Metric;
use wattshift::error::{Error, Problem};
use wattshift::input::study as input;
use wattshift::report::results::Results;
use wattshift::report::{csv, frontier, text, verdict};
use wattshift::study::kept::{Keep, Kept, Places, position_of_share, run_keeping};
use wattshift::study::variations::Vary;

/// What to keep of a run: one of three words, or names of metrics and drivers.
#[derive(FromPyObject)]
pub(crate) enum Asked {
    Word(String),
    Names(Vec<String>),
}

impl Asked {
    pub(crate) fn keep(self) -> Result<Keep, Error> {
        match self {
            Self::Names(names) => Ok(Keep::Named(names)),
            Self::Word(word) => match word.as_str() {
                "auto" => Ok(Keep::IfItFits),
                "all" => Ok(Keep::Everything),
                "none" => Ok(Keep::Nothing),
                _ => Err(Problem::new("keep is none of its words")
                    .found(word)
                    .expected("\"auto\", \"all\", \"none\", or a list of metrics and drivers")
                    .into()),
            },
        }
    }
}

/// Runs a study on `threads` threads; `report` is called with the paths done and those in all.
#[pyfunction]
#[pyo3(signature = (study, threads, keep, variations, report))]
pub(crate) fn run(
    py: Python<'_>,
    study: &Study,
    threads: Option<usize>,
    keep: Asked,
    variations: bool,
    report: Option<Bound<'_, PyAny>>,
) -> PyResult<Run> {
    let keep = keep.keep().map_err(|error| exception(py, error))?;
    let study = Arc::clone(&study.study);
    let own = Arc::clone(&study);
    let vary = vary(variations);
    let (results, kept) =
        watched(py, threads, report.as_ref(), move |watch| run_keeping(&own, &keep, vary, watch))?;
    Ok(Run::new(study, results, kept))
}

/// What the end of a run varies: each lever, or nothing.
pub(crate) fn vary(variations: bool) -> Vary {
    if variations { Vary::EachLever } else { Vary::Nothing }
}

/// A finished run.
#[pyclass(frozen, module = "wattshift._lib")]
pub(crate) struct Run {
    study: Arc<input::Study>,
    results: Results,
    places: Places,
    /// `[metric][share][path]`.
    outcomes: ScalarBuffer<f64>,
    /// `[driver][path]`.
    drivers: ScalarBuffer<f64>,
}

impl Run {
    pub(crate) fn new(study: Arc<input::Study>, results: Results, kept: Kept) -> Self {
        let Kept { places, outcomes, drivers } = kept;
        Self { study, results, places, outcomes: outcomes.into(), drivers: drivers.into() }
    }
}

/// Numbers of a run as an array that holds on to the run, and is not written to.
fn view<'py>(
    run: &Bound<'py, Run>,
    values: &ScalarBuffer<f64>,
    place: Range<usize>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let values = ArrayView1::from(&values[place]);
    // SAFETY: the buffer belongs to the run, which the array keeps alive as its base; a run is
    // frozen, so that the buffer neither moves nor changes.
    #[allow(unsafe_code)]
    let array = unsafe { PyArray1::borrow_from_array(&values, run.clone().into_any()) };
    array.call_method1("setflags", (false,))?;
    Ok(array)
}

#[pymethods]
impl Run {
    /// The text of a table as the command writes it; none where the run has no such table.
    fn table(&self, py: Python<'_>, name: String) -> PyResult<Option<String>> {
        guarded(py, || {
            let results = &self.results;
            let claim = results.claim.as_ref();
            Ok(Some(match name.as_str() {
                "summary" => text_of(|out| csv::write_summary(&results.rows, out))?,
                "spread" => text_of(|out| csv::write_spreads(&results.spreads, out))?,
                // As studied comes first wherever there are any.
                "variations" if results.variations.is_empty() => return Ok(None),
                "variations" => text_of(|out| csv::write_variations(&results.variations, out))?,
                "undisclosed" => text_of(|out| csv::write_undisclosed(&results.undisclosed, out))?,
                "bridge" | "claim" if claim.is_none() => return Ok(None),
                "bridge" => text_of(|out| claim.map_or(Ok(()), |c| csv::write_bridge(c, out)))?,
                "claim" => text_of(|out| claim.map_or(Ok(()), |c| csv::write_claim(c, out)))?,
                _ => return Ok(None),
            }))
        })
    }
    /// The frontier of a metric, as CSV.
    fn frontier(&self, py: Python<'_>, metric: String) -> PyResult<String> {
        guarded(py, || {
            let rows = frontier::frontier(&self.results, &metric);
            if rows.is_empty() {
                return Err(Problem::new("the metric has no frontier")
                    .found(metric)
                    .expected(format!("one of {}", frontier::metrics(&self.results).join(", ")))
                    .into());
            }
            text_of(|out| frontier::write_frontier(&rows, out))
        })
    }
    /// The verdict, in words.
    fn verdict(&self, py: Python<'_>) -> PyResult<String> {
        guarded(py, || Ok(verdict::verdict(&self.results)))
    }
    /// The whole report as the command prints it, for `width` columns.
    fn report(&self, py: Python<'_>, width: usize) -> PyResult<String> {
        guarded(py, || Ok(text::report(&self.results, width)))
    }
    /// One metric of one share, a number per path: a view.
    fn paths<'py>(
        slf: &Bound<'py, Self>,
        metric: &str,
        share: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let run = slf.get();
        let place = run.places.outcome(&run.study, metric, share);
        let place = place.map_err(|problems| exception(slf.py(), problems.into()))?;
        view(slf, &run.outcomes, place)
    }
    /// One driver, a number per path: a view.
    fn drivers<'py>(slf: &Bound<'py, Self>, driver: &str) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let run = slf.get();
        let place = run.places.driver(&run.study, driver);
        let place = place.map_err(|problems| exception(slf.py(), problems.into()))?;
        view(slf, &run.drivers, place)
    }
    /// The outcomes that were kept, of one share or of all, for whoever reads Arrow.
    #[pyo3(signature = (share))]
    fn outcomes(&self, py: Python<'_>, share: Option<f64>) -> PyResult<Outcomes> {
        guarded(py, || {
            if self.places.wanted.metrics.is_empty() {
                // What was not kept is told as of the first metric.
                let first = Metric::of(&self.study)[0];
                self.places.outcome(&self.study, first.name(), self.study.shares[0])?;
            }
            let share = share.map(|share| position_of_share(&self.study, share)).transpose()?;
            let metrics = &self.places.wanted.metrics;
            Outcomes::new(metrics, &self.study.shares, share, &self.outcomes)
        })
    }
    /// Name, unit and column of each metric that was kept.
    #[getter]
    fn kept_metrics(&self) -> Vec<(&'static str, &'static str, String)> {
        let of = |metric: &Metric| (metric.name(), metric.unit(), metric.column());
        self.places.wanted.metrics.iter().map(of).collect()
    }
    /// Name and unit of each driver that was kept.
    #[getter]
    fn kept_drivers(&self) -> Vec<(&'static str, &'static str)> {
        self.places.wanted.drivers.iter().map(|d| (d.name(), d.unit())).collect()
    }
}
