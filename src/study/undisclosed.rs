//! What is not disclosed of a study: drawn tile by tile, bounded, and listed for the reader.

use super::world::World;
use crate::economics::plan::{PowerPlan, SHARE_ROUNDING};
use crate::economics::rests_on;
use crate::economics::valuation::Valuation;
use crate::input::study::{Histories, Instead, Study, Undisclosed};
use crate::report::Status;
use crate::report::explain::Drawn;
use crate::report::results::{StandIn, UndisclosedInput};
use crate::time::TimeGrid;
use std::collections::BTreeMap;

/// A study whose undisclosed inputs are drawn, and what its tiles are valued with.
#[derive(Debug, Clone)]
pub(super) struct Disclosed {
    study: Study,
    /// The inputs that are ranges.
    drawn: Vec<Undisclosed>,
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
            drawn: study.undisclosed.iter().filter(|i| i.range().is_some()).cloned().collect(),
            values: Vec::new(),
            valuation: valuation.clone(),
        })
    }
    /// Takes what was drawn for the next tile.
    pub(super) fn take(&mut self, values: Vec<f64>, grid: &TimeGrid) {
        for (input, value) in self.drawn.iter().zip(&values) {
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

/// The least and the most gross MW that a fleet may have.
pub(super) fn gross_mw_range(study: &Study) -> (f64, f64) {
    let sum = |end| at_ends(study, &["gross_mw"], end).fleet.iter().map(|t| t.gross_mw).sum();
    (sum(|(low, _)| low), sum(|(_, high)| high))
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

/// The shares of a fleet that suit AI/HPC, over all worlds, and what is valued of those asked for.
pub(super) struct Caps {
    /// The least share that may be diverted in any world: above it shares are capped in some.
    pub(super) low: f64,
    /// The most that may be diverted in any world: above it shares are capped in all.
    pub(super) high: f64,
    /// What is valued of each share of the study, the mean over the paths of its run.
    pub(super) effective_shares: Vec<f64>,
}

impl Caps {
    /// The caps of a study wired as `world`.
    pub(super) fn new(study: &Study, world: &World) -> Self {
        let planned = world.valuation.plan.shares.iter();
        let mut effective_shares: Vec<f64> = planned.map(|share| share.effective_share).collect();
        // Where shares are of what is not committed, so are caps, at the middles of ranges.
        let plan = &world.valuation.plan;
        let free = |cap: f64| match plan.committed_mw > 0.0 {
            true => {
                let free_mw = plan.gross_mw - plan.committed_mw;
                ((cap * plan.gross_mw - plan.committed_mw) / free_mw).max(0.0)
            }
            false => cap,
        };
        let low = free(extreme_cap(study, f64::lt));
        let high = free(extreme_cap(study, f64::gt));
        if is_drawn(study) && study.shares.iter().any(|share| *share > low) {
            let means = world.mean_effective_shares(study.paths);
            for ((effective, share), mean) in
                effective_shares.iter_mut().zip(&study.shares).zip(means)
            {
                // The mean of equal numbers is that number, without the rounding of a sum.
                *effective = match *share <= low + SHARE_ROUNDING {
                    true => *share,
                    false if high - low <= SHARE_ROUNDING => low,
                    false => mean.min(*share),
                };
            }
        }
        Self { low, high, effective_shares }
    }
    /// What is told of a share.
    pub(super) fn status(&self, share: f64) -> Status {
        match share - SHARE_ROUNDING {
            share if share > self.high => Status::Capped,
            share if share > self.low => Status::CappedInSomeWorlds,
            _ => Status::Ok,
        }
    }
}

/// The least or the most share that may be diverted in any world, as `is_beyond` says which of two
/// shares is more extreme.
fn extreme_cap(study: &Study, is_beyond: fn(&f64, &f64) -> bool) -> f64 {
    let ends = |columns: &[&str], end| at_ends(study, columns, end).fleet;
    let small = ends(&["gross_mw"], |(low, _)| low);
    let large = ends(&["gross_mw"], |(_, high)| high);
    let eligible = ends(
        &["eligible_share"],
        match is_beyond(&0.0, &1.0) {
            true => |(low, _)| low,
            false => |(_, high)| high,
        },
    );
    // The eligible part of the whole is least where the tranches below it are as large as they may
    // be and those above it as small, most where it is the other way round: each step makes it more
    // extreme until no tranche changes sides.
    let mut extreme = f64::NAN;
    loop {
        let (mut eligible_mw, mut gross_mw) = (0.0, 0.0);
        for ((small, large), tranche) in small.iter().zip(&large).zip(&eligible) {
            let is_beyond = is_beyond(&tranche.eligible_share, &extreme);
            let size = if is_beyond { large.gross_mw } else { small.gross_mw };
            eligible_mw += size * tranche.eligible_share;
            gross_mw += size;
        }
        let share = eligible_mw / gross_mw;
        if !extreme.is_nan() && !is_beyond(&share, &extreme) {
            return extreme.min(study.diversion.share_max);
        }
        extreme = share;
    }
}

/// Columns that are filled in and that no result rests on yet: `contracts status`.
pub fn idle(study: &Study) -> Vec<String> {
    let columns = study.idle_columns().into_iter();
    columns.map(|(roster, column)| format!("{} {column}", roster.name())).collect()
}

/// The list for the results.
pub(super) fn rows(study: &Study) -> Vec<UndisclosedInput> {
    let mut of_keys = BTreeMap::new();
    let mut rows = Vec::new();
    for input in &study.undisclosed {
        let (low, high) = input.range().unzip();
        let (default, default_key) = match input.instead {
            Instead::Key(key) => {
                let value = *of_keys.entry(key).or_insert_with(|| study.number(key));
                (value.map(|value| StandIn::Number(input.in_its_unit(value))), Some(key))
            }
            Instead::Number(number) => (Some(StandIn::Number(number)), None),
            Instead::Words(words) => (Some(StandIn::Words(words)), None),
            Instead::Range { .. } | Instead::Nothing => (None, None),
        };
        let metrics = rests_on::metrics(input, study);
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

/// What was drawn on a path, input by input.
pub(super) fn drawn(study: &Study, values: &[f64]) -> Vec<Drawn> {
    let ranges = study.undisclosed.iter().filter(|input| input.range().is_some());
    let drawn = |(input, value): (&Undisclosed, &f64)| Drawn {
        file: input.roster.name(),
        row: input.row.clone(),
        column: input.column,
        unit: input.unit,
        value: *value,
    };
    ranges.zip(values).map(drawn).collect()
}

/// A line for each undisclosed input with what it is on a path, given what was drawn.
pub(super) fn notes(study: &Study, drawn: &[f64]) -> Vec<String> {
    let mut drawn = drawn.iter();
    let note = |row: UndisclosedInput| {
        let UndisclosedInput { file, row, column, unit, low, high, default, metrics, .. } = row;
        let what = format!("{file} {row}, {column}");
        match (low, high, default) {
            (Some(low), Some(high), _) => {
                let value = drawn.next().expect("one value for each range");
                format!("{what}: {value} {unit}, drawn from {low}..{high}")
            }
            (_, _, Some(default)) => {
                format!("{what}: {}, the default of a blank", default.with(unit))
            }
            _ if metrics.is_empty() => format!("{what}: not known; no result rests on it"),
            _ => format!("{what}: not known; {} metrics rest on it", metrics.len()),
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
            position: usize::from(row == "b"),
            row: row.into(),
            key: row.into(),
            column,
            unit: "",
            instead: Instead::Range { low, high },
        }
    }

    #[test]
    fn no_draw_asks_for_a_hall_that_is_not_built() {
        let mut study = Study::default_study();
        study.fleet = vec![Tranche::new("a", 150.0, 30.0), Tranche::new("b", 100.0, 20.0)];
        study.fleet[1].eligible_share = 0.75;
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
                    assert!(asked.filter_map(|p| p.hall).max().map_or(0, |hall| hall + 1) <= built);
                }
            }
        }
    }

    #[test]
    fn the_caps_are_those_of_the_least_and_the_most_favourable_sizes() {
        let mut study = Study::default_study();
        study.fleet = vec![Tranche::new("a", 150.0, 30.0), Tranche::new("b", 100.0, 20.0)];
        study.fleet[0].eligible_share = 0.2;
        study.fleet[1].eligible_share = 0.8;
        let caps = |study: &Study| [f64::lt, f64::gt].map(|side| extreme_cap(study, side));
        let differ = |found: [f64; 2], exact: [f64; 2]| {
            found.iter().zip(exact).any(|(found, exact)| (found - exact).abs() > 1e-15)
        };
        assert!(!differ(caps(&study), [110.0 / 250.0; 2]));
        study.undisclosed = vec![
            range("a", "gross_mw", 100.0, 200.0),
            range("b", "gross_mw", 50.0, 150.0),
            range("b", "eligible_share", 0.6, 1.0),
        ];
        // 200 MW at 0.2 and 50 MW at 0.6; 100 MW at 0.2 and 150 MW at 1.
        assert!(!differ(caps(&study), [(40.0 + 30.0) / 250.0, (20.0 + 150.0) / 250.0]));
        study.diversion.share_max = 0.1;
        assert_eq!(caps(&study), [0.1; 2]);
    }
}
