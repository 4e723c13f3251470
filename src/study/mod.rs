//! The composition root: a study's values → its world, its outcomes, its results.
//!
//! Here alone the stations are wired together; nothing below knows a study file.

pub mod explain;
pub mod paths;
pub mod world;
