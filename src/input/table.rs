//! A CSV file as a table: the header by name, every cell with its line.
//!
//! In: text and the columns that are wanted. Out: cells as typed values, or problems with file,
//! line and column. A field may be quoted but must end on its line, so one line is one row and no
//! row can be lost to a quote that is left open. Not here: what the columns mean.

use super::key::Kind;
use super::lines::lines_of;
use super::misnomer;
use super::period::Quarter;
use super::range::{Amount, Wrong};
use super::undisclosed::Instead;
use crate::error::{Place, Problem, did_you_mean, is_hidden, note};
use jiff::civil::Date;

/// A column of one of our schemas.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// Its name in the header.
    pub(crate) name: &'static str,
    /// Other names that the header may have for it.
    pub(crate) other_names: &'static [&'static str],
    /// What its cells hold.
    pub(crate) kind: Kind,
    /// Whether a cell may be left empty.
    pub(crate) may_be_empty: bool,
    /// Whether the file may lack it.
    pub(crate) may_be_absent: bool,
    /// Whether a cell may say that a number is not disclosed: `low..high`.
    pub(crate) may_be_range: bool,
    /// What stands in for an empty cell.
    pub(crate) blank: Instead,
}

/// A column of which every cell is filled.
pub(crate) const fn filled(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        other_names: &[],
        kind,
        may_be_empty: false,
        may_be_absent: false,
        may_be_range: false,
        blank: Instead::Nothing,
    }
}

/// A column of which cells may be empty.
pub(crate) const fn sparse(name: &'static str, kind: Kind) -> Column {
    Column { may_be_empty: true, ..filled(name, kind) }
}

/// A column that the file may lack, and of which cells may be empty.
pub(crate) const fn optional(name: &'static str, kind: Kind) -> Column {
    Column { may_be_absent: true, ..sparse(name, kind) }
}

impl Column {
    /// The same column of numbers, each of which may be undisclosed.
    pub(crate) const fn or_range(self) -> Self {
        Self { may_be_range: true, ..self }
    }
    /// The same column, with what stands in for an empty cell.
    pub(crate) const fn blank(self, blank: Instead) -> Self {
        Self { blank, ..self }
    }
    /// Unit of its numbers; empty where it holds none.
    pub(crate) fn unit(&self) -> &'static str {
        match &self.kind {
            Kind::Number(range) => range.unit(),
            _ => "",
        }
    }
    /// The cure of a cell that is wrong, where the column knows one.
    fn cure(&self, text: &str) -> Option<String> {
        let range = if self.may_be_range { "low..high where a range is known" } else { "" };
        match (text, &self.kind) {
            ("", Kind::Number(_)) if self.may_be_range => {
                Some(format!("fill it in, or write {range}"))
            }
            (_, Kind::Day) if text.contains("..") => {
                Some("ranges are for numbers: write one day, or leave it blank".into())
            }
            _ if !NOTHINGS.contains(&text.to_lowercase().as_str()) => None,
            _ if !self.may_be_empty => Some(format!("write {range}")).filter(|_| self.may_be_range),
            _ if self.may_be_range => Some(format!("leave it blank, or write {range}")),
            _ => Some("leave it blank".into()),
        }
    }
    /// What a cell is expected to hold.
    pub(crate) fn expected(&self) -> String {
        match (self.may_be_range, self.kind.expected()) {
            (true, number) => format!("{number}; low..high where it is not disclosed"),
            (false, expected) => expected,
        }
    }
    /// Its name, and the others that it may have.
    fn names(&self) -> String {
        self.all_names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
    }
    fn all_names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.other_names.iter().copied())
    }
}

/// What people write where they have nothing to write, in lower case.
const NOTHINGS: [&str; 14] = [
    "-", "–", "—", "n/a", "na", "n.a.", "#n/a", "nan", "none", "null", "nil", "?", "tbd", "unknown",
];

/// The columns that no file lacks, as a header.
fn required(columns: &[Column]) -> String {
    let names: Vec<_> = columns.iter().filter(|c| !c.may_be_absent).map(|c| c.name).collect();
    names.join(",")
}

