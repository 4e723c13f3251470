//! A density of a column, for pictures: where its worlds lie thick.
//!
//! In: values of equal weight, places. Out: a density by a Gaussian kernel at the places. No number of a
//! result rests on it, so it has no error.

use crate::tile::math;
use std::f64::consts::TAU;

/// Standard deviations beyond which a kernel is nothing to the eye.
const REACH: f64 = 5.0;

/// The density at each place, per unit of the values; the places ascend.
///
/// The bandwidth is Silverman's rule of thumb (B. Silverman, "Density Estimation", 1986, eq. 3.31), at
/// least half the distance of two places, so that equal values show as a spike.
pub fn density(values: &[f64], places: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len();
    if count == 0 || places.len() < 2 {
        return vec![0.0; places.len()];
    }
    let mean = sorted.iter().sum::<f64>() / count as f64;
    let variance = sorted.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
    let sd = (variance / count as f64).sqrt();
    let at = |part: f64| sorted[(part * (count - 1) as f64) as usize];
    let between = (at(0.75) - at(0.25)) / 1.34;
    let spread = if between > 0.0 { sd.min(between) } else { sd };
    let fifth_root = math::exp(math::ln(count as f64) / 5.0);
    let bandwidth = (0.9 * spread / fifth_root).max(0.5 * (places[1] - places[0]).abs());
    let norm = 1.0 / (TAU.sqrt() * bandwidth * count as f64);
    let of = |place: &f64| {
        let first = sorted.partition_point(|value| *value < place - REACH * bandwidth);
        let near = sorted[first..].iter().take_while(|value| **value <= place + REACH * bandwidth);
        let kernel = |value: &f64| {
            let z = (place - value) / bandwidth;
            math::exp(-0.5 * z * z)
        };
        norm * near.map(kernel).fold(0.0, |sum, part| sum + part)
    };
    places.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_density_of_normal_scores_is_the_normal_one() {
        // Quantiles of the uniform law, through the logistic one, whose density is known.
        let values: Vec<f64> =
            (1..4_000).map(|i| f64::from(i) / 4_000.0).map(|u| math::ln(u / (1.0 - u))).collect();
        let places: Vec<f64> = (-100..=100).map(|i| f64::from(i) / 10.0).collect();
        let found = density(&values, &places);
        let mass: f64 = found.iter().sum::<f64>() * 0.1;
        assert!((mass - 1.0).abs() < 0.01, "{mass}");
        for (place, found) in places.iter().zip(&found) {
            let e = math::exp(-place.abs());
            let known = e / ((1.0 + e) * (1.0 + e));
            assert!((found - known).abs() < 0.012, "{place}: {found} {known}");
        }
    }

    #[test]
    fn equal_values_are_a_spike_and_none_are_nothing() {
        let places = [0.0, 1.0, 2.0, 3.0, 4.0];
        let spike = density(&[2.0; 10], &places);
        assert!(spike[2] > 5.0 * spike[1] && spike[0] < 1e-3, "{spike:?}");
        assert_eq!(density(&[], &places), [0.0; 5]);
    }
}
