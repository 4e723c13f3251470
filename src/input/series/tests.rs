//! Tests of reading a series as a whole: what a vendor varies changes no bit.

use super::*;
use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

const AS_OF: Date = date(2026, 7, 31);

/// Days and values, or what is wrong.
type Read = Result<(Vec<Date>, Vec<u64>), Vec<Problem>>;

fn read(key: &str, text: &str, file: &SeriesFile) -> Read {
    let mut problems = Vec::new();
    let quantity = Quantity::of_key(key).unwrap();
    let series = super::read(quantity, "x.csv", text, file, AS_OF, &mut problems);
    let bits =
        |series: Series| (series.days, series.values.iter().map(|value| value.to_bits()).collect());
    series.map(bits).ok_or(problems)
}

/// How a vendor writes a table.
#[derive(Debug, Clone)]
struct Style {
    separator: char,
    line_end: &'static str,
    is_quoted: bool,
    has_mark: bool,
    ends_with_a_line_end: bool,
    blank_rows: bool,
    columns: Vec<usize>,
    rows: Vec<usize>,
}

fn style(rows: usize) -> impl Strategy<Value = Style> {
    (
        prop::sample::select(vec![',', ';', '\t', '|']),
        prop::sample::select(vec!["\n", "\r\n", "\r", "\r\r\n"]),
        any::<[bool; 4]>(),
        Just((0..3).collect::<Vec<usize>>()).prop_shuffle(),
        Just((0..rows).collect::<Vec<usize>>()).prop_shuffle(),
    )
        .prop_map(|(separator, line_end, flags, columns, rows)| Style {
            separator,
            line_end,
            is_quoted: flags[0],
            has_mark: flags[1],
            ends_with_a_line_end: flags[2],
            blank_rows: flags[3],
            columns,
            rows,
        })
}

impl Style {
    fn write(&self, header: [&str; 3], rows: &[[String; 3]]) -> String {
        let cell = |text: &str| match self.is_quoted {
            true => format!("\"{text}\""),
            false => text.to_string(),
        };
        let line = |cells: [&str; 3]| {
            let cells: Vec<String> = self.columns.iter().map(|c| cell(cells[*c])).collect();
            cells.join(&self.separator.to_string())
        };
        let mut lines = vec![line(header)];
        for row in &self.rows {
            lines.push(line([&rows[*row][0], &rows[*row][1], &rows[*row][2]]));
            if self.blank_rows {
                lines.push(String::new());
            }
        }
        let mark = if self.has_mark { "\u{feff}" } else { "" };
        let end = if self.ends_with_a_line_end { self.line_end } else { "" };
        format!("{mark}{}{end}", lines.join(self.line_end))
    }
}

/// Rows of day, value and something else, from day 1 on.
fn rows(values: &[f64], day: impl Fn(Date) -> String) -> Vec<[String; 3]> {
    let first = date(2020, 1, 25);
    let row = |(index, value): (usize, &f64)| {
        [
            day(first.saturating_add((index as i64).days())),
            format!("{value:?}"),
            format!("n{index}"),
        ]
    };
    values.iter().enumerate().map(row).collect()
}

