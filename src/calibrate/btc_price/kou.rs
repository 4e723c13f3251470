//! Kou's jump-diffusion held against returns.
//!
//! In: returns of any length. Out: its log-densities and transforms. Not here: the search.
//!
//! Jumps are exponential: up with probability p and mean u = 1/η₁, down with mean d = 1/η₂. A return
//! over t has the characteristic function
//!   φ(w) = exp(i w b − σ²w²t/2 + λt(p/(1 − iwu) + (1 − p)/(1 + iwd) − 1)),
//! with b such that its mean is μt. Its density is the Fourier cosine series of φ on an interval that
//! holds all but 1e-12 of it, with as many terms as φ needs to fall below 1e-12: exact for the purpose,
//! for a day as for a month.
//! Source: Kou, Management Science 48 (2002); Fang, Oosterlee, SIAM Journal on Scientific Computing 31
//! (2008), the COS method.

use super::merton::{JUMPS_PER_YEAR_RAW, jumps_at_bound};
use super::{Law, Reported, Returns};
use crate::calibrate::free_law::Block;
use crate::calibrate::maximum_likelihood::{Coordinate, Likelihood, Maximum};
use crate::calibrate::transform::Transform;
use crate::input::study::JUMPS_PER_YEAR_MAX;

/// Most terms of a series: a volatility that needs more is below 1 % a year, and no price's.
const TERMS_MAX: usize = 8_192;
/// Returns whose series are summed together, so that the additions do not wait for one another.
const TOGETHER: usize = 16;
/// What a density is known to, absolutely; it is never said to be less, which rounding could make it.
const DENSITY_MIN: f64 = 1e-12;

/// Kou's law on a history.
#[derive(Debug, Clone)]
pub struct Kou {
    returns: Returns,
    groups: Vec<(f64, Vec<usize>)>,
    jumps_per_year_max: f64,
}

#[derive(Debug, Clone, Copy)]
struct Parameters {
    mean: f64,
    volatility: f64,
    jumps_per_year: f64,
    up_probability: f64,
    up_mean: f64,
    down_mean: f64,
}

impl Kou {
    /// The law with at most 12 jumps a year.
    pub fn new(returns: Returns) -> Self {
        Self::with_jumps_up_to(returns, JUMPS_PER_YEAR_MAX)
    }

    /// The law with another bound.
    pub fn with_jumps_up_to(returns: Returns, jumps_per_year_max: f64) -> Self {
        Self { groups: returns.by_length(), returns, jumps_per_year_max }
    }

    fn transforms(&self) -> [Transform; 6] {
        let up_to = |high: f64| Transform::Logit { low: 0.0, high };
        let jumps = up_to(self.jumps_per_year_max);
        [Transform::Identity, Transform::Log, jumps, up_to(1.0), up_to(0.9), up_to(2.0)]
    }

    fn parameters(&self, free: &[f64]) -> Parameters {
        let of = |index: usize| self.transforms()[index].from_free(free[index]);
        Parameters {
            mean: of(0),
            volatility: of(1),
            jumps_per_year: of(2),
            up_probability: of(3),
            up_mean: of(4),
            down_mean: of(5),
        }
    }
}

/// The density of a return as a cosine series on `low`..`low + width`, zero outside.
struct CosineSeries {
    low: f64,
    width: f64,
    coefficients: Vec<f64>,
}

impl Parameters {
    fn series(&self, years: f64) -> CosineSeries {
        let sd = self.volatility * years.sqrt();
        let expected = self.jumps_per_year * years;
        // Chernoff: the jumps of mean u sum to more than xu with a probability of at most
        // exp(−(√x − √λt)²), which is 1e-12 at √x = √λt + 5.26; a normal number of 7.1 sd is as rare.
        let reach = |mean: f64| 7.1 * sd + mean * (expected.sqrt() + 5.26).powi(2);
        let drift = self.mean * years
            - expected
                * (self.up_probability * self.up_mean
                    - (1.0 - self.up_probability) * self.down_mean);
        let low = drift - reach(self.down_mean);
        let width = drift + reach(self.up_mean) - low;
        // exp(−s²w²/2) falls below 1e-12 at w = 7.44/s.
        let terms = ((7.44 / sd * width / std::f64::consts::PI).ceil() as usize).min(TERMS_MAX);
        let coefficients = (0..terms.max(2)).map(|k| {
            let w = k as f64 * std::f64::consts::PI / width;
            let (up, down) = (w * self.up_mean, w * self.down_mean);
            let up_part = self.up_probability / (1.0 + up * up);
            let down_part = (1.0 - self.up_probability) / (1.0 + down * down);
            let size = -0.5 * (sd * w).powi(2) + expected * (up_part + down_part - 1.0);
            let angle = w * (drift - low) + expected * (up_part * up - down_part * down);
            let half = if k == 0 { 0.5 } else { 1.0 };
            half * 2.0 / width * size.exp() * angle.cos()
        });
        CosineSeries { low, width, coefficients: coefficients.collect() }
    }
}

impl CosineSeries {
    /// The angle of a return in the series; none outside the interval.
    fn angle(&self, x: f64) -> Option<f64> {
        let place = (x - self.low) / self.width;
        (0.0..=1.0).contains(&place).then_some(place * std::f64::consts::PI)
    }

