//! The company's cash against a plain ledger that is kept here, and against what must hold.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

use crate::common::{default_study, still, with_treasury};
use wattshift::economics::metric::{Metric, RUNWAY_MONTHS_MAX};
use wattshift::input::study::{AfterDefault, FundingSource, Study};
use wattshift::report::explain::Explanation;
use wattshift::study::explain::explain;
use wattshift::study::paths::{PathOutcomes, Unwatched, value_paths};
use wattshift::study::world::World;
use wattshift::tile::{Build, Factor, LANES};

/// What a plain ledger says of one path and share.
#[derive(Default)]
struct Ledger {
    metrics: Vec<(Metric, f64)>,
    /// Cash and debt at the end of each month.
    balances: Vec<(f64, f64)>,
    is_default: bool,
}

struct Hall {
    critical_it_mw: f64,
    due: f64,
    cut_over: f64,
    gpus: f64,
}

fn column(explained: &Explanation, name: &str) -> Vec<f64> {
    let index = explained.columns.iter().position(|(column, _)| column == name).unwrap();
    explained.rows.iter().map(|(_, row)| row[index]).collect()
}

/// Keeps the books of a path by hall and by day count, with no array of lanes.
fn ledger(study: &Study, path: u64, share: f64) -> Ledger {
    let t = study.treasury.as_ref().unwrap();
    let explained = explain(study, path, share).unwrap();
    let (margin, mined) =
        (column(&explained, "gross_margin"), column(&explained, "revenue_mining"));
    let mut of_share = study.clone();
    of_share.shares = vec![share];
    let world = World::new(&of_share, Build::fastest()).unwrap();
    let mut room = world.make_room();
    let scalars = world.simulate(path - path % LANES as u64, &mut room);
    let lane = (path % LANES as u64) as usize;
    let at = |factor: Factor, day: usize| room.market.tile.rows(factor)[day][lane];
    let shell_usd_per_mw = scalars.shell_usd_per_critical_it_mw[lane];
    let colocation = study.diversion.colocation_share;
    let own_shell_usd_per_mw = shell_usd_per_mw * (1.0 - colocation * t.tenant_funded_share);
    let gpu_usd_per_mw = (1.0 - colocation) * study.capital.gpu_usd_per_critical_it_mw;
    // Halls of the share, in order, from the gross megawatts alone.
    let gross_mw: f64 = study.fleet.iter().map(|tranche| tranche.gross_mw).sum();
    let mut halls = Vec::new();
    let mut left_mw = share * gross_mw;
    while left_mw > 1e-9 {
        let mw = left_mw.min(study.delivery.hall_mw);
        let index = halls.len();
        halls.push(Hall {
            critical_it_mw: mw * study.diversion.critical_it_per_gross_mw,
            due: world.grid.step_of(study.delivery.first_due) as f64
                + index as f64 * study.delivery.hall_mw / study.delivery.build_rate_mw_per_month
                    * 365.0
                    / 12.0,
            cut_over: f64::from(scalars.cut_over_steps[index][lane]),
            gpus: f64::from(scalars.gpu_steps[index][lane]),
        });
        left_mw -= mw;
    }
    let sheets: Vec<_> = study.fleet.iter().map(|tranche| &tranche.balance_sheet).collect();
    let stock: f64 = sheets.iter().filter_map(|sheet| sheet.stock_count).sum();
    let market_usd: f64 =
        sheets.iter().map(|s| s.stock_count.unwrap_or(0.0) * s.stock_usd.unwrap_or(0.0)).sum();
    let months = world.grid.months_from_start();
    let usd_per_stock = |day: usize| {
        let btc = at(Factor::BtcPrice, day) / study.btc_price.start_usd_per_btc;
        let gpu = at(Factor::GpuRate, day) / study.ai_market.gpu_rate_start_usd_per_gpu_hour;
        market_usd / stock * btc.powf(t.stock_btc_beta) * gpu.powf(t.stock_gpu_rate_beta)
    };
    let last = months.last().unwrap().end - 1;
    let mut cash: f64 = sheets.iter().filter_map(|sheet| sheet.cash_usd).sum();
    let mut btc: f64 = sheets.iter().filter_map(|sheet| sheet.btc_held).sum();
    let (mut issued, mut notes) = (0.0, Vec::<(f64, f64)>::new());
    // By hall: what is lent on its shell, on its GPUs, and how much was lent at the cut-over.
    let mut loans = vec![[0.0_f64; 4]; halls.len()];
    let build_days = study.delivery.construction_months * 365.0 / 12.0;
    let (mut profit, mut highest) = (0.0_f64, 0.0_f64);
    let (mut short, mut illiquid, mut solvent) = (false, false, true);
    let mut year = [0.0; 5];
    let (mut pace, mut found) = (0.0, Ledger::default());
    let mut owed = 0.0;
    for (month, days) in months.iter().enumerate() {
        let close = days.end - 1;
        let years = days.len() as f64 / 365.0;
        let overheads: f64 = sheets.iter().filter_map(|sheet| sheet.sga_usd_per_year).sum();
        let ebitda = margin[month] - overheads * years;
        let (mut interest, mut repaid, mut depreciation) = (0.0, 0.0, 0.0);
        owed = 0.0;
        for sheet in &sheets {
            let Some(debt) = sheet.debt_usd else { continue };
            let due = sheet.maturity.map(|day| world.grid.step_of(day));
            for day in days.clone().filter(|day| due.is_none_or(|due| *day as i64 <= due)) {
                assert!(day > 0);
                interest += debt * sheet.coupon_per_year.unwrap() / 365.0;
            }
            if due.is_some_and(|due| days.contains(&(due as usize))) {
                repaid += debt;
            } else if due.is_none_or(|due| due > close as i64) {
                owed += debt;
            }
        }
        let outstanding: f64 = notes.iter().map(|(usd, _)| usd).sum();
        interest += outstanding * t.convertible_coupon_per_year / 12.0;
        let (mut capex, mut drawn) = (0.0, 0.0);
        for (hall, loan) in halls.iter().zip(&mut loans) {
            interest += loan[0] * t.shell_loan_interest_per_year / 12.0
                + loan[1] * t.gpu_loan_interest_per_year / 12.0;
            let shell = hall.critical_it_mw * own_shell_usd_per_mw;
            let gpus = hall.critical_it_mw * gpu_usd_per_mw;
            // Nobody has begun before the decision.
            let (ready, begun) = (hall.due - 1.0, (hall.due - 1.0 - build_days).max(0.0));
            let own = shell;
            let capital = &study.capital;
            let assets = [
                (hall.cut_over, own, capital.shell_life_years, t.shell_loan_years),
                (hall.gpus, gpus, capital.gpu_life_years, t.gpu_loan_years),
            ];
            for (of, (since, cost, life_years, loan_years)) in assets.into_iter().enumerate() {
                if since < days.start as f64 {
                    // Months before this one in which it was in use.
                    let age = months[..month].iter().filter(|m| since < m.start as f64).count();
                    if (age as f64) < 12.0 * life_years {
                        depreciation += cost / (12.0 * life_years);
                    }
                    let part = (loan[2 + of] / (12.0 * loan_years)).min(loan[of]);
                    repaid += part;
                    if solvent {
                        loan[of] -= part;
                    }
                }
            }
            let done = |day: f64| ((day - begun) / (ready - begun)).clamp(0.0, 1.0);
            let of_shell = shell * (done(close as f64) - done(days.start as f64 - 1.0));
            let of_gpus = if days.contains(&(hall.gpus as usize)) { gpus } else { 0.0 };
            capex += of_shell + of_gpus;
            let lent = [t.shell_loan_to_cost * of_shell, t.gpu_loan_to_cost * of_gpus];
            drawn += lent[0] + lent[1];
            if solvent {
                loan[0] += lent[0];
                loan[1] += lent[1];
                for (of, since) in [hall.cut_over, hall.gpus].into_iter().enumerate() {
                    if days.contains(&(since as usize)) {
                        loan[2 + of] = loan[of];
                    }
                }
            }
        }
        profit += ebitda - interest - depreciation;
        let tax = t.tax_rate * (profit - highest).max(0.0);
        highest = highest.max(profit);
        let kept = (1.0 - t.btc_sold_share) * mined[month];
        let free = ebitda - kept - tax - interest - capex;
        let flow = free + drawn - repaid;
        if month >= months.len() - 12 {
            for (sum, of_month) in
                year.iter_mut().zip([ebitda, tax, free, capex, interest + repaid])
            {
                *sum += of_month;
            }
        }
        if month >= months.len() - 3 {
            pace += flow;
        }
        if solvent {
            cash += flow;
            btc += kept / at(Factor::BtcPrice, close);
            let mut gap = (t.cash_min_usd - cash).max(0.0);
            for source in &t.funding_order {
                let placed: f64 = notes.iter().map(|(usd, _)| usd).sum();
                let raised = match source {
                    FundingSource::Convertible => gap.min(t.convertible_max_usd - placed),
                    FundingSource::Stock => gap.min(
                        t.stock_max_share_per_month
                            * (stock + issued)
                            * usd_per_stock(close)
                            * (1.0 - t.stock_discount),
                    ),
                    FundingSource::Btc => gap.min(btc * at(Factor::BtcPrice, close)),
                };
                match source {
                    FundingSource::Convertible => {
                        notes.push((raised, usd_per_stock(close) * (1.0 + t.convertible_premium)));
                    }
                    FundingSource::Stock => {
                        issued += raised / (usd_per_stock(close) * (1.0 - t.stock_discount));
                    }
                    FundingSource::Btc => btc -= raised / at(Factor::BtcPrice, close),
                }
                cash += raised;
                gap -= raised;
            }
            short |= gap > 1e-6;
            solvent = cash >= 0.0;
        }
        let liquid = cash + t.btc_liquidity_share * btc * at(Factor::BtcPrice, close);
        illiquid |= month >= months.len() - 12 && liquid < t.liquidity_min_usd;
        let lent: f64 = loans.iter().map(|loan| loan[0] + loan[1]).sum();
        let outstanding: f64 = notes.iter().map(|(usd, _)| usd).sum();
        found.balances.push((cash, lent + outstanding + owed));
    }
    let converts = |price: f64| usd_per_stock(last) >= price;
    let converted: f64 =
        notes.iter().filter(|n| converts(n.1)).map(|(usd, price)| usd / price).sum();
    let left: f64 = notes.iter().filter(|n| !converts(n.1)).map(|(usd, _)| usd).sum();
    let lent: f64 = loans.iter().map(|loan| loan[0] + loan[1]).sum();
    let liquid = cash + t.btc_liquidity_share * btc * at(Factor::BtcPrice, last);
    let runway = match -pace / 3.0 {
        _ if !solvent => 0.0,
        burnt if burnt > 0.0 => (liquid / burnt).clamp(0.0, RUNWAY_MONTHS_MAX),
        _ => RUNWAY_MONTHS_MAX,
    };
    let [ebitda, tax, free, capex, service] = year;
    let flag = |holds: bool| f64::from(u8::from(holds));
    found.metrics = vec![
        (Metric::Ebitda, ebitda),
        (Metric::FreeCashFlow, free),
        (Metric::Capex, capex),
        (Metric::DebtService, service),
        (Metric::CashAtEnd, cash),
        (Metric::DebtAtEnd, lent + left + owed),
        (Metric::DscrBreach, flag(service > 0.0 && ebitda - tax < t.dscr_min * service)),
        (Metric::LiquidityBreach, flag(illiquid)),
        (Metric::CashShortfall, flag(short)),
        (Metric::Default, flag(!solvent)),
        (Metric::Runway, runway),
        (Metric::Dilution, (issued + converted) / stock),
    ];
    found.is_default = !solvent;
    found
}

