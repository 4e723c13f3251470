//! A company's cash, month by month on every path: what operation earns, what conversion and debt
//! take, how gaps are met, and when they are not.
//!
//! In: the months' operation, halls as they come, prices, terms. Out: the account of a share, and its
//! metrics. Not here: where operation's money comes from, any draw of chance.
//!
//! A month, in this order: EBITDA is gross margin less overheads; tax is due on what profit after
//! interest and depreciation has reached above its highest so far (losses are carried forward); a part
//! of mining income is kept in BTC at the month's last price; the company's part of conversion is paid,
//! its loans drawn; debt is served. Where less than the least cash is left, the gap is met in the order
//! that the study states, each source up to its limit. Cash below zero after that is a default: the
//! path's balances stand still from then on.
//! Source: the funding and covenants of listed miners, 2024-2026; the cash identity is that of any cash
//! flow statement.

mod account;

pub use account::{Account, CashFlow, Prices};

use super::metric::{Metric, OPERATING, RUNWAY_MONTHS_MAX};
use super::plan::PowerPlan;
use crate::input::study::{AfterDefault, BalanceSheet, FundingSource, Study};
use crate::model::delivery::{PathScalars, due_steps};
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math};
use crate::time::{DAYS_PER_YEAR, MONTHS_PER_YEAR, TimeGrid};
use account::{Flows, Month, Terms, close, find_gap, operate, place_notes, sell_btc, sell_stock};
use ndarray::ArrayViewMut3;
use std::ops::Range;

/// Months at the end of the year that tell the pace of a runway.
const PACE_MONTHS: usize = 3;

/// The terms and the calendar of a company's cash.
#[derive(Debug, Clone)]
pub struct Treasury {
    terms: Terms,
    funding_order: Vec<FundingSource>,
    after_default: AfterDefault,
    /// From the as-of date to the end of the target year.
    months: Vec<Month>,
    /// Those before the target year.
    months_before: usize,
    start: Account,
    stock_usd: f64,
    start_usd_per_btc: f64,
    start_usd_per_gpu_hour: f64,
    /// Critical-IT MW of each hall, by share.
    hall_mw: Vec<Vec<f64>>,
    /// The steps at which the months, then the years after them, end.
    window_ends: Vec<u32>,
    /// Critical-IT MW of shells that are paid for in each of them, by share.
    shell_mw: Vec<Vec<f64>>,
    /// Part of the shell of each hall that is paid for from the as-of date on.
    paid_share: Vec<f64>,
    /// Months after which a shell's loan is repaid, a GPU loan, a shell written off, GPUs.
    lives: [usize; 4],
}

/// The halls of a tile.
#[derive(Debug, Clone)]
pub struct Halls {
    /// Critical-IT MW whose GPUs come in each month, then in each year after, `[share][window][lane]`.
    ready_mw: Vec<Vec<Row>>,
    /// Those whose shell goes into use, as far as it is paid for from the as-of date on.
    paid_mw: Vec<Vec<Row>>,
    shell_usd_per_critical_it_mw: Row,
}

