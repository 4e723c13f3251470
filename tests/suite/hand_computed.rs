//! With every source of chance off, the table is a hand computation, written out here.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

use crate::common::still;
use wattshift::bitcoin::{self, CompactTarget};
use wattshift::economics::metric::Metric;
use wattshift::input::study::{Contract, PoolScheme, Study, Tranche};
use wattshift::study::paths::{Unwatched, value_paths};
use wattshift::study::world::World;
use wattshift::tile::Build;

/// Expected BTC of one PH/s from the start of day `from` to the end of day `to`, days after the
/// as-of date, epoch by epoch: the hashrate is constant, so each epoch has one block interval.
fn btc_per_ph(study: &Study, from: f64, to: f64) -> f64 {
    let n = &study.network;
    let mut target = CompactTarget::from_difficulty(n.start_difficulty).unwrap();
    let start_hashes = bitcoin::hashes_per_block(target.difficulty());
    let share = study.fees.long_run_share_of_reward;
    let reward = 3.125 + 3.125 * share / (1.0 - share);
    // The epoch began at noon of 25 July, 6.5 days before the close of 31 July.
    let mut epoch_start = -6.5;
    let mut btc = 0.0;
    while epoch_start < to {
        let hashes = bitcoin::hashes_per_block(target.difficulty());
        let interval_seconds = 600.0 * hashes / start_hashes;
        let epoch_end = epoch_start + 2_016.0 * interval_seconds / 86_400.0;
        let days = (epoch_end.min(to) - epoch_start.max(from)).max(0.0);
        btc += days * 86_400.0 * 1e15 * reward / hashes;
        target = target.retarget((2_015.0 * interval_seconds) as i64);
        epoch_start = epoch_end;
    }
    btc
}

/// Metric of a share of the first path, and the relative gap to `expected`.
fn check(study: &Study, share: usize, expected: &[(Metric, f64)]) {
    let world = World::new(study, Build::fastest()).unwrap();
    let outcomes = value_paths(&world, 0..64, &Unwatched).unwrap();
    for (metric, expected) in expected {
        let found = outcomes.column(*metric, share)[0];
        let gap = if *expected == 0.0 { found } else { found / expected - 1.0 };
        assert!(gap.abs() < 1e-12, "{}: {found} against {expected}, gap {gap:e}", metric.name());
    }
}

/// Days from the as-of date: step 154 is 1 January 2027, whose money is earned in (153, 154].
const YEAR_START: f64 = 153.0;
const YEAR_END: f64 = 518.0;

#[test]
fn a_fleet_that_only_mines() {
    let study = still();
    let ph_per_mw: f64 =
        [25.0, 20.0, 17.5, 15.0].iter().map(|e| 250.0 * 1_000.0 / (e * 1.05)).sum();
    let btc = btc_per_ph(&study, YEAR_START, YEAR_END);
    let revenue = btc * 62_814.0 * ph_per_mw * 0.86 * 0.99;
    let power = 1_000.0 * 8_760.0 * 0.86 * 45.0;
    // All four tranches earn their power at this hashprice (about 31.5 USD/PH/day; the least
    // efficient breaks even at 28.6).
    check(
        &study,
        0,
        &[
            (Metric::Revenue, revenue),
            (Metric::RevenueMining, revenue),
            (Metric::RevenueAi, 0.0),
            (Metric::PowerCost, power),
            (Metric::OperatingCost, 0.0),
            (Metric::GrossMargin, revenue - power),
            (Metric::MarginAfterCapital, revenue - power),
            (Metric::CapexCommitted, 0.0),
        ],
    );
}

