//! Eigenvalues and eigenvectors of a small symmetric matrix, by Jacobi rotations.
//!
//! In: a symmetric matrix. Out: its spectrum, absolute error about 1e-14 of the largest eigenvalue.
//! Written here because the choices are a linear-algebra crate of a hundred CPU seconds or one
//! whose products depend on the machine; matrices are at most a few dozen rows.
//! Source: C. G. J. Jacobi, J. reine angew. Math. 30 (1846) 51; G. Golub, C. Van Loan, "Matrix
//! Computations", section 8.5.

use ndarray::Array2;

/// Sweeps after which any matrix of this size has converged (quadratic convergence).
const SWEEPS_MAX: usize = 50;

/// A symmetric matrix as V diag(λ) V'.
#[derive(Debug, Clone)]
pub(super) struct Spectrum {
    /// Eigenvalues, in no order.
    pub(super) values: Vec<f64>,
    /// Their eigenvectors, orthonormal: column k belongs to eigenvalue k.
    pub(super) vectors: Array2<f64>,
}

impl Spectrum {
    /// The spectrum of a symmetric matrix.
    pub(super) fn of(matrix: &Array2<f64>) -> Self {
        let n = matrix.nrows();
        let mut a = matrix.clone();
        let mut vectors = Array2::eye(n);
        for _ in 0..SWEEPS_MAX {
            let mut off_diagonal = 0.0;
            for p in 0..n {
                for q in p + 1..n {
                    off_diagonal += a[[p, q]] * a[[p, q]];
                    rotate(&mut a, &mut vectors, p, q);
                }
            }
            if off_diagonal < 1e-30 {
                break;
            }
        }
        Self { values: a.diag().to_vec(), vectors }
    }
    /// The smallest eigenvalue.
    pub(super) fn smallest(&self) -> f64 {
        self.values.iter().copied().fold(f64::INFINITY, f64::min)
    }
    /// V diag(max(λ, 0)) V': the nearest positive semi-definite matrix in the Frobenius norm.
    pub(super) fn positive_part(&self) -> Array2<f64> {
        let n = self.values.len();
        Array2::from_shape_fn((n, n), |(row, column)| {
            let part = |k: usize| {
                self.values[k].max(0.0) * self.vectors[[row, k]] * self.vectors[[column, k]]
            };
            (0..n).map(part).sum()
        })
    }
}

/// One rotation that makes the element (p, q) zero, kept in the vectors.
fn rotate(a: &mut Array2<f64>, vectors: &mut Array2<f64>, p: usize, q: usize) {
    if a[[p, q]] == 0.0 {
        return;
    }
    let theta = (a[[q, q]] - a[[p, p]]) / (2.0 * a[[p, q]]);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cosine = 1.0 / (t * t + 1.0).sqrt();
    let sine = t * cosine;
    let n = a.nrows();
    for matrix in [&mut *a, vectors] {
        for k in 0..n {
            let (kp, kq) = (matrix[[k, p]], matrix[[k, q]]);
            matrix[[k, p]] = cosine * kp - sine * kq;
            matrix[[k, q]] = sine * kp + cosine * kq;
        }
    }
    for k in 0..n {
        let (pk, qk) = (a[[p, k]], a[[q, k]]);
        a[[p, k]] = cosine * pk - sine * qk;
        a[[q, k]] = sine * pk + cosine * qk;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_known_spectrum() {
        // Eigenvalues 2 − √2, 2, 2 + √2.
        let matrix = array![[2.0, -1.0, 0.0], [-1.0, 2.0, -1.0], [0.0, -1.0, 2.0]];
        let smallest = |matrix: &Array2<f64>| Spectrum::of(matrix).smallest();
        assert!((smallest(&matrix) - (2.0 - 2.0_f64.sqrt())).abs() < 1e-13);
        assert!((smallest(&array![[1.0, 0.7], [0.7, 1.0]]) - 0.3).abs() < 1e-14);
        assert_eq!(smallest(&array![[1.0]]), 1.0);
    }

    #[test]
    fn vectors_are_orthonormal_and_make_the_matrix_again() {
        let matrix = array![
            [2.0, -1.0, 0.3, 0.0],
            [-1.0, 2.0, -1.0, 0.5],
            [0.3, -1.0, 1.0, 0.9],
            [0.0, 0.5, 0.9, 3.0]
        ];
        let spectrum = Spectrum::of(&matrix);
        let v = &spectrum.vectors;
        let identity = v.t().dot(v);
        let again =
            v.dot(&Array2::from_diag(&ndarray::Array1::from(spectrum.values.clone()))).dot(&v.t());
        for row in 0..4 {
            for column in 0..4 {
                let expected = f64::from(u8::from(row == column));
                assert!((identity[[row, column]] - expected).abs() < 1e-13);
                assert!((again[[row, column]] - matrix[[row, column]]).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn the_positive_part_drops_what_is_below_0() {
        // Eigenvalues 1.5 and −0.5 along (1, 1) and (1, −1).
        let part = Spectrum::of(&array![[0.5, 1.0], [1.0, 0.5]]).positive_part();
        assert!(part.iter().all(|value| (value - 0.75).abs() < 1e-14), "{part}");
    }
}
