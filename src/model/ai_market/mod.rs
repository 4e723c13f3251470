//! AI compute: demand against capacity, and the GPU-hour rate, utilisation and rent that follow.
//!
//! The state is tightness x = ln(demand / capacity), scaled so that utilisation is the part of the
//! market that demand takes, demand / (demand + capacity) = 1 / (1 + e^{−x}). One of several laws
//! moves it, group by group; prices follow tightness, not the regime itself:
//! - GPU-hour rate: d ln p = μ(x) dt + σ dW + jumps − ageing, not below a floor (the cash cost of an
//!   hour). Jumps come at Poisson times, normal, uncompensated: their mean adds to the drift.
//!   Ageing is what the fleet's generation loses against the market from a stated day on;
//! - rent of new leases: ln R reverts to a level that itself moves by r(x) dt, exact within a step;
//!
//! where μ and r are linear in x through their values at the utilisations of boom and glut.

pub mod supply_lag;
pub mod two_regime;

use super::events::{Events, strike};
use super::mixture::Mixture;
use super::regime::{RegimeChain, Regimes};
use super::{Process, Same, Shocks};
use crate::chance::{Chance, Stream};
use crate::input::study::{AiMarket, AiMarketLaws, AiMarketModel};
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math};
use crate::time::{Span, TimeGrid, within};
use std::ops::Range;

/// A law of the market's tightness.
pub trait TightnessLaw: Same + Send + Sync {
    /// Writes the tightness of every step of one tile, from the regimes and the scores of demand.
    fn evolve(
        &self,
        build: Build,
        grid: &TimeGrid,
        regimes: Regimes<'_>,
        scores: &[[f32; LANES]],
        tightness: &mut [Row],
    );
}

impl PartialEq for dyn TightnessLaw {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other)
    }
}

/// The AI market.
#[derive(PartialEq)]
pub struct AiMarketProcess {
    parameters: AiMarket,
    regimes: RegimeChain,
    laws: Mixture<Box<dyn TightnessLaw>>,
    ageing_step: usize,
    jump_stream: Stream,
    jump_size_stream: Stream,
}

impl AiMarketProcess {
    /// The market of a study, which holds the table of every model that it names.
    ///
    /// # Panics
    /// If the table of a model that is named is missing.
    pub fn new(parameters: &AiMarket, laws: &AiMarketLaws, grid: &TimeGrid) -> Self {
        const NO_TABLE: &str = "the reader asks for the table of every model that a study names";
        let law = |model| -> Box<dyn TightnessLaw> {
            match model {
                AiMarketModel::TwoRegime => {
                    let own = laws.two_regime.as_ref().expect(NO_TABLE);
                    Box::new(two_regime::TwoRegimeTightness::new(parameters, own))
                }
                AiMarketModel::SupplyLag => {
                    let own = laws.supply_lag.as_ref().expect(NO_TABLE);
                    Box::new(supply_lag::SupplyLagTightness::new(own))
                }
            }
        };
        let weighted = parameters.model.weights().iter();
        Self {
            parameters: parameters.clone(),
            regimes: RegimeChain::new(parameters, grid),
            laws: Mixture::new(
                weighted.map(|(model, weight)| (law(*model), *weight)),
                Factor::AiDemand.name(),
            ),
            jump_stream: Stream::new("jump", Factor::GpuRate.name()),
            jump_size_stream: Stream::new("jump_size", Factor::GpuRate.name()),
            ageing_step: ageing_step(parameters, grid),
        }
    }
}

/// The first step in which the fleet's GPUs age, from 1 on; the number of steps where none is.
fn ageing_step(parameters: &AiMarket, grid: &TimeGrid) -> usize {
    grid.step_on(grid.step_of(parameters.gpu_rate_ageing_from).clamp(1, 1 << 30) as u32)
}

/// Keep factor and noise sd of one exact Ornstein–Uhlenbeck step.
fn reversion(speed_per_year: f64, sd_per_sqrt_year: f64, dt_years: f64) -> (f64, f64) {
    if speed_per_year == 0.0 {
        return (1.0, sd_per_sqrt_year * dt_years.sqrt());
    }
    let keep = math::exp(-speed_per_year * dt_years);
    (keep, sd_per_sqrt_year * ((1.0 - keep * keep) / (2.0 * speed_per_year)).sqrt())
}

/// The constants of a step, worked out once per tile.
#[derive(Clone)]
struct Step {
    glut_level: f64,
    inverse_span: f64,
    rate_drift_glut: f64,
    rate_drift_span: f64,
    rate_sd: f64,
    log_rate_floor: f64,
    rent_trend_glut: f64,
    rent_trend_span: f64,
    rent_keep: f64,
    rent_sd: f64,
}

impl Step {
    fn new(p: &AiMarket, dt: f64) -> Self {
        let (boom, glut) = (math::logit(p.boom_utilisation), math::logit(p.glut_utilisation));
        let (rent_keep, rent_sd) =
            reversion(p.rent_reversion_per_year, p.rent_sd_per_sqrt_year, dt);
        let rate_span = p.gpu_rate_drift_boom_per_year - p.gpu_rate_drift_glut_per_year;
        let rent_span = p.rent_trend_boom_per_year - p.rent_trend_glut_per_year;
        Self {
            glut_level: glut,
            inverse_span: 1.0 / (boom - glut),
            rate_drift_glut: p.gpu_rate_drift_glut_per_year * dt,
            rate_drift_span: rate_span * dt,
            rate_sd: p.gpu_rate_sd_per_sqrt_year * dt.sqrt(),
            log_rate_floor: math::ln(p.gpu_rate_floor_usd_per_gpu_hour),
            rent_trend_glut: p.rent_trend_glut_per_year * dt,
            rent_trend_span: rent_span * dt,
            rent_keep,
            rent_sd,
        }
    }
}

