//! What is held of a section of a column: the values that may be a wanted order statistic, and of the
//! others counts and sums.
//!
//! In: values in any order; other parts of the section. Out: order statistics and tail means, exact,
//! the same bits whatever the order; or the news that one was not kept. Not here: which values are
//! worth keeping (`tally`).
//!
//! Kept values lie in closed intervals, ascending and disjoint; at first in one from −∞ to ∞. Values
//! at an end of an interval are only counted, so an atom (many exact zeros) costs nothing once an
//! interval ends at it. An end that has been met once at most is no atom so far: values at it may be
//! kept like those beside it. What lies in the gaps between intervals is counted and, below the tails
//! wanted, summed. Intervals only ever shrink: two parts are joined on what both have kept.

use super::distribution::{Level, Rank, rank};
use super::exact_sum::ExactSum;
use crate::tile::PATHS_PER_GROUP;
use crate::tile::kernel::{Build, kernel};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering::{Equal, Greater, Less};

/// A closed interval of kept values: its least and its greatest.
pub(super) type Interval = [f64; 2];

/// All values.
pub(super) const EVERYTHING: Interval = [f64::NEG_INFINITY, f64::INFINITY];

/// One section of a column while its values come in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Held {
    intervals: Vec<Interval>,
    /// Kept values of each interval, how many.
    inside: Vec<u64>,
    /// Values at the two ends of each interval that are counted, how many; at the first where both are
    /// one.
    at_ends: Vec<[u64; 2]>,
    /// What lies in each gap, the first below all intervals, the last above.
    gaps: Vec<Gap>,
    /// Values in gaps below this are summed, as a tail mean may need them.
    summed_below: f64,
    /// The values of the intervals that are not counted as ends, in the order they came.
    kept: Vec<f64>,
}

/// Values between two intervals.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Gap {
    count: u64,
    sum: ExactSum,
}

/// Where a rank stands.
#[derive(Debug, Clone, Copy)]
struct Standing {
    /// The interval.
    interval: usize,
    place: Place,
    /// The rank less all values below the interval's first end.
    within: u64,
    /// Kept values that are counted up to the rank, its own if it is one.
    kept: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    FirstEnd,
    Inside,
    LastEnd,
}

impl Default for Held {
    fn default() -> Self {
        Self::within(vec![EVERYTHING], f64::INFINITY)
    }
}

