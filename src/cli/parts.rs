//! Parts of a run: what is kept in a checkpoint, and the slices.
//!
//! In: a run, a file. Out: the part as the file left it, taken further, kept again; a refusal of a file
//! that would not outlive the run. Not here: joining slices.

use super::engine::{Part, Progress, Run};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};
use wattshift::error::{Error, Place, Problem};
use wattshift::store::manifest::{Manifest, run_named};
use wattshift::store::part::{self, PartFile, SliceNumber};

/// Time between two checkpoints over the time that one takes to write.
const PAUSE: u32 = 20;

/// Which part of which run.
#[derive(Debug, Clone)]
pub(crate) struct Whose<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) slice: SliceNumber,
}

/// The whole run.
pub(crate) const WHOLE: SliceNumber = SliceNumber { index: 1, count: 1 };

impl Whose<'_> {
    /// Keeps a part under a name.
    pub(crate) fn keep(&self, part: &Part, path: &Path) -> Result<(), Error> {
        let manifest = self.manifest.to_bytes();
        PartFile { manifest, slice: self.slice, told: part }.write(path)
    }
    /// The part that a file holds; none if there is no file.
    ///
    /// # Errors
    /// A file that is no part, or a part of another run.
    pub(crate) fn resume(&self, path: &Path) -> Result<Option<Part>, Error> {
        if !path.exists() {
            return Ok(None);
        }
        let file = PartFile::<Part>::read(path)?;
        let other = if file.manifest == self.manifest.to_bytes() {
            (file.slice != self.slice).then(|| format!("slice {}", file.slice))
        } else {
            Some(run_named(&file.manifest))
        };
        match other {
            None => Ok(Some(file.told)),
            Some(other) => Err(Problem::new("the file holds a part of another run")
                .at(Place::file(path.display().to_string()))
                .found(other)
                .expected(format!(
                    "slice {} of {}",
                    self.slice,
                    run_named(&self.manifest.to_bytes())
                ))
                .help("name another file, or remove this one to begin again")
                .into()),
        }
    }
    /// Takes a part to its end, keeping it now and again if there is a file to keep it in.
    pub(crate) fn advance(
        &self,
        run: &Run,
        part: &mut Part,
        checkpoint: Option<&Path>,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        let Some(path) = checkpoint else {
            return run.advance(part, progress, &mut |_| Ok(()));
        };
        let (mut kept, mut cost) = (Instant::now(), Duration::ZERO);
        let done = run.advance(part, progress, &mut |part| {
            if kept.elapsed() < PAUSE * cost {
                return Ok(());
            }
            let began = Instant::now();
            self.keep(part, path)?;
            (kept, cost) = (Instant::now(), began.elapsed());
            Ok(())
        });
        if matches!(done, Err(Error::Interrupted)) {
            self.keep(part, path)?;
        }
        done
    }
}

/// Refuses a checkpoint that cannot be kept, or that stands where `result`, a file or folder, is put.
pub(crate) fn check_checkpoint(checkpoint: &Path, result: &Path) -> Result<(), Error> {
    part::refuse_folder(checkpoint)?;
    let problem = |what: &str| {
        Problem::new(what)
            .at(Place::file(checkpoint.display().to_string()))
            .help("name another file with --checkpoint")
    };
    let folder = checkpoint.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(problem("the folder of the checkpoint does not exist")
            .found(folder.display().to_string())
            .expected("a folder that exists")
            .help("make it, or name another file with --checkpoint")
            .into());
    }
    let (own, place) = (resolved(checkpoint), resolved(result));
    if own.starts_with(&place) || place.starts_with(&own) {
        return Err(problem("the checkpoint stands where the result is put")
            .found(own.display().to_string())
            .expected(format!("a file other than {} and outside it", result.display()))
            .into());
    }
    Ok(())
}

/// A path without links and detours; what stands there need not exist.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let standing = path.ancestors().find_map(|own| Some((own, own.canonicalize().ok()?)));
    let Some((standing, mut resolved)) = standing else { return path };
    let rest = path.strip_prefix(standing).expect("an ancestor leads the path");
    for component in rest.components() {
        match component {
            // What does not exist is no link: the way back from it is the way to it.
            Component::ParentDir => drop(resolved.pop()),
            component => resolved.push(component),
        }
    }
    resolved
}

/// Removes a checkpoint whose result stands.
pub(crate) fn discard(checkpoint: Option<&PathBuf>) -> Result<(), Error> {
    let Some(path) = checkpoint.filter(|path| path.exists()) else { return Ok(()) };
    std::fs::remove_file(path)
        .map_err(|error| Error::system(format!("remove {}", path.display()), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_known_by_whatever_way_it_is_named() {
        let room = tempfile::tempdir().unwrap();
        let room = room.path().canonicalize().unwrap();
        std::fs::create_dir(room.join("real")).unwrap();
        let expected = room.join("real/a/b");
        for way in ["real/a/b", "real/./a//b", "real/../real/a/b", "real/a/c/../b", "a/../real/a/b"]
        {
            assert_eq!(resolved(&room.join(way)), expected, "{way}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(room.join("real"), room.join("link")).unwrap();
            assert_eq!(resolved(&room.join("link/a/b")), expected);
        }
    }
}
