//! A vendor's text as a sheet: separator, lines before the header, header or none, rows.
//!
//! In: text. Out: rectangular rows with their lines, and the names of the columns; or problems with
//! their place. Every line is a row, a header, a line before it or blank, so that rows can be
//! accounted for. Not here: what the columns hold.

use super::separator::{ends_quoted, find_separator, separator_line};
use super::{columns, day, json, number};
use crate::error::{Place, Problem, note};
use crate::input::lines::lines_of;
use csv::StringRecord;

/// Header rows that a vendor may write.
const HEADER_ROWS_MAX: usize = 5;

/// Columns of the files of Binance, which have no header.
const KLINES: [&str; 12] = [
    "open_time",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "close_time",
    "quote_volume",
    "trades",
    "taker_buy_volume",
    "taker_buy_quote_volume",
    "ignore",
];

/// A row with the line that it stands on; an entry of JSON counts as one.
pub(crate) struct Row {
    pub(crate) line: u64,
    pub(crate) cells: StringRecord,
}

/// A text as rows.
pub(crate) struct Sheet {
    /// Comma, semicolon, tab or bar; none in JSON.
    pub(crate) separator: Option<char>,
    /// Line of the last header row; none without a header.
    pub(crate) header_line: Option<u64>,
    /// Lines before the header.
    pub(crate) lines_before: usize,
    /// The names of each column, one per header row.
    pub(crate) names: Vec<Vec<String>>,
    /// What the file itself says of its unit.
    pub(crate) unit: Option<String>,
    /// What the file says of its values that a reader should know.
    pub(crate) note: Option<String>,
    /// Rows of data, blank ones included.
    pub(crate) rows: Vec<Row>,
}

