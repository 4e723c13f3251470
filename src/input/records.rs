//! Histories that are records, not series: GPU-hour prices, AI capacity bought, hosting deals.
//!
//! In: CSV tables of our own columns, in any order of rows and columns. Out: records in order of
//! time, without a row after the as-of date. Not here: series, fits.

use super::key::Kind;
use super::period::Quarter;
use super::range::{Range, above, within};
use super::reader::Span;
use super::table::{Column, Table, filled, sparse};
use crate::error::Problem;
use jiff::civil::Date;
use std::fmt::Display;

/// What a GPU-hour cost in a quarter on one basis; at least one price is known.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuRateQuote {
    /// The quarter.
    pub quarter: Quarter,
    /// What kind of price it is: on demand, one year, marketplace.
    pub basis: String,
    /// Low end, USD per GPU-hour.
    pub low_usd_per_gpu_hour: Option<f64>,
    /// Typical, USD per GPU-hour.
    pub mid_usd_per_gpu_hour: Option<f64>,
    /// High end, USD per GPU-hour.
    pub high_usd_per_gpu_hour: Option<f64>,
    /// How well it is known.
    pub quality: String,
}

/// Data-centre revenue of the main GPU vendor, a measure of AI capacity bought.
#[derive(Debug, Clone, PartialEq)]
pub struct CapacityQuarter {
    /// Last day of the fiscal quarter.
    pub quarter_end: Date,
    /// Revenue of the quarter, million USD.
    pub revenue_million_usd: f64,
}

/// A published hosting deal.
#[derive(Debug, Clone, PartialEq)]
pub struct HostingDeal {
    /// Day of the announcement.
    pub date: Date,
    /// Who lets.
    pub landlord: String,
    /// Who rents.
    pub tenant: String,
    /// What is let, critical-IT MW.
    pub critical_it_mw: f64,
    /// Length of the lease, years.
    pub term_years: f64,
    /// Rent of the whole lease, USD.
    pub contract_value_usd: f64,
    /// Value by megawatt and year, USD; an average, so it contains the escalator.
    pub average_rent_usd_per_critical_it_mw_year: f64,
    /// Whether it contains an earlier deal of the list.
    pub is_cumulative: bool,
}

const GPU_USD: Kind = Kind::Number(above(0.0, 1e4, "USD per GPU-hour"));
pub(crate) const GPU_RATE: &[Column] = &[
    filled("quarter", Kind::Quarter),
    filled("basis", Kind::Text),
    sparse("low_usd_per_gpu_hour", GPU_USD),
    sparse("mid_usd_per_gpu_hour", GPU_USD),
    sparse("high_usd_per_gpu_hour", GPU_USD),
    filled("quality", Kind::Text),
    filled("source", Kind::Text),
];
pub(crate) const AI_CAPACITY: &[Column] = &[
    filled("quarter_end_date", Kind::Day),
    filled("fiscal_quarter", Kind::Text),
    filled("datacenter_revenue_million_usd", Kind::Number(above(0.0, 1e8, "million USD"))),
    filled("quality", Kind::Text),
    filled("source", Kind::Text),
];
const RENT_USD: Range = within(0.0, 1e9, "USD per critical-IT MW and year");
pub(crate) const RENT: &[Column] = &[
    filled("date", Kind::Day),
    filled("landlord", Kind::Text),
    filled("tenant", Kind::Text),
    filled("critical_it_mw", Kind::Number(above(0.0, 1e6, "critical-IT MW"))),
    filled("term_years", Kind::Number(above(0.0, 100.0, "years"))),
    filled("contract_value_usd", Kind::Number(above(0.0, 1e13, "USD"))),
    filled("average_rent_usd_per_critical_it_mw_year", Kind::Number(RENT_USD)),
    filled("is_cumulative", Kind::YesNo),
];

/// How far a stated average may be from the one worked out.
const AVERAGE_SHARE_MAX: f64 = 0.01;

/// A row with its place in time and its row number.
type Dated<K, R> = (K, usize, R);

/// Rows in order of their key; a key that comes twice is a problem.
pub(super) fn in_order<K: Ord + Clone + Display, R>(
    table: &Table<'_>,
    mut rows: Vec<Dated<K, R>>,
    last_day: impl Fn(&K, &R) -> Date,
    problems: &mut Vec<Problem>,
) -> (Vec<K>, Span<Vec<R>>) {
    let column = table.key_column();
    rows.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(&b.1)));
    for pair in rows.windows(2) {
        if pair[0].0 == pair[1].0 {
            problems.push(
                Problem::new(format!("{column} is given twice"))
                    .at(table.place(pair[1].1, Some(column)))
                    .found(pair[1].0.to_string())
                    .expected(format!("one row; another is in line {}", table.line(pair[0].1)))
                    .help("remove one of the two rows"),
            );
        }
    }
    let first = rows.iter().map(|(k, _, r)| last_day(k, r)).min();
    let last = rows.iter().map(|(k, _, r)| last_day(k, r)).max();
    let (keys, rows) = rows.into_iter().map(|(k, _, r)| (k, r)).unzip();
    (keys, Span { value: rows, first, last })
}

