//! Everything a run found out: what the engine hands over and every report is made of.
//!
//! In: finished numbers. Out: the same numbers, by name. Not here: how they arose, how they look.

use super::{Status, SummaryRow};
use crate::risk::Estimate;
use jiff::civil::Date;
use serde::Serialize;

/// A finished run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Results {
    /// Short name of the study.
    pub study_name: String,
    /// The question in a sentence.
    pub question: String,
    /// The date whose close is the start of every path.
    #[serde(serialize_with = "super::json::as_text")]
    pub as_of: Date,
    /// The year whose money is counted.
    pub target_year: i16,
    /// Number of paths.
    pub paths: u64,
    /// Seed of all chance.
    pub seed: u64,
    /// Shares of gross MW diverted, ascending, each 0 to 1, with 0.
    pub shares: Vec<f64>,
    /// The share that the verdict speaks of; one of `shares`.
    pub headline_share: f64,
    /// Gross power of the fleet, MW.
    pub gross_mw: f64,
    /// The least and the most that it is in any world; `gross_mw` is at the middles of ranges.
    pub gross_mw_range: (f64, f64),
    /// Gross MW that every share has let, as they are signed, at the middles of ranges; shares are of the
    /// rest.
    pub committed_mw: f64,
    /// Critical-IT MW of signed contracts, at the middles of ranges.
    pub contracts_mw: f64,
    /// Those of them that the headline share does not serve, at the middles of ranges.
    pub contracts_unserved_mw: f64,
    /// The least and the most share of its power that suits AI/HPC in any world.
    pub cap_range: (f64, f64),
    /// What loss measures are counted from: `mean at share 0`.
    pub reference: String,
    /// All of `summary.csv`, ordered by company, model, share, metric, measure.
    pub rows: Vec<SummaryRow>,
    /// Models that rows speak of apart from `all`: `btc_price.kou`.
    pub models: Vec<String>,
    /// Parameters that are drawn with the errors of their fits; none where they are fixed.
    pub drawn: Vec<DrawnParameter>,
    /// What the headlines are uncertain by besides the number of worlds.
    pub spreads: Vec<HeadlineSpread>,
    /// One-at-a-time variations at the headline share on the same random numbers, base first.
    pub variations: Vec<Variation>,
    /// Key, value and basis of every value that is an assumption or whose basis is not stated.
    #[serde(serialize_with = "super::json::assumptions")]
    pub assumptions: Vec<(String, String, String)>,
    /// What the fleet and the contracts do not disclose, and the metrics that rest on it.
    pub undisclosed: Vec<UndisclosedInput>,
    /// Columns of the two that are filled in and that no result rests on yet: `fleet cash_usd`.
    pub idle: Vec<String>,
    /// A published claim held against the result.
    pub claim: Option<ClaimResult>,
}

/// A parameter that is drawn once per group of worlds, with the error of its fit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DrawnParameter {
    /// Its dotted key of the study.
    pub key: String,
    /// What the study states, which it is drawn around.
    pub stated: f64,
    /// 5 % of the draws lie below.
    pub low: f64,
    /// 5 % of the draws lie above.
    pub high: f64,
}

/// A number of the headline share, and what it is uncertain by.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeadlineSpread {
    /// Its metric.
    pub metric: &'static str,
    /// Its measure.
    pub measure: String,
    /// Its unit.
    pub unit: &'static str,
    /// The number; its standard error is what more worlds would lower.
    pub estimate: Estimate,
    /// Its standard deviation from one draw of the parameters to the next: what is drawn once per 64
    /// worlds, as an uncertain drift, undisclosed inputs, parameters with the errors of their fits.
    pub parameters_sd: Estimate,
    /// Its standard deviation from one model to another; `None` where every factor has one.
    pub models_sd: Option<Estimate>,
}

/// An input that is not disclosed, what stands in for it, and what rests on it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UndisclosedInput {
    /// Its file: `fleet` or `contracts`.
    pub file: &'static str,
    /// Its row, by name.
    pub row: String,
    /// Its column.
    pub column: &'static str,
    /// Unit of the column.
    pub unit: &'static str,
    /// The least it may be, where it is drawn uniformly, once per group of paths.
    pub low: Option<f64>,
    /// The most it may be, where it is drawn.
    pub high: Option<f64>,
    /// What a blank cell takes.
    pub default: Option<StandIn>,
    /// The dotted key of the study that the default is the value of, if it is one.
    pub default_key: Option<&'static str>,
    /// Names of the metrics that another value can move at most; none where no result rests on it yet.
    pub metrics: Vec<&'static str>,
}

/// What a blank cell takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum StandIn {
    /// A number in the unit of the column.
    Number(f64),
    /// What words say: `the whole fleet`.
    Words(&'static str),
}

impl std::fmt::Display for StandIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Words(words) => f.write_str(words),
        }
    }
}

