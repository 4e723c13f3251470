//! In which order the groups of a run are simulated, and how slices cut it.
//!
//! In: a number of paths, an order. Out: the groups at a range of positions, in batches. Not here: the
//! simulation. The results do not depend on the order; the memory that they take does.

use crate::risk::{REPLICATIONS, replication_of};
use crate::tile::{LANES, PATHS_PER_GROUP};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Groups that are simulated, then tallied, together: enough for every thread, few enough to stay in
/// the cache between the two.
pub(super) fn batch_groups(threads: usize) -> u64 {
    (32 * threads as u64).clamp(64, 1_024)
}

/// The order in which groups of paths are simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// One replication after the other, so that one at a time is open: the least memory.
    ByReplication,
    /// As they are numbered: for outcomes that are written as they come.
    ByPath,
}

/// The groups of a run in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Groups {
    paths: u64,
    order: Order,
}

/// Groups that are simulated together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Batch {
    /// Where it stands in the order.
    pub(super) positions: Range<u64>,
    /// Numbers of the groups; only the last may be cut short by the end of the run.
    pub(super) groups: Vec<u64>,
}

impl Groups {
    /// The groups of `paths` paths.
    pub(super) fn new(paths: u64, order: Order) -> Self {
        Self { paths, order }
    }
    /// Number of groups.
    pub(super) fn count(&self) -> u64 {
        self.paths.div_ceil(PATHS_PER_GROUP)
    }
    /// The positions of slice `index` of `count`, from 0.
    pub(super) fn slice(&self, index: u64, count: u64) -> Range<u64> {
        let cut = |index: u64| {
            let exact = u128::from(self.count()) * u128::from(index) / u128::from(count);
            u64::try_from(exact).expect("a part of a count is no larger than it")
        };
        cut(index)..cut(index + 1)
    }
    /// How many groups come in at most, while those at these positions do, to each of the replications
    /// that are open at the same time.
    pub(super) fn open(&self, positions: &Range<u64>) -> impl Iterator<Item = u64> {
        let replications = REPLICATIONS as u64;
        let fed = positions.end - positions.start;
        let (cut, others) = match self.order {
            Order::ByPath => (0, REPLICATIONS),
            Order::ByReplication => {
                let first = self.at(positions.start);
                let (nth, replication) = (first / replications, first % replications);
                let size = (self.count() - replication).div_ceil(replications);
                // A replication that the slice before began stays open to the end of this one.
                (if nth == 0 { 0 } else { size.saturating_sub(nth) }, 1)
            }
        };
        let whole = std::iter::repeat_n(self.count().div_ceil(replications), others);
        std::iter::once(cut).chain(whole).map(move |groups| groups.min(fed))
    }
    /// The group at a position.
    pub(super) fn at(&self, position: u64) -> u64 {
        match self.order {
            Order::ByPath => position,
            Order::ByReplication => {
                let (all, replications) = (self.count(), REPLICATIONS as u64);
                let (each, longer) = (all / replications, all % replications);
                // The first `longer` replications have one group more.
                let long = longer * (each + 1);
                let (replication, nth) = if position < long {
                    (position / (each + 1), position % (each + 1))
                } else {
                    (longer + (position - long) / each, (position - long) % each)
                };
                nth * replications + replication
            }
        }
    }
    /// The groups at these positions, in batches of so many.
    pub(super) fn batches(self, positions: Range<u64>, size: u64) -> impl Iterator<Item = Batch> {
        let mut next = positions.start;
        std::iter::from_fn(move || {
            let start = next;
            let end = positions.end.min(start + size);
            let mut groups = Vec::new();
            while next < end {
                let group = self.at(next);
                groups.push(group);
                next += 1;
                if (group + 1) * PATHS_PER_GROUP > self.paths {
                    // The run ends within this group: it is the last of its batch.
                    break;
                }
            }
            (!groups.is_empty()).then_some(Batch { positions: start..next, groups })
        })
    }
}

