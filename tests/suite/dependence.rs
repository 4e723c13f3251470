//! The dependence of scores and of outcomes: margins unchanged, tails as in closed form.
//!
//! Seeds are fixed. Counts are held within 4 standard errors, distances of Kolmogorov within 1.95 / √n
//! (a probability of 0.001).

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

use crate::common::{self, default_study};
use ndarray::{Array2, array};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use wattshift::chance::{Chance, Stream};
use wattshift::dependence::Dependence;
use wattshift::dependence::by_regime::Spell;
use wattshift::dependence::gaussian::GaussianDependence;
use wattshift::dependence::student_t::SlowMixing;
use wattshift::economics::metric::Driver;
use wattshift::input::study::{Copula, Overrides, Study};
use wattshift::model::mixing::MixingVariable;
use wattshift::model::regime::RegimeChain;
use wattshift::study::paths::{PathOutcomes, Unwatched, value_paths};
use wattshift::study::world::World;
use wattshift::tile::{Build, LANES};

const NAMES: [&str; 3] = ["a", "b", "c"];
/// Degrees of freedom of every t copula here.
const NU: f64 = 4.0;
/// Row 0 and six steps that are used: the laws hold for any number.
const STEPS: usize = 7;

fn pair(rho: f64) -> Array2<f64> {
    array![[1.0, rho], [rho, 1.0]]
}

fn gaussian(matrix: &Array2<f64>) -> GaussianDependence {
    GaussianDependence::new(matrix, &NAMES[..matrix.nrows()]).unwrap()
}

fn student_t(matrix: &Array2<f64>) -> Dependence {
    Dependence { usual: gaussian(matrix), stressed: None, mixing: Some(SlowMixing::new(NU)) }
}

/// Coupled scores of one tile of two factors, `[factor][step][lane]`, flat.
fn scores_of_tile(
    dependence: &Dependence,
    build: Build,
    tile: u64,
    steps: usize,
    spells: &[Spell],
) -> Vec<[f32; LANES]> {
    let chance = Chance::new(17, tile * LANES as u64, build);
    let mut scores = vec![[0.0; LANES]; 2 * steps];
    for (rows, name) in scores.chunks_mut(steps).zip(NAMES) {
        chance.scores(Stream::new("score", name), rows);
    }
    let chi_square = MixingVariable::new(NU).draw(&chance);
    dependence.couple(build, (steps, steps), spells, &chi_square, &mut scores);
    scores
}

/// Sums over the horizon of both factors, over the root of the number of steps.
fn sums(dependence: &Dependence, tiles: u64, steps: usize) -> Vec<[f64; 2]> {
    let mut sums = Vec::new();
    for tile in 0..tiles {
        let scores = scores_of_tile(dependence, Build::fastest(), tile, steps, &[]);
        for lane in 0..LANES {
            let sum = |factor: usize| {
                let rows = &scores[factor * steps + 1..(factor + 1) * steps];
                let total: f64 = rows.iter().map(|row| f64::from(row[lane])).sum();
                total / ((steps - 1) as f64).sqrt()
            };
            sums.push([sum(0), sum(1)]);
        }
    }
    sums
}

fn assert_standard_normal(mut values: Vec<f64>, what: &str) {
    values.sort_by(f64::total_cmp);
    let (n, law) = (values.len() as f64, Normal::standard());
    let distance = values.iter().enumerate().fold(0.0_f64, |most, (k, z)| {
        let p = law.cdf(*z);
        most.max((p - k as f64 / n).abs()).max((p - (k + 1) as f64 / n).abs())
    });
    assert!(distance < 1.95 / n.sqrt(), "{what}: {distance} of {} values", values.len());
}

/// P(X < a, Y < b) of standard bivariate normal variables with correlation `rho`: the integral of
/// φ₂ over the correlation from 0 to ρ (R. L. Plackett, Biometrika 41 (1954) 351), by Simpson's rule.
fn bivariate_normal(a: f64, b: f64, rho: f64) -> f64 {
    let density = |r: f64| {
        let rest = 1.0 - r * r;
        (-(a * a - 2.0 * r * a * b + b * b) / (2.0 * rest)).exp()
            / (std::f64::consts::TAU * rest.sqrt())
    };
    let law = Normal::standard();
    law.cdf(a) * law.cdf(b) + simpson(density, 0.0, rho, 400)
}

