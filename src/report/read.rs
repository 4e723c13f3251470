//! The tables of a run folder, read back to the bits that were written.
//!
//! In: the bytes of a table, and what its rows are of. Out: its numbers. A table that is not of this
//! run is refused. Not here: where the files lie, what is made of them.

use super::SummaryRow;
use super::csv::{
    BRIDGE_COLUMNS, CLAIM_COLUMNS, SPREAD_COLUMNS, SUMMARY_COLUMNS, VARIATION_COLUMNS, restored,
};
use super::results::{BridgeRow, HeadlineSpread, Side, Variation};
use crate::economics::bridge::BridgeStep;
use crate::economics::metric::Metric;
use crate::error::{Place, Problem, Problems};
use crate::risk::Estimate;
use std::str::FromStr;

/// What can be done about a table that is not the run's.
const CURE: &str = "the file was changed after the run, or is of another one: make the run again \
    with `wattshift run manifest.json`";

/// A table being read.
struct Table<'a> {
    file: &'a str,
    columns: &'a [&'a str],
    records: Vec<csv::StringRecord>,
}

/// A row of it.
#[derive(Clone, Copy)]
struct Row<'a> {
    table: &'a Table<'a>,
    record: &'a csv::StringRecord,
}

impl<'a> Table<'a> {
    fn read(file: &'a str, bytes: &[u8], columns: &'a [&'a str]) -> Result<Self, Problems> {
        let refused = |found: String| {
            Problem::new("this is no table of a run")
                .at(Place::file(file))
                .found(found)
                .expected(format!("the columns {}", columns.join(",")))
                .help(CURE)
        };
        let mut reader = csv::Reader::from_reader(bytes);
        let header = reader.headers().map_err(|error| refused(error.to_string()))?;
        if header != columns {
            return Err(refused(header.iter().collect::<Vec<_>>().join(",")).into());
        }
        let records = reader.into_records().collect::<Result<_, _>>();
        let records = records.map_err(|error| refused(error.to_string()))?;
        Ok(Self { file, columns, records })
    }
    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.records.iter().map(|record| Row { table: self, record })
    }
    /// Refuses a table of another number of rows.
    fn holds(&self, rows: usize) -> Result<(), Problems> {
        let found = self.records.len();
        if found == rows {
            return Ok(());
        }
        let refused = Problem::new("the table has not the rows of this run");
        Err(refused
            .at(Place::file(self.file))
            .found(format!("{found} rows"))
            .expected(format!("{rows} rows"))
            .help(CURE)
            .into())
    }
}

