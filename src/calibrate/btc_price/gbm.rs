//! Volatility and drift of the BTC price as a geometric Brownian motion.
//!
//! In: returns. Out: exact maximum likelihood with asymptotic, robust and bootstrap errors, and tests
//! that say what the law leaves out. Not here: the drift to use: that is a view.

use super::{OBSERVATIONS_PER_PARAMETER, Returns, Step};
use crate::calibrate::bootstrap::{RESAMPLES, StationaryBootstrap, optimal_block_length};
use crate::calibrate::diagnostics::{Diagnostics, Stability, diagnostics};
use crate::calibrate::free_law::{Block, FreeLaw};
use crate::calibrate::maximum_likelihood::Convergence;
use crate::calibrate::serial::{ljung_box, usual_lags, variance_ratio};
use crate::calibrate::transform::Transform;
use crate::calibrate::{CalibrationError, Fit, Inference, Parameter, YearMonth};
use crate::tile::normal;
use ndarray::array;
use rand::Rng;

const VOLATILITY: &str = "btc_price.gbm.volatility_per_sqrt_year";

/// Fits geometric Brownian motion to month-end closes (USD per BTC) from the stated month on.
///
/// # Errors
/// Fewer than 12 returns, a close that is not above 0, months out of order, constant closes.
pub fn btc_price<R: Rng>(
    month_end_closes: &[(YearMonth, f64)],
    from: YearMonth,
    generator: &mut R,
) -> Result<Fit, CalibrationError> {
    fit(&Returns::of_months(month_end_closes, from)?, generator)
}

/// Fits d ln S = (μ − σ²/2)dt + σ dW to returns.
///
/// Time runs in years of 365 days. The volatility divides by n, the drift is that of the level,
/// `E[S_T] = S_0·exp(μT)`, as the study has it. `generator` draws the 2,000 resamples.
///
/// # Errors
/// Returns that are all equal.
pub fn fit<R: Rng>(returns: &Returns, generator: &mut R) -> Result<Fit, CalibrationError> {
    let sample: Vec<Return> = (0..returns.logs.len())
        .map(|i| Return { log: returns.logs[i], years: returns.years(i) })
        .collect();
    let law = Gbm::maximum_likelihood(sample.iter().copied());
    if law.volatility == 0.0 {
        returns.vary()?;
        let (what, found) = (returns.step.what(), sample.len() + 1);
        return Err(CalibrationError::NoVariation { what, found });
    }
    let (bootstrap, block_note) = blocks(returns);
    let errors = bootstrap.standard_errors(RESAMPLES, generator, |indices| {
        let law = Gbm::maximum_likelihood(indices.iter().map(|&i| sample[i]));
        [law.volatility, law.level_drift(), law.log_drift]
    });
    let mut notes = law.notes(&sample, returns.step);
    notes.push(block_note);
    Ok(Fit {
        law: "geometric Brownian motion of the BTC price",
        parameters: law.parameters(errors, &law.scores(&sample)),
        observations: sample.len(),
        window: returns.window,
        log_likelihood: Some(law.log_likelihood(&sample)),
        method: match returns.step {
            Step::Day => "exact maximum likelihood of daily log returns; stationary bootstrap",
            Step::Month => {
                "exact maximum likelihood of month-end log returns; stationary bootstrap"
            }
        },
        notes,
        inference: Some(law.inference(&sample, returns)),
    })
}

