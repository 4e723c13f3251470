//! Measures against known laws, relations between them, and the two modes against each other.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

mod common;

use proptest::prelude::*;
use rand::RngExt;
use rand_distr::{Exp1, StandardNormal};
use wattshift::chance::Stream;
use wattshift::chance::philox::Philox;
use wattshift::risk::attribution::{TailMeans, WorstPaths};
use wattshift::risk::bracket::Brackets;
use wattshift::risk::{Distribution, Estimate, Measure, Replicated};

fn generator(seed: u64) -> Philox {
    Philox::new(seed, Stream::new("test", "risk"))
}

fn normal(n: usize, seed: u64) -> Vec<f64> {
    let mut rng = generator(seed);
    (0..n).map(|_| rng.sample::<f64, _>(StandardNormal)).collect()
}

fn exponential(n: usize, seed: u64) -> Vec<f64> {
    let mut rng = generator(seed);
    (0..n).map(|_| rng.sample::<f64, _>(Exp1)).collect()
}

fn stored(values: &[f64]) -> Distribution {
    let mut distribution = Distribution::stored();
    distribution.feed(0, values);
    distribution
}

fn all_measures() -> Vec<Measure> {
    Measure::LEVELS.into_iter().chain(Measure::CHANCES).collect()
}

fn estimates(values: &[f64], reference: &Replicated) -> Vec<Estimate> {
    stored(values).estimates(&all_measures(), reference).expect("everything is kept")
}

fn estimate(values: &[f64], measure: Measure) -> Estimate {
    stored(values).estimates(&[measure], &Replicated::exact(0.0)).expect("everything is kept")[0]
}

#[test]
fn the_names_are_those_of_the_documentation() {
    let names: Vec<String> = all_measures().into_iter().map(Measure::name).collect();
    assert_eq!(
        names.join(" "),
        "mean sd quantile_0.01 quantile_0.05 quantile_0.5 quantile_0.95 quantile_0.99 \
         tail_mean_0.01 tail_mean_0.05 value_at_risk_0.95 value_at_risk_0.99 \
         expected_shortfall_0.95 expected_shortfall_0.99 probability_win probability_tie \
         probability_lose"
    );
    let text = std::fs::read_to_string("docs/results.md").expect("the page of measures");
    for stem in ["quantile_p", "tail_mean_p", "value_at_risk_q", "expected_shortfall_q"] {
        assert!(text.contains(stem), "{stem}");
    }
}

#[test]
fn a_small_sample_by_hand() {
    // 2,048 values 1 … 2,048 in path order: ranks ⌈pN⌉ are 21, 103, 1024, 1946, 2028.
    let values: Vec<f64> = (1..=2_048).map(f64::from).collect();
    let found = estimates(&values, &Replicated::exact(1_000.0));
    let value = |measure: Measure| {
        let position = all_measures().iter().position(|m| *m == measure).unwrap();
        found[position].value
    };
    assert_eq!(value(Measure::Mean), 1_024.5);
    // Σ(x − x̄)²/(n − 1) of 1 … n is n(n + 1)/12.
    assert!((value(Measure::Sd) - (2_048.0_f64 * 2_049.0 / 12.0).sqrt()).abs() < 1e-9);
    assert_eq!(value(Measure::Quantile(1)), 21.0);
    assert_eq!(value(Measure::Quantile(5)), 103.0);
    assert_eq!(value(Measure::Quantile(50)), 1_024.0);
    assert_eq!(value(Measure::Quantile(99)), 2_028.0);
    assert_eq!(value(Measure::TailMean(5)), 52.0);
    assert_eq!(value(Measure::ValueAtRisk(5)), 897.0);
    assert_eq!(value(Measure::ExpectedShortfall(5)), 948.0);
    assert_eq!(value(Measure::Win), 1.0);
}

/// Quantile and tail mean of the standard normal: x_p and −φ(x_p)/p.
#[test]
fn the_standard_normal() {
    let values = normal(200_000, 1);
    for (measure, exact) in [
        (Measure::Mean, 0.0),
        (Measure::Sd, 1.0),
        (Measure::Quantile(1), -2.326_347_874),
        (Measure::Quantile(5), -1.644_853_627),
        (Measure::Quantile(50), 0.0),
        (Measure::Quantile(95), 1.644_853_627),
        (Measure::Quantile(99), 2.326_347_874),
        (Measure::TailMean(1), -2.665_214_220),
        (Measure::TailMean(5), -2.062_712_808),
        (Measure::Win, 0.5),
    ] {
        let found = estimate(&values, measure);
        let gap = (found.value - exact).abs();
        assert!(gap < 4.0 * found.std_error, "{}: {found:?} against {exact}", measure.name());
    }
}

