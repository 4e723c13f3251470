//! A study under stresses, on the random numbers that it has itself.
//!
//! In: a study, and the study under each stress. Out: the headlines of each, and what the stress moved
//! them by. Paths are the same, number by number, so differences are taken replication by replication:
//! what the worlds have in common leaves their error. Not here: what a stress says (`input`).

use super::columns::Distributions;
use super::order::Order;
use super::paths::Progress;
use super::run::Run;
use crate::economics::metric::Metric;
use crate::error::Error;
use crate::input::study::{BASE, Stress, Study};
use crate::report::results::{StressResults, StressRow};
use crate::risk::{Replicated, RiskMeasure, replication_sizes};

/// What is told of share 0 and of the headline share.
const LEVELS: [(Metric, &[RiskMeasure]); 4] = {
    use RiskMeasure::{ExpectedShortfall, Mean, TailMean};
    const WITH_TAIL: &[RiskMeasure] = &[Mean, TailMean(0.05), ExpectedShortfall(0.95)];
    [
        (Metric::Revenue, WITH_TAIL),
        (Metric::RevenueMining, &[Mean]),
        (Metric::RevenueAi, &[Mean]),
        (Metric::MarginAfterCapital, WITH_TAIL),
    ]
};

/// What is told of the headline share against share 0.
const GAINS: [(Metric, &[RiskMeasure]); 2] = [
    (Metric::RevenueGain, &[RiskMeasure::Mean, RiskMeasure::ProbabilityWin]),
    (Metric::MarginAfterCapitalGain, &[RiskMeasure::Mean, RiskMeasure::ProbabilityWin]),
];

/// Runs a study as it is, then under one stress after the other.
///
/// # Errors
/// Too few paths for an error, a study that cannot be wired, an interruption.
pub fn stress(
    study: &Study,
    stresses: &[Stress],
    progress: &dyn Progress,
) -> Result<StressResults, Error> {
    let base = headlines(study, progress)?;
    let sizes = replication_sizes(study.paths);
    let mut rows = Vec::new();
    let mut tell = |stress: &str, found: &[Headline]| {
        for (headline, base) in found.iter().zip(&base) {
            rows.push(StressRow {
                stress: stress.into(),
                share: headline.share,
                metric: headline.metric.name(),
                measure: headline.measure.name(),
                unit: headline.measure.unit(headline.metric.unit()),
                estimate: headline.number.estimate(&sizes),
                difference: headline.number.less(&base.number).estimate(&sizes),
            });
        }
    };
    tell(BASE, &base);
    for stress in stresses {
        tell(&stress.name, &headlines(&stress.study, progress)?);
    }
    let asked = |stress: &Stress| {
        let own = &stress.study.question;
        (stress.name.clone(), if *own == study.question { String::new() } else { own.clone() })
    };
    Ok(StressResults {
        study_name: study.name.clone(),
        question: study.question.clone(),
        as_of: study.as_of,
        target_year: study.target_year,
        paths: study.paths,
        seed: study.seed,
        headline_share: study.headline_share,
        stresses: stresses.iter().map(asked).collect(),
        rows,
    })
}

/// The run that headlines are told by, wired: share 0 and the headline share, nothing beside.
///
/// # Errors
/// As [`Run::new`].
pub fn run_of(study: &Study, progress: &dyn Progress) -> Result<Run, Error> {
    let mut study = study.clone();
    study.shares.retain(|share| *share == 0.0 || *share == study.headline_share);
    study.claim = None;
    Run::new(&study, progress)
}

/// A number on the full sample and on each replication, and what it is.
struct Headline {
    share: f64,
    metric: Metric,
    measure: RiskMeasure,
    number: Replicated,
}

fn headlines(study: &Study, progress: &dyn Progress) -> Result<Vec<Headline>, Error> {
    let run = run_of(study, progress)?;
    let mut part = run.whole(Order::ByReplication);
    run.advance(&mut part, progress, &mut |_| Ok(()))?;
    let found = run.distributions(part, progress)?;
    // Share 0 comes first; it may be the headline share.
    let mut shares = vec![(0, 0.0)];
    if study.headline_share != 0.0 {
        shares.push((1, study.headline_share));
    }
    let of = |at: &(usize, f64), asked: &[(Metric, &[RiskMeasure])]| -> Vec<Headline> {
        let each =
            asked.iter().flat_map(|(metric, measures)| measures.iter().map(|m| (*metric, *m)));
        each.map(|(metric, measure)| headline(&found, *at, metric, measure)).collect()
    };
    let gains = of(&shares[shares.len() - 1], &GAINS);
    Ok(shares.iter().flat_map(|at| of(at, &LEVELS)).chain(gains).collect())
}

fn headline(
    found: &Distributions<'_>,
    (position, share): (usize, f64),
    metric: Metric,
    measure: RiskMeasure,
) -> Headline {
    Headline { share, metric, measure, number: found.replicated(metric, position, measure) }
}
