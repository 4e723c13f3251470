//! What a big run will take, told before it begins; what cannot fit is refused.
//!
//! In: the engine's estimate. Out: a line on stderr, or a refusal with the figures. Not here: how the
//! estimate is made.

use super::parts::resolved;
use indicatif::{HumanBytes, HumanDuration};
use std::path::{Path, PathBuf};
use std::time::Duration;
use sysinfo::{Disks, System};
use wattshift::error::{Error, Place, Problem};
use wattshift::report::number::count;

/// Room on disk that the files of a run take besides outcomes, and a part besides what was told.
pub(crate) const RESULT_BYTES: u64 = 16 << 20;

/// Memory or disk that is worth a line, and a look at what the machine has.
const BIG_BYTES: u64 = 256 << 20;
/// Time that is worth a line.
const BIG_SECONDS: f64 = 10.0;

/// What helps where there is no room, in the words of the command that is run.
pub(crate) struct Cures {
    pub(crate) memory: &'static str,
    pub(crate) disk: &'static str,
}

/// Refuses what the machine has no room for and tells, unless `quiet`, what big work takes: the time for
/// `paths` by `seconds`, memory at its peak, and what is written to each of `files`.
pub(crate) fn weigh(
    paths: u64,
    memory_bytes: u64,
    files: &[(&Path, u64)],
    cures: &Cures,
    seconds: impl FnOnce() -> Result<f64, Error>,
    quiet: bool,
) -> Result<(), Error> {
    let disk_bytes: u64 = files.iter().map(|(_, bytes)| bytes).sum();
    if memory_bytes >= BIG_BYTES {
        refuse_memory(memory_bytes, cures.memory)?;
    }
    if disk_bytes >= BIG_BYTES {
        refuse_disks(files, cures.disk)?;
    }
    if quiet {
        return Ok(());
    }
    let seconds = seconds()?;
    let threads = match wattshift::parallel::threads() {
        1 => "one thread".to_owned(),
        many => format!("{many} threads"),
    };
    if memory_bytes.max(disk_bytes) >= BIG_BYTES || seconds >= BIG_SECONDS {
        super::tell(&format!(
            "{} paths on {threads}: about {}, up to {} of memory, up to {} on disk",
            count(paths),
            HumanDuration(Duration::from_secs_f64(seconds.max(1.0))),
            HumanBytes(memory_bytes),
            HumanBytes(disk_bytes),
        ));
    }
    Ok(())
}

fn refuse_memory(needed: u64, cure: &str) -> Result<(), Error> {
    // What a part that is taken up again holds already is needed, and no longer free: counted twice, it
    // errs to the safe side.
    match free_memory_bytes().filter(|free| needed > *free) {
        None => Ok(()),
        Some(free) => Err(Problem::new("what is asked for does not fit in memory")
            .found(format!("up to {} needed", HumanBytes(needed)))
            .expected(format!("at most the {} that are free", HumanBytes(free)))
            .help(cure)
            .into()),
    }
}

/// Refuses files that their disks have no room for, those on one disk together.
fn refuse_disks(files: &[(&Path, u64)], cure: &str) -> Result<(), Error> {
    let disks: Vec<_> = files.iter().map(|(path, _)| disk_of(path)).collect();
    for ((path, _), disk) in files.iter().zip(&disks) {
        let Some((mount, free)) = disk else { continue };
        let on_it = files
            .iter()
            .zip(&disks)
            .filter(|(_, other)| other.as_ref().is_some_and(|(other, _)| other == mount));
        let needed: u64 = on_it.map(|((_, bytes), _)| bytes).sum();
        if needed > *free {
            return Err(Problem::new("what is asked for does not fit on the disk")
                .at(Place::file(path.display().to_string()))
                .found(format!("up to {} needed", HumanBytes(needed)))
                .expected(format!("at most the {} that are free", HumanBytes(*free)))
                .help(cure)
                .into());
        }
    }
    Ok(())
}

/// Memory that the program can have, by the system and by the limits it runs under; none if unknown.
fn free_memory_bytes() -> Option<u64> {
    let mut system = System::new();
    system.refresh_memory();
    let limit = system.cgroup_limits().map_or(u64::MAX, |limits| limits.free_memory);
    let free = system.available_memory();
    (free > 0).then_some(free.min(limit))
}

/// Where the disk is mounted that a path is on, which need not exist, and the room on it; none if
/// unknown.
fn disk_of(path: &Path) -> Option<(PathBuf, u64)> {
    let path = resolved(path);
    let disks = Disks::new_with_refreshed_list();
    let own = disks.iter().filter(|disk| path.starts_with(disk.mount_point()));
    own.max_by_key(|disk| disk.mount_point().components().count())
        .map(|disk| (disk.mount_point().to_path_buf(), disk.available_space()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(memory_bytes: u64, files: &[(&Path, u64)]) -> Result<(), Error> {
        let cures = Cures { memory: "buy some", disk: "--tidy up" };
        weigh(10, memory_bytes, files, &cures, || panic!("nobody asks for the time"), true)
    }

    #[test]
    fn what_cannot_fit_is_refused_with_the_figures() {
        let path = Path::new("no/such/folder");
        needs(1 << 20, &[(path, 0)]).unwrap();
        let memory = needs(1 << 60, &[]).unwrap_err();
        assert_eq!(memory.exit_code(), 2);
        let memory = memory.to_string();
        assert!(memory.contains("1.00 EiB needed") && memory.contains("free"), "{memory}");
        assert!(memory.contains("buy some") && !memory.contains("tidy"), "{memory}");
        let disk = needs(1 << 20, &[(path, 1 << 62)]).unwrap_err().to_string();
        assert!(disk.contains("4.00 EiB needed") && disk.contains("--tidy up"), "{disk}");
    }

    #[test]
    fn files_on_one_disk_take_its_room_together() {
        let here = Path::new(".");
        let (_, free) = disk_of(here).unwrap();
        let half = free / 8 * 5;
        needs(0, &[(here, half)]).unwrap();
        let told = needs(0, &[(here, half), (Path::new("no/such"), half)]).unwrap_err();
        assert!(told.to_string().contains("does not fit on the disk"), "{told}");
    }
}
