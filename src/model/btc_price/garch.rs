//! GJR-GARCH(1,1) with Student-t innovations, made safe over a year.
//!
//! A day's log return is σ_t ε_t − κ(σ_t²), with κ(v) = ln E(e^{√v ε}) the conditional compensator, so
//! that M is a martingale and E(M_t) = 1 at every step. The variance of the next day is
//! v_{t+1} = ω + (α + γ 1{ε_t < 0}) v_t ε_t² + β v_t, ω = target² Δ (1 − α − β − γ/2):
//! E(v_t) = target + (α + β + γ/2)^{t−1} (start − target), the target for ever after.
//! Three things keep a year from exploding, all stated: persistence of at most 0.97 (the reader
//! refuses more), ε clipped at 12 standard deviations and of variance 1 after it, and v capped at
//! the largest volatility that a study may state, 5 per √year. ε is an odd and increasing map of
//! the coupled score, so the law keeps its correlation with other factors in ranks.
//! Sources: T. Bollerslev, Rev. Economics and Statistics 69 (1987) 542; L. R. Glosten,
//! R. Jagannathan, D. E. Runkle, J. Finance 48 (1993) 1779.

use super::LogMartingale;
use super::student::{StudentInnovation, VARIANCE_MAX};
use crate::chance::Stream;
use crate::input::study::Garch;
use crate::model::Shocks;
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, math};
use crate::time::TimeGrid;

/// Volatility that follows yesterday's move.
#[derive(Debug, Clone, PartialEq)]
pub struct StudentGarch {
    parameters: Garch,
    innovation: StudentInnovation,
}

impl StudentGarch {
    /// The law with the study's parameters.
    pub fn new(parameters: &Garch) -> Self {
        let innovation = StudentInnovation::new(parameters.degrees_of_freedom);
        Self { parameters: parameters.clone(), innovation }
    }
}

/// The recursion of the variance of a day.
struct Recursion {
    start: f64,
    omega: f64,
    /// Of yesterday's squared move.
    alpha: f64,
    /// The same, if it went down.
    alpha_down: f64,
    beta: f64,
}

impl Recursion {
    fn new(p: &Garch, dt: f64) -> Self {
        let variance = |volatility: f64| volatility * volatility * dt;
        Self {
            start: variance(p.start_volatility_per_sqrt_year).min(VARIANCE_MAX),
            omega: variance(p.volatility_per_sqrt_year) * (1.0 - p.persistence()),
            alpha: p.alpha,
            alpha_down: p.alpha + p.leverage,
            beta: p.beta,
        }
    }
}

impl LogMartingale for StudentGarch {
    fn streams(&self) -> Vec<Stream> {
        Vec::new()
    }
    fn long_run_variance_per_year(&self) -> f64 {
        self.parameters.volatility_per_sqrt_year.powi(2)
    }
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, log: &mut [Row]) {
        let recursion = Recursion::new(&self.parameters, grid.dt_years());
        let scores = shocks.scores(Factor::BtcPrice);
        log[0] = [0.0; LANES];
        let mut variance = [recursion.start; LANES];
        let (scores, log) = (&scores[1..], &mut log[1..]);
        evolve(build, &recursion, &self.innovation, scores, &mut variance, log);
    }
}