impl Treasury {
    /// The treasury of a study with this plan; `None` where the study has none.
    pub fn new(study: &Study, grid: &TimeGrid, plan: &PowerPlan) -> Option<Self> {
        let t = study.treasury.as_ref()?;
        let colocation = study.diversion.colocation_share;
        let capital = &study.capital;
        let sheets = || study.fleet.iter().map(|tranche| &tranche.balance_sheet);
        let sum = |of: fn(&BalanceSheet) -> Option<f64>| {
            sheets().filter_map(of).fold(0.0, |sum, value| sum + value)
        };
        let stock_count = sum(|sheet| sheet.stock_count);
        let priced = || sheets().filter_map(|s| Some((s.stock_count?, s.stock_usd?)));
        let market_usd: f64 = priced().map(|(count, usd)| count * usd).sum();
        let priced_count: f64 = priced().map(|(count, _)| count).sum();
        let windows = grid.months_from_start();
        let months = windows.iter().map(|days| {
            let years = days.len() as f64 / DAYS_PER_YEAR;
            let mut month = Month {
                days: days.clone(),
                overheads_usd: sum(|sheet| sheet.sga_usd_per_year) * years,
                coupons_usd: 0.0,
                due_usd: 0.0,
                left_usd: 0.0,
            };
            for sheet in sheets() {
                let Some(debt_usd) = sheet.debt_usd else { continue };
                let due = sheet.maturity.map_or(i64::MAX, |day| grid.step_of(day).max(1));
                if due >= days.start as i64 {
                    // By the day, to the day on which it is due.
                    let until = due.saturating_add(1).min(days.end as i64);
                    let years = (until - days.start as i64) as f64 / DAYS_PER_YEAR;
                    month.coupons_usd += debt_usd * sheet.coupon_per_year.unwrap_or(0.0) * years;
                    let left = if due < days.end as i64 {
                        &mut month.due_usd
                    } else {
                        &mut month.left_usd
                    };
                    *left += debt_usd;
                }
            }
            month
        });
        let hall_mw = hall_mw(study, plan);
        let halls = hall_mw.iter().map(Vec::len).max().unwrap_or(0);
        let due = due_steps(&study.delivery, grid, halls);
        let months_of_works = study.delivery.construction_months;
        let build_days = months_of_works * DAYS_PER_YEAR / MONTHS_PER_YEAR;
        let all: Vec<Range<f64>> = (windows.iter().chain(&grid.years_after()))
            .map(|steps| grid.days_before(steps.start)..grid.days_before(steps.end))
            .collect();
        let window_ends = windows.iter().chain(&grid.years_after()).map(|w| w.end as u32).collect();
        // What is signed is being built; works of other halls begin on the as-of date at the soonest.
        let signed_halls = plan.signed_halls();
        let works = |hall: usize, due: f64| match hall < signed_halls {
            true => (due - 1.0 - build_days, due - 1.0),
            false => ((due - 1.0 - build_days).max(0.0), (due - 1.0).max(0.0)),
        };
        let works: Vec<(f64, f64)> =
            due.iter().enumerate().map(|(hall, due)| works(hall, *due)).collect();
        let paid: Vec<Vec<f64>> = works.iter().map(|works| paid(*works, &all)).collect();
        let shell_mw = |of_share: &Vec<f64>| {
            let in_window = |window: usize| {
                of_share.iter().zip(&paid).fold(0.0, |sum, (mw, paid)| sum + mw * paid[window])
            };
            (0..all.len()).map(in_window).collect()
        };
        let shell_mw = hall_mw.iter().map(shell_mw).collect();
        let monthly = |rate: f64| rate / MONTHS_PER_YEAR;
        let life = |years: f64| ((MONTHS_PER_YEAR * years).round() as usize).max(1);
        let part = |years: f64| 1.0 / life(years) as f64;
        let (shell_years, gpu_years) = (capital.shell_life_years, capital.gpu_life_years);
        let lives = [t.shell_loan_years, t.gpu_loan_years, shell_years, gpu_years].map(life);
        let paid_share = works.iter().map(|works| paid_from_start(*works)).collect();
        Some(Self {
            terms: Terms {
                stops: t.revenue_after_default == AfterDefault::Stops,
                own_shell_share: 1.0 - colocation * t.tenant_funded_share,
                gpu_usd_per_critical_it_mw: (1.0 - colocation) * capital.gpu_usd_per_critical_it_mw,
                shell_loan_to_cost: t.shell_loan_to_cost,
                shell_interest: monthly(t.shell_loan_interest_per_year),
                shell_repaid: part(t.shell_loan_years),
                gpu_loan_to_cost: t.gpu_loan_to_cost,
                gpu_interest: monthly(t.gpu_loan_interest_per_year),
                gpu_repaid: part(t.gpu_loan_years),
                shell_depreciation: part(capital.shell_life_years),
                gpu_depreciation: part(capital.gpu_life_years),
                tax_rate: t.tax_rate,
                btc_kept_share: 1.0 - t.btc_sold_share,
                btc_liquidity_share: t.btc_liquidity_share,
                cash_min_usd: t.cash_min_usd,
                convertible_coupon: monthly(t.convertible_coupon_per_year),
                convertible_max_usd: t.convertible_max_usd,
                convertible_premium: t.convertible_premium,
                stock_count,
                stock_discount: t.stock_discount,
                stock_max_share: t.stock_max_share_per_month,
                stock_btc_beta: t.stock_btc_beta,
                stock_gpu_rate_beta: t.stock_gpu_rate_beta,
                dscr_min: t.dscr_min,
                liquidity_min_usd: t.liquidity_min_usd,
            },
            funding_order: t.funding_order.clone(),
            after_default: t.revenue_after_default,
            months: months.collect(),
            months_before: windows.len() - MONTHS_PER_YEAR as usize,
            start: Account {
                cash: [sum(|sheet| sheet.cash_usd); LANES],
                btc: [sum(|sheet| sheet.btc_held); LANES],
                ..Account::EMPTY
            },
            stock_usd: market_usd / priced_count,
            start_usd_per_btc: study.btc_price.start_usd_per_btc,
            start_usd_per_gpu_hour: study.ai_market.gpu_rate_start_usd_per_gpu_hour,
            hall_mw,
            window_ends,
            shell_mw,
            paid_share,
            lives,
        })
    }

