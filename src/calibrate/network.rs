//! Growth and noise of the network's hashrate, from difficulty epochs.
//!
//! In: start dates and difficulties of epochs. Out: growth and noise per month, with block luck
//! taken out. Not here: daily hashrates, whose scatter is mostly the luck of 144 blocks; the
//! response to price; what growth to expect.
//!
//! A difficulty measures the mean hashrate of the period before by the time of 2015 block
//! intervals, hence with a relative error of variance 1/2015. It is an error of the level: the
//! next retarget takes it back, so a log-change carries 2/2015 of it and neighbours −1/2015.
//! Means over neighbouring periods of a random walk would also move together by +1/4 of their
//! variance. That is left out: since 2022 neighbours correlate by −0.24, as this law says without
//! it; a note tells what other windows hold.

use super::local_level::LocalLevel;
use super::serial::{autocorrelation, ljung_box, usual_lags};
use super::{CalibrationError, Fit, Parameter, YearMonth, at_least, logs_of};
use crate::time::DAYS_PER_YEAR;
use basin::{Brent, CostFunction, Executor, PointState};
use jiff::civil::Date;
use std::convert::Infallible;

/// Variance of the log of a difficulty due to block luck: one over the intervals it is made of.
///
/// The exact value for exponential intervals is trigamma(2015) = 1/2014.5.
/// Source: consensus: the retarget spans 2015 of the 2016 intervals.
pub const BLOCK_LUCK_VARIANCE: f64 = 1.0 / 2015.0;

/// Fewest retargets: half a year, which still leaves the noise uncertain by a third.
const RETARGETS_MIN: usize = 12;

const WHAT: &str = "difficulty epochs";

/// Fits a drifting level with luck of known variance to epochs that start in `from` or later.
///
/// `epochs` are (start date, difficulty). Growth and noise are of the log hashrate; time runs in
/// years of 365 days. The naive noise, block luck included, stands beside the cleaned one.
///
/// # Errors
/// Fewer than 12 retargets, a difficulty not above 0, dates out of order, constant difficulty, no
/// maximum of the likelihood.
pub fn network(epochs: &[(Date, f64)], from: YearMonth) -> Result<Fit, CalibrationError> {
    let first = epochs.partition_point(|&(start, _)| start < from.first_day());
    let epochs = &epochs[first..];
    let logs = logs_of(WHAT, epochs)?;
    at_least(WHAT, logs.len().saturating_sub(1), RETARGETS_MIN)?;
    let start = epochs[0].0;
    let times: Vec<f64> = epochs
        .iter()
        .map(|&(date, _)| f64::from((date - start).get_days()) / DAYS_PER_YEAR)
        .collect();
    let naive = naive_noise_sd(&times, &logs);
    if naive == 0.0 {
        return Err(CalibrationError::NoVariation { what: WHAT, found: logs.len() });
    }
    let likelihood = Likelihood { times: &times, logs: &logs };
    let law = likelihood.maximum(2.0 * naive)?;
    let (growth_std_error, noise_std_error) = likelihood.standard_errors(&law, naive)?;
    Ok(Fit {
        law: "drifting random walk of log hashrate, seen through block luck",
        parameters: parameters(&law, growth_std_error, noise_std_error, naive, logs.len() - 1),
        observations: logs.len() - 1,
        window: (start, epochs[epochs.len() - 1].0),
        log_likelihood: Some(law.log_likelihood(&times, &logs)),
        method: "exact maximum likelihood by a Kalman filter; errors from the Hessian",
        notes: notes(&law, &times, &logs),
        inference: None,
    })
}

/// The likelihood of a history, as a function of drift and noise.
struct Likelihood<'a> {
    times: &'a [f64],
    logs: &'a [f64],
}

/// Points of the first, coarse look at the noise: one in 64 of the range, far finer than the
/// likelihood is wide for any sample that is let in.
const GRID: u32 = 64;

