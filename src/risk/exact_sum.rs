//! Exact sums: the same bits in whatever order, on whatever machine, in however many parts.
//!
//! In: numbers, and other sums. Out: their sum and its quotient by a count, rounded once. Not here:
//! what is summed.
//!
//! The axis of exponents is cut into bins of 32 bits, each an integer of 128: a number of 53 bits
//! falls into one bin, and 2^43 of them fit. Adding integers is associative, so slices of a run, summed
//! anywhere, add up to the sum of the whole run.
//!
//! Source: U. Kulisch, "Very fast and exact accumulation of products", Computing 91 (2011) 397; here
//! with bins that carry late, as R. Neal, "Fast exact summation using small and large
//! superaccumulators" (2015).

use serde::{Deserialize, Serialize};

const BIN_BITS: u32 = 32;
const BINS: usize = 12;
/// What the lowest bit stands for is 2 to this power; the highest is 2^191.
const LOWEST_EXPONENT: i32 = -192;

/// A sum of numbers between 2^-139 and 2^191 in size, exact; the bits of smaller ones below 2^-192
/// are cut off, each number alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct ExactSum {
    bins: [i128; BINS],
}

impl ExactSum {
    /// Adds a finite number; panics as `add_times`.
    #[inline]
    pub(crate) fn add(&mut self, term: f64) {
        self.add_scaled(term, 1);
    }
    /// Adds a finite number so many times.
    ///
    /// # Panics
    /// If the number is not finite, or not below 2^191.
    pub(crate) fn add_times(&mut self, term: f64, times: u64) {
        let (low, high) = (times as u32, (times >> 32) as u32);
        self.add_scaled(term, low);
        if high > 0 {
            self.add_scaled(term * 4_294_967_296.0, high);
        }
    }
    #[inline]
    fn add_scaled(&mut self, term: f64, times: u32) {
        let bits = term.to_bits();
        let biased = (bits >> 52 & 0x7ff) as i32;
        if biased == 0 {
            return;
        }
        let mantissa = (bits & 0x000f_ffff_ffff_ffff) | 0x0010_0000_0000_0000;
        let place = biased - 1075 - LOWEST_EXPONENT;
        let (mantissa, place) = match u32::try_from(place) {
            Ok(place) => (mantissa, place),
            Err(_) => (mantissa.checked_shr(place.unsigned_abs()).unwrap_or(0), 0),
        };
        let bin = (place / BIN_BITS) as usize;
        assert!(bin < BINS, "a number is not finite, or beyond 2^191");
        let part = (i128::from(mantissa) * i128::from(times)) << (place % BIN_BITS);
        self.bins[bin] += if term.is_sign_negative() { -part } else { part };
    }
    /// Adds another sum.
    pub(crate) fn add_sum(&mut self, other: &Self) {
        for (bin, other) in self.bins.iter_mut().zip(&other.bins) {
            *bin += other;
        }
    }
    /// The sum, rounded to nearest.
    pub(crate) fn value(&self) -> f64 {
        self.mean(1)
    }
    /// The sum over a count above 0, rounded to nearest: of n equal terms over n, the term itself.
    pub(crate) fn mean(&self, count: u64) -> f64 {
        let mut digits = self.bins;
        carry(&mut digits);
        let is_negative = digits[BINS - 1] < 0;
        if is_negative {
            digits.iter_mut().for_each(|digit| *digit = -*digit);
            carry(&mut digits);
        }
        let mut rest = 0;
        for digit in digits.iter_mut().rev() {
            let dividend = (rest << BIN_BITS) + digit.unsigned_abs();
            *digit = (dividend / u128::from(count)) as i128;
            rest = dividend % u128::from(count);
        }
        let Some(top) = digits.iter().rposition(|digit| *digit != 0) else { return 0.0 };
        // Three digits hold more than the 53 bits wanted; whether anything follows decides a tie.
        let low = top.saturating_sub(2);
        let head = digits[low..=top].iter().rev().fold(0, |sum, d| (sum << BIN_BITS) + *d as u128);
        let follows = rest != 0 || digits[..low].iter().any(|digit| *digit != 0);
        let exponent = LOWEST_EXPONENT + (low as u32 * BIN_BITS) as i32;
        let scale = f64::from_bits(((1023 + exponent) as u64) << 52);
        let size = if head >> 64 == 0 {
            // The head ends in the lowest digit: what follows lies far below the last bit kept.
            (head << 1 | u128::from(follows)) as f64 * (0.5 * scale)
        } else {
            (head | u128::from(follows)) as f64 * scale
        };
        if is_negative { -size } else { size }
    }
}

