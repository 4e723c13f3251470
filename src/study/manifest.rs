//! What a run depends on, written down and read back.
//!
//! In: a study, or the manifest of an earlier run. Out: the other of the two. Not here: the file
//! ([`crate::store::manifest`]).

use crate::error::Problems;
use crate::input::study::{InputFile, Lineage, Source, Study};
use crate::store::manifest::{FILE_NAME, Manifest, ManifestInput, VERSION, sha256_hex};

/// The manifest of a run of a study; `outcomes` says whether every path is kept in a file.
pub fn manifest_of(study: &Study, outcomes: bool) -> Manifest {
    let study_toml = study.resolved_toml();
    Manifest {
        tool: "wattshift".into(),
        version: VERSION.into(),
        command: format!("wattshift run {FILE_NAME}"),
        study_name: study.name.clone(),
        paths: study.paths,
        seed: study.seed,
        outcomes,
        study_sha256: sha256_hex(study_toml.as_bytes()),
        study_toml,
        inputs: inputs(study),
        stresses: Vec::new(),
        is_panel: false,
    }
}

/// What a manifest keeps of each file of a study.
pub fn inputs(study: &Study) -> Vec<ManifestInput> {
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

/// The study that a manifest keeps, with the files that it read.
///
/// # Errors
/// A text that is no study.
pub fn lineage_of(study_toml: &str, inputs: &[ManifestInput]) -> Result<Lineage, Problems> {
    let texts = inputs.iter().map(|input| (input.key.clone(), input.text.clone()));
    Lineage::of_text("study of the manifest", study_toml, &Source::Manifest(texts.collect()))
}
