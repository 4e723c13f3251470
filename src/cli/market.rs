//! `wattshift market`: the simulated factors of a study's first paths → a CSV or a Parquet file.

use super::args::MarketArguments;
use super::engine::{self, Manifest, MarketRun};
use super::footprint::{self, Cures};
use super::progress::{self, Unshown, Watch};
use ndarray::ArrayView3;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use wattshift::error::{Error, Place, Problem};
use wattshift::report::markets::{MarketsCsv, MarketsParquet};
use wattshift::report::parquet::paths_per_group;
use wattshift::store::file::StagedFile;

/// Most bytes that a number takes in a CSV file, with the comma.
const CSV_NUMBER_BYTES: u64 = 24;

/// What helps markets that have no room.
const CURES: Cures = Cures {
    memory: "ask for fewer --dates, or take a machine with more memory",
    disk: "ask for fewer --paths or fewer --dates, or name another disk with --out",
};

/// Simulates block by block, each written before the next.
pub(crate) fn market(asked: &MarketArguments) -> Result<(), Error> {
    let format = Format::of(&asked.out)?;
    let overrides = engine::Overrides { paths: None, seed: asked.seed };
    let (study, _) = super::open(asked.study.as_deref(), overrides)?;
    // A run of these paths: those of the study's own are none of the file's business.
    let manifest =
        engine::manifest_of(&engine::Study { paths: asked.paths, ..study.clone() }, false);
    progress::listen()?;
    engine::on_threads(asked.threads, || {
        let run = MarketRun::new(&study, &asked.dates)?;
        let file = StagedFile::begin(&asked.out, asked.force)?;
        let block = (paths_per_group(run.dates().len()) as u64).min(asked.paths);
        weigh(asked, &run, block, format)?;
        let refused = |error| Error::system(format!("write {}", asked.out.display()), error);
        let out = BufWriter::new(file.writer()?);
        let mut table = Table::begin(format, out, &run, &manifest).map_err(refused)?;
        let watch = Watch::begin(asked.paths, asked.quiet);
        for first in (0..asked.paths).step_by(block as usize) {
            let values = run.simulate(first..asked.paths.min(first + block), &watch)?;
            table.append(first, values.view()).map_err(refused)?;
        }
        table.finish().map_err(refused)?;
        watch.end();
        file.put()
    })?;
    if !asked.quiet {
        super::tell(&format!("written to {}", asked.out.display()));
    }
    Ok(())
}

/// Tells what it takes, or refuses what has no room.
fn weigh(
    asked: &MarketArguments,
    run: &MarketRun,
    block: u64,
    format: Format,
) -> Result<(), Error> {
    let number_bytes = match format {
        Format::Csv => CSV_NUMBER_BYTES,
        Format::Parquet => 8,
    };
    // Two labels a row.
    let numbers = (run.dates().len() * (run.factors().len() + 2)) as u64;
    let bytes = asked.paths.saturating_mul(numbers * number_bytes);
    let files = [(asked.out.as_path(), bytes)];
    let seconds = || run.seconds(asked.paths, &Unshown);
    footprint::weigh(asked.paths, run.memory_bytes(block), &files, &CURES, seconds, asked.quiet)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Parquet,
}

impl Format {
    /// What a file is to hold, by how its name ends.
    fn of(path: &Path) -> Result<Self, Error> {
        let extension = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("csv") => Ok(Self::Csv),
            Some("parquet") => Ok(Self::Parquet),
            _ => Err(Problem::new("the name of the file says neither CSV nor Parquet")
                .at(Place::file(path.display().to_string()))
                .expected("a name that ends in .csv or .parquet")
                .help("name it so with --out")
                .into()),
        }
    }
}

/// The file under way.
enum Table {
    Csv(MarketsCsv<BufWriter<File>>),
    Parquet(MarketsParquet<BufWriter<File>>),
}

impl Table {
    fn begin(
        format: Format,
        out: BufWriter<File>,
        run: &MarketRun,
        manifest: &Manifest,
    ) -> io::Result<Self> {
        let (dates, factors) = (run.dates(), run.factors());
        Ok(match format {
            Format::Csv => Self::Csv(MarketsCsv::new(out, &dates, factors)?),
            Format::Parquet => {
                Self::Parquet(MarketsParquet::new(out, &dates, factors, &manifest.about())?)
            }
        })
    }
    fn append(&mut self, first_path: u64, values: ArrayView3<'_, f64>) -> io::Result<()> {
        match self {
            Self::Csv(table) => table.append(first_path, values),
            Self::Parquet(table) => table.append(first_path, values),
        }
    }
    fn finish(self) -> io::Result<()> {
        match self {
            Self::Csv(table) => table.finish(),
            Self::Parquet(table) => table.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_says_what_it_holds() {
        assert_eq!(Format::of(Path::new("a/m.CSV")).unwrap(), Format::Csv);
        assert_eq!(Format::of(Path::new("m.parquet")).unwrap(), Format::Parquet);
        for name in ["m", "m.txt", "csv", ""] {
            let told = Format::of(Path::new(name)).unwrap_err().to_string();
            assert!(told.contains(".csv or .parquet"), "{told}");
        }
    }
}