impl Sheet {
    /// Reads a text; what is wrong with its shape is added to `problems`.
    pub(crate) fn read(
        file: &str,
        text: &str,
        separator: Option<char>,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim_start().starts_with(['{', '[']) {
            return json::read(file, text, problems);
        }
        let before = problems.len();
        let lines = lines_of(file, text, problems);
        if problems.len() > before {
            return None;
        }
        if lines.is_empty() {
            problems.push(empty(file));
            return None;
        }
        let (stated_by_file, lines) = match separator_line(lines[0].1) {
            Some(mark) => (Some(mark), &lines[1..]),
            None => (None, &lines[..]),
        };
        if lines.is_empty() {
            problems.push(empty(file));
            return None;
        }
        let separator = separator.or(stated_by_file).or_else(|| find_separator(lines));
        let separator = match separator {
            Some(separator) => separator,
            None => {
                problems.push(
                    Problem::new("the lines do not part into columns")
                        .at(Place { file: file.into(), line: Some(lines[0].0), column: None })
                        .found(lines[0].1)
                        .expected("columns separated by comma, semicolon, tab or |")
                        .help("a series has one column of days and one of values"),
                );
                return None;
            }
        };
        let rows = records(file, lines, separator, problems)?;
        let sheet = Self::split(file, rows, separator, problems);
        sheet.filter(|_| problems.len() == before)
    }
    /// Parts the rows into what stands before the header, the header and the data.
    fn split(
        file: &str,
        mut rows: Vec<Row>,
        separator: char,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        // Below a row that names days everything is data, above it nothing.
        let named = rows.iter().take(HEADER_ROWS_MAX + 1).position(names_days);
        let from = named.map_or(0, |row| row + 1);
        let Some(first) = rows[from..].iter().position(holds_data).map(|at| from + at) else {
            problems.push(
                Problem::new("the file has no rows")
                    .at(Place { file: file.into(), line: Some(rows[0].line), column: None })
                    .found(shown(&rows[0].cells, separator))
                    .expected("rows with a day and a value"),
            );
            return None;
        };
        let width = usual_width(&rows[first..]);
        // A row that begins with a digit is no header, however wrong it is.
        let is_wrong_data = |row: &Row| {
            row.cells.len() == width
                && row.cells[0].trim().starts_with(|c: char| c.is_ascii_digit())
        };
        let wrong = rows[from..first].iter().position(is_wrong_data);
        let first = wrong.map_or(first, |at| from + at);
        let data = rows.split_off(first);
        let is_header = |(at, row): &(usize, &Row)| {
            let is_name = named == Some(*at) || !(holds_data(row) || is_wrong_data(row));
            row.cells.len() == width && is_name
        };
        let header: Vec<&Row> =
            rows.iter().enumerate().filter(is_header).map(|(_, row)| row).collect();
        let nearest = rows.iter().rev().find(|row| row.cells.len() > 1);
        if let (true, Some(near)) = (header.is_empty(), nearest) {
            let mut problem = Problem::new(format!(
                "the header has {} columns, the rows have {width}",
                near.cells.len()
            ))
            .at(Place { file: file.into(), line: Some(near.line), column: None })
            .found(shown(&near.cells, separator))
            .expected(format!("{width} names"));
            if separator == ',' && near.cells.len() < width {
                problem = problem
                    .help("if numbers hold commas, quote them or separate the columns by `;`");
            }
            problems.push(problem);
            return None;
        }
        if header.len() > HEADER_ROWS_MAX {
            problems.push(
                Problem::new(format!("{} rows before the first with data", header.len()))
                    .at(Place { file: file.into(), line: Some(header[0].line), column: None })
                    .expected(format!("at most {HEADER_ROWS_MAX} header rows")),
            );
            return None;
        }
        let mut names: Vec<Vec<String>> = (0..width)
            .map(|column| header.iter().map(|row| row.cells[column].trim().to_string()).collect())
            .collect();
        if header.is_empty() && width == KLINES.len() {
            names = KLINES.iter().map(|name| vec![(*name).to_string()]).collect();
        }
        let sheet = Self {
            separator: Some(separator),
            header_line: header.last().map(|row| row.line),
            lines_before: rows.len() - header.len(),
            names,
            unit: None,
            note: None,
            rows: data,
        };
        sheet.refuse_ragged(file, width, separator, problems);
        Some(sheet)
    }
    fn refuse_ragged(
        &self,
        file: &str,
        width: usize,
        separator: char,
        problems: &mut Vec<Problem>,
    ) {
        let last = self.rows.len() - 1;
        for (index, row) in self.rows.iter().enumerate() {
            if row.cells.len() == width || is_blank(&row.cells) {
                continue;
            }
            let has_digits = row.cells.iter().any(|c| c.contains(|c: char| c.is_ascii_digit()));
            let help = if index == last && row.cells.len() < width && has_digits {
                "the file seems to be cut off: export it again"
            } else if index == last && row.cells.len() < width {
                "remove the line below the rows"
            } else if row.cells.len() > width {
                "quote text that contains the separator"
            } else {
                "complete the row or remove it"
            };
            note(
                problems,
                Problem::new(format!("the row has {}, others {width}", fields_of(row)))
                    .at(Place { file: file.into(), line: Some(row.line), column: None })
                    .found(shown(&row.cells, separator))
                    .expected(format!("{width} fields"))
                    .help(help),
            );
        }
    }
    /// The name of a column for people: its first name, or its number.
    pub(crate) fn name(&self, column: usize) -> String {
        let name = self.names[column].iter().find(|name| !name.is_empty());
        name.cloned().unwrap_or_else(|| format!("column {}", column + 1))
    }
    /// A cell, trimmed.
    pub(crate) fn cell(&self, row: usize, column: usize) -> &str {
        self.rows[row].cells.get(column).unwrap_or("").trim()
    }
    /// The cells of a column.
    pub(crate) fn column(&self, column: usize) -> impl Iterator<Item = &str> {
        (0..self.rows.len()).map(move |row| self.cell(row, column))
    }
    /// Place of a cell.
    pub(crate) fn place(&self, file: &str, row: usize, column: usize) -> Place {
        let (line, name) = (self.rows[row].line, self.name(column));
        match self.separator {
            Some(_) => Place { file: file.into(), line: Some(line), column: Some(name) },
            // JSON may stand on one line.
            None => {
                let column = Some(format!("{name} of entry {line}"));
                Place { file: file.into(), line: None, column }
            }
        }
    }
    /// The column of a name that a study gives, or of a number counted from 1.
    pub(crate) fn position(&self, name: &str) -> Vec<usize> {
        let columns = 0..self.names.len();
        let named: Vec<usize> =
            columns.filter(|column| self.names[*column].iter().any(|n| n == name)).collect();
        let number = name.strip_prefix("column ").unwrap_or(name).parse::<usize>();
        let number = number.ok().filter(|n| (1..=self.names.len()).contains(n));
        match number {
            Some(number) if named.is_empty() => vec![number - 1],
            _ => named,
        }
    }
}

/// Whether every cell is blank.
pub(crate) fn is_blank(cells: &StringRecord) -> bool {
    cells.iter().all(|cell| cell.trim().is_empty())
}

fn fields_of(row: &Row) -> String {
    match row.cells.len() {
        1 => "1 field".into(),
        many => format!("{many} fields"),
    }
}

fn shown(cells: &StringRecord, separator: char) -> String {
    cells.iter().collect::<Vec<_>>().join(&separator.to_string())
}

/// A row of names, one of which is one that days have.
fn names_days(row: &Row) -> bool {
    row.cells.len() > 1 && !holds_data(row) && row.cells.iter().any(columns::is_name_of_days)
}

/// A row that is neither a title nor a header: one of its cells is a number or a day.
fn holds_data(row: &Row) -> bool {
    row.cells.len() > 1
        && row.cells.iter().any(|cell| number::looks_numeric(cell) || day::looks_dated(cell))
}

