//! How fast AI capacity is being added, from the sales of its main supplier.
//!
//! In: quarterly data-centre revenue of NVIDIA. Out: its log-linear growth per year. Not here: any
//! measure of demand. Machines sold are capacity that competes later; a price needs both sides.

use super::regression::{Line, newey_west_lags};
use super::serial::durbin_watson;
use super::{CalibrationError, Fit, Parameter, at_least, logs_of};
use crate::time::DAYS_PER_YEAR;
use jiff::civil::Date;

/// Fewest quarters: two years.
const QUARTERS_MIN: usize = 8;

/// Fits ln(revenue) = a + b·t to (end of quarter, million USD), t in years of 365 days.
///
/// The error of b is Newey–West's: revenue runs above or below its trend for years.
///
/// # Errors
/// Fewer than 8 quarters, revenue not above 0, quarters out of order.
pub fn ai_capacity(revenue_musd: &[(Date, f64)]) -> Result<Fit, CalibrationError> {
    const WHAT: &str = "quarters of data-centre revenue";
    let logs = logs_of(WHAT, revenue_musd)?;
    at_least(WHAT, logs.len(), QUARTERS_MIN)?;
    let (first, last) = (revenue_musd[0].0, revenue_musd[revenue_musd.len() - 1].0);
    let years: Vec<f64> = revenue_musd
        .iter()
        .map(|&(end, _)| f64::from((end - first).get_days()) / DAYS_PER_YEAR)
        .collect();
    let line = Line::fit(&years, &logs).expect("eight quarters in ascending order span a line");
    let lags = newey_west_lags(logs.len());
    let mut notes = vec![
        "capacity being added, no measure of demand: it lowers later prices".to_owned(),
        format!("{lags} Newey-West lags; plain error {:.3}", line.covariance()[1][1].sqrt()),
    ];
    if line.residuals.iter().any(|e| e.abs() > 1e-12) {
        notes.push(format!(
            "Durbin-Watson {:.2} (2 for independent residuals): growth comes in waves, and the \
             line's error is a lower bound",
            durbin_watson(&line.residuals)
        ));
    }
    Ok(Fit {
        law: "log-linear growth of AI capacity added",
        parameters: vec![
            Parameter::new(
                "ai_capacity_added_growth_per_year",
                "per year, of the logarithm",
                line.slope,
                line.slope_std_error_newey_west(lags),
            )
            .caution("description: capacity being added, no key of the study"),
        ],
        observations: logs.len(),
        window: (first, last),
        log_likelihood: None,
        method: "ordinary least squares; Newey-West error",
        notes,
        inference: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;

    /// Revenue that grows by exactly 40 % a year of 365 days, in quarters of 91 days.
    #[test]
    fn an_exact_growth_is_found_without_error() {
        let revenue: Vec<(Date, f64)> = (0..12)
            .map(|k| {
                let years = f64::from(91 * k) / DAYS_PER_YEAR;
                (date(2021, 1, 31) + i64::from(91 * k).days(), 500.0 * (0.4 * years).exp())
            })
            .collect();
        let fit = ai_capacity(&revenue).unwrap();
        let growth = &fit.parameters[0];
        assert!((growth.value - 0.4).abs() < 1e-12);
        assert!(growth.std_error < 1e-12);
        assert!(fit.notes[0].contains("no measure of demand"));
    }

    #[test]
    fn two_years_of_quarters_are_asked_for() {
        let error = ai_capacity(&[(date(2021, 1, 31), 1.0)]).unwrap_err();
        assert!(error.to_string().contains("found 1 observations"), "{error}");
    }
}
