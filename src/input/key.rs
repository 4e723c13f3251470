//! The keys of a study: one place that binds a key to its field, unit, range and meaning.
//!
//! In: a declaration per table. Out: the struct, its reader and its writer. Not here: the values.

use super::period::YearMonth;
use super::range::{Range, Wrong};
use super::reader::{Item, Reader};
use super::series::{EXPECTED, Quantity};
use jiff::civil::Date;

/// What a value is, with its unit and range.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A number.
    Number(Range),
    /// A whole number from the first to the second, of a unit.
    Whole(i64, i64, &'static str),
    /// `true` or `false`.
    Flag,
    /// `yes` or `no`, in CSV.
    YesNo,
    /// A day.
    Day,
    /// A month.
    Month,
    /// A quarter, in CSV.
    Quarter,
    /// Text.
    Text,
    /// A short name: `[a-z0-9_-]+`.
    Name,
    /// Name of a CSV file; `""` for none where none is possible.
    File,
    /// A series: a file with what is said of it, or several; `""` for none.
    Series(&'static Quantity),
    /// A list of studies, by name or by file.
    Studies,
    /// A triangular law, or a number.
    Triangle(Range),
    /// A list of shares, or an evenly spaced grid of them.
    Shares,
    /// One of a few words.
    OneOf(&'static [&'static str]),
    /// A list of some of these words, each once.
    Words(&'static [&'static str]),
    /// Laws of motion: one by name, or several by weight.
    Models(Range),
    /// A drift: a number, or where to take it from.
    Drift(Range),
    /// A volatility: a number, or where to take it from.
    Volatility(Range),
    /// A list of two or three numbers.
    Numbers(Range),
    /// Two or three such lists.
    Matrix(Range),
}

impl Kind {
    /// What is expected, as in "a number from 0 to 1, of power".
    pub(crate) fn expected(&self) -> String {
        match self {
            Self::Number(range) => range.expected(),
            Self::Whole(low, high, unit) => format!("a whole number from {low} to {high}, {unit}"),
            Self::Flag => "true or false".into(),
            Self::YesNo => "yes or no".into(),
            Self::Day => "a day as 2026-07-31".into(),
            Self::Month => "a month as 2026-07".into(),
            Self::Quarter => "a quarter as 2026Q2".into(),
            Self::Text => "text".into(),
            Self::Name => "a name of at most 64 of a-z, 0-9, _ and -".into(),
            Self::File => "the name of a CSV file".into(),
            Self::Series(quantity) => format!("a series of {}: {EXPECTED}", quantity.noun),
            Self::Triangle(range) => {
                format!("{{ low, mode, high }} in ascending order, each {}", range.expected())
            }
            Self::Studies => format!("a list, each item {STUDY_EXPECTED}"),
            Self::Shares => "shares from 0 to 1: [0.0, 0.2] or { from, to, step }".into(),
            Self::OneOf(words) => {
                let quoted: Vec<_> = words.iter().map(|w| format!("\"{w}\"")).collect();
                quoted.join(" or ")
            }
            Self::Words(words) => {
                let quoted: Vec<_> = words.iter().map(|w| format!("\"{w}\"")).collect();
                format!("a list of any of {}, each once", quoted.join(", "))
            }
            Self::Models(range) => {
                format!(
                    "a model's name, or weights {{ name = weight, … }}, each {}",
                    range.expected()
                )
            }
            Self::Drift(range) => format!("{}, \"fitted\" or \"forward\"", range.expected()),
            Self::Volatility(range) => format!("{}, or \"implied\"", range.expected()),
            Self::Numbers(range) => format!("a list of 2 or 3, each {}", range.expected()),
            Self::Matrix(range) => format!("2 or 3 rows of as many, each {}", range.expected()),
        }
    }
    /// Whether a whole number lies in the range.
    pub(crate) fn holds_whole(&self, value: i64) -> bool {
        matches!(self, Self::Whole(low, high, _) if (*low..=*high).contains(&value))
    }
    pub(crate) fn range(&self) -> &Range {
        match self {
            Self::Number(range)
            | Self::Triangle(range)
            | Self::Models(range)
            | Self::Drift(range)
            | Self::Volatility(range)
            | Self::Numbers(range)
            | Self::Matrix(range) => range,
            _ => unreachable!("a field that is a number is declared with a range"),
        }
    }
}

