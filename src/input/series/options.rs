//! What a study says of a series: its file, and the answers to what the file does not decide.
//!
//! In: `"my.csv"`, `{ file = "my.csv", unit = "TH/s" }`, or a list of these. Out: the files, each
//! with its answers. Not here: reading the files.

use super::quantity::{FOREIGN, Quantity, plain};
use super::{day, number};
use crate::error::did_you_mean;
use crate::input::key::{Kind, Value};
use crate::input::range::Wrong;
use crate::input::reader::Item;
use jiff::tz::{Offset, TimeZone};
use std::collections::BTreeMap;

/// What may be said of a file.
pub(crate) const OPTIONS: [&str; 7] =
    ["date_column", "value_column", "date_format", "unit", "timezone", "separator", "decimal"];

/// What a series may be in a study.
pub(crate) const EXPECTED: &str =
    "a file name, { file = \"my.csv\", value_column = \"close\" }, or a list of these";

/// A file of a series with what the study says of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SeriesFile {
    /// The file as the study names it.
    pub file: String,
    stated: BTreeMap<&'static str, String>,
}

impl SeriesFile {
    /// A file of which nothing more is said.
    pub fn new(file: impl Into<String>) -> Self {
        Self { file: file.into(), stated: BTreeMap::new() }
    }
    /// What the study says by one of the names `date_column`, `value_column`, `date_format`,
    /// `unit`, `timezone`, `separator`, `decimal`.
    pub fn stated(&self, option: &str) -> Option<&str> {
        self.stated.get(option).map(String::as_str)
    }
    /// The same file with one thing more said of it.
    #[cfg(test)]
    pub(crate) fn with(mut self, option: &'static str, text: &str) -> Self {
        self.stated.insert(option, text.into());
        self
    }
    pub(crate) fn separator(&self) -> Option<char> {
        self.stated("separator").and_then(separator)
    }
    pub(crate) fn decimal(&self) -> Option<number::Decimal> {
        self.stated("decimal").and_then(decimal)
    }
    pub(crate) fn zone(&self) -> Option<TimeZone> {
        self.stated("timezone").and_then(zone)
    }
    fn read(item: &Item, quantity: &Quantity) -> Result<Self, Wrong> {
        let parts = match item {
            Item::Text(name) => return Ok(Self::new(name)),
            Item::Table(parts) => parts,
            _ => return Err(Wrong::new("is no file of a series")),
        };
        let Some(Item::Text(file)) = parts.get("file").filter(|file| **file != empty()) else {
            return Err(Wrong::new("lacks `file`, the name of a file"));
        };
        let mut stated = BTreeMap::new();
        for (name, value) in parts.iter().filter(|(name, _)| *name != "file") {
            let Some(option) = OPTIONS.iter().find(|known| *known == name) else {
                let hint = did_you_mean(name, OPTIONS);
                let known = format!("what can be said: {}", OPTIONS.join(", "));
                return Err(Wrong {
                    what: format!("says `{name}`, which is unknown"),
                    help: Some(if hint.is_empty() { known } else { hint }),
                });
            };
            let text = match value {
                Item::Text(text) => text.clone(),
                Item::Whole(number) if option.ends_with("_column") => number.to_string(),
                _ => return Err(Wrong::new(format!("says `{name}`, which is not text"))),
            };
            check(option, &text, quantity)?;
            stated.insert(*option, text);
        }
        Ok(Self { file: file.clone(), stated })
    }
    fn write(&self) -> String {
        let quoted = |text: &str| toml::Value::String(text.into()).to_string();
        if self.stated.is_empty() {
            return quoted(&self.file);
        }
        let stated = self.stated.iter().map(|(name, text)| format!(", {name} = {}", quoted(text)));
        format!("{{ file = {}{} }}", quoted(&self.file), stated.collect::<String>())
    }
}

fn empty() -> Item {
    Item::Text(String::new())
}