/// The number of fields that most rows have.
fn usual_width(rows: &[Row]) -> usize {
    let mut counts = std::collections::BTreeMap::new();
    for row in rows.iter().filter(|row| !is_blank(&row.cells)) {
        *counts.entry(row.cells.len()).or_insert(0_usize) += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map_or(0, |(width, _)| width)
}

/// Lines as records, one each.
fn records(
    file: &str,
    lines: &[(u64, &str)],
    separator: char,
    problems: &mut Vec<Problem>,
) -> Option<Vec<Row>> {
    let joined: Vec<&str> = lines.iter().map(|(_, line)| *line).collect();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator as u8)
        .from_reader(std::io::Cursor::new(joined.join("\n")));
    let records: Result<Vec<StringRecord>, _> = reader.records().collect();
    match records {
        // A quote that swallowed lines would leave fewer records than lines.
        Ok(records) if records.len() == lines.len() => {
            let rows =
                lines.iter().zip(records).map(|((line, _), cells)| Row { line: *line, cells });
            Some(rows.collect())
        }
        _ => {
            let open = lines.iter().find(|(_, line)| ends_quoted(line, separator));
            let (line, found) = open.map_or((None, ""), |(line, text)| (Some(*line), *text));
            problems.push(
                Problem::new("a quote is not closed")
                    .at(Place { file: file.into(), line, column: None })
                    .found(found)
                    .expected("quotes around whole cells, in pairs on one line")
                    .help("close the quote; a quote inside quoted text is written twice"),
            );
            None
        }
    }
}

fn empty(file: &str) -> Problem {
    Problem::new("the file is empty")
        .at(Place::file(file))
        .expected("a column of days and a column of values")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(text: &str) -> Result<Sheet, Vec<Problem>> {
        let mut problems = Vec::new();
        let sheet = Sheet::read("x.csv", text, None, &mut problems);
        sheet.ok_or(problems)
    }

    fn shape(text: &str) -> (Option<char>, Option<u64>, usize, Vec<String>, usize) {
        let sheet = sheet(text).unwrap_or_else(|problems| panic!("{problems:?}"));
        let names = (0..sheet.names.len()).map(|column| sheet.name(column)).collect();
        (sheet.separator, sheet.header_line, sheet.lines_before, names, sheet.rows.len())
    }

    #[test]
    fn separators_headers_and_lines_before_them_are_found() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            shape("date,close\n2020-01-01,1.5\n2020-01-02,2\n"),
            (Some(','), Some(1), 0, names(&["date", "close"]), 2)
        );
        assert_eq!(
            shape("date\tclose\n10/12/2020\t10000\n11/12/2020\t9952,3921"),
            (Some('\t'), Some(1), 0, names(&["date", "close"]), 2)
        );
        assert_eq!(
            shape("2020-01-01;1,5\n2020-01-02;2,5"),
            (Some(';'), None, 0, names(&["column 1", "column 2"]), 2)
        );
        assert_eq!(
            shape("A title\r\r\nOf two lines\r\r\nDate,Close,\r\r\n2022-06-01,70.5,\r\r\n"),
            (Some(','), Some(3), 2, names(&["Date", "Close", "column 3"]), 1)
        );
        assert_eq!(
            shape("Price,Close\nTicker,BTC-USD\nDate,\n2020-01-01,7200\n"),
            (Some(','), Some(3), 0, names(&["Price", "Close"]), 1)
        );
        assert_eq!(
            shape("sep=;\ndate;close\n2020-01-01;1,5\n"),
            (Some(';'), Some(2), 0, names(&["date", "close"]), 1)
        );
        assert_eq!(
            shape("\"Date\",\"Price, USD\"\n\"08/13/2026\",\"3,412.50\"\n"),
            (Some(','), Some(1), 0, names(&["Date", "Price, USD"]), 1)
        );
    }

    #[test]
    fn a_quote_that_would_swallow_rows_is_found_with_its_line() {
        // An even number of quotes, of which the last opens a cell.
        let problems = sheet("a,b,c\n1,6\"x,\"y\n2,3,4\n5,6,7\n").err().unwrap();
        assert_eq!(problems[0].what, "a quote is not closed");
        assert_eq!(problems[0].place.as_ref().unwrap().line, Some(2));
        assert!(!ends_quoted("\"a,\"\"b\",c", ','));
    }

    #[test]
    fn titles_with_digits_stand_before_a_header() {
        let names = vec!["Date".to_string(), "Close".into()];
        let found = shape("2025 prices,\n2025-03-16,\nDate,Close\n2020-01-01,5\n");
        assert_eq!(found, (Some(','), Some(3), 2, names, 1));
        let found = shape("24h Volume,Date\n5,2020-01-01\n6,2020-01-02\n");
        assert_eq!((found.1, found.4), (Some(1), 2));
    }

    #[test]
    fn a_wrong_first_row_is_no_header() {
        let sheet = sheet("date,close\n2020-13-01,5_0\n2020-01-03,12\n").unwrap();
        assert_eq!((sheet.header_line, sheet.rows.len()), (Some(1), 2));
    }

    #[test]
    fn rows_of_another_width_are_refused_with_their_line() {
        let problems = sheet("d,c\n2020-01-01,1\n2020-01-02\n2020-01-03,3\n").err().unwrap();
        assert_eq!(problems[0].place.as_ref().unwrap().line, Some(3));
        let problems = sheet("d,c\n2020-01-01,1,5\n2020-01-02,2,5\n").err().unwrap();
        assert!(problems[0].help.as_ref().unwrap().contains("hold commas"));
        assert!(sheet("just text\nand more").is_err());
        assert!(sheet("a,b\nc,d").is_err());
        assert!(sheet("").is_err());
    }
}
