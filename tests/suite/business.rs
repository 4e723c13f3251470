//! Tenants who default, markets that answer, and the way from a claim: against closed forms.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

use crate::common::{default_study, still};
use wattshift::economics::bridge::BridgeStep;
use wattshift::economics::metric::{Driver, Metric};
use wattshift::input::study::{Contract, Credit, Overrides, Sector, Study, Triangular};
use wattshift::report::results::Results;
use wattshift::study::paths::{PathOutcomes, Unwatched, value_paths};
use wattshift::study::run::run;
use wattshift::study::world::World;
use wattshift::tile::{Build, Factor};

fn outcomes(study: &Study, paths: u64) -> PathOutcomes {
    value_paths(&World::new(study, Build::fastest()).unwrap(), 0..paths, &Unwatched).unwrap()
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

fn number(value: f64) -> Triangular {
    Triangular { low: value, mode: value, high: value }
}

/// Nothing moves, and every hall comes on the first day of the year.
fn all_at_once() -> Study {
    let mut study = still();
    study.delivery.hall_mw = 1_000.0;
    study.shares = vec![0.0, 0.2, 1.0];
    study
}

fn sector(refilled: f64) -> Sector {
    Sector {
        refilled_share: number(refilled),
        refill_delay_months: 0.0,
        ai_market_critical_it_mw: 1_000.0,
        ai_market_growth_per_year: 0.0,
        rent_slope: 0.5,
        gpu_rate_slope: 1.0,
    }
}

fn no_default() -> Credit {
    Credit {
        hyperscaler_default_per_year: 0.0,
        ai_lab_default_per_year: 0.0,
        neocloud_default_per_year: 0.0,
        enterprise_default_per_year: 0.0,
        government_default_per_year: 0.0,
        unknown_default_per_year: 0.0,
        market_beta: 0.0,
        vacancy_months: 120.0,
        reletting_share: 1.0,
        backstop_share: 1.0,
    }
}

#[test]
fn those_who_stay_share_what_those_who_leave_mined() {
    let plain = all_at_once();
    let mut answered = plain.clone();
    answered.sector = Some(sector(0.0));
    let world = World::new(&plain, Build::fastest()).unwrap();
    let mut room = world.make_room();
    world.simulate(0, &mut room);
    let network = room.market.tile.rows(Factor::Hashrate)[300][0];
    let (before, after) = (outcomes(&plain, 64), outcomes(&answered, 64));
    let at = |of: &PathOutcomes, metric, share| of.column(metric, share)[0];
    // 200 MW of 25 J/TH leave, of which 86 % earned.
    let withdrawn = 200.0 / (25.0 * 1.05) * 0.86;
    let expected = 1.0 / (1.0 - withdrawn / network);
    let found = at(&after, Metric::RevenueMining, 1) / at(&before, Metric::RevenueMining, 1);
    assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
    // 140 critical-IT MW are added to 1,000; 40 % of rents are the market's.
    let supply: f64 = 1.14;
    let rent = 1.0 - 0.4 * (1.0 - supply.powf(-0.5));
    for (metric, expected) in
        [(Metric::RevenueColocation, rent), (Metric::RevenueGpuCloud, 1.0 / supply)]
    {
        let found = at(&after, metric, 1) / at(&before, metric, 1);
        assert!((found / expected - 1.0).abs() < 1e-12, "{}: {found} {expected}", metric.name());
    }
    for metric in Metric::OPERATING {
        let (before, after) = (at(&before, metric, 0), at(&after, metric, 0));
        // Ledgers that begin with the as-of date are longer sums.
        let room = 518.0 * f64::EPSILON * before.abs();
        assert!((before - after).abs() <= room, "{}: {before} {after}", metric.name());
    }
    let moved = |metric| at(&after, metric, 1) - at(&before, metric, 1);
    let revenue = moved(Metric::Revenue);
    assert!((moved(Metric::RevenueGain) - revenue).abs() < 1e-4);
    let margin = revenue - moved(Metric::OperatingCost);
    for metric in [Metric::GrossMargin, Metric::MarginAfterCapital, Metric::MarginAfterCapitalGain]
    {
        assert!((moved(metric) - margin).abs() < 1e-4, "{}", metric.name());
    }
    let cost = moved(Metric::OperatingCost) / moved(Metric::RevenueAi);
    assert!((cost - 0.15).abs() < 1e-12);
}

#[test]
fn hashrate_that_others_bring_back_at_once_changes_nothing_of_mining() {
    let plain = default_study();
    let mut answered = plain.clone();
    answered.sector = Some(Sector { rent_slope: 0.0, gpu_rate_slope: 0.0, ..sector(1.0) });
    let (before, after) = (outcomes(&plain, 128), outcomes(&answered, 128));
    for share in 0..21 {
        let pairs = before.column(Metric::Revenue, share).iter();
        for (before, after) in pairs.zip(after.column(Metric::Revenue, share)) {
            // Ledgers that begin with the as-of date are longer sums.
            assert!((before - after).abs() <= 518.0 * f64::EPSILON * 3e9, "{before} {after}");
        }
    }
}

#[test]
fn what_comes_back_late_lies_between_never_and_at_once() {
    let with = |refilled, refill_delay_months| {
        let mut study = default_study();
        study.sector = Some(Sector { refill_delay_months, ..sector(refilled) });
        outcomes(&study, 256)
    };
    let (never, late, soon) = (with(0.0, 6.0), with(0.6, 6.0), with(0.6, 0.0));
    for path in 0..256 {
        let at = |of: &PathOutcomes| of.column(Metric::RevenueMining, 10)[path];
        assert!(at(&never) >= at(&late) && at(&late) >= at(&soon), "{path}");
    }
    let mean = |of: &PathOutcomes| mean_and_error(of.column(Metric::RevenueMining, 10)).0;
    assert!(mean(&never) > mean(&late) && mean(&late) > mean(&soon));
}

#[test]
fn tenants_who_cannot_default_change_no_bit() {
    let plain = default_study();
    let mut safe = plain.clone();
    safe.credit = Some(no_default());
    let (plain, safe) = (outcomes(&plain, 256), outcomes(&safe, 256));
    assert!(plain == safe);
}

#[test]
fn rent_until_a_default_is_that_of_an_exponential_life() {
    // One hall, one tenant, 60 % a year, nothing after: day d is paid with probability e^(−0.6 d / 365).
    let mut study = all_at_once();
    study.diversion.colocation_share = 1.0;
    study.credit = Some(Credit { unknown_default_per_year: 0.6, ..no_default() });
    let found = outcomes(&study, 1 << 14);
    study.credit = None;
    let whole = outcomes(&study, 64).column(Metric::RevenueColocation, 2)[0];
    let parts: Vec<f64> =
        found.column(Metric::RevenueColocation, 2).iter().map(|usd| usd / whole).collect();
    let (mean, error) = mean_and_error(&parts);
    let exact: f64 = (0..365).map(|day| (-0.6 * f64::from(day) / 365.0).exp()).sum::<f64>() / 365.0;
    assert!((mean - exact).abs() < 4.0 * error, "{mean} against {exact} ± {error}");
    let untouched = parts.iter().filter(|part| (**part - 1.0).abs() < 1e-12).count() as f64;
    let share = untouched / parts.len() as f64;
    let (exact, n) = ((-0.6 * 364.0 / 365.0_f64).exp(), parts.len() as f64);
    assert!((share - exact).abs() < 4.0 * (exact * (1.0 - exact) / n).sqrt(), "{share} {exact}");
}

#[test]
fn a_tenant_of_two_contracts_defaults_once() {
    let with = |second: &str| {
        let mut study = all_at_once();
        study.diversion.colocation_share = 1.0;
        let contract = |tenant: &str| Contract::new(tenant, 350.0, 1.5e6);
        study.colocation.contracts = vec![contract("first"), contract(second)];
        study.credit = Some(Credit { unknown_default_per_year: 0.6, ..no_default() });
        let found = outcomes(&study, 1 << 13);
        let (mean, error) = mean_and_error(found.column(Metric::RevenueColocation, 2));
        (mean, error * error)
    };
    let (one, two) = (with("first"), with("second"));
    assert!((one.0 - two.0).abs() < 4.0 * (one.1 + two.1).sqrt());
    // Two halves that fall together vary twice as much as two that do not. A variance of n values of
    // kurtosis at most 3 has a relative error of √(2 / n).
    let ratio = one.1 / two.1;
    assert!((ratio / 2.0 - 1.0).abs() < 4.0 * (2.0 * 2.0 / 8_192.0_f64).sqrt(), "{ratio}");
}

#[test]
fn a_backstop_and_a_new_tenant_at_once_pay_as_before() {
    let mut study = all_at_once();
    study.diversion.colocation_share = 1.0;
    study.colocation.escalator_per_year = 0.0;
    let mut contract = Contract::new("tenant", 1_000.0 * 0.7, 1.5e6);
    contract.terms.backstop = "parent".into();
    let plain = outcomes(&study, 64);
    let whole = plain.column(Metric::RevenueColocation, 2)[0];
    let credit = Credit { unknown_default_per_year: 5.0, vacancy_months: 0.0, ..no_default() };
    let mut backed = study.clone();
    backed.credit = Some(Credit { vacancy_months: 12.0, ..credit.clone() });
    backed.colocation.contracts = vec![contract];
    let mut let_again = study;
    let_again.credit = Some(credit);
    for study in [backed, let_again] {
        for usd in outcomes(&study, 256).column(Metric::RevenueColocation, 2) {
            assert!((usd / whole - 1.0).abs() < 1e-12, "{usd} {whole}");
        }
    }
}

#[test]
fn tenants_fall_with_the_market() {
    let mut study = default_study();
    study.diversion.colocation_share = 1.0;
    study.colocation.contracted_share = 1.0;
    let credit = Credit { unknown_default_per_year: 0.05, market_beta: 2.0, ..no_default() };
    let before = outcomes(&study, 4_096);
    study.credit = Some(credit);
    let after = outcomes(&study, 4_096);
    // What a path loses of its rent, against its utilisation.
    let lost: Vec<f64> = before
        .column(Metric::RevenueColocation, 20)
        .iter()
        .zip(after.column(Metric::RevenueColocation, 20))
        .map(|(before, after)| if *before > 0.0 { 1.0 - after / before } else { 0.0 })
        .collect();
    let utilisation = before.driver(Driver::Utilisation);
    let (mean_lost, mean_used) = (mean_and_error(&lost).0, mean_and_error(utilisation).0);
    let products: Vec<f64> = lost
        .iter()
        .zip(utilisation)
        .map(|(lost, used)| (lost - mean_lost) * (used - mean_used))
        .collect();
    let (covariance, error) = mean_and_error(&products);
    assert!(covariance < -10.0 * error, "{covariance} ± {error}");
    assert!(lost.iter().all(|lost| (-1e-12..=1.0).contains(lost)));
}

fn vaneck() -> Study {
    Study::embedded("vaneck_2024", &Overrides { paths: Some(2_048), seed: None }).unwrap()
}

/// Whole cents.
fn cents(usd: f64) -> i64 {
    (100.0 * usd).round() as i64
}

#[test]
fn the_bridge_adds_up_to_the_cent_and_path_by_path() {
    let mut study = vaneck();
    study.diversion.colocation_share = 0.4;
    // Less than the claimed fifth may be diverted.
    study.diversion.share_max = 0.15;
    study.sector = Some(Sector { ai_market_critical_it_mw: 30_000.0, ..sector(0.5) });
    let results: Results = run(&study, &Unwatched, None).unwrap();
    let claim = results.claim.as_ref().unwrap();
    let mut level = cents(claim.average_usd_per_year);
    assert_eq!(claim.bridge.len(), BridgeStep::ALL.len());
    for row in &claim.bridge {
        level += cents(row.amount_usd);
        assert_eq!(level, cents(row.level_usd), "{}", row.step);
        assert!(row.std_error > 0.0 && row.level_std_error > 0.0, "{}", row.step);
    }
    let gain = results.estimate(0.2, "revenue_gain", "mean").unwrap();
    assert_eq!(level, cents(gain.value));
    let last = claim.bridge.last().unwrap().level_std_error;
    assert!((last / gain.std_error - 1.0).abs() < 1e-12, "{last} {gain:?}");
    let share = study.shares.iter().position(|share| *share == 0.2).unwrap();
    let found = outcomes(&study, 256);
    for path in 0..256 {
        let gain = found.column(Metric::RevenueGain, share)[path];
        assert_eq!(found.reached(BridgeStep::Feedback)[path], gain, "{path}");
    }
}

#[test]
fn the_steps_of_a_still_world_are_hand_arithmetic() {
    let mut study = vaneck();
    let calm = all_at_once();
    study.btc_price = calm.btc_price;
    study.btc_price_laws = calm.btc_price_laws;
    study.fees = calm.fees;
    study.network = calm.network;
    study.ai_market = calm.ai_market;
    study.ai_market_laws = calm.ai_market_laws;
    study.delivery = calm.delivery;
    study.delivery.hall_mw = 10_000.0;
    let found = outcomes(&study, 64);
    let step = |step: BridgeStep| {
        let before = BridgeStep::ALL[..step as usize].last();
        found.reached(step)[0] - before.map_or(13.9e9, |before| found.reached(*before)[0])
    };
    let mw = 0.2 * study.fleet[0].gross_mw;
    let claim = study.claim.as_ref().unwrap();
    let closure = claim.closures.iter().find(|c| c.name == claim.closure).unwrap();
    let usd_per_gpu = 8_760.0 * 2.61 * 0.87;
    let priced = mw * closure.gpus_per_gross_mw * usd_per_gpu;
    let critical = mw * 0.70 * 714.0 * usd_per_gpu;
    let share = study.shares.iter().position(|share| *share == 0.2).unwrap();
    let mined = |share: usize| found.column(Metric::RevenueMining, share)[0];
    for (name, found, expected) in [
        ("price", step(BridgeStep::Price), priced - 13.9e9),
        ("mix", step(BridgeStep::BusinessMix), 0.0),
        ("eligibility", step(BridgeStep::Eligibility), 0.0),
        ("critical IT", step(BridgeStep::CriticalIt), critical - priced),
        ("delivery", step(BridgeStep::Delivery), 0.0),
        ("mining", step(BridgeStep::DisplacedMining), mined(share) - mined(0)),
        ("feedback", step(BridgeStep::Feedback), 0.0),
    ] {
        assert!((found - expected).abs() < 1e-2, "{name}: {found} {expected}");
    }
}

#[test]
fn the_option_to_curtail_is_earned_by_those_who_mine_and_lost_by_those_who_do_not() {
    let mut study = all_at_once();
    study.mining.demand_response_usd_per_mw_year = 60_000.0;
    let found = outcomes(&study, 64);
    let at = |metric, share| found.column(metric, share)[0];
    for (share, mining_mw) in [(0, 1_000.0), (1, 800.0), (2, 0.0)] {
        let earned: f64 = 60_000.0 * mining_mw;
        let lost: f64 = 60_000.0 * (1_000.0 - mining_mw);
        for (metric, expected) in
            [(Metric::CurtailmentIncome, earned), (Metric::CurtailmentLost, lost)]
        {
            let found = at(metric, share);
            assert!((found - expected).abs() < 1e-3, "{}: {found} {expected}", metric.name());
        }
    }
    // What is sold at a hub is lost as it is earned: path by path, the two add up to share 0's.
    let mut study = default_study();
    study.mining.curtailment = true;
    let found = outcomes(&study, 256);
    let stays = found.column(Metric::CurtailmentIncome, 0);
    for share in [4, 20] {
        let earned = found.column(Metric::CurtailmentIncome, share).iter();
        for ((earned, lost), stays) in
            earned.zip(found.column(Metric::CurtailmentLost, share)).zip(stays)
        {
            assert!((earned + lost - stays).abs() < 1e-9 * stays.abs() + 1e-3);
        }
    }
}

#[test]
fn machines_that_are_off_withdraw_nothing() {
    let mut plain = all_at_once();
    plain.fleet = vec![
        wattshift::input::study::Tranche::new("old", 500.0, 60.0),
        wattshift::input::study::Tranche::new("new", 500.0, 15.0),
    ];
    plain.shares = vec![0.0, 0.5];
    plain.headline_share = 0.5;
    let mut answered = plain.clone();
    answered.sector = Some(sector(0.0));
    let (before, after) = (outcomes(&plain, 64), outcomes(&answered, 64));
    let mined = |of: &PathOutcomes, share| of.column(Metric::RevenueMining, share)[0];
    assert!((mined(&after, 1) / mined(&before, 1) - 1.0).abs() < 1e-12);
    assert!((mined(&before, 1) / mined(&before, 0) - 1.0).abs() < 1e-12, "they earn nothing");
}

/// A fleet of 1,000 MW that has leased 210 critical-IT MW, a third of them delivered.
fn signed() -> Study {
    let mut study = all_at_once();
    study.diversion.status_quo = wattshift::input::study::StatusQuo::Signed;
    study.diversion.colocation_share = 1.0;
    let mut delivered = Contract::new("first", 70.0, 1.2e6);
    delivered.terms.status = "delivered";
    study.colocation.contracts = vec![Contract::new("second", 140.0, 1.4e6), delivered];
    study.colocation.escalator_per_year = 0.0;
    study
}

#[test]
fn what_is_signed_is_let_at_every_share_and_gains_are_counted_from_it() {
    let study = signed();
    let found = outcomes(&study, 64);
    let at = |metric, share| found.column(metric, share)[0];
    // 300 gross MW at share 0, all year; of the other 700 a fifth and all of them.
    let signed = 70.0 * 1.2e6 + 140.0 * 1.4e6;
    for (share, free_mw) in [(0, 0.0), (1, 140.0), (2, 700.0)] {
        let let_out = signed + free_mw * 0.7 * 1.5e6;
        let found = at(Metric::RevenueColocation, share);
        assert!((found / let_out - 1.0).abs() < 1e-12, "{share}: {found} {let_out}");
        // The delivered third is sunk.
        let capex = (140.0 + free_mw * 0.7) * 10.5e6;
        let found = at(Metric::CapexCommitted, share);
        assert!((found / capex - 1.0).abs() < 1e-12, "{share}: {found} {capex}");
        for (gain, level) in [
            (Metric::RevenueGain, Metric::Revenue),
            (Metric::MarginAfterCapitalGain, Metric::MarginAfterCapital),
        ] {
            let gap = at(gain, share) - (at(level, share) - at(level, 0));
            assert!(gap.abs() < 1e-3, "{} {share}: {gap}", gain.name());
        }
    }
    assert_eq!(at(Metric::RevenueMining, 2), 0.0);
}

#[test]
fn signed_rents_and_halls_that_stand_are_in_the_markets_as_they_are() {
    let mut study = signed();
    study.colocation.contracts.remove(0);
    let before = outcomes(&study, 64);
    study.sector = Some(sector(0.0));
    let after = outcomes(&study, 64);
    let at = |of: &PathOutcomes, metric, share| of.column(metric, share)[0];
    for metric in [Metric::RevenueMining, Metric::RevenueColocation] {
        let moved = at(&after, metric, 0) / at(&before, metric, 0) - 1.0;
        assert!(moved.abs() < 1e-12, "{}: {moved}", metric.name());
    }
    // 180 more gross MW carry 126; of their rent 40 % is the market's.
    let open: f64 = 126.0 * 1.5e6;
    let lost = open * 0.4 * (1.0 - 1.126_f64.powf(-0.5));
    let found =
        at(&before, Metric::RevenueColocation, 1) - at(&after, Metric::RevenueColocation, 1);
    assert!((found / lost - 1.0).abs() < 1e-9, "{found} {lost}");
}