    /// The days of each month from the as-of date to the end of the target year.
    fn months(&self) -> impl Iterator<Item = &Range<usize>> {
        self.months.iter().map(|month| &month.days)
    }

    /// Debt at the close of a month, all notes among it, USD.
    pub fn debt_usd(&self, month: usize, account: &Account, lane: usize) -> f64 {
        let loans_usd = account.shell_loan[lane] + account.gpu_loan[lane];
        loans_usd + account.convertible[lane] + self.months[month].left_usd
    }

    /// The account of every share on the as-of date.
    pub fn open(&self) -> Vec<Account> {
        vec![self.start.clone(); self.hall_mw.len()]
    }

    /// What the close of every month says.
    pub fn prices(&self, build: Build, market: &Tile) -> Vec<Prices> {
        let terms = &self.terms;
        let (btc, gpu_rate) = (market.rows(Factor::BtcPrice), market.rows(Factor::GpuRate));
        let start = [self.stock_usd, self.start_usd_per_btc, self.start_usd_per_gpu_hour];
        let mut prices: Vec<Prices> = self
            .months()
            .map(|days| {
                let close = days.end - 1;
                let mut usd_per_stock = [0.0; LANES];
                let betas = [terms.stock_btc_beta, terms.stock_gpu_rate_beta];
                follow(build, start, betas, [&btc[close], &gpu_rate[close]], &mut usd_per_stock);
                Prices {
                    usd_per_btc: btc[close],
                    usd_per_stock,
                    stock_per_convertible_usd: [0.0; LANES],
                }
            })
            .collect();
        let Some(end) = prices.last().map(|last| last.usd_per_stock) else { return prices };
        for prices in &mut prices {
            for i in 0..LANES {
                let conversion_usd = prices.usd_per_stock[i] * (1.0 + terms.convertible_premium);
                if end[i] >= conversion_usd {
                    prices.stock_per_convertible_usd[i] = 1.0 / conversion_usd;
                }
            }
        }
        prices
    }

    /// Overheads of a month, USD.
    pub(super) fn overheads_usd(&self, month: usize) -> f64 {
        self.months[month].overheads_usd
    }

    /// The company's part of the cost of a shell.
    pub(super) fn own_shell_share(&self) -> f64 {
        self.terms.own_shell_share
    }

