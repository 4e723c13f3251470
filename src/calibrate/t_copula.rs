//! Tail dependence of two series: Kendall's tau, and the degrees of freedom of a t copula.
//!
//! In: pairs of numbers, independent in time. Out: tau; the degrees of freedom of highest pseudo
//! likelihood, correlation concentrated out, and the likelihood-ratio test against the Gaussian
//! copula. Not here: the correlation to use, and horizons longer than the pairs'.
//! Sources: pseudo-observations rank / (n + 1), C. Genest, K. Ghoudi, L.-P. Rivest, Biometrika 82
//! (1995) 543; the copula, S. Demarta, A. J. McNeil, Int. Stat. Rev. 73 (2005) 111. The Gaussian copula
//! is the t copula at the edge 1/ν = 0, so the ratio has the law half of 0, half of χ²(1): S. G. Self,
//! K.-Y. Liang, J. Amer. Statist. Assoc. 82 (1987) 605.

use crate::tile::normal;
use basin::{Brent, CostFunction, Executor, PointState};
use statrs::distribution::{ChiSquared, ContinuousCDF, StudentsT};
use statrs::function::gamma::ln_gamma;
use std::convert::Infallible;

/// Degrees of freedom that are looked at, as a study takes them.
const DEGREES_OF_FREEDOM: [f64; 2] = [2.0, 100.0];
/// Points of the first look at degrees of freedom, evenly spread in 1/ν.
const GRID: u32 = 24;

/// A t copula held against pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TCopulaFit {
    /// Degrees of freedom of highest likelihood, 2 to 100; 100 is as good as Gaussian.
    pub degrees_of_freedom: f64,
    /// Its correlation.
    pub correlation: f64,
    /// Log-likelihood at the estimate.
    pub log_likelihood: f64,
    /// Twice the log-likelihood above that of the Gaussian copula of highest likelihood.
    pub likelihood_ratio: f64,
    /// Probability of as large a ratio if the copula is Gaussian.
    pub p_value: f64,
}

/// Kendall's tau of pairs without ties: concordant less discordant, over all.
pub fn kendall_tau(x: &[f64], y: &[f64]) -> f64 {
    assert_eq!(x.len(), y.len(), "pairs");
    let mut sum = 0.0;
    for i in 0..x.len() {
        for j in 0..i {
            let product = (x[i] - x[j]) * (y[i] - y[j]);
            sum += if product == 0.0 { 0.0 } else { product.signum() };
        }
    }
    let n = x.len() as f64;
    2.0 * sum / (n * (n - 1.0))
}

/// Pseudo-observations of pairs, and the likelihood of copulas on them.
pub struct CopulaLikelihood {
    u: Vec<f64>,
    v: Vec<f64>,
}

impl CopulaLikelihood {
    /// Of pairs; equal numbers share their mean rank.
    pub fn new(x: &[f64], y: &[f64]) -> Self {
        assert_eq!(x.len(), y.len(), "pairs");
        Self { u: pseudo_observations(x), v: pseudo_observations(y) }
    }

    /// Correlation and log-likelihood of the Gaussian copula of highest likelihood.
    pub fn gaussian(&self) -> (f64, f64) {
        let scores = |us: &[f64]| us.iter().map(|u| normal::quantile(*u)).collect::<Vec<_>>();
        let (x, y) = (scores(&self.u), scores(&self.v));
        maximum(-CORRELATION_MAX, CORRELATION_MAX, 16, |rho: f64| {
            let rest = 1.0 - rho * rho;
            let pairs = x.iter().zip(&y);
            pairs
                .map(|(x, y)| {
                    let square = rho * rho * (x * x + y * y) - 2.0 * rho * x * y;
                    -0.5 * (rest.ln() + square / rest)
                })
                .sum()
        })
    }

