//! Parameters that a fit leaves uncertain, drawn once per group of paths around the study's values.
//!
//! In: for each fitted law its keys, how each is moved to the whole line, and the covariance there.
//! Out: the parameters of a group. Each number is `from_free(to_free(stated) + (L z)_k)`, L L' the
//! covariance and z one standard normal number per key on a stream of its own. A parameter that
//! stands at a bound of its own stays there. Not here: fits.

use crate::calibrate::free_law::Block;
use crate::chance::{Chance, Stream};
use crate::input::study::MarketParameters;
use ndarray::Array2;

/// Parameters that are drawn together: those of one fit.
#[derive(Debug, Clone, PartialEq)]
pub struct JointDraw {
    keys: Vec<String>,
    /// How they are moved to the whole line, in succession.
    blocks: Vec<Block>,
    /// Lower triangular.
    factor: Array2<f64>,
    streams: Vec<Stream>,
}

/// Every parameter that is drawn; none where parameters are fixed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParameterDraws(Vec<JointDraw>);

impl JointDraw {
    /// Parameters by their dotted keys, moved to the whole line by `blocks` in succession; `factor`
    /// is the lower triangular factor of the covariance of the free numbers.
    ///
    /// # Panics
    /// If the three differ in size.
    pub fn new(keys: Vec<String>, blocks: Vec<Block>, factor: Array2<f64>) -> Self {
        assert_eq!(factor.dim(), (keys.len(), keys.len()), "a row for each parameter");
        let width: usize = blocks.iter().map(|block| block.width()).sum();
        assert_eq!(width, keys.len(), "a place in a block for each parameter");
        let streams = keys.iter().map(|key| Stream::new("parameter", key)).collect();
        Self { keys, blocks, factor, streams }
    }
    /// The dotted keys.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }
    /// Each key with the number that `z` standard deviations of its own free number move it to, the
    /// others as they are stated; none of a block that stands at a bound or that is not there.
    pub fn moved(&self, stated: &mut MarketParameters, z: f64) -> Vec<(&str, f64)> {
        let sd = |row: usize| self.factor.row(row).iter().map(|l| l * l).sum::<f64>().sqrt();
        let mut found = Vec::new();
        self.each_block(stated, |at, block, values, free| {
            for index in 0..free.len() {
                let mut moved = free.to_vec();
                moved[index] += z * sd(at + index);
                let moved = block.from_free(&moved)[index];
                if moved != values[index] {
                    found.push((self.keys[at + index].as_str(), moved));
                }
            }
        });
        found
    }
    /// Visits the blocks that can be drawn: position of the first parameter, block, the values and
    /// their free numbers.
    fn each_block(
        &self,
        parameters: &mut MarketParameters,
        mut visit: impl FnMut(usize, &Block, &[f64], &[f64]),
    ) {
        let mut at = 0;
        for block in &self.blocks {
            let keys = &self.keys[at..at + block.width()];
            let values: Option<Vec<f64>> =
                keys.iter().map(|key| parameters.number_mut(key).map(|number| *number)).collect();
            let free = values.as_ref().map(|values| block.to_free(values));
            if let (Some(values), Some(free)) = (values, free)
                && free.iter().all(|number| number.is_finite())
            {
                visit(at, block, &values, &free);
            }
            at += block.width();
        }
    }
    fn draw(&self, chance: &Chance, parameters: &mut MarketParameters) {
        let z: Vec<f64> = self.streams.iter().map(|s| chance.group_normal(*s)[0]).collect();
        let mut drawn = Vec::new();
        self.each_block(parameters, |at, block, _, free| {
            let moved = |(index, free): (usize, &f64)| {
                let row = at + index;
                free + (0..=row).map(|k| self.factor[[row, k]] * z[k]).sum::<f64>()
            };
            let moved: Vec<f64> = free.iter().enumerate().map(moved).collect();
            drawn.extend(block.from_free(&moved).into_iter().zip(at..));
        });
        for (value, index) in drawn {
            if let Some(number) = parameters.number_mut(&self.keys[index]) {
                *number = value;
            }
        }
    }
}

