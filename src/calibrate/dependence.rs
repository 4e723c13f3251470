//! How the histories move together: correlations of their monthly log changes.
//!
//! In: monthly values of some factors, and the correlation matrix of a study. Out: the matrix with
//! each pair that has a common history in the place of the study's, drawn towards independence by what
//! the data are too few to tell; per pair its error, Kendall's tau and the t copula. Not here: factors
//! without a history, which keep the study's values, and whether the matrix is positive semi-definite.
//!
//! Some series are the means of months, others their last days. Over a month of a random walk the
//! change of the end and the change of the mean share half of the variance of the former, and the
//! latter has two thirds of it (H. Working, Econometrica 28 (1960) 916): two that move as one show a
//! correlation of (1/2) / √(2/3) = √(3/8). Such a pair is divided by it.
//!
//! Shrinkage: r* = (1 − λ) r with λ = Σ Var(r) / Σ r² over the pairs, J. Schäfer, K. Strimmer, Stat.
//! Appl. Genet. Mol. Biol. 4 (2005) article 32, target "D" of correlations, estimated pair by pair.
//! Errors: Fisher's z, (1 − r²) / √(n − 3).

use super::YearMonth;
use super::t_copula::{CopulaLikelihood, TCopulaFit, kendall_tau};
use ndarray::Array2;

/// What a monthly value stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    /// The last day of the month.
    End,
    /// The mean of the month.
    Mean,
}

/// The monthly values of one factor.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthlyHistory {
    /// Name of the factor.
    pub factor: &'static str,
    /// Whether its values are ends or means of months.
    pub timing: Timing,
    /// Months in ascending order with their values, in the factor's unit.
    pub values: Vec<(YearMonth, f64)>,
}