/// Makes every digit but the highest a number of 32 bits, above or at 0.
fn carry(digits: &mut [i128; BINS]) {
    for place in 0..BINS - 1 {
        let carried = digits[place] >> BIN_BITS;
        digits[place] -= carried << BIN_BITS;
        digits[place + 1] += carried;
    }
}

impl FromIterator<f64> for ExactSum {
    fn from_iter<T: IntoIterator<Item = f64>>(terms: T) -> Self {
        let mut sum = Self::default();
        terms.into_iter().for_each(|term| sum.add(term));
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_terms_survive_large_ones_that_cancel() {
        let terms = [1e30, 1.0, -1e30, 1e-20, 3e17, -3e17];
        assert_eq!(terms.into_iter().collect::<ExactSum>().value(), 1.0);
        let tiny: ExactSum = [1e30, 1e-20, -1e30].into_iter().collect();
        assert_eq!(tiny.value(), 1e-20);
        let negative: ExactSum = [-1e30, -2.5, 1e30].into_iter().collect();
        assert_eq!(negative.value(), -2.5);
        assert_eq!(ExactSum::default().value(), 0.0);
    }

    #[test]
    fn a_tie_goes_to_even_unless_something_follows() {
        let ulp = f64::EPSILON;
        let sum = |terms: &[f64]| terms.iter().copied().collect::<ExactSum>().value();
        assert_eq!(sum(&[1.0, ulp / 2.0]), 1.0);
        assert_eq!(sum(&[1.0, ulp / 2.0, 1e-40]), 1.0 + ulp);
        assert_eq!(sum(&[1.0 + ulp, ulp / 2.0]), 1.0 + 2.0 * ulp);
    }

    #[test]
    fn numbers_at_the_ends_of_the_range() {
        for value in [2.0_f64.powi(-139), 2.0_f64.powi(190) * 1.5, 5e-40, 123.456] {
            assert_eq!([value].into_iter().collect::<ExactSum>().value(), value);
        }
        assert_eq!([1e-300].into_iter().collect::<ExactSum>().value(), 0.0);
    }

    #[test]
    #[should_panic(expected = "not finite")]
    fn infinity_has_no_place() {
        ExactSum::default().add(f64::INFINITY);
    }

    proptest! {
        #[test]
        fn order_and_parts_do_not_show(
            terms in prop::collection::vec(-1e12..1e12_f64, 1..60),
            cut in 0..60_usize,
            count in 1..1_000_000_u64,
        ) {
            let whole: ExactSum = terms.iter().copied().collect();
            let backwards: ExactSum = terms.iter().rev().copied().collect();
            prop_assert_eq!(whole, backwards);
            let (first, second) = terms.split_at(cut.min(terms.len()));
            let mut joined: ExactSum = first.iter().copied().collect();
            joined.add_sum(&second.iter().copied().collect());
            prop_assert_eq!(whole, joined);
            // A plain sum of 60 errs by at most 60 half units of the largest partial sum.
            let plain: f64 = terms.iter().sum();
            let size: f64 = terms.iter().map(|term| term.abs()).sum();
            prop_assert!((whole.value() - plain).abs() <= 60.0 * f64::EPSILON * size);
            let quotient = whole.value() / count as f64;
            prop_assert!((whole.mean(count) - quotient).abs() <= 2.0 * f64::EPSILON * quotient.abs());
        }

        #[test]
        fn equal_terms_have_their_own_mean(term in -1e15..1e15_f64, count in 1..1_u64 << 40) {
            let mut sum = ExactSum::default();
            sum.add_times(term, count);
            prop_assert_eq!(sum.mean(count), term);
        }
    }
}
