//! The pages of `docs/vendors`: each sample is read as its page says, and so are other shapes.
//!
//! A page holds a sample (`csv`, `json` or `tsv`) directly followed by the `toml` that names it and
//! by the `text` that `wattshift check` prints of it.

use std::path::Path;
use wattshift::input::study::{Overrides, Series, Source, Study};
use wattshift::report::quality::understood;

const FOLDER: &str = "docs/vendors";
/// A page fits on a screen.
const PAGE_LINES_MAX: usize = 40;

/// A fenced block: what it holds, its lines, the number of its first line.
struct Block {
    info: String,
    body: String,
    line: usize,
    /// Whether nothing but blank lines stands between it and the block before.
    follows: bool,
}

/// A sample with the tables of a study that names it, and what is said of it.
struct Pair {
    place: String,
    sample: String,
    toml: String,
    understood: String,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let (mut is_open, mut follows) = (false, false);
    for (number, line) in (1..).zip(text.lines()) {
        match (line.strip_prefix("```"), is_open) {
            (Some(info), false) => {
                let (info, body) = (info.to_string(), String::new());
                blocks.push(Block { info, body, line: number, follows });
                is_open = true;
            }
            (Some(_), true) => (is_open, follows) = (false, true),
            (None, true) => {
                let body = &mut blocks.last_mut().expect("a block is open").body;
                body.push_str(line);
                body.push('\n');
            }
            (None, false) => follows &= line.is_empty(),
        }
    }
    assert!(!is_open, "a block is not closed");
    blocks
}

/// The pairs of a page; every block of data, of a study and of text is part of one.
fn pairs(page: &str, text: &str) -> Vec<Pair> {
    let blocks = blocks(text);
    let mut pairs = Vec::new();
    let mut rest = blocks.iter().filter(|block| block.info != "sh");
    while let Some(sample) = rest.next() {
        let place = format!("{page}:{}", sample.line);
        let is_sample = ["csv", "json", "tsv"].contains(&sample.info.as_str());
        assert!(is_sample, "{place}: `{}` is no sample", sample.info);
        let mut next = |info: &str| {
            let block = rest.next().filter(|block| block.info == info && block.follows);
            block.unwrap_or_else(|| panic!("{place}: `{info}` does not follow")).body.clone()
        };
        let (toml, understood) = (next("toml"), next("text"));
        pairs.push(Pair { place, sample: sample.body.clone(), toml, understood });
    }
    pairs
}

/// File names and texts of the pages.
fn pages() -> Vec<(String, String)> {
    let mut names: Vec<String> = std::fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    names.sort();
    let read = |name: String| {
        let text = std::fs::read_to_string(Path::new(FOLDER).join(&name)).unwrap();
        (name, text)
    };
    names.into_iter().map(read).collect()
}

/// Keys of `[data]` with the files that they name.
fn named(toml: &str) -> Vec<(String, String)> {
    let table: toml::Table = toml.parse().unwrap();
    let data = table["data"].as_table().unwrap();
    let file = |value: &toml::Value| match value {
        toml::Value::String(name) => name.clone(),
        table => table["file"].as_str().unwrap().to_string(),
    };
    data.iter().map(|(key, value)| (key.clone(), file(value))).collect()
}

/// The series that a study names, its files all holding the sample.
fn series(sample: &[u8], toml: &str) -> Result<Vec<Series>, String> {
    let folder = tempfile::tempdir().unwrap();
    let named = named(toml);
    for (_, file) in &named {
        std::fs::write(folder.path().join(file), sample).unwrap();
    }
    let text = format!("extends = \"default\"\nas_of = 2026-07-31\n{toml}");
    let source = Source::Folder(folder.path().into());
    let study = Study::from_text("study.toml", &text, &source, &Overrides::default())
        .map_err(|problems| problems.to_string())?;
    let is_named = |series: &&Series| named.iter().any(|(key, _)| *key == series.account.quantity);
    let found: Vec<Series> = study.histories.series().filter(is_named).cloned().collect();
    assert_eq!(found.len(), named.len());
    Ok(found)
}