/// Refuses an answer that is none.
fn check(option: &str, text: &str, quantity: &Quantity) -> Result<(), Wrong> {
    let expected = match option {
        "date_format" if day::Format::of_name(text).is_none() => day::EXPECTED.to_string(),
        "unit" if quantity.unit(text).is_none() => {
            let foreign = FOREIGN.iter().any(|(_, names)| names.contains(&plain(text).as_str()));
            let reason = if foreign { "; no exchange rate is read" } else { "" };
            format!("{}{reason}", quantity.unit_names())
        }
        "timezone" if zone(text).is_none() => {
            "\"UTC\", \"Europe/Berlin\" or \"+02:00\"".to_string()
        }
        "separator" if separator(text).is_none() => "\",\", \";\", \"|\" or \"tab\"".to_string(),
        "decimal" if decimal(text).is_none() => "\".\" or \",\"".to_string(),
        "date_column" | "value_column" if text.is_empty() => {
            "the name of a column, or its number from 1".to_string()
        }
        _ => return Ok(()),
    };
    Err(Wrong {
        what: format!("says {option} = \"{text}\", which is none"),
        help: Some(format!("{option} can be {expected}")),
    })
}

fn separator(text: &str) -> Option<char> {
    match text {
        "," | ";" | "|" | "\t" => text.chars().next(),
        "tab" => Some('\t'),
        _ => None,
    }
}

fn decimal(text: &str) -> Option<number::Decimal> {
    match text {
        "." => Some(number::Decimal::Point),
        "," => Some(number::Decimal::Comma),
        _ => None,
    }
}

fn zone(text: &str) -> Option<TimeZone> {
    match day::read_offset(text) {
        Some(minutes) => Offset::from_seconds(minutes * 60).ok().map(TimeZone::fixed),
        None => TimeZone::get(text).ok(),
    }
}

impl Value for Vec<SeriesFile> {
    fn placeholder() -> Self {
        Self::new()
    }
    fn read(item: &Item, kind: &Kind) -> Result<Self, Wrong> {
        let Kind::Series(quantity) = kind else { unreachable!("a series is declared as one") };
        match item {
            Item::Text(name) if name.is_empty() => Ok(Self::new()),
            Item::List(items) if items.is_empty() => Ok(Self::new()),
            Item::List(items) => {
                if items.contains(&empty()) {
                    return Err(Wrong::new("lists a file without a name"));
                }
                items.iter().map(|item| SeriesFile::read(item, quantity)).collect()
            }
            one => Ok(vec![SeriesFile::read(one, quantity)?]),
        }
    }
    fn write(&self) -> Option<String> {
        Some(match &self[..] {
            [] => "\"\"".into(),
            [one] => one.write(),
            many => {
                let files: Vec<String> = many.iter().map(SeriesFile::write).collect();
                format!("[{}]", files.join(", "))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::document::Document;
    use crate::input::source::Source;

    fn files(toml: &str) -> Result<Vec<SeriesFile>, Wrong> {
        let document =
            Document::parse("t", &format!("[data]\nhashrate = {toml}"), &Source::Embedded).unwrap();
        let quantity = Quantity::of_key("hashrate").unwrap();
        Vec::<SeriesFile>::read(&document.entries["data.hashrate"].item, &Kind::Series(quantity))
    }

    #[test]
    fn a_series_is_written_as_it_is_read() {
        for toml in [
            "\"\"",
            "\"a.csv\"",
            "{ file = \"a.csv\", separator = \";\", unit = \"TH/s\", value_column = \"2\" }",
            "[\"a.csv\", { file = \"b \\\"c\\\".csv\", timezone = \"Europe/Berlin\" }]",
        ] {
            let read = files(toml).unwrap();
            let written = read.write().unwrap();
            assert_eq!(files(&written).unwrap(), read, "{written}");
        }
        assert_eq!(
            files("{ file = \"a\", value_column = 2 }").unwrap()[0].stated("value_column"),
            Some("2")
        );
    }

    #[test]
    fn what_is_no_answer_is_refused_with_the_answers() {
        for (toml, part) in [
            ("{ file = \"a\", unti = \"TH/s\" }", "did you mean `unit`?"),
            ("{ file = \"a\", unit = \"kWh\" }", "\"EH/s\" or"),
            ("{ file = \"a\", date_format = \"DMY\" }", "\"D/M/Y\""),
            ("{ file = \"a\", timezone = \"Berlin\" }", "Europe/Berlin"),
            ("{ file = \"a\", separator = \"x\" }", "\"tab\""),
            ("{ file = \"a\", decimal = \"'\" }", "\".\" or"),
            ("{ file = \"a\", value_column = \"\" }", "its number"),
        ] {
            assert!(files(toml).unwrap_err().help.unwrap().contains(part), "{toml}");
        }
        for toml in ["7", "{ unit = \"TH/s\" }", "[\"\"]", "[1]", "{ file = \"\" }"] {
            assert!(files(toml).is_err(), "{toml}");
        }
    }
}
