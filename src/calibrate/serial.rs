//! Does a series hang together over time? Tests that a fit reports beside its values.
//!
//! In: returns or residuals, in order. Out: autocorrelations, Ljung–Box, ARCH-LM, Durbin–Watson and
//! the variance ratio. Not here: what to do about it.

use super::symmetric::inverse;
use ndarray::{Array1, Array2};
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// Autocorrelation at a lag; the estimate that divides by n at every lag, so that |ρ| ≤ 1.
///
/// Zero for a constant series, which has none.
pub fn autocorrelation(series: &[f64], lag: usize) -> f64 {
    let mean = series.iter().sum::<f64>() / series.len() as f64;
    let square: f64 = series.iter().map(|x| (x - mean).powi(2)).sum();
    if square == 0.0 || lag >= series.len() {
        return 0.0;
    }
    let products = series.iter().zip(&series[lag..]).map(|(x, y)| (x - mean) * (y - mean));
    products.sum::<f64>() / square
}

/// Ljung–Box statistic of the first `lags` autocorrelations, and its p-value by χ²(lags).
///
/// Source: Ljung, Box, "On a measure of lack of fit in time series models", Biometrika 65 (1978).
///
/// # Panics
/// If there are no lags or no more observations than lags.
pub fn ljung_box(series: &[f64], lags: usize) -> (f64, f64) {
    assert!(lags > 0 && series.len() > lags, "{lags} lags of {} observations", series.len());
    let n = series.len() as f64;
    let sum: f64 =
        (1..=lags).map(|lag| autocorrelation(series, lag).powi(2) / (n - lag as f64)).sum();
    let statistic = n * (n + 2.0) * sum;
    let law = ChiSquared::new(lags as f64).expect("one degree of freedom at least");
    (statistic, law.sf(statistic))
}

/// Lags that a test on `n` observations looks at: 10, or a fifth of a short sample.
///
/// Source: Hyndman, Athanasopoulos, "Forecasting: principles and practice", section 5.4.
pub fn usual_lags(n: usize) -> usize {
    (n / 5).clamp(1, 10)
}

/// Durbin–Watson statistic of residuals: 2 for independent ones, towards 0 if they persist.
///
/// Source: Durbin, Watson, Biometrika 37 (1950).
pub fn durbin_watson(residuals: &[f64]) -> f64 {
    let steps: f64 = residuals.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum();
    steps / residuals.iter().map(|e| e.powi(2)).sum::<f64>()
}

/// Variance of overlapping sums of `span` returns over `span` times that of one, with its standard
/// error for independent returns: 1 for a random walk; `None` where the sample is below 2·`span`.
///
/// Source: Lo, MacKinlay, "Stock market prices do not follow random walks", RFS 1 (1988), with
/// their correction for bias.
pub fn variance_ratio(returns: &[f64], span: usize) -> Option<(f64, f64)> {
    if span < 2 || returns.len() < 2 * span {
        return None;
    }
    let (n, q) = (returns.len() as f64, span as f64);
    let mean = returns.iter().sum::<f64>() / n;
    let one = returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let sums = returns.windows(span).map(|w| (w.iter().sum::<f64>() - q * mean).powi(2));
    let many = sums.sum::<f64>() / (q * (n - q + 1.0) * (1.0 - q / n));
    let std_error = (2.0 * (2.0 * q - 1.0) * (q - 1.0) / (3.0 * q * n)).sqrt();
    Some((many / one, std_error))
}

/// Standard error of [`variance_ratio`] for returns that are uncorrelated and whose variance may move.
///
/// Source: Lo, MacKinlay, RFS 1 (1988), equations 19 and 20: √Σ_j (2(q − j)/q)² δ_j, δ_j the sum of
/// products of squared deviations j apart over the squared sum of squared deviations.
pub fn variance_ratio_std_error_robust(returns: &[f64], span: usize) -> f64 {
    let mean = returns.iter().sum::<f64>() / returns.len() as f64;
    let squares: Vec<f64> = returns.iter().map(|r| (r - mean).powi(2)).collect();
    let total = squares.iter().sum::<f64>().powi(2);
    let q = span as f64;
    let variance: f64 = (1..span)
        .map(|lag| {
            let products: f64 = squares.iter().zip(&squares[lag..]).map(|(a, b)| a * b).sum();
            (2.0 * (q - lag as f64) / q).powi(2) * products / total
        })
        .sum();
    variance.sqrt()
}

