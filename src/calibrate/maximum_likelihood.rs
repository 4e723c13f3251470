//! Maximum likelihood with standard errors, for every law whose density can be written down.
//!
//! In: a law as the log-density of each observation given those before, in free numbers on the whole
//! line; where to start. Out: the maximum, both covariances of the free numbers, how the search
//! ended. Not here: the laws.
//!
//! The search is BFGS with central differences (basin): these likelihoods are smooth in the free
//! numbers, where no bound is left to stop at, and a quasi-Newton step needs a tenth of the
//! evaluations that Nelder–Mead does. Newton steps with the full Hessian end it; they also say whether
//! it converged: by how much the likelihood could still rise (half of g'(−H)⁻¹g), whatever the scale of
//! the parameters.
//! A likelihood that rises up to the bound of a parameter has no Gaussian error there: such a
//! parameter is set at its bound, and the errors of the others are given it.
//! Errors: inverse Hessian, and the sandwich (−H)⁻¹ S (−H)⁻¹ with S the outer product of the scores,
//! which stands a law that is not quite the true one.
//! Source: White, "Maximum likelihood estimation of misspecified models", Econometrica 50 (1982);
//! Bollerslev, Wooldridge, Econometric Reviews 11 (1992), for dependent observations.

use super::symmetric::inverse;
use super::transform::Transform;
use basin::{Bfgs, CostFunction, Executor, FiniteDiff, FirstOrderState};
use ndarray::Array2;
use std::convert::Infallible;

/// A number that the likelihood is searched over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coordinate {
    /// What it is, as a person says it: "jumps a year".
    pub name: &'static str,
    /// How it is moved to the whole line.
    pub transform: Transform,
}

impl Coordinate {
    /// A named coordinate.
    pub const fn new(name: &'static str, transform: Transform) -> Self {
        Self { name, transform }
    }
}

/// A law held against a history.
pub trait Likelihood {
    /// What it is searched over.
    fn coordinates(&self) -> Vec<Coordinate>;
    /// Writes the log-density of each observation, given those before, at free numbers.
    fn log_densities(&self, free: &[f64], out: &mut Vec<f64>);
}

/// How a search ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Convergence {
    /// At an inner maximum.
    Converged,
    /// At a maximum with these coordinates at their bounds.
    AtBounds(Vec<&'static str>),
    /// Elsewhere; why.
    NotConverged(String),
}

impl std::fmt::Display for Convergence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Converged => write!(f, "converged"),
            Self::AtBounds(names) => write!(f, "at a bound: {}", names.join(", ")),
            Self::NotConverged(why) => write!(f, "not converged: {why}"),
        }
    }
}

/// The maximum of a likelihood.
#[derive(Debug, Clone, PartialEq)]
pub struct Maximum {
    /// The free numbers.
    pub free: Vec<f64>,
    /// Whether each stands at a bound of its own; the covariances have zeros there.
    pub is_at_bound: Vec<bool>,
    /// Log-likelihood.
    pub log_likelihood: f64,
    /// Covariance of the free numbers by the inverse Hessian; NaN where it is not positive definite.
    pub covariance: Array2<f64>,
    /// Covariance of the free numbers by the sandwich.
    pub robust_covariance: Array2<f64>,
    /// Iterations of the search that found it.
    pub iterations: u64,
    /// How the search ended.
    pub convergence: Convergence,
}

/// A free number that was estimated elsewhere, with what each observation gave to its error.
pub struct Given {
    /// Its place among the coordinates.
    pub index: usize,
    /// Per observation; their sum is the error of the estimate.
    pub influence: Vec<f64>,
}

