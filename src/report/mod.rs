//! Station 8: numbers → files and text for people.
//!
//! In: finished numbers with their errors. Out: CSV, JSON, tables and sentences. Not here: how a
//! number arose, where a file lies.

#[cfg(feature = "text")]
pub mod calibration;
#[cfg(feature = "text")]
pub mod claim;
pub mod csv;
#[cfg(feature = "text")]
pub mod dependence;
pub mod explain;
pub mod fits;
pub mod frontier;
#[cfg(feature = "text")]
pub mod grid;
#[cfg(feature = "html")]
pub mod html;
pub mod json;
pub mod markets;
pub mod number;
pub mod outcomes;
#[cfg(feature = "text")]
pub mod panel;
#[cfg(feature = "parquet")]
pub mod parquet;
#[cfg(feature = "html")]
pub mod pictures;
pub mod quality;
pub mod read;
pub mod results;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(feature = "text")]
pub mod sections;
#[cfg(feature = "text")]
pub mod stress;
#[cfg(feature = "text")]
pub mod table;
pub mod tables;
#[cfg(feature = "text")]
pub mod text;
#[cfg(feature = "text")]
pub mod treasury;
#[cfg(feature = "text")]
pub mod uncertainty;
#[cfg(feature = "text")]
pub mod verdict;
#[cfg(feature = "text")]
pub mod worth;

#[cfg(feature = "text")]
pub(crate) use crate::error::printable;
use crate::risk::Estimate;

/// Whether more is asked for than suits AI/HPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The share is valued as asked, in every world.
    Ok,
    /// In some worlds less suits than is asked for, and is valued there.
    CappedInSomeWorlds,
    /// In every world less suits than is asked for, and is valued.
    Capped,
}

impl Status {
    /// Its word in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::CappedInSomeWorlds => "capped_in_some_worlds",
            Self::Capped => "capped",
        }
    }
}

/// One row of `summary.csv`: one number with its error.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SummaryRow {
    /// `all` where the study has one company.
    pub company: String,
    /// `all` where the study has one model per factor.
    pub model: String,
    /// The share asked for, 0 to 1.
    pub share: f64,
    /// The share valued, a mean over the paths: the cap of a world where `share` is above it.
    pub effective_share: f64,
    /// Whether `share` is above the cap.
    pub status: Status,
    /// What is measured: `revenue`, `margin_after_capital`, …
    pub metric: String,
    /// How: `mean`, `quantile_0.05`, …
    pub measure: String,
    /// Unit of the value: `USD`, `1`, …
    pub unit: &'static str,
    /// The number.
    pub estimate: Estimate,
}

/// Breaks `text` at blanks into lines of at most `width` characters; a longer word stays whole.
#[cfg(feature = "text")]
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}

/// Characters of the longest line.
#[cfg(feature = "text")]
pub(crate) fn widest(lines: &[String]) -> usize {
    lines.iter().map(|line| line.chars().count()).max().unwrap_or(0)
}
