//! The values that paths start from, beside the last values of the histories.
//!
//! In: a study. Out: pairs of a start and what its history ends with; a start of another size is
//! refused, as it is in another unit or of another day. Not here: fits.

use super::reader::Reader;
use super::schema;
use super::series::Series;
use super::study::Study;
use crate::error::Problem;
use jiff::civil::{Date, date};

/// Factor from which on a start and its history cannot mean the same.
const FACTOR_MAX: f64 = 5.0;
/// Days before the as-of date from which on a history says nothing of the start.
const AGE_DAYS_MAX: i32 = 62;
/// Blocks a day that consensus aims at, and how far the past has been from it.
const BLOCKS_PER_DAY: f64 = 144.0;
const BLOCKS_DEVIATION_MAX: f64 = 0.15;
/// The day of block 0.
const GENESIS: Date = date(2009, 1, 3);

/// A value that paths start from, and the last one of its history.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// Dotted key of the study: `btc_price.start_usd_per_btc`.
    pub key: &'static str,
    /// Its value in the study.
    pub value: f64,
    /// The last value of the history.
    pub last: f64,
    /// The day of that value.
    pub day: Date,
    /// Key of the history in `[data]`.
    pub history: String,
}

impl Study {
    /// The starts whose history ends within two months of the as-of date.
    pub fn starts(&self) -> Vec<Start> {
        let h = &self.histories;
        let pairs: [(&'static str, f64, &Option<Series>); 3] = [
            ("btc_price.start_usd_per_btc", self.btc_price.start_usd_per_btc, &h.btc_price),
            ("network.start_difficulty", self.network.start_difficulty, &h.difficulty),
            (
                "ai_market.gpu_rate_start_usd_per_gpu_hour",
                self.ai_market.gpu_rate_start_usd_per_gpu_hour,
                &h.gpu_index,
            ),
        ];
        let start = |(key, value, series): (&'static str, f64, &Option<Series>)| {
            let series = series.as_ref()?;
            let (day, last) = (*series.days.last()?, *series.values.last()?);
            let history = series.account.quantity.clone();
            let is_near = (self.as_of - day).get_days() <= AGE_DAYS_MAX;
            is_near.then_some(Start { key, value, last, day, history })
        };
        pairs.into_iter().filter_map(start).collect()
    }
    /// Notes starts that do not fit their histories, and a height that does not fit its date.
    pub(crate) fn check_starts(&self, reader: &mut Reader<'_>) {
        for start in self.starts() {
            let ratio = start.value / start.last;
            if (1.0 / FACTOR_MAX..=FACTOR_MAX).contains(&ratio) {
                continue;
            }
            let key = schema::keys().into_iter().find(|key| key.dotted() == start.key);
            let key = key.expect("a start is a key of the study");
            let found = reader.entry(key).map(|entry| entry.text.clone());
            let mut problem = Problem::new(format!("{} is not where its history ends", key.name))
                .at(reader.place(key))
                .expected(format!(
                    "a value near {}, the last of data.{} ({})",
                    start.last, start.history, start.day
                ))
                .help("check its unit; to start far away, leave the history out: name \"\"");
            problem.found = found;
            reader.problems.push(problem);
        }
        let network = &self.network;
        let days = f64::from((network.epoch_start_date - GENESIS).get_days());
        let usual = days * BLOCKS_PER_DAY;
        let deviation = f64::from(network.epoch_start_height) / usual - 1.0;
        if deviation.abs() > BLOCKS_DEVIATION_MAX {
            let keys = schema::keys();
            let key = keys.into_iter().find(|key| key.dotted() == "network.epoch_start_height");
            reader.refuse(
                key.expect("the height is a key of the study"),
                "epoch_start_height does not fit epoch_start_date",
                format!(
                    "a height near {usual:.0}: 144 blocks a day since {GENESIS}, within {:.0} %",
                    100.0 * BLOCKS_DEVIATION_MAX
                ),
            );
        }
    }
}
