//! What a pool pays, over full pay per share: the expected subsidy and fees of the work.
//!
//! Full pay per share (FPPS) is 1, and is not a law. Pay per share (PPS) leaves the fees out:
//! subsidy / (subsidy + fees). Pay per last shares (PPLNS), or a pool of one's own, pays what the
//! pool finds: N / λ, where N ~ Poisson(λ) are the pool's blocks of the day and λ their expected
//! number, its share of the network's. Mean 1; over n expected blocks the relative sd is 1/√n.
//! N is drawn by inversion of a uniform, exact to rounding; from λ = 64 on by Cornish and Fisher's
//! λ + √λ z + (z² − 1)/6, whose mean is exact and whose variance is 1/18 too high: 0.09 % at most.
//! The pool's luck is independent of the network's (they would correlate by √share), and the days by
//! which the last shares smear a block's pay are left out: neither moves a year's sum by much.
//! In: the day's expected blocks, subsidy and fees. Out: a row of factors. Not here: the pool's fee.
//! Source: M. Rosenfeld, "Analysis of Bitcoin pooled mining reward systems" (2011), arXiv 1112.4980.

use crate::chance::{Chance, Stream};
use crate::input::study::{Mining, PoolScheme};
use crate::tile::kernel::kernel;
use crate::tile::{LANES, Row, math};

/// The pay of a pool that does not pay in full per share.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PoolPay {
    /// Share of the network's blocks that the pool expects, where it pays what it finds; `None`
    /// where it pays the subsidy per share.
    finds: Option<f64>,
    luck: Stream,
}

impl PoolPay {
    /// The pay of the miner's pool; `None` where it pays in full.
    pub(super) fn new(mining: &Mining) -> Option<Self> {
        let finds = match mining.pool_scheme {
            PoolScheme::Fpps => return None,
            PoolScheme::Pps => None,
            PoolScheme::Pplns => Some(mining.pool_share_of_network),
        };
        Some(Self { finds, luck: Stream::new("luck", "pool") })
    }

    /// The stream that it draws from.
    pub(super) fn stream(&self) -> Stream {
        self.luck
    }

    /// The pay of a day over full pay, given (hashrate in EH/s, expected BTC per PH/s and day) and
    /// the fees of a block, BTC; in `pay` stands the subsidy of a block, BTC.
    pub(super) fn pay(
        &self,
        chance: &Chance,
        step: usize,
        mined: (&Row, &Row),
        fee_btc: &Row,
        pay: &mut Row,
    ) {
        let ((hashrate_ehs, hashprice_btc), subsidy_btc) = (mined, *pay);
        let Some(share) = self.finds else {
            for i in 0..LANES {
                pay[i] = subsidy_btc[i] / (subsidy_btc[i] + fee_btc[i]);
            }
            return;
        };
        let mut expected = [0.0; LANES];
        let reward_btc = (&subsidy_btc, fee_btc);
        expect(chance.build(), share, (hashrate_ehs, hashprice_btc), reward_btc, &mut expected);
        self.luck(chance, step as u32, &expected, pay);
    }

    /// Blocks found over blocks expected.
    fn luck(&self, chance: &Chance, draw: u32, expected: &Row, luck: &mut Row) {
        poisson(chance.build(), expected, &chance.uniforms(self.luck, draw), luck);
        for i in 0..LANES {
            let mean = expected[i];
            if mean >= INVERTED_BELOW {
                let z = chance.normal(self.luck, i, draw);
                luck[i] = (z * mean.sqrt() + mean + (z * z - 1.0) / 6.0) / mean;
            }
        }
    }
}

kernel! {
    /// Blocks that a pool expects, its share of what the network earns over the reward of a block.
    fn expect(share: f64, mined: (&Row, &Row), reward: (&Row, &Row), blocks: &mut Row) {
        let ((hashrate_ehs, hashprice_btc), (subsidy_btc, fee_btc)) = (mined, reward);
        for i in 0..LANES {
            let network_btc = 1e3 * hashrate_ehs[i] * hashprice_btc[i];
            blocks[i] = share * network_btc / (subsidy_btc[i] + fee_btc[i]);
        }
    }
}

/// Expected blocks of a day from which on the count is drawn by its expansion.
const INVERTED_BELOW: f64 = 64.0;
/// More than a count of mean 64 ever is: 40 standard deviations above.
const COUNT_MAX: u32 = 384;

