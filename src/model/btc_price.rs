//! BTC price: geometric Brownian motion with an uncertain drift.
//!
//! d ln S = (m − σ²/2) dt + σ dW, with m ~ N(drift, drift_sd²) drawn once per group of paths.
//! The transition is exact. Given m, E S_T = S_0 e^{mT} and sd ln S_T = σ √T; over m, ln S_T is
//! normal with variance σ² T + drift_sd² T².
//! Source: F. Black, M. Scholes, J. Political Economy 81 (1973) 637, eq. of motion.

use super::{Process, Shocks};
use crate::chance::Stream;
use crate::input::study::BtcPrice;
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math};
use crate::time::TimeGrid;

/// Geometric Brownian motion of the BTC price, USD per BTC.
#[derive(Debug, Clone)]
pub struct GeometricBrownianMotion {
    parameters: BtcPrice,
    drift_stream: Stream,
}

impl GeometricBrownianMotion {
    /// The law with the study's parameters.
    pub fn new(parameters: &BtcPrice) -> Self {
        Self {
            parameters: parameters.clone(),
            drift_stream: Stream::new("drift", Factor::BtcPrice.name()),
        }
    }
}

impl Process for GeometricBrownianMotion {
    fn outputs(&self) -> &'static [Factor] {
        &[Factor::BtcPrice]
    }
    fn streams(&self) -> Vec<Stream> {
        vec![self.drift_stream]
    }
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, tile: &mut Tile) {
        let p = &self.parameters;
        let dt = grid.dt_years();
        let sigma = p.volatility_per_sqrt_year;
        let step = shocks
            .chance
            .group_normal(self.drift_stream)
            .map(|z| (p.drift_per_year + p.drift_sd_per_year * z - 0.5 * sigma * sigma) * dt);
        let (_, [price]) = tile.split(Factor::BtcPrice);
        let scores = shocks.scores(Factor::BtcPrice);
        evolve(build, math::ln(p.start_usd_per_btc), &step, sigma * dt.sqrt(), scores, price);
        // The start is the stated price itself, not the exponential of its logarithm.
        price[0] = [p.start_usd_per_btc; LANES];
    }
}

kernel! {
    /// `price[t] = exp(start + Σ (step + sd z))`, the sum over steps 1 to t.
    fn evolve(start: f64, step: &Row, sd: f64, scores: &[[f32; LANES]], price: &mut [Row]) {
        let mut log = [start; LANES];
        for (z, price) in scores.iter().zip(price.iter_mut()).skip(1) {
            for i in 0..LANES {
                log[i] += sd.mul_add(f64::from(z[i]), step[i]);
                price[i] = math::exp(log[i]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::{mean_and_error, simulate};

    fn parameters() -> BtcPrice {
        BtcPrice {
            start_usd_per_btc: 100.0,
            volatility_per_sqrt_year: 0.6,
            drift_per_year: 0.1,
            drift_sd_per_year: 0.0,
        }
    }

    fn grid() -> TimeGrid {
        TimeGrid::new(jiff::civil::date(2026, 12, 31), 2027).unwrap()
    }

    #[test]
    fn the_terminal_law_and_the_annual_sum_are_the_closed_forms() {
        // 2^20 paths. The sum of daily prices: E = Σ S0 e^{m t}, and
        // E[S_s S_t] = S0² e^{m (s+t) + σ² min(s,t)} gives its exact variance.
        let p = parameters();
        let (mut logs, mut ends, mut sums) = (Vec::new(), Vec::new(), Vec::new());
        simulate(&[&GeometricBrownianMotion::new(&p)], &grid(), 1 << 14, |tile| {
            let price = tile.rows(Factor::BtcPrice);
            for i in 0..LANES {
                ends.push(price[365][i]);
                logs.push(price[365][i].ln());
                sums.push(price[1..].iter().map(|row| row[i]).sum::<f64>());
            }
        });
        let (m, s2) = (p.drift_per_year, p.volatility_per_sqrt_year.powi(2));
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
        let p = BtcPrice { drift_sd_per_year: 0.25, volatility_per_sqrt_year: 0.0, ..parameters() };
        let mut drifts = Vec::new();
        simulate(&[&GeometricBrownianMotion::new(&p)], &grid(), 4_096, |tile| {
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
        let p = BtcPrice { volatility_per_sqrt_year: 0.0, ..parameters() };
        simulate(&[&GeometricBrownianMotion::new(&p)], &grid(), 1, |tile| {
            let price = tile.rows(Factor::BtcPrice);
            assert_eq!(price[0][0], 100.0);
            assert!((price[365][7] / (100.0 * 0.1_f64.exp()) - 1.0).abs() < 1e-12);
        });
    }
}