/// What 20 % (200 MW of the 25 J/TH tranche) gives: halls 0 to 3, due at 0, ½, 1 and 1½ months.
fn expected_at_20(study: &Study, colocation_share: f64) -> Vec<(Metric, f64)> {
    let ph = |mw: f64, efficiency: f64| mw * 1_000.0 / (efficiency * 1.05);
    let undiverted = ph(50.0, 25.0) + ph(250.0, 20.0) + ph(250.0, 17.5) + ph(250.0, 15.0);
    let earning = |btc: f64| btc * 62_814.0 * 0.86 * 0.99;
    let mut mining = earning(btc_per_ph(study, YEAR_START, YEAR_END)) * undiverted;
    let mut mining_mwh = 800.0 * 8_760.0 * 0.86;
    let (mut ai_mw_days, mut gain_lost) = (0.0, 0.0);
    for hall in 0..4 {
        // The first whole day in AI use after the due date.
        let due = (154.0 + f64::from(hall) * 0.5 * 365.0 / 12.0).ceil() - 1.0;
        let before = btc_per_ph(study, YEAR_START, due);
        let after = btc_per_ph(study, due, YEAR_END);
        mining += earning(before) * ph(50.0, 25.0);
        gain_lost += earning(after) * ph(50.0, 25.0);
        mining_mwh += 50.0 * 24.0 * (due - YEAR_START) * 0.86;
        ai_mw_days += 50.0 * (YEAR_END - due);
    }
    let colocation = colocation_share * 0.70 * 1.5e6 * ai_mw_days / 365.0;
    let gpu_cloud = (1.0 - colocation_share) * 0.70 * 714.0 * 24.0 * 2.61 * 0.87 * ai_mw_days;
    let power = mining_mwh * 45.0 + (1.0 - colocation_share) * ai_mw_days * 24.0 * 45.0;
    let operation = 0.15 * (colocation + gpu_cloud);
    let shell = 200.0 * 0.70 * 10.5e6;
    let gpus = 200.0 * 0.70 * (1.0 - colocation_share) * 29.0e6;
    let annuity = |years: i32| 0.10 / (1.0 - 1.1_f64.powi(-years));
    let revenue = mining + colocation + gpu_cloud;
    let margin = revenue - power - operation;
    vec![
        (Metric::Revenue, revenue),
        (Metric::RevenueMining, mining),
        (Metric::RevenueColocation, colocation),
        (Metric::RevenueGpuCloud, gpu_cloud),
        (Metric::RevenueAi, colocation + gpu_cloud),
        (Metric::RevenueGain, colocation + gpu_cloud - gain_lost),
        (Metric::PowerCost, power),
        (Metric::OperatingCost, operation),
        (Metric::GrossMargin, margin),
        (Metric::CapexCommitted, shell + gpus),
        (Metric::MarginAfterCapital, margin - shell * annuity(20) - gpus * annuity(5)),
    ]
}

#[test]
fn colocation_alone() {
    let mut study = still();
    study.diversion.colocation_share = 1.0;
    check(&study, 4, &expected_at_20(&study, 1.0));
}

#[test]
fn gpu_cloud_alone() {
    let mut study = still();
    study.diversion.colocation_share = 0.0;
    check(&study, 4, &expected_at_20(&study, 0.0));
}

#[test]
fn the_mix_and_a_share_above_the_cap() {
    let mut study = still();
    check(&study, 4, &expected_at_20(&study, 0.70));
    study.diversion.share_max = 0.20;
    check(&study, 12, &expected_at_20(&study, 0.70));
}

#[test]
fn signed_contracts_are_filled_before_open_leases() {
    let mut study = still();
    study.diversion.colocation_share = 1.0;
    study.colocation.contracts =
        vec![Contract { escalator_per_year: Some(0.03), ..Contract::new("first", 49.0, 2.0e6) }];
    // 49 MW critical IT are 70 gross MW: the whole of hall 0 and 20 of hall 1's 50 MW.
    let rent_days =
        |hall: i32| YEAR_END - ((154.0 + f64::from(hall) * 0.5 * 365.0 / 12.0).ceil() - 1.0);
    let signed = 2.0e6 * 0.70 * (50.0 * rent_days(0) + 20.0 * rent_days(1)) / 365.0;
    let open = 1.5e6 * 0.70 * (30.0 * rent_days(1) + 50.0 * (rent_days(2) + rent_days(3))) / 365.0;
    check(&study, 4, &[(Metric::RevenueColocation, signed + open)]);
}

