//! Philox4x32-10, the counter-based generator: 128 bits of counter, 64 of key, 128 random bits out.
//!
//! Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as
//! 1, 2, 3", SC11 (2011). The known-answer vectors in the tests are theirs (Random123).
//! Counter layout, a stability promise: word 0 = draw, 1 = stream, 2 and 3 = path; key = seed.

use crate::tile::kernel::kernel;
use crate::tile::{LANES, Row};
use rand::rand_core::{Infallible, TryRng};

const MULTIPLIER_0: u64 = 0xd251_1f53;
const MULTIPLIER_1: u64 = 0xcd9e_8d57;
const WEYL_0: u32 = 0x9e37_79b9;
const WEYL_1: u32 = 0xbb67_ae85;
const LOW: u64 = 0xffff_ffff;

/// The ten rounds; every 32-bit word lies in a 64-bit lane, which vectorises without shuffles.
#[inline(always)]
pub(crate) fn rounds(counter: [u64; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut c0, mut c1, mut c2, mut c3] = counter;
    let [mut k0, mut k1] = key;
    for _ in 0..10 {
        // High halves are left dirty: a product of low halves cuts them off at no cost.
        let p0 = (c0 & LOW) * MULTIPLIER_0;
        let p1 = (c2 & LOW) * MULTIPLIER_1;
        c0 = (p1 >> 32) ^ c1 ^ u64::from(k0);
        c1 = p1;
        c2 = (p0 >> 32) ^ c3 ^ u64::from(k1);
        c3 = p0;
        k0 = k0.wrapping_add(WEYL_0);
        k1 = k1.wrapping_add(WEYL_1);
    }
    [c0 as u32, c1 as u32, c2 as u32, c3 as u32]
}

/// The key of a seed.
#[inline(always)]
pub(crate) fn key(seed: u64) -> [u32; 2] {
    [seed as u32, (seed >> 32) as u32]
}

/// Four random words of (seed, stream, path, draw).
#[inline(always)]
pub fn block(seed: u64, stream: u32, path: u64, draw: u32) -> [u32; 4] {
    let counter = [u64::from(draw), u64::from(stream), path & LOW, path >> 32];
    rounds(counter, key(seed))
}

/// A uniform strictly inside (0, 1) with 52 bits, from two words.
#[inline(always)]
pub fn uniform(high: u32, low: u32) -> f64 {
    let bits = (u64::from(high) << 20) | u64::from(low >> 12);
    (bits as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
}

/// The words of one counter per lane, `[word][lane]`; `counter` gives (draw, path) of a lane.
#[inline(always)]
pub(super) fn words(
    seed: u64,
    stream: u32,
    counter: impl Fn(usize) -> (u32, u64),
) -> [[u32; LANES]; 4] {
    let key = key(seed);
    let mut words = [[0; LANES]; 4];
    for i in 0..LANES {
        let (draw, path) = counter(i);
        let of_lane = rounds([u64::from(draw), u64::from(stream), path, path >> 32], key);
        for k in 0..4 {
            words[k][i] = of_lane[k];
        }
    }
    words
}

kernel! {
    /// Two uniforms of draw `draw` of a stream for every lane.
    pub fn fill_uniforms(seed: u64, stream: u32, first_path: u64, draw: u32, rows: &mut [Row; 2]) {
        let words = words(seed, stream, |i| (draw, first_path + i as u64));
        for (k, row) in rows.iter_mut().enumerate() {
            for i in 0..LANES {
                row[i] = uniform(words[2 * k][i], words[2 * k + 1][i]);
            }
        }
    }
}

kernel! {
    /// One uniform for each (path, draw) of a stream: the first of its block.
    pub fn fill_uniforms_at(
        seed: u64,
        stream: u32,
        addresses: &[(u64, u32)],
        uniforms: &mut [f64],
    ) {
        for (addresses, uniforms) in addresses.chunks(LANES).zip(uniforms.chunks_mut(LANES)) {
            let words = words(seed, stream, |i| at(addresses, i));
            for (i, value) in uniforms.iter_mut().enumerate() {
                *value = uniform(words[0][i], words[1][i]);
            }
        }
    }
}

/// (Draw, path) of an address; of one that there is none of, any.
#[inline(always)]
pub(super) fn at(addresses: &[(u64, u32)], i: usize) -> (u32, u64) {
    let (path, draw) = addresses[i.min(addresses.len() - 1)];
    (draw, path)
}

/// The generator as a sequence, for uses outside the simulation: bootstraps and test oracles.
///
/// Implements the traits of `rand`, so that every distribution of `rand_distr` draws from it.
#[derive(Debug, Clone)]
pub struct Philox {
    seed: u64,
    stream: u32,
    position: u64,
    words: [u32; 4],
    used: usize,
}

impl Philox {
    /// The sequence of a seed and a stream.
    pub fn new(seed: u64, stream: super::Stream) -> Self {
        Self { seed, stream: stream.id(), position: 0, words: [0; 4], used: 4 }
    }
}

impl TryRng for Philox {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        if self.used == 4 {
            self.words = block(self.seed, self.stream, self.position, 0);
            self.position += 1;
            self.used = 0;
        }
        let word = self.words[self.used];
        self.used += 1;
        Ok(word)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let low = u64::from(self.try_next_u32()?);
        Ok(low | u64::from(self.try_next_u32()?) << 32)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(4) {
            let word = self.try_next_u32()?.to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_of_random123() {
        let run = |counter: [u32; 4], key| rounds(counter.map(u64::from), key);
        assert_eq!(run([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(
            run([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            run([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn a_uniform_is_never_0_or_1() {
        assert!(uniform(0, 0) > 0.0);
        assert!(uniform(u32::MAX, u32::MAX) < 1.0);
    }
}
