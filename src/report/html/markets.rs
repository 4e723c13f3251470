//! The markets of a run by month, with their histories.

use super::chart::{Chart, Ink, Mark, Shape};
use super::table::Table;
use super::words::title;
use super::{Block, Section};
use crate::input::study::YearMonth;
use crate::report::grid::Grid;
use crate::report::number::{USD_PER_MILLION, count, exact};
use crate::report::pictures::{MarketFan, Pictures};
use crate::report::results::Results;
use kuva::plot::MarkerShape;

/// A fan for each factor that moves.
pub(super) fn section(pictures: &Pictures, results: &Results) -> Option<Section> {
    if pictures.markets.is_empty() {
        return None;
    }
    let mut section = Section::new("markets", "The markets behind it");
    section.text(format!(
        "Means of months from {} on: half of the worlds lie in the darker band, nine of ten in the paler. Drawn \
         from the first {} worlds of the run, made again. Dots are what was observed.",
        results.as_of,
        count(pictures.market_paths)
    ));
    let figure = |fan: &MarketFan| (drawn(fan), told(fan), numbers(fan));
    section.blocks.push(Block::Figures(pictures.markets.iter().map(figure).collect()));
    Some(section)
}

/// The middle of a month as a year with its part.
fn year(month: YearMonth) -> f64 {
    f64::from(month.year()) + (f64::from(month.month()) - 0.5) / 12.0
}

/// What values are divided by, and the unit that is left.
fn scale(fan: &MarketFan) -> (f64, String) {
    let largest = fan.bands.iter().flatten().copied().fold(0.0, |a: f64, b| a.max(b.abs()));
    match fan.unit {
        "1" if largest > 1e9 => (1e12, "10¹²".into()),
        "1" => (1.0, String::new()),
        unit if unit.starts_with("USD/") && largest >= USD_PER_MILLION => {
            (USD_PER_MILLION, format!("million {unit}"))
        }
        unit => (1.0, unit.into()),
    }
}

/// Names that say more than the engine's.
fn name(fan: &MarketFan) -> String {
    match fan.name {
        "ai_demand" => "AI compute market, ln(demand / capacity)".into(),
        "gpu_rate" => "GPU-hour rate".into(),
        "utilisation" => "GPU utilisation".into(),
        "rent" => "Colocation rent of new leases".into(),
        "pool_pay" => "Pool pay over full pay per share".into(),
        "btc_price" => "BTC price".into(),
        "hashprice" => "Hashprice in BTC".into(),
        "fees" => "Transaction fees".into(),
        "hashrate" => "Network hashrate".into(),
        other => title(other),
    }
}

fn told(fan: &MarketFan) -> String {
    let (_, unit) = scale(fan);
    let unit = if unit.is_empty() { String::new() } else { format!(", {unit}") };
    match fan.history_of.as_str() {
        "" => format!("{}{unit}.", name(fan)),
        of => format!("{}{unit}. Observed: {}.", name(fan), crate::error::printable(of)),
    }
}

fn drawn(fan: &MarketFan) -> String {
    let (divisor, unit) = scale(fan);
    let mut chart = Chart::new("", &unit, 520.0, 300.0);
    let x: Vec<f64> = fan.months.iter().map(|month| year(*month)).collect();
    let line =
        |at: usize| -> Vec<f64> { fan.bands.iter().map(|band| band[at] / divisor).collect() };
    chart.band(&x, &line(0), &line(4), Ink::Wide);
    chart.band(&x, &line(1), &line(3), Ink::Narrow);
    let median: Vec<(f64, f64)> = x.iter().copied().zip(line(2)).collect();
    chart.line(&median, Ink::Line, 1.6, false);
    chart.legend("5 to 95 %", Ink::Wide, Shape::Area);
    chart.legend("25 to 75 %", Ink::Narrow, Shape::Area);
    chart.legend("median", Ink::Line, Shape::Line);
    let marks: Vec<Mark> = fan
        .history
        .iter()
        .map(|(month, value)| Mark {
            x: year(*month),
            y: value / divisor,
            x_error: 0.0,
            y_error: 0.0,
        })
        .collect();
    if !marks.is_empty() {
        chart.marks(&marks, Ink::Strong, 1.7, MarkerShape::Circle);
        chart.legend("observed", Ink::Strong, Shape::Mark);
    }
    chart.years();
    chart.svg(&format!("market-{}", fan.name.replace('_', "-")), &name(fan))
}

fn numbers(fan: &MarketFan) -> Table {
    let (divisor, unit) = scale(fan);
    let titles = ["month", "5 %", "25 %", "median", "75 %", "95 %", "observed"];
    let mut grid = Grid::new(1, &titles);
    let shown = |value: f64| exact(value / divisor);
    let month = |month: &YearMonth| format!("{}-{:02}", month.year(), month.month());
    for (own, value) in &fan.history {
        let mut cells = vec![month(own)];
        cells.extend(std::iter::repeat_n("–".to_string(), 5));
        cells.push(shown(*value));
        grid.row(cells);
    }
    for (own, band) in fan.months.iter().zip(&fan.bands) {
        let mut cells = vec![month(own)];
        cells.extend(band.iter().map(|value| shown(*value)));
        cells.push("–".into());
        grid.row(cells);
    }
    let unit = if unit.is_empty() { String::new() } else { format!(", {unit}") };
    Table::of(&grid.title(format!("{}{unit}", name(fan))))
}
