//! The numbers at a glance, the slider over the shares, and the tables that it shows.
//!
//! In: results. Out: parts of the page. The slider shows what stands in the tables of all shares: there is
//! one copy of every number. Not here: what is drawn.

use super::table::Table;
use super::words::{measure, scale, shown, signed, title, words};
use crate::report::Status;
use crate::report::frontier;
use crate::report::grid::Grid;
use crate::report::number::{USD_PER_MILLION, count, percent, value_only};
use crate::report::pictures::nearest;
use crate::report::results::Results;
use crate::report::verdict::MISSING;

/// Metrics that the slider shows, where a study has them.
const CHOSEN: [&str; 3] = ["revenue", "margin_after_capital", "npv"];

/// A number at a glance.
#[derive(Debug)]
pub(super) struct Card {
    pub(super) what: String,
    pub(super) number: String,
    pub(super) beside: String,
}

/// The slider over the shares with what it shows.
#[derive(Debug)]
pub(super) struct Slider {
    /// Each share as it is shown: `20 %`, and the position of the one that is marked in the charts for it.
    pub(super) shares: Vec<(String, usize)>,
    /// Position of the share that is shown first.
    pub(super) headline: usize,
    pub(super) panels: Vec<Panel>,
    pub(super) note: String,
}

/// One metric at the chosen share.
#[derive(Debug)]
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) lines: Vec<Live>,
}

/// A number that the slider changes: it stands in a column of a table with a row per share.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) what: String,
    pub(super) staying: String,
    pub(super) chosen: String,
    pub(super) table: String,
    pub(super) column: usize,
}

/// Measures of a table of all shares: id, what it tells, measures of the metric, of its difference to staying.
struct Measures {
    id: &'static str,
    caption: &'static str,
    level: &'static [&'static str],
    gain: &'static [&'static str],
}

const TABLES: [Measures; 3] = [
    Measures {
        id: "spread",
        caption: "distribution",
        level: &[
            "mean",
            "sd",
            "quantile_0.01",
            "quantile_0.05",
            "quantile_0.5",
            "quantile_0.95",
            "quantile_0.99",
        ],
        gain: &[],
    },
    Measures {
        id: "tail",
        caption: "tail, and losses below the mean of staying",
        level: &[
            "tail_mean_0.05",
            "tail_mean_0.01",
            "value_at_risk_0.95",
            "value_at_risk_0.99",
            "expected_shortfall_0.95",
            "expected_shortfall_0.99",
        ],
        gain: &[],
    },
    Measures {
        id: "gain",
        caption: "against staying in the same world",
        level: &[],
        gain: &["mean", "probability_win", "probability_tie", "probability_lose"],
    },
];

/// A metric and its tables that have a row per share.
pub(super) type ByShare<'a> = (&'a str, Vec<Table>);

/// Every metric that shares are held against staying by, with its tables.
pub(super) fn by_share(results: &Results) -> Vec<ByShare<'_>> {
    headlines(results).into_iter().map(|metric| (metric, tables(results, metric))).collect()
}

/// The metrics that every share is held against staying by: those with a gain and a tail.
pub(super) fn headlines(results: &Results) -> Vec<&str> {
    let has = |metric: &str, measure: &str| {
        results.rows.iter().any(|row| row.metric == metric && row.measure == measure)
    };
    let all = frontier::metrics(results).into_iter();
    all.filter(|metric| has(&format!("{metric}_gain"), "probability_win")).collect()
}

/// Unit of a metric.
pub(super) fn unit<'a>(results: &'a Results, metric: &str) -> &'a str {
    results.rows.iter().find(|row| row.metric == metric).map_or("", |row| row.unit)
}

/// A share as it is shown; with a star where not all of it suits AI/HPC.
pub(super) fn share_shown(results: &Results, share: f64) -> String {
    let star = if results.valued(share).0 == Status::Ok { "" } else { "*" };
    format!("{} %{star}", percent(share))
}

