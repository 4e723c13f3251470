//! The returns that every law of the BTC price is held against.
//!
//! In: closes by day or by month. Out: log returns with the time each took. Not here: laws.
//!
//! Of days, only the longest run without a gap counts: a law of a day needs neighbouring days, and all
//! laws see the same data, so that their likelihoods can be compared.

use crate::calibrate::{CalibrationError, YearMonth, at_least, logs_of};
use crate::time::DAYS_PER_YEAR;
use jiff::civil::Date;

/// Fewest one-day returns in a row that a history of days needs to count as one.
pub const DAYS_MIN: usize = 250;
/// Fewest returns that give a volatility: its error is then 20 % of itself.
const RETURNS_MIN: usize = 12;

/// What lies between two closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A day.
    Day,
    /// A month, between its neighbours' last days.
    Month,
}

impl Step {
    /// What is counted, for a refusal.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Day => "BTC daily closes",
            Self::Month => "BTC month-end closes",
        }
    }
    /// Spans of the variance ratios: 7, 30, 90 and 365 days, in steps.
    pub(crate) fn spans(self) -> &'static [usize] {
        match self {
            Self::Day => &[7, 30, 90, 365],
            Self::Month => &[3, 12],
        }
    }
}

/// Log returns in order of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Returns {
    /// Log returns.
    pub logs: Vec<f64>,
    /// The days that each took.
    pub days: Vec<u16>,
    /// What lies between two closes.
    pub step: Step,
    /// Dates of the first and the last close.
    pub window: (Date, Date),
}

impl Returns {
    /// The returns of month-end closes (USD per BTC) from a month on; a missing month makes one longer
    /// return.
    ///
    /// # Errors
    /// Fewer than 12 returns, a close that is not above 0, months out of order.
    pub fn of_months(
        month_end_closes: &[(YearMonth, f64)],
        from: YearMonth,
    ) -> Result<Self, CalibrationError> {
        let first = month_end_closes.partition_point(|&(month, _)| month < from);
        let closes: Vec<(Date, f64)> = month_end_closes[first..]
            .iter()
            .map(|(month, close)| (month.last_day(), *close))
            .collect();
        Self::of(Step::Month, &closes)
    }

    /// The longest run of daily closes (USD per BTC) without a gap from a month on; `None` where it is
    /// below 250 returns.
    ///
    /// # Errors
    /// A close that is not above 0, days out of order.
    pub fn of_days(
        closes: &[(Date, f64)],
        from: YearMonth,
    ) -> Result<Option<Self>, CalibrationError> {
        let first = closes.partition_point(|&(day, _)| day < from.first_day());
        let closes = &closes[first..];
        let is_next = |a: &(Date, f64), b: &(Date, f64)| (b.0 - a.0).get_days() == 1;
        let longest = closes.chunk_by(is_next).max_by_key(|run| run.len());
        match longest {
            Some(run) if run.len() > DAYS_MIN => Self::of(Step::Day, run).map(Some),
            _ => Ok(None),
        }
    }

    fn of(step: Step, closes: &[(Date, f64)]) -> Result<Self, CalibrationError> {
        let logs = logs_of(step.what(), closes)?;
        at_least(step.what(), logs.len().saturating_sub(1), RETURNS_MIN)?;
        let days = |pair: &[(Date, f64)]| {
            u16::try_from((pair[1].0 - pair[0].0).get_days()).unwrap_or(u16::MAX)
        };
        Ok(Self {
            logs: logs.windows(2).map(|pair| pair[1] - pair[0]).collect(),
            days: closes.windows(2).map(days).collect(),
            step,
            window: (closes[0].0, closes[closes.len() - 1].0),
        })
    }

    /// Refuses returns that are all equal.
    pub(crate) fn vary(&self) -> Result<(), CalibrationError> {
        if self.logs.iter().all(|log| *log == self.logs[0]) {
            let found = self.logs.len() + 1;
            return Err(CalibrationError::NoVariation { what: self.step.what(), found });
        }
        Ok(())
    }

    /// Years of 365 days that a return took.
    pub fn years(&self, index: usize) -> f64 {
        f64::from(self.days[index]) / DAYS_PER_YEAR
    }

    /// Years of the whole.
    pub fn years_in_all(&self) -> f64 {
        self.days.iter().map(|days| f64::from(*days)).sum::<f64>() / DAYS_PER_YEAR
    }

    /// The returns that took the same time, by their indices: they share the law of one step.
    pub(crate) fn by_length(&self) -> Vec<(f64, Vec<usize>)> {
        let mut lengths: Vec<u16> = self.days.clone();
        lengths.sort_unstable();
        lengths.dedup();
        let of = |days: u16| (0..self.days.len()).filter(|i| self.days[*i] == days).collect();
        lengths.into_iter().map(|days| (f64::from(days) / DAYS_PER_YEAR, of(days))).collect()
    }

    /// Log drift per year and volatility per √year, by the moments.
    pub(crate) fn moments(&self) -> (f64, f64) {
        let drift = self.logs.iter().sum::<f64>() / self.years_in_all();
        let square: f64 = (0..self.logs.len())
            .map(|i| (self.logs[i] - drift * self.years(i)).powi(2) / self.years(i))
            .sum();
        (drift, (square / self.logs.len() as f64).sqrt())
    }

    /// The first and the second half of the returns.
    pub(crate) fn halves(&self) -> [Self; 2] {
        let middle = self.logs.len() / 2;
        let part = |range: std::ops::Range<usize>| Self {
            logs: self.logs[range.clone()].to_vec(),
            days: self.days[range].to_vec(),
            ..*self
        };
        [part(0..middle), part(middle..self.logs.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;

    fn days(n: i64, missing: i64) -> Vec<(Date, f64)> {
        (0..n)
            .filter(|k| *k != missing)
            .map(|k| (date(2021, 1, 1) + k.days(), 100.0 + (k % 7) as f64))
            .collect()
    }

    #[test]
    fn only_the_longest_run_of_days_counts() {
        let from = YearMonth::new(2021, 1).unwrap();
        let returns = Returns::of_days(&days(700, 300), from).unwrap().unwrap();
        assert_eq!(returns.logs.len(), 398);
        assert_eq!(returns.window.0, date(2021, 1, 1) + 301.days());
        assert!(returns.days.iter().all(|days| *days == 1));
        assert_eq!(Returns::of_days(&days(400, 200), from).unwrap(), None);
        assert_eq!(Returns::of_days(&days(251, -1), from).unwrap().unwrap().logs.len(), 250);
        assert_eq!(Returns::of_days(&days(250, -1), from).unwrap(), None);
    }

    #[test]
    fn returns_of_equal_length_share_a_group() {
        let month = |m| YearMonth::new(2021, m).unwrap();
        let closes: Vec<_> = (1..=12).map(|m| (month(m), f64::from(m))).collect();
        let error = Returns::of_months(&closes, month(1)).unwrap_err();
        assert!(error.to_string().contains("found 11 observations"), "{error}");
        let mut closes = closes;
        closes.push((YearMonth::new(2022, 1).unwrap(), 5.0));
        let returns = Returns::of_months(&closes, month(1)).unwrap();
        let groups = returns.by_length();
        let sizes: Vec<usize> = groups.iter().map(|(_, indices)| indices.len()).collect();
        // Of the twelve months after January 2021 one has 28 days, four have 30, seven have 31.
        assert_eq!(sizes, [1, 4, 7]);
        assert_eq!(groups[0].0, 28.0 / 365.0);
    }
}