/// Quantile −ln(1 − p); mean of the lowest part p: 1 + (1 − p) ln(1 − p)/p.
#[test]
fn the_exponential() {
    let values = exponential(200_000, 2);
    for (percent, p) in [(1, 0.01_f64), (5, 0.05)] {
        let quantile = -(1.0 - p).ln();
        let tail = 1.0 + (1.0 - p) * (1.0 - p).ln() / p;
        for (measure, exact) in
            [(Measure::Quantile(percent), quantile), (Measure::TailMean(percent), tail)]
        {
            let found = estimate(&values, measure);
            assert!((found.value - exact).abs() < 4.0 * found.std_error, "{}", measure.name());
        }
    }
}

#[test]
fn a_number_without_chance_has_no_error() {
    for value in [0.0, 0.1, -1.234_567e11] {
        for found in estimates(&vec![value; 5_000], &Replicated::exact(value)) {
            assert_eq!(found.std_error, 0.0);
            assert_eq!((found.ci_low, found.ci_high), (found.value, found.value));
        }
        assert_eq!(estimate(&vec![value; 5_000], Measure::Mean).value, value);
        assert_eq!(estimate(&vec![value; 5_000], Measure::TailMean(5)).value, value);
        assert_eq!(estimate(&vec![value; 5_000], Measure::Sd).value, 0.0);
    }
}

#[test]
fn a_small_spread_around_a_large_number_keeps_its_digits() {
    let values: Vec<f64> =
        normal(4_096, 3).iter().map(|z| (z * 1_024.0).round() / 1_024.0).collect();
    let shifted: Vec<f64> = values.iter().map(|z| z + 1e9).collect();
    let (plain, shifted) = (estimate(&values, Measure::Sd), estimate(&shifted, Measure::Sd));
    assert!((plain.value / shifted.value - 1.0).abs() < 1e-13);
}

#[test]
fn m16_a_constant_shifts_levels_and_not_the_spread() {
    let values = exponential(10_000, 4);
    let shifted: Vec<f64> = values.iter().map(|x| x + 7.0).collect();
    for measure in Measure::LEVELS {
        let (a, b) = (estimate(&values, measure).value, estimate(&shifted, measure).value);
        let expected = match measure {
            Measure::Sd => a,
            Measure::ValueAtRisk(_) | Measure::ExpectedShortfall(_) => a - 7.0,
            _ => a + 7.0,
        };
        assert!((b - expected).abs() < 1e-12, "{}", measure.name());
    }
}

#[test]
fn m18_errors_fall_as_the_root_of_the_paths() {
    // The error of an error from 32 replications is about 1/√62 = 13 %: 16 seeds bring it to 3 %,
    // so a slope over nine doublings is known to about 0.01.
    for measure in [Measure::Mean, Measure::Quantile(5), Measure::TailMean(5)] {
        let error = |n: usize| {
            (0..16).map(|seed| estimate(&normal(n, 100 + seed), measure).std_error).sum::<f64>()
        };
        let slope = (error(1 << 18) / error(1 << 11)).ln() / (128.0_f64).ln();
        assert!((-0.55..=-0.45).contains(&slope), "{}: {slope}", measure.name());
    }
}

