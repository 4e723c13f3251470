//! The chain, day by day: blocks, retargets, halvings, and what a hash is expected to earn.
//!
//! In: the hashrate of the day. Out: difficulty, expected BTC per PH/s, subsidy. Blocks arrive at
//! their expected number, or with luck. Difficulty is retargeted by height with the consensus
//! arithmetic, inside the day where the epoch ends, and so is the subsidy.
//! Luck: blocks are a Poisson process whose rate is their expected number, so that n of them take
//! Γ(n) expected blocks of work (a change of time): the event that lies n blocks ahead comes when
//! the expected blocks reach a draw of that law, exact whatever the hashrate does in between. A
//! day's count is never needed. The draw is Wilson and Hilferty's cube of one normal score: for the
//! 2016 blocks of an epoch the mean is right to 2e-13 and the variance to 1e-9, for one block to
//! 0.2 % and 3 %. The interval that a retarget leaves out is Beta(1, 2015) of the epoch's work, and
//! by the epoch's mean pace of its time.
//! Not here: what miners do; what a pool pays.
//! Sources: Bitcoin Core, `GetNextWorkRequired`; E. B. Wilson, M. M. Hilferty, Proc. Natl. Acad. Sci.
//! 17 (1931) 684.

use crate::bitcoin::{
    self, BLOCK_SECONDS, CompactTarget, EPOCH_BLOCKS, HALVING_INTERVAL, INTERVALS_PER_RETARGET,
    SECONDS_PER_DAY,
};
use crate::chance::{Chance, Stream};
use crate::tile::kernel::kernel;
use crate::tile::{Build, LANES, Row, math};

/// Hashes of one EH/s in a day.
const HASHES_PER_EXAHASH_DAY: f64 = 1e18 * SECONDS_PER_DAY;
/// Hashes of one PH/s in a day.
pub(super) const HASHES_PER_PETAHASH_DAY: f64 = 1e15 * SECONDS_PER_DAY;

/// Blocks of a day where difficulty keeps up with hashrate: a retarget measures 2015 of 2016 intervals.
pub(super) const BLOCKS_PER_DAY: f64 =
    SECONDS_PER_DAY / (BLOCK_SECONDS as f64 * EPOCH_BLOCKS as f64 / INTERVALS_PER_RETARGET as f64);

/// Blocks of an epoch that has one more to come.
const LAST_BLOCKS: f64 = (EPOCH_BLOCKS - 1) as f64;
/// The part of an epoch's intervals that a retarget measures.
const MEASURED: f64 = INTERVALS_PER_RETARGET as f64 / EPOCH_BLOCKS as f64;

/// The streams of block luck.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Luck {
    /// One score for each event: the work that the blocks until it take.
    work: Stream,
    /// One uniform for each epoch: the part of its work that the retarget measures.
    measured: Stream,
}

impl Luck {
    pub(super) fn new() -> Self {
        Self { work: Stream::new("luck", "work"), measured: Stream::new("luck", "measured") }
    }
    pub(super) fn streams(self) -> Vec<Stream> {
        vec![self.work, self.measured]
    }
}

/// Where each lane stands in the chain.
pub(super) struct Chain {
    target: [CompactTarget; LANES],
    pub(super) difficulty: Row,
    /// Blocks per expected hash.
    pub(super) blocks_per_hash: Row,
    epoch_start_height: [u32; LANES],
    /// Expected blocks since the epoch's first.
    blocks: Row,
    /// Expected blocks at which the next event (retarget or halving) comes.
    blocks_to_event: Row,
    /// Whether that event is a retarget.
    is_retarget: [bool; LANES],
    /// When the epoch began, seconds after step 0.
    epoch_start_seconds: Row,
    /// The part of the epoch's time that its retarget will measure.
    measured: Row,
    pub(super) subsidy_btc: Row,
    /// The height at which that subsidy ends.
    next_halving: [u32; LANES],
    luck: Option<(Luck, Chance)>,
    /// Draws of luck so far.
    draws: [u32; LANES],
}