/// A table of text cells, rectangular, with the wanted columns.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    file: &'a str,
    columns: &'a [Column],
    /// Column of the schema at each position of the file.
    order: Vec<usize>,
    /// The header as the file has it.
    names: csv::StringRecord,
    header_line: u64,
    rows: Vec<(u64, csv::StringRecord)>,
}

impl<'a> Table<'a> {
    /// Reads a table; what is wrong with its shape is added to `problems`.
    pub(crate) fn read(
        file: &'a str,
        text: &str,
        columns: &'a [Column],
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let before = problems.len();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = lines_of(file, text, problems);
        if problems.len() > before {
            return None;
        }
        if text.trim_start().starts_with(['{', '[']) {
            let names: Vec<_> = columns.iter().map(|c| c.name).collect();
            problems.push(
                Problem::new("the file is JSON")
                    .at(Place::file(file))
                    .expected(format!("a CSV table: {}", names.join(",")))
                    .help("save the table as CSV"),
            );
            return None;
        }
        let Some(&(header_line, _)) = lines.first() else {
            problems.push(
                Problem::new("the file is empty")
                    .at(Place::file(file))
                    .expected(format!("a header and rows: {}", required(columns))),
            );
            return None;
        };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let records: Result<Vec<_>, _> = reader.records().collect();
        let records = match records {
            Ok(records) if records.len() == lines.len() => records,
            _ => {
                let what = "the rows cannot be told apart";
                problems.push(Problem::new(what).at(Place::file(file)));
                return None;
            }
        };
        let mut rows = lines.iter().map(|(line, _)| *line).zip(records);
        let (_, header) = rows.next()?;
        let order = read_header(file, header_line, &header, columns, problems);
        let (order, names, rows_read) = (order?, header.clone(), Vec::new());
        let mut table = Self { file, columns, order, names, header_line, rows: rows_read };
        for (line, record) in rows {
            if record.len() == header.len() {
                table.rows.push((line, record));
            } else {
                note(problems, ragged(file, line, &record, header.len()));
            }
        }
        if table.rows.is_empty() && problems.len() == before {
            problems.push(Problem::new("the file has no rows").at(Place::file(file)));
        }
        (problems.len() == before).then_some(table)
    }
    /// Number of rows without the header.
    pub(crate) fn rows(&self) -> usize {
        self.rows.len()
    }
    /// The file as the user named it.
    pub(crate) fn file(&self) -> &'a str {
        self.file
    }
    /// Name of the schema's first column, by which rows are told apart.
    pub(crate) fn key_column(&self) -> &'static str {
        self.columns[0].name
    }
    /// Names of the columns in the order of the file.
    pub(crate) fn header(&self) -> Vec<&'static str> {
        self.order.iter().map(|index| self.columns[*index].name).collect()
    }
    /// Whether the file has a column.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.order.iter().any(|index| self.columns[*index].name == name)
    }
    /// The columns of the schema that the file has, in the order of the schema.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &'a Column> {
        self.columns.iter().filter(|column| self.has(column.name))
    }
    /// Line of the header.
    pub(crate) fn header_line(&self) -> u64 {
        self.header_line
    }
    /// Line of a row.
    pub(crate) fn line(&self, row: usize) -> u64 {
        self.rows[row].0
    }
    /// Place of a row, or of a cell.
    pub(crate) fn place(&self, row: usize, column: Option<&str>) -> Place {
        // A column goes by the name that the file has for it.
        let called = |name: &str| {
            let position = self.order.iter().position(|index| self.columns[*index].name == name);
            position.map_or(name, |position| &self.names[position]).to_string()
        };
        Place { file: self.file.into(), line: Some(self.line(row)), column: column.map(called) }
    }
    /// The cells of a row, to be read one by one.
    pub(crate) fn cells<'t>(&'t self, row: usize, problems: &'t mut Vec<Problem>) -> Cells<'t> {
        Cells { table: self, row, problems }
    }
}

/// One row being read: each wrong cell becomes a problem and a placeholder.
pub(crate) struct Cells<'t> {
    table: &'t Table<'t>,
    row: usize,
    problems: &'t mut Vec<Problem>,
}

