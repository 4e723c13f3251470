//! How a file was understood, and what became of each of its rows.
//!
//! In: what reading found out. Out: the account that `check` shows. Not here: sentences.

use super::columns::Columns;
use super::quantity::Quantity;
use super::rows::Used;
use super::sheet::Sheet;
use super::unit::Settled;
use std::fmt;

/// Why a row is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// All of its cells are blank.
    Blank,
    /// Its value is missing: empty, `-`, `null`, `NaN`.
    NoValue,
    /// Its value is 0, where 0 is none.
    Zero,
    /// A cell holds the value of the column beside it.
    Shifted,
    /// The same day with the same value stands in another row.
    Repeated,
    /// Its day was not known on the as-of date.
    AfterAsOf,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blank => "blank",
            Self::NoValue => "without a value",
            Self::Zero => "of zero",
            Self::Shifted => "with cells of the column beside",
            Self::Repeated => "repeated",
            Self::AfterAsOf => "after the as-of date",
        })
    }
}

/// Rows that are not used for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// The reason.
    pub reason: Reason,
    /// Their lines, or numbers of entries of JSON.
    pub lines: Vec<u64>,
}

/// How a file was read: rows read are rows used and rows set aside.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Key of the quantity: `btc_price`.
    pub quantity: String,
    /// What the quantity is called.
    pub noun: String,
    /// The file as the study names it.
    pub file: String,
    /// `,`, `;`, `|` or a tab; none in JSON.
    pub separator: Option<char>,
    /// Line of the header; none without one.
    pub header_line: Option<u64>,
    /// Lines before the header that are neither header nor rows.
    pub lines_before: usize,
    /// Column of the days.
    pub date_column: String,
    /// How it writes them: `a day as 2026-07-31`.
    pub date_format: String,
    /// Column of the values.
    pub value_column: String,
    /// Decimal mark of the values.
    pub decimal: char,
    /// Unit of the file.
    pub unit: String,
    /// Unit of the series, into which it was turned.
    pub own_unit: String,
    /// Why the unit is taken.
    pub unit_because: String,
    /// Columns that are not used.
    pub unused_columns: Vec<String>,
    /// Rows of the file.
    pub rows_read: usize,
    /// Rows that are values of the series.
    pub rows_used: usize,
    /// Rows that are not.
    pub set_aside: Vec<SetAside>,
    /// Rows whose day comes before that of the row above, in a file in no order.
    pub rows_out_of_order: usize,
    /// Volume of the last day over the usual one, where the file has volumes.
    pub last_volume_share: Option<f64>,
    /// What else was done to the days.
    pub notes: Vec<String>,
}

impl Account {
    /// An account of no file.
    #[cfg(test)]
    pub(crate) fn empty(key: &str) -> Self {
        let quantity = Quantity::of_key(key).expect("a quantity");
        let (unit, text) = (quantity.units[0].name, String::new);
        Self {
            quantity: quantity.key.into(),
            noun: quantity.noun.into(),
            file: "x.csv".into(),
            separator: Some(','),
            header_line: Some(1),
            lines_before: 0,
            date_column: text(),
            date_format: text(),
            value_column: text(),
            decimal: '.',
            unit: unit.into(),
            own_unit: unit.into(),
            unit_because: text(),
            unused_columns: Vec::new(),
            rows_read: 0,
            rows_used: 0,
            set_aside: Vec::new(),
            rows_out_of_order: 0,
            last_volume_share: None,
            notes: Vec::new(),
        }
    }
    /// Number of rows set aside for a reason.
    pub fn count(&self, reason: Reason) -> usize {
        self.set_aside.iter().find(|s| s.reason == reason).map_or(0, |s| s.lines.len())
    }
    /// Number of rows set aside.
    pub fn rows_set_aside(&self) -> usize {
        self.set_aside.iter().map(|set_aside| set_aside.lines.len()).sum()
    }
}

/// The account of a file that was read.
pub(crate) fn of(
    sheet: &Sheet,
    file: &str,
    quantity: &Quantity,
    columns: &Columns,
    settled: &Settled,
    used: &Used,
) -> Account {
    let unused = (0..sheet.names.len()).filter(|c| *c != columns.day && *c != columns.value);
    let account = Account {
        quantity: quantity.key.into(),
        noun: quantity.noun.into(),
        file: file.into(),
        separator: sheet.separator,
        header_line: sheet.header_line,
        lines_before: sheet.lines_before,
        date_column: columns.day_name.clone(),
        date_format: columns.format.describe(),
        value_column: columns.value_name.clone(),
        decimal: used.decimal.mark(),
        unit: settled.unit.name.into(),
        own_unit: quantity.units[0].name.into(),
        unit_because: settled.because.clone(),
        unused_columns: unused.map(|column| sheet.name(column)).collect(),
        rows_read: sheet.rows.len(),
        rows_used: used.days.len(),
        set_aside: used.set_aside.clone(),
        rows_out_of_order: used.rows_out_of_order,
        last_volume_share: used.last_volume_share,
        notes: used.notes.clone(),
    };
    assert_eq!(
        account.rows_read,
        account.rows_used + account.rows_set_aside(),
        "every row is accounted for"
    );
    account
}
