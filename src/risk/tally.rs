//! A column while its paths come in: every number of its distribution, exact, in little memory.
//!
//! In: groups of values in any order, from any slice of the run; other slices. Out: a [`Distribution`],
//! the same bits whatever the order and the slices. Not here: where the values come from.
//!
//! Each replication keeps all its values while they are few. Once they are many, it keeps those that
//! may still turn out to be a wanted order statistic, and of the others counts and sums. After `m` of
//! `n` paths an order statistic of the whole stands within so many standard deviations
//! s √(1/m − 1/n) of its rank so far, with s² = p (1 − p) times what paths that share a group cost.
//! What is kept therefore grows with √n only. A replication that is complete is reduced to its
//! ranks, and hands what it kept to the full sample, which narrows in the same way.
//! Should an order statistic have been let go after all, the column is fed again and keeps more.
//!
//! Source for the idea of exact selection in one pass and O(√n) memory: J. Munro, M. Paterson,
//! "Selection and sorting with limited storage", Theor. Comput. Sci. 12 (1980) 315.

use super::beside::TailRows;
use super::distribution::{Distribution, Level, Rank, Section, rank};
use super::held::{EVERYTHING, Held, Interval, intersection, union};
use super::moments::MomentSums;
use super::replication::{REPLICATIONS, Replicated};
use crate::tile::PATHS_PER_GROUP;
use serde::{Deserialize, Serialize};

/// Values of a section that are kept before any is let go.
const ROOM: usize = 12_288;
/// Standard deviations of a rank that the full sample keeps on either side: a miss has probability
/// 2e-9 a rank.
const FULL_DEVIATIONS: f64 = 6.0;
/// The same of a replication, of which one is open at a time: it may keep more.
const REPLICATION_DEVIATIONS: f64 = 8.0;
/// Paths by which it is measured what sharing a group costs.
const CLUSTERING_PATHS: u64 = 65_536;

/// One column while its paths come in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    levels: Vec<Level>,
    /// Paths of each replication when all are fed.
    sizes: [u64; REPLICATIONS],
    centre: f64,
    /// By how much both reaches are multiplied: 1, more after a miss.
    widening: f64,
    /// Values of a section that are kept before any is let go.
    room: usize,
    clustering: Clustering,
    moments: [MomentSums; REPLICATIONS],
    replications: Vec<Replication>,
    full: Kept,
    /// By level, once the full sample narrows: where the order statistics of replications lie that
    /// begin from then on, all but surely. None before.
    expected: Vec<Interval>,
    beside: Option<Beside>,
    /// Room that the replication closed last leaves to the next; no values.
    #[serde(skip)]
    room_left: Vec<f64>,
}

/// The columns beside the tail of one level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Beside {
    level: usize,
    width: usize,
    /// The rank value up to which rows are kept at first; none before any value is known.
    high: Option<f64>,
}

/// What a section keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Kept {
    held: Held,
    rows: Option<TailRows>,
    /// By level: where its order statistic may still be.
    by_level: Vec<Interval>,
    /// Kept values above which it narrows, if it has no room for them.
    limit: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Replication {
    Open(Box<Kept>),
    Closed {
        ranks: Vec<Rank>,
        beside: Vec<f64>,
    },
    /// A wanted order statistic was let go.
    Missed,
}

/// How much more a rank varies as the paths of a group share drawn parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Clustering {
    paths: u64,
    /// By level: Σ over groups of the squared excess of its paths at or below the order statistic.
    between: Vec<f64>,
}

/// Bytes that the tally of a column of `paths` takes at its peak, about, with so many levels, of which a
/// slice feeds `fed`, and to each replication that is under way at the same time so many as `open` says;
/// what is kept beside a tail not included.
///
/// Paths of a group are taken to treble the standard deviation of a rank, as a drift does that is drawn
/// per group.
pub fn memory_bytes(paths: u64, fed: u64, levels: &[Level], open: &[u64]) -> u64 {
    const CLUSTERING: f64 = 3.0;
    /// What a vector takes beyond its length as it grows.
    const GROWTH: f64 = 1.25;
    let sds: f64 = levels.iter().map(|l| (l.probability * (1.0 - l.probability)).sqrt()).sum();
    let kept = |deviations: f64, paths: u64, fed: u64| {
        // Twice the reach at half the paths, where m √(1/m − 1/n) is largest, or at the last that is
        // fed before; and half as many again.
        let (m, n) = (fed.min(paths / 2) as f64, paths.max(1) as f64);
        let narrowed = 2.0 * deviations * CLUSTERING * sds * (m * (1.0 - m / n)).sqrt();
        (1.5 * narrowed).max(ROOM as f64).min(fed.min(paths) as f64)
    };
    let size = paths.div_ceil(REPLICATIONS as u64);
    let replication = |fed: u64| kept(REPLICATION_DEVIATIONS, size, fed);
    // A replication that closes is joined before the full sample narrows.
    let full = (kept(FULL_DEVIATIONS, paths, fed) + replication(fed)).min(fed as f64);
    let values = full + GROWTH * open.iter().map(|fed| replication(*fed)).sum::<f64>();
    let sums = (size_of::<MomentSums>() + levels.len() * size_of::<Rank>()) * REPLICATIONS;
    8 * values as u64 + sums as u64
}

