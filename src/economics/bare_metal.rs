//! Bare metal: own GPUs let whole, for years, at a rate fixed on the first day; used or not.
//!
//! Revenue of a gross MW and day = critical-IT ratio × GPUs per critical-IT MW × 24 h × availability ×
//! rate. The rate is a part of that of the hour: of the as-of date's for what is let at signing, of the
//! market's on the first day for the rest, and for all of it each time a contract ends. It does not rise.

use super::Energised;
use super::gpus::{GpuLife, Gpus};
use crate::input::study::Study;
use crate::tile::{Factor, LANES, Row, Tile};
use crate::time::{DAYS_PER_YEAR, TimeGrid};

/// GPUs let whole.
#[derive(Debug, Clone)]
pub struct BareMetalUse {
    /// The rate of what is let at signing, USD per GPU-hour, and its part.
    fixed_usd_per_gpu_hour: f64,
    fixed_share: f64,
    rate_share: f64,
    availability: f64,
    contract_days: u32,
    operating_cost_share: f64,
}

impl BareMetalUse {
    /// The business under the study's terms.
    pub fn new(study: &Study) -> Self {
        let terms = &study.bare_metal;
        Self {
            fixed_usd_per_gpu_hour: terms.rate_share_of_market
                * study.ai_market.gpu_rate_start_usd_per_gpu_hour,
            fixed_share: terms.contracted_share,
            rate_share: terms.rate_share_of_market,
            availability: terms.availability,
            contract_days: (terms.contract_years * DAYS_PER_YEAR).ceil() as u32,
            operating_cost_share: terms.operating_cost_share_of_revenue,
        }
    }

    /// What one gross megawatt earns while energised, USD, given what becomes of its GPUs.
    pub fn revenue_usd(
        &self,
        grid: &TimeGrid,
        gpus: &Gpus,
        market: &Tile,
        life: Option<&GpuLife>,
        energised: &Energised,
    ) -> Row {
        let hours_per_day = gpus.hours_per_mw_day * self.availability;
        let rate = market.rows(Factor::GpuRate);
        let mut revenue_usd = [0.0; LANES];
        for i in (0..LANES).filter(|i| energised.from[*i] < energised.to[*i]) {
            let since = energised.since[i] as usize;
            let [since_day, from_day, to_day] =
                [energised.since[i], energised.from[i], energised.to[i]]
                    .map(|step| grid.first_day(step as usize));
            // Of what becomes of its GPUs: what those of a step earn over the fleet's first.
            let times_at = |step: usize| {
                let refreshes = life.map_or(&[][..], |life| &life.refreshes);
                let newest = refreshes.iter().rfind(|r| r.start[i] as usize <= step);
                newest.map_or(1.0, |refresh| refresh.times[i])
            };
            let market_usd = self.rate_share * rate[since][i] * times_at(since);
            let mut usd_per_hour = self.fixed_share * self.fixed_usd_per_gpu_hour
                + (1.0 - self.fixed_share) * market_usd;
            let mut start_day = since_day;
            while start_day < to_day {
                let end_day = start_day + self.contract_days;
                let days = end_day.min(to_day).saturating_sub(start_day.max(from_day));
                revenue_usd[i] += hours_per_day * usd_per_hour * f64::from(days);
                start_day = end_day;
                if start_day < to_day {
                    // As GPUs are replaced: to the nearest month.
                    let step = grid.nearest_start(start_day).min(grid.steps() - 1);
                    usd_per_hour = self.rate_share * rate[step][i] * times_at(step);
                }
            }
        }
        revenue_usd
    }
    /// Part of its revenue that operation takes.
    pub(super) fn operating_cost_share(&self) -> f64 {
        self.operating_cost_share
    }
}
