//! The unit of a series: what says it, and what proves it.
//!
//! In: days and raw values, what the study, the file and the cells say. Out: a factor to the
//! quantity's own unit with the reason, or a question. Hashrate is held against difficulty
//! (D · 2^48 / 65535 / 600 hashes a second), price against known month-end closes in USD.

use super::quantity::{Proof, Quantity, Unit};
use super::{calendar, known};
use crate::bitcoin;
use crate::error::{Place, Problem, note};
use crate::input::period::YearMonth;
use crate::tile::math;
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
    /// Share of the ratios that are 1 to 0.5 %, in the unit that the median is near to.
    close_share: f64,
    /// Number of ratios more than 5 % from 1, in that unit.
    far: usize,
    /// Largest deviation of a ratio from 1, in that unit, and the day of it.
    farthest: (f64, Date),
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
            // Other currencies stood near the dollar for months (the euro in 2022) or years (the
            // franc), and averages have the right level: month by month they do not agree.
            Proof::Closes => {
                let is_few = self.count < CLOSES_FEW && self.farthest.0.abs() > FEW_CLOSES_SHARE;
                let is_mixed = self.far > self.count / 10;
                within(CLOSE_SHARE) && self.close_share >= 2.0 / 3.0 && !is_few && !is_mixed
            }
            Proof::None => false,
        }
    }
}

