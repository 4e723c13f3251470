//! A Brownian log price with jumps at Poisson times, whatever the law of a jump.
//!
//! ln M_t = σ W_t − (σ²/2 + λ k) t + Σ Y over the jumps up to t; k = E e^Y − 1, so that E M_t = 1.
//! In: σ, λ, the law of Y. Out: ln M at every close, exact in law: a jump's hour does not matter to
//! the close after it. The scores of the price drive W; jumps have streams of their own, so only W
//! follows other factors. Not here: the laws of Y, one file each.
//! Source: R. C. Merton, J. Financial Economics 3 (1976) 125, eq. (2), for any law of Y.

use super::{LogMartingale, gbm};
use crate::chance::{Chance, Stream};
use crate::model::Shocks;
use crate::model::events::{Events, strike};
use crate::tile::{Build, Factor, LANES, Row};
use crate::time::TimeGrid;

/// The law of a jump Y of the log price.
pub trait JumpSize: PartialEq + Send + Sync + 'static {
    /// E e^Y − 1, the mean relative jump of the price.
    fn mean_relative(&self) -> f64;
    /// E Y².
    fn mean_square(&self) -> f64;
    /// Y of every jump, each from its own draw of a stream.
    fn draw(&self, events: &Events, chance: &Chance, stream: Stream) -> Vec<f64>;
}

/// Geometric Brownian motion with jumps.
#[derive(Debug, Clone, PartialEq)]
pub struct JumpDiffusion<J> {
    volatility_per_sqrt_year: f64,
    jumps_per_year: f64,
    size: J,
    arrivals: Stream,
    sizes: Stream,
}

impl<J: JumpSize> JumpDiffusion<J> {
    /// The law with jumps of a size.
    pub fn new(volatility_per_sqrt_year: f64, jumps_per_year: f64, size: J) -> Self {
        let [arrivals, sizes] = jump_streams();
        Self { volatility_per_sqrt_year, jumps_per_year, size, arrivals, sizes }
    }
}

/// The streams of the jumps of the price: when they come, how large they are.
pub(super) fn jump_streams() -> [Stream; 2] {
    ["jump", "jump_size"].map(|purpose| Stream::new(purpose, Factor::BtcPrice.name()))
}

impl<J: JumpSize> LogMartingale for JumpDiffusion<J> {
    fn streams(&self) -> Vec<Stream> {
        vec![self.arrivals, self.sizes]
    }
    fn long_run_variance_per_year(&self) -> f64 {
        let sigma = self.volatility_per_sqrt_year;
        sigma.mul_add(sigma, self.jumps_per_year * self.size.mean_square())
    }
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, log: &mut [Row]) {
        let dt = grid.dt_years();
        let sigma = self.volatility_per_sqrt_year;
        let compensator = self.jumps_per_year * self.size.mean_relative() * dt;
        let (step, sd) = (-0.5 * sigma * sigma * dt - compensator, sigma * dt.sqrt());
        let scores = shocks.scores(Factor::BtcPrice);
        let mut sum = [0.0; LANES];
        log[0] = sum;
        let events = Events::draw(&shocks.chance, self.arrivals, self.jumps_per_year, grid);
        let sizes = self.size.draw(&events, &shocks.chance, self.sizes);
        let mut sizes = sizes.iter();
        for (part, here) in events.parts(log.len()) {
            strike(here, &mut sizes, &mut sum);
            gbm::add_up(build, step, sd, &scores[part.clone()], &mut sum, &mut log[part]);
        }
    }
}
