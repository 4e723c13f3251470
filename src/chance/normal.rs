//! Standard normal scores from random words: Box–Muller in f32, vectorised.
//!
//! Source: G. E. P. Box, M. E. Muller, Ann. Math. Statist. 29 (1958) 610. Scores carry 24 bits:
//! far below the Monte Carlo error of any feasible run; |z| ≤ 6.7. Ziggurat was rejected: it
//! branches and uses a varying number of words, so a score would have no address.

use super::philox;
use crate::tile::LANES;
use crate::tile::kernel::kernel;

/// Scores that one block of the generator gives.
pub const SCORES_PER_BLOCK: usize = 4;

/// `-2 ln u` for u = (r/2 + ½) / 2^31 in (0, 1), rounded to 24 bits; relative error below 4e-7
/// given that u, also in the tails (u near 0). No division: the polynomials here are minimax fits
/// (Remez), in error by 3e-8 of the logarithm, 4e-9 of the sine and 5e-8 absolute of the cosine.
#[inline(always)]
fn minus_two_ln(r: u32) -> f32 {
    const SQRT_HALF_BITS: u32 = 0x3f35_04f3;
    let x = ((r >> 1) as i32) as f32 + 0.5;
    // Dividing by 2^31 is subtracting 31 from the exponent.
    let shifted = x.to_bits().wrapping_sub(SQRT_HALF_BITS + (31 << 23)) as i32;
    let e = (shifted >> 23) as f32;
    let mantissa = f32::from_bits((shifted as u32 & 0x007f_ffff).wrapping_add(SQRT_HALF_BITS));
    let f = mantissa - 1.0;
    // -2 ln(1 + f) / f.
    let series = polynomial(
        f,
        [
            -1.999_999_9,
            0.999_999_76,
            -0.666_683_7,
            0.500_041_5,
            -0.399_136_67,
            0.331_247_87,
            -0.299_045_32,
            0.287_336_86,
            -0.174_447_1,
        ],
    );
    e.mul_add(-2.0 * std::f32::consts::LN_2, f * series)
}

/// The polynomial with these coefficients, the constant first.
#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let mut sum = coefficients[N - 1];
    for k in (0..N - 1).rev() {
        sum = sum.mul_add(x, coefficients[k]);
    }
    sum
}

/// Two standard normal scores from two words.
#[inline(always)]
fn box_muller(r1: u32, r2: u32) -> [f32; 2] {
    let square = minus_two_ln(r1);
    // Rounding of a u next to 1 may leave a hair below 0.
    let radius = if square > 0.0 { square.sqrt() } else { 0.0 };
    // An angle in [-π/2, π/2); the lowest bit of the word is the sign of the cosine.
    let t = (r2 as i32) as f32 * (std::f32::consts::FRAC_PI_2 / 2_147_483_648.0);
    let v = t * t;
    let sine = polynomial(v, [1.0, -0.166_666_58, 8.333_051e-3, -1.980_907_5e-4, 2.605_225e-6]);
    let cosine =
        polynomial(v, [0.999_999_95, -0.499_999_06, 0.041_663_585, -1.385_370_4e-3, 2.315_393e-5]);
    let (sine, cosine) = (radius * (t * sine), radius * cosine);
    [sine, f32::from_bits(cosine.to_bits() ^ (r2 << 31))]
}

/// The first two scores of a block of words.
#[inline(always)]
pub fn pair(words: [u32; 4]) -> [f32; 2] {
    box_muller(words[0], words[1])
}

kernel! {
    /// One score for each (path, draw) of a stream: the first of its block.
    pub fn fill_at(seed: u64, stream: u32, addresses: &[(u64, u32)], scores: &mut [f64]) {
        for (addresses, scores) in addresses.chunks(LANES).zip(scores.chunks_mut(LANES)) {
            let words = philox::words(seed, stream, |i| philox::at(addresses, i));
            for (i, score) in scores.iter_mut().enumerate() {
                *score = f64::from(box_muller(words[0][i], words[1][i])[0]);
            }
        }
    }
}

kernel! {
    /// Scores of one stream, `rows[step][lane]`: step `4 d + k` is score `k` of draw `d`.
    pub fn fill_scores(seed: u64, stream: u32, first_path: u64, rows: &mut [[f32; LANES]]) {
        let (blocks, rest) = rows.as_chunks_mut();
        for (draw, block) in blocks.iter_mut().enumerate() {
            fill_block(seed, stream, first_path, draw, block);
        }
        if !rest.is_empty() {
            let mut block = [[0.0; LANES]; SCORES_PER_BLOCK];
            fill_block(seed, stream, first_path, blocks.len(), &mut block);
            rest.copy_from_slice(&block[..rest.len()]);
        }
    }
}

/// The scores of one draw.
#[inline(always)]
fn fill_block(
    seed: u64,
    stream: u32,
    first_path: u64,
    draw: usize,
    scores: &mut [[f32; LANES]; SCORES_PER_BLOCK],
) {
    let words = philox::words(seed, stream, |i| (draw as u32, first_path + i as u64));
    let [first, second, third, fourth] = scores;
    for i in 0..LANES {
        [first[i], second[i]] = box_muller(words[0][i], words[1][i]);
        [third[i], fourth[i]] = box_muller(words[2][i], words[3][i]);
    }
}