kernel! {
    /// The quantiles of Poisson laws of means below 64 over their means, by adding up
    /// probabilities; 1 where the mean is 0, as who expects nothing has no luck.
    fn poisson(mean: &Row, u: &Row, luck: &mut Row) {
        let mut inverted = [0.0; LANES];
        let mut probability = [0.0; LANES];
        for i in 0..LANES {
            inverted[i] = if mean[i] < INVERTED_BELOW { mean[i] } else { 0.0 };
            probability[i] = math::exp(-inverted[i]);
        }
        let mut below = probability;
        let mut count = [0.0; LANES];
        for k in 1..=COUNT_MAX {
            let inverse = 1.0 / f64::from(k);
            let mut lanes_left = 0_u64;
            for i in 0..LANES {
                let is_more = below[i] < u[i];
                probability[i] *= inverted[i] * inverse;
                below[i] += probability[i];
                count[i] += if is_more { 1.0 } else { 0.0 };
                lanes_left |= u64::from(is_more);
            }
            if lanes_left == 0 {
                break;
            }
        }
        for i in 0..LANES {
            luck[i] = if inverted[i] > 0.0 { count[i] / inverted[i] } else { 1.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing;
    use crate::tile::Build;
    use statrs::distribution::{DiscreteCDF, Poisson};

    #[test]
    fn counts_are_the_quantiles_of_the_poisson_law() {
        let quantile = |mean: f64, u: f64| {
            let counts = |build| {
                let mut luck = [0.0; LANES];
                poisson(build, &[mean; LANES], &[u; LANES], &mut luck);
                luck.map(|luck| (luck * mean).round())
            };
            let portable = counts(Build::PORTABLE);
            assert!(Build::available().into_iter().all(|build| counts(build) == portable));
            portable[7]
        };
        for mean in [0.01, 1.0, 6.9, 40.0, 63.9] {
            let law = Poisson::new(mean).unwrap();
            for k in 1..1_000 {
                let u = f64::from(k) / 1_000.0;
                assert_eq!(quantile(mean, u), law.inverse_cdf(u) as f64, "{mean} at {u}");
            }
        }
        let last = quantile(63.9, 1.0 - f64::EPSILON);
        assert!((120.0..160.0).contains(&last), "the search ends: {last}");
    }

    /// Luck of `days` days at `expected` blocks a day: the mean of each lane.
    fn mean_luck(expected: f64, days: usize, tiles: u64) -> Vec<f64> {
        let mut mining = testing::mining();
        mining.pool_scheme = PoolScheme::Pplns;
        let pool = PoolPay::new(&mining).unwrap();
        let mut means = Vec::new();
        for tile in 0..tiles {
            let chance = Chance::new(6, tile * LANES as u64, Build::fastest());
            let (mut sums, mut luck) = ([0.0; LANES], [0.0; LANES]);
            for draw in 0..days {
                pool.luck(&chance, draw as u32, &[expected; LANES], &mut luck);
                sums.iter_mut().zip(luck).for_each(|(sum, luck)| *sum += luck);
            }
            means.extend(sums.map(|sum| sum / days as f64));
        }
        means
    }

    #[test]
    fn a_quarter_of_633_blocks_is_lucky_by_4_per_cent_and_a_year_by_2() {
        // MARA's third quarter of 2025: 633 blocks in 92 days. Of a sum of N/λ over n expected
        // blocks the relative variance is 1/n.
        let a_day = 633.0 / 92.0;
        for (days, sd) in [(92, 0.0397), (365, 0.01995)] {
            let means = mean_luck(a_day, days, 256);
            let (mean, error) = testing::mean_and_error(&means);
            assert!((mean - 1.0).abs() < 4.0 * error, "{mean} ± {error}");
            let squares: Vec<f64> = means.iter().map(|m| (m - 1.0).powi(2)).collect();
            let (variance, error) = testing::mean_and_error(&squares);
            let exact = 1.0 / (a_day * days as f64);
            assert!((variance - exact).abs() < 4.0 * error, "{variance} against {exact} ± {error}");
            assert!((exact.sqrt() - sd).abs() < 5e-5, "{}", exact.sqrt());
        }
    }

    #[test]
    fn a_large_pool_has_the_mean_and_variance_of_its_blocks() {
        let means = mean_luck(80.0, 1, 1 << 14);
        let (mean, error) = testing::mean_and_error(&means);
        assert!((mean - 1.0).abs() < 4.0 * error, "{mean} ± {error}");
        let squares: Vec<f64> = means.iter().map(|m| (m - 1.0).powi(2)).collect();
        let (variance, error) = testing::mean_and_error(&squares);
        assert!((variance * 80.0 - 1.0).abs() < 4.0 * error * 80.0, "{variance} ± {error}");
    }

    #[test]
    fn pay_per_share_leaves_the_fees_out() {
        let mut mining = testing::mining();
        assert!(PoolPay::new(&mining).is_none(), "full pay costs nothing");
        mining.pool_scheme = PoolScheme::Pps;
        let pool = PoolPay::new(&mining).unwrap();
        let chance = Chance::new(6, 0, Build::fastest());
        let (row, mut pay) = ([1.0; LANES], [3.0; LANES]);
        pool.pay(&chance, 1, (&row, &row), &row, &mut pay);
        assert_eq!(pay, [0.75; LANES]);
    }
}
