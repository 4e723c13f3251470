//! What holds of every measure whatever the column: closed forms and relations between runs.

use super::samples::{LAWS, Law, sample};
use super::*;
use statrs::distribution::{Continuous, ContinuousCDF, Normal};

/// Every measure, losses last.
fn measures() -> Vec<RiskMeasure> {
    [RiskMeasure::LEVEL.as_slice(), &RiskMeasure::SIGN, &RiskMeasure::LOSS].concat()
}

fn distribution(values: &[f64]) -> Distribution {
    Distribution::of(values, &Level::of(&measures()))
}

fn estimate_of(values: &[f64]) -> impl Fn(RiskMeasure) -> Estimate + use<> {
    let distribution = distribution(values);
    move |measure| measure.estimate(&distribution, None)
}

/// Exact quantile and tail mean of a law at a probability.
fn exact(law: Law, p: f64) -> (f64, f64) {
    let standard = Normal::standard();
    let z = standard.inverse_cdf(p);
    match law {
        Law::Uniform => (p, p / 2.0),
        // ∫ −ln(1 − u) du from 0 to p is p + (1 − p) ln(1 − p).
        Law::Exponential => (-(1.0 - p).ln(), (p + (1.0 - p) * (1.0 - p).ln()) / p),
        Law::Normal => (z, -standard.pdf(z) / p),
        Law::LogNormal => ((0.5 * z).exp(), 0.125_f64.exp() * standard.cdf(z - 0.5) / p),
        _ => panic!("{law:?} has no closed form here"),
    }
}

/// Exact mean and standard deviation of a law.
fn exact_moments(law: Law) -> (f64, f64) {
    match law {
        Law::Uniform => (0.5, 12.0_f64.sqrt().recip()),
        Law::Exponential => (1.0, 1.0),
        Law::Normal => (0.0, 1.0),
        Law::LogNormal => (0.125_f64.exp(), (0.25_f64.exp() * (0.25_f64.exp() - 1.0)).sqrt()),
        _ => panic!("{law:?} has no closed form here"),
    }
}

#[test]
fn measures_of_known_laws_are_their_closed_forms() {
    for law in [Law::Uniform, Law::Exponential, Law::Normal, Law::LogNormal] {
        let estimate = estimate_of(&sample(law, 11, 200_000));
        let (mean, sd) = exact_moments(law);
        let mut checks = vec![(RiskMeasure::Mean, mean), (RiskMeasure::Sd, sd)];
        for p in [0.01, 0.05, 0.5, 0.95, 0.99] {
            checks.push((RiskMeasure::Quantile(p), exact(law, p).0));
        }
        for p in [0.01, 0.05] {
            checks.push((RiskMeasure::TailMean(p), exact(law, p).1));
        }
        // 36 checks of |t| < 4 with 31 degrees of freedom: one in 80 families would fail by chance.
        for (measure, value) in checks {
            let found = estimate(measure);
            let off = (found.value - value) / found.std_error;
            assert!(off.abs() < 4.0, "{law:?} {}: {off} errors off", measure.name());
        }
    }
}

#[test]
fn tail_mean_quantile_and_mean_are_in_order() {
    for law in LAWS {
        let estimate = estimate_of(&sample(law, 2, 30_011));
        let value = |measure| estimate(measure).value;
        let (tail_1, tail_5) = (RiskMeasure::TailMean(0.01), RiskMeasure::TailMean(0.05));
        assert!(value(tail_1) <= value(RiskMeasure::Quantile(0.01)), "{law:?}");
        assert!(value(tail_5) <= value(RiskMeasure::Quantile(0.05)), "{law:?}");
        // No law in general: nearly all of this one lies at one number.
        if law != Law::Rare {
            assert!(value(RiskMeasure::Quantile(0.05)) <= value(RiskMeasure::Mean), "{law:?}");
        }
        assert!(value(tail_1) <= value(tail_5), "{law:?}");
        let quantiles = [0.01, 0.05, 0.5, 0.95, 0.99].map(|p| value(RiskMeasure::Quantile(p)));
        assert!(quantiles.is_sorted(), "{law:?}: {quantiles:?}");
    }
}

#[test]
fn the_tail_mean_of_a_sum_is_not_below_the_sum_of_tail_means() {
    let n = 20_000;
    for (one, other) in LAWS.iter().flat_map(|a| LAWS.iter().map(move |b| (*a, *b))) {
        let (a, b) = (sample(one, 3, n), sample(other, 4, n));
        let sum: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
        let [tail_a, tail_b, tail_sum] =
            [&a, &b, &sum].map(|values| estimate_of(values)(RiskMeasure::TailMean(0.05)).value);
        // Equal for a constant, but for the rounding of sums below 16.
        assert!(tail_sum >= tail_a + tail_b - 16.0 * f64::EPSILON, "{one:?} + {other:?}");
    }
}

#[test]
fn a_constant_added_shifts_levels_and_leaves_sd_and_losses() {
    let values = sample(Law::LogNormal, 5, 20_000);
    let shifted: Vec<f64> = values.iter().map(|value| value + 1000.0).collect();
    let (before, after) = (distribution(&values), distribution(&shifted));
    for measure in measures() {
        let [a, b] = [&before, &after].map(|of| {
            let mean = RiskMeasure::Mean.replicated(of, None);
            measure.estimate(of, Some(&mean))
        });
        let shift = match measure {
            RiskMeasure::Mean | RiskMeasure::Quantile(_) | RiskMeasure::TailMean(_) => 1000.0,
            _ => 0.0,
        };
        // Each shifted value is rounded at 1000: by 2^-44 at most, and so is any mean of them.
        let rounding = 2.0_f64.powi(-42);
        assert!((b.value - a.value - shift).abs() < rounding, "{}", measure.name());
        assert!((b.std_error - a.std_error).abs() < rounding, "{}", measure.name());
    }
}

