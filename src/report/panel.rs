//! Companies side by side as text: a row for each, and one for all together.
//!
//! In: `PanelResults` and the width of the terminal. Out: lines. Not here: the numbers.

use super::grid::Grid;
use super::number::{USD_PER_MILLION, count, exact, percent, signed_with_error, with_error};
use super::results::PanelResults;
use super::verdict::MISSING;
use crate::input::study::ALL_COMPANIES;

const TITLES: [&str; 9] =
    ["", "MW", "signed", "staying", "mean", "worst 5 %", "gain", "win %", "margin gain"];

/// The report: question, table, legend.
pub fn report(results: &PanelResults, width: usize) -> String {
    let share = percent(results.headline_share);
    let mut lines = super::wrap(&super::printable(&results.question), width);
    lines.push(format!(
        "Study {}, as of {}, seed {}.",
        results.study_name, results.as_of, results.seed
    ));
    lines.push(String::new());
    let title = format!(
        "{} side by side: {share} % of each company's power diverted against staying, {} worlds, the same \
         markets",
        results.target_year,
        count(results.paths)
    );
    lines.extend(super::wrap(&title, width));
    lines.push(String::new());
    let mut grid = Grid::new(1, &TITLES);
    grid.group(1, "gross");
    grid.group(3, "revenue, million USD");
    let sum = |of: fn(&super::results::PanelCompany) -> f64| {
        results.companies.iter().map(of).sum::<f64>()
    };
    let together = (ALL_COMPANIES, sum(|c| c.gross_mw), sum(|c| c.signed_mw));
    let each = results.companies.iter().map(|c| (c.name.as_str(), c.gross_mw, c.signed_mw));
    for (name, gross_mw, signed_mw) in each.chain([together]) {
        let of = |share, metric, measure| {
            results.estimate(name, share, metric, measure).unwrap_or(MISSING)
        };
        let at = results.headline_share;
        grid.row(vec![
            super::printable(name),
            exact(gross_mw.round()),
            exact(signed_mw.round()),
            with_error(of(0.0, "revenue", "mean"), USD_PER_MILLION),
            with_error(of(at, "revenue", "mean"), USD_PER_MILLION),
            with_error(of(at, "revenue", "tail_mean_0.05"), USD_PER_MILLION),
            signed_with_error(of(at, "revenue_gain", "mean"), USD_PER_MILLION),
            with_error(of(at, "revenue_gain", "probability_win"), 0.01),
            signed_with_error(of(at, "margin_after_capital_gain", "mean"), USD_PER_MILLION),
        ]);
    }
    lines.extend(grid.lines());
    lines.push(String::new());
    let legend = "± is one standard error of the simulation. Staying: what share 0 is, mining or what is signed; \
                  shares are of the rest. Worst 5 %: mean of the worst 5 % of worlds, of each company its own. \
                  Gain: mean difference to staying, win: worlds in which it is above 0. Margin gain: the same of \
                  margin after capital, million USD. All: sums of each world.";
    lines.extend(super::wrap(legend, width));
    format!("{}\n", lines.join("\n"))
}
