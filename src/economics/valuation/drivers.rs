//! What a tile's paths are like whatever the share: means over the target year, and their own scalars.

use super::{Valuation, write};
use crate::model::delivery::PathScalars;
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile};
use ndarray::ArrayViewMut2;

impl Valuation {
    /// Writes every driver `[driver][lane]` of a tile.
    pub fn drivers(
        &self,
        build: Build,
        market: &Tile,
        scalars: &PathScalars,
        mut drivers: ArrayViewMut2<'_, f64>,
    ) {
        let days = self.days.clone();
        let mean = |factor| mean(build, &market.rows(factor)[days.clone()]);
        let price = &market.rows(Factor::BtcPrice)[days.clone()];
        let hashprice = &market.rows(Factor::Hashprice)[days.clone()];
        let rows = [
            mean(Factor::BtcPrice),
            mean_product(build, price, hashprice),
            mean(Factor::Hashrate),
            mean(Factor::GpuRate),
            mean(Factor::Utilisation),
            mean(Factor::Rent),
            self::mean(build, &scalars.delay_months),
            scalars.shell_usd_per_critical_it_mw,
        ];
        for (driver, row) in drivers.rows_mut().into_iter().zip(&rows) {
            write(row, driver);
        }
    }
}

/// Mean of rows, lane by lane.
pub(super) fn mean(build: Build, rows: &[Row]) -> Row {
    let mut sum = [0.0; LANES];
    add_rows(build, rows, &mut sum);
    sum.map(|sum| sum / rows.len() as f64)
}

/// Mean of the products of rows, lane by lane.
fn mean_product(build: Build, left: &[Row], right: &[Row]) -> Row {
    let mut sum = [0.0; LANES];
    add_products(build, left, right, &mut sum);
    sum.map(|sum| sum / left.len() as f64)
}

kernel! {
    /// Adds rows up.
    fn add_rows(rows: &[Row], sum: &mut Row) {
        for row in rows {
            for i in 0..LANES {
                sum[i] += row[i];
            }
        }
    }
}

kernel! {
    /// Adds up the products of two factors.
    fn add_products(left: &[Row], right: &[Row], sum: &mut Row) {
        for (left, right) in left.iter().zip(right) {
            for i in 0..LANES {
                sum[i] += left[i] * right[i];
            }
        }
    }
}
