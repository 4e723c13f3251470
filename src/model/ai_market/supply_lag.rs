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
//! Scheme: explicit Euler, one step's lag; the noise is exact.
//! Sources: M. Ezekiel, Quarterly J. Economics 52 (1938) 255, the cobweb theorem; the delay as in
//! `network`.

use super::TightnessLaw;
use crate::input::study::SupplyLag;
use crate::model::regime::Regimes;
use crate::tile::kernel::kernel;
use crate::tile::{Build, LANES, Row, math};
use crate::time::{MONTHS_PER_YEAR, TimeGrid, within};
use std::ops::Range;

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

/// The constants of a step.
struct Step {
    dt_years: f64,
    sd: f64,
    balance: f64,
    stage: f64,
    capacity_growth: f64,
    response: f64,
    growth_min: f64,
    growth_max: f64,
}

impl Step {
    fn new(p: &SupplyLag, dt_years: f64) -> Self {
        let stage_years = 0.5 * p.delivery_lag_months / MONTHS_PER_YEAR;
        Self {
            dt_years,
            sd: p.demand_sd_per_sqrt_year * dt_years.sqrt(),
            balance: math::logit(p.balanced_utilisation),
            stage: 1.0 - math::exp(-dt_years / stage_years),
            capacity_growth: p.capacity_growth_per_year * dt_years,
            response: p.capacity_response_per_year * dt_years,
            growth_min: p.capacity_growth_min_per_year * dt_years,
            growth_max: p.capacity_growth_max_per_year * dt_years,
        }
    }
}

/// What a lane carries from step to step besides its tightness: the two stages of the delay.
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
        let spans = grid.spans().into_iter();
        let spans: Vec<(Range<usize>, Step)> =
            spans.map(|span| (span.steps, Step::new(p, span.dt_years))).collect();
        // What is on order at the start is what makes capacity grow as stated.
        let start_growth = p.capacity_growth_start_per_year - p.capacity_growth_per_year;
        let on_order = if p.capacity_response_per_year > 0.0 {
            start_growth / p.capacity_response_per_year
        } else {
            0.0
        };
        let mut pipeline = Pipeline { ordered: [on_order; LANES], delivered: [on_order; LANES] };
        let (boom, glut) = (p.demand_growth_boom_per_year, p.demand_growth_glut_per_year);
        let mut growth_per_year = regimes.choose(boom, glut);
        tightness[0] = [math::logit(p.start_utilisation); LANES];
        let mut step = 1;
        while step < tightness.len() {
            if regimes.advance(step) {
                growth_per_year = regimes.choose(boom, glut);
            }
            let end = regimes.next_switch(tightness.len());
            for (steps, of_step) in within(&(step..end), &spans) {
                let growth = growth_per_year.map(|growth| growth * of_step.dt_years);
                let rows = &mut tightness[steps.start - 1..steps.end];
                evolve(build, of_step, &growth, &scores[steps], &mut pipeline, rows);
            }
            step = end;
        }
    }
}

kernel! {
    /// The steps between two switches; `tightness[0]` is the one before.
    fn evolve(
        of_step: &Step,
        demand_growth: &Row,
        scores: &[[f32; LANES]],
        pipeline: &mut Pipeline,
        tightness: &mut [Row],
    ) {
        let Pipeline { ordered, delivered } = pipeline;
        for step in 0..scores.len() {
            for i in 0..LANES {
                let x = tightness[step][i];
                let wanted = of_step.response.mul_add(delivered[i], of_step.capacity_growth);
                let growth = math::min(math::max(wanted, of_step.growth_min), of_step.growth_max);
                delivered[i] += (ordered[i] - delivered[i]) * of_step.stage;
                ordered[i] += (x - of_step.balance - ordered[i]) * of_step.stage;
                let noise = of_step.sd.mul_add(f64::from(scores[step][i]), demand_growth[i]);
                tightness[step + 1][i] = x + (noise - growth);
            }
        }
    }
}
