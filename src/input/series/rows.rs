//! The rows of a sheet: each is used, set aside with a reason, or a problem.
//!
//! In: a sheet whose columns are known. Out: days in order with raw values, each with its row; the
//! rows set aside. Not here: units.

use super::account::{Reason, SetAside};
use super::columns::Columns;
use super::day;
use super::number::{self, Decimal};
use super::quantity::{self, Quantity, Unit, plain};
use super::sheet::{Sheet, is_blank};
use super::stamp::{self, Stamp};
use super::unit::{Hint, Said};
use super::{SeriesFile, shift};
use crate::error::{Place, Problem, note};
use crate::input::range::Wrong;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Days of volume that the last one is held against.
const VOLUME_DAYS: usize = 30;

/// What the rows came to.
pub(crate) struct Used {
    pub(crate) days: Vec<Date>,
    /// In the unit of the file.
    pub(crate) values: Vec<f64>,
    /// Row of the sheet of each day.
    pub(crate) rows: Vec<usize>,
    pub(crate) decimal: Decimal,
    pub(crate) set_aside: Vec<SetAside>,
    pub(crate) rows_out_of_order: usize,
    pub(crate) last_volume_share: Option<f64>,
    pub(crate) notes: Vec<String>,
}

/// Reads the rows; what is wrong with a cell is added to `problems`.
pub(crate) fn read(
    sheet: &Sheet,
    file: &str,
    quantity: &Quantity,
    columns: &Columns,
    wanted: &SeriesFile,
    as_of: Date,
    problems: &mut Vec<Problem>,
) -> Option<Used> {
    let before = problems.len();
    let decimal = decimal(sheet, file, columns, wanted, problems)?;
    let shifted = match quantity.is_scraped {
        true => shift::rows(sheet, &in_order_of_time(sheet, columns), columns),
        false => Vec::new(),
    };
    let mut set_aside: BTreeMap<Reason, Vec<usize>> = BTreeMap::new();
    let mut read: Vec<(Stamp, usize, f64)> = Vec::new();
    for row in 0..sheet.rows.len() {
        let cell = sheet.cell(row, columns.value);
        let aside = if is_blank(&sheet.rows[row].cells) {
            Some(Reason::Blank)
        } else if number::is_empty(cell) {
            Some(Reason::NoValue)
        } else if shifted.binary_search(&row).is_ok() {
            Some(Reason::Shifted)
        } else {
            None
        };
        if let Some(reason) = aside {
            set_aside.entry(reason).or_default().push(row);
            continue;
        }
        // The sign is the same in every unit.
        let signed = |value: f64| match value < 0.0 {
            true => quantity.range.check(value),
            false => Ok(value),
        };
        let value = match number::parse(cell, decimal).and_then(signed) {
            Ok(value) => value,
            Err(wrong) => {
                let name = sheet.name(columns.value);
                let mut problem = Problem::new(format!("{name} {}", wrong.what))
                    .at(sheet.place(file, row, columns.value))
                    .found(cell)
                    .expected(quantity.range.expected());
                let cure = "correct the cell, or leave it empty where there is no value";
                problem.help = wrong.help.or_else(|| Some(cure.into()));
                note(problems, problem);
                continue;
            }
        };
        let written = sheet.cell(row, columns.day);
        match day::read(&columns.format, written) {
            Some(_) if value == 0.0 && !quantity.may_be_zero => {
                set_aside.entry(Reason::Zero).or_default().push(row);
            }
            Some(stamp) => read.push((stamp, row, value)),
            None => {
                let name = sheet.name(columns.day);
                let what =
                    if written.is_empty() { "is missing" } else { "is no day of the format" };
                note(
                    problems,
                    Problem::new(format!("{name} {what}"))
                        .at(sheet.place(file, row, columns.day))
                        .found(written)
                        .expected(columns.format.describe())
                        .help("correct the row, or name another format: date_format"),
                );
            }
        }
    }
    if problems.len() > before {
        return None;
    }
    let stamps: Vec<Stamp> = read.iter().map(|(stamp, ..)| *stamp).collect();
    let zone = wanted.zone();
    if zone.is_none() && stamp::stands_before_midnight(&stamps) {
        let (stamp, row, _) = read[0];
        // A stamp in UTC may be midnight east of it, one of no zone midnight in UTC told west of it.
        let after = if stamp.is_in_utc() { "Europe/Berlin" } else { "-02:00" };
        problems.push(
            Problem::new("all times stand before midnight: of that day, or midnight elsewhere")
                .at(sheet.place(file, row, columns.day))
                .found(sheet.cell(row, columns.day))
                .expected(format!("{} or {}", stamp.date, stamp.date.saturating_add(1.days())))
                .help(format!(
                    "say which: timezone = \"UTC\" for the first, timezone = \"{after}\" for the second"
                )),
        );
        return None;
    }
    let dated = stamp::days_of(&stamps, zone.as_ref());
    let mut notes: Vec<String> = sheet.note.iter().cloned().chain(dated.note).collect();
    let rows_out_of_order = out_of_order(&dated.days);
    match rows_out_of_order {
        0 if dated.days.first() > dated.days.last() => notes.push("rows are newest first".into()),
        0 => {}
        rows => notes.push(format!("rows out of order, which were sorted: {rows}")),
    }
    let mut kept: Vec<(Date, usize, f64)> = Vec::new();
    for (day, (_, row, value)) in dated.days.iter().zip(&read) {
        if *day > as_of {
            set_aside.entry(Reason::AfterAsOf).or_default().push(*row);
        } else {
            kept.push((*day, *row, *value));
        }
    }
    kept.sort_by(|a, b| a.0.cmp(&b.0).then(a.2.total_cmp(&b.2)).then(a.1.cmp(&b.1)));
    kept.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0 && later.2 == earlier.2;
        if same {
            set_aside.entry(Reason::Repeated).or_default().push(later.1);
        }
        same
    });
    refuse_conflicts(sheet, file, columns, &kept, problems);
    if kept.is_empty() {
        problems.push(nothing_left(file, &set_aside, as_of));
    }
    if problems.len() > before {
        return None;
    }
    let line = |row: usize| sheet.rows[row].line;
    let lines = |mut rows: Vec<usize>| {
        rows.sort_unstable();
        rows.into_iter().map(line).collect()
    };
    let rows: Vec<usize> = kept.iter().map(|(_, row, _)| *row).collect();
    Some(Used {
        days: kept.iter().map(|(day, ..)| *day).collect(),
        values: kept.iter().map(|(.., value)| *value).collect(),
        last_volume_share: last_volume_share(sheet, &rows, decimal),
        rows,
        decimal,
        set_aside: set_aside
            .into_iter()
            .map(|(reason, rows)| SetAside { reason, lines: lines(rows) })
            .collect(),
        rows_out_of_order,
        notes,
    })
}

