//! A run folder that is complete or absent.
//!
//! In: files, one after the other. Out: a folder of them under its name, put there in one step.
//! Not here: what the files say. What was begun and not put is removed, whatever ended it but a
//! kill; a kill leaves a hidden `.wattshift-…` folder beside, never half a run under the name.

use crate::error::{Error, Place, Problem};
use crate::store::file::StagedFile;
use crate::store::manifest::{self, sha256_hex};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What stands under the name that a run is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occupant {
    /// Nothing, or an empty folder.
    Nobody,
    /// A folder with the very manifest of this run.
    SameRun,
    /// Another run.
    OtherRun,
}

/// Name of the file with the checksums of a run's manifest and tables, as `sha256sum --check` takes it.
pub const CHECKSUMS: &str = "tables.sha256";

/// The bytes of that file.
pub fn checksums(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let line = |(name, bytes): &(&str, Vec<u8>)| format!("{}  {name}\n", sha256_hex(bytes));
    files.iter().map(line).collect::<String>().into_bytes()
}

/// Reads the manifest or a table of the run in a folder; `None` where the folder has none.
///
/// # Errors
/// If the file is not the one that the run wrote, or the system refuses it.
pub fn read_file(folder: &Path, name: &str) -> Result<Option<Vec<u8>>, Error> {
    let read = |name: &str| {
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::system(format!("read {}", path.display()), error)),
        }
    };
    let Some(bytes) = read(name)? else { return Ok(None) };
    let sums = read(CHECKSUMS)?.unwrap_or_default();
    let sums = String::from_utf8_lossy(&sums);
    let told = sums.lines().find_map(|line| line.strip_suffix(name)?.strip_suffix("  "));
    let found = sha256_hex(&bytes);
    if told == Some(found.as_str()) {
        return Ok(Some(bytes));
    }
    let expected = told
        .map_or_else(|| format!("a line for it in {CHECKSUMS}"), |told| format!("SHA-256 {told}"));
    Err(Problem::new("the file is not the one that the run wrote")
        .at(Place::file(folder.join(name).display().to_string()))
        .found(format!("SHA-256 {found}"))
        .expected(expected)
        .help("it was changed after the run, or is of another one: make the run again with `wattshift run manifest.json`")
        .into())
}

/// The files of a run.
const RUN_FILES: [&str; 12] = [
    manifest::FILE_NAME,
    CHECKSUMS,
    "summary.csv",
    "spread.csv",
    "variations.csv",
    "bridge.csv",
    "claim.csv",
    "undisclosed.csv",
    "stress.csv",
    "panel.csv",
    "outcomes.parquet",
    "report.html",
];

/// Tells what stands at `target`, so that a refusal comes before the work.
///
/// # Errors
/// If it is no run folder, so that not even `--force` may replace it.
pub fn occupant(target: &Path, manifest_bytes: &[u8]) -> Result<Occupant, Error> {
    let Ok(kind) = fs::symlink_metadata(target) else {
        return Ok(Occupant::Nobody);
    };
    let is_empty = || fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
    if kind.is_dir() && is_empty() {
        return Ok(Occupant::Nobody);
    }
    let no_run = |found: String| -> Error {
        Problem::new("the output folder holds something that is no run")
            .at(Place::file(target.display().to_string()))
            .found(found)
            .help("name another folder with --out; --force replaces runs only")
            .into()
    };
    if !kind.is_dir() {
        return Err(no_run("not a folder".into()));
    }
    let Ok(bytes) = fs::read(target.join(manifest::FILE_NAME)) else {
        return Err(no_run(format!("no {}", manifest::FILE_NAME)));
    };
    if let Some(stranger) = stranger(target)? {
        return Err(no_run(stranger));
    }
    if bytes == manifest_bytes {
        return Ok(Occupant::SameRun);
    }
    if !manifest::is_one(&bytes) {
        return Err(no_run(format!("a {} of something else", manifest::FILE_NAME)));
    }
    Ok(Occupant::OtherRun)
}

