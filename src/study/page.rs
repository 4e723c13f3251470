//! A run → its page for a browser.
//!
//! In: the study, its results, where the run is from. Out: HTML. The first paths are made again for the
//! pictures, the fits and the quality of the data from the study's histories; every number that is quoted
//! comes from the results. Not here: how the page looks, where it is kept.

use super::calibration;
use super::check::qualities;
use super::paths::Progress;
use super::pictures::pictures;
use crate::calibrate::warnings::warnings;
use crate::error::{Error, Place, Problem};
use crate::input::study::Study;
use crate::report::html::{Fitted, Input, Provenance, Told, page as page_of};
use crate::report::pictures::Pictures;
use crate::report::results::Results;
use crate::store::manifest::{Manifest, sha256_hex};

/// The page of a run; `tables` are the tables of its folder, by name.
///
/// # Errors
/// A study that cannot be wired, an interruption, no room for the paths of the pictures.
pub fn page(
    study: &Study,
    results: &Results,
    manifest: &Manifest,
    tables: &[(&str, Vec<u8>)],
    progress: &dyn Progress,
) -> Result<String, Error> {
    let pictures = pictures(study, progress)?;
    hold(results, &pictures)?;
    let told = Told {
        results,
        pictures: &pictures,
        fitted: &fitted(study),
        qualities: &qualities(study),
        provenance: &provenance(manifest, tables),
    };
    page_of(&told, &|| progress.interrupted())
}

/// Standard errors that the first paths may be away from all of them: no chance reaches so far.
const APART_MAX: f64 = 8.0;

/// Holds the results against the first paths made again: what is far from them is of another run.
fn hold(results: &Results, pictures: &Pictures) -> Result<(), Error> {
    for own in &pictures.densities {
        for (share, (mean, error)) in pictures.drawn.iter().zip(&own.means) {
            let share = results.shares[*share];
            let Some(told) = results.estimate(share, own.metric, "mean") else { continue };
            let apart = (told.value - mean).abs();
            let both = (told.std_error * told.std_error + error * error).sqrt();
            // What has no chance is summed in another order.
            if apart > APART_MAX * both + 1e-9 * told.value.abs() || told.value.is_nan() {
                return Err(Problem::new(
                    "the tables are not of the run that the manifest tells of",
                )
                .at(Place::file("summary.csv"))
                .found(format!("mean {} of {} at share {share}", told.value, own.metric))
                .expected(format!(
                    "about {mean}, which the first {} paths of the run tell",
                    pictures.paths
                ))
                .help("make the run again with `wattshift run manifest.json`")
                .into());
            }
        }
    }
    Ok(())
}

fn fitted(study: &Study) -> Fitted {
    match calibration::fits(study) {
        Ok(fits) => {
            let (rows, warnings) = (calibration::rows(study, &fits), warnings(&fits));
            Fitted { fits, rows, warnings, why_none: None }
        }
        // A study is simulated whatever its histories support: the page says what they do not.
        Err(error) => Fitted { why_none: Some(error.to_string()), ..Fitted::default() },
    }
}

fn provenance(manifest: &Manifest, tables: &[(&str, Vec<u8>)]) -> Provenance {
    let input = |input: &crate::store::manifest::ManifestInput| Input {
        key: input.key.clone(),
        name: input.name.clone(),
        rows: input.rows,
        dates: match (&input.first, &input.last) {
            (Some(first), Some(last)) => format!("{first} to {last}"),
            _ => String::new(),
        },
        sha256: input.sha256.clone(),
    };
    let table = |(name, bytes): &(&str, Vec<u8>)| ((*name).to_string(), sha256_hex(bytes));
    Provenance {
        version: manifest.version.clone(),
        command: manifest.command.clone(),
        study_sha256: manifest.study_sha256.clone(),
        inputs: manifest.inputs.iter().map(input).collect(),
        tables: tables.iter().map(table).collect(),
    }
}
