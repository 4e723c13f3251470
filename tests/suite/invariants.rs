//! Relations that need no reference value: what must not change when something else does.
//!
//! Numbers M.. are those of docs/invariants.md.

use crate::common::default_study;
use wattshift::economics::metric::{Driver, Metric};
use wattshift::input::study::{Gbm, PoolScheme, Regime, Study, Triangular, Volatility};
use wattshift::parallel;
use wattshift::study::paths::{PathOutcomes, Unwatched, value_paths};
use wattshift::study::world::World;
use wattshift::tile::Build;

fn run_with(study: &Study, paths: u64, build: Build) -> PathOutcomes {
    let world = World::new(study, build).expect("the study of a test can be wired");
    value_paths(&world, 0..paths, &Unwatched).expect("nobody interrupts")
}

fn run(study: &Study, paths: u64) -> PathOutcomes {
    run_with(study, paths, Build::fastest())
}

fn column(outcomes: &PathOutcomes, metric: Metric, share: usize) -> Vec<u64> {
    outcomes.column(metric, share).iter().map(|v| v.to_bits()).collect()
}

/// Feedback, response and switch-off off, one homogeneous fleet, below the cap, no contract.
fn linear_mode() -> Study {
    let mut study = default_study();
    study.mining.switch_off = false;
    study.network.response_per_month = 0.0;
    study.network.shutdown_hashprice_usd_per_ph_day = 1e-9;
    study.fleet.truncate(1);
    study.fleet[0].gross_mw = 1_000.0;
    study.fleet[0].efficiency_j_per_th = 20.0;
    study.colocation.contracts.clear();
    study
}

/// Every source of chance off; the study itself unchanged.
fn without_chance() -> Study {
    let mut study = default_study();
    study.btc_price_laws.gbm = Some(Gbm { volatility_per_sqrt_year: Volatility::Stated(0.0) });
    study.btc_price.drift_sd_per_year = 0.0;
    study.fees.innovation_sd_per_month = 0.0;
    study.fees.spikes_per_year = 0.0;
    study.network.noise_sd_per_month = 0.0;
    study.ai_market.boom_to_glut_per_month = 0.0;
    study.ai_market.glut_to_boom_per_month = 0.0;
    let two_regime = study.ai_market_laws.two_regime.as_mut();
    two_regime.expect("the default study has it").tightness_sd_per_sqrt_year = 0.0;
    study.ai_market.gpu_rate_sd_per_sqrt_year = 0.0;
    study.ai_market.rent_sd_per_sqrt_year = 0.0;
    study.delivery.delay_log_sd = 0.0;
    study.delivery.redesign_probability = 0.0;
    let shell = study.capital.shell_usd_per_critical_it_mw.mode;
    study.capital.shell_usd_per_critical_it_mw =
        Triangular { low: shell, mode: shell, high: shell };
    study.capital.overrun_log_sd = 0.0;
    study
}

#[test]
fn m01_share_0_does_not_know_the_hosting_business() {
    let base = run(&default_study(), 300);
    let mut study = default_study();
    study.ai_market.start_regime = Regime::Glut;
    study.ai_market.gpu_rate_start_usd_per_gpu_hour = 9.0;
    study.ai_market.rent_sd_per_sqrt_year = 0.5;
    study.diversion.critical_it_per_gross_mw = 0.5;
    study.diversion.colocation_share = 0.1;
    study.delivery.hall_mw = 30.0;
    study.delivery.delay_median_months = 9.0;
    study.capital.gpu_usd_per_critical_it_mw = 1e6;
    let other = run(&study, 300);
    for metric in Metric::OPERATING {
        assert_eq!(column(&base, metric, 0), column(&other, metric, 0), "{}", metric.name());
    }
    for driver in [Driver::BtcPrice, Driver::Hashprice, Driver::Hashrate] {
        assert_eq!(base.driver(driver), other.driver(driver), "bitcoin does not know AI");
    }
    assert_ne!(column(&base, Metric::Revenue, 4), column(&other, Metric::Revenue, 4));
}

