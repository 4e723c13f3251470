//! A run whose outcomes stay in memory, for whoever looks at single paths.
//!
//! In: a study, what to keep of its paths. Out: its results, the same to the bit as of a run that
//! keeps nothing, and columns `[metric][share][path]` and `[driver][path]`. Not here: what a column
//! is looked at for.

use super::order::Order;
use super::paths::{PathOutcomes, Progress};
use super::run::{Run, Silent};
use crate::economics::metric::{Driver, Metric};
use crate::economics::plan::SHARE_ROUNDING;
use crate::error::{Error, Problem, Problems, did_you_mean};
use crate::input::study::Study;
use crate::report::number::count;
use crate::report::results::Results;
use crate::tile::PATHS_PER_GROUP;
use std::ops::Range;

/// What is kept of a run that fits a budget.
pub const BUDGET_BYTES: u64 = 1_000_000_000;

/// What to keep of the paths of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keep {
    /// Everything if it takes at most [`BUDGET_BYTES`], else nothing.
    IfItFits,
    /// Nothing.
    Nothing,
    /// Every metric and every driver.
    Everything,
    /// Metrics and drivers by name.
    Named(Vec<String>),
}

/// The metrics and the drivers of which every path is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Metrics, in the order of `Metric::ALL`.
    pub metrics: Vec<Metric>,
    /// Drivers, in the order of `Driver::ALL`.
    pub drivers: Vec<Driver>,
}

impl Keep {
    /// The columns that it asks for of a study.
    ///
    /// # Errors
    /// A name that is neither a metric of the study nor a driver.
    pub fn of(&self, study: &Study) -> Result<Wanted, Problems> {
        let metrics = Metric::of(study);
        let all = Wanted { metrics: metrics.to_vec(), drivers: Driver::ALL.to_vec() };
        match self {
            Self::Nothing => Ok(Wanted::default()),
            Self::Everything => Ok(all),
            Self::IfItFits if all.bytes(study) <= BUDGET_BYTES => Ok(all),
            Self::IfItFits => Ok(Wanted::default()),
            Self::Named(names) => {
                let is_named = |name: &str| names.iter().any(|own| own == name);
                let known: Vec<&str> = names_of(study).collect();
                let unknown = names.iter().filter(|name| !known.contains(&name.as_str()));
                let problems = unknown.map(|name| refusal(name, &known)).collect();
                let metrics = metrics.iter().copied().filter(|m| is_named(m.name()));
                let drivers = Driver::ALL.into_iter().filter(|d| is_named(d.name()));
                let wanted = Wanted { metrics: metrics.collect(), drivers: drivers.collect() };
                Problems::none_or(problems, wanted)
            }
        }
    }
}

/// Names of what a run of a study can keep: its metrics, then the drivers.
pub fn names_of(study: &Study) -> impl Iterator<Item = &'static str> {
    let drivers = Driver::ALL.into_iter().map(Driver::name);
    Metric::of(study).iter().map(|metric| metric.name()).chain(drivers)
}

fn refusal(name: &str, known: &[&str]) -> Problem {
    let problem =
        Problem::new("there is no such metric or driver").found(name).expected(known.join(", "));
    match did_you_mean(name, known.iter().copied()) {
        hint if hint.is_empty() => problem,
        hint => problem.help(hint),
    }
}

impl Wanted {
    /// Bytes that it takes for all paths of a study.
    pub fn bytes(&self, study: &Study) -> u64 {
        8 * study.paths * (self.metrics.len() * study.shares.len() + self.drivers.len()) as u64
    }
}

/// Where the numbers of each column stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Which columns.
    pub wanted: Wanted,
    shares: usize,
    paths: usize,
}

/// Columns of every path of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Where they stand.
    pub places: Places,
    /// `[metric][share][path]`, flat, in the order of the metrics wanted and the study's shares.
    pub outcomes: Vec<f64>,
    /// `[driver][path]`, flat, in the order of the drivers wanted.
    pub drivers: Vec<f64>,
}

