//! Fourier oracle of the laws of the BTC price: distribution and option values of ln M at a horizon
//! from the characteristic function, in f64 with the platform's functions.
//!
//! In: the parameters of a law, a horizon in years. Out: density, distribution function, quantiles,
//! moments, puts and calls on M (E[M] = 1). Not here: anything of the engine but its parameter
//! tables. Sources: F. Fang, C. W. Oosterlee, SIAM J. Sci. Comput. 31 (2008) 826, the COS method;
//! characteristic functions: R. C. Merton (1976), S. G. Kou (2002), D. Duffie, J. Pan, K. Singleton
//! (2000), the branch of the logarithm as in H. Albrecher et al., Wilmott (Jan. 2007) 83.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

use std::ops::{Add, Div, Mul, Neg, Sub};
use wattshift::input::study::{Heston, Kou, Merton, Svcj};

/// A complex number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Complex {
    pub(crate) re: f64,
    pub(crate) im: f64,
}

pub(crate) fn complex(re: f64, im: f64) -> Complex {
    Complex { re, im }
}

fn real(re: f64) -> Complex {
    complex(re, 0.0)
}

impl Complex {
    pub(crate) fn exp(self) -> Self {
        let (sin, cos) = self.im.sin_cos();
        complex(self.re.exp() * cos, self.re.exp() * sin)
    }
    fn ln(self) -> Self {
        complex(self.re.hypot(self.im).ln(), self.im.atan2(self.re))
    }
    /// The root with a real part of at least 0.
    fn sqrt(self) -> Self {
        let (radius, angle) = (self.re.hypot(self.im).sqrt(), 0.5 * self.im.atan2(self.re));
        complex(radius * angle.cos(), radius * angle.sin())
    }
}

impl Add for Complex {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        complex(self.re + other.re, self.im + other.im)
    }
}

impl Sub for Complex {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        complex(self.re - other.re, self.im - other.im)
    }
}

impl Mul for Complex {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let re = self.re * other.re - self.im * other.im;
        complex(re, self.re * other.im + self.im * other.re)
    }
}

impl Mul<Complex> for f64 {
    type Output = Complex;
    fn mul(self, other: Complex) -> Complex {
        complex(self * other.re, self * other.im)
    }
}

impl Div for Complex {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let norm = other.re * other.re + other.im * other.im;
        (1.0 / norm) * (self * complex(other.re, -other.im))
    }
}

impl Neg for Complex {
    type Output = Self;
    fn neg(self) -> Self {
        complex(-self.re, -self.im)
    }
}

/// A law of M, E[M] = 1.
#[derive(Debug, Clone)]
pub(crate) enum Law {
    Merton(Merton),
    Kou(Kou),
    Svcj(Svcj),
}

/// Heston's law is SVCJ without jumps.
pub(crate) fn heston(p: &Heston) -> Law {
    Law::Svcj(Svcj {
        start_variance_per_year: p.start_variance_per_year,
        long_run_variance_per_year: p.long_run_variance_per_year,
        reversion_per_year: p.reversion_per_year,
        variance_volatility_per_sqrt_year: p.variance_volatility_per_sqrt_year,
        correlation: p.correlation,
        jumps_per_year: 0.0,
        jump_log_mean: 0.0,
        jump_log_sd: 0.0,
        jump_log_per_variance: 0.0,
        variance_jump_mean: 0.0,
    })
}

impl Law {
    /// ln E e^{i u ln M} at `t` years.
    pub(crate) fn log_characteristic(&self, u: f64, t: f64) -> Complex {
        if u == 0.0 {
            return real(0.0);
        }
        match self {
            Self::Merton(p) => {
                let (m, d2) = (p.jump_log_mean, p.jump_log_sd.powi(2));
                let k = (m + 0.5 * d2).exp() - 1.0;
                let jumps = complex(-0.5 * u * u * d2, u * m).exp() - real(1.0);
                t * (diffusion(u, p.volatility_per_sqrt_year)
                    + p.jumps_per_year * (jumps - complex(0.0, u * k)))
            }
            Self::Kou(p) => {
                let (up, down) = (1.0 / p.jump_up_log_mean, 1.0 / p.jump_down_log_mean);
                let (yes, no) = (p.jump_up_probability, 1.0 - p.jump_up_probability);
                let k = yes * up / (up - 1.0) + no * down / (down + 1.0) - 1.0;
                let jumps = real(yes * up) / complex(up, -u) + real(no * down) / complex(down, u);
                t * (diffusion(u, p.volatility_per_sqrt_year)
                    + p.jumps_per_year * (jumps - complex(1.0, u * k)))
            }
            Self::Svcj(p) => svcj(p, u, t),
        }
    }

    /// The distribution of ln M at `t` years; `terms` cosines over `widths` standard deviations
    /// either side of the mean.
    pub(crate) fn at(&self, t: f64, terms: usize, widths: f64) -> Distribution {
        let h = 1e-3;
        let near = self.log_characteristic(h, t);
        let (mean, sd) = (near.im / h, (-2.0 * near.re).sqrt() / h);
        let (low, high) = (mean - widths * sd, mean + widths * sd);
        let weights = (0..terms).map(|k| {
            let u = k as f64 * std::f64::consts::PI / (high - low);
            let term = (self.log_characteristic(u, t) - complex(0.0, u * low)).exp().re;
            let half = if k == 0 { 0.5 } else { 1.0 };
            2.0 * half * term / (high - low)
        });
        Distribution { low, high, weights: weights.collect() }
    }
}

