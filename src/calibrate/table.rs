//! Fits as rows of a table and as a fragment of a study file.
//!
//! In: fits. Out: one row a parameter; TOML with the fitted values under their keys, each with its
//! error in a comment. Not here: drawing the table, writing the file.

use super::{Fit, Parameter};
use crate::error::printable;
use std::fmt::Write;

/// A fragment of a study: each fitted value under its key, with error, n and window beside it.
///
/// What a study should not take as it is stands there as a comment, with the reason; so do the
/// notes. Values are rounded to five digits, far below any standard error here.
pub fn toml_fragment(fits: &[Fit]) -> String {
    let mut text = String::new();
    // Tables in order of appearance: TOML forbids to open one twice.
    let mut tables: Vec<(&str, String)> = Vec::new();
    for fit in fits {
        let head = format!("# {} ({}, n = {})\n", fit.law, fit.method, fit.observations);
        text += &head;
        for note in &fit.notes {
            // Every line is a comment: a basis that a file names may hold anything.
            let note = printable(note);
            text += &format!("#   {note}\n");
        }
        for value in values(&fit.parameters) {
            let Some((table, key)) = value.key.rsplit_once('.') else {
                text += &format!("#   {}\n", line(value.key, &value, fit));
                continue;
            };
            let mark = if value.parameters[0].caution.is_some() { "# " } else { "" };
            let entry = format!("{mark}{}\n", line(key, &value, fit));
            match tables.iter_mut().find(|(name, _)| *name == table) {
                Some((_, lines)) => *lines += &entry,
                None => tables.push((table, entry)),
            }
        }
    }
    for (table, lines) in tables {
        text += &format!("\n[{table}]\n{lines}");
    }
    text
}

/// A value of the study: a number, a list or a list of lists.
struct Value<'a> {
    key: &'a str,
    /// Its numbers, in order of their indices.
    parameters: &'a [Parameter],
}

/// The values of a fit: parameters of one name and several indices, as `key[0]`, are one.
fn values(parameters: &[Parameter]) -> impl Iterator<Item = Value<'_>> {
    let is_same = |a: &Parameter, b: &Parameter| a.key.contains('[') && name(a) == name(b);
    parameters.chunk_by(is_same).map(|some| Value { key: name(&some[0]), parameters: some })
}

/// The dotted key without indices.
fn name(parameter: &Parameter) -> &'static str {
    parameter.key.split('[').next().expect("a text has a first part")
}

