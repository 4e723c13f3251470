//! A part of a run on disk: a slice that is done, or a checkpoint of what is under way.
//!
//! In: the manifest of the run, and what its paths have told so far. Out: one file, whole or absent,
//! whatever kills the program, or its bytes; and back. Not here: what the paths have told.
//!
//! The file is two lines of text (what it is; its layout and the version), then everything else in the
//! form of the `postcard` crate, then a checksum of all that. It is written and read as a stream: what
//! paths have told fills most of the memory, which has no room for a copy. It is for the version that
//! wrote it: another may give other numbers.

use super::folder::{parent_of, sync_folder};
use super::manifest::{VERSION, hex};
use crate::error::{Error, Place, Problem};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

const FIRST_LINE: &str = "a part of a wattshift run\n";
/// Raised whenever what follows the first line takes another form.
const LAYOUT: u32 = 1;
/// Most slices of a run.
pub const SLICES_MAX: u64 = 10_000;
/// A SHA-256 in hex, the last of a file.
const CHECKSUM_BYTES: u64 = 64;

fn second_line() -> String {
    format!("layout {LAYOUT} of version {VERSION}\n")
}

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
    /// Writes the file in one step: under its name stands the old one or the new one, whole. Its folder
    /// exists.
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
    /// The bytes of the file, for whoever sends them.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.write_to(Vec::new()).expect("memory takes whatever is written")
    }
    fn write_by_way_of(&self, beside: &Path, path: &Path) -> io::Result<()> {
        let file = self.write_to(File::create(beside)?)?;
        file.sync_all()?;
        fs::rename(beside, path)?;
        sync_folder(&parent_of(path))
    }
    fn write_to<W: Write>(&self, sink: W) -> io::Result<W> {
        let mut file = Hashed::new(sink);
        let mut buffer = BufWriter::new(&mut file);
        buffer.write_all(FIRST_LINE.as_bytes())?;
        buffer.write_all(second_line().as_bytes())?;
        let written = postcard::to_io(self, &mut buffer).map(|_| ());
        drop(buffer);
        // The crate does not pass on what the system said.
        written.map_err(|error| file.refused.take().unwrap_or(io::Error::other(error)))?;
        let checksum = file.checksum();
        file.inner.write_all(checksum.as_bytes())?;
        Ok(file.inner)
    }
}

impl<T: DeserializeOwned> PartFile<T> {
    /// Reads a file back.
    ///
    /// # Errors
    /// If there is no such file, it is no part of a run, another build wrote it, or it is damaged.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let (file, length) = open(path)?;
        Self::read_from(&path.display().to_string(), file, length)
    }

    /// As `read`, from the bytes of a file; `name` is what problems call them.
    ///
    /// # Errors
    /// As `read`, but for the file.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        Self::read_from(name, bytes, bytes.len() as u64)
    }
    /// As `read`, from `length` bytes; `name` is that of the file in problems.
    fn read_from(name: &str, bytes: impl Read, length: u64) -> Result<Self, Error> {
        let cannot = |error| Error::system(format!("read {name}"), error);
        let mut file = Hashed::new(bytes);
        let body = file.by_ref().take(length.saturating_sub(CHECKSUM_BYTES));
        let mut body = BufReader::new(body);
        check_lines(name, &mut body)?;
        let part = decode(&mut body);
        let left_over = io::copy(&mut body, &mut io::sink()).map_err(cannot)?;
        let computed = file.checksum();
        let mut checksum = String::new();
        let whole = file.inner.read_to_string(&mut checksum).is_ok() && checksum == computed;
        let problem = |what: &str| Problem::new(what).at(Place::file(name));
        let again = "remove it and make the slice, or the run, again";
        if !whole {
            return Err(problem("this part of a run is damaged")
                .found(format!("checksum {checksum}"))
                .expected(format!("checksum {computed}"))
                .help(again)
                .into());
        }
        part.filter(|_| left_over == 0).ok_or_else(|| {
            problem("another build of this version wrote this part of a run")
                .found("a whole file with other contents")
                .expected("what this build keeps of a part")
                .help(format!("go on with the build that wrote it, or {again}"))
                .into()
        })
    }
}

impl PartFile<()> {
    /// Reads which part of which run a file is, from its beginning alone: whether the file is whole only
    /// `read` finds out.
    ///
    /// # Errors
    /// As `read`.
    pub fn read_beginning(path: &Path) -> Result<Self, Error> {
        let (file, _) = open(path)?;
        let mut bytes = BufReader::new(file);
        check_lines(&path.display().to_string(), &mut bytes)?;
        // What cannot be understood is damaged or of another build: that takes all of the file to tell.
        decode(&mut bytes).map_or_else(|| Self::read(path), Ok)
    }
}

/// Refuses a folder where the file of a part is to be.
///
/// # Errors
/// If there is one.
pub fn refuse_folder(path: &Path) -> Result<(), Error> {
    if !path.is_dir() {
        return Ok(());
    }
    Err(Problem::new("a part of a run is kept in a file")
        .at(Place::file(path.display().to_string()))
        .found("a folder")
        .expected("a file, or a name that nothing has")
        .help("name a file in it")
        .into())
}

