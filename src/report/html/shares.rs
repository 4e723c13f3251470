//! Share by share: the numbers at a glance, the slider, distributions, mean against tail.
//!
//! In: results, densities. Out: parts of the page. The slider shows what stands in the tables of all
//! shares: there is one copy of every number.

use super::chart::{BAR, Chart, Ink, Mark, Shape};
use super::table::Table;
use super::words::{axis, measure, scale, shown, signed, title, words};
use super::{Section, Told};
use crate::report::Status;
use crate::report::frontier::{FrontierRow, frontier as frontier_of};
use crate::report::grid::Grid;
use crate::report::number::{exact, percent, value_only};
use crate::report::pictures::Densities;
use crate::report::results::Results;
use crate::report::verdict::MISSING;
use crate::risk::Estimate;
use kuva::plot::MarkerShape;

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
    /// Each share as it is shown: `20 %`.
    pub(super) shares: Vec<String>,
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

/// The metrics that every share is held against staying by: those with a gain and a tail.
fn headlines(results: &Results) -> Vec<&str> {
    let has = |metric: &str, measure: &str| {
        results.rows.iter().any(|row| row.metric == metric && row.measure == measure)
    };
    let all = super::super::frontier::metrics(results);
    all.into_iter().filter(|metric| has(&format!("{metric}_gain"), "probability_win")).collect()
}

fn unit<'a>(results: &'a Results, metric: &str) -> &'a str {
    results.rows.iter().find(|row| row.metric == metric).map_or("", |row| row.unit)
}

/// A share as it is shown; with a star where not all of it suits AI/HPC.
fn share_shown(results: &Results, share: f64) -> String {
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
        let million = 1e6;
        let staying = value_only(get(0.0, metric, "mean"), million).replace('-', "−");
        let moving = value_only(get(share, metric, "mean"), million).replace('-', "−");
        let tail = "tail_mean_0.05";
        cards.push(Card {
            what: format!("Mean {}, change", words(metric)),
            number: signed(get(share, &gain, "mean"), million),
            beside: format!("million USD, from {staying} to {moving}"),
        });
        cards.push(Card {
            what: format!("Worlds with more {}", words(metric)),
            number: format!("{} %", shown(get(share, &gain, "probability_win"), 0.01)),
            beside: "than staying in the same world".into(),
        });
        cards.push(Card {
            what: format!("Worst 5 % of {}, mean", words(metric)),
            number: shown(get(share, metric, tail), million),
            beside: format!("million USD; staying {}", shown(get(0.0, metric, tail), million)),
        });
    }
    cards
}

/// The slider; none where there is one share.
pub(super) fn slider(results: &Results) -> Option<Slider> {
    let headline = results.shares.iter().position(|share| *share == results.headline_share)?;
    if results.shares.len() < 2 {
        return None;
    }
    let panel = |metric: &str| {
        let (_, unit) = scale(unit(results, metric));
        let mut lines = Vec::new();
        for (place, table) in TABLES.iter().enumerate() {
            let grid = grid_of(results, metric, table);
            let read = Table::of(&grid);
            for column in 1..read.titles.len() {
                let cell = |share: usize| read.rows[share].cells[column].clone();
                let is_gain = !table.gain.is_empty();
                lines.push(Live {
                    what: match (is_gain, read.titles[column].as_str()) {
                        (true, "mean") => "mean change".into(),
                        (_, title) => title.into(),
                    },
                    staying: if is_gain { "–".into() } else { cell(0) },
                    chosen: cell(headline),
                    table: format!("{metric}-{}", TABLES[place].id),
                    column,
                });
            }
        }
        let unit = if unit.is_empty() { String::new() } else { format!(", {unit}") };
        Panel { title: format!("{}{unit}", title(metric)), lines }
    };
    let shown = headlines(results).into_iter().filter(|metric| CHOSEN.contains(metric));
    let mut note = format!(
        "Numbers are of all {} worlds; ± is one standard error. Better, the same, worse: than at share 0 in \
         the same world. VaR and ES: losses below the {}.",
        super::super::number::count(results.paths),
        results.reference
    );
    if results.shares.iter().any(|share| results.valued(*share).0 != Status::Ok) {
        note.push_str(" *: above what suits AI/HPC; what suits is what is valued.");
    }
    Some(Slider {
        shares: results.shares.iter().map(|share| share_shown(results, *share)).collect(),
        headline,
        panels: shown.map(panel).collect(),
        note,
    })
}

