//! What a company is worth beyond the target year: how far it looks, what it discounts with, what comes
//! when leases end and machines wear out.
//!
//! In: the table `[value]`, which a study may leave out. Out: its terms, and what machines of a day are
//! like. Not here: what follows.

use super::key::{Kind, table, words};
use super::range::{above, share, within};
use crate::tile::math;

words! {
    /// What becomes of a hall when its GPUs wear out.
    pub enum GpuRefresh, "is neither of the two rules" {
        /// New ones where they earn more than the shell would if it were let, else it is let.
        WhereItPays = "where_it_pays",
        /// The shell is let.
        Never = "never",
    }
}

const YEARS: Kind = Kind::Number(within(0.5, 100.0, "years"));

table! {
    /// How a company is appraised.
    pub struct Appraisal in "value" {
        /// The last year whose cash counts, at most thirty after the target year.
        end_year: i16 = Kind::Whole(2010, 2230, "a year after the target year"), "2041";
        /// What a year's delay takes off a cash flow, as 1 / (1 + rate).
        discount_rate_per_year: f64 = Kind::Number(within(0.0, 1.0, "per year")), "0.12";
        /// Drift of the BTC price after the target year, of the level.
        btc_drift_per_year: f64 = Kind::Number(within(-1.0, 1.0, "per year")), "0.0";
        /// How long leases last from their first day; contracts with a `term_years` last that.
        lease_years: f64 = YEARS, "12.0";
        /// How long each lease after the first lasts, let at the market's rent of its first day.
        renewal_years: f64 = YEARS, "5.0";
        /// What a gross megawatt of new mining machines costs, the network's as well.
        machine_usd_per_gross_mw: f64 = Kind::Number(above(0.0, 1e9, "USD per gross MW")), "1.41e6";
        /// How long machines last on average, the network's as well: of those that run a part of one over it wears out in a year.
        machine_life_years: f64 = YEARS, "5.0";
        /// Efficiency of machines bought on the as-of date.
        machine_j_per_th: f64 = Kind::Number(above(0.0, 1e4, "J/TH")), "13.5";
        /// How it improves.
        machine_improvement_per_year: f64 = Kind::Number(within(0.0, 1.0, "per year, of the log")), "0.20";
        /// Where it ends.
        machine_j_per_th_min: f64 = Kind::Number(above(0.0, 1e4, "J/TH")), "3.0";
        /// What becomes of a hall when its GPUs wear out: new ones where they earn more than the
        /// shell would if it were let, or the shell is let.
        gpu_refresh: GpuRefresh = GpuRefresh::KIND, "\"where_it_pays\"";
        /// How long it takes until new GPUs bring a rate down to what they need that lies above it;
        /// from below `capital.gpu_life_years` takes it up.
        gpu_entry_years: f64 = YEARS, "1.5";
        /// What is counted at the end of what was paid for and is not worn out, in equal parts by the year.
        residual_share: f64 = Kind::Number(share("of what is not worn out")), "0.5";
    }
}

impl Appraisal {
    /// Efficiency of machines bought so many years after the as-of date, J/TH.
    pub fn new_machine_j_per_th(&self, years: f64) -> f64 {
        let improved = math::exp(-self.machine_improvement_per_year * years);
        (self.machine_j_per_th * improved).max(self.machine_j_per_th_min)
    }
    /// Part of the machines that wears out in a month.
    pub fn machine_wear_per_month(&self) -> f64 {
        1.0 / (12.0 * self.machine_life_years)
    }
    /// Years of a first year's revenue, and of its power, that the life of machines bought then is worth:
    /// hashprice falls as new machines improve, as long as they do.
    pub fn machine_years(&self, years: f64) -> [f64; 2] {
        let rate_per_year = self.discount_rate_per_year;
        let improves = self.new_machine_j_per_th(years) > self.machine_j_per_th_min;
        let fall = if improves { math::exp(self.machine_improvement_per_year) } else { 1.0 };
        [(1.0 + rate_per_year) * fall - 1.0, rate_per_year]
            .map(|rate| 1.0 / math::annuity(rate, self.machine_life_years))
    }
    /// What a year of new GPUs' revenue is worth over its first, on average over their life, as they age.
    pub fn gpu_ageing_weight(&self, life_years: f64, ageing_per_year: f64) -> f64 {
        let rate = self.discount_rate_per_year;
        let ageing = (1.0 + rate) * math::exp(ageing_per_year) - 1.0;
        math::annuity(rate, life_years) / math::annuity(ageing, life_years)
    }
}
