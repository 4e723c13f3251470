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
    assert_eq!((comparison.shift_days, comparison.ratio, comparison.differing), (1, Some(1.0), 0));
    for said in [
        "1 gap, the longest of 5 days after 2024-01-20",
        "1 value jumps and comes back: 2024-02-10",
        "stale: 6 equal values in a row from 2024-03-01 on",
        "the last value, of 2024-03-20, is 12 days old on the as-of date",
        "late.csv stamps its values a day later",
    ] {
        assert!(quality.findings.iter().any(|found| found == said), "{:?}", quality.findings);
    }
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