impl Cells<'_> {
    /// The text of a cell with its column; nothing where the file lacks the column.
    fn cell(&self, name: &str) -> Option<(&Column, &str)> {
        let at = |index: &usize| self.table.columns[*index].name == name;
        let position = self.table.order.iter().position(at)?;
        let text = self.table.rows[self.row].1.get(position);
        let column = &self.table.columns[self.table.order[position]];
        Some((column, text.expect("every row has the header's length")))
    }
    fn parse<T>(
        &mut self,
        name: &str,
        read: impl Fn(&Kind, &str) -> Result<T, Wrong>,
    ) -> Option<T> {
        let (column, text) = self.cell(name)?;
        if text.is_empty() && column.may_be_empty {
            return None;
        }
        match read(&column.kind, text) {
            Ok(value) => Some(value),
            Err(wrong) => {
                let place = self.table.place(self.row, Some(name));
                let called = place.column.as_deref().unwrap_or(name);
                let mut problem = Problem::new(format!("{called} {}", wrong.what))
                    .found(text)
                    .expected(column.expected());
                problem.help = column.cure(text).or(wrong.help);
                note(self.problems, problem.at(place));
                None
            }
        }
    }
    /// Whether the file has the column and the cell is empty.
    pub(crate) fn is_blank(&self, name: &str) -> bool {
        self.cell(name).is_some_and(|(_, text)| text.is_empty())
    }
    /// Notes what is wrong with a cell beyond its own range.
    pub(crate) fn refuse(&mut self, name: &str, wrong: &str, help: String) {
        let (column, text) = self.cell(name).expect("only what was read is refused");
        let place = self.table.place(self.row, Some(name));
        let called = place.column.as_deref().unwrap_or(name);
        let problem = Problem::new(format!("{called} {wrong}")).found(text);
        let problem = problem.expected(column.expected()).help(help).at(place);
        note(self.problems, problem);
    }
    /// A number, or the two that it lies between.
    pub(crate) fn amount(&mut self, name: &str) -> Option<Amount> {
        let may_be_range = self.cell(name).is_some_and(|(column, _)| column.may_be_range);
        self.parse(name, |kind, text| match kind {
            Kind::Number(range) if may_be_range => range.parse_amount(text),
            Kind::Number(range) => range.parse(text).map(Amount::Number),
            _ => unreachable!("the column holds numbers"),
        })
    }
    /// A name: text without hidden characters that neither begins nor ends with a space.
    pub(crate) fn name(&mut self, name: &str) -> String {
        let text = self.parse(name, |_, text| match text.trim() {
            "" => Err(Wrong::new("is missing")),
            _ if text.chars().any(is_hidden) => Err(Wrong {
                what: "holds a character that cannot be seen".into(),
                help: Some(
                    "write it in plain letters: no tab, no mark of direction, nothing without \
                     width"
                        .into(),
                ),
            }),
            trimmed if trimmed != text => Err(Wrong {
                what: "begins or ends with a space".into(),
                help: Some(format!("write it without: {trimmed}")),
            }),
            _ => Ok(text.to_string()),
        });
        text.unwrap_or_default()
    }
    /// One of the column's words, by its position.
    pub(crate) fn word(&mut self, name: &str) -> Option<usize> {
        self.parse(name, |kind, text| {
            let Kind::OneOf(words) = kind else { unreachable!("the column holds words") };
            let hint = || Some(did_you_mean(text, words.iter().copied())).filter(|h| !h.is_empty());
            words
                .iter()
                .position(|word| *word == text)
                .ok_or_else(|| Wrong { what: "is none of its words".into(), help: hint() })
        })
    }
    /// A number, or nothing where the cell may be empty.
    pub(crate) fn optional_number(&mut self, name: &str) -> Option<f64> {
        self.parse(name, |kind, text| match kind {
            Kind::Number(range) => range.parse(text),
            _ => unreachable!("the column holds numbers"),
        })
    }
    /// A number.
    pub(crate) fn number(&mut self, name: &str) -> f64 {
        self.optional_number(name).unwrap_or(f64::NAN)
    }
    /// A whole number.
    pub(crate) fn whole(&mut self, name: &str) -> u32 {
        let whole = self.parse(name, |kind, text| {
            let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            let value = text.parse::<u32>().ok().filter(|_| plain);
            value
                .filter(|v| kind.holds_whole(i64::from(*v)))
                .ok_or_else(|| Wrong::new("is not a whole number in its range"))
        });
        whole.unwrap_or(0)
    }
    /// Text; never empty unless the column may be.
    pub(crate) fn text(&mut self, name: &str) -> String {
        let text = self.parse(name, |_, text| match text.trim() {
            "" => Err(Wrong::new("is missing")),
            _ => Ok(text.to_string()),
        });
        text.unwrap_or_default()
    }
    /// `yes` or `no`.
    pub(crate) fn yes(&mut self, name: &str) -> bool {
        let yes = self.parse(name, |_, text| match text {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(Wrong::new("is neither yes nor no")),
        });
        yes.unwrap_or(false)
    }
    /// A day, as `2026-07-31`.
    pub(crate) fn day(&mut self, name: &str) -> Option<Date> {
        self.parse(name, |_, text| {
            let day = (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten();
            day.ok_or_else(|| Wrong::new("is not written as a day"))
        })
    }
    /// A quarter, as `2026Q2`.
    pub(crate) fn quarter(&mut self, name: &str) -> Option<Quarter> {
        self.parse(name, |_, text| {
            Quarter::parse(text).ok_or_else(|| Wrong::new("is not written as a quarter"))
        })
    }
}

