//! What is known of the past, to prove the unit of a series by.
//!
//! In: the histories that come with wattshift. Out: the difficulty of a day, the close of a month.
//! Not here: series of the user.

use crate::input::embedded;
use crate::input::period::YearMonth;
use jiff::civil::Date;
use std::sync::OnceLock;

/// Days after the first block of the last known epoch for which its difficulty stands.
const LAST_EPOCH_DAYS: i32 = 28;

fn rows<T>(file: &str, row: impl Fn(&[&str]) -> Option<T>) -> Vec<T> {
    let text = embedded::file(file).expect("a history that comes with wattshift");
    let cells = |line: &'static str| line.split(',').collect::<Vec<_>>();
    let row = |line| row(&cells(line)).expect("a history that comes with wattshift is sound");
    text.lines().skip(1).map(row).collect()
}

fn epochs() -> &'static [(Date, f64)] {
    static EPOCHS: OnceLock<Vec<(Date, f64)>> = OnceLock::new();
    EPOCHS.get_or_init(|| {
        rows("difficulty_epochs.csv", |c| Some((c[1].parse().ok()?, c[3].parse().ok()?)))
    })
}

/// The last difficulty that is known.
pub(crate) fn last_difficulty() -> f64 {
    epochs()[epochs().len() - 1].1
}

/// The difficulty in force on a day, as consensus has it; `None` outside the known past.
pub(crate) fn difficulty(day: Date) -> Option<f64> {
    let epochs = epochs();
    let next = epochs.partition_point(|(start, _)| *start <= day);
    let (start, difficulty) = *epochs.get(next.checked_sub(1)?)?;
    let is_last = next == epochs.len();
    (!is_last || (day - start).get_days() <= LAST_EPOCH_DAYS).then_some(difficulty)
}

/// The close of BTC at the end of a month, USD, where it is known to 1 %.
pub(crate) fn close_usd(month: YearMonth) -> Option<f64> {
    static CLOSES: OnceLock<Vec<(YearMonth, f64)>> = OnceLock::new();
    let closes = CLOSES.get_or_init(|| {
        rows("btc_month_end.csv", |c| Some((YearMonth::parse(c[0])?, c[1].parse().ok()?)))
    });
    let found = closes.iter().find(|(known, _)| *known == month).map(|(_, close)| *close);
    // Two decimals are kept.
    found.filter(|close| *close >= 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_known_past_has_an_end() {
        assert_eq!(difficulty(date(2009, 1, 3)), Some(1.0));
        assert_eq!(difficulty(date(2009, 1, 2)), None);
        assert!(difficulty(date(2026, 7, 31)).is_some_and(|d| (d - 126.2315e12).abs() < 1e9));
        assert_eq!(difficulty(date(2026, 9, 1)), None);
        assert_eq!(close_usd(YearMonth::new(2026, 7).unwrap()), Some(62_814.0));
        assert_eq!(close_usd(YearMonth::new(2026, 8).unwrap()), None);
    }
}
