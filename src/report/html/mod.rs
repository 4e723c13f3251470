//! A run as one page for a browser, which asks nothing of any other place.
//!
//! In: results, what is drawn beside them, where they come from. Out: HTML with its style, its script and
//! its charts; the same bytes for the same run. Not here: how a number arose, where the page is kept.

mod chart;
mod frontier;
mod ground;
mod markets;
mod names;
mod policy;
mod shares;
mod slider;
mod table;
mod told;
mod words;

use super::fits::FitRow;
use super::pictures::Pictures;
use super::results::Results;
use super::verdict;
use crate::calibrate::Fit;
use crate::error::Error;
use crate::input::study::Quality;
use askama::Template;
use slider::{Card, Slider};
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

/// The page. Before each of its parts it asks whether the user wants it no more.
///
/// # Errors
/// [`Error::Interrupted`] if so.
///
/// # Panics
/// Never: a template that is known when this is built writes to memory.
pub fn page(told: &Told<'_>, interrupted: &dyn Fn() -> bool) -> Result<String, Error> {
    let results = told.results;
    let by_share = slider::by_share(results);
    let parts: [&dyn Fn() -> Option<Section>; 13] = [
        &|| shares::section(told, &by_share),
        &|| frontier::section(told),
        &|| told::company(told),
        &|| told::worth(results),
        &|| told::worst(results),
        &|| told::rests_on(results),
        &|| told::models(results),
        &|| markets::section(told.pictures, results),
        &|| told::claim(results),
        &|| ground::calibration(told),
        &|| ground::assumptions(results),
        &|| ground::undisclosed(results),
        &|| ground::provenance(told),
    ];
    let mut sections = Vec::new();
    for part in parts {
        if interrupted() {
            return Err(Error::Interrupted);
        }
        sections.extend(part());
    }
    let slider = slider::slider(results, &told.pictures.drawn, &by_share);
    if interrupted() {
        return Err(Error::Interrupted);
    }
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
        cards: slider::cards(results),
        slider,
        sections,
        version: &told.provenance.version,
        style: &style,
        script: SCRIPT,
    };
    Ok(page.render().expect("a template known when this was built writes to memory"))
}

