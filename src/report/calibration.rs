//! Fits with everything known of them: for a terminal, and as one JSON object.
//!
//! In: fits, their rows, warnings. Out: text or JSON. Not here: the fits.

use super::fits::FitRow;
use crate::calibrate::Fit;
use crate::calibrate::free_law::Block;
use crate::calibrate::goodness_of_fit::Test;
use crate::calibrate::transform::Transform;
use crate::error::printable;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Writes everything that is known of the fits as one JSON object.
///
/// # Errors
/// If `out` refuses a write.
pub fn write_json(fits: &[Fit], warnings: &[String], mut out: impl Write) -> io::Result<()> {
    let whole = json!({
        "fits": fits.iter().map(fit_json).collect::<Vec<_>>(),
        "warnings": warnings,
    });
    serde_json::to_writer_pretty(&mut out, &whole)?;
    writeln!(out)
}

/// A number; null where there is none.
fn number(value: f64) -> Value {
    if value.is_finite() { json!(value) } else { Value::Null }
}

fn fit_json(fit: &Fit) -> Value {
    let parameters = fit.parameters.iter().map(|p| {
        json!({
            "key": p.key,
            "value": number(p.value),
            "std_error": number(p.std_error),
            "robust_std_error": p.robust_std_error.map(number),
            "bootstrap_std_error": p.bootstrap_std_error.map(number),
            "unit": p.unit,
            "caution": p.caution,
        })
    });
    let notes: Vec<String> = fit.notes.iter().map(|note| printable(note).to_string()).collect();
    let mut object = json!({
        "law": fit.law,
        "method": fit.method,
        "observations": fit.observations,
        "window": [fit.window.0.to_string(), fit.window.1.to_string()],
        "log_likelihood": fit.log_likelihood.map(number),
        "aic": fit.aic().map(number),
        "bic": fit.bic().map(number),
        "parameters": parameters.collect::<Vec<_>>(),
        "notes": notes,
    });
    if let Some(inference) = &fit.inference {
        let free = inference.free.as_ref().map(|law| {
            let rows = law.covariance.rows().into_iter();
            json!({
                "keys": law.keys,
                "transforms": law.blocks.iter().map(|block| block_text(*block)).collect::<Vec<_>>(),
                "free": law.free.iter().copied().map(number).collect::<Vec<_>>(),
                "covariance": rows
                    .map(|row| row.iter().copied().map(number).collect::<Vec<_>>())
                    .collect::<Vec<_>>(),
            })
        });
        let tests = &inference.diagnostics;
        let test = |test: Test| json!({ "statistic": number(test.statistic), "p": number(test.p) });
        let ratios = tests.variance_ratios.iter().map(|ratio| {
            json!({
                "steps": ratio.steps,
                "value": number(ratio.value),
                "std_error": number(ratio.std_error),
            })
        });
        let stability = tests.stability.iter().map(|s| {
            json!({
                "key": s.key,
                "first_half": number(s.first),
                "second_half": number(s.second),
                "difference_in_std_errors": number(s.difference_in_std_errors),
            })
        });
        object["model"] = json!(inference.model);
        object["estimated"] = json!(inference.estimated);
        object["iterations"] = json!(inference.iterations);
        object["convergence"] = json!(inference.convergence.to_string());
        object["free"] = json!(free);
        object["diagnostics"] = json!({
            "lags": tests.lags,
            "ljung_box": test(tests.ljung_box),
            "ljung_box_of_squares": test(tests.ljung_box_of_squares),
            "arch_lm": test(tests.arch_lm),
            "jarque_bera": test(tests.jarque_bera),
            "kolmogorov_smirnov": test(tests.kolmogorov_smirnov),
            "anderson_darling": test(tests.anderson_darling),
            "variance_ratios": ratios.collect::<Vec<_>>(),
            "stability": stability.collect::<Vec<_>>(),
        });
    }
    object
}

fn block_text(block: Block) -> String {
    match block {
        Block::One(Transform::Identity) => "identity".into(),
        Block::One(Transform::Log) => "log".into(),
        Block::One(Transform::Logit { low, high }) => format!("logit between {low} and {high}"),
        Block::Persistence { max } => {
            format!("logits of persistence up to {max}, share of news, asymmetry of news")
        }
    }
}

/// The fits for a terminal: values by law, laws side by side, tests, warnings.
#[cfg(feature = "text")]
pub fn text(fits: &[Fit], rows: &[FitRow], warnings: &[String], width: usize) -> String {
    let mut lines = super::fits::lines(rows);
    let held = held(fits);
    if !held.is_empty() {
        let (compared, tested) = (comparison(&held), tests(&held));
        lines.extend([String::new(), compared.0]);
        lines.extend(compared.1.lines());
        lines.extend([String::new(), TESTS.into()]);
        lines.extend(tested.lines());
        lines.extend(variance_ratios(&held));
    }
    if !warnings.is_empty() {
        lines.push(String::new());
        lines.push("warnings".into());
        for warning in warnings {
            wrapped(warning, width, &mut lines);
        }
    }
    format!("{}\n", lines.join("\n"))
}

/// A probability to three places, which is all that a test says.
#[cfg(feature = "text")]
fn probability(test: Test) -> String {
    if test.p < 0.001 { "<0.001".into() } else { format!("{:.3}", test.p) }
}

/// The fits whose law was held to its data.
#[cfg(feature = "text")]
pub(super) fn held(fits: &[Fit]) -> Vec<&Fit> {
    fits.iter().filter(|fit| fit.inference.is_some()).collect()
}

