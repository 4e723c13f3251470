//! Power price at the hub: its season, its reversion, its spikes.
//!
//! In: daily prices, USD per MWh. Out: the parameters of the law by least squares on the logarithm,
//! spikes taken out by a threshold that is found again until it stays. Not here: hours, prices of 0
//! and less (they have no logarithm; a note counts them), spikes below the threshold, which stay in
//! the standard deviation.
//!
//! The season a + b cos + c sin of the day of the year is fitted to the quiet days; what is left has
//! a robust scale (median absolute deviation); a day more than 3.5 of it above the season begins or
//! carries a spike, and it and the 5 days after are not quiet. Repeated until no day more is
//! taken out. Then an AR(1) of neighbouring quiet days gives reversion and sd, and the first days of
//! the spikes their number, size and decay. A first day shows a jump that has decayed from its hour:
//! by (1 − e^{−κ}) / κ on average.
//! Source: for the threshold, J. Janczura, S. Trück, R. Weron, R. Wolff, Energy Economics 38 (2013) 96.

use super::inverse::inverse;
use super::regression::Line;
use super::{CalibrationError, Fit, Parameter, at_least};
use jiff::ToSpan;
use jiff::civil::Date;
use std::f64::consts::TAU;

/// Fewest quiet days: a year, for its season.
const DAYS_MIN: usize = 365;
/// Robust standard deviations above the season at which a spike begins.
const THRESHOLD: f64 = 3.5;
/// Days after a spike that are not quiet.
const AFTERMATH_DAYS: i32 = 5;
/// Fewest spikes whose sizes are told.
const SPIKES_MIN: usize = 5;
/// A median absolute deviation times this is the standard deviation of a normal law.
const MAD_TO_SD: f64 = 1.482_602_218_505_602;
const DAYS_PER_YEAR: f64 = 365.25;

const WHAT: &str = "daily power prices";

/// Fits the law of the power price to daily prices in order of time.
///
/// # Errors
/// Days out of order, fewer than 365 quiet days, prices that do not vary or do not revert.
pub fn power_price(prices: &[(Date, f64)]) -> Result<Fit, CalibrationError> {
    if let Some(pair) = prices.windows(2).find(|pair| pair[1].0 <= pair[0].0) {
        let (before, at) = (pair[0].0.to_string(), pair[1].0.to_string());
        return Err(CalibrationError::OutOfOrder { what: WHAT, at, before });
    }
    let days: Vec<(Date, f64)> = prices
        .iter()
        .filter(|(_, price)| *price > 0.0 && price.is_finite())
        .map(|(day, price)| (*day, price.ln()))
        .collect();
    at_least(WHAT, days.len(), DAYS_MIN)?;
    let found = Separated::new(&days)?;
    let quiet = Quiet::new(&days, &found)?;
    let mut parameters = quiet.parameters(&found.season);
    parameters.extend(spikes(&days, &found, &quiet));
    let notes = vec![
        format!(
            "{} days of 0 USD/MWh and less are left out: the law has no such prices",
            prices.len() - days.len()
        ),
        format!(
            "spikes are days more than {THRESHOLD} robust sd above the season, here {:.0} % above \
             it; smaller ones are in the standard deviation",
            100.0 * ((THRESHOLD * found.scale).exp() - 1.0)
        ),
        "the mean is that of the law without its spikes".to_owned(),
    ];
    Ok(Fit {
        law: "season, reverting logarithm and spikes of the power price",
        parameters,
        observations: quiet.days,
        window: (days[0].0, days[days.len() - 1].0),
        log_likelihood: None,
        method: "least squares on quiet days, spikes above an iterated threshold",
        notes,
        inference: None,
    })
}

/// Regressors of the season: 1, cos, sin of the day of the year.
fn season_at(day: Date) -> [f64; 3] {
    let angle = TAU * f64::from(day.day_of_year()) / f64::from(day.days_in_year());
    [1.0, angle.cos(), angle.sin()]
}

/// Season, and what lies above it.
struct Separated {
    season: [f64; 3],
    /// Log price less its season, by day.
    rest: Vec<f64>,
    is_spike: Vec<bool>,
    is_quiet: Vec<bool>,
    /// Robust standard deviation of the quiet days.
    scale: f64,
}