proptest! {
    #[test]
    fn no_style_of_a_vendor_changes_a_bit(
        values in prop::collection::vec(1e-3..1e6_f64, 12),
        style in style(12),
        format in 0..4_usize,
    ) {
        let day = |day: Date| match format {
            0 => day.to_string(),
            1 => day.strftime("%d/%m/%Y").to_string(),
            2 => format!("{} 00:00", day.strftime("%m/%d/%Y")),
            _ => day.strftime("%b %d %Y").to_string(),
        };
        let header = ["date", "close_usd", "note"];
        let text = style.write(header, &rows(&values, day));
        let found = read("stock_price", &text, &SeriesFile::new("x.csv"));
        let plain: Vec<Date> =
            (0..12).map(|k| date(2020, 1, 25).saturating_add((k as i64).days())).collect();
        let bits = values.iter().map(|value| value.to_bits()).collect();
        prop_assert_eq!(found, Ok((plain, bits)), "{}", text);
    }

    #[test]
    fn a_unit_changes_no_more_than_rounding_does(
        values in prop::collection::vec(0.98..1.02_f64, 20),
        power in 0..5_i32,
    ) {
        // Near what difficulty implies, in H/s, GH/s, TH/s, PH/s or EH/s.
        let factor = [1e18, 1e9, 1e6, 1e3, 1.0][power as usize];
        let first = date(2024, 3, 1);
        let mut text = String::from("date,hashrate\n");
        for (index, value) in values.iter().enumerate() {
            let day = first.saturating_add((index as i64).days());
            text.push_str(&format!("{day},{}\n", value * 600.0 * factor));
        }
        let (_, found) = read("hashrate", &text, &SeriesFile::new("x.csv")).unwrap();
        for (bits, value) in found.iter().zip(&values) {
            let ratio = f64::from_bits(*bits) / (value * 600.0);
            prop_assert!((ratio - 1.0).abs() < 1e-14, "{ratio}");
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), key in 0..QUANTITIES.len()) {
        let _ = read(QUANTITIES[key].key, &text, &SeriesFile::new("x.csv"));
        let under_a_header = format!("date,close\n2020-01-01,1\n{text}");
        let _ = read(QUANTITIES[key].key, &under_a_header, &SeriesFile::new("x.csv"));
    }
}

#[test]
fn json_and_csv_give_the_same_bits() {
    let csv =
        "date,market-price\n2026-03-31,68215.1234567891\n2026-04-30,76300.3\n2026-05-31,73600\n";
    let json = r#"{"metric1":"market-price","market-price":[{"x":1774915200000,"y":68215.1234567891},
        {"x":1777507200000,"y":76300.3},{"x":1780185600000,"y":73600}]}"#;
    let file = SeriesFile::new("x");
    assert_eq!(read("btc_price", csv, &file), read("btc_price", json, &file));
    assert!(read("btc_price", csv, &file).is_ok());
}

#[test]
fn quality_sees_a_shift_a_gap_an_outlier_and_a_stale_run() {
    let first = date(2024, 1, 1);
    // A walk with a jump that comes back, a hole of four days, and six equal values.
    let mut walk: Vec<f64> = (0..80).map(|k| 100.0 + f64::from((k * k) % 17)).collect();
    walk[40] *= 3.0;
    walk[60..66].fill(107.0);
    let row = |k: usize, shift: i64| {
        format!("{},{}\n", first.saturating_add((k as i64 + shift).days()), walk[k])
    };
    let text = |shift: i64| {
        let kept = (0..80).filter(|k| !(20..24).contains(k));
        format!("date,price_usd\n{}", kept.map(|k| row(k, shift)).collect::<String>())
    };
    let one = |text: &str, name: &str| {
        let quantity = Quantity::of_key("stock_price").unwrap();
        let mut problems = Vec::new();
        let file = SeriesFile::new(name);
        super::read(quantity, name, text, &file, AS_OF, &mut problems).unwrap()
    };
    let mut series = one(&text(0), "own.csv");
    series.others = vec![one(&text(1), "late.csv")];
    let quality = series.quality(date(2024, 4, 1)).remove(0);
    assert_eq!((quality.gaps, quality.longest_step_days), (1, 5));
    assert_eq!((quality.outliers, quality.longest_equal_run), (1, 6));
    assert_eq!(quality.age_days, 12);
    let comparison = &quality.comparisons[0];
    assert_eq!(
        (comparison.shift_days, comparison.ratio, comparison.differing.len()),
        (1, Some(1.0), 0)
    );
    for said in [
        "1 gap, the longest of 5 days after 2024-01-20",
        "1 value is far from those around: 2024-02-10",
        "stale: 6 equal values in a row from 2024-03-01 on",
        "the last value, of 2024-03-20, is 12 days old on the as-of date",
        "late.csv stamps its values a day later",
    ] {
        assert!(quality.findings.iter().any(|found| found == said), "{:?}", quality.findings);
    }
}

/// A series of a quantity in its own unit, from a day on.
fn series_of(key: &str, first: Date, values: &[f64]) -> Result<Series, Vec<Problem>> {
    let quantity = Quantity::of_key(key).unwrap();
    let mut text = String::from("date,value\n");
    for (index, value) in values.iter().enumerate() {
        text.push_str(&format!("{},{value}\n", first.saturating_add((index as i64).days())));
    }
    let (file, mut problems) = (SeriesFile::new("x.csv"), Vec::new());
    super::read(quantity, "x.csv", &text, &file, AS_OF, &mut problems).ok_or(problems)
}

