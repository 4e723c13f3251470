//! The part of a study that is the miner: its fleet, what it diverts, what that earns and costs.
//!
//! In: tables of the study file. Out: values in the unit that their names say. Not here: economics.

use super::capacity::SUM_ROUNDING;
use super::contracts::Contract;
use super::key::{Kind, Value, number, table, words};
use super::range::{Wrong, above, share, within};
use super::reader::Item;
use jiff::civil::Date;

words! {
    /// What a pool pays for work.
    pub enum PoolScheme, "is not a pool scheme" {
        /// Full pay per share: expected subsidy and fees.
        Fpps = "fpps",
        /// Pay per share: the expected subsidy.
        Pps = "pps",
        /// Pay per last shares, or a pool of one's own: what the pool finds.
        Pplns = "pplns",
    }
}

table! {
    /// How the fleet mines.
    pub struct Mining in "mining" {
        /// Power at the wall over power of the machines.
        power_overhead: f64 = Kind::Number(within(1.0, 3.0, "wall power / machine power")), "1.05";
        /// Earning hashrate over deployed hashrate.
        uptime: f64 = Kind::Number(share("earning / deployed hashrate")), "0.86";
        /// What the pool keeps.
        pool_fee: f64 = Kind::Number(share("of mining income")), "0.01";
        /// What the pool pays: expected subsidy and fees, the subsidy, or what it finds (also a
        /// pool of one's own).
        pool_scheme: PoolScheme = PoolScheme::KIND, "\"fpps\"";
        /// Part of the network's blocks that the pool finds; decides the luck of `pplns` alone.
        pool_share_of_network: f64 =
            Kind::Number(above(0.0, 1.0, "of the network's blocks")), "0.05";
        /// Price of the power that machines draw.
        power_usd_per_mwh: f64 = Kind::Number(within(0.0, 1e5, "USD per MWh")), "45.0";
        /// Whether machines are off on days when they earn less than their power costs.
        switch_off: bool = Kind::Flag, "true";
        /// Whether power is sold at the hub on days when it is worth more there than mined with.
        curtailment: bool = Kind::Flag, "false";
        /// What a grid pays for machines that may be switched off, by the day on which they mine or
        /// could.
        demand_response_usd_per_mw_year: f64 =
            Kind::Number(within(0.0, 1e7, "USD per gross MW and year")), "0.0";
    }
}

words! {
    /// What share 0 is.
    pub enum StatusQuo, "is neither of the two" {
        /// All megawatts mine.
        Mining = "mining",
        /// What is signed is built and let; shares are of the rest.
        Signed = "signed",
    }
}

words! {
    /// How long diverted megawatts mine.
    pub enum MiningUntil, "is neither of the two" {
        /// Until their hall is cut over.
        CutOver = "cut_over",
        /// Until its works begin.
        Construction = "construction",
    }
}

table! {
    /// What is diverted.
    pub struct Diversion in "diversion" {
        /// Part of the gross MW that suits AI and HPC; larger shares are valued at this one.
        share_max: f64 = Kind::Number(share("of gross MW")), "1.0";
        /// What share 0 is. With "signed" the megawatts of signed contracts are let at every share,
        /// those that are `delivered` or `energised` from the as-of date on, the rest as halls
        /// come; shares are of the gross MW that are not signed, and gains are counted from that.
        /// All of it is then colocation: `colocation_share` is 1.
        status_quo: StatusQuo = StatusQuo::KIND, "\"mining\"";
        /// Critical-IT MW that a gross MW carries.
        critical_it_per_gross_mw: f64 =
            Kind::Number(above(0.0, 1.0, "critical-IT MW per gross MW")), "0.7";
        /// Part of the diverted megawatts that is colocation.
        colocation_share: f64 = Kind::Number(share("of the diverted MW")), "0.7";
        /// Part of them that is bare metal; the rest is GPU cloud. With `colocation_share` at most
        /// 1.
        bare_metal_share: f64 = Kind::Number(share("of the diverted MW")), "0.0";
        /// How long diverted megawatts mine: to the cut-over of their hall, or to the start of its
        /// works, `construction_months` before it is due.
        mining_until: MiningUntil =
            MiningUntil::KIND, "\"cut_over\"";
        /// Whether a hall of colocation that stands empty mines until it is let again; needs
        /// `[credit]`.
        reversible: bool = Kind::Flag, "false";
    }
}

impl Diversion {
    /// Whether colocation and bare metal are no more than what is diverted, up to the rounding of a sum.
    pub fn is_mix_whole(&self) -> bool {
        self.colocation_share + self.bare_metal_share <= 1.0 + SUM_ROUNDING
    }
}

