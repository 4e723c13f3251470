//! Outcomes of consecutive paths on their way to a file.
//!
//! In: blocks as the engine has them. Out: `outcomes.parquet`, a row per share and path, a column per
//! metric, the same bytes however the paths were blocked. Not here: what is simulated, where it lies.

use std::io;

/// Outcomes of consecutive paths.
#[derive(Debug, Clone, Copy)]
pub struct OutcomeBlock<'a> {
    /// Number of the first path.
    pub first_path: u64,
    /// One column per metric and share, `columns[metric * shares + share][path]`; NaN where there is no
    /// such number.
    pub columns: &'a [&'a [f64]],
}

/// Takes outcomes as they come, in path order.
pub type OutcomesSink<'a> = &'a mut (dyn FnMut(&OutcomeBlock<'_>) -> io::Result<()> + Send);

#[cfg(feature = "parquet")]
pub use file::OutcomesParquet;

#[cfg(feature = "parquet")]
mod file {
    use super::OutcomeBlock;
    use crate::report::parquet::{Kind, Table, Values, paths_per_group};
    use std::io::{self, Write};

    /// The file under way: what has come of a group of rows waits for the rest of it.
    pub struct OutcomesParquet<W: Write + Send> {
        table: Table<W>,
        shares: Vec<f64>,
        group_paths: usize,
        first_path: u64,
        /// `[metric * shares + share][path]`, from `first_path` on.
        waiting: Vec<Vec<f64>>,
    }

    impl<W: Write + Send> OutcomesParquet<W> {
        /// A file without rows: its metrics with their units, the shares, and names and texts of what is
        /// to be known of it.
        ///
        /// # Errors
        /// If `out` refuses a write.
        pub fn new(
            out: W,
            metrics: &[String],
            shares: &[f64],
            about: &[(&str, String)],
        ) -> io::Result<Self> {
            let labels = [("share".to_string(), Kind::Label), ("path".to_string(), Kind::Whole)];
            // Of the metrics, a rate of return alone need not exist.
            let kind = |name: &str| if name == "irr" { Kind::NumberOrNone } else { Kind::Number };
            let metrics = metrics.iter().map(|name| (name.clone(), kind(name)));
            let columns: Vec<_> = labels.into_iter().chain(metrics).collect();
            Ok(Self {
                table: Table::new(out, &columns, about)?,
                shares: shares.to_vec(),
                group_paths: paths_per_group(shares.len()),
                first_path: 0,
                waiting: vec![Vec::new(); (columns.len() - 2) * shares.len()],
            })
        }

        /// Appends a block; blocks come in path order without a gap, path 0 first.
        ///
        /// # Errors
        /// If the writer below refuses a write.
        ///
        /// # Panics
        /// If a block does not follow the one before, or has other columns.
        pub fn append(&mut self, block: &OutcomeBlock<'_>) -> io::Result<()> {
            assert_eq!(block.columns.len(), self.waiting.len(), "a block has every column");
            let next = self.first_path + self.waiting[0].len() as u64;
            assert_eq!(block.first_path, next, "blocks come in path order");
            let (mut done, paths) = (0, block.columns[0].len());
            while done < paths {
                let taken = done..paths.min(done + self.group_paths - self.waiting[0].len());
                for (waiting, column) in self.waiting.iter_mut().zip(block.columns) {
                    waiting.extend_from_slice(&column[taken.clone()]);
                }
                done = taken.end;
                if self.waiting[0].len() == self.group_paths {
                    self.write_group()?;
                }
            }
            Ok(())
        }

        /// Ends the file.
        ///
        /// # Errors
        /// If the writer below refuses a write.
        pub fn finish(mut self) -> io::Result<()> {
            if !self.waiting[0].is_empty() {
                self.write_group()?;
            }
            self.table.finish()
        }

        fn write_group(&mut self) -> io::Result<()> {
            let paths = self.waiting[0].len();
            let numbers = self.first_path as i64..self.first_path as i64 + paths as i64;
            let path: Vec<i64> = self.shares.iter().flat_map(|_| numbers.clone()).collect();
            let share: Vec<f64> =
                self.shares.iter().flat_map(|share| std::iter::repeat_n(*share, paths)).collect();
            let slices: Vec<&[f64]> = self.waiting.iter().map(Vec::as_slice).collect();
            let share = [share.as_slice()];
            let labels = [Values::Numbers(&share), Values::Whole(&path)];
            let metrics = slices.chunks(self.shares.len()).map(Values::Numbers);
            self.table.write_group(&labels.into_iter().chain(metrics).collect::<Vec<_>>())?;
            self.waiting.iter_mut().for_each(Vec::clear);
            self.first_path += paths as u64;
            Ok(())
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::report::parquet::testing::read;
        use parquet::record::Field;

        /// Numbers of paths from 0 on, of two metrics at two shares.
        fn column(paths: usize, of: f64) -> Vec<f64> {
            (0..paths).map(|path| path as f64 + of).collect()
        }

        fn file(sizes: &[usize]) -> Vec<u8> {
            let metrics = ["revenue_usd".to_string(), "irr".to_string()];
            let mut bytes = Vec::new();
            let mut table = OutcomesParquet::new(&mut bytes, &metrics, &[0.0, 0.2], &[]).unwrap();
            let paths = sizes.iter().sum();
            let nan = vec![f64::NAN; paths];
            let columns = [column(paths, 0.25), column(paths, 0.5), nan, column(paths, -3.0)];
            let mut first = 0;
            for size in sizes {
                let cut: Vec<&[f64]> = columns.iter().map(|c| &c[first..first + size]).collect();
                table.append(&OutcomeBlock { first_path: first as u64, columns: &cut }).unwrap();
                first += size;
            }
            table.finish().unwrap();
            bytes
        }

        #[test]
        fn rows_stand_by_share_then_by_path_whatever_the_blocks() {
            let size = paths_per_group(2);
            let whole = file(&[size + 70]);
            assert_eq!(whole, file(&[64, size - 1, 7]));
            let read = read(whole);
            assert_eq!(read.columns, ["share", "path", "revenue_usd", "irr"]);
            assert_eq!(read.groups, [2 * size as i64, 140]);
            let [first, last] = [&read.rows[2 * size], &read.rows[2 * size + 139]];
            let number = |path: usize| Field::Long(path as i64);
            let known = |value: f64| Field::Double(value);
            let revenue = size as f64 + 0.25;
            assert_eq!(first[..], [known(0.0), number(size), known(revenue), Field::Null]);
            let at = (size + 69) as f64;
            let last_row = [known(0.2), number(size + 69), known(at + 0.5), known(at - 3.0)];
            assert_eq!(last[..], last_row);
        }
    }
}
