//! A published claim held against the simulated worlds.

use super::columns::{Columns, Mark};
use crate::economics::bridge::BridgeStep;
use crate::economics::claim::{at_share, implied};
use crate::economics::metric::Metric;
use crate::error::{Place, Problem, Problems};
use crate::input::study::{Claim, Closure, Study};
use crate::report::results::{BridgeRow, ClaimResult, ClosureResult};
use crate::risk::Replicated;

/// Shares of the deterministic table.
const TABLE_SHARES: [f64; 7] = [0.0, 0.05, 0.10, 0.20, 0.30, 0.50, 1.0];

/// The outcomes that a claim of yearly dollars may be about, and what they are called.
const READINGS: [(Metric, &str); 3] = [
    (Metric::RevenueAi, "AI revenue of the year (`revenue_ai`)"),
    (Metric::RevenueGain, "revenue above staying (`revenue_gain`)"),
    (
        Metric::MarginAfterCapitalGain,
        "margin after capital above staying (`margin_after_capital_gain`)",
    ),
];

/// The closure that a claim is read by.
fn closure(claim: &Claim) -> &Closure {
    claim
        .closures
        .iter()
        .find(|closure| closure.name == claim.closure)
        .expect("the reader admits only a closure of the file")
}

/// Checks that a study's claim can be held against its outcomes.
///
/// # Errors
/// A claim about a share that the study does not value, or about another sector.
pub fn check(study: &Study) -> Result<(), Problems> {
    marks(study).map(|_| ())
}

/// The marks to watch for a study's claim; none without one.
///
/// # Errors
/// A claim about a share that the study does not value.
pub(super) fn marks(study: &Study) -> Result<Vec<Mark>, Problems> {
    let Some(claim) = &study.claim else { return Ok(Vec::new()) };
    let closure = closure(claim);
    let Some(share) = study.shares.iter().position(|share| *share == closure.share) else {
        return Err(Problem::new("the claim is about a share that the study does not value")
            .at(Place::file(study.name.clone()))
            .found(closure.share.to_string())
            .expected("one of `shares`")
            .help(format!("add {} to `shares`", closure.share))
            .into());
    };
    if let Some(input) = study.undisclosed.iter().find(|i| i.column == "gross_mw") {
        let problem =
            Problem::new("the claim is about a sector of one size, and the fleet's is drawn");
        return Err(problem
            .at(Place::file(study.name.clone()))
            .found(format!("{} {}, gross_mw: {}", input.roster.name(), input.row, input.instead()))
            .expected("a fleet whose gross_mw are numbers")
            .help("write numbers, or leave [claim] out")
            .into());
    }
    let gross_mw: f64 = study.fleet.iter().map(|tranche| tranche.gross_mw).sum();
    let sector_mw = implied(closure).sector_mw;
    if (gross_mw / sector_mw - 1.0).abs() > 1e-4 {
        return Err(Problem::new("the fleet is not the sector that the claim's closure is about")
            .at(Place::file(study.name.clone()))
            .found(format!("{gross_mw} gross MW"))
            .expected(format!("{sector_mw} gross MW for `{}`", closure.name))
            .help("name a fleet of that size in [fleet], or another closure")
            .into());
    }
    let mark = |metric| Mark { metric, share, usd: closure.average_usd_per_year };
    Ok(READINGS.into_iter().map(|(metric, _)| mark(metric)).collect())
}

/// One reading with what it implies, and the two published numbers from that again.
fn worked_out(closure: &Closure) -> ClosureResult {
    let implied = implied(closure);
    let (average_usd_per_year, net_present_value_usd) = at_share(closure, &implied, closure.share);
    ClosureResult {
        name: closure.name.clone(),
        reading: closure.reading.clone(),
        sector_mw: implied.sector_mw,
        gpu_capex_usd_per_mw: implied.gpu_capex_usd_per_mw,
        discount_rate_per_year: closure.discount_rate_per_year,
        average_usd_per_year,
        net_present_value_usd,
    }
}

/// The steps from the claim to the study's mean gain of revenue, in whole cents so that they add up.
fn bridge(closure: &Closure, columns: &Columns) -> Vec<BridgeRow> {
    let cents = |usd: f64| (100.0 * usd).round();
    let sizes = columns.sizes();
    let mut before = Replicated::exact(closure.average_usd_per_year);
    let steps = BridgeStep::ALL.into_iter().zip(&columns.reached).map(|(step, reached)| {
        let (amount, level) = (reached.less(&before).estimate(&sizes), reached.estimate(&sizes));
        let amount_usd = (cents(reached.full) - cents(before.full)) / 100.0;
        before = reached.clone();
        BridgeRow {
            step: step.name(),
            amount_usd,
            std_error: amount.std_error,
            level_usd: cents(level.value) / 100.0,
            level_std_error: level.std_error,
        }
    });
    steps.collect()
}

/// The claim's arithmetic, and where it stands in the worlds of a run.
pub(super) fn held(claim: &Claim, columns: &Columns) -> ClaimResult {
    let percentiles = READINGS.into_iter().zip(columns.below());
    ClaimResult {
        bridge: bridge(closure(claim), columns),
        percentiles: percentiles
            .map(|((_, name), (_, estimate))| (name.to_string(), estimate))
            .collect(),
        ..alone(claim)
    }
}

/// The claim's arithmetic, held against no world yet.
pub(super) fn alone(claim: &Claim) -> ClaimResult {
    let closure = closure(claim);
    let implied = implied(closure);
    ClaimResult {
        closure: closure.name.clone(),
        reading: closure.reading.clone(),
        share: closure.share,
        average_usd_per_year: closure.average_usd_per_year,
        net_present_value_usd: closure.net_present_value_usd,
        sector_mw: implied.sector_mw,
        gpu_capex_usd_per_mw: implied.gpu_capex_usd_per_mw,
        usd_per_mw_year: implied.usd_per_mw_year,
        usd_per_gpu_hour: implied.usd_per_gpu_hour,
        closures: claim.closures.iter().map(worked_out).collect(),
        by_share: TABLE_SHARES
            .into_iter()
            .map(|share| {
                let (average, value) = at_share(closure, &implied, share);
                (share, average, value)
            })
            .collect(),
        bridge: Vec::new(),
        percentiles: Vec::new(),
    }
}
