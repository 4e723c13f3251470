//! Spells of a tile: each lane is in one spell after the other, of a whole number of days.
//!
//! In: how long a spell lasts, which the law says when it begins. Out: the steps on which spells
//! begin, so that kernels run over whole rows in between. Not here: what a spell is.
//! A length is geometric, P(length > k) = p^k, made of one uniform as 1 + ⌊ln u / ln p⌋: a draw
//! for each spell and none for a day. The chance of a spell is addressed by its number in its lane,
//! so that a longer calendar only adds spells.
//! Source: L. Devroye, Non-Uniform Random Variate Generation (1986), X.2.

use crate::chance::{Chance, Stream};
use crate::tile::kernel::kernel;
use crate::tile::{LANES, Row, math};
use std::ops::Range;

/// The law of a spell's length, days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SpellLength {
    /// 1 / ln p: 0 where every spell is one day, −∞ where none ends.
    days_per_log: f64,
}

impl SpellLength {
    /// A spell that goes on for another day with the stated probability, 0 to 1.
    pub(super) fn new(stay_probability: f64) -> Self {
        assert!((0.0..=1.0).contains(&stay_probability), "a probability: {stay_probability}");
        if stay_probability == 0.0 {
            return Self { days_per_log: 0.0 };
        }
        Self { days_per_log: -1.0 / math::ln(stay_probability).abs() }
    }
    /// The length of the logarithm of a uniform in (0, 1), at least 1.
    pub(super) fn days(&self, log_uniform: f64) -> usize {
        // The conversion saturates: a spell that never ends outlasts every calendar.
        1_usize.saturating_add((log_uniform * self.days_per_log) as usize)
    }
}

/// The spells that the lanes of a tile are in.
#[derive(Debug, Clone)]
pub(super) struct Spells {
    /// Step on which the next spell of the lane begins.
    ends: [usize; LANES],
    /// Spells of the lane that have begun.
    begun: [u32; LANES],
    /// The first of `ends`.
    soonest: usize,
    chance: Chance,
    stream: Stream,
    /// ln U and V, two independent uniforms of every spell, `[spell][which][lane]`: all lanes' at once.
    draws: Vec<[Row; 2]>,
}

impl Spells {
    /// The first spell of every lane begins on step 1; the chance of a spell is of this stream.
    pub(super) fn new(chance: Chance, stream: Stream) -> Self {
        let (ends, begun) = ([1; LANES], [0; LANES]);
        Self { ends, begun, soonest: 1, chance, stream, draws: Vec::new() }
    }
    /// Begins the spells of `step` and gives the steps from it on, up to `steps`, on which no other
    /// begins. `begin` is told the lane, the spell's number from 0, and ln U and V, two independent
    /// uniforms; it says the spell's length.
    pub(super) fn part(
        &mut self,
        step: usize,
        steps: usize,
        mut begin: impl FnMut(usize, u32, [f64; 2]) -> usize,
    ) -> Range<usize> {
        assert_eq!(step, self.soonest, "parts follow one another");
        self.soonest = usize::MAX;
        for lane in 0..LANES {
            if self.ends[lane] == step {
                let ordinal = self.begun[lane];
                if ordinal as usize == self.draws.len() {
                    let mut pairs = self.chance.uniform_pairs(self.stream, ordinal);
                    logarithms(self.chance.build(), &mut pairs[0]);
                    self.draws.push(pairs);
                }
                let draw = self.draws[ordinal as usize].map(|row| row[lane]);
                self.ends[lane] = step.saturating_add(begin(lane, ordinal, draw));
                self.begun[lane] += 1;
            }
            self.soonest = self.soonest.min(self.ends[lane]);
        }
        step..self.soonest.min(steps)
    }
}

kernel! {
    /// ln of every number.
    fn logarithms(row: &mut Row) {
        for i in 0..LANES {
            row[i] = math::ln(row[i]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tile::Build;

    #[test]
    fn a_length_is_geometric() {
        // P(length > k) = p^k at every k that 10^6 spells tell, each within 4 standard errors.
        let chance = Chance::new(3, 0, Build::PORTABLE);
        for p in [0.3, 0.9, 0.98] {
            let length = SpellLength::new(p);
            let n = 1_000_000;
            let uniform = |k: u32| chance.uniform(Stream::new("spell", "test"), 0, k);
            let lengths: Vec<usize> = (0..n).map(|k| length.days(math::ln(uniform(k)))).collect();
            let mut checks = 0;
            for k in 0..500 {
                let exact = p.powi(k);
                if exact < 1e-4 {
                    break;
                }
                let beyond = lengths.iter().filter(|days| **days > k as usize).count();
                let error = (exact * (1.0 - exact) / f64::from(n)).sqrt();
                let found = beyond as f64 / f64::from(n);
                assert!((found - exact).abs() <= 4.0 * error, "p {p}, {k}: {found} for {exact}");
                checks += 1;
            }
            assert!(checks >= 8);
        }
    }

    #[test]
    fn the_ends_of_the_range_are_one_day_and_for_ever() {
        for uniform in [1e-16, 0.5, 1.0 - 1e-16] {
            assert_eq!(SpellLength::new(0.0).days(math::ln(uniform)), 1);
            assert_eq!(SpellLength::new(1.0).days(math::ln(uniform)), usize::MAX);
        }
    }

    #[test]
    fn parts_join_and_each_lane_begins_when_its_spell_ends() {
        let chance = Chance::new(3, 0, Build::PORTABLE);
        let mut spells = Spells::new(chance, Stream::new("spell", "test"));
        let (mut step, steps) = (1, 200);
        let mut expected = [1; LANES];
        while step < steps {
            let part = spells.part(step, steps, |lane, ordinal, _| {
                assert_eq!(expected[lane], step, "lane {lane}, spell {ordinal}");
                let days = 1 + (lane * 7 + ordinal as usize * 3) % 11;
                expected[lane] += days;
                days
            });
            assert_eq!(part.start, step);
            assert!(part.end > step);
            step = part.end;
        }
        assert_eq!(step, steps);
        assert!(expected.iter().all(|end| *end >= steps));
    }
}
