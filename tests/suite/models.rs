//! Several models in one run: each group follows one of them whole, and the results tell them apart.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

use crate::common::default_study;
use wattshift::economics::metric::Metric;
use wattshift::input::study::{AiMarketModel, Models, Overrides, Source, Study};
use wattshift::report::csv;
use wattshift::report::results::Results;
use wattshift::study::paths::{PathOutcomes, Unwatched, value_paths};
use wattshift::study::run::{Run, run};
use wattshift::study::variations::Vary;
use wattshift::study::world::World;
use wattshift::tile::{Build, PATHS_PER_GROUP};

const GROUP: usize = PATHS_PER_GROUP as usize;

/// The default study with these lines over it.
fn study(lines: &str) -> Study {
    let text = format!("extends = \"default\"\nshares = [0.0, 0.2]\n{lines}");
    Study::from_text("s.toml", &text, &Source::Embedded, &Overrides::default()).unwrap()
}

fn mixed() -> Study {
    study("paths = 16384\n[ai_market]\nmodel = { two_regime = 0.7, supply_lag = 0.3 }")
}

fn alone(model: AiMarketModel) -> Study {
    let mut study = mixed();
    study.ai_market.model = Models::one(model);
    study
}

fn results(study: &Study) -> Results {
    run(study, &Unwatched, None).unwrap()
}

fn outcomes(study: &Study) -> PathOutcomes {
    let world = World::new(study, Build::fastest()).unwrap();
    value_paths(&world, 0..study.paths, &Unwatched).unwrap()
}

#[test]
fn every_build_of_the_kernels_follows_every_model_to_the_same_bits() {
    const PATHS: u64 = 64 * PATHS_PER_GROUP;
    let text = include_str!("../../data/studies/models.toml");
    let study =
        Study::from_text("models.toml", text, &Source::Embedded, &Overrides::default()).unwrap();
    let world = |build| World::new(&study, build).unwrap();
    let portable = world(Build::PORTABLE);
    let mixed = portable.market().mixed();
    let mut followed: Vec<Vec<u32>> = mixed.iter().map(|models| vec![0; models.len()]).collect();
    for group in 0..64 {
        let models = portable.market().models_of(group * PATHS_PER_GROUP);
        models.into_iter().zip(&mut followed).for_each(|(model, counts)| counts[model] += 1);
    }
    assert!(followed.iter().flatten().all(|count| *count > 0), "{followed:?}");
    let value = |world: &World| value_paths(world, 0..PATHS, &Unwatched).unwrap();
    let wanted = value(&portable);
    for build in Build::available() {
        assert!(value(&world(build)) == wanted, "{build:?}");
    }
}

#[test]
fn a_group_that_follows_a_model_is_that_of_the_model_alone() {
    let mix = mixed();
    let world = World::new(&mix, Build::fastest()).unwrap();
    let (all, two_regime, supply_lag) = (
        outcomes(&mix),
        outcomes(&alone(AiMarketModel::TwoRegime)),
        outcomes(&alone(AiMarketModel::SupplyLag)),
    );
    let mut followed = [0, 0];
    for metric in Metric::OPERATING {
        for share in 0..2 {
            let column = |outcomes: &PathOutcomes| outcomes.column(metric, share).to_vec();
            let (all, alone) = (column(&all), [column(&two_regime), column(&supply_lag)]);
            for (group, values) in all.chunks(GROUP).enumerate() {
                let model = world.market().models_of((group * GROUP) as u64)[0];
                followed[model] += 1;
                assert_eq!(values, &alone[model][group * GROUP..(group + 1) * GROUP]);
            }
        }
    }
    let share = f64::from(followed[0]) / f64::from(followed[0] + followed[1]);
    let error = (0.7 * 0.3 / 256.0_f64).sqrt();
    assert!((share - 0.7).abs() < 4.0 * error, "{share}");
}

#[test]
fn the_models_add_up_to_all_worlds() {
    let found = results(&mixed());
    assert_eq!(found.models, ["ai_market.two_regime", "ai_market.supply_lag"]);
    let mean = |model: &str, metric: &str| {
        found.estimate_of(model, 0.2, metric, "mean").expect("each model has every row").value
    };
    // The weight of the first model from one metric; then every other must agree.
    let weight = |metric: &str| {
        let (all, second) = (mean("all", metric), mean(&found.models[1], metric));
        (all - second) / (mean(&found.models[0], metric) - second)
    };
    let w = weight("revenue");
    assert!((0.5..0.9).contains(&w), "{w}");
    for metric in ["revenue_ai", "margin_after_capital", "revenue_gain"] {
        assert!((weight(metric) - w).abs() < 1e-9, "{metric}: {} {w}", weight(metric));
    }
    let one = results(&alone(AiMarketModel::TwoRegime));
    assert!(one.models.is_empty() && one.rows.iter().all(|row| row.model == "all"));
    assert!(one.spreads.iter().all(|spread| spread.models_sd.is_none()));
}

#[test]
fn the_spread_by_models_is_what_the_models_alone_differ_by() {
    let mut mix = mixed();
    mix.paths = 65_536;
    let found = results(&mix);
    let alone = [AiMarketModel::TwoRegime, AiMarketModel::SupplyLag].map(|model| {
        let mut study = alone(model);
        study.paths = 65_536;
        results(&study)
    });
    for spread in found.spreads.iter().filter(|spread| spread.measure == "mean") {
        let mean = |results: &Results| {
            results.estimate(0.2, spread.metric, &spread.measure).expect("the headline is a row")
        };
        let (a, b) = (mean(&alone[0]), mean(&alone[1]));
        // Two values with weights w and 1 − w have a standard deviation of √(w (1 − w)) · |a − b|.
        let root = (0.7_f64 * 0.3).sqrt();
        let expected = root * (a.value - b.value).abs();
        let sd = spread.models_sd.expect("there are two models");
        let error = (sd.std_error.powi(2)
            + root * root * (a.std_error.powi(2) + b.std_error.powi(2)))
        .sqrt();
        let (metric, found) = (spread.metric, sd.value);
        assert!((found - expected).abs() < 4.0 * error, "{metric}: {found} {expected} ± {error}");
    }
}

