//! Own GPUs: how many hours a megawatt of them has, how long they last, what comes after them.
//!
//! Where a study looks beyond the target year GPUs wear out: after their life there are new ones, or the
//! shell is let at the market's rent of that day, for good. New ones are bought where the study says so
//! and they would earn more, at the prices of that day and after the annuity on their cost, than the shell. They earn what the market pays for new ones then and age from there on.

use super::HOURS_PER_DAY;
use super::colocation::ColocationLease;
use crate::input::study::{GpuRefresh, Study};
use crate::tile::{Factor, LANES, Row, Tile, math};
use crate::time::{DAYS_PER_YEAR, TimeGrid};

/// The GPUs of a gross megawatt.
#[derive(Debug, Clone)]
pub struct Gpus {
    /// At the study's critical-IT ratio.
    pub(super) hours_per_mw_day: f64,
    power_cost_usd_per_mw_day: f64,
    /// Part of a spot hour's revenue that operation takes.
    operating_cost_share: f64,
    /// What becomes of GPUs that wear out; `None` where nobody looks that far.
    wear: Option<Wear>,
}

#[derive(Debug, Clone, Copy)]
struct Wear {
    life_days: u32,
    refresh: GpuRefresh,
    usd_per_gross_mw: f64,
    annual_usd_per_gross_mw: f64,
    ageing_per_year: f64,
    ageing_from_day: f64,
}

impl Gpus {
    /// The GPUs of a study.
    pub fn new(study: &Study, grid: &TimeGrid) -> Self {
        let (terms, market) = (&study.gpu_cloud, &study.ai_market);
        let ratio = study.diversion.critical_it_per_gross_mw;
        let usd_per_gross_mw = ratio * study.capital.gpu_usd_per_critical_it_mw;
        Self {
            hours_per_mw_day: ratio * terms.gpus_per_critical_it_mw * HOURS_PER_DAY,
            power_cost_usd_per_mw_day: HOURS_PER_DAY * terms.power_usd_per_mwh,
            operating_cost_share: terms.operating_cost_share_of_revenue,
            wear: study.appraisal.as_ref().map(|appraisal| Wear {
                life_days: (study.capital.gpu_life_years * DAYS_PER_YEAR).ceil() as u32,
                refresh: appraisal.gpu_refresh,
                usd_per_gross_mw,
                annual_usd_per_gross_mw: usd_per_gross_mw
                    * math::annuity(appraisal.discount_rate_per_year, study.capital.gpu_life_years),
                ageing_per_year: market.gpu_rate_ageing_per_year,
                ageing_from_day: grid.step_of(market.gpu_rate_ageing_from) as f64,
            }),
        }
    }

    /// GPUs of a gross megawatt.
    pub fn per_mw(&self) -> f64 {
        self.hours_per_mw_day / HOURS_PER_DAY
    }

    /// Power of a gross megawatt for so many days, used or not.
    pub(super) fn power_cost_usd(&self, days: &Row) -> Row {
        days.map(|days| self.power_cost_usd_per_mw_day * days)
    }

    /// How many generations a hall sees whose first GPUs come on these steps, given the lease of its
    /// shell; none where they last as long as is looked.
    pub fn generations(
        &self,
        grid: &TimeGrid,
        market: &Tile,
        shell: &ColocationLease,
        since: &[u32; LANES],
    ) -> [u32; LANES] {
        let Some(wear) = &self.wear else { return [0; LANES] };
        let (rate, utilisation) = (market.rows(Factor::GpuRate), market.rows(Factor::Utilisation));
        std::array::from_fn(|i| {
            let mut generations = 1;
            loop {
                let step = self.begins(grid, since[i], generations) as usize;
                if step >= grid.steps() || wear.refresh == GpuRefresh::Never {
                    return generations;
                }
                let usd_per_day = self.hours_per_mw_day
                    * (rate[step][i] * self.renewal(grid, step) * utilisation[step][i]);
                let margin_usd = usd_per_day * (1.0 - self.operating_cost_share)
                    - self.power_cost_usd_per_mw_day;
                let of_new = margin_usd * DAYS_PER_YEAR - wear.annual_usd_per_gross_mw;
                if of_new < shell.year_1_margin_at_market(market, step, i) {
                    return generations;
                }
                generations += 1;
            }
        })
    }

    /// The first step of the GPUs that replace the first `generation` generations of a hall; past every
    /// step where they never do.
    pub(super) fn begins(&self, grid: &TimeGrid, since: u32, generation: u32) -> u32 {
        let Some(wear) = self.wear.as_ref().filter(|_| generation > 0) else {
            return if generation > 0 { u32::MAX } else { since };
        };
        let first = grid.first_day((since as usize).min(grid.steps()));
        let step = grid.nearest_start(first.saturating_add(generation * wear.life_days));
        if step < grid.steps() { step as u32 } else { u32::MAX }
    }

    /// The step from which on a hall's shell is let instead.
    pub(super) fn end(&self, grid: &TimeGrid, since: u32, generations: u32) -> u32 {
        self.begins(grid, since, generations.max(1))
    }

    /// What new GPUs of a step earn over those of the fleet's first generation.
    pub(super) fn renewal(&self, grid: &TimeGrid, step: usize) -> f64 {
        let Some(wear) = &self.wear else { return 1.0 };
        let years = (f64::from(grid.first_day(step)) - wear.ageing_from_day) / DAYS_PER_YEAR;
        math::exp(wear.ageing_per_year * years.max(0.0))
    }

    /// Cost of the GPUs of a gross megawatt that replace others in some steps, USD.
    pub(super) fn renewed_usd(
        &self,
        grid: &TimeGrid,
        since: &[u32; LANES],
        generations: &[u32; LANES],
        steps: &std::ops::Range<usize>,
    ) -> Row {
        let Some(wear) = &self.wear else { return [0.0; LANES] };
        std::array::from_fn(|i| {
            let begun = (1..generations[i]).filter(|generation| {
                steps.contains(&(self.begins(grid, since[i], *generation) as usize))
            });
            begun.count() as f64 * wear.usd_per_gross_mw
        })
    }
}