impl Value<'_> {
    /// As TOML: `0.5`, `[0.5, 0.9]`, `[[0.9, 0.1], [0.2, 0.8]]`.
    fn toml(&self, show: impl Fn(&Parameter) -> String) -> String {
        let list = |some: &[Parameter]| some.iter().map(&show).collect::<Vec<_>>().join(", ");
        match self.parameters[0].key.matches('[').count() {
            0 => show(&self.parameters[0]),
            1 => format!("[{}]", list(self.parameters)),
            _ => {
                let is_row = |a: &Parameter, b: &Parameter| row(a) == row(b);
                let rows = self.parameters.chunk_by(is_row).map(|row| format!("[{}]", list(row)));
                format!("[{}]", rows.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// The first index of a key.
fn row(parameter: &Parameter) -> Option<&str> {
    parameter.key.split('[').nth(1)
}

fn line(key: &str, value: &Value<'_>, fit: &Fit) -> String {
    let first = &value.parameters[0];
    // Rows of probabilities must go on summing to 1: they keep all their digits.
    let sum: f64 = value.parameters.iter().map(|parameter| parameter.value).sum();
    let are_probabilities = value.parameters.len() > 1 && (sum - sum.round()).abs() < 1e-9;
    let mut line = format!(
        "{key} = {}",
        value.toml(|parameter| match are_probabilities {
            true => format!("{:?}", parameter.value),
            false => digits(parameter.value, 5),
        })
    );
    let error = |parameter: &Parameter| match parameter.std_error.is_finite() {
        true => digits(parameter.std_error, 2),
        false => "?".to_owned(),
    };
    // Writing to a string cannot fail.
    let _ = write!(
        line,
        "  # ± {}, n = {}, {} to {}, {}",
        value.toml(error),
        fit.observations,
        fit.window.0,
        fit.window.1,
        first.unit
    );
    if let Some(caution) = first.caution {
        let _ = write!(line, "; {caution}");
    }
    line
}

/// A number with that many significant digits, as a TOML float: `1500000.0`, `0.043812`.
fn digits(value: f64, significant: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value:?}");
    }
    // Powers of ten up to 22 are exact, and so is the decimal text of the rounded number.
    let exponent = value.abs().log10().floor() as i32;
    let places = significant - 1 - exponent;
    if places > 0 {
        format!("{value:.*}", places.unsigned_abs() as usize)
    } else {
        let unit = 10_f64.powi(-places);
        format!("{:?}", (value / unit).round() * unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn fit(parameters: Vec<Parameter>) -> Fit {
        Fit {
            law: "a law",
            parameters,
            observations: 66,
            window: (date(2021, 1, 31), date(2026, 7, 31)),
            log_likelihood: None,
            method: "a method",
            notes: vec!["a note\nof two lines = 1".into()],
            inference: None,
        }
    }

    fn fits() -> Vec<Fit> {
        let parameter = |key, value, std_error| Parameter::new(key, "per year", value, std_error);
        vec![
            fit(vec![
                parameter("btc_price.volatility_per_sqrt_year", 0.543_219_9, 0.0473),
                parameter("btc_price.drift_per_year", 0.3, 0.2).caution("a view"),
            ]),
            fit(vec![parameter("network.growth_per_month", 0.0, 0.0041)]),
            fit(vec![
                parameter("btc_price.later", 1_523_456.7, 45_678.0),
                parameter("described", 2.0, 0.1),
            ]),
        ]
    }

    #[test]
    fn the_fragment_is_toml_with_the_values_under_their_keys() {
        let text = toml_fragment(&fits());
        let table: toml::Table = text.parse().unwrap();
        let value = |table_name: &str, key: &str| table[table_name].get(key)?.as_float();
        assert_eq!(value("btc_price", "volatility_per_sqrt_year"), Some(0.54322));
        assert_eq!(value("btc_price", "later"), Some(1_523_500.0));
        assert_eq!(value("network", "growth_per_month"), Some(0.0));
        assert_eq!(value("btc_price", "drift_per_year"), None, "cautioned values are comments");
        assert_eq!(table.len(), 2, "descriptions and notes are comments");
    }

    #[test]
    fn each_value_stands_with_error_count_and_window() {
        let text = toml_fragment(&fits());
        let expected = "volatility_per_sqrt_year = 0.54322  # ± 0.047, n = 66, 2021-01-31 to \
                        2026-07-31, per year\n";
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("# drift_per_year = 0.30000  # ± 0.20, n = 66"), "{text}");
        assert!(text.contains("per year; a view"), "{text}");
    }

    #[test]
    fn parameters_with_indices_are_lists_of_the_study() {
        let parameter = |key, value| Parameter::new(key, "per day", value, f64::NAN);
        let text = toml_fragment(&[fit(vec![
            parameter("btc_price.regimes.volatility[0]", 0.3),
            parameter("btc_price.regimes.volatility[1]", 0.9),
            parameter("btc_price.regimes.transition[0][0]", 0.95),
            parameter("btc_price.regimes.transition[0][1]", 0.05),
            parameter("btc_price.regimes.transition[1][0]", 0.2),
            parameter("btc_price.regimes.transition[1][1]", 0.8),
        ])]);
        let table: toml::Table = text.parse().unwrap();
        let regimes = &table["btc_price"]["regimes"];
        assert_eq!(regimes["volatility"][1].as_float(), Some(0.9));
        assert_eq!(regimes["transition"][1][0].as_float(), Some(0.2));
        assert!(text.contains("# ± [?, ?], n = 66"), "{text}");
    }

    #[test]
    fn numbers_are_rounded_to_significant_digits() {
        assert_eq!(digits(0.043_812_34, 5), "0.043812");
        assert_eq!(digits(1_499_999.9, 5), "1500000.0");
        assert_eq!(digits(-12.345_67, 5), "-12.346");
        assert_eq!(digits(12_345.6, 5), "12346.0");
        assert_eq!(digits(0.0, 5), "0.0");
    }
}
