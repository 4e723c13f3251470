//! The quantities that a series can hold: the names that vendors give them, units, ranges.
//!
//! In: nothing. Out: one declaration per quantity, and what the name of a column says. Not here:
//! reading.

use crate::input::range::{Range, above, within};

/// A unit that a vendor may use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Unit {
    /// As the study writes it.
    pub(crate) name: &'static str,
    /// As it ends the names of columns, in lower case without marks.
    endings: &'static [&'static str],
    /// Value in the quantity's own unit.
    pub(crate) factor: f64,
}

const fn unit(name: &'static str, endings: &'static [&'static str], factor: f64) -> Unit {
    Unit { name, endings, factor }
}

/// How the unit of a quantity is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Against the hashrate that difficulty implies: within 40 %.
    Difficulty,
    /// Against the known difficulty: within 10 %.
    Consensus,
    /// Against known month-end closes in USD: within 3 %.
    Closes,
    /// Nothing is known to hold it against.
    None,
}

/// What a series can be a series of.
#[derive(Debug)]
pub(crate) struct Quantity {
    /// Its key in `[data]`.
    pub(crate) key: &'static str,
    /// For people.
    pub(crate) noun: &'static str,
    /// Own unit, the first of the units.
    pub(crate) units: &'static [Unit],
    /// Names of columns, best first, in lower case without marks and without a unit.
    names: &'static [&'static str],
    /// In its own unit.
    pub(crate) range: Range,
    /// Whether 0 is a value; else a row of 0 holds none, and is set aside.
    pub(crate) may_be_zero: bool,
    /// Whether its files are scraped tables of several products, in which cells may have slipped
    /// into the columns beside.
    pub(crate) is_scraped: bool,
    pub(crate) proof: Proof,
}

/// A stated currency that no series can be converted from.
pub(crate) const FOREIGN: [(&str, &[&str]); 7] = [
    ("EUR", &["eur", "euro"]),
    ("GBP", &["gbp"]),
    ("JPY", &["jpy"]),
    ("CHF", &["chf"]),
    ("CAD", &["cad"]),
    ("AUD", &["aud"]),
    ("CNY", &["cny"]),
];

/// Every quantity, each named by a key of `[data]`.
pub(crate) const QUANTITIES: [Quantity; 7] = [
    Quantity {
        key: "btc_price",
        noun: "BTC price",
        units: &[
            unit("USD", &["usdperbtc", "usdbtc", "usd", "usdt"], 1.0),
            unit("thousand USD", &["kusd", "thousandusd"], 1e3),
            unit("US cents", &["uscents", "cents"], 1e-2),
        ],
        names: &[
            "close",
            "closelast",
            "adjclose",
            "price",
            "btcprice",
            "marketprice",
            "btcusddenominatedclosingprice",
            "closingprice",
            "last",
            "btcusd",
            "btc",
            "",
        ],
        range: above(0.0, 1e9, "USD per BTC"),
        may_be_zero: false,
        is_scraped: false,
        proof: Proof::Closes,
    },
    Quantity {
        key: "hashrate",
        noun: "hashrate",
        units: &[
            unit("EH/s", &["ehpers", "ehs", "eh"], 1.0),
            unit("ZH/s", &["zhpers", "zhs"], 1e3),
            unit("PH/s", &["phpers", "phs"], 1e-3),
            unit("TH/s", &["thpers", "ths"], 1e-6),
            unit("GH/s", &["ghpers", "ghs"], 1e-9),
            unit("MH/s", &["mhpers", "mhs"], 1e-12),
            unit("H/s", &["hashpers", "hps", "hs"], 1e-18),
        ],
        names: &["hashrate", "meanhashrate", "avghashrate", "averagehashrate", "hashratev"],
        range: above(0.0, 1e7, "EH/s"),
        may_be_zero: false,
        is_scraped: false,
        proof: Proof::Difficulty,
    },
    Quantity {
        key: "difficulty",
        noun: "difficulty",
        units: &[
            unit("1", &[], 1.0),
            unit("T", &["t", "trillion"], 1e12),
            unit("G", &["g", "billion"], 1e9),
        ],
        names: &[
            "difficulty",
            "diffmean",
            "meandifficulty",
            "difficultymean",
            "networkdifficulty",
            "difficultyv",
        ],
        range: within(1.0, 1e25, "difficulty"),
        may_be_zero: false,
        is_scraped: false,
        proof: Proof::Consensus,
    },
    Quantity {
        key: "fees",
        noun: "transaction fees",
        units: &[
            unit("BTC/day", &["btcperday", "btc", "ntv"], 1.0),
            unit("satoshi/day", &["satperday", "sat"], 1e-8),
            unit("satoshi/block", &["satperblock"], 144e-8),
            unit("BTC/block", &["btcperblock"], 144.0),
        ],
        names: &[
            "meanfees",
            "feetot",
            "transactionfees",
            "totaltransactionfees",
            "fees",
            "avgfees",
            "totalfees",
        ],
        range: within(0.0, 1e5, "BTC a day"),
        may_be_zero: true,
        is_scraped: false,
        proof: Proof::None,
    },
    Quantity {
        key: "gpu_index",
        noun: "GPU-hour rate",
        units: &[
            unit("USD/GPU-hour", &["usdpergpuhour", "usdperhour"], 1.0),
            unit("US cents/GPU-hour", &["centspergpuhour"], 1e-2),
        ],
        names: &["gpurate", "rate", "price", "h100", "mid", ""],
        range: above(0.0, 1e4, "USD per GPU-hour"),
        may_be_zero: false,
        is_scraped: true,
        proof: Proof::None,
    },
    Quantity {
        key: "power_price",
        noun: "power price",
        units: &[
            unit("USD/MWh", &["usdpermwh", "usdmwh"], 1.0),
            unit("US cents/kWh", &["centsperkwh"], 10.0),
            unit("USD/kWh", &["usdperkwh", "usdkwh"], 1e3),
        ],
        names: &[
            "close",
            "price",
            "powerprice",
            "settlementprice",
            "settlementpointprice",
            "lmp",
            "",
        ],
        range: within(-1e5, 1e5, "USD per MWh"),
        may_be_zero: true,
        is_scraped: false,
        proof: Proof::None,
    },
    Quantity {
        key: "stock_price",
        noun: "stock price",
        units: &[unit("USD", &["usd"], 1.0)],
        names: &["close", "closelast", "adjclose", "price", "last", ""],
        range: above(0.0, 1e9, "USD per share of stock"),
        may_be_zero: false,
        is_scraped: false,
        proof: Proof::None,
    },
];

