//! The AI market against closed forms of its means and a brute-force twin with its own chance.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

mod common;

use rand::RngExt;
use rand_distr::StandardNormal;
use wattshift::chance::philox::Philox;
use wattshift::chance::{Chance, Stream};
use wattshift::input::study::{AiMarket, Regime};
use wattshift::model::ai_market::TwoRegimeMarket;
use wattshift::model::{Process, Shocks};
use wattshift::tile::{Build, LANES, Tile};
use wattshift::time::TimeGrid;

const STEPS: usize = 365;

/// The four factors at the year's end over `tiles` tiles.
fn simulated(p: &AiMarket, tiles: u64) -> [Vec<f64>; 4] {
    let grid = TimeGrid::new(jiff::civil::date(2026, 12, 31), 2027).unwrap();
    let build = Build::fastest();
    let law = TwoRegimeMarket::new(p);
    let mut tile = Tile::new(grid.steps());
    let mut ends: [Vec<f64>; 4] = Default::default();
    for index in 0..tiles {
        let chance = Chance::new(17, index * LANES as u64, build);
        let scores = common::scores(&grid, chance);
        law.evolve(build, &grid, Shocks::new(&scores, grid.steps(), chance), &mut tile);
        for (end, factor) in ends.iter_mut().zip(law.outputs()) {
            end.extend(tile.rows(*factor)[STEPS]);
        }
    }
    ends
}

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// Exact means of tightness, ln rate (without a floor) and ln rent at the year's end: every
/// recursion is linear given the probability of a boom, which solves the two-state chain.
fn exact_means(p: &AiMarket) -> [f64; 3] {
    let dt = 1.0 / 365.0;
    let (leave, come) = (12.0 * p.boom_to_glut_per_month, 12.0 * p.glut_to_boom_per_month);
    let limit = come / (leave + come);
    let (boom, glut) = (logit(p.boom_utilisation), logit(p.glut_utilisation));
    let keep = (-p.tightness_reversion_per_year * dt).exp();
    let keep_rent = (-p.rent_reversion_per_year * dt).exp();
    let start = if p.start_regime == Regime::Boom { 1.0 } else { 0.0 };
    let mut x = if start == 1.0 { boom } else { glut };
    let mut rate = p.gpu_rate_start_usd_per_gpu_hour.ln();
    let mut level = p.rent_start_usd_per_critical_it_mw_year.ln();
    let mut rent = level;
    for step in 1..=STEPS {
        let decay = (-(leave + come) * dt * step as f64).exp();
        let boom_probability = limit + (start - limit) * decay;
        let mean_level = boom_probability * boom + (1.0 - boom_probability) * glut;
        x = keep * x + (1.0 - keep) * mean_level;
        let weight = (x - glut) / (boom - glut);
        let between = |high: f64, low: f64| low + (high - low) * weight;
        rate += between(p.gpu_rate_drift_boom_per_year, p.gpu_rate_drift_glut_per_year) * dt;
        level += between(p.rent_trend_boom_per_year, p.rent_trend_glut_per_year) * dt;
        rent = level + keep_rent * (rent - level);
    }
    [x, rate, rent]
}

#[test]
fn means_after_a_year_are_exact_from_either_regime() {
    for start_regime in [Regime::Boom, Regime::Glut] {
        let mut p = common::default_study().ai_market;
        p.start_regime = start_regime;
        p.gpu_rate_floor_usd_per_gpu_hour = 1e-9;
        let [x, rate, _, rent] = simulated(&p, 1 << 14);
        let logs = |values: &[f64]| values.iter().map(|v| v.ln()).collect::<Vec<f64>>();
        for (name, sample, exact) in [
            ("tightness", x, exact_means(&p)[0]),
            ("ln rate", logs(&rate), exact_means(&p)[1]),
            ("ln rent", logs(&rent), exact_means(&p)[2]),
        ] {
            let (mean, error) = common::mean_and_error(&sample);
            assert!((mean - exact).abs() < 4.0 * error, "{name}: {mean} against {exact} ± {error}");
        }
    }
}

