//! Money of diverted megawatts, and what becomes of their parcels.

use super::megawatt::Megawatt;
use super::{Ledgers, Valuation};
use crate::economics::colocation::Rental;
use crate::economics::credit::Fate;
use crate::economics::gpus::GpuLife;
use crate::economics::plan::{Parcel, PlannedShare};
use crate::economics::treasury::{Halls, Prices};
use crate::model::delivery::PathScalars;
use crate::tile::kernel::kernel;
use crate::tile::{Build, LANES, Row, Tile};
use std::ops::Range;

/// Rows that every megawatt has and that add up over megawatts, listed once.
macro_rules! money {
    ($($(#[$meaning:meta])* $row:ident,)*) => {
        /// Money of diverted megawatts over a window, USD, by lane.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Money {
            $($(#[$meaning])* pub $row: Row,)*
        }

        impl Money {
            /// None.
            pub const ZERO: Self = Self { $($row: [0.0; LANES],)* };
        }

        kernel! {
            /// Adds the money of `mw` megawatts.
            pub(super) fn add_money(mw: f64, per_mw: &Money, money: &mut Money) {
                for i in 0..LANES {
                    $(money.$row[i] += mw * per_mw.$row[i];)*
                }
            }
        }

        kernel! {
            /// Writes what there is with the money of `mw` megawatts.
            pub(super) fn with_money(mw: f64, per_mw: &Money, money: &Money, with: &mut Money) {
                for i in 0..LANES {
                    $(with.$row[i] = money.$row[i] + mw * per_mw.$row[i];)*
                }
            }
        }
    };
}

money! {
    /// Mining until the cut-over.
    revenue_mining,
    /// Rent.
    revenue_colocation,
    /// GPU hours by the hour.
    revenue_gpu_cloud,
    /// GPU hours of GPUs that are let whole.
    revenue_bare_metal,
    /// Power, of mining and of AI.
    power_cost,
    /// Operation of AI.
    operating_cost,
    /// Power of mining sold at the hub until the cut-over.
    curtailment_income,
    /// AI revenue less the mining revenue given up.
    revenue_gain,
    /// AI margin less the mining margin given up, before capital.
    margin_gain,
    /// Power that would have been sold at the hub, and what a grid would have paid, after the cut-over.
    curtailment_lost,
    /// Part of the rent that is let at the market's.
    rent_at_market,
    /// Hashrate that no longer mines, EH/s times days; 0 where markets do not answer.
    withdrawn_eh_days,
    /// AI compute in use, critical-IT MW times days; 0 where markets do not answer.
    ai_mw_days,
    /// Cost of mining machines that replace others; nothing before the end of the target year.
    machines,
    /// Cost of GPUs that replace others.
    gpus,
}

/// What becomes of a parcel's megawatts, by lane, as steps.
#[derive(Debug, Clone)]
pub(super) struct Fates {
    /// The first in which its hall is in use.
    pub(super) hall: [u32; LANES],
    /// The first in which its GPUs are.
    pub(super) gpus: [u32; LANES],
    /// The first in which none of it mines, if it has not stopped before.
    pub(super) stop: [u32; LANES],
    /// What its lease pays.
    pub(super) rental: Rental,
    /// What becomes of its GPUs, and what its shell is let for after them; `None` where they last as long
    /// as is looked.
    pub(super) life: Option<(GpuLife, Rental)>,
    /// What becomes of its tenant; `None` where no tenant defaults.
    pub(super) tenant: Option<Fate>,
}

/// What becomes of a tile's parcels, and what the company's books need of its paths.
#[derive(Debug, Clone)]
pub struct Course {
    pub(super) parcels: Vec<Fates>,
    /// Prices and halls by month; `None` where no cash is followed.
    pub(super) books: Option<(Vec<Prices>, Halls)>,
}

impl Valuation {
    /// What becomes of every parcel, and what the company's books need.
    pub fn course(
        &self,
        build: Build,
        market: &Tile,
        ledgers: &Ledgers,
        scalars: &PathScalars,
    ) -> Course {
        let books = self.treasury.as_ref();
        Course {
            parcels: self.fates(market, ledgers, scalars),
            books: books.map(|t| (t.prices(build, market), t.halls(scalars))),
        }
    }

    /// What becomes of every parcel.
    fn fates(&self, market: &Tile, ledgers: &Ledgers, scalars: &PathScalars) -> Vec<Fates> {
        let halls = scalars.cut_over_steps.len();
        let mut lives: Vec<Option<(GpuLife, Rental)>> = vec![None; halls];
        let of_parcel = |parcel: &Parcel| {
            let (hall, gpus, stop) = match parcel.hall {
                // It has been in use since the as-of date.
                None => ([0; LANES], [0; LANES], [0; LANES]),
                // No share reaches it, and it is not drawn.
                Some(hall) if hall >= halls => return self.in_use_from(market, parcel, 0),
                Some(hall) => (
                    scalars.cut_over_steps[hall],
                    scalars.gpu_steps[hall],
                    scalars.stop_steps[hall],
                ),
            };
            let mut fates = self.in_use(market, parcel, hall, gpus, stop);
            if let Some(credit) = &self.credit {
                let risk = (&ledgers.hazard, &scalars.tenant_thresholds[..]);
                let made = (&self.grid, market);
                fates.tenant = Some(credit.fate(made, self.open_lease(), parcel, risk, &hall));
            }
            if self.colocation_share < 1.0 {
                let life = || self.life(market, &gpus);
                fates.life = match parcel.hall {
                    None => life(),
                    Some(hall) => {
                        if lives[hall].is_none() {
                            lives[hall] = life();
                        }
                        lives[hall].clone()
                    }
                };
            }
            fates
        };
        self.plan.parcels.iter().map(of_parcel).collect()
    }

    /// What becomes of GPUs that come on these steps, and what their shell is let for after them.
    fn life(&self, market: &Tile, gpus: &[u32; LANES]) -> Option<(GpuLife, Rental)> {
        let open = self.open_lease();
        let life = self.gpus.life(&self.grid, market, open, gpus)?;
        let shell = open.rental_at_market(&self.grid, market, &life.end);
        Some((life, shell))
    }

    /// A parcel whose hall, GPUs and end of mining are known, with a tenant who stays and GPUs that last.
    fn in_use(
        &self,
        market: &Tile,
        parcel: &Parcel,
        hall: [u32; LANES],
        gpus: [u32; LANES],
        stop: [u32; LANES],
    ) -> Fates {
        let rental = self.leases[parcel.lease].rental(&self.grid, market, &hall);
        Fates { hall, gpus, stop, rental, life: None, tenant: None }
    }

    /// All of a parcel in use at the beginning of a step, for good.
    fn in_use_from(&self, market: &Tile, parcel: &Parcel, step: usize) -> Fates {
        let step = [step as u32; LANES];
        self.in_use(market, parcel, step, step, step)
    }

    /// Money of one gross MW of a parcel over a window of steps if its hall and GPUs were there all the
    /// while and its tenant stayed.
    pub(super) fn per_mw_in_use(
        &self,
        market: &Tile,
        ledgers: &Ledgers,
        parcel: &Parcel,
        window: &Range<usize>,
    ) -> Money {
        let fates = self.in_use_from(market, parcel, window.start);
        let mut money = Money::ZERO;
        self.per_mw(market, ledgers, (parcel, &fates), window, &mut money);
        money
    }

    /// Writes the money of one gross MW of a parcel over a window of steps.
    pub(super) fn per_mw(
        &self,
        market: &Tile,
        ledgers: &Ledgers,
        (parcel, fates): (&Parcel, &Fates),
        window: &Range<usize>,
        money: &mut Money,
    ) {
        Megawatt { valuation: self, market, ledgers, parcel, fates, window }.value(money);
    }

    /// Money of the diverted megawatts of one share over a window.
    pub fn diverted_money(
        &self,
        build: Build,
        market: &Tile,
        ledgers: &Ledgers,
        scalars: &PathScalars,
        planned: &PlannedShare,
        window: &Range<usize>,
    ) -> Money {
        let [mut money, mut per_mw] = [(); 2].map(|()| Money::ZERO);
        let fates = self.fates(market, ledgers, scalars);
        for (index, parcel) in self.plan.parcels.iter().zip(&fates).enumerate() {
            let mw = match index.cmp(&planned.whole_parcels) {
                std::cmp::Ordering::Less => parcel.0.gross_mw,
                std::cmp::Ordering::Equal => planned.part_mw,
                std::cmp::Ordering::Greater => break,
            };
            if mw > 0.0 {
                self.per_mw(market, ledgers, parcel, window, &mut per_mw);
                add_money(build, mw, &per_mw, &mut money);
            }
        }
        money
    }
}
