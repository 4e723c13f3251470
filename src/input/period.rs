//! Months and quarters of the calendar, as written in data files.
//!
//! In: `2026-07`, `2026Q2`. Out: an ordered month or quarter with its last day. Not here: series.

use jiff::civil::Date;
use std::fmt;

/// A month of the calendar; written `2026-07`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct YearMonth {
    year: i16,
    month: i8,
}

impl YearMonth {
    /// The month `month` (1 to 12) of `year`; `None` if there is none.
    pub fn new(year: i16, month: i8) -> Option<Self> {
        Date::new(year, month, 1).ok().map(|_| Self { year, month })
    }
    /// The month that `text` writes: four digits, a hyphen, two digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        Self::new(digits(year, 4)?, i8::try_from(digits(month, 2)?).ok()?)
    }
    /// The year.
    pub fn year(self) -> i16 {
        self.year
    }
    /// The month of the year, 1 to 12.
    pub fn month(self) -> i8 {
        self.month
    }
    /// Its first day.
    pub fn first_day(self) -> Date {
        Date::new(self.year, self.month, 1).expect("checked when the month was made")
    }
    /// Its last day.
    pub fn last_day(self) -> Date {
        self.first_day().last_of_month()
    }
    /// The month that a date lies in.
    pub fn containing(date: Date) -> Self {
        Self { year: date.year(), month: date.month() }
    }
    /// Months from `earlier` to this one; negative if this one comes first.
    pub fn months_since(self, earlier: Self) -> i32 {
        self.index() - earlier.index()
    }
    /// Months since January of year 0: successive months differ by 1.
    pub fn index(self) -> i32 {
        i32::from(self.year) * 12 + i32::from(self.month) - 1
    }
}

impl fmt::Display for YearMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// A quarter of the calendar; written `2026Q2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    last_month: YearMonth,
}

impl Quarter {
    /// The quarter that `text` writes: four digits, `Q`, 1 to 4.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, quarter) = text.split_once('Q')?;
        let quarter = i8::try_from(digits(quarter, 1)?).ok()?;
        let last_month = YearMonth::new(digits(year, 4)?, quarter * 3)?;
        Some(Self { last_month })
    }
    /// Its last day.
    pub fn last_day(self) -> Date {
        self.last_month.last_day()
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}Q{}", self.last_month.year, self.last_month.month / 3)
    }
}

/// A number written with exactly `count` digits.
fn digits(text: &str, count: usize) -> Option<i16> {
    let plain = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_month_ends_on_its_last_day() {
        assert_eq!(YearMonth::parse("2024-02").unwrap().last_day(), date(2024, 2, 29));
        assert_eq!(YearMonth::parse("2026-07").unwrap().to_string(), "2026-07");
    }

    #[test]
    fn a_quarter_ends_with_its_third_month() {
        assert_eq!(Quarter::parse("2026Q2").unwrap().last_day(), date(2026, 6, 30));
        assert_eq!(Quarter::parse("2025Q4").unwrap().to_string(), "2025Q4");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "2024", "2024-13", "2024-00", "24-01", "2024-1", "2024-01-01", "2024/01"] {
            assert_eq!(YearMonth::parse(text), None, "{text}");
        }
        for text in ["2024Q0", "2024Q5", "2024q1", "Q1", "2024Q", "2024Q11", "2024Qé"] {
            assert_eq!(Quarter::parse(text), None, "{text}");
        }
    }
}
