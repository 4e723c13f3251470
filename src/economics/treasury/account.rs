//! One month of a company's account: what operation brings, what is paid, how a gap is met.
//!
//! In: a month's flows, its prices, the terms. Out: the account after it. Not here: where flows and terms
//! come from (`treasury`), what a share's account is told as.

use crate::economics::metric::{Metric, OPERATING};
use crate::tile::kernel::kernel;
use crate::tile::{LANES, Row, math};
use std::ops::Range;

/// Days of a month, and what is due in it whatever the share and the path.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Month {
    pub(super) days: Range<usize>,
    pub(super) overheads_usd: f64,
    /// Coupons of the debt of the as-of date.
    pub(super) coupons_usd: f64,
    /// What of that debt is due.
    pub(super) due_usd: f64,
    /// What of it is left at the close.
    pub(super) left_usd: f64,
}

/// What a month is worked out with; rates are of a month.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// The company's part of the cost of a shell.
    pub(super) own_shell_share: f64,
    pub(super) gpu_usd_per_critical_it_mw: f64,
    pub(super) shell_loan_to_cost: f64,
    pub(super) shell_interest: f64,
    /// Whether nothing is earned or paid after a default.
    pub(super) stops: bool,
    /// Part of a loan that is repaid each month.
    pub(super) shell_repaid: f64,
    pub(super) gpu_loan_to_cost: f64,
    pub(super) gpu_interest: f64,
    pub(super) gpu_repaid: f64,
    pub(super) shell_depreciation: f64,
    pub(super) gpu_depreciation: f64,
    pub(super) tax_rate: f64,
    pub(super) btc_kept_share: f64,
    pub(super) btc_liquidity_share: f64,
    pub(super) cash_min_usd: f64,
    pub(super) convertible_coupon: f64,
    pub(super) convertible_max_usd: f64,
    pub(super) convertible_premium: f64,
    pub(super) stock_count: f64,
    pub(super) stock_discount: f64,
    pub(super) stock_max_share: f64,
    pub(super) stock_btc_beta: f64,
    pub(super) stock_gpu_rate_beta: f64,
    pub(super) dscr_min: f64,
    pub(super) liquidity_min_usd: f64,
}

/// What the close of a month says, by lane.
#[derive(Debug, Clone)]
pub struct Prices {
    pub(super) usd_per_btc: Row,
    pub(super) usd_per_stock: Row,
    /// Stock that a dollar of notes issued now is at the end of the target year; 0 where it is paid
    /// back instead.
    pub(super) stock_per_convertible_usd: Row,
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
    pub(super) stock_converted: Row,
    /// Convertible notes outstanding.
    pub convertible: Row,
    /// Those of them that are not converted at the end of the target year.
    pub(super) convertible_left: Row,
    /// Loans on shells, and what of them is repaid in a month.
    pub shell_loan: Row,
    pub(super) shell_repayment: Row,
    /// Loans on GPUs, and what of them is repaid in a month.
    pub gpu_loan: Row,
    pub(super) gpu_repayment: Row,
    /// Critical-IT MW whose shells and GPUs are written off month by month.
    pub(super) shells_mw: Row,
    pub(super) gpus_mw: Row,
    /// Profit since the as-of date, and the highest that it was.
    pub(super) profit: Row,
    pub(super) profit_highest: Row,
    /// 1 until a default, then 0.
    pub solvent: Row,
    /// 1 once cash was below the least.
    pub(super) short: Row,
    /// 1 once liquidity was below the covenant's least at the end of a month of the target year.
    pub(super) illiquid: Row,
    /// Cash flow of the last months before funding.
    pub(super) pace: Row,
    /// Of the last month.
    pub month: CashFlow,
    /// Of the months of the target year.
    pub(super) year: CashFlow,
    /// The operating metrics of the months of the target year that began solvent.
    pub(super) operating: [Row; OPERATING],
}

impl Account {
    pub(super) const EMPTY: Self = Self {
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
        illiquid: [0.0; LANES],
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
pub(super) struct Flows<'a> {
    /// The operating metrics of the month.
    pub(super) operating: &'a [Row; OPERATING],
    /// Critical-IT MW whose GPUs come.
    pub(super) ready_mw: &'a Row,
    /// Those whose shell goes into use, as far as it is paid for from the as-of date on.
    pub(super) paid_mw: &'a Row,
    /// Critical-IT MW whose shell's loan is repaid, GPU loan, whose shell is written off, GPUs.
    pub(super) over_mw: [Row; 4],
    /// Critical-IT MW of shells that are paid for.
    pub(super) shell_mw: f64,
    pub(super) shell_usd_per_critical_it_mw: &'a Row,
    /// Whether it is of the target year.
    pub(super) counts: bool,
    /// Whether it tells the pace of a runway.
    pub(super) paces: bool,
}

kernel! {
    /// A month's operation, tax, conversion and debt; nothing moves the balances of a path in default.
    pub(super) fn operate(
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
    pub(super) fn find_gap(terms: &Terms, account: &Account, gap: &mut Row) {
        for i in 0..LANES {
            gap[i] = account.solvent[i] * math::max(terms.cash_min_usd - account.cash[i], 0.0);
        }
    }
}

kernel! {
    /// Places convertible notes against a gap.
    pub(super) fn place_notes(terms: &Terms, prices: &Prices, account: &mut Account, gap: &mut Row) {
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
    pub(super) fn sell_stock(terms: &Terms, prices: &Prices, account: &mut Account, gap: &mut Row) {
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
    pub(super) fn sell_btc(prices: &Prices, account: &mut Account, gap: &mut Row) {
        for i in 0..LANES {
            let sold = math::min(gap[i], account.btc[i] * prices.usd_per_btc[i]);
            account.btc[i] = math::max(account.btc[i] - sold / prices.usd_per_btc[i], 0.0);
            account.cash[i] += sold;
            gap[i] -= sold;
        }
    }
}

kernel! {
    /// Takes note of gaps that are left: too little cash is a shortfall, none is a default; and of too little
    /// liquidity, given the month's prices and whether it is of the target year.
    pub(super) fn close(
        terms: &Terms,
        month: (&Prices, bool),
        gap: &Row,
        account: &mut Account,
    ) {
        let (prices, counts) = month;
        for i in 0..LANES {
            let btc_usd = account.btc[i] * prices.usd_per_btc[i];
            let liquid_usd = terms.btc_liquidity_share.mul_add(btc_usd, account.cash[i]);
            let is_illiquid = counts && liquid_usd < terms.liquidity_min_usd;
            account.illiquid[i] = if is_illiquid { 1.0 } else { account.illiquid[i] };
            let is_short = gap[i] > 0.0;
            account.short[i] = if is_short { 1.0 } else { account.short[i] };
            account.solvent[i] =
                if is_short && account.cash[i] < 0.0 { 0.0 } else { account.solvent[i] };
        }
    }
}
