//! What the worst paths have in common: means of other columns over the worst few per cent.
//!
//! Exactly ⌈pN⌉ paths are taken, ties at the threshold in path order, so that the tail means of
//! sources that add up to the ranked column add up to its tail mean. The error is by sectioning: each
//! replication has its own threshold and its own worst paths.

use super::double_double::DoubleDouble;
use super::replication::{REPLICATIONS, Replicated, replication_of, runs};
use super::section::Section;
use super::{Distribution, Miss, rank};

/// The worst paths of a section: all below a value, and so many at it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Threshold {
    value: f64,
    ties: u64,
    count: u64,
}

impl Threshold {
    /// Whether a path is among the worst; counts the ties down.
    #[inline]
    fn takes(&mut self, value: f64) -> bool {
        if value < self.value {
            return true;
        }
        if value == self.value && self.ties > 0 {
            self.ties -= 1;
            return true;
        }
        false
    }
}

/// The worst paths of a column, of the full sample and of each replication.
#[derive(Debug, Clone, PartialEq)]
pub struct WorstPaths {
    full: Threshold,
    replications: Vec<Threshold>,
}

impl WorstPaths {
    /// The worst `percent` of the paths by the column of a distribution.
    ///
    /// # Errors
    /// A rank outside the brackets.
    pub fn new(distribution: &mut Distribution, percent: u32) -> Result<Self, Miss> {
        let (full, replications) = distribution.replicate(|section: &mut Section, _| {
            let count = rank(percent, section.count());
            let ranked = section.ranked(&[count])?[0];
            Ok(Threshold { value: ranked.value, ties: count - ranked.below, count })
        })?;
        Ok(Self { full, replications })
    }
}

/// Sums of other columns over the worst paths; fed in path order.
#[derive(Debug, Clone)]
pub struct TailMeans {
    worst: WorstPaths,
    counts: WorstPaths,
    full: Vec<DoubleDouble>,
    replications: Vec<Vec<DoubleDouble>>,
}

impl TailMeans {
    /// Room for `columns` other columns.
    pub fn new(worst: WorstPaths, columns: usize) -> Self {
        Self {
            counts: worst.clone(),
            worst,
            full: vec![DoubleDouble::default(); columns],
            replications: vec![vec![DoubleDouble::default(); columns]; REPLICATIONS],
        }
    }

    /// Takes consecutive paths: the ranked column and the others.
    pub fn feed(&mut self, first_path: u64, ranked: &[f64], others: &[&[f64]]) {
        for (path, run) in runs(first_path, ranked) {
            let replication = replication_of(path);
            for (offset, value) in run.iter().enumerate() {
                let index = (path - first_path) as usize + offset;
                if self.worst.full.takes(*value) {
                    self.full.iter_mut().zip(others).for_each(|(sum, x)| sum.add(x[index]));
                }
                if self.worst.replications[replication].takes(*value) {
                    let sums = &mut self.replications[replication];
                    sums.iter_mut().zip(others).for_each(|(sum, x)| sum.add(x[index]));
                }
            }
        }
    }

    /// The tail mean of each column, by replication.
    pub fn finish(self) -> Vec<Replicated> {
        let mean = |sum: DoubleDouble, threshold: &Threshold| {
            sum.divided_by(threshold.count as f64).value()
        };
        (0..self.full.len())
            .map(|column| Replicated {
                full: mean(self.full[column], &self.counts.full),
                by_replication: std::array::from_fn(|r| {
                    mean(self.replications[r][column], &self.counts.replications[r])
                }),
            })
            .collect()
    }
}
