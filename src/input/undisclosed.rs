//! What a company does not disclose: a range in place of a number, or a blank cell.
//!
//! In: the cells of a row of the fleet or the contracts. Out: its numbers, and a list of those that
//! are not disclosed with what stands in for each. Not here: any draw; what rests on them.

use super::contracts;
use super::key::Kind;
use super::range::Amount;
use super::study::{StatusQuo, Study};
use super::table::{Cells, Table};

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
    /// Position of its row in the study's fleet, or in its contracts.
    pub position: usize,
    /// Its row, for people: the name of the tranche or of the contract.
    pub row: String,
    /// What tells its row from every other that a file may have.
    pub key: String,
    /// Its column.
    pub column: &'static str,
    /// Unit of the column; empty where it holds no numbers.
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
    /// What these words say.
    Words(&'static str),
    /// Nothing.
    Nothing,
}

impl Undisclosed {
    /// Its name among the sources of chance, the same whatever other rows there are.
    pub fn name(&self) -> String {
        format!("{}/{}/{}", self.roster.name(), self.key, self.column)
    }
    /// What stands in its place, for people: `drawn from 30..60 USD per MWh`.
    pub fn instead(&self) -> String {
        match self.instead {
            Instead::Range { low, high } => format!("drawn from {low}..{high} {}", self.unit),
            Instead::Key(key) => format!("the value of {key}"),
            Instead::Number(value) => format!("{value} {}", self.unit),
            Instead::Words(words) => words.into(),
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
    /// The value of a key of the study in the unit of the column.
    pub fn in_its_unit(&self, value: f64) -> f64 {
        if self.column == contracts::RENT_OF_KW {
            value / contracts::KW_MONTHS_PER_MW_YEAR
        } else {
            value
        }
    }
}

impl Study {
    /// Gives an undisclosed input of the fleet or the contracts a value, in the unit of its column.
    ///
    /// # Panics
    /// If the study has no such row: who removes a row removes what it does not disclose.
    pub fn disclose(&mut self, input: &Undisclosed, value: f64) {
        let position = input.position;
        match input.roster {
            Roster::Fleet => self.fleet[position].set(input.column, value),
            Roster::Contracts => self.colocation.contracts[position].set(input.column, value),
        }
    }
    /// Columns of the fleet and of the contracts that are filled in, and that no result rests on yet.
    pub fn idle_columns(&self) -> Vec<(Roster, &'static str)> {
        let fleet = self.fleet.iter().filter(|_| self.treasury.is_none());
        let fleet = fleet.flat_map(|tranche| tranche.balance_sheet.known());
        let is_signed = self.diversion.status_quo == StatusQuo::Signed;
        let counts = |column: &&str| match *column {
            "tenant_class" | "backstop" => self.credit.is_some(),
            "status" => is_signed,
            "term_years" => self.appraisal.is_some(),
            _ => false,
        };
        let contracts = self.colocation.contracts.iter();
        let terms = contracts.flat_map(|contract| contract.terms.known());
        let terms = terms.filter(|column| !counts(column));
        let fleet = fleet.map(|column| (Roster::Fleet, column));
        let all = fleet.chain(terms.map(|column| (Roster::Contracts, column)));
        let mut columns = Vec::new();
        for column in all {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        columns
    }
}

/// What a row does not disclose: column, unit, and what is taken in its place.
pub(super) type Gaps = Vec<(&'static str, &'static str, Instead)>;

/// Reads the numbers of a row with `set`; says what the row does not disclose.
///
/// A blank cell counts as undisclosed only where the file has the column: without it the study's
/// own value is meant, for every row.
pub(super) fn read_numbers(
    table: &Table<'_>,
    cells: &mut Cells<'_>,
    mut set: impl FnMut(&'static str, f64),
) -> Gaps {
    let mut gaps = Vec::new();
    for column in table.columns() {
        if column.may_be_empty && cells.is_blank(column.name) {
            gaps.push((column.name, column.unit(), column.blank));
        } else if let Kind::Number(_) = column.kind {
            match cells.amount(column.name) {
                Some(Amount::Number(value)) => set(column.name, value),
                Some(Amount::Between(low, high)) => {
                    gaps.push((column.name, column.unit(), Instead::Range { low, high }));
                    set(column.name, 0.5 * (low + high));
                }
                None => {}
            }
        }
    }
    gaps
}

/// The two ends of a number of a row, equal where it is disclosed; nothing where it is not known.
pub(super) fn ends(gaps: &Gaps, column: &str, value: Option<f64>) -> Option<(f64, f64)> {
    let gap = gaps.iter().find(|(name, ..)| *name == column);
    match gap.map(|(.., instead)| instead) {
        Some(Instead::Range { low, high }) => Some((*low, *high)),
        _ => value.map(|value| (value, value)),
    }
}
