//! The lines of a CSV text, each of which is one row.
//!
//! In: text. Out: the lines that are not empty, with their numbers in the file. Not here: fields.

use crate::error::{Place, Problem, note};

/// Most rows of a file.
const ROWS_MAX: usize = 1_000_000;
/// Most bytes of a line.
const LINE_BYTES_MAX: usize = 100_000;

/// The lines that are not empty, numbered from 1; a quote left open, an endless line or too many
/// lines are problems.
pub(crate) fn lines_of<'t>(
    file: &str,
    text: &'t str,
    problems: &mut Vec<Problem>,
) -> Vec<(u64, &'t str)> {
    let at = |line: u64| Place { file: file.into(), line: Some(line), column: None };
    // A line ends in LF, CR LF or, in a file without any LF, CR: as the csv crate sees it.
    let end = if text.contains('\n') { '\n' } else { '\r' };
    let mut lines = Vec::new();
    for (line, content) in (1..).zip(text.split(end)) {
        let content = content.trim_end_matches('\r');
        if content.contains(['\r', '\0']) {
            let what = "the line holds a control character";
            let problem =
                Problem::new(what).at(at(line)).expected("text without control characters");
            note(problems, problem.help("save the file as plain text"));
        } else if content.len() > LINE_BYTES_MAX {
            let what = format!("the line has more than {LINE_BYTES_MAX} bytes");
            let problem = Problem::new(what).at(at(line)).expected("one row a line");
            note(problems, problem.help("check that the file is the right one, with line ends"));
        } else if content.bytes().filter(|b| *b == b'"').count() % 2 == 1 {
            problems.push(
                Problem::new("a quote is not closed")
                    .at(at(line))
                    .found(content)
                    .expected("quotes in pairs on one line")
                    .help("close the quote; a quote inside quoted text is written twice"),
            );
            // Every later row would be told to be wrong as well.
            return Vec::new();
        } else if !content.is_empty() {
            lines.push((line, content));
        }
    }
    if lines.len() > ROWS_MAX {
        let what = format!("the file has more than {ROWS_MAX} rows");
        problems.push(Problem::new(what).at(Place::file(file)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> (Vec<(u64, &str)>, Vec<Problem>) {
        let mut problems = Vec::new();
        (lines_of("x.csv", text, &mut problems), problems)
    }

    #[test]
    fn lines_keep_their_numbers_whatever_ends_them() {
        assert_eq!(lines("a\n\nb\n"), (vec![(1, "a"), (3, "b")], vec![]));
        assert_eq!(lines("a\r\n\r\nb"), (vec![(1, "a"), (3, "b")], vec![]));
        assert_eq!(lines("a\r\rb\r"), (vec![(1, "a"), (3, "b")], vec![]));
        assert_eq!(lines(""), (vec![], vec![]));
    }

    #[test]
    fn an_endless_line_and_a_zero_byte_are_refused_with_their_line() {
        let endless = format!("a\n{}", "x".repeat(LINE_BYTES_MAX + 1));
        for text in [endless.as_str(), "a\nb\0", "a\nb\rc\n", "a\n\"b\n"] {
            let (_, problems) = lines(text);
            assert_eq!(problems.len(), 1);
            assert_eq!(problems[0].place.as_ref().unwrap().line, Some(2));
        }
    }

    #[test]
    fn more_rows_than_a_file_may_have_are_refused() {
        let text = "1\n".repeat(ROWS_MAX + 1);
        assert_eq!(lines(&text).1.len(), 1);
    }
}