/// The laws of the same returns, best first by BIC, and what the table tells.
#[cfg(feature = "text")]
pub(super) fn comparison(fits: &[&Fit]) -> (String, super::grid::Grid) {
    let titles = ["law", "log-likelihood", "k", "AIC", "BIC", "KS p", "search"];
    let mut grid = super::grid::Grid::new(1, &titles);
    let mut fits = fits.to_vec();
    let bic = |fit: &Fit| fit.bic().unwrap_or(f64::INFINITY);
    fits.sort_by(|a, b| bic(a).total_cmp(&bic(b)));
    for fit in &fits {
        let Some(inference) = &fit.inference else { continue };
        let shown = |value: Option<f64>| value.map_or_else(|| "?".into(), |v| format!("{v:.1}"));
        grid.row(vec![
            inference.model.into(),
            shown(fit.log_likelihood),
            inference.estimated.to_string(),
            shown(fit.aic()),
            shown(fit.bic()),
            probability(inference.diagnostics.kolmogorov_smirnov),
            inference.convergence.to_string(),
        ]);
    }
    let n = fits[0].observations;
    let window = fits[0].window;
    let heading = format!(
        "laws of the BTC price on the same {n} returns, {} to {}, best first by BIC",
        window.0, window.1
    );
    (heading, grid)
}

/// What the table of tests tells.
#[cfg(feature = "text")]
pub(super) const TESTS: &str =
    "p-values of the tests, and the largest difference between both halves";

/// p-values of the tests of each law.
#[cfg(feature = "text")]
pub(super) fn tests(fits: &[&Fit]) -> super::grid::Grid {
    let titles = ["law", "LB", "LB of squares", "ARCH-LM", "JB", "KS", "AD", "halves"];
    let mut grid = super::grid::Grid::new(1, &titles);
    for inference in fits.iter().filter_map(|fit| fit.inference.as_ref()) {
        let tests = &inference.diagnostics;
        let differences = tests.stability.iter().map(|s| s.difference_in_std_errors.abs());
        let largest = differences.filter(|z| z.is_finite()).max_by(f64::total_cmp);
        grid.row(vec![
            inference.model.into(),
            probability(tests.ljung_box),
            probability(tests.ljung_box_of_squares),
            probability(tests.arch_lm),
            probability(tests.jarque_bera),
            probability(tests.kolmogorov_smirnov),
            probability(tests.anderson_darling),
            largest.map_or_else(|| "-".into(), |z| format!("{z:.1} se")),
        ]);
    }
    grid
}

/// The variance ratios of the returns.
#[cfg(feature = "text")]
fn variance_ratios(fits: &[&Fit]) -> Vec<String> {
    let mut lines = Vec::new();
    let ratios = fits[0].inference.iter().flat_map(|i| &i.diagnostics.variance_ratios);
    let ratios: Vec<String> =
        ratios.map(|r| format!("{} steps {:.2} ±{:.2}", r.steps, r.value, r.std_error)).collect();
    for (some, index) in ratios.chunks(2).zip(0..) {
        let heading = if index == 0 { "variance ratios, 1 for a random walk: " } else { "" };
        let comma = if 2 * (index + 1) < ratios.len() { "," } else { "" };
        lines.push(format!("{heading}{}{comma}", some.join(", ")));
    }
    lines
}

/// A warning in lines of at most `width`, the later ones indented.
#[cfg(feature = "text")]
fn wrapped(warning: &str, width: usize, lines: &mut Vec<String>) {
    let mut line = String::from("  -");
    for word in warning.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > width.max(40) {
            lines.push(std::mem::replace(&mut line, "   ".into()));
        }
        line.push(' ');
        line.push_str(word);
    }
    lines.push(line);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::btc_price;
    use crate::chance::Stream;
    use crate::chance::philox::Philox;
    use crate::input::study::YearMonth;

    fn fits() -> Vec<Fit> {
        let month = |k: i16| YearMonth::new(2015 + k / 12, i8::try_from(k % 12 + 1).unwrap());
        let closes: Vec<(YearMonth, f64)> =
            (0..30).map(|k| (month(k).unwrap(), 100.0 + f64::from(k * k % 17))).collect();
        let mut generator = Philox::new(1, Stream::new("test", "calibrate"));
        vec![btc_price::btc_price(&closes, closes[0].0, &mut generator).unwrap()]
    }

    #[test]
    fn the_object_holds_what_is_known_and_null_for_what_is_not() {
        let mut fits = fits();
        fits[0].parameters[0].std_error = f64::NAN;
        let mut out = Vec::new();
        write_json(&fits, &["a warning".into()], &mut out).unwrap();
        let json: Value = serde_json::from_slice(&out).unwrap();
        let fit = &json["fits"][0];
        assert!(fit["parameters"][0]["std_error"].is_null());
        assert!(fit["parameters"][0]["robust_std_error"].is_number());
        assert_eq!(fit["convergence"], "converged");
        assert_eq!(fit["free"]["keys"][0], "btc_price.gbm.volatility_per_sqrt_year");
        assert!(fit["diagnostics"]["anderson_darling"]["p"].is_number());
        assert_eq!(json["warnings"][0], "a warning");
    }

    #[cfg(feature = "text")]
    #[test]
    fn the_text_stays_within_its_width() {
        let warning = "a long warning of many words ".repeat(12);
        let text = text(&fits(), &[], &[warning], 100);
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        assert!(text.contains("best first by BIC") && text.contains("variance ratios"), "{text}");
    }
}
