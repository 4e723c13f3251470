//! Fees per block as a mean-reverting logarithm.
//!
//! In: monthly fees of the network, BTC a day. Out: the AR(1) law by least squares and its long-run
//! level as a share of the reward. Not here: fee spikes as a law of their own; they stay in the
//! innovations of whatever window holds them, and a note says how large they are.

use super::regression::Line;
use super::{CalibrationError, Fit, Parameter, YearMonth, at_least, logs_of};

/// Blocks a day at the protocol's target interval of 600 s.
const BLOCKS_PER_DAY: f64 = 144.0;

/// Fewest pairs of neighbouring months: two years.
const PAIRS_MIN: usize = 24;

/// An innovation beyond this many standard deviations is counted as a spike in the notes.
const SPIKE_SD: f64 = 2.5;

/// Fits x' = c + ρ·x + e to log fees per block, x = ln(fees a day / 144), month by month.
///
/// `fees_btc_per_day` are monthly means from any month on; only months from `from` on count, and
/// only pairs of neighbouring months. `subsidy_btc_per_block` is the subsidy at which the long-run
/// level is told as a share of the reward. `fees.reversion_per_month` is ρ itself, as in the study.
///
/// # Errors
/// Fewer than 24 pairs, fees not above 0, months out of order, constant fees, a subsidy not above
/// 0, a coefficient ρ without a long-run level.
pub fn fees(
    fees_btc_per_day: &[(YearMonth, f64)],
    from: YearMonth,
    subsidy_btc_per_block: f64,
) -> Result<Fit, CalibrationError> {
    const WHAT: &str = "monthly fees per block";
    if !(subsidy_btc_per_block > 0.0 && subsidy_btc_per_block.is_finite()) {
        let (value, at) = (subsidy_btc_per_block, "the long-run level".to_owned());
        return Err(CalibrationError::NotPositive { what: "block subsidy", at, value });
    }
    let first = fees_btc_per_day.partition_point(|&(month, _)| month < from);
    let fees = &fees_btc_per_day[first..];
    let logs: Vec<f64> =
        logs_of(WHAT, fees)?.into_iter().map(|log| log - BLOCKS_PER_DAY.ln()).collect();
    let pairs: Vec<usize> =
        (1..fees.len()).filter(|&k| fees[k].0.months_since(fees[k - 1].0) == 1).collect();
    at_least(WHAT, pairs.len(), PAIRS_MIN)?;
    let before: Vec<f64> = pairs.iter().map(|&k| logs[k - 1]).collect();
    let after: Vec<f64> = pairs.iter().map(|&k| logs[k]).collect();
    let line = Line::fit(&before, &after)
        .ok_or(CalibrationError::NoVariation { what: WHAT, found: fees.len() })?;
    let std_error = line.covariance()[1][1].sqrt();
    if line.slope.abs() >= 1.0 {
        let (coefficient, found) = (line.slope, pairs.len());
        return Err(CalibrationError::NoLongRunLevel { what: WHAT, coefficient, std_error, found });
    }
    let gaps = fees.len() - 1 - pairs.len();
    Ok(Fit {
        law: "AR(1) of log fees per block",
        parameters: parameters(&line, subsidy_btc_per_block),
        observations: pairs.len(),
        window: (fees[0].0.first_day(), fees[fees.len() - 1].0.last_day()),
        log_likelihood: None,
        method: "ordinary least squares on pairs of neighbouring months",
        notes: notes(&line, gaps),
        inference: None,
    })
}

/// Long-run log level c/(1 − ρ) and its error by the delta method.
fn log_level(line: &Line) -> (f64, f64) {
    let reach = 1.0 - line.slope;
    let level = line.intercept / reach;
    let [[cc, cr], [_, rr]] = line.covariance();
    let (by_c, by_r) = (1.0 / reach, level / reach);
    (level, (by_c * by_c * cc + 2.0 * by_c * by_r * cr + by_r * by_r * rr).sqrt())
}

fn parameters(line: &Line, subsidy: f64) -> Vec<Parameter> {
    let (log_level, log_level_error) = log_level(line);
    let level = log_level.exp();
    let share = level / (subsidy + level);
    let innovation_sd = line.residual_variance().sqrt();
    let degrees = (line.residuals.len() - 2) as f64;
    vec![
        Parameter::new(
            "fees.long_run_share_of_reward",
            "fees / (subsidy + fees)",
            share,
            share * (1.0 - share) * log_level_error,
        ),
        Parameter::new(
            "fees.reversion_per_month",
            "AR(1) coefficient",
            line.slope,
            line.covariance()[1][1].sqrt(),
        ),
        Parameter::new(
            "fees.innovation_sd_per_month",
            "of the logarithm",
            innovation_sd,
            innovation_sd / (2.0 * degrees).sqrt(),
        ),
        // The spikes of the window are in the innovations: a study that takes these has none besides.
        Parameter::new("fees.spikes_per_year", "per year, as the innovations hold them", 0.0, 0.0),
        Parameter::new(
            "long_run_fees_btc_per_block",
            "BTC per block, median",
            level,
            level * log_level_error,
        )
        .described(),
    ]
}