    /// Stock of the as-of date.
    pub(super) fn stock_count(&self) -> f64 {
        self.terms.stock_count
    }

    /// 1 where sites run: not after a default that shuts them.
    pub(super) fn runs(&self, account: &Account) -> Row {
        if self.terms.stops { account.solvent } else { [1.0; LANES] }
    }

    /// What the company pays for shells and for first GPUs in a month, or in a year after the months, of a
    /// share, each by its position, USD.
    pub(super) fn paid(&self, window: usize, share: usize, halls: &Halls) -> [Row; 2] {
        let shells = self.shell_mw[share][window] * self.terms.own_shell_share;
        let ready_mw = &halls.ready_mw[share][window];
        [
            halls.shell_usd_per_critical_it_mw.map(|usd| shells * usd),
            ready_mw.map(|mw| self.terms.gpu_usd_per_critical_it_mw * mw),
        ]
    }

    /// The halls of every share as they come on the paths of a tile.
    pub fn halls(&self, scalars: &PathScalars) -> Halls {
        let ends = &self.window_ends;
        // A hall that comes after the last one goes into a row that nobody reads.
        let mut ready = vec![vec![[0.0; LANES]; ends.len() + 1]; self.hall_mw.len()];
        let mut paid = ready.clone();
        for (hall, steps) in scalars.cut_over_steps.iter().enumerate() {
            let window = |step: u32| ends.partition_point(|end| *end <= step);
            let (of_shell, of_gpus) = (steps.map(window), scalars.gpu_steps[hall].map(window));
            let rows = ready.iter_mut().zip(&mut paid);
            for ((ready, paid), of_share) in rows.zip(&self.hall_mw) {
                let Some(mw) = of_share.get(hall) else { continue };
                for i in 0..LANES {
                    ready[of_gpus[i]][i] += mw;
                    paid[of_shell[i]][i] += mw * self.paid_share[hall];
                }
            }
        }
        let shell_usd_per_critical_it_mw = scalars.shell_usd_per_critical_it_mw;
        Halls { ready_mw: ready, paid_mw: paid, shell_usd_per_critical_it_mw }
    }

