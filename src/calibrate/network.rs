//! Growth and noise of the network's hashrate, and its tie to the price, from difficulty epochs.
//!
//! In: start dates and difficulties of epochs, and the BTC price where it is known. Out: growth and
//! noise per month, with block luck taken out; with a price also the response to hashprice and the
//! correlation with the price's shock, estimated together. Not here: daily hashrates, whose scatter
//! is mostly the luck of 144 blocks; shutdowns and the cap of growth, which stay in the noise; what
//! growth to expect.
//!
//! A difficulty measures the mean hashrate of the epoch before by the time of 2015 block intervals,
//! hence with a relative error of variance 1/2015. It is an error of the level: the next retarget
//! takes it back, so a log-change carries 2/2015 of it and neighbours −1/2015. Means over
//! neighbouring epochs of a walk move together by a sixth of its variance; both are in the
//! likelihood. The log hashrate is g·t + c·p + β·a + s·W: p the log price less its trend, a the
//! delayed response added up, W Brownian. The law's noise is the whole of c·p and s·W: its variance is
//! c²v² + s², v the volatility of the price, and its correlation with the price's shock
//! c·v / √(c²v² + s²).

use super::local_level::{BestCoefficients, LocalLevel, Periods};
use super::price_link::{EPOCH_DAYS, LinkedEpochs};
use super::serial::{autocorrelation, ljung_box, usual_lags};
use super::{CalibrationError, Fit, Parameter, YearMonth, at_least, inverse, logs_of};
use crate::time::{DAYS_PER_YEAR, MONTHS_PER_YEAR};
use basin::{Brent, CostFunction, Executor, PointState};
use jiff::civil::Date;
use std::convert::Infallible;

pub use super::price_link::PriceLink;

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
    let logs = logs_of(WHAT, epochs)?;
    let first = epochs.partition_point(|&(start, _)| start < from.first_day());
    let history = History::new(epochs, &logs, first..epochs.len())?;
    let solved = Solved::of(&history)?;
    let (growth, noise) = (solved.coefficient(0), solved.noise());
    let notes = notes(&solved, &history, noise.0);
    let mut parameters = vec![growth_parameter(growth)];
    parameters.extend(noise_parameters(noise, history.naive_noise()));
    Ok(fit(&history, &solved, "drifting random walk of log hashrate", parameters, notes))
}

/// Fits the level of [`network`] together with its tie to the BTC price: the delayed response to
/// hashprice above entry, and the correlation of the noise with the price's shock.
///
/// Only epochs whose time the prices cover count; prices and epochs before `from` are the run-up of
/// the response.
///
/// # Errors
/// As [`network`], with prices that do not cover 12 retargets, are not above 0 or out of order, and
/// a response that nothing tells apart from the growth: a hashprice always below entry.
pub fn network_with_price(
    epochs: &[(Date, f64)],
    link: &PriceLink<'_>,
    from: YearMonth,
) -> Result<Fit, CalibrationError> {
    let logs = logs_of(WHAT, epochs)?;
    let linked = LinkedEpochs::new(epochs, from, link)?;
    let mut history = History::new(epochs, &logs, linked.epochs.clone())?;
    history.regressors.push(linked.log_price.clone());
    let alone = Solved::of(&history)?;
    history.regressors.push(linked.response_months.clone());
    let solved = Solved::of(&history)?;
    let total = solved.total_noise(&linked);
    let (without_response, without_error) = alone.correlation(&linked);
    let mut notes = notes(&solved, &history, total.0);
    notes.push(format!(
        "response and correlation are estimated together, so that neither holds the other's part; \
         without the response the correlation would be {without_response:.2} ± {without_error:.2}"
    ));
    notes.push(format!(
        "{} prices, one every {} days{}",
        linked.prices,
        linked.step_days,
        if linked.step_days > 3.0 {
            ", joined by straight lines of the logarithm: what these leave out is in the noise"
        } else {
            ""
        }
    ));
    notes.push("shutdowns and the cap of growth are in the noise and the correlation".to_owned());
    let mut parameters = vec![growth_parameter(solved.coefficient(0))];
    parameters.extend(noise_parameters(total, history.naive_noise()));
    parameters.push(response_parameter(solved.coefficient(2)));
    let (correlation, std_error) = solved.correlation(&linked);
    parameters.push(
        Parameter::new(
            "btc_price_hashrate_correlation",
            "correlation of the shocks",
            correlation,
            std_error,
        )
        .caution("belongs in the file of dependence.correlation"),
    );
    let law = "drifting random walk of log hashrate, tied to the BTC price";
    Ok(fit(&history, &solved, law, parameters, notes))
}

