//! Money of diverted megawatts: mining until they stop, AI once their hall and their GPUs are there.

use super::{Ledgers, Valuation};
use crate::economics::plan::{Parcel, PlannedShare};
use crate::economics::{Energised, Statement};
use crate::model::delivery::PathScalars;
use crate::tile::kernel::kernel;
use crate::tile::{Build, LANES, Row, Tile};
use std::ops::Range;

/// Money of diverted megawatts over a window, USD, by lane.
#[derive(Debug, Clone, PartialEq)]
pub struct Money {
    /// Mining until the cut-over.
    pub revenue_mining: Row,
    /// Rent.
    pub revenue_colocation: Row,
    /// GPU hours by the hour.
    pub revenue_gpu_cloud: Row,
    /// GPU hours of GPUs that are let whole.
    pub revenue_bare_metal: Row,
    /// Power, of mining and of AI.
    pub power_cost: Row,
    /// Operation of AI.
    pub operating_cost: Row,
    /// Power of mining sold at the hub until the cut-over.
    pub curtailment_income: Row,
    /// AI revenue less the mining revenue given up.
    pub revenue_gain: Row,
    /// AI margin less the mining margin given up, before capital.
    pub margin_gain: Row,
    /// Power that would have been sold at the hub, and what a grid would have paid, after the cut-over.
    pub curtailment_lost: Row,
    /// Part of the rent that is let at the market's.
    pub rent_at_market: Row,
    /// Hashrate that no longer mines, EH/s times days; 0 where markets do not answer.
    pub withdrawn_eh_days: Row,
    /// AI compute in use, critical-IT MW times days; 0 where markets do not answer.
    pub ai_mw_days: Row,
    /// Cost of mining machines that replace others; nothing before the end of the target year.
    pub machines: Row,
    /// Cost of GPUs that replace others.
    pub gpus: Row,
}

/// When the megawatts of a hall go over, by lane, as steps.
struct When {
    /// The first in which the hall is in use.
    hall: [u32; LANES],
    /// The first in which its GPUs are.
    gpus: [u32; LANES],
    /// The first in which no megawatt of it mines, if they have not stopped before.
    stop: [u32; LANES],
    /// Generations of its GPUs.
    generations: [u32; LANES],
}

impl When {
    /// All of it at the beginning of a step.
    fn at(step: usize) -> Self {
        let step = [step as u32; LANES];
        Self { hall: step, gpus: step, stop: step, generations: [0; LANES] }
    }
    /// Of a hall, or of one that has been in use since the as-of date.
    fn of(hall: Option<usize>, scalars: &PathScalars) -> Self {
        hall.map_or(Self::at(0), |hall| Self {
            hall: scalars.cut_over_steps[hall],
            gpus: scalars.gpu_steps[hall],
            stop: scalars.stop_steps[hall],
            generations: scalars.gpu_generations[hall],
        })
    }
}

impl Valuation {
    /// Money of one gross MW of a parcel over a window of steps.
    pub fn per_mw(
        &self,
        market: &Tile,
        ledgers: &Ledgers,
        scalars: &PathScalars,
        parcel: &Parcel,
        window: &Range<usize>,
    ) -> Money {
        let when = When::of(parcel.hall, scalars);
        self.of_parcel(market, ledgers, parcel, &when, Some(&scalars.tenant_thresholds), window)
    }

    /// The same if its hall and GPUs were there all the while and its tenant stayed.
    pub(super) fn per_mw_in_use(
        &self,
        market: &Tile,
        ledgers: &Ledgers,
        parcel: &Parcel,
        window: &Range<usize>,
    ) -> Money {
        self.of_parcel(market, ledgers, parcel, &When::at(window.start), None, window)
    }

