//! What a share does to the company: cash flow, debt, default, dilution.
//!
//! In: `Results`. Out: a table by share; empty where the study follows no cash. Not here: the numbers.

use super::grid::Grid;
use super::number::{USD_PER_MILLION, with_error};
use super::results::Results;
use super::verdict::MISSING;

const TITLES: [&str; 9] =
    ["share", "EBITDA", "free", "worst 5 %", "win %", "DSCR", "default", "new, %", "win %"];

/// The table with its title and its legend, for a terminal of `width` columns.
pub fn treasury(results: &Results) -> Option<Grid> {
    if !results.rows.iter().any(|row| row.metric == "free_cash_flow") {
        return None;
    }
    let mut grid = Grid::new(0, &TITLES);
    grid.group(1, "cash flow, million USD");
    grid.group(5, "chance, %");
    grid.group(7, "stock");
    for &share in &results.shares {
        let of = |metric, measure| results.estimate(share, metric, measure).unwrap_or(MISSING);
        let win = |metric| match share {
            0.0 => "–".into(),
            _ => with_error(of(metric, "probability_win"), 0.01),
        };
        let chance = |metric| with_error(of(metric, "mean"), 0.01);
        let cells = vec![
            share.to_string(),
            with_error(of("ebitda", "mean"), USD_PER_MILLION),
            with_error(of("free_cash_flow", "mean"), USD_PER_MILLION),
            with_error(of("free_cash_flow", "tail_mean_0.05"), USD_PER_MILLION),
            win("free_cash_flow_gain"),
            chance("dscr_breach"),
            chance("default"),
            with_error(of("dilution", "mean"), 0.01),
            win("revenue_per_stock_gain"),
        ];
        grid.row(cells).is_marked = share == results.headline_share;
    }
    let title =
        format!("What each share does to the company by the end of {}", results.target_year);
    Some(grid.title(title).legend(LEGEND))
}

const LEGEND: &str = "Free: free cash flow, before any debt is drawn or repaid. Win: more than at share 0 in \
    the same world, of free cash flow or of revenue per share of stock. DSCR: less cash flow than the \
    covenant asks of debt service. Default: a gap of cash that nothing fills. New: stock issued and \
    converted over the stock of the as-of date.";
