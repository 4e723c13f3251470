//! What calibration found of dependence: lines for people, and the file of a correlation matrix.
//!
//! In: a fit. Out: text. Not here: the fit.

use crate::calibrate::DependenceFit;

/// The fit as lines broken at `width`: the pairs, then the notes.
#[cfg(feature = "text")]
pub fn lines(fit: &DependenceFit, width: usize) -> Vec<String> {
    let mut told = vec![format!(
        "dependence: correlations of monthly log changes, shrunk by {:.2} towards independence",
        fit.shrinkage
    )];
    for pair in &fit.pairs {
        let [first, second] = pair.factors;
        let mut line = format!(
            "{first} with {second}: {:.2} ±{:.2}, n = {}, {} to {}; Kendall {:.2}",
            pair.correlation,
            pair.std_error,
            pair.observations,
            pair.window[0],
            pair.window[1],
            pair.kendall_correlation
        );
        line += &match &pair.t_copula {
            Some(copula) if copula.p_value >= 0.5 => "; no tail dependence beyond it".into(),
            Some(copula) => format!(
                "; t copula: {:.1} degrees of freedom, against Gaussian p = {:.2}",
                copula.degrees_of_freedom, copula.p_value
            ),
            None => "; too few months for a t copula".into(),
        };
        told.push(line);
    }
    told.extend(fit.notes.iter().cloned());
    let indents = |index: usize| if index == 0 { ["", ""] } else { ["  ", "    "] };
    let broken = told.iter().enumerate().flat_map(|(index, line)| {
        let [first, others] = indents(index);
        let parts = super::wrap(line, width.saturating_sub(others.len()).max(20));
        let indent = std::iter::once(first).chain(std::iter::repeat(others));
        indent.zip(parts).map(|(indent, part)| format!("{indent}{part}")).collect::<Vec<_>>()
    });
    broken.collect()
}

#[cfg(all(test, feature = "text"))]
mod tests {
    use super::*;
    use crate::calibrate::dependence::PairFit;
    use crate::calibrate::t_copula::TCopulaFit;
    use crate::input::study::YearMonth;
    use ndarray::array;

    #[test]
    fn a_pair_is_told_with_error_count_and_copula() {
        let month = |m| YearMonth::new(2024, m).unwrap();
        let copula = TCopulaFit {
            degrees_of_freedom: 6.31,
            correlation: 0.4,
            log_likelihood: 3.0,
            likelihood_ratio: 1.2,
            p_value: 0.137,
        };
        let pair = PairFit {
            factors: ["btc_price", "hashrate"],
            window: [month(1), month(12)],
            observations: 12,
            correlation: 0.4567,
            std_error: 0.121,
            kendall_correlation: 0.39,
            t_copula: Some(copula),
        };
        let mut fit = DependenceFit {
            factors: vec!["btc_price", "hashrate"],
            matrix: array![[1.0, 0.4], [0.4, 1.0]],
            pairs: vec![pair],
            shrinkage: 0.125,
            notes: vec!["a note".into()],
        };
        let told = lines(&fit, 200);
        assert!(told[0].ends_with("shrunk by 0.12 towards independence"), "{}", told[0]);
        assert_eq!(
            told[1],
            "  btc_price with hashrate: 0.46 ±0.12, n = 12, 2024-01 to 2024-12; Kendall 0.39; t \
             copula: 6.3 degrees of freedom, against Gaussian p = 0.14"
        );
        assert_eq!(told[2], "  a note");
        fit.pairs[0].t_copula = Some(TCopulaFit { p_value: 1.0, ..copula });
        assert!(lines(&fit, 200)[1].ends_with("; no tail dependence beyond it"));
        fit.pairs[0].t_copula = None;
        assert!(lines(&fit, 200)[1].ends_with("; too few months for a t copula"));
    }
}
