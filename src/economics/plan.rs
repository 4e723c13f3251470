//! A diverted share as megawatts: which machines stop, which hall comes, which lease it serves.
//!
//! Diverted megawatts are taken from the least efficient tranche first and filled into halls in
//! order; colocation fills the signed contracts first, then open leases. The [`Line`] of eligible
//! megawatts is cut wherever a tranche, a hall or a contract ends: a piece is a [`Parcel`], and a
//! share is the parcels below it and a part of the next. Where the pieces end never depends on the
//! shares asked for, so asking for one more changes no other. Where the status quo is what is
//! signed, the megawatts of contracts come first, those that stand already before those to be built, and
//! every share has them: shares are of the rest.

use super::line::Line;
use crate::input::study::{SUM_ROUNDING, StatusQuo, Study};
use std::cmp::Ordering;

/// Gross megawatts that stop mining together, come with one hall and serve one lease.
#[derive(Debug, Clone, PartialEq)]
pub struct Parcel {
    /// Size, gross MW.
    pub gross_mw: f64,
    /// Where it ends on the line of diverted megawatts, gross MW.
    pub end_mw: f64,
    /// The tranche that stops, by its position in the fleet.
    pub tranche: usize,
    /// The hall that takes them over; `None` where it stands on the as-of date.
    pub hall: Option<usize>,
    /// The lease of the part in colocation: a contract by its position, or the open leases after.
    pub lease: usize,
}

/// One share of the fleet's gross MW, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedShare {
    /// The share asked for.
    pub share: f64,
    /// The share valued: at most the eligibility cap.
    pub effective_share: f64,
    /// Gross MW diverted by the end of the ramp.
    pub diverted_mw: f64,
    /// Critical-IT MW that they carry.
    pub critical_it_mw: f64,
    /// Those of them in halls that are to be built.
    pub new_critical_it_mw: f64,
    /// Critical-IT MW of them that serve signed contracts.
    pub signed_critical_it_mw: f64,
    /// Parcels diverted whole.
    pub whole_parcels: usize,
    /// Gross MW diverted of the next parcel.
    pub part_mw: f64,
    /// Gross MW of each tranche that go on mining.
    pub mining_mw: Vec<f64>,
}

impl PlannedShare {
    /// Whether the share asked for is above the cap.
    pub fn is_capped(&self) -> bool {
        self.effective_share < self.share
    }
    /// Critical-IT MW of signed contracts that the share does not serve; 0 up to rounding.
    pub fn contracts_unserved_mw(&self, study: &Study) -> f64 {
        let contracts = study.colocation.contracts.iter();
        let signed_mw: f64 = contracts.map(|contract| contract.critical_it_mw).sum();
        let unserved_mw = signed_mw - self.signed_critical_it_mw;
        if unserved_mw > signed_mw * SUM_ROUNDING { unserved_mw } else { 0.0 }
    }
}

/// The fleet's way from mining to AI, for every share.
#[derive(Debug, Clone, PartialEq)]
pub struct PowerPlan {
    /// Pieces of the line of megawatts, in the order of diversion.
    pub parcels: Vec<Parcel>,
    /// Every share of the study.
    pub shares: Vec<PlannedShare>,
    /// The whole fleet, gross MW.
    pub gross_mw: f64,
    /// Gross MW that every share diverts: those of signed contracts where they are the status quo.
    pub committed_mw: f64,
    /// Gross MW that may be diverted: `share_max` of the fleet, or its eligible part if that is less.
    pub divertible_mw: f64,
}

/// Parts of the fleet that differ by less are equal up to rounding.
pub const SHARE_ROUNDING: f64 = 1e-12;