impl Chain {
    pub(super) fn new(
        target: CompactTarget,
        epoch_start_height: u32,
        epoch_seconds: f64,
        luck: Option<(Luck, Chance)>,
    ) -> Self {
        let difficulty = target.difficulty();
        // An epoch that has lasted longer than its target is about to end.
        let blocks = (epoch_seconds / f64::from(BLOCK_SECONDS)).min(LAST_BLOCKS);
        let mut chain = Self {
            target: [target; LANES],
            difficulty: [difficulty; LANES],
            blocks_per_hash: [target.blocks_per_hash(); LANES],
            epoch_start_height: [epoch_start_height; LANES],
            blocks: [blocks; LANES],
            blocks_to_event: [0.0; LANES],
            is_retarget: [false; LANES],
            epoch_start_seconds: [-epoch_seconds; LANES],
            measured: [MEASURED; LANES],
            subsidy_btc: [0.0; LANES],
            next_halving: [0; LANES],
            luck,
            draws: [0; LANES],
        };
        for lane in 0..LANES {
            chain.look_ahead(lane, blocks);
        }
        chain
    }

    /// Sets the subsidy in force and the expected blocks at which the next event comes, seen from
    /// `found` blocks into the epoch.
    fn look_ahead(&mut self, lane: usize, found: f64) {
        let start = self.epoch_start_height[lane];
        let height = start + found as u32;
        if height >= self.next_halving[lane] {
            self.subsidy_btc[lane] = bitcoin::subsidy_btc(height);
            self.next_halving[lane] = (height / HALVING_INTERVAL + 1) * HALVING_INTERVAL;
        }
        let event = EPOCH_BLOCKS.min(self.next_halving[lane] - start);
        self.is_retarget[lane] = event == EPOCH_BLOCKS;
        self.blocks_to_event[lane] = match &self.luck {
            None => f64::from(event),
            Some((luck, chance)) => {
                let z = chance.normal(luck.work, lane, self.draws[lane]);
                self.draws[lane] += 1;
                self.blocks[lane] + work_of_blocks(f64::from(event) - found, z)
            }
        };
    }

    /// The day of a step: blocks arrive, events are handled where they come. Writes the day's mean
    /// expected BTC per PH/s and day, and the mean subsidy of its blocks, BTC, where it is asked for.
    #[inline(always)]
    pub(super) fn mine(
        &mut self,
        step: usize,
        hashrate_ehs: &Row,
        fee_btc: &Row,
        hashprice_btc: &mut Row,
        mut subsidy_btc: Option<&mut Row>,
    ) {
        if let Some(row) = &mut subsidy_btc {
            **row = self.subsidy_btc;
        }
        let mut eventful = 0_u64;
        for i in 0..LANES {
            let blocks = hashrate_ehs[i] * HASHES_PER_EXAHASH_DAY * self.blocks_per_hash[i];
            let reached = self.blocks[i] + blocks;
            let reward_btc = self.subsidy_btc[i] + fee_btc[i];
            hashprice_btc[i] = HASHES_PER_PETAHASH_DAY * reward_btc * self.blocks_per_hash[i];
            let is_still = reached < self.blocks_to_event[i];
            // The blocks of a day with an event are counted where it is handled.
            self.blocks[i] = if is_still { reached } else { self.blocks[i] };
            eventful |= u64::from(!is_still) << i;
        }
        while eventful != 0 {
            let lane = eventful.trailing_zeros() as usize;
            eventful &= eventful - 1;
            let mean_btc;
            (hashprice_btc[lane], mean_btc) =
                self.eventful_day(step, lane, hashrate_ehs[lane], fee_btc[lane]);
            if let Some(row) = &mut subsidy_btc {
                row[lane] = mean_btc;
            }
        }
    }

