//! Student-t innovations made of normal scores: ε = F_ν⁻¹(Φ(z)), clipped, with variance 1.
//!
//! In: degrees of freedom. Out: ε of a row of scores, and the log moment κ(v) = ln E(e^{√v ε}). Not
//! here: the variance that ε is multiplied by.
//! The map y(z) = F_ν⁻¹(Φ(z)) solves y' = φ(z) / f_ν(y), y(0) = 0 (Steinbrecher & Shaw, European J.
//! Applied Mathematics 19 (2008) 87, section 2), here by Runge–Kutta steps of 1/512 into a table of
//! cubics 1/64 wide: increasing, odd, and within 1e-7 of the quantile, relative to it, up to |z| = 5.
//! It is level beyond the last knot at which |ε| ≤ 12, and divided by its sd *after* the clip: the
//! law of ε is that of the table, and its variance and κ are quadratures of the table itself.
//! All of it is made of correctly rounded operations, so that every machine has the same table.

use crate::tile::{LANES, Row, math};

/// Standard deviations that no innovation exceeds: BTC's worst day since 2018, −46 % in the
/// logarithm, was twelve of its usual ones.
pub(super) const INNOVATION_MAX: f64 = 12.0;
/// Knots a unit of the score.
const KNOTS_PER_UNIT: usize = 64;
/// Knots of the table; the last used one is at most 432/64 = 6.75: no score is larger.
const KNOTS: usize = 512;
const LAST_KNOT: usize = 432;
/// Runge–Kutta steps between two knots.
const SUBSTEPS: usize = 8;
/// Largest variance of a day that κ is worked out for.
pub(super) const VARIANCE_MAX: f64 = 25.0 / 365.0;

/// The innovations of one number of degrees of freedom.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StudentInnovation {
    /// Coefficients of ε in the part of the way from knot to knot.
    cubics: Box<[[f64; 4]; KNOTS]>,
    /// The knot from which on ε is level.
    last_knot: f64,
    /// κ(v) / v as a polynomial in 2 v / `VARIANCE_MAX` − 1, from the constant on.
    log_moment: [f64; NODES],
}

impl StudentInnovation {
    /// The table of `degrees_of_freedom`, above 2.
    pub(super) fn new(degrees_of_freedom: f64) -> Self {
        let quantile = quantile_cubics(degrees_of_freedom);
        let (last, variance) = clip(&quantile);
        let mut cubics = Box::new([[0.0; 4]; KNOTS]);
        let sd = variance.sqrt();
        for (cubic, raw) in cubics.iter_mut().zip(&quantile[..last]) {
            *cubic = raw.map(|c| c / sd);
        }
        let innovation_max = quantile[last][0] / sd;
        cubics[last..].fill([innovation_max, 0.0, 0.0, 0.0]);
        let log_moment = log_moment(&cubics[..last], innovation_max);
        Self { cubics, last_knot: last as f64, log_moment }
    }

    /// ε of a row of scores.
    #[inline(always)]
    pub(super) fn row(&self, scores: &[f32; LANES]) -> Row {
        // Adding 1.5 · 2^52 rounds to the nearest integer and leaves it in the low bits; half way,
        // either neighbour gives the same ε.
        const ROUND: f64 = 6_755_399_441_055_744.0;
        let mut row = [0.0; LANES];
        for i in 0..LANES {
            let z = f64::from(scores[i]);
            let knots = (z.abs() * KNOTS_PER_UNIT as f64).min(self.last_knot);
            let rounded = (knots - 0.5) + ROUND;
            let t = knots - (rounded - ROUND);
            let [a, b, c, d] = self.cubics[(rounded.to_bits() % KNOTS as u64) as usize];
            row[i] = d.mul_add(t, c).mul_add(t, b).mul_add(t, a).copysign(z);
        }
        row
    }

