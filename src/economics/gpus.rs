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
use std::ops::Range;

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

/// What becomes of a hall after its first GPUs, by lane.
#[derive(Debug, Clone)]
pub struct GpuLife {
    /// New GPUs, one after the other.
    pub(super) refreshes: Vec<Refresh>,
    /// The step from which on the shell is let instead; past every step where it never is.
    pub(super) end: [u32; LANES],
}

/// New GPUs in the place of worn ones.
#[derive(Debug, Clone)]
pub(super) struct Refresh {
    /// The first step in which they are in use; past every step where there are none.
    pub(super) start: [u32; LANES],
    /// What they earn over the fleet's first generation.
    pub(super) times: Row,
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

    /// What becomes of a hall whose first GPUs come on these steps, given the lease of its shell; `None`
    /// where they last as long as is looked.
    pub fn life(
        &self,
        grid: &TimeGrid,
        market: &Tile,
        shell: &ColocationLease,
        since: &[u32; LANES],
    ) -> Option<GpuLife> {
        let wear = self.wear.as_ref()?;
        let steps = grid.steps();
        let (rate, utilisation) = (market.rows(Factor::GpuRate), market.rows(Factor::Utilisation));
        let mut life = GpuLife { refreshes: Vec::new(), end: [u32::MAX; LANES] };
        // Lanes whose GPUs of the generation before last are still to be replaced.
        let mut goes_on = [true; LANES];
        for generation in 1.. {
            let mut refresh = Refresh { start: [u32::MAX; LANES], times: [1.0; LANES] };
            for i in 0..LANES {
                if !std::mem::take(&mut goes_on[i]) {
                    continue;
                }
                let first = grid.first_day((since[i] as usize).min(steps));
                let day = first.saturating_add(generation * wear.life_days);
                let step = grid.nearest_start(day);
                if step >= steps {
                    continue;
                }
                let times = wear.renewal(grid, step);
                let usd_per_day =
                    self.hours_per_mw_day * (rate[step][i] * times * utilisation[step][i]);
                let margin_usd = usd_per_day * (1.0 - self.operating_cost_share)
                    - self.power_cost_usd_per_mw_day;
                let of_new = margin_usd * DAYS_PER_YEAR - wear.annual_usd_per_gross_mw;
                let pays = of_new >= shell.year_1_margin_at_market(market, step, i);
                if pays && wear.refresh == GpuRefresh::WhereItPays {
                    (refresh.start[i], refresh.times[i]) = (step as u32, times);
                    goes_on[i] = true;
                } else {
                    life.end[i] = step as u32;
                }
            }
            if goes_on == [false; LANES] {
                break;
            }
            life.refreshes.push(refresh);
        }
        Some(life)
    }

    /// Cost of the GPUs of a gross megawatt that replace others in some steps, USD.
    pub(super) fn renewed_usd(&self, life: &GpuLife, steps: &Range<usize>) -> Row {
        let Some(wear) = &self.wear else { return [0.0; LANES] };
        let mut usd = [0.0; LANES];
        for refresh in &life.refreshes {
            for i in 0..LANES {
                let is_due = steps.contains(&(refresh.start[i] as usize));
                usd[i] += if is_due { wear.usd_per_gross_mw } else { 0.0 };
            }
        }
        usd
    }
}

impl Wear {
    /// What new GPUs of a step earn over those of the fleet's first generation.
    fn renewal(&self, grid: &TimeGrid, step: usize) -> f64 {
        let years = (f64::from(grid.first_day(step)) - self.ageing_from_day) / DAYS_PER_YEAR;
        math::exp(self.ageing_per_year * years.max(0.0))
    }
}
