//! Rows in which a scraper put values into the wrong columns.
//!
//! In: a sheet, its rows in the order of time, the column that is read. Out: the rows in which its
//! cell repeats another, far from what the column holds around that time, while one of the equal
//! cells is where it belongs. Neither the order of rows nor that of columns matters. Right only for
//! scraped tables of products: days open at their low, and one payment has equal fees. Not here:
//! which quantities those are.

use super::columns::Columns;
use super::number::{self, Decimal};
use super::sheet::Sheet;

/// Rows before and after that a cell is held against.
const ROWS_AROUND: usize = 15;
/// Deviation from the median around from which on a cell is out of place, and two columns differ.
const DEVIATION_MIN: f64 = 0.25;

/// A column of numbers in the order of time.
struct Ordered {
    values: Vec<Option<f64>>,
}

impl Ordered {
    fn of(sheet: &Sheet, order: &[usize], column: usize) -> Self {
        let cells = || order.iter().map(|row| sheet.cell(*row, column));
        let separator = sheet.separator.unwrap_or(',');
        let decimal = number::decide(cells(), separator).unwrap_or(Decimal::Point);
        Self { values: cells().map(|cell| number::parse(cell, decimal).ok()).collect() }
    }
    /// The median of the values around a position.
    fn median(&self, at: usize) -> f64 {
        let from = at.saturating_sub(ROWS_AROUND);
        let to = (at + ROWS_AROUND + 1).min(self.values.len());
        let mut around: Vec<f64> = self.values[from..to].iter().flatten().copied().collect();
        around.sort_by(f64::total_cmp);
        if around.is_empty() { f64::NAN } else { super::median_of_sorted(&around) }
    }
    /// Whether the value at a position is far from what stands around it.
    fn is_out_of_place(&self, at: usize) -> bool {
        self.values[at].is_some_and(|value| differ(value, self.median(at)))
    }
}

fn differ(value: f64, from: f64) -> bool {
    (value - from).abs() > DEVIATION_MIN * from.abs()
}

/// Rows, ascending, whose cell in the column of values is not its own.
pub(crate) fn rows(sheet: &Sheet, order: &[usize], columns: &Columns) -> Vec<usize> {
    let others = || (0..sheet.names.len()).filter(|c| *c != columns.day && *c != columns.value);
    // Most files repeat nothing: nothing more is worked out for them.
    let repeats = |row: usize| {
        let cell = sheet.cell(row, columns.value);
        !cell.is_empty() && others().any(|other| sheet.cell(row, other) == cell)
    };
    let suspects: Vec<usize> = (0..order.len()).filter(|at| repeats(order[*at])).collect();
    if suspects.is_empty() {
        return suspects;
    }
    let own = Ordered::of(sheet, order, columns.value);
    let suspects: Vec<usize> = suspects.into_iter().filter(|at| own.is_out_of_place(*at)).collect();
    if suspects.is_empty() {
        return suspects;
    }
    let all: Vec<Ordered> = (0..sheet.names.len())
        .filter(|column| *column != columns.day)
        .map(|column| Ordered::of(sheet, order, column))
        .collect();
    let mut found: Vec<usize> =
        suspects.into_iter().filter(|at| holds_a_copy(&all, *at)).map(|at| order[at]).collect();
    found.sort_unstable();
    found
}

/// Whether a cell that is at home is repeated in a column of another size, where it is not.
fn holds_a_copy(columns: &[Ordered], at: usize) -> bool {
    let is_copy = |home: &Ordered, other: &Ordered| {
        home.values[at].is_some_and(|value| value != 0.0)
            && home.values[at] == other.values[at]
            && !home.is_out_of_place(at)
            && other.is_out_of_place(at)
            && differ(other.median(at), home.median(at))
    };
    columns.iter().any(|home| columns.iter().any(|other| is_copy(home, other)))
}
