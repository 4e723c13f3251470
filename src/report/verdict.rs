//! The verdict in plain words, no stronger than its errors.
//!
//! In: `Results`. Out: sentences on the headline share against staying. Not here: tables.

use super::Status;
use super::number::{
    USD_PER_MILLION, count, exact, percent, signed_with_error, value_only, with_error,
};
use super::results::Results;
use crate::economics::plan::SHARE_ROUNDING;
use crate::risk::Estimate;

/// Stands for a row that the run does not have, so that it is shown as `n/a`, never as 0.
pub(super) const MISSING: Estimate =
    Estimate { value: f64::NAN, std_error: f64::NAN, ci_low: f64::NAN, ci_high: f64::NAN };

/// A standard error of a chance above which the verdict asks for more paths.
const CHANCE_ERROR_MAX: f64 = 0.02;

/// The verdict on the headline share as one paragraph.
pub fn verdict(results: &Results) -> String {
    let mut text = against_staying(results);
    if results.contracts_unserved_mw > 0.0 {
        let is_drawn = results.undisclosed.iter().any(|input| input.low.is_some());
        text.push_str(&format!(
            " {} of {} critical-IT MW of signed contracts are not served at {} %{}.",
            exact(results.contracts_unserved_mw),
            exact(results.contracts_mw),
            percent(results.headline_share),
            if is_drawn { " (at the middles of ranges)" } else { "" }
        ));
    }
    text
}

fn against_staying(results: &Results) -> String {
    let share = results.headline_share;
    if share == 0.0 {
        return "The headline share is 0: there is nothing to hold against staying.".into();
    }
    let get =
        |metric: &str, measure: &str| results.estimate(share, metric, measure).unwrap_or(MISSING);
    // No revenue moved does not mean no capital was spent: both must tie.
    let ties = |metric: &str| get(metric, "probability_tie").value == 1.0;
    if ties("revenue_gain") && ties("margin_after_capital_gain") {
        return format!(
            "Moving {} % of the power{} changes nothing: revenue and margin are the same in all {} \
             worlds.",
            percent(share),
            not_signed(results),
            count(results.paths)
        );
    }
    let mut sentences = vec![chances(results), gains(results), worst(results)];
    sentences.extend(doubt(&get("revenue_gain", "probability_win"), "revenue"));
    sentences.extend(doubt(
        &get("margin_after_capital_gain", "probability_win"),
        "margin after capital",
    ));
    sentences.extend(break_even(results));
    sentences.extend(cap(results));
    sentences.join(" ")
}

/// The hashprice from which on the last megawatt would rather mine.
fn break_even(results: &Results) -> Option<String> {
    let share = results.headline_share;
    let hashprice = results.estimate(share, "break_even_hashprice", "quantile_0.5")?;
    let of_year = results.rows.iter().find(|row| row.metric == "hashprice")?.estimate;
    Some(format!(
        "In the median world a hall that stands all year beats mining on the last of these \
         megawatts up to a hashprice of {} USD/PH/day; {} averages {}.",
        with_error(hashprice, 1.0),
        results.target_year,
        with_error(of_year, 1.0)
    ))
}

/// What is said where more is asked for than suits AI/HPC.
fn cap(results: &Results) -> Option<String> {
    let (status, mean) = results.valued(results.headline_share);
    let (low, high) = results.cap_range;
    let mean = percent(mean);
    match status {
        Status::Ok => None,
        Status::Capped if is_one(results.cap_range) => Some(format!(
            "No more than {mean} % of the power suits AI/HPC: that is what was valued."
        )),
        Status::Capped => Some(format!(
            "No more than {} % of the power suits AI/HPC, {} % in some worlds: what suits in each \
             is what was valued, {mean} % on average.",
            percent(high),
            percent(low)
        )),
        Status::CappedInSomeWorlds => Some(format!(
            "In some worlds less than {} % of the power suits AI/HPC ({} % at the least): there \
             that is what was valued, and {mean} % on average.",
            percent(results.headline_share),
            percent(low)
        )),
    }
}

/// Whether a quantity is the same in every world.
pub(super) fn is_one((low, high): (f64, f64)) -> bool {
    high - low <= SHARE_ROUNDING * high.abs()
}

fn headline(results: &Results, metric: &str, measure: &str) -> Estimate {
    results.estimate(results.headline_share, metric, measure).unwrap_or(MISSING)
}

