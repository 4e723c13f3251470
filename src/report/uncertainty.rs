//! Below the verdict: the headline share model by model, and what each headline is uncertain by.
//!
//! In: `Results`. Out: tables. Not here: how the parts were told from one another.

use super::grid::Grid;
use super::number::{USD_PER_MILLION, percent, with_error};
use super::results::{HeadlineSpread, Results};
use crate::risk::Estimate;

/// Columns of the table by model: metric, measure, divisor.
const COLUMNS: [(&str, &str, f64); 6] = [
    ("revenue", "mean", USD_PER_MILLION),
    ("revenue", "quantile_0.05", USD_PER_MILLION),
    ("revenue", "tail_mean_0.05", USD_PER_MILLION),
    ("revenue_gain", "probability_win", 0.01),
    ("margin_after_capital", "mean", USD_PER_MILLION),
    ("margin_after_capital_gain", "probability_win", 0.01),
];

/// The headline share in the worlds of each model; empty where every factor has one.
pub fn by_model(results: &Results) -> Option<Grid> {
    if results.models.is_empty() {
        return None;
    }
    let share = results.headline_share;
    let title = format!(
        "Model by model, {} % against staying: each in the worlds that followed it",
        percent(share)
    );
    let mut grid = Grid::new(1, &["", "mean", "q 5 %", "worst 5 %", "win %", "mean", "win %"]);
    grid.group(1, "revenue, million USD");
    grid.group(5, "margin, million USD");
    for model in ["all"].into_iter().chain(results.models.iter().map(String::as_str)) {
        let mut cells = vec![super::printable(model)];
        cells.extend(COLUMNS.iter().map(|(metric, measure, divisor)| {
            let found = results.estimate_of(model, share, metric, measure);
            found.map_or_else(|| "n/a".into(), |estimate| with_error(estimate, *divisor))
        }));
        grid.row(cells);
    }
    Some(grid.title(title))
}

/// What each headline is uncertain by: the number of worlds, drawn parameters, the choice of model.
pub fn spreads(results: &Results) -> Option<Grid> {
    if results.spreads.is_empty() {
        return None;
    }
    let has_models = results.spreads.iter().any(|spread| spread.models_sd.is_some());
    let parts = if has_models {
        "the number of worlds, drawn parameters and the choice of model"
    } else {
        "the number of worlds and drawn parameters"
    };
    let title = format!(
        "How sure these numbers are, {} % diverted: one standard deviation by {parts}",
        percent(results.headline_share)
    );
    let mut titles = vec!["", "found", "± worlds", "± parameters"];
    titles.extend(has_models.then_some("± models"));
    let mut grid = Grid::new(1, &titles);
    for spread in &results.spreads {
        let divisor = if spread.unit == "USD" { USD_PER_MILLION } else { 0.01 };
        let alone = |value: f64| with_error(Estimate { value, ..EXACT }, divisor);
        let found = Estimate { std_error: spread.estimate.std_error, ..spread.estimate };
        let mut cells = vec![
            label(spread),
            super::number::value_only(found, divisor),
            digits(found.std_error, divisor),
            with_error(spread.parameters_sd, divisor),
        ];
        if has_models {
            let models = spread.models_sd;
            cells.push(models.map_or_else(|| alone(0.0), |sd| with_error(sd, divisor)));
        }
        grid.row(cells);
    }
    Some(grid.title(title).legend(drawn(results)))
}

/// What is drawn with the errors of fits, each with 90 % of its draws.
fn drawn(results: &Results) -> String {
    if results.drawn.is_empty() {
        return String::new();
    }
    let of = |p: &super::results::DrawnParameter| {
        let [low, high] = [p.low, p.high].map(|end| format!("{end:.4}"));
        format!("{} {} ({low} to {high})", super::printable(&p.key), p.stated)
    };
    let all: Vec<String> = results.drawn.iter().map(of).collect();
    format!(
        "Drawn around their stated values with the errors of their fits, 90 % of the draws: {}.",
        all.join(", ")
    )
}

/// A number known without error.
const EXACT: Estimate = Estimate { value: 0.0, std_error: 0.0, ci_low: 0.0, ci_high: 0.0 };

/// An error alone, in two digits.
fn digits(std_error: f64, divisor: f64) -> String {
    let estimate = Estimate { value: std_error, std_error: 0.05 * std_error, ..EXACT };
    super::number::value_only(estimate, divisor)
}

/// A headline for people, with its unit.
fn label(spread: &HeadlineSpread) -> String {
    let metric = spread.metric.replace('_', " ");
    let measure = match spread.measure.as_str() {
        "mean" => "mean",
        "tail_mean_0.05" => "worst 5 %",
        "probability_win" => "win",
        other => other,
    };
    let unit = if spread.unit == "USD" { "million USD" } else { "%" };
    format!("{metric}, {measure}, {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::synthetic_results;

    #[test]
    fn each_headline_stands_with_its_parts() {
        let text = spreads(&synthetic_results()).unwrap().block(120).join("\n");
        let line = text.lines().find(|line| line.starts_with("revenue, mean")).unwrap();
        // 682 ± 0.682, parameters 136.4 ± 6.82, models 68.2 ± 13.64 million USD.
        assert!(line.contains("682") && line.contains("0.68"), "{line}");
        assert!(line.contains("136 ±7") && line.contains("68 ±14"), "{line}");
        assert!(text.contains("choice of model"), "{text}");
        let unwrapped = text.replace('\n', " ");
        let drawn = "network.growth_per_month 0.012 (0.0040 to 0.0200)";
        assert!(unwrapped.contains(drawn), "{text}");
    }

    #[test]
    fn a_study_of_single_models_shows_no_models() {
        let mut results = synthetic_results();
        results.spreads.iter_mut().for_each(|spread| spread.models_sd = None);
        results.drawn.clear();
        let text = spreads(&results).unwrap().block(120).join("\n");
        assert!(!text.contains("model"), "{text}");
        assert!(by_model(&results).is_none());
    }

    #[test]
    fn models_stand_below_all() {
        let mut results = synthetic_results();
        results.models = vec!["btc_price.kou".into()];
        let mut rows = results.rows.clone();
        rows.iter_mut().for_each(|row| row.model = "btc_price.kou".into());
        results.rows.extend(rows);
        let lines = by_model(&results).unwrap().block(120);
        let position = |name: &str| lines.iter().position(|line| line.starts_with(name)).unwrap();
        assert!(position("all") < position("btc_price.kou"), "{lines:#?}");
        assert!(!lines.iter().any(|line| line.contains("n/a")), "{lines:#?}");
    }
}
