//! Rows in which a scraper put values into the wrong columns.
//!
//! In: a sheet and the column that is read. Out: the rows in which its cell repeats the cells
//! beside it, far from what the column holds around, while the first of a repeated group is where
//! it belongs. Columns of like size (open, high, low, close) cannot be told apart and are left
//! alone. Not here: what is done with the rows.

use super::number::{self, Decimal};
use super::sheet::Sheet;

/// Rows before and after that a cell is held against.
const ROWS_AROUND: usize = 15;
/// Deviation from the median around from which on a cell is out of place, and two columns differ.
const DEVIATION_MIN: f64 = 0.25;

/// A column of numbers with the median around each of its rows.
struct Around {
    values: Vec<Option<f64>>,
    medians: Vec<f64>,
}

impl Around {
    fn of(values: Vec<Option<f64>>) -> Self {
        let median = |row: usize| {
            let from = row.saturating_sub(ROWS_AROUND);
            let to = (row + ROWS_AROUND + 1).min(values.len());
            let mut around: Vec<f64> = values[from..to].iter().flatten().copied().collect();
            around.sort_by(f64::total_cmp);
            if around.is_empty() { f64::NAN } else { super::median_of_sorted(&around) }
        };
        let medians = (0..values.len()).map(median).collect();
        Self { values, medians }
    }
    /// Whether the value of a row is far from what stands around it.
    fn is_out_of_place(&self, row: usize) -> bool {
        self.values[row].is_some_and(|value| differ(value, self.medians[row]))
    }
}

fn differ(value: f64, from: f64) -> bool {
    (value - from).abs() > DEVIATION_MIN * from.abs()
}

/// Positions of the rows whose cell in the column `value` is not its own.
pub(crate) fn rows(sheet: &Sheet, day: usize, value: usize) -> Vec<usize> {
    let own = column(sheet, value);
    // Most files repeat nothing: nothing more is worked out for them.
    let beside = |row: &usize| {
        let same = |other: usize| {
            other != day && sheet.rows[*row].cells.get(other).is_some() && {
                let (a, b) = (sheet.cell(*row, value), sheet.cell(*row, other));
                a == b && !a.is_empty()
            }
        };
        (value > 0 && same(value - 1)) || same(value + 1)
    };
    let suspects: Vec<usize> = (0..sheet.rows.len()).filter(beside).collect();
    let suspects: Vec<usize> =
        suspects.into_iter().filter(|row| own.is_out_of_place(*row)).collect();
    if suspects.is_empty() {
        return suspects;
    }
    let columns: Vec<Around> =
        (0..sheet.names.len()).filter(|c| *c != day).map(|c| column(sheet, c)).collect();
    suspects.into_iter().filter(|row| holds_a_copy(&columns, *row)).collect()
}

/// Whether a cell that is at home in a row is repeated in the next column, where it is not.
fn holds_a_copy(columns: &[Around], row: usize) -> bool {
    let mut start = 0;
    for at in 1..=columns.len() {
        let first = columns[start].values[row];
        if at < columns.len() && first.is_some_and(|v| v != 0.0) && columns[at].values[row] == first
        {
            continue;
        }
        let run = &columns[start..at];
        let copied = |home: &Around, other: &Around| {
            !home.is_out_of_place(row)
                && other.is_out_of_place(row)
                && differ(other.medians[row], home.medians[row])
        };
        if run.len() > 1 && run.iter().any(|home| run.iter().any(|other| copied(home, other))) {
            return true;
        }
        start = at;
    }
    false
}

fn column(sheet: &Sheet, column: usize) -> Around {
    let cells = || sheet.column(column);
    let decimal = number::decide(cells(), sheet.separator.unwrap_or(',')).unwrap_or(Decimal::Point);
    Around::of(cells().map(|cell| number::parse(cell, decimal).ok()).collect())
}
