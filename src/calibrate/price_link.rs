//! What ties the hashrate to the BTC price, epoch by epoch: the price, and the delayed response.
//!
//! In: difficulty epochs, prices, the entry hashprice and the delay of the law. Out: regressors of
//! the level of log hashrate, each with its mean over every epoch. Not here: the fit.
//!
//! Prices of days are taken as they are; between values that stand further apart the logarithm is
//! joined by a straight line, the mean of a Brownian path between them, so that a coefficient of it
//! stays unbiased (Berkson's case) and what the line leaves out is noise. The response is the law's:
//! ln(hashprice / entry) where above 0, through two exponential stages, added up over days. The
//! hashprice is that of the difficulty in force, at a constant share of fees.

use super::{CalibrationError, YearMonth, logs_of};
use crate::bitcoin;
use crate::time::{DAYS_PER_YEAR, MONTHS_PER_YEAR};
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// The price, and the law of the response.
#[derive(Debug, Clone, Copy)]
pub struct PriceLink<'a> {
    /// Closes of the BTC price, USD per BTC, in order of time.
    pub prices: &'a [(Date, f64)],
    /// Hashprice above which machines are ordered, USD per PH/s and day.
    pub entry_hashprice_usd_per_ph_day: f64,
    /// Mean delay from order to hashrate, months.
    pub response_delay_months: f64,
    /// Fees over subsidy plus fees, taken as constant.
    pub fee_share_of_reward: f64,
}

/// The epochs that the prices cover, with what happened in the time that each difficulty measures.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LinkedEpochs {
    /// Positions of the epochs.
    pub(super) epochs: std::ops::Range<usize>,
    /// Log price less its trend, the mean over the epoch before.
    pub(super) log_price: Vec<f64>,
    /// Months of response at a coefficient of 1, added up, the mean over the epoch before.
    pub(super) response_months: Vec<f64>,
    /// Volatility of the price over the same time, per √year.
    pub(super) volatility_per_sqrt_year: f64,
    /// Prices of that time.
    pub(super) prices: usize,
    /// Median days from one price to the next.
    pub(super) step_days: f64,
}

/// Days that an epoch of which the begin is not known is taken to last.
pub(super) const EPOCH_DAYS: i64 = 14;

/// Days of the halvings of the past.
const HALVINGS: [Date; 4] =
    [date(2012, 11, 28), date(2016, 7, 9), date(2020, 5, 11), date(2024, 4, 20)];

/// The next halving is not before this day, so that an epoch before it has the subsidy known here.
const NEXT_HALVING: Date = date(2028, 3, 1);

const WHAT: &str = "BTC prices";

