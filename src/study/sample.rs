//! A law of the BTC price alone: samples of ln M, the log price over its drift.
//!
//! In: a study whose price follows one law, a number of days. Out: ln M with E M = 1, at the end of
//! those days or on each of them. Not here: drift, start, the other factors, their coupling; the
//! laws ([`crate::model::btc_price`]).

use super::paths::Progress;
use crate::error::{Error, Place, Problem};
use crate::input::study::Study;
use crate::model::btc_price::{LogMartingale, bootstrap, law};
use crate::parallel;
use crate::simulate::alone::LawAlone;
use crate::tile::{LANES, Row};
use crate::time::{DAYS_PER_YEAR, TimeGrid, YEARS_AHEAD_MAX};
use jiff::ToSpan;
use jiff::civil::Date;
use ndarray::{Array2, ArrayViewMut2, Axis};
use std::sync::Arc;

/// What is kept of each path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// ln M of the last day alone: one column.
    Last,
    /// ln M of every day, day 0 first, where it is 0.
    All,
}

/// Most days of a sample.
const DAYS_MAX: u64 = 365 * YEARS_AHEAD_MAX as u64;

/// Whole days of a horizon in years, in steps of a day, or in both where they differ by less than a day; a year
/// of neither.
///
/// # Errors
/// Years and steps that differ, less than a day, more days than there are.
pub fn days_of(years: Option<f64>, steps: Option<i64>) -> Result<u64, Error> {
    let days_of_years = years.map(|years| DAYS_PER_YEAR * years);
    let days = match (days_of_years, steps) {
        (Some(of_years), Some(steps)) if (of_years - steps as f64).abs() >= 1.0 => {
            return Err(Problem::new("years and steps differ")
                .found(format!("{of_years} days and {steps} steps"))
                .expected("a step for each day, 365 of them a year")
                .help("leave one of the two out")
                .into());
        }
        (_, Some(steps)) => steps as f64,
        (Some(of_years), None) => of_years.round(),
        (None, None) => DAYS_PER_YEAR,
    };
    if (1.0..=DAYS_MAX as f64).contains(&days) { Ok(days as u64) } else { Err(beyond(days).into()) }
}

/// The refusal of a horizon.
fn beyond(days: f64) -> Problem {
    Problem::new("the horizon is out of range").found(format!("{days} days")).expected(format!(
        "1 to {DAYS_MAX} days, each a step: up to {YEARS_AHEAD_MAX} years of 365"
    ))
}

/// What a sample is of.
#[derive(Debug, Clone, Copy)]
pub struct Sampled<'a> {
    /// The study whose price follows one law.
    pub study: &'a Study,
    /// Daily log returns to be resampled as the study's bootstrap says, whatever its price follows.
    pub log_returns: Option<&'a [f64]>,
    /// Days after the as-of date.
    pub days: u64,
    /// Number of paths.
    pub paths: u64,
    /// Seed of all chance.
    pub seed: u64,
}

/// Samples ln M, `[path][day]`.
///
/// # Errors
/// A study whose price follows several laws, a law that its history cannot support, days beyond the
/// calendar, an interruption, no room for so many.
pub fn sample(
    asked: &Sampled<'_>,
    kept: Days,
    progress: &dyn Progress,
) -> Result<Array2<f64>, Error> {
    let Sampled { days, paths, seed, .. } = *asked;
    let grid = grid_of(days)?;
    let law = LawAlone::new(law_of(asked, &grid)?, grid, seed);
    let days = days as usize;
    let columns = if kept == Days::All { days + 1 } else { 1 };
    let count = columns.saturating_mul(paths as usize);
    let room = Vec::<f64>::new().try_reserve_exact(count);
    room.map_err(|error| Error::system("keep the sample", std::io::Error::other(error)))?;
    let mut values = Array2::zeros((paths as usize, columns));
    progress.expect_more(paths);
    parallel::for_each_with(
        (0..paths).step_by(LANES).zip(values.axis_chunks_iter_mut(Axis(0), LANES)),
        || law.make_room(),
        |room, (first_path, mut own)| {
            if progress.interrupted() {
                return;
            }
            let log = law.simulate(first_path, room);
            write(&log[days + 1 - columns..=days], &mut own);
            progress.advance(own.len_of(Axis(0)) as u64);
        },
    );
    if progress.interrupted() {
        return Err(Error::Interrupted);
    }
    Ok(values)
}

