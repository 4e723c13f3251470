//! The measures: what is asked of a distribution, by name.
//!
//! With x_(k) the k-th smallest of N values and k = ⌈pN⌉: `quantile_p` is x_(k) (Hyndman and Fan,
//! Amer. Statist. 50 (1996) 361, type 1), `tail_mean_p` the mean of x_(1) … x_(k). Levels keep the
//! outcome's sign. Losses are positive when worse and never floored: `value_at_risk_q` = reference −
//! quantile, `expected_shortfall_q` = reference − tail mean at p = 1 − q.

use super::section::Section;
use super::{Miss, rank};

/// One functional of a distribution; probabilities in whole per cent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Mean.
    Mean,
    /// Standard deviation, with n − 1.
    Sd,
    /// Quantile.
    Quantile(u32),
    /// Mean of the worst so many per cent.
    TailMean(u32),
    /// Reference less the quantile of the worst so many per cent.
    ValueAtRisk(u32),
    /// Reference less the mean of the worst so many per cent.
    ExpectedShortfall(u32),
    /// Part of the values above 0.
    Win,
    /// Part of the values at 0.
    Tie,
    /// Part of the values below 0.
    Lose,
}

impl Measure {
    /// What is asked of every level, in the order of reports.
    pub const LEVELS: [Self; 13] = [
        Self::Mean,
        Self::Sd,
        Self::Quantile(1),
        Self::Quantile(5),
        Self::Quantile(50),
        Self::Quantile(95),
        Self::Quantile(99),
        Self::TailMean(1),
        Self::TailMean(5),
        Self::ValueAtRisk(5),
        Self::ValueAtRisk(1),
        Self::ExpectedShortfall(5),
        Self::ExpectedShortfall(1),
    ];
    /// What is asked of a difference besides.
    pub const CHANCES: [Self; 3] = [Self::Win, Self::Tie, Self::Lose];

    /// Its name in outputs; a loss carries the level that it is not exceeded with.
    pub fn name(self) -> String {
        let share = |percent: u32| f64::from(percent) / 100.0;
        match self {
            Self::Mean => "mean".into(),
            Self::Sd => "sd".into(),
            Self::Quantile(p) => format!("quantile_{}", share(p)),
            Self::TailMean(p) => format!("tail_mean_{}", share(p)),
            Self::ValueAtRisk(p) => format!("value_at_risk_{}", share(100 - p)),
            Self::ExpectedShortfall(p) => format!("expected_shortfall_{}", share(100 - p)),
            Self::Win => "probability_win".into(),
            Self::Tie => "probability_tie".into(),
            Self::Lose => "probability_lose".into(),
        }
    }
    /// Whether its value is a probability, whatever the unit of the outcome.
    pub fn is_probability(self) -> bool {
        Self::CHANCES.contains(&self)
    }
    /// The per cent whose rank it needs.
    pub(super) fn percent(self) -> Option<u32> {
        match self {
            Self::Quantile(p) | Self::TailMean(p) => Some(p),
            Self::ValueAtRisk(p) | Self::ExpectedShortfall(p) => Some(p),
            _ => None,
        }
    }
}

/// The per cents of a set of measures, ascending, each once.
pub(super) fn percents(measures: &[Measure]) -> Vec<u32> {
    let mut percents: Vec<u32> = measures.iter().filter_map(|m| m.percent()).collect();
    percents.sort_unstable();
    percents.dedup();
    percents
}

/// The values of measures on one section.
pub(super) fn values(
    section: &mut Section,
    centre: f64,
    measures: &[Measure],
    reference: f64,
) -> Result<Vec<f64>, Miss> {
    let percents = percents(measures);
    let count = section.count();
    let ranks: Vec<u64> = percents.iter().map(|percent| rank(*percent, count)).collect();
    let ranked = section.ranked(&ranks)?;
    let at = |percent: u32| percents.partition_point(|p| *p < percent);
    let quantile = |percent: u32| ranked[at(percent)].value;
    let tail_mean = |percent: u32| {
        let index = at(percent);
        ranked[index].tail_sum.divided_by(ranks[index] as f64).value()
    };
    let [lose, tie, win] = section.sign_shares();
    Ok(measures
        .iter()
        .map(|measure| match *measure {
            Measure::Mean => section.mean(),
            Measure::Sd => section.sd(centre),
            Measure::Quantile(p) => quantile(p),
            Measure::TailMean(p) => tail_mean(p),
            Measure::ValueAtRisk(p) => reference - quantile(p),
            Measure::ExpectedShortfall(p) => reference - tail_mean(p),
            Measure::Win => win,
            Measure::Tie => tie,
            Measure::Lose => lose,
        })
        .collect())
}
