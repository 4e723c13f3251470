//! A study in Python's hands.

use super::errors::{GIVEN, exception, guarded, text_of};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use wattshift::calibrate::toml_fragment;
use wattshift::calibrate::warnings::warnings;
use wattshift::error::Error;
use wattshift::input::study as input;
use wattshift::input::study::{Lineage, Overrides, Source};
use wattshift::report::explain::write_csv;
use wattshift::report::fits;
use wattshift::store::manifest::Manifest;
use wattshift::study::manifest::{lineage_of, manifest_of};
use wattshift::study::{calibration, check, explain};

/// Names of the studies that come with wattshift.
#[pyfunction]
pub(crate) fn names() -> Vec<&'static str> {
    input::Study::embedded_names().collect()
}

/// A study that was read, and the texts that it was read from.
#[pyclass(frozen, module = "wattshift._lib")]
pub(crate) struct Study {
    pub(crate) lineage: Lineage,
    pub(crate) study: Arc<input::Study>,
}

impl Study {
    pub(crate) fn read(lineage: Lineage) -> Result<Self, Error> {
        let study = Arc::new(lineage.study(&Overrides::default())?);
        Ok(Self { lineage, study })
    }
}

/// Where files are read that a text names: among texts at hand, else in a folder.
pub(crate) fn given(texts: BTreeMap<String, String>, folder: PathBuf) -> Source {
    Source::Given { texts, folder }
}

#[pymethods]
impl Study {
    /// Reads a study by its name, a study file, or the manifest of an earlier run.
    #[staticmethod]
    fn open(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        guarded(py, || {
            if path.extension().is_some_and(|extension| extension == "json") {
                let manifest = Manifest::read(&path)?;
                return Self::read(lineage_of(&manifest.study_toml, &manifest.inputs)?);
            }
            Self::read(Lineage::open(&path)?)
        })
    }
    /// Reads the study that the text of a manifest keeps.
    #[staticmethod]
    fn of_manifest(py: Python<'_>, text: String) -> PyResult<Self> {
        guarded(py, || {
            let manifest = Manifest::parse("manifest", text.as_bytes())?;
            Self::read(lineage_of(&manifest.study_toml, &manifest.inputs)?)
        })
    }
    /// Reads the text of a study; files that it names are `texts` by key, or lie in `folder`.
    #[staticmethod]
    fn of_text(
        py: Python<'_>,
        text: String,
        texts: BTreeMap<String, String>,
        folder: PathBuf,
    ) -> PyResult<Self> {
        guarded(py, || Self::read(Lineage::of_text(GIVEN[1], &text, &given(texts, folder))?))
    }
    /// This study with a text laid over it that says what differs.
    fn under(
        &self,
        py: Python<'_>,
        text: String,
        texts: BTreeMap<String, String>,
        folder: PathBuf,
    ) -> PyResult<Self> {
        guarded(py, || Self::read(self.lineage.under(GIVEN[0], &text, &given(texts, folder))?))
    }
    /// The whole study as TOML, every key written out.
    fn toml(&self, py: Python<'_>) -> PyResult<String> {
        guarded(py, || Ok(self.study.resolved_toml()))
    }
    /// Dotted key, value as TOML and basis of what is an assumption.
    fn assumptions(&self, py: Python<'_>) -> PyResult<Vec<(String, String, String)>> {
        guarded(py, || Ok(self.study.assumptions()))
    }
    /// The manifest of its run, which `wattshift run` takes.
    fn manifest(&self, py: Python<'_>) -> PyResult<String> {
        guarded(py, || {
            text_of(|out| {
                out.extend(manifest_of(&self.study, false).to_bytes());
                Ok(())
            })
        })
    }
    /// What `wattshift check` says; `name` is what it calls the study.
    fn check(&self, py: Python<'_>, name: String) -> PyResult<Vec<String>> {
        guarded(py, || {
            check::wire(&self.study)?;
            if !self.study.stresses.is_empty() {
                let stresses = self.lineage.stresses(&[], &Overrides::default())?;
                stresses.iter().try_for_each(|stress| check::wire(&stress.study))?;
            }
            Ok(check::understood(&name, &self.study))
        })
    }
    /// The fits as CSV, warnings in words, and the fragment of a study.
    fn calibrate(&self, py: Python<'_>) -> PyResult<(String, Vec<String>, String)> {
        let study = Arc::clone(&self.study);
        super::watch::watched(py, None, None, move |_| {
            let found = calibration::fits(&study)?;
            let rows = calibration::rows(&study, &found);
            let table = text_of(|out| fits::write_csv(&rows, out))?;
            Ok((table, warnings(&found), toml_fragment(&found)))
        })
    }
    /// The months of a path at a share as CSV, what is explained, and notes.
    fn explain(
        &self,
        py: Python<'_>,
        path: &Bound<'_, PyAny>,
        share: f64,
    ) -> PyResult<(String, Vec<String>, Vec<String>)> {
        let path = match path.extract::<u64>() {
            Ok(path) => path,
            // Below 0, or beyond what the engine counts.
            Err(error) if error.is_instance_of::<PyOverflowError>(py) => {
                let problem = explain::no_such_path(&self.study, &path.str()?.to_string());
                return Err(exception(py, problem.into()));
            }
            Err(error) => return Err(error),
        };
        guarded(py, || {
            let explained = explain::explain(&self.study, path, share)?;
            let table = text_of(|out| write_csv(&explained, out))?;
            Ok((table, explained.header, explained.notes))
        })
    }
    #[getter]
    fn name(&self) -> &str {
        &self.study.name
    }
    #[getter]
    fn question(&self) -> &str {
        &self.study.question
    }
    #[getter]
    fn as_of(&self) -> String {
        self.study.as_of.to_string()
    }
    #[getter]
    fn target_year(&self) -> i16 {
        self.study.target_year
    }
    #[getter]
    fn paths(&self) -> u64 {
        self.study.paths
    }
    #[getter]
    fn seed(&self) -> u64 {
        self.study.seed
    }
    #[getter]
    fn shares(&self) -> Vec<f64> {
        self.study.shares.clone()
    }
    #[getter]
    fn headline_share(&self) -> f64 {
        self.study.headline_share
    }
}
