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
//!
//! After the target year a step is a month, and entry is free: installed hashrate is what brings the hashprice
//! down to that at which new machines are worth their cost; it grows by `growth_max` a month at most, and
//! falls by no more than wears out. New machines improve, and what the running fleet's break-even hashprices
//! are spread around follows them at the pace of wear. The part that runs is that at which the month's own
//! hashprice finds it, as a lag of a month would swing. Blocks, difficulty and subsidy are those of
//! `chain::Months`.
//! Not here: the drain of hashrate by the sector's own diversion.

use super::chain::{BLOCKS_PER_DAY, Chain, HASHES_PER_PETAHASH_DAY, Luck, Months};
use super::pool::PoolPay;
use super::{Process, Shocks};
use crate::bitcoin::{self, CompactTarget, SECONDS_PER_DAY};
use crate::chance::Stream;
use crate::input::study::{Mining, Network, Study};
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math};
use crate::time::{DAYS_PER_YEAR, MONTHS_PER_YEAR, Span, TimeGrid};

/// The network that answers its own hashprice.
#[derive(Debug, Clone, PartialEq)]
pub struct RespondingNetwork {
    parameters: Network,
    target: CompactTarget,
    luck: Luck,
    /// What the pool pays, where that is not full pay per share.
    pool: Option<PoolPay>,
    /// How machines come and go after the target year; `None` where nobody looks that far.
    entry: Option<FreeEntry>,
}

/// What new machines of a month need, and what wears out.
#[derive(Debug, Clone, PartialEq)]
pub struct FreeEntry {
    /// Of each month after the target year: the hashprice at which new machines are worth their cost,
    /// USD/PH/day, and that at which they just pay for their power.
    hashprices: Vec<[f64; 2]>,
    /// Part of the machines that wears out in a month.
    wear: f64,
}

impl FreeEntry {
    /// Entry on the study's own terms of power and capital; `None` where nobody looks that far.
    pub fn new(study: &Study, grid: &TimeGrid) -> Option<Self> {
        let (terms, mining) = (study.appraisal.as_ref()?, &study.mining);
        let power_usd = HOURS_PER_YEAR * mining.uptime * mining.power_usd_per_mwh;
        let hashprices = (grid.days()..grid.steps()).map(|step| {
            let years = grid.time_days(step) / DAYS_PER_YEAR;
            let j_per_th = terms.new_machine_j_per_th(years);
            let ph_per_mw = bitcoin::petahash_per_megawatt(j_per_th, mining.power_overhead);
            let ph_years = DAYS_PER_YEAR * ph_per_mw * mining.uptime * (1.0 - mining.pool_fee);
            let [revenue_years, power_years] = terms.machine_years(years);
            let needed_usd = terms.machine_usd_per_gross_mw + power_usd * power_years;
            [needed_usd / (ph_years * revenue_years), power_usd / ph_years]
        });
        Some(Self { hashprices: hashprices.collect(), wear: terms.machine_wear_per_month() })
    }
}

/// Hours in the model's year.
const HOURS_PER_YEAR: f64 = 24.0 * DAYS_PER_YEAR;

impl RespondingNetwork {
    /// The law with the study's parameters, what the miner's pool pays, and how machines come and go after
    /// the target year. At the start the
    /// difficulty's own epoch is taken as the measure of hashrate: one block per 600 s.
    pub fn new(parameters: &Network, mining: &Mining, entry: Option<FreeEntry>) -> Self {
        let target = CompactTarget::from_difficulty(parameters.start_difficulty)
            .expect("the reader admits no difficulty below 1");
        Self {
            parameters: parameters.clone(),
            target,
            luck: Luck::new(),
            pool: PoolPay::new(mining),
            entry,
        }
    }

    /// The part of installed hashrate that runs in the long run at a hashprice, USD/PH/day.
    pub fn running_share(&self, hashprice_usd_per_ph_day: f64) -> f64 {
        let p = &self.parameters;
        let log_ratio = math::ln(hashprice_usd_per_ph_day / p.shutdown_hashprice_usd_per_ph_day);
        math::logistic(log_ratio / p.shutdown_log_scale)
    }
}

