//! The compact target against a naive twin: 256-bit numbers as digits, schoolbook arithmetic.

use super::*;
use proptest::prelude::*;

/// A number as 40 digits of base 256, least first: room for a 256-bit target times four weeks.
type Digits = [u8; 40];

/// The value of a compact number that is not negative, by the definition of the format.
fn decoded(nbits: u32) -> Digits {
    let mut digits = [0; 40];
    for place in 0..3 {
        let position = (nbits >> 24) as i32 - 3 + place;
        if position >= 0 {
            digits[position as usize] = (nbits >> (8 * place)) as u8;
        }
    }
    digits
}

/// The compact form of a number: its bytes counted, one more if the top bit would be the sign.
fn encoded(digits: &Digits) -> u32 {
    let Some(top) = digits.iter().rposition(|digit| *digit != 0) else { return 0 };
    let bytes = if digits[top] >= 0x80 { top + 2 } else { top + 1 };
    (0..3).fold((bytes as u32) << 24, |nbits, place| match (bytes + place).checked_sub(3) {
        Some(position) => nbits | u32::from(digits[position]) << (8 * place),
        None => nbits,
    })
}

fn naive_retarget(nbits: u32, timespan: i64) -> u32 {
    let seconds = timespan.clamp(302_400, 4_838_400) as u64;
    let mut digits = decoded(nbits);
    let mut carry = 0;
    for digit in &mut digits {
        carry += u64::from(*digit) * seconds;
        *digit = carry as u8;
        carry >>= 8;
    }
    let mut remainder = 0;
    for digit in digits.iter_mut().rev() {
        remainder = remainder << 8 | u64::from(*digit);
        *digit = (remainder / 1_209_600) as u8;
        remainder %= 1_209_600;
    }
    // The limit of the chain is the easiest target with every bit below it set: 2^224 − 1.
    if digits[28..].iter().any(|digit| *digit != 0) { 0x1d00_ffff } else { encoded(&digits) }
}

/// Every target that mining can reach and many that it cannot, by exponent and mantissa.
fn any_target() -> impl Strategy<Value = CompactTarget> {
    (1u32..=0x1d, 1u32..0x0080_0000).prop_filter_map("not a target", |(exponent, mantissa)| {
        CompactTarget::from_nbits(exponent << 24 | mantissa).ok()
    })
}

fn any_timespan() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => 250_000i64..5_000_000,
        1 => any::<i64>(),
        1 => Just(1_209_600),
        1 => Just(302_399),
        1 => Just(4_838_401),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn a_retarget_is_that_of_256_bit_arithmetic(
        target in any_target(), timespan in any_timespan(),
    ) {
        let naive = naive_retarget(target.nbits(), timespan);
        // The chain would reach 0 from the last few targets; here the hardest is 1.
        let expected = if naive == 0 { 0x0101_0000 } else { naive };
        prop_assert_eq!(target.retarget(timespan).nbits(), expected);
    }

    #[test]
    fn a_header_means_the_number_that_its_digits_spell(
        exponent in 0u32..0x26, mantissa in 0u32..0x0100_0000, shift in 0u32..24,
    ) {
        // Small mantissas too: they are the encodings that are not canonical.
        let nbits = exponent << 24 | mantissa >> shift;
        let digits = decoded(nbits);
        let negative = nbits & 0x0080_0000 != 0;
        let too_easy = digits[28..].iter().any(|digit| *digit != 0);
        match CompactTarget::from_nbits(nbits) {
            Ok(target) => {
                prop_assert!(!negative && !too_easy);
                prop_assert_eq!(target.nbits(), encoded(&digits));
            }
            Err(_) => prop_assert!(negative || too_easy || encoded(&digits) == 0, "{nbits:#010x}"),
        }
    }

    #[test]
    fn a_difficulty_finds_its_target_again(target in any_target()) {
        prop_assert_eq!(CompactTarget::from_difficulty(target.difficulty()), Ok(target));
    }

    #[test]
    fn from_difficulty_gives_the_easiest_target_that_is_hard_enough(log2 in 0.0..220.0f64) {
        let difficulty = log2.exp2();
        let target = CompactTarget::from_difficulty(difficulty).unwrap();
        prop_assert!(target.difficulty() >= difficulty);
        if target < CompactTarget::EASIEST {
            let (exponent, mantissa) = (target.nbits() >> 24, target.nbits() & 0x00ff_ffff);
            let step = if exponent < 3 { 1 << (8 * (3 - exponent)) } else { 1 };
            let easier = if mantissa + step == 0x0080_0000 {
                (exponent + 1) << 24 | 0x8000
            } else {
                exponent << 24 | (mantissa + step)
            };
            prop_assert!(CompactTarget::from_nbits(easier).unwrap().difficulty() < difficulty);
        }
    }

    #[test]
    fn easier_targets_are_greater_and_have_less_difficulty(a in any_target(), b in any_target()) {
        prop_assert_eq!(a.cmp(&b), b.difficulty().total_cmp(&a.difficulty()));
    }
}

