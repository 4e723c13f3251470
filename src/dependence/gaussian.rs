//! Gaussian dependence: z' = L z with L L' the correlation matrix, L lower triangular.
//!
//! The first factor keeps its own scores, and a factor never depends on those after it: adding a
//! factor at the end changes no other. Source: any text on the Gaussian copula; the Cholesky
//! factor of a positive semi-definite matrix as in N. J. Higham, "Accuracy and Stability of
//! Numerical Algorithms" (2002), section 10.3.

use super::eigen::Spectrum;
use super::nearest::{
    EIGENVALUE_TOLERANCE, correlation_csv, nearest_correlation, rounded_correlation,
};
use crate::error::{Problem, Problems};
use crate::tile::kernel::kernel;
use crate::tile::{Build, LANES};
use ndarray::Array2;

/// Correlated normal scores.
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianDependence {
    /// Lower triangular, row by row.
    factor: Array2<f64>,
}

impl GaussianDependence {
    /// The dependence of a correlation matrix: symmetric, ones on the diagonal; `names` are those of
    /// its rows.
    ///
    /// # Errors
    /// A matrix that is not positive semi-definite is refused with its smallest eigenvalue and the
    /// nearest one that is.
    pub fn new(correlation: &Array2<f64>, names: &[&str]) -> Result<Self, Problems> {
        let smallest = Spectrum::of(correlation).smallest();
        if smallest < -EIGENVALUE_TOLERANCE {
            return Err(not_semi_definite(correlation, names, smallest).into());
        }
        Ok(Self { factor: cholesky(correlation) })
    }

    /// The weight of the independent scores of factor `column` in those of factor `row`.
    pub(super) fn weight(&self, row: usize, column: usize) -> f64 {
        self.factor[[row, column]]
    }

    /// Couples scores in place: `[factor][step][lane]`, flat, `steps` rows a factor; of all factors
    /// or of the first ones, which do not know the others.
    pub fn couple(&self, build: Build, steps: usize, scores: &mut [[f32; LANES]]) {
        let n = scores.len() / steps;
        assert!(scores.len() == n * steps && n <= self.factor.nrows());
        let weights: Vec<f32> = self.factor.iter().map(|weight| *weight as f32).collect();
        combine(build, &weights, self.factor.ncols(), steps, scores);
    }
}

/// The refusal of a matrix, with the nearest valid one.
fn not_semi_definite(correlation: &Array2<f64>, names: &[&str], smallest: f64) -> Problem {
    let valid = rounded_correlation(&nearest_correlation(correlation));
    let change = |pair: &(usize, usize)| (valid[*pair] - correlation[*pair]).abs();
    let n = correlation.nrows();
    let pairs = (0..n).flat_map(|row| (0..row).map(move |column| (column, row)));
    let largest = pairs.max_by(|a, b| change(a).total_cmp(&change(b)));
    let (first, second) = largest.expect("a matrix of one row is valid");
    Problem::new("the correlation matrix is not positive semi-definite")
        .found(format!("smallest eigenvalue {smallest:.6}"))
        .expected("no eigenvalue below 0")
        .help(format!(
            "these correlations contradict each other; largest change to the nearest matrix that \
             does not: {} with {} {:.4} -> {:.4}; that matrix, to be pasted into the file:",
            names[first],
            names[second],
            correlation[[first, second]],
            valid[[first, second]]
        ))
        .paste(correlation_csv(names, &valid))
}

kernel! {
    /// L z for every step and lane, given L row by row.
    fn combine(weights: &[f32], columns: usize, steps: usize, scores: &mut [[f32; LANES]]) {
        for step in 0..steps {
            // From the last factor up, so that the scores a factor reads are still independent.
            for row in (0..scores.len() / steps).rev() {
                let (earlier, own) = weights[row * columns..][..row + 1].split_at(row);
                let mut sum = scores[row * steps + step];
                for i in 0..LANES {
                    sum[i] *= own[0];
                }
                for (column, weight) in earlier.iter().enumerate().filter(|(_, w)| **w != 0.0) {
                    let other = &scores[column * steps + step];
                    for i in 0..LANES {
                        sum[i] = weight.mul_add(other[i], sum[i]);
                    }
                }
                scores[row * steps + step] = sum;
            }
        }
    }
}