impl ParameterDraws {
    /// Of the fits of several laws, drawn independently.
    pub fn new(laws: Vec<JointDraw>) -> Self {
        Self(laws)
    }
    /// Whether nothing is drawn.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The fits.
    pub fn laws(&self) -> &[JointDraw] {
        &self.0
    }
    /// Every stream it draws from.
    pub fn streams(&self) -> impl Iterator<Item = Stream> {
        self.0.iter().flat_map(|law| law.streams.iter().copied())
    }
    /// Draws the parameters of the group that a tile lies in, around those that are given.
    pub fn draw(&self, chance: &Chance, parameters: &mut MarketParameters) {
        self.0.iter().for_each(|law| law.draw(chance, parameters));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::transform::Transform;
    use crate::input::study::Study;
    use crate::model::testing::mean_and_error;
    use crate::tile::{Build, PATHS_PER_GROUP};
    use ndarray::array;

    const VOLATILITY: &str = "btc_price.gbm.volatility_per_sqrt_year";
    const GROWTH: &str = "network.growth_per_month";

    fn drawn(draws: &ParameterDraws, groups: u64) -> Vec<[f64; 2]> {
        let stated = Study::default_study().market_parameters();
        (0..groups)
            .map(|group| {
                let mut parameters = stated.clone();
                let chance = Chance::new(4, group * PATHS_PER_GROUP, Build::PORTABLE);
                draws.draw(&chance, &mut parameters);
                [VOLATILITY, GROWTH].map(|key| *parameters.number_mut(key).unwrap())
            })
            .collect()
    }

    #[test]
    fn draws_have_the_covariance_of_the_fit_around_the_study() {
        let keys = vec![VOLATILITY.into(), GROWTH.into()];
        let blocks = vec![Block::One(Transform::Log), Block::One(Transform::Identity)];
        let factor = array![[0.1, 0.0], [0.003, 0.004]];
        let draws = ParameterDraws::new(vec![JointDraw::new(keys, blocks, factor)]);
        let found = drawn(&draws, 20_000);
        // The study states 0.5 and 0.012.
        let logs: Vec<f64> = found.iter().map(|[v, _]| (v / 0.5).ln()).collect();
        let growths: Vec<f64> = found.iter().map(|[_, g]| g - 0.012).collect();
        for (values, sd) in [(&logs, 0.1), (&growths, 0.005)] {
            let (mean, error) = mean_and_error(values);
            assert!(mean.abs() < 4.0 * error, "{mean} ± {error}");
            let squares: Vec<f64> = values.iter().map(|x| x * x).collect();
            let (variance, error) = mean_and_error(&squares);
            assert!((variance - sd * sd).abs() < 4.0 * error, "{variance} ± {error}");
        }
        let products: Vec<f64> = logs.iter().zip(&growths).map(|(a, b)| a * b).collect();
        let (covariance, error) = mean_and_error(&products);
        assert!((covariance - 0.0003).abs() < 4.0 * error, "{covariance} ± {error}");
    }

    #[test]
    fn a_parameter_at_its_bound_stays_and_one_that_is_not_there_is_left() {
        let keys = vec![GROWTH.into(), "btc_price.merton.no_such_number".into()];
        let bounded = Transform::Logit { low: 0.012, high: 1.0 };
        let blocks = vec![Block::One(bounded), Block::One(Transform::Log)];
        let factor = array![[1.0, 0.0], [0.0, 1.0]];
        let draws = ParameterDraws::new(vec![JointDraw::new(keys, blocks, factor)]);
        assert!(
            drawn(&draws, 10)
                .iter()
                .all(|[volatility, growth]| { *volatility == 0.5 && *growth == 0.012 })
        );
    }
}
