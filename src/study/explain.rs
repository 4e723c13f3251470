//! One path with its workings, month by month: any number of `outcomes.parquet` can be traced.
//!
//! The path is simulated again from its number; nothing of the run is needed.

use super::settled;
use super::undisclosed;
use super::world::World;
use crate::economics::metric::{Metric, OPERATING};
use crate::economics::plan::PlannedShare;
use crate::economics::treasury::Treasury;
use crate::economics::valuation::Valuation;
use crate::error::{Error, Problem};
use crate::input::study::Study;
use crate::model::delivery::PathScalars;
use crate::report::explain::Explanation;
use crate::report::number::count;
use crate::tile::{Build, Factor, LANES};
use ndarray::{Array3, s};
use std::ops::Range;

/// Columns that are means over days; the rest are sums.
const MEANS: [(&str, &str); 8] = [
    ("btc_price", "USD/BTC"),
    ("hashprice", "USD/PH/day"),
    ("hashrate", "EH/s"),
    ("gpu_rate", "USD/GPU-hour"),
    ("utilisation", "1"),
    ("rent", "USD/critical-IT MW/year"),
    ("mining_power", "MW"),
    ("ai_power", "MW"),
];
/// The mean that is shown where power is curtailed.
const POWER_PRICE: (&str, &str) = ("power_price", "USD/MWh");
/// The sum that is shown where GPUs are let whole.
const BARE_METAL: (&str, &str) = ("revenue_bare_metal", "USD");
const SUMS: [(&str, &str); 7] = [
    ("revenue_mining", "USD"),
    ("revenue_colocation", "USD"),
    ("revenue_gpu_cloud", "USD"),
    ("curtailment_income", "USD"),
    ("power_cost", "USD"),
    ("operating_cost", "USD"),
    ("gross_margin", "USD"),
];

/// What the treasury's months add up to, and how they end.
const FLOWS: [(&str, &str); 5] = [
    ("ebitda", "USD"),
    ("capex", "USD"),
    ("tax", "USD"),
    ("free_cash_flow", "USD"),
    ("debt_service", "USD"),
];
const BALANCES: [(&str, &str); 4] =
    [("cash", "USD"), ("debt", "USD"), ("btc_held", "BTC"), ("stock_issued", "stock")];

/// Columns of the treasury.
const CASH: usize = FLOWS.len() + BALANCES.len();

/// Works out path `path` at `share`, which need not be one of the study's shares.
///
/// # Errors
/// A path that the study does not have, a share outside 0 to 1, or a study that cannot be wired.
pub fn explain(study: &Study, path: u64, share: f64) -> Result<Explanation, Error> {
    if path >= study.paths {
        return Err(no_such_path(study, &path.to_string()).into());
    }
    if !(0.0..=1.0).contains(&share) {
        return Err(Problem::new("the share is out of range")
            .found(format!("{share}"))
            .expected("a number from 0 to 1, a fraction of the gross megawatts")
            .into());
    }
    let mut study = settled::settle(study)?;
    // Share 0 first, which gains are counted from.
    study.shares = vec![0.0, share];
    study.shares.dedup();
    let world = World::new(&study, Build::fastest())?;
    let mut room = world.make_room();
    let first_path = path - path % LANES as u64;
    let lane = (path % LANES as u64) as usize;
    let scalars = world.simulate(first_path, &mut room);
    let valuation = world.valuation_in(&room);
    let planned = valuation.plan.shares.last().expect("a plan has the shares asked for");
    let curtails = study.mining.curtailment;
    let work =
        Work { world: &world, valuation, room: &room, scalars: &scalars, planned, lane, curtails };
    let year = work.year();
    let mut notes = work.notes(&year);
    notes.extend(work.years());
    notes.extend(market_notes(&world, &study, first_path));
    notes.extend(undisclosed::notes(&study, world.drawn_in(&room)));
    let name = |days: &Range<usize>| world.grid.date(days.start).strftime("%Y-%m").to_string();
    let followed = work.followed();
    let mut rows: Vec<(String, Vec<f64>)> = if followed.is_empty() {
        let months = world.grid.months();
        months.iter().map(|days| (name(days), work.row(days, &work.metrics(days)))).collect()
    } else {
        let months = valuation.months.iter().zip(&followed);
        months.map(|(days, month)| (name(days), work.row(days, &month.metrics))).collect()
    };
    let mut totals: Vec<Option<f64>> =
        work.row(&world.grid.target(), &year).into_iter().map(Some).collect();
    let bare_metal = (valuation.bare_metal_share() > 0.0).then_some(BARE_METAL);
    let columns = MEANS.into_iter().chain(curtails.then_some(POWER_PRICE));
    let columns = columns.chain(bare_metal).chain(SUMS);
    let mut columns: Vec<(&str, &str)> = columns.collect();
    if valuation.treasury.is_some() {
        columns.extend(FLOWS.into_iter().chain(BALANCES));
        for ((_, row), month) in rows.iter_mut().zip(&followed) {
            row.extend(month.cash);
        }
        let of_year = &followed[followed.len() - world.grid.months().len()..];
        let sum = |column: usize| of_year.iter().fold(0.0, |sum, month| sum + month.cash[column]);
        totals.extend((0..FLOWS.len()).map(|column| Some(sum(column))));
        totals.extend([None; BALANCES.len()]);
    }
    let columns = columns.into_iter().map(|(name, unit)| (name.into(), unit.into())).collect();
    Ok(Explanation {
        header: vec![
            format!("study {}, seed {}, path {path}, share {share}", study.name, study.seed),
            format!(
                "{} of {} gross MW diverted by the end of the ramp{}",
                planned.diverted_mw,
                valuation.plan.gross_mw,
                if planned.is_capped() { " (capped)" } else { "" }
            ),
        ],
        columns,
        rows,
        totals,
        drawn: undisclosed::drawn(&study, world.drawn_in(&room)),
        notes,
    })
}