    /// κ(v) of a variance from 0 to `VARIANCE_MAX`, within 1e-12.
    #[inline(always)]
    pub(super) fn log_moment(&self, variance: f64) -> f64 {
        let x = variance.mul_add(2.0 / VARIANCE_MAX, -1.0);
        let mut sum = self.log_moment[NODES - 1];
        for k in (0..NODES - 1).rev() {
            sum = sum.mul_add(x, self.log_moment[k]);
        }
        variance * sum
    }
}

/// φ(0) / f_ν(0) = √(ν/2) Γ(ν/2) / Γ((ν+1)/2), relative error below 1e-13.
///
/// With x = ν/2: Γ(x+½)/Γ(x) = x / (x+½) · Γ(x+3/2)/Γ(x+1), until x is so large that the series of
/// Γ(x+½) / (Γ(x) √x) in 1/x (Tricomi & Erdélyi, Pacific J. Math. 1 (1951) 133) has reached rounding.
fn peak_ratio(degrees_of_freedom: f64) -> f64 {
    let first = 0.5 * degrees_of_freedom;
    let (mut x, mut product) = (first, 1.0);
    while x < 300.0 {
        product *= x / (x + 0.5);
        x += 1.0;
    }
    let u = 1.0 / x;
    let series = (-21.0 / 32_768.0_f64)
        .mul_add(u, 5.0 / 1_024.0)
        .mul_add(u, 1.0 / 128.0)
        .mul_add(u, -1.0 / 8.0)
        .mul_add(u, 1.0);
    (first / x).sqrt() / (product * series)
}

/// The Student-t quantile of Φ(z), z ≥ 0, as a cubic from each knot to the next.
fn quantile_cubics(degrees_of_freedom: f64) -> Vec<[f64; 4]> {
    let log_ratio = math::ln(peak_ratio(degrees_of_freedom));
    let slope = |z: f64, y: f64| {
        let tail = math::ln(1.0 + y * y / degrees_of_freedom);
        math::exp(0.5 * (degrees_of_freedom + 1.0) * tail - 0.5 * z * z + log_ratio)
    };
    let width = 1.0 / KNOTS_PER_UNIT as f64;
    let h = width / SUBSTEPS as f64;
    let mut y = 0.0;
    let mut knots = vec![(0.0, slope(0.0, 0.0))];
    for knot in 0..=LAST_KNOT {
        for substep in 0..SUBSTEPS {
            let z = knot as f64 * width + substep as f64 * h;
            let k1 = slope(z, y);
            let k2 = slope(z + 0.5 * h, y + 0.5 * h * k1);
            let k3 = slope(z + 0.5 * h, y + 0.5 * h * k2);
            let k4 = slope(z + h, y + h * k3);
            y += h / 6.0 * (k1 + 2.0 * (k2 + k3) + k4);
        }
        knots.push((y, slope((knot + 1) as f64 * width, y)));
    }
    let cubic = |pair: &[(f64, f64)]| {
        let ((y0, s0), (y1, s1)) = (pair[0], pair[1]);
        let (rise, s0, s1) = (y1 - y0, s0 * width, s1 * width);
        [y0, s0, 3.0 * rise - 2.0 * s0 - s1, s0 + s1 - 2.0 * rise]
    };
    knots.windows(2).map(cubic).collect()
}

/// Points and weights of Gauss–Legendre's rule of five points on [0, 1].
///
/// Source: Abramowitz & Stegun, table 25.4.
const GAUSS: [(f64, f64); 5] = [
    (0.046_910_077_030_668_004, 0.118_463_442_528_094_54),
    (0.230_765_344_947_158_45, 0.239_314_335_249_683_23),
    (0.5, 0.284_444_444_444_444_44),
    (0.769_234_655_052_841_5, 0.239_314_335_249_683_23),
    (0.953_089_922_969_332, 0.118_463_442_528_094_54),
];

