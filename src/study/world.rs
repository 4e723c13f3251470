//! A study wired: market, delivery, valuation; any tile of it at any time, on any thread.

use super::uncertain;
use super::undisclosed::{Disclosed, halls_max};
use crate::economics::bridge::{Bridge, BridgeStep};
use crate::economics::metric::Metric;
use crate::economics::valuation::{Ledgers, Valuation};
use crate::error::{Error, Problem, Problems};
use crate::input::study::Study;
use crate::model::delivery::{HallDelivery, PathScalars};
use crate::model::parameters::ParameterDraws;
use crate::model::tenants::Tenants;
use crate::model::undisclosed::UndisclosedInputs;
use crate::parallel::Buffers;
use crate::simulate::{self, Market, SimulatedTile};
use crate::tile::{Build, LANES};
use crate::time::TimeGrid;
use ndarray::{ArrayViewMut2, ArrayViewMut3};

/// Everything that turns path numbers into outcomes.
pub struct World {
    build: Build,
    /// The calendar.
    pub grid: TimeGrid,
    market: Market,
    delivery: HallDelivery,
    tenants: Tenants,
    undisclosed: UndisclosedInputs,
    disclosed: Option<Disclosed>,
    bridge: Option<Bridge>,
    /// What is known of each share and path, in the order of `Metric::ALL`.
    pub metrics: &'static [Metric],
    /// What threads have needed before.
    pub(super) rooms: Buffers<Room>,
    /// What tiles are valued with; where inputs are drawn, this is at the middles of their ranges.
    pub valuation: Valuation,
}

