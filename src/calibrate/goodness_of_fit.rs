//! Does a sample come from a law? Tests of its whole shape.
//!
//! In: probability integral transforms u = F(x), uniform if F is the law; or residuals. Out: a
//! statistic with its p-value. Not here: dependence over time (see [`super::serial`]).
//!
//! The p-values of Kolmogorov–Smirnov and Anderson–Darling are those of a law known beforehand. Where
//! its parameters were fitted to the same sample they are too large: a small one still rejects.

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// A statistic and the probability of a larger one under the law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Test {
    /// The statistic.
    pub statistic: f64,
    /// Its p-value, 0 to 1.
    pub p: f64,
}

/// Kolmogorov–Smirnov distance of a sample from the uniform law on (0, 1).
///
/// The p-value is the limit law at (√n + 0.12 + 0.11/√n)·D: Stephens, JRSS B 32 (1970).
pub fn kolmogorov_smirnov(uniforms: &[f64]) -> Test {
    let sorted = sorted(uniforms);
    let n = sorted.len() as f64;
    let distance = sorted.iter().enumerate().fold(0.0_f64, |most, (i, u)| {
        let (below, above) = (u - i as f64 / n, (i + 1) as f64 / n - u);
        most.max(below).max(above)
    });
    let scaled = (n.sqrt() + 0.12 + 0.11 / n.sqrt()) * distance;
    Test { statistic: distance, p: kolmogorov_survival(scaled) }
}

/// P(K > x) of the limit law: 2Σ(−1)^(k−1) exp(−2k²x²), or its dual series where x is small.
fn kolmogorov_survival(x: f64) -> f64 {
    use std::f64::consts::PI;
    if x < 0.2 {
        return 1.0;
    }
    if x < 1.0 {
        let term = |k: i32| (-(f64::from(2 * k - 1) * PI / x).powi(2) / 8.0).exp();
        return 1.0 - (2.0 * PI).sqrt() / x * (1..=6).map(term).sum::<f64>();
    }
    let term = |k: i32| {
        let sign = if k % 2 == 1 { 2.0 } else { -2.0 };
        sign * (-2.0 * f64::from(k * k) * x * x).exp()
    };
    (1..=10).map(term).sum::<f64>().clamp(0.0, 1.0)
}

/// Anderson–Darling statistic of a sample from the uniform law on (0, 1): it weighs the tails.
///
/// The p-value is that of the limit law; n ≥ 5 comes within 0.003 of it at the usual levels.
/// Source: Marsaglia, Marsaglia, "Evaluating the Anderson–Darling distribution", Journal of
/// Statistical Software 9 (2004), the approximation `adinf`.
pub fn anderson_darling(uniforms: &[f64]) -> Test {
    let sorted = sorted(uniforms);
    let n = sorted.len();
    // A transform of exactly 0 or 1 is a rounded one: it must not make the statistic infinite.
    let inside = |u: f64| u.clamp(1e-300, 1.0 - 0.5 * f64::EPSILON);
    let sum: f64 = (0..n)
        .map(|i| {
            let weight = (2 * i + 1) as f64;
            weight * (inside(sorted[i]).ln() + (1.0 - inside(sorted[n - 1 - i])).ln())
        })
        .sum();
    let statistic = -(n as f64) - sum / n as f64;
    Test { statistic, p: 1.0 - anderson_darling_limit(statistic) }
}

/// P(A² < z) of the limit law, to 2e-6.
fn anderson_darling_limit(z: f64) -> f64 {
    let horner = |coefficients: &[f64]| coefficients.iter().rev().fold(0.0, |sum, c| sum * z + c);
    if z <= 0.0 {
        0.0
    } else if z < 2.0 {
        let series = [2.000_12, 0.247_105, -0.064_982_1, 0.034_796_2, -0.011_672, 0.001_686_91];
        (-1.233_714_1 / z).exp() / z.sqrt() * horner(&series)
    } else {
        let series = [1.077_6, -2.306_95, 0.434_24, -0.082_433, 0.008_056, -0.000_314_6];
        (-horner(&series).exp()).exp()
    }
}

fn sorted(sample: &[f64]) -> Vec<f64> {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Jarque–Bera statistic: skewness and excess kurtosis of a sample against the normal law.
///
/// Source: Jarque, Bera, International Statistical Review 55 (1987); p by χ²(2), which rejects too
/// seldom in samples of less than some hundred.
pub fn jarque_bera(sample: &[f64]) -> Test {
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let moment = |power: i32| sample.iter().map(|x| (x - mean).powi(power)).sum::<f64>() / n;
    let variance = moment(2);
    let (skewness, excess) = (moment(3) / variance.powf(1.5), moment(4) / variance.powi(2) - 3.0);
    let statistic = n / 6.0 * (skewness.powi(2) + 0.25 * excess.powi(2));
    let law = ChiSquared::new(2.0).expect("two degrees of freedom are some");
    Test { statistic, p: law.sf(statistic) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Squared fractional parts of k·√2, k = 1..30. Reference values: scipy 1.17.1 (`kstest`, and the
    /// definition of the Anderson–Darling statistic in numpy), statsmodels 0.15.0 (`jarque_bera`).
    #[test]
    fn a_short_sample_has_the_statistics_of_other_software() {
        let sample: Vec<f64> =
            (1..=30).map(|k| (f64::from(k) * 2.0_f64.sqrt()).fract().powi(2)).collect();
        let test = kolmogorov_smirnov(&sample);
        assert!((test.statistic - 0.297_835_321_150_457).abs() < 1e-12, "{test:?}");
        // Exactly 0.007437; the corrected limit law comes within a twentieth, uncorrected a third off.
        assert!((test.p / 0.007_437 - 1.0).abs() < 0.05, "{test:?}");
        let test = anderson_darling(&sample);
        assert!((test.statistic - 7.930_518_672_643_053).abs() < 1e-11, "{test:?}");
        assert!(test.p < 2e-4, "{test:?}");
        let test = jarque_bera(&sample);
        assert!((test.statistic - 3.156_399_371_727_096_6).abs() < 1e-11, "{test:?}");
        assert!((test.p - 0.206_346_252_1).abs() < 1e-9, "{test:?}");
    }

    #[test]
    fn limit_laws_have_their_tabulated_quantiles() {
        // Kolmogorov: 1.3581 at 5 %, 1.6276 at 1 % (Smirnov 1948); the two series meet.
        assert!((kolmogorov_survival(1.358_1) - 0.05).abs() < 1e-5);
        assert!((kolmogorov_survival(1.627_6) - 0.01).abs() < 1e-5);
        assert!((kolmogorov_survival(1.0 - 1e-12) - kolmogorov_survival(1.0)).abs() < 1e-11);
        // Anderson–Darling: 1.933, 2.492 and 3.857 at 10, 5 and 1 % (Stephens 1974, case 0), a table
        // that was simulated: its last digits are known to 3e-4 of probability.
        for (z, p) in [(1.933, 0.1), (2.492, 0.05), (3.857, 0.01)] {
            assert!((1.0 - anderson_darling_limit(z) - p).abs() < 3e-4, "{z}");
        }
    }
}
