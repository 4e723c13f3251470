//! What can be typed.
//!
//! In: the words of the command line. Out: values in range; clap refuses others with exit code 2.
//! Not here: what they do.

use super::engine::Dates;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use std::path::PathBuf;
use wattshift::parallel::THREADS;
use wattshift::store::part::{SLICES_MAX, SliceNumber};
use wattshift::tile::PATHS_MIN;

/// The distribution, with its tail, of a Bitcoin miner's revenue when power goes to AI and HPC.
///
/// Without a command the embedded default study is run: 1,000 MW of mining, revenue of 2027.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) options: RunOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Simulate a study, show the result and keep it in a folder
    Run {
        /// A study (.toml), the name of one that comes with wattshift, or the manifest.json of an earlier run;
        /// the default study if left out
        study: Option<PathBuf>,
        #[command(flatten)]
        options: RunOptions,
    },
    /// Run a study under stresses on the same paths, and tell what each moves
    Stress(StressArguments),
    /// Run each row of the fleet as a company of its own, on the same market paths
    Panel(PanelArguments),
    /// Write the simulated factors of a study's first paths to a file, without any money
    Market(MarketArguments),
    /// Join the slices of a run, made anywhere: the same result as of the run in one go
    Merge(MergeArguments),
    /// Make a run one page for a browser: report.html in its folder
    Report(ReportArguments),
    /// Read a study and its files, and show every error in them; simulate nothing
    Check(CheckArguments),
    /// Fit the study's models to its histories
    Calibrate {
        /// A study (.toml), or the name of one that comes with wattshift; the default study if left out
        study: Option<PathBuf>,
        /// How to print the fits
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
        /// A new folder for calibration.json and calibrated.toml, the fragment of a study; the
        /// fragment is printed below the table if left out
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Make one path again and show its workings month by month
    Explain(ExplainArguments),
    /// Write a commented study with its data files, to be changed
    Init {
        /// A new or empty folder
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// Number of paths, in place of the study's; at least 2,048
    #[arg(long, value_name = "N", value_parser = paths)]
    pub(crate) paths: Option<u64>,
    /// Seed of all chance, in place of the study's
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Threads; one per core if left out. The result does not depend on it
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
    /// Folder for the result; runs/<study>-<8 hex of the run> if left out
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace the run that stands in the folder
    #[arg(long)]
    pub(crate) force: bool,
    /// Say nothing on stderr but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Also keep every outcome of every path: outcomes.parquet, a row per share and path
    #[arg(long, conflicts_with_all = ["slice", "checkpoint"])]
    pub(crate) outcomes: bool,
    /// Also make the run one page for a browser: report.html in its folder
    #[arg(long, conflicts_with = "slice")]
    pub(crate) report: bool,
    /// Keep what is done in this file as the run goes on, and go on from it: a run that was killed
    /// ends with the same bytes. It lies outside the folder of the result and is removed when that stands
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Make slice I of N of the run, as 3/8, into a file for `wattshift merge`; --out names its folder
    #[arg(long, value_name = "I/N", value_parser = slice)]
    pub(crate) slice: Option<SliceNumber>,
}

/// What several runs beside each other may be told.
#[derive(Debug, Args)]
pub(crate) struct BesideOptions {
    /// Number of paths, in place of the study's; at least 2,048
    #[arg(long, value_name = "N", value_parser = paths)]
    pub(crate) paths: Option<u64>,
    /// Seed of all chance, in place of the study's
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Threads; one per core if left out. The result does not depend on it
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
    /// Folder for the result; runs/<study>-<stress or panel>-<8 hex of it> if left out
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace the run that stands in the folder
    #[arg(long)]
    pub(crate) force: bool,
    /// Say nothing on stderr but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct StressArguments {
    /// A study (.toml), the name of one that comes with wattshift, or the manifest.json of an earlier run or
    /// stress; the default study if left out
    pub(crate) study: Option<PathBuf>,
    /// Only this stress, in place of those that the study names or that come with wattshift: a name, or a
    /// file (.toml); may be given several times
    #[arg(long, value_name = "STRESS")]
    pub(crate) only: Vec<String>,
    #[command(flatten)]
    pub(crate) beside: BesideOptions,
}

#[derive(Debug, Args)]
pub(crate) struct PanelArguments {
    /// A study (.toml), the name of one that comes with wattshift, or the manifest.json of an earlier run or
    /// panel; the default study if left out
    pub(crate) study: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) beside: BesideOptions,
}

