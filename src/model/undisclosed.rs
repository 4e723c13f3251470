//! Undisclosed inputs: uniform between their bounds, drawn once per group of paths.
//!
//! A number that a company keeps to itself is one number in all worlds, of which we know no more
//! than the range: as a drawn parameter it is shared by the paths of a group, and the replications
//! that errors are made of see it. Mean `(low + high)/2`, standard deviation `(high − low)/√12`.

use crate::chance::{Chance, Stream};
use crate::input::study::Undisclosed;

/// The law of the inputs that are drawn.
#[derive(Debug, Clone)]
pub struct UndisclosedInputs {
    ranges: Vec<(f64, f64)>,
    streams: Vec<Stream>,
}

impl UndisclosedInputs {
    /// The law of those of `inputs` that are ranges, in their order.
    pub fn new(inputs: &[Undisclosed]) -> Self {
        let drawn = || inputs.iter().filter_map(|input| Some((input, input.range()?)));
        Self {
            ranges: drawn().map(|(_, range)| range).collect(),
            streams: drawn().map(|(input, _)| Stream::new("undisclosed", &input.name())).collect(),
        }
    }
    /// Every stream it draws from: one for each input, by its name.
    pub fn streams(&self) -> &[Stream] {
        &self.streams
    }
    /// Draws the inputs of the group that a tile lies in.
    pub fn draw(&self, chance: &Chance) -> Vec<f64> {
        let value = |((low, high), stream): (&(f64, f64), &Stream)| {
            // The sum of a rounded difference may end above the range.
            (low + (high - low) * chance.group_uniform(*stream)).min(*high)
        };
        self.ranges.iter().zip(&self.streams).map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::study::{Instead, Roster};
    use crate::model::testing::mean_and_error;
    use crate::tile::{Build, PATHS_PER_GROUP};

    fn input(row: &str, low: f64, high: f64) -> Undisclosed {
        Undisclosed {
            roster: Roster::Fleet,
            position: 0,
            row: row.into(),
            key: row.into(),
            column: "uptime",
            unit: "",
            instead: Instead::Range { low, high },
        }
    }

    fn draws(law: &UndisclosedInputs, groups: u64) -> Vec<Vec<f64>> {
        let chance = |group| Chance::new(3, group * PATHS_PER_GROUP, Build::fastest());
        (0..groups).map(|group| law.draw(&chance(group))).collect()
    }

    #[test]
    fn draws_are_uniform_and_of_their_own() {
        let law = UndisclosedInputs::new(&[input("a", 2.0, 5.0), input("b", 2.0, 5.0)]);
        let found = draws(&law, 20_000);
        let first: Vec<f64> = found.iter().map(|values| values[0]).collect();
        assert!(first.iter().all(|value| (2.0..=5.0).contains(value)));
        let (mean, error) = mean_and_error(&first);
        assert!((mean - 3.5).abs() < 4.0 * error, "{mean}");
        assert!((error * 20_000.0_f64.sqrt() * 12.0_f64.sqrt() / 3.0 - 1.0).abs() < 0.02);
        let products: Vec<f64> = found.iter().map(|v| (v[0] - 3.5) * (v[1] - 3.5)).collect();
        let (covariance, error) = mean_and_error(&products);
        assert!(covariance.abs() < 4.0 * error, "{covariance} ± {error}");
    }

    #[test]
    fn another_row_changes_the_chance_of_none() {
        let one = UndisclosedInputs::new(&[input("b", 2.0, 5.0)]);
        let two = UndisclosedInputs::new(&[input("a", 0.0, 1.0), input("b", 2.0, 5.0)]);
        for (one, two) in draws(&one, 10).iter().zip(draws(&two, 10)) {
            assert_eq!(one[0], two[1]);
        }
    }
}
