//! Where paths stand that are simulated in another order than that of their numbers.
//!
//! In: groups of a run, or a slice of it. Out: pieces of a column, and the columns put together. Not here:
//! which columns ([`super::kept`]), the order itself ([`super::order`]).

use super::order::{Groups, Order};
use crate::store::part::SliceNumber;
use crate::tile::PATHS_PER_GROUP;

/// Paths that stand together: where in what is given, where in a column, how many.
pub(super) struct Piece {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) paths: usize,
}

/// Where paths of some groups, given one group after the other, stand in a run of `paths`.
pub(super) fn of_groups(groups: impl IntoIterator<Item = u64>, paths: u64) -> Vec<Piece> {
    let mut from = 0;
    let of = |group: u64| {
        let first = group * PATHS_PER_GROUP;
        // Only the group with the last path of the run is cut short.
        let own = PATHS_PER_GROUP.min(paths - first) as usize;
        from += own;
        Piece { from: from - own, to: first as usize, paths: own }
    };
    groups.into_iter().map(of).collect()
}

/// Where the paths of a slice stand in its run of `paths`.
pub(super) fn of_slice(slice: SliceNumber, paths: u64) -> Vec<Piece> {
    let groups = Groups::new(paths, Order::ByReplication);
    let positions = groups.slice(slice.index - 1, slice.count);
    of_groups(positions.map(|position| groups.at(position)), paths)
}

/// Number of paths of pieces.
pub(super) fn paths(pieces: &[Piece]) -> u64 {
    pieces.iter().map(|piece| piece.paths as u64).sum()
}

/// Puts the pieces of what is given to their places in a column.
pub(super) fn put(pieces: &[Piece], column: &mut [f64], given: &[f64]) {
    for Piece { from, to, paths } in pieces {
        column[*to..to + paths].copy_from_slice(&given[*from..from + paths]);
    }
}