    fn of_parcel(
        &self,
        market: &Tile,
        ledgers: &Ledgers,
        parcel: &Parcel,
        when: &When,
        thresholds: Option<&[Row]>,
        window: &Range<usize>,
    ) -> Money {
        let grid = &self.grid;
        let (start, end) = (window.start as u32, window.end as u32);
        let within = |step: u32| step.clamp(start, end);
        let ratio = self.critical_it_ratio[parcel.tranche];
        let [let_share, bare_share] = [self.colocation_share, self.bare_metal_share];
        let gpu_share = 1.0 - let_share;
        let cloud_share = gpu_share - bare_share;
        let mut money = Money::ZERO;
        let mut displaced = Statement::ZERO;
        let (tranche, ledger) = (&self.tranches[parcel.tranche], &ledgers.tranches[parcel.tranche]);
        let stop = |use_of: &[u32; LANES]| -> [u32; LANES] {
            std::array::from_fn(|i| within(use_of[i].min(when.stop[i])))
        };
        // The megawatts of GPUs mine on until these come.
        let parts = match self.gpus_lag && let_share > 0.0 && gpu_share > 0.0 {
            true => vec![(let_share, stop(&when.hall)), (gpu_share, stop(&when.gpus))],
            false if let_share > 0.0 => vec![(1.0, stop(&when.hall))],
            false => vec![(1.0, stop(&when.gpus))],
        };
        for (part, switch) in &parts {
            let [mined, lost] = tranche.statements(grid, ledger, window, switch);
            let machines = tranche.renewed_usd(grid, ledger, window, switch);
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
        let in_use = Energised { since: when.hall, from: when.hall.map(within), to: [end; LANES] };
        let lease = &self.leases[parcel.lease];
        let open = self.leases.last().expect("open leases come after the signed ones");
        let colocation = match (&self.credit, thresholds) {
            (Some(credit), Some(thresholds)) => {
                let (leases, risk) = ((lease, open), (&ledgers.hazard, thresholds));
                let (statement, empty) =
                    credit.statement(grid, leases, parcel, market, risk, &in_use);
                if self.reversible {
                    let [from, to] = [&empty[0], &empty[1]];
                    let mined = tranche.between(grid, ledger, window, [from, to]);
                    for i in 0..LANES {
                        money.revenue_mining[i] += let_share * mined.revenue_usd[i];
                        money.power_cost[i] += let_share * mined.power_cost_usd[i];
                        let income = let_share * mined.curtailment_income_usd[i];
                        money.curtailment_income[i] += income;
                        displaced.revenue_usd[i] -= let_share * mined.revenue_usd[i];
                        displaced.power_cost_usd[i] -= let_share * mined.power_cost_usd[i];
                        displaced.curtailment_income_usd[i] -= income;
                    }
                }
                statement
            }
            _ => lease.statement(grid, market, &in_use),
        };
        let colocation = colocation.earning(ratio);
        let mut operation = colocation.operating_cost_usd.map(|usd| let_share * usd);
        let mut power = [0.0; LANES];
        for i in 0..LANES {
            money.revenue_colocation[i] = let_share * colocation.revenue_usd[i];
            money.rent_at_market[i] = let_share * colocation.at_market_usd[i];
        }
        if gpu_share > 0.0 {
            let (gpus, generations) = (&self.gpus, &when.generations);
            let end_of_gpus: [u32; LANES] =
                std::array::from_fn(|i| gpus.end(grid, when.gpus[i], generations[i]));
            let in_use = Energised {
                since: when.gpus,
                from: when.gpus.map(within),
                to: end_of_gpus.map(within),
            };
            let cloud = &self.gpu_cloud;
            let cloud = cloud.statement(grid, gpus, &ledgers.gpu_cloud, generations, &in_use);
            let mut add = |part: f64, statement: Statement, revenue: &mut Row| {
                let statement = statement.earning(ratio);
                for i in 0..LANES {
                    revenue[i] += part * statement.revenue_usd[i];
                    operation[i] += part * statement.operating_cost_usd[i];
                    power[i] += part * statement.power_cost_usd[i];
                }
            };
            add(cloud_share, cloud, &mut money.revenue_gpu_cloud);
            if bare_share > 0.0 {
                let bare = self.bare_metal.statement(grid, gpus, market, generations, &in_use);
                add(bare_share, bare, &mut money.revenue_bare_metal);
            }
            if end_of_gpus.iter().any(|step| *step < end) {
                let (since, from) = (end_of_gpus, in_use.to);
                let rest = Energised { since, from, to: [end; LANES] };
                let shell = open.at_market(grid, market, &rest);
                add(gpu_share, shell, &mut money.revenue_colocation);
            }
            let renewed = gpus.renewed_usd(grid, &when.gpus, generations, window);
            money.gpus = renewed.map(|usd| gpu_share * ratio * usd);
        }
        for i in 0..LANES {
            money.power_cost[i] += power[i];
            money.operating_cost[i] = operation[i];
            money.curtailment_lost[i] = displaced.curtailment_income_usd[i];
            let ai = money.revenue_colocation[i]
                + money.revenue_gpu_cloud[i]
                + money.revenue_bare_metal[i];
            money.revenue_gain[i] = ai - displaced.revenue_usd[i];
            let mining_margin = displaced.revenue_usd[i] + displaced.curtailment_income_usd[i]
                - displaced.power_cost_usd[i];
            money.margin_gain[i] = (ai - power[i] - operation[i]) - mining_margin;
        }
        // What stands on the as-of date is in the markets as they are.
        if self.sector.is_some() && parcel.hall.is_some() {
            let eh_per_s = self.eh_per_s_per_mw[parcel.tranche];
            let mw = self.critical_it_per_gross_mw[parcel.tranche];
            for (part, switch) in &parts {
                let running = tranche.running_days(ledger, window.end, switch);
                for i in 0..LANES {
                    money.withdrawn_eh_days[i] += part * eh_per_s * running[i];
                }
            }
            for i in 0..LANES {
                let days = |since: u32| f64::from(end - within(since));
                let in_use = let_share * days(when.hall[i]) + gpu_share * days(when.gpus[i]);
                money.ai_mw_days[i] = mw * in_use;
            }
        }
        money
    }

    /// Money of the diverted megawatts of one share over a window.
    pub fn diverted_money(
        &self,
        build: Build,
        market: &Tile,
        ledgers: &Ledgers,
        scalars: &PathScalars,
        planned: &PlannedShare,
        window: &Range<usize>,
    ) -> Money {
        let mut money = Money::ZERO;
        for (index, parcel) in self.plan.parcels.iter().enumerate() {
            let mw = match index.cmp(&planned.whole_parcels) {
                std::cmp::Ordering::Less => parcel.gross_mw,
                std::cmp::Ordering::Equal => planned.part_mw,
                std::cmp::Ordering::Greater => break,
            };
            if mw > 0.0 {
                let per_mw = self.per_mw(market, ledgers, scalars, parcel, window);
                add_money(build, mw, &per_mw, &mut money);
            }
        }
        money
    }
}

impl Money {
    /// None.
    pub const ZERO: Self = Self {
        revenue_mining: [0.0; LANES],
        revenue_colocation: [0.0; LANES],
        revenue_gpu_cloud: [0.0; LANES],
        revenue_bare_metal: [0.0; LANES],
        power_cost: [0.0; LANES],
        operating_cost: [0.0; LANES],
        curtailment_income: [0.0; LANES],
        curtailment_lost: [0.0; LANES],
        rent_at_market: [0.0; LANES],
        revenue_gain: [0.0; LANES],
        margin_gain: [0.0; LANES],
        withdrawn_eh_days: [0.0; LANES],
        ai_mw_days: [0.0; LANES],
        machines: [0.0; LANES],
        gpus: [0.0; LANES],
    };
}

kernel! {
    /// Adds the money of `mw` megawatts.
    pub(super) fn add_money(mw: f64, per_mw: &Money, money: &mut Money) {
        for i in 0..LANES {
            money.revenue_mining[i] += mw * per_mw.revenue_mining[i];
            money.revenue_colocation[i] += mw * per_mw.revenue_colocation[i];
            money.revenue_gpu_cloud[i] += mw * per_mw.revenue_gpu_cloud[i];
            money.revenue_bare_metal[i] += mw * per_mw.revenue_bare_metal[i];
            money.power_cost[i] += mw * per_mw.power_cost[i];
            money.operating_cost[i] += mw * per_mw.operating_cost[i];
            money.curtailment_income[i] += mw * per_mw.curtailment_income[i];
            money.curtailment_lost[i] += mw * per_mw.curtailment_lost[i];
            money.revenue_gain[i] += mw * per_mw.revenue_gain[i];
            money.margin_gain[i] += mw * per_mw.margin_gain[i];
            money.rent_at_market[i] += mw * per_mw.rent_at_market[i];
            money.withdrawn_eh_days[i] += mw * per_mw.withdrawn_eh_days[i];
            money.ai_mw_days[i] += mw * per_mw.ai_mw_days[i];
            money.machines[i] += mw * per_mw.machines[i];
            money.gpus[i] += mw * per_mw.gpus[i];
        }
    }
}