/// ∫ φ(z) g(z's cubic) dz from a knot to the next: cubics are smooth, so the rule errs below 1e-18.
fn over_knot(knot: usize, cubic: &[f64; 4], g: impl Fn(f64) -> f64) -> f64 {
    const ROOT_TWO_PI_INVERSE: f64 = 0.398_942_280_401_432_7;
    let width = 1.0 / KNOTS_PER_UNIT as f64;
    let [a, b, c, d] = *cubic;
    let points = GAUSS.iter().map(|(t, weight)| {
        let z = (knot as f64 + t) * width;
        weight * math::exp(-0.5 * z * z) * g(((d * t + c) * t + b) * t + a)
    });
    points.sum::<f64>() * ROOT_TWO_PI_INVERSE * width
}

/// E[g(|y|)] of cubics that end at `y_max`, where the rest of the probability lies.
fn expectation(cubics: &[[f64; 4]], y_max: f64, g: impl Fn(f64) -> f64) -> f64 {
    let (mut mass, mut sum) = (0.0, 0.0);
    for (knot, cubic) in cubics.iter().enumerate() {
        mass += 2.0 * over_knot(knot, cubic, |_| 1.0);
        sum += 2.0 * over_knot(knot, cubic, &g);
    }
    sum + (1.0 - mass) * g(y_max)
}

/// The last knot whose y is at most `INNOVATION_MAX` of the sds that y has if it is level from that
/// knot on, and that variance.
fn clip(quantile: &[[f64; 4]]) -> (usize, f64) {
    let (mut mass, mut square) = (0.0, 0.0);
    let mut found = (0, 0.0);
    for (knot, cubic) in quantile.iter().enumerate() {
        let y = cubic[0];
        let variance = square + (1.0 - mass) * y * y;
        if y * y > INNOVATION_MAX * INNOVATION_MAX * variance || knot > LAST_KNOT {
            break;
        }
        found = (knot, variance);
        mass += 2.0 * over_knot(knot, cubic, |_| 1.0);
        square += 2.0 * over_knot(knot, cubic, |y| y * y);
    }
    found
}

/// Points at which κ(v) / v is worked out: the zeros of the Chebyshev polynomial of degree nine,
/// cos((2 k + 1) 10°), at which a polynomial through them errs least.
const ZEROS: [f64; NODES] = [
    -0.984_807_753_012_208,
    -0.866_025_403_784_438_6,
    -0.642_787_609_686_539_4,
    -0.342_020_143_325_668_7,
    0.0,
    0.342_020_143_325_668_7,
    0.642_787_609_686_539_4,
    0.866_025_403_784_438_6,
    0.984_807_753_012_208,
];
const NODES: usize = 9;

/// Coefficients of the polynomial that is κ(v) / v at the nodes, by Newton's divided differences.
fn log_moment(cubics: &[[f64; 4]], innovation_max: f64) -> [f64; NODES] {
    let mut differences = ZEROS.map(|x| {
        let variance = 0.5 * (1.0 + x) * VARIANCE_MAX;
        let sd = variance.sqrt();
        // E[e^{σ ε}] − 1 = E[cosh(σ ε) − 1] = E[2 sinh²(σ ε / 2)], as ε is as often below 0.
        let above_one = expectation(cubics, innovation_max, |e| {
            let half = math::exp(0.5 * sd * e);
            let sinh = 0.5 * (half - 1.0 / half);
            2.0 * sinh * sinh
        });
        math::ln(1.0 + above_one) / variance
    });
    for order in 1..NODES {
        for k in (order..NODES).rev() {
            differences[k] = (differences[k] - differences[k - 1]) / (ZEROS[k] - ZEROS[k - order]);
        }
    }
    // From Newton's form to powers: multiply by (x − node) and add, from the last node on.
    let mut powers = [0.0; NODES];
    for k in (0..NODES).rev() {
        for power in (1..NODES).rev() {
            powers[power] = powers[power - 1] - ZEROS[k] * powers[power];
        }
        powers[0] = differences[k] - ZEROS[k] * powers[0];
    }
    powers
}

#[cfg(test)]
mod tests {
    // An oracle may use the platform's functions.
    #![allow(clippy::disallowed_methods)]

