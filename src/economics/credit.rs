//! Rent from tenants who may default: the lease until then, what comes of the hall after.
//!
//! In: a lease, the hazard of the market so far, the tenants' thresholds. Out: the lease's statement. Not
//! here: any draw of chance.
//!
//! All intensities move with the AI market: λ · exp(−β (x − x_boom)), x its tightness. A signed tenant is
//! at risk from the as-of date, one of an open lease from its first day. From the day of a default the
//! rent stops. A backstop pays its part of the contract's rent on; without one the hall stands empty, is
//! then let at a part of the market's rent of that day, and rises by the study's escalator. That second
//! tenant stays.

use super::colocation::{ColocationLease, Rent, Rental};
use super::plan::Parcel;
use crate::input::study::Study;
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math};
use crate::time::{DAYS_PER_YEAR, MONTHS_PER_YEAR, TimeGrid};

/// The credit of a study's tenants.
#[derive(Debug, Clone)]
pub struct TenantCredit {
    /// Of each contract: its tenant by position, its intensity per year, whether somebody backs it.
    contracts: Vec<(usize, f64, bool)>,
    /// Tenants of contracts: those of open leases come after them, one a hall.
    tenants: usize,
    open_default_per_year: f64,
    beta: f64,
    boom_tightness: f64,
    vacancy_days: u32,
    reletting_share: f64,
    backstop_share: f64,
}

/// What becomes of the tenant of a parcel, by lane.
#[derive(Debug, Clone)]
pub struct Fate {
    /// The step from which on it pays no rent; past every step where it always does.
    gone: [u32; LANES],
    /// The step from which on somebody else does, and what that one pays; `None` where it is backed.
    second: Option<([u32; LANES], Rental)>,
}

/// Years of the least intensity per year up to the close of each step, by lane.
#[derive(Debug, Clone, Default)]
pub struct Hazard(Vec<Row>);

impl TenantCredit {
    /// The credit of a study; `None` where tenants do not default.
    pub fn new(study: &Study) -> Option<Self> {
        let credit = study.credit.as_ref()?;
        let tenants = study.tenants();
        let contracts = study.colocation.contracts.iter().map(|contract| {
            let tenant = tenants.iter().position(|name| *name == contract.tenant);
            let tenant = tenant.expect("tenants are those of the contracts");
            let per_year = credit.default_per_year(contract.terms.tenant_class);
            (tenant, per_year, !contract.terms.backstop.is_empty())
        });
        Some(Self {
            contracts: contracts.collect(),
            tenants: tenants.len(),
            open_default_per_year: credit.unknown_default_per_year,
            beta: credit.market_beta,
            boom_tightness: math::logit(study.ai_market.boom_utilisation),
            vacancy_days: (credit.vacancy_months * DAYS_PER_YEAR / MONTHS_PER_YEAR).round() as u32,
            reletting_share: credit.reletting_share,
            backstop_share: credit.backstop_share,
        })
    }

    /// Adds the market's hazard up, step by step.
    pub fn add_up(&self, build: Build, grid: &TimeGrid, market: &Tile, hazard: &mut Hazard) {
        let tightness = market.rows(Factor::AiDemand);
        hazard.0.resize(tightness.len(), [0.0; LANES]);
        hazard.0[0] = [0.0; LANES];
        let (days, steps) = (grid.days(), grid.steps());
        for (steps, per_year) in [(1..days, DAYS_PER_YEAR), (days..steps, MONTHS_PER_YEAR)] {
            let terms = [self.beta, self.boom_tightness, per_year];
            let rows = &mut hazard.0[steps.start - 1..steps.end];
            add_up(build, terms, &tightness[steps], rows);
        }
    }

    /// When the tenant of a parcel is gone that comes on these steps, and when its hall is let again, given
    /// the lease of open megawatts.
    pub fn fate(
        &self,
        (grid, market): (&TimeGrid, &Tile),
        open: &ColocationLease,
        parcel: &Parcel,
        (hazard, thresholds): (&Hazard, &[Row]),
        since: &[u32; LANES],
    ) -> Fate {
        let contract = self.contracts.get(parcel.lease);
        let (tenant, per_year, is_backed) = match contract {
            Some((tenant, per_year, is_backed)) => (*tenant, *per_year, *is_backed),
            None => {
                let hall = parcel.hall.expect("halls that stand are let");
                (self.tenants + hall, self.open_default_per_year, false)
            }
        };
        let gone: [u32; LANES] = std::array::from_fn(|i| {
            let begins = if contract.is_some() { 0 } else { since[i] };
            hazard.reached(i, begins, thresholds[tenant][i] / per_year)
        });
        let second = (!is_backed).then(|| {
            let let_again = std::array::from_fn(|i| since[i].max(self.let_again(grid, gone[i])));
            (let_again, open.rental_at_market(grid, market, &let_again))
        });
        Fate { gone, second }
    }

    /// Adds what one gross MW of a parcel's colocation earns for the steps `from..to`, given its lease and
    /// that of open megawatts; the steps in which it stands empty: the first, and the one after the last.
    pub fn add_rent(
        &self,
        market: (&TimeGrid, &Tile),
        (lease, open): (&ColocationLease, &ColocationLease),
        (rental, fate): (&Rental, &Fate),
        [from, to]: [&[u32; LANES]; 2],
        sum: &mut Rent,
    ) -> [[u32; LANES]; 2] {
        let clamp = |steps: &[u32; LANES]| -> [u32; LANES] {
            std::array::from_fn(|i| steps[i].clamp(from[i], to[i]))
        };
        let gone = clamp(&fate.gone);
        lease.add_rent(market, rental, [from, &gone], 1.0, sum);
        match &fate.second {
            None => {
                lease.add_rent(market, rental, [&gone, to], self.backstop_share, sum);
                [gone; 2]
            }
            Some((let_again, second)) => {
                let let_again = clamp(let_again);
                open.add_rent(market, second, [&let_again, to], self.reletting_share, sum);
                [gone, let_again]
            }
        }
    }

    /// The step in which a hall is let again whose tenant is gone from a step on.
    fn let_again(&self, grid: &TimeGrid, gone: u32) -> u32 {
        if gone as usize >= grid.steps() {
            return u32::MAX;
        }
        grid.nearest_start(grid.first_day(gone as usize) + self.vacancy_days) as u32
    }
}

impl Hazard {
    /// The first step at which a lane's hazard since a step has reached so much; past every step where
    /// it has not.
    fn reached(&self, lane: usize, since: u32, threshold: f64) -> u32 {
        let since = (since as usize).min(self.0.len() - 1);
        let wanted = self.0[since][lane] + threshold;
        let step = self.0.partition_point(|row| row[lane] < wanted);
        if step == self.0.len() { u32::MAX } else { step.max(since) as u32 }
    }
}

kernel! {
    /// Years of hazard, on from the first row; the terms as [beta, tightness at which it is one, steps of a
    /// year].
    fn add_up(terms: [f64; 3], tightness: &[Row], hazard: &mut [Row]) {
        let [beta, boom, steps] = terms;
        for step in 0..tightness.len() {
            for i in 0..LANES {
                let per_year = math::exp(-beta * (tightness[step][i] - boom));
                hazard[step + 1][i] = hazard[step][i] + per_year / steps;
            }
        }
    }
}