fn fit(
    history: &History,
    solved: &Solved,
    law: &'static str,
    parameters: Vec<Parameter>,
    notes: Vec<String>,
) -> Fit {
    Fit {
        law,
        parameters,
        observations: history.logs.len() - 1,
        window: history.window,
        log_likelihood: Some(
            solved.law.log_likelihood(history.periods(), &solved.best.coefficients),
        ),
        method: "exact maximum likelihood by a Kalman filter; errors from the Hessian",
        notes,
        inference: None,
    }
}

/// Difficulties, and the epochs that they measure: each the one before its own.
struct History {
    /// Years.
    lengths: Vec<f64>,
    logs: Vec<f64>,
    /// The first is time itself, years: the middle of each epoch.
    regressors: Vec<Vec<f64>>,
    window: (Date, Date),
}

impl History {
    fn new(
        epochs: &[(Date, f64)],
        logs: &[f64],
        range: std::ops::Range<usize>,
    ) -> Result<Self, CalibrationError> {
        let logs = logs[range.clone()].to_vec();
        at_least(WHAT, logs.len().saturating_sub(1), RETARGETS_MIN)?;
        let lengths: Vec<f64> = range
            .clone()
            .map(|k| match k {
                0 => EPOCH_DAYS as f64,
                _ => f64::from((epochs[k].0 - epochs[k - 1].0).get_days()),
            })
            .map(|days| days / DAYS_PER_YEAR)
            .collect();
        let mut end = 0.0;
        let middle = |length: &f64| {
            end += length;
            end - length / 2.0
        };
        let regressors = vec![lengths.iter().map(middle).collect()];
        let window = (epochs[range.start].0, epochs[range.end - 1].0);
        let history = Self { lengths, logs, regressors, window };
        if history.naive_noise_sd() == 0.0 {
            return Err(CalibrationError::NoVariation { what: WHAT, found: history.logs.len() });
        }
        Ok(history)
    }
    fn periods(&self) -> Periods<'_> {
        Periods { lengths: &self.lengths, values: &self.logs, regressors: &self.regressors }
    }
    /// Standard deviation of log-changes per √year, luck and all.
    fn naive_noise_sd(&self) -> f64 {
        let n = self.logs.len() - 1;
        let years: f64 = self.lengths[1..].iter().sum();
        let drift = (self.logs[n] - self.logs[0]) / years;
        let square: f64 = (1..=n)
            .map(|k| {
                let dt = self.lengths[k];
                (self.logs[k] - self.logs[k - 1] - drift * dt).powi(2) / dt
            })
            .sum();
        (square / (n - 1) as f64).sqrt()
    }
    /// The same with its standard error for independent changes.
    fn naive_noise(&self) -> (f64, f64) {
        let naive = self.naive_noise_sd();
        (naive, naive / (2.0 * (self.logs.len() - 1) as f64).sqrt())
    }
}

/// The law of highest likelihood, and how well it is known.
struct Solved {
    law: LocalLevel,
    best: BestCoefficients,
    /// Of the coefficients, then of the noise.
    covariance: Vec<Vec<f64>>,
}

