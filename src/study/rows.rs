//! Worked-out columns → the rows of `summary.csv`, by share, metric, measure.

use super::columns::{Columns, SOURCES, WORST, measures};
use super::undisclosed::Caps;
use crate::economics::metric::Driver;
use crate::report::SummaryRow;

/// Every row of a run of a company.
pub(super) fn rows(
    company: &str,
    shares: &[f64],
    caps: &Caps,
    columns: &Columns,
) -> Vec<SummaryRow> {
    let mut rows = Vec::new();
    let row =
        |model: &str, share: usize, metric: &str, measure: String, unit, estimate| SummaryRow {
            company: company.into(),
            model: model.into(),
            share: shares[share],
            effective_share: caps.effective_shares[share],
            status: caps.status(shares[share]),
            metric: metric.into(),
            measure,
            unit,
            estimate,
        };
    for share in 0..shares.len() {
        let row = |metric: &str, measure, unit, estimate| {
            row("all", share, metric, measure, unit, estimate)
        };
        for &metric in columns.metrics() {
            let estimates = columns.estimates(None, metric, share);
            for (measure, estimate) in measures(metric).into_iter().zip(estimates) {
                let unit = measure.unit(metric.unit());
                rows.push(row(metric.name(), measure.name(), unit, *estimate));
            }
            if let Some(source) = SOURCES.iter().position(|source| *source == metric) {
                let estimate = columns.source_in_worst(source, share);
                rows.push(row(metric.name(), in_worst(), "USD", estimate));
            }
        }
        for driver in Driver::ALL {
            let (name, unit) = (driver.name(), driver.unit());
            let [all, worst] = columns.driver(driver, share);
            rows.push(row(name, "mean".into(), unit, all));
            rows.push(row(name, in_worst(), unit, worst));
        }
    }
    for (index, model) in columns.models().enumerate() {
        for share in 0..shares.len() {
            for &metric in columns.metrics() {
                let estimates = columns.estimates(Some(index), metric, share);
                for (measure, estimate) in measures(metric).into_iter().zip(estimates) {
                    let (name, unit) = (measure.name(), measure.unit(metric.unit()));
                    rows.push(row(model, share, metric.name(), name, unit, *estimate));
                }
            }
        }
    }
    rows
}

/// Name of the mean over the worst worlds by revenue.
fn in_worst() -> String {
    format!("mean_in_worst_{WORST}_of_revenue")
}
