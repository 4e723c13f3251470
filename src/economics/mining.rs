//! Mining with one tranche of machines: income after the pool's fee, BTC valued on its day.
//!
//! A megawatt runs 1000 / (efficiency · overhead) PH/s, of which `uptime` earns and draws power.
//! On a day whose revenue per MWh is below the power price the tranche is off, if the study says
//! so; a switched-off day has no revenue and no power cost.
//! Curtailment: power is bought at the contract price. On a day on which the hub's price is above
//! what mining with a MWh is expected to earn, the machines stand still and the power is sold at the
//! hub: no revenue, no power cost, and an income of hub less contract price on every MWh that the
//! machines would have drawn. Machines that may be off are not curtailed at a loss. What is expected
//! is what the pool pays in expectation; its luck shows only in the revenue.

use super::{Energised, HOURS_PER_DAY, Ledger, PowerUse, Statement};
use crate::bitcoin;
use crate::input::study::{Mining, PoolScheme, Tranche};
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math};
use std::ops::Range;

/// One tranche of machines at work.
#[derive(Debug, Clone)]
pub struct MiningTranche {
    terms: Terms,
    pool_scheme: PoolScheme,
    curtailment: bool,
}

/// What a day is worked out with.
#[derive(Debug, Clone, Copy)]
struct Terms {
    /// Revenue of one MW and day per unit of hashprice (USD/PH/day).
    earning_ph_per_mw: f64,
    power_cost_usd_per_mw_day: f64,
    /// The hashprice below which the tranche is off, USD/PH/day; below 0 where it never is.
    switch_off_below: f64,
    /// MWh that a MW draws in a day.
    mwh_per_mw_day: f64,
    /// Contract price of power, USD per MWh.
    contract_usd_per_mwh: f64,
    /// Revenue of a MWh per unit of hashprice.
    mwh_revenue_per_hashprice: f64,
    /// The hub's price that selling takes at least, USD per MWh; infinite where nothing is sold.
    sells_above: f64,
    /// Whether the pool's pay is luck of mean 1, of which the day's decisions know nothing.
    pay_is_luck: bool,
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
            terms: Terms {
                earning_ph_per_mw: petahash_per_mw * mining.uptime * (1.0 - mining.pool_fee),
                power_cost_usd_per_mw_day: HOURS_PER_DAY * mining.uptime * mining.power_usd_per_mwh,
                switch_off_below: if mining.switch_off {
                    mining.power_usd_per_mwh / mwh_revenue_per_hashprice
                } else {
                    f64::NEG_INFINITY
                },
                mwh_per_mw_day: HOURS_PER_DAY * mining.uptime,
                contract_usd_per_mwh: mining.power_usd_per_mwh,
                mwh_revenue_per_hashprice,
                sells_above: match (mining.curtailment, mining.switch_off) {
                    (false, _) => f64::INFINITY,
                    (true, true) => mining.power_usd_per_mwh,
                    (true, false) => f64::NEG_INFINITY,
                },
                pay_is_luck: mining.pool_scheme == PoolScheme::Pplns,
            },
            pool_scheme: mining.pool_scheme,
            curtailment: mining.curtailment,
        }
    }
}

