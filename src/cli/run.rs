//! `wattshift run`: a study → a result on stdout and a run folder; or a slice of it, for `merge`.

use super::args::{Format, RunOptions};
use super::engine::{self, Order, Part, Run, Vary};
use super::footprint::{self, Cures};
use super::parts::{self, WHOLE, Whose};
use super::progress::{self, Unshown, Watch};
use super::{output, report};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use wattshift::error::{Error, Place, Problem};
use wattshift::report::csv;
use wattshift::report::outcomes::OutcomesParquet;
use wattshift::report::results::Results;
use wattshift::report::{json, tables, text};
use wattshift::store::folder::{self, Occupant, StagedFolder};
use wattshift::store::manifest::{self, Manifest};
use wattshift::store::part::{self, SliceNumber};

const OUTCOMES: &str = "outcomes.parquet";

/// Loads, refuses what cannot be kept, simulates, keeps, prints.
pub(crate) fn run(path: Option<&Path>, options: &RunOptions) -> Result<(), Error> {
    let overrides = engine::Overrides { paths: options.paths, seed: options.seed };
    let (study, earlier) = super::open(path, overrides)?;
    let outcomes = options.outcomes || earlier.is_some_and(|manifest| manifest.outcomes);
    if outcomes && (options.slice.is_some() || options.checkpoint.is_some()) {
        return Err(Problem::new("a run that keeps its outcomes is made in one go")
            .found("the manifest of a run with --outcomes")
            .help("leave --slice and --checkpoint out")
            .into());
    }
    let manifest = engine::manifest_of(&study, outcomes);
    let done = match options.slice {
        Some(slice) => run_slice(&study, &manifest, slice, options),
        None => run_whole(&study, &manifest, options),
    };
    if let (Err(Error::Interrupted), Some(path)) = (&done, &options.checkpoint)
        && path.exists()
    {
        super::tell(&format!("what is done is kept in {}: run the same again", path.display()));
    }
    done
}

fn run_whole(
    study: &engine::Study,
    manifest: &Manifest,
    options: &RunOptions,
) -> Result<(), Error> {
    let kept = Kept {
        out: options.out.as_deref(),
        force: options.force,
        quiet: options.quiet,
        format: options.format,
    };
    if let Some(checkpoint) = &options.checkpoint {
        parts::check_checkpoint(checkpoint, &kept.target(manifest))?;
    }
    let place = kept.place(manifest)?;
    let target = place.target().to_path_buf();
    // Outcomes are written as they come; without them nothing is, that a kill would leave behind.
    let early = if manifest.outcomes { Some(place.stage()?) } else { None };
    let whose = Whose { manifest, slice: WHOLE };
    let results = engine::on_threads(options.threads, || {
        let run = Run::new(study, &Unshown)?;
        let order = if manifest.outcomes { Order::ByPath } else { Order::ByReplication };
        let mut part = begin(&run, &whose, options, &place.target, || run.whole(order))?;
        let paths = run.paths_left(&part) + run.paths_of_variations();
        let watch = Watch::begin(paths, options.quiet);
        if let Some(folder) = &early {
            write_outcomes(&run, &mut part, &watch, folder, manifest)?;
        } else {
            whose.advance(&run, &mut part, options.checkpoint.as_deref(), &watch)?;
            // The variations, too, may be interrupted.
            options.checkpoint.iter().try_for_each(|path| whose.keep(&part, path))?;
        }
        let results = run.finish(part, Vary::EachLever, &watch)?;
        watch.end();
        Ok(results)
    })?;
    if progress::interrupted() {
        return Err(Error::Interrupted);
    }
    let folder = match early {
        Some(folder) => folder,
        None => place.stage()?,
    };
    place.keep(folder, &results, manifest)?;
    if options.report {
        engine::on_threads(options.threads, || {
            report::keep(&target, study, &results, manifest, options.quiet)
        })?;
    }
    parts::discard(options.checkpoint.as_ref())
}

