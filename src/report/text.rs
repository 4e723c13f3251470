//! The whole report for a terminal, in the order in which a reader asks.
//!
//! In: `Results` and the width of the terminal. Out: text. Not here: where files went.

use super::grid::Grid;
use super::results::Results;
use super::{claim, sections, table, treasury, uncertainty, verdict, worth};

/// Columns assumed where the output is no terminal.
pub const WIDTH_DEFAULT: usize = 120;

/// The report: question, table, verdict, treasury, worth, models, uncertainty, worst worlds, variations, assumptions, what is not
/// disclosed, claim.
pub fn report(results: &Results, width: usize) -> String {
    let mut head = super::wrap(&super::printable(&results.question), width);
    head.push(format!(
        "Study {}, as of {}, seed {}.",
        results.study_name, results.as_of, results.seed
    ));
    let blocks = [
        head,
        table::main_table(results, width),
        super::wrap(&verdict::verdict(results), width),
        block(treasury::treasury(results), width),
        block(worth::worth(results), width),
        block(uncertainty::by_model(results), width),
        block(uncertainty::spreads(results), width),
        block(sections::worst_worlds(results), width),
        sections::variations(results, width),
        sections::assumptions(results, width),
        sections::undisclosed(results, width),
        claim::claim_block(results, width),
    ];
    let shown: Vec<String> = blocks
        .into_iter()
        .filter(|block| !block.is_empty())
        .map(|block| block.join("\n"))
        .collect();
    format!("{}\n", shown.join("\n\n"))
}

/// A table as lines; none where there is none.
fn block(grid: Option<Grid>, width: usize) -> Vec<String> {
    grid.map_or_else(Vec::new, |grid| grid.block(width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::synthetic_results;

    #[test]
    fn the_report_answers_in_the_order_of_the_questions() {
        let narrow = report(&synthetic_results(), 80);
        assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
        let text = report(&synthetic_results(), WIDTH_DEFAULT);
        let order =
            ["made-up", "gain", "Moving 20 %", "How sure", "in common", "rests on", "Assumptions"];
        let order = order.into_iter().chain(["Undisclosed inputs"]);
        let mut from = 0;
        for part in order.chain(["The claim"]) {
            from += text[from..].find(part).unwrap_or_else(|| panic!("{part} not after {from}"));
        }
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH_DEFAULT), "{text}");
    }

    #[test]
    fn text_of_a_study_cannot_steer_the_terminal() {
        let mut results = synthetic_results();
        results.question = "\u{1b}[2Jgone".into();
        results.assumptions[0].1 = "\u{1b}[31m".into();
        results.undisclosed[0].row = "\u{1b}[31m".into();
        assert!(!report(&results, WIDTH_DEFAULT).contains('\u{1b}'));
    }
}
