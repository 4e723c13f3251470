//! `manifest.json`: all that a run depends on, so that the folder can be run again anywhere.
//!
//! In: the resolved study and its input files. Out: JSON, the same bytes for the same run; and
//! back. Not here: results, times, machines, anything that two equal runs differ in.

use crate::error::{Error, Place, Problem, Problems};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

/// Name of the file in a run folder.
pub const FILE_NAME: &str = "manifest.json";

/// The version that numbers are tied to.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a run depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Always `wattshift`.
    pub tool: String,
    /// Version of the tool; another version may give other numbers.
    pub version: String,
    /// The command that makes the folder again, given in the folder.
    pub command: String,
    /// Short name of the study.
    pub study_name: String,
    /// Number of paths.
    pub paths: u64,
    /// Seed of all chance.
    pub seed: u64,
    /// Whether `outcomes.parquet` belongs to the run.
    pub outcomes: bool,
    /// The study with every value written out, as TOML.
    pub study_toml: String,
    /// SHA-256 of `study_toml`, 64 lower-case hex digits.
    pub study_sha256: String,
    /// The files it read, in the order of their keys.
    pub inputs: Vec<ManifestInput>,
    /// The study under each stress; left out of a run without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stresses: Vec<ManifestStress>,
    /// Whether the companies of its fleet stand side by side.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_panel: bool,
}

/// A study under a stress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestStress {
    /// What results call the stress.
    pub name: String,
    /// The study under it with every value written out, as TOML.
    pub study_toml: String,
    /// SHA-256 of `study_toml`, 64 lower-case hex digits.
    pub study_sha256: String,
    /// The files it read that the study without it does not read.
    pub inputs: Vec<ManifestInput>,
}

/// A file that a study read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestInput {
    /// Dotted key of the study that names it: `data.btc_price`.
    pub key: String,
    /// Its name as the study has it.
    pub name: String,
    /// SHA-256 of its bytes, 64 lower-case hex digits.
    pub sha256: String,
    /// Number of data rows.
    pub rows: u64,
    /// First date of its rows; `None` where it has no dates.
    pub first: Option<String>,
    /// Last date of its rows; `None` where it has no dates.
    pub last: Option<String>,
    /// Whether it is a file that comes with the tool, unchanged.
    pub embedded: bool,
    /// Its whole text, so that the run can be made again anywhere.
    pub text: String,
}

/// SHA-256 as 64 lower-case hex digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes as lower-case hex digits, two for each.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
    }
    hex
}

/// `runs/<study>-<8 hex>`: the same folder for the same study, paths and seed.
pub fn default_folder(
    study_name: &str,
    study_toml: &str,
    paths: u64,
    seed: u64,
    outcomes: bool,
) -> PathBuf {
    let resolved = format!("{study_toml}\npaths = {paths}\nseed = {seed}\noutcomes = {outcomes}\n");
    let digest = sha256_hex(resolved.as_bytes());
    Path::new("runs").join(format!("{study_name}-{}", &digest[..8]))
}

impl Manifest {
    /// What a file of a run says of itself, name by name: the version, the study with its checksum, paths
    /// and seed, and the whole manifest, checksums of inputs and all.
    pub fn about(&self) -> Vec<(&'static str, String)> {
        let manifest = String::from_utf8(self.to_bytes()).expect("JSON is UTF-8");
        vec![
            ("wattshift.version", self.version.clone()),
            ("wattshift.study", self.study_name.clone()),
            ("wattshift.study_sha256", self.study_sha256.clone()),
            ("wattshift.paths", self.paths.to_string()),
            ("wattshift.seed", self.seed.to_string()),
            ("wattshift.manifest", manifest),
        ]
    }

