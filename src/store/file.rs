//! A file that is complete or absent.
//!
//! In: bytes, as they come. Out: a file under its name, put there in one step. Not here: what the bytes
//! say. What was begun and not put is removed, whatever ended it but a kill; a kill leaves a hidden
//! `.wattshift-…` file beside, never half a file under the name.

use super::folder::{parent_of, sync_folder};
use crate::error::{Error, Place, Problem};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A file being filled beside its place.
#[derive(Debug)]
pub struct StagedFile {
    staging: NamedTempFile,
    target: PathBuf,
}

impl StagedFile {
    /// Begins a file that is to stand at `target`, in place of one that stands there only if `force`.
    ///
    /// # Errors
    /// If something stands at `target` that may not be replaced; if the system refuses a file beside it.
    pub fn begin(target: &Path, force: bool) -> Result<Self, Error> {
        let at = || Place::file(target.display().to_string());
        if target.is_dir() {
            return Err(Problem::new("a folder stands under the name of the file")
                .at(at())
                .help("name a file with --out")
                .into());
        }
        if target.exists() && !force {
            return Err(Problem::new("the file exists already")
                .at(at())
                .help("name another file with --out, or replace it with --force")
                .into());
        }
        let parent = parent_of(target);
        let mut builder = tempfile::Builder::new();
        builder.prefix(".wattshift-new-");
        #[cfg(unix)]
        let readable = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        #[cfg(unix)]
        builder.permissions(readable);
        let staging = builder.tempfile_in(&parent).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Problem::new("there is no such folder")
                .at(Place::file(parent.display().to_string()))
                .help("make it first, or name another file with --out")
                .into(),
            _ => Error::system(format!("create a file in {}", parent.display()), error),
        })?;
        Ok(Self { staging, target: target.to_path_buf() })
    }

    /// Where the bytes go.
    ///
    /// # Errors
    /// If the system refuses a second handle.
    pub fn writer(&self) -> Result<File, Error> {
        let file = self.staging.as_file().try_clone();
        file.map_err(|error| Error::system(self.action(), error))
    }

    /// Puts the file in its place, on disk first.
    ///
    /// # Errors
    /// If the system refuses a step; then the place is as it was.
    pub fn put(self) -> Result<(), Error> {
        let action = self.action();
        let Self { staging, target } = self;
        let put = || -> io::Result<()> {
            staging.as_file().sync_all()?;
            staging.persist(&target).map_err(|refused| refused.error)?;
            sync_folder(&parent_of(&target))
        };
        put().map_err(|error| Error::system(action, error))
    }

    fn action(&self) -> String {
        format!("write {}", self.target.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;

    #[test]
    fn a_file_stands_when_it_is_put_and_leaves_nothing_when_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        let fill = |force, text: &str| {
            let staged = StagedFile::begin(&path, force)?;
            staged.writer()?.write_all(text.as_bytes()).unwrap();
            Ok::<_, Error>(staged)
        };
        drop(fill(false, "half").unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fill(false, "one").unwrap().put().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        let told = fill(false, "two").unwrap_err();
        assert_eq!(told.exit_code(), 2);
        assert!(told.to_string().contains("--force"), "{told}");
        fill(true, "two").unwrap().put().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_in_its_place_and_a_folder_that_is_not_there_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let told = StagedFile::begin(folder.path(), true).unwrap_err().to_string();
        assert!(told.contains("a folder stands"), "{told}");
        let told = StagedFile::begin(&folder.path().join("no/m.csv"), false).unwrap_err();
        assert_eq!(told.exit_code(), 2);
        assert!(told.to_string().contains("there is no such folder"), "{told}");
    }
}
