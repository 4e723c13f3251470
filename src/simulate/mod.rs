//! Station 4: scores → paths, tile by tile.
//!
//! In: the laws of a study, their dependence, a seed. Out: the factors of 64 paths at a time, the
//! same whatever the thread, the number of paths or the slice. Not here: money.

use crate::chance::{Chance, Stream};
use crate::dependence::gaussian::GaussianDependence;
use crate::error::{Problem, Problems};
use crate::input::study::Study;
use crate::model::ai_market::TwoRegimeMarket;
use crate::model::btc_price::GeometricBrownianMotion;
use crate::model::fees::MeanRevertingFees;
use crate::model::network::RespondingNetwork;
use crate::model::power_price::SeasonalPowerPrice;
use crate::model::{Process, Shocks};
use crate::tile::{Build, Factor, LANES, Tile};
use crate::time::TimeGrid;

/// The markets of a study, ready to be simulated.
pub struct Market {
    grid: TimeGrid,
    build: Build,
    seed: u64,
    /// Of the scored factors that are simulated, in their order.
    score_streams: Vec<Stream>,
    dependence: GaussianDependence,
    /// In order of causation.
    processes: Vec<Box<dyn Process>>,
}

/// A tile and the scores it is made of: one per thread, used again and again.
#[derive(Debug, Clone)]
pub struct SimulatedTile {
    /// The factors.
    pub tile: Tile,
    scores: Vec<[f32; LANES]>,
}

impl Market {
    /// Wires the laws of a study.
    ///
    /// # Errors
    /// A correlation matrix that is not positive semi-definite.
    pub fn new(study: &Study, grid: &TimeGrid, build: Build) -> Result<Self, Problems> {
        let mut processes: Vec<Box<dyn Process>> = vec![
            Box::new(GeometricBrownianMotion::new(&study.btc_price)),
            Box::new(MeanRevertingFees::new(&study.fees, &study.network)),
            Box::new(RespondingNetwork::new(&study.network, &study.mining)),
            Box::new(TwoRegimeMarket::new(&study.ai_market)),
        ];
        // The last factor, and the last score: left out, they change no other and cost nothing.
        if study.mining.curtailment {
            processes.push(Box::new(SeasonalPowerPrice::new(&study.power_price)));
        }
        let left_out = usize::from(!study.mining.curtailment);
        let written = processes.iter().flat_map(|process| process.outputs());
        let expected = &Factor::ALL[..Factor::ALL.len() - left_out];
        assert!(written.eq(expected), "every factor is written once, in order of causation");
        Ok(Self {
            grid: grid.clone(),
            build,
            seed: study.seed,
            score_streams: Factor::SCORED[..Factor::SCORED.len() - left_out]
                .iter()
                .map(|factor| Stream::new("score", factor.name()))
                .collect(),
            dependence: GaussianDependence::new(&study.correlation)?,
            processes,
        })
    }

    /// Every stream the market draws from.
    pub fn streams(&self) -> Vec<Stream> {
        let own = self.processes.iter().flat_map(|process| process.streams());
        self.score_streams.iter().copied().chain(own).collect()
    }

    /// The chance of the tile that begins at `first_path`.
    pub fn chance(&self, first_path: u64) -> Chance {
        Chance::new(self.seed, first_path, self.build)
    }

    /// Room for one tile.
    pub fn make_tile(&self) -> SimulatedTile {
        SimulatedTile {
            tile: Tile::new(self.grid.steps()),
            scores: vec![[0.0; LANES]; Factor::SCORED.len() * self.grid.steps()],
        }
    }

    /// Simulates the tile that begins at `first_path`.
    pub fn simulate(&self, first_path: u64, room: &mut SimulatedTile) {
        let steps = self.grid.steps();
        let chance = self.chance(first_path);
        let SimulatedTile { tile, scores } = room;
        let drawn = &mut scores[..self.score_streams.len() * steps];
        for (rows, stream) in drawn.chunks_mut(steps).zip(&self.score_streams) {
            chance.scores(*stream, rows);
        }
        self.dependence.couple(self.build, steps, drawn);
        let shocks = Shocks::new(scores, steps, chance);
        for process in &self.processes {
            process.evolve(self.build, &self.grid, shocks, tile);
        }
    }
}

/// Refuses streams that share an identifier, naming the cure.
///
/// # Errors
/// Two entities whose names hash alike.
pub fn refuse_collisions(streams: &[Stream]) -> Result<(), Problems> {
    crate::chance::refuse_collisions(streams).map_err(|(first, second)| {
        Problem::new("two sources of chance share an identifier")
            .found(format!("streams {first} and {second}"))
            .help("rename one of the entities (tranches, contracts, halls)")
            .into()
    })
}
