//! Geometric Brownian motion: ln M_t = σ W_t − σ² t / 2.
//!
//! σ is one number, or that which a curve of total variance implies: constant between two expiries.
//! The transition is exact and E M_t = 1; ln M_T is normal with sd σ √T. With an uncertain drift,
//! ln S_T is normal with variance σ² T + drift_sd² T².
//! Source: F. Black, M. Scholes, J. Political Economy 81 (1973) 637, eq. of motion.

use super::LogMartingale;
use crate::chance::Stream;
use crate::input::study::{Curve, Gbm, Volatility};
use crate::model::Shocks;
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row};
use crate::time::{DAYS_PER_YEAR, TimeGrid};

/// Geometric Brownian motion.
#[derive(Debug, Clone, PartialEq)]
pub struct GeometricBrownianMotion {
    /// The last step of a part of the calendar and its volatility; the last part has no end.
    parts: Vec<(usize, f64)>,
}

impl GeometricBrownianMotion {
    /// The law with the study's parameters.
    ///
    /// # Panics
    /// If the volatility is to be implied: see [`Self::implied`].
    pub fn new(parameters: &Gbm) -> Self {
        match parameters.volatility_per_sqrt_year {
            Volatility::Stated(volatility) => Self { parts: vec![(usize::MAX, volatility)] },
            Volatility::Implied => panic!("an implied volatility needs its curve"),
        }
    }
    /// The law whose total variance is that of a curve at every step.
    pub fn implied(total_variance: &Curve) -> Self {
        let parts = total_variance.parts().map(|(end_day, variance_per_day)| {
            (end_day, (variance_per_day * DAYS_PER_YEAR).sqrt())
        });
        Self { parts: parts.collect() }
    }
}

impl LogMartingale for GeometricBrownianMotion {
    fn streams(&self) -> Vec<Stream> {
        Vec::new()
    }
    fn long_run_variance_per_year(&self) -> f64 {
        let (_, volatility) = self.parts.last().expect("the last part of the calendar has no end");
        volatility * volatility
    }
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, log: &mut [Row]) {
        let dt = grid.dt_years();
        let scores = shocks.scores(Factor::BtcPrice);
        let mut sum = [0.0; LANES];
        log[0] = sum;
        let mut first = 1;
        for (last, sigma) in &self.parts {
            let part = first..last.saturating_add(1).min(grid.steps()).max(first);
            first = part.end;
            let (step, sd) = (-0.5 * sigma * sigma * dt, sigma * dt.sqrt());
            add_up(build, step, sd, &scores[part.clone()], &mut sum, &mut log[part]);
        }
    }
}

kernel! {
    /// `log[t] = sum + Σ (step + sd z)`, the sum over the steps up to t; `sum` goes on from there.
    pub(super) fn add_up(
        step: f64,
        sd: f64,
        scores: &[[f32; LANES]],
        sum: &mut Row,
        log: &mut [Row],
    ) {
        let mut s = *sum;
        for (z, log) in scores.iter().zip(log.iter_mut()) {
            for i in 0..LANES {
                s[i] += sd.mul_add(f64::from(z[i]), step);
            }
            *log = s;
        }
        *sum = s;
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{grid, price};
    use super::*;
    use crate::model::testing::{mean_and_error, simulate};

    const DRIFT: f64 = 0.1;

    fn law(volatility_per_sqrt_year: f64) -> GeometricBrownianMotion {
        let volatility_per_sqrt_year = Volatility::Stated(volatility_per_sqrt_year);
        GeometricBrownianMotion::new(&Gbm { volatility_per_sqrt_year })
    }

    #[test]
    fn the_terminal_law_and_the_annual_sum_are_the_closed_forms() {
        // 2^20 paths. The sum of daily prices: E = Σ S0 e^{m t}, and
        // E[S_s S_t] = S0² e^{m (s+t) + σ² min(s,t)} gives its exact variance.
        let law = law(0.6);
        let (m, s2) = (DRIFT, 0.6_f64.powi(2));
        let (mut logs, mut ends, mut sums) = (Vec::new(), Vec::new(), Vec::new());
        simulate(&[&price(law, DRIFT, 0.0)], &grid(), 1 << 14, |tile| {
            let price = tile.rows(Factor::BtcPrice);
            for i in 0..LANES {
                ends.push(price[365][i]);
                logs.push(price[365][i].ln());
                sums.push(price[1..].iter().map(|row| row[i]).sum::<f64>());
            }
        });
        let within = |found: f64, exact: f64, error: f64, what: &str| {
            assert!(
                (found - exact).abs() < 4.0 * error,
                "{what}: {found} against {exact} ± {error}"
            );
        };
        let (mean, error) = mean_and_error(&ends);
        within(mean, 100.0 * m.exp(), error, "E S_T");
        let (mean, error) = mean_and_error(&logs);
        within(mean, 100.0_f64.ln() + m - s2 / 2.0, error, "E ln S_T");
        let squares: Vec<f64> = logs.iter().map(|l| (l - mean).powi(2)).collect();
        let (variance, error) = mean_and_error(&squares);
        within(variance, s2, error, "Var ln S_T");
        let (mean, error) = mean_and_error(&sums);
        let days = || (1..=365).map(|d| f64::from(d) / 365.0);
        let exact: f64 = days().map(|t| 100.0 * (m * t).exp()).sum();
        within(mean, exact, error, "E annual sum");
        let second: f64 = days()
            .flat_map(|s| days().map(move |t| 1e4 * (m * (s + t) + s2 * s.min(t)).exp()))
            .sum();
        let squares: Vec<f64> = sums.iter().map(|x| (x - exact).powi(2)).collect();
        let (variance, error) = mean_and_error(&squares);
        within(variance, second - exact * exact, error, "Var annual sum");
    }

    #[test]
    fn an_uncertain_drift_adds_its_variance_once_per_group() {
        let mut drifts = Vec::new();
        simulate(&[&price(law(0.0), DRIFT, 0.25)], &grid(), 4_096, |tile| {
            let end = tile.rows(Factor::BtcPrice)[365];
            assert!(end.iter().all(|x| *x == end[0]), "one drift per group");
            drifts.push((end[0] / 100.0).ln());
        });
        let (mean, error) = mean_and_error(&drifts);
        assert!((mean - 0.1).abs() < 4.0 * error);
        let squares: Vec<f64> = drifts.iter().map(|d| (d - 0.1).powi(2)).collect();
        let (variance, error) = mean_and_error(&squares);
        assert!((variance - 0.0625).abs() < 4.0 * error);
    }

    #[test]
    fn without_chance_the_price_grows_at_the_drift() {
        simulate(&[&price(law(0.0), DRIFT, 0.0)], &grid(), 1, |tile| {
            let price = tile.rows(Factor::BtcPrice);
            assert_eq!(price[0][0], 100.0);
            assert!((price[365][7] / (100.0 * 0.1_f64.exp()) - 1.0).abs() < 1e-12);
        });
    }
}
