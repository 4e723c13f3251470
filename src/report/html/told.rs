//! What the terminal tells below its verdict, with charts: company, worth, bad worlds, what it rests on,
//! models, the claim.
//!
//! In: results. Out: sections; none where the study has nothing of the kind.

use super::chart::{Chart, Ink, Mark, Shape};
use super::shares::thinned;
use super::slider::share_shown;
use super::table::Table;
use super::words::{unbroken, words};
use super::{Block, Section, Told};
use crate::report::number::{USD_PER_MILLION, percent};
use crate::report::results::{ClaimResult, Results, Side};
use crate::report::verdict::MISSING;
use crate::report::{claim as of_claim, sections, treasury, uncertainty, worth as of_worth};
use crate::risk::Estimate;
use kuva::plot::MarkerShape;

/// What each share does to the company; of studies with a treasury.
pub(super) fn company(told: &Told<'_>) -> Option<Section> {
    let results = told.results;
    let grid = treasury::treasury(results)?;
    let mut section = Section::new("company", "The company");
    let chance = |metric: &str| -> Vec<Estimate> {
        let get = |share: &f64| results.estimate(*share, metric, "mean").unwrap_or(MISSING);
        results.shares.iter().map(get).collect()
    };
    let mut chart = Chart::new("share of power diverted, %", "chance, %", 760.0, 340.0);
    for (metric, label, ink, is_dashed, shape) in [
        ("default", "default", Ink::Strong, false, MarkerShape::Circle),
        ("dscr_breach", "breach of the covenant", Ink::Other, true, MarkerShape::Square),
    ] {
        let marks: Vec<Mark> = results
            .shares
            .iter()
            .zip(chance(metric))
            .map(|(share, estimate)| Mark::above(100.0 * share, estimate, 0.01))
            .collect();
        let line: Vec<(f64, f64)> = marks.iter().map(|mark| (mark.x, mark.y)).collect();
        chart.line(&line, ink, 1.2, is_dashed);
        let drawn = told.pictures.drawn.iter().map(|share| marks[*share]);
        chart.marks(&drawn.collect::<Vec<_>>(), ink, 3.2, shape);
        chart.legend(label, ink, if is_dashed { Shape::Dashed } else { Shape::Line });
    }
    for &share in &told.pictures.drawn {
        chart.across(100.0 * results.shares[share], true, Ink::Chosen(share), "0");
    }
    section.figure(
        chart.svg("company-chances", "Probability of default and of a breach by share"),
        format!(
            "Probability of default and of a breach of the covenant by share; bars are two standard errors.{}",
            thinned(told)
        ),
        vec![Table::of(&grid).of_shares(shares_shown(results))],
    );
    Some(section)
}

/// What each share is worth; of studies that look beyond the target year.
pub(super) fn worth(results: &Results) -> Option<Section> {
    let grid = of_worth::worth(results)?;
    let mut section = Section::new("worth", "What it is worth");
    section.table(Table::of(&grid).of_shares(shares_shown(results)));
    Some(section)
}

/// The shares as the page writes them.
fn shares_shown(results: &Results) -> impl ExactSizeIterator<Item = String> {
    results.shares.iter().map(|share| share_shown(results, *share))
}

