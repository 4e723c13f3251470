//! Quotes of the market on the as-of date: BTC's forward curve and its implied volatility.
//!
//! In: CSV tables of our own columns, in any order of rows and columns. Out: quotes in order of
//! expiry, each after the as-of date, and the curves through them. Not here: smiles, and where a
//! curve drives a law.
//!
//! Both curves are straight from nothing on the as-of date through their expiries, and go on beyond
//! the last as they came to it: ln(forward / start) with its last forward rate, total variance with
//! its last forward variance, so that volatility is flat before the first expiry.

use super::key::Kind;
use super::range::above;
use super::reader::{Reader, Span};
use super::records::in_order;
use super::schema;
use super::study::{Drift, Study, Volatility};
use super::table::{Column, Table, filled};
use crate::error::{Place, Problem, Problems};
use crate::tile::math;
use crate::time::DAYS_PER_YEAR;
use jiff::civil::Date;

/// A forward or futures price on the as-of date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForwardQuote {
    /// The day it is for.
    pub expiry: Date,
    /// Price, USD per BTC, of delivery on that day.
    pub price_usd_per_btc: f64,
}

/// An implied volatility on the as-of date, at the money.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VolatilityQuote {
    /// The day its options expire.
    pub expiry: Date,
    /// Volatility from the as-of date to that day, per √year.
    pub volatility_per_sqrt_year: f64,
}

pub(crate) const BTC_FORWARD: &[Column] = &[
    filled("expiry", Kind::Day),
    filled("price_usd_per_btc", Kind::Number(above(0.0, 1e9, "USD per BTC"))),
];
pub(crate) const BTC_IMPLIED_VOLATILITY: &[Column] = &[
    filled("expiry", Kind::Day),
    filled("volatility_per_sqrt_year", Kind::Number(above(0.0, 5.0, "per √year"))),
];

/// Fewest daily returns that are resampled: two thirds of a year.
pub const DAILY_RETURNS_MIN: usize = 250;
/// Factor from which on a forward and the start cannot mean the same.
const FACTOR_MAX: f64 = 5.0;
/// Fastest forward rate of the log price, per year: as fast as a stated drift may be.
const FORWARD_RATE_MAX: f64 = 5.0;

/// A function of days after the as-of date: 0 there, straight from point to point, and straight on.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Day and value, days ascending from above 0; at least one.
    points: Vec<(usize, f64)>,
}

impl Curve {
    /// The value so many days on.
    pub fn at(&self, days: f64) -> f64 {
        let after = self.points.partition_point(|(day, _)| (*day as f64) < days);
        let index = after.min(self.points.len() - 1);
        let (day, value) = self.point(index);
        value - self.slope_per_day(index) * (day - days)
    }
    /// Each straight part: the day it ends on, and its slope per day; the last has no end.
    pub fn parts(&self) -> impl Iterator<Item = (usize, f64)> {
        let last = self.points.len() - 1;
        let end = move |index: usize| if index == last { usize::MAX } else { self.points[index].0 };
        (0..=last).map(move |index| (end(index), self.slope_per_day(index)))
    }
    fn point(&self, index: usize) -> (f64, f64) {
        (self.points[index].0 as f64, self.points[index].1)
    }
    fn slope_per_day(&self, index: usize) -> f64 {
        let (day, value) = self.point(index);
        let (day_before, before) = if index == 0 { (0.0, 0.0) } else { self.point(index - 1) };
        (value - before) / (day - day_before)
    }
}

/// Refuses rows whose expiry is not after the as-of date.
fn refuse_expired(
    table: &Table<'_>,
    as_of: Date,
    rows: &[(Date, usize, f64)],
    problems: &mut Vec<Problem>,
) {
    for (expiry, row, _) in rows.iter().filter(|(expiry, ..)| *expiry <= as_of) {
        problems.push(
            Problem::new("a quote has expired by the as-of date")
                .at(table.place(*row, Some("expiry")))
                .found(expiry.to_string())
                .expected(format!("a day after {as_of}"))
                .help("quotes are those of the as-of date; remove the row"),
        );
    }
}

/// Expiries with their rows and values in order of time.
fn quotes(
    table: &Table<'_>,
    as_of: Date,
    column: &'static str,
    problems: &mut Vec<Problem>,
) -> (Vec<Date>, Span<Vec<(usize, f64)>>) {
    let mut rows = Vec::new();
    for row in 0..table.rows() {
        let mut cells = table.cells(row, problems);
        let value = cells.number(column);
        rows.extend(cells.day("expiry").map(|expiry| (expiry, row, value)));
    }
    refuse_expired(table, as_of, &rows, problems);
    let rows = rows.into_iter().map(|(expiry, row, value)| (expiry, row, (row, value))).collect();
    in_order(table, rows, |expiry, _| *expiry, problems)
}

