//! The line of divertible megawatts: whose machines, how much critical IT, which contract.
//!
//! In: fleet and contracts. Out: the line from 0 to the eligible part of the fleet, least efficient
//! tranche first, with what lies where. Not here: halls, shares.

use crate::input::study::{Contract, Study};

/// The eligible gross MW of the fleet in the order of their diversion.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Where each tranche ends, gross MW.
    pub tranche_ends: Vec<f64>,
    /// Critical-IT MW that a gross MW of each tranche carries.
    pub critical_it_per_gross_mw: Vec<f64>,
}

/// A stretch of the line whose colocation serves one contract.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Let {
    /// Where it begins, gross MW.
    pub start_mw: f64,
    /// Where it ends, gross MW.
    pub end_mw: f64,
    /// The contract, by its position.
    pub contract: usize,
}

/// A stretch that is not let yet; each of its gross MW carries as much critical IT.
struct Free {
    start_mw: f64,
    end_mw: f64,
    critical_it_per_gross_mw: f64,
}

impl Line {
    /// The line of a study's fleet.
    pub fn new(study: &Study) -> Self {
        let eligible_mw = study.fleet.iter().map(|t| t.gross_mw * t.eligible_share);
        let ratio = study.diversion.critical_it_per_gross_mw;
        let ratios = study.fleet.iter().map(|t| t.critical_it_per_gross_mw.unwrap_or(ratio));
        let tranche_ends = eligible_mw.scan(0.0, |end, mw| {
            *end += mw;
            Some(*end)
        });
        Self { tranche_ends: tranche_ends.collect(), critical_it_per_gross_mw: ratios.collect() }
    }
    /// Where it ends, gross MW: the eligible part of the fleet.
    pub fn end_mw(&self) -> f64 {
        *self.tranche_ends.last().expect("a study has at least one tranche")
    }
    /// Critical-IT MW that its first `mw` gross MW carry: each tranche changes the slope.
    pub fn critical_it_mw(&self, mw: f64) -> f64 {
        let (mut critical_it_mw, mut start, mut slope) = (0.0, 0.0, 0.0);
        for (end, ratio) in self.tranche_ends.iter().zip(&self.critical_it_per_gross_mw) {
            critical_it_mw += (mw - start).max(0.0) * (ratio - slope);
            (start, slope) = (*end, *ratio);
        }
        critical_it_mw
    }
    /// The stretches that serve contracts. Those of a site are filled first, from the site's own
    /// megawatts; then those of the whole fleet from what is left, each in the order of the file.
    /// What finds no room is not served.
    pub fn lets(&self, study: &Study) -> Vec<Let> {
        let colocation_share = study.diversion.colocation_share;
        let mut lets = Vec::new();
        if colocation_share == 0.0 {
            return lets;
        }
        let mut starts: Vec<f64> = std::iter::once(0.0).chain(self.tranche_ends.clone()).collect();
        starts.pop();
        let contracts = || study.colocation.contracts.iter().enumerate();
        for (contract, Contract { site, critical_it_mw, .. }) in contracts() {
            let Some(site) = site else { continue };
            let tranche = study.fleet.iter().position(|tranche| tranche.name == *site);
            let tranche = tranche.expect("the reader admits only sites of the fleet");
            let per_mw = colocation_share * self.critical_it_per_gross_mw[tranche];
            let start_mw = starts[tranche];
            let end_mw = (start_mw + critical_it_mw / per_mw).min(self.tranche_ends[tranche]);
            lets.push(Let { start_mw, end_mw, contract });
            starts[tranche] = end_mw;
        }
        let mut free = self.free(&starts).into_iter();
        let mut stretch = free.next();
        for (contract, _) in contracts().filter(|(_, contract)| contract.site.is_none()) {
            let mut left_mw = study.colocation.contracts[contract].critical_it_mw;
            while let Some(room) = &mut stretch {
                let per_mw = colocation_share * room.critical_it_per_gross_mw;
                let (start_mw, full_mw) = (room.start_mw, room.start_mw + left_mw / per_mw);
                let end_mw = full_mw.min(room.end_mw);
                lets.push(Let { start_mw, end_mw, contract });
                if full_mw < room.end_mw {
                    room.start_mw = full_mw;
                    break;
                }
                left_mw -= (end_mw - start_mw) * per_mw;
                stretch = free.next();
            }
        }
        lets
    }
    /// What is left of the line where each tranche begins only at `starts`.
    fn free(&self, starts: &[f64]) -> Vec<Free> {
        let mut free: Vec<Free> = Vec::new();
        let ends = self.tranche_ends.iter().zip(&self.critical_it_per_gross_mw);
        for (start, (end, ratio)) in starts.iter().zip(ends) {
            match free.last_mut() {
                _ if start >= end => {}
                Some(last) if last.end_mw == *start && last.critical_it_per_gross_mw == *ratio => {
                    last.end_mw = *end;
                }
                _ => free.push(Free {
                    start_mw: *start,
                    end_mw: *end,
                    critical_it_per_gross_mw: *ratio,
                }),
            }
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::study::Tranche;

    /// Two sites of 100 gross MW, of which half and all is eligible, at 0.6 and 0.8.
    fn study() -> Study {
        let mut study = Study::default_study();
        study.fleet = vec![Tranche::new("old", 100.0, 30.0), Tranche::new("new", 100.0, 20.0)];
        study.fleet[0].eligible_share = 0.5;
        study.fleet[0].critical_it_per_gross_mw = Some(0.6);
        study.fleet[1].critical_it_per_gross_mw = Some(0.8);
        study.diversion.colocation_share = 0.5;
        study
    }

    fn stretches(study: &Study) -> Vec<(f64, f64, usize)> {
        let lets = Line::new(study).lets(study);
        lets.iter().map(|l| (l.start_mw, l.end_mw, l.contract)).collect()
    }

    #[test]
    fn critical_it_adds_up_along_the_line() {
        let line = Line::new(&study());
        assert_eq!(line.end_mw(), 150.0);
        for (mw, exact) in [(0.0, 0.0), (20.0, 12.0), (50.0, 30.0), (100.0, 70.0), (150.0, 110.0)] {
            assert!((line.critical_it_mw(mw) - exact).abs() < 1e-12, "{mw}");
        }
    }

    #[test]
    fn a_contract_ends_where_the_ratios_of_the_tranches_say() {
        let mut study = study();
        // 0.3 critical-IT MW of colocation a gross MW up to 50, then 0.4: 15 of 19 lie below 50.
        study.colocation.contracts =
            vec![Contract::new("a", 19.0, 1.0), Contract::new("b", 8.0, 1.0)];
        let found = stretches(&study);
        assert_eq!(found[0], (0.0, 50.0, 0));
        assert!((found[1].1 - 60.0).abs() < 1e-12 && found[1].2 == 0);
        assert!((found[2].1 - 80.0).abs() < 1e-12 && found[2].2 == 1);
    }

    #[test]
    fn a_contract_of_a_site_is_served_by_it_alone_and_first() {
        let mut study = study();
        let new = Contract { site: Some("new".into()), ..Contract::new("b", 8.0, 1.0) };
        study.colocation.contracts = vec![Contract::new("a", 19.0, 1.0), new];
        let found = stretches(&study);
        assert_eq!((found[0], found[1]), ((50.0, 70.0, 1), (0.0, 50.0, 0)));
        assert_eq!((found[2].0, found[2].2), (70.0, 0));
        assert!((found[2].1 - 80.0).abs() < 1e-12);
    }
}
