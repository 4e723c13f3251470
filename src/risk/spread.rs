//! What a number is uncertain by: drawn parameters and the choice of model, apart from the chance
//! of a path.
//!
//! In: per group of paths, the values whose mean is the number, and the group's model. Out: the
//! standard deviation of the number from one draw of the parameters to the next, and from one model
//! to another, each with its error. Not here: what was drawn.
//!
//! A group of 64 paths shares its parameters and its models. With V the variance of a path given
//! both, a group's mean has variance `parameters + V/64`, and the mean of a model that of its
//! groups over their number on top of what the models differ by: a nested analysis of variance,
//! whose estimates are unbiased and may fall below 0 where there is nothing to find.
//! A tail mean is no mean, but the mean of its influence values up to order 1/n (F. Hampel, JASA 69
//! (1974) 383), so the split holds for it to first order.
//! Source: S. Searle, G. Casella, C. McCulloch, "Variance Components" (1992), section 3.3.

use super::Estimate;
use super::exact_sum::ExactSum;
use super::replication::{REPLICATIONS, Replicated};
use crate::tile::PATHS_PER_GROUP;
use serde::{Deserialize, Serialize};

/// The groups of one model in one replication, while they come in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct CellSums {
    groups: u64,
    /// Means of groups less the centre, and their squares.
    mean: ExactSum,
    square: ExactSum,
    /// Variances within groups.
    within: ExactSum,
}

impl CellSums {
    fn add(&mut self, other: &Self) {
        self.groups += other.groups;
        self.mean.add_sum(&other.mean);
        self.square.add_sum(&other.square);
        self.within.add_sum(&other.within);
    }
    fn cell(&self) -> Cell {
        let groups = self.groups.max(1);
        let mean = self.mean.mean(groups);
        let squares = self.square.value() - self.mean.value() * mean;
        Cell {
            groups: self.groups as f64,
            mean,
            variance: squares.max(0.0) / (self.groups as f64 - 1.0),
            within: self.within.mean(groups),
        }
    }
}

/// The groups of one model, in one section of the paths.
struct Cell {
    groups: f64,
    /// Of the groups' means, less the centre.
    mean: f64,
    /// Of the groups' means.
    variance: f64,
    /// Mean variance within a group.
    within: f64,
}

/// A number's groups while they come in, in any order and from any slice of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// A number near the others, so that their digits are kept.
    centre: f64,
    /// `[replication][model]`.
    cells: Vec<Vec<CellSums>>,
}

/// What a number is uncertain by, in its own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// Its standard deviation over draws of the parameters, given the model.
    pub parameters: Estimate,
    /// Its standard deviation over models, by their weights.
    pub models: Estimate,
}

impl Spread {
    /// Of groups that follow one of so many models, whose numbers lie near `centre`.
    pub fn new(models: usize, centre: f64) -> Self {
        Self { centre, cells: vec![vec![CellSums::default(); models]; REPLICATIONS] }
    }
    /// Takes one group: its number, its model and its values.
    ///
    /// # Panics
    /// If the group is not whole.
    pub fn feed(&mut self, group: u64, model: usize, values: &[f64]) {
        assert_eq!(values.len() as u64, PATHS_PER_GROUP, "a group in part says less of its mean");
        let count = values.len() as f64;
        let mean = values.iter().map(|value| value - self.centre).sum::<f64>() / count;
        let deviation = |value: &f64| (value - self.centre) - mean;
        let squares: f64 = values.iter().map(|value| deviation(value).powi(2)).sum();
        let cell = &mut self.cells[(group % REPLICATIONS as u64) as usize][model];
        cell.groups += 1;
        cell.mean.add(mean);
        cell.square.add(mean * mean);
        cell.within.add(squares / (count - 1.0));
    }
    /// Joins another slice of the same run.
    ///
    /// # Panics
    /// If it is of another number or other models.
    pub fn join(&mut self, other: &Self) {
        assert_eq!(self.centre, other.centre, "slices are of one number");
        for (own, other) in self.cells.iter_mut().flatten().zip(other.cells.iter().flatten()) {
            own.add(other);
        }
    }
    /// The split, its errors by replication.
    pub fn split(&self) -> Split {
        let mut full = vec![CellSums::default(); self.cells[0].len()];
        for cells in &self.cells {
            full.iter_mut().zip(cells).for_each(|(sum, cell)| sum.add(cell));
        }
        let sizes = std::array::from_fn(|r| self.cells[r].iter().map(|cell| cell.groups).sum());
        let of = |variance: fn(&[Cell]) -> f64| {
            let of = |cells: &[CellSums]| {
                variance(&cells.iter().map(CellSums::cell).collect::<Vec<_>>())
            };
            let replicated = Replicated {
                full: of(&full),
                by_replication: std::array::from_fn(|r| of(&self.cells[r])),
            };
            root(replicated.estimate(&sizes))
        };
        Split { parameters: of(of_parameters), models: of(of_models) }
    }
}

