use super::*;

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn put_run(target: &Path, manifest: &[u8], summary: &[u8]) {
    let folder = StagedFolder::begin(target).unwrap();
    folder.write(manifest::FILE_NAME, manifest).unwrap();
    folder.write("summary.csv", summary).unwrap();
    folder.put().unwrap();
}

#[test]
fn a_run_appears_whole_and_leaves_nothing_beside() {
    let room = tempfile::tempdir().unwrap();
    let target = room.path().join("runs").join("a");
    let folder = StagedFolder::begin(&target).unwrap();
    folder.write("summary.csv", b"x\n").unwrap();
    assert!(!target.exists(), "nothing stands under the name before the run is whole");
    folder.put().unwrap();
    assert_eq!(names_in(&target), ["summary.csv"]);
    assert_eq!(names_in(&room.path().join("runs")), ["a"]);
}

#[test]
fn a_run_that_ends_early_leaves_nothing_not_even_its_parents() {
    let room = tempfile::tempdir().unwrap();
    let folder = StagedFolder::begin(&room.path().join("deep").join("runs").join("a")).unwrap();
    folder.write("summary.csv", b"x\n").unwrap();
    drop(folder);
    assert!(names_in(room.path()).is_empty());
}

#[test]
fn the_occupant_is_told_before_the_work() {
    let room = tempfile::tempdir().unwrap();
    let target = room.path().join("a");
    assert_eq!(occupant(&target, b"m1").unwrap(), Occupant::Nobody);
    fs::create_dir(&target).unwrap();
    assert_eq!(occupant(&target, b"m1").unwrap(), Occupant::Nobody);
    let ours = br#"{"tool": "wattshift"}"#;
    put_run(&target, ours, b"1");
    assert_eq!(occupant(&target, ours).unwrap(), Occupant::SameRun);
    assert_eq!(occupant(&target, b"m2").unwrap(), Occupant::OtherRun);
}

#[test]
fn a_run_folder_with_something_of_the_user_s_in_it_is_never_replaced() {
    let room = tempfile::tempdir().unwrap();
    let target = room.path().join("a");
    let ours = br#"{"tool": "wattshift"}"#;
    put_run(&target, ours, b"1");
    fs::write(target.join("notes.md"), "mine").unwrap();
    for bytes in [&ours[..], b"m2"] {
        let text = occupant(&target, bytes).unwrap_err().to_string();
        assert!(text.contains("notes.md"), "{text}");
    }
    // Nor a folder whose manifest is of something else.
    let other = room.path().join("b");
    put_run(&other, b"{}", b"1");
    let text = occupant(&other, b"m2").unwrap_err().to_string();
    assert!(text.contains("of something else"), "{text}");
}

#[test]
fn what_is_no_run_is_never_replaced() {
    let room = tempfile::tempdir().unwrap();
    let file = room.path().join("file");
    fs::write(&file, "mine").unwrap();
    let folder = room.path().join("folder");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("thesis.txt"), "mine").unwrap();
    for place in [&file, &folder] {
        let text = occupant(place, b"m").unwrap_err().to_string();
        assert!(text.contains("holds something that is no run"), "{text}");
    }
}

#[test]
fn a_replaced_run_is_gone_and_the_new_one_whole() {
    let room = tempfile::tempdir().unwrap();
    let target = room.path().join("a");
    put_run(&target, b"m1", b"1");
    fs::write(target.join("leftover.csv"), "old").unwrap();
    put_run(&target, b"m2", b"2");
    assert_eq!(names_in(&target), [manifest::FILE_NAME, "summary.csv"]);
    assert_eq!(fs::read(target.join("summary.csv")).unwrap(), b"2");
    assert_eq!(names_in(room.path()), ["a"]);
}

#[test]
fn a_rename_that_fails_puts_the_old_run_back() {
    let room = tempfile::tempdir().unwrap();
    let target = room.path().join("a");
    put_run(&target, b"m1", b"1");
    let staging = tempfile::tempdir_in(room.path()).unwrap();
    fs::remove_dir(staging.path()).unwrap();
    assert!(replace(staging, &target, room.path()).is_err());
    assert_eq!(fs::read(target.join("summary.csv")).unwrap(), b"1");
    assert_eq!(names_in(room.path()), ["a"]);
}

#[test]
fn an_unwritable_parent_is_an_error_that_names_the_folder() {
    // A file where a folder is needed refuses every user, even one who may write anywhere.
    let room = tempfile::tempdir().unwrap();
    let file = room.path().join("file");
    fs::write(&file, "").unwrap();
    let error = StagedFolder::begin(&file.join("run")).unwrap_err();
    assert_eq!(error.exit_code(), 1);
    assert!(error.to_string().contains("file"), "{error}");
    assert_eq!(names_in(room.path()), ["file"]);
}

#[test]
fn equal_files_are_equal_and_the_first_other_one_is_named() {
    let room = tempfile::tempdir().unwrap();
    let target = room.path().join("a");
    put_run(&target, b"m", b"1");
    let again = |summary: &[u8]| {
        let folder = StagedFolder::begin(&target).unwrap();
        folder.write(manifest::FILE_NAME, b"m").unwrap();
        folder.write("summary.csv", summary).unwrap();
        folder.first_difference().unwrap()
    };
    assert_eq!(again(b"1"), None);
    assert_eq!(again(b"2"), Some("summary.csv".into()));
}

#[test]
fn a_table_that_was_changed_or_has_no_checksum_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let tables = [("summary.csv", b"a\n1\n".to_vec()), ("spread.csv", b"b\n".to_vec())];
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    tables.iter().for_each(|(name, bytes)| put(name, bytes));
    let told = |name: &str| read_file(folder.path(), name).unwrap_err().to_string();
    assert!(told("summary.csv").contains("a line for it in tables.sha256"));
    put(CHECKSUMS, &checksums(&tables));
    assert_eq!(read_file(folder.path(), "summary.csv").unwrap().unwrap(), tables[0].1);
    assert_eq!(read_file(folder.path(), "bridge.csv").unwrap(), None);
    put("spread.csv", b"b\n2\n");
    assert!(told("spread.csv").contains("not the one that the run wrote"));
    // What a kill left of a page does not make the folder a stranger's.
    put(".wattshift-new-x", b"half");
    put(manifest::FILE_NAME, &manifest::sample().to_bytes());
    let occupied = occupant(folder.path(), &manifest::sample().to_bytes()).unwrap();
    assert_eq!(occupied, Occupant::SameRun);
    add(folder.path(), "report.html", b"page").unwrap();
    assert_eq!(fs::read(folder.path().join("report.html")).unwrap(), b"page");
}
