//! A run: paths → outcomes → every number of the results.
//!
//! A run is made in parts: slices of its paths, simulated anywhere, in any order, and joined. A part
//! holds what its paths have told so far, in memory that does not grow with paths × days; half done, it
//! is a checkpoint. The results are the same bits however the run was parted.

use super::claim;
use super::columns::{Columns, Distributions, Tallies, Watched};
use super::footprint::{self, Footprint};
use super::models::Models;
use super::order::{Batch, Groups, Order, batch_groups};
use super::paths::{PathOutcomes, Progress, value_paths, value_tiles};
use super::rows;
use super::settled;
use super::uncertain;
use super::undisclosed;
use super::variations::{self, Vary};
use super::world::World;
use crate::economics::metric::Metric;
use crate::error::{Error, Problem, Problems};
use crate::input::study::Study;
use crate::model::parameters::ParameterDraws;
use crate::parallel;
use crate::report::outcomes::{OutcomeBlock, OutcomesSink};
use crate::report::results::{Results, Variation};
use crate::risk::PATHS_MIN;
use crate::tile::{Build, PATHS_PER_GROUP};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A study ready to be run, in whole or in parts.
pub struct Run {
    study: Study,
    /// Key, value and basis of what is assumed.
    assumptions: Vec<(String, String, String)>,
    draws: ParameterDraws,
    world: World,
    watched: Watched,
    /// The first group, which tells each column's order of magnitude.
    first: PathOutcomes,
}

/// What the paths of a slice of a run have told so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    order: Order,
    /// The groups of the slice, by their positions in the order.
    positions: Range<u64>,
    /// The position of the group that comes next.
    next: u64,
    tallies: Tallies,
}

impl Part {
    /// The groups told already, by their positions.
    pub fn done(&self) -> Range<u64> {
        self.positions.start..self.next
    }
    /// Whether every path of the slice has been simulated.
    pub fn is_done(&self) -> bool {
        self.next == self.positions.end
    }
    /// Joins the slice that follows.
    ///
    /// # Panics
    /// If it does not follow, or one of the two is not done.
    pub fn join(&mut self, following: Self) {
        assert!(self.is_done() && following.is_done(), "slices are joined when they are done");
        assert_eq!(self.positions.end, following.positions.start, "slices are joined in order");
        assert_eq!(self.order, following.order, "slices have one order");
        self.positions.end = following.positions.end;
        self.next = following.next;
        self.tallies.join(following.tallies);
    }
}

/// Runs a study in one go.
///
/// # Errors
/// Too few paths for an error, a study that cannot be wired, an interruption, a sink that refuses.
pub fn run(
    study: &Study,
    progress: &dyn Progress,
    sink: Option<OutcomesSink<'_>>,
) -> Result<Results, Error> {
    let run = Run::new(study, progress)?;
    let mut part = run.whole(if sink.is_some() { Order::ByPath } else { Order::ByReplication });
    match sink {
        Some(sink) => run.advance_emitting(&mut part, progress, sink)?,
        None => run.advance(&mut part, progress, &mut |_| Ok(()))?,
    }
    run.finish(part, Vary::EachLever, progress)
}