/// Records in order of their key; one that was not known on the as-of date is a problem.
fn known_in_order<K: Ord + Clone + Display, R>(
    table: &Table<'_>,
    as_of: Date,
    rows: Vec<Dated<K, R>>,
    last_day: impl Fn(&K, &R) -> Date,
    problems: &mut Vec<Problem>,
) -> Span<Vec<R>> {
    let late: Vec<_> = rows.iter().filter(|(k, _, r)| last_day(k, r) > as_of).collect();
    if let Some((key, row, _)) = late.first() {
        let rows = if late.len() == 1 { "row ends" } else { "rows end" };
        problems.push(
            Problem::new(format!("{} {rows} after the as-of date {as_of}", late.len()))
                .at(table.place(*row, Some(table.key_column())))
                .found(key.to_string())
                .expected("no row that was not known on the as-of date")
                .help("remove the row, or leave the history out: name \"\" in [data]"),
        );
    }
    in_order(table, rows, last_day, problems).1
}

pub(crate) fn read_gpu_rate(
    table: &Table<'_>,
    as_of: Date,
    problems: &mut Vec<Problem>,
) -> Span<Vec<GpuRateQuote>> {
    let mut rows = Vec::new();
    for row in 0..table.rows() {
        let mut cells = table.cells(row, problems);
        cells.text("source");
        let Some(quarter) = cells.quarter("quarter") else { continue };
        let quote = GpuRateQuote {
            quarter,
            basis: cells.text("basis"),
            low_usd_per_gpu_hour: cells.optional_number("low_usd_per_gpu_hour"),
            mid_usd_per_gpu_hour: cells.optional_number("mid_usd_per_gpu_hour"),
            high_usd_per_gpu_hour: cells.optional_number("high_usd_per_gpu_hour"),
            quality: cells.text("quality"),
        };
        let prices =
            [quote.low_usd_per_gpu_hour, quote.mid_usd_per_gpu_hour, quote.high_usd_per_gpu_hour];
        let known: Vec<f64> = prices.into_iter().flatten().collect();
        if known.is_empty() || !known.is_sorted() {
            problems.push(
                Problem::new("the prices of a GPU-hour are none, or not low, mid, high")
                    .at(table.place(row, Some("low_usd_per_gpu_hour")))
                    .found(format!("{known:?}"))
                    .expected("at least one price, in ascending order")
                    .help("correct the prices, or remove the row"),
            );
        }
        rows.push((format!("{quarter} {}", quote.basis), row, quote));
    }
    known_in_order(table, as_of, rows, |_, quote| quote.quarter.last_day(), problems)
}

pub(crate) fn read_ai_capacity(
    table: &Table<'_>,
    as_of: Date,
    problems: &mut Vec<Problem>,
) -> Span<Vec<CapacityQuarter>> {
    let mut rows = Vec::new();
    for row in 0..table.rows() {
        let mut cells = table.cells(row, problems);
        for text in ["fiscal_quarter", "quality", "source"] {
            cells.text(text);
        }
        let revenue_million_usd = cells.number("datacenter_revenue_million_usd");
        let end = cells.day("quarter_end_date");
        rows.extend(end.map(|quarter_end| {
            (quarter_end, row, CapacityQuarter { quarter_end, revenue_million_usd })
        }));
    }
    known_in_order(table, as_of, rows, |day, _| *day, problems)
}

/// Refuses an average rent that is not the value by megawatt and year.
fn refuse_other_average(
    table: &Table<'_>,
    row: usize,
    deal: &HostingDeal,
    problems: &mut Vec<Problem>,
) {
    let average = deal.contract_value_usd / deal.critical_it_mw / deal.term_years;
    let stated = deal.average_rent_usd_per_critical_it_mw_year;
    if (stated / average - 1.0).abs() > AVERAGE_SHARE_MAX {
        let column = "average_rent_usd_per_critical_it_mw_year";
        problems.push(
            Problem::new("the average rent is not contract value / MW / years")
                .at(table.place(row, Some(column)))
                .found(stated.to_string())
                .expected(format!("{average:.0} USD, within 1 %"))
                .help("correct one of the four numbers"),
        );
    }
}

pub(crate) fn read_rent(
    table: &Table<'_>,
    as_of: Date,
    problems: &mut Vec<Problem>,
) -> Span<Vec<HostingDeal>> {
    let mut rows = Vec::new();
    for row in 0..table.rows() {
        let mut cells = table.cells(row, problems);
        let Some(date) = cells.day("date") else { continue };
        let deal = HostingDeal {
            date,
            landlord: cells.text("landlord"),
            tenant: cells.text("tenant"),
            critical_it_mw: cells.number("critical_it_mw"),
            term_years: cells.number("term_years"),
            contract_value_usd: cells.number("contract_value_usd"),
            average_rent_usd_per_critical_it_mw_year: cells
                .number("average_rent_usd_per_critical_it_mw_year"),
            is_cumulative: cells.yes("is_cumulative"),
        };
        refuse_other_average(table, row, &deal, problems);
        rows.push((format!("{date} {} {}", deal.landlord, deal.tenant), row, deal));
    }
    known_in_order(table, as_of, rows, |_, deal| deal.date, problems)
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;