fn decimal(
    sheet: &Sheet,
    file: &str,
    columns: &Columns,
    wanted: &SeriesFile,
    problems: &mut Vec<Problem>,
) -> Option<Decimal> {
    let separator = match wanted.decimal() {
        Some(decimal) => return Some(decimal),
        None => sheet.separator.unwrap_or(','),
    };
    match number::decide(sheet.column(columns.value), separator) {
        Ok(decimal) => Some(decimal),
        Err(cell) => {
            let row = (0..sheet.rows.len()).find(|row| sheet.cell(*row, columns.value) == cell);
            problems.push(
                Problem::new("no row tells the decimal mark from the mark between thousands")
                    .at(sheet.place(file, row.unwrap_or(0), columns.value))
                    .found(cell)
                    .expected(number::readings(cell))
                    .help("say which mark the decimals have: decimal = \".\" or decimal = \",\""),
            );
            None
        }
    }
}

/// Rows that come before the row above in a file that ascends, after it in one that descends.
fn out_of_order(days: &[Date]) -> usize {
    let ascending = days.windows(2).filter(|pair| pair[0] < pair[1]).count();
    let descending = days.windows(2).filter(|pair| pair[0] > pair[1]).count();
    ascending.min(descending)
}

fn refuse_conflicts(
    sheet: &Sheet,
    file: &str,
    columns: &Columns,
    kept: &[(Date, usize, f64)],
    problems: &mut Vec<Problem>,
) {
    for pair in kept.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        let (first, second) = (pair[0].1.min(pair[1].1), pair[0].1.max(pair[1].1));
        note(
            problems,
            Problem::new(format!("{} has two values", pair[0].0))
                .at(sheet.place(file, second, columns.value))
                .found(sheet.cell(second, columns.value))
                .expected(format!(
                    "{} as in {}, or one row a day",
                    sheet.cell(first, columns.value),
                    match sheet.separator {
                        Some(_) => format!("line {}", sheet.rows[first].line),
                        None => format!("entry {}", sheet.rows[first].line),
                    }
                ))
                .help("remove one of the two rows, or export one value a day"),
        );
    }
}

fn nothing_left(file: &str, set_aside: &BTreeMap<Reason, Vec<usize>>, as_of: Date) -> Problem {
    let counts = set_aside.iter().map(|(reason, rows)| format!("{} rows {reason}", rows.len()));
    Problem::new("no row of the file can be used")
        .at(Place::file(file))
        .found(counts.collect::<Vec<_>>().join(", "))
        .expected(format!("a value on a day up to {as_of}"))
        .help("check the file, its columns of days and values, and as_of")
}

