//! The distribution of a column too long to store: the same bits as if it were stored.
//!
//! In: a pilot, then all values in path order, in chunks. Out: a [`Distribution`], or a [`Miss`]
//! with wider brackets to feed again. Not here: where the brackets lie (`zones`).
//!
//! Values that may be a wanted order statistic are kept, per replication; of the others only
//! counts and sums remain. Order statistics are therefore exact, moments are summed in path order
//! as in the stored mode, and tail sums, whose terms come in another order, are of twice the
//! precision (`double_double` says what that leaves to chance).

use super::distribution::{Distribution, Rank, Section, Tail};
use super::distribution::{Level, copy_without_negative_zero, count_of, rank, select};
use super::double_double::DoubleDouble;
use super::moments::{MomentSums, Moments};
use super::replication::{REPLICATIONS, replication_of, runs};
use super::zones::Zones;
use crate::tile::PATHS_PER_GROUP;

/// A column while its values come in.
#[derive(Debug, Clone)]
pub struct Bracketed {
    zones: Zones,
    paths: u64,
    next_path: u64,
    moments: MomentSums,
    by_replication: Vec<Held>,
}

/// What is held of one section.
#[derive(Debug, Clone)]
struct Held {
    counts: Vec<u64>,
    sums: Vec<DoubleDouble>,
    kept: Vec<f64>,
}

/// A wanted order statistic lies where values were only counted: the pass must be repeated.
#[derive(Debug, Clone)]
pub struct Miss(Box<Zones>, u64);

impl Miss {
    /// The column with brackets twice as wide, to be fed again from path 0.
    pub fn widened(self) -> Bracketed {
        Bracketed::new(self.0.widened(), self.1)
    }
}

impl Bracketed {
    /// Paths of the usual pilot.
    pub const PILOT_PATHS: u64 = 65_536;

    /// A column of `paths` values, with brackets from `pilot`, its first values. The pilot's values
    /// are not counted: all values are fed, from path 0.
    ///
    /// # Panics
    /// If the pilot is empty, or there are fewer than `PATHS_MIN` paths.
    pub fn from_pilot(pilot: &[f64], paths: u64, levels: &[Level]) -> Self {
        assert!(!pilot.is_empty(), "brackets are cut from a pilot");
        Self::new(Zones::from_pilot(pilot, paths, levels), paths)
    }
    fn new(zones: Zones, paths: u64) -> Self {
        let by_replication = vec![Held::new(zones.len()); REPLICATIONS];
        Self { zones, paths, next_path: 0, moments: MomentSums::new(), by_replication }
    }
    /// Takes the values of consecutive paths, finite, which follow those before.
    ///
    /// # Panics
    /// If `first_path` is not the path after the last one fed.
    pub fn feed(&mut self, first_path: u64, values: &[f64]) {
        assert_eq!(first_path, self.next_path, "values are fed in path order, each once");
        self.next_path += values.len() as u64;
        self.moments.feed(first_path, values);
        let mut located = [0; PATHS_PER_GROUP as usize];
        for (path, run) in runs(first_path, values) {
            let located = &mut located[..run.len()];
            self.zones.locate(run, located);
            self.by_replication[replication_of(path)].take(&self.zones, run, located);
        }
    }
    /// The distribution of the whole column.
    ///
    /// # Errors
    /// If a wanted order statistic, of the full sample or of a replication, was not kept.
    ///
    /// # Panics
    /// If not every path was fed, or a value was not finite.
    pub fn finish(mut self) -> Result<Distribution, Miss> {
        assert_eq!(self.next_path, self.paths, "every path is fed");
        let (full_moments, moments) = self.moments.finish();
        let mut full = Held::new(self.zones.len());
        let mut sections = Vec::with_capacity(REPLICATIONS);
        for (held, moments) in self.by_replication.iter_mut().zip(moments) {
            sections.push(held.section(&self.zones, moments));
            full.absorb(held);
        }
        let by_replication: Option<Vec<Section>> = sections.into_iter().collect();
        match (full.section(&self.zones, full_moments), by_replication) {
            (Some(full), Some(by_replication)) => Ok(Distribution { full, by_replication }),
            _ => Err(Miss(Box::new(self.zones), self.paths)),
        }
    }
}