#[test]
fn an_unprofitable_tranche_is_off_and_earns_and_costs_nothing() {
    let mut study = still();
    study.btc_price.start_usd_per_btc = 50_000.0;
    let world = World::new(&study, Build::fastest()).unwrap();
    let off = value_paths(&world, 0..64, &Unwatched).unwrap();
    study.mining.switch_off = false;
    let world = World::new(&study, Build::fastest()).unwrap();
    let on = value_paths(&world, 0..64, &Unwatched).unwrap();
    let at = |metric| (off.column(metric, 0)[0], on.column(metric, 0)[0]);
    // Hashprice is about 25 USD/PH/day: the 25 J/TH tranche (break-even 28.6) is off.
    let (off_power, on_power) = at(Metric::PowerCost);
    assert!((off_power / on_power - 0.75).abs() < 1e-12);
    let (off_revenue, on_revenue) = at(Metric::Revenue);
    let (off_margin, on_margin) = at(Metric::GrossMargin);
    assert!(off_revenue < on_revenue && off_margin > on_margin);
}

#[test]
fn the_central_values_per_gross_megawatt() {
    // Mining at 20 J/TH and 36 USD/PH/day: 47.6 PH × 36 × 365 × 0.86 × 0.99 ≈ 0.53 M USD revenue,
    // 0.34 M power; colocation 0.70 × 1.50 = 1.05 M; GPU cloud 0.70 × 714 × 2.61 × 8,760 × 0.80
    // ≈ 9.1 M (a fleet of one megawatt, diverted in full from the first day or not at all).
    let mut study = still();
    study.fleet.truncate(1);
    study.fleet[0].gross_mw = 1.0;
    study.fleet[0].efficiency_j_per_th = 20.0;
    study.ai_market.boom_utilisation = 0.80;
    study.delivery.first_due = study.as_of;
    study.delivery.hall_mw = 1.0;
    study.colocation.escalator_per_year = 0.0;
    let btc_per_ph_year = btc_per_ph(&study, YEAR_START, YEAR_END);
    study.btc_price.start_usd_per_btc = 36.0 * 365.0 / btc_per_ph_year;
    let mining = 1_000.0 / 21.0 * 36.0 * 365.0 * 0.86 * 0.99;
    check(&study, 0, &[(Metric::Revenue, mining), (Metric::PowerCost, 45.0 * 8_760.0 * 0.86)]);
    assert!((mining / 1e6 - 0.53).abs() < 0.005);
    study.diversion.colocation_share = 1.0;
    check(&study, 20, &[(Metric::Revenue, 1.05e6)]);
    study.diversion.colocation_share = 0.0;
    let gpu_cloud = 0.70 * 714.0 * 2.61 * 8_760.0 * 0.80;
    check(&study, 20, &[(Metric::Revenue, gpu_cloud)]);
    assert!((gpu_cloud / 9.1104e6 - 1.0).abs() < 0.01, "VanEck's 9.11 M USD is a GPU-cloud price");
}

