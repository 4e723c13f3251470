//! The mark that separates the columns of a text.
//!
//! In: lines. Out: the mark that parts the most of them alike. Not here: what stands between.

/// Separators that are tried, the one least likely to stand inside a cell first.
const SEPARATORS: [char; 4] = ['\t', ';', '|', ','];

/// The separator that a first line `sep=;` names, as Excel reads it.
pub(crate) fn separator_line(line: &str) -> Option<char> {
    let mark = line.trim_matches('"').strip_prefix("sep=")?.chars().next()?;
    SEPARATORS.contains(&mark).then_some(mark)
}

/// The separator that parts the most lines alike.
pub(crate) fn find_separator(lines: &[(u64, &str)]) -> Option<char> {
    let agreeing = |separator: char| {
        let mut counts = std::collections::BTreeMap::new();
        for (_, line) in lines {
            *counts.entry(fields(line, separator)).or_insert(0_usize) += 1;
        }
        let most =
            counts.into_iter().filter(|(fields, _)| *fields > 1).map(|(_, lines)| lines).max();
        most.unwrap_or(0)
    };
    let scores = SEPARATORS.map(agreeing);
    let best = scores.iter().copied().max().filter(|best| *best > 0)?;
    // Nearly as good is good enough for a mark that seldom stands inside a cell.
    let position = scores.iter().position(|score| 10 * score >= 9 * best)?;
    Some(SEPARATORS[position])
}

/// Whether a line ends inside a quoted cell: a cell is quoted if it begins with a quote, and ends at
/// the next that is not written twice.
pub(crate) fn ends_quoted(line: &str, separator: char) -> bool {
    let (mut is_quoted, mut begins) = (false, true);
    let mut marks = line.chars().peekable();
    while let Some(mark) = marks.next() {
        match mark {
            '"' if is_quoted && marks.peek() == Some(&'"') => {
                marks.next();
            }
            '"' if is_quoted => is_quoted = false,
            '"' if begins => is_quoted = true,
            _ => {}
        }
        begins = mark == separator && !is_quoted;
    }
    is_quoted
}

/// Fields of a line, marks inside quotes not counted.
fn fields(line: &str, separator: char) -> usize {
    let mut is_quoted = false;
    let mut fields = 1;
    for c in line.chars() {
        if c == '"' {
            is_quoted = !is_quoted;
        } else if c == separator && !is_quoted {
            fields += 1;
        }
    }
    fields
}
