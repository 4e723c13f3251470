//! Present values, rates of return and values of stock against plain books of single megawatts, and against
//! what must hold.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

use crate::common::{default_study, with_treasury};
use wattshift::economics::metric::{IRR_MAX, IRR_MIN, Metric};
use wattshift::input::study::{Appraisal, GpuRefresh, Overrides, Study};
use wattshift::study::explain::explain;
use wattshift::study::paths::{PathOutcomes, Unwatched, value_paths};
use wattshift::study::world::World;
use wattshift::tile::{Build, Factor, LANES};

fn appraisal() -> Appraisal {
    Appraisal {
        end_year: 2041,
        discount_rate_per_year: 0.12,
        btc_drift_per_year: 0.10,
        lease_years: 3.0,
        renewal_years: 2.5,
        machine_usd_per_gross_mw: 1.41e6,
        machine_life_years: 5.0,
        machine_j_per_th: 13.5,
        machine_improvement_per_year: 0.20,
        machine_j_per_th_min: 3.0,
        gpu_refresh: GpuRefresh::WhereItPays,
        gpu_entry_years: 1.5,
        residual_share: 0.5,
    }
}

/// The default fleet as a company that is looked at to 2041; halls come until 2029.
fn appraised() -> Study {
    let mut study = with_treasury(default_study());
    study.appraisal = Some(appraisal());
    study.delivery.build_rate_mw_per_month = 25.0;
    study.diversion.colocation_share = 0.5;
    study.diversion.bare_metal_share = 0.2;
    study.bare_metal.contract_years = 2.0;
    study.bare_metal.contracted_share = 0.6;
    study.capital.gpu_usd_per_critical_it_mw = 20e6;
    study.ai_market.gpu_rate_ageing_per_year = 0.05;
    study.fleet[0].balance_sheet.cash_usd = Some(2e9);
    study.shares = vec![0.0, 0.32, 0.65];
    study.headline_share = 0.32;
    study
}

fn outcomes(study: &Study, paths: u64) -> PathOutcomes {
    value_paths(&World::new(study, Build::fastest()).unwrap(), 0..paths, &Unwatched).unwrap()
}

/// The books of one path and share.
#[derive(Default)]
struct Books {
    /// Cash of each year after tax and all that is paid for.
    cash: Vec<f64>,
    /// Middles of the years, years after the as-of date.
    middles: Vec<f64>,
    /// Years of the first that is after the target year, and when that begins.
    after: usize,
    target_end: f64,
    refreshed: usize,
    shells_let: usize,
    machines_bought: bool,
    empty: bool,
    late_halls: usize,
}

impl Books {
    fn worth(&self, rate: f64, from: usize, at: f64) -> f64 {
        let years = self.cash.iter().zip(&self.middles).skip(from);
        years.map(|(usd, middle)| usd / (1.0 + rate).powf(middle - at)).sum()
    }
}

