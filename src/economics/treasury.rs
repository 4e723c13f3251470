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

use super::metric::{Metric, OPERATING, RUNWAY_MONTHS_MAX};
use super::plan::PowerPlan;
use crate::input::study::{AfterDefault, BalanceSheet, FundingSource, Study};
use crate::model::delivery::{PathScalars, due_steps};
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math};
use crate::time::{DAYS_PER_YEAR, TimeGrid};
use ndarray::ArrayViewMut3;
use std::ops::Range;

/// Months in a year.
const MONTHS_PER_YEAR: f64 = 12.0;
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
    /// Critical-IT MW of shells that are paid for in each month, by share.
    shell_mw: Vec<Vec<f64>>,
    /// Part of the shell of each hall that is paid for from the as-of date on.
    paid_share: Vec<f64>,
    /// Months after which a shell's loan is repaid, a GPU loan, a shell written off, GPUs.
    lives: [usize; 4],
}

/// Days of a month, and what is due in it whatever the share and the path.
#[derive(Debug, Clone, PartialEq)]
struct Month {
    days: Range<usize>,
    overheads_usd: f64,
    /// Coupons of the debt of the as-of date.
    coupons_usd: f64,
    /// What of that debt is due.
    due_usd: f64,
    /// What of it is left at the close.
    left_usd: f64,
}

/// What a month is worked out with; rates are of a month.
#[derive(Debug, Clone, Copy)]
struct Terms {
    /// The company's part of the cost of a shell.
    own_shell_share: f64,
    gpu_usd_per_critical_it_mw: f64,
    shell_loan_to_cost: f64,
    shell_interest: f64,
    /// Whether nothing is earned or paid after a default.
    stops: bool,
    /// Part of a loan that is repaid each month.
    shell_repaid: f64,
    gpu_loan_to_cost: f64,
    gpu_interest: f64,
    gpu_repaid: f64,
    shell_depreciation: f64,
    gpu_depreciation: f64,
    tax_rate: f64,
    btc_kept_share: f64,
    btc_liquidity_share: f64,
    cash_min_usd: f64,
    convertible_coupon: f64,
    convertible_max_usd: f64,
    convertible_premium: f64,
    stock_count: f64,
    stock_discount: f64,
    stock_max_share: f64,
    stock_btc_beta: f64,
    stock_gpu_rate_beta: f64,
    dscr_min: f64,
}

/// What the close of a month says, by lane.
#[derive(Debug, Clone)]
pub struct Prices {
    usd_per_btc: Row,
    usd_per_stock: Row,
    /// Stock that a dollar of notes issued now is at the end of the target year; 0 where it is paid
    /// back instead.
    stock_per_convertible_usd: Row,
}

/// The halls of a tile.
#[derive(Debug, Clone)]
pub struct Halls {
    /// Critical-IT MW that go into AI use in each month, `[share][month][lane]`.
    ready_mw: Vec<Vec<Row>>,
    /// Those of them whose shell is paid for from the as-of date on.
    paid_mw: Vec<Vec<Row>>,
    shell_usd_per_critical_it_mw: Row,
}

/// The balances of one share, by lane; USD unless their names say otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Cash.
    pub cash: Row,
    /// BTC held.
    pub btc: Row,
    /// Stock issued since the as-of date, without conversions.
    pub stock_issued: Row,
    /// Stock that notes are converted into at the end of the target year.
    stock_converted: Row,
    /// Convertible notes outstanding.
    pub convertible: Row,
    /// Those of them that are not converted at the end of the target year.
    convertible_left: Row,
    /// Loans on shells, and what of them is repaid in a month.
    pub shell_loan: Row,
    shell_repayment: Row,
    /// Loans on GPUs, and what of them is repaid in a month.
    pub gpu_loan: Row,
    gpu_repayment: Row,
    /// Critical-IT MW whose shells and GPUs are written off month by month.
    shells_mw: Row,
    gpus_mw: Row,
    /// Profit since the as-of date, and the highest that it was.
    profit: Row,
    profit_highest: Row,
    /// 1 until a default, then 0.
    pub solvent: Row,
    /// 1 once cash was below the least.
    short: Row,
    /// Cash flow of the last months before funding.
    pace: Row,
    /// Of the last month.
    pub month: CashFlow,
    /// Of the months of the target year.
    year: CashFlow,
    /// The operating metrics of the months of the target year that began solvent.
    operating: [Row; OPERATING],
}

