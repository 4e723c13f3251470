//! Every column of outcomes → its estimates, and what the worst worlds have in common.
//!
//! A column is one metric of one share. Work goes by column over all threads; within a column it
//! goes in path order.

use super::paths::PathOutcomes;
use crate::economics::metric::{Driver, Metric};
use crate::input::study::Study;
use crate::parallel;
use crate::risk::{
    Attribution, Bracketed, Distribution, Estimate, Level, Replicated, RiskMeasure, TailMeans,
    TailThreshold,
};

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

/// One column and what is asked of it.
#[derive(Debug, Clone, PartialEq)]
struct Column {
    metric: Metric,
    share: usize,
    /// Taken off every value: a mark, or 0.
    less_usd: f64,
    measures: Vec<RiskMeasure>,
}

impl Column {
    /// Calls `take` with the column's values of some paths.
    fn values<T>(&self, chunk: &PathOutcomes, take: impl FnOnce(&[f64]) -> T) -> T {
        let values = chunk.column(self.metric, self.share);
        if self.less_usd == 0.0 {
            return take(values);
        }
        let above: Vec<f64> = values.iter().map(|usd| usd - self.less_usd).collect();
        take(&above)
    }
    fn levels(&self) -> Vec<Level> {
        let mut levels = Level::of(&self.measures);
        if self.metric == Metric::Revenue {
            // The worst worlds are those of the lowest revenue.
            levels.iter_mut().filter(|l| l.probability == WORST).for_each(|l| l.tail = true);
        }
        levels
    }
}

/// The measures that make sense of a metric.
pub fn measures(metric: Metric) -> Vec<RiskMeasure> {
    let level = RiskMeasure::LEVEL.into_iter();
    match metric {
        // More is not better, so there is no worst side and no loss.
        Metric::PowerCost | Metric::OperatingCost | Metric::CapexCommitted => {
            level.filter(|m| !matches!(m, RiskMeasure::TailMean(_))).collect()
        }
        _ if metric.is_gain() => level.chain(RiskMeasure::LOSS).chain(RiskMeasure::SIGN).collect(),
        _ => level.chain(RiskMeasure::LOSS).collect(),
    }
}

/// The columns of a run: every metric of every share, then the marks.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    shares: usize,
    marks: Vec<Mark>,
    columns: Vec<Column>,
}

impl Watched {
    /// All shares of a study, and its marks.
    pub fn new(study: &Study, marks: Vec<Mark>) -> Self {
        let shares = study.shares.len();
        let of_metrics = Metric::ALL.into_iter().flat_map(|metric| {
            let column =
                move |share| Column { metric, share, less_usd: 0.0, measures: measures(metric) };
            (0..shares).map(column)
        });
        let of_marks = marks.iter().map(|mark| Column {
            metric: mark.metric,
            share: mark.share,
            less_usd: mark.usd,
            measures: vec![RiskMeasure::ProbabilityLose],
        });
        let columns = of_metrics.chain(of_marks).collect();
        Self { shares, marks, columns }
    }
    fn position(&self, metric: Metric, share: usize) -> usize {
        metric as usize * self.shares + share
    }
}

/// Everything worked out.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    watched: Watched,
    /// By column, in the order of its measures.
    estimates: Vec<Vec<Estimate>>,
    /// By share: sources, then drivers.
    beside: Vec<Vec<Attribution>>,
}

impl Columns {
    /// Of stored outcomes.
    pub fn stored(watched: Watched, all: &PathOutcomes) -> Self {
        let distributions = parallel::map(&watched.columns, |column| {
            column.values(all, |values| {
                Distribution::stored(values, &column.levels(), &mut Vec::new())
            })
        });
        let mut attributed = Attributed::new(watched, &distributions);
        attributed.feed(all);
        attributed.finish()
    }

    /// The estimates of a column, in the order of `measures`.
    pub fn estimates(&self, metric: Metric, share: usize) -> &[Estimate] {
        &self.estimates[self.watched.position(metric, share)]
    }
    /// A source of revenue over all worlds and over the worst of a share.
    pub fn source(&self, source: usize, share: usize) -> Attribution {
        self.beside[share][source]
    }
    /// A driver over all worlds and over the worst of a share.
    pub fn driver(&self, driver: Driver, share: usize) -> Attribution {
        self.beside[share][SOURCES.len() + driver as usize]
    }
    /// Each mark with the part of the worlds below it.
    pub fn below(&self) -> impl Iterator<Item = (&Mark, Estimate)> {
        let first = self.estimates.len() - self.watched.marks.len();
        self.watched.marks.iter().zip(self.estimates[first..].iter().map(|found| found[0]))
    }
}