    /// The same of t copulas with that many degrees of freedom.
    pub fn student(&self, nu: f64) -> (f64, f64) {
        let law = StudentsT::new(0.0, 1.0, nu).expect("degrees of freedom are above 0");
        let scores = |us: &[f64]| us.iter().map(|u| law.inverse_cdf(*u)).collect::<Vec<_>>();
        let (x, y) = (scores(&self.u), scores(&self.v));
        let constant =
            ln_gamma(0.5 * nu + 1.0) + ln_gamma(0.5 * nu) - 2.0 * ln_gamma(0.5 * (nu + 1.0));
        let margin = |z: f64| 0.5 * (nu + 1.0) * (z * z / nu).ln_1p();
        let margins: f64 = x.iter().chain(&y).map(|z| margin(*z)).sum();
        let (rho, joint) = maximum(-CORRELATION_MAX, CORRELATION_MAX, 16, |rho: f64| {
            let rest = 1.0 - rho * rho;
            let pairs = x.iter().zip(&y);
            pairs
                .map(|(x, y)| {
                    let square = (x * x - 2.0 * rho * x * y + y * y) / rest;
                    -0.5 * (rest.ln() + (nu + 2.0) * (square / nu).ln_1p())
                })
                .sum()
        });
        (rho, joint + margins + constant * self.u.len() as f64)
    }

    /// The t copula of highest likelihood.
    pub fn fit(&self) -> TCopulaFit {
        let [least, most] = DEGREES_OF_FREEDOM;
        let profile = |inverse: f64| self.student(1.0 / inverse).1;
        let (inverse, log_likelihood) = maximum(1.0 / most, 1.0 / least, GRID, profile);
        let likelihood_ratio = 2.0 * (log_likelihood - self.gaussian().1);
        let law = ChiSquared::new(1.0).expect("one degree of freedom");
        TCopulaFit {
            degrees_of_freedom: 1.0 / inverse,
            correlation: self.student(1.0 / inverse).0,
            log_likelihood,
            likelihood_ratio,
            p_value: if likelihood_ratio > 0.0 { 0.5 * law.sf(likelihood_ratio) } else { 1.0 },
        }
    }
}

/// Largest correlation of a copula: at ±1 the likelihood has no density.
const CORRELATION_MAX: f64 = 0.999;

/// Ranks over n + 1, in the order of the values.
fn pseudo_observations(values: &[f64]) -> Vec<f64> {
    let n = values.len() as f64;
    let rank = |value: &f64| {
        let below = values.iter().filter(|other| *other < value).count();
        let equal = values.iter().filter(|other| *other == value).count();
        below as f64 + 0.5 * (equal as f64 + 1.0)
    };
    values.iter().map(|value| rank(value) / (n + 1.0)).collect()
}

/// Where a function is largest and how large: the best of a grid, refined by Brent's method between
/// its neighbours; the edge where the function still rises there.
fn maximum(low: f64, high: f64, grid: u32, value: impl Fn(f64) -> f64) -> (f64, f64) {
    let point = |k: u32| low + (high - low) * f64::from(k) / f64::from(grid);
    let best = (0..=grid)
        .map(|k| (k, value(point(k))))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .expect("the grid has points");
    let bracket = (point(best.0.saturating_sub(1)), point((best.0 + 1).min(grid)));
    let problem = Search { value: &value, bracket };
    let middle = 0.5 * (bracket.0 + bracket.1);
    let found = Executor::new(problem, Brent::new(), PointState::new(middle)).max_iter(200).run();
    match found.map(|found| *found.best_param()) {
        Ok(refined) if value(refined) > best.1 => (refined, value(refined)),
        _ => (point(best.0), best.1),
    }
}

/// A function as basin sees it: one number to minimise, in a bracket.
struct Search<'a> {
    value: &'a dyn Fn(f64) -> f64,
    bracket: (f64, f64),
}

impl CostFunction for Search<'_> {
    type Param = f64;
    type Output = f64;
    type Error = Infallible;

    fn cost(&self, at: &f64) -> Result<f64, Infallible> {
        Ok(-(self.value)(*at))
    }
}

