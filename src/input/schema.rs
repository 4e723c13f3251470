//! Every key of a study, in the order in which a study is written.
//!
//! In: nothing. Out: the keys, and which of them may be left out. Not here: values.

use super::ai_market::{AiMarket, AiMarketLaws};
use super::appraisal::Appraisal;
use super::btc_price::{BtcPrice, BtcPriceLaws};
use super::business::{BareMetal, Capital, Colocation, Delivery, Diversion, GpuCloud, Mining};
use super::claim;
use super::copula;
use super::credit::Credit;
use super::document::Document;
use super::histories::{RECORDS, SERIES};
use super::key::{Key, Kind, Value, number, table, words};
use super::market::{Fees, Network, PowerPrice};
use super::period::YearMonth;
use super::range::Wrong;
use super::reader::Item;
use super::sector::Sector;
use super::treasury::Treasury;
use super::without;
use crate::error::{Problem, did_you_mean};
use crate::tile::PATHS_MIN;
use jiff::civil::Date;

table! {
    /// The question, at the top of the study.
    pub(crate) struct Question in "" {
        /// Short name.
        name: String = Kind::Name, "\"my_study\"";
        /// The date whose close is the start of every path.
        as_of: Date = Kind::Day, "2026-07-31";
        /// The year whose money is counted.
        target_year: i16 = Kind::Whole(2010, 2200, "a year after the as-of date"), "2027";
        /// Number of paths.
        paths: u64 = Kind::Whole(PATHS_MIN as i64, 1_000_000_000, "paths"), "100_000";
        /// Seed of all chance.
        seed: u64 = Kind::Whole(0, i64::MAX, "a seed"), "2027";
        /// Shares of gross MW to divert; 0 and the headline share are always valued.
        shares: Shares = Kind::Shares, "{ from = 0.0, to = 1.0, step = 0.05 }";
        /// The share that the verdict speaks of.
        headline_share: f64 = Kind::Number(super::range::share("of gross MW")), "0.2";
        /// Whether the parameters of the laws are as stated or drawn with the errors of their fits.
        parameters: Certainty = Certainty::KIND, "\"fixed\"";
    }
}

words! {
    /// Whether the parameters of the laws are known.
    pub enum Certainty, "is neither fixed nor uncertain" {
        /// They are as the study states them.
        Fixed = "fixed",
        /// They are drawn around that, once per group of paths, with the errors of their fits.
        Uncertain = "uncertain",
    }
}

/// The sentence, which may be left out.
pub(crate) const QUESTION: Key = Key {
    table: "",
    name: "question",
    kind: Kind::Text,
    meaning: "The question in a sentence; may be left out.",
    typical: "\"What does a miner earn?\"",
};
/// First month that the fit of the BTC price sees.
pub(crate) const BTC_PRICE_FROM: Key = Key {
    table: "btc_price",
    name: "calibration_from",
    kind: Kind::Month,
    meaning: "First month that the fit sees.",
    typical: "\"2021-01\"",
};
/// First month that the fit of the network sees.
pub(crate) const NETWORK_FROM: Key = Key {
    table: "network",
    name: "calibration_from",
    kind: Kind::Month,
    meaning: "First month that the fit sees.",
    typical: "\"2022-01\"",
};
/// File of the correlation matrix.
pub(crate) const CORRELATION: Key = Key {
    table: "dependence",
    name: "correlation",
    kind: Kind::File,
    meaning: "Correlation matrix of the normal scores.",
    typical: "\"correlation_base.csv\"",
};
/// File of the correlation matrix of days in a glut.
pub(crate) const CORRELATION_GLUT: Key = Key {
    table: "dependence",
    name: "correlation_glut",
    kind: Kind::File,
    meaning: "The matrix in its place on the days on which a path is in the AI market's glut; `\"\"` for none.",
    typical: "\"correlation_joint_riskoff.csv\"",
};
/// File of the fleet.
pub(crate) const FLEET: Key = Key {
    table: "fleet",
    name: "tranches",
    kind: Kind::File,
    meaning: "The tranches of the fleet.",
    typical: "\"fleet.csv\"",
};