/// Iterations of one search: twenty parameters need a few hundred.
const ITERATIONS_MAX: u64 = 400;
/// Slope of the mean log-density at which Newton's steps take over.
const GRADIENT_MAX: f64 = 1e-6;
/// Step of a first second difference, which tells the scale of a free number.
const FIRST_STEP: f64 = 1e-3;
/// Step of the differences, in standard errors given the others: a likelihood is a parabola over it to
/// some 1e-6, and rounding of a sum of thousands is 1e-8 of the difference.
const STEP_IN_STD_ERRORS: f64 = 0.02;
/// Step of the slopes of parameters in free numbers, which are smooth functions of order one.
const SLOPE_STEP: f64 = 1e-4;
/// Place of a logit that stands for its bound: 1e-11 of the range away.
const EDGE: f64 = 25.0;
/// Place of a logit from which on its bound is tried: 2 % of the range away.
const NEAR_EDGE: f64 = 4.0;
/// Logarithm that stands for a bound of zero.
const LOG_EDGE: f64 = -25.0;
/// Logarithm from which on zero is tried.
const LOG_NEAR_EDGE: f64 = -7.0;
/// What the likelihood may still rise by where the search is called converged: a thousandth of what
/// moves an estimate by a standard error.
const RISE_MAX: f64 = 5e-4;
/// What a bound may cost to be taken: nothing but rounding.
const BOUND_COST: f64 = 1e-5;
/// What a log-likelihood of thousands is known to.
const ROUNDING: f64 = 1e-10;
/// Newton steps at the end.
const NEWTON_STEPS: usize = 8;

/// Searches from every start and tells the best end with its errors.
///
/// # Panics
/// If there is no start.
pub fn maximise(likelihood: &impl Likelihood, starts: &[Vec<f64>]) -> Maximum {
    let (free, iterations) = search(likelihood, starts, &[]);
    infer(likelihood, free, iterations, &[])
}

/// Searches from every start, with the numbers at the places `held` as they are there; the best free
/// numbers and the iterations spent on them.
///
/// # Panics
/// If there is no start.
pub fn search(
    likelihood: &impl Likelihood,
    starts: &[Vec<f64>],
    held: &[usize],
) -> (Vec<f64>, u64) {
    let ends = starts.iter().map(|start| {
        let held: Vec<bool> = (0..start.len()).map(|index| held.contains(&index)).collect();
        climb(likelihood, start, &held)
    });
    let best = ends.max_by(|a, b| a.2.total_cmp(&b.2)).expect("a search begins somewhere");
    (best.0, best.1)
}

/// Errors and status at free numbers, after Newton's last steps; `given` are not moved.
pub fn infer(
    likelihood: &impl Likelihood,
    free: Vec<f64>,
    iterations: u64,
    given: &[Given],
) -> Maximum {
    let coordinates = likelihood.coordinates();
    let mut held: Vec<bool> = vec![false; free.len()];
    given.iter().for_each(|one| held[one.index] = true);
    let mut at = At { likelihood, steps: vec![FIRST_STEP; free.len()], free, held };
    let is_at_bound = at.take_bounds(&coordinates);
    at.scale_steps();
    let rise = at.newton();
    let hessian = at.hessian();
    let (covariance, robust_covariance) = at.covariances(&hessian, given, &is_at_bound);
    let bounds = coordinates.iter().zip(&is_at_bound).filter(|(_, is_at_bound)| **is_at_bound);
    let names: Vec<_> = bounds.map(|(coordinate, _)| coordinate.name).collect();
    let convergence = match rise {
        None => Convergence::NotConverged("the likelihood is flat at the end".into()),
        Some(rise) if rise > RISE_MAX => {
            Convergence::NotConverged(format!("the log-likelihood could still rise by {rise:.1e}"))
        }
        Some(_) if names.is_empty() => Convergence::Converged,
        Some(_) => Convergence::AtBounds(names),
    };
    let log_likelihood = at.value(&at.free);
    Maximum {
        free: at.free,
        is_at_bound,
        log_likelihood,
        covariance,
        robust_covariance,
        iterations,
        convergence,
    }
}

/// Sum of the log-densities; a point where there is none is merely very unlikely, so that a search
/// steps back from it.
fn value(likelihood: &impl Likelihood, free: &[f64], buffer: &mut Vec<f64>) -> f64 {
    buffer.clear();
    likelihood.log_densities(free, buffer);
    let sum: f64 = buffer.iter().sum();
    if sum.is_finite() { sum } else { -1e12 }
}

