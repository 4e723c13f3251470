//! The study file: the analyst's question with every value it rests on.

use jiff::civil::Date;
use ndarray::Array2;
use std::collections::BTreeMap;

/// A validated study: every value in the unit its name says, finite and in range; files read.
#[derive(Debug, Clone)]
pub struct Study {
    /// Short name, `[a-z0-9_-]+`.
    pub name: String,
    /// The question in a sentence.
    pub question: String,
    /// The date whose close is the start of every path.
    pub as_of: Date,
    /// The year whose money is counted.
    pub target_year: i16,
    /// Number of paths.
    pub paths: u64,
    /// Seed of all chance.
    pub seed: u64,
    /// Shares of gross MW to divert, ascending, each 0 to 1, with 0.
    pub shares: Vec<f64>,
    /// The share that the verdict speaks of; one of `shares`.
    pub headline_share: f64,
    /// BTC price.
    pub btc_price: BtcPrice,
    /// Transaction fees.
    pub fees: Fees,
    /// Network hashrate and difficulty.
    pub network: Network,
    /// AI compute market.
    pub ai_market: AiMarket,
    /// Correlation of the normal scores, in the order of `Factor::SCORED`.
    pub correlation: Array2<f64>,
    /// The fleet, least efficient tranche first.
    pub fleet: Vec<Tranche>,
    /// How the fleet mines.
    pub mining: Mining,
    /// What is diverted.
    pub diversion: Diversion,
    /// The colocation business.
    pub colocation: Colocation,
    /// The GPU-cloud business.
    pub gpu_cloud: GpuCloud,
    /// When halls come.
    pub delivery: Delivery,
    /// What conversion costs.
    pub capital: Capital,
    /// A published claim to hold against the result.
    pub claim: Option<Claim>,
    /// Where each value comes from: dotted key → "assumption: …", "computed: …" or "source: …".
    pub basis: BTreeMap<String, String>,
}

/// Geometric Brownian motion of the BTC price.
#[derive(Debug, Clone, PartialEq)]
pub struct BtcPrice {
    pub start_usd_per_btc: f64,
    pub volatility_per_sqrt_year: f64,
    pub drift_per_year: f64,
    pub drift_sd_per_year: f64,
}

/// Mean-reverting log of the fees per block.
#[derive(Debug, Clone, PartialEq)]
pub struct Fees {
    pub long_run_share_of_reward: f64,
    pub reversion_per_month: f64,
    pub innovation_sd_per_month: f64,
}

/// Network hashrate and difficulty.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    pub start_difficulty: f64,
    pub epoch_start_height: u32,
    pub epoch_start_date: Date,
    pub growth_per_month: f64,
    pub noise_sd_per_month: f64,
    pub growth_per_month_max: f64,
    pub response_per_month: f64,
    pub response_delay_months: f64,
    pub entry_hashprice_usd_per_ph_day: f64,
    pub shutdown_hashprice_usd_per_ph_day: f64,
    pub shutdown_log_scale: f64,
    pub shutdown_decline_per_month: f64,
    pub shutdown_delay_days: f64,
}

/// Regime of the AI market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regime {
    /// Demand is ahead of capacity.
    Boom,
    /// Capacity is ahead of demand.
    Glut,
}

/// AI compute demand against capacity, and the prices that follow it.
#[derive(Debug, Clone, PartialEq)]
pub struct AiMarket {
    pub start_regime: Regime,
    pub boom_to_glut_per_month: f64,
    pub glut_to_boom_per_month: f64,
    pub boom_utilisation: f64,
    pub glut_utilisation: f64,
    pub tightness_reversion_per_year: f64,
    pub tightness_sd_per_sqrt_year: f64,
    pub gpu_rate_start_usd_per_gpu_hour: f64,
    pub gpu_rate_drift_boom_per_year: f64,
    pub gpu_rate_drift_glut_per_year: f64,
    pub gpu_rate_sd_per_sqrt_year: f64,
    pub gpu_rate_floor_usd_per_gpu_hour: f64,
    pub rent_start_usd_per_critical_it_mw_year: f64,
    pub rent_trend_boom_per_year: f64,
    pub rent_trend_glut_per_year: f64,
    pub rent_reversion_per_year: f64,
    pub rent_sd_per_sqrt_year: f64,
}

/// Machines of one efficiency.
#[derive(Debug, Clone, PartialEq)]
pub struct Tranche {
    pub name: String,
    pub gross_mw: f64,
    pub efficiency_j_per_th: f64,
}

/// How the fleet mines.
#[derive(Debug, Clone, PartialEq)]
pub struct Mining {
    pub power_overhead: f64,
    pub uptime: f64,
    pub pool_fee: f64,
    pub power_usd_per_mwh: f64,
    pub switch_off: bool,
}

/// What is diverted.
#[derive(Debug, Clone, PartialEq)]
pub struct Diversion {
    pub share_max: f64,
    pub critical_it_per_gross_mw: f64,
    pub colocation_share: f64,
}

/// A signed lease.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    pub tenant: String,
    pub critical_it_mw: f64,
    pub rent_usd_per_critical_it_mw_year: f64,
    pub escalator_per_year: f64,
}

/// The colocation business.
#[derive(Debug, Clone, PartialEq)]
pub struct Colocation {
    pub contracted_share: f64,
    pub contracts: Vec<Contract>,
    pub escalator_per_year: f64,
    pub operating_cost_share_of_revenue: f64,
}

/// The GPU-cloud business.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuCloud {
    pub gpus_per_critical_it_mw: f64,
    pub operating_cost_share_of_revenue: f64,
    pub power_usd_per_mwh: f64,
}

/// When halls come.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    pub hall_mw: f64,
    pub first_due: Date,
    pub build_rate_mw_per_month: f64,
    pub delay_median_months: f64,
    pub delay_log_sd: f64,
    pub redesign_probability: f64,
    pub redesign_delay_months: f64,
    pub common_variance_share: f64,
}

/// A triangular law; `low == mode == high` is a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Triangular {
    pub low: f64,
    pub mode: f64,
    pub high: f64,
}

/// What conversion costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Capital {
    pub shell_usd_per_critical_it_mw: Triangular,
    pub overrun_log_mean: f64,
    pub overrun_log_sd: f64,
    pub overrun_delay_correlation: f64,
    pub gpu_usd_per_critical_it_mw: f64,
    pub cost_of_capital_per_year: f64,
    pub shell_life_years: f64,
    pub gpu_life_years: f64,
}

/// A published claim, with the closure that reproduces it.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Rows of the closures file.
    pub closures: Vec<Closure>,
    /// The closure that the deterministic table is made of; one of `closures`.
    pub closure: String,
    /// GPUs that one gross MW powers, cooling included, for the implied price of an hour.
    pub gpus_per_gross_mw: f64,
    /// Part of those hours that is sold, for the implied price of an hour.
    pub utilisation: f64,
}

/// One set of assumptions under which a published claim is an identity.
#[derive(Debug, Clone, PartialEq)]
pub struct Closure {
    pub name: String,
    pub reading: String,
    pub price_usd_per_kwh: f64,
    pub hours_per_year: f64,
    pub availability: f64,
    pub margin: f64,
    /// Part of full revenue in years 1, 2 and 3 onward.
    pub ramp: [f64; 3],
    pub share: f64,
    pub years: u32,
    pub discount_rate_per_year: f64,
    pub retrofit_usd_per_mw: f64,
    /// Average over the years, USD a year: the target the MW are derived from.
    pub average_usd_per_year: f64,
    /// Net present value, USD: the target the GPU capex is derived from.
    pub net_present_value_usd: f64,
}
