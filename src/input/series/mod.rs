//! Series as vendors export them: any separator, header, order of dates, unit; nothing guessed.
//!
//! In: the text of a file and what the study says of it. Out: days in order with values in the
//! quantity's own unit, and an account of the file: how it was understood and what became of each
//! of its rows. What a file does not decide is asked for, and every answer can be given in the
//! study. Not here: months, fits.
//!
//! The way of a text: `sheet` parts it into rows (or `json` does), `columns` finds days and
//! values, `day` and `number` read cells, `rows` uses or sets aside each row, `unit` settles
//! the unit.

mod account;
mod calendar;
mod columns;
mod comparison;
mod day;
mod json;
mod known;
mod number;
mod options;
mod quality;
mod quantity;
mod rows;
mod separator;
mod sheet;
mod shift;
mod stamp;
mod unit;

pub use account::{Account, Reason, SetAside};
pub use comparison::Comparison;
pub use options::SeriesFile;
pub use quality::Quality;

pub(crate) use options::{EXPECTED, OPTIONS};
pub(crate) use quantity::{QUANTITIES, Quantity};

use crate::error::Problem;
use jiff::civil::Date;
use sheet::Sheet;

/// One number a day, a month or a quarter, in order of time; no day comes twice.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The days; a month or a quarter stands at its last day.
    pub days: Vec<Date>,
    /// The value of each day, in the unit of the quantity: USD per BTC, EH/s, BTC a day.
    pub values: Vec<f64>,
    /// How the file was read.
    pub account: Account,
    /// What the study says of the file.
    pub file: SeriesFile,
    /// Other files of the same quantity, to hold this one against.
    pub others: Vec<Self>,
}

/// Reads a series; what is wrong with it is added to `problems`.
pub(crate) fn read(
    quantity: &'static Quantity,
    file: &str,
    text: &str,
    wanted: &SeriesFile,
    as_of: Date,
    problems: &mut Vec<Problem>,
) -> Option<Series> {
    let before = problems.len();
    let sheet = Sheet::read(file, text, wanted.separator(), problems)?;
    let columns = columns::find(&sheet, file, quantity, wanted, problems)?;
    let used = rows::read(&sheet, file, quantity, &columns, wanted, as_of, problems)?;
    if problems.len() > before {
        return None;
    }
    rows::refuse_signs(&sheet, file, quantity, &columns, problems);
    let place = crate::error::Place {
        file: file.into(),
        line: sheet.header_line,
        column: Some(sheet.name(columns.value)),
    };
    let hint = rows::hint(&sheet, quantity, &columns, wanted);
    let settled = unit::settle(quantity, hint, &used.days, &used.values, &place, problems)?;
    let values: Vec<f64> = used.values.iter().map(|value| value * settled.unit.factor).collect();
    rows::refuse_out_of_range(&sheet, file, quantity, &columns, &used, &values, problems);
    unit::refuse_strays(quantity, &used.days, &values, problems, |index| {
        let row = used.rows[index];
        (sheet.place(file, row, columns.value), sheet.cell(row, columns.value).to_string())
    });
    if problems.len() > before {
        return None;
    }
    let account = account::of(&sheet, &wanted.file, quantity, &columns, &settled, &used);
    let others = Vec::new();
    Some(Series { days: used.days, values, account, file: wanted.clone(), others })
}

/// The middle of sorted numbers; the mean of the two middle ones of an even count.
pub(crate) fn median_of_sorted(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted.len() % 2 {
        1 => sorted[middle],
        _ => 0.5 * (sorted[middle - 1] + sorted[middle]),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