fn notes(line: &Line, gaps: usize) -> Vec<String> {
    let n = line.residuals.len() as f64;
    let sd = line.residual_variance().sqrt();
    let spikes: Vec<f64> =
        line.residuals.iter().map(|e| e / sd).filter(|z| *z > SPIKE_SD).collect();
    let largest = line.residuals.iter().fold(0.0_f64, |most, &e| most.max(e)) / sd;
    let mut notes = vec![
        format!(
            "{} innovations above {SPIKE_SD} sd, the largest {largest:.1} sd: the fee spikes of the \
             window are in the innovation sd; another window gives another one",
            spikes.len()
        ),
        format!(
            "least squares finds the coefficient too low by about (1 + 3ρ)/n = {:.3}",
            (1.0 + 3.0 * line.slope) / n
        ),
        "the long-run level is the median of the window, at the subsidy stated".to_owned(),
    ];
    if gaps > 0 {
        notes.push(format!("gaps between months, left out: {gaps}"));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(logs_per_block: &[f64]) -> Vec<(YearMonth, f64)> {
        (0..)
            .map(|k: i16| YearMonth::new(2015 + k / 12, i8::try_from(k % 12 + 1).unwrap()).unwrap())
            .zip(logs_per_block.iter().map(|log| 144.0 * log.exp()))
            .collect()
    }

    /// Innovations ±0.3 in the order + − − + are orthogonal to a constant and nearly so to the
    /// level; the line is checked against its own normal equations instead of a tuned number.
    #[test]
    fn the_coefficients_solve_the_normal_equations() {
        let mut logs = vec![-3.0];
        for k in 0..48 {
            let e = if k % 4 == 0 || k % 4 == 3 { 0.3 } else { -0.3 };
            logs.push(-0.6 + 0.8 * logs[k] + e);
        }
        let fit = fees(&history(&logs), YearMonth::new(2015, 1).unwrap(), 3.125).unwrap();
        let rho = fit.parameter("fees.reversion_per_month").unwrap().value;
        let level = fit.parameter("long_run_fees_btc_per_block").unwrap().value;
        let c = level.ln() * (1.0 - rho);
        let (mut sum, mut product) = (0.0, 0.0);
        for pair in logs.windows(2) {
            let e = pair[1] - c - rho * pair[0];
            sum += e;
            product += e * pair[0];
        }
        assert!(sum.abs() < 1e-10 && product.abs() < 1e-10, "{sum} {product}");
        let share = fit.parameter("fees.long_run_share_of_reward").unwrap().value;
        assert!((share - level / (3.125 + level)).abs() < 1e-15);
        assert_eq!(fit.observations, 48);
    }

    /// Ten times the fees is a level ln 10 higher, the same reversion and the same noise.
    #[test]
    fn the_unit_of_fees_moves_the_level_alone() {
        let logs: Vec<f64> = (0..40).map(|k| -3.0 + 0.3 * f64::from(k * k % 11)).collect();
        let raised: Vec<f64> = logs.iter().map(|log| log + 10.0_f64.ln()).collect();
        let from = YearMonth::new(2015, 1).unwrap();
        let one = fees(&history(&logs), from, 3.125).unwrap();
        let ten = fees(&history(&raised), from, 31.25).unwrap();
        for (one, ten) in one.parameters.iter().zip(&ten.parameters) {
            let factor = if one.key == "long_run_fees_btc_per_block" { 10.0 } else { 1.0 };
            assert!((factor * one.value - ten.value).abs() < 1e-10, "{one:?} {ten:?}");
            assert!((factor * one.std_error - ten.std_error).abs() < 1e-10, "{one:?} {ten:?}");
        }
    }

    #[test]
    fn a_gap_is_no_pair_and_is_told() {
        let logs: Vec<f64> = (0..40).map(|k| -3.0 + 0.3 * f64::from(k * k % 11)).collect();
        let mut months = history(&logs);
        months.remove(20);
        let fit = fees(&months, YearMonth::new(2015, 1).unwrap(), 3.125).unwrap();
        assert_eq!(fit.observations, 37);
        assert!(fit.notes.iter().any(|note| note == "gaps between months, left out: 1"));
    }

    #[test]
    fn an_explosive_history_has_no_long_run_level() {
        let logs: Vec<f64> = (0..40).map(|k| 1.05_f64.powi(k)).collect();
        let error = fees(&history(&logs), YearMonth::new(2015, 1).unwrap(), 3.125).unwrap_err();
        assert!(error.to_string().contains("AR(1) coefficient 1.050"), "{error}");
    }
}
