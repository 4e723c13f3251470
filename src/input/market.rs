//! The part of a study that is the world of Bitcoin besides its price: fees, network.
//!
//! In: tables of the study file. Out: values in the unit that their names say. Not here: laws.

use super::key::{Kind, table};
use super::range::{above, within};
use jiff::civil::Date;

table! {
    /// Mean-reverting log of the fees per block, with spikes.
    pub struct Fees in "fees" {
        /// Fees over subsidy plus fees in the long run; also the start.
        long_run_share_of_reward: f64 = Kind::Number(within(0.0, 0.99, "of the reward")), "0.0065";
        /// Autoregressive coefficient of the monthly log fees.
        reversion_per_month: f64 = Kind::Number(within(0.0, 0.9999, "per month")), "0.8";
        /// Standard deviation of a month's innovation of the log fees.
        innovation_sd_per_month: f64 =
            Kind::Number(within(0.0, 5.0, "per month, of the log")), "0.5";
        /// Spikes that begin in a year on average; 0 for none.
        spikes_per_year: f64 = Kind::Number(within(0.0, 365.0, "per year")), "0.4";
        /// Mean jump of the log fees at a spike: ln 6 is a multiplier of 6.
        spike_log_mean: f64 = Kind::Number(within(-10.0, 10.0, "of the log")), "1.79";
        /// Standard deviation of the jump.
        spike_log_sd: f64 = Kind::Number(within(0.0, 5.0, "of the log")), "0.6";
        /// Time in which a spike decays to 1/e of its jump of the log.
        spike_decay_weeks: f64 = Kind::Number(within(0.1, 520.0, "weeks")), "6.0";
    }
}

table! {
    /// Network hashrate and difficulty.
    pub struct Network in "network" {
        /// Difficulty in force at the as-of date.
        start_difficulty: f64 = Kind::Number(within(1.0, 1e25, "difficulty")), "126.2315e12";
        /// Height of the first block of the difficulty epoch in force at the as-of date.
        epoch_start_height: u32 = Kind::Whole(0, 6_929_999, "a multiple of 2016"), "959_616";
        /// Date of that block.
        epoch_start_date: Date = Kind::Day, "2026-07-25";
        /// Growth of the hashrate without response to price.
        growth_per_month: f64 = Kind::Number(within(-1.0, 1.0, "per month, of the log")), "0.012";
        /// Standard deviation of a month's growth.
        noise_sd_per_month: f64 = Kind::Number(within(0.0, 1.0, "per month, of the log")), "0.044";
        /// Growth that machines cannot be delivered faster than.
        growth_per_month_max: f64 = Kind::Number(within(0.0, 1.0, "per month, of the log")), "0.08";
        /// Growth added per unit of ln(hashprice / entry hashprice) above it.
        response_per_month: f64 = Kind::Number(within(0.0, 5.0, "per month")), "0.06";
        /// Mean delay from order to hashrate.
        response_delay_months: f64 = Kind::Number(within(0.0, 60.0, "months")), "5.0";
        /// Hashprice above which machines are ordered.
        entry_hashprice_usd_per_ph_day: f64 =
            Kind::Number(above(0.0, 1e6, "USD per PH/s and day")), "38.0";
        /// Hashprice at which half of the network would be off.
        shutdown_hashprice_usd_per_ph_day: f64 =
            Kind::Number(above(0.0, 1e6, "USD per PH/s and day")), "23.4";
        /// Scale of the log-logistic stack of break-even hashprices.
        shutdown_log_scale: f64 = Kind::Number(above(0.0, 5.0, "of the log hashprice")), "0.11";
        /// Fall of the stack as machines improve.
        shutdown_decline_per_month: f64 =
            Kind::Number(within(-1.0, 1.0, "per month, of the log")), "0.012";
        /// Mean delay from a hashprice to the switch.
        shutdown_delay_days: f64 = Kind::Number(within(0.0, 365.0, "days")), "10.0";
        /// Whether blocks come by chance, so that retargets have their luck.
        block_luck: bool = Kind::Flag, "false";
    }
}

table! {
    /// Power price at the hub.
    pub struct PowerPrice in "power_price" {
        /// Mean of a year, without spikes.
        mean_usd_per_mwh: f64 = Kind::Number(above(0.0, 1e5, "USD per MWh")), "45.0";
        /// Height of the yearly cosine above its middle.
        season_amplitude: f64 = Kind::Number(within(0.0, 5.0, "of the log price")), "0.2";
        /// Day of the year on which the season is at its height.
        season_peak_day: f64 = Kind::Number(within(1.0, 367.0, "day of the year")), "215.0";
        /// Speed at which the log price reverts to its season.
        reversion_per_day: f64 = Kind::Number(above(0.0, 100.0, "per day")), "0.4";
        /// Standard deviation of the log price about its season, spikes apart.
        log_sd: f64 = Kind::Number(within(0.0, 5.0, "of the log price")), "0.35";
        /// Spikes that begin in a year on average; 0 for none.
        spikes_per_year: f64 = Kind::Number(within(0.0, 365.0, "per year")), "8.0";
        /// Mean jump of the log price at a spike.
        spike_log_mean: f64 = Kind::Number(within(-10.0, 10.0, "of the log price")), "1.0";
        /// Standard deviation of the jump.
        spike_log_sd: f64 = Kind::Number(within(0.0, 5.0, "of the log price")), "0.5";
        /// Time in which a spike decays to 1/e of its jump of the log.
        spike_decay_days: f64 = Kind::Number(within(0.1, 3650.0, "days")), "1.5";
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::Value;
    use super::super::reader::Item;
    use super::*;

    #[test]
    fn a_share_of_the_reward_may_not_be_all_of_it() {
        // fees = subsidy × share / (1 − share) has no value at 1.
        let key = Fees::KEYS[0];
        assert!(f64::read(&Item::Number(1.0), &key.kind).is_err());
    }
}
