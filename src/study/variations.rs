//! What the verdict rests on: one value moved at a time, on the same random numbers.
//!
//! Most values change a part of the market or none of it: what two worlds have in common of a tile is
//! simulated once.
//!
//! Eight values, each lowered and raised by what a sceptic would ask of it. The steps are
//! assumptions; they are printed with the result.

use super::paths::Progress;
use super::world::World;
use crate::economics::metric::Metric;
use crate::economics::plan::PowerPlan;
use crate::error::{Error, Problems};
use crate::input::study::Study;
use crate::model::parameters::ParameterDraws;
use crate::outcome::Outcomes;
use crate::parallel;
use crate::report::results::{Side, Variation};
use crate::risk::{Distribution, Level, RiskMeasure};
use crate::tile::{Build, LANES};
use ndarray::{Array3, Axis, s};

/// Paths that variations are made of: what they tell apart shows with far fewer than a run has.
pub const PATHS_MAX: u64 = 8_192;

/// What the end of a run varies; nothing else of its results rests on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vary {
    /// One lever at a time.
    EachLever,
    /// Nothing: the results hold no variations.
    Nothing,
}

impl Vary {
    /// Paths that it takes: of all levers the base, and two runs for each.
    pub fn paths(self, study: &Study) -> u64 {
        match self {
            Self::EachLever => study.paths.min(PATHS_MAX) * (1 + 2 * LEVERS.len() as u64),
            Self::Nothing => 0,
        }
    }
}