fn simpson(f: impl Fn(f64) -> f64, from: f64, to: f64, intervals: u32) -> f64 {
    let h = (to - from) / f64::from(intervals);
    let inner = (1..intervals).map(|k| {
        let weight = if k % 2 == 1 { 4.0 } else { 2.0 };
        weight * f(from + f64::from(k) * h)
    });
    (f(from) + inner.sum::<f64>() + f(to)) * h / 3.0
}

/// P(both below their quantile `q`) of a bivariate t copula: ∫ f(x) P(Y < c | X = x) dx up to the
/// quantile c, where Y given X = x is t with ν + 1 degrees of freedom (Demarta & McNeil 2005,
/// section 2). The substitution x = c + 1 − 1/u makes the range finite.
fn bivariate_student(q: f64, rho: f64, nu: f64) -> f64 {
    let law = StudentsT::new(0.0, 1.0, nu).unwrap();
    let conditional = StudentsT::new(0.0, 1.0, nu + 1.0).unwrap();
    let c = law.inverse_cdf(q);
    let integrand = |u: f64| {
        if u == 0.0 {
            return 0.0;
        }
        let x = c + 1.0 - 1.0 / u;
        let scale = ((nu + x * x) / (nu + 1.0) * (1.0 - rho * rho)).sqrt();
        let density = statrs::distribution::Continuous::pdf(&law, x);
        density * conditional.cdf((c - rho * x) / scale) / (u * u)
    };
    simpson(integrand, 0.0, 1.0, 4_000)
}

/// Coefficient of tail dependence of a t copula (Demarta & McNeil 2005, equation 7).
fn tail_dependence(rho: f64, nu: f64) -> f64 {
    let law = StudentsT::new(0.0, 1.0, nu + 1.0).unwrap();
    2.0 * law.cdf(-((nu + 1.0) * (1.0 - rho) / (1.0 + rho)).sqrt())
}

/// Part of the pairs of which both are below the normal quantile of `q`, and its standard error.
fn joint_tail(pairs: &[[f64; 2]], q: f64) -> (f64, f64) {
    let bound = Normal::standard().inverse_cdf(q);
    let n = pairs.len() as f64;
    let both = pairs.iter().filter(|[x, y]| *x < bound && *y < bound).count() as f64 / n;
    (both, (both * (1.0 - both) / n).sqrt())
}

/// Kendall's tau and its standard error under no assumption, from disjoint pairs of pairs: each is
/// concordant or not.
fn kendall(pairs: &[[f64; 2]]) -> (f64, f64) {
    let n = (pairs.len() / 2) as f64;
    let concordant =
        pairs.chunks_exact(2).filter(|two| (two[0][0] - two[1][0]) * (two[0][1] - two[1][1]) > 0.0);
    let p = concordant.count() as f64 / n;
    (2.0 * p - 1.0, 2.0 * (p * (1.0 - p) / n).sqrt())
}

#[test]
fn mixing_leaves_every_factor_its_law() {
    let dependence = student_t(&pair(0.5));
    let steps = 9;
    let (mut scores, mut late, mut squares) = ([vec![], vec![]], vec![], 0.0);
    let mut products = 0.0;
    for tile in 0..2_000 {
        let all = scores_of_tile(&dependence, Build::fastest(), tile, steps, &[]);
        for factor in 0..2 {
            let rows = &all[factor * steps + 1..(factor + 1) * steps];
            // One step of each path, so that the values are independent.
            scores[factor].extend(rows[3].iter().map(|z| f64::from(*z)));
            if factor == 1 {
                for lane in 0..LANES {
                    let path: Vec<f64> = rows.iter().map(|row| f64::from(row[lane])).collect();
                    // A bridge that the sum must not know: the first half against the second.
                    let half = |part: &[f64]| part.iter().sum::<f64>();
                    late.push((half(&path[..4]) - half(&path[4..])) / 8.0_f64.sqrt());
                    products += path[0] * path[1];
                    squares += path[0] * path[0] * path[1] * path[1];
                }
            }
        }
    }
    let n = late.len() as f64;
    assert!((products / n).abs() < 4.0 / n.sqrt(), "scores of two steps: {}", products / n);
    // E z₁² z₂² = 1 with variance 8 for independent scores; a mixture of variances would raise it.
    assert!((squares / n - 1.0).abs() < 4.0 * (8.0 / n).sqrt(), "{}", squares / n);
    assert_standard_normal(late, "a contrast of a factor's scores");
    let [first, second] = scores;
    assert_standard_normal(first, "a score of the first factor");
    assert_standard_normal(second, "a score of the second factor");
    let sums = sums(&dependence, 2_000, steps);
    for factor in 0..2 {
        assert_standard_normal(sums.iter().map(|sum| sum[factor]).collect(), "sums");
    }
}

