//! A run whose outcomes stay in memory, for whoever looks at single paths.
//!
//! In: a study, what to keep of its paths. Out: its results, the same to the bit as of a run that
//! keeps nothing, and columns `[metric][share][path]` and `[driver][path]`. Not here: what a column
//! is looked at for.

use super::order::Order;
use super::paths::{PathOutcomes, Progress};
use super::pieces::{self, Piece};
use super::run::{Part, Run, Silent};
use super::variations::Vary;
use crate::economics::metric::{Driver, Metric};
use crate::economics::plan::SHARE_ROUNDING;
use crate::error::{Error, Problem, Problems, did_you_mean};
use crate::input::study::Study;
use crate::report::number::count;
use crate::report::results::Results;
use crate::store::part::SliceNumber;
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
                "a run that keeps them: by itself it does up to {budget}, and all of this one take \
                 {all}; what is merged from files keeps none"
            ))
            .help(format!("run the study again with keep=[\"{name}\"], or with keep=\"all\""))
            .into()
    }
}

impl Kept {
    /// Room for the columns of a study.
    ///
    /// # Errors
    /// If the system has no such room.
    pub fn new(study: &Study, wanted: Wanted) -> Result<Self, Error> {
        Self::of_paths(study, wanted, study.paths)
    }
    fn of_paths(study: &Study, wanted: Wanted, paths: u64) -> Result<Self, Error> {
        let (shares, paths) = (study.shares.len(), paths as usize);
        let outcomes = zeros(wanted.metrics.len() * shares * paths)?;
        let drivers = zeros(wanted.drivers.len() * paths)?;
        let mut kept = Self { places: Places { wanted, shares, paths }, outcomes, drivers };
        // What share 0 adds to itself has no rate of return, as in `outcomes.csv`.
        if let Some(irr) = kept.places.wanted.metrics.iter().position(|m| *m == Metric::Irr) {
            let start = irr * shares * paths;
            kept.outcomes[start..start + paths].fill(f64::NAN);
        }
        Ok(kept)
    }
    /// Takes paths from what a batch told.
    fn take(&mut self, pieces: &[Piece], values: &PathOutcomes) {
        let Places { wanted, shares, paths } = &self.places;
        let mut columns = self.outcomes.chunks_mut(*paths);
        for metric in &wanted.metrics {
            for (share, column) in (0..*shares).zip(&mut columns) {
                if share != 0 || *metric != Metric::Irr {
                    pieces::put(pieces, column, values.column(*metric, share));
                }
            }
        }
        for (driver, column) in wanted.drivers.iter().zip(self.drivers.chunks_mut(*paths)) {
            pieces::put(pieces, column, values.driver(*driver));
        }
    }
    /// Takes the columns of a slice as [`slice_keeping`] made them: each path goes to its place.
    ///
    /// # Errors
    /// Columns of another size.
    pub fn take_slice(
        &mut self,
        slice: SliceNumber,
        outcomes: &[f64],
        drivers: &[f64],
    ) -> Result<(), Error> {
        let Places { wanted, shares, paths } = &self.places;
        let pieces = pieces::of_slice(slice, *paths as u64);
        let own = pieces::paths(&pieces) as usize;
        let columns = [wanted.metrics.len() * shares, wanted.drivers.len()];
        let (found, expected) = ([outcomes.len(), drivers.len()], columns.map(|count| count * own));
        if found != expected {
            return Err(Problem::new("a slice brings other outcomes than were asked for")
                .found(format!("{} and {} numbers of slice {slice}", found[0], found[1]))
                .expected(format!("{} and {}", expected[0], expected[1]))
                .into());
        }
        // Of a slice without a path there is nothing to take.
        let pairs = [(&mut self.outcomes, outcomes), (&mut self.drivers, drivers)];
        for (all, given) in pairs.into_iter().filter(|_| own > 0) {
            for (column, given) in all.chunks_mut(*paths).zip(given.chunks(own)) {
                pieces::put(&pieces, column, given);
            }
        }
        Ok(())
    }
}

/// Number of paths of a slice of a study.
pub fn paths_of_slice(study: &Study, slice: SliceNumber) -> u64 {
    pieces::paths(&pieces::of_slice(slice, study.paths))
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
    vary: Vary,
    progress: &dyn Progress,
) -> Result<(Results, Kept), Error> {
    let mut kept = Kept::new(study, keep.of(study)?)?;
    let run = Run::new(study, &Silent(progress))?;
    let mut part = run.whole(Order::ByReplication);
    progress.expect_more(run.paths_left(&part) + vary.paths(study));
    run.advance_seeing(&mut part, progress, &mut |groups, values| {
        kept.take(&pieces::of_groups(groups.iter().copied(), study.paths), values);
    })?;
    Ok((run.finish(part, vary, progress)?, kept))
}

