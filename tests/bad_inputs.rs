//! The text of every error, each beside the file that provokes it.
//!
//! `<case>.toml` is a study; `<case>.<key>.csv` is a file that a study names by that key. Beside it
//! `<case>.expected` holds what the user is told, or `accepted`.

use std::path::Path;
use wattshift::input::study::{Overrides, Source, Study};

const FOLDER: &str = "tests/bad_inputs";

/// A study that extends the default one and names `file` by `key`.
fn study_with(key: &str, file: &str) -> String {
    let tables = match key {
        "fleet" => format!("[fleet]\ntranches = \"{file}\""),
        "contracts" => format!("[colocation]\ncontracts = \"{file}\""),
        "correlation" => format!("[dependence]\ncorrelation = \"{file}\""),
        "closures" => {
            format!("[claim]\nclosures = \"{file}\"\nclosure = \"vaneck2024_runrate\"")
        }
        history => format!("[data]\n{history} = \"{file}\""),
    };
    format!("extends = \"default\"\n{tables}\n")
}

/// What the user is told of a case.
fn told(file: &str) -> String {
    let path = Path::new(FOLDER).join(file);
    let overrides = Overrides::default();
    let result = match file.strip_suffix(".csv").and_then(|stem| stem.rsplit_once('.')) {
        None => Study::load(&path, &overrides),
        Some((_, key)) => {
            let source = Source::Folder(FOLDER.into());
            Study::from_text("study.toml", &study_with(key, file), &source, &overrides)
        }
    };
    result.map_or_else(|problems| problems.to_string(), |_| "accepted".into())
}

#[test]
fn every_bad_input_is_refused_in_the_words_expected() {
    let mut cases: Vec<String> = std::fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".expected"))
        .collect();
    cases.sort();
    let mut wrong = Vec::new();
    for case in &cases {
        let stem = case.trim_end_matches(".toml").trim_end_matches(".csv");
        let path = Path::new(FOLDER).join(format!("{stem}.expected"));
        let expected = std::fs::read_to_string(path).unwrap_or_default();
        let told = told(case);
        if told.trim_end() != expected.trim_end() {
            wrong.push(format!("{case}\n--- told\n{told}\n--- expected\n{expected}"));
        }
    }
    assert!(cases.len() >= 110, "{} cases", cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
