//! The files that a study is made of besides histories: fleet, contracts, correlation.
//!
//! In: CSV tables. Out: tranches, leases, a symmetric matrix. Not here: whether the matrix is
//! positive definite, which is the dependence's to say.

use super::key::{Key, Kind, Value};
use super::range::{Wrong, above, within};
use super::reader::{Item, Reader, Span};
use super::table::{Column, Table, filled};
use crate::error::Problem;
use crate::tile::Factor;
use ndarray::Array2;

/// Machines of one efficiency.
#[derive(Debug, Clone, PartialEq)]
pub struct Tranche {
    /// Its name, unique in the fleet.
    pub name: String,
    /// Power that it draws at the wall, gross MW; above 0.
    pub gross_mw: f64,
    /// Energy of the machines per terahash, J/TH; above 0.
    pub efficiency_j_per_th: f64,
}

/// A signed lease.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// Who rents.
    pub tenant: String,
    /// What is let, critical-IT MW; above 0.
    pub critical_it_mw: f64,
    /// Rent of the first year, USD per critical-IT MW and year.
    pub rent_usd_per_critical_it_mw_year: f64,
    /// Yearly rise of the rent, a fraction.
    pub escalator_per_year: f64,
}

/// Columns of the fleet.
pub(crate) const FLEET: &[Column] = &[
    filled("tranche", Kind::Text),
    filled("gross_mw", Kind::Number(above(0.0, 1e6, "gross MW"))),
    filled("efficiency_j_per_th", Kind::Number(above(0.0, 1e4, "J/TH"))),
];

/// Columns of the contracts.
pub(crate) const CONTRACTS: &[Column] = &[
    filled("tenant", Kind::Text),
    filled("critical_it_mw", Kind::Number(above(0.0, 1e6, "critical-IT MW"))),
    filled(
        "rent_usd_per_critical_it_mw_year",
        Kind::Number(within(0.0, 1e9, "USD per critical-IT MW and year, of the first year")),
    ),
    filled("escalator_per_year", Kind::Number(within(-1.0, 1.0, "per year"))),
];

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

/// The fleet, least efficient tranche first; tranches of equal efficiency by name.
pub(crate) fn fleet(table: &Table<'_>, problems: &mut Vec<Problem>) -> Span<Vec<Tranche>> {
    let mut tranches: Vec<Tranche> = Vec::new();
    for row in 0..table.rows() {
        let mut cells = table.cells(row, problems);
        let tranche = Tranche {
            name: cells.text("tranche"),
            gross_mw: cells.number("gross_mw"),
            efficiency_j_per_th: cells.number("efficiency_j_per_th"),
        };
        if tranches.iter().any(|other| other.name == tranche.name) {
            problems.push(
                Problem::new("two tranches have one name")
                    .at(table.place(row, Some("tranche")))
                    .found(&tranche.name)
                    .help("add up their MW or give them two names"),
            );
        }
        tranches.push(tranche);
    }
    tranches.sort_by(|a, b| {
        let by_efficiency = b.efficiency_j_per_th.total_cmp(&a.efficiency_j_per_th);
        by_efficiency.then_with(|| a.name.cmp(&b.name))
    });
    undated(tranches)
}

/// The contracts in the order of the file, which is the order in which they are filled.
fn contracts(table: &Table<'_>, problems: &mut Vec<Problem>) -> Span<Vec<Contract>> {
    let contract = |row| {
        let mut cells = table.cells(row, problems);
        Contract {
            tenant: cells.text("tenant"),
            critical_it_mw: cells.number("critical_it_mw"),
            rent_usd_per_critical_it_mw_year: cells.number("rent_usd_per_critical_it_mw_year"),
            escalator_per_year: cells.number("escalator_per_year"),
        }
    };
    undated((0..table.rows()).map(contract).collect())
}

impl Value for Vec<Contract> {
    fn placeholder() -> Self {
        Self::new()
    }
    fn read(_: &Item, _: &Kind) -> Result<Self, Wrong> {
        unreachable!("contracts are read from a file")
    }
    fn write(&self) -> Option<String> {
        None
    }
    fn of(reader: &mut Reader<'_>, key: &Key) -> Self {
        reader.file(key, CONTRACTS, contracts).unwrap_or_default()
    }
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
        let order = [3, 0, 5, 1, 4, 2];
        let pick = |row: &Vec<&str>| order.map(|k| row[k]).join(",");
        let mut permuted = vec![pick(&cells[0])];
        permuted.extend(order.iter().map(|k| pick(&cells[k + 1])));
        let (expected, problems) = matrix(base);
        assert_eq!(problems, []);
        assert_eq!(matrix(&permuted.join("\n")), (expected, vec![]));
    }

    #[test]
    fn the_order_of_the_tranches_in_the_file_is_of_no_account() {
        let fleets: Vec<_> = ["b,1,20\na,1,20\nc,1,30", "c,1,30\na,1,20\nb,1,20"]
            .iter()
            .map(|rows| {
                let text = format!("tranche,gross_mw,efficiency_j_per_th\n{rows}");
                let mut problems = Vec::new();
                let table = Table::read("f.csv", &text, FLEET, &mut problems).unwrap();
                fleet(&table, &mut problems).value
            })
            .collect();
        assert_eq!(fleets[0], fleets[1]);
        let names: Vec<_> = fleets[0].iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["c", "a", "b"]);
    }
}
