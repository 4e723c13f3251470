//! Whole runs: what the rows say, and what must not change them.

use crate::common::default_study;
use wattshift::error::Error;
use wattshift::input::study::{Overrides, Study};
use wattshift::parallel;
use wattshift::report::Status;
use wattshift::report::csv::write_summary;
use wattshift::report::outcomes::OutcomeBlock;
use wattshift::report::results::{Results, Side};
use wattshift::risk::Estimate;
use wattshift::study::paths::{Progress, Unwatched};
use wattshift::study::run::{Part, Run, outcome_columns, run};
use wattshift::study::variations::Vary;

fn results(study: &Study) -> Results {
    run(study, &Unwatched, None).expect("the study can be run")
}

fn small(paths: u64) -> Study {
    Study { paths, shares: vec![0.0, 0.2, 1.0], ..default_study() }
}

fn summary(results: &Results) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_summary(&results.rows, &mut bytes).expect("a vector takes any bytes");
    bytes
}

fn value(results: &Results, share: f64, metric: &str, measure: &str) -> Estimate {
    let missing = || panic!("no row of {metric}, {measure} at {share}");
    results.estimate(share, metric, measure).unwrap_or_else(missing)
}

#[test]
fn m09_threads_change_no_byte_of_the_summary() {
    let study = small(5_000);
    let base = summary(&results(&study));
    for threads in [1, 2, 3, 7, 64] {
        let other = parallel::with_threads(Some(threads), || summary(&results(&study))).unwrap();
        assert!(other == base, "{threads} threads");
    }
}

#[test]
fn m12_two_seeds_agree_within_their_errors() {
    // 3 shares × the means and tails below: 24 comparisons of 4 combined errors each.
    let study = small(16_384);
    let (a, b) = (results(&study), results(&Study { seed: 1, ..study.clone() }));
    for share in [0.0, 0.2, 1.0] {
        for metric in ["revenue", "margin_after_capital", "revenue_mining", "power_cost"] {
            for measure in ["mean", "quantile_0.05"] {
                let (a, b) = (value(&a, share, metric, measure), value(&b, share, metric, measure));
                let error = a.std_error.hypot(b.std_error);
                let gap = (a.value - b.value).abs();
                assert!(gap <= 4.0 * error, "{metric} {measure} at {share}: {a:?} {b:?}");
            }
        }
    }
}

#[test]
fn m24_the_summary_read_back_is_the_same_bits() {
    let results = results(&small(2_048));
    let bytes = summary(&results);
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    assert_eq!(
        reader.headers().unwrap().iter().collect::<Vec<_>>().join(","),
        "company,model,share,effective_share,status,metric,measure,unit,value,std_error,ci_low,\
         ci_high"
    );
    let mut rows = 0;
    for (record, row) in reader.records().zip(&results.rows) {
        let record = record.unwrap();
        let number = |column: usize| record[column].parse::<f64>().unwrap().to_bits();
        assert_eq!(number(2), row.share.to_bits());
        let e = row.estimate;
        let expected = [e.value, e.std_error, e.ci_low, e.ci_high].map(f64::to_bits);
        assert_eq!([8, 9, 10, 11].map(number), expected, "{} {}", row.metric, row.measure);
        rows += 1;
    }
    assert_eq!(rows, results.rows.len());
}

#[test]
fn slices_and_checkpoints_join_to_the_bytes_of_one_run() {
    // The run ends within a tile; slices are cut within replications, and one is put down after every
    // batch and taken up again.
    let study = Study { shares: vec![0.0, 0.2], ..small(50_001) };
    let wanted = summary(&results(&study));
    for count in [1, 3, 40] {
        let mut joined: Option<Part> = None;
        for index in 0..count {
            let run = Run::new(&study, &Unwatched).unwrap();
            let mut slice = run.slice(index, count);
            while !slice.is_done() {
                let mut checkpoint = None;
                let stopped = run.advance(&mut slice, &Unwatched, &mut |part| {
                    checkpoint = Some(part.clone());
                    Err(Error::Interrupted)
                });
                assert!(matches!(stopped, Err(Error::Interrupted)));
                slice = checkpoint.unwrap();
            }
            match &mut joined {
                Some(joined) => joined.join(slice),
                None => joined = Some(slice),
            }
        }
        let run = Run::new(&study, &Unwatched).unwrap();
        let results = run.finish(joined.unwrap(), Vary::EachLever, &Unwatched).unwrap();
        assert!(summary(&results) == wanted, "{count} slices");
    }
}

