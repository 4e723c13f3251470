//! What a fleet that is a sector does to its own markets.
//!
//! In: the table `[sector]`, which a study may leave out. Out: its values. Not here: what follows.

use super::business::Triangular;
use super::key::{Kind, table};
use super::range::{above, share, within};

table! {
    /// How markets answer a diversion.
    pub struct Sector in "sector" {
        /// Part of the withdrawn hashrate that others bring back in the end.
        refilled_share: Triangular = Kind::Triangle(share("of the withdrawn hashrate")), "{ low = 0.2, mode = 0.5, high = 0.8 }";
        /// Mean time until they do.
        refill_delay_months: f64 = Kind::Number(within(0.0, 120.0, "months")), "6.0";
        /// AI compute in use on the as-of date.
        ai_market_critical_it_mw: f64 = Kind::Number(above(0.0, 1e9, "critical-IT MW")), "30_000.0";
        /// Growth of what the market takes at unchanged prices.
        ai_market_growth_per_year: f64 = Kind::Number(within(-1.0, 5.0, "per year, of the log")), "0.35";
        /// What the log of market rents falls by the log of supply.
        rent_slope: f64 = Kind::Number(within(0.0, 10.0, "of log prices")), "0.5";
        /// What the log of GPU-hour rates falls by the log of supply.
        gpu_rate_slope: f64 = Kind::Number(within(0.0, 10.0, "of log prices")), "1.0";
    }
}
