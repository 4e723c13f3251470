//! The network against an independent twin that walks block by block with the platform's functions.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

use crate::common;
use wattshift::bitcoin::{self, CompactTarget};
use wattshift::chance::Chance;
use wattshift::input::study::{Gbm, Network, Study, Volatility};
use wattshift::model::btc_price::BtcPriceProcess;
use wattshift::model::fees::MeanRevertingFees;
use wattshift::model::network::RespondingNetwork;
use wattshift::model::{Process, Shocks};
use wattshift::tile::{Build, Factor, LANES, Tile};
use wattshift::time::TimeGrid;

/// One path of the network, day by day and block by block.
struct Twin<'a> {
    p: &'a Network,
    target: CompactTarget,
    height: f64,
    epoch_start_height: f64,
    epoch_seconds: f64,
    installed_ehs: f64,
    running: f64,
    stages: [f64; 2],
    hashprice_btc: f64,
}

impl<'a> Twin<'a> {
    fn new(p: &'a Network, days_before: f64, price: f64, fee: f64) -> Self {
        let target = CompactTarget::from_difficulty(p.start_difficulty).unwrap();
        let hashes = bitcoin::hashes_per_block(target.difficulty());
        let start = f64::from(p.epoch_start_height);
        let blocks = days_before * 144.0;
        let subsidy = bitcoin::subsidy_btc((start + blocks) as u32);
        let hashprice_btc = 1e15 * 86_400.0 * (subsidy + fee) / hashes;
        let ratio = hashprice_btc * price / p.shutdown_hashprice_usd_per_ph_day;
        let running = 1.0 / (1.0 + ratio.powf(-1.0 / p.shutdown_log_scale));
        Self {
            p,
            target,
            height: start + blocks,
            epoch_start_height: start,
            epoch_seconds: days_before * 86_400.0,
            installed_ehs: hashes / 600.0 / 1e18 / running,
            running,
            stages: [0.0; 2],
            hashprice_btc,
        }
    }

    /// One day; returns the running hashrate, EH/s.
    fn day(&mut self, day: usize, price_yesterday: f64, fee: f64, score: f64) -> f64 {
        let p = self.p;
        let month = 12.0 / 365.0;
        let hashprice = self.hashprice_btc * price_yesterday;
        let signal = (hashprice / p.entry_hashprice_usd_per_ph_day).ln().max(0.0);
        let arrive = 1.0 - (-month / (p.response_delay_months / 2.0)).exp();
        self.stages[0] += (signal - self.stages[0]) * arrive;
        self.stages[1] += (self.stages[0] - self.stages[1]) * arrive;
        let growth = (p.growth_per_month + p.response_per_month * self.stages[1])
            .min(p.growth_per_month_max);
        self.installed_ehs *= (growth * month + p.noise_sd_per_month * month.sqrt() * score).exp();
        let shutdown = p.shutdown_hashprice_usd_per_ph_day
            * (-p.shutdown_decline_per_month * month * day as f64).exp();
        let wanted = 1.0 / (1.0 + (hashprice / shutdown).powf(-1.0 / p.shutdown_log_scale));
        let settle = 1.0 - (-1.0 / p.shutdown_delay_days).exp();
        self.running += (wanted - self.running) * settle;
        let hashrate = self.installed_ehs * self.running;
        self.mine(hashrate, fee);
        hashrate
    }

    /// Blocks one at a time, the last of the day in part.
    fn mine(&mut self, hashrate: f64, fee: f64) {
        let mut seconds = 86_400.0;
        let mut btc_per_ph = 0.0;
        loop {
            let hashes = bitcoin::hashes_per_block(self.target.difficulty());
            let interval = hashes / (hashrate * 1e18);
            let whole = self.height.floor() + 1.0 - self.height;
            let part = whole.min(seconds / interval);
            let subsidy = bitcoin::subsidy_btc(self.height.floor() as u32);
            btc_per_ph += 1e15 * part * interval * (subsidy + fee) / hashes;
            seconds -= part * interval;
            self.epoch_seconds += part * interval;
            if part < whole {
                self.height += part;
                break;
            }
            self.height = self.height.floor() + 1.0;
            if self.height - self.epoch_start_height >= 2_016.0 {
                let timespan = self.epoch_seconds * 2_015.0 / 2_016.0;
                self.target = self.target.retarget(timespan as i64);
                self.epoch_start_height = self.height;
                self.epoch_seconds = 0.0;
            }
        }
        self.hashprice_btc = btc_per_ph;
    }
}

