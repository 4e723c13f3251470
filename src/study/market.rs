//! The markets of a study, path by path and day by day, without any money.
//!
//! In: a study. Out: every simulated factor, `[factor][path][date]`, of its first paths: those that
//! a run values and that `explain` walks. Not here: what is earned on them; files.

use super::footprint;
use super::paths::Progress;
use super::run::Silent;
use super::settled;
use super::world::World;
use crate::error::{Error, Problem, Problems};
use crate::input::study::Study;
use crate::parallel;
use crate::tile::{Build, Factor, LANES};
use crate::time::TimeGrid;
use jiff::civil::Date;
use ndarray::{Array3, ArrayViewMut3, Axis};
use std::ops::{Range, RangeInclusive};

/// Simulated markets.
#[derive(Debug, Clone, PartialEq)]
pub struct Markets {
    /// The days, the as-of date first.
    pub dates: Vec<Date>,
    /// The factors that are simulated, in order of causation.
    pub factors: &'static [Factor],
    /// `[factor][path][day]`, each in the unit of its factor.
    pub values: Array3<f64>,
}

/// Which dates of a calendar are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dates {
    /// The last day of each month, and every month that is one step.
    MonthEnds,
    /// All from one to another.
    Between(RangeInclusive<Date>),
}

/// Simulates the markets of the first paths of a study, on every date.
///
/// # Errors
/// A study that cannot be wired, an interruption, no room for so many.
pub fn markets(study: &Study, paths: u64, progress: &dyn Progress) -> Result<Markets, Error> {
    let run = MarketRun::new(study, &[])?;
    progress.expect_more(paths);
    let values = run.simulate(0..paths, progress)?;
    Ok(Markets { dates: run.dates(), factors: run.factors(), values })
}

/// The markets of a study, ready to be simulated.
pub struct MarketRun {
    world: World,
    /// Those that are wanted, in order.
    steps: Vec<usize>,
}

impl MarketRun {
    /// Wires a study; every date is wanted if none is named.
    ///
    /// # Errors
    /// A study that cannot be wired; dates that its calendar does not have.
    pub fn new(study: &Study, dates: &[Dates]) -> Result<Self, Error> {
        let world = World::new(&settled::settle(study)?, Build::fastest())?;
        let steps = steps_of(&world.grid, dates)?;
        Ok(Self { world, steps })
    }
    /// The dates that are wanted, in order; of a month that is one step, its first day.
    pub fn dates(&self) -> Vec<Date> {
        self.steps.iter().map(|step| self.world.grid.date(*step)).collect()
    }
    /// The factors that are simulated, in order of causation.
    pub fn factors(&self) -> &'static [Factor] {
        self.world.market().factors()
    }
    /// Memory of the whole program while `block` paths are held and written, an upper bound.
    pub fn memory_bytes(&self, block: u64) -> u64 {
        let numbers = (self.steps.len() * self.factors().len()) as u64;
        // As they are simulated, in the order of a file, and as its pages.
        footprint::program_bytes() + 3 * 8 * numbers * block
    }
    /// Wall time to simulate so many paths.
    ///
    /// # Errors
    /// An interruption.
    pub fn seconds(&self, paths: u64, progress: &dyn Progress) -> Result<f64, Error> {
        footprint::seconds(paths, paths, &|trial| {
            self.simulate(0..trial, &Silent(progress)).map(|_| ())
        })
    }
    /// The factors of some paths on the dates that are wanted, `[factor][path][date]`.
    ///
    /// # Errors
    /// An interruption, no room for so many.
    ///
    /// # Panics
    /// If the first path is not the first of a tile, number 0, 64, 128, …
    pub fn simulate(
        &self,
        paths: Range<u64>,
        progress: &dyn Progress,
    ) -> Result<Array3<f64>, Error> {
        assert!(paths.start.is_multiple_of(LANES as u64), "paths begin with those of a tile");
        let market = self.world.market();
        let factors = self.factors();
        let count = (paths.end - paths.start) as usize;
        let mut values = room(factors.len(), count, self.steps.len())?;
        let tiles = paths.step_by(LANES).zip(values.axis_chunks_iter_mut(Axis(1), LANES));
        parallel::for_each_with(
            tiles,
            || market.make_tile(),
            |room, (first_path, mut own): (u64, ArrayViewMut3<'_, f64>)| {
                if progress.interrupted() {
                    return;
                }
                market.simulate(first_path, room);
                for (factor, mut of_factor) in factors.iter().zip(own.outer_iter_mut()) {
                    let rows = room.tile.rows(*factor);
                    for (lane, mut of_path) in of_factor.outer_iter_mut().enumerate() {
                        let steps = of_path.iter_mut().zip(&self.steps);
                        steps.for_each(|(value, step)| *value = rows[*step][lane]);
                    }
                }
                progress.advance(own.len_of(Axis(1)) as u64);
            },
        );
        if progress.interrupted() { Err(Error::Interrupted) } else { Ok(values) }
    }
}