/// The lowest values of a column with their groups, for the spread of a tail mean: its influence
/// values hang on a quantile that is known at the end only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TailGroups {
    high: f64,
    /// Group and value.
    values: Vec<(u64, f64)>,
}

impl Default for TailGroups {
    /// No values yet, any of which may be in the tail.
    fn default() -> Self {
        Self { high: f64::INFINITY, values: Vec::new() }
    }
}

impl TailGroups {
    /// Takes the values of a group.
    pub fn feed(&mut self, group: u64, values: &[f64]) {
        let low = values.iter().filter(|value| **value <= self.high);
        self.values.extend(low.map(|value| (group, *value)));
    }
    /// Lets go of values above `high`, which are not in the tail.
    pub fn shrink(&mut self, high: f64) {
        if high < self.high {
            self.high = high;
            self.values.retain(|(_, value)| *value <= high);
        }
    }
    /// Joins another slice of the same run.
    pub fn join(&mut self, other: Self) {
        self.shrink(other.high);
        let low = other.values.into_iter().filter(|(_, value)| *value <= self.high);
        self.values.extend(low);
    }
    /// The spread of the tail mean at a probability, whose quantile is known by now, over the whole
    /// groups before `groups`, of models by `model_of`.
    ///
    /// # Panics
    /// If values below the quantile were let go.
    pub fn spread(
        mut self,
        quantile: f64,
        probability: f64,
        groups: u64,
        models: usize,
        model_of: impl Fn(u64) -> usize,
    ) -> Spread {
        assert!(quantile <= self.high, "the tail ends where its column says");
        // A stable sort keeps the order of the paths of a group, which came together.
        self.values.sort_by_key(|(group, _)| *group);
        let mut spread = Spread::new(models, quantile);
        let mut rest = self.values.as_slice();
        for group in 0..groups {
            let (own, after) = rest.split_at(rest.partition_point(|(other, _)| *other <= group));
            rest = after;
            // A value that is not in the tail has the quantile itself for its influence. How many
            // of those were kept hangs on the way here, so they take no place among the others.
            let mut influences = [quantile; PATHS_PER_GROUP as usize];
            let tail = own.iter().filter(|(_, value)| *value < quantile);
            for (influence, (_, value)) in influences.iter_mut().zip(tail) {
                *influence += (value - quantile) / probability;
            }
            spread.feed(group, model_of(group), &influences);
        }
        spread
    }
}

/// Variance over draws of the parameters, the models weighted by their groups.
fn of_parameters(cells: &[Cell]) -> f64 {
    // One group of a model says nothing of the spread among its groups.
    let known = || cells.iter().filter(|cell| cell.groups > 1.0);
    let all: f64 = known().map(|cell| cell.groups).sum();
    known()
        .map(|cell| cell.groups / all * (cell.variance - cell.within / PATHS_PER_GROUP as f64))
        .sum()
}

/// Variance over models, less what the means of finitely many groups differ by anyway.
fn of_models(cells: &[Cell]) -> f64 {
    let all: f64 = cells.iter().map(|cell| cell.groups).sum();
    let present = || cells.iter().filter(|cell| cell.groups > 1.0);
    let weight = |cell: &Cell| cell.groups / all;
    let mean: f64 = present().map(|cell| weight(cell) * cell.mean).sum();
    present()
        .map(|cell| {
            let chance = cell.variance / cell.groups;
            let deviation = cell.mean - mean;
            weight(cell) * (deviation * deviation - (1.0 - weight(cell)) * chance)
        })
        .sum()
}

