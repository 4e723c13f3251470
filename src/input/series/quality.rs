//! The data doctor: what an analyst should know of a series before trusting it.
//!
//! In: a series and the as-of date. Out: counts, days and sentences; nothing is changed. Not here:
//! how they look.

use super::account::Reason;
use super::comparison::{Comparison, said_of};
use super::unit::short;
use super::{Series, median_of_sorted};
use crate::tile::math;
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
            all[0].findings.extend(said_of(&comparison));
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
                "{} {} of the column beside, set aside: {}",
                lines.len(),
                if lines.len() == 1 { "row with cells" } else { "rows with cells" },
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
            let factor = short(factor);
            found.push(format!("the level changes by a factor of {factor} on {day}"));
        }
        if quality.step_days > 27.0 && self.days.iter().all(|day| day.day() == 1) {
            found.push("all values stand at the first of a month: there is no month-end".into());
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

    /// Days whose value is far from those before and from those after, on the scale of the usual
    /// change; at an end of the series, where it may grow, from its neighbour.
    fn outliers(&self) -> Vec<Date> {
        let far = (OUTLIER_SDS * self.usual_change()).max(OUTLIER_LOG_MIN);
        let median = |values: &[f64]| {
            let mut values = values.to_vec();
            values.sort_by(f64::total_cmp);
            median_of_sorted(&values)
        };
        let is_far = |at: usize| {
            let before = &self.values[at.saturating_sub(AROUND)..at];
            let after = &self.values[at + 1..(at + 1 + AROUND).min(self.values.len())];
            let sides = match (before, after) {
                ([], []) => return false,
                ([], [next, ..]) => [*next, *next],
                ([.., last], []) => [*last, *last],
                (before, after) => [median(before), median(after)],
            };
            let value = self.values[at];
            if value <= 0.0 || sides.iter().any(|side| *side <= 0.0) {
                return false;
            }
            // A series that grows is above what was before and below what comes after.
            let [before, after] = sides.map(|side| math::ln(value / side));
            (before > far && after > far) || (before < -far && after < -far)
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
}

/// The first days of a list, and the last where there are more.
pub(crate) fn list(days: &[Date]) -> String {
    let shown: Vec<String> = days.iter().take(DAYS_SHOWN).map(Date::to_string).collect();
    match days.len() {
        0..=DAYS_SHOWN => shown.join(", "),
        all if all == DAYS_SHOWN + 1 => format!("{}, {}", shown.join(", "), days[DAYS_SHOWN]),
        _ => format!("{}, … {}", shown.join(", "), days[days.len() - 1]),
    }
}