/// The steps of a calendar that are wanted, in order, each once; all if nothing is named.
fn steps_of(grid: &TimeGrid, wanted: &[Dates]) -> Result<Vec<usize>, Problems> {
    let is_month_end = |step: &usize| {
        let date = grid.date(*step);
        *step >= grid.days() || date == date.last_of_month()
    };
    let mut is_wanted = vec![wanted.is_empty(); grid.steps()];
    let mut problems = Vec::new();
    for dates in wanted {
        let found: Vec<usize> = match dates {
            Dates::MonthEnds => (0..grid.steps()).filter(is_month_end).collect(),
            Dates::Between(days) => {
                (0..grid.steps()).filter(|step| days.contains(&grid.date(*step))).collect()
            }
        };
        if let (Dates::Between(days), true) = (dates, found.is_empty()) {
            let (first, last) = (grid.date(0), grid.date(grid.steps() - 1));
            let of_months = match grid.months_after() {
                0 => String::new(),
                _ => format!("; after {} the first of each month", grid.date(grid.days() - 1)),
            };
            problems.push(
                Problem::new("the study simulates no such date")
                    .found(if days.start() == days.end() {
                        days.start().to_string()
                    } else {
                        format!("{}..{}", days.start(), days.end())
                    })
                    .expected(format!("dates from {first} to {last}{of_months}")),
            );
        }
        found.into_iter().for_each(|step| is_wanted[step] = true);
    }
    Problems::none_or(problems, (0..grid.steps()).filter(|step| is_wanted[*step]).collect())
}

/// Zeros, if there is room for them.
fn room(factors: usize, paths: usize, steps: usize) -> Result<Array3<f64>, Error> {
    let count = factors.saturating_mul(paths).saturating_mul(steps);
    let room = Vec::<f64>::new().try_reserve_exact(count);
    room.map_err(|error| Error::system("keep the markets", std::io::Error::other(error)))?;
    Ok(Array3::zeros((factors, paths, steps)))
}

#[cfg(test)]
mod tests {
    use super::super::explain::explain;
    use super::super::paths::Unwatched;
    use super::*;

    #[test]
    fn a_path_is_the_one_that_explain_walks() {
        let mut study = Study::default_study();
        study.mining.curtailment = true;
        for curtails in [true, false] {
            study.mining.curtailment = curtails;
            let markets = markets(&study, 131, &Unwatched).unwrap();
            assert_eq!(markets.factors.len(), Factor::ALL.len() - usize::from(!curtails));
            assert_eq!(markets.dates[0], study.as_of);
            let explained = explain(&study, 130, 0.0).unwrap();
            let months = &explained.rows[explained.rows.len() - 12..];
            for factor in [Factor::BtcPrice, Factor::Hashrate, Factor::GpuRate] {
                let column = explained.columns.iter().position(|(name, _)| name == factor.name());
                for (label, row) in months {
                    let days = markets.dates.iter().enumerate();
                    let of_month = days.filter(|(_, d)| d.strftime("%Y-%m").to_string() == *label);
                    let values: Vec<f64> = of_month
                        .map(|(day, _)| markets.values[[factor as usize, 130, day]])
                        .collect();
                    let mean = values.iter().sum::<f64>() / values.len() as f64;
                    assert_eq!(mean, row[column.unwrap()], "{} {label}", factor.name());
                }
            }
        }
    }

    #[test]
    fn blocks_of_paths_and_some_of_the_dates_are_those_of_the_whole() {
        let study = Study::default_study();
        let whole = markets(&study, 200, &Unwatched).unwrap();
        let (from, to) = (jiff::civil::date(2027, 2, 27), jiff::civil::date(2027, 3, 2));
        let run = MarketRun::new(&study, &[Dates::MonthEnds, Dates::Between(from..=to)]).unwrap();
        let dates = run.dates();
        // July 2026 to December 2027 end 18 times; three of the four days more end no month.
        assert_eq!(dates.len(), 18 + 3);
        assert!(dates.is_sorted() && dates[0] == study.as_of);
        let part = run.simulate(64..200, &Unwatched).unwrap();
        for (column, date) in dates.iter().enumerate() {
            let day = whole.dates.iter().position(|other| other == date).unwrap();
            for path in [64, 199] {
                let own = part.slice(ndarray::s![.., path - 64, column]);
                assert_eq!(own, whole.values.slice(ndarray::s![.., path, day]));
            }
        }
    }

    #[test]
    fn dates_that_the_calendar_has_not_are_refused_with_those_that_it_has() {
        let day = |year, month, day| {
            let date = jiff::civil::date(year, month, day);
            Dates::Between(date..=date)
        };
        let told = |study: &Study, dates| match MarketRun::new(study, &[dates]) {
            Ok(_) => panic!("it is refused"),
            Err(error) => error.to_string(),
        };
        let told_default = told(&Study::default_study(), day(2028, 1, 1));
        assert!(told_default.contains("\"2028-01-01\""), "{told_default}");
        assert!(told_default.contains("from 2026-07-31 to 2027-12-31"), "{told_default}");
        let company = Study::embedded("company", &Default::default()).unwrap();
        let told = told(&company, day(2029, 5, 2));
        assert!(told.contains("after 2027-12-31 the first of each month"), "{told}");
        let run = MarketRun::new(&company, &[day(2029, 5, 1)]).unwrap();
        assert_eq!(run.dates(), [jiff::civil::date(2029, 5, 1)]);
    }

    #[test]
    fn more_than_there_is_room_for_is_refused() {
        let told = markets(&Study::default_study(), 1 << 60, &Unwatched).unwrap_err().to_string();
        assert!(told.starts_with("error: cannot keep the markets"), "{told}");
    }
}
