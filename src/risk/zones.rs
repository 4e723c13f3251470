//! Zones of the value axis: which values of a long column must be kept to know its ranks.
//!
//! In: a pilot, the first paths of the column, and the levels wanted. Out: the zone of any value,
//! and whether its values are kept or only counted. Not here: counting them (`bracketed`).
//!
//! Boundaries v_0 < v_1 < … cut the axis into open intervals and points: zone 2i is the interval
//! below v_i, zone 2i + 1 is v_i itself. A point need only be counted, so a column with an atom
//! (many exact zeros) keeps no copy of it, provided the atom is a boundary; a value that fills
//! neighbouring places of the pilot's grid is made one.

use super::distribution::Level;
use super::replication::replication_sizes;
use crate::tile::PATHS_PER_GROUP;

/// Places of the pilot's sorted values that are remembered, so that brackets can be widened.
const GRID: usize = 1024;

/// Standard deviations of a rank that the first brackets reach on either side.
const DEVIATIONS: f64 = 6.0;

/// The zones of one column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Zones {
    levels: Vec<Level>,
    /// Every `stride`-th of the pilot's sorted values, from its least.
    grid: Vec<f64>,
    stride: usize,
    pilot: usize,
    /// Per level: one standard deviation of its rank in the pilot and in a replication, added up,
    /// as a share of the paths.
    spread: Vec<f64>,
    deviations: f64,
    boundaries: Vec<f64>,
    kept: Vec<bool>,
    /// Zones whose sums a tail mean may need, from the lowest.
    summed: usize,
}

impl Zones {
    /// Zones that hold each level's order statistic of the full sample and of every replication,
    /// up to ±6 standard deviations of its rank in the pilot and in the replication.
    pub(super) fn from_pilot(pilot: &[f64], paths: u64, levels: &[Level]) -> Self {
        let mut sorted: Vec<f64> = pilot.iter().map(|value| value + 0.0).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let smallest = replication_sizes(paths).into_iter().min().unwrap_or(1);
        let to_replication = (pilot.len() as f64 / smallest as f64).sqrt();
        let spread = levels
            .iter()
            .map(|level| {
                let at = super::distribution::rank(level.probability, pilot.len() as u64) as usize;
                rank_sd(pilot, level.probability, sorted[at - 1]) * (1.0 + to_replication)
            })
            .collect();
        let stride = (pilot.len() / GRID).max(1);
        let mut zones = Self {
            levels: levels.to_vec(),
            grid: sorted.iter().step_by(stride).copied().collect(),
            stride,
            pilot: pilot.len(),
            spread,
            deviations: DEVIATIONS,
            boundaries: Vec::new(),
            kept: Vec::new(),
            summed: 0,
        };
        zones.cut();
        zones
    }
    /// The same with brackets twice as wide; after a few times everything is kept.
    pub(super) fn widened(mut self) -> Self {
        self.deviations *= 2.0;
        self.cut();
        self
    }
    /// Lays boundaries and says which intervals are kept.
    fn cut(&mut self) {
        let brackets: Vec<_> = (0..self.levels.len()).map(|level| self.bracket(level)).collect();
        let within = |low: Option<f64>, high: Option<f64>| {
            brackets.iter().any(|(from, to)| {
                from.is_none_or(|from| low.is_some_and(|low| from <= low))
                    && to.is_none_or(|to| high.is_some_and(|high| high <= to))
            })
        };
        let atoms = self.grid.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
        let atoms = atoms.filter(|atom| within(Some(*atom), Some(*atom)));
        let ends = brackets.iter().flat_map(|(from, to)| [*from, *to]).flatten();
        let mut boundaries: Vec<f64> = ends.chain(atoms).collect();
        boundaries.sort_unstable_by(f64::total_cmp);
        boundaries.dedup();
        let boundary = |at: usize| boundaries.get(at).copied();
        self.kept = (0..=2 * boundaries.len())
            .map(|zone| {
                let low = (zone / 2).checked_sub(1).and_then(boundary);
                zone % 2 == 0 && within(low, boundary(zone / 2))
            })
            .collect();
        let tails = self.levels.iter().zip(&brackets).filter(|(level, _)| level.tail);
        self.summed = tails
            .map(|(_, (_, to))| {
                to.map_or(self.kept.len(), |to| 2 * boundaries.partition_point(|v| *v < to) + 2)
            })
            .max()
            .unwrap_or(0);
        self.boundaries = boundaries;
    }
    /// The ends of a level's bracket, each in the grid; none where it reaches beyond the pilot.
    fn bracket(&self, level: usize) -> (Option<f64>, Option<f64>) {
        let (probability, pilot) = (self.levels[level].probability, self.pilot as f64);
        let reach = self.deviations * self.spread[level];
        let low = ((probability - reach) * pilot - 1.0) / self.stride as f64;
        let high = ((probability + reach) * pilot / self.stride as f64).ceil();
        let low = (low >= 0.0).then(|| self.grid[low as usize]);
        (low, self.grid.get(high as usize).copied())
    }
    /// Number of zones.
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }
    /// The levels wanted.
    pub(super) fn levels(&self) -> &[Level] {
        &self.levels
    }
    /// Whether the values of a zone are kept.
    pub(super) fn is_kept(&self, zone: usize) -> bool {
        self.kept[zone]
    }
    /// Whether the values of a zone that is not kept are summed.
    pub(super) fn is_summed(&self, zone: usize) -> bool {
        zone < self.summed
    }
    /// The value of a zone that is a point.
    pub(super) fn point(&self, zone: usize) -> Option<f64> {
        (zone % 2 == 1).then(|| self.boundaries[zone / 2])
    }
    /// The zone of each value: how many boundaries lie below it, and how many at or below it.
    pub(super) fn locate(&self, values: &[f64], zones: &mut [u64]) {
        zones.fill(0);
        for boundary in &self.boundaries {
            for (zone, value) in zones.iter_mut().zip(values) {
                *zone += u64::from(boundary < value) + u64::from(boundary <= value);
            }
        }
    }
}

