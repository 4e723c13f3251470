//! First-year rent of colocation, from signed deals that are announced as averages.
//!
//! In: deals. Out: log-mean and log-sd of the rent of year one, USD per critical-IT MW and year.
//! Not here: what the rent does later (escalator, market), GPU-cloud prices, defaults.

use super::{CalibrationError, Fit, Parameter, at_least};
use jiff::civil::Date;

/// Yearly rise of a rent whose deal states none: between the 2 and 3 % that deals do state.
pub const ESCALATOR_ASSUMED_PER_YEAR: f64 = 0.025;

/// Fewest deals that give a spread.
const DEALS_MIN: usize = 5;

/// One announced deal.
#[derive(Debug, Clone, PartialEq)]
pub struct Deal {
    /// Day of the announcement.
    pub date: Date,
    /// Landlord and tenant, to name it in an error.
    pub name: String,
    /// Whether the numbers add up earlier deals, which would then count twice.
    pub is_cumulative: bool,
    /// Contract value over term and critical-IT MW: the average over the term, USD per MW and year.
    pub average_rent_usd_per_critical_it_mw_year: f64,
    /// Length of the first term, years.
    pub term_years: f64,
    /// Yearly rise of the rent, where stated.
    pub escalator_per_year: Option<f64>,
}

/// First-year rent a·n·e / ((1+e)^n − 1) of a rent that averages `a` over `n` years rising by `e`.
///
/// Unit of `average_rent`; the average itself where the rent does not rise.
pub fn year_one_rent(average_rent: f64, term_years: f64, escalator_per_year: f64) -> f64 {
    if escalator_per_year == 0.0 {
        return average_rent;
    }
    // exp_m1 and ln_1p: the plain formula loses all digits as the escalator nears 0.
    let growth = (term_years * escalator_per_year.ln_1p()).exp_m1();
    average_rent * term_years * escalator_per_year / growth
}

/// Fits a log-normal law to the first-year rents of colocation deals that are not cumulative.
///
/// # Errors
/// Fewer than 5 such deals, a rent or a term not above 0, an escalator outside 0 to 0.2 a year,
/// equal rents.
pub fn rent(deals: &[Deal]) -> Result<Fit, CalibrationError> {
    const WHAT: &str = "colocation deals";
    let counted: Vec<&Deal> = deals.iter().filter(|deal| !deal.is_cumulative).collect();
    at_least(WHAT, counted.len(), DEALS_MIN)?;
    let logs: Vec<f64> =
        counted.iter().map(|deal| log_year_one_rent(deal)).collect::<Result<_, _>>()?;
    let n = logs.len() as f64;
    let mean = logs.iter().sum::<f64>() / n;
    let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / (n - 1.0);
    if variance == 0.0 {
        return Err(CalibrationError::NoVariation { what: WHAT, found: logs.len() });
    }
    let dates = counted.iter().map(|deal| deal.date);
    let first = dates.clone().min().expect("the deals were counted");
    let last = dates.max().expect("the deals were counted");
    let stated = counted.iter().filter(|deal| deal.escalator_per_year.is_some()).count();
    Ok(Fit {
        law: "log-normal first-year rent of colocation",
        parameters: parameters(mean, variance.sqrt(), n),
        observations: logs.len(),
        window: (first, last),
        log_likelihood: None,
        method: "mean and standard deviation of logarithms, one vote a deal",
        notes: vec![
            format!(
                "{stated} of {} deals state their escalator; the others are taken at {} a year",
                logs.len(),
                ESCALATOR_ASSUMED_PER_YEAR
            ),
            "deals rise over the window and share tenants: they are fewer than they look".into(),
        ],
        inference: None,
    })
}

fn log_year_one_rent(deal: &Deal) -> Result<f64, CalibrationError> {
    let at = || format!("{} ({})", deal.name, deal.date);
    let average = deal.average_rent_usd_per_critical_it_mw_year;
    for (what, value) in [("average rent", average), ("term", deal.term_years)] {
        if !(value > 0.0 && value.is_finite()) {
            return Err(CalibrationError::NotPositive { what, at: at(), value });
        }
    }
    let escalator = deal.escalator_per_year.unwrap_or(ESCALATOR_ASSUMED_PER_YEAR);
    if !(0.0..=0.2).contains(&escalator) {
        return Err(CalibrationError::OutOfRange {
            what: "escalator",
            at: at(),
            value: escalator,
            expected: "0 to 0.2 per year",
        });
    }
    Ok(year_one_rent(average, deal.term_years, escalator).ln())
}

