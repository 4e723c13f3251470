//! How a fitted law stands up to the history that it was fitted to.
//!
//! In: the probability integral transforms u_t = F(x_t | past) of a law, the returns, the fits of both
//! halves of the history. Out: tests of dependence and shape, variance ratios, the stability of each
//! parameter. Not here: verdicts; what to say of a number is said where it is shown.
//!
//! If the law is right the u_t are independent and uniform, and their normal scores Φ⁻¹(u_t) are
//! independent and standard normal, whatever the law (Rosenblatt 1952; Diebold, Gunther, Tay 1998).

use super::goodness_of_fit::{Test, anderson_darling, jarque_bera, kolmogorov_smirnov};
use super::serial::{
    arch_lm, ljung_box, usual_lags, variance_ratio, variance_ratio_std_error_robust,
};
use crate::tile::normal;

/// Tests of one law on one history.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostics {
    /// Lags of the three tests of dependence.
    pub lags: usize,
    /// Ljung–Box of the normal scores: is the mean predictable?
    pub ljung_box: Test,
    /// Ljung–Box of their squares: does volatility cluster beyond the law?
    pub ljung_box_of_squares: Test,
    /// Engle's test of the scores, for the same question.
    pub arch_lm: Test,
    /// Jarque–Bera of the scores: are the tails those of the law?
    pub jarque_bera: Test,
    /// Kolmogorov–Smirnov of the transforms.
    pub kolmogorov_smirnov: Test,
    /// Anderson–Darling of the transforms.
    pub anderson_darling: Test,
    /// Variance ratios of the returns, by span.
    pub variance_ratios: Vec<VarianceRatio>,
    /// Each parameter on both halves; empty where a half does not support the law.
    pub stability: Vec<Stability>,
}

/// The variance of returns over a span, over that of returns of one step and the span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VarianceRatio {
    /// Steps of the span.
    pub steps: usize,
    /// The ratio: 1 for a random walk, above 1 for trends.
    pub value: f64,
    /// Its standard error for uncorrelated returns whose variance may move.
    pub std_error: f64,
}

/// A parameter fitted to each half of the history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stability {
    /// The parameter.
    pub key: &'static str,
    /// On the first half.
    pub first: f64,
    /// On the second half.
    pub second: f64,
    /// Second less first over the standard error of the difference, robust.
    pub difference_in_std_errors: f64,
}

/// Tests of transforms `uniforms` of `returns`, with variance ratios over these numbers of steps.
///
/// # Panics
/// Below a dozen observations, which no fit is made on.
pub fn diagnostics(uniforms: &[f64], returns: &[f64], spans: &[usize]) -> Diagnostics {
    let scores = normal_scores(uniforms);
    let squares: Vec<f64> = scores.iter().map(|z| z * z).collect();
    let lags = usual_lags(scores.len());
    let test = |(statistic, p)| Test { statistic, p };
    Diagnostics {
        lags,
        ljung_box: test(ljung_box(&scores, lags)),
        ljung_box_of_squares: test(ljung_box(&squares, lags)),
        arch_lm: test(arch_lm(&scores, lags)),
        jarque_bera: jarque_bera(&scores),
        kolmogorov_smirnov: kolmogorov_smirnov(uniforms),
        anderson_darling: anderson_darling(uniforms),
        variance_ratios: variance_ratios(returns, spans),
        stability: Vec::new(),
    }
}

/// Normal scores of transforms; one that was rounded to 0 or 1 becomes the last number before it.
pub fn normal_scores(uniforms: &[f64]) -> Vec<f64> {
    let score = |u: &f64| normal::quantile(u.clamp(1e-300, 1.0 - 0.5 * f64::EPSILON));
    uniforms.iter().map(score).collect()
}

/// Variance ratios over spans of which the sample holds at least two.
pub fn variance_ratios(returns: &[f64], spans: &[usize]) -> Vec<VarianceRatio> {
    let ratio = |&steps: &usize| {
        let (value, _) = variance_ratio(returns, steps)?;
        let std_error = variance_ratio_std_error_robust(returns, steps);
        Some(VarianceRatio { steps, value, std_error })
    };
    spans.iter().filter_map(ratio).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Stream;
    use crate::chance::philox::Philox;
    use rand_distr::{Distribution, StandardNormal, StandardUniform};

    /// Transforms by the true law pass every test at 5 % as often as it says.
    #[test]
    fn the_true_law_is_rejected_as_often_as_the_tests_say() {
        let mut generator = Philox::new(8, Stream::new("test", "calibrate"));
        let mut rejected = [0_u32; 6];
        for _ in 0..600 {
            let uniforms: Vec<f64> =
                (0..500).map(|_| StandardUniform.sample(&mut generator)).collect();
            let found = diagnostics(&uniforms, &uniforms, &[]);
            let tests = [
                found.ljung_box,
                found.ljung_box_of_squares,
                found.arch_lm,
                found.jarque_bera,
                found.kolmogorov_smirnov,
                found.anderson_darling,
            ];
            for (count, test) in rejected.iter_mut().zip(tests) {
                *count += u32::from(test.p < 0.05);
            }
        }
        // 30 ± 5.3 expected: four errors and a point of small-sample distortion (ARCH-LM and
        // Jarque–Bera reject some 4 %).
        assert!(rejected.iter().all(|count| (6..=58).contains(count)), "{rejected:?}");
    }

    /// Scores whose variance moves: the tests of clustering see it, that of the mean does not.
    #[test]
    fn clustering_is_seen_where_it_is() {
        let mut generator = Philox::new(3, Stream::new("test", "calibrate"));
        let uniforms: Vec<f64> = (0..2_000)
            .map(|k| {
                let z: f64 = StandardNormal.sample(&mut generator);
                normal::cdf(z * if k / 200 % 2 == 0 { 0.6 } else { 1.3 })
            })
            .collect();
        let found = diagnostics(&uniforms, &normal_scores(&uniforms), &[7, 30]);
        assert!(found.ljung_box_of_squares.p < 1e-4 && found.arch_lm.p < 1e-4, "{found:?}");
        assert!(found.ljung_box.p > 1e-3, "{found:?}");
        for ratio in &found.variance_ratios {
            assert!((ratio.value - 1.0).abs() < 4.0 * ratio.std_error, "{ratio:?}");
        }
        assert_eq!(found.variance_ratios.len(), 2);
    }
}
