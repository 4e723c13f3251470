//! The frontier: what a share earns on average against what it earns in its worst worlds.
//!
//! In: `Results`, a metric. Out: a row per share, and whether another share dominates it. Not
//! here: which of them to choose.

use super::csv::neutralised;
use super::results::Results;
use crate::risk::Estimate;
use std::io::{self, Write};

/// What is expected of a share.
pub const EXPECTED: &str = "mean";
/// What its worst worlds bring.
pub const WORST: &str = "tail_mean_0.05";

/// Columns of the frontier.
pub const FRONTIER_COLUMNS: [&str; 9] = [
    "share",
    "effective_share",
    "metric",
    "unit",
    "mean",
    "mean_std_error",
    "tail_mean_0.05",
    "tail_mean_0.05_std_error",
    "is_dominated",
];

/// A share on the frontier, or behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct FrontierRow {
    /// The share asked for.
    pub share: f64,
    /// The share valued.
    pub effective_share: f64,
    /// The metric.
    pub metric: String,
    /// Unit of both numbers.
    pub unit: &'static str,
    /// What is expected.
    pub mean: Estimate,
    /// The mean of the worst 5 %.
    pub tail_mean: Estimate,
    /// Whether another share has no less of both and more of one, as the numbers stand: every share
    /// is valued on the same worlds, so that differences are surer than the errors of the numbers.
    pub is_dominated: bool,
}

/// The frontier of a metric; empty if the run has no such metric, or one without a worst side.
pub fn frontier(results: &Results, metric: &str) -> Vec<FrontierRow> {
    let of = |share: f64| {
        let row = results.rows_of("all", share).find(|row| row.metric == metric)?;
        Some(FrontierRow {
            share,
            effective_share: row.effective_share,
            metric: metric.into(),
            unit: row.unit,
            mean: results.estimate(share, metric, EXPECTED)?,
            tail_mean: results.estimate(share, metric, WORST)?,
            is_dominated: false,
        })
    };
    let mut rows: Vec<FrontierRow> = results.shares.iter().filter_map(|s| of(*s)).collect();
    let points: Vec<[f64; 2]> = rows.iter().map(|r| [r.mean.value, r.tail_mean.value]).collect();
    for (row, own) in rows.iter_mut().zip(&points) {
        row.is_dominated =
            points.iter().any(|other| other[0] >= own[0] && other[1] >= own[1] && other != own);
    }
    rows
}

/// Names of the metrics that have a frontier, in order.
pub fn metrics(results: &Results) -> Vec<&str> {
    let all = results.rows.iter().filter(|row| row.measure == WORST && row.model == "all");
    let mut names: Vec<&str> = all.map(|row| row.metric.as_str()).collect();
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    names
}

/// Writes the frontier as CSV, a row per share.
///
/// # Errors
/// If `out` refuses a write.
pub fn write_frontier(rows: &[FrontierRow], out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(FRONTIER_COLUMNS)?;
    for row in rows {
        table.write_field(row.share.to_string())?;
        table.write_field(row.effective_share.to_string())?;
        table.write_field(&*neutralised(&row.metric))?;
        table.write_field(row.unit)?;
        for estimate in [row.mean, row.tail_mean] {
            table.write_field(estimate.value.to_string())?;
            table.write_field(estimate.std_error.to_string())?;
        }
        table.write_field(row.is_dominated.to_string())?;
        table.write_record(None::<&[u8]>)?;
    }
    table.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::synthetic_results;

    #[test]
    fn a_share_is_behind_the_frontier_if_another_is_no_worse_in_both_and_better_in_one() {
        let mut results = synthetic_results();
        let shares = results.shares.clone();
        assert!(shares.len() >= 3, "the sample has shares to compare");
        // The second is worse than the first in the tail and better on average; the third has the
        // mean of the second and less tail; the others are the first once more.
        let points = |i: usize| match i {
            1 => (20.0, -5.0),
            2 => (20.0, -6.0),
            _ => (10.0, 1.0),
        };
        for row in results.rows.iter_mut().filter(|row| row.metric == "revenue") {
            let (mean, tail) = points(shares.iter().position(|s| *s == row.share).unwrap());
            match row.measure.as_str() {
                EXPECTED => row.estimate.value = mean,
                WORST => row.estimate.value = tail,
                _ => {}
            }
        }
        let rows = frontier(&results, "revenue");
        let dominated: Vec<bool> = rows.iter().map(|row| row.is_dominated).collect();
        let expected: Vec<bool> = (0..shares.len()).map(|i| i == 2).collect();
        assert_eq!(dominated, expected);
        let mut text = Vec::new();
        write_frontier(&rows, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text.lines().count(), shares.len() + 1);
        assert!(text.lines().nth(3).unwrap().ends_with(",true"), "{text}");
        assert_eq!(frontier(&results, "no_such_metric"), []);
        assert!(metrics(&results).contains(&"revenue"));
    }
}
