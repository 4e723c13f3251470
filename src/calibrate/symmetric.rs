//! Small symmetric matrices: the triangular factor, the inverse.
//!
//! In: a symmetric matrix of the size of a law's parameters. Out: its Cholesky factor or its inverse.
//! Not here: anything large or not positive definite; that is answered with `None`.

use ndarray::Array2;

/// Lower triangular L with L L' = `matrix`; `None` where it is not positive definite.
pub fn cholesky(matrix: &Array2<f64>) -> Option<Array2<f64>> {
    let n = matrix.nrows();
    let mut lower = Array2::<f64>::zeros((n, n));
    for i in 0..n {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| lower[[i, k]] * lower[[j, k]]).sum();
            let rest = matrix[[i, j]] - known;
            lower[[i, j]] = match i == j {
                true if rest > 0.0 && rest.is_finite() => rest.sqrt(),
                true => return None,
                false => rest / lower[[j, j]],
            };
        }
    }
    Some(lower)
}

/// The inverse; `None` where the matrix is not positive definite.
///
/// The matrix is brought to a diagonal of ones before: parameters differ in scale by orders.
pub fn inverse(matrix: &Array2<f64>) -> Option<Array2<f64>> {
    let n = matrix.nrows();
    let scale: Vec<f64> = matrix.diag().iter().map(|x| x.sqrt()).collect();
    let scaled = Array2::from_shape_fn((n, n), |(i, j)| matrix[[i, j]] / (scale[i] * scale[j]));
    let lower = cholesky(&scaled)?;
    let mut columns = Array2::<f64>::eye(n);
    for c in 0..n {
        for i in 0..n {
            let known: f64 = (0..i).map(|k| lower[[i, k]] * columns[[k, c]]).sum();
            columns[[i, c]] = (columns[[i, c]] - known) / lower[[i, i]];
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|k| lower[[k, i]] * columns[[k, c]]).sum();
            columns[[i, c]] = (columns[[i, c]] - known) / lower[[i, i]];
        }
    }
    Some(Array2::from_shape_fn((n, n), |(i, j)| columns[[i, j]] / (scale[i] * scale[j])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn factor_and_inverse_of_a_small_matrix_by_hand() {
        let matrix = array![[4.0, 2.0], [2.0, 10.0]];
        assert_eq!(cholesky(&matrix).unwrap(), array![[2.0, 0.0], [1.0, 3.0]]);
        let product = inverse(&matrix).unwrap().dot(&matrix);
        for ((i, j), x) in product.indexed_iter() {
            assert!((x - f64::from(i == j)).abs() < 1e-15, "{product}");
        }
        assert_eq!(cholesky(&array![[1.0, 2.0], [2.0, 1.0]]), None);
        assert_eq!(inverse(&array![[-1.0]]), None);
    }

    #[test]
    fn scales_that_differ_by_orders_do_no_harm() {
        let matrix = array![[1e12, 0.5], [0.5, 1e-12]];
        let product = inverse(&matrix).unwrap().dot(&matrix);
        assert!((product[[0, 0]] - 1.0).abs() < 1e-12 && (product[[1, 1]] - 1.0).abs() < 1e-12);
    }
}
