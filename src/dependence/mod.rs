//! Station 3: how shocks move together.
//!
//! In: independent standard normal scores, a correlation matrix over the scored factors, for some
//! studies a second one for stressed days and a mixing variable. Out: the scores coupled, each still
//! standard normal. Not here: what the factors mean.

pub mod by_regime;
mod eigen;
pub mod gaussian;
pub mod nearest;
pub mod student_t;

use crate::chance::{Chance, Stream};
use crate::tile::{Build, LANES};
use by_regime::Spell;
use gaussian::GaussianDependence;
use student_t::SlowMixing;

/// What couples the scores of a study.
#[derive(Debug, Clone)]
pub struct Dependence {
    /// Couples the scores of a day.
    pub usual: GaussianDependence,
    /// Couples them instead where a lane is stressed.
    pub stressed: Option<GaussianDependence>,
    /// Gives the sums over the horizon a t copula.
    pub mixing: Option<SlowMixing>,
}

impl Dependence {
    /// The streams of chance that it draws from.
    pub fn streams(&self) -> Vec<Stream> {
        self.mixing.iter().flat_map(SlowMixing::streams).collect()
    }
    /// Couples scores in place: `[factor][step][lane]`, flat, `steps` rows a factor of which row 0 is
    /// no part of the horizon. `spells` say where lanes are stressed; they are read only where that matters.
    pub fn couple(
        &self,
        build: Build,
        chance: &Chance,
        steps: usize,
        spells: &[Spell],
        scores: &mut [[f32; LANES]],
    ) {
        match &self.stressed {
            None => self.usual.couple(build, steps, scores),
            Some(stressed) => {
                by_regime::couple(build, [&self.usual, stressed], steps, spells, scores);
            }
        }
        if let Some(mixing) = &self.mixing {
            mixing.mix(build, chance, steps, scores);
        }
    }
}