fn outcomes(study: &Study, paths: u64) -> PathOutcomes {
    value_paths(&World::new(study, Build::fastest()).unwrap(), 0..paths, &Unwatched).unwrap()
}

#[test]
fn every_metric_is_that_of_a_plain_ledger() {
    use FundingSource::{Btc, Convertible, Stock};
    let mut study = with_treasury(default_study());
    // Halls to 2029, whose first loans are repaid and GPUs written off by then.
    let mut long = study.clone();
    long.target_year = 2029;
    long.delivery.build_rate_mw_per_month = 20.0;
    // GPUs come two months after their halls.
    long.delivery.gpu_lead_months = 2.0;
    long.treasury.as_mut().unwrap().gpu_loan_years = 1.0;
    long.treasury.as_mut().unwrap().shell_loan_years = 1.5;
    long.treasury.as_mut().unwrap().stock_max_share_per_month = 1.0;
    (long.capital.gpu_life_years, long.capital.shell_life_years) = (1.0, 1.25);
    long.shares = vec![0.0, 0.3];
    let outcomes_of_long = outcomes(&long, 64);
    for path in [5, 21, 60] {
        for (metric, expected) in ledger(&long, path, 0.3).metrics {
            let (value, name) = (outcomes_of_long.column(metric, 1)[path as usize], metric.name());
            let scale = expected.abs().max(if metric.unit() == "USD" { 1e9 } else { 1.0 });
            assert!((value - expected).abs() < 1e-11 * scale, "{name}: {value} {expected}");
        }
    }
    study.shares = vec![0.0, 0.08, 0.2, 0.6];
    let orders: [&[FundingSource]; 5] =
        [&[Convertible, Stock, Btc], &[Btc, Stock, Convertible], &[Stock], &[Btc], &[]];
    let (mut defaults, mut survivors, mut converted) = (0, 0, 0);
    for order in orders {
        study.treasury.as_mut().unwrap().funding_order = order.to_vec();
        let outcomes = outcomes(&study, 128);
        for path in [3, 17, 40, 64, 99, 127] {
            for (index, share) in study.shares.iter().enumerate() {
                let found = ledger(&study, path, *share);
                for (metric, expected) in &found.metrics {
                    let value = outcomes.column(*metric, index)[path as usize];
                    // A sum of hundreds of amounts of up to 1e9 USD.
                    let scale = expected.abs().max(if metric.unit() == "USD" { 1e9 } else { 1.0 });
                    let (gap, name) = (value - expected, metric.name());
                    assert!(
                        gap.abs() < 1e-11 * scale,
                        "{name}, {path}, {share}: {value} {expected}"
                    );
                }
                let explained = explain(&study, path, *share).unwrap();
                for (name, of) in [("cash", 0), ("debt", 1)] {
                    for (value, pair) in column(&explained, name).iter().zip(&found.balances) {
                        let expected = if of == 0 { pair.0 } else { pair.1 };
                        assert!((value - expected).abs() < 1e-2, "{name} {value} {expected}");
                    }
                }
                defaults += usize::from(found.is_default);
                survivors += usize::from(!found.is_default);
                let owed = found.balances.last().unwrap().1;
                let at_end = found.metrics.iter().find(|(m, _)| *m == Metric::DebtAtEnd).unwrap().1;
                converted += usize::from(at_end < owed - 1.0);
            }
        }
    }
    assert!(defaults > 10 && survivors > 10 && converted > 0, "{defaults} {survivors} {converted}");
}

