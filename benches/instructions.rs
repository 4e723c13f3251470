//! Instructions that the engine's parts take, counted and not timed: no noise, so a regression shows.
//!
//! `make instructions` runs each part under callgrind, compares with `benches/instructions.csv` and
//! fails where a part takes more than 10 % more; `make instructions BLESS=1` writes the file anew.
//! Counts are of the AVX2 build of the kernels, which valgrind can run; they hold for one compiler
//! and are not times: an instruction that divides counts as one that adds.

use ndarray::{Array2, Array3};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::hint::black_box;
use std::process::{Command, ExitCode};
use wattshift::chance::{Chance, Stream};
use wattshift::economics::metric::{Driver, Metric};
use wattshift::input::study::{Overrides, Source, Study};
use wattshift::risk::{Distribution, Level, RiskMeasure};
use wattshift::study::columns;
use wattshift::study::world::World;
use wattshift::tile::{Build, LANES, PATHS_PER_GROUP};

/// The parts by name, and what their instructions are counted per.
const PARTS: [(&str, &str); 7] = [
    ("scores", "score"),
    ("market", "path-step"),
    ("laws", "path-step"),
    ("ledgers", "path-step"),
    ("valuation", "share and path"),
    ("tile", "path-step"),
    ("statistics", "value"),
];
/// Tiles that are simulated and valued.
const TILES: u64 = 4;
/// Groups of paths that follow models by their weights: enough for each to be followed.
const GROUPS: u64 = 64;
/// Values of a column: more than are kept.
const VALUES: usize = 65_536;
/// A part may take so much more than the file says.
const GROWTH_MAX: f64 = 1.10;
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.csv");
/// What tells glibc never to copy by one instruction for a whole block.
const NO_STRING_INSTRUCTIONS: &str =
    "glibc.cpu.x86_rep_stosb_threshold=100000000:glibc.cpu.x86_rep_movsb_threshold=100000000";
const HEADER: &str = "part,per,instructions\n";

/// Runs work whose instructions are counted: callgrind counts while it is inside this function.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
    // Not the last call, so that it cannot become a jump out of this function.
    black_box(());
}

/// Runs one part on one thread; gives the number of units that were counted.
fn run(part: &str) -> u64 {
    let build = Build::available()[1];
    let study = Study::default_study();
    let world = World::new(&study, build).expect("the embedded study can be wired");
    let mut room = world.make_room();
    let shares = study.shares.len();
    let steps = world.grid.steps() as u64;
    let path_steps = TILES * LANES as u64 * steps;
    let mut outcomes = Array3::zeros((world.metrics.len(), shares, LANES));
    let mut drivers = Array2::zeros((Driver::ALL.len(), LANES));
    // Without a claim there are no steps from it.
    let mut bridge = Array2::zeros((0, LANES));
    let tiles = (0..TILES).map(|tile| tile * LANES as u64);
    // Rooms are made on first use.
    world.value(0, &mut room, outcomes.view_mut(), drivers.view_mut(), bridge.view_mut());
    match part {
        "scores" => {
            let mut rows = vec![[0.0_f32; LANES]; 512];
            let chance = Chance::new(1, 0, build);
            counted(&mut || chance.scores(Stream::new("bench", "scores"), &mut rows));
            (rows.len() * LANES) as u64
        }
        "market" => {
            tiles.for_each(|path| {
                counted(&mut || world.market().simulate(path, &mut room.market));
            });
            path_steps
        }
        "laws" => {
            let text = include_str!("../data/studies/models.toml");
            let study =
                Study::from_text("models.toml", text, &Source::Embedded, &Overrides::default());
            let study = study.expect("a shipped study is valid");
            let world = World::new(&study, build).expect("a shipped study can be wired");
            let mut room = world.make_room();
            let followed = |path| world.market().models_of(path);
            let all: BTreeSet<(usize, usize)> = (0..GROUPS)
                .flat_map(|group| followed(group * PATHS_PER_GROUP).into_iter().enumerate())
                .collect();
            assert_eq!(all.len(), world.market().mixed().iter().map(Vec::len).sum::<usize>());
            (0..GROUPS).for_each(|group| {
                let path = group * PATHS_PER_GROUP;
                counted(&mut || world.market().simulate(path, &mut room.market));
            });
            GROUPS * PATHS_PER_GROUP * steps
        }
        "ledgers" => {
            tiles.for_each(|path| {
                world.market().simulate(path, &mut room.market);
                let (tile, ledgers) = (&room.market.tile, &mut room.ledgers);
                counted(&mut || world.valuation.enter(build, tile, ledgers));
            });
            path_steps
        }
        "valuation" => {
            tiles.for_each(|path| {
                let scalars = world.simulate(path, &mut room);
                let (tile, ledgers) = (&room.market.tile, &room.ledgers);
                counted(&mut || {
                    world.valuation.value(build, tile, ledgers, &scalars, outcomes.view_mut());
                });
            });
            TILES * (LANES * shares) as u64
        }
        "tile" => {
            tiles.for_each(|path| {
                counted(&mut || {
                    world.value(
                        path,
                        &mut room,
                        outcomes.view_mut(),
                        drivers.view_mut(),
                        bridge.view_mut(),
                    );
                });
            });
            path_steps
        }
        "statistics" => {
            let mut rows = vec![[0.0_f32; LANES]; VALUES / LANES];
            Chance::new(1, 0, build).scores(Stream::new("bench", "column"), &mut rows);
            let usd = |z: &f32| 1e8 + 2e7 * f64::from(*z);
            let column: Vec<f64> = rows.iter().flatten().map(usd).collect();
            let measures = columns::measures(Metric::Revenue);
            let levels = Level::of(&measures);
            counted(&mut || {
                let law = Distribution::of(&column, &levels);
                let mean = RiskMeasure::Mean.replicated(&law, None);
                for measure in &measures {
                    black_box(measure.estimate(&law, Some(&mean)));
                }
            });
            VALUES as u64
        }
        _ => unreachable!("{part} is no part"),
    }
}