/// The negative mean log-density over the numbers that are not held, as basin sees it.
struct Cost<'a, L> {
    likelihood: &'a L,
    all: &'a [f64],
    moved: &'a [usize],
}

impl<L: Likelihood> CostFunction for Cost<'_, L> {
    type Param = Vec<f64>;
    type Output = f64;
    type Error = Infallible;

    fn cost(&self, moved: &Vec<f64>) -> Result<f64, Infallible> {
        let mut free = self.all.to_vec();
        for (index, value) in self.moved.iter().zip(moved) {
            free[*index] = *value;
        }
        let mut densities = Vec::new();
        let sum = value(self.likelihood, &free, &mut densities);
        Ok(-sum / densities.len() as f64)
    }
}

/// One climb with some numbers held: the end, the iterations, the log-likelihood.
fn climb(likelihood: &impl Likelihood, start: &[f64], held: &[bool]) -> (Vec<f64>, u64, f64) {
    let moved: Vec<usize> = (0..start.len()).filter(|index| !held[*index]).collect();
    let mut free = start.to_vec();
    let mut iterations = 0;
    if !moved.is_empty() {
        let problem = FiniteDiff::new(Cost { likelihood, all: start, moved: &moved });
        let state = FirstOrderState::new(moved.iter().map(|index| start[*index]).collect());
        let solver = Bfgs::new().with_absolute_gradient_tolerance(GRADIENT_MAX);
        let Ok(end) = Executor::new(problem, solver, state).max_iter(ITERATIONS_MAX).run();
        iterations = end.iter();
        for (index, value) in moved.iter().zip(end.param()) {
            free[*index] = *value;
        }
    }
    let end = value(likelihood, &free, &mut Vec::new());
    (free, iterations, end)
}

/// A point of a likelihood with the numbers that do not move from it.
struct At<'a, L> {
    likelihood: &'a L,
    free: Vec<f64>,
    held: Vec<bool>,
    /// Steps of the differences.
    steps: Vec<f64>,
}