impl Tally {
    /// A column of which `first` are the first values, path 0 leading, at most a group of them, the
    /// replications of which will have `sizes` paths.
    ///
    /// # Panics
    /// If there is no first value.
    pub fn new(first: &[f64], sizes: [u64; REPLICATIONS], levels: &[Level]) -> Self {
        let mut near: Vec<f64> = first.iter().take(PATHS_PER_GROUP as usize).copied().collect();
        near.sort_unstable_by(f64::total_cmp);
        let open = || Replication::Open(Box::new(Kept::new(levels.len())));
        Self {
            levels: levels.to_vec(),
            sizes,
            centre: near[near.len() / 2],
            widening: 1.0,
            room: ROOM,
            clustering: Clustering { paths: 0, between: vec![0.0; levels.len()] },
            moments: std::array::from_fn(|_| MomentSums::default()),
            replications: (0..REPLICATIONS).map(|_| open()).collect(),
            full: Kept::new(levels.len()),
            expected: Vec::new(),
            beside: None,
            room_left: Vec::new(),
        }
    }
    /// With the means of `width` other columns over the tail of a level.
    ///
    /// # Panics
    /// If the level is not among the column's.
    #[must_use]
    pub fn with_beside(mut self, probability: f64, width: usize) -> Self {
        let level = self.levels.iter().position(|level| level.probability == probability);
        let level = level.expect("the level whose tail is looked beside is one of the column's");
        self.beside = Some(Beside { level, width, high: None });
        self
    }
    /// Takes values of one replication: whole groups, the last of which may be the run's, cut short;
    /// with those of each column beside.
    ///
    /// # Panics
    /// If a replication gets more paths than it has, or a value is not finite.
    pub fn feed(&mut self, replication: usize, values: &[f64], beside: &[&[f64]]) {
        if values.is_empty() {
            return;
        }
        let begins = self.moments[replication].count() == 0;
        self.moments[replication].take(self.centre, values);
        let fed = self.moments[replication].count();
        assert!(fed <= self.sizes[replication], "replication {replication} is fed too much");
        let rows = self.empty_rows(values);
        if begins && !self.expected.is_empty() {
            self.replications[replication] = Replication::Open(Box::new(self.begin()));
        }
        if let Replication::Open(open) = &mut self.replications[replication] {
            if begins {
                open.held.keep_in(std::mem::take(&mut self.room_left));
            }
            open.held.take(values);
            if let Some(rows) = rows {
                open.rows.get_or_insert(rows).take(values, beside);
            }
            if fed == self.sizes[replication] {
                self.close(replication);
            } else if open.held.kept().len() > open.limit.max(self.room) {
                self.narrow(replication);
            }
        }
    }
    /// No rows yet; the first values tell up to where they may be asked for, were all paths of a
    /// group one.
    fn empty_rows(&mut self, values: &[f64]) -> Option<TailRows> {
        let beside = self.beside.as_mut()?;
        let p = self.levels[beside.level].probability;
        let high = *beside.high.get_or_insert_with(|| {
            let groups = values.len() as f64 / PATHS_PER_GROUP as f64;
            let reach = REPLICATION_DEVIATIONS * (p * (1.0 - p) / groups).sqrt();
            let at = ((p + self.widening * reach) * values.len() as f64).ceil() as usize;
            if at >= values.len() {
                return f64::INFINITY;
            }
            let mut copy = values.to_vec();
            *copy.select_nth_unstable_by(at, f64::total_cmp).1 + 0.0
        });
        Some(TailRows::new(beside.width, high))
    }
    /// Reduces a replication that is complete to its ranks.
    fn close(&mut self, replication: usize) {
        let Replication::Open(mut open) =
            std::mem::replace(&mut self.replications[replication], Replication::Missed)
        else {
            return;
        };
        let in_order = self.clustering.asks(&open);
        let Some(ranks) = open.held.ranks(&self.levels) else {
            return;
        };
        self.clustering.learn(&self.levels, &ranks, &in_order);
        let Some(beside) = self.means_beside(&open, &ranks, self.sizes[replication]) else {
            return;
        };
        self.replications[replication] = Replication::Closed { ranks, beside };
        self.room_left = self.full.join(*open);
        if self.full.held.kept().len() > self.full.limit.max(self.room) {
            if self.full.held.is_whole() {
                let reaches = self.reaches_of_others(self.full.held.count());
                self.expected = self.full.around(&self.levels, &reaches).unwrap_or_default();
            }
            let reaches = self.reaches(FULL_DEVIATIONS, self.full.held.count(), self.paths());
            if let Some(by_level) = self.full.around(&self.levels, &reaches) {
                self.narrow_full(by_level);
            }
        }
    }
    /// A replication that keeps from its first value on only those that it may ask for, or the full
    /// sample.
    fn begin(&self) -> Kept {
        let mut by_level = self.expected.clone();
        hulls(&mut by_level, &self.full.by_level);
        let held = Held::within(union(by_level.clone()), tail_end(&self.levels, &by_level));
        Kept { held, rows: None, by_level, limit: 0 }
    }
    /// Lets go of what a replication that goes on will not ask for, nor the full sample.
    fn narrow(&mut self, replication: usize) {
        let Replication::Open(mut open) =
            std::mem::replace(&mut self.replications[replication], Replication::Missed)
        else {
            return;
        };
        let in_order = self.clustering.asks(&open);
        if let Some(ranks) = open.held.ranks(&self.levels) {
            self.clustering.learn(&self.levels, &ranks, &in_order);
        }
        let (fed, size) = (open.held.count(), self.sizes[replication]);
        if self.full.held.is_whole() {
            let reaches = self.reaches_of_others(fed);
            self.expected = open.around(&self.levels, &reaches).unwrap_or_default();
            let reaches = self.reaches(FULL_DEVIATIONS, fed, self.paths());
            if let Some(by_level) = open.around(&self.levels, &reaches) {
                self.narrow_full(by_level);
            }
        }
        let reaches = self.reaches(REPLICATION_DEVIATIONS, fed, size);
        if let Some(mut by_level) = open.around(&self.levels, &reaches) {
            hulls(&mut by_level, &self.full.by_level);
            open.narrow(by_level, &self.levels, self.beside);
        }
        self.replications[replication] = Replication::Open(open);
    }
    fn narrow_full(&mut self, by_level: Vec<Interval>) {
        self.full.narrow(by_level, &self.levels, self.beside);
    }
    /// By level, how far from its rank after `fed` of `paths` paths the order statistic of all may
    /// stand, as a share of the paths.
    fn reaches(&self, deviations: f64, fed: u64, paths: u64) -> Vec<f64> {
        let left = (1.0 / fed as f64 - 1.0 / paths as f64).max(0.0).sqrt();
        // A rank is whole: one to either side.
        let reach = |sd: f64| self.widening * deviations * sd * left + 1.0 / fed as f64;
        self.clustering.rank_sds(&self.levels).map(reach).collect()
    }
    /// By level, how far from its rank among `fed` paths the order statistic of a replication of other
    /// paths may stand, as a share of the paths.
    fn reaches_of_others(&self, fed: u64) -> Vec<f64> {
        let fewest = self.sizes.iter().copied().filter(|size| *size > 0).min().unwrap_or(1);
        let apart = (1.0 / fed as f64 + 1.0 / fewest as f64).sqrt();
        let least = 1.0 / fewest as f64;
        let reach = |sd: f64| self.widening * REPLICATION_DEVIATIONS * sd * apart + least;
        self.clustering.rank_sds(&self.levels).map(reach).collect()
    }
    /// Paths of the whole run.
    fn paths(&self) -> u64 {
        self.sizes.iter().sum()
    }
    fn means_beside(&self, kept: &Kept, ranks: &[Rank], paths: u64) -> Option<Vec<f64>> {
        let (Some(beside), Some(rows)) = (self.beside, &kept.rows) else { return Some(Vec::new()) };
        let Rank { probability, order_statistic, .. } = ranks[beside.level];
        rows.means(order_statistic, rank(probability, paths))
    }
    /// The greatest rank value that the tail looked beside may still reach; infinite where nothing
    /// is looked beside.
    pub fn tail_end(&self) -> f64 {
        let first = self.beside.and_then(|beside| beside.high).unwrap_or(f64::INFINITY);
        self.full.rows.as_ref().map_or(first, TailRows::end)
    }
    /// Joins another slice of the same run.
    ///
    /// # Panics
    /// If it is of another column, or a path was fed to both.
    pub fn join(&mut self, other: Self) {
        assert!(
            self.levels == other.levels && self.sizes == other.sizes && self.centre == other.centre,
            "slices are of one column"
        );
        self.widening = self.widening.max(other.widening);
        self.clustering.join(&other.clustering);
        self.full.join(other.full);
        for (replication, other_state) in other.replications.into_iter().enumerate() {
            self.moments[replication].add_part(&other.moments[replication]);
            let fed = self.moments[replication].count();
            assert!(fed <= self.sizes[replication], "slices do not overlap");
            let own = &mut self.replications[replication];
            match (own, other_state) {
                (Replication::Open(own), Replication::Open(other)) => {
                    own.join(*other);
                }
                (own @ Replication::Open(_), closed) => *own = closed,
                (Replication::Closed { .. }, Replication::Open(_)) => {}
                (own, _) => *own = Replication::Missed,
            }
            let Replication::Open(open) = &self.replications[replication] else { continue };
            if fed > 0 && fed == self.sizes[replication] {
                self.close(replication);
            } else if open.held.kept().len() > open.limit.max(self.room) {
                self.narrow(replication);
            }
        }
    }
    /// The distribution of the whole column, and the means of the columns beside its tail.
    ///
    /// # Errors
    /// The column with nothing fed, if an order statistic that is wanted was let go: it keeps more and
    /// is to be fed again.
    ///
    /// # Panics
    /// If not every path was fed.
    pub fn finish(mut self) -> Result<(Distribution, Vec<Replicated>), Box<Self>> {
        let mut full_moments = MomentSums::default();
        self.moments.iter().for_each(|moments| full_moments.add_part(moments));
        assert_eq!(full_moments.count(), self.paths(), "every path is fed");
        let full_ranks = self.full.held.ranks(&self.levels);
        let full_beside = full_ranks
            .as_ref()
            .and_then(|ranks| self.means_beside(&self.full, ranks, self.paths()));
        let (Some(full_ranks), Some(full_beside)) = (full_ranks, full_beside) else {
            return Err(self.again());
        };
        let mut by_replication = Vec::with_capacity(REPLICATIONS);
        let mut beside: Vec<Replicated> = full_beside.into_iter().map(Replicated::exact).collect();
        for (replication, moments) in self.moments.iter().enumerate() {
            if self.sizes[replication] == 0 {
                by_replication.push(None);
                continue;
            }
            let Replication::Closed { ranks, beside: own } = &self.replications[replication] else {
                return Err(self.again());
            };
            beside
                .iter_mut()
                .zip(own)
                .for_each(|(all, own)| all.by_replication[replication] = *own);
            let section = Section::new(moments.moments(self.centre), ranks.clone());
            by_replication.push(Some(section));
        }
        let full = Section::new(full_moments.moments(self.centre), full_ranks);
        Ok((Distribution { full, by_replication }, beside))
    }
    /// Forgets the ranks of the first replication, as if one had been let go.
    #[cfg(test)]
    pub(crate) fn lose_a_rank(&mut self) {
        self.replications[0] = Replication::Missed;
    }
    fn again(&self) -> Box<Self> {
        let mut again = Self::new(&[self.centre], self.sizes, &self.levels);
        again.widening = 2.0 * self.widening;
        again.room = self.room;
        again.beside = self.beside.map(|beside| Beside { high: None, ..beside });
        Box::new(again)
    }
}

