//! 95 % intervals cover the exact value in 90 to 99 % of 200 seeds (relation M19).
//!
//! Were the coverage 95 %, the share of 200 seeds would have an sd of 1.5 %.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand_distr::{Distribution as _, Exp1, LogNormal, StandardNormal};
use statrs::distribution::{Continuous, ContinuousCDF, Normal};
use wattshift::risk::{Distribution, Level, RiskMeasure};

const SEEDS: u64 = 200;
const PATHS: usize = 20_000;

const MEASURES: [RiskMeasure; 6] = [
    RiskMeasure::Mean,
    RiskMeasure::Quantile(0.05),
    RiskMeasure::TailMean(0.05),
    RiskMeasure::ExpectedShortfall(0.95),
    RiskMeasure::ValueAtRisk(0.99),
    RiskMeasure::ProbabilityWin,
];

/// Counts how often each interval covers, the losses being against the mean of the column.
fn check(
    law: &str,
    first_seed: u64,
    exact: [f64; 6],
    draw: impl Fn(&mut Xoshiro256PlusPlus) -> f64,
) {
    let levels = Level::of(&MEASURES);
    let mut covered = [0_u64; 6];
    for seed in 0..SEEDS {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(first_seed + seed);
        let values: Vec<f64> = (0..PATHS).map(|_| draw(&mut rng)).collect();
        let column = Distribution::of(&values, &levels);
        let mean = RiskMeasure::Mean.replicated(&column, None);
        for (count, (measure, exact)) in covered.iter_mut().zip(MEASURES.iter().zip(exact)) {
            let estimate = measure.estimate(&column, Some(&mean));
            *count += u64::from(estimate.ci_low <= exact && exact <= estimate.ci_high);
        }
    }
    for (count, measure) in covered.iter().zip(MEASURES) {
        assert!((180..=198).contains(count), "{law}, {}: {count} of {SEEDS}", measure.name());
    }
}

/// The measures' exact values from the law's mean, quantiles, tail mean and chance of a win.
fn exact(mean: f64, quantile_05: f64, quantile_01: f64, tail_mean_05: f64, win: f64) -> [f64; 6] {
    [mean, quantile_05, tail_mean_05, mean - tail_mean_05, mean - quantile_01, win]
}

#[test]
fn intervals_cover_on_the_normal_law() {
    let law = Normal::standard();
    let (z_05, z_01) = (law.inverse_cdf(0.05), law.inverse_cdf(0.01));
    let exact = exact(0.0, z_05, z_01, -law.pdf(z_05) / 0.05, 0.5);
    check("normal", 0, exact, |rng| StandardNormal.sample(rng));
}

#[test]
fn intervals_cover_on_a_lognormal_law() {
    // ln of it has mean 0 and sd 0.5; its value less 1 is a win in half of the cases.
    let law = Normal::standard();
    let quantile = |p: f64| (0.5 * law.inverse_cdf(p)).exp() - 1.0;
    let mean = 0.125_f64.exp();
    let tail_mean = mean * law.cdf(law.inverse_cdf(0.05) - 0.5) / 0.05 - 1.0;
    let exact = exact(mean - 1.0, quantile(0.05), quantile(0.01), tail_mean, 0.5);
    let draws = LogNormal::new(0.0, 0.5).expect("the sd is positive");
    check("lognormal", 1000, exact, |rng| draws.sample(rng) - 1.0);
}

#[test]
fn intervals_cover_on_an_exponential_law() {
    // An exponential less 1: a win with probability 1/e.
    let quantile = |p: f64| -(1.0 - p).ln() - 1.0;
    let tail_mean = (0.05 + 0.95 * 0.95_f64.ln()) / 0.05 - 1.0;
    let exact = exact(0.0, quantile(0.05), quantile(0.01), tail_mean, (-1.0_f64).exp());
    check("exponential", 2000, exact, |rng| {
        let value: f64 = Exp1.sample(rng);
        value - 1.0
    });
}
