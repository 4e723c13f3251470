//! Chance: a pure function of (seed, stream, path, draw).
//!
//! In: the seed of a study, the name of a stream, the number of a path, the number of a draw.
//! Out: uniform words, uniforms in (0, 1), standard normal scores. No thread count, number of
//! paths or other model enters, so none can change a number. Not here: what a score means.

pub mod normal;
pub mod philox;

use crate::tile::{Build, LANES, PATHS_PER_GROUP, Row};

/// One source of chance, by a name that stays: `score/btc_price`, `delay/hall-3`.
///
/// The identifier is a 32-bit hash of the name, never a row number, so that adding an entity leaves
/// the chance of every other as it was. [`refuse_collisions`] makes sure that no two names share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream(u32);

impl Stream {
    /// The stream of a purpose and an entity. FNV-1a, 32 bits.
    pub fn new(purpose: &str, entity: &str) -> Self {
        let bytes = purpose.bytes().chain(std::iter::once(b'/')).chain(entity.bytes());
        Self(bytes.fold(0x811c_9dc5, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193)))
    }
    /// The identifier that enters the counter.
    pub fn id(self) -> u32 {
        self.0
    }
}

/// Checks that no two streams of a study share an identifier.
///
/// # Errors
/// The two positions that collide: renaming one entity cures it.
pub fn refuse_collisions(streams: &[Stream]) -> Result<(), (usize, usize)> {
    let mut order: Vec<usize> = (0..streams.len()).collect();
    order.sort_by_key(|&i| streams[i]);
    order.windows(2).find(|w| streams[w[0]] == streams[w[1]]).map_or(Ok(()), |w| Err((w[0], w[1])))
}

/// The chance of the paths of one tile.
#[derive(Debug, Clone, Copy)]
pub struct Chance {
    seed: u64,
    first_path: u64,
    build: Build,
}