impl Places {
    /// Where the numbers of a metric at a share stand in `outcomes`.
    ///
    /// # Errors
    /// A metric or a share that the run does not have, or whose numbers were not kept.
    pub fn outcome(
        &self,
        study: &Study,
        metric: &str,
        share: f64,
    ) -> Result<Range<usize>, Problems> {
        let position = position_of_share(study, share)?;
        let known: Vec<&str> = Metric::of(study).iter().map(|metric| metric.name()).collect();
        let kept = self.wanted.metrics.iter().position(|own| own.name() == metric);
        let index = kept.ok_or_else(|| self.refusal(study, metric, &known))?;
        let start = (index * self.shares + position) * self.paths;
        Ok(start..start + self.paths)
    }
    /// Where the numbers of a driver stand in `drivers`.
    ///
    /// # Errors
    /// A driver that there is none of, or whose numbers were not kept.
    pub fn driver(&self, study: &Study, driver: &str) -> Result<Range<usize>, Problems> {
        let kept = self.wanted.drivers.iter().position(|own| own.name() == driver);
        let known = Driver::ALL.map(Driver::name);
        let index = kept.ok_or_else(|| self.refusal(study, driver, &known))?;
        Ok(index * self.paths..(index + 1) * self.paths)
    }
    fn refusal(&self, study: &Study, name: &str, known: &[&str]) -> Problems {
        if !known.contains(&name) {
            return refusal(name, known).into();
        }
        let all = Wanted { metrics: Metric::of(study).to_vec(), drivers: Driver::ALL.to_vec() };
        let (all, budget) = (megabytes(all.bytes(study)), megabytes(BUDGET_BYTES));
        Problem::new("the numbers of single paths were not kept")
            .found(name)
            .expected(format!(
                "a run that keeps them: by itself it does up to {budget}, and this one would take \
                 {all}"
            ))
            .help(format!("run it again with keep=[\"{name}\"], or with keep=\"all\""))
            .into()
    }
}

impl Kept {
    /// Room for the columns of a study.
    ///
    /// # Errors
    /// If the system has no such room.
    pub fn new(study: &Study, wanted: Wanted) -> Result<Self, Error> {
        let (shares, paths) = (study.shares.len(), study.paths as usize);
        let outcomes = zeros(wanted.metrics.len() * shares * paths)?;
        let drivers = zeros(wanted.drivers.len() * paths)?;
        Ok(Self { places: Places { wanted, shares, paths }, outcomes, drivers })
    }
    /// Takes the paths of some groups, which stand in `values` one group after the other.
    fn take(&mut self, groups: &[u64], values: &PathOutcomes) {
        let Places { wanted, shares, paths } = &self.places;
        let into = |column: &mut [f64], values: &[f64]| {
            let parts = values.chunks(PATHS_PER_GROUP as usize);
            for (group, part) in groups.iter().zip(parts) {
                let start = (group * PATHS_PER_GROUP) as usize;
                column[start..start + part.len()].copy_from_slice(part);
            }
        };
        let mut columns = self.outcomes.chunks_mut(*paths);
        for metric in &wanted.metrics {
            for (share, column) in (0..*shares).zip(&mut columns) {
                // What share 0 adds to itself has no rate of return, as in `outcomes.csv`.
                if share == 0 && *metric == Metric::Irr {
                    column.fill(f64::NAN);
                } else {
                    into(column, values.column(*metric, share));
                }
            }
        }
        for (driver, column) in wanted.drivers.iter().zip(self.drivers.chunks_mut(*paths)) {
            into(column, values.driver(*driver));
        }
    }
}

/// The position of a share among those of a study.
///
/// # Errors
/// A share that the study does not value.
pub fn position_of_share(study: &Study, share: f64) -> Result<usize, Problems> {
    let is_it = |own: &f64| (own - share).abs() <= SHARE_ROUNDING;
    study.shares.iter().position(is_it).ok_or_else(|| {
        let shares: Vec<String> = study.shares.iter().map(f64::to_string).collect();
        Problem::new("the run does not value this share")
            .found(share.to_string())
            .expected(format!("one of {}", shares.join(", ")))
            .help("name it among the shares of the study")
            .into()
    })
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", count(bytes.div_ceil(1_000_000)))
}

/// Zeros that take no memory before they are written.
fn zeros(count: usize) -> Result<Vec<f64>, Error> {
    // A vector of zeros aborts where there is no room for it: it is asked for first.
    let room = Vec::<f64>::new().try_reserve_exact(count);
    room.map_err(|error| Error::system("keep the outcomes", std::io::Error::other(error)))?;
    Ok(vec![0.0; count])
}

/// Runs a study and keeps some of what its paths tell; `progress` is told of every path to come.
///
/// # Errors
/// As [`super::run::run`]; a name to keep that the study does not have.
pub fn run_keeping(
    study: &Study,
    keep: &Keep,
    progress: &dyn Progress,
) -> Result<(Results, Kept), Error> {
    let mut kept = Kept::new(study, keep.of(study)?)?;
    let run = Run::new(study, &Silent(progress))?;
    let mut part = run.whole(Order::ByReplication);
    progress.expect_more(run.paths_left(&part) + run.paths_of_variations());
    run.advance_seeing(&mut part, progress, &mut |groups, values| kept.take(groups, values))?;
    Ok((run.finish(part, progress)?, kept))
}