/// A file that exists, and its length.
fn open(path: &Path) -> Result<(File, u64), Error> {
    refuse_folder(path)?;
    let name = path.display().to_string();
    let cannot = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => Problem::new("there is no such file")
            .at(Place::file(&name))
            .found("nothing of that name")
            .expected("a file that `wattshift run` wrote with --slice or --checkpoint")
            .help("look at its name and folder, or make it first")
            .into(),
        _ => Error::system(format!("read {name}"), source),
    };
    let file = File::open(path).map_err(cannot)?;
    let length = file.metadata().map_err(cannot)?.len();
    Ok((file, length))
}

/// Refuses what does not begin as a part of a run of this version.
fn check_lines(name: &str, bytes: &mut impl BufRead) -> Result<(), Error> {
    let cannot = |error| Error::system(format!("read {name}"), error);
    let problem = |what: &str| Problem::new(what).at(Place::file(name));
    // Of a file that is something else no more is read than a line could have.
    let mut line = |most: usize| {
        let mut line = Vec::new();
        bytes.take(most as u64).read_until(b'\n', &mut line).map_err(cannot)?;
        Ok::<_, Error>(String::from_utf8_lossy(&line).into_owned())
    };
    if line(FIRST_LINE.len())? != FIRST_LINE {
        return Err(problem("this is no part of a run")
            .found("other contents")
            .expected("a file that `wattshift run` wrote with --slice or --checkpoint")
            .help("look at its name")
            .into());
    }
    let second = line(100)?;
    if second != second_line() {
        return Err(problem("another version wrote this part of a run")
            .found(second.trim_end())
            .expected(second_line().trim_end())
            .help("go on with the version that wrote it, or remove it and begin again")
            .into());
    }
    Ok(())
}

/// What postcard makes of the bytes that come; none if they are something else.
fn decode<T: DeserializeOwned>(bytes: &mut impl Read) -> Option<T> {
    // Room for one number; a part holds no text.
    let mut number = [0; 16];
    postcard::from_io((bytes, &mut number)).ok().map(|(value, _)| value)
}

/// A file that hashes whatever passes.
struct Hashed<F> {
    inner: F,
    hasher: Sha256,
    /// What the system said when it refused to write.
    refused: Option<io::Error>,
}

impl<F> Hashed<F> {
    fn new(inner: F) -> Self {
        Self { inner, hasher: Sha256::new(), refused: None }
    }
    /// The checksum of what has passed.
    fn checksum(&mut self) -> String {
        hex(&self.hasher.finalize_reset())
    }
}

impl<F: Read> Read for Hashed<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

impl<F: Write> Write for Hashed<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.inner.write(bytes) {
            Ok(count) => {
                self.hasher.update(&bytes[..count]);
                Ok(count)
            }
            Err(error) => {
                let kind = error.kind();
                self.refused = Some(error);
                Err(kind.into())
            }
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
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

    fn parse(bytes: &[u8]) -> Result<PartFile<Vec<f64>>, Error> {
        PartFile::parse("x.part", bytes)
    }

    #[test]
    fn what_is_written_is_read_back_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file_name(part().slice));
        part().write(&path).unwrap();
        // Over an older file as well, and nothing is left beside it.
        part().write(&path).unwrap();
        let read = PartFile::<Vec<f64>>::read(&path).unwrap();
        assert_eq!(read, part());
        assert!(read.told[2].is_sign_negative());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        // A part that is borrowed leaves the same file, and its beginning tells whose it is.
        let bytes = fs::read(&path).unwrap();
        assert_eq!(part().to_bytes(), bytes);
        let PartFile { manifest, slice, told } = part();
        PartFile { manifest: manifest.clone(), slice, told: &told }.write(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes);
        let beginning = PartFile::read_beginning(&path).unwrap();
        assert_eq!(beginning, PartFile { manifest, slice, told: () });
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
            assert!(parse(&bytes[..length]).is_err(), "{length}");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(parse(&changed).is_err(), "{at}");
        }
        let end = [&bytes[..], b"more"].concat();
        assert!(parse(&end).is_err());
    }

    #[test]
    fn problems_say_what_the_file_is_instead() {
        let told = |bytes: &[u8]| parse(bytes).unwrap_err().to_string();
        assert!(told(&b"path,share\n".repeat(20)).contains("no part of a run"));
        let older = format!("{FIRST_LINE}layout 0 of version 0.0.1\n{:100}", "");
        let older = told(older.as_bytes());
        assert!(older.contains("layout 0 of version 0.0.1") && older.contains(VERSION), "{older}");
        let absent = PartFile::<Vec<f64>>::read(Path::new("nowhere.part")).unwrap_err();
        assert_eq!(absent.exit_code(), 2);
    }

    #[test]
    fn a_whole_file_of_another_build_is_not_called_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("part");
        let PartFile { manifest, slice, .. } = part();
        // Too little, and too much, for a part that holds numbers.
        PartFile { manifest: manifest.clone(), slice, told: () }.write(&path).unwrap();
        let told = PartFile::<Vec<f64>>::read(&path).unwrap_err().to_string();
        assert!(told.contains("another build") && !told.contains("damaged"), "{told}");
        PartFile { manifest, slice, told: (part().told, 1.0) }.write(&path).unwrap();
        let told = PartFile::<Vec<f64>>::read(&path).unwrap_err().to_string();
        assert!(told.contains("another build") && !told.contains("damaged"), "{told}");
    }

    #[test]
    fn what_the_system_said_is_passed_on() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::Error::new(io::ErrorKind::StorageFull, "no room"))
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut full = Hashed::new(Full);
        assert!(postcard::to_io(&part(), &mut full).is_err());
        assert_eq!(full.refused.unwrap().to_string(), "no room");
    }
}
