//! What is not disclosed of a study: drawn tile by tile, bounded, and listed for the reader.

use crate::economics::plan::PowerPlan;
use crate::economics::rests_on;
use crate::economics::valuation::Valuation;
use crate::input::study::{Histories, Instead, Study, Undisclosed};
use crate::report::results::UndisclosedInput;
use crate::time::TimeGrid;
use std::collections::BTreeMap;

/// A study whose undisclosed inputs are drawn, and what its tiles are valued with.
#[derive(Debug, Clone)]
pub(super) struct Disclosed {
    study: Study,
    /// What was drawn last, in the order of the inputs that are ranges.
    values: Vec<f64>,
    /// The valuation of what was drawn last.
    pub(super) valuation: Valuation,
}

impl Disclosed {
    /// Room for the draws of a study; nothing where nothing is drawn.
    pub(super) fn new(study: &Study, valuation: &Valuation) -> Option<Self> {
        is_drawn(study).then(|| Self {
            // Histories and files are large, and nothing here rests on them.
            study: Study {
                histories: Histories::default(),
                inputs: Vec::new(),
                basis: BTreeMap::new(),
                ..study.clone()
            },
            values: Vec::new(),
            valuation: valuation.clone(),
        })
    }
    /// Takes what was drawn for the next tile.
    pub(super) fn take(&mut self, values: Vec<f64>, grid: &TimeGrid) {
        let drawn: Vec<Undisclosed> =
            self.study.undisclosed.iter().filter(|i| i.range().is_some()).cloned().collect();
        for (input, value) in drawn.iter().zip(&values) {
            self.study.disclose(input, *value);
        }
        self.valuation = Valuation::new(&self.study, grid);
        self.values = values;
    }
    /// What was drawn last, in the order of the inputs that are ranges.
    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }
}

fn is_drawn(study: &Study) -> bool {
    study.undisclosed.iter().any(|input| input.range().is_some())
}

/// The study with every input of `columns` at an end of its range.
fn at_ends(study: &Study, columns: &[&str], end: fn((f64, f64)) -> f64) -> Study {
    let mut study = study.clone();
    for input in study.undisclosed.clone() {
        if let Some(range) = input.range().filter(|_| columns.contains(&input.column)) {
            study.disclose(&input, end(range));
        }
    }
    study
}

/// Halls of the largest fleet that a study with this plan may have.
pub(super) fn halls_max(study: &Study, plan: &PowerPlan) -> usize {
    if !is_drawn(study) {
        return plan.halls_of(plan.divertible_mw);
    }
    let largest = at_ends(study, &["gross_mw", "eligible_share"], |(_, high)| high);
    let plan = PowerPlan::new(&largest);
    plan.halls_of(plan.divertible_mw)
}

/// The least share that may be diverted in any world: above it shares are capped in some.
pub(super) fn lowest_cap(study: &Study) -> f64 {
    let low = at_ends(study, &["eligible_share", "gross_mw"], |(low, _)| low);
    let high = at_ends(study, &["gross_mw"], |(_, high)| high);
    // The eligible part of the whole is least where the tranches below it are as large as they may
    // be and those above it as small: each step lowers it until no tranche changes sides.
    let mut least = f64::INFINITY;
    loop {
        let (mut eligible_mw, mut gross_mw) = (0.0, 0.0);
        for (small, large) in low.fleet.iter().zip(&high.fleet) {
            let is_below = small.eligible_share < least;
            let size = if is_below && least.is_finite() { large } else { small };
            eligible_mw += size.gross_mw * small.eligible_share;
            gross_mw += size.gross_mw;
        }
        let share = eligible_mw / gross_mw;
        if share >= least {
            return least.min(study.diversion.share_max);
        }
        least = share;
    }
}

