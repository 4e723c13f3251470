//! The data doctor's findings, and how each file was understood.
//!
//! In: series with their accounts and qualities. Out: text for people, CSV, JSON. Not here: what is
//! found.

use super::csv::neutralised;
use crate::input::study::{Quality, Series};
use std::io::{self, Write};

/// Columns of `quality.csv`: one row per file of a series.
pub const QUALITY_COLUMNS: [&str; 25] = [
    "quantity",
    "file",
    "rows_read",
    "rows_used",
    "first",
    "last",
    "step_days",
    "unit",
    "gaps",
    "longest_step_days",
    "longest_step_from",
    "rows_repeated",
    "rows_out_of_order",
    "rows_without_value",
    "rows_zero",
    "negative",
    "rows_shifted",
    "outliers",
    "longest_equal_run",
    "age_days",
    "last_volume_share",
    "compared_with",
    "shift_days",
    "ratio",
    "findings",
];

/// Writes `quality.csv`; a file that is compared with several others says the first.
///
/// # Errors
/// If `out` refuses a write.
pub fn write_csv(qualities: &[Quality], out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(QUALITY_COLUMNS)?;
    for q in qualities {
        let beside = q.comparisons.first();
        let optional = |number: Option<f64>| number.map_or_else(|| "NA".into(), |n| n.to_string());
        let row = [
            neutralised(&q.quantity).into_owned(),
            neutralised(&q.file).into_owned(),
            q.rows_read.to_string(),
            q.rows_used.to_string(),
            q.first.to_string(),
            q.last.to_string(),
            q.step_days.to_string(),
            neutralised(&q.unit).into_owned(),
            q.gaps.to_string(),
            q.longest_step_days.to_string(),
            q.longest_step_from.to_string(),
            q.rows_repeated.to_string(),
            q.rows_out_of_order.to_string(),
            q.rows_without_value.to_string(),
            q.rows_zero.to_string(),
            q.negative.to_string(),
            q.rows_shifted.to_string(),
            q.outliers.to_string(),
            q.longest_equal_run.to_string(),
            q.age_days.to_string(),
            optional(q.last_volume_share),
            beside.map_or_else(|| "NA".into(), |b| neutralised(&b.file).into_owned()),
            beside.map_or_else(|| "NA".into(), |b| b.shift_days.to_string()),
            optional(beside.and_then(|b| b.ratio)),
            neutralised(&q.findings.join("; ")).into_owned(),
        ];
        table.write_record(&row)?;
    }
    table.flush()
}

/// Writes `quality.json`: all that is known of every file.
///
/// # Errors
/// If `out` refuses a write.
pub fn write_json(qualities: &[Quality], mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, qualities)?;
    writeln!(out)
}

/// How a file was understood, in lines: what it holds, what became of its rows.
pub fn understood(series: &Series) -> Vec<String> {
    let a = &series.account;
    let parted = match a.separator {
        None => "JSON".to_string(),
        Some('\t') => "separated by tabs".into(),
        Some(mark) => format!("separated by `{mark}`"),
    };
    let header = match (a.separator, a.header_line) {
        (None, _) => String::new(),
        (_, None) => ", no header".into(),
        (_, Some(line)) if a.lines_before > 0 => {
            let lines = if a.lines_before == 1 { "line" } else { "lines" };
            format!(", header in line {line} below {} {lines}", a.lines_before)
        }
        (_, Some(line)) => format!(", header in line {line}"),
    };
    let decimal = if a.decimal == ',' { ", decimal comma" } else { "" };
    let unit = match (a.unit.as_str(), a.own_unit.as_str()) {
        ("1", "1") => String::new(),
        (unit, own) if unit == own => format!(" in {unit}"),
        (unit, own) => format!(" in {unit} turned into {own}"),
    };
    let mut lines = vec![
        format!("{parted}{header}{decimal}; `{}` holds {}", a.date_column, a.date_format),
        format!("`{}` holds the {}{unit}: {}", a.value_column, a.noun, a.unit_because),
    ];
    let aside: Vec<String> =
        a.set_aside.iter().map(|s| format!("{} {}", s.lines.len(), s.reason)).collect();
    let rows = super::number::count;
    let aside = match aside.is_empty() {
        true => String::new(),
        false => {
            format!(" + {} set aside ({})", rows(a.rows_set_aside() as u64), aside.join(", "))
        }
    };
    lines.push(format!(
        "{} rows read = {} used{aside}",
        rows(a.rows_read as u64),
        rows(a.rows_used as u64)
    ));
    lines.extend(a.notes.iter().cloned());
    if !a.unused_columns.is_empty() {
        let names: Vec<String> = a.unused_columns.iter().map(|name| format!("`{name}`")).collect();
        lines.push(format!("not used: {}", names.join(", ")));
    }
    lines
}

/// What is to be known of a series in time, in a line: its step, and what should be looked at.
pub fn in_time(quality: &Quality) -> String {
    let step = match quality.step_days {
        0.0 => "a single value".to_string(),
        1.0 => "a value a day".into(),
        days => format!("a value every {days} days"),
    };
    let mut parts = vec![step];
    parts.extend(quality.findings.iter().cloned());
    parts.join("; ")
}

/// What the columns of the data doctor's table are.
#[cfg(feature = "text")]
pub(super) const LEGEND: &str = "step and age in days; aside: rows not used; gaps: steps longer than usual; equal: longest \
    run of one value; outliers: values far from those around";

/// The table of the data doctor.
#[cfg(feature = "text")]
pub(super) fn grid(qualities: &[Quality]) -> super::grid::Grid {
    use super::grid::Grid;
    let titles =
        ["series", "first", "last", "step", "used", "aside", "gaps", "equal", "outliers", "age"];
    let mut grid = Grid::new(1, &titles);
    for (index, q) in qualities.iter().enumerate() {
        grid.row(vec![
            format!("{} {}", index + 1, q.quantity),
            q.first.to_string(),
            q.last.to_string(),
            q.step_days.to_string(),
            super::number::count(q.rows_used as u64),
            super::number::count((q.rows_read - q.rows_used) as u64),
            q.gaps.to_string(),
            q.longest_equal_run.to_string(),
            q.outliers.to_string(),
            q.age_days.to_string(),
        ]);
    }
    grid
}

/// The table of the data doctor with its findings beneath, broken at `width`.
#[cfg(feature = "text")]
pub fn table(qualities: &[Quality], width: usize) -> Vec<String> {
    let mut lines = grid(qualities).lines();
    lines.extend(super::wrap(LEGEND, width));
    for (index, q) in qualities.iter().enumerate() {
        lines.push(String::new());
        lines.push(super::printable(&format!("{} {} = {}", index + 1, q.quantity, q.file)));
        if q.findings.is_empty() {
            lines.push("  nothing to look at".into());
        }
        for finding in &q.findings {
            let wrapped = super::wrap(&super::printable(finding), width.saturating_sub(4));
            for (line, text) in wrapped.into_iter().enumerate() {
                lines.push(format!("{}{text}", if line == 0 { "  - " } else { "    " }));
            }
        }
    }
    lines
}