/// What shares are of, where that is not the whole power.
fn not_signed(results: &Results) -> &'static str {
    if results.committed_mw > 0.0 { " that is not signed" } else { "" }
}

fn chances(results: &Results) -> String {
    let revenue = headline(results, "revenue_gain", "probability_win");
    let tie = headline(results, "revenue_gain", "probability_tie");
    let margin = headline(results, "margin_after_capital_gain", "probability_win");
    let same = if tie.value > 0.0 {
        format!(" (no different in {} %)", value_only(tie, 0.01))
    } else {
        String::new()
    };
    format!(
        "Moving {} % of the power{} earns more revenue than staying {}{same} and more margin after \
         capital {}.",
        percent(results.headline_share),
        not_signed(results),
        in_worlds(&revenue, results.paths),
        in_worlds(&margin, results.paths)
    )
}

/// "in 71.0 ±0.1 % of worlds"; none and all are said as counts, as their error is not known.
fn in_worlds(chance: &Estimate, paths: u64) -> String {
    if chance.value == 0.0 {
        format!("in none of {} worlds", count(paths))
    } else if chance.value == 1.0 {
        format!("in all {} worlds", count(paths))
    } else {
        format!("in {} % of worlds", with_error(*chance, 0.01))
    }
}

fn gains(results: &Results) -> String {
    let revenue = headline(results, "revenue_gain", "mean");
    let margin = headline(results, "margin_after_capital_gain", "mean");
    let joined = match (direction(&revenue), direction(&margin)) {
        (Some(a), Some(b)) if a != b => ", but",
        _ => " and",
    };
    format!(
        "Mean revenue of {} {}{joined} mean margin after capital {}.",
        results.target_year,
        moves(results, "revenue", &revenue),
        moves(results, "margin_after_capital", &margin)
    )
}

/// Whether a difference is a rise; `None` where its 95 % interval reaches 0.
fn direction(gain: &Estimate) -> Option<bool> {
    if gain.ci_low > 0.0 {
        Some(true)
    } else if gain.ci_high < 0.0 {
        Some(false)
    } else {
        None
    }
}

fn moves(results: &Results, metric: &str, gain: &Estimate) -> String {
    let from = results.estimate(0.0, metric, "mean").unwrap_or(MISSING);
    let to = headline(results, metric, "mean");
    let (verb, size) = match direction(gain) {
        Some(true) => ("rises", *gain),
        Some(false) => ("falls", Estimate { value: -gain.value, ..*gain }),
        None => {
            return format!(
                "cannot be told from unchanged ({} million USD)",
                signed_with_error(*gain, USD_PER_MILLION)
            );
        }
    };
    format!(
        "{verb} by {} million USD (from {} to {})",
        with_error(size, USD_PER_MILLION),
        value_only(from, USD_PER_MILLION),
        value_only(to, USD_PER_MILLION)
    )
}

fn worst(results: &Results) -> String {
    let pair = |metric: &str| {
        let staying = results.estimate(0.0, metric, "tail_mean_0.05").unwrap_or(MISSING);
        let moving = headline(results, metric, "tail_mean_0.05");
        (with_error(moving, USD_PER_MILLION), with_error(staying, USD_PER_MILLION))
    };
    let (revenue, revenue_staying) = pair("revenue");
    let (margin, margin_staying) = pair("margin_after_capital");
    format!(
        "In its worst 5 % of worlds revenue averages {revenue} million USD (staying: \
         {revenue_staying}), and margin after capital in its own worst 5 % {margin} (staying: \
         {margin_staying})."
    )
}