impl Separated {
    fn new(days: &[(Date, f64)]) -> Result<Self, CalibrationError> {
        let mut is_quiet = vec![true; days.len()];
        loop {
            let (season, rest, scale) = quiet_season(days, &is_quiet)?;
            let is_spike: Vec<bool> = rest.iter().map(|x| *x > THRESHOLD * scale).collect();
            let mut now = is_quiet.clone();
            let mut quiet_from = days[0].0;
            for ((is_quiet, (day, _)), is_spike) in now.iter_mut().zip(days).zip(&is_spike) {
                if *is_spike {
                    quiet_from = *day + (AFTERMATH_DAYS + 1).days();
                }
                // A day that was taken out stays out, so that the search ends.
                *is_quiet &= *day >= quiet_from;
            }
            if now == is_quiet {
                return Ok(Self { season, rest, is_spike, is_quiet, scale });
            }
            is_quiet = now;
        }
    }
    /// Positions of the days on which a spike begins: above the threshold, and after a day that is
    /// not, or higher than that day by half of it, which no decay is.
    fn onsets(&self) -> impl Iterator<Item = usize> {
        let rises = |k: usize| self.rest[k] > self.rest[k - 1] + 0.5 * THRESHOLD * self.scale;
        (0..self.rest.len())
            .filter(move |&k| self.is_spike[k] && (k == 0 || !self.is_spike[k - 1] || rises(k)))
    }
}

