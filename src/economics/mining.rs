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
//! After the target year a month is decided as one day would be, and machines wear out, a part of them each
//! month. Where new ones, which have improved since, earn their cost over their life, the month's hashprice
//! falling on from there as they improve further, what is empty is filled with them, at most a twelfth of
//! the megawatts a month; else it stays empty. What is left of a tranche is decided on as one.

use super::{Ledger, Statement};
use crate::bitcoin;
use crate::input::study::{Appraisal, Mining, PoolScheme, Study, Tranche};
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math};
use crate::time::{DAYS_PER_YEAR, HOURS_PER_DAY, MONTHS_PER_YEAR, TimeGrid};
use std::ops::Range;

/// One tranche of machines at work.
#[derive(Debug, Clone)]
pub struct MiningTranche {
    terms: Terms,
    /// Power cost of one MW over so many days, USD, summed day by day.
    power_cost_usd_of_days: Vec<f64>,
    pool_scheme: PoolScheme,
    curtailment: bool,
    /// How machines are replaced after the target year.
    renewal: Option<Renewal>,
}

/// How a tranche's machines are replaced, month by month.
#[derive(Debug, Clone)]
struct Renewal {
    /// Of each month: what new machines mine over those of the as-of date, and the years of a first year's
    /// revenue and of its power that their life is worth.
    months: Vec<(f64, [f64; 2])>,
    wear: f64,
    usd_per_mw: f64,
}

/// The part of a megawatt that can be filled with new machines in a month.
const FILLED_MAX: f64 = 1.0 / MONTHS_PER_YEAR;

impl Renewal {
    fn new(tranche: &Tranche, terms: &Appraisal, grid: &TimeGrid) -> Self {
        let months = (grid.days()..grid.steps()).map(|step| {
            let years = grid.time_days(step) / DAYS_PER_YEAR;
            let improvement = tranche.efficiency_j_per_th / terms.new_machine_j_per_th(years);
            (improvement, terms.machine_years(years))
        });
        Self {
            months: months.collect(),
            wear: terms.machine_wear_per_month(),
            usd_per_mw: terms.machine_usd_per_gross_mw,
        }
    }
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
    /// A tranche on its own terms, where it has none on those of the study.
    pub fn new(tranche: &Tranche, study: &Study, grid: &TimeGrid) -> Self {
        let days = grid.first_day(grid.steps()) as usize;
        let renewal = study.appraisal.as_ref().map(|terms| Renewal::new(tranche, terms, grid));
        Self { renewal, ..Self::frozen(tranche, &study.mining, days) }
    }
    /// The same whose machines are never replaced, for ledgers of at most so many days.
    fn frozen(tranche: &Tranche, terms: &Mining, days: usize) -> Self {
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
            renewal: None,
        }
    }
}

/// Fills the ledgers of one gross megawatt of each tranche for some steps, once per tile.
pub fn enter(
    build: Build,
    grid: &TimeGrid,
    tranches: &[MiningTranche],
    market: &Tile,
    steps: &Range<usize>,
    ledgers: &mut [Ledger],
) {
    for (tranche, ledger) in tranches.iter().zip(&mut *ledgers) {
        ledger.reset(steps);
        ledger.running_days.resize(steps.len() + 1, [0; LANES]);
        if !tranche.mines_for_full_pay() || tranche.renewal.is_some() {
            ledger.curtailment_income_usd.resize(steps.len() + 1, [0.0; LANES]);
        }
    }
    let days = steps.start..steps.end.min(grid.days());
    let rows = |factor| &market.rows(factor)[days.clone()];
    let (price, hashprice) = (rows(Factor::BtcPrice), rows(Factor::Hashprice));
    accumulate(build, tranches, price, hashprice, ledgers);
    for (tranche, ledger) in tranches.iter().zip(&mut *ledgers) {
        if !tranche.mines_for_full_pay() {
            let market = [price, hashprice, rows(Factor::PoolPay), rows(Factor::PowerPrice)];
            let Ledger { revenue_usd, running_days, curtailment_income_usd, .. } = ledger;
            let (terms, income) = (&tranche.terms, curtailment_income_usd);
            accumulate_or_sell(build, terms, market, revenue_usd, running_days, income);
        }
    }
    let months = grid.days()..steps.end;
    for (tranche, ledger) in tranches.iter().zip(ledgers).filter(|_| !months.is_empty()) {
        let rows = |factor| &market.rows(factor)[months.clone()];
        let (price, hashprice) = (rows(Factor::BtcPrice), rows(Factor::Hashprice));
        let market = [price, hashprice, rows(Factor::PoolPay), rows(Factor::PowerPrice)];
        let days: Vec<u16> = months.clone().map(|month| grid.days_of(month) as u16).collect();
        let renewal = tranche.renewal.as_ref().expect("months are looked at to appraise");
        tranche.enter_months(build, renewal, &days, market, months.start - steps.start, ledger);
    }
}

