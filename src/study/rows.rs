//! Worked-out columns → the rows of `summary.csv`, by share, metric, measure.

use super::columns::{Columns, SOURCES, WORST, measures};
use crate::economics::metric::{Driver, Metric};
use crate::economics::plan::{PlannedShare, PowerPlan};
use crate::report::SummaryRow;
use crate::risk::{Estimate, RiskMeasure};

/// Every row of a run; `lowest_cap` is the least share that may be diverted in any world.
pub(super) fn rows(plan: &PowerPlan, lowest_cap: f64, columns: &Columns) -> Vec<SummaryRow> {
    let row = |planned: &PlannedShare, metric: &str, measure: String, unit, estimate| {
        let status = if planned.is_capped() {
            "capped"
        } else if planned.effective_share > lowest_cap + CAP_ROUNDING {
            "capped_in_some_worlds"
        } else {
            "ok"
        };
        row(planned, status, metric, measure, unit, estimate)
    };
    let mut rows = Vec::new();
    for (share, planned) in plan.shares.iter().enumerate() {
        for metric in Metric::ALL {
            let estimates = columns.estimates(metric, share);
            for (measure, estimate) in measures(metric).into_iter().zip(estimates) {
                let unit = if RiskMeasure::SIGN.contains(&measure) { "1" } else { "USD" };
                rows.push(row(planned, metric.name(), measure.name(), unit, *estimate));
            }
            if let Some(source) = SOURCES.iter().position(|source| *source == metric) {
                let estimate = columns.source(source, share).tail_mean;
                rows.push(row(planned, metric.name(), in_worst(), "USD", estimate));
            }
        }
        for driver in Driver::ALL {
            let (name, unit) = (driver.name(), driver.unit());
            let found = columns.driver(driver, share);
            rows.push(row(planned, name, "mean".into(), unit, found.mean));
            rows.push(row(planned, name, in_worst(), unit, found.tail_mean));
        }
    }
    rows
}

/// Name of the mean over the worst worlds by revenue.
fn in_worst() -> String {
    format!("mean_in_worst_{WORST}_of_revenue")
}

/// Caps that are sums of megawatts are no closer than this.
const CAP_ROUNDING: f64 = 1e-12;

fn row(
    planned: &PlannedShare,
    status: &'static str,
    metric: &str,
    measure: String,
    unit: &'static str,
    estimate: Estimate,
) -> SummaryRow {
    SummaryRow {
        company: "all".into(),
        model: "all".into(),
        share: planned.share,
        effective_share: planned.effective_share,
        status,
        metric: metric.into(),
        measure,
        unit,
        estimate,
    }
}
