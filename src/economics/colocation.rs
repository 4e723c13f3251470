//! Colocation: powered shell let by the critical-IT megawatt; the tenant pays the power.
//!
//! The rent of a lease is fixed on its first day and rises by the escalator on each anniversary
//! (365 days). A signed contract has its own year-1 rent; the contracted part of other leases has
//! the rent of the as-of date, the rest the market's rent of the first day. A contract with a start
//! pays no rent before it, and its first day is then the start if the hall was ready earlier; where
//! the start is before the as-of date, the lease has begun: its years count from that start. Money is
//! that of a gross MW at the study's critical-IT ratio.
//!
//! Where a study looks beyond the target year leases end: the megawatts are then let at the market's rent
//! of that day, which rises by the same escalator, again and again.

use crate::input::study::{Contract, Study};
use crate::tile::{Factor, LANES, Row, Tile, math};
use crate::time::{DAYS_PER_YEAR, TimeGrid};

/// Days of a lease year.
const LEASE_YEAR_DAYS: u32 = 365;

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
    levels: Vec<f64>,
    /// Days that it lasts from its first day or the as-of date, and that each lease after it does; `None`
    /// where nobody looks that far.
    days: Option<(u32, u32)>,
    /// Critical-IT MW per gross MW, applied to the market's rent.
    critical_it_per_gross_mw: f64,
    operating_cost_share: f64,
}

impl ColocationLease {
    /// The leases of a study beyond its signed contracts: a part at the start rent, the rest at the
    /// market's.
    pub fn open(study: &Study, grid: &TimeGrid) -> Self {
        let terms = &study.colocation;
        let ratio = study.diversion.critical_it_per_gross_mw;
        let days = |years: f64| (years * DAYS_PER_YEAR).ceil() as u32;
        Self {
            fixed_usd_per_mw_year: study.ai_market.rent_start_usd_per_critical_it_mw_year * ratio,
            fixed_share: terms.contracted_share,
            start_step: 0,
            running_days: None,
            levels: levels(terms.escalator_per_year, 0, grid),
            days: study.appraisal.as_ref().map(|a| (days(a.lease_years), days(a.renewal_years))),
            critical_it_per_gross_mw: ratio,
            operating_cost_share: terms.operating_cost_share_of_revenue,
        }
    }
    /// The lease of a signed contract.
    pub fn signed(contract: &Contract, study: &Study, grid: &TimeGrid) -> Self {
        let open = Self::open(study, grid);
        // No calendar has as many days as one too far ahead.
        let start_day = contract.start.map_or(0, |day| grid.step_of(day)).min(1 << 30);
        let days_past = (-start_day).max(0) as u32;
        let ratio = study.diversion.critical_it_per_gross_mw;
        let rent_usd = contract.rent_usd_per_critical_it_mw_year.map(|rent_usd| rent_usd * ratio);
        let escalator = contract.escalator_per_year.unwrap_or(study.colocation.escalator_per_year);
        let term_days =
            contract.terms.term_years.map(|years| (years * DAYS_PER_YEAR).ceil() as u32);
        Self {
            fixed_usd_per_mw_year: rent_usd.unwrap_or(open.fixed_usd_per_mw_year),
            fixed_share: 1.0,
            start_step: grid.nearest_start(start_day.max(0) as u32) as u32,
            running_days: (days_past > 0).then_some(days_past % LEASE_YEAR_DAYS),
            levels: levels(escalator, days_past / LEASE_YEAR_DAYS, grid),
            days: open.days.map(|(days, renewed)| {
                (term_days.unwrap_or(days).saturating_sub(days_past), renewed)
            }),
            ..open
        }
    }

