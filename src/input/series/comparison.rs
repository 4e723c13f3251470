//! Two files of one quantity, each held against the other.
//!
//! In: two series. Out: a shift of their stamps, the ratio of their levels, the days on which they
//! differ. Not here: which of them is right.

use super::quality::list;
use super::{Series, median_of_sorted};
use crate::tile::math;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Serialize, Serializer};

/// Difference of two files of one quantity that is told: 20 %.
const DIFFERENCE_MIN: f64 = 0.2;
/// Difference of the levels of two files that is told.
const LEVEL_MIN: f64 = 0.02;
/// Fewest common changes that a shift can be seen in.
const CHANGES_MIN: usize = 30;
/// Correlation that a shift must reach.
const SHIFTED_CORRELATION_MIN: f64 = 0.6;
/// Gain of correlation that a shift must bring.
const SHIFT_GAIN_MIN: f64 = 0.1;

/// A series beside another file of the same quantity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The other file.
    pub file: String,
    /// Days that both have, after the shift.
    pub common: usize,
    /// Days by which the other file's stamps come later; 0 if none is seen.
    pub shift_days: i32,
    /// Correlation of the log changes with the other's a day earlier, on the day, a day later;
    /// `None` where too few changes are common.
    pub correlations: [Option<f64>; 3],
    /// Median of the other's value over this one's, after the shift; `None` without a common day.
    pub ratio: Option<f64>,
    /// Days on which they differ by more than 20 %, after the shift.
    #[serde(serialize_with = "as_texts")]
    pub differing: Vec<Date>,
}

fn as_texts<S: Serializer>(days: &[Date], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(days.iter().map(Date::to_string))
}

impl Series {
    /// The value of a day.
    fn on(&self, day: Date) -> Option<f64> {
        self.days.binary_search(&day).ok().map(|index| self.values[index])
    }

    /// This series beside another of the same quantity.
    pub(crate) fn compared_with(&self, other: &Self) -> Comparison {
        let (sparse, is_own) = match self.step_days() >= other.step_days() {
            true => (self, true),
            false => (other, false),
        };
        let dense = if is_own { other } else { self };
        let correlation =
            |shift: i32| correlation(sparse, dense, if is_own { shift } else { -shift });
        let correlations = [-1, 0, 1].map(correlation);
        let at = |index: usize| correlations[index].unwrap_or(-1.0);
        let best = (0..3).max_by(|a, b| at(*a).total_cmp(&at(*b))).unwrap_or(1);
        let is_seen = at(best) > SHIFTED_CORRELATION_MIN && at(best) > at(1) + SHIFT_GAIN_MIN;
        let shift_days = if is_seen { best as i32 - 1 } else { 0 };
        let mut ratios: Vec<(Date, f64)> = Vec::new();
        for (day, value) in self.days.iter().zip(&self.values) {
            if let Some(theirs) = other.on(day.saturating_add(shift_days.days())) {
                ratios.push((*day, theirs / value));
            }
        }
        let mut sorted: Vec<f64> = ratios.iter().map(|(_, ratio)| *ratio).collect();
        sorted.sort_by(f64::total_cmp);
        let differs = |ratio: f64| (ratio - 1.0).abs() > DIFFERENCE_MIN;
        let differing = ratios.iter().filter(|(_, ratio)| differs(*ratio)).map(|(day, _)| *day);
        Comparison {
            file: other.file.file.clone(),
            common: ratios.len(),
            shift_days,
            correlations,
            ratio: (!sorted.is_empty()).then(|| median_of_sorted(&sorted)),
            differing: differing.collect(),
        }
    }
}

/// Correlation of the log changes of `sparse` with those of `dense` between the same days, moved
/// by `shift` days.
fn correlation(sparse: &Series, dense: &Series, shift: i32) -> Option<f64> {
    let moved = |day: Date| dense.on(day.saturating_add(shift.days()));
    let mut pairs = Vec::new();
    for (days, values) in sparse.days.windows(2).zip(sparse.values.windows(2)) {
        if let (Some(from), Some(to)) = (moved(days[0]), moved(days[1]))
            && [from, to, values[0], values[1]].iter().all(|value| *value > 0.0)
        {
            pairs.push((math::ln(values[1] / values[0]), math::ln(to / from)));
        }
    }
    if pairs.len() < CHANGES_MIN {
        return None;
    }
    let count = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (a, b) in &pairs {
        xx += (a - x) * (a - x);
        yy += (b - y) * (b - y);
        xy += (a - x) * (b - y);
    }
    (xx > 0.0 && yy > 0.0).then(|| xy / (xx * yy).sqrt())
}

/// What a comparison is worth saying.
pub(crate) fn said_of(comparison: &Comparison) -> Vec<String> {
    let file = &comparison.file;
    let mut said = Vec::new();
    let Some(ratio) = comparison.ratio else {
        return vec![format!("no day in common with {file}")];
    };
    if comparison.shift_days != 0 {
        let late = if comparison.shift_days > 0 { "later" } else { "earlier" };
        said.push(format!("{file} stamps its values a day {late}"));
    }
    if (ratio - 1.0).abs() > LEVEL_MIN {
        let days = comparison.common;
        said.push(format!("{file} is {ratio:.3} times this one (median of {days} days)"));
    }
    if !comparison.differing.is_empty() {
        said.push(format!(
            "{} days differ by more than {:.0} % from {file}: {}",
            comparison.differing.len(),
            100.0 * DIFFERENCE_MIN,
            list(&comparison.differing)
        ));
    }
    said
}
