//! The reference sweep (`benches/reference`) is the world it says it is: path by path against a plain
//! loop, against a closed form, against the pooled results of other programs, and to the bit between
//! builds and numbers of threads.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

#[path = "../../benches/reference/sweep.rs"]
mod sweep;

use sweep::{DAYS, MEASURES, SHARES, Sweep, measures};
use wattshift::chance::{Chance, Stream};
use wattshift::dependence::gaussian::GaussianDependence;
use wattshift::model::events::Events;
use wattshift::parallel;
use wattshift::tile::{Build, LANES};
use wattshift::time::TimeGrid;

const PATHS: usize = 1 << 17;

/// What one path earns by mining and by renting, USD: the world once more, day by day in f64 and with
/// numbers of its own, given the shock of a factor on a day.
fn year(shock: impl Fn(usize, usize) -> f64) -> [f64; 2] {
    let dt = 1.0 / 365.0_f64;
    let mean_jump = (-0.02 + 0.5 * 0.08_f64.powi(2)).exp() - 1.0;
    let drift = 0.10 - 0.5 * 0.60_f64.powi(2) - 6.0 * mean_jump;
    let (mut price, mut hashrate, mut index) =
        (vec![100_000.0_f64], vec![1_000.0_f64], vec![1.0_f64]);
    for day in 1..=405 {
        let (p, h, i) = (price[day - 1], hashrate[day - 1], index[day - 1]);
        let to_price = 2.0 * ((p / 100_000.0).ln() - (h / 1_000.0).ln());
        let to_mean = 0.7_f64.ln() - i.ln();
        price.push(p * (drift * dt + 0.60 * dt.sqrt() * shock(0, day)).exp());
        hashrate.push(h * (to_price * dt + 0.15 * dt.sqrt() * shock(1, day)).exp());
        index.push(i * (to_mean * dt + 0.45 * dt.sqrt() * shock(2, day)).exp());
    }
    let mined = |day: usize| {
        // The last whole 14 days before this one.
        let end = (day - 1) / 14 * 14;
        let difficulty = hashrate[end - 13..=end].iter().sum::<f64>() / 14.0;
        3.125 * 144.0 * 1.04 * 50.0 / difficulty * price[day]
    };
    let rented = |day: usize| 1.5e6 * 0.92 / 365.0 * 1_000.0 * index[day];
    [(41..=405).map(mined).sum(), (41..=405).map(rented).sum()]
}

/// `year` of paths `0 .. paths`, with the scores and the jumps of a seed as the library draws them.
fn years(seed: u64, paths: usize) -> Vec<[f64; 2]> {
    const STEPS: usize = 406;
    let names = ["btc_price", "hashrate", "ai_index"];
    let correlation = ndarray::array![[1.0, 0.3, 0.35], [0.3, 1.0, 0.1], [0.35, 0.1, 1.0]];
    let dependence = GaussianDependence::new(&correlation, &names).unwrap();
    let grid = TimeGrid::new(jiff::civil::date(2026, 11, 21), 2027).unwrap();
    let mut years = Vec::new();
    for first_path in (0..paths).step_by(LANES) {
        let chance = Chance::new(seed, first_path as u64, Build::PORTABLE);
        let mut shocks = vec![[0.0_f32; LANES]; 3 * STEPS];
        for (rows, name) in shocks.chunks_mut(STEPS).zip(names) {
            chance.scores(Stream::new("score", name), rows);
        }
        dependence.couple(Build::PORTABLE, STEPS, &mut shocks);
        let jumps = Events::draw(&chance, Stream::new("jump", "btc_price"), 6.0, &grid);
        let sizes = jumps.normals(&chance, Stream::new("jump_size", "btc_price"));
        for (jump, size) in jumps.all().iter().zip(sizes) {
            // A shock has 24 bits, with its jumps too: the one rounding that is as large as 1e-8.
            let day_sd = 0.60 * (1.0 / 365.0_f64).sqrt();
            shocks[jump.step][jump.lane] += ((-0.02 + 0.08 * size) / day_sd) as f32;
        }
        for lane in 0..LANES.min(paths - first_path) {
            years.push(year(|factor, day| f64::from(shocks[factor * STEPS + day][lane])));
        }
    }
    years
}

