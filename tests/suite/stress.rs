//! The studies that come with wattshift as stresses: what they say, and what they move.

use crate::common::default_study;
use jiff::civil::date;
use wattshift::input::study::{Lineage, Overrides, Stress, Study};
use wattshift::model::delivery::PathScalars;
use wattshift::parallel;
use wattshift::report::csv::write_stresses;
use wattshift::report::results::{StressResults, StressRow};
use wattshift::study::paths::Unwatched;
use wattshift::study::run::run;
use wattshift::study::stress::stress;
use wattshift::study::world::World;
use wattshift::tile::{Build, Factor, LANES, Tile};
use wattshift::time::TimeGrid;

fn overrides(paths: u64) -> Overrides {
    Overrides { paths: Some(paths), seed: None }
}

fn default_stresses(paths: u64) -> Vec<Stress> {
    Lineage::of_name("default").unwrap().stresses(&[], &overrides(paths)).unwrap()
}

fn stressed(paths: u64) -> StressResults {
    let study = Study { paths, ..default_study() };
    stress(&study, &default_stresses(paths), &Unwatched).unwrap()
}

fn row<'a>(
    results: &'a StressResults,
    stress: &str,
    share: f64,
    metric: &str,
    measure: &str,
) -> &'a StressRow {
    let missing = || panic!("no row of {stress}, {metric}, {measure} at {share}");
    results.row(stress, share, metric, measure).unwrap_or_else(missing)
}

#[test]
fn every_stress_moves_what_it_is_about_to_its_side() {
    let results = stressed(16_384);
    let (stay, moved) = (0.0, 0.2);
    // Stress, share, metric, measure, and the sign of what it adds.
    for (stress, share, metric, measure, sign) in [
        // GPU-hours and new leases are cheaper, and fewer hours are sold.
        ("glut_2027", moved, "revenue_ai", "mean", -1.0),
        ("glut_2027", moved, "margin_after_capital_gain", "mean", -1.0),
        ("glut_2027", moved, "margin_after_capital_gain", "probability_win", -1.0),
        // Revenue of mining and AI are bad in the same worlds; no law alone changes, so no mean need.
        ("joint_riskoff", moved, "revenue", "tail_mean_0.05", -1.0),
        // A lower price with more machines: mining earns less, so moving away from it gains more.
        ("btc_2022", stay, "revenue_mining", "mean", -1.0),
        ("btc_2022", moved, "revenue", "tail_mean_0.05", -1.0),
        ("btc_2022", moved, "revenue_gain", "mean", 1.0),
        // Machines that switch off leave their blocks to others, but less than the price has lost.
        ("hash_shock", stay, "revenue_mining", "mean", -1.0),
        ("hash_shock", stay, "revenue", "tail_mean_0.05", -1.0),
        ("hash_shock", moved, "revenue_gain", "mean", 1.0),
        // Halls come later: less AI, more mining until then, and capital that waits.
        ("delivered_25", moved, "revenue_ai", "mean", -1.0),
        ("delivered_25", moved, "revenue_mining", "mean", 1.0),
        ("delivered_25", moved, "margin_after_capital_gain", "mean", -1.0),
        // A megawatt of rent earns less than one of GPU-hours, and risks less capital.
        ("colocation_only", moved, "revenue_ai", "mean", -1.0),
        ("colocation_only", moved, "margin_after_capital", "tail_mean_0.05", 1.0),
        ("gpu_cloud_only", moved, "revenue_ai", "mean", 1.0),
        ("gpu_cloud_only", moved, "margin_after_capital", "tail_mean_0.05", -1.0),
    ] {
        let row = row(&results, stress, share, metric, measure);
        let difference = row.difference;
        assert!(
            sign * difference.value > 4.0 * difference.std_error,
            "{stress} {metric} {measure} at {share}: {difference:?}"
        );
    }
    // What a stress says nothing about is the same on every path.
    for (stress, share, metric) in [
        ("glut_2027", stay, "revenue_mining"),
        ("glut_2027", moved, "revenue_mining"),
        ("btc_2022", moved, "revenue_ai"),
        ("hash_shock", moved, "revenue_ai"),
        ("delivered_25", stay, "revenue_mining"),
        ("colocation_only", moved, "revenue_mining"),
        ("gpu_cloud_only", moved, "revenue_mining"),
    ] {
        let difference = row(&results, stress, share, metric, "mean").difference;
        assert_eq!((difference.value, difference.std_error), (0.0, 0.0), "{stress} {metric}");
    }
}

