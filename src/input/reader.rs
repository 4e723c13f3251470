//! Reading the values of a study one by one, noting every problem.
//!
//! In: the entries of a study. Out: values, placeholders where one is wrong, and the problems; a
//! study is made only where there are none. Not here: which keys there are.

use super::contracts::Setting;
use super::document::{Document, Entry};
use super::key::{Key, Kind};
use super::range::Wrong;
use super::series::{self, Series, SeriesFile};
use super::source::{InputFile, Source};
use super::table::{Column, Table};
use super::undisclosed::Undisclosed;
use crate::error::{Place, Problem};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// A value of a study file, whatever the key wants.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// A quoted text.
    Text(String),
    /// A number without point or exponent.
    Whole(i64),
    /// A number; may be infinite or no number.
    Number(f64),
    /// `true` or `false`.
    Flag(bool),
    /// A day.
    Day(Date),
    /// `[…]`.
    List(Vec<Self>),
    /// `{…}`.
    Table(BTreeMap<String, Self>),
    /// A time, or a day that the calendar lacks.
    Other,
}

/// A history with the days it spans.
pub(crate) struct Span<T> {
    pub(crate) value: T,
    pub(crate) first: Option<Date>,
    pub(crate) last: Option<Date>,
}

/// A study being read.
pub(crate) struct Reader<'a> {
    pub(crate) document: &'a Document,
    /// What is wrong so far.
    pub(crate) problems: Vec<Problem>,
    /// The files read so far.
    pub(crate) inputs: Vec<InputFile>,
    /// What contracts are held against.
    pub(crate) setting: Setting,
    /// What the fleet and the contracts do not disclose.
    pub(crate) undisclosed: Vec<Undisclosed>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(document: &'a Document) -> Self {
        Self {
            document,
            problems: Vec::new(),
            inputs: Vec::new(),
            setting: Setting::default(),
            undisclosed: Vec::new(),
        }
    }
    /// The entry of a key, if the study has one.
    pub(crate) fn entry(&self, key: &Key) -> Option<&'a Entry> {
        self.document.entries.get(&key.dotted())
    }
    /// Where the file is read that a key names, which the study has.
    fn source(&self, key: &Key) -> &'a Source {
        self.document.source(self.entry(key).expect("the value of the key was read"))
    }
    /// Where a key stands; its table where the study lacks it.
    pub(crate) fn place(&self, key: &Key) -> Place {
        match self.entry(key) {
            Some(entry) => entry.place.clone(),
            None => self.document.table(key.table),
        }
    }
    /// Reads the value of a key, which must be there.
    pub(crate) fn item<T>(
        &mut self,
        key: &Key,
        read: impl Fn(&Item, &Kind) -> Result<T, Wrong>,
    ) -> Option<T> {
        let Some(entry) = self.entry(key) else {
            let table = match key.table {
                "" => "at the top".into(),
                table => format!("in [{table}]"),
            };
            self.problems.push(
                Problem::new(format!("`{}` is missing {table}", key.name))
                    .at(self.place(key))
                    .expected(key.kind.expected())
                    .help(format!("for example {} = {}", key.name, key.typical)),
            );
            return None;
        };
        match read(&entry.item, &key.kind) {
            Ok(value) => Some(value),
            Err(wrong) => {
                let mut problem = Problem::new(format!("{} {}", key.name, wrong.what))
                    .at(entry.place.clone())
                    .found(&entry.text)
                    .expected(key.kind.expected());
                problem.help = wrong.help;
                self.problems.push(problem);
                None
            }
        }
    }
    /// Reads the file that a key names; nothing where it names none.
    pub(crate) fn file<T>(
        &mut self,
        key: &Key,
        columns: &[Column],
        read: impl FnOnce(&Table<'_>, &mut Vec<Problem>) -> Span<T>,
    ) -> Option<T> {
        let name: String = self.item(key, super::key::Value::read)?;
        if name.is_empty() {
            return None;
        }
        let source = self.source(key);
        let text = match source.text(&key.dotted(), &name) {
            Ok(text) => text,
            Err(problems) => {
                let place = self.place(key);
                self.problems.extend(problems.0.into_iter().map(|p| p.named_at(&place)));
                return None;
            }
        };
        let place = source.place(&name);
        let table = Table::read(&place, &text, columns, &mut self.problems)?;
        let span = read(&table, &mut self.problems);
        let mut input = InputFile::new(&key.dotted(), &name, &text);
        input.rows = table.rows();
        (input.first, input.last) = (span.first, span.last);
        self.inputs.push(input);
        Some(span.value)
    }
    /// Reads the series that a key names, the others of its quantity beside the first; nothing
    /// where it names none.
    pub(crate) fn series(&mut self, key: &Key, as_of: Date) -> Option<Series> {
        let Kind::Series(quantity) = key.kind else { unreachable!("a series is declared as one") };
        self.entry(key)?;
        let files: Vec<SeriesFile> = self.item(key, super::key::Value::read)?;
        let source = self.source(key);
        let mut read: Vec<Option<Series>> = Vec::new();
        for (index, wanted) in files.iter().enumerate() {
            let name = match index {
                0 => key.dotted(),
                other => format!("{}[{other}]", key.dotted()),
            };
            let text = match source.text(&name, &wanted.file) {
                Ok(text) => text,
                Err(problems) => {
                    let place = self.place(key);
                    self.problems.extend(problems.0.into_iter().map(|p| p.named_at(&place)));
                    continue;
                }
            };
            let place = source.place(&wanted.file);
            let problems = &mut self.problems;
            let before = problems.len();
            let series = series::read(quantity, &place, &text, wanted, as_of, problems);
            assert!(series.is_some() || problems.len() > before, "what is not read is refused");
            if let Some(series) = &series {
                let mut input = InputFile::new(&name, &wanted.file, &text);
                input.rows = series.account.rows_read;
                input.first = series.days.first().copied();
                input.last = series.days.last().copied();
                self.inputs.push(input);
            }
            read.push(series);
        }
        let mut read = read.into_iter().flatten();
        let mut first = read.next()?;
        first.others = read.collect();
        Some(first)
    }
    /// Notes that a value does not fit the others.
    pub(crate) fn refuse(&mut self, key: &Key, what: impl Into<String>, expected: String) {
        let found = self.entry(key).map(|entry| entry.text.clone());
        let mut problem = Problem::new(what).at(self.place(key)).expected(expected);
        problem.found = found;
        self.problems.push(problem);
    }
}
