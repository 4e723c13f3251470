//! Bare metal beside colocation and GPU cloud, and the ways in which a hall can come: hand arithmetic.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

use crate::common::{default_study, still};
use jiff::civil::date;
use wattshift::economics::metric::Metric;
use wattshift::input::study::{Credit, MiningUntil, Study};
use wattshift::study::paths::{PathOutcomes, Unwatched, value_paths};
use wattshift::study::world::World;
use wattshift::tile::{Build, Factor, LANES};

fn outcomes(study: &Study, paths: u64) -> PathOutcomes {
    value_paths(&World::new(study, Build::fastest()).unwrap(), 0..paths, &Unwatched).unwrap()
}

/// Nothing moves; one hall of any size comes on a day; 200 MW of 25 J/TH go over at share 0.2.
fn one_hall(due: jiff::civil::Date) -> Study {
    let mut study = still();
    study.delivery.hall_mw = 1_000.0;
    study.delivery.first_due = due;
    study.shares = vec![0.0, 0.2];
    study
}

fn close(found: f64, expected: f64, what: &str) {
    assert!((found / expected - 1.0).abs() < 1e-11, "{what}: {found} {expected}");
}

/// GPU-hours of a megawatt and day.
const HOURS: f64 = 0.7 * 714.0 * 24.0;

#[test]
fn bare_metal_is_paid_for_used_or_not_at_the_rate_of_its_first_day() {
    let mut study = one_hall(date(2027, 1, 1));
    (study.diversion.colocation_share, study.diversion.bare_metal_share) = (0.5, 0.3);
    // The market's rate rises by 0.35 a year of the log; what is let at signing does not.
    study.ai_market.gpu_rate_drift_boom_per_year = 0.35;
    let terms = &mut study.bare_metal;
    (terms.contracted_share, terms.rate_share_of_market) = (0.25, 0.6);
    (terms.availability, terms.operating_cost_share_of_revenue) = (0.9, 0.2);
    terms.contract_years = 3.0;
    let found = outcomes(&study, 64);
    let at = |metric: Metric, share: usize| found.column(metric, share)[9];
    let market = |day: f64| 2.61 * (0.35 * day / 365.0).exp();
    // 1 January 2027 is day 154.
    let first = 0.6 * (0.25 * 2.61 + 0.75 * market(154.0));
    let expected = 200.0 * 0.3 * HOURS * 0.9 * 365.0 * first;
    close(at(Metric::RevenueBareMetal, 1), expected, "let for the year");
    assert_eq!(at(Metric::RevenueBareMetal, 0), 0.0);
    let cloud = at(Metric::RevenueGpuCloud, 1);
    let let_out = at(Metric::RevenueColocation, 1);
    close(at(Metric::RevenueAi, 1), expected + cloud + let_out, "AI");
    close(
        at(Metric::OperatingCost, 1),
        0.2 * expected + 0.15 * cloud + 0.15 * let_out,
        "operating cost",
    );
    let mined_mw_days = 800.0 * 365.0;
    let power = 24.0 * 45.0 * (0.86 * mined_mw_days + 200.0 * 0.5 * 365.0);
    close(at(Metric::PowerCost, 1), power, "power");
    let gain = at(Metric::Revenue, 1) - at(Metric::Revenue, 0);
    assert!((at(Metric::RevenueGain, 1) - gain).abs() < 1e-3);
    // Contracts of half a year: the second is at the market's rate of its first day, and all of it.
    study.bare_metal.contract_years = 0.5;
    let found = outcomes(&study, 64);
    let days = 183.0;
    let second = 0.6 * market(154.0 + days);
    let expected = 200.0 * 0.3 * HOURS * 0.9 * (days * first + (365.0 - days) * second);
    close(found.column(Metric::RevenueBareMetal, 1)[9], expected, "let twice");
}

#[test]
fn the_realised_contract_of_2025_is_reproduced() {
    // 200 MW let whole for 9.7 bn USD over five years: 9.70 million USD per critical-IT MW and year.
    let mut study = one_hall(date(2027, 1, 1));
    (study.diversion.colocation_share, study.diversion.bare_metal_share) = (0.0, 1.0);
    let found = outcomes(&study, 64);
    let per_mw = found.column(Metric::RevenueBareMetal, 1)[0] / (200.0 * 0.7);
    assert!((per_mw / 9.7e6 - 1.0).abs() < 0.01, "{per_mw}");
}

