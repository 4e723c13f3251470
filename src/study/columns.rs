//! Every column of outcomes → its estimates, and what the worst worlds have in common.
//!
//! A column is one metric of one share. Work goes by column over all threads; within a column it
//! goes in path order.

use super::paths::PathOutcomes;
use crate::economics::metric::{Driver, Metric};
use crate::input::study::Study;
use crate::parallel;
use crate::risk::attribution::{TailMeans, WorstPaths};
use crate::risk::bracket::Brackets;
use crate::risk::{Distribution, Estimate, Measure, Miss, Replicated};

/// Per cent of the worlds that count as the worst.
pub const WORST_PERCENT: u32 = 5;

/// The metrics that a world's revenue comes from.
pub const SOURCES: [Metric; 3] =
    [Metric::RevenueMining, Metric::RevenueColocation, Metric::RevenueGpuCloud];

/// A number that outcomes are held against: what part of the worlds lies below it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// The metric.
    pub metric: Metric,
    /// The share, by its position.
    pub share: usize,
    /// The number, USD.
    pub usd: f64,
}

/// What a run is asked for besides its measures.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    shares: usize,
    levels: Vec<Level>,
}

impl Watched {
    /// All shares of a study, and its levels.
    pub fn new(study: &Study, levels: Vec<Level>) -> Self {
        Self { shares: study.shares.len(), levels }
    }
    fn columns(&self) -> Vec<(Metric, usize)> {
        Metric::ALL
            .into_iter()
            .flat_map(|m| (0..self.shares).map(move |share| (m, share)))
            .collect()
    }
}

/// The measures that make sense of a metric.
pub fn measures(metric: Metric) -> Vec<Measure> {
    match metric {
        // More is not better, so there is no worst side and no loss.
        Metric::PowerCost | Metric::OperatingCost | Metric::CapexCommitted => Measure::LEVELS
            .into_iter()
            .filter(|m| matches!(m, Measure::Mean | Measure::Sd | Measure::Quantile(_)))
            .collect(),
        _ if metric.is_gain() => Measure::LEVELS.into_iter().chain(Measure::CHANCES).collect(),
        _ => Measure::LEVELS.to_vec(),
    }
}

/// Everything worked out.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    watched: Watched,
    /// By metric and share, in the order of `measures`.
    estimates: Vec<Vec<Estimate>>,
    drivers: Vec<Estimate>,
    below: Vec<Estimate>,
    /// By share: sources, then drivers.
    worst: Vec<Vec<Estimate>>,
}

impl Columns {
    /// Of stored outcomes.
    pub fn stored(watched: Watched, all: &PathOutcomes) -> Self {
        let whole = |mut distribution: Distribution, metric, share| {
            distribution.feed(0, all.column(metric, share));
            distribution
        };
        let references =
            parallel::map(Metric::ALL, |m| whole(Distribution::moments(), m, 0).mean());
        let kept = "every value is kept: no rank can miss";
        let estimates = parallel::map(watched.columns(), |(metric, share)| {
            whole(Distribution::stored(), metric, share)
                .estimates(&measures(metric), &references[metric as usize])
                .expect(kept)
        });
        let worst = parallel::map(0..watched.shares, |share| {
            let mut revenue = whole(Distribution::stored(), Metric::Revenue, share);
            WorstPaths::new(&mut revenue, WORST_PERCENT).expect(kept)
        });
        let mut moments = Moments::new(&watched);
        moments.feed(&watched, all);
        let mut attributed = Attributed::new(watched, estimates, moments, worst);
        attributed.feed(all);
        attributed.finish()
    }

    /// The estimates of a column, in the order of `measures`.
    pub fn estimates(&self, metric: Metric, share: usize) -> &[Estimate] {
        &self.estimates[metric as usize * self.watched.shares + share]
    }
    /// The mean of a driver.
    pub fn driver(&self, driver: Driver) -> Estimate {
        self.drivers[driver as usize]
    }
    /// The mean of a source of revenue over the worst worlds of a share.
    pub fn source_in_worst(&self, source: usize, share: usize) -> Estimate {
        self.worst[share][source]
    }
    /// The mean of a driver over the worst worlds of a share.
    pub fn driver_in_worst(&self, driver: Driver, share: usize) -> Estimate {
        self.worst[share][SOURCES.len() + driver as usize]
    }
    /// Each level with the part of the worlds below it.
    pub fn below(&self) -> impl Iterator<Item = (&Level, Estimate)> {
        self.watched.levels.iter().zip(self.below.iter().copied())
    }
}

/// Distributions of which only means and signs are asked.
struct Moments {
    drivers: Vec<Distribution>,
    levels: Vec<Distribution>,
}

