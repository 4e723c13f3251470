//! Network hashrate, difficulty and hashprice, day by day.
//!
//! Installed hashrate grows in logs: per month `min(growth + response · y, growth_max)` plus noise,
//! where y is the signal max(0, ln(hashprice / entry)) delayed by two exponential stages (an Erlang
//! kernel: nothing arrives at once, the mean delay is `response_delay_months`). A part of it runs:
//! break-even hashprices are spread log-logistically around the shutdown hashprice, which falls as
//! machines improve, and the running part follows `F = 1 / (1 + (shutdown / hashprice)^{1/scale})`
//! within days. Blocks arrive at their expected number; difficulty is retargeted by height with the
//! consensus arithmetic, inside the day where the epoch ends, and so is the subsidy.
//! Scheme: the signal and the running part use yesterday's hashprice (explicit Euler in one day's
//! lag, the delay that a miner has); the noise is exact.
//! Sources: free entry, J. Prat, B. Walter, J. Political Economy 129 (2021) 2415; shutdown and the
//! lagging retarget, S. Noda, K. Okumura, Y. Hashimoto (2020).
//! Not here: block luck, the drain of hashrate by the sector's own diversion.

use super::{MONTHS_PER_YEAR, Process, Shocks};
use crate::bitcoin::{
    self, BLOCK_SECONDS, CompactTarget, EPOCH_BLOCKS, HALVING_INTERVAL, INTERVALS_PER_RETARGET,
    SECONDS_PER_DAY,
};
use crate::chance::Stream;
use crate::input::study::Network;
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math};
use crate::time::TimeGrid;

/// Hashes of one EH/s in a day.
const HASHES_PER_EXAHASH_DAY: f64 = 1e18 * SECONDS_PER_DAY;
/// Hashes of one PH/s in a day.
const HASHES_PER_PETAHASH_DAY: f64 = 1e15 * SECONDS_PER_DAY;

/// Blocks of an epoch that has one more to come.
const LAST_BLOCKS: f64 = (EPOCH_BLOCKS - 1) as f64;

/// The network that answers its own hashprice.
#[derive(Debug, Clone)]
pub struct RespondingNetwork {
    parameters: Network,
    target: CompactTarget,
}

impl RespondingNetwork {
    /// The law with the study's parameters. At the start the difficulty's own epoch is taken as
    /// the measure of hashrate: one block per 600 s.
    pub fn new(parameters: &Network) -> Self {
        let target = CompactTarget::from_difficulty(parameters.start_difficulty)
            .expect("the reader admits no difficulty below 1");
        Self { parameters: parameters.clone(), target }
    }

    /// The part of installed hashrate that runs in the long run at a hashprice, USD/PH/day.
    pub fn running_share(&self, hashprice_usd_per_ph_day: f64) -> f64 {
        let p = &self.parameters;
        let log_ratio = math::ln(hashprice_usd_per_ph_day / p.shutdown_hashprice_usd_per_ph_day);
        math::logistic(log_ratio / p.shutdown_log_scale)
    }
}

/// The constants of a day, worked out once per tile.
struct Day {
    growth: f64,
    growth_max: f64,
    response: f64,
    noise_sd: f64,
    stage: f64,
    settle: f64,
    log_entry: f64,
    log_shutdown: f64,
    log_shutdown_step: f64,
    inverse_scale: f64,
}

impl Day {
    fn new(p: &Network, dt_years: f64) -> Self {
        let months = MONTHS_PER_YEAR * dt_years;
        let days = dt_years * crate::time::DAYS_PER_YEAR;
        let rate = |delay: f64, length: f64| {
            if delay > 0.0 { 1.0 - math::exp(-length / delay) } else { 1.0 }
        };
        Self {
            growth: p.growth_per_month * months,
            growth_max: p.growth_per_month_max * months,
            response: p.response_per_month * months,
            noise_sd: p.noise_sd_per_month * months.sqrt(),
            stage: rate(p.response_delay_months / 2.0, months),
            settle: rate(p.shutdown_delay_days, days),
            log_entry: math::ln(p.entry_hashprice_usd_per_ph_day),
            log_shutdown: math::ln(p.shutdown_hashprice_usd_per_ph_day),
            log_shutdown_step: -p.shutdown_decline_per_month * months,
            inverse_scale: 1.0 / p.shutdown_log_scale,
        }
    }
}