#[test]
fn a_change_of_level_and_a_spike_at_the_end_are_told() {
    let mut values = vec![1_000.0; 40];
    for (index, value) in values.iter_mut().enumerate() {
        *value *= 1.0 + 0.01 * ((index * 7 % 5) as f64);
        *value *= if index < 20 { 1.0 } else { 50.0 };
    }
    values[39] *= 4.0;
    // Without a unit nothing is read; as difficulty of one's own nothing is known of these days.
    let first = date(2026, 6, 1);
    let text: String = values
        .iter()
        .enumerate()
        .map(|(k, v)| format!("{},{v}\n", first.saturating_add((k as i64).days())))
        .collect();
    let quantity = Quantity::of_key("stock_price").unwrap();
    let (file, mut problems) = (SeriesFile::new("x.csv"), Vec::new());
    let text = format!("date,price_usd\n{text}");
    let series = super::read(quantity, "x.csv", &text, &file, AS_OF, &mut problems).unwrap();
    let findings = series.quality(AS_OF).remove(0).findings;
    assert!(findings.iter().any(|f| f.contains("changes by a factor of 49")), "{findings:?}");
    assert!(
        findings.iter().any(|f| f.ends_with("far from those around: 2026-07-10")),
        "{findings:?}"
    );
}

#[test]
fn values_far_from_what_is_known_of_their_day_are_refused() {
    let mut hashrate = vec![600e6; 40];
    hashrate[30..].fill(600.0);
    let problems = series_of("hashrate", date(2024, 2, 1), &hashrate).unwrap_err();
    assert_eq!(problems.len(), 10);
    assert_eq!(problems[0].place.as_ref().unwrap().line, Some(32));
    let mut difficulty = vec![80e12; 14];
    difficulty[5] = 80.0;
    assert_eq!(series_of("difficulty", date(2024, 2, 20), &difficulty).unwrap_err().len(), 1);
    let quantity = Quantity::of_key("hashrate").unwrap();
    let (file, mut problems) = (SeriesFile::new("x.csv"), Vec::new());
    let early = "date,hashrate_ehs\n1999-01-01,900\n2024-03-01,600\n";
    assert_eq!(super::read(quantity, "x.csv", early, &file, AS_OF, &mut problems), None);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].what, "hashrate is of a day before the first block");
    assert_eq!(problems[0].place.as_ref().unwrap().line, Some(2));
}

#[test]
fn currencies_near_the_dollar_are_not_taken_for_it() {
    // Known closes in USD, in euros of August to October 2022, in francs of 2017 to 2019.
    let month =
        |k: i32| crate::input::period::YearMonth::new((k / 12) as i16, (k % 12 + 1) as i8).unwrap();
    let read = |from: i32, rates: &[f64]| {
        let rows = rates.iter().enumerate().map(|(k, rate)| {
            let month = month(from + k as i32);
            format!("{},{}\n", month.last_day(), super::known::close_usd(month).unwrap() * rate)
        });
        let text = format!("date,close\n{}", rows.collect::<String>());
        let quantity = Quantity::of_key("btc_price").unwrap();
        let (file, mut problems) = (SeriesFile::new("x.csv"), Vec::new());
        super::read(quantity, "x.csv", &text, &file, AS_OF, &mut problems).is_some()
    };
    let august_2022 = 2022 * 12 + 7;
    assert!(read(august_2022, &[1.0, 1.001, 0.999]));
    // USD per EUR at the ends of the months: 1.005, 0.980, 0.988.
    assert!(!read(august_2022, &[1.0 / 1.005, 1.0 / 0.980, 1.0 / 0.988]));
    // CHF per USD about 0.99 with a spread of a per cent.
    let francs: Vec<f64> = (0..36).map(|k| 0.99 + 0.005 * f64::from(k % 5 - 2)).collect();
    assert!(!read(2017 * 12, &francs));
    // Stamps a day late, or averages: three per cent of noise, the level right.
    let late: Vec<f64> = (0..60).map(|k| 1.0 + 0.01 * f64::from(k % 7 - 3)).collect();
    assert!(!read(2017 * 12, &late));
    // A fifth of the months in another currency.
    let stitched: Vec<f64> = (0..60).map(|k| if k < 12 { 0.9 } else { 1.0 }).collect();
    assert!(!read(2017 * 12, &stitched));
}

