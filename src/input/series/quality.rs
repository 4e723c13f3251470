//! The data doctor: what an analyst should know of a series before trusting it.
//!
//! In: a series and the as-of date. Out: counts, days and sentences; nothing is changed. Not here:
//! how they look.

use super::account::Reason;
use super::{Series, median_of_sorted};
use crate::tile::math;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use serde::Serialize;

/// A step longer than this many usual ones is a gap.
const GAP_STEPS: f64 = 1.5;
/// Longest step of a series of working days: a weekend with a holiday on each side.
const WORKING_DAYS_STEP_MAX: f64 = 5.0;
/// Successive equal values from which on a series is called stale.
const STALE_ROWS_MIN: usize = 5;
/// Robust standard deviations of the usual log change from which on a value is far from others.
const OUTLIER_SDS: f64 = 10.0;
/// Smallest log distance of an outlier: 1.5 times, or two thirds.
const OUTLIER_LOG_MIN: f64 = 0.405;
/// Values before and after that one is held against.
const AROUND: usize = 7;
/// Smallest log change of level that is told: a factor of 5.
const LEVEL_LOG_MIN: f64 = 1.609;
/// Values before and after a change of level that show that it lasts.
const STEP_SIDE: usize = 3;
/// Difference of two files of one quantity that is told: 20 %.
const DIFFERENCE_MIN: f64 = 0.2;
/// Difference of the levels of two files that is told.
const LEVEL_MIN: f64 = 0.02;
/// Last volume, of the usual, below which the last day is called partial.
const PARTIAL_VOLUME_MAX: f64 = 0.5;
/// Last hashrate, of the usual, below which the last day is called partial: five standard deviations
/// of the luck of 144 blocks.
const PARTIAL_HASHRATE_MAX: f64 = 0.6;
/// Days that the last hashrate is held against.
const HASHRATE_DAYS: usize = 14;
/// Age of the last value, in usual steps, from which on it is told.
const STALE_END_STEPS: f64 = 3.0;
/// Days shown of a list.
const DAYS_SHOWN: usize = 3;
/// Fewest common changes that a shift can be seen in.
const CHANGES_MIN: usize = 30;
/// Correlation that a shift must reach.
const SHIFTED_CORRELATION_MIN: f64 = 0.6;
/// Gain of correlation that a shift must bring.
const SHIFT_GAIN_MIN: f64 = 0.1;

/// What is to be known of a series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quality {
    /// Key of the quantity.
    pub quantity: String,
    /// The file.
    pub file: String,
    /// Rows of the file.
    pub rows_read: usize,
    /// Rows that are values of the series.
    pub rows_used: usize,
    /// First day.
    #[serde(serialize_with = "as_text")]
    pub first: Date,
    /// Last day.
    #[serde(serialize_with = "as_text")]
    pub last: Date,
    /// Median days between two values.
    pub step_days: f64,
    /// Unit of the file.
    pub unit: String,
    /// Steps longer than one and a half usual ones.
    pub gaps: usize,
    /// The longest step, days.
    pub longest_step_days: i32,
    /// The day before the longest step.
    #[serde(serialize_with = "as_text")]
    pub longest_step_from: Date,
    /// Rows that repeat another.
    pub rows_repeated: usize,
    /// Rows in no order.
    pub rows_out_of_order: usize,
    /// Rows without a value.
    pub rows_without_value: usize,
    /// Rows of zero, where 0 is no value.
    pub rows_zero: usize,
    /// Values below 0.
    pub negative: usize,
    /// Rows with cells of the column beside.
    pub rows_shifted: usize,
    /// Values far from those around.
    pub outliers: usize,
    /// Longest run of equal values.
    pub longest_equal_run: usize,
    /// Days from the last value to the as-of date.
    pub age_days: i32,
    /// Volume of the last day over the usual one; none without volumes.
    pub last_volume_share: Option<f64>,
    /// How it compares with other files of the same quantity.
    pub comparisons: Vec<Comparison>,
    /// What should be looked at, in sentences.
    pub findings: Vec<String>,
}

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
    pub differing: usize,
}

fn as_text<T: std::fmt::Display, S: serde::Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

impl Series {
    /// What is to be known of this series, and of the others of its quantity, each held against
    /// this one.
    pub fn quality(&self, as_of: Date) -> Vec<Quality> {
        let mut all = vec![self.own_quality(as_of)];
        for other in &self.others {
            let mut quality = other.own_quality(as_of);
            let comparison = self.compared_with(other);
            all[0].findings.extend(said_of(self, other, &comparison));
            all[0].comparisons.push(comparison);
            let reverse = other.compared_with(self);
            quality.comparisons.push(reverse);
            all.push(quality);
        }
        all
    }