impl<'a> Row<'a> {
    fn text(&self, column: usize) -> &'a str {
        restored(&self.record[column])
    }
    fn refused(&self, column: usize, expected: impl Into<String>) -> Problem {
        let line = self.record.position().map(csv::Position::line);
        let (file, column_name) = (self.table.file.into(), self.table.columns[column].into());
        Problem::new("the row is not that of this run")
            .at(Place { file, line, column: Some(column_name) })
            .found(&self.record[column])
            .expected(expected)
            .help(CURE)
    }
    fn number<T: FromStr>(&self, column: usize) -> Result<T, Problems> {
        self.record[column].parse().map_err(|_| self.refused(column, "a number").into())
    }
    fn is(&self, column: usize, expected: &str) -> Result<(), Problems> {
        match self.text(column) == expected {
            true => Ok(()),
            false => Err(self.refused(column, format!("`{expected}`")).into()),
        }
    }
    /// The one of `known` that stands in a column.
    fn one_of(&self, column: usize, known: &[&'static str]) -> Result<&'static str, Problems> {
        let found = known.iter().find(|name| **name == self.text(column));
        found
            .copied()
            .ok_or_else(|| self.refused(column, format!("one of {}", known.join(", "))).into())
    }
    /// The estimate that begins in a column.
    fn estimate(&self, column: usize) -> Result<Estimate, Problems> {
        Ok(Estimate {
            value: self.number(column)?,
            std_error: self.number(column + 1)?,
            ci_low: self.number(column + 2)?,
            ci_high: self.number(column + 3)?,
        })
    }
}

/// Reads the numbers of `summary.csv` into rows whose names are known.
///
/// # Errors
/// A table of other rows.
pub fn summary(file: &str, bytes: &[u8], rows: &mut [SummaryRow]) -> Result<(), Problems> {
    let table = Table::read(file, bytes, &SUMMARY_COLUMNS)?;
    for (row, own) in table.rows().zip(rows.iter_mut()) {
        let (share, effective) = (own.share.to_string(), own.effective_share.to_string());
        let [metric, measure, unit] = [own.metric.as_str(), &own.measure, own.unit];
        let names: [&str; 8] = [
            &own.company,
            &own.model,
            &share,
            &effective,
            own.status.name(),
            metric,
            measure,
            unit,
        ];
        for (column, name) in names.into_iter().enumerate() {
            row.is(column, name)?;
        }
        own.estimate = row.estimate(names.len())?;
    }
    table.holds(rows.len())
}

/// Reads `spread.csv`; `of` is a number of the headline share by metric and measure.
///
/// # Errors
/// A table of other rows.
pub fn spreads(
    file: &str,
    bytes: &[u8],
    of: impl Fn(&str, &str) -> Option<SummaryRow>,
) -> Result<Vec<HeadlineSpread>, Problems> {
    let table = Table::read(file, bytes, &SPREAD_COLUMNS)?;
    let known: Vec<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
    let mut spreads: Vec<HeadlineSpread> = Vec::new();
    for row in table.rows() {
        let estimate = row.estimate(4)?;
        let last = spreads.last_mut();
        match (row.text(2), last) {
            ("worlds", _) => {
                let found = of(row.text(0), row.text(1));
                let found =
                    found.ok_or_else(|| row.refused(1, "a number of the headline share"))?;
                row.is(3, found.unit)?;
                spreads.push(HeadlineSpread {
                    metric: row.one_of(0, &known)?,
                    measure: found.measure,
                    unit: found.unit,
                    estimate: found.estimate,
                    parameters_sd: estimate,
                    models_sd: None,
                });
            }
            ("parameters", Some(last)) => last.parameters_sd = estimate,
            ("models", Some(last)) => last.models_sd = Some(estimate),
            _ => return Err(row.refused(2, "`worlds`, `parameters` or `models`").into()),
        }
    }
    Ok(spreads)
}

/// Reads `variations.csv`.
///
/// # Errors
/// A table of other rows.
pub fn variations(file: &str, bytes: &[u8]) -> Result<Vec<Variation>, Problems> {
    const QUANTITIES: [&str; 5] = [
        "win_revenue",
        "win_margin_after_capital",
        "revenue_gain",
        "margin_after_capital_gain",
        "revenue_tail_mean_0.05",
    ];
    let table = Table::read(file, bytes, &VARIATION_COLUMNS)?;
    let rows: Vec<Row<'_>> = table.rows().collect();
    table.holds(rows.len().next_multiple_of(QUANTITIES.len()))?;
    let mut variations = Vec::new();
    for of_one in rows.chunks(QUANTITIES.len()) {
        let first = of_one[0];
        let mut estimates = Vec::new();
        for (row, quantity) in of_one.iter().zip(QUANTITIES) {
            row.is(0, first.text(0))?;
            row.is(1, first.text(1))?;
            row.is(4, quantity)?;
            estimates.push(row.estimate(6)?);
        }
        variations.push(Variation {
            name: first.text(0).into(),
            change: first.text(1).into(),
            side: match first.one_of(2, &["base", "low", "high"])? {
                "base" => Side::Base,
                "low" => Side::Low,
                _ => Side::High,
            },
            paths: first.number(3)?,
            win_revenue: estimates[0],
            win_margin: estimates[1],
            gain_revenue_usd: estimates[2],
            gain_margin_usd: estimates[3],
            tail_mean_revenue_usd: estimates[4],
        });
    }
    Ok(variations)
}

/// Reads `bridge.csv`.
///
/// # Errors
/// A table of other rows.
pub fn bridge(file: &str, bytes: &[u8]) -> Result<Vec<BridgeRow>, Problems> {
    let table = Table::read(file, bytes, &BRIDGE_COLUMNS)?;
    table.holds(1 + BridgeStep::ALL.len())?;
    let steps = table.rows().skip(1).zip(BridgeStep::ALL).map(|(row, step)| {
        row.is(0, step.name())?;
        Ok(BridgeRow {
            step: step.name(),
            amount_usd: row.number(1)?,
            std_error: row.number(2)?,
            level_usd: row.number(3)?,
            level_std_error: row.number(4)?,
        })
    });
    steps.collect()
}

/// Reads `claim.csv`.
///
/// # Errors
/// A table of other rows.
pub fn claim(file: &str, bytes: &[u8]) -> Result<Vec<(String, Estimate)>, Problems> {
    let table = Table::read(file, bytes, &CLAIM_COLUMNS)?;
    let rows = table.rows().map(|row| Ok((row.text(0).to_string(), row.estimate(1)?)));
    rows.collect()
}