/// Makes a slice and keeps it in a file of its own.
fn run_slice(
    study: &engine::Study,
    manifest: &Manifest,
    slice: SliceNumber,
    options: &RunOptions,
) -> Result<(), Error> {
    let default = || part::default_folder(&folder_of(manifest));
    let path = options.out.clone().unwrap_or_else(default).join(part::file_name(slice));
    let whose = Whose { manifest, slice };
    part::refuse_folder(&path)?;
    if let Some(checkpoint) = &options.checkpoint {
        parts::check_checkpoint(checkpoint, &path)?;
    }
    if !options.force
        && let Some(part) = whose.resume(&path)?
    {
        if !part.is_done() {
            return Err(engine::unfinished(&path.display().to_string(), slice).into());
        }
        if !options.quiet {
            super::tell(&format!("{} already holds this slice", path.display()));
        }
        return Ok(());
    }
    progress::listen()?;
    // Where the system lets no file be made, it says so before the work.
    drop(StagedFolder::begin(&path)?);
    engine::on_threads(options.threads, || {
        let run = Run::new(study, &Unshown)?;
        let slice = || run.slice(slice.index - 1, slice.count);
        let mut part = begin(&run, &whose, options, &path, slice)?;
        let watch = Watch::begin(run.paths_left(&part), options.quiet);
        whose.advance(&run, &mut part, options.checkpoint.as_deref(), &watch)?;
        // Folders that it makes go again if the file cannot be put there.
        let folder = StagedFolder::begin(&path)?;
        whose.keep(&part, &path)?;
        drop(folder);
        watch.end();
        Ok(())
    })?;
    if !options.quiet {
        super::tell(&format!("written to {}", path.display()));
    }
    parts::discard(options.checkpoint.as_ref())
}

/// What helps a run that has no room.
const CURES: Cures = Cures {
    memory: "ask for fewer paths or shares, or take a machine with more memory",
    disk: "ask for fewer paths, leave --outcomes out, or name another disk with --out or --checkpoint",
};

/// The part that a checkpoint holds, or a new one; what a big run takes is told, or refused.
fn begin(
    run: &Run,
    whose: &Whose<'_>,
    options: &RunOptions,
    target: &Path,
    new: impl FnOnce() -> Part,
) -> Result<Part, Error> {
    let kept = match &options.checkpoint {
        Some(checkpoint) => whose.resume(checkpoint)?,
        None => None,
    };
    let part = kept.unwrap_or_else(new);
    let needed = run.footprint(&part);
    let mut files = vec![(target, footprint::RESULT_BYTES)];
    files[0].1 += match (options.slice, whose.manifest.outcomes) {
        (Some(_), _) => needed.part_bytes,
        (None, true) => needed.outcomes_bytes,
        (None, false) => 0,
    };
    if let Some(checkpoint) = &options.checkpoint {
        // The old one stands until the new one does; what stands now takes its room already.
        let standing = std::fs::metadata(checkpoint).map_or(0, |file| file.len());
        files.push((checkpoint, (2 * needed.part_bytes).saturating_sub(standing)));
    }
    let has_variations = options.slice.is_none();
    let paths_of_variations = if has_variations { run.paths_of_variations() } else { 0 };
    let seconds = || {
        let own = run.seconds_left(&part, &Unshown)?;
        Ok(if has_variations { own + run.seconds_of_variations(&Unshown)? } else { own })
    };
    let paths = run.paths_left(&part) + paths_of_variations;
    footprint::weigh(paths, needed.memory_bytes, &files, &CURES, seconds, options.quiet)?;
    Ok(part)
}

/// What is kept of a run, and where.
pub(crate) struct Kept<'a> {
    pub(crate) out: Option<&'a Path>,
    pub(crate) force: bool,
    pub(crate) quiet: bool,
    pub(crate) format: Format,
}

/// Where a run folder is to stand.
pub(crate) struct Destination<'a> {
    kept: &'a Kept<'a>,
    target: PathBuf,
    occupant: Occupant,
}

impl Kept<'_> {
    fn target(&self, manifest: &Manifest) -> PathBuf {
        self.out.map_or_else(|| folder_of(manifest), Path::to_path_buf)
    }
    /// Refuses a folder that holds another run, or where the system lets none be made.
    pub(crate) fn place(&self, manifest: &Manifest) -> Result<Destination<'_>, Error> {
        let target = self.target(manifest);
        let occupant = folder::occupant(&target, &manifest.to_bytes())?;
        if occupant == Occupant::OtherRun && !self.force {
            return Err(folder::refusal(&target));
        }
        progress::listen()?;
        drop(StagedFolder::begin(&target)?);
        Ok(Destination { kept: self, target, occupant })
    }
}

