//! A run: paths → outcomes → every number of the results.
//!
//! Outcomes are *stored* (one f64 per metric, share and path) up to a budget of memory; above it
//! they are *bracketed*: chunk after chunk goes through distributions that keep only the values
//! around the wanted ranks, and what the worst paths have in common takes a second pass over the
//! same paths. Both give the same bits.

use super::claim;
use super::columns::{Columns, Ranked, Watched};
use super::models::Models;
use super::paths::{PathOutcomes, Progress, value_paths};
use super::rows;
use super::settled;
use super::uncertain;
use super::undisclosed;
use super::variations;
use super::world::World;
use crate::economics::metric::Metric;
use crate::error::{Error, Problem};
use crate::input::study::Study;
use crate::report::csv::OutcomeBlock;
use crate::report::results::Results;
use crate::risk::{Bracketed, PATHS_MIN};
use crate::tile::Build;
use std::io;
use std::ops::Range;

/// Takes outcomes as they come, in path order.
pub type OutcomesSink<'a> = &'a mut (dyn FnMut(&OutcomeBlock<'_>) -> io::Result<()> + Send);

/// How much memory outcomes may take before they are bracketed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Bytes of stored outcomes.
    pub stored_bytes_max: u64,
}

impl Default for Budget {
    /// One GiB: about half a million paths of 21 shares.
    fn default() -> Self {
        Self { stored_bytes_max: 1 << 30 }
    }
}

/// Whether a study's outcomes are too many to be stored.
pub fn is_bracketed(study: &Study, budget: Budget) -> bool {
    let columns = (Metric::ALL.len() * study.shares.len()) as u64;
    columns * 8 * study.paths > budget.stored_bytes_max
}

/// Paths that a run simulates, its variations included: what its progress counts to.
pub fn paths_of_work(study: &Study, budget: Budget) -> u64 {
    let passes = if is_bracketed(study, budget) { 2 } else { 1 };
    passes * study.paths + variations::paths_of_work(study)
}

/// Runs a study.
///
/// # Errors
/// Too few paths for an error, a study that cannot be wired, an interruption, a sink that refuses.
pub fn run(
    study: &Study,
    budget: Budget,
    progress: &dyn Progress,
    mut sink: Option<OutcomesSink<'_>>,
) -> Result<Results, Error> {
    if study.paths < PATHS_MIN {
        return Err(Problem::new("too few paths to tell an error")
            .found(study.paths.to_string())
            .expected(format!("at least {PATHS_MIN}: 32 replications of one group of 64"))
            .help("ask for more with --paths")
            .into());
    }
    let settled = &settled::settle(study)?;
    let mut assumptions = settled.assumptions();
    assumptions.extend(settled::found(study, settled));
    let study = settled;
    // The fits do not change with a varied value: they are made once.
    let draws = uncertain::draws(study)?;
    let world = World::with_draws(study, Build::fastest(), &draws)?;
    let models = Models::new(world.market(), study.paths)?;
    let watched = Watched::new(study, models, claim::marks(study)?);
    let mut emit = |chunk: &PathOutcomes| match &mut sink {
        Some(sink) => emit(study, chunk, *sink),
        None => Ok(()),
    };
    let columns = if is_bracketed(study, budget) {
        bracketed(study, &world, watched, progress, &mut emit)?
    } else {
        let all = value_paths(&world, 0..study.paths, progress)?;
        emit(&all)?;
        Columns::stored(watched, &all)
    };
    let shares = &world.valuation.plan.shares;
    let headline = shares.iter().find(|planned| planned.share == study.headline_share);
    let contracts_unserved_mw = headline.map_or(0.0, |share| share.contracts_unserved_mw(study));
    let contracts = study.colocation.contracts.iter();
    let caps = undisclosed::Caps::new(study, &world);
    Ok(Results {
        study_name: study.name.clone(),
        question: study.question.clone(),
        as_of: study.as_of,
        target_year: study.target_year,
        paths: study.paths,
        seed: study.seed,
        shares: study.shares.clone(),
        headline_share: study.headline_share,
        gross_mw: world.valuation.plan.gross_mw,
        gross_mw_range: undisclosed::gross_mw_range(study),
        contracts_mw: contracts.fold(0.0, |sum, contract| sum + contract.critical_it_mw),
        contracts_unserved_mw,
        cap_range: (caps.low, caps.high),
        reference: "mean at share 0".into(),
        rows: rows::rows(&study.shares, &caps, &columns),
        models: columns.models().map(Into::into).collect(),
        drawn: uncertain::rows(study, world.market().draws()),
        spreads: columns.spreads.clone(),
        variations: variations::variations(study, &draws, progress)?,
        assumptions,
        undisclosed: undisclosed::rows(study),
        idle: undisclosed::idle(study),
        claim: study.claim.as_ref().map(|claim| claim::held(claim, &columns)),
    })
}

fn emit(study: &Study, chunk: &PathOutcomes, sink: OutcomesSink<'_>) -> Result<(), Error> {
    let names = Metric::ALL.map(Metric::name);
    let columns: Vec<&[f64]> = Metric::ALL
        .into_iter()
        .flat_map(|metric| (0..study.shares.len()).map(move |share| (metric, share)))
        .map(|(metric, share)| chunk.column(metric, share))
        .collect();
    let block = OutcomeBlock {
        first_path: chunk.outcomes.paths().start,
        metrics: &names,
        shares: &study.shares,
        columns: &columns,
    };
    sink(&block).map_err(|error| Error::system("write the outcomes", error))
}

/// Paths of a pilot, and of every chunk after it.
const PILOT_PATHS: u64 = Bracketed::PILOT_PATHS;

/// Chunks of paths of a bracketed run, the pilot first.
fn chunks(paths: u64) -> impl Iterator<Item = Range<u64>> {
    (0..paths.div_ceil(PILOT_PATHS))
        .map(move |chunk| chunk * PILOT_PATHS..((chunk + 1) * PILOT_PATHS).min(paths))
}

fn bracketed(
    study: &Study,
    world: &World,
    watched: Watched,
    progress: &dyn Progress,
    emit: &mut dyn FnMut(&PathOutcomes) -> Result<(), Error>,
) -> Result<Columns, Error> {
    let pilot = value_paths(world, 0..PILOT_PATHS.min(study.paths), progress)?;
    let mut ranked = Ranked::new(watched, &pilot, study.paths);
    let mut first = Some(pilot);
    let mut is_first_pass = true;
    loop {
        for paths in chunks(study.paths) {
            let chunk = match first.take() {
                Some(pilot) => pilot,
                None => value_paths(world, paths, progress)?,
            };
            ranked.feed(&chunk);
            if is_first_pass {
                emit(&chunk)?;
            }
        }
        is_first_pass = false;
        match ranked.finish() {
            Ok(mut attributed) => {
                for paths in chunks(study.paths) {
                    attributed.feed(&value_paths(world, paths, progress)?);
                }
                return Ok(attributed.finish());
            }
            // Paths can be made again: the columns that missed are fed with wider brackets.
            Err(again) => ranked = *again,
        }
    }
}