/// A key of the study file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Name of its table; empty at the top of the file.
    pub(crate) table: &'static str,
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// What its value is.
    pub(crate) kind: Kind,
    /// What it means, in a sentence.
    pub(crate) meaning: &'static str,
    /// A typical value, as TOML.
    pub(crate) typical: &'static str,
}

impl Key {
    /// Its name with that of its table: `btc_price.drift_per_year`.
    pub(crate) fn dotted(&self) -> String {
        if self.table.is_empty() {
            self.name.into()
        } else {
            format!("{}.{}", self.table, self.name)
        }
    }
}

/// A type of value that a key can have.
pub(crate) trait Value: Sized {
    /// Stands in for a value that could not be read; a study with one is never made.
    fn placeholder() -> Self;
    /// The value of an item of the file.
    fn read(item: &Item, kind: &Kind) -> Result<Self, Wrong>;
    /// The value as TOML; `None` if it is a file, whose name the study keeps.
    fn write(&self) -> Option<String>;
    /// The number that the value is, or the one of that index in a list; `None` if it is none.
    fn number_mut(&mut self, _index: Option<usize>) -> Option<&mut f64> {
        None
    }
    /// Reads the value of a key.
    fn of(reader: &mut Reader<'_>, key: &Key) -> Self {
        reader.item(key, Self::read).unwrap_or_else(Self::placeholder)
    }
}

/// What names a study.
pub(crate) const STUDY_EXPECTED: &str =
    "the name of a study that comes with wattshift, or a file that ends in .toml";

/// A number of the file in its range.
pub(crate) fn number(item: &Item, range: &Range) -> Result<f64, Wrong> {
    match item {
        Item::Number(value) => range.check(*value),
        Item::Whole(value) => range.check(*value as f64),
        Item::Text(text) if text.parse::<f64>().is_ok() => Err(Wrong {
            what: "is text, not a number".into(),
            help: Some("remove the quotes".into()),
        }),
        _ => Err(Wrong::new("is not a number")),
    }
}

impl Value for f64 {
    fn placeholder() -> Self {
        Self::NAN
    }
    fn read(item: &Item, kind: &Kind) -> Result<Self, Wrong> {
        number(item, kind.range())
    }
    fn write(&self) -> Option<String> {
        Some(format!("{self:?}"))
    }
    fn number_mut(&mut self, index: Option<usize>) -> Option<&mut f64> {
        index.is_none().then_some(self)
    }
}

/// Regimes that a list of numbers may speak of.
const LIST_LENGTHS: std::ops::RangeInclusive<usize> = 2..=3;

/// The items of a list of two or three.
fn short_list(item: &Item) -> Result<&[Item], Wrong> {
    match item {
        Item::List(items) if LIST_LENGTHS.contains(&items.len()) => Ok(items),
        _ => Err(Wrong::new("is not a list of 2 or 3")),
    }
}

impl Value for Vec<f64> {
    fn placeholder() -> Self {
        Self::new()
    }
    fn read(item: &Item, kind: &Kind) -> Result<Self, Wrong> {
        short_list(item)?.iter().map(|item| number(item, kind.range())).collect()
    }
    fn write(&self) -> Option<String> {
        Some(format!("{self:?}"))
    }
    fn number_mut(&mut self, index: Option<usize>) -> Option<&mut f64> {
        self.get_mut(index?)
    }
}

impl Value for Vec<String> {
    fn placeholder() -> Self {
        Self::new()
    }
    fn read(item: &Item, _: &Kind) -> Result<Self, Wrong> {
        let Item::List(items) = item else { return Err(Wrong::new("is not a list")) };
        if items.is_empty() {
            return Err(Wrong::new("is an empty list"));
        }
        let texts = items.iter().map(|item| match item {
            Item::Text(text) if !text.is_empty() => Ok(text.clone()),
            _ => Err(Wrong::new("holds something that names no study")),
        });
        texts.collect()
    }
    fn write(&self) -> Option<String> {
        Some(toml::Value::from(self.clone()).to_string())
    }
}