/// From a variance to its root, which is 0 where the variance is not above 0; its error is then
/// that of a variance just seen.
fn root(variance: Estimate) -> Estimate {
    let of = |variance: f64| variance.max(0.0).sqrt();
    let value = of(variance.value);
    let std_error = if variance.value > variance.std_error {
        variance.std_error / (2.0 * value)
    } else {
        of(variance.value.max(0.0) + variance.std_error) - value
    };
    Estimate { value, std_error, ci_low: of(variance.ci_low), ci_high: of(variance.ci_high) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Stream;
    use crate::chance::philox::Philox;
    use rand_distr::{Distribution, StandardNormal};

    /// Groups whose mean is that of their model plus a drawn parameter; values scatter by `path_sd`.
    fn spread(groups: u64, model_means: &[f64], parameter_sd: f64, path_sd: f64) -> Spread {
        let mut generator = Philox::new(3, Stream::new("test", "spread"));
        let mut normal = || -> f64 { StandardNormal.sample(&mut generator) };
        let mut spread = Spread::new(model_means.len(), 0.0);
        for group in 0..groups {
            let model = (group / 7) as usize % model_means.len();
            let mean = model_means[model] + parameter_sd * normal();
            let values: Vec<f64> =
                (0..PATHS_PER_GROUP).map(|_| mean + path_sd * normal()).collect();
            spread.feed(group, model, &values);
        }
        spread
    }

    fn near(found: Estimate, truth: f64) {
        assert!((found.value - truth).abs() < 4.0 * found.std_error, "{found:?} against {truth}");
    }

    #[test]
    fn parameters_and_models_are_told_from_the_chance_of_a_path() {
        // Two models 2 apart, half of the groups each: their sd is 1.
        let split = spread(1 << 13, &[-1.0, 1.0], 0.7, 5.0).split();
        near(split.parameters, 0.7);
        near(split.models, 1.0);
        assert!(split.parameters.std_error < 0.02, "{split:?}");
        // The models' own groups tell their means to √(0.7² + 25/64)/√4096 = 0.015.
        assert!(split.models.std_error < 0.03, "{split:?}");
    }

    #[test]
    fn nothing_is_found_where_nothing_is_drawn() {
        let split = spread(1 << 12, &[0.0, 0.0, 0.0], 0.0, 5.0).split();
        near(split.parameters, 0.0);
        near(split.models, 0.0);
        // Noise of the estimate: √2 · (25/64) / √4096 = 0.0086, whose root is 0.09.
        assert!(split.parameters.value < 0.3 && split.parameters.std_error < 0.3, "{split:?}");
    }

    #[test]
    fn a_tail_s_spread_is_the_same_bits_whatever_else_was_kept() {
        let mut generator = Philox::new(5, Stream::new("test", "spread"));
        let mut normal = || -> f64 { StandardNormal.sample(&mut generator) };
        let values: Vec<Vec<f64>> =
            (0..64).map(|_| (0..PATHS_PER_GROUP).map(|_| normal()).collect()).collect();
        let of = |range: std::ops::Range<u64>| {
            let mut tail = TailGroups::default();
            range.for_each(|group| tail.feed(group, &values[group as usize]));
            tail
        };
        let spread = |tail: TailGroups| tail.spread(-0.8, 0.2, 64, 2, |group| group as usize % 2);
        let whole = spread(of(0..64));
        let mut closely = of(0..64);
        closely.shrink(-0.8);
        assert_eq!(spread(closely), whole);
        let (mut late, early) = (of(20..64), of(0..20));
        late.shrink(0.3);
        late.join(early);
        assert_eq!(spread(late), whole);
    }

    #[test]
    fn one_model_does_not_differ_from_itself() {
        let split = spread(64, &[3.0], 1.0, 1.0).split();
        assert_eq!((split.models.value, split.models.std_error), (0.0, 0.0));
    }

    #[test]
    fn errors_are_as_large_as_the_scatter_over_seeds() {
        // The variance of normal group means has sd √(2/(G − 1)) of itself.
        let (groups, parameter_sd, path_sd) = (4_096, 1.0, 4.0);
        let split = spread(groups, &[0.0], parameter_sd, path_sd).split();
        let between: f64 = parameter_sd * parameter_sd + path_sd * path_sd / 64.0;
        let expected = between * (2.0 / (groups as f64 - 1.0)).sqrt() / (2.0 * parameter_sd);
        // A standard deviation of 32 replications is known to 1/√62 = 13 %.
        let ratio = split.parameters.std_error / expected;
        assert!((ratio - 1.0).abs() < 4.0 * 0.13, "{ratio}");
    }
}