/// The constants of a step, worked out once per tile.
struct Step {
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

impl Step {
    fn new(p: &Network, dt_years: f64) -> Self {
        let months = MONTHS_PER_YEAR * dt_years;
        let days = dt_years * DAYS_PER_YEAR;
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
        let day = Step::new(p, grid.dt_years());
        let days = grid.days();
        let scores = shocks.scores(Factor::Hashrate);
        let earlier = (price, fees, &scores[..days]);
        // Full pay stands in the rows from one tile to the next.
        if self.pool.is_none() && pool_pay[0] != [1.0; LANES] {
            pool_pay.fill([1.0; LANES]);
        }
        pool_pay[0] = [1.0; LANES];
        // The subsidies of the days stand where the pay that rests on them will.
        let subsidy = if self.pool.is_some() { &mut *pool_pay } else { &mut [] };
        let rows = [&mut *hashrate, &mut *difficulty, &mut *hashprice, &mut *subsidy];
        evolve(build, &day, earlier, (&mut fleet, &mut chain), rows);
        let mut months = Months::after(&chain);
        let mut shutdown =
            math::exp(day.log_shutdown_step.mul_add((days - 1) as f64, day.log_shutdown));
        for Span { steps, dt_years, .. } in &grid.spans()[1..] {
            let of_month = Step::new(p, *dt_years);
            let entry = self.entry.as_ref().expect("months are looked at to appraise");
            for step in steps.clone() {
                let [worth_it, pays_power] = entry.hashprices[step - days];
                shutdown += entry.wear * (pays_power - shutdown);
                let mut reward_btc = [0.0; LANES];
                months.reward(f64::from(grid.days_of(step)), &fees[step], &mut reward_btc);
                if let Some(row) = subsidy.get_mut(step) {
                    *row = std::array::from_fn(|i| reward_btc[i] - fees[step][i]);
                }
                let now = (&price[step], &reward_btc, &scores[step]);
                let levels = [math::ln(shutdown), math::ln(worth_it), math::ln(1.0 - entry.wear)];
                settle(build, &mut fleet, &of_month, levels, now, &mut hashrate[step]);
                let rows = [&mut difficulty[step], &mut hashprice[step]];
                months.mine(build, &reward_btc, &hashrate[step], rows);
            }
        }
        if let Some(pool) = &self.pool {
            // The luck of a month's finds is that of a day: a twelfth of a year's, and it averages out.
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
        day: &Step,
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
        day: &Step,
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

kernel! {
    /// A month of miners' decisions, from price, reward of a block and scores; `levels` are the logarithms of
    /// the shutdown hashprice, of that which calls for entry, and of what wear leaves. With F the part that
    /// runs, hashprice = K / F and F = 1 / (1 + (shutdown / hashprice)^{1/scale}): x + ln F(x) = ln (K /
    /// shutdown), x = ln (hashprice / shutdown), solved by Newton's method from the left, where it converges
    /// from below as the left side is concave.
    fn settle(
        fleet: &mut Fleet,
        month: &Step,
        levels: [f64; 3],
        now: (&Row, &Row, &[f32; LANES]),
        hashrate: &mut Row,
    ) {
        let [log_shutdown, log_entry, log_left] = levels;
        let (price, reward_btc, score) = now;
        let (mut wanted, mut x) = ([0.0; LANES], [0.0; LANES]);
        let steepest = 1.0 / (1.0 + month.inverse_scale);
        for i in 0..LANES {
            // What a PH/s would earn if the network were one EH/s.
            let usd = price[i] * reward_btc[i] * BLOCKS_PER_DAY / PETAHASH_PER_EXAHASH;
            let earned = math::ln(usd);
            let noisy = month.noise_sd.mul_add(f64::from(score[i]), fleet.log_installed[i]);
            let most = math::min(earned - log_entry, noisy + month.growth_max);
            fleet.log_installed[i] = math::max(most, noisy + log_left);
            wanted[i] = earned - fleet.log_installed[i] - log_shutdown;
            x[i] = math::max(wanted[i], wanted[i] * steepest);
        }
        for _ in 0..NEWTON_STEPS {
            for i in 0..LANES {
                let running = math::logistic(x[i] * month.inverse_scale);
                let slope = (1.0 - running).mul_add(month.inverse_scale, 1.0);
                x[i] += (wanted[i] - x[i] - math::ln(running)) / slope;
                fleet.running[i] = running;
            }
        }
        for i in 0..LANES {
            hashrate[i] = math::exp(fleet.log_installed[i]) * fleet.running[i];
        }
    }
}

/// Steps of Newton's method, the last of which only works out the part that runs.
const NEWTON_STEPS: usize = 5;
/// Petahashes in an exahash.
const PETAHASH_PER_EXAHASH: f64 = 1e3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing;

    #[test]
    fn the_shutdown_stack_reproduces_february_2026() {
        // Hashprice fell from 39.5 (12 January) to about 29 USD/PH/day and difficulty by about
        // 12 % (retarget of 7-8 February 2026, −11.8 %).
        let network = RespondingNetwork::new(&testing::network(), &testing::mining(), None);
        let fall = 1.0 - network.running_share(29.0) / network.running_share(39.5);
        assert!((fall - 0.12).abs() < 0.01, "{fall}");
        assert!((network.running_share(23.4) - 0.5).abs() < 1e-15);
    }

    /// The default network to 2041 in a market of a price, by month, and without noise where it is 0.
    fn to_2041(
        noise_sd_per_month: f64,
        price: impl Fn(usize) -> f64,
    ) -> (TimeGrid, Tile, FreeEntry) {
        let mut study = Study::embedded("company", &Default::default()).unwrap();
        study.network = Network { noise_sd_per_month, ..testing::network() };
        study.appraisal.as_mut().expect("it is appraised").end_year = 2041;
        let grid = study.grid().unwrap();
        let entry = FreeEntry::new(&study, &grid);
        let mut tile = Tile::new(grid.steps());
        {
            let (_, [prices, fees]) = tile.split(Factor::BtcPrice);
            for (step, row) in prices.iter_mut().enumerate() {
                *row = [price(step); LANES];
            }
            fees.fill([0.02; LANES]);
        }
        let chance = crate::chance::Chance::new(1, 0, Build::fastest());
        let scores = testing::scores(&grid, chance);
        let shocks = Shocks::new(&scores, grid.steps(), chance);
        let law = RespondingNetwork::new(&study.network, &testing::mining(), entry.clone());
        law.evolve(Build::fastest(), &grid, shocks, &mut tile);
        (grid, tile, entry.unwrap())
    }

    #[test]
    fn a_months_hashes_earn_their_part_of_its_blocks() {
        let (grid, tile, _) = to_2041(0.044, |step| 60_000.0 * (1.0 + 0.002 * step as f64));
        let rows = |factor| tile.rows(factor);
        let subsidies = [3.125, 1.5625, 0.78125, 0.390625, 0.1953125];
        let mut halved = Vec::new();
        for step in grid.days()..grid.steps() {
            for i in [0, 31, 63] {
                let (hashrate, difficulty, hashprice) = (
                    rows(Factor::Hashrate)[step][i],
                    rows(Factor::Difficulty)[step][i],
                    rows(Factor::Hashprice)[step][i],
                );
                // Hashes of a block over the network's hashes a second: 600.298 s.
                let seconds = bitcoin::hashes_per_block(difficulty) / (hashrate * 1e18);
                assert!((seconds - 600.0 * 2_016.0 / 2_015.0).abs() < 1e-9);
                let btc_per_block = hashprice * 1e3 * hashrate * seconds / SECONDS_PER_DAY;
                let subsidy = btc_per_block - 0.02;
                let is_whole = subsidies.iter().any(|whole| (subsidy - whole).abs() < 1e-9);
                if !is_whole && i == 0 {
                    halved.push(grid.date(step));
                }
            }
        }
        // Height 1,050,000 comes about 8 April 2028, and each halving 210,000 blocks of 600.298 s after it:
        // 1,459.06 days, two less than four years.
        let expected = [(2028, 4), (2032, 4), (2036, 4), (2040, 3)];
        let expected = expected.map(|(year, month)| jiff::civil::date(year, month, 1));
        assert_eq!(halved, expected);
    }

    #[test]
    fn in_the_long_run_entry_brings_the_hashprice_to_what_new_machines_need() {
        // A price that rises by 6 % a month makes up for a halving within a year, and no faster than entry
        // may: then the hashprice is that of entry over the part that runs, 98 %
        let (grid, tile, entry) =
            to_2041(0.0, |step| 60_000.0 * (0.06 * step.saturating_sub(518) as f64).exp());
        let usd = |step: usize| {
            tile.rows(Factor::BtcPrice)[step][0] * tile.rows(Factor::Hashprice)[step][0]
        };
        for step in grid.steps() - 12..grid.steps() {
            let [worth_it, _] = entry.hashprices[step - grid.days()];
            let ratio = usd(step) / worth_it;
            assert!((1.0..1.03).contains(&ratio), "{step}: {ratio}");
        }
        // A price of nothing much: wear alone, month by month, and machines that are off.
        let (grid, tile, entry) = to_2041(0.0, |step| if step < 519 { 60_000.0 } else { 6_000.0 });
        let hashrate = tile.rows(Factor::Hashrate);
        let usd = |step: usize| {
            tile.rows(Factor::BtcPrice)[step][0] * tile.rows(Factor::Hashprice)[step][0]
        };
        let of_first = hashrate[519][0] / hashrate[518][0];
        assert!(of_first < 0.4, "most of it is off at once: {of_first}");
        for step in grid.days()..grid.days() + 24 {
            assert!(usd(step) < entry.hashprices[step - grid.days()][0]);
        }
    }

    #[test]
    fn the_part_that_runs_is_that_at_the_months_own_hashprice() {
        // F = 1 / (1 + (shutdown / hashprice)^{1/scale}), hashrate = installed · F: from two months with the
        // same installed hashrate but for wear, the equation is checked without knowing it.
        let (grid, tile, entry) = to_2041(0.0, |step| if step < 519 { 60_000.0 } else { 20_000.0 });
        let p = testing::network();
        let decline = -p.shutdown_decline_per_month * 12.0 / 365.0 * 518.0;
        let mut shutdown = p.shutdown_hashprice_usd_per_ph_day * decline.exp();
        let mut installed = Vec::new();
        for step in grid.days()..grid.days() + 24 {
            shutdown += (entry.hashprices[step - grid.days()][1] - shutdown) * entry.wear;
            let usd = tile.rows(Factor::BtcPrice)[step][0] * tile.rows(Factor::Hashprice)[step][0];
            let running = 1.0 / (1.0 + (shutdown / usd).powf(1.0 / p.shutdown_log_scale));
            installed.push(tile.rows(Factor::Hashrate)[step][0] / running);
        }
        for pair in installed.windows(2) {
            let left = pair[1] / pair[0];
            assert!((left - (1.0 - entry.wear)).abs() < 1e-6, "{left}");
        }
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
        RespondingNetwork::new(&parameters, &testing::mining(), None).evolve(
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