impl StandIn {
    /// It with its unit, of which words have none.
    pub fn with(self, unit: &str) -> String {
        match self {
            Self::Number(number) => format!("{number} {unit}"),
            Self::Words(words) => words.into(),
        }
    }
}

/// Companies side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PanelResults {
    /// Short name of the study.
    pub study_name: String,
    /// The question in a sentence.
    pub question: String,
    /// The date whose close is the start of every path.
    #[serde(serialize_with = "super::json::as_text")]
    pub as_of: Date,
    /// The year whose money is counted.
    pub target_year: i16,
    /// Number of paths.
    pub paths: u64,
    /// Seed of all chance.
    pub seed: u64,
    /// The share that the table tells of.
    pub headline_share: f64,
    /// The companies, in the order of their rows.
    pub companies: Vec<PanelCompany>,
    /// All of `panel.csv`: the companies in their order, then all of them together.
    pub rows: Vec<SummaryRow>,
}

/// A company of a panel, at the middles of ranges.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PanelCompany {
    /// Its name.
    pub name: String,
    /// Its power, gross MW.
    pub gross_mw: f64,
    /// What of it is let at every share, gross MW.
    pub signed_mw: f64,
}

impl PanelResults {
    /// The number of a company, share, metric and measure, of all paths; `None` if there is none.
    pub fn estimate(
        &self,
        company: &str,
        share: f64,
        metric: &str,
        measure: &str,
    ) -> Option<Estimate> {
        let is_it = |row: &&SummaryRow| {
            row.company == company
                && row.model == "all"
                && row.share == share
                && row.metric == metric
                && row.measure == measure
        };
        self.rows.iter().find(is_it).map(|row| row.estimate)
    }
}

/// Which way a value was varied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The study as it is.
    Base,
    /// The value lowered.
    Low,
    /// The value raised.
    High,
}

/// The headline share against share 0 with one value varied.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Variation {
    /// What is varied: `BTC volatility`; `as studied` for the base.
    pub name: String,
    /// From what to what: `0.50 → 0.75 per √year`; empty for the base.
    pub change: String,
    /// Which way.
    pub side: Side,
    /// Number of paths it was simulated on.
    pub paths: u64,
    /// Share of worlds with more revenue than at share 0.
    pub win_revenue: Estimate,
    /// Share of worlds with more margin after capital than at share 0.
    pub win_margin: Estimate,
    /// Mean of the difference of revenue to share 0, USD.
    pub gain_revenue_usd: Estimate,
    /// Mean of the difference of margin after capital to share 0, USD.
    pub gain_margin_usd: Estimate,
    /// Mean of the worst 5 % of revenue at the headline share, USD.
    pub tail_mean_revenue_usd: Estimate,
}

/// A published claim: what it takes to be true, and where it stands in the simulated worlds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClaimResult {
    /// Name of the set of assumptions that reproduces it.
    pub closure: String,
    /// What the claimed number is taken to be: `run-rate revenue at full ramp`.
    pub reading: String,
    /// The share claimed for, 0 to 1.
    pub share: f64,
    /// The claimed average, USD a year.
    pub average_usd_per_year: f64,
    /// The claimed net present value, USD.
    pub net_present_value_usd: f64,
    /// Power of the sector that the closure implies, gross MW.
    pub sector_mw: f64,
    /// Spending on GPUs that the closure implies, USD per MW.
    pub gpu_capex_usd_per_mw: f64,
    /// Implied income of a diverted megawatt, USD per MW and year.
    pub usd_per_mw_year: f64,
    /// Implied price of a GPU-hour, USD.
    pub usd_per_gpu_hour: f64,
    /// Every reading of the claim, with what each takes to be true.
    pub closures: Vec<ClosureResult>,
    /// The claim's arithmetic at other shares: share, USD a year, net present value in USD.
    #[serde(serialize_with = "super::json::claim_by_share")]
    pub by_share: Vec<(f64, f64, f64)>,
    /// From the claimed average to the mean of `revenue_gain`, step by step.
    pub bridge: Vec<BridgeRow>,
    /// Per outcome, named, the share of worlds below the claim.
    #[serde(serialize_with = "super::json::percentiles")]
    pub percentiles: Vec<(String, Estimate)>,
}

/// A step from a claim to what a study finds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BridgeRow {
    /// What it takes into account: `delivery`.
    pub step: &'static str,
    /// What it adds, USD a year, whole cents.
    pub amount_usd: f64,
    /// Its standard error.
    pub std_error: f64,
    /// What is reached with it, USD a year, whole cents; at the end the mean of `revenue_gain`.
    pub level_usd: f64,
    /// Its standard error.
    pub level_std_error: f64,
}

