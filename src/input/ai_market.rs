//! The AI market in a study: regimes of demand, the prices that follow tightness, and the tables of
//! the laws of tightness.
//!
//! In: `[ai_market]` and a table for each law. Out: values in the unit that their names say. Not
//! here: the laws' motion.

use super::key::{Kind, table, words};
use super::models::{Models, laws};
use super::range::{above, within};
use crate::time::{DAYS_PER_YEAR, TimeGrid};
use jiff::civil::Date;

words! {
    /// Regime of demand for AI compute.
    pub enum Regime, "is not a regime" {
        /// Demand is ahead of capacity.
        Boom = "boom",
        /// Capacity is ahead of demand.
        Glut = "glut",
    }
}

table! {
    /// AI compute demand against capacity, and the prices that follow it.
    pub struct AiMarket in "ai_market" {
        /// Law of the market's tightness, or several with their weights.
        model: Models<AiMarketModel> =
            Kind::Models(above(0.0, 1.0, "of the groups of paths")), "\"two_regime\"";
        /// Regime of demand at the as-of date.
        start_regime: Regime = Regime::KIND, "\"boom\"";
        /// Rate of leaving a boom.
        boom_to_glut_per_month: f64 =
            Kind::Number(within(0.0, 30.0, "per month")), "0.08333333333333333";
        /// Rate of leaving a glut.
        glut_to_boom_per_month: f64 =
            Kind::Number(within(0.0, 30.0, "per month")), "0.05555555555555555";
        /// Utilisation of GPUs at which rates and rents move as in a boom.
        boom_utilisation: f64 = Kind::Number(above(0.0, 1.0, "of the hours on offer")), "0.87";
        /// Utilisation of GPUs at which rates and rents move as in a glut.
        glut_utilisation: f64 = Kind::Number(above(0.0, 1.0, "of the hours on offer")), "0.65";
        /// GPU-hour rate at the as-of date, on demand.
        gpu_rate_start_usd_per_gpu_hour: f64 =
            Kind::Number(above(0.0, 1e4, "USD per GPU-hour")), "2.61";
        /// Drift of the log GPU-hour rate in a boom.
        gpu_rate_drift_boom_per_year: f64 = Kind::Number(within(-5.0, 5.0, "per year")), "0.35";
        /// Drift of the log GPU-hour rate in a glut.
        gpu_rate_drift_glut_per_year: f64 = Kind::Number(within(-5.0, 5.0, "per year")), "-0.45";
        /// Volatility of the log GPU-hour rate.
        gpu_rate_sd_per_sqrt_year: f64 = Kind::Number(within(0.0, 5.0, "per √year")), "0.3";
        /// Mean number of jumps of the GPU-hour rate.
        gpu_rate_jumps_per_year: f64 = Kind::Number(within(0.0, 60.0, "jumps per year")), "0.0";
        /// Mean of a jump of the log rate; it adds to the drift.
        gpu_rate_jump_log_mean: f64 =
            Kind::Number(within(-2.0, 2.0, "of the log rate")), "-0.03";
        /// Standard deviation of a jump of the log rate.
        gpu_rate_jump_log_sd: f64 = Kind::Number(within(0.0, 2.0, "of the log rate")), "0.12";
        /// What GPUs of the fleet's generation lose against the market as they age.
        gpu_rate_ageing_per_year: f64 = Kind::Number(within(0.0, 5.0, "per year, of the log")), "0.12";
        /// The day from which on they do.
        gpu_rate_ageing_from: Date = Kind::Day, "2029-01-01";
        /// Rate that the market does not fall below.
        gpu_rate_floor_usd_per_gpu_hour: f64 =
            Kind::Number(within(0.0, 1e4, "USD per GPU-hour")), "0.45";
        /// Year-1 rent of a new colocation lease at the as-of date.
        rent_start_usd_per_critical_it_mw_year: f64 =
            Kind::Number(above(0.0, 1e9, "USD per critical-IT MW and year")), "1_500_000.0";
        /// Trend of the log rent in a boom.
        rent_trend_boom_per_year: f64 = Kind::Number(within(-5.0, 5.0, "per year")), "0.06";
        /// Trend of the log rent in a glut.
        rent_trend_glut_per_year: f64 = Kind::Number(within(-5.0, 5.0, "per year")), "-0.15";
        /// Speed at which the log rent reverts to its trend.
        rent_reversion_per_year: f64 = Kind::Number(within(0.0, 100.0, "per year")), "0.7";
        /// Volatility of the log rent.
        rent_sd_per_sqrt_year: f64 = Kind::Number(within(0.0, 5.0, "per √year")), "0.12";
    }
}

