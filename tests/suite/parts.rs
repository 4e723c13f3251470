//! Runs in parts: killed and taken up again, cut into slices and merged; always the bytes of one run.
#![cfg(feature = "cli")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn wattshift(room: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wattshift"));
    command.current_dir(room).args(arguments).stdin(Stdio::null());
    command
}

fn output(room: &Path, arguments: &[&str]) -> Output {
    wattshift(room, arguments).output().expect("the binary starts")
}

/// Runs what must succeed; its stdout.
fn succeed(room: &Path, arguments: &[&str]) -> String {
    let output = output(room, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs what must be refused with exit code 2; its stderr.
fn refused(room: &Path, arguments: &[&str]) -> String {
    let output = output(room, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
    stderr
}

/// The files of a folder, by name.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut files: Vec<_> = entries
        .map(|e| (e.file_name().to_string_lossy().into_owned(), fs::read(e.path()).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn a_run_killed_again_and_again_ends_with_the_bytes_of_one_that_was_not() {
    let room = tempfile::tempdir().unwrap();
    let room = room.path();
    let run = ["run", "--quiet", "--paths", "100000"];
    let told = succeed(room, &[&run[..], &["--out", "whole"]].concat());
    let arguments = [&run[..], &["--checkpoint", "kept.part", "--out", "parts"]].concat();
    let checkpoint = || fs::read(room.join("kept.part")).ok();
    let (mut kills, mut seen) = (0, None);
    let told_at_last = loop {
        let mut child = wattshift(room, &arguments).stdout(Stdio::piped()).spawn().unwrap();
        // Killed as soon as it has got further, and once before it could.
        let ended = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            let now = checkpoint();
            if kills == 0 || (now.is_some() && now != seen) {
                seen = now;
                break None;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        if ended.is_some() {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success());
            break String::from_utf8(output.stdout).unwrap();
        }
        // SIGKILL: nothing of the program runs after it.
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        assert!(kills < 50, "each run gets further than the one before");
    };
    // 100,000 paths are seven batches of 16,384, each seen at most once.
    assert!(kills >= 4, "{kills} kills");
    assert_eq!(told_at_last, told);
    assert!(files(&room.join("parts")) == files(&room.join("whole")));
    assert_eq!(checkpoint(), None, "a checkpoint whose result stands is removed");
    let names: Vec<_> = fs::read_dir(room).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "kills leave nothing behind: {names:?}");
}

#[test]
fn slices_merge_to_the_bytes_of_one_run_whoever_made_them() {
    let room = tempfile::tempdir().unwrap();
    let room = room.path();
    let run = ["run", "--quiet", "--paths", "20001"];
    let told = succeed(room, &[&run[..], &["--out", "whole"]].concat());
    for (slice, threads) in [("3/3", "1"), ("1/3", "7"), ("2/3", "2")] {
        let own = ["--slice", slice, "--threads", threads, "--out", "slices"];
        assert_eq!(succeed(room, &[&run[..], &own].concat()), "");
    }
    // A slice that stands is not made again.
    let again = output(room, &["run", "--paths", "20001", "--slice", "2/3", "--out", "slices"]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("already holds this slice"));
    let merged = succeed(room, &["merge", "--quiet", "slices", "--out", "merged"]);
    assert_eq!(merged, told);
    assert!(files(&room.join("merged")) == files(&room.join("whole")));
    // The files one by one, in any order; the result is the same run.
    let named =
        ["slices/slice-2-of-3.part", "slices/slice-3-of-3.part", "slices/slice-1-of-3.part"];
    let arguments = [&["merge"][..], &named, &["--out", "merged"]].concat();
    let again = output(room, &arguments);
    assert!(String::from_utf8_lossy(&again.stderr).contains("already holds this run"));
}

#[test]
fn slices_that_are_no_whole_run_are_refused_with_the_cure() {
    let room = tempfile::tempdir().unwrap();
    let room = room.path();
    let slice = |slice: &str, seed: &str, out: &str| {
        let paths = ["run", "--quiet", "--paths", "2048", "--seed", seed];
        succeed(room, &[&paths[..], &["--slice", slice, "--out", out]].concat());
    };
    for index in ["1/3", "3/3"] {
        slice(index, "7", "slices");
    }
    slice("2/4", "7", "quarters");
    slice("2/3", "8", "other");
    let merge =
        |more: &[&str]| refused(room, &[&["merge", "--out", "x", "slices"][..], more].concat());
    let told = merge(&[]);
    assert!(told.contains("also 2") && told.contains("--slice 2/3"), "{told}");
    let told = merge(&["other"]);
    assert!(told.contains("different runs") && told.contains("seed 8"), "{told}");
    let told = merge(&["quarters"]);
    assert!(told.contains("slice 2/4") && told.contains("a slice of 3"), "{told}");
    assert!(told.contains("slices of one cut"), "{told}");
    let told = merge(&["slices/slice-1-of-3.part"]);
    assert!(told.contains("named twice") && told.contains("each slice once"), "{told}");
    assert!(told.contains("name one of the two"), "{told}");
    let told = merge(&["nowhere.part"]);
    assert!(told.contains("no such file") && told.contains("expected"), "{told}");
    assert!(told.contains("help"), "{told}");
    // A folder among the slices' files, as if it were one.
    fs::create_dir(room.join("folder.part")).unwrap();
    fs::create_dir(room.join("holds")).unwrap();
    fs::rename(room.join("folder.part"), room.join("holds/folder.part")).unwrap();
    assert!(merge(&["holds"]).contains("\"a folder\""));
    // Damage within the study that travels in the file is no other run.
    let mut damaged = fs::read(room.join("other/slice-2-of-3.part")).unwrap();
    damaged[200] ^= 1;
    fs::write(room.join("other/slice-2-of-3.part"), damaged).unwrap();
    let told = merge(&["other"]);
    assert!(told.contains("damaged") && !told.contains("different runs"), "{told}");
    fs::write(room.join("other/text.part"), "path,share\n").unwrap();
    assert!(merge(&["other/text.part"]).contains("no part of a run"));
    fs::create_dir(room.join("empty")).unwrap();
    assert!(merge(&["empty"]).contains("holds no slice"));
    assert!(!room.join("x").exists());
}

#[test]
fn a_checkpoint_of_another_run_is_refused_and_stays() {
    let room = tempfile::tempdir().unwrap();
    let room = room.path();
    // A slice is a part that is done: as good a checkpoint of its slice as any.
    let run = ["run", "--quiet", "--paths", "2048", "--slice", "1/2"];
    succeed(room, &[&run[..], &["--out", "slices"]].concat());
    let file = "slices/slice-1-of-2.part";
    let bytes = fs::read(room.join(file)).unwrap();
    let refused = |more: &[&str]| {
        let arguments = [&["run", "--out", "x", "--checkpoint", file][..], more].concat();
        let told = refused(room, &arguments);
        assert_eq!(fs::read(room.join(file)).unwrap(), bytes);
        assert!(!room.join("x").exists());
        told
    };
    assert!(refused(&["--paths", "2048"]).contains("slice 1/2"));
    let told = refused(&["--paths", "4096", "--slice", "1/2"]);
    assert!(told.contains("2048 paths") && told.contains("4096 paths"), "{told}");
    let told = refused(&["--paths", "2048", "--seed", "1", "--slice", "1/2"]);
    assert!(told.contains("seed 2027") && told.contains("seed 1"), "{told}");
    assert!(refused(&["--paths", "2048", "--slice", "2/2"]).contains("slice 1/2"));
    // Of another study, and damaged.
    succeed(room, &["init", "study"]);
    let study = room.join("study/study.toml");
    let text = fs::read_to_string(&study).unwrap();
    fs::write(&study, text.replace("uptime = 0.86", "uptime = 0.87")).unwrap();
    let other = ["run", "study/study.toml", "--paths", "2048", "--slice", "1/2"];
    let arguments = [&other[..], &["--out", "x", "--checkpoint", file]].concat();
    assert!(self::refused(room, &arguments).contains("part of another run"));
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(room.join("damaged.part"), damaged).unwrap();
    let arguments = [&run[..], &["--out", "x", "--checkpoint", "damaged.part"]].concat();
    assert!(self::refused(room, &arguments).contains("damaged"));
    // A whole file that says something else than this build reads is not damaged.
    let text = String::from_utf8_lossy(&bytes[..60]).into_owned();
    assert!(text.starts_with("a part of a wattshift run\nlayout 1 of version "), "{text}");
    let mut older = bytes.clone();
    older[b"a part of a wattshift run\nlayout ".len()] = b'0';
    fs::write(room.join("older.part"), older).unwrap();
    let arguments = [&run[..], &["--out", "x", "--checkpoint", "older.part"]].concat();
    let told = self::refused(room, &arguments);
    assert!(told.contains("another version") && told.contains("layout 0"), "{told}");
    // Outcomes are written in one go.
    let told = self::refused(room, &["run", "--outcomes", "--checkpoint", "y", "--paths", "2048"]);
    assert!(told.contains("--checkpoint"), "{told}");
}

#[test]
fn a_checkpoint_that_would_not_outlive_the_run_is_refused_before_the_work() {
    let room = tempfile::tempdir().unwrap();
    let room = room.path();
    fs::create_dir(room.join("taken")).unwrap();
    let refused = |more: &[&str]| {
        // Were it simulated, this would take hours.
        let told = refused(room, &[&["run", "--paths", "100_000_000"][..], more].concat());
        assert!(told.contains("found") && told.contains("expected"), "{told}");
        assert!(told.contains("help"), "{told}");
        let names: Vec<_> = fs::read_dir(room).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["taken"], "nothing is left behind");
        assert_eq!(fs::read_dir(room.join("taken")).unwrap().count(), 0);
        told
    };
    let place = "stands where the result is put";
    // The file of the slice itself, by whatever name.
    for own in ["taken/slice-1-of-2.part", "./taken/../taken/slice-1-of-2.part"] {
        let told = refused(&["--slice", "1/2", "--out", "taken", "--checkpoint", own]);
        assert!(told.contains(place), "{told}");
    }
    // Within the folder of the run, or above it.
    for (out, checkpoint) in [("taken", "taken/c.part"), ("c.part/run", "c.part")] {
        let told = refused(&["--out", out, "--checkpoint", checkpoint]);
        assert!(told.contains(place), "{told}");
    }
    assert!(refused(&["--out", "x", "--checkpoint", "taken"]).contains("\"a folder\""));
    let told = refused(&["--out", "x", "--checkpoint", "new/folder/c.part"]);
    assert!(told.contains("folder of the checkpoint does not exist"), "{told}");
    // A folder under the name of the slice.
    let room = tempfile::tempdir().unwrap();
    fs::create_dir_all(room.path().join("sl/slice-1-of-2.part")).unwrap();
    for more in [&[][..], &["--force"]] {
        let run = ["run", "--paths", "100_000_000", "--slice", "1/2", "--out", "sl"];
        let told = self::refused(room.path(), &[&run[..], more].concat());
        assert!(told.contains("\"a folder\""), "{told}");
    }
}

#[test]
fn a_slice_that_cannot_be_put_is_refused_before_the_work() {
    let room = tempfile::tempdir().unwrap();
    let room = room.path();
    fs::write(room.join("file"), "").unwrap();
    let out =
        output(room, &["run", "--paths", "100_000_000", "--slice", "1/2", "--out", "file/sl"]);
    assert_eq!(out.status.code(), Some(1));
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(!told.contains("simulat") && told.contains("file/sl"), "{told}");
    assert_eq!(fs::read_dir(room).unwrap().count(), 1);
}

/// Starts what tells its progress, and interrupts it once a line of stderr says so; the rest of stderr.
#[cfg(unix)]
fn interrupted(room: &Path, arguments: &[&str], once: &str) -> String {
    use std::io::{BufRead, BufReader, Read};
    let mut child =
        wattshift(room, arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with(once) {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "it ends before it says {once}");
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    rest
}

#[cfg(unix)]
#[test]
fn what_is_done_when_ctrl_c_comes_is_kept_and_is_no_slice() {
    let room = tempfile::tempdir().unwrap();
    let room = room.path();
    // So many threads that no batch, and no checkpoint, is done when the signal comes.
    let run = ["run", "--paths", "140000", "--threads", "32"];
    let first = [&run[..], &["--slice", "1/2", "--out", "half"]].concat();
    let kept = [&first[..], &["--checkpoint", "kept.part"]].concat();
    let told = interrupted(room, &kept, "simulating");
    assert!(told.contains("is kept in kept.part: run the same again"), "{told}");
    assert!(!room.join("half").exists());
    // In the place of the slice it is no slice, and stays.
    fs::create_dir(room.join("half")).unwrap();
    let slice = room.join("half/slice-1-of-2.part");
    fs::copy(room.join("kept.part"), &slice).unwrap();
    let told = refused(room, &first);
    assert!(told.contains("not done") && told.contains("--checkpoint"), "{told}");
    assert!(fs::read(&slice).unwrap() == fs::read(room.join("kept.part")).unwrap());
    succeed(room, &[&run[..], &["--quiet", "--slice", "2/2", "--out", "half"]].concat());
    let told = refused(room, &["merge", "--out", "x", "half"]);
    assert!(told.contains("not done") && told.contains("--slice 1/2"), "{told}");
    assert!(!room.join("x").exists());
    // Taken to its end it is one.
    let end = ["--slice", "1/2", "--quiet", "--out", "end", "--checkpoint", "kept.part"];
    succeed(room, &[&run[..], &end].concat());
    let second = "half/slice-2-of-2.part";
    succeed(room, &["merge", "--quiet", "--out", "x", "end", second]);
}

#[cfg(unix)]
#[test]
fn all_paths_are_kept_when_ctrl_c_comes_among_the_variations() {
    let room = tempfile::tempdir().unwrap();
    let room = room.path();
    // Two batches, the second of which comes too soon for a checkpoint of its own; then 139,264 paths of
    // variations.
    let run = ["run", "--paths", "65000", "--threads", "16", "--out", "x"];
    let told = interrupted(room, &[&run[..], &["--checkpoint", "kept.part"]].concat(), "50 %");
    assert!(told.contains("is kept in kept.part: run the same again"), "{told}");
    assert!(told.ends_with("interrupted: nothing is left half-written\n"), "{told}");
    succeed(room, &["merge", "--quiet", "--out", "merged", "kept.part"]);
}

/// The first line of stderr; what tells it is ended.
fn first_line(room: &Path, arguments: &[&str]) -> String {
    use std::io::{BufRead, BufReader};
    let mut child =
        wattshift(room, arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    line
}

#[test]
fn work_is_weighed_by_what_it_takes() {
    let room = tempfile::tempdir().unwrap();
    let room = room.path();
    let line =
        |arguments: &[&str]| first_line(room, &[&["run", "--paths"][..], arguments].concat());
    assert!(line(&["2048"]).starts_with("simulating"));
    // Memory, and a checkpoint on top of the result.
    let plain = line(&["2_000_000"]);
    let paths = "2,139,264 paths on ";
    assert!(plain.starts_with(paths) && plain.ends_with("up to 16.00 MiB on disk\n"), "{plain}");
    let kept = line(&["2_000_000", "--checkpoint", "kept.part"]);
    assert!(kept.starts_with(paths) && !kept.contains(" 16.00 MiB on disk"), "{kept}");
    // A slice is less work, has no variations and is a file.
    let slice = line(&["2_000_000", "--slice", "2/2"]);
    assert!(slice.starts_with("1,000,000 paths on "), "{slice}");
    assert!(!slice.contains(" 16.00 MiB on disk"), "{slice}");
    // Outcomes are large long before their paths are many.
    let outcomes = line(&["400_000", "--outcomes"]);
    assert!(outcomes.contains("GiB on disk"), "{outcomes}");
    // Many shares are as many columns.
    let shares = |step: f64| {
        format!("extends = \"default\"\nshares = {{ from = 0.0, to = 1.0, step = {step} }}\n")
    };
    fs::write(room.join("shares.toml"), shares(0.005)).unwrap();
    let told = first_line(room, &["run", "shares.toml", "--paths", "70_000"]);
    assert!(told.starts_with("209,264 paths on ") && told.contains(" of memory"), "{told}");
    // What no machine has room for is refused, and nobody asked how long it would take.
    fs::write(room.join("shares.toml"), shares(0.001)).unwrap();
    let most =
        ["run", "shares.toml", "--quiet", "--outcomes", "--out", "x", "--paths", "1_000_000_000"];
    let told = refused(room, &most);
    assert!(told.contains("does not fit in memory") && told.contains("TiB needed"), "{told}");
    assert!(!room.join("x").exists());
}