/// The stresses of a study; may be left out.
pub(crate) const STRESSES: Key = Key {
    table: "stress",
    name: "studies",
    kind: Kind::Studies,
    meaning: "The stresses, in the order in which they are told.",
    typical: "[\"glut_2027\", \"my_stress.toml\"]",
};

/// Windows of the fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calibration {
    /// First month that the fit of the BTC price sees.
    pub btc_price_from: YearMonth,
    /// First month that the fit of the network sees.
    pub network_from: YearMonth,
}

/// Every key, in the order in which a resolved study is written.
pub(crate) fn keys() -> Vec<&'static Key> {
    let mut keys = vec![&Question::KEYS[0], &QUESTION];
    keys.extend(&Question::KEYS[1..]);
    keys.extend(&SERIES);
    keys.extend(RECORDS.iter().map(|(key, _)| key));
    keys.extend(BtcPrice::KEYS.iter().chain([&BTC_PRICE_FROM]));
    keys.extend(BtcPriceLaws::keys());
    keys.extend(Fees::KEYS);
    keys.extend(Network::KEYS.iter().chain([&NETWORK_FROM]));
    keys.extend(AiMarket::KEYS);
    keys.extend(AiMarketLaws::keys());
    keys.extend(PowerPrice::KEYS);
    keys.extend([&CORRELATION, &CORRELATION_GLUT]);
    keys.extend(copula::KEYS);
    keys.push(&FLEET);
    for table in [
        Mining::KEYS,
        Diversion::KEYS,
        Colocation::KEYS,
        BareMetal::KEYS,
        GpuCloud::KEYS,
        Delivery::KEYS,
        Capital::KEYS,
        Credit::KEYS,
        Sector::KEYS,
        Appraisal::KEYS,
        Treasury::KEYS,
        claim::KEYS,
    ] {
        keys.extend(table);
    }
    keys.push(&STRESSES);
    keys
}

/// A key of a study, for a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its name in its table.
    pub name: &'static str,
    /// What is expected of its value, with unit and range.
    pub expected: String,
    /// A typical value, as TOML.
    pub typical: &'static str,
}

/// The keys of a table, in order; `""` for those at the top.
pub fn described(table: &str) -> Vec<Described> {
    let of_table = keys().into_iter().filter(|key| key.table == table);
    let described = of_table.map(|key| Described {
        name: key.name,
        expected: key.kind.expected(),
        typical: key.typical,
    });
    described.collect()
}

/// The key of a dotted name.
///
/// # Panics
/// If there is none: callers name keys that are declared here.
pub(crate) fn key(dotted: &str) -> &'static Key {
    let found = keys().into_iter().find(|key| key.dotted() == dotted);
    found.unwrap_or_else(|| panic!("{dotted} is no key"))
}

/// Whether a table within a table holds keys, as that of a law does; others are values.
pub(crate) fn is_table(dotted: &str) -> bool {
    keys().iter().any(|key| key.table == dotted)
}

/// Dotted names of every key and table.
pub(super) fn names() -> Vec<String> {
    let keys = keys();
    let tables = keys.iter().filter(|key| !key.table.is_empty()).map(|key| key.table.to_string());
    let mut names: Vec<String> = tables.chain(keys.iter().map(|key| key.dotted())).collect();
    names.sort();
    names.dedup();
    names
}

