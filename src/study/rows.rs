//! The rows of `summary.csv`, by model, share, metric, measure: their names, then their numbers.

use super::columns::{Columns, SOURCES, WORST, measures};
use super::undisclosed::Caps;
use crate::economics::metric::{Driver, Metric};
use crate::report::SummaryRow;
use crate::risk::Estimate;

/// A number that no path has told yet.
const UNTOLD: Estimate =
    Estimate { value: f64::NAN, std_error: f64::NAN, ci_low: f64::NAN, ci_high: f64::NAN };

/// What the rows of a run of a company are of.
pub(super) struct Asked<'a> {
    /// Name of the company; `all` where there is one.
    pub(super) company: &'a str,
    /// Shares of the study.
    pub(super) shares: &'a [f64],
    /// What suits AI/HPC.
    pub(super) caps: &'a Caps,
    /// Metrics of the study.
    pub(super) metrics: &'a [Metric],
    /// Models that have rows of their own.
    pub(super) models: Vec<String>,
}

impl Asked<'_> {
    /// Every row with its names, in order; its number is not told.
    pub(super) fn untold(&self) -> Vec<SummaryRow> {
        let mut rows = Vec::new();
        let mut row = |model: &str, share: usize, metric: &str, measure: String, unit| {
            rows.push(SummaryRow {
                company: self.company.into(),
                model: model.into(),
                share: self.shares[share],
                effective_share: self.caps.effective_shares[share],
                status: self.caps.status(self.shares[share]),
                metric: metric.into(),
                measure,
                unit,
                estimate: UNTOLD,
            });
        };
        let selections = std::iter::once("all").chain(self.models.iter().map(String::as_str));
        for (selection, model) in selections.enumerate() {
            let is_all = selection == 0;
            for share in 0..self.shares.len() {
                for &metric in self.metrics {
                    // What share 0 adds to itself has no rate of return.
                    if metric != Metric::Irr || share != 0 {
                        for measure in measures(metric) {
                            let unit = measure.unit(metric.unit());
                            row(model, share, metric.name(), measure.name(), unit);
                        }
                    }
                    if is_all && SOURCES.contains(&metric) {
                        row(model, share, metric.name(), in_worst(), "USD");
                    }
                }
                for driver in Driver::ALL.into_iter().filter(|_| is_all) {
                    let (name, unit) = (driver.name(), driver.unit());
                    row(model, share, name, "mean".into(), unit);
                    row(model, share, name, in_worst(), unit);
                }
            }
        }
        rows
    }
}

/// Every row of a run of a company.
pub(super) fn rows(
    company: &str,
    shares: &[f64],
    caps: &Caps,
    columns: &Columns,
) -> Vec<SummaryRow> {
    let metrics = columns.metrics();
    let models: Vec<String> = columns.models().map(Into::into).collect();
    let selections = std::iter::once(None).chain((0..models.len()).map(Some));
    let mut estimates = Vec::new();
    for model in selections {
        for share in 0..shares.len() {
            for &metric in metrics {
                estimates.extend(columns.estimates(model, metric, share).iter().copied());
                let source = SOURCES.iter().position(|source| *source == metric);
                if let (None, Some(source)) = (model, source) {
                    estimates.push(columns.source_in_worst(source, share));
                }
            }
            for driver in Driver::ALL.into_iter().filter(|_| model.is_none()) {
                estimates.extend(columns.driver(driver, share));
            }
        }
    }
    let mut rows = Asked { company, shares, caps, metrics, models }.untold();
    assert_eq!(rows.len(), estimates.len(), "a row has a number");
    rows.iter_mut().zip(estimates).for_each(|(row, estimate)| row.estimate = estimate);
    rows
}

/// Name of the mean over the worst worlds by revenue.
fn in_worst() -> String {
    format!("mean_in_worst_{WORST}_of_revenue")
}
