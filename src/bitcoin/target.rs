//! The proof-of-work target in the compact form that block headers carry, and its retarget.
//!
//! A compact target is `mantissa · 256^(exponent − 3)`: one byte of exponent, then three of
//! mantissa, whose top bit is a sign. Consensus keeps only these 23 bits of every new target, so
//! the chain's difficulty cannot be followed exactly in floating point.

use crate::units::OutOfRange;

/// Blocks between two retargets: an epoch of constant difficulty.
pub const EPOCH_BLOCKS: u32 = 2016;
/// Seconds that the protocol wants a block to take.
pub const BLOCK_SECONDS: u32 = 600;
/// Block intervals that a retarget measures: from the first block of an epoch to its last, one
/// fewer than the epoch has blocks.
///
/// Evenly spaced blocks therefore settle at 600 · 2016 / 2015 = 600.298 seconds.
/// Source: Bitcoin Core, `GetNextWorkRequired`.
pub const INTERVALS_PER_RETARGET: u32 = EPOCH_BLOCKS - 1;
/// Seconds that the protocol wants an epoch to take: two weeks.
pub const TARGET_TIMESPAN_SECONDS: i64 = (EPOCH_BLOCKS * BLOCK_SECONDS) as i64;

/// A target in force can move by at most this factor at a retarget.
const RETARGET_FACTOR_MAX: i64 = 4;
/// Mantissa of the easiest target, whose difficulty is 1.
const MANTISSA_EASIEST: u32 = 0xffff;
/// Exponent of the easiest target.
const EXPONENT_EASIEST: u32 = 0x1d;
/// The sign of a mantissa; no target is negative.
const SIGN: u32 = 0x0080_0000;
/// Bytes of the working target in `retarget`: three of mantissa, two below them.
const WORKING_BYTES: u32 = 5;

/// The largest hash a block may have, in the compact form of block headers (`nBits`).
///
/// Always in the one canonical encoding, from 1 to the easiest target `0x1d00ffff` of the main
/// chain; the order is that of the targets, so a greater one is easier.
/// Source: Bitcoin Core, `arith_uint256::SetCompact` and `GetCompact`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CompactTarget(u32);

impl CompactTarget {
    /// The easiest target of the main chain, difficulty 1.
    pub const EASIEST: Self = Self(EXPONENT_EASIEST << 24 | MANTISSA_EASIEST);

    /// The target of a block header; other encodings of the same number become the canonical one.
    ///
    /// # Errors
    /// The number is negative, 0, or above the easiest target.
    pub fn from_nbits(nbits: u32) -> Result<Self, OutOfRange> {
        let out_of_range = || OutOfRange {
            found: format!("{nbits:#010x}"),
            expected: "a compact target from 1 to 0x1d00ffff",
        };
        let (exponent, mantissa) = (nbits >> 24, nbits & 0x00ff_ffff);
        if mantissa & SIGN != 0 {
            return Err(out_of_range());
        }
        // Bytes below the point are dropped: exponent 1 keeps only the top byte of a mantissa.
        let (value, exponent) =
            if exponent < 3 { (mantissa >> (8 * (3 - exponent)), 3) } else { (mantissa, exponent) };
        // Beyond this the target exceeds the easiest whatever its mantissa, once that is not 0.
        if value == 0 || exponent > EXPONENT_EASIEST + 1 {
            return Err(out_of_range());
        }
        let target = Self::truncated(u64::from(value), exponent - 3);
        if target > Self::EASIEST { Err(out_of_range()) } else { Ok(target) }
    }

    /// The easiest target whose difficulty is at least `difficulty`.
    ///
    /// Gives every target back: `from_difficulty(t.difficulty())` is `t`.
    ///
    /// # Errors
    /// The difficulty is below 1, or above that of target 1, or not a number.
    pub fn from_difficulty(difficulty: f64) -> Result<Self, OutOfRange> {
        let out_of_range = || OutOfRange {
            found: difficulty.to_string(),
            expected: "a difficulty from 1 to 65535 * 2^208",
        };
        if !(difficulty >= 1.0 && difficulty <= Self(0x0101_0000).difficulty()) {
            return Err(out_of_range());
        }
        let (mut mantissa, mut exponent) =
            (f64::from(MANTISSA_EASIEST) / difficulty, EXPONENT_EASIEST);
        while mantissa < f64::from(SIGN >> 8) && exponent > 3 {
            mantissa *= 256.0;
            exponent -= 1;
        }
        // The quotient is rounded, so the wanted mantissa is the floor or a neighbour of it.
        let floor = mantissa as u64;
        [floor + 1, floor, floor.saturating_sub(1)]
            .into_iter()
            .filter(|value| *value > 0)
            .map(|value| Self::truncated(value, exponent - 3).min(Self::EASIEST))
            .find(|target| target.difficulty() >= difficulty)
            .ok_or_else(out_of_range)
    }

