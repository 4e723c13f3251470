//! What can go wrong, and how it is told.
//!
//! In: a place in a user's file, what was found, what was expected, the cure. Out: a text a person
//! can act on, and the exit code of the command. Not here: our own bugs, which are assertions.

use std::fmt;

/// Where in a user's file a problem lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as the user named it; `default study` for embedded text.
    pub file: String,
    /// Line, counted from 1; `None` where the problem is of the file as a whole.
    pub line: Option<u64>,
    /// Name of the column (CSV) or of the key (study).
    pub column: Option<String>,
}

impl Place {
    /// A whole file.
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), line: None, column: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", excerpt(&self.file, SENTENCE_CHARACTERS_MAX))?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", `{}`", excerpt(column, FOUND_CHARACTERS_MAX))?;
        }
        Ok(())
    }
}

/// One thing wrong with the user's input: what, where, what stood there, what should, the cure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The violated condition, in lower case: "price is not positive".
    pub what: String,
    /// Where it is.
    pub place: Option<Place>,
    /// The text found there.
    pub found: Option<String>,
    /// What was expected, with its unit and range.
    pub expected: Option<String>,
    /// What the user can do.
    pub help: Option<String>,
    /// Lines that the user can paste into a file; none for most problems.
    pub paste: Vec<String>,
    /// Problems that came after this one and are only counted.
    pub and_more: u64,
}

impl Problem {
    /// A problem of which only the condition is known yet.
    pub fn new(what: impl Into<String>) -> Self {
        let what = what.into();
        let paste = Vec::new();
        Self { what, place: None, found: None, expected: None, help: None, paste, and_more: 0 }
    }
    /// Adds where it is.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }
    /// Adds to a problem of a whole file where the user named that file.
    #[must_use]
    pub fn named_at(mut self, place: &Place) -> Self {
        if self.place.as_ref().is_some_and(|own| own.line.is_none() && own.column.is_none()) {
            let named = format!("it is named in {place}");
            self.help = Some(match self.help {
                Some(help) => format!("{help}; {named}"),
                None => named,
            });
        }
        self
    }
    /// Adds the text that was found.
    #[must_use]
    pub fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }
    /// Adds what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }
    /// Adds the cure.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
    /// Adds lines that the user can paste into a file.
    #[must_use]
    pub fn paste(mut self, lines: Vec<String>) -> Self {
        self.paste = lines;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", excerpt(&self.what, SENTENCE_CHARACTERS_MAX))?;
        if let Some(place) = &self.place {
            write!(f, "\n  --> {place}")?;
        }
        if let Some(found) = &self.found {
            write!(f, "\n   found    \"{}\"", excerpt(found, FOUND_CHARACTERS_MAX))?;
        }
        if let Some(expected) = &self.expected {
            write!(f, "\n   expected {}", excerpt(expected, SENTENCE_CHARACTERS_MAX))?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n   help     {}", excerpt(help, SENTENCE_CHARACTERS_MAX))?;
        }
        for line in &self.paste {
            write!(f, "\n{}", excerpt(line, SENTENCE_CHARACTERS_MAX))?;
        }
        Ok(())
    }
}

/// Everything wrong with the user's input, told at once; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

/// Problems beyond this many are counted, not shown.
const PROBLEMS_SHOWN: usize = 20;
/// Problems beyond this many are counted, not kept: a hostile file has millions.
const PROBLEMS_KEPT: usize = 1_000;

/// Adds a problem, or counts it where enough are kept.
pub fn note(problems: &mut Vec<Problem>, problem: Problem) {
    if problems.len() < PROBLEMS_KEPT {
        problems.push(problem);
    } else if let Some(last) = problems.last_mut() {
        last.and_more += 1;
    }
}

