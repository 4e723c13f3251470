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
use super::replication::{REPLICATIONS, Replicated};
use crate::tile::PATHS_PER_GROUP;

/// Count, mean and sum of squared deviations, one number at a time.
///
/// Source: B. Welford, Technometrics 4 (1962) 419.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Sums {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let before = value - self.mean;
        self.mean += before / self.count;
        self.squares += before * (value - self.mean);
    }
    fn variance(&self) -> f64 {
        self.squares / (self.count - 1.0)
    }
}

/// The groups of one model, in one section of the paths.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    group_means: Sums,
    /// Variances within groups.
    within: Sums,
}

/// A number's groups while they come in.
#[derive(Debug, Clone)]
pub struct Spread {
    /// `[section][model]`: all groups, then those of each replication.
    cells: Vec<Vec<Cell>>,
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
    /// Of groups that follow one of so many models.
    pub fn new(models: usize) -> Self {
        Self { cells: vec![vec![Cell::default(); models]; REPLICATIONS + 1] }
    }
    /// Takes one group: its number, its model and its values.
    ///
    /// # Panics
    /// If the group is not whole.
    pub fn feed(&mut self, group: u64, model: usize, values: &[f64]) {
        assert_eq!(values.len() as u64, PATHS_PER_GROUP, "a group in part says less of its mean");
        let mut sums = Sums::default();
        values.iter().for_each(|value| sums.add(*value));
        let replication = (group % REPLICATIONS as u64) as usize;
        for section in [0, replication + 1] {
            let cell = &mut self.cells[section][model];
            cell.group_means.add(sums.mean);
            cell.within.add(sums.variance());
        }
    }
    /// The split, its errors by replication.
    pub fn split(&self) -> Split {
        let paths = self.cells[0].iter().map(|c| c.group_means.count).sum::<f64>() as u64;
        let of = |variance: fn(&[Cell]) -> f64| {
            let replicated = Replicated {
                full: variance(&self.cells[0]),
                by_replication: std::array::from_fn(|r| variance(&self.cells[r + 1])),
            };
            root(replicated.estimate(paths * PATHS_PER_GROUP))
        };
        Split { parameters: of(of_parameters), models: of(of_models) }
    }
}

/// Groups of all models.
fn groups(cells: &[Cell]) -> f64 {
    cells.iter().map(|cell| cell.group_means.count).sum()
}

/// Variance over draws of the parameters, the models weighted by their groups.
fn of_parameters(cells: &[Cell]) -> f64 {
    // One group of a model says nothing of the spread among its groups.
    let known = || cells.iter().filter(|cell| cell.group_means.count > 1.0);
    let all: f64 = known().map(|cell| cell.group_means.count).sum();
    known()
        .map(|cell| {
            let between = cell.group_means.variance();
            cell.group_means.count / all * (between - cell.within.mean / PATHS_PER_GROUP as f64)
        })
        .sum()
}

/// Variance over models, less what the means of finitely many groups differ by anyway.
fn of_models(cells: &[Cell]) -> f64 {
    let all = groups(cells);
    let present = || cells.iter().filter(|cell| cell.group_means.count > 1.0);
    let weight = |cell: &Cell| cell.group_means.count / all;
    let mean: f64 = present().map(|cell| weight(cell) * cell.group_means.mean).sum();
    present()
        .map(|cell| {
            let chance = cell.group_means.variance() / cell.group_means.count;
            let deviation = cell.group_means.mean - mean;
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
        let mut spread = Spread::new(model_means.len());
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
