//! Parts of a run: what is kept in a checkpoint, and the slices.
//!
//! In: a run, a file. Out: the part as the file left it, taken further, kept again. Not here: joining
//! slices.

use super::engine::{Part, Progress, Run};
use super::run::manifest_name;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use wattshift::error::{Error, Place, Problem};
use wattshift::store::manifest::Manifest;
use wattshift::store::part::{PartFile, SliceNumber};

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
    fn file(&self, part: &Part) -> PartFile<Part> {
        PartFile { manifest: self.manifest.to_bytes(), slice: self.slice, told: part.clone() }
    }
    /// Keeps a part under a name.
    pub(crate) fn keep(&self, part: &Part, path: &Path) -> Result<(), Error> {
        self.file(part).write(path)
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
            Some(manifest_name(&file.manifest))
        };
        match other {
            None => Ok(Some(file.told)),
            Some(other) => Err(Problem::new("the file holds a part of another run")
                .at(Place::file(path.display().to_string()))
                .found(other)
                .expected(format!(
                    "slice {} of {}",
                    self.slice,
                    manifest_name(&self.manifest.to_bytes())
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
            super::tell(&format!("what is done is kept in {}: run the same again", path.display()));
        }
        done
    }
}

/// Removes a checkpoint whose result stands.
pub(crate) fn discard(checkpoint: Option<&PathBuf>) -> Result<(), Error> {
    let Some(path) = checkpoint.filter(|path| path.exists()) else { return Ok(()) };
    std::fs::remove_file(path)
        .map_err(|error| Error::system(format!("remove {}", path.display()), error))
}
