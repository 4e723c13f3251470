//! Mining with one tranche of machines: income after the pool's fee, BTC valued on its day.
//!
//! A megawatt runs 1000 / (efficiency · overhead) PH/s, of which `uptime` earns and draws power.
//! On a day whose revenue per MWh is below the power price the tranche is off, if the study says
//! so; a switched-off day has no revenue and no power cost.

use super::{Energised, HOURS_PER_DAY, Ledger, PowerUse, Statement};
use crate::bitcoin;
use crate::input::study::{Mining, Tranche};
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile};
use std::ops::Range;

/// One tranche of machines at work.
#[derive(Debug, Clone)]
pub struct MiningTranche {
    /// Revenue of one MW and day per unit of hashprice (USD/PH/day).
    earning_ph_per_mw: f64,
    power_cost_usd_per_mw_day: f64,
    /// The hashprice below which the tranche is off, USD/PH/day; below 0 where it never is.
    switch_off_below: f64,
}

impl MiningTranche {
    /// A tranche under the fleet's terms.
    pub fn new(tranche: &Tranche, mining: &Mining) -> Self {
        let petahash_per_mw =
            bitcoin::petahash_per_megawatt(tranche.efficiency_j_per_th, mining.power_overhead);
        let mwh_revenue_per_hashprice = bitcoin::mwh_revenue_per_hashprice(
            tranche.efficiency_j_per_th,
            mining.power_overhead,
            mining.pool_fee,
        );
        Self {
            earning_ph_per_mw: petahash_per_mw * mining.uptime * (1.0 - mining.pool_fee),
            power_cost_usd_per_mw_day: HOURS_PER_DAY * mining.uptime * mining.power_usd_per_mwh,
            switch_off_below: if mining.switch_off {
                mining.power_usd_per_mwh / mwh_revenue_per_hashprice
            } else {
                f64::NEG_INFINITY
            },
        }
    }
}

impl PowerUse for MiningTranche {
    fn name(&self) -> &'static str {
        "mining"
    }
    fn enter(&self, build: Build, market: &Tile, days: &Range<usize>, ledger: &mut Ledger) {
        ledger.reset(days);
        let price = &market.rows(Factor::BtcPrice)[days.clone()];
        let hashprice = &market.rows(Factor::Hashprice)[days.clone()];
        let terms = [self.earning_ph_per_mw, self.power_cost_usd_per_mw_day, self.switch_off_below];
        let Ledger { revenue_usd, power_cost_usd, .. } = ledger;
        accumulate(build, terms, price, hashprice, revenue_usd, power_cost_usd);
    }
    fn statement(&self, _: &Tile, ledger: &Ledger, energised: &Energised) -> Statement {
        Statement {
            revenue_usd: ledger.between(&ledger.revenue_usd, energised),
            power_cost_usd: ledger.between(&ledger.power_cost_usd, energised),
            operating_cost_usd: [0.0; LANES],
        }
    }
}

kernel! {
    /// Cumulative revenue and power cost of one megawatt, off on days below the switch-off.
    fn accumulate(
        terms: [f64; 3],
        price: &[Row],
        hashprice: &[Row],
        revenue: &mut [Row],
        power_cost: &mut [Row],
    ) {
        let [earning, cost, switch_off_below] = terms;
        let mut revenue_sum = [0.0; LANES];
        let mut cost_sum = [0.0; LANES];
        for day in 0..price.len() {
            for i in 0..LANES {
                let usd_per_ph_day = price[day][i] * hashprice[day][i];
                let runs = usd_per_ph_day >= switch_off_below;
                revenue_sum[i] += if runs { earning * usd_per_ph_day } else { 0.0 };
                cost_sum[i] += if runs { cost } else { 0.0 };
            }
            revenue[day + 1] = revenue_sum;
            power_cost[day + 1] = cost_sum;
        }
    }
}