#[test]
fn the_sums_have_kendalls_tau_and_the_joint_tail_of_a_t_copula() {
    // The quadratures against what is known: tails of independent variables, and the limit of the
    // joint tail over q, which is the coefficient of tail dependence.
    assert!((bivariate_normal(-1.0, -0.5, 0.0) - 0.158_655_253_9 * 0.308_537_538_7).abs() < 1e-9);
    let at_0 = bivariate_normal(0.0, 0.0, 0.5);
    assert!((at_0 - 1.0 / 3.0).abs() < 1e-9, "1/4 + asin(ρ)/2π: {at_0}");
    // For ν = 4 and ρ = 0.5: 0.253 in table 1 of Demarta & McNeil (2005).
    assert!((tail_dependence(0.5, NU) - 0.253).abs() < 5e-4);
    let half = bivariate_student(0.5, 0.5, NU);
    assert!((half - 1.0 / 3.0).abs() < 1e-7, "1/4 + asin(ρ)/2π of any elliptical law: {half}");
    let far = bivariate_student(1e-6, 0.5, NU) / 1e-6;
    assert!((far / tail_dependence(0.5, NU) - 1.0).abs() < 0.02, "{far}");
    for rho in [0.15, 0.5] {
        let sums = sums(&student_t(&pair(rho)), 16_000, STEPS);
        let (tau, error) = kendall(&sums);
        let expected = 2.0 / std::f64::consts::PI * rho.asin();
        assert!((tau - expected).abs() < 4.0 * error, "τ at {rho}: {tau} against {expected}");
        for q in [0.05, 0.01] {
            let (found, error) = joint_tail(&sums, q);
            let expected = bivariate_student(q, rho, NU);
            let bound = Normal::standard().inverse_cdf(q);
            let normal = bivariate_normal(bound, bound, rho);
            println!(
                "rho {rho}, q {q}: found {found:.5} ± {error:.5}, t {expected:.5}, normal {normal:.5}"
            );
            assert!((found - expected).abs() < 4.0 * error, "{rho}, {q}: {found} {expected}");
            assert!(found - normal > 8.0 * error, "the tail is heavier than the normal {normal}");
        }
    }
}

/// A t copula of the days: one mixing variable a step. After 365 steps the joint tail of the sums is
/// the normal one, near enough that a million paths could not tell; a t copula of the sums is far
/// from it. The reason for a slow mixing variable.
#[test]
fn a_t_copula_of_days_washes_out_over_a_year() {
    let (rho, q, days) = (0.5, 0.05, 365);
    let daily = student_t(&pair(rho));
    let mut paths = vec![[0.0; 2]; 1_600 * LANES];
    for (tile, sums) in paths.chunks_mut(LANES).enumerate() {
        for day in 0..days {
            // A horizon of one step: the mixing variable is the day's own.
            let scores =
                scores_of_tile(&daily, Build::fastest(), (tile * days + day) as u64, 2, &[]);
            for (lane, sum) in sums.iter_mut().enumerate() {
                sum[0] += f64::from(scores[1][lane]) / (days as f64).sqrt();
                sum[1] += f64::from(scores[3][lane]) / (days as f64).sqrt();
            }
        }
    }
    let (washed, error) = joint_tail(&paths, q);
    let bound = Normal::standard().inverse_cdf(q);
    // Normal scores of a t copula correlate a little less than its ρ: measured here.
    let correlation = paths.iter().map(|[x, y]| x * y).sum::<f64>() / paths.len() as f64;
    let normal = bivariate_normal(bound, bound, correlation);
    let student = bivariate_student(q, rho, NU);
    println!(
        "daily t over a year {washed:.4} ± {error:.4}, normal {normal:.4}, slow t {student:.4}"
    );
    assert!((washed - normal).abs() < 4.0 * error, "{washed} against {normal}");
    assert!(student - washed > 4.0 * error, "{washed} against {student}");
}

