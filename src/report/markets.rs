//! Simulated factors on their way to a file.
//!
//! In: blocks of consecutive paths. Out: CSV or Parquet, a row per path and date, a column per factor,
//! the same bytes however the paths were blocked. Not here: what is simulated, where it lies.

use crate::tile::Factor;
use jiff::civil::Date;
use ndarray::ArrayView3;
use std::io::{self, Write};

/// Columns before those of the factors.
const LABELS: [&str; 2] = ["path", "date"];

/// Writes factors as CSV, numbers in the shortest form that reads back to the same bits.
#[derive(Debug)]
pub struct MarketsCsv<W: Write> {
    table: csv::Writer<W>,
    dates: Vec<String>,
}

impl<W: Write> MarketsCsv<W> {
    /// A table without rows, of these dates and factors.
    ///
    /// # Errors
    /// If `out` refuses a write.
    pub fn new(out: W, dates: &[Date], factors: &[Factor]) -> io::Result<Self> {
        let mut table = csv::Writer::from_writer(out);
        table.write_record(LABELS.into_iter().chain(factors.iter().map(|f| f.column())))?;
        Ok(Self { table, dates: dates.iter().map(ToString::to_string).collect() })
    }

    /// Appends the factors, `[factor][path][date]`, of the paths from `first_path` on.
    ///
    /// # Errors
    /// If the writer below refuses a write.
    pub fn append(&mut self, first_path: u64, values: ArrayView3<'_, f64>) -> io::Result<()> {
        let (factors, paths, dates) = values.dim();
        assert_eq!(dates, self.dates.len(), "every path has every date");
        for path in 0..paths {
            let number = (first_path + path as u64).to_string();
            for (day, date) in self.dates.iter().enumerate() {
                let labels = [number.clone(), date.clone()].into_iter();
                let row = (0..factors).map(|factor| values[[factor, path, day]].to_string());
                self.table.write_record(labels.chain(row))?;
            }
        }
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// If the writer below refuses a write.
    pub fn finish(mut self) -> io::Result<()> {
        self.table.flush()
    }
}

#[cfg(feature = "parquet")]
pub use file::MarketsParquet;

#[cfg(feature = "parquet")]
mod file {
    use super::{ArrayView3, Date, Factor, LABELS, Write, io};
    use crate::report::parquet::{Kind, Table, Values};
    use jiff::Unit;

    /// Writes factors as Parquet: a group of rows for each block.
    pub struct MarketsParquet<W: Write + Send> {
        table: Table<W>,
        /// Microseconds from 1970 to each date.
        dates: Vec<i64>,
    }

    impl<W: Write + Send> MarketsParquet<W> {
        /// A file without rows, of these dates and factors; `about` are names and texts of what is to be
        /// known of it.
        ///
        /// # Errors
        /// If `out` refuses a write.
        pub fn new(
            out: W,
            dates: &[Date],
            factors: &[Factor],
            about: &[(&str, String)],
        ) -> io::Result<Self> {
            let labels = LABELS.into_iter().zip([Kind::Whole, Kind::Day]);
            let columns = factors.iter().map(|factor| (factor.column(), Kind::Number));
            let columns: Vec<_> =
                labels.chain(columns).map(|(name, kind)| (name.to_string(), kind)).collect();
            let since = |date: &Date| {
                let span = jiff::civil::date(1970, 1, 1).until((Unit::Day, *date));
                span.map_or(0, |span| i64::from(span.get_days()) * 86_400_000_000)
            };
            let dates = dates.iter().map(since).collect();
            Ok(Self { table: Table::new(out, &columns, about)?, dates })
        }

        /// Appends the factors, `[factor][path][date]`, of the paths from `first_path` on.
        ///
        /// # Errors
        /// If the writer below refuses a write.
        pub fn append(&mut self, first_path: u64, values: ArrayView3<'_, f64>) -> io::Result<()> {
            let (_, paths, dates) = values.dim();
            assert_eq!(dates, self.dates.len(), "every path has every date");
            let numbers = first_path as i64..first_path as i64 + paths as i64;
            let path: Vec<i64> =
                numbers.clone().flat_map(|path| std::iter::repeat_n(path, dates)).collect();
            let date: Vec<i64> = numbers.flat_map(|_| self.dates.iter().copied()).collect();
            let factors: Vec<Vec<f64>> =
                values.outer_iter().map(|factor| factor.iter().copied().collect()).collect();
            let slices: Vec<[&[f64]; 1]> = factors.iter().map(|f| [f.as_slice()]).collect();
            let labels = [Values::Whole(&path), Values::Whole(&date)];
            let factors = slices.iter().map(|slices| Values::Numbers(slices));
            self.table.write_group(&labels.into_iter().chain(factors).collect::<Vec<_>>())
        }

        /// Ends the file.
        ///
        /// # Errors
        /// If the writer below refuses a write.
        pub fn finish(self) -> io::Result<()> {
            self.table.finish()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;

    /// Price and hashrate of paths from 64 on, on two days.
    fn sample(paths: usize) -> ([Date; 2], [Factor; 2], Array3<f64>) {
        let dates = [jiff::civil::date(2027, 1, 31), jiff::civil::date(2027, 2, 28)];
        let values = Array3::from_shape_fn((2, paths, 2), |(factor, path, day)| {
            100.0 * factor as f64 + path as f64 + 0.5 * day as f64
        });
        (dates, [Factor::BtcPrice, Factor::Hashrate], values)
    }

    #[test]
    fn csv_has_a_row_per_path_and_date_and_units_in_its_header() {
        let (dates, factors, values) = sample(2);
        let mut bytes = Vec::new();
        let mut table = MarketsCsv::new(&mut bytes, &dates, &factors).unwrap();
        table.append(64, values.view()).unwrap();
        table.finish().unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "path,date,btc_price_usd_per_btc,hashrate_eh_s\n64,2027-01-31,0,100\n\
             64,2027-02-28,0.5,100.5\n65,2027-01-31,1,101\n65,2027-02-28,1.5,101.5\n"
        );
    }

    #[cfg(feature = "parquet")]
    #[test]
    fn parquet_has_the_same_rows_and_days_are_timestamps() {
        use crate::report::parquet::testing::read;
        use parquet::record::Field;
        let (dates, factors, values) = sample(3);
        let mut bytes = Vec::new();
        let mut table = MarketsParquet::new(&mut bytes, &dates, &factors, &[]).unwrap();
        table.append(64, values.view()).unwrap();
        table.finish().unwrap();
        let read = read(bytes);
        assert_eq!(read.columns, ["path", "date", "btc_price_usd_per_btc", "hashrate_eh_s"]);
        assert_eq!(read.rows.len(), 6);
        // 28 February 2027 is 20,877 days after 1 January 1970.
        let day = Field::TimestampMicros(20_877 * 86_400_000_000);
        let row = [Field::Long(66), day, Field::Double(2.5), Field::Double(102.5)];
        assert_eq!(read.rows[5][..], row);
    }

    #[test]
    fn every_factor_has_a_column_of_its_name() {
        for factor in Factor::ALL {
            assert!(factor.column().starts_with(factor.name()), "{}", factor.column());
            assert_eq!(factor.unit() == "1", factor.column() == factor.name());
        }
    }
}