impl Solved {
    fn of(history: &History) -> Result<Self, CalibrationError> {
        let naive = history.naive_noise_sd();
        let likelihood = Likelihood { periods: history.periods() };
        let (law, best) = likelihood.maximum(2.0 * naive)?;
        let covariance = likelihood.covariance(&law, &best, 1e-3 * naive)?;
        Ok(Self { law, best, covariance })
    }
    /// A coefficient and its standard error.
    fn coefficient(&self, index: usize) -> (f64, f64) {
        (self.best.coefficients[index], self.covariance[index][index].sqrt())
    }
    /// Noise s per √year and its standard error.
    fn noise(&self) -> (f64, f64) {
        let last = self.best.coefficients.len();
        (self.law.noise_sd, self.covariance[last][last].sqrt())
    }
    /// Standard error of a function of (c, s, v) by the delta method, given its derivatives; the
    /// volatility v is known from its own sample.
    fn delta(&self, linked: &LinkedEpochs, [by_c, by_s, by_v]: [f64; 3]) -> f64 {
        let last = self.best.coefficients.len();
        let of = &self.covariance;
        let volatility = linked.volatility_per_sqrt_year;
        let of_volatility = volatility * volatility / (2.0 * (linked.prices - 1) as f64);
        (by_c * by_c * of[1][1]
            + 2.0 * by_c * by_s * of[1][last]
            + by_s * by_s * of[last][last]
            + by_v * by_v * of_volatility)
            .sqrt()
    }
    /// The whole noise √(c²v² + s²) per √year, and its standard error.
    fn total_noise(&self, linked: &LinkedEpochs) -> (f64, f64) {
        let (c, s) = (self.best.coefficients[1], self.law.noise_sd);
        let v = linked.volatility_per_sqrt_year;
        let total = (c * v).hypot(s);
        let derivatives = [c * v * v / total, s / total, c * c * v / total];
        (total, self.delta(linked, derivatives))
    }
    /// Correlation c·v / √(c²v² + s²) of the noise with the price's shock, and its standard error.
    fn correlation(&self, linked: &LinkedEpochs) -> (f64, f64) {
        let (c, s) = (self.best.coefficients[1], self.law.noise_sd);
        let v = linked.volatility_per_sqrt_year;
        let total = (c * v).hypot(s);
        let cube = total.powi(3);
        let derivatives = [v * s * s / cube, -c * v * s / cube, c * s * s / cube];
        (c * v / total, self.delta(linked, derivatives))
    }
}

/// The likelihood of a history, as a function of coefficients and noise.
struct Likelihood<'a> {
    periods: Periods<'a>,
}

/// Points of the first, coarse look at the noise: one in 64 of the range, far finer than the
/// likelihood is wide for any sample that is let in.
const GRID: u32 = 64;

impl Likelihood<'_> {
    /// The law of a noise, with its coefficients concentrated out by generalised least squares.
    fn law(&self, noise_sd: f64) -> Option<(LocalLevel, BestCoefficients)> {
        let law = LocalLevel { noise_sd, measurement_variance: BLOCK_LUCK_VARIANCE };
        law.best_coefficients(self.periods).map(|best| (law, best))
    }
    /// Its log-likelihood; −∞ where there are no best coefficients.
    fn value(&self, noise_sd: f64) -> f64 {
        self.law(noise_sd).map_or(f64::NEG_INFINITY, |(law, best)| {
            law.log_likelihood(self.periods, &best.coefficients)
        })
    }

    /// Highest likelihood over noises from 0 to `noise_sd_max`.
    ///
    /// The search is over s, not ln s²: it reaches the case s = 0, where luck alone explains the
    /// retargets, and the likelihood is even and smooth there.
    fn maximum(
        &self,
        noise_sd_max: f64,
    ) -> Result<(LocalLevel, BestCoefficients), CalibrationError> {
        let none = |detail: String| CalibrationError::NoMaximum { what: WHAT, detail };
        let point = |k: u32| noise_sd_max * f64::from(k) / f64::from(GRID);
        let best = (0..=GRID)
            .max_by(|&a, &b| self.value(point(a)).total_cmp(&self.value(point(b))))
            .expect("the grid has points");
        if self.law(point(best)).is_none() {
            return Err(none("growth and response to the price are not told apart".into()));
        }
        if best == GRID {
            return Err(none(format!(
                "still rising at a noise of {noise_sd_max:.3} per sqrt(year)"
            )));
        }
        let bracket = (point(best.saturating_sub(1)), point(best + 1));
        let problem = NoiseSearch { likelihood: self, bracket };
        let found = Executor::new(problem, Brent::new(), PointState::new(point(best)))
            .max_iter(200)
            .run()
            .map_err(|error| none(format!("{error:?}")))?;
        let noise_sd = *found.best_param();
        // Near its bound the likelihood is flat: below Brent's resolution the bound is meant.
        let noise_sd = if noise_sd < 1e-6 * noise_sd_max { 0.0 } else { noise_sd };
        self.law(noise_sd).ok_or_else(|| none("the coefficients are not told apart".into()))
    }

    /// Covariance of (coefficients, noise): the inverse of the negative Hessian of the
    /// log-likelihood, exact in the coefficients, by central differences of `step` in the noise. At
    /// noise 0 the likelihood is even, so that it holds there too.
    fn covariance(
        &self,
        law: &LocalLevel,
        best: &BestCoefficients,
        step: f64,
    ) -> Result<Vec<Vec<f64>>, CalibrationError> {
        let aside = |by: f64| LocalLevel { noise_sd: law.noise_sd + by, ..*law };
        let value = |by: f64| aside(by).log_likelihood(self.periods, &best.coefficients);
        let gradient = |by: f64| aside(by).gradient(self.periods, &best.coefficients);
        let (up, down) = (gradient(step), gradient(-step));
        let mut information = best.information.clone();
        let cross: Vec<f64> =
            up.iter().zip(&down).map(|(up, down)| -(up - down) / (2.0 * step)).collect();
        for (row, cross) in information.iter_mut().zip(&cross) {
            row.push(*cross);
        }
        let of_noise = -(value(step) - 2.0 * value(0.0) + value(-step)) / (step * step);
        information.push(cross.into_iter().chain([of_noise]).collect());
        inverse::inverse(&information).ok_or_else(|| CalibrationError::NoMaximum {
            what: WHAT,
            detail: format!("flat at a noise of {:.4} per sqrt(year)", law.noise_sd),
        })
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
        Ok(-self.likelihood.value(*noise_sd))
    }
}