/// Where each lane stands in the chain.
struct Chain {
    target: [CompactTarget; LANES],
    difficulty: Row,
    /// Blocks per expected hash.
    blocks_per_hash: Row,
    epoch_start_height: [u32; LANES],
    /// Blocks since the epoch's first.
    blocks: Row,
    /// Blocks at which the next event (retarget or halving) comes.
    blocks_to_event: Row,
    epoch_seconds: Row,
    subsidy_btc: Row,
}

impl Chain {
    fn new(target: CompactTarget, epoch_start_height: u32, epoch_seconds: f64) -> Self {
        let difficulty = target.difficulty();
        let mut chain = Self {
            target: [target; LANES],
            difficulty: [difficulty; LANES],
            blocks_per_hash: [1.0 / bitcoin::hashes_per_block(difficulty); LANES],
            epoch_start_height: [epoch_start_height; LANES],
            // An epoch that has lasted longer than its target is about to end.
            blocks: [(epoch_seconds / f64::from(BLOCK_SECONDS)).min(LAST_BLOCKS); LANES],
            blocks_to_event: [0.0; LANES],
            epoch_seconds: [epoch_seconds; LANES],
            subsidy_btc: [0.0; LANES],
        };
        for lane in 0..LANES {
            chain.look_ahead(lane);
        }
        chain
    }

    /// Sets the subsidy in force and the blocks at which the next event comes.
    fn look_ahead(&mut self, lane: usize) {
        let start = self.epoch_start_height[lane];
        let height = start + self.blocks[lane] as u32;
        self.subsidy_btc[lane] = bitcoin::subsidy_btc(height);
        let next_halving = (height / HALVING_INTERVAL + 1) * HALVING_INTERVAL;
        self.blocks_to_event[lane] = f64::from(EPOCH_BLOCKS.min(next_halving - start));
    }

    /// One day of one lane in which a retarget or a halving comes: returns the day's mean
    /// expected BTC per PH/s and day.
    fn eventful_day(&mut self, lane: usize, hashrate_ehs: f64, fee_btc: f64) -> f64 {
        let mut left = 1.0;
        let mut hashprice_btc = 0.0;
        loop {
            let blocks_per_hash = self.blocks_per_hash[lane];
            let blocks_per_day = hashrate_ehs * HASHES_PER_EXAHASH_DAY * blocks_per_hash;
            let until_event = (self.blocks_to_event[lane] - self.blocks[lane]) / blocks_per_day;
            let part = until_event.min(left);
            let reward_btc = self.subsidy_btc[lane] + fee_btc;
            hashprice_btc += part * HASHES_PER_PETAHASH_DAY * reward_btc * blocks_per_hash;
            self.epoch_seconds[lane] += part * SECONDS_PER_DAY;
            if until_event >= left {
                self.blocks[lane] += left * blocks_per_day;
                return hashprice_btc;
            }
            left -= part;
            self.blocks[lane] = self.blocks_to_event[lane];
            if self.blocks[lane] >= f64::from(EPOCH_BLOCKS) {
                self.retarget(lane);
            }
            self.look_ahead(lane);
        }
    }

    /// The timespan that consensus measures runs from the epoch's first block to its last: 2015
    /// of its 2016 intervals.
    fn retarget(&mut self, lane: usize) {
        let measured = f64::from(INTERVALS_PER_RETARGET) / f64::from(EPOCH_BLOCKS);
        let timespan = self.epoch_seconds[lane] * measured;
        self.target[lane] = self.target[lane].retarget(timespan as i64);
        self.difficulty[lane] = self.target[lane].difficulty();
        self.blocks_per_hash[lane] = 1.0 / bitcoin::hashes_per_block(self.difficulty[lane]);
        self.epoch_start_height[lane] += EPOCH_BLOCKS;
        self.blocks[lane] = 0.0;
        self.epoch_seconds[lane] = 0.0;
    }
}

/// What miners have decided so far, per lane.
struct Fleet {
    /// ln of installed hashrate, EH/s.
    log_installed: Row,
    /// The part of it that runs.
    running: Row,
    /// The two stages of the delayed entry signal.
    ordered: Row,
    delivered: Row,
}