    /// One day of one lane in which a retarget or a halving comes: returns the day's mean expected
    /// BTC per PH/s and day, and the mean subsidy of its blocks, BTC.
    fn eventful_day(
        &mut self,
        step: usize,
        lane: usize,
        hashrate_ehs: f64,
        fee_btc: f64,
    ) -> (f64, f64) {
        assert!(hashrate_ehs.is_finite(), "a day with no end: the hashrate is {hashrate_ehs} EH/s");
        let mut left = 1.0;
        let mut hashprice_btc = 0.0;
        // Blocks per hash, and subsidy per hash, by the part of the day.
        let (mut blocks, mut subsidies_btc) = (0.0, 0.0);
        let first_btc = self.subsidy_btc[lane];
        loop {
            let blocks_per_hash = self.blocks_per_hash[lane];
            let blocks_per_day = hashrate_ehs * HASHES_PER_EXAHASH_DAY * blocks_per_hash;
            let reached = self.blocks[lane] + left * blocks_per_day;
            let to_event = self.blocks_to_event[lane];
            let has_event = reached >= to_event;
            let part =
                if has_event { (to_event - self.blocks[lane]) / blocks_per_day } else { left };
            let subsidy_btc = self.subsidy_btc[lane];
            let reward_btc = subsidy_btc + fee_btc;
            hashprice_btc += part * HASHES_PER_PETAHASH_DAY * reward_btc * blocks_per_hash;
            blocks += part * blocks_per_hash;
            subsidies_btc += part * blocks_per_hash * subsidy_btc;
            if !has_event {
                self.blocks[lane] = reached;
                let is_one = subsidy_btc == first_btc;
                return (hashprice_btc, if is_one { first_btc } else { subsidies_btc / blocks });
            }
            left = (left - part).max(0.0);
            self.blocks[lane] = to_event;
            if self.is_retarget[lane] {
                self.retarget(lane, (step as f64 - left) * SECONDS_PER_DAY);
                self.look_ahead(lane, 0.0);
            } else {
                // The blocks that a halving came at: its height less that of the epoch's first.
                let into_interval = self.epoch_start_height[lane] % HALVING_INTERVAL;
                self.look_ahead(lane, f64::from(HALVING_INTERVAL - into_interval));
            }
        }
    }

    /// A new epoch, so many seconds after step 0. The timespan that consensus measures runs from an
    /// epoch's first block to its last: 2015 of its 2016 intervals.
    fn retarget(&mut self, lane: usize, seconds: f64) {
        let timespan = (seconds - self.epoch_start_seconds[lane]) * self.measured[lane];
        self.target[lane] = self.target[lane].retarget(timespan as i64);
        self.difficulty[lane] = self.target[lane].difficulty();
        self.blocks_per_hash[lane] = self.target[lane].blocks_per_hash();
        self.epoch_start_height[lane] += EPOCH_BLOCKS;
        self.blocks[lane] = 0.0;
        self.epoch_start_seconds[lane] = seconds;
        if let Some((luck, chance)) = &self.luck {
            // 1 − Beta(1, n) is the n-th root of a uniform.
            let u = chance.uniform(luck.measured, lane, self.draws[lane]);
            self.measured[lane] = math::exp(math::ln(u) / f64::from(INTERVALS_PER_RETARGET));
        }
    }
}

/// The chain month by month: two retargets a month keep difficulty up with hashrate, so that blocks come at
/// their pace and a hash earns its part of them. The subsidy halves by height, inside the month where that
/// falls.
pub(super) struct Months {
    /// Blocks before the month.
    height: Row,
    subsidy_btc: Row,
    next_halving: Row,
}

impl Months {
    /// The months after the last day of a chain.
    pub(super) fn after(chain: &Chain) -> Self {
        let start = chain.epoch_start_height.map(f64::from);
        Self {
            height: std::array::from_fn(|i| start[i] + chain.blocks[i]),
            subsidy_btc: chain.subsidy_btc,
            next_halving: chain.next_halving.map(f64::from),
        }
    }
    /// Goes on by a month of so many days: what a block of it pays on average, BTC.
    pub(super) fn reward(&mut self, days: f64, fee_btc: &Row, reward_btc: &mut Row) {
        let blocks = BLOCKS_PER_DAY * days;
        for i in 0..LANES {
            let before = math::min((self.next_halving[i] - self.height[i]) / blocks, 1.0);
            let subsidy = self.subsidy_btc[i] * (0.5 + 0.5 * before);
            reward_btc[i] = subsidy + fee_btc[i];
            self.height[i] += blocks;
            let has_halved = before < 1.0;
            self.subsidy_btc[i] *= if has_halved { 0.5 } else { 1.0 };
            self.next_halving[i] += if has_halved { f64::from(HALVING_INTERVAL) } else { 0.0 };
        }
    }
    /// Difficulty, and what a PH/s is expected to earn in a day, BTC, of a month with this reward and
    /// hashrate.
    pub(super) fn mine(
        &self,
        build: Build,
        reward_btc: &Row,
        hashrate_ehs: &Row,
        rows: [&mut Row; 2],
    ) {
        let per_eh_per_s =
            HASHES_PER_EXAHASH_DAY / (BLOCKS_PER_DAY * bitcoin::hashes_per_block(1.0));
        mine(build, per_eh_per_s, reward_btc, hashrate_ehs, rows);
    }
}

