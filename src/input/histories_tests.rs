//! Tests of reading histories.

use super::*;
use crate::input::embedded;
use jiff::civil::date;

const AS_OF: Date = date(2026, 7, 31);

type Read<T> = fn(&Table<'_>, Date, &mut Vec<Problem>) -> Span<T>;

fn parsed<T>(name: &str, text: &str, read: Read<T>) -> (T, Vec<Problem>) {
    let mut problems = Vec::new();
    let (_, columns) = DATA.iter().find(|(key, _)| key.name == name).unwrap();
    let table = Table::read("h.csv", text, columns, &mut problems).unwrap();
    let span = read(&table, AS_OF, &mut problems);
    (span.value, problems)
}

/// The text with its rows reversed and its first column moved to the end.
fn permuted(text: &str) -> String {
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| {
            let (first, rest) = line.split_once(',').unwrap();
            format!("{rest},{first}")
        })
        .collect();
    lines[1..].reverse();
    lines.join("\n")
}

fn permuting_changes_nothing<T: PartialEq + std::fmt::Debug>(
    name: &str,
    file: &str,
    read: Read<T>,
) {
    let text = embedded::file(file).unwrap();
    let (series, problems) = parsed(name, text, read);
    assert_eq!(problems, []);
    assert_eq!(parsed(name, &permuted(text), read), (series, vec![]));
}

#[test]
fn permuting_rows_and_columns_leaves_every_history_unchanged() {
    permuting_changes_nothing("btc_price", "btc_month_end.csv", read_btc_price);
    permuting_changes_nothing("network", "network_month.csv", read_network);
    permuting_changes_nothing("difficulty", "difficulty_epochs.csv", read_difficulty);
    permuting_changes_nothing("gpu_rate", "h100_rental_price.csv", read_gpu_rate);
    permuting_changes_nothing("ai_capacity", "nvidia_datacenter_revenue.csv", read_ai_capacity);
    permuting_changes_nothing("rent", "hosting_price_list.csv", read_rent);
}

#[test]
fn the_average_rent_is_the_value_by_megawatt_and_year() {
    let text = embedded::file("hosting_price_list.csv").unwrap();
    for deal in parsed("rent", text, read_rent).0 {
        let average = deal.contract_value_usd / deal.critical_it_mw / deal.term_years;
        // The file holds whole dollars.
        assert!((deal.average_rent_usd_per_critical_it_mw_year - average).abs() <= 0.5);
    }
}

#[test]
fn a_missing_epoch_a_double_month_and_a_late_month_are_told() {
    let text = "first_height,start_date,start_date_is_exact,difficulty\n\
                0,2009-01-03,yes,1\n4032,2009-02-12,yes,1";
    assert!(parsed("difficulty", text, read_difficulty).1[0].what.contains("from 0 to 4032"));
    let text = "first_height,start_date,start_date_is_exact,difficulty\n7,2009-01-03,yes,1";
    assert!(parsed("difficulty", text, read_difficulty).1[0].what.contains("not the first block"));
    let text = "month,close_usd_per_btc\n2026-07,1\n2026-07,2\n2026-08,3";
    let problems = parsed("btc_price", text, read_btc_price).1;
    assert_eq!(problems.len(), 2);
    assert!(problems[0].what.contains("after the as-of date 2026-07-31"));
    assert_eq!(problems[1].what, "month is given twice");
}
