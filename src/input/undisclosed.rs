//! What a company does not disclose: a range in place of a number, or a blank cell.
//!
//! In: the cells of a row of the fleet or the contracts. Out: its numbers, and a list of those that
//! are not disclosed with what stands in for each. Not here: any draw; what rests on them.

use super::key::Kind;
use super::range::Amount;
use super::study::Study;
use super::table::{Cells, Column, Table};

/// The file that an undisclosed input belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roster {
    /// `fleet.tranches`.
    Fleet,
    /// `colocation.contracts`.
    Contracts,
}

impl Roster {
    /// Its word in outputs and in streams of chance.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fleet => "fleet",
            Self::Contracts => "contracts",
        }
    }
}

/// An input of the fleet or the contracts that is not disclosed.
#[derive(Debug, Clone, PartialEq)]
pub struct Undisclosed {
    /// Its file.
    pub roster: Roster,
    /// Its row: the name of the tranche or of the contract.
    pub row: String,
    /// Its column.
    pub column: &'static str,
    /// Unit of the column.
    pub unit: &'static str,
    /// What is taken in its place.
    pub instead: Instead,
}

/// What is taken in place of an input that is not disclosed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Instead {
    /// A number drawn uniformly between the two, once per group of paths; the study holds the
    /// middle.
    Range {
        /// The least it may be.
        low: f64,
        /// The most it may be, above `low`.
        high: f64,
    },
    /// The value of this dotted key of the study.
    Key(&'static str),
    /// This number.
    Number(f64),
    /// Nothing: no result rests on it.
    Nothing,
}

impl Undisclosed {
    /// Its name among the sources of chance, the same whatever other rows there are.
    pub fn name(&self) -> String {
        format!("{}/{}/{}", self.roster.name(), self.row, self.column)
    }
    /// What stands in its place, for people: `drawn from 30..60 USD per MWh`.
    pub fn instead(&self) -> String {
        match self.instead {
            Instead::Range { low, high } => format!("drawn from {low}..{high} {}", self.unit),
            Instead::Key(key) => format!("the value of {key}"),
            Instead::Number(value) => format!("{value} {}", self.unit),
            Instead::Nothing => "not known".into(),
        }
    }
    /// The two numbers that it is drawn between, where it is drawn.
    pub fn range(&self) -> Option<(f64, f64)> {
        match self.instead {
            Instead::Range { low, high } => Some((low, high)),
            _ => None,
        }
    }
}

impl Study {
    /// Gives an undisclosed input of the fleet or the contracts a value, in the unit of its column.
    ///
    /// # Panics
    /// If the study has no such row: who removes a row removes what it does not disclose.
    pub fn disclose(&mut self, input: &Undisclosed, value: f64) {
        match input.roster {
            Roster::Fleet => {
                let tranche = self.fleet.iter_mut().find(|tranche| tranche.name == input.row);
                tranche.expect("the row is in the fleet").set(input.column, value);
            }
            Roster::Contracts => {
                let mut contracts = self.colocation.contracts.iter_mut();
                let contract = contracts.find(|contract| contract.name() == input.row);
                contract.expect("the row is in the contracts").set(input.column, value);
            }
        }
    }
}

/// Reads the numbers of a row with `set`, and lists those that are not disclosed.
///
/// A blank cell counts as undisclosed only where the file has the column: without it the study's
/// own value is meant, for every row.
pub(super) fn read_numbers(
    table: &Table<'_>,
    cells: &mut Cells<'_>,
    (roster, row): (Roster, &str),
    blank: impl Fn(&str) -> Instead,
    mut set: impl FnMut(&'static str, f64),
) -> Vec<Undisclosed> {
    let mut found = Vec::new();
    for Column { name, kind, may_be_empty, .. } in table.columns() {
        let Kind::Number(range) = kind else { continue };
        let mut note = |instead| {
            let (row, column, unit) = (row.to_string(), *name, range.unit());
            found.push(Undisclosed { roster, row, column, unit, instead });
        };
        if *may_be_empty && cells.is_blank(name) {
            note(blank(name));
            continue;
        }
        match cells.amount(name) {
            Some(Amount::Number(value)) => set(name, value),
            Some(Amount::Between(low, high)) => {
                note(Instead::Range { low, high });
                set(name, 0.5 * (low + high));
            }
            None => {}
        }
    }
    found
}
