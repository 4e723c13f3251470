//! Outcomes: one number per metric, share and path.
//!
//! In: how many metrics, shares and paths; tiles write their paths. Out: the column of a metric and
//! share, contiguous in the order of the tiles. Not here: what the numbers mean, how they arose, or
//! which paths these are; metrics and shares are indices.

use ndarray::{Array3, ArrayViewMut3, Axis, s};

/// The outcomes of some paths, `[metric][share][path]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcomes {
    values: Array3<f64>,
}

impl Outcomes {
    /// Room for the outcomes of so many paths, all 0.
    pub fn new(metrics: usize, shares: usize, paths: usize) -> Self {
        Self { values: Array3::zeros((metrics, shares, paths)) }
    }
    /// Number of metrics.
    pub fn metrics(&self) -> usize {
        self.values.len_of(Axis(0))
    }
    /// Number of shares.
    pub fn shares(&self) -> usize {
        self.values.len_of(Axis(1))
    }
    /// Number of paths.
    pub fn paths(&self) -> usize {
        self.values.len_of(Axis(2))
    }
    /// The numbers of one metric and share, in the order of the tiles.
    ///
    /// # Panics
    /// If there is no such metric or share.
    pub fn column(&self, metric: usize, share: usize) -> &[f64] {
        self.values
            .slice(s![metric, share, ..])
            .to_slice()
            .expect("the path is the last axis of an array made in standard layout")
    }
    /// Keeps the first metrics alone.
    pub fn keep(&mut self, metrics: usize) {
        self.values = self.values.slice(s![..metrics, .., ..]).to_owned();
    }
    /// Adds the same metrics, shares and paths of others, who may have more metrics after them.
    pub fn add(&mut self, other: &Self) {
        self.values += &other.values.slice(s![..self.metrics(), .., ..]);
    }
    /// Disjoint views `[metric][share][lane]` of `lanes` consecutive paths each, in path order; the
    /// last may be narrower.
    ///
    /// # Panics
    /// If `lanes` is 0.
    pub fn chunks_mut(&mut self, lanes: usize) -> impl Iterator<Item = ArrayViewMut3<'_, f64>> {
        self.values.axis_chunks_iter_mut(Axis(2), lanes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of metric, share and path, told apart by its digits.
    fn mark(metric: usize, share: usize, path: usize) -> f64 {
        (metric * 1_000_000 + share * 10_000 + path) as f64
    }

    #[test]
    fn what_tiles_write_is_read_by_column() {
        let mut outcomes = Outcomes::new(2, 3, 150);
        let tiles = outcomes.chunks_mut(64).enumerate();
        crate::parallel::for_each(tiles, |(tile, mut view)| {
            for ((metric, share, lane), number) in view.indexed_iter_mut() {
                *number = mark(metric, share, 64 * tile + lane);
            }
        });
        assert_eq!((outcomes.metrics(), outcomes.shares()), (2, 3));
        for metric in 0..2 {
            for share in 0..3 {
                let wanted: Vec<f64> =
                    (0..outcomes.paths()).map(|path| mark(metric, share, path)).collect();
                assert_eq!(outcomes.column(metric, share), wanted);
            }
        }
    }

    #[test]
    fn the_last_tile_is_as_narrow_as_what_is_left() {
        let mut outcomes = Outcomes::new(1, 1, 150);
        let lanes: Vec<usize> = outcomes.chunks_mut(64).map(|view| view.dim().2).collect();
        assert_eq!(lanes, [64, 64, 22]);
    }
}