fn agrees(study: &Study) {
    let grid = TimeGrid::new(study.as_of, study.target_year).unwrap();
    let build = Build::fastest();
    let chance = Chance::new(41, 0, build);
    let scores = common::scores(&grid, chance);
    let mut tile = Tile::new(grid.steps());
    let processes: [&dyn Process; 3] = [
        &BtcPriceProcess::of(study, &grid).unwrap(),
        &MeanRevertingFees::new(&study.fees, &study.network),
        &RespondingNetwork::new(&study.network, &study.mining, None),
    ];
    for process in processes {
        process.evolve(build, &grid, Shocks::new(&scores, grid.steps(), chance), &mut tile);
    }
    let shocks = Shocks::new(&scores, grid.steps(), chance).scores(Factor::Hashrate);
    let row = |factor, step: usize, lane: usize| tile.rows(factor)[step][lane];
    let days_before = 0.5 - grid.step_of(study.network.epoch_start_date) as f64;
    for lane in 0..LANES {
        let (price, fee) = (row(Factor::BtcPrice, 0, lane), row(Factor::Fees, 0, lane));
        let mut twin = Twin::new(&study.network, days_before, price, fee);
        for step in 1..grid.steps() {
            let price = row(Factor::BtcPrice, step - 1, lane);
            let fee = row(Factor::Fees, step, lane);
            let hashrate = twin.day(step, price, fee, f64::from(shocks[step][lane]));
            // A timespan is whole seconds: the two may round one second of 1,209,600 apart at each
            // of about 40 retargets.
            let tolerance = 40.0 / 1_209_600.0;
            for (factor, expected) in [
                (Factor::Hashrate, hashrate),
                (Factor::Difficulty, twin.target.difficulty()),
                (Factor::Hashprice, twin.hashprice_btc),
            ] {
                let found = row(factor, step, lane);
                let name = factor.name();
                assert!(
                    (found / expected - 1.0).abs() < tolerance,
                    "{name}, lane {lane}, step {step}: {found} against {expected}"
                );
            }
        }
    }
}

#[test]
fn the_default_network_is_its_twin() {
    agrees(&common::default_study());
}

#[test]
fn a_network_drawn_by_a_high_hashprice_is_its_twin() {
    let mut study = common::default_study();
    study.btc_price.start_usd_per_btc = 150_000.0;
    study.network.response_per_month = 0.2;
    agrees(&study);
}

#[test]
fn a_network_that_loses_half_its_machines_is_its_twin() {
    let mut study = common::default_study();
    study.btc_price.start_usd_per_btc = 40_000.0;
    study.btc_price_laws.gbm = Some(Gbm { volatility_per_sqrt_year: Volatility::Stated(1.0) });
    agrees(&study);
}

#[test]
fn a_year_with_a_halving_is_its_twin() {
    let mut study = common::default_study();
    study.target_year = 2028;
    agrees(&study);
}

#[test]
fn the_network_lives_through_february_2026() {
    // Monthly means of the BTC index, USD: January 90,500, February 68,900, March 69,600, April
    // 73,700 (index of the Deribit exchange); December's close was 87,517 (data/btc_month_end.csv).
    // Hashprice falls from 38 to 29 USD/PH/day, as it was seen to (record low of 28 to 30).
    common::check_february_2026(common::network_of_2026(|day| match (day.year(), day.month()) {
        (2025, _) => 87_517.0,
        (_, 1) => 90_500.0,
        (_, 2) => 68_900.0,
        (_, 3) => 69_600.0,
        _ => 73_700.0,
    }));
}