/// The script of the page, as it stands in it.
const SCRIPT: &str = include_str!("../../../templates/report.js");
/// The style of the page, as it stands in it.
const STYLE: &str = include_str!("../../../templates/report.css");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::study::YearMonth;
    use crate::report::pictures::{Densities, MarketFan, drawn};
    use crate::report::sample::synthetic_results;

    fn pictures(results: &Results) -> Pictures {
        let headline = results.shares.iter().position(|own| *own == results.headline_share);
        let drawn = drawn(&results.shares, headline.unwrap());
        let month = |month| YearMonth::new(2026, month).unwrap();
        let places: Vec<f64> = (0..16).map(|place| 1e8 * f64::from(place)).collect();
        let by_share = vec![vec![1e-9; 16]; drawn.len()];
        Pictures {
            paths: 8_192,
            market_paths: 2_048,
            densities: vec![Densities {
                metric: "revenue",
                places,
                means: vec![(1.0, 0.1); drawn.len()],
                by_share,
            }],
            markets: vec![MarketFan {
                name: "btc_price",
                unit: "USD/BTC",
                months: vec![month(8), month(9)],
                bands: vec![[1.0, 2.0, 3.0, 4.0, 5.0]; 2],
                history: vec![(month(7), 3.0)],
                history_of: "<i>btc.csv".into(),
            }],
            drawn,
        }
    }

    fn page_of(results: &Results) -> String {
        page_unless(results, &|| false).unwrap()
    }

    fn page_unless(results: &Results, interrupted: &dyn Fn() -> bool) -> Result<String, Error> {
        let provenance = Provenance {
            version: "0.1.0".into(),
            command: "wattshift run manifest.json".into(),
            study_sha256: "ab".repeat(32),
            inputs: Vec::new(),
            tables: vec![("summary.csv".into(), "cd".repeat(32))],
        };
        let told = Told {
            results,
            pictures: &pictures(results),
            fitted: &Fitted { why_none: Some("no history".into()), ..Fitted::default() },
            qualities: &[],
            provenance: &provenance,
        };
        page(&told, interrupted)
    }

    #[test]
    fn text_of_a_study_is_no_part_of_the_page() {
        let mut results = synthetic_results();
        results.question = "<script>alert(1)</script>".into();
        results.assumptions[0].2 = "<img src=x onerror=alert(1)>".into();
        results.undisclosed[0].row = "\"><b>".into();
        results.variations[0].name = "<i>bold".into();
        let html = page_of(&results);
        for raw in ["<script>alert", "<img", "\"><b>", "<i>"] {
            assert!(!html.contains(raw), "{raw}");
        }
        assert_eq!(html.matches("<script>").count(), 1);
    }

    #[test]
    fn the_parts_answer_in_order_and_what_a_study_lacks_is_left_out() {
        let mut results = synthetic_results();
        let html = page_of(&results);
        let parts = ["verdict", "slider", "shares", "frontier", "worst", "rests-on", "markets"];
        let mut from = 0;
        for part in parts.into_iter().chain(["claim", "assumptions", "undisclosed", "provenance"]) {
            let section = format!("<section id=\"{part}\"");
            from +=
                html[from..].find(&section).unwrap_or_else(|| panic!("{part} not after {from}"));
        }
        assert!(!html.contains("<th scope=\"row\">0.2"), "the claim's shares are per cent as well");
        assert!(html.contains("No law is fitted: no history."));
        assert!(!html.contains("id=\"company\"") && !html.contains("id=\"models\""));
        results.claim = None;
        results.shares.truncate(1);
        results.rows.retain(|row| row.share == 0.0);
        results.headline_share = 0.0;
        results.variations.clear();
        results.spreads.clear();
        let html = page_of(&results);
        for part in ["slider", "frontier", "rests-on", "claim"] {
            assert!(!html.contains(&format!("<section id=\"{part}\"")), "{part}");
        }
        assert!(html.contains("nothing to hold against staying"));
    }

    #[test]
    fn the_same_run_gives_the_same_bytes() {
        assert!(page_of(&synthetic_results()) == page_of(&synthetic_results()));
    }

    /// The sample at every thousandth of the power.
    fn many_shares() -> Results {
        let mut results = synthetic_results();
        let rows: Vec<_> = results.rows.iter().filter(|row| row.share == 0.2).cloned().collect();
        results.shares = (0..=1_000).map(|part| f64::from(part) / 1_000.0).collect();
        let of = |share: &f64| {
            let (share, mut rows) = (*share, rows.clone());
            rows.iter_mut().for_each(|row| (row.share, row.effective_share) = (share, share));
            rows
        };
        results.rows = results.shares.iter().flat_map(of).collect();
        results
    }

    #[test]
    fn of_many_shares_some_are_drawn_and_all_stand_in_the_tables() {
        let few = page_of(&synthetic_results());
        assert!(!few.contains("Drawn are"));
        let html = page_of(&many_shares());
        let said = "Drawn are 51 of the 1,001 shares";
        // The quantiles of both metrics, the densities of one, both frontiers.
        assert_eq!(html.matches(said).count(), 5);
        assert!(html.contains("--s200, transparent") && !html.contains("--s207, transparent"));
        assert!(html.contains("<option value=\"207\" label=\"20.7 %\" data-drawn=\"200\">"));
        let rows = html.matches("<th scope=\"row\">20.7 %").count();
        assert_eq!(rows, 8, "three tables of shares and a frontier for each of two metrics");
        assert!(html.len() < 2_000_000, "{} bytes", html.len());
    }

    #[test]
    fn before_each_part_the_page_asks_whether_it_is_still_wanted() {
        let results = synthetic_results();
        let asked = std::cell::Cell::new(0);
        let ask = |most: usize| {
            asked.set(0);
            page_unless(&results, &|| {
                asked.set(asked.get() + 1);
                asked.get() > most
            })
        };
        let parts = ask(usize::MAX).map(|_| asked.get()).unwrap();
        assert!(parts >= 13, "{parts}");
        for most in 0..parts {
            assert!(matches!(ask(most), Err(Error::Interrupted)), "{most}");
            assert_eq!(asked.get(), most + 1, "it goes on no further");
        }
    }

    #[test]
    fn numbers_of_variations_have_commas() {
        let mut results = synthetic_results();
        results.variations[2].change = "1500000 → 1275000 USD".into();
        let html = page_of(&results);
        assert_eq!(html.matches("1,500,000 → 1,275,000 USD").count(), 2, "the chart and its table");
    }
}
