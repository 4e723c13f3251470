//! A published claim, with the assumptions under which it is an identity.
//!
//! In: the closures file and the name of one closure. Out: the claim, money in USD. Not here: the
//! arithmetic that reproduces it.

use super::key::{Key, Kind, Value};
use super::range::{above, share, within};
use super::reader::{Reader, Span};
use super::table::{Column, Table, filled};
use crate::error::{Problem, did_you_mean};

/// A published claim, with the closure that reproduces it.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Rows of the closures file.
    pub closures: Vec<Closure>,
    /// The closure that the deterministic table is made of; one of `closures`.
    pub closure: String,
}

/// One set of assumptions under which a published claim is an identity.
#[derive(Debug, Clone, PartialEq)]
pub struct Closure {
    /// Its name.
    pub name: String,
    /// What the claimed figure is read as.
    pub reading: String,
    /// Price of a unit of energy delivered to the load, USD per kWh.
    pub price_usd_per_kwh: f64,
    /// Hours in the claim's year.
    pub hours_per_year: f64,
    /// Part of the hours that is paid, or 1 / PUE: the claim does not say which.
    pub availability: f64,
    /// Profit over revenue.
    pub margin: f64,
    /// Part of full revenue in years 1, 2 and 3 onward.
    pub ramp: [f64; 3],
    /// Share of power diverted.
    pub share: f64,
    /// Years that the claim spans.
    pub years: u32,
    /// Discount rate, a fraction per year.
    pub discount_rate_per_year: f64,
    /// Retrofit without GPUs, USD per MW.
    pub retrofit_usd_per_mw: f64,
    /// GPUs that one gross MW powers, cooling included; for the implied price of a GPU-hour.
    pub gpus_per_gross_mw: f64,
    /// Part of the GPU-hours that is sold; for the implied price of a GPU-hour.
    pub gpu_utilisation: f64,
    /// Average over the years, USD a year: the target the MW are derived from.
    pub average_usd_per_year: f64,
    /// Net present value, USD: the target the GPU capex is derived from.
    pub net_present_value_usd: f64,
}

/// The keys of `[claim]`.
pub(crate) const KEYS: &[Key] = &[
    Key {
        table: "claim",
        name: "closures",
        kind: Kind::File,
        meaning: "Sets of assumptions under which the claim is an identity.",
        typical: "\"vaneck_closures.csv\"",
    },
    Key {
        table: "claim",
        name: "closure",
        kind: Kind::Text,
        meaning: "The one that the deterministic table is made of; a row of `closures`.",
        typical: "\"vaneck2024_runrate\"",
    },
];

const PART: Kind = Kind::Number(above(0.0, 1.0, "a fraction"));
const USD_PER_KWH: Kind = Kind::Number(above(0.0, 1e3, "USD per kWh"));
const RATE: Kind = Kind::Number(above(-1.0, 10.0, "per year"));

/// Columns of the closures.
pub(crate) const CLOSURES: &[Column] = &[
    filled("closure", Kind::Text),
    filled("reading", Kind::Text),
    filled("price_usd_per_kwh", USD_PER_KWH),
    filled("hours_per_year", Kind::Number(above(0.0, 8784.0, "hours"))),
    filled("availability", PART),
    filled("margin", PART),
    filled("ramp_year_1", Kind::Number(share("of full revenue"))),
    filled("ramp_year_2", Kind::Number(share("of full revenue"))),
    filled("ramp_year_3_on", PART),
    filled("share", PART),
    filled("years", Kind::Whole(1, 100, "years")),
    filled("discount_rate_per_year", RATE),
    filled("retrofit_usd_per_mw", Kind::Number(within(0.0, 1e9, "USD per MW"))),
    filled("gpus_per_gross_mw", Kind::Number(above(0.0, 1e5, "GPUs per gross MW"))),
    filled("gpu_utilisation", PART),
    filled("average_usd_per_year", Kind::Number(above(0.0, 1e13, "USD a year"))),
    filled("net_present_value_usd", Kind::Number(within(-1e14, 1e14, "USD"))),
];

fn closures(table: &Table<'_>, problems: &mut Vec<Problem>) -> Span<Vec<Closure>> {
    let mut closures: Vec<Closure> = Vec::new();
    for row in 0..table.rows() {
        let mut cells = table.cells(row, problems);
        let closure = Closure {
            name: cells.text("closure"),
            reading: cells.text("reading"),
            price_usd_per_kwh: cells.number("price_usd_per_kwh"),
            hours_per_year: cells.number("hours_per_year"),
            availability: cells.number("availability"),
            margin: cells.number("margin"),
            ramp: ["ramp_year_1", "ramp_year_2", "ramp_year_3_on"].map(|name| cells.number(name)),
            share: cells.number("share"),
            years: cells.whole("years"),
            discount_rate_per_year: cells.number("discount_rate_per_year"),
            retrofit_usd_per_mw: cells.number("retrofit_usd_per_mw"),
            gpus_per_gross_mw: cells.number("gpus_per_gross_mw"),
            gpu_utilisation: cells.number("gpu_utilisation"),
            average_usd_per_year: cells.number("average_usd_per_year"),
            net_present_value_usd: cells.number("net_present_value_usd"),
        };
        if closures.iter().any(|other| other.name == closure.name) {
            problems.push(
                Problem::new("two closures have one name")
                    .at(table.place(row, Some("closure")))
                    .found(&closure.name),
            );
        }
        closures.push(closure);
    }
    Span { value: closures, first: None, last: None }
}

impl Claim {
    /// Reads the claim; nothing where the study makes none.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let [file, closure] = KEYS else { unreachable!("two keys are declared above") };
        if reader.entry(file).is_none() && reader.entry(closure).is_none() {
            return None;
        }
        let closures = reader.file(file, CLOSURES, closures);
        let name = String::of(reader, closure);
        let closures = closures?;
        if !closures.iter().any(|row| row.name == name) {
            let names: Vec<_> = closures.iter().map(|row| row.name.as_str()).collect();
            let expected = format!("one of {}", names.join(", "));
            reader.refuse(closure, "the closures file has no such closure", expected);
            let hint = did_you_mean(&name, names);
            if let Some(problem) = reader.problems.last_mut().filter(|_| !hint.is_empty()) {
                problem.help = Some(hint);
            }
        }
        Some(Self { closures, closure: name })
    }
}