/// Instructions of one part per unit; `Err` where callgrind does not count.
fn count(part: &str) -> Result<f64, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=instructions::counted*")
        .arg(this)
        .args(["--part", part])
        // One worker: its own thread counts as well, and the work of others would be shared out.
        .env("RAYON_NUM_THREADS", "1")
        // Above a threshold that hangs on the machine's caches glibc copies by one instruction that
        // callgrind counts once a byte.
        .env("GLIBC_TUNABLES", NO_STRING_INSTRUCTIONS)
        .output()
        .map_err(|error| format!("valgrind does not run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).replace(',', "");
    let units = String::from_utf8_lossy(&output.stdout).trim().parse::<f64>();
    let instructions = said
        .lines()
        .find_map(|line| line.split("Collected :").nth(1)?.trim().parse::<f64>().ok())
        .filter(|count| *count > 0.0);
    match (instructions, units) {
        (Some(instructions), Ok(units)) => Ok(instructions / units),
        _ => Err(format!("callgrind counted nothing of {part}:\n{said}")),
    }
}

/// The counts of the file, by part.
fn read() -> Vec<(String, f64)> {
    let text = std::fs::read_to_string(FILE).unwrap_or_default();
    let rows = text.lines().skip(1).filter_map(|line| {
        let mut cells = line.split(',');
        Some((cells.next()?.to_owned(), cells.nth(1)?.parse().ok()?))
    });
    rows.collect()
}

/// Counts every part, and writes the file or compares with it.
fn compare(is_blessing: bool) -> Result<(), String> {
    let known = read();
    let mut file = HEADER.to_owned();
    let mut grown = Vec::new();
    for (part, per) in PARTS {
        let found = count(part)?;
        let before = known.iter().find(|(name, _)| name == part).map(|(_, count)| *count);
        let change = before.map(|before| found / before - 1.0);
        let said = change.map_or("new".to_owned(), |c| format!("{:+.1} %", 100.0 * c));
        println!("{part:<12} {found:>9.2} instructions per {per:<15} {said}");
        writeln!(file, "{part},{per},{found:.2}").expect("a string takes all");
        if change.is_none_or(|change| change > GROWTH_MAX - 1.0) {
            grown.push(part);
        }
    }
    if is_blessing {
        return std::fs::write(FILE, file).map_err(|error| format!("{FILE}: {error}"));
    }
    if grown.is_empty() {
        return Ok(());
    }
    Err(format!(
        "more than {:.0} % above benches/instructions.csv, or new to it: {}.\nFind what made it \
         slower; if it is worth it, or the compiler is another, `make instructions BLESS=1` writes \
         the file anew: commit it with the reason.",
        100.0 * (GROWTH_MAX - 1.0),
        grown.join(", ")
    ))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if Build::available().len() < 2 {
        println!(
            "counts are of the AVX2 build, which this machine does not run: nothing is counted"
        );
        return ExitCode::SUCCESS;
    }
    if let Some(at) = arguments.iter().position(|argument| argument == "--part") {
        println!("{}", run(&arguments[at + 1]));
        return ExitCode::SUCCESS;
    }
    // `cargo bench` passes the filter of other benchmarks to this one too.
    if arguments.iter().any(|argument| !argument.starts_with("--")) {
        return ExitCode::SUCCESS;
    }
    if has("--test") {
        PARTS.iter().for_each(|(part, _)| println!("{part}: {} units", run(part)));
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("valgrind is not installed: nothing is counted");
        return ExitCode::SUCCESS;
    }
    match compare(has("--bless")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}
