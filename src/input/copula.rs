//! The copula of the scores' sums over the horizon, as a study names it.
//!
//! In: keys of `[dependence]`. Out: a [`Copula`]. Not here: the correlation matrices.

use super::key::{Key, Kind, Value};
use super::range::{Wrong, within};
use super::reader::{Item, Reader};
use crate::error::Problem;

/// Copula of the scores' sums over the horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Copula {
    /// No tail dependence: the days' normal scores and nothing else.
    Gaussian,
    /// Student's t: the fewer degrees of freedom, the likelier extremes come together.
    StudentT {
        /// Degrees of freedom, 2 to 100.
        degrees_of_freedom: f64,
    },
}

/// Which copula, and its degrees of freedom.
pub(crate) const KEYS: &[Key] = &[
    Key {
        table: "dependence",
        name: "copula",
        kind: Kind::OneOf(&["gaussian", "student_t"]),
        meaning: "Copula of each factor's sum of scores over the horizon, from `as_of` to the end of `target_year`.",
        typical: "\"gaussian\"",
    },
    Key {
        table: "dependence",
        name: "degrees_of_freedom",
        kind: Kind::Number(within(2.0, 100.0, "degrees of freedom")),
        meaning: "Of the Student-t copula: the fewer, the likelier extremes come together. Given with it, and only \
                  with it.",
        typical: "4.0",
    },
];

impl Copula {
    /// Reads the copula; degrees of freedom stand where the copula has some, and only there.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        let [copula, degrees_of_freedom] = [&KEYS[0], &KEYS[1]];
        let is_student_t = reader.item(copula, |item, _| match item {
            Item::Text(text) if text == "student_t" => Ok(true),
            Item::Text(text) if text == "gaussian" => Ok(false),
            _ => Err(Wrong::new("is not one of the copulas")),
        });
        if is_student_t == Some(true) {
            return Self::StudentT { degrees_of_freedom: f64::of(reader, degrees_of_freedom) };
        }
        if let Some(entry) = reader.entry(degrees_of_freedom).filter(|_| is_student_t.is_some()) {
            reader.problems.push(
                Problem::new("degrees_of_freedom has no part in this copula")
                    .at(entry.place.clone())
                    .found(&entry.text)
                    .help("remove it, or write copula = \"student_t\""),
            );
        }
        Self::Gaussian
    }
    /// Writes the keys that it was read from.
    pub(crate) fn write(&self, written: &mut Vec<(String, String)>) {
        let word = match self {
            Self::Gaussian => "gaussian",
            Self::StudentT { degrees_of_freedom } => {
                written.extend(degrees_of_freedom.write().map(|text| (KEYS[1].dotted(), text)));
                "student_t"
            }
        };
        written.push((KEYS[0].dotted(), format!("\"{word}\"")));
    }
}