#[test]
fn m02_a_fully_diverted_fleet_does_not_mine() {
    let mut study = default_study();
    study.delivery.first_due = study.as_of;
    study.delivery.build_rate_mw_per_month = 1e9;
    study.delivery.delay_median_months = 0.0;
    study.delivery.redesign_probability = 0.0;
    let base = run(&study, 200);
    assert!(base.column(Metric::RevenueMining, 20).iter().all(|usd| *usd == 0.0));
    study.btc_price.start_usd_per_btc *= 3.0;
    study.network.growth_per_month = 0.05;
    let other = run(&study, 200);
    assert_eq!(column(&base, Metric::Revenue, 20), column(&other, Metric::Revenue, 20));
}

#[test]
fn m03_twice_the_fleet_is_twice_the_money_to_the_bit() {
    let base = linear_mode();
    let mut twice = base.clone();
    twice.fleet[0].gross_mw *= 2.0;
    twice.delivery.hall_mw *= 2.0;
    twice.delivery.build_rate_mw_per_month *= 2.0;
    let (base, twice) = (run(&base, 200), run(&twice, 200));
    for metric in Metric::OPERATING {
        for share in 0..21 {
            for (one, two) in base.column(metric, share).iter().zip(twice.column(metric, share)) {
                assert_eq!(2.0 * one, *two, "{} at share {share}", metric.name());
            }
        }
    }
}

#[test]
fn m04_twice_the_price_is_twice_the_mining_revenue() {
    // The price is an exponential of a sum that begins with its logarithm: the doubling is exact
    // up to the rounding of that sum, 519 steps of half a unit in the last place of ln S ≈ 11.
    let base = linear_mode();
    let mut dear = base.clone();
    dear.btc_price.start_usd_per_btc *= 2.0;
    let (base, dear) = (run(&base, 200), run(&dear, 200));
    for share in [0, 4, 20] {
        let pairs = base
            .column(Metric::RevenueMining, share)
            .iter()
            .zip(dear.column(Metric::RevenueMining, share));
        for (one, two) in pairs {
            assert!((two - 2.0 * one).abs() <= 1e-12 * two, "{one} {two}");
        }
    }
}

#[test]
fn m05_twice_the_difficulty_is_half_the_mining_revenue() {
    let base = linear_mode();
    let mut hard = base.clone();
    hard.network.start_difficulty *= 2.0;
    let (base, hard) = (run(&base, 200), run(&hard, 200));
    for (one, half) in base.column(Metric::Revenue, 0).iter().zip(hard.column(Metric::Revenue, 0)) {
        // Compact targets truncate: 15 bits of mantissa are certain.
        assert!((half * 2.0 / one - 1.0).abs() < 1.0 / f64::from(1 << 15), "{one} {half}");
    }
}

#[test]
fn m06_without_chance_all_paths_are_one() {
    let study = without_chance();
    let outcomes = run(&study, 130);
    for metric in Metric::OPERATING {
        for share in 0..21 {
            let values = outcomes.column(metric, share);
            assert!(values.iter().all(|v| *v == values[0]), "{} at {share}", metric.name());
        }
    }
}

#[test]
fn m07_m08_the_grid_of_shares_changes_no_row() {
    let base = run(&default_study(), 200);
    let mut study = default_study();
    study.shares = vec![0.0, 0.03, 0.2, 0.6180339887, 1.0];
    let other = run(&study, 200);
    for metric in Metric::OPERATING {
        for (here, there) in [(0, 0), (4, 2), (20, 4)] {
            assert_eq!(column(&base, metric, here), column(&other, metric, there));
        }
    }
    study.shares.reverse();
    let reversed = run(&study, 200);
    for metric in Metric::OPERATING {
        for share in 0..5 {
            assert_eq!(column(&other, metric, share), column(&reversed, metric, 4 - share));
        }
    }
}

#[test]
fn m09_threads_change_no_bit() {
    let study = default_study();
    let base = run(&study, 1_000);
    for threads in [1, 2, 3, 7, 64] {
        let other = parallel::with_threads(Some(threads), || run(&study, 1_000)).unwrap();
        assert!(base == other, "{threads} threads");
    }
}

