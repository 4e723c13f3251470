//! The unit of a series: what says it, and what proves it.
//!
//! In: days and raw values, what the study, the file and the cells say. Out: a factor to the
//! quantity's own unit with the reason, or a question. Hashrate is held against difficulty
//! (D · 2^48 / 65535 / 600 hashes a second), price against known month-end closes in USD.

use super::known;
use super::quantity::{Proof, Quantity, Unit};
use crate::bitcoin;
use crate::error::{Place, Problem};
use crate::input::period::YearMonth;
use jiff::ToSpan;
use jiff::civil::Date;

/// Who says the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// The study.
    Study,
    /// The file: a column's name, a unit beside the values, a sign in the cells.
    File,
}

/// What is said of the unit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hint {
    pub(crate) unit: Option<(Unit, Said)>,
    /// A currency other than USD that the file names.
    pub(crate) foreign: Option<&'static str>,
}

/// A unit with the reason why it is taken.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) unit: Unit,
    pub(crate) because: String,
}

/// How values compare with what is known: the median ratio over so many days or months.
#[derive(Debug, Clone, Copy)]
struct Held {
    ratio: f64,
    count: usize,
    /// Largest deviation of a ratio from the median, as a factor.
    spread: f64,
    /// Whether the days lie after the known past, so that only the size can be told.
    is_rough: bool,
}

impl Held {
    /// Whether values in `unit` agree with what is known.
    fn agrees(&self, proof: Proof, unit: Unit) -> bool {
        let ratio = self.ratio * unit.factor;
        let within = |share: f64| ratio >= 1.0 - share && ratio <= 1.0 + share;
        match proof {
            _ if self.is_rough => ratio > 0.1 && ratio < 10.0,
            Proof::Difficulty => within(0.4),
            Proof::Consensus => within(0.1),
            // Few months can agree by accident: the euro stood within 2 % of the dollar in 2022.
            Proof::Closes if self.count < CLOSES_MANY => within(0.02) && self.spread < 1.02,
            Proof::Closes => within(0.03),
            Proof::None => false,
        }
    }
}

/// Months from which on the median alone tells dollars from euros.
const CLOSES_MANY: usize = 12;
/// Fewest months that tell anything.
const CLOSES_MIN: usize = 3;
/// Days by which the last value of a month may precede its end.
const MONTH_END_DAYS: i32 = 3;

/// Settles the unit; `None` with a problem where it cannot be known or is contradicted.
pub(crate) fn settle(
    quantity: &Quantity,
    hint: Hint,
    days: &[Date],
    values: &[f64],
    place: &Place,
    problems: &mut Vec<Problem>,
) -> Option<Settled> {
    let held = held(quantity.proof, days, values);
    if let (Some(code), None) = (hint.foreign, hint.unit.filter(|(_, said)| *said == Said::Study)) {
        problems.push(
            Problem::new(format!("the {} is in {code}", quantity.noun))
                .at(place.clone())
                .expected(format!("USD: {}", quantity.range.expected()))
                .help("give a series in USD; no exchange rate is read"),
        );
        return None;
    }
    match (hint.unit, held) {
        (Some((unit, _)), Some(held)) if held.agrees(quantity.proof, unit) => {
            Some(Settled { unit, because: agreement(quantity.proof, held, unit) })
        }
        (Some((unit, said)), Some(held)) => {
            contradicted(quantity, unit, said, held, place, problems)
        }
        (Some((unit, said)), None) => {
            let because = match said {
                Said::Study => "as the study says",
                Said::File => "as the file says",
            };
            Some(Settled { unit, because: because.into() })
        }
        (None, Some(held)) => {
            let proven = quantity.units.iter().find(|unit| held.agrees(quantity.proof, **unit));
            match proven {
                Some(unit) => {
                    Some(Settled { unit: *unit, because: agreement(quantity.proof, held, *unit) })
                }
                None => {
                    problems.push(unknown(quantity, Some(held), place));
                    None
                }
            }
        }
        (None, None) => {
            problems.push(unknown(quantity, None, place));
            None
        }
    }
}

fn against(proof: Proof) -> &'static str {
    match proof {
        Proof::Difficulty => "what difficulty implies",
        Proof::Consensus => "the known difficulty",
        Proof::Closes | Proof::None => "known month-end closes in USD",
    }
}

fn agreement(proof: Proof, held: Held, unit: Unit) -> String {
    let ratio = held.ratio * unit.factor;
    let of_what = if proof == Proof::Closes { "months" } else { "days" };
    if held.is_rough {
        return format!("of the size of {}, which is not known for these days", against(proof));
    }
    format!("{ratio:.3} of {} (median of {} {of_what})", against(proof), held.count)
}