impl Chance {
    /// The chance of paths `first_path .. first_path + LANES`.
    pub fn new(seed: u64, first_path: u64, build: Build) -> Self {
        Self { seed, first_path, build }
    }
    /// The build of the kernels that these paths are made with.
    pub fn build(&self) -> Build {
        self.build
    }
    /// Fills one standard normal score per step and lane; step 0 is the first row.
    pub fn scores(&self, stream: Stream, rows: &mut [[f32; LANES]]) {
        normal::fill_scores(self.build, self.seed, stream.id(), self.first_path, rows);
    }
    /// Fills a score in polar form per step and lane; the first row is step `first`, which is even.
    ///
    /// # Panics
    /// If `first` is odd: two steps share a draw.
    pub fn polar(&self, stream: Stream, first: usize, rows: &mut [normal::Polar]) {
        assert!(first.is_multiple_of(normal::POLARS_PER_BLOCK), "step {first} begins no draw");
        let draw = u32::try_from(first / normal::POLARS_PER_BLOCK).expect("a calendar is short");
        normal::fill_polar(self.build, self.seed, stream.id(), self.first_path, draw, rows);
    }
    /// Four independent standard normal scores per lane.
    pub fn normals(&self, stream: Stream) -> [Row; 4] {
        let mut rows = [[0.0_f32; LANES]; 4];
        self.scores(stream, &mut rows);
        rows.map(|row| row.map(f64::from))
    }
    /// One standard normal score per group of paths, repeated over the lanes of the group.
    pub fn group_normal(&self, stream: Stream) -> Row {
        let group = |lane: usize| (self.first_path + lane as u64) / PATHS_PER_GROUP;
        let of_group =
            |group| f64::from(normal::pair(philox::block(self.seed, stream.id(), group, 0))[0]);
        // A tile has lanes of two groups at most.
        let (first, last) = (of_group(group(0)), of_group(group(LANES - 1)));
        std::array::from_fn(|lane| if group(lane) == group(0) { first } else { last })
    }
    /// A uniform in (0, 1) for the group of paths that the tile lies in.
    pub fn group_uniform(&self, stream: Stream) -> f64 {
        const { assert!(PATHS_PER_GROUP.is_multiple_of(LANES as u64), "no tile lies in two groups") }
        let group = self.first_path / PATHS_PER_GROUP;
        let words = philox::block(self.seed, stream.id(), group, 0);
        philox::uniform(words[0], words[1])
    }
    /// A standard normal score for one lane: draw number `draw` of a stream. A stream gives scores
    /// or uniforms, not both: they are made of the same words.
    #[inline(always)]
    pub fn normal(&self, stream: Stream, lane: usize, draw: u32) -> f64 {
        let path = self.first_path + lane as u64;
        f64::from(normal::pair(philox::block(self.seed, stream.id(), path, draw))[0])
    }
    /// Standard normal scores of many lanes and draws, (lane, draw) each, as [`Chance::normal`] has
    /// them.
    pub fn normals_at(
        &self,
        stream: Stream,
        addresses: impl Iterator<Item = (usize, u32)>,
    ) -> Vec<f64> {
        let addresses = self.addresses(addresses);
        let mut scores = vec![0.0; addresses.len()];
        normal::fill_at(self.build, self.seed, stream.id(), &addresses, &mut scores);
        scores
    }
    /// Uniforms in (0, 1) of many lanes and draws, (lane, draw) each, as [`Chance::uniform`] has
    /// them.
    pub fn uniforms_at(
        &self,
        stream: Stream,
        addresses: impl Iterator<Item = (usize, u32)>,
    ) -> Vec<f64> {
        let addresses = self.addresses(addresses);
        let mut uniforms = vec![0.0; addresses.len()];
        philox::fill_uniforms_at(self.build, self.seed, stream.id(), &addresses, &mut uniforms);
        uniforms
    }
    fn addresses(&self, of_lanes: impl Iterator<Item = (usize, u32)>) -> Vec<(u64, u32)> {
        of_lanes.map(|(lane, draw)| (self.first_path + lane as u64, draw)).collect()
    }
    /// A uniform in (0, 1) for every lane: draw number `draw` of a stream.
    pub fn uniforms(&self, stream: Stream, draw: u32) -> Row {
        self.uniform_pairs(stream, draw)[0]
    }
    /// Two independent uniforms in (0, 1) for every lane: draw number `draw` of a stream; the first
    /// is [`Chance::uniform`].
    pub fn uniform_pairs(&self, stream: Stream, draw: u32) -> [Row; 2] {
        let mut rows = [[0.0; LANES]; 2];
        philox::fill_uniforms(self.build, self.seed, stream.id(), self.first_path, draw, &mut rows);
        rows
    }
    /// A uniform in (0, 1) for one lane: draw number `draw` of a stream.
    #[inline(always)]
    pub fn uniform(&self, stream: Stream, lane: usize, draw: u32) -> f64 {
        let words = philox::block(self.seed, stream.id(), self.first_path + lane as u64, draw);
        philox::uniform(words[0], words[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_depends_on_its_path_and_step_alone() {
        let chance = |first| Chance::new(7, first, Build::fastest());
        let stream = Stream::new("score", "btc_price");
        let mut long = [[0.0; LANES]; 23];
        let mut short = [[0.0; LANES]; 5];
        chance(64).scores(stream, &mut long);
        chance(64).scores(stream, &mut short);
        assert_eq!(long[..5], short);
        let mut shifted = [[0.0; LANES]; 5];
        chance(65).scores(stream, &mut shifted);
        assert_eq!(shifted[3][0], long[3][1]);
    }

    #[test]
    fn many_draws_at_once_are_those_drawn_one_by_one() {
        let stream = Stream::new("mark", "test");
        for build in Build::available() {
            let chance = Chance::new(7, (1 << 32) - 5, build);
            let uniforms = chance.uniforms(stream, 9);
            // More than fill a whole number of rows.
            let address = |k: usize| (k % LANES, k as u32 % 3);
            let addresses = || (0..LANES + 7).map(address);
            let normals_at = chance.normals_at(stream, addresses());
            let uniforms_at = chance.uniforms_at(stream, addresses());
            for (k, (lane, draw)) in addresses().enumerate() {
                assert_eq!(uniforms[lane], chance.uniform(stream, lane, 9));
                assert_eq!(normals_at[k], chance.normal(stream, lane, draw));
                assert_eq!(uniforms_at[k], chance.uniform(stream, lane, draw));
            }
        }
    }

    #[test]
    fn a_group_shares_its_draw_and_the_next_has_another() {
        let stream = Stream::new("drift", "btc_price");
        let rows = Chance::new(1, 32, Build::PORTABLE).group_normal(stream);
        assert_eq!(rows[0], rows[31]);
        assert_ne!(rows[31], rows[32]);
        assert_eq!(rows[32], rows[63]);
    }

    #[test]
    fn colliding_names_are_found() {
        let streams = [Stream::new("a", "1"), Stream::new("a", "2"), Stream::new("a", "1")];
        assert_eq!(refuse_collisions(&streams), Err((0, 2)));
        assert_eq!(refuse_collisions(&streams[..2]), Ok(()));
    }
}
