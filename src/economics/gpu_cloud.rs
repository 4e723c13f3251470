//! GPU cloud: own GPUs let by the hour at the market's rate, on the part of them in use.
//!
//! Revenue of a gross MW and day = critical-IT ratio × GPUs per critical-IT MW × 24 h × rate ×
//! utilisation, at the study's critical-IT ratio. Power is paid for on the whole gross megawatt,
//! used or not.

use super::{Energised, HOURS_PER_DAY, Ledger, Statement};
use crate::input::study::{Diversion, GpuCloud};
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile};
use std::ops::Range;

/// GPUs let by the hour.
#[derive(Debug, Clone)]
pub struct GpuCloudUse {
    gpu_hours_per_mw_day: f64,
    operating_cost_share: f64,
    power_cost_usd_per_mw_day: f64,
}

impl GpuCloudUse {
    /// The business under the study's terms.
    pub fn new(terms: &GpuCloud, diversion: &Diversion) -> Self {
        Self {
            gpu_hours_per_mw_day: diversion.critical_it_per_gross_mw
                * terms.gpus_per_critical_it_mw
                * HOURS_PER_DAY,
            operating_cost_share: terms.operating_cost_share_of_revenue,
            power_cost_usd_per_mw_day: HOURS_PER_DAY * terms.power_usd_per_mwh,
        }
    }

    /// Fills the ledger of one gross megawatt for the days of the target year, once per tile.
    pub fn enter(&self, build: Build, market: &Tile, days: &Range<usize>, ledger: &mut Ledger) {
        ledger.reset(days);
        let rate = &market.rows(Factor::GpuRate)[days.clone()];
        let utilisation = &market.rows(Factor::Utilisation)[days.clone()];
        accumulate(build, self.gpu_hours_per_mw_day, rate, utilisation, &mut ledger.revenue_usd);
    }

    /// GPUs of a gross megawatt.
    pub fn gpus_per_mw(&self) -> f64 {
        self.gpu_hours_per_mw_day / HOURS_PER_DAY
    }
    /// What one gross megawatt earns and costs while energised.
    pub fn statement(&self, ledger: &Ledger, energised: &Energised) -> Statement {
        let revenue_usd = ledger.between(&ledger.revenue_usd, energised);
        Statement {
            revenue_usd,
            at_market_usd: [0.0; LANES],
            power_cost_usd: std::array::from_fn(|i| {
                self.power_cost_usd_per_mw_day * f64::from(energised.to[i] - energised.from[i])
            }),
            operating_cost_usd: revenue_usd.map(|usd| usd * self.operating_cost_share),
            curtailment_income_usd: [0.0; LANES],
        }
    }
}

kernel! {
    /// Cumulative revenue of one megawatt.
    fn accumulate(gpu_hours: f64, rate: &[Row], utilisation: &[Row], revenue: &mut [Row]) {
        let mut sum = [0.0; LANES];
        for day in 0..rate.len() {
            for i in 0..LANES {
                sum[i] += gpu_hours * rate[day][i] * utilisation[day][i];
            }
            revenue[day + 1] = sum;
        }
    }
}