kernel! {
    /// `log[t] = Σ (√v ε − κ(v))`, the variance from day to day.
    fn evolve(
        law: &Recursion,
        innovation: &StudentInnovation,
        scores: &[[f32; LANES]],
        variance: &mut Row,
        log: &mut [Row],
    ) {
        let mut sum = [0.0; LANES];
        for (z, log) in scores.iter().zip(log.iter_mut()) {
            let e = innovation.row(z);
            for i in 0..LANES {
                let v = variance[i];
                let change = v.sqrt() * e[i];
                sum[i] += change - innovation.log_moment(v);
                log[i] = sum[i];
                let weight = if e[i] < 0.0 { law.alpha_down } else { law.alpha };
                let next = (weight * change).mul_add(change, law.beta.mul_add(v, law.omega));
                variance[i] = math::min(next, VARIANCE_MAX);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::gbm::GeometricBrownianMotion;
    use super::super::testing::{grid, logs, logs_by};
    use super::*;
    use crate::chance::Chance;
    use crate::input::study::{Gbm, Study, Volatility};
    use crate::model::testing::{mean_and_error, scores};

    fn default_garch() -> Garch {
        Study::default_study().btc_price_laws.garch.expect("it stands in the default study")
    }

    #[test]
    fn all_builds_give_the_same_bits() {
        let law = StudentGarch::new(&Garch { leverage: 0.05, alpha: 0.03, ..default_garch() });
        let portable = logs_by(Build::PORTABLE, &law);
        for build in Build::available() {
            assert_eq!(logs_by(build, &law), portable, "{build:?}");
        }
    }

    #[test]
    fn the_variance_is_expected_at_its_closed_form_and_returns_to_its_target() {
        // The variance of days 2, 30, 100 and 365 from 2^18 paths, from above and from below.
        for (start, leverage) in [(0.3, 0.0), (0.9, 0.08)] {
            let law = StudentGarch::new(&Garch {
                start_volatility_per_sqrt_year: start,
                alpha: 0.06 - 0.5 * leverage,
                leverage,
                ..default_garch()
            });
            let (grid, build) = (grid(), Build::fastest());
            let dt = grid.dt_years();
            let recursion = Recursion::new(&law.parameters, dt);
            let mut found = [2, 30, 100, 365].map(|day| (day, Vec::new()));
            for tile in 0..1_u64 << 12 {
                let chance = Chance::new(17, tile * LANES as u64, build);
                let scores = scores(&grid, chance);
                let scores = Shocks::new(&scores, grid.steps(), chance).scores(Factor::BtcPrice);
                let mut variance = [recursion.start; LANES];
                let mut log = vec![[0.0; LANES]; grid.steps()];
                let mut day = 1;
                for (until, variances) in &mut found {
                    let days = day..*until;
                    let rows = (&scores[days.clone()], &mut log[days]);
                    evolve(build, &recursion, &law.innovation, rows.0, &mut variance, rows.1);
                    variances.extend(variance);
                    day = *until;
                }
            }
            let (target, start) = (0.25 * dt, start * start * dt);
            for (day, variances) in &found {
                let decay = law.parameters.persistence().powi(*day as i32 - 1);
                let exact = target + decay * (start - target);
                let (mean, error) = mean_and_error(variances);
                assert!((mean - exact).abs() < 4.0 * error, "day {day}: {mean} for {exact}");
            }
            // A year on it is the target, whatever the start: 0.96^364 is 4e-7.
            let (mean, error) = mean_and_error(&found[3].1);
            assert!((mean - target).abs() < 4.0 * error);
        }
    }

    #[test]
    fn with_nothing_that_moves_the_variance_it_is_nearly_geometric_brownian_motion() {
        // ε(z) − z = (z³ − 3 z) / (4 ν) + O(ν⁻²), of variance 6 / (4 ν)²: a path a year long
        // differs by an sd of σ √6 / (4 ν).
        let law = StudentGarch::new(&Garch {
            start_volatility_per_sqrt_year: 0.5,
            alpha: 0.0,
            beta: 0.0,
            leverage: 0.0,
            degrees_of_freedom: 1_000.0,
            ..default_garch()
        });
        let volatility_per_sqrt_year = Volatility::Stated(0.5);
        let gbm = GeometricBrownianMotion::new(&Gbm { volatility_per_sqrt_year });
        let sd = 0.5 * 6.0_f64.sqrt() / 4_000.0;
        for (one, other) in logs(law, 365, 64).iter().zip(logs(gbm, 365, 64)) {
            assert!((one - other).abs() < 6.0 * sd, "{one} {other}");
        }
    }

    #[test]
    fn the_variance_stops_at_its_cap() {
        let recursion = Recursion {
            start: 0.9 * VARIANCE_MAX,
            ..Recursion::new(&default_garch(), 1.0 / 365.0)
        };
        let innovation = StudentInnovation::new(4.5);
        let mut variance = [recursion.start; LANES];
        let mut log = [[0.0; LANES]; 1];
        evolve(Build::fastest(), &recursion, &innovation, &[[6.0; LANES]], &mut variance, &mut log);
        assert_eq!(variance, [VARIANCE_MAX; LANES]);
    }
}