impl Account {
    const EMPTY: Self = Self {
        cash: [0.0; LANES],
        btc: [0.0; LANES],
        stock_issued: [0.0; LANES],
        stock_converted: [0.0; LANES],
        convertible: [0.0; LANES],
        convertible_left: [0.0; LANES],
        shell_loan: [0.0; LANES],
        shell_repayment: [0.0; LANES],
        gpu_loan: [0.0; LANES],
        gpu_repayment: [0.0; LANES],
        shells_mw: [0.0; LANES],
        gpus_mw: [0.0; LANES],
        profit: [0.0; LANES],
        profit_highest: [0.0; LANES],
        solvent: [1.0; LANES],
        short: [0.0; LANES],
        pace: [0.0; LANES],
        month: CashFlow::ZERO,
        year: CashFlow::ZERO,
        operating: [[0.0; LANES]; OPERATING],
    };
}

/// What operation brings and debt takes, USD, by lane.
#[derive(Debug, Clone, PartialEq)]
pub struct CashFlow {
    /// Gross margin less overheads.
    pub ebitda: Row,
    /// Tax.
    pub tax: Row,
    /// The company's part of conversion.
    pub capex: Row,
    /// EBITDA less mining income held in BTC, tax, interest and capex.
    pub free_cash_flow: Row,
    /// Interest and repayments.
    pub debt_service: Row,
}

impl CashFlow {
    const ZERO: Self = Self {
        ebitda: [0.0; LANES],
        tax: [0.0; LANES],
        capex: [0.0; LANES],
        free_cash_flow: [0.0; LANES],
        debt_service: [0.0; LANES],
    };
}

