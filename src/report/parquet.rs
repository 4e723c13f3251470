//! A table of numbers as Parquet, written a group of rows at a time.
//!
//! In: names of columns, what is to be known of the file, groups of rows. Out: bytes, the same for the
//! same table. Numbers are split by byte before they are compressed, days are timestamps at midnight
//! without a zone, which every reader takes for days and times. Not here: what the columns mean.

use crate::tile::LANES;
use parquet::basic::{
    Compression, ConvertedType, Encoding, LogicalType, Repetition, TimeUnit, Type,
};
use parquet::data_type::{DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnPath, Type as Schema};
use std::io::{self, Write};
use std::sync::Arc;

/// Rows that a group is to have: readers take a group at a time.
const ROWS_PER_GROUP: usize = 1 << 17;

/// Paths of a group of rows, if each has so many: as many whole tiles as it takes.
pub fn paths_per_group(rows_per_path: usize) -> usize {
    (ROWS_PER_GROUP / rows_per_path.max(1) / LANES).max(1) * LANES
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Numbers, of which none is missing.
    Number,
    /// Numbers; what is NaN is missing.
    NumberOrNone,
    /// One of a few numbers, again and again.
    Label,
    /// Whole numbers.
    Whole,
    /// Days, in microseconds from 1970.
    Day,
}

/// The values of a column in a group of rows.
#[derive(Debug, Clone, Copy)]
pub enum Values<'a> {
    /// Of numbers and labels: slices that follow each other.
    Numbers(&'a [&'a [f64]]),
    /// Of whole numbers and days.
    Whole(&'a [i64]),
}

/// A file under way.
pub struct Table<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    kinds: Vec<Kind>,
}

