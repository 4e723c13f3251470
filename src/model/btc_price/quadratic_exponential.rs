//! Variance that reverts, and the price it drives: Andersen's quadratic-exponential scheme with its
//! martingale correction.
//!
//! dV = κ(θ − V)dt + σ_v √V dW_v, d ln M = −V/2 dt + √V dW, corr(W, W_v) = ρ. In: the parameters,
//! the coupled scores of the price, a stream of the variance's own. Out: ln M and V, day by day.
//! Given V, V' has the mean m and variance s² of the exact (non-central χ²) transition:
//! - s² ≤ 1.5 m²: V' = a (b + z)², z normal;
//! - else V' = 0 with probability p, otherwise exponential: right where Feller's condition fails.
//!
//! With the trapezoid v = (1 − ρ²) (V + V') dt/2 and A = (ρ/σ_v)(1 + κ dt/2) − ρ² dt/4,
//!   ln M' = ln M + [A V' − ln E(e^{A V'} | V)] + [√v Z − v/2], Z the score of the price:
//! either bracket is the log of a martingale, hence E M = 1 exactly. The scheme of the paper in
//! other words: γ₁ = γ₂ = 1/2, its K₁ cancels. Bias: of the order of the square of κ dt and σ_v dt;
//! see the model card. Only √(1 − ρ²) of the day's move is the coupled score: correlations with
//! other factors are diluted by that much.
//! Source: L. Andersen, J. Computational Finance 11 (2008) 1, sections 3.2 and 4.3.

use crate::chance::normal::Polar;
use crate::chance::{Chance, Stream};
use crate::input::study::Heston;
use crate::model::Shocks;
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row};
use crate::time::TimeGrid;

/// Steps whose draws of the variance are made at a time: they stay in the nearest cache.
const BLOCK: usize = 16;
/// Least mean of a variance: without it one that is 0 for ever would be divided by.
const MEAN_MIN: f64 = 1e-200;
/// Least ratio of s²/m to m: the variance without noise.
const RATIO_MIN: f64 = 1e-40;
/// Where the quadratic form ends and the exponential begins, s²/m²; both can do 1 to 2.
const SWITCH: f64 = 1.5;

/// Variance of ln M that a year adds far from the start, where the variance's own mean is `mean_variance`
/// and nothing jumps: E V (1 − ρ σ_v/κ + σ_v²/(4 κ²)), as ∫ V dt is its mean, σ_v/κ ∫ √V dW_v and what stays
/// bounded; E V where nothing pulls the variance back.
pub(super) fn long_run_variance_per_year(parameters: &Heston, mean_variance: f64) -> f64 {
    let kappa = parameters.reversion_per_year;
    let pull = parameters.variance_volatility_per_sqrt_year / kappa;
    if !pull.is_finite() {
        return mean_variance;
    }
    mean_variance * (1.0 - parameters.correlation * pull + 0.25 * pull * pull)
}

/// One day's step, in numbers.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// e^{−κ dt}, and θ (1 − e^{−κ dt}): m = keep · V + back.
    keep: f64,
    back: f64,
    /// s² = noise · V + noise_back.
    noise: f64,
    noise_back: f64,
    /// A.
    drive: f64,
    /// (1 − ρ²) dt / 2.
    half: f64,
    /// What every day adds to ln M besides.
    log: f64,
}

impl Step {
    fn new(parameters: &Heston, dt_years: f64, log: f64) -> Self {
        let kappa = parameters.reversion_per_year;
        let theta = parameters.long_run_variance_per_year;
        // Below it the variance moves by less than rounding lets its part in the price be told.
        let sigma = match parameters.variance_volatility_per_sqrt_year {
            small if small < NOISE_MIN => 0.0,
            sigma => sigma,
        };
        let back = one_minus_exp(kappa * dt_years);
        let keep = 1.0 - back;
        // Without noise there is nothing to be correlated with.
        let rho = if sigma > 0.0 { parameters.correlation } else { 0.0 };
        let slope = if sigma > 0.0 { rho / sigma } else { 0.0 };
        let half = 0.5 * dt_years;
        // Then A times the scale of V', at most σ_v² dt, is below 1/2 and E(e^{A V'}) exists.
        assert!(sigma * dt_years * (1.0 + kappa * half) < 0.25, "a day is too long a step");
        Self {
            keep,
            back: theta * back,
            noise: sigma * sigma * keep * (back / kappa),
            noise_back: 0.5 * theta * sigma * sigma * back * (back / kappa),
            drive: slope * (1.0 + kappa * half) - 0.5 * half * rho * rho,
            half: half * (1.0 - rho * rho),
            log,
        }
    }
}

