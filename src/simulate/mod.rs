//! Station 4: scores → paths, tile by tile.
//!
//! In: the laws of a study, their dependence, a seed. Out: the factors of 64 paths at a time, the
//! same whatever the thread, the number of paths or the slice. Not here: money.

pub mod alone;

use crate::chance::{Chance, Stream};
use crate::dependence::Dependence;
use crate::dependence::by_regime::Spell;
use crate::dependence::gaussian::GaussianDependence;
use crate::dependence::student_t::SlowMixing;
use crate::error::{Place, Problem, Problems};
use crate::input::study::{Copula, MarketParameters, Mining, Study};
use crate::model::ai_market::{AiMarketProcess, GpuEntry};
use crate::model::btc_price::BtcPriceProcess;
use crate::model::fees::MeanRevertingFees;
use crate::model::mixing::MixingVariable;
use crate::model::network::{FreeEntry, RespondingNetwork};
use crate::model::parameters::ParameterDraws;
use crate::model::power_price::SeasonalPowerPrice;
use crate::model::regime::RegimeChain;
use crate::model::{Process, Shocks};
use crate::tile::{Build, Factor, LANES, Tile};
use crate::time::TimeGrid;
use ndarray::Array2;
use std::sync::Arc;

/// The markets of a study, ready to be simulated.
pub struct Market {
    grid: TimeGrid,
    build: Build,
    seed: u64,
    /// Of the scored factors that are simulated, in their order.
    score_streams: Vec<Stream>,
    dependence: Dependence,
    mixing: Option<MixingVariable>,
    btc_price: Arc<BtcPriceProcess>,
    /// The laws as the study has them, and how their parameters are drawn, if they are.
    laws: Laws,
    parameters: MarketParameters,
    mining: Mining,
    entry: Entry,
    draws: ParameterDraws,
}

/// How supply answers after the target year.
struct Entry {
    machines: Option<FreeEntry>,
    gpus: Option<GpuEntry>,
}

/// The laws of one tile.
struct Laws {
    /// In order of causation.
    processes: Vec<Arc<dyn Process>>,
    /// The regimes of the AI market, by which scores may be coupled.
    regimes: RegimeChain,
}

impl Laws {
    fn new(
        btc_price: Arc<BtcPriceProcess>,
        p: &MarketParameters,
        mining: &Mining,
        entry: &Entry,
        grid: &TimeGrid,
    ) -> Self {
        let mut processes: Vec<Arc<dyn Process>> = vec![
            btc_price,
            Arc::new(MeanRevertingFees::new(&p.fees, &p.network)),
            Arc::new(RespondingNetwork::new(&p.network, mining, entry.machines.clone())),
            Arc::new(AiMarketProcess::new(
                &p.ai_market,
                &p.ai_market_laws,
                entry.gpus.clone(),
                grid,
            )),
        ];
        // The last factor, and the last score: left out, they change no other and cost nothing.
        if mining.curtailment {
            processes.push(Arc::new(SeasonalPowerPrice::new(&p.power_price, grid)));
        }
        let written = processes.iter().flat_map(|process| process.outputs());
        let expected = &Factor::ALL[..Factor::ALL.len() - left_out(mining)];
        assert!(written.eq(expected), "every factor is written once, in order of causation");
        Self { processes, regimes: RegimeChain::new(&p.ai_market, grid) }
    }
}

