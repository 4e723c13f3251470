//! wattshift: the distribution, with its tail, of a Bitcoin miner's revenue when a share of its
//! power goes to AI and HPC.
//!
//! Modules in the order of the data's way; imports run one way, down this list (see
//! ARCHITECTURE.md for the map and the walk of one number).

// Tests compare with the platform's functions; results never use them.
#![cfg_attr(test, allow(clippy::disallowed_methods))]

// The ground.
pub mod error;
pub mod time;
pub mod units;

pub mod bitcoin;
pub mod parallel;
pub mod tile;

pub mod chance;

// The road.
pub mod input;

pub mod calibrate;

pub mod model;

pub mod dependence;

pub mod simulate;

pub mod economics;

pub mod outcome;

pub mod risk;

pub mod report;

pub mod store;

pub mod study;
