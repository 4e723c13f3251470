//! Network hashrate, difficulty and hashprice, day by day.
//!
//! Installed hashrate grows in logs: per month `min(growth + response · y, growth_max)` plus noise,
//! where y is the signal max(0, ln(hashprice / entry)) delayed by two exponential stages (an Erlang
//! kernel: nothing arrives at once, the mean delay is `response_delay_months`). A part of it runs:
//! break-even hashprices are spread log-logistically around the shutdown hashprice, which falls as
//! machines improve, and the running part follows `F = 1 / (1 + (shutdown / hashprice)^{1/scale})`
//! within days. What that makes of blocks, difficulty and subsidy is in `chain.rs`.
//! Scheme: the signal and the running part use yesterday's hashprice (explicit Euler in one day's
//! lag, the delay that a miner has); the noise is exact.
//! Sources: free entry, J. Prat, B. Walter, J. Political Economy 129 (2021) 2415; shutdown and the
//! lagging retarget, S. Noda, K. Okumura, Y. Hashimoto (2020).
//! Not here: the drain of hashrate by the sector's own diversion.

use super::chain::{Chain, HASHES_PER_PETAHASH_DAY, Luck};
use super::pool::PoolPay;
use super::{MONTHS_PER_YEAR, Process, Shocks};
use crate::bitcoin::{self, CompactTarget, SECONDS_PER_DAY};
use crate::chance::Stream;
use crate::input::study::{Mining, Network};
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math};
use crate::time::TimeGrid;

/// The network that answers its own hashprice.
#[derive(Debug, Clone, PartialEq)]
pub struct RespondingNetwork {
    parameters: Network,
    target: CompactTarget,
    luck: Luck,
    /// What the pool pays, where that is not full pay per share.
    pool: Option<PoolPay>,
}

impl RespondingNetwork {
    /// The law with the study's parameters, and what the miner's pool pays. At the start the
    /// difficulty's own epoch is taken as the measure of hashrate: one block per 600 s.
    pub fn new(parameters: &Network, mining: &Mining) -> Self {
        let target = CompactTarget::from_difficulty(parameters.start_difficulty)
            .expect("the reader admits no difficulty below 1");
        Self {
            parameters: parameters.clone(),
            target,
            luck: Luck::new(),
            pool: PoolPay::new(mining),
        }
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
    fn inputs(&self) -> &'static [Factor] {
        &[Factor::BtcPrice, Factor::Fees]
    }
    fn outputs(&self) -> &'static [Factor] {
        &[Factor::Hashrate, Factor::Difficulty, Factor::Hashprice, Factor::PoolPay]
    }
    fn streams(&self) -> Vec<Stream> {
        let of_pool = self.pool.iter().map(PoolPay::stream);
        self.luck.streams().into_iter().chain(of_pool).collect()
    }
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, tile: &mut Tile) {
        let p = &self.parameters;
        let (earlier, [hashrate, difficulty, hashprice, pool_pay]) = tile.split(Factor::Hashrate);
        let (price, fees) = (earlier.rows(Factor::BtcPrice), earlier.rows(Factor::Fees));
        // The epoch began at an unknown hour of its first date: noon is meant, and step 0 is midnight.
        let epoch_days = 0.5 - grid.step_of(p.epoch_start_date) as f64;
        let luck = p.block_luck.then_some((self.luck, shocks.chance));
        let epoch_seconds = epoch_days * SECONDS_PER_DAY;
        let mut chain = Chain::new(self.target, p.epoch_start_height, epoch_seconds, luck);
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
        let day = Day::new(p, grid.dt_years());
        let earlier = (price, fees, shocks.scores(Factor::Hashrate));
        // Full pay stands in the rows from one tile to the next.
        if self.pool.is_none() && pool_pay[0] != [1.0; LANES] {
            pool_pay.fill([1.0; LANES]);
        }
        pool_pay[0] = [1.0; LANES];
        // The subsidies of the days stand where the pay that rests on them will.
        let subsidy = if self.pool.is_some() { &mut *pool_pay } else { &mut [] };
        let rows = [&mut *hashrate, difficulty, &mut *hashprice, subsidy];
        evolve(build, &day, earlier, (&mut fleet, &mut chain), rows);
        if let Some(pool) = &self.pool {
            for step in 1..grid.steps() {
                let mined = (&hashrate[step], &hashprice[step]);
                pool.pay(&shocks.chance, step, mined, &fees[step], &mut pool_pay[step]);
            }
        }
    }
}

