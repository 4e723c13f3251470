//! Where the wanted order statistics of a long column must lie, read off a pilot.
//!
//! For a probability p the wanted value is the order statistic of rank ⌈pN⌉ of the full sample and
//! of each replication. Its place on the pilot's own scale of ranks differs by the pilot's sampling
//! error and by the replication's, each of standard deviation √(p(1 − p)/n); six of both are
//! allowed for. A column that misses its brackets all the same is passed again with wider ones.

use super::measure::{Measure, percents};
use super::replication::replication_sizes;
use super::section::Zone;

/// Paths of a pilot.
pub const PILOT_PATHS: u64 = 65_536;

/// Standard deviations of a rank allowed for on either side.
const DEVIATIONS: f64 = 6.0;

/// Intervals of the value axis whose values are kept: closed, disjoint, ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct Brackets(Vec<(f64, f64)>);

impl Brackets {
    /// The brackets of `measures` in a run of `paths`, from the values of a pilot, `width` times as
    /// wide as six standard deviations.
    ///
    /// # Panics
    /// If there are fewer paths than one group a replication.
    pub fn new(pilot: &[f64], measures: &[Measure], paths: u64, width: f64) -> Self {
        let mut sorted = pilot.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let smallest = replication_sizes(paths).into_iter().min().unwrap_or(1) as f64;
        let mut intervals: Vec<(f64, f64)> = Vec::new();
        for percent in percents(measures) {
            let p = f64::from(percent) / 100.0;
            let half = DEVIATIONS
                * width
                * (p * (1.0 - p)).sqrt()
                * (1.0 / n.sqrt() + 1.0 / smallest.sqrt());
            // One rank more on either side for the rounding of ⌈pN⌉.
            let low = (p - half) * n - 2.0;
            let high = (p + half) * n + 1.0;
            let low = if low < 0.0 { f64::NEG_INFINITY } else { sorted[low as usize] };
            let high = if high >= n - 1.0 { f64::INFINITY } else { sorted[high.ceil() as usize] };
            match intervals.last_mut() {
                Some(last) if low <= last.1 => last.1 = last.1.max(high),
                _ => intervals.push((low, high)),
            }
        }
        Self(intervals)
    }

    /// Every edge between zones: outside, inside, outside, …
    pub(super) fn edges(&self) -> Vec<f64> {
        self.0.iter().flat_map(|(low, high)| [*low, high.next_up()]).collect()
    }

    /// The zones between the edges, empty.
    pub(super) fn zones(&self) -> Vec<Zone> {
        let mut zones = vec![Zone::Counted];
        for (low, high) in &self.0 {
            zones.push(if low == high { Zone::Atom(*low) } else { Zone::Kept(Vec::new()) });
            zones.push(Zone::Counted);
        }
        zones
    }
}
