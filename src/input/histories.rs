//! The data of a study: series of vendors, records of our own columns, quotes of the market.
//!
//! In: the files that `[data]` names. Out: what calibration, `check` and some laws see. Not here: how a file is
//! read.

use super::key::{Key, Kind};
use super::quotes::{self, ForwardQuote, VolatilityQuote};
use super::reader::{Reader, Span};
use super::records::{self, CapacityQuarter, GpuRateQuote, HostingDeal};
use super::series::{QUANTITIES, Series};
use super::table::{Column, Table};
use crate::error::Problem;
use jiff::civil::Date;

/// The histories of a study; each may be left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Histories {
    /// BTC price, USD per BTC.
    pub btc_price: Option<Series>,
    /// Network hashrate, EH/s.
    pub hashrate: Option<Series>,
    /// Difficulty.
    pub difficulty: Option<Series>,
    /// Transaction fees, BTC a day.
    pub fees: Option<Series>,
    /// A published index of the GPU-hour rate, USD per GPU-hour.
    pub gpu_index: Option<Series>,
    /// Power price, USD per MWh.
    pub power_price: Option<Series>,
    /// Price of the miner's stock, USD per share.
    pub stock_price: Option<Series>,
    /// GPU-hour prices, by quarter and basis.
    pub gpu_rate: Option<Vec<GpuRateQuote>>,
    /// AI capacity bought, by fiscal quarter.
    pub ai_capacity: Option<Vec<CapacityQuarter>>,
    /// Hosting deals, by date.
    pub rent: Option<Vec<HostingDeal>>,
    /// BTC's forward curve, by expiry.
    pub btc_forward: Option<Vec<ForwardQuote>>,
    /// BTC's implied volatility, by expiry.
    pub btc_implied_volatility: Option<Vec<VolatilityQuote>>,
}

const fn series(index: usize, meaning: &'static str, typical: &'static str) -> Key {
    let quantity = &QUANTITIES[index];
    Key { table: "data", name: quantity.key, kind: Kind::Series(quantity), meaning, typical }
}

/// The series of `[data]`, in the order of `QUANTITIES`.
pub(crate) const SERIES: [Key; QUANTITIES.len()] = [
    series(0, "BTC price; its fit takes month-end closes.", "\"btc_month_end.csv\""),
    series(1, "Hashrate of the network.", "\"network_month.csv\""),
    series(
        2,
        "Difficulty, a value a day or one for each epoch; the network's fit takes epochs.",
        "\"difficulty_epochs.csv\"",
    ),
    series(3, "Transaction fees; their fit takes means of months.", "\"network_month.csv\""),
    series(
        4,
        "An index of the GPU-hour rate, a basis of its own in the fit.",
        "{ file = \"index.csv\", value_column = \"H100\", unit = \"USD/GPU-hour\" }",
    ),
    series(
        5,
        "Power price at the hub, a value a day; its fit takes days.",
        "{ file = \"hub.csv\", unit = \"USD/MWh\" }",
    ),
    series(
        6,
        "Price of the miner's stock; checked, not yet fitted.",
        "{ file = \"stock.csv\", unit = \"USD\" }",
    ),
];

const fn records(name: &'static str, meaning: &'static str, typical: &'static str) -> Key {
    Key { table: "data", name, kind: Kind::File, meaning, typical }
}

/// The records of `[data]`, each with the columns of its file.
pub(crate) const RECORDS: [(Key, &[Column]); 5] = [
    (
        records("gpu_rate", "GPU-hour prices by quarter and basis.", "\"h100_rental_price.csv\""),
        records::GPU_RATE,
    ),
    (
        records(
            "ai_capacity",
            "AI capacity bought, by fiscal quarter.",
            "\"nvidia_datacenter_revenue.csv\"",
        ),
        records::AI_CAPACITY,
    ),
    (records("rent", "Hosting deals.", "\"hosting_price_list.csv\""), records::RENT),
    (
        records(
            "btc_forward",
            "[Forward curve](#forward-curve-of-btc) of BTC.",
            "\"btc_forward.csv\"",
        ),
        quotes::BTC_FORWARD,
    ),
    (
        records(
            "btc_implied_volatility",
            "[Implied volatility](#implied-volatility-of-btc) of BTC.",
            "\"btc_implied_volatility.csv\"",
        ),
        quotes::BTC_IMPLIED_VOLATILITY,
    ),
];

impl Histories {
    /// Reads the histories that the study names.
    pub(crate) fn read(reader: &mut Reader<'_>, as_of: Date) -> Self {
        let [btc_price, hashrate, difficulty, fees, gpu_index, power_price, stock_price] =
            SERIES.each_ref().map(|key| reader.series(key, as_of));
        Self {
            btc_price,
            hashrate,
            difficulty,
            fees,
            gpu_index,
            power_price,
            stock_price,
            gpu_rate: records_of(reader, 0, as_of, records::read_gpu_rate),
            ai_capacity: records_of(reader, 1, as_of, records::read_ai_capacity),
            rent: records_of(reader, 2, as_of, records::read_rent),
            btc_forward: records_of(reader, 3, as_of, quotes::read_btc_forward),
            btc_implied_volatility: records_of(
                reader,
                4,
                as_of,
                quotes::read_btc_implied_volatility,
            ),
        }
    }
    /// The series that are there, in the order of the keys of `[data]`.
    pub fn series(&self) -> impl Iterator<Item = &Series> {
        let all = [
            &self.btc_price,
            &self.hashrate,
            &self.difficulty,
            &self.fees,
            &self.gpu_index,
            &self.power_price,
            &self.stock_price,
        ];
        all.into_iter().flatten()
    }
}

fn records_of<T>(
    reader: &mut Reader<'_>,
    index: usize,
    as_of: Date,
    read: fn(&Table<'_>, Date, &mut Vec<Problem>) -> Span<T>,
) -> Option<T> {
    let (key, columns) = &RECORDS[index];
    reader.entry(key)?;
    reader.file(key, columns, |table, problems| read(table, as_of, problems))
}