/// Factors at the end of their order that are not simulated, as no number rests on them.
fn left_out(mining: &Mining) -> usize {
    usize::from(!mining.curtailment)
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
    /// Wires the laws of a study, whose parameters are drawn as `draws` says.
    ///
    /// # Errors
    /// A correlation matrix that is not positive semi-definite; a law that its history cannot
    /// support.
    pub fn new(
        study: &Study,
        grid: &TimeGrid,
        build: Build,
        draws: &ParameterDraws,
    ) -> Result<Self, Problems> {
        let parameters = study.market_parameters();
        let btc_price = Arc::new(BtcPriceProcess::of(study, grid)?);
        let entry = Entry { machines: FreeEntry::new(study, grid), gpus: GpuEntry::new(study) };
        Ok(Self {
            grid: grid.clone(),
            build,
            seed: study.seed,
            score_streams: Factor::SCORED[..Factor::SCORED.len() - left_out(&study.mining)]
                .iter()
                .map(|factor| Stream::new("score", factor.name()))
                .collect(),
            dependence: dependence(study)?,
            mixing: match study.copula {
                Copula::Gaussian => None,
                Copula::StudentT { degrees_of_freedom } => {
                    Some(MixingVariable::new(degrees_of_freedom))
                }
            },
            laws: Laws::new(Arc::clone(&btc_price), &parameters, &study.mining, &entry, grid),
            mining: study.mining.clone(),
            entry,
            btc_price,
            parameters,
            draws: draws.clone(),
        })
    }

    /// The factors that are simulated, in order: the last ones are left out where nothing reads them.
    pub fn factors(&self) -> &'static [Factor] {
        &Factor::ALL[..Factor::ALL.len() - left_out(&self.mining)]
    }

    /// Every stream the market draws from.
    pub fn streams(&self) -> Vec<Stream> {
        let own = self.laws.processes.iter().flat_map(|process| process.streams());
        let mixing = self.mixing.iter().flat_map(MixingVariable::streams);
        self.score_streams
            .iter()
            .copied()
            .chain(own)
            .chain(self.draws.streams())
            .chain(mixing)
            .collect()
    }

    /// The laws of each factor whose groups of paths follow several.
    pub fn mixed(&self) -> Vec<Vec<String>> {
        let several = self.laws.processes.iter().map(|process| process.models());
        several.filter(|models| !models.is_empty()).collect()
    }
    /// Positions of the models of each such factor that the group of a path follows.
    pub fn models_of(&self, first_path: u64) -> Vec<usize> {
        let chance = self.chance(first_path);
        let several = self.laws.processes.iter().filter(|process| !process.models().is_empty());
        several.map(|process| process.model_of(&chance)).collect()
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
        self.simulate_after(None, first_path, room);
    }

    /// The same in a room that holds what another market has made of this tile, if any has: what the
    /// two have in common stays. The rows come out the same to the bit.
    pub fn simulate_after(&self, other: Option<&Self>, first_path: u64, room: &mut SimulatedTile) {
        let drawn = self.drawn(first_path);
        let laws = drawn.as_ref().unwrap_or(&self.laws);
        let drawn = other.and_then(|other| other.drawn(first_path));
        let before = other.map(|other| (other, drawn.as_ref().unwrap_or(&other.laws)));
        let has_scores = before.is_some_and(|before| self.couples_as(laws, before));
        if !has_scores {
            self.draw_scores(laws, first_path, room);
        }
        let SimulatedTile { tile, scores, .. } = room;
        let shocks = Shocks::new(scores, self.grid.steps(), self.chance(first_path));
        let written = before.filter(|_| has_scores).map_or(&[][..], |(_, laws)| &laws.processes);
        let mut rewritten: Vec<Factor> = Vec::new();
        for (index, process) in laws.processes.iter().enumerate() {
            let is_written = written.get(index).is_some_and(|other| process.is_same(&**other))
                && !process.inputs().iter().any(|input| rewritten.contains(input));
            if !is_written {
                process.evolve(self.build, &self.grid, shocks, tile);
                rewritten.extend(process.outputs());
            }
        }
    }

    /// Whether scores come out as those of another market, given the laws of a tile in both.
    fn couples_as(&self, laws: &Laws, (other, others): (&Self, &Laws)) -> bool {
        self.grid == other.grid
            && self.seed == other.seed
            && self.score_streams == other.score_streams
            && self.dependence == other.dependence
            && self.mixing == other.mixing
            && (self.dependence.stressed.is_none() || laws.regimes == others.regimes)
    }

    /// Draws and couples the scores of a tile.
    fn draw_scores(&self, laws: &Laws, first_path: u64, room: &mut SimulatedTile) {
        let steps = self.grid.steps();
        let chance = self.chance(first_path);
        let SimulatedTile { scores, spells, .. } = room;
        let used = &mut scores[..self.score_streams.len() * steps];
        for (rows, stream) in used.chunks_mut(steps).zip(&self.score_streams) {
            chance.scores(*stream, rows);
        }
        if self.dependence.stressed.is_some() {
            spells_of(&laws.regimes, chance, &self.grid, spells);
        }
        let chi_square = self.mixing.map_or([1.0; LANES], |mixing| mixing.draw(&chance));
        let horizon = (steps, self.grid.days());
        self.dependence.couple(self.build, horizon, spells, &chi_square, used);
    }

    /// The parameters of the group that a path lies in.
    pub fn parameters_of(&self, first_path: u64) -> MarketParameters {
        let mut parameters = self.parameters.clone();
        self.draws.draw(&self.chance(first_path), &mut parameters);
        parameters
    }
    /// How parameters are drawn.
    pub fn draws(&self) -> &ParameterDraws {
        &self.draws
    }

    /// The laws with the parameters of a tile's group; `None` where parameters are fixed.
    fn drawn(&self, first_path: u64) -> Option<Laws> {
        if self.draws.is_empty() {
            return None;
        }
        let parameters = self.parameters_of(first_path);
        let btc_price =
            Arc::new(self.btc_price.redrawn(&parameters, &self.grid, &self.chance(first_path)));
        Some(Laws::new(btc_price, &parameters, &self.mining, &self.entry, &self.grid))
    }
}

