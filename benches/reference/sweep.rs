//! The reference sweep: a small world that any Monte Carlo program can repeat in a page of code.
//!
//! In: a seed, a number of paths. Out: what 1,000 MW earn in 2027 on each path, mining and renting,
//! and the measures of 21 mixtures of the two. Not here: timing.
//!
//! Three factors move by one normal score a day for 405 days, dt = 1/365 year, correlated by
//! ((1, 0.3, 0.35), (0.3, 1, 0.1), (0.35, 0.1, 1)):
//!
//! * BTC price, from 100,000 USD: Merton's jump diffusion with drift 0.10 and volatility 0.60 a year,
//!   6 jumps a year of mean −0.02 and sd 0.08 in the logarithm; E S_T = S_0 e^{0.10 T}.
//! * Network hashrate, from 1,000 EH/s: the logarithm over its start follows that of the price, both of
//!   the day before, at 2 a year with volatility 0.15, by Euler steps.
//! * An index of AI rent, from 1: the logarithm reverts to ln 0.7 at 1 a year with volatility 0.45, by
//!   Euler steps.
//!
//! Difficulty is the mean hashrate of the last whole 14 days, 1,000 EH/s at first. A day of mining pays
//! 3.125 BTC · 144 · 1.04 · 50 EH/s / difficulty, a day of renting 1.5 million USD · 0.92 / 365 a MW
//! times the index; the days are the last 365. Share s earns (1 − s) of the one and s of the other.

use wattshift::chance::{Chance, Stream};
use wattshift::dependence::gaussian::GaussianDependence;
use wattshift::model::events::Events;
use wattshift::parallel;
use wattshift::risk::{Distribution, Estimate, Level, RiskMeasure};
use wattshift::tile::{Build, LANES, Row, math};
use wattshift::time::{DAYS_PER_YEAR, TimeGrid};

/// Days that are simulated.
pub(crate) const DAYS: usize = 405;
/// Factors of a day.
pub(crate) const FACTORS: usize = 3;
/// Shares of power that are valued: 0, 0.05 … 1.
pub(crate) const SHARES: usize = 21;

/// Length of a step, years.
const DT: f64 = 1.0 / DAYS_PER_YEAR;
const PRICE_START_USD: f64 = 100_000.0;
const DRIFT: f64 = 0.10;
const VOLATILITY: f64 = 0.60;
const JUMPS_PER_YEAR: f64 = 6.0;
const JUMP_MEAN: f64 = -0.02;
const JUMP_SD: f64 = 0.08;
const HASHRATE_START_EHS: f64 = 1_000.0;
const RESPONSE_PER_YEAR: f64 = 2.0;
const HASHRATE_VOLATILITY: f64 = 0.15;
const REVERSION_PER_YEAR: f64 = 1.0;
const INDEX_VOLATILITY: f64 = 0.45;
const INDEX_MEAN: f64 = 0.7;
const CORRELATION: [[f64; FACTORS]; FACTORS] =
    [[1.0, 0.3, 0.35], [0.3, 1.0, 0.1], [0.35, 0.1, 1.0]];
const EPOCH_DAYS: usize = 14;
const FLEET_EHS: f64 = 50.0;
const BTC_PER_DAY: f64 = 3.125 * 144.0 * 1.04;
const RENT_USD_PER_DAY: f64 = 1.5e6 * 0.92 / DAYS_PER_YEAR * 1_000.0;

/// What each path earns in the year, USD.
#[derive(Debug, PartialEq)]
pub(crate) struct Earned {
    pub(crate) mining: Vec<f64>,
    pub(crate) renting: Vec<f64>,
}

impl Earned {
    /// What each path earns at share number `share`, USD.
    pub(crate) fn at_share(&self, share: usize) -> Vec<f64> {
        let share = share as f64 / (SHARES - 1) as f64;
        let both = self.mining.iter().zip(&self.renting);
        both.map(|(mining, renting)| (1.0 - share) * mining + share * renting).collect()
    }
}

/// The world, ready to be simulated.
pub(crate) struct Sweep {
    seed: u64,
    build: Build,
    grid: TimeGrid,
    dependence: GaussianDependence,
    scores: [Stream; FACTORS],
    jumps: Stream,
    jump_sizes: Stream,
}

impl Sweep {
    pub(crate) fn new(seed: u64, build: Build) -> Self {
        let correlation = ndarray::Array2::from(CORRELATION.to_vec());
        let names = ["btc_price", "hashrate", "ai_index"];
        Self {
            seed,
            build,
            // Step k is day k of 405, the first of January 2027 the 41st: step 0 is the start.
            grid: TimeGrid::new(jiff::civil::date(2026, 11, 21), 2027)
                .expect("the year lies ahead"),
            dependence: GaussianDependence::new(&correlation, &names).expect("it is definite"),
            scores: names.map(|name| Stream::new("score", name)),
            jumps: Stream::new("jump", "btc_price"),
            jump_sizes: Stream::new("jump_size", "btc_price"),
        }
    }

    /// Simulates paths `0 .. paths` over all threads of the pool.
    pub(crate) fn simulate(&self, paths: usize) -> Earned {
        let mut earned = Earned { mining: vec![0.0; paths], renting: vec![0.0; paths] };
        let tiles = earned.mining.chunks_mut(LANES).zip(earned.renting.chunks_mut(LANES));
        let room = || vec![[0.0_f32; LANES]; FACTORS * self.grid.steps()];
        parallel::for_each_with(tiles.enumerate(), room, |scores, (tile, (mining, renting))| {
            let [mined, rented] = self.tile((tile * LANES) as u64, scores);
            mining.copy_from_slice(&mined[..mining.len()]);
            renting.copy_from_slice(&rented[..renting.len()]);
        });
        earned
    }

