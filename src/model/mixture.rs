//! One of several laws for each group of paths, by weight.
//!
//! A group takes the law in whose part of [0, 1) its own uniform falls, so that the number of
//! groups of a law is binomial; a law alone draws nothing.

use crate::chance::{Chance, Stream};

/// Laws with the upper ends of their parts of [0, 1).
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture<L> {
    laws: Vec<(L, f64)>,
    stream: Stream,
}

impl<L> Mixture<L> {
    /// Laws with weights that sum to 1; `factor` names the stream.
    pub fn new(weighted: impl IntoIterator<Item = (L, f64)>, factor: &str) -> Self {
        let mut sum = 0.0;
        let laws = weighted.into_iter().map(|(law, weight)| {
            sum += weight;
            (law, sum)
        });
        Self { laws: laws.collect(), stream: Stream::new("model", factor) }
    }
    /// The law of the group that a tile lies in, with its position.
    ///
    /// # Panics
    /// If there is no law: a study has at least one.
    pub fn pick(&self, chance: &Chance) -> (usize, &L) {
        let last = self.laws.len() - 1;
        if last == 0 {
            return (0, &self.laws[0].0);
        }
        let uniform = chance.group_uniform(self.stream);
        let index = self.laws[..last].iter().take_while(|(_, end)| *end <= uniform).count();
        (index, &self.laws[index].0)
    }
    /// Every law.
    pub fn laws(&self) -> impl Iterator<Item = &L> {
        self.laws.iter().map(|(law, _)| law)
    }
    /// The stream it draws from.
    pub fn stream(&self) -> Stream {
        self.stream
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tile::{Build, PATHS_PER_GROUP};

    #[test]
    fn a_law_gets_its_weight_of_the_groups() {
        let mixture = Mixture::new([('a', 0.2), ('b', 0.5), ('c', 0.3)], "btc_price");
        let mut counts = [0.0; 3];
        for group in 0..100_000 {
            let chance = Chance::new(5, group * PATHS_PER_GROUP, Build::PORTABLE);
            let (index, law) = mixture.pick(&chance);
            assert_eq!(*law, ['a', 'b', 'c'][index]);
            counts[index] += 1.0;
        }
        for (count, p) in counts.into_iter().zip([0.2, 0.5, 0.3]) {
            let error = (1e5_f64 * p * (1.0 - p)).sqrt();
            assert!((count - 1e5 * p).abs() < 4.0 * error, "{count}");
        }
    }

    #[test]
    fn a_law_alone_is_always_taken() {
        let mixture = Mixture::new([('a', 1.0)], "btc_price");
        assert_eq!(mixture.pick(&Chance::new(5, 0, Build::PORTABLE)), (0, &'a'));
    }
}
