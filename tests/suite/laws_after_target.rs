//! The laws of the months after the target year, against what the days of the same laws add up to.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

use crate::common::{self, default_study, mean_and_error, with_treasury};
use wattshift::chance::{Chance, Stream};
use wattshift::input::study::{BtcPriceModel, Drift, Models, Overrides, Study};
use wattshift::model::ai_market::AiMarketProcess;
use wattshift::model::btc_price::BtcPriceProcess;
use wattshift::model::{Process, Shocks};
use wattshift::study::world::World;
use wattshift::tile::{Build, Factor, LANES, Tile};
use wattshift::time::TimeGrid;

const PATHS: u64 = 1 << 15;

/// The company of the default fleet, its price by one law, without any doubt about the drift.
fn study_with(model: BtcPriceModel) -> Study {
    let mut study = with_treasury(default_study());
    study.appraisal = Study::embedded("company", &Overrides::default()).unwrap().appraisal;
    study.btc_price.start_usd_per_btc = 1.0;
    study.btc_price.drift_per_year = Drift::Stated(0.0);
    study.btc_price.drift_sd_per_year = 0.0;
    study.btc_price.model = Models::one(model);
    study
}

/// ln of the price at each of some steps, path by path.
fn logs<const N: usize>(study: &Study, grid: &TimeGrid, steps: [usize; N]) -> [Vec<f64>; N] {
    let price = BtcPriceProcess::of(study, grid).unwrap();
    let stream = Stream::new("score", Factor::BtcPrice.name());
    let start = Factor::BtcPrice.score() * grid.steps();
    let mut scores = vec![[0.0; LANES]; Factor::SCORED.len() * grid.steps()];
    let mut tile = Tile::new(grid.steps());
    let mut found = [(); N].map(|()| Vec::new());
    for first in (0..PATHS).step_by(LANES) {
        let chance = Chance::new(2027, first, Build::fastest());
        chance.scores(stream, &mut scores[start..start + grid.steps()]);
        let shocks = Shocks::new(&scores, grid.steps(), chance);
        price.evolve(Build::fastest(), grid, shocks, &mut tile);
        for (step, found) in steps.iter().zip(&mut found) {
            found.extend(tile.rows(Factor::BtcPrice)[*step].map(f64::ln));
        }
    }
    found
}

fn variance_and_error(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let values: Vec<f64> = values.collect();
    let (mean, _) = mean_and_error(&values);
    mean_and_error(&values.iter().map(|x| (x - mean) * (x - mean)).collect::<Vec<f64>>())
}

const MODELS: [BtcPriceModel; 7] = [
    BtcPriceModel::Gbm,
    BtcPriceModel::Merton,
    BtcPriceModel::Kou,
    BtcPriceModel::Heston,
    BtcPriceModel::Svcj,
    BtcPriceModel::Regimes,
    BtcPriceModel::Garch,
];

#[test]
fn months_of_every_price_law_have_the_variance_that_its_days_add_up_to() {
    for model in MODELS {
        let study = study_with(model);
        // Var over T is that of the long run times T, less what the ends miss: a constant, so that from the
        // second year on three years less one are two of the long run.
        let as_of = jiff::civil::date(2026, 12, 31);
        let days = TimeGrid::new(as_of, 2030).unwrap();
        let [one, two, four] = logs(&study, &days, [365, 730, 1_460]);
        let over = |from: &[f64], to: &[f64]| {
            variance_and_error(from.iter().zip(to).map(|(from, to)| to - from))
        };
        let (long, short) = (over(&one, &four), over(&one, &two));
        let by_days = (0.5 * (long.0 - short.0), 0.5 * long.1.hypot(short.1));
        let grid = TimeGrid::new(as_of, 2027).unwrap().with_months_to(2034);
        let (first, last) = (grid.days() - 1, grid.steps() - 1);
        let [first, last] = logs(&study, &grid, [first, last]);
        // From the close of the year to the middle of the last month.
        let years = 7.0 - 0.5 / 12.0;
        let (variance, error) = over(&first, &last);
        let by_months = (variance / years, error / years);
        let (gap, error) = (by_months.0 - by_days.0, by_months.1.hypot(by_days.1));
        assert!(gap.abs() < 4.0 * error, "{model:?}: {by_months:?} a year, by days {by_days:?}");
    }
}

