//! A study file as entries: dotted key → value with the line it stood on.
//!
//! In: TOML text, and where its files are read. Out: entries, over which those of another file can be laid. Not here: which keys
//! exist, but that the schema says which tables within a table hold keys.

use super::reader::Item;
use super::schema;
use super::source::Source;
use super::without;
use crate::error::{Place, Problem};
use jiff::civil::Date;
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

/// A value of the file.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) item: Item,
    /// The value as written.
    pub(crate) text: String,
    pub(crate) place: Place,
    /// The file that it stood in: 0 the study itself, 1 the study that it extends, and so on.
    pub(crate) level: usize,
}

/// A study file, or one laid over others.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// Name of the study file itself.
    pub(crate) file: String,
    /// Values by dotted key.
    pub(crate) entries: BTreeMap<String, Entry>,
    /// Line of each table.
    tables: BTreeMap<String, u64>,
    /// Where the files that it names are read, by level.
    sources: Vec<Source>,
    /// Keys and tables that it takes out of what it is laid over.
    pub(crate) without: Vec<String>,
}

impl Document {
    /// Reads TOML text that names files of `source`; what is wrong with the syntax comes back as problems.
    pub(crate) fn parse(file: &str, text: &str, source: &Source) -> Result<Self, Vec<Problem>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (tree, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(errors.iter().map(|e| syntax(file, text, e)).collect());
        }
        let mut document = Self {
            file: file.into(),
            entries: BTreeMap::new(),
            tables: BTreeMap::new(),
            sources: vec![source.clone()],
            without: Vec::new(),
        };
        for (key, value) in tree.get_ref() {
            let name = key.get_ref().as_ref();
            match value.get_ref() {
                // A table at the top is a section, except the grid of shares.
                DeValue::Table(section) if name != "shares" => {
                    let line = line_of(text, key.span().start);
                    document.tables.insert(name.into(), line);
                    document.add_section(text, name, section);
                }
                _ => document.add(text, name.into(), value),
            }
        }
        Ok(document)
    }
    fn add_section(&mut self, text: &str, name: &str, section: &DeTable<'_>) {
        for (key, value) in section {
            let dotted = format!("{name}.{}", key.get_ref());
            match value.get_ref() {
                // `btc_price.drift = "…"` without quotes below [basis] is a table to TOML.
                DeValue::Table(inner) if name == "basis" => {
                    for (key, value) in inner {
                        self.add(text, format!("{dotted}.{}", key.get_ref()), value);
                    }
                }
                DeValue::Table(inner) if schema::is_table(&dotted) => {
                    let line = line_of(text, key.span().start);
                    self.tables.insert(dotted.clone(), line);
                    self.add_section(text, &dotted, inner);
                }
                _ => self.add(text, dotted, value),
            }
        }
    }
    fn add(&mut self, text: &str, dotted: String, value: &toml::Spanned<DeValue<'_>>) {
        let span = value.span();
        let entry = Entry {
            item: item(value.get_ref()),
            text: one_line(text.get(span.clone()).unwrap_or("").trim_matches('"')),
            place: Place {
                file: self.file.clone(),
                line: Some(line_of(text, span.start)),
                column: Some(dotted.rsplit('.').next().unwrap_or(&dotted).into()),
            },
            level: 0,
        };
        self.entries.insert(dotted, entry);
    }
    /// This document laid over `base`: a key that it has hides the base's, and what it is without goes.
    pub(crate) fn over(self, base: Self) -> Self {
        let (mut entries, mut sources, mut without) = (base.entries, self.sources, self.without);
        entries.retain(|dotted, _| !without::is_named(dotted, &without));
        for entry in entries.values_mut() {
            entry.level += sources.len();
        }
        entries.extend(self.entries);
        sources.extend(base.sources);
        // The two together may be laid over another.
        without.extend(base.without);
        Self { file: self.file, entries, tables: self.tables, sources, without }
    }
    /// Where the files are read that an entry names: beside the file that it stood in.
    pub(crate) fn source(&self, entry: &Entry) -> &Source {
        &self.sources[entry.level]
    }
    /// Where a table begins; the file where it has none.
    pub(crate) fn table(&self, name: &str) -> Place {
        Place { file: self.file.clone(), line: self.tables.get(name).copied(), column: None }
    }
    /// Names of the tables of the study itself.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }
}

