//! Reading histories.
//!
//! In: CSV tables in any order of rows and columns. Out: series in order of time, without a row
//! after the as-of date. Not here: fits.

use super::period::YearMonth;
use super::reader::{Reader, Span};
use super::series::{
    CapacityQuarter, DATA, EpochSeries, GpuRateQuote, Histories, HostingDeal, MonthlySeries,
    NetworkSeries,
};
use super::table::Table;
use crate::error::{Place, Problem};
use jiff::civil::Date;
use std::fmt::Display;

impl Histories {
    /// Reads the histories that the study names.
    pub(crate) fn read(reader: &mut Reader<'_>, as_of: Date) -> Self {
        Self {
            btc_price: history(reader, "btc_price", as_of, read_btc_price),
            network: history(reader, "network", as_of, read_network),
            difficulty: history(reader, "difficulty", as_of, read_difficulty),
            gpu_rate: history(reader, "gpu_rate", as_of, read_gpu_rate),
            ai_capacity: history(reader, "ai_capacity", as_of, read_ai_capacity),
            rent: history(reader, "rent", as_of, read_rent),
        }
    }
}

fn history<T>(
    reader: &mut Reader<'_>,
    name: &str,
    as_of: Date,
    read: fn(&Table<'_>, Date, &mut Vec<Problem>) -> Span<T>,
) -> Option<T> {
    let declared = DATA.iter().find(|(key, _)| key.name == name);
    let (key, columns) = declared.expect("every history has a key of [data]");
    reader.entry(key)?;
    reader.file(key, columns, |table, problems| read(table, as_of, problems))
}

/// A row with its place in time and its row number.
type Dated<K, R> = (K, usize, R);

/// Rows in order of their key; a key that comes twice, or a day after the as-of date, is a problem.
fn in_order<K: Ord + Clone + Display, R>(
    table: &Table<'_>,
    as_of: Date,
    mut rows: Vec<Dated<K, R>>,
    last_day: impl Fn(&K, &R) -> Date,
    problems: &mut Vec<Problem>,
) -> (Vec<K>, Span<Vec<R>>) {
    let column = table.key_column();
    let late: Vec<_> = rows.iter().filter(|(k, _, r)| last_day(k, r) > as_of).collect();
    if let Some((key, row, _)) = late.first() {
        let rows = if late.len() == 1 { "row ends" } else { "rows end" };
        problems.push(
            Problem::new(format!("{} {rows} after the as-of date {as_of}", late.len()))
                .at(table.place(*row, Some(column)))
                .found(key.to_string())
                .expected("no row that was not known on the as-of date")
                .help("remove the row, or leave the history out: name \"\" in [data]"),
        );
    }
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

/// A month that lacks would be read as one long month.
fn refuse_gaps(table: &Table<'_>, months: &[YearMonth], problems: &mut Vec<Problem>) {
    for pair in months.windows(2) {
        if pair[1].index() > pair[0].index() + 1 {
            problems.push(
                Problem::new(format!("no month between {} and {}", pair[0], pair[1]))
                    .at(Place::file(table.file()))
                    .expected("one row for every month")
                    .help("fill in the months, or begin the file after the gap"),
            );
        }
    }
}

fn read_btc_price(
    table: &Table<'_>,
    as_of: Date,
    problems: &mut Vec<Problem>,
) -> Span<MonthlySeries> {
    let mut rows = Vec::new();
    for row in 0..table.rows() {
        let mut cells = table.cells(row, problems);
        let (month, close) = (cells.month("month"), cells.number("close_usd_per_btc"));
        rows.extend(month.map(|month| (month, row, close)));
    }
    let (months, span) = in_order(table, as_of, rows, |m, _| m.last_day(), problems);
    refuse_gaps(table, &months, problems);
    Span { value: MonthlySeries { months, values: span.value }, first: span.first, last: span.last }
}

fn read_network(
    table: &Table<'_>,
    as_of: Date,
    problems: &mut Vec<Problem>,
) -> Span<NetworkSeries> {
    let mut rows = Vec::new();
    for row in 0..table.rows() {
        let mut cells = table.cells(row, problems);
        let month = cells.month("month");
        let numbers = (
            cells.number("mean_hashrate_eh_per_s"),
            cells.number("mean_difficulty"),
            cells.optional_number("mean_fees_btc_per_day"),
        );
        rows.extend(month.map(|month| (month, row, numbers)));
    }
    let (months, span) = in_order(table, as_of, rows, |m, _| m.last_day(), problems);
    refuse_gaps(table, &months, problems);
    let value = NetworkSeries {
        months,
        hashrate_eh_per_s: span.value.iter().map(|r| r.0).collect(),
        difficulty: span.value.iter().map(|r| r.1).collect(),
        fees_btc_per_day: span.value.iter().map(|r| r.2).collect(),
    };
    Span { value, first: span.first, last: span.last }
}

fn read_difficulty(
    table: &Table<'_>,
    as_of: Date,
    problems: &mut Vec<Problem>,
) -> Span<EpochSeries> {
    let mut rows = Vec::new();
    for row in 0..table.rows() {
        let mut cells = table.cells(row, problems);
        let (height, start) = (cells.whole("first_height"), cells.day("start_date"));
        let rest = (cells.yes("start_date_is_exact"), cells.number("difficulty"));
        rows.extend(start.map(|start| (height, row, (start, rest.0, rest.1, row))));
    }
    let (first_height, span) = in_order(table, as_of, rows, |_, r| r.0, problems);
    if let Some(first) = first_height.first().filter(|height| !height.is_multiple_of(2016)) {
        problems.push(
            Problem::new("first_height is not the first block of a difficulty epoch")
                .at(Place::file(table.file()))
                .found(first.to_string())
                .expected("a multiple of 2016"),
        );
    }
    for (index, pair) in first_height.windows(2).enumerate() {
        let (earlier, later) = (&span.value[index], &span.value[index + 1]);
        let wrong = if pair[1] != pair[0] + 2016 && pair[1] != pair[0] {
            format!("no epoch of 2016 blocks leads from {} to {}", pair[0], pair[1])
        } else if later.0 < earlier.0 {
            format!("block {} is dated before block {}", pair[1], pair[0])
        } else {
            continue;
        };
        problems.push(
            Problem::new(wrong)
                .at(table.place(later.3, Some("first_height")))
                .expected("each epoch 2016 blocks and some days after the one before"),
        );
    }
    let value = EpochSeries {
        first_height,
        start: span.value.iter().map(|r| r.0).collect(),
        start_is_exact: span.value.iter().map(|r| r.1).collect(),
        difficulty: span.value.iter().map(|r| r.2).collect(),
    };
    Span { value, first: span.first, last: span.last }
}

fn read_gpu_rate(
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
        rows.push((format!("{quarter} {}", quote.basis), row, quote));
    }
    in_order(table, as_of, rows, |_, quote| quote.quarter.last_day(), problems).1
}

fn read_ai_capacity(
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
    in_order(table, as_of, rows, |day, _| *day, problems).1
}

fn read_rent(
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
        rows.push((format!("{date} {} {}", deal.landlord, deal.tenant), row, deal));
    }
    in_order(table, as_of, rows, |_, deal| deal.date, problems).1
}

#[cfg(test)]
#[path = "histories_tests.rs"]
mod tests;