#[test]
fn the_megawatts_of_gpus_mine_until_these_come() {
    let mut study = one_hall(date(2027, 1, 1));
    let before = outcomes(&study, 64);
    study.delivery.gpu_lead_months = 3.0;
    let after = outcomes(&study, 64);
    let at = |of: &PathOutcomes, metric: Metric, share: usize| of.column(metric, share)[0];
    // 3 · 365 / 12 = 91.25 days, in use from the next whole day on.
    let days = 92.0;
    let cloud = at(&before, Metric::RevenueGpuCloud, 1);
    close(at(&after, Metric::RevenueGpuCloud, 1), cloud * (365.0 - days) / 365.0, "GPU cloud");
    assert_eq!(at(&after, Metric::RevenueColocation, 1), at(&before, Metric::RevenueColocation, 1));
    // 30 % of 200 MW mine 92 days more, at the hashprice of those days.
    let world = World::new(&study, Build::fastest()).unwrap();
    let mut room = world.make_room();
    world.simulate(0, &mut room);
    let rows = |factor| room.market.tile.rows(factor);
    let usd: f64 = (154..154 + 92)
        .map(|day| rows(Factor::BtcPrice)[day][0] * rows(Factor::Hashprice)[day][0])
        .sum();
    let mined = 200.0 * 0.3 * 1_000.0 / (25.0 * 1.05) * 0.86 * 0.99 * usd;
    let more = at(&after, Metric::RevenueMining, 1) - at(&before, Metric::RevenueMining, 1);
    close(more, mined, "mined until the GPUs come");
    let power = at(&after, Metric::PowerCost, 1) - at(&before, Metric::PowerCost, 1);
    close(power, 200.0 * 0.3 * 24.0 * 45.0 * (0.86 - 1.0) * days, "power");
    let gain = at(&after, Metric::Revenue, 1) - at(&after, Metric::Revenue, 0);
    assert!((at(&after, Metric::RevenueGain, 1) - gain).abs() < 1e-3);
}

#[test]
fn machines_that_leave_when_the_works_begin_mine_no_more() {
    let mut study = one_hall(date(2027, 7, 1));
    study.delivery.construction_months = 3.0;
    let before = outcomes(&study, 64);
    study.diversion.mining_until = MiningUntil::Construction;
    let after = outcomes(&study, 64);
    let at = |of: &PathOutcomes, metric: Metric, share: usize| of.column(metric, share)[0];
    assert_eq!(at(&after, Metric::RevenueAi, 1), at(&before, Metric::RevenueAi, 1));
    assert_eq!(at(&after, Metric::Revenue, 0), at(&before, Metric::Revenue, 0));
    // Due on day 335; works begin 91.25 days before, on day 244 at the latest: 91 days that do not mine.
    let power = at(&before, Metric::PowerCost, 1) - at(&after, Metric::PowerCost, 1);
    close(power, 200.0 * 24.0 * 0.86 * 45.0 * 91.0, "power");
    let gain = at(&after, Metric::Revenue, 1) - at(&after, Metric::Revenue, 0);
    assert!((at(&after, Metric::RevenueGain, 1) - gain).abs() < 1e-3);
    let margin =
        at(&after, Metric::MarginAfterCapital, 1) - at(&after, Metric::MarginAfterCapital, 0);
    assert!((at(&after, Metric::MarginAfterCapitalGain, 1) - margin).abs() < 1e-3);
    // A delay lengthens the time in which nothing is earned.
    study.delivery.delay_median_months = 2.0;
    let late = outcomes(&study, 64);
    assert!(at(&late, Metric::RevenueAi, 1) < at(&after, Metric::RevenueAi, 1));
    assert_eq!(at(&late, Metric::RevenueMining, 1), at(&after, Metric::RevenueMining, 1));
}

#[test]
fn an_empty_hall_that_may_go_back_mines_until_it_is_let_again() {
    let mut study = one_hall(date(2027, 1, 1));
    study.diversion.colocation_share = 1.0;
    study.shares = vec![0.0, 0.2];
    study.credit = Some(Credit {
        hyperscaler_default_per_year: 0.0,
        ai_lab_default_per_year: 0.0,
        neocloud_default_per_year: 0.0,
        enterprise_default_per_year: 0.0,
        government_default_per_year: 0.0,
        unknown_default_per_year: 2.0,
        market_beta: 0.0,
        vacancy_months: 3.0,
        reletting_share: 1.0,
        backstop_share: 1.0,
    });
    let one_way = outcomes(&study, 512);
    study.diversion.reversible = true;
    let back = outcomes(&study, 512);
    let world = World::new(&study, Build::fastest()).unwrap();
    let mut room = world.make_room();
    let mut empty_paths = 0;
    for first in (0..512).step_by(LANES) {
        world.simulate(first, &mut room);
        let rows = |factor| room.market.tile.rows(factor);
        for lane in 0..LANES {
            let path = first as usize + lane;
            let at = |of: &PathOutcomes, metric: Metric| of.column(metric, 1)[path];
            assert_eq!(
                at(&one_way, Metric::RevenueColocation),
                at(&back, Metric::RevenueColocation)
            );
            // Rent is the same all the time, so that its sum tells the days let; the rest stood empty.
            let rent = 200.0 * 0.7 * 1.5e6 / 365.0;
            let days_empty = 365.0 - at(&back, Metric::RevenueColocation) / rent;
            let power = at(&back, Metric::PowerCost) - at(&one_way, Metric::PowerCost);
            let days_mined = power / (200.0 * 24.0 * 0.86 * 45.0);
            assert!((days_mined - days_empty).abs() < 1e-6, "{path}: {days_mined} {days_empty}");
            if days_empty < 1.0 {
                continue;
            }
            empty_paths += 1;
            // What was mined lies between the dearest and the cheapest days of the year.
            let day =
                |day: usize| rows(Factor::BtcPrice)[day][lane] * rows(Factor::Hashprice)[day][lane];
            let (least, most) = (154..519)
                .map(day)
                .fold((f64::MAX, 0.0_f64), |(least, most), usd| (least.min(usd), most.max(usd)));
            let mined = at(&back, Metric::RevenueMining) - at(&one_way, Metric::RevenueMining);
            let usd = mined / (days_mined * 200.0 * 1_000.0 / (25.0 * 1.05) * 0.86 * 0.99);
            assert!(usd >= least * (1.0 - 1e-9) && usd <= most * (1.0 + 1e-9), "{path}: {usd}");
            for (gain, of) in [
                (Metric::RevenueGain, Metric::Revenue),
                (Metric::MarginAfterCapitalGain, Metric::MarginAfterCapital),
            ] {
                let difference = at(&back, of) - back.column(of, 0)[path];
                assert!((at(&back, gain) - difference).abs() < 1e-3, "{}", gain.name());
            }
        }
    }
    assert!(empty_paths > 300, "{empty_paths}");
}