#[test]
fn m10_a_longer_run_begins_with_the_shorter() {
    let study = default_study();
    let (short, long) = (run(&study, 777), run(&study, 1_554));
    for metric in Metric::OPERATING {
        for share in [0, 4, 20] {
            let (short, long) = (column(&short, metric, share), column(&long, metric, share));
            assert_eq!(short, long[..777]);
        }
    }
}

#[test]
fn m11_a_slice_of_a_run_is_that_part_of_it() {
    let study = default_study();
    let world = World::new(&study, Build::fastest()).unwrap();
    let whole = run(&study, 1_000);
    let part = value_paths(&world, 640..1_000, &Unwatched).unwrap();
    for metric in Metric::OPERATING {
        assert_eq!(column(&part, metric, 7), column(&whole, metric, 7)[640..]);
    }
}

#[test]
fn all_builds_of_the_kernels_agree_bit_for_bit() {
    let plain = default_study();
    let mut rich = plain.clone();
    rich.mining.curtailment = true;
    rich.mining.pool_scheme = PoolScheme::Pplns;
    rich.network.block_luck = true;
    for study in [plain, rich] {
        let portable = run_with(&study, 64, Build::PORTABLE);
        for build in Build::available() {
            assert!(run_with(&study, 64, build) == portable, "{build:?}");
        }
    }
}

#[test]
fn m13_a_linear_fleet_is_affine_in_the_share() {
    // One tranche, and every hall due at once and delayed alike: the whole variance is common.
    let mut study = linear_mode();
    study.delivery.build_rate_mw_per_month = 1e12;
    study.delivery.common_variance_share = 1.0;
    let outcomes = run(&study, 500);
    let wins = |share: usize| {
        outcomes.column(Metric::RevenueGain, share).iter().filter(|gain| **gain > 0.0).count()
    };
    for share in 1..21 {
        let s = study.shares[share];
        for path in 0..500 {
            let at = |share: usize| outcomes.column(Metric::Revenue, share)[path];
            let affine = (1.0 - s) * at(0) + s * at(20);
            assert!((at(share) / affine - 1.0).abs() < 1e-12, "share {s}, path {path}");
        }
        assert_eq!(wins(share), wins(20), "the default study must not be linear");
    }
    let real = run(&default_study(), 2_000);
    let wins = |share: usize| {
        let gains = real.column(Metric::MarginAfterCapitalGain, share);
        gains.iter().filter(|gain| **gain > 0.0).count()
    };
    assert_ne!(wins(1), wins(20), "the default study is not linear");
}

#[test]
fn a_gain_is_the_difference_of_totals_and_share_0_has_none() {
    let outcomes = run(&default_study(), 500);
    for (gain, level) in [
        (Metric::RevenueGain, Metric::Revenue),
        (Metric::MarginAfterCapitalGain, Metric::MarginAfterCapital),
    ] {
        assert!(outcomes.column(gain, 0).iter().all(|v| *v == 0.0));
        for share in 1..21 {
            for path in 0..500 {
                let difference =
                    outcomes.column(level, share)[path] - outcomes.column(level, 0)[path];
                let found = outcomes.column(gain, share)[path];
                // Totals of up to 1e10 USD carry about 1e-6 USD of rounding.
                assert!((found - difference).abs() < 1e-3, "{found} against {difference}");
            }
        }
    }
}

#[test]
fn sources_add_up_and_nothing_is_infinite() {
    let outcomes = run(&default_study(), 1_000);
    assert!(outcomes.drivers.iter().all(|value| value.is_finite()));
    for share in 0..21 {
        for path in 0..1_000 {
            let at = |metric| outcomes.column(metric, share)[path];
            assert!(Metric::OPERATING.into_iter().all(|metric| at(metric).is_finite()));
            let sum = at(Metric::RevenueMining)
                + at(Metric::RevenueColocation)
                + at(Metric::RevenueGpuCloud);
            // A world in which every machine is off all year has no revenue.
            assert!((at(Metric::Revenue) - sum).abs() <= 1e-14 * sum);
            let income = at(Metric::Revenue) + at(Metric::CurtailmentIncome);
            let margin = income - at(Metric::PowerCost) - at(Metric::OperatingCost);
            assert!((at(Metric::GrossMargin) - margin).abs() <= 1e-6);
        }
    }
}

