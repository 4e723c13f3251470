//! The correlation of the shocks, as a study names it.
//!
//! In: a CSV table. Out: a symmetric matrix. Not here: whether it is positive definite, which is
//! the dependence's to say.

use super::key::Kind;
use super::range::within;
use super::reader::Span;
use super::table::{Column, Table, filled};
use crate::error::Problem;
use crate::tile::Factor;
use ndarray::Array2;

const CORRELATION_RANGE: Kind = Kind::Number(within(-1.0, 1.0, "a correlation"));

/// Columns of a correlation matrix; row k belongs to the factor of column k of the file.
pub(crate) const CORRELATION: &[Column] = &{
    let mut columns = [filled("", CORRELATION_RANGE); Factor::SCORED.len()];
    let mut k = 0;
    while k < columns.len() {
        columns[k] = filled(Factor::SCORED[k].name(), CORRELATION_RANGE);
        k += 1;
    }
    columns
};

fn undated<T>(value: T) -> Span<T> {
    Span { value, first: None, last: None }
}

/// The correlation matrix in the order of `Factor::SCORED`.
pub(crate) fn correlation(table: &Table<'_>, problems: &mut Vec<Problem>) -> Span<Array2<f64>> {
    let before = problems.len();
    let header = table.header();
    let size = header.len();
    let mut matrix = Array2::eye(size);
    if table.rows() != size {
        problems.push(
            Problem::new(format!("the matrix has {} rows and {size} columns", table.rows()))
                .at(crate::error::Place::file(table.file()))
                .expected("one row for each column, in the order of the columns"),
        );
        return undated(matrix);
    }
    let position = |name: &str| Factor::SCORED.iter().position(|f| f.name() == name);
    let order: Vec<usize> = header.iter().filter_map(|name| position(name)).collect();
    for row in 0..size {
        let mut cells = table.cells(row, problems);
        for column in 0..size {
            matrix[[order[row], order[column]]] = cells.number(header[column]);
        }
    }
    if problems.len() > before {
        return undated(matrix);
    }
    for row in 0..size {
        for column in 0..=row {
            let (value, mirrored) =
                (matrix[[order[row], order[column]]], matrix[[order[column], order[row]]]);
            let problem = if row == column && value != 1.0 {
                Problem::new("the diagonal of a correlation matrix is 1").expected("1")
            } else if value != mirrored {
                Problem::new(format!(
                    "the correlation of {} with {} is given twice, differently",
                    header[row], header[column]
                ))
                .expected(format!("{mirrored}, as in line {}", table.line(column)))
            } else {
                continue;
            };
            problems
                .push(problem.at(table.place(row, Some(header[column]))).found(value.to_string()));
        }
    }
    undated(matrix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(text: &str) -> (Array2<f64>, Vec<Problem>) {
        let mut problems = Vec::new();
        let table = Table::read("c.csv", text, CORRELATION, &mut problems).unwrap();
        let matrix = correlation(&table, &mut problems).value;
        (matrix, problems)
    }

    #[test]
    fn permuting_the_factors_of_a_correlation_file_leaves_the_matrix_unchanged() {
        let base = crate::input::embedded::file("correlation_base.csv").unwrap();
        let cells: Vec<Vec<&str>> = base.lines().map(|l| l.split(',').collect()).collect();
        let order = [3, 0, 5, 1, 6, 4, 2];
        let pick = |row: &Vec<&str>| order.map(|k| row[k]).join(",");
        let mut permuted = vec![pick(&cells[0])];
        permuted.extend(order.iter().map(|k| pick(&cells[k + 1])));
        let (expected, problems) = matrix(base);
        assert_eq!(problems, []);
        assert_eq!(matrix(&permuted.join("\n")), (expected, vec![]));
    }
}