/// Rows with a day in the order of time, rows of one day as their cells are in order.
fn in_order_of_time(sheet: &Sheet, columns: &Columns) -> Vec<usize> {
    let stamped =
        |row: usize| Some((day::read(&columns.format, sheet.cell(row, columns.day))?, row));
    let mut rows: Vec<(Stamp, usize)> = (0..sheet.rows.len()).filter_map(stamped).collect();
    let cell = |row: usize| sheet.cell(row, columns.value);
    rows.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| cell(a.1).cmp(cell(b.1))));
    rows.into_iter().map(|(_, row)| row).collect()
}

/// What the study, the file and the cells say of the unit.
pub(crate) fn hint(
    sheet: &Sheet,
    quantity: &Quantity,
    columns: &Columns,
    wanted: &SeriesFile,
) -> Hint {
    // Any of several header rows may say it.
    let names = || sheet.names[columns.value].iter().filter_map(|name| quantity.named(name));
    let beside = || sheet.unit.as_ref().and_then(|text| unit_at_the_end(quantity, text));
    let signs = || sheet.column(columns.value).filter_map(number::currency);
    let dollars = || signs().any(|sign| sign == '$').then(|| quantity.unit("USD")).flatten();
    let of_sign = |sign| match sign {
        '€' => Some("EUR"),
        '£' => Some("GBP"),
        _ => None,
    };
    let beside_foreign = || sheet.unit.as_deref().and_then(quantity::foreign_at_the_end);
    let foreign = names().find_map(|named| named.foreign);
    let foreign = foreign.or_else(beside_foreign).or_else(|| signs().find_map(of_sign));
    if let Some(unit) = wanted.stated("unit").and_then(|name| quantity.unit(name)) {
        return Hint { unit: Some((unit, Said::Study)), foreign };
    }
    let unit = names().find_map(|named| named.unit).or_else(beside).or_else(dollars);
    Hint { unit: unit.map(|unit| (unit, Said::File)), foreign }
}

/// Refuses cells with signs of several currencies, or of one in which the quantity is not counted.
pub(crate) fn refuse_signs(
    sheet: &Sheet,
    file: &str,
    quantity: &Quantity,
    columns: &Columns,
    problems: &mut Vec<Problem>,
) {
    let sign = |row: &usize| number::currency(sheet.cell(*row, columns.value));
    let mut signed = (0..sheet.rows.len()).filter(|row| sign(row).is_some());
    let Some(first) = signed.next() else { return };
    let is_money = quantity.is_money();
    let row = if is_money { signed.find(|row| sign(row) != sign(&first)) } else { Some(first) };
    if let Some(row) = row {
        let what = if is_money { "cells are in several currencies" } else { "the cells are money" };
        problems.push(
            Problem::new(what)
                .at(sheet.place(file, row, columns.value))
                .found(sheet.cell(row, columns.value))
                .expected(quantity.range.expected())
                .help("export values in one unit"),
        );
    }
}

/// `Hash Rate TH/s`: the unit that a text ends in.
fn unit_at_the_end(quantity: &Quantity, text: &str) -> Option<Unit> {
    let text = plain(text);
    // One letter ends many words.
    let endings = quantity.endings().filter(|(ending, _)| ending.len() > 1);
    let ends = endings.filter(|(ending, _)| text.ends_with(ending));
    ends.max_by_key(|(ending, _)| ending.len()).map(|(_, unit)| unit)
}

/// Refuses values that no such quantity has.
pub(crate) fn refuse_out_of_range(
    sheet: &Sheet,
    file: &str,
    quantity: &Quantity,
    columns: &Columns,
    used: &Used,
    values: &[f64],
    problems: &mut Vec<Problem>,
) {
    for (row, value) in used.rows.iter().zip(values) {
        if let Err(wrong) = quantity.range.check(*value) {
            let wrong = Wrong {
                help: wrong.help.or(Some("correct the cell, or check the unit".into())),
                ..wrong
            };
            let mut problem = Problem::new(format!("{} {}", quantity.noun, wrong.what))
                .at(sheet.place(file, *row, columns.value))
                .found(sheet.cell(*row, columns.value))
                .expected(quantity.range.expected());
            problem.help = wrong.help;
            note(problems, problem);
        }
    }
}

/// The volume of the last day over the median of the days before.
fn last_volume_share(sheet: &Sheet, rows: &[usize], decimal: Decimal) -> Option<f64> {
    let is_volume = |column: &usize| {
        sheet.names[*column]
            .iter()
            .any(|name| plain(name) == "vol" || plain(name).contains("volume"))
    };
    let column = (0..sheet.names.len()).find(is_volume)?;
    let volumes: Vec<f64> = rows
        .iter()
        .rev()
        .take(VOLUME_DAYS + 1)
        .filter_map(|row| number::parse(sheet.cell(*row, column), decimal).ok())
        .collect();
    let (last, earlier) = volumes.split_first()?;
    let mut earlier = earlier.to_vec();
    earlier.sort_by(f64::total_cmp);
    let is_enough = earlier.len() == VOLUME_DAYS;
    is_enough.then(|| last / super::median_of_sorted(&earlier)).filter(|share| share.is_finite())
}