#[test]
fn a_scale_by_a_power_of_two_scales_every_bit() {
    let values = sample(Law::Normal, 6, 10_001);
    let scaled: Vec<f64> = values.iter().map(|value| value * 1024.0).collect();
    let (before, after) = (estimate_of(&values), estimate_of(&scaled));
    for measure in RiskMeasure::LEVEL {
        assert_eq!(after(measure).value, 1024.0 * before(measure).value);
        assert_eq!(after(measure).std_error, 1024.0 * before(measure).std_error);
    }
}

#[test]
fn the_order_of_paths_moves_errors_not_values() {
    let values = sample(Law::Grouped, 7, 20_000);
    let mut sorted = values.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    // Within a group the order is nothing at all.
    let mut within = values.clone();
    within.chunks_mut(64).for_each(<[f64]>::reverse);
    let [asked, sorted, within] = [&values, &sorted, &within].map(|values| estimate_of(values));
    let sd = asked(RiskMeasure::Sd).value;
    for measure in RiskMeasure::LEVEL {
        let (value, name) = (asked(measure), measure.name());
        let (within, sorted) = (within(measure), sorted(measure));
        if matches!(measure, RiskMeasure::Mean | RiskMeasure::Sd) {
            // The 64 deviations of a group, a few sd each, are added up in another order, and from
            // another centre: some 64 roundings of half a unit.
            for other in [within, sorted] {
                assert!((other.value - value.value).abs() < 64.0 * f64::EPSILON * sd, "{name}");
            }
            assert!((within.std_error / value.std_error - 1.0).abs() < 1e-12, "{name}");
        } else {
            assert_eq!(within, value, "{name}");
            assert_eq!(sorted.value, value.value, "{name}");
        }
        assert_ne!(sorted.std_error, value.std_error, "{name}");
    }
}

#[test]
fn groups_that_share_their_parameters_have_their_error() {
    // Between groups sd 1, within 1: Var of the mean is (1 + 1/64) / groups, not 2 / paths.
    let paths = 64 * 2000;
    let error = estimate_of(&sample(Law::Grouped, 8, paths))(RiskMeasure::Mean).std_error;
    let exact = ((1.0 + 1.0 / 64.0) / 2000.0_f64).sqrt();
    // The error has 31 degrees of freedom: relative sd 13 %; four of them and a little.
    assert!((error / exact - 1.0).abs() < 0.55, "{error} against {exact}");
}

#[test]
fn a_deterministic_column_has_no_error() {
    for constant in [0.0, 0.1, -7.3e9, 1e-9] {
        let distribution = distribution(&vec![constant; 2048 + 77]);
        let reference = Replicated::exact(constant);
        for measure in measures() {
            let estimate = measure.estimate(&distribution, Some(&reference));
            assert_eq!(estimate.std_error, 0.0, "{} of {constant}", measure.name());
            assert_eq!((estimate.ci_low, estimate.ci_high), (estimate.value, estimate.value));
        }
        let estimate = RiskMeasure::TailMean(0.05).estimate(&distribution, None);
        assert_eq!(estimate.value, constant);
    }
}

#[test]
fn win_tie_and_lose_add_to_one() {
    for law in LAWS {
        let estimate = estimate_of(&sample(law, 9, 25_000));
        let sum: f64 = RiskMeasure::SIGN.iter().map(|measure| estimate(*measure).value).sum();
        assert!((sum - 1.0).abs() < 1e-15, "{law:?}: {sum}");
    }
    let ties = estimate_of(&sample(Law::Atom, 9, 100_000))(RiskMeasure::ProbabilityTie);
    assert!((ties.value - 0.3).abs() < 4.0 * ties.std_error);
}

#[test]
fn errors_fall_with_the_root_of_the_paths() {
    // A replication of the least run has 64 paths: of a level of 1/16 it holds exactly 4, where of
    // 0.05 it must take 4 for 3.2, and the error is too large (in the safe direction) until
    // replications are longer.
    let measures = [RiskMeasure::Mean, RiskMeasure::Quantile(0.5), RiskMeasure::TailMean(0.0625)];
    let levels = Level::of(&measures);
    let sizes: Vec<i32> = (11..=20).collect();
    // log2 of the error averaged over 16 seeds has sd 0.045: the slope over ten sizes, 0.005.
    let mut logs = vec![Vec::new(); measures.len()];
    for log_paths in &sizes {
        let mut sums = vec![0.0; measures.len()];
        for seed in 0..16 {
            let paths = 1_usize << log_paths;
            let values = sample(Law::Exponential, 100 + seed, paths);
            let column = Distribution::of(&values, &levels);
            for (sum, measure) in sums.iter_mut().zip(measures) {
                *sum += measure.estimate(&column, None).std_error;
            }
        }
        logs.iter_mut().zip(sums).for_each(|(logs, sum)| logs.push(f64::log2(sum / 16.0)));
    }
    for (logs, measure) in logs.iter().zip(measures) {
        let middle = 15.5;
        let terms = sizes.iter().zip(logs).map(|(x, y)| (f64::from(*x) - middle, y));
        let slope =
            terms.clone().map(|(x, y)| x * y).sum::<f64>() / terms.map(|(x, _)| x * x).sum::<f64>();
        assert!((-0.55..=-0.45).contains(&slope), "{}: slope {slope}", measure.name());
    }
}