impl Moments {
    fn new(watched: &Watched) -> Self {
        Self {
            drivers: vec![Distribution::moments(); Driver::ALL.len()],
            levels: vec![Distribution::moments(); watched.levels.len()],
        }
    }
    fn feed(&mut self, watched: &Watched, chunk: &PathOutcomes) {
        let first_path = chunk.outcomes.paths().start;
        for (distribution, driver) in self.drivers.iter_mut().zip(Driver::ALL) {
            distribution.feed(first_path, chunk.driver(driver));
        }
        for (distribution, level) in self.levels.iter_mut().zip(&watched.levels) {
            let above: Vec<f64> =
                chunk.column(level.metric, level.share).iter().map(|usd| usd - level.usd).collect();
            distribution.feed(first_path, &above);
        }
    }
    fn finish(mut self) -> (Vec<Estimate>, Vec<Estimate>) {
        let means =
            |distribution: &mut Distribution| distribution.mean().estimate(distribution.paths());
        let drivers = self.drivers.iter_mut().map(means).collect();
        let below = self
            .levels
            .iter_mut()
            .map(|distribution| {
                distribution
                    .estimates(&[Measure::Lose], &Replicated::exact(0.0))
                    .expect("a sign asks for no rank")[0]
            })
            .collect();
        (drivers, below)
    }
}

/// The first pass of a bracketed run.
pub struct Bracketed {
    watched: Watched,
    columns: Vec<Distribution>,
    moments: Moments,
}

impl Bracketed {
    /// Brackets the wanted ranks of a run of `paths` by its pilot, `width` times as wide as usual.
    pub fn new(watched: &Watched, pilot: &PathOutcomes, paths: u64, width: f64) -> Self {
        let columns = parallel::map(watched.columns(), |(metric, share)| {
            let values = pilot.column(metric, share);
            Distribution::bracketed(&Brackets::new(values, &measures(metric), paths, width))
        });
        Self { watched: watched.clone(), columns, moments: Moments::new(watched) }
    }

    /// Takes the next paths.
    pub fn feed(&mut self, chunk: &PathOutcomes) {
        let first_path = chunk.outcomes.paths().start;
        let items = self.columns.iter_mut().zip(self.watched.columns());
        parallel::for_each_with(
            items,
            || (),
            |(), (distribution, (metric, share))| {
                distribution.feed(first_path, chunk.column(metric, share));
            },
        );
        self.moments.feed(&self.watched, chunk);
    }

    /// Works out the estimates and opens the second pass.
    ///
    /// # Errors
    /// A rank outside its brackets.
    pub fn finish(mut self) -> Result<Attributed, Miss> {
        let shares = self.watched.shares;
        let references: Vec<Replicated> =
            Metric::ALL.into_iter().map(|m| self.columns[m as usize * shares].mean()).collect();
        let revenue = Metric::Revenue as usize * shares;
        let worst: Result<Vec<WorstPaths>, Miss> = self.columns[revenue..revenue + shares]
            .iter_mut()
            .map(|distribution| WorstPaths::new(distribution, WORST_PERCENT))
            .collect();
        let items = self.columns.iter_mut().zip(self.watched.columns());
        let estimates: Result<Vec<Vec<Estimate>>, Miss> =
            parallel::map(items, |(distribution, (metric, _))| {
                distribution.estimates(&measures(metric), &references[metric as usize])
            })
            .into_iter()
            .collect();
        Ok(Attributed::new(self.watched, estimates?, self.moments, worst?))
    }
}

/// The second pass: what the worst paths have in common.
pub struct Attributed {
    watched: Watched,
    estimates: Vec<Vec<Estimate>>,
    moments: Moments,
    paths: u64,
    tails: Vec<TailMeans>,
}

impl Attributed {
    fn new(
        watched: Watched,
        estimates: Vec<Vec<Estimate>>,
        moments: Moments,
        worst: Vec<WorstPaths>,
    ) -> Self {
        let columns = SOURCES.len() + Driver::ALL.len();
        let tails = worst.into_iter().map(|worst| TailMeans::new(worst, columns)).collect();
        Self { watched, estimates, moments, paths: 0, tails }
    }

    /// Takes the next paths.
    pub fn feed(&mut self, chunk: &PathOutcomes) {
        let paths = chunk.outcomes.paths();
        self.paths += paths.end - paths.start;
        let drivers = Driver::ALL.map(|driver| chunk.driver(driver));
        parallel::for_each_with(
            self.tails.iter_mut().enumerate(),
            || (),
            |(), (share, tail)| {
                let sources = SOURCES.map(|source| chunk.column(source, share));
                let others: Vec<&[f64]> = sources.into_iter().chain(drivers).collect();
                tail.feed(paths.start, chunk.column(Metric::Revenue, share), &others);
            },
        );
    }

    /// Everything worked out.
    pub fn finish(self) -> Columns {
        let (drivers, below) = self.moments.finish();
        let worst = self
            .tails
            .into_iter()
            .map(|tail| tail.finish().iter().map(|mean| mean.estimate(self.paths)).collect())
            .collect();
        Columns { watched: self.watched, estimates: self.estimates, drivers, below, worst }
    }
}
