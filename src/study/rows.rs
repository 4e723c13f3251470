//! Worked-out columns → the rows of `summary.csv`, by share, metric, measure.

use super::columns::{Columns, SOURCES, WORST, measures};
use crate::economics::metric::{Driver, Metric};
use crate::economics::plan::{PlannedShare, PowerPlan};
use crate::report::SummaryRow;
use crate::risk::{Estimate, RiskMeasure};

/// Every row of a run.
pub(super) fn rows(plan: &PowerPlan, columns: &Columns) -> Vec<SummaryRow> {
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

fn row(
    planned: &PlannedShare,
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
        status: if planned.is_capped() { "capped" } else { "ok" },
        metric: metric.into(),
        measure,
        unit,
        estimate,
    }
}