#[test]
fn a_lease_that_began_before_the_year_rises_on_its_anniversary() {
    let mut study = still();
    study.diversion.colocation_share = 1.0;
    study.delivery.first_due = study.as_of;
    study.delivery.hall_mw = 200.0;
    // Leases begin at step 0: steps 154 to 364 are of lease year 1, steps 365 to 518 of year 2.
    let years = |escalator: f64| (211.0 + 154.0 * (1.0 + escalator)) / 365.0;
    let open = 200.0 * 0.70 * 1.5e6 * years(0.025);
    check(&study, 4, &[(Metric::RevenueColocation, open)]);
    study.colocation.contracts =
        vec![Contract { escalator_per_year: Some(0.10), ..Contract::new("first", 1e6, 1.0e6) }];
    let signed = 200.0 * 0.70 * 1.0e6 * years(0.10);
    check(&study, 4, &[(Metric::RevenueColocation, signed)]);
    // A start on step 62, after the hall is ready, is the first day: year 2 begins on step 427.
    study.colocation.contracts[0].start = Some(jiff::civil::date(2026, 10, 1));
    let years = (273.0 + 92.0 * 1.10) / 365.0;
    check(&study, 4, &[(Metric::RevenueColocation, 200.0 * 0.70 * 1.0e6 * years)]);
    // A lease that began a year before is in its second year then, and in its third from step 427.
    study.colocation.contracts[0].start = Some(jiff::civil::date(2025, 10, 1));
    check(&study, 4, &[(Metric::RevenueColocation, 200.0 * 0.70 * 1.0e6 * 1.10 * years)]);
    // A rent that is not disclosed is the start rent.
    study.colocation.contracts[0].rent_usd_per_critical_it_mw_year = None;
    check(&study, 4, &[(Metric::RevenueColocation, 200.0 * 0.70 * 1.5e6 * 1.10 * years)]);
}

/// Two sites of 100 gross MW on terms of their own, all of which could be delivered before the
/// year. The shares divert nothing, all of the first, half of the second too, and both.
fn two_sites() -> Study {
    let mut study = still();
    study.fleet = vec![
        Tranche {
            critical_it_per_gross_mw: Some(0.66),
            power_overhead: Some(1.04),
            uptime: Some(0.9),
            power_usd_per_mwh: Some(40.0),
            ..Tranche::new("old", 100.0, 25.0)
        },
        Tranche {
            critical_it_per_gross_mw: Some(0.80),
            power_overhead: Some(1.10),
            uptime: Some(0.8),
            power_usd_per_mwh: Some(30.0),
            ..Tranche::new("new", 100.0, 20.0)
        },
    ];
    study.delivery.first_due = study.as_of;
    study.delivery.build_rate_mw_per_month = 1e9;
    study.diversion.colocation_share = 0.6;
    study.colocation.escalator_per_year = 0.0;
    study.shares = vec![0.0, 0.5, 0.75, 1.0];
    study
}

#[test]
fn each_tranche_mines_and_is_converted_on_its_own_terms() {
    let study = two_sites();
    let earning = btc_per_ph(&study, YEAR_START, YEAR_END) * 62_814.0 * 0.99;
    let old = earning * 100.0 * 1_000.0 / (25.0 * 1.04) * 0.9;
    let new = earning * 100.0 * 1_000.0 / (20.0 * 1.10) * 0.8;
    let (old_power, new_power) = (100.0 * 8_760.0 * 0.9 * 40.0, 100.0 * 8_760.0 * 0.8 * 30.0);
    check(&study, 0, &[(Metric::Revenue, old + new), (Metric::PowerCost, old_power + new_power)]);
    // 100 MW at 0.66 and 50 MW at 0.80 are 106 MW of critical IT.
    let critical_it_mw = 100.0 * 0.66 + 50.0 * 0.80;
    let colocation = 0.6 * critical_it_mw * 1.5e6;
    let gpu_cloud = 0.4 * critical_it_mw * 714.0 * 8_760.0 * 2.61 * 0.87;
    let power = 0.5 * new_power + 0.4 * 150.0 * 8_760.0 * 45.0;
    let operation = 0.15 * (colocation + gpu_cloud);
    let shell = critical_it_mw * 10.5e6;
    let gpus = critical_it_mw * 0.4 * 29.0e6;
    let annuity = |years: i32| 0.10 / (1.0 - 1.1_f64.powi(-years));
    let margin = 0.5 * new + colocation + gpu_cloud - power - operation;
    check(
        &study,
        2,
        &[
            (Metric::RevenueMining, 0.5 * new),
            (Metric::RevenueColocation, colocation),
            (Metric::RevenueGpuCloud, gpu_cloud),
            (Metric::RevenueGain, colocation + gpu_cloud - old - 0.5 * new),
            (Metric::PowerCost, power),
            (Metric::OperatingCost, operation),
            (Metric::CapexCommitted, shell + gpus),
            (Metric::MarginAfterCapital, margin - shell * annuity(20) - gpus * annuity(5)),
        ],
    );
}