/// One reading of a claim: an identity that reproduces both published numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClosureResult {
    /// Its name.
    pub name: String,
    /// What the claimed number is taken to be.
    pub reading: String,
    /// Power of the sector that it implies, gross MW.
    pub sector_mw: f64,
    /// Spending on GPUs that it implies, USD per MW.
    pub gpu_capex_usd_per_mw: f64,
    /// Discount rate per year.
    pub discount_rate_per_year: f64,
    /// The average it gives at the claimed share, USD a year.
    pub average_usd_per_year: f64,
    /// The net present value it gives at the claimed share, USD.
    pub net_present_value_usd: f64,
}

impl Results {
    /// The rows of a model at a share, which stand together: the first of them is looked for by halves.
    pub(super) fn rows_of<'a>(
        &'a self,
        model: &'a str,
        share: f64,
    ) -> impl Iterator<Item = &'a SummaryRow> {
        // All worlds stand first.
        let rank =
            |name: &str| self.models.iter().position(|own| own == name).map_or(0, |at| at + 1);
        let place = |row: &SummaryRow| (rank(&row.model), row.share);
        let first = self.rows.partition_point(|row| place(row) < (rank(model), share));
        self.rows[first..].iter().take_while(move |row| row.model == model && row.share == share)
    }
    /// Status and valued share of a share; a share that the run lacks is valued as it is.
    pub fn valued(&self, share: f64) -> (Status, f64) {
        let row = self.rows_of("all", share).next();
        row.map_or((Status::Ok, share), |row| (row.status, row.effective_share))
    }
    /// The number of a share, metric and measure; `None` if the run has no such row.
    pub fn estimate(&self, share: f64, metric: &str, measure: &str) -> Option<Estimate> {
        self.estimate_of("all", share, metric, measure)
    }
    /// The same of one model.
    pub fn estimate_of(
        &self,
        model: &str,
        share: f64,
        metric: &str,
        measure: &str,
    ) -> Option<Estimate> {
        let mut rows = self.rows_of(model, share);
        rows.find(|row| row.metric == metric && row.measure == measure).map(|row| row.estimate)
    }
}

/// A study under stresses.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StressResults {
    /// Short name of the study that is stressed.
    pub study_name: String,
    /// Its question in a sentence.
    pub question: String,
    /// The date whose close is the start of every path.
    #[serde(serialize_with = "super::json::as_text")]
    pub as_of: Date,
    /// The year whose money is counted.
    pub target_year: i16,
    /// Number of paths, the same under every stress.
    pub paths: u64,
    /// Seed of all chance, the same under every stress.
    pub seed: u64,
    /// The share that is told beside share 0.
    pub headline_share: f64,
    /// Each stress with what it asks; empty where it does not say.
    pub stresses: Vec<(String, String)>,
    /// Every number: the study as it is, then under each stress; by share, metric, measure.
    pub rows: Vec<StressRow>,
}

/// One row of `stress.csv`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StressRow {
    /// The stress; `base` for the study as it is.
    pub stress: String,
    /// The share asked for, 0 to 1.
    pub share: f64,
    /// What is measured: `revenue`, `margin_after_capital_gain`, …
    pub metric: &'static str,
    /// How: `mean`, `tail_mean_0.05`, …
    pub measure: String,
    /// Unit of value and difference: `USD`, `1`.
    pub unit: &'static str,
    /// The number under the stress.
    pub estimate: Estimate,
    /// The number less that of the base, on the same paths; exactly 0 for the base.
    pub difference: Estimate,
}

impl StressResults {
    /// The row of a number; `None` if there is none.
    pub fn row(&self, stress: &str, share: f64, metric: &str, measure: &str) -> Option<&StressRow> {
        self.rows.iter().find(|row| {
            row.stress == stress
                && row.share == share
                && row.metric == metric
                && row.measure == measure
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::report::Status;
    use crate::report::sample::synthetic_results;

    #[test]
    fn every_number_is_found_by_model_share_metric_and_measure_and_no_other_is() {
        let mut results = synthetic_results();
        results.models = vec!["z".into(), "a".into()];
        let all = results.rows.clone();
        for model in &results.models {
            let of = |row: &crate::report::SummaryRow| {
                let mut own = crate::report::SummaryRow { model: model.clone(), ..row.clone() };
                own.estimate.value += model.len() as f64 + f64::from(model.as_bytes()[0]);
                own
            };
            results.rows.extend(all.iter().map(of));
        }
        for own in &results.rows {
            let found = results.estimate_of(&own.model, own.share, &own.metric, &own.measure);
            assert_eq!(found, Some(own.estimate), "{own:?}");
        }
        assert_eq!(results.estimate_of("b", 0.2, "revenue", "mean"), None);
        assert_eq!(results.estimate(0.3, "revenue", "mean"), None);
        assert_eq!(results.estimate(0.2, "revenue", "median"), None);
        assert_eq!(results.valued(0.3), (Status::Ok, 0.3));
    }
}