#[test]
fn what_is_built_in_a_tight_market_costs_more() {
    let mut study = default_study();
    study.shares = vec![0.0, 0.2];
    study.delivery.first_due = date(2026, 12, 1);
    let plain = outcomes(&study, 512);
    study.capital.overrun_tightness_beta = 0.4;
    let tight = outcomes(&study, 512);
    let world = World::new(&study, Build::fastest()).unwrap();
    let mut room = world.make_room();
    let (mut dearer, mut cheaper) = (0, 0);
    for first in (0..512).step_by(LANES) {
        world.simulate(first, &mut room);
        let tightness = room.market.tile.rows(Factor::AiDemand);
        for lane in 0..LANES {
            let path = first as usize + lane;
            // 1 December 2026 is day 123.
            let mean = (0..=123).map(|day| tightness[day][lane]).sum::<f64>() / 124.0;
            let expected = (0.4 * (mean - tightness[0][lane])).exp();
            // 140 critical-IT MW, 30 % of them with GPUs.
            let gpus = 140.0 * 0.3 * 29e6;
            let shell = |of: &PathOutcomes| of.column(Metric::CapexCommitted, 1)[path] - gpus;
            close(shell(&tight) / shell(&plain), expected, "shell");
            dearer += usize::from(expected > 1.0);
            cheaper += usize::from(expected < 1.0);
        }
    }
    assert!(dearer > 50 && cheaper > 50, "{dearer} {cheaper}");
    assert_eq!(plain.column(Metric::Revenue, 1), tight.column(Metric::Revenue, 1));
}

#[test]
fn mining_beats_a_hall_that_stands_from_the_break_even_hashprice_on() {
    // In a still world revenue, power, capital and hashes of the last megawatt are hand arithmetic.
    let mut study = one_hall(date(2027, 1, 1));
    study.shares = vec![0.0, 0.2, 0.3];
    let found = outcomes(&study, 64);
    let annuity = |years: i32| 0.1 / (1.0 - 1.1_f64.powi(-years));
    let rent = 0.7 * 0.7 * 1.5e6;
    let cloud = 0.3 * HOURS * 365.0 * 2.61 * 0.87;
    let capital = 0.7 * (10.5e6 * annuity(20) + 0.3 * 29e6 * annuity(5));
    let power_of_ai = 0.3 * 24.0 * 365.0 * 45.0;
    let left = 0.85 * (rent + cloud) - power_of_ai - capital;
    let power_of_mining = 24.0 * 365.0 * 0.86 * 45.0;
    for (share, j_per_th) in [(0, 25.0), (1, 25.0), (2, 20.0)] {
        let ph_days = 1_000.0 / (j_per_th * 1.05) * 0.86 * 0.99 * 365.0;
        let expected = (left + power_of_mining) / ph_days;
        close(found.column(Metric::BreakEvenHashprice, share)[0], expected, "break-even");
    }
    // A late hall, a tenant who falls, a start in summer: what stands all year is none of them.
    study.delivery.delay_median_months = 9.0;
    let late = outcomes(&study, 64);
    for share in 0..3 {
        assert_eq!(
            found.column(Metric::BreakEvenHashprice, share),
            late.column(Metric::BreakEvenHashprice, share)
        );
    }
    // Dearer capital takes it down to nothing, never below.
    study.capital.shell_usd_per_critical_it_mw.high = 1e9;
    study.capital.shell_usd_per_critical_it_mw.mode = 1e9;
    study.capital.shell_usd_per_critical_it_mw.low = 1e9;
    let dear = outcomes(&study, 64);
    assert!(dear.column(Metric::BreakEvenHashprice, 1).iter().all(|usd| *usd == 0.0));
}
