//! Inputs that are not disclosed: drawn as said, by themselves, and seen in what rests on them only.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

use crate::common::{default_study, mean_and_error, still};
use std::collections::BTreeMap;
use wattshift::economics::metric::Metric;
use wattshift::economics::rests_on;
use wattshift::input::study::{Overrides, Source, Study, Undisclosed};
use wattshift::parallel;
use wattshift::report::Status;
use wattshift::report::results::{Side, StandIn};
use wattshift::report::verdict::verdict;
use wattshift::study::claim;
use wattshift::study::explain::explain;
use wattshift::study::paths::{PathOutcomes, Unwatched, value_paths};
use wattshift::study::run::run;
use wattshift::study::world::World;
use wattshift::tile::{Build, LANES};

/// The default study with files of these texts; no contracts if the second is empty.
fn study(fleet: &str, contracts: &str) -> Study {
    let name = if contracts.is_empty() { "" } else { "c.csv" };
    let text = format!(
        "extends = \"default\"\nshares = [0.0, 0.2, 0.6, 1.0]\n[fleet]\ntranches = \"f.csv\"\n\
         [colocation]\ncontracts = \"{name}\"\n"
    );
    let texts = [("fleet.tranches", fleet), ("colocation.contracts", contracts)];
    let texts = texts.map(|(key, text)| (key.to_string(), text.to_string()));
    let source = Source::Manifest(BTreeMap::from(texts));
    let read = Study::from_text("s.toml", &text, &source, &Overrides::default());
    read.unwrap_or_else(|problems| panic!("{problems}"))
}

fn outcomes(study: &Study, paths: u64) -> PathOutcomes {
    let world = World::new(study, Build::fastest()).expect("the study of a test can be wired");
    value_paths(&world, 0..paths, &Unwatched).expect("nobody interrupts")
}

/// The study with its ranges replaced by their middles.
fn at_the_middles(study: &Study) -> Study {
    Study { undisclosed: Vec::new(), ..study.clone() }
}

/// Whether a metric differs by more than the rounding of sums that are cut elsewhere.
fn differs(a: &PathOutcomes, b: &PathOutcomes, metric: Metric, shares: usize) -> bool {
    let gap = |(a, b): (&f64, &f64)| (a - b).abs() > 1e-12 * a.abs().max(b.abs()).max(1e6);
    let mut columns = (0..shares).map(|share| (a.column(metric, share), b.column(metric, share)));
    columns.any(|(a, b)| a.iter().zip(b).any(gap))
}

#[test]
fn a_drawn_power_price_has_the_mean_and_the_spread_of_its_range() {
    let mut study = Study { shares: vec![0.0], headline_share: 0.0, ..still() };
    study.mining.switch_off = false;
    let drawn = self::study(
        "tranche,gross_mw,efficiency_j_per_th,power_usd_per_mwh\na,100,25,30..60\nb,100,20,40\n",
        "",
    );
    (study.fleet, study.undisclosed) = (drawn.fleet, drawn.undisclosed);
    let mwh = 100.0 * 8_760.0 * 0.86;
    let (mean_exact, sd_exact) = (mwh * (45.0 + 40.0), mwh * 30.0 / 12.0_f64.sqrt());
    study.paths = 65_536;
    let found = outcomes(&study, study.paths);
    let costs = found.column(Metric::PowerCost, 0);
    let groups: Vec<f64> = costs.iter().step_by(LANES).copied().collect();
    assert!(costs.chunks(LANES).all(|group| group.iter().all(|usd| *usd == group[0])));
    let (mean, error) = mean_and_error(&groups);
    assert!((mean - mean_exact).abs() < 4.0 * error, "{mean} against {mean_exact} ± {error}");
    // The sd of a uniform sample of n has a relative error of √(0.8 / 4n): 1.4 % of 1,024.
    let sd = error * (groups.len() as f64).sqrt();
    assert!((sd / sd_exact - 1.0).abs() < 0.06, "{sd} against {sd_exact}");
    // The error that a run tells knows that the paths of a group are no independent draws.
    let results = run(&study, &Unwatched, None).unwrap();
    let told = results.estimate(0.0, "power_cost", "mean").unwrap();
    assert!((told.value - mean_exact).abs() < 4.0 * told.std_error);
    assert!((told.std_error / error - 1.0).abs() < 0.5, "{} against {error}", told.std_error);
}

#[test]
fn a_range_that_nothing_rests_on_changes_no_bit() {
    let fleet = |cash: &str| {
        format!("tranche,gross_mw,efficiency_j_per_th,cash_usd\na,600,25,{cash}\nb,400,20,5e8\n")
    };
    let (drawn, plain) = (study(&fleet("1e8..2e8"), ""), study(&fleet(""), ""));
    assert_eq!(drawn.undisclosed[0].range(), Some((1e8, 2e8)));
    assert_eq!(outcomes(&drawn, 200), outcomes(&plain, 200));
}

