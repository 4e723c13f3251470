//! The law of a sum along a Markov chain by its characteristic function: an oracle in f64.
//!
//! In: a chain of states with a normal or fixed increment in each. Out: moments by recursion, and
//! distribution, quantiles and option values by the COS series (F. Fang, C. W. Oosterlee, SIAM J.
//! Scientific Computing 31 (2008) 826) of the exact characteristic function. Nothing of the engine
//! is used.

use std::f64::consts::PI;

/// How the state of tomorrow follows that of today.
pub(crate) enum Transition {
    /// Probability by today's state (row) and tomorrow's (column).
    Matrix(Vec<Vec<f64>>),
    /// The next state on a circle with this probability, else any state alike.
    Circle(f64),
}

/// A chain that adds a normal number in each state, from the first day on.
pub(crate) struct Chain {
    pub(crate) start: Vec<f64>,
    pub(crate) transition: Transition,
    /// Mean and variance of what a day adds, by state.
    pub(crate) increments: Vec<(f64, f64)>,
}

type Complex = (f64, f64);

fn product(a: Complex, b: Complex) -> Complex {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

fn exponential(a: Complex) -> Complex {
    (a.0.exp() * a.1.cos(), a.0.exp() * a.1.sin())
}

impl Chain {
    /// One day of weights that do not depend on what was added.
    fn step(&self, weights: &[Complex]) -> Vec<Complex> {
        let states = weights.len();
        match &self.transition {
            Transition::Matrix(p) => (0..states)
                .map(|to| {
                    (0..states).fold((0.0, 0.0), |sum, from| {
                        let w = weights[from];
                        (sum.0 + w.0 * p[from][to], sum.1 + w.1 * p[from][to])
                    })
                })
                .collect(),
            Transition::Circle(stay) => {
                let total = weights.iter().fold((0.0, 0.0), |s, w| (s.0 + w.0, s.1 + w.1));
                let anew = (1.0 - stay) / states as f64;
                (0..states)
                    .map(|to| {
                        let w = weights[(to + states - 1) % states];
                        (stay * w.0 + anew * total.0, stay * w.1 + anew * total.1)
                    })
                    .collect()
            }
        }
    }

    /// E[exp(s X)] after each of `days`, which ascend; s is complex.
    pub(crate) fn transform(&self, s: Complex, days: &[usize]) -> Vec<Complex> {
        let square = product(s, s);
        let gain = |&(mean, variance): &(f64, f64)| {
            let half = 0.5 * variance;
            exponential((s.0 * mean + square.0 * half, s.1 * mean + square.1 * half))
        };
        let gains: Vec<Complex> = self.increments.iter().map(gain).collect();
        let mut weights: Vec<Complex> = self.start.iter().map(|p| (*p, 0.0)).collect();
        let mut found = Vec::new();
        for day in 1..=*days.last().unwrap() {
            if day > 1 {
                weights = self.step(&weights);
            }
            for (weight, gain) in weights.iter_mut().zip(&gains) {
                *weight = product(*weight, *gain);
            }
            if days.contains(&day) {
                found.push(weights.iter().fold((0.0, 0.0), |sum, w| (sum.0 + w.0, sum.1 + w.1)));
            }
        }
        found
    }

    /// Mean and variance of X after each of `days`, by recursion over first and second moments.
    pub(crate) fn moments(&self, days: &[usize]) -> Vec<(f64, f64)> {
        let states = self.start.len();
        let mut probability: Vec<Complex> = self.start.iter().map(|p| (*p, 0.0)).collect();
        // First moment in the real part, second in the imaginary: both are weights of states.
        let mut moments = vec![(0.0, 0.0); states];
        let mut found = Vec::new();
        for day in 1..=*days.last().unwrap() {
            if day > 1 {
                probability = self.step(&probability);
                moments = self.step(&moments);
            }
            for (state, (mean, variance)) in self.increments.iter().enumerate() {
                let (p, (first, second)) = (probability[state].0, moments[state]);
                let square = second + 2.0 * mean * first + p * (mean * mean + variance);
                moments[state] = (first + p * mean, square);
            }
            if days.contains(&day) {
                let (first, second) =
                    moments.iter().fold((0.0, 0.0), |sum, m| (sum.0 + m.0, sum.1 + m.1));
                found.push((first, second - first * first));
            }
        }
        found
    }

    /// The laws of X − ln E[e^X] after each of `days`.
    pub(crate) fn laws(&self, days: &[usize]) -> Vec<Law> {
        const TERMS: usize = 512;
        const DEVIATIONS: f64 = 12.0;
        let growth: Vec<f64> = self.transform((1.0, 0.0), days).iter().map(|g| g.0.ln()).collect();
        let moments = self.moments(days);
        let laws = days.iter().zip(&growth).zip(&moments).map(|((day, growth), moments)| {
            let (mean, sd) = (moments.0 - growth, moments.1.sqrt());
            let (low, high) = (mean - DEVIATIONS * sd, mean + DEVIATIONS * sd);
            let coefficients = (0..TERMS).map(|k| {
                let u = k as f64 * PI / (high - low);
                let phi = self.transform((0.0, u), &[*day])[0];
                2.0 / (high - low) * product(phi, exponential((0.0, -u * (low + growth)))).0
            });
            let mut coefficients: Vec<f64> = coefficients.collect();
            coefficients[0] *= 0.5;
            Law { mean, variance: moments.1, low, high, coefficients }
        });
        laws.collect()
    }
}

/// The law of a number on an interval that holds all but a negligible part of it.
pub(crate) struct Law {
    pub(crate) mean: f64,
    pub(crate) variance: f64,
    low: f64,
    high: f64,
    /// Of cos(k π (x − low) / (high − low)) in the density.
    coefficients: Vec<f64>,
}

impl Law {
    fn sum(&self, term: impl Fn(f64) -> f64) -> f64 {
        let per_k = PI / (self.high - self.low);
        self.coefficients.iter().enumerate().map(|(k, c)| c * term(k as f64 * per_k)).sum()
    }
    /// P(X ≤ x).
    pub(crate) fn probability(&self, x: f64) -> f64 {
        let d = x - self.low;
        self.sum(|u| if u == 0.0 { d } else { (u * d).sin() / u })
    }
    /// The x with P(X ≤ x) = p, by bisection.
    pub(crate) fn quantile(&self, p: f64) -> f64 {
        let (mut low, mut high) = (self.low, self.high);
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if self.probability(middle) < p { low = middle } else { high = middle }
        }
        low
    }
    /// E[max(K − e^X, 0)].
    pub(crate) fn put(&self, strike: f64) -> f64 {
        let d = strike.ln() - self.low;
        let of_one = self.sum(|u| if u == 0.0 { d } else { (u * d).sin() / u });
        let of_level = self.sum(|u| {
            ((u * d).cos() * strike - self.low.exp() + u * (u * d).sin() * strike) / (1.0 + u * u)
        });
        strike * of_one - of_level
    }
    /// E[max(e^X − K, 0)], by parity with E[e^X] = 1.
    pub(crate) fn call(&self, strike: f64) -> f64 {
        self.put(strike) + 1.0 - strike
    }
}
