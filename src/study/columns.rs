//! Every column of outcomes → its estimates, and what the worst worlds have in common.
//!
//! A column is one metric of one share, or a driver. Work goes by column over all threads; paths may
//! come in any order, from any slice of the run.

use super::models::{Models, Spreads};
use super::order::Batch;
use super::paths::PathOutcomes;
use crate::economics::bridge::{Bridge, BridgeStep};
use crate::economics::metric::{Driver, Metric};
use crate::input::study::Study;
use crate::parallel;
use crate::report::results::HeadlineSpread;
use crate::risk::{
    Distribution, Estimate, Level, REPLICATIONS, Replicated, RiskMeasure, Tally, memory_bytes,
    replication_sizes,
};
use crate::tile::PATHS_PER_GROUP;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::ops::Range;

/// Part of the worlds that count as the worst.
pub const WORST: f64 = 0.05;

/// The metrics that a world's revenue comes from.
pub const SOURCES: [Metric; 3] =
    [Metric::RevenueMining, Metric::RevenueColocation, Metric::RevenueGpuCloud];

/// A number that outcomes are held against: what part of the worlds lies below it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// The metric.
    pub metric: Metric,
    /// The share, by its position.
    pub share: usize,
    /// The number, USD.
    pub usd: f64,
}

/// Where the numbers of a column come from.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Quantity {
    /// A metric of a share, by its position, less a number: a mark, or 0.
    Outcome { metric: Metric, share: usize, less_usd: f64 },
    /// The same for all shares.
    Driver(Driver),
    /// What a step from the claim to the study reaches.
    Reached(BridgeStep),
}

/// One column and what is asked of it.
#[derive(Debug, Clone, PartialEq)]
struct Column {
    quantity: Quantity,
    /// The model whose paths alone count, by its position; `None` for all paths.
    model: Option<usize>,
    measures: Vec<RiskMeasure>,
}

/// Columns beside the tail of revenue.
const BESIDE: usize = SOURCES.len() + Driver::ALL.len();

impl Column {
    /// The share in whose worst worlds it is asked what stood beside.
    fn looks_beside(&self) -> Option<usize> {
        match (self.quantity, self.model) {
            (Quantity::Outcome { metric: Metric::Revenue, share, less_usd }, None) => {
                (less_usd == 0.0).then_some(share)
            }
            _ => None,
        }
    }
    /// The column before any path, the first of which are those of `first`.
    fn tally(&self, models: &Models, paths: u64, first: &PathOutcomes) -> Tally {
        let sizes = match self.model {
            Some(model) => models.of_factors[model].sizes,
            None => replication_sizes(paths),
        };
        let tally =
            Tally::new(&self.values(first, 0..first.outcomes.paths()), sizes, &self.levels());
        match self.looks_beside() {
            Some(_) => tally.with_beside(WORST, BESIDE),
            None => tally,
        }
    }
    /// Its numbers of some of the paths.
    fn values<'a>(&self, of: &'a PathOutcomes, lanes: Range<usize>) -> Cow<'a, [f64]> {
        match self.quantity {
            Quantity::Driver(driver) => Cow::Borrowed(&of.driver(driver)[lanes]),
            Quantity::Reached(step) => Cow::Borrowed(&of.reached(step)[lanes]),
            Quantity::Outcome { metric, share, less_usd } => {
                let values = &of.column(metric, share)[lanes];
                if less_usd == 0.0 {
                    return Cow::Borrowed(values);
                }
                values.iter().map(|usd| usd - less_usd).collect()
            }
        }
    }
    /// Feeds the paths of a batch.
    fn feed(&self, tally: &mut Tally, models: &Models, batch: &Batch, values: &PathOutcomes) {
        let paths = values.outcomes.paths();
        let lanes = |groups: Range<usize>| groups.start * GROUP..(groups.end * GROUP).min(paths);
        for (replication, groups) in batch.runs() {
            if let Some(model) = self.model {
                let model = &models.of_factors[model];
                let own = groups.filter(|index| model.follows(batch.groups[*index]));
                let own: Vec<f64> = own
                    .flat_map(|at| self.values(values, lanes(at..at + 1)).into_owned())
                    .collect();
                tally.feed(replication, &own, &[]);
                continue;
            }
            let lanes = lanes(groups);
            let beside: Vec<&[f64]> = self.looks_beside().map_or(Vec::new(), |share| {
                let sources = SOURCES.map(|source| values.column(source, share));
                let drivers = Driver::ALL.map(|driver| values.driver(driver));
                sources.into_iter().chain(drivers).map(|column| &column[lanes.clone()]).collect()
            });
            tally.feed(replication, &self.values(values, lanes), &beside);
        }
    }
    fn levels(&self) -> Vec<Level> {
        Level::of(&self.measures)
    }
}

