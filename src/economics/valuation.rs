//! A tile valued for every share: the outcomes of its paths.
//!
//! Differences to share 0 are summed as differences (diverted megawatts × what AI earns less what
//! mining would have earned on the same days), never as one total less another.

use super::capital::CapitalCost;
use super::colocation::ColocationLease;
use super::credit::{Hazard, TenantCredit};
use super::gpu_cloud::GpuCloudUse;
use super::metric::{Metric, OPERATING};
use super::mining::{self, MiningTranche};
use super::plan::{Parcel, PlannedShare, PowerPlan};
use super::sector::{Diverted, Response, SectorResponse, add_response, apply};
use super::treasury::{Account, Treasury};
use super::{Energised, Ledger, Statement};
use crate::bitcoin;
use crate::input::study::{Mining, Study, Tranche};
use crate::model::delivery::PathScalars;
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile};
use crate::time::TimeGrid;
use ndarray::{ArrayViewMut1, ArrayViewMut2, ArrayViewMut3};
use std::ops::Range;

/// Values tiles for every share of a plan.
#[derive(Debug, Clone)]
pub struct Valuation {
    /// The plan.
    pub plan: PowerPlan,
    tranches: Vec<MiningTranche>,
    /// One per signed contract, then the open leases.
    leases: Vec<ColocationLease>,
    gpu_cloud: GpuCloudUse,
    colocation_share: f64,
    /// Critical-IT MW of a gross MW of each tranche over that of the study: what AI earns on it
    /// over what the ledgers and leases say, which are at the study's ratio.
    critical_it_ratio: Vec<f64>,
    /// Hashrate that a gross MW of each tranche earns with, EH/s.
    eh_per_s_per_mw: Vec<f64>,
    /// Critical-IT MW of a gross MW of each tranche.
    critical_it_per_gross_mw: Vec<f64>,
    capital: CapitalCost,
    /// Who of the tenants may default; `None` where none may.
    credit: Option<TenantCredit>,
    /// How markets answer a diversion of a sector's size, where the study says that they do.
    sector: Option<SectorResponse>,
    /// The months that are followed one by one, from the as-of date to the end of the target year; none
    /// where nothing asks for them.
    pub months: Vec<Range<usize>>,
    /// The company's cash, where the study follows it.
    pub treasury: Option<Treasury>,
    /// The days of the target year.
    days: Range<usize>,
    /// The days that ledgers hold: from the as-of date on where cash is followed.
    ledger_days: Range<usize>,
}

/// The ledgers of one tile: one set per thread, used again and again.
#[derive(Debug, Clone, Default)]
pub struct Ledgers {
    tranches: Vec<Ledger>,
    gpu_cloud: Ledger,
    hazard: Hazard,
}

/// Money of diverted megawatts over a window, USD, by lane.
#[derive(Debug, Clone, PartialEq)]
pub struct Money {
    /// Mining until the cut-over.
    pub revenue_mining: Row,
    /// Rent.
    pub revenue_colocation: Row,
    /// GPU hours.
    pub revenue_gpu_cloud: Row,
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
}

/// A share at the end of a month.
#[derive(Debug)]
pub struct Followed<'a> {
    /// The month, by its position.
    pub month: usize,
    /// The share, by its position.
    pub share: usize,
    /// The operating metrics of the month; those with capital are meant for a year.
    pub metrics: &'a [Row; OPERATING],
    /// What of them is the markets' answer.
    pub response: &'a Response,
    /// The company's account, where the study follows it.
    pub account: Option<&'a Account>,
}

impl Money {
    /// None.
    pub const ZERO: Self = Self {
        revenue_mining: [0.0; LANES],
        revenue_colocation: [0.0; LANES],
        revenue_gpu_cloud: [0.0; LANES],
        power_cost: [0.0; LANES],
        operating_cost: [0.0; LANES],
        curtailment_income: [0.0; LANES],
        curtailment_lost: [0.0; LANES],
        rent_at_market: [0.0; LANES],
        revenue_gain: [0.0; LANES],
        margin_gain: [0.0; LANES],
        withdrawn_eh_days: [0.0; LANES],
        ai_mw_days: [0.0; LANES],
    };
}