impl Run {
    /// Wires a study.
    ///
    /// # Errors
    /// Too few paths for an error, a study that cannot be wired, an interruption.
    pub fn new(study: &Study, progress: &dyn Progress) -> Result<Self, Error> {
        refuse_few(study.paths)?;
        let settled = settled::settle(study)?;
        let mut assumptions = settled.assumptions();
        assumptions.extend(settled::found(study, &settled));
        // The fits do not change with a varied value: they are made once.
        let draws = uncertain::draws(&settled)?;
        let world = World::with_draws(&settled, Build::fastest(), &draws)?;
        let models = Models::new(world.market(), settled.paths)?;
        let watched = Watched::new(&settled, Metric::of(&settled), models, claim::marks(&settled)?);
        let first = value_paths(&world, 0..PATHS_PER_GROUP, &Silent(progress))?;
        Ok(Self { study: settled, assumptions, draws, world, watched, first })
    }
    /// The study as it is run, every unstated value settled.
    pub fn study(&self) -> &Study {
        &self.study
    }
    /// The whole run, nothing of it done.
    pub fn whole(&self, order: Order) -> Part {
        self.part(order, 0..self.groups(order).count())
    }
    /// Slice `index`, from 0, of `count`, nothing of it done.
    pub fn slice(&self, index: u64, count: u64) -> Part {
        let order = Order::ByReplication;
        self.part(order, self.groups(order).slice(index, count))
    }
    /// The first paths of the run, whole groups of them, none done.
    pub(super) fn first(&self, paths: u64) -> Part {
        self.part(Order::ByPath, 0..paths.div_ceil(PATHS_PER_GROUP))
    }
    fn part(&self, order: Order, positions: Range<u64>) -> Part {
        let next = positions.start;
        Part { order, positions, next, tallies: self.watched.begin(&self.first) }
    }
    /// Paths that a part has still to simulate.
    pub fn paths_left(&self, part: &Part) -> u64 {
        ((part.positions.end - part.next) * PATHS_PER_GROUP).min(self.study.paths)
    }
    /// Paths that the end of a run simulates besides its own: those of its variations.
    pub fn paths_of_variations(&self) -> u64 {
        Vary::EachLever.paths(&self.study)
    }
    /// Wall time for what is left of a part.
    ///
    /// # Errors
    /// An interruption.
    pub fn seconds_left(&self, part: &Part, progress: &dyn Progress) -> Result<f64, Error> {
        let paths = self.paths_left(part);
        footprint::seconds(self.study.paths, paths, &|trial| {
            value_paths(&self.world, 0..trial, &Silent(progress)).map(|_| ())
        })
    }
    /// Wall time for the variations.
    ///
    /// # Errors
    /// An interruption; a study that cannot be wired.
    pub fn seconds_of_variations(&self, progress: &dyn Progress) -> Result<f64, Error> {
        let base = variations::base(&self.study);
        let varied = variations::varied(&base, &self.draws)?;
        footprint::seconds(base.paths, base.paths, &|trial| {
            variations::value(&varied, trial, &Silent(progress)).map(|_| ())
        })
    }
    /// What a part takes. An upper bound, whatever of it is done: what a checkpoint holds of its paths
    /// is no more than is kept of all of them.
    pub fn footprint(&self, part: &Part) -> Footprint {
        let of = |groups: u64| (groups * PATHS_PER_GROUP).min(self.study.paths);
        let paths = of(part.positions.end - part.positions.start);
        let open: Vec<u64> = self.groups(part.order).open(&part.positions).map(of).collect();
        let part_bytes = self.watched.memory_bytes(paths, &open);
        let memory_bytes = footprint::memory_bytes(&self.study, paths) + part_bytes;
        let outcomes_bytes = footprint::outcomes_bytes(&self.study, paths);
        Footprint { memory_bytes, part_bytes, outcomes_bytes }
    }
    /// Memory to join slices whose files take so many bytes together, an upper bound.
    pub fn memory_bytes_of_joining(&self, bytes: u64) -> u64 {
        footprint::memory_bytes_of_joining(&self.study, &self.watched, bytes)
    }
    fn groups(&self, order: Order) -> Groups {
        Groups::new(self.study.paths, order)
    }
    /// Simulates what is left of a part; `see` gets it as it stands now and again.
    ///
    /// # Errors
    /// An interruption; what `see` refuses.
    pub fn advance(
        &self,
        part: &mut Part,
        progress: &dyn Progress,
        see: &mut dyn FnMut(&Part) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.advance_with(part, progress, &mut |_, _, part| see(part))
    }
    /// The same of a part whose paths come in their order; outcomes go to the sink.
    ///
    /// # Errors
    /// An interruption; a sink that refuses.
    ///
    /// # Panics
    /// If the paths come in another order.
    pub fn advance_emitting(
        &self,
        part: &mut Part,
        progress: &dyn Progress,
        sink: OutcomesSink<'_>,
    ) -> Result<(), Error> {
        assert_eq!(part.order, Order::ByPath, "outcomes are written in the order of their paths");
        self.advance_with(part, progress, &mut |batch, values, _| {
            emit(&self.study, batch.groups[0] * PATHS_PER_GROUP, values, sink)
        })
    }
    /// The same; `see` gets the groups of each batch, and what their paths told.
    ///
    /// # Errors
    /// An interruption.
    pub(super) fn advance_seeing(
        &self,
        part: &mut Part,
        progress: &dyn Progress,
        see: &mut dyn FnMut(&[u64], &PathOutcomes),
    ) -> Result<(), Error> {
        self.advance_with(part, progress, &mut |batch, values, _| {
            see(&batch.groups, values);
            Ok(())
        })
    }
    fn advance_with(
        &self,
        part: &mut Part,
        progress: &dyn Progress,
        see: &mut dyn FnMut(&Batch, &PathOutcomes, &Part) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let size = batch_groups(parallel::threads());
        let mut values = PathOutcomes::new(&self.world, 0);
        for batch in self.groups(part.order).batches(part.next..part.positions.end, size) {
            let paths = batch.paths(self.study.paths);
            if values.outcomes.paths() != paths {
                values = PathOutcomes::new(&self.world, paths);
            }
            let tiles = batch.tiles(self.study.paths);
            value_tiles(&self.world, &tiles, self.study.paths, progress, &mut values)?;
            part.tallies.feed(&self.watched, &batch, &values);
            part.next = batch.positions.end;
            see(&batch, &values, part)?;
        }
        Ok(())
    }
    /// The results of all paths, told by a part that is the whole run.
    ///
    /// # Errors
    /// An interruption, a varied study that cannot be wired.
    ///
    /// # Panics
    /// If the part is not the whole run, done.
    pub fn finish(
        &self,
        part: Part,
        vary: Vary,
        progress: &dyn Progress,
    ) -> Result<Results, Error> {
        let columns = self.distributions(part, progress)?.columns();
        let variations = match vary {
            Vary::EachLever => variations::variations(&self.study, &self.draws, progress)?,
            Vary::Nothing => Vec::new(),
        };
        Ok(self.results(&columns, variations))
    }
    /// The distribution of every column, as `finish`.
    pub(super) fn distributions(
        &self,
        part: Part,
        progress: &dyn Progress,
    ) -> Result<Distributions<'_>, Error> {
        let mut part = part;
        loop {
            assert_eq!(part.done(), 0..self.groups(part.order).count(), "the whole run is done");
            match part.tallies.finish(&self.watched, &self.first) {
                Ok(distributions) => break Ok(distributions),
                // Paths can be made again: the columns that let go of a rank are fed once more.
                Err(again) => {
                    part = Part { tallies: *again, next: 0, ..part };
                    progress.expect_more(self.paths_left(&part));
                    self.advance(&mut part, progress, &mut |_| Ok(()))?;
                }
            }
        }
    }
    fn results(&self, columns: &Columns, variations: Vec<Variation>) -> Results {
        let study = &self.study;
        let stated = self.stated();
        let caps = undisclosed::Caps::new(study, &self.world);
        Results {
            rows: rows::rows(&study.company, &study.shares, &caps, columns),
            spreads: columns.spreads.clone(),
            variations,
            claim: study.claim.as_ref().map(|claim| claim::held(claim, columns)),
            ..stated
        }
    }
    /// What is known of the results before any path is told: every number that no path tells, and of the
    /// rows and the claim what they are of.
    pub(super) fn stated(&self) -> Results {
        let Self { study, world, .. } = self;
        let shares = &world.valuation.plan.shares;
        let headline = shares.iter().find(|planned| planned.share == study.headline_share);
        let contracts_unserved_mw =
            headline.map_or(0.0, |share| share.contracts_unserved_mw(study));
        let contracts = study.colocation.contracts.iter();
        let caps = undisclosed::Caps::new(study, world);
        let models: Vec<String> = self.watched.models().map(Into::into).collect();
        let asked = rows::Asked {
            company: &study.company,
            shares: &study.shares,
            caps: &caps,
            metrics: Metric::of(study),
            models: models.clone(),
        };
        Results {
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
            committed_mw: world.valuation.plan.committed_mw,
            contracts_unserved_mw,
            cap_range: (caps.low, caps.high),
            reference: "mean at share 0".into(),
            rows: asked.untold(),
            models,
            drawn: uncertain::rows(study, world.market().draws()),
            spreads: Vec::new(),
            variations: Vec::new(),
            assumptions: self.assumptions.clone(),
            undisclosed: undisclosed::rows(study),
            idle: undisclosed::idle(study),
            claim: study.claim.as_ref().map(claim::alone),
        }
    }
}