impl Process for AiMarketProcess {
    fn inputs(&self) -> &'static [Factor] {
        &[]
    }
    fn outputs(&self) -> &'static [Factor] {
        &[Factor::AiDemand, Factor::GpuRate, Factor::Utilisation, Factor::Rent]
    }
    fn streams(&self) -> Vec<Stream> {
        vec![self.regimes.stream(), self.laws.stream(), self.jump_stream, self.jump_size_stream]
    }
    fn models(&self) -> Vec<String> {
        self.parameters.model.several("ai_market")
    }
    fn model_of(&self, chance: &Chance) -> usize {
        self.laws.pick(chance).0
    }
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, tile: &mut Tile) {
        let p = &self.parameters;
        let (_, [tightness, rate, utilisation, rent]) = tile.split(Factor::AiDemand);
        let (_, law) = self.laws.pick(&shocks.chance);
        let regimes = self.regimes.begin(shocks.chance, grid);
        law.evolve(build, grid, regimes, shocks.scores(Factor::AiDemand), tightness);
        utilise(build, tightness, utilisation);
        // By span: the constants before the fleet's GPUs age, and while they do.
        let spans = grid.spans().into_iter().map(|Span { steps, dt_years, .. }| {
            let new = Step::new(p, dt_years);
            let ageing = p.gpu_rate_ageing_per_year * dt_years;
            let aged = Step { rate_drift_glut: new.rate_drift_glut - ageing, ..new.clone() };
            (steps, [new, aged])
        });
        let spans: Vec<(Range<usize>, [Step; 2])> = spans.collect();
        rent[0] = [p.rent_start_usd_per_critical_it_mw_year; LANES];
        let mut logs = [[math::ln(p.rent_start_usd_per_critical_it_mw_year); LANES]; 2];
        let scores = shocks.scores(Factor::Rent);
        for (steps, [step, _]) in &spans {
            let (tightness, scores) = (&tightness[steps.clone()], &scores[steps.clone()]);
            follow_rent(build, step, tightness, scores, &mut logs, &mut rent[steps.clone()]);
        }
        rate[0] = [p.gpu_rate_start_usd_per_gpu_hour; LANES];
        let mut log_rate = [math::ln(p.gpu_rate_start_usd_per_gpu_hour); LANES];
        let scores = shocks.scores(Factor::GpuRate);
        let jumps = Events::draw(&shocks.chance, self.jump_stream, p.gpu_rate_jumps_per_year, grid);
        let mut sizes = jumps.normals(&shocks.chance, self.jump_size_stream);
        for size in &mut sizes {
            *size = p.gpu_rate_jump_log_mean + p.gpu_rate_jump_log_sd * *size;
        }
        let mut sizes = sizes.iter();
        for (part, jumps) in jumps.parts(grid.steps()) {
            strike(jumps, &mut sizes, &mut log_rate);
            let ageing_step = self.ageing_step.clamp(part.start, part.end);
            for (age, part) in [part.start..ageing_step, ageing_step..part.end].iter().enumerate() {
                for (steps, by_age) in within(part, &spans) {
                    let (x, scores) = (&tightness[steps.clone()], &scores[steps.clone()]);
                    follow_rate(build, &by_age[age], x, scores, &mut log_rate, &mut rate[steps]);
                }
            }
        }
    }
}

kernel! {
    /// The part of the market that demand takes.
    fn utilise(tightness: &[Row], utilisation: &mut [Row]) {
        for (x, utilisation) in tightness.iter().zip(utilisation.iter_mut()) {
            for i in 0..LANES {
                utilisation[i] = math::logistic(x[i]);
            }
        }
    }
}

kernel! {
    /// Steps of the GPU-hour rate, which follows tightness.
    fn follow_rate(
        step: &Step,
        tightness: &[Row],
        scores: &[[f32; LANES]],
        log_rate: &mut Row,
        rate: &mut [Row],
    ) {
        for ((x, z), rate) in tightness.iter().zip(scores).zip(rate.iter_mut()) {
            for i in 0..LANES {
                let weight = (x[i] - step.glut_level) * step.inverse_span;
                let drift = step.rate_drift_span.mul_add(weight, step.rate_drift_glut);
                let free = step.rate_sd.mul_add(f64::from(z[i]), log_rate[i] + drift);
                log_rate[i] = math::max(free, step.log_rate_floor);
                rate[i] = math::exp(log_rate[i]);
            }
        }
    }
}

kernel! {
    /// Steps of the rent, whose level follows tightness; the logarithms are those of rent and level.
    fn follow_rent(
        step: &Step,
        tightness: &[Row],
        scores: &[[f32; LANES]],
        logs: &mut [Row; 2],
        rent: &mut [Row],
    ) {
        let [mut log_rent, mut level] = *logs;
        for ((x, z), rent) in tightness.iter().zip(scores).zip(rent.iter_mut()) {
            for i in 0..LANES {
                let weight = (x[i] - step.glut_level) * step.inverse_span;
                level[i] += step.rent_trend_span.mul_add(weight, step.rent_trend_glut);
                let noise = step.rent_sd.mul_add(f64::from(z[i]), level[i]);
                log_rent[i] = step.rent_keep.mul_add(log_rent[i] - level[i], noise);
                rent[i] = math::exp(log_rent[i]);
            }
        }
        *logs = [log_rent, level];
    }
}
