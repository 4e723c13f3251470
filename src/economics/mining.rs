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
//! Demand response: a grid pays by the day for every megawatt that it may switch off, whether it does or
//! not; such hours are few, and what is not mined in them is left out.

use super::{HOURS_PER_DAY, Ledger, Statement};
use crate::bitcoin;
use crate::input::study::{Mining, PoolScheme, Tranche};
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math};
use crate::time::DAYS_PER_YEAR;
use std::ops::Range;

/// One tranche of machines at work.
#[derive(Debug, Clone)]
pub struct MiningTranche {
    terms: Terms,
    /// Power cost of one MW over so many days, USD, summed day by day.
    power_cost_usd_of_days: Vec<f64>,
    pool_scheme: PoolScheme,
    curtailment: bool,
}

/// What a day is worked out with.
#[derive(Debug, Clone, Copy)]
struct Terms {
    /// Revenue of one MW and day per unit of hashprice (USD/PH/day).
    earning_ph_per_mw: f64,
    /// The hashprice below which the tranche is off, USD/PH/day; below 0 where it never is.
    switch_off_below: f64,
    /// MWh that a MW draws in a day.
    mwh_per_mw_day: f64,
    /// What a grid pays for a MW that may be switched off, USD a day.
    demand_response_usd_per_mw_day: f64,
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
    /// A tranche on its own terms, where it has none on those of the study, for ledgers of at most so
    /// many days.
    pub fn new(tranche: &Tranche, terms: &Mining, days: usize) -> Self {
        let mining = tranche.mining(terms);
        let petahash_per_mw =
            bitcoin::petahash_per_megawatt(tranche.efficiency_j_per_th, mining.power_overhead);
        let mwh_revenue_per_hashprice = bitcoin::mwh_revenue_per_hashprice(
            tranche.efficiency_j_per_th,
            mining.power_overhead,
            mining.pool_fee,
        );
        let power_cost_usd_per_mw_day = HOURS_PER_DAY * mining.uptime * mining.power_usd_per_mwh;
        let power_cost_usd_of_days =
            std::iter::successors(Some(0.0), |usd| Some(usd + power_cost_usd_per_mw_day));
        Self {
            power_cost_usd_of_days: power_cost_usd_of_days.take(days + 1).collect(),
            terms: Terms {
                earning_ph_per_mw: petahash_per_mw * mining.uptime * (1.0 - mining.pool_fee),
                switch_off_below: if mining.switch_off {
                    mining.power_usd_per_mwh / mwh_revenue_per_hashprice
                } else {
                    f64::NEG_INFINITY
                },
                mwh_per_mw_day: HOURS_PER_DAY * mining.uptime,
                demand_response_usd_per_mw_day: mining.demand_response_usd_per_mw_year
                    / DAYS_PER_YEAR,
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

/// Fills the ledgers of one gross megawatt of each tranche for some days, once per tile.
pub fn enter(
    build: Build,
    tranches: &[MiningTranche],
    market: &Tile,
    days: &Range<usize>,
    ledgers: &mut [Ledger],
) {
    for (tranche, ledger) in tranches.iter().zip(&mut *ledgers) {
        ledger.reset(days);
        ledger.running_days.resize(days.len() + 1, [0; LANES]);
        if !tranche.mines_for_full_pay() {
            ledger.curtailment_income_usd.resize(days.len() + 1, [0.0; LANES]);
        }
    }
    let rows = |factor| &market.rows(factor)[days.clone()];
    let (price, hashprice) = (rows(Factor::BtcPrice), rows(Factor::Hashprice));
    accumulate(build, tranches, price, hashprice, ledgers);
    for (tranche, ledger) in tranches.iter().zip(ledgers) {
        if !tranche.mines_for_full_pay() {
            let market = [price, hashprice, rows(Factor::PoolPay), rows(Factor::PowerPrice)];
            let Ledger { revenue_usd, running_days, curtailment_income_usd, .. } = ledger;
            let (terms, income) = (&tranche.terms, curtailment_income_usd);
            accumulate_or_sell(build, terms, market, revenue_usd, running_days, income);
        }
    }
}

impl MiningTranche {
    /// Whether a day's money rests on the hashprice alone: nothing on the pool's pay or the hub.
    fn mines_for_full_pay(&self) -> bool {
        self.pool_scheme == PoolScheme::Fpps && !self.curtailment
    }
    /// Days of a window from the step at which each lane switches on, on which machines would run.
    pub fn running_days(&self, ledger: &Ledger, end: usize, switch: &[u32; LANES]) -> Row {
        let days = &ledger.running_days;
        let (until, middle) = (&days[end - ledger.first as usize], ledger.at(days, switch));
        std::array::from_fn(|i| f64::from(until[i] - middle[i]))
    }
    /// What one gross megawatt earns and costs in a window of days before the step at which each lane
    /// switches, and what it would after.
    pub fn statements(
        &self,
        ledger: &Ledger,
        window: &Range<usize>,
        switch: &[u32; LANES],
    ) -> [Statement; 2] {
        let [earned_before, earned_after] = ledger.parted(&ledger.revenue_usd, window, switch);
        let days = &ledger.running_days;
        let cost_usd = |days: u16| self.power_cost_usd_of_days[usize::from(days)];
        let middle = ledger.at(days, switch).map(cost_usd);
        let end = |step: usize| days[step - ledger.first as usize].map(cost_usd);
        let (start, end) = (end(window.start), end(window.end));
        let [mut sold_before, mut sold_after] = if self.curtailment {
            ledger.parted(&ledger.curtailment_income_usd, window, switch)
        } else {
            [[0.0; LANES]; 2]
        };
        let paid_usd = self.terms.demand_response_usd_per_mw_day;
        if paid_usd > 0.0 {
            for i in 0..LANES {
                sold_before[i] += paid_usd * (f64::from(switch[i]) - window.start as f64);
                sold_after[i] += paid_usd * (window.end as f64 - f64::from(switch[i]));
            }
        }
        let statement = |revenue_usd, power_cost_usd, curtailment_income_usd| Statement {
            revenue_usd,
            at_market_usd: [0.0; LANES],
            power_cost_usd,
            operating_cost_usd: [0.0; LANES],
            curtailment_income_usd,
        };
        let spent_before = std::array::from_fn(|i| middle[i] - start[i]);
        let spent_after = std::array::from_fn(|i| end[i] - middle[i]);
        [
            statement(earned_before, spent_before, sold_before),
            statement(earned_after, spent_after, sold_after),
        ]
    }
}

kernel! {
    /// Cumulative revenue and running days of one megawatt of each tranche that mines for full pay,
    /// off on days below its switch-off.
    fn accumulate(
        tranches: &[MiningTranche],
        price: &[Row],
        hashprice: &[Row],
        ledgers: &mut [Ledger],
    ) {
        for ledger in ledgers.iter_mut() {
            ledger.revenue_usd[0] = [0.0; LANES];
            ledger.running_days[0] = [0; LANES];
        }
        for day in 0..price.len() {
            let mut usd_per_ph_day = [0.0; LANES];
            for i in 0..LANES {
                usd_per_ph_day[i] = price[day][i] * hashprice[day][i];
            }
            for (tranche, ledger) in tranches.iter().zip(ledgers.iter_mut()) {
                if tranche.mines_for_full_pay() {
                    let revenue = &mut ledger.revenue_usd[day..day + 2];
                    let running = &mut ledger.running_days[day..day + 2];
                    mine(&tranche.terms, &usd_per_ph_day, revenue, running);
                }
            }
        }
    }
}

/// A day of one tranche: from the rows of the evening before to its own.
#[inline(always)]
fn mine(terms: &Terms, usd_per_ph_day: &Row, revenue: &mut [Row], running: &mut [[u16; LANES]]) {
    let (earning, switch_off_below) = (terms.earning_ph_per_mw, terms.switch_off_below);
    for i in 0..LANES {
        let runs = usd_per_ph_day[i] >= switch_off_below;
        let earned = if runs { earning * usd_per_ph_day[i] } else { 0.0 };
        revenue[1][i] = revenue[0][i] + earned;
    }
    for i in 0..LANES {
        running[1][i] = running[0][i] + u16::from(usd_per_ph_day[i] >= switch_off_below);
    }
}

kernel! {
    /// Cumulative revenue, running days and curtailment income of one megawatt, given price,
    /// hashprice, the pool's pay and the hub's price.
    fn accumulate_or_sell(
        terms: &Terms,
        market: [&[Row]; 4],
        revenue: &mut [Row],
        running: &mut [[u16; LANES]],
        income: &mut [Row],
    ) {
        let [price, hashprice, pay, hub] = market;
        (revenue[0], income[0], running[0]) = ([0.0; LANES], [0.0; LANES], [0; LANES]);
        for day in 0..price.len() {
            for i in 0..LANES {
                let in_full = price[day][i] * hashprice[day][i];
                let paid = in_full * pay[day][i];
                let expected = if terms.pay_is_luck { in_full } else { paid };
                let usd_per_mwh = expected * terms.mwh_revenue_per_hashprice;
                let sells = hub[day][i] > math::max(usd_per_mwh, terms.sells_above);
                let runs = expected >= terms.switch_off_below && !sells;
                let earned = if runs { terms.earning_ph_per_mw * paid } else { 0.0 };
                let gain = terms.mwh_per_mw_day * (hub[day][i] - terms.contract_usd_per_mwh);
                revenue[day + 1][i] = revenue[day][i] + earned;
                running[day + 1][i] = running[day][i] + u16::from(runs);
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
        let tranche = MiningTranche::new(&Tranche::new("test", 1.0, 20.0), terms, 1);
        let tranches = std::slice::from_ref(&tranche);
        enter(Build::fastest(), tranches, &market, &(0..1), std::slice::from_mut(&mut ledger));
        let [statement, after] = tranches[0].statements(&ledger, &(0..1), &[1; LANES]);
        assert_eq!(after, Statement::ZERO, "no day comes after the switch");
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