pub(crate) fn read_btc_forward(
    table: &Table<'_>,
    as_of: Date,
    problems: &mut Vec<Problem>,
) -> Span<Vec<ForwardQuote>> {
    let (expiries, span) = quotes(table, as_of, "price_usd_per_btc", problems);
    let pairs = expiries.into_iter().zip(span.value);
    let quote = |(expiry, (_, price_usd_per_btc))| ForwardQuote { expiry, price_usd_per_btc };
    Span { value: pairs.map(quote).collect(), first: span.first, last: span.last }
}

pub(crate) fn read_btc_implied_volatility(
    table: &Table<'_>,
    as_of: Date,
    problems: &mut Vec<Problem>,
) -> Span<Vec<VolatilityQuote>> {
    const COLUMN: &str = "volatility_per_sqrt_year";
    let (expiries, span) = quotes(table, as_of, COLUMN, problems);
    let rows: Vec<usize> = span.value.iter().map(|(row, _)| *row).collect();
    let pairs = expiries.into_iter().zip(span.value);
    let quotes: Vec<VolatilityQuote> = pairs
        .map(|(expiry, (_, volatility))| VolatilityQuote {
            expiry,
            volatility_per_sqrt_year: volatility,
        })
        .collect();
    for (pair, rows) in quotes.windows(2).zip(rows.windows(2)) {
        let [before, after] = [&pair[0], &pair[1]].map(|quote| total_variance(quote, as_of));
        if after < before {
            let days = f64::from((pair[1].expiry - as_of).get_days());
            let least = (before * DAYS_PER_YEAR / days).sqrt();
            problems.push(
                Problem::new(format!(
                    "total variance falls from {} to {}: calendar arbitrage",
                    pair[0].expiry, pair[1].expiry
                ))
                .at(table.place(rows[1], Some(COLUMN)))
                .found(pair[1].volatility_per_sqrt_year.to_string())
                .expected(format!(
                    "at least {least:.4}: volatility² · time does not fall with time, and line {} \
                     says {}",
                    table.line(rows[0]),
                    pair[0].volatility_per_sqrt_year
                ))
                .help("quote both expiries of one time, at the money; or remove one of the rows"),
            );
        }
    }
    Span { value: quotes, first: span.first, last: span.last }
}

fn days_after(as_of: Date, expiry: Date) -> usize {
    usize::try_from((expiry - as_of).get_days()).expect("the reader refuses what has expired")
}

fn total_variance(quote: &VolatilityQuote, as_of: Date) -> f64 {
    let years = f64::from((quote.expiry - as_of).get_days()) / DAYS_PER_YEAR;
    quote.volatility_per_sqrt_year * quote.volatility_per_sqrt_year * years
}