#[test]
fn common_paths_leave_a_difference_a_smaller_error_than_either_number() {
    let results = stressed(4_096);
    for stress in ["glut_2027", "hash_shock", "delivered_25"] {
        let row = row(&results, stress, 0.2, "revenue", "mean");
        assert!(row.difference.std_error < 0.5 * row.estimate.std_error, "{stress}: {row:?}");
    }
}

#[test]
fn the_base_against_itself_is_exactly_nothing() {
    let study = Study { paths: 2_100, ..default_study() };
    let itself = Stress { name: "itself".into(), study: study.clone() };
    let results = stress(&study, &[itself], &Unwatched).unwrap();
    let half = results.rows.len() / 2;
    assert_eq!(results.rows[0].stress, "base");
    assert_eq!(results.rows[half].stress, "itself");
    for (base, itself) in results.rows[..half].iter().zip(&results.rows[half..]) {
        assert_eq!(base.estimate, itself.estimate);
        for difference in [base.difference, itself.difference] {
            let d = difference;
            assert_eq!([d.value, d.std_error, d.ci_low, d.ci_high].map(f64::to_bits), [0; 4]);
        }
    }
}

#[test]
fn a_stress_is_the_study_under_it_run_alone_to_the_bit() {
    let paths = 2_500;
    let results = stressed(paths);
    let mut compared = 0;
    for stress in default_stresses(paths) {
        let alone = run(&stress.study, &Unwatched, None).unwrap();
        for row in results.rows.iter().filter(|row| row.stress == stress.name) {
            let wanted = alone.estimate(row.share, row.metric, &row.measure).unwrap();
            assert_eq!(row.estimate, wanted, "{} {} {}", row.stress, row.metric, row.measure);
            compared += 1;
        }
    }
    assert_eq!(compared, 7 * 20);
}

#[test]
fn threads_change_no_byte_and_a_share_of_0_stands_once() {
    let study = Study { paths: 2_048, headline_share: 0.0, ..default_study() };
    let stresses = &default_stresses(2_048)[..2];
    let stresses: Vec<Stress> = stresses
        .iter()
        .map(|stress| {
            let study = Study { headline_share: 0.0, ..stress.study.clone() };
            Stress { study, ..stress.clone() }
        })
        .collect();
    let bytes = |threads| {
        let run = || stress(&study, &stresses, &Unwatched).unwrap();
        let results = parallel::with_threads(Some(threads), run).unwrap();
        let mut bytes = Vec::new();
        write_stresses(&results.rows, &mut bytes).unwrap();
        bytes
    };
    let one = bytes(1);
    assert_eq!(String::from_utf8(one.clone()).unwrap().lines().count(), 1 + 3 * 12);
    for threads in [2, 7] {
        assert!(bytes(threads) == one, "{threads} threads");
    }
}

/// Calls `see` with the calendar, the tile and the scalars of every tile of a study.
fn each_tile(study: &Study, mut see: impl FnMut(&TimeGrid, &Tile, &PathScalars)) {
    let world = World::new(study, Build::fastest()).unwrap();
    let mut room = world.make_room();
    for first_path in (0..study.paths).step_by(LANES) {
        let scalars = world.simulate(first_path, &mut room);
        see(&world.grid, &room.market.tile, &scalars);
    }
}

#[test]
fn delivered_25_delivers_a_quarter_at_new_year_and_six_tenths_in_december() {
    let study = Study::embedded("delivered_25", &overrides(16_384)).unwrap();
    // Halls of the headline share: four of 50 MW.
    let mut delivered = [0.0; 2];
    each_tile(&study, |grid, _, scalars| {
        for (at, day) in [date(2027, 1, 1), date(2027, 12, 16)].into_iter().enumerate() {
            let step = grid.step_of(day);
            let halls = scalars.cut_over_steps[..4].iter().flatten();
            delivered[at] += halls.filter(|cut_over| i64::from(**cut_over) <= step).count() as f64;
        }
    });
    let [new_year, december] = delivered.map(|halls| halls / (4.0 * study.paths as f64));
    // Half of the variance is common to a path's halls, so the part delivered on a path has a standard
    // deviation below 0.5: its mean an error below 0.004. Twice that, and 0.002 for rounded values.
    assert!((new_year - 0.25).abs() < 0.01, "{new_year}");
    assert!((december - 0.60).abs() < 0.01, "{december}");
}

