//! One gross megawatt of a parcel over a window: mining until it stops, AI once its hall and its GPUs are there.
//!
//! In: market, ledgers, what becomes of the parcel. Out: its money. Not here: how many megawatts there are.

use super::money::Fates;
use super::{Ledgers, Money, Valuation};
use crate::economics::colocation::Rent;
use crate::economics::mining::MiningTranche;
use crate::economics::plan::Parcel;
use crate::economics::{Energised, Ledger, Statement, days_between};
use crate::tile::{LANES, Row, Tile};
use std::ops::Range;

/// One gross MW of a parcel over a window of steps.
pub(super) struct Megawatt<'a> {
    pub(super) valuation: &'a Valuation,
    pub(super) market: &'a Tile,
    pub(super) ledgers: &'a Ledgers,
    pub(super) parcel: &'a Parcel,
    pub(super) fates: &'a Fates,
    pub(super) window: &'a Range<usize>,
}

/// A part of the megawatt, and the step from which on it does not mine, by lane.
type Switch = (f64, [u32; LANES]);

impl Megawatt<'_> {
    /// Writes its money.
    pub(super) fn value(&self, money: &mut Money) {
        money.clone_from(&Money::ZERO);
        let switches = self.switches();
        let mut displaced = self.mine(&switches, money);
        self.let_hall(money, &mut displaced);
        let power_usd = self.use_gpus(money);
        gain(&displaced, &power_usd, money);
        // What stands on the as-of date is in the markets as they are.
        if self.valuation.sector.is_some() && self.parcel.hall.is_some() {
            self.leave_the_network(&switches, money);
        }
    }

    /// Part that is colocation, and part that has GPUs of the company's own.
    fn shares(&self) -> [f64; 2] {
        let let_share = self.valuation.colocation_share;
        [let_share, 1.0 - let_share]
    }

    /// Critical-IT MW over that of the study's ratio.
    fn ratio(&self) -> f64 {
        self.valuation.critical_it_ratio[self.parcel.tranche]
    }

    fn tranche(&self) -> (&MiningTranche, &Ledger) {
        let index = self.parcel.tranche;
        (&self.valuation.tranches[index], &self.ledgers.tranches[index])
    }

    fn within(&self, step: u32) -> u32 {
        step.clamp(self.window.start as u32, self.window.end as u32)
    }

    /// When it stops mining: the megawatts of GPUs mine on until these come.
    fn switches(&self) -> Vec<Switch> {
        let ([let_share, gpu_share], fates) = (self.shares(), self.fates);
        let stop = |use_of: &[u32; LANES]| -> [u32; LANES] {
            std::array::from_fn(|i| self.within(use_of[i].min(fates.stop[i])))
        };
        match self.valuation.gpus_lag && let_share > 0.0 && gpu_share > 0.0 {
            true => vec![(let_share, stop(&fates.hall)), (gpu_share, stop(&fates.gpus))],
            false if let_share > 0.0 => vec![(1.0, stop(&fates.hall))],
            false => vec![(1.0, stop(&fates.gpus))],
        }
    }

    /// Adds what it mines until it stops; gives what it would after.
    fn mine(&self, switches: &[Switch], money: &mut Money) -> Statement {
        let (grid, (tranche, ledger)) = (&self.valuation.grid, self.tranche());
        let [mut mined, mut lost, mut displaced] = [(); 3].map(|()| Statement::ZERO);
        for (part, switch) in switches {
            tranche.statements(grid, ledger, self.window, switch, [&mut mined, &mut lost]);
            let machines = tranche.renewed_usd(grid, ledger, self.window, switch);
            for i in 0..LANES {
                money.revenue_mining[i] += part * mined.revenue_usd[i];
                money.power_cost[i] += part * mined.power_cost_usd[i];
                money.curtailment_income[i] += part * mined.curtailment_income_usd[i];
                money.machines[i] += part * machines[i];
                displaced.revenue_usd[i] += part * lost.revenue_usd[i];
                displaced.power_cost_usd[i] += part * lost.power_cost_usd[i];
                displaced.curtailment_income_usd[i] += part * lost.curtailment_income_usd[i];
            }
        }
        displaced
    }

    /// Writes what its lease pays; a reversible hall mines while it stands empty.
    fn let_hall(&self, money: &mut Money, displaced: &mut Statement) {
        let Self { valuation, market, fates, .. } = *self;
        let [let_share, _] = self.shares();
        let from = fates.hall.map(|step| self.within(step));
        let to = [self.window.end as u32; LANES];
        let (lease, open) = (&valuation.leases[self.parcel.lease], valuation.open_lease());
        let made = (&valuation.grid, market);
        let mut rent = Rent::ZERO;
        match (&valuation.credit, &fates.tenant) {
            (Some(credit), Some(fate)) => {
                let of_lease = (&fates.rental, fate);
                let empty = credit.add_rent(made, (lease, open), of_lease, [&from, &to], &mut rent);
                if valuation.reversible {
                    self.mine_between(empty, let_share, money, displaced);
                }
            }
            _ => lease.add_rent(made, &fates.rental, [&from, &to], 1.0, &mut rent),
        }
        let ratio = self.ratio();
        for i in 0..LANES {
            money.revenue_colocation[i] = let_share * (rent.revenue_usd[i] * ratio);
            money.rent_at_market[i] = let_share * (rent.at_market_usd[i] * ratio);
            money.operating_cost[i] = let_share * (rent.operating_cost_usd[i] * ratio);
        }
    }

    /// Adds what a part of it mines between two steps, which is not given up.
    fn mine_between(
        &self,
        [from, to]: [[u32; LANES]; 2],
        part: f64,
        money: &mut Money,
        displaced: &mut Statement,
    ) {
        let (grid, (tranche, ledger)) = (&self.valuation.grid, self.tranche());
        let mined = tranche.between(grid, ledger, self.window, [&from, &to]);
        let bought =
            [&to, &from].map(|until| tranche.renewed_usd(grid, ledger, self.window, until));
        for i in 0..LANES {
            money.revenue_mining[i] += part * mined.revenue_usd[i];
            money.power_cost[i] += part * mined.power_cost_usd[i];
            money.machines[i] += part * (bought[0][i] - bought[1][i]);
            let income = part * mined.curtailment_income_usd[i];
            money.curtailment_income[i] += income;
            displaced.revenue_usd[i] -= part * mined.revenue_usd[i];
            displaced.power_cost_usd[i] -= part * mined.power_cost_usd[i];
            displaced.curtailment_income_usd[i] -= income;
        }
    }

    /// Adds what its GPUs earn and what operates them; gives the cost of their power.
    fn use_gpus(&self, money: &mut Money) -> Row {
        let Self { valuation, market, fates, window, .. } = *self;
        let ([_, gpu_share], ratio) = (self.shares(), self.ratio());
        let mut power = [0.0; LANES];
        if gpu_share <= 0.0 {
            return power;
        }
        let (grid, gpus) = (&valuation.grid, &valuation.gpus);
        let bare_share = valuation.bare_metal_share;
        let cloud_share = (gpu_share - bare_share).max(0.0);
        let life = fates.life.as_ref().map(|(life, _)| life);
        let from = fates.gpus.map(|step| self.within(step));
        let end = [window.end as u32; LANES];
        let to = life.map_or(end, |life| life.end.map(|step| self.within(step)));
        let in_use = Energised { since: fates.gpus, from, to };
        let power_usd = gpus.power_cost_usd(&days_between(grid, &from, &to));
        let operation = &mut money.operating_cost;
        let mut add = |part: f64, usd: &Row, cost_share: f64, revenue: &mut Row| {
            for i in 0..LANES {
                revenue[i] += part * (usd[i] * ratio);
                operation[i] += part * (usd[i] * cost_share * ratio);
                power[i] += part * power_usd[i];
            }
        };
        let cloud = &valuation.gpu_cloud;
        let usd = cloud.revenue_usd(&self.ledgers.gpu_cloud, life, &in_use);
        add(cloud_share, &usd, cloud.operating_cost_share(), &mut money.revenue_gpu_cloud);
        if bare_share > 0.0 {
            let bare = &valuation.bare_metal;
            let usd = bare.revenue_usd(grid, gpus, market, life, &in_use);
            add(bare_share, &usd, bare.operating_cost_share(), &mut money.revenue_bare_metal);
        }
        if let Some((life, shell)) = &fates.life {
            let renewed = gpus.renewed_usd(life, window);
            let mut rent = Rent::ZERO;
            valuation.open_lease().add_rent((grid, market), shell, [&to, &end], 1.0, &mut rent);
            for i in 0..LANES {
                money.gpus[i] = gpu_share * ratio * renewed[i];
                money.revenue_colocation[i] += gpu_share * (rent.revenue_usd[i] * ratio);
                money.operating_cost[i] += gpu_share * (rent.operating_cost_usd[i] * ratio);
            }
        }
        power
    }

    /// Writes the hashrate that it withdraws from the network, and the compute that it brings.
    fn leave_the_network(&self, switches: &[Switch], money: &mut Money) {
        let ((tranche, ledger), end) = (self.tranche(), self.window.end);
        let eh_per_s = self.valuation.eh_per_s_per_mw[self.parcel.tranche];
        let mw = self.valuation.critical_it_per_gross_mw[self.parcel.tranche];
        for (part, switch) in switches {
            let running = tranche.running_days(ledger, end, switch);
            for i in 0..LANES {
                money.withdrawn_eh_days[i] += part * eh_per_s * running[i];
            }
        }
        let ([let_share, gpu_share], fates) = (self.shares(), self.fates);
        let days = |since: u32| f64::from(end as u32 - self.within(since));
        for i in 0..LANES {
            let in_use = let_share * days(fates.hall[i]) + gpu_share * days(fates.gpus[i]);
            money.ai_mw_days[i] = mw * in_use;
        }
    }
}

/// Writes what it gains over mining on, whose statement is given up, and adds the power of its GPUs.
fn gain(displaced: &Statement, gpu_power_usd: &Row, money: &mut Money) {
    for i in 0..LANES {
        money.power_cost[i] += gpu_power_usd[i];
        money.curtailment_lost[i] = displaced.curtailment_income_usd[i];
        let ai =
            money.revenue_colocation[i] + money.revenue_gpu_cloud[i] + money.revenue_bare_metal[i];
        money.revenue_gain[i] = ai - displaced.revenue_usd[i];
        let mining_margin = displaced.revenue_usd[i] + displaced.curtailment_income_usd[i]
            - displaced.power_cost_usd[i];
        money.margin_gain[i] = (ai - gpu_power_usd[i] - money.operating_cost[i]) - mining_margin;
    }
}