/// Where the outcomes of a tile go, its drivers, and the steps from a claim.
pub(super) type Views<'a> =
    (ArrayViewMut3<'a, f64>, ArrayViewMut2<'a, f64>, ArrayViewMut2<'a, f64>);

/// What one thread needs to value tiles, used again and again.
pub struct Room {
    /// The simulated factors.
    pub market: SimulatedTile,
    /// Their ledgers.
    pub ledgers: Ledgers,
    /// What is drawn of the study's inputs, where any is.
    disclosed: Option<Disclosed>,
}

impl World {
    /// Wires a study.
    ///
    /// # Errors
    /// What only shows when values meet: a calendar that runs backwards, correlations that
    /// contradict each other, names that collide; parameters to be drawn whose fit fails.
    pub fn new(study: &Study, build: Build) -> Result<Self, Error> {
        Ok(Self::with_draws(study, build, &uncertain::draws(study)?)?)
    }

    /// Wires a study whose fits were made before.
    ///
    /// # Errors
    /// As [`World::new`], but for the fits.
    pub fn with_draws(
        study: &Study,
        build: Build,
        draws: &ParameterDraws,
    ) -> Result<Self, Problems> {
        let grid = study.grid().map_err(Problem::new)?;
        let market = Market::new(study, &grid, build, draws)?;
        let valuation = Valuation::new(study, &grid);
        let halls = halls_max(study, &valuation.plan);
        let delivery = HallDelivery::new(study, &grid, halls);
        let undisclosed = UndisclosedInputs::new(&study.undisclosed);
        let disclosed = Disclosed::new(study, &valuation);
        let mut streams = market.streams();
        let tenants = Tenants::new(study, halls);
        streams.extend(delivery.streams());
        streams.extend(tenants.streams());
        streams.extend(undisclosed.streams());
        simulate::refuse_collisions(&streams)?;
        let rooms = Buffers::default();
        let metrics = Metric::of(study);
        Ok(Self {
            build,
            grid,
            market,
            delivery,
            tenants,
            undisclosed,
            disclosed,
            bridge: Bridge::new(study),
            metrics,
            rooms,
            valuation,
        })
    }

    /// The build of the kernels that it runs.
    pub fn build(&self) -> Build {
        self.build
    }

    /// The markets.
    pub fn market(&self) -> &Market {
        &self.market
    }

    /// Room for one thread.
    pub fn make_room(&self) -> Room {
        Room {
            market: self.market.make_tile(),
            ledgers: Ledgers::default(),
            disclosed: self.disclosed.clone(),
        }
    }

    /// Simulates the tile that begins at `first_path` and fills its ledgers.
    pub fn simulate(&self, first_path: u64, room: &mut Room) -> PathScalars {
        self.simulate_after(None, first_path, room)
    }

    /// The same in a room that holds what another world has made of this tile, if any has: what the
    /// two have in common stays. The numbers come out the same to the bit.
    pub(super) fn simulate_after(
        &self,
        other: Option<&Self>,
        first_path: u64,
        room: &mut Room,
    ) -> PathScalars {
        let chance = self.market.chance(first_path);
        self.market.simulate_after(other.map(|other| &other.market), first_path, &mut room.market);
        if let Some(disclosed) = &mut room.disclosed {
            disclosed.take(self.undisclosed.draw(&chance), &self.grid);
        }
        let Room { market, ledgers, disclosed } = room;
        let valuation = disclosed.as_ref().map_or(&self.valuation, |own| &own.valuation);
        valuation.enter(self.build, &market.tile, ledgers);
        let tenant_thresholds = self.tenants.draw(&chance);
        let mut scalars = PathScalars { tenant_thresholds, ..self.delivery.draw(&chance) };
        self.delivery.tighten(self.build, &market.tile, &mut scalars);
        valuation.renew(&market.tile, &mut scalars);
        scalars
    }

    /// Makes a room that served another world of the same calendar this one's.
    pub(super) fn take_over(&self, room: &mut Room) {
        room.disclosed.clone_from(&self.disclosed);
    }

    /// What the tile simulated last in a room is valued with.
    pub fn valuation_in<'a>(&'a self, room: &'a Room) -> &'a Valuation {
        room.disclosed.as_ref().map_or(&self.valuation, |own| &own.valuation)
    }

    /// What was drawn for it of the inputs that are not disclosed, in the order of the study's.
    pub fn drawn_in<'a>(&self, room: &'a Room) -> &'a [f64] {
        room.disclosed.as_ref().map_or(&[], |own| own.values())
    }

    /// Mean over the first `paths` paths of what is valued of each share.
    pub(super) fn mean_effective_shares(&self, paths: u64) -> Vec<f64> {
        let mut sums = vec![0.0; self.valuation.plan.shares.len()];
        let mut disclosed = self.disclosed.clone();
        for first_path in (0..paths).step_by(LANES) {
            if let Some(disclosed) = &mut disclosed {
                let drawn = self.undisclosed.draw(&self.market.chance(first_path));
                disclosed.take(drawn, &self.grid);
            }
            let lanes = (paths - first_path).min(LANES as u64) as f64;
            let valuation = disclosed.as_ref().map_or(&self.valuation, |own| &own.valuation);
            for (sum, share) in sums.iter_mut().zip(&valuation.plan.shares) {
                *sum += lanes * share.effective_share;
            }
        }
        sums.into_iter().map(|sum| sum / paths as f64).collect()
    }

    /// Steps of the bridge from the study's claim; none without one.
    pub(super) fn bridge_steps(&self) -> usize {
        self.bridge.map_or(0, |_| BridgeStep::ALL.len())
    }

    /// Writes the outcomes `[metric][share][lane]`, drivers `[driver][lane]` and steps of the bridge
    /// `[step][lane]` of the tile that begins at `first_path`; fewer lanes than a tile has are its first
    /// ones.
    pub fn value(
        &self,
        first_path: u64,
        room: &mut Room,
        outcomes: ArrayViewMut3<'_, f64>,
        drivers: ArrayViewMut2<'_, f64>,
        steps: ArrayViewMut2<'_, f64>,
    ) {
        self.value_after(None, first_path, room, (outcomes, drivers, steps));
    }

    /// The same in a room that holds what another world has made of this tile, if any has.
    pub(super) fn value_after(
        &self,
        other: Option<&Self>,
        first_path: u64,
        room: &mut Room,
        (mut outcomes, drivers, steps): Views<'_>,
    ) {
        let scalars = self.simulate_after(other, first_path, room);
        let (tile, valuation) = (&room.market.tile, self.valuation_in(room));
        let made = (tile, &room.ledgers);
        valuation.value(self.build, tile, &room.ledgers, &scalars, outcomes.view_mut());
        valuation.drivers(self.build, tile, &scalars, drivers);
        if let Some(bridge) = &self.bridge {
            bridge.reached(self.build, valuation, made, &scalars, outcomes.view(), steps);
        }
    }
}