#[test]
fn rows_are_complete_ordered_and_of_one_sense() {
    let results = results(&small(4_096));
    let shares: Vec<f64> = results.rows.iter().map(|row| row.share).collect();
    assert!(shares.is_sorted());
    for share in [0.0, 0.2, 1.0] {
        for metric in ["revenue", "margin_after_capital"] {
            let at = |measure: &str| value(&results, share, metric, measure).value;
            let reference = value(&results, 0.0, metric, "mean").value;
            assert_eq!(at("value_at_risk_0.95"), reference - at("quantile_0.05"));
            assert_eq!(at("expected_shortfall_0.99"), reference - at("tail_mean_0.01"));
            assert!(at("tail_mean_0.05") <= at("quantile_0.05"));
        }
        let chance = |side: &str| value(&results, share, "revenue_gain", side).value;
        let sum =
            chance("probability_win") + chance("probability_tie") + chance("probability_lose");
        assert!((sum - 1.0).abs() < 1e-15);
    }
    assert_eq!(value(&results, 0.0, "revenue_gain", "probability_tie").value, 1.0);
    assert_eq!(value(&results, 0.0, "revenue_colocation", "mean").std_error, 0.0);
    assert!(results.rows.iter().all(|row| row.estimate.value.is_finite()));
}

#[test]
fn what_the_worst_worlds_have_in_common_adds_up() {
    let results = results(&small(4_096));
    let worst = "mean_in_worst_0.05_of_revenue";
    for share in [0.0, 0.2, 1.0] {
        let sources = ["revenue_mining", "revenue_colocation", "revenue_gpu_cloud"];
        let sum: f64 = sources.map(|s| value(&results, share, s, worst).value).iter().sum();
        let tail = value(&results, share, "revenue", "tail_mean_0.05").value;
        assert!((sum / tail - 1.0).abs() < 1e-12, "{share}: {sum} against {tail}");
        // The worst worlds of mining are those of a low price; of AI, those of late halls.
        let driver = |name: &str, measure: &str| value(&results, share, name, measure).value;
        assert!(driver("btc_price", worst) < driver("btc_price", "mean"));
        assert!(driver("hashprice", worst) < driver("hashprice", "mean"));
    }
    let delay = |measure: &str| value(&results, 1.0, "delay", measure).value;
    assert!(delay(worst) > delay("mean"));
}

#[test]
fn sixteen_variations_stand_beside_the_base() {
    let results = results(&small(2_048));
    assert_eq!(results.variations.len(), 17);
    let base = &results.variations[0];
    assert_eq!(base.side, Side::Base);
    // The same paths: the base is the run itself at the headline share.
    assert_eq!(base.gain_revenue_usd, value(&results, 0.2, "revenue_gain", "mean"));
    assert_eq!(
        base.win_margin,
        value(&results, 0.2, "margin_after_capital_gain", "probability_win")
    );
    let named = |name: &str, side: Side| {
        results.variations.iter().find(|v| v.name == name && v.side == side).unwrap()
    };
    for (name, low_is_better) in
        [("GPU price", false), ("rent", false), ("delivery delay", true), ("capex", true)]
    {
        let (low, high) = (named(name, Side::Low), named(name, Side::High));
        let gain = |v: &wattshift::report::results::Variation| v.gain_margin_usd.value;
        assert_eq!(gain(low) > gain(high), low_is_better, "{name}");
        assert!((gain(low) > gain(base)) == low_is_better, "{name}");
    }
    // Hosting does not know the BTC price; staying does, so a rise makes diverting gain less.
    let (low, high) = (named("BTC drift", Side::Low), named("BTC drift", Side::High));
    assert!(low.gain_revenue_usd.value > high.gain_revenue_usd.value);
}

#[test]
fn the_claim_of_2024_is_an_identity_and_has_a_place_among_the_worlds() {
    let overrides = Overrides { paths: Some(2_048), seed: None };
    let study = Study::embedded("vaneck_2024", &overrides).unwrap();
    let claim = results(&study).claim.expect("the study holds a claim");
    assert_eq!(claim.closure, "vaneck2024_runrate");
    let at = |share: f64| *claim.by_share.iter().find(|row| row.0 == share).unwrap();
    let near = |found: f64, exact: f64| (found / exact - 1.0).abs() < 1e-4;
    assert!(near(at(0.2).1, 13.9e9) && near(at(0.2).2, 37.6e9));
    assert!(near(at(1.0).1, 69.5e9) && near(at(0.05).1, 3.475e9));
    assert_eq!((at(0.0).1, at(0.0).2), (0.0, 0.0));
    assert!(near(claim.usd_per_mw_year, 9_110_400.0) && near(claim.sector_mw, 7_628.6));
    assert!((claim.usd_per_gpu_hour - 2.027).abs() < 1e-3);
    // Published table of closures: sector MW and USD of GPUs per MW.
    for (name, mw, gpus) in [
        ("vaneck2024_runrate", 7_628.6, 26.377e6),
        ("vaneck2024_profit80", 9_535.8, 19.602e6),
        ("vaneck2024_profit80_ramp", 10_330.4, 14.843e6),
        ("vaneck2024_profit60", 12_714.4, 12.826e6),
        ("vaneck2024_colo_capexfree", 7_628.6, 0.0),
    ] {
        let closure = claim.closures.iter().find(|c| c.name == name).unwrap();
        assert!(near(closure.sector_mw, mw), "{name}: {}", closure.sector_mw);
        let gap = (closure.gpu_capex_usd_per_mw - gpus).abs();
        assert!(gap < 1e-4 * 33.88e6, "{name}: {}", closure.gpu_capex_usd_per_mw);
        assert!(near(closure.average_usd_per_year, 13.9e9), "{name}");
        assert!(near(closure.net_present_value_usd, 37.6e9), "{name}");
    }
    let outcomes: Vec<&str> = claim.percentiles.iter().map(|(name, _)| name.as_str()).collect();
    assert!(outcomes[0].contains("revenue_ai") && outcomes[2].contains("margin_after_capital"));
    for pair in claim.percentiles.windows(2) {
        assert!(pair[0].1.value <= pair[1].1.value, "each outcome takes more off");
    }
}

