//! AI compute: demand against capacity, and the GPU-hour rate, utilisation and rent that follow.
//!
//! The state is tightness x = ln(demand / capacity), scaled so that utilisation is the part of the
//! market that demand takes, demand / (demand + capacity) = 1 / (1 + e^{−x}). One of several laws
//! moves it, group by group; prices follow tightness, not the regime itself:
//! - GPU-hour rate of the market: d ln p = μ(x) dt + σ dW + jumps, not below a floor (the cash cost of an
//!   hour). Jumps come at Poisson times, normal, uncompensated: their mean adds to the drift. What is
//!   written is that of the fleet's generation, which loses against the market from a stated day on. After
//!   the target year new GPUs answer: the log closes a part of the way down to what they need each month,
//!   and, as worn ones are not replaced, up to it;
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
use crate::input::study::{AiMarket, AiMarketLaws, AiMarketModel, Study};
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math};
use crate::time::{DAYS_PER_YEAR, TimeGrid, within};
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
    /// How supply answers the rate after the target year; `None` where nobody looks that far.
    entry: Option<GpuEntry>,
    jump_stream: Stream,
    jump_size_stream: Stream,
}

/// What new GPUs need, and how fast they come.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuEntry {
    /// Annuity on their cost and their power, over what operation leaves of revenue.
    usd_per_critical_it_mw_year: f64,
    /// Hours of a critical-IT MW in use, over the same.
    gpu_hours_per_critical_it_mw_year: f64,
    years_from_above: f64,
    years_from_below: f64,
}

impl GpuEntry {
    /// Entry on the study's own terms; `None` where nobody looks beyond the target year.
    pub fn new(study: &Study) -> Option<Self> {
        let terms = study.appraisal.as_ref()?;
        let (capital, cloud) = (&study.capital, &study.gpu_cloud);
        let hours = 24.0 * DAYS_PER_YEAR;
        let annuity = math::annuity(terms.discount_rate_per_year, capital.gpu_life_years);
        let gross_mw = 1.0 / study.diversion.critical_it_per_gross_mw;
        let ageing = study.ai_market.gpu_rate_ageing_per_year;
        let kept = (1.0 - cloud.operating_cost_share_of_revenue)
            * terms.gpu_ageing_weight(capital.gpu_life_years, ageing);
        Some(Self {
            usd_per_critical_it_mw_year: capital.gpu_usd_per_critical_it_mw * annuity
                + gross_mw * hours * cloud.power_usd_per_mwh,
            gpu_hours_per_critical_it_mw_year: kept * cloud.gpus_per_critical_it_mw * hours,
            years_from_above: terms.gpu_entry_years,
            years_from_below: capital.gpu_life_years,
        })
    }
}

impl AiMarketProcess {
    /// The market of a study, which holds the table of every model that it names.
    ///
    /// # Panics
    /// If the table of a model that is named is missing.
    pub fn new(
        parameters: &AiMarket,
        laws: &AiMarketLaws,
        entry: Option<GpuEntry>,
        grid: &TimeGrid,
    ) -> Self {
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
            entry,
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
struct Step {
    dt_years: f64,
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
            dt_years: dt,
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
        let spans = grid.spans().into_iter();
        let spans: Vec<(Range<usize>, Step)> =
            spans.map(|span| (span.steps, Step::new(p, span.dt_years))).collect();
        rent[0] = [p.rent_start_usd_per_critical_it_mw_year; LANES];
        let mut logs = [[math::ln(p.rent_start_usd_per_critical_it_mw_year); LANES]; 2];
        let scores = shocks.scores(Factor::Rent);
        for (steps, step) in &spans {
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
            for (steps, step) in within(&part, &spans) {
                let (x, scores) = (&tightness[steps.clone()], &scores[steps.clone()]);
                let rate = &mut rate[steps.clone()];
                follow_rate(build, step, x, scores, &mut log_rate, rate);
                if let Some(entry) = self.entry.as_ref().filter(|_| steps.start >= grid.days()) {
                    let market = (&rent[steps.start], &utilisation[steps.start]);
                    enter(build, entry, step.dt_years, market, (&mut log_rate, &mut rate[0]));
                }
            }
        }
        for step in self.ageing_step..grid.steps() {
            let aged = math::exp(-p.gpu_rate_ageing_per_year * p.ageing_years(grid, step));
            rate[step].iter_mut().for_each(|rate| *rate *= aged);
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
    /// A month of new GPUs, after what else moves the rate: it closes a part of the way to what they need at
    /// the month's rent of a shell and utilisation.
    fn enter(entry: &GpuEntry, dt_years: f64, market: (&Row, &Row), rates: (&mut Row, &mut Row)) {
        let ((rent, utilisation), (log_rate, rate)) = (market, rates);
        let [down, up] = [
            1.0 - math::exp(-dt_years / entry.years_from_above),
            1.0 - math::exp(-dt_years / entry.years_from_below),
        ];
        for i in 0..LANES {
            let needed = (entry.usd_per_critical_it_mw_year + rent[i])
                / (entry.gpu_hours_per_critical_it_mw_year * utilisation[i]);
            let gap = math::ln(needed) - log_rate[i];
            log_rate[i] = (if gap < 0.0 { down } else { up }).mul_add(gap, log_rate[i]);
            rate[i] = math::exp(log_rate[i]);
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
