//! A tile valued for every share: the outcomes of its paths.
//!
//! Differences to share 0 are summed as differences (diverted megawatts × what AI earns less what
//! mining would have earned on the same days), never as one total less another.

mod drivers;
mod megawatt;
mod money;

pub use money::{Course, Money};

use super::appraisal::{Appraiser, Cash};
use super::bare_metal::BareMetalUse;
use super::capital::CapitalCost;
use super::colocation::ColocationLease;
use super::credit::{Hazard, TenantCredit};
use super::gpu_cloud::GpuCloudUse;
use super::gpus::Gpus;
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
use drivers::mean;
use money::{add_money, with_money};
use ndarray::{ArrayViewMut1, ArrayViewMut3, s};
use std::ops::Range;

/// Values tiles for every share of a plan.
#[derive(Debug, Clone)]
pub struct Valuation {
    /// The plan.
    pub plan: PowerPlan,
    tranches: Vec<MiningTranche>,
    /// One per signed contract, then the open leases.
    leases: Vec<ColocationLease>,
    gpus: Gpus,
    gpu_cloud: GpuCloudUse,
    bare_metal: BareMetalUse,
    colocation_share: f64,
    bare_metal_share: f64,
    /// Whether GPUs come later than their hall.
    gpus_lag: bool,
    /// Whether halls that stand empty mine.
    reversible: bool,
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
    /// What the company is worth, where the study looks beyond the target year.
    pub appraiser: Option<Appraiser>,
    grid: TimeGrid,
    /// The days of the target year.
    days: Range<usize>,
    /// The steps that ledgers hold: from the as-of date on where cash is followed.
    ledger_steps: Range<usize>,
}

/// The ledgers of one tile: one set per thread, used again and again.
#[derive(Debug, Clone, Default)]
pub struct Ledgers {
    tranches: Vec<Ledger>,
    gpu_cloud: Ledger,
    hazard: Hazard,
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
    /// 1 where the sites ran when the month began, else 0.
    pub runs: &'a Row,
}

impl Valuation {
    /// Values the plan of a study.
    pub fn new(study: &Study, grid: &TimeGrid) -> Self {
        let contracts = study.colocation.contracts.iter();
        let mut leases: Vec<ColocationLease> =
            contracts.map(|contract| ColocationLease::signed(contract, study, grid)).collect();
        let of_study = study.diversion.critical_it_per_gross_mw;
        let ratio = |of_tranche: Option<f64>| of_tranche.map_or(1.0, |own| own / of_study);
        leases.push(ColocationLease::open(study, grid));
        let plan = PowerPlan::new(study);
        let treasury = Treasury::new(study, grid, &plan);
        let sector = SectorResponse::new(study);
        let by_month = treasury.is_some() || sector.is_some();
        let ledger_steps = if by_month { 1..grid.steps() } else { grid.target() };
        let tranche = |tranche| MiningTranche::new(tranche, study, grid);
        Self {
            plan,
            tranches: study.fleet.iter().map(tranche).collect(),
            leases,
            gpus: Gpus::new(study, grid),
            gpu_cloud: GpuCloudUse::new(&study.gpu_cloud),
            bare_metal: BareMetalUse::new(study),
            colocation_share: study.diversion.colocation_share,
            bare_metal_share: study.diversion.bare_metal_share,
            gpus_lag: study.delivery.gpu_lead_months > 0.0,
            reversible: study.diversion.reversible,
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
            ledger_steps,
            treasury,
            appraiser: Appraiser::new(study, grid),
            grid: grid.clone(),
            days: grid.target(),
        }
    }

    /// The leases beyond the signed ones.
    fn open_lease(&self) -> &ColocationLease {
        self.leases.last().expect("open leases come after the signed ones")
    }

