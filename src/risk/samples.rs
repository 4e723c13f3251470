//! Samples of known laws, for the tests of this folder.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp1, LogNormal, StandardNormal, StandardUniform};

/// A law whose measures have closed forms, or whose shape is awkward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Law {
    Uniform,
    Exponential,
    Normal,
    /// ln of it has sd 0.5.
    LogNormal,
    /// Three of ten exactly 0, some of them −0, the others normal.
    Atom,
    /// All but seven of a thousand exactly 0, the others normal.
    Rare,
    /// Whole numbers from −3 to 3.
    Discrete,
    /// One number.
    Constant,
    /// Normal, with a mean of its own in each group of 64 paths.
    Grouped,
}

pub(super) const LAWS: [Law; 9] = [
    Law::Uniform,
    Law::Exponential,
    Law::Normal,
    Law::LogNormal,
    Law::Atom,
    Law::Rare,
    Law::Discrete,
    Law::Constant,
    Law::Grouped,
];

/// `count` values of a law.
pub(super) fn sample(law: Law, seed: u64, count: usize) -> Vec<f64> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x9e37_79b9_7f4a_7c15);
    let mut shared = 0.0;
    (0..count)
        .map(|path| match law {
            Law::Uniform => StandardUniform.sample(&mut rng),
            Law::Exponential => Exp1.sample(&mut rng),
            Law::Normal => StandardNormal.sample(&mut rng),
            Law::LogNormal => {
                LogNormal::new(0.0, 0.5).expect("the sd is positive").sample(&mut rng)
            }
            Law::Atom => match rng.random_range(0..10) {
                0 => -0.0,
                1 | 2 => 0.0,
                _ => StandardNormal.sample(&mut rng),
            },
            Law::Rare => match rng.random_range(0..1_000) {
                0..7 => StandardNormal.sample(&mut rng),
                _ => 0.0,
            },
            Law::Discrete => f64::from(rng.random_range(-3..=3)),
            Law::Constant => 0.1,
            Law::Grouped => {
                if path % 64 == 0 {
                    shared = StandardNormal.sample(&mut rng);
                }
                let own: f64 = StandardNormal.sample(&mut rng);
                shared + own
            }
        })
        .collect()
}