    fn own_quality(&self, as_of: Date) -> Quality {
        let account = &self.account;
        let step = self.step_days();
        let steps: Vec<(Date, i32)> =
            self.days.windows(2).map(|p| (p[0], (p[1] - p[0]).get_days())).collect();
        let longest = steps.iter().copied().max_by_key(|(_, days)| *days);
        let longest = longest.unwrap_or((self.days[0], 0));
        // Months and quarters are not of one length.
        let longest_usual = match step {
            step if step > 27.0 => 1.2 * step,
            _ if self.rests_at_weekends() => WORKING_DAYS_STEP_MAX,
            step => GAP_STEPS * step,
        };
        let gaps = steps.iter().filter(|(_, days)| f64::from(*days) > longest_usual).count();
        let outliers = self.outliers();
        let (run_from, run) = self.longest_equal_run();
        let last = self.days[self.days.len() - 1];
        let mut quality = Quality {
            quantity: account.quantity.clone(),
            file: self.file.file.clone(),
            rows_read: account.rows_read,
            rows_used: account.rows_used,
            first: self.days[0],
            last,
            step_days: step,
            unit: account.unit.clone(),
            gaps,
            longest_step_days: longest.1,
            longest_step_from: longest.0,
            rows_repeated: account.count(Reason::Repeated),
            rows_out_of_order: account.rows_out_of_order,
            rows_without_value: account.count(Reason::NoValue) + account.count(Reason::Blank),
            rows_zero: account.count(Reason::Zero),
            negative: self.values.iter().filter(|value| **value < 0.0).count(),
            rows_shifted: account.count(Reason::Shifted),
            outliers: outliers.len(),
            longest_equal_run: run,
            age_days: (as_of - last).get_days(),
            last_volume_share: account.last_volume_share,
            comparisons: Vec::new(),
            findings: Vec::new(),
        };
        quality.findings = self.findings(&quality, &outliers, run_from);
        quality
    }

    fn findings(&self, quality: &Quality, outliers: &[Date], run_from: Date) -> Vec<String> {
        let mut found = Vec::new();
        if quality.gaps > 0 {
            let gaps = if quality.gaps == 1 { "gap" } else { "gaps" };
            found.push(format!(
                "{} {gaps}, the longest of {} days after {}",
                quality.gaps, quality.longest_step_days, quality.longest_step_from
            ));
        }
        if quality.step_days > 1.0 && quality.step_days < 7.0 {
            found.push(format!("sampled: a value every {} days", quality.step_days));
        }
        if let Some(shifted) = self.account.set_aside.iter().find(|s| s.reason == Reason::Shifted) {
            let lines: Vec<String> = shifted.lines.iter().map(u64::to_string).collect();
            found.push(format!(
                "{} rows hold cells of the column beside and are set aside: lines {}",
                lines.len(),
                lines.join(", ")
            ));
        }
        let counts = [
            (quality.rows_repeated, "repeated"),
            (quality.rows_out_of_order, "out of order"),
            (quality.rows_without_value, "without a value"),
            (quality.rows_zero, "of zero"),
        ];
        for (count, what) in counts.into_iter().filter(|(count, _)| *count > 0) {
            found.push(format!("{count} {} {what}", if count == 1 { "row" } else { "rows" }));
        }
        if !outliers.is_empty() {
            let values = if outliers.len() == 1 { "value is" } else { "values are" };
            let count = outliers.len();
            found.push(format!("{count} {values} far from those around: {}", list(outliers)));
        }
        if let Some((factor, day)) = self.largest_step() {
            found.push(format!("the level changes by a factor of {factor:.3e} on {day}"));
        }
        let holds_long = self.account.quantity == "difficulty";
        if quality.longest_equal_run >= STALE_ROWS_MIN && !holds_long {
            found.push(format!(
                "stale: {} equal values in a row from {run_from} on",
                quality.longest_equal_run
            ));
        }
        if let Some(share) = quality.last_volume_share.filter(|s| *s < PARTIAL_VOLUME_MAX) {
            found.push(format!(
                "the last day, {}, seems partial: {:.0} % of the usual volume",
                quality.last,
                100.0 * share
            ));
        }
        if let Some(share) = self.last_hashrate_share().filter(|s| *s < PARTIAL_HASHRATE_MAX) {
            found.push(format!(
                "the last day, {}, seems partial: {:.0} % of the usual hashrate",
                quality.last,
                100.0 * share
            ));
        }
        if f64::from(quality.age_days) > STALE_END_STEPS * quality.step_days.max(1.0) {
            found.push(format!(
                "the last value, of {}, is {} days old on the as-of date",
                quality.last, quality.age_days
            ));
        }
        if quality.negative > 0 {
            found.push(format!("{} values below 0", quality.negative));
        }
        found
    }

    /// The last hashrate over the median of the values before; of a daily series.
    fn last_hashrate_share(&self) -> Option<f64> {
        let (last, earlier) = self.values.split_last()?;
        let mut before: Vec<f64> = earlier.iter().rev().take(HASHRATE_DAYS).copied().collect();
        before.sort_by(f64::total_cmp);
        let is_daily = self.account.quantity == "hashrate" && self.step_days() == 1.0;
        (is_daily && before.len() == HASHRATE_DAYS).then(|| last / median_of_sorted(&before))
    }

