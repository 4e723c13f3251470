//! Which groups of paths followed which model, and what the headlines are uncertain by.
//!
//! In: the market of a study, the outcomes of its paths in path order. Out: for each model of a
//! factor that has several, its own groups; for each headline, what drawn parameters and the choice
//! of model move it by. Not here: the draws.

use super::paths::PathOutcomes;
use crate::economics::metric::Metric;
use crate::error::{Error, Problem};
use crate::report::results::HeadlineSpread;
use crate::risk::{Distribution, PATHS_MIN, RiskMeasure, Section, Spread};
use crate::simulate::Market;
use crate::tile::PATHS_PER_GROUP;

/// The groups of paths that followed one model of a factor.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelGroups {
    /// Name of the table of the model in a study: `btc_price.kou`.
    pub name: String,
    /// Paths of the model before each group, and at the end all of them.
    before: Vec<u64>,
}

impl ModelGroups {
    /// Paths that followed it.
    pub fn paths(&self) -> u64 {
        self.before[self.before.len() - 1]
    }
    /// The values of its paths among those of a chunk, and how many came before the chunk.
    pub fn select(&self, first_path: u64, values: &[f64]) -> (u64, Vec<f64>) {
        let first_group = (first_path / PATHS_PER_GROUP) as usize;
        let mut selected = Vec::new();
        for (index, group) in values.chunks(PATHS_PER_GROUP as usize).enumerate() {
            let at = first_group + index;
            if self.before[at + 1] > self.before[at] {
                selected.extend_from_slice(group);
            }
        }
        (self.before[first_group], selected)
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
            .map(|name| ModelGroups { name: name.clone(), before: vec![0] })
            .collect();
        let mut combination = Vec::with_capacity(groups as usize);
        for group in 0..groups {
            let first_path = group * PATHS_PER_GROUP;
            let size = PATHS_PER_GROUP.min(paths - first_path);
            let (mut code, mut offset) = (0, 0);
            for (laws, model) in mixed.iter().zip(market.models_of(first_path)) {
                for (index, own) in of_factors[offset..offset + laws.len()].iter_mut().enumerate() {
                    let before = own.before[own.before.len() - 1];
                    own.before.push(before + if index == model { size } else { 0 });
                }
                code = code * laws.len() + model;
                offset += laws.len();
            }
            combination.push(u16::try_from(code).expect("factors have a few models each"));
        }
        if let Some(rare) = of_factors.iter().find(|model| model.paths() < PATHS_MIN) {
            return Err(Problem::new("a model has too few paths to tell an error")
                .found(format!("{} paths of {}", rare.paths(), rare.name))
                .expected(format!("at least {PATHS_MIN}: 32 replications of one group of 64"))
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
#[derive(Debug, Clone)]
pub struct Spreads {
    models: Models,
    /// With the full sample that influence is counted from.
    headlines: Vec<(Headline, Section, Spread)>,
}

impl Spreads {
    /// Of the headlines, whose distributions `of` gives.
    pub fn new<'a>(models: Models, of: impl Fn(Metric) -> &'a Distribution) -> Self {
        let spread = |headline: Headline| {
            (headline, of(headline.metric).full.clone(), Spread::new(models.combinations))
        };
        let headlines = HEADLINES.into_iter().map(spread).collect();
        Self { models, headlines }
    }
    /// Takes the next paths of the headline share.
    pub fn feed(&mut self, chunk: &PathOutcomes, share: usize) {
        let first_group = chunk.outcomes.paths().start / PATHS_PER_GROUP;
        let mut influences = [0.0; PATHS_PER_GROUP as usize];
        for (headline, section, spread) in &mut self.headlines {
            let values = chunk.column(headline.metric, share);
            let groups = values.chunks_exact(PATHS_PER_GROUP as usize);
            for (group, values) in (first_group..).zip(groups) {
                for (influence, value) in influences.iter_mut().zip(values) {
                    *influence = headline.measure.influence(*value, section);
                }
                spread.feed(group, self.models.combination_of(group), &influences);
            }
        }
    }
    /// What moves each headline, beside its own estimate by `of`.
    pub fn finish(&self, of: impl Fn(&Headline) -> crate::risk::Estimate) -> Vec<HeadlineSpread> {
        let has_models = self.models.combinations > 1;
        let spread = |(headline, _, spread): &(Headline, Section, Spread)| {
            let split = spread.split();
            HeadlineSpread {
                metric: headline.metric.name(),
                measure: headline.measure.name(),
                unit: headline.measure.unit(),
                estimate: of(headline),
                parameters_sd: split.parameters,
                models_sd: has_models.then_some(split.models),
            }
        };
        self.headlines.iter().map(spread).collect()
    }
}