#[test]
fn every_path_is_that_of_a_plain_loop() {
    // Two tiles and a part of one, a thousand jumps.
    const PATHS: usize = 150;
    // What rounding can do: a day moves a logarithm, which stays below 8, by less than 4 ε in the
    // sweep, and a level by less than 4 ε in the loop. Mining has a price, a difficulty and the price
    // that it follows: 405 days of 24 ε are 2.2e-12. A day more or less would be 1e-3.
    const RELATIVE: f64 = 1e-10;
    let earned = Sweep::new(8, Build::fastest()).simulate(PATHS);
    let years = years(8, PATHS);
    for (share, rented) in [(0, 0.0), (10, 0.5), (20, 1.0)] {
        let found = earned.at_share(share);
        assert_eq!(found.len(), PATHS);
        for (path, (usd, [mining, renting])) in found.iter().zip(&years).enumerate() {
            let plain = (1.0 - rented) * mining + rented * renting;
            assert!(
                (usd / plain - 1.0).abs() < RELATIVE,
                "share {share}, path {path}: {usd} USD, not {plain}"
            );
        }
    }
}

/// Mean of the year's rent, USD: the Euler steps of the index's logarithm a leave it normal, with
/// m' = m + κ (ln 0.7 − m) dt and v' = (1 − κ dt)² v + σ² dt, so that E e^a = e^{m + v/2} a day.
fn mean_rent_usd() -> f64 {
    let dt = 1.0 / 365.0_f64;
    let (mut mean, mut variance, mut sum) = (0.0_f64, 0.0_f64, 0.0_f64);
    for day in 1..=DAYS {
        mean += (0.7_f64.ln() - mean) * dt;
        variance = (1.0 - dt).powi(2) * variance + 0.45_f64.powi(2) * dt;
        if day > 40 {
            sum += (mean + 0.5 * variance).exp();
        }
    }
    1.5e6 * 0.92 / 365.0 * 1_000.0 * sum
}

#[test]
fn the_rent_has_its_exact_mean() {
    assert!((mean_rent_usd() - 1.223_073e9).abs() < 500.0, "{}", mean_rent_usd());
    let rent = Sweep::new(5, Build::fastest()).simulate(PATHS).renting;
    let mean = rent.iter().sum::<f64>() / PATHS as f64;
    let variance = rent.iter().map(|usd| (usd - mean).powi(2)).sum::<f64>() / PATHS as f64;
    let error = (variance / PATHS as f64).sqrt();
    assert!((mean - mean_rent_usd()).abs() < 4.0 * error, "{mean} ± {error}");
}

#[test]
fn measures_agree_with_those_of_other_programs() {
    // Million USD, pooled over 23 runs of a million paths by independent programs in Python, C and
    // Rust, with generators and orders of summation of their own; in the order of `MEASURES`. Where
    // only some were kept, NaN stands for the others.
    const POOLED_PATHS: f64 = 23e6;
    const ROUNDED: f64 = 0.05;
    const NONE: f64 = f64::NAN;
    let reference = [
        (0, [862.72, 191.8, 507.7, 588.3, 841.5, 1_209.2, 1_407.5, 274.5, 323.6, 355.0, 389.9]),
        (4, [934.8, 175.9, NONE, NONE, NONE, NONE, NONE, 183.8, 231.6, 262.0, 296.5]),
        (10, [1_042.8, 180.6, NONE, NONE, NONE, NONE, NONE, 86.4, 137.6, 170.3, 207.6]),
        (20, [1_223.0, 251.5, NONE, NONE, NONE, NONE, NONE, 2.3, 68.4, 110.6, 157.7]),
    ];
    let found = measures(&Sweep::new(6, Build::fastest()).simulate(PATHS));
    assert_eq!(found.len(), SHARES);
    for (share, values) in reference {
        for ((measure, value), estimate) in MEASURES.iter().zip(values).zip(found[share]) {
            if value.is_nan() {
                continue;
            }
            // Both samples err; 29 checks of |t| < 4 with 31 degrees of freedom, most of them of
            // the same paths: a family of independent ones would fail once in a hundred times.
            let error = 1e-6 * estimate.std_error * (1.0 + PATHS as f64 / POOLED_PATHS).sqrt();
            let off = (1e-6 * estimate.value - value).abs();
            let name = measure.name();
            assert!(off < 4.0 * error + ROUNDED, "share {share} {name}: {off} off, error {error}");
            assert!(error < 5.0, "share {share} {name}: an error of {error} would hide anything");
        }
    }
}

#[test]
fn every_build_and_number_of_threads_gives_the_same_bits() {
    const PATHS: usize = 1_000;
    let of = |build, threads| {
        parallel::with_threads(Some(threads), || Sweep::new(7, build).simulate(PATHS)).unwrap()
    };
    let once = of(Build::PORTABLE, 1);
    assert!(once.mining.iter().chain(&once.renting).all(|usd| *usd > 0.0));
    for build in Build::available() {
        assert_eq!(of(build, 3), once, "{build:?}");
    }
}
