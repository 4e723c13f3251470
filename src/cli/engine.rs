//! The doors from the command to the engine, one function each; nothing else here calls it.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use wattshift::error::{Error, Place, Problem, Problems};
use wattshift::report::SummaryRow;
use wattshift::report::csv::OutcomeBlock;
use wattshift::report::explain::Explanation;
use wattshift::report::fits::FitRow;
use wattshift::report::results::Results;
use wattshift::risk::Estimate;
use wattshift::store::manifest::{Manifest, ManifestInput};

const DEFAULT_STUDY: &str = include_str!("../../data/studies/default.toml");

/// Name of the study that `init` writes.
pub(crate) const INIT_STUDY: &str = "study.toml";

/// Told how far the work is; asked whether to stop.
pub(crate) trait Progress: Sync {
    /// So many more paths are done.
    fn advance(&self, paths: u64);
    /// Whether the user wants the run to stop.
    fn interrupted(&self) -> bool;
}

/// Takes outcomes as they come, in path order.
pub(crate) type OutcomesSink<'a> = &'a mut dyn FnMut(&OutcomeBlock<'_>) -> io::Result<()>;

/// A loaded study.
pub(crate) struct Study {
    pub(crate) name: String,
    pub(crate) paths: u64,
    pub(crate) seed: u64,
    table: toml::Table,
}

/// Values of the command line in place of the study's.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Overrides {
    pub(crate) paths: Option<u64>,
    pub(crate) seed: Option<u64>,
}

/// Where a study comes from.
pub(crate) enum Source<'a> {
    Default,
    File(&'a Path),
    Manifest(&'a Manifest),
}

pub(crate) fn load(source: Source<'_>, overrides: Overrides) -> Result<Study, Problems> {
    let (file, text) = match source {
        Source::Default => ("default study".to_string(), DEFAULT_STUDY.to_string()),
        Source::File(path) => {
            let file = path.display().to_string();
            let text = std::fs::read_to_string(path).map_err(|error| {
                Problem::new("the study cannot be read")
                    .at(Place::file(file.clone()))
                    .found(error.to_string())
            })?;
            (file, text)
        }
        Source::Manifest(manifest) => ("manifest".to_string(), manifest.study_toml.clone()),
    };
    // The months of the default study are not quoted yet, which TOML does not allow.
    let quoted: Vec<&str> =
        text.lines().filter(|line| !line.starts_with("calibration_from")).collect();
    let mut table: toml::Table = quoted.join("\n").parse().map_err(|error: toml::de::Error| {
        Problem::new(error.message().to_string()).at(Place::file(file.clone()))
    })?;
    for (key, value) in [("paths", overrides.paths), ("seed", overrides.seed)] {
        if let Some(value) = value {
            let value = i64::try_from(value).map_err(|_| {
                Problem::new(format!("{key} is too large")).found(value.to_string())
            })?;
            table.insert(key.into(), value.into());
        }
    }
    let whole = |key: &str| {
        let found = table.get(key).and_then(toml::Value::as_integer);
        found.and_then(|value| u64::try_from(value).ok()).ok_or_else(|| -> Problems {
            Problem::new(format!("`{key}` is missing")).at(Place::file(file.clone())).into()
        })
    };
    let (paths, seed) = (whole("paths")?, whole("seed")?);
    let name = table.get("name").and_then(toml::Value::as_str).unwrap_or("study").to_string();
    Ok(Study { name, paths, seed, table })
}

pub(crate) fn resolved_toml(study: &Study) -> String {
    study.table.to_string()
}

pub(crate) fn inputs(_: &Study) -> Vec<ManifestInput> {
    Vec::new()
}

/// Paths of the run and of its variations together.
pub(crate) fn paths_of_work(study: &Study) -> u64 {
    study.paths
}

pub(crate) fn run(
    study: &Study,
    _threads: Option<usize>,
    progress: &dyn Progress,
    sink: Option<OutcomesSink<'_>>,
) -> Result<Results, Error> {
    let zero = Estimate { value: 0.0, std_error: 0.0, ci_low: 0.0, ci_high: 0.0 };
    for _ in 0..study.paths.div_ceil(2048) {
        if progress.interrupted() {
            return Err(Error::Interrupted);
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
        progress.advance(2048);
    }
    if let Some(sink) = sink {
        let block = OutcomeBlock {
            first_path: 0,
            metrics: &["revenue"],
            shares: &[0.0],
            columns: &[&[0.0]],
        };
        sink(&block).map_err(|error| Error::system("write outcomes.csv", error))?;
    }
    let row = SummaryRow {
        company: "all".into(),
        model: "all".into(),
        share: 0.0,
        effective_share: 0.0,
        status: "ok",
        metric: "revenue".into(),
        measure: "mean".into(),
        unit: "USD",
        estimate: zero,
    };
    Ok(Results {
        study_name: study.name.clone(),
        question: String::new(),
        as_of: jiff::civil::date(2026, 7, 31),
        target_year: 2027,
        paths: study.paths,
        seed: study.seed,
        shares: vec![0.0],
        headline_share: 0.0,
        gross_mw: 0.0,
        reference: "mean at share 0".into(),
        rows: vec![row],
        variations: Vec::new(),
        assumptions: Vec::new(),
        claim: None,
    })
}

pub(crate) fn calibrate(_: &Study) -> Result<Vec<FitRow>, Error> {
    Err(Error::Calibration("the engine is not joined yet".into()))
}

pub(crate) fn explain(_: &Study, _: u64, _: f64) -> Result<Explanation, Error> {
    Err(Error::Calibration("the engine is not joined yet".into()))
}

/// Files that `init` writes: name and text.
pub(crate) fn init_files() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([(INIT_STUDY, DEFAULT_STUDY)])
}