    /// The bytes of `manifest.json`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self)
            .expect("strings, integers and booleans always serialise");
        bytes.push(b'\n');
        bytes
    }

    /// Reads a manifest back.
    ///
    /// # Errors
    /// If there is no such file, it is no manifest, another version wrote it, or the text of an
    /// input is not the one that was hashed.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => Problem::new("there is no such file")
                .at(Place::file(path.display().to_string()))
                .into(),
            _ => Error::system(format!("read {}", path.display()), source),
        })?;
        Ok(Self::parse(&path.display().to_string(), &bytes)?)
    }

    /// As `read`, from bytes; `file` names them in problems.
    ///
    /// # Errors
    /// As `read`, but for the file.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, Problems> {
        let not_a_manifest = |what: String| {
            Problem::new("this is no manifest of a run")
                .at(Place::file(file))
                .found(what)
                .expected("the manifest.json that `wattshift run` wrote")
        };
        let json: serde_json::Value =
            serde_json::from_slice(bytes).map_err(|error| not_a_manifest(error.to_string()))?;
        if json.get("tool").and_then(|tool| tool.as_str()) != Some("wattshift") {
            return Err(not_a_manifest("no `\"tool\": \"wattshift\"`".into()).into());
        }
        let version = json.get("version").and_then(|version| version.as_str()).unwrap_or("none");
        if version != VERSION {
            return Err(Problem::new("another version wrote this manifest")
                .at(Place::file(file))
                .found(version)
                .expected(format!("version {VERSION}, whose numbers are these"))
                .help("use that version, or save `study_toml` as a study and run it as a new one")
                .into());
        }
        let manifest: Self =
            serde_json::from_value(json).map_err(|error| not_a_manifest(error.to_string()))?;
        let study =
            changed_text(file, "study_toml", "study", &manifest.study_toml, &manifest.study_sha256);
        let of_stresses = manifest.stresses.iter().filter_map(|stress| {
            let what = format!("study under the stress `{}`", stress.name);
            changed_text(file, "study_toml", &what, &stress.study_toml, &stress.study_sha256)
        });
        let all_inputs = manifest.stresses.iter().flat_map(|stress| &stress.inputs);
        let inputs = manifest.inputs.iter().chain(all_inputs).filter_map(|input| {
            let what = format!("input `{}`", input.name);
            changed_text(file, &input.key, &what, &input.text, &input.sha256)
        });
        let problems = study.into_iter().chain(of_stresses).chain(inputs).collect();
        Problems::none_or(problems, manifest)
    }
}

/// A run in a few words, by the bytes of its manifest.
pub fn run_named(bytes: &[u8]) -> String {
    match Manifest::parse("manifest", bytes) {
        Ok(manifest) => format!(
            "{}, {} paths, seed {}, study {}",
            manifest.study_name,
            manifest.paths,
            manifest.seed,
            &manifest.study_sha256[..8]
        ),
        Err(_) => "a run that cannot be read".into(),
    }
}

/// Whether bytes are a manifest of ours, of any version.
pub(crate) fn is_one(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(bytes)
        .is_ok_and(|json| json.get("tool").and_then(|tool| tool.as_str()) == Some("wattshift"))
}

/// The problem of a text whose hash is not the one kept beside it.
fn changed_text(file: &str, key: &str, what: &str, text: &str, sha256: &str) -> Option<Problem> {
    let found = sha256_hex(text.as_bytes());
    (found != sha256).then(|| {
        Problem::new(format!("the text of the {what} was changed"))
            .at(Place { file: file.into(), line: None, column: Some(key.into()) })
            .found(format!("SHA-256 {found}"))
            .expected(format!("SHA-256 {sha256}"))
            .help("save the inputs and `study_toml` as files and run them as a new study")
    })
}