impl Held {
    /// A section of which only values in `intervals` are kept, and summed below `summed_below`.
    pub(super) fn within(intervals: Vec<Interval>, summed_below: f64) -> Self {
        let count = intervals.len();
        Self {
            intervals,
            inside: vec![0; count],
            at_ends: vec![[0; 2]; count],
            gaps: vec![Gap::default(); count + 1],
            summed_below,
            kept: Vec::new(),
        }
    }
    /// Whether every value is kept, in the order they came.
    pub(super) fn is_whole(&self) -> bool {
        self.intervals == [EVERYTHING]
    }
    /// The kept values.
    pub(super) fn kept(&self) -> &[f64] {
        &self.kept
    }
    /// Number of values taken.
    pub(super) fn count(&self) -> u64 {
        let ends = self.at_ends.iter().flatten();
        self.gaps.iter().map(|gap| gap.count).chain(ends.copied()).sum::<u64>()
            + self.kept.len() as u64
    }
    /// Takes values, finite; −0 is 0.
    pub(super) fn take(&mut self, values: &[f64]) {
        if self.is_whole() {
            let before = self.kept.len();
            self.kept.extend_from_slice(values);
            self.kept[before..].iter_mut().for_each(|value| *value += 0.0);
            self.inside[0] += values.len() as u64;
            return;
        }
        let ends = self.intervals.iter().zip(&self.at_ends).flat_map(|([first, last], counts)| {
            let is_point = first == last;
            [(*first, is_point || counts[0] > 1), (*last, !is_point && counts[1] > 1)]
        });
        let atoms: Vec<f64> = ends.filter(|(_, is_atom)| *is_atom).map(|(end, _)| end).collect();
        self.take_counting(&atoms, values);
    }
    /// Takes values; those at some of the ends are counted.
    fn take_counting(&mut self, ends: &[f64], values: &[f64]) {
        let build = Build::fastest();
        let mut sorted = Sorted::default();
        for run in values.chunks(RUN) {
            if run.iter().all(|value| *value == run[0]) {
                self.take_times(run[0] + 0.0, run.len() as u64);
                continue;
            }
            // What fills up a short run lies nowhere.
            let filled_up = |run: &[f64]| std::array::from_fn(|i| *run.get(i).unwrap_or(&f64::NAN));
            let values: [f64; RUN] = run.try_into().unwrap_or_else(|_| filled_up(run));
            sort_out(build, &self.intervals, ends, self.summed_below, &values, &mut sorted);
            let mut above = run.len() as u64;
            for (index, at) in sorted.intervals.iter().enumerate() {
                self.gaps[index].count += above - at.from_first;
                self.inside[index] += at.from_first - at.above_last;
                above = at.above_last;
            }
            self.gaps[self.intervals.len()].count += above;
            for value in ones(sorted.at_ends).map(|place| values[place]) {
                let index = self.intervals.partition_point(|interval| interval[1] < value);
                let end = usize::from(value != self.intervals[index][0]);
                self.at_ends[index][end] += 1;
                self.inside[index] -= 1;
            }
            let (mut kept, mut count) = ([0.0; RUN], 0);
            for value in ones(sorted.within & !sorted.at_ends).map(|place| values[place]) {
                kept[count] = value + 0.0;
                count += 1;
            }
            self.kept.extend_from_slice(&kept[..count]);
            for value in ones(sorted.summed).map(|place| values[place]) {
                let gap = self.intervals.partition_point(|interval| interval[1] < value);
                self.gaps[gap].sum.add(value);
            }
        }
    }
    /// Takes a value so many times; at an end it is counted.
    fn take_times(&mut self, value: f64, times: u64) {
        let index = self.intervals.partition_point(|interval| interval[1] < value);
        match self.intervals.get(index) {
            Some([first, _]) if value == *first => self.at_ends[index][0] += times,
            Some([_, last]) if value == *last => self.at_ends[index][1] += times,
            Some([first, _]) if value > *first => {
                self.inside[index] += times;
                self.kept.extend(std::iter::repeat_n(value, times as usize));
            }
            _ => {
                self.gaps[index].count += times;
                if value < self.summed_below {
                    self.gaps[index].sum.add_times(value, times);
                }
            }
        }
    }
    /// Keeps from now on, and of what was kept, only values in `intervals`, each within one of those
    /// before; goes on to sum what lies in gaps below `summed_below`.
    pub(super) fn shrink(&mut self, intervals: Vec<Interval>, summed_below: f64) {
        let summed_below = summed_below.min(self.summed_below);
        let old = std::mem::replace(self, Self::within(intervals, summed_below));
        for (index, gap) in old.gaps.iter().enumerate() {
            // No interval reaches into an old gap: count those that lie below it.
            let below = index.checked_sub(1).map_or(f64::NEG_INFINITY, |i| old.intervals[i][1]);
            let at = self.intervals.partition_point(|interval| interval[1] <= below);
            self.gaps[at].count += gap.count;
            self.gaps[at].sum.add_sum(&gap.sum);
        }
        for (interval, counts) in old.intervals.iter().zip(&old.at_ends) {
            let ends = interval.iter().zip(counts).filter(|(_, count)| **count > 0);
            ends.for_each(|(end, count)| self.take_times(*end, *count));
        }
        // How often each new end occurs among what was kept tells whether it is an atom.
        let ends = self.intervals.concat();
        self.take_counting(&ends, &old.kept);
        // Room for what will come is taken when it comes; what is left over is given back.
        self.kept.shrink_to_fit();
    }
    /// Keeps what will come, nothing having come so far, in a room that is empty.
    pub(super) fn keep_in(&mut self, room: Vec<f64>) {
        assert!(self.kept.is_empty() && room.is_empty(), "a room is taken before any value is");
        self.kept = room;
    }
    /// Joins another part of the section, on what both have kept; gives back the room of its values,
    /// empty.
    pub(super) fn join(&mut self, mut other: Self) -> Vec<f64> {
        if self.intervals != other.intervals {
            let common = intersections(&self.intervals, &other.intervals);
            let summed_below = self.summed_below.min(other.summed_below);
            for part in [&mut *self, &mut other] {
                if part.intervals != common {
                    part.shrink(common.clone(), summed_below);
                }
            }
        }
        self.summed_below = self.summed_below.min(other.summed_below);
        self.kept.append(&mut other.kept);
        for (own, other) in self.inside.iter_mut().zip(other.inside) {
            *own += other;
        }
        for (own, other) in self.at_ends.iter_mut().flatten().zip(other.at_ends.iter().flatten()) {
            *own += other;
        }
        for (own, other) in self.gaps.iter_mut().zip(&other.gaps) {
            own.count += other.count;
            own.sum.add_sum(&other.sum);
        }
        other.kept
    }
    /// Where a rank, from 1, stands; none if it lies in a gap.
    fn standing(&self, rank: u64) -> Option<Standing> {
        let (mut before, mut kept_before) = (0, 0);
        for interval in 0..self.intervals.len() {
            before += self.gaps[interval].count;
            if rank <= before {
                return None;
            }
            let ([first, last], inside) = (self.at_ends[interval], self.inside[interval]);
            let within = rank - before;
            let standing = |place, kept| {
                let kept = (kept_before + kept) as usize;
                Some(Standing { interval, place, within, kept })
            };
            if within <= first {
                return standing(Place::FirstEnd, 0);
            }
            if within <= first + inside {
                return standing(Place::Inside, within - first);
            }
            if within <= first + inside + last {
                return standing(Place::LastEnd, inside);
            }
            before += first + inside + last;
            kept_before += inside;
        }
        None
    }
    /// The values at ranks, ascending, from 1; none for a rank that lies in a gap.
    pub(super) fn at_ranks(&mut self, ranks: &[u64]) -> Vec<Option<f64>> {
        let standings: Vec<_> = ranks.iter().map(|rank| self.standing(*rank)).collect();
        self.put_in_place(&standings);
        standings.into_iter().map(|found| Some(self.value_at(found?))).collect()
    }
    /// Moves the kept values that are counted up to each standing before the others, the greatest of
    /// them to their end.
    fn put_in_place(&mut self, standings: &[Option<Standing>]) {
        let places = standings.iter().flatten().map(|standing| standing.kept);
        let mut places: Vec<usize> = places.filter(|kept| *kept > 0).collect();
        places.sort_unstable();
        select(&mut self.kept, 0, &places);
    }
    fn value_at(&self, standing: Standing) -> f64 {
        match standing.place {
            Place::FirstEnd => self.intervals[standing.interval][0],
            Place::Inside => self.kept[standing.kept - 1],
            Place::LastEnd => self.intervals[standing.interval][1],
        }
    }
    /// What is asked of each level; none if one was not kept.
    pub(super) fn ranks(&mut self, levels: &[Level]) -> Option<Vec<Rank>> {
        let count = self.count();
        let ranks = || levels.iter().map(|level| rank(level.probability, count));
        let standings: Vec<_> = ranks().map(|rank| self.standing(rank)).collect();
        self.put_in_place(&standings);
        let levels = levels.iter().zip(ranks()).zip(standings);
        levels
            .map(|((level, rank), standing)| {
                let standing = standing?;
                let tail_mean =
                    if level.tail { Some(self.tail_mean(rank, standing)?) } else { None };
                let order_statistic = self.value_at(standing);
                Some(Rank { probability: level.probability, order_statistic, tail_mean })
            })
            .collect()
    }
    /// The mean of the values up to a rank, whose kept ones stand before the others; none if their sum was
    /// not taken.
    fn tail_mean(&self, rank: u64, standing: Standing) -> Option<f64> {
        let interval = standing.interval;
        if self.intervals[interval][0] > self.summed_below {
            return None;
        }
        let mut sum = ExactSum::default();
        self.gaps[..=interval].iter().for_each(|gap| sum.add_sum(&gap.sum));
        let add_end = |sum: &mut ExactSum, value: f64, count: u64| {
            if count > 0 {
                sum.add_times(value, count);
            }
        };
        for (ends, counts) in self.intervals.iter().zip(&self.at_ends).take(interval) {
            add_end(&mut sum, ends[0], counts[0]);
            add_end(&mut sum, ends[1], counts[1]);
        }
        let ([low, high], [first, _]) = (self.intervals[interval], self.at_ends[interval]);
        self.kept[..standing.kept].iter().for_each(|value| sum.add(*value));
        match standing.place {
            Place::FirstEnd => add_end(&mut sum, low, standing.within),
            Place::Inside => add_end(&mut sum, low, first),
            Place::LastEnd => {
                add_end(&mut sum, low, first);
                add_end(&mut sum, high, standing.within - first - self.inside[interval]);
            }
        }
        Some(sum.mean(rank))
    }
}

