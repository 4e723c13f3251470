//! What went wrong, as exceptions of Python.
//!
//! In: an error of the engine. Out: the exception of `wattshift._errors` with the text that the
//! command prints. A panic is our bug, and becomes an exception as well: none crosses the border.

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wattshift::error::{Error, Problem, Problems};

/// What problems call the text that is laid over a study, that of a study given as a dict, and that of a
/// stress: their lines are ours, and nothing to the user.
pub(crate) const GIVEN: [&str; 3] = ["with_()", "from_dict()", "stress()"];

/// The exception of an error.
pub(crate) fn exception(py: Python<'_>, error: Error) -> PyErr {
    let made = match error {
        Error::Input(problems) => input_error(py, problems),
        Error::Interrupted => return PyKeyboardInterrupt::new_err(()),
        Error::Calibration(_) => of_class(py, "CalibrationError", &error.to_string()),
        Error::System { .. } => of_class(py, "EngineError", &error.to_string()),
    };
    made.unwrap_or_else(|trouble| trouble)
}

fn of_class(py: Python<'_>, class: &str, text: &str) -> PyResult<PyErr> {
    let class = py.import("wattshift._errors")?.getattr(class)?;
    Ok(PyErr::from_value(class.call1((text.trim_start_matches("error: "),))?))
}

fn input_error(py: Python<'_>, mut problems: Problems) -> PyResult<PyErr> {
    problems.0.iter_mut().for_each(forget_lines);
    let of_each = problems.0.iter().map(|problem| as_dict(py, problem));
    let of_each = PyList::new(py, of_each.collect::<PyResult<Vec<_>>>()?)?;
    let class = py.import("wattshift._errors")?.getattr("InputError")?;
    Ok(PyErr::from_value(class.call1((problems.to_string(), of_each))?))
}

/// Takes out the numbers of lines that are ours.
fn forget_lines(problem: &mut Problem) {
    if let Some(place) = &mut problem.place
        && GIVEN.contains(&place.file.as_str())
    {
        place.line = None;
    }
    for name in GIVEN {
        let Some(help) = &mut problem.help else { continue };
        let begin = format!("{name}:");
        if let Some(at) = help.find(&begin) {
            let digits = help[at + begin.len()..].chars().take_while(char::is_ascii_digit).count();
            help.replace_range(at + name.len()..at + begin.len() + digits, "");
        }
    }
}

fn as_dict<'py>(py: Python<'py>, problem: &Problem) -> PyResult<Bound<'py, PyDict>> {
    let place = problem.place.as_ref();
    let dict = PyDict::new(py);
    dict.set_item("what", &problem.what)?;
    dict.set_item("file", place.map(|place| &place.file))?;
    dict.set_item("line", place.and_then(|place| place.line))?;
    dict.set_item("column", place.and_then(|place| place.column.as_ref()))?;
    dict.set_item("found", problem.found.as_ref())?;
    dict.set_item("expected", problem.expected.as_ref())?;
    dict.set_item("help", problem.help.as_ref())?;
    Ok(dict)
}

/// What our own bug said.
pub(crate) fn bug(py: Python<'_>, payload: &(dyn Any + Send)) -> PyErr {
    let said = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no words");
    let text = format!("this is a bug of wattshift, please tell us: {said}");
    of_class(py, "EngineError", &text).unwrap_or_else(|trouble| trouble)
}

/// Does short work with the interpreter released; what goes wrong becomes an exception.
pub(crate) fn guarded<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Error> + Send,
) -> PyResult<T> {
    match py.detach(|| catch_unwind(AssertUnwindSafe(work))) {
        Ok(done) => done.map_err(|error| exception(py, error)),
        Err(payload) => Err(bug(py, &*payload)),
    }
}

/// A table that a writer of the engine writes, as text.
pub(crate) fn text_of(
    write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>,
) -> Result<String, Error> {
    let mut bytes = Vec::new();
    let written =
        write(&mut bytes).and_then(|()| String::from_utf8(bytes).map_err(std::io::Error::other));
    written.map_err(|error| Error::system("write the table", error))
}