kernel! {
    /// Adds the money of `mw` megawatts.
    fn add_money(mw: f64, per_mw: &Money, money: &mut Money) {
        for i in 0..LANES {
            money.revenue_mining[i] += mw * per_mw.revenue_mining[i];
            money.revenue_colocation[i] += mw * per_mw.revenue_colocation[i];
            money.revenue_gpu_cloud[i] += mw * per_mw.revenue_gpu_cloud[i];
            money.power_cost[i] += mw * per_mw.power_cost[i];
            money.operating_cost[i] += mw * per_mw.operating_cost[i];
            money.curtailment_income[i] += mw * per_mw.curtailment_income[i];
            money.curtailment_lost[i] += mw * per_mw.curtailment_lost[i];
            money.revenue_gain[i] += mw * per_mw.revenue_gain[i];
            money.margin_gain[i] += mw * per_mw.margin_gain[i];
            money.rent_at_market[i] += mw * per_mw.rent_at_market[i];
            money.withdrawn_eh_days[i] += mw * per_mw.withdrawn_eh_days[i];
            money.ai_mw_days[i] += mw * per_mw.ai_mw_days[i];
        }
    }
}

impl Valuation {
    /// Values the plan of a study.
    pub fn new(study: &Study, grid: &TimeGrid) -> Self {
        let (terms, diversion) = (&study.colocation, &study.diversion);
        let start_rent_usd = study.ai_market.rent_start_usd_per_critical_it_mw_year;
        let mut leases: Vec<ColocationLease> = terms
            .contracts
            .iter()
            .map(|c| ColocationLease::signed(c, terms, diversion, start_rent_usd, grid))
            .collect();
        let of_study = study.diversion.critical_it_per_gross_mw;
        let ratio = |of_tranche: Option<f64>| of_tranche.map_or(1.0, |own| own / of_study);
        leases.push(ColocationLease::open(terms, diversion, start_rent_usd));
        let plan = PowerPlan::new(study);
        let treasury = Treasury::new(study, grid, &plan);
        let sector = SectorResponse::new(study);
        let by_month = treasury.is_some() || sector.is_some();
        let ledger_days = if by_month { 1..grid.steps() } else { grid.target() };
        let tranche = |tranche| MiningTranche::new(tranche, &study.mining, ledger_days.len());
        Self {
            plan,
            tranches: study.fleet.iter().map(tranche).collect(),
            leases,
            gpu_cloud: GpuCloudUse::new(&study.gpu_cloud, &study.diversion),
            colocation_share: study.diversion.colocation_share,
            critical_it_ratio: study
                .fleet
                .iter()
                .map(|tranche| ratio(tranche.critical_it_per_gross_mw))
                .collect(),
            eh_per_s_per_mw: study
                .fleet
                .iter()
                .map(|t| earning_eh_per_s(t, &study.mining))
                .collect(),
            critical_it_per_gross_mw: study
                .fleet
                .iter()
                .map(|tranche| tranche.critical_it_per_gross_mw.unwrap_or(of_study))
                .collect(),
            capital: CapitalCost::new(&study.capital),
            credit: TenantCredit::new(study),
            sector,
            months: if by_month { grid.months_from_start() } else { Vec::new() },
            ledger_days,
            treasury,
            days: grid.target(),
        }
    }

    /// Fills the ledgers of a tile.
    pub fn enter(&self, build: Build, market: &Tile, ledgers: &mut Ledgers) {
        ledgers.tranches.resize(self.tranches.len(), Ledger::default());
        let days = &self.ledger_days;
        mining::enter(build, &self.tranches, market, days, &mut ledgers.tranches);
        self.gpu_cloud.enter(build, market, days, &mut ledgers.gpu_cloud);
        if let Some(credit) = &self.credit {
            credit.add_up(build, market, &mut ledgers.hazard);
        }
    }

