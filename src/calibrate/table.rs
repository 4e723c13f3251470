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
        for parameter in &fit.parameters {
            let Some((table, key)) = parameter.key.rsplit_once('.') else {
                text += &format!("#   {}\n", line(parameter.key, parameter, fit));
                continue;
            };
            let mark = if parameter.caution.is_some() { "# " } else { "" };
            let entry = format!("{mark}{}\n", line(key, parameter, fit));
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

fn line(key: &str, parameter: &Parameter, fit: &Fit) -> String {
    let mut line = format!(
        "{key} = {}  # ± {}, n = {}, {} to {}, {}",
        digits(parameter.value, 5),
        digits(parameter.std_error, 2),
        fit.observations,
        fit.window.0,
        fit.window.1,
        parameter.unit
    );
    if let Some(caution) = parameter.caution {
        // Writing to a string cannot fail.
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
    fn numbers_are_rounded_to_significant_digits() {
        assert_eq!(digits(0.043_812_34, 5), "0.043812");
        assert_eq!(digits(1_499_999.9, 5), "1500000.0");
        assert_eq!(digits(-12.345_67, 5), "-12.346");
        assert_eq!(digits(12_345.6, 5), "12346.0");
        assert_eq!(digits(0.0, 5), "0.0");
    }
}
