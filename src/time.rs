//! The calendar of a run: one day a step, from the as-of date to the end of the target year; where a
//! study looks further, one month a step after it.
//!
//! In: an as-of date, a target year, the last year that is looked at. Out: the steps with their dates,
//! the months and years as ranges of steps. Not here: what happens on a day.
//! A month's step stands for its middle: laws go on by half a month to that of the first, by a twelfth
//! of a year to each of the others; its money is that of its days by the calendar.

use jiff::{ToSpan, civil::Date};
use std::ops::Range;

/// Days in the model's year; volatilities and drifts are per year of this many days.
pub const DAYS_PER_YEAR: f64 = 365.0;
/// Months in a year.
pub const MONTHS_PER_YEAR: f64 = 12.0;
/// Hours in a day.
pub const HOURS_PER_DAY: f64 = 24.0;

/// The steps of a simulation: step 0 is the close of the as-of date, step `k` the close `k` days on, to
/// the end of the target year; each step after it is a month.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeGrid {
    as_of: Date,
    target_year: i16,
    target: Range<usize>,
    /// The first day of each month after the target year, then the day after the last one; empty where
    /// there is none. Day `k` is `k` days after the as-of date.
    month_days: Vec<u32>,
}

/// Steps of one length.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The steps: all days, or one month.
    pub steps: Range<usize>,
    /// How far each goes on from the one before it, years.
    pub dt_years: f64,
    /// Days of each.
    pub days: f64,
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
        Ok(Self { as_of, target_year, target, month_days: Vec::new() })
    }
    /// The same with a step for every month after the target year, to the end of `last_year`.
    pub fn with_months_to(self, last_year: i16) -> Self {
        let first = |year, month| jiff::civil::date(year, month, 1);
        let years = self.target_year + 1..=last_year;
        let mut firsts: Vec<Date> =
            years.flat_map(|year| (1..=12).map(move |month| first(year, month))).collect();
        if !firsts.is_empty() {
            firsts.push(first(last_year + 1, 1));
        }
        let month_days = firsts.into_iter().map(|day| days_between(self.as_of, day) as u32);
        Self { month_days: month_days.collect(), ..self }
    }
    /// The same without the months after the target year.
    pub fn to_target(&self) -> Self {
        Self { month_days: Vec::new(), ..self.clone() }
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
        self.target.end + self.months_after()
    }
    /// Those of them that are days: to the end of the target year, step 0 included.
    pub fn days(&self) -> usize {
        self.target.end
    }
    /// Months after the target year.
    pub fn months_after(&self) -> usize {
        self.month_days.len().saturating_sub(1)
    }
    /// Length of a day, years.
    pub fn dt_years(&self) -> f64 {
        1.0 / DAYS_PER_YEAR
    }
    /// The steps after step 0 by their length: the days, then each month.
    pub fn spans(&self) -> Vec<Span> {
        let days = self.days();
        let month = |step| Span {
            steps: step..step + 1,
            dt_years: if step == days { 0.5 * MONTH_YEARS } else { MONTH_YEARS },
            days: f64::from(self.days_of(step)),
        };
        let of_days = Span { steps: 1..days, dt_years: self.dt_years(), days: 1.0 };
        std::iter::once(of_days).chain((days..self.steps()).map(month)).collect()
    }
    /// The first day of a step, counted from the as-of date; of the step after the last one, the day
    /// after the last.
    pub fn first_day(&self, step: usize) -> u32 {
        match step.checked_sub(self.days()) {
            None => step as u32,
            Some(0) => self.days() as u32,
            Some(month) => self.month_days[month],
        }
    }
    /// Days from the as-of date to the beginning of a step, as day k runs from k − 1 to k; of the step after
    /// the last one, to the end.
    pub fn days_before(&self, step: usize) -> f64 {
        f64::from(self.first_day(step)) - 1.0
    }
    /// Days of a step: 1, or those of its month.
    pub fn days_of(&self, step: usize) -> u32 {
        self.first_day(step + 1) - self.first_day(step)
    }
    /// When a step is, days after the close of the as-of date: the close of a day, the middle of a month.
    pub fn time_days(&self, step: usize) -> f64 {
        if step < self.days() {
            return step as f64;
        }
        f64::from(self.first_day(step)) - 1.0 + 0.5 * f64::from(self.days_of(step))
    }
    /// The step that a day falls in; the number of steps where it comes after the last one.
    pub fn step_on(&self, day: u32) -> usize {
        if (day as usize) < self.days() || self.month_days.is_empty() {
            return (day as usize).min(self.days());
        }
        self.days() + self.month_days.partition_point(|first| *first <= day) - 1
    }
    /// The first step that is not before a time, days after the close of the as-of date; the number of
    /// steps where none is.
    pub fn step_from(&self, time_days: f64) -> usize {
        let day = time_days.ceil();
        if day < self.days() as f64 {
            return day as usize;
        }
        let step = self.step_on(day.min(f64::from(u32::MAX)) as u32);
        if step < self.steps() && self.time_days(step) < time_days { step + 1 } else { step }
    }
    /// The step whose first day is nearest to a day.
    pub fn nearest_start(&self, day: u32) -> usize {
        let step = self.step_on(day);
        if step == self.steps() {
            return step;
        }
        let into = day - self.first_day(step);
        if 2 * into > self.days_of(step) { step + 1 } else { step }
    }
    /// The steps that are days of the target year.
    pub fn target(&self) -> Range<usize> {
        self.target.clone()
    }
    /// The date of a step; of a month, its first day.
    pub fn date(&self, step: usize) -> Date {
        self.as_of.saturating_add(i64::from(self.first_day(step)).days())
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
    /// The steps of each year after the target year, in order.
    pub fn years_after(&self) -> Vec<Range<usize>> {
        let months = self.days()..self.steps();
        months.clone().step_by(12).map(|first| first..(first + 12).min(months.end)).collect()
    }
    /// Days from the as-of date to `date`; negative before it.
    pub fn step_of(&self, date: Date) -> i64 {
        (date - self.as_of).get_days().into()
    }
}