/// The standard deviation of the share of a pilot at or below its order statistic.
///
/// √(p (1 − p) / m) for independent paths; paths of a group share drawn parameters, so where the
/// spread between groups is larger it is taken: Σ_g (c_g − F n_g)² / m², with c_g of the n_g paths
/// of group g, and F of all, at or below.
fn rank_sd(pilot: &[f64], probability: f64, order_statistic: f64) -> f64 {
    let below = |values: &[f64]| values.iter().filter(|value| **value <= order_statistic).count();
    let count = pilot.len() as f64;
    let share = below(pilot) as f64 / count;
    let between: f64 = pilot
        .chunks(PATHS_PER_GROUP as usize)
        .map(|group| (below(group) as f64 - share * group.len() as f64).powi(2))
        .sum();
    (probability * (1.0 - probability) * count).max(between).sqrt() / count
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEDIAN: [Level; 1] = [Level { probability: 0.5, tail: true }];

    /// The numbers 0 to 65,535, each group of 64 spread over all of them.
    fn every_rank() -> Vec<f64> {
        (0..65_536_u64).map(|i| (i * 40_503 % 65_536) as f64).collect()
    }

    fn zone_of(zones: &Zones, value: f64) -> usize {
        let mut zone = [0];
        zones.locate(&[value], &mut zone);
        zone[0] as usize
    }

    #[test]
    fn a_value_is_in_one_zone_and_boundaries_are_points() {
        let pilot = every_rank();
        let zones = Zones::from_pilot(&pilot, 1 << 20, &MEDIAN);
        let [low, high] = zones.boundaries[..] else { panic!("one bracket has two ends") };
        assert_eq!(zone_of(&zones, low - 0.5), 0);
        assert_eq!(zone_of(&zones, low), 1);
        assert_eq!(zone_of(&zones, low + 0.5), 2);
        assert_eq!(zone_of(&zones, high), 3);
        assert_eq!(zone_of(&zones, high + 0.5), 4);
        assert_eq!(zones.kept, [false, false, true, false, false]);
        assert!(zones.is_summed(3) && !zones.is_summed(4));
    }

    #[test]
    fn a_bracket_reaches_six_deviations_of_both_ranks() {
        // Value = rank in the pilot; 2^20 paths have replications of 2^15.
        let pilot = every_rank();
        let zones = Zones::from_pilot(&pilot, 1 << 20, &MEDIAN);
        let sd = |n: f64| 0.5 / n.sqrt();
        let reach = 6.0 * (sd(65_536.0) + sd(32_768.0)) * 65_536.0;
        assert!(zones.boundaries[0] <= 32_768.0 - reach);
        assert!(zones.boundaries[1] >= 32_768.0 + reach);
        // And not further than one place of the grid.
        assert!(zones.boundaries[1] <= 32_768.0 + reach + 64.0);
    }

    #[test]
    fn paths_that_share_their_group_widen_the_bracket() {
        // All 64 paths of a group alike: the pilot is worth a 64th of its paths.
        let alike: Vec<f64> = (0..65_536).map(|i| f64::from(i / 64 * 389 % 1024)).collect();
        let independent_sd = 0.5 / 65_536_f64.sqrt();
        assert!((rank_sd(&alike, 0.5, 511.0) / independent_sd - 8.0).abs() < 1e-12);
    }

    #[test]
    fn an_atom_is_a_point_and_widening_ends_with_everything_kept() {
        let pilot: Vec<f64> = every_rank().iter().map(|rank| (rank - 32_000.0).max(0.0)).collect();
        let mut zones = Zones::from_pilot(&pilot, 1 << 20, &MEDIAN);
        assert_eq!(zones.point(zone_of(&zones, 0.0)), Some(0.0));
        for _ in 0..8 {
            zones = zones.widened();
        }
        for zone in 0..zones.len() {
            assert!(zones.is_kept(zone) || zones.point(zone).is_some());
        }
    }
}