/// Rows `[day][lane]` into `[path][day]`.
fn write(rows: &[Row], own: &mut ArrayViewMut2<'_, f64>) {
    for (lane, mut of_path) in own.outer_iter_mut().enumerate() {
        of_path.iter_mut().zip(rows).for_each(|(value, row)| *value = row[lane]);
    }
}

/// The shortest calendar with so many days after its first: laws know steps, not dates.
fn grid_of(days: u64) -> Result<TimeGrid, Error> {
    const LAST: Date = jiff::civil::date(2100, 12, 31);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(beyond(days as f64).into());
    }
    // A calendar begins before the year that it ends with.
    let first = LAST.saturating_sub((days.max(365) as i64).days());
    Ok(TimeGrid::new(first, LAST.year()).map_err(Problem::new)?)
}

/// The one law of the study's price, or the bootstrap of returns.
fn law_of(asked: &Sampled<'_>, grid: &TimeGrid) -> Result<Arc<dyn LogMartingale>, Error> {
    let study = asked.study;
    let Some(log_returns) = asked.log_returns else {
        let &[(model, _)] = study.btc_price.model.weights() else {
            return Err(Problem::new("the price follows several laws")
                .found(study.btc_price.model.names().join(", "))
                .expected("one law in btc_price.model")
                .into());
        };
        return Ok(law(study, model, grid)?);
    };
    let Some(parameters) = study.btc_price_laws.bootstrap.as_ref() else {
        return Err(Problem::new("the study does not say how returns are resampled")
            .expected("a table [btc_price.bootstrap]")
            .into());
    };
    let is_sound = |r: &f64| r.is_finite() && r.abs() < LOG_RETURN_MAX;
    if log_returns.is_empty() || !log_returns.iter().all(is_sound) {
        let found = log_returns.iter().find(|r| !is_sound(r));
        return Err(Problem::new("the log returns cannot be resampled")
            .at(Place::file("log_returns"))
            .found(found.map_or_else(|| "none".into(), f64::to_string))
            .expected(format!("at least one, each within ±{LOG_RETURN_MAX}, of one day each"))
            .into());
    }
    Ok(Arc::new(bootstrap::BlockBootstrap::new(parameters, log_returns.to_vec(), grid)))
}

/// A daily move of the log price that no market made: above it, returns are per cent.
const LOG_RETURN_MAX: f64 = 2.0;

#[cfg(test)]
mod tests {
    use super::super::market::markets;
    use super::super::paths::Unwatched;
    use super::*;
    use crate::input::study::{BtcPriceModel, Choice, Lineage, Overrides, Source};
    use crate::tile::{Factor, math};

    fn study(model: &str) -> Study {
        read(&format!("extends = \"models\"\n[btc_price]\nmodel = \"{model}\""))
    }

    fn read(text: &str) -> Study {
        let lineage = Lineage::of_text("s.toml", text, &Source::Embedded).unwrap();
        lineage.study(&Overrides::default()).unwrap()
    }