impl LinkedEpochs {
    /// The epochs from `from` on whose time the prices cover.
    pub(super) fn new(
        epochs: &[(Date, f64)],
        from: YearMonth,
        link: &PriceLink<'_>,
    ) -> Result<Self, CalibrationError> {
        let logs = logs_of(WHAT, link.prices)?;
        if let Some((day, difficulty)) = epochs.last().filter(|(day, _)| *day >= NEXT_HALVING) {
            return Err(CalibrationError::OutOfRange {
                what: "difficulty epochs",
                at: day.to_string(),
                value: *difficulty,
                expected: "the epochs whose subsidy is known, up to February 2028",
            });
        }
        let points: Vec<(Date, f64)> =
            link.prices.iter().zip(&logs).map(|((day, _), log)| (*day, *log)).collect();
        let (Some(&(first_price, _)), Some(&(last_price, _))) = (points.first(), points.last())
        else {
            return Err(CalibrationError::TooFewObservations { what: WHAT, found: 0, needed: 2 });
        };
        let begins = |k: usize| match k {
            0 => epochs[0].0 - EPOCH_DAYS.days(),
            _ => epochs[k - 1].0,
        };
        let covered = |k: &usize| {
            epochs[*k].0 >= from.first_day()
                && begins(*k) >= first_price
                && epochs[*k].0 - 1.day() <= last_price
        };
        let first = (0..epochs.len()).find(covered).unwrap_or(epochs.len());
        let end = (first..epochs.len()).take_while(covered).last().map_or(first, |k| k + 1);
        if end - first < 2 {
            return Err(CalibrationError::TooFewObservations {
                what: WHAT,
                found: end - first,
                needed: 2,
            });
        }
        let (window_start, window_end) = (begins(first), epochs[end - 1].0);
        let inside = |day: Date| window_start <= day && day <= window_end;
        let within: Vec<(Date, f64)> =
            points.iter().filter(|(day, _)| inside(*day)).copied().collect();
        let (trend, volatility_per_sqrt_year) = trend_and_volatility(&within)?;
        // The response needs a run-up: it begins with the first day of price and difficulty.
        let start = first_price.max(begins(0));
        let days = usize::try_from((window_end - start).get_days()).unwrap_or(0);
        let log_prices: Vec<f64> =
            (0..days).map(|d| interpolated(&points, start + (d as i64).days())).collect();
        let response = response_months(epochs, start, &log_prices, link);
        let mean = |series: &dyn Fn(usize) -> f64, k: usize| {
            let day = |date: Date| usize::try_from((date - start).get_days()).unwrap_or(0);
            let span = day(begins(k))..day(epochs[k].0);
            let length = span.len() as f64;
            span.map(series).sum::<f64>() / length
        };
        let detrended = |d: usize| log_prices[d] - trend * d as f64 / DAYS_PER_YEAR;
        let mut steps: Vec<i32> =
            within.windows(2).map(|pair| (pair[1].0 - pair[0].0).get_days()).collect();
        steps.sort_unstable();
        Ok(Self {
            epochs: first..end,
            log_price: (first..end).map(|k| mean(&detrended, k)).collect(),
            response_months: (first..end).map(|k| mean(&|d| response[d], k)).collect(),
            volatility_per_sqrt_year,
            prices: within.len(),
            step_days: f64::from(steps[steps.len() / 2]),
        })
    }
}

/// Drift and volatility of log prices, per year and per √year.
fn trend_and_volatility(points: &[(Date, f64)]) -> Result<(f64, f64), CalibrationError> {
    if points.len() < 3 {
        let found = points.len();
        return Err(CalibrationError::TooFewObservations { what: WHAT, found, needed: 3 });
    }
    let years = |from: Date, to: Date| f64::from((to - from).get_days()) / DAYS_PER_YEAR;
    let (first, last) = (points[0], points[points.len() - 1]);
    let trend = (last.1 - first.1) / years(first.0, last.0);
    let square: f64 = points
        .windows(2)
        .map(|pair| {
            let dt = years(pair[0].0, pair[1].0);
            (pair[1].1 - pair[0].1 - trend * dt).powi(2) / dt
        })
        .sum();
    Ok((trend, (square / (points.len() - 2) as f64).sqrt()))
}

/// The logarithm at a day between the first and the last of them.
fn interpolated(points: &[(Date, f64)], day: Date) -> f64 {
    let after = points.partition_point(|(at, _)| *at < day).min(points.len() - 1);
    let (later, log) = points[after];
    if later <= day || after == 0 {
        return log;
    }
    let (earlier, before) = points[after - 1];
    let part = f64::from((day - earlier).get_days()) / f64::from((later - earlier).get_days());
    before + part * (log - before)
}