/// The list for the results.
pub(super) fn rows(study: &Study) -> Vec<UndisclosedInput> {
    let mut of_keys = BTreeMap::new();
    let mut rows = Vec::new();
    for input in &study.undisclosed {
        let (low, high) = input.range().unzip();
        let (default, default_key) = match input.instead {
            Instead::Key(key) => {
                (*of_keys.entry(key).or_insert_with(|| study.number(key)), Some(key))
            }
            Instead::Number(number) => (Some(number), None),
            Instead::Range { .. } | Instead::Nothing => (None, None),
        };
        let metrics = rests_on::metrics(input, study.mining.switch_off);
        rows.push(UndisclosedInput {
            file: input.roster.name(),
            row: input.row.clone(),
            column: input.column,
            unit: input.unit,
            low,
            high,
            default,
            default_key,
            metrics: metrics.into_iter().map(|metric| metric.name()).collect(),
        });
    }
    rows
}

/// A line for each undisclosed input with what it is on a path, given what was drawn.
pub(super) fn notes(study: &Study, drawn: &[f64]) -> Vec<String> {
    let mut drawn = drawn.iter();
    let note = |row: UndisclosedInput| {
        let UndisclosedInput { file, row, column, unit, low, high, default, .. } = row;
        let what = format!("{file} {row}, {column}");
        match (low, high, default) {
            (Some(low), Some(high), _) => {
                let value = drawn.next().expect("one value for each range");
                format!("{what}: {value} {unit}, drawn from {low}..{high}")
            }
            (_, _, Some(default)) => format!("{what}: {default} {unit}, the default of a blank"),
            _ => format!("{what}: not known; no result rests on it"),
        }
    };
    rows(study).into_iter().map(note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::study::{Roster, Tranche};

    fn range(row: &str, column: &'static str, low: f64, high: f64) -> Undisclosed {
        Undisclosed {
            roster: Roster::Fleet,
            row: row.into(),
            column,
            unit: "",
            instead: Instead::Range { low, high },
        }
    }

    #[test]
    fn no_draw_asks_for_a_hall_that_is_not_built() {
        let mut study = Study::default_study();
        study.fleet = vec![Tranche::new("a", 150.0, 30.0), Tranche::new("b", 100.0, 20.0)];
        study.undisclosed =
            vec![range("a", "gross_mw", 100.0, 200.0), range("b", "eligible_share", 0.5, 1.0)];
        for (share_max, hall_mw) in (1..=20).flat_map(|p| (1..=60).map(move |h| (p, h))) {
            study.diversion.share_max = f64::from(share_max) / 20.0;
            study.delivery.hall_mw = f64::from(hall_mw) * 0.7;
            study.shares = vec![0.0, study.diversion.share_max, 1.0];
            let built = halls_max(&study, &PowerPlan::new(&study));
            for part in [0.0, 0.3, 1.0 - 1e-13, 1.0] {
                let drawn = |(low, high): (f64, f64)| low + (high - low) * part;
                let mut disclosed = study.clone();
                for input in &study.undisclosed {
                    disclosed.disclose(input, drawn(input.range().unwrap()));
                }
                let plan = PowerPlan::new(&disclosed);
                for share in &plan.shares {
                    let parts = usize::from(share.part_mw > 0.0);
                    let asked = plan.parcels[..share.whole_parcels + parts].iter();
                    assert!(asked.map(|p| p.hall + 1).max().unwrap_or(0) <= built);
                }
            }
        }
    }

    #[test]
    fn the_lowest_cap_is_that_of_the_least_favourable_sizes() {
        let mut study = Study::default_study();
        study.fleet = vec![Tranche::new("a", 150.0, 30.0), Tranche::new("b", 100.0, 20.0)];
        study.fleet[0].eligible_share = 0.2;
        study.fleet[1].eligible_share = 0.8;
        assert!((lowest_cap(&study) - (30.0 + 80.0) / 250.0).abs() < 1e-15);
        study.undisclosed = vec![
            range("a", "gross_mw", 100.0, 200.0),
            range("b", "gross_mw", 50.0, 150.0),
            range("b", "eligible_share", 0.6, 1.0),
        ];
        // 200 MW at 0.2 and 50 MW at 0.6.
        assert!((lowest_cap(&study) - (40.0 + 30.0) / 250.0).abs() < 1e-15);
        study.diversion.share_max = 0.1;
        assert_eq!(lowest_cap(&study), 0.1);
    }
}