/// Least σ_v that counts, per √year: V' is known to 1e-16, and ρ/σ_v of that must stay below 1e-9.
const NOISE_MIN: f64 = 1e-6;

/// 1 − e^{−x} for 0 ≤ x ≤ 1, without cancellation: the first term left out is below x²¹/21!.
fn one_minus_exp(x: f64) -> f64 {
    x * (2..=20).rev().fold(1.0, |sum, k| 1.0 - x / f64::from(k) * sum)
}

/// The two states of a path.
#[derive(Debug, Clone)]
struct State {
    log: Row,
    variance: Row,
}

/// A tile on its way from the first step on.
pub(super) struct Walk<'a> {
    step: Step,
    scores: &'a [[f32; LANES]],
    chance: Chance,
    stream: Stream,
    draws: [Polar; BLOCK],
    state: State,
    /// The next step.
    next: usize,
}

/// The stream of the variance's own draws.
pub(super) fn variance_stream() -> Stream {
    Stream::new("variance", Factor::BtcPrice.name())
}

impl<'a> Walk<'a> {
    /// At step 0, which it writes, with what every step adds to ln M besides the scheme.
    pub(super) fn new(
        parameters: &Heston,
        log_per_step: f64,
        grid: &TimeGrid,
        shocks: Shocks<'a>,
        log: &mut [Row],
    ) -> Self {
        log[0] = [0.0; LANES];
        let variance = [parameters.start_variance_per_year; LANES];
        let mut walk = Self {
            step: Step::new(parameters, grid.dt_years(), log_per_step),
            scores: shocks.scores(Factor::BtcPrice),
            chance: shocks.chance,
            stream: variance_stream(),
            draws: [Polar::ZERO; BLOCK],
            state: State { log: [0.0; LANES], variance },
            next: 1,
        };
        walk.chance.polar(walk.stream, 0, &mut walk.draws);
        walk
    }
    /// Goes on until `end` steps are written, 0 among them; nowhere if they are.
    pub(super) fn until(&mut self, build: Build, end: usize, log: &mut [Row]) {
        while self.next < end {
            let at = self.next % BLOCK;
            if at == 0 {
                self.chance.polar(self.stream, self.next, &mut self.draws);
            }
            let part = self.next..end.min(self.next + BLOCK - at);
            self.next = part.end;
            let scores = &self.scores[part.clone()];
            advance(build, &self.step, scores, &self.draws[at..], &mut self.state, &mut log[part]);
        }
    }
    /// Adds a jump to ln M and V of one lane at the last step written.
    pub(super) fn jump(&mut self, lane: usize, log_jump: f64, variance_jump: f64, log: &mut [Row]) {
        self.state.log[lane] += log_jump;
        self.state.variance[lane] += variance_jump;
        log[self.next - 1][lane] = self.state.log[lane];
    }
}

