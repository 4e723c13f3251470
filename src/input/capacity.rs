//! Whether colocation can ever serve the signed contracts.
//!
//! In: a study. Out: sites, or the whole fleet, of which more is let than there can be. Not here:
//! which megawatts serve which contract.

use super::business::Diversion;
use super::contracts::Contract;
use super::fleet::Tranche;
use super::study::Study;
use super::undisclosed::Undisclosed;

/// Sums of contracts and of what serves them that differ by no more than this part are equal up to
/// rounding.
pub const SUM_ROUNDING: f64 = 1e-9;

/// Whether the contracts are more than colocation can ever serve: what is wrong, what is expected.
///
/// Where numbers are not disclosed, contracts are taken at the most that they may be, and what may
/// serve them at the least.
pub(super) fn overbooked(study: &Study) -> Vec<(String, String)> {
    if study.colocation.contracts.is_empty() {
        return Vec::new();
    }
    let (mut low, mut high) = (study.clone(), study.clone());
    for input in &study.undisclosed {
        if let Some((least, most)) = input.range() {
            low.disclose(input, least);
            high.disclose(input, most);
        }
    }
    let (contracts, diversion) = (&high.colocation.contracts, &study.diversion);
    let sum = |site: Option<&str>| -> f64 {
        let of_site = |c: &&Contract| site.is_none() || c.site.as_deref() == site;
        contracts.iter().filter(of_site).map(|contract| contract.critical_it_mw).sum()
    };
    let is_range = |input: &Undisclosed| input.range().is_some();
    let at_ends = if study.undisclosed.iter().any(is_range) {
        ", where ranges are such that contracts are largest and what serves them is smallest"
    } else {
        ""
    };
    let colocation_share = diversion.colocation_share;
    if colocation_share == 0.0 {
        let what = format!("{} critical-IT MW are let and colocation_share is 0", sum(None));
        return vec![(what, "a colocation_share above 0, or contracts = \"\" for none".into())];
    }
    let mut found = Vec::new();
    let mut hold = |of: &str, let_mw: f64, room_mw: f64| {
        if let_mw > room_mw * (1.0 + SUM_ROUNDING) {
            found.push((
                format!(
                    "the contracts of {of} are {let_mw} critical-IT MW, more than it can serve"
                ),
                format!(
                    "at most {room_mw:.3} critical-IT MW: eligible gross MW up to share_max × \
                     critical-IT ratio × colocation_share {colocation_share}{at_ends}"
                ),
            ));
        }
    };
    let mut fleet_mw = f64::INFINITY;
    for (position, tranche) in study.fleet.iter().enumerate() {
        let rooms_mw = rooms_mw(diversion, &low.fleet, &high.fleet, position);
        fleet_mw = fleet_mw.min(rooms_mw.iter().sum());
        hold(&tranche.name, sum(Some(&tranche.name)), rooms_mw[position]);
    }
    hold("the fleet", sum(None), fleet_mw);
    found
}

/// Critical-IT MW of colocation that each tranche has room for where that of one is least: it is at
/// the low ends of its ranges, as those after it, and those before it take from it the most that
/// they may: all that may be eligible, of the size that leaves the least below `share_max`.
fn rooms_mw(diversion: &Diversion, low: &[Tranche], high: &[Tranche], of: usize) -> Vec<f64> {
    let before = |(low, high): (&Tranche, &Tranche)| {
        let size = if high.eligible_share > diversion.share_max { high } else { low };
        (size.gross_mw, high.eligible_share)
    };
    let mut sizes: Vec<(f64, f64)> = low.iter().zip(high).take(of).map(before).collect();
    sizes.extend(low[of..].iter().map(|tranche| (tranche.gross_mw, tranche.eligible_share)));
    let gross_mw: f64 = sizes.iter().map(|(gross_mw, _)| gross_mw).sum();
    let divertible_mw = diversion.share_max * gross_mw;
    let mut start_mw = 0.0;
    let room_mw = |(tranche, (gross_mw, eligible_share)): (&Tranche, (f64, f64))| {
        let ratio = tranche.critical_it_per_gross_mw.unwrap_or(diversion.critical_it_per_gross_mw);
        let end_mw = start_mw + gross_mw * eligible_share;
        let room_mw = (end_mw.min(divertible_mw) - start_mw).max(0.0);
        start_mw = end_mw;
        room_mw * ratio * diversion.colocation_share
    };
    low.iter().zip(sizes).map(room_mw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_draw_leaves_a_row_less_room_than_its_worst_corner(
            rows in prop::collection::vec((1.0..100.0, 0.0..100.0, 0.0..0.5, 0.0..0.5), 1..5),
            part in prop::collection::vec((0.0..1.0, 0.0..1.0), 5),
            share_max in 0.0..1.0,
            is_at_ends in any::<bool>(),
        ) {
            let tranche = |gross_mw: f64, eligible_share: f64| Tranche {
                eligible_share,
                ..Tranche::new("a", gross_mw, 20.0)
            };
            let low: Vec<_> = rows.iter().map(|(mw, _, share, _)| tranche(*mw, *share)).collect();
            let high: Vec<_> =
                rows.iter().map(|(mw, up, share, more)| tranche(mw + up, share + more)).collect();
            let diversion = Diversion {
                status_quo: crate::input::study::StatusQuo::Mining,
                share_max,
                critical_it_per_gross_mw: 0.7,
                colocation_share: 1.0,
                bare_metal_share: 0.0,
                mining_until: crate::input::study::MiningUntil::CutOver,
                reversible: false,
            };
            let end = |part: f64| if is_at_ends { part.round() } else { part };
            let drawn: Vec<_> = rows
                .iter()
                .zip(&part)
                .map(|((mw, up, share, more), (size, eligible))| {
                    tranche(mw + up * end(*size), share + more * end(*eligible))
                })
                .collect();
            let rooms = |of| rooms_mw(&diversion, &low, &high, of);
            let found = rooms_mw(&diversion, &drawn, &drawn, 0);
            for (of, room_mw) in found.iter().enumerate() {
                prop_assert!(*room_mw >= rooms(of)[of] - 1e-9, "row {of}");
            }
            let fleet_mw = (0..rows.len()).map(|of| rooms(of).iter().sum::<f64>());
            let fleet_mw = fleet_mw.fold(f64::INFINITY, f64::min);
            prop_assert!(found.iter().sum::<f64>() >= fleet_mw - 1e-9);
        }
    }
}
