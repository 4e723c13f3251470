//! The vocabulary of outcomes: metrics of a share and path, drivers of a path.
//!
//! Their order is that of `Outcomes`; their names are those of every output. Not here: how they
//! arise.

use crate::input::study::Study;

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
    /// GPU hours as billed by the hour.
    RevenueGpuCloud,
    /// GPU hours of GPUs that are let whole.
    RevenueBareMetal,
    /// Colocation, GPU cloud and bare metal.
    RevenueAi,
    /// Income from power sold at the hub instead of mined with, less what it was bought for, and from
    /// machines that may be switched off; no revenue.
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
    /// Curtailment income that diverted megawatts would have had: AI load is firm.
    CurtailmentLost,
    /// The hashprice at which mining all year earns what AI does after its annual cost of capital, on the
    /// last megawatt that the share diverts (the first to be diverted at share 0), its hall there all year;
    /// 0 where AI earns less than that.
    BreakEvenHashprice,
    /// Gross margin less the company's overheads.
    Ebitda,
    /// EBITDA less the mining income held in BTC, tax, interest and the company's part of conversion;
    /// before any debt is drawn or repaid.
    FreeCashFlow,
    /// What the company pays for conversion: shells less the tenants' part, GPUs.
    Capex,
    /// Interest and scheduled repayments.
    DebtService,
    /// Cash at the end of the year.
    CashAtEnd,
    /// Debt at the end of the year, convertible notes that are not converted among it.
    DebtAtEnd,
    /// 1 where EBITDA less tax is below the least multiple of debt service, else 0.
    DscrBreach,
    /// 1 where cash and what BTC counts for are below the covenant's least at the end of any month of the
    /// year, else 0.
    LiquidityBreach,
    /// 1 where cash is below the least after all that can be raised, at the end of any month from the
    /// as-of date on, else 0.
    CashShortfall,
    /// 1 where a gap of cash cannot be met by the end of the year, else 0.
    Default,
    /// Months that liquidity at the end of the year lasts at the pace of its last three months, at most
    /// `RUNWAY_MONTHS_MAX`.
    Runway,
    /// Stock issued since the as-of date over the stock of then, conversions at the price of the end of
    /// the year among it.
    Dilution,
    /// Revenue per share of stock at the end of the year.
    RevenuePerStock,
    /// Free cash flow less that of share 0 on the same path.
    FreeCashFlowGain,
    /// Revenue per share of stock less that of share 0 on the same path.
    RevenuePerStockGain,
    /// Net present value on the as-of date of cash from then to the end of the last year that is looked at,
    /// after tax, before any debt.
    Npv,
    /// The same less that of share 0 on the same path.
    NpvGain,
    /// The rate at which what the share adds to the cash of share 0 is worth nothing, per year: `IRR_MIN` where
    /// it is worth less than nothing at any, `IRR_MAX` where more.
    Irr,
    /// What the company is worth at the end of the target year over its stock: the present value of the cash
    /// after it, cash and BTC, less debt; not below 0, and 0 after a default.
    ValuePerStock,
    /// The same less that of share 0 on the same path.
    ValuePerStockGain,
}

/// The lowest internal rate of return that is told, per year.
pub const IRR_MIN: f64 = -0.99;
/// The highest one.
pub const IRR_MAX: f64 = 10.0;

/// How far a runway is told: a company that burns nothing has this.
pub const RUNWAY_MONTHS_MAX: f64 = 60.0;

/// Number of metrics that add up over months, and rest on no treasury.
pub const OPERATING: usize = 15;
/// Number of metrics that every study has.
pub const ALWAYS: usize = OPERATING + 1;
/// Number of metrics of a study with a treasury that is not appraised.
pub const WITH_TREASURY: usize = 31;

