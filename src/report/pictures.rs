//! What the pictures of a report are drawn from: the first paths of a run, made again.
//!
//! In: plain numbers. Out: the same by name. Every number that a report quotes is of all paths and
//! stands in `Results`; these are for the eye. Not here: how they arose, how they look.

use crate::input::study::YearMonth;
use std::collections::BTreeSet;

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

/// Shares that are drawn, the headline not counted, at most: more than these no eye tells apart.
const DRAWN_MAX: usize = 51;

/// Positions of the shares that are drawn, of shares in ascending order: all of a few; of many the headline and
/// those nearest to even steps from the first to the last, and where these are few, as shares crowd, some of
/// the others.
pub fn drawn(shares: &[f64], headline: usize) -> Vec<usize> {
    if shares.len() <= DRAWN_MAX {
        return (0..shares.len()).collect();
    }
    let (first, last) = (shares[0], shares[shares.len() - 1]);
    let step = (last - first) / (DRAWN_MAX - 1) as f64;
    let all: Vec<usize> = (0..shares.len()).collect();
    let even = (0..DRAWN_MAX).map(|k| nearest(shares, &all, first + k as f64 * step));
    let mut drawn: BTreeSet<usize> = even.collect();
    let others: Vec<usize> = all.iter().copied().filter(|at| !drawn.contains(at)).collect();
    let room = DRAWN_MAX.saturating_sub(drawn.len());
    drawn.extend((0..room).map(|k| others[k * others.len() / room]));
    drawn.insert(headline);
    drawn.into_iter().collect()
}

/// That of some positions, not none, whose share is nearest; the lower of two.
pub fn nearest(shares: &[f64], of: &[usize], share: f64) -> usize {
    let away = |at: &usize| (shares[*at] - share).abs();
    let nearest = of.iter().copied().min_by(|a, b| away(a).total_cmp(&away(b)));
    nearest.expect("some shares are drawn")
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
        let even = |count: usize| -> Vec<f64> {
            (0..count).map(|at| at as f64 / (count.max(2) - 1) as f64).collect()
        };
        for few in [1, 2, 21, 51] {
            assert!(drawn(&even(few), 0).into_iter().eq(0..few));
        }
        let many = drawn(&even(1_001), 207);
        assert_eq!((many[0], many[1], many[2], many.len()), (0, 20, 40, 52));
        assert!(many.contains(&207) && many.ends_with(&[980, 1_000]));
        for (shares, headline) in [(52, 1), (53, 52), (81, 7), (121, 60), (777, 333)] {
            let own = drawn(&even(shares), headline);
            assert!((51..=52).contains(&own.len()), "{shares}: {own:?}");
            assert!(own.contains(&headline) && own.ends_with(&[shares - 1]), "{shares}: {own:?}");
        }
    }

    #[test]
    fn where_shares_crowd_the_lonely_are_drawn_and_the_nearest_is_told_by_the_share() {
        // 0 to 5 % by tenths, then 94 % and 100 %.
        let mut shares: Vec<f64> = (0..=50).map(|at| f64::from(at) / 1_000.0).collect();
        shares.extend([0.94, 1.0]);
        let own = drawn(&shares, 0);
        assert_eq!(own.len(), DRAWN_MAX);
        assert!(own.ends_with(&[51, 52]));
        assert_eq!(nearest(&shares, &[0, 50, 52], 0.94), 52);
        assert_eq!(nearest(&shares, &[0, 50, 52], 0.02), 0);
    }
}
