//! Volatility and drift of the BTC price as a geometric Brownian motion.
//!
//! In: month-end closes. Out: exact maximum likelihood with asymptotic and bootstrap errors, and
//! tests that say what the law leaves out. Not here: jumps and stochastic volatility, which monthly
//! closes cannot tell from one another, and the drift to use: that is a view.

use super::bootstrap::{RESAMPLES, StationaryBootstrap};
use super::serial::{ljung_box, usual_lags, variance_ratio};
use super::{CalibrationError, Fit, Parameter, YearMonth, at_least, logs_of};
use crate::time::DAYS_PER_YEAR;
use rand::Rng;

/// Fewest returns that give a volatility: its error is then 20 % of itself.
const RETURNS_MIN: usize = 12;

/// Fits d ln S = (μ − σ²/2)dt + σ dW to month-end closes (USD per BTC) from the stated month on.
///
/// Time runs in years of 365 days between the last days of the months; a missing month makes one
/// longer return. The volatility divides by n, the drift is that of the level,
/// `E[S_T] = S_0·exp(μT)`, as the study has it. `generator` draws the 2,000 resamples.
///
/// # Errors
/// Fewer than 12 returns, a close that is not above 0, months out of order, constant closes.
pub fn btc_price<R: Rng>(
    month_end_closes: &[(YearMonth, f64)],
    from: YearMonth,
    generator: &mut R,
) -> Result<Fit, CalibrationError> {
    const WHAT: &str = "BTC month-end closes";
    let first = month_end_closes.partition_point(|&(month, _)| month < from);
    let closes = &month_end_closes[first..];
    let logs = logs_of(WHAT, closes)?;
    at_least(WHAT, logs.len().saturating_sub(1), RETURNS_MIN)?;
    let returns: Vec<Return> = closes
        .windows(2)
        .zip(logs.windows(2))
        .map(|(dates, logs)| Return {
            log: logs[1] - logs[0],
            years: years_between(dates[0].0, dates[1].0),
        })
        .collect();
    let law = Gbm::maximum_likelihood(returns.iter().copied());
    if law.volatility == 0.0 {
        return Err(CalibrationError::NoVariation { what: WHAT, found: logs.len() });
    }
    let bootstrap = StationaryBootstrap::with_usual_blocks(returns.len());
    let errors = bootstrap.standard_errors(RESAMPLES, generator, |indices| {
        let law = Gbm::maximum_likelihood(indices.iter().map(|&i| returns[i]));
        [law.volatility, law.level_drift(), law.log_drift]
    });
    Ok(Fit {
        law: "geometric Brownian motion of the BTC price",
        parameters: law.parameters(errors),
        observations: returns.len(),
        window: (closes[0].0.last_day(), closes[closes.len() - 1].0.last_day()),
        log_likelihood: Some(law.log_likelihood(&returns)),
        method: "exact maximum likelihood of month-end log returns; stationary bootstrap",
        notes: law.notes(&returns),
    })
}

/// One log return and the time it took.
#[derive(Debug, Clone, Copy)]
struct Return {
    log: f64,
    years: f64,
}

/// Geometric Brownian motion, per year and per √year.
struct Gbm {
    log_drift: f64,
    volatility: f64,
    years: f64,
    n: f64,
}

impl Gbm {
    /// m̂ = Σr/Σt and σ̂² = (1/n)Σ(r − m̂t)²/t, which for equal t is mean and variance of returns.
    fn maximum_likelihood(returns: impl Iterator<Item = Return> + Clone) -> Self {
        let (mut n, mut sum, mut years) = (0.0, 0.0, 0.0);
        for r in returns.clone() {
            n += 1.0;
            sum += r.log;
            years += r.years;
        }
        let log_drift = sum / years;
        let square: f64 = returns.map(|r| (r.log - log_drift * r.years).powi(2) / r.years).sum();
        Self { log_drift, volatility: (square / n).sqrt(), years, n }
    }

    fn level_drift(&self) -> f64 {
        self.log_drift + 0.5 * self.volatility.powi(2)
    }

    /// Errors: σ/√(2n) for the volatility, σ/√T for the log drift; the level drift adds σ²/2, whose
    /// variance σ⁴/(2n) comes on top as the two estimates are independent.
    fn parameters(&self, [volatility, level_drift, log_drift]: [f64; 3]) -> Vec<Parameter> {
        let variance = self.volatility.powi(2);
        let std_error = self.volatility / (2.0 * self.n).sqrt();
        let log_drift_variance = variance / self.years;
        let level_std_error = (log_drift_variance + variance.powi(2) / (2.0 * self.n)).sqrt();
        vec![
            Parameter::new(
                "btc_price.gbm.volatility_per_sqrt_year",
                "per sqrt(year)",
                self.volatility,
                std_error,
            )
            .bootstrapped(volatility),
            Parameter::new(
                "btc_price.drift_per_year",
                "per year, of the level",
                self.level_drift(),
                level_std_error,
            )
            .bootstrapped(level_drift)
            .caution("a past drift is no forecast: state a view"),
            Parameter::new(
                "log_drift_per_year",
                "per year, of the logarithm",
                self.log_drift,
                log_drift_variance.sqrt(),
            )
            .bootstrapped(log_drift)
            .described(),
        ]
    }