impl Metric {
    /// Every metric, in the order of `Outcomes`.
    pub const ALL: [Self; 36] = [
        Self::Revenue,
        Self::RevenueMining,
        Self::RevenueColocation,
        Self::RevenueGpuCloud,
        Self::RevenueBareMetal,
        Self::RevenueAi,
        Self::CurtailmentIncome,
        Self::PowerCost,
        Self::OperatingCost,
        Self::GrossMargin,
        Self::CapexCommitted,
        Self::MarginAfterCapital,
        Self::RevenueGain,
        Self::MarginAfterCapitalGain,
        Self::CurtailmentLost,
        Self::BreakEvenHashprice,
        Self::Ebitda,
        Self::FreeCashFlow,
        Self::Capex,
        Self::DebtService,
        Self::CashAtEnd,
        Self::DebtAtEnd,
        Self::DscrBreach,
        Self::LiquidityBreach,
        Self::CashShortfall,
        Self::Default,
        Self::Runway,
        Self::Dilution,
        Self::RevenuePerStock,
        Self::FreeCashFlowGain,
        Self::RevenuePerStockGain,
        Self::Npv,
        Self::NpvGain,
        Self::Irr,
        Self::ValuePerStock,
        Self::ValuePerStockGain,
    ];
    /// The metrics that add up over months and rest on no treasury: the first of all.
    pub const OPERATING: [Self; OPERATING] = *Self::ALL.first_chunk().expect("there are as many");
    /// The metrics of a study, in the order of `ALL`: those of a treasury where it has one, and of an
    /// appraisal.
    pub fn of(study: &Study) -> &'static [Self] {
        match (&study.treasury, &study.appraisal) {
            (Some(_), Some(_)) => &Self::ALL,
            (Some(_), None) => &Self::ALL[..WITH_TREASURY],
            (None, _) => &Self::ALL[..ALWAYS],
        }
    }
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Revenue => "revenue",
            Self::RevenueMining => "revenue_mining",
            Self::RevenueColocation => "revenue_colocation",
            Self::RevenueGpuCloud => "revenue_gpu_cloud",
            Self::RevenueBareMetal => "revenue_bare_metal",
            Self::RevenueAi => "revenue_ai",
            Self::CurtailmentIncome => "curtailment_income",
            Self::PowerCost => "power_cost",
            Self::OperatingCost => "operating_cost",
            Self::GrossMargin => "gross_margin",
            Self::CapexCommitted => "capex_committed",
            Self::MarginAfterCapital => "margin_after_capital",
            Self::RevenueGain => "revenue_gain",
            Self::MarginAfterCapitalGain => "margin_after_capital_gain",
            Self::CurtailmentLost => "curtailment_lost",
            Self::BreakEvenHashprice => "break_even_hashprice",
            Self::Ebitda => "ebitda",
            Self::FreeCashFlow => "free_cash_flow",
            Self::Capex => "capex",
            Self::DebtService => "debt_service",
            Self::CashAtEnd => "cash_at_end",
            Self::DebtAtEnd => "debt_at_end",
            Self::DscrBreach => "dscr_breach",
            Self::LiquidityBreach => "liquidity_breach",
            Self::CashShortfall => "cash_shortfall",
            Self::Default => "default",
            Self::Runway => "runway",
            Self::Dilution => "dilution",
            Self::RevenuePerStock => "revenue_per_stock",
            Self::FreeCashFlowGain => "free_cash_flow_gain",
            Self::RevenuePerStockGain => "revenue_per_stock_gain",
            Self::Npv => "npv",
            Self::NpvGain => "npv_gain",
            Self::Irr => "irr",
            Self::ValuePerStock => "value_per_stock",
            Self::ValuePerStockGain => "value_per_stock_gain",
        }
    }
    /// Its unit in outputs.
    pub fn unit(self) -> &'static str {
        match self {
            Self::DscrBreach
            | Self::LiquidityBreach
            | Self::CashShortfall
            | Self::Default
            | Self::Dilution
            | Self::Irr => "1",
            Self::BreakEvenHashprice => "USD/PH/day",
            Self::Runway => "months",
            Self::RevenuePerStock
            | Self::RevenuePerStockGain
            | Self::ValuePerStock
            | Self::ValuePerStockGain => "USD/stock",
            _ => "USD",
        }
    }
    /// Its name with its unit, as a column of a wide table: `revenue_usd`, `runway_months`.
    pub fn column(self) -> String {
        let name = self.name();
        match self.unit() {
            "1" => name.into(),
            "USD/stock" => format!("{}_usd_per_stock", name.replace("_per_stock", "")),
            unit => format!("{name}_{}", unit.to_lowercase().replace('/', "_per_")),
        }
    }
    /// Whether it is a difference to share 0, of which win, tie and lose can be counted.
    pub fn is_gain(self) -> bool {
        matches!(
            self,
            Self::RevenueGain
                | Self::MarginAfterCapitalGain
                | Self::FreeCashFlowGain
                | Self::RevenuePerStockGain
                | Self::NpvGain
                | Self::ValuePerStockGain
        )
    }
    /// Whether it says of a path that something happened, so that its mean is a probability.
    pub fn is_event(self) -> bool {
        matches!(
            self,
            Self::DscrBreach | Self::LiquidityBreach | Self::CashShortfall | Self::Default
        )
    }
    /// Whether less of it is not worse: there is no worst side, and no loss.
    pub fn is_outlay(self) -> bool {
        matches!(
            self,
            Self::PowerCost
                | Self::OperatingCost
                | Self::CapexCommitted
                | Self::CurtailmentLost
                | Self::Capex
                | Self::DebtService
                | Self::DebtAtEnd
                | Self::Dilution
        )
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_stand_in_the_order_of_what_they_rest_on() {
        for (index, metric) in Metric::ALL.into_iter().enumerate() {
            assert_eq!(metric as usize, index);
        }
        assert_eq!(Metric::ALL[ALWAYS - 1], Metric::BreakEvenHashprice);
        assert_eq!(Metric::ALL[WITH_TREASURY - 1], Metric::RevenuePerStockGain);
    }

    #[test]
    fn columns_of_a_wide_table_bear_their_units() {
        for (metric, column) in [
            (Metric::Revenue, "revenue_usd"),
            (Metric::Default, "default"),
            (Metric::Runway, "runway_months"),
            (Metric::BreakEvenHashprice, "break_even_hashprice_usd_per_ph_per_day"),
            (Metric::RevenuePerStock, "revenue_usd_per_stock"),
            (Metric::RevenuePerStockGain, "revenue_gain_usd_per_stock"),
        ] {
            assert_eq!(metric.column(), column);
        }
    }
}