#[test]
fn shifted_rows_are_found_whatever_the_order_of_rows_and_columns() {
    let mut rows: Vec<[String; 4]> = (0..60)
        .map(|k: i64| {
            let day = date(2026, 3, 1).saturating_add(k.days()).to_string();
            [day, format!("7.5{}", k % 3), format!("2.4{}", k % 7), format!("1.6{}", k % 5)]
        })
        .collect();
    for row in [20, 40] {
        rows[row][2] = rows[row][1].clone();
        rows[row][3] = rows[row][1].clone();
    }
    let write = |columns: [usize; 4], rows: &[[String; 4]]| {
        let names = ["date", "large", "rate", "small"];
        let mut text = columns.map(|c| names[c]).join(",") + "\n";
        for row in rows {
            text.push_str(&(columns.map(|c| row[c].as_str()).join(",") + "\n"));
        }
        text
    };
    let read = |text: &str| {
        let quantity = Quantity::of_key("gpu_index").unwrap();
        let file = SeriesFile::new("x.csv").with("unit", "USD/GPU-hour");
        let mut problems = Vec::new();
        let series = super::read(quantity, "x.csv", text, &file, AS_OF, &mut problems);
        series.unwrap_or_else(|| panic!("{problems:?}"))
    };
    let plain = read(&write([0, 1, 2, 3], &rows));
    assert_eq!(plain.account.count(Reason::Shifted), 2);
    rows.reverse();
    rows.swap(3, 50);
    let other = read(&write([2, 3, 0, 1], &rows));
    assert_eq!((&other.days, &other.values), (&plain.days, &plain.values));
}

#[test]
fn units_of_power_and_fees_have_their_factors() {
    for (key, name, factor) in [
        ("fees", "satoshi/block", 144e-8),
        ("fees", "BTC/block", 144.0),
        ("fees", "satoshi/day", 1e-8),
        ("power_price", "US cents/kWh", 10.0),
        ("power_price", "USD/kWh", 1_000.0),
        ("gpu_index", "US cents/GPU-hour", 0.01),
        ("btc_price", "thousand USD", 1_000.0),
        ("hashrate", "PH/s", 1e-3),
        ("hashrate", "ZH/s", 1e3),
    ] {
        assert_eq!(Quantity::of_key(key).unwrap().unit(name).unwrap().factor, factor, "{name}");
    }
}

#[test]
fn what_stands_beside_a_price_is_not_taken_for_it() {
    let told = |key: &str, text: &str| {
        let file =
            SeriesFile::new("x.csv").with("unit", if key == "fees" { "BTC/day" } else { "USD" });
        read(key, text, &file).unwrap_err().remove(0).what
    };
    let rows = "2020-01-01,12.5 USD,1000\n2020-01-02,12.6 USD,1100\n";
    assert_eq!(told("stock_price", &format!("date,close,volume\n{rows}")), "close is not a number");
    let what = told("stock_price", "date,volume\n2020-01-01,5\n");
    assert_eq!(what, "no column is named as one of stock price");
    let what = told("stock_price", "date,close\n,5\n,6\n");
    assert_eq!(what, "date, the column of days, is empty");
    let what = told("stock_price", "Date,Price,Date,Volume\n2024-01-01,5,2024-03-01,6\n");
    assert_eq!(what, "2 columns are called `Date`");
    let what = told("stock_price", "date,symbol,close\n2024-01-01,A,5\n2024-01-02,B,6\n");
    assert_eq!(what, "the file holds several symbols");
    let what = told("stock_price", "date,close\n2024-01-01,$5\n2024-01-02,€6\n");
    assert_eq!(what, "cells are in several currencies");
    assert_eq!(told("fees", "date,fees\n2024-01-01,$5\n"), "the cells are money");
    let dollars = "date,FeeTotUSD\n2026-01-02,31000\n";
    assert_eq!(told("fees", dollars), "the column of transaction fees is in USD");
    let canadian = "date,close,currency\n2024-01-01,3.1,CAD\n";
    assert_eq!(told("stock_price", canadian), "the column of stock price is in CAD");
    let what = told("stock_price", "date,close,\n2024-01-01,5,25\n2024-01-02,6,75\n");
    assert_eq!(what, "a column without a name holds numbers beside the values");
    let what = told("stock_price", "time,close\n2024-01-04 22:00:00,5\n2024-01-05 22:00:00,6\n");
    assert!(what.starts_with("all times stand before midnight"));
    let euro = "Price,Close\nTicker,BTC-EUR\nDate,\n2022-08-31,19940\n2022-09-30,19822\n";
    let what = read("btc_price", euro, &SeriesFile::new("x.csv")).unwrap_err().remove(0).what;
    assert_eq!(what, "the column of BTC price is in EUR");
    let code = "Date,Currency,Close\n2022-08-31,EUR,19940\n2022-09-30,EUR,19822\n";
    let what = read("btc_price", code, &SeriesFile::new("x.csv")).unwrap_err().remove(0).what;
    assert_eq!(what, "the column of BTC price is in EUR");
}