    use super::*;
    use statrs::distribution::{ContinuousCDF, StudentsT};
    use statrs::function::erf::erfc;

    const DEGREES: [f64; 6] = [2.01, 3.0, 4.5, 8.0, 30.0, 1_000.0];

    fn innovation(law: &StudentInnovation, z: f32) -> f64 {
        law.row(&[z; LANES])[0]
    }

    #[test]
    fn the_table_is_the_quantile_up_to_its_clip() {
        for nu in DEGREES {
            let law = StudentInnovation::new(nu);
            let raw = quantile_cubics(nu);
            let (last, variance) = clip(&raw);
            let t = StudentsT::new(0.0, 1.0, nu).unwrap();
            for k in 1..500 {
                let z = k as f32 / 100.0;
                if f64::from(z) >= last as f64 / 64.0 {
                    break;
                }
                let y = innovation(&law, z) * variance.sqrt();
                // A probability is a steep function of y: hold y itself, by one Newton step.
                let p = 0.5 * erfc(f64::from(z) / std::f64::consts::SQRT_2);
                let density = {
                    let h = 1e-4 * (1.0 + y);
                    (t.sf(y - h) - t.sf(y + h)) / (2.0 * h)
                };
                let gap = (t.sf(y) - p) / density;
                assert!(gap.abs() < 1e-7 * (1.0 + y), "ν {nu}, z {z}: {y} off by {gap:e}");
            }
        }
    }

    #[test]
    fn it_is_odd_increasing_and_at_most_twelve() {
        for nu in DEGREES {
            let law = StudentInnovation::new(nu);
            let mut before = -1.0;
            for k in 0..8_000 {
                let z = k as f32 / 1_000.0;
                let e = innovation(&law, z);
                assert_eq!(innovation(&law, -z), -e);
                assert!(e >= before && e <= INNOVATION_MAX, "ν {nu}, z {z}: {e} after {before}");
                before = e;
            }
            assert_eq!(innovation(&law, f32::MAX), before);
            assert!(before > if nu < 10.0 { 11.0 } else { 6.7 }, "ν {nu}: {before}");
        }
    }

    /// E(g(ε)) by the trapezoidal rule, which is spectrally exact but for the kink at the clip.
    fn mean(law: &StudentInnovation, g: impl Fn(f64) -> f64) -> f64 {
        let h: f64 = 1.0 / 4_096.0;
        let points = (-40_000..=40_000).map(|k| {
            let z = f64::from(k) * h;
            (-0.5 * z * z).exp() * g(innovation(law, z as f32))
        });
        points.sum::<f64>() * h / (2.0 * std::f64::consts::PI).sqrt()
    }

    #[test]
    fn the_clipped_law_has_variance_one() {
        for nu in DEGREES {
            let law = StudentInnovation::new(nu);
            let variance = mean(&law, |e| e * e);
            // The rule's own error is φ(clip) · kink · h² / 12, below 1e-8 at ν = 2.01.
            assert!((variance - 1.0).abs() < 1e-8, "ν {nu}: {variance}");
        }
    }

    #[test]
    fn the_log_moment_is_within_1e_12_on_all_of_its_range() {
        for nu in DEGREES {
            let law = StudentInnovation::new(nu);
            let last = law.last_knot as usize;
            for k in 0..=500 {
                let variance = VARIANCE_MAX * f64::from(k) / 500.0;
                let sd = variance.sqrt();
                let exact = expectation(&law.cubics[..last], law.cubics[last][0], |e| {
                    2.0 * (0.5 * sd * e).sinh().powi(2)
                });
                let gap = law.log_moment(variance) - exact.ln_1p();
                assert!(gap.abs() < 1e-12, "ν {nu}, v {variance}: {gap:e}");
            }
            let by_another_rule = mean(&law, |e| (0.2 * e).exp()).ln();
            assert!((law.log_moment(0.04) - by_another_rule).abs() < 1e-8);
        }
    }
}
