//! What a share is worth: present value, rate of return, value of a share of stock.
//!
//! In: `Results`. Out: a table by share; empty where the study is not appraised. Not here: the numbers.

use super::grid::Grid;
use super::number::{USD_PER_MILLION, signed_with_error, with_error};
use super::results::Results;
use super::verdict::MISSING;

const TITLES: [&str; 9] =
    ["share", "mean", "worst 5 %", "gain", "win %", "q 5 %", "median", "USD", "win %"];

/// The table with its title and its legend, for a terminal of `width` columns.
pub fn worth(results: &Results) -> Option<Grid> {
    if !results.rows.iter().any(|row| row.metric == "npv") {
        return None;
    }
    let mut grid = Grid::new(0, &TITLES);
    grid.group(1, "present value, million USD");
    grid.group(5, "rate of return, %");
    grid.group(7, "value of a stock");
    for &share in &results.shares {
        let of = |metric, measure| results.estimate(share, metric, measure).unwrap_or(MISSING);
        let stays = share == 0.0;
        let beside = |metric, measure, unit| match stays {
            true => "–".into(),
            false => with_error(of(metric, measure), unit),
        };
        let cells = vec![
            share.to_string(),
            with_error(of("npv", "mean"), USD_PER_MILLION),
            with_error(of("npv", "tail_mean_0.05"), USD_PER_MILLION),
            match stays {
                true => "0".into(),
                false => signed_with_error(of("npv_gain", "mean"), USD_PER_MILLION),
            },
            beside("npv_gain", "probability_win", 0.01),
            beside("irr", "quantile_0.05", 0.01),
            beside("irr", "quantile_0.5", 0.01),
            with_error(of("value_per_stock", "mean"), 1.0),
            beside("value_per_stock_gain", "probability_win", 0.01),
        ];
        grid.row(cells).is_marked = share == results.headline_share;
    }
    Some(grid.title("What each share is worth").legend(LEGEND))
}

const LEGEND: &str = "Present value: of all cash after tax and conversion to the last year looked at, before any debt. \
    Gain and rate of return: of what the share adds to staying; a rate of -99 or 1,000 % stands for one beyond it. Value of \
    a stock: at the end of the target year, after debt, over all stock of then; nothing after a default. Win: more \
    than at share 0 in the same world.";
