//! The error bar is honest: 95 % intervals cover the exact value in 90 to 99 % of 200 seeds.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

use rand::RngExt;
use rand_distr::{Exp1, StandardNormal};
use wattshift::chance::Stream;
use wattshift::chance::philox::Philox;
use wattshift::parallel;
use wattshift::risk::{Distribution, Estimate, Measure, Replicated};

const SEEDS: u64 = 200;
const PATHS: usize = 20_000;

const MEASURES: [Measure; 6] = [
    Measure::Mean,
    Measure::Quantile(5),
    Measure::TailMean(5),
    Measure::ExpectedShortfall(5),
    Measure::ValueAtRisk(1),
    Measure::Win,
];

/// How many of the seeds' intervals cover each exact value.
fn covered(draw: fn(&mut Philox) -> f64, mean: f64, exact: [f64; 6]) -> [u64; 6] {
    let runs: Vec<Vec<Estimate>> = parallel::map(0..SEEDS, |seed| {
        let mut rng = Philox::new(seed, Stream::new("test", "coverage"));
        let values: Vec<f64> = (0..PATHS).map(|_| draw(&mut rng)).collect();
        let mut distribution = Distribution::stored();
        distribution.feed(0, &values);
        distribution.estimates(&MEASURES, &Replicated::exact(mean)).expect("everything is kept")
    });
    std::array::from_fn(|k| {
        let covers = |e: &Estimate| e.ci_low <= exact[k] && exact[k] <= e.ci_high;
        runs.iter().filter(|run| covers(&run[k])).count() as u64
    })
}

fn check(law: &str, covered: [u64; 6]) {
    for (measure, count) in MEASURES.into_iter().zip(covered) {
        assert!(
            (SEEDS * 90 / 100..=SEEDS * 99 / 100).contains(&count),
            "{law}, {}: {count} of {SEEDS} intervals cover",
            measure.name()
        );
    }
}

#[test]
fn normal() {
    // Quantiles x_p and tail means −φ(x_p)/p.
    let (x1, x5, t5) = (-2.326_347_874_040_841, -1.644_853_626_951_472, -2.062_712_807_507_8);
    let draw = |rng: &mut Philox| rng.sample::<f64, _>(StandardNormal);
    check("normal", covered(draw, 0.0, [0.0, x5, t5, -t5, -x1, 0.5]));
}

#[test]
fn exponential() {
    let tail = |p: f64| 1.0 + (1.0 - p) * (1.0 - p).ln() / p;
    let quantile = |p: f64| -(1.0 - p).ln();
    let draw = |rng: &mut Philox| rng.sample::<f64, _>(Exp1) - 1.0;
    // Shifted by its mean, so that a sign has a probability: P(x > 1) = e^-1.
    let exact = [
        0.0,
        quantile(0.05) - 1.0,
        tail(0.05) - 1.0,
        1.0 - tail(0.05),
        1.0 - quantile(0.01),
        (-1.0_f64).exp(),
    ];
    check("exponential", covered(draw, 0.0, exact));
}

#[test]
fn lognormal() {
    // ln x ~ N(0, 0.5²): mean e^{1/8}; the mean of the lowest part p is
    // e^{1/8} Φ(x_p − 0.5)/p, Φ(−2.1448536) = 0.01598237.
    use statrs::distribution::{ContinuousCDF, Normal};
    let phi = |x: f64| Normal::standard().cdf(x);
    let (x1, x5) = (-2.326_347_874_040_841, -1.644_853_626_951_472);
    let mean = 0.125_f64.exp();
    let tail = mean * phi(x5 - 0.5) / 0.05;
    let quantile = |x: f64| (0.5 * x).exp();
    let draw = |rng: &mut Philox| (0.5 * rng.sample::<f64, _>(StandardNormal)).exp();
    let counts =
        covered(draw, mean, [mean, quantile(x5), tail, mean - tail, mean - quantile(x1), 1.0]);
    // All values are positive: the probability is 1, without error, and always covered.
    let mut expected = counts;
    assert_eq!(counts[5], SEEDS);
    expected[5] = SEEDS * 95 / 100;
    check("lognormal", expected);
}
