//! The doors from the command to the engine, one function each; nothing else here calls it.

use std::path::Path;
use wattshift::error::{Error, Problems};
use wattshift::input::study::{Lineage, json_schema};
use wattshift::parallel;
use wattshift::report::explain::Explanation;
use wattshift::report::results::Results;
use wattshift::store::manifest::{ManifestInput, ManifestStress, sha256_hex};
use wattshift::study::manifest::{inputs, lineage_of};

pub(crate) use wattshift::input::study::{Overrides, Stress, Study};
pub(crate) use wattshift::store::manifest::Manifest;
pub(crate) use wattshift::study::check::{qualities, understood, wire};
pub(crate) use wattshift::study::manifest::manifest_of;
pub(crate) use wattshift::study::market::{Dates, MarketRun};
pub(crate) use wattshift::study::order::Order;
pub(crate) use wattshift::study::page::page;
pub(crate) use wattshift::study::panel::panel;
pub(crate) use wattshift::study::paths::Progress;
pub(crate) use wattshift::study::run::{Part, Run, outcome_columns};
pub(crate) use wattshift::study::slices::{SliceFiles, unfinished};
pub(crate) use wattshift::study::stress::{run_of, stress};
pub(crate) use wattshift::study::variations::Vary;

/// The study file that `init` writes.
pub(crate) const INIT_STUDY: &str = "study.toml";
/// What it may hold, for an editor.
const INIT_SCHEMA: &str = "study.schema.json";

/// Reads a study by name or by file with those that it extends; the default study if none is named.
pub(crate) fn lineage(path: Option<&Path>) -> Result<Lineage, Problems> {
    path.map_or_else(|| Lineage::of_name("default"), Lineage::open)
}

/// Reads the study that an earlier run kept.
pub(crate) fn study_of(manifest: &Manifest, overrides: Overrides) -> Result<Study, Problems> {
    lineage_of(&manifest.study_toml, &manifest.inputs)?.study(&stated(manifest, overrides))
}

/// The study and the studies under stress that an earlier run kept; stresses anew where it kept none.
pub(crate) fn stresses_of(
    manifest: &Manifest,
    only: &[String],
    overrides: Overrides,
) -> Result<(Study, Vec<Stress>), Problems> {
    let overrides = stated(manifest, overrides);
    let lineage = lineage_of(&manifest.study_toml, &manifest.inputs)?;
    let study = lineage.study(&overrides)?;
    if !only.is_empty() || manifest.stresses.is_empty() {
        return Ok((study, lineage.stresses(only, &overrides)?));
    }
    let kept = manifest.stresses.iter().map(|kept| {
        // A file that is the study's own stands among the study's.
        let inputs: Vec<ManifestInput> =
            manifest.inputs.iter().chain(&kept.inputs).cloned().collect();
        let study = lineage_of(&kept.study_toml, &inputs)?.study(&overrides)?;
        Ok(Stress { name: kept.name.clone(), study })
    });
    let kept = kept.collect::<Result<_, Problems>>()?;
    Ok((study, kept))
}

/// What a manifest keeps of stresses: of their files those that the study does not read.
pub(crate) fn kept(study: &Study, stresses: &[Stress]) -> Vec<ManifestStress> {
    let own = inputs(study);
    let kept = |stress: &Stress| {
        let study_toml = stress.study.resolved_toml();
        ManifestStress {
            name: stress.name.clone(),
            study_sha256: sha256_hex(study_toml.as_bytes()),
            study_toml,
            inputs: inputs(&stress.study).into_iter().filter(|i| !own.contains(i)).collect(),
        }
    };
    stresses.iter().map(kept).collect()
}

fn stated(manifest: &Manifest, overrides: Overrides) -> Overrides {
    Overrides {
        paths: overrides.paths.or(Some(manifest.paths)),
        seed: overrides.seed.or(Some(manifest.seed)),
    }
}

/// The results that stand in the folder of a run.
pub(crate) fn reread(
    study: &Study,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Results, Error> {
    let table = |name: &str| {
        let bytes = wattshift::store::folder::read_file(folder, name)?;
        Ok((folder.join(name).display().to_string(), bytes))
    };
    wattshift::study::reread::reread(study, &table, progress)
}

/// Paths that a page makes again for its pictures.
pub(crate) fn paths_of_page(study: &Study) -> u64 {
    wattshift::study::pictures::paths(study)
}

/// Does some work on `threads` threads.
pub(crate) fn on_threads<T: Send>(
    threads: Option<usize>,
    work: impl FnOnce() -> Result<T, Error> + Send,
) -> Result<T, Error> {
    parallel::with_threads(threads, work)
        .map_err(|error| Error::system("start the threads", error))?
}

/// Works out one path.
pub(crate) fn explain(study: &Study, path: u64, share: f64) -> Result<Explanation, Error> {
    wattshift::study::explain::explain(study, path, share)
}

/// Files that `init` writes, the study first: name and text.
pub(crate) fn init_files() -> Vec<(String, String)> {
    let study = Study::default_study();
    let text = Study::embedded_text("default").expect("the default study is embedded");
    let text = format!("#:schema ./{INIT_SCHEMA}\n{}", text.replace("\"../", "\""));
    let schema = (INIT_SCHEMA.to_string(), json_schema());
    let mut files = vec![(INIT_STUDY.to_string(), text), schema];
    for input in &study.inputs {
        let name = input.name.trim_start_matches("../");
        // Two series may come from one file.
        if files.iter().all(|(other, _)| other != name) {
            files.push((name.to_string(), input.text.clone()));
        }
    }
    files
}