impl Process for RespondingNetwork {
    fn outputs(&self) -> &'static [Factor] {
        &[Factor::Hashrate, Factor::Difficulty, Factor::Hashprice]
    }
    fn streams(&self) -> Vec<Stream> {
        Vec::new()
    }
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, tile: &mut Tile) {
        let p = &self.parameters;
        let (earlier, [hashrate, difficulty, hashprice]) = tile.split(Factor::Hashrate);
        let (price, fees) = (earlier.rows(Factor::BtcPrice), earlier.rows(Factor::Fees));
        // The epoch began at an unknown hour of its first date: noon is meant, and step 0 is midnight.
        let epoch_days = 0.5 - grid.step_of(p.epoch_start_date) as f64;
        let mut chain = Chain::new(self.target, p.epoch_start_height, epoch_days * SECONDS_PER_DAY);
        let start_ehs = bitcoin::implied_hashrate(chain.difficulty[0]).to_eh_per_s();
        for i in 0..LANES {
            let reward_btc = chain.subsidy_btc[i] + fees[0][i];
            hashrate[0][i] = start_ehs;
            difficulty[0][i] = chain.difficulty[i];
            hashprice[0][i] = HASHES_PER_PETAHASH_DAY * reward_btc * chain.blocks_per_hash[i];
        }
        let running = self.running_share(hashprice[0][0] * price[0][0]);
        let mut fleet = Fleet {
            log_installed: [math::ln(start_ehs / running); LANES],
            running: [running; LANES],
            ordered: [0.0; LANES],
            delivered: [0.0; LANES],
        };
        let mut day = Day::new(p, grid.dt_years());
        let scores = shocks.scores(Factor::Hashrate);
        for step in 1..grid.steps() {
            day.log_shutdown += day.log_shutdown_step;
            let yesterday = (&price[step - 1], &hashprice[step - 1]);
            decide(build, &day, yesterday, &scores[step], &mut fleet, &mut hashrate[step]);
            mine(build, &hashrate[step], &fees[step], &mut chain, &mut hashprice[step]);
            difficulty[step] = chain.difficulty;
        }
    }
}

kernel! {
    /// One day of miners' decisions: entry, noise, shutdown; gives the running hashrate, EH/s.
    fn decide(
        day: &Day,
        yesterday: (&Row, &Row),
        score: &[f32; LANES],
        fleet: &mut Fleet,
        hashrate: &mut Row,
    ) {
        let (price, hashprice_btc) = yesterday;
        for i in 0..LANES {
            let log_hashprice = math::ln(price[i] * hashprice_btc[i]);
            let signal = (log_hashprice - day.log_entry).max(0.0);
            fleet.ordered[i] += (signal - fleet.ordered[i]) * day.stage;
            fleet.delivered[i] += (fleet.ordered[i] - fleet.delivered[i]) * day.stage;
            let growth = day.response.mul_add(fleet.delivered[i], day.growth).min(day.growth_max);
            fleet.log_installed[i] += day.noise_sd.mul_add(f64::from(score[i]), growth);
            let wanted =
                math::logistic((log_hashprice - day.log_shutdown) * day.inverse_scale);
            fleet.running[i] += (wanted - fleet.running[i]) * day.settle;
            hashrate[i] = math::exp(fleet.log_installed[i]) * fleet.running[i];
        }
    }
}

