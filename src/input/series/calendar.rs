//! A series by the months and the difficulty epochs that fits are made on.
//!
//! In: a series of any step. Out: month-end values, month means, epochs; or why it holds none. Not
//! here: which fit sees which.

use super::Series;
use crate::error::{Place, Problem, Problems};
use crate::input::period::YearMonth;
use jiff::ToSpan;
use jiff::civil::Date;

/// Days by which the last value of a month may precede its end.
const MONTH_END_DAYS: i32 = 4;
/// Part of a month's values that a mean of the month needs.
const MONTH_SHARE_MIN: f64 = 0.8;
/// Step from which on each row of difficulty is an epoch.
const EPOCH_STEP_DAYS_MIN: f64 = 7.0;
/// Step above which rows of difficulty are means of longer times.
const EPOCH_STEP_DAYS_MAX: f64 = 21.0;
/// Days that an epoch holds its difficulty at least: no retarget comes sooner.
const EPOCH_DAYS_MIN: i32 = 3;

impl Series {
    /// Median days from one value to the next; 0 for a single value.
    pub fn step_days(&self) -> f64 {
        let mut steps: Vec<f64> =
            self.days.windows(2).map(|pair| f64::from((pair[1] - pair[0]).get_days())).collect();
        steps.sort_by(f64::total_cmp);
        if steps.is_empty() { 0.0 } else { super::median_of_sorted(&steps) }
    }

    /// The last value of each month from `from` on, where it stands within 4 days of the month's
    /// end.
    ///
    /// # Errors
    /// A month in between without such a value.
    pub fn month_ends(&self, from: YearMonth) -> Result<Vec<(YearMonth, f64)>, Problems> {
        let ends: Vec<(YearMonth, f64)> = month_ends(&self.days)
            .filter(|(month, _)| *month >= from)
            .map(|(month, index)| (month, self.values[index]))
            .collect();
        let gap = ends.windows(2).find(|pair| pair[1].0.months_since(pair[0].0) > 1);
        match gap {
            None => Ok(ends),
            Some(pair) => Err(Problem::new(format!(
                "no {} at the end of a month between {} and {}",
                self.account.noun, pair[0].0, pair[1].0
            ))
            .at(Place::file(&self.account.file))
            .expected(format!("a value in the last {MONTH_END_DAYS} days of every month"))
            .help("fill in the days, or let calibration_from begin after the gap")
            .into()),
        }
    }

    /// The mean of each month of which at least 80 % of the values are there; a month of another
    /// series has its one value.
    pub fn month_means(&self) -> Vec<(YearMonth, f64)> {
        let step = self.step_days().max(1.0);
        let mut sums: Vec<(YearMonth, f64, usize)> = Vec::new();
        for (day, value) in self.days.iter().zip(&self.values) {
            let month = YearMonth::containing(*day);
            match sums.last_mut() {
                Some((last, sum, count)) if *last == month => {
                    *sum += value;
                    *count += 1;
                }
                _ => sums.push((month, *value, 1)),
            }
        }
        let is_whole = |month: YearMonth, count: usize| {
            let days = f64::from(month.last_day().day());
            count as f64 >= (MONTH_SHARE_MIN * days / step).floor().max(1.0)
        };
        sums.into_iter()
            .filter(|(month, _, count)| is_whole(*month, *count))
            .map(|(month, sum, count)| (month, sum / count as f64))
            .collect()
    }

    /// First day and difficulty of each difficulty epoch; successive epochs of equal difficulty
    /// are one.
    ///
    /// Of a daily series an epoch is a value that stands for three days at least; the day of a
    /// retarget, which holds a blend of two, is the first day of the later one.
    ///
    /// # Errors
    /// A series whose step is too long to show epochs.
    pub fn epochs(&self) -> Result<Vec<(Date, f64)>, Problems> {
        let step = self.step_days();
        if step > EPOCH_STEP_DAYS_MAX {
            return Err(Problem::new("difficulty does not come by epochs")
                .at(Place::file(&self.account.file))
                .found(format!("a value every {step} days"))
                .expected("a value a day, or one for each epoch of 2016 blocks")
                .into());
        }
        let pairs = self.days.iter().copied().zip(self.values.iter().copied());
        let mut runs: Vec<(Date, Date, f64)> = Vec::new();
        for (day, value) in pairs {
            match runs.last_mut() {
                Some((_, last, held)) if is_same(*held, value) => *last = day,
                _ => runs.push((day, day, value)),
            }
        }
        if step >= EPOCH_STEP_DAYS_MIN {
            return Ok(runs.into_iter().map(|(first, _, value)| (first, value)).collect());
        }
        let mut epochs: Vec<(Date, f64)> = Vec::new();
        let mut blend: Option<Date> = None;
        for (first, last, value) in runs {
            if (last - first).get_days() + 1 < EPOCH_DAYS_MIN {
                blend = blend.or(Some(first));
                continue;
            }
            let start = blend.take().unwrap_or(first);
            if epochs.last().is_none_or(|(_, held)| !is_same(*held, value)) {
                epochs.push((start, value));
            }
        }
        Ok(epochs)
    }
}