/// A text that goes over several lines, on one.
fn one_line(text: &str) -> String {
    if text.contains('\n') {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        text.into()
    }
}

fn line_of(text: &str, offset: usize) -> u64 {
    let newlines = text.bytes().take(offset).filter(|b| *b == b'\n').count();
    newlines as u64 + 1
}

fn syntax(file: &str, text: &str, error: &toml::de::Error) -> Problem {
    let line = error.span().map(|span| line_of(text, span.start));
    let written = line.and_then(|line| text.lines().nth(line as usize - 1)).unwrap_or("");
    Problem::new(format!("the study is not TOML: {}", error.message().replace('\n', ", ")))
        .at(Place { file: file.into(), line, column: None })
        .found(written)
}

fn item(value: &DeValue<'_>) -> Item {
    match value {
        DeValue::String(text) => Item::Text(text.to_string()),
        DeValue::Integer(whole) => {
            match i64::from_str_radix(whole.as_str(), whole.radix()) {
                Ok(whole) => Item::Whole(whole),
                // Beyond i64 it can only be meant as a number.
                Err(_) => Item::Number(whole.as_str().parse().unwrap_or(f64::NAN)),
            }
        }
        // An overflow reads as infinite and is refused by every range.
        DeValue::Float(number) => Item::Number(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Item::Flag(*flag),
        DeValue::Datetime(moment) => day(moment).map_or(Item::Other, Item::Day),
        DeValue::Array(values) => Item::List(values.iter().map(|v| item(v.get_ref())).collect()),
        DeValue::Table(values) => {
            let pair = |(k, v): (&toml::Spanned<_>, &toml::Spanned<_>)| -> (String, Item) {
                let key: &toml::de::DeString<'_> = k.get_ref();
                (key.to_string(), item(v.get_ref()))
            };
            Item::Table(values.iter().map(pair).collect())
        }
    }
}

/// The day of a date without a time.
fn day(moment: &toml::value::Datetime) -> Option<Date> {
    let date = moment.date.filter(|_| moment.time.is_none() && moment.offset.is_none())?;
    let year = i16::try_from(date.year).ok()?;
    Date::new(year, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(file: &str, text: &str) -> Result<Document, Vec<Problem>> {
        Document::parse(file, text, &Source::Embedded)
    }

    #[test]
    fn a_value_knows_its_line_and_its_text() {
        let document = parse("s.toml", "a = 1\n\n[b]\nc = 1e400\n").unwrap();
        let entry = &document.entries["b.c"];
        assert_eq!((entry.place.line, entry.text.as_str()), (Some(4), "1e400"));
        assert!(matches!(entry.item, Item::Number(v) if v.is_infinite()));
        assert_eq!(document.table("b").line, Some(3));
    }

    #[test]
    fn a_key_laid_over_another_hides_it_and_only_it() {
        let root = parse("root", "[t]\nx = 1\ny = 2\nz = 3").unwrap();
        let base = parse("base", "[t]\ny = 4\nz = 5").unwrap();
        let own = parse("own", "[t]\nz = 6").unwrap().over(base.over(root));
        let found = ["t.x", "t.y", "t.z"].map(|key| &own.entries[key]);
        assert_eq!(
            found.map(|entry| (entry.level, entry.text.as_str())),
            [(2, "1"), (1, "4"), (0, "6")]
        );
    }

    #[test]
    fn every_syntax_error_has_a_line() {
        let problems = parse("s.toml", "a = 1\na = 2\nb = [1,\n").unwrap_err();
        assert!(!problems.is_empty());
        assert!(problems.iter().all(|p| p.place.as_ref().unwrap().line.is_some()));
    }

    #[test]
    fn deep_nesting_is_refused_without_a_crash() {
        let text = format!("a = {}{}", "[".repeat(5000), "]".repeat(5000));
        assert!(parse("s.toml", &text).is_err());
    }
}