#[test]
fn a_contract_of_a_site_earns_only_on_its_megawatts_and_from_its_start() {
    let mut study = two_sites();
    let contract = Contract { site: Some("new".into()), ..Contract::new("a", 16.0, 2.0e6) };
    study.colocation.contracts = vec![contract];
    let (open, of_old) = (1.5e6, 0.6 * 66.0 * 1.5e6);
    check(&study, 1, &[(Metric::RevenueColocation, of_old)]);
    // Half of the second site lets 0.6 · 40 = 24 critical-IT MW: the 16 of the contract first.
    check(&study, 2, &[(Metric::RevenueColocation, of_old + 16.0 * 2.0e6 + 8.0 * open)]);
    // 1 July to 31 December: 184 days. The megawatts wait for the tenant.
    study.colocation.contracts[0].start = Some(jiff::civil::date(2027, 7, 1));
    let waiting = 16.0 * 2.0e6 * 184.0 / 365.0;
    check(&study, 2, &[(Metric::RevenueColocation, of_old + waiting + 8.0 * open)]);
    study.colocation.contracts[0].start = Some(jiff::civil::date(2028, 7, 1));
    check(&study, 2, &[(Metric::RevenueColocation, of_old + 8.0 * open)]);
}

#[test]
fn a_contract_of_the_fleet_runs_on_over_tranches_of_different_ratios() {
    let mut study = two_sites();
    // The first site lets 39.6 critical-IT MW, the second 48: 60 take all of one, 20.4 of the other.
    study.colocation.contracts = vec![Contract::new("a", 60.0, 2.0e6)];
    check(&study, 1, &[(Metric::RevenueColocation, 39.6 * 2.0e6)]);
    check(&study, 3, &[(Metric::RevenueColocation, 60.0 * 2.0e6 + (87.6 - 60.0) * 1.5e6)]);
}

#[test]
fn only_what_is_eligible_is_diverted_least_efficient_first() {
    let mut study = two_sites();
    study.fleet.iter_mut().for_each(|tranche| tranche.eligible_share = 0.5);
    study.shares = vec![0.0, 0.4, 0.5, 1.0];
    let earning = btc_per_ph(&study, YEAR_START, YEAR_END) * 62_814.0 * 0.99;
    let old = earning * 100.0 * 1_000.0 / (25.0 * 1.04) * 0.9;
    let new = earning * 100.0 * 1_000.0 / (20.0 * 1.10) * 0.8;
    let colocation = |old_mw: f64, new_mw: f64| 0.6 * (0.66 * old_mw + 0.80 * new_mw) * 1.5e6;
    // 80 MW: the eligible 50 of the first, then 30 of the second.
    check(
        &study,
        1,
        &[
            (Metric::RevenueMining, 0.5 * old + 0.7 * new),
            (Metric::RevenueColocation, colocation(50.0, 30.0)),
        ],
    );
    for share in [2, 3] {
        check(
            &study,
            share,
            &[
                (Metric::RevenueMining, 0.5 * old + 0.5 * new),
                (Metric::RevenueColocation, colocation(50.0, 50.0)),
            ],
        );
    }
}

