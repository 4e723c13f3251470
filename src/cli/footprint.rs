//! What a big run will take, told before it begins; what cannot fit is refused.
//!
//! In: the engine's estimate. Out: a line on stderr, or a refusal with the figures. Not here: how the
//! estimate is made.

use super::engine::Footprint;
use indicatif::{HumanBytes, HumanDuration};
use std::path::Path;
use std::time::Duration;
use sysinfo::{Disks, System};
use wattshift::error::{Error, Place, Problem};
use wattshift::report::number::count;

/// Fewest paths of a run whose footprint is worth a trial and a line.
pub(crate) const BIG: u64 = 500_000;

/// Room on disk that the files of a run take besides outcomes.
const RESULT_BYTES: u64 = 16 << 20;

/// Tells what a run takes, unless `quiet`, and refuses what the machine has no room for; `disk_bytes` are
/// written below `target`.
pub(crate) fn weigh(
    footprint: &Footprint,
    threads: usize,
    disk_bytes: u64,
    target: &Path,
    quiet: bool,
) -> Result<(), Error> {
    let disk_bytes = disk_bytes + RESULT_BYTES;
    if !quiet {
        super::tell(&format!(
            "{} paths on {threads} threads: about {}, {} of memory, up to {} on disk",
            count(footprint.paths),
            HumanDuration(Duration::from_secs_f64(footprint.seconds.max(1.0))),
            HumanBytes(footprint.memory_bytes),
            HumanBytes(disk_bytes),
        ));
    }
    if let Some(free) = free_memory_bytes().filter(|free| footprint.memory_bytes > *free) {
        return Err(Problem::new("the run does not fit in memory")
            .found(format!("about {} needed", HumanBytes(footprint.memory_bytes)))
            .expected(format!("at most the {} that are free", HumanBytes(free)))
            .help("ask for fewer paths or shares, or make it in parts with --slice")
            .into());
    }
    if let Some(free) = free_disk_bytes(target).filter(|free| disk_bytes > *free) {
        return Err(Problem::new("the run does not fit on the disk")
            .at(Place::file(target.display().to_string()))
            .found(format!("about {} needed", HumanBytes(disk_bytes)))
            .expected(format!("at most the {} that are free", HumanBytes(free)))
            .help("ask for fewer paths, leave --outcomes out, or name another folder with --out")
            .into());
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

/// Room on the disk that a path is on, which need not exist; none if unknown.
fn free_disk_bytes(path: &Path) -> Option<u64> {
    let path = std::path::absolute(path).ok()?;
    let standing = path.ancestors().find_map(|folder| folder.canonicalize().ok())?;
    let disks = Disks::new_with_refreshed_list();
    let own = disks.iter().filter(|disk| standing.starts_with(disk.mount_point()));
    own.max_by_key(|disk| disk.mount_point().components().count()).map(|d| d.available_space())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(memory_bytes: u64, disk_bytes: u64) -> Result<(), Error> {
        let footprint = Footprint { paths: 10, seconds: 1.0, memory_bytes, csv_bytes: 0 };
        weigh(&footprint, 1, disk_bytes, Path::new("no/such/folder"), true)
    }

    #[test]
    fn what_cannot_fit_is_refused_with_the_figures() {
        needs(1 << 20, 0).unwrap();
        let memory = needs(1 << 60, 0).unwrap_err();
        assert_eq!(memory.exit_code(), 2);
        let memory = memory.to_string();
        assert!(memory.contains("1.00 EiB needed") && memory.contains("free"), "{memory}");
        let disk = needs(1 << 20, 1 << 62).unwrap_err().to_string();
        assert!(disk.contains("4.00 EiB needed") && disk.contains("--outcomes"), "{disk}");
    }
}
