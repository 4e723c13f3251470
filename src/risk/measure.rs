//! Risk measures: functionals of a distribution, always with their errors.
//!
//! In: the distribution of a column, for loss measures a reference number. Out: an estimate.
//! Not here: which column is measured, and what the reference is.
//!
//! Level measures keep the unit and the sign of the column. Loss measures are positive when worse
//! than the reference, and never floored: a negative loss is a gain, and says so.

use super::Estimate;
use super::distribution::{Distribution, Level, Section};
use super::replication::Replicated;

/// A functional of a distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RiskMeasure {
    /// The mean.
    Mean,
    /// The standard deviation, with n − 1.
    Sd,
    /// The order statistic of rank ⌈p n⌉ at the probability p (Hyndman and Fan's type 1).
    Quantile(f64),
    /// The mean of the worst ⌈p n⌉ values, the lowest.
    TailMean(f64),
    /// Reference less the quantile at 1 − confidence.
    ValueAtRisk(f64),
    /// Reference less the tail mean at 1 − confidence.
    ///
    /// Source: Acerbi and Tasche, "On the coherence of expected shortfall", 2002; the rank is
    /// rounded up where they weigh the last value in part.
    ExpectedShortfall(f64),
    /// Share of a difference's values above 0.
    ProbabilityWin,
    /// Share of a difference's values that are exactly 0.
    ProbabilityTie,
    /// Share of a difference's values below 0.
    ProbabilityLose,
}

