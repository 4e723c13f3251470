//! The JSON exports of blockchain.com and mempool.space as a sheet.
//!
//! In: text. Out: rows of a time and values, numbers as they were written, so that none is rounded
//! on the way. Not here: CSV, what the values mean.

use super::sheet::{Row, Sheet};
use crate::error::{Place, Problem};
use csv::StringRecord;
use serde_json::Value;

/// Most bytes of a JSON file: what is read of it takes thirty times as many.
const JSON_BYTES_MAX: usize = 20_000_000;
/// Most columns that entries may have together.
const COLUMNS_MAX: usize = 200;

/// Names of the member that holds the time of an entry.
const TIMES: [&str; 4] = ["timestamp", "time", "x", "date"];

/// Reads JSON; an export that is not known is a problem.
pub(crate) fn read(file: &str, text: &str, problems: &mut Vec<Problem>) -> Option<Sheet> {
    if text.len() > JSON_BYTES_MAX {
        let what = format!("the JSON has more than {JSON_BYTES_MAX} bytes");
        problems.push(Problem::new(what).at(Place::file(file)).help("export fewer days, or CSV"));
        return None;
    }
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            let place = Place { file: file.into(), line: Some(error.line() as u64), column: None };
            let what = format!("the file is not JSON: {error}");
            let expected = "a whole JSON document";
            problems.push(Problem::new(what).at(place).expected(expected).help("export it again"));
            return None;
        }
    };
    let found = sheet_of(&value);
    if found.is_none() {
        let problem = Problem::new("the JSON is no export that can be read").at(Place::file(file));
        problems.push(match checkpoints(&value) {
            true => problem
                .expected("entries with a time")
                .help("a list of hashes and targets has no dates: give a series of difficulty"),
            false => problem
                .expected(
                    "a chart of blockchain.com, or hashrate, difficulty or prices of mempool.space",
                )
                .help("an error page may have been saved in place of the data; else export CSV"),
        });
    }
    found
}

/// Hashes and targets of a wallet, which have no dates.
fn checkpoints(value: &Value) -> bool {
    let first = value.as_array().and_then(|list| list.first()).and_then(Value::as_array);
    first.is_some_and(|pair| pair.len() == 2 && pair[0].is_string())
}

fn sheet_of(value: &Value) -> Option<Sheet> {
    let object = match value {
        Value::Array(rows) => return adjustments(rows).or_else(|| entries(&[("", rows)])),
        Value::Object(object) => object,
        _ => return None,
    };
    // blockchain.com, API: one list of values, its unit beside it.
    if let Some(Value::Array(values)) = object.get("values") {
        let name = object.get("name").and_then(Value::as_str).unwrap_or("y");
        let mut sheet = entries(&[("", values)])?;
        rename(&mut sheet, "y", name);
        sheet.unit = object.get("unit").and_then(Value::as_str).map(Into::into);
        return Some(sheet);
    }
    // mempool.space: lists by name; prices in all currencies.
    let named = |name: &str| object.get(name).and_then(Value::as_array);
    if let Some(prices) = named("prices") {
        return entries(&[("", prices)]);
    }
    if let (Some(hashrates), Some(difficulty)) = (named("hashrates"), named("difficulty")) {
        return entries(&[("", hashrates), ("", difficulty)]);
    }
    // blockchain.com, chart page: `metric1` names the list that was asked for.
    let metric = |key: &str| object.get(key).and_then(Value::as_str);
    let metrics: Vec<&str> = ["metric1", "metric2"].iter().filter_map(|key| metric(key)).collect();
    let mut lists = Vec::new();
    for name in metrics {
        lists.push((name, named(name)?));
    }
    let mut sheet = entries(&lists).filter(|_| !lists.is_empty())?;
    sheet.note = match metric("average") {
        None | Some("1d") => None,
        Some(span) => Some(format!("the export holds averages of {span}, not single days")),
    };
    Some(sheet)
}

/// Lists of entries as rows; the values of a list named by itself are renamed to it.
fn entries(lists: &[(&str, &Vec<Value>)]) -> Option<Sheet> {
    let mut names: Vec<String> = vec!["time".into()];
    let mut rows: Vec<(String, Vec<(usize, String)>)> = Vec::new();
    for (list_name, list) in lists {
        for entry in *list {
            let entry = entry.as_object()?;
            let time = TIMES.iter().find(|name| entry.contains_key(**name))?;
            let mut cells = Vec::new();
            for (name, value) in entry.iter().filter(|(name, _)| !TIMES.contains(&name.as_str())) {
                let name = if list_name.is_empty() || name != "y" { name } else { *list_name };
                let column = names.iter().position(|known| known == name).unwrap_or(names.len());
                if column == names.len() {
                    names.push(name.to_string());
                    if column > COLUMNS_MAX {
                        return None;
                    }
                }
                cells.push((column, cell(value)));
            }
            rows.push((cell(&entry[*time]), cells));
        }
    }
    let width = names.len();
    let rows = rows.into_iter().zip(1..).map(|((time, cells), line)| {
        let mut record = vec![String::new(); width];
        record[0] = time;
        for (column, cell) in cells {
            record[column] = cell;
        }
        Row { line, cells: StringRecord::from(record) }
    });
    let rows: Vec<Row> = rows.collect();
    (!rows.is_empty() && width > 1).then(|| Sheet {
        separator: None,
        header_line: None,
        lines_before: 0,
        names: names.into_iter().map(|name| vec![name]).collect(),
        unit: None,
        note: None,
        rows,
    })
}