/// The lower triangular factor of a positive semi-definite matrix; a pivot that rounding has made
/// negative or zero gives a column of zeros.
pub fn cholesky(matrix: &Array2<f64>) -> Array2<f64> {
    let n = matrix.nrows();
    let mut l = Array2::zeros((n, n));
    for column in 0..n {
        let squares: f64 = (0..column).map(|k| l[[column, k]] * l[[column, k]]).sum();
        let pivot = matrix[[column, column]] - squares;
        if pivot <= EIGENVALUE_TOLERANCE {
            continue;
        }
        l[[column, column]] = pivot.sqrt();
        for row in column + 1..n {
            let products: f64 = (0..column).map(|k| l[[row, k]] * l[[column, k]]).sum();
            l[[row, column]] = (matrix[[row, column]] - products) / l[[column, column]];
        }
    }
    l
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};
    use ndarray::array;

    #[test]
    fn coupled_scores_have_the_correlations_asked_for_and_keep_their_margins() {
        let asked = array![[1.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 1.0]];
        let dependence = GaussianDependence::new(&asked, &["a", "b", "c"]).unwrap();
        let steps = 1 << 14;
        let mut scores = vec![[0.0; LANES]; 3 * steps];
        let chance = Chance::new(3, 0, Build::fastest());
        for (rows, name) in scores.chunks_mut(steps).zip(["a", "b", "c"]) {
            chance.scores(Stream::new("score", name), rows);
        }
        let first = scores[..steps].to_vec();
        dependence.couple(Build::fastest(), steps, &mut scores);
        assert_eq!(scores[..steps], first, "the first factor keeps its scores");
        let n = (steps * LANES) as f64;
        let column = |k: usize| scores[k * steps..(k + 1) * steps].iter().flatten();
        for a in 0..3 {
            for b in 0..=a {
                let sum: f64 =
                    column(a).zip(column(b)).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
                // Var(x y) = 1 + ρ² for jointly normal scores.
                let rho = asked[[a, b]];
                let error = ((1.0 + rho * rho) / n).sqrt();
                assert!((sum / n - rho).abs() < 4.0 * error, "{a} {b}: {}", sum / n);
            }
        }
    }

    #[test]
    fn the_first_factors_do_not_know_whether_others_are_coupled() {
        let asked = array![[1.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 1.0]];
        let dependence = GaussianDependence::new(&asked, &["a", "b", "c"]).unwrap();
        let mut all = vec![[0.0; LANES]; 3 * 5];
        Chance::new(3, 0, Build::fastest()).scores(Stream::new("score", "a"), &mut all);
        let mut first = all[..2 * 5].to_vec();
        dependence.couple(Build::fastest(), 5, &mut all);
        dependence.couple(Build::fastest(), 5, &mut first);
        assert_eq!(all[..2 * 5], first);
    }

    #[test]
    fn all_builds_couple_to_the_same_bits() {
        let dependence =
            GaussianDependence::new(&array![[1.0, 0.6], [0.6, 1.0]], &["a", "b"]).unwrap();
        let mut scores = vec![[0.0; LANES]; 10];
        Chance::new(3, 0, Build::fastest()).scores(Stream::new("score", "a"), &mut scores);
        let coupled = |build| {
            let mut scores = scores.clone();
            dependence.couple(build, 5, &mut scores);
            scores
        };
        for build in Build::available() {
            assert_eq!(coupled(build), coupled(Build::PORTABLE), "{build:?}");
        }
    }

    #[test]
    fn perfect_correlation_is_allowed_and_copies_the_scores() {
        let dependence =
            GaussianDependence::new(&array![[1.0, 1.0], [1.0, 1.0]], &["a", "b"]).unwrap();
        let mut scores = vec![[0.0; LANES]; 2];
        scores[0] = [0.7; LANES];
        scores[1] = [0.1; LANES];
        dependence.couple(Build::PORTABLE, 1, &mut scores);
        assert_eq!(scores[1], scores[0]);
    }

    #[test]
    fn contradicting_correlations_are_refused_with_the_eigenvalue_and_the_nearest_matrix() {
        let impossible = array![[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]];
        let names = ["a", "b", "c"];
        let text = GaussianDependence::new(&impossible, &names).unwrap_err().to_string();
        // The eigenvalues of this pattern are 1 + ρ, 1 + ρ, 1 − 2ρ; the nearest has ρ = 1/2.
        assert!(text.contains("smallest eigenvalue -0.800000"), "{text}");
        assert!(text.contains(" with ") && text.contains("0.9000 -> 0.5000"), "{text}");
        let pasted = "a,b,c\n1.0000,0.5000,-0.5000\n0.5000,1.0000,0.5000\n-0.5000,0.5000,1.0000";
        assert!(text.ends_with(pasted), "{text}");
    }
}
