//! wattshift: the distribution, with its tail, of a Bitcoin miner's revenue when a share of its
//! power goes to AI and HPC.

pub mod bitcoin;
pub mod error;
pub mod parallel;
pub mod tile;
pub mod time;
pub mod units;

pub mod input;

pub mod risk;

pub mod report;