/// Keeps the books of a path by hall, tranche and month, with no cumulative sum and no array of lanes.
fn books(study: &Study, path: u64, share: f64) -> Books {
    let (value, t) = (study.appraisal.as_ref().unwrap(), study.treasury.as_ref().unwrap());
    let explained = explain(study, path, share).unwrap();
    let index = explained.columns.iter().position(|(column, _)| column == "gross_margin").unwrap();
    let mut of_share = study.clone();
    of_share.shares = vec![share];
    let world = World::new(&of_share, Build::fastest()).unwrap();
    let grid = &world.grid;
    let mut room = world.make_room();
    let scalars = world.simulate(path - path % LANES as u64, &mut room);
    let lane = (path % LANES as u64) as usize;
    let at = |factor: Factor, step: usize| room.market.tile.rows(factor)[step][lane];
    let (d, c, ai) = (&study.delivery, &study.capital, &study.ai_market);
    let ratio = study.diversion.critical_it_per_gross_mw;
    let [colocation, bare] = [study.diversion.colocation_share, study.diversion.bare_metal_share];
    let cloud = 1.0 - colocation - bare;
    let own_shell =
        scalars.shell_usd_per_critical_it_mw[lane] * (1.0 - colocation * t.tenant_funded_share);
    let gpu_usd = c.gpu_usd_per_critical_it_mw * (1.0 - colocation);
    let (first_year, last_year) = (study.as_of.year(), value.end_year);
    let years = (last_year - first_year + 1) as usize;
    let overheads: f64 = study.fleet.iter().filter_map(|t| t.balance_sheet.sga_usd_per_year).sum();
    let day_of = |year: i16| grid.step_of(jiff::civil::date(year, 1, 1)) as f64;
    let begins = |index: usize| match index {
        0 => 0.0,
        _ => day_of(first_year + index as i16) - 1.0,
    };
    let year_days = |index: usize| begins(index + 1) - begins(index);
    let mut ebitda: Vec<f64> = (0..years).map(|y| -overheads * year_days(y) / 365.0).collect();
    let mut paid = vec![[0.0; 3]; years];
    // Months to the end of the target year, as explained.
    for (days, (_, row)) in grid.months_from_start().iter().zip(&explained.rows) {
        ebitda[(grid.date(days.start).year() - first_year) as usize] += row[index];
    }
    let mut found = Books::default();
    // Halls, from the gross megawatts alone; the least efficient machines stop first.
    let gross_mw: f64 = study.fleet.iter().map(|tranche| tranche.gross_mw).sum();
    let mut left_mw = share * gross_mw;
    let build_days = d.construction_months * 365.0 / 12.0;
    let mut halls = Vec::new();
    while left_mw > 1e-9 {
        let (hall, mw) = (halls.len(), left_mw.min(d.hall_mw));
        let due = grid.step_of(d.first_due) as f64
            + hall as f64 * d.hall_mw / d.build_rate_mw_per_month * 365.0 / 12.0;
        for year in 0..years {
            // Nobody has begun before the decision.
            let begun = (due - 1.0 - build_days).max(0.0);
            let done = |day: f64| ((day - begun) / (due - 1.0 - begun)).clamp(0.0, 1.0);
            let part = done(begins(year + 1)) - done(begins(year));
            paid[year][0] += mw * ratio * own_shell * part;
        }
        let since = scalars.cut_over_steps[hall][lane] as usize;
        if since < grid.steps() {
            let year = (grid.date(since).year() - first_year) as usize;
            paid[year][1] += mw * ratio * gpu_usd;
            found.late_halls += usize::from(since >= grid.days());
        }
        let first_mw = hall as f64 * d.hall_mw;
        halls.push((mw, since, (first_mw / study.fleet[0].gross_mw) as usize));
        left_mw -= mw;
    }
    let annuity = |rate: f64, years: f64| rate / (1.0 - (1.0 + rate).powf(-years));
    let gpu_annual =
        c.gpu_usd_per_critical_it_mw * annuity(value.discount_rate_per_year, c.gpu_life_years);
    let hours = study.gpu_cloud.gpus_per_critical_it_mw * 24.0;
    // What new GPUs of a step earn over those of the fleet's first generation.
    let renewal = |step: usize| {
        let from = grid.step_of(ai.gpu_rate_ageing_from) as f64 - 1.0;
        (ai.gpu_rate_ageing_per_year * ((grid.time_days(step) - from) / 365.0).max(0.0)).exp()
    };
    // The step of the month that begins nearest to a day.
    let nearest = |day: u32| {
        let steps = grid.days()..=grid.steps();
        steps.min_by_key(|s| (i64::from(grid.first_day(*s)) - i64::from(day)).abs()).unwrap()
    };
    for (mw, since, _) in &halls {
        if *since >= grid.steps() {
            continue;
        }
        let since_day = grid.first_day(*since);
        // When its GPUs are replaced, and when its shell is let instead.
        let life = (c.gpu_life_years * 365.0).ceil() as u32;
        let (mut begun, mut let_from) = (vec![*since], usize::MAX);
        loop {
            let step = nearest(since_day + begun.len() as u32 * life);
            if step >= grid.steps() {
                break;
            }
            let rate = at(Factor::GpuRate, step) * renewal(step);
            let b = &study.bare_metal;
            let whole = bare / (bare + cloud);
            let of_hour = (1.0 - whole)
                * at(Factor::Utilisation, step)
                * (1.0 - study.gpu_cloud.operating_cost_share_of_revenue)
                + whole
                    * b.rate_share_of_market
                    * b.availability
                    * (1.0 - b.operating_cost_share_of_revenue);
            let aged =
                (1.0 + value.discount_rate_per_year) * ai.gpu_rate_ageing_per_year.exp() - 1.0;
            let weight = annuity(value.discount_rate_per_year, c.gpu_life_years)
                / annuity(aged, c.gpu_life_years);
            let new_usd = weight * hours * rate * of_hour * 365.0 * ratio
                - 24.0 * 365.0 * study.gpu_cloud.power_usd_per_mwh
                - gpu_annual * ratio;
            let shell_usd = at(Factor::Rent, step)
                * ratio
                * (1.0 - study.colocation.operating_cost_share_of_revenue);
            if new_usd < shell_usd {
                let_from = step;
                found.shells_let += 1;
                break;
            }
            paid[(grid.date(step).year() - first_year) as usize][1] += mw * ratio * gpu_usd;
            found.refreshed += 1;
            begun.push(step);
        }
        // Leases and contracts by the day.
        let mut rents: Vec<(u32, f64)> = Vec::new();
        let mut day = since_day;
        let end_day = grid.first_day(grid.steps());
        while day < end_day {
            let is_first = rents.is_empty();
            let market = at(Factor::Rent, grid.step_on(day));
            let share = study.colocation.contracted_share;
            let start = ai.rent_start_usd_per_critical_it_mw_year;
            let usd = if is_first { share * start + (1.0 - share) * market } else { market };
            rents.push((day, usd));
            let years = if is_first { value.lease_years } else { value.renewal_years };
            day += (years * 365.0).ceil() as u32;
        }
        let mut shells: Vec<(u32, f64)> = Vec::new();
        if let_from != usize::MAX {
            let mut day = grid.first_day(let_from);
            while day < end_day {
                shells.push((day, at(Factor::Rent, grid.step_on(day))));
                let years = if shells.len() == 1 { value.lease_years } else { value.renewal_years };
                day += (years * 365.0).ceil() as u32;
            }
        }
        let mut rates: Vec<(u32, f64)> = Vec::new();
        let mut day = since_day;
        while day < end_day {
            let step = if day == since_day { *since } else { nearest(day).min(grid.steps() - 1) };
            let newest = *begun.iter().rfind(|begun| **begun <= step).unwrap();
            let share_of_market = study.bare_metal.rate_share_of_market;
            let market = share_of_market * at(Factor::GpuRate, step) * renewal(newest);
            let fixed = share_of_market * ai.gpu_rate_start_usd_per_gpu_hour;
            let share = study.bare_metal.contracted_share;
            rates.push((
                day,
                match rates.is_empty() {
                    true => share * fixed + (1.0 - share) * market,
                    false => market,
                },
            ));
            day += (study.bare_metal.contract_years * 365.0).ceil() as u32;
        }
        let of_day =
            |list: &[(u32, f64)], day: u32| *list.iter().rfind(|(from, _)| *from <= day).unwrap();
        for step in (*since).max(grid.days())..grid.steps() {
            let year = (grid.date(step).year() - first_year) as usize;
            for day in grid.first_day(step)..grid.first_day(step + 1) {
                let rise = study.colocation.escalator_per_year;
                let rent = |list: &[(u32, f64)]| {
                    let (from, usd) = of_day(list, day);
                    usd * (1.0 + rise).powi(((day - from) / 365) as i32) / 365.0
                        * ratio
                        * (1.0 - study.colocation.operating_cost_share_of_revenue)
                };
                let mut usd = colocation * rent(&rents);
                if step >= let_from {
                    usd += (1.0 - colocation) * rent(&shells);
                } else {
                    let newest = *begun.iter().rfind(|begun| **begun <= step).unwrap();
                    let rate =
                        at(Factor::GpuRate, step) * at(Factor::Utilisation, step) * renewal(newest);
                    let (_, fixed) = of_day(&rates, day);
                    let cloud_cost = study.gpu_cloud.operating_cost_share_of_revenue;
                    let bare_cost = study.bare_metal.operating_cost_share_of_revenue;
                    let power = 24.0 * study.gpu_cloud.power_usd_per_mwh;
                    usd += cloud * (ratio * hours * rate * (1.0 - cloud_cost) - power);
                    let kept = study.bare_metal.availability * (1.0 - bare_cost);
                    usd += bare * (ratio * hours * fixed * kept - power);
                }
                ebitda[year] += mw * usd;
            }
        }
    }
    // Machines, by tranche.
    let m = &study.mining;
    for (index, tranche) in study.fleet.iter().enumerate() {
        let (mut filled, mut mines) = (1.0_f64, 1.0_f64);
        for step in grid.days()..grid.steps() {
            let year = (grid.date(step).year() - first_year) as usize;
            let days = f64::from(grid.days_of(step));
            let ago = grid.time_days(step) / 365.0;
            let j_per_th = (value.machine_j_per_th
                * (-value.machine_improvement_per_year * ago).exp())
            .max(value.machine_j_per_th_min);
            let better = tranche.efficiency_j_per_th / j_per_th;
            let ph = 1_000.0 / (tranche.efficiency_j_per_th * m.power_overhead);
            let usd_per_ph = at(Factor::BtcPrice, step) * at(Factor::Hashprice, step);
            let earns = ph * m.uptime * (1.0 - m.pool_fee) * usd_per_ph;
            let power = 24.0 * m.uptime * m.power_usd_per_mwh;
            let (rate, life) = (value.discount_rate_per_year, value.machine_life_years);
            let improves = j_per_th > value.machine_j_per_th_min;
            let fall = if improves { value.machine_improvement_per_year.exp() } else { 1.0 };
            let worth = better * earns / annuity((1.0 + rate) * fall - 1.0, life)
                - power / annuity(rate, life);
            let wear = 1.0 / (12.0 * life);
            let pays = 365.0 * worth >= value.machine_usd_per_gross_mw;
            let empty = 1.0 - filled * (1.0 - wear);
            let bought = if pays { empty.min(1.0 / 12.0) } else { 0.0 };
            found.machines_bought |= pays;
            found.empty |= filled < 0.7;
            filled = 1.0 - empty + bought;
            mines = mines * (1.0 - wear) + bought * better;
            let stopped: f64 = halls
                .iter()
                .filter(|(_, since, of)| *of == index && *since <= step)
                .map(|(mw, _, _)| mw)
                .sum();
            let mw = tranche.gross_mw - stopped;
            paid[year][2] += mw * bought * value.machine_usd_per_gross_mw;
            if mines * earns >= filled * power {
                ebitda[year] += mw * days * (mines * earns - filled * power);
            }
        }
    }
    // Tax, and what is left at the end.
    let lives = [c.shell_life_years, c.gpu_life_years, value.machine_life_years];
    let (mut profit, mut highest) = (0.0_f64, 0.0_f64);
    for year in 0..years {
        let mut depreciation = 0.0;
        for (class, life) in lives.iter().enumerate() {
            for (before, of_year) in paid[..year].iter().enumerate() {
                if ((year - before) as f64) <= *life {
                    depreciation += of_year[class] / life;
                }
            }
        }
        profit += ebitda[year] - depreciation;
        let tax = t.tax_rate * (profit - highest).max(0.0);
        highest = highest.max(profit);
        found.cash.push(ebitda[year] - tax - paid[year].iter().sum::<f64>());
        found.middles.push(0.5 * (begins(year) + begins(year + 1)) / 365.0);
    }
    let counted: f64 = (0..years)
        .flat_map(|year| lives.iter().enumerate().map(move |(class, life)| (year, class, *life)))
        .map(|(year, class, life)| {
            let left = (1.0 - (years - 1 - year) as f64 / life).max(0.0);
            value.residual_share * left * paid[year][class]
        })
        .sum();
    *found.cash.last_mut().unwrap() += counted;
    found.after = (study.target_year - first_year + 1) as usize;
    found.target_end = begins(found.after) / 365.0;
    found
}

