//! The main table: per share revenue beside margin after capital, each with its error.
//!
//! In: `Results` and the width of the terminal. Out: one table where it fits, else two under each
//! other. Not here: what follows from it (`verdict`).

use super::grid::Grid;
use super::number::{USD_PER_MILLION, count, exact, signed_with_error, value_only, with_error};
use super::results::Results;
use super::verdict::{MISSING, effective_share};
use crate::risk::Estimate;

/// Half of the numbers of the table: an outcome with its cells.
struct Half {
    heading: &'static str,
    titles: &'static [&'static str],
    cells: fn(&Results, f64) -> Vec<String>,
}

const REVENUE: Half = Half {
    heading: "revenue, million USD",
    titles: &["mean", "5 % quantile", "worst 5 %", "gain", "win/tie/lose %"],
    cells: |results, share| {
        let mut cells: Vec<String> = ["mean", "quantile_0.05", "tail_mean_0.05"]
            .iter()
            .map(|measure| millions(results, share, "revenue", measure))
            .collect();
        cells.push(gain(results, share, "revenue_gain"));
        let chance = |measure| chance(results, share, "revenue_gain", measure);
        cells.push(format!(
            "{}/{}/{}",
            chance("probability_win"),
            chance("probability_tie"),
            chance("probability_lose")
        ));
        cells
    },
};

const MARGIN: Half = Half {
    heading: "margin after capital, million USD",
    titles: &["mean", "worst 5 %", "gain", "win %"],
    cells: |results, share| {
        let mut cells: Vec<String> = ["mean", "tail_mean_0.05"]
            .iter()
            .map(|measure| millions(results, share, "margin_after_capital", measure))
            .collect();
        cells.push(gain(results, share, "margin_after_capital_gain"));
        cells.push(chance(results, share, "margin_after_capital_gain", "probability_win"));
        cells
    },
};

/// The lines of the main table with its title and its legend, for a terminal of `width` columns.
pub fn main_table(results: &Results, width: usize) -> Vec<String> {
    let mut lines = vec![format!(
        "{} by share of power diverted: {} gross MW, {} worlds",
        results.target_year,
        exact(results.gross_mw),
        count(results.paths)
    )];
    lines.push(String::new());
    let beside = table_of(results, &[REVENUE, MARGIN]);
    if super::widest(&beside) <= width {
        lines.extend(beside);
    } else {
        lines.extend(table_of(results, &[REVENUE]));
        lines.push(String::new());
        lines.extend(table_of(results, &[MARGIN]));
    }
    lines.push(String::new());
    lines.extend(super::wrap(&legend(results), width));
    lines
}

fn table_of(results: &Results, halves: &[Half]) -> Vec<String> {
    let mut titles = vec!["share"];
    for half in halves {
        titles.extend(half.titles);
    }
    let mut grid = Grid::new(0, &titles);
    let mut column = 1;
    for half in halves {
        grid.group(column, half.heading);
        column += half.titles.len();
    }
    for &share in &results.shares {
        let mark = if share == results.headline_share { "> " } else { "" };
        let capped = if effective_share(results, share) < share { "*" } else { "" };
        let mut cells = vec![format!("{mark}{share}{capped}")];
        for half in halves {
            cells.extend((half.cells)(results, share));
        }
        grid.row(cells);
    }
    grid.lines()
}

fn millions(results: &Results, share: f64, metric: &str, measure: &str) -> String {
    with_error(results.estimate(share, metric, measure).unwrap_or(MISSING), USD_PER_MILLION)
}

fn gain(results: &Results, share: f64, metric: &str) -> String {
    let estimate = results.estimate(share, metric, "mean").unwrap_or(MISSING);
    signed_with_error(estimate, USD_PER_MILLION)
}

fn chance(results: &Results, share: f64, metric: &str, measure: &str) -> String {
    value_only(results.estimate(share, metric, measure).unwrap_or(MISSING), 0.01)
}

/// What the columns mean, and the error that the chances are shown without.
fn legend(results: &Results) -> String {
    let errors_max = results
        .rows
        .iter()
        .filter(|row| row.measure.starts_with("probability_"))
        .map(|row| row.estimate.std_error)
        .fold(0.0, f64::max);
    let chances = Estimate { value: errors_max, std_error: errors_max, ..MISSING };
    let mut text = format!(
        "± is one standard error of the simulation; chances have at most ±{} %. \
         Worst 5 %: mean of the worst 5 % of worlds. Gain: mean difference to share 0. \
         Win: worlds with more than at share 0.",
        value_only(chances, 0.01)
    );
    if let Some(&share) = results.shares.iter().find(|s| effective_share(results, **s) < **s) {
        let cap = effective_share(results, share);
        text.push_str(&format!(" * above the share that suits AI/HPC: valued at {cap}."));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::synthetic_results;
    use crate::report::widest;

    #[test]
    fn revenue_and_margin_stand_side_by_side_where_there_is_room() {
        let lines = main_table(&synthetic_results(), 120);
        assert!(widest(&lines) <= 120, "{lines:#?}");
        assert!(lines[2].contains("revenue, million USD -"));
        assert!(lines[2].contains("margin after capital, million USD"));
        let headline = lines.iter().find(|line| line.trim_start().starts_with('>')).unwrap();
        assert!(headline.contains("682.1 ±0.3"), "{headline}");
        assert!(headline.contains("71.0/1.2/27.8"), "{headline}");
        assert!(headline.contains("-10.0 ±0.5"), "{headline}");
    }

    #[test]
    fn eighty_columns_are_enough_for_one_under_the_other() {
        let lines = main_table(&synthetic_results(), 80);
        assert!(widest(&lines) <= 80, "{lines:#?}");
        assert_eq!(lines.iter().filter(|line| line.trim_start().starts_with('>')).count(), 2);
    }

    #[test]
    fn staying_shows_zeros_and_a_capped_share_says_so() {
        let mut results = synthetic_results();
        for row in results.rows.iter_mut().filter(|row| row.share == 1.0) {
            row.effective_share = 0.2;
            row.status = "capped";
        }
        let text = main_table(&results, 120).join(" ");
        assert!(text.contains("0/100/0"), "{text}");
        assert!(text.contains("1*"), "{text}");
        assert!(text.contains("valued at 0.2."), "{text}");
    }

    #[test]
    fn a_row_the_run_lacks_is_not_shown_as_a_number() {
        let mut results = synthetic_results();
        results.rows.retain(|row| row.metric != "margin_after_capital_gain");
        assert!(main_table(&results, 120).join("\n").contains("n/a"));
    }
}
