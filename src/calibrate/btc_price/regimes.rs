//! A daily Markov chain of drifts and volatilities held against daily returns.
//!
//! In: returns of neighbouring days. Out: the log-densities of Hamilton's filter, transforms, and the
//! maximum by EM from several starts. Not here: the errors.
//!
//! The state of a day decides drift and volatility of its return; the first day's state is drawn from
//! the chain's stationary law. States are ordered by volatility, calm first.
//! Source: Hamilton, Econometrica 57 (1989); EM: Hamilton, Journal of Econometrics 45 (1990), with
//! Baum's smoother.

use super::{Law, Reported, Returns};
use crate::calibrate::free_law::Block;
use crate::calibrate::maximum_likelihood::{Coordinate, Likelihood, Maximum, infer, search};
use crate::calibrate::transform::Transform;
use crate::tile::normal;
use crate::time::DAYS_PER_YEAR;

const DT: f64 = 1.0 / DAYS_PER_YEAR;
/// EM steps of one start; the quasi-Newton search goes on where they end.
const EM_STEPS: usize = 150;
/// A step of EM that adds less than this to the log-likelihood is the last.
const EM_RISE_MIN: f64 = 1e-4;

/// The regimes on a history.
#[derive(Debug, Clone)]
pub struct Regimes {
    returns: Returns,
    states: usize,
}

/// Drift and volatility of each state, and the chain.
#[derive(Debug, Clone, PartialEq)]
struct Parameters {
    drift: Vec<f64>,
    volatility: Vec<f64>,
    transition: Vec<Vec<f64>>,
}

const KEYS: [[&str; 3]; 3] = [
    [
        "btc_price.regimes.log_drift_per_year[0]",
        "btc_price.regimes.log_drift_per_year[1]",
        "btc_price.regimes.log_drift_per_year[2]",
    ],
    [
        "btc_price.regimes.volatility_per_sqrt_year[0]",
        "btc_price.regimes.volatility_per_sqrt_year[1]",
        "btc_price.regimes.volatility_per_sqrt_year[2]",
    ],
    [
        "btc_price.regimes.start_probability[0]",
        "btc_price.regimes.start_probability[1]",
        "btc_price.regimes.start_probability[2]",
    ],
];
const TRANSITIONS: [[&str; 3]; 3] = [
    [
        "btc_price.regimes.transition_per_day[0][0]",
        "btc_price.regimes.transition_per_day[0][1]",
        "btc_price.regimes.transition_per_day[0][2]",
    ],
    [
        "btc_price.regimes.transition_per_day[1][0]",
        "btc_price.regimes.transition_per_day[1][1]",
        "btc_price.regimes.transition_per_day[1][2]",
    ],
    [
        "btc_price.regimes.transition_per_day[2][0]",
        "btc_price.regimes.transition_per_day[2][1]",
        "btc_price.regimes.transition_per_day[2][2]",
    ],
];

impl Regimes {
    /// The law with 2 or 3 states.
    ///
    /// # Panics
    /// With another number of states, or returns of more than a day.
    pub fn new(returns: Returns, states: usize) -> Self {
        assert!(matches!(states, 2 | 3), "a study has 2 or 3 regimes");
        assert!(returns.days.iter().all(|days| *days == 1), "the chain moves once a day");
        Self { returns, states }
    }

    /// Drifts, log volatilities, then the logs of odds of leaving for each other state against
    /// staying, row by row.
    fn parameters(&self, free: &[f64]) -> Parameters {
        let n = self.states;
        let mut odds = free[2 * n..].iter();
        let transition = (0..n).map(|row| {
            let mut weights = vec![1.0; n];
            for column in (0..n).filter(|column| *column != row) {
                weights[column] = odds.next().expect("n − 1 odds for each row").exp();
            }
            let sum: f64 = weights.iter().sum();
            weights.iter().map(|weight| weight / sum).collect()
        });
        Parameters {
            drift: free[..n].to_vec(),
            volatility: free[n..2 * n].iter().map(|log| log.exp()).collect(),
            transition: transition.collect(),
        }
    }