table! {
    /// The bare-metal business: own GPUs, let whole.
    pub struct BareMetal in "bare_metal" {
        /// Part let at signing, at the start rate; the rest is let at the market's of its first
        /// day.
        contracted_share: f64 = Kind::Number(share("of the bare-metal MW")), "1.0";
        /// Rate of a contract over the market's of an hour.
        rate_share_of_market: f64 = Kind::Number(within(0.0, 10.0, "of the market's rate")), "0.6";
        /// How long a contract lasts; the next one is at the market's rate of its first day.
        contract_years: f64 = Kind::Number(within(0.1, 100.0, "years")), "3.0";
        /// Part of the hours that is paid for, used or not.
        availability: f64 = Kind::Number(share("of the hours")), "0.97";
        /// Operating cost over revenue, without power.
        operating_cost_share_of_revenue: f64 = Kind::Number(share("of revenue")), "0.10";
    }
}

table! {
    /// The colocation business.
    pub struct Colocation in "colocation" {
        /// Part let at signing, at the start rent; the rest is let at the market's.
        contracted_share: f64 = Kind::Number(share("of the colocation MW")), "0.6";
        /// Signed leases, filled before the rest; `""` for none.
        contracts: Vec<Contract> = Kind::File, "\"\"";
        /// Yearly rise of a rent.
        escalator_per_year: f64 = Kind::Number(within(-1.0, 1.0, "per year")), "0.025";
        /// Operating cost over rent.
        operating_cost_share_of_revenue: f64 = Kind::Number(share("of rent")), "0.15";
    }
}

table! {
    /// The GPU-cloud business.
    pub struct GpuCloud in "gpu_cloud" {
        /// GPUs that a critical-IT MW carries.
        gpus_per_critical_it_mw: f64 =
            Kind::Number(above(0.0, 1e5, "GPUs per critical-IT MW")), "714.0";
        /// Operating cost over revenue, without power.
        operating_cost_share_of_revenue: f64 = Kind::Number(share("of revenue")), "0.15";
        /// Price of the power that the GPUs draw.
        power_usd_per_mwh: f64 = Kind::Number(within(0.0, 1e5, "USD per MWh")), "45.0";
    }
}

table! {
    /// When halls come.
    pub struct Delivery in "delivery" {
        /// Size of a hall.
        hall_mw: f64 = Kind::Number(above(0.0, 1e5, "gross MW")), "50.0";
        /// Date at which the first hall is due.
        first_due: Date = Kind::Day, "2027-01-01";
        /// Pace at which later halls are due.
        build_rate_mw_per_month: f64 = Kind::Number(above(0.0, 1e6, "gross MW per month")), "100.0";
        /// Median of the lognormal delay of a hall.
        delay_median_months: f64 = Kind::Number(within(0.0, 120.0, "months")), "3.0";
        /// Standard deviation of the log delay.
        delay_log_sd: f64 = Kind::Number(within(0.0, 5.0, "of the log delay")), "0.9";
        /// Probability that a hall is redesigned.
        redesign_probability: f64 = Kind::Number(share("of halls")), "0.1";
        /// Delay that a redesign adds.
        redesign_delay_months: f64 = Kind::Number(within(0.0, 120.0, "months")), "6.0";
        /// Part of the variance of a hall's delay that is common to all halls.
        common_variance_share: f64 = Kind::Number(share("of variance")), "0.5";
        /// Months of works before a hall is due, over which its shell is paid for in equal parts.
        /// Those of a signed hall may have begun before `as_of`: what was paid then is in the
        /// balance sheet. Others begin with `as_of` at the soonest.
        construction_months: f64 = Kind::Number(within(0.0, 120.0, "months")), "12.0";
        /// Months from the cut-over of a hall until its GPUs are in use; their megawatts mine till
        /// then.
        gpu_lead_months: f64 = Kind::Number(within(0.0, 120.0, "months")), "0.0";
    }
}

/// A triangular law; `low == mode == high` is a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Triangular {
    /// Least value.
    pub low: f64,
    /// Most likely value.
    pub mode: f64,
    /// Greatest value.
    pub high: f64,
}

