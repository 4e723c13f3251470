//! What calibration found, as rows.
//!
//! In: fitted values with their errors. Out: a table, JSON or CSV. Not here: the fits.

#[cfg(feature = "text")]
use super::number::{value_only, with_error};
#[cfg(feature = "text")]
use crate::risk::Estimate;
use serde::Serialize;
use std::io::{self, Write};

/// One fitted value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FitRow {
    /// Dotted key of the study: `btc_price.gbm.volatility_per_sqrt_year`.
    pub key: String,
    /// The fitted value, in the unit.
    pub value: f64,
    /// Its standard error, same unit; NaN where it is not known.
    pub std_error: f64,
    /// Its standard error by the sandwich, same unit; `None` where not computed.
    pub robust_std_error: Option<f64>,
    /// The law among those of its factor that it is a parameter of; `None` where there is one alone.
    pub model: Option<String>,
    /// Its unit.
    pub unit: String,
    /// What the study says now; `None` where the study has no such value.
    pub study_value: Option<f64>,
    /// Observations used.
    pub observations: usize,
    /// First and last date used: `2021-01 to 2026-07`.
    pub window: String,
    /// How it was fitted.
    pub method: String,
}

/// Writes the fits as CSV, one value a row.
///
/// # Errors
/// If `out` refuses a write.
pub fn write_csv(fits: &[FitRow], out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record([
        "key",
        "value",
        "std_error",
        "robust_std_error",
        "model",
        "unit",
        "study_value",
        "observations",
        "window",
        "method",
    ])?;
    for fit in fits {
        table.write_record([
            fit.key.clone(),
            fit.value.to_string(),
            fit.std_error.to_string(),
            fit.robust_std_error.map_or_else(|| "none".into(), |error| error.to_string()),
            fit.model.clone().unwrap_or_else(|| "none".into()),
            super::csv::neutralised(&fit.unit).into_owned(),
            fit.study_value.map_or_else(|| "none".into(), |value| value.to_string()),
            fit.observations.to_string(),
            fit.window.clone(),
            super::csv::neutralised(&fit.method).into_owned(),
        ])?;
    }
    table.flush()
}

/// Writes the fits as a JSON list.
///
/// # Errors
/// If `out` refuses a write.
pub fn write_json(fits: &[FitRow], mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, fits)?;
    writeln!(out)
}

/// The fits for a terminal: found, with both errors, beside what the study says; a heading for each
/// sample.
#[cfg(feature = "text")]
pub fn lines(fits: &[FitRow]) -> Vec<String> {
    let mut lines = Vec::new();
    for (sample, grid) in tables(fits) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(sample);
        lines.extend(grid.lines());
    }
    lines
}

/// A table for each sample of observations, with what it is.
#[cfg(feature = "text")]
pub(super) fn tables(fits: &[FitRow]) -> Vec<(String, super::grid::Grid)> {
    let titles = ["key", "found", "robust", "in the study"];
    let mut tables = Vec::new();
    let is_same =
        |a: &FitRow, b: &FitRow| (&a.window, a.observations) == (&b.window, b.observations);
    for sample in fits.chunk_by(is_same) {
        let mut grid = super::grid::Grid::new(1, &titles);
        for fit in sample {
            let half = 2.0 * fit.std_error;
            let estimate = Estimate {
                value: fit.value,
                std_error: fit.std_error,
                ci_low: fit.value - half,
                ci_high: fit.value + half,
            };
            let robust = fit.robust_std_error.filter(|error| error.is_finite()).map(|error| {
                Estimate { value: error, std_error: error, ci_low: 0.0, ci_high: 2.0 * error }
            });
            grid.row(vec![
                fit.key.clone(),
                with_error(estimate, 1.0),
                robust.map_or_else(|| "-".into(), |error| format!("±{}", value_only(error, 1.0))),
                fit.study_value.map_or_else(|| "-".into(), super::number::exact),
            ]);
        }
        let of = format!("{} observations, {}", sample[0].observations, sample[0].window);
        tables.push((of, grid));
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<FitRow> {
        let row = |key: &str, value, std_error, study_value| FitRow {
            key: key.into(),
            value,
            std_error,
            robust_std_error: None,
            model: None,
            unit: "per sqrt year".into(),
            study_value,
            observations: 66,
            window: "2021-01 to 2026-07".into(),
            method: "maximum likelihood".into(),
        };
        vec![row("a.volatility", 0.5123, 0.046, Some(0.5)), row("a.level", 2.0, f64::NAN, None)]
    }

    #[cfg(feature = "text")]
    #[test]
    fn what_was_found_stands_beside_what_the_study_says() {
        let text = lines(&sample()).join("\n");
        let line = text.lines().find(|line| line.starts_with("a.volatility")).unwrap();
        assert!(line.contains("0.51 ±0.05") && line.ends_with(" 0.5"), "{line}");
        assert!(text.contains("2 ±?"), "an unknown error is shown as unknown: {text}");
    }

    #[test]
    fn a_missing_study_value_is_named_in_csv_and_null_in_json() {
        let mut out = Vec::new();
        write_csv(&sample(), &mut out).unwrap();
        assert!(
            String::from_utf8(out)
                .unwrap()
                .contains("a.level,2,NaN,none,none,per sqrt year,none,66")
        );
        let mut out = Vec::new();
        write_json(&sample(), &mut out).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert!(json[1]["study_value"].is_null());
    }
}