impl<L: Likelihood> At<'_, L> {
    fn value(&self, free: &[f64]) -> f64 {
        value(self.likelihood, free, &mut Vec::new())
    }

    fn moved(&self) -> Vec<usize> {
        (0..self.free.len()).filter(|index| !self.held[*index]).collect()
    }

    /// Sets at its bound each number that is near one and loses nothing there.
    fn take_bounds(&mut self, coordinates: &[Coordinate]) -> Vec<bool> {
        let mut bounds = vec![false; self.free.len()];
        for index in self.moved() {
            let at = self.free[index];
            let edge = match coordinates[index].transform {
                Transform::Logit { .. } if at.abs() > NEAR_EDGE => EDGE.copysign(at),
                Transform::Log if at < LOG_NEAR_EDGE => LOG_EDGE,
                _ => continue,
            };
            let mut there = self.free.clone();
            there[index] = edge;
            self.held[index] = true;
            let (end, _, log_likelihood) = climb(self.likelihood, &there, &self.held);
            if log_likelihood >= self.value(&self.free) - BOUND_COST {
                self.free = end;
                bounds[index] = true;
            } else {
                self.held[index] = false;
            }
        }
        bounds
    }

    /// Newton's steps while the likelihood rises; what it could rise by at the last, or `None` where
    /// it has no curvature.
    fn newton(&mut self) -> Option<f64> {
        let mut rise = None;
        for _ in 0..NEWTON_STEPS {
            let moved = self.moved();
            let gradient = self.gradient();
            let curvature = part(&self.hessian(), &moved).mapv(|x| -x);
            let covariance = inverse(&curvature)?;
            let slopes = ndarray::Array1::from_iter(moved.iter().map(|index| gradient[*index]));
            let step = covariance.dot(&slopes);
            rise = Some(0.5 * step.dot(&slopes));
            let mut next = self.free.clone();
            moved.iter().zip(&step).for_each(|(index, step)| next[*index] += step);
            if self.value(&next) < self.value(&self.free) - ROUNDING {
                break;
            }
            self.free = next;
            if rise < Some(ROUNDING) {
                break;
            }
        }
        rise
    }

    /// Sets the steps by the curvature at the first ones; where there is none they stay.
    fn scale_steps(&mut self) {
        let centre = self.value(&self.free);
        for index in 0..self.free.len() {
            let [up, down] = self.beside(index, FIRST_STEP).map(|free| self.value(&free));
            let curvature = (2.0 * centre - up - down) / (FIRST_STEP * FIRST_STEP);
            if curvature > 0.0 {
                self.steps[index] = (STEP_IN_STD_ERRORS / curvature.sqrt()).clamp(1e-5, 0.3);
            }
        }
    }

    /// The points a step up and a step down in one number.
    fn beside(&self, index: usize, step: f64) -> [Vec<f64>; 2] {
        [step, -step].map(|step| {
            let mut free = self.free.clone();
            free[index] += step;
            free
        })
    }

    /// First derivatives, by a tenth of the steps: their error moves the end, that of the second only
    /// the way.
    fn gradient(&self) -> Vec<f64> {
        let slope = |index: usize| {
            let step = 0.1 * self.steps[index];
            let [up, down] = self.beside(index, step).map(|free| self.value(&free));
            (up - down) / (2.0 * step)
        };
        (0..self.free.len()).map(slope).collect()
    }

    /// Second derivatives by central differences.
    fn hessian(&self) -> Array2<f64> {
        let n = self.free.len();
        let centre = self.value(&self.free);
        let at = |i: usize, a: f64, j: usize, b: f64| {
            let mut free = self.free.clone();
            free[i] += a * self.steps[i];
            free[j] += b * self.steps[j];
            self.value(&free)
        };
        let mut hessian = Array2::zeros((n, n));
        for i in 0..n {
            let second = at(i, 1.0, i, 0.0) - 2.0 * centre + at(i, -1.0, i, 0.0);
            hessian[[i, i]] = second / self.steps[i].powi(2);
            for j in 0..i {
                let cross = at(i, 1.0, j, 1.0) - at(i, 1.0, j, -1.0) - at(i, -1.0, j, 1.0)
                    + at(i, -1.0, j, -1.0);
                hessian[[i, j]] = cross / (4.0 * self.steps[i] * self.steps[j]);
                hessian[[j, i]] = hessian[[i, j]];
            }
        }
        hessian
    }

    /// Scores of each observation.
    fn scores(&self) -> Array2<f64> {
        let mut columns = Vec::new();
        for index in 0..self.free.len() {
            let [up, down] = self.beside(index, self.steps[index]).map(|free| {
                let mut densities = Vec::new();
                self.likelihood.log_densities(&free, &mut densities);
                densities
            });
            let width = 2.0 * self.steps[index];
            columns.push(
                up.iter().zip(&down).map(|(up, down)| (up - down) / width).collect::<Vec<_>>(),
            );
        }
        Array2::from_shape_fn((columns[0].len(), columns.len()), |(t, index)| columns[index][t])
    }

    /// Both covariances, with zeros for numbers at a bound. A number given from elsewhere brings its
    /// own influences, and through the likelihood moves the estimates: Σ I_t I_t', with
    /// I = (−H)⁻¹(s + H_given ψ) for the estimated and ψ for the given (Newey, McFadden, Handbook of
    /// Econometrics IV, 1994, section 6). With such numbers both covariances are this one.
    fn covariances(
        &self,
        hessian: &Array2<f64>,
        given: &[Given],
        is_at_bound: &[bool],
    ) -> (Array2<f64>, Array2<f64>) {
        let n = self.free.len();
        let moved = self.moved();
        let Some(bread) = inverse(&part(hessian, &moved).mapv(|x| -x)) else {
            let unknown = Array2::from_shape_fn((n, n), |(i, j)| {
                if is_at_bound[i] || is_at_bound[j] { 0.0 } else { f64::NAN }
            });
            return (unknown.clone(), unknown);
        };
        let scores = self.scores();
        let mut influences = Array2::<f64>::zeros((scores.nrows(), n));
        for t in 0..scores.nrows() {
            for (a, &i) in moved.iter().enumerate() {
                for (b, &j) in moved.iter().enumerate() {
                    let indirect: f64 =
                        given.iter().map(|one| hessian[[j, one.index]] * one.influence[t]).sum();
                    influences[[t, i]] += bread[[a, b]] * (scores[[t, j]] + indirect);
                }
            }
            given.iter().for_each(|one| influences[[t, one.index]] = one.influence[t]);
        }
        let robust = influences.t().dot(&influences);
        if !given.is_empty() {
            return (robust.clone(), robust);
        }
        let mut plain = Array2::zeros((n, n));
        for (a, &i) in moved.iter().enumerate() {
            for (b, &j) in moved.iter().enumerate() {
                plain[[i, j]] = bread[[a, b]];
            }
        }
        (plain, robust)
    }
}

