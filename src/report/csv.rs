//! Results as CSV: tidy tables for notebooks.
//!
//! In: rows of numbers with their names. Out: `summary.csv`, `spread.csv`, `variations.csv`,
//! `undisclosed.csv`, `stress.csv`, floats in the shortest form that reads back to the same bits. Not here: rounding, files.

use super::SummaryRow;
use super::results::{ClaimResult, HeadlineSpread, Side, StressRow, UndisclosedInput, Variation};
use crate::risk::Estimate;
use std::borrow::Cow;
use std::io::{self, Write};

/// Columns of `summary.csv`.
pub const SUMMARY_COLUMNS: [&str; 12] = [
    "company",
    "model",
    "share",
    "effective_share",
    "status",
    "metric",
    "measure",
    "unit",
    "value",
    "std_error",
    "ci_low",
    "ci_high",
];

/// Columns of `spread.csv`: tidy, one number a row.
pub const SPREAD_COLUMNS: [&str; 8] =
    ["metric", "measure", "uncertain_by", "unit", "sd", "std_error", "ci_low", "ci_high"];

/// Columns of `bridge.csv`: one step from a claim to the study's number a row.
pub const BRIDGE_COLUMNS: [&str; 5] =
    ["step", "amount_usd", "std_error", "level_usd", "level_std_error"];

/// Columns of `claim.csv`: an outcome that the claim may be about a row.
pub const CLAIM_COLUMNS: [&str; 5] =
    ["outcome", "share_of_worlds_below", "std_error", "ci_low", "ci_high"];

/// Columns of `variations.csv`: tidy, one number a row.
pub const VARIATION_COLUMNS: [&str; 10] = [
    "variation",
    "change",
    "side",
    "paths",
    "quantity",
    "unit",
    "value",
    "std_error",
    "ci_low",
    "ci_high",
];

/// Columns of `undisclosed.csv`; `metrics` is a list with blanks between.
pub const UNDISCLOSED_COLUMNS: [&str; 9] =
    ["file", "row", "column", "unit", "low", "high", "default", "default_key", "metrics"];

/// Columns of `stress.csv`: tidy, one number a row with its difference to the base.
pub const STRESS_COLUMNS: [&str; 9] = [
    "stress",
    "share",
    "metric",
    "measure",
    "unit",
    "value",
    "std_error",
    "difference",
    "difference_std_error",
];

/// Writes `summary.csv`: one number a row with its error.
///
/// # Errors
/// If `out` refuses a write.
pub fn write_summary(rows: &[SummaryRow], out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(SUMMARY_COLUMNS)?;
    for row in rows {
        for text in [&row.company, &row.model] {
            table.write_field(&*neutralised(text))?;
        }
        table.write_field(row.share.to_string())?;
        table.write_field(row.effective_share.to_string())?;
        for text in [row.status.name(), &row.metric, &row.measure, row.unit] {
            table.write_field(&*neutralised(text))?;
        }
        write_estimate(&mut table, &row.estimate)?;
    }
    table.flush()
}

/// Writes `spread.csv`: for each headline its standard deviation by the number of worlds, by drawn
/// parameters and, where there are several, by the choice of model.
///
/// # Errors
/// If `out` refuses a write.
pub fn write_spreads(spreads: &[HeadlineSpread], out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(SPREAD_COLUMNS)?;
    for spread in spreads {
        let sd = spread.estimate.std_error;
        let worlds = Estimate { value: sd, std_error: 0.0, ci_low: sd, ci_high: sd };
        let parts = [
            ("worlds", Some(worlds)),
            ("parameters", Some(spread.parameters_sd)),
            ("models", spread.models_sd),
        ];
        for (part, estimate) in parts {
            let Some(estimate) = estimate else { continue };
            for text in [spread.metric, &spread.measure, part, spread.unit] {
                table.write_field(text)?;
            }
            write_estimate(&mut table, &estimate)?;
        }
    }
    table.flush()
}

/// Writes `bridge.csv`: the claim, then the steps from it; amounts and levels in whole cents.
///
/// # Errors
/// If `out` refuses a write.
pub fn write_bridge(claim: &ClaimResult, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(BRIDGE_COLUMNS)?;
    table.write_record(["claim", "", "", &format!("{:.2}", claim.average_usd_per_year), "0"])?;
    for row in &claim.bridge {
        table.write_record([
            row.step,
            &format!("{:.2}", row.amount_usd),
            &row.std_error.to_string(),
            &format!("{:.2}", row.level_usd),
            &row.level_std_error.to_string(),
        ])?;
    }
    table.flush()
}

/// Writes `claim.csv`: for each outcome that the claim may be about, the share of worlds below it.
///
/// # Errors
/// If `out` refuses a write.
pub fn write_claim(claim: &ClaimResult, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(CLAIM_COLUMNS)?;
    for (outcome, below) in &claim.percentiles {
        table.write_field(&*neutralised(outcome))?;
        write_estimate(&mut table, below)?;
    }
    table.flush()
}

