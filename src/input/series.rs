//! Histories: what calibration sees, and the columns of their files.
//!
//! In: nothing. Out: the types. Not here: how they are read, which is `histories`.

use super::key::{Key, Kind};
use super::period::{Quarter, YearMonth};
use super::range::{Range, above, within};
use super::table::{Column, filled, sparse};
use jiff::civil::Date;

/// One number a month, without a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthlySeries {
    /// Successive months.
    pub months: Vec<YearMonth>,
    /// The value of each month, in the unit of the history.
    pub values: Vec<f64>,
}

/// The network month by month, without a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkSeries {
    /// Successive months.
    pub months: Vec<YearMonth>,
    /// Mean hashrate of each month, EH/s.
    pub hashrate_eh_per_s: Vec<f64>,
    /// Mean difficulty of each month.
    pub difficulty: Vec<f64>,
    /// Mean fees of each month, BTC a day; `None` where unknown.
    pub fees_btc_per_day: Vec<Option<f64>>,
}

/// Difficulty epochs, each 2016 blocks after the one before.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochSeries {
    /// Height of the first block of each epoch.
    pub first_height: Vec<u32>,
    /// Date of that block, UTC.
    pub start: Vec<Date>,
    /// Whether the date is that of the block itself; else it may be a day off.
    pub start_is_exact: Vec<bool>,
    /// Difficulty of the epoch.
    pub difficulty: Vec<f64>,
}

/// What a GPU-hour cost in a quarter on one basis; at least one price is known.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuRateQuote {
    /// The quarter.
    pub quarter: Quarter,
    /// What kind of price it is: on demand, one year, marketplace.
    pub basis: String,
    /// Low end, USD per GPU-hour.
    pub low_usd_per_gpu_hour: Option<f64>,
    /// Typical, USD per GPU-hour.
    pub mid_usd_per_gpu_hour: Option<f64>,
    /// High end, USD per GPU-hour.
    pub high_usd_per_gpu_hour: Option<f64>,
    /// How well it is known.
    pub quality: String,
}

/// Data-centre revenue of the main GPU vendor, a measure of AI capacity bought.
#[derive(Debug, Clone, PartialEq)]
pub struct CapacityQuarter {
    /// Last day of the fiscal quarter.
    pub quarter_end: Date,
    /// Revenue of the quarter, million USD.
    pub revenue_million_usd: f64,
}

/// A published hosting deal.
#[derive(Debug, Clone, PartialEq)]
pub struct HostingDeal {
    /// Day of the announcement.
    pub date: Date,
    /// Who lets.
    pub landlord: String,
    /// Who rents.
    pub tenant: String,
    /// What is let, critical-IT MW.
    pub critical_it_mw: f64,
    /// Length of the lease, years.
    pub term_years: f64,
    /// Rent of the whole lease, USD.
    pub contract_value_usd: f64,
    /// Value by megawatt and year, USD; an average, so it contains the escalator.
    pub average_rent_usd_per_critical_it_mw_year: f64,
    /// Whether it contains an earlier deal of the list.
    pub is_cumulative: bool,
}

/// The histories of a study; each may be left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Histories {
    /// BTC price at the close of each month, USD per BTC.
    pub btc_price: Option<MonthlySeries>,
    /// The network, monthly.
    pub network: Option<NetworkSeries>,
    /// Difficulty by epoch.
    pub difficulty: Option<EpochSeries>,
    /// GPU-hour prices, by quarter and basis.
    pub gpu_rate: Option<Vec<GpuRateQuote>>,
    /// AI capacity bought, by fiscal quarter.
    pub ai_capacity: Option<Vec<CapacityQuarter>>,
    /// Hosting deals, by date.
    pub rent: Option<Vec<HostingDeal>>,
}

const fn data(name: &'static str, typical: &'static str) -> Key {
    Key { table: "data", name, kind: Kind::File, typical }
}

/// The keys of `[data]`, each with the columns of its file.
pub(crate) const DATA: &[(Key, &[Column])] = &[
    (data("btc_price", "\"btc_month_end.csv\""), BTC_PRICE),
    (data("network", "\"network_month.csv\""), NETWORK),
    (data("difficulty", "\"difficulty_epochs.csv\""), DIFFICULTY),
    (data("gpu_rate", "\"h100_rental_price.csv\""), GPU_RATE),
    (data("ai_capacity", "\"nvidia_datacenter_revenue.csv\""), AI_CAPACITY),
    (data("rent", "\"hosting_price_list.csv\""), RENT),
];

const BTC_PRICE: &[Column] = &[
    filled("month", Kind::Month),
    filled("close_usd_per_btc", Kind::Number(above(0.0, 1e9, "USD per BTC"))),
];
const NETWORK: &[Column] = &[
    filled("month", Kind::Month),
    filled("mean_hashrate_eh_per_s", Kind::Number(above(0.0, 1e7, "EH/s"))),
    filled("mean_difficulty", Kind::Number(within(1.0, 1e25, "difficulty"))),
    sparse("mean_fees_btc_per_day", Kind::Number(within(0.0, 1e5, "BTC a day"))),
];
const DIFFICULTY: &[Column] = &[
    filled("first_height", Kind::Whole(0, 6_929_999, "a multiple of 2016")),
    filled("start_date", Kind::Day),
    filled("start_date_is_exact", Kind::YesNo),
    filled("difficulty", Kind::Number(within(1.0, 1e25, "difficulty"))),
];
const GPU_USD: Kind = Kind::Number(above(0.0, 1e4, "USD per GPU-hour"));
const GPU_RATE: &[Column] = &[
    filled("quarter", Kind::Quarter),
    filled("basis", Kind::Text),
    sparse("low_usd_per_gpu_hour", GPU_USD),
    sparse("mid_usd_per_gpu_hour", GPU_USD),
    sparse("high_usd_per_gpu_hour", GPU_USD),
    filled("quality", Kind::Text),
    filled("source", Kind::Text),
];
const AI_CAPACITY: &[Column] = &[
    filled("quarter_end_date", Kind::Day),
    filled("fiscal_quarter", Kind::Text),
    filled("datacenter_revenue_million_usd", Kind::Number(above(0.0, 1e8, "million USD"))),
    filled("quality", Kind::Text),
    filled("source", Kind::Text),
];
const RENT_USD: Range = within(0.0, 1e9, "USD per critical-IT MW and year");
const RENT: &[Column] = &[
    filled("date", Kind::Day),
    filled("landlord", Kind::Text),
    filled("tenant", Kind::Text),
    filled("critical_it_mw", Kind::Number(above(0.0, 1e6, "critical-IT MW"))),
    filled("term_years", Kind::Number(above(0.0, 100.0, "years"))),
    filled("contract_value_usd", Kind::Number(above(0.0, 1e13, "USD"))),
    filled("average_rent_usd_per_critical_it_mw_year", Kind::Number(RENT_USD)),
    filled("is_cumulative", Kind::YesNo),
];