/// Values that are sorted out together, a bit for each.
const RUN: usize = PATHS_PER_GROUP as usize;

/// Where the values of a run lie.
#[derive(Debug, Default, PartialEq)]
struct Sorted {
    intervals: Vec<Beyond>,
    /// Which lie in an interval.
    within: u64,
    /// Which are at an end that is counted.
    at_ends: u64,
    /// Which lie in a gap that is summed.
    summed: u64,
}

/// How many values lie at the first end of an interval or above, and above its last.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Beyond {
    from_first: u64,
    above_last: u64,
}

kernel! {
    /// Tells where values lie, and which are at these ends; NaN lies nowhere.
    fn sort_out(
        intervals: &[Interval],
        ends: &[f64],
        summed_below: f64,
        values: &[f64; RUN],
        sorted: &mut Sorted,
    ) {
        // All bits of a word are 1 or none: a comparison makes such words, and no other.
        let (mut within, mut at_ends) = ([0_u64; RUN], [0_u64; RUN]);
        sorted.intervals.clear();
        for [first, last] in intervals {
            let (first, last) = (*first, *last);
            let mut beyond = Beyond::default();
            for i in 0..RUN {
                let from_first = all_or_none(first <= values[i]);
                let above_last = all_or_none(last < values[i]);
                beyond.from_first = beyond.from_first.wrapping_sub(from_first);
                beyond.above_last = beyond.above_last.wrapping_sub(above_last);
                within[i] |= from_first ^ above_last;
            }
            sorted.intervals.push(beyond);
        }
        for end in ends {
            for i in 0..RUN {
                at_ends[i] |= all_or_none(values[i] == *end);
            }
        }
        let mut bits = [0_u64; 3];
        for i in 0..RUN {
            let own = 1 << i;
            bits[0] |= within[i] & own;
            bits[1] |= at_ends[i] & own;
            bits[2] |= all_or_none(values[i] < summed_below) & !within[i] & own;
        }
        [sorted.within, sorted.at_ends, sorted.summed] = bits;
    }
}

