//! Tests of the CSV table.

use super::*;
use crate::input::range::above;
use proptest::prelude::*;

const COLUMNS: &[Column] = &[
    filled("month", Kind::Day),
    filled("close_usd_per_btc", Kind::Number(above(0.0, 1e9, "USD per BTC"))),
    sparse("note", Kind::Text),
];

fn read(text: &str) -> (Vec<(String, f64, String)>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut rows = Vec::new();
    if let Some(table) = Table::read("x.csv", text, COLUMNS, &mut problems) {
        for row in 0..table.rows() {
            let mut cells = table.cells(row, &mut problems);
            let month = cells.day("month").map(|m| m.to_string()).unwrap_or_default();
            rows.push((month, cells.number("close_usd_per_btc"), cells.text("note")));
        }
    }
    (rows, problems)
}

#[test]
fn the_order_of_columns_a_mark_and_line_ends_change_nothing() {
    let plain =
        read("month,close_usd_per_btc,note\n2024-01-31,42000.5,\"a, b\"\n2024-02-29,61000,\n");
    assert_eq!(plain.1, []);
    assert_eq!(plain.0.len(), 2);
    for text in [
        "note,month,close_usd_per_btc\n\"a, b\",2024-01-31,42000.5\n,2024-02-29,61000\n",
        "\u{feff}month,close_usd_per_btc,note\r\n2024-01-31,42000.5,\"a, b\"\r\n2024-02-29,61000,\r\n",
        "month,close_usd_per_btc,note\r2024-01-31,42000.5,\"a, b\"\r2024-02-29,61000,",
        "\nmonth,close_usd_per_btc,note\n\n2024-01-31,42000.5,\"a, b\"\n\n\n2024-02-29,61000,",
    ] {
        assert_eq!(read(text), plain, "{text:?}");
    }
}

#[test]
fn a_line_number_is_that_of_the_file_whatever_blank_lines_it_has() {
    let (_, problems) = read("\n\nmonth,close_usd_per_btc,note\n\n2024-01-31,-1,\n");
    let place = problems[0].place.clone().unwrap();
    assert_eq!((place.line, problems.len()), (Some(5), 1));
}

#[test]
fn a_quote_left_open_loses_no_row_in_silence() {
    let (rows, problems) = read("month,close_usd_per_btc,note\n2024-01-31,1,\"a\n2024-02-29,2,b\n");
    assert_eq!(rows, []);
    assert_eq!(problems[0].what, "a quote is not closed");
    assert_eq!(problems[0].place.clone().unwrap().line, Some(2));
}

#[test]
fn all_wrong_cells_are_told_at_once() {
    let (_, problems) = read("month,close_usd_per_btc,note\n2024-13-01,nan,\n2024-02-29,1e400,\n");
    assert_eq!(problems.len(), 3);
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "(?s).{0,200}") {
        read(&text);
    }
    #[test]
    fn no_text_under_a_good_header_makes_the_reader_panic(
        text in "[a0-9\",\r\n.e\\-\u{0}é ]{0,200}",
    ) {
        let (rows, problems) = read(&format!("month,close_usd_per_btc,note\n{text}"));
        // Each line that is not empty is a row or is part of a problem.
        let lines = text.split('\n').filter(|l| !l.trim_end_matches('\r').is_empty()).count();
        prop_assert!(!problems.is_empty() || rows.len() == lines);
    }
}