    fn starting_points(&self) -> Vec<Parameters> {
        let (drift, volatility) = self.returns.moments();
        let n = self.states;
        let of = |levels: &[f64], tilts: &[f64], stay: f64| Parameters {
            drift: tilts.iter().map(|tilt| drift + tilt).collect(),
            volatility: levels.iter().map(|level| level * volatility).collect(),
            transition: (0..n)
                .map(|row| {
                    let leave = (1.0 - stay) / (n - 1) as f64;
                    (0..n).map(|column| if column == row { stay } else { leave }).collect()
                })
                .collect(),
        };
        match n {
            2 => vec![
                of(&[0.6, 1.5], &[0.0, 0.0], 0.95),
                of(&[0.4, 1.2], &[0.0, 0.0], 0.7),
                of(&[0.9, 1.1], &[0.5, -0.5], 0.98),
            ],
            _ => vec![
                of(&[0.4, 0.9, 1.7], &[0.0, 0.0, 0.0], 0.95),
                of(&[0.3, 0.8, 1.6], &[0.0, 0.5, -1.0], 0.7),
                of(&[0.7, 1.0, 2.5], &[0.0, 0.0, 0.0], 0.98),
                of(&[0.2, 0.6, 1.3], &[0.0, 0.3, -0.3], 0.85),
            ],
        }
    }
}

impl Parameters {
    fn states(&self) -> usize {
        self.drift.len()
    }

    /// The stationary law of the chain, by repeated squaring of the transitions.
    fn stationary(&self) -> Vec<f64> {
        let n = self.states();
        let mut power = self.transition.clone();
        // 2^40 days are enough for any chain whose rows a number can tell from the identity.
        for _ in 0..40 {
            let entry = |i: usize, j: usize| (0..n).map(|k| power[i][k] * power[k][j]).sum::<f64>();
            power = (0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect();
            for row in &mut power {
                let sum: f64 = row.iter().sum();
                row.iter_mut().for_each(|p| *p /= sum);
            }
        }
        power.swap_remove(0)
    }

    /// Walks through the returns: for each its predicted state probabilities and its densities by state
    /// to `see`; the prediction for the day after the last comes back.
    fn filter(&self, logs: &[f64], mut see: impl FnMut(&[f64], &[f64])) -> Vec<f64> {
        let n = self.states();
        let sd: Vec<f64> = self.volatility.iter().map(|v| v * DT.sqrt()).collect();
        let height: Vec<f64> =
            sd.iter().map(|sd| 1.0 / (std::f64::consts::TAU.sqrt() * sd)).collect();
        let mut predicted = self.stationary();
        let (mut densities, mut now) = (vec![0.0; n], vec![0.0; n]);
        for x in logs {
            for i in 0..n {
                let z = (x - self.drift[i] * DT) / sd[i];
                densities[i] = height[i] * (-0.5 * z * z).exp();
            }
            see(&predicted, &densities);
            let sum: f64 = predicted.iter().zip(&densities).map(|(p, d)| p * d).sum();
            for i in 0..n {
                now[i] = predicted[i] * densities[i] / sum;
            }
            for j in 0..n {
                predicted[j] = (0..n).map(|i| now[i] * self.transition[i][j]).sum();
            }
        }
        predicted
    }

    fn log_likelihood(&self, logs: &[f64]) -> f64 {
        let mut sum = 0.0;
        self.filter(logs, |predicted, densities| {
            sum += predicted.iter().zip(densities).map(|(p, d)| p * d).sum::<f64>().ln();
        });
        sum
    }

    /// One step of EM: what each state's returns say, weighted by how likely each day was in it.
    fn em_step(&self, logs: &[f64]) -> Self {
        let n = self.states();
        let (mut predicted, mut filtered) = (Vec::new(), Vec::new());
        self.filter(logs, |p, d| {
            let sum: f64 = p.iter().zip(d).map(|(p, d)| p * d).sum();
            predicted.push(p.to_vec());
            filtered.push(p.iter().zip(d).map(|(p, d)| p * d / sum).collect::<Vec<f64>>());
        });
        let mut smoothed = filtered[logs.len() - 1].clone();
        let (mut weight, mut sum, mut square) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        let mut moves = vec![vec![0.0; n]; n];
        for t in (0..logs.len()).rev() {
            for i in 0..n {
                weight[i] += smoothed[i];
                sum[i] += smoothed[i] * logs[t];
                square[i] += smoothed[i] * logs[t] * logs[t];
            }
            if t == 0 {
                break;
            }
            let mut before = vec![0.0; n];
            for i in 0..n {
                for j in 0..n {
                    let joint = filtered[t - 1][i] * self.transition[i][j] * smoothed[j]
                        / predicted[t][j].max(f64::MIN_POSITIVE);
                    moves[i][j] += joint;
                    before[i] += joint;
                }
            }
            smoothed = before;
        }
        let mean: Vec<f64> = (0..n).map(|i| sum[i] / weight[i]).collect();
        let variance = |i: usize| (square[i] / weight[i] - mean[i] * mean[i]).max(1e-12);
        Self {
            drift: mean.iter().map(|mean| mean / DT).collect(),
            volatility: (0..n).map(|i| (variance(i) / DT).sqrt()).collect(),
            transition: moves
                .iter()
                .map(|row| {
                    let sum: f64 = row.iter().sum();
                    row.iter().map(|moves| moves / sum).collect()
                })
                .collect(),
        }
    }

    fn em(mut self, logs: &[f64]) -> Self {
        let mut before = f64::NEG_INFINITY;
        for _ in 0..EM_STEPS {
            let next = self.em_step(logs);
            let now = next.log_likelihood(logs);
            if !now.is_finite() {
                return self;
            }
            self = next;
            if now - before < EM_RISE_MIN {
                break;
            }
            before = now;
        }
        self
    }

    /// The same law with its states in order of volatility.
    fn ordered(&self) -> Self {
        let mut order: Vec<usize> = (0..self.states()).collect();
        order.sort_by(|a, b| self.volatility[*a].total_cmp(&self.volatility[*b]));
        let of = |values: &[f64]| order.iter().map(|i| values[*i]).collect();
        Self {
            drift: of(&self.drift),
            volatility: of(&self.volatility),
            transition: order.iter().map(|i| of(&self.transition[*i])).collect(),
        }
    }

    fn free(&self) -> Vec<f64> {
        let n = self.states();
        let mut free = self.drift.clone();
        free.extend(self.volatility.iter().map(|volatility| volatility.ln()));
        for (row, chances) in self.transition.iter().enumerate() {
            for column in (0..n).filter(|column| *column != row) {
                free.push((chances[column] / chances[row]).max(1e-8).ln());
            }
        }
        free
    }
}

impl Likelihood for Regimes {
    fn coordinates(&self) -> Vec<Coordinate> {
        let n = self.states;
        let mut all = vec![Coordinate::new("drift", Transform::Identity); n];
        all.extend(vec![Coordinate::new("volatility", Transform::Log); n]);
        all.extend(vec![Coordinate::new("odds of a change", Transform::Log); n * (n - 1)]);
        all
    }

