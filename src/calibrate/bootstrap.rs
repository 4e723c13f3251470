//! Standard errors by resampling blocks, where returns may hang together over time.
//!
//! In: a sample's length, a statistic of a list of indices, a generator. Out: the standard
//! deviation of the statistic over the resamples. Not here: the statistic, and any choice of model.
//! A plain bootstrap was rejected: it scatters the months and so loses the clustering of volatility.

use rand::Rng;
use rand_distr::{Distribution, Geometric, Uniform};

/// Resamples that a fit takes: the error's own relative error is then 1/√(2·2000) = 1.6 %.
pub const RESAMPLES: usize = 2_000;

/// The stationary bootstrap: blocks of geometric length from uniform starts, on a circle.
///
/// Source: Politis, Romano, "The stationary bootstrap", JASA 89 (1994) 1303–1313.
#[derive(Debug, Clone, Copy)]
pub struct StationaryBootstrap {
    length: usize,
    starts: Uniform<usize>,
    blocks: Geometric,
}

impl StationaryBootstrap {
    /// Resamples of `length` indices in blocks of the stated mean length.
    ///
    /// # Panics
    /// If `length` is 0 or the mean is below 1: the caller has checked the sample.
    pub fn new(length: usize, block_length_mean: f64) -> Self {
        assert!(length > 0, "an empty sample cannot be resampled");
        assert!(block_length_mean >= 1.0, "a block has at least one element");
        Self {
            length,
            starts: Uniform::new(0, length).expect("the range holds at least index 0"),
            blocks: Geometric::new(1.0 / block_length_mean).expect("1/mean lies in (0, 1]"),
        }
    }

    /// The usual mean block length, n^(1/3), at which bias² and variance fall at the same rate.
    pub fn with_usual_blocks(length: usize) -> Self {
        Self::new(length, (length as f64).cbrt().max(1.0))
    }

    /// Fills `indices` with one resample.
    pub fn draw<R: Rng>(&self, generator: &mut R, indices: &mut Vec<usize>) {
        indices.clear();
        while indices.len() < self.length {
            let start = self.starts.sample(generator);
            // `Geometric` counts the failures before a success; a block has one element more.
            let wanted = self.blocks.sample(generator).saturating_add(1);
            let room = self.length - indices.len();
            let taken = usize::try_from(wanted).map_or(room, |wanted| wanted.min(room));
            indices.extend((0..taken).map(|step| (start + step) % self.length));
        }
    }

    /// Standard deviations of `K` statistics over `resamples` resamples.
    pub fn standard_errors<const K: usize, R: Rng>(
        &self,
        resamples: usize,
        generator: &mut R,
        mut statistics: impl FnMut(&[usize]) -> [f64; K],
    ) -> [f64; K] {
        assert!(resamples > 1, "a standard deviation needs two resamples");
        let mut indices = Vec::with_capacity(self.length);
        let (mut means, mut squares) = ([0.0; K], [0.0; K]);
        for resample in 1..=resamples {
            self.draw(generator, &mut indices);
            for (k, value) in statistics(&indices).into_iter().enumerate() {
                let before = value - means[k];
                means[k] += before / resample as f64;
                squares[k] += before * (value - means[k]);
            }
        }
        squares.map(|square| (square / (resamples - 1) as f64).sqrt())
    }
}

