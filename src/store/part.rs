//! A part of a run on disk: a slice that is done, or a checkpoint of what is under way.
//!
//! In: the manifest of the run, and what its paths have told so far. Out: one file, whole or absent,
//! whatever kills the program; and back. Not here: what the paths have told.
//!
//! The file is three lines of text (what it is, the version, a checksum), then everything else in the
//! form of the `postcard` crate. It is for the version that wrote it: another may give other numbers.

use super::folder::{parent_of, sync_folder};
use super::manifest::{VERSION, sha256_hex};
use crate::error::{Error, Place, Problem, Problems};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const FIRST_LINE: &str = "a part of a wattshift run";

/// Which slice of a run: number `index`, from 1, of `count`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SliceNumber {
    /// From 1.
    pub index: u64,
    /// How many slices there are.
    pub count: u64,
}

impl std::fmt::Display for SliceNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// A part of a run; `T` is what its paths have told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartFile<T> {
    /// The bytes of the manifest of the whole run.
    pub manifest: Vec<u8>,
    /// The slice; the whole run is slice 1 of 1.
    pub slice: SliceNumber,
    /// What its paths have told.
    pub told: T,
}

/// Name of the file of a slice.
pub fn file_name(slice: SliceNumber) -> String {
    format!("slice-{}-of-{}.part", slice.index, slice.count)
}

/// `<folder>-slices`: where the slices of the run that goes to `folder` are kept together.
pub fn default_folder(run_folder: &Path) -> PathBuf {
    let mut name = run_folder.as_os_str().to_os_string();
    name.push("-slices");
    PathBuf::from(name)
}

impl<T: Serialize> PartFile<T> {
    /// Writes the file in one step: under its name stands the old one or the new one, whole.
    ///
    /// # Errors
    /// If the system refuses a step; then the old file, if any, still stands.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        // One name beside: what a kill leaves there, the next attempt writes over.
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(".new");
        let beside = path.with_file_name(name);
        self.write_by_way_of(&beside, path).map_err(|error| {
            // Half a file, on a full disk say, is of no use to anybody.
            let _ = fs::remove_file(&beside);
            Error::system(format!("write {}", path.display()), error)
        })
    }
    fn write_by_way_of(&self, beside: &Path, path: &Path) -> io::Result<()> {
        let body = postcard::to_stdvec(self).map_err(io::Error::other)?;
        let parent = parent_of(path);
        fs::create_dir_all(&parent)?;
        let mut file = fs::File::create(beside)?;
        let checksum = sha256_hex(&body);
        file.write_all(format!("{FIRST_LINE}\n{VERSION}\n{checksum}\n").as_bytes())?;
        file.write_all(&body)?;
        file.sync_all()?;
        fs::rename(beside, path)?;
        sync_folder(&parent)
    }
}

impl<T: DeserializeOwned> PartFile<T> {
    /// Reads a file back.
    ///
    /// # Errors
    /// If there is no such file, it is no part of a run, another version wrote it, or it is damaged.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let bytes = fs::read(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => {
                Problem::new("there is no such file").at(Place::file(&name)).into()
            }
            _ => Error::system(format!("read {name}"), source),
        })?;
        Ok(Self::parse(&name, &bytes)?)
    }

    /// As `read`, from bytes; `file` names them in problems.
    ///
    /// # Errors
    /// As `read`, but for the file.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, Problems> {
        let problem = |what: &str| Problem::new(what).at(Place::file(file));
        let mut lines = bytes.splitn(4, |byte| *byte == b'\n');
        let mut line = || lines.next().and_then(|line| std::str::from_utf8(line).ok());
        if line() != Some(FIRST_LINE) {
            return Err(problem("this is no part of a run")
                .expected("a file that `wattshift run` wrote with --slice or --checkpoint")
                .into());
        }
        let version = line().unwrap_or("none");
        if version != VERSION {
            return Err(problem("another version wrote this part of a run")
                .found(version)
                .expected(format!("version {VERSION}"))
                .help("go on with the version that wrote it, or remove it and begin again")
                .into());
        }
        let (checksum, body) = (line(), lines.next().unwrap_or_default());
        let whole = checksum.is_some_and(|checksum| checksum == sha256_hex(body));
        let part = if whole { postcard::from_bytes(body).ok() } else { None };
        part.ok_or_else(|| {
            problem("this part of a run is damaged, its checksum is another")
                .help("remove it and make the slice, or the run, again")
                .into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part() -> PartFile<Vec<f64>> {
        PartFile {
            manifest: b"{}".to_vec(),
            slice: SliceNumber { index: 3, count: 8 },
            told: vec![0.1, f64::INFINITY, -0.0, 12.0],
        }
    }

    #[test]
    fn what_is_written_is_read_back_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join(file_name(part().slice));
        part().write(&path).unwrap();
        // Over an older file as well, and nothing is left beside it.
        part().write(&path).unwrap();
        let read = PartFile::<Vec<f64>>::read(&path).unwrap();
        assert_eq!(read, part());
        assert!(read.told[2].is_sign_negative());
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_cannot_be_put_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        // A folder stands under the name: the last step fails.
        let path = folder.path().join("taken");
        fs::create_dir_all(path.join("inside")).unwrap();
        assert_eq!(part().write(&path).unwrap_err().exit_code(), 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_cut_or_changed_anywhere_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("part");
        part().write(&path).unwrap();
        let bytes = fs::read(&path).unwrap();
        for length in 0..bytes.len() {
            assert!(PartFile::<Vec<f64>>::parse("cut", &bytes[..length]).is_err(), "{length}");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(PartFile::<Vec<f64>>::parse("changed", &changed).is_err(), "{at}");
        }
    }

    #[test]
    fn problems_say_what_the_file_is_instead() {
        let parse = |bytes: &[u8]| PartFile::<Vec<f64>>::parse("x.part", bytes).unwrap_err();
        assert!(parse(b"path,share\n").to_string().contains("no part of a run"));
        let older = parse(b"a part of a wattshift run\n0.0.1\nabc\n").to_string();
        assert!(older.contains("0.0.1") && older.contains(VERSION), "{older}");
        let absent = PartFile::<Vec<f64>>::read(Path::new("nowhere.part")).unwrap_err();
        assert_eq!(absent.exit_code(), 2);
    }
}
