//! The tables of a run by the names of their files.
//!
//! In: `Results`. Out: name and bytes of each table that the run has. Not here: the columns (`csv`), the
//! folder.

use super::csv;
use super::results::Results;
use std::io;

/// Every table of a run but its outcomes, in the order in which they are read.
///
/// # Errors
/// None that memory gives.
pub fn of(results: &Results) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
    let mut tables: Vec<(&str, Vec<u8>)> = Vec::new();
    let mut add = |name, write: &dyn Fn(&mut Vec<u8>) -> io::Result<()>| -> io::Result<()> {
        let mut bytes = Vec::new();
        write(&mut bytes)?;
        tables.push((name, bytes));
        Ok(())
    };
    add("summary.csv", &|out| csv::write_summary(&results.rows, out))?;
    add("spread.csv", &|out| csv::write_spreads(&results.spreads, out))?;
    add("variations.csv", &|out| csv::write_variations(&results.variations, out))?;
    if let Some(claim) = &results.claim {
        add("bridge.csv", &|out| csv::write_bridge(claim, out))?;
        add("claim.csv", &|out| csv::write_claim(claim, out))?;
    }
    if !results.undisclosed.is_empty() {
        add("undisclosed.csv", &|out| csv::write_undisclosed(&results.undisclosed, out))?;
    }
    Ok(tables)
}