impl Kept {
    fn new(levels: usize) -> Self {
        Self { held: Held::default(), rows: None, by_level: vec![EVERYTHING; levels], limit: 0 }
    }
    /// Joins another part; gives back the room of its values, empty.
    fn join(&mut self, other: Self) -> Vec<f64> {
        for (own, other) in self.by_level.iter_mut().zip(&other.by_level) {
            *own = intersection(*own, *other);
        }
        match (&mut self.rows, other.rows) {
            (Some(own), Some(other)) => own.join(other),
            (own, other) => *own = own.take().or(other),
        }
        self.held.join(other.held)
    }
    /// By level, the values between the ranks that reach so far to either side, within what is kept;
    /// none if a level's own rank was let go, which shows at the end.
    fn around(&mut self, levels: &[Level], reaches: &[f64]) -> Option<Vec<Interval>> {
        let count = self.held.count();
        let mut ranks = Vec::with_capacity(3 * levels.len());
        for (level, reach) in levels.iter().zip(reaches) {
            let at = |p: f64| (p.clamp(0.0, 1.0) * count as f64) as u64;
            let (low, high) = (at(level.probability - reach), at(level.probability + reach) + 1);
            ranks.extend([low, rank(level.probability, count), high]);
        }
        // A rank below the first or above the last reaches as far as is kept.
        let found = self.held.at_ranks(&ranks);
        let ends = found.chunks_exact(3).zip(&self.by_level);
        ends.map(|(found, [low, high])| {
            let own = found[1].filter(|own| low <= own && own <= high)?;
            let [from, to] = [found[0].unwrap_or(*low), found[2].unwrap_or(*high)];
            Some([from.clamp(*low, own), to.clamp(own, *high)])
        })
        .collect()
    }
    /// Keeps what lies in these intervals, each within the level's before.
    fn narrow(&mut self, by_level: Vec<Interval>, levels: &[Level], beside: Option<Beside>) {
        self.held.shrink(union(by_level.clone()), tail_end(levels, &by_level));
        if let (Some(beside), Some(rows)) = (beside, &mut self.rows) {
            rows.shrink(by_level[beside.level]);
        }
        self.by_level = by_level;
        self.limit = self.held.kept().len() / 2 * 3;
    }
}

