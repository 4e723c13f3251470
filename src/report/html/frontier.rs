//! Mean against tail: what each share earns on average against what it earns in its worst worlds.

use super::chart::{Chart, Ink, Mark, Shape};
use super::names::beside;
use super::shares::{name_of, thinned};
use super::slider::{headlines, share_shown};
use super::table::Table;
use super::words::{scale, shown, title};
use super::{Section, Told};
use crate::report::frontier::{FrontierRow, frontier};
use crate::report::grid::Grid;
use crate::report::number::percent;
use crate::report::results::Results;
use kuva::plot::MarkerShape;

/// Mean against tail.
pub(super) fn section(told: &Told<'_>) -> Option<Section> {
    let results = told.results;
    let mut section = Section::new("frontier", "Mean against tail");
    section.text(
        "What a share earns on average against what it earns in its worst 5 % of worlds. A hollow mark is \
         dominated: another share has more of one and no less of the other. Bars are two standard errors. All \
         shares are valued in the same worlds, so that differences are surer than the bars.",
    );
    for metric in headlines(results) {
        let rows = frontier(results, metric);
        if rows.len() < 2 {
            return None;
        }
        section.figure(
            chart(results, metric, &rows, &told.pictures.drawn),
            format!("{}. No share dominates {}.{}", title(metric), unbeaten(&rows), thinned(told)),
            vec![table(results, metric, &rows)],
        );
    }
    Some(section)
}

/// The shares that no other dominates; of three and more in a row the first and the last.
fn unbeaten(rows: &[FrontierRow]) -> String {
    let runs = rows.chunk_by(|a, b| a.is_dominated == b.is_dominated);
    let runs = runs.filter(|run| !run[0].is_dominated).map(|run| match run {
        [first, _, .., last] => format!("{} to {} %", percent(first.share), percent(last.share)),
        few => {
            let each = few.iter().map(|row| format!("{} %", percent(row.share)));
            each.collect::<Vec<_>>().join(", ")
        }
    });
    runs.collect::<Vec<_>>().join(", ")
}

fn chart(results: &Results, metric: &str, rows: &[FrontierRow], drawn: &[usize]) -> String {
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
    for &share in drawn {
        let halo = Mark { x_error: 0.0, y_error: 0.0, ..mark(&rows[share]) };
        chart.marks(&[halo], Ink::Chosen(share), 8.0, MarkerShape::Circle);
    }
    let shown: Vec<&FrontierRow> = drawn.iter().map(|share| &rows[*share]).collect();
    let (behind, ahead): (Vec<&FrontierRow>, Vec<&FrontierRow>) =
        shown.iter().partition(|row| row.is_dominated);
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
    let named = [0.0, results.headline_share, 0.5, 1.0];
    let named = (0..shown.len()).filter(|at| named.contains(&shown[*at].share));
    let named: Vec<usize> = named.collect();
    for (at, (x, y)) in named.iter().zip(beside(&marks(&shown), &named)) {
        chart.says(&format!("{} %", percent(shown[*at].share)), x, y);
    }
    chart.legend("dominated by no share", Ink::Strong, Shape::Mark);
    if !behind.is_empty() {
        chart.legend("dominated (hollow)", Ink::Line, Shape::Mark);
    }
    chart.svg(&name_of(metric, "frontier"), &format!("{}: mean against tail", title(metric)))
}

fn table(results: &Results, metric: &str, rows: &[FrontierRow]) -> Table {
    let mut grid = Grid::new(0, &["share", "mean", "mean of worst 5 %", "dominated"]);
    let (divisor, unit) = scale(rows[0].unit);
    for row in rows {
        let cells = vec![
            share_shown(results, row.share),
            shown(row.mean, divisor),
            shown(row.tail_mean, divisor),
            if row.is_dominated { "yes" } else { "no" }.into(),
        ];
        grid.row(cells).is_marked = row.share == results.headline_share;
    }
    let unit = if unit.is_empty() { String::new() } else { format!(", {unit}") };
    Table::of(&grid.title(format!("{}{unit}: mean against tail", title(metric))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_in_a_row_are_told_by_their_ends() {
        let row = |(at, is_dominated): (usize, &bool)| {
            let mean = crate::report::sample::estimate(0.0, 0.0);
            FrontierRow {
                share: at as f64 / 10.0,
                effective_share: 0.0,
                metric: "revenue".into(),
                unit: "USD",
                mean,
                tail_mean: mean,
                is_dominated: *is_dominated,
            }
        };
        let told =
            |behind: &[bool]| unbeaten(&behind.iter().enumerate().map(row).collect::<Vec<_>>());
        assert_eq!(told(&[false, false, false, true, true, false]), "0 to 20 %, 50 %");
        assert_eq!(told(&[true, false, false, true]), "10 %, 20 %");
    }
}