/// How near a close in USD is to the known one.
const CLOSE_SHARE: f64 = 0.005;
/// How near each of few closes is.
const FEW_CLOSES_SHARE: f64 = 0.02;
/// Months of which each must agree.
const CLOSES_FEW: usize = 12;
/// How far from the known close a month must be to be told.
const FAR_SHARE: f64 = 0.05;
/// How near to the known closes the median of what a file calls USD is.
const SAID_SHARE: f64 = 0.03;
/// Fewest months that tell anything.
const CLOSES_MIN: usize = 3;
/// Factor by which a value may differ from what is known of its day.
const STRAY_FACTOR_MAX: f64 = 5.0;
/// The day from which on a day's hashrate is within that factor of what difficulty implies.
const STEADY_FROM: Date = Date::constant(2012, 1, 1);
/// The day of the first block.
const GENESIS: Date = Date::constant(2009, 1, 3);

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
    let is_told = hint.unit.is_some_and(|(_, said)| said == Said::Study);
    // What is counted in BTC cannot be turned from dollars, whatever the study says.
    if let Some(code) = hint.foreign.filter(|code| !is_told || *code == "USD") {
        let own = quantity.units[0].name;
        problems.push(
            Problem::new(format!("the column of {} is in {code}", quantity.noun))
                .at(place.clone())
                .expected(format!("{own}: {}", quantity.range.expected()))
                .help(format!("give a series in {own}; no exchange rate is read")),
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
            let because = match (said, hint.foreign) {
                (Said::Study, Some(code)) => {
                    format!("as the study says, though the file says {code}")
                }
                (Said::Study, None) => "as the study says".into(),
                (Said::File, _) => "as the file says".into(),
            };
            Some(Settled { unit, because })
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
    let median = format!("{ratio:.3} of {} (median of {} {of_what})", against(proof), held.count);
    match (proof, held.far) {
        (Proof::Closes, _) if held.close_share < 2.0 / 3.0 => format!(
            "{median}, only {:.0} % of them within 0.5 %: averages, or stamps of other days?",
            100.0 * held.close_share
        ),
        (Proof::Closes, 1..) => format!("{median}, {} of them more than 5 % off", held.far),
        _ => median,
    }
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
    let is_near = (ratio - 1.0).abs() < SAID_SHARE;
    let is_believed = match said {
        Said::Study => is_like(ratio),
        Said::File => is_near,
    };
    if quantity.proof == Proof::Closes && is_believed {
        let who = if said == Said::Study { "the study" } else { "the file" };
        let but = agreement(quantity.proof, held, unit);
        return Some(Settled { unit, because: format!("as {who} says, though {but}") });
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
pub(crate) fn short(ratio: f64) -> String {
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
    let (deviation, day) = held.farthest;
    let problem = match quantity.proof {
        Proof::Closes if (held.ratio - 1.0).abs() < SAID_SHARE => problem.found(format!(
            "{times}, but only {:.0} % of the months within 0.5 %, and {:+.1} % on {day}",
            100.0 * held.close_share,
            100.0 * deviation
        )),
        _ => problem.found(format!("{times} (median of {})", held.count)),
    };
    if quantity.proof == Proof::Closes && is_like(held.ratio) {
        return problem.expected("closes in USD").help(
            "a price in another currency cannot be used; if days are wrong: date_format, timezone; \
             if it is USD all the same: unit = \"USD\"",
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
    let ratios: Vec<(f64, Date)> = match proof {
        Proof::None => return None,
        Proof::Closes => closes(days, values),
        _ => pairs().filter_map(|(d, v)| Some((v / reference(known::difficulty(d)?), d))).collect(),
    };
    if !ratios.is_empty() {
        return Some(of_ratios(ratios, false));
    }
    if proof == Proof::Closes {
        return None;
    }
    let last = reference(known::last_difficulty());
    let is_later = |day: Date| day > GENESIS;
    let ratios: Vec<(f64, Date)> =
        pairs().filter(|(day, _)| is_later(*day)).map(|(day, value)| (value / last, day)).collect();
    (!ratios.is_empty()).then(|| of_ratios(ratios, true))
}

/// Values at the ends of known months over their closes, and the days of them.
fn closes(days: &[Date], values: &[f64]) -> Vec<(f64, Date)> {
    let ratio = |(month, index): (YearMonth, usize)| {
        Some((values[index] / known::close_usd(month)?, days[index]))
    };
    let ratios: Vec<(f64, Date)> = calendar::month_ends(days).filter_map(ratio).collect();
    if ratios.len() < CLOSES_MIN { Vec::new() } else { ratios }
}

fn of_ratios(ratios: Vec<(f64, Date)>, is_rough: bool) -> Held {
    let mut sorted: Vec<f64> = ratios.iter().map(|(ratio, _)| *ratio).collect();
    sorted.sort_by(f64::total_cmp);
    let ratio = super::median_of_sorted(&sorted);
    // A unit is a power of ten away.
    let power = math::power(10.0, (math::ln(ratio) / math::ln(10.0)).round());
    let deviation = |ratio: f64| ratio / power - 1.0;
    let close = sorted.iter().filter(|ratio| deviation(**ratio).abs() < CLOSE_SHARE).count();
    let farthest = ratios
        .iter()
        .map(|(ratio, day)| (deviation(*ratio), *day))
        .max_by(|a, b| a.0.abs().total_cmp(&b.0.abs()))
        .expect("there is a ratio");
    let close_share = close as f64 / sorted.len() as f64;
    let far = sorted.iter().filter(|ratio| deviation(**ratio).abs() > FAR_SHARE).count();
    Held { ratio, count: sorted.len(), close_share, far, farthest, is_rough }
}

/// Refuses single values that are far from what is known of their day, in the quantity's own unit:
/// the median of a file says nothing of each of its rows.
pub(crate) fn refuse_strays(
    quantity: &Quantity,
    days: &[Date],
    values: &[f64],
    problems: &mut Vec<Problem>,
    place: impl Fn(usize) -> (Place, String),
) {
    let ends: Vec<usize> = calendar::month_ends(days).map(|(_, index)| index).collect();
    let expected = |index: usize| match quantity.proof {
        Proof::Difficulty if days[index] >= STEADY_FROM => {
            known::difficulty(days[index]).map(|d| bitcoin::implied_hashrate(d).to_eh_per_s())
        }
        Proof::Consensus => known::difficulty(days[index]),
        Proof::Closes if ends.binary_search(&index).is_ok() => {
            known::close_usd(YearMonth::containing(days[index]))
        }
        _ => None,
    };
    for (index, value) in values.iter().enumerate() {
        let (what, expected) = match expected(index) {
            _ if quantity.proof != Proof::None && days[index] < GENESIS => {
                ("is of a day before the first block".into(), format!("a day from {GENESIS} on"))
            }
            Some(known)
                if !(1.0 / STRAY_FACTOR_MAX..=STRAY_FACTOR_MAX).contains(&(value / known)) =>
            {
                let times = short(value / known);
                (
                    format!("is {times} times {}", against(quantity.proof)),
                    format!("a value near {known:.4e} {}", quantity.units[0].name),
                )
            }
            _ => continue,
        };
        let (place, found) = place(index);
        note(
            problems,
            Problem::new(format!("{} {what}", quantity.noun))
                .at(place)
                .found(found)
                .expected(expected)
                .help("correct or remove the row; a file is in one unit"),
        );
    }
}
