//! Which groups of paths followed which model, and what the headlines are uncertain by.
//!
//! In: the market of a study, the outcomes of its paths in any order. Out: for each model of a factor
//! that has several, its own groups; for each headline, what drawn parameters and the choice of model
//! move it by. Not here: the draws.

use super::order::Batch;
use super::paths::PathOutcomes;
use crate::economics::metric::Metric;
use crate::error::{Error, Problem};
use crate::parallel;
use crate::report::results::HeadlineSpread;
use crate::risk::{
    Distribution, Estimate, PATHS_MIN, REPLICATIONS, RiskMeasure, Spread, TailGroups,
    replication_of,
};
use crate::simulate::Market;
use crate::tile::PATHS_PER_GROUP;
use serde::{Deserialize, Serialize};

/// Paths of a group.
const GROUP: usize = PATHS_PER_GROUP as usize;

/// The groups of paths that followed one model of a factor.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelGroups {
    /// Name of the table of the model in a study: `btc_price.kou`.
    pub name: String,
    /// Paths of each replication that followed it.
    pub sizes: [u64; REPLICATIONS],
    /// By group, whether it followed it.
    follows: Vec<bool>,
}

impl ModelGroups {
    /// Paths that followed it.
    pub fn paths(&self) -> u64 {
        self.sizes.iter().sum()
    }
    /// Whether a group followed it.
    pub fn follows(&self, group: u64) -> bool {
        self.follows[group as usize]
    }
}

/// The models of a run, group by group.
#[derive(Debug, Clone, PartialEq)]
pub struct Models {
    /// One for each model of each factor that has several; none where every factor has one.
    pub of_factors: Vec<ModelGroups>,
    /// Combination of models that each whole group followed.
    combination: Vec<u16>,
    combinations: usize,
}

impl Models {
    /// Finds the models of `paths` paths.
    ///
    /// # Errors
    /// A model with too few paths for the error of its results.
    pub fn new(market: &Market, paths: u64) -> Result<Self, Error> {
        let mixed = market.mixed();
        let combinations = mixed.iter().map(Vec::len).product();
        let groups = if mixed.is_empty() { 0 } else { paths.div_ceil(PATHS_PER_GROUP) };
        let mut of_factors: Vec<ModelGroups> = mixed
            .iter()
            .flatten()
            .map(|name| ModelGroups {
                name: name.clone(),
                sizes: [0; REPLICATIONS],
                follows: Vec::with_capacity(groups as usize),
            })
            .collect();
        let mut combination = Vec::with_capacity(groups as usize);
        for group in 0..groups {
            let first_path = group * PATHS_PER_GROUP;
            let size = PATHS_PER_GROUP.min(paths - first_path);
            let (mut code, mut offset) = (0, 0);
            for (laws, model) in mixed.iter().zip(market.models_of(first_path)) {
                for (index, own) in of_factors[offset..offset + laws.len()].iter_mut().enumerate() {
                    own.follows.push(index == model);
                    own.sizes[replication_of(first_path)] += if index == model { size } else { 0 };
                }
                code = code * laws.len() + model;
                offset += laws.len();
            }
            combination.push(u16::try_from(code).expect("factors have a few models each"));
        }
        if let Some(rare) = of_factors.iter().find(|model| model.paths() < PATHS_MIN) {
            return Err(Problem::new("a model has too few paths to tell an error")
                .found(format!("{} paths of {}", rare.paths(), rare.name))
                .expected(format!("at least {PATHS_MIN}, as many as 32 groups of 64"))
                .help("ask for more with --paths, or give the model more weight")
                .into());
        }
        Ok(Self { of_factors, combination, combinations })
    }
    fn combination_of(&self, group: u64) -> usize {
        self.combination.get(group as usize).map_or(0, |code| usize::from(*code))
    }
}

/// A number that the verdict speaks of, at the headline share.
#[derive(Debug, Clone, Copy)]
pub struct Headline {
    /// The metric.
    pub metric: Metric,
    /// What is told of it.
    pub measure: RiskMeasure,
}