/// Two factors that have a common history.
#[derive(Debug, Clone, PartialEq)]
pub struct PairFit {
    /// Their names.
    pub factors: [&'static str; 2],
    /// First and last month of the common changes.
    pub window: [YearMonth; 2],
    /// Common monthly changes.
    pub observations: usize,
    /// Correlation of the changes before shrinkage, corrected for the timing.
    pub correlation: f64,
    /// Its standard error.
    pub std_error: f64,
    /// sin(π τ / 2) of Kendall's tau, corrected alike: what the correlation is if the copula is
    /// elliptical.
    pub kendall_correlation: f64,
    /// The t copula of monthly changes; `None` where they are fewer than 36.
    pub t_copula: Option<TCopulaFit>,
}

/// The dependence that histories support.
#[derive(Debug, Clone, PartialEq)]
pub struct DependenceFit {
    /// Names of the factors, in the order of the matrix.
    pub factors: Vec<&'static str>,
    /// Correlations: shrunk estimates where there are some, the study's elsewhere.
    pub matrix: Array2<f64>,
    /// The pairs that were estimated.
    pub pairs: Vec<PairFit>,
    /// Shrinkage intensity λ, 0 to 1.
    pub shrinkage: f64,
    /// What the reader should know before using it.
    pub notes: Vec<String>,
}

/// Fewest common changes of a pair: the error of a correlation is then a third.
const CHANGES_MIN: usize = 12;
/// Fewest common changes that degrees of freedom are fitted to.
const COPULA_CHANGES_MIN: usize = 36;

/// Estimates the correlations of the factors that have a history; `study` is the matrix of all
/// `factors`. Histories of other factors are left aside.
///
/// # Panics
/// If the matrix has not one row for each factor.
pub fn dependence(
    histories: &[MonthlyHistory],
    factors: &[&'static str],
    study: &Array2<f64>,
) -> DependenceFit {
    assert_eq!(study.dim(), (factors.len(), factors.len()), "a row for each factor");
    let mut notes = Vec::new();
    let mut known: Vec<Known<'_>> = Vec::new();
    for history in histories {
        let Some(position) = factors.iter().position(|factor| *factor == history.factor) else {
            continue;
        };
        match log_changes(&history.values) {
            Some(changes) => known.push(Known { position, history, changes }),
            None => notes.push(format!(
                "{}: a monthly value is not above 0, so it has no log change",
                history.factor
            )),
        }
    }
    let mut pairs: Vec<(usize, usize, PairFit)> = Vec::new();
    let (mut variance, mut square) = (0.0, 0.0);
    for (index, later) in known.iter().enumerate() {
        for earlier in &known[..index] {
            let common = Common::of(&earlier.changes, &later.changes);
            let names = [earlier.history.factor, later.history.factor];
            if common.months.len() < CHANGES_MIN {
                notes.push(format!(
                    "{} with {}: {} common monthly changes, fewer than {CHANGES_MIN}: the study's \
                     value is kept",
                    names[0],
                    names[1],
                    common.months.len()
                ));
                continue;
            }
            let is_alike = earlier.history.timing == later.history.timing;
            let seen = if is_alike { 1.0 } else { 0.375_f64.sqrt() };
            let Some((pair, pair_variance)) = common.pair(names, seen) else {
                notes.push(format!("{} with {}: no variation", names[0], names[1]));
                continue;
            };
            variance += pair_variance;
            square += pair.correlation * pair.correlation;
            pairs.push((earlier.position, later.position, pair));
        }
    }
    let shrinkage = if square > 0.0 { (variance / square).min(1.0) } else { 1.0 };
    let mut matrix = study.clone();
    for (first, second, pair) in &pairs {
        let shrunk = (1.0 - shrinkage) * pair.correlation.clamp(-1.0, 1.0);
        matrix[[*first, *second]] = shrunk;
        matrix[[*second, *first]] = shrunk;
    }
    let is_estimated = |factor: &&str| pairs.iter().any(|(.., pair)| pair.factors.contains(factor));
    let others: Vec<&str> = factors.iter().copied().filter(|f| !is_estimated(f)).collect();
    if !others.is_empty() {
        notes.push(format!("no common history: {} keep the study's values", others.join(", ")));
    }
    notes.push(
        "monthly changes say little of the tails of a year: the degrees of freedom of the horizon's \
         sums are a view"
            .into(),
    );
    let pairs = pairs.into_iter().map(|(.., pair)| pair).collect();
    DependenceFit { factors: factors.to_vec(), matrix, pairs, shrinkage, notes }
}

/// A history with the place of its factor in the matrix.
struct Known<'a> {
    position: usize,
    history: &'a MonthlyHistory,
    changes: Vec<(YearMonth, f64)>,
}

/// Log changes from each month to the next, by the later one; `None` if a value has no logarithm.
fn log_changes(values: &[(YearMonth, f64)]) -> Option<Vec<(YearMonth, f64)>> {
    if !values.iter().all(|(_, value)| *value > 0.0 && value.is_finite()) {
        return None;
    }
    let steps = values.windows(2).filter(|pair| pair[1].0.months_since(pair[0].0) == 1);
    Some(steps.map(|pair| (pair[1].0, (pair[1].1 / pair[0].1).ln())).collect())
}

/// Changes of two factors in the same months.
struct Common {
    months: Vec<YearMonth>,
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Common {
    fn of(x: &[(YearMonth, f64)], y: &[(YearMonth, f64)]) -> Self {
        let mut common = Self { months: vec![], x: vec![], y: vec![] };
        for (month, change) in x {
            if let Ok(at) = y.binary_search_by_key(month, |(month, _)| *month) {
                common.months.push(*month);
                common.x.push(*change);
                common.y.push(y[at].1);
            }
        }
        common
    }

    /// The pair, and the variance of its correlation that shrinkage weighs; `seen` is the part of a
    /// correlation that shows in changes of different timing. `None` if one does not vary.
    fn pair(&self, factors: [&'static str; 2], seen: f64) -> Option<(PairFit, f64)> {
        let n = self.months.len() as f64;
        let (x, y) = (standardised(&self.x)?, standardised(&self.y)?);
        let products: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x * y).collect();
        let mean = products.iter().sum::<f64>() / n;
        let correlation = mean * n / (n - 1.0);
        // Schäfer and Strimmer, section 2.2: Var(r) = n / (n − 1)³ Σ (w − w̄)².
        let spread: f64 = products.iter().map(|w| (w - mean) * (w - mean)).sum();
        let variance = n / (n - 1.0).powi(3) * spread;
        let tau = kendall_tau(&self.x, &self.y);
        let t_copula = (self.months.len() >= COPULA_CHANGES_MIN)
            .then(|| CopulaLikelihood::new(&self.x, &self.y).fit());
        let pair = PairFit {
            factors,
            window: [self.months[0], self.months[self.months.len() - 1]],
            observations: self.months.len(),
            correlation: correlation / seen,
            std_error: (1.0 - correlation * correlation) / (n - 3.0).sqrt() / seen,
            kendall_correlation: (std::f64::consts::FRAC_PI_2 * tau).sin() / seen,
            t_copula,
        };
        Some((pair, variance / (seen * seen)))
    }
}

/// Less their mean, over their standard deviation with n − 1; `None` if they do not vary.
fn standardised(values: &[f64]) -> Option<Vec<f64>> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    let sd = (square / (n - 1.0)).sqrt();
    (sd > 0.0).then(|| values.iter().map(|v| (v - mean) / sd).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Stream;
    use crate::chance::philox::Philox;
    use ndarray::array;
    use rand_distr::{Distribution, StandardNormal};

    const FACTORS: [&str; 3] = ["a", "b", "c"];

    fn month(k: usize) -> YearMonth {
        let (year, month) = (2000 + k / 12, k % 12 + 1);
        YearMonth::new(i16::try_from(year).unwrap(), i8::try_from(month).unwrap()).unwrap()
    }

    fn history(factor: &'static str, timing: Timing, logs: &[f64]) -> MonthlyHistory {
        let values = logs.iter().enumerate().map(|(k, log)| (month(k), log.exp())).collect();
        MonthlyHistory { factor, timing, values }
    }

    /// Two random walks whose steps have the correlation, `steps` a month: ends and means of months.
    fn walks(months: usize, rho: f64, seed: u64) -> [[Vec<f64>; 2]; 2] {
        const STEPS: usize = 30;
        let mut generator = Philox::new(seed, Stream::new("test", "dependence"));
        let mut normal = || -> f64 { StandardNormal.sample(&mut generator) };
        let mut level = [0.0; 2];
        let mut found: [[Vec<f64>; 2]; 2] = Default::default();
        for _ in 0..months {
            let mut sums = [0.0; 2];
            for _ in 0..STEPS {
                let (a, b) = (normal(), normal());
                level[0] += 0.02 * a;
                level[1] += 0.02 * (rho * a + (1.0 - rho * rho).sqrt() * b);
                (0..2).for_each(|k| sums[k] += level[k]);
            }
            for k in 0..2 {
                found[k][0].push(level[k]);
                found[k][1].push(sums[k] / STEPS as f64);
            }
        }
        found
    }

    #[test]
    fn the_correlation_is_recovered_whatever_the_timing() {
        // 3,000 months: the error of a correlation is 0.014; averages of thirty steps miss the factor
        // of continuous ones by less than 0.001.
        let [a, b] = walks(3_000, 0.5, 3);
        let study = Array2::eye(3);
        for (first, second) in [(0, 0), (1, 1), (0, 1), (1, 0)] {
            let timing = [Timing::End, Timing::Mean];
            let histories =
                [history("a", timing[first], &a[first]), history("b", timing[second], &b[second])];
            let fit = dependence(&histories, &FACTORS, &study);
            let pair = &fit.pairs[0];
            // Means of neighbouring months move together, which adds a twentieth to the error.
            let error = 1.06 * pair.std_error;
            assert!((pair.correlation - 0.5).abs() < 4.0 * error, "{first} {second}: {pair:?}");
            assert!((pair.kendall_correlation - 0.5).abs() < 5.0 * error, "{pair:?}");
            assert!(fit.shrinkage < 0.01);
        }
    }

    #[test]
    fn a_pair_by_hand() {
        let logs = [[1.0, -1.0, 2.0, 0.0, -2.0, 1.0], [0.5, -1.5, 1.0, 1.0, -2.0, 0.0]];
        let path = |k: usize| {
            let mut level = 0.0;
            let repeated = (0..12).map(|i| logs[k][i % 6]);
            std::iter::once(0.0)
                .chain(repeated.map(|step| {
                    level += step;
                    level
                }))
                .collect::<Vec<f64>>()
        };
        let histories = [history("c", Timing::End, &path(0)), history("a", Timing::End, &path(1))];
        let study = array![[1.0, 0.2, 0.3], [0.2, 1.0, 0.4], [0.3, 0.4, 1.0]];
        let fit = dependence(&histories, &FACTORS, &study);
        let pair = &fit.pairs[0];
        assert_eq!((pair.factors, pair.observations), (["c", "a"], 12));
        // Means 1/6 and −1/6; Σ dx dy = 7.5 + 1/6, Σ dx² = 11 − 1/6, Σ dy² = 8.5 − 1/6, of six.
        let r = (8.0 + 1.0 / 6.0) / ((11.0 - 1.0 / 6.0) * (8.5 - 1.0 / 6.0_f64)).sqrt();
        assert!((pair.correlation - r).abs() < 1e-12, "{} {r}", pair.correlation);
        assert!((pair.std_error - (1.0 - r * r) / 3.0).abs() < 1e-12);
        assert_eq!(pair.t_copula, None);
        let shrunk = (1.0 - fit.shrinkage) * r;
        assert!((fit.matrix[[0, 2]] - shrunk).abs() < 1e-12);
        assert_eq!(fit.matrix[[0, 2]], fit.matrix[[2, 0]]);
        assert_eq!((fit.matrix[[0, 1]], fit.matrix[[1, 2]]), (0.2, 0.4), "the study's are kept");
        assert!(
            fit.notes.iter().any(|note| note.contains("b keep the study's")),
            "{:?}",
            fit.notes
        );
    }

    /// With nothing but noise the intensity is near 1, by its formula: the estimates are what
    /// their errors say that they may be.
    #[test]
    fn noise_is_shrunk_away() {
        let mut shrinkages = 0.0;
        for seed in 0..20 {
            let [a, b] = walks(61, 0.0, 50 + seed);
            let [c, _] = walks(61, 0.0, 500 + seed);
            let histories = [
                history("a", Timing::End, &a[0]),
                history("b", Timing::End, &b[0]),
                history("c", Timing::End, &c[0]),
            ];
            let fit = dependence(&histories, &FACTORS, &Array2::eye(3));
            assert!(fit.pairs.iter().all(|pair| pair.t_copula.is_some()));
            shrinkages += fit.shrinkage;
        }
        assert!(shrinkages / 20.0 > 0.5, "mean intensity {}", shrinkages / 20.0);
    }

    #[test]
    fn what_has_no_logarithm_or_no_common_month_is_said() {
        let mut negative = history("a", Timing::Mean, &[0.0; 20]);
        negative.values[3].1 = -1.0;
        let short = history("b", Timing::Mean, &[0.0, 1.0, 0.0]);
        let long = history("c", Timing::Mean, &[0.0, 1.0, 0.5]);
        let other = history("elsewhere", Timing::Mean, &[0.0, 1.0]);
        let fit = dependence(&[negative, short, long, other], &FACTORS, &Array2::eye(3));
        assert!(fit.pairs.is_empty());
        assert!(fit.notes[0].contains("a: a monthly value is not above 0"), "{:?}", fit.notes);
        assert!(fit.notes[1].contains("b with c: 2 common"), "{:?}", fit.notes);
        assert_eq!(fit.matrix, Array2::<f64>::eye(3));
    }
}
