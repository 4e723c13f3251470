//! Merton's jump-diffusion held against returns.
//!
//! In: returns of any length. Out: its log-densities and transforms, exact. Not here: the search.
//!
//! A return over t is normal given its number of jumps, which is Poisson(λt): mean μt + (n − λt)·m,
//! variance σ²t + nδ², so that μ is the mean log return per year, jumps included.
//! The jumps are bounded: without a bound the likelihood takes the clustering of volatility for jumps
//! and ends at hundreds a year on daily BTC.
//! Source: Merton, Journal of Financial Economics 3 (1976); the likelihood: Honoré, "Pitfalls in
//! estimating jump-diffusion models" (1998).

use super::{Law, Reported, Returns, Step};
use crate::calibrate::free_law::Block;
use crate::calibrate::maximum_likelihood::{
    Convergence, Coordinate, Likelihood, Maximum, maximise,
};
use crate::calibrate::transform::Transform;
use crate::input::study::JUMPS_PER_YEAR_MAX;
use crate::tile::normal;

/// Jumps a year up to which the note of a bounded fit looks: one a day.
pub(crate) const JUMPS_PER_YEAR_RAW: f64 = 365.0;

/// Merton's law on a history.
#[derive(Debug, Clone)]
pub struct Merton {
    returns: Returns,
    groups: Vec<(f64, Vec<usize>)>,
    jumps_per_year_max: f64,
}

struct Parameters {
    mean: f64,
    volatility: f64,
    jumps_per_year: f64,
    jump_mean: f64,
    jump_sd: f64,
}

impl Merton {
    /// The law with at most 12 jumps a year.
    pub fn new(returns: Returns) -> Self {
        Self::with_jumps_up_to(returns, JUMPS_PER_YEAR_MAX)
    }

    /// The law with another bound.
    pub fn with_jumps_up_to(returns: Returns, jumps_per_year_max: f64) -> Self {
        Self { groups: returns.by_length(), returns, jumps_per_year_max }
    }

    fn transforms(&self) -> [Transform; 5] {
        let jumps = Transform::Logit { low: 0.0, high: self.jumps_per_year_max };
        [Transform::Identity, Transform::Log, jumps, Transform::Identity, Transform::Log]
    }

    fn parameters(&self, free: &[f64]) -> Parameters {
        let of = |index: usize| self.transforms()[index].from_free(free[index]);
        Parameters {
            mean: of(0),
            volatility: of(1),
            jumps_per_year: of(2),
            jump_mean: of(3),
            jump_sd: of(4),
        }
    }
}

impl Parameters {
    /// Weight, mean and standard deviation of a return over `years`, by its number of jumps.
    fn components(&self, years: f64) -> Vec<(f64, f64, f64)> {
        let expected = self.jumps_per_year * years;
        let mut weight = (-expected).exp();
        let mut components = Vec::new();
        for n in 0.. {
            let jumps = f64::from(n);
            let mean = self.mean * years + (jumps - expected) * self.jump_mean;
            let variance = self.volatility.powi(2) * years + jumps * self.jump_sd.powi(2);
            components.push((weight, mean, variance.sqrt()));
            weight *= expected / (jumps + 1.0);
            // What is left is at most twice the next weight, and adds nothing to a sum near 1; it may
            // matter to a density far out, where a term of 1e-30 is the largest, hence the margin.
            if jumps > expected && weight < 1e-30 {
                return components;
            }
        }
        unreachable!("weights fall below any number")
    }
}

impl Likelihood for Merton {
    fn coordinates(&self) -> Vec<Coordinate> {
        let names =
            ["mean log return", "volatility", "jumps a year", "mean of a jump", "sd of a jump"];
        names.into_iter().zip(self.transforms()).map(|(n, t)| Coordinate::new(n, t)).collect()
    }

    fn log_densities(&self, free: &[f64], out: &mut Vec<f64>) {
        let law = self.parameters(free);
        let root = std::f64::consts::TAU.sqrt();
        out.resize(self.returns.logs.len(), 0.0);
        for (years, indices) in &self.groups {
            let components: Vec<(f64, f64, f64)> = law
                .components(*years)
                .into_iter()
                .map(|(weight, mean, sd)| (weight / (root * sd), mean, 0.5 / (sd * sd)))
                .collect();
            for &index in indices {
                let x = self.returns.logs[index];
                let terms = components
                    .iter()
                    .map(|(height, mean, half)| height * (-half * (x - mean).powi(2)).exp());
                out[index] = terms.sum::<f64>().ln();
            }
        }
    }
}