/// The first entry of a folder that no run wrote: `--force` must not take it away.
fn stranger(folder: &Path) -> Result<Option<String>, Error> {
    let cannot = |error| Error::system(format!("read {}", folder.display()), error);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        names.push(entry.map_err(cannot)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    // What a kill left of a file that was being added is nobody's.
    let is_strange =
        |name: &String| !RUN_FILES.contains(&name.as_str()) && !name.starts_with(".wattshift-new-");
    Ok(names.into_iter().find(is_strange))
}

/// The refusal to overwrite another run.
pub fn refusal(target: &Path) -> Error {
    Problem::new("the output folder holds another run")
        .at(Place::file(target.display().to_string()))
        .help("name another folder with --out, or replace it with --force")
        .into()
}

/// Adds a file to a run folder that stands, whole or not at all; one of that name is replaced.
///
/// # Errors
/// If the system refuses it; then the folder is as it was.
pub fn add(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let file = StagedFile::begin(&folder.join(name), true)?;
    let written = file.writer()?.write_all(bytes);
    written
        .map_err(|error| Error::system(format!("write {}", folder.join(name).display()), error))?;
    file.put()
}

/// A folder being filled beside its place.
#[derive(Debug)]
pub struct StagedFolder {
    staging: Option<TempDir>,
    target: PathBuf,
    parents_made: Vec<PathBuf>,
}

impl StagedFolder {
    /// Begins a folder that is to stand at `target`.
    ///
    /// # Errors
    /// If the system refuses a folder beside `target`.
    pub fn begin(target: &Path) -> Result<Self, Error> {
        let parent = parent_of(target);
        let mut folder =
            Self { staging: None, target: target.to_path_buf(), parents_made: Vec::new() };
        let missing: Vec<&Path> =
            parent.ancestors().take_while(|folder| !folder.exists()).collect();
        for made in missing.into_iter().rev().filter(|path| !path.as_os_str().is_empty()) {
            fs::create_dir(made).or_else(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Ok(()),
                _ => Err(Error::system(format!("create the folder {}", made.display()), error)),
            })?;
            folder.parents_made.push(made.to_path_buf());
        }
        let staging = aside(&parent, ".wattshift-new-").map_err(|error| {
            Error::system(format!("create a folder in {}", parent.display()), error)
        })?;
        folder.staging = Some(staging);
        Ok(folder)
    }

    fn staging(&self) -> &Path {
        self.staging.as_ref().expect("taken only by `put`, which consumes the folder").path()
    }

    /// Creates a file of the folder.
    ///
    /// # Errors
    /// If the system refuses it.
    pub fn create(&self, name: &str) -> Result<File, Error> {
        File::create_new(self.staging().join(name))
            .map_err(|error| Error::system(self.action("create", name), error))
    }

    /// Writes a whole file of the folder.
    ///
    /// # Errors
    /// If the system refuses it, a full disk say.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let mut file = self.create(name)?;
        file.write_all(bytes).map_err(|error| Error::system(self.action("write", name), error))
    }

    fn action(&self, verb: &str, name: &str) -> String {
        format!("{verb} {}", self.target.join(name).display())
    }

    /// The first file that stands otherwise, or not at all, at the place; `None` if all are equal.
    ///
    /// # Errors
    /// If the system refuses to read a file of this folder.
    pub fn first_difference(&self) -> Result<Option<String>, Error> {
        for name in self.names()? {
            let new = fs::read(self.staging().join(&name))
                .map_err(|error| Error::system(self.action("read back", &name), error))?;
            if fs::read(self.target.join(&name)).ok() != Some(new) {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// Names of the files written so far, sorted.
    ///
    /// # Errors
    /// If the system refuses to list them.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        let list = || -> io::Result<Vec<String>> {
            let mut names = fs::read_dir(self.staging())?
                .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                .collect::<io::Result<Vec<String>>>()?;
            names.sort();
            Ok(names)
        };
        list().map_err(|error| Error::system("list the files of the run", error))
    }

    /// Puts the folder in its place: every file on disk first, then one rename. A run that stands
    /// there is moved aside before and removed after; if the rename fails it is put back.
    ///
    /// # Errors
    /// If the system refuses a step; then the place is as it was.
    pub fn put(mut self) -> Result<(), Error> {
        let action = format!("put the run at {}", self.target.display());
        self.sync().map_err(|error| Error::system(&action, error))?;
        let staging = self.staging.take().expect("`put` consumes the folder");
        let parent = parent_of(&self.target);
        let replaced = replace(staging, &self.target, &parent);
        let old = replaced.map_err(|error| Error::system(&action, error))?;
        self.parents_made.clear();
        // The run stands; that the old one lingers aside is no failure of it.
        drop(old);
        sync_folder(&parent).map_err(|error| Error::system(&action, error))
    }

    fn sync(&self) -> io::Result<()> {
        for entry in fs::read_dir(self.staging())? {
            File::open(entry?.path())?.sync_all()?;
        }
        sync_folder(self.staging())
    }
}

impl Drop for StagedFolder {
    fn drop(&mut self) {
        self.staging = None;
        for parent in self.parents_made.iter().rev() {
            // Fails, rightly, where somebody else put something there meanwhile.
            let _ = fs::remove_dir(parent);
        }
    }
}

/// Renames `staging` to `target`; what stood there comes back as a folder removed when dropped.
fn replace(staging: TempDir, target: &Path, parent: &Path) -> io::Result<Option<TempDir>> {
    let old = if fs::symlink_metadata(target).is_ok() {
        let old = aside(parent, ".wattshift-old-")?;
        fs::rename(target, old.path().join("run"))?;
        Some(old)
    } else {
        None
    };
    if let Err(error) = fs::rename(staging.path(), target) {
        if let Some(old) = &old {
            fs::rename(old.path().join("run"), target)?;
        }
        return Err(error);
    }
    // Nothing is left under the old name, so there is nothing for the guard to remove.
    let _ = staging.keep();
    Ok(old)
}

pub(super) fn parent_of(target: &Path) -> PathBuf {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

/// A new folder in `parent` with the permissions of any other, removed when dropped.
fn aside(parent: &Path, prefix: &str) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    #[cfg(unix)]
    builder.permissions(readable);
    builder.tempdir_in(parent)
}

/// Makes the names in a folder last; only Unix has a way.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests;