/// The rows and columns of these indices.
fn part(matrix: &Array2<f64>, indices: &[usize]) -> Array2<f64> {
    let n = indices.len();
    Array2::from_shape_fn((n, n), |(i, j)| matrix[[indices[i], indices[j]]])
}

/// Covariance of functions of the free numbers by the delta method, their slopes by central
/// differences.
pub fn delta_method(
    free: &[f64],
    covariance: &Array2<f64>,
    functions: impl Fn(&[f64]) -> Vec<f64>,
) -> Array2<f64> {
    let columns: Vec<Vec<f64>> = (0..free.len())
        .map(|index| {
            let [up, down] = [SLOPE_STEP, -SLOPE_STEP].map(|step| {
                let mut free = free.to_vec();
                free[index] += step;
                functions(&free)
            });
            up.iter().zip(&down).map(|(up, down)| (up - down) / (2.0 * SLOPE_STEP)).collect()
        })
        .collect();
    let slopes =
        Array2::from_shape_fn((columns[0].len(), free.len()), |(row, index)| columns[index][row]);
    slopes.dot(covariance).dot(&slopes.t())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Stream;
    use crate::chance::philox::Philox;
    use rand_distr::{Distribution, Normal, StandardNormal};

    /// Independent normal observations, σ by its logarithm and bounded from above by `sd_max`.
    struct NormalSample<'a> {
        sample: &'a [f64],
        sd_max: f64,
    }

    impl Likelihood for NormalSample<'_> {
        fn coordinates(&self) -> Vec<Coordinate> {
            vec![
                Coordinate::new("mean", Transform::Identity),
                Coordinate::new("sd", Transform::Logit { low: 0.0, high: self.sd_max }),
            ]
        }
        fn log_densities(&self, free: &[f64], out: &mut Vec<f64>) {
            let sd = self.coordinates()[1].transform.from_free(free[1]);
            let half = 0.5 * std::f64::consts::TAU.ln() + sd.ln();
            out.extend(self.sample.iter().map(|x| -half - 0.5 * ((x - free[0]) / sd).powi(2)));
        }
    }

    fn sample() -> Vec<f64> {
        let law = Normal::new(0.3, 2.0).unwrap();
        let mut generator = Philox::new(1, Stream::new("test", "calibrate"));
        (0..500).map(|_| law.sample(&mut generator)).collect()
    }

    /// Mean and standard deviation with σ/√n and σ/√(2n), and their sandwich from the moments.
    #[test]
    fn a_normal_sample_has_the_closed_form_with_both_errors() {
        let sample = sample();
        let n = sample.len() as f64;
        let law = NormalSample { sample: &sample, sd_max: 10.0 };
        let maximum = maximise(&law, &[vec![0.0, 0.0], vec![1.0, -1.0]]);
        assert_eq!(maximum.convergence, Convergence::Converged);
        let mean = sample.iter().sum::<f64>() / n;
        let moment = |power: i32| sample.iter().map(|x| (x - mean).powi(power)).sum::<f64>() / n;
        let sd = moment(2).sqrt();
        let of = |free: &[f64]| vec![free[0], law.coordinates()[1].transform.from_free(free[1])];
        let found = of(&maximum.free);
        assert!((found[0] - mean).abs() < 1e-8 && (found[1] - sd).abs() < 1e-7, "{found:?}");
        let plain = delta_method(&maximum.free, &maximum.covariance, of);
        assert!((plain[[0, 0]] / (sd * sd / n) - 1.0).abs() < 1e-4);
        assert!((plain[[1, 1]] / (sd * sd / (2.0 * n)) - 1.0).abs() < 1e-4);
        // The score of σ is (z² − 1)/σ, hence the sandwich (m4/σ⁴ − 1)σ²/(4n), and m3/(2σn) across.
        let robust = delta_method(&maximum.free, &maximum.robust_covariance, of);
        let expected = (moment(4) / sd.powi(4) - 1.0) * sd * sd / (4.0 * n);
        assert!((robust[[1, 1]] / expected - 1.0).abs() < 1e-4);
        assert!((robust[[0, 1]] - moment(3) / (2.0 * sd * n)).abs() < 1e-5);
        let exact = -0.5 * n * ((std::f64::consts::TAU * sd * sd).ln() + 1.0);
        assert!((maximum.log_likelihood - exact).abs() < 1e-9);
    }

    /// The true σ of 2 lies beyond the bound of 1: the bound is taken and has no error, the mean's is
    /// that given σ = 1.
    #[test]
    fn a_bound_that_binds_is_named_and_has_no_error() {
        let sample = sample();
        let law = NormalSample { sample: &sample, sd_max: 1.0 };
        let maximum = maximise(&law, &[vec![0.0, 0.0]]);
        assert_eq!(maximum.convergence, Convergence::AtBounds(vec!["sd"]));
        assert_eq!(maximum.convergence.to_string(), "at a bound: sd");
        assert_eq!(maximum.is_at_bound, [false, true]);
        assert_eq!(maximum.covariance[[1, 1]], 0.0);
        let n = sample.len() as f64;
        assert!((maximum.covariance[[0, 0]] * n - 1.0).abs() < 1e-4);
        // The sandwich sees that the observations scatter by 2, not by 1.
        let mean = sample.iter().sum::<f64>() / n;
        let variance = sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        assert!((maximum.robust_covariance[[0, 0]] * n / variance - 1.0).abs() < 1e-4);
    }

    /// A mean estimated elsewhere, from the same sample: the error of σ is that of the joint fit, as
    /// the two are independent, and the mean has its own.
    #[test]
    fn a_given_number_keeps_its_own_error() {
        let sample = sample();
        let n = sample.len() as f64;
        let mean = sample.iter().sum::<f64>() / n;
        let law = NormalSample { sample: &sample, sd_max: 10.0 };
        let influence = sample.iter().map(|x| (x - mean) / n).collect();
        let maximum = infer(&law, vec![mean, -1.4], 0, &[Given { index: 0, influence }]);
        let joint = maximise(&law, &[vec![0.0, 0.0]]);
        for (one, other) in maximum.robust_covariance.iter().zip(&joint.robust_covariance) {
            assert!((one - other).abs() < 1e-6, "{one} {other}");
        }
    }

    /// A likelihood that does not depend on a number has no maximum in it.
    #[test]
    fn a_flat_likelihood_is_not_called_converged() {
        struct Flat(Vec<f64>);
        impl Likelihood for Flat {
            fn coordinates(&self) -> Vec<Coordinate> {
                vec![Coordinate::new("nothing", Transform::Identity); 2]
            }
            fn log_densities(&self, free: &[f64], out: &mut Vec<f64>) {
                out.extend(self.0.iter().map(|x| -0.5 * (x - free[0]).powi(2)));
            }
        }
        let mut generator = Philox::new(2, Stream::new("test", "calibrate"));
        let sample = (0..50).map(|_| StandardNormal.sample(&mut generator)).collect();
        let maximum = maximise(&Flat(sample), &[vec![0.1, 0.2]]);
        assert!(matches!(maximum.convergence, Convergence::NotConverged(_)));
        assert!(maximum.covariance[[1, 1]].is_nan());
    }
}
