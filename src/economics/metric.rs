//! The vocabulary of outcomes: metrics of a share and path, drivers of a path.
//!
//! Their order is that of `Outcomes`; their names are those of every output. Not here: how they
//! arise.

/// What is known of each share and path, USD of the target year unless its name says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
pub enum Metric {
    /// All revenue.
    Revenue,
    /// Mining income after the pool's fee.
    RevenueMining,
    /// Rent of colocation, without the power passed through.
    RevenueColocation,
    /// GPU hours as billed.
    RevenueGpuCloud,
    /// Colocation and GPU cloud.
    RevenueAi,
    /// Income from power sold at the hub instead of mined with, less what it was bought for; no
    /// revenue.
    CurtailmentIncome,
    /// Power paid for by the miner.
    PowerCost,
    /// Other cost of operating AI.
    OperatingCost,
    /// Revenue and curtailment income less power and operating cost.
    GrossMargin,
    /// Capital of conversion committed by the whole plan.
    CapexCommitted,
    /// Gross margin less the annual cost of the capital committed, charged for the whole year.
    MarginAfterCapital,
    /// Revenue less that of share 0 on the same path.
    RevenueGain,
    /// Margin after capital less that of share 0 on the same path.
    MarginAfterCapitalGain,
}

impl Metric {
    /// Every metric, in the order of `Outcomes`.
    pub const ALL: [Self; 13] = [
        Self::Revenue,
        Self::RevenueMining,
        Self::RevenueColocation,
        Self::RevenueGpuCloud,
        Self::RevenueAi,
        Self::CurtailmentIncome,
        Self::PowerCost,
        Self::OperatingCost,
        Self::GrossMargin,
        Self::CapexCommitted,
        Self::MarginAfterCapital,
        Self::RevenueGain,
        Self::MarginAfterCapitalGain,
    ];
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Revenue => "revenue",
            Self::RevenueMining => "revenue_mining",
            Self::RevenueColocation => "revenue_colocation",
            Self::RevenueGpuCloud => "revenue_gpu_cloud",
            Self::RevenueAi => "revenue_ai",
            Self::CurtailmentIncome => "curtailment_income",
            Self::PowerCost => "power_cost",
            Self::OperatingCost => "operating_cost",
            Self::GrossMargin => "gross_margin",
            Self::CapexCommitted => "capex_committed",
            Self::MarginAfterCapital => "margin_after_capital",
            Self::RevenueGain => "revenue_gain",
            Self::MarginAfterCapitalGain => "margin_after_capital_gain",
        }
    }
    /// Whether it is a difference to share 0, of which win, tie and lose can be counted.
    pub fn is_gain(self) -> bool {
        matches!(self, Self::RevenueGain | Self::MarginAfterCapitalGain)
    }
}

/// What a path is like whatever the share: means over the target year, and its own scalars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
pub enum Driver {
    /// BTC price.
    BtcPrice,
    /// Hashprice.
    Hashprice,
    /// Network hashrate.
    Hashrate,
    /// GPU-hour rate.
    GpuRate,
    /// Utilisation of GPUs.
    Utilisation,
    /// Year-1 rent of new leases.
    Rent,
    /// Mean delay of the plan's halls.
    Delay,
    /// Cost of the shell.
    ShellCapex,
}

impl Driver {
    /// Every driver, in order.
    pub const ALL: [Self; 8] = [
        Self::BtcPrice,
        Self::Hashprice,
        Self::Hashrate,
        Self::GpuRate,
        Self::Utilisation,
        Self::Rent,
        Self::Delay,
        Self::ShellCapex,
    ];
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::BtcPrice => "btc_price",
            Self::Hashprice => "hashprice",
            Self::Hashrate => "hashrate",
            Self::GpuRate => "gpu_rate",
            Self::Utilisation => "utilisation",
            Self::Rent => "rent",
            Self::Delay => "delay",
            Self::ShellCapex => "shell_capex",
        }
    }
    /// Its unit in outputs.
    pub fn unit(self) -> &'static str {
        match self {
            Self::BtcPrice => "USD/BTC",
            Self::Hashprice => "USD/PH/day",
            Self::Hashrate => "EH/s",
            Self::GpuRate => "USD/GPU-hour",
            Self::Utilisation => "1",
            Self::Rent => "USD/critical-IT MW/year",
            Self::Delay => "months",
            Self::ShellCapex => "USD/critical-IT MW",
        }
    }
}
