//! Gaussian dependence by regime: each lane's scores of a step coupled by one of two matrices.
//!
//! In: independent standard normal scores, and which lanes are stressed from which step on. Out: the
//! scores coupled. Not here: why a lane is stressed. Given the regimes each step's scores are normal
//! with unit variance and independent of other steps; as the regimes are drawn from another stream,
//! so are they without knowing them: margins are unchanged.

use super::gaussian::GaussianDependence;
use crate::tile::kernel::kernel;
use crate::tile::{Build, LANES};

/// Consecutive steps in which no lane changes its regime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spell {
    /// Its first step; it lasts to the next spell's.
    pub first_step: usize,
    /// Which lanes are stressed.
    pub is_stressed: [bool; LANES],
}

/// Couples scores in place, `[factor][step][lane]`, flat: stressed lanes by `stressed`, the others by
/// `usual`. The spells cover the steps, the first from step 0 on.
pub(super) fn couple(
    build: Build,
    [usual, stressed]: [&GaussianDependence; 2],
    steps: usize,
    spells: &[Spell],
    scores: &mut [[f32; LANES]],
) {
    let n = scores.len() / steps;
    assert_eq!(scores.len(), n * steps);
    assert_eq!(spells.first().map(|spell| spell.first_step), Some(0));
    let ends = spells.iter().skip(1).map(|spell| spell.first_step).chain([steps]);
    for (spell, end) in spells.iter().zip(ends) {
        let span = spell.first_step..end;
        // From the last factor up, so that the rows a factor reads are still independent.
        for row in (0..n).rev() {
            let (before, own) = scores.split_at_mut(row * steps);
            let own = &mut own[span.clone()];
            let weights = |column| {
                let of = |dependence: &GaussianDependence| dependence.weight(row, column) as f32;
                [of(usual), of(stressed)]
            };
            if weights(row) != [1.0; 2] {
                scale(build, weights(row), &spell.is_stressed, own);
            }
            for column in (0..row).filter(|c| weights(*c) != [0.0; 2]) {
                let other = &before[column * steps..][span.clone()];
                add(build, weights(column), &spell.is_stressed, other, own);
            }
        }
    }
}

/// The weight of every lane: the second where it is stressed.
#[inline(always)]
fn by_lane(weights: [f32; 2], is_stressed: &[bool; LANES]) -> [f32; LANES] {
    let mut lanes = [0.0; LANES];
    for i in 0..LANES {
        lanes[i] = if is_stressed[i] { weights[1] } else { weights[0] };
    }
    lanes
}

kernel! {
    /// Multiplies every score by its lane's weight.
    fn scale(weights: [f32; 2], is_stressed: &[bool; LANES], scores: &mut [[f32; LANES]]) {
        let weights = by_lane(weights, is_stressed);
        for row in scores.iter_mut() {
            for i in 0..LANES {
                row[i] *= weights[i];
            }
        }
    }
}

kernel! {
    /// Adds the scores of another factor times their lane's weight.
    fn add(
        weights: [f32; 2],
        is_stressed: &[bool; LANES],
        other: &[[f32; LANES]],
        scores: &mut [[f32; LANES]],
    ) {
        let weights = by_lane(weights, is_stressed);
        for (row, other) in scores.iter_mut().zip(other) {
            for i in 0..LANES {
                row[i] = weights[i].mul_add(other[i], row[i]);
            }
        }
    }
}