/// `[time, height, difficulty, change]` of mempool.space.
fn adjustments(rows: &[Value]) -> Option<Sheet> {
    let record = |row: &Value| {
        let row = row.as_array().filter(|row| row.len() == 4)?;
        let is_number = row.iter().all(Value::is_number);
        is_number.then(|| row.iter().map(cell).collect::<StringRecord>())
    };
    let cells: Option<Vec<StringRecord>> = rows.iter().map(record).collect();
    let cells = cells.filter(|cells| !cells.is_empty())?;
    Some(Sheet {
        separator: None,
        header_line: None,
        lines_before: 0,
        names: ["time", "height", "difficulty", "change"].map(|n| vec![n.to_string()]).to_vec(),
        unit: None,
        note: None,
        rows: cells.into_iter().zip(1..).map(|(cells, line)| Row { line, cells }).collect(),
    })
}

fn rename(sheet: &mut Sheet, from: &str, to: &str) {
    for name in sheet.names.iter_mut().flatten().filter(|name| *name == from) {
        *name = to.into();
    }
}

/// A value as a cell.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
        let mut problems = Vec::new();
        let sheet = read("x.json", text, &mut problems).unwrap_or_else(|| panic!("{problems:?}"));
        let names = (0..sheet.names.len()).map(|column| sheet.name(column)).collect();
        let cells = |row: &Row| row.cells.iter().map(Into::into).collect();
        (names, sheet.rows.iter().map(cells).collect())
    }

    #[test]
    fn the_exports_of_blockchain_com_are_read() {
        let api = r#"{"status":"ok","name":"Hash Rate","unit":"Hash Rate TH/s","period":"day",
            "values":[{"x":1230940800,"y":4.97E-8},{"x":1231027200,"y":0}]}"#;
        let (names, cells) = rows(api);
        assert_eq!(names, ["time", "Hash Rate"]);
        assert_eq!(cells[0], ["1230940800", "4.97e-8"]);
        let page = r#"{"metric1":"hash-rate","metric2":"market-price",
            "hash-rate":[{"x":1682812800000,"y":358383011.4671458}],
            "market-price":[{"x":1682812800000,"y":29233.21}],"average":"30d"}"#;
        let (names, cells) = rows(page);
        assert_eq!(names, ["time", "hash-rate", "market-price"]);
        assert_eq!(cells[0], ["1682812800000", "358383011.4671458", ""]);
        assert_eq!(cells[1], ["1682812800000", "", "29233.21"]);
    }

    #[test]
    fn the_exports_of_mempool_space_are_read() {
        let all = r#"{"hashrates":[{"timestamp":1652486400,"avgHashrate":236499762108771800000}],
            "difficulty":[{"timestamp":1652468330,"difficulty":31251101365711.12,"height":736249}],
            "currentHashrate":1,"currentDifficulty":2}"#;
        let (names, cells) = rows(all);
        assert_eq!(names, ["time", "avgHashrate", "difficulty", "height"]);
        assert_eq!(cells[0][1].parse::<f64>().unwrap(), 236_499_762_108_771_800_000.0);
        assert_eq!(cells[1][2], "31251101365711.12");
        let twice = r#"{"prices":[{"timestamp":1709251200,"time":1577836800,"close":6}]}"#;
        assert_eq!(
            rows(twice),
            (vec!["time".into(), "close".into()], vec![vec!["1709251200".to_string(), "6".into()]])
        );
        let (_, cells) = rows("[[1703311464,822528,72006146478567.1,1.06983]]");
        assert_eq!(cells[0][2], "72006146478567.1");
        let (names, _) = rows(r#"{"prices":[{"time":1499904000,"USD":2254.9,"EUR":1964}]}"#);
        assert_eq!(names, ["time", "USD", "EUR"]);
    }

    #[test]
    fn anything_else_is_refused() {
        let deep = "[".repeat(100_000);
        let many: Vec<String> = (0..300).map(|k| format!(r#"{{"time":{k},"k{k}":1}}"#)).collect();
        let many = format!("[{}]", many.join(","));
        for text in ["{", "{}", "[]", &many, r#"{"values":[]}"#, r#"{"values":[1]}"#, &deep] {
            let mut problems = Vec::new();
            assert!(read("x.json", text, &mut problems).is_none());
            assert_eq!(problems.len(), 1);
        }
        let mut problems = Vec::new();
        read("x.json", r#"[["00ff", 123]]"#, &mut problems);
        assert!(problems[0].help.as_ref().unwrap().contains("no dates"));
    }
}
