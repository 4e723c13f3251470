//! Two states that follow each other, each held for an exponential time: a Markov chain in
//! continuous time.
//!
//! In: the state at the start, the rate of leaving each, a stream of chance. Out: the state of every
//! lane, step by step. Not here: what a state means. A path's states are a function of (seed, stream,
//! path) alone, so whoever walks the chain sees the same ones.
//! Source: J. R. Norris, "Markov Chains" (1997), section 2.6. A switch acts from the first step at or
//! after it: a bias below one step.

use super::MONTHS_PER_YEAR;
use crate::chance::{Chance, Stream};
use crate::input::study::{AiMarket, Regime};
use crate::tile::{Factor, LANES, Row, math};

/// The chain of one market's regimes.
#[derive(Debug, Clone, Copy)]
pub struct RegimeChain {
    start: Regime,
    boom_to_glut_per_month: f64,
    glut_to_boom_per_month: f64,
    stream: Stream,
}

impl RegimeChain {
    /// A chain that begins in `start`, with rates of leaving from 0 (never) up.
    pub fn new(
        start: Regime,
        boom_to_glut_per_month: f64,
        glut_to_boom_per_month: f64,
        stream: Stream,
    ) -> Self {
        Self { start, boom_to_glut_per_month, glut_to_boom_per_month, stream }
    }
    /// The chain of the AI market of a study.
    pub fn of_ai_market(p: &AiMarket) -> Self {
        let stream = Stream::new("holding_time", Factor::AiDemand.name());
        Self::new(p.start_regime, p.boom_to_glut_per_month, p.glut_to_boom_per_month, stream)
    }
    /// The stream that holding times are drawn from.
    pub fn stream(&self) -> Stream {
        self.stream
    }
    /// The chain of every lane at step 0, steps of `dt_years` apart.
    pub fn walk<'a>(&'a self, chance: &'a Chance, dt_years: f64) -> RegimeWalk<'a> {
        let mut walk = RegimeWalk {
            chain: self,
            chance,
            steps_per_month: 1.0 / (MONTHS_PER_YEAR * dt_years),
            regimes: [self.start; LANES],
            switches: [0; LANES],
            ends: [0.0; LANES],
            soonest: 0.0,
        };
        for lane in 0..LANES {
            walk.hold(lane);
        }
        walk.look_ahead();
        walk
    }
    fn leave_per_month(&self, regime: Regime) -> f64 {
        match regime {
            Regime::Boom => self.boom_to_glut_per_month,
            Regime::Glut => self.glut_to_boom_per_month,
        }
    }
}

/// The regime of every lane and the step on which it ends.
#[derive(Debug, Clone)]
pub struct RegimeWalk<'a> {
    chain: &'a RegimeChain,
    chance: &'a Chance,
    steps_per_month: f64,
    regimes: [Regime; LANES],
    switches: [u32; LANES],
    /// Steps from the start at which the regime ends.
    ends: Row,
    soonest: f64,
}

impl RegimeWalk<'_> {
    /// The regime of every lane at the step advanced to.
    pub fn regimes(&self) -> &[Regime; LANES] {
        &self.regimes
    }
    /// The first step, not before the one advanced to, at which a lane's regime is another; infinite
    /// if none ever is.
    pub fn next_switch_step(&self) -> f64 {
        self.soonest.ceil()
    }
    /// Moves on to `step`; `switched` is told every lane that enters a regime, and which.
    pub fn advance(&mut self, step: usize, mut switched: impl FnMut(usize, Regime)) {
        while self.soonest <= step as f64 {
            for lane in 0..LANES {
                if self.ends[lane] <= step as f64 {
                    self.regimes[lane] = self.regimes[lane].other();
                    self.switches[lane] += 1;
                    self.hold(lane);
                    switched(lane, self.regimes[lane]);
                }
            }
            self.look_ahead();
        }
    }
    /// Draws how long the lane's regime holds.
    fn hold(&mut self, lane: usize) {
        let leave_per_month = self.chain.leave_per_month(self.regimes[lane]);
        let uniform = self.chance.uniform(self.chain.stream, lane, self.switches[lane]);
        self.ends[lane] += -math::ln(uniform) / leave_per_month * self.steps_per_month;
    }
    fn look_ahead(&mut self) {
        self.soonest = self.ends.iter().fold(f64::INFINITY, |least, end| least.min(*end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tile::Build;

    const STEPS_PER_MONTH: f64 = 365.0 / MONTHS_PER_YEAR;

    #[test]
    fn a_state_is_as_frequent_as_its_closed_form_says() {
        // P(glut at t | boom at 0) = a / (a + b) · (1 − e^{−(a + b) t}), a two-state chain.
        let (a, b) = (1.0 / 12.0, 1.0 / 18.0);
        let chain = RegimeChain::new(Regime::Boom, a, b, Stream::new("holding_time", "test"));
        let (tiles, step) = (1_000_u64, 300);
        let mut gluts = 0_u32;
        for tile in 0..tiles {
            let chance = Chance::new(5, tile * LANES as u64, Build::fastest());
            let mut walk = chain.walk(&chance, 1.0 / 365.0);
            walk.advance(step, |_, _| ());
            gluts += walk.regimes().iter().map(|r| u32::from(*r == Regime::Glut)).sum::<u32>();
        }
        let n = (tiles * LANES as u64) as f64;
        let months = step as f64 / STEPS_PER_MONTH;
        let expected = a / (a + b) * (1.0 - (-(a + b) * months).exp());
        let error = (expected * (1.0 - expected) / n).sqrt();
        let found = f64::from(gluts) / n;
        assert!((found - expected).abs() < 4.0 * error, "{found} against {expected}");
    }

    #[test]
    fn walking_step_by_step_or_from_switch_to_switch_sees_the_same_regimes() {
        let stream = Stream::new("holding_time", "test");
        let chain = RegimeChain::new(Regime::Glut, 0.5, 0.7, stream);
        let chance = Chance::new(5, 64, Build::fastest());
        let mut slow = chain.walk(&chance, 1.0 / 365.0);
        let mut fast = chain.walk(&chance, 1.0 / 365.0);
        let mut told = [Regime::Glut; LANES];
        for step in 1..600 {
            slow.advance(step, |_, _| ());
            if fast.next_switch_step() <= step as f64 {
                assert_eq!(fast.next_switch_step(), step as f64, "no switch is passed over");
                fast.advance(step, |lane, regime| told[lane] = regime);
            }
            assert_eq!(slow.regimes(), fast.regimes());
            assert_eq!(&told, fast.regimes());
        }
        assert_ne!(&told, &[Regime::Glut; LANES]);
    }

    #[test]
    fn a_rate_of_nothing_never_leaves() {
        let stream = Stream::new("holding_time", "test");
        let chain = RegimeChain::new(Regime::Boom, 0.0, 1.0, stream);
        let chance = Chance::new(5, 0, Build::fastest());
        let mut walk = chain.walk(&chance, 1.0 / 365.0);
        assert_eq!(walk.next_switch_step(), f64::INFINITY);
        walk.advance(1_000_000, |_, _| panic!("nothing switches"));
    }
}