#[test]
fn values_and_rates_are_those_of_plain_books() {
    let study = appraised();
    let found = outcomes(&study, 128);
    let (mut refreshed, mut let_out, mut bought, mut empty, mut late) = (0, 0, 0, 0, 0);
    let (mut rates, mut positive) = (0, 0);
    for path in [0, 5, 17, 40, 63, 64, 77, 99, 121, 127] {
        let at = |metric: Metric, share: usize| found.column(metric, share)[path as usize];
        let stay = books(&study, path, 0.0);
        for (index, share) in study.shares.iter().enumerate() {
            let kept = books(&study, path, *share);
            let npv = kept.worth(0.12, 0, 0.0);
            let value = at(Metric::Npv, index);
            // A sum of some hundred amounts of up to 1e9 USD.
            assert!((value - npv).abs() < 1e-9 * 1e9, "{path} {share}: {value} {npv}");
            let gain = npv - stay.worth(0.12, 0, 0.0);
            assert!((at(Metric::NpvGain, index) - gain).abs() < 2.0, "{path} {share}");
            let later = kept.worth(0.12, kept.after, kept.target_end);
            let owed = at(Metric::DebtAtEnd, index) - at(Metric::CashAtEnd, index);
            let explained = explain(&study, path, *share).unwrap();
            let btc = explained.columns.iter().position(|(name, _)| name == "btc_held").unwrap();
            let price = {
                let mut of_share = study.clone();
                of_share.shares = vec![*share];
                let world = World::new(&of_share, Build::fastest()).unwrap();
                let mut room = world.make_room();
                world.simulate(path - path % LANES as u64, &mut room);
                let last = world.grid.days() - 1;
                room.market.tile.rows(Factor::BtcPrice)[last][(path % LANES as u64) as usize]
            };
            let btc_usd = explained.rows.last().unwrap().1[btc] * price;
            let stock = 300e6 * (1.0 + at(Metric::Dilution, index));
            let equity = match at(Metric::Default, index) {
                1.0 => 0.0,
                _ => (later + btc_usd - owed).max(0.0) / stock,
            };
            let value = at(Metric::ValuePerStock, index);
            assert!((value - equity).abs() < 1e-7, "{path} {share}: {value} {equity}");
            positive += usize::from(equity > 0.0);
            refreshed += kept.refreshed;
            let_out += kept.shells_let;
            bought += usize::from(kept.machines_bought);
            empty += usize::from(kept.empty);
            late += kept.late_halls;
            if index == 0 {
                continue;
            }
            let more = Books {
                cash: kept.cash.iter().zip(&stay.cash).map(|(a, b)| a - b).collect(),
                middles: kept.middles.clone(),
                ..Books::default()
            };
            let rate = at(Metric::Irr, index);
            // The years are a year apart; calendar years differ by half a day.
            let spaced = |rate: f64| {
                let gap = more.middles[1] - more.middles[0];
                let at = |year: usize| if year == 0 { 0.0 } else { gap + (year - 1) as f64 };
                let years = more.cash.iter().enumerate();
                years.map(|(year, usd)| usd / (1.0 + rate).powf(at(year))).sum::<f64>()
            };
            if rate > IRR_MIN && rate < IRR_MAX {
                assert!(spaced(rate - 1e-6) * spaced(rate + 1e-6) < 0.0, "{path} {share}: {rate}");
                rates += 1;
            } else {
                assert!(spaced(rate).signum() == if rate == IRR_MAX { 1.0 } else { -1.0 });
            }
        }
    }
    assert!(refreshed > 3 && let_out > 3, "{refreshed} refreshed, {let_out} let");
    assert!(bought > 3 && empty > 3 && late > 10, "{bought} bought, {empty} empty, {late} late");
    assert!(rates > 10 && positive > 2, "{rates} rates, {positive} positive");
}

