//! The slices of a run, made anywhere, joined to the whole run.
//!
//! In: parts of a run in files, or in bytes as they come from wherever they were made. Out: the one part
//! that is the whole run; a refusal, by name, of what is no whole run. Not here: the form of a file
//! ([`crate::store::part`]), what a slice has told ([`super::run`]).

use super::run::Part;
use crate::error::{Error, Place, Problem};
use crate::store::manifest::{Manifest, run_named};
use crate::store::part::{PartFile, SliceNumber};
use crate::store::slices as store;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Missing slices that are told by their numbers.
const MISSING_SHOWN: usize = 8;

/// Which slice of which run a part says that it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// What problems call it: its file, or where it was made.
    pub name: String,
    /// The bytes of the manifest of its run.
    pub manifest: Vec<u8>,
    /// Its number.
    pub number: SliceNumber,
}

/// The slices of one run, joined as they come: in any order, each once.
#[derive(Debug)]
pub struct Slices {
    /// The run and the cut that all are held to.
    first: Slice,
    /// Names of those that were announced, by their index.
    names: BTreeMap<u64, String>,
    /// The slices before the next one, joined.
    joined: Option<Part>,
    /// Index of the next to be joined.
    next: u64,
    /// Those that came before their turn.
    waiting: BTreeMap<u64, Part>,
}

impl Slices {
    /// Slices that are to be of the run and of the cut of `first`, which is not yet one of them.
    pub fn like(first: Slice) -> Self {
        let (names, waiting) = (BTreeMap::new(), BTreeMap::new());
        Self { first, names, joined: None, next: 1, waiting }
    }
    /// Takes note of a slice that is there.
    ///
    /// # Errors
    /// A slice of another run or of another cut, or one that is there already.
    pub fn announce(&mut self, slice: &Slice) -> Result<(), Error> {
        let first = &self.first;
        let problem = |what: &str| Problem::new(what).at(Place::file(&slice.name));
        if slice.manifest != first.manifest {
            return Err(problem("the slices are of different runs")
                .found(run_named(&slice.manifest))
                .expected(format!("{}, as in {}", run_named(&first.manifest), first.name))
                .help("merge slices of one study, with the same paths and seed")
                .into());
        }
        if slice.number.count != first.number.count {
            return Err(problem("the run was cut in different ways")
                .found(format!("slice {}", slice.number))
                .expected(format!("a slice of {}, as in {}", first.number.count, first.name))
                .help("merge slices of one cut: make those that are missing from it")
                .into());
        }
        if let Some(other) = self.names.get(&slice.number.index) {
            return Err(problem("a slice is named twice")
                .found(format!("slice {}, as in {other}", slice.number))
                .expected("each slice once")
                .help("name one of the two")
                .into());
        }
        self.names.insert(slice.number.index, slice.name.clone());
        Ok(())
    }
    /// Refuses a run that is not whole.
    ///
    /// # Errors
    /// Slices that were not announced.
    pub fn refuse_missing(&self) -> Result<(), Error> {
        let count = self.first.number.count;
        // The count is the word of whoever made it: no more is looked for than is told.
        let absent = (1..=count).filter(|index| !self.names.contains_key(index));
        let missing: Vec<u64> = absent.take(MISSING_SHOWN).collect();
        let Some(next) = missing.first() else { return Ok(()) };
        let shown: Vec<String> = missing.iter().map(u64::to_string).collect();
        let more = match count.saturating_sub((self.names.len() + missing.len()) as u64) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Err(Problem::new("slices are missing")
            .found(format!("{} of {count}", self.names.len()))
            .expected(format!("also {}{more}", shown.join(", ")))
            .help(format!("make them with `wattshift run --slice {next}/{count}`"))
            .into())
    }
    /// Joins what the paths of an announced slice have told.
    ///
    /// # Errors
    /// A slice that is not done.
    pub fn join(&mut self, slice: &Slice, told: Part) -> Result<(), Error> {
        if !told.is_done() {
            return Err(unfinished(&slice.name, slice.number).into());
        }
        self.waiting.insert(slice.number.index, told);
        while let Some(following) = self.waiting.remove(&self.next) {
            match &mut self.joined {
                Some(joined) => joined.join(following),
                None => self.joined = Some(following),
            }
            self.next += 1;
        }
        Ok(())
    }
    /// The whole run.
    ///
    /// # Errors
    /// Slices that are missing.
    ///
    /// # Panics
    /// If a slice was announced and not joined.
    pub fn whole(self) -> Result<Part, Error> {
        self.refuse_missing()?;
        assert_eq!(self.next, self.first.number.count + 1, "what is announced is joined");
        Ok(self.joined.expect("a run has a slice at least"))
    }
}

/// The refusal of a checkpoint in the place of a slice; `name` is what problems call it.
pub fn unfinished(name: &str, slice: SliceNumber) -> Problem {
    Problem::new("the slice is not done")
        .at(Place::file(name))
        .found(format!("a checkpoint of slice {slice}"))
        .expected("all of its paths simulated")
        .help(format!(
            "take it to its end: `wattshift run --slice {slice} --checkpoint` with this file, and \
             another --out"
        ))
}

/// The files of all slices of a run.
#[derive(Debug)]
pub struct SliceFiles {
    /// In the order of the slices.
    files: Vec<(PathBuf, Slice)>,
    slices: Slices,
    manifest: Manifest,
}

impl SliceFiles {
    /// Looks at files, and at those that end in `.part` in folders, by their beginnings alone.
    ///
    /// # Errors
    /// What is no slice, or damaged as far as it is looked at; slices that are not one run, each once.
    pub fn open(named: &[PathBuf]) -> Result<Self, Error> {
        let mut files = Vec::new();
        for path in store::files(named)? {
            // What the paths have told is large: it is read when its turn comes.
            let PartFile { manifest, slice, told: () } = PartFile::read_beginning(&path)?;
            let name = path.display().to_string();
            files.push((path, Slice { name, manifest, number: slice }));
        }
        files.sort_by_key(|(_, slice)| slice.number);
        let Some((first_path, first)) = files.first() else {
            return Err(Problem::new("no slice is named")
                .found("nothing")
                .expected("the files of all slices of a run, or folders of them")
                .into());
        };
        let mut slices = Slices::like(first.clone());
        for (path, slice) in &files {
            if let Err(refused) = slices.announce(slice) {
                // A damaged file is told as one.
                PartFile::<Part>::read(first_path)?;
                PartFile::<Part>::read(path)?;
                return Err(refused);
            }
        }
        slices.refuse_missing()?;
        let manifest = Manifest::parse(&first.name, &first.manifest)?;
        Ok(Self { files, slices, manifest })
    }
    /// The manifest of the run.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }
    /// Bytes that all files take; one that cannot be looked at is refused when it is read.
    pub fn bytes(&self) -> u64 {
        store::bytes(self.files.iter().map(|(path, _)| path.as_path()))
    }
    /// The whole run, one file after the other.
    ///
    /// # Errors
    /// A file that is damaged, or whose slice is not done.
    pub fn join(self) -> Result<Part, Error> {
        let mut slices = self.slices;
        for (path, slice) in &self.files {
            slices.join(slice, PartFile::<Part>::read(path)?.told)?;
        }
        slices.whole()
    }
}
