//! Tightness that reverts to the level of its regime: an Ornstein–Uhlenbeck process around
//! logit(utilisation of the regime), exact within a step.
//!
//! The regime is constant within a step: a bias below one step's drift. Source: regime switching, J.
//! D. Hamilton, Econometrica 57 (1989) 357; the exact transition, any text on the process.

use super::{TightnessLaw, reversion};
use crate::input::study::{AiMarket, TwoRegime};
use crate::model::regime::Regimes;
use crate::tile::kernel::kernel;
use crate::tile::{Build, LANES, Row, math};
use crate::time::{TimeGrid, within};

/// Tightness by regime.
#[derive(Debug, Clone, PartialEq)]
pub struct TwoRegimeTightness {
    boom_level: f64,
    glut_level: f64,
    reversion_per_year: f64,
    sd_per_sqrt_year: f64,
}

impl TwoRegimeTightness {
    /// The law with the study's parameters.
    pub fn new(market: &AiMarket, parameters: &TwoRegime) -> Self {
        Self {
            boom_level: math::logit(market.boom_utilisation),
            glut_level: math::logit(market.glut_utilisation),
            reversion_per_year: parameters.tightness_reversion_per_year,
            sd_per_sqrt_year: parameters.tightness_sd_per_sqrt_year,
        }
    }
}

impl TightnessLaw for TwoRegimeTightness {
    fn evolve(
        &self,
        build: Build,
        grid: &TimeGrid,
        mut regimes: Regimes<'_>,
        scores: &[[f32; LANES]],
        tightness: &mut [Row],
    ) {
        let (speed, noise) = (self.reversion_per_year, self.sd_per_sqrt_year);
        let spans = grid.spans().into_iter();
        let spans: Vec<_> =
            spans.map(|span| (span.steps, reversion(speed, noise, span.dt_years))).collect();
        let mut level = regimes.choose(self.boom_level, self.glut_level);
        tightness[0] = level;
        let mut step = 1;
        while step < tightness.len() {
            if regimes.advance(step) {
                level = regimes.choose(self.boom_level, self.glut_level);
            }
            let end = regimes.next_switch(tightness.len());
            for (steps, (keep, sd)) in within(&(step..end), &spans) {
                let rows = &mut tightness[steps.start - 1..steps.end];
                evolve(build, *keep, *sd, &level, &scores[steps], rows);
            }
            step = end;
        }
    }
}

kernel! {
    /// The steps between two switches; `tightness[0]` is the one before.
    fn evolve(
        keep: f64,
        sd: f64,
        level: &Row,
        scores: &[[f32; LANES]],
        tightness: &mut [Row],
    ) {
        for day in 0..scores.len() {
            for i in 0..LANES {
                let noise = sd.mul_add(f64::from(scores[day][i]), level[i]);
                tightness[day + 1][i] = keep.mul_add(tightness[day][i] - level[i], noise);
            }
        }
    }
}