kernel! {
    /// Difficulty, so much per EH/s, and BTC per PH/s and day.
    fn mine(difficulty_per_eh_per_s: f64, reward_btc: &Row, hashrate_ehs: &Row, rows: [&mut Row; 2]) {
        let [difficulty, hashprice_btc] = rows;
        for i in 0..LANES {
            difficulty[i] = hashrate_ehs[i] * difficulty_per_eh_per_s;
            hashprice_btc[i] = reward_btc[i] * BLOCKS_PER_DAY / (1e3 * hashrate_ehs[i]);
        }
    }
}

/// Expected blocks that `blocks` blocks take, given a normal score: Γ(blocks).
fn work_of_blocks(blocks: f64, z: f64) -> f64 {
    let ninth = 1.0 / (9.0 * blocks);
    let root = (1.0 - ninth + z * ninth.sqrt()).max(0.0);
    blocks * root * root * root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::mean_and_error;
    use crate::tile::Build;

    #[test]
    fn a_halving_inside_a_day_is_paid_by_its_part() {
        // Difficulty for 144 blocks a day; 72 blocks to the halving: half a day at each subsidy.
        let target = CompactTarget::from_difficulty(126.2315e12).unwrap();
        let mut chain = Chain::new(target, 1_048_320, 0.0, None);
        assert_eq!(chain.blocks_to_event[0], 1_680.0);
        chain.blocks[0] = 1_680.0 - 72.0;
        chain.epoch_start_seconds[0] = -chain.blocks[0] * f64::from(BLOCK_SECONDS);
        let hashrate_ehs = 1.0 / (chain.blocks_per_hash[0] * f64::from(BLOCK_SECONDS) * 1e18);
        let (paid, subsidy) = chain.eventful_day(1, 0, hashrate_ehs, 0.0);
        let per_btc = HASHES_PER_PETAHASH_DAY * chain.blocks_per_hash[0];
        assert!((paid / per_btc - 0.5 * (3.125 + 1.5625)).abs() < 1e-12);
        assert!((subsidy - 0.5 * (3.125 + 1.5625)).abs() < 1e-12);
        assert_eq!(chain.subsidy_btc[0], 1.5625);
        assert!((chain.blocks[0] - 1_752.0).abs() < 1e-9);
    }

    #[test]
    fn an_epoch_that_is_overdue_ends_on_the_first_day() {
        // 20 days at half the pace: the next block but one retargets, to 20·2015/2016 days of 14.
        let target = CompactTarget::from_difficulty(126.2315e12).unwrap();
        let mut chain = Chain::new(target, 959_616, 20.0 * SECONDS_PER_DAY, None);
        assert_eq!(chain.blocks[0], 2_015.0);
        let hashrate_ehs = 1.0 / (chain.blocks_per_hash[0] * f64::from(BLOCK_SECONDS) * 1e18);
        let (paid, subsidy) = chain.eventful_day(1, 0, hashrate_ehs, 0.0);
        assert!((subsidy - 3.125).abs() < 1e-15);
        let per_btc = HASHES_PER_PETAHASH_DAY / bitcoin::hashes_per_block(126.2315e12);
        assert!(paid > per_btc * 3.125, "the rest of the day is easier: {paid}");
        let fall = chain.difficulty[0] / target.difficulty();
        assert!((fall - 14.0 / (20.0 * 2_015.0 / 2_016.0)).abs() < 0.001, "{fall}");
    }

    #[test]
    fn the_work_of_blocks_has_the_moments_of_its_law() {
        // Γ(n): mean n, variance n. By the trapezoidal rule over z from −8 to 8, which is exact to
        // rounding for a smooth integrand that vanishes at its ends.
        for (blocks, mean_error, variance_error) in [
            (1.0, 2e-3, 3e-2),
            (336.0, 1e-10, 4e-8),
            (1_680.0, 1e-12, 2e-9),
            (2_016.0, 1e-12, 2e-9),
        ] {
            let (mut total, mut mean, mut square) = (0.0, 0.0, 0.0);
            for step in -8_000..=8_000 {
                let z = f64::from(step) / 1_000.0;
                let weight = math::exp(-0.5 * z * z);
                let deviation = work_of_blocks(blocks, z) / blocks - 1.0;
                total += weight;
                mean += weight * deviation;
                square += weight * deviation * deviation;
            }
            let (mean, square) = (mean / total, square / total);
            assert!(mean.abs() < mean_error, "{blocks}: {mean:e}");
            let relative = square * blocks - 1.0;
            assert!(relative.abs() < variance_error, "{blocks}: {relative:e}");
        }
    }

    #[test]
    fn a_still_network_with_luck_retargets_as_exponential_intervals_do() {
        // ln of each difficulty has the variance of −ln Γ(2015), trigamma(2015) = 1/2014.5, and is
        // independent of the next: changes have twice that and correlate by −1/2. The mean interval
        // is E[2016 · 600 s / Γ(2015)] = 600 · 2016 / 2014 s, not the 600 · 2016 / 2015 of evenly
        // spaced blocks.
        let target = CompactTarget::from_difficulty(126.2315e12).unwrap();
        let (mut changes, mut products, mut intervals) = (Vec::new(), Vec::new(), Vec::new());
        for tile in 0..32 {
            let chance = Chance::new(4, tile * LANES as u64, Build::fastest());
            let mut chain = Chain::new(target, 0, 0.0, Some((Luck::new(), chance)));
            let per_day = f64::from(BLOCK_SECONDS) * 1e18 * chain.blocks_per_hash[0];
            let hashrate = [1.0 / per_day; LANES];
            let mut hashprice = [0.0; LANES];
            let mut logs: Vec<Vec<f64>> = vec![Vec::new(); LANES];
            let mut before = chain.difficulty;
            for step in 1..=14 * 100 {
                chain.mine(step, &hashrate, &[0.0; LANES], &mut hashprice, None);
                for lane in 0..LANES {
                    if chain.difficulty[lane] != before[lane] {
                        logs[lane].push(math::ln(chain.difficulty[lane]));
                        let hashes = bitcoin::hashes_per_block(chain.difficulty[lane]);
                        intervals.push(hashes / (hashrate[lane] * 1e18));
                    }
                }
                before = chain.difficulty;
            }
            for logs in logs {
                let of_lane: Vec<f64> = logs.windows(2).map(|w| w[1] - w[0]).collect();
                products.extend(of_lane.windows(2).map(|w| w[0] * w[1]));
                changes.extend(of_lane);
            }
        }
        let squares: Vec<f64> = changes.iter().map(|d| d * d).collect();
        let (variance, error) = mean_and_error(&squares);
        // Neighbours' squares correlate by a quarter: (1 + 2/4) of the variance of their mean.
        let error = error * 1.5_f64.sqrt();
        assert!((variance - 2.0 / 2_014.5).abs() < 4.0 * error, "{variance} ± {error}");
        let (covariance, error) = mean_and_error(&products);
        let error = error * 1.5_f64.sqrt();
        assert!((covariance + 1.0 / 2_014.5).abs() < 4.0 * error, "{covariance} ± {error}");
        let (mean, error) = mean_and_error(&intervals);
        assert!((mean - 600.0 * 2_016.0 / 2_014.0).abs() < 4.0 * error, "{mean} ± {error}");
        assert!((mean - 600.0 * 2_016.0 / 2_015.0).abs() > 4.0 * error, "{mean} ± {error}");
    }

    #[test]
    fn luck_moves_a_halving_and_only_its_day() {
        // 720 blocks before the halving: 5 days, sd √720 / 144 = 0.19 days.
        let target = CompactTarget::from_difficulty(126.2315e12).unwrap();
        let start = 1_050_000 - 1_680;
        let mut days = Vec::new();
        for tile in 0..256 {
            let chance = Chance::new(4, tile * LANES as u64, Build::fastest());
            let elapsed = 960.0 * f64::from(BLOCK_SECONDS);
            let mut chain = Chain::new(target, start, elapsed, Some((Luck::new(), chance)));
            for lane in 0..LANES {
                assert!(!chain.is_retarget[lane] && chain.subsidy_btc[lane] == 3.125);
                days.push((chain.blocks_to_event[lane] - chain.blocks[lane]) / 144.0);
                chain.blocks[lane] = chain.blocks_to_event[lane];
                chain.look_ahead(lane, 1_680.0);
                assert!(chain.is_retarget[lane] && chain.subsidy_btc[lane] == 1.5625);
            }
        }
        let (mean, error) = mean_and_error(&days);
        assert!((mean - 5.0).abs() < 4.0 * error, "{mean} ± {error}");
        let squares: Vec<f64> = days.iter().map(|d| (d - 5.0).powi(2)).collect();
        let (variance, error) = mean_and_error(&squares);
        assert!((variance - 720.0 / 144.0_f64.powi(2)).abs() < 4.0 * error, "{variance} ± {error}");
    }
}
