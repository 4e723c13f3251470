//! What a study's fits leave uncertain: the draws of its parameters.
//!
//! In: a study whose `parameters` are uncertain, and its fits. Out: for each fit the keys that a run
//! draws, with their spread. Not here: the fits, the draws.

use super::calibration;
use crate::calibrate::transform::Transform;
use crate::calibrate::{Fit, Parameter};
use crate::error::Error;
use crate::input::study::{Certainty, Study};
use crate::model::parameters::{JointDraw, ParameterDraws};
use crate::report::results::DrawnParameter;
use ndarray::Array2;

/// Where paths begin: what is let at signing is let at it too, on every path alike.
const STARTS: [&str; 1] = ["ai_market.rent_start_usd_per_critical_it_mw_year"];

/// The draws of a study's parameters; none where they are fixed.
///
/// # Errors
/// A history that cannot support its law; a study whose parameters are uncertain and that has no
/// history to fit any of them.
pub fn draws(study: &Study) -> Result<ParameterDraws, Error> {
    if study.parameters == Certainty::Fixed {
        return Ok(ParameterDraws::default());
    }
    let fits = calibration::fits(study)?;
    Ok(ParameterDraws::new(fits.iter().filter_map(|fit| joint(study, fit)).collect()))
}

/// The draw of one fit's parameters; `None` where it says nothing of a law that the study uses.
fn joint(study: &Study, fit: &Fit) -> Option<JointDraw> {
    let mut of_study = study.market_parameters();
    let drawn: Vec<(&Parameter, Transform)> = fit
        .parameters
        .iter()
        .filter(|parameter| parameter.caution.is_none() && parameter.std_error > 0.0)
        .filter(|parameter| !STARTS.contains(&parameter.key))
        .filter(|parameter| of_study.number_mut(parameter.key).is_some())
        .filter_map(|parameter| {
            let (low, high) = study.bounds(parameter.key)?;
            Some((parameter, Transform::Logit { low, high }))
        })
        .collect();
    if drawn.is_empty() {
        return None;
    }
    let mut factor = Array2::zeros((drawn.len(), drawn.len()));
    for (row, (parameter, transform)) in drawn.iter().enumerate() {
        let slope = transform.slope(transform.to_free(parameter.value));
        factor[[row, row]] = parameter.std_error / slope;
    }
    let keys = drawn.into_iter().map(|(parameter, transform)| (parameter.key.into(), transform));
    Some(JointDraw::new(keys.collect(), factor))
}

/// Quantile 0.95 of the standard normal distribution.
const NORMAL_095: f64 = 1.644_853_626_951_472_7;

/// What is drawn, for a report.
pub(super) fn rows(study: &Study, draws: &ParameterDraws) -> Vec<DrawnParameter> {
    let mut rows = Vec::new();
    for law in draws.laws() {
        let parameters = || study.market_parameters();
        let (mut stated, mut at_low, mut at_high) = (parameters(), parameters(), parameters());
        let low = law.moved(&mut at_low, -NORMAL_095);
        let high = law.moved(&mut at_high, NORMAL_095);
        for ((key, low), (_, high)) in low.zip(high) {
            let stated = stated.number_mut(key).map_or(f64::NAN, |number| *number);
            rows.push(DrawnParameter { key: key.into(), stated, low, high });
        }
    }
    rows
}