impl MiningTranche {
    /// Whether a day's money rests on the hashprice alone: nothing on the pool's pay or the hub.
    fn mines_for_full_pay(&self) -> bool {
        self.pool_scheme == PoolScheme::Fpps && !self.curtailment
    }
    /// Fills the rows after the first `first` of a ledger, given the days of each month.
    fn enter_months(
        &self,
        build: Build,
        renewal: &Renewal,
        days: &[u16],
        market: [&[Row]; 4],
        first: usize,
        ledger: &mut Ledger,
    ) {
        let Ledger {
            revenue_usd,
            curtailment_income_usd,
            months_power_usd,
            machines_usd,
            running_days,
            ..
        } = ledger;
        for rows in [&mut *months_power_usd, &mut *machines_usd] {
            rows.resize(days.len() + 1, [0.0; LANES]);
            rows[0] = [0.0; LANES];
        }
        // Days of running are counted to the end of the target year.
        let (counted, after) = running_days[first..].split_at_mut(1);
        after.fill(counted[0]);
        let cumulative = Cumulative {
            revenue: &mut revenue_usd[first..],
            power: months_power_usd,
            income: &mut curtailment_income_usd[first..],
            machines: machines_usd,
        };
        accumulate_months(build, &self.terms, renewal, days, market, cumulative);
    }
    /// Cost of new machines of one gross megawatt in a window of steps before the step at which each lane
    /// switches, USD; nothing before the end of the target year.
    pub fn renewed_usd(
        &self,
        grid: &TimeGrid,
        ledger: &Ledger,
        window: &Range<usize>,
        switch: &[u32; LANES],
    ) -> Row {
        if window.start < grid.days() || self.renewal.is_none() {
            return [0.0; LANES];
        }
        let at = |step: usize| &ledger.machines_usd[step - grid.days()];
        std::array::from_fn(|i| {
            let end = (switch[i] as usize).clamp(window.start, window.end);
            at(end)[i] - at(window.start)[i]
        })
    }
    /// What one gross megawatt that always runs earns of a unit of hashprice over some days (PH/s times
    /// days), and what its power costs, USD.
    pub fn always_on(&self, days: u32) -> (f64, f64) {
        let days_on = f64::from(days);
        (self.terms.earning_ph_per_mw * days_on, self.power_cost_usd_of_days[days as usize])
    }
    /// What one gross megawatt earns and costs between two steps of a window, by lane.
    pub fn between(
        &self,
        grid: &TimeGrid,
        ledger: &Ledger,
        window: &Range<usize>,
        [from, to]: [&[u32; LANES]; 2],
    ) -> Statement {
        let [mut until, mut before, mut rest] = [(); 3].map(|()| Statement::ZERO);
        self.statements(grid, ledger, window, to, [&mut until, &mut rest]);
        self.statements(grid, ledger, window, from, [&mut before, &mut rest]);
        for i in 0..LANES {
            until.revenue_usd[i] -= before.revenue_usd[i];
            until.power_cost_usd[i] -= before.power_cost_usd[i];
            until.curtailment_income_usd[i] -= before.curtailment_income_usd[i];
        }
        until
    }
    /// Days of a window from the step at which each lane switches on, on which machines would run.
    pub fn running_days(&self, ledger: &Ledger, end: usize, switch: &[u32; LANES]) -> Row {
        let days = &ledger.running_days;
        let (until, middle) = (&days[end - ledger.first as usize], ledger.at(days, switch));
        std::array::from_fn(|i| f64::from(until[i] - middle[i]))
    }
    /// Writes what one gross megawatt earns and costs in a window of steps before the step at which each
    /// lane switches, and what it would after.
    pub fn statements(
        &self,
        grid: &TimeGrid,
        ledger: &Ledger,
        window: &Range<usize>,
        switch: &[u32; LANES],
        [before, after]: [&mut Statement; 2],
    ) {
        let revenue = [&mut before.revenue_usd, &mut after.revenue_usd];
        ledger.part(&ledger.revenue_usd, window, switch, revenue);
        let income = [&mut before.curtailment_income_usd, &mut after.curtailment_income_usd];
        let is_after_target = window.start >= grid.days();
        if self.curtailment || is_after_target {
            ledger.part(&ledger.curtailment_income_usd, window, switch, income);
        } else {
            income.into_iter().for_each(|row| row.fill(0.0));
        }
        let power = [&mut before.power_cost_usd, &mut after.power_cost_usd];
        if is_after_target {
            let months = window.start - grid.days()..window.end - grid.days();
            let first = grid.days() as u32;
            let switch = switch.map(|step| step - first + ledger.first);
            let months = months.start + ledger.first as usize..months.end + ledger.first as usize;
            ledger.part(&ledger.months_power_usd, &months, &switch, power);
            return;
        }
        let days = &ledger.running_days;
        let cost_usd = |days: u16| self.power_cost_usd_of_days[usize::from(days)];
        let row = |step: usize| &days[step - ledger.first as usize];
        let (start, end) = (row(window.start), row(window.end));
        for i in 0..LANES {
            let middle = cost_usd(days[(switch[i] - ledger.first) as usize][i]);
            power[0][i] = middle - cost_usd(start[i]);
            power[1][i] = cost_usd(end[i]) - middle;
        }
        let paid_usd = self.terms.demand_response_usd_per_mw_day;
        if paid_usd > 0.0 {
            for i in 0..LANES {
                before.curtailment_income_usd[i] +=
                    paid_usd * (f64::from(switch[i]) - window.start as f64);
                after.curtailment_income_usd[i] +=
                    paid_usd * (window.end as f64 - f64::from(switch[i]));
            }
        }
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

/// Cumulative rows of the months, one more than there are months, the first of them filled.
struct Cumulative<'a> {
    revenue: &'a mut [Row],
    power: &'a mut [Row],
    income: &'a mut [Row],
    machines: &'a mut [Row],
}

kernel! {
    /// Months of one megawatt, given their days, price, hashprice, the pool's pay and the hub's price.
    fn accumulate_months(
        terms: &Terms,
        renewal: &Renewal,
        days: &[u16],
        market: [&[Row]; 4],
        cumulative: Cumulative<'_>,
    ) {
        let [price, hashprice, pay, hub] = market;
        let Cumulative { revenue, power, income, machines } = cumulative;
        let power_usd_per_day = terms.mwh_per_mw_day * terms.contract_usd_per_mwh;
        // The part of a megawatt that is filled, and what it mines over what it did on the as-of date.
        let (mut filled, mut mines) = ([1.0; LANES], [1.0; LANES]);
        for month in 0..days.len() {
            let days = f64::from(days[month]);
            let (improvement, [revenue_years, power_years]) = renewal.months[month];
            for i in 0..LANES {
                let in_full = price[month][i] * hashprice[month][i];
                let of_new = improvement * terms.earning_ph_per_mw * in_full * revenue_years
                    - power_usd_per_day * power_years;
                let pays = of_new * DAYS_PER_YEAR >= renewal.usd_per_mw;
                let left = filled[i] * (1.0 - renewal.wear);
                let bought = if pays { math::min(1.0 - left, FILLED_MAX) } else { 0.0 };
                filled[i] = left + bought;
                mines[i] = bought.mul_add(improvement, mines[i] * (1.0 - renewal.wear));
                machines[month + 1][i] = bought.mul_add(renewal.usd_per_mw, machines[month][i]);
                let paid = in_full * pay[month][i];
                let expected = if terms.pay_is_luck { in_full } else { paid };
                let usd_per_mwh = expected * terms.mwh_revenue_per_hashprice * mines[i] / filled[i];
                let sells = hub[month][i] > math::max(usd_per_mwh, terms.sells_above);
                let runs = expected * mines[i] >= terms.switch_off_below * filled[i] && !sells;
                let earned = if runs { mines[i] * terms.earning_ph_per_mw * paid } else { 0.0 };
                let drawn = if runs { filled[i] * power_usd_per_day } else { 0.0 };
                let gain = terms.mwh_per_mw_day * (hub[month][i] - terms.contract_usd_per_mwh);
                let sold = if sells { gain } else { 0.0 };
                let paid_for = filled[i] * (sold + terms.demand_response_usd_per_mw_day);
                revenue[month + 1][i] = days.mul_add(earned, revenue[month][i]);
                power[month + 1][i] = days.mul_add(drawn, power[month][i]);
                income[month + 1][i] = days.mul_add(paid_for, income[month][i]);
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
        let tranche = MiningTranche::frozen(&Tranche::new("test", 1.0, 20.0), terms, 1);
        let (build, tranches) = (Build::fastest(), std::slice::from_ref(&tranche));
        let grid = TimeGrid::new(jiff::civil::date(2026, 7, 31), 2027).unwrap();
        enter(build, &grid, tranches, &market, &(0..1), std::slice::from_mut(&mut ledger));
        let [mut statement, mut after] = [(); 2].map(|()| Statement::ZERO);
        let both = [&mut statement, &mut after];
        tranches[0].statements(&grid, &ledger, &(0..1), &[1; LANES], both);
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
