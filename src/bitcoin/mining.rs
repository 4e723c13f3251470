//! What hashes, machines and megawatts earn at a difficulty: expectations at full pay per share.

use super::target::BLOCK_SECONDS;
use crate::time::HOURS_PER_DAY;
use crate::units::{
    ExahashPerSecond, Hashprice, JoulesPerTerahash, Megawatts, PoolFee, PowerOverhead, UsdPerBtc,
    UsdPerMegawattHour,
};

/// Seconds in a day.
pub const SECONDS_PER_DAY: f64 = 86_400.0;

/// Hashes that a block of difficulty 1 takes on average: 2^256 over the easiest target,
/// 2^48 / 65535. (The usual 2^32 is 1.5e-5 low.)
const HASHES_PER_DIFFICULTY: f64 = (1u64 << 48) as f64 / 65_535.0;
const HASHES_PER_PETAHASH: f64 = 1e15;
const HASHES_PER_EXAHASH: f64 = 1e18;
/// PH/s that one megawatt runs at 1 J/TH: 1e6 W over 1 J/TH is 1e6 TH/s.
const PETAHASH_PER_MEGAWATT_AT_1_J_PER_TH: f64 = 1e3;

/// Hashes that a block takes on average, given the difficulty.
#[inline(always)]
pub fn hashes_per_block(difficulty: f64) -> f64 {
    difficulty * HASHES_PER_DIFFICULTY
}

/// Expected BTC of one PH/s over a day; the form for hot loops.
///
/// `reward_btc` is subsidy and fees of a block, BTC. Exact for a miner whose hashrate the
/// difficulty already reflects, before the pool's fee.
#[inline(always)]
pub fn btc_per_petahash_day(difficulty: f64, reward_btc: f64) -> f64 {
    HASHES_PER_PETAHASH * SECONDS_PER_DAY / hashes_per_block(difficulty) * reward_btc
}

/// Expected BTC of a hashrate over a day; see [`btc_per_petahash_day`].
pub fn btc_per_day(hashrate: ExahashPerSecond, difficulty: f64, reward_btc: f64) -> f64 {
    hashrate.to_ph_per_s() * btc_per_petahash_day(difficulty, reward_btc)
}

/// Expected income of one PH/s over a day, USD, before the pool's fee.
pub fn hashprice_usd_per_ph_day(difficulty: f64, reward_btc: f64, price: UsdPerBtc) -> f64 {
    btc_per_petahash_day(difficulty, reward_btc) * price.to_usd_per_btc()
}

/// The network's hashrate at which a difficulty gives one block per 600 seconds.
///
/// # Panics
/// If the difficulty is negative or not a number.
pub fn implied_hashrate(difficulty: f64) -> ExahashPerSecond {
    let hashes_per_second = hashes_per_block(difficulty) / f64::from(BLOCK_SECONDS);
    ExahashPerSecond::from_eh_per_s(hashes_per_second / HASHES_PER_EXAHASH)
        .expect("a difficulty is a finite number of at least 0")
}

/// PH/s that one megawatt at the wall runs; the form for hot loops.
///
/// Efficiency in J/TH, overhead as wall power over machine power.
#[inline(always)]
pub fn petahash_per_megawatt(efficiency_j_per_th: f64, overhead: f64) -> f64 {
    PETAHASH_PER_MEGAWATT_AT_1_J_PER_TH / (efficiency_j_per_th * overhead)
}

/// The hashrate that wall power runs.
pub fn hashrate_of_power(
    power: Megawatts,
    efficiency: JoulesPerTerahash,
    overhead: PowerOverhead,
) -> ExahashPerSecond {
    let petahash = petahash_per_megawatt(efficiency.to_j_per_th(), overhead.to_ratio());
    ExahashPerSecond::from_ph_per_s(power.to_mw() * petahash)
        .expect("power and efficiency are finite, and not negative")
}

/// USD per MWh of wall power, for each USD of hashprice; the form for hot loops.
///
/// Efficiency in J/TH, overhead as wall power over machine power, the pool's fee as parts of 1.
/// Constant for a machine: a loop over days multiplies the day's hashprice by it.
#[inline(always)]
pub fn mwh_revenue_per_hashprice(efficiency_j_per_th: f64, overhead: f64, pool_fee: f64) -> f64 {
    petahash_per_megawatt(efficiency_j_per_th, overhead) * (1.0 - pool_fee) / HOURS_PER_DAY
}

/// What one MWh of wall power earns by mining, net of the pool's fee.
///
/// Switching off and curtailment both compare a power price with this number.
pub fn revenue_per_mwh(
    hashprice: Hashprice,
    efficiency: JoulesPerTerahash,
    overhead: PowerOverhead,
    pool_fee: PoolFee,
) -> UsdPerMegawattHour {
    let per_hashprice = mwh_revenue_per_hashprice(
        efficiency.to_j_per_th(),
        overhead.to_ratio(),
        pool_fee.to_fraction(),
    );
    UsdPerMegawattHour::from_usd_per_mwh(hashprice.to_usd_per_ph_day() * per_hashprice)
        .expect("hashprice and efficiency are finite")
}

