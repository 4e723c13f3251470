//! What is known of GPU-hour rates: a description, and no law.
//!
//! In: dated prices, each with its basis. Out: rows, first, last and change of each basis. Not here:
//! parameters. Some fifteen prices on several bases (launch, spot, one-year contract, list) cannot
//! fit a law of two regimes: its values are assumptions of the study.

use super::{CalibrationError, Fit, at_least};
use crate::time::DAYS_PER_YEAR;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// One published price of an hour of one GPU.
#[derive(Debug, Clone, PartialEq)]
pub struct RentalPrice {
    /// Day or first day of the period it stands for.
    pub date: Date,
    /// What kind of price: "1-year contract", "spot index", …; prices compare within a basis only.
    pub basis: String,
    /// The price, USD per GPU-hour.
    pub usd_per_gpu_hour: f64,
}

/// Describes the prices basis by basis; the fit has notes and no parameters.
///
/// # Errors
/// No price at all, or one that is not above 0.
pub fn gpu_rate(prices: &[RentalPrice]) -> Result<Fit, CalibrationError> {
    const WHAT: &str = "GPU-hour prices";
    at_least(WHAT, prices.len(), 1)?;
    // A map in the order of names, so that the notes come out the same each time.
    let mut bases: BTreeMap<&str, Vec<&RentalPrice>> = BTreeMap::new();
    for price in prices {
        let value = price.usd_per_gpu_hour;
        if !(value > 0.0 && value.is_finite()) {
            let at = format!("{} ({})", price.date, price.basis);
            return Err(CalibrationError::NotPositive { what: WHAT, at, value });
        }
        bases.entry(&price.basis).or_default().push(price);
    }
    let dates = prices.iter().map(|price| price.date);
    let first = dates.clone().min().expect("there is a price");
    let last = dates.max().expect("there is a price");
    let mut notes = vec![format!(
        "{} prices on {} bases cannot fit a law of two regimes: its values are assumptions",
        prices.len(),
        bases.len()
    )];
    notes.extend(bases.into_iter().map(|(basis, rows)| describe(basis, rows)));
    Ok(Fit {
        law: "GPU-hour rate: described, not fitted",
        parameters: Vec::new(),
        observations: prices.len(),
        window: (first, last),
        log_likelihood: None,
        method: "first and last price of each basis",
        notes,
        inference: None,
    })
}

fn describe(basis: &str, mut rows: Vec<&RentalPrice>) -> String {
    rows.sort_by_key(|row| row.date);
    let (first, last) = (rows[0], rows[rows.len() - 1]);
    let days = f64::from((last.date - first.date).get_days());
    let mut text =
        format!("{basis}: n = {}, {} USD in {}", rows.len(), first.usd_per_gpu_hour, first.date);
    if days > 0.0 {
        let change = (last.usd_per_gpu_hour / first.usd_per_gpu_hour).ln();
        let per_year = change * DAYS_PER_YEAR / days;
        text += &format!(" to {} USD in {}", last.usd_per_gpu_hour, last.date);
        text += &format!(", log change {per_year:+.2} a year");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn price(year: i16, month: i8, basis: &str, usd_per_gpu_hour: f64) -> RentalPrice {
        RentalPrice { date: date(year, month, 1), basis: basis.into(), usd_per_gpu_hour }
    }

    /// 1.70 to 2.65 in 243 days on one basis: ln(2.65/1.70)·365/243 = 0.667 a year. The dearer list
    /// price on another basis is not compared with it.
    #[test]
    fn prices_are_compared_within_their_basis() {
        let fit = gpu_rate(&[
            price(2026, 6, "1-year contract", 2.65),
            price(2025, 6, "list", 6.88),
            price(2025, 10, "1-year contract", 1.70),
        ])
        .unwrap();
        assert!(fit.parameters.is_empty());
        assert_eq!(fit.observations, 3);
        assert_eq!(fit.window, (date(2025, 6, 1), date(2026, 6, 1)));
        assert_eq!(
            fit.notes,
            [
                "3 prices on 2 bases cannot fit a law of two regimes: its values are assumptions",
                "1-year contract: n = 2, 1.7 USD in 2025-10-01 to 2.65 USD in 2026-06-01, log \
                 change +0.67 a year",
                "list: n = 1, 6.88 USD in 2025-06-01",
            ]
        );
    }

    #[test]
    fn a_price_of_nothing_is_refused() {
        let error = gpu_rate(&[price(2026, 6, "spot", 0.0)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "GPU-hour prices: 0 at 2026-06-01 (spot) is not a finite number above 0, so it has no \
             logarithm"
        );
    }
}