/// Widens each interval to hold the other of its level as well.
fn hulls(by_level: &mut [Interval], others: &[Interval]) {
    for (own, other) in by_level.iter_mut().zip(others) {
        *own = [own[0].min(other[0]), own[1].max(other[1])];
    }
}

/// Where the last interval of a level whose tail is wanted ends.
fn tail_end(levels: &[Level], by_level: &[Interval]) -> f64 {
    let tails = levels.iter().zip(by_level).filter(|(level, _)| level.tail);
    tails.map(|(_, interval)| interval[1]).fold(f64::NEG_INFINITY, f64::max)
}

impl Clustering {
    /// A copy of the values of a section, in their order, while they are all kept, no rank was asked
    /// for and what sharing a group costs is still to be learnt; else nothing.
    fn asks(&self, kept: &Kept) -> Vec<f64> {
        let in_order = kept.held.is_whole() && kept.limit == 0;
        let wanted = in_order && self.paths < CLUSTERING_PATHS;
        if wanted { kept.held.kept().to_vec() } else { Vec::new() }
    }
    /// Learns from whole groups of values and their ranks.
    fn learn(&mut self, levels: &[Level], ranks: &[Rank], values: &[f64]) {
        self.paths += values.len() as u64;
        let groups = || values.chunks(PATHS_PER_GROUP as usize);
        for ((between, level), rank) in self.between.iter_mut().zip(levels).zip(ranks) {
            let below = |group: &[f64]| {
                let at_most = |value: &&f64| **value <= rank.order_statistic;
                group.iter().filter(at_most).count() as f64
            };
            // An atom at the order statistic brings more than the level's share to its side.
            let share = groups().map(below).sum::<f64>() / (values.len() as f64).max(1.0);
            let share = share.max(level.probability);
            let excess = |group: &[f64]| below(group) - share * group.len() as f64;
            *between += groups().map(|group| excess(group).powi(2)).sum::<f64>();
        }
    }
    /// By level, √paths times the standard deviation of the share of paths at or below the level's
    /// quantile: √(p (1 − p)), or more where groups differ; were all paths of a group one, √64 times.
    fn rank_sds<'a>(&'a self, levels: &'a [Level]) -> impl Iterator<Item = f64> + 'a {
        self.between.iter().zip(levels).map(|(between, level)| {
            let p = level.probability;
            let independent = p * (1.0 - p);
            if self.paths == 0 {
                return (independent * PATHS_PER_GROUP as f64).sqrt();
            }
            independent.max(between / self.paths as f64).sqrt()
        })
    }
    fn join(&mut self, other: &Self) {
        self.paths += other.paths;
        self.between.iter_mut().zip(&other.between).for_each(|(own, other)| *own += other);
    }
}

