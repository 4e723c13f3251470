//! The files of slices: those that are named, and those in folders.
//!
//! In: names of files and folders. Out: the files, and what they take. Not here: what is in them
//! ([`super::part`]).

use crate::error::{Error, Place, Problem};
use std::fs;
use std::path::{Path, PathBuf};

/// The files named, and those that end in `.part` in the folders named, in their order.
///
/// # Errors
/// A folder that cannot be read, or without such a file.
pub fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let cannot = |error| Error::system(format!("read {}", path.display()), error);
        let mut own = Vec::new();
        for entry in fs::read_dir(path).map_err(cannot)? {
            let file = entry.map_err(cannot)?.path();
            if file.extension().is_some_and(|extension| extension == "part") {
                own.push(file);
            }
        }
        if own.is_empty() {
            return Err(Problem::new("the folder holds no slice")
                .at(Place::file(path.display().to_string()))
                .found("no file that ends in .part")
                .expected("files as slice-1-of-8.part")
                .help("make them with `wattshift run --slice`, or name another folder")
                .into());
        }
        own.sort();
        files.append(&mut own);
    }
    Ok(files)
}

/// Bytes that files take; one that cannot be looked at is refused when it is read.
pub fn bytes<'a>(paths: impl Iterator<Item = &'a Path>) -> u64 {
    paths.map(|path| fs::metadata(path).map_or(0, |file| file.len())).sum()
}