/// Months with a day within four of their end, and the position of the last such day.
pub(crate) fn month_ends(days: &[Date]) -> impl Iterator<Item = (YearMonth, usize)> {
    let end = |(index, day): (usize, &Date)| {
        let month = YearMonth::containing(*day);
        let next = days.get(index + 1);
        let is_last = next.is_none_or(|next| YearMonth::containing(*next) != month);
        let is_near = day.saturating_add(MONTH_END_DAYS.days()) >= month.last_day();
        (is_last && is_near).then_some((month, index))
    };
    days.iter().enumerate().filter_map(end)
}

/// Whether two difficulties are one, up to how vendors average and round: the smallest retarget
/// of the past was 5e-4.
fn is_same(difficulty: f64, other: f64) -> bool {
    (difficulty - other).abs() < 1e-9 * other
}

#[cfg(test)]
mod tests {
    use super::super::{Account, SeriesFile};
    use super::*;
    use jiff::civil::date;

    fn series(days: Vec<Date>, values: Vec<f64>) -> Series {
        let account = Account::empty("difficulty");
        Series { days, values, account, file: SeriesFile::default(), others: Vec::new() }
    }

    fn daily(from: Date, values: &[f64]) -> Series {
        let day = |k: usize| from.saturating_add((k as i64).days());
        series((0..values.len()).map(day).collect(), values.to_vec())
    }

    #[test]
    fn month_ends_allow_for_a_step_and_tell_a_gap() {
        let days = vec![date(2020, 1, 30), date(2020, 2, 2), date(2020, 2, 27), date(2020, 3, 1)];
        let from = YearMonth::new(2020, 1).unwrap();
        let ends = series(days.clone(), vec![1.0, 2.0, 3.0, 4.0]).month_ends(from).unwrap();
        let months: Vec<String> = ends.iter().map(|(month, _)| month.to_string()).collect();
        assert_eq!(months, ["2020-01", "2020-02"]);
        assert_eq!(ends[1].1, 3.0);
        let gap = series(vec![days[0], date(2020, 3, 31)], vec![1.0, 2.0]);
        assert!(
            gap.month_ends(from).unwrap_err().0[0].what.contains("between 2020-01 and 2020-03")
        );
        let later = YearMonth::new(2020, 2).unwrap();
        assert_eq!(gap.month_ends(later).unwrap().len(), 1);
    }

    #[test]
    fn a_month_of_which_too_little_is_there_has_no_mean() {
        let values: Vec<f64> = (0..40).map(f64::from).collect();
        let means = daily(date(2020, 1, 1), &values).month_means();
        assert_eq!(means, [(YearMonth::new(2020, 1).unwrap(), 15.0)]);
    }

    #[test]
    fn a_blend_begins_the_later_epoch() {
        let values = [5.0, 5.0, 5.0, 6.2, 7.0, 7.0, 7.0, 7.0, 7.5, 8.0, 8.0];
        let epochs = daily(date(2020, 1, 1), &values).epochs().unwrap();
        // The last two days are no epoch yet.
        assert_eq!(epochs, [(date(2020, 1, 1), 5.0), (date(2020, 1, 4), 7.0)]);
        let by_epoch = series(vec![date(2020, 1, 1), date(2020, 1, 15)], vec![5.0, 7.0]);
        assert_eq!(by_epoch.epochs().unwrap().len(), 2);
        let monthly = series(vec![date(2020, 1, 31), date(2020, 2, 29)], vec![5.0, 7.0]);
        assert!(monthly.epochs().is_err());
    }
}