/// The refusal of a number that none of the study's paths has.
pub fn no_such_path(study: &Study, found: &str) -> Problem {
    let last = count(study.paths - 1);
    Problem::new("the run has no such path")
        .found(format!("path {found}"))
        .expected(format!("a path from 0 to {last}"))
        .help("if the run has more, name its manifest.json, or its number of paths")
}

/// Which models the path follows where there are several, and what was drawn of the parameters.
fn market_notes(world: &World, study: &Study, first_path: u64) -> Vec<String> {
    let market = world.market();
    let followed = market.mixed().into_iter().zip(market.models_of(first_path));
    let mut notes: Vec<String> =
        followed.map(|(models, model)| format!("follows {}", models[model])).collect();
    let (mut stated, mut drawn) = (study.market_parameters(), market.parameters_of(first_path));
    for key in market.draws().laws().iter().flat_map(|law| law.keys()) {
        let (Some(stated), Some(drawn)) = (stated.number_mut(key), drawn.number_mut(key)) else {
            continue;
        };
        notes.push(format!("{key} drawn as {drawn:.6}, stated as {stated}"));
    }
    notes
}

/// A month of the share.
struct Month {
    metrics: [f64; OPERATING],
    /// Flows, then balances.
    cash: [f64; CASH],
}

struct Work<'a> {
    world: &'a World,
    valuation: &'a Valuation,
    room: &'a super::world::Room,
    scalars: &'a PathScalars,
    planned: &'a PlannedShare,
    lane: usize,
    curtails: bool,
}