kernel! {
    /// One day of the chain: blocks arrive, events are handled where they come, the day's mean
    /// expected BTC per PH/s is written.
    fn mine(
        hashrate: &Row,
        fees: &Row,
        chain: &mut Chain,
        hashprice: &mut Row,
    ) {
        let mut reached = [0.0; LANES];
        for i in 0..LANES {
            let blocks = hashrate[i] * HASHES_PER_EXAHASH_DAY * chain.blocks_per_hash[i];
            reached[i] = chain.blocks[i] + blocks;
            let reward_btc = chain.subsidy_btc[i] + fees[i];
            hashprice[i] = HASHES_PER_PETAHASH_DAY * reward_btc * chain.blocks_per_hash[i];
        }
        for i in 0..LANES {
            if reached[i] < chain.blocks_to_event[i] {
                chain.blocks[i] = reached[i];
                chain.epoch_seconds[i] += SECONDS_PER_DAY;
            } else {
                hashprice[i] = chain.eventful_day(i, hashrate[i], fees[i]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing;

    #[test]
    fn the_shutdown_stack_reproduces_february_2026() {
        // Hashprice fell from 39.5 (12 January) to about 29 USD/PH/day and difficulty by about
        // 12 % (retarget of 7-8 February 2026, −11.8 %).
        let network = RespondingNetwork::new(&testing::network());
        let fall = 1.0 - network.running_share(29.0) / network.running_share(39.5);
        assert!((fall - 0.12).abs() < 0.01, "{fall}");
        assert!((network.running_share(23.4) - 0.5).abs() < 1e-15);
    }

    #[test]
    fn a_steady_network_stays_where_it_is() {
        // No growth, noise, response or shutdown: 144 blocks a day for ever would keep difficulty,
        // but the measured timespan has 2015 of 2016 intervals, so each retarget raises it by
        // 2016/2015 of 600 s until a block takes 600.298 s.
        let parameters = Network {
            growth_per_month: 0.0,
            noise_sd_per_month: 0.0,
            response_per_month: 0.0,
            shutdown_hashprice_usd_per_ph_day: 1e-6,
            shutdown_decline_per_month: 0.0,
            ..testing::network()
        };
        let grid = TimeGrid::new(jiff::civil::date(2026, 7, 31), 2027).unwrap();
        let mut tile = Tile::new(grid.steps());
        {
            let (_, [price, fees]) = tile.split(Factor::BtcPrice);
            price.fill([60_000.0; LANES]);
            fees.fill([0.02; LANES]);
        }
        let chance = crate::chance::Chance::new(1, 0, Build::fastest());
        let scores = testing::scores(&grid, chance);
        let shocks = Shocks::new(&scores, grid.steps(), chance);
        RespondingNetwork::new(&parameters).evolve(Build::fastest(), &grid, shocks, &mut tile);
        let hashrate = tile.rows(Factor::Hashrate);
        assert!((hashrate[518][0] / hashrate[0][0] - 1.0).abs() < 1e-12);
        let rise = tile.rows(Factor::Difficulty)[518][0] / tile.rows(Factor::Difficulty)[0][0];
        // A compact target of this size has 18 bits of mantissa, truncated at each retarget.
        assert!((rise - 2016.0 / 2015.0).abs() < 1.0 / f64::from(1 << 17), "{rise}");
    }

    #[test]
    fn a_halving_inside_a_day_is_paid_by_its_part() {
        // Difficulty for 144 blocks a day; 72 blocks to the halving: half a day at each subsidy.
        let target = CompactTarget::from_difficulty(126.2315e12).unwrap();
        let mut chain = Chain::new(target, 1_048_320, 0.0);
        assert_eq!(chain.blocks_to_event[0], 1_680.0);
        chain.blocks[0] = 1_680.0 - 72.0;
        chain.epoch_seconds[0] = chain.blocks[0] * f64::from(BLOCK_SECONDS);
        let hashrate_ehs = 1.0 / (chain.blocks_per_hash[0] * f64::from(BLOCK_SECONDS) * 1e18);
        let paid = chain.eventful_day(0, hashrate_ehs, 0.0);
        let per_btc = HASHES_PER_PETAHASH_DAY * chain.blocks_per_hash[0];
        assert!((paid / per_btc - 0.5 * (3.125 + 1.5625)).abs() < 1e-12);
        assert_eq!(chain.subsidy_btc[0], 1.5625);
        assert!((chain.blocks[0] - 1_752.0).abs() < 1e-9);
    }

    #[test]
    fn an_epoch_that_is_overdue_ends_on_the_first_day() {
        // 20 days at half the pace: the next block but one retargets, to 20·2015/2016 days of 14.
        let target = CompactTarget::from_difficulty(126.2315e12).unwrap();
        let mut chain = Chain::new(target, 959_616, 20.0 * SECONDS_PER_DAY);
        assert_eq!(chain.blocks[0], 2_015.0);
        let hashrate_ehs = 1.0 / (chain.blocks_per_hash[0] * f64::from(BLOCK_SECONDS) * 1e18);
        let paid = chain.eventful_day(0, hashrate_ehs, 0.0);
        let per_btc = HASHES_PER_PETAHASH_DAY / bitcoin::hashes_per_block(126.2315e12);
        assert!(paid > per_btc * 3.125, "the rest of the day is easier: {paid}");
        let fall = chain.difficulty[0] / target.difficulty();
        assert!((fall - 14.0 / (20.0 * 2_015.0 / 2_016.0)).abs() < 0.001, "{fall}");
    }
}