#[cfg(test)]
mod tests {
    use super::super::exact_sum::ExactSum;
    use super::super::measure::RiskMeasure;
    use super::super::replication::{replication_of, replication_sizes};
    use super::super::samples::{LAWS, Law, sample};
    use super::*;
    use proptest::prelude::*;

    const GROUP: usize = PATHS_PER_GROUP as usize;
    /// So little room that every section narrows.
    const LITTLE: usize = 256;

    fn levels() -> Vec<Level> {
        Level::of(&[RiskMeasure::LEVEL.as_slice(), &RiskMeasure::LOSS].concat())
    }

    fn tally(values: &[f64], room: usize) -> Tally {
        let sizes = replication_sizes(values.len() as u64);
        Tally { room, ..Tally::new(values, sizes, &levels()).with_beside(0.05, 2) }
    }

    /// Groups in the order of their replications, or as they are numbered.
    fn order(values: &[f64], by_replication: bool) -> Vec<usize> {
        let mut groups: Vec<usize> = (0..values.len().div_ceil(GROUP)).collect();
        if by_replication {
            groups.sort_by_key(|group| (group % REPLICATIONS, *group));
        }
        groups
    }

    /// Feeds groups one by one, their values and their paths beside them.
    fn feed(tally: &mut Tally, values: &[f64], groups: &[usize]) {
        for group in groups {
            let lanes = group * GROUP..((group + 1) * GROUP).min(values.len());
            let paths: Vec<f64> = lanes.clone().map(|path| path as f64).collect();
            let values = &values[lanes];
            tally.feed(group % REPLICATIONS, values, &[values, &paths]);
        }
    }