/// M17: with correlation 1 and one step the factors are one, whatever the copula.
#[test]
fn m17_perfectly_correlated_factors_are_one() {
    for dependence in [
        student_t(&pair(1.0)),
        Dependence { usual: gaussian(&pair(1.0)), stressed: None, mixing: None },
    ] {
        for steps in [2, STEPS] {
            let scores = scores_of_tile(&dependence, Build::fastest(), 3, steps, &[]);
            assert_eq!(scores[1..steps], scores[steps + 1..]);
        }
    }
}

/// Spells of three tenths of all days, different for every lane.
fn spells(steps: usize) -> Vec<Spell> {
    let stressed = |step: usize, lane: usize| (step + 3 * lane) % 40 < 12;
    (0..steps)
        .map(|step| Spell {
            first_step: step,
            is_stressed: std::array::from_fn(|lane| stressed(step, lane)),
        })
        .collect()
}

#[test]
fn stressed_days_and_others_have_the_correlations_asked_for() {
    let (usual, stressed) = (0.15, -0.6);
    for mixing in [None, Some(SlowMixing::new(NU))] {
        let is_mixed = mixing.is_some();
        let dependence = Dependence {
            usual: gaussian(&pair(usual)),
            stressed: Some(gaussian(&pair(stressed))),
            mixing,
        };
        let steps = 401;
        let spells = spells(steps);
        let (mut products, mut counts) = ([0.0; 2], [0.0; 2]);
        let (mut day, mut sums) = (vec![], vec![]);
        for tile in 0..600 {
            let scores = scores_of_tile(&dependence, Build::fastest(), tile, steps, &spells);
            for lane in 0..LANES {
                let mut sum = 0.0;
                for step in 1..steps {
                    let [x, y] = [0, steps].map(|start| f64::from(scores[start + step][lane]));
                    let kind = usize::from(spells[step].is_stressed[lane]);
                    products[kind] += x * y;
                    counts[kind] += 1.0;
                    sum += y;
                }
                day.push(f64::from(scores[steps + 37][lane]));
                sums.push(sum / ((steps - 1) as f64).sqrt());
            }
        }
        for (kind, rho) in [usual, stressed].into_iter().enumerate() {
            let found = products[kind] / counts[kind];
            // Var(x y) = 1 + ρ²; mixing shifts the covariance of a day by at most 2 / n of 1.
            let error = ((1.0 + rho * rho) / counts[kind]).sqrt();
            let shift = if is_mixed { 2.0 / (steps - 1) as f64 } else { 0.0 };
            assert!((found - rho).abs() < 4.0 * error + shift, "{found} against {rho}");
        }
        assert_standard_normal(day, "a day's score of the second factor");
        assert_standard_normal(sums, "its sum over days of both kinds");
    }
}

#[test]
fn all_builds_couple_to_the_same_bits_and_later_factors_change_no_earlier_one() {
    let spells = spells(21);
    for stressed in [None, Some(gaussian(&pair(0.9)))] {
        for mixing in [None, Some(SlowMixing::new(NU))] {
            let usual = gaussian(&pair(0.4));
            let dependence = Dependence { usual, stressed: stressed.clone(), mixing };
            let fast = scores_of_tile(&dependence, Build::fastest(), 5, 21, &spells);
            for build in Build::available() {
                assert_eq!(scores_of_tile(&dependence, build, 5, 21, &spells), fast, "{build:?}");
            }
            // The first factor beside another second one.
            let usual = gaussian(&pair(-0.8));
            let other = Dependence { usual, ..dependence };
            let other = scores_of_tile(&other, Build::fastest(), 5, 21, &spells);
            assert_eq!(fast[..21], other[..21]);
            assert_ne!(fast[21..], other[21..]);
        }
    }
}