    /// Densities at some returns, by Clenshaw's recurrence.
    fn densities(&self, xs: [f64; TOGETHER]) -> [f64; TOGETHER] {
        let angles = xs.map(|x| self.angle(x));
        let cosines = angles.map(|angle| angle.map_or(0.0, f64::cos));
        let (mut next, mut after) = ([0.0; TOGETHER], [0.0; TOGETHER]);
        for coefficient in self.coefficients[1..].iter().rev() {
            for i in 0..TOGETHER {
                let sum = coefficient + 2.0 * cosines[i] * next[i] - after[i];
                after[i] = next[i];
                next[i] = sum;
            }
        }
        std::array::from_fn(|i| {
            let density = self.coefficients[0] + cosines[i] * next[i] - after[i];
            angles[i].map_or(DENSITY_MIN, |_| density.max(DENSITY_MIN))
        })
    }

    /// Probability of a smaller return.
    fn below(&self, x: f64) -> f64 {
        let Some(angle) = self.angle(x) else { return f64::from(x > self.low) };
        let sines: f64 = (1..self.coefficients.len())
            .map(|k| self.coefficients[k] * (k as f64 * angle).sin() / k as f64)
            .sum();
        let scale = self.width / std::f64::consts::PI;
        (scale * (self.coefficients[0] * angle + sines)).clamp(0.0, 1.0)
    }
}

impl Likelihood for Kou {
    fn coordinates(&self) -> Vec<Coordinate> {
        let names = [
            "mean log return",
            "volatility",
            "jumps a year",
            "probability of a jump up",
            "mean of a jump up",
            "mean of a jump down",
        ];
        names.into_iter().zip(self.transforms()).map(|(n, t)| Coordinate::new(n, t)).collect()
    }

    fn log_densities(&self, free: &[f64], out: &mut Vec<f64>) {
        let law = self.parameters(free);
        out.resize(self.returns.logs.len(), 0.0);
        for (years, indices) in &self.groups {
            let series = law.series(*years);
            for some in indices.chunks(TOGETHER) {
                let xs = std::array::from_fn(|i| self.returns.logs[some[i.min(some.len() - 1)]]);
                let densities = series.densities(xs);
                for (index, density) in some.iter().zip(densities) {
                    out[*index] = density.ln();
                }
            }
        }
    }
}

impl Law for Kou {
    fn name(&self) -> &'static str {
        "kou"
    }
    fn title(&self) -> &'static str {
        "Kou's double-exponential jump-diffusion of the BTC price"
    }
    fn method(&self) -> &'static str {
        "maximum likelihood by Fourier cosine series, at most 12 jumps a year"
    }
    fn on(&self, returns: Returns) -> Self {
        Self::with_jumps_up_to(returns, self.jumps_per_year_max)
    }
    fn returns(&self) -> &Returns {
        &self.returns
    }
    fn starts(&self) -> Vec<Vec<f64>> {
        let (drift, volatility) = self.returns.moments();
        let step = volatility * self.returns.years(0).sqrt();
        let start = |part: f64, jumps: f64, size: f64| {
            let size = (size * step).min(0.4);
            let values = [drift, part * volatility, jumps, 0.5, size, size];
            self.transforms().iter().zip(values).map(|(t, value)| t.to_free(value)).collect()
        };
        let mut starts = vec![start(0.85, 5.0, 2.5)];
        if self.jumps_per_year_max > JUMPS_PER_YEAR_MAX {
            starts.push(start(0.5, 150.0, 0.9));
        }
        starts
    }
    fn reported(&self) -> Vec<Reported> {
        vec![
            Reported::estimated("btc_price.kou.volatility_per_sqrt_year", "per sqrt(year)"),
            Reported::estimated("btc_price.kou.jumps_per_year", "per year"),
            Reported::estimated("btc_price.kou.jump_up_probability", "of the jumps"),
            Reported::estimated("btc_price.kou.jump_up_log_mean", "of the logarithm"),
            Reported::estimated("btc_price.kou.jump_down_log_mean", "of the logarithm"),
            Reported::estimated("log_drift_per_year", "per year, of the logarithm"),
        ]
    }
    fn values(&self, free: &[f64]) -> Vec<f64> {
        let p = self.parameters(free);
        vec![p.volatility, p.jumps_per_year, p.up_probability, p.up_mean, p.down_mean, p.mean]
    }
    fn blocks(&self) -> Vec<Block> {
        let [_, volatility, jumps, probability, up, down] = self.transforms();
        [volatility, jumps, probability, up, down].map(Block::One).to_vec()
    }
    fn uniforms(&self, free: &[f64]) -> Vec<f64> {
        let law = self.parameters(free);
        let mut uniforms = vec![0.0; self.returns.logs.len()];
        for (years, indices) in &self.groups {
            let series = law.series(*years);
            for &index in indices {
                uniforms[index] = series.below(self.returns.logs[index]);
            }
        }
        uniforms
    }
    fn notes(&self, maximum: &Maximum) -> Vec<String> {
        let raw = Self::with_jumps_up_to(self.returns.clone(), JUMPS_PER_YEAR_RAW);
        jumps_at_bound(maximum, &raw, |raw, free| raw.parameters(free).jumps_per_year)
    }
}
