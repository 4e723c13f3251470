//! A month of the calendar, the step of monthly histories.
//!
//! In: year and month. Out: its order, its last day, the months between two. Not here: the steps of
//! a simulation.

use jiff::civil::Date;
use std::fmt;

/// A month of the calendar, ordered in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    first_day: Date,
}

impl Month {
    /// A month; `None` unless `month` is 1 to 12 and the year is one of the calendar.
    pub fn new(year: i16, month: i8) -> Option<Self> {
        Date::new(year, month, 1).ok().map(|first_day| Self { first_day })
    }
    /// The month that a date lies in.
    pub fn of(date: Date) -> Self {
        Self { first_day: date.first_of_month() }
    }
    /// Its first day.
    pub fn first_day(self) -> Date {
        self.first_day
    }
    /// Its last day.
    pub fn last_day(self) -> Date {
        self.first_day.last_of_month()
    }
    /// Months from `earlier` to this one; negative if this one comes first.
    pub fn months_since(self, earlier: Self) -> i32 {
        let number = |date: Date| 12 * i32::from(date.year()) + i32::from(date.month());
        number(self.first_day) - number(earlier.first_day)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.first_day.year(), self.first_day.month())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn months_are_counted_across_years() {
        let (december, january) = (Month::new(2023, 12).unwrap(), Month::new(2024, 1).unwrap());
        assert!(december < january);
        assert_eq!(january.months_since(december), 1);
        assert_eq!(december.months_since(january), -1);
        assert_eq!(Month::of(date(2024, 2, 17)).last_day(), date(2024, 2, 29));
        assert_eq!(january.to_string(), "2024-01");
        assert_eq!(Month::new(2024, 13), None);
    }
}