/// Refuses too few paths for an error.
///
/// # Errors
/// Fewer than `PATHS_MIN`.
pub(super) fn refuse_few(paths: u64) -> Result<(), Problems> {
    if paths >= PATHS_MIN {
        return Ok(());
    }
    Err(Problem::new("too few paths to tell an error")
        .found(paths.to_string())
        .expected(format!("at least {PATHS_MIN}: 32 replications of one group of 64"))
        .help("ask for more with --paths")
        .into())
}

/// A watcher who may stop the work and does not count these paths.
pub(super) struct Silent<'a>(pub(super) &'a dyn Progress);

impl Progress for Silent<'_> {
    fn advance(&self, _: u64) {}
    fn interrupted(&self) -> bool {
        self.0.interrupted()
    }
}

/// The columns of a table of outcomes: each metric with its unit.
pub fn outcome_columns(study: &Study) -> Vec<String> {
    Metric::of(study).iter().map(|metric| metric.column()).collect()
}

fn emit(
    study: &Study,
    first_path: u64,
    values: &PathOutcomes,
    sink: OutcomesSink<'_>,
) -> Result<(), Error> {
    let metrics = Metric::of(study);
    // What share 0 adds to itself has no rate of return.
    let none = vec![f64::NAN; values.outcomes.paths()];
    let column = |(metric, share)| match (metric, share) {
        (Metric::Irr, 0) => none.as_slice(),
        _ => values.column(metric, share),
    };
    let shares = study.shares.len();
    let places = metrics.iter().flat_map(|&metric| (0..shares).map(move |share| (metric, share)));
    let columns: Vec<&[f64]> = places.map(column).collect();
    sink(&OutcomeBlock { first_path, columns: &columns })
        .map_err(|error| Error::system("write the outcomes", error))
}

#[cfg(test)]
mod tests {
    use super::super::paths::Unwatched;
    use super::*;
    use crate::economics::metric::Driver;

    #[test]
    fn columns_that_let_go_of_a_rank_are_fed_again_to_the_same_result() {
        let mut study = Study::default_study();
        study.paths = 2_100;
        study.shares = vec![0.0, 0.05, study.headline_share];
        let run = Run::new(&study, &Unwatched).unwrap();
        let mut part = run.whole(Order::ByReplication);
        run.advance(&mut part, &Unwatched, &mut |_| Ok(())).unwrap();
        let whole = run.finish(part.clone(), Vary::Nothing, &Unwatched).unwrap();
        // The headline metric of two shares, and a driver, which comes last.
        let last = study.shares.len() * Metric::of(&study).len() + Driver::ALL.len() - 1;
        for column in [1, 2, last] {
            part.tallies.lose_a_rank(column);
        }
        assert!(run.finish(part, Vary::Nothing, &Unwatched).unwrap() == whole);
    }
}