impl PowerPlan {
    /// The plan of a study.
    pub fn new(study: &Study) -> Self {
        let gross_mw = study.fleet.iter().fold(0.0, |sum, tranche| sum + tranche.gross_mw);
        let line = Line::new(study);
        let mut stretches = stretches(study, &line);
        if study.diversion.status_quo == StatusQuo::Signed {
            stretches.sort_by_key(|stretch| stretch.state);
            let mut start_mw = 0.0;
            for stretch in &mut stretches {
                let mw = stretch.end_mw - stretch.start_mw;
                (stretch.start_mw, stretch.end_mw) = (start_mw, start_mw + mw);
                start_mw += mw;
            }
        } else {
            stretches.iter_mut().for_each(|stretch| stretch.state = State::Open);
        }
        let mw_of = |state| {
            let ends = stretches.iter().filter(|stretch| stretch.state <= state).map(|s| s.end_mw);
            ends.fold(0.0, f64::max)
        };
        let (standing_mw, committed_mw) = (mw_of(State::Stands), mw_of(State::Signed));
        let hall_mw = study.delivery.hall_mw;
        let halls = halls(line.end_mw() - standing_mw, hall_mw);
        let hall_ends: Vec<f64> =
            (1..=halls).map(|hall| standing_mw + hall as f64 * hall_mw).collect();
        let stretch_ends: Vec<f64> = stretches.iter().map(|stretch| stretch.end_mw).collect();
        let mut cuts: Vec<f64> = stretch_ends.iter().chain(&hall_ends).copied().collect();
        cuts.retain(|cut| *cut <= line.end_mw());
        cuts.push(line.end_mw());
        cuts.sort_by(f64::total_cmp);
        let mut parcels = Vec::with_capacity(cuts.len());
        let mut start = 0.0;
        for end in cuts {
            if end - start <= gross_mw * SHARE_ROUNDING {
                continue;
            }
            let middle = 0.5 * (start + end);
            let position = |ends: &[f64]| ends.partition_point(|end| *end < middle);
            let stretch = &stretches[position(&stretch_ends).min(stretches.len() - 1)];
            parcels.push(Parcel {
                gross_mw: end - start,
                end_mw: end,
                tranche: stretch.tranche,
                hall: (stretch.state != State::Stands).then(|| position(&hall_ends)),
                lease: stretch.lease,
            });
            start = end;
        }
        let shares = study
            .shares
            .iter()
            .map(|share| plan_share(*share, study, committed_mw, &line, &parcels))
            .collect();
        let divertible_mw = (study.diversion.share_max * gross_mw).min(line.end_mw());
        Self { parcels, shares, gross_mw, committed_mw, divertible_mw }
    }
}

impl PowerPlan {
    /// Halls that the plan touches if it diverts at most so many gross MW.
    pub fn halls_of(&self, divertible_mw: f64) -> usize {
        let touched = divertible_mw - self.gross_mw * SHARE_ROUNDING;
        let starts_below = |parcel: &&Parcel| parcel.end_mw - parcel.gross_mw < touched;
        let halls = self.parcels.iter().filter(starts_below).filter_map(|parcel| parcel.hall);
        halls.max().map_or(0, |hall| hall + 1)
    }
    /// Halls that hold megawatts which every share diverts.
    pub fn signed_halls(&self) -> usize {
        let signed = self.committed_mw - self.gross_mw * SHARE_ROUNDING;
        let starts_below = |parcel: &&Parcel| parcel.end_mw - parcel.gross_mw < signed;
        let halls = self.parcels.iter().filter(starts_below).filter_map(|parcel| parcel.hall);
        halls.max().map_or(0, |hall| hall + 1)
    }
    /// Positions of the shares in the order of the megawatts they divert.
    pub fn ascending(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.shares.len()).collect();
        order.sort_by(|a, b| self.shares[*a].diverted_mw.total_cmp(&self.shares[*b].diverted_mw));
        order
    }
}

/// Halls that hold so many gross MW; a rounding above a whole number is none more.
fn halls(gross_mw: f64, hall_mw: f64) -> usize {
    (gross_mw / hall_mw * (1.0 - SHARE_ROUNDING)).ceil() as usize
}

