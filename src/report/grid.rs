//! Tables for people: right-aligned numbers, errors under errors, headings over groups.
//!
//! In: titles and cells as text. Out: for a terminal lines without trailing blanks, borders in ASCII;
//! for a page its parts. Not here: what the cells say.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

/// Blanks between two columns.
const GAP: u16 = 2;
/// Further blanks before a group of columns.
const GROUP_GAP: u16 = 1;

const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('-'));

/// A table being filled.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    title: String,
    legend: String,
    titles: Vec<String>,
    text_columns: usize,
    groups: Vec<(usize, String)>,
    rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug, Clone)]
pub struct Row {
    /// Whether it is the one to look at: a terminal has a `>` before it.
    pub is_marked: bool,
    /// A cell per title.
    pub cells: Vec<String>,
}

impl Grid {
    /// An empty table whose first `text_columns` columns are text, the others numbers.
    pub fn new(text_columns: usize, titles: &[&str]) -> Self {
        let titles = titles.iter().map(|title| (*title).to_string()).collect();
        Self { titles, text_columns, ..Self::default() }
    }

    /// Says what the table tells.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Says below the table how to read it.
    pub fn legend(mut self, legend: impl Into<String>) -> Self {
        self.legend = legend.into();
        self
    }

    /// What the table tells; empty if not said.
    #[cfg(feature = "html")]
    pub(super) fn told(&self) -> (&str, &str) {
        (&self.title, &self.legend)
    }

    /// Its titles, how many of them are over text, and the headings over groups of them: heading and
    /// number of columns, without a heading before the first group.
    #[cfg(feature = "html")]
    pub(super) fn head(&self) -> (&[String], usize, Vec<(&str, usize)>) {
        let mut spans = Vec::new();
        if let Some((first, _)) = self.groups.first().filter(|(first, _)| *first > 0) {
            spans.push(("", *first));
        }
        for (index, (first, heading)) in self.groups.iter().enumerate() {
            let next = self.groups.get(index + 1).map_or(self.titles.len(), |(next, _)| *next);
            spans.push((heading.as_str(), next - first));
        }
        (&self.titles, self.text_columns, spans)
    }

    /// Its rows.
    #[cfg(feature = "html")]
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The table between its title and its legend, those broken at `width`.
    pub fn block(&self, width: usize) -> Vec<String> {
        let mut lines = super::wrap(&self.title, width);
        lines.push(String::new());
        lines.extend(self.lines());
        if !self.legend.is_empty() {
            lines.push(String::new());
            lines.extend(super::wrap(&self.legend, width));
        }
        lines
    }

    /// Puts a heading over the columns from `first_column` to the next group or the end.
    pub fn group(&mut self, first_column: usize, heading: impl Into<String>) {
        self.groups.push((first_column, heading.into()));
    }

    /// Adds a row with a cell per title, which may be marked.
    pub fn row(&mut self, cells: Vec<String>) -> &mut Row {
        assert_eq!(cells.len(), self.titles.len());
        self.rows.push(Row { is_marked: false, cells });
        self.rows.last_mut().expect("a row was added")
    }

    /// The lines of the table, each at most as wide as its content needs.
    pub fn lines(&self) -> Vec<String> {
        let shown = |row: &Row| {
            let mut cells = row.cells.clone();
            if row.is_marked {
                cells[0].insert(0, '>');
            }
            cells
        };
        let mut rows: Vec<Vec<String>> = self.rows.iter().map(shown).collect();
        for column in self.text_columns..self.titles.len() {
            align_errors(&mut rows, column);
        }
        let mut table = Table::new();
        table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
        table.force_no_tty();
        table.set_header(&self.titles).add_rows(rows);
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((self.gap_before(index), 0));
            if index >= self.text_columns {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let widths = table.column_max_content_widths();
        let mut lines = Vec::new();
        if !self.groups.is_empty() {
            lines.push(self.headings(&widths));
        }
        lines.extend(table.lines().map(|line| line.replace('\u{a0}', " ").trim_end().to_string()));
        lines
    }

    fn gap_before(&self, column: usize) -> u16 {
        let begins_group = self.groups.iter().any(|(first, _)| *first == column);
        let gap = if column == 0 { 0 } else { GAP };
        if begins_group { gap + GROUP_GAP } else { gap }
    }

    /// The line above the titles: each heading drawn out to the end of its group.
    fn headings(&self, widths: &[u16]) -> String {
        let mut line = String::new();
        let mut column = 0;
        for (index, (first, heading)) in self.groups.iter().enumerate() {
            let next = self.groups.get(index + 1).map_or(widths.len(), |(next, _)| *next);
            let before: usize = (column..*first).map(|c| self.span(widths, c)).sum();
            line.push_str(&" ".repeat(before + usize::from(self.gap_before(*first))));
            let span: usize = (*first..next).map(|c| self.span(widths, c)).sum();
            let room = span - usize::from(self.gap_before(*first));
            line.push_str(&format!("{:-<room$}", format!("{heading} ")));
            column = next;
        }
        line.trim_end().to_string()
    }

    fn span(&self, widths: &[u16], column: usize) -> usize {
        usize::from(self.gap_before(column) + widths[column])
    }
}

/// Pads what follows the `±` so that values end, and errors begin, at the same place.
fn align_errors(rows: &mut [Vec<String>], column: usize) {
    let tail_of = |cell: &str| cell.find(" ±").map_or(0, |at| cell[at..].chars().count());
    let widest = rows.iter().map(|row| tail_of(&row[column])).max().unwrap_or(0);
    for row in rows {
        let blanks = widest - tail_of(&row[column]);
        // A no-break space: comfy-table trims ordinary blanks of a right-aligned cell.
        row[column].push_str(&"\u{a0}".repeat(blanks));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Grid {
        let mut grid = Grid::new(1, &["share", "mean", "gain", "win"]);
        grid.group(1, "revenue");
        grid.group(3, "loss");
        grid.row(["0", "530.1 ±0.3", "0", "7 ±1.5"].map(String::from).to_vec());
        grid.row(["0.2", "1,530 ±20", "+1 ±1", "77 ±0.5"].map(String::from).to_vec());
        grid
    }

    #[test]
    fn errors_stand_under_errors_and_values_end_together() {
        let lines = sample().lines();
        let place = |line: &str| line.chars().position(|c| c == '±').unwrap();
        assert_eq!(place(&lines[3]), place(&lines[4]));
        assert!(lines.iter().all(|line| !line.ends_with(' ') && !line.contains('\u{a0}')));
    }

    #[test]
    fn a_marked_row_has_its_mark_on_a_terminal_and_nowhere_else() {
        let mut grid = Grid::new(1, &["", "gain"]);
        grid.row(vec!["0.2".into(), "7".into()]).is_marked = true;
        grid.row(vec![">0.4".into(), "8".into()]);
        assert!(grid.lines()[2].starts_with(">0.2"));
        let told = grid.rows.iter().map(|row| (row.is_marked, row.cells[0].as_str()));
        assert!(told.eq([(true, "0.2"), (false, ">0.4")]));
    }

    #[test]
    fn headings_cover_their_columns() {
        let lines = sample().lines();
        let loss = lines[0].find("loss").unwrap();
        assert_eq!(lines[0].chars().count(), lines[4].chars().count());
        assert!(lines[0][..loss].contains("revenue --"));
    }

    #[test]
    fn borders_are_ascii() {
        assert!(sample().lines()[2].chars().all(|c| c == '-'));
    }
}