kernel! {
    /// Walks over the steps of `log`; both forms of V' are computed and one is taken.
    fn advance(
        step: &Step,
        scores: &[[f32; LANES]],
        draws: &[Polar],
        state: &mut State,
        log: &mut [Row],
    ) {
        let Step { keep, back, noise, noise_back, drive, half, log: log_step } = *step;
        let State { log: mut sum, variance: mut v } = *state;
        for ((z, draw), log) in scores.iter().zip(draws).zip(log.iter_mut()) {
            for i in 0..LANES {
                let m = keep.mul_add(v[i], back);
                let m = if m > MEAN_MIN { m } else { MEAN_MIN };
                // w = s²/m; the forms change where w = 1.5 m.
                let w = noise.mul_add(v[i], noise_back) / m;
                let w = if w > RATIO_MIN * m { w } else { RATIO_MIN * m };
                let quadratic = w <= SWITCH * m;

                // b² = 2/ψ − 1 + √(2/ψ (2/ψ − 1)), ψ = w/m; a = m/(1 + b²).
                let r = 2.0 * m / w;
                let q = if r > 1.0 { r - 1.0 } else { 0.0 };
                let b2 = q + (q * r).sqrt();
                let a = m / (1.0 + b2);
                let root = b2.sqrt() + f64::from(draw.normal[i]);
                let by_square = a * root * root;

                // p = (w − m)/(w + m), mean of the exponential (w + m)/2.
                let u = f64::from(draw.uniform[i]);
                let e = f64::from(draw.exponential[i]);
                let by_exponential = if u * (w + m) > w - m { 0.5 * (w + m) * e } else { 0.0 };
                let next = if quadratic { by_square } else { by_exponential };

                // ln E e^{A V'}: g b²/(1 − 2g) − ln(1 − 2g)/2 with g = A a, or
                // ln((1 − p x)/(1 − x)) with x = A (w + m)/2; both logs as artanh of s, |s| < 0.05.
                let g = drive * a;
                let c = 1.0 - 2.0 * g;
                let numerator = if quadratic { g * c } else { drive * m };
                let denominator =
                    if quadratic { c * (1.0 - g) } else { (-drive).mul_add(w, 2.0) };
                let inverse = 1.0 / denominator;
                let s = numerator * inverse;
                let s2 = s * s;
                let artanh = s2
                    .mul_add(1.0 / 11.0, 1.0 / 9.0)
                    .mul_add(s2, 1.0 / 7.0)
                    .mul_add(s2, 1.0 / 5.0)
                    .mul_add(s2, 1.0 / 3.0)
                    .mul_add(s2, 1.0)
                    * s;
                let other = if quadratic { g * b2 * (1.0 - g) * inverse } else { artanh };
                let driven = drive.mul_add(next, -(artanh + other));

                let variance = half * (v[i] + next);
                let independent = variance.sqrt().mul_add(f64::from(z[i]), -0.5 * variance);
                sum[i] += log_step + (driven + independent);
                v[i] = next;
                log[i] = sum[i];
            }
        }
        *state = State { log: sum, variance: v };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DT: f64 = 1.0 / 365.0;

    /// V' and the first bracket of ln M for one draw after another, from a variance `v`.
    fn steps(step: &Step, v: f64, draws: &[[f32; 3]]) -> Vec<(f64, f64)> {
        let mut found = Vec::new();
        for chunk in draws.chunks(LANES) {
            let mut polar = Polar::ZERO;
            for (i, [normal, exponential, uniform]) in chunk.iter().enumerate() {
                polar.normal[i] = *normal;
                polar.exponential[i] = *exponential;
                polar.uniform[i] = *uniform;
            }
            let mut state = State { log: [0.0; LANES], variance: [v; LANES] };
            let (scores, mut log) = ([[0.0; LANES]], [[0.0; LANES]]);
            advance(Build::fastest(), step, &scores, &[polar], &mut state, &mut log);
            for i in 0..chunk.len() {
                let next = state.variance[i];
                found.push((next, log[0][i] + 0.5 * step.half * (v + next)));
            }
        }
        found
    }

    /// Mean of V', variance of V', mean of the exponential of the bracket: by quadrature over the
    /// draws, on grids that an f32 holds exactly.
    fn moments(step: &Step, v: f64) -> [f64; 3] {
        let m = step.keep * v + step.back;
        let s2 = step.noise * v + step.noise_back;
        let mut nodes: Vec<(f64, f64, f64)> = Vec::new();
        if s2 <= 1.5 * m * m {
            // The trapezoid rule for a normal weight: exact to rounding at this step.
            let z: Vec<f64> = (-1_152..=1_152).map(|k| f64::from(k) / 128.0).collect();
            let draws: Vec<_> = z.iter().map(|z| [*z as f32, 0.0, 0.5]).collect();
            for (z, (next, log)) in z.iter().zip(steps(step, v, &draws)) {
                let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
                nodes.push((density / 128.0, next, log));
            }
        } else {
            // 0 by its probability, else Simpson's rule for an exponential weight.
            let p = (s2 - m * m) / (s2 + m * m);
            let (last, h) = (45_056, 1.0 / 1_024.0);
            let e: Vec<f64> = (0..=last).map(|k| f64::from(k) * h).collect();
            let draws: Vec<_> = e.iter().map(|e| [0.0, *e as f32, 1.0]).collect();
            for (k, (e, (next, log))) in e.iter().zip(steps(step, v, &draws)).enumerate() {
                let simpson = match k {
                    0 => 1.0,
                    _ if k == last as usize => 1.0,
                    _ if k.is_multiple_of(2) => 2.0,
                    _ => 4.0,
                };
                nodes.push(((1.0 - p) * (-e).exp() * simpson * h / 3.0, next, log));
            }
            let (next, log) = steps(step, v, &[[0.0, 1.0, 0.0]])[0];
            assert_eq!(next, 0.0);
            nodes.push((p, next, log));
        }
        let mean = |of: &dyn Fn(f64, f64) -> f64| {
            nodes.iter().map(|(weight, next, log)| weight * of(*next, *log)).sum::<f64>()
        };
        let first = mean(&|next, _| next);
        [first, mean(&|next, _| (next - first).powi(2)), mean(&|_, log| log.exp())]
    }

    fn parameters(sigma: f64, kappa: f64, rho: f64) -> Heston {
        Heston {
            start_variance_per_year: 0.04,
            long_run_variance_per_year: 0.09,
            reversion_per_year: kappa,
            variance_volatility_per_sqrt_year: sigma,
            correlation: rho,
        }
    }

    #[test]
    fn given_the_variance_its_moments_are_exact_and_the_price_is_a_martingale() {
        // E V' and Var V' of the square-root process: J. C. Cox, J. E. Ingersoll, S. A. Ross,
        // Econometrica 53 (1985) 385, eq. (19).
        let mut forms = [0, 0];
        for (sigma, kappa, rho) in
            [(0.5, 4.0, -0.3), (1.0, 0.5, -0.9), (3.0, 22.0, 0.7), (20.0, 365.0, 1.0)]
        {
            let step = Step::new(&parameters(sigma, kappa, rho), DT, 0.0);
            for v in [0.0, 1e-7, 1e-4, 1e-3, 0.01, 0.09, 1.0, 9.0] {
                let keep = (-kappa * DT).exp();
                let lost = -(-kappa * DT).exp_m1();
                let mean = v * keep + 0.09 * lost;
                let variance = sigma * sigma / kappa * lost * (v * keep + 0.045 * lost);
                forms[usize::from(variance <= 1.5 * mean * mean)] += 1;
                let found = moments(&step, v);
                let case = format!("{sigma} {kappa} {rho} from {v}: {found:?}");
                assert!((found[0] / mean - 1.0).abs() < 1e-12, "{case} {mean}");
                assert!((found[1] / variance - 1.0).abs() < 1e-12, "{case} {variance}");
                assert!((found[2] - 1.0).abs() < 1e-12, "{case}");
            }
        }
        assert!(forms[0] > 8 && forms[1] > 8, "both forms are met: {forms:?}");
    }

    #[test]
    fn what_a_day_loses_is_exact_for_any_speed() {
        for x in [1e-15, 1e-9, 1e-3, 0.1, 1.0_f64] {
            assert!((one_minus_exp(x) / -(-x).exp_m1() - 1.0).abs() < 1e-15, "{x}");
        }
    }
}
