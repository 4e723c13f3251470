//! Station 4: scores → paths, tile by tile.
//!
//! In: the laws of a study, their dependence, a seed. Out: the factors of 64 paths at a time, the
//! same whatever the thread, the number of paths or the slice. Not here: money.

use crate::chance::{Chance, Stream};
use crate::dependence::Dependence;
use crate::dependence::by_regime::Spell;
use crate::dependence::gaussian::GaussianDependence;
use crate::dependence::student_t::SlowMixing;
use crate::error::{Place, Problem, Problems};
use crate::input::study::{Copula, Regime, Study};
use crate::model::ai_market::TwoRegimeMarket;
use crate::model::btc_price::GeometricBrownianMotion;
use crate::model::fees::MeanRevertingFees;
use crate::model::network::RespondingNetwork;
use crate::model::regime::RegimeChain;
use crate::model::{Process, Shocks};
use crate::tile::{Build, Factor, LANES, Tile};
use crate::time::TimeGrid;

/// The three markets of a study, ready to be simulated.
pub struct Market {
    grid: TimeGrid,
    build: Build,
    seed: u64,
    score_streams: Vec<Stream>,
    dependence: Dependence,
    /// The regimes in which scores are coupled otherwise, as the AI market walks them.
    regimes: RegimeChain,
    /// In order of causation.
    processes: Vec<Box<dyn Process>>,
}

/// A tile and the scores it is made of: one per thread, used again and again.
#[derive(Debug, Clone)]
pub struct SimulatedTile {
    /// The factors.
    pub tile: Tile,
    scores: Vec<[f32; LANES]>,
    spells: Vec<Spell>,
}

impl Market {
    /// Wires the laws of a study.
    ///
    /// # Errors
    /// A correlation matrix that is not positive semi-definite.
    pub fn new(study: &Study, grid: &TimeGrid, build: Build) -> Result<Self, Problems> {
        let processes: Vec<Box<dyn Process>> = vec![
            Box::new(GeometricBrownianMotion::new(&study.btc_price)),
            Box::new(MeanRevertingFees::new(&study.fees, &study.network)),
            Box::new(RespondingNetwork::new(&study.network)),
            Box::new(TwoRegimeMarket::new(&study.ai_market)),
        ];
        let written = processes.iter().flat_map(|process| process.outputs());
        assert!(written.eq(&Factor::ALL), "every factor is written once, in order of causation");
        Ok(Self {
            grid: grid.clone(),
            build,
            seed: study.seed,
            score_streams: Factor::SCORED.map(|f| Stream::new("score", f.name())).to_vec(),
            dependence: dependence(study)?,
            regimes: RegimeChain::of_ai_market(&study.ai_market),
            processes,
        })
    }

    /// Every stream the market draws from.
    pub fn streams(&self) -> Vec<Stream> {
        let own = self.processes.iter().flat_map(|process| process.streams());
        let mixing = self.dependence.streams();
        self.score_streams.iter().copied().chain(own).chain(mixing).collect()
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
            spells: Vec::new(),
        }
    }

    /// Simulates the tile that begins at `first_path`.
    pub fn simulate(&self, first_path: u64, room: &mut SimulatedTile) {
        let steps = self.grid.steps();
        let chance = self.chance(first_path);
        let SimulatedTile { tile, scores, spells } = room;
        for (rows, stream) in scores.chunks_mut(steps).zip(&self.score_streams) {
            chance.scores(*stream, rows);
        }
        if self.dependence.stressed.is_some() {
            self.spells(&chance, spells);
        }
        self.dependence.couple(self.build, &chance, steps, spells, scores);
        let shocks = Shocks::new(scores, steps, chance);
        for process in &self.processes {
            process.evolve(self.build, &self.grid, shocks, tile);
        }
    }

    /// The steps between switches of any lane's regime; lanes in a glut are stressed.
    fn spells(&self, chance: &Chance, spells: &mut Vec<Spell>) {
        let mut walk = self.regimes.walk(chance, self.grid.dt_years());
        let steps = self.grid.steps() as f64;
        spells.clear();
        let mut first_step = 0;
        loop {
            let is_stressed = walk.regimes().map(|regime| regime == Regime::Glut);
            spells.push(Spell { first_step, is_stressed });
            if walk.next_switch_step() >= steps {
                return;
            }
            first_step = walk.next_switch_step() as usize;
            walk.advance(first_step, |_, _| ());
        }
    }
}

/// How the scores of a study are coupled.
fn dependence(study: &Study) -> Result<Dependence, Problems> {
    let names = Factor::SCORED.map(Factor::name);
    let of = |key: &str, matrix: &ndarray::Array2<f64>| {
        GaussianDependence::new(matrix, &names).map_err(|problem| {
            let input = study.inputs.iter().find(|input| input.key == key);
            match input {
                Some(input) => problem.at(Place::file(&input.name)),
                None => problem,
            }
        })
    };
    Ok(Dependence {
        usual: of("dependence.correlation", &study.correlation)?,
        stressed: match &study.correlation_glut {
            Some(matrix) => Some(of("dependence.correlation_glut", matrix)?),
            None => None,
        },
        mixing: match study.copula {
            Copula::Gaussian => None,
            Copula::StudentT { degrees_of_freedom } => Some(SlowMixing::new(degrees_of_freedom)),
        },
    })
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