impl RiskMeasure {
    /// A number of one value whose mean over the sample is the measure.
    ///
    /// # Panics
    /// If the measure is no such mean: a quantile, a tail mean, a standard deviation, a loss.
    pub(crate) fn influence(self, value: f64) -> f64 {
        match self {
            Self::Mean => value,
            Self::ProbabilityWin => f64::from(u8::from(value > 0.0)),
            Self::ProbabilityTie => f64::from(u8::from(value == 0.0)),
            Self::ProbabilityLose => f64::from(u8::from(value < 0.0)),
            _ => unreachable!("a headline is a mean, a tail mean or a probability"),
        }
    }
    /// Its unit, for a column in a unit.
    pub fn unit(self, of_column: &'static str) -> &'static str {
        if Self::SIGN.contains(&self) { "1" } else { of_column }
    }
    /// The measures of a column as it stands.
    pub const LEVEL: [Self; 9] = [
        Self::Mean,
        Self::Sd,
        Self::Quantile(0.01),
        Self::Quantile(0.05),
        Self::Quantile(0.5),
        Self::Quantile(0.95),
        Self::Quantile(0.99),
        Self::TailMean(0.01),
        Self::TailMean(0.05),
    ];
    /// The measures of a column against a reference.
    pub const LOSS: [Self; 4] = [
        Self::ValueAtRisk(0.95),
        Self::ValueAtRisk(0.99),
        Self::ExpectedShortfall(0.95),
        Self::ExpectedShortfall(0.99),
    ];
    /// The measures of the sign of a difference.
    pub const SIGN: [Self; 3] = [Self::ProbabilityWin, Self::ProbabilityTie, Self::ProbabilityLose];

    /// Its name in tables, as `quantile_0.05`.
    pub fn name(&self) -> String {
        match self {
            Self::Mean => "mean".into(),
            Self::Sd => "sd".into(),
            Self::Quantile(probability) => format!("quantile_{probability}"),
            Self::TailMean(probability) => format!("tail_mean_{probability}"),
            Self::ValueAtRisk(confidence) => format!("value_at_risk_{confidence}"),
            Self::ExpectedShortfall(confidence) => format!("expected_shortfall_{confidence}"),
            Self::ProbabilityWin => "probability_win".into(),
            Self::ProbabilityTie => "probability_tie".into(),
            Self::ProbabilityLose => "probability_lose".into(),
        }
    }
    /// Whether it needs a reference.
    pub fn is_loss(&self) -> bool {
        matches!(self, Self::ValueAtRisk(_) | Self::ExpectedShortfall(_))
    }
    /// The level that it rests on, if any.
    fn level(&self) -> Option<Level> {
        let (probability, tail) = match *self {
            Self::Quantile(probability) => (probability, false),
            Self::TailMean(probability) => (probability, true),
            Self::ValueAtRisk(confidence) => (complement(confidence), false),
            Self::ExpectedShortfall(confidence) => (complement(confidence), true),
            _ => return None,
        };
        Some(Level { probability, tail })
    }
    /// Its value on one section; `reference` is not looked at unless it is a loss.
    ///
    /// # Panics
    /// If the distribution was made without its level.
    pub fn value(&self, section: &Section, reference: f64) -> f64 {
        match *self {
            Self::Mean => section.mean(),
            Self::Sd => section.sd(),
            Self::Quantile(probability) => section.quantile(probability),
            Self::TailMean(probability) => section.tail_mean(probability),
            Self::ValueAtRisk(confidence) => reference - section.quantile(complement(confidence)),
            Self::ExpectedShortfall(confidence) => {
                reference - section.tail_mean(complement(confidence))
            }
            Self::ProbabilityWin => section.share_above_zero(),
            Self::ProbabilityTie => section.share_at_zero(),
            Self::ProbabilityLose => section.share_below_zero(),
        }
    }
    /// Its value with its error; the error of a loss has the reference of the same replication.
    ///
    /// # Panics
    /// If the distribution was made without its level, or if a loss has no reference.
    pub fn estimate(&self, of: &Distribution, reference: Option<&Replicated>) -> Estimate {
        self.replicated(of, reference).estimate(&of.sizes())
    }
    /// Its value on the full sample and on each replication: the reference of another column, say.
    ///
    /// # Panics
    /// As `estimate`.
    pub fn replicated(&self, of: &Distribution, reference: Option<&Replicated>) -> Replicated {
        if !self.is_loss() {
            return of.replicated(|section| self.value(section, 0.0));
        }
        let reference = reference.expect("a caller that asks for a loss names its reference");
        Replicated {
            full: self.value(&of.full, reference.full),
            by_replication: std::array::from_fn(|r| {
                self.value(of.section(r), reference.by_replication[r])
            }),
        }
    }
}

impl Level {
    /// The levels that the measures rest on, ascending, each once.
    pub fn of(measures: &[RiskMeasure]) -> Vec<Self> {
        let mut levels: Vec<Self> = measures.iter().filter_map(RiskMeasure::level).collect();
        levels.sort_by(|a, b| a.probability.total_cmp(&b.probability));
        levels.dedup_by(|next, kept| {
            let same = next.probability == kept.probability;
            kept.tail |= same && next.tail;
            same
        });
        levels
    }
}

/// 1 − confidence as the decimal that is meant: 1 − 0.95 in f64 is not 0.05.
fn complement(confidence: f64) -> f64 {
    const DECIMALS: f64 = 1e9;
    ((1.0 - confidence) * DECIMALS).round() / DECIMALS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_tables() {
        let names = |measures: &[RiskMeasure]| -> Vec<String> {
            measures.iter().map(RiskMeasure::name).collect()
        };
        assert_eq!(
            names(&RiskMeasure::LEVEL).join(" "),
            "mean sd quantile_0.01 quantile_0.05 quantile_0.5 quantile_0.95 quantile_0.99 \
             tail_mean_0.01 tail_mean_0.05"
        );
        assert_eq!(
            names(&RiskMeasure::LOSS).join(" "),
            "value_at_risk_0.95 value_at_risk_0.99 expected_shortfall_0.95 expected_shortfall_0.99"
        );
        assert_eq!(
            names(&RiskMeasure::SIGN).join(" "),
            "probability_win probability_tie probability_lose"
        );
    }

    #[test]
    fn levels_are_ascending_and_shared_by_measures() {
        let measures = [RiskMeasure::LEVEL.as_slice(), &RiskMeasure::LOSS].concat();
        let levels: Vec<(f64, bool)> =
            Level::of(&measures).iter().map(|level| (level.probability, level.tail)).collect();
        assert_eq!(
            levels,
            [(0.01, true), (0.05, true), (0.5, false), (0.95, false), (0.99, false)]
        );
    }

    #[test]
    fn a_loss_is_against_the_reference_of_the_same_replication() {
        // The column and the reference move together: the loss is the same everywhere.
        let values: Vec<f64> = (0..4096).map(|path| f64::from(path / 64 % 32)).collect();
        let measures = RiskMeasure::LOSS;
        let column = Distribution::of(&values, &Level::of(&measures));
        let reference = Replicated {
            full: column.full.quantile(0.05) + 7.0,
            by_replication: std::array::from_fn(|r| r as f64 + 7.0),
        };
        let loss = RiskMeasure::ValueAtRisk(0.95).estimate(&column, Some(&reference));
        assert_eq!((loss.value, loss.std_error), (7.0, 0.0));
    }

    #[test]
    fn a_gain_is_a_negative_loss() {
        let values = vec![10.0; 2048];
        let measures = RiskMeasure::LOSS;
        let column = Distribution::of(&values, &Level::of(&measures));
        for measure in measures {
            let estimate = measure.estimate(&column, Some(&Replicated::exact(4.0)));
            assert_eq!((estimate.value, estimate.std_error), (-6.0, 0.0), "{}", measure.name());
        }
    }
}
