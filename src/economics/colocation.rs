//! Colocation: powered shell let by the critical-IT megawatt; the tenant pays the power.
//!
//! The rent of a lease is fixed on its first day and rises by the escalator on each anniversary
//! (365 days). A signed contract has its own year-1 rent; the contracted part of other leases has
//! the rent of the as-of date, the rest the market's rent of the first day. A contract with a start
//! pays no rent before it, and its first day is then the start if the hall was ready earlier; where
//! the start is before the as-of date, the lease has begun: its years count from that start. Money is
//! that of a gross MW at the study's critical-IT ratio.

use super::{Energised, Statement};
use crate::input::study::{Colocation, Contract, Diversion};
use crate::tile::{Factor, LANES, Tile, math};
use crate::time::{TimeGrid, YEARS_AHEAD_MAX};

/// Days of a lease year.
const LEASE_YEAR_DAYS: u32 = 365;
/// Lease years that can begin before the end of the farthest target year, with the one that runs.
const LEASE_YEARS: usize = YEARS_AHEAD_MAX as usize + 3;

/// Megawatts let on leases of one kind.
#[derive(Debug, Clone)]
pub struct ColocationLease {
    /// Rent fixed before delivery, USD per gross MW and year, and the part of the MW it covers.
    fixed_usd_per_mw_year: f64,
    fixed_share: f64,
    /// The first step that is paid for, if the megawatts are ready before.
    start_step: u32,
    /// Days of the lease year that runs on the as-of date, where the lease has begun by then.
    running_days: Option<u32>,
    /// Level of the rent in each year of the lease, the one that runs or else year 1 first.
    levels: [f64; LEASE_YEARS],
    /// Critical-IT MW per gross MW, applied to the market's rent.
    critical_it_per_gross_mw: f64,
    operating_cost_share: f64,
}

impl ColocationLease {
    /// The leases of a study beyond its signed contracts: a part at the start rent, the rest at the
    /// market's.
    pub fn open(terms: &Colocation, diversion: &Diversion, start_rent_usd: f64) -> Self {
        Self {
            fixed_usd_per_mw_year: start_rent_usd * diversion.critical_it_per_gross_mw,
            fixed_share: terms.contracted_share,
            start_step: 0,
            running_days: None,
            levels: levels(terms.escalator_per_year, 0),
            critical_it_per_gross_mw: diversion.critical_it_per_gross_mw,
            operating_cost_share: terms.operating_cost_share_of_revenue,
        }
    }
    /// The lease of a signed contract.
    pub fn signed(
        contract: &Contract,
        terms: &Colocation,
        diversion: &Diversion,
        start_rent_usd: f64,
        grid: &TimeGrid,
    ) -> Self {
        // One too far ahead for the grid stays too far ahead; no calendar has as many days.
        let start_step = contract.start.map_or(0, |day| grid.step_of(day)).min(1 << 30);
        let days_past = (-start_step).max(0) as u32;
        let rent_usd = contract.rent_usd_per_critical_it_mw_year.unwrap_or(start_rent_usd);
        let escalator = contract.escalator_per_year.unwrap_or(terms.escalator_per_year);
        Self {
            fixed_usd_per_mw_year: rent_usd * diversion.critical_it_per_gross_mw,
            fixed_share: 1.0,
            start_step: start_step.max(0) as u32,
            running_days: (days_past > 0).then_some(days_past % LEASE_YEAR_DAYS),
            levels: levels(escalator, days_past / LEASE_YEAR_DAYS),
            ..Self::open(terms, diversion, 0.0)
        }
    }

    /// Years of year-1 rent that the days `from..to` of a lease begun at `since` are worth.
    fn rent_years(&self, since: u32, from: u32, to: u32) -> f64 {
        let mut years = 0.0;
        let mut day = from;
        // Steps are counted from the first day of the lease, or of the lease year that runs.
        let (before, since) = self.running_days.map_or((0, since), |days| (days, 0));
        while day < to {
            let lease_year = (day + before - since) / LEASE_YEAR_DAYS;
            let until = (since + (lease_year + 1) * LEASE_YEAR_DAYS - before).min(to);
            let level = self.levels[lease_year as usize];
            years += level * f64::from(until - day) / f64::from(LEASE_YEAR_DAYS);
            day = until;
        }
        years
    }
}

/// Levels of a rent that rises by `escalator` on each anniversary, from lease year `first` on.
fn levels(escalator: f64, first: u32) -> [f64; LEASE_YEARS] {
    std::array::from_fn(|year| math::power(1.0 + escalator, f64::from(first) + year as f64))
}

