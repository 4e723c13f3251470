//! A walking level seen through its means over periods and noise of known size: exact likelihood.
//!
//! In: the lengths of periods that join, a value for each, regressors. Out: the log-likelihood by a
//! scalar Kalman filter, and the coefficients that are best for a given noise of the level. Not
//! here: what the level is, and the search for the best noise.
//!
//! y_k = Σ_j b_j x_jk + m_k + u_k, m_k the mean of s·W over period k, W Brownian, u_k ~ N(0, r).
//! Over a period of length h that begins at W: its mean is W + ε and its end W + η with variances
//! s²h/3 and s²h and covariance s²h/2. So neighbouring means of equal periods move together: their
//! changes have variance (2/3) s²h and covariance (1/6) s²h, less r. The level at the beginning is
//! unknown (diffuse), so the likelihood is that of the differences of y.
//! Sources: A. C. Harvey, "Forecasting, structural time series models and the Kalman filter" (1989),
//! ch. 3; H. Working, Econometrica 28 (1960) 916, for the means.

use super::inverse::inverse;

/// The law of a level: its noise per unit of time, and the variance of the measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalLevel {
    /// Noise s of the level, per square root of the unit of time; its sign does not matter.
    pub noise_sd: f64,
    /// Variance r of what is added to a mean when it is measured; above 0.
    pub measurement_variance: f64,
}

/// What was observed; all of one length.
#[derive(Debug, Clone, Copy)]
pub struct Periods<'a> {
    /// Lengths of the periods, each of which begins where the one before ends; above 0.
    pub lengths: &'a [f64],
    /// The value of each period.
    pub values: &'a [f64],
    /// Regressors, each with its mean over each period.
    pub regressors: &'a [Vec<f64>],
}

/// The coefficients of highest likelihood for a noise.
#[derive(Debug, Clone, PartialEq)]
pub struct BestCoefficients {
    /// One for each regressor.
    pub coefficients: Vec<f64>,
    /// Minus the second derivatives of the log-likelihood in them.
    pub information: Vec<Vec<f64>>,
}

impl LocalLevel {
    /// Exact log-likelihood, given the first value.
    pub fn log_likelihood(&self, periods: Periods<'_>, coefficients: &[f64]) -> f64 {
        let mut sum = 0.0;
        self.filter(periods, |news| {
            let error = news.error(coefficients);
            sum -= 0.5
                * ((std::f64::consts::TAU * news.variance).ln() + error * error / news.variance);
        });
        sum
    }

    /// First derivatives of the log-likelihood in the coefficients.
    pub fn gradient(&self, periods: Periods<'_>, coefficients: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; periods.regressors.len()];
        self.filter(periods, |news| {
            let error = news.error(coefficients);
            for (sum, x) in sums.iter_mut().zip(news.regressors) {
                *sum += x * error / news.variance;
            }
        });
        sums
    }

    /// The best coefficients for this noise: generalised least squares, in closed form; `None`
    /// where the regressors do not tell them apart.
    pub fn best_coefficients(&self, periods: Periods<'_>) -> Option<BestCoefficients> {
        let n = periods.regressors.len();
        let (mut products, mut information) = (vec![0.0; n], vec![vec![0.0; n]; n]);
        self.filter(periods, |news| {
            for i in 0..n {
                products[i] += news.regressors[i] * news.value / news.variance;
                for j in 0..n {
                    information[i][j] += news.regressors[i] * news.regressors[j] / news.variance;
                }
            }
        });
        let covariance = inverse(&information)?;
        let coefficient = |row: &Vec<f64>| row.iter().zip(&products).map(|(c, p)| c * p).sum();
        let coefficients = covariance.iter().map(coefficient).collect();
        Some(BestCoefficients { coefficients, information })
    }

    /// One-step forecast errors over their standard deviations: independent N(0, 1) if the law holds.
    pub fn standardised_innovations(&self, periods: Periods<'_>, coefficients: &[f64]) -> Vec<f64> {
        let mut scores = Vec::with_capacity(periods.values.len());
        self.filter(periods, |news| scores.push(news.error(coefficients) / news.variance.sqrt()));
        scores
    }

    /// Runs the filter over the values and over each regressor: as it is linear, the news at
    /// coefficients b are those in the value less b times those in the regressors.
    fn filter(&self, periods: Periods<'_>, mut visit: impl FnMut(&News<'_>)) {
        let Periods { lengths, values, regressors } = periods;
        assert_eq!(lengths.len(), values.len(), "each value has its period");
        assert!(regressors.iter().all(|x| x.len() == values.len()), "each has its regressors");
        if values.is_empty() {
            return;
        }
        let noise = self.noise_sd.powi(2);
        let mut level = values[0];
        let mut levels: Vec<f64> = regressors.iter().map(|x| x[0]).collect();
        let mut news_in = vec![0.0; regressors.len()];
        // Of the end of the first period, given its measured mean.
        let mut variance = self.measurement_variance + noise * lengths[0] / 3.0;
        for k in 1..values.len() {
            let walk = noise * lengths[k];
            let with_mean = variance + walk / 2.0;
            let measured = variance + walk / 3.0 + self.measurement_variance;
            let value = values[k] - level;
            for ((news, x), level) in news_in.iter_mut().zip(regressors).zip(&levels) {
                *news = x[k] - level;
            }
            let gain = with_mean / measured;
            level += gain * value;
            for (level, news) in levels.iter_mut().zip(&news_in) {
                *level += gain * news;
            }
            variance += walk - gain * with_mean;
            visit(&News { value, regressors: &news_in, variance: measured });
        }
    }
}

/// One period's news: in the value, in the regressors, and the variance that it should have.
struct News<'a> {
    value: f64,
    regressors: &'a [f64],
    variance: f64,
}