fn contradicted(
    quantity: &Quantity,
    unit: Unit,
    said: Said,
    held: Held,
    place: &Place,
    problems: &mut Vec<Problem>,
) -> Option<Settled> {
    let ratio = held.ratio * unit.factor;
    // A price may be told to be USD against the known closes, not against their size.
    if quantity.proof == Proof::Closes && said == Said::Study && is_like(ratio) {
        let because =
            format!("as the study says, though {}", agreement(quantity.proof, held, unit));
        return Some(Settled { unit, because });
    }
    let who = match said {
        Said::Study => "the study says",
        Said::File => "the file says",
    };
    let mut problem =
        Problem::new(format!("the {} is not in {}, as {who}", quantity.noun, unit.name))
            .at(place.clone())
            .found(format!("{} times {}", short(ratio), against(quantity.proof)));
    let fitting = quantity.units.iter().find(|unit| held.agrees(quantity.proof, **unit));
    if let Some(fitting) = fitting {
        problem = problem.expected(fitting.name).help(format!("unit = \"{}\"", fitting.name));
    } else {
        problem = problem
            .expected(format!("values near {}", against(quantity.proof)))
            .help("check that the file and the column are the right ones");
    }
    problems.push(problem);
    None
}

/// A ratio to three digits.
fn short(ratio: f64) -> String {
    if (1e-3..1e4).contains(&ratio) { format!("{ratio:.3}") } else { format!("{ratio:.2e}") }
}

fn unknown(quantity: &Quantity, held: Option<Held>, place: &Place) -> Problem {
    let fits_no_unit = matches!(quantity.proof, Proof::Difficulty | Proof::Consensus);
    if let (Some(held), true) = (held, fits_no_unit) {
        return Problem::new(format!("the {} is not that of Bitcoin in any unit", quantity.noun))
            .at(place.clone())
            .found(format!("{} times {}", short(held.ratio), against(quantity.proof)))
            .expected(quantity.unit_names())
            .help("check that the file and the column are the right ones");
    }
    let problem = Problem::new(format!("nothing says in what unit the {} is", quantity.noun))
        .at(place.clone())
        .expected(quantity.unit_names())
        .help(format!("say it: unit = \"{}\"", quantity.units[0].name));
    let Some(held) = held else { return problem };
    let times = format!("{} times {}", short(held.ratio), against(quantity.proof));
    let problem = problem.found(format!("{times} (median of {})", held.count));
    if quantity.proof == Proof::Closes && is_like(held.ratio) {
        return problem.expected("USD").help(
            "a price in another currency cannot be used; if it is USD all the same: unit = \"USD\"",
        );
    }
    problem
}

/// Whether prices are of one size, so that they may be two currencies, or one market and another.
fn is_like(ratio: f64) -> bool {
    ratio > 0.5 && ratio < 2.0
}

/// Raw values over what is known of their days.
fn held(proof: Proof, days: &[Date], values: &[f64]) -> Option<Held> {
    let pairs = || days.iter().copied().zip(values.iter().copied());
    let reference = |difficulty: f64| match proof {
        Proof::Difficulty => bitcoin::implied_hashrate(difficulty).to_eh_per_s(),
        _ => difficulty,
    };
    let ratios: Vec<f64> = match proof {
        Proof::None => return None,
        Proof::Closes => closes(days, values),
        _ => pairs().filter_map(|(d, v)| Some(v / reference(known::difficulty(d)?))).collect(),
    };
    if !ratios.is_empty() {
        return Some(of_ratios(ratios, false));
    }
    if proof == Proof::Closes {
        return None;
    }
    let last = reference(known::last_difficulty());
    let ratios: Vec<f64> = pairs().map(|(_, value)| value / last).collect();
    (!ratios.is_empty()).then(|| of_ratios(ratios, true))
}

/// Values at the ends of known months over their closes.
fn closes(days: &[Date], values: &[f64]) -> Vec<f64> {
    let mut ratios = Vec::new();
    for (index, day) in days.iter().enumerate() {
        let month = YearMonth::containing(*day);
        let is_last = days.get(index + 1).is_none_or(|next| YearMonth::containing(*next) != month);
        let is_near = day.saturating_add(MONTH_END_DAYS.days()) >= month.last_day();
        if let (true, Some(close)) = (is_last && is_near, known::close_usd(month)) {
            ratios.push(values[index] / close);
        }
    }
    if ratios.len() < CLOSES_MIN { Vec::new() } else { ratios }
}

fn of_ratios(mut ratios: Vec<f64>, is_rough: bool) -> Held {
    ratios.sort_by(f64::total_cmp);
    let ratio = super::median_of_sorted(&ratios);
    let ends = [ratios[0], ratios[ratios.len() - 1]];
    let spread = ends.iter().map(|end| (end / ratio).max(ratio / end)).fold(1.0, f64::max);
    Held { ratio, count: ratios.len(), spread, is_rough }
}
