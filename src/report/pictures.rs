//! What the pictures of a report are drawn from: the first paths of a run, made again.
//!
//! In: plain numbers. Out: the same by name. Every number that a report quotes is of all paths and
//! stands in `Results`; these are for the eye. Not here: how they arose, how they look.

use crate::input::study::YearMonth;

/// Everything that is drawn and is no number of the results.
#[derive(Debug, Clone, PartialEq)]
pub struct Pictures {
    /// Paths that the densities are of, the first of the run.
    pub paths: u64,
    /// Paths that the markets are of, the first of the run.
    pub market_paths: u64,
    /// Densities of outcomes.
    pub densities: Vec<Densities>,
    /// Markets by month, in the order of causation.
    pub markets: Vec<MarketFan>,
}

/// The densities of one metric, share by share.
#[derive(Debug, Clone, PartialEq)]
pub struct Densities {
    /// The metric: `revenue`.
    pub metric: &'static str,
    /// Where the densities are, ascending, in the unit of the metric.
    pub places: Vec<f64>,
    /// Mean over the paths drawn, by share, with its standard error by groups of paths.
    pub means: Vec<(f64, f64)>,
    /// `[share][place]`, worlds per unit, in the order of the shares of the results.
    pub by_share: Vec<Vec<f64>>,
}

/// Parts of the worlds below the five lines of a fan.
pub const FAN: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Means of months of one factor over the worlds, and its history.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketFan {
    /// The factor: `btc_price`.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// The simulated months.
    pub months: Vec<YearMonth>,
    /// Per month the quantiles [`FAN`] over the worlds.
    pub bands: Vec<[f64; 5]>,
    /// What was observed, in order of time; empty where the study names no history.
    pub history: Vec<(YearMonth, f64)>,
    /// Where the history is from and what it is of; empty without one.
    pub history_of: String,
}