/// Blocks as long as the dependence of squared returns asks for; a short sample takes n^(1/3).
fn blocks(returns: &Returns) -> (StationaryBootstrap, String) {
    let n = returns.logs.len();
    if n < 2 * OBSERVATIONS_PER_PARAMETER {
        return (
            StationaryBootstrap::with_usual_blocks(n),
            "bootstrap in blocks of n^(1/3)".into(),
        );
    }
    let squares: Vec<f64> = returns.logs.iter().map(|r| r * r).collect();
    let length = optimal_block_length(&squares);
    let note = format!("bootstrap in blocks of {length:.1} on average (Politis-White rule)");
    (StationaryBootstrap::new(n, length), note)
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
    ///
    /// Robust: the scores z have the fourth moment and the skewness that they have, by which the
    /// errors of σ are (m₄ − 1)σ²/(4n) and those of σ and the log drift m₃σ²/(2√(nT)) across.
    fn parameters(
        &self,
        [volatility, level_drift, log_drift]: [f64; 3],
        scores: &[f64],
    ) -> Vec<Parameter> {
        let variance = self.volatility.powi(2);
        let std_error = self.volatility / (2.0 * self.n).sqrt();
        let log_drift_variance = variance / self.years;
        let level_std_error = (log_drift_variance + variance.powi(2) / (2.0 * self.n)).sqrt();
        let moment = |power: i32| scores.iter().map(|z| z.powi(power)).sum::<f64>() / self.n;
        let robust_variance = (moment(4) - 1.0) * variance / (4.0 * self.n);
        let across = moment(3) * variance / (2.0 * (self.n * self.years).sqrt());
        let level_robust =
            log_drift_variance + 2.0 * self.volatility * across + variance * robust_variance;
        vec![
            Parameter::new(VOLATILITY, "per sqrt(year)", self.volatility, std_error)
                .robust(robust_variance.sqrt())
                .bootstrapped(volatility),
            Parameter::new(
                "btc_price.drift_per_year",
                "per year, of the level",
                self.level_drift(),
                level_std_error,
            )
            .robust(level_robust.sqrt())
            .bootstrapped(level_drift)
            .caution("a past drift is no forecast: state a view"),
            Parameter::new(
                "log_drift_per_year",
                "per year, of the logarithm",
                self.log_drift,
                log_drift_variance.sqrt(),
            )
            .robust(log_drift_variance.sqrt())
            .bootstrapped(log_drift)
            .described(),
        ]
    }

    fn log_likelihood(&self, returns: &[Return]) -> f64 {
        let times: f64 = returns.iter().map(|r| r.years.ln()).sum();
        let variance = self.volatility.powi(2);
        -0.5 * (self.n * ((std::f64::consts::TAU * variance).ln() + 1.0) + times)
    }

    /// (r − mt)/(σ√t), standard normal under the law.
    fn scores(&self, returns: &[Return]) -> Vec<f64> {
        let score =
            |r: &Return| (r.log - self.log_drift * r.years) / (self.volatility * r.years.sqrt());
        returns.iter().map(score).collect()
    }

    fn inference(&self, sample: &[Return], returns: &Returns) -> Inference {
        let scores = self.scores(sample);
        let fourth = scores.iter().map(|z| z.powi(4)).sum::<f64>() / self.n;
        Inference {
            model: "gbm",
            estimated: 2,
            iterations: 0,
            convergence: Convergence::Converged,
            free: Some(FreeLaw {
                keys: vec![VOLATILITY],
                blocks: vec![Block::One(Transform::Log)],
                free: vec![self.volatility.ln()],
                covariance: array![[(fourth - 1.0) / (4.0 * self.n)]],
            }),
            diagnostics: self.diagnostics(&scores, sample, returns),
        }
    }

    fn diagnostics(&self, scores: &[f64], sample: &[Return], returns: &Returns) -> Diagnostics {
        let uniforms: Vec<f64> = scores.iter().map(|z| normal::cdf(*z)).collect();
        let mut tests = diagnostics(&uniforms, &returns.logs, returns.step.spans());
        let (first, second) = sample.split_at(sample.len() / 2);
        if first.len() >= OBSERVATIONS_PER_PARAMETER {
            let halves = [first, second].map(|half| {
                let law = Self::maximum_likelihood(half.iter().copied());
                (
                    law.volatility,
                    law.parameters([f64::NAN; 3], &law.scores(half))[0].robust_std_error,
                )
            });
            let [(first, first_error), (second, second_error)] = halves;
            let error = first_error.zip(second_error).map(|(a, b)| a.hypot(b));
            tests.stability.push(Stability {
                key: VOLATILITY,
                first,
                second,
                difference_in_std_errors: (second - first) / error.unwrap_or(f64::NAN),
            });
        }
        tests
    }

    fn notes(&self, returns: &[Return], step: Step) -> Vec<String> {
        let scores = self.scores(returns);
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
        let year = match step {
            Step::Day => (365, "365 days"),
            Step::Month => (12, "12 months"),
        };
        if let Some((ratio, std_error)) = variance_ratio(&scores, year.0) {
            notes.push(format!(
                "variance ratio of {} to one: {ratio:.2} ± {std_error:.2} (1 for this law)",
                year.1
            ));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Stream;
    use crate::chance::philox::Philox;
    use crate::time::DAYS_PER_YEAR;

    /// Years of 365 days between the last days of two months.
    fn years_between(earlier: YearMonth, later: YearMonth) -> f64 {
        f64::from((later.last_day() - earlier.last_day()).get_days()) / DAYS_PER_YEAR
    }

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