/// Paths of a group.
const GROUP: usize = PATHS_PER_GROUP as usize;

/// The measures that make sense of a metric.
pub fn measures(metric: Metric) -> Vec<RiskMeasure> {
    let level = RiskMeasure::LEVEL.into_iter();
    match metric {
        _ if metric.is_event() => vec![RiskMeasure::Mean],
        // More is not better, so there is no worst side and no loss.
        _ if metric.is_outlay() => {
            level.filter(|m| !matches!(m, RiskMeasure::TailMean(_))).collect()
        }
        // A worst side, and no reference that a loss is counted from.
        Metric::Runway | Metric::BreakEvenHashprice => level.collect(),
        // A mean of rates is no rate of anything.
        Metric::Irr => level.filter(|m| matches!(m, RiskMeasure::Quantile(_))).collect(),
        _ if metric.is_gain() => level.chain(RiskMeasure::LOSS).chain(RiskMeasure::SIGN).collect(),
        _ => level.chain(RiskMeasure::LOSS).collect(),
    }
}

/// The columns of a run: every metric of every share, for all paths and for each model's; then the
/// marks, then the drivers.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    paths: u64,
    metrics: &'static [Metric],
    shares: Vec<f64>,
    headline: usize,
    models: Models,
    marks: Vec<Mark>,
    columns: Vec<Column>,
}

impl Watched {
    /// Names of the models that have columns of their own, in order.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        self.models.of_factors.iter().map(|model| model.name.as_str())
    }
    /// These metrics at all shares of a study, its models and its marks.
    pub fn new(
        study: &Study,
        metrics: &'static [Metric],
        models: Models,
        marks: Vec<Mark>,
    ) -> Self {
        let shares = study.shares.len();
        let headline = study.shares.iter().position(|share| *share == study.headline_share);
        let of_metrics = |model| {
            metrics.iter().flat_map(move |&metric| {
                let measures = measures(metric);
                // What share 0 adds to itself has no rate of return.
                let asked = move |share| match metric == Metric::Irr && share == 0 {
                    true => Vec::new(),
                    false => measures.clone(),
                };
                (0..shares).map(move |share| Column {
                    quantity: Quantity::Outcome { metric, share, less_usd: 0.0 },
                    model,
                    measures: asked(share),
                })
            })
        };
        let of_marks = marks.iter().map(|mark| Column {
            quantity: Quantity::Outcome {
                metric: mark.metric,
                share: mark.share,
                less_usd: mark.usd,
            },
            model: None,
            measures: vec![RiskMeasure::ProbabilityLose],
        });
        let of_drivers = Driver::ALL.into_iter().map(|driver| Column {
            quantity: Quantity::Driver(driver),
            model: None,
            measures: vec![RiskMeasure::Mean],
        });
        let steps: &[BridgeStep] =
            if Bridge::new(study).is_some() { &BridgeStep::ALL } else { &[] };
        let of_steps = steps.iter().map(|step| Column {
            quantity: Quantity::Reached(*step),
            model: None,
            measures: vec![RiskMeasure::Mean],
        });
        let selections = std::iter::once(None).chain((0..models.of_factors.len()).map(Some));
        let columns = selections
            .flat_map(of_metrics)
            .chain(of_marks)
            .chain(of_steps)
            .chain(of_drivers)
            .collect();
        let headline = headline.expect("the reader puts the headline share among the shares");
        let (paths, shares) = (study.paths, study.shares.clone());
        Self { paths, metrics, shares, headline, models, marks, columns }
    }
    fn position(&self, model: Option<usize>, metric: Metric, share: usize) -> usize {
        let selection = model.map_or(0, |model| model + 1);
        (selection * self.metrics.len() + metric as usize) * self.shares.len() + share
    }
    fn first_driver(&self) -> usize {
        self.columns.len() - Driver::ALL.len()
    }
    fn first_step(&self) -> usize {
        let is_step = |column: &&Column| matches!(column.quantity, Quantity::Reached(_));
        self.first_driver() - self.columns.iter().filter(is_step).count()
    }
    fn first_mark(&self) -> usize {
        self.first_step() - self.marks.len()
    }
    /// Where the reference of a column stands, if a measure of it may ask for one: share 0.
    fn reference(&self, column: &Column) -> Option<usize> {
        match column.quantity {
            Quantity::Outcome { metric, .. } => Some(self.position(column.model, metric, 0)),
            Quantity::Driver(_) | Quantity::Reached(_) => None,
        }
    }
    /// Bytes that the columns take at most, with what is kept beside them, while `fed` of the run's
    /// paths come in, so many as `open` says to each replication that is under way at the same time.
    pub(super) fn memory_bytes(&self, fed: u64, open: &[u64]) -> u64 {
        let of = |column: &Column| {
            let paths = column.model.map_or(self.paths, |m| self.models.of_factors[m].paths());
            let own = |fed: u64| (paths as f64 / self.paths as f64 * fed as f64).ceil() as u64;
            let open: Vec<u64> = open.iter().map(|fed| own(*fed)).collect();
            let own = memory_bytes(paths, own(fed), &column.levels(), &open);
            // A row beside the tail is kept for about a fourth of what is kept of revenue.
            own + column.looks_beside().map_or(0, |_| own / 4 * (BESIDE as u64 + 1))
        };
        let columns: u64 = self.columns.iter().map(of).sum();
        // A value of revenue and its group for each path in the tail, doubled: the tail's end is not
        // known exactly before the last path, and the pairs are sorted.
        let tail = 2.0 * WORST * fed as f64 * size_of::<(u64, f64)>() as f64;
        // The model that each group follows, and whether it is this one; copied at the end.
        let groups = 2 * self.paths.div_ceil(PATHS_PER_GROUP);
        columns + tail as u64 + groups * (self.models.of_factors.len() as u64 + 2)
    }
    /// The columns before any path, the first of which are those of `first`.
    pub fn begin(&self, first: &PathOutcomes) -> Tallies {
        let tally =
            |column: &Column| Slot::Open(Box::new(column.tally(&self.models, self.paths, first)));
        let centre = |metric| first.column(metric, self.headline)[0];
        Tallies {
            slots: self.columns.iter().map(tally).collect(),
            spreads: Spreads::new(&self.models, centre),
        }
    }
}