/// Keeps some of what the first paths of a study tell, and works out no result of them; `paths` are whole
/// groups of 64, or all.
///
/// # Errors
/// As [`super::run::run`]; a name to keep that the study does not have.
pub fn keep_first(
    study: &Study,
    paths: u64,
    keep: &Keep,
    progress: &dyn Progress,
) -> Result<Kept, Error> {
    let first = Study { paths: paths.min(study.paths), ..study.clone() };
    let mut kept = Kept::new(&first, keep.of(study)?)?;
    // What errors need many paths for is not asked of the first ones.
    let run = Run::new(study, &Silent(progress))?;
    let mut part = run.first(first.paths);
    run.advance_seeing(&mut part, progress, &mut |groups, values| kept.take(groups, values))?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::super::paths::Unwatched;
    use super::super::run;
    use super::*;

    fn study() -> Study {
        let mut study = Study::default_study();
        (study.paths, study.shares) = (2_100, vec![0.0, 0.2]);
        study
    }

    #[test]
    fn what_is_kept_is_what_outcomes_csv_holds_and_moves_no_result() {
        let study = study();
        let (results, kept) = run_keeping(&study, &Keep::IfItFits, &Unwatched).unwrap();
        let mut columns: Vec<Vec<f64>> = Vec::new();
        let sink: run::OutcomesSink<'_> = &mut |block| {
            columns.resize(block.columns.len(), Vec::new());
            columns.iter_mut().zip(block.columns).for_each(|(all, own)| all.extend(*own));
            Ok(())
        };
        let expected = run::run(&study, &Unwatched, Some(sink)).unwrap();
        assert_eq!(results, expected);
        assert_eq!(kept.outcomes, columns.concat());
        let btc_price = &kept.drivers[..2_100];
        let mean = btc_price.iter().sum::<f64>() / 2_100.0;
        let told = results.estimate(0.0, Driver::BtcPrice.name(), "mean").unwrap().value;
        assert!((mean / told - 1.0).abs() < 1e-12, "{mean} {told}");
    }

    #[test]
    fn the_first_paths_are_those_of_a_longer_run() {
        let mut study = study();
        let (_, all) = run_keeping(&study, &Keep::Everything, &Unwatched).unwrap();
        let revenue = Keep::Named(vec!["revenue".into()]);
        let first = keep_first(&study, 2_048, &revenue, &Unwatched).unwrap();
        assert_eq!(first.outcomes[..2_048], all.outcomes[..2_048]);
        assert_eq!(first.outcomes[2_048..], all.outcomes[2_100..2_100 + 2_048]);
        study.paths = 2_048;
        assert_eq!(keep_first(&study, 1 << 40, &revenue, &Unwatched).unwrap(), first);
    }

    #[test]
    fn columns_are_kept_by_name_and_a_misspelt_one_is_told() {
        let study = study();
        let named = |names: &[&str]| Keep::Named(names.iter().map(|n| (*n).into()).collect());
        let (_, all) = run_keeping(&study, &Keep::Everything, &Unwatched).unwrap();
        let (_, some) =
            run_keeping(&study, &named(&["power_cost", "gpu_rate"]), &Unwatched).unwrap();
        let start = Metric::PowerCost as usize * 2 * 2_100;
        assert_eq!(some.outcomes, all.outcomes[start..start + 2 * 2_100]);
        let start = Driver::GpuRate as usize * 2_100;
        assert_eq!(some.drivers, all.drivers[start..start + 2_100]);
        let told = named(&["revenu", "cash_at_end"]).of(&study).unwrap_err().to_string();
        assert!(told.contains("did you mean `revenue`?") && told.contains("cash_at_end"), "{told}");
        assert_eq!(some.places.outcome(&study, "power_cost", 0.2).unwrap(), 2_100..4_200);
        assert_eq!(some.places.driver(&study, "gpu_rate").unwrap(), 0..2_100);
        let told = some.places.outcome(&study, "revenue", 0.2).unwrap_err().to_string();
        assert!(told.contains("keep=[\"revenue\"]") && told.contains("1,000 MB"), "{told}");
        let told = some.places.outcome(&study, "revenue", 0.3).unwrap_err().to_string();
        assert!(told.contains("one of 0, 0.2"), "{told}");
        let told = some.places.driver(&study, "gpu_rat").unwrap_err().to_string();
        assert!(told.contains("did you mean `gpu_rate`?"), "{told}");
        let (_, none) = run_keeping(&study, &Keep::Nothing, &Unwatched).unwrap();
        assert!(none.outcomes.is_empty() && none.drivers.is_empty());
    }

    #[test]
    fn what_is_too_much_for_the_budget_is_not_kept_unless_asked_for() {
        let mut study = study();
        study.paths = 10_000_000;
        assert_eq!(Keep::IfItFits.of(&study).unwrap(), Wanted::default());
        assert_eq!(Keep::Everything.of(&study).unwrap().metrics, Metric::of(&study));
    }
}