/// Writes `variations.csv`: five quantities per variation.
///
/// # Errors
/// If `out` refuses a write.
pub fn write_variations(variations: &[Variation], out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(VARIATION_COLUMNS)?;
    for variation in variations {
        let side = match variation.side {
            Side::Base => "base",
            Side::Low => "low",
            Side::High => "high",
        };
        for (quantity, unit, estimate) in [
            ("win_revenue", "1", &variation.win_revenue),
            ("win_margin_after_capital", "1", &variation.win_margin),
            ("revenue_gain", "USD", &variation.gain_revenue_usd),
            ("margin_after_capital_gain", "USD", &variation.gain_margin_usd),
            ("revenue_tail_mean_0.05", "USD", &variation.tail_mean_revenue_usd),
        ] {
            table.write_field(&*neutralised(&variation.name))?;
            table.write_field(&*neutralised(&variation.change))?;
            table.write_field(side)?;
            table.write_field(variation.paths.to_string())?;
            table.write_field(quantity)?;
            table.write_field(unit)?;
            write_estimate(&mut table, estimate)?;
        }
    }
    table.flush()
}

/// Writes `undisclosed.csv`: a row for each input that is not disclosed; what it has not is blank.
///
/// # Errors
/// If `out` refuses a write.
pub fn write_undisclosed(inputs: &[UndisclosedInput], out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(UNDISCLOSED_COLUMNS)?;
    for input in inputs {
        for text in [input.file, &input.row, input.column, input.unit] {
            table.write_field(&*neutralised(text))?;
        }
        for number in [input.low, input.high] {
            table.write_field(number.map_or_else(String::new, |number| number.to_string()))?;
        }
        table.write_field(input.default.map_or_else(String::new, |default| default.to_string()))?;
        table.write_field(input.default_key.unwrap_or_default())?;
        table.write_field(input.metrics.join(" "))?;
        table.write_record(None::<&[u8]>)?;
    }
    table.flush()
}

/// Writes `stress.csv`: a number of the study under a stress, and what the stress moved it by.
///
/// # Errors
/// If `out` refuses a write.
pub fn write_stresses(rows: &[StressRow], out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(STRESS_COLUMNS)?;
    for row in rows {
        table.write_field(&*neutralised(&row.stress))?;
        table.write_field(row.share.to_string())?;
        for text in [row.metric, &row.measure, row.unit] {
            table.write_field(text)?;
        }
        for estimate in [row.estimate, row.difference] {
            table.write_field(estimate.value.to_string())?;
            table.write_field(estimate.std_error.to_string())?;
        }
        table.write_record(None::<&[u8]>)?;
    }
    table.flush()
}

/// Writes the four numbers of an estimate and ends the row.
fn write_estimate<W: Write>(table: &mut csv::Writer<W>, estimate: &Estimate) -> io::Result<()> {
    for number in [estimate.value, estimate.std_error, estimate.ci_low, estimate.ci_high] {
        table.write_field(number.to_string())?;
    }
    table.write_record(None::<&[u8]>)?;
    Ok(())
}

/// What a spreadsheet takes for the beginning of a formula.
const BEGINNINGS: &[char] = &['=', '+', '-', '−', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n'];

/// The text that `neutralised` wrote.
pub(super) fn restored(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(BEGINNINGS)).unwrap_or(cell)
}

/// A text cell that no spreadsheet takes for a formula: one that begins with `=`, `+`, `-`, `@` (of
/// full width as well), a tab or a line end gets a leading `'`. Numbers never pass here.
pub fn neutralised(text: &str) -> Cow<'_, str> {
    if text.starts_with(BEGINNINGS) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{FullDisk, synthetic_results};

    fn summary_text(rows: &[SummaryRow]) -> String {
        let mut text = Vec::new();
        write_summary(rows, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn the_summary_reads_back_to_the_same_bits() {
        let mut results = synthetic_results();
        results.rows[0].estimate.value = 0.1 + 0.2;
        results.rows[1].estimate.value = -1.0e-300 / 3.0;
        let text = summary_text(&results.rows);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap(), SUMMARY_COLUMNS.to_vec());
        let records: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), results.rows.len());
        for (record, row) in records.iter().zip(&results.rows) {
            let value: f64 = record[8].parse().unwrap();
            assert_eq!(value.to_bits(), row.estimate.value.to_bits());
            assert_eq!(record[2].parse::<f64>().unwrap(), row.share);
        }
    }

    #[test]
    fn text_cells_are_no_formulas_and_negative_numbers_stay_numbers() {
        let mut results = synthetic_results();
        for (index, begin) in
            ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"].iter().enumerate()
        {
            results.rows[index].company = format!("{begin}HYPERLINK(1)");
            results.rows[index].estimate.value = -1.5;
        }
        let text = summary_text(&results.rows);
        for record in csv::Reader::from_reader(text.as_bytes()).records().take(11) {
            let record = record.unwrap();
            assert!(record[0].starts_with('\''), "{record:?}");
            assert_eq!(&record[8], "-1.5");
        }
    }

    #[test]
    fn what_is_not_disclosed_is_a_row_each_and_no_formula() {
        let mut inputs = synthetic_results().undisclosed;
        inputs[0].row = "=cmd".into();
        let mut text = Vec::new();
        write_undisclosed(&inputs, &mut text).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "file,row,column,unit,low,high,default,default_key,metrics\n\
             fleet,'=cmd,power_usd_per_mwh,USD per MWh,30,60,,,power_cost gross_margin\n\
             fleet,north,uptime,earning / deployed hashrate,,,0.86,mining.uptime,revenue\n\
             fleet,north,cash_usd,USD,,,,,\n"
        );
    }

    #[test]
    fn a_full_disk_is_an_error_not_a_short_file() {
        let error = write_summary(&synthetic_results().rows, FullDisk).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
