//! A bundle of paths in cache: the factors, the lanes, the rows.
//!
//! Not here: any meaning. A tile is numbers by factor, step and lane.

pub mod kernel;
pub mod math;
pub mod normal;

pub use kernel::Build;

/// Paths in a tile.
pub const LANES: usize = 64;
/// Consecutive paths that share drawn parameters and a replication; a constant apart from `LANES`.
pub const PATHS_PER_GROUP: u64 = 64;
/// Disjoint parts of the paths that tell the error of a number.
pub const REPLICATIONS: usize = 32;
/// Fewest paths of which an error can be told: one group a replication.
pub const PATHS_MIN: u64 = REPLICATIONS as u64 * PATHS_PER_GROUP;

/// One number per lane.
pub type Row = [f64; LANES];

/// The uncertain quantities, in order of causation; each may depend on those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(usize)]
pub enum Factor {
    /// BTC price, USD per BTC.
    BtcPrice,
    /// Transaction fees, BTC per block.
    Fees,
    /// Running hashrate of the network, EH/s.
    Hashrate,
    /// Difficulty in force at the end of the day.
    Difficulty,
    /// Expected BTC per PH/s and day at full pay per share, before the pool's fee.
    Hashprice,
    /// What the pool pays over full pay per share, 1 where it pays in full.
    PoolPay,
    /// Tightness of the AI compute market, ln(demand / capacity).
    AiDemand,
    /// GPU-hour rate, USD per GPU-hour.
    GpuRate,
    /// Utilisation of GPUs on offer, 0 to 1.
    Utilisation,
    /// Year-1 rent of new colocation leases, USD per critical-IT MW and year.
    Rent,
    /// Power price at the hub, mean of the day, USD per MWh; not written where nothing reads it.
    PowerPrice,
}

impl Factor {
    /// Every factor, in order.
    pub const ALL: [Self; 11] = [
        Self::BtcPrice,
        Self::Fees,
        Self::Hashrate,
        Self::Difficulty,
        Self::Hashprice,
        Self::PoolPay,
        Self::AiDemand,
        Self::GpuRate,
        Self::Utilisation,
        Self::Rent,
        Self::PowerPrice,
    ];
    /// The factors that a normal score drives, in order: the rows of a correlation matrix.
    pub const SCORED: [Self; 7] = [
        Self::BtcPrice,
        Self::Fees,
        Self::Hashrate,
        Self::AiDemand,
        Self::GpuRate,
        Self::Rent,
        Self::PowerPrice,
    ];
    /// Its name in files, lower snake case without unit.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BtcPrice => "btc_price",
            Self::Fees => "fees",
            Self::Hashrate => "hashrate",
            Self::Difficulty => "difficulty",
            Self::Hashprice => "hashprice",
            Self::PoolPay => "pool_pay",
            Self::AiDemand => "ai_demand",
            Self::GpuRate => "gpu_rate",
            Self::Utilisation => "utilisation",
            Self::Rent => "rent",
            Self::PowerPrice => "power_price",
        }
    }
    /// Its unit in outputs.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::BtcPrice => "USD/BTC",
            Self::Fees => "BTC/block",
            Self::Hashrate => "EH/s",
            Self::Hashprice => "BTC/PH/day",
            Self::Difficulty | Self::PoolPay | Self::AiDemand | Self::Utilisation => "1",
            Self::GpuRate => "USD/GPU-hour",
            Self::Rent => "USD/critical-IT MW/year",
            Self::PowerPrice => "USD/MWh",
        }
    }
    /// Its name with its unit, as a column of a wide table.
    pub const fn column(self) -> &'static str {
        match self {
            Self::BtcPrice => "btc_price_usd_per_btc",
            Self::Fees => "fees_btc_per_block",
            Self::Hashrate => "hashrate_eh_s",
            Self::Hashprice => "hashprice_btc_per_ph_day",
            Self::GpuRate => "gpu_rate_usd_per_gpu_hour",
            Self::Rent => "rent_usd_per_critical_it_mw_year",
            Self::PowerPrice => "power_price_usd_per_mwh",
            Self::Difficulty | Self::PoolPay | Self::AiDemand | Self::Utilisation => self.name(),
        }
    }
    /// Its position in `SCORED`.
    ///
    /// # Panics
    /// If no score drives it.
    pub fn score(self) -> usize {
        Self::SCORED.iter().position(|f| *f == self).expect("the caller names a scored factor")
    }
}

/// The simulated factors of a bundle of paths: `[factor][step][lane]`, flat.
#[derive(Debug, Clone)]
pub struct Tile {
    steps: usize,
    rows: Vec<Row>,
}

impl Tile {
    /// Room for `steps` steps of every factor.
    pub fn new(steps: usize) -> Self {
        Self { steps, rows: vec![[0.0; LANES]; Factor::ALL.len() * steps] }
    }
    /// The rows of one factor, one per step.
    pub fn rows(&self, factor: Factor) -> &[Row] {
        let start = factor as usize * self.steps;
        &self.rows[start..start + self.steps]
    }
    /// The factors before `first`, to read, and the rows of `first` and the next `N - 1`, to write.
    pub fn split<const N: usize>(&mut self, first: Factor) -> (Earlier<'_>, [&mut [Row]; N]) {
        let (before, after) = self.rows.split_at_mut(first as usize * self.steps);
        let mut outputs = after.chunks_mut(self.steps);
        let rows = std::array::from_fn(|_| {
            outputs.next().expect("a process writes factors that exist: fixed at compile time")
        });
        (Earlier { steps: self.steps, rows: before }, rows)
    }
}

/// The factors that come before the one being written.
#[derive(Debug, Clone, Copy)]
pub struct Earlier<'a> {
    steps: usize,
    rows: &'a [Row],
}

impl<'a> Earlier<'a> {
    /// The rows of one earlier factor.
    pub fn rows(&self, factor: Factor) -> &'a [Row] {
        let start = factor as usize * self.steps;
        &self.rows[start..start + self.steps]
    }
}
