//! A study under stresses as text: the base in levels, each stress in what it adds.
//!
//! In: `StressResults` and the width of the terminal. Out: lines. Not here: how a number arose, what a
//! stress says.

use super::grid::Grid;
use super::number::{USD_PER_MILLION, count, percent, signed_with_error, with_error};
use super::results::StressResults;
use super::verdict::MISSING;
use std::ops::Range;

/// Metric, measure, whether it is told of share 0, its title.
const CELLS: [(&str, &str, bool, &str); 8] = [
    ("revenue", "mean", true, "mean"),
    ("revenue", "tail_mean_0.05", true, "worst 5 %"),
    ("revenue", "mean", false, "mean"),
    ("revenue", "tail_mean_0.05", false, "worst 5 %"),
    ("revenue_gain", "mean", false, "gain"),
    ("revenue_gain", "probability_win", false, "win %"),
    ("margin_after_capital_gain", "mean", false, "gain"),
    ("margin_after_capital_gain", "probability_win", false, "win %"),
];

/// The report: question, table, legend, what each stress asks.
pub fn report(results: &StressResults, width: usize) -> String {
    let share = percent(results.headline_share);
    let mut lines = super::wrap(&super::printable(&results.question), width);
    lines.push(format!(
        "Study {}, as of {}, seed {}.",
        results.study_name, results.as_of, results.seed
    ));
    lines.push(String::new());
    let title = format!(
        "{} under stress: {share} % of the power diverted against staying, {} worlds each, same chance",
        results.target_year,
        count(results.paths)
    );
    lines.extend(super::wrap(&title, width));
    lines.push(String::new());
    let groups = [
        (0..2, "revenue of staying".to_string()),
        (2..4, format!("revenue at {share} %")),
        (4..6, "revenue gain".into()),
        (6..8, "margin gain".into()),
    ];
    let beside = table(results, &groups);
    if super::widest(&beside) <= width {
        lines.extend(beside);
    } else {
        lines.extend(table(results, &groups[..2]));
        lines.push(String::new());
        lines.extend(table(results, &groups[2..]));
    }
    lines.push(String::new());
    let legend = "Million USD, and per cent of worlds. base: the study as it is, ± one standard error. Below it what \
                  each stress adds on the same paths, ± the standard error of the difference. Worst 5 %: mean of the \
                  worst 5 % of worlds. Gain: mean difference to staying, of revenue and of margin after capital; win: \
                  worlds in which it is above 0.";
    lines.extend(super::wrap(legend, width));
    lines.push(String::new());
    for (name, question) in results.stresses.iter().filter(|(_, question)| !question.is_empty()) {
        lines.extend(super::wrap(&super::printable(&format!("{name}: {question}")), width));
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    format!("{}\n", lines.join("\n"))
}

fn table(results: &StressResults, groups: &[(Range<usize>, String)]) -> Vec<String> {
    let cells = || groups.iter().flat_map(|(range, _)| &CELLS[range.clone()]);
    let titles: Vec<&str> = std::iter::once("").chain(cells().map(|cell| cell.3)).collect();
    let mut grid = Grid::new(1, &titles);
    let mut column = 1;
    for (range, heading) in groups {
        grid.group(column, heading.as_str());
        column += range.len();
    }
    let mut names: Vec<&str> = results.rows.iter().map(|row| row.stress.as_str()).collect();
    names.dedup();
    for (index, name) in names.into_iter().enumerate() {
        let of = |(metric, measure, stays, _): &(&str, &str, bool, &str)| {
            let share = if *stays { 0.0 } else { results.headline_share };
            let row = results.row(name, share, metric, measure);
            let divisor = if measure.starts_with("probability") { 0.01 } else { USD_PER_MILLION };
            match (row, index) {
                (None, _) => with_error(MISSING, divisor),
                (Some(row), 0) => with_error(row.estimate, divisor),
                (Some(row), _) => signed_with_error(row.difference, divisor),
            }
        };
        let row = std::iter::once(super::printable(name)).chain(cells().map(of));
        grid.row(row.collect());
    }
    grid.lines()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::csv::write_stresses;
    use crate::report::json::write_results;
    use crate::report::results::StressRow;
    use crate::risk::Estimate;

    fn estimate(value: f64, std_error: f64) -> Estimate {
        Estimate { value, std_error, ci_low: value - std_error, ci_high: value + std_error }
    }

    fn sample() -> StressResults {
        let row = |stress: &str, stays: bool, metric, measure: &str, value, difference| StressRow {
            stress: stress.into(),
            share: if stays { 0.0 } else { 0.2 },
            metric,
            measure: measure.into(),
            unit: if measure.starts_with("probability") { "1" } else { "USD" },
            estimate: value,
            difference,
        };
        let rows = CELLS.iter().flat_map(|(metric, measure, stays, _)| {
            let scale = if measure.starts_with("probability") { 0.01 } else { 1e6 };
            [
                row(
                    "base",
                    *stays,
                    *metric,
                    measure,
                    estimate(40.0 * scale, 0.3 * scale),
                    estimate(0.0, 0.0),
                ),
                row(
                    "=bad\u{1b}",
                    *stays,
                    *metric,
                    measure,
                    estimate(30.0 * scale, 0.3 * scale),
                    estimate(-10.0 * scale, 0.04 * scale),
                ),
            ]
        });
        let (mut rows, mut stressed): (Vec<_>, Vec<_>) = rows.partition(|row| row.stress == "base");
        rows.append(&mut stressed);
        StressResults {
            study_name: "made-up".into(),
            question: "What if?".into(),
            as_of: jiff::civil::date(2026, 7, 31),
            target_year: 2027,
            paths: 2048,
            seed: 7,
            headline_share: 0.2,
            stresses: vec![("=bad\u{1b}".into(), "What if it goes\u{1b} ill?".into())],
            rows,
        }
    }

    #[test]
    fn the_base_stands_in_levels_and_a_stress_in_what_it_adds() {
        for width in [80, 120] {
            let text = report(&sample(), width);
            assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
            let line = |begin: &str| text.lines().find(|line| line.starts_with(begin)).unwrap();
            assert!(line("base").contains("40.0 ±0.3"), "{text}");
            assert!(line("=bad?").contains("-10.00 ±0.04"), "{text}");
            assert!(text.ends_with("=bad?: What if it goes? ill?\n"), "{text}");
        }
    }

    #[test]
    fn rows_are_tidy_and_no_formulas() {
        let mut bytes = Vec::new();
        write_stresses(&sample().rows, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let header =
            "stress,share,metric,measure,unit,value,std_error,difference,difference_std_error";
        assert_eq!(text.lines().next(), Some(header));
        assert_eq!(text.lines().nth(1), Some("base,0,revenue,mean,USD,40000000,300000,0,0"));
        assert!(text.lines().last().unwrap().starts_with("'=bad"), "{text}");
        let mut json = Vec::new();
        write_results(&sample(), &mut json).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(json["rows"][0]["difference"]["value"], 0.0);
        assert_eq!(json["rows"].as_array().unwrap().len(), 16);
    }
}
