//! The results of a run that stands in a folder, without simulating it again.
//!
//! In: the study of its manifest, the bytes of its tables. Out: the results, the same to the bit as the
//! run had them. Not here: where the files lie.

use super::paths::Progress;
use super::run::{Run, Silent};
use crate::error::{Error, Place, Problem};
use crate::input::study::Study;
use crate::report::read;
use crate::report::results::Results;

/// The tables of a run folder that its results are read from.
pub const TABLES: [&str; 5] =
    ["summary.csv", "spread.csv", "variations.csv", "bridge.csv", "claim.csv"];

/// Gives for a table the name that problems call it by, and its bytes; `None` where the folder has none.
pub type TableSource<'a> = &'a dyn Fn(&str) -> Result<(String, Option<Vec<u8>>), Error>;

/// Reads results back from the tables of a folder.
///
/// # Errors
/// A study that cannot be wired, a table that is missing or of another run.
pub fn reread(
    study: &Study,
    table: TableSource<'_>,
    progress: &dyn Progress,
) -> Result<Results, Error> {
    let mut results = Run::new(study, &Silent(progress))?.stated();
    let bytes = |name: &str| -> Result<(String, Vec<u8>), Error> {
        if progress.interrupted() {
            return Err(Error::Interrupted);
        }
        let (file, bytes) = table(name)?;
        let missing = || {
            Problem::new("a table of the run is missing")
                .at(Place::file(&file))
                .help("make the run again with `wattshift run manifest.json`")
        };
        Ok((file.clone(), bytes.ok_or_else(missing)?))
    };
    let [summary, spread, variations, bridge, claim] = TABLES;
    let (file, text) = bytes(summary)?;
    read::summary(&file, &text, &mut results.rows)?;
    let (file, text) = bytes(spread)?;
    let headline = results.headline_share;
    let of = |metric: &str, measure: &str| {
        let is_it = |row: &&crate::report::SummaryRow| {
            row.model == "all"
                && row.share == headline
                && (row.metric == metric && row.measure == measure)
        };
        results.rows.iter().find(is_it).cloned()
    };
    results.spreads = read::spreads(&file, &text, of)?;
    let (file, text) = bytes(variations)?;
    results.variations = read::variations(&file, &text)?;
    if let Some(held) = &mut results.claim {
        let (file, text) = bytes(bridge)?;
        held.bridge = read::bridge(&file, &text)?;
        let (file, text) = bytes(claim)?;
        held.percentiles = read::claim(&file, &text)?;
    }
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::super::paths::Unwatched;
    use super::super::run::run;
    use super::*;
    use crate::input::study::{Lineage, Overrides};
    use crate::report::tables;

    fn tables(results: &Results) -> Vec<(&'static str, Vec<u8>)> {
        tables::of(results).unwrap()
    }

    fn again(study: &Study, tables: &[(&str, Vec<u8>)]) -> Result<Results, Error> {
        let of = |name: &str| {
            let found = tables.iter().find(|(own, _)| *own == name);
            Ok((format!("run/{name}"), found.map(|(_, bytes)| bytes.clone())))
        };
        reread(study, &of, &Unwatched)
    }

    #[test]
    fn every_study_is_read_back_to_the_bits_it_had() {
        // One with a claim, one with a treasury and undisclosed inputs, one with several models.
        for name in ["default", "sector_2027", "core_scientific", "models"] {
            // Of several models each needs paths enough for an error.
            let paths = if name == "models" { 32_768 } else { 2_048 };
            let overrides = Overrides { paths: Some(paths), seed: None };
            let study = Lineage::of_name(name).unwrap().study(&overrides).unwrap();
            let results = run(&study, &Unwatched, None).unwrap();
            let read = again(&study, &tables(&results)).unwrap();
            // No number equals one that is none: both are compared as they are told.
            assert_eq!(format!("{read:?}"), format!("{results:?}"), "{name}");
        }
    }

    #[test]
    fn tables_of_another_run_are_refused_by_file_line_and_column() {
        let mut study = Study::default_study();
        (study.paths, study.shares) = (2_048, vec![0.0, study.headline_share]);
        let whole = tables(&run(&study, &Unwatched, None).unwrap());
        type Tables = Vec<(&'static str, Vec<u8>)>;
        let told = |change: &dyn Fn(&mut Tables), study: &Study| {
            let mut tables = whole.clone();
            change(&mut tables);
            again(study, &tables).unwrap_err().to_string()
        };
        let text = told(&|tables| drop(tables.remove(0)), &study);
        assert!(text.contains("a table of the run is missing\n  --> run/summary.csv"), "{text}");
        let other = Study { shares: vec![0.0, 0.1, study.headline_share], ..study.clone() };
        let text = told(&|_| (), &other);
        assert!(text.contains("the row is not that of this run"), "{text}");
        assert!(text.contains("`share`") && text.contains("expected `0.1`"), "{text}");
        let text = told(&|tables| tables[0].1.truncate(4_000), &study);
        assert!(text.contains("run/summary.csv"), "{text}");
        let text = told(&|tables| tables[2].1 = b"a,b\n1,2\n".to_vec(), &study);
        assert!(text.contains("no table of a run") && text.contains("found    \"a,b\""), "{text}");
        let swap = |tables: &mut Tables| {
            let text = String::from_utf8(tables[1].1.clone()).unwrap();
            tables[1].1 = text.replace("worlds", "wards").into_bytes();
        };
        let text = told(&swap, &study);
        assert!(text.contains("run/spread.csv:2, `uncertain_by`"), "{text}");
    }
}
