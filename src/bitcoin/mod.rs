//! Bitcoin's consensus arithmetic, exact, and what it makes of a machine's power.
//!
//! In: a block height, a compact target and the seconds a period took, a difficulty, a machine's
//! efficiency, a price. Out: the subsidy, the next target, hashes per block, BTC and USD per day,
//! hashrate and revenue of a megawatt. Not here: how price, fees and hashrate move, and which
//! machines run.
//!
//! Inputs are bounded by their types; a result beyond the range of `f64` (it takes factors far
//! beyond 1e100) is a bug of the caller and asserted.

mod mining;
mod subsidy;
mod target;

pub use mining::{
    SECONDS_PER_DAY, break_even_hashprice, btc_per_day, btc_per_petahash_day, hashes_per_block,
    hashprice_usd_per_ph_day, hashrate_of_power, implied_hashrate, mwh_revenue_per_hashprice,
    petahash_per_megawatt, revenue_per_mwh,
};
pub use subsidy::{HALVING_INTERVAL, SATOSHI_PER_BTC, subsidy_btc, subsidy_satoshi};
pub use target::{
    BLOCK_SECONDS, CompactTarget, EPOCH_BLOCKS, INTERVALS_PER_RETARGET, TARGET_TIMESPAN_SECONDS,
};