impl Law for Merton {
    fn name(&self) -> &'static str {
        "merton"
    }
    fn title(&self) -> &'static str {
        "Merton's jump-diffusion of the BTC price"
    }
    fn method(&self) -> &'static str {
        "maximum likelihood of the Poisson mixture, at most 12 jumps a year"
    }
    fn on(&self, returns: Returns) -> Self {
        Self::with_jumps_up_to(returns, self.jumps_per_year_max)
    }
    fn returns(&self) -> &Returns {
        &self.returns
    }
    /// Few large jumps, and many smaller ones: the likelihood may have a peak at each.
    fn starts(&self) -> Vec<Vec<f64>> {
        let (drift, volatility) = self.returns.moments();
        let step = volatility * self.returns.years(0).sqrt();
        let start = |part: f64, jumps: f64, sd: f64| {
            let values = [drift, part * volatility, jumps, 0.0, sd * step];
            self.transforms().iter().zip(values).map(|(t, value)| t.to_free(value)).collect()
        };
        let mut starts = vec![start(0.9, 2.0, 4.0), start(0.75, 9.0, 2.5)];
        if self.jumps_per_year_max > JUMPS_PER_YEAR_MAX {
            starts.push(start(0.5, 150.0, 1.3));
        }
        starts
    }
    fn reported(&self) -> Vec<Reported> {
        vec![
            Reported::estimated("btc_price.merton.volatility_per_sqrt_year", "per sqrt(year)"),
            Reported::estimated("btc_price.merton.jumps_per_year", "per year"),
            Reported::estimated("btc_price.merton.jump_log_mean", "of the logarithm"),
            Reported::estimated("btc_price.merton.jump_log_sd", "of the logarithm"),
            Reported::estimated("log_drift_per_year", "per year, of the logarithm"),
        ]
    }
    fn values(&self, free: &[f64]) -> Vec<f64> {
        let p = self.parameters(free);
        vec![p.volatility, p.jumps_per_year, p.jump_mean, p.jump_sd, p.mean]
    }
    fn blocks(&self) -> Vec<Block> {
        let [_, volatility, jumps, mean, sd] = self.transforms();
        [volatility, jumps, mean, sd].map(Block::One).to_vec()
    }
    fn uniforms(&self, free: &[f64]) -> Vec<f64> {
        let law = self.parameters(free);
        let mut uniforms = vec![0.0; self.returns.logs.len()];
        for (years, indices) in &self.groups {
            let components = law.components(*years);
            for &index in indices {
                let x = self.returns.logs[index];
                let terms = components
                    .iter()
                    .map(|(weight, mean, sd)| weight * normal::cdf((x - mean) / sd));
                uniforms[index] = terms.sum();
            }
        }
        uniforms
    }
    fn notes(&self, maximum: &Maximum) -> Vec<String> {
        let raw = Self::with_jumps_up_to(self.returns.clone(), JUMPS_PER_YEAR_RAW);
        jumps_at_bound(maximum, &raw, |raw, free| raw.parameters(free).jumps_per_year)
    }
}

/// What to say where the jumps stand at their bound: what they would be without it.
pub(super) fn jumps_at_bound<L: Law>(
    maximum: &Maximum,
    raw: &L,
    jumps_per_year: impl Fn(&L, &[f64]) -> f64,
) -> Vec<String> {
    let is_at_bound = matches!(&maximum.convergence, Convergence::AtBounds(names)
        if names.contains(&"jumps a year"));
    if !is_at_bound || raw.returns().step == Step::Month {
        return Vec::new();
    }
    let end = maximise(raw, &raw.starts());
    vec![format!(
        "jumps at their bound of {JUMPS_PER_YEAR_MAX} a year; without it {:.0} a year and a \
         log-likelihood higher by {:.1}: the law takes the clustering of volatility for jumps",
        jumps_per_year(raw, &end.free),
        end.log_likelihood - maximum.log_likelihood
    )]
}
