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
    /// Positions of the shares that are drawn, see [`drawn`].
    pub drawn: Vec<usize>,
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
    /// Mean over the paths drawn, of the shares that are drawn, with its standard error by groups of paths.
    pub means: Vec<(f64, f64)>,
    /// `[share][place]`, worlds per unit, of the shares that are drawn.
    pub by_share: Vec<Vec<f64>>,
}

/// Steps between shares that are drawn, at most: more than these no eye tells apart.
const STEPS_MAX: usize = 50;

/// Positions of the shares that are drawn: all of a few; of many an even choice with the first, the last and
/// the headline.
pub fn drawn(shares: usize, headline: usize) -> Vec<usize> {
    let step = (shares - 1).div_ceil(STEPS_MAX).max(1);
    let is_drawn = |at: &usize| at.is_multiple_of(step) || *at == headline || at + 1 == shares;
    (0..shares).filter(is_drawn).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_shares_are_all_drawn_and_of_many_some_evenly_with_both_ends_and_the_headline() {
        for few in [1, 2, 21, 51] {
            assert!(drawn(few, 0).into_iter().eq(0..few));
        }
        let many = drawn(1_001, 207);
        assert_eq!((many[0], many[1], many[2], many.len()), (0, 20, 40, 52));
        assert!(many.contains(&207) && many.ends_with(&[980, 1_000]));
        for (shares, headline) in [(52, 1), (53, 52), (777, 333)] {
            let own = drawn(shares, headline);
            assert!(own.len() <= STEPS_MAX + 3, "{shares}: {own:?}");
            assert!(own.contains(&headline) && own.ends_with(&[shares - 1]), "{shares}: {own:?}");
        }
    }
}
