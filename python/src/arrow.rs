//! Outcomes for whoever reads Arrow, by the PyCapsule interface.
//!
//! One batch: `share`, `path`, then a column per metric, rows by share and then by path. So the
//! engine has them, `[metric][share][path]`: a metric's column is that memory itself. `share` and
//! `path` are made, once for each such object.

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{
    Array, ArrayRef, Float64Array, Int64Array, RecordBatch, RecordBatchIterator, StructArray,
};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{DataType, Field, Schema};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use std::collections::HashMap;
use std::sync::Arc;
use wattshift::economics::metric::Metric;
use wattshift::error::Error;

/// Outcomes of a run, of one share or of all.
#[pyclass(frozen, module = "wattshift._lib")]
pub(crate) struct Outcomes {
    batch: RecordBatch,
}

impl Outcomes {
    /// The columns of `[metric][share][path]`, of the share at a position or of all.
    pub(crate) fn new(
        metrics: &[Metric],
        shares: &[f64],
        share: Option<usize>,
        values: &ScalarBuffer<f64>,
    ) -> Result<Self, Error> {
        let paths = values.len() / (metrics.len() * shares.len());
        let own = share.map_or(shares, |share| &shares[share..=share]);
        let of_share: Vec<f64> =
            own.iter().flat_map(|share| std::iter::repeat_n(*share, paths)).collect();
        let of_path: Vec<i64> = own.iter().flat_map(|_| 0..paths as i64).collect();
        let mut fields = vec![
            Field::new("share", DataType::Float64, false),
            Field::new("path", DataType::Int64, false),
        ];
        let mut columns: Vec<ArrayRef> =
            vec![Arc::new(Float64Array::from(of_share)), Arc::new(Int64Array::from(of_path))];
        for (index, metric) in metrics.iter().enumerate() {
            let start = (index * shares.len() + share.unwrap_or(0)) * paths;
            let column = values.slice(start, own.len() * paths);
            let unit = HashMap::from([("unit".to_string(), metric.unit().to_string())]);
            fields.push(Field::new(metric.column(), DataType::Float64, false).with_metadata(unit));
            columns.push(Arc::new(Float64Array::new(column, None)));
        }
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns);
        Ok(Self { batch: batch.map_err(|error| refused(&error))? })
    }
}

fn refused(error: &arrow_schema::ArrowError) -> Error {
    Error::system("hand the outcomes over", std::io::Error::other(error.to_string()))
}

#[pymethods]
impl Outcomes {
    /// Names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.batch.schema().fields().iter().map(|field| field.name().clone()).collect()
    }
    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }
    /// The schema as a capsule.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.batch.schema().as_ref());
        let schema = schema.map_err(|error| super::errors::exception(py, refused(&error)))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }
    /// The schema and the batch, as a struct, as capsules; no other schema is served.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        let _ = requested_schema;
        let array = FFI_ArrowArray::new(&StructArray::from(self.batch.clone()).to_data());
        let array = PyCapsule::new_with_value(py, array, c"arrow_array")?;
        Ok((self.__arrow_c_schema__(py)?, array))
    }
    /// A stream of the one batch as a capsule; no other schema is served.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let batches = std::iter::once(Ok(self.batch.clone()));
        let reader = RecordBatchIterator::new(batches, self.batch.schema());
        let stream = FFI_ArrowArrayStream::new(Box::new(reader));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }
}
