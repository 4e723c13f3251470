//! Station 3: how shocks move together.
//!
//! In: independent standard normal scores, a correlation matrix over the scored factors, for some
//! studies a second one for stressed days and a mixing variable a path. Out: the scores coupled, each still
//! standard normal. Not here: what the factors mean.

pub mod by_regime;
mod eigen;
pub mod gaussian;
pub mod nearest;
pub mod student_t;

use crate::tile::{Build, LANES, Row};
use by_regime::Spell;
use gaussian::GaussianDependence;
use student_t::SlowMixing;

/// What couples the scores of a study.
#[derive(Debug, Clone, PartialEq)]
pub struct Dependence {
    /// Couples the scores of a day.
    pub usual: GaussianDependence,
    /// Couples them instead where a lane is stressed.
    pub stressed: Option<GaussianDependence>,
    /// Gives the sums over the horizon a t copula.
    pub mixing: Option<SlowMixing>,
}

impl Dependence {
    /// Couples scores in place: `[factor][step][lane]`, flat, `steps` rows a factor of which those from 1 on
    /// and before `end` are the horizon. `spells` say where lanes are stressed, `chi_square` is each path's mixing
    /// variable; they are read only where they matter.
    pub fn couple(
        &self,
        build: Build,
        (steps, end): (usize, usize),
        spells: &[Spell],
        chi_square: &Row,
        scores: &mut [[f32; LANES]],
    ) {
        match &self.stressed {
            None => self.usual.couple(build, steps, scores),
            Some(stressed) => {
                by_regime::couple(build, [&self.usual, stressed], steps, spells, scores);
            }
        }
        if let Some(mixing) = &self.mixing {
            mixing.mix(build, chi_square, (steps, end), scores);
        }
    }
}