#[test]
fn one_matrix_for_all_days_is_the_gaussian_coupling_to_the_bit() {
    let usual = gaussian(&pair(0.4));
    let plain = Dependence { usual: usual.clone(), stressed: None, mixing: None };
    let twice = Dependence { stressed: Some(usual), ..plain.clone() };
    let of =
        |dependence: &Dependence| scores_of_tile(dependence, Build::fastest(), 2, 30, &spells(30));
    assert_eq!(of(&plain), of(&twice));
}

fn joint_riskoff() -> Study {
    Study::embedded("joint_riskoff", &Overrides::default()).unwrap()
}

fn run_with(study: &Study, paths: u64, build: Build) -> PathOutcomes {
    let world = World::new(study, build).expect("the study of a test can be wired");
    value_paths(&world, 0..paths, &Unwatched).expect("nobody interrupts")
}

#[test]
fn threads_builds_and_number_of_paths_change_no_path() {
    let study = joint_riskoff();
    let base = run_with(&study, 700, Build::fastest());
    assert!(base.drivers.iter().all(|value| value.is_finite()));
    for threads in [1, 3] {
        let threads = wattshift::parallel::with_threads(Some(threads), || {
            run_with(&study, 700, Build::fastest())
        });
        assert!(base == threads.unwrap());
    }
    let long = run_with(&study, 1_500, Build::fastest());
    for driver in [Driver::BtcPrice, Driver::GpuRate, Driver::Rent] {
        assert_eq!(base.driver(driver), &long.driver(driver)[..700]);
    }
    let portable = run_with(&study, 64, Build::PORTABLE);
    for build in Build::available() {
        assert!(run_with(&study, 64, build) == portable, "{build:?}");
    }
}

#[test]
fn a_matrix_for_gluts_leaves_the_first_factor_and_the_regimes_to_the_bit() {
    let mut study = default_study();
    let base = run_with(&study, 300, Build::fastest());
    study.correlation_glut = joint_riskoff().correlation_glut;
    let other = run_with(&study, 300, Build::fastest());
    assert_eq!(base.driver(Driver::BtcPrice), other.driver(Driver::BtcPrice));
    assert_ne!(base.driver(Driver::GpuRate), other.driver(Driver::GpuRate));
    // A path that sees no glut is the same path.
    let grid = wattshift::time::TimeGrid::new(study.as_of, study.target_year).unwrap();
    let chain = RegimeChain::new(&study.ai_market, &grid);
    let mut without_glut = 0;
    for tile in 0..4 {
        let chance = Chance::new(study.seed, tile * LANES as u64, Build::fastest());
        let mut saw_glut = [false; LANES];
        let mut regimes = chain.begin(chance, &grid);
        for step in 1..grid.steps() {
            regimes.advance(step);
            (0..LANES).for_each(|lane| saw_glut[lane] |= !regimes.is_boom[lane]);
        }
        for lane in (0..LANES).filter(|lane| !saw_glut[*lane]) {
            let path = tile as usize * LANES + lane;
            for driver in Driver::ALL {
                assert_eq!(base.driver(driver)[path], other.driver(driver)[path], "{path}");
            }
            without_glut += 1;
        }
    }
    assert!(without_glut > 30, "{without_glut} paths");
}

/// Kolmogorov's distance of two samples, times the root of n m / (n + m).
fn two_samples(a: &[f64], b: &[f64]) -> f64 {
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values
    };
    let (a, b) = (sorted(a), sorted(b));
    let (n, m) = (a.len() as f64, b.len() as f64);
    let distance = a.iter().enumerate().fold(0.0_f64, |most, (k, value)| {
        let below = b.partition_point(|other| other < value) as f64 / m;
        most.max((k as f64 / n - below).abs()).max(((k + 1) as f64 / n - below).abs())
    });
    distance * (n * m / (n + m)).sqrt()
}

/// Which paths are among the lowest tenth.
fn worst_tenth(values: &[f64]) -> Vec<bool> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let bound = sorted[values.len().div_ceil(10) - 1];
    values.iter().map(|value| *value <= bound).collect()
}

