//! The AI market against closed forms of its means and a brute-force twin with its own chance.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

use crate::common;
use rand::RngExt;
use rand_distr::StandardNormal;
use wattshift::chance::philox::Philox;
use wattshift::chance::{Chance, Stream};
use wattshift::input::study::{AiMarket, AiMarketLaws, AiMarketModel, Models, Regime, SupplyLag};
use wattshift::model::ai_market::AiMarketProcess;
use wattshift::model::{Process, Shocks};
use wattshift::tile::{Build, Factor, LANES, Tile};
use wattshift::time::TimeGrid;

const STEPS: usize = 365;

/// The four factors at the year's end over `tiles` tiles.
fn simulated(p: &AiMarket, tiles: u64) -> [Vec<f64>; 4] {
    let laws = common::default_study().ai_market_laws;
    let mut ends: [Vec<f64>; 4] = Default::default();
    each_tile(p, &laws, 2027, tiles, |tile| {
        for (end, factor) in ends.iter_mut().zip(FACTORS) {
            end.extend(tile.rows(factor)[STEPS]);
        }
    });
    ends
}

const FACTORS: [Factor; 4] = [Factor::AiDemand, Factor::GpuRate, Factor::Utilisation, Factor::Rent];

/// Simulates the market alone, with independent scores, from the end of 2026 to that of a year.
fn each_tile(
    p: &AiMarket,
    laws: &AiMarketLaws,
    target_year: i16,
    tiles: u64,
    mut see: impl FnMut(&Tile),
) {
    let grid = TimeGrid::new(jiff::civil::date(2026, 12, 31), target_year).unwrap();
    let build = Build::fastest();
    let law = AiMarketProcess::new(p, laws, None, &grid);
    let mut tile = Tile::new(grid.steps());
    for index in 0..tiles {
        let chance = Chance::new(17, index * LANES as u64, build);
        let scores = common::scores(&grid, chance);
        law.evolve(build, &grid, Shocks::new(&scores, grid.steps(), chance), &mut tile);
        see(&tile);
    }
}

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// Exact means of tightness, ln rate (without a floor) and ln rent at the year's end: every
/// recursion is linear given the probability of a boom, which solves the two-state chain.
fn exact_means(p: &AiMarket) -> [f64; 3] {
    let two_regime = common::default_study().ai_market_laws.two_regime.unwrap();
    let dt = 1.0 / 365.0;
    let (leave, come) = (12.0 * p.boom_to_glut_per_month, 12.0 * p.glut_to_boom_per_month);
    let limit = come / (leave + come);
    let (boom, glut) = (logit(p.boom_utilisation), logit(p.glut_utilisation));
    let keep = (-two_regime.tightness_reversion_per_year * dt).exp();
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
    p.gpu_rate_sd_per_sqrt_year = 0.0;
    p.rent_sd_per_sqrt_year = 0.0;
    let mut laws = common::default_study().ai_market_laws;
    laws.two_regime.as_mut().unwrap().tightness_sd_per_sqrt_year = 0.0;
    let (mut rate, mut utilisation) = ([0.0; LANES], [0.0; LANES]);
    each_tile(&p, &laws, 2027, 1, |tile| {
        rate = tile.rows(Factor::GpuRate)[STEPS];
        utilisation = tile.rows(Factor::Utilisation)[STEPS];
    });
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
    let two_regime = common::default_study().ai_market_laws.two_regime.unwrap();
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
        x += two_regime.tightness_reversion_per_year * (target - x) * dt
            + noise(two_regime.tightness_sd_per_sqrt_year);
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
    for _ in 0..1 << 13 {
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

/// A market whose tightness follows the supply lag.
fn lagging(supply: SupplyLag) -> (AiMarket, AiMarketLaws) {
    let study = common::default_study();
    let model = Models::one(AiMarketModel::SupplyLag);
    let laws = AiMarketLaws { supply_lag: Some(supply), ..study.ai_market_laws };
    (AiMarket { model, ..study.ai_market }, laws)
}

/// The default's supply without bounds, so that the law is linear.
fn unbounded() -> SupplyLag {
    SupplyLag {
        capacity_growth_min_per_year: -5.0,
        capacity_growth_max_per_year: 5.0,
        ..common::default_study().ai_market_laws.supply_lag.unwrap()
    }
}

/// Tightness of one lane, day by day, where nothing is drawn and the boom never ends.
fn still_tightness(supply: &SupplyLag, target_year: i16) -> Vec<f64> {
    let still = SupplyLag { demand_sd_per_sqrt_year: 0.0, ..supply.clone() };
    let (mut market, laws) = lagging(still);
    market.boom_to_glut_per_month = 0.0;
    let mut path = Vec::new();
    each_tile(&market, &laws, target_year, 1, |tile| {
        path = tile.rows(Factor::AiDemand).iter().map(|row| row[0]).collect();
    });
    path
}

/// The same as a differential equation, by fourth-order Runge–Kutta in steps of a day.
fn equation(p: &SupplyLag, days: usize) -> Vec<f64> {
    let stage_years = p.delivery_lag_months / 24.0;
    let on_order = (p.capacity_growth_start_per_year - p.capacity_growth_per_year)
        / p.capacity_response_per_year;
    let slope = |[x, ordered, delivered]: [f64; 3]| {
        let capacity = p.capacity_growth_per_year + p.capacity_response_per_year * delivered;
        [
            p.demand_growth_boom_per_year - capacity,
            (x - logit(p.balanced_utilisation) - ordered) / stage_years,
            (ordered - delivered) / stage_years,
        ]
    };
    let mut state = [logit(p.start_utilisation), on_order, on_order];
    let h = 1.0 / 365.0;
    let moved = |s: [f64; 3], k: [f64; 3], by: f64| std::array::from_fn(|i| s[i] + by * k[i]);
    let mut path = vec![state[0]];
    for _ in 0..days {
        let k1 = slope(state);
        let k2 = slope(moved(state, k1, 0.5 * h));
        let k3 = slope(moved(state, k2, 0.5 * h));
        let k4 = slope(moved(state, k3, h));
        state = std::array::from_fn(|i| {
            state[i] + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i])
        });
        path.push(state[0]);
    }
    path
}

