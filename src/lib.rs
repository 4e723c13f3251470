//! wattshift: the distribution, with its tail, of a Bitcoin miner's revenue when a share of its
//! power goes to AI and HPC.

pub mod error;
pub mod parallel;
pub mod tile;
pub mod time;

pub mod input;

pub mod calibrate;

pub mod risk;

pub mod report;

pub mod store;