impl Batch {
    /// Number of its paths, of a run of `paths`.
    pub(super) fn paths(&self, paths: u64) -> usize {
        let of = |group: &u64| PATHS_PER_GROUP.min(paths - group * PATHS_PER_GROUP);
        self.groups.iter().map(of).sum::<u64>() as usize
    }
    /// First paths of its tiles, for a run of `paths`.
    pub(super) fn tiles(&self, paths: u64) -> Vec<u64> {
        let first_paths = self.groups.iter().flat_map(|group| {
            (group * PATHS_PER_GROUP..(group + 1) * PATHS_PER_GROUP).step_by(LANES)
        });
        first_paths.filter(|first_path| *first_path < paths).collect()
    }
    /// Neighbouring groups of one replication: the replication, and which of the groups.
    pub(super) fn runs(&self) -> impl Iterator<Item = (usize, Range<usize>)> {
        let replication = |group: &u64| replication_of(group * PATHS_PER_GROUP);
        let runs = self.groups.chunk_by(move |a, b| replication(a) == replication(b));
        runs.scan(0, move |end, run| {
            let start = *end;
            *end += run.len();
            Some((replication(&run[0]), start..*end))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_comes_once_and_replications_one_after_the_other() {
        for paths in [2_048, 2_049, 100_000, 131_072, 131_073] {
            for order in [Order::ByPath, Order::ByReplication] {
                let groups = Groups::new(paths, order);
                let batches: Vec<Batch> = groups.batches(0..groups.count(), 100).collect();
                let all: Vec<u64> = batches.iter().flat_map(|b| b.groups.clone()).collect();
                let mut sorted = all.clone();
                sorted.sort_unstable();
                assert!(sorted.into_iter().eq(0..groups.count()), "{paths}, {order:?}");
                if order == Order::ByPath {
                    assert!(all.is_sorted());
                } else {
                    let replications = all.iter().map(|g| (g % REPLICATIONS as u64, *g));
                    assert!(replications.is_sorted(), "{paths}");
                }
                for batch in &batches {
                    let whole = |group: &u64| (group + 1) * PATHS_PER_GROUP <= paths;
                    assert!(batch.groups[..batch.groups.len() - 1].iter().all(whole));
                    let lanes: usize = batch.runs().map(|(_, run)| run.len()).sum();
                    assert_eq!(lanes, batch.groups.len());
                }
            }
        }
    }

    #[test]
    fn what_a_slice_cuts_of_a_replication_stays_open() {
        // 31 replications of 4 groups, after one of 5.
        let paths = 129 * PATHS_PER_GROUP;
        let open = |order, positions| -> Vec<u64> {
            Groups::new(paths, order).open(&positions).filter(|groups| *groups > 0).collect()
        };
        assert_eq!(open(Order::ByReplication, 0..129), [5]);
        assert_eq!(open(Order::ByReplication, 5..129), [5]);
        assert_eq!(open(Order::ByReplication, 1..129), [4, 5]);
        assert_eq!(open(Order::ByReplication, 8..129), [1, 5]);
        assert_eq!(open(Order::ByReplication, 6..8), [2, 2]);
        assert_eq!(open(Order::ByReplication, 129..129), [0; 0]);
        assert_eq!(open(Order::ByPath, 0..129), [5; 32]);
    }

    #[test]
    fn slices_are_the_whole() {
        let groups = Groups::new(1_000_001, Order::ByReplication);
        for count in [1, 3, 8, 32, 100] {
            let mut next = 0;
            for index in 0..count {
                let slice = groups.slice(index, count);
                assert_eq!(slice.start, next);
                next = slice.end;
                let in_parts = groups.batches(slice.clone(), 64).flat_map(|batch| batch.groups);
                assert!(in_parts.eq(slice.map(|position| groups.at(position))));
            }
            assert_eq!(next, groups.count());
        }
    }
}
