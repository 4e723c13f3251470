//! Own GPUs: how many hours a megawatt of them has, how long they last, what comes after them.
//!
//! Where a study looks beyond the target year GPUs wear out: after their life there are new ones, or the
//! shell is let at the market's rent of that day, for good. New ones are bought where the study says so
//! and they would earn more, at the prices of that day and after the annuity on their cost, than the shell. They earn what the market pays for new ones then and age from there on.

use super::colocation::ColocationLease;
use crate::input::study::{GpuRefresh, Study};
use crate::tile::{Factor, LANES, Row, Tile, math};
use crate::time::{DAYS_PER_YEAR, HOURS_PER_DAY, TimeGrid};
use std::ops::Range;

/// The GPUs of a gross megawatt.
#[derive(Debug, Clone)]
pub struct Gpus {
    /// At the study's critical-IT ratio.
    pub(super) hours_per_mw_day: f64,
    power_cost_usd_per_mw_day: f64,
    /// What operation leaves of the market's rate over the life of GPUs: of an hour in use, and of any hour of
    /// what is let whole; each by its part of the megawatts of GPUs.
    kept_of_spot: f64,
    kept_of_contract: f64,
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

#[derive(Debug, Clone)]
struct Wear {
    life_days: u32,
    refresh: GpuRefresh,
    usd_per_gross_mw: f64,
    annual_usd_per_gross_mw: f64,
    /// What new GPUs of a step earn over those of the fleet's first generation.
    times: Vec<f64>,
}

impl Gpus {
    /// The GPUs of a study.
    pub fn new(study: &Study, grid: &TimeGrid) -> Self {
        let (terms, bare, market) = (&study.gpu_cloud, &study.bare_metal, &study.ai_market);
        let (colocation, bare_share) =
            (study.diversion.colocation_share, study.diversion.bare_metal_share);
        let (life, ageing) = (study.capital.gpu_life_years, market.gpu_rate_ageing_per_year);
        let aged = study.appraisal.as_ref().map_or(1.0, |a| a.gpu_ageing_weight(life, ageing));
        let whole = if colocation < 1.0 { bare_share / (1.0 - colocation) } else { 0.0 };
        let ratio = study.diversion.critical_it_per_gross_mw;
        let usd_per_gross_mw = ratio * study.capital.gpu_usd_per_critical_it_mw;
        Self {
            hours_per_mw_day: ratio * terms.gpus_per_critical_it_mw * HOURS_PER_DAY,
            power_cost_usd_per_mw_day: HOURS_PER_DAY * terms.power_usd_per_mwh,
            kept_of_spot: aged * (1.0 - whole) * (1.0 - terms.operating_cost_share_of_revenue),
            kept_of_contract: aged
                * whole
                * bare.rate_share_of_market
                * bare.availability
                * (1.0 - bare.operating_cost_share_of_revenue),
            wear: study.appraisal.as_ref().map(|appraisal| Wear {
                life_days: (study.capital.gpu_life_years * DAYS_PER_YEAR).ceil() as u32,
                refresh: appraisal.gpu_refresh,
                usd_per_gross_mw,
                annual_usd_per_gross_mw: usd_per_gross_mw
                    * math::annuity(appraisal.discount_rate_per_year, study.capital.gpu_life_years),
                times: (0..grid.steps())
                    .map(|step| {
                        let years = market.ageing_years(grid, step);
                        math::exp(market.gpu_rate_ageing_per_year * years)
                    })
                    .collect(),
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
        // Those of halls that come after the target year earn what new ones do; nothing moves before.
        let times = |step: u32| match wear.times.get(step as usize) {
            Some(times) if step as usize >= grid.days() => *times,
            _ => 1.0,
        };
        let first = Refresh { start: *since, times: since.map(times) };
        let mut life = GpuLife { refreshes: vec![first], end: [u32::MAX; LANES] };
        // What would wear out before the end of the target year does so with it.
        let target_end = grid.first_day(grid.days());
        let mut new_day = since.map(|since| grid.first_day((since as usize).min(steps)));
        // Lanes whose GPUs are still to be replaced.
        let mut goes_on = [true; LANES];
        while goes_on != [false; LANES] {
            let mut refresh = Refresh { start: [u32::MAX; LANES], times: [1.0; LANES] };
            for i in 0..LANES {
                if !std::mem::take(&mut goes_on[i]) {
                    continue;
                }
                new_day[i] = new_day[i].saturating_add(wear.life_days).max(target_end);
                let step = grid.nearest_start(new_day[i]);
                if step >= steps {
                    continue;
                }
                let times = wear.times[step];
                let spot = self.hours_per_mw_day * (rate[step][i] * times);
                let of_new = DAYS_PER_YEAR
                    * (self.kept_of_spot * spot * utilisation[step][i]
                        + self.kept_of_contract * spot
                        - self.power_cost_usd_per_mw_day)
                    - wear.annual_usd_per_gross_mw;
                let pays = of_new >= shell.year_1_margin_at_market(market, step, i);
                if pays && wear.refresh == GpuRefresh::WhereItPays {
                    (refresh.start[i], refresh.times[i]) = (step as u32, times);
                    goes_on[i] = true;
                } else {
                    life.end[i] = step as u32;
                }
            }
            if refresh.start.iter().any(|start| *start != u32::MAX) {
                life.refreshes.push(refresh);
            }
        }
        Some(life)
    }

    /// Cost of the GPUs of a gross megawatt that replace others in some steps, USD.
    pub(super) fn renewed_usd(&self, life: &GpuLife, steps: &Range<usize>) -> Row {
        let Some(wear) = &self.wear else { return [0.0; LANES] };
        let mut usd = [0.0; LANES];
        for refresh in &life.refreshes[1..] {
            for i in 0..LANES {
                let is_due = steps.contains(&(refresh.start[i] as usize));
                usd[i] += if is_due { wear.usd_per_gross_mw } else { 0.0 };
            }
        }
        usd
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::study::Overrides;

    #[test]
    fn what_wears_out_before_the_end_of_the_target_year_does_so_with_it() {
        // Five years from 2026 on end in 2031: not where a study first looks by the month in 2035.
        let mut study = Study::embedded("company", &Overrides::default()).unwrap();
        study.target_year = 2034;
        let grid = study.grid().unwrap();
        let (gpus, shell) = (Gpus::new(&study, &grid), ColocationLease::open(&study, &grid));
        let market = Tile::new(grid.steps());
        let since = [10; LANES];
        let life = gpus.life(&grid, &market, &shell, &since).unwrap();
        assert_eq!(life.end, [grid.days() as u32; LANES]);
        assert_eq!(life.refreshes[0].times, [1.0; LANES], "no bit of the target year moves");
    }
}