impl Held {
    fn new(zones: usize) -> Self {
        Self {
            counts: vec![0; zones],
            sums: vec![DoubleDouble::default(); zones],
            kept: Vec::new(),
        }
    }
    fn take(&mut self, zones: &Zones, values: &[f64], located: &[u64]) {
        for (value, zone) in values.iter().zip(located) {
            let zone = *zone as usize;
            self.counts[zone] += 1;
            if zones.is_kept(zone) {
                copy_without_negative_zero(&[*value], &mut self.kept);
            } else if zones.is_summed(zone) && zones.point(zone).is_none() {
                self.sums[zone].add(*value);
            }
        }
    }
    /// Takes over all that another section holds.
    fn absorb(&mut self, other: &mut Self) {
        for zone in 0..self.counts.len() {
            self.counts[zone] += other.counts[zone];
            self.sums[zone].add_pair(other.sums[zone]);
        }
        self.kept.append(&mut other.kept);
    }
    /// The section, unless an order statistic was missed.
    fn section(&mut self, zones: &Zones, moments: Moments) -> Option<Section> {
        let places: Option<Vec<Place>> =
            zones.levels().iter().map(|level| self.place(zones, level)).collect();
        let places = places?;
        let mut wanted: Vec<usize> =
            places.iter().map(|place| place.kept).filter(|kept| *kept > 0).collect();
        wanted.sort_unstable();
        select(&mut self.kept, 0, &wanted);
        let ranks = zones.levels().iter().zip(&places);
        let ranks = ranks.map(|(level, place)| self.rank(zones, level, place)).collect();
        Some(Section::new(moments, ranks))
    }
    /// Where the order statistic of a level stands; none if it was not kept.
    fn place(&self, zones: &Zones, level: &Level) -> Option<Place> {
        let rank = rank(level.probability, self.counts.iter().sum());
        let (mut before, mut kept) = (0, 0);
        for (zone, count) in self.counts.iter().enumerate() {
            if before + count >= rank {
                let within = rank - before;
                let is_kept = zones.is_kept(zone);
                let known = is_kept || zones.point(zone).is_some();
                let summed = !level.tail || zones.is_summed(zone);
                let kept = kept + if is_kept { within } else { 0 };
                let place = Place { zone, rank, within, kept: kept as usize };
                return (known && summed).then_some(place);
            }
            before += count;
            kept += if zones.is_kept(zone) { *count } else { 0 };
        }
        None
    }
    /// What is asked of a level, once the kept values below it stand before the others.
    fn rank(&self, zones: &Zones, level: &Level, place: &Place) -> Rank {
        let head = &self.kept[..place.kept];
        let point = zones.point(place.zone);
        let order_statistic = point.unwrap_or_else(|| head[head.len() - 1]);
        let tail = level.tail.then(|| {
            let mut sum: DoubleDouble = head.iter().copied().collect();
            for zone in 0..place.zone {
                match zones.point(zone) {
                    Some(value) => sum.add_pair(repeated(value, self.counts[zone])),
                    None => sum.add_pair(self.sums[zone]),
                }
            }
            point.iter().for_each(|value| sum.add_pair(repeated(*value, place.within)));
            let ties = if point.is_some() { place.within } else { count_of(order_statistic, head) };
            Tail { mean: sum.divided_by(place.rank as f64).value(), ties }
        });
        Rank { probability: level.probability, order_statistic, tail }
    }
}

/// Where an order statistic stands among the zones of a section.
struct Place {
    zone: usize,
    /// Its rank in the section, from 1.
    rank: u64,
    /// Its rank in its zone.
    within: u64,
    /// Kept values that belong to the worst `rank` values.
    kept: usize,
}

/// The sum of a value taken `count` times.
fn repeated(value: f64, count: u64) -> DoubleDouble {
    DoubleDouble::product(value, count as f64)
}

#[cfg(test)]
mod tests {
    use super::super::measure::RiskMeasure;
    use super::super::samples::{LAWS, Law, sample};
    use super::*;

    fn levels() -> Vec<Level> {
        Level::of(&[RiskMeasure::LEVEL.as_slice(), &RiskMeasure::LOSS].concat())
    }

    fn bracketed(values: &[f64], pilot: usize, chunk: usize) -> (Distribution, usize) {
        let levels = levels();
        let mut column = Bracketed::from_pilot(&values[..pilot], values.len() as u64, &levels);
        for misses in 0.. {
            for (index, part) in values.chunks(chunk).enumerate() {
                column.feed((index * chunk) as u64, part);
            }
            match column.finish() {
                Ok(distribution) => return (distribution, misses),
                Err(miss) => column = miss.widened(),
            }
        }
        unreachable!("brackets widen until everything is kept")
    }

    #[test]
    fn the_bits_are_those_of_the_stored_column() {
        let mut scratch = Vec::new();
        let lengths = [2048, 2049, 5000, 20_011, 40_000];
        for law in LAWS {
            for seed in 0..40 {
                let values = sample(law, seed, lengths[seed as usize % lengths.len()]);
                let stored = Distribution::stored(&values, &levels(), &mut scratch);
                let pilot = [values.len(), 2048][seed as usize % 2];
                let (other, _) = bracketed(&values, pilot, 37 + 101 * seed as usize);
                assert_eq!(other, stored, "{law:?}, seed {seed}");
            }
        }
    }

    #[test]
    fn a_long_column_keeps_a_small_part_and_needs_one_pass() {
        for law in LAWS {
            let values = sample(law, 5, 400_007);
            let stored = Distribution::stored(&values, &levels(), &mut Vec::new());
            let pilot = Bracketed::PILOT_PATHS as usize;
            assert_eq!(bracketed(&values, pilot, 4096), (stored, 0), "{law:?}");
            let mut column = Bracketed::from_pilot(&values[..pilot], 400_007, &levels());
            column.feed(0, &values);
            let kept: usize = column.by_replication.iter().map(|held| held.kept.len()).sum();
            // Σ over levels of twice six deviations of both ranks, n_r = 12,500: 31 %; groups that
            // share a mean have ranks some four times as uncertain, and less is gained.
            let share = if law == Law::Grouped { 0.7 } else { 0.4 };
            assert!((kept as f64) < share * values.len() as f64, "{law:?} kept {kept}");
        }
    }

    #[test]
    fn a_pilot_unlike_the_rest_is_a_miss_and_is_repaired() {
        let mut values = sample(LAWS[0], 9, 30_000);
        values[4096..].iter_mut().for_each(|value| *value = 3.0 * *value - 50.0);
        let stored = Distribution::stored(&values, &levels(), &mut Vec::new());
        let (repaired, misses) = bracketed(&values, 4096, 1000);
        assert!(misses > 0, "the pilot lies far above the rest");
        assert_eq!(repaired, stored);
    }

    #[test]
    #[should_panic(expected = "in path order")]
    fn a_gap_in_the_paths_is_our_bug() {
        let mut column = Bracketed::from_pilot(&[1.0], 2048, &levels());
        column.feed(64, &[1.0]);
    }
}
