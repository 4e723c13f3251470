//! GPU cloud: own GPUs let by the hour at the market's rate, on the part of them in use.
//!
//! Revenue of a gross MW and day = critical-IT ratio × GPUs per critical-IT MW × 24 h × rate ×
//! utilisation, at the study's critical-IT ratio. Power is paid for on the whole gross megawatt,
//! used or not.

use super::gpus::Gpus;
use super::{Energised, Ledger, Statement, days_between};
use crate::input::study::GpuCloud;
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile};
use crate::time::TimeGrid;
use std::ops::Range;

/// GPUs let by the hour.
#[derive(Debug, Clone)]
pub struct GpuCloudUse {
    operating_cost_share: f64,
}

impl GpuCloudUse {
    /// The business under the study's terms.
    pub fn new(terms: &GpuCloud) -> Self {
        Self { operating_cost_share: terms.operating_cost_share_of_revenue }
    }

    /// Fills the ledger of one gross megawatt for some steps, once per tile.
    pub fn enter(
        &self,
        build: Build,
        grid: &TimeGrid,
        gpus: &Gpus,
        market: &Tile,
        steps: &Range<usize>,
        ledger: &mut Ledger,
    ) {
        ledger.reset(steps);
        let (rate, utilisation) = (market.rows(Factor::GpuRate), market.rows(Factor::Utilisation));
        let revenue = &mut ledger.revenue_usd;
        let mut enter = |part: Range<usize>, days: f64| {
            let rows = part.start - steps.start..part.end - steps.start + 1;
            let market = (&rate[part.clone()], &utilisation[part]);
            accumulate(build, days * gpus.hours_per_mw_day, market, &mut revenue[rows]);
        };
        enter(steps.start..steps.end.min(grid.days()), 1.0);
        for month in grid.days()..steps.end {
            enter(month..month + 1, f64::from(grid.days_of(month)));
        }
    }

    /// What one gross megawatt earns and costs while energised, its hall's generations of GPUs known.
    pub fn statement(
        &self,
        grid: &TimeGrid,
        gpus: &Gpus,
        ledger: &Ledger,
        generations: &[u32; LANES],
        energised: &Energised,
    ) -> Statement {
        let mut revenue_usd = ledger.between(&ledger.revenue_usd, energised);
        for i in (0..LANES).filter(|i| generations[*i] > 1) {
            for generation in 1..generations[i] {
                let start = gpus.begins(grid, energised.since[i], generation);
                let end = gpus.begins(grid, energised.since[i], generation + 1);
                let [start_usd, end_usd] = [start, end].map(|step| {
                    let step = step.clamp(energised.from[i], energised.to[i]);
                    ledger.revenue_usd[(step - ledger.first) as usize][i]
                });
                let more = gpus.renewal(grid, start as usize) - 1.0;
                revenue_usd[i] += more * (end_usd - start_usd);
            }
        }
        Statement {
            revenue_usd,
            at_market_usd: [0.0; LANES],
            power_cost_usd: gpus.power_cost_usd(&days_between(
                grid,
                &energised.from,
                &energised.to,
            )),
            operating_cost_usd: revenue_usd.map(|usd| usd * self.operating_cost_share),
            curtailment_income_usd: [0.0; LANES],
        }
    }
}

kernel! {
    /// Cumulative revenue of one megawatt.
    fn accumulate(gpu_hours: f64, market: (&[Row], &[Row]), revenue: &mut [Row]) {
        let (rate, utilisation) = market;
        let mut sum = revenue[0];
        for step in 0..rate.len() {
            for i in 0..LANES {
                sum[i] += gpu_hours * rate[step][i] * utilisation[step][i];
            }
            revenue[step + 1] = sum;
        }
    }
}
