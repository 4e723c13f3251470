//! What several test files use.
#![allow(dead_code)]

use wattshift::chance::{Chance, Stream};
use wattshift::input::study::Study;
use wattshift::tile::{Factor, LANES};
use wattshift::time::TimeGrid;

/// The embedded default study.
pub(crate) fn default_study() -> Study {
    Study::default_study()
}

/// Uncoupled scores of one tile.
pub(crate) fn scores(grid: &TimeGrid, chance: Chance) -> Vec<[f32; LANES]> {
    let mut scores = vec![[0.0; LANES]; Factor::SCORED.len() * grid.steps()];
    for (rows, factor) in scores.chunks_mut(grid.steps()).zip(Factor::SCORED) {
        chance.scores(Stream::new("score", factor.name()), rows);
    }
    scores
}

/// Mean and standard error of the mean of a sample.
pub(crate) fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}
