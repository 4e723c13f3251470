//! Eigenvalues of a small symmetric matrix, by Jacobi rotations.
//!
//! Written here because the choices are a linear-algebra crate of a hundred CPU seconds or one
//! whose products depend on the machine; matrices are at most a few dozen rows.
//! Source: C. G. J. Jacobi, J. reine angew. Math. 30 (1846) 51; G. Golub, C. Van Loan, "Matrix
//! Computations", section 8.5.

use ndarray::Array2;

/// Sweeps after which any matrix of this size has converged (quadratic convergence).
const SWEEPS_MAX: usize = 50;

/// The smallest eigenvalue of a symmetric matrix, absolute error about 1e-14 of the largest.
pub(super) fn smallest_eigenvalue(matrix: &Array2<f64>) -> f64 {
    let n = matrix.nrows();
    let mut a = matrix.clone();
    for _ in 0..SWEEPS_MAX {
        let mut off_diagonal = 0.0;
        for p in 0..n {
            for q in p + 1..n {
                off_diagonal += a[[p, q]] * a[[p, q]];
                rotate(&mut a, p, q);
            }
        }
        if off_diagonal < 1e-30 {
            break;
        }
    }
    a.diag().iter().copied().fold(f64::INFINITY, f64::min)
}

/// One rotation that makes the element (p, q) zero.
fn rotate(a: &mut Array2<f64>, p: usize, q: usize) {
    if a[[p, q]] == 0.0 {
        return;
    }
    let theta = (a[[q, q]] - a[[p, p]]) / (2.0 * a[[p, q]]);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cosine = 1.0 / (t * t + 1.0).sqrt();
    let sine = t * cosine;
    for k in 0..a.nrows() {
        let (kp, kq) = (a[[k, p]], a[[k, q]]);
        a[[k, p]] = cosine * kp - sine * kq;
        a[[k, q]] = sine * kp + cosine * kq;
    }
    for k in 0..a.nrows() {
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
        assert!((smallest_eigenvalue(&matrix) - (2.0 - 2.0_f64.sqrt())).abs() < 1e-13);
        assert!((smallest_eigenvalue(&array![[1.0, 0.7], [0.7, 1.0]]) - 0.3).abs() < 1e-14);
        assert_eq!(smallest_eigenvalue(&array![[1.0]]), 1.0);
    }
}