impl ColocationLease {
    /// What one gross megawatt earns and costs while energised. Rent is worked out from the lease's
    /// first day: there is no ledger of it.
    pub fn statement(&self, market: &Tile, energised: &Energised) -> Statement {
        self.let_at(self.fixed_share, market, energised)
    }
    /// The same if all of it were let at the market's rent of its first day.
    pub fn at_market(&self, market: &Tile, energised: &Energised) -> Statement {
        self.let_at(0.0, market, energised)
    }
    fn let_at(&self, fixed_share: f64, market: &Tile, energised: &Energised) -> Statement {
        let rent = market.rows(Factor::Rent);
        let mut at_market_usd = [0.0; LANES];
        let revenue_usd = std::array::from_fn(|i| {
            let (since, to) = (energised.since[i].max(self.start_step), energised.to[i]);
            let from = energised.from[i].max(since);
            if from >= to {
                return 0.0;
            }
            let market_usd = rent[since as usize][i] * self.critical_it_per_gross_mw;
            let usd_per_year =
                fixed_share * self.fixed_usd_per_mw_year + (1.0 - fixed_share) * market_usd;
            let years = self.rent_years(since, from, to);
            at_market_usd[i] = (1.0 - fixed_share) * market_usd * years;
            usd_per_year * years
        });
        Statement {
            revenue_usd,
            at_market_usd,
            power_cost_usd: [0.0; LANES],
            operating_cost_usd: revenue_usd.map(|usd| usd * self.operating_cost_share),
            curtailment_income_usd: [0.0; LANES],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(escalator: f64) -> ColocationLease {
        ColocationLease {
            fixed_usd_per_mw_year: 1.0,
            fixed_share: 1.0,
            start_step: 0,
            running_days: None,
            levels: levels(escalator, 0),
            critical_it_per_gross_mw: 0.7,
            operating_cost_share: 0.15,
        }
    }

    #[test]
    fn rent_rises_on_each_anniversary() {
        let lease = lease(0.025);
        assert!((lease.rent_years(100, 100, 465) - 1.0).abs() < 1e-15);
        assert!((lease.rent_years(100, 465, 830) - 1.025).abs() < 1e-15);
        // 65 days of year 1 and 300 of year 2.
        let mixed = (65.0 + 300.0 * 1.025) / 365.0;
        assert!((lease.rent_years(100, 400, 765) - mixed).abs() < 1e-15);
        assert_eq!(lease.rent_years(100, 465, 465), 0.0);
    }

    #[test]
    fn a_lease_that_has_begun_is_in_the_year_that_runs() {
        let study = crate::input::study::Study::default_study();
        let grid = TimeGrid::new(study.as_of, study.target_year).unwrap();
        let begun = |days: i64| {
            let start = Some(study.as_of.saturating_sub(jiff::ToSpan::days(days)));
            let escalator_per_year = Some(0.1);
            let contract = Contract { start, escalator_per_year, ..Contract::new("a", 1.0, 1.0) };
            ColocationLease::signed(&contract, &study.colocation, &study.diversion, 2.0, &grid)
        };
        // 800 days on, 70 days into the third year: 295 days of it are left at step 0.
        let lease = begun(800);
        assert!((lease.rent_years(0, 0, 295) - 1.21 * 295.0 / 365.0).abs() < 1e-14);
        let mixed = (95.0 * 1.21 + 270.0 * 1.331) / 365.0;
        assert!((lease.rent_years(200, 200, 565) - mixed).abs() < 1e-14);
        // On an anniversary; and a day of it.
        assert!(
            (begun(730).rent_years(5, 5, 370) - (360.0 * 1.21 + 5.0 * 1.331) / 365.0).abs() < 1e-14
        );
        assert!((begun(1).rent_years(0, 0, 365) - (364.0 + 1.1) / 365.0).abs() < 1e-14);
        assert_eq!(begun(0).rent_years(3, 3, 368), 1.0);
    }

    #[test]
    fn months_add_up_to_the_year() {
        let lease = lease(0.03);
        let year = lease.rent_years(10, 154, 519);
        let months: f64 =
            (0..12).map(|m| lease.rent_years(10, 154 + 30 * m, 154 + 30 * (m + 1))).sum();
        let rest = lease.rent_years(10, 154 + 360, 519);
        assert!((months + rest - year).abs() < 1e-14);
    }
}