/// The season of the quiet days, what every day leaves over it, and the robust scale of the quiet
/// ones.
fn quiet_season(
    days: &[(Date, f64)],
    is_quiet: &[bool],
) -> Result<([f64; 3], Vec<f64>, f64), CalibrationError> {
    let quiet = || days.iter().zip(is_quiet).filter(|(_, is_quiet)| **is_quiet).map(|(d, _)| d);
    let found = quiet().count();
    at_least(WHAT, found, DAYS_MIN)?;
    let (mut products, mut squares) = ([0.0; 3], vec![vec![0.0; 3]; 3]);
    for (day, log) in quiet() {
        let x = season_at(*day);
        for i in 0..3 {
            products[i] += x[i] * log;
            for j in 0..3 {
                squares[i][j] += x[i] * x[j];
            }
        }
    }
    let flat = CalibrationError::NoVariation { what: WHAT, found };
    let inverse = inverse(&squares).ok_or(flat.clone())?;
    let season: [f64; 3] =
        std::array::from_fn(|i| inverse[i].iter().zip(&products).map(|(a, b)| a * b).sum());
    let over = |(day, log): &(Date, f64)| {
        log - season_at(*day).iter().zip(season).map(|(x, b)| x * b).sum::<f64>()
    };
    let rest: Vec<f64> = days.iter().map(over).collect();
    let mut sizes: Vec<f64> =
        rest.iter().zip(is_quiet).filter(|(_, quiet)| **quiet).map(|(x, _)| x.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let scale = MAD_TO_SD * sizes[sizes.len() / 2];
    if scale < 1e-12 { Err(flat) } else { Ok((season, rest, scale)) }
}

/// What the quiet days tell.
struct Quiet {
    days: usize,
    sd: f64,
    /// Part of a deviation that a day keeps, and its standard error.
    keep: (f64, f64),
}

impl Quiet {
    fn new(days: &[(Date, f64)], found: &Separated) -> Result<Self, CalibrationError> {
        let is_pair = |k: &usize| {
            found.is_quiet[*k - 1]
                && found.is_quiet[*k]
                && (days[*k].0 - days[*k - 1].0).get_days() == 1
        };
        let pairs: Vec<usize> = (1..days.len()).filter(is_pair).collect();
        at_least(WHAT, pairs.len(), DAYS_MIN / 2)?;
        let before: Vec<f64> = pairs.iter().map(|&k| found.rest[k - 1]).collect();
        let after: Vec<f64> = pairs.iter().map(|&k| found.rest[k]).collect();
        let n = found.is_quiet.iter().filter(|quiet| **quiet).count();
        let line = Line::fit(&before, &after)
            .ok_or(CalibrationError::NoVariation { what: WHAT, found: n })?;
        let std_error = line.covariance()[1][1].sqrt();
        if line.slope <= 0.0 || line.slope >= 1.0 {
            let coefficient = line.slope;
            let found = pairs.len();
            return Err(CalibrationError::NoLongRunLevel {
                what: WHAT,
                coefficient,
                std_error,
                found,
            });
        }
        let square: f64 = found
            .rest
            .iter()
            .zip(&found.is_quiet)
            .filter(|(_, quiet)| **quiet)
            .map(|(x, _)| x * x)
            .sum();
        Ok(Self { days: n, sd: (square / (n - 3) as f64).sqrt(), keep: (line.slope, std_error) })
    }

    /// Season, reversion and sd. Errors know that neighbouring days hang together: a mean of n has
    /// the variance of n (1 − ρ) / (1 + ρ) independent ones, a variance that of n (1 − ρ²) / (1 + ρ²).
    fn parameters(&self, [level, cosine, sine]: &[f64; 3]) -> Vec<Parameter> {
        let (keep, keep_error) = self.keep;
        let n = self.days as f64;
        let level_error = self.sd * ((1.0 + keep) / (1.0 - keep) / n).sqrt();
        let wave_error = level_error * 2.0_f64.sqrt();
        let amplitude = cosine.hypot(*sine);
        let peak = sine.atan2(*cosine).rem_euclid(TAU) / TAU * DAYS_PER_YEAR;
        let sd_error = self.sd / (2.0 * n * (1.0 - keep * keep) / (1.0 + keep * keep)).sqrt();
        let mean = (level + 0.5 * self.sd * self.sd).exp() * bessel_0(amplitude);
        let mean_error = mean * level_error.hypot(self.sd * sd_error);
        vec![
            Parameter::new(
                "power_price.mean_usd_per_mwh",
                "USD per MWh, without spikes",
                mean,
                mean_error,
            ),
            Parameter::new(
                "power_price.season_amplitude",
                "of the log price",
                amplitude,
                wave_error,
            ),
            Parameter::new(
                "power_price.season_peak_day",
                "day of the year",
                peak.max(1.0),
                wave_error / amplitude * DAYS_PER_YEAR / TAU,
            ),
            Parameter::new(
                "power_price.reversion_per_day",
                "per day",
                -keep.ln(),
                keep_error / keep,
            ),
            Parameter::new("power_price.log_sd", "of the log price", self.sd, sd_error),
        ]
    }
}

/// I₀, the modified Bessel function: the mean of e^{A cos} over a year.
fn bessel_0(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..60 {
        term *= (x / 2.0 / f64::from(k)).powi(2);
        sum += term;
    }
    sum
}

/// Number, size and decay of the spikes; sizes only of enough of them.
fn spikes(days: &[(Date, f64)], found: &Separated, quiet: &Quiet) -> Vec<Parameter> {
    let years = f64::from((days[days.len() - 1].0 - days[0].0).get_days()) / DAYS_PER_YEAR;
    let onsets: Vec<usize> = found.onsets().collect();
    let (count, n) = (onsets.len() as f64, days.len() as f64);
    // Two arrivals on a day are seen as one: days without any are e^{−rate} of all.
    let arrivals = -n * (-count / n).ln_1p();
    let mut parameters = vec![Parameter::new(
        "power_price.spikes_per_year",
        "per year, those above the threshold",
        arrivals / years,
        count.max(1.0).sqrt() / years,
    )];
    // A spike's decay: from its first day to the next, through the origin.
    let follows =
        |k: &&usize| **k + 1 < days.len() && (days[**k + 1].0 - days[**k].0).get_days() == 1;
    let (mut product, mut square, mut pairs) = (0.0, 0.0, Vec::new());
    for &k in onsets.iter().filter(follows) {
        product += found.rest[k] * found.rest[k + 1];
        square += found.rest[k].powi(2);
        pairs.push((found.rest[k], found.rest[k + 1]));
    }
    let keep = product / square;
    if onsets.len() < SPIKES_MIN || !(keep > 0.0 && keep < 1.0) {
        return parameters;
    }
    let errors: f64 = pairs.iter().map(|(x, y)| (y - keep * x).powi(2)).sum();
    let keep_error = (errors / (pairs.len() - 1) as f64 / square).sqrt();
    let decay_days = -1.0 / keep.ln();
    // Jumps as they were at their hour: the first day less what the day before let expect, over
    // the mean part that is left at its close.
    let left = (1.0 - keep) * decay_days;
    let left_error = keep_error * ((1.0 - keep) / keep * decay_days - 1.0) * decay_days;
    let jumps: Vec<f64> = onsets
        .iter()
        .filter(|&&k| k > 0)
        .map(|&k| (found.rest[k] - quiet.keep.0 * found.rest[k - 1]) / left)
        .collect();
    let n = jumps.len() as f64;
    let mean = jumps.iter().sum::<f64>() / n;
    let variance = jumps.iter().map(|jump| (jump - mean).powi(2)).sum::<f64>() / (n - 1.0);
    // Of it, the day's own innovation, and the spread of the part left: from its second moment.
    let innovation = quiet.sd.powi(2) * (1.0 - quiet.keep.0.powi(2)) / (left * left);
    let second = (1.0 - keep * keep) * decay_days / 2.0;
    let of_hours = mean * mean * (second / (left * left) - 1.0);
    let of_jumps = (variance - innovation - of_hours) * left * left / second;
    let log_sd = of_jumps.max(0.0).sqrt();
    let scale = "of the log price, those above the threshold";
    parameters.push(Parameter::new(
        "power_price.spike_log_mean",
        scale,
        mean,
        (variance / n).sqrt().hypot(mean * left_error / left),
    ));
    parameters.push(Parameter::new(
        "power_price.spike_log_sd",
        scale,
        log_sd,
        variance.sqrt() / (2.0 * (n - 1.0)).sqrt(),
    ));
    parameters.push(Parameter::new(
        "power_price.spike_decay_days",
        "days",
        decay_days,
        keep_error / keep * decay_days * decay_days,
    ));
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn wave(days: i64) -> Vec<(Date, f64)> {
        // A season of height 0.3 about ln 40, its peak on day 200, and a wobble of one sd.
        (0..days)
            .map(|k| {
                let day = date(2022, 1, 1) + k.days();
                let turns = (f64::from(day.day_of_year()) - 200.0) / f64::from(day.days_in_year());
                let wobble = 0.1 * [1.0, 0.5, -0.5, -1.0, -0.5, 0.5][(k % 6) as usize];
                (day, (40.0_f64.ln() + 0.3 * (TAU * turns).cos() + wobble).exp())
            })
            .collect()
    }

    #[test]
    fn the_season_is_found_and_a_spike_is_taken_out_of_it() {
        let mut prices = wave(1_095);
        let plain = power_price(&prices).unwrap();
        let near = |fit: &Fit, key: &str, value: f64, gap: f64| {
            let found = fit.parameter(key).unwrap().value;
            assert!((found - value).abs() < gap, "{key}: {found}");
        };
        near(&plain, "power_price.season_amplitude", 0.3, 1e-3);
        near(&plain, "power_price.season_peak_day", 200.0, 0.3);
        near(&plain, "power_price.spikes_per_year", 0.0, 1e-12);
        for k in [100, 400, 800] {
            prices[k].1 *= 20.0;
            prices[k + 1].1 *= 5.0;
        }
        prices[500].1 = -3.0;
        let spiky = power_price(&prices).unwrap();
        let rate = -1_094.0 * (1.0_f64 - 3.0 / 1_094.0).ln() / (1_094.0 / 365.25);
        near(&spiky, "power_price.spikes_per_year", rate, 1e-9);
        for (key, gap) in [("season_amplitude", 2e-3), ("log_sd", 2e-3), ("mean_usd_per_mwh", 0.1)]
        {
            let key = format!("power_price.{key}");
            near(&spiky, &key, plain.parameter(&key).unwrap().value, gap);
        }
        assert!(spiky.notes[0].starts_with("1 days of 0 USD/MWh and less"), "{}", spiky.notes[0]);
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        let short = power_price(&wave(300)).unwrap_err();
        assert!(short.to_string().contains("found 300 observations"), "{short}");
        let flat: Vec<(Date, f64)> = wave(500).into_iter().map(|(day, _)| (day, 40.0)).collect();
        assert!(matches!(power_price(&flat), Err(CalibrationError::NoVariation { .. })));
        let mut twice = wave(400);
        twice[9].0 = twice[8].0;
        assert!(matches!(power_price(&twice), Err(CalibrationError::OutOfOrder { .. })));
    }
}