/// The numbers at a glance.
pub(super) fn cards(results: &Results) -> Vec<Card> {
    let share = results.headline_share;
    if share == 0.0 {
        return Vec::new();
    }
    let get = |share, metric: &str, measure: &str| {
        results.estimate(share, metric, measure).unwrap_or(MISSING)
    };
    let mut cards = Vec::new();
    for metric in ["revenue", "margin_after_capital"] {
        let gain = format!("{metric}_gain");
        let mean =
            |share| value_only(get(share, metric, "mean"), USD_PER_MILLION).replace('-', "−");
        let tail = |share| shown(get(share, metric, frontier::WORST), USD_PER_MILLION);
        cards.push(Card {
            what: format!("Mean {}, change", words(metric)),
            number: signed(get(share, &gain, "mean"), USD_PER_MILLION),
            beside: format!("million USD, from {} to {}", mean(0.0), mean(share)),
        });
        cards.push(Card {
            what: format!("Worlds with more {}", words(metric)),
            number: format!("{} %", shown(get(share, &gain, "probability_win"), 0.01)),
            beside: "than staying in the same world".into(),
        });
        cards.push(Card {
            what: format!("Worst 5 % of {}, mean", words(metric)),
            number: tail(share),
            beside: format!("million USD; staying {}", tail(0.0)),
        });
    }
    cards
}

/// The slider; none where there is one share. Charts mark the nearest of the shares `drawn`.
pub(super) fn slider(
    results: &Results,
    drawn: &[usize],
    by_share: &[ByShare<'_>],
) -> Option<Slider> {
    let headline = results.shares.iter().position(|share| *share == results.headline_share)?;
    if results.shares.len() < 2 {
        return None;
    }
    let panel = |(metric, tables): &ByShare<'_>| {
        let (_, unit) = scale(unit(results, metric));
        let mut lines = Vec::new();
        for (table, measures) in tables.iter().zip(&TABLES) {
            for column in 1..table.titles.len() {
                let cell = |share: usize| table.rows[share].cells[column].clone();
                let is_gain = !measures.gain.is_empty();
                lines.push(Live {
                    what: match (is_gain, table.titles[column].as_str()) {
                        (true, "mean") => "mean change".into(),
                        (_, title) => title.into(),
                    },
                    staying: if is_gain { "–".into() } else { cell(0) },
                    chosen: cell(headline),
                    table: table.id.clone(),
                    column,
                });
            }
        }
        let unit = if unit.is_empty() { String::new() } else { format!(", {unit}") };
        Panel { title: format!("{}{unit}", title(metric)), lines }
    };
    let shown = by_share.iter().filter(|(metric, _)| CHOSEN.contains(metric));
    let mut note = format!(
        "Numbers are of all {} worlds; ± is one standard error. Better, the same, worse: than at share 0 in \
         the same world. VaR and ES: losses below the {}.",
        count(results.paths),
        results.reference
    );
    if results.shares.iter().any(|share| results.valued(*share).0 != Status::Ok) {
        note.push_str(" *: above what suits AI/HPC; what suits is what is valued.");
    }
    let nearest = |share: &f64| nearest(&results.shares, drawn, *share);
    let shares = results.shares.iter();
    Some(Slider {
        shares: shares.map(|share| (share_shown(results, *share), nearest(share))).collect(),
        headline,
        panels: shown.map(panel).collect(),
        note,
    })
}

/// The tables of a metric that have a row per share.
fn tables(results: &Results, metric: &str) -> Vec<Table> {
    let of = |own: &Measures| Table {
        id: format!("{metric}-{}", own.id),
        ..Table::of(&grid_of(results, metric, own))
    };
    TABLES.iter().map(of).collect()
}

fn grid_of(results: &Results, metric: &str, table: &Measures) -> Grid {
    let gain = format!("{metric}_gain");
    let all = table.level.iter().map(|measure| (metric, *measure));
    let all = all.chain(table.gain.iter().map(|measure| (gain.as_str(), *measure)));
    let has = |(metric, measure): &(&str, &str)| {
        results.rows.iter().any(|row| row.metric == *metric && row.measure == *measure)
    };
    let all: Vec<(&str, &str)> = all.filter(has).collect();
    let titles: Vec<String> = all.iter().map(|(_, name)| measure(name)).collect();
    let titles: Vec<&str> =
        std::iter::once("share").chain(titles.iter().map(String::as_str)).collect();
    let mut grid = Grid::new(0, &titles);
    let (divisor, unit) = scale(unit(results, metric));
    for &share in &results.shares {
        let mut cells = vec![share_shown(results, share)];
        cells.extend(all.iter().map(|(metric, measure)| {
            let estimate = results.estimate(share, metric, measure).unwrap_or(MISSING);
            match measure.starts_with("probability") {
                true => shown(estimate, 0.01),
                false if table.gain.is_empty() => shown(estimate, divisor),
                false => signed(estimate, divisor),
            }
        }));
        grid.row(cells).is_marked = share == results.headline_share;
    }
    let unit = if unit.is_empty() { String::new() } else { format!(", {unit}") };
    grid.title(format!("{}{unit}: {}", title(metric), table.caption))
}
