//! Tests of the engine and of the command, a module a subject, in one program: each program more would be
//! optimised with all of the engine again.
//!
//! `cargo test --test suite treasury::` runs one module.

mod common;

mod appraisal;
mod bad_inputs;
mod bitcoin_history;
mod business;
mod businesses;
mod calibrate_recovers;
mod cli;
mod coverage;
mod dependence;
mod fits_recover;
mod fits_reference;
mod hand_computed;
mod invariants;
mod laws_after_target;
mod laws_ai_market;
mod laws_btc_price;
mod laws_btc_returns;
mod laws_network;
mod layers;
mod models;
mod panel;
mod parts;
mod reference_sweep;
mod results;
mod stress;
mod treasury;
mod undisclosed;
mod vendor_pages;