kernel! {
    /// Every day after the first, from (price, fees, scores); `rows` are hashrate, difficulty,
    /// hashprice and, unless it is empty, the mean subsidy of a day's blocks.
    fn evolve(
        day: &Day,
        earlier: (&[Row], &[Row], &[[f32; LANES]]),
        state: (&mut Fleet, &mut Chain),
        rows: [&mut [Row]; 4],
    ) {
        let (price, fees, scores) = earlier;
        let (fleet, chain) = state;
        let [hashrate, difficulty, hashprice, subsidy] = rows;
        for step in 1..scores.len() {
            let log_shutdown = day.log_shutdown_step.mul_add(step as f64, day.log_shutdown);
            let yesterday = (&price[step - 1], &hashprice[step - 1]);
            fleet.decide(day, log_shutdown, yesterday, &scores[step], &mut hashrate[step]);
            let (hashrate, subsidy) = (&hashrate[step], subsidy.get_mut(step));
            chain.mine(step, hashrate, &fees[step], &mut hashprice[step], subsidy);
            difficulty[step] = chain.difficulty;
        }
    }
}

impl Fleet {
    /// One day of miners' decisions: entry, noise, shutdown; gives the running hashrate, EH/s.
    #[inline(always)]
    fn decide(
        &mut self,
        day: &Day,
        log_shutdown: f64,
        yesterday: (&Row, &Row),
        score: &[f32; LANES],
        hashrate: &mut Row,
    ) {
        let (price, hashprice_btc) = yesterday;
        // Three loops of one elementary function each: their constants stay in registers.
        let mut log_hashprice = [0.0; LANES];
        for i in 0..LANES {
            log_hashprice[i] = math::ln(price[i] * hashprice_btc[i]);
        }
        for i in 0..LANES {
            let wanted = math::logistic((log_hashprice[i] - log_shutdown) * day.inverse_scale);
            self.running[i] = day.settle.mul_add(wanted - self.running[i], self.running[i]);
        }
        for i in 0..LANES {
            let signal = math::max(log_hashprice[i] - day.log_entry, 0.0);
            let (ordered, delivered) = (self.ordered[i], self.delivered[i]);
            self.ordered[i] = day.stage.mul_add(signal - ordered, ordered);
            self.delivered[i] = day.stage.mul_add(self.ordered[i] - delivered, delivered);
            let growth = day.response.mul_add(self.delivered[i], day.growth);
            let noisy = day.noise_sd.mul_add(f64::from(score[i]), self.log_installed[i]);
            self.log_installed[i] = noisy + math::min(growth, day.growth_max);
            hashrate[i] = math::exp(self.log_installed[i]) * self.running[i];
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
        let network = RespondingNetwork::new(&testing::network(), &testing::mining());
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
        RespondingNetwork::new(&parameters, &testing::mining()).evolve(
            Build::fastest(),
            &grid,
            shocks,
            &mut tile,
        );
        let hashrate = tile.rows(Factor::Hashrate);
        assert!((hashrate[518][0] / hashrate[0][0] - 1.0).abs() < 1e-12);
        let rise = tile.rows(Factor::Difficulty)[518][0] / tile.rows(Factor::Difficulty)[0][0];
        // A compact target of this size has 18 bits of mantissa, truncated at each retarget.
        assert!((rise - 2016.0 / 2015.0).abs() < 1.0 / f64::from(1 << 17), "{rise}");
    }
}