    /// Years of year-1 rent that the days `from..to` of a lease begun at `since` are worth.
    fn rent_years(&self, since: u32, from: u32, to: u32) -> f64 {
        // Days are counted from the first of the lease, or of the lease year that runs.
        let (before, since) = self.running_days.map_or((0, since), |days| (days, 0));
        self.levelled(before, since, from, to)
    }
    /// The same of a lease whose first year began `before` days before `since`.
    fn levelled(&self, before: u32, since: u32, from: u32, to: u32) -> f64 {
        let mut years = 0.0;
        let mut day = from;
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

/// Levels of a rent that rises by `escalator` on each anniversary, from lease year `first` on, to the end
/// of a calendar.
fn levels(escalator: f64, first: u32, grid: &TimeGrid) -> Vec<f64> {
    // The year that runs, and one that begins with the last day.
    let years = grid.first_day(grid.steps()) / LEASE_YEAR_DAYS + 2;
    let level = |year| math::power(1.0 + escalator, f64::from(first) + f64::from(year));
    (0..years).map(level).collect()
}

/// A lease of megawatts from some steps on, by lane.
#[derive(Debug, Clone)]
pub struct Rental {
    /// The first step that is paid for, and its first day.
    since: [u32; LANES],
    since_day: [u32; LANES],
    /// Rent of the first year, USD per gross MW, and what of it is the market's.
    usd_per_year: Row,
    at_market_usd_per_year: Row,
}

/// Rent of one gross megawatt over some steps, USD, by lane.
#[derive(Debug, Clone)]
pub struct Rent {
    /// All of it.
    pub revenue_usd: Row,
    /// What of it is let at the market's.
    pub at_market_usd: Row,
    /// Cost of operation.
    pub operating_cost_usd: Row,
}

impl Rent {
    /// None.
    pub const ZERO: Self = Self {
        revenue_usd: [0.0; LANES],
        at_market_usd: [0.0; LANES],
        operating_cost_usd: [0.0; LANES],
    };
}

impl ColocationLease {
    /// The lease of megawatts that are ready from some steps on.
    pub fn rental(&self, grid: &TimeGrid, market: &Tile, ready: &[u32; LANES]) -> Rental {
        self.let_from(self.fixed_share, grid, market, ready)
    }
    /// The same if all of it is let at the market's rent of its first day.
    pub fn rental_at_market(&self, grid: &TimeGrid, market: &Tile, ready: &[u32; LANES]) -> Rental {
        self.let_from(0.0, grid, market, ready)
    }
    fn let_from(
        &self,
        fixed_share: f64,
        grid: &TimeGrid,
        market: &Tile,
        ready: &[u32; LANES],
    ) -> Rental {
        let rent = market.rows(Factor::Rent);
        let since = ready.map(|step| step.max(self.start_step));
        let mut rental = Rental {
            since,
            since_day: [0; LANES],
            usd_per_year: [0.0; LANES],
            at_market_usd_per_year: [0.0; LANES],
        };
        for i in 0..LANES {
            let step = since[i] as usize;
            if step < grid.steps() {
                let market_usd = rent[step][i] * self.critical_it_per_gross_mw;
                let at_market_usd = (1.0 - fixed_share) * market_usd;
                rental.since_day[i] = grid.first_day(step);
                rental.usd_per_year[i] = fixed_share * self.fixed_usd_per_mw_year + at_market_usd;
                rental.at_market_usd_per_year[i] = at_market_usd;
            }
        }
        rental
    }
    /// What a gross megawatt that is let at the market's rent of a step leaves in its first year, USD.
    pub fn year_1_margin_at_market(&self, market: &Tile, step: usize, lane: usize) -> f64 {
        let usd = market.rows(Factor::Rent)[step][lane] * self.critical_it_per_gross_mw;
        usd * (1.0 - self.operating_cost_share)
    }
    /// Adds the rent of one gross megawatt for the steps `from..to`, `times` it under the first lease. It is
    /// worked out from the lease's first day: there is no ledger of it.
    pub fn add_rent(
        &self,
        (grid, market): (&TimeGrid, &Tile),
        rental: &Rental,
        [from, to]: [&[u32; LANES]; 2],
        times: f64,
        sum: &mut Rent,
    ) {
        for i in 0..LANES {
            let (from, to) = (from[i].max(rental.since[i]), to[i]);
            if from >= to {
                continue;
            }
            let since = rental.since_day[i];
            let [from, to] = [from, to].map(|step| grid.first_day(step as usize));
            // What would end before the years that are looked at does so when they begin.
            let end = self.days.map(|(days, renewed)| {
                let first = if self.running_days.is_some() { 0 } else { since };
                (first.saturating_add(days).max(grid.days() as u32), renewed)
            });
            let until = end.map_or(to, |(end, _)| to.min(end));
            let years = self.rent_years(since, from.min(until), until);
            let usd = rental.usd_per_year[i] * years;
            sum.revenue_usd[i] += times * usd;
            sum.at_market_usd[i] += times * (rental.at_market_usd_per_year[i] * years);
            sum.operating_cost_usd[i] += times * (usd * self.operating_cost_share);
            if let Some(ends) = end.filter(|(end, _)| to > *end) {
                // Let anew, at the market's rent whoever paid before.
                let usd = self.renewed_usd((grid, market), i, ends, from, to);
                sum.revenue_usd[i] += usd;
                sum.at_market_usd[i] += usd;
                sum.operating_cost_usd[i] += usd * self.operating_cost_share;
            }
        }
    }
    /// Rent of the days `from..to` under the leases after the first, which ends on a day, each of so many.
    fn renewed_usd(
        &self,
        (grid, market): (&TimeGrid, &Tile),
        lane: usize,
        (end, renewed_days): (u32, u32),
        from: u32,
        to: u32,
    ) -> f64 {
        let rent = market.rows(Factor::Rent);
        let (mut usd, mut renewed) = (0.0, end);
        while renewed < to {
            let end = renewed.saturating_add(renewed_days);
            let (from, to) = (from.max(renewed), to.min(end));
            if from < to {
                let market_usd = rent[grid.step_on(renewed)][lane] * self.critical_it_per_gross_mw;
                usd += market_usd * (self.levelled(0, renewed, from, to) / self.levels[0]);
            }
            renewed = end;
        }
        usd
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
            levels: (0..9).map(|year| math::power(1.0 + escalator, f64::from(year))).collect(),
            days: None,
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
            let mut study = study.clone();
            study.ai_market.rent_start_usd_per_critical_it_mw_year = 2.0;
            ColocationLease::signed(&contract, &study, &grid)
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