#[test]
fn without_debt_tax_and_btc_free_cash_flow_is_ebitda_less_capex() {
    let mut study = with_treasury(default_study());
    let terms = study.treasury.as_mut().unwrap();
    (terms.shell_loan_to_cost, terms.gpu_loan_to_cost) = (0.0, 0.0);
    (terms.tax_rate, terms.btc_sold_share) = (0.0, 1.0);
    terms.funding_order = vec![FundingSource::Stock];
    terms.stock_max_share_per_month = 10.0;
    for tranche in &mut study.fleet {
        tranche.balance_sheet.debt_usd = None;
    }
    let outcomes = outcomes(&study, 256);
    let column = |metric, share| outcomes.column(metric, share);
    for share in 0..study.shares.len() {
        assert!(column(Metric::Default, share).iter().all(|value| *value == 0.0));
        assert!(column(Metric::DebtService, share).iter().all(|value| *value == 0.0));
        let flows = column(Metric::FreeCashFlow, share).iter();
        let earned = column(Metric::Ebitda, share).iter().zip(column(Metric::Capex, share));
        for (free, (ebitda, capex)) in flows.zip(earned) {
            assert!((free - (ebitda - capex)).abs() < 1e-4, "{free} {ebitda} {capex}");
        }
    }
}

#[test]
fn stock_that_pays_for_a_known_gap_is_hand_arithmetic() {
    // Nothing moves, nothing is built: 17 months of margin, overheads above it in each of them, 5 % and
    // 2 % on debt, 80 M of it due in June 2027. Stock stays at (200 · 6 + 100 · 3) / 300 = 5 USD.
    let mut study = with_treasury(still());
    let terms = study.treasury.as_mut().unwrap();
    terms.funding_order = vec![FundingSource::Stock];
    (terms.stock_max_share_per_month, terms.tax_rate, terms.btc_sold_share) = (1.0, 0.0, 1.0);
    study.fleet[0].balance_sheet.sga_usd_per_year = Some(1e9);
    study.shares = vec![0.0];
    let outcomes = outcomes(&study, 64);
    let margin: f64 = column(&explain(&study, 0, 0.0).unwrap(), "gross_margin").iter().sum();
    // August 2026 to 15 June and to December 2027; from 100 M of cash to the least, 10 M.
    let (june, december) = (319.0 / 365.0, 518.0 / 365.0);
    let interest = 80e6 * 0.05 * june + 120e6 * 0.02 * december;
    let gap = 1e9 * december + 80e6 + interest - margin - 90e6;
    let new = gap / (5.0 * 0.95);
    let dilution = outcomes.column(Metric::Dilution, 0)[0];
    assert!((dilution * 300e6 / new - 1.0).abs() < 1e-12, "{dilution} {}", new / 300e6);
    let revenue = outcomes.column(Metric::Revenue, 0)[0];
    let per_stock = outcomes.column(Metric::RevenuePerStock, 0)[0];
    assert!((per_stock - revenue / (300e6 + new)).abs() < 1e-12 * per_stock);
    assert_eq!(outcomes.column(Metric::Default, 0)[0], 0.0);
}

