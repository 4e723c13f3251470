//! The reference sweep (`benches/reference`) is the world it says it is: against a closed form, against
//! the pooled results of other programs, and to the bit between builds and numbers of threads.

// The closed form is written with the platform's functions; results never use them.
#![allow(clippy::disallowed_methods)]

#[path = "../benches/reference/sweep.rs"]
mod sweep;

use sweep::{DAYS, MEASURES, SHARES, Sweep, measures};
use wattshift::parallel;
use wattshift::tile::Build;

const PATHS: usize = 1 << 17;

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
