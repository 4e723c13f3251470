//! The standard normal law: distribution function and quantile, the same bits on every machine.
//!
//! In: a number, a probability. Out: values within a stated error, relative in the lower tail. Not
//! here: scores (`chance`). The upper tail is the lower one of −x: subtract nothing from 1.

use super::math::{exp, ln};

/// (1 + x) Q(x) e^{x²/2} for x from 0 up, Q(x) = 1 − Φ(x), as a polynomial in (x − 4) / (x + 4).
///
/// Smooth up to x = ∞, where it is 1/√2π. The Chebyshev series of degree 26, truncation error
/// below 2e-18, written in powers: their sum of magnitudes is 0.67, so that nothing is lost by it.
/// Source of the form: M. M. Shepherd, J. G. Laframboise, Math. Comp. 36 (1981) 249; the
/// coefficients were worked out with 60 digits, and the tests hold them to series and fractions.
const SCALED_TAIL: [f64; 27] = [
    0.472_053_206_509_844_67,
    -0.096_703_477_326_525_77,
    0.013_999_634_724_424_455,
    0.028_600_364_053_546_98,
    -0.032_197_837_428_028_876,
    0.017_936_097_479_808_313,
    -0.005_002_378_592_360_706_5,
    -0.000_285_623_100_234_013_5,
    0.000_694_897_120_184_032,
    -9.443_023_204_456_728e-5,
    -8.785_329_222_964_207e-5,
    2.124_991_572_944_934_7e-5,
    1.362_734_415_079_822_9e-5,
    -3.431_656_268_862_569_5e-6,
    -2.614_260_700_423_54e-6,
    4.029_912_427_574_402e-7,
    5.545_351_057_486_293e-7,
    4.242_344_418_455_244e-9,
    -1.140_581_966_756_106_7e-7,
    -2.331_548_816_199_428_8e-8,
    1.987_759_008_661_557_7e-8,
    8.858_538_843_412_724e-9,
    -2.390_975_856_095_460_7e-9,
    -1.906_810_434_279_530_6e-9,
    9.975_840_281_675_827e-11,
    1.968_773_941_157_256e-10,
    1.215_031_529_257_973_7e-11,
];

/// √2π.
const SQRT_TAU: f64 = 2.506_628_274_631_000_5;

/// Q(x) e^{x²/2} for x from 0 up, relative error below 1e-15.
#[inline(always)]
fn scaled_tail(x: f64) -> f64 {
    let t = (x - 4.0) / (x + 4.0);
    SCALED_TAIL.iter().rev().fold(0.0, |sum: f64, term| sum.mul_add(t, *term)) / (x + 1.0)
}

/// e^{−x²/2}; the square is rounded, and what it lost is given back.
#[inline(always)]
fn bell(x: f64) -> f64 {
    let square = x * x;
    let lost = x.mul_add(x, -square);
    exp(-0.5 * square) * (1.0 - 0.5 * lost)
}

/// Φ(x): the probability of a standard normal score at or below `x`.
///
/// Relative error below 2e-15 for `x` from −37.5 up; lower it stays at that of −37.5, 5e-308: no
/// probability is 0, and a logarithm of it is finite.
#[inline(always)]
pub fn cdf(x: f64) -> f64 {
    let x = x.clamp(-37.5, 37.5);
    let tail = bell(x) * scaled_tail(x.abs());
    if x > 0.0 { 1.0 - tail } else { tail }
}