#[test]
fn the_expected_price_is_that_of_the_drift_after_the_target_year() {
    for model in MODELS {
        let mut study = study_with(model);
        study.appraisal.as_mut().unwrap().btc_drift_per_year = 0.2;
        let grid =
            TimeGrid::new(jiff::civil::date(2026, 12, 31), 2027).unwrap().with_months_to(2029);
        let [price] = logs(&study, &grid, [grid.steps() - 1]);
        let prices: Vec<f64> = price.iter().map(|log| log.exp()).collect();
        let (mean, error) = mean_and_error(&prices);
        let exact = (0.2_f64 * (2.0 - 0.5 / 12.0)).exp();
        assert!((mean - exact).abs() < 4.0 * error, "{model:?}: {mean} for {exact} ± {error}");
    }
}

#[test]
fn rents_and_rates_move_by_month_as_they_do_by_day() {
    // In a boom that never ends, tightness is at its level, the log of the rate drifts by what the boom says
    // less ageing, and rent reverts to a level that rises: the same closed forms by day and by month.
    let mut study = study_with(BtcPriceModel::Gbm);
    let market = &mut study.ai_market;
    (market.boom_to_glut_per_month, market.gpu_rate_ageing_per_year) = (0.0, 0.12);
    study.ai_market_laws.two_regime.as_mut().unwrap().tightness_sd_per_sqrt_year = 0.0;
    study.appraisal.as_mut().unwrap().end_year = 2032;
    let (grid, p) = (study.grid().unwrap(), &study.ai_market);
    let market = AiMarketProcess::new(p, &study.ai_market_laws, None, &grid);
    let steps = [grid.days() - 1, grid.days() + 30, grid.steps() - 1];
    let mut rates = steps.map(|_| Vec::new());
    let mut rents = steps.map(|_| Vec::new());
    let mut tile = Tile::new(grid.steps());
    for first in (0..1 << 14).step_by(LANES) {
        let chance = Chance::new(7, first, Build::fastest());
        let scores = common::scores(&grid, chance);
        let shocks = Shocks::new(&scores, grid.steps(), chance);
        market.evolve(Build::fastest(), &grid, shocks, &mut tile);
        for (index, step) in steps.iter().enumerate() {
            rates[index].extend(tile.rows(Factor::GpuRate)[*step].map(f64::ln));
            rents[index].extend(tile.rows(Factor::Rent)[*step].map(f64::ln));
        }
    }
    for (index, step) in steps.iter().enumerate() {
        // Model years: days, then twelfths from the middle of the first month on.
        let of_days = (grid.days() - 1) as f64 / 365.0;
        let after = |step: usize| match step.checked_sub(grid.days()) {
            None => 0.0,
            Some(month) => (month as f64 + 0.5) / 12.0,
        };
        let years = of_days + after(*step);
        // Ageing goes by the calendar.
        let from = grid.step_of(p.gpu_rate_ageing_from) as f64 - 1.0;
        let aged = ((grid.time_days(*step) - from) / 365.0).max(0.0);
        let start = p.gpu_rate_start_usd_per_gpu_hour.ln();
        let exact = start + p.gpu_rate_drift_boom_per_year * years - 0.12 * aged;
        let (mean, error) = mean_and_error(&rates[index]);
        assert!((mean - exact).abs() < 4.0 * error, "{step}: {mean} for {exact} ± {error}");
        let (variance, error) = variance_and_error(rates[index].iter().copied());
        let exact = p.gpu_rate_sd_per_sqrt_year.powi(2) * years;
        assert!((variance - exact).abs() < 4.0 * error, "{step}: {variance} for {exact}");
        // Rent lags its level by r / κ, up to the part of a step in which the level moves first.
        let (r, kappa) = (p.rent_trend_boom_per_year, p.rent_reversion_per_year);
        let lag = r / kappa * (1.0 - (-kappa * years).exp());
        let exact = p.rent_start_usd_per_critical_it_mw_year.ln() + r * years - lag;
        let (mean, error) = mean_and_error(&rents[index]);
        let tolerance = 4.0 * error + r / 24.0;
        assert!((mean - exact).abs() < tolerance, "{step}: {mean} for {exact} ± {error}");
        let (variance, error) = variance_and_error(rents[index].iter().copied());
        let sd = p.rent_sd_per_sqrt_year;
        let exact = sd * sd * (1.0 - (-2.0 * kappa * years).exp()) / (2.0 * kappa);
        assert!((variance - exact).abs() < 4.0 * error, "{step}: {variance} for {exact}");
    }
}

