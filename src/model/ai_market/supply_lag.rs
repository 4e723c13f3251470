//! Tightness from demand that grows by its regime and capacity that follows past tightness with a
//! lag: the hog cycle.
//!
//! ln demand grows by g(regime) a year with noise σ dW. Capacity grows by
//! `min(max, max(min, g_c + β · y))`, y the tightness above balance delayed by two exponential stages
//! (an Erlang kernel of the stated mean lag, as for the entry of miners). What is ordered in a shortage
//! arrives when it may be over: with β · lag of order one, tightness overshoots both ways. Without
//! bounds, noise and switches it settles at `balance + (g − g_c)/β`, and oscillations die out where
//! β · lag < 4 (Routh–Hurwitz on s (1 + s·lag/2)² + β).
//! Tightness is a state, not a price: capacity being added is no measure of demand.
//! Scheme: explicit Euler, one day's lag; the noise is exact.
//! Sources: M. Ezekiel, Quarterly J. Economics 52 (1938) 255, the cobweb theorem; the delay as in
//! `network`.

use super::TightnessLaw;
use crate::input::study::SupplyLag;
use crate::model::MONTHS_PER_YEAR;
use crate::model::regime::Regimes;
use crate::tile::kernel::kernel;
use crate::tile::{Build, LANES, Row, math};
use crate::time::TimeGrid;

/// Demand against capacity that lags.
#[derive(Debug, Clone, PartialEq)]
pub struct SupplyLagTightness {
    parameters: SupplyLag,
}

impl SupplyLagTightness {
    /// The law with the study's parameters.
    pub fn new(parameters: &SupplyLag) -> Self {
        Self { parameters: parameters.clone() }
    }
}

/// The constants of a day.
struct Day {
    sd: f64,
    balance: f64,
    stage: f64,
    capacity_growth: f64,
    response: f64,
    growth_min: f64,
    growth_max: f64,
}

/// What a lane carries from day to day besides its tightness: the two stages of the delay.
struct Pipeline {
    ordered: Row,
    delivered: Row,
}

impl TightnessLaw for SupplyLagTightness {
    fn evolve(
        &self,
        build: Build,
        grid: &TimeGrid,
        mut regimes: Regimes<'_>,
        scores: &[[f32; LANES]],
        tightness: &mut [Row],
    ) {
        let p = &self.parameters;
        let dt = grid.dt_years();
        let stage_years = 0.5 * p.delivery_lag_months / MONTHS_PER_YEAR;
        let day = Day {
            sd: p.demand_sd_per_sqrt_year * dt.sqrt(),
            balance: math::logit(p.balanced_utilisation),
            stage: 1.0 - math::exp(-dt / stage_years),
            capacity_growth: p.capacity_growth_per_year * dt,
            response: p.capacity_response_per_year * dt,
            growth_min: p.capacity_growth_min_per_year * dt,
            growth_max: p.capacity_growth_max_per_year * dt,
        };
        // What is on order at the start is what makes capacity grow as stated.
        let start_growth = p.capacity_growth_start_per_year - p.capacity_growth_per_year;
        let on_order = if p.capacity_response_per_year > 0.0 {
            start_growth / p.capacity_response_per_year
        } else {
            0.0
        };
        let mut pipeline = Pipeline { ordered: [on_order; LANES], delivered: [on_order; LANES] };
        let (boom, glut) = (p.demand_growth_boom_per_year * dt, p.demand_growth_glut_per_year * dt);
        let mut growth = regimes.choose(boom, glut);
        tightness[0] = [math::logit(p.start_utilisation); LANES];
        let mut step = 1;
        while step < tightness.len() {
            if regimes.advance(step) {
                growth = regimes.choose(boom, glut);
            }
            let end = regimes.next_switch(tightness.len());
            let rows = &mut tightness[step - 1..end];
            evolve(build, &day, &growth, &scores[step..end], &mut pipeline, rows);
            step = end;
        }
    }
}

kernel! {
    /// The days between two switches; `tightness[0]` is the day before.
    fn evolve(
        day: &Day,
        demand_growth: &Row,
        scores: &[[f32; LANES]],
        pipeline: &mut Pipeline,
        tightness: &mut [Row],
    ) {
        let Pipeline { ordered, delivered } = pipeline;
        for step in 0..scores.len() {
            for i in 0..LANES {
                let x = tightness[step][i];
                let wanted = day.response.mul_add(delivered[i], day.capacity_growth);
                let growth = math::min(math::max(wanted, day.growth_min), day.growth_max);
                delivered[i] += (ordered[i] - delivered[i]) * day.stage;
                ordered[i] += (x - day.balance - ordered[i]) * day.stage;
                let noise = day.sd.mul_add(f64::from(scores[step][i]), demand_growth[i]);
                tightness[step + 1][i] = x + (noise - growth);
            }
        }
    }
}
