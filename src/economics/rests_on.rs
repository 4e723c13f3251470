//! Which metrics rest on which input of the fleet and the contracts.
//!
//! In: an undisclosed input. Out: the metrics that another value of it can move, by the formulae of
//! this station. Not here: by how much, which the ranges and the variations tell.

use super::metric::Metric;
use crate::input::study::{Mining, Roster, Undisclosed};

/// The metrics that rest at most on an undisclosed input, in the order of `Metric::ALL`, where the
/// order of the tranches stays: in a given study some may not move. `mining` says whether machines
/// are off on days that do not earn their power, and whether power is sold instead.
pub fn metrics(input: &Undisclosed, mining: &Mining) -> Vec<Metric> {
    use Metric::*;
    let mined = [
        Revenue,
        RevenueMining,
        GrossMargin,
        MarginAfterCapital,
        RevenueGain,
        MarginAfterCapitalGain,
    ];
    let let_out = [
        Revenue,
        RevenueColocation,
        RevenueAi,
        OperatingCost,
        GrossMargin,
        MarginAfterCapital,
        RevenueGain,
        MarginAfterCapitalGain,
    ];
    // What machines earn decides whether they draw power, and its price whether they earn.
    let stands_still = mining.switch_off || mining.curtailment;
    let sold: &[Metric] = if mining.curtailment { &[CurtailmentIncome] } else { &[] };
    let mut found = match (input.roster, input.column) {
        (Roster::Fleet, "gross_mw" | "eligible_share") => Metric::ALL.to_vec(),
        (Roster::Fleet, "efficiency_j_per_th" | "power_overhead") if !stands_still => {
            mined.to_vec()
        }
        (Roster::Fleet, "efficiency_j_per_th" | "power_overhead" | "uptime") => {
            [&mined[..], &[PowerCost], sold].concat()
        }
        (Roster::Fleet, "power_usd_per_mwh") if mining.switch_off => {
            [&mined[..], &[PowerCost], sold].concat()
        }
        (Roster::Fleet, "power_usd_per_mwh") => {
            let margins = [PowerCost, GrossMargin, MarginAfterCapital, MarginAfterCapitalGain];
            [&margins[..], sold].concat()
        }
        (Roster::Fleet, "critical_it_per_gross_mw") => {
            [&let_out[..], &[RevenueGpuCloud, CapexCommitted]].concat()
        }
        (Roster::Contracts, "term_years" | "tenant_class" | "backstop" | "status")
        | (Roster::Fleet, _) => Vec::new(),
        (Roster::Contracts, _) => let_out.to_vec(),
    };
    found.sort();
    found
}
