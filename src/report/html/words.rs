//! Names of metrics and measures as words, numbers in the unit that people read.

use crate::report::number::{USD_PER_MILLION, signed_with_error, with_error};
use crate::risk::Estimate;

/// Words that are written in capitals.
const CAPITALS: [&str; 8] = ["ai", "btc", "dscr", "ebitda", "gpu", "irr", "it", "npv"];

/// A name of the engine as words: `margin after capital`, `NPV gain`.
pub(super) fn words(name: &str) -> String {
    let word = |part: &str| match CAPITALS.contains(&part) {
        true => part.to_uppercase(),
        false => part.to_string(),
    };
    name.split('_').map(word).collect::<Vec<_>>().join(" ")
}

/// The same where a line begins with it.
pub(super) fn title(name: &str) -> String {
    let said = words(name);
    let mut characters = said.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), characters.as_str())
}

/// What numbers of a unit are divided by, and the unit that is left: millions of USD.
pub(super) fn scale(unit: &str) -> (f64, &str) {
    match unit {
        "USD" => (USD_PER_MILLION, "million USD"),
        "1" => (1.0, ""),
        other => (1.0, other),
    }
}

/// A quantity with its unit: `revenue, million USD`.
pub(super) fn axis(name: &str, unit: &str) -> String {
    let (_, unit) = scale(unit);
    if unit.is_empty() { words(name) } else { format!("{}, {unit}", words(name)) }
}

/// An estimate as people read it, with a minus that is one.
pub(super) fn shown(estimate: Estimate, divisor: f64) -> String {
    unbroken(&with_error(estimate, divisor)).replace('-', "−")
}

/// The same of a difference.
pub(super) fn signed(estimate: Estimate, divisor: f64) -> String {
    unbroken(&signed_with_error(estimate, divisor)).replace('-', "−")
}

/// Running text whose numbers are not parted from their errors, with a minus that is one.
pub(super) fn unbroken(text: &str) -> String {
    text.replace(" ±", "\u{a0}±").replace(" -", " −").replace("(-", "(−")
}

/// A measure as words: `5 % quantile`.
pub(super) fn measure(name: &str) -> String {
    let percent = |part: &str| {
        let part: f64 = part.parse().unwrap_or(f64::NAN);
        super::super::number::percent(part)
    };
    let of = |begin: &str| name.strip_prefix(begin).map(percent);
    if let Some(part) = of("quantile_") {
        return if part == "50" { "median".into() } else { format!("{part} % quantile") };
    }
    if let Some(part) = of("tail_mean_") {
        return format!("mean of worst {part} %");
    }
    if let Some(part) = of("value_at_risk_") {
        return format!("VaR {part} %");
    }
    if let Some(part) = of("expected_shortfall_") {
        return format!("ES {part} %");
    }
    match name {
        "sd" => "standard deviation".into(),
        "probability_win" => "better, %".into(),
        "probability_tie" => "the same, %".into(),
        "probability_lose" => "worse, %".into(),
        other => words(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_as_words() {
        assert_eq!(words("margin_after_capital"), "margin after capital");
        assert_eq!(title("npv_gain"), "NPV gain");
        assert_eq!(title("gpu_rate"), "GPU rate");
        assert_eq!(axis("revenue", "USD"), "revenue, million USD");
        let told = ["quantile_0.05", "quantile_0.5", "tail_mean_0.01", "value_at_risk_0.95"];
        assert_eq!(told.map(measure), ["5 % quantile", "median", "mean of worst 1 %", "VaR 95 %"]);
        assert_eq!(measure("expected_shortfall_0.99"), "ES 99 %");
    }
}