impl Study {
    /// ln(forward / start) by days after the as-of date; `None` without quotes.
    pub fn btc_forward_curve(&self) -> Option<Curve> {
        let quotes = self.histories.btc_forward.as_ref().filter(|quotes| !quotes.is_empty())?;
        let start = self.btc_price.start_usd_per_btc;
        let point = |quote: &ForwardQuote| {
            (days_after(self.as_of, quote.expiry), math::ln(quote.price_usd_per_btc / start))
        };
        Some(Curve { points: quotes.iter().map(point).collect() })
    }
    /// Total implied variance of the log price by days after the as-of date; `None` without quotes.
    pub fn btc_variance_curve(&self) -> Option<Curve> {
        let quotes = self.histories.btc_implied_volatility.as_ref();
        let quotes = quotes.filter(|quotes| !quotes.is_empty())?;
        let point = |quote: &VolatilityQuote| {
            (days_after(self.as_of, quote.expiry), total_variance(quote, self.as_of))
        };
        Some(Curve { points: quotes.iter().map(point).collect() })
    }
    /// Drift of the level: the stated number, else the mean rate up to the last forward.
    ///
    /// # Panics
    /// If the drift is fitted and not settled, or its curve is missing.
    pub fn btc_drift_per_year(&self) -> f64 {
        match self.btc_price.drift_per_year {
            Drift::Stated(drift) => drift,
            Drift::Forward => {
                let curve = self.btc_forward_curve().expect("the reader asks for a curve");
                let last = curve.points.len() - 1;
                let (days, log_growth) = curve.point(last);
                log_growth / days * DAYS_PER_YEAR
            }
            Drift::Fitted => panic!("the drift is settled before it is asked for"),
        }
    }
    /// Sets that number; a forward curve is tilted to it.
    pub fn set_btc_drift(&mut self, per_year: f64) {
        match self.btc_price.drift_per_year {
            Drift::Forward => {
                let tilt = per_year - self.btc_drift_per_year();
                for quote in self.histories.btc_forward.iter_mut().flatten() {
                    let years = days_after(self.as_of, quote.expiry) as f64 / DAYS_PER_YEAR;
                    quote.price_usd_per_btc *= math::exp(tilt * years);
                }
            }
            _ => self.btc_price.drift_per_year = Drift::Stated(per_year),
        }
    }
    /// Multiplies the volatility of every law of the BTC price, the implied one included.
    pub fn scale_btc_volatility(&mut self, factor: f64) {
        self.btc_price_laws.scale_volatility(factor);
        for quote in self.histories.btc_implied_volatility.iter_mut().flatten() {
            quote.volatility_per_sqrt_year *= factor;
        }
    }
    /// Log returns of one day of the BTC history, both closes from the month on that calibration
    /// sees; where days are missing, the returns beside the gap follow one another.
    ///
    /// # Errors
    /// Fewer than [`DAILY_RETURNS_MIN`], or no history.
    pub fn btc_daily_log_returns(&self) -> Result<Vec<f64>, Problems> {
        const HELP: &str = "name a file of daily closes in data.btc_price, or take another model";
        let from = self.calibration.btc_price_from;
        let Some(series) = &self.histories.btc_price else {
            let problem = Problem::new("the model \"bootstrap\" needs daily closes");
            return Err(problem.expected("a history in data.btc_price").help(HELP).into());
        };
        let first = series.days.partition_point(|day| *day < from.first_day());
        let closes = series.days[first..].windows(2).zip(series.values[first..].windows(2));
        let of_one_day = closes.filter(|(days, _)| (days[1] - days[0]).get_days() == 1);
        let returns: Vec<f64> =
            of_one_day.map(|(_, close)| math::ln(close[1] / close[0])).collect();
        if returns.len() < DAILY_RETURNS_MIN {
            return Err(Problem::new("the model \"bootstrap\" needs daily closes")
                .at(Place::file(&series.account.file))
                .found(format!("{} returns of one day from {from} on", returns.len()))
                .expected(format!("at least {DAILY_RETURNS_MIN}"))
                .help(HELP)
                .into());
        }
        Ok(returns)
    }
    /// Notes a law or a drift that rests on a file which is not there, or says another thing.
    pub(crate) fn check_quotes(&self, reader: &mut Reader<'_>) {
        let no_file = |what: &str| format!("the name of a file in data.{what}");
        match self.btc_price.drift_per_year {
            Drift::Forward if self.btc_forward_curve().is_none() => {
                let key = schema::key("btc_price.drift_per_year");
                reader.refuse(key, "drift_per_year needs a forward curve", no_file("btc_forward"));
            }
            Drift::Fitted if self.histories.btc_price.is_none() => {
                let key = schema::key("btc_price.drift_per_year");
                reader.refuse(key, "drift_per_year needs a history to fit", no_file("btc_price"));
            }
            _ => {}
        }
        let gbm = self.btc_price_laws.gbm.as_ref();
        let is_implied = gbm.is_some_and(|gbm| gbm.volatility_per_sqrt_year == Volatility::Implied);
        if is_implied && self.btc_variance_curve().is_none() {
            let key = schema::key("btc_price.gbm.volatility_per_sqrt_year");
            let what = "volatility_per_sqrt_year needs implied volatilities";
            reader.refuse(key, what, no_file("btc_implied_volatility"));
        }
        let start = self.btc_price.start_usd_per_btc;
        let ratio = |quote: &ForwardQuote| quote.price_usd_per_btc / start;
        let nearest = self.histories.btc_forward.iter().flatten().next();
        let is_near = |ratio: &f64| (1.0 / FACTOR_MAX..=FACTOR_MAX).contains(ratio);
        if let Some(quote) = nearest.filter(|quote| !is_near(&ratio(quote))) {
            let mut problem = Problem::new("the forward curve does not begin near the start")
                .at(reader.place(schema::key("data.btc_forward")))
                .expected(format!("a price near {start}, the start, for {}", quote.expiry))
                .help("check its unit: USD per BTC");
            problem.found = Some(quote.price_usd_per_btc.to_string());
            reader.problems.push(problem);
            return;
        }
        let (mut day, mut price) = (self.as_of, start);
        for quote in self.histories.btc_forward.iter().flatten() {
            let years = f64::from((quote.expiry - day).get_days()) / DAYS_PER_YEAR;
            let rate = math::ln(quote.price_usd_per_btc / price) / years;
            if rate.abs() > FORWARD_RATE_MAX {
                let mut problem = Problem::new("the forward curve moves too fast")
                    .at(reader.place(schema::key("data.btc_forward")))
                    .expected(format!(
                        "at most {FORWARD_RATE_MAX} a year of the log, not {rate:.1} from {day} on"
                    ))
                    .help("check the expiry and the price; the last rate goes on to the end");
                problem.found = Some(format!("{} for {}", quote.price_usd_per_btc, quote.expiry));
                reader.problems.push(problem);
                break;
            }
            (day, price) = (quote.expiry, quote.price_usd_per_btc);
        }
        if self.btc_price.model.contains(super::study::BtcPriceModel::Bootstrap)
            && let Err(problems) = self.btc_daily_log_returns()
        {
            let place = reader.place(schema::key("btc_price.model"));
            reader.problems.extend(problems.0.into_iter().map(|problem| match problem.place {
                Some(_) => problem,
                None => problem.at(place.clone()),
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::study::{Overrides, Source};
    use super::*;
    use std::collections::BTreeMap;

    fn curve(points: &[(usize, f64)]) -> Curve {
        Curve { points: points.to_vec() }
    }

    #[test]
    fn a_curve_is_straight_between_its_points_and_beyond_the_last() {
        let curve = curve(&[(10, 1.0), (30, 5.0)]);
        for (day, value) in
            [(0.0, 0.0), (5.0, 0.5), (10.0, 1.0), (20.0, 3.0), (30.0, 5.0), (40.0, 7.0)]
        {
            assert!((curve.at(day) - value).abs() < 1e-15, "day {day}: {}", curve.at(day));
        }
        let parts: Vec<_> = curve.parts().collect();
        assert_eq!(parts, [(10, 0.1), (usize::MAX, 0.2)]);
    }

    fn study(forward: &str, volatility: &str) -> Study {
        let text = "extends = \"default\"\n[data]\nbtc_forward = \"f.csv\"\nbtc_implied_volatility \
                    = \"v.csv\"\n[btc_price]\ndrift_per_year = \"forward\"\n[btc_price.gbm]\n\
                    volatility_per_sqrt_year = \"implied\"";
        let texts = [("data.btc_forward", forward), ("data.btc_implied_volatility", volatility)];
        let texts: BTreeMap<_, _> =
            texts.into_iter().map(|(key, text)| (key.to_string(), text.to_string())).collect();
        let source = Source::Manifest(texts);
        Study::from_text("s.toml", text, &source, &Overrides::default()).unwrap()
    }

    const FORWARD: &str = "price_usd_per_btc,expiry\n64_000,2026-12-25\n63_000,2026-09-25";
    const VOLATILITY: &str = "expiry,volatility_per_sqrt_year\n2026-09-25,0.40\n2027-06-25,0.42";

    #[test]
    fn curves_pass_through_their_quotes_whatever_the_order_of_rows() {
        let study = study(
            &FORWARD.replace('_', "").replace("priceusdperbtc", "price_usd_per_btc"),
            VOLATILITY,
        );
        let curve = study.btc_forward_curve().unwrap();
        for (days, price) in [(56.0, 63_000.0), (147.0, 64_000.0)] {
            assert!((curve.at(days) - f64::ln(price / 62_814.0)).abs() < 1e-15);
        }
        let curve = study.btc_variance_curve().unwrap();
        assert!((curve.at(28.0) - 0.16 * 28.0 / 365.0).abs() < 1e-15, "flat before the first");
        assert!((curve.at(329.0) - 0.1764 * 329.0 / 365.0).abs() < 1e-15);
        let texts = study.inputs.iter().map(|i| (i.key.clone(), i.text.clone())).collect();
        let again = Study::from_text(
            "resolved",
            &study.resolved_toml(),
            &Source::Manifest(texts),
            &Overrides::default(),
        );
        assert_eq!(again.unwrap(), study);
    }

    #[test]
    fn a_tilt_moves_the_mean_rate_and_a_factor_the_volatility() {
        let mut study =
            study("expiry,price_usd_per_btc\n2026-09-25,63000\n2027-07-31,66000", VOLATILITY);
        let before = study.btc_drift_per_year();
        assert!((before - f64::ln(66_000.0 / 62_814.0)).abs() < 1e-15);
        study.set_btc_drift(before + 0.25);
        assert!((study.btc_drift_per_year() - before - 0.25).abs() < 1e-14);
        assert_eq!(study.btc_price.drift_per_year, Drift::Forward);
        let at = |study: &Study| study.btc_variance_curve().unwrap().at(100.0);
        let variance = at(&study);
        study.scale_btc_volatility(1.5);
        assert!((at(&study) / variance - 2.25).abs() < 1e-14);
    }
}
