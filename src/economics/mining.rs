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
    /// A tranche on its own terms, where it has none on those of the study.
    pub fn new(tranche: &Tranche, terms: &Mining) -> Self {
        let mining = tranche.mining(terms);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Revenue and power cost of one MW over one day at a hashprice, USD/PH/day.
    fn day(hashprice: f64, switch_off: bool) -> (f64, f64) {
        let tranche = Tranche::new("test", 1.0, 20.0);
        let mining = Mining {
            power_overhead: 1.05,
            uptime: 0.86,
            pool_fee: 0.01,
            power_usd_per_mwh: 45.0,
            switch_off,
        };
        let mut market = Tile::new(1);
        let (_, [price, _, _, _, btc]) = market.split(Factor::BtcPrice);
        price[0] = [hashprice; LANES];
        btc[0] = [1.0; LANES];
        let mut ledger = Ledger::default();
        let tranche = MiningTranche::new(&tranche, &mining);
        tranche.enter(Build::fastest(), &market, &(0..1), &mut ledger);
        let all = Energised { since: [0; LANES], from: [0; LANES], to: [1; LANES] };
        let statement = tranche.statement(&market, &ledger, &all);
        (statement.revenue_usd[0], statement.power_cost_usd[0])
    }

    #[test]
    fn a_tranche_is_off_below_its_break_even_and_on_above() {
        // Break-even 24 · 20 · 1.05 · 45 / 1000 = 22.68 USD/PH/day, after the pool's fee 22.909…
        let break_even = 22.68 / 0.99;
        assert_eq!(day(break_even * (1.0 - 1e-9), true), (0.0, 0.0));
        let (revenue, cost) = day(break_even * (1.0 + 1e-9), true);
        assert!((revenue / cost - 1.0).abs() < 1e-8, "it just earns its power");
        assert!((cost - 24.0 * 0.86 * 45.0).abs() < 1e-10);
    }

    #[test]
    fn a_tranche_that_stays_on_mines_at_a_loss() {
        let (revenue, cost) = day(10.0, false);
        assert!((revenue - 1_000.0 / 21.0 * 10.0 * 0.86 * 0.99).abs() < 1e-10);
        assert!(cost > revenue);
    }
}
