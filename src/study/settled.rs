//! A study settled: what it asks to be fitted is a number, and what was found says where from.
//!
//! In: a study as read. Out: the same study with a drift that a law can take, and `[basis]` telling
//! what was computed of its history and its quotes. Not here: fits, curves, and the study that a
//! manifest keeps, which is the one as read and is settled again.

use super::calibration;
use crate::error::{Place, Problem, Problems};
use crate::input::study::{Drift, Study, Volatility};

const DRIFT: &str = "btc_price.drift_per_year";
const VOLATILITY: &str = "btc_price.gbm.volatility_per_sqrt_year";

/// Settles a study.
///
/// # Errors
/// A history that cannot support a fitted drift.
pub fn settle(study: &Study) -> Result<Study, Problems> {
    let mut settled = study.clone();
    match study.btc_price.drift_per_year {
        Drift::Stated(_) => {}
        Drift::Fitted => {
            let (drift, basis) = fitted_drift(study)?;
            settled.btc_price.drift_per_year = Drift::Stated(drift);
            settled.basis.insert(DRIFT.into(), basis);
        }
        Drift::Forward => {
            let mean = study.btc_drift_per_year();
            let basis = format!("{}; {mean:+.4} a year on average", quoted(study, "btc_forward"));
            settled.basis.insert(DRIFT.into(), basis);
        }
    }
    let gbm = study.btc_price_laws.gbm.as_ref();
    if gbm.is_some_and(|gbm| gbm.volatility_per_sqrt_year == Volatility::Implied) {
        settled.basis.insert(VOLATILITY.into(), quoted(study, "btc_implied_volatility"));
    }
    Ok(settled)
}

/// What was settled: dotted key, value as TOML, basis.
pub fn found(study: &Study, settled: &Study) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for key in [DRIFT, VOLATILITY] {
        let basis = settled.basis.get(key).filter(|basis| study.basis.get(key) != Some(*basis));
        if let (Some(basis), Some(value)) = (basis, settled.value(key)) {
            found.push((key.into(), value, basis.clone()));
        }
    }
    found
}

/// The drift of the level that the history shows, and how well it is known.
fn fitted_drift(study: &Study) -> Result<(f64, String), Problems> {
    let refused = |what: String| {
        let problem = Problem::new(format!("the drift cannot be fitted: {what}"))
            .help("state a number in btc_price.drift_per_year, or name a longer history");
        match &study.histories.btc_price {
            Some(series) => problem.at(Place::file(&series.account.file)),
            None => problem.expected("a history in data.btc_price"),
        }
    };
    let fit = calibration::btc_price(study)
        .unwrap_or_else(|| Err(refused("there is no history".into()).into()))
        .map_err(|error| match error {
            crate::error::Error::Input(problems) => problems,
            other => refused(other.to_string().trim_start_matches("error: ").into()).into(),
        })?;
    let drift = fit.parameter(DRIFT).expect("the fit of the price has a drift");
    let (from, to) = fit.window;
    let basis = format!(
        "computed: fitted to month-end closes {from} to {to}: {:.4} ± {:.4} a year, which is no \
         forecast",
        drift.value, drift.std_error
    );
    Ok((drift.value, basis))
}

/// Where the quotes of a key come from.
fn quoted(study: &Study, name: &str) -> String {
    let key = format!("data.{name}");
    let input = study.inputs.iter().find(|input| input.key == key);
    let input = input.expect("quotes are read from a file");
    let last = input.last.map_or(String::new(), |day| format!(" to {day}"));
    format!("computed: {} quotes of {}{last}, as of {}", input.rows, input.name, study.as_of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::study::{Overrides, Source};

    fn read(text: &str) -> Study {
        let text = format!("extends = \"default\"\n{text}");
        Study::from_text("s.toml", &text, &Source::Embedded, &Overrides::default()).unwrap()
    }

    #[test]
    fn a_fitted_drift_is_that_of_calibrate_with_its_error_as_basis() {
        let study = read("[btc_price]\ndrift_per_year = \"fitted\"");
        let settled = settle(&study).unwrap();
        let drift = settled.btc_price.drift_per_year;
        let fit = calibration::btc_price(&study).unwrap().unwrap();
        let parameter = fit.parameter(DRIFT).unwrap();
        assert_eq!(drift, Drift::Stated(parameter.value));
        let found = found(&study, &settled);
        assert_eq!(found.len(), 1);
        let expected = format!("{:.4} ± {:.4} a year", parameter.value, parameter.std_error);
        assert!(found[0].2.starts_with("computed: fitted to month-end closes 2021-01-31 to"));
        assert!(found[0].2.contains(&expected), "{}", found[0].2);
        assert_eq!(found[0].1, format!("{:?}", parameter.value));
        // Settled twice is settled once; a study without anything to settle stays as it is.
        assert_eq!(settle(&settled).unwrap(), settled);
        let stated = Study::default_study();
        assert_eq!(settle(&stated).unwrap(), stated);
        assert_eq!(super::found(&stated, &stated), []);
    }

    #[test]
    fn a_history_that_is_too_short_is_refused_with_its_file_and_the_cure() {
        let mut study = read("[btc_price]\ndrift_per_year = \"fitted\"");
        let series = study.histories.btc_price.as_mut().unwrap();
        let from = series.days.len() - 6;
        series.days.drain(..from);
        series.values.drain(..from);
        let told = settle(&study).unwrap_err().to_string();
        assert_eq!(
            told,
            "error: the drift cannot be fitted: BTC month-end closes: found 5 observations in the \
             window, need at least 12\n  --> ../btc_month_end.csv\n   help     \
             state a number in btc_price.drift_per_year, or name a longer history"
        );
        study.histories.btc_price = None;
        let told = settle(&study).unwrap_err().to_string();
        assert!(told.contains("there is no history") && told.contains("data.btc_price"), "{told}");
    }
}