/// A word of ones, or of zeros.
#[inline(always)]
fn all_or_none(is: bool) -> u64 {
    u64::from(is).wrapping_neg()
}

/// The positions of the bits of a word that are 1.
fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let next = (word != 0).then(|| word.trailing_zeros() as usize);
        word &= word.wrapping_sub(1);
        next
    })
}

/// What two intervals have in common; its ends change places where that is nothing.
pub(super) fn intersection(first: Interval, second: Interval) -> Interval {
    [first[0].max(second[0]), first[1].min(second[1])]
}

/// What two ascending lists of disjoint intervals have in common.
fn intersections(first: &[Interval], second: &[Interval]) -> Vec<Interval> {
    let (mut i, mut j) = (0, 0);
    let mut common: Vec<Interval> = Vec::new();
    while i < first.len() && j < second.len() {
        let both = intersection(first[i], second[j]);
        if both[0] <= both[1] {
            common.push(both);
        }
        if first[i][1] < second[j][1] { i += 1 } else { j += 1 }
    }
    common
}

/// The union of intervals, as an ascending list of disjoint ones. Where two meet in a value, that
/// stays an end, as it may be an atom: the second begins right above it.
pub(super) fn union(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.sort_unstable_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let mut joined: Vec<Interval> = Vec::new();
    for interval in intervals {
        match joined.last_mut() {
            Some(last) if interval[1] <= last[1] => {}
            Some(last) if interval[0] == last[1] => {
                let above = interval[0].next_up();
                joined.push([above, interval[1]]);
            }
            Some(last) if interval[0] < last[1] => last[1] = interval[1],
            _ => joined.push(interval),
        }
    }
    joined
}

