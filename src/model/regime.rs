//! Two regimes, boom and glut, each held for an exponential time.
//!
//! A path's regimes are a function of chance alone, on a stream of their own: no score enters, so that
//! whoever asks (the law of the market, the dependence of shocks) sees the same ones. A switch falls on
//! the first step at or after its time: a bias below one day.
//! Source: J. D. Hamilton, Econometrica 57 (1989) 357, in continuous time.

use super::MONTHS_PER_YEAR;
use crate::chance::{Chance, Stream};
use crate::input::study::{AiMarket, Regime};
use crate::tile::kernel::kernel;
use crate::tile::{Factor, LANES, Row, math};
use crate::time::TimeGrid;

/// The law of the regimes.
#[derive(Debug, Clone, PartialEq)]
pub struct RegimeChain {
    start: Regime,
    boom_to_glut_per_step: f64,
    glut_to_boom_per_step: f64,
    stream: Stream,
}

/// The regimes of one tile as time goes on.
#[derive(Debug, Clone)]
pub struct Regimes<'a> {
    chain: &'a RegimeChain,
    chance: Chance,
    /// Whether each lane is in a boom.
    pub is_boom: [bool; LANES],
    switches: [usize; LANES],
    /// Exponentials of mean 1, `[switch][lane]`: how long each regime holds over its mean.
    holds: Vec<Row>,
    /// Steps from the start at which the regime ends.
    ends: Row,
    soonest: f64,
}

impl RegimeChain {
    /// The regimes of a study's AI market.
    pub fn new(parameters: &AiMarket, grid: &TimeGrid) -> Self {
        let steps_per_month = 1.0 / (MONTHS_PER_YEAR * grid.dt_years());
        Self {
            start: parameters.start_regime,
            boom_to_glut_per_step: parameters.boom_to_glut_per_month / steps_per_month,
            glut_to_boom_per_step: parameters.glut_to_boom_per_month / steps_per_month,
            stream: Stream::new("holding_time", Factor::AiDemand.name()),
        }
    }
    /// The stream it draws from.
    pub fn stream(&self) -> Stream {
        self.stream
    }
    /// The regimes of a tile, at step 0.
    pub fn begin(&self, chance: Chance) -> Regimes<'_> {
        let mut regimes = Regimes {
            chain: self,
            chance,
            is_boom: [self.start == Regime::Boom; LANES],
            switches: [0; LANES],
            holds: Vec::new(),
            ends: [0.0; LANES],
            soonest: 0.0,
        };
        (0..LANES).for_each(|lane| regimes.hold(lane));
        regimes.look_ahead();
        regimes
    }
}

impl Regimes<'_> {
    /// Goes on to a step; whether a lane has switched.
    pub fn advance(&mut self, step: usize) -> bool {
        let mut has_switched = false;
        while self.soonest <= step as f64 {
            for lane in 0..LANES {
                if self.ends[lane] <= step as f64 {
                    self.is_boom[lane] = !self.is_boom[lane];
                    self.switches[lane] += 1;
                    self.hold(lane);
                }
            }
            self.look_ahead();
            has_switched = true;
        }
        has_switched
    }
    /// The first step at which a lane switches next; `steps` where none does before.
    pub fn next_switch(&self, steps: usize) -> usize {
        self.soonest.ceil().min(steps as f64) as usize
    }
    /// A number per lane, by its regime.
    pub fn choose(&self, boom: f64, glut: f64) -> Row {
        self.is_boom.map(|is_boom| if is_boom { boom } else { glut })
    }
    /// Draws how long the regime that a lane has entered holds.
    fn hold(&mut self, lane: usize) {
        let leave_per_step = if self.is_boom[lane] {
            self.chain.boom_to_glut_per_step
        } else {
            self.chain.glut_to_boom_per_step
        };
        let switch = self.switches[lane];
        if switch == self.holds.len() {
            let mut hold = self.chance.uniforms(self.chain.stream, switch as u32);
            exponentials(self.chance.build(), &mut hold);
            self.holds.push(hold);
        }
        self.ends[lane] += self.holds[switch][lane] / leave_per_step;
    }
    fn look_ahead(&mut self) {
        least(self.chance.build(), &self.ends, &mut self.soonest);
    }
}

kernel! {
    /// The least number of a row, of which none is NaN.
    fn least(row: &Row, least: &mut f64) {
        // Side by side: one after the other, each would wait for the one before it.
        const APART: usize = 8;
        let mut apart = [f64::INFINITY; APART];
        for numbers in row.chunks_exact(APART) {
            for i in 0..APART {
                apart[i] = math::min(apart[i], numbers[i]);
            }
        }
        *least = f64::INFINITY;
        for number in apart {
            *least = math::min(*least, number);
        }
    }
}

kernel! {
    /// Exponentials of mean 1 from uniforms.
    fn exponentials(row: &mut Row) {
        for i in 0..LANES {
            row[i] = -math::ln(row[i]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tile::Build;

    fn chain(start: Regime, boom_to_glut_per_step: f64, glut_to_boom_per_step: f64) -> RegimeChain {
        let stream = Stream::new("holding_time", "test");
        RegimeChain { start, boom_to_glut_per_step, glut_to_boom_per_step, stream }
    }

    #[test]
    fn the_share_of_booms_is_that_of_the_two_state_chain() {
        // P(boom at t) = p + (1 − p) e^{−(a + b) t}, p = b / (a + b), up to a day.
        let chain = chain(Regime::Boom, 0.004, 0.002);
        let (step, mut booms, mut lanes) = (300, 0.0, 0.0);
        for tile in 0..2_000 {
            let mut regimes = chain.begin(Chance::new(7, tile * LANES as u64, Build::PORTABLE));
            regimes.advance(step);
            booms += regimes.is_boom.iter().filter(|is| **is).count() as f64;
            lanes += LANES as f64;
        }
        let limit = 0.002 / 0.006;
        let exact = limit + (1.0 - limit) * (-0.006 * step as f64).exp();
        let error = (exact * (1.0 - exact) / lanes).sqrt();
        assert!((booms / lanes - exact).abs() < 4.0 * error, "{} against {exact}", booms / lanes);
    }

    #[test]
    fn nothing_switches_between_two_switches() {
        let chain = chain(Regime::Glut, 0.01, 0.01);
        let chance = Chance::new(7, 0, Build::PORTABLE);
        let (mut daily, mut leaping) = (chain.begin(chance), chain.begin(chance));
        let mut next = leaping.next_switch(500);
        for step in 1..500 {
            let has_switched = daily.advance(step);
            assert_eq!(has_switched, step == next, "step {step}");
            if step == next {
                leaping.advance(step);
                next = leaping.next_switch(500);
            }
            assert_eq!(daily.is_boom, leaping.is_boom);
        }
    }

    #[test]
    fn a_regime_that_is_never_left_stays() {
        let chain = chain(Regime::Boom, 0.0, 0.0);
        let mut regimes = chain.begin(Chance::new(7, 0, Build::PORTABLE));
        assert!(!regimes.advance(1_000_000));
        assert_eq!(regimes.next_switch(519), 519);
    }
}
