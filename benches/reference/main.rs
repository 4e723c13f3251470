//! Speed of the reference sweep, to be compared with other programs that simulate the same world.
//!
//! `cargo bench --bench reference -- [PATHS] [RUNS] [portable|avx2|avx512]` prints nanoseconds of CPU
//! per factor-step, and a line of JSON with the measures of every share, which a script can compare
//! (`benches/peers.py`). Any other word is refused with exit code 2.
//! CPU time of all threads, not wall time: other work on the machine disturbs it least.

mod sweep;

use rustix::time::{ClockId, clock_gettime};
use std::process::ExitCode;
use std::time::Instant;
use sweep::{DAYS, FACTORS, Sweep, measures};
use wattshift::tile::{Build, PATHS_MIN};

/// What one run took.
struct Took {
    simulated_s: f64,
    simulated_cpu_s: f64,
    total_s: f64,
    total_cpu_s: f64,
}

/// Seconds of CPU that the process has used, over all threads.
fn cpu_s() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64
}

/// The most memory that the process has held, MB; 0 where the system does not say.
fn memory_max_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1024.0
}

/// Paths and runs, and the build with its name, as the words of the command ask; options are cargo's.
fn read(words: &[String]) -> Result<([usize; 2], (Build, &'static str)), String> {
    // Cargo adds `--bench`, a check of all benchmarks `--test`: a few paths once.
    let is_test = words.iter().any(|word| word == "--test");
    let mut numbers = if is_test { [4_096, 1] } else { [100_000, 5] };
    // Slowest first, as `available` has them.
    let builds: Vec<_> =
        Build::available().into_iter().zip(["portable", "avx2", "avx512"]).collect();
    let mut build = *builds.last().expect("every machine runs the portable build");
    let mut places = numbers.iter_mut().zip([PATHS_MIN as usize, 1]);
    for word in words.iter().filter(|word| !word.starts_with("--")) {
        if let Some(named) = builds.iter().find(|(_, name)| name == word) {
            build = *named;
        } else if let Ok(number) = word.parse()
            && let Some((place, least)) = places.next()
            && number >= least
        {
            *place = number;
        } else {
            let names: Vec<_> = builds.iter().map(|(_, name)| *name).collect();
            return Err(format!(
                "`{word}` is not understood: [PATHS] [RUNS] [BUILD] are {PATHS_MIN} paths or more, \
                 one run or more and a build that this machine has: {}",
                names.join(", ")
            ));
        }
    }
    Ok((numbers, build))
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let ([paths, runs], (build, build_name)) = match read(&words) {
        Ok(read) => read,
        Err(text) => {
            eprintln!("{text}");
            return ExitCode::from(2);
        }
    };
    let mut found = Vec::new();
    let mut took: Vec<Took> = (0..runs as u64)
        .map(|run| {
            let (start, start_cpu) = (Instant::now(), cpu_s());
            let earned = Sweep::new(12_345 + run, build).simulate(paths);
            let (simulated_s, simulated_cpu_s) =
                (start.elapsed().as_secs_f64(), cpu_s() - start_cpu);
            found = measures(&earned);
            let (total_s, total_cpu_s) = (start.elapsed().as_secs_f64(), cpu_s() - start_cpu);
            Took { simulated_s, simulated_cpu_s, total_s, total_cpu_s }
        })
        .collect();
    took.sort_by(|a, b| a.simulated_cpu_s.total_cmp(&b.simulated_cpu_s));
    let (least, middle) = (&took[0], &took[took.len() / 2]);
    let factor_steps = (paths * DAYS * FACTORS) as f64;
    let ns = |seconds: f64| seconds * 1e9 / factor_steps;
    eprintln!(
        "{paths} paths, {runs} runs: {:.3} ns of CPU per factor-step, {:.3} at least; statistics {:.1} %",
        ns(middle.simulated_cpu_s),
        ns(least.simulated_cpu_s),
        100.0 * (1.0 - middle.simulated_cpu_s / middle.total_cpu_s),
    );
    let stats: Vec<_> =
        found.iter().map(|share| share.map(|estimate| estimate.value).to_vec()).collect();
    let line = serde_json::json!({
        "impl": format!("wattshift-{build_name}"), "workload": "w1", "n": paths, "reps": runs,
        "t_sim": middle.simulated_s, "t_stats": middle.total_s - middle.simulated_s,
        "t_total": middle.total_s, "t_min": least.total_s,
        "cpu": middle.total_cpu_s, "cpu_sim": middle.simulated_cpu_s,
        "cpu_sim_min": least.simulated_cpu_s, "ns_core_min": ns(least.simulated_cpu_s),
        "factor_steps_per_s": factor_steps / middle.total_s,
        "fs_sim": factor_steps / middle.simulated_s,
        "maxrss_mb": memory_max_mb(), "stats": stats,
    });
    println!("{line}");
    ExitCode::SUCCESS
}
