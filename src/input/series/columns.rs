//! Which column of a sheet holds the days and which the values.
//!
//! In: a sheet, a quantity, what the study says. Out: two columns, or a question that names the
//! candidates. Not here: the cells themselves.

use super::day::{self, Format, Unknown};
use super::quantity::{self, Quantity, named_elsewhere, plain};
use super::sheet::Sheet;
use super::stamp;
use super::{SeriesFile, number};
use crate::error::{Place, Problem, did_you_mean, listed};

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

/// What names of columns hold that stand beside a price.
const BESIDE: [&str; 8] =
    ["volume", "marketcap", "open", "high", "low", "change", "trades", "turnover"];

/// The columns of a series and how its days are written.
pub(crate) struct Columns {
    pub(crate) day: usize,
    pub(crate) format: Format,
    pub(crate) value: usize,
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
    if day == value {
        problems.push(
            Problem::new("days and values are one column")
                .at(header)
                .found(sheet.name(day))
                .expected("two columns")
                .help("correct date_column or value_column"),
        );
        return None;
    }
    let is_answered = ["value_column", "decimal"].iter().all(|o| wanted.stated(o).is_some());
    refuse_neighbours(sheet, &header, quantity, (day, value), is_answered, problems)?;
    Some(Columns {
        day,
        format,
        value,
        day_name: known(day, &|name| rank_of_day(name)),
        value_name: known(value, &|name| Some(quantity.named(name)?.rank)),
    })
}

/// Refuses what a column beside the values says against them: another currency, several symbols, the
/// decimals of unquoted decimal commas.
fn refuse_neighbours(
    sheet: &Sheet,
    header: &Place,
    quantity: &Quantity,
    (day, value): (usize, usize),
    is_answered: bool,
    problems: &mut Vec<Problem>,
) -> Option<()> {
    let place = |column: usize| Place { column: Some(sheet.name(column)), ..header.clone() };
    let filled = |column: usize| sheet.column(column).filter(|cell| !cell.is_empty());
    for column in (0..sheet.names.len()).filter(|c| *c != value && *c != day) {
        let is_symbol =
            sheet.names[column].iter().any(|name| SYMBOLS.contains(&plain(name).as_str()));
        let first = filled(column).next().unwrap_or("");
        if let Some(other) = filled(column).find(|cell| is_symbol && plain(cell) != plain(first)) {
            problems.push(
                Problem::new("the file holds several symbols")
                    .at(place(column))
                    .found(format!("{first}, {other}"))
                    .expected("the rows of one")
                    .help("export one, or remove the rows of the others"),
            );
            return None;
        }
        let code = quantity::foreign_code(first);
        if let (Some(code), true) = (code, quantity.is_money()) {
            problems.push(
                Problem::new(format!("the column of {} is in {code}", quantity.noun))
                    .at(place(column))
                    .found(first)
                    .expected(format!("USD: {}", quantity.range.expected()))
                    .help("give a series in USD; no exchange rate is read"),
            );
            return None;
        }
    }
    let beside = value + 1;
    let is_unnamed = sheet.header_line.is_some()
        && sheet.names.get(beside).is_some_and(|names| names.iter().all(String::is_empty));
    if is_unnamed
        && !is_answered
        && sheet.separator == Some(',')
        && filled(beside).any(number::looks_numeric)
    {
        problems.push(
            Problem::new("a column without a name holds numbers beside the values")
                .at(place(value))
                .found(format!("{} , {}", filled(value).next()?, filled(beside).next()?))
                .expected("a name for every column of numbers")
                .help(
                    "quote numbers with decimal commas; if the column is another, say value_column \
                     and decimal",
                ),
        );
        return None;
    }
    Some(())
}

/// Names of columns that tell one market from another.
const SYMBOLS: [&str; 6] = ["symbol", "ticker", "asset", "pair", "coin", "currency"];

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
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("one of {}", listed(&quoted, NAMES_SHOWN))
}

