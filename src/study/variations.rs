//! What the verdict rests on: one value moved at a time, on the same random numbers.
//!
//! Eight values, each lowered and raised by what a sceptic would ask of it. The steps are
//! assumptions; they are printed with the result.

use super::paths::{PathOutcomes, Progress, value_paths};
use super::world::World;
use crate::economics::metric::Metric;
use crate::economics::plan::PowerPlan;
use crate::error::Error;
use crate::input::study::Study;
use crate::model::parameters::ParameterDraws;
use crate::report::results::{Side, Variation};
use crate::risk::{Distribution, Estimate, Level, RiskMeasure};
use crate::tile::Build;

/// Paths that variations are made of: what they tell apart shows with far fewer than a run has.
pub const PATHS_MAX: u64 = 8_192;

/// Paths that a full set of variations takes: the base, and two runs for each lever.
pub fn paths_of_work(study: &Study) -> u64 {
    study.paths.min(PATHS_MAX) * (1 + 2 * LEVERS.len() as u64)
}

/// The study as it is, for the headline share alone and so few paths.
pub(super) fn base(study: &Study) -> Study {
    let mut base = study.clone();
    base.shares = vec![study.headline_share];
    base.paths = study.paths.min(PATHS_MAX);
    base
}

/// One value of a study and how a sceptic moves it.
struct Lever {
    name: &'static str,
    unit: &'static str,
    read: fn(&Study) -> f64,
    write: fn(&mut Study, f64),
    low: fn(f64) -> f64,
    high: fn(f64) -> f64,
}

/// The eight levers, in the order they are shown.
const LEVERS: [Lever; 8] = [
    Lever {
        name: "BTC volatility",
        unit: "times",
        read: |_| 1.0,
        write: |s, factor| s.scale_btc_volatility(factor),
        low: |v| 0.7 * v,
        high: |v| 1.5 * v,
    },
    Lever {
        name: "BTC drift",
        unit: "per year",
        read: |s| s.btc_drift_per_year(),
        write: |s, v| s.set_btc_drift(v),
        low: |v| v - 0.25,
        high: |v| v + 0.25,
    },
    Lever {
        name: "hashrate growth",
        unit: "per month",
        read: |s| s.network.growth_per_month,
        write: |s, v| s.network.growth_per_month = v,
        low: |v| v - 0.01,
        high: |v| v + 0.02,
    },
    Lever {
        name: "GPU price",
        unit: "USD/GPU-hour at the start",
        read: |s| s.ai_market.gpu_rate_start_usd_per_gpu_hour,
        write: |s, v| s.ai_market.gpu_rate_start_usd_per_gpu_hour = v,
        low: |v| 0.6 * v,
        high: |v| 1.4 * v,
    },
    Lever {
        name: "rent",
        unit: "USD/critical-IT MW/year",
        read: |s| s.ai_market.rent_start_usd_per_critical_it_mw_year,
        write: |s, v| s.ai_market.rent_start_usd_per_critical_it_mw_year = v,
        low: |v| 0.85 * v,
        high: |v| 1.15 * v,
    },
    Lever {
        name: "delivery delay",
        unit: "months, median",
        read: |s| s.delivery.delay_median_months,
        write: |s, v| s.delivery.delay_median_months = v,
        low: |v| 0.5 * v,
        high: |v| 2.0 * v,
    },
    Lever {
        name: "business mix",
        unit: "of diverted MW in colocation",
        read: |s| s.diversion.colocation_share,
        write: |s, v| s.diversion.colocation_share = v,
        low: |v| (v - 0.3).max(0.0),
        high: |v| (v + 0.3).min(1.0),
    },
    Lever {
        name: "capex",
        unit: "times shell and GPU cost",
        read: |_| 1.0,
        write: |s, factor| {
            let shell = &mut s.capital.shell_usd_per_critical_it_mw;
            shell.low *= factor;
            shell.mode *= factor;
            shell.high *= factor;
            s.capital.gpu_usd_per_critical_it_mw *= factor;
        },
        low: |v| 0.8 * v,
        high: |v| 1.25 * v,
    },
];

/// The headline share against share 0 in the study as it is, and with each value moved, parameters
/// drawn as `draws` says.
///
/// A lever is left out on the side where its step changes nothing (a mix already all colocation), or
/// would break what is signed (a mix with too little colocation for the contracts), or would leave
/// the range in which a study may state the value.
///
/// # Errors
/// An interrupted run, or a varied study that cannot be wired.
pub fn variations(
    study: &Study,
    draws: &ParameterDraws,
    progress: &dyn Progress,
) -> Result<Vec<Variation>, Error> {
    let base = base(study);
    let vary =
        |study: &Study, name: &str, change, side| vary(study, draws, name, change, side, progress);
    let mut found = vec![vary(&base, "as studied", String::new(), Side::Base)?];
    for lever in &LEVERS {
        let value = (lever.read)(&base);
        for (side, moved) in [(Side::Low, (lever.low)(value)), (Side::High, (lever.high)(value))] {
            if moved == value {
                continue;
            }
            let mut varied = base.clone();
            (lever.write)(&mut varied, moved);
            let breaks_contracts =
                unserved_mw(&varied) > unserved_mw(&base) || varied.is_overbooked();
            if breaks_contracts || !varied.is_admissible() {
                continue;
            }
            let change = format!("{} → {} {}", shown(value), shown(moved), lever.unit);
            found.push(vary(&varied, lever.name, change, side)?);
        }
    }
    Ok(found)
}

/// Critical-IT MW of signed contracts that the only share does not serve.
fn unserved_mw(study: &Study) -> f64 {
    match study.colocation.contracts.is_empty() {
        true => 0.0,
        false => {
            PowerPlan::new(study).shares.last().map_or(0.0, |s| s.contracts_unserved_mw(study))
        }
    }
}

/// A value in at most six significant digits, without the noise of a product.
fn shown(value: f64) -> String {
    let text = format!("{value:.6e}");
    text.parse::<f64>().map_or(text, |rounded| rounded.to_string())
}

fn vary(
    study: &Study,
    draws: &ParameterDraws,
    name: &str,
    change: String,
    side: Side,
    progress: &dyn Progress,
) -> Result<Variation, Error> {
    let world = World::with_draws(study, Build::fastest(), draws)?;
    let outcomes = value_paths(&world, 0..study.paths, progress)?;
    let estimate = |metric, measure| estimate(&outcomes, metric, measure);
    Ok(Variation {
        name: name.to_string(),
        change,
        side,
        paths: study.paths,
        win_revenue: estimate(Metric::RevenueGain, RiskMeasure::ProbabilityWin),
        win_margin: estimate(Metric::MarginAfterCapitalGain, RiskMeasure::ProbabilityWin),
        gain_revenue_usd: estimate(Metric::RevenueGain, RiskMeasure::Mean),
        gain_margin_usd: estimate(Metric::MarginAfterCapitalGain, RiskMeasure::Mean),
        tail_mean_revenue_usd: estimate(Metric::Revenue, RiskMeasure::TailMean(0.05)),
    })
}

/// One measure of the only share.
fn estimate(outcomes: &PathOutcomes, metric: Metric, measure: RiskMeasure) -> Estimate {
    let levels = Level::of(&[measure]);
    let values = outcomes.column(metric, 0);
    measure.estimate(&Distribution::of(values, &levels), None)
}
