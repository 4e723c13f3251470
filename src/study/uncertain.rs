//! What a study's fits leave uncertain: the draws of its parameters.
//!
//! In: a study whose `parameters` are uncertain, and its fits. Out: for each fit the keys that a run
//! draws, with their spread; for a report, what is drawn and what is not. Not here: the fits, the
//! draws.

use super::calibration;
use crate::calibrate::free_law::{Block, FreeLaw};
use crate::calibrate::transform::Transform;
use crate::calibrate::{Fit, Parameter};
use crate::dependence::gaussian::cholesky;
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
    let mut draws: Vec<JointDraw> = fits.iter().filter_map(|fit| apart(study, fit)).collect();
    // Variants of a law share a table: that of the lowest BIC is drawn from.
    let mut laws: Vec<(&FreeLaw, f64)> = Vec::new();
    for fit in &fits {
        let free = fit.inference.as_ref().and_then(|inference| inference.free.as_ref());
        let Some(law) = free.filter(|law| is_of_study(study, law)) else { continue };
        let bic = fit.bic().unwrap_or(f64::INFINITY);
        match laws.iter_mut().find(|(other, _)| table(other) == table(law)) {
            Some(known) if known.1 > bic => *known = (law, bic),
            Some(_) => {}
            None => laws.push((law, bic)),
        }
    }
    draws.extend(laws.into_iter().map(|(law, _)| {
        let keys = law.keys.iter().map(|key| (*key).into()).collect();
        JointDraw::new(keys, law.blocks.clone(), cholesky(&law.covariance))
    }));
    Ok(ParameterDraws::new(draws))
}

/// The table of a law in a study.
fn table<'a>(law: &FreeLaw) -> &'a str {
    let key: &'static str = law.keys.first().copied().unwrap_or_default();
    key.rsplit_once('.').map_or("", |(table, _)| table)
}

/// Whether a fit is of a law that the study follows, with as many regimes.
fn is_of_study(study: &Study, law: &FreeLaw) -> bool {
    let beyond = |key: &&str| {
        let (list, index) = key.strip_suffix(']')?.split_once('[')?;
        let index: usize = index.parse().ok()?;
        Some(format!("{list}[{}]", index + 1))
    };
    let has_more = |next: String| !law.keys.contains(&next.as_str()) && study.takes_part(&next);
    law.keys.iter().all(|key| study.takes_part(key))
        && !law.keys.iter().filter_map(beyond).any(has_more)
}

/// The draw of parameters of which a fit tells the errors and no correlations: each by itself,
/// within the range in which a study may state it; `None` where there is none. A value that a study should not take as it is,
/// and one that the fit finds outside that range, is not drawn.
fn apart(study: &Study, fit: &Fit) -> Option<JointDraw> {
    if fit.inference.as_ref().is_some_and(|inference| inference.free.is_some()) {
        return None;
    }
    let drawn: Vec<(&Parameter, Transform, f64)> = fit
        .parameters
        .iter()
        .filter(|parameter| parameter.caution.is_none() && parameter.std_error > 0.0)
        .filter(|parameter| study.takes_part(parameter.key) && !STARTS.contains(&parameter.key))
        .filter_map(|parameter| {
            let (low, high) = study.bounds(parameter.key)?;
            let transform = Transform::Logit { low, high };
            let free = transform.to_free(parameter.value);
            let sd = parameter.std_error / transform.slope(free);
            free.is_finite().then_some((parameter, transform, sd))
        })
        .collect();
    if drawn.is_empty() {
        return None;
    }
    let sds: Vec<f64> = drawn.iter().map(|(_, _, sd)| *sd).collect();
    let factor = Array2::from_diag(&ndarray::arr1(&sds));
    let blocks = drawn.iter().map(|(_, transform, _)| Block::One(*transform)).collect();
    let keys = drawn.iter().map(|(parameter, ..)| parameter.key.into()).collect();
    Some(JointDraw::new(keys, blocks, factor))
}

/// Quantile 0.95 of the standard normal distribution.
const NORMAL_095: f64 = 1.644_853_626_951_472_7;

/// What is drawn, for a report: a parameter that stands at a bound stays and is left out.
pub(super) fn rows(study: &Study, draws: &ParameterDraws) -> Vec<DrawnParameter> {
    let mut rows = Vec::new();
    let mut stated = study.market_parameters();
    for law in draws.laws() {
        let low = law.moved(&mut study.market_parameters(), -NORMAL_095);
        let high = law.moved(&mut study.market_parameters(), NORMAL_095);
        for (key, low) in low {
            let of_high = high.iter().find(|(other, _)| *other == key);
            let (Some((_, high)), Some(stated)) = (of_high, stated.number_mut(key)) else {
                continue;
            };
            let (stated, high) = (*stated, *high);
            rows.push(DrawnParameter { key: key.into(), stated, low, high });
        }
    }
    rows
}