#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    /// All slices of a run: files, or folders of them
    #[arg(required = true, value_name = "SLICES")]
    pub(crate) slices: Vec<PathBuf>,
    /// Threads; one per core if left out. The result does not depend on it
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
    /// Folder for the result; runs/<study>-<8 hex of the run> if left out
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace the run that stands in the folder
    #[arg(long)]
    pub(crate) force: bool,
    /// Also make the run one page for a browser: report.html in its folder
    #[arg(long)]
    pub(crate) report: bool,
    /// Say nothing on stderr but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct MarketArguments {
    /// A study (.toml), the name of one that comes with wattshift, or a manifest.json; the default study if
    /// left out
    pub(crate) study: Option<PathBuf>,
    /// Number of paths: the first ones of a run
    #[arg(long, value_name = "N", value_parser = some_paths, default_value = "1000")]
    pub(crate) paths: u64,
    /// Seed of all chance, in place of the study's
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Threads; one per core if left out. The result does not depend on it
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
    /// Only these dates, with commas between: days as 2027-06-30, spans as 2027-01-01..2027-12-31, or
    /// month_ends; every date if left out
    #[arg(long, value_name = "DATES", value_parser = dates, value_delimiter = ',')]
    pub(crate) dates: Vec<Dates>,
    /// The file to write, a row per path and date: its name ends in .parquet or .csv
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Replace the file
    #[arg(long)]
    pub(crate) force: bool,
    /// Say nothing on stderr but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// The folder of a run
    pub(crate) folder: PathBuf,
    /// Threads; one per core if left out. The page does not depend on it
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
    /// Say nothing on stderr but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// A study (.toml), the name of one that comes with wattshift, or a manifest.json
    pub(crate) study: PathBuf,
    /// Examine every series: gaps, outliers, shifts, stale values; keep quality.csv and quality.json
    #[arg(long)]
    pub(crate) data: bool,
    /// Folder for quality.csv and quality.json; runs/<study>-quality if left out
    #[arg(long, value_name = "DIR", requires = "data")]
    pub(crate) out: Option<PathBuf>,
    /// How to print what was found out about the series
    #[arg(long, value_enum, default_value_t = Format::Table, requires = "data")]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// A study (.toml), the name of one that comes with wattshift, or a manifest.json; the default study if
    /// left out
    pub(crate) study: Option<PathBuf>,
    /// Number of the path, from 0
    #[arg(long, value_name = "N", value_parser = whole)]
    pub(crate) path: u64,
    /// Share of power diverted, 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) share: f64,
    /// Number of paths of the run, in place of the study's
    #[arg(long, value_name = "N", value_parser = paths)]
    pub(crate) paths: Option<u64>,
    /// Seed of all chance, in place of the study's
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// How to print the workings
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Tables and sentences for people
    Table,
    /// One JSON object
    Json,
    /// Rows as CSV
    Csv,
}

fn whole(text: &str) -> Result<u64, String> {
    text.replace('_', "").parse().map_err(|_| "expected a whole number, as 100_000".to_string())
}

fn paths(text: &str) -> Result<u64, String> {
    let number = whole(text)?;
    if number < PATHS_MIN {
        return Err(format!("a run has at least {PATHS_MIN} paths: of fewer no error can be told"));
    }
    Ok(number)
}

fn some_paths(text: &str) -> Result<u64, String> {
    match whole(text)? {
        0 => Err("expected at least one path".into()),
        number => Ok(number),
    }
}

fn dates(text: &str) -> Result<Dates, String> {
    if text == "month_ends" {
        return Ok(Dates::MonthEnds);
    }
    let expected =
        || "expected a day as 2027-06-30, a span as 2027-01-01..2027-12-31, or month_ends";
    let date = |text: &str| text.parse::<Date>().map_err(|_| expected().to_string());
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    match (date(first)?, date(last)?) {
        (first, last) if first <= last => Ok(Dates::Between(first..=last)),
        (first, last) => {
            Err(format!("the span ends before it begins: did you mean {last}..{first}?"))
        }
    }
}

fn threads(text: &str) -> Result<usize, String> {
    match usize::try_from(whole(text)?) {
        Ok(number) if THREADS.contains(&number) => Ok(number),
        _ => Err(format!("expected {} to {} threads", THREADS.start(), THREADS.end())),
    }
}

fn slice(text: &str) -> Result<SliceNumber, String> {
    let parse = || {
        let (index, count) = text.split_once('/')?;
        Some(SliceNumber { index: whole(index).ok()?, count: whole(count).ok()? })
    };
    match parse() {
        Some(slice) if (1..=slice.count).contains(&slice.index) && slice.count <= SLICES_MAX => {
            Ok(slice)
        }
        _ => Err(format!("expected a slice as 3/8, from 1/N to N/N with N at most {SLICES_MAX}")),
    }
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        Ok(percent) if percent > 1.0 && percent <= 100.0 => {
            Err(format!("a share is 0 to 1: did you mean {}?", percent / 100.0))
        }
        _ => Err("expected a share of power, 0 to 1".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_argument_is_consistent_and_has_help() {
        let mut command = Arguments::command();
        command.build();
        command.clone().debug_assert();
        for sub in std::iter::once(&command).chain(command.get_subcommands()) {
            for argument in sub.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {}", sub.get_name(), argument.get_id());
            }
        }
    }

    #[test]
    fn numbers_out_of_range_are_refused_with_the_range() {
        assert_eq!(paths("100_000"), Ok(100_000));
        assert!(paths("2047").unwrap_err().contains("at least 2048"));
        assert!(some_paths("0").unwrap_err().contains("at least one"));
        let june = jiff::civil::date(2027, 6, 1)..=jiff::civil::date(2027, 6, 30);
        assert_eq!(dates("2027-06-01..2027-06-30"), Ok(Dates::Between(june)));
        assert!(dates("2027-06-30..2027-06-01").unwrap_err().contains("did you mean 2027-06-01.."));
        for text in ["2027-06", "2027-02-29", "..", "2027-06-01..", "months", "30.06.2027"] {
            assert!(dates(text).unwrap_err().contains("as 2027-06-30"), "{text}");
        }
        assert!(threads("0").unwrap_err().contains("1 to 1024"));
        assert_eq!(slice("3/8"), Ok(SliceNumber { index: 3, count: 8 }));
        for text in ["0/8", "9/8", "3", "3/", "-1/8", "1/0", "a/b", "1/10001"] {
            assert!(slice(text).unwrap_err().contains("as 3/8"), "{text}");
        }
        assert!(share("20").unwrap_err().contains("did you mean 0.2?"));
        for text in ["NaN", "-0.1", "1e400", ""] {
            assert!(share(text).is_err(), "{text}");
        }
    }
}
