//! Which column of a sheet holds the days and which the values.
//!
//! In: a sheet, a quantity, what the study says. Out: two columns, or a question that names the
//! candidates. Not here: the cells themselves.

use super::day::{self, Format, Unknown};
use super::quantity::{Named, Quantity, named_elsewhere, plain};
use super::sheet::Sheet;
use super::{SeriesFile, number};
use crate::error::{Place, Problem, did_you_mean};

/// Names of columns of days, best first, without marks.
const DAY_NAMES: [&str; 15] = [
    "date",
    "day",
    "time",
    "timestamp",
    "datetime",
    "timeclose",
    "timeopen",
    "snappedat",
    "unix",
    "opentime",
    "startdate",
    "month",
    "quarter",
    "quarterenddate",
    "x",
];

/// The columns of a series and how its days are written.
pub(crate) struct Columns {
    pub(crate) day: usize,
    pub(crate) format: Format,
    pub(crate) value: usize,
    /// What the name of the value column says.
    pub(crate) named: Option<Named>,
    /// The name by which the column of days is known.
    pub(crate) day_name: String,
    /// The name by which the column of values is known.
    pub(crate) value_name: String,
}

/// Finds the columns; what cannot be known is added to `problems`.
pub(crate) fn find(
    sheet: &Sheet,
    file: &str,
    quantity: &Quantity,
    wanted: &SeriesFile,
    problems: &mut Vec<Problem>,
) -> Option<Columns> {
    let header = Place { file: file.into(), line: sheet.header_line, column: None };
    let day = match wanted.stated("date_column") {
        Some(name) => stated(sheet, &header, "date_column", name, problems)?,
        None => day_column(sheet, &header, problems)?,
    };
    let format = day_format(sheet, file, day, wanted, problems)?;
    let value = match wanted.stated("value_column") {
        Some(name) => stated(sheet, &header, "value_column", name, problems)?,
        None => value_column(sheet, &header, quantity, day, problems)?,
    };
    let known = |column: usize, rank: &dyn Fn(&String) -> Option<usize>| {
        let ranked = sheet.names[column].iter().filter_map(|name| Some((rank(name)?, name)));
        ranked.min().map_or_else(|| sheet.name(column), |(_, name)| name.clone())
    };
    let names = sheet.names[value].iter();
    let named = names.filter_map(|name| quantity.named(name)).min_by_key(|named| named.rank);
    Some(Columns {
        day,
        format,
        value,
        named,
        day_name: known(day, &|name| rank_of_day(name)),
        value_name: known(value, &|name| Some(quantity.named(name)?.rank)),
    })
}

fn stated(
    sheet: &Sheet,
    header: &Place,
    option: &str,
    name: &str,
    problems: &mut Vec<Problem>,
) -> Option<usize> {
    let found = sheet.position(name);
    if let [column] = found[..] {
        return Some(column);
    }
    let what = match found.len() {
        0 => format!("the file has no column `{name}`, which {option} names"),
        many => format!("{many} columns are called `{name}`"),
    };
    let names: Vec<String> = (0..sheet.names.len()).map(|column| sheet.name(column)).collect();
    let mut problem = Problem::new(what).at(header.clone()).expected(one_of(&names));
    let hint = did_you_mean(name, names.iter().map(String::as_str));
    if !found.is_empty() {
        problem = problem.help(format!("give its number instead: {option} = {}", found[0] + 1));
    } else if !hint.is_empty() {
        problem = problem.help(hint);
    }
    problems.push(problem);
    None
}