    /// Fills the ledgers of a tile.
    pub fn enter(&self, build: Build, market: &Tile, ledgers: &mut Ledgers) {
        ledgers.tranches.resize(self.tranches.len(), Ledger::default());
        let (grid, steps) = (&self.grid, &self.ledger_steps);
        mining::enter(build, grid, &self.tranches, market, steps, &mut ledgers.tranches);
        self.gpu_cloud.enter(build, grid, &self.gpus, market, steps, &mut ledgers.gpu_cloud);
        if let Some(credit) = &self.credit {
            credit.add_up(build, grid, market, &mut ledgers.hazard);
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
        let course = self.course(build, market, ledgers, scalars);
        let mut cash = self.appraiser.as_ref().map(|a| a.open(self.plan.shares.len()));
        let made = (market, ledgers);
        self.follow(build, made, (scalars, &course), accounts.as_deref_mut(), |followed| {
            if self.days.contains(&self.months[followed.month].start) {
                add_response(build, followed.response, &mut year[followed.share]);
            }
            if let Some(cash) = &mut cash {
                self.add_month(followed, &course, &mut cash[followed.share]);
            }
        });
        self.walk(build, made, (scalars, &course), &self.days, |share, metrics, _| {
            if self.sector.is_some() {
                apply(build, &year[share], &year[0], metrics);
            }
            let mut columns = outcomes.index_axis_mut(ndarray::Axis(1), share);
            for (column, row) in columns.rows_mut().into_iter().zip(&*metrics) {
                write(row, column);
            }
        });
        self.break_even(market, ledgers, scalars, &mut outcomes);
        let (Some(treasury), Some(accounts)) = (&self.treasury, accounts) else { return };
        let Some((prices, _)) = &course.books else { return };
        treasury.metrics(prices, &accounts, &mut outcomes);
        let (Some(appraiser), Some(mut cash)) = (&self.appraiser, cash) else { return };
        self.add_years(build, made, (scalars, &course), &accounts, &mut cash);
        let usd_per_btc = &market.rows(Factor::BtcPrice)[self.days.end - 1];
        let btc_usd =
            accounts.iter().map(|account| std::array::from_fn(|i| account.btc[i] * usd_per_btc[i]));
        let btc_usd: Vec<Row> = btc_usd.collect();
        appraiser.metrics(build, treasury, &cash, &btc_usd, &mut outcomes);
    }

    /// Adds a month that is followed to a share's cash.
    pub fn add_month(&self, followed: &Followed<'_>, course: &Course, cash: &mut Cash) {
        let (Some(treasury), Some(appraiser)) = (&self.treasury, &self.appraiser) else { return };
        let Some((_, halls)) = &course.books else { return };
        let margin = &followed.metrics[Metric::GrossMargin as usize];
        let [shells, gpus] = treasury.paid(followed.month, followed.share, halls);
        let year = appraiser.year_of(&self.months[followed.month]);
        let paid = [&shells, &gpus, &[0.0; LANES]];
        let overheads_usd = treasury.overheads_usd(followed.month);
        cash.add(year, (margin, overheads_usd), paid, followed.runs);
    }

    /// Adds the years after the target year to the cash of every share.
    pub fn add_years(
        &self,
        build: Build,
        (market, ledgers): (&Tile, &Ledgers),
        drawn: (&PathScalars, &Course),
        accounts: &[Account],
        cash: &mut [Cash],
    ) {
        let (Some(treasury), Some(appraiser)) = (&self.treasury, &self.appraiser) else { return };
        let Some((_, halls)) = &drawn.1.books else { return };
        for (window, (year, steps)) in appraiser.years_after().enumerate() {
            let never = [steps.end as u32; LANES];
            let machines =
                self.tranches.iter().zip(&ledgers.tranches).map(|(tranche, ledger)| {
                    tranche.renewed_usd(&self.grid, ledger, steps, &never)
                });
            let machines: Vec<Row> = machines.collect();
            self.walk(build, (market, ledgers), drawn, steps, |share, metrics, money| {
                let [shells, mut gpus] = treasury.paid(self.months.len() + window, share, halls);
                let mut of_share = money.machines;
                let mining_mw = &self.plan.shares[share].mining_mw;
                for (mw, machines) in mining_mw.iter().zip(&machines) {
                    for i in 0..LANES {
                        of_share[i] += mw * machines[i];
                    }
                }
                for i in 0..LANES {
                    gpus[i] += money.gpus[i];
                }
                let margin = &metrics[Metric::GrossMargin as usize];
                let runs = treasury.runs(&accounts[share]);
                let earned = (margin, appraiser.overheads_usd(year));
                cash[share].add(year, earned, [&shells, &gpus, &of_share], &runs);
            });
        }
    }

    /// Writes the hashprice at which the last megawatt of each share would rather mine.
    fn break_even(
        &self,
        market: &Tile,
        ledgers: &Ledgers,
        scalars: &PathScalars,
        outcomes: &mut ArrayViewMut3<'_, f64>,
    ) {
        // Of parcels that differ in their hall alone it is the same.
        let mut known: Option<((usize, usize, bool), Row)> = None;
        for index in self.plan.ascending() {
            let planned = &self.plan.shares[index];
            let last = match planned.part_mw > 0.0 {
                true => planned.whole_parcels,
                false => planned.whole_parcels.saturating_sub(1),
            };
            let kind = |parcel: &Parcel| (parcel.tranche, parcel.lease, parcel.hall.is_some());
            let kind = self.plan.parcels.get(last).map_or((0, 0, true), kind);
            let row = match known {
                Some((of, row)) if of == kind => row,
                _ => self.break_even_of(market, ledgers, scalars, last),
            };
            known = Some((kind, row));
            let metric = Metric::BreakEvenHashprice as usize;
            write(&row, outcomes.slice_mut(s![metric, index, ..]));
        }
    }

    /// The same of a megawatt of one parcel, or of the least efficient machines where nothing is diverted.
    fn break_even_of(
        &self,
        market: &Tile,
        ledgers: &Ledgers,
        scalars: &PathScalars,
        parcel: usize,
    ) -> Row {
        let none = Parcel {
            gross_mw: 1.0,
            end_mw: 1.0,
            tranche: 0,
            hall: Some(0),
            lease: self.leases.len() - 1,
        };
        let parcel = self.plan.parcels.get(parcel).unwrap_or(&none);
        let money = self.per_mw_in_use(market, ledgers, parcel, &self.days);
        let new_mw = match parcel.hall {
            Some(_) => self.critical_it_per_gross_mw[parcel.tranche],
            None => 0.0,
        };
        // Who else pays for shells is known where the company's cash is followed.
        let own_share = self.treasury.as_ref().map_or(1.0, Treasury::own_shell_share);
        let tranche = &self.tranches[parcel.tranche];
        let (ph_days, power_usd) = tranche.always_on(self.days.len() as u32);
        std::array::from_fn(|i| {
            let shell_usd = own_share * scalars.shell_usd_per_critical_it_mw[i];
            let (_, annual_usd) = self.capital(new_mw, shell_usd);
            let ai_usd = money.revenue_colocation[i]
                + money.revenue_gpu_cloud[i]
                + money.revenue_bare_metal[i];
            // All of the power and the cost of the window is that of AI.
            let left_usd = ai_usd - money.power_cost[i] - money.operating_cost[i] - annual_usd;
            ((left_usd + power_usd - money.curtailment_lost[i]) / ph_days).max(0.0)
        })
    }

    /// Follows every share through the months, in their order. The accounts, where there are any, are
    /// those of the shares on the as-of date, then at the end of each month.
    pub fn follow(
        &self,
        build: Build,
        (market, ledgers): (&Tile, &Ledgers),
        (scalars, course): (&PathScalars, &Course),
        mut accounts: Option<&mut [Account]>,
        mut see: impl FnMut(&Followed<'_>),
    ) {
        if self.months.is_empty() {
            return;
        }
        let shares = self.plan.shares.len();
        let books = self.treasury.as_ref().zip(course.books.as_ref());
        let mut refilled = vec![[0.0; LANES]; shares];
        let mut stay = Response::NONE;
        for (month, days) in self.months.iter().enumerate() {
            let network = mean(build, &market.rows(Factor::Hashrate)[days.clone()]);
            let (made, drawn) = ((market, ledgers), (scalars, course));
            self.walk(build, made, drawn, days, |share, metrics, money| {
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
                let runs = match (&books, &account) {
                    (Some((treasury, _)), Some(account)) => treasury.runs(account),
                    _ => [1.0; LANES],
                };
                if let (Some((treasury, _)), Some(account)) = (&books, &account) {
                    treasury.shut(account, metrics);
                }
                if let (Some((treasury, (prices, halls))), Some(account)) = (&books, &mut account) {
                    treasury.settle(build, (month, share), prices, halls, metrics, account);
                }
                let (response, account) = (&response, account.as_deref());
                see(&Followed { month, share, metrics, response, account, runs: &runs });
            });
        }
    }

    /// The operating metrics of every share over a window, in the order of the megawatts that they
    /// divert, and the money of these; metrics with capital are meant for the whole year only.
    fn walk(
        &self,
        build: Build,
        (market, ledgers): (&Tile, &Ledgers),
        (scalars, course): (&PathScalars, &Course),
        window: &Range<usize>,
        mut see: impl FnMut(usize, &mut [Row; OPERATING], &Money),
    ) {
        let mining = self.mining_statements(ledgers, window);
        let [mut per_mw, mut money, mut with_part] = [(); 3].map(|()| Money::ZERO);
        let of_parcel = |index: usize, per_mw: &mut Money| {
            let parcel = (&self.plan.parcels[index], &course.parcels[index]);
            self.per_mw(market, ledgers, parcel, window, per_mw);
        };
        let mut metrics = [[0.0; LANES]; OPERATING];
        // What share 0 gains over mining alone: something where it is what is signed.
        let mut stay = [[0.0; LANES]; 2];
        let mut whole = 0;
        for index in self.plan.ascending() {
            let planned = &self.plan.shares[index];
            for parcel in whole..planned.whole_parcels {
                of_parcel(parcel, &mut per_mw);
                add_money(build, self.plan.parcels[parcel].gross_mw, &per_mw, &mut money);
            }
            whole = planned.whole_parcels;
            let mut money = &money;
            if planned.part_mw > 0.0 {
                of_parcel(whole, &mut per_mw);
                with_money(build, planned.part_mw, &per_mw, money, &mut with_part);
                money = &with_part;
            }
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
                let [mut all, mut none] = [(); 2].map(|()| Statement::ZERO);
                let both = [&mut all, &mut none];
                tranche.statements(&self.grid, ledger, window, &never, both);
                all
            })
            .collect()
    }

    /// The days of the target year.
    pub fn days(&self) -> &Range<usize> {
        &self.days
    }

    /// Part of the diverted megawatts that is colocation.
    pub fn colocation_share(&self) -> f64 {
        self.colocation_share
    }

    /// Part of the diverted megawatts that is bare metal.
    pub fn bare_metal_share(&self) -> f64 {
        self.bare_metal_share
    }

    /// What a GPU of the cloud earns in the target year, and one that is let whole from its first day on,
    /// USD.
    pub fn usd_per_gpu_year(&self, market: &Tile, ledgers: &Ledgers) -> [Row; 2] {
        let (from, to) = ([self.days.start as u32; LANES], [self.days.end as u32; LANES]);
        let year = Energised { since: from, from, to };
        let cloud = self.gpu_cloud.revenue_usd(&ledgers.gpu_cloud, None, &year);
        let bare = self.bare_metal.revenue_usd(&self.grid, &self.gpus, market, None, &year);
        [cloud, bare].map(|usd_per_mw| usd_per_mw.map(|usd| usd / self.gpus.per_mw()))
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
            let bare_metal = money.revenue_bare_metal[i];
            let operating_cost = money.operating_cost[i];
            let (capex, annual_cost) =
                valuation.capital(planned.new_critical_it_mw, shell_usd_per_critical_it_mw[i]);
            let ai = colocation + gpu_cloud + bare_metal;
            let revenue = revenue_mining + ai;
            let gross_margin = revenue + curtailment_income - power_cost - operating_cost;
            let of_lane = [
                revenue,
                revenue_mining,
                colocation,
                gpu_cloud,
                bare_metal,
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

/// Hashrate that a gross MW of a tranche earns with, EH/s.
fn earning_eh_per_s(tranche: &Tranche, terms: &Mining) -> f64 {
    let mining = tranche.mining(terms);
    let ph_per_s =
        bitcoin::petahash_per_megawatt(tranche.efficiency_j_per_th, mining.power_overhead);
    ph_per_s * mining.uptime / PETAHASH_PER_EXAHASH
}

/// Petahashes in an exahash.
const PETAHASH_PER_EXAHASH: f64 = 1e3;
