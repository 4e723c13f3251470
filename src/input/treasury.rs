//! How a company pays its way: who funds conversion, what debt costs, how gaps of cash are met.
//!
//! In: the table `[treasury]`, which a study may leave out. Out: its terms. Not here: the balance
//! sheet, which stands in the fleet's columns; what follows from both.

use super::key::{Kind, Value, table, words};
use super::range::{Wrong, above, share, within};
use super::reader::Item;

/// Where cash comes from when there is too little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FundingSource {
    /// Convertible notes.
    Convertible,
    /// New shares of stock.
    Stock,
    /// BTC held.
    Btc,
}

impl FundingSource {
    const ALL: [Self; 3] = [Self::Convertible, Self::Stock, Self::Btc];
    /// Its word in a study.
    pub fn name(self) -> &'static str {
        match self {
            Self::Convertible => "convertible",
            Self::Stock => "stock",
            Self::Btc => "btc",
        }
    }
}

/// The words of [`FundingSource`].
const SOURCES: &[&str] = &["convertible", "stock", "btc"];

impl Value for Vec<FundingSource> {
    fn placeholder() -> Self {
        Self::new()
    }
    fn read(item: &Item, _: &Kind) -> Result<Self, Wrong> {
        let Item::List(items) = item else {
            return Err(Wrong::new("is not a list"));
        };
        let mut order = Self::new();
        for item in items {
            let named =
                |source: &FundingSource| matches!(item, Item::Text(t) if t == source.name());
            let Some(source) = FundingSource::ALL.into_iter().find(named) else {
                return Err(Wrong::new("names a source that there is not"));
            };
            if order.contains(&source) {
                return Err(Wrong::new(format!("names \"{}\" twice", source.name())));
            }
            order.push(source);
        }
        Ok(order)
    }
    fn write(&self) -> Option<String> {
        let words: Vec<String> = self.iter().map(|s| format!("\"{}\"", s.name())).collect();
        Some(format!("[{}]", words.join(", ")))
    }
}

words! {
    /// What a path earns after its default.
    pub enum AfterDefault, "is neither of the two rules" {
        /// Creditors run the sites on: revenue as without a default.
        GoesOn = "goes_on",
        /// The sites are shut: nothing from the month after.
        Stops = "stops",
    }
}

const BETA: Kind = Kind::Number(within(-10.0, 10.0, "of log prices"));
const RATE: Kind = Kind::Number(within(0.0, 1.0, "per year"));
const YEARS: Kind = Kind::Number(within(0.1, 100.0, "years"));

table! {
    /// How a company pays its way.
    pub struct Treasury in "treasury" {
        /// Part of the shell of colocation that tenants pay.
        tenant_funded_share: f64 = Kind::Number(share("of the shell of colocation")), "0.0";
        /// Project loan over what the company pays for a shell, drawn as it is paid.
        shell_loan_to_cost: f64 = Kind::Number(share("of the company's part")), "0.8";
        /// Interest on it.
        shell_loan_interest_per_year: f64 = RATE, "0.08";
        /// Years from the cut-over in which it is repaid, in equal monthly parts.
        shell_loan_years: f64 = YEARS, "10.0";
        /// Loan over the cost of GPUs, which are paid in the month of the cut-over.
        gpu_loan_to_cost: f64 = Kind::Number(share("of the cost of GPUs")), "0.7";
        /// Interest on it.
        gpu_loan_interest_per_year: f64 = RATE, "0.09";
        /// Years from the cut-over in which it is repaid, in equal monthly parts.
        gpu_loan_years: f64 = YEARS, "4.0";
        /// Where cash comes from when there is less than the least, in this order.
        funding_order: Vec<FundingSource> = Kind::Words(SOURCES), "[\"convertible\", \"stock\", \"btc\"]";
        /// Least cash that the company holds.
        cash_min_usd: f64 = Kind::Number(within(0.0, 1e13, "USD")), "10e6";
        /// Convertible notes that can be placed at most.
        convertible_max_usd: f64 = Kind::Number(within(0.0, 1e13, "USD")), "0.0";
        /// Their coupon.
        convertible_coupon_per_year: f64 = RATE, "0.01";
        /// Their conversion price over the stock price at issue, less 1.
        convertible_premium: f64 = Kind::Number(within(0.0, 10.0, "of the stock price")), "0.3";
        /// What an issue of stock costs, fees and discount.
        stock_discount: f64 = Kind::Number(within(0.0, 0.9, "of the stock price")), "0.05";
        /// Stock that can be sold at most in a month.
        stock_max_share_per_month: f64 =
            Kind::Number(within(0.0, 10.0, "of the market value")), "0.05";
        /// What the log of the stock price moves by the log of the BTC price.
        stock_btc_beta: f64 = BETA, "1.2";
        /// What it moves by the log of the GPU-hour rate.
        stock_gpu_rate_beta: f64 = BETA, "0.3";
        /// Part of mining income that is sold; the rest is held in BTC, at the month's last price.
        btc_sold_share: f64 = Kind::Number(share("of mining income")), "1.0";
        /// What BTC held counts for as liquidity.
        btc_liquidity_share: f64 = Kind::Number(share("of its value")), "0.7";
        /// Tax on profit after interest and depreciation; losses are carried forward.
        tax_rate: f64 = Kind::Number(share("of profit")), "0.21";
        /// Least EBITDA less tax over debt service, of the target year.
        dscr_min: f64 = Kind::Number(above(0.0, 100.0, "times debt service")), "1.1";
        /// Least cash, with what BTC held counts for, at the end of every month of the target year.
        liquidity_min_usd: f64 = Kind::Number(within(0.0, 1e13, "USD")), "0.0";
        /// What a path earns after its default: as without one, or nothing from the month after.
        revenue_after_default: AfterDefault = AfterDefault::KIND, "\"goes_on\"";
    }
}
