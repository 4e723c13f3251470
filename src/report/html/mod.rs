//! A run as one page for a browser, which asks nothing of any other place.
//!
//! In: results, what is drawn beside them, where they come from. Out: HTML with its style, its script and
//! its charts; the same bytes for the same run. Not here: how a number arose, where the page is kept.

mod chart;
mod ground;
mod markets;
mod policy;
mod shares;
mod table;
mod told;
mod words;

use super::fits::FitRow;
use super::pictures::Pictures;
use super::results::Results;
use super::verdict;
use crate::calibrate::Fit;
use crate::input::study::Quality;
use askama::Template;
use shares::{Card, Slider};
use table::Table;

/// All that a page tells.
#[derive(Debug)]
pub struct Told<'a> {
    /// Every number that is quoted.
    pub results: &'a Results,
    /// What is drawn.
    pub pictures: &'a Pictures,
    /// What the histories say of the laws.
    pub fitted: &'a Fitted,
    /// What is to be known of every series.
    pub qualities: &'a [Quality],
    /// Where the numbers come from.
    pub provenance: &'a Provenance,
}

/// The fits of a study's laws.
#[derive(Debug, Default)]
pub struct Fitted {
    /// The fits.
    pub fits: Vec<Fit>,
    /// Their values beside those of the study.
    pub rows: Vec<FitRow>,
    /// What should be looked at.
    pub warnings: Vec<String>,
    /// Why there are none, where there are none.
    pub why_none: Option<String>,
}

/// What a run can be made again from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// Version of wattshift.
    pub version: String,
    /// The command that makes the run again, given in its folder.
    pub command: String,
    /// SHA-256 of the study with every value written out.
    pub study_sha256: String,
    /// Files that the study read.
    pub inputs: Vec<Input>,
    /// Tables of the run that the numbers stand in: name and SHA-256.
    pub tables: Vec<(String, String)>,
}

/// A file that a study read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Dotted key of the study that names it.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Number of data rows.
    pub rows: u64,
    /// First and last date: `2021-01 to 2026-07`; empty without dates.
    pub dates: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// A part of the page under a heading.
#[derive(Debug, Default)]
struct Section {
    id: &'static str,
    title: String,
    blocks: Vec<Block>,
}

/// What stands in a section.
#[derive(Debug)]
enum Block {
    Heading(String),
    Text(String),
    Notes(Vec<String>),
    Table(Table),
    /// Folded up: what unfolds it, the tables, text below.
    Folded(String, Vec<Table>, Vec<String>),
    /// Drawing, what it shows, its numbers.
    Figure(String, String, Vec<Table>),
    /// Drawings beside each other, each with what it shows and its numbers.
    Figures(Vec<(String, String, Table)>),
}

impl Section {
    fn new(id: &'static str, title: impl Into<String>) -> Self {
        Self { id, title: title.into(), blocks: Vec::new() }
    }
    fn text(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Text(text.into()));
    }
    fn table(&mut self, table: Table) {
        self.blocks.push(Block::Table(table));
    }
    fn folded(&mut self, summary: impl Into<String>, tables: Vec<Table>) {
        self.blocks.push(Block::Folded(summary.into(), tables, Vec::new()));
    }
    fn figure(&mut self, svg: String, caption: impl Into<String>, tables: Vec<Table>) {
        self.blocks.push(Block::Figure(svg, caption.into(), tables));
    }
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    policy: String,
    title: String,
    question: &'a str,
    subtitle: String,
    verdict: String,
    cards: Vec<Card>,
    slider: Option<Slider>,
    sections: Vec<Section>,
    version: &'a str,
    style: &'a str,
    script: &'a str,
}

/// The page.
///
/// # Panics
/// Never: a template that is known when this is built writes to memory.
pub fn page(told: &Told<'_>) -> String {
    let results = told.results;
    let sections = [
        shares::section(told),
        shares::frontier(results),
        told::company(results),
        told::worth(results),
        told::worst(results),
        told::rests_on(results),
        told::models(results),
        markets::section(told.pictures, results),
        told::claim(results),
        ground::calibration(told),
        ground::assumptions(results),
        ground::undisclosed(results),
        ground::provenance(told),
    ];
    let slider = shares::slider(results);
    // The share that is marked before anybody chooses.
    let marked = slider.as_ref().map_or_else(String::new, |slider| {
        format!(":root {{ --s{}: var(--accent); }}\n", slider.headline)
    });
    let style = format!("{STYLE}{marked}");
    let page = Page {
        policy: policy::policy(&style, SCRIPT),
        title: format!("{} – wattshift", results.study_name),
        question: &results.question,
        subtitle: format!(
            "Study {}, as of {}. {} worlds, seed {}, {} gross MW.",
            results.study_name,
            results.as_of,
            super::number::count(results.paths),
            results.seed,
            super::number::exact(results.gross_mw)
        ),
        verdict: words::unbroken(&verdict::verdict(results)),
        cards: shares::cards(results),
        slider,
        sections: sections.into_iter().flatten().collect(),
        version: &told.provenance.version,
        style: &style,
        script: SCRIPT,
    };
    page.render().expect("a template known when this was built writes to memory")
}

/// The script of the page, as it stands in it.
const SCRIPT: &str = include_str!("../../../templates/report.js");
/// The style of the page, as it stands in it.
const STYLE: &str = include_str!("../../../templates/report.css");