    fn log_densities(&self, free: &[f64], out: &mut Vec<f64>) {
        self.parameters(free).filter(&self.returns.logs, |predicted, densities| {
            out.push(predicted.iter().zip(densities).map(|(p, d)| p * d).sum::<f64>().ln());
        });
    }
}

impl Law for Regimes {
    fn name(&self) -> &'static str {
        if self.states == 2 { "regimes, 2" } else { "regimes, 3" }
    }
    fn title(&self) -> &'static str {
        match self.states {
            2 => "two regimes of drift and volatility of the BTC price",
            _ => "three regimes of drift and volatility of the BTC price",
        }
    }
    fn method(&self) -> &'static str {
        "maximum likelihood by Hamilton's filter; EM, then a quasi-Newton search"
    }
    fn on(&self, returns: Returns) -> Self {
        Self::new(returns, self.states)
    }
    fn returns(&self) -> &Returns {
        &self.returns
    }
    fn starts(&self) -> Vec<Vec<f64>> {
        self.starting_points().iter().map(Parameters::free).collect()
    }
    fn reported(&self) -> Vec<Reported> {
        let n = self.states;
        let mut all = Vec::new();
        let units = ["per year, of the logarithm", "per sqrt(year)"];
        for (keys, unit) in KEYS.iter().zip(units) {
            all.extend(keys[..n].iter().map(|key| Reported::estimated(key, unit)));
        }
        for row in &TRANSITIONS[..n] {
            all.extend(row[..n].iter().map(|key| Reported::estimated(key, "per day")));
        }
        all.extend(
            KEYS[2][..n].iter().map(|key| Reported::state(key, "on the day after the last")),
        );
        all
    }
    fn values(&self, free: &[f64]) -> Vec<f64> {
        let law = self.parameters(free);
        let start = law.filter(&self.returns.logs, |_, _| ());
        let mut values = law.drift.clone();
        values.extend(&law.volatility);
        values.extend(law.transition.iter().flatten());
        values.extend(start);
        values
    }
    /// Drifts and volatilities; the chain stays as it is, since its rows must go on summing to 1.
    fn blocks(&self) -> Vec<Block> {
        let n = self.states;
        let mut blocks = vec![Block::One(Transform::Identity); n];
        blocks.extend(vec![Block::One(Transform::Log); n]);
        blocks
    }
    fn uniforms(&self, free: &[f64]) -> Vec<f64> {
        let law = self.parameters(free);
        let mut uniforms = Vec::with_capacity(self.returns.logs.len());
        let mut logs = self.returns.logs.iter();
        law.filter(&self.returns.logs, |predicted, _| {
            let x = logs.next().expect("the filter sees each return once");
            let parts = (0..law.states()).map(|i| {
                let z = (x - law.drift[i] * DT) / (law.volatility[i] * DT.sqrt());
                predicted[i] * normal::cdf(z)
            });
            uniforms.push(parts.sum());
        });
        uniforms
    }
    fn maximum(&self) -> Maximum {
        let logs = &self.returns.logs;
        let ends = self.starting_points().into_iter().map(|start| start.em(logs));
        let best = ends
            .max_by(|a, b| a.log_likelihood(logs).total_cmp(&b.log_likelihood(logs)))
            .expect("there are starting points");
        let (free, iterations) = search(self, &[best.ordered().free()], &[]);
        let ordered = self.parameters(&free).ordered();
        infer(self, ordered.free(), iterations, &[])
    }
    fn notes(&self, maximum: &Maximum) -> Vec<String> {
        let law = self.parameters(&maximum.free);
        let text = |values: &[f64]| {
            values.iter().map(|value| format!("{value:.2}")).collect::<Vec<_>>().join(", ")
        };
        let days: Vec<f64> = (0..self.states).map(|i| 1.0 / (1.0 - law.transition[i][i])).collect();
        vec![
            format!("share of the days in each regime: {}", text(&law.stationary())),
            format!("days that a regime lasts on average: {}", text(&days)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stationary_law_is_kept_by_the_chain() {
        let law = Parameters {
            drift: vec![0.0; 2],
            volatility: vec![0.3, 0.9],
            transition: vec![vec![0.98, 0.02], vec![0.06, 0.94]],
        };
        let stationary = law.stationary();
        assert!((stationary[0] - 0.75).abs() < 1e-12);
        assert!((stationary[1] - 0.25).abs() < 1e-12);
    }

    /// Three days by hand: the sum over all eight paths of states.
    #[test]
    fn the_filter_sums_over_every_path_of_states() {
        let law = Parameters {
            drift: vec![0.1, -0.4],
            volatility: vec![0.3, 0.9],
            transition: vec![vec![0.9, 0.1], vec![0.3, 0.7]],
        };
        let logs = [0.01, -0.05, 0.02];
        let density = |state: usize, x: f64| {
            let sd = law.volatility[state] * DT.sqrt();
            let z = (x - law.drift[state] * DT) / sd;
            (-0.5 * z * z).exp() / (std::f64::consts::TAU.sqrt() * sd)
        };
        let mut sum = 0.0;
        for path in 0..8_usize {
            let state = |t: usize| path >> t & 1;
            let mut p = law.stationary()[state(0)] * density(state(0), logs[0]);
            for t in 1..3 {
                p *= law.transition[state(t - 1)][state(t)] * density(state(t), logs[t]);
            }
            sum += p;
        }
        assert!((law.log_likelihood(&logs) - sum.ln()).abs() < 1e-12);
    }
}