#[test]
fn glut_2027_is_a_glut_in_which_gpu_prices_fall_by_10_to_45_per_cent_on_half_of_the_paths() {
    let study = Study::embedded("glut_2027", &overrides(8_192)).unwrap();
    let (mut within, mut utilisation) = (0.0, 0.0);
    each_tile(&study, |grid, tile, _| {
        let (year, rates) = (grid.target(), tile.rows(Factor::GpuRate));
        for lane in 0..LANES {
            let fall = 1.0 - rates[year.end - 1][lane] / rates[year.start][lane];
            within += f64::from(u8::from((0.10..0.45).contains(&fall)));
        }
        let used = &tile.rows(Factor::Utilisation)[year.clone()];
        utilisation += used.iter().flatten().sum::<f64>() / year.len() as f64;
    });
    let paths = study.paths as f64;
    // ln 0.90 and ln 0.55 lie 0.247 about the drift. A year's log change has a variance of 0.30², 0.061²
    // from tightness about its level, and 2 x 0.6 x 0.30 x 0.061 as their shocks correlate: 0.340².
    assert!((within / paths - 0.53).abs() < 0.03, "{}", within / paths);
    assert!((utilisation / paths - 0.65).abs() < 0.01, "{}", utilisation / paths);
}

#[test]
fn btc_2022_falls_by_two_thirds_in_a_year_while_machines_are_installed() {
    let study = Study::embedded("btc_2022", &overrides(16_384)).unwrap();
    let mut price = 0.0;
    each_tile(&study, |grid, tile, _| {
        let step = grid.step_of(date(2027, 7, 31)) as usize;
        price += tile.rows(Factor::BtcPrice)[step].iter().sum::<f64>();
    });
    let ratio = price / study.paths as f64 / study.btc_price.start_usd_per_btc;
    // E exp(drift + its uncertainty): 16,524 / 46,355 times exp(0.25² / 2).
    assert!((ratio / (16_524.0 / 46_355.0 * 1.032) - 1.0).abs() < 0.05, "{ratio}");
    assert!(study.network.growth_per_month > 2.0 * default_study().network.growth_per_month);
}

#[test]
fn hash_shock_brings_retargets_as_in_february_2026() {
    /// Falls of the price by 8 % or more in a day, and the sum of the deepest retargets of the four weeks
    /// after them; days that are no such falls, and the sum of theirs.
    fn falls(study: &Study) -> [f64; 4] {
        let mut found = [0.0; 4];
        each_tile(study, |_, tile, _| {
            let (price, difficulty) = (tile.rows(Factor::BtcPrice), tile.rows(Factor::Difficulty));
            for day in 1..price.len() - 28 {
                for lane in 0..LANES {
                    let is_fall = price[day][lane] < 0.92 * price[day - 1][lane];
                    let after = difficulty[day..day + 29].windows(2);
                    let changes = after.map(|pair| pair[1][lane] / pair[0][lane] - 1.0);
                    let deepest = changes.fold(f64::INFINITY, f64::min);
                    let at = if is_fall { 0 } else { 2 };
                    found[at] += 1.0;
                    found[at + 1] += deepest;
                }
            }
        });
        found
    }
    let study = Study::embedded("hash_shock", &overrides(2_048)).unwrap();
    let [falls, after, days, on_others] = falls(&study);
    let paths = study.paths as f64;
    // 489 days at two jumps a year, of which ln 0.92 is passed by Φ((0.16 - 0.083) / 0.055) = 0.92.
    assert!((falls / paths - 2.0 * 489.0 / 365.25 * 0.92).abs() < 0.15, "{}", falls / paths);
    // 7 February 2026: 1.2586e14 after 1.4167e14, -0.11. Errors: 5,000 falls, 0.06 each.
    let (after, on_others) = (after / falls, on_others / days);
    assert!((after + 0.127).abs() < 0.01 && after < on_others - 0.03, "{after} {on_others}");
}