#[test]
fn the_hog_cycle_is_its_differential_equation_up_to_a_day() {
    // An Euler step of h misses by h/2 · max |x''| · T: x'' = β y' ≤ β · 2/lag · |Δy| ≈ 1.3, so that
    // 5 years give below 0.01; the amplification of a damped system is below 1.
    let supply = unbounded();
    let ours = still_tightness(&supply, 2031);
    let exact = equation(&supply, ours.len() - 1);
    for (day, (ours, exact)) in ours.iter().zip(&exact).enumerate() {
        assert!((ours - exact).abs() < 0.01, "day {day}: {ours} against {exact}");
    }
}

#[test]
fn a_market_in_boom_for_ever_overshoots_into_glut_and_settles_at_its_balance() {
    let supply = unbounded();
    let path = still_tightness(&supply, 2036);
    // x* = balance + (g − g_c)/β.
    let settled = logit(supply.balanced_utilisation)
        + (supply.demand_growth_boom_per_year - supply.capacity_growth_per_year)
            / supply.capacity_response_per_year;
    let least = path.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(least < settled - 0.05, "what was ordered in the shortage comes too late: {least}");
    assert!((path[path.len() - 1] - settled).abs() < 0.02, "{} {settled}", path[path.len() - 1]);
    // β · lag = 4 is the edge of stability: beyond it the cycle grows.
    let swing = |response: f64| {
        let wild = SupplyLag { capacity_response_per_year: response, ..supply.clone() };
        let path = still_tightness(&wild, 2036);
        let settled = logit(wild.balanced_utilisation)
            + (wild.demand_growth_boom_per_year - wild.capacity_growth_per_year) / response;
        let swing = |days: &[f64]| days.iter().map(|x| (x - settled).abs()).fold(0.0, f64::max);
        swing(&path[path.len() / 2..]) / swing(&path[..path.len() / 2])
    };
    assert!(swing(2.0) < 0.9, "damped at β · lag = 3: {}", swing(2.0));
    assert!(swing(3.4) > 1.1, "growing at β · lag = 5.1: {}", swing(3.4));
}