#[test]
fn who_looks_further_moves_no_bit_of_the_target_year() {
    for (copula, target_year) in [("gaussian", 2027), ("student_t", 2027), ("gaussian", 2030)] {
        let mut study = with_treasury(default_study());
        // By 2030 new GPUs earn more than the fleet's first, and halls still come.
        study.target_year = target_year;
        study.ai_market.gpu_rate_ageing_per_year = 0.3;
        study.delivery.build_rate_mw_per_month = 10.0;
        study.diversion.bare_metal_share = 0.3;
        study.bare_metal.contracted_share = 0.0;
        study.shares = vec![0.0, 0.2, 0.6];
        study.credit = Study::embedded("company", &Overrides::default()).unwrap().credit;
        if copula == "student_t" {
            let other = Study::embedded("joint_riskoff", &Overrides::default()).unwrap();
            (study.copula, study.correlation_glut) = (other.copula, other.correlation_glut);
            study.mining.curtailment = true;
        }
        // Neither GPUs that wear out nor leases that end before it.
        study.capital.gpu_life_years = 0.5;
        let before = outcomes(&study, 100);
        study.appraisal = Some(Appraisal { lease_years: 0.5, ..appraisal() });
        let after = outcomes(&study, 100);
        for metric in Metric::of(&with_treasury(default_study())) {
            // What has not come by the end of the year comes at the nearest month, and is no part of it.
            for share in 0..3 {
                assert_eq!(
                    before.column(*metric, share),
                    after.column(*metric, share),
                    "{} {share} {target_year}",
                    metric.name()
                );
            }
        }
        assert_eq!(before.drivers, after.drivers);
    }
}

