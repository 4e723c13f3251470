//! Sums of twice the precision, so that the order of the terms does not show.
//!
//! In: numbers. Out: their sum as an unevaluated pair `high + low` of 106 bits. Not here: what is
//! summed. Each addition errs by about 2^-105 of the running sum, so a million of them by some
//! 2^-95, and two associations of the same terms round to different f64 only if the exact sum
//! lies that close to the middle of two neighbours: about once in 2^40 sums. A plain sum would
//! differ almost always; an exact accumulator would need 4 kB of state a sum.
//!
//! Source: Dekker, "A floating-point technique for extending the available precision", 1971;
//! Knuth, "The Art of Computer Programming" vol. 2, 4.2.2 (TwoSum).

/// A number held as the unevaluated sum of two f64, the first being the rounded whole.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct DoubleDouble {
    high: f64,
    low: f64,
}

/// The rounded sum and its exact rounding error, for any two finite numbers.
#[inline(always)]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_seen = sum - a;
    (sum, (a - (sum - b_seen)) + (b - b_seen))
}

/// As `two_sum`, where |a| ≥ |b|.
#[inline(always)]
fn two_sum_ordered(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// The number as two halves of 26 bits, whose products are exact; |a| < 2^996.
#[inline(always)]
fn halves(a: f64) -> (f64, f64) {
    let scaled = 134_217_729.0 * a; // 2^27 + 1
    let high = scaled - (scaled - a);
    (high, a - high)
}

impl DoubleDouble {
    /// The exact product of two f64, by halves: a software `mul_add` would cost ten times as much
    /// where the target has none.
    #[inline(always)]
    pub(crate) fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        let ((a_high, a_low), (b_high, b_low)) = (halves(a), halves(b));
        let low = ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low;
        Self { high, low }
    }
    /// Adds a term.
    #[inline(always)]
    pub(crate) fn add(&mut self, term: f64) {
        let (sum, error) = two_sum(self.high, term);
        (self.high, self.low) = two_sum_ordered(sum, error + self.low);
    }
    /// Adds a term of twice the precision.
    #[inline(always)]
    pub(crate) fn add_pair(&mut self, term: Self) {
        let (high, high_error) = two_sum(self.high, term.high);
        let (low, low_error) = two_sum(self.low, term.low);
        let (high, error) = two_sum_ordered(high, high_error + low);
        (self.high, self.low) = two_sum_ordered(high, error + low_error);
    }
    /// Adds the opposite of a term.
    pub(crate) fn subtract(&mut self, term: Self) {
        self.add_pair(Self { high: -term.high, low: -term.low });
    }
    /// Its square.
    pub(crate) fn squared(self) -> Self {
        let mut square = Self::product(self.high, self.high);
        square.add(2.0 * self.high * self.low);
        square
    }
    /// Its quotient by a positive f64; of `n` equal terms by `n`, exactly the term.
    pub(crate) fn divided_by(self, divisor: f64) -> Self {
        let quotient = self.high / divisor;
        let mut rest = self;
        rest.subtract(Self::product(quotient, divisor));
        let (high, low) = two_sum_ordered(quotient, rest.value() / divisor);
        Self { high, low }
    }
    /// The nearest f64.
    pub(crate) fn value(self) -> f64 {
        self.high + self.low
    }
}

impl FromIterator<f64> for DoubleDouble {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        let mut sum = Self::default();
        terms.into_iter().for_each(|term| sum.add(term));
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_term_survives_a_large_one() {
        // 1 + 1e16 - 1e16 is 0 in plain f64.
        let sum: DoubleDouble = [1.0, 1e16, 1e-10, -1e16].into_iter().collect();
        assert_eq!(sum.value(), 1.0 + 1e-10);
    }

    #[test]
    fn the_mean_of_equal_terms_is_the_term() {
        for term in [0.1, -1.0 / 3.0, 1.234_567_890_123e11] {
            for n in [3, 49, 1_000, 62_501_usize] {
                let sum: DoubleDouble = std::iter::repeat_n(term, n).collect();
                assert_eq!(sum.divided_by(n as f64).value(), term, "{n} times {term}");
            }
        }
    }

    #[test]
    fn a_product_is_exact() {
        // (2^27 + 1)(2^27 - 1) = 2^54 - 1 has 54 bits: the last is lost in f64.
        let product = DoubleDouble::product(134_217_729.0, 134_217_727.0);
        assert_eq!((product.high, product.low), (18_014_398_509_481_984.0, -1.0));
        let square = DoubleDouble { high: 134_217_729.0, low: 0.0 }.squared();
        assert_eq!((square.high, square.low), (18_014_398_777_917_440.0, 1.0));
    }

    #[test]
    fn the_order_of_the_terms_does_not_show() {
        let terms: Vec<f64> = (1..20_000).map(|i| f64::from(i).sqrt() * 1e7 - 3e8).collect();
        let forward: DoubleDouble = terms.iter().copied().collect();
        let backward: DoubleDouble = terms.iter().rev().copied().collect();
        let mut blocks = DoubleDouble::default();
        for block in terms.chunks(37) {
            blocks.add_pair(block.iter().copied().collect());
        }
        assert_eq!(forward.value(), backward.value());
        assert_eq!(forward.value(), blocks.value());
        let plain = (terms.iter().sum::<f64>(), terms.iter().rev().sum::<f64>());
        assert_ne!(plain.0, plain.1, "these terms do show their order in plain f64");
    }
}