/// Checks that a range moves the metrics that are said to rest on it, and no other.
fn check_metrics(study: &Study, switch_off: bool) {
    let mut study = study.clone();
    study.mining.switch_off = switch_off;
    let [input]: &[Undisclosed] = &study.undisclosed else { panic!("one input is undisclosed") };
    let metrics = rests_on::metrics(input, &study);
    let (drawn, middle) = (outcomes(&study, 512), outcomes(&at_the_middles(&study), 512));
    // The size of the fleet may move every metric; without curtailment two of them are 0.
    let of_curtailment = [Metric::CurtailmentIncome, Metric::CurtailmentLost];
    for metric in Metric::OPERATING.into_iter().filter(|m| !of_curtailment.contains(m)) {
        let moves = differs(&drawn, &middle, metric, study.shares.len());
        let said = metrics.contains(&metric);
        let name = input.name();
        assert_eq!(moves, said, "{name}, {}, switch-off {switch_off}", metric.name());
    }
}

#[test]
fn a_range_of_the_fleet_moves_only_the_metrics_that_rest_on_it() {
    for (column, range) in [
        ("gross_mw", "500..700"),
        ("efficiency_j_per_th", "22..28"),
        ("critical_it_per_gross_mw", "0.66..0.83"),
        ("eligible_share", "0.2..0.6"),
        ("power_overhead", "1.0..1.3"),
        ("uptime", "0.8..0.95"),
        ("power_usd_per_mwh", "30..60"),
        ("sga_usd_per_year", "1e7..2e7"),
        ("coupon_per_year", "0.0..0.1"),
        ("btc_held", "0..1000"),
    ] {
        let rows = match column {
            "gross_mw" => format!("\na,{range},25\nb,400,20\n"),
            "efficiency_j_per_th" => format!("\na,600,{range}\nb,400,20\n"),
            "sga_usd_per_year" => format!(",{column}\na,600,25,{range}\nb,400,20,1e7\n"),
            "power_overhead" => format!(",{column}\na,600,25,{range}\nb,400,20,1.05\n"),
            _ => format!(",{column}\na,600,25,{range}\nb,400,20,0.5\n"),
        };
        let fleet = format!("tranche,gross_mw,efficiency_j_per_th{rows}");
        for switch_off in [true, false] {
            check_metrics(&study(&fleet, ""), switch_off);
        }
    }
}

#[test]
fn a_range_of_a_contract_moves_only_the_metrics_that_rest_on_it() {
    let fleet = "site,gross_mw,efficiency_j_per_th\na,600,25\nb,400,20\n";
    for row in
        ["40..60,125,0.03,12", "50,100..150,0.03,12", "50,125,0.0..0.05,12", "50,125,0.03,5..9"]
    {
        let header = "tenant,critical_it_mw,rent_usd_per_kw_month,escalator_per_year,term_years";
        let mut study = study(fleet, &format!("{header}\nt,{row}\n"));
        // An escalator shows from the second lease year on.
        study.delivery.first_due = study.as_of;
        check_metrics(&study, true);
    }
}

/// A fleet and contracts with a range in every column that moves a result.
fn opaque(order: [usize; 3]) -> Study {
    let header = "company,gross_mw,efficiency_j_per_th,critical_it_per_gross_mw,eligible_share,\
                  power_overhead,uptime,power_usd_per_mwh";
    let rows = [
        "a,300..500,24..26,0.66..0.83,0.5..1,1.0..1.1,0.8..0.9,30..60",
        "b,400,20,,,,,",
        "c,100..300,15..25,0.7,0.3..0.9,,,45",
    ];
    let rows = order.map(|row| rows[row]).join("\n");
    let contracts = "tenant,critical_it_mw,rent_usd_per_kw_month,escalator_per_year,site\n\
                     t,20..30,110..140,,a\nu,100..120,125,0.0..0.05,\n";
    study(&format!("{header}\n{rows}\n"), contracts)
}

#[test]
fn permuting_the_rows_of_the_fleet_changes_nothing() {
    let (one, other) = (opaque([0, 1, 2]), opaque([2, 0, 1]));
    assert_eq!(Study { inputs: one.inputs.clone(), ..other.clone() }, one);
    assert_eq!(outcomes(&one, 300), outcomes(&other, 300));
}

#[test]
fn a_resolved_study_reads_back_with_what_it_does_not_disclose() {
    let study = opaque([0, 1, 2]);
    let texts = study.inputs.iter().map(|input| (input.key.clone(), input.text.clone()));
    let source = Source::Manifest(texts.collect());
    let overrides = Overrides::default();
    let again = Study::from_text("s", &study.resolved_toml(), &source, &overrides).unwrap();
    assert_eq!(again.undisclosed, study.undisclosed);
    assert_eq!((again.fleet, again.colocation), (study.fleet, study.colocation));
}