/// Stored and bracketed give the same bits, whatever the law; a forced miss is repaired.
#[test]
fn bracketed_is_stored_to_the_bit() {
    let atoms = |n: usize| -> Vec<f64> {
        normal(n, 7).iter().map(|z| if *z < -1.5 { 0.0 } else { (z * 4.0).floor() }).collect()
    };
    let n = 300_001;
    for (name, values) in [
        ("normal", normal(n, 5)),
        ("exponential", exponential(n, 6)),
        ("atoms", atoms(n)),
        ("constant", vec![2.5; n]),
        ("money", normal(n, 8).iter().map(|z| 4e8 * (0.4 * z).exp()).collect()),
    ] {
        let reference = stored(&values).mean();
        let expected = estimates(&values, &reference);
        let measures = all_measures();
        let mut width = 1.0;
        let found = loop {
            let brackets = Brackets::new(&values[..65_536], &measures, n as u64, width);
            let mut distribution = Distribution::bracketed(&brackets);
            for (chunk, part) in values.chunks(65_536).enumerate() {
                distribution.feed(chunk as u64 * 65_536, part);
            }
            if let Ok(found) = distribution.estimates(&measures, &reference) {
                break found;
            }
            width *= 2.0;
        };
        assert_eq!(width, 1.0, "{name}: six deviations suffice");
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn brackets_that_are_too_narrow_miss_and_say_so() {
    let values = normal(200_000, 9);
    let measures = [Measure::Quantile(5)];
    let run = |width: f64| {
        let brackets = Brackets::new(&values[..65_536], &measures, 200_000, width);
        let mut distribution = Distribution::bracketed(&brackets);
        distribution.feed(0, &values);
        distribution.estimates(&measures, &Replicated::exact(0.0))
    };
    assert!(run(0.05).is_err());
    assert_eq!(run(1.0).unwrap()[0], estimate(&values, Measure::Quantile(5)));
}

#[test]
fn sources_in_the_worst_worlds_add_up_to_the_tail_mean() {
    let (a, b) = (normal(30_000, 10), exponential(30_000, 11));
    // Rounded, so that many paths tie at the threshold.
    let a: Vec<f64> = a.iter().map(|x| (x * 8.0).round() / 8.0).collect();
    let b: Vec<f64> = b.iter().map(|x| (x * 8.0).round() / 8.0).collect();
    let sum: Vec<f64> = a.iter().zip(&b).map(|(x, y)| x + y).collect();
    let worst = WorstPaths::new(&mut stored(&sum), 5).unwrap();
    let mut tail = TailMeans::new(worst, 3);
    let cut = 64 * 100;
    tail.feed(0, &sum[..cut], &[&a[..cut], &b[..cut], &sum[..cut]]);
    tail.feed(cut as u64, &sum[cut..], &[&a[cut..], &b[cut..], &sum[cut..]]);
    let found = tail.finish();
    let expected = estimate(&sum, Measure::TailMean(5));
    assert!((found[0].full + found[1].full - expected.value).abs() < 1e-12);
    assert_eq!(found[2].estimate(30_000), expected);
}

fn sample() -> impl Strategy<Value = Vec<f64>> {
    (0_u64..1_000, 2_048_usize..4_000, -2.0_f64..2.0).prop_map(|(seed, n, shape)| {
        normal(n, seed).iter().map(|z| if shape > 0.0 { (shape * z).exp() } else { *z }).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn m14_tails_are_ordered(values in sample()) {
        let value = |measure| estimate(&values, measure).value;
        let (t1, t5) = (value(Measure::TailMean(1)), value(Measure::TailMean(5)));
        let quantiles = [1, 5, 50, 95, 99].map(|p| value(Measure::Quantile(p)));
        prop_assert!(quantiles.is_sorted());
        prop_assert!(t1 <= t5 && t1 <= quantiles[0] && t5 <= quantiles[1]);
        prop_assert!(t5 <= value(Measure::Mean));
    }

    #[test]
    fn m15_the_tail_of_a_sum_is_no_worse_than_the_sum_of_tails(
        (a, b) in (sample(), sample())
    ) {
        let n = a.len().min(b.len());
        let sum: Vec<f64> = (0..n).map(|i| a[i] + b[i]).collect();
        let tail = |values: &[f64]| estimate(values, Measure::TailMean(5)).value;
        prop_assert!(tail(&sum) >= tail(&a[..n]) + tail(&b[..n]) - 1e-12);
    }

    #[test]
    fn order_within_a_replication_does_not_show(values in sample()) {
        let mut mirrored = values.clone();
        // Paths of one group belong to one replication: reverse each whole group.
        mirrored.chunks_exact_mut(64).for_each(<[f64]>::reverse);
        let reference = Replicated::exact(0.0);
        let (mut a, mut b) = (estimates(&values, &reference), estimates(&mirrored, &reference));
        // The centre of the squares moves with the first path; all else is the same to the bit.
        let (sd_a, sd_b) = (a.remove(1), b.remove(1));
        prop_assert_eq!(a, b);
        prop_assert!((sd_a.value / sd_b.value - 1.0).abs() < 1e-13);
    }
}