/// What is known of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Slot {
    /// Its paths are coming in.
    Open(Box<Tally>),
    /// Its distribution, and the means of what stood beside its tail.
    Known(Box<(Distribution, Vec<Replicated>)>),
}

/// The columns of a run while its paths come in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tallies {
    slots: Vec<Slot>,
    spreads: Spreads,
}

impl Tallies {
    /// Takes the paths of a batch.
    pub(super) fn feed(&mut self, watched: &Watched, batch: &Batch, values: &PathOutcomes) {
        parallel::for_each(self.slots.iter_mut().zip(&watched.columns), |(slot, column)| {
            if let Slot::Open(tally) = slot {
                column.feed(tally, &watched.models, batch, values);
            }
        });
        let revenue = &self.slots[watched.position(None, Metric::Revenue, watched.headline)];
        let tail_end = match revenue {
            Slot::Open(tally) => tally.tail_end(),
            Slot::Known(known) => known.0.full.quantile(WORST),
        };
        self.spreads.feed(&watched.models, batch, values, watched.headline, tail_end);
    }
    /// Joins another slice of the same run.
    pub fn join(&mut self, other: Self) {
        for (own, other) in self.slots.iter_mut().zip(other.slots) {
            let (Slot::Open(own), Slot::Open(other)) = (own, other) else {
                unreachable!("a column is known only once every path is fed")
            };
            own.join(*other);
        }
        self.spreads.join(other.spreads);
    }
    /// Forgets a rank of one column, as if it had been let go.
    #[cfg(test)]
    pub(super) fn lose_a_rank(&mut self, column: usize) {
        match &mut self.slots[column] {
            Slot::Open(tally) => tally.lose_a_rank(),
            Slot::Known(_) => panic!("a column that is known has lost none"),
        }
    }
    /// The distribution of every column; or what is left to be fed again, all paths, as an order
    /// statistic was let go.
    pub(super) fn finish<'a>(
        mut self,
        watched: &'a Watched,
        first: &PathOutcomes,
    ) -> Result<Distributions<'a>, Box<Self>> {
        let slots = std::mem::take(&mut self.slots);
        self.slots = parallel::map(slots, |slot| match slot {
            Slot::Open(tally) => match tally.finish() {
                Ok(known) => Slot::Known(Box::new(known)),
                Err(again) => Slot::Open(again),
            },
            known @ Slot::Known(_) => known,
        });
        if self.slots.iter().any(|slot| matches!(slot, Slot::Open(_))) {
            self.spreads = watched.begin(first).spreads;
            return Err(Box::new(self));
        }
        let known = self.slots.into_iter().map(|slot| match slot {
            Slot::Known(known) => *known,
            Slot::Open(_) => unreachable!("none is open any more"),
        });
        Ok(Distributions { watched, known: known.collect(), spreads: self.spreads })
    }
}

