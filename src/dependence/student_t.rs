//! Student-t copula of the horizon's sums, by one slow mixing variable a path.
//!
//! In: coupled standard normal scores of n steps, a χ² variable per path. Out: the same, shifted so that each factor's sum
//! over the horizon, Z̄ = Σ z_t / √n, has a t copula with the others. Not here: the correlations.
//!
//! One W ~ χ²(ν) is drawn a path. Y = Z̄ / √(W/ν) has Student's t law, so Z̃ = Φ⁻¹(T_ν(Y)) is normal
//! again, and each z_t is shifted by (Z̃ − Z̄) / √n, which makes the sum Z̃. Within a factor Z̄ and W are
//! independent of the bridge z_t − Z̄/√n, hence so is Z̃; and Z̃ has the law of Z̄. Bridge and sum
//! therefore keep their joint law: the scores of every factor stay independent standard normals, and
//! the law of its whole path is exactly what it was. This needs Z̄ normal factor by
//! factor and no more, so it holds for correlations that change on the way as well. Between factors
//! the sums have the t copula of Z̄'s correlation.
//!
//! A mixing variable drawn anew each day would be a t copula of days, and washes out: a year's sum is
//! normal again by the central limit theorem. See `docs/models/dependence.md`.
//! Source: S. Demarta, A. J. McNeil, Int. Stat. Rev. 73 (2005) 111.

use crate::tile::kernel::kernel;
use crate::tile::{Build, LANES, Row, math};

/// A slow mixing variable with its map back to normal sums.
#[derive(Debug, Clone, PartialEq)]
pub struct SlowMixing {
    degrees_of_freedom: f64,
    /// Φ⁻¹(T_ν(y)) / s at s = 0, `NODE_STEP`, 2 `NODE_STEP`, …; s is the root of ν ln(1 + y²/ν).
    ratios: Vec<f64>,
}

/// Range of s that is tabulated: a normal sum beyond 11 has no chance in any run.
const NODE_MAX: f64 = 12.0;
const NODES: usize = 4096;
const NODE_STEP: f64 = NODE_MAX / NODES as f64;
/// Steps by which the integration begins beyond the table.
const RUN_UP: usize = 512;

impl SlowMixing {
    /// The mixing of a t copula with that many degrees of freedom, a real number from 2 up.
    pub fn new(degrees_of_freedom: f64) -> Self {
        assert!(degrees_of_freedom >= 2.0, "the reader lets no less in");
        Self { degrees_of_freedom, ratios: ratios(degrees_of_freedom) }
    }
    /// Mixes coupled scores in place: `[factor][step][lane]`, flat, `steps` rows a factor of which those
    /// from 1 on and before `end` are the horizon; `chi_square` is each path's mixing variable. What becomes
    /// of a factor does not depend on the others.
    pub fn mix(
        &self,
        build: Build,
        chi_square: &Row,
        (steps, end): (usize, usize),
        scores: &mut [[f32; LANES]],
    ) {
        if end < 2 {
            return;
        }
        let scale = 1.0 / ((end - 1) as f64).sqrt();
        for rows in scores.chunks_mut(steps) {
            let used = &mut rows[1..end];
            let mut sums = [0.0; LANES];
            add_up(build, used, &mut sums);
            let mut shifts = [0.0_f32; LANES];
            let nu = self.degrees_of_freedom;
            shifts_of(build, nu, &self.ratios, chi_square, &sums, scale, &mut shifts);
            shift(build, &shifts, used);
        }
    }
}

/// The table of the map y → Φ⁻¹(T_ν(y)), as z / s.
///
/// z solves φ(z) dz = t_ν(y) dy. In s, which is nearly z (D. L. Wallace, Ann. Math. Statist. 30 (1959)
/// 1121), dz/ds = c √2π · exp(z²/2 − (ν−1)/ν · s²/2) · s/y with c the constant of the t density. An
/// error of z grows outwards as e^{z²/2} and dies out inwards: so the integration (Runge–Kutta of
/// order 4) runs from the tail to 0. What is left is
/// the error of interpolating between the nodes, below 2e-8 of z: the test holds it to 1e-7.
fn ratios(nu: f64) -> Vec<f64> {
    const SQRT_TAU: f64 = 2.506_628_274_631_000_5;
    let constant = gamma_ratio(0.5 * nu) / (nu * std::f64::consts::PI).sqrt() * SQRT_TAU;
    let slope = |s: f64, z: f64| {
        let half_square = 0.5 * s * s;
        let exponent = 0.5 * z * z - (nu - 1.0) / nu * half_square;
        constant * math::exp(exponent) / exp_minus_1_over(2.0 * half_square / nu).sqrt()
    };
    let mut ratios = vec![constant; NODES + 1];
    let start = NODES + RUN_UP;
    let mut z = start as f64 * NODE_STEP * (8.0 * nu + 1.0) / (8.0 * nu + 3.0);
    for node in (1..=start).rev() {
        let s = node as f64 * NODE_STEP;
        if node <= NODES {
            ratios[node] = z / s;
        }
        let h = -NODE_STEP;
        let k1 = slope(s, z);
        let k2 = slope(s + 0.5 * h, z + 0.5 * h * k1);
        let k3 = slope(s + 0.5 * h, z + 0.5 * h * k2);
        let k4 = slope(s + h, z + h * k3);
        z += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
    }
    debug_assert!(z.abs() < 1e-9, "the map is odd: {z}");
    ratios
}