/// How far a stretch of the line is, in the order of diversion where what is signed comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    /// Let, in halls that stand on the as-of date.
    Stands,
    /// Let, in halls to be built.
    Signed,
    /// Not let.
    Open,
}

/// A stretch of the line of one tranche and one lease.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    start_mw: f64,
    end_mw: f64,
    tranche: usize,
    lease: usize,
    state: State,
}

/// The line cut wherever a tranche or a contract ends.
fn stretches(study: &Study, line: &Line) -> Vec<Stretch> {
    let lets = line.lets(study);
    let let_ends = lets.iter().flat_map(|stretch| [stretch.start_mw, stretch.end_mw]);
    let mut cuts: Vec<f64> = line.tranche_ends.iter().copied().chain(let_ends).collect();
    cuts.retain(|cut| *cut > 0.0 && *cut <= line.end_mw());
    cuts.push(line.end_mw());
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    let contracts = &study.colocation.contracts;
    let mut start_mw = 0.0;
    let mut stretches = Vec::with_capacity(cuts.len());
    for end_mw in cuts {
        let middle = 0.5 * (start_mw + end_mw);
        let found = lets.iter().find(|l| l.start_mw <= middle && middle < l.end_mw);
        let lease = found.map_or(contracts.len(), |found| found.contract);
        let state = match contracts.get(lease).map(|contract| contract.terms.status) {
            None => State::Open,
            Some("contracted") => State::Signed,
            Some(_) => State::Stands,
        };
        let tranche = line.tranche_ends.partition_point(|end| *end < middle);
        stretches.push(Stretch { start_mw, end_mw, tranche, lease, state });
        start_mw = end_mw;
    }
    stretches
}