/// Whether a cell is a name that days have.
pub(crate) fn is_name_of_days(cell: &str) -> bool {
    rank_of_day(cell).is_some()
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
    let best = columns().filter_map(rank).min();
    let named: Vec<usize> = columns().filter(|c| best.is_some() && rank(*c) == best).collect();
    if let [column] = named[..] {
        return Some(column);
    }
    if let [first, ..] = named[..] {
        problems.push(
            Problem::new(format!("{} columns are called `{}`", named.len(), sheet.name(first)))
                .at(header.clone())
                .expected("one column of days, beside its values")
                .help(format!("give its number: date_column = {}", first + 1)),
        );
        return None;
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
    let filled = || (0..sheet.rows.len()).filter(|r| !number::is_empty(sheet.cell(*r, column)));
    let Some(first) = filled().next() else {
        let name = sheet.name(column);
        problems.push(
            Problem::new(format!("{name}, the column of days, is empty"))
                .at(Place { file: file.into(), line: sheet.header_line, column: Some(name) })
                .expected("a day in every row")
                .help("name another column: date_column"),
        );
        return None;
    };
    let day_of = |row: usize, format: &Format| {
        let stamp = day::read(format, sheet.cell(row, column))?;
        Some(stamp::days_of(&[stamp], None).days[0].to_string())
    };
    // A row that the formats read as different days shows what is asked.
    let differs = |row: &usize| {
        let days =
            [Format::DayFirst, Format::MonthFirst, Format::YearFirst].map(|f| day_of(*row, &f));
        let known: Vec<&String> = days.iter().flatten().collect();
        known.iter().any(|day| *day != known[0])
    };
    let first = filled().find(differs).unwrap_or(first);
    let cell = sheet.cell(first, column);
    let read = |format: &Format| day_of(first, format).unwrap_or_else(|| "no day".into());
    let problem = match unknown {
        Unknown::Ambiguous => {
            let orders = [
                (Format::DayFirst, "day first", "D/M/Y"),
                (Format::MonthFirst, "month first", "M/D/Y"),
                (Format::YearFirst, "year first", "Y-M-D"),
            ];
            let read = |(format, order, name): &(Format, &str, &str)| {
                Some((format!("{} ({order})", day_of(first, format)?), format!("\"{name}\"")))
            };
            let (days, names): (Vec<String>, Vec<String>) = orders.iter().filter_map(read).unzip();
            Problem::new("no row tells the order of day, month and year")
                .expected(days.join(" or "))
                .help(format!("say which: date_format = {}", names.join(" or ")))
        }
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
    let cells = |column: usize| sheet.column(column).filter(|cell| !number::is_empty(cell));
    let others = || (0..sheet.names.len()).filter(|column| *column != day);
    // Never taken for want of another: what a vendor puts beside a price.
    let is_beside = |column: usize| {
        let beside = |name: &String| BESIDE.iter().any(|word| plain(name).contains(word));
        sheet.names[column].iter().any(beside)
    };
    let is_numeric = |column: &usize| cells(*column).any(number::looks_numeric);
    let candidates: Vec<usize> = others().filter(is_numeric).collect();
    let rank = |column: usize| {
        // A column in another currency is taken only where there is none in this one.
        let named = sheet.names[column].iter().filter_map(|name| quantity.named(name));
        named.map(|named| (named.foreign.is_some(), named.rank)).min()
    };
    // A named column with wrong cells is told with their lines; one without a single cell is none.
    let mut ranked: Vec<((bool, usize), usize)> = others()
        .filter(|column| cells(*column).next().is_some())
        .filter_map(|column| Some((rank(column)?, column)))
        .collect();
    ranked.sort_unstable();
    let ask = |what: String, among: &[usize]| {
        // A name that another column has too tells nothing.
        let is_own = |name: &&String, column: usize| {
            let others = (0..sheet.names.len()).filter(|other| *other != column);
            !name.is_empty() && others.into_iter().all(|other| !sheet.names[other].contains(name))
        };
        let label = |column: &usize| {
            let own = sheet.names[*column].iter().find(|name| is_own(name, *column));
            own.cloned().unwrap_or_else(|| (column + 1).to_string())
        };
        let names: Vec<String> = among.iter().map(label).collect();
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
        ([], [column]) if !is_beside(*column) => {
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
