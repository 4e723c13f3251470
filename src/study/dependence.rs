//! The histories of a study → how they move together, as a matrix that the study can take.

use crate::calibrate::{self, DependenceFit, MonthlyHistory, Timing};
use crate::dependence::nearest::{
    correlation_csv, is_semi_definite, nearest_correlation, rounded_correlation,
};
use crate::input::study::{Series, Study, YearMonth};
use crate::tile::Factor;

/// Step above which a series has one value a month.
const MONTHLY_STEP_DAYS: f64 = 20.0;

/// What the study's histories say of its correlations; a matrix that contradicts itself is replaced
/// by the nearest that does not.
pub fn dependence(study: &Study) -> DependenceFit {
    let h = &study.histories;
    let window = &study.calibration;
    let from = |months: Vec<(YearMonth, f64)>, first: YearMonth| {
        months.into_iter().filter(|(month, _)| *month >= first).collect()
    };
    let mut histories = Vec::new();
    if let Some(prices) = &h.btc_price {
        let is_monthly = prices.step_days() > MONTHLY_STEP_DAYS;
        histories.push(MonthlyHistory {
            factor: Factor::BtcPrice.name(),
            timing: if is_monthly { Timing::End } else { Timing::Mean },
            values: from(prices.month_means(), window.btc_price_from),
        });
    }
    let mut mean = |factor: &'static str, series: Option<&Series>, first: Option<YearMonth>| {
        let Some(series) = series else { return };
        let months = series.month_means();
        let values = first.map_or(months.clone(), |first| from(months, first));
        histories.push(MonthlyHistory { factor, timing: Timing::Mean, values });
    };
    mean(Factor::Fees.name(), h.fees.as_ref(), Some(window.network_from));
    let hashrate = h.hashrate.as_ref().or(h.difficulty.as_ref());
    mean(Factor::Hashrate.name(), hashrate, Some(window.network_from));
    mean(Factor::GpuRate.name(), h.gpu_index.as_ref(), None);
    mean(Factor::PowerPrice.name(), h.power_price.as_ref(), None);
    let factors = Factor::SCORED.map(Factor::name);
    let mut fit = calibrate::dependence(&histories, &factors, &study.correlation);
    if !is_semi_definite(&fit.matrix) {
        fit.matrix = nearest_correlation(&fit.matrix);
        fit.notes.push("the matrix contradicted itself: the nearest that does not is shown".into());
    }
    fit
}

/// The matrix of a fit as the lines of a correlation file.
pub fn csv(fit: &DependenceFit) -> Vec<String> {
    correlation_csv(&fit.factors, &rounded_correlation(&fit.matrix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::study::{Overrides, Source};

    /// The link of the histories that come with wattshift: 0.46 in the same month since 2022 where
    /// price and difficulty are means of months, within twice its error.
    #[test]
    fn price_and_hashrate_since_2022() {
        let fit = dependence(&Study::default_study());
        let pair = fit.pairs.iter().find(|pair| pair.factors == ["btc_price", "hashrate"]).unwrap();
        assert_eq!(pair.observations, 54);
        assert!((pair.correlation - 0.46).abs() < 2.0 * pair.std_error, "{pair:?}");
        assert!(pair.t_copula.is_some());
        assert!(fit.notes.iter().any(|note| note.contains("ai_demand, gpu_rate, rent")));
    }

    #[test]
    fn the_file_that_is_proposed_is_one_that_a_study_takes() {
        let folder = tempfile::tempdir().unwrap();
        let lines = csv(&dependence(&Study::default_study())).join("\n");
        std::fs::write(folder.path().join("c.csv"), lines).unwrap();
        let text = "extends = \"default\"\n[dependence]\ncorrelation = \"c.csv\"";
        let source = Source::Folder(folder.path().into());
        let study = Study::from_text("s", text, &source, &Overrides::default()).unwrap();
        assert!(is_semi_definite(&study.correlation));
        assert_ne!(study.correlation, Study::default_study().correlation);
    }
}