/// A table with a row per share.
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
        let mark = if share == results.headline_share { ">" } else { "" };
        let mut cells = vec![format!("{mark}{}", share_shown(results, share))];
        cells.extend(all.iter().map(|(metric, measure)| {
            let estimate = results.estimate(share, metric, measure).unwrap_or(MISSING);
            match measure.starts_with("probability") {
                true => shown(estimate, 0.01),
                false if table.gain.is_empty() => shown(estimate, divisor),
                false => signed(estimate, divisor),
            }
        }));
        grid.row(cells);
    }
    let unit = if unit.is_empty() { String::new() } else { format!(", {unit}") };
    grid.title(format!("{}{unit}: {}", title(metric), table.caption))
}

/// Distributions by share.
pub(super) fn section(told: &Told<'_>) -> Option<Section> {
    let results = told.results;
    let mut section = Section::new("shares", "What each share brings");
    for metric in headlines(results) {
        let unit = unit(results, metric);
        section.blocks.push(super::Block::Heading(title(metric)));
        let tables: Vec<Table> = TABLES
            .iter()
            .map(|table| Table {
                id: format!("{metric}-{}", table.id),
                ..Table::of(&grid_of(results, metric, table))
            })
            .collect();
        section.figure(
            fan(results, metric),
            format!(
                "{} of {} by share of power diverted: quantiles over the worlds, the median, and the mean \
                 with two standard errors. The upright line is the chosen share.",
                title(metric),
                results.target_year
            ),
            tables,
        );
        let Some(densities) = told.pictures.densities.iter().find(|own| own.metric == metric)
        else {
            continue;
        };
        let drawn = super::super::number::count(told.pictures.paths);
        let numbers = densities_table(results, densities, unit);
        section.figure(
            format!("{}{}", chosen(results, densities, unit), ridges(results, densities, unit)),
            format!(
                "Above, the distribution at the chosen share against staying; below, the distribution at every \
                 share, one above the other and each as high as any other, the chosen one marked. Drawn from \
                 the first {drawn} worlds of the run, made again; no number is taken from them."
            ),
            vec![numbers],
        );
    }
    Some(section)
}

fn name_of(metric: &str, what: &str) -> String {
    format!("{}-{what}", metric.replace('_', "-"))
}

/// Quantiles by share.
fn fan(results: &Results, metric: &str) -> String {
    let (divisor, _) = scale(unit(results, metric));
    let label = axis(metric, unit(results, metric));
    let mut chart = Chart::new("share of power diverted, %", &label, 760.0, 400.0);
    let shares: Vec<f64> = results.shares.iter().map(|share| 100.0 * share).collect();
    let of = |measure: &str| -> Vec<Estimate> {
        let get = |share: &f64| results.estimate(*share, metric, measure).unwrap_or(MISSING);
        results.shares.iter().map(get).collect()
    };
    let values = |measure: &str| -> Vec<f64> {
        of(measure).iter().map(|estimate| estimate.value / divisor).collect()
    };
    for (low, high, ink, label) in [
        ("quantile_0.01", "quantile_0.99", Ink::Wide, "1 to 99 % of worlds"),
        ("quantile_0.05", "quantile_0.95", Ink::Narrow, "5 to 95 %"),
    ] {
        chart.band(&shares, &values(low), &values(high), ink);
        chart.legend(label, ink, Shape::Area);
    }
    let median: Vec<(f64, f64)> = shares.iter().copied().zip(values("quantile_0.5")).collect();
    chart.line(&median, Ink::Line, 1.6, true);
    chart.legend("median", Ink::Line, Shape::Dashed);
    let means = shares.iter().zip(of("mean"));
    let means: Vec<Mark> = means.map(|(share, mean)| Mark::above(*share, mean, divisor)).collect();
    chart.marks(&means, Ink::Strong, 2.6, MarkerShape::Circle);
    chart.legend("mean ± 2 errors", Ink::Strong, Shape::Mark);
    for (index, share) in shares.iter().enumerate() {
        chart.across(*share, true, Ink::Chosen(index), "0");
    }
    chart.svg(&name_of(metric, "fan"), &format!("{} by share", title(metric)))
}

/// A power of ten, about a twentieth of what is drawn, in the unit that is shown.
fn round_step(densities: &Densities, divisor: f64) -> f64 {
    let width = (densities.places[densities.places.len() - 1] - densities.places[0]) / divisor;
    let mut step = 1e-6;
    while step * 100.0 < width {
        step *= 10.0;
    }
    step
}

