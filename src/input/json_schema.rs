//! The keys of a study as a JSON Schema: what an editor completes, explains and checks.
//!
//! In: nothing. Out: JSON of draft 7, which editors of TOML know; a day is text of the format `date`
//! there. Not here: values; what only several keys together can break, as the sum of weights, which
//! `wattshift check` finds.

use super::ai_market::AiMarketModel;
use super::basis;
use super::btc_price::BtcPriceModel;
use super::key::{Key, Kind};
use super::models::Choice;
use super::range::Range;
use super::schema::{self, SHARES_MAX, keys};
use super::series;
use serde_json::{Map, Value, json};

/// The schema of a study file.
pub fn json_schema() -> String {
    let mut root = object("A study of wattshift: the question, and what the answer rests on.");
    let extends = json!({
        "type": "string", "minLength": 1,
        "description": "The study that this one differs from: one that comes with wattshift, or a file.",
        "examples": ["default"],
    });
    property(&mut root, "extends", extends);
    let without = json!({
        "type": "array", "items": { "enum": schema::names() }, "uniqueItems": true,
        "description": "Keys and tables that this study takes out of the one that it extends.",
        "examples": [["claim"]],
    });
    property(&mut root, "without", without);
    for key in keys() {
        let tables = key.table.split('.').filter(|name| !name.is_empty());
        let table = tables.fold(&mut root, |table, name| {
            let properties = table["properties"].as_object_mut().expect("tables have keys");
            properties.entry(name).or_insert_with(|| object(""))
        });
        property(table, key.name, of_key(key));
    }
    let mut basis = object("Where values come from, by dotted key.");
    basis["additionalProperties"] = json!({ "type": "string", "pattern": of_basis() });
    property(&mut root, "basis", basis);
    root["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    let mut text = serde_json::to_string_pretty(&root).expect("the schema is JSON");
    text.push('\n');
    text
}

/// The beginnings of a basis, or all of one that says nothing.
fn of_basis() -> String {
    format!("^({}|{}$)", basis::BEGINNINGS.join("|"), basis::NOT_STATED)
}

/// A table without keys, which takes no other.
fn object(description: &str) -> Value {
    let mut table = json!({ "type": "object", "properties": {}, "additionalProperties": false });
    if !description.is_empty() {
        table["description"] = description.into();
    }
    table
}

fn property(table: &mut Value, name: &str, schema: Value) {
    table["properties"][name] = schema;
}

fn of_key(key: &Key) -> Value {
    let mut schema = of_kind(key);
    let meaning = key.meaning.trim_end_matches('.');
    schema["description"] = format!("{meaning}: {}.", key.kind.expected()).into();
    schema["examples"] = json!([example(key.typical)]);
    schema
}

/// A typical value, as TOML, in JSON.
fn example(typical: &str) -> Value {
    let table: toml::Table = format!("x = {typical}").parse().expect("typical values are TOML");
    of_toml(&table["x"])
}

fn of_toml(value: &toml::Value) -> Value {
    match value {
        toml::Value::Datetime(day) => day.to_string().into(),
        toml::Value::Array(items) => items.iter().map(of_toml).collect(),
        toml::Value::Table(parts) => parts
            .iter()
            .map(|(name, part)| (name.clone(), of_toml(part)))
            .collect::<Map<_, _>>()
            .into(),
        other => serde_json::to_value(other).expect("numbers, texts and flags are JSON"),
    }
}

fn of_range(range: &Range) -> Value {
    let (low, high) = range.bounds();
    let least = if range.low_is_open() { "exclusiveMinimum" } else { "minimum" };
    json!({ "type": "number", least: low, "maximum": high })
}

fn of_kind(key: &Key) -> Value {
    let text = || json!({ "type": "string" });
    let texts = |words: &[&str]| json!({ "enum": words });
    match &key.kind {
        Kind::Number(range) => of_range(range),
        Kind::Whole(low, high, _) => json!({ "type": "integer", "minimum": low, "maximum": high }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::YesNo | Kind::Quarter => unreachable!("cells of CSV, no keys of a study"),
        Kind::Day => json!({ "type": "string", "format": "date" }),
        Kind::Month => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$" }),
        Kind::Name => json!({ "type": "string", "pattern": "^[a-z0-9_-]{1,64}$" }),
        Kind::Text | Kind::File => text(),
        Kind::Series(_) => of_series(),
        Kind::Studies => json!({ "type": "array", "items": text(), "minItems": 1 }),
        Kind::Triangle(range) => {
            let corner = of_range(range);
            let corners = json!({ "low": corner, "mode": corner, "high": corner });
            json!({ "anyOf": [corner, {
                "type": "object", "properties": corners, "required": ["low", "mode", "high"],
                "additionalProperties": false,
            }] })
        }
        Kind::Shares => {
            let share = json!({ "type": "number", "minimum": 0.0, "maximum": 1.0 });
            let grid = json!({ "from": share, "to": share, "step": share });
            json!({ "anyOf": [
                { "type": "array", "items": share, "maxItems": SHARES_MAX },
                {
                    "type": "object", "properties": grid, "required": ["from", "to", "step"],
                    "additionalProperties": false,
                },
            ] })
        }
        Kind::OneOf(words) => texts(words),
        Kind::Words(words) => {
            json!({ "type": "array", "items": texts(words), "uniqueItems": true })
        }
        Kind::Models(range) => of_models(key, range),
        Kind::Drift(range) => json!({ "anyOf": [of_range(range), texts(&["fitted", "forward"])] }),
        Kind::Volatility(range) => json!({ "anyOf": [of_range(range), texts(&["implied"])] }),
        Kind::Numbers(range) => short_list(of_range(range)),
        Kind::Matrix(range) => short_list(short_list(of_range(range))),
    }
}

fn short_list(items: Value) -> Value {
    json!({ "type": "array", "items": items, "minItems": 2, "maxItems": 3 })
}

/// Laws by name, or names with their weights.
fn of_models(key: &Key, range: &Range) -> Value {
    let names: Vec<&str> = if key.table == "btc_price" {
        BtcPriceModel::ALL.iter().map(|model| model.name()).collect()
    } else {
        AiMarketModel::ALL.iter().map(|model| model.name()).collect()
    };
    let weights: Map<String, Value> =
        names.iter().map(|name| ((*name).to_string(), of_range(range))).collect();
    let weights = json!({
        "type": "object", "properties": weights, "additionalProperties": false, "minProperties": 1,
    });
    json!({ "anyOf": [{ "enum": names }, weights] })
}

/// A file, a file with what is said of it, or several.
fn of_series() -> Value {
    let text = json!({ "type": "string" });
    let options = series::OPTIONS.iter().chain(&["file"]);
    let options: Map<String, Value> =
        options.map(|name| ((*name).to_string(), text.clone())).collect();
    let file = json!({
        "type": "object", "properties": options, "required": ["file"], "additionalProperties": false,
    });
    json!({ "anyOf": [
        text, file, { "type": "array", "items": { "anyOf": [text, file] }, "minItems": 1 },
    ] })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With WATTSHIFT_BLESS=1 the file is written anew.
    #[test]
    fn the_schema_that_comes_with_the_manual_is_that_of_the_keys() {
        const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/study.schema.json");
        let schema = json_schema();
        if std::env::var_os("WATTSHIFT_BLESS").is_some() {
            std::fs::write(FILE, &schema).unwrap();
        }
        let told = "WATTSHIFT_BLESS=1 cargo test --lib the_schema";
        assert!(std::fs::read_to_string(FILE).unwrap_or_default() == schema, "{told}");
    }

    #[test]
    fn every_key_has_a_place_in_it_with_its_meaning_and_its_range() {
        let schema: Value = serde_json::from_str(&json_schema()).unwrap();
        for key in keys() {
            let pointer = format!("/properties/{}", key.dotted().replace('.', "/properties/"));
            let of_key = schema.pointer(&pointer).unwrap_or_else(|| panic!("{pointer}"));
            let told = of_key["description"].as_str().unwrap();
            assert!(told.starts_with(key.meaning.trim_end_matches('.')), "{told}");
            assert!(told.contains(&key.kind.expected()), "{told}");
        }
        let volatility = &schema["properties"]["btc_price"]["properties"]["gbm"]["properties"];
        let number = &volatility["volatility_per_sqrt_year"]["anyOf"][0];
        assert_eq!((&number["minimum"], &number["maximum"]), (&json!(0.0), &json!(5.0)));
        let start = &schema["properties"]["btc_price"]["properties"]["start_usd_per_btc"];
        assert_eq!(start["exclusiveMinimum"], json!(0.0));
        assert_eq!(start["examples"], json!([62_814.0]));
        assert_eq!(schema["properties"]["as_of"]["examples"], json!(["2026-07-31"]));
        let basis = &schema["properties"]["basis"]["additionalProperties"]["pattern"];
        assert_eq!(basis, "^(assumption: |computed: |source: |basis not stated$)");
    }
}