/// The distribution of every column, all paths told.
pub(super) struct Distributions<'a> {
    watched: &'a Watched,
    /// By column: its distribution, and the means of what stood beside its tail.
    known: Vec<(Distribution, Vec<Replicated>)>,
    spreads: Spreads,
}

impl Distributions<'_> {
    /// Everything worked out.
    pub(super) fn columns(self) -> Columns {
        Columns::new(self.watched.clone(), &self.known, self.spreads)
    }
    /// A measure of a metric of all paths, on the full sample and on each replication.
    pub(super) fn replicated(
        &self,
        metric: Metric,
        share: usize,
        measure: RiskMeasure,
    ) -> Replicated {
        let of = |share| &self.known[self.watched.position(None, metric, share)].0;
        let reference = RiskMeasure::Mean.replicated(of(0), None);
        measure.replicated(of(share), Some(&reference))
    }
}

/// Everything worked out.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    watched: Watched,
    /// By column, in the order of its measures.
    estimates: Vec<Vec<Estimate>>,
    /// By share: sources, then drivers.
    beside: Vec<Vec<Estimate>>,
    /// The mean that each step from a claim reaches; none without one.
    pub reached: Vec<Replicated>,
    /// What the headlines are uncertain by.
    pub spreads: Vec<HeadlineSpread>,
}

impl Columns {
    fn new(watched: Watched, known: &[(Distribution, Vec<Replicated>)], spreads: Spreads) -> Self {
        let estimates: Vec<Vec<Estimate>> = watched
            .columns
            .iter()
            .zip(known)
            .map(|(column, (distribution, _))| {
                let reference = watched
                    .reference(column)
                    .map(|position| RiskMeasure::Mean.replicated(&known[position].0, None));
                let measures = column.measures.iter();
                measures.map(|m| m.estimate(distribution, reference.as_ref())).collect()
            })
            .collect();
        let beside = (0..watched.shares.len())
            .map(|share| &known[watched.position(None, Metric::Revenue, share)])
            .map(|(revenue, beside)| {
                beside.iter().map(|mean| mean.estimate(&revenue.sizes())).collect()
            })
            .collect();
        let at_headline = |metric| watched.position(None, metric, watched.headline);
        let spreads = spreads.finish(
            &watched.models,
            watched.paths,
            |metric| &known[at_headline(metric)].0,
            |headline| {
                let measures = measures(headline.metric);
                let measure = measures.iter().position(|m| *m == headline.measure);
                let measure = measure.expect("a headline is among the measures of its metric");
                estimates[at_headline(headline.metric)][measure]
            },
        );
        let reached = known[watched.first_step()..watched.first_driver()].iter();
        let reached = reached.map(|known| RiskMeasure::Mean.replicated(&known.0, None)).collect();
        Self { watched, estimates, beside, reached, spreads }
    }

    /// The estimates of a column, of all paths or of those of a model, in the order of `measures`.
    pub fn estimates(&self, model: Option<usize>, metric: Metric, share: usize) -> &[Estimate] {
        &self.estimates[self.watched.position(model, metric, share)]
    }
    /// The metrics, in order.
    pub fn metrics(&self) -> &'static [Metric] {
        self.watched.metrics
    }
    /// Names of the models that have columns of their own, in order.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        self.watched.models()
    }
    /// The mean of a source of revenue over the worst worlds of a share.
    pub fn source_in_worst(&self, source: usize, share: usize) -> Estimate {
        self.beside[share][source]
    }
    /// The mean of a driver over all worlds and over the worst of a share.
    pub fn driver(&self, driver: Driver, share: usize) -> [Estimate; 2] {
        let all = self.estimates[self.watched.first_driver() + driver as usize][0];
        [all, self.beside[share][SOURCES.len() + driver as usize]]
    }
    /// Paths of each replication.
    pub fn sizes(&self) -> [u64; REPLICATIONS] {
        replication_sizes(self.watched.paths)
    }
    /// Each mark with the part of the worlds below it.
    pub fn below(&self) -> impl Iterator<Item = (&Mark, Estimate)> {
        let found = self.estimates[self.watched.first_mark()..].iter().map(|found| found[0]);
        self.watched.marks.iter().zip(found)
    }
}