impl News<'_> {
    fn error(&self, coefficients: &[f64]) -> f64 {
        let explained = self.regressors.iter().zip(coefficients).map(|(x, b)| x * b);
        self.value - explained.sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTHS: [f64; 7] = [0.038, 0.04, 0.035, 0.045, 0.03, 0.04, 0.05];
    const VALUES: [f64; 7] = [1.0, 1.02, 0.97, 1.05, 1.11, 1.06, 1.2];

    /// The middles of the periods, and something that wobbles.
    fn regressors() -> Vec<Vec<f64>> {
        let mut end = 0.0;
        let middle = |h: &f64| {
            end += h;
            end - h / 2.0
        };
        vec![LENGTHS.iter().map(middle).collect(), vec![0.3, 0.1, 0.2, 0.5, 0.4, 0.2, 0.6]]
    }

    fn periods(regressors: &[Vec<f64>]) -> Periods<'_> {
        Periods { lengths: &LENGTHS, values: &VALUES, regressors }
    }

    /// Log-density of the differences as one multivariate normal with its dense covariance, by
    /// Cholesky: the definition, without a filter. With W = 0 at the start, the covariance of the
    /// means of two periods is s² (start + h/2) of the earlier one, the variance s² (start + h/3).
    fn brute_force(law: &LocalLevel, coefficients: &[f64]) -> f64 {
        let x = regressors();
        let start = |k: usize| LENGTHS[..k].iter().sum::<f64>();
        let mean = |i: usize, j: usize| {
            let (first, same) = (i.min(j), i == j);
            let part = LENGTHS[first] / if same { 3.0 } else { 2.0 };
            let luck = if same { law.measurement_variance } else { 0.0 };
            law.noise_sd.powi(2) * (start(first) + part) + luck
        };
        let rest =
            |k: usize| VALUES[k] - x.iter().zip(coefficients).map(|(x, b)| x[k] * b).sum::<f64>();
        let n = VALUES.len() - 1;
        let (mut lower, mut z, mut sum) = (vec![vec![0.0; n]; n], vec![0.0; n], 0.0);
        for i in 0..n {
            for j in 0..=i {
                let covariance = mean(i + 1, j + 1) - mean(i + 1, j) - mean(i, j + 1) + mean(i, j);
                let known: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
                let left: f64 = covariance - known;
                lower[i][j] = if i == j { left.sqrt() } else { left / lower[j][j] };
            }
            let known: f64 = (0..i).map(|k| lower[i][k] * z[k]).sum();
            z[i] = (rest(i + 1) - rest(i) - known) / lower[i][i];
            sum -= 0.5 * std::f64::consts::TAU.ln() + lower[i][i].ln() + 0.5 * z[i] * z[i];
        }
        sum
    }

    #[test]
    fn the_filter_gives_the_multivariate_normal_density() {
        let x = regressors();
        for (coefficients, noise_sd) in
            [([0.4, 0.1], 0.2), ([0.0, 0.0], 0.05), ([-3.0, 0.5], 1.5), ([0.7, 0.2], 0.0)]
        {
            let law = LocalLevel { noise_sd, measurement_variance: 1.0 / 2015.0 };
            let fast = law.log_likelihood(periods(&x), &coefficients);
            let slow = brute_force(&law, &coefficients);
            assert!((fast - slow).abs() < 1e-9, "{law:?}: {fast} {slow}");
        }
    }

    /// Equal periods: changes of the means have variance (2/3) s²h and covariance (1/6) s²h.
    #[test]
    fn the_news_of_a_second_period_have_the_variance_of_a_change_of_means() {
        let law = LocalLevel { noise_sd: 0.3, measurement_variance: 1e-3 };
        let mut variances = Vec::new();
        let periods = Periods { lengths: &[0.04; 2], values: &[1.0, 1.1], regressors: &[] };
        law.filter(periods, |news| variances.push(news.variance));
        assert!((variances[0] - (2.0 / 3.0 * 0.09 * 0.04 + 2e-3)).abs() < 1e-15);
    }

    /// Without noise the level is constant: the best drift is the least-squares slope.
    #[test]
    fn without_noise_the_drift_is_the_slope_of_the_line() {
        let law = LocalLevel { noise_sd: 0.0, measurement_variance: 1.0 / 2015.0 };
        let x = vec![regressors().remove(0)];
        let slope = crate::calibrate::regression::Line::fit(&x[0], &VALUES).unwrap().slope;
        let best = law.best_coefficients(periods(&x)).unwrap();
        assert!((best.coefficients[0] - slope).abs() < 1e-11);
    }

    #[test]
    fn the_gradient_vanishes_at_the_best_coefficients_and_falls_as_the_information_says() {
        let law = LocalLevel { noise_sd: 0.2, measurement_variance: 1.0 / 2015.0 };
        let x = regressors();
        let best = law.best_coefficients(periods(&x)).unwrap();
        assert!(law.gradient(periods(&x), &best.coefficients).iter().all(|g| g.abs() < 1e-8));
        let aside = [best.coefficients[0], best.coefficients[1] + 0.1];
        let gradient = law.gradient(periods(&x), &aside);
        for (found, row) in gradient.iter().zip(&best.information) {
            assert!((found + 0.1 * row[1]).abs() < 1e-8, "{found} {row:?}");
        }
        let top = law.log_likelihood(periods(&x), &best.coefficients);
        assert!(law.log_likelihood(periods(&x), &aside) < top);
    }

    #[test]
    fn regressors_that_are_one_are_not_told_apart() {
        let law = LocalLevel { noise_sd: 0.2, measurement_variance: 1.0 / 2015.0 };
        let one = regressors().remove(0);
        assert!(law.best_coefficients(periods(&[one.clone(), one])).is_none());
    }
}
