//! A published claim held against the result: what it takes to be true, and where it stands.
//!
//! In: `ClaimResult`. Out: lines of text. Not here: the arithmetic of the claim.

use super::Status;
use super::grid::Grid;
use super::number::{USD_PER_MILLION, exact, percent, signed_with_error, with_error};
use super::results::{ClaimResult, ClosureResult, Results};
use super::verdict::is_one;
use crate::risk::Estimate;

const USD_PER_BILLION: f64 = 1.0e9;

/// The claim's reading, its table by share, its implied prices and its place among the worlds.
pub fn claim_block(results: &Results, width: usize) -> Vec<String> {
    let Some(claim) = &results.claim else {
        return Vec::new();
    };
    let mut lines = super::wrap(&reading(claim), width);
    lines.push(String::new());
    lines.extend(by_share(claim).lines());
    lines.push(String::new());
    let readings = readings(claim);
    lines.extend(super::wrap(READINGS, width));
    lines.push(String::new());
    lines.extend(readings.lines());
    lines.push(String::new());
    lines.extend(named(claim).iter().flat_map(|line| super::wrap(line, width)));
    if let Some(sentence) = valued(results, claim) {
        lines.push(String::new());
        lines.extend(super::wrap(&sentence, width));
    }
    lines.push(String::new());
    lines.extend(bridge(claim).block(width));
    for sentence in places(claim) {
        lines.push(String::new());
        lines.extend(super::wrap(&sentence, width));
    }
    lines
}

/// The claim's arithmetic at other shares.
pub(super) fn by_share(claim: &ClaimResult) -> Grid {
    let mut grid = Grid::new(0, &["share", "billion USD a year", "net present value, billion USD"]);
    for &(share, usd_per_year, net_present_value_usd) in &claim.by_share {
        let cells = vec![
            share.to_string(),
            exact(usd_per_year / USD_PER_BILLION),
            exact(net_present_value_usd / USD_PER_BILLION),
        ];
        grid.row(cells).is_marked = share == claim.share;
    }
    grid
}

/// What is said where not all of the claimed share suits AI/HPC.
pub(super) fn valued(results: &Results, claim: &ClaimResult) -> Option<String> {
    if let (Status::Capped | Status::CappedInSomeWorlds, valued) = results.valued(claim.share) {
        return Some(format!(
            "Not all of the claimed {} % of the power suits AI/HPC{}: the worlds below are valued at \
             {} %{}.",
            percent(claim.share),
            if is_one(results.cap_range) { "" } else { " in every world" },
            percent(valued),
            if is_one(results.cap_range) { "" } else { " on average" },
        ));
    }
    None
}

/// Where the claim stands among the worlds, a sentence per reading.
pub(super) fn places(claim: &ClaimResult) -> Vec<String> {
    let of = |(outcome, below): &(String, Estimate)| {
        format!(
            "{} % of worlds lie below the claimed {} billion USD in {}.",
            with_error(*below, 0.01),
            exact(claim.average_usd_per_year / USD_PER_BILLION),
            super::printable(outcome)
        )
    };
    claim.percentiles.iter().map(of).collect()
}

/// The way from the claim to what the study finds.
pub(super) fn bridge(claim: &ClaimResult) -> Grid {
    let title = format!(
        "From the claim to the mean revenue above staying at {} % (billion USD a year):",
        percent(claim.share)
    );
    let mut grid = Grid::new(1, &["", "adds", "reaches"]);
    grid.row(vec![
        "the claim".into(),
        String::new(),
        exact(claim.average_usd_per_year / USD_PER_BILLION),
    ]);
    for row in &claim.bridge {
        let number =
            |value, std_error| Estimate { value, std_error, ci_low: value, ci_high: value };
        let amount = number(row.amount_usd, row.std_error);
        let level = number(row.level_usd, row.level_std_error);
        grid.row(vec![
            row.step.replace('_', " "),
            signed_with_error(amount, USD_PER_BILLION),
            with_error(level, USD_PER_BILLION),
        ]);
    }
    grid.title(title)
}

