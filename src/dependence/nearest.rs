//! The correlation matrix nearest to a symmetric one, and one that can be written down.
//!
//! In: a symmetric matrix. Out: a positive semi-definite one with ones on the diagonal, nearest in
//! the Frobenius norm. Not here: whether the given matrix has to be replaced.
//! Source: N. J. Higham, "Computing the nearest correlation matrix: a problem from finance", IMA J.
//! Numer. Anal. 22 (2002) 329: projections in turn onto the semi-definite cone and the unit
//! diagonal, the former with the correction of R. L. Dykstra, J. Amer. Statist. Assoc. 78 (1983) 837.

use super::eigen::Spectrum;
use ndarray::Array2;

/// Change of an element in a round below which the projections have converged.
const CONVERGED: f64 = 1e-11;
/// Rounds after which the result is taken as it is: valid in any case, nearest to about 1e-6.
const ROUNDS_MAX: usize = 10_000;
/// Decimals of a matrix that is written down.
pub(super) const DECIMALS: usize = 4;

/// An eigenvalue above minus this is zero up to rounding.
pub(super) const EIGENVALUE_TOLERANCE: f64 = 1e-10;

/// Whether a symmetric matrix has no eigenvalue below 0, but for rounding.
pub fn is_semi_definite(matrix: &Array2<f64>) -> bool {
    Spectrum::of(matrix).smallest() >= -EIGENVALUE_TOLERANCE
}

/// The nearest correlation matrix.
pub fn nearest_correlation(matrix: &Array2<f64>) -> Array2<f64> {
    let mut with_unit_diagonal = matrix.clone();
    let mut correction = Array2::zeros(matrix.raw_dim());
    let mut semi_definite = matrix.clone();
    for _ in 0..ROUNDS_MAX {
        let corrected = &with_unit_diagonal - &correction;
        semi_definite = Spectrum::of(&corrected).positive_part();
        correction = &semi_definite - &corrected;
        let before = with_unit_diagonal;
        with_unit_diagonal = semi_definite.clone();
        with_unit_diagonal.diag_mut().fill(1.0);
        let change = (&with_unit_diagonal - &before).iter().fold(0.0, |m: f64, d| m.max(d.abs()));
        if change < CONVERGED {
            break;
        }
    }
    // The semi-definite iterate scaled to unit diagonal is valid however far the rounds went.
    let scale: Vec<f64> = semi_definite.diag().iter().map(|d| d.max(CONVERGED).sqrt()).collect();
    Array2::from_shape_fn(matrix.raw_dim(), |(row, column)| {
        if row == column {
            1.0
        } else {
            semi_definite[[row, column]] / (scale[row] * scale[column])
        }
    })
}

/// A correlation matrix of four decimals that stays one: where plain rounding does not, it is drawn
/// towards independence by what rounding may take from an eigenvalue, half a unit of the last decimal
/// times the number of rows.
pub fn rounded_correlation(matrix: &Array2<f64>) -> Array2<f64> {
    let unit = 10.0_f64.powi(-(DECIMALS as i32));
    let rounded = |kept: f64| {
        Array2::from_shape_fn(matrix.raw_dim(), |(row, column)| {
            // Adding 0 makes 0 of −0.
            let value = (kept * matrix[[row, column]] / unit).round() * unit + 0.0;
            if row == column { 1.0 } else { value }
        })
    };
    let plain = rounded(1.0);
    if is_semi_definite(&plain) {
        return plain;
    }
    rounded(1.0 - 0.5 * unit * matrix.nrows() as f64)
}

/// A correlation matrix as the lines of a file: the names, then a row for each.
pub fn correlation_csv(names: &[&str], matrix: &Array2<f64>) -> Vec<String> {
    let row = |values: ndarray::ArrayView1<'_, f64>| {
        let cells: Vec<String> = values.iter().map(|value| format!("{value:.DECIMALS$}")).collect();
        cells.join(",")
    };
    std::iter::once(names.join(",")).chain(matrix.rows().into_iter().map(row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    fn frobenius(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
        (a - b).iter().map(|d| d * d).sum::<f64>().sqrt()
    }

    /// Higham (2002), section 4, to the four figures printed there.
    #[test]
    fn the_published_examples() {
        let given = array![[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]];
        let found = nearest_correlation(&given);
        let printed = array![[1.0, 0.7607, 0.1573], [0.7607, 1.0, 0.7607], [0.1573, 0.7607, 1.0]];
        assert!((&found - &printed).iter().all(|d| d.abs() < 5e-5), "{found}");
        assert!((frobenius(&given, &found) - 0.5278).abs() < 5e-5);
        let given = array![
            [2.0, -1.0, 0.0, 0.0],
            [-1.0, 2.0, -1.0, 0.0],
            [0.0, -1.0, 2.0, -1.0],
            [0.0, 0.0, -1.0, 2.0]
        ];
        let found = nearest_correlation(&given);
        let printed = array![
            [1.0, -0.8084, 0.1916, 0.1068],
            [-0.8084, 1.0, -0.6562, 0.1916],
            [0.1916, -0.6562, 1.0, -0.8084],
            [0.1068, 0.1916, -0.8084, 1.0]
        ];
        assert!((&found - &printed).iter().all(|d| d.abs() < 5e-5), "{found}");
    }

    #[test]
    fn a_valid_matrix_is_its_own_nearest() {
        let given = array![[1.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 1.0]];
        assert!(frobenius(&given, &nearest_correlation(&given)) < 1e-10);
    }

    /// Of two variables the nearest to |ρ| > 1 is ±1; for a pattern 1 + ρ, 1 + ρ, 1 − 2ρ the nearest
    /// has ρ = 1/2 by symmetry.
    #[test]
    fn nearest_matrices_that_symmetry_gives() {
        let found = nearest_correlation(&array![[1.0, 1.4], [1.4, 1.0]]);
        assert!((found[[0, 1]] - 1.0).abs() < 1e-9, "{found}");
        let given = array![[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]];
        let found = nearest_correlation(&given);
        for (row, column, rho) in [(0, 1, 0.5), (0, 2, -0.5), (1, 2, 0.5)] {
            assert!((found[[row, column]] - rho).abs() < 1e-9, "{found}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_written_down_is_a_correlation_matrix(
            values in prop::collection::vec(-1.0..1.0_f64, 21),
        ) {
            let mut given = Array2::eye(7);
            let mut next = values.iter();
            for row in 0..7 {
                for column in 0..row {
                    let value = *next.next().unwrap();
                    given[[row, column]] = value;
                    given[[column, row]] = value;
                }
            }
            let nearest = nearest_correlation(&given);
            let written = rounded_correlation(&nearest);
            prop_assert!(is_semi_definite(&written));
            prop_assert!((&written - &nearest).iter().all(|d| d.abs() < 4.1e-4));
        }
    }
}