    /// Everything by full sorts, and how often a pass was repeated.
    fn finish(mut tally: Tally, values: &[f64], groups: &[usize]) -> (Found, u32) {
        for misses in 0.. {
            match tally.finish() {
                Ok(found) => return (found, misses),
                Err(again) => tally = *again,
            }
            feed(&mut tally, values, groups);
        }
        unreachable!("in the end everything is kept")
    }

    type Found = (Distribution, Vec<Replicated>);

    /// Order statistics and tail means of a section by a full sort.
    fn sorted(values: &[f64]) -> Vec<(f64, f64)> {
        let mut sorted: Vec<f64> = values.iter().map(|value| value + 0.0).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let of = |level: &Level| {
            let head = &sorted[..rank(level.probability, sorted.len() as u64) as usize];
            let sum: ExactSum = head.iter().copied().collect();
            (head[head.len() - 1], if level.tail { sum.mean(head.len() as u64) } else { 0.0 })
        };
        levels().iter().map(of).collect()
    }

    fn told(section: &Section) -> Vec<(f64, f64)> {
        let of = |level: &Level| {
            let p = level.probability;
            (section.quantile(p), if level.tail { section.tail_mean(p) } else { 0.0 })
        };
        levels().iter().map(of).collect()
    }

    #[test]
    fn every_section_is_that_of_a_full_sort_whatever_the_order_and_the_room() {
        for law in LAWS {
            let values = sample(law, 7, 60_011);
            let mut found: Vec<Found> = Vec::new();
            for (room, by_replication) in
                [(ROOM, true), (ROOM, false), (LITTLE, true), (LITTLE, false), (5_000, true)]
            {
                let groups = order(&values, by_replication);
                let mut tally = tally(&values, room);
                feed(&mut tally, &values, &groups);
                found.push(finish(tally, &values, &groups).0);
            }
            for other in &found[1..] {
                assert_eq!(*other, found[0], "{law:?}");
            }
            let (distribution, beside) = &found[0];
            assert_eq!(told(&distribution.full), sorted(&values), "{law:?}");
            for (r, section) in distribution.by_replication.iter().enumerate() {
                let own = values.iter().enumerate();
                let own = own.filter(|(path, _)| replication_of(*path as u64) == r);
                let own: Vec<f64> = own.map(|(_, value)| *value).collect();
                assert_eq!(told(section.as_ref().unwrap()), sorted(&own), "{law:?}, {r}");
            }
            // The rank column beside itself has its own tail mean.
            let tail_mean = RiskMeasure::TailMean(0.05).replicated(distribution, None);
            let near = |a: f64, b: f64| (a - b).abs() <= 4.0 * f64::EPSILON * b.abs();
            assert!(near(beside[0].full, tail_mean.full), "{law:?}");
            for r in 0..REPLICATIONS {
                assert!(near(beside[0].by_replication[r], tail_mean.by_replication[r]), "{law:?}");
            }
        }
    }

    #[test]
    fn slices_join_to_the_whole_to_the_bit() {
        for law in LAWS {
            let values = sample(law, 9, 50_000);
            for by_replication in [true, false] {
                let groups = order(&values, by_replication);
                let mut whole = tally(&values, ROOM);
                feed(&mut whole, &values, &groups);
                let wanted = finish(whole, &values, &groups).0;
                for cuts in [vec![1], vec![300, 301, 500], (1..20).map(|i| 39 * i).collect()] {
                    let mut ends = vec![0];
                    ends.extend(cuts);
                    ends.push(groups.len());
                    let mut slices = ends.windows(2).enumerate().map(|(index, ends)| {
                        // Slices may be made with different room, and so keep different values.
                        let mut slice = tally(&values, [LITTLE, ROOM, 700][index % 3]);
                        feed(&mut slice, &values, &groups[ends[0]..ends[1]]);
                        slice
                    });
                    let mut joined = slices.next().unwrap();
                    slices.for_each(|slice| joined.join(slice));
                    assert_eq!(finish(joined, &values, &groups).0, wanted, "{law:?}");
                }
            }
        }
    }

