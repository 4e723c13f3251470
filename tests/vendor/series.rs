//! What the real daily closes of BTC say: volatilities by window, variance ratios, raw fits.
//!
//! The values were computed once from daily closes by an independent script (numpy), to the digits given;
//! that window ends a month later, and closes of other exchanges differ, hence tolerances of a unit or two
//! of the last digit.

use crate::{Test, folder};
use jiff::civil::{Date, date};
use libtest_mimic::Failed;
use wattshift::calibrate::btc_price::garch::{Garch, Level};
use wattshift::calibrate::btc_price::merton::Merton;
use wattshift::calibrate::btc_price::{Law, Returns, gbm};
use wattshift::calibrate::diagnostics::variance_ratios;
use wattshift::chance::Stream;
use wattshift::chance::philox::Philox;
use wattshift::input::study::{Overrides, Source, Study, YearMonth};

pub(crate) const TESTS: &[(&str, Test)] = &[
    ("volatility_fell_over_the_years", volatility_by_year),
    ("volatility_and_drift_by_window", windows),
    ("variance_ratios_since_2018", ratios),
    ("unbounded_jumps_are_230_a_year", unbounded_jumps),
    ("raw_garch_has_no_level", raw_garch),
    ("the_volatility_of_the_halves_is_warned_of", halves),
];

/// Daily closes up to August 2026.
fn closes() -> Vec<(Date, f64)> {
    let source = Source::Folder(folder().expect("named by WATTSHIFT_VENDOR_DIR"));
    let text = "extends = \"default\"\n[data]\nbtc_price = \"btc_ohlcv_daily_2010-2026.csv\"\n\
                difficulty = \"\"\nhashrate = \"\"\nfees = \"\"\ngpu_rate = \"\"\n\
                ai_capacity = \"\"\nrent = \"\"\n";
    let study = Study::from_text("study.toml", text, &source, &Overrides::default());
    let study = study.unwrap_or_else(|problems| panic!("{problems}"));
    let prices = study.histories.btc_price.expect("the study names one");
    prices.days.into_iter().zip(prices.values).collect()
}

fn month(year: i16, month: i8) -> YearMonth {
    YearMonth::new(year, month).unwrap()
}

fn since(from: YearMonth) -> Returns {
    Returns::of_days(&closes(), from).unwrap().expect("the closes have no gap")
}

fn near(what: &str, found: f64, expected: f64, tolerance: f64) -> Result<(), Failed> {
    match (found - expected).abs() <= tolerance {
        true => Ok(()),
        false => Err(format!("{what}: {found:.4}, expected {expected} ± {tolerance}").into()),
    }
}

fn volatility(returns: &Returns) -> f64 {
    let mut chance = Philox::new(1, Stream::new("test", "real"));
    let fit = gbm::fit(returns, &mut chance).expect("closes vary");
    fit.parameter("btc_price.gbm.volatility_per_sqrt_year").expect("it is fitted").value
}

/// Of each year 2018 to 2025: the standard deviation of the file's log returns in numpy, which divides by
/// n − 1 and counts the first day of the year too; and that of the closes of another exchange.
fn volatility_by_year() -> Result<(), Failed> {
    let closes = closes();
    let here = [0.838, 0.696, 0.795, 0.809, 0.648, 0.436, 0.530, 0.418];
    let there = [0.82, 0.67, 0.77, 0.80, 0.64, 0.43, 0.53, 0.42];
    for (year, (here, there)) in (2018..).zip(here.into_iter().zip(there)) {
        let until = closes.partition_point(|(day, _)| *day <= date(year, 12, 31));
        let returns = Returns::of_days(&closes[..until], month(year, 1))?.expect("a whole year");
        let found = volatility(&returns);
        near(&year.to_string(), found, here, 0.003)?;
        near(&year.to_string(), found, there, 0.03)?;
    }
    Ok(())
}

/// Since 2018: 0.643; since 2021: 0.574; since 2023: 0.468, mean log return 0.42 a year.
fn windows() -> Result<(), Failed> {
    for (year, expected, tolerance) in
        [(2018, 0.643, 0.02), (2021, 0.574, 0.01), (2023, 0.468, 0.01)]
    {
        near(&format!("since {year}"), volatility(&since(month(year, 1))), expected, tolerance)?;
    }
    Ok(())
}

/// 1.01 (7 days), 1.10 (30), 1.29 (90), 1.31 (365); none is two standard errors from 1.
fn ratios() -> Result<(), Failed> {
    let ratios = variance_ratios(&since(month(2018, 1)).logs, &[7, 30, 90, 365]);
    for (ratio, expected) in ratios.iter().zip([1.01, 1.10, 1.29, 1.31]) {
        // Another window, and a correction for bias that grows with the span.
        let tolerance = 0.03 + 0.5 * ratio.std_error;
        near(&format!("{} days", ratio.steps), ratio.value, expected, tolerance)?;
        if (ratio.value - 1.0).abs() > 2.0 * ratio.std_error {
            return Err(format!("{ratio:?} is told from 1").into());
        }
    }
    Ok(())
}

/// Merton's law without a bound, 2021 to 2026: 230 jumps a year of sd 0.0334, volatility 0.254.
fn unbounded_jumps() -> Result<(), Failed> {
    let law = Merton::with_jumps_up_to(since(month(2021, 1)), 365.0);
    let values = law.values(&law.maximum().free);
    near("volatility", values[0], 0.254, 0.01)?;
    near("jumps a year", values[1], 230.0, 10.0)?;
    near("sd of a jump", values[3], 0.0334, 0.001)
}

/// GARCH(1,1)-t, 2018 to 2026, without a cap: alpha 0.078, beta 0.922, 3.13 degrees of freedom.
fn raw_garch() -> Result<(), Failed> {
    let mut law = Garch::new(since(month(2018, 1)), false);
    law.persistence_max = 0.9999;
    law.level = Level::Likelihood;
    let values = law.values(&law.maximum().free);
    near("alpha", values[1], 0.078, 0.01)?;
    near("persistence", values[1] + values[2], 1.0, 0.002)?;
    near("degrees of freedom", values[4], 3.13, 0.15)
}

fn halves() -> Result<(), Failed> {
    let mut chance = Philox::new(1, Stream::new("test", "real"));
    let fit = gbm::fit(&since(month(2018, 1)), &mut chance)?;
    let warnings = wattshift::calibrate::warnings::warnings(&[fit]);
    match warnings
        .iter()
        .any(|w| w.contains("volatility fell from 0.7") && w.contains("two worlds"))
    {
        true => Ok(()),
        false => Err(format!("{warnings:?}").into()),
    }
}
