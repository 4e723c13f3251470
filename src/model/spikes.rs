//! Spikes of a logarithm: it jumps at Poisson times and the jump decays exponentially.
//!
//! y_t = Σ J_i e^{−κ (t − τ_i)} over the arrivals τ_i ≤ t, J_i ~ N(m, s²), λ arrivals a year, and
//! y_0 = 0: a compound-Poisson Ornstein–Uhlenbeck process ("shot noise"). At the end of every step
//! y is exact: an arrival has decayed from its hour to the end. Moments for the tests:
//! E y_t = λ m (1 − e^{−κ t}) / κ, Var y_t = λ (m² + s²) (1 − e^{−2κ t}) / (2κ), and
//! ln E e^{y_t} = λ ∫_0^t (e^{m a + s² a² / 2} − 1) du with a = e^{−κ u}.
//! In: rate, law of the jumps, time of decay. Out: the arrivals, and what each adds to y. Not here:
//! what it is the logarithm of.
//! Source: N. Campbell, Proc. Cambridge Phil. Soc. 15 (1909) 117, 310; O. E. Barndorff-Nielsen,
//! N. Shephard, J. R. Statist. Soc. B 63 (2001) 167, section 2.

use super::events::{Event, Events};
use crate::chance::{Chance, Stream};
use crate::tile::kernel::kernel;
use crate::tile::math;
use crate::time::TimeGrid;

/// The spikes of one factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Spikes {
    /// Arrivals λ, per year; 0 for none.
    pub per_year: f64,
    /// Mean m of a jump of the logarithm.
    pub log_mean: f64,
    /// Standard deviation s of a jump of the logarithm.
    pub log_sd: f64,
    /// Time 1/κ in which a jump decays to 1/e of itself, days; above 0.
    pub decay_days: f64,
    /// The stream of the gaps between arrivals.
    pub arrivals: Stream,
    /// The stream of the sizes of the jumps.
    pub sizes: Stream,
}

impl Spikes {
    /// Every stream that they draw from.
    pub fn streams(&self) -> Vec<Stream> {
        vec![self.arrivals, self.sizes]
    }
    /// The arrivals of a tile, and what each adds to y as it stood at the close before its step.
    /// What decays in the step from there on decays too far by the part before the arrival: that
    /// part is put on first.
    pub fn draw(&self, chance: &Chance, grid: &TimeGrid) -> (Events, Vec<f64>) {
        let events = Events::draw(chance, self.arrivals, self.per_year, grid);
        let scores = events.normals(chance, self.sizes);
        let mut kicks = vec![0.0; scores.len()];
        let law = [self.log_mean, self.log_sd, self.decay_days];
        kick(chance.build(), law, events.all(), &scores, &mut kicks);
        (events, kicks)
    }
    /// The part of y that a step of so many days keeps.
    pub fn keep(&self, days: f64) -> f64 {
        math::exp(-days / self.decay_days)
    }
}

kernel! {
    /// `(mean + sd z) · e^{days into the step / decay days}`, the law as [mean, sd, decay days].
    fn kick(law: [f64; 3], events: &[Event], scores: &[f64], kicks: &mut [f64]) {
        let [mean, sd, decay_days] = law;
        for ((event, z), kick) in events.iter().zip(scores).zip(kicks.iter_mut()) {
            *kick = sd.mul_add(*z, mean) * math::exp(event.days_into_step / decay_days);
        }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    impl Spikes {
        /// ln E e^{y_t} after `days`, by the midpoint rule on 10,000 panels.
        pub(crate) fn log_mean_factor(&self, days: f64) -> f64 {
            const PANELS: u32 = 10_000;
            let width = days / f64::from(PANELS);
            let sum: f64 = (0..PANELS)
                .map(|k| {
                    let a = math::exp(-(f64::from(k) + 0.5) * width / self.decay_days);
                    math::exp(self.log_mean * a + 0.5 * (self.log_sd * a).powi(2)) - 1.0
                })
                .sum();
            self.per_year / crate::time::DAYS_PER_YEAR * width * sum
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::events::strike;
    use crate::model::testing::mean_and_error;
    use crate::tile::{Build, LANES};

    #[test]
    fn the_logarithm_has_the_moments_of_shot_noise() {
        // 2^19 paths of a year, with spikes both rare and lasting against a day.
        let grid = TimeGrid::new(jiff::civil::date(2026, 12, 31), 2027).unwrap();
        for (per_year, log_mean, log_sd, decay_days) in
            [(0.4, 1.79, 0.6, 42.0), (9.0, 1.2, 0.5, 1.5)]
        {
            let spikes = Spikes {
                per_year,
                log_mean,
                log_sd,
                decay_days,
                arrivals: Stream::new("spike", "test"),
                sizes: Stream::new("spike_size", "test"),
            };
            let keep = spikes.keep(1.0);
            let mut found = Vec::new();
            for tile in 0..1 << 13 {
                let chance = Chance::new(8, tile * LANES as u64, Build::fastest());
                let mut y = [0.0; LANES];
                let (events, kicks) = spikes.draw(&chance, &grid);
                let mut kicks = kicks.iter();
                for (part, here) in events.parts(grid.steps()) {
                    strike(here, &mut kicks, &mut y);
                    part.for_each(|_| y.iter_mut().for_each(|y| *y *= keep));
                }
                found.extend(y);
            }
            let (rate, kappa, t) = (per_year / 365.0, 1.0 / decay_days, 365.0);
            let exact = rate * log_mean * (1.0 - math::exp(-kappa * t)) / kappa;
            let (mean, error) = mean_and_error(&found);
            assert!((mean - exact).abs() < 4.0 * error, "{mean} against {exact} ± {error}");
            let square = log_mean * log_mean + log_sd * log_sd;
            let variance = rate * square * (1.0 - math::exp(-2.0 * kappa * t)) / (2.0 * kappa);
            let squares: Vec<f64> = found.iter().map(|y| (y - exact).powi(2)).collect();
            let (mean, error) = mean_and_error(&squares);
            assert!((mean - variance).abs() < 4.0 * error, "{mean} against {variance} ± {error}");
            let factors: Vec<f64> = found.iter().map(|y| math::exp(*y)).collect();
            let exact = math::exp(spikes.log_mean_factor(t));
            let (mean, error) = mean_and_error(&factors);
            assert!((mean - exact).abs() < 4.0 * error, "{mean} against {exact} ± {error}");
        }
    }
}
