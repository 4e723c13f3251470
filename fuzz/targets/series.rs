//! Any text as a series: it is read, with every row accounted for, or refused; nothing panics.
//!
//! The first byte chooses the quantity and whether its unit is said; the rest is the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use wattshift::input::study::{Overrides, Source, Study};

const KEYS: [&str; 7] =
    ["btc_price", "hashrate", "difficulty", "fees", "gpu_index", "power_price", "stock_price"];
const UNITS: [&str; 7] =
    ["USD", "EH/s", "1", "BTC/day", "USD/GPU-hour", "USD/MWh", "USD"];

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let index = usize::from(*choice) % KEYS.len();
    let (key, unit) = (KEYS[index], UNITS[index]);
    let named = match *choice >= 128 {
        true => format!("{{ file = \"x\", unit = \"{unit}\", date_format = \"D/M/Y\" }}"),
        false => "\"x\"".to_string(),
    };
    let others = ["btc_price", "hashrate", "difficulty", "fees", "gpu_rate", "ai_capacity", "rent"];
    let none: String =
        others.iter().filter(|other| **other != key).map(|o| format!("{o} = \"\"\n")).collect();
    let study = format!("extends = \"default\"\n[data]\n{none}{key} = {named}\n");
    let texts = BTreeMap::from([(format!("data.{key}"), text.to_string())]);
    let source = Source::Manifest(texts.clone());
    let Ok(study) = Study::from_text("s", &study, &source, &Overrides::default()) else { return };
    for series in study.histories.series() {
        let account = &series.account;
        assert_eq!(account.rows_read, account.rows_used + account.rows_set_aside());
        assert!(series.days.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(series.values.iter().all(|value| value.is_finite()));
        assert!(series.days.last() <= Some(&study.as_of));
        let qualities = series.quality(study.as_of);
        assert!(qualities.iter().all(|q| q.rows_used == series.days.len()));
        let _ = (series.epochs(), series.month_means());
    }
});