/// Γ(a + 1/2) / Γ(a) for a from 1 up, relative error below 1e-14: the asymptotic series above 64,
/// R. L. Graham, D. E. Knuth, O. Patashnik, "Concrete Mathematics" (1994), exercise 9.60.
fn gamma_ratio(a: f64) -> f64 {
    if a < 64.0 {
        return gamma_ratio(a + 1.0) * a / (a + 0.5);
    }
    let x = 1.0 / a;
    let series = [
        1.0,
        -1.0 / 8.0,
        1.0 / 128.0,
        5.0 / 1_024.0,
        -21.0 / 32_768.0,
        -399.0 / 262_144.0,
        869.0 / 4_194_304.0,
    ];
    a.sqrt() * series.iter().rev().fold(0.0, |sum, term| sum * x + term)
}

/// (e^x − 1) / x for x from 0 up.
fn exp_minus_1_over(x: f64) -> f64 {
    if x > 1.0 {
        return (math::exp(x) - 1.0) / x;
    }
    // Σ x^k / (k + 1)!: the first term left out, x^18 / 19!, is below 1e-17.
    (0..18).rev().fold(1.0, |sum, k| 1.0 + sum * x / f64::from(k + 2))
}

kernel! {
    /// Adds the scores of every step.
    fn add_up(rows: &[[f32; LANES]], sums: &mut Row) {
        for row in rows {
            for i in 0..LANES {
                sums[i] += f64::from(row[i]);
            }
        }
    }
}

kernel! {
    /// What each score is shifted by: (Z̃ − Z̄) / √n.
    fn shifts_of(
        nu: f64,
        ratios: &[f64],
        chi_square: &Row,
        sums: &Row,
        scale: f64,
        shifts: &mut [f32; LANES],
    ) {
        for i in 0..LANES {
            let sum = sums[i] * scale;
            let s = (nu * math::ln(1.0 + sum * sum / chi_square[i])).sqrt();
            let place = math::min(s, NODE_MAX) * (1.0 / NODE_STEP);
            let node = (place as usize).min(NODES - 1);
            let part = place - node as f64;
            let ratio = part.mul_add(ratios[node + 1] - ratios[node], ratios[node]);
            let mixed = (s * ratio).copysign(sum);
            shifts[i] = ((mixed - sum) * scale) as f32;
        }
    }
}

kernel! {
    /// Adds a lane's shift to its score of every step.
    fn shift(shifts: &[f32; LANES], rows: &mut [[f32; LANES]]) {
        for row in rows.iter_mut() {
            for i in 0..LANES {
                row[i] += shifts[i];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::{beta::beta_reg, erf::erfc};

    /// Φ⁻¹(T_ν(y)) by the table, for a sum `y` and a mixing variable that is ν.
    fn map(mixing: &SlowMixing, y: f64) -> f64 {
        let (sums, mut shifts) = ([y; LANES], [0.0; LANES]);
        let nu = mixing.degrees_of_freedom;
        // One step: the shift is Z̃ − Z̄, rounded to 24 bits; the ratio is checked without it.
        let s = (nu * (1.0 + y * y / nu).ln()).sqrt();
        let place = s / NODE_STEP;
        let node = (place as usize).min(NODES - 1);
        let ratio = mixing.ratios[node]
            + (place - node as f64) * (mixing.ratios[node + 1] - mixing.ratios[node]);
        let z = (s * ratio).copysign(y);
        shifts_of(Build::PORTABLE, nu, &mixing.ratios, &[nu; LANES], &sums, 1.0, &mut shifts);
        assert!((f64::from(shifts[0]) - (z - y)).abs() <= 1e-7 * (z - y).abs() + 1e-9);
        z
    }

    #[test]
    fn the_map_takes_the_t_law_to_the_normal_one() {
        for nu in [2.0, 2.5, 4.0, 7.3, 30.0, 100.0] {
            let mixing = SlowMixing::new(nu);
            let mut before = 0.0;
            for k in 1..=4_000 {
                // y spread over probabilities down to 1e-15.
                let s = 8.0 * f64::from(k) / 4_000.0;
                let y = (nu * ((s * s / nu).exp() - 1.0)).sqrt();
                let z = map(&mixing, y);
                assert!(z > before, "monotone at ν = {nu}, y = {y}");
                assert_eq!(map(&mixing, -y), -z, "odd");
                before = z;
                // Both tails, exact to about 1e-10 of themselves; an error of z moves the normal
                // tail by the hazard rate, above max(z, 0.79), times as much.
                let student = 0.5 * beta_reg(0.5 * nu, 0.5, nu / (nu + y * y));
                let normal = 0.5 * erfc(z / std::f64::consts::SQRT_2);
                let error = (student / normal).ln().abs() / z.max(0.79);
                assert!(error < 1e-7 * z.max(1.0), "ν = {nu}, y = {y}: {error:e}");
            }
            assert_eq!(map(&mixing, 0.0), 0.0);
        }
    }

    #[test]
    fn the_constant_of_the_t_density_is_the_one_of_its_closed_forms() {
        // c_ν = Γ((ν + 1)/2) / (√(νπ) Γ(ν/2)): 1/(2√2) for ν = 2, 3/8 for ν = 4.
        let constant = |nu: f64| gamma_ratio(0.5 * nu) / (nu * std::f64::consts::PI).sqrt();
        assert!((constant(2.0) * 8.0_f64.sqrt() - 1.0).abs() < 1e-14);
        assert!((constant(4.0) / 0.375 - 1.0).abs() < 1e-14);
        assert!((exp_minus_1_over(1.0) - (std::f64::consts::E - 1.0)).abs() < 1e-15);
        assert_eq!(exp_minus_1_over(0.0), 1.0);
    }
}