#[test]
fn all_builds_appraise_alike() {
    let study = appraised();
    let of = |build| {
        let world = World::new(&study, build).unwrap();
        value_paths(&world, 0..128, &Unwatched).unwrap()
    };
    let portable = of(Build::PORTABLE);
    for build in Build::available() {
        assert_eq!(of(build), portable, "{build:?}");
    }
}

#[test]
fn worth_answers_its_terms_with_the_right_sign() {
    let study = appraised();
    let base = outcomes(&study, 512);
    let mean = |outcomes: &PathOutcomes, metric, share| {
        let column = outcomes.column(metric, share);
        column.iter().sum::<f64>() / column.len() as f64
    };
    let with = |change: &dyn Fn(&mut Study)| {
        let mut study = study.clone();
        change(&mut study);
        outcomes(&study, 512)
    };
    // GPUs that are replaced where it pays are worth more than shells that are let.
    let never = with(&|s| s.appraisal.as_mut().unwrap().gpu_refresh = GpuRefresh::Never);
    assert!(mean(&base, Metric::Npv, 2) > mean(&never, Metric::Npv, 2));
    assert_eq!(base.column(Metric::Npv, 0), never.column(Metric::Npv, 0), "no GPUs at share 0");
    // Nothing of what comes after the target year moves what happens before.
    assert_eq!(base.column(Metric::CashAtEnd, 1), never.column(Metric::CashAtEnd, 1));
    // A higher rate takes from what comes late: halls are paid first.
    let impatient = with(&|s| s.appraisal.as_mut().unwrap().discount_rate_per_year = 0.30);
    assert!(mean(&base, Metric::NpvGain, 1) > mean(&impatient, Metric::NpvGain, 1));
    // More is counted at the end.
    let counted = with(&|s| s.appraisal.as_mut().unwrap().residual_share = 1.0);
    for (less, more) in base.column(Metric::Npv, 2).iter().zip(counted.column(Metric::Npv, 2)) {
        assert!(more >= less);
    }
    // A rising price of BTC is worth something to who mines.
    let rising = with(&|s| s.appraisal.as_mut().unwrap().btc_drift_per_year = 0.3);
    assert!(mean(&rising, Metric::Npv, 0) > mean(&base, Metric::Npv, 0));
    // A rate and a present value at that rate say the same.
    for share in [1, 2] {
        for (rate, gain) in
            base.column(Metric::Irr, share).iter().zip(base.column(Metric::NpvGain, share))
        {
            // Calendar years are not a year apart to the day.
            if (rate - 0.12).abs() > 1e-3 {
                assert_eq!(*rate > 0.12, *gain > 0.0, "{rate} {gain}");
            }
        }
        assert!(base.column(Metric::Irr, 0).iter().all(|rate| *rate == 0.0));
    }
}