/// 1 where both drivers are among their own lowest tenth, else 0. Ranks are the sample's own.
fn both_worst(outcomes: &PathOutcomes, [x, y]: [Driver; 2]) -> Vec<f64> {
    let [x, y] = [x, y].map(|driver| worst_tenth(outcomes.driver(driver)));
    x.iter().zip(y).map(|(x, y)| f64::from(u8::from(*x && y))).collect()
}

/// Mean and standard error, from groups of 64 paths: those of a group share the drift drawn for it.
fn grouped(values: &[f64]) -> (f64, f64) {
    let means = values.chunks(64).map(|group| group.iter().sum::<f64>() / group.len() as f64);
    common::mean_and_error(&means.collect::<Vec<_>>())
}

#[test]
fn a_t_copula_leaves_the_law_of_the_btc_price() {
    const PATHS: usize = 1 << 15;
    let mut study = default_study();
    // Every path its own drift-free price, so that paths are independent.
    study.btc_price.drift_sd_per_year = 0.0;
    study.shares = vec![0.0];
    let base = run_with(&study, PATHS as u64, Build::fastest());
    study.copula = joint_riskoff().copula;
    let other = run_with(&study, PATHS as u64, Build::fastest());
    let half = PATHS / 2;
    let [base, other] = [&base, &other].map(|outcomes| outcomes.driver(Driver::BtcPrice));
    let distance = two_samples(&base[..half], &other[half..]);
    assert!(distance < 1.95, "{distance}");
    assert_ne!(base[..half], other[..half], "the first factor is mixed as well");
}

/// The table of `docs/models/dependence.md`: laws of single outcomes stay, what comes together rises.
#[test]
fn the_joint_tail_of_the_target_year_rises_and_single_laws_stay() {
    const PATHS: usize = 1 << 17;
    const PAIRS: [[Driver; 2]; 3] = [
        [Driver::BtcPrice, Driver::GpuRate],
        [Driver::BtcPrice, Driver::Rent],
        [Driver::GpuRate, Driver::Rent],
    ];
    let base = Study { shares: vec![0.0, 0.2], ..default_study() };
    let riskoff = joint_riskoff();
    let mut student_t = base.clone();
    student_t.copula = riskoff.copula;
    assert_eq!(student_t.copula, Copula::StudentT { degrees_of_freedom: 4.0 });
    let mut glut = base.clone();
    glut.correlation_glut = riskoff.correlation_glut.clone();
    let riskoff = Study { shares: base.shares.clone(), ..riskoff };
    let before = run_with(&base, PATHS as u64, Build::fastest());
    let told = |name: &str, outcomes: &PathOutcomes| {
        for pair in PAIRS {
            let (found, error) = grouped(&both_worst(outcomes, pair));
            let [x, y] = pair.map(Driver::name);
            println!("{name:14} {x} with {y}: {found:.4} ± {error:.4}");
        }
    };
    told("default", &before);
    for (name, study) in [("student_t", student_t), ("glut", glut), ("joint_riskoff", riskoff)] {
        let after = run_with(&study, PATHS as u64, Build::fastest());
        told(name, &after);
        // Half of the paths against the other half, so that the samples are independent. Groups share
        // a drawn drift, so the BTC price has fewer independent values than paths; what does not
        // depend on it is held to Kolmogorov's law.
        let half = PATHS / 2;
        for driver in [Driver::GpuRate, Driver::Utilisation, Driver::Rent] {
            let distance =
                two_samples(&before.driver(driver)[..half], &after.driver(driver)[half..]);
            assert!(distance < 1.95, "{name}, {}: {distance}", driver.name());
        }
        // The rise on the same random numbers, whose error is that of the difference.
        let pair = [Driver::BtcPrice, Driver::GpuRate];
        let [before, after] = [&before, &after].map(|outcomes| both_worst(outcomes, pair));
        let rise: Vec<f64> = after.iter().zip(before).map(|(a, b)| a - b).collect();
        let (rise, error) = grouped(&rise);
        println!("{name:14} rise {rise:.4} ± {error:.4}");
        assert!(rise > 4.0 * error, "{name}: {rise} ± {error}");
    }
}
