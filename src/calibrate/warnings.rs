//! What a reader of fits should be told before using them, in words.
//!
//! In: fits. Out: sentences: what was seen, and what it means. Not here: numbers that need no words.

use super::Fit;
use super::diagnostics::Stability;
use super::maximum_likelihood::Convergence;
use jiff::ToSpan;

/// Standard errors between two halves from which on they are called different.
const DIFFERENT: f64 = 3.0;
/// Probability below which a test is told.
const SMALL: f64 = 0.01;

/// The warnings of fits, in their order.
pub fn warnings(fits: &[Fit]) -> Vec<String> {
    let mut all = Vec::new();
    for fit in fits {
        let Some(inference) = &fit.inference else { continue };
        let name = inference.model;
        if inference.convergence != Convergence::Converged {
            all.push(format!("{name}: {}", inference.convergence));
        }
        all.extend(
            fit.notes.iter().filter(|note| is_warning(note)).map(|n| format!("{name}: {n}")),
        );
        if name == "gbm" {
            all.extend(inference.diagnostics.stability.iter().filter_map(|s| moved(fit, s)));
        }
        let squares = inference.diagnostics.ljung_box_of_squares.p;
        if squares < SMALL {
            all.push(format!(
                "{name}: volatility clusters beyond the law (Ljung-Box of squared scores, p = \
                 {squares:.1e})"
            ));
        }
        let shape = inference.diagnostics.kolmogorov_smirnov.p;
        if shape < SMALL {
            all.push(format!(
                "{name}: the returns do not have the shape of the law (Kolmogorov-Smirnov, p = \
                 {shape:.1e})"
            ));
        }
    }
    all
}

/// Notes that speak of a bound or of an error that is none.
fn is_warning(note: &str) -> bool {
    note.starts_with("jumps at their bound")
        || note.starts_with("persistence at its cap")
        || note.starts_with("below 4 degrees")
}

/// The volatility of both halves, where they differ.
fn moved(fit: &Fit, stability: &Stability) -> Option<String> {
    if stability.difference_in_std_errors.abs() < DIFFERENT {
        return None;
    }
    let (first, last) = fit.window;
    let middle = first + i64::from((last - first).get_days() / 2).days();
    let verb = if stability.second < stability.first { "fell" } else { "rose" };
    Some(format!(
        "volatility {verb} from {:.2} to {:.2} between the halves {first} to {middle} and {middle} to \
         {last}, by {:.1} standard errors: the fit averages two worlds",
        stability.first,
        stability.second,
        stability.difference_in_std_errors.abs()
    ))
}
