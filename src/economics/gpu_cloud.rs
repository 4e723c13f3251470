//! GPU cloud: own GPUs let by the hour at the market's rate, on the part of them in use.
//!
//! Revenue of a gross MW and day = critical-IT ratio × GPUs per critical-IT MW × 24 h × rate ×
//! utilisation, at the study's critical-IT ratio. Power is paid for on the whole gross megawatt,
//! used or not.

use super::gpus::{GpuLife, Gpus};
use super::{Energised, Ledger};
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

    /// What one gross megawatt earns while energised, USD, given what becomes of its GPUs.
    pub fn revenue_usd(
        &self,
        ledger: &Ledger,
        life: Option<&GpuLife>,
        energised: &Energised,
    ) -> Row {
        let mut revenue_usd = ledger.between(&ledger.revenue_usd, energised);
        let mut times = [1.0; LANES];
        for refresh in life.iter().flat_map(|life| &life.refreshes) {
            for i in (0..LANES).filter(|i| refresh.start[*i] < energised.to[*i]) {
                // From the refresh on, by what its GPUs earn over those before them.
                let start = refresh.start[i].max(energised.from[i]);
                let [start_usd, end_usd] = [start, energised.to[i]]
                    .map(|step| ledger.revenue_usd[(step - ledger.first) as usize][i]);
                revenue_usd[i] += (refresh.times[i] - times[i]) * (end_usd - start_usd);
                times[i] = refresh.times[i];
            }
        }
        revenue_usd
    }
    /// Part of its revenue that operation takes.
    pub(super) fn operating_cost_share(&self) -> f64 {
        self.operating_cost_share
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