#[test]
fn the_two_readings_of_the_claim_are_about_two_sectors() {
    let overrides = Overrides { paths: Some(2_048), seed: None };
    let claim = |name: &str| {
        let study = Study::embedded(name, &overrides).unwrap();
        results(&study).claim.expect("the study holds a claim")
    };
    let [plain, revenue, profit] =
        ["vaneck_2024", "vaneck_2024_as_revenue", "vaneck_2024_as_profit"].map(claim);
    assert_eq!(revenue, plain, "the claim as it was is read as revenue");
    assert_eq!(profit.closure, "vaneck2024_profit80");
    // Profit of 0.8 of revenue takes a sector larger by 1 / 0.8, which earns 13.9 / 0.8 bn USD.
    assert!((profit.sector_mw * 0.8 / revenue.sector_mw - 1.0).abs() < 1e-12);
    assert!((profit.average_usd_per_year / 13.9e9 - 1.0).abs() < 1e-12);
    let below = |claim: &wattshift::report::results::ClaimResult, outcome: usize| {
        claim.percentiles[outcome].1
    };
    // More megawatts, so more worlds reach the figure in AI revenue; in profit fewer than in revenue.
    assert!(below(&profit, 0).value < below(&revenue, 0).value);
    assert!(below(&profit, 2).value > below(&revenue, 0).value);
}

#[test]
fn every_outcome_reaches_the_sink_once_and_in_order() {
    let study = small(2_500);
    let mut columns: Vec<Vec<f64>> = Vec::new();
    let mut sink = |block: &OutcomeBlock<'_>| {
        columns.resize(block.columns.len(), Vec::new());
        assert_eq!(block.first_path, columns[0].len() as u64, "paths come in their order");
        columns.iter_mut().zip(block.columns).for_each(|(all, own)| all.extend(*own));
        Ok(())
    };
    let told = run(&study, &Unwatched, Some(&mut sink)).unwrap();
    // Outcomes are written in another order than paths are simulated in without them.
    assert!(summary(&told) == summary(&results(&study)));
    assert_eq!(columns.len(), outcome_columns(&study).len() * study.shares.len());
    assert!(columns.iter().all(|column| column.len() == 2_500));
}

#[test]
fn too_few_paths_are_refused_and_an_interruption_is_one() {
    let error = run(&small(2_047), &Unwatched, None).unwrap_err();
    assert!(error.to_string().contains("at least 2048"), "{error}");
    struct Impatient;
    impl Progress for Impatient {
        fn advance(&self, _: u64) {}
        fn interrupted(&self) -> bool {
            true
        }
    }
    let error = run(&small(4_096), &Impatient, None).unwrap_err();
    assert!(matches!(error, Error::Interrupted));
}

#[test]
fn a_share_above_the_cap_says_so() {
    let study = Study::embedded("cap_20", &Overrides { paths: Some(2_048), seed: None }).unwrap();
    let results = results(&study);
    for row in &results.rows {
        let capped = row.share > 0.2;
        assert_eq!(row.status, if capped { Status::Capped } else { Status::Ok });
        assert_eq!(row.effective_share, if capped { 0.2 } else { row.share });
    }
}

#[test]
fn a_contradictory_correlation_is_refused_with_its_eigenvalue() {
    let mut study = small(2_048);
    for (a, b, rho) in [(0, 1, 0.9), (0, 2, -0.9), (1, 2, 0.9)] {
        study.correlation[[a, b]] = rho;
        study.correlation[[b, a]] = rho;
    }
    let text = run(&study, &Unwatched, None).unwrap_err().to_string();
    assert!(text.contains("smallest eigenvalue -0.8"), "{text}");
}
