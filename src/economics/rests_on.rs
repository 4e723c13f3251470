//! Which metrics rest on which input of the fleet and the contracts.
//!
//! In: an undisclosed input. Out: the metrics that another value of it can move, by the formulae of
//! this station. Not here: by how much, which the ranges and the variations tell.

use super::metric::{ALWAYS, Metric, WITH_TREASURY};
use crate::input::study::{AfterDefault, Roster, StatusQuo, Study, Undisclosed};

/// The metrics that rest at most on an undisclosed input, in the order of `Metric::ALL`, where the
/// order of the tranches stays: in a given study some may not move.
pub fn metrics(input: &Undisclosed, study: &Study) -> Vec<Metric> {
    use Metric::*;
    let mining = &study.mining;
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
    let sold: &[Metric] =
        if mining.curtailment { &[CurtailmentIncome, CurtailmentLost] } else { &[] };
    let mut found = match (input.roster, input.column) {
        (Roster::Fleet, "gross_mw" | "eligible_share") => Metric::ALL.to_vec(),
        // What is signed says how many megawatts mine at any share.
        (Roster::Contracts, "critical_it_mw" | "status" | "site")
        | (Roster::Fleet, "critical_it_per_gross_mw")
            if study.diversion.status_quo == StatusQuo::Signed =>
        {
            Metric::ALL.to_vec()
        }
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
            [&let_out[..], &[RevenueGpuCloud, RevenueBareMetal, CapexCommitted]].concat()
        }
        (Roster::Contracts, "tenant_class" | "backstop") if study.credit.is_some() => {
            let_out.to_vec()
        }
        (Roster::Contracts, "term_years") => Metric::ALL[WITH_TREASURY..].to_vec(),
        (Roster::Contracts, "tenant_class" | "backstop" | "status") => Vec::new(),
        (Roster::Fleet, _) => of_balance_sheet(input, study),
        (Roster::Contracts, _) => let_out.to_vec(),
    };
    if found.contains(&GrossMargin) {
        found.push(BreakEvenHashprice);
        // Cash follows from what is earned, and only spending on conversion from megawatts.
        let builds = found.contains(&CapexCommitted);
        let cash = Metric::ALL[ALWAYS..].iter().filter(|metric| builds || **metric != Capex);
        found.extend(cash);
    }
    let has_bare_metal = study.diversion.bare_metal_share > 0.0;
    found.retain(|metric| Metric::of(study).contains(metric));
    found.retain(|metric| has_bare_metal || *metric != RevenueBareMetal);
    found.sort();
    found.dedup();
    found
}

/// The metrics that rest on a column of the balance sheet.
fn of_balance_sheet(input: &Undisclosed, study: &Study) -> Vec<Metric> {
    let Some(treasury) = &study.treasury else { return Vec::new() };
    let is_financial = |metric: &Metric| match metric {
        Metric::Capex => false,
        Metric::Ebitda | Metric::Npv | Metric::NpvGain | Metric::Irr => {
            input.column == "sga_usd_per_year"
        }
        _ => true,
    };
    let mut found: Vec<Metric> =
        Metric::ALL[ALWAYS..].iter().copied().filter(is_financial).collect();
    if treasury.revenue_after_default == AfterDefault::Stops {
        let stopped = |metric: &Metric| *metric != Metric::CapexCommitted;
        found.extend(Metric::OPERATING.into_iter().filter(stopped));
    }
    found
}
