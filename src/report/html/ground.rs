//! What the numbers stand on: calibration, data, assumptions, what is not disclosed, where it all is from.

use super::table::Table;
use super::{Block, Section, Told};
use crate::error::printable;
use crate::report::grid::Grid;
use crate::report::number::count;
use crate::report::results::Results;
use crate::report::{calibration as of_fits, fits, quality, sections};

/// The fits and the quality of the data.
pub(super) fn calibration(told: &Told<'_>) -> Option<Section> {
    let mut section = Section::new("calibration", "Calibration and data");
    let fitted = told.fitted;
    if let Some(why) = &fitted.why_none {
        section.text(format!("No law is fitted: {why}."));
    }
    let tables = fits::tables(&fitted.rows);
    if !tables.is_empty() {
        section.text(
            "What the study's histories say of its laws, beside what the study takes. Found: the fit with the \
             error that it has if the law is true; robust: the error that stands a law that is not.",
        );
        let of = |(sample, grid): &(String, Grid)| Table::of(grid).called(sample.clone());
        section.folded("Fits beside the values of the study", tables.iter().map(of).collect());
    }
    let held = of_fits::held(&fitted.fits);
    if !held.is_empty() {
        let (title, grid) = of_fits::comparison(&held);
        let tests = Table::of(&of_fits::tests(&held)).called(of_fits::TESTS);
        section.folded(
            "Laws of the BTC price beside each other",
            vec![Table::of(&grid).called(title), tests],
        );
    }
    if !fitted.warnings.is_empty() {
        section.blocks.push(Block::Heading("What the fits warn of".into()));
        section.blocks.push(Block::Notes(fitted.warnings.clone()));
    }
    if !told.qualities.is_empty() {
        section.blocks.push(Block::Heading("Quality of the data".into()));
        let grid = quality::grid(told.qualities).legend(quality::LEGEND);
        section.table(Table::of(&grid).called("The series of the study, each with what was found"));
        let findings: Vec<String> = told
            .qualities
            .iter()
            .enumerate()
            .flat_map(|(index, q)| {
                let of = format!("{} {} ({})", index + 1, q.quantity, q.file);
                q.findings.iter().map(move |finding| printable(&format!("{of}: {finding}")))
            })
            .collect();
        match findings.is_empty() {
            true => section.text("Nothing to look at was found in any of them."),
            false => section.blocks.push(Block::Notes(findings)),
        }
    }
    (!section.blocks.is_empty()).then_some(section)
}

/// Values that are chosen, not measured.
pub(super) fn assumptions(results: &Results) -> Option<Section> {
    if results.assumptions.is_empty() {
        return None;
    }
    let mut section = Section::new("assumptions", "Assumptions");
    section.text(format!(
        "{} values are chosen, not measured, or say not what they rest on.",
        results.assumptions.len()
    ));
    let mut grid = Grid::new(3, &["value of the study", "taken", "basis"]);
    for (key, value, basis) in &results.assumptions {
        grid.row([key, value, basis].map(|text| printable(text)).to_vec());
    }
    section.folded("Every assumption with its basis", vec![Table::of(&grid.title("Assumptions"))]);
    Some(section)
}

/// What fleet and contracts do not disclose.
pub(super) fn undisclosed(results: &Results) -> Option<Section> {
    let lines = sections::undisclosed(results, usize::MAX);
    let (title, lines) = lines.split_first()?;
    let mut section = Section::new("undisclosed", "Undisclosed inputs");
    section.text(format!("{title}."));
    let lines = lines.iter().filter(|line| !line.is_empty()).map(|line| line.trim().to_string());
    section.blocks.push(Block::Notes(lines.collect()));
    let mut grid = Grid::new(5, &["file", "row", "column", "stands in", "moves at most"]);
    for input in &results.undisclosed {
        let stands_in = match (input.low, input.high, input.default) {
            (Some(low), Some(high), _) => format!("{low} to {high} {}", input.unit),
            (_, _, Some(default)) => default.with(input.unit),
            _ => "nothing: no result rests on it yet".into(),
        };
        grid.row(vec![
            input.file.into(),
            printable(&input.row),
            input.column.into(),
            stands_in,
            input.metrics.join(", ").replace('_', " "),
        ]);
    }
    if !results.undisclosed.is_empty() {
        section
            .folded("Every undisclosed input", vec![Table::of(&grid.title("Undisclosed inputs"))]);
    }
    Some(section)
}

/// Where the numbers come from.
pub(super) fn provenance(told: &Told<'_>) -> Option<Section> {
    let provenance = told.provenance;
    let results = told.results;
    let mut section = Section::new("provenance", "Where the numbers come from");
    let mut grid = Grid::new(2, &["", ""]);
    let paths = count(results.paths);
    for (what, value) in [
        ("wattshift", provenance.version.as_str()),
        ("study", &results.study_name),
        ("SHA-256 of the study", &provenance.study_sha256),
        ("worlds", &paths),
        ("seed", &results.seed.to_string()),
        ("command, in the folder of the run", &provenance.command),
        ("this page", "wattshift report ."),
    ] {
        grid.row(vec![what.into(), printable(value)]);
    }
    section.table(Table::of(&grid.title("The run")));
    let mut grid = Grid::new(2, &["table", "SHA-256"]);
    for (name, sha256) in &provenance.tables {
        grid.row(vec![name.clone(), sha256.clone()]);
    }
    section.folded(
        "The tables that the numbers stand in",
        vec![Table::of(&grid.title("Tables of the run"))],
    );
    let mut grid = Grid::new(5, &["key", "file", "rows", "dates", "SHA-256"]);
    for input in &provenance.inputs {
        grid.row(vec![
            input.key.clone(),
            printable(&input.name),
            count(input.rows),
            input.dates.clone(),
            input.sha256.clone(),
        ]);
    }
    section.folded("The files that the study read", vec![Table::of(&grid.title("Inputs"))]);
    section.text(
        "The same study, seed and version give the same bytes on any machine and with any number of threads. \
         The folder of the run holds the study and every file that it read.",
    );
    Some(section)
}