/// Φ⁻¹(p), the inverse of [`cdf`]; −∞ at 0 and ∞ at 1.
///
/// Absolute error below 2e-15 · (1 + |Φ⁻¹(p)|) for `p` from 1e-300 to 1 − 2^-53.
#[inline(always)]
pub fn quantile(p: f64) -> f64 {
    // The lower half; 1 − p is exact where it is taken.
    let q = if p > 0.5 { 1.0 - p } else { p };
    // M. Abramowitz, I. A. Stegun, formula 26.2.23: within 4.5e-4. x is −z, from 0 up.
    let t = (-2.0 * ln(q)).sqrt();
    let above = 0.010_328_f64.mul_add(t, 0.802_853).mul_add(t, 2.515_517);
    let below = 0.001_308_f64.mul_add(t, 0.189_269).mul_add(t, 1.432_788).mul_add(t, 1.0);
    let mut x = t - above / below;
    // Halley's method on Q(x) = q, where Q'' / Q' = −x: the error goes with its third power, and after
    // two steps is far below rounding.
    for _ in 0..2 {
        let tail = scaled_tail(x.abs());
        // In the middle x may lie just below 0.
        let upper = if x < 0.0 { 1.0 - bell(x) * tail } else { bell(x) * tail };
        let newton = SQRT_TAU * (upper - q) / bell(x);
        x += newton / (-0.5 * x).mul_add(newton, 1.0);
    }
    let z = if p > 0.5 { x } else { -x };
    if p <= 0.0 {
        f64::NEG_INFINITY
    } else if p >= 1.0 {
        f64::INFINITY
    } else {
        z
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    /// Q(x) for x from 0 up, by ways that share nothing with the polynomial: below 2 from the series
    /// Φ(x) − 1/2 = φ(x) Σ x^{2k+1} / (2k+1)!!, above by Laplace's continued fraction
    /// φ(x) / (x + 1/(x + 2/(x + …))). Abramowitz & Stegun 26.2.11 and 26.2.14.
    fn upper(x: f64) -> f64 {
        let density = (-0.5 * x * x).exp() / SQRT_TAU;
        if x < 2.0 {
            let (mut term, mut sum, mut odd) = (x, x, 1.0);
            while term > 1e-18 {
                odd += 2.0;
                term *= x * x / odd;
                sum += term;
            }
            return 0.5 - density * sum;
        }
        density / (1..=300).rev().fold(x, |rest, k| x + f64::from(k) / rest)
    }

    #[test]
    fn the_distribution_function_is_within_its_stated_error() {
        // Φ to 16 digits, by an arithmetic of 50; those of 1, 2, 3 and −5 are in Abramowitz &
        // Stegun, table 26.1 and 26.2, too.
        for (x, exact) in [
            (-37.0, 5.725_571_222_524_577e-300),
            (-30.0, 4.906_713_927_148_187e-198),
            (-20.0, 2.753_624_118_606_233_7e-89),
            (-12.0, 1.776_482_112_077_679e-33),
            (-8.5, 9.479_534_822_203_318e-18),
            (-6.0, 9.865_876_450_376_98e-10),
            (-5.0, 2.866_515_718_791_939e-7),
            (-4.0, 3.167_124_183_311_992_4e-5),
            (-3.0, 1.349_898_031_630_094_6e-3),
            (-2.5, 6.209_665_325_776_135e-3),
            (-1.5, 0.066_807_201_268_858_07),
            (-1.0, 0.158_655_253_931_457_05),
            (-0.5, 0.308_537_538_725_986_9),
            (-0.1, 0.460_172_162_722_971),
            (0.0, 0.5),
            (0.25, 0.598_706_325_682_923_7),
            (1.0, 0.841_344_746_068_542_9),
            (2.0, 0.977_249_868_051_820_8),
            (3.0, 0.998_650_101_968_369_9),
            (5.0, 0.999_999_713_348_428_1),
            (8.0, 0.999_999_999_999_999_3),
        ] {
            let relative = (cdf(x) / exact - 1.0).abs();
            assert!(relative < 2e-15, "{x}: {relative:e}");
        }
        for far in [37.5, 60.0, 1e9, 1e200, f64::INFINITY] {
            assert_eq!((cdf(-far), cdf(far)), (cdf(-37.5), 1.0), "{far}");
        }
        assert!((cdf(-37.5) / 4.605_353e-308 - 1.0).abs() < 1e-6);
        assert!(cdf(f64::NAN).is_nan());
    }

    #[test]
    fn it_agrees_with_series_and_continued_fraction_over_the_whole_range() {
        let mut before = 0.0;
        for k in 0..=74_000 {
            let x = -37.0 + f64::from(k) / 1_000.0;
            let p = cdf(x);
            // Neighbours a thousandth apart are told apart until 1 swallows the difference.
            assert!(p > before || (x > 7.0 && p == before), "{x}");
            before = p;
            // The reference itself loses: the exponential has the error of its argument, and 1/2 less
            // a number near it a few ulp of 1/2.
            let lower = upper(x.abs());
            let lost = if x.abs() < 2.0 { 2.0 * f64::EPSILON } else { 0.0 };
            if x <= 0.0 {
                let bound = 3e-15 + x * x * f64::EPSILON + lost / lower;
                assert!((p / lower - 1.0).abs() < bound, "{x}: {p} {lower}");
            } else {
                assert!((p - (1.0 - lower)).abs() < 2e-16 + lost, "{x}: {p}");
            }
            // statrs knows nine digits.
            let statrs = Normal::standard().cdf(x);
            assert!((p - statrs).abs() < 5e-10 * p.max(1e-3), "{x}: {p} {statrs}");
        }
    }

    #[test]
    fn the_quantile_is_within_its_stated_error() {
        // By an arithmetic of 50 digits, of the f64 nearest to each decimal; those of 0.9, 0.95,
        // 0.975 and 0.99 are in any table.
        for (p, exact) in [
            (1e-300, -37.047_096_299_361_2),
            (1e-100, -21.273_453_560_965_326),
            (1e-20, -9.262_340_089_798_407),
            (1e-10, -6.361_340_902_404_057),
            (1e-5, -4.264_890_793_922_825),
            (0.001, -3.090_232_306_167_813_6),
            (0.01, -2.326_347_874_040_841),
            (0.025, -1.959_963_984_540_054_3),
            (0.05, -1.644_853_626_951_472_6),
            (0.1, -1.281_551_565_544_600_4),
            (0.25, -0.674_489_750_196_081_7),
            (0.4, -0.253_347_103_135_799_7),
            (0.5, 0.0),
            (0.6, 0.253_347_103_135_799_7),
            (0.75, 0.674_489_750_196_081_7),
            (0.975, 1.959_963_984_540_053_8),
            (0.999, 3.090_232_306_167_813),
            (0.999_999_9, 5.199_337_582_290_661),
        ] {
            let error = (quantile(p) - exact).abs();
            assert!(error < 2e-15 * (1.0 + exact.abs()), "{p}: {error:e}");
        }
        assert_eq!((quantile(0.0), quantile(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
    }

    #[test]
    fn quantile_and_distribution_function_undo_each_other() {
        for k in 0..=45_000 {
            let z = -37.0 + f64::from(k) / 1_000.0;
            let p = cdf(z);
            // p carries an error of 2e-15 of itself in the lower tail and of half an ulp of 1 in the
            // upper; it moves z by that over the hazard rate or the density.
            let density = (-0.5 * z * z).exp() / SQRT_TAU;
            let moved = (2e-15 * p).max(if z > 0.0 { f64::EPSILON } else { 0.0 }) / density;
            let error = (quantile(p) - z).abs();
            assert!(error < 2e-15 * (1.0 + z.abs()) + moved, "{z}: {error:e}");
        }
    }
}