/// The study as it is, for the headline share alone, beside staying, and so few paths.
pub(super) fn base(study: &Study) -> Study {
    let mut base = study.clone();
    // Share 0 first, which gains are counted from.
    base.shares = vec![0.0, study.headline_share];
    base.shares.dedup();
    base.paths = study.paths.min(PATHS_MAX);
    // What is told is of the target year, of which no bit rests on the years after it.
    base.appraisal = None;
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

/// The study with one value moved, wired.
pub(super) struct Varied {
    name: &'static str,
    change: String,
    side: Side,
    world: World,
}

/// The metrics that a variation tells of, in the order in which they are kept.
const METRICS: [Metric; 3] = [Metric::Revenue, Metric::RevenueGain, Metric::MarginAfterCapitalGain];

/// The headline share against share 0 in the study as it is, and with each value moved, parameters
/// drawn as `draws` says.
///
/// # Errors
/// An interrupted run, or a varied study that cannot be wired.
pub fn variations(
    study: &Study,
    draws: &ParameterDraws,
    progress: &dyn Progress,
) -> Result<Vec<Variation>, Error> {
    let base = base(study);
    let varied = varied(&base, draws)?;
    let outcomes = value(&varied, base.paths, progress)?;
    let of_world = |(index, varied): (usize, Varied)| {
        let estimate = |metric: Metric, measure: RiskMeasure| {
            let kept = METRICS.iter().position(|kept| *kept == metric);
            let kept = kept.expect("every metric that is told of is kept");
            let levels = Level::of(&[measure]);
            measure.estimate(&Distribution::of(outcomes.column(kept, index), &levels), None)
        };
        Variation {
            name: varied.name.to_string(),
            change: varied.change,
            side: varied.side,
            paths: base.paths,
            win_revenue: estimate(Metric::RevenueGain, RiskMeasure::ProbabilityWin),
            win_margin: estimate(Metric::MarginAfterCapitalGain, RiskMeasure::ProbabilityWin),
            gain_revenue_usd: estimate(Metric::RevenueGain, RiskMeasure::Mean),
            gain_margin_usd: estimate(Metric::MarginAfterCapitalGain, RiskMeasure::Mean),
            tail_mean_revenue_usd: estimate(Metric::Revenue, RiskMeasure::TailMean(0.05)),
        }
    };
    Ok(varied.into_iter().enumerate().map(of_world).collect())
}

/// The study as it is, then with each value moved.
///
/// A lever is left out on the side where its step changes nothing (a mix already all colocation), or
/// would break what is signed (a mix with too little colocation for the contracts), or would leave
/// the range in which a study may state the value.
///
/// # Errors
/// A varied study that cannot be wired.
pub(super) fn varied(base: &Study, draws: &ParameterDraws) -> Result<Vec<Varied>, Problems> {
    let wired = |study: &Study, name, change, side| {
        let world = World::with_draws(study, Build::fastest(), draws)?;
        Ok::<_, Problems>(Varied { name, change, side, world })
    };
    let mut found = vec![wired(base, "as studied", String::new(), Side::Base)?];
    for lever in &LEVERS {
        let value = (lever.read)(base);
        for (side, moved) in [(Side::Low, (lever.low)(value)), (Side::High, (lever.high)(value))] {
            if moved == value {
                continue;
            }
            let mut varied = base.clone();
            (lever.write)(&mut varied, moved);
            let breaks_contracts =
                unserved_mw(&varied) > unserved_mw(base) || varied.is_overbooked();
            if breaks_contracts || !varied.is_admissible() {
                continue;
            }
            let change = format!("{} → {} {}", shown(value), shown(moved), lever.unit);
            found.push(wired(&varied, lever.name, change, side)?);
        }
    }
    Ok(found)
}

/// The outcomes `[metric][world][path]` of the first `paths` paths. Worlds take turns at every tile, so
/// that each simulates only what it does not have in common with the one before it.
///
/// # Errors
/// [`Error::Interrupted`] if the watcher says so.
pub(super) fn value(
    varied: &[Varied],
    paths: u64,
    progress: &dyn Progress,
) -> Result<Outcomes, Error> {
    let mut outcomes = Outcomes::new(METRICS.len(), varied.len(), paths as usize);
    let base = &varied[0].world;
    // Not the base's own rooms: those here end as another world's.
    parallel::for_each_with(
        (0..paths).step_by(LANES).zip(outcomes.chunks_mut(LANES)),
        || base.make_room(),
        |room, (first_path, mut outcomes)| {
            let lanes = outcomes.len_of(Axis(2));
            let mut of_shares =
                Array3::zeros((base.metrics.len(), base.valuation.plan.shares.len(), lanes));
            let headline = of_shares.len_of(Axis(1)) - 1;
            let mut before = None;
            for (index, Varied { world, .. }) in varied.iter().enumerate() {
                if progress.interrupted() {
                    return;
                }
                world.take_over(room);
                let scalars = world.simulate_after(before, first_path, room);
                before = Some(world);
                let (tile, ledgers) = (&room.market.tile, &room.ledgers);
                let valuation = world.valuation_in(room);
                valuation.value(world.build(), tile, ledgers, &scalars, of_shares.view_mut());
                for (metric, kept) in METRICS.into_iter().enumerate() {
                    let kept = of_shares.slice(s![kept as usize, headline, ..]);
                    outcomes.slice_mut(s![metric, index, ..]).assign(&kept);
                }
                progress.advance(lanes as u64);
            }
        },
    );
    if progress.interrupted() { Err(Error::Interrupted) } else { Ok(outcomes) }
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

#[cfg(test)]
mod tests {
    use super::super::paths::{Unwatched, value_paths};
    use super::super::{settled, uncertain};
    use super::*;
    use crate::input::study::{Instead, Overrides, Roster, Source, Undisclosed};

    fn study(text: &str) -> Study {
        Study::from_text("s.toml", text, &Source::Embedded, &Overrides::default()).unwrap()
    }

    /// Every world valued in turn with the others and alone, to the bit.
    fn assert_in_turn_is_alone(mut study: Study) {
        study.paths = 150;
        let study = settled::settle(&study).unwrap();
        let draws = uncertain::draws(&study).unwrap();
        let varied = varied(&base(&study), &draws).unwrap();
        assert_eq!(varied.len(), 1 + 2 * LEVERS.len());
        let in_turn = value(&varied, study.paths, &Unwatched).unwrap();
        for (index, Varied { name, side, world, .. }) in varied.iter().enumerate() {
            let alone = value_paths(world, 0..study.paths, &Unwatched).unwrap();
            for (metric, kept) in METRICS.into_iter().enumerate() {
                let (in_turn, alone) = (in_turn.column(metric, index), alone.column(kept, 1));
                assert!(in_turn == alone, "{} of {name}, {side:?}", kept.name());
            }
        }
    }

    #[test]
    fn worlds_in_turn_are_the_worlds_alone() {
        assert_in_turn_is_alone(Study::default_study());
    }

    #[test]
    fn so_are_worlds_of_drawn_parameters_several_laws_and_regimes_of_dependence() {
        let text = "extends = \"default\"\nname = \"s\"\nquestion = \"s?\"\n\
                    parameters = \"uncertain\"\n\
                    [btc_price]\nmodel = { gbm = 0.5, svcj = 0.5 }\n\
                    [ai_market]\nmodel = { two_regime = 0.5, supply_lag = 0.5 }\n\
                    [dependence]\ncorrelation_glut = \"../correlation_joint_riskoff.csv\"\n\
                    copula = \"student_t\"\ndegrees_of_freedom = 4.0\n\
                    [mining]\npool_scheme = \"pplns\"\ncurtailment = true\n";
        assert_in_turn_is_alone(study(text));
    }

    #[test]
    fn so_are_worlds_of_a_fleet_that_is_not_disclosed() {
        let mut study = Study::default_study();
        study.undisclosed = vec![Undisclosed {
            roster: Roster::Fleet,
            position: 0,
            row: "efficiency_25".into(),
            key: "efficiency_25".into(),
            column: "gross_mw",
            unit: "MW",
            instead: Instead::Range { low: 200.0, high: 300.0 },
        }];
        assert_in_turn_is_alone(study);
    }
}