/// The hashprice below which power costs more than it earns, before the pool's fee.
///
/// 24 · e · k · c / 1000 for efficiency e in J/TH, overhead k and power cost c in USD per MWh; 0
/// where power costs nothing or less, for then no hashprice stops the machine.
pub fn break_even_hashprice(
    efficiency: JoulesPerTerahash,
    overhead: PowerOverhead,
    power_cost: UsdPerMegawattHour,
) -> Hashprice {
    let usd_per_mwh = power_cost.to_usd_per_mwh().max(0.0);
    let petahash = petahash_per_megawatt(efficiency.to_j_per_th(), overhead.to_ratio());
    Hashprice::from_usd_per_ph_day(HOURS_PER_DAY * usd_per_mwh / petahash)
        .expect("cost and efficiency are finite, and the cost is not negative here")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Relative error of a formula of at most eight operations, each rounded by 1.1e-16.
    const ROUNDING: f64 = 1e-15;

    fn efficiency(j_per_th: f64) -> JoulesPerTerahash {
        JoulesPerTerahash::from_j_per_th(j_per_th).unwrap()
    }
    fn overhead(ratio: f64) -> PowerOverhead {
        PowerOverhead::from_ratio(ratio).unwrap()
    }
    fn no_fee() -> PoolFee {
        PoolFee::from_fraction(0.0).unwrap()
    }

    #[test]
    fn a_block_takes_2_to_48_over_65535_hashes() {
        // 65535 = 2^16 − 1, so the number is 2^32 (1 + 2^-16 + 2^-32 + …).
        let series = 4_294_967_296.0 + 65_536.0 + 1.0 + 1.0 / 65_536.0;
        assert!((hashes_per_block(1.0) / series - 1.0).abs() < ROUNDING);
    }

    #[test]
    fn a_hundred_megawatts_at_20_joules_run_4_76_exahashes() {
        let power = Megawatts::from_mw(100.0).unwrap();
        let hashrate = hashrate_of_power(power, efficiency(20.0), overhead(1.05)).to_eh_per_s();
        assert!((hashrate - 100.0 / 21.0).abs() < ROUNDING * hashrate, "{hashrate}");
    }

    #[test]
    fn a_20_joule_machine_at_45_usd_per_mwh_breaks_even_at_22_68() {
        let cost = UsdPerMegawattHour::from_usd_per_mwh(45.0).unwrap();
        let hashprice = break_even_hashprice(efficiency(20.0), overhead(1.05), cost);
        assert!((hashprice.to_usd_per_ph_day() / 22.68 - 1.0).abs() < ROUNDING);
    }

    #[test]
    fn power_that_is_paid_to_be_taken_never_stops_a_machine() {
        let cost = UsdPerMegawattHour::from_usd_per_mwh(-20.0).unwrap();
        let hashprice = break_even_hashprice(efficiency(20.0), overhead(1.05), cost);
        assert_eq!(hashprice.to_usd_per_ph_day(), 0.0);
    }

    #[test]
    fn a_megawatt_hour_earns_what_was_published_for_january_2026() {
        // Hashrate Index, roundup of 12 January 2026: USD per MWh at a hashprice of 39.53, printed
        // in whole dollars, overhead and fee left out.
        let hashprice = Hashprice::from_usd_per_ph_day(39.53).unwrap();
        for (j_per_th, published) in [(17.0, 97.0), (22.0, 75.0), (32.0, 51.0)] {
            let revenue = revenue_per_mwh(hashprice, efficiency(j_per_th), overhead(1.0), no_fee());
            assert!((revenue.to_usd_per_mwh() - published).abs() <= 0.5, "{j_per_th}: {revenue:?}");
        }
    }

    proptest! {
        #[test]
        fn at_the_break_even_hashprice_a_megawatt_hour_earns_its_cost(
            e in 5.0..120.0f64, k in 1.0..1.5f64, c in 1.0..500.0f64,
        ) {
            let cost = UsdPerMegawattHour::from_usd_per_mwh(c).unwrap();
            let hashprice = break_even_hashprice(efficiency(e), overhead(k), cost);
            let revenue = revenue_per_mwh(hashprice, efficiency(e), overhead(k), no_fee());
            prop_assert!((revenue.to_usd_per_mwh() / c - 1.0).abs() < ROUNDING);
        }

        #[test]
        fn a_day_of_a_megawatt_earns_the_same_by_energy_and_by_hashes(
            e in 5.0..120.0f64, k in 1.0..1.5f64, fee in 0.0..0.05f64, price in 1e3..1e6f64,
        ) {
            let (difficulty, reward_btc) = (1.2747986e14, 3.15);
            let price = UsdPerBtc::from_usd_per_btc(price).unwrap();
            let power = Megawatts::from_mw(1.0).unwrap();
            let hashrate = hashrate_of_power(power, efficiency(e), overhead(k));
            let by_hashes = btc_per_day(hashrate, difficulty, reward_btc)
                * price.to_usd_per_btc() * (1.0 - fee);
            let hashprice = hashprice_usd_per_ph_day(difficulty, reward_btc, price);
            let by_energy = 24.0 * revenue_per_mwh(
                Hashprice::from_usd_per_ph_day(hashprice).unwrap(),
                efficiency(e), overhead(k), PoolFee::from_fraction(fee).unwrap(),
            ).to_usd_per_mwh();
            prop_assert!((by_hashes / by_energy - 1.0).abs() < 2.0 * ROUNDING);
        }
    }

    #[test]
    fn the_whole_network_earns_144_rewards_a_day() {
        let difficulty = 1.2747986e14;
        let network = implied_hashrate(difficulty);
        let btc = btc_per_day(network, difficulty, 3.125);
        assert!((btc / (144.0 * 3.125) - 1.0).abs() < ROUNDING, "{btc}");
        let price = UsdPerBtc::from_usd_per_btc(64_000.0).unwrap();
        let usd = network.to_ph_per_s() * hashprice_usd_per_ph_day(difficulty, 3.125, price);
        assert!((usd / (144.0 * 3.125 * 64_000.0) - 1.0).abs() < ROUNDING, "{usd}");
    }
}
