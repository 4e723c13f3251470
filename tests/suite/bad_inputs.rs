//! The text of every error, each beside the file that provokes it.
//!
//! `<case>.toml` is a study; `<case>.<key>.<ending>` is a file that a study names by that key. Beside
//! it `<case>.expected` holds what the user is told, or `accepted` with what was understood of a
//! series. `WATTSHIFT_BLESS=1 cargo test --test suite bad_inputs` writes what is told now; read it before
//! it is kept.

use std::path::Path;
use wattshift::error::Problems;
use wattshift::input::study::{Lineage, Overrides, Source, Study};
use wattshift::report::quality::understood;

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

/// The key of the study that names a case's file; `None` if the case is a study itself.
fn key_of(file: &str) -> Option<&str> {
    file.split('.').nth(1).filter(|key| *key != "toml")
}

/// A study, which is also read under the stresses that it names.
fn load(path: &Path, overrides: &Overrides) -> Result<Study, Problems> {
    let lineage = Lineage::of_file(path)?;
    let study = lineage.study(overrides)?;
    if !study.stresses.is_empty() {
        lineage.stresses(&[], overrides)?;
    }
    Ok(study)
}

/// What the user is told of a case.
fn told(file: &str) -> String {
    let path = Path::new(FOLDER).join(file);
    let overrides = Overrides::default();
    let result = match key_of(file) {
        None => load(&path, &overrides),
        Some(key) => {
            let source = Source::Folder(FOLDER.into());
            Study::from_text("study.toml", &study_with(key, file), &source, &overrides)
        }
    };
    let study = match result {
        Ok(study) => study,
        Err(problems) => return problems.to_string(),
    };
    let mut lines = vec!["accepted".to_string()];
    let named = |name: &str| name.starts_with(file.split('.').next().unwrap_or(file));
    for series in study.histories.series().filter(|series| named(&series.file.file)) {
        lines.extend(understood(series));
        let last = series.days.len() - 1;
        for at in [0, last] {
            lines.push(format!("{} {:?}", series.days[at], series.values[at]));
        }
    }
    lines.join("\n")
}

#[test]
fn every_bad_input_is_refused_in_the_words_expected() {
    let mut cases: Vec<String> = std::fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".expected"))
        .collect();
    cases.sort();
    let is_blessed = std::env::var_os("WATTSHIFT_BLESS").is_some();
    let mut wrong = Vec::new();
    for case in &cases {
        let stem = case.rsplit_once('.').map_or(case.as_str(), |(stem, _)| stem);
        let path = Path::new(FOLDER).join(format!("{stem}.expected"));
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        let told = told(case);
        if told.trim_end() == expected.trim_end() {
            continue;
        }
        if is_blessed {
            std::fs::write(&path, format!("{told}\n")).unwrap();
        }
        wrong.push(format!("{case}\n--- told\n{told}\n--- expected\n{expected}"));
    }
    let stems: Vec<&str> = cases.iter().filter_map(|case| Some(case.rsplit_once('.')?.0)).collect();
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let stem = name.strip_suffix(".expected");
        assert!(stem.is_none_or(|stem| stems.contains(&stem)), "{name} belongs to no case");
    }
    assert!(cases.len() >= 200, "{} cases", cases.len());
    assert!(is_blessed || wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What is told of a generated file of BTC prices.
fn told_of(name: &str, write: impl FnOnce(&mut std::fs::File)) -> String {
    let folder = tempfile::tempdir().unwrap();
    write(&mut std::fs::File::create(folder.path().join(name)).unwrap());
    let source = Source::Folder(folder.path().into());
    let study = study_with("btc_price", name);
    let result = Study::from_text("study.toml", &study, &source, &Overrides::default());
    result.err().map_or_else(|| "accepted".into(), |problems| problems.to_string())
}

#[test]
fn hostile_sizes_are_refused_without_being_held_in_memory() {
    use std::io::Write;
    // A line of one gigabyte: the file is sparse, and no more than the limit of it is read.
    let told = told_of("long.csv", |file| file.set_len(1 << 30).unwrap());
    assert!(told.contains("the file has more than 50000000 bytes"), "{told}");
    let told = told_of("line.csv", |file| {
        writeln!(file, "date,close").unwrap();
        file.write_all(&vec![b'1'; 2_000_000]).unwrap();
    });
    assert!(told.contains("line.csv:2") && told.contains("more than 100000 bytes"), "{told}");
    let told = told_of("quotes.csv", |file| {
        writeln!(file, "date,close").unwrap();
        file.write_all(&vec![b'"'; 99_999]).unwrap();
    });
    assert!(told.contains("a quote is not closed"), "{told}");
    let told = told_of("columns.csv", |file| {
        writeln!(file, "date{}", ",close".repeat(10_000)).unwrap();
        writeln!(file, "2020-01-01{}", ",1".repeat(10_000)).unwrap();
    });
    assert!(told.contains("several columns may hold the BTC price"), "{told}");
    assert!(told.len() < 2_000, "the error of a hostile file is short");
    let told = told_of("many.csv", |file| {
        writeln!(file, "date,close").unwrap();
        for _ in 0..100_000 {
            writeln!(file, "2020-01-01,1\n2020-01-02,x").unwrap();
        }
    });
    assert!(told.len() < 20_000 && told.ends_with("… and 99980 more"), "{told}");
}

#[test]
fn a_small_file_that_unpacks_to_a_huge_one_is_stopped() {
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;
    let told = told_of("bomb.csv.gz", |file| {
        let mut packer = GzEncoder::new(file, Compression::fast());
        let zeros = vec![b'0'; 1 << 20];
        for _ in 0..200 {
            packer.write_all(&zeros).unwrap();
        }
    });
    assert!(told.contains("the file has more than 50000000 bytes"), "{told}");
}