/// What a month brings a share, by lane.
struct Flows<'a> {
    /// The operating metrics of the month.
    operating: &'a [Row; OPERATING],
    /// Critical-IT MW that go into AI use.
    ready_mw: &'a Row,
    /// Those of them whose shell is paid for from the as-of date on.
    paid_mw: &'a Row,
    /// Critical-IT MW whose shell's loan is repaid, GPU loan, whose shell is written off, GPUs.
    over_mw: [Row; 4],
    /// Critical-IT MW of shells that are paid for.
    shell_mw: f64,
    shell_usd_per_critical_it_mw: &'a Row,
    /// Whether it is of the target year.
    counts: bool,
    /// Whether it tells the pace of a runway.
    paces: bool,
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
        let build_days = t.construction_months * DAYS_PER_YEAR / MONTHS_PER_YEAR;
        let paid: Vec<Vec<f64>> = due.iter().map(|due| paid(*due, build_days, &windows)).collect();
        let shell_mw = |of_share: &Vec<f64>| {
            let in_month = |month: usize| {
                of_share.iter().zip(&paid).fold(0.0, |sum, (mw, paid)| sum + mw * paid[month])
            };
            (0..windows.len()).map(in_month).collect()
        };
        let shell_mw = hall_mw.iter().map(shell_mw).collect();
        let monthly = |rate: f64| rate / MONTHS_PER_YEAR;
        let life = |years: f64| ((MONTHS_PER_YEAR * years).round() as usize).max(1);
        let part = |years: f64| 1.0 / life(years) as f64;
        let (shell_years, gpu_years) = (capital.shell_life_years, capital.gpu_life_years);
        let lives = [t.shell_loan_years, t.gpu_loan_years, shell_years, gpu_years].map(life);
        let paid_share = due.iter().map(|due| paid_from_start(*due, build_days)).collect();
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

    /// The halls of every share as they come on the paths of a tile.
    pub fn halls(&self, scalars: &PathScalars) -> Halls {
        let ends: Vec<u32> = self.months().map(|days| days.end as u32).collect();
        // A hall that comes after the last month goes into a row that nobody reads.
        let mut ready = vec![vec![[0.0; LANES]; ends.len() + 1]; self.hall_mw.len()];
        let mut paid = ready.clone();
        for (hall, steps) in scalars.cut_over_steps.iter().enumerate() {
            let month = steps.map(|step| ends.partition_point(|end| *end <= step));
            let rows = ready.iter_mut().zip(&mut paid);
            for ((ready, paid), of_share) in rows.zip(&self.hall_mw) {
                let Some(mw) = of_share.get(hall) else { continue };
                for i in 0..LANES {
                    ready[month[i]][i] += mw;
                    paid[month[i]][i] += mw * self.paid_share[hall];
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
        close(build, &gap, account);
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
    ) -> [(Metric, f64); 12] {
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

/// The part of a shell that is paid for in each month: evenly over the days before it is in use at the
/// soonest, in the month of the first such day where there are none. What was paid before the as-of date
/// is in the balance sheet.
fn paid(due_step: f64, build_days: f64, months: &[Range<usize>]) -> Vec<f64> {
    // The day of step k runs from k - 1 to k.
    let ready = due_step - 1.0;
    let part = |days: &Range<usize>| {
        let (start, end) = (days.start as f64 - 1.0, days.end as f64 - 1.0);
        if build_days > 0.0 {
            let begun = ready - build_days;
            return (end.min(ready) - start.max(begun)).max(0.0) / build_days;
        }
        f64::from(u8::from((start..end).contains(&ready.max(0.0))))
    };
    months.iter().map(part).collect()
}

/// The part of a shell that is paid for from the as-of date on.
fn paid_from_start(due_step: f64, build_days: f64) -> f64 {
    if build_days > 0.0 { ((due_step - 1.0).max(0.0) / build_days).min(1.0) } else { 1.0 }
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

kernel! {
    /// A month's operation, tax, conversion and debt; nothing moves the balances of a path in default.
    fn operate(
        terms: &Terms,
        month: &Month,
        flows: &Flows<'_>,
        prices: &Prices,
        account: &mut Account,
    ) {
        let counts = if flows.counts { 1.0 } else { 0.0 };
        let paces = if flows.paces { 1.0 } else { 0.0 };
        let shell_share = terms.own_shell_share;
        let [over_shell_loan, over_gpu_loan, over_shell, over_gpus] = &flows.over_mw;
        for i in 0..LANES {
            let solvent = account.solvent[i];
            // Shut sites neither earn nor pay.
            let runs = if terms.stops { solvent } else { 1.0 };
            let shell_usd_per_mw = shell_share * flows.shell_usd_per_critical_it_mw[i];
            let lent_usd_per_mw = shell_usd_per_mw * terms.shell_loan_to_cost;
            let gpu_usd_per_mw = terms.gpu_usd_per_critical_it_mw;
            let gpu_lent_usd_per_mw = gpu_usd_per_mw * terms.gpu_loan_to_cost;
            account.shell_repayment[i] -=
                solvent * (terms.shell_repaid * lent_usd_per_mw * over_shell_loan[i]);
            account.gpu_repayment[i] -=
                solvent * (terms.gpu_repaid * gpu_lent_usd_per_mw * over_gpu_loan[i]);
            account.shells_mw[i] -= over_shell[i];
            account.gpus_mw[i] -= over_gpus[i];
            let margin = flows.operating[Metric::GrossMargin as usize][i];
            let ebitda = runs * (margin - month.overheads_usd);
            let interest = runs
                * (terms.shell_interest * account.shell_loan[i]
                    + terms.gpu_interest * account.gpu_loan[i]
                    + terms.convertible_coupon * account.convertible[i]
                    + month.coupons_usd);
            let depreciation = runs
                * (terms.shell_depreciation * shell_usd_per_mw * account.shells_mw[i]
                    + terms.gpu_depreciation * gpu_usd_per_mw * account.gpus_mw[i]);
            let profit = account.profit[i] + (ebitda - interest - depreciation);
            let highest = math::max(account.profit_highest[i], profit);
            let tax = terms.tax_rate * (highest - account.profit_highest[i]);
            let mined = flows.operating[Metric::RevenueMining as usize][i];
            let kept = runs * terms.btc_kept_share * mined;
            let shell = runs * flows.shell_mw * shell_usd_per_mw;
            let gpu = runs * flows.ready_mw[i] * gpu_usd_per_mw;
            let repaid_shell = math::min(account.shell_repayment[i], account.shell_loan[i]);
            let repaid_gpu = math::min(account.gpu_repayment[i], account.gpu_loan[i]);
            let (drawn_shell, drawn_gpu) =
                (terms.shell_loan_to_cost * shell, terms.gpu_loan_to_cost * gpu);
            let repaid = runs * (repaid_shell + repaid_gpu + month.due_usd);
            let free_cash_flow = ebitda - kept - tax - interest - (shell + gpu);
            let cash_flow = free_cash_flow + (drawn_shell + drawn_gpu) - repaid;
            account.month.ebitda[i] = ebitda;
            account.month.tax[i] = tax;
            account.month.capex[i] = shell + gpu;
            account.month.free_cash_flow[i] = free_cash_flow;
            account.month.debt_service[i] = interest + repaid;
            account.pace[i] += paces * cash_flow;
            account.cash[i] += solvent * cash_flow;
            account.btc[i] += solvent * (kept / prices.usd_per_btc[i]);
            account.shell_loan[i] += solvent * (drawn_shell - repaid_shell);
            account.gpu_loan[i] += solvent * (drawn_gpu - repaid_gpu);
            account.profit[i] = profit;
            account.profit_highest[i] = highest;
            account.shell_repayment[i] +=
                solvent * (terms.shell_repaid * lent_usd_per_mw * flows.paid_mw[i]);
            account.gpu_repayment[i] +=
                solvent * (terms.gpu_repaid * gpu_lent_usd_per_mw * flows.ready_mw[i]);
            account.shells_mw[i] += flows.paid_mw[i];
            account.gpus_mw[i] += flows.ready_mw[i];
        }
        let CashFlow { ebitda, tax, capex, free_cash_flow, debt_service } = &account.month;
        for (sum, row) in [
            (&mut account.year.ebitda, ebitda),
            (&mut account.year.tax, tax),
            (&mut account.year.capex, capex),
            (&mut account.year.free_cash_flow, free_cash_flow),
            (&mut account.year.debt_service, debt_service),
        ] {
            for i in 0..LANES {
                sum[i] += counts * row[i];
            }
        }
        for (sum, row) in account.operating.iter_mut().zip(flows.operating) {
            for i in 0..LANES {
                sum[i] += counts * row[i];
            }
        }
    }
}

kernel! {
    /// What is missing to the least cash.
    fn find_gap(terms: &Terms, account: &Account, gap: &mut Row) {
        for i in 0..LANES {
            gap[i] = account.solvent[i] * math::max(terms.cash_min_usd - account.cash[i], 0.0);
        }
    }
}

kernel! {
    /// Places convertible notes against a gap.
    fn place_notes(terms: &Terms, prices: &Prices, account: &mut Account, gap: &mut Row) {
        for i in 0..LANES {
            let room = terms.convertible_max_usd - account.convertible[i];
            let placed = math::min(gap[i], math::max(room, 0.0));
            let per_usd = prices.stock_per_convertible_usd[i];
            account.convertible[i] += placed;
            account.convertible_left[i] += if per_usd > 0.0 { 0.0 } else { placed };
            account.stock_converted[i] += placed * per_usd;
            account.cash[i] += placed;
            gap[i] -= placed;
        }
    }
}

kernel! {
    /// Sells new stock against a gap.
    fn sell_stock(terms: &Terms, prices: &Prices, account: &mut Account, gap: &mut Row) {
        for i in 0..LANES {
            let usd = prices.usd_per_stock[i] * (1.0 - terms.stock_discount);
            let room = terms.stock_max_share * (terms.stock_count + account.stock_issued[i]) * usd;
            let sold = math::min(gap[i], room);
            account.stock_issued[i] += sold / usd;
            account.cash[i] += sold;
            gap[i] -= sold;
        }
    }
}

kernel! {
    /// Sells BTC against a gap.
    fn sell_btc(prices: &Prices, account: &mut Account, gap: &mut Row) {
        for i in 0..LANES {
            let sold = math::min(gap[i], account.btc[i] * prices.usd_per_btc[i]);
            account.btc[i] = math::max(account.btc[i] - sold / prices.usd_per_btc[i], 0.0);
            account.cash[i] += sold;
            gap[i] -= sold;
        }
    }
}

kernel! {
    /// Takes note of gaps that are left: too little cash is a shortfall, none is a default.
    fn close(gap: &Row, account: &mut Account) {
        for i in 0..LANES {
            let is_short = gap[i] > 0.0;
            account.short[i] = if is_short { 1.0 } else { account.short[i] };
            account.solvent[i] =
                if is_short && account.cash[i] < 0.0 { 0.0 } else { account.solvent[i] };
        }
    }
}