#[test]
fn the_mean_of_the_supply_lag_is_exact_from_either_regime() {
    let supply = unbounded();
    for start_regime in [Regime::Boom, Regime::Glut] {
        let (mut market, laws) = lagging(supply.clone());
        market.start_regime = start_regime;
        let mut ends = Vec::new();
        each_tile(&market, &laws, 2027, 1 << 13, |tile| {
            ends.extend(tile.rows(Factor::AiDemand)[STEPS]);
        });
        // The recursion is linear given the probability of a boom.
        let dt = 1.0 / 365.0;
        let (leave, come) =
            (12.0 * market.boom_to_glut_per_month, 12.0 * market.glut_to_boom_per_month);
        let limit = come / (leave + come);
        let start = if start_regime == Regime::Boom { 1.0 } else { 0.0 };
        let stage = 1.0 - (-dt * 24.0 / supply.delivery_lag_months).exp();
        let on_order = (supply.capacity_growth_start_per_year - supply.capacity_growth_per_year)
            / supply.capacity_response_per_year;
        let (mut x, mut ordered, mut delivered) =
            (logit(supply.start_utilisation), on_order, on_order);
        for step in 1..=STEPS {
            let decay = (-(leave + come) * dt * step as f64).exp();
            let boom = limit + (start - limit) * decay;
            let demand = boom * supply.demand_growth_boom_per_year
                + (1.0 - boom) * supply.demand_growth_glut_per_year;
            let capacity =
                supply.capacity_growth_per_year + supply.capacity_response_per_year * delivered;
            delivered += (ordered - delivered) * stage;
            ordered += (x - logit(supply.balanced_utilisation) - ordered) * stage;
            x += (demand - capacity) * dt;
        }
        let (mean, error) = common::mean_and_error(&ends);
        // A switch falls on the first step at or after its time, on average half a day late: the
        // regimes' growths differ by 0.6 a year, so the mean may be off by 0.6/730 for each switch.
        let late = 0.6 / 730.0;
        assert!((mean - x).abs() < 4.0 * error + late, "{mean} against {x} ± {error}");
    }
}

#[test]
fn capacity_grows_within_its_bounds() {
    let supply = SupplyLag {
        capacity_growth_min_per_year: 0.5,
        capacity_growth_max_per_year: 0.5,
        ..unbounded()
    };
    let path = still_tightness(&supply, 2027);
    let moved = path[STEPS] - path[0];
    assert!((moved - (supply.demand_growth_boom_per_year - 0.5)).abs() < 1e-12, "{moved}");
}

#[test]
fn ageing_takes_its_rate_from_its_day_on() {
    let study = common::default_study();
    let rates = |from| {
        let mut market = study.ai_market.clone();
        market.gpu_rate_ageing_from = from;
        market.gpu_rate_floor_usd_per_gpu_hour = 1e-9;
        let mut rate = Vec::new();
        each_tile(&market, &study.ai_market_laws, 2027, 1, |tile| {
            rate = tile.rows(Factor::GpuRate).to_vec();
        });
        rate
    };
    let never = rates(jiff::civil::date(2040, 1, 1));
    let from_july = rates(jiff::civil::date(2027, 7, 1));
    let july = 182;
    assert_eq!(never[july - 1], from_july[july - 1]);
    let lost = (never[STEPS][3] / from_july[STEPS][3]).ln();
    let days = (STEPS - july + 1) as f64;
    assert!((lost - 0.12 * days / 365.0).abs() < 1e-12, "{lost}");
}

#[test]
fn jumps_add_their_mean_and_variance_and_nothing_else() {
    let study = common::default_study();
    let end = |jumps_per_year| {
        let mut market = study.ai_market.clone();
        market.gpu_rate_jumps_per_year = jumps_per_year;
        market.gpu_rate_floor_usd_per_gpu_hour = 1e-9;
        let (mut rates, mut others) = (Vec::new(), Vec::new());
        each_tile(&market, &study.ai_market_laws, 2027, 1 << 12, |tile| {
            rates.extend(tile.rows(Factor::GpuRate)[STEPS].map(f64::ln));
            others.push((tile.rows(Factor::Utilisation)[STEPS], tile.rows(Factor::Rent)[STEPS]));
        });
        (rates, others)
    };
    let (jumps_per_year, mean, sd) = (6.0, -0.03, 0.12);
    let (without, others_without) = end(0.0);
    let (with, others) = end(jumps_per_year);
    assert_eq!(others, others_without);
    // A compound Poisson sum over a year: mean λ m, variance λ (m² + s²).
    let sums: Vec<f64> = with.iter().zip(&without).map(|(with, without)| with - without).collect();
    let (found, error) = common::mean_and_error(&sums);
    assert!((found - jumps_per_year * mean).abs() < 4.0 * error, "{found} ± {error}");
    let squares: Vec<f64> = sums.iter().map(|x| (x - jumps_per_year * mean).powi(2)).collect();
    let (found, error) = common::mean_and_error(&squares);
    let variance = jumps_per_year * (mean * mean + sd * sd);
    assert!((found - variance).abs() < 4.0 * error, "{found} against {variance} ± {error}");
}
