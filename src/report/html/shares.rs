//! Share by share: quantiles and densities, drawn.
//!
//! In: results, densities. Out: a part of the page. Not here: the slider and its tables.

use super::chart::{Chart, Ink, Mark, Shape};
use super::slider::{ByShare, share_shown, unit};
use super::table::Table;
use super::words::{axis, scale, title, words};
use super::{Block, Section, Told};
use crate::report::grid::Grid;
use crate::report::number::{count, exact};
use crate::report::pictures::Densities;
use crate::report::results::Results;
use crate::report::verdict::MISSING;
use crate::risk::Estimate;
use kuva::plot::MarkerShape;

/// Distributions by share.
pub(super) fn section(told: &Told<'_>, by_share: &[ByShare<'_>]) -> Option<Section> {
    let results = told.results;
    let thinned = thinned(told);
    let mut section = Section::new("shares", "What each share brings");
    for &(metric, ref tables) in by_share {
        let unit = unit(results, metric);
        section.blocks.push(Block::Heading(title(metric)));
        section.figure(
            fan(results, metric, &told.pictures.drawn),
            format!(
                "{} of {} by share of power diverted: quantiles over the worlds, the median, and the mean \
                 with two standard errors. The upright line is the chosen share.{thinned}",
                title(metric),
                results.target_year
            ),
            tables.clone(),
        );
        let Some(densities) = told.pictures.densities.iter().find(|own| own.metric == metric)
        else {
            continue;
        };
        let paths = count(told.pictures.paths);
        let drawn = &told.pictures.drawn;
        let numbers = densities_table(results, densities, drawn, unit);
        section.figure(
            chosen(results, densities, drawn, unit) + &ridges(results, densities, drawn, unit),
            format!(
                "Above, the distribution at the chosen share against staying; below, the distribution at every \
                 share, one above the other and each as high as any other, the chosen one marked. Drawn from \
                 the first {paths} worlds of the run, made again; no number is taken from them.{thinned}"
            ),
            vec![numbers],
        );
    }
    Some(section)
}

/// What captions say where there are too many shares to draw each.
pub(super) fn thinned(told: &Told<'_>) -> String {
    let (drawn, all) = (told.pictures.drawn.len(), told.results.shares.len());
    if drawn == all {
        return String::new();
    }
    format!(
        " Drawn are {drawn} of the {} shares; marked is the one of them nearest to the chosen one.",
        count(all as u64)
    )
}

/// Id of a drawing.
pub(super) fn name_of(metric: &str, what: &str) -> String {
    format!("{}-{what}", metric.replace('_', "-"))
}

/// Quantiles by share.
fn fan(results: &Results, metric: &str, drawn: &[usize]) -> String {
    let unit = unit(results, metric);
    let (divisor, _) = scale(unit);
    let label = axis(metric, unit);
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
    let means = of("mean");
    let means = drawn.iter().map(|&share| Mark::above(shares[share], means[share], divisor));
    chart.marks(&means.collect::<Vec<_>>(), Ink::Strong, 2.6, MarkerShape::Circle);
    chart.legend("mean ± 2 errors", Ink::Strong, Shape::Mark);
    for &share in drawn {
        chart.across(shares[share], true, Ink::Chosen(share), "0");
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
fn chosen(results: &Results, densities: &Densities, drawn: &[usize], unit: &str) -> String {
    let (divisor, _) = scale(unit);
    let label = axis(densities.metric, unit);
    let step = round_step(densities, divisor);
    let (_, of) = scale(unit);
    let per = format!("% of worlds per {} {of}", exact(step));
    let mut chart = Chart::new(&label, per.trim_end(), 760.0, 340.0);
    let points = |density: &[f64]| -> Vec<(f64, f64)> {
        let places = densities.places.iter().map(|place| place / divisor);
        places.zip(density.iter().map(|d| 100.0 * step * divisor * d)).collect()
    };
    // Shares ascend from 0, and the first is drawn.
    chart.line(&points(&densities.by_share[0]), Ink::Other, 1.6, true);
    chart.legend("staying", Ink::Other, Shape::Dashed);
    for (&share, density) in drawn.iter().zip(&densities.by_share) {
        chart.line(&points(density), Ink::Chosen(share), 2.2, false);
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
fn ridges(results: &Results, densities: &Densities, drawn: &[usize], unit: &str) -> String {
    let (divisor, _) = scale(unit);
    let label = axis(densities.metric, unit);
    let count = drawn.len();
    let height = 150.0 + 24.0 * count as f64;
    let mut chart = Chart::new(&label, "share of power diverted", 760.0, height);
    let x: Vec<f64> = densities.places.iter().map(|place| place / divisor).collect();
    for (place, (&share, own)) in drawn.iter().zip(&densities.by_share).enumerate().rev() {
        let peak = own.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        // Where hardly any world lies, the ridge is the line that it stands on.
        let is_seen = |density: &f64| *density > 2e-3 * peak;
        let first = own.iter().position(is_seen).unwrap_or(0).saturating_sub(1);
        let end = own.iter().rposition(is_seen).map_or(own.len(), |last| own.len().min(last + 2));
        let floor = vec![place as f64; end - first];
        let top: Vec<f64> =
            own[first..end].iter().map(|density| place as f64 + RIDGE * density / peak).collect();
        chart.band(&x[first..end], &floor, &top, Ink::Share(share));
        let outline: Vec<(f64, f64)> = x[first..end].iter().copied().zip(top).collect();
        chart.line(&outline, Ink::Line, 0.9, false);
    }
    let name = |share: &usize| share_shown(results, results.shares[*share]);
    chart.y_names(drawn.iter().map(name).collect());
    chart.y_end(count as f64 + RIDGE - 0.9);
    chart.svg(
        &name_of(densities.metric, "ridges"),
        &format!("Distribution of {} at every share", words(densities.metric)),
    )
}

/// Part of the worlds in a few intervals of what is drawn.
fn densities_table(results: &Results, densities: &Densities, drawn: &[usize], unit: &str) -> Table {
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
    for (&share, density) in drawn.iter().zip(&densities.by_share) {
        let share = results.shares[share];
        let mut cells = vec![share_shown(results, share)];
        cells.extend(
            density
                .chunks(size)
                .map(|own| format!("{:.1}", 100.0 * step * own.iter().sum::<f64>())),
        );
        grid.row(cells).is_marked = share == results.headline_share;
    }
    Table::of(&grid.title(format!(
        "Worlds by {} ({unit}), % of those drawn, as smoothed",
        words(densities.metric)
    )))
}