    /// Writes every metric of the study, `[metric][share][lane]`, of a tile whose ledgers are filled.
    pub fn value(
        &self,
        build: Build,
        market: &Tile,
        ledgers: &Ledgers,
        scalars: &PathScalars,
        mut outcomes: ArrayViewMut3<'_, f64>,
    ) {
        let mut year = vec![Response::NONE; self.plan.shares.len()];
        let mut accounts = self.treasury.as_ref().map(Treasury::open);
        self.follow(build, market, ledgers, scalars, accounts.as_deref_mut(), |followed| {
            if self.days.contains(&self.months[followed.month].start) {
                add_response(build, followed.response, &mut year[followed.share]);
            }
        });
        self.walk(build, market, ledgers, scalars, &self.days, |share, metrics, _| {
            if self.sector.is_some() {
                apply(build, &year[share], &year[0], metrics);
            }
            let mut columns = outcomes.index_axis_mut(ndarray::Axis(1), share);
            for (column, row) in columns.rows_mut().into_iter().zip(&*metrics) {
                write(row, column);
            }
        });
        if let (Some(treasury), Some(accounts)) = (&self.treasury, accounts) {
            treasury.metrics(&treasury.prices(build, market), &accounts, &mut outcomes);
        }
    }

    /// Follows every share through the months, in their order. The accounts, where there are any, are
    /// those of the shares on the as-of date, then at the end of each month.
    pub fn follow(
        &self,
        build: Build,
        market: &Tile,
        ledgers: &Ledgers,
        scalars: &PathScalars,
        mut accounts: Option<&mut [Account]>,
        mut see: impl FnMut(&Followed<'_>),
    ) {
        if self.months.is_empty() {
            return;
        }
        let shares = self.plan.shares.len();
        let books = self
            .treasury
            .as_ref()
            .map(|treasury| (treasury, treasury.prices(build, market), treasury.halls(scalars)));
        let mut refilled = vec![[0.0; LANES]; shares];
        let mut stay = Response::NONE;
        for (month, days) in self.months.iter().enumerate() {
            let network = mean(build, &market.rows(Factor::Hashrate)[days.clone()]);
            self.walk(build, market, ledgers, scalars, days, |share, metrics, money| {
                let mut response = Response::NONE;
                if let Some(sector) = &self.sector {
                    let mean = |sum: &Row| sum.map(|sum| sum / days.len() as f64);
                    let diverted = Diverted {
                        withdrawn_eh_per_s: &mean(&money.withdrawn_eh_days),
                        critical_it_mw: &mean(&money.ai_mw_days),
                        network_eh_per_s: &network,
                        rent_at_market_usd: &money.rent_at_market,
                        refilled_share: &scalars.refilled_share,
                    };
                    let back = &mut refilled[share];
                    response = sector.respond(build, days, &diverted, metrics, back);
                    if share == 0 {
                        stay = response.clone();
                    }
                    apply(build, &response, &stay, metrics);
                }
                let mut account = accounts.as_mut().map(|accounts| &mut accounts[share]);
                if let (Some((treasury, ..)), Some(account)) = (&books, &account) {
                    treasury.shut(account, metrics);
                }
                if let (Some((treasury, prices, halls)), Some(account)) = (&books, &mut account) {
                    treasury.settle(build, (month, share), prices, halls, metrics, account);
                }
                let (response, account) = (&response, account.as_deref());
                see(&Followed { month, share, metrics, response, account });
            });
        }
    }

    /// The operating metrics of every share over a window, in the order of the megawatts that they
    /// divert, and the money of these; metrics with capital are meant for the whole year only.
    fn walk(
        &self,
        build: Build,
        market: &Tile,
        ledgers: &Ledgers,
        scalars: &PathScalars,
        window: &Range<usize>,
        mut see: impl FnMut(usize, &mut [Row; OPERATING], &Money),
    ) {
        let mining = self.mining_statements(ledgers, window);
        let add = |mw, parcel, money: &mut Money| {
            let per_mw = self.per_mw(market, ledgers, scalars, parcel, window);
            add_money(build, mw, &per_mw, money);
        };
        let mut metrics = [[0.0; LANES]; OPERATING];
        // What share 0 gains over mining alone: something where it is what is signed.
        let mut stay = [[0.0; LANES]; 2];
        let mut whole = 0;
        let mut money = Money::ZERO;
        for index in self.plan.ascending() {
            let planned = &self.plan.shares[index];
            for parcel in &self.plan.parcels[whole..planned.whole_parcels] {
                add(parcel.gross_mw, parcel, &mut money);
            }
            whole = planned.whole_parcels;
            let with_part = (planned.part_mw > 0.0).then(|| {
                let mut money = money.clone();
                add(planned.part_mw, &self.plan.parcels[whole], &mut money);
                money
            });
            let money = with_part.as_ref().unwrap_or(&money);
            self.metrics(build, planned, &mining, money, scalars, &mut metrics);
            if self.plan.committed_mw > 0.0 {
                if index == 0 {
                    stay = GAINS.map(|gain| metrics[gain as usize]);
                }
                for (gain, stay) in GAINS.into_iter().zip(&stay) {
                    let row = &mut metrics[gain as usize];
                    row.iter_mut().zip(stay).for_each(|(gain, stay)| *gain -= stay);
                }
            }
            see(index, &mut metrics, money);
        }
    }

    /// Writes the metrics of one share, in the order of `Metric::OPERATING`: `mining` is of one MW of each
    /// tranche, `money` of the diverted megawatts.
    pub fn metrics(
        &self,
        build: Build,
        planned: &PlannedShare,
        mining: &[Statement],
        money: &Money,
        scalars: &PathScalars,
        metrics: &mut [Row; OPERATING],
    ) {
        let shell_usd = &scalars.shell_usd_per_critical_it_mw;
        put_together(build, self, planned, mining, money, shell_usd, metrics);
    }

    /// Capital committed for diverted critical-IT MW and its annual cost, USD.
    #[inline(always)]
    fn capital(&self, critical_it_mw: f64, shell_usd_per_critical_it_mw: f64) -> (f64, f64) {
        let shell = critical_it_mw * shell_usd_per_critical_it_mw;
        let gpu = critical_it_mw
            * (1.0 - self.colocation_share)
            * self.capital.gpu_usd_per_critical_it_mw;
        (shell + gpu, shell * self.capital.shell_annuity + gpu * self.capital.gpu_annuity)
    }

    /// What one gross MW of each tranche mines over a window.
    pub fn mining_statements(&self, ledgers: &Ledgers, window: &Range<usize>) -> Vec<Statement> {
        let never = [window.end as u32; LANES];
        let tranches = self.tranches.iter().zip(&ledgers.tranches);
        tranches
            .map(|(tranche, ledger)| {
                let [all, _] = tranche.statements(ledger, window, &never);
                all
            })
            .collect()
    }

    /// Money of one gross MW of a parcel over a window of days.
    pub fn per_mw(
        &self,
        market: &Tile,
        ledgers: &Ledgers,
        scalars: &PathScalars,
        parcel: &Parcel,
        window: &Range<usize>,
    ) -> Money {
        let start = [window.start as u32; LANES];
        let end = [window.end as u32; LANES];
        // A hall that stands has been in use since the as-of date.
        let since = parcel.hall.map_or([0; LANES], |hall| scalars.cut_over_steps[hall]);
        let switch = since.map(|step| step.clamp(start[0], end[0]));
        let (tranche, ledger) = (&self.tranches[parcel.tranche], &ledgers.tranches[parcel.tranche]);
        let [mined, displaced] = tranche.statements(ledger, window, &switch);
        let after = Energised { since, from: switch, to: end };
        let ratio = self.critical_it_ratio[parcel.tranche];
        let lease = &self.leases[parcel.lease];
        let colocation = match (&self.credit, self.leases.last()) {
            (Some(credit), Some(open)) => {
                let (hazard, thresholds) = (&ledgers.hazard, &scalars.tenant_thresholds);
                credit.statement((lease, open), parcel, market, hazard, thresholds, &after)
            }
            _ => lease.statement(market, &after),
        };
        let colocation = colocation.earning(ratio);
        let gpu_cloud = self.gpu_cloud.statement(&ledgers.gpu_cloud, &after);
        let gpu_cloud = gpu_cloud.earning(ratio);
        let share = self.colocation_share;
        let mix = |a: f64, b: f64| share * a + (1.0 - share) * b;
        let mut money = Money::ZERO;
        for i in 0..LANES {
            money.revenue_mining[i] = mined.revenue_usd[i];
            money.revenue_colocation[i] = share * colocation.revenue_usd[i];
            money.rent_at_market[i] = share * colocation.at_market_usd[i];
            money.revenue_gpu_cloud[i] = (1.0 - share) * gpu_cloud.revenue_usd[i];
            let power = mix(colocation.power_cost_usd[i], gpu_cloud.power_cost_usd[i]);
            let operation = mix(colocation.operating_cost_usd[i], gpu_cloud.operating_cost_usd[i]);
            money.power_cost[i] = mined.power_cost_usd[i] + power;
            money.operating_cost[i] = operation;
            money.curtailment_income[i] = mined.curtailment_income_usd[i];
            money.curtailment_lost[i] = displaced.curtailment_income_usd[i];
            let ai = money.revenue_colocation[i] + money.revenue_gpu_cloud[i];
            money.revenue_gain[i] = ai - displaced.revenue_usd[i];
            let mining_margin = displaced.revenue_usd[i] + displaced.curtailment_income_usd[i]
                - displaced.power_cost_usd[i];
            money.margin_gain[i] = (ai - power - operation) - mining_margin;
        }
        // What stands on the as-of date is in the markets as they are.
        if self.sector.is_some() && parcel.hall.is_some() {
            let running = tranche.running_days(ledger, window.end, &switch);
            let (eh_per_s, mw) = (
                self.eh_per_s_per_mw[parcel.tranche],
                self.critical_it_per_gross_mw[parcel.tranche],
            );
            for i in 0..LANES {
                money.withdrawn_eh_days[i] = eh_per_s * running[i];
                money.ai_mw_days[i] = mw * f64::from(end[i] - switch[i]);
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

    /// The days of the target year.
    pub fn days(&self) -> &Range<usize> {
        &self.days
    }

    /// Part of the diverted megawatts that is colocation.
    pub fn colocation_share(&self) -> f64 {
        self.colocation_share
    }

    /// What a GPU of the cloud earns in the target year, USD.
    pub fn usd_per_gpu_year(&self, ledgers: &Ledgers) -> Row {
        let (from, to) = ([self.days.start as u32; LANES], [self.days.end as u32; LANES]);
        let year = Energised { since: from, from, to };
        let of_mw = self.gpu_cloud.statement(&ledgers.gpu_cloud, &year);
        of_mw.revenue_usd.map(|usd| usd / self.gpu_cloud.gpus_per_mw())
    }

    /// The operating metrics of one share in the target year, without the markets' answer.
    pub fn year_of(
        &self,
        build: Build,
        market: &Tile,
        ledgers: &Ledgers,
        scalars: &PathScalars,
        share: usize,
    ) -> [Row; OPERATING] {
        let planned = &self.plan.shares[share];
        let mining = self.mining_statements(ledgers, &self.days);
        let money = self.diverted_money(build, market, ledgers, scalars, planned, &self.days);
        let mut metrics = [[0.0; LANES]; OPERATING];
        self.metrics(build, planned, &mining, &money, scalars, &mut metrics);
        metrics
    }

    /// Writes every driver `[driver][lane]` of a tile.
    pub fn drivers(
        &self,
        build: Build,
        market: &Tile,
        scalars: &PathScalars,
        mut drivers: ArrayViewMut2<'_, f64>,
    ) {
        let days = self.days.clone();
        let mean = |factor| mean(build, &market.rows(factor)[days.clone()]);
        let price = &market.rows(Factor::BtcPrice)[days.clone()];
        let hashprice = &market.rows(Factor::Hashprice)[days.clone()];
        let rows = [
            mean(Factor::BtcPrice),
            mean_product(build, price, hashprice),
            mean(Factor::Hashrate),
            mean(Factor::GpuRate),
            mean(Factor::Utilisation),
            mean(Factor::Rent),
            self::mean(build, &scalars.delay_months),
            scalars.shell_usd_per_critical_it_mw,
        ];
        for (driver, row) in drivers.rows_mut().into_iter().zip(&rows) {
            write(row, driver);
        }
    }
}

kernel! {
    /// The metrics of one share, in the order of `Metric::OPERATING`: `mining` is of one MW of each tranche,
    /// `money` of the diverted megawatts.
    fn put_together(
        valuation: &Valuation,
        planned: &PlannedShare,
        mining: &[Statement],
        money: &Money,
        shell_usd_per_critical_it_mw: &Row,
        metrics: &mut [Row; OPERATING],
    ) {
        let mut mined = [[0.0; LANES]; 3];
        for (mw, statement) in planned.mining_mw.iter().zip(mining) {
            for i in 0..LANES {
                mined[0][i] += mw * statement.revenue_usd[i];
                mined[1][i] += mw * statement.power_cost_usd[i];
                mined[2][i] += mw * statement.curtailment_income_usd[i];
            }
        }
        for i in 0..LANES {
            let revenue_mining = mined[0][i] + money.revenue_mining[i];
            let power_cost = mined[1][i] + money.power_cost[i];
            let curtailment_income = mined[2][i] + money.curtailment_income[i];
            let colocation = money.revenue_colocation[i];
            let gpu_cloud = money.revenue_gpu_cloud[i];
            let operating_cost = money.operating_cost[i];
            let (capex, annual_cost) =
                valuation.capital(planned.new_critical_it_mw, shell_usd_per_critical_it_mw[i]);
            let ai = colocation + gpu_cloud;
            let revenue = revenue_mining + ai;
            let gross_margin = revenue + curtailment_income - power_cost - operating_cost;
            let of_lane = [
                revenue,
                revenue_mining,
                colocation,
                gpu_cloud,
                ai,
                curtailment_income,
                power_cost,
                operating_cost,
                gross_margin,
                capex,
                gross_margin - annual_cost,
                money.revenue_gain[i],
                money.margin_gain[i] - annual_cost,
                money.curtailment_lost[i],
            ];
            for metric in 0..OPERATING {
                metrics[metric][i] = of_lane[metric];
            }
        }
    }
}

/// The differences to share 0.
const GAINS: [Metric; 2] = [Metric::RevenueGain, Metric::MarginAfterCapitalGain];

/// Writes the first lanes of a row, as many as there is room for.
fn write(row: &Row, room: ArrayViewMut1<'_, f64>) {
    let room = room.into_slice().expect("lanes are neighbours in every array of outcomes");
    room.copy_from_slice(&row[..room.len()]);
}

/// Mean of rows, lane by lane.
fn mean(build: Build, rows: &[Row]) -> Row {
    let mut sum = [0.0; LANES];
    add_rows(build, rows, &mut sum);
    sum.map(|sum| sum / rows.len() as f64)
}

/// Mean of the products of rows, lane by lane.
fn mean_product(build: Build, left: &[Row], right: &[Row]) -> Row {
    let mut sum = [0.0; LANES];
    add_products(build, left, right, &mut sum);
    sum.map(|sum| sum / left.len() as f64)
}

kernel! {
    /// Adds rows up.
    fn add_rows(rows: &[Row], sum: &mut Row) {
        for row in rows {
            for i in 0..LANES {
                sum[i] += row[i];
            }
        }
    }
}

kernel! {
    /// Adds up the products of two factors.
    fn add_products(left: &[Row], right: &[Row], sum: &mut Row) {
        for (left, right) in left.iter().zip(right) {
            for i in 0..LANES {
                sum[i] += left[i] * right[i];
            }
        }
    }
}

/// Hashrate that a gross MW of a tranche earns with, EH/s.
fn earning_eh_per_s(tranche: &Tranche, terms: &Mining) -> f64 {
    let mining = tranche.mining(terms);
    let ph_per_s =
        bitcoin::petahash_per_megawatt(tranche.efficiency_j_per_th, mining.power_overhead);
    ph_per_s * mining.uptime / PETAHASH_PER_EXAHASH
}

/// Petahashes in an exahash.
const PETAHASH_PER_EXAHASH: f64 = 1e3;