/// Engle's test whether squares follow from `lags` earlier squares: n·R² of their regression, and its
/// p-value by χ²(lags).
///
/// Source: Engle, Econometrica 50 (1982). A constant series has nothing to explain: statistic 0.
///
/// # Panics
/// If there are no lags or too few observations for the regression.
pub fn arch_lm(series: &[f64], lags: usize) -> (f64, f64) {
    assert!(lags > 0 && series.len() > 2 * lags + 1, "{lags} lags of {}", series.len());
    let squares: Vec<f64> = series.iter().map(|x| x * x).collect();
    let n = squares.len() - lags;
    let rows = Array2::from_shape_fn((n, lags + 1), |(t, lag)| match lag {
        0 => 1.0,
        _ => squares[t + lags - lag],
    });
    let y = Array1::from_iter(squares[lags..].iter().copied());
    let mean = y.sum() / n as f64;
    let total: f64 = y.iter().map(|y| (y - mean).powi(2)).sum();
    let explained = inverse(&rows.t().dot(&rows)).map(|cross| {
        let fitted = rows.dot(&cross.dot(&rows.t().dot(&y)));
        fitted.iter().map(|y| (y - mean).powi(2)).sum::<f64>()
    });
    let statistic = match explained {
        Some(explained) if total > 0.0 => n as f64 * explained / total,
        _ => 0.0,
    };
    let law = ChiSquared::new(lags as f64).expect("one degree of freedom at least");
    (statistic, law.sf(statistic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Stream;
    use crate::chance::philox::Philox;
    use rand_distr::{Distribution, StandardNormal};

    #[test]
    fn autocorrelation_of_a_short_series_by_hand() {
        // 1, 2, 3, 4: deviations −1.5, −0.5, 0.5, 1.5; products 0.75 − 0.25 + 0.75 over 5.
        assert!((autocorrelation(&[1.0, 2.0, 3.0, 4.0], 1) - 0.25).abs() < 1e-15);
        assert_eq!(autocorrelation(&[1.0; 4], 1), 0.0);
    }

    /// ρ1 = 0.25, n = 4: Q = 4·6·0.0625/3 = 0.5; P(χ²(1) > 0.5) = 2(1 − Φ(√0.5)) = 0.4795001.
    #[test]
    fn ljung_box_of_a_short_series_by_hand() {
        let (statistic, p) = ljung_box(&[1.0, 2.0, 3.0, 4.0], 1);
        assert!((statistic - 0.5).abs() < 1e-14);
        assert!((p - 0.479_500_1).abs() < 1e-7, "{p}");
    }

    #[test]
    fn ljung_box_rejects_independent_draws_as_often_as_it_says() {
        let mut generator = Philox::new(3, Stream::new("test", "calibrate"));
        let rejected = (0..1_000)
            .filter(|_| {
                let x: Vec<f64> = (0..200).map(|_| StandardNormal.sample(&mut generator)).collect();
                ljung_box(&x, 10).1 < 0.05
            })
            .count();
        // 50 ± 6.9 expected; four standard errors, and one point of known small-sample excess.
        assert!((22..88).contains(&rejected), "{rejected} of 1000");
    }

    #[test]
    fn durbin_watson_by_hand() {
        assert_eq!(durbin_watson(&[1.0, -1.0, 1.0, -1.0]), 3.0);
        assert_eq!(durbin_watson(&[1.0, 1.0, -1.0, -1.0]), 1.0);
    }

    /// With ρ1 = ρ alone, VR(2) = 1 + ρ1 (Lo–MacKinlay, eq. 17 for q = 2).
    #[test]
    fn the_variance_ratio_of_two_is_one_plus_the_first_autocorrelation() {
        let mut generator = Philox::new(5, Stream::new("test", "calibrate"));
        let z: Vec<f64> = (0..40_001).map(|_| StandardNormal.sample(&mut generator)).collect();
        let moving: Vec<f64> = z.windows(2).map(|w: &[f64]| w[1] + 0.5 * w[0]).collect();
        let (ratio, _) = variance_ratio(&moving, 2).unwrap();
        assert!((ratio - 1.0 - autocorrelation(&moving, 1)).abs() < 1e-3, "{ratio}");
        let (ratio, std_error) = variance_ratio(&z, 12).unwrap();
        assert!((ratio - 1.0).abs() < 4.0 * std_error, "{ratio} ± {std_error}");
        assert_eq!(variance_ratio(&z[..23], 12), None);
    }

    /// Squared fractional parts of k·√2, k = 1..30. Reference values: statsmodels 0.15.0 (`het_arch`
    /// with 3 lags, `acorr_ljungbox` with 3) and arch 8.0.0 (`VarianceRatio`, debiased), run on them.
    #[test]
    fn a_short_series_has_the_statistics_of_other_software() {
        let series: Vec<f64> =
            (1..=30).map(|k| (f64::from(k) * 2.0_f64.sqrt()).fract().powi(2)).collect();
        let near = |found: f64, expected: f64| {
            assert!((found - expected).abs() < 1e-6 * expected.abs(), "{found} {expected}");
        };
        let (statistic, p) = arch_lm(&series, 3);
        near(statistic, 4.105_467_346);
        near(p, 0.250_298_464_7);
        let (statistic, p) = ljung_box(&series, 3);
        near(statistic, 9.575_323);
        assert!((p - 0.022_543).abs() < 1e-6);
        for (span, ratio, plain, robust) in [
            (2, 0.553_722_313_8, 0.182_574_185_8, 0.126_598_265_3),
            (5, 0.246_494_278_0, 0.4, 0.340_278_881_0),
        ] {
            let (found, std_error) = variance_ratio(&series, span).unwrap();
            near(found, ratio);
            near(std_error, plain);
            near(variance_ratio_std_error_robust(&series, span), robust);
        }
    }

    /// Independent draws whose variance takes turns of 100: the plain error of the variance ratio is
    /// too small, the robust one is what the ratios scatter by.
    #[test]
    fn the_robust_error_stands_a_variance_that_moves() {
        let mut generator = Philox::new(9, Stream::new("test", "calibrate"));
        let (mut squares, mut plain, mut robust) = (0.0, 0.0, 0.0);
        for _ in 0..400 {
            let series: Vec<f64> = (0..1_000)
                .map(|k| {
                    let z: f64 = StandardNormal.sample(&mut generator);
                    if k / 100 % 2 == 0 { 0.2 * z } else { z }
                })
                .collect();
            let (ratio, std_error) = variance_ratio(&series, 10).unwrap();
            squares += (ratio - 1.0).powi(2) / 400.0;
            plain += std_error.powi(2) / 400.0;
            robust += variance_ratio_std_error_robust(&series, 10).powi(2) / 400.0;
        }
        // A variance of 400 ratios is known to 7 %; the robust error is of the first order in 10/1000.
        assert!((squares / robust - 1.0).abs() < 0.3, "{squares} {robust}");
        assert!(squares / plain > 1.4, "{squares} {plain}");
    }
}
