//! The calendar of a run: one day a step, from the as-of date to the end of the target year.
//!
//! In: an as-of date and a target year. Out: the steps with their dates, the months of the target
//! year as ranges of steps. Not here: what happens on a day.

use jiff::{ToSpan, civil::Date};
use std::ops::Range;

/// Days in the model's year; volatilities and drifts are per year of this many days.
pub const DAYS_PER_YEAR: f64 = 365.0;

/// The steps of a simulation: step 0 is the close of the as-of date, step `k` the close `k` days on.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeGrid {
    as_of: Date,
    target_year: i16,
    target: Range<usize>,
}

impl TimeGrid {
    /// A grid from `as_of` to 31 December of `target_year`.
    ///
    /// # Errors
    /// The as-of date must lie before the target year, by at most `YEARS_AHEAD_MAX` years.
    pub fn new(as_of: Date, target_year: i16) -> Result<Self, String> {
        if as_of.year() >= target_year {
            return Err(format!(
                "the as-of date {as_of} is not before the target year {target_year}"
            ));
        }
        if target_year - as_of.year() > YEARS_AHEAD_MAX {
            return Err(format!(
                "the target year {target_year} is more than {YEARS_AHEAD_MAX} years after {as_of}"
            ));
        }
        let first = jiff::civil::date(target_year, 1, 1);
        let last = jiff::civil::date(target_year, 12, 31);
        let target = days_between(as_of, first)..days_between(as_of, last) + 1;
        Ok(Self { as_of, target_year, target })
    }
    /// The date whose close is step 0.
    pub fn as_of(&self) -> Date {
        self.as_of
    }
    /// The year whose money is counted.
    pub fn target_year(&self) -> i16 {
        self.target_year
    }
    /// Steps including step 0.
    pub fn steps(&self) -> usize {
        self.target.end
    }
    /// Length of one step, years.
    pub fn dt_years(&self) -> f64 {
        1.0 / DAYS_PER_YEAR
    }
    /// The steps that are days of the target year.
    pub fn target(&self) -> Range<usize> {
        self.target.clone()
    }
    /// The date of a step.
    pub fn date(&self, step: usize) -> Date {
        self.as_of.saturating_add((step as i64).days())
    }
    /// The steps of each month of the target year, in order: 12 ranges that join without a gap.
    pub fn months(&self) -> Vec<Range<usize>> {
        (1..=12)
            .map(|month| {
                let first = jiff::civil::date(self.target_year, month, 1);
                let start = days_between(self.as_of, first);
                start..start + usize::try_from(first.days_in_month()).unwrap_or(0)
            })
            .collect()
    }
    /// The steps of each month from the day after the as-of date to the end of the target year: they
    /// join without a gap, and the last 12 are [`TimeGrid::months`].
    pub fn months_from_start(&self) -> Vec<Range<usize>> {
        let mut months = Vec::new();
        let mut start = 1;
        while start < self.target.start {
            let end = days_between(self.as_of, self.date(start).last_of_month()) + 1;
            months.push(start..end);
            start = end;
        }
        months.extend(self.months());
        months
    }
    /// Steps from the as-of date to `date`; negative before it.
    pub fn step_of(&self, date: Date) -> i64 {
        (date - self.as_of).get_days().into()
    }
}

/// The farthest target year, so that a mistyped year cannot ask for a thousand years of days.
pub const YEARS_AHEAD_MAX: i16 = 10;

fn days_between(from: Date, to: Date) -> usize {
    usize::try_from((to - from).get_days()).expect("`to` is not before `from` by construction")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_default_grid_has_the_days_of_2027() {
        let grid = TimeGrid::new(date(2026, 7, 31), 2027).unwrap();
        assert_eq!(grid.steps(), 154 + 365);
        assert_eq!(grid.date(grid.target().start), date(2027, 1, 1));
        assert_eq!(grid.date(grid.target().end - 1), date(2027, 12, 31));
        let months = grid.months();
        assert_eq!(months.len(), 12);
        assert_eq!(months[0].start, grid.target().start);
        assert_eq!(months[11].end, grid.target().end);
        for pair in months.windows(2) {
            assert_eq!(pair[0].end, pair[1].start);
        }
    }

    #[test]
    fn months_from_the_start_join_whatever_the_day() {
        for (as_of, first) in [
            (date(2026, 7, 31), 1..32),
            (date(2026, 7, 15), 1..17),
            (date(2026, 12, 30), 1..2),
            (date(2026, 12, 31), 1..32),
        ] {
            let grid = TimeGrid::new(as_of, 2027).unwrap();
            let months = grid.months_from_start();
            assert_eq!(months[0], first, "{as_of}");
            assert_eq!(months.last().unwrap().end, grid.steps());
            assert!(months.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert_eq!(months[months.len() - 12..], grid.months());
        }
    }

    #[test]
    fn a_leap_year_has_366_days() {
        assert_eq!(TimeGrid::new(date(2026, 7, 31), 2028).unwrap().target().len(), 366);
    }

    #[test]
    fn the_target_year_lies_after_the_as_of_date() {
        assert!(TimeGrid::new(date(2027, 1, 1), 2027).is_err());
        assert!(TimeGrid::new(date(2026, 7, 31), 3000).is_err());
    }
}