    fn log_likelihood(&self, returns: &[Return]) -> f64 {
        let times: f64 = returns.iter().map(|r| r.years.ln()).sum();
        let variance = self.volatility.powi(2);
        -0.5 * (self.n * ((std::f64::consts::TAU * variance).ln() + 1.0) + times)
    }

    fn notes(&self, returns: &[Return]) -> Vec<String> {
        let scores: Vec<f64> = returns
            .iter()
            .map(|r| (r.log - self.log_drift * r.years) / (self.volatility * r.years.sqrt()))
            .collect();
        let squares: Vec<f64> = scores.iter().map(|z| z * z).collect();
        let lags = usual_lags(squares.len());
        let (statistic, p) = ljung_box(&squares, lags);
        let mut notes = vec![
            format!(
                "a past drift is no forecast: {:.1} years know it to ±{:.2} a year",
                self.years,
                self.volatility / self.years.sqrt()
            ),
            format!(
                "Ljung-Box of squared returns, {lags} lags: Q = {statistic:.2}, p = {p:.3} \
                 (a small p: volatility clusters, and one number does not say all)"
            ),
        ];
        if let Some((ratio, std_error)) = variance_ratio(&scores, 12) {
            notes.push(format!(
                "variance ratio of 12 months to one: {ratio:.2} ± {std_error:.2} (1 for this law)"
            ));
        }
        notes
    }
}

/// Years of 365 days between the last days of two months.
fn years_between(earlier: YearMonth, later: YearMonth) -> f64 {
    f64::from((later.last_day() - earlier.last_day()).get_days()) / DAYS_PER_YEAR
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Stream;
    use crate::chance::philox::Philox;

    fn months(closes: &[f64]) -> Vec<(YearMonth, f64)> {
        (0..)
            .map(|k: i16| YearMonth::new(2021 + k / 12, i8::try_from(k % 12 + 1).unwrap()).unwrap())
            .zip(closes.iter().copied())
            .collect()
    }

    /// Up and down by the same factor: no drift of the log, and every squared return is ln²(1.1),
    /// so that σ̂² is the mean of ln²(1.1)/t.
    #[test]
    fn an_alternating_price_has_the_volatility_of_its_step() {
        let closes: Vec<f64> = (0..25).map(|k| if k % 2 == 0 { 100.0 } else { 110.0 }).collect();
        let history = months(&closes);
        let fit = btc_price(
            &history,
            history[0].0,
            &mut Philox::new(1, Stream::new("test", "calibrate")),
        )
        .unwrap();
        let per_year: f64 =
            history.windows(2).map(|w| 1.0 / years_between(w[0].0, w[1].0)).sum::<f64>() / 24.0;
        let expected = 1.1_f64.ln() * per_year.sqrt();
        let volatility = fit.parameter("btc_price.gbm.volatility_per_sqrt_year").unwrap();
        assert!((volatility.value - expected).abs() < 1e-12);
        assert!((volatility.std_error - expected / 48.0_f64.sqrt()).abs() < 1e-12);
        assert!(fit.parameter("log_drift_per_year").unwrap().value.abs() < 1e-14);
        let drift = fit.parameter("btc_price.drift_per_year").unwrap();
        assert!((drift.value - 0.5 * expected.powi(2)).abs() < 1e-12);
        assert!(drift.caution.is_some());
    }

    /// The window begins at the stated month: what lies before it changes nothing.
    #[test]
    fn closes_before_the_window_do_not_count() {
        let closes: Vec<f64> = (0..40).map(|k| 100.0 + f64::from(k * k % 17)).collect();
        let history = months(&closes);
        let mut other = history.clone();
        other[3].1 = 1e6;
        let from = history[6].0;
        let fit = |h: &[(YearMonth, f64)]| {
            btc_price(h, from, &mut Philox::new(1, Stream::new("test", "calibrate"))).unwrap()
        };
        assert_eq!(fit(&history), fit(&other));
        assert_eq!(fit(&history).observations, 33);
    }

    /// Prices in another currency at a fixed rate have the same returns.
    #[test]
    fn the_unit_of_the_price_does_not_matter() {
        let closes: Vec<f64> = (0..30).map(|k| 100.0 + f64::from(k * k % 17)).collect();
        let doubled: Vec<f64> = closes.iter().map(|close| 2.0 * close).collect();
        let from = YearMonth::new(2021, 1).unwrap();
        let fit = |c: &[f64]| {
            btc_price(&months(c), from, &mut Philox::new(1, Stream::new("test", "calibrate")))
                .unwrap()
        };
        for (one, other) in fit(&closes).parameters.iter().zip(&fit(&doubled).parameters) {
            assert!((one.value - other.value).abs() < 1e-12, "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_short_or_flat_history_is_refused_with_its_numbers() {
        let from = YearMonth::new(2021, 1).unwrap();
        let error = btc_price(
            &months(&[1.0; 5]),
            from,
            &mut Philox::new(1, Stream::new("test", "calibrate")),
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "BTC month-end closes: found 4 observations in the window, need at least 12"
        );
        let error = btc_price(
            &months(&[1.0; 20]),
            from,
            &mut Philox::new(1, Stream::new("test", "calibrate")),
        )
        .unwrap_err();
        assert!(matches!(error, CalibrationError::NoVariation { found: 20, .. }), "{error}");
    }
}