    /// A month of a share, each by its position: `operating` are the month's metrics.
    pub fn settle(
        &self,
        build: Build,
        (month, share): (usize, usize),
        prices: &[Prices],
        halls: &Halls,
        operating: &[Row; OPERATING],
        account: &mut Account,
    ) {
        // What came so many months ago: one more than it lasts.
        let past = |rows: &'_ [Row], life: usize| match month.checked_sub(life + 1) {
            Some(then) => rows[then],
            None => [0.0; LANES],
        };
        let (ready, paid) = (&halls.ready_mw[share], &halls.paid_mw[share]);
        let [shell_loan, gpu_loan, shell, gpus] = self.lives;
        let flows = Flows {
            operating,
            over_mw: [
                past(paid, shell_loan),
                past(ready, gpu_loan),
                past(paid, shell),
                past(ready, gpus),
            ],
            paid_mw: &paid[month],
            ready_mw: &ready[month],
            shell_mw: self.shell_mw[share][month],
            shell_usd_per_critical_it_mw: &halls.shell_usd_per_critical_it_mw,
            counts: month >= self.months_before,
            paces: month + PACE_MONTHS >= self.months.len(),
        };
        let (terms, prices, month) = (&self.terms, &prices[month], &self.months[month]);
        operate(build, terms, month, &flows, prices, account);
        let mut gap = [0.0; LANES];
        find_gap(build, terms, account, &mut gap);
        for source in &self.funding_order {
            match source {
                FundingSource::Convertible => place_notes(build, terms, prices, account, &mut gap),
                FundingSource::Stock => sell_stock(build, terms, prices, account, &mut gap),
                FundingSource::Btc => sell_btc(build, prices, account, &mut gap),
            }
        }
        close(build, terms, (prices, flows.counts), &gap, account);
    }

    /// Makes a month's operating metrics those of sites that a default may have shut.
    pub fn shut(&self, account: &Account, metrics: &mut [Row; OPERATING]) {
        if self.after_default == AfterDefault::Stops {
            for row in metrics {
                row.iter_mut().zip(&account.solvent).for_each(|(usd, solvent)| *usd *= solvent);
            }
        }
    }

    /// Writes the metrics of the treasury `[metric][share][lane]`; the operating ones are there, and are
    /// made those of solvent months where a default stops the sites.
    pub fn metrics(
        &self,
        prices: &[Prices],
        accounts: &[Account],
        outcomes: &mut ArrayViewMut3<'_, f64>,
    ) {
        let prices = prices.last().expect("a target year has months");
        let lanes = outcomes.len_of(ndarray::Axis(2));
        for lane in 0..lanes {
            for (share, account) in accounts.iter().enumerate() {
                let defaults = account.solvent[lane] == 0.0;
                if defaults && self.after_default == AfterDefault::Stops {
                    self.stop(account, share, lane, outcomes);
                }
                let revenue = outcomes[[Metric::Revenue as usize, share, lane]];
                for (metric, value) in self.of_lane(prices, account, revenue, lane) {
                    outcomes[[metric as usize, share, lane]] = value;
                }
            }
            for (gain, of) in GAINS {
                let stays = outcomes[[of as usize, 0, lane]];
                for share in 0..accounts.len() {
                    outcomes[[gain as usize, share, lane]] =
                        outcomes[[of as usize, share, lane]] - stays;
                }
            }
            // A sum of differences is no more the difference of sums that stopped on their own days.
            let stopped = |account: &Account| account.solvent[lane] == 0.0;
            if self.after_default == AfterDefault::Stops && accounts.iter().any(stopped) {
                for (gain, of) in OPERATING_GAINS {
                    let stays = outcomes[[of as usize, 0, lane]];
                    for share in 0..accounts.len() {
                        outcomes[[gain as usize, share, lane]] =
                            outcomes[[of as usize, share, lane]] - stays;
                    }
                }
            }
        }
    }

    /// Makes the operating metrics of a lane those of its solvent months.
    fn stop(
        &self,
        account: &Account,
        share: usize,
        lane: usize,
        outcomes: &mut ArrayViewMut3<'_, f64>,
    ) {
        let at = |metric: Metric| [metric as usize, share, lane];
        let annual_cost =
            outcomes[at(Metric::GrossMargin)] - outcomes[at(Metric::MarginAfterCapital)];
        for metric in Metric::OPERATING {
            if metric != Metric::CapexCommitted {
                outcomes[at(metric)] = account.operating[metric as usize][lane];
            }
        }
        outcomes[at(Metric::MarginAfterCapital)] = outcomes[at(Metric::GrossMargin)] - annual_cost;
    }

    /// The metrics of one lane but for the gains.
    fn of_lane(
        &self,
        prices: &Prices,
        account: &Account,
        revenue_usd: f64,
        i: usize,
    ) -> [(Metric, f64); 13] {
        let terms = &self.terms;
        let flag = |holds: bool| f64::from(u8::from(holds));
        let defaults = account.solvent[i] == 0.0;
        let year = &account.year;
        let available_usd = year.ebitda[i] - year.tax[i];
        let service_usd = year.debt_service[i];
        let breach = service_usd > 0.0 && available_usd < terms.dscr_min * service_usd;
        let btc_usd = account.btc[i] * prices.usd_per_btc[i];
        let liquid_usd = account.cash[i] + terms.btc_liquidity_share * btc_usd;
        let burnt_usd = -account.pace[i] / PACE_MONTHS as f64;
        let runway = match burnt_usd > 0.0 {
            _ if defaults => 0.0,
            true => (liquid_usd / burnt_usd).clamp(0.0, RUNWAY_MONTHS_MAX),
            false => RUNWAY_MONTHS_MAX,
        };
        let converted_usd = account.convertible[i] - account.convertible_left[i];
        let stock_new = account.stock_issued[i] + account.stock_converted[i];
        [
            (Metric::Ebitda, year.ebitda[i]),
            (Metric::FreeCashFlow, year.free_cash_flow[i]),
            (Metric::Capex, year.capex[i]),
            (Metric::DebtService, service_usd),
            (Metric::CashAtEnd, account.cash[i]),
            (Metric::DebtAtEnd, self.debt_usd(self.months.len() - 1, account, i) - converted_usd),
            (Metric::DscrBreach, flag(breach)),
            (Metric::LiquidityBreach, account.illiquid[i]),
            (Metric::CashShortfall, account.short[i]),
            (Metric::Default, flag(defaults)),
            (Metric::Runway, runway),
            (Metric::Dilution, stock_new / terms.stock_count),
            (Metric::RevenuePerStock, revenue_usd / (terms.stock_count + stock_new)),
        ]
    }
}

