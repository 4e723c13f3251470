//! The main table: per share revenue beside margin after capital, each with its error.
//!
//! In: `Results` and the width of the terminal. Out: one table where it fits, else two under each
//! other. Not here: what follows from it (`verdict`).

use super::Status;
use super::grid::Grid;
use super::number::{USD_PER_MILLION, count, exact, signed_with_error, with_error};
use super::results::Results;
use super::verdict::{MISSING, is_one};
use crate::risk::Estimate;

/// Half of the numbers of the table: an outcome and its difference to share 0.
#[derive(Clone, Copy)]
struct Half {
    heading: &'static str,
    level: &'static str,
    gain: &'static str,
}

const REVENUE: Half =
    Half { heading: "revenue, million USD", level: "revenue", gain: "revenue_gain" };
const MARGIN: Half = Half {
    heading: "margin after capital, million USD",
    level: "margin_after_capital",
    gain: "margin_after_capital_gain",
};

const TITLES: [&str; 5] = ["mean", "q 5 %", "worst 5 %", "gain", "win/tie/lose %"];

impl Half {
    fn cells(&self, results: &Results, share: f64) -> Vec<String> {
        let level = |measure| results.estimate(share, self.level, measure).unwrap_or(MISSING);
        let gain = |measure| results.estimate(share, self.gain, measure).unwrap_or(MISSING);
        let mut cells: Vec<String> = ["mean", "quantile_0.05", "tail_mean_0.05"]
            .map(|measure| with_error(level(measure), USD_PER_MILLION))
            .to_vec();
        cells.push(signed_with_error(gain("mean"), USD_PER_MILLION));
        cells.push(chances(["probability_win", "probability_tie", "probability_lose"].map(gain)));
        cells
    }
}

/// The lines of the main table with its title and its legend, for a terminal of `width` columns.
pub fn main_table(results: &Results, width: usize) -> Vec<String> {
    let mut lines = vec![title(results)];
    lines.push(String::new());
    let beside = table_of(results, &[REVENUE, MARGIN]).lines();
    if super::widest(&beside) <= width {
        lines.extend(beside);
    } else {
        lines.extend(table_of(results, &[REVENUE]).lines());
        lines.push(String::new());
        lines.extend(table_of(results, &[MARGIN]).lines());
    }
    lines.push(String::new());
    lines.extend(super::wrap(&legend(results), width));
    lines
}

fn title(results: &Results) -> String {
    let gross_mw = between(results.gross_mw_range, exact);
    format!(
        "{} by share of power diverted{}: {gross_mw} gross MW{}, {} worlds",
        results.target_year,
        if results.committed_mw > 0.0 { ", of what is not signed" } else { "" },
        match results.committed_mw > 0.0 {
            true => format!(", {} of them signed", exact(results.committed_mw)),
            false => String::new(),
        },
        count(results.paths)
    )
}

fn table_of(results: &Results, halves: &[Half]) -> Grid {
    let mut titles = vec!["share"];
    for _ in halves {
        titles.extend(TITLES);
    }
    let mut grid = Grid::new(0, &titles);
    let mut column = 1;
    for half in halves {
        grid.group(column, half.heading);
        column += TITLES.len();
    }
    for &share in &results.shares {
        let capped = if results.valued(share).0 != Status::Ok { "*" } else { "" };
        let mut cells = vec![format!("{share}{capped}")];
        for half in halves {
            cells.extend(half.cells(results, share));
        }
        grid.row(cells).is_marked = share == results.headline_share;
    }
    grid
}

/// Chances in per cent, with as many decimals as the largest of their errors deserves; then it.
fn chances(estimates: [Estimate; 3]) -> String {
    if estimates.iter().any(|estimate| !estimate.value.is_finite()) {
        return "n/a".into();
    }
    let percent = estimates.map(|estimate| 100.0 * estimate.value);
    let error = estimates.iter().map(|estimate| 100.0 * estimate.std_error).fold(0.0, f64::max);
    if error == 0.0 {
        return percent.map(exact).join("/");
    }
    let (decimals, least) = if error < 0.05 { (2, 0.01) } else { (1, 0.1) };
    let parts = percent.map(|percent| match percent {
        few if few > 0.0 && few < 0.5 * least => format!("<{least}"),
        percent => format!("{percent:.decimals$}"),
    });
    format!("{} ±{:.decimals$}", parts.join("/"), error.max(least))
}

/// A quantity that may differ from world to world: `550 to 950`.
fn between((low, high): (f64, f64), shown: impl Fn(f64) -> String) -> String {
    match is_one((low, high)) {
        true => shown(low),
        false => format!("{} to {}", shown(low), shown(high)),
    }
}

/// What the columns mean.
fn legend(results: &Results) -> String {
    let mut text = String::from(
        "± is one standard error of the simulation, of chances the largest of the three. q 5 %: 5 % quantile. \
         Worst 5 %: mean of the worst 5 % of worlds. Gain: mean difference to share 0. \
         Win/tie/lose: worlds with more than, the same as, less than at share 0.",
    );
    if results.shares.iter().any(|share| results.valued(*share).0 != Status::Ok) {
        let cap = between(results.cap_range, exact);
        text.push_str(&match is_one(results.cap_range) {
            true => format!(" * above the share that suits AI/HPC: valued at {cap}."),
            false => format!(
                " * above the share that suits AI/HPC in some worlds or in all, as it is {cap}: \
                 each world is valued at what suits in it."
            ),
        });
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
        let lines = main_table(&synthetic_results(), 170);
        assert!(widest(&lines) <= 170, "{lines:#?}");
        assert!(lines[2].contains("revenue, million USD -"));
        assert!(lines[2].contains("margin after capital, million USD"));
        let headline = lines.iter().find(|line| line.trim_start().starts_with('>')).unwrap();
        assert!(headline.contains("682.1 ±0.3"), "{headline}");
        assert!(headline.contains("71.0/1.2/27.8 ±0.1"), "{headline}");
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
            row.status = Status::Capped;
        }
        results.cap_range = (0.2, 0.2);
        let text = main_table(&results, 120).join(" ");
        assert!(text.contains("0/100/0"), "{text}");
        assert!(text.contains("1*"), "{text}");
        assert!(text.contains("valued at 0.2."), "{text}");
    }

    #[test]
    fn what_differs_from_world_to_world_is_shown_from_least_to_most() {
        let mut results = synthetic_results();
        for row in results.rows.iter_mut().filter(|row| row.share == 1.0) {
            (row.status, row.effective_share) = (Status::CappedInSomeWorlds, 0.95);
        }
        (results.cap_range, results.gross_mw_range) = ((0.9, 1.0), (550.0, 950.0));
        let text = main_table(&results, 400).join(" ");
        assert!(text.contains("550 to 950 gross MW"), "{text}");
        assert!(text.contains("1*") && !text.contains("0.2*"), "{text}");
        assert!(text.contains("in some worlds or in all, as it is 0.9 to 1: each"), "{text}");
    }

    #[test]
    fn a_row_the_run_lacks_is_not_shown_as_a_number() {
        let mut results = synthetic_results();
        results.rows.retain(|row| row.metric != "margin_after_capital_gain");
        assert!(main_table(&results, 120).join("\n").contains("n/a"));
    }
}