#[test]
fn all_of_a_shell_that_nobody_has_begun_is_paid_for() {
    // Without discount, tax and anything counted at the end it does not matter over how long it is.
    let mut study = appraised();
    study.treasury.as_mut().unwrap().tax_rate = 0.0;
    let value = study.appraisal.as_mut().unwrap();
    (value.discount_rate_per_year, value.residual_share) = (0.0, 0.0);
    let of = |months: f64| {
        let mut study = study.clone();
        study.delivery.construction_months = months;
        outcomes(&study, 64)
    };
    let (long, short) = (of(24.0), of(2.0));
    for share in 0..3 {
        let pairs = long.column(Metric::Npv, share).iter().zip(short.column(Metric::Npv, share));
        for (long, short) in pairs {
            assert!((long - short).abs() < 1.0, "{share}: {long} {short}");
        }
    }
}

#[test]
fn halls_that_never_come_add_exactly_nothing() {
    let mut study = appraised();
    study.delivery.first_due = jiff::civil::date(2060, 1, 1);
    let found = outcomes(&study, 256);
    for share in [1, 2] {
        for metric in [Metric::NpvGain, Metric::Irr, Metric::ValuePerStockGain] {
            assert!(found.column(metric, share).iter().all(|value| *value == 0.0));
        }
    }
}