#[test]
fn without_switches_and_noise_the_market_is_its_start() {
    let mut p = common::default_study().ai_market;
    p.boom_to_glut_per_month = 0.0;
    p.tightness_sd_per_sqrt_year = 0.0;
    p.gpu_rate_sd_per_sqrt_year = 0.0;
    p.rent_sd_per_sqrt_year = 0.0;
    let [_, rate, utilisation, _] = simulated(&p, 1);
    assert!((utilisation[0] - 0.87).abs() < 1e-12);
    assert!((rate[0] / (2.61 * 0.35_f64.exp()) - 1.0).abs() < 1e-12);
}

#[test]
fn the_floor_holds() {
    let mut p = common::default_study().ai_market;
    p.start_regime = Regime::Glut;
    p.gpu_rate_floor_usd_per_gpu_hour = 2.5;
    let [_, rate, ..] = simulated(&p, 64);
    let least = rate.iter().copied().fold(f64::INFINITY, f64::min);
    assert!((least - 2.5).abs() < 1e-12, "{least}");
}

/// One path by brute force: a coin for the regime every quarter of a day, small Euler steps.
fn twin_path(p: &AiMarket, rng: &mut Philox) -> [f64; 4] {
    const PARTS: usize = 4;
    let dt = 1.0 / 365.0 / PARTS as f64;
    let (boom, glut) = (logit(p.boom_utilisation), logit(p.glut_utilisation));
    let mut is_boom = p.start_regime == Regime::Boom;
    let mut x = if is_boom { boom } else { glut };
    let mut rate = p.gpu_rate_start_usd_per_gpu_hour.ln();
    let mut level = p.rent_start_usd_per_critical_it_mw_year.ln();
    let mut rent = level;
    for _ in 0..STEPS * PARTS {
        let hazard = if is_boom { p.boom_to_glut_per_month } else { p.glut_to_boom_per_month };
        if rng.random::<f64>() < 1.0 - (-12.0 * hazard * dt).exp() {
            is_boom = !is_boom;
        }
        let mut noise = |sd: f64| sd * dt.sqrt() * rng.sample::<f64, _>(StandardNormal);
        let target = if is_boom { boom } else { glut };
        x += p.tightness_reversion_per_year * (target - x) * dt
            + noise(p.tightness_sd_per_sqrt_year);
        let weight = (x - glut) / (boom - glut);
        let between = |high: f64, low: f64| low + (high - low) * weight;
        rate += between(p.gpu_rate_drift_boom_per_year, p.gpu_rate_drift_glut_per_year) * dt
            + noise(p.gpu_rate_sd_per_sqrt_year);
        rate = rate.max(p.gpu_rate_floor_usd_per_gpu_hour.ln());
        level += between(p.rent_trend_boom_per_year, p.rent_trend_glut_per_year) * dt;
        rent += p.rent_reversion_per_year * (level - rent) * dt + noise(p.rent_sd_per_sqrt_year);
    }
    [x, rate.exp(), 1.0 / (1.0 + (-x).exp()), rent.exp()]
}

#[test]
fn means_and_spreads_are_those_of_the_brute_force_twin() {
    let p = common::default_study().ai_market;
    let ours = simulated(&p, 1 << 14);
    let mut rng = Philox::new(4, Stream::new("test", "twin"));
    let mut twins: [Vec<f64>; 4] = Default::default();
    for _ in 0..1 << 15 {
        for (column, value) in twins.iter_mut().zip(twin_path(&p, &mut rng)) {
            column.push(value);
        }
    }
    for ((ours, twin), name) in ours.iter().zip(&twins).zip(["x", "rate", "utilisation", "rent"]) {
        let (centre, _) = common::mean_and_error(ours);
        for (moment, power) in [("mean", 1), ("variance", 2)] {
            let shifted = |values: &[f64]| {
                values.iter().map(|v| (v - centre).powi(power)).collect::<Vec<f64>>()
            };
            let (a, error_a) = common::mean_and_error(&shifted(ours));
            let (b, error_b) = common::mean_and_error(&shifted(twin));
            let error = (error_a * error_a + error_b * error_b).sqrt();
            assert!((a - b).abs() < 4.0 * error, "{name} {moment}: {a} against {b} ± {error}");
        }
    }
}