/// The density of the chosen share against that of staying.
fn chosen(results: &Results, densities: &Densities, unit: &str) -> String {
    let (divisor, _) = scale(unit);
    let label = axis(densities.metric, unit);
    let step = round_step(densities, divisor);
    let (_, of) = scale(unit);
    let per = format!("% of worlds per {} {of}", exact(step));
    let mut chart = Chart::new(&label, per.trim_end(), 760.0, 300.0);
    let points = |share: usize| -> Vec<(f64, f64)> {
        let places = densities.places.iter().map(|place| place / divisor);
        places.zip(densities.by_share[share].iter().map(|d| 100.0 * step * divisor * d)).collect()
    };
    if let Some(staying) = results.shares.iter().position(|share| *share == 0.0) {
        chart.line(&points(staying), Ink::Other, 1.6, true);
        chart.legend("staying", Ink::Other, Shape::Dashed);
    }
    for share in 0..results.shares.len() {
        chart.line(&points(share), Ink::Chosen(share), 2.2, false);
    }
    let headline = results.shares.iter().position(|share| *share == results.headline_share);
    chart.legend("the chosen share", Ink::Share(headline.unwrap_or(0)), Shape::Line);
    chart.svg(
        &name_of(densities.metric, "chosen"),
        &format!("Distribution of {} at the chosen share", words(densities.metric)),
    )
}

/// Height of a ridge over the distance of two.
const RIDGE: f64 = 2.2;

/// Every density, one above the other.
fn ridges(results: &Results, densities: &Densities, unit: &str) -> String {
    let (divisor, _) = scale(unit);
    let label = axis(densities.metric, unit);
    let count = results.shares.len();
    let height = 150.0 + 24.0 * count as f64;
    let mut chart = Chart::new(&label, "share of power diverted", 760.0, height);
    let x: Vec<f64> = densities.places.iter().map(|place| place / divisor).collect();
    for share in (0..count).rev() {
        let own = &densities.by_share[share];
        let peak = own.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        // Where hardly any world lies, the ridge is the line that it stands on.
        let is_seen = |density: &f64| *density > 2e-3 * peak;
        let first = own.iter().position(is_seen).unwrap_or(0).saturating_sub(1);
        let end = own.iter().rposition(is_seen).map_or(own.len(), |last| own.len().min(last + 2));
        let floor = vec![share as f64; end - first];
        let top: Vec<f64> =
            own[first..end].iter().map(|density| share as f64 + RIDGE * density / peak).collect();
        chart.band(&x[first..end], &floor, &top, Ink::Share(share));
        let outline: Vec<(f64, f64)> = x[first..end].iter().copied().zip(top).collect();
        chart.line(&outline, Ink::Line, 0.9, false);
    }
    chart.y_names(results.shares.iter().map(|share| share_shown(results, *share)).collect());
    chart.y_end(count as f64 + RIDGE - 0.9);
    chart.svg(
        &name_of(densities.metric, "ridges"),
        &format!("Distribution of {} at every share", words(densities.metric)),
    )
}

/// Part of the worlds in a few intervals of what is drawn.
fn densities_table(results: &Results, densities: &Densities, unit: &str) -> Table {
    const INTERVALS: usize = 8;
    let (divisor, unit) = scale(unit);
    let step = densities.places[1] - densities.places[0];
    let size = densities.places.len() / INTERVALS;
    let ends: Vec<String> = densities
        .places
        .chunks(size)
        .map(|own| format!("from {}", exact((own[0] / divisor).round())))
        .collect();
    let mut titles = vec!["share"];
    titles.extend(ends.iter().map(String::as_str));
    let mut grid = Grid::new(0, &titles);
    for (share, density) in results.shares.iter().zip(&densities.by_share) {
        let mark = if *share == results.headline_share { ">" } else { "" };
        let mut cells = vec![format!("{mark}{}", share_shown(results, *share))];
        cells.extend(
            density
                .chunks(size)
                .map(|own| format!("{:.1}", 100.0 * step * own.iter().sum::<f64>())),
        );
        grid.row(cells);
    }
    Table::of(&grid.title(format!(
        "Worlds by {} ({unit}), % of those drawn, as smoothed",
        words(densities.metric)
    )))
}

