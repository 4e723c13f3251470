//! The slow mixing variable of a path: χ² with ν degrees of freedom, which a t copula divides by.
//!
//! In: degrees of freedom, chance. Out: one number per path. Not here: what is mixed. Exact, by
//! rejection: each try is a draw of its own, and more than 95 % are taken.
//! Source: G. Marsaglia, W. W. Tsang, ACM Trans. Math. Softw. 26 (2000) 363.

use crate::chance::{Chance, Stream};
use crate::tile::{Row, math};

/// A χ² variable per path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MixingVariable {
    degrees_of_freedom: f64,
    stream: Stream,
    /// Uniforms that decide which tries are taken.
    try_stream: Stream,
}

impl MixingVariable {
    /// With that many degrees of freedom, a real number from 2 up.
    ///
    /// # Panics
    /// If they are fewer, for which the method does not hold.
    pub fn new(degrees_of_freedom: f64) -> Self {
        assert!(degrees_of_freedom >= 2.0, "the reader lets no less in");
        Self {
            degrees_of_freedom,
            stream: Stream::new("mixing", "horizon"),
            try_stream: Stream::new("mixing_try", "horizon"),
        }
    }
    /// The streams it draws from.
    pub fn streams(&self) -> [Stream; 2] {
        [self.stream, self.try_stream]
    }
    /// The variables of one tile.
    pub fn draw(&self, chance: &Chance) -> Row {
        std::array::from_fn(|lane| self.of_lane(chance, lane))
    }
    fn of_lane(&self, chance: &Chance, lane: usize) -> f64 {
        let d = 0.5 * self.degrees_of_freedom - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        for draw in 0.. {
            let x = chance.normal(self.stream, lane, draw);
            let uniform = chance.uniform(self.try_stream, lane, draw);
            let root = 1.0 + c * x;
            let v = root * root * root;
            if v > 0.0 && math::ln(uniform) < 0.5 * x * x + d - d * v + d * math::ln(v) {
                return 2.0 * d * v;
            }
        }
        unreachable!("a try is taken long before four thousand million")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tile::{Build, LANES};
    use statrs::distribution::{ChiSquared, ContinuousCDF};

    #[test]
    fn the_mixing_variable_is_chi_square() {
        for nu in [2.0, 4.0, 5.5, 60.0] {
            let mixing = MixingVariable::new(nu);
            let chance = |tile| Chance::new(8, tile * LANES as u64, Build::fastest());
            let mut draws: Vec<f64> =
                (0..1_600).flat_map(|tile| mixing.draw(&chance(tile))).collect();
            draws.sort_by(f64::total_cmp);
            let law = ChiSquared::new(nu).unwrap();
            let n = draws.len() as f64;
            let distance = draws.iter().enumerate().fold(0.0_f64, |most, (k, w)| {
                let p = law.cdf(*w);
                most.max((p - k as f64 / n).abs()).max((p - (k + 1) as f64 / n).abs())
            });
            // Kolmogorov's law: beyond 1.95 / √n with a probability of 0.001.
            assert!(distance < 1.95 / n.sqrt(), "ν = {nu}: {distance}");
        }
    }
}