#[test]
fn threads_and_slices_change_no_bit_of_what_is_drawn() {
    let mut study = opaque([0, 1, 2]);
    // Halls of 7 MW, so that the fleet drawn last has others than the one before.
    study.delivery.hall_mw = 7.0;
    let base = outcomes(&study, 1_000);
    for threads in [1, 2, 7] {
        let other = parallel::with_threads(Some(threads), || outcomes(&study, 1_000)).unwrap();
        assert!(other == base, "{threads} threads");
    }
    let world = World::new(&study, Build::PORTABLE).unwrap();
    let slice = value_paths(&world, 640..1_000, &Unwatched).unwrap();
    assert_eq!(slice.column(Metric::Revenue, 3), &base.column(Metric::Revenue, 3)[640..]);
    let finite = |metric| base.column(metric, 2).iter().all(|value| value.is_finite());
    assert!(Metric::OPERATING.into_iter().all(finite));
}

#[test]
fn another_row_leaves_what_is_drawn_of_the_others() {
    let fleet = "tranche,gross_mw,efficiency_j_per_th,uptime\na,100,25,0.7..0.9\n";
    let with_another = format!("{fleet}b,1e-9,20,0.1..0.9\n");
    let (one, two) = (outcomes(&study(fleet, ""), 128), outcomes(&study(&with_another, ""), 128));
    let costs = one.column(Metric::PowerCost, 0).iter().zip(two.column(Metric::PowerCost, 0));
    for (one, two) in costs {
        // The row itself costs less than a cent; a path on which all machines are off costs nothing.
        assert!((one - two).abs() < 0.01, "{one} against {two}");
    }
}

#[test]
fn an_explained_path_shows_what_was_drawn_and_adds_up_to_its_outcome() {
    let study = opaque([0, 1, 2]);
    let found = outcomes(&study, 200);
    for (share, index) in [(0.2, 1), (0.6, 2)] {
        let explanation = explain(&study, 170, share).unwrap();
        let margin = explanation.totals.last().unwrap().unwrap();
        let outcome = found.column(Metric::GrossMargin, index)[170];
        assert!((margin / outcome - 1.0).abs() < 1e-9, "{margin} against {outcome}");
        let lines = |part: &str| explanation.notes.iter().filter(|n| n.contains(part)).count();
        assert_eq!(lines("drawn from"), 14);
        assert_eq!(lines("fleet a, power_usd_per_mwh: "), 1);
        // Five blanks of b, two of c, the escalator of t and the site of u.
        assert_eq!(lines("the default of a blank"), 9);
    }
}

#[test]
fn a_whole_run_lists_what_is_not_disclosed_and_varies_it_too() {
    let mut study = opaque([0, 1, 2]);
    study.paths = 2_048;
    let results = run(&study, &Unwatched, None).unwrap();
    assert_eq!(results.undisclosed.len(), study.undisclosed.len());
    // Less colocation would leave more of the contracts unserved: that side is left out.
    assert_eq!(results.variations.len(), 16);
    let sides = results.variations.iter().filter(|v| v.name == "business mix").map(|v| v.side);
    assert_eq!(sides.collect::<Vec<_>>(), [Side::High]);
    // At share 0.2 of 1,000 MW at the middles the 200 MW diverted are of a, at 0.745 and 0.7.
    assert_eq!(results.contracts_mw, 135.0);
    assert!((results.contracts_unserved_mw - (135.0 - 200.0 * 0.745 * 0.7)).abs() < 1e-9);
    let listed = |row: &str, column: &str| {
        let mut inputs = results.undisclosed.iter();
        inputs.find(|input| input.row == row && input.column == column).unwrap()
    };
    let power = listed("a", "power_usd_per_mwh");
    assert_eq!((power.low, power.high, power.default), (Some(30.0), Some(60.0), None));
    assert!(power.metrics.contains(&"power_cost") && !power.metrics.contains(&"revenue_ai"));
    let uptime = listed("b", "uptime");
    assert_eq!(
        (uptime.default, uptime.default_key),
        (Some(StandIn::Number(0.86)), Some("mining.uptime"))
    );
    assert_eq!(listed("b", "eligible_share").default, Some(StandIn::Number(1.0)));
    assert_eq!(listed("u", "site").default, Some(StandIn::Words("the whole fleet")));
    assert_eq!(listed("t at a", "rent_usd_per_kw_month").low, Some(110.0));
    // Least that is eligible: 500 MW of a at 0.5, 400 of b, 300 of c at 0.3, so 0.62 of 1,200 MW.
    let status = |share: f64| results.rows.iter().find(|row| row.share == share).unwrap().status;
    assert_eq!([0.2, 0.6, 1.0].map(status), [Status::Ok, Status::Ok, Status::Capped]);
    let mut tight = study.clone();
    tight.shares = vec![0.0, 0.2, 0.7];
    let results = run(&tight, &Unwatched, None).unwrap();
    let (status, valued) = results.valued(0.7);
    assert_eq!(status, Status::CappedInSomeWorlds);
    assert!(valued > 0.69 && valued < 0.7, "{valued}");
    assert_eq!(results.gross_mw_range, (800.0, 1_200.0));
}