impl Destination<'_> {
    /// Where it is to stand.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }
    /// A folder beside, to be filled.
    pub(crate) fn stage(&self) -> Result<StagedFolder, Error> {
        StagedFolder::begin(&self.target)
    }
    /// Fills the folder and puts it in its place, unless the very same run stands there; prints the
    /// result.
    pub(crate) fn keep(
        self,
        folder: StagedFolder,
        results: &Results,
        manifest: &Manifest,
    ) -> Result<(), Error> {
        keep_files(&folder, results, manifest)?;
        self.put(folder, || print(results, self.kept.format))
    }
    /// Puts a filled folder in its place, unless the very same run stands there; prints by `print`.
    pub(crate) fn put(
        &self,
        folder: StagedFolder,
        print: impl FnOnce() -> Result<(), Error>,
    ) -> Result<(), Error> {
        let told = place(folder, &self.target, self.occupant, self.kept.force)?;
        print()?;
        if !self.kept.quiet {
            super::tell(&told);
        }
        Ok(())
    }
}

fn folder_of(manifest: &Manifest) -> PathBuf {
    let of = |name: &str, study_toml: &str| {
        let Manifest { paths, seed, outcomes, .. } = *manifest;
        manifest::default_folder(name, study_toml, paths, seed, outcomes)
    };
    if manifest.is_panel {
        return of(&format!("{}-panel", manifest.study_name), &manifest.study_toml);
    }
    if manifest.stresses.is_empty() {
        return of(&manifest.study_name, &manifest.study_toml);
    }
    let stressed = manifest.stresses.iter().map(|stress| [&*stress.name, &*stress.study_toml]);
    let all = [manifest.study_toml.as_str()].into_iter().chain(stressed.flatten());
    let all: Vec<&str> = all.collect();
    of(&format!("{}-stress", manifest.study_name), &all.join("\n"))
}

/// Simulates a part, outcomes going to their file as they come.
fn write_outcomes(
    run: &Run,
    part: &mut Part,
    watch: &Watch,
    staged: &StagedFolder,
    manifest: &Manifest,
) -> Result<(), Error> {
    let refused = |error| Error::system(format!("write {OUTCOMES}"), error);
    let file: File = staged.create(OUTCOMES)?;
    let study = run.study();
    let (metrics, about) = (engine::outcome_columns(study), manifest.about());
    let table = OutcomesParquet::new(BufWriter::new(file), &metrics, &study.shares, &about);
    let mut table = table.map_err(refused)?;
    run.advance_emitting(part, watch, &mut |block| table.append(block))?;
    table.finish().map_err(refused)
}

fn keep_files(staged: &StagedFolder, results: &Results, manifest: &Manifest) -> Result<(), Error> {
    let tables = tables::of(results).map_err(|error| Error::system("make the tables", error))?;
    let files = [(manifest::FILE_NAME, manifest.to_bytes())].into_iter().chain(tables);
    let files: Vec<(&str, Vec<u8>)> = files.collect();
    files.iter().try_for_each(|(name, bytes)| staged.write(name, bytes))?;
    staged.write(folder::CHECKSUMS, &folder::checksums(&files))
}

/// Puts the folder in its place, unless the very same run stands there; says what was done.
fn place(
    staged: StagedFolder,
    target: &Path,
    occupant: Occupant,
    force: bool,
) -> Result<String, Error> {
    let shown = target.display();
    let names = staged.names()?.join(", ");
    if occupant == Occupant::SameRun && !force {
        return match staged.first_difference()? {
            None => Ok(format!("{shown} already holds this run, byte for byte: {names}")),
            Some(name) => Err(Problem::new("a file of this very run has other bytes")
                .at(Place::file(target.join(name).display().to_string()))
                .help("it was changed after the run; --force replaces it")
                .into()),
        };
    }
    staged.put()?;
    Ok(format!("written to {shown}: {names}"))
}

fn print(results: &Results, format: Format) -> Result<(), Error> {
    output::print(|out| match format {
        Format::Table => {
            out.extend_from_slice(text::report(results, output::width()).as_bytes());
            Ok(())
        }
        Format::Json => json::write_results(results, out),
        Format::Csv => csv::write_summary(&results.rows, out),
    })
}