#[test]
fn curtailed_power_is_sold_until_the_cut_over_and_displaced_after_it() {
    // A hub at 100 USD/MWh every day, above what any tranche mines (up to 92 USD/MWh at 15 J/TH):
    // every megawatt that is not in AI use sells its power, bought at 45.
    let mut study = still();
    study.mining.curtailment = true;
    let p = &mut study.power_price;
    (p.mean_usd_per_mwh, p.season_amplitude, p.log_sd, p.spikes_per_year) = (100.0, 0.0, 0.0, 0.0);
    let sold = |mw_days: f64| mw_days * 24.0 * 0.86 * (100.0 - 45.0);
    let year = 365.0 * 1_000.0;
    check(
        &study,
        0,
        &[
            (Metric::Revenue, 0.0),
            (Metric::PowerCost, 0.0),
            (Metric::CurtailmentIncome, sold(year)),
            (Metric::GrossMargin, sold(year)),
            (Metric::MarginAfterCapital, sold(year)),
        ],
    );
    study.diversion.colocation_share = 1.0;
    let due = |hall: i32| (154.0 + f64::from(hall) * 0.5 * 365.0 / 12.0).ceil() - 1.0;
    let ai_mw_days: f64 = (0..4).map(|hall| 50.0 * (YEAR_END - due(hall))).sum();
    let margin = 0.85 * 0.70 * 1.5e6 * ai_mw_days / 365.0;
    let annual_cost = 200.0 * 0.70 * 10.5e6 * 0.10 / (1.0 - 1.1_f64.powi(-20));
    check(
        &study,
        4,
        &[
            (Metric::CurtailmentIncome, sold(year - ai_mw_days)),
            (Metric::GrossMargin, margin + sold(year - ai_mw_days)),
            (Metric::MarginAfterCapitalGain, margin - sold(ai_mw_days) - annual_cost),
        ],
    );
}

#[test]
fn power_is_curtailed_where_the_season_lifts_the_hub_above_what_a_machine_mines() {
    // The hub is at 60 e^{0.5 cos} / I₀(0.5) USD/MWh. Of the tranches of 25 to 15 J/TH the least
    // efficient sells on most days, the most efficient on few: day by day, by the formulae.
    let mut study = still();
    study.mining.curtailment = true;
    let p = &mut study.power_price;
    (p.mean_usd_per_mwh, p.season_amplitude, p.log_sd, p.spikes_per_year) = (60.0, 0.5, 0.0, 0.0);
    p.season_peak_day = 200.0;
    let bessel_0 = 1.063_483_370_741_323_7;
    let (mut revenue, mut power, mut income) = (0.0, 0.0, 0.0);
    let mut days_sold = Vec::new();
    for j_per_th in [25.0, 20.0, 17.5, 15.0] {
        let ph_per_mw = 1_000.0 / (j_per_th * 1.05);
        let mut sold = 0;
        for day in 1..=365 {
            let turns = (f64::from(day) - 200.0) / 365.0;
            let hub = 60.0 * (0.5 * (std::f64::consts::TAU * turns).cos()).exp() / bessel_0;
            let close = YEAR_START + f64::from(day);
            let usd_per_ph = btc_per_ph(&study, close - 1.0, close) * 62_814.0;
            if hub > usd_per_ph * ph_per_mw * 0.99 / 24.0 && hub > 45.0 {
                sold += 1;
                income += 250.0 * 24.0 * 0.86 * (hub - 45.0);
            } else if usd_per_ph * ph_per_mw * 0.99 / 24.0 >= 45.0 {
                revenue += 250.0 * ph_per_mw * 0.86 * 0.99 * usd_per_ph;
                power += 250.0 * 24.0 * 0.86 * 45.0;
            }
        }
        days_sold.push(sold);
    }
    assert!(days_sold.is_sorted_by(|a, b| a > b) && days_sold[3] > 10, "{days_sold:?}");
    check(
        &study,
        0,
        &[
            (Metric::Revenue, revenue),
            (Metric::PowerCost, power),
            (Metric::CurtailmentIncome, income),
            (Metric::GrossMargin, revenue + income - power),
        ],
    );
}

#[test]
fn a_pool_that_pays_per_share_keeps_the_fees() {
    let mut study = still();
    let full = value_paths(&World::new(&study, Build::fastest()).unwrap(), 0..64, &Unwatched);
    let full = full.unwrap().column(Metric::RevenueMining, 0)[0];
    study.mining.pool_scheme = PoolScheme::Pps;
    let share = study.fees.long_run_share_of_reward;
    check(&study, 0, &[(Metric::RevenueMining, full * (1.0 - share))]);
}