/// Differences to share 0 of metrics of the treasury.
const GAINS: [(Metric, Metric); 2] = [
    (Metric::FreeCashFlowGain, Metric::FreeCashFlow),
    (Metric::RevenuePerStockGain, Metric::RevenuePerStock),
];
/// Differences to share 0 of operating metrics.
const OPERATING_GAINS: [(Metric, Metric); 2] = [
    (Metric::RevenueGain, Metric::Revenue),
    (Metric::MarginAfterCapitalGain, Metric::MarginAfterCapital),
];

/// Critical-IT MW of each hall, by share.
fn hall_mw(study: &Study, plan: &PowerPlan) -> Vec<Vec<f64>> {
    let ratio = study.diversion.critical_it_per_gross_mw;
    let of_share = |planned: &super::plan::PlannedShare| {
        let mut halls = Vec::new();
        let whole = plan.parcels[..planned.whole_parcels].iter().map(|p| (p, p.gross_mw));
        let part = plan.parcels.get(planned.whole_parcels).map(|p| (p, planned.part_mw));
        for (parcel, gross_mw) in whole.chain(part.filter(|(_, mw)| *mw > 0.0)) {
            let tranche = &study.fleet[parcel.tranche];
            let ratio = tranche.critical_it_per_gross_mw.unwrap_or(ratio);
            let Some(hall) = parcel.hall else { continue };
            halls.resize(halls.len().max(hall + 1), 0.0);
            halls[hall] += gross_mw * ratio;
        }
        halls
    };
    plan.shares.iter().map(of_share).collect()
}

/// The part of a shell that is paid for in each of some windows: evenly over its works, in the window of
/// their day where they take none. What was paid before the as-of date is in the balance sheet.
fn paid((begun, ready): (f64, f64), windows: &[Range<f64>]) -> Vec<f64> {
    let part = |days: &Range<f64>| {
        if ready > begun {
            return (days.end.min(ready) - days.start.max(begun)).max(0.0) / (ready - begun);
        }
        f64::from(u8::from(days.contains(&ready.max(0.0))))
    };
    windows.iter().map(part).collect()
}

/// The part of a shell that is paid for from the as-of date on.
fn paid_from_start((begun, ready): (f64, f64)) -> f64 {
    if ready > begun { (ready.max(0.0) / (ready - begun)).min(1.0) } else { 1.0 }
}

kernel! {
    /// The stock's price from those of BTC and a GPU-hour, given its start and theirs.
    fn follow(start: [f64; 3], betas: [f64; 2], now: [&Row; 2], usd_per_stock: &mut Row) {
        let [stock, btc, gpu_hour] = start;
        for i in 0..LANES {
            let log = betas[0] * math::ln(now[0][i] / btc) + betas[1] * math::ln(now[1][i] / gpu_hour);
            usd_per_stock[i] = stock * math::exp(log);
        }
    }
}