#[test]
fn a_share_above_a_drawn_cap_is_valued_at_its_mean_over_the_paths() {
    let fleet = "site,gross_mw,efficiency_j_per_th,eligible_share\na,500,20,0.4..0.6\n";
    let mut study = study(fleet, "");
    (study.shares, study.headline_share) = (vec![0.0, 0.4, 0.5, 0.6, 1.0], 0.5);
    study.paths = 64_000;
    let results = run(&study, &Unwatched, None).unwrap();
    let near = |share: f64, exact: f64, error: f64| {
        let (_, valued) = results.valued(share);
        assert!((valued - exact).abs() < error, "{share}: {valued} against {exact}");
    };
    assert_eq!(results.valued(0.4), (Status::Ok, 0.4));
    // The mean of min(share, U) of a uniform U, within 4 errors of 1,000 draws: 4 · 0.058 / √1000.
    let error = 0.0074;
    near(0.5, 0.475, error);
    near(0.6, 0.5, error);
    near(1.0, 0.5, error);
    let statuses = [0.5, 0.6, 1.0].map(|share| results.valued(share).0);
    let in_some = Status::CappedInSomeWorlds;
    assert_eq!(statuses, [in_some, in_some, Status::Capped]);
    assert_eq!(results.cap_range, (0.4, 0.6));
    let text = verdict(&results);
    assert!(text.contains("In some worlds less than 50 % of the power suits AI/HPC (40 % at the"));
}

#[test]
fn a_mix_that_serves_what_is_signed_is_varied_on_both_sides() {
    let fleet = "tranche,gross_mw,efficiency_j_per_th\na,1000,20\n";
    let sides = |critical_it_mw: f64| {
        let contract =
            format!("tenant,critical_it_mw,rent_usd_per_kw_month\nt,{critical_it_mw},125\n");
        let mut study = study(fleet, &contract);
        (study.shares, study.paths) = (vec![0.0, 0.2], 2_048);
        let results = run(&study, &Unwatched, None).unwrap();
        assert_eq!(results.contracts_unserved_mw, 0.0);
        results.variations.iter().filter(|v| v.name == "business mix").count()
    };
    // 200 MW at 0.7 are 98 critical-IT MW of colocation at a mix of 0.7, and 56 at 0.4.
    assert_eq!((sides(56.0), sides(57.0)), (2, 1));
}

#[test]
fn a_claim_about_a_sector_is_not_held_against_a_fleet_of_drawn_size() {
    let mut study = Study::embedded("vaneck_2024", &Overrides::default()).unwrap();
    assert!(claim::check(&study).is_ok());
    let drawn = self::study("tranche,gross_mw,efficiency_j_per_th\na,7000..8000,25\n", "");
    study.undisclosed = drawn.undisclosed;
    let told = claim::check(&study).unwrap_err().to_string();
    assert!(told.contains("the fleet's is drawn") && told.contains("a, gross_mw: drawn"), "{told}");
}

#[test]
fn columns_that_are_filled_in_and_that_nothing_rests_on_are_told() {
    let fleet = "site,gross_mw,efficiency_j_per_th,cash_usd,debt_usd\na,500,20,1e8,\nb,500,25,,\n";
    let header = "tenant,critical_it_mw,rent_usd_per_kw_month,status,tenant_class,backstop,start";
    let contracts = format!("{header}\nt,50,,delivered,unknown,,2025-01-01\n");
    let mut study = study(fleet, &contracts);
    study.paths = 2_048;
    let results = run(&study, &Unwatched, None).unwrap();
    assert_eq!(results.idle, ["fleet cash_usd", "contracts status"]);
    let rent = results.undisclosed.iter().find(|i| i.column == "rent_usd_per_kw_month").unwrap();
    assert_eq!(rent.default, Some(StandIn::Number(1.5e6 / 12_000.0)));
    assert!(rent.metrics.contains(&"revenue_colocation"));
    assert_eq!(study.ai_market.rent_start_usd_per_critical_it_mw_year, 1.5e6);
}

#[test]
fn a_fleet_without_new_columns_discloses_all() {
    assert_eq!(default_study().undisclosed, []);
}