/// Mean against tail.
pub(super) fn frontier(results: &Results) -> Option<Section> {
    let mut section = Section::new("frontier", "Mean against tail");
    section.text(
        "What a share earns on average against what it earns in its worst 5 % of worlds. A full mark has no \
         share that is better in both; bars are two standard errors. All shares are valued in the same \
         worlds, so that differences are surer than the bars.",
    );
    for metric in headlines(results) {
        let rows = frontier_of(results, metric);
        if rows.len() < 2 {
            return None;
        }
        let numbers = frontier_table(results, metric, &rows);
        let left = rows.iter().filter(|row| !row.is_dominated);
        let left: Vec<String> = left.map(|row| format!("{} %", percent(row.share))).collect();
        section.figure(
            frontier_chart(results, metric, &rows),
            format!("{}. No share is better in both than {}.", title(metric), left.join(", ")),
            vec![numbers],
        );
    }
    Some(section)
}

fn frontier_chart(results: &Results, metric: &str, rows: &[FrontierRow]) -> String {
    let (divisor, unit) = scale(rows[0].unit);
    let of = |what: &str| match unit {
        "" => what.to_string(),
        unit => format!("{what}, {unit}"),
    };
    let mut chart = Chart::new(&of("mean of the worst 5 %"), &of("mean"), 760.0, 400.0);
    let mark = |row: &FrontierRow| Mark {
        x: row.tail_mean.value / divisor,
        y: row.mean.value / divisor,
        x_error: row.tail_mean.std_error / divisor,
        y_error: row.mean.std_error / divisor,
    };
    let line: Vec<(f64, f64)> = rows.iter().map(|row| (mark(row).x, mark(row).y)).collect();
    chart.line(&line, Ink::Narrow, 1.2, false);
    for (index, row) in rows.iter().enumerate() {
        let halo = Mark { x_error: 0.0, y_error: 0.0, ..mark(row) };
        chart.marks(&[halo], Ink::Chosen(index), 8.0, MarkerShape::Circle);
    }
    let (behind, ahead): (Vec<&FrontierRow>, Vec<&FrontierRow>) =
        rows.iter().partition(|row| row.is_dominated);
    let marks = |rows: &[&FrontierRow]| -> Vec<Mark> { rows.iter().map(|row| mark(row)).collect() };
    if !behind.is_empty() {
        chart.marks(&marks(&behind), Ink::Line, 4.2, MarkerShape::Circle);
        let inner: Vec<Mark> = marks(&behind)
            .into_iter()
            .map(|mark| Mark { x_error: 0.0, y_error: 0.0, ..mark })
            .collect();
        chart.marks(&inner, Ink::Paper, 2.6, MarkerShape::Circle);
    }
    chart.marks(&marks(&ahead), Ink::Strong, 4.2, MarkerShape::Circle);
    let span = |of: fn(&Mark) -> (f64, f64)| {
        let ends =
            |side: f64| rows.iter().map(mark).map(move |own| of(&own).0 + side * BAR * of(&own).1);
        ends(1.0).fold(f64::MIN, f64::max) - ends(-1.0).fold(f64::MAX, f64::min)
    };
    let (width, height) = (span(|own| (own.x, own.x_error)), span(|own| (own.y, own.y_error)));
    let marked = [0.0, results.headline_share, 0.5, 1.0];
    for row in rows.iter().filter(|row| marked.contains(&row.share)) {
        let (x, y) = (mark(row).x + 0.05 * width, mark(row).y - 0.09 * height);
        chart.says(&format!("{} %", percent(row.share)), x, y);
    }
    chart.legend("no share is better in both", Ink::Strong, Shape::Mark);
    if !behind.is_empty() {
        chart.legend("another share is better in both (hollow)", Ink::Line, Shape::Mark);
    }
    chart.svg(&name_of(metric, "frontier"), &format!("{}: mean against tail", title(metric)))
}

fn frontier_table(results: &Results, metric: &str, rows: &[FrontierRow]) -> Table {
    let mut grid = Grid::new(0, &["share", "mean", "mean of worst 5 %", "better in both"]);
    let (divisor, unit) = scale(rows[0].unit);
    for row in rows {
        let mark = if row.share == results.headline_share { ">" } else { "" };
        grid.row(vec![
            format!("{mark}{}", share_shown(results, row.share)),
            shown(row.mean, divisor),
            shown(row.tail_mean, divisor),
            if row.is_dominated { "another share" } else { "none" }.into(),
        ]);
    }
    let unit = if unit.is_empty() { String::new() } else { format!(", {unit}") };
    Table::of(&grid.title(format!("{}{unit}: mean against tail", title(metric))))
}
