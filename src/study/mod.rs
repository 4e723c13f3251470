//! The composition root: a study's values → its world, its outcomes, its results.
//!
//! Here alone the stations are wired together; nothing below knows a study file.

pub mod calibration;
#[cfg(feature = "text")]
pub mod check;
pub mod claim;
pub mod columns;
pub mod dependence;
pub mod explain;
pub mod footprint;
pub mod kept;
pub mod manifest;
pub mod market;
pub mod models;
pub mod order;
#[cfg(feature = "html")]
pub mod page;
pub mod panel;
pub mod paths;
#[cfg(feature = "html")]
pub mod pictures;
mod pieces;
pub mod reread;
mod rows;
pub mod run;
pub mod sample;
pub mod settled;
pub mod slices;
pub mod stress;
pub mod uncertain;
pub mod undisclosed;
pub mod variations;
pub mod world;