/// Makes a slice of a run and keeps of its paths what the run keeps, in the order in which the slice
/// simulates them: `outcomes` is `[metric][share][path of the slice]`, `drivers` `[driver][path of the
/// slice]`.
///
/// # Errors
/// As [`run_keeping`].
pub fn slice_keeping(
    study: &Study,
    keep: &Keep,
    slice: SliceNumber,
    progress: &dyn Progress,
) -> Result<(Part, Kept), Error> {
    let mut kept = Kept::of_paths(study, keep.of(study)?, paths_of_slice(study, slice))?;
    let run = Run::new(study, &Silent(progress))?;
    let mut part = run.slice(slice.index - 1, slice.count);
    progress.expect_more(run.paths_left(&part));
    let mut done = 0;
    run.advance_seeing(&mut part, progress, &mut |_, values| {
        let paths = values.outcomes.paths();
        kept.take(&[Piece { from: 0, to: done, paths }], values);
        done += paths;
    })?;
    Ok((part, kept))
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
    run.advance_seeing(&mut part, progress, &mut |groups, values| {
        kept.take(&pieces::of_groups(groups.iter().copied(), study.paths), values);
    })?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::super::paths::Unwatched;
    use super::super::run;
    use super::*;
    use crate::input::study::Overrides;

    fn study() -> Study {
        let mut study = Study::default_study();
        (study.paths, study.shares) = (2_100, vec![0.0, 0.2]);
        study
    }

    #[test]
    fn what_is_kept_is_what_outcomes_parquet_holds_and_moves_no_result() {
        let study = study();
        let (results, kept) =
            run_keeping(&study, &Keep::IfItFits, Vary::EachLever, &Unwatched).unwrap();
        let mut columns: Vec<Vec<f64>> = Vec::new();
        let sink: crate::report::outcomes::OutcomesSink<'_> = &mut |block| {
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
        let (_, all) = run_keeping(&study, &Keep::Everything, Vary::Nothing, &Unwatched).unwrap();
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
        let (_, all) = run_keeping(&study, &Keep::Everything, Vary::Nothing, &Unwatched).unwrap();
        let (_, some) =
            run_keeping(&study, &named(&["power_cost", "gpu_rate"]), Vary::Nothing, &Unwatched)
                .unwrap();
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
        let (_, none) = run_keeping(&study, &Keep::Nothing, Vary::Nothing, &Unwatched).unwrap();
        assert!(none.outcomes.is_empty() && none.drivers.is_empty());
    }

    #[test]
    fn slices_bring_every_path_to_its_place() {
        // A company with an appraisal has rates of return; the last group is cut short.
        let mut study = Study::embedded("company", &Overrides::default()).unwrap();
        (study.paths, study.shares) = (2_100, vec![0.0, study.headline_share]);
        let (_, whole) = run_keeping(&study, &Keep::Everything, Vary::Nothing, &Unwatched).unwrap();
        let bits = |values: &[f64]| -> Vec<u64> { values.iter().map(|v| v.to_bits()).collect() };
        // Forty slices of 33 groups: some hold none.
        for count in [1, 2, 7, 40] {
            let mut kept = Kept::new(&study, whole.places.wanted.clone()).unwrap();
            for index in (1..=count).rev() {
                let slice = SliceNumber { index, count };
                let (part, own) =
                    slice_keeping(&study, &Keep::Everything, slice, &Unwatched).unwrap();
                assert!(part.is_done());
                kept.take_slice(slice, &own.outcomes, &own.drivers).unwrap();
            }
            assert_eq!(bits(&kept.outcomes), bits(&whole.outcomes), "{count}");
            assert_eq!(bits(&kept.drivers), bits(&whole.drivers), "{count}");
        }
        let mut kept = Kept::new(&study, whole.places.wanted.clone()).unwrap();
        let slice = SliceNumber { index: 1, count: 2 };
        let told = kept.take_slice(slice, &[], &[]).unwrap_err().to_string();
        assert!(told.contains("0 and 0 numbers of slice 1/2"), "{told}");
    }

    #[test]
    fn what_is_too_much_for_the_budget_is_not_kept_unless_asked_for() {
        let mut study = study();
        study.paths = 10_000_000;
        assert_eq!(Keep::IfItFits.of(&study).unwrap(), Wanted::default());
        assert_eq!(Keep::Everything.of(&study).unwrap().metrics, Metric::of(&study));
    }
}