#[test]
fn another_ai_market_leaves_bitcoin_bit_identical_and_the_reverse() {
    let base = run(&default_study(), 300);
    let mut study = default_study();
    study.btc_price_laws.gbm = Some(Gbm { volatility_per_sqrt_year: Volatility::Stated(0.9) });
    let other = run(&study, 300);
    for driver in [Driver::GpuRate, Driver::Utilisation, Driver::Rent, Driver::Delay] {
        assert_eq!(base.driver(driver), other.driver(driver), "{}", driver.name());
    }
    assert_ne!(base.driver(Driver::BtcPrice), other.driver(Driver::BtcPrice));
}

#[test]
fn a_capped_share_is_valued_at_the_cap() {
    let mut study = default_study();
    study.diversion.share_max = 0.2;
    let world = World::new(&study, Build::fastest()).unwrap();
    let shares = &world.valuation.plan.shares;
    assert!(!shares[4].is_capped() && shares[5].is_capped() && shares[20].is_capped());
    let outcomes = run(&study, 200);
    for metric in Metric::OPERATING {
        assert_eq!(column(&outcomes, metric, 4), column(&outcomes, metric, 20));
    }
}

#[test]
fn m29_curtailment_never_lowers_a_margin_and_moves_no_other_factor() {
    let base = run(&default_study(), 1_000);
    let mut study = default_study();
    study.mining.curtailment = true;
    let other = run(&study, 1_000);
    for driver in Driver::ALL {
        assert_eq!(base.driver(driver), other.driver(driver), "{}", driver.name());
    }
    for switch_off in [true, false] {
        study.mining.switch_off = switch_off;
        study.mining.curtailment = false;
        let without = run(&study, 1_000);
        study.mining.curtailment = true;
        let with = run(&study, 1_000);
        let at = |outcomes: &PathOutcomes, metric, path: usize| outcomes.column(metric, 0)[path];
        let mut sold = 0;
        for path in 0..1_000 {
            let margin = |outcomes| at(outcomes, Metric::GrossMargin, path);
            // Totals of up to 1e10 USD carry about 1e-6 USD of rounding.
            assert!(margin(&with) >= margin(&without) - 1e-3, "path {path}");
            assert!(at(&with, Metric::Revenue, path) <= at(&without, Metric::Revenue, path));
            sold += usize::from(at(&with, Metric::CurtailmentIncome, path) != 0.0);
        }
        assert_eq!(sold, 1_000, "every path has a day worth selling");
    }
}

#[test]
fn m30_pool_luck_is_worth_nothing_on_average_and_block_luck_moves_difficulty_alone() {
    let base = run(&default_study(), 4_096);
    let mut study = default_study();
    study.mining.pool_scheme = PoolScheme::Pplns;
    let lucky = run(&study, 4_096);
    for driver in Driver::ALL {
        assert_eq!(base.driver(driver), lucky.driver(driver), "{}", driver.name());
    }
    // 0.05 · 144 · 365 = 2,628 blocks: a relative sd of 1/√2628 = 1.95 % a year, a path at a time.
    // The days of a path weigh alike within a factor of two, and some are off: up to a tenth more.
    let ratios: Vec<f64> = base
        .column(Metric::RevenueMining, 0)
        .iter()
        .zip(lucky.column(Metric::RevenueMining, 0))
        .filter(|(full, _)| **full > 1e8)
        .map(|(full, found)| found / full - 1.0)
        .collect();
    let n = ratios.len() as f64;
    let mean = ratios.iter().sum::<f64>() / n;
    let sd = (ratios.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / n).sqrt();
    assert!(mean.abs() < 4.0 * sd / n.sqrt(), "{mean} ± {}", sd / n.sqrt());
    assert!((0.019..0.0225).contains(&sd), "{sd}");
    study.mining.pool_scheme = PoolScheme::Fpps;
    study.network.block_luck = true;
    let lucky = run(&study, 4_096);
    assert_eq!(base.driver(Driver::BtcPrice), lucky.driver(Driver::BtcPrice));
    assert_ne!(base.driver(Driver::Hashprice), lucky.driver(Driver::Hashprice));
}