impl basin::Constraints for NoiseSearch<'_> {
    type Set = basin::ConstraintSet<basin::BoxBounds<f64>>;

    fn constraints(&self) -> <Self::Set as basin::ConstraintDescription>::Borrowed<'_> {
        let (low, high) = &self.bracket;
        basin::ConstraintSet::new().with_bounds(basin::BoxBounds::new(Some(low), Some(high)))
    }
}

fn growth_parameter((growth, std_error): (f64, f64)) -> Parameter {
    Parameter::new(
        "network.growth_per_month",
        "per month, of the logarithm",
        growth / MONTHS_PER_YEAR,
        std_error / MONTHS_PER_YEAR,
    )
}

/// The noise in the units of the study and of a year, and the naive one.
fn noise_parameters(
    (noise, std_error): (f64, f64),
    (naive, naive_std_error): (f64, f64),
) -> [Parameter; 3] {
    let per_sqrt_month = MONTHS_PER_YEAR.sqrt().recip();
    let unit = "per sqrt(year), of the logarithm";
    [
        Parameter::new(
            "network.noise_sd_per_month",
            "per sqrt(month), of the logarithm",
            noise * per_sqrt_month,
            std_error * per_sqrt_month,
        ),
        Parameter::new("noise_sd_per_sqrt_year", unit, noise, std_error).described(),
        Parameter::new(
            "naive_noise_sd_per_sqrt_year",
            "per sqrt(year), of the logarithm, block luck included",
            naive,
            naive_std_error,
        )
        .described(),
    ]
}

fn response_parameter((response, std_error): (f64, f64)) -> Parameter {
    let parameter = Parameter::new(
        "network.response_per_month",
        "per month, for each unit of ln(hashprice / entry)",
        response,
        std_error,
    );
    if response < 0.0 {
        parameter.caution("below 0: in this window a high hashprice did not speed growth up")
    } else if response < SIGNIFICANT * std_error {
        parameter.caution("not told apart from 0 by this window")
    } else {
        parameter
    }
}

/// Standard errors that tell a response from 0 at 95 %, one-sided.
const SIGNIFICANT: f64 = 1.645;

fn notes(solved: &Solved, history: &History, total_noise_sd: f64) -> Vec<String> {
    let changes: Vec<f64> = history.logs.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let dt = history.lengths[1..].iter().sum::<f64>() / changes.len() as f64;
    let walk = total_noise_sd.powi(2) * dt;
    let implied =
        (walk / 6.0 - BLOCK_LUCK_VARIANCE) / (2.0 / 3.0 * walk + 2.0 * BLOCK_LUCK_VARIANCE);
    let scores = solved.law.standardised_innovations(history.periods(), &solved.best.coefficients);
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
    if solved.law.noise_sd == 0.0 {
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
        let history = History::new(&epochs(logs.clone()), &logs, 0..60).unwrap();
        let likelihood = Likelihood { periods: history.periods() };
        let (law, _) = likelihood.maximum(3.0).unwrap();
        let best = likelihood.value(law.noise_sd);
        for factor in [0.5, 0.99, 1.01, 2.0] {
            assert!(likelihood.value(factor * law.noise_sd) < best, "{factor}");
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