/// A column of a bracketed run.
enum Slot {
    Feeding(Box<Bracketed>),
    Known(Distribution),
}

/// The first pass of a bracketed run, or a repetition of it.
pub struct Ranked {
    watched: Watched,
    slots: Vec<Slot>,
}

impl Ranked {
    /// Brackets the wanted ranks of a run of `paths` by its pilot.
    pub fn new(watched: Watched, pilot: &PathOutcomes, paths: u64) -> Self {
        let slots = parallel::map(&watched.columns, |column| {
            column.values(pilot, |values| {
                Slot::Feeding(Box::new(Bracketed::from_pilot(values, paths, &column.levels())))
            })
        });
        Self { watched, slots }
    }

    /// Takes the next paths.
    pub fn feed(&mut self, chunk: &PathOutcomes) {
        let first_path = chunk.outcomes.paths().start;
        let items = self.slots.iter_mut().zip(&self.watched.columns);
        parallel::for_each_with(
            items,
            || (),
            |(), (slot, column)| {
                if let Slot::Feeding(bracketed) = slot {
                    column.values(chunk, |values| bracketed.feed(first_path, values));
                }
            },
        );
    }

    /// Opens the second pass; or gives the columns that missed a rank with wider brackets, all
    /// paths to be fed again.
    pub fn finish(self) -> Result<Attributed, Self> {
        let slots = parallel::map(self.slots, |slot| match slot {
            Slot::Feeding(bracketed) => match bracketed.finish() {
                Ok(distribution) => Slot::Known(distribution),
                Err(miss) => Slot::Feeding(Box::new(miss.widened())),
            },
            known @ Slot::Known(_) => known,
        });
        if slots.iter().any(|slot| matches!(slot, Slot::Feeding(_))) {
            return Err(Self { watched: self.watched, slots });
        }
        let distributions: Vec<Distribution> = slots
            .into_iter()
            .filter_map(|slot| match slot {
                Slot::Known(distribution) => Some(distribution),
                Slot::Feeding(_) => None,
            })
            .collect();
        Ok(Attributed::new(self.watched, &distributions))
    }
}

/// The second pass: what stood beside the worst revenue of each share.
pub struct Attributed {
    watched: Watched,
    estimates: Vec<Vec<Estimate>>,
    tails: Vec<TailMeans>,
}

impl Attributed {
    fn new(watched: Watched, distributions: &[Distribution]) -> Self {
        let references: Vec<Replicated> = Metric::ALL
            .into_iter()
            .map(|metric| &distributions[watched.position(metric, 0)])
            .map(|at_share_0| RiskMeasure::Mean.replicated(at_share_0, None))
            .collect();
        let estimates = watched
            .columns
            .iter()
            .zip(distributions)
            .map(|(column, distribution)| {
                let reference = Some(&references[column.metric as usize]);
                column.measures.iter().map(|m| m.estimate(distribution, reference)).collect()
            })
            .collect();
        let columns = SOURCES.len() + Driver::ALL.len();
        let tails = (0..watched.shares)
            .map(|share| &distributions[watched.position(Metric::Revenue, share)])
            .map(|revenue| TailMeans::new(&TailThreshold::of(revenue, WORST), columns))
            .collect();
        Self { watched, estimates, tails }
    }

    /// Takes the next paths.
    pub fn feed(&mut self, chunk: &PathOutcomes) {
        let first_path = chunk.outcomes.paths().start;
        let drivers = Driver::ALL.map(|driver| chunk.driver(driver));
        parallel::for_each_with(
            self.tails.iter_mut().enumerate(),
            || (),
            |(), (share, tail)| {
                let sources = SOURCES.map(|source| chunk.column(source, share));
                let beside: Vec<&[f64]> = sources.into_iter().chain(drivers).collect();
                tail.feed(first_path, chunk.column(Metric::Revenue, share), &beside);
            },
        );
    }

    /// Everything worked out.
    pub fn finish(self) -> Columns {
        let beside = self.tails.iter().map(|tail| tail.finish()).collect();
        Columns { watched: self.watched, estimates: self.estimates, beside }
    }
}
