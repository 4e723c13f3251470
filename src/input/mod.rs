//! Station 1: files → validated values.

pub mod study;