    /// The number as a block header carries it.
    #[inline]
    pub const fn nbits(self) -> u32 {
        self.0
    }

    /// How many times harder than the easiest target: easiest / target, at least 1.
    ///
    /// One division, then an exact scaling by a power of two: the nearest `f64`.
    #[inline]
    pub fn difficulty(self) -> f64 {
        let (exponent, mantissa) = (self.0 >> 24, self.0 & 0x00ff_ffff);
        // 256^(exponent of the easiest − exponent) as the bits of an f64: at most 2^224.
        let power_of_256 =
            f64::from_bits(u64::from(1023 + 8 * (EXPONENT_EASIEST - exponent)) << 52);
        f64::from(MANTISSA_EASIEST) / f64::from(mantissa) * power_of_256
    }

    /// The probability that a hash is a block: target / 2^256, exact. (Consensus counts the target
    /// itself too, which adds 2^-256.)
    #[inline]
    pub fn blocks_per_hash(self) -> f64 {
        let (exponent, mantissa) = (self.0 >> 24, self.0 & 0x00ff_ffff);
        // 256^(exponent − 3) / 2^256 as the bits of an f64: at least 2^-272.
        f64::from(mantissa) * f64::from_bits(u64::from(1023 + 8 * exponent - 24 - 256) << 52)
    }

    /// The target of the next epoch, from the seconds between the first and the last block of this.
    ///
    /// The seconds count as at least a quarter and at most four times two weeks; negative ones, as
    /// block times allow, count as a quarter. Bit for bit the rule of the chain. (A target of 0,
    /// beyond any hashrate, is kept at 1.) Source: Bitcoin Core, `CalculateNextWorkRequired`.
    #[inline]
    #[must_use]
    pub fn retarget(self, actual_timespan_seconds: i64) -> Self {
        let seconds = actual_timespan_seconds.clamp(
            TARGET_TIMESPAN_SECONDS / RETARGET_FACTOR_MAX,
            TARGET_TIMESPAN_SECONDS * RETARGET_FACTOR_MAX,
        ) as u64;
        // The target's low zero bytes are set aside. With two bytes below a mantissa of 23 bits and
        // seconds of 23 bits the product has 62 bits; the quotient of a target that has zero bytes
        // left aside keeps at least 30 bits, so what division and mantissa cut off they cut off
        // like the 256-bit arithmetic of the chain: a floor of a floor is the floor.
        let (exponent, mantissa) = (self.0 >> 24, u64::from(self.0 & 0x00ff_ffff));
        let kept = exponent.min(WORKING_BYTES);
        let working = mantissa << (8 * WORKING_BYTES - 24) >> (8 * (WORKING_BYTES - kept));
        let quotient = working * seconds / TARGET_TIMESPAN_SECONDS as u64;
        Self::truncated(quotient.max(1), exponent - kept).min(Self::EASIEST)
    }

    /// The compact form of `value · 256^zero_bytes`, cut off below 23 bits; `value` is not 0.
    #[inline]
    fn truncated(value: u64, zero_bytes: u32) -> Self {
        let bytes = (u64::BITS - value.leading_zeros()).div_ceil(8);
        let mantissa = if bytes <= 3 {
            (value << (8 * (3 - bytes))) as u32
        } else {
            (value >> (8 * (bytes - 3))) as u32
        };
        let exponent = bytes + zero_bytes;
        if mantissa & SIGN != 0 {
            Self((exponent + 1) << 24 | mantissa >> 8)
        } else {
            Self(exponent << 24 | mantissa)
        }
    }
}

#[cfg(test)]
mod tests;