/// What the name of a column says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Named {
    /// Position among the quantity's names, the best first.
    pub(crate) rank: usize,
    /// The unit that the name ends in.
    pub(crate) unit: Option<Unit>,
    /// A currency that is not USD.
    pub(crate) foreign: Option<&'static str>,
}

impl Quantity {
    /// Whether it is counted in USD.
    pub(crate) fn is_money(&self) -> bool {
        self.units[0].name.starts_with("USD")
    }
    /// The quantity of a key of `[data]`.
    #[cfg(test)]
    pub(crate) fn of_key(key: &str) -> Option<&'static Self> {
        QUANTITIES.iter().find(|quantity| quantity.key == key)
    }
    /// The unit that a study names.
    pub(crate) fn unit(&self, name: &str) -> Option<Unit> {
        let wanted = plain(name);
        self.units
            .iter()
            .find(|unit| plain(unit.name) == wanted || unit.endings.contains(&wanted.as_str()))
            .copied()
    }
    /// Names of its units, for people.
    pub(crate) fn unit_names(&self) -> String {
        let names: Vec<String> = self.units.iter().map(|u| format!("\"{}\"", u.name)).collect();
        names.join(" or ")
    }
    /// What names of columns end in, with the unit that it means.
    pub(crate) fn endings(&self) -> impl Iterator<Item = (&'static str, Unit)> {
        self.units.iter().flat_map(|unit| unit.endings.iter().map(|ending| (*ending, *unit)))
    }
    /// What the name of a column says of this quantity; `None` if it names something else.
    pub(crate) fn named(&self, column: &str) -> Option<Named> {
        let name = plain(column);
        if name.is_empty() {
            return None;
        }
        let rank = |base: &str| self.names.iter().position(|known| *known == base);
        if let Some(rank) = rank(&name) {
            return Some(Named { rank, unit: None, foreign: None });
        }
        if let (false, Some(rank)) = (self.is_money(), name.strip_suffix("usd").and_then(rank)) {
            return Some(Named { rank, unit: None, foreign: Some("USD") });
        }
        let foreign = FOREIGN.iter().flat_map(|(code, ends)| ends.iter().map(|end| (*end, *code)));
        for (end, code) in foreign {
            // `close_eur`, `price_eur_per_mwh`.
            let bases = [name.strip_suffix(end), name.split_once(end).map(|(base, _)| base)];
            if let Some(rank) = bases.into_iter().flatten().find_map(rank) {
                return Some(Named { rank, unit: None, foreign: Some(code) });
            }
        }
        let mut endings: Vec<(&str, Unit)> = self.endings().collect();
        // `ths` before `hs`.
        endings.sort_by_key(|(end, _)| std::cmp::Reverse(end.len()));
        endings.into_iter().find_map(|(end, unit)| {
            let rank = name.strip_suffix(end).and_then(rank)?;
            Some(Named { rank, unit: Some(unit), foreign: None })
        })
    }
}