/// Moves the order statistics of the ascending ranks (from 1, less `before`) to their places, and
/// what is not above each before it.
fn select(values: &mut [f64], before: usize, ranks: &[usize]) {
    let Some(middle) = ranks.get(ranks.len() / 2) else { return };
    let at = middle - 1 - before;
    // None is NaN or −0, so that this order is total, and one comparison.
    let ascending = |a: &f64, b: &f64| {
        if a < b {
            Less
        } else if b < a {
            Greater
        } else {
            Equal
        }
    };
    let (low, _, high) = values.select_nth_unstable_by(at, ascending);
    select(low, before, &ranks[..ranks.partition_point(|rank| rank < middle)]);
    select(high, *middle, &ranks[ranks.partition_point(|rank| rank <= middle)..]);
}

#[cfg(test)]
mod tests {
    use super::super::samples::{LAWS, Law, sample};
    use super::*;

    const LEVELS: [Level; 3] = [
        Level { probability: 0.01, tail: true },
        Level { probability: 0.05, tail: true },
        Level { probability: 0.5, tail: false },
    ];

    fn held(values: &[f64]) -> Held {
        let mut held = Held::default();
        held.take(values);
        held
    }

    /// The ranks of values by a full sort, and tail sums in its order.
    fn sorted_ranks(values: &[f64]) -> Vec<Rank> {
        let mut sorted: Vec<f64> = values.iter().map(|value| value + 0.0).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let of = |level: &Level| {
            let head = &sorted[..rank(level.probability, sorted.len() as u64) as usize];
            let sum: ExactSum = head.iter().copied().collect();
            Rank {
                probability: level.probability,
                order_statistic: head[head.len() - 1],
                tail_mean: level.tail.then(|| sum.mean(head.len() as u64)),
            }
        };
        LEVELS.iter().map(of).collect()
    }

    /// Intervals around the levels that reach so much of the sample to either side, and the end of
    /// that around the last tail.
    fn around(values: &[f64], reach: f64) -> (Vec<Interval>, f64) {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = |p: f64| sorted[((p * sorted.len() as f64) as usize).min(sorted.len() - 1)] + 0.0;
        let interval =
            |level: &Level| [at(level.probability - reach), at(level.probability + reach)];
        (union(LEVELS.iter().map(interval).collect()), interval(&LEVELS[1])[1])
    }

    #[test]
    fn ranks_are_those_of_a_full_sort_however_values_are_kept() {
        for law in LAWS {
            let values = sample(law, 7, 20_011);
            let wanted = sorted_ranks(&values);
            assert_eq!(held(&values).ranks(&LEVELS).unwrap(), wanted, "{law:?}, all kept");
            for cut in [0, 5_000, 20_011] {
                let mut narrow = held(&values[..cut]);
                let (intervals, tail_end) = around(&values, 0.02);
                narrow.shrink(intervals, tail_end);
                narrow.take(&values[cut..]);
                assert_eq!(narrow.count(), 20_011);
                assert_eq!(narrow.ranks(&LEVELS).unwrap(), wanted, "{law:?}, {cut}");
            }
        }
    }

    #[test]
    fn parts_join_on_what_both_have_kept() {
        for law in LAWS {
            let values = sample(law, 3, 30_000);
            let wanted = sorted_ranks(&values);
            let (first, second) = values.split_at(11_111);
            let mut parts = [held(first), held(second)];
            for (part, reach) in parts.iter_mut().zip([0.02, 0.03]) {
                let (intervals, tail_end) = around(&values, reach);
                part.shrink(intervals, tail_end);
            }
            let [mut one, other] = parts;
            let mut backwards = other.clone();
            backwards.join(one.clone());
            one.join(other);
            assert_eq!(one.ranks(&LEVELS).unwrap(), wanted, "{law:?}");
            assert_eq!(backwards.ranks(&LEVELS).unwrap(), wanted, "{law:?}");
        }
    }

    #[test]
    fn a_rank_in_a_gap_is_missed_and_an_atom_is_only_counted() {
        let values = sample(Law::Normal, 1, 4_096);
        let mut elsewhere = held(&values);
        elsewhere.shrink(vec![[5.0, 6.0]], f64::INFINITY);
        assert_eq!(elsewhere.ranks(&LEVELS), None);
        assert_eq!(elsewhere.at_ranks(&[1, 4_096]), [None, None]);
        let mut zeros = held(&[0.0; 4_096]);
        zeros.shrink(vec![[0.0, 0.0]], 0.0);
        zeros.take(&[-0.0; 1_000]);
        assert!(zeros.kept().is_empty());
        assert_eq!(zeros.ranks(&LEVELS).unwrap()[1].tail_mean, Some(0.0));
        assert!(zeros.at_ranks(&[77])[0].unwrap().is_sign_positive());
    }

