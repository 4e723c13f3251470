//! A drifting level seen through noise of known size: its exact likelihood.
//!
//! In: times and observed values. Out: the log-likelihood by a scalar Kalman filter, with the drift
//! that is best for a given noise. Not here: what the level is, and the search for the best noise.
//!
//! ℓ_k = ℓ_{k−1} + g·Δt_k + η_k, η_k ~ N(0, s²·Δt_k);  y_k = ℓ_k + u_k, u_k ~ N(0, r).
//! The first level is unknown (diffuse), so the likelihood is that of the differences of y, which
//! are MA(1) with variance s²·Δt + 2r and covariance −r.
//! Source: Harvey, "Forecasting, structural time series models and the Kalman filter" (1989), ch. 3.

/// The law of a level: drift and noise per unit of time, and the variance of the measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalLevel {
    /// Drift g of the level, per unit of time.
    pub drift: f64,
    /// Noise s of the level, per square root of the unit of time; its sign does not matter.
    pub noise_sd: f64,
    /// Variance r of what is added to the level when it is measured; above 0.
    pub measurement_variance: f64,
}

impl LocalLevel {
    /// Exact log-likelihood of values observed at ascending times, given the first value.
    ///
    /// # Panics
    /// If the two slices differ in length.
    pub fn log_likelihood(&self, times: &[f64], values: &[f64]) -> f64 {
        let mut sum = 0.0;
        self.filter(times, values, |innovation| {
            let error = innovation.value - self.drift * innovation.time;
            sum -= 0.5
                * ((std::f64::consts::TAU * innovation.variance).ln()
                    + error * error / innovation.variance);
        });
        sum
    }

    /// The drift of highest likelihood for this noise: generalised least squares, in closed form.
    pub fn with_best_drift(self, times: &[f64], values: &[f64]) -> Self {
        let (mut product, mut square) = (0.0, 0.0);
        self.filter(times, values, |innovation| {
            product += innovation.time * innovation.value / innovation.variance;
            square += innovation.time * innovation.time / innovation.variance;
        });
        Self { drift: product / square, ..self }
    }

    /// One-step forecast errors over their standard deviations: independent N(0, 1) if the law holds.
    pub fn standardised_innovations(&self, times: &[f64], values: &[f64]) -> Vec<f64> {
        let mut scores = Vec::with_capacity(times.len());
        self.filter(times, values, |innovation| {
            let error = innovation.value - self.drift * innovation.time;
            scores.push(error / innovation.variance.sqrt());
        });
        scores
    }

    /// Runs the filter without drift over the values and over time itself: as the filter is linear,
    /// the innovation at drift g is the first less g times the second.
    fn filter(&self, times: &[f64], values: &[f64], mut visit: impl FnMut(Innovation)) {
        assert_eq!(times.len(), values.len(), "each value has its time");
        let (Some(&first_time), Some(&first_value)) = (times.first(), values.first()) else {
            return;
        };
        let (mut level, mut time_level) = (first_value, first_time);
        let mut variance = self.measurement_variance;
        for k in 1..times.len() {
            let predicted = variance + self.noise_sd.powi(2) * (times[k] - times[k - 1]);
            let innovation = Innovation {
                value: values[k] - level,
                time: times[k] - time_level,
                variance: predicted + self.measurement_variance,
            };
            let gain = predicted / innovation.variance;
            level += gain * innovation.value;
            time_level += gain * innovation.time;
            variance = gain * self.measurement_variance;
            visit(innovation);
        }
    }
}

/// One step's news: in the value, in time, and the variance that it should have.
struct Innovation {
    value: f64,
    time: f64,
    variance: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: [f64; 7] = [0.0, 0.04, 0.075, 0.12, 0.15, 0.19, 0.24];
    const VALUES: [f64; 7] = [1.0, 1.02, 0.97, 1.05, 1.11, 1.06, 1.2];

    /// Log-density of the differences as one multivariate normal with its dense covariance, by
    /// Cholesky: the definition, without a filter.
    fn brute_force(law: &LocalLevel, times: &[f64], values: &[f64]) -> f64 {
        let n = times.len() - 1;
        let r = law.measurement_variance;
        let mut lower = vec![vec![0.0; n]; n];
        let mut z = vec![0.0; n];
        let mut sum = 0.0;
        for i in 0..n {
            let dt = times[i + 1] - times[i];
            let covariance = |j: usize| match i - j {
                0 => law.noise_sd.powi(2) * dt + 2.0 * r,
                1 => -r,
                _ => 0.0,
            };
            for j in 0..=i {
                let known: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
                let rest: f64 = covariance(j) - known;
                lower[i][j] = if i == j { rest.sqrt() } else { rest / lower[j][j] };
            }
            let known: f64 = (0..i).map(|k| lower[i][k] * z[k]).sum();
            z[i] = (values[i + 1] - values[i] - law.drift * dt - known) / lower[i][i];
            sum -= 0.5 * std::f64::consts::TAU.ln() + lower[i][i].ln() + 0.5 * z[i] * z[i];
        }
        sum
    }

    #[test]
    fn the_filter_gives_the_multivariate_normal_density() {
        for (drift, noise_sd) in [(0.4, 0.2), (0.0, 0.05), (-3.0, 1.5), (0.7, 0.0)] {
            let law = LocalLevel { drift, noise_sd, measurement_variance: 1.0 / 2015.0 };
            let (fast, slow) =
                (law.log_likelihood(&TIMES, &VALUES), brute_force(&law, &TIMES, &VALUES));
            assert!((fast - slow).abs() < 1e-9, "{law:?}: {fast} {slow}");
        }
    }

    /// Without noise the level is a straight line: the best drift is the least-squares slope.
    #[test]
    fn without_noise_the_drift_is_the_slope_of_the_line() {
        let law = LocalLevel { drift: 0.0, noise_sd: 0.0, measurement_variance: 1.0 / 2015.0 };
        let slope = crate::calibrate::regression::Line::fit(&TIMES, &VALUES).unwrap().slope;
        assert!((law.with_best_drift(&TIMES, &VALUES).drift - slope).abs() < 1e-12);
    }

    /// With noise far above the measurement error only the two ends tell the drift.
    #[test]
    fn with_much_noise_the_drift_is_end_less_start() {
        let law = LocalLevel { drift: 0.0, noise_sd: 1e4, measurement_variance: 1.0 / 2015.0 };
        let expected = (VALUES[6] - VALUES[0]) / TIMES[6];
        assert!((law.with_best_drift(&TIMES, &VALUES).drift - expected).abs() < 1e-6);
    }

    #[test]
    fn no_other_drift_is_likelier() {
        let law = LocalLevel { drift: 0.0, noise_sd: 0.2, measurement_variance: 1.0 / 2015.0 }
            .with_best_drift(&TIMES, &VALUES);
        let best = law.log_likelihood(&TIMES, &VALUES);
        for step in [-0.01, 0.01] {
            let other = LocalLevel { drift: law.drift + step, ..law };
            assert!(other.log_likelihood(&TIMES, &VALUES) < best);
        }
    }
}