impl Value for Vec<Vec<f64>> {
    fn placeholder() -> Self {
        Self::new()
    }
    fn read(item: &Item, kind: &Kind) -> Result<Self, Wrong> {
        short_list(item)?.iter().map(|item| Vec::<f64>::read(item, kind)).collect()
    }
    fn write(&self) -> Option<String> {
        Some(format!("{self:?}"))
    }
}

/// A whole number, read through its range.
macro_rules! whole {
    ($($type:ty),*) => { $(
        impl Value for $type {
            fn placeholder() -> Self {
                0
            }
            fn read(item: &Item, kind: &Kind) -> Result<Self, Wrong> {
                let Item::Whole(value) = item else {
                    return Err(Wrong::new("is not a whole number"));
                };
                let fits = Self::try_from(*value).ok().filter(|_| kind.holds_whole(*value));
                fits.ok_or_else(|| Wrong::new("is out of range"))
            }
            fn write(&self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )* };
}
whole!(u32, u64, i16);

impl Value for bool {
    fn placeholder() -> Self {
        false
    }
    fn read(item: &Item, _: &Kind) -> Result<Self, Wrong> {
        match item {
            Item::Flag(flag) => Ok(*flag),
            _ => Err(Wrong::new("is neither true nor false")),
        }
    }
    fn write(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Value for String {
    fn placeholder() -> Self {
        Self::new()
    }
    fn read(item: &Item, kind: &Kind) -> Result<Self, Wrong> {
        let Item::Text(text) = item else {
            return Err(Wrong::new("is not text"));
        };
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b);
        let is_name = (1..=64).contains(&text.len()) && text.bytes().all(plain);
        if matches!(kind, Kind::Name) && !is_name {
            return Err(Wrong::new("is not a plain name"));
        }
        Ok(text.clone())
    }
    fn write(&self) -> Option<String> {
        Some(toml::Value::String(self.clone()).to_string())
    }
}

impl Value for Date {
    fn placeholder() -> Self {
        // No row of a history is later, so that a wrong as-of date is told alone.
        Self::MAX
    }
    fn read(item: &Item, _: &Kind) -> Result<Self, Wrong> {
        match item {
            Item::Day(day) => Ok(*day),
            Item::Text(text) if text.parse::<Self>().is_ok() => Err(Wrong {
                what: "is text, not a day".into(),
                help: Some("remove the quotes".into()),
            }),
            _ => Err(Wrong::new("is not a day")),
        }
    }
    fn write(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Value for YearMonth {
    fn placeholder() -> Self {
        Self::new(2000, 1).expect("January 2000 is a month")
    }
    fn read(item: &Item, _: &Kind) -> Result<Self, Wrong> {
        match item {
            Item::Text(text) => {
                Self::parse(text).ok_or_else(|| Wrong::new("is not written as a month"))
            }
            _ => Err(Wrong {
                what: "is not a month".into(),
                help: Some("write it in quotes: \"2026-07\"".into()),
            }),
        }
    }
    fn write(&self) -> Option<String> {
        Some(format!("\"{self}\""))
    }
}

/// A dotted key and the index behind it: `a.b[2]`; `None` if the index is none.
pub(crate) fn indexed(dotted: &str) -> Option<(&str, Option<usize>)> {
    match dotted.split_once('[') {
        None => Some((dotted, None)),
        Some((name, index)) => Some((name, Some(index.strip_suffix(']')?.parse().ok()?))),
    }
}

/// Declares a table of the study: the struct, its keys, how it is read and how it is written.
macro_rules! table {
    (
        $(#[doc = $about:literal])+
        $vis:vis struct $Name:ident in $table:literal {
            $( $(#[doc = $doc:literal])+ $field:ident: $type:ty = $kind:expr, $typical:literal; )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq)]
        $vis struct $Name {
            $(
                $(#[doc = $doc])+
                #[doc = ""]
                #[doc = concat!("Typical: `", $typical, "`.")]
                pub $field: $type,
            )+
        }

        impl $Name {
            /// Its keys in the study.
            pub(crate) const KEYS: &'static [$crate::input::key::Key] = &[
                $( $crate::input::key::Key {
                    table: $table,
                    name: stringify!($field),
                    kind: $kind,
                    // Each line of a comment begins with the blank that parts it from the one before.
                    meaning: concat!($($doc),+).trim_ascii_start(),
                    typical: $typical,
                } ),+
            ];
            pub(crate) fn read(reader: &mut $crate::input::reader::Reader<'_>) -> Self {
                use $crate::input::key::Value;
                let mut keys = Self::KEYS.iter();
                let mut next = || keys.next().expect("one key for each field");
                Self { $( $field: <$type as Value>::of(reader, next()) ),+ }
            }
            /// The same of a table that a study may leave out; nothing where it has none of its keys.
            #[allow(dead_code)]
            pub(crate) fn read_if_named(reader: &mut $crate::input::reader::Reader<'_>) -> Option<Self> {
                let is_named = Self::KEYS.iter().any(|key| reader.entry(key).is_some());
                is_named.then(|| Self::read(reader))
            }
            pub(crate) fn write(&self, written: &mut Vec<(String, String)>) {
                use $crate::input::key::Value;
                let mut keys = Self::KEYS.iter().map(|key| key.dotted());
                let mut next = || keys.next().expect("one key for each field");
                $(
                    let name = next();
                    written.extend(self.$field.write().map(|text| (name, text)));
                )+
            }
            /// A number by its dotted key, one of a list as `key[0]`; `None` if there is none.
            #[allow(dead_code)]
            pub(crate) fn number_mut(&mut self, dotted: &str) -> Option<&mut f64> {
                use $crate::input::key::Value;
                let (name, index) = $crate::input::key::indexed(dotted)?;
                match name.strip_prefix(concat!($table, "."))? {
                    $( stringify!($field) => self.$field.number_mut(index), )+
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use table;

/// Declares an enum whose variants are words of a study; the first stands in for one that could not be read.
macro_rules! words {
    (
        $(#[$about:meta])+
        $vis:vis enum $Name:ident, $wrong:literal {
            $( $(#[$meaning:meta])+ $variant:ident = $word:literal, )+
        }
    ) => {
        $(#[$about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $Name {
            $( $(#[$meaning])+ $variant, )+
        }

        impl $Name {
            /// One of its words.
            pub(crate) const KIND: $crate::input::key::Kind =
                $crate::input::key::Kind::OneOf(&[$($word),+]);
        }

        impl $crate::input::key::Value for $Name {
            fn placeholder() -> Self {
                [$(Self::$variant),+][0]
            }
            fn read(
                item: &$crate::input::reader::Item,
                _: &$crate::input::key::Kind,
            ) -> Result<Self, $crate::input::range::Wrong> {
                match item {
                    $( $crate::input::reader::Item::Text(text) if text == $word => Ok(Self::$variant), )+
                    _ => Err($crate::input::range::Wrong::new($wrong)),
                }
            }
            fn write(&self) -> Option<String> {
                let word = match self {
                    $( Self::$variant => $word, )+
                };
                Some(format!("\"{word}\""))
            }
        }
    };
}
pub(crate) use words;

#[cfg(test)]
mod tests {
    use super::*;

    words! {
        /// Whether it is light.
        enum Light, "is neither on nor off" {
            /// It is.
            On = "on",
            /// It is not.
            Off = "off",
        }
    }

    #[test]
    fn a_word_is_written_as_it_is_read_and_another_is_refused() {
        for light in [Light::On, Light::Off] {
            let text = light.write().unwrap();
            let item = Item::Text(text.trim_matches('"').into());
            assert_eq!(Light::read(&item, &Light::KIND).unwrap(), light);
        }
        for item in [Item::Text("On".into()), Item::Flag(true)] {
            assert_eq!(Light::read(&item, &Light::KIND).unwrap_err().what, "is neither on nor off");
        }
        assert!(matches!(Light::KIND, Kind::OneOf(words) if words == ["on", "off"]));
        assert_eq!(Light::placeholder(), Light::On);
    }
}
