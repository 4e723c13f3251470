//! Every column of outcomes → its estimates, and what the worst worlds have in common.
//!
//! A column is one metric of one share. Work goes by column over all threads; within a column it
//! goes in path order.

use super::models::{Models, Spreads};
use super::paths::PathOutcomes;
use crate::economics::metric::{Driver, Metric};
use crate::input::study::Study;
use crate::parallel;
use crate::report::results::HeadlineSpread;
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
    /// The model whose paths alone count, by its position; `None` for all paths.
    model: Option<usize>,
    measures: Vec<RiskMeasure>,
}

impl Column {
    /// Calls `take` with the column's values of some paths, and with how many came before them.
    fn values<T>(
        &self,
        models: &Models,
        chunk: &PathOutcomes,
        take: impl FnOnce(u64, &[f64]) -> T,
    ) -> T {
        let values = chunk.column(self.metric, self.share);
        let first_path = chunk.outcomes.paths().start;
        if let Some(model) = self.model {
            let (before, own) = models.of_factors[model].select(first_path, values);
            return take(before, &own);
        }
        if self.less_usd == 0.0 {
            return take(first_path, values);
        }
        let above: Vec<f64> = values.iter().map(|usd| usd - self.less_usd).collect();
        take(first_path, &above)
    }
    /// Paths that count, of `paths` in all.
    fn paths(&self, models: &Models, paths: u64) -> u64 {
        self.model.map_or(paths, |model| models.of_factors[model].paths())
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

/// The columns of a run: every metric of every share, for all paths and for each model's; then the
/// marks.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    shares: usize,
    headline: usize,
    models: Models,
    marks: Vec<Mark>,
    columns: Vec<Column>,
}

impl Watched {
    /// All shares of a study, its models and its marks.
    pub fn new(study: &Study, models: Models, marks: Vec<Mark>) -> Self {
        let shares = study.shares.len();
        let headline = study.shares.iter().position(|share| *share == study.headline_share);
        let of_metrics = |model| {
            Metric::ALL.into_iter().flat_map(move |metric| {
                let measures = measures(metric);
                (0..shares).map(move |share| Column {
                    metric,
                    share,
                    less_usd: 0.0,
                    model,
                    measures: measures.clone(),
                })
            })
        };
        let of_marks = marks.iter().map(|mark| Column {
            metric: mark.metric,
            share: mark.share,
            less_usd: mark.usd,
            model: None,
            measures: vec![RiskMeasure::ProbabilityLose],
        });
        let selections = std::iter::once(None).chain((0..models.of_factors.len()).map(Some));
        let columns = selections.flat_map(of_metrics).chain(of_marks).collect();
        let headline = headline.expect("the reader puts the headline share among the shares");
        Self { shares, headline, models, marks, columns }
    }
    fn position(&self, model: Option<usize>, metric: Metric, share: usize) -> usize {
        let selection = model.map_or(0, |model| model + 1);
        (selection * Metric::ALL.len() + metric as usize) * self.shares + share
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
    /// What the headlines are uncertain by.
    pub spreads: Vec<HeadlineSpread>,
}

impl Columns {
    /// Of stored outcomes.
    pub fn stored(watched: Watched, all: &PathOutcomes) -> Self {
        let distributions = parallel::map(&watched.columns, |column| {
            column.values(&watched.models, all, |_, values| {
                Distribution::stored(values, &column.levels(), &mut Vec::new())
            })
        });
        let mut attributed = Attributed::new(watched, &distributions);
        attributed.feed(all);
        attributed.finish()
    }

    /// The estimates of a column, of all paths or of those of a model, in the order of `measures`.
    pub fn estimates(&self, model: Option<usize>, metric: Metric, share: usize) -> &[Estimate] {
        &self.estimates[self.watched.position(model, metric, share)]
    }
    /// Names of the models that have columns of their own, in order.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        self.watched.models.of_factors.iter().map(|model| model.name.as_str())
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
            let paths = column.paths(&watched.models, paths);
            column.values(&watched.models, pilot, |_, values| {
                // A rare model may be missing from the pilot: all paths bracket its ranks then.
                let of_all = || pilot.column(column.metric, column.share);
                let pilot = if values.is_empty() { of_all() } else { values };
                Slot::Feeding(Box::new(Bracketed::from_pilot(pilot, paths, &column.levels())))
            })
        });
        Self { watched, slots }
    }

    /// Takes the next paths.
    pub fn feed(&mut self, chunk: &PathOutcomes) {
        let models = &self.watched.models;
        let items = self.slots.iter_mut().zip(&self.watched.columns);
        parallel::for_each_with(
            items,
            || (),
            |(), (slot, column)| {
                if let Slot::Feeding(bracketed) = slot {
                    column.values(models, chunk, |before, values| bracketed.feed(before, values));
                }
            },
        );
    }

    /// Opens the second pass; or gives the columns that missed a rank with wider brackets, all
    /// paths to be fed again.
    pub fn finish(self) -> Result<Attributed, Box<Self>> {
        let slots = parallel::map(self.slots, |slot| match slot {
            Slot::Feeding(bracketed) => match bracketed.finish() {
                Ok(distribution) => Slot::Known(distribution),
                Err(miss) => Slot::Feeding(Box::new(miss.widened())),
            },
            known @ Slot::Known(_) => known,
        });
        if slots.iter().any(|slot| matches!(slot, Slot::Feeding(_))) {
            return Err(Box::new(Self { watched: self.watched, slots }));
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
    spreads: Spreads,
}

impl Attributed {
    fn new(watched: Watched, distributions: &[Distribution]) -> Self {
        let reference = |column: &Column| -> Replicated {
            let at_share_0 = &distributions[watched.position(column.model, column.metric, 0)];
            RiskMeasure::Mean.replicated(at_share_0, None)
        };
        let estimates = watched
            .columns
            .iter()
            .zip(distributions)
            .map(|(column, distribution)| {
                let reference = reference(column);
                let measures = column.measures.iter();
                measures.map(|m| m.estimate(distribution, Some(&reference))).collect()
            })
            .collect();
        let columns = SOURCES.len() + Driver::ALL.len();
        let tails = (0..watched.shares)
            .map(|share| &distributions[watched.position(None, Metric::Revenue, share)])
            .map(|revenue| TailMeans::new(&TailThreshold::of(revenue, WORST), columns))
            .collect();
        let spreads = Spreads::new(watched.models.clone(), |metric| {
            &distributions[watched.position(None, metric, watched.headline)]
        });
        Self { watched, estimates, tails, spreads }
    }

    /// Takes the next paths.
    pub fn feed(&mut self, chunk: &PathOutcomes) {
        self.spreads.feed(chunk, self.watched.headline);
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
        let Self { watched, estimates, spreads, .. } = self;
        let spreads = spreads.finish(|headline| {
            let column = watched.position(None, headline.metric, watched.headline);
            let position = measures(headline.metric).iter().position(|m| *m == headline.measure);
            estimates[column][position.expect("a headline is among the measures of its metric")]
        });
        Columns { watched, estimates, beside, spreads }
    }
}