fn ragged(file: &str, line: u64, record: &csv::StringRecord, fields: usize) -> Problem {
    Problem::new(format!("the row has {} fields, the header {fields}", record.len()))
        .at(Place { file: file.into(), line: Some(line), column: None })
        .found(record.iter().collect::<Vec<_>>().join(","))
        .expected(format!("{fields} fields"))
        .help("quote text that contains a comma")
}

/// Position in `columns` of each field of the header.
fn read_header(
    file: &str,
    line: u64,
    header: &csv::StringRecord,
    columns: &[Column],
    problems: &mut Vec<Problem>,
) -> Option<Vec<usize>> {
    let before = problems.len();
    let place = Place { file: file.into(), line: Some(line), column: None };
    let at = |name: &str| Place { column: Some(name.into()), ..place.clone() };
    let names: Vec<_> = columns.iter().map(|c| c.name).collect();
    if header.len() == 1 && columns.len() > 1 && header[0].contains([';', '\t']) {
        let (mark, marks) = match header[0].contains(';') {
            true => (";", "semicolons"),
            false => ("a tab", "tabs"),
        };
        problems.push(
            Problem::new(format!("the columns are separated by {marks}, not by commas"))
                .at(place)
                .found(&header[0])
                .expected(required(columns))
                .help(format!("save it as CSV with commas; this one has {mark} between columns")),
        );
        return None;
    }
    let mut order = Vec::new();
    // A missing column that an unknown one is taken for is not told again.
    let mut proposed = String::new();
    for name in header {
        match columns.iter().position(|column| column.all_names().any(|known| known == name)) {
            Some(index) if order.contains(&index) => {
                let what = format!("column {} is given twice", columns[index].names());
                problems
                    .push(Problem::new(what).at(at(name)).help("remove or rename one of the two"));
            }
            Some(index) => order.push(index),
            None => {
                let cure = misnomer::cure(name, columns);
                let plain = name.trim().to_ascii_lowercase();
                let near = || did_you_mean(&plain, columns.iter().flat_map(Column::all_names));
                let hint = cure.unwrap_or_else(near);
                proposed.push_str(&hint);
                let help = if hint.is_empty() { "remove the column".into() } else { hint };
                problems.push(
                    Problem::new("unknown column")
                        .at(at(name))
                        .found(name)
                        .expected(names.join(","))
                        .help(help),
                );
            }
        }
    }
    for (index, column) in columns.iter().enumerate() {
        let is_wanted = !column.may_be_absent && !order.contains(&index);
        if is_wanted && !column.all_names().any(|name| proposed.contains(&format!("`{name}`"))) {
            problems.push(
                Problem::new(format!("column {} is missing", column.names()))
                    .at(place.clone())
                    .expected(format!("in every row {}", column.expected())),
            );
        }
    }
    (problems.len() == before).then_some(order)
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