    /// What the paths of one tile earn by mining and by renting.
    fn tile(&self, first_path: u64, scores: &mut [[f32; LANES]]) -> [Row; 2] {
        let steps = self.grid.steps();
        let chance = Chance::new(self.seed, first_path, self.build);
        for (rows, stream) in scores.chunks_mut(steps).zip(self.scores) {
            chance.scores(stream, rows);
        }
        self.dependence.couple(self.build, steps, scores);
        self.jump(&chance, &mut scores[..steps]);
        let first = self.grid.target().start;
        let (prices, others) = scores.split_at(steps);
        let (hashrates, indices) = others.split_at(steps);
        let mut mined = [0.0; LANES];
        let mut rented = [0.0; LANES];
        mine(self.build, first, prices, hashrates, &mut mined);
        rent(self.build, first, indices, &mut rented);
        [mined, rented]
    }

    /// Adds the jumps of a tile to the scores of their days, in standard deviations of a day.
    fn jump(&self, chance: &Chance, prices: &mut [[f32; LANES]]) {
        let events = Events::draw(chance, self.jumps, JUMPS_PER_YEAR, &self.grid);
        let sizes = events.normals(chance, self.jump_sizes);
        let day_sd = VOLATILITY * DT.sqrt();
        for (event, size) in events.all().iter().zip(sizes) {
            prices[event.step][event.lane] += ((JUMP_MEAN + JUMP_SD * size) / day_sd) as f32;
        }
    }
}

wattshift::kernel! {
    /// A year of mining: price and hashrate together, difficulty from epoch to epoch.
    fn mine(
        first: usize,
        prices: &[[f32; LANES]],
        hashrates: &[[f32; LANES]],
        mined: &mut Row,
    ) {
        let jump = math::exp(JUMP_MEAN + 0.5 * JUMP_SD * JUMP_SD) - 1.0;
        let drift = (DRIFT - 0.5 * VOLATILITY * VOLATILITY - JUMPS_PER_YEAR * jump) * DT;
        let (price_sd, hashrate_sd) = (VOLATILITY * DT.sqrt(), HASHRATE_VOLATILITY * DT.sqrt());
        let response = RESPONSE_PER_YEAR * DT;
        // Logarithms over their starts.
        let mut price = [0.0; LANES];
        let mut hashrate = [0.0; LANES];
        let mut epoch_sum = [0.0; LANES];
        let mut over_difficulty = [1.0; LANES];
        let mut sum = [0.0; LANES];
        for step in 1..prices.len() {
            let (z_price, z_hashrate) = (&prices[step], &hashrates[step]);
            for i in 0..LANES {
                let gap = price[i] - hashrate[i];
                hashrate[i] +=
                    response.mul_add(gap, hashrate_sd * f64::from(z_hashrate[i]));
                price[i] += price_sd.mul_add(f64::from(z_price[i]), drift);
                epoch_sum[i] += math::exp(hashrate[i]);
            }
            if step >= first {
                for i in 0..LANES {
                    sum[i] = math::exp(price[i]).mul_add(over_difficulty[i], sum[i]);
                }
            }
            if step % EPOCH_DAYS == 0 {
                for i in 0..LANES {
                    over_difficulty[i] = EPOCH_DAYS as f64 / epoch_sum[i];
                    epoch_sum[i] = 0.0;
                }
            }
        }
        let usd = BTC_PER_DAY * FLEET_EHS * PRICE_START_USD / HASHRATE_START_EHS;
        for i in 0..LANES {
            mined[i] = usd * sum[i];
        }
    }
}

wattshift::kernel! {
    /// A year of rent.
    fn rent(first: usize, indices: &[[f32; LANES]], rented: &mut Row) {
        let keep = 1.0 - REVERSION_PER_YEAR * DT;
        let pull = REVERSION_PER_YEAR * DT * math::ln(INDEX_MEAN);
        let sd = INDEX_VOLATILITY * DT.sqrt();
        let mut index = [0.0; LANES];
        let mut sum = [0.0; LANES];
        for z in &indices[1..first] {
            for i in 0..LANES {
                index[i] = keep.mul_add(index[i], sd.mul_add(f64::from(z[i]), pull));
            }
        }
        for z in &indices[first..] {
            for i in 0..LANES {
                index[i] = keep.mul_add(index[i], sd.mul_add(f64::from(z[i]), pull));
                sum[i] += math::exp(index[i]);
            }
        }
        for i in 0..LANES {
            rented[i] = RENT_USD_PER_DAY * sum[i];
        }
    }
}

/// The measures of every share in the order of `MEASURES`, losses against the mean at share 0.
pub(crate) fn measures(earned: &Earned) -> Vec<[Estimate; MEASURES.len()]> {
    let levels = Level::of(&MEASURES);
    let laws = parallel::map(0..SHARES, |share| Distribution::of(&earned.at_share(share), &levels));
    let reference = RiskMeasure::Mean.replicated(&laws[0], None);
    let of_law = |law| MEASURES.map(|measure| measure.estimate(law, Some(&reference)));
    laws.iter().map(of_law).collect()
}

/// What is said of every share.
pub(crate) const MEASURES: [RiskMeasure; 11] = [
    RiskMeasure::Mean,
    RiskMeasure::Sd,
    RiskMeasure::Quantile(0.01),
    RiskMeasure::Quantile(0.05),
    RiskMeasure::Quantile(0.5),
    RiskMeasure::Quantile(0.95),
    RiskMeasure::Quantile(0.99),
    RiskMeasure::ValueAtRisk(0.95),
    RiskMeasure::ExpectedShortfall(0.95),
    RiskMeasure::ValueAtRisk(0.99),
    RiskMeasure::ExpectedShortfall(0.99),
];