/// The steps between switches of any lane's regime; lanes in a glut are stressed.
fn spells_of(chain: &RegimeChain, chance: Chance, grid: &TimeGrid, spells: &mut Vec<Spell>) {
    let steps = grid.steps();
    let mut regimes = chain.begin(chance, grid);
    spells.clear();
    let mut first_step = 0;
    while first_step < steps {
        regimes.advance(first_step);
        spells.push(Spell { first_step, is_stressed: regimes.is_boom.map(|is_boom| !is_boom) });
        first_step = regimes.next_switch(steps);
    }
}

/// How the scores of a study are coupled.
fn dependence(study: &Study) -> Result<Dependence, Problems> {
    let names = Factor::SCORED.map(Factor::name);
    let of = |key: &str, matrix: &Array2<f64>| {
        GaussianDependence::new(matrix, &names).map_err(|mut problems| {
            if let Some(input) = study.inputs.iter().find(|input| input.key == key) {
                problems.0.iter_mut().for_each(|p| p.place = Some(Place::file(&input.name)));
            }
            problems
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_markets_have_in_common_is_not_simulated_twice() {
        let study = Study::default_study();
        let grid = TimeGrid::new(study.as_of, study.target_year).unwrap();
        let market = |study: &Study| {
            Market::new(study, &grid, Build::fastest(), &ParameterDraws::default()).unwrap()
        };
        let (base, day) = (market(&study), grid.target().start);
        // The factors that are not written anew, told by what was put in their place.
        let kept = |other: &Study| {
            let mut room = base.make_tile();
            base.simulate(64, &mut room);
            for factor in Factor::ALL {
                let (_, [rows]) = room.tile.split(factor);
                rows[day][7] = -1.0;
            }
            market(other).simulate_after(Some(&base), 64, &mut room);
            // Full pay stands in its rows from one tile to the next.
            let factors = Factor::ALL.into_iter().filter(|factor| *factor != Factor::PoolPay);
            factors.filter(|factor| room.tile.rows(*factor)[day][7] == -1.0).collect::<Vec<_>>()
        };
        use Factor::{AiDemand, BtcPrice, Difficulty, Fees, GpuRate, Hashprice, Hashrate};
        use Factor::{PowerPrice, Rent, Utilisation};
        assert_eq!(kept(&study).len(), Factor::ALL.len() - 1);
        let mut other = study.clone();
        other.ai_market.rent_start_usd_per_critical_it_mw_year *= 2.0;
        let bitcoin = [BtcPrice, Fees, Hashrate, Difficulty, Hashprice, PowerPrice];
        assert_eq!(kept(&other), bitcoin);
        let mut other = study.clone();
        other.scale_btc_volatility(1.5);
        assert_eq!(kept(&other), [Fees, AiDemand, GpuRate, Utilisation, Rent, PowerPrice]);
        let mut other = study.clone();
        other.seed += 1;
        assert_eq!(kept(&other), [PowerPrice], "which is never simulated in this study");
    }
}