#[test]
fn a_rate_of_return_agrees_with_the_present_value_where_cash_changes_its_sign_twice() {
    let mut study = Study::embedded("core_scientific", &Overrides::default()).unwrap();
    study.shares = vec![0.0, 0.05, 0.5];
    let value = study.appraisal.as_mut().unwrap();
    (value.btc_drift_per_year, value.discount_rate_per_year) = (0.5, 0.4);
    let found = outcomes(&study, 1_024);
    let mut signs = [0, 0];
    for share in [1, 2] {
        let gains = found.column(Metric::NpvGain, share).iter();
        for (rate, gain) in found.column(Metric::Irr, share).iter().zip(gains) {
            if (rate - 0.4).abs() > 1e-2 {
                assert_eq!(*rate > 0.4, *gain > 0.0, "{rate} {gain}");
                signs[usize::from(*gain > 0.0)] += 1;
            }
        }
    }
    assert!(signs[0] > 20 && signs[1] > 20, "{signs:?}");
}

#[test]
fn a_company_that_is_shut_neither_earns_nor_pays() {
    // Its months, as explained, are its years; after the month of its default there is nothing.
    let mut study = appraised();
    study.fleet[0].balance_sheet.cash_usd = Some(100e6);
    study.shares = vec![0.0, 0.65];
    let terms = study.treasury.as_mut().unwrap();
    terms.revenue_after_default = wattshift::input::study::AfterDefault::Stops;
    let found = outcomes(&study, 64);
    let defaults: Vec<u64> = (0..64_u64)
        .filter(|path| found.column(Metric::Default, 1)[*path as usize] == 1.0)
        .take(4)
        .collect();
    assert_eq!(defaults.len(), 4);
    for path in defaults {
        let explained = explain(&study, path, 0.65).unwrap();
        let column = |name: &str| {
            let index = explained.columns.iter().position(|(column, _)| column == name).unwrap();
            explained.rows.iter().map(move |(_, row)| row[index])
        };
        let before = column("ebitda").count() - 12;
        let of_2027 = column("ebitda").skip(before).sum::<f64>();
        let note = |year: i32| {
            let begins = format!("{year}: EBITDA ");
            let note = explained.notes.iter().find_map(|note| note.strip_prefix(&begins)).unwrap();
            note.split(' ').next().unwrap().parse::<f64>().unwrap()
        };
        assert!((note(2027) - of_2027).abs() < 1.0, "{path}: {} {of_2027}", note(2027));
        assert!((2028..=2041).all(|year| note(year) == 0.0), "{path}");
    }
}
