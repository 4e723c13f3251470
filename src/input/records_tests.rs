//! Tests of reading records.

use super::*;
use crate::input::embedded;
use jiff::civil::date;

const AS_OF: Date = date(2026, 7, 31);

type Read<T> = fn(&Table<'_>, Date, &mut Vec<Problem>) -> Span<T>;

fn parsed<T>(name: &str, text: &str, read: Read<T>) -> (T, Vec<Problem>) {
    let mut problems = Vec::new();
    let columns = match name {
        "gpu_rate" => GPU_RATE,
        "ai_capacity" => AI_CAPACITY,
        _ => RENT,
    };
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
fn permuting_rows_and_columns_leaves_every_record_unchanged() {
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
fn a_record_given_twice_and_a_late_one_are_told() {
    let header = "quarter_end_date,fiscal_quarter,datacenter_revenue_million_usd,quality,source";
    let text = format!("{header}\n2026-04-26,a,1,q,s\n2026-04-26,a,2,q,s\n2026-08-26,a,3,q,s");
    let problems = parsed("ai_capacity", &text, read_ai_capacity).1;
    assert_eq!(problems.len(), 2);
    assert!(problems[0].what.contains("after the as-of date 2026-07-31"));
    assert_eq!(problems[1].what, "quarter_end_date is given twice");
}