impl Likelihood<'_> {
    /// Best law for a noise: the drift is concentrated out by generalised least squares.
    fn law(&self, noise_sd: f64) -> LocalLevel {
        LocalLevel { drift: 0.0, noise_sd, measurement_variance: BLOCK_LUCK_VARIANCE }
            .with_best_drift(self.times, self.logs)
    }

    /// Highest likelihood over noises from 0 to `noise_sd_max`.
    ///
    /// The search is over s, not ln s²: it reaches the case s = 0, where luck alone explains the
    /// retargets, and the likelihood is even and smooth there.
    fn maximum(&self, noise_sd_max: f64) -> Result<LocalLevel, CalibrationError> {
        let point = |k: u32| noise_sd_max * f64::from(k) / f64::from(GRID);
        let value = |s: f64| self.law(s).log_likelihood(self.times, self.logs);
        let best = (0..=GRID).max_by(|&a, &b| value(point(a)).total_cmp(&value(point(b))));
        let best = best.expect("the grid has points");
        if best == GRID {
            let detail = format!("still rising at a noise of {noise_sd_max:.3} per sqrt(year)");
            return Err(CalibrationError::NoMaximum { what: WHAT, detail });
        }
        let bracket = (point(best.saturating_sub(1)), point(best + 1));
        let problem = NoiseSearch { likelihood: self, bracket };
        let found = Executor::new(problem, Brent::new(), PointState::new(point(best)))
            .max_iter(200)
            .run()
            .map_err(|error| CalibrationError::NoMaximum {
                what: WHAT,
                detail: format!("{error:?}"),
            })?;
        let noise_sd = *found.best_param();
        // Near its bound the likelihood is flat: below Brent's resolution the bound is meant.
        Ok(self.law(if noise_sd < 1e-6 * noise_sd_max { 0.0 } else { noise_sd }))
    }

    /// Standard errors of (drift, noise): the inverse of the negative Hessian of the
    /// log-likelihood, by central differences. At noise 0 the likelihood is even, so that these
    /// hold there too.
    fn standard_errors(
        &self,
        law: &LocalLevel,
        scale: f64,
    ) -> Result<(f64, f64), CalibrationError> {
        let at = |drift_step: f64, noise_step: f64| {
            let drift = law.drift + drift_step;
            let noise_sd = law.noise_sd + noise_step;
            LocalLevel { drift, noise_sd, ..*law }.log_likelihood(self.times, self.logs)
        };
        // The likelihood is quadratic in the drift: any step is exact but for rounding.
        let (g, s) = (0.1 * scale, 1e-3 * scale);
        let gg = (at(g, 0.0) - 2.0 * at(0.0, 0.0) + at(-g, 0.0)) / (g * g);
        let ss = (at(0.0, s) - 2.0 * at(0.0, 0.0) + at(0.0, -s)) / (s * s);
        let gs = (at(g, s) - at(g, -s) - at(-g, s) + at(-g, -s)) / (4.0 * g * s);
        let determinant = gg * ss - gs * gs;
        if !(gg < 0.0 && ss < 0.0 && determinant > 0.0) {
            let detail = format!("flat at a noise of {:.4} per sqrt(year)", law.noise_sd);
            return Err(CalibrationError::NoMaximum { what: WHAT, detail });
        }
        Ok(((-ss / determinant).sqrt(), (-gg / determinant).sqrt()))
    }
}

/// The likelihood as basin sees it: one number to minimise, in a bracket.
struct NoiseSearch<'a> {
    likelihood: &'a Likelihood<'a>,
    bracket: (f64, f64),
}

impl CostFunction for NoiseSearch<'_> {
    type Param = f64;
    type Output = f64;
    type Error = Infallible;

    fn cost(&self, noise_sd: &f64) -> Result<f64, Infallible> {
        let law = self.likelihood.law(*noise_sd);
        Ok(-law.log_likelihood(self.likelihood.times, self.likelihood.logs))
    }
}

impl basin::Constraints for NoiseSearch<'_> {
    type Set = basin::ConstraintSet<basin::BoxBounds<f64>>;

    fn constraints(&self) -> <Self::Set as basin::ConstraintDescription>::Borrowed<'_> {
        let (low, high) = &self.bracket;
        basin::ConstraintSet::new().with_bounds(basin::BoxBounds::new(Some(low), Some(high)))
    }
}

/// Standard deviation of log-changes per √year, luck and all.
fn naive_noise_sd(times: &[f64], logs: &[f64]) -> f64 {
    let n = logs.len() - 1;
    let drift = (logs[n] - logs[0]) / (times[n] - times[0]);
    let square: f64 = (0..n)
        .map(|k| {
            let dt = times[k + 1] - times[k];
            (logs[k + 1] - logs[k] - drift * dt).powi(2) / dt
        })
        .sum();
    (square / (n - 1) as f64).sqrt()
}

fn parameters(
    law: &LocalLevel,
    growth_std_error: f64,
    noise_std_error: f64,
    naive: f64,
    retargets: usize,
) -> Vec<Parameter> {
    let per_sqrt_month = 12.0_f64.sqrt().recip();
    vec![
        Parameter::new(
            "network.growth_per_month",
            "per month, of the logarithm",
            law.drift / 12.0,
            growth_std_error / 12.0,
        ),
        Parameter::new(
            "network.noise_sd_per_month",
            "per sqrt(month), of the logarithm",
            law.noise_sd * per_sqrt_month,
            noise_std_error * per_sqrt_month,
        ),
        Parameter::new(
            "noise_sd_per_sqrt_year",
            "per sqrt(year), of the logarithm",
            law.noise_sd,
            noise_std_error,
        )
        .described(),
        Parameter::new(
            "naive_noise_sd_per_sqrt_year",
            "per sqrt(year), of the logarithm, block luck included",
            naive,
            naive / (2.0 * retargets as f64).sqrt(),
        )
        .described(),
    ]
}

