//! New coins per block: a step function of the height, never of the date.

/// Blocks between two halvings of the subsidy.
///
/// Source: Bitcoin Core, `nSubsidyHalvingInterval` of the main chain.
pub const HALVING_INTERVAL: u32 = 210_000;

/// Satoshi in one BTC.
pub const SATOSHI_PER_BTC: u64 = 100_000_000;

/// Subsidy of the first blocks, satoshi.
const FIRST_SUBSIDY_SATOSHI: u64 = 50 * SATOSHI_PER_BTC;

/// New coins that the block at `height` may create, satoshi.
///
/// 5,000,000,000 at height 0, halved and rounded down every 210,000 blocks; 0 from the 64th
/// halving on. Source: Bitcoin Core, `GetBlockSubsidy`.
#[inline]
pub const fn subsidy_satoshi(height: u32) -> u64 {
    let halvings = height / HALVING_INTERVAL;
    if halvings >= u64::BITS { 0 } else { FIRST_SUBSIDY_SATOSHI >> halvings }
}

/// New coins that the block at `height` may create, BTC.
///
/// The nearest `f64` to [`subsidy_satoshi`] / 10^8.
#[inline]
pub const fn subsidy_btc(height: u32) -> f64 {
    subsidy_satoshi(height) as f64 / SATOSHI_PER_BTC as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_supply_ends_just_below_21_million_btc() {
        let supply: u64 = (0..=u32::MAX / HALVING_INTERVAL)
            .map(|era| u64::from(HALVING_INTERVAL) * subsidy_satoshi(era * HALVING_INTERVAL))
            .sum();
        assert_eq!(supply, 2_099_999_997_690_000);
    }

    #[test]
    fn the_last_satoshi_is_created_in_the_33rd_era() {
        assert_eq!(subsidy_satoshi(33 * HALVING_INTERVAL - 1), 1);
        assert_eq!(subsidy_satoshi(33 * HALVING_INTERVAL), 0);
    }

    #[test]
    fn a_shift_by_the_whole_word_is_no_subsidy() {
        for halvings in [63, 64, 65, 128] {
            assert_eq!(subsidy_satoshi(halvings * HALVING_INTERVAL), 0, "{halvings} halvings");
        }
        assert_eq!(subsidy_satoshi(u32::MAX), 0);
    }
}