fn plan_share(
    share: f64,
    study: &Study,
    committed_mw: f64,
    line: &Line,
    parcels: &[Parcel],
) -> PlannedShare {
    let gross_mw = study.fleet.iter().fold(0.0, |sum, tranche| sum + tranche.gross_mw);
    let free_mw = gross_mw - committed_mw;
    // A part of the whole fleet as a part of what is not committed.
    let of_free = |part: f64| match committed_mw > 0.0 {
        true => ((part * gross_mw - committed_mw) / free_mw).max(0.0),
        false => part,
    };
    let eligible_share = of_free(line.end_mw() / gross_mw);
    let asked = share.min(of_free(study.diversion.share_max));
    // All that is eligible, up to the rounding of a sum, is not too much.
    let is_too_much = asked > eligible_share + SHARE_ROUNDING;
    let effective_share = if is_too_much { eligible_share } else { asked };
    // A share that ends where a parcel does, up to rounding, ends there: no hall of 1e-14 MW.
    let diverted_mw = committed_mw + effective_share * free_mw;
    let diverted_mw = parcels
        .iter()
        .map(|parcel| parcel.end_mw)
        .find(|end| (end - diverted_mw).abs() <= gross_mw * SHARE_ROUNDING)
        .unwrap_or(diverted_mw);
    let whole_parcels = parcels.partition_point(|parcel| parcel.end_mw <= diverted_mw);
    let covered_mw = if whole_parcels == 0 { 0.0 } else { parcels[whole_parcels - 1].end_mw };
    let part_mw = if whole_parcels == parcels.len() { 0.0 } else { diverted_mw - covered_mw };
    let taken = || {
        parcels.iter().enumerate().filter_map(|(index, parcel)| match index.cmp(&whole_parcels) {
            Ordering::Less => Some((parcel, parcel.gross_mw)),
            Ordering::Equal => Some((parcel, part_mw)),
            Ordering::Greater => None,
        })
    };
    let mining_mw = study.fleet.iter().enumerate().map(|(index, tranche)| {
        let of_tranche = taken().filter(|(parcel, _)| parcel.tranche == index);
        let left = of_tranche.fold(tranche.gross_mw, |left, (_, mw)| left - mw);
        if left > gross_mw * SHARE_ROUNDING { left } else { 0.0 }
    });
    let critical_it_mw = |counts: &dyn Fn(&Parcel) -> bool| {
        let counted = taken().filter(|(parcel, _)| counts(parcel));
        counted
            .fold(0.0, |sum, (parcel, mw)| sum + mw * line.critical_it_per_gross_mw[parcel.tranche])
    };
    let contracts = study.colocation.contracts.len();
    PlannedShare {
        share,
        effective_share,
        diverted_mw,
        critical_it_mw: critical_it_mw(&|_| true),
        new_critical_it_mw: critical_it_mw(&|parcel| parcel.hall.is_some()),
        signed_critical_it_mw: critical_it_mw(&|parcel| parcel.lease < contracts)
            * study.diversion.colocation_share,
        whole_parcels,
        part_mw,
        mining_mw: mining_mw.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::study::{Contract, Tranche};

    #[test]
    fn the_least_efficient_machines_stop_first_and_halls_come_in_order() {
        let plan = PowerPlan::new(&Study::default_study());
        assert_eq!(plan.gross_mw, 1_000.0);
        assert_eq!(plan.parcels.len(), 20, "tranches end where halls end");
        assert_eq!(plan.parcels[4].tranche, 0);
        assert_eq!(plan.parcels[5].tranche, 1);
        assert!(plan.parcels.iter().enumerate().all(|(k, parcel)| parcel.hall == Some(k)));
        let share = &plan.shares[6];
        assert_eq!((share.share, share.whole_parcels, share.part_mw), (0.3, 6, 0.0));
        assert_eq!(share.mining_mw, [0.0, 200.0, 250.0, 250.0]);
    }

    #[test]
    fn the_line_of_megawatts_is_cut_wherever_something_ends() {
        let mut study = Study::default_study();
        study.shares = vec![0.0, 0.33];
        study.delivery.hall_mw = 300.0;
        study.diversion.colocation_share = 0.5;
        study.diversion.critical_it_per_gross_mw = 0.7;
        study.colocation.contracts = vec![Contract::new("first", 140.0, 1.0)];
        let plan = PowerPlan::new(&study);
        // Tranches end at 250, 500, 750; halls at 300, 600, 900; the contract at 140 / 0.35 = 400.
        let ends: Vec<f64> = plan.parcels.iter().map(|parcel| parcel.end_mw).collect();
        assert_eq!(ends, [250.0, 300.0, 400.0, 500.0, 600.0, 750.0, 900.0, 1_000.0]);
        let leases: Vec<usize> = plan.parcels.iter().map(|parcel| parcel.lease).collect();
        assert_eq!(leases, [0, 0, 0, 1, 1, 1, 1, 1]);
        let halls: Vec<usize> = plan.parcels.iter().filter_map(|parcel| parcel.hall).collect();
        assert_eq!(halls, [0, 0, 1, 1, 1, 2, 2, 3]);
        let share = &plan.shares[1];
        assert_eq!((share.whole_parcels, share.part_mw), (2, 30.0));
        // 330 of the 400 gross MW of the contract.
        assert!((share.signed_critical_it_mw - 115.5).abs() < 1e-12);
        assert!((share.contracts_unserved_mw(&study) - 24.5).abs() < 1e-12);
        assert_eq!(plan.shares[0].contracts_unserved_mw(&study), 140.0);
    }

    #[test]
    fn a_contract_larger_than_the_fleet_serves_all_of_it() {
        let mut study = Study::default_study();
        study.colocation.contracts = vec![Contract::new("all", 1e6, 1.0)];
        let plan = PowerPlan::new(&study);
        assert_eq!(plan.parcels.last().unwrap().end_mw, 1_000.0);
        assert!(plan.parcels.iter().all(|parcel| parcel.lease == 0));
    }

    #[test]
    fn a_plan_never_asks_for_a_hall_that_is_not_built() {
        // 0.51 · 250 = 127.5 and 25 · 5.1 = 127.49999999999999; and every such coincidence.
        let default = Study::default_study();
        for gross_mw in [100.0, 250.0, 333.0, 1_000.0] {
            for (share_max, hall_mw) in
                (1..=100).flat_map(|p| (50..300).step_by(7).map(move |h| (p, h)))
            {
                let (share_max, hall_mw) =
                    (f64::from(share_max) / 100.0, f64::from(hall_mw) / 10.0);
                let mut study = default.clone();
                study.fleet.truncate(1);
                study.fleet[0].gross_mw = gross_mw;
                study.diversion.share_max = share_max;
                study.delivery.hall_mw = hall_mw;
                study.shares = vec![0.0, share_max, 1.0];
                let plan = PowerPlan::new(&study);
                let built = plan.halls_of(gross_mw * share_max);
                for share in &plan.shares {
                    let parts = usize::from(share.part_mw > 0.0);
                    let asked = plan.parcels[..share.whole_parcels + parts].iter();
                    assert!(asked.filter_map(|p| p.hall).max().map_or(0, |hall| hall + 1) <= built);
                }
            }
        }
    }

    #[test]
    fn rounding_makes_no_hall() {
        let mut study = Study::default_study();
        study.fleet.iter_mut().for_each(|tranche| tranche.gross_mw = 25.0);
        study.delivery.hall_mw = 5.0;
        study.shares = vec![0.0, 0.55, 0.1, 0.1 + 2e-17, 0.100_000_000_000_000_02];
        let plan = PowerPlan::new(&study);
        assert_eq!((plan.shares[1].whole_parcels, plan.shares[1].part_mw), (11, 0.0));
        assert_eq!(plan.shares[1].diverted_mw, 55.0);
        assert_eq!(plan.shares[4].diverted_mw, 10.0);
        assert_eq!(halls(7_628.644_186_863_365, 7_628.644_186_863_365 / 3.0), 3);
    }

    #[test]
    fn nothing_is_diverted_above_the_cap() {
        let mut study = Study::default_study();
        study.diversion.share_max = 0.2;
        let plan = PowerPlan::new(&study);
        let last = plan.shares.last().unwrap();
        assert!(last.is_capped());
        assert_eq!((last.share, last.effective_share, last.diverted_mw), (1.0, 0.2, 200.0));
        assert!(!plan.shares[4].is_capped());
    }

    #[test]
    fn only_the_eligible_part_of_each_tranche_is_diverted() {
        let mut study = Study::default_study();
        study.fleet = vec![Tranche::new("old", 100.0, 30.0), Tranche::new("new", 100.0, 20.0)];
        study.fleet.iter_mut().for_each(|tranche| tranche.eligible_share = 0.5);
        study.shares = vec![0.0, 0.25, 0.3, 0.5, 1.0];
        let plan = PowerPlan::new(&study);
        assert_eq!((plan.gross_mw, plan.divertible_mw), (200.0, 100.0));
        let of = |share: usize| {
            let share = &plan.shares[share];
            (share.diverted_mw, share.mining_mw.clone(), share.is_capped())
        };
        assert_eq!(of(0), (0.0, vec![100.0, 100.0], false));
        assert_eq!(of(1), (50.0, vec![50.0, 100.0], false));
        assert_eq!(of(2), (60.0, vec![50.0, 90.0], false));
        assert_eq!(of(3), (100.0, vec![50.0, 50.0], false));
        assert_eq!(of(4), (100.0, vec![50.0, 50.0], true));
        assert_eq!(plan.shares[4].effective_share, 0.5);
        study.fleet.iter_mut().for_each(|tranche| tranche.eligible_share = 0.0);
        let plan = PowerPlan::new(&study);
        assert!(plan.shares[1].is_capped() && plan.parcels.is_empty());
        assert_eq!((plan.shares[1].diverted_mw, plan.halls_of(plan.divertible_mw)), (0.0, 0));
    }
}