impl Work<'_> {
    /// The columns over a window of days, given its operating metrics.
    fn row(&self, days: &Range<usize>, metrics: &[f64]) -> Vec<f64> {
        let market = &self.room.market.tile;
        let mean =
            |value: &dyn Fn(usize) -> f64| days.clone().map(value).sum::<f64>() / days.len() as f64;
        let at = |factor: Factor, day: usize| market.rows(factor)[day][self.lane];
        let of = |factor: Factor| mean(&|day| at(factor, day));
        let ai_power = mean(&|day| self.ai_mw(day));
        let stopped = mean(&|day| self.stopped_mw(day));
        let mut row = vec![
            of(Factor::BtcPrice),
            mean(&|day| at(Factor::BtcPrice, day) * at(Factor::Hashprice, day)),
            of(Factor::Hashrate),
            of(Factor::GpuRate),
            of(Factor::Utilisation),
            of(Factor::Rent),
            self.valuation.plan.gross_mw - stopped,
            ai_power,
        ];
        row.extend(self.curtails.then(|| of(Factor::PowerPrice)));
        let has_bare_metal = self.valuation.bare_metal_share() > 0.0;
        row.extend(has_bare_metal.then(|| metrics[Metric::RevenueBareMetal as usize]));
        row.extend(
            [
                Metric::RevenueMining,
                Metric::RevenueColocation,
                Metric::RevenueGpuCloud,
                Metric::CurtailmentIncome,
                Metric::PowerCost,
                Metric::OperatingCost,
                Metric::GrossMargin,
            ]
            .map(|metric| metrics[metric as usize]),
        );
        row
    }

    /// The share in each of the months that are followed one by one.
    fn followed(&self) -> Vec<Month> {
        let (market, ledgers) = (&self.room.market.tile, &self.room.ledgers);
        let (build, lane) = (self.world.build(), self.lane);
        let treasury = self.valuation.treasury.as_ref();
        let mut accounts = treasury.map(Treasury::open);
        let share = self.valuation.plan.shares.len() - 1;
        let mut months = Vec::new();
        let valuation = self.valuation;
        let course = valuation.course(build, market, ledgers, self.scalars);
        let (made, drawn) = ((market, ledgers), (self.scalars, &course));
        valuation.follow(build, made, drawn, accounts.as_deref_mut(), |at| {
            if at.share != share {
                return;
            }
            let cash = treasury.zip(at.account).map_or([0.0; CASH], |(treasury, account)| {
                let flows = &account.month;
                [
                    flows.ebitda[lane],
                    flows.capex[lane],
                    flows.tax[lane],
                    flows.free_cash_flow[lane],
                    flows.debt_service[lane],
                    account.cash[lane],
                    treasury.debt_usd(at.month, account, lane),
                    account.btc[lane],
                    account.stock_issued[lane],
                ]
            });
            months.push(Month { metrics: at.metrics.map(|row| row[lane]), cash });
        });
        months
    }

    /// The years that are appraised, a note each; none where nobody looks beyond the target year.
    fn years(&self) -> Vec<String> {
        let valuation = self.valuation;
        let (Some(treasury), Some(appraiser)) = (&valuation.treasury, &valuation.appraiser) else {
            return Vec::new();
        };
        let (build, lane) = (self.world.build(), self.lane);
        let made = (&self.room.market.tile, &self.room.ledgers);
        let mut accounts = treasury.open();
        let mut cash = appraiser.open(accounts.len());
        let course = valuation.course(build, made.0, made.1, self.scalars);
        let drawn = (self.scalars, &course);
        valuation.follow(build, made, drawn, Some(&mut accounts), |at| {
            valuation.add_month(at, &course, &mut cash[at.share]);
        });
        valuation.add_years(build, made, drawn, &accounts, &mut cash);
        let of_share = cash.last().expect("a plan has the shares asked for");
        let left = appraiser.cash(build, of_share);
        let note = |(year, steps): (usize, &Range<usize>)| {
            let [shells, gpus, machines] = of_share.paid.each_ref().map(|rows| rows[year][lane]);
            let ebitda = of_share.ebitda[year][lane];
            format!(
                "{}: EBITDA {ebitda:.0} USD, paid for shells {shells:.0}, GPUs {gpus:.0}, machines \
                 {machines:.0}, left after tax {:.0}",
                self.world.grid.date(steps.start).year(),
                left[year][lane]
            )
        };
        appraiser.years().enumerate().map(note).collect()
    }

    /// The metrics of the target year, as the run has them.
    fn year(&self) -> Vec<f64> {
        let (market, ledgers) = (&self.room.market.tile, &self.room.ledgers);
        let shares = self.valuation.plan.shares.len();
        let mut outcomes = Array3::zeros((self.world.metrics.len(), shares, LANES));
        let build = self.world.build();
        self.valuation.value(build, market, ledgers, self.scalars, outcomes.view_mut());
        outcomes.slice(s![.., shares - 1, self.lane]).to_vec()
    }

    /// The metrics over a window; those with capital are meant for the whole year only.
    fn metrics(&self, days: &Range<usize>) -> [f64; OPERATING] {
        let valuation = self.valuation;
        let (market, ledgers) = (&self.room.market.tile, &self.room.ledgers);
        let mining = valuation.mining_statements(ledgers, days);
        let build = self.world.build();
        let (scalars, planned) = (self.scalars, self.planned);
        let money = valuation.diverted_money(build, market, ledgers, scalars, planned, days);
        let mut metrics = [[0.0; LANES]; OPERATING];
        valuation.metrics(build, planned, &mining, &money, scalars, &mut metrics);
        metrics.map(|row| row[self.lane])
    }

    /// Gross MW in AI use on a day.
    fn ai_mw(&self, day: usize) -> f64 {
        self.gone_over(|hall| {
            let scalars = self.scalars;
            [&scalars.cut_over_steps, &scalars.gpu_steps]
                .map(|steps| self.is_past(steps, hall, day))
        })
    }

    /// Gross MW that no longer mine on a day.
    fn stopped_mw(&self, day: usize) -> f64 {
        self.gone_over(|hall| {
            let scalars = self.scalars;
            let has_stopped = self.is_past(&scalars.stop_steps, hall, day);
            [&scalars.cut_over_steps, &scalars.gpu_steps]
                .map(|steps| has_stopped || self.is_past(steps, hall, day))
        })
    }

    /// Gross MW of halls of which it holds, of their colocation and of their GPUs; of those that stand all.
    fn gone_over(&self, holds: impl Fn(usize) -> [bool; 2]) -> f64 {
        let colocation_share = self.valuation.colocation_share();
        let part = |hall: Option<usize>| {
            let [of_shell, of_gpus] = hall.map_or([true; 2], &holds);
            f64::from(u8::from(of_shell)) * colocation_share
                + f64::from(u8::from(of_gpus)) * (1.0 - colocation_share)
        };
        // A sum of nothing is -0.
        self.parcels().map(|(hall, mw)| mw * part(hall)).fold(0.0, |sum, mw| sum + mw)
    }

    fn is_past(&self, steps: &[[u32; LANES]], hall: usize, day: usize) -> bool {
        steps[hall][self.lane] as usize <= day
    }

    /// The step of a hall's first day in AI use.
    fn cut_over(&self, hall: usize) -> usize {
        self.scalars.cut_over_steps[hall][self.lane] as usize
    }

    /// Hall and diverted MW of each parcel of the share; no hall where it stands on the as-of date.
    fn parcels(&self) -> impl Iterator<Item = (Option<usize>, f64)> {
        let plan = &self.valuation.plan;
        let whole = plan.parcels[..self.planned.whole_parcels].iter();
        let part =
            plan.parcels.get(self.planned.whole_parcels).filter(|_| self.planned.part_mw > 0.0);
        whole
            .map(|parcel| (parcel.hall, parcel.gross_mw))
            .chain(part.map(|parcel| (parcel.hall, self.planned.part_mw)))
    }

    fn notes(&self, year: &[f64]) -> Vec<String> {
        let mut notes = Vec::new();
        let mut halls: Vec<(Option<usize>, f64)> = Vec::new();
        for (hall, mw) in self.parcels() {
            match halls.last_mut() {
                Some((last, sum)) if *last == hall => *sum += mw,
                _ => halls.push((hall, mw)),
            }
        }
        for (hall, mw) in halls {
            let Some(hall) = hall else {
                notes.push(format!("{mw} MW are let on the as-of date"));
                continue;
            };
            let step = self.cut_over(hall);
            let when = if step < self.world.grid.steps() {
                format!("in AI use from {}", self.world.grid.date(step))
            } else {
                let last = self.world.grid.date(self.world.grid.steps() - 1).year();
                format!("not in AI use by the end of {last}")
            };
            let delay = self.scalars.delay_months[hall][self.lane];
            notes.push(format!("hall {hall}: {mw} MW, {delay:.2} months late, {when}"));
        }
        notes.push(format!(
            "shell {:.0} USD per critical-IT MW",
            self.scalars.shell_usd_per_critical_it_mw[self.lane]
        ));
        for metric in [
            Metric::Revenue,
            Metric::CapexCommitted,
            Metric::MarginAfterCapital,
            Metric::RevenueGain,
            Metric::MarginAfterCapitalGain,
        ] {
            notes.push(format!("{} {} USD", metric.name(), year[metric as usize]));
        }
        notes
    }
}
