//! Imports run one way, down the ground and along the road.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules in road order: a file may import only what stands before it, and its own module.
const ROAD: [&str; 18] = [
    "error",
    "units",
    "time",
    "bitcoin",
    "parallel",
    "tile",
    "chance",
    "input",
    "calibrate",
    "model",
    "dependence",
    "simulate",
    "economics",
    "outcome",
    "risk",
    "report",
    "store",
    "study",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the source folder can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn position(module: &str) -> Option<usize> {
    ROAD.iter().position(|name| *name == module)
}

/// The module of a source file: the first part of its path below `src`.
fn module_of(path: &Path) -> String {
    let below = path.strip_prefix("src").expect("a source lies below src");
    let first = below.iter().next().expect("a source has a name").to_string_lossy();
    first.trim_end_matches(".rs").to_string()
}

/// The text without comments, and without the test module at its end.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source can be read");
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_string();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn all_sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    sources(Path::new("src"), &mut found);
    assert!(found.len() > 30, "the test sees the sources");
    found
}

#[test]
fn imports_run_one_way() {
    let mut wrong = Vec::new();
    for path in all_sources() {
        let module = module_of(&path);
        let Some(own) = position(&module) else { continue };
        for part in code(&path).split("crate::").skip(1) {
            let name: String =
                part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if position(&name).is_some_and(|other| other > own) {
                wrong.push(format!("{} imports {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn imports_are_written_so_that_they_are_seen() {
    for path in all_sources() {
        let code = code(&path);
        assert!(!code.contains("crate::{"), "{} groups imports of the crate", path.display());
        // Below src/<module>/ two steps up leave the module.
        if path.components().count() == 3 {
            assert!(!code.contains("super::super::"), "{} leaves its module", path.display());
        }
    }
}

#[test]
fn risk_sees_plain_numbers() {
    for path in all_sources().iter().filter(|path| module_of(path) == "risk") {
        for other in ["bitcoin", "input", "model", "simulate", "economics"] {
            let import = format!("crate::{other}");
            assert!(!code(path).contains(&import), "{} imports {other}", path.display());
        }
    }
}

#[test]
fn every_module_has_its_place_on_the_road() {
    for path in all_sources() {
        let module = module_of(&path);
        let is_front = ["lib", "main", "cli"].contains(&module.as_str());
        assert!(is_front || position(&module).is_some(), "{module} is not on the road");
    }
}

#[test]
fn one_home_for_threads_chance_and_unsafe_code() {
    let users = |word: &str| -> Vec<String> {
        all_sources()
            .iter()
            .filter(|path| code(path).contains(word))
            .map(|path| path.display().to_string())
            .collect()
    };
    assert_eq!(users("rayon"), ["src/parallel.rs"]);
    assert_eq!(users("unsafe "), ["src/tile/kernel.rs"]);
    for path in users("fs::") {
        let module = module_of(Path::new(&path));
        let is_door = path == "src/input/source.rs" || ["store", "cli"].contains(&module.as_str());
        assert!(is_door, "{path} opens files: input/source, store and cli do");
    }
    for path in users("Chance") {
        let module = module_of(Path::new(&path));
        assert!(
            ["chance", "model", "simulate"].contains(&module.as_str()),
            "{path} draws: chance belongs to the laws and to simulate"
        );
    }
}