/// A standard normal score per lane, with the exponential and the uniform that it is made of: half
/// the squared radius and the angle of Box–Muller, independent of each other.
///
/// For a law that takes either the score or the other two, never both.
#[derive(Debug, Clone, Copy)]
pub struct Polar {
    /// Standard normal.
    pub normal: [f32; LANES],
    /// Exponential with mean 1; at least 0, at most 22.2.
    pub exponential: [f32; LANES],
    /// Uniform in (0, 1), 23 bits.
    pub uniform: [f32; LANES],
}

impl Polar {
    /// Room for a step.
    pub const ZERO: Self =
        Self { normal: [0.0; LANES], exponential: [0.0; LANES], uniform: [0.0; LANES] };
}

/// Steps that one block of the generator gives in polar form.
pub const POLARS_PER_BLOCK: usize = 2;

kernel! {
    /// Polar scores of one stream: step `2 d + k` is made of words `2 k` and `2 k + 1` of draw `d`.
    pub fn fill_polar(
        seed: u64,
        stream: u32,
        first_path: u64,
        first_draw: u32,
        rows: &mut [Polar],
    ) {
        for (block, chunk) in rows.chunks_mut(POLARS_PER_BLOCK).enumerate() {
            let draw = first_draw + block as u32;
            let words = philox::words(seed, stream, |i| (draw, first_path + i as u64));
            for (k, row) in chunk.iter_mut().enumerate() {
                for i in 0..LANES {
                    let (r1, r2) = (words[2 * k][i], words[2 * k + 1][i]);
                    row.normal[i] = box_muller(r1, r2)[0];
                    let square = minus_two_ln(r1);
                    row.exponential[i] = if square > 0.0 { 0.5 * square } else { 0.0 };
                    row.uniform[i] = (((r2 >> 9) as i32) as f32 + 0.5) * (1.0 / 8_388_608.0);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tile::Build;

    #[test]
    fn polar_scores_are_the_same_from_any_draw_in_all_builds() {
        let mut all = vec![Polar::ZERO; 41];
        fill_polar(Build::fastest(), 3, 5, 1 << 33, 0, &mut all);
        for build in Build::available() {
            let mut part = vec![Polar::ZERO; 21];
            fill_polar(build, 3, 5, 1 << 33, 10, &mut part);
            for (a, b) in all[20..].iter().zip(&part) {
                assert_eq!(a.normal, b.normal, "{build:?}");
                assert_eq!(a.exponential, b.exponential, "{build:?}");
                assert_eq!(a.uniform, b.uniform, "{build:?}");
            }
        }
    }

    #[test]
    fn polar_scores_have_the_moments_of_their_laws() {
        // 2^22 draws; each statistic within 4 of its own standard errors. The score is made of the
        // other two: E z² given the exponential e is e, hence Cov(z², e) = 1.
        let mut rows = vec![Polar::ZERO; 1 << 16];
        fill_polar(Build::fastest(), 17, 9, 0, 0, &mut rows);
        let n = (rows.len() * LANES) as f64;
        let mut sums = [0.0; 8];
        for row in &rows {
            for i in 0..LANES {
                let z = f64::from(row.normal[i]);
                let e = f64::from(row.exponential[i]);
                let u = f64::from(row.uniform[i]);
                assert!(e >= 0.0 && u > 0.0 && u < 1.0);
                let values = [z, z * z, e, e * e, u, u * u, e * u, z * z * e];
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum += value;
                }
            }
        }
        // E and variance: E e^k = k!, E u^k = 1/(k+1), E z⁴ e² = 3/2 E e⁴ = 36 and E z² e = 2.
        let laws = [
            (0.0, 1.0),
            (1.0, 2.0),
            (1.0, 1.0),
            (2.0, 20.0),
            (0.5, 1.0 / 12.0),
            (1.0 / 3.0, 4.0 / 45.0),
            (0.5, 2.0 / 3.0 - 0.25),
            (2.0, 36.0 - 4.0),
        ];
        for (k, (sum, (mean, variance))) in sums.into_iter().zip(laws).enumerate() {
            let error = (variance / n as f64).sqrt();
            assert!((sum / n - mean).abs() < 4.0 * error, "moment {k}: {} {mean}", sum / n);
        }
    }

    #[test]
    fn all_builds_give_the_same_bits() {
        let scores = |build| {
            let mut scores = vec![[0.0; LANES]; 41];
            fill_scores(build, 3, 5, 1 << 33, &mut scores);
            scores
        };
        for build in Build::available() {
            assert_eq!(scores(build), scores(Build::PORTABLE), "{build:?}");
        }
    }

    #[test]
    fn the_radius_keeps_its_relative_precision_in_both_tails() {
        // Words spread over every power of two: u next to 0, where the radius is largest, and u
        // next to 1, where it vanishes.
        for exponent in 0..31 {
            for k in 0..4_096_u32 {
                let word = (1 << exponent) | (k.wrapping_mul(0x9e37_79b9) & ((1 << exponent) - 1));
                for r in [word << 1, !(word << 1)] {
                    // Exact for the u that the function sees, which carries 24 bits.
                    let u = f64::from(((r >> 1) as i32) as f32 + 0.5) / 2_147_483_648.0;
                    let exact = -2.0 * u.ln();
                    let found = f64::from(minus_two_ln(r));
                    assert!((found - exact).abs() <= 4e-7 * exact, "{r:#x}: {found} not {exact}");
                }
            }
        }
        assert!((minus_two_ln(0).sqrt() - 6.660).abs() < 1e-3, "the largest radius");
    }

    #[test]
    fn a_score_agrees_with_box_muller_in_f64() {
        for k in 0..200_000_u32 {
            let (r1, r2) = (k.wrapping_mul(0x9e37_79b9), k.wrapping_mul(0x85eb_ca6b) ^ 0x1234);
            // The uniform itself carries the 24 bits of an f32; what follows must be exact to 2e-6.
            let u = f64::from(((r1 >> 1) as i32) as f32 + 0.5) / 2_147_483_648.0;
            let angle = f64::from(r2 as i32) * std::f64::consts::PI / 4_294_967_296.0;
            let radius = (-2.0 * u.ln()).sqrt();
            let sign = if r2 & 1 == 1 { -1.0 } else { 1.0 };
            let [sine, cosine] = box_muller(r1, r2);
            assert!((f64::from(sine) - radius * angle.sin()).abs() < 2e-6, "{r1} {r2}");
            assert!((f64::from(cosine) - sign * radius * angle.cos()).abs() < 2e-6, "{r1} {r2}");
        }
    }

    #[test]
    fn moments_and_tails_are_those_of_the_standard_normal() {
        // 10^8 scores and more; each statistic within 4 of its own standard errors.
        const ROWS: usize = 1 << 12;
        const TILES: u64 = 382;
        // Beyond 5.5 sigma 3.8 are expected.
        let bounds = [0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 5.5];
        let n = (ROWS * LANES) as f64 * TILES as f64;
        assert!(n >= 1e8);
        let (mut sums, mut beyond) = ([0.0_f64; 4], [0_u64; 7]);
        let mut rows = vec![[0.0; LANES]; ROWS];
        for tile in 0..TILES {
            fill_scores(Build::fastest(), 11, 22, tile * LANES as u64, &mut rows);
            // Sums of a lane first: fewer roundings, and loops that vectorise.
            let (mut lanes, mut counts) = ([[0.0; LANES]; 4], [[0_u32; LANES]; 7]);
            for row in &rows {
                for i in 0..LANES {
                    let z = f64::from(row[i]);
                    let square = z * z;
                    lanes[0][i] += z;
                    lanes[1][i] += square;
                    lanes[2][i] += square * z;
                    lanes[3][i] += square * square;
                }
                for (counts, bound) in counts.iter_mut().zip(bounds) {
                    for i in 0..LANES {
                        counts[i] += u32::from(row[i].abs() > bound as f32);
                    }
                }
            }
            sums.iter_mut().zip(lanes).for_each(|(sum, lanes)| *sum += lanes.iter().sum::<f64>());
            for (count, lanes) in beyond.iter_mut().zip(counts) {
                *count += lanes.iter().map(|count| u64::from(*count)).sum::<u64>();
            }
        }
        // E z^k and Var z^k for k = 1..4: 0, 1, 0, 3 and 1, 2, 15, 96.
        for (k, (mean, variance)) in
            [(0.0, 1.0), (1.0, 2.0), (0.0, 15.0), (3.0, 96.0)].into_iter().enumerate()
        {
            let error = (variance / n).sqrt();
            let found = sums[k] / n;
            assert!((found - mean).abs() < 4.0 * error, "moment {}: {found}", k + 1);
        }
        for (bound, count) in bounds.into_iter().zip(beyond) {
            let p = statrs::function::erf::erfc(bound / std::f64::consts::SQRT_2);
            let error = (p * (1.0 - p) / n).sqrt();
            assert!((count as f64 / n - p).abs() < 4.0 * error, "beyond {bound}: {count}");
        }
    }

    #[test]
    fn lanes_and_steps_are_uncorrelated() {
        let mut rows = vec![[0.0; LANES]; 1 << 14];
        fill_scores(Build::fastest(), 5, 6, 0, &mut rows);
        let n = (rows.len() * (LANES - 1)) as f64;
        let mut lanes = 0.0;
        let mut steps = 0.0;
        for pair in rows.windows(2) {
            for i in 0..LANES - 1 {
                lanes += f64::from(pair[0][i]) * f64::from(pair[0][i + 1]);
                steps += f64::from(pair[0][i]) * f64::from(pair[1][i]);
            }
        }
        assert!((lanes / n).abs() < 4.0 / n.sqrt());
        assert!((steps / n).abs() < 4.0 / n.sqrt());
    }
}