#[test]
fn a_treasury_changes_nothing_of_what_is_earned() {
    let plain = default_study();
    let followed = with_treasury(plain.clone());
    let (plain, followed) = (outcomes(&plain, 256), outcomes(&followed, 256));
    for metric in Metric::OPERATING {
        for share in 0..21 {
            let pairs = plain.column(metric, share).iter().zip(followed.column(metric, share));
            for (plain, followed) in pairs {
                // Ledgers that begin with the as-of date are sums of 518 days, up to 3e9 USD.
                let gap = (plain - followed).abs();
                assert!(gap <= 518.0 * f64::EPSILON * 3e9, "{}, {plain} {followed}", metric.name());
            }
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn more_debt_changes_no_revenue_and_raises_default() {
    let base = with_treasury(default_study());
    let mut indebted = base.clone();
    indebted.fleet[0].balance_sheet.debt_usd = Some(400e6);
    let (base, indebted) = (outcomes(&base, 1_024), outcomes(&indebted, 1_024));
    let column = |of: &PathOutcomes, metric, share| of.column(metric, share).to_vec();
    for share in [0, 1, 2, 4, 10] {
        let revenue = |of| column(of, Metric::Revenue, share);
        assert_eq!(revenue(&base), revenue(&indebted));
        let defaults = |of| column(of, Metric::Default, share);
        let (before, after) = (defaults(&base), defaults(&indebted));
        assert!(before.iter().zip(&after).all(|(before, after)| before <= after));
    }
    let at_two = |of| mean(&column(of, Metric::Default, 2));
    assert!(at_two(&indebted) > at_two(&base) + 0.1, "{} {}", at_two(&base), at_two(&indebted));
}

#[test]
fn sites_that_are_shut_earn_no_more() {
    let goes_on = with_treasury(default_study());
    let mut stops = goes_on.clone();
    stops.treasury.as_mut().unwrap().revenue_after_default = AfterDefault::Stops;
    let (on, off) = (outcomes(&goes_on, 512), outcomes(&stops, 512));
    let mut shut = 0;
    for share in 0..21 {
        let defaults = on.column(Metric::Default, share);
        assert_eq!(defaults, off.column(Metric::Default, share));
        for (path, is_default) in defaults.iter().enumerate() {
            let at = |of: &PathOutcomes, metric, share| of.column(metric, share)[path];
            let revenue = |of| at(of, Metric::Revenue, share);
            if *is_default == 0.0 {
                assert_eq!(revenue(&on), revenue(&off));
            } else {
                // A default in December leaves nothing to lose, up to the rounding of twelve sums.
                assert!(revenue(&off) <= revenue(&on) * (1.0 + 1e-12));
                shut += usize::from(revenue(&off) < revenue(&on) * (1.0 - 1e-9));
            }
            let sites = at(&off, Metric::Ebitda, share) - at(&off, Metric::GrossMargin, share);
            assert!((-36.5e6 - 1e-3..=1e-3).contains(&sites), "overheads while it runs: {sites}");
            let parts = [Metric::RevenueMining, Metric::RevenueColocation, Metric::RevenueGpuCloud];
            let sum: f64 = parts.iter().map(|part| at(&off, *part, share)).sum();
            assert!((sum - revenue(&off)).abs() <= 1e-12 * sum);
            for (gain, level) in [
                (Metric::RevenueGain, Metric::Revenue),
                (Metric::MarginAfterCapitalGain, Metric::MarginAfterCapital),
                (Metric::FreeCashFlowGain, Metric::FreeCashFlow),
                (Metric::RevenuePerStockGain, Metric::RevenuePerStock),
            ] {
                let difference = at(&off, level, share) - at(&off, level, 0);
                let gap = at(&off, gain, share) - difference;
                assert!(gap.abs() < 1e-4, "{} {share} {path}: {gap}", gain.name());
            }
        }
    }
    assert!(shut > 100, "{shut}");
}

#[test]
fn a_path_that_defaults_shut_earns_what_its_solvent_months_did() {
    let mut study = with_treasury(default_study());
    study.treasury.as_mut().unwrap().revenue_after_default = AfterDefault::Stops;
    let found = outcomes(&study, 64);
    let share = study.shares.len() - 1;
    let path = found.column(Metric::Default, share).iter().position(|d| *d == 1.0).unwrap();
    let explained = explain(&study, path as u64, study.shares[share]).unwrap();
    let (mined, let_out) =
        (column(&explained, "revenue_mining"), column(&explained, "revenue_colocation"));
    // The first month with less than no cash is the last that counts.
    let cash = column(&explained, "cash");
    let last = cash.iter().position(|cash| *cash < 0.0).unwrap();
    let first = explained.rows.len() - 12;
    let sum = |of: &[f64]| of[first..].iter().take((last + 1).saturating_sub(first)).sum::<f64>();
    for (metric, of) in [(Metric::RevenueMining, &mined), (Metric::RevenueColocation, &let_out)] {
        let (value, expected) = (found.column(metric, share)[path], sum(of));
        assert!((value - expected).abs() <= 1e-9 * expected.max(1.0), "{value} {expected}");
    }
}

#[test]
fn all_builds_keep_the_same_books() {
    let study = with_treasury(default_study());
    let by = |build| value_paths(&World::new(&study, build).unwrap(), 0..64, &Unwatched).unwrap();
    for build in Build::available() {
        assert!(by(build) == by(Build::PORTABLE), "{build:?}");
    }
}

#[test]
fn rent_helps_hosting_and_delay_at_a_signed_rent_does_not() {
    let study = default_study();
    let mut dear = study.clone();
    dear.ai_market.rent_start_usd_per_critical_it_mw_year *= 1.2;
    let mut signed = study.clone();
    signed.colocation.contracted_share = 1.0;
    // At a rent that stays: a later start would else be paid at a lower step of the escalator only.
    let mut late = signed.clone();
    late.delivery.delay_median_months *= 2.0;
    let [base, dear, signed, late] = [study, dear, signed, late].map(|study| outcomes(&study, 512));
    for share in 0..21 {
        let pairs = |a: &PathOutcomes, b: &PathOutcomes| {
            let of = |of: &PathOutcomes| of.column(Metric::RevenueColocation, share).to_vec();
            of(a).into_iter().zip(of(b)).collect::<Vec<_>>()
        };
        assert!(pairs(&base, &dear).iter().all(|(base, dear)| base <= dear), "{share}");
        assert!(pairs(&signed, &late).iter().all(|(signed, late)| late <= signed), "{share}");
    }
}