/// Mean block length for the stationary bootstrap of the mean of a series, by its own dependence.
///
/// Source: Politis, White, "Automatic block-length selection for the dependent bootstrap", Econometric
/// Reviews 23 (2004) 53–70, with the correction of Patton, Politis, White, Econometric Reviews 28
/// (2009) 372–375: (2G²/D)^(1/3)·n^(1/3), G and D from autocovariances under a flat-top window that
/// ends at twice the lag from which on max(5, log₁₀ n) of them in a row are small. At least 1, at most
/// min(3√n, n/3) rounded up; 1 for a constant series.
///
/// # Panics
/// Below 20 observations, where there is no run of lags to look at.
pub fn optimal_block_length(series: &[f64]) -> f64 {
    assert!(series.len() >= 20, "{} observations show no dependence", series.len());
    let n = series.len() as f64;
    let in_a_row = (n.log10() as usize).max(5);
    let lags_max = n.sqrt().ceil() as usize + in_a_row;
    let small = 2.0 * (n.log10() / n).sqrt();
    let mean = series.iter().sum::<f64>() / n;
    let covariance = |lag: usize| -> f64 {
        let products = series.iter().zip(&series[lag..]).map(|(a, b)| (a - mean) * (b - mean));
        products.sum::<f64>() / n
    };
    let variance = covariance(0);
    if variance == 0.0 {
        return 1.0;
    }
    let is_small = |lag: usize| (covariance(lag) / variance).abs() < small;
    let quiet = (1..=lags_max - in_a_row)
        .find(|lag| (*lag..lag + in_a_row).all(is_small))
        .map_or(lags_max, |lag| (2 * lag).min(lags_max));
    let (mut moment, mut long_run) = (0.0, variance);
    for lag in 1..=quiet {
        let place = lag as f64 / quiet as f64;
        let weight = if place <= 0.5 { 1.0 } else { 2.0 * (1.0 - place) };
        moment += 2.0 * weight * lag as f64 * covariance(lag);
        long_run += 2.0 * weight * covariance(lag);
    }
    let length = (moment / long_run).powi(2).cbrt() * n.cbrt();
    length.clamp(1.0, (3.0 * n.sqrt()).min(n / 3.0).ceil())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Stream;
    use crate::chance::philox::Philox;
    use rand_distr::StandardNormal;

    #[test]
    fn blocks_run_on_for_the_stated_mean_length() {
        let bootstrap = StationaryBootstrap::new(10_000, 5.0);
        let (mut indices, mut generator) =
            (Vec::new(), Philox::new(1, Stream::new("test", "calibrate")));
        let (mut breaks, mut total) = (0_usize, 0_usize);
        for _ in 0..20 {
            bootstrap.draw(&mut generator, &mut indices);
            assert_eq!(indices.len(), 10_000);
            breaks += indices.windows(2).filter(|w| w[1] != (w[0] + 1) % 10_000).count();
            total += indices.len() - 1;
        }
        // A new block begins with probability 1/5 and joins by chance with 1/10,000.
        let expected = total as f64 * 0.2 * (1.0 - 1e-4);
        let std_error = (total as f64 * 0.2 * 0.8).sqrt();
        assert!((breaks as f64 - expected).abs() < 4.0 * std_error, "{breaks} of {total}");
    }

    /// The mean of an AR(1) sample has long-run variance ((1+ρ)/(1−ρ))·σ²: three times that of
    /// independent draws at ρ = 0.5. Blocks see it; single draws do not.
    #[test]
    fn blocks_see_serial_dependence_and_single_draws_do_not() {
        let mut generator = Philox::new(7, Stream::new("test", "calibrate"));
        let (mut x, mut sample) = (0.0, Vec::new());
        for _ in 0..8_000 {
            let z: f64 = StandardNormal.sample(&mut generator);
            x = 0.5 * x + 0.75_f64.sqrt() * z;
            sample.push(x);
        }
        let n = sample.len() as f64;
        let mean = |indices: &[usize]| [indices.iter().map(|&i| sample[i]).sum::<f64>() / n];
        let blocks = StationaryBootstrap::new(sample.len(), 60.0);
        let [by_blocks] = blocks.standard_errors(400, &mut generator, mean);
        let single = StationaryBootstrap::new(sample.len(), 1.0);
        let [by_singles] = single.standard_errors(400, &mut generator, mean);
        let ratio = (by_blocks / by_singles).powi(2);
        // Bias of the block estimate about −2ρ/((1−ρ²)·60)/3 of itself (2 %); sampling error of
        // a variance: √(2·60·2/8000) = 17 % for the blocks and √(2/400) = 7 % for each count.
        assert!((2.0..4.2).contains(&ratio), "{ratio}");
    }

    /// y_t = 0.7 y_(t−1) + x_t − ½ with x of the logistic map 3.99·x(1 − x) from 0.3: 500 numbers.
    /// Reference value: arch 8.0.0, `optimal_block_length`, stationary, 8.834343.
    #[test]
    fn the_block_length_is_that_of_other_software() {
        let (mut x, mut y, mut series) = (0.3, 0.0, Vec::new());
        for _ in 0..500 {
            y = 0.7 * y + x - 0.5;
            x = 3.99 * x * (1.0 - x);
            series.push(y);
        }
        // Chaotic as the map is, plain arithmetic in this order gives the same numbers anywhere.
        let last: f64 = series[499];
        assert!((last - -0.608_388_579_116_886_6).abs() < 1e-12, "{last}");
        let length = optimal_block_length(&series);
        assert!((length - 8.834_343).abs() < 1e-3, "{length}");
        assert_eq!(optimal_block_length(&[1.0; 30]), 1.0);
    }
}
