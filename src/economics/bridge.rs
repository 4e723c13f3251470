//! From a published claim to what a study finds, one difference at a time.
//!
//! In: the claim, a tile and its valuation. Out: per path, what each step reaches. Not here: the markets'
//! answer and delivery themselves, which the valuation knows.
//!
//! The claim is a price per gross megawatt times the sector's megawatts. Steps, each on all megawatts of
//! the claimed share: the market's price of a GPU-hour and its utilisation in place of the claim's price,
//! on as many GPUs per gross MW as the claim has; a part in colocation, a gross MW let like one of
//! critical IT, and a part of the GPUs let whole; what may be diverted of it; critical IT in place of gross megawatts; halls when they come in place of all on the
//! first day of the year; the mining that they give up; the markets' answer. They add up to `revenue_gain`.

use super::metric::Metric;
use super::valuation::{Ledgers, Valuation};
use crate::input::study::Study;
use crate::model::delivery::PathScalars;
use crate::tile::{Build, LANES, Row, Tile};
use ndarray::{ArrayView3, ArrayViewMut2};

/// What a claim leaves out, or takes for granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum BridgeStep {
    /// The market's GPU-hours in place of the claim's price.
    Price,
    /// A part in colocation.
    BusinessMix,
    /// What may be diverted of the claimed share.
    Eligibility,
    /// Critical IT in place of gross megawatts.
    CriticalIt,
    /// Halls when they come, and tenants as long as they pay.
    Delivery,
    /// Mining given up.
    DisplacedMining,
    /// The markets' answer to the diversion.
    Feedback,
}

impl BridgeStep {
    /// Every step, in order.
    pub const ALL: [Self; 7] = [
        Self::Price,
        Self::BusinessMix,
        Self::Eligibility,
        Self::CriticalIt,
        Self::Delivery,
        Self::DisplacedMining,
        Self::Feedback,
    ];
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::BusinessMix => "business_mix",
            Self::Eligibility => "eligibility",
            Self::CriticalIt => "critical_it",
            Self::Delivery => "delivery",
            Self::DisplacedMining => "displaced_mining",
            Self::Feedback => "feedback",
        }
    }
}

/// Where a bridge begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bridge {
    /// The claimed share, by its position.
    share: usize,
    gpus_per_gross_mw: f64,
}

impl Bridge {
    /// The bridge from a study's claim; `None` without one, or where its share is not valued.
    pub fn new(study: &Study) -> Option<Self> {
        let claim = study.claim.as_ref()?;
        let closure = claim.closures.iter().find(|closure| closure.name == claim.closure)?;
        Some(Self {
            share: study.shares.iter().position(|share| *share == closure.share)?,
            gpus_per_gross_mw: closure.gpus_per_gross_mw,
        })
    }

    /// Writes what is reached with every step, `[step][lane]`, USD a year, given the outcomes of the tile.
    pub fn reached(
        &self,
        build: Build,
        valuation: &Valuation,
        (market, ledgers): (&Tile, &Ledgers),
        scalars: &PathScalars,
        outcomes: ArrayView3<'_, f64>,
        mut reached: ArrayViewMut2<'_, f64>,
    ) {
        let planned = &valuation.plan.shares[self.share];
        let first = [valuation.days().start as u32; LANES];
        let halls = scalars.cut_over_steps.len();
        let on_time = PathScalars {
            cut_over_steps: vec![first; halls],
            gpu_steps: vec![first; halls],
            stop_steps: vec![first; halls],
            // No tenant falls.
            tenant_thresholds: vec![[f64::INFINITY; LANES]; scalars.tenant_thresholds.len()],
            ..scalars.clone()
        };
        let at =
            |scalars: &PathScalars| valuation.year_of(build, market, ledgers, scalars, self.share);
        let (whole, found) = (at(&on_time), at(scalars));
        let of = |row: &[Row], metric: Metric, lane: usize| row[metric as usize][lane];
        let claimed_mw = planned.share * valuation.plan.gross_mw;
        let eligible = planned.diverted_mw / claimed_mw;
        let gpus = self.gpus_per_gross_mw * claimed_mw;
        let [of_hours, let_whole] = valuation.usd_per_gpu_year(market, ledgers);
        let (let_share, bare_share) = (valuation.colocation_share(), valuation.bare_metal_share());
        for lane in 0..reached.len_of(ndarray::Axis(1)) {
            let let_out = of(&whole, Metric::RevenueColocation, lane);
            let in_gross = match planned.critical_it_mw > 0.0 {
                true => let_out * claimed_mw / planned.critical_it_mw,
                false => 0.0,
            };
            let priced = gpus * of_hours[lane];
            let mixed = (1.0 - let_share - bare_share) * priced
                + bare_share * gpus * let_whole[lane]
                + in_gross;
            let levels: [f64; BridgeStep::ALL.len()] = [
                priced,
                mixed,
                eligible * mixed,
                of(&whole, Metric::RevenueAi, lane),
                of(&found, Metric::RevenueAi, lane),
                of(&found, Metric::RevenueGain, lane),
                outcomes[[Metric::RevenueGain as usize, self.share, lane]],
            ];
            for (step, usd) in BridgeStep::ALL.into_iter().zip(levels) {
                reached[[step as usize, lane]] = usd;
            }
        }
    }
}