impl Value for Triangular {
    fn placeholder() -> Self {
        Self { low: f64::NAN, mode: f64::NAN, high: f64::NAN }
    }
    fn read(item: &Item, kind: &Kind) -> Result<Self, Wrong> {
        let Kind::Triangle(range) = kind else {
            unreachable!("a triangular field is declared as a triangle")
        };
        let Item::Table(parts) = item else {
            let value = number(item, range)?;
            return Ok(Self { low: value, mode: value, high: value });
        };
        let part = |name: &str| match parts.get(name) {
            Some(item) => number(item, range)
                .map_err(|w| Wrong { what: format!("`{name}` {}", w.what), help: w.help }),
            None => Err(Wrong::new(format!("lacks `{name}`"))),
        };
        let law = Self { low: part("low")?, mode: part("mode")?, high: part("high")? };
        if parts.len() > 3 {
            return Err(Wrong::new("has more than low, mode and high"));
        }
        if law.low <= law.mode && law.mode <= law.high {
            Ok(law)
        } else {
            Err(Wrong::new("is not in ascending order"))
        }
    }
    fn write(&self) -> Option<String> {
        let Self { low, mode, high } = self;
        if low == mode && mode == high {
            return mode.write();
        }
        Some(format!("{{ low = {low:?}, mode = {mode:?}, high = {high:?} }}"))
    }
}

table! {
    /// What conversion costs.
    pub struct Capital in "capital" {
        /// Cost of a hall without GPUs.
        shell_usd_per_critical_it_mw: Triangular =
            Kind::Triangle(within(0.0, 1e9, "USD per critical-IT MW")),
            "{ low = 8.0e6, mode = 10.5e6, high = 14.0e6 }";
        /// Mean of the log cost overrun.
        overrun_log_mean: f64 = Kind::Number(within(-2.0, 2.0, "of the log cost")), "0.05";
        /// Standard deviation of the log cost overrun.
        overrun_log_sd: f64 = Kind::Number(within(0.0, 2.0, "of the log cost")), "0.15";
        /// Correlation of the overrun with the part of the delay that is common to all halls.
        overrun_delay_correlation: f64 = Kind::Number(within(-1.0, 1.0, "a correlation")), "0.5";
        /// What the log of the cost rises by a unit that the AI market's
        /// [tightness](models/two_regime.md) is above that of the as-of date, on average until the
        /// first hall is due.
        overrun_tightness_beta: f64 =
            Kind::Number(within(-10.0, 10.0, "per unit of tightness")), "0.0";
        /// Cost of the GPUs.
        gpu_usd_per_critical_it_mw: f64 =
            Kind::Number(within(0.0, 1e9, "USD per critical-IT MW")), "29.0e6";
        /// What the capital committed costs.
        cost_of_capital_per_year: f64 = Kind::Number(within(0.0, 1.0, "per year")), "0.1";
        /// Years over which a hall is paid off.
        shell_life_years: f64 = Kind::Number(within(0.1, 100.0, "years")), "20.0";
        /// Years over which GPUs are paid off.
        gpu_life_years: f64 = Kind::Number(within(0.1, 100.0, "years")), "5.0";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parts: &[(&str, f64)]) -> Result<Triangular, Wrong> {
        let parts = parts.iter().map(|(n, v)| ((*n).to_string(), Item::Number(*v))).collect();
        Triangular::read(&Item::Table(parts), &Capital::KEYS[0].kind)
    }

    #[test]
    fn a_pool_scheme_is_written_as_it_is_read() {
        for scheme in [PoolScheme::Fpps, PoolScheme::Pps, PoolScheme::Pplns] {
            let text = scheme.write().unwrap();
            let item = Item::Text(text.trim_matches('"').into());
            assert_eq!(PoolScheme::read(&item, &Kind::Text).unwrap(), scheme);
        }
    }

    #[test]
    fn a_triangle_is_ordered_and_complete() {
        let law = read(&[("low", 1.0), ("mode", 2.0), ("high", 3.0)]).unwrap();
        assert_eq!(law.write().unwrap(), "{ low = 1.0, mode = 2.0, high = 3.0 }");
        assert!(read(&[("low", 1.0), ("mode", 0.5), ("high", 3.0)]).is_err());
        assert!(read(&[("low", 1.0), ("mode", 2.0)]).is_err());
        assert!(read(&[("low", 1.0), ("mode", 2.0), ("high", f64::NAN)]).is_err());
        assert!(read(&[("low", 1.0), ("mode", 2.0), ("high", 3.0), ("peak", 2.0)]).is_err());
    }

    #[test]
    fn a_number_is_a_law_without_width() {
        let law = Triangular::read(&Item::Whole(7), &Capital::KEYS[0].kind).unwrap();
        assert_eq!((law.low, law.high, law.write().unwrap().as_str()), (7.0, 7.0, "7.0"));
    }
}