impl<W: Write + Send> Table<W> {
    /// A table without rows; `about` are names and texts of what is to be known of the file.
    ///
    /// # Errors
    /// If `out` refuses a write.
    pub fn new(out: W, columns: &[(String, Kind)], about: &[(&str, String)]) -> io::Result<Self> {
        let about = about.iter().map(|(key, text)| KeyValue::new((*key).into(), text.clone()));
        let mut properties = WriterProperties::builder()
            .set_created_by(format!("wattshift {}", env!("CARGO_PKG_VERSION")))
            .set_compression(Compression::SNAPPY)
            .set_dictionary_enabled(false)
            .set_key_value_metadata(Some(about.collect()));
        for (name, kind) in columns {
            let path = ColumnPath::from(name.as_str());
            properties = match kind {
                Kind::Number | Kind::NumberOrNone => {
                    properties.set_column_encoding(path, Encoding::BYTE_STREAM_SPLIT)
                }
                Kind::Label | Kind::Day => properties.set_column_dictionary_enabled(path, true),
                Kind::Whole => properties.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED),
            };
        }
        let writer = schema(columns)
            .and_then(|schema| {
                SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties.build()))
            })
            .map_err(refused)?;
        Ok(Self { writer, kinds: columns.iter().map(|(_, kind)| *kind).collect() })
    }

    /// Writes a group of rows, column by column.
    ///
    /// # Errors
    /// If the writer below refuses a write.
    ///
    /// # Panics
    /// If there are not as many columns, or one has values of another kind.
    pub fn write_group(&mut self, columns: &[Values<'_>]) -> io::Result<()> {
        assert_eq!(columns.len(), self.kinds.len(), "a group has every column");
        let mut group = self.writer.next_row_group().map_err(refused)?;
        for (kind, values) in self.kinds.iter().zip(columns) {
            write_column(&mut group, *kind, *values).map_err(refused)?;
        }
        group.close().map(|_| ()).map_err(refused)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// If the writer below refuses a write.
    pub fn finish(mut self) -> io::Result<()> {
        self.writer.finish().map_err(refused)?;
        self.writer.flush()
    }
}

fn schema(columns: &[(String, Kind)]) -> Result<Schema, ParquetError> {
    let fields = columns.iter().map(|(name, kind)| {
        let (of, repetition) = match kind {
            Kind::Number | Kind::Label => (Type::DOUBLE, Repetition::REQUIRED),
            Kind::NumberOrNone => (Type::DOUBLE, Repetition::OPTIONAL),
            Kind::Whole | Kind::Day => (Type::INT64, Repetition::REQUIRED),
        };
        let field = Schema::primitive_type_builder(name, of).with_repetition(repetition);
        let field = if *kind == Kind::Day {
            field
                .with_converted_type(ConvertedType::NONE)
                .with_logical_type(Some(LogicalType::timestamp(false, TimeUnit::MICROS)))
        } else {
            field
        };
        field.build().map(Arc::new)
    });
    Schema::group_type_builder("rows").with_fields(fields.collect::<Result<_, _>>()?).build()
}

fn write_column(
    group: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    kind: Kind,
    values: Values<'_>,
) -> Result<(), ParquetError> {
    let mut column = group.next_column()?.expect("a group has every column");
    match (kind, values) {
        (Kind::Number | Kind::Label, Values::Numbers(slices)) => {
            for slice in slices {
                column.typed::<DoubleType>().write_batch(slice, None, None)?;
            }
        }
        (Kind::NumberOrNone, Values::Numbers(slices)) => {
            for slice in slices {
                let there: Vec<f64> = slice.iter().copied().filter(|x| !x.is_nan()).collect();
                let is_there: Vec<i16> = slice.iter().map(|x| i16::from(!x.is_nan())).collect();
                column.typed::<DoubleType>().write_batch(&there, Some(&is_there), None)?;
            }
        }
        (Kind::Whole | Kind::Day, Values::Whole(values)) => {
            column.typed::<Int64Type>().write_batch(values, None, None)?;
        }
        _ => panic!("values are of the kind of their column"),
    }
    column.close()
}

/// What the system said, where it was the system.
fn refused(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    /// What a file holds: its columns, what it says of itself, its rows, the rows of each group.
    pub(crate) struct Read {
        pub(crate) columns: Vec<String>,
        pub(crate) about: Vec<(String, String)>,
        pub(crate) rows: Vec<Vec<Field>>,
        pub(crate) groups: Vec<i64>,
    }

    pub(crate) fn read(bytes: Vec<u8>) -> Read {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let metadata = reader.metadata();
        let file = metadata.file_metadata();
        let columns = file.schema_descr().columns().iter().map(|c| c.name().into()).collect();
        let about = file.key_value_metadata().into_iter().flatten();
        let about = about.map(|pair| (pair.key.clone(), pair.value.clone().unwrap())).collect();
        let groups = metadata.row_groups().iter().map(|group| group.num_rows()).collect();
        let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
        let rows = rows.map(|row| row.into_columns().into_iter().map(|(_, f)| f).collect());
        Read { columns, about, rows: rows.collect(), groups }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::read;
    use super::*;
    use crate::report::sample::FullDisk;
    use parquet::record::Field;

    #[test]
    fn what_is_written_is_read_back_to_the_bit_and_says_what_it_is() {
        let kinds = [Kind::Whole, Kind::Day, Kind::Label, Kind::Number, Kind::NumberOrNone];
        let columns: Vec<_> =
            ["a", "b", "c", "d", "e"].map(String::from).into_iter().zip(kinds).collect();
        let mut bytes = Vec::new();
        let mut table = Table::new(&mut bytes, &columns, &[("key", "text".into())]).unwrap();
        let (low, nan) = (f64::MIN_POSITIVE / 3.0, f64::NAN);
        for first in [0, 2] {
            let groups = [
                Values::Whole(&[first, first + 1]),
                Values::Whole(&[86_400_000_000, 0]),
                Values::Numbers(&[&[0.1 + 0.2, -0.0]]),
                Values::Numbers(&[&[1.0e300], &[low]]),
                Values::Numbers(&[&[nan], &[2.5]]),
            ];
            table.write_group(&groups).unwrap();
        }
        table.finish().unwrap();
        let read = read(bytes);
        assert_eq!(read.columns, ["a", "b", "c", "d", "e"]);
        assert_eq!(read.about, [("key".to_string(), "text".to_string())]);
        assert_eq!(read.groups, [2, 2]);
        let first = &read.rows[2];
        assert_eq!(first[..2], [Field::Long(2), Field::TimestampMicros(86_400_000_000)]);
        assert_eq!(first[2..], [Field::Double(0.1 + 0.2), Field::Double(1.0e300), Field::Null]);
        let Field::Double(zero) = read.rows[3][2] else { panic!("a number") };
        assert!(zero == 0.0 && zero.is_sign_negative());
        assert_eq!(read.rows[3][3..], [Field::Double(low), Field::Double(2.5)]);
    }

    #[test]
    fn a_group_is_of_whole_tiles_and_never_empty() {
        assert_eq!(paths_per_group(21), 6_208);
        assert_eq!(paths_per_group(1 << 20), LANES);
        assert_eq!(paths_per_group(0), ROWS_PER_GROUP);
    }

    #[test]
    fn a_full_disk_is_told_as_the_system_tells_it() {
        let columns = [("a".to_string(), Kind::Number)];
        let told = Table::new(FullDisk, &columns, &[]).map(Table::finish);
        let (Err(error) | Ok(Err(error))) = told else { panic!("there was no room") };
        assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{error}");
    }
}