    #[test]
    fn every_law_has_mean_one_and_its_last_day_is_that_of_all() {
        for model in BtcPriceModel::ALL {
            // No daily history comes with wattshift: returns are given.
            let returns: Vec<f64> =
                (0..500).map(|i| f64::from(i * 7919 % 101) / 1_000.0 - 0.05).collect();
            let is_bootstrap = *model == BtcPriceModel::Bootstrap;
            let study = if is_bootstrap {
                let table = "[btc_price.bootstrap]\nblock_days_mean = 5.0\nvolatility_factor = 1.0";
                read(&format!("extends = \"default\"\n{table}"))
            } else {
                study(model.name())
            };
            let log_returns = is_bootstrap.then_some(returns.as_slice());
            let asked = Sampled { study: &study, log_returns, days: 30, paths: 20_000, seed: 3 };
            let last = sample(&asked, Days::Last, &Unwatched).unwrap();
            let all = sample(&asked, Days::All, &Unwatched).unwrap();
            assert_eq!((last.dim(), all.dim()), ((20_000, 1), (20_000, 31)));
            assert_eq!(all.column(30), last.column(0));
            assert!(all.column(0).iter().all(|log| *log == 0.0));
            let m: Vec<f64> = last.iter().map(|log| math::exp(*log)).collect();
            let (mean, error) = crate::model::testing::mean_and_error(&m);
            assert!((mean - 1.0).abs() < 4.0 * error, "{}: {mean} ± {error}", model.name());
        }
    }

    #[test]
    fn a_law_alone_has_the_paths_that_it_has_in_a_market() {
        let study = study("merton");
        let asked =
            Sampled { study: &study, log_returns: None, days: 100, paths: 70, seed: study.seed };
        let alone = sample(&asked, Days::All, &Unwatched).unwrap();
        let mut still = study.clone();
        still.btc_price.drift_per_year = crate::input::study::Drift::Stated(0.0);
        still.btc_price.drift_sd_per_year = 0.0;
        still.parameters = crate::input::study::Certainty::Fixed;
        still.copula = crate::input::study::Copula::Gaussian;
        let market = markets(&still, 70, &Unwatched).unwrap();
        for path in 0..70 {
            for day in 0..=100 {
                let price = market.values[[Factor::BtcPrice as usize, path, day]];
                let log = math::ln(price / still.btc_price.start_usd_per_btc);
                assert!((log - alone[[path, day]]).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_horizon_is_told_in_years_or_in_days_or_in_both_alike() {
        for (years, steps, days) in [
            (None, None, 365),
            (Some(1.0), Some(365), 365),
            (Some(0.5), None, 183),
            (Some(0.5), Some(182), 182),
            (Some(1.0 / 12.0), None, 30),
            (None, Some(40), 40),
            (Some(10.0), None, 3_650),
        ] {
            assert_eq!(days_of(years, steps).unwrap(), days, "{years:?} {steps:?}");
        }
        let told = |years, steps| days_of(years, steps).unwrap_err().to_string();
        assert!(told(Some(1.0), Some(52)).contains("365 days and 52 steps"));
        for (years, steps) in [
            (Some(0.0), None),
            (Some(11.0), None),
            (Some(f64::NAN), None),
            (Some(f64::INFINITY), None),
            (None, Some(-5)),
            (None, Some(0)),
        ] {
            let told = told(years, steps);
            assert!(told.contains("the horizon is out of range"), "{told}");
        }
    }

    #[test]
    fn days_beyond_the_calendar_and_returns_in_per_cent_are_refused() {
        let study = study("gbm");
        let asked = |days| Sampled { study: &study, log_returns: None, days, paths: 64, seed: 1 };
        for days in [0, 3_651] {
            let told = sample(&asked(days), Days::Last, &Unwatched).unwrap_err().to_string();
            assert!(told.contains("1 to 3650 days"), "{told}");
        }
        let returns = Some(&[0.01][..]);
        let told = Sampled { log_returns: Some(&[3.0]), ..asked(9) };
        let told = sample(&told, Days::Last, &Unwatched).unwrap_err().to_string();
        assert!(told.contains("each within ±2") && told.contains("\"3\""), "{told}");
        let mut study = study.clone();
        study.btc_price_laws.bootstrap = None;
        let told = Sampled { log_returns: returns, study: &study, ..asked(9) };
        let told = sample(&told, Days::Last, &Unwatched).unwrap_err().to_string();
        assert!(told.contains("a table [btc_price.bootstrap]"), "{told}");
    }
}
