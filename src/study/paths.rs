//! Paths → outcomes, over all threads, in the order asked for.

use super::world::{Room, Views, World};
use crate::economics::bridge::BridgeStep;
use crate::economics::metric::{Driver, Metric};
use crate::error::Error;
use crate::outcome::Outcomes;
use crate::parallel::Buffers;
use crate::tile::LANES;
use ndarray::{Array2, Axis};
use std::ops::Range;

/// Who watches a run and may stop it.
pub trait Progress: Sync {
    /// So many more paths are done.
    fn advance(&self, paths: u64);
    /// So many more paths are to be simulated than was known.
    fn expect_more(&self, _paths: u64) {}
    /// Whether the user wants the run to stop.
    fn interrupted(&self) -> bool;
}

/// Nobody watches.
#[derive(Debug, Clone, Copy)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn advance(&self, _: u64) {}
    fn interrupted(&self) -> bool {
        false
    }
}

/// The outcomes and drivers of some paths.
#[derive(Debug, Clone, PartialEq)]
pub struct PathOutcomes {
    /// `[metric][share][path]`, in the order of the study's metrics and of the study's shares.
    pub outcomes: Outcomes,
    /// `[driver][path]`, in the order of `Driver::ALL`.
    pub drivers: Array2<f64>,
    /// What each step from a claim reaches, `[step][path]`, in the order of `BridgeStep::ALL`; no steps where the study holds no claim.
    pub bridge: Array2<f64>,
}

impl PathOutcomes {
    /// Room for so many paths.
    pub(super) fn new(world: &World, paths: usize) -> Self {
        let shares = world.valuation.plan.shares.len();
        Self {
            outcomes: Outcomes::new(world.metrics.len(), shares, paths),
            drivers: Array2::zeros((Driver::ALL.len(), paths)),
            bridge: Array2::zeros((world.bridge_steps(), paths)),
        }
    }
    /// One metric of one share, a number per path.
    pub fn column(&self, metric: Metric, share: usize) -> &[f64] {
        self.outcomes.column(metric as usize, share)
    }
    /// One driver, a number per path.
    pub fn driver(&self, driver: Driver) -> &[f64] {
        let paths = self.drivers.len_of(Axis(1));
        let start = driver as usize * paths;
        &self.drivers.as_slice().expect("made in standard layout")[start..start + paths]
    }
    /// What a step of the bridge reaches, a number per path.
    ///
    /// # Panics
    /// If the study holds no claim.
    pub fn reached(&self, step: BridgeStep) -> &[f64] {
        let paths = self.bridge.len_of(Axis(1));
        let start = step as usize * paths;
        &self.bridge.as_slice().expect("made in standard layout")[start..start + paths]
    }
}

/// Values consecutive paths, beginning at a whole tile.
///
/// # Errors
/// [`Error::Interrupted`] if the watcher says so.
///
/// # Panics
/// If the first path is not the first of a tile.
pub fn value_paths(
    world: &World,
    paths: Range<u64>,
    progress: &dyn Progress,
) -> Result<PathOutcomes, Error> {
    assert_eq!(paths.start % LANES as u64, 0, "a run begins with a whole tile");
    let tiles: Vec<u64> = paths.clone().step_by(LANES).collect();
    let mut values = PathOutcomes::new(world, (paths.end - paths.start) as usize);
    value_tiles(world, &tiles, paths.end, progress, &mut values)?;
    Ok(values)
}

/// Values the tiles that begin at the paths named, of a run that ends before `end`: only the last of
/// them may be cut short by it.
///
/// # Errors
/// [`Error::Interrupted`] if the watcher says so.
///
/// # Panics
/// If there is room for another number of paths.
pub(super) fn value_tiles(
    world: &World,
    tiles: &[u64],
    end: u64,
    progress: &dyn Progress,
    into: &mut PathOutcomes,
) -> Result<(), Error> {
    value_in_turn(&[world], tiles, end, progress, &world.rooms, std::slice::from_mut(into))
}

/// The same for several worlds of one market: they take turns at every tile, so that each simulates only
/// what it does not have in common with the one before it.
///
/// # Errors
/// [`Error::Interrupted`] if the watcher says so.
///
/// # Panics
/// If there is room for another number of paths.
pub(super) fn value_in_turn(
    worlds: &[&World],
    tiles: &[u64],
    end: u64,
    progress: &dyn Progress,
    rooms: &Buffers<Room>,
    into: &mut [PathOutcomes],
) -> Result<(), Error> {
    let last = tiles.last().map_or(0, |first_path| LANES.min((end - first_path) as usize));
    let count = tiles.len().saturating_sub(1) * LANES + last;
    let mut of_tiles: Vec<Vec<Views<'_>>> = tiles.iter().map(|_| Vec::new()).collect();
    for of_world in into {
        let PathOutcomes { outcomes, drivers, bridge } = of_world;
        assert_eq!(outcomes.paths(), count, "there is room for these paths");
        let views = outcomes
            .chunks_mut(LANES)
            .zip(drivers.axis_chunks_iter_mut(Axis(1), LANES))
            .zip(bridge.axis_chunks_iter_mut(Axis(1), LANES));
        for (of_tile, ((outcomes, drivers), bridge)) in of_tiles.iter_mut().zip(views) {
            of_tile.push((outcomes, drivers, bridge));
        }
    }
    rooms.for_each(
        tiles.iter().zip(of_tiles),
        || worlds[0].make_room(),
        |room, (first_path, of_tile)| {
            let mut before = None;
            for (world, views) in worlds.iter().zip(of_tile) {
                if progress.interrupted() {
                    return;
                }
                if worlds.len() > 1 {
                    world.take_over(room);
                }
                let lanes = views.0.len_of(Axis(2)) as u64;
                world.value_after(before, *first_path, room, views);
                before = Some(*world);
                progress.advance(lanes);
            }
        },
    );
    if progress.interrupted() {
        return Err(Error::Interrupted);
    }
    Ok(())
}
