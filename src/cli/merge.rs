//! `wattshift merge`: the slices of a run → its result, as of the run in one go.

use super::args::MergeArguments;
use super::engine::{self, Part, Run};
use super::progress::{self, Unshown, Watch};
use super::run::{Kept, manifest_name};
use super::{footprint, parts, report};
use std::path::PathBuf;
use wattshift::error::{Error, Place, Problem};
use wattshift::store::manifest::Manifest;
use wattshift::store::part::{PartFile, SliceNumber};

/// Missing slices that are told by their numbers.
const MISSING_SHOWN: usize = 8;

/// Reads, refuses what is no whole run, joins, keeps, prints.
pub(crate) fn merge(asked: &MergeArguments) -> Result<(), Error> {
    let mut slices = Vec::new();
    for path in files(&asked.slices)? {
        // What the paths have told is large: it is read when its turn comes.
        let PartFile { manifest, slice, told: () } = PartFile::read_beginning(&path)?;
        slices.push(Slice { path, manifest, slice });
    }
    slices.sort_by_key(|slice| slice.slice);
    check(&slices)?;
    let name = slices[0].path.display().to_string();
    let manifest = Manifest::parse(&name, &slices[0].manifest)?;
    let study = engine::study_of(&manifest, engine::Overrides::default())?;
    let kept = Kept {
        out: asked.out.as_deref(),
        force: asked.force,
        quiet: asked.quiet,
        format: asked.format,
    };
    let place = kept.place(&manifest)?;
    let results = engine::on_threads(asked.threads, || {
        let run = Run::new(&study, &Unshown)?;
        let paths = run.paths_of_variations();
        footprint::weigh(
            paths,
            run.memory_bytes_of_joining(bytes_of(&slices)),
            &[(place.target(), footprint::RESULT_BYTES)],
            || run.seconds_of_variations(&Unshown),
            asked.quiet,
        )?;
        let watch = Watch::begin(paths, asked.quiet);
        let results = run.finish(join(&slices)?, &watch)?;
        watch.end();
        Ok(results)
    })?;
    if progress::interrupted() {
        return Err(Error::Interrupted);
    }
    let folder = place.stage()?;
    let target = place.target().to_path_buf();
    place.keep(folder, &results, &manifest)?;
    match asked.report {
        true => engine::on_threads(asked.threads, || {
            report::keep(&target, &study, &results, &manifest, asked.quiet)
        }),
        false => Ok(()),
    }
}

/// A file to be joined.
struct Slice {
    path: PathBuf,
    manifest: Vec<u8>,
    slice: SliceNumber,
}

/// What the files of all slices take; one that cannot be looked at is refused when it is read.
fn bytes_of(slices: &[Slice]) -> u64 {
    slices.iter().map(|slice| std::fs::metadata(&slice.path).map_or(0, |file| file.len())).sum()
}

/// The whole run, of its slices in order.
fn join(slices: &[Slice]) -> Result<Part, Error> {
    let mut whole: Option<Part> = None;
    for slice in slices {
        let part = PartFile::<Part>::read(&slice.path)?.told;
        if !part.is_done() {
            return Err(parts::unfinished(&slice.path, slice.slice).into());
        }
        match &mut whole {
            Some(whole) => whole.join(part),
            None => whole = Some(part),
        }
    }
    Ok(whole.expect("there is a slice at least: the arguments ask for one"))
}

/// The files named, and those in the folders named, in their order.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let cannot = |error| Error::system(format!("read {}", path.display()), error);
        let mut own = Vec::new();
        for entry in std::fs::read_dir(path).map_err(cannot)? {
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

/// Refuses slices, sorted by number, that are not one run, each slice once.
fn check(slices: &[Slice]) -> Result<(), Error> {
    let first = &slices[0];
    let shown = |slice: &Slice| Place::file(slice.path.display().to_string());
    for other in &slices[1..] {
        if other.manifest != first.manifest {
            // A damaged file is told as one.
            for slice in [first, other] {
                PartFile::<Part>::read(&slice.path)?;
            }
            return Err(Problem::new("the slices are of different runs")
                .at(shown(other))
                .found(manifest_name(&other.manifest))
                .expected(format!(
                    "{}, as in {}",
                    manifest_name(&first.manifest),
                    first.path.display()
                ))
                .help("merge slices of one study, with the same paths and seed")
                .into());
        }
        if other.slice.count != first.slice.count {
            return Err(Problem::new("the run was cut in different ways")
                .at(shown(other))
                .found(format!("slice {}", other.slice))
                .expected(format!(
                    "a slice of {}, as in {}",
                    first.slice.count,
                    first.path.display()
                ))
                .help("merge slices of one cut: make those that are missing from it")
                .into());
        }
    }
    if let Some(pair) = slices.windows(2).find(|pair| pair[0].slice == pair[1].slice) {
        return Err(Problem::new("a slice is named twice")
            .at(shown(&pair[1]))
            .found(format!("slice {}, as in {}", pair[1].slice, pair[0].path.display()))
            .expected("each slice once")
            .help("name one of the two files")
            .into());
    }
    let absent = |index: &u64| slices.binary_search_by_key(index, |s| s.slice.index).is_err();
    // The count is the file's word: no more is looked for than is told.
    let missing: Vec<u64> = (1..=first.slice.count).filter(absent).take(MISSING_SHOWN).collect();
    if let Some(next) = missing.first() {
        let shown: Vec<String> = missing.iter().map(u64::to_string).collect();
        let more = match first.slice.count.saturating_sub((slices.len() + missing.len()) as u64) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        return Err(Problem::new("slices are missing")
            .found(format!("{} of {}", slices.len(), first.slice.count))
            .expected(format!("also {}{more}", shown.join(", ")))
            .help(format!("make them with `wattshift run --slice {next}/{}`", first.slice.count))
            .into());
    }
    Ok(())
}
