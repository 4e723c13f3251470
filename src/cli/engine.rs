//! The doors from the command to the engine, one function each; nothing else here calls it.

use std::collections::BTreeMap;
use std::path::Path;
use wattshift::error::{Error, Problems};
use wattshift::input::study::{InputFile, Quality, Source};
use wattshift::parallel;
use wattshift::report::explain::Explanation;
use wattshift::report::quality;
use wattshift::store::manifest::{Manifest, ManifestInput};
use wattshift::study::settled::settle;
use wattshift::study::world::World;
use wattshift::tile::Build;

pub(crate) use wattshift::input::study::{Overrides, Study};
pub(crate) use wattshift::study::order::Order;
pub(crate) use wattshift::study::paths::Progress;
pub(crate) use wattshift::study::run::{Part, Run};

/// The study file that `init` writes.
pub(crate) const INIT_STUDY: &str = "study.toml";

/// Reads the embedded default study.
pub(crate) fn default_study(overrides: Overrides) -> Result<Study, Problems> {
    Study::embedded("default", &overrides)
}

/// Reads a study file and the files it names.
pub(crate) fn study_file(path: &Path, overrides: Overrides) -> Result<Study, Problems> {
    Study::load(path, &overrides)
}

/// Reads the study that an earlier run kept.
pub(crate) fn study_of(manifest: &Manifest, overrides: Overrides) -> Result<Study, Problems> {
    let texts = manifest.inputs.iter().map(|input| (input.key.clone(), input.text.clone()));
    let overrides = Overrides {
        paths: overrides.paths.or(Some(manifest.paths)),
        seed: overrides.seed.or(Some(manifest.seed)),
    };
    let source = Source::Manifest(texts.collect());
    Study::from_text("study of the manifest", &manifest.study_toml, &source, &overrides)
}

/// Finds what only shows when values meet: correlations that contradict each other, a claim about a
/// share that is not valued.
pub(crate) fn wire(study: &Study) -> Result<(), Error> {
    World::new(&settle(study)?, Build::fastest())?;
    Ok(wattshift::study::claim::check(study)?)
}

/// How the file of each series was understood and what should be looked at, by its key.
pub(crate) fn understood(study: &Study) -> BTreeMap<String, Vec<String>> {
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

/// What is to be known of every series of a study.
pub(crate) fn qualities(study: &Study) -> Vec<Quality> {
    study.histories.series().flat_map(|series| series.quality(study.as_of)).collect()
}

/// What a manifest keeps of each file of a study.
pub(crate) fn inputs(study: &Study) -> Vec<ManifestInput> {
    let date = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string());
    study
        .inputs
        .iter()
        .map(|input: &InputFile| ManifestInput {
            key: input.key.clone(),
            name: input.name.clone(),
            sha256: input.sha256.clone(),
            rows: input.rows as u64,
            first: date(input.first),
            last: date(input.last),
            embedded: input.embedded,
            text: input.text.clone(),
        })
        .collect()
}

/// Columns of the fleet and the contracts that are filled in and that no result rests on yet.
pub(crate) fn idle(study: &Study) -> Vec<String> {
    wattshift::study::undisclosed::idle(study)
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
    let mut files = vec![(INIT_STUDY.to_string(), text.replace("\"../", "\""))];
    for input in &study.inputs {
        let name = input.name.trim_start_matches("../");
        // Two series may come from one file.
        if files.iter().all(|(other, _)| other != name) {
            files.push((name.to_string(), input.text.clone()));
        }
    }
    files
}