impl Problems {
    /// `value` if nothing was found wrong, else the problems.
    pub fn none_or<T>(problems: Vec<Problem>, value: T) -> Result<T, Self> {
        if problems.is_empty() { Ok(value) } else { Err(Self(problems)) }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().take(PROBLEMS_SHOWN).enumerate() {
            if index > 0 {
                writeln!(f, "\n")?;
            }
            write!(f, "{problem}")?;
        }
        let counted: u64 = self.0.iter().map(|problem| problem.and_more).sum();
        let more = self.0.len().saturating_sub(PROBLEMS_SHOWN) as u64 + counted;
        if more > 0 {
            write!(f, "\n\n… and {more} more")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Why a command did not finish.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The user's files or flags are wrong: exit code 2.
    #[error("{0}")]
    Input(#[from] Problems),
    /// The data cannot support the model asked for: exit code 2.
    #[error("error: {0}")]
    Calibration(String),
    /// The system refused something (a full disk, say): exit code 1.
    #[error("error: cannot {action}: {source}")]
    System {
        /// What was tried, as "write runs/x/summary.csv".
        action: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The user stopped the run: exit code 130.
    #[error("interrupted: nothing is left half-written")]
    Interrupted,
}

impl Error {
    /// The exit code of the command: 1 our failure, 2 the user's input, 130 interrupted.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::System { .. } => 1,
            Self::Input(_) | Self::Calibration(_) => 2,
            Self::Interrupted => 130,
        }
    }
    /// A system error with what was being done.
    pub fn system(action: impl Into<String>, source: std::io::Error) -> Self {
        Self::System { action: action.into(), source }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Input(problem.into())
    }
}

/// Whether a character can steer what is shown, or hide in it: controls, line separators, marks of
/// direction, and characters without width.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}')
        || matches!(c, '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Text of a user made harmless for a terminal: what could steer it or hide becomes `?`.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if is_hidden(c) { '?' } else { c }).collect()
}

/// Characters of what was found that are shown.
const FOUND_CHARACTERS_MAX: usize = 120;
/// Characters that are shown of a sentence of ours, which may hold names of a file.
const SENTENCE_CHARACTERS_MAX: usize = 1_000;

/// The beginning of a text from a file, harmless for a terminal.
fn excerpt(text: &str, characters_max: usize) -> String {
    match text.char_indices().nth(characters_max) {
        Some((end, _)) => printable(&text[..end]) + "…",
        None => printable(text),
    }
}

/// Names with commas between, those beyond `most` counted: `a, b and 3 more`.
pub fn listed<T: AsRef<str>>(names: &[T], most: usize) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The known name nearest to a misspelt one, as ", did you mean `…`?"; empty if none is near.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let lower = |text: &str| text.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&lower(name), &lower(candidate)), candidate))
        .filter(|(nearness, _)| *nearness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map_or_else(String::new, |(_, candidate)| format!("did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_like_a_compiler_message() {
        let problem = Problem::new("price is not positive")
            .at(Place {
                file: "data/btc.csv".into(),
                line: Some(4021),
                column: Some("close_usd".into()),
            })
            .found("-91234.50")
            .expected("a number above 0, USD per BTC")
            .help("remove the row");
        assert_eq!(
            problem.to_string(),
            "error: price is not positive\n  --> data/btc.csv:4021, `close_usd`\n   found    \
             \"-91234.50\"\n   expected a number above 0, USD per BTC\n   help     remove the row"
        );
    }

    #[test]
    fn control_characters_of_a_file_do_not_reach_the_terminal() {
        let hostile = "\u{1b}[31mred";
        let problem = Problem::new(hostile).at(Place::file(hostile)).found(hostile);
        let shown = problem.expected(hostile).help("x".repeat(5_000)).to_string();
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
        assert!(shown.len() < 2_000);
        let red = "\u{1b}[31mred";
        let shown = Problem::new(red).found(red).expected(red).help(red).to_string();
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
        let hidden = "\u{7}\u{85}\u{61c}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\
                      \u{202c}\u{202d}\u{202e}\u{2060}\u{2066}\u{2067}\u{2068}\u{2069}\u{feff}";
        assert_eq!(printable(hidden), "?".repeat(hidden.chars().count()));
        assert_eq!(printable("é – 中 ¡"), "é – 中 ¡");
        assert_eq!(excerpt(&"é".repeat(121), 120), "é".repeat(120) + "…");
        let shown = Problem::new("x").paste(vec![red.into(), "1,2".into()]).to_string();
        assert_eq!(shown, "error: x\n?[31mred\n1,2");
    }

    #[test]
    fn of_many_names_some_are_shown_and_the_rest_counted() {
        assert_eq!(listed(&["a", "b"], 2), "a, b");
        assert_eq!(listed(&["a", "b", "c", "d"], 2), "a, b and 2 more");
    }

    #[test]
    fn a_near_name_is_proposed_and_a_far_one_is_not() {
        assert_eq!(
            did_you_mean("volatilty", ["volatility", "drift"]),
            "did you mean `volatility`?"
        );
        assert_eq!(did_you_mean("Gross_MW", ["gross_mw", "site"]), "did you mean `gross_mw`?");
        assert_eq!(did_you_mean("banana", ["volatility", "drift"]), "");
    }

    #[test]
    fn of_millions_of_problems_a_thousand_are_kept_and_all_are_counted() {
        let mut problems = Vec::new();
        for index in 0..100_000 {
            note(&mut problems, Problem::new(format!("p{index}")));
        }
        assert_eq!(problems.len(), PROBLEMS_KEPT);
        assert!(Problems(problems).to_string().ends_with("… and 99980 more"));
    }

    #[test]
    fn only_the_first_problems_are_shown_and_all_are_counted() {
        let problems = Problems((0..25).map(|i| Problem::new(format!("p{i}"))).collect());
        assert!(problems.to_string().ends_with("… and 5 more"));
    }
}