    /// Numbers of a column that is awkward in several ways at once.
    #[derive(Debug, Clone)]
    struct Shape {
        seed: u64,
        count: usize,
        /// How many different numbers the continuous part is rounded to; as they come if 0.
        steps: u32,
        /// Part of the values that are exactly 0, and of those that lie below.
        atom: f64,
        below: f64,
        /// How much of a value is its group's.
        grouped: f64,
        /// How far values have moved by the end.
        drift: f64,
        scale: f64,
    }

    impl Shape {
        fn values(&self) -> Vec<f64> {
            let of = |law, k| sample(law, self.seed + k, self.count);
            let (kind, size, shared) =
                (of(Law::Uniform, 0), of(Law::Uniform, 1), of(Law::Grouped, 2));
            (0..self.count)
                .map(|path| {
                    let of = |value: f64| match self.steps {
                        0 => value,
                        steps => (value * f64::from(steps)).round() / f64::from(steps),
                    };
                    let drift = self.drift * path as f64 / self.count as f64;
                    let other = of(size[path] + self.grouped * shared[path]) + drift;
                    match kind[path] {
                        kind if kind < self.below => -self.scale * other.abs(),
                        kind if kind < self.below + self.atom => 0.0 * -kind,
                        _ => self.scale * other,
                    }
                })
                .collect()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_column_in_any_order_cut_anyhow_is_that_of_a_full_sort(
            (seed, count, steps) in (0..u64::MAX - 3, 2_048..30_000_usize, prop_oneof![Just(0), 1..40_u32]),
            (atom, below) in prop_oneof![Just((0.0, 0.0)), (0.0..0.99, 0.0..0.06)],
            (grouped, drift) in (0.0..2.0, prop_oneof![Just(0.0), -3.0..3.0]),
            scale in prop_oneof![Just(1.0), Just(1e-9), Just(1e9)],
            by_replication in any::<bool>(),
            cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..4_usize), 0..8),
            joins in any::<prop::sample::Index>(),
        ) {
            let values = Shape { seed, count, steps, atom, below, grouped, drift, scale }.values();
            let groups = order(&values, by_replication);
            let mut ends: Vec<(usize, usize)> =
                cuts.iter().map(|(at, room)| (at.index(groups.len() + 1), *room)).collect();
            ends.push((groups.len(), 3));
            ends.sort_unstable();
            let mut start = 0;
            let mut slices: Vec<Tally> = Vec::new();
            for (end, room) in ends {
                let mut slice = tally(&values, [64, LITTLE, 1_000, ROOM][room]);
                feed(&mut slice, &values, &groups[start..end]);
                start = end;
                // As a checkpoint keeps it.
                let bytes = postcard::to_stdvec(&slice).unwrap();
                let read: Tally = postcard::from_bytes(&bytes).unwrap();
                prop_assert!(read == slice);
                slices.push(read);
            }
            let mut joined = slices.swap_remove(joins.index(slices.len()));
            slices.into_iter().for_each(|slice| joined.join(slice));
            let ((distribution, beside), _) = finish(joined, &values, &groups);
            prop_assert_eq!(told(&distribution.full), sorted(&values));
            for (r, section) in distribution.by_replication.iter().enumerate() {
                let own = values.iter().enumerate();
                let own = own.filter(|(path, _)| replication_of(*path as u64) == r);
                let own: Vec<f64> = own.map(|(_, value)| *value).collect();
                prop_assert_eq!(told(section.as_ref().unwrap()), sorted(&own));
            }
            // The mean, and the sd about it, by a second pass; digits are lost to the largest value.
            let n = count as f64;
            let mean = values.iter().sum::<f64>() / n;
            let sd = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
            let largest = values.iter().fold(0.0, |most, value| value.abs().max(most));
            prop_assert!((distribution.full.mean() - mean).abs() <= 1e-12 * largest);
            prop_assert!((distribution.full.sd() - sd).abs() <= 1e-7 * largest);
            // Path numbers beside the tail: those below it, and of those at its end their mean.
            let worst = rank(0.05, count as u64) as usize;
            let end = distribution.full.quantile(0.05);
            let numbers = |is: &dyn Fn(f64) -> bool| -> Vec<f64> {
                (0..count).filter(|path| is(values[*path])).map(|path| path as f64).collect()
            };
            let (under, at) = (numbers(&|value| value < end), numbers(&|value| value == end));
            let of_ends = at.iter().sum::<f64>() / at.len() as f64;
            let sum = under.iter().sum::<f64>() + (worst - under.len()) as f64 * of_ends;
            let mean = sum / worst as f64;
            prop_assert!((beside[1].full - mean).abs() <= 1e-12 * mean.abs());
        }
    }

    #[test]
    fn a_long_column_keeps_little_and_misses_nothing() {
        for law in LAWS {
            let values = sample(law, 5, 400_007);
            let groups = order(&values, true);
            let mut column = tally(&values, 2_000);
            let mut most = 0;
            for chunk in groups.chunks(50) {
                feed(&mut column, &values, chunk);
                let of = |kept: &Kept| kept.held.kept().len();
                let open = column.replications.iter().filter_map(|replication| match replication {
                    Replication::Open(open) => Some(of(open)),
                    _ => None,
                });
                most = most.max(of(&column.full) + open.sum::<usize>());
            }
            assert_eq!(finish(column, &values, &groups).1, 0, "{law:?}");
            // 2 · 6 · Σ √(p (1 − p)) · √(n/4) = 12 · 1.135 · 316 = 4,307 values at half the run, half
            // as many again before it narrows, and what one replication of 12,500 keeps; groups that
            // share a mean half of whose variance they are have ranks some four times as uncertain.
            let bound = if law == Law::Grouped { 45_000 } else { 16_000 };
            assert!(most < bound, "{law:?} kept {most}");
        }
    }

    #[test]
    fn paths_unlike_those_before_are_a_miss_that_is_repaired() {
        let mut values = sample(Law::Normal, 9, 60_000);
        let groups = order(&values, true);
        for group in &groups[400..] {
            let end = ((group + 1) * GROUP).min(values.len());
            values[group * GROUP..end].iter_mut().for_each(|value| *value = 3.0 * *value - 50.0);
        }
        let mut column = tally(&values, LITTLE);
        feed(&mut column, &values, &groups);
        let (repaired, misses) = finish(column, &values, &groups);
        assert!(misses > 0, "the first paths lie far above the rest");
        assert_eq!(told(&repaired.0.full), sorted(&values));
    }

    #[test]
    fn a_column_without_relation_has_its_mean_in_the_tail() {
        let (rank, other) = (sample(Law::Normal, 1, 50_000), sample(Law::Uniform, 2, 50_000));
        let sizes = replication_sizes(50_000);
        let mut column = Tally::new(&rank, sizes, &levels()).with_beside(0.05, 1);
        let groups = rank.chunks(GROUP).zip(other.chunks(GROUP));
        for (group, (rank, other)) in groups.enumerate() {
            column.feed(group % REPLICATIONS, rank, &[other]);
        }
        let found = column.finish().unwrap().1[0].estimate(&sizes);
        assert!((found.value - 0.5).abs() < 4.0 * found.std_error);
        // 2500 uniform values: sd 12^-1/2 / 50; the error of 31 degrees of freedom is within 40 %.
        let sd = 12.0_f64.sqrt().recip() / 50.0;
        assert!((found.std_error / sd - 1.0).abs() < 0.4);
    }

    #[test]
    fn a_replication_without_a_path_has_no_weight() {
        let values = sample(Law::Normal, 4, 1_920);
        let mut sizes = [64; REPLICATIONS];
        (sizes[0], sizes[31]) = (0, 0);
        let mut column = Tally::new(&values, sizes, &levels());
        for (group, values) in values.chunks(GROUP).enumerate() {
            column.feed(group + 1, values, &[]);
        }
        let (found, _) = column.finish().unwrap();
        assert_eq!(found.sizes(), sizes);
        let error = RiskMeasure::Mean.estimate(&found, None).std_error;
        // 1/√1920 with an error of 1/√58 of itself.
        assert!((error * 1920_f64.sqrt() - 1.0).abs() < 4.0 / 58_f64.sqrt(), "{error}");
    }

    #[test]
    #[should_panic(expected = "is fed too much")]
    fn a_path_fed_twice_is_our_bug() {
        let values = vec![1.0; 2048];
        let mut column = tally(&values, ROOM);
        feed(&mut column, &values, &[0, 0]);
    }

    #[test]
    #[should_panic(expected = "every path is fed")]
    fn a_path_left_out_is_our_bug() {
        let values = vec![1.0; 2048];
        let mut column = tally(&values, ROOM);
        feed(&mut column, &values, &order(&values, true)[1..]);
        let _ = column.finish();
    }
}
