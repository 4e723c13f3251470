//! Station 9: where a run is kept, so that it is whole or absent and can be run again.
//!
//! In: bytes of files, the resolved study. Out: a run folder with its manifest; a file for a part of
//! a run. Not here: what the files say.

pub mod file;
pub mod folder;
pub mod manifest;
pub mod part;
pub mod slices;
