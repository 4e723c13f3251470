//! The Python window on wattshift: it converts, and computes nothing.
//!
//! In: names, texts and numbers of Python. Out: texts of tables as the command writes them, columns
//! of numbers without a copy, exceptions. Not here: any computation (the crate `wattshift`), names
//! and looks (the package `wattshift` in `python/wattshift/`).

mod arrow;
mod beside;
mod errors;
mod law;
mod market;
mod run;
mod slices;
mod study;
mod watch;

use pyo3::prelude::*;

/// The engine, as `wattshift` in Python wraps it; not meant to be used by itself.
#[pymodule]
mod _lib {
    #[pymodule_export]
    use super::arrow::Outcomes;
    #[pymodule_export]
    use super::beside::{panel, stress};
    #[pymodule_export]
    use super::law::{laws, sample};
    #[pymodule_export]
    use super::market::{Markets, markets};
    #[pymodule_export]
    use super::run::{Run, run};
    #[pymodule_export]
    use super::slices::{Slices, merge, slice};
    #[pymodule_export]
    use super::study::{Study, names};

    /// The version that numbers are tied to.
    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = wattshift::store::manifest::VERSION;
}