fn parameters(log_mean: f64, log_sd: f64, n: f64) -> Vec<Parameter> {
    let std_error = log_sd / n.sqrt();
    let median = log_mean.exp();
    vec![
        Parameter::new(
            "ai_market.rent_start_usd_per_critical_it_mw_year",
            "USD per critical-IT MW and year, median",
            median,
            median * std_error,
        ),
        Parameter::new("rent_log_mean", "ln(USD per critical-IT MW and year)", log_mean, std_error)
            .described(),
        Parameter::new(
            "rent_log_sd",
            "of the logarithm",
            log_sd,
            log_sd / (2.0 * (n - 1.0)).sqrt(),
        )
        .described(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn deal(average: f64, term_years: f64, escalator_per_year: Option<f64>) -> Deal {
        Deal {
            date: date(2025, 6, 1),
            name: "landlord and tenant".into(),
            is_cumulative: false,
            average_rent_usd_per_critical_it_mw_year: average,
            term_years,
            escalator_per_year,
        }
    }

    /// At 3 % over 15 years the average is 1.24 times the first year: (1.03^15 − 1)/(15·0.03).
    #[test]
    fn the_average_holds_the_escalator() {
        assert!((1.0 / year_one_rent(1.0, 15.0, 0.03) - 1.239_927_6).abs() < 1e-7);
        // 2.256 M USD on average over 15 years is 1.82 M USD in the first.
        assert!((year_one_rent(2.256e6, 15.0, 0.03) - 1.8195e6).abs() < 0.0005e6);
        assert_eq!(year_one_rent(1.5e6, 15.0, 0.0), 1.5e6);
    }

    /// The rents of all years, summed, are the contract value.
    #[test]
    fn the_years_add_up_to_the_contract() {
        for (years, escalator) in [(10, 0.025), (15, 0.03), (25, 1e-9)] {
            let first = year_one_rent(1.8e6, f64::from(years), escalator);
            let sum: f64 = (0..years).map(|year| first * (1.0 + escalator).powi(year)).sum();
            assert!((sum / (1.8e6 * f64::from(years)) - 1.0).abs() < 1e-12, "{years}");
        }
    }

    /// Three deals at e^−d and three at e^d of the median: mean 0, variance 6d²/5.
    #[test]
    fn mean_and_spread_of_logarithms_by_hand() {
        let deals: Vec<Deal> = (0..6)
            .map(|k| deal(1.5e6 * if k < 3 { -0.1_f64 } else { 0.1 }.exp(), 12.0, Some(0.0)))
            .collect();
        let fit = rent(&deals).unwrap();
        let median = &fit.parameters[0];
        let sd = 0.1 * 1.2_f64.sqrt();
        assert!((median.value / 1.5e6 - 1.0).abs() < 1e-12);
        assert!((median.std_error / 1.5e6 - sd / 6.0_f64.sqrt()).abs() < 1e-12);
        assert!((fit.parameter("rent_log_sd").unwrap().value - sd).abs() < 1e-12);
        assert!((fit.parameter("rent_log_mean").unwrap().value - 1.5e6_f64.ln()).abs() < 1e-12);
    }

    /// Announcements that add up earlier deals, and GPU clouds at five times the rent, do not count.
    #[test]
    fn cumulative_deals_and_gpu_clouds_do_not_count() {
        let mut deals: Vec<Deal> =
            (0..6).map(|k| deal(1.5e6 + 1e5 * f64::from(k), 12.0, None)).collect();
        let fit = rent(&deals).unwrap();
        deals.push(Deal { is_cumulative: true, ..deal(9e6, 12.0, None) });
        assert_eq!(rent(&deals).unwrap(), fit);
    }

    #[test]
    fn a_wrong_deal_is_named() {
        let mut deals = vec![deal(1.5e6, 12.0, None); 5];
        deals[3].escalator_per_year = Some(3.0);
        assert_eq!(
            rent(&deals).unwrap_err().to_string(),
            "escalator: 3 at landlord and tenant (2025-06-01) lies outside 0 to 0.2 per year"
        );
        assert_eq!(
            rent(&deals[..2]).unwrap_err().to_string(),
            "colocation deals: found 2 observations in the window, need at least 5"
        );
    }
}