/// What the worst worlds have in common.
pub(super) fn worst(results: &Results) -> Option<Section> {
    let grid = sections::worst_worlds(results)?;
    let moves = sections::worst_moves(results);
    let mut section = Section::new("worst", "What bad worlds have in common");
    let height = 120.0 + 30.0 * moves.len() as f64;
    let label = "mean in the worst 5 % of worlds by revenue, % from the mean of all";
    let mut chart = Chart::new(label, "", 760.0, height);
    for (place, (_, change, error)) in moves.iter().rev().enumerate() {
        let at = place as f64;
        let (low, high) = (change.min(0.0), change.max(0.0));
        // Upright bars lie down: an area between two heights over the two ends.
        chart.band(&[low, high], &[at - 0.32; 2], &[at + 0.32; 2], Ink::Narrow);
        let bar = Mark { x: *change, y: at, x_error: *error, y_error: 0.0 };
        chart.marks(&[bar], Ink::Strong, 2.6, MarkerShape::Circle);
    }
    chart.across(0.0, true, Ink::Strong, "0");
    chart.y_names(moves.iter().rev().map(|(name, ..)| (*name).to_string()).collect());
    section.figure(
        chart.svg("worst-moves", "Drivers in the worst 5 % of worlds against all"),
        format!(
            "At {} %: each driver in the worst 5 % of worlds by revenue, against its mean over all; bars are two \
             standard errors.",
            percent(results.headline_share)
        ),
        vec![Table::of(&grid)],
    );
    Some(section)
}

/// What the verdict rests on: variations, and what the headlines are uncertain by.
pub(super) fn rests_on(results: &Results) -> Option<Section> {
    let mut section = Section::new("rests-on", "What the verdict rests on");
    if let Some(title) = sections::variations_title(results) {
        let table = Table::of(&sections::variations_table(results, usize::MAX)).called(title);
        section.figure(
            variations(results),
            format!(
                "Mean margin after capital above staying at {} %, one value varied at a time on the same \
                 chance; bars are two standard errors.",
                percent(results.headline_share)
            ),
            vec![table],
        );
    }
    if let Some(grid) = uncertainty::spreads(results) {
        section.table(Table::of(&grid));
    }
    (!section.blocks.is_empty()).then_some(section)
}

fn variations(results: &Results) -> String {
    let label = "margin after capital above staying, million USD";
    let height = 120.0 + 26.0 * results.variations.len() as f64;
    let mut chart = Chart::new(label, "", 760.0, height);
    let mut names = Vec::new();
    for (place, variation) in results.variations.iter().rev().enumerate() {
        let estimate = variation.gain_margin_usd;
        let mark = Mark {
            x: estimate.value / USD_PER_MILLION,
            y: place as f64,
            x_error: estimate.std_error / USD_PER_MILLION,
            y_error: 0.0,
        };
        let (ink, shape) = match variation.side {
            Side::Base => (Ink::Strong, MarkerShape::Diamond),
            Side::Low => (Ink::Other, MarkerShape::Circle),
            Side::High => (Ink::Line, MarkerShape::Square),
        };
        chart.marks(&[mark], ink, 4.0, shape);
        names.push(sections::label(variation).replace(" -", " −"));
    }
    if let Some(base) = results.variations.first() {
        chart.across(base.gain_margin_usd.value / USD_PER_MILLION, true, Ink::Other, "3 3");
    }
    chart.y_names(names);
    chart.svg("variations", "What the mean change of margin after capital rests on")
}

/// Model by model; of studies where a factor follows several.
pub(super) fn models(results: &Results) -> Option<Section> {
    let grid = uncertainty::by_model(results)?;
    let mut section = Section::new("models", "Model by model");
    let all: Vec<&str> =
        ["all"].into_iter().chain(results.models.iter().map(String::as_str)).collect();
    let height = 120.0 + 30.0 * all.len() as f64;
    let mut chart = Chart::new("revenue, million USD", "", 760.0, height);
    for (measure, ink, shape, label) in [
        ("tail_mean_0.05", Ink::Other, MarkerShape::Square, "mean of the worst 5 %"),
        ("mean", Ink::Strong, MarkerShape::Circle, "mean"),
    ] {
        let marks: Vec<Mark> = all
            .iter()
            .rev()
            .enumerate()
            .filter_map(|(place, model)| {
                let share = results.headline_share;
                let estimate = results.estimate_of(model, share, "revenue", measure)?;
                Some(Mark {
                    x: estimate.value / USD_PER_MILLION,
                    y: place as f64,
                    x_error: estimate.std_error / USD_PER_MILLION,
                    y_error: 0.0,
                })
            })
            .collect();
        chart.marks(&marks, ink, 4.0, shape);
        chart.legend(label, ink, Shape::Mark);
    }
    chart.y_names(all.iter().rev().map(|model| crate::error::printable(model)).collect());
    section.figure(
        chart.svg("by-model", "Revenue of the headline share model by model"),
        format!(
            "Revenue at {} % in the worlds that followed each model; bars are two standard errors.",
            percent(results.headline_share)
        ),
        vec![Table::of(&grid)],
    );
    Some(section)
}

