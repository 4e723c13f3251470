//! The consensus arithmetic against the chain as it was: every retarget since 2011, the halvings, the
//! quarters of the network, and what companies report to have mined.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error};
use wattshift::bitcoin::{
    CompactTarget, EPOCH_BLOCKS, TARGET_TIMESPAN_SECONDS, btc_per_petahash_day, implied_hashrate,
    subsidy_btc, subsidy_satoshi,
};

fn literature<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let path = format!("{}/tests/literature/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    let rows: Vec<T> = reader.deserialize().map(Result::unwrap).collect();
    assert!(!rows.is_empty(), "{name} has no rows");
    rows
}

fn date<'de, D: Deserializer<'de>>(cell: D) -> Result<Date, D::Error> {
    String::deserialize(cell)?.parse().map_err(D::Error::custom)
}

#[derive(Deserialize)]
struct Retarget {
    first_height: Option<u32>,
    first_block_time: i64,
    last_block_time: i64,
    nbits_before: String,
    nbits_after: String,
}

#[derive(Deserialize)]
struct Epoch {
    first_height: u32,
    #[serde(deserialize_with = "date")]
    start_date: Date,
    /// As printed: four decimals, or eight significant digits from 1,000 on.
    difficulty: f64,
}

impl Epoch {
    /// Half of the last printed digit.
    fn rounding(&self) -> f64 {
        0.5 * 10f64.powf(self.difficulty.log10().floor() - 7.0).max(1e-4)
    }
    /// The one compact target that prints as this difficulty, where eight digits are printed:
    /// neighbours differ by 2^-23 = 1.2e-7 or more, roundings by 1e-7 or less.
    fn target(&self) -> Option<CompactTarget> {
        let at_least = self.difficulty - self.rounding();
        (at_least >= 1e3).then(|| CompactTarget::from_difficulty(at_least).unwrap())
    }
}

#[derive(Deserialize)]
struct Halving {
    height: u32,
    #[serde(deserialize_with = "date")]
    date: Date,
    subsidy_btc: f64,
}

#[derive(Deserialize)]
struct Quarter {
    quarter: String,
    btc_usd_mean: f64,
    difficulty_t_mean: f64,
    implied_eh_per_s: f64,
    btc_per_ph_quarter: f64,
    hashprice_usd_per_ph_day: f64,
}

#[derive(Deserialize)]
struct Production {
    company: String,
    quarter: String,
    hashrate_eh_per_s: f64,
    hashrate_kind: String,
    btc_reported: f64,
    fee_share_of_reward: f64,
}

fn target(hex: &str) -> CompactTarget {
    let nbits = u32::from_str_radix(hex.strip_prefix("0x").unwrap(), 16).unwrap();
    CompactTarget::from_nbits(nbits).unwrap()
}

/// The days of a quarter written as "2024Q2".
fn days_of(quarter: &str) -> Vec<Date> {
    let (year, number) = quarter.split_once('Q').unwrap();
    let month = 3 * number.parse::<i8>().unwrap() - 2;
    let first = jiff::civil::date(year.parse().unwrap(), month, 1);
    first.series(1.day()).take_while(|day| *day < first + 3.months()).collect()
}

/// BTC that one PH/s expects on each day of a quarter, subsidy only, from difficulty and halvings.
fn btc_per_ph_by_day(quarter: &str) -> Vec<f64> {
    let epochs: Vec<Epoch> = literature("difficulty_epochs");
    let halvings: Vec<Halving> = literature("halvings");
    days_of(quarter)
        .into_iter()
        .map(|day| {
            let epoch = epochs.iter().rfind(|epoch| epoch.start_date <= day).unwrap();
            let halving = halvings.iter().rfind(|halving| halving.date <= day).unwrap();
            btc_per_petahash_day(epoch.difficulty, subsidy_btc(halving.height))
        })
        .collect()
}

#[test]
fn recorded_retargets_are_reproduced_bit_for_bit() {
    for row in literature::<Retarget>("retargets") {
        let after = target(&row.nbits_before).retarget(row.last_block_time - row.first_block_time);
        assert_eq!(after, target(&row.nbits_after), "from {}", row.nbits_before);
    }
}

#[test]
fn the_difficulty_of_a_recorded_target_is_the_published_one() {
    let epochs: Vec<Epoch> = literature("difficulty_epochs");
    let recorded: Vec<Retarget> = literature("retargets");
    let mut compared = 0;
    for row in &recorded {
        let Some(height) = row.first_height else { continue };
        for (height, nbits) in
            [(height, &row.nbits_before), (height + EPOCH_BLOCKS, &row.nbits_after)]
        {
            let epoch = epochs.iter().find(|epoch| epoch.first_height == height).unwrap();
            let difference = target(nbits).difficulty() - epoch.difficulty;
            assert!(difference.abs() <= epoch.rounding(), "height {height}: {difference}");
            assert_eq!(Some(target(nbits)), epoch.target(), "height {height}");
            compared += 1;
        }
    }
    assert_eq!(compared, 14, "seven of the recorded retargets have a height");
}

