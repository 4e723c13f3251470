//! Tables of the page, from the tables for a terminal.
//!
//! In: a `Grid`. Out: its parts as a template wants them. Not here: how they look.

use crate::report::grid::{Grid, Row};

/// A table.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    /// Its id, if a script looks for it.
    pub(super) id: String,
    pub(super) caption: String,
    pub(super) legend: String,
    /// Headings over groups of columns, and how many columns each spans; none without groups.
    pub(super) spans: Vec<(String, usize)>,
    pub(super) titles: Vec<String>,
    pub(super) rows: Vec<Row>,
    /// How many columns from the left are text.
    pub(super) text_columns: usize,
}

impl Table {
    /// A table as a terminal has it.
    pub(super) fn of(grid: &Grid) -> Self {
        let (caption, legend) = grid.told();
        let (titles, text_columns, spans) = grid.head();
        let row = |row: &Row| {
            let cells = row.cells.iter().enumerate().map(|(column, cell)| {
                // A lone hyphen says that there is no number.
                let is_number = column >= text_columns && cell != "-";
                if is_number { cell.replace('-', "−") } else { cell.clone() }
            });
            Row { is_marked: row.is_marked, cells: cells.collect() }
        };
        Self {
            id: String::new(),
            caption: caption.trim_end_matches(':').into(),
            legend: legend.into(),
            spans: spans.into_iter().map(|(heading, span)| (heading.into(), span)).collect(),
            titles: titles.to_vec(),
            rows: grid.rows().iter().map(row).collect(),
            text_columns,
        }
    }
    /// The same of a table by share, its rows named by these.
    pub(super) fn of_shares(mut self, shares: impl ExactSizeIterator<Item = String>) -> Self {
        assert_eq!(shares.len(), self.rows.len(), "a row per share");
        self.rows.iter_mut().zip(shares).for_each(|(row, share)| row.cells[0] = share);
        self
    }
    /// Whether any column has a title.
    pub(super) fn is_titled(&self) -> bool {
        self.titles.iter().any(|title| !title.is_empty())
    }
    /// The same under another caption.
    pub(super) fn called(mut self, caption: impl Into<String>) -> Self {
        self.caption = caption.into();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_marked_whatever_its_name_and_a_hyphen_is_a_minus_where_numbers_stand() {
        let mut grid = Grid::new(1, &["", "gain", "win"]).title("What:").legend("how");
        grid.group(1, "revenue");
        grid.row(vec!["0-1".into(), "-3 ±1".into(), "7".into()]).is_marked = true;
        grid.row(vec!["> a name".into(), "4".into(), "7".into()]);
        let table = Table::of(&grid);
        assert_eq!((table.caption.as_str(), table.legend.as_str()), ("What", "how"));
        assert_eq!(table.spans, [(String::new(), 1), ("revenue".to_string(), 2)]);
        assert!(table.rows[0].is_marked && !table.rows[1].is_marked);
        assert_eq!(table.rows[0].cells, ["0-1", "−3 ±1", "7"]);
        assert_eq!(table.rows[1].cells[0], "> a name");
    }
}