/// −(i u + u²) σ²/2.
fn diffusion(u: f64, sigma: f64) -> Complex {
    -0.5 * sigma * sigma * complex(u * u, u)
}

/// Duffie, Pan and Singleton (2000), section 4: ln φ = A + B V_0 + λ (jumps).
fn svcj(p: &Svcj, u: f64, t: f64) -> Complex {
    let (kappa, theta) = (p.reversion_per_year, p.long_run_variance_per_year);
    let sigma = p.variance_volatility_per_sqrt_year;
    let s2 = sigma * sigma;
    let one = real(1.0);
    let b = complex(kappa, -p.correlation * sigma * u);
    let d = (b * b + s2 * complex(u * u, u)).sqrt();
    let g = (b - d) / (b + d);
    let x = (-t * d).exp();
    let log = ((one - g * x) / (one - g)).ln();
    let a = (kappa * theta / s2) * (t * (b - d) - 2.0 * log);
    let level = (1.0 / s2) * (b - d);
    let slope = level * (one - x) / (one - g * x);
    // ∫ ds / (c − μ_v B(s)), in closed form.
    let mu = p.variance_jump_mean;
    let c = complex(1.0, -u * p.jump_log_per_variance * mu);
    let (first, second) = (c - mu * level, c * g - mu * level);
    let mut integral = real(t) / first;
    if mu > 0.0 {
        let log = ((first - second * x) / (first - second)).ln();
        integral = integral - mu * level * (one - g) / (first * second * d) * log;
    }
    let size = complex(-0.5 * (u * p.jump_log_sd).powi(2), u * p.jump_log_mean).exp();
    let k = (p.jump_log_mean + 0.5 * p.jump_log_sd.powi(2)).exp()
        / (1.0 - p.jump_log_per_variance * mu)
        - 1.0;
    let jumps = size * integral - t * complex(1.0, u * k);
    a + p.start_variance_per_year * slope + p.jumps_per_year * jumps
}

/// The distribution of ln M as a series of cosines.
#[derive(Debug, Clone)]
pub(crate) struct Distribution {
    low: f64,
    high: f64,
    weights: Vec<f64>,
}

impl Distribution {
    /// Σ of the weights times a functional of every cosine, given its frequency.
    fn sum(&self, of: impl Fn(usize, f64) -> f64) -> f64 {
        let unit = std::f64::consts::PI / (self.high - self.low);
        self.weights.iter().enumerate().map(|(k, weight)| weight * of(k, k as f64 * unit)).sum()
    }
    pub(crate) fn density(&self, x: f64) -> f64 {
        self.sum(|_, w| (w * (x - self.low)).cos())
    }
    /// P(ln M ≤ x).
    pub(crate) fn probability(&self, x: f64) -> f64 {
        let from_low = x - self.low;
        self.sum(|k, w| if k == 0 { from_low } else { (w * from_low).sin() / w })
    }
    /// The x with P(ln M ≤ x) = p, by bisection.
    pub(crate) fn quantile(&self, p: f64) -> f64 {
        let (mut low, mut high) = (self.low, self.high);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if self.probability(middle) < p { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    }
    /// Mean, standard deviation and skewness of ln M.
    pub(crate) fn moments(&self) -> [f64; 3] {
        let (a, b) = (self.low, self.high);
        // ∫ xⁿ cos(w (x − a)) dx; at the ends the sine is 0 and the cosine ±1.
        let sign = |k: usize| if k.is_multiple_of(2) { 1.0 } else { -1.0 };
        let first = self.sum(|k, w| match k {
            0 => (b * b - a * a) / 2.0,
            _ => (sign(k) - 1.0) / (w * w),
        });
        let second = self.sum(|k, w| match k {
            0 => (b.powi(3) - a.powi(3)) / 3.0,
            _ => 2.0 * (b * sign(k) - a) / (w * w),
        });
        let third = self.sum(|k, w| match k {
            0 => (b.powi(4) - a.powi(4)) / 4.0,
            _ => {
                let w2 = w * w;
                3.0 * (b * b * sign(k) - a * a) / w2 - 6.0 * (sign(k) - 1.0) / (w2 * w2)
            }
        });
        let variance = second - first * first;
        let skewed = third - 3.0 * first * variance - first.powi(3);
        [first, variance.sqrt(), skewed / variance.powf(1.5)]
    }
    /// E max(K − M, 0).
    pub(crate) fn put(&self, strike: f64) -> f64 {
        let (a, c) = (self.low, strike.ln());
        self.sum(|k, w| {
            let (sin, cos) = (w * (c - a)).sin_cos();
            let cash = if k == 0 { c - a } else { sin / w };
            let price = (strike * (cos + w * sin) - a.exp()) / (1.0 + w * w);
            strike * cash - price
        })
    }
    /// E max(M − K, 0), by parity.
    pub(crate) fn call(&self, strike: f64) -> f64 {
        self.put(strike) + 1.0 - strike
    }
}
