//! Station 1: files → validated values.
//!
//! In: a study file and the CSV files that it names, or what comes with wattshift. Out: a
//! [`study::Study`] in which every value is finite, in range and in the unit of its name, or all
//! problems at once. Not here: laws, fits, chance.

mod ai_market;
mod appraisal;
mod basis;
mod btc_price;
mod business;
mod capacity;
mod claim;
mod contracts;
mod copula;
mod correlation;
mod credit;
mod document;
mod embedded;
mod fleet;
mod histories;
mod json_schema;
mod key;
mod lineage;
mod lines;
mod market;
mod misnomer;
mod models;
mod parameters;
mod period;
mod quotes;
mod range;
mod reader;
mod records;
mod resolved;
mod schema;
mod sector;
mod series;
mod source;
mod starts;
mod stress;
pub mod study;
mod table;
mod treasury;
mod undisclosed;
mod without;