#[test]
fn slices_of_several_models_join_to_the_bytes_of_one_run() {
    let mut mix = mixed();
    mix.paths = 40_032;
    let bytes = |results: &Results| {
        let (mut summary, mut spread) = (Vec::new(), Vec::new());
        csv::write_summary(&results.rows, &mut summary).unwrap();
        csv::write_spreads(&results.spreads, &mut spread).unwrap();
        (summary, spread)
    };
    let run = Run::new(&mix, &Unwatched).unwrap();
    let mut slices = (0..3).map(|index| {
        let mut slice = run.slice(index, 3);
        run.advance(&mut slice, &Unwatched, &mut |_| Ok(())).unwrap();
        slice
    });
    let mut joined = slices.next().unwrap();
    slices.for_each(|slice| joined.join(slice));
    let joined = run.finish(joined, Vary::EachLever, &Unwatched).unwrap();
    assert!(bytes(&joined) == bytes(&results(&mix)));
}

#[test]
fn a_model_with_too_few_worlds_is_refused_with_the_cure() {
    let mut mix = study("[ai_market]\nmodel = { two_regime = 0.99, supply_lag = 0.01 }");
    mix.paths = 16_384;
    let told = run(&mix, &Unwatched, None).unwrap_err();
    assert_eq!(told.exit_code(), 2);
    let told = told.to_string();
    assert!(told.contains("ai_market.supply_lag") && told.contains("--paths"), "{told}");
}

/// The drift is the only parameter that is drawn; in the linear mode the revenue of share 0 grows with
/// it, so that the spread by parameters is that of its conditional means.
#[test]
fn the_spread_by_parameters_is_that_of_the_drawn_drift() {
    let spread_of = |drift_sd_per_year: f64| {
        let mut study = default_study();
        study.shares = vec![0.0];
        study.headline_share = 0.0;
        study.paths = 65_536;
        study.btc_price.drift_sd_per_year = drift_sd_per_year;
        study.mining.switch_off = false;
        study.network.response_per_month = 0.0;
        study.network.shutdown_hashprice_usd_per_ph_day = 1e-9;
        let results = results(&study);
        let spread = results.spreads.into_iter().find(|s| s.metric == "revenue").unwrap();
        (spread.parameters_sd, spread.estimate)
    };
    let (none, _) = spread_of(0.0);
    assert!(none.value < 4.0 * none.std_error.max(1.0), "{none:?}");
    let (found, revenue) = spread_of(0.25);
    // Revenue ≈ ∫ e^{m t}: to first order m moves its log by the mean time of the year, 0.92 years,
    // to second order e^{m t} has relative sd √(e^{(0.25 · 0.92)²} − 1); the year's width adds below 1 %.
    let exponent: f64 = 0.25 * 0.92;
    let expected = revenue.value * ((exponent * exponent).exp() - 1.0).sqrt();
    let tolerance = 4.0 * found.std_error + 0.01 * expected;
    assert!((found.value - expected).abs() < tolerance, "{found:?} against {expected}");
}

#[test]
fn uncertain_parameters_are_drawn_around_the_study_and_told() {
    let certain_drift = "[btc_price]\ndrift_sd_per_year = 0.0";
    let fixed = study(&format!("paths = 16384\n{certain_drift}"));
    let uncertain = format!("paths = 16384\nparameters = \"uncertain\"\n{certain_drift}");
    let uncertain = study(&uncertain);
    let (fixed, uncertain) = (results(&fixed), results(&uncertain));
    assert!(fixed.drawn.is_empty());
    let keys: Vec<&str> = uncertain.drawn.iter().map(|drawn| drawn.key.as_str()).collect();
    for key in ["btc_price.gbm.volatility_per_sqrt_year", "network.growth_per_month"] {
        assert!(keys.contains(&key), "{keys:?}");
    }
    assert!(uncertain.drawn.iter().all(|p| p.low < p.stated && p.stated < p.high));
    let spread = |results: &Results, metric: &str| {
        let of = |s: &&wattshift::report::results::HeadlineSpread| {
            s.metric == metric && s.measure == "mean"
        };
        results.spreads.iter().find(of).expect("the headline is told").parameters_sd
    };
    // Nothing is drawn per group in the first. In the second growth of the network is, by 0.7 % a
    // month: over the 11 months to the middle of the year what a hash earns moves by 8 %.
    let (before, after) = (spread(&fixed, "revenue"), spread(&uncertain, "revenue"));
    assert!(before.value < 4.0 * before.std_error.max(1.0), "{before:?}");
    assert!(after.value > 4.0 * after.std_error, "{after:?}");
}

#[test]
fn uncertain_parameters_need_a_history() {
    let none = ["btc_price", "hashrate", "difficulty", "fees", "gpu_rate", "ai_capacity", "rent"];
    let data: String = none.iter().map(|key| format!("{key} = \"\"\n")).collect();
    let study = study(&format!("parameters = \"uncertain\"\n[data]\n{data}"));
    let told = World::new(&study, Build::fastest()).err().expect("there is nothing to fit");
    assert_eq!(told.exit_code(), 2);
    assert!(told.to_string().contains("[data]"), "{told}");
}