/// The currency that a cell of codes names, if it is not USD.
pub(crate) fn foreign_code(cell: &str) -> Option<&'static str> {
    FOREIGN.iter().map(|(code, _)| *code).find(|code| *code == cell.trim())
}

/// The currency other than USD that a text ends in: `EUR`, `Price (EUR)`.
pub(crate) fn foreign_at_the_end(text: &str) -> Option<&'static str> {
    let text = plain(text);
    let ends = |names: &[&str]| names.iter().any(|name| text.ends_with(name));
    FOREIGN.iter().find(|(_, names)| ends(names)).map(|(code, _)| *code)
}

/// Another quantity that a column is named after.
pub(crate) fn named_elsewhere(own: &Quantity, column: &str) -> Option<&'static str> {
    let mut others = QUANTITIES.iter().filter(|quantity| quantity.key != own.key);
    others.find(|quantity| quantity.named(column).is_some()).map(|quantity| quantity.noun)
}

/// A name in lower case without blanks and marks; `$` and `€` in words.
pub(crate) fn plain(name: &str) -> String {
    let words = name.to_lowercase().replace('$', "usd").replace('€', "eur");
    words.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(key: &str, column: &str) -> Option<(usize, Option<&'static str>)> {
        let named = Quantity::of_key(key).unwrap().named(column)?;
        Some((named.rank, named.unit.map(|unit| unit.name)))
    }

    #[test]
    fn the_names_of_vendors_are_known_with_their_units() {
        assert_eq!(said("btc_price", "Close"), Some((0, None)));
        assert_eq!(said("btc_price", "close_usd_per_btc"), Some((0, Some("USD"))));
        assert_eq!(said("btc_price", "PriceUSD"), Some((3, Some("USD"))));
        assert_eq!(said("btc_price", "market-price"), Some((5, None)));
        assert_eq!(said("btc_price", "USD"), Some((11, Some("USD"))));
        assert_eq!(said("btc_price", "Volume USD"), None);
        assert_eq!(said("btc_price", "PriceBTC"), None);
        assert_eq!(said("hashrate", "Hash Rate (TH/s)"), Some((0, Some("TH/s"))));
        assert_eq!(said("hashrate", "hashrate_ehs"), Some((0, Some("EH/s"))));
        assert_eq!(said("hashrate", "mean_hashrate_eh_per_s"), Some((1, Some("EH/s"))));
        assert_eq!(said("hashrate", "avgHashrate"), Some((2, None)));
        assert_eq!(said("hashrate", "HashRate30d"), None);
        assert_eq!(said("fees", "FeeTotNtv"), Some((1, Some("BTC/day"))));
        let dollars = Quantity::of_key("fees").unwrap().named("transaction-fees-usd").unwrap();
        assert_eq!(dollars.foreign, Some("USD"));
        assert_eq!(said("difficulty", "DiffMean"), Some((1, None)));
        let euro = Quantity::of_key("btc_price").unwrap().named("close (EUR)").unwrap();
        assert_eq!(euro.foreign, Some("EUR"));
    }

    #[test]
    fn a_column_of_another_quantity_is_known_as_such() {
        let price = Quantity::of_key("btc_price").unwrap();
        assert_eq!(named_elsewhere(price, "hash-rate"), Some("hashrate"));
        assert_eq!(named_elsewhere(price, "y"), None);
    }

    #[test]
    fn a_study_names_a_unit_in_its_own_way() {
        let hashrate = Quantity::of_key("hashrate").unwrap();
        for name in ["TH/s", "th/s", "ths", "TH per s"] {
            assert_eq!(hashrate.unit(name).unwrap().name, "TH/s", "{name}");
        }
        assert_eq!(hashrate.unit("TH"), None);
    }
}
