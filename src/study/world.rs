//! A study wired: market, delivery, valuation; any tile of it at any time, on any thread.

use crate::economics::valuation::{Ledgers, Valuation};
use crate::error::{Problem, Problems};
use crate::input::study::Study;
use crate::model::delivery::{HallDelivery, PathScalars};
use crate::simulate::{self, Market, SimulatedTile};
use crate::tile::Build;
use crate::time::TimeGrid;
use ndarray::{ArrayViewMut2, ArrayViewMut3};

/// Everything that turns path numbers into outcomes.
pub struct World {
    build: Build,
    /// The calendar.
    pub grid: TimeGrid,
    market: Market,
    delivery: HallDelivery,
    /// What tiles are valued with.
    pub valuation: Valuation,
}

/// What one thread needs to value tiles, used again and again.
pub struct Room {
    /// The simulated factors.
    pub market: SimulatedTile,
    /// Their ledgers.
    pub ledgers: Ledgers,
}

impl World {
    /// Wires a study.
    ///
    /// # Errors
    /// What only shows when values meet: a calendar that runs backwards, correlations that
    /// contradict each other, names that collide.
    pub fn new(study: &Study, build: Build) -> Result<Self, Problems> {
        let grid = TimeGrid::new(study.as_of, study.target_year).map_err(Problem::new)?;
        let market = Market::new(study, &grid, build)?;
        let valuation = Valuation::new(study, &grid);
        let divertible_mw = valuation.plan.gross_mw * study.diversion.share_max;
        let halls = valuation.plan.halls_of(divertible_mw);
        let delivery = HallDelivery::new(&study.delivery, &study.capital, &grid, halls);
        let mut streams = market.streams();
        streams.extend(delivery.streams());
        simulate::refuse_collisions(&streams)?;
        Ok(Self { build, grid, market, delivery, valuation })
    }

    /// Room for one thread.
    pub fn make_room(&self) -> Room {
        Room { market: self.market.make_tile(), ledgers: Ledgers::default() }
    }

    /// Simulates the tile that begins at `first_path` and fills its ledgers.
    pub fn simulate(&self, first_path: u64, room: &mut Room) -> PathScalars {
        self.market.simulate(first_path, &mut room.market);
        self.valuation.enter(self.build, &room.market.tile, &mut room.ledgers);
        self.delivery.draw(&self.market.chance(first_path))
    }

    /// Writes the outcomes `[metric][share][lane]` and drivers `[driver][lane]` of the tile that
    /// begins at `first_path`; fewer lanes than a tile has are its first ones.
    pub fn value(
        &self,
        first_path: u64,
        room: &mut Room,
        outcomes: ArrayViewMut3<'_, f64>,
        drivers: ArrayViewMut2<'_, f64>,
    ) {
        let scalars = self.simulate(first_path, room);
        let tile = &room.market.tile;
        self.valuation.value(tile, &room.ledgers, &scalars, outcomes);
        self.valuation.drivers(self.build, tile, &scalars, drivers);
    }
}