/// Day by day from `start`: months of response added up so far, at a coefficient of 1.
fn response_months(
    epochs: &[(Date, f64)],
    start: Date,
    log_prices: &[f64],
    link: &PriceLink<'_>,
) -> Vec<f64> {
    let month = MONTHS_PER_YEAR / DAYS_PER_YEAR;
    let delay = link.response_delay_months / 2.0;
    let stage = if delay > 0.0 { 1.0 - (-month / delay).exp() } else { 1.0 };
    let (mut ordered, mut delivered, mut sum) = (0.0, 0.0, 0.0);
    let mut epoch = 0;
    log_prices
        .iter()
        .enumerate()
        .map(|(d, log_price)| {
            let now = sum;
            let day = start + (d as i64).days();
            while epoch + 1 < epochs.len() && epochs[epoch + 1].0 <= day {
                epoch += 1;
            }
            let halvings = HALVINGS.iter().filter(|halving| **halving <= day).count() as i32;
            let reward_btc = 50.0 * 0.5_f64.powi(halvings) / (1.0 - link.fee_share_of_reward);
            let hashprice = bitcoin::btc_per_petahash_day(epochs[epoch].1, reward_btc);
            let log_ratio = hashprice.ln() + log_price - link.entry_hashprice_usd_per_ph_day.ln();
            ordered += (log_ratio.max(0.0) - ordered) * stage;
            delivered += (ordered - delivered) * stage;
            sum += delivered * month;
            now
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_between_two_lies_on_the_line_of_their_logarithms() {
        let points = [(date(2024, 1, 31), 1.0), (date(2024, 2, 29), 3.9)];
        assert!((interpolated(&points, date(2024, 2, 10)) - 2.0).abs() < 1e-12);
        assert_eq!(interpolated(&points, date(2024, 1, 31)), 1.0);
        assert_eq!(interpolated(&points, date(2024, 2, 29)), 3.9);
    }

    #[test]
    fn a_steady_hashprice_responds_after_its_delay_by_its_excess() {
        // Difficulty 1e14 and subsidy 3.125 BTC, no fees: e times the entry, so the signal is 1, and
        // after a long time the sum lags the months gone by by the delay of both stages.
        let epochs = [(date(2024, 5, 1), 1e14)];
        let hashprice_btc = bitcoin::btc_per_petahash_day(1e14, 3.125);
        let link = PriceLink {
            prices: &[],
            entry_hashprice_usd_per_ph_day: 40.0,
            response_delay_months: 5.0,
            fee_share_of_reward: 0.0,
        };
        let log_price = (40.0 * std::f64::consts::E / hashprice_btc).ln();
        let response = response_months(&epochs, date(2024, 5, 1), &[log_price; 2_000], &link);
        let months = 1_999.0 * 12.0 / 365.0;
        // Each stage 1 − e^{−m/2.5}, m a month's day: mean delay m/(1 − e^{−m/2.5}) = 2.5 + m/2, of
        // which a step's begin is seen: 5 months in all to within the day.
        assert!((months - response[1_999] - 5.0).abs() < 0.04, "{}", months - response[1_999]);
        let low = response_months(&epochs, date(2024, 5, 1), &[log_price - 2.0; 9], &link);
        assert_eq!(low, [0.0; 9]);
    }

    #[test]
    fn epochs_that_the_prices_do_not_cover_are_left_out() {
        let epochs: Vec<(Date, f64)> =
            (0..40).map(|k| (date(2024, 5, 2) + (14 * k).days(), 1e14)).collect();
        let prices: Vec<(Date, f64)> = (0..300)
            .map(|d| (date(2024, 5, 20) + i64::from(d).days(), 6e4 + f64::from(d)))
            .collect();
        let link = PriceLink {
            prices: &prices,
            entry_hashprice_usd_per_ph_day: 40.0,
            response_delay_months: 5.0,
            fee_share_of_reward: 0.01,
        };
        let from = YearMonth::new(2024, 1).unwrap();
        let linked = LinkedEpochs::new(&epochs, from, &link).unwrap();
        // The first whose epoch before begins on 30 May; the last that begins by 16 March.
        assert_eq!(epochs[linked.epochs.start].0, date(2024, 6, 13));
        assert_eq!(epochs[linked.epochs.end - 1].0, date(2025, 3, 6));
        assert_eq!((linked.step_days, linked.log_price.len()), (1.0, linked.epochs.len()));
        let short = PriceLink { prices: &prices[..3], ..link };
        let error = LinkedEpochs::new(&epochs, from, &short).unwrap_err();
        assert!(error.to_string().contains("found 0 observations"), "{error}");
    }
}