/// Block times of all epochs are not at hand, but for each retarget some whole number of seconds
/// must lead from one target to the next. With a full mantissa a second moves the target by up to
/// seven compact steps, so a wrong rounding would miss most of the chain's targets.
#[test]
fn every_retarget_since_2011_is_reached_by_some_whole_second() {
    let epochs: Vec<Epoch> = literature("difficulty_epochs");
    let (mut reached, mut of_few) = (0, 0);
    for pair in epochs.windows(2) {
        assert_eq!(pair[1].first_height - pair[0].first_height, EPOCH_BLOCKS);
        let (Some(before), Some(after)) = (pair[0].target(), pair[1].target()) else { continue };
        // The true seconds are these or, as a target is cut off, at most one compact step more:
        // 2^-15 of four times two weeks, 148 seconds, for the smallest mantissa.
        let ratio = before.difficulty() / after.difficulty();
        let seconds = (ratio * TARGET_TIMESPAN_SECONDS as f64) as i64;
        let hits = (seconds - 1..=seconds + 149).any(|s| before.retarget(s) == after);
        assert!(hits, "height {}: {:#x}", pair[1].first_height, after.nbits());
        reached += 1;
        // More than two compact steps a second: less than half of all targets can be reached.
        of_few += usize::from(i64::from(after.nbits() & 0x00ff_ffff) > 2 * TARGET_TIMESPAN_SECONDS);
    }
    assert!(reached > 400 && of_few > 20, "{reached} retargets, {of_few} of them one in few");
}

#[test]
fn the_subsidy_halves_at_the_recorded_heights() {
    for halving in literature::<Halving>("halvings") {
        assert_eq!(subsidy_btc(halving.height), halving.subsidy_btc);
        if halving.height > 0 {
            assert_eq!(subsidy_btc(halving.height - 1), 2.0 * halving.subsidy_btc);
        }
    }
    assert_eq!(subsidy_satoshi(840_000), 312_500_000);
    assert_eq!(subsidy_satoshi(1_050_000), 156_250_000);
}

#[test]
fn the_hashrate_that_a_difficulty_implies_is_the_printed_one() {
    for row in literature::<Quarter>("network_quarterly") {
        let implied = |t: f64| implied_hashrate(t * 1e12).to_eh_per_s();
        // Printed to 0.1 EH/s from a difficulty printed to 0.01 T.
        let tolerance = 0.05 + implied(0.005);
        let difference = implied(row.difficulty_t_mean) - row.implied_eh_per_s;
        assert!(difference.abs() <= tolerance, "{}: {difference}", row.quarter);
    }
}

#[test]
fn a_quarter_of_difficulty_gives_the_btc_of_a_petahash() {
    for row in literature::<Quarter>("network_quarterly") {
        let by_day = btc_per_ph_by_day(&row.quarter);
        let replayed: f64 = by_day.iter().sum();
        // An epoch's first day has both difficulties: one day of each step; and the printed digits.
        let steps: f64 = by_day.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
        let difference = replayed - row.btc_per_ph_quarter;
        assert!(difference.abs() <= steps + 5e-6, "{}: {difference} of {steps}", row.quarter);
    }
}

#[test]
fn a_quarter_of_difficulty_and_its_mean_price_give_the_hashprice() {
    /// Largest sd of the price within a quarter over its mean: a uniform spread of ± 43 %.
    const PRICE_SD_MAX: f64 = 0.25;
    for row in literature::<Quarter>("network_quarterly") {
        let by_day = btc_per_ph_by_day(&row.quarter);
        let days = by_day.len() as f64;
        let mean = by_day.iter().sum::<f64>() / days;
        let sd = (by_day.iter().map(|btc| (btc - mean).powi(2)).sum::<f64>() / days).sqrt();
        // The mean of a product is the product of the means and a covariance, at most sd · sd; the
        // mean itself is known as well as the quarter's total is.
        let hashprice = mean * row.btc_usd_mean;
        let total_known = (mean * days / row.btc_per_ph_quarter - 1.0).abs();
        let tolerance = hashprice * (PRICE_SD_MAX * sd / mean + total_known) + 0.005;
        let difference = hashprice - row.hashprice_usd_per_ph_day;
        assert!(difference.abs() <= tolerance, "{}: {difference} of {tolerance}", row.quarter);
    }
}

#[test]
fn companies_mined_what_their_hashrate_predicts() {
    for row in literature::<Production>("production") {
        let btc_per_ph: f64 = btc_per_ph_by_day(&row.quarter).iter().sum();
        let subsidy_only = row.hashrate_eh_per_s * 1e3 * btc_per_ph;
        let predicted = subsidy_only / (1.0 - row.fee_share_of_reward);
        let ratio = row.btc_reported / predicted;
        // Average operating hashrate predicts to 3 %. Hashrate at the quarter's end, of growing
        // fleets and deployed rather than running, is no average: 0.78 to 1 was realised.
        let expected = if row.hashrate_kind == "average" { 0.97..=1.03 } else { 0.78..=1.0 };
        assert!(expected.contains(&ratio), "{} {}: {ratio}", row.company, row.quarter);
    }
}