#[cfg(test)]
pub(crate) fn sample() -> Manifest {
    let text = "month,value_usd\n2026-07,1.5\n";
    Manifest {
        tool: "wattshift".into(),
        version: VERSION.into(),
        command: "wattshift run manifest.json".into(),
        study_name: "sample".into(),
        paths: 4096,
        seed: 7,
        outcomes: false,
        study_toml: "name = \"sample\"\n".into(),
        study_sha256: sha256_hex(b"name = \"sample\"\n"),
        inputs: vec![ManifestInput {
            key: "data.btc_price".into(),
            name: "btc.csv".into(),
            sha256: sha256_hex(text.as_bytes()),
            rows: 1,
            first: Some("2026-07".into()),
            last: Some("2026-07".into()),
            embedded: false,
            text: text.into(),
        }],
        stresses: Vec::new(),
        is_panel: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_of_the_standard() {
        // FIPS 180-2, appendix B.1.
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), digest);
    }

    #[test]
    fn a_manifest_reads_back_and_writes_the_same_bytes() {
        let manifest = sample();
        let bytes = manifest.to_bytes();
        let back = Manifest::parse("manifest.json", &bytes).unwrap();
        assert_eq!(back, manifest);
        assert_eq!(back.to_bytes(), bytes);
    }

    #[test]
    fn stresses_are_left_out_where_there_are_none_and_held_to_their_hashes() {
        let mut manifest = sample();
        assert!(!String::from_utf8(manifest.to_bytes()).unwrap().contains("stresses"));
        let study_toml = "name = \"ill\"\n".to_string();
        let study_sha256 = sha256_hex(study_toml.as_bytes());
        let inputs = manifest.inputs.clone();
        manifest.stresses =
            vec![ManifestStress { name: "ill".into(), study_toml, study_sha256, inputs }];
        assert_eq!(Manifest::parse("m", &manifest.to_bytes()).unwrap(), manifest);
        manifest.stresses[0].study_toml.push('#');
        manifest.stresses[0].inputs[0].text.push('#');
        let text = Manifest::parse("m", &manifest.to_bytes()).unwrap_err().to_string();
        assert!(text.contains("under the stress `ill` was changed"), "{text}");
        assert!(text.contains("input `btc.csv` was changed"), "{text}");
    }

    #[test]
    fn another_version_is_refused_by_name() {
        let mut manifest = sample();
        manifest.version = "0.0.9".into();
        let text = Manifest::parse("m.json", &manifest.to_bytes()).unwrap_err().to_string();
        assert!(text.contains("another version") && text.contains("\"0.0.9\""), "{text}");
        assert!(text.contains(VERSION), "{text}");
    }

    #[test]
    fn a_changed_input_is_found_by_its_hash() {
        let mut manifest = sample();
        manifest.inputs[0].text = "month,value_usd\n2026-07,9.5\n".into();
        let text = Manifest::parse("m.json", &manifest.to_bytes()).unwrap_err().to_string();
        assert!(text.contains("`btc.csv` was changed"), "{text}");
    }

    #[test]
    fn a_changed_study_and_an_unknown_key_are_found() {
        let mut manifest = sample();
        manifest.study_toml.push_str("paths = 1\n");
        let text = Manifest::parse("m.json", &manifest.to_bytes()).unwrap_err().to_string();
        assert!(text.contains("the text of the study was changed"), "{text}");
        let json = String::from_utf8(sample().to_bytes()).unwrap();
        let with_more = json.replacen('{', "{\"zzz\": 1,", 1);
        let text = Manifest::parse("m.json", with_more.as_bytes()).unwrap_err().to_string();
        assert!(text.contains("zzz"), "{text}");
    }

    #[test]
    fn what_is_no_manifest_is_said_to_be_none() {
        for bytes in [&b"not json"[..], b"{}", b"[1]", b"{\"tool\": \"other\"}"] {
            let text = Manifest::parse("x.json", bytes).unwrap_err().to_string();
            assert!(text.contains("no manifest of a run"), "{text}");
        }
    }

    #[test]
    fn paths_and_seed_name_another_folder() {
        let folder = |paths, seed| default_folder("s", "name = \"s\"", paths, seed, false);
        assert_eq!(folder(1, 2), folder(1, 2));
        assert_ne!(folder(1, 2), folder(2, 2));
        assert_ne!(folder(1, 2), folder(1, 3));
        let name = folder(1, 2).file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(name.len(), "s-".len() + 8);
    }
}