    /// Days whose value is far from those around, on the scale of the usual change.
    fn outliers(&self) -> Vec<Date> {
        let usual = self.usual_change();
        let far = (OUTLIER_SDS * usual).max(OUTLIER_LOG_MIN);
        let is_far = |at: usize| {
            let from = at.saturating_sub(AROUND);
            let to = (at + AROUND + 1).min(self.values.len());
            let mut around: Vec<f64> = self.values[from..to].to_vec();
            around.sort_by(f64::total_cmp);
            let (value, median) = (self.values[at], median_of_sorted(&around));
            around.len() > 2 && value > 0.0 && median > 0.0 && math::ln(value / median).abs() > far
        };
        (0..self.values.len()).filter(|at| is_far(*at)).map(|at| self.days[at]).collect()
    }

    /// The largest change of level that lasts, as a factor, and the day of it.
    fn largest_step(&self) -> Option<(f64, Date)> {
        let side = |from: usize, to: usize| {
            let mut values: Vec<f64> = self.values[from..to].to_vec();
            values.sort_by(f64::total_cmp);
            median_of_sorted(&values)
        };
        let usual = self.usual_change();
        let far = (OUTLIER_SDS * usual).max(LEVEL_LOG_MIN);
        let step = |at: usize| {
            let (before, after) = (side(at - STEP_SIDE, at), side(at, at + STEP_SIDE));
            let one = math::ln((self.values[at] / self.values[at - 1]).max(f64::MIN_POSITIVE));
            let is_step = before > 0.0 && after > 0.0 && self.values[at - 1] > 0.0;
            let lasts = is_step && math::ln(after / before).abs() > far && one.abs() > far;
            lasts.then(|| (after / before, self.days[at]))
        };
        let steps = STEP_SIDE..(self.values.len() + 1).saturating_sub(STEP_SIDE);
        let size = |step: &(f64, Date)| math::ln(step.0).abs();
        steps.filter_map(step).max_by(|a, b| size(a).total_cmp(&size(b)))
    }

    /// Robust standard deviation of the log change from one value to the next; 0 of few values.
    fn usual_change(&self) -> f64 {
        let positive = |pair: &&[f64]| pair[0] > 0.0 && pair[1] > 0.0;
        let pairs = self.values.windows(2).filter(positive);
        let mut sizes: Vec<f64> = pairs.map(|pair| math::ln(pair[1] / pair[0]).abs()).collect();
        sizes.sort_by(f64::total_cmp);
        // The median size of a normal change is 0.6745 of its standard deviation.
        if sizes.is_empty() { 0.0 } else { median_of_sorted(&sizes) / 0.6745 }
    }

    /// Whether the series is one of working days.
    fn rests_at_weekends(&self) -> bool {
        let is_weekend = |day: &Date| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        self.days.len() > 5 && !self.days.iter().any(is_weekend)
    }

    /// First day and length of the longest run of equal values, zeros not counted.
    fn longest_equal_run(&self) -> (Date, usize) {
        let mut longest = (self.days[0], 1);
        let mut start = 0;
        for index in 1..self.values.len() {
            if self.values[index] != self.values[start] {
                start = index;
            }
            if self.values[start] != 0.0 && index - start + 1 > longest.1 {
                longest = (self.days[start], index - start + 1);
            }
        }
        longest
    }

    /// The value of a day.
    fn on(&self, day: Date) -> Option<f64> {
        self.days.binary_search(&day).ok().map(|index| self.values[index])
    }

    /// This series beside another of the same quantity.
    fn compared_with(&self, other: &Self) -> Comparison {
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
        Comparison {
            file: other.file.file.clone(),
            common: ratios.len(),
            shift_days,
            correlations,
            ratio: (!sorted.is_empty()).then(|| median_of_sorted(&sorted)),
            differing: sorted.iter().filter(|ratio| differs(**ratio)).count(),
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
fn said_of(own: &Series, other: &Series, comparison: &Comparison) -> Vec<String> {
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
    if comparison.differing > 0 {
        let shift = comparison.shift_days.days();
        let differing: Vec<Date> = own
            .days
            .iter()
            .zip(&own.values)
            .filter(|(day, value)| {
                let theirs = other.on(day.saturating_add(shift));
                theirs.is_some_and(|theirs| (theirs / **value - 1.0).abs() > DIFFERENCE_MIN)
            })
            .map(|(day, _)| *day)
            .collect();
        said.push(format!(
            "{} days differ by more than {:.0} % from {file}: {}",
            comparison.differing,
            100.0 * DIFFERENCE_MIN,
            list(&differing)
        ));
    }
    said
}

/// The first days of a list, and the last where there are more.
fn list(days: &[Date]) -> String {
    let shown: Vec<String> = days.iter().take(DAYS_SHOWN).map(Date::to_string).collect();
    match days.len() {
        0..=DAYS_SHOWN => shown.join(", "),
        _ => format!("{}, … {}", shown.join(", "), days[days.len() - 1]),
    }
}
