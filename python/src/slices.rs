//! Slices of a run in Python's hands: made in a worker, sent as bytes, joined by whoever sent them out.

use super::errors::{exception, guarded};
use super::run::{Asked, Run, vary};
use super::study::Study;
use super::watch::watched;
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use wattshift::error::{Error, Problem};
use wattshift::input::study as input;
use wattshift::store::part::{PartFile, SLICES_MAX, SliceNumber};
use wattshift::study::kept::{Keep, Kept, paths_of_slice, slice_keeping};
use wattshift::study::manifest::{lineage_of, manifest_of};
use wattshift::study::paths::Progress;
use wattshift::study::run as core;
use wattshift::study::run::Part;
use wattshift::study::slices as joined;
use wattshift::study::slices::SliceFiles;
use wattshift::study::variations::Vary;

/// The bytes of a slice's file, and what it keeps of its paths.
type Made<'py> = (Bound<'py, PyBytes>, Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>);

/// Makes slice `index`, from 1, of `count` of a run on `threads` threads; `report` is called as it goes on, and
/// ends it by raising something.
#[pyfunction]
#[pyo3(signature = (study, index, count, threads, keep, report=None))]
pub(crate) fn slice<'py>(
    py: Python<'py>,
    study: &Study,
    index: u64,
    count: u64,
    threads: Option<usize>,
    keep: Asked,
    report: Option<&Bound<'_, PyAny>>,
) -> PyResult<Made<'py>> {
    let keep = keep.keep().map_err(|error| exception(py, error))?;
    let number = SliceNumber { index, count };
    let study = Arc::clone(&study.study);
    let (bytes, kept) = watched(py, threads, report, move |watch| {
        refuse_number(number)?;
        let (part, kept) = slice_keeping(&study, &keep, number, watch)?;
        let manifest = manifest_of(&study, false).to_bytes();
        Ok((PartFile { manifest, slice: number, told: part }.to_bytes(), kept))
    })?;
    let Kept { outcomes, drivers, .. } = kept;
    // The columns move into the arrays.
    let (outcomes, drivers) = (PyArray1::from_vec(py, outcomes), PyArray1::from_vec(py, drivers));
    Ok((PyBytes::new(py, &bytes), outcomes, drivers))
}

fn refuse_number(number: SliceNumber) -> Result<(), Error> {
    let SliceNumber { index, count } = number;
    if (1..=SLICES_MAX).contains(&count) && (1..=count).contains(&index) {
        return Ok(());
    }
    Err(Problem::new("there is no such slice")
        .found(format!("slice {number}"))
        .expected(format!("slices of 1 to {SLICES_MAX}, each from 1 to their number"))
        .into())
}

/// The slices of a run as they come.
#[pyclass(frozen, module = "wattshift._lib")]
pub(crate) struct Slices {
    study: Arc<input::Study>,
    count: u64,
    vary: Vary,
    /// None once they are joined.
    come: Mutex<Option<Come>>,
}

/// What has come.
struct Come {
    slices: joined::Slices,
    kept: Kept,
}

#[pymethods]
impl Slices {
    #[new]
    #[pyo3(signature = (study, count, keep, variations))]
    fn new(
        py: Python<'_>,
        study: &Study,
        count: u64,
        keep: Asked,
        variations: bool,
    ) -> PyResult<Self> {
        let study = Arc::clone(&study.study);
        let keep = keep.keep().map_err(|error| exception(py, error))?;
        guarded(py, move || {
            let number = SliceNumber { index: 1, count };
            refuse_number(number)?;
            let kept = Kept::new(&study, keep.of(&study)?)?;
            let manifest = manifest_of(&study, false).to_bytes();
            let first = joined::Slice { name: "this run".into(), manifest, number };
            let slices = joined::Slices::like(first);
            let come = Mutex::new(Some(Come { slices, kept }));
            Ok(Self { study, count, vary: vary(variations), come })
        })
    }
    /// Takes a slice as `slice` made it; `name` is what problems call it. The number of its paths.
    fn add(
        &self,
        py: Python<'_>,
        name: String,
        bytes: &[u8],
        outcomes: PyReadonlyArray1<'_, f64>,
        drivers: PyReadonlyArray1<'_, f64>,
    ) -> PyResult<u64> {
        let (outcomes, drivers) = (outcomes.as_slice()?, drivers.as_slice()?);
        guarded(py, || {
            let PartFile { manifest, slice: number, told } = PartFile::<Part>::parse(&name, bytes)?;
            let mut come = self.come.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(Come { slices, kept }) = come.as_mut() else { return Err(is_joined()) };
            let slice = joined::Slice { name, manifest, number };
            slices.announce(&slice)?;
            kept.take_slice(number, outcomes, drivers)?;
            slices.join(&slice, told)?;
            Ok(paths_of_slice(&self.study, number))
        })
    }
    /// The run that they are, all of them; `report` is called as of a run, of the variations alone.
    #[pyo3(signature = (threads, report))]
    fn whole(
        &self,
        py: Python<'_>,
        threads: Option<usize>,
        report: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Run> {
        let come = self.come.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Come { slices, kept }) = come else { return Err(exception(py, is_joined())) };
        let part = guarded(py, || slices.whole())?;
        finish(py, &self.study, || Ok(part), kept, self.vary, threads, report.as_ref())
    }
    /// Number of slices.
    fn __len__(&self) -> usize {
        self.count as usize
    }
    /// Paths in all: those of the slices, and of the variations.
    #[getter]
    fn paths(&self) -> u64 {
        self.study.paths + self.vary.paths(&self.study)
    }
}

fn is_joined() -> Error {
    Problem::new("the slices of this run are joined already").into()
}

/// The study of the slices in files, and the run that they are, of whose paths nothing is kept.
#[pyfunction]
#[pyo3(signature = (files, threads, variations, report))]
pub(crate) fn merge(
    py: Python<'_>,
    files: Vec<PathBuf>,
    threads: Option<usize>,
    variations: bool,
    report: Option<Bound<'_, PyAny>>,
) -> PyResult<(Study, Run)> {
    let (study, slices, kept) = guarded(py, || {
        let slices = SliceFiles::open(&files)?;
        let manifest = slices.manifest();
        let study = Study::read(lineage_of(&manifest.study_toml, &manifest.inputs)?)?;
        let kept = Kept::new(&study.study, Keep::Nothing.of(&study.study)?)?;
        Ok((study, slices, kept))
    })?;
    let join = move || slices.join();
    let run = finish(py, &study.study, join, kept, vary(variations), threads, report.as_ref())?;
    Ok((study, run))
}

/// The results of the whole run, whatever it was joined from.
fn finish(
    py: Python<'_>,
    study: &Arc<input::Study>,
    join: impl FnOnce() -> Result<Part, Error> + Send + 'static,
    kept: Kept,
    vary: Vary,
    threads: Option<usize>,
    report: Option<&Bound<'_, PyAny>>,
) -> PyResult<Run> {
    let own = Arc::clone(study);
    let results = watched(py, threads, report, move |watch| {
        watch.expect_more(vary.paths(&own));
        core::Run::new(&own, watch)?.finish(join()?, vary, watch)
    })?;
    Ok(Run::new(Arc::clone(study), results, kept))
}