#[test]
fn the_worked_difficulty_of_0x1b0404cb() {
    // 0x00000000FFFF0000…0000 / 0x00000000000404CB0000…0000, the worked example of the Bitcoin
    // wiki, article "Difficulty".
    let target = CompactTarget::from_nbits(0x1b04_04cb).unwrap();
    assert!((target.difficulty() - 16_307.420_938_523_983).abs() < 1e-11);
    assert_eq!(CompactTarget::EASIEST.difficulty(), 1.0);
}

#[test]
fn the_compact_vectors_of_the_reference_client() {
    // Bitcoin Core, `arith_uint256_tests.cpp`, `bignum_SetCompact`: numbers that are targets.
    let canonical = [
        (0x0112_3456, 0x0112_0000),
        (0x0200_8000, 0x0200_8000),
        (0x0212_3456, 0x0212_3400),
        (0x0312_3456, 0x0312_3456),
        (0x0412_3456, 0x0412_3456),
        (0x0500_9234, 0x0500_9234),
    ];
    for (nbits, expected) in canonical {
        assert_eq!(CompactTarget::from_nbits(nbits).unwrap().nbits(), expected, "{nbits:#010x}");
    }
    // The same source: zeros, negative numbers, and numbers beyond 256 bits.
    let refused = [
        0,
        0x0012_3456,
        0x0100_3456,
        0x0200_0056,
        0x0300_0000,
        0x0400_0000,
        0x0092_3456,
        0x0180_3456,
        0x0280_0056,
        0x0380_0000,
        0x0480_0000,
        0x01fe_dcba,
        0x0492_3456,
        0x2012_3456,
        0xff12_3456,
    ];
    for nbits in refused {
        assert!(CompactTarget::from_nbits(nbits).is_err(), "{nbits:#010x}");
    }
}

#[test]
fn the_error_shows_the_number_as_headers_are_written() {
    assert_eq!(
        CompactTarget::from_nbits(0x1d01_0000).unwrap_err().to_string(),
        "found 0x1d010000, expected a compact target from 1 to 0x1d00ffff"
    );
    assert_eq!(
        CompactTarget::from_difficulty(0.5).unwrap_err().to_string(),
        "found 0.5, expected a difficulty from 1 to 65535 * 2^208"
    );
    assert!(CompactTarget::from_difficulty(f64::NAN).is_err());
}

#[test]
fn two_weeks_change_nothing_and_the_clamp_is_a_factor_of_four() {
    let target = CompactTarget::from_nbits(0x1702_2b91).unwrap();
    assert_eq!(target.retarget(TARGET_TIMESPAN_SECONDS), target);
    for (seconds, factor) in [(0, 4.0), (i64::MAX, 0.25), (i64::MIN, 4.0)] {
        let ratio = target.retarget(seconds).difficulty() / target.difficulty();
        // A mantissa of 23 bits with its top byte in use loses less than 2^-15.
        assert!((ratio / factor - 1.0).abs() < 1.0 / 32_768.0, "{seconds}: {ratio}");
    }
    assert_eq!(CompactTarget::EASIEST.retarget(i64::MAX), CompactTarget::EASIEST);
}

#[test]
fn evenly_spaced_blocks_settle_at_600_298_seconds() {
    // Hashrate constant: an interval is proportional to difficulty. Fixed point of
    // 2015 intervals = two weeks.
    let mut target = CompactTarget::from_difficulty(1e14).unwrap();
    let seconds_per_difficulty = 1_000.0 / 1e14;
    for _ in 0..60 {
        let interval = target.difficulty() * seconds_per_difficulty;
        target = target.retarget((interval * f64::from(INTERVALS_PER_RETARGET)) as i64);
    }
    let interval = target.difficulty() * seconds_per_difficulty;
    // Truncation of target (2^-15 at most) and of the seconds (8e-7), each retarget anew.
    assert!((interval / (600.0 * 2016.0 / 2015.0) - 1.0).abs() < 1.0 / 32_768.0, "{interval}");
}