/// What the error of a chance forbids to say.
fn doubt(chance: &Estimate, outcome: &str) -> Option<String> {
    if chance.std_error > CHANCE_ERROR_MAX {
        let points = exact((chance.std_error * 100.0).round());
        Some(format!(
            "The chance of more {outcome} is only known to ±{points} points: run more paths."
        ))
    } else if chance.std_error > 0.0 && chance.ci_low <= 0.5 && chance.ci_high >= 0.5 {
        Some(format!("The chance of more {outcome} cannot be told from one in two."))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{estimate, set, synthetic_results};

    #[test]
    fn the_verdict_says_chances_gains_and_tails() {
        assert_eq!(
            verdict(&synthetic_results()),
            "Moving 20 % of the power earns more revenue than staying in 71.00 ±0.10 % of worlds \
             (no different in 1.2 %) and more margin after capital in 44.20 ±0.10 % of worlds. \
             Mean revenue of 2027 rises by 152.0 ±0.4 million USD (from 530.1 to 682.1), but mean \
             margin after capital falls by 10.0 ±0.5 million USD (from 150.0 to 140.0). In its \
             worst 5 % of worlds revenue averages 401.0 ±1.0 million USD (staying: 377.0 ±1.0), \
             and margin after capital in its own worst 5 % -40 ±2 (staying: -20 ±2)."
        );
    }

    #[test]
    fn none_and_all_are_counts_not_certainties() {
        let mut results = synthetic_results();
        set(&mut results, 0.2, "revenue_gain", "probability_win", estimate(1.0, 0.0));
        set(&mut results, 0.2, "revenue_gain", "probability_tie", estimate(0.0, 0.0));
        set(&mut results, 0.2, "margin_after_capital_gain", "probability_win", estimate(0.0, 0.0));
        let text = verdict(&results);
        assert!(
            text.starts_with(
                "Moving 20 % of the power earns more revenue than staying in all 100,000 worlds \
                 and more margin after capital in none of 100,000 worlds."
            ),
            "{text}"
        );
    }

    #[test]
    fn a_gain_within_its_error_is_no_gain() {
        let mut results = synthetic_results();
        set(&mut results, 0.2, "revenue_gain", "mean", estimate(0.1e6, 0.4e6));
        let text = verdict(&results);
        assert!(text.contains("cannot be told from unchanged (+0.1 ±0.4 million USD) and"));
    }

    #[test]
    fn a_large_error_and_a_coin_flip_are_admitted() {
        let mut results = synthetic_results();
        set(&mut results, 0.2, "revenue_gain", "probability_win", estimate(0.71, 0.04));
        let coin = estimate(0.501, 0.002);
        set(&mut results, 0.2, "margin_after_capital_gain", "probability_win", coin);
        let text = verdict(&results);
        assert!(text.contains("more revenue is only known to ±4 points: run more paths."));
        assert!(text.contains("more margin after capital cannot be told from one in two."));
    }

    #[test]
    fn contracts_that_wait_are_told() {
        let mut results = synthetic_results();
        (results.contracts_mw, results.contracts_unserved_mw) = (100.0, 30.5);
        let said = "30.5 of 100 critical-IT MW of signed contracts are not served at 20 %";
        assert!(verdict(&results).ends_with(&format!("{said} (at the middles of ranges).")));
        results.undisclosed.clear();
        assert!(verdict(&results).ends_with(&format!(" {said}.")));
    }

    #[test]
    fn a_cap_is_said_as_it_is_over_the_worlds() {
        let mut results = synthetic_results();
        let mut said = |status, valued, cap_range| {
            for row in results.rows.iter_mut().filter(|row| row.share == 0.2) {
                (row.status, row.effective_share) = (status, valued);
            }
            results.cap_range = cap_range;
            verdict(&results)
        };
        let text = said(Status::Capped, 0.1, (0.1, 0.1));
        assert!(
            text.ends_with("No more than 10 % of the power suits AI/HPC: that is what was valued.")
        );
        let text = said(Status::Capped, 0.1, (0.05, 0.15));
        assert!(text.contains("No more than 15 % of the power suits AI/HPC, 5 % in some worlds:"));
        assert!(text.ends_with("what was valued, 10 % on average."), "{text}");
        let text = said(Status::CappedInSomeWorlds, 0.19, (0.15, 0.3));
        assert!(text.contains("In some worlds less than 20 % of the power suits AI/HPC (15 % at"));
        assert!(text.ends_with("and 19 % on average."), "{text}");
    }

    #[test]
    fn a_headline_of_zero_or_without_effect_is_said_so() {
        let mut results = synthetic_results();
        set(&mut results, 0.2, "revenue_gain", "probability_tie", estimate(1.0, 0.0));
        let text = verdict(&results);
        assert!(!text.contains("changes nothing"), "capital was spent: {text}");
        assert!(text.contains("margin after capital"), "{text}");
        set(&mut results, 0.2, "margin_after_capital_gain", "probability_tie", estimate(1.0, 0.0));
        assert!(verdict(&results).contains("changes nothing"));
        results.headline_share = 0.0;
        assert!(verdict(&results).contains("nothing to hold against staying"));
    }
}