    #[test]
    fn values_at_an_end_count_alike_whether_or_not_it_is_known_for_an_atom() {
        // 92 zeros, ones and twos, 91 of each other; none is known to be an atom at first.
        let values: Vec<f64> = (0..640).map(|i| f64::from(i % 7)).collect();
        let intervals = vec![[1.0, 4.0], [6.0, 6.0]];
        let mut unknown = Held::within(intervals.clone(), f64::INFINITY);
        unknown.take(&values);
        assert_eq!(unknown.kept().len(), 2 * 92 + 2 * 91, "ends are kept, but for points");
        let mut known = held(&values);
        known.shrink(intervals, f64::INFINITY);
        assert_eq!(known.kept().len(), 92 + 91, "ends are counted");
        let ranks: Vec<u64> = (93..=458).chain(550..=640).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let wanted: Vec<_> = ranks.iter().map(|rank| Some(sorted[*rank as usize - 1])).collect();
        assert_eq!(known.at_ranks(&ranks), wanted);
        assert_eq!(unknown.at_ranks(&ranks), wanted);
        assert_eq!(unknown.at_ranks(&[92, 459, 549]), [None; 3]);
        unknown.join(known);
        let twice: Vec<u64> = ranks.iter().map(|rank| 2 * rank).collect();
        assert_eq!(unknown.at_ranks(&twice), wanted);
    }

    #[test]
    fn a_tail_above_what_was_summed_is_missed() {
        let values = sample(Law::Normal, 1, 4_096);
        let mut short = held(&values);
        short.shrink(around(&values, 0.001).0, -2.0);
        assert!(short.ranks(&LEVELS[2..]).is_some());
        assert_eq!(short.ranks(&LEVELS[1..2]), None);
    }

    #[test]
    fn every_build_sorts_out_alike() {
        let mut values = [f64::NAN; RUN];
        values.iter_mut().zip(sample(Law::Rare, 2, 40)).for_each(|(own, value)| *own = value);
        values[40..44].copy_from_slice(&[-1.0, -0.0, 2.0, 0.5]);
        let intervals = [[f64::NEG_INFINITY, -1.0], [0.0, 0.0], [0.5, 2.0]];
        let of = |build| {
            let mut sorted = Sorted::default();
            sort_out(build, &intervals, &intervals.concat(), 0.5, &values, &mut sorted);
            sorted
        };
        for build in Build::available() {
            assert_eq!(of(build), of(Build::PORTABLE), "{build:?}");
        }
    }

    #[test]
    fn nested_selection_agrees_with_a_full_sort() {
        let values: Vec<f64> = (0..3000).map(|i| f64::from(i * 7919 % 1009)).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let ranks = [1, 30, 30, 150, 1500, 2850, 2970, 3000];
        let mut selected = values;
        select(&mut selected, 0, &ranks);
        for rank in ranks {
            assert_eq!(selected[rank - 1], sorted[rank - 1]);
            let mut head = selected[..rank].to_vec();
            head.sort_unstable_by(f64::total_cmp);
            assert_eq!(head, sorted[..rank]);
        }
    }

    #[test]
    fn intervals_meet_and_join() {
        let (first, second) = ([[0.0, 4.0], [6.0, 9.0]], [[1.0, 2.0], [3.0, 7.0], [9.0, 12.0]]);
        let common = [[1.0, 2.0], [3.0, 4.0], [6.0, 7.0], [9.0, 9.0]];
        assert_eq!(intersections(&first, &second), common);
        assert_eq!(union(vec![[3.0, 7.0], [0.0, 1.0], [6.0, 8.0]]), [[0.0, 1.0], [3.0, 8.0]]);
        let atom = vec![[0.0, 5.0], [0.0, 0.0], [-3.0, 0.0], [0.0, 0.0]];
        assert_eq!(union(atom), [[-3.0, 0.0], [0.0_f64.next_up(), 5.0]]);
    }
}