#[test]
fn new_gpus_bring_the_rate_to_what_they_need() {
    // Nothing moves but the answer: the log of the market's rate closes e^{−1/12/1.5} of a gap above what new
    // GPUs need in a month, and e^{−1/12/5} of one below.
    let mut study = study_with(BtcPriceModel::Gbm);
    let market = &mut study.ai_market;
    (market.boom_to_glut_per_month, market.gpu_rate_ageing_per_year) = (0.0, 0.0);
    (market.gpu_rate_drift_boom_per_year, market.gpu_rate_sd_per_sqrt_year) = (0.0, 0.0);
    (market.rent_trend_boom_per_year, market.rent_sd_per_sqrt_year) = (0.0, 0.0);
    study.ai_market_laws.two_regime.as_mut().unwrap().tightness_sd_per_sqrt_year = 0.0;
    let annuity = 0.12 / (1.0 - 1.12_f64.powi(-5));
    let a_year = 24.0 * 365.0;
    let needed_usd = 29e6 * annuity + a_year * 45.0 / 0.7 + 1.5e6;
    let needed = needed_usd / (0.85 * 714.0 * a_year * 0.87);
    for (start, years) in [(2.0 * needed, 1.5), (0.5 * needed, 5.0)] {
        study.ai_market.gpu_rate_start_usd_per_gpu_hour = start;
        let world = World::new(&study, Build::fastest()).unwrap();
        let mut room = world.make_room();
        world.simulate(0, &mut room);
        let rate = room.market.tile.rows(Factor::GpuRate);
        assert!((rate[world.grid.days() - 1][3] / start - 1.0).abs() < 1e-12);
        for month in [0, 11, 60] {
            let since = (f64::from(month) + 0.5) / 12.0;
            let gap = (start / needed).ln() * (-since / years).exp();
            let found = rate[world.grid.days() + month as usize][3];
            assert!((found / (needed * gap.exp()) - 1.0).abs() < 1e-9, "{month}: {found}");
        }
    }
}

#[test]
fn new_machines_are_neither_a_gift_nor_a_loss() {
    // Who fills a megawatt when the rule says so gets back, at the rate of the rule and in the mean over
    // worlds, about what was paid: within a fifth, as the rule knows neither halvings nor the option to
    // switch off, which pull in opposite directions.
    let study = study_with(BtcPriceModel::Gbm);
    let mut study = Study { btc_price: default_study().btc_price, ..study };
    study.seed = 5;
    let world = World::new(&study, Build::fastest()).unwrap();
    let (grid, terms, m) = (&world.grid, study.appraisal.as_ref().unwrap(), &study.mining);
    let mut room = world.make_room();
    let (mut entries, mut worth) = (0.0, 0.0);
    for first in (0..1 << 12).step_by(LANES) {
        world.simulate(first, &mut room);
        let rows = |factor| room.market.tile.rows(factor);
        for lane in 0..LANES {
            let usd_per_ph = |step: usize| {
                rows(Factor::BtcPrice)[step][lane] * rows(Factor::Hashprice)[step][lane]
            };
            for step in (grid.days()..grid.steps() - 60).step_by(5) {
                let years = grid.time_days(step) / 365.0;
                let j_per_th = terms.new_machine_j_per_th(years);
                let ph = 1e3 / (j_per_th * m.power_overhead) * m.uptime * (1.0 - m.pool_fee);
                let power = 24.0 * m.uptime * m.power_usd_per_mwh;
                let [revenue_years, power_years] = terms.machine_years(years);
                let rule = 365.0 * (ph * usd_per_ph(step) * revenue_years - power * power_years);
                if rule < terms.machine_usd_per_gross_mw {
                    continue;
                }
                let months = (1..=60).map(|month: i32| {
                    let margin = (ph * usd_per_ph(step + month as usize) - power).max(0.0);
                    let per_month =
                        (1.0 + terms.discount_rate_per_year).powf(f64::from(month) / 12.0);
                    margin * 365.0 / 12.0 / per_month
                });
                entries += 1.0;
                worth += months.sum::<f64>() / terms.machine_usd_per_gross_mw;
            }
        }
    }
    assert!(entries > 5_000.0, "{entries}");
    let mean = worth / entries;
    assert!((0.8..1.2).contains(&mean), "{mean}");
}