impl PowerUse for MiningTranche {
    fn enter(&self, build: Build, market: &Tile, days: &Range<usize>, ledger: &mut Ledger) {
        ledger.reset(days);
        let price = &market.rows(Factor::BtcPrice)[days.clone()];
        let hashprice = &market.rows(Factor::Hashprice)[days.clone()];
        let Ledger { revenue_usd, power_cost_usd, curtailment_income_usd, .. } = ledger;
        if self.pool_scheme == PoolScheme::Fpps && !self.curtailment {
            let Terms { earning_ph_per_mw, power_cost_usd_per_mw_day, switch_off_below, .. } =
                self.terms;
            let terms = [earning_ph_per_mw, power_cost_usd_per_mw_day, switch_off_below];
            return accumulate(build, terms, price, hashprice, revenue_usd, power_cost_usd);
        }
        let pay = &market.rows(Factor::PoolPay)[days.clone()];
        let hub = &market.rows(Factor::PowerPrice)[days.clone()];
        curtailment_income_usd.resize(days.len() + 1, [0.0; LANES]);
        let (market, income_usd) = ([price, hashprice, pay, hub], curtailment_income_usd);
        accumulate_or_sell(build, &self.terms, market, revenue_usd, power_cost_usd, income_usd);
    }
    fn statement(&self, _: &Tile, ledger: &Ledger, energised: &Energised) -> Statement {
        Statement {
            revenue_usd: ledger.between(&ledger.revenue_usd, energised),
            power_cost_usd: ledger.between(&ledger.power_cost_usd, energised),
            operating_cost_usd: [0.0; LANES],
            curtailment_income_usd: if self.curtailment {
                ledger.between(&ledger.curtailment_income_usd, energised)
            } else {
                [0.0; LANES]
            },
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
        revenue[0] = [0.0; LANES];
        power_cost[0] = [0.0; LANES];
        // A sum is read from the row before: kept aside, it would wait for its own store.
        for day in 0..price.len() {
            for i in 0..LANES {
                let usd_per_ph_day = price[day][i] * hashprice[day][i];
                let runs = usd_per_ph_day >= switch_off_below;
                let (earned, spent) = if runs { (earning * usd_per_ph_day, cost) } else { (0.0, 0.0) };
                revenue[day + 1][i] = revenue[day][i] + earned;
                power_cost[day + 1][i] = power_cost[day][i] + spent;
            }
        }
    }
}

kernel! {
    /// Cumulative revenue, power cost and curtailment income of one megawatt, given price,
    /// hashprice, the pool's pay and the hub's price.
    fn accumulate_or_sell(
        terms: &Terms,
        market: [&[Row]; 4],
        revenue: &mut [Row],
        power_cost: &mut [Row],
        income: &mut [Row],
    ) {
        let [price, hashprice, pay, hub] = market;
        for sum in [&mut *revenue, &mut *power_cost, &mut *income] {
            sum[0] = [0.0; LANES];
        }
        for day in 0..price.len() {
            for i in 0..LANES {
                let in_full = price[day][i] * hashprice[day][i];
                let paid = in_full * pay[day][i];
                let expected = if terms.pay_is_luck { in_full } else { paid };
                let usd_per_mwh = expected * terms.mwh_revenue_per_hashprice;
                let sells = hub[day][i] > math::max(usd_per_mwh, terms.sells_above);
                let runs = expected >= terms.switch_off_below && !sells;
                let (earned, spent) = if runs {
                    (terms.earning_ph_per_mw * paid, terms.power_cost_usd_per_mw_day)
                } else {
                    (0.0, 0.0)
                };
                let gain = terms.mwh_per_mw_day * (hub[day][i] - terms.contract_usd_per_mwh);
                revenue[day + 1][i] = revenue[day][i] + earned;
                power_cost[day + 1][i] = power_cost[day][i] + spent;
                income[day + 1][i] = income[day][i] + if sells { gain } else { 0.0 };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::mining;

    /// One MW at 20 J/TH over one day at a hashprice, USD/PH/day: revenue, power cost, income of
    /// curtailment.
    fn day_at(terms: &Mining, hashprice: f64, pay: f64, hub: f64) -> [f64; 3] {
        let mut market = Tile::new(1);
        let (_, [price, _, _, _, btc, pool_pay]) = market.split(Factor::BtcPrice);
        price[0] = [hashprice; LANES];
        btc[0] = [1.0; LANES];
        pool_pay[0] = [pay; LANES];
        let (_, [power_price]) = market.split(Factor::PowerPrice);
        power_price[0] = [hub; LANES];
        let mut ledger = Ledger::default();
        let tranche = MiningTranche::new(&Tranche::new("test", 1.0, 20.0), terms);
        tranche.enter(Build::fastest(), &market, &(0..1), &mut ledger);
        let all = Energised { since: [0; LANES], from: [0; LANES], to: [1; LANES] };
        let statement = tranche.statement(&market, &ledger, &all);
        [statement.revenue_usd, statement.power_cost_usd, statement.curtailment_income_usd]
            .map(|row| row[0])
    }

    fn day(hashprice: f64, switch_off: bool) -> (f64, f64) {
        let terms = Mining { switch_off, ..mining() };
        let [revenue, cost, income] = day_at(&terms, hashprice, 1.0, 1e9);
        assert_eq!(income, 0.0, "nothing is sold unless the study says so");
        (revenue, cost)
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

    #[test]
    fn power_is_sold_where_it_is_worth_more_than_mined_with() {
        // At 36 USD/PH/day a MWh mines 36 · 47.619 · 0.99 / 24 = 70.7 USD.
        let mined = 36.0 * 1_000.0 / 21.0 * 0.99 / 24.0;
        let mwh = 24.0 * 0.86;
        let on = Mining { curtailment: true, ..mining() };
        let [revenue, cost, income] = day_at(&on, 36.0, 1.0, mined * (1.0 - 1e-9));
        assert!((revenue / (mwh * mined) - 1.0).abs() < 1e-12 && income == 0.0);
        assert!((cost - mwh * 45.0).abs() < 1e-10);
        let [revenue, cost, income] = day_at(&on, 36.0, 1.0, mined * (1.0 + 1e-9));
        assert_eq!((revenue, cost), (0.0, 0.0));
        assert!((income / (mwh * (mined - 45.0)) - 1.0).abs() < 1e-7);
        let [.., income] = day_at(&on, 36.0, 1.0, 1_000.0);
        assert!((income / (mwh * 955.0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn machines_that_may_be_off_are_not_curtailed_at_a_loss() {
        // At 20 USD/PH/day a MWh mines 39.3 USD, less than its 45; the hub pays 42.
        let terms = |switch_off| Mining { curtailment: true, switch_off, ..mining() };
        assert_eq!(day_at(&terms(true), 20.0, 1.0, 42.0), [0.0; 3]);
        let [revenue, cost, income] = day_at(&terms(false), 20.0, 1.0, 42.0);
        assert_eq!((revenue, cost), (0.0, 0.0));
        assert!((income - 24.0 * 0.86 * -3.0).abs() < 1e-10, "{income}");
        let [.., income] = day_at(&terms(true), 20.0, 1.0, 46.0);
        assert!((income - 24.0 * 0.86).abs() < 1e-10, "{income}");
    }

    #[test]
    fn a_pool_pays_what_its_scheme_says_and_its_luck_decides_nothing() {
        let pays = |pool_scheme, hashprice, pay| {
            day_at(&Mining { pool_scheme, ..mining() }, hashprice, pay, 0.0)[0]
        };
        let in_full = pays(PoolScheme::Fpps, 36.0, 1.0);
        assert!((pays(PoolScheme::Pps, 36.0, 0.75) / in_full - 0.75).abs() < 1e-15);
        assert!((pays(PoolScheme::Pplns, 36.0, 0.25) / in_full - 0.25).abs() < 1e-15);
        // 25 USD/PH/day is above the break-even of 22.9, three quarters of it are below.
        assert_eq!(pays(PoolScheme::Pps, 25.0, 0.75), 0.0);
        assert!(pays(PoolScheme::Pplns, 25.0, 0.75) > 0.0);
        // Full pay by the long way round is full pay.
        let terms = Mining { curtailment: true, ..mining() };
        assert_eq!(day_at(&terms, 36.0, 1.0, 0.0)[0].to_bits(), in_full.to_bits());
    }
}