laws! {
    /// A law of the tightness of the AI market.
    pub enum AiMarketModel;
    /// The tables of the laws of tightness that a study holds.
    pub struct AiMarketLaws;
    /// Tightness reverts to the level of its regime.
    TwoRegime: two_regime,
    /// Capacity follows past tightness with a lag.
    SupplyLag: supply_lag,
}

table! {
    /// Tightness that reverts to the level of its regime.
    pub struct TwoRegime in "ai_market.two_regime" {
        /// Speed at which tightness reverts to its regime's level.
        tightness_reversion_per_year: f64 = Kind::Number(within(0.0, 100.0, "per year")), "4.0";
        /// Volatility of tightness, ln(demand / capacity).
        tightness_sd_per_sqrt_year: f64 = Kind::Number(within(0.0, 5.0, "per √year")), "0.5";
    }
}

table! {
    /// Demand that grows by its regime against capacity that follows past tightness with a lag.
    pub struct SupplyLag in "ai_market.supply_lag" {
        /// Utilisation of GPUs at the as-of date.
        start_utilisation: f64 =
            Kind::Number(within(0.01, 0.99, "of the hours on offer")), "0.87";
        /// Growth of demand in a boom.
        demand_growth_boom_per_year: f64 =
            Kind::Number(within(-5.0, 5.0, "per year, of the log")), "0.7";
        /// Growth of demand in a glut.
        demand_growth_glut_per_year: f64 =
            Kind::Number(within(-5.0, 5.0, "per year, of the log")), "0.1";
        /// Volatility of demand.
        demand_sd_per_sqrt_year: f64 = Kind::Number(within(0.0, 5.0, "per √year")), "0.25";
        /// Growth of capacity when the market is in balance.
        capacity_growth_per_year: f64 =
            Kind::Number(within(-5.0, 5.0, "per year, of the log")), "0.35";
        /// Growth of capacity that is already ordered, at the as-of date.
        capacity_growth_start_per_year: f64 =
            Kind::Number(within(-5.0, 5.0, "per year, of the log")), "0.6";
        /// Growth of capacity added per unit of tightness above balance, a lag later.
        capacity_response_per_year: f64 = Kind::Number(within(0.0, 20.0, "per year")), "1.0";
        /// Least growth of capacity: what is retired when nothing is bought.
        capacity_growth_min_per_year: f64 =
            Kind::Number(within(-5.0, 5.0, "per year, of the log")), "0.0";
        /// Most growth of capacity: what can be built.
        capacity_growth_max_per_year: f64 =
            Kind::Number(within(-5.0, 5.0, "per year, of the log")), "1.2";
        /// Utilisation at which orders replace what is retired and meet the usual growth.
        balanced_utilisation: f64 =
            Kind::Number(within(0.01, 0.99, "of the hours on offer")), "0.78";
        /// Mean lag from order to capacity.
        delivery_lag_months: f64 = Kind::Number(above(0.0, 120.0, "months")), "18.0";
    }
}

impl AiMarket {
    /// Years for which the fleet's first GPUs have aged at a step.
    pub fn ageing_years(&self, grid: &TimeGrid, step: usize) -> f64 {
        // Day k runs from k − 1 to k.
        let from_day = grid.step_of(self.gpu_rate_ageing_from) as f64 - 1.0;
        ((grid.time_days(step) - from_day) / DAYS_PER_YEAR).max(0.0)
    }
}