impl basin::Constraints for Search<'_> {
    type Set = basin::ConstraintSet<basin::BoxBounds<f64>>;

    fn constraints(&self) -> <Self::Set as basin::ConstraintDescription>::Borrowed<'_> {
        let (low, high) = &self.bracket;
        basin::ConstraintSet::new().with_bounds(basin::BoxBounds::new(Some(low), Some(high)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Stream;
    use crate::chance::philox::Philox;
    use rand_distr::{ChiSquared as ChiSquaredDraw, Distribution, StandardNormal};

    /// Pairs of a t law, or of the normal law for infinite degrees of freedom.
    fn pairs(n: usize, rho: f64, nu: f64, seed: u64) -> (Vec<f64>, Vec<f64>) {
        let mut generator = Philox::new(seed, Stream::new("test", "t_copula"));
        (0..n)
            .map(|_| {
                let mut normal = || -> f64 { StandardNormal.sample(&mut generator) };
                let (a, b) = (normal(), normal());
                let scale = if nu.is_finite() {
                    let w: f64 = ChiSquaredDraw::new(nu).unwrap().sample(&mut generator);
                    (nu / w).sqrt()
                } else {
                    1.0
                };
                (scale * a, scale * (rho * a + (1.0 - rho * rho).sqrt() * b))
            })
            .unzip()
    }

    #[test]
    fn kendalls_tau_of_a_few_pairs_by_hand() {
        // Of the six pairs of (1, 3), (2, 1), (3, 2), (4, 4) four agree and two do not.
        let tau = kendall_tau(&[1.0, 2.0, 3.0, 4.0], &[3.0, 1.0, 2.0, 4.0]);
        assert!((tau - 1.0 / 3.0).abs() < 1e-15);
        assert_eq!(kendall_tau(&[1.0, 2.0, 3.0], &[2.0, 4.0, 8.0]), 1.0);
    }

    #[test]
    fn a_copula_density_is_the_joint_density_over_the_margins() {
        let likelihood = CopulaLikelihood::new(&[1.0, 2.0, 3.0], &[2.0, 1.0, 3.0]);
        assert_eq!(likelihood.u, [0.25, 0.5, 0.75]);
        // For ν = 2 the quantile is T⁻¹(u) = (2u − 1) √(2 / (1 − (2u − 1)²)) and the densities are
        // (1 + y²/2)^{−3/2} / √8 and (1 + q/2)^{−2} / (2π √(1 − ρ²)).
        let quantile = |u: f64| {
            let w = 2.0 * u - 1.0;
            w * (2.0 / (1.0 - w * w)).sqrt()
        };
        let density = |rho: f64| -> f64 {
            let pairs = [(0.25, 0.5), (0.5, 0.25), (0.75, 0.75)];
            let logs = pairs.map(|(u, v): (f64, f64)| {
                let (x, y) = (quantile(u), quantile(v));
                let rest = 1.0 - rho * rho;
                let square = (x * x - 2.0 * rho * x * y + y * y) / rest;
                let joint = (1.0 + square / 2.0).powi(-2) / (std::f64::consts::TAU * rest.sqrt());
                let margin = |z: f64| (1.0 + z * z / 2.0).powf(-1.5) / 8.0_f64.sqrt();
                (joint / (margin(x) * margin(y))).ln()
            });
            logs.iter().sum()
        };
        let (rho, found) = likelihood.student(2.0);
        assert!((found - density(rho)).abs() < 1e-9, "{found} against {}", density(rho));
        for other in [rho - 0.01, rho + 0.01] {
            assert!(density(other) < found, "the correlation is the best one");
        }
    }

    #[test]
    fn a_fit_recovers_the_copula_and_margins_do_not_matter() {
        let (x, y) = pairs(2_000, 0.5, 4.0, 1);
        let fit = CopulaLikelihood::new(&x, &y).fit();
        // The truth lies within 4 standard errors of the likelihood, and the correlation within 4 of
        // its own, (1 − ρ²) / √n for normal pairs and at most half as much again here.
        let truth = CopulaLikelihood::new(&x, &y).student(4.0).1;
        assert!(2.0 * (fit.log_likelihood - truth) < 16.0, "{fit:?}");
        assert!(fit.degrees_of_freedom < 10.0, "{fit:?}");
        assert!((fit.correlation - 0.5).abs() < 4.0 * 1.5 * 0.75 / 2_000.0_f64.sqrt(), "{fit:?}");
        assert!(fit.p_value < 1e-6, "{fit:?}");
        let x: Vec<f64> = x.iter().map(|x| (x / 3.0).exp()).collect();
        assert_eq!(CopulaLikelihood::new(&x, &y).fit(), fit);
    }

    /// Under the Gaussian copula the test rejects at 10 % in about a tenth of the samples (with
    /// ranks for margins somewhat less); 40 samples give a count below 4 + 4 √3.6 ≈ 11.
    #[test]
    fn a_gaussian_copula_is_seldom_rejected() {
        let rejected = (0..40)
            .filter(|seed| {
                let (x, y) = pairs(60, 0.4, f64::INFINITY, 100 + seed);
                CopulaLikelihood::new(&x, &y).fit().p_value < 0.1
            })
            .count();
        assert!(rejected <= 11, "{rejected} of 40");
    }
}
