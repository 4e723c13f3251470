//! AI compute: demand against capacity, and the GPU-hour rate, utilisation and rent that follow.
//!
//! The state is tightness x = ln(demand / capacity), scaled so that utilisation is the part of the
//! market that demand takes, demand / (demand + capacity) = 1 / (1 + e^{−x}). A hidden regime, boom
//! or glut, switches by exponential holding times and sets the level that x reverts to; prices
//! follow tightness, not the regime itself:
//! - x: Ornstein–Uhlenbeck around logit(utilisation of the regime), exact within a day;
//! - GPU-hour rate: d ln p = μ(x) dt + σ dW, not below a floor (the cash cost of an hour);
//! - rent of new leases: ln R reverts to a level that itself moves by r(x) dt, exact within a day;
//!
//! where μ and r are linear in x through their values at the two regimes' levels.
//! Sources: regime switching, J. D. Hamilton, Econometrica 57 (1989) 357; exact transitions as
//! named. The regime is constant within a day: a bias below one day's drift.
//! Not here: capacity that answers past prices.

use super::regime::RegimeChain;
use super::{Process, Shocks};
use crate::chance::Stream;
use crate::input::study::{AiMarket, Regime};
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math};
use crate::time::TimeGrid;

/// The two-regime market.
#[derive(Debug, Clone)]
pub struct TwoRegimeMarket {
    parameters: AiMarket,
    regimes: RegimeChain,
}

impl TwoRegimeMarket {
    /// The law with the study's parameters.
    pub fn new(parameters: &AiMarket) -> Self {
        Self { parameters: parameters.clone(), regimes: RegimeChain::of_ai_market(parameters) }
    }
}

/// The constants of a day, worked out once per tile.
struct Day {
    tightness_keep: f64,
    tightness_sd: f64,
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

/// Keep factor and noise sd of one exact Ornstein–Uhlenbeck step.
fn reversion(speed_per_year: f64, sd_per_sqrt_year: f64, dt_years: f64) -> (f64, f64) {
    if speed_per_year == 0.0 {
        return (1.0, sd_per_sqrt_year * dt_years.sqrt());
    }
    let keep = math::exp(-speed_per_year * dt_years);
    (keep, sd_per_sqrt_year * ((1.0 - keep * keep) / (2.0 * speed_per_year)).sqrt())
}

impl Day {
    fn new(p: &AiMarket, dt: f64) -> Self {
        let (boom, glut) = (math::logit(p.boom_utilisation), math::logit(p.glut_utilisation));
        let (tightness_keep, tightness_sd) =
            reversion(p.tightness_reversion_per_year, p.tightness_sd_per_sqrt_year, dt);
        let (rent_keep, rent_sd) =
            reversion(p.rent_reversion_per_year, p.rent_sd_per_sqrt_year, dt);
        let rate_span = p.gpu_rate_drift_boom_per_year - p.gpu_rate_drift_glut_per_year;
        let rent_span = p.rent_trend_boom_per_year - p.rent_trend_glut_per_year;
        Self {
            tightness_keep,
            tightness_sd,
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

impl Process for TwoRegimeMarket {
    fn outputs(&self) -> &'static [Factor] {
        &[Factor::AiDemand, Factor::GpuRate, Factor::Utilisation, Factor::Rent]
    }
    fn streams(&self) -> Vec<Stream> {
        vec![self.regimes.stream()]
    }
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, tile: &mut Tile) {
        let p = &self.parameters;
        let level_of = |regime| match regime {
            Regime::Boom => math::logit(p.boom_utilisation),
            Regime::Glut => math::logit(p.glut_utilisation),
        };
        let mut regimes = self.regimes.walk(&shocks.chance, grid.dt_years());
        let mut level = regimes.regimes().map(level_of);
        let (_, [tightness, rate, utilisation, rent]) = tile.split(Factor::AiDemand);
        tightness[0] = level;
        rate[0] = [p.gpu_rate_start_usd_per_gpu_hour; LANES];
        utilisation[0] = level.map(math::logistic);
        rent[0] = [p.rent_start_usd_per_critical_it_mw_year; LANES];
        let log_rent = math::ln(p.rent_start_usd_per_critical_it_mw_year);
        let mut state = State {
            log_rate: [math::ln(p.gpu_rate_start_usd_per_gpu_hour); LANES],
            log_rent: [log_rent; LANES],
            log_rent_level: [log_rent; LANES],
        };
        let day = Day::new(p, grid.dt_years());
        let scores = [Factor::AiDemand, Factor::GpuRate, Factor::Rent].map(|f| shocks.scores(f));
        for step in 1..grid.steps() {
            regimes.advance(step, |lane, regime| level[lane] = level_of(regime));
            let z = scores.map(|rows| &rows[step]);
            tightness[step] = tightness[step - 1];
            let [x, p, u, r] =
                [&mut tightness[step], &mut rate[step], &mut utilisation[step], &mut rent[step]];
            evolve_day(build, &day, &level, z, &mut state, [x, p, u, r]);
        }
    }
}

/// What a lane carries from day to day besides its tightness.
struct State {
    log_rate: Row,
    log_rent: Row,
    log_rent_level: Row,
}

kernel! {
    /// One day of the market; `rows` are tightness (in: yesterday's), rate, utilisation, rent.
    fn evolve_day(
        day: &Day,
        level: &Row,
        scores: [&[f32; LANES]; 3],
        state: &mut State,
        rows: [&mut Row; 4],
    ) {
        let [tightness, rate, utilisation, rent] = rows;
        let [z_demand, z_rate, z_rent] = scores;
        for i in 0..LANES {
            let noise = day.tightness_sd.mul_add(f64::from(z_demand[i]), level[i]);
            let x = day.tightness_keep.mul_add(tightness[i] - level[i], noise);
            tightness[i] = x;
            utilisation[i] = math::logistic(x);
            let weight = (x - day.glut_level) * day.inverse_span;
            let drift = day.rate_drift_span.mul_add(weight, day.rate_drift_glut);
            let log_rate = day.rate_sd.mul_add(f64::from(z_rate[i]), state.log_rate[i] + drift);
            state.log_rate[i] = log_rate.max(day.log_rate_floor);
            rate[i] = math::exp(state.log_rate[i]);
            let trend = day.rent_trend_span.mul_add(weight, day.rent_trend_glut);
            state.log_rent_level[i] += trend;
            let gap = state.log_rent[i] - state.log_rent_level[i];
            let noise = day.rent_sd.mul_add(f64::from(z_rent[i]), state.log_rent_level[i]);
            state.log_rent[i] = day.rent_keep.mul_add(gap, noise);
            rent[i] = math::exp(state.log_rent[i]);
        }
    }
}