#[test]
fn a_shift_is_seen_whichever_file_is_denser() {
    let value = |k: i64| 100.0 + ((k * k) % 23) as f64;
    let first = date(2024, 1, 1);
    let file = |step: i64, shift: i64| {
        let rows = (0..240).step_by(step as usize);
        let row = |k: i64| format!("{},{}\n", first.saturating_add((k + shift).days()), value(k));
        let text = format!("date,price_usd\n{}", rows.map(row).collect::<String>());
        let quantity = Quantity::of_key("stock_price").unwrap();
        let (file, mut problems) = (SeriesFile::new("x.csv"), Vec::new());
        super::read(quantity, "x.csv", &text, &file, AS_OF, &mut problems).unwrap()
    };
    for (own_step, other_step) in [(1, 1), (1, 3), (3, 1)] {
        for shift in [-1, 0, 1] {
            let mut own = file(own_step, 0);
            own.others = vec![file(other_step, shift)];
            let quality = own.quality(AS_OF).remove(0);
            let comparison = &quality.comparisons[0];
            assert_eq!(comparison.shift_days, shift as i32, "{own_step} {other_step}");
            assert_eq!(comparison.ratio, Some(1.0));
        }
    }
}

#[test]
fn a_hole_in_a_series_of_working_days_is_a_gap() {
    let first = date(2024, 1, 1);
    let days = (0..200).map(|k: i64| first.saturating_add(k.days()));
    let is_working = |day: &Date| day.weekday().to_monday_one_offset() < 6;
    let kept: Vec<Date> = days.filter(is_working).collect();
    let quality = |days: &[Date]| {
        let rows = days.iter().enumerate().map(|(k, day)| format!("{day},{}\n", 100 + k % 7));
        let text = format!("date,price_usd\n{}", rows.collect::<String>());
        let quantity = Quantity::of_key("stock_price").unwrap();
        let (file, mut problems) = (SeriesFile::new("x.csv"), Vec::new());
        let series = super::read(quantity, "x.csv", &text, &file, AS_OF, &mut problems).unwrap();
        series.quality(AS_OF).remove(0).gaps
    };
    assert_eq!(quality(&kept), 0);
    let mut holed = kept.clone();
    holed.drain(30..36);
    assert_eq!(quality(&holed), 1);
}

#[test]
fn a_last_day_of_little_hashrate_seems_partial() {
    let first = date(2026, 7, 1);
    let quality_with = |last: f64| {
        let mut text = String::from("date,hashrate_ehs\n");
        for day in 0..20 {
            let value = if day == 19 { last } else { 920.0 };
            text.push_str(&format!("{},{value}\n", first.saturating_add(day.days())));
        }
        let quantity = Quantity::of_key("hashrate").unwrap();
        let (file, mut problems) = (SeriesFile::new("x.csv"), Vec::new());
        let series = super::read(quantity, "x.csv", &text, &file, AS_OF, &mut problems).unwrap();
        series.quality(date(2026, 7, 20)).remove(0).findings
    };
    let told = "the last day, 2026-07-20, seems partial: 50 % of the usual hashrate";
    assert!(quality_with(460.0).iter().any(|found| found == told));
    assert!(!quality_with(600.0).iter().any(|found| found.contains("partial")));
}
