//! The markets of a study, path by path and day by day, without any money.
//!
//! In: a study. Out: every simulated factor, `[factor][path][day]`, of its first paths: those that
//! a run values and that `explain` walks. Not here: what is earned on them.

use super::paths::Progress;
use super::settled;
use super::world::World;
use crate::error::Error;
use crate::input::study::Study;
use crate::parallel;
use crate::tile::{Build, Factor, LANES};
use jiff::civil::Date;
use ndarray::{Array3, ArrayViewMut3, Axis};

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

/// Simulates the markets of the first paths of a study.
///
/// # Errors
/// A study that cannot be wired, an interruption, no room for so many.
pub fn markets(study: &Study, paths: u64, progress: &dyn Progress) -> Result<Markets, Error> {
    let world = World::new(&settled::settle(study)?, Build::fastest())?;
    let (steps, factors) = (world.grid.steps(), world.market().factors());
    let mut values = room(factors.len(), paths as usize, steps)?;
    progress.expect_more(paths);
    let tiles = (0..paths).step_by(LANES).zip(values.axis_chunks_iter_mut(Axis(1), LANES));
    parallel::for_each_with(
        tiles,
        || world.market().make_tile(),
        |room, (first_path, mut own): (u64, ArrayViewMut3<'_, f64>)| {
            if progress.interrupted() {
                return;
            }
            world.market().simulate(first_path, room);
            for (factor, mut of_factor) in factors.iter().zip(own.outer_iter_mut()) {
                let rows = room.tile.rows(*factor);
                for (lane, mut of_path) in of_factor.outer_iter_mut().enumerate() {
                    of_path.iter_mut().zip(rows).for_each(|(value, row)| *value = row[lane]);
                }
            }
            progress.advance(own.len_of(Axis(1)) as u64);
        },
    );
    if progress.interrupted() {
        return Err(Error::Interrupted);
    }
    let dates = (0..steps).map(|step| world.grid.date(step)).collect();
    Ok(Markets { dates, factors, values })
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
    fn more_than_there_is_room_for_is_refused() {
        let told = markets(&Study::default_study(), 1 << 60, &Unwatched).unwrap_err().to_string();
        assert!(told.starts_with("error: cannot keep the markets"), "{told}");
    }
}