/// The claim, and the bridge from it.
pub(super) fn claim(results: &Results) -> Option<Section> {
    let claim = results.claim.as_ref()?;
    let billion = claim.average_usd_per_year / USD_PER_BILLION;
    let shown = crate::report::number::exact(billion);
    let mut section = Section::new("claim", format!("The bridge from {shown} billion"));
    section.text(plain(&of_claim::reading(claim)));
    section.figure(
        bridge(claim),
        "From the claim to the mean revenue above staying, step by step; bars are two standard errors.",
        vec![Table::of(&of_claim::bridge(claim))],
    );
    let places = of_claim::places(claim);
    section.blocks.push(Block::Notes(places.iter().map(|place| plain(place)).collect()));
    section.blocks.extend(of_claim::valued(results, claim).map(Block::Text));
    let shares = claim.by_share.iter().map(|(share, ..)| format!("{} %", percent(*share)));
    section.blocks.push(Block::Folded(
        "The readings of the claim, and its arithmetic at other shares".into(),
        vec![
            Table::of(&of_claim::readings(claim)).called(of_claim::READINGS.trim_end_matches(':')),
            Table::of(&of_claim::by_share(claim))
                .called("The claim's arithmetic by share")
                .of_shares(shares),
        ],
        of_claim::named(claim),
    ));
    Some(section)
}

/// Running text without the marks that a terminal has around names.
fn plain(text: &str) -> String {
    unbroken(&text.replace('`', ""))
}

const USD_PER_BILLION: f64 = 1e9;

fn bridge(claim: &ClaimResult) -> String {
    let mut chart = Chart::new("", "revenue gain, billion USD a year", 760.0, 440.0);
    let mut names = vec!["the claim".to_string()];
    names.extend(claim.bridge.iter().map(|row| words(row.step)));
    names.push("the study".into());
    let mut level = claim.average_usd_per_year / USD_PER_BILLION;
    let block = |at: f64, low: f64, high: f64, ink, chart: &mut Chart| {
        chart.band(&[at - 0.34, at + 0.34], &[low; 2], &[high; 2], ink);
    };
    block(0.0, 0.0, level, Ink::Line, &mut chart);
    for (index, row) in claim.bridge.iter().enumerate() {
        let at = 1.0 + index as f64;
        let reached = row.level_usd / USD_PER_BILLION;
        block(at, level.min(reached), level.max(reached), Ink::Narrow, &mut chart);
        chart.line(&[(at - 0.66, level), (at + 0.34, level)], Ink::Other, 0.8, false);
        let error = row.std_error / USD_PER_BILLION;
        let mark = Mark { x: at, y: reached, x_error: 0.0, y_error: error };
        chart.marks(&[mark], Ink::Strong, 2.4, MarkerShape::Circle);
        level = reached;
    }
    let end = names.len() as f64 - 1.0;
    block(end, 0.0, level, Ink::Line, &mut chart);
    if let Some(last) = claim.bridge.last() {
        let error = last.level_std_error / USD_PER_BILLION;
        chart.marks(
            &[Mark { x: end, y: level, x_error: 0.0, y_error: error }],
            Ink::Strong,
            2.4,
            MarkerShape::Circle,
        );
    }
    chart.across(0.0, false, Ink::Strong, "0");
    chart.x_names(names);
    chart.svg("bridge", "From the claim to what the study finds")
}
