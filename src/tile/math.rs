//! Elementary functions of known accuracy, the same bits on every machine.
//!
//! In: numbers in a stated range. Out: values within a stated error. The platform's `exp` and `ln`
//! are not used anywhere a result depends on them: their last bit differs between machines. The
//! exponential, which the laws call most, is a fitted polynomial after range reduction; the others
//! are plain Taylor series, long enough for the stated error.

/// `ln 2` in two parts; the high one has 21 trailing zero bits, so `n · LN_2_HIGH` is exact.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Adding and subtracting 1.5·2^52 rounds to the nearest integer.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// The greater of two numbers of which neither is NaN: one instruction, where `f64::max` is three.
#[inline(always)]
pub fn max(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// The lesser of two numbers of which neither is NaN.
#[inline(always)]
pub fn min(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// Exponential of `x`, relative error below 2 units in the last place.
///
/// `x` is clamped to ±708; NaN stays NaN.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    let x = x.clamp(-708.0, 708.0);
    let rounded = x.mul_add(std::f64::consts::LOG2_E, ROUND);
    let n = rounded - ROUND;
    let r = n.mul_add(-LN_2_LOW, n.mul_add(-LN_2_HIGH, x));
    // Minimax fit (Remez) for |r| ≤ ln 2 / 2, relative error 3e-18.
    let r2 = r * r;
    let r4 = r2 * r2;
    let p01 = r + 1.0;
    let p23 = r.mul_add(1.666_666_666_666_617e-1, 5.000_000_000_000_018e-1);
    let p45 = r.mul_add(8.333_333_333_559_253e-3, 4.166_666_666_649_277e-2);
    let p67 = r.mul_add(1.984_126_943_271_53e-4, 1.388_888_895_122_382_5e-3);
    let p89 = r.mul_add(2.755_762_249_931_184_5e-6, 2.480_148_652_158_092e-5);
    let p1011 = r.mul_add(2.499_431_481_623_695_4e-8, 2.763_229_322_970_563e-7);
    let low = p23.mul_add(r2, p01);
    let middle = p67.mul_add(r2, p45);
    let high = p1011.mul_add(r2, p89);
    let series = high.mul_add(r4, middle).mul_add(r4, low);
    // The low bits of `rounded` hold n: added to the exponent they multiply by 2^n.
    f64::from_bits(series.to_bits().wrapping_add(rounded.to_bits() << 52))
}

/// Natural logarithm of a finite, normal `x` above 0, absolute error below 2^-52 · (1 + |ln x|).
#[inline(always)]
pub fn ln(x: f64) -> f64 {
    const SQRT_HALF_BITS: u64 = 0x3fe6_a09e_667f_3bcd;
    let shifted = x.to_bits().wrapping_sub(SQRT_HALF_BITS);
    let mantissa = f64::from_bits((shifted & 0x000f_ffff_ffff_ffff).wrapping_add(SQRT_HALF_BITS));
    // The exponent as a number without an integer conversion: 2^52 + 2^11 + e in the low bits.
    let biased = (shifted.wrapping_add(1 << 63) >> 52) | 0x4330_0000_0000_0000;
    let e = f64::from_bits(biased) - (4_503_599_627_370_496.0 + 2_048.0);
    // ln m = 2 artanh s; s² ≤ 0.0295: the first term left out is below 2e-17 of the sum.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let v = s * s;
    let v2 = v * v;
    let v4 = v2 * v2;
    let q01 = v.mul_add(1.0 / 3.0, 1.0);
    let q23 = v.mul_add(1.0 / 7.0, 1.0 / 5.0);
    let q45 = v.mul_add(1.0 / 11.0, 1.0 / 9.0);
    let q67 = v.mul_add(1.0 / 15.0, 1.0 / 13.0);
    let q89 = v.mul_add(1.0 / 19.0, 1.0 / 17.0);
    let low = q23.mul_add(v2, q01);
    let middle = q67.mul_add(v2, q45);
    let high = v2.mul_add(1.0 / 21.0, q89);
    let series = high.mul_add(v4, middle).mul_add(v4, low);
    e.mul_add(LN_2_HIGH, e.mul_add(LN_2_LOW, 2.0 * s * series))
}

/// The logistic function 1 / (1 + e^-x), absolute error below 1e-15.
#[inline(always)]
pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// `ln(p / (1 - p))` for `p` strictly between 0 and 1; the inverse of [`logistic`].
#[inline(always)]
pub fn logit(p: f64) -> f64 {
    ln(p / (1.0 - p))
}

/// Cosine of `turns` full turns, absolute error below 1e-15 for up to a million of them.
#[inline(always)]
pub fn cos_of_turns(turns: f64) -> f64 {
    // cos 2πt = 1 − 2 sin² πt, with t from −½ to ½.
    let r = (turns - ((turns + ROUND) - ROUND)) * std::f64::consts::PI;
    let r2 = r * r;
    // |r| ≤ π / 2: the first term left out, r^25 / 25!, is below 6e-21.
    let mut series = 1.0;
    let mut n = 23.0;
    while n > 1.0 {
        series = (-r2 / (n * (n - 1.0))).mul_add(series, 1.0);
        n -= 2.0;
    }
    let sine = r * series;
    (-2.0 * sine).mul_add(sine, 1.0)
}

/// `base` to a real power, for a `base` above 0.
#[inline(always)]
pub fn power(base: f64, exponent: f64) -> f64 {
    exp(exponent * ln(base))
}

/// The level annual payment, in arrears, that repays one dollar at `rate` over `years`:
/// rate / (1 − (1 + rate)^−years); 1 / years at rate 0.
pub fn annuity(rate_per_year: f64, years: f64) -> f64 {
    if rate_per_year == 0.0 {
        return 1.0 / years;
    }
    rate_per_year / (1.0 - power(1.0 + rate_per_year, -years))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points spread evenly over a range, the ends included.
    fn sweep(low: f64, high: f64) -> impl Iterator<Item = f64> {
        (0..=200_000).map(move |i| low + (high - low) * f64::from(i) / 200_000.0)
    }

    #[test]
    fn exp_is_within_two_ulp_of_the_platform() {
        for x in sweep(-700.0, 700.0).chain(sweep(-1.0, 1.0)) {
            let relative = (exp(x) / x.exp() - 1.0).abs();
            assert!(relative <= 2.0 * f64::EPSILON, "exp({x}): {relative:e}");
        }
        assert_eq!(exp(0.0), 1.0);
    }

    #[test]
    fn ln_is_within_its_stated_error() {
        for x in sweep(1e-9, 4.0).chain(sweep(4.0, 1e12)) {
            let error = (ln(x) - x.ln()).abs();
            assert!(error <= f64::EPSILON * (1.0 + x.ln().abs()), "ln({x}): {error:e}");
        }
        assert_eq!(ln(1.0), 0.0);
        // Relative accuracy near 1, where the logarithm vanishes.
        for x in sweep(0.999, 1.001).filter(|x| *x != 1.0) {
            assert!((ln(x) / x.ln() - 1.0).abs() < 4.0 * f64::EPSILON, "ln({x})");
        }
    }

    #[test]
    fn logistic_and_logit_undo_each_other() {
        for p in sweep(0.001, 0.999) {
            assert!((logistic(logit(p)) - p).abs() < 4e-16 * 4.0);
        }
    }

    #[test]
    fn the_cosine_is_within_its_stated_error() {
        for turns in sweep(-2.0, 2.0).chain(sweep(999.0, 1_000.0)) {
            // The argument of the platform's cosine is itself rounded: turns are reduced first.
            let exact = (2.0 * std::f64::consts::PI * (turns - turns.round())).cos();
            assert!((cos_of_turns(turns) - exact).abs() < 1e-15, "{turns}");
        }
        assert_eq!((cos_of_turns(0.0), cos_of_turns(0.5)), (1.0, -1.0));
    }

    #[test]
    fn power_is_repeated_multiplication() {
        assert!((power(1.025, 3.0) - 1.025 * 1.025 * 1.025).abs() < 1e-15);
    }

    #[test]
    fn an_annuity_repays_the_dollar() {
        for (rate, years) in [(0.10, 20.0), (0.10, 5.0), (0.12, 13.0), (0.0, 4.0)] {
            let payment = annuity(rate, years);
            let present: f64 =
                (1..=years as i32).map(|year| payment / (1.0 + rate).powi(year)).sum();
            assert!((present - 1.0).abs() < 1e-12, "{rate} {years}");
        }
        // 10 % over 20 and 5 years.
        assert!((annuity(0.10, 20.0) - 0.117_459_6).abs() < 5e-8);
        assert!((annuity(0.10, 5.0) - 0.263_797_5).abs() < 5e-8);
    }
}