fn notes(law: &LocalLevel, times: &[f64], logs: &[f64]) -> Vec<String> {
    let changes: Vec<f64> = logs.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let dt = times[times.len() - 1] / changes.len() as f64;
    let implied = -BLOCK_LUCK_VARIANCE / (law.noise_sd.powi(2) * dt + 2.0 * BLOCK_LUCK_VARIANCE);
    let scores = law.standardised_innovations(times, logs);
    let lags = usual_lags(scores.len());
    let (statistic, p) = ljung_box(&scores, lags);
    let mut notes = vec![
        "past growth answered to past hashprices: it is no forecast at another one".to_owned(),
        format!(
            "autocorrelation of log-changes at lag 1: {:.2} found, {implied:.2} by this law",
            autocorrelation(&changes, 1)
        ),
        format!("Ljung-Box of forecast errors, {lags} lags: Q = {statistic:.2}, p = {p:.3}"),
    ];
    if law.noise_sd == 0.0 {
        notes.push("block luck alone explains the retargets: the noise is at its bound 0".into());
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;

    fn epochs(logs: impl IntoIterator<Item = f64>) -> Vec<(Date, f64)> {
        let start = date(2022, 1, 1);
        logs.into_iter()
            .enumerate()
            .map(|(k, log)| (start + (14 * k as i64).days(), log.exp()))
            .collect()
    }

    const FROM: i16 = 2022;

    fn fit(epochs: &[(Date, f64)]) -> Result<Fit, CalibrationError> {
        network(epochs, YearMonth::new(FROM, 1).unwrap())
    }

    /// Retargets steadier than luck allows: the noise is 0, exactly and with an error, and the
    /// growth is the slope.
    #[test]
    fn steadier_than_luck_means_no_noise() {
        let wobble = |k: i32| 0.01 * k as f64 + if k % 2 == 0 { 0.004 } else { -0.004 };
        let fit = fit(&epochs((0..60).map(wobble))).unwrap();
        let noise = fit.parameter("network.noise_sd_per_month").unwrap();
        assert_eq!(noise.value, 0.0);
        assert!(noise.std_error > 0.0 && noise.std_error.is_finite());
        let growth = fit.parameter("network.growth_per_month").unwrap();
        assert!((growth.value - 0.01 * DAYS_PER_YEAR / 14.0 / 12.0).abs() < 1e-4);
        assert!(fit.notes.iter().any(|note| note.contains("at its bound 0")));
    }

    /// Difficulty in another unit, or doubled, grows and scatters alike.
    #[test]
    fn the_unit_of_difficulty_does_not_matter() {
        let wave = |k: i32| 0.01 * k as f64 + 0.08 * f64::from(k * k % 7);
        let one = fit(&epochs((0..60).map(wave))).unwrap();
        let other = fit(&epochs((0..60).map(|k| 3.0 + wave(k)))).unwrap();
        for (one, other) in one.parameters.iter().zip(&other.parameters) {
            assert!((one.value - other.value).abs() < 1e-7, "{one:?} {other:?}");
        }
    }

    /// The score vanishes at the estimate: a step aside in the noise is less likely.
    #[test]
    fn no_other_noise_is_likelier() {
        let logs: Vec<f64> = (0..60).map(|k| 0.08 * f64::from(k * k % 7)).collect();
        let times: Vec<f64> = (0..60).map(|k| f64::from(k) * 14.0 / DAYS_PER_YEAR).collect();
        let likelihood = Likelihood { times: &times, logs: &logs };
        let law = likelihood.maximum(3.0).unwrap();
        let best = law.log_likelihood(&times, &logs);
        for factor in [0.5, 0.99, 1.01, 2.0] {
            let other = likelihood.law(factor * law.noise_sd);
            assert!(other.log_likelihood(&times, &logs) < best, "{factor}");
        }
    }

    #[test]
    fn a_short_or_flat_history_is_refused() {
        let short = fit(&epochs((0..5).map(f64::from))).unwrap_err();
        assert!(short.to_string().contains("found 4 observations"), "{short}");
        let flat = fit(&epochs((0..20).map(|_| 1.0))).unwrap_err();
        assert!(matches!(flat, CalibrationError::NoVariation { found: 20, .. }), "{flat}");
    }
}