/// Notes every key and table that does not exist.
pub(crate) fn refuse_unknown(document: &Document, problems: &mut Vec<Problem>) {
    let keys = keys();
    let mut tables: Vec<&str> = keys.iter().map(|key| key.table).collect();
    tables.dedup();
    tables.extend(["basis"]);
    let unknown: Vec<&str> = document.tables().filter(|name| !tables.contains(name)).collect();
    for name in &unknown {
        let problem = Problem::new(format!("unknown table [{name}]")).at(document.table(name));
        let hint = did_you_mean(name, tables.iter().copied());
        problems.push(if hint.is_empty() { problem } else { problem.help(hint) });
    }
    for (dotted, entry) in &document.entries {
        if dotted.starts_with("basis.") {
            continue;
        }
        let (table, name) = dotted.rsplit_once('.').unwrap_or(("", dotted));
        let of_lineage = ["extends", without::KEY].contains(&dotted.as_str());
        let is_known = of_lineage || keys.iter().any(|key| key.dotted() == *dotted);
        if is_known || unknown.contains(&table) {
            continue;
        }
        let at = if table.is_empty() { "at the top".into() } else { format!("in [{table}]") };
        let problem =
            Problem::new(format!("unknown key `{name}` {at}")).at(entry.place.clone()).found(name);
        let elsewhere = keys.iter().find(|key| key.name == name && key.table != table);
        let inner = tables.iter().filter_map(|inner| inner.strip_prefix(table)?.strip_prefix('.'));
        let here = keys.iter().filter(|key| key.table == table).map(|key| key.name).chain(inner);
        let hint = match elsewhere {
            Some(key) if key.table.is_empty() => {
                format!("`{name}` belongs at the top, before the first [table]")
            }
            Some(key) => format!("`{name}` belongs in [{}]", key.table),
            None => did_you_mean(name, here),
        };
        let help = if hint.is_empty() { "see docs/study.md".into() } else { hint };
        problems.push(problem.help(help));
    }
}

/// Shares, ascending, each once, with 0.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shares(pub(crate) Vec<f64>);

/// Most shares of a study.
pub(crate) const SHARES_MAX: usize = 1001;

impl Shares {
    /// Sorts, drops what comes twice, adds 0.
    pub(crate) fn tidy(mut shares: Vec<f64>) -> Self {
        shares.push(0.0);
        // 0 and -0 are one share.
        shares.iter_mut().for_each(|share| *share += 0.0);
        // A list is rounded as a grid is, so that rounding makes no second share.
        shares.iter_mut().for_each(|share| *share = Self::rounded(*share));
        shares.sort_by(f64::total_cmp);
        shares.dedup();
        Self(shares)
    }
    /// A share to twelve decimals, which make 0.15 of 3 × 0.05 = 0.15000000000000002.
    pub(crate) fn rounded(share: f64) -> f64 {
        (share * 1e12).round() / 1e12
    }
    fn grid(from: f64, to: f64, step: f64) -> Result<Vec<f64>, Wrong> {
        if step <= 0.0 || to < from {
            return Err(Wrong::new("is not an ascending grid"));
        }
        let steps = ((to - from) / step + 1e-9).floor();
        if (from + steps * step - to).abs() > 1e-9 {
            return Err(Wrong::new("does not end at `to`: the steps do not meet it"));
        }
        if steps >= SHARES_MAX as f64 {
            return Err(Wrong::new(format!("has more than {SHARES_MAX} shares")));
        }
        let share = |k: usize| Self::rounded(from + k as f64 * step);
        Ok((0..=steps as usize).map(share).collect())
    }
}

