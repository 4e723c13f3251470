//! A straight line by ordinary least squares, with errors that stand serial dependence.
//!
//! In: x and y of equal length. Out: intercept and slope with their covariance, residuals. Not
//! here: tests of fit (see [`super::serial`]), more than one regressor.

use super::serial::autocorrelation;

/// y = intercept + slope·x + e by ordinary least squares.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Level at x = 0, in the unit of y.
    pub intercept: f64,
    /// Change of y for one unit of x.
    pub slope: f64,
    /// What the line leaves, in the order of the data.
    pub residuals: Vec<f64>,
    x_mean: f64,
    x_square: f64,
    x: Vec<f64>,
}

impl Line {
    /// Fits the line; `None` below three points, where nothing is left for the error, or if all x
    /// are equal.
    pub fn fit(x: &[f64], y: &[f64]) -> Option<Self> {
        assert_eq!(x.len(), y.len(), "each x has its y");
        if x.len() < 3 {
            return None;
        }
        let n = x.len() as f64;
        let (x_mean, y_mean) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
        let x_square: f64 = x.iter().map(|x| (x - x_mean).powi(2)).sum();
        if x_square == 0.0 {
            return None;
        }
        let product: f64 = x.iter().zip(y).map(|(x, y)| (x - x_mean) * (y - y_mean)).sum();
        let slope = product / x_square;
        let residuals = x.iter().zip(y).map(|(x, y)| y - y_mean - slope * (x - x_mean)).collect();
        let intercept = y_mean - slope * x_mean;
        Some(Self { intercept, slope, residuals, x_mean, x_square, x: x.to_vec() })
    }

    /// Variance of the residuals, unbiased: n − 2 degrees of freedom.
    pub fn residual_variance(&self) -> f64 {
        let square: f64 = self.residuals.iter().map(|e| e * e).sum();
        square / (self.residuals.len() - 2) as f64
    }

    /// Covariance of (intercept, slope) for independent residuals of one variance.
    pub fn covariance(&self) -> [[f64; 2]; 2] {
        let variance = self.residual_variance();
        let n = self.residuals.len() as f64;
        let slope = variance / self.x_square;
        let cross = -self.x_mean * slope;
        [[variance / n + self.x_mean.powi(2) * slope, cross], [cross, slope]]
    }

    /// Standard error of the slope for residuals that hang together over `lags` steps.
    ///
    /// Source: Newey, West, Econometrica 55 (1987), Bartlett weights; scaled by n/(n − 2) so that
    /// it matches the usual error in small samples of independent residuals.
    pub fn slope_std_error_newey_west(&self, lags: usize) -> f64 {
        let n = self.residuals.len();
        let scores: Vec<f64> =
            self.x.iter().zip(&self.residuals).map(|(x, e)| (x - self.x_mean) * e).collect();
        let product = |lag: usize| -> f64 {
            scores.iter().zip(&scores[lag..]).map(|(now, later)| now * later).sum()
        };
        let mut meat = product(0);
        for lag in 1..=lags.min(n - 1) {
            meat += 2.0 * (1.0 - lag as f64 / (lags + 1) as f64) * product(lag);
        }
        (meat * n as f64 / (n - 2) as f64).sqrt() / self.x_square
    }

    /// Autocorrelation of the residuals at lag 1.
    pub fn residual_autocorrelation(&self) -> f64 {
        autocorrelation(&self.residuals, 1)
    }
}

/// The usual number of lags for [`Line::slope_std_error_newey_west`]: 4·(n/100)^(2/9), cut.
///
/// Source: Newey, West, Review of Economic Studies 61 (1994).
pub fn newey_west_lags(n: usize) -> usize {
    // Truncation is the published rule.
    (4.0 * (n as f64 / 100.0).powf(2.0 / 9.0)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Stream;
    use crate::chance::philox::Philox;
    use rand_distr::{Distribution, StandardNormal};

    /// Norris, certified by NIST (Statistical Reference Datasets, linear regression, lower
    /// difficulty): 36 observations of an ozone calibration.
    #[test]
    fn the_norris_data_give_the_certified_line() {
        let y = [
            0.1, 338.8, 118.1, 888.0, 9.2, 228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3, 0.1,
            778.1, 668.8, 339.3, 448.9, 10.8, 557.7, 228.3, 998.0, 888.8, 119.6, 0.3, 0.6, 557.6,
            339.3, 888.0, 998.5, 778.9, 10.2, 117.6, 228.9, 668.4, 449.2, 0.2,
        ];
        let x = [
            0.2, 337.4, 118.2, 884.6, 10.1, 226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4, 0.6,
            775.5, 666.9, 338.0, 447.5, 11.6, 556.0, 228.1, 995.8, 887.6, 120.2, 0.3, 0.3, 556.8,
            339.1, 887.2, 999.0, 779.0, 11.1, 118.3, 229.2, 669.1, 448.9, 0.5,
        ];
        let line = Line::fit(&x, &y).unwrap();
        let [[intercept, _], [_, slope]] = line.covariance();
        assert!((line.intercept - -0.262_323_073_774_029).abs() < 1e-10);
        assert!((line.slope - 1.002_116_818_020_45).abs() < 1e-13);
        assert!((intercept.sqrt() - 0.232_818_234_301_152).abs() < 1e-11);
        assert!((slope.sqrt() - 0.429_796_848_199_937e-3).abs() < 1e-14);
        assert!((line.residual_variance().sqrt() - 0.884_796_396_144_373).abs() < 1e-11);
    }

    /// Over many samples with AR(1) residuals (ρ = 0.6) the slope's true spread is near the Newey–
    /// West error and well above the usual one.
    #[test]
    fn newey_west_sees_persistent_residuals() {
        let mut generator = Philox::new(11, Stream::new("test", "calibrate"));
        let x: Vec<f64> = (0..400).map(f64::from).collect();
        let (mut slopes, mut robust, mut usual) = (0.0, 0.0, 0.0);
        let samples = 400;
        for _ in 0..samples {
            let mut e = 0.0;
            let y: Vec<f64> = x
                .iter()
                .map(|_| {
                    let z: f64 = StandardNormal.sample(&mut generator);
                    e = 0.6 * e + z;
                    e
                })
                .collect();
            let line = Line::fit(&x, &y).unwrap();
            slopes += line.slope.powi(2) / f64::from(samples);
            robust += line.slope_std_error_newey_west(20).powi(2) / f64::from(samples);
            usual += line.covariance()[1][1] / f64::from(samples);
        }
        // The variance of 400 slopes is known to √(2/400) = 7 %; the truncated kernel misses about
        // 2·Σ k·ρ^k/21 ÷ 4 = 9 % of the variance, and the trend fitted away a few per cent more.
        assert!((0.6..1.2).contains(&(robust / slopes)), "{robust} for {slopes}");
        assert!(usual / slopes < 0.4, "independent errors see 1/4: {usual} for {slopes}");
    }

    #[test]
    fn too_little_data_is_no_line() {
        assert_eq!(Line::fit(&[0.0, 1.0], &[0.0, 1.0]), None);
        assert_eq!(Line::fit(&[1.0; 4], &[0.0, 1.0, 2.0, 3.0]), None);
        assert_eq!(newey_west_lags(30), 3);
    }
}
