//! Station 5: what a megawatt earns and costs, and what a share of the fleet makes of it.
//!
//! In: a simulated tile, the scalars of its paths, the plan. Out: money of the target year per
//! share and path, or of any of its days for an explanation. Not here: any draw of chance.
//!
//! Revenue, power and operating cost of one gross megawatt are summed day by day into a *ledger*,
//! once per tile and whatever the share. Everything after is a difference of two ledger rows times
//! megawatts: a hall that is cut over on day 171 gives up exactly the mining of the days after.

pub mod appraisal;
pub mod bare_metal;
pub mod bridge;
pub mod capital;
pub mod claim;
pub mod colocation;
pub mod credit;
pub mod gpu_cloud;
pub mod gpus;
pub mod line;
pub mod metric;
pub mod mining;
pub mod plan;
pub mod rests_on;
pub mod sector;
pub mod treasury;
pub mod valuation;

use crate::tile::{LANES, Row};
use crate::time::TimeGrid;
use std::ops::Range;

/// What one gross megawatt that mines earned and costs over the steps asked for, USD, by lane.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Revenue.
    pub revenue_usd: Row,
    /// Cost of power.
    pub power_cost_usd: Row,
    /// Income from power sold at the hub, less what it was bought for.
    pub curtailment_income_usd: Row,
}

impl Statement {
    /// No money.
    pub const ZERO: Self = Self {
        revenue_usd: [0.0; LANES],
        power_cost_usd: [0.0; LANES],
        curtailment_income_usd: [0.0; LANES],
    };
}

/// The steps of the grid over which megawatts are energised in one use, by lane.
#[derive(Debug, Clone, Copy)]
pub struct Energised {
    /// The first step of the use, which fixes a lease's rent; may lie before `from`.
    pub since: [u32; LANES],
    /// First step counted.
    pub from: [u32; LANES],
    /// The step after the last one counted; not before `from`.
    pub to: [u32; LANES],
}

/// Days from the beginning of one step to that of another, by lane; none where the other is not later.
fn days_between(grid: &TimeGrid, from: &[u32; LANES], to: &[u32; LANES]) -> Row {
    std::array::from_fn(|i| {
        let day = |step: u32| grid.first_day(step as usize);
        f64::from(day(to[i]).saturating_sub(day(from[i])))
    })
}

/// Cumulative money of one gross megawatt of one use: row `k` sums the first `k` steps that it holds.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// The first step that it holds.
    first: u32,
    /// Cumulative revenue, USD.
    revenue_usd: Vec<Row>,
    /// Days on which it ran, in mining: power costs the same on each of them.
    running_days: Vec<[u16; LANES]>,
    /// Cumulative income of curtailment, USD; without rows where the use never curtails.
    curtailment_income_usd: Vec<Row>,
    /// Cumulative cost of mining's power and of new machines by month after the target year, USD.
    months_power_usd: Vec<Row>,
    machines_usd: Vec<Row>,
}

impl Ledger {
    /// Makes room for some steps.
    fn reset(&mut self, steps: &Range<usize>) {
        self.first = steps.start as u32;
        self.revenue_usd.resize(steps.len() + 1, [0.0; LANES]);
        self.revenue_usd[0] = [0.0; LANES];
    }
    /// What stands in the ledger when a step begins, per lane.
    fn at<T: Copy>(&self, rows: &[[T; LANES]], steps: &[u32; LANES]) -> [T; LANES] {
        std::array::from_fn(|i| rows[(steps[i] - self.first) as usize][i])
    }
    /// Writes what the steps of a window add up to before the step at which each lane switches, and after.
    fn part(
        &self,
        rows: &[Row],
        window: &Range<usize>,
        switch: &[u32; LANES],
        [before, after]: [&mut Row; 2],
    ) {
        let row = |step: usize| &rows[step - self.first as usize];
        let (start, end) = (row(window.start), row(window.end));
        for i in 0..LANES {
            let middle = rows[(switch[i] - self.first) as usize][i];
            before[i] = middle - start[i];
            after[i] = end[i] - middle;
        }
    }
    /// What the steps `from..to` add up to, per lane.
    fn between(&self, rows: &[Row], energised: &Energised) -> Row {
        let (to, from) = (self.at(rows, &energised.to), self.at(rows, &energised.from));
        std::array::from_fn(|i| to[i] - from[i])
    }
}