fn one_of(names: &[String]) -> String {
    const NAMES_SHOWN: usize = 12;
    let quoted: Vec<String> =
        names.iter().take(NAMES_SHOWN).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(NAMES_SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("one of {}{rest}", quoted.join(", "))
}

/// Position of a name among those that days have.
fn rank_of_day(name: &str) -> Option<usize> {
    DAY_NAMES.iter().position(|known| *known == plain(name))
}

fn day_column(sheet: &Sheet, header: &Place, problems: &mut Vec<Problem>) -> Option<usize> {
    let columns = || 0..sheet.names.len();
    let is_dated = |column: usize| {
        let mut cells = sheet.column(column).filter(|cell| !number::is_empty(cell)).peekable();
        cells.peek().is_some() && cells.all(day::looks_dated)
    };
    let rank = |c: usize| sheet.names[c].iter().filter_map(|name| rank_of_day(name)).min();
    let named = columns().filter_map(|c| Some((rank(c)?, c))).min();
    if let Some((_, column)) = named {
        return Some(column);
    }
    let dated: Vec<usize> = columns().filter(|column| is_dated(*column)).collect();
    let counts_seconds = || {
        let mut cells = sheet.column(0).filter(|cell| !number::is_empty(cell));
        sheet.header_line.is_none() && cells.all(|cell| day::read(&Format::Epoch, cell).is_some())
    };
    match dated[..] {
        [column] => Some(column),
        [] if counts_seconds() => Some(0),
        // Without a header the first column is where vendors put the days.
        [] if sheet.header_line.is_none() => Some(0),
        _ => {
            let what = match dated.len() {
                0 => "no column holds days",
                _ => "several columns hold days",
            };
            let candidates = if dated.is_empty() { columns().collect() } else { dated };
            let names: Vec<String> = candidates.iter().map(|c| sheet.name(*c)).collect();
            problems.push(
                Problem::new(what)
                    .at(header.clone())
                    .expected(one_of(&names))
                    .help(format!("say which: date_column = \"{}\"", names[0])),
            );
            None
        }
    }
}

fn day_format(
    sheet: &Sheet,
    file: &str,
    column: usize,
    wanted: &SeriesFile,
    problems: &mut Vec<Problem>,
) -> Option<Format> {
    // A name that is none was refused when the study was read.
    if let Some(name) = wanted.stated("date_format") {
        return Format::of_name(name);
    }
    let cells = || sheet.column(column).filter(|cell| !number::is_empty(cell));
    let unknown = match day::decide(cells()) {
        Ok(format) => return Some(format),
        Err(unknown) => unknown,
    };
    let first = (0..sheet.rows.len()).find(|row| !number::is_empty(sheet.cell(*row, column)))?;
    let cell = sheet.cell(first, column);
    let read = |format: &Format| {
        let stamp = day::read(format, cell);
        stamp.map_or("no day".into(), |s| day::days_of(&[s], None).days[0].to_string())
    };
    let problem = match unknown {
        Unknown::Ambiguous => Problem::new("no row tells which part of the date is the month")
            .expected(format!(
                "{} (day first) or {} (month first)",
                read(&Format::DayFirst),
                read(&Format::MonthFirst)
            ))
            .help("say which: date_format = \"D/M/Y\" or date_format = \"M/D/Y\""),
        Unknown::Excel => Problem::new("the dates are counts of days, as Excel keeps them")
            .expected(format!(
                "{} (counted from 1900) or {} (from 1904)",
                read(&Format::Excel1900),
                read(&Format::Excel1904)
            ))
            .help("say which: date_format = \"excel-1900\" or date_format = \"excel-1904\""),
        Unknown::NoDays => Problem::new("the column of days holds none that can be read")
            .expected("a day as 2026-07-31, 31/07/2026, 31 Jul 2026 or seconds since 1970")
            .help("name another with date_column, or the pattern: date_format = \"%d %B %Y\""),
    };
    problems.push(problem.at(sheet.place(file, first, column)).found(cell));
    None
}

fn value_column(
    sheet: &Sheet,
    header: &Place,
    quantity: &Quantity,
    day: usize,
    problems: &mut Vec<Problem>,
) -> Option<usize> {
    let is_numeric = |column: usize| {
        // Most of its cells: a wrong cell is told with its line, not by saying nothing is there.
        let cells: Vec<&str> =
            sheet.column(column).filter(|cell| !number::is_empty(cell)).collect();
        let numbers = cells.iter().filter(|cell| number::looks_numeric(cell)).count();
        numbers > 0 && 2 * numbers >= cells.len()
    };
    let candidates: Vec<usize> =
        (0..sheet.names.len()).filter(|c| *c != day && is_numeric(*c)).collect();
    let rank = |column: usize| {
        sheet.names[column].iter().filter_map(|n| quantity.named(n)).map(|named| named.rank).min()
    };
    let mut ranked: Vec<(usize, usize)> =
        candidates.iter().filter_map(|c| Some((rank(*c)?, *c))).collect();
    ranked.sort_unstable();
    let ask = |what: String, among: &[usize]| {
        let names: Vec<String> = among.iter().map(|column| sheet.name(*column)).collect();
        let problem = Problem::new(what).at(header.clone());
        match names.first() {
            Some(first) => problem
                .expected(one_of(&names))
                .help(format!("say which: value_column = \"{first}\"")),
            None => problem.expected("a column of numbers beside the days"),
        }
    };
    match (&ranked[..], &candidates[..]) {
        ([(best, _), (next, _), ..], _) if best == next => {
            let same: Vec<usize> =
                ranked.iter().filter(|(rank, _)| rank == best).map(|(_, c)| *c).collect();
            problems.push(ask(format!("several columns may hold the {}", quantity.noun), &same));
            None
        }
        ([(_, column), ..], _) => Some(*column),
        ([], [column]) => {
            let other = sheet.names[*column].iter().find_map(|n| named_elsewhere(quantity, n));
            match other {
                Some(other) => {
                    let name = sheet.name(*column);
                    problems.push(
                        Problem::new(format!("the only column of numbers holds {other}"))
                            .at(header.clone())
                            .found(&name)
                            .expected(format!("a column of {}", quantity.noun))
                            .help(format!("if it is: value_column = \"{name}\"")),
                    );
                    None
                }
                None => Some(*column),
            }
        }
        ([], _) => {
            let what = match candidates.is_empty() {
                true => "no column holds numbers".to_string(),
                false => format!("no column is named as one of {}", quantity.noun),
            };
            problems.push(ask(what, &candidates));
            None
        }
    }
}