/// Every reading with what it takes, and the two published numbers it gives back.
pub(super) fn readings(claim: &ClaimResult) -> Grid {
    let titles = ["", "MW", "GPUs/MW", "%", "bn/year", "NPV"];
    let mut grid = Grid::new(1, &titles);
    for closure in &claim.closures {
        let cells = vec![
            super::printable(&closure.name),
            exact(closure.sector_mw),
            // To ten thousand dollars: a reading without GPUs is 0 up to rounding.
            exact((closure.gpu_capex_usd_per_mw / 1e4).round() / 100.0),
            exact(100.0 * closure.discount_rate_per_year),
            exact(closure.average_usd_per_year / USD_PER_BILLION),
            exact(closure.net_present_value_usd / USD_PER_BILLION),
        ];
        grid.row(cells).is_marked = closure.name == claim.closure;
    }
    grid
}

/// What the table of readings tells.
pub(super) const READINGS: &str = "The readings under which both published numbers are identities (sector MW, \
    million USD of GPUs per MW, discount rate, billion USD a year, NPV):";

/// Each reading in words.
pub(super) fn named(claim: &ClaimResult) -> Vec<String> {
    let printable = super::printable;
    let of = |c: &ClosureResult| format!("{}: {}", printable(&c.name), printable(&c.reading));
    claim.closures.iter().map(of).collect()
}

pub(super) fn reading(claim: &ClaimResult) -> String {
    format!(
        "The claim: {} billion USD a year at {} % of the power, read as {} (`{}`). To be true it \
         takes a sector of {} MW, {} million USD per diverted MW and year, that is {} USD per \
         GPU-hour; its net present value of {} billion USD takes {} million USD of GPUs per MW.",
        exact(claim.average_usd_per_year / USD_PER_BILLION),
        percent(claim.share),
        super::printable(&claim.reading),
        super::printable(&claim.closure),
        exact(claim.sector_mw),
        exact(claim.usd_per_mw_year / USD_PER_MILLION),
        exact(claim.usd_per_gpu_hour),
        exact(claim.net_present_value_usd / USD_PER_BILLION),
        exact(claim.gpu_capex_usd_per_mw / USD_PER_MILLION),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::synthetic_results;

    #[test]
    fn the_claim_stands_beside_the_prices_it_implies() {
        let text = claim_block(&synthetic_results(), 100).join(" ");
        for said in [
            "13.9 billion USD a year at 20 % of the power, read as run-rate revenue at full ramp",
            "a sector of 7,629 MW, 9.11 million USD per diverted MW and year",
            "2.02 USD per GPU-hour",
            "26.38 million USD of GPUs per MW",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
    }

    #[test]
    fn each_percentile_names_its_outcome() {
        let text = claim_block(&synthetic_results(), 200).join("\n");
        let said = "97.00 ±0.10 % of worlds lie below the claimed 13.9 billion USD in \
                    revenue_gain of the sector.";
        assert!(text.contains(said), "{text}");
    }

    #[test]
    fn a_claim_above_the_cap_says_what_its_worlds_are_valued_at() {
        let mut results = synthetic_results();
        for row in results.rows.iter_mut().filter(|row| row.share == 0.2) {
            (row.status, row.effective_share) = (Status::CappedInSomeWorlds, 0.17);
        }
        assert!(!claim_block(&synthetic_results(), 400).join("\n").contains("suits"));
        results.cap_range = (0.1, 0.3);
        let said = "Not all of the claimed 20 % of the power suits AI/HPC in every world: the worlds \
                    below are valued at 17 % on average.";
        let text = claim_block(&results, 400).join("\n");
        assert!(text.contains(said), "{text}");
    }

    #[test]
    fn every_reading_stands_with_what_it_takes() {
        let text = claim_block(&synthetic_results(), 120).join("\n");
        for said in [">sample_closure", "sample_profit: average annual profit", "9,536", "19.6"] {
            assert!(text.contains(said), "{said}: {text}");
        }
    }

    #[test]
    fn the_table_marks_the_claimed_share() {
        let lines = claim_block(&synthetic_results(), 100);
        let marked = lines.iter().find(|line| line.contains(">0.2")).unwrap();
        assert!(marked.contains("13.9") && marked.ends_with("37.6"), "{marked}");
    }
}
