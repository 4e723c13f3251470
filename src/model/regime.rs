//! Two regimes, boom and glut, each held for an exponential time.
//!
//! A path's regimes are a function of chance alone, on a stream of their own: no score enters, so that
//! whoever asks (the law of the market, the dependence of shocks) sees the same ones. A switch falls on
//! the first step at or after its time: a bias below one step.
//! Source: J. D. Hamilton, Econometrica 57 (1989) 357, in continuous time.

use crate::chance::{Chance, Stream};
use crate::input::study::{AiMarket, Regime};
use crate::tile::kernel::kernel;
use crate::tile::{Factor, LANES, Row, math};
use crate::time::{MONTHS_PER_YEAR, TimeGrid};

/// The law of the regimes.
#[derive(Debug, Clone, PartialEq)]
pub struct RegimeChain {
    start: Regime,
    boom_to_glut_per_day: f64,
    glut_to_boom_per_day: f64,
    stream: Stream,
}

/// The regimes of one tile as time goes on.
#[derive(Debug, Clone)]
pub struct Regimes<'a> {
    chain: &'a RegimeChain,
    grid: &'a TimeGrid,
    chance: Chance,
    /// Whether each lane is in a boom.
    pub is_boom: [bool; LANES],
    switches: [usize; LANES],
    /// Exponentials of mean 1, `[switch][lane]`: how long each regime holds over its mean.
    holds: Vec<Row>,
    /// Days from the start at which the regime ends.
    ends: Row,
    soonest: f64,
}

impl RegimeChain {
    /// The regimes of a study's AI market.
    pub fn new(parameters: &AiMarket, grid: &TimeGrid) -> Self {
        let days_per_month = 1.0 / (MONTHS_PER_YEAR * grid.dt_years());
        Self {
            start: parameters.start_regime,
            boom_to_glut_per_day: parameters.boom_to_glut_per_month / days_per_month,
            glut_to_boom_per_day: parameters.glut_to_boom_per_month / days_per_month,
            stream: Stream::new("holding_time", Factor::AiDemand.name()),
        }
    }
    /// The stream it draws from.
    pub fn stream(&self) -> Stream {
        self.stream
    }
    /// The regimes of a tile, at step 0 of a calendar.
    pub fn begin<'a>(&'a self, chance: Chance, grid: &'a TimeGrid) -> Regimes<'a> {
        let mut regimes = Regimes {
            chain: self,
            grid,
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
        let now = self.grid.time_days(step);
        while self.soonest <= now {
            for lane in 0..LANES {
                if self.ends[lane] <= now {
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
        self.grid.step_from(self.soonest).min(steps)
    }
    /// A number per lane, by its regime.
    pub fn choose(&self, boom: f64, glut: f64) -> Row {
        self.is_boom.map(|is_boom| if is_boom { boom } else { glut })
    }
    /// Draws how long the regime that a lane has entered holds.
    fn hold(&mut self, lane: usize) {
        let leave_per_day = if self.is_boom[lane] {
            self.chain.boom_to_glut_per_day
        } else {
            self.chain.glut_to_boom_per_day
        };
        let switch = self.switches[lane];
        if switch == self.holds.len() {
            let mut hold = self.chance.uniforms(self.chain.stream, switch as u32);
            exponentials(self.chance.build(), &mut hold);
            self.holds.push(hold);
        }
        self.ends[lane] += self.holds[switch][lane] / leave_per_day;
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

    fn chain(start: Regime, boom_to_glut_per_day: f64, glut_to_boom_per_day: f64) -> RegimeChain {
        let stream = Stream::new("holding_time", "test");
        RegimeChain { start, boom_to_glut_per_day, glut_to_boom_per_day, stream }
    }

    /// The days of the default study, then a month a step to the end of 2034.
    fn grid() -> TimeGrid {
        TimeGrid::new(jiff::civil::date(2026, 7, 31), 2027).unwrap().with_months_to(2034)
    }

    #[test]
    fn the_share_of_booms_is_that_of_the_two_state_chain() {
        // P(boom at t) = p + (1 − p) e^{−(a + b) t}, p = b / (a + b), at the time of a step.
        let (chain, grid) = (chain(Regime::Boom, 0.004, 0.002), grid());
        for step in [300, 519, 521] {
            let (mut booms, mut lanes) = (0.0, 0.0);
            for tile in 0..2_000 {
                let chance = Chance::new(7, tile * LANES as u64, Build::PORTABLE);
                let mut regimes = chain.begin(chance, &grid);
                regimes.advance(step);
                booms += regimes.is_boom.iter().filter(|is| **is).count() as f64;
                lanes += LANES as f64;
            }
            let limit = 0.002 / 0.006;
            let exact = limit + (1.0 - limit) * (-0.006 * grid.time_days(step)).exp();
            let error = (exact * (1.0 - exact) / lanes).sqrt();
            let found = booms / lanes;
            assert!((found - exact).abs() < 4.0 * error, "{step}: {found} against {exact}");
        }
    }

    #[test]
    fn nothing_switches_between_two_switches() {
        // Some lane of 64 switches every other day, and in every month if they switch every ten years.
        for (per_day, steps) in [(0.01, 500), (0.0003, 603)] {
            let (chain, grid) = (chain(Regime::Glut, per_day, per_day), grid());
            let chance = Chance::new(7, 0, Build::PORTABLE);
            let mut going = chain.begin(chance, &grid);
            let mut leaping = chain.begin(chance, &grid);
            let mut next = leaping.next_switch(steps);
            for step in 1..steps {
                let has_switched = going.advance(step);
                assert_eq!(has_switched, step == next, "step {step}");
                if step == next {
                    leaping.advance(step);
                    next = leaping.next_switch(steps);
                }
                assert_eq!(going.is_boom, leaping.is_boom);
            }
        }
    }

    #[test]
    fn a_regime_that_is_never_left_stays() {
        let (chain, grid) = (chain(Regime::Boom, 0.0, 0.0), grid());
        let mut regimes = chain.begin(Chance::new(7, 0, Build::PORTABLE), &grid);
        assert!(!regimes.advance(602));
        assert_eq!(regimes.next_switch(603), 603);
    }
}