impl Value for Shares {
    fn placeholder() -> Self {
        Self(vec![0.0])
    }
    fn read(item: &Item, _: &Kind) -> Result<Self, Wrong> {
        let share = |item: &Item| number(item, &super::range::share("of gross MW"));
        let shares = match item {
            Item::List(items) if items.len() <= SHARES_MAX => {
                items.iter().map(share).collect::<Result<_, _>>()?
            }
            Item::List(_) => return Err(Wrong::new(format!("has more than {SHARES_MAX} shares"))),
            Item::Table(parts) if parts.len() == 3 => {
                let part = |name: &str| match parts.get(name) {
                    Some(item) => share(item),
                    None => Err(Wrong::new(format!("lacks `{name}`"))),
                };
                Self::grid(part("from")?, part("to")?, part("step")?)?
            }
            _ => return Err(Wrong::new("is neither a list nor a grid")),
        };
        Ok(Self::tidy(shares))
    }
    fn write(&self) -> Option<String> {
        let shares: Vec<String> = self.0.iter().map(|share| format!("{share:?}")).collect();
        Some(format!("[{}]", shares.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::ai_market::AiMarketModel;
    use super::super::btc_price::{BtcPriceModel, Drift, Volatility};
    use super::super::models::Models;
    use super::super::series::SeriesFile;
    use super::super::source::Source;
    use super::*;

    #[test]
    fn a_grid_of_twentieths_is_made_of_the_nearest_numbers() {
        let shares = Shares::grid(0.0, 1.0, 0.05).unwrap();
        let expected: Vec<f64> = (0..=20).map(|k| f64::from(k) / 20.0).collect();
        assert_eq!(shares, expected);
        assert_eq!(shares[3].to_string(), "0.15");
    }

    #[test]
    fn the_order_of_shares_is_of_no_account_and_0_is_always_there() {
        let list = [0.5, 0.2, 0.5, -0.0].map(Item::Number).to_vec();
        let shares = Shares::read(&Item::List(list), &Kind::Shares).unwrap();
        assert_eq!(shares.write().unwrap(), "[0.0, 0.2, 0.5]");
    }

    #[test]
    fn the_keys_of_a_table_are_described_as_the_manual_does() {
        let gbm = described("btc_price.gbm");
        assert_eq!(
            (gbm.len(), gbm[0].name, gbm[0].typical),
            (1, "volatility_per_sqrt_year", "0.5")
        );
        assert!(gbm[0].expected.contains("per √year"));
        assert_eq!(described("")[0].name, "name");
        assert_eq!(described("no_table"), []);
    }

    #[test]
    fn an_endless_grid_is_refused() {
        assert!(Shares::grid(0.0, 1.0, 1e-300).is_err());
        assert!(Shares::grid(1.0, 0.0, 0.1).is_err());
        assert!(Shares::grid(0.0, 1.0, 0.0).is_err());
    }

    /// The part of the manual under the heading that begins with `heading`.
    fn section<'a>(manual: &'a str, heading: &str) -> &'a str {
        let start = manual.find(heading).unwrap_or_else(|| panic!("no section {heading}"));
        let body = &manual[start + heading.len()..];
        &body[..body.find("\n## ").unwrap_or(body.len())]
    }

    /// The row of a key in the manual.
    fn row(key: &Key) -> String {
        let listed = |words: &[&str]| {
            let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
            match quoted.split_last() {
                Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
                _ => quoted.concat(),
            }
        };
        let none = || "–".to_string();
        let (unit, range) = match &key.kind {
            Kind::Number(range) => (range.unit().into(), range.span()),
            Kind::Whole(low, high, unit) => (
                (*unit).to_string(),
                match *high {
                    i64::MAX => format!("{low} to 2^63 - 1"),
                    high => format!("{low} to {high}"),
                },
            ),
            Kind::Flag => (none(), "true or false".into()),
            Kind::YesNo | Kind::Quarter => unreachable!("cells of CSV, no keys of a study"),
            Kind::Day => ("a day".into(), "YYYY-MM-DD, no quotes".into()),
            Kind::Month => ("a month".into(), "\"YYYY-MM\"".into()),
            Kind::Text => ("text".into(), none()),
            Kind::Name => (none(), "at most 64 of a-z, 0-9, _, -".into()),
            Kind::File => ("a CSV file".into(), none()),
            Kind::Series(quantity) => {
                let unit = Some(quantity.range.unit()).filter(|unit| *unit != quantity.noun);
                let unit = unit.map_or("a series".into(), |unit| format!("a series, {unit}"));
                (unit, quantity.range.span())
            }
            Kind::Studies => {
                (none(), "names of studies that come with wattshift, or files (.toml)".into())
            }
            Kind::Triangle(range) => {
                (range.unit().into(), format!("{}, or {{ low, mode, high }}", range.span()))
            }
            Kind::Shares => {
                ("of gross MW".into(), "0 to 1, a list or a grid whose steps meet its end".into())
            }
            Kind::OneOf(words) => (none(), listed(words)),
            Kind::Words(_) => (none(), key.kind.expected()),
            Kind::Models(range) => {
                (range.unit().into(), "a name, or weights above 0 that sum to 1".into())
            }
            Kind::Drift(range) => {
                (range.unit().into(), format!("{}, `\"fitted\"` or `\"forward\"`", range.span()))
            }
            Kind::Volatility(range) => {
                (range.unit().into(), format!("{}, or `\"implied\"`", range.span()))
            }
            Kind::Numbers(range) => {
                (range.unit().into(), format!("a list of 2 or 3, each {}", range.span()))
            }
            Kind::Matrix(range) => {
                (range.unit().into(), format!("2 or 3 rows of as many, each {}", range.span()))
            }
        };
        let Key { name, meaning, typical, .. } = key;
        format!("| `{name}` | {unit} | {range} | {meaning} | `{typical}` |")
    }

    /// With WATTSHIFT_BLESS=1 the rows are written anew.
    #[test]
    fn the_manual_has_each_key_as_it_is_declared() {
        const MANUAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/study.md");
        let manual = std::fs::read_to_string(MANUAL).unwrap();
        let mut blessed = manual.clone();
        for key in keys() {
            let heading = match key.table {
                "" => "## At the top".into(),
                table => format!("## `[{table}]`"),
            };
            let begins = format!("| `{}` |", key.name);
            let found = section(&manual, &heading).lines().find(|line| line.starts_with(&begins));
            let found = found.unwrap_or_else(|| panic!("{} is not in the manual", key.dotted()));
            blessed = blessed.replacen(found, &row(key), 1);
        }
        if std::env::var_os("WATTSHIFT_BLESS").is_some() {
            std::fs::write(MANUAL, &blessed).unwrap();
        } else {
            let differing = manual.lines().zip(blessed.lines()).find(|(old, new)| old != new);
            assert_eq!(differing, None, "WATTSHIFT_BLESS=1 cargo test --lib the_manual");
        }
    }

    #[test]
    fn every_column_is_in_the_manual() {
        use super::super::{claim, contracts, correlation, fleet};
        let manual = include_str!("../../docs/study.md");
        let mut schemas = vec![
            ("## Fleet", fleet::FLEET),
            ("## Contracts", contracts::CONTRACTS),
            ("## Correlation", correlation::CORRELATION),
            ("## Closures", claim::CLOSURES),
        ];
        let records = ["GPU", "AI", "Hosting", "Forward", "Implied"];
        let headings = records.map(|history| format!("## {history}"));
        schemas.extend(headings.iter().map(String::as_str).zip(RECORDS.iter().map(|(_, c)| *c)));
        for (heading, columns) in schemas {
            for column in columns {
                let row = format!("| `{}` |", column.name);
                assert!(section(manual, heading).contains(&row), "{heading} lacks {row}");
            }
        }
    }

    #[test]
    fn every_typical_value_is_one_that_its_key_takes() {
        for key in keys().into_iter().filter(|key| !matches!(key.kind, Kind::File)) {
            let text = format!("[t]\nx = {}", key.typical);
            let document = Document::parse("t", &text, &Source::Embedded).unwrap();
            let item = &document.entries["t.x"].item;
            let read = match key.kind {
                Kind::Number(_) => f64::read(item, &key.kind).err(),
                Kind::Whole(..) => u64::read(item, &key.kind).err(),
                Kind::Flag => bool::read(item, &key.kind).err(),
                Kind::Day => Date::read(item, &key.kind).err(),
                Kind::Month => YearMonth::read(item, &key.kind).err(),
                Kind::Shares => Shares::read(item, &key.kind).err(),
                Kind::Series(_) => Vec::<SeriesFile>::read(item, &key.kind).err(),
                Kind::Models(_) if key.table == "btc_price" => {
                    Models::<BtcPriceModel>::read(item, &key.kind).err()
                }
                Kind::Models(_) => Models::<AiMarketModel>::read(item, &key.kind).err(),
                Kind::Drift(_) => Drift::read(item, &key.kind).err(),
                Kind::Volatility(_) => Volatility::read(item, &key.kind).err(),
                Kind::Numbers(_) => Vec::<f64>::read(item, &key.kind).err(),
                Kind::Studies => Vec::<String>::read(item, &key.kind).err(),
                Kind::Matrix(_) => Vec::<Vec<f64>>::read(item, &key.kind).err(),
                Kind::Words(_) => {
                    Vec::<super::super::treasury::FundingSource>::read(item, &key.kind).err()
                }
                Kind::Triangle(_) => {
                    super::super::business::Triangular::read(item, &key.kind).err()
                }
                _ => String::read(item, &key.kind).err(),
            };
            assert_eq!(read, None, "{}", key.dotted());
        }
    }
}
