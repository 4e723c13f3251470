//! The command as a user meets it: exit codes, what goes where, what is never overwritten.
#![cfg(feature = "cli")]

use assert_cmd::Command;
use jiff::ToSpan;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use wattshift::store::manifest::sha256_hex;

/// Few paths, so that a test is about the command and not about chance.
const PATHS: &str = "2048";

fn wattshift(room: &Path) -> Command {
    let mut command = Command::cargo_bin("wattshift").expect("cargo builds the binary first");
    command.current_dir(room);
    command
}

fn room() -> tempfile::TempDir {
    tempfile::tempdir().expect("the system has a place for temporary folders")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The only folder in `runs`.
fn only_run(room: &Path) -> PathBuf {
    let mut entries = fs::read_dir(room.join("runs")).unwrap();
    let run = entries.next().unwrap().unwrap().path();
    assert!(entries.next().is_none());
    run
}

#[test]
fn the_bare_command_runs_the_default_study_and_keeps_it() {
    let room = room();
    let output = wattshift(room.path()).args(["--paths", PATHS]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("share"));
    let run = only_run(room.path());
    assert!(run.file_name().unwrap().to_string_lossy().starts_with("default-"));
    for name in ["summary.csv", "variations.csv", "manifest.json"] {
        assert!(run.join(name).is_file(), "{name}");
    }
}

#[test]
fn every_study_that_comes_with_wattshift_runs_and_its_folder_is_made_again() {
    let room = room();
    for name in ["company", "core_scientific", "hive", "sector_2027", "vaneck_2024"] {
        let run = |force: &[&str]| {
            let mut command = wattshift(room.path());
            command.args(["run", name, "--paths", PATHS, "--quiet", "--out", name]).args(force);
            let output = command.output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{name}: {}", text(&output.stderr));
        };
        run(&[]);
        let summary = fs::read(room.path().join(name).join("summary.csv")).unwrap();
        run(&["--force"]);
        assert!(summary == fs::read(room.path().join(name).join("summary.csv")).unwrap(), "{name}");
    }
    assert!(room.path().join("vaneck_2024/bridge.csv").is_file());
    assert!(!room.path().join("company/bridge.csv").is_file());
}

#[test]
fn companies_stand_side_by_side_and_again_from_the_manifest() {
    let room = room();
    let panel = |study: &str, out: &str, threads: &str| {
        let mut command = wattshift(room.path());
        command.args(["panel", study, "--quiet", "--out", out, "--threads", threads]);
        if study == "listed_miners" {
            command.args(["--paths", PATHS]);
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let told = panel("listed_miners", "a", "1");
    for name in ["Core Scientific", "HIVE", "all"] {
        assert!(told.contains(name), "{told}");
    }
    panel("a/manifest.json", "b", "2");
    let rows = |folder: &str| fs::read(room.path().join(folder).join("panel.csv")).unwrap();
    assert!(rows("a") == rows("b"));
    let refused = wattshift(room.path()).args(["panel", "vaneck_2024"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("not held against each"), "{}", text(&refused.stderr));
    assert!(!room.path().join("runs").exists());
}

#[test]
fn the_result_is_on_stdout_and_the_rest_on_stderr_in_order() {
    let room = room();
    let output = wattshift(room.path())
        .args(["run", "--paths", PATHS, "--format", "csv", "--out", "a"])
        .output()
        .unwrap();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(stdout.starts_with("company,model,share,"), "{stdout}");
    assert_eq!(stdout, fs::read_to_string(room.path().join("a/summary.csv")).unwrap());
    let order = ["simulating", "simulated", "written to a"];
    let places: Vec<usize> = order.iter().map(|part| stderr.find(part).unwrap()).collect();
    assert!(places.is_sorted(), "{stderr}");
}

#[test]
fn quiet_is_quiet_and_json_is_one_object() {
    let room = room();
    let output = wattshift(room.path())
        .args(["--quiet", "--paths", PATHS, "--format", "json"])
        .output()
        .unwrap();
    assert_eq!(text(&output.stderr), "");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["paths"], 2048);
}

#[test]
fn the_same_run_again_succeeds_and_another_needs_force() {
    let room = room();
    let run = |seed: &str, more: &[&str]| {
        let mut command = wattshift(room.path());
        command.args(["run", "--paths", PATHS, "--out", "a", "--seed", seed]).args(more);
        command.output().unwrap()
    };
    assert_eq!(run("1", &[]).status.code(), Some(0));
    let again = run("1", &["--threads", "1"]);
    assert_eq!(again.status.code(), Some(0));
    assert!(text(&again.stderr).contains("already holds this run, byte for byte"));
    let other = run("2", &[]);
    assert_eq!(other.status.code(), Some(2));
    assert!(text(&other.stderr).contains("holds another run"));
    assert_eq!(text(&other.stdout), "");
    assert_eq!(run("2", &["--force"]).status.code(), Some(0));
    let manifest = fs::read_to_string(room.path().join("a/manifest.json")).unwrap();
    assert!(manifest.contains("\"seed\": 2,"));
}

#[test]
fn a_changed_file_of_the_same_run_is_found() {
    let room = room();
    let run = || wattshift(room.path()).args(["--paths", PATHS, "--out", "a"]).output().unwrap();
    assert_eq!(run().status.code(), Some(0));
    fs::write(room.path().join("a/summary.csv"), "changed").unwrap();
    let again = run();
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("summary.csv"), "{}", text(&again.stderr));
}

#[test]
fn a_folder_that_is_no_run_is_safe_even_from_force() {
    let room = room();
    fs::create_dir(room.path().join("mine")).unwrap();
    fs::write(room.path().join("mine/thesis.txt"), "mine").unwrap();
    let output = wattshift(room.path())
        .args(["--paths", PATHS, "--out", "mine", "--force"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read_to_string(room.path().join("mine/thesis.txt")).unwrap(), "mine");
}

#[test]
fn a_run_from_its_manifest_has_the_same_bytes() {
    let room = room();
    let first = wattshift(room.path())
        .args(["--paths", PATHS, "--seed", "5", "--out", "a", "--outcomes"])
        .output()
        .unwrap();
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    let second =
        wattshift(room.path()).args(["run", "a/manifest.json", "--out", "b"]).output().unwrap();
    assert_eq!(second.status.code(), Some(0), "{}", text(&second.stderr));
    for name in ["summary.csv", "variations.csv", "manifest.json", "outcomes.parquet"] {
        let bytes = |run: &str| fs::read(room.path().join(run).join(name)).unwrap();
        assert_eq!(bytes("a"), bytes("b"), "{name}");
    }
}

#[test]
fn what_is_not_disclosed_is_a_file_of_the_run_and_comes_again_from_its_manifest() {
    let room = room();
    let study = "extends = \"default\"\nname = \"opaque\"\n[fleet]\ntranches = \"fleet.csv\"\n";
    fs::write(room.path().join("study.toml"), study).unwrap();
    let fleet = "company,gross_mw,efficiency_j_per_th,critical_it_per_gross_mw,power_usd_per_mwh\n\
                 =A,500,20..28,0.66..0.83,30..60\nB,500,18,,\n";
    fs::write(room.path().join("fleet.csv"), fleet).unwrap();
    let run = |study: &str, out: &str| {
        let mut command = wattshift(room.path());
        command.args(["run", study, "--paths", PATHS, "--out", out]).output().unwrap()
    };
    let first = run("study.toml", "a");
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    let printed = text(&first.stdout);
    assert!(printed.contains("Undisclosed inputs: 3 drawn uniformly"), "{printed}");
    assert_eq!(run("a/manifest.json", "b").status.code(), Some(0));
    for name in ["summary.csv", "variations.csv", "manifest.json", "undisclosed.csv"] {
        let bytes = |run: &str| fs::read(room.path().join(run).join(name)).unwrap();
        assert_eq!(bytes("a"), bytes("b"), "{name}");
    }
    let rows = fs::read_to_string(room.path().join("a/undisclosed.csv")).unwrap();
    assert_eq!(rows.lines().count(), 6);
    assert!(rows.contains("fleet,'=A,power_usd_per_mwh,USD per MWh,30,60,,,"), "{rows}");
    assert_eq!(run("study.toml", "a").status.code(), Some(0), "the same run again");
    let arguments = ["explain", "study.toml", "--path", "9", "--share", "0.2"];
    let output = wattshift(room.path()).args(arguments).output().unwrap();
    assert!(text(&output.stdout).contains("fleet =A, power_usd_per_mwh: "), "{output:?}");
    for (format, part) in
        [("csv", "fleet =A power_usd_per_mwh [USD per MWh]"), ("json", "\"drawn\"")]
    {
        let arguments = arguments.into_iter().chain(["--format", format]);
        let output = wattshift(room.path()).args(arguments).output().unwrap();
        assert!(text(&output.stdout).contains(part), "{output:?}");
    }
}

#[test]
fn wrong_usage_and_wrong_input_exit_with_two_and_leave_nothing() {
    let room = room();
    for arguments in [
        &["--paths", "10"][..],
        &["--no-such-flag"],
        &["run", "missing.toml"],
        &["run", "missing.json"],
        &["check", "missing.toml"],
        &["explain", "--path", "1", "--share", "20"],
    ] {
        let output = wattshift(room.path()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(text(&output.stdout), "");
        assert!(text(&output.stderr).starts_with("error: "), "{}", text(&output.stderr));
    }
    assert!(fs::read_dir(room.path()).unwrap().next().is_none());
}

#[test]
fn a_place_that_cannot_be_written_is_our_failure() {
    let room = room();
    fs::write(room.path().join("file"), "").unwrap();
    let output =
        wattshift(room.path()).args(["--paths", PATHS, "--out", "file/run"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("cannot create"), "{}", text(&output.stderr));
}

#[test]
fn init_writes_a_study_that_checks_and_spares_a_folder_in_use() {
    let room = room();
    let init = || wattshift(room.path()).args(["init", "new"]).output().unwrap();
    assert_eq!(init().status.code(), Some(0));
    let check = wattshift(room.path()).args(["check", "new/study.toml"]).output().unwrap();
    assert_eq!(check.status.code(), Some(0), "{}", text(&check.stderr));
    assert!(text(&check.stdout).contains("no errors"));
    let study = fs::read_to_string(room.path().join("new/study.toml")).unwrap();
    assert!(study.starts_with("#:schema ./study.schema.json\n"));
    let schema = fs::read_to_string(room.path().join("new/study.schema.json")).unwrap();
    let known = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/study.schema.json"));
    assert_eq!(schema, known.unwrap());
    fs::write(room.path().join("new/study.toml"), "mine").unwrap();
    assert_eq!(init().status.code(), Some(2));
    assert_eq!(fs::read_to_string(room.path().join("new/study.toml")).unwrap(), "mine");
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::process::{Command, Stdio};
    let room = room();
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("wattshift"))
        .current_dir(room.path())
        .args(["--paths", PATHS, "--quiet"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
    assert!(only_run(room.path()).join("summary.csv").is_file());
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_says_so_and_leaves_nothing() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Stdio};
    let room = room();
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("wattshift"))
        .current_dir(room.path())
        .args(["--paths", "2_000_000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    // A big run tells first what it will take, its variations among it.
    assert!(line.starts_with("2,139,264 paths on ") && line.contains("of memory"), "{line}");
    line.clear();
    stderr.read_line(&mut line).unwrap();
    assert!(line.starts_with("simulating"), "{line}");
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{rest}");
    assert!(rest.ends_with("interrupted: nothing is left half-written\n"), "{rest}");
    assert_eq!(text(&output.stdout), "");
    assert!(fs::read_dir(room.path()).unwrap().next().is_none());
}

#[test]
fn the_version_is_the_one_of_the_package() {
    let room = room();
    let output = wattshift(room.path()).arg("--version").output().unwrap();
    assert_eq!(text(&output.stdout), concat!("wattshift ", env!("CARGO_PKG_VERSION"), "\n"));
}

/// Runs `wattshift stress` on few paths.
fn stress(room: &Path, more: &[&str]) -> std::process::Output {
    wattshift(room).args(["stress", "--paths", PATHS]).args(more).output().unwrap()
}

#[test]
fn stress_tells_what_each_moves_and_keeps_it() {
    let room = room();
    let output = stress(room.path(), &["--out", "a"]);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let names = [
        "base",
        "glut_2027",
        "joint_riskoff",
        "btc_2022",
        "hash_shock",
        "delivered_25",
        "colocation_only",
        "gpu_cloud_only",
    ];
    let places: Vec<usize> =
        names.iter().map(|name| stdout.find(&format!("\n{name} ")).expect(name)).collect();
    assert!(places.is_sorted(), "{stdout}");
    assert!(stdout.contains("glut_2027: What if AI compute is in a glut"), "{stdout}");
    assert!(stdout.lines().all(|line| line.chars().count() <= 120), "{stdout}");
    assert!(stderr.contains("simulating 16,384 paths"), "{stderr}");
    assert!(stderr.ends_with("written to a: manifest.json, stress.csv\n"), "{stderr}");
    // From its manifest, in whatever format and on however many threads: the same bytes.
    let again = ["a/manifest.json", "--out", "b", "--format", "csv", "--threads", "1"];
    let again = stress(room.path(), &again);
    let file = |name: &str| fs::read_to_string(room.path().join(name)).unwrap();
    assert_eq!(text(&again.stdout), file("a/stress.csv"), "{}", text(&again.stderr));
    for name in ["stress.csv", "manifest.json"] {
        assert_eq!(file(&format!("a/{name}")), file(&format!("b/{name}")), "{name}");
    }
    let same = stress(room.path(), &["--out", "a", "--quiet", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&same.stdout).unwrap();
    assert_eq!(json["rows"].as_array().unwrap().len(), 8 * 20);
    assert_eq!(json["rows"][0]["difference"]["value"], 0.0);
    let other = stress(room.path(), &["--out", "a", "--only", "glut_2027"]);
    assert_eq!(other.status.code(), Some(2));
    assert!(text(&other.stderr).contains("holds another run"));
}

#[test]
fn stress_takes_the_stresses_that_the_study_names_or_that_the_command_does() {
    let room = room();
    for (name, text) in [
        ("mine/study.toml", "extends = \"site.toml\"\n[stress]\nstudies = [\"ill.toml\"]"),
        ("mine/site.toml", "extends = \"default\"\nname = \"mine\"\n[mining]\nuptime = 0.5"),
        ("mine/ill.toml", "extends = \"default\"\n[fleet]\ntranches = \"small.csv\""),
        ("mine/small.csv", "tranche,gross_mw,efficiency_j_per_th\nold,100,30\n"),
    ] {
        let path = room.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let names = |more: &[&str]| -> Vec<String> {
        let output = stress(room.path(), &[more, &["--format", "csv", "--quiet"]].concat());
        assert_eq!(text(&output.stderr), "");
        let mut table = csv::Reader::from_reader(output.stdout.as_slice());
        let mut names: Vec<String> = table.records().map(|r| r.unwrap()[0].to_string()).collect();
        names.dedup();
        names
    };
    assert_eq!(names(&["mine/study.toml"]), ["base", "ill"]);
    let run = only_run(room.path());
    let folder = run.file_name().unwrap().to_string_lossy().into_owned();
    assert!(folder.starts_with("mine-stress-") && run.join("stress.csv").is_file(), "{folder}");
    // The file of the stress travels in the manifest; a run of its study does not keep the stress.
    let manifest = run.join("manifest.json");
    fs::remove_dir_all(room.path().join("mine")).unwrap();
    assert_eq!(names(&[&manifest.to_string_lossy()]), ["base", "ill"]);
    let only = ["cap_20", "--only", "btc_2022", "--only", "glut_2027"];
    assert_eq!(names(&only), ["base", "btc_2022", "glut_2027"]);
}

#[test]
fn a_stress_that_the_study_cannot_take_is_refused_and_leaves_nothing() {
    let room = room();
    let write = |name: &str, text: &str| fs::write(room.path().join(name), text).unwrap();
    write("leased.toml", "extends = \"default\"\n[colocation]\ncontracts = \"leases.csv\"");
    write("leases.csv", "tenant,critical_it_mw,rent_usd_per_kw_month\ntenant,100,125\n");
    write("seed.toml", "extends = \"default\"\nseed = 1");
    for (asked, told) in [
        (&["leased.toml"][..], "under the stress `gpu_cloud_only`: 100 critical-IT MW are let"),
        (&["leased.toml"], "in [stress] studies, or with --only"),
        (&["--only", "seed.toml"], "under the stress `seed`: `seed` belongs to the question"),
        (&["--only", "glut"], "under the stress `glut`: no study of that name comes with"),
        (&["--only", "nowhere.toml"], "it is named in --only"),
        (&["--only", "default"], "under the stress `default`: it says nothing over the study"),
        (&["nowhere"], "there is no such file"),
    ] {
        let output = stress(room.path(), asked);
        assert_eq!(output.status.code(), Some(2), "{asked:?}");
        assert_eq!(text(&output.stdout), "");
        assert!(text(&output.stderr).contains(told), "{asked:?}: {}", text(&output.stderr));
        assert!(!room.path().join("runs").exists());
    }
    // `check` lays the stresses over the study that names them.
    write("named.toml", "extends = \"leased.toml\"\n[stress]\nstudies = [\"gpu_cloud_only\"]");
    let output = wattshift(room.path()).args(["check", "named.toml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("under the stress `gpu_cloud_only`"));
    write("named.toml", "extends = \"leased.toml\"\n[stress]\nstudies = [\"glut_2027\"]");
    let output = wattshift(room.path()).args(["check", "named.toml"]).output().unwrap();
    assert!(text(&output.stdout).contains("  stresses: glut_2027\n"), "{output:?}");
}

/// The table of the docs is what the command above it prints.
#[test]
fn the_docs_show_real_stresses() {
    let room = room();
    let asked = ["stress", "--paths", "20_000", "--quiet"];
    let printed = text(&wattshift(room.path()).args(asked).output().unwrap().stdout);
    let docs = include_str!("../../docs/results.md");
    let from = docs.find("`wattshift stress --paths 20_000` tells").unwrap();
    let shown = docs[from..].split("```text\n").nth(1).unwrap().split("\n```").next().unwrap();
    assert!(shown.lines().count() > 20);
    for line in shown.lines() {
        assert!(printed.lines().any(|other| other == line), "not printed: {line}");
    }
}

#[test]
fn a_study_that_comes_with_wattshift_is_known_by_its_name() {
    let room = room();
    for name in ["default", "vaneck_2024_as_profit", "delivered_25"] {
        let output = wattshift(room.path()).args(["check", name]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains(&format!("study {name}, ")), "{output:?}");
    }
}

/// The table and the verdict of the README are what the default study prints.
#[test]
fn the_readme_shows_real_output() {
    let room = room();
    let output = wattshift(room.path()).arg("--quiet").output().unwrap();
    let printed = text(&output.stdout);
    let readme = include_str!("../../README.md");
    let shown = readme.split("```text\n").nth(1).unwrap().split("\n```").next().unwrap();
    assert!(shown.lines().count() > 50);
    for line in shown.lines() {
        assert!(printed.lines().any(|other| other == line), "not printed: {line}");
    }
}

#[test]
fn check_finds_correlations_that_contradict_each_other() {
    let room = room();
    wattshift(room.path()).args(["init", "s"]).assert().success();
    let names = "btc_price,fees,hashrate,ai_demand,gpu_rate,rent,power_price";
    let rows = "1,0.9,-0.9,0,0,0,0\n0.9,1,0.9,0,0,0,0\n-0.9,0.9,1,0,0,0,0\n\
                0,0,0,1,0,0,0\n0,0,0,0,1,0,0\n0,0,0,0,0,1,0\n0,0,0,0,0,0,1\n";
    let file = room.path().join("s/correlation_base.csv");
    fs::write(&file, format!("{names}\n{rows}")).unwrap();
    let output = wattshift(room.path()).args(["check", "s/study.toml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("smallest eigenvalue -0.8"), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty());
    // The nearest matrix, pasted as it is shown, is one that the study takes.
    let told = text(&output.stderr);
    let pasted = &told[told.rfind("\nbtc_price,").unwrap() + 1..];
    fs::write(&file, pasted).unwrap();
    wattshift(room.path()).args(["check", "s/study.toml"]).assert().success();
}

#[test]
fn calibrate_prints_fits_and_keeps_them_in_a_folder() {
    let room = room();
    let output = wattshift(room.path()).args(["calibrate", "--out", "fits"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    for shown in [
        "btc_price.gbm.volatility_per_sqrt_year",
        "network.noise_sd_per_month",
        "btc_price with hashrate",
        "best first by BIC",
        "p-values of the tests",
        "wrote calibration.json, calibrated.toml and correlation.csv into fits",
    ] {
        assert!(text(&output.stdout).contains(shown), "{shown}");
    }
    assert!(text(&output.stdout).lines().all(|line| line.chars().count() <= 100));
    let fragment = fs::read_to_string(room.path().join("fits/calibrated.toml")).unwrap();
    let table: toml::Table = fragment.parse().unwrap();
    // Retarget noise less block luck since 2022: 16 to 20 % a year, in months.
    let noise = table["network"]["noise_sd_per_month"].as_float().unwrap() * 12.0_f64.sqrt();
    assert!((0.14..0.22).contains(&noise), "{noise}");
    let volatility = table["btc_price"]["gbm"]["volatility_per_sqrt_year"].as_float().unwrap();
    assert!((0.40..0.70).contains(&volatility), "{volatility}");
    let json = fs::read(room.path().join("fits/calibration.json")).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["fits"][0]["model"], "gbm");
    assert_eq!(json["fits"][0]["convergence"], "converged");
    let again = wattshift(room.path()).args(["calibrate", "--out", "fits"]).output().unwrap();
    assert_eq!(again.status.code(), Some(2), "a folder that holds something is never overwritten");
    assert!(text(&again.stderr).contains("the output folder holds something"));
}

type Row = HashMap<String, Field>;

/// The rows of a Parquet file, by column.
fn parquet_rows(path: &Path) -> Vec<Row> {
    let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
    rows.map(|row| row.into_columns().into_iter().collect()).collect()
}

#[test]
fn outcomes_say_what_run_they_are_of() {
    let room = room();
    let run = ["--paths", PATHS, "--outcomes", "--out", "run", "--quiet"];
    wattshift(room.path()).args(run).assert().success();
    let file = fs::File::open(room.path().join("run/outcomes.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let metadata = reader.metadata().file_metadata();
    assert_eq!(metadata.num_rows(), 21 * PATHS.parse::<i64>().unwrap());
    let about = metadata.key_value_metadata().unwrap();
    let about =
        |key: &str| about.iter().find(|pair| pair.key == key).unwrap().value.clone().unwrap();
    assert_eq!(about("wattshift.version"), env!("CARGO_PKG_VERSION"));
    assert_eq!([about("wattshift.study"), about("wattshift.paths")], ["default", PATHS]);
    let manifest = fs::read_to_string(room.path().join("run/manifest.json")).unwrap();
    assert_eq!(about("wattshift.manifest"), manifest);
}

#[test]
fn markets_are_those_of_the_run_in_csv_and_in_parquet() {
    let room = room();
    let run = |arguments: &[&str]| {
        wattshift(room.path()).arg("market").args(arguments).arg("--quiet").output().unwrap()
    };
    let few = ["--paths", "70", "--dates", "month_ends,2027-06-29"];
    for out in ["m.csv", "m.parquet"] {
        let output = run(&[&few[..], &["--out", out, "--threads", "1"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    }
    let mut table = csv::Reader::from_path(room.path().join("m.csv")).unwrap();
    let names = table.headers().unwrap().clone();
    let records: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let rows = parquet_rows(&room.path().join("m.parquet"));
    assert_eq!(records.len(), 70 * 19);
    assert_eq!(rows.len(), records.len());
    for (record, row) in records.iter().zip(&rows) {
        for (name, cell) in names.iter().zip(record) {
            match &row[name] {
                Field::Long(path) => assert_eq!(path.to_string(), cell),
                Field::Double(value) => assert_eq!(value.to_string(), cell, "{name}"),
                day => assert!(day.to_string().starts_with(cell), "{day} {cell}"),
            }
        }
    }
    let bytes = |name: &str| fs::read(room.path().join(name)).unwrap();
    // Neither threads nor a manifest in place of the study move a byte of the numbers.
    run(&[&few[..], &["--out", "two.csv", "--threads", "2"]].concat());
    assert_eq!(bytes("two.csv"), bytes("m.csv"));
    wattshift(room.path()).args(["--paths", PATHS, "--out", "run", "--quiet"]).assert().success();
    run(&[&["run/manifest.json"], &few[..], &["--out", "again.parquet"]].concat());
    assert_eq!(bytes("again.parquet"), bytes("m.parquet"));
    // What cannot be is refused, and nothing is left behind.
    let before = fs::read_dir(room.path()).unwrap().count();
    for (arguments, told) in [
        (&["--out", "m.csv"][..], "--force"),
        (&["--out", "m.txt"], ".csv or .parquet"),
        (&["--out", "new.csv", "--dates", "2030-01-01"], "2026-07-31 to 2027-12-31"),
        (&["--out", "new.csv", "--paths", "0"], "at least one path"),
        (&["--out", "new.csv", "--paths", "1_000_000_000_000"], "does not fit on the disk"),
        (
            &["--out", "new.csv", "--paths", "1_000_000_000_000"],
            "fewer --paths or fewer --dates, or",
        ),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(told), "{}", text(&output.stderr));
        for of_a_run in ["--outcomes", "--checkpoint"] {
            assert!(!text(&output.stderr).contains(of_a_run), "{}", text(&output.stderr));
        }
    }
    assert_eq!(fs::read_dir(room.path()).unwrap().count(), before);
}

#[test]
fn the_months_of_an_explained_path_add_up_to_its_outcome() {
    let room = room();
    let run = ["--paths", PATHS, "--outcomes", "--out", "run", "--quiet"];
    wattshift(room.path()).args(run).assert().success();
    let outcomes = parquet_rows(&room.path().join("run/outcomes.parquet"));
    let is_it = |row: &&Row| row["path"] == Field::Long(777) && row["share"] == Field::Double(0.35);
    let record = outcomes.iter().find(is_it).unwrap();
    let arguments = ["explain", "--path", "777", "--share", "0.35", "--format", "csv"];
    let output = wattshift(room.path()).args(arguments).output().unwrap();
    let mut months = csv::Reader::from_reader(output.stdout.as_slice());
    let names = months.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = months.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 12);
    for metric in ["revenue_mining", "revenue_colocation", "revenue_gpu_cloud", "gross_margin"] {
        let column = names.iter().position(|name| name.starts_with(metric)).unwrap();
        let sum: f64 = rows.iter().map(|row| row[column].parse::<f64>().unwrap()).sum();
        let Field::Double(outcome) = record[&format!("{metric}_usd")] else { panic!("a number") };
        assert!((sum / outcome - 1.0).abs() < 1e-9, "{metric}: {sum} against {outcome}");
    }
}

#[test]
fn a_path_that_the_run_does_not_have_is_refused_with_what_it_has() {
    let room = room();
    let explain = |words: &[&str]| {
        let common = ["explain", "--share", "0.2", "--format", "csv"];
        wattshift(room.path()).args(common).args(words).output().unwrap()
    };
    // The default study asks for 100,000.
    for path in ["100000", "18446744073709551615"] {
        let output = explain(&["--path", path]);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        let told = text(&output.stderr);
        for words in [path, "a path from 0 to 99,999", "number of paths"] {
            assert!(told.contains(words), "{told}");
        }
    }
    assert_eq!(explain(&["--path", "99_999"]).status.code(), Some(0));
    let longer = explain(&["--path", "100_000", "--paths", "200_000"]);
    assert_eq!(longer.status.code(), Some(0));
    // Nor does a path hang on how many there are.
    let same = |paths| explain(&["--path", "7", "--paths", paths]).stdout;
    let few = same("2048");
    assert!(text(&few).lines().count() > 12, "{}", text(&few));
    assert_eq!(few, same("200_000"));
}

/// A folder with a study that names a series twice, one of them a day late and with a hostile name.
fn room_with_series() -> tempfile::TempDir {
    let room = room();
    let rows = |shift: i64| -> String {
        let day = |k: i64| jiff::civil::date(2026, 6, 1).saturating_add((k + shift).days());
        (0..59).map(|k| format!("{},{}\n", day(k), 60_000 + k * k % 13 * 100)).collect()
    };
    let header = "date,close_usd,=cmd|' /C calc'!A0,\u{7}bell\n";
    let own: String = rows(0).lines().map(|line| format!("{line},1,2\n")).collect();
    fs::write(room.path().join("own.csv"), format!("{header}{own}")).unwrap();
    fs::write(room.path().join("=late.csv"), format!("date,close_usd\n{}", rows(1))).unwrap();
    let study = "extends = \"default\"\nname = \"mine\"\n[data]\nbtc_price = [\"own.csv\", \
                 { file = \"=late.csv\", unit = \"USD\" }]\n";
    fs::write(room.path().join("s.toml"), study).unwrap();
    room
}

#[test]
fn check_says_what_it_understood_and_hides_nothing() {
    let room = room_with_series();
    let output = wattshift(room.path()).args(["check", "s.toml"]).output().unwrap();
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    for part in [
        "data.btc_price = own.csv: 59 rows, 2026-06-01 to 2026-07-29",
        "separated by `,`, header in line 1; `date` holds a day as 2026-07-31",
        "`close_usd` holds the BTC price in USD: as the file says",
        "59 rows read = 59 used",
        "a value a day; =late.csv stamps its values a day later",
        "not used: `=cmd|' /C calc'!A0`, `?bell`",
        "data.btc_price[1] = =late.csv: 59 rows",
        "btc_price.start_usd_per_btc = 62,814 beside 6",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    assert!(!room.path().join("runs").exists(), "checking alone writes nothing");
}

#[test]
fn the_data_doctor_prints_and_keeps_the_same() {
    let room = room_with_series();
    let doctor = |format: &str, out: &str| {
        let asked = ["check", "--data", "s.toml", "--format", format, "--out", out];
        let output = wattshift(room.path()).args(asked).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let csv = doctor("csv", "q");
    assert_eq!(csv, fs::read_to_string(room.path().join("q/quality.csv")).unwrap());
    let mut table = csv::Reader::from_reader(csv.as_bytes());
    let header = table.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(&rows[0][at("rows_used")], "59");
    assert_eq!(&rows[0][at("compared_with")], "'=late.csv", "a formula is neutralised");
    assert_eq!(&rows[1][at("file")], "'=late.csv");
    let json: serde_json::Value = serde_json::from_str(&doctor("json", "q")).unwrap();
    assert_eq!(json[0]["comparisons"][0]["file"], "=late.csv");
    assert_eq!(json.as_array().unwrap().len(), rows.len());
    let told = doctor("table", "q");
    assert!(told.contains("wrote quality.csv and quality.json into q"), "{told}");
    assert!(told.lines().all(|line| line.chars().count() <= 120), "{told}");
    // Without --out it goes where runs go.
    wattshift(room.path()).args(["check", "--data", "s.toml"]).assert().success();
    assert!(room.path().join("runs/mine-quality/quality.json").is_file());
}

#[test]
fn a_wrong_series_exits_with_two_and_leaves_nothing() {
    let room = room_with_series();
    fs::write(room.path().join("own.csv"), "date,close\n2026-07-01,6O000\n2026-07-02,1\n").unwrap();
    for asked in [vec!["check", "s.toml"], vec!["check", "--data", "s.toml"], vec!["run", "s.toml"]]
    {
        let output = wattshift(room.path()).args(&asked).output().unwrap();
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("own.csv:2, `close`") && told.contains("6O000"), "{told}");
        assert!(!room.path().join("runs").exists());
    }
}

#[test]
fn a_run_becomes_a_page_with_it_or_from_its_folder_the_same_bytes() {
    let room = room();
    let run = |out: &str, more: &[&str]| {
        let mut command = wattshift(room.path());
        command.args(["run", "sector_2027", "--paths", PATHS, "--out", out]).args(more);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stderr)
    };
    let report = |folder: &str, more: &[&str]| {
        wattshift(room.path()).args(["report", folder]).args(more).output().unwrap()
    };
    let told = run("with", &["--report"]);
    assert!(told.contains("written to with/report.html"), "{told}");
    run("without", &[]);
    assert!(!room.path().join("without/report.html").exists());
    let output = report("without", &["--quiet", "--threads", "1"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{}", text(&output.stderr));
    let page = |folder: &str| fs::read(room.path().join(folder).join("report.html")).unwrap();
    assert!(page("with") == page("without"));
    let html = text(&page("with"));
    for part in ["The verdict", "Mean against tail", "The bridge from 13.9 billion", "SHA-256"] {
        assert!(html.contains(part), "{part}");
    }
    // The page belongs to the run: neither the same run nor another report is in its way.
    run("with", &["--report"]);
    assert_eq!(report("with", &[]).status.code(), Some(0));
    let names = fs::read_dir(room.path().join("with")).unwrap();
    let mut names: Vec<_> = names.map(|name| name.unwrap().file_name()).collect();
    names.sort();
    let expected = [
        "bridge.csv",
        "claim.csv",
        "manifest.json",
        "report.html",
        "spread.csv",
        "summary.csv",
        "tables.sha256",
        "variations.csv",
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_page_has_the_same_bytes_on_one_thread_and_on_two() {
    let room = room();
    let done = |words: &[&str]| {
        let output = wattshift(room.path()).args(words).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    };
    done(&["run", "core_scientific", "--paths", PATHS, "--out", "own", "--quiet"]);
    let page = |threads: &str| {
        done(&["report", "own", "--quiet", "--threads", threads]);
        fs::read(room.path().join("own/report.html")).unwrap()
    };
    assert!(page("1") == page("2"));
}

#[test]
fn no_page_is_made_of_what_is_no_run_or_of_another() {
    let room = room();
    let refused = |folder: &str| {
        let output = wattshift(room.path()).args(["report", folder]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{folder}");
        text(&output.stderr)
    };
    let told = refused("nowhere");
    assert!(told.contains("the folder holds no run\n  --> nowhere"), "{told}");
    fs::create_dir(room.path().join("empty")).unwrap();
    assert!(refused("empty").contains("found    \"no manifest.json\""));
    let run = |words: &[&str]| {
        let output = wattshift(room.path()).args(words).args(["--paths", PATHS]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    };
    run(&["stress", "--only", "glut_2027", "--out", "stressed"]);
    assert!(refused("stressed").contains("found    \"stresses: several runs beside each other\""));
    run(&["run", "--out", "own"]);
    run(&["run", "company", "--out", "other"]);
    let own = room.path().join("own");
    // As Python's to_parquet() leaves a run.
    let parquet = room.path().join("parquet");
    fs::create_dir(&parquet).unwrap();
    fs::copy(own.join("manifest.json"), parquet.join("manifest.json")).unwrap();
    fs::write(parquet.join("summary.parquet"), "").unwrap();
    let told = refused("parquet");
    for words in [
        "the folder holds no run\n  --> parquet\n",
        "found    \"Parquet tables of a run, as Python writes them\"",
        "`wattshift run \"parquet/manifest.json\" --report`",
    ] {
        assert!(told.contains(words), "{told}");
    }
    // A table of another study: its checksum is not the one told, and if it were, its rows are not these.
    let copy = |name| fs::copy(room.path().join("other").join(name), own.join(name)).unwrap();
    copy("summary.csv");
    let told = refused("own");
    assert!(told.contains("not the one that the run wrote\n  --> own/summary.csv"), "{told}");
    copy("tables.sha256");
    let told = refused("own");
    assert!(told.contains("not the one that the run wrote\n  --> own/manifest.json"), "{told}");
    let told_anew = || {
        let names = ["manifest.json", "summary.csv", "spread.csv", "variations.csv"];
        let line = |name| format!("{}  {name}\n", sha256_hex(&fs::read(own.join(name)).unwrap()));
        fs::write(own.join("tables.sha256"), names.map(line).concat()).unwrap();
    };
    told_anew();
    let told = refused("own");
    assert!(told.contains("the row is not that of this run\n  --> own/summary.csv:"), "{told}");
    // A table with the rows of this study, whose numbers are not.
    run(&["run", "--out", "own", "--force"]);
    let summary = fs::read_to_string(own.join("summary.csv")).unwrap();
    let line = summary.lines().find(|line| line.contains(",revenue,mean,")).unwrap();
    let mut cells: Vec<&str> = line.split(',').collect();
    cells[8] = "1e12";
    fs::write(own.join("summary.csv"), summary.replacen(line, &cells.join(","), 1)).unwrap();
    assert!(refused("own").contains("not the one that the run wrote"));
    // Nor does it help to write the checksums anew.
    told_anew();
    let told = refused("own");
    assert!(told.contains("the tables are not of the run"), "{told}");
    // The manifest of another seed over the tables of this one.
    run(&["run", "--out", "own", "--force"]);
    run(&["run", "--out", "seeded", "--seed", "9"]);
    fs::copy(room.path().join("seeded/manifest.json"), own.join("manifest.json")).unwrap();
    let told = refused("own");
    assert!(told.contains("not the one that the run wrote\n  --> own/manifest.json"), "{told}");
    run(&["run", "--out", "own", "--force"]);
    fs::remove_file(own.join("spread.csv")).unwrap();
    assert!(refused("own").contains("error: a table of the run is missing\n  --> own/spread.csv"));
    assert!(!own.join("report.html").exists());
}