/// The headlines, in the order they are shown.
pub const HEADLINES: [Headline; 7] = {
    const fn headline(metric: Metric, measure: RiskMeasure) -> Headline {
        Headline { metric, measure }
    }
    [
        headline(Metric::Revenue, RiskMeasure::Mean),
        headline(Metric::Revenue, RiskMeasure::TailMean(0.05)),
        headline(Metric::RevenueGain, RiskMeasure::Mean),
        headline(Metric::RevenueGain, RiskMeasure::ProbabilityWin),
        headline(Metric::MarginAfterCapital, RiskMeasure::Mean),
        headline(Metric::MarginAfterCapitalGain, RiskMeasure::Mean),
        headline(Metric::MarginAfterCapitalGain, RiskMeasure::ProbabilityWin),
    ]
};

/// The spreads of the headlines while their paths come in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Spreads {
    /// In the order of the headlines.
    of_headlines: Vec<HeadlineSums>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum HeadlineSums {
    /// Of a mean or a probability.
    Mean(Spread),
    /// Of a tail mean.
    Tail(TailGroups),
}

impl Spreads {
    /// Nothing yet; `centre` gives a value of a metric at the headline share.
    pub(super) fn new(models: &Models, centre: impl Fn(Metric) -> f64) -> Self {
        let sums = |headline: Headline| match headline.measure {
            RiskMeasure::TailMean(_) => HeadlineSums::Tail(TailGroups::default()),
            RiskMeasure::Mean => {
                HeadlineSums::Mean(Spread::new(models.combinations, centre(headline.metric)))
            }
            _ => HeadlineSums::Mean(Spread::new(models.combinations, 0.0)),
        };
        Self { of_headlines: HEADLINES.into_iter().map(sums).collect() }
    }
    /// Takes the paths of a batch at the headline share; values above `tail_end` are not in the tail
    /// of revenue.
    pub(super) fn feed(
        &mut self,
        models: &Models,
        batch: &Batch,
        values: &PathOutcomes,
        share: usize,
        tail_end: f64,
    ) {
        parallel::for_each(self.of_headlines.iter_mut().zip(HEADLINES), |(sums, headline)| {
            let values = values.column(headline.metric, share);
            let groups = batch.groups.iter().zip(values.chunks_exact(GROUP));
            match sums {
                HeadlineSums::Mean(spread) => groups.for_each(|(group, values)| {
                    let mut influences = [0.0; GROUP];
                    for (influence, value) in influences.iter_mut().zip(values) {
                        *influence = headline.measure.influence(*value);
                    }
                    spread.feed(*group, models.combination_of(*group), &influences);
                }),
                HeadlineSums::Tail(tail) => {
                    tail.shrink(tail_end);
                    groups.for_each(|(group, values)| tail.feed(*group, values));
                }
            }
        });
    }
    /// Joins another slice of the same run.
    pub(super) fn join(&mut self, other: Self) {
        for (own, other) in self.of_headlines.iter_mut().zip(other.of_headlines) {
            match (own, other) {
                (HeadlineSums::Mean(own), HeadlineSums::Mean(other)) => own.join(&other),
                (HeadlineSums::Tail(own), HeadlineSums::Tail(other)) => own.join(other),
                _ => unreachable!("slices of one run have the same headlines"),
            }
        }
    }
    /// What moves each headline of a run of `paths`, beside its own estimate by `of`; `sample` gives the
    /// distribution of a metric.
    pub(super) fn finish<'a>(
        self,
        models: &Models,
        paths: u64,
        sample: impl Fn(Metric) -> &'a Distribution,
        of: impl Fn(&Headline) -> Estimate,
    ) -> Vec<HeadlineSpread> {
        let spread = |(sums, headline): (HeadlineSums, Headline)| {
            let split = match (sums, headline.measure) {
                (HeadlineSums::Tail(tail), RiskMeasure::TailMean(probability)) => {
                    let quantile = sample(headline.metric).full.quantile(probability);
                    let groups = paths / PATHS_PER_GROUP;
                    let model_of = |group| models.combination_of(group);
                    tail.spread(quantile, probability, groups, models.combinations, model_of)
                }
                (HeadlineSums::Mean(spread), _) => spread,
                _ => unreachable!("a tail mean has its tail"),
            };
            let split = split.split();
            HeadlineSpread {
                metric: headline.metric.name(),
                measure: headline.measure.name(),
                unit: headline.measure.unit(headline.metric.unit()),
                estimate: of(&headline),
                parameters_sd: split.parameters,
                models_sd: (models.combinations > 1).then_some(split.models),
            }
        };
        self.of_headlines.into_iter().zip(HEADLINES).map(spread).collect()
    }
}