fn told(sample: &[u8], toml: &str) -> String {
    let line = |line: String| format!("{line}\n");
    match series(sample, toml) {
        Ok(all) => all.iter().flat_map(understood).map(line).collect(),
        Err(problems) => format!("refused\n{problems}"),
    }
}

#[test]
fn every_sample_is_read_as_its_page_says() {
    let mut wrong = Vec::new();
    for (page, text) in pages() {
        let pairs = pairs(&page, &text);
        assert!(!pairs.is_empty(), "{page} has no sample");
        for Pair { place, sample, toml, understood } in pairs {
            let told = told(sample.as_bytes(), &toml);
            if told != understood {
                wrong.push(format!("{place}\n--- told\n{told}--- on the page\n{understood}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_byte_order_mark_and_other_line_ends_change_nothing() {
    for (page, text) in pages() {
        for Pair { place, sample, toml, understood } in pairs(&page, &text) {
            let dressed = format!("\u{feff}{}", sample.trim_end().replace('\n', "\r\n"));
            assert_eq!(told(dressed.as_bytes(), &toml), understood, "{place}");
            let doubled = sample.replace('\n', "\r\r\n");
            if !sample.starts_with(['{', '[']) {
                assert_eq!(told(doubled.as_bytes(), &toml), understood, "{place}");
            }
        }
    }
}

#[test]
fn every_page_is_short_and_linked() {
    let contents = std::fs::read_to_string(Path::new(FOLDER).join("README.md")).unwrap();
    let pages = pages();
    for (page, text) in &pages {
        let lines = text.lines().count();
        assert!(lines <= PAGE_LINES_MAX, "{page} has {lines} lines");
        assert!(contents.contains(&format!("]({page})")), "README.md does not link {page}");
    }
    let links = contents.matches("](").count();
    let outside = contents.matches("](../").count();
    assert_eq!(links - outside, pages.len(), "README.md links pages that are not there");
}

/// A shape of a vendor that no page shows.
struct Shape {
    vendor: &'static str,
    text: String,
    toml: &'static str,
    /// Column, unit, rows used, last day, last value in the quantity's own unit.
    read: (&'static str, &'static str, usize, &'static str, f64),
}

fn shape(
    vendor: &'static str,
    text: impl Into<String>,
    toml: &'static str,
    read: (&'static str, &'static str, usize, &'static str, f64),
) -> Shape {
    Shape { vendor, text: text.into(), toml, read }
}

const MARK: &str = "\u{feff}";

fn blockchain_com() -> Vec<Shape> {
    let api = r#"{"status":"ok","name":"Hash Rate","unit":"Hash Rate TH/s","period":"day",
        "description":"d","values":[{"x":1782777600,"y":9.2122E8},{"x":1785456000,"y":900510000}]}"#;
    let price = r#"{"status":"ok","name":"Market Price (USD)","unit":"USD","period":"day",
        "values":[{"x":1782777600,"y":58559},{"x":1785456000,"y":62814.0}]}"#;
    let page = r#"{"metric1":"hash-rate","metric2":"market-price","hash-rate":[
        {"x":1782777600000,"y":921220000.5},{"x":1785456000000,"y":900510000}],"market-price":[
        {"x":1780185600000,"y":73600},{"x":1782777600000,"y":58559},{"x":1785456000000,"y":62814}],
        "type":"linear","average":"1d","timespan":"all"}"#;
    let year_2022 = "Timestamp,difficulty\r\n2026-06-26 23:00:00,133869850000000\r\n\
        2026-07-11 00:00:00,127170500000000\r\n2026-07-24 23:00:00,126231510000000";
    let year_2024 = "\"x\",\"y\"\n\"1782777600000\",\"921220000.4671458\"\n\
        \"1785456000000\",\"900510000\"\n";
    vec![
        shape(
            "blockchain.com, JSON of the API",
            api,
            "hashrate = \"a.json\"",
            ("Hash Rate", "TH/s", 2, "2026-07-31", 900.51),
        ),
        shape(
            "blockchain.com, JSON of the API",
            price,
            "btc_price = \"a.json\"",
            ("Market Price (USD)", "USD", 2, "2026-07-31", 62_814.0),
        ),
        shape(
            "blockchain.com, JSON of the chart page",
            page,
            "hashrate = \"a.json\"",
            ("hash-rate", "TH/s", 2, "2026-07-31", 900.51),
        ),
        shape(
            "blockchain.com, JSON of the chart page",
            page,
            "btc_price = \"a.json\"",
            ("market-price", "USD", 3, "2026-07-31", 62_814.0),
        ),
        shape(
            "blockchain.com, chart page of 2022",
            format!("{MARK}{year_2022}"),
            "difficulty = \"a.csv\"",
            ("difficulty", "1", 3, "2026-07-25", 1.262_315_1e14),
        ),
        shape(
            "blockchain.com, chart page of 2024",
            format!("{MARK}{year_2024}"),
            "hashrate = \"a.csv\"",
            ("y", "TH/s", 2, "2026-07-31", 900.51),
        ),
    ]
}

fn coin_metrics() -> Vec<Shape> {
    let archive = "time,AdrActCnt,BlkCnt,DiffMean,FeeTotNtv,FeeTotUSD,HashRate,IssTotNtv,PriceUSD\n\
        2009-01-03,,0,,,,,,\n2026-01-31,1,144,141000000000000,2.56,201477,980990000,450,78702\n\
        2026-02-28,1,144,144398410000000,3.35,224336,1016600000,450,66966\n";
    let chart = "\"\"\"Time\"\"\"\tBTC / USD Denominated Closing Price\n2026-05-31\t73600.0\n\
        2026-06-30\t58559.0\n2026-07-31\t62814.0\n";
    let flash = "asset,time,PriceUSD,PriceUSD-status,PriceUSD-status-time\n\
        btc,2026-05-31T00:00:00.000000000Z,73600,reviewed,2026-06-01T00:40:00.000000000Z\n\
        btc,2026-06-30T00:00:00.000000000Z,58559,reviewed,2026-07-01T00:40:00.000000000Z\n\
        btc,2026-07-31T00:00:00.000000000Z,62814,flash,2026-08-01T00:01:00.000000000Z\n";
    vec![
        shape(
            "Coin Metrics, archive",
            archive,
            "hashrate = \"btc.csv\"",
            ("HashRate", "TH/s", 2, "2026-02-28", 1_016.6),
        ),
        shape(
            "Coin Metrics, archive",
            archive,
            "difficulty = \"btc.csv\"",
            ("DiffMean", "1", 2, "2026-02-28", 1.443_984_1e14),
        ),
        shape(
            "Coin Metrics, archive",
            archive,
            "fees = \"btc.csv\"",
            ("FeeTotNtv", "BTC/day", 2, "2026-02-28", 3.35),
        ),
        shape(
            "Coin Metrics, chart tool",
            chart,
            "btc_price = \"chart.tsv\"",
            ("BTC / USD Denominated Closing Price", "USD", 3, "2026-07-31", 62_814.0),
        ),
        shape(
            "Coin Metrics, flash metric",
            flash,
            "btc_price = \"flash.csv\"",
            ("PriceUSD", "USD", 3, "2026-07-31", 62_814.0),
        ),
    ]
}

fn mempool_space() -> Vec<Shape> {
    let all = r#"{"hashrates":[{"timestamp":1785456000,"avgHashrate":900510000000000000000}],
        "difficulty":[{"time":1783728000,"height":957600,"difficulty":127170500000000.5,
        "adjustment":0.95},{"time":1784937600,"height":959616,"difficulty":126231510000000,
        "adjustment":0.9926}],"currentHashrate":9e20,"currentDifficulty":1.2e14}"#;
    let retargets = "[[1784937600,959616,126231510000000,0.99261],\
        [1783728000,957600,127170500000000,0.95]]";
    let prices = r#"{"prices":[{"time":1780272000,"USD":73600},{"time":1782864000,"USD":58559}],
        "exchangeRates":{"USDEUR":0.9}}"#;
    vec![
        shape(
            "mempool.space, as its client has it",
            all,
            "difficulty = \"all.json\"",
            ("difficulty", "1", 2, "2026-07-25", 1.262_315_1e14),
        ),
        shape(
            "mempool.space, retargets",
            retargets,
            "difficulty = \"retargets.json\"",
            ("difficulty", "1", 2, "2026-07-25", 1.262_315_1e14),
        ),
        shape(
            "mempool.space, prices",
            prices,
            "btc_price = \"prices.json\"",
            ("USD", "USD", 2, "2026-07-01", 58_559.0),
        ),
    ]
}

fn chain_charts() -> Vec<Shape> {
    let bitbo = "\"DateTime\",\"Difficulty\"\n\"2026-07-11 00:00:00\",127170500000000\n\
        \"2026-07-25 00:00:00\",126231510000000\n";
    let cryptoquant = "Date,Data\r\n2026.5.31,73600\r\n2026.6.30,58559\r\n2026.7.31,6.2814E+04\r\n";
    let price = "Price/t,Price/v\n2026-05-31T00:00:00.000Z,73600\n\
        2026-06-30T00:00:00.000Z,58559\n2026-07-31T00:00:00.000Z,62814\n";
    let difficulty = "Difficulty/t,Difficulty/v\n2026-07-11T00:00:00.000Z,127170500000000.0\n\
        2026-07-25T00:00:00.000Z,126231510000000.0\n";
    vec![
        shape(
            "Bitbo, difficulty",
            format!("{MARK}{bitbo}"),
            "difficulty = \"bitbo.csv\"",
            ("Difficulty", "1", 2, "2026-07-25", 1.262_315_1e14),
        ),
        shape(
            "CryptoQuant, price",
            format!("{MARK}{cryptoquant}"),
            "btc_price = \"data.csv\"",
            ("Data", "USD", 3, "2026-07-31", 62_814.0),
        ),
        shape(
            "Glassnode, price",
            price,
            "btc_price = \"price.csv\"",
            ("Price/v", "USD", 3, "2026-07-31", 62_814.0),
        ),
        shape(
            "Glassnode, difficulty",
            difficulty,
            "difficulty = \"difficulty.csv\"",
            ("Difficulty/v", "1", 2, "2026-07-25", 1.262_315_1e14),
        ),
    ]
}

fn price_sites() -> Vec<Shape> {
    // In a whole file some moments are near the close of a month end.
    let coingecko = "snapped_at,price,market_cap,total_volume\n\
        2026-05-31 00:00:00 UTC,73500.5,1473000000000.0,22000000000.0\n\
        2026-06-30 00:00:00 UTC,58600.25,1175000000000.0,35000000000.0\n\
        2026-07-31 00:00:00 UTC,62800.125,1260000000000.0,0.0\n";
    let old = "timeOpen;timeClose;timeHigh;timeLow;name;open;high;low;close;volume;marketCap;timestamp\n\
        \"2022-09-30T00:00:00.000Z\";\"2022-09-30T23:59:59.999Z\";\"2022-09-30T14:38:00.000Z\";\
        \"2022-09-30T18:09:00.000Z\";\"2781\";19500;20000;19000;19435;4E10;3.7E11;\
        \"2022-09-30T23:59:59.999Z\"\n\
        \"2022-08-31T00:00:00.000Z\";\"2022-08-31T23:59:59.999Z\";\"2022-08-31T14:38:00.000Z\";\
        \"2022-08-31T18:09:00.000Z\";\"2781\";19800;20500;19700;20025;4E10;3.8E11;\
        \"2022-08-31T23:59:59.999Z\"\n\
        \"2022-07-31T00:00:00.000Z\";\"2022-07-31T23:59:59.999Z\";\"2022-07-31T14:38:00.000Z\";\
        \"2022-07-31T18:09:00.000Z\";\"2781\";23600;24200;23300;23356;4E10;4.4E11;\
        \"2022-07-31T23:59:59.999Z\"\n";
    let named = "\"Date\",\"Price\",\"Open\",\"High\",\"Low\",\"Vol.\",\"Change %\"\n\
        \"Jul 31, 2022\",\"23,356.0\",\"23,640.1\",\"24,190.0\",\"23,250.9\",\"150.25K\",\"-1.29%\"\n\
        \"Jun 30, 2022\",\"19,333.0\",\"20,108.5\",\"20,150.5\",\"18,741.2\",\"-\",\"-1.62%\"\n\
        \"May 31, 2022\",\"31,831.0\",\"31,725.9\",\"32,375.9\",\"31,216.4\",\"1.25M\",\"0.21%\"\n";
    let german = "\"Datum\",\"Zuletzt\",\"Eröffn.\",\"Hoch\",\"Tief\",\"Vol.\",\"+/- %\"\n\
        \"31.07.2026\",\"62.814,0\",\"63.000,5\",\"63.500,0\",\"62.000,0\",\"50,25K\",\"-0,30%\"\n\
        \"30.06.2026\",\"58.559,0\",\"59.000,5\",\"59.500,0\",\"58.000,0\",\"61,01K\",\"-0,75%\"\n\
        \"31.05.2026\",\"73.600,0\",\"73.000,5\",\"74.500,0\",\"73.000,0\",\"45,77K\",\"0,82%\"\n";
    let cdd = "https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close,Volume BTC,\
        Volume USD\n1785456000000,2026-07-31 00:00:00,BTC/USD,63000,63500,62000,62814,1200.5,7.5e7\n\
        1782777600000,2026-06-30 00:00:00,BTC/USD,59000,59500,58000,58559,1500.25,8.8e7\n\
        1780185600,2026-05-31 00:00:00,BTC/USD,73000,74500,73000,73600,1100.75,8.1e7\n";
    vec![
        shape(
            "CoinGecko, daily",
            coingecko,
            "btc_price = \"btc.csv\"",
            ("price", "USD", 3, "2026-07-31", 62_800.125),
        ),
        shape(
            "CoinMarketCap, 12 columns",
            format!("{MARK}{old}"),
            "btc_price = \"cmc.csv\"",
            ("close", "USD", 3, "2022-09-30", 19_435.0),
        ),
        shape(
            "Investing.com, months by name",
            named,
            "btc_price = \"i.csv\"",
            ("Price", "USD", 3, "2022-07-31", 23_356.0),
        ),
        shape(
            "Investing.com, German",
            german,
            "btc_price = { file = \"i.csv\", value_column = \"Zuletzt\" }",
            ("Zuletzt", "USD", 3, "2026-07-31", 62_814.0),
        ),
        shape(
            "CryptoDataDownload, by unix in s and ms",
            cdd,
            "btc_price = { file = \"c.csv\", date_column = \"unix\" }",
            ("close", "USD", 3, "2026-07-31", 62_814.0),
        ),
    ]
}

fn bars() -> Vec<Shape> {
    let yahoo = "Date,Open,High,Low,Close,Adj Close,Volume\n\
        2026-05-31,73000,74500,73000,73600,73600,2200000\n2026-06-15,null,null,null,null,null,null\n\
        2026-06-30,59000,59500,58000,58559,58559,3500000\n\
        2026-07-31,63000,63500,62000,62814,62814,2500000\n";
    let zoned = "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n\
        2024-09-30 04:00:00+00:00,118.3,121.5,118.1,121.44,226553700,0.0,0.0\n\
        2024-12-31 00:00:00-05:00,138.0,138.1,133.8,134.29,155659200,0.0,0.0\n";
    let three_lines = "Price,Close,High,Low,Open,Volume\nTicker,BTC-USD,BTC-USD,BTC-USD,BTC-USD,\
        BTC-USD\nDate,,,,,\n2026-05-31,73600,74500,73000,73000,2200000\n\
        2026-06-30,58559,59500,58000,59000,3500000\n2026-07-31,62814,63500,62000,63000,2500000\n";
    let day_first = "time,open,high,low,close,Volume,MA\r\n31/05/2026,73000,74500,73000,73600,9,\r\n\
        30/06/2026,59000,59500,58000,58559,9,NaN\r\n31/07/2026,63000,63500,62000,62814,9,64000\r\n";
    let hashrate = "time,open,high,low,close\n2026-06-30T00:00:00Z,921220000,921220000,921220000,\
        921220000\n2026-07-31T00:00:00Z,900510000,900510000,900510000,900510000\n";
    let spot = "1732924800000,97000,98000,96000,96464.00000000,9.1,1733011199999,9e5,7,4.5,4e5,0\n\
        1735603200000,92000,96000,92000,93390.00000000,9.2,1735689599999,8e5,7,4.5,4e5,0\n\
        1738281600000000,104000,106000,101000,102263.0,9.3,1738367999999999,9e5,7,4.4,4e5,0\n\
        1740700800000000,84000,85000,78000,84244.0,9.4,1740787199999999,9e5,7,4.4,4e5,0\n";
    let futures = "open_time,open,high,low,close,volume,close_time,quote_volume,count,\
        taker_buy_volume,taker_buy_quote_volume,ignore\n\
        1780185600000,73000,74500,73000,73600,9,1780271999999,6e5,7,4,3e5,0\n\
        1782777600000,59000,59500,58000,58559,9,1782863999999,5e5,7,4,2e5,0\n\
        1785456000000,63000,63500,62000,62814,9,1785542399999,5e5,7,4,2e5,0\n";
    vec![
        shape(
            "Yahoo, with null",
            yahoo,
            "btc_price = \"y.csv\"",
            ("Close", "USD", 3, "2026-07-31", 62_814.0),
        ),
        shape(
            "yfinance, times with a zone",
            zoned,
            "stock_price = { file = \"y.csv\", unit = \"USD\" }",
            ("Close", "USD", 2, "2024-12-31", 134.29),
        ),
        shape(
            "yfinance, three header lines",
            three_lines,
            "btc_price = \"y.csv\"",
            ("Close", "USD", 3, "2026-07-31", 62_814.0),
        ),
        shape(
            "TradingView, day first with an indicator",
            day_first,
            "btc_price = \"t.csv\"",
            ("close", "USD", 3, "2026-07-31", 62_814.0),
        ),
        shape(
            "TradingView, hashrate",
            hashrate,
            "hashrate = { file = \"t.csv\", value_column = \"close\" }",
            ("close", "TH/s", 2, "2026-07-31", 900.51),
        ),
        shape(
            "Binance, milli- and microseconds",
            spot,
            "btc_price = \"b.csv\"",
            ("close", "USD", 4, "2025-02-28", 84_244.0),
        ),
        shape(
            "Binance, futures",
            futures,
            "btc_price = \"b.csv\"",
            ("close", "USD", 3, "2026-07-31", 62_814.0),
        ),
    ]
}

fn tables() -> Vec<Shape> {
    let tabs = "date\tclose\n31/05/2026\t73600\n30/06/2026\t58559,25\n31/07/2026\t62814,5\n";
    let mac = "Date;Hash Rate (TH/s)\n44741;9,2122E+08\n44772;9,0051E+08\n";
    let ercot = "Power Futures Historical Data\r\r\nFrom a hub\r\r\nDate,Close,High,Low,Open,Volume,\r\r\n\
        2021-02-17,9000,9000,9000,9000,,\r\r\n2021-02-18,9000,9000,9000,9000,,\r\r\n,,,,,,\r\r\n";
    let cents = "day;price (cents per kWh)\n17/02/2021;900,0\n18/02/2021;900,0\n";
    let eia = "Price hub,Trade date,Delivery start date,Delivery end date,High price $/MWh,\
        Low price $/MWh,Wtd avg price $/MWh,Change,Daily volume MWh,Number of trades,\
        Number of counterparties\nHub Peak,2021-02-16,2021-02-17,2021-02-17,9000,9000,9000,0,800,1,2\n\
        Hub Peak,2021-02-17,2021-02-18,2021-02-18,9000,9000,9000,0,800,1,2\n";
    let index = "timestamp,A100 (USD per GPU-hour),H100 (USD per GPU-hour)\n\
        1751241600000,4.1,12.29\n1753920000000,2.74,6.88\n";
    vec![
        shape(
            "Excel, tabs and decimal commas",
            tabs,
            "btc_price = \"x.txt\"",
            ("close", "USD", 3, "2026-07-31", 62_814.5),
        ),
        shape(
            "Excel of the Mac, days from 1904",
            mac,
            "hashrate = { file = \"x.csv\", date_format = \"excel-1904\" }",
            ("Hash Rate (TH/s)", "TH/s", 2, "2026-07-31", 900.51),
        ),
        shape(
            "ERCOT, blank rows at the end",
            ercot,
            "power_price = { file = \"e.csv\", unit = \"USD/MWh\" }",
            ("Close", "USD/MWh", 2, "2021-02-18", 9_000.0),
        ),
        shape(
            "power in cents",
            cents,
            "power_price = \"e.csv\"",
            ("price (cents per kWh)", "US cents/kWh", 2, "2021-02-18", 9_000.0),
        ),
        shape(
            "EIA, peak prices",
            eia,
            "power_price = { file = \"e.csv\", date_column = \"Delivery start date\", \
             value_column = \"Wtd avg price $/MWh\", unit = \"USD/MWh\" }",
            ("Wtd avg price $/MWh", "USD/MWh", 2, "2021-02-18", 9_000.0),
        ),
        shape(
            "GPU index, two columns that say their unit",
            index,
            "gpu_index = \"g.csv\"",
            ("H100 (USD per GPU-hour)", "USD/GPU-hour", 2, "2025-07-31", 6.88),
        ),
    ]
}

#[test]
fn shapes_that_no_page_shows_are_read_too() {
    let shapes = [
        blockchain_com(),
        coin_metrics(),
        mempool_space(),
        chain_charts(),
        price_sites(),
        bars(),
        tables(),
    ];
    let mut wrong = Vec::new();
    for shape in shapes.into_iter().flatten() {
        let read = match series(shape.text.as_bytes(), &format!("[data]\n{}\n", shape.toml)) {
            Ok(all) => {
                let (series, last) = (&all[0], all[0].days.len() - 1);
                let (day, value) = (series.days[last].to_string(), series.values[last]);
                let account = &series.account;
                let value = (value / shape.read.4 - 1.0).abs() < 1e-12;
                let (column, unit) = (&account.value_column, &account.unit);
                format!("{column}, {unit}, {}, {day}, value {value}", account.rows_used)
            }
            Err(problems) => problems,
        };
        let (column, unit, used, day, _) = shape.read;
        let expected = format!("{column}, {unit}, {used}, {day}, value true");
        if read != expected {
            wrong.push(format!("{}, {}\n{read}\n{expected}\n", shape.vendor, shape.toml));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_the_pages_say_is_refused_is_refused() {
    let utf_16: Vec<u8> =
        "\u{feff}Date\tClose\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hours = r#"{"prices":[{"time":1782777600,"USD":58559},{"time":1782781200,"USD":58600}]}"#;
    let euros = "date,close\n2026-05-31,63000\n2026-06-30,50000\n2026-07-31,54000\n";
    let orders = "Date,Close\n03/04/2020,1\n04/04/2020,2\n";
    let api = r#"[{"t":1785456000,"v":900510000000000000000}]"#;
    let dollars = r#"{"name":"Transaction Fees (USD)","unit":"USD","period":"day",
        "values":[{"x":1785456000,"y":250000}]}"#;
    let broken = "Trade date,\"Delivery \nend date\",Price\n2021-02-17,2021-02-18,9000\n";
    let serials = "Date,Close\n46173,73600\n46203,58559\n46234,62814\n";
    for (sample, line, part) in [
        (b"PK\x03\x04".to_vec(), "btc_price = \"x.csv\"", "Excel workbook"),
        (utf_16, "btc_price = \"x.txt\"", "UTF-16"),
        (hours.into(), "btc_price = \"x.json\"", "2026-06-30 has two values"),
        (euros.into(), "btc_price = \"x.csv\"", "another currency cannot be used"),
        (orders.into(), "btc_price = \"x.csv\"", "date_format = \"D/M/Y\""),
        (api.into(), "hashrate = \"x.json\"", "no export that can be read"),
        (dollars.into(), "fees = \"x.json\"", "transaction fees is in USD"),
        (broken.into(), "power_price = { file = \"x.csv\", unit = \"USD/MWh\" }", "is not closed"),
        (serials.into(), "btc_price = \"x.csv\"", "date_format = \"excel-1900\""),
    ] {
        let told = told(&sample, &format!("[data]\n{line}\n"));
        assert!(told.starts_with("refused") && told.contains(part), "{line}\n{told}");
    }
}
