//! The workings of one path, month by month.
//!
//! In: an `Explanation`. Out: a table, JSON or CSV. Not here: how the path was re-made.

#[cfg(feature = "text")]
use super::number::exact;
use serde::Serialize;
use std::io::{self, Write};

/// The workings of one path at one share.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// What is explained, a line each.
    pub header: Vec<String>,
    /// Name and unit of each column.
    pub columns: Vec<(String, String)>,
    /// A label and a number per column, in order of time.
    pub rows: Vec<(String, Vec<f64>)>,
    /// The total of each column; `None` where a total means nothing, as of a price.
    pub totals: Vec<Option<f64>>,
    /// What was drawn on the path of the inputs that are not disclosed.
    pub drawn: Vec<Drawn>,
    /// What else is to be known, a line each.
    pub notes: Vec<String>,
}

/// What was drawn of an input that is not disclosed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drawn {
    /// Its file: `fleet` or `contracts`.
    pub file: &'static str,
    /// Its row, by name.
    pub row: String,
    /// Its column.
    pub column: &'static str,
    /// Unit of the column.
    pub unit: &'static str,
    /// The number of the path.
    pub value: f64,
}

/// Writes the workings as CSV: a row per month, columns named `name_unit`-wise, no totals; then a
/// column for each drawn input, the same in every row.
///
/// # Errors
/// If `out` refuses a write.
pub fn write_csv(explanation: &Explanation, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_field("month")?;
    for (name, unit) in &explanation.columns {
        table.write_field(format!("{name} [{unit}]"))?;
    }
    for Drawn { file, row, column, unit, .. } in &explanation.drawn {
        table.write_field(format!("{file} {row} {column} [{unit}]"))?;
    }
    table.write_record(None::<&[u8]>)?;
    for (label, values) in &explanation.rows {
        table.write_field(&*super::csv::neutralised(label))?;
        for value in values.iter().chain(explanation.drawn.iter().map(|drawn| &drawn.value)) {
            table.write_field(value.to_string())?;
        }
        table.write_record(None::<&[u8]>)?;
    }
    table.flush()
}

/// Writes the workings as one JSON object.
///
/// # Errors
/// If `out` refuses a write.
pub fn write_json(explanation: &Explanation, mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, explanation)?;
    writeln!(out)
}

/// The workings for a terminal of `width` columns: as many tables under each other as it takes.
#[cfg(feature = "text")]
pub fn text(explanation: &Explanation, width: usize) -> String {
    let mut lines: Vec<String> = explanation.header.clone();
    let mut first = 0;
    while first < explanation.columns.len() {
        let mut next = explanation.columns.len();
        let mut shown = part(explanation, first..next);
        while next > first + 1 && shown.iter().any(|line| line.chars().count() > width) {
            next -= 1;
            shown = part(explanation, first..next);
        }
        lines.push(String::new());
        lines.extend(shown);
        first = next;
    }
    if !explanation.notes.is_empty() {
        lines.push(String::new());
        lines.extend(explanation.notes.iter().flat_map(|note| super::wrap(note, width)));
    }
    format!("{}\n", lines.join("\n"))
}

#[cfg(feature = "text")]
fn part(explanation: &Explanation, columns: std::ops::Range<usize>) -> Vec<String> {
    let named = &explanation.columns[columns.clone()];
    let titles = named.iter().map(|(name, unit)| format!("{name}\n{unit}"));
    let titles: Vec<String> = std::iter::once("month".to_string()).chain(titles).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let mut grid = super::grid::Grid::new(1, &titles);
    for (label, values) in &explanation.rows {
        let cells = values[columns.clone()].iter().map(|value| exact(*value));
        grid.row(std::iter::once(label.clone()).chain(cells).collect());
    }
    if explanation.totals.iter().any(Option::is_some) {
        let cells =
            explanation.totals[columns].iter().map(|total| total.map_or_else(String::new, exact));
        grid.row(std::iter::once("year".to_string()).chain(cells).collect());
    }
    grid.lines()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Explanation {
        let columns = (0..6).map(|i| (format!("quantity_{i}"), "USD".to_string())).collect();
        let rows = (1..=12).map(|m| (format!("2027-{m:02}"), vec![f64::from(m); 6])).collect();
        let mut totals = vec![Some(78.0); 6];
        totals[0] = None;
        let header = vec!["Path 5 at share 0.2".into()];
        let drawn = vec![Drawn {
            file: "fleet",
            row: "a".into(),
            column: "uptime",
            unit: "of time",
            value: 0.85,
        }];
        Explanation { header, columns, rows, totals, drawn, notes: vec!["no hall was late".into()] }
    }

    #[cfg(feature = "text")]
    #[test]
    fn a_narrow_terminal_gets_several_tables_with_every_column_once() {
        let text = text(&sample(), 40);
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
        for column in 0..6 {
            assert_eq!(text.matches(&format!("quantity_{column}")).count(), 1);
        }
        assert!(text.contains("year") && text.ends_with("no hall was late\n"), "{text}");
    }

    #[test]
    fn the_csv_has_a_row_a_month_and_no_totals() {
        let mut out = Vec::new();
        write_csv(&sample(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), 13);
        assert!(text.starts_with("month,quantity_0 [USD]"));
        assert!(!text.contains("year"));
        assert!(text.lines().next().unwrap().ends_with(",fleet a uptime [of time]"), "{text}");
        assert!(text.lines().skip(1).all(|line| line.ends_with(",0.85")), "{text}");
    }

    #[test]
    fn the_json_keeps_a_total_without_meaning_null() {
        let mut out = Vec::new();
        write_json(&sample(), &mut out).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert!(json["totals"][0].is_null());
        assert_eq!(json["totals"][1], 78.0);
        assert_eq!(
            (&json["drawn"][0]["row"], &json["drawn"][0]["value"]),
            (&"a".into(), &0.85.into())
        );
    }
}