/// The parts of some steps that lie in each of several spans, with what belongs to the span; none that is
/// empty.
pub fn within<'a, T>(
    steps: &Range<usize>,
    spans: &'a [(Range<usize>, T)],
) -> impl Iterator<Item = (Range<usize>, &'a T)> {
    let (start, end) = (steps.start, steps.end);
    spans.iter().filter_map(move |(span, of_span)| {
        let part = start.max(span.start)..end.min(span.end);
        (!part.is_empty()).then_some((part, of_span))
    })
}

/// The most years after the target year that can be looked at.
pub const YEARS_AFTER_MAX: i16 = 30;

/// A month of the model's year.
const MONTH_YEARS: f64 = 1.0 / 12.0;

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
    fn months_after_the_target_year_join_the_days() {
        let grid = TimeGrid::new(date(2026, 7, 31), 2027).unwrap();
        let far = grid.clone().with_months_to(2029);
        assert_eq!(far.to_target(), grid);
        assert_eq!((far.days(), far.steps(), far.months_after()), (519, 519 + 24, 24));
        assert_eq!(grid.clone().with_months_to(2027), grid);
        assert_eq!(far.date(518), date(2027, 12, 31));
        assert_eq!((far.date(519), far.date(542)), (date(2028, 1, 1), date(2029, 12, 1)));
        assert_eq!(far.years_after(), [519..531, 531..543]);
        // 2028 is a leap year.
        assert_eq!([519, 520, 521].map(|step| far.days_of(step)), [31, 29, 31]);
        assert_eq!(far.first_day(543), far.step_of(date(2030, 1, 1)) as u32);
        for step in 0..543 {
            assert_eq!(far.step_on(far.first_day(step)), step);
            assert_eq!(far.step_on(far.first_day(step + 1) - 1), step);
            assert_eq!(far.step_from(far.time_days(step)), step);
            assert_eq!(far.nearest_start(far.first_day(step)), step);
        }
        assert_eq!(far.step_on(9_999), 543);
        assert_eq!(far.step_from(9_999.0), 543);
        assert_eq!([16, 15].map(|rest| far.nearest_start(far.first_day(520) - rest)), [519, 520]);
        assert_eq!(far.time_days(519), 518.0 + 15.5);
        let years: f64 =
            far.spans().iter().map(|span| span.steps.len() as f64 * span.dt_years).sum();
        assert!((years - (518.0 / 365.0 + 23.5 / 12.0)).abs() < 1e-12);
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
