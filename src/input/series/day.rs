//! Days as vendors write them, and how the order of day and month is found out.
//!
//! In: the cells of a date column. Out: a moment per cell; an order that no row decides is asked for.
//! Not here: which column holds the dates, and which day a moment means.

use super::stamp::Stamp;
use crate::input::period::YearMonth;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// How a column writes its days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Format {
    /// `2026-07-31`, `2026/7/31`, `2026.7.31`, `20260731`
    YearFirst,
    /// `31/07/2026`
    DayFirst,
    /// `07/31/2026`
    MonthFirst,
    /// `31 Jul 2026`, `Jul 31, 2026`
    Named,
    /// Seconds, milliseconds, microseconds or nanoseconds since 1970.
    Epoch,
    /// `2026-07`
    Month,
    /// `2026Q2`
    Quarter,
    /// Days since the end of 1899, as Excel counts them.
    Excel1900,
    /// Days since the beginning of 1904, as Excel for the Mac once did.
    Excel1904,
    /// A pattern of the study: `%d.%m.%Y`.
    Pattern(String),
}

/// Formats that are tried on a column, in order of preference.
const TRIED: [Format; 7] = [
    Format::YearFirst,
    Format::DayFirst,
    Format::MonthFirst,
    Format::Named,
    Format::Epoch,
    Format::Month,
    Format::Quarter,
];

const NAMES: [(&str, Format); 8] = [
    ("Y-M-D", Format::YearFirst),
    ("D/M/Y", Format::DayFirst),
    ("M/D/Y", Format::MonthFirst),
    ("epoch", Format::Epoch),
    ("month", Format::Month),
    ("quarter", Format::Quarter),
    ("excel-1900", Format::Excel1900),
    ("excel-1904", Format::Excel1904),
];

/// What `date_format` may say.
pub(crate) const EXPECTED: &str = "\"Y-M-D\", \"D/M/Y\", \"M/D/Y\", \"epoch\", \"month\", \
    \"quarter\", \"excel-1900\", \"excel-1904\" or a pattern as \"%d.%m.%Y %H:%M\"";

impl Format {
    /// The format that a study names.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        if name.contains('%') {
            return Some(Self::Pattern(name.into()));
        }
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| format.clone())
    }
    /// For people: "a day as 31/07/2026".
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::YearFirst => "a day as 2026-07-31".into(),
            Self::DayFirst => "a day as 31/07/2026, day first".into(),
            Self::MonthFirst => "a day as 07/31/2026, month first".into(),
            Self::Named => "a day as 31 Jul 2026".into(),
            Self::Epoch => "a time since 1970 in s, ms, µs or ns".into(),
            Self::Month => "a month as 2026-07".into(),
            Self::Quarter => "a quarter as 2026Q2".into(),
            Self::Excel1900 => "a day counted from 1900 as in Excel".into(),
            Self::Excel1904 => "a day counted from 1904 as in Excel".into(),
            Self::Pattern(pattern) => format!("a day as {pattern}"),
        }
    }
}

/// Reads a cell in a format.
pub(crate) fn read(format: &Format, cell: &str) -> Option<Stamp> {
    let cell = cell.trim();
    match format {
        Format::Epoch => epoch(cell),
        Format::Month => month(cell),
        Format::Quarter => quarter(cell),
        Format::Excel1900 => serial(cell, Date::constant(1899, 12, 30)),
        Format::Excel1904 => serial(cell, Date::constant(1904, 1, 1)),
        Format::Pattern(pattern) => patterned(cell, pattern),
        _ => {
            let (date, time) = split_time(cell);
            let date = match format {
                Format::YearFirst => year_first(date)?,
                Format::DayFirst => two_orders(date, true)?,
                Format::MonthFirst => two_orders(date, false)?,
                _ => named(date)?,
            };
            let (time, offset_minutes) = match time {
                Some(time) => read_time(time)?,
                None => (None, None),
            };
            Some(Stamp { date, time, offset_minutes })
        }
    }
}

/// Whether a cell is written as a day in a format that no plain number has.
pub(crate) fn looks_dated(cell: &str) -> bool {
    TRIED.iter().any(|format| *format != Format::Epoch && read(format, cell).is_some())
}

/// Why the format of a column is not known.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// No row tells day from month.
    Ambiguous,
    /// Numbers that count days, from which day on is not known.
    Excel,
    /// No format reads a single cell.
    NoDays,
}

/// The format of a column: the one that reads most of its cells.
pub(crate) fn decide<'c>(cells: impl Iterator<Item = &'c str>) -> Result<Format, Unknown> {
    let mut counts = [0_usize; TRIED.len()];
    let mut serials = 0_usize;
    let mut all = 0_usize;
    for cell in cells {
        all += 1;
        for (format, count) in TRIED.iter().zip(&mut counts) {
            *count += usize::from(read(format, cell).is_some());
        }
        serials += usize::from(is_serial(cell));
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    if 2 * serials > all && most < serials {
        return Err(Unknown::Excel);
    }
    if most == 0 {
        return Err(Unknown::NoDays);
    }
    let best = counts.iter().position(|count| *count == most).unwrap_or(0);
    // Day, month and year of two digits can stand in three orders.
    let orders = counts[..3].iter().filter(|count| **count == most).count();
    if best < 3 && orders > 1 {
        return Err(Unknown::Ambiguous);
    }
    Ok(TRIED[best].clone())
}

/// The part before a time of day and the time, if there is one.
fn split_time(cell: &str) -> (&str, Option<&str>) {
    let Some(colon) = cell.find(':') else { return (cell, None) };
    match cell[..colon].rfind([' ', 'T']) {
        Some(at) => (cell[..at].trim_end(), Some(&cell[at + 1..])),
        None => (cell, None),
    }
}

/// A time of day with its offset in minutes.
type Time = (Option<(i8, i8)>, Option<i32>);

/// `00:00`, `23:59:59.999Z`, `04:00:00+00:00`, `0:00 UTC`, `12:00 AM`.
fn read_time(text: &str) -> Option<Time> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.');
    let (clock, rest) = text.split_at(end.unwrap_or(text.len()));
    let mut parts = clock.split(':');
    let mut hour = number(parts.next()?, 1..=2)?;
    let minute = number(parts.next()?, 2..=2)?;
    if let Some(seconds) = parts.next() {
        let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
        number(whole, 2..=2).filter(|second| *second < 61)?;
        let digits = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
        digits.then_some(())?;
    }
    let rest = rest.trim();
    let offset = match rest.to_ascii_uppercase().as_str() {
        "" => None,
        "Z" | "UTC" | "GMT" => Some(0),
        "AM" | "PM" if !(1..=12).contains(&hour) => return None,
        "AM" => {
            hour %= 12;
            None
        }
        "PM" => {
            hour = hour % 12 + 12;
            None
        }
        _ => Some(read_offset(rest)?),
    };
    let fits = parts.next().is_none() && hour < 24 && minute < 60;
    let clock = (i8::try_from(hour).ok()?, i8::try_from(minute).ok()?);
    fits.then_some((Some(clock), offset))
}

/// `+00:00`, `-0500`, in minutes.
pub(crate) fn read_offset(text: &str) -> Option<i32> {
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' | '−' => -1,
        _ => return None,
    };
    let digits: String = text.chars().skip(1).filter(|c| *c != ':').collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = if minutes.is_empty() { 0 } else { number(minutes, 2..=2)? };
    let hours = number(hours, 2..=2)?;
    (hours < 15 && minutes < 60).then(|| sign * (hours * 60 + minutes))
}

fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<i32> {
    let plain = digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn date(year: i32, month: i32, day: i32) -> Option<Date> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    Date::new(i16::try_from(year).ok()?, month, day).ok()
}

/// Three parts between equal marks.
fn three(text: &str) -> Option<[&str; 3]> {
    let mark = text.chars().find(|c| !c.is_ascii_digit())?;
    let mut parts = text.split(mark).map(str::trim);
    let found = [parts.next()?, parts.next()?, parts.next()?];
    ("-/.".contains(mark) && parts.next().is_none()).then_some(found)
}

fn year_first(text: &str) -> Option<Date> {
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        let part = |range: std::ops::Range<usize>| text[range].parse::<i32>().ok();
        return date(part(0..4)?, part(4..6)?, part(6..8)?);
    }
    let [year, month, day] = three(text)?;
    match year.len() {
        2 => date(full_year(year)?, number(month, 2..=2)?, number(day, 2..=2)?),
        _ => date(number(year, 4..=4)?, number(month, 1..=2)?, number(day, 1..=2)?),
    }
}

fn two_orders(text: &str, day_first: bool) -> Option<Date> {
    let [first, second, year] = three(text)?;
    let (first, second) = (number(first, 1..=2)?, number(second, 1..=2)?);
    let (day, month) = if day_first { (first, second) } else { (second, first) };
    date(full_year(year)?, month, day)
}

/// Two digits are 1969 to 2068, as POSIX has it.
fn full_year(text: &str) -> Option<i32> {
    match text.len() {
        2 => number(text, 2..=2).map(|year| if year < 69 { 2000 + year } else { 1900 + year }),
        _ => number(text, 4..=4),
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A month by its whole name, its first three letters, or `sept`.
fn month_of_name(name: &str) -> Option<i32> {
    let name = name.to_ascii_lowercase();
    let is = |month: &str| month == name || (month.starts_with(&name) && name.len() == 3);
    let at =
        MONTHS.iter().position(|month| is(month) || (name == "sept" && month.starts_with("sep")));
    at.map(|at| at as i32 + 1)
}

/// `Apr 09, 2020`, `9 April 2020`, `9-Apr-20`.
fn named(text: &str) -> Option<Date> {
    let mut parts = text.split([' ', ',', '-', '/', '.']).filter(|part| !part.is_empty());
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (day, month) = match month_of_name(first) {
        Some(month) => (second, month),
        None => (first, month_of_name(second)?),
    };
    date(full_year(year)?, month, number(day, 1..=2)?)
}

fn month(cell: &str) -> Option<Stamp> {
    Some(Stamp::day(YearMonth::parse(cell)?.last_day()))
}

fn quarter(cell: &str) -> Option<Stamp> {
    let cell = cell.replace("-Q", "Q");
    Some(Stamp::day(crate::input::period::Quarter::parse(&cell)?.last_day()))
}

/// A count of seconds, milli-, micro- or nanoseconds, told apart by their size.
fn epoch(cell: &str) -> Option<Stamp> {
    let whole = cell.strip_suffix(".0").unwrap_or(cell);
    let count = whole.parse::<i64>().ok().filter(|_| whole.bytes().all(|b| b.is_ascii_digit()))?;
    let per_second = match whole.len() {
        9 | 10 => 1,
        12 | 13 => 1_000,
        15 | 16 => 1_000_000,
        18 | 19 => 1_000_000_000,
        _ => return None,
    };
    let moment = Timestamp::from_second(count.div_euclid(per_second)).ok()?;
    let moment = moment.to_zoned_datetime(TimeZone::UTC);
    let time = Some((moment.hour(), moment.minute()));
    Some(Stamp { date: moment.date(), time, offset_minutes: Some(0) })
}

/// Days that Excel counts, as 2009 to 2090 have them.
fn is_serial(cell: &str) -> bool {
    cell.trim().parse::<f64>().is_ok_and(|days| (36_000.0..70_000.0).contains(&days))
}

fn serial(cell: &str, from: Date) -> Option<Stamp> {
    let days = cell.parse::<f64>().ok().filter(|days| (0.0..200_000.0).contains(days))?;
    from.checked_add((days.floor() as i32).days()).ok().map(Stamp::day)
}

fn patterned(cell: &str, pattern: &str) -> Option<Stamp> {
    // A pattern without a day is one of months, which stand at their last day.
    if !pattern.contains("%d") && !pattern.contains("%e") && !pattern.contains("%F") {
        let day = format!("{pattern} %d");
        let parsed = jiff::fmt::strtime::parse(day, format!("{cell} 01")).ok()?;
        return Some(Stamp::day(parsed.to_date().ok()?.last_of_month()));
    }
    let parsed = jiff::fmt::strtime::parse(pattern, cell).ok()?;
    let date = parsed.to_date().ok()?;
    let time = parsed.to_time().ok().map(|time| (time.hour(), time.minute()));
    let offset_minutes = parsed.offset().map(|offset| offset.seconds() / 60);
    Some(Stamp { date, time, offset_minutes })
}

#[cfg(test)]
mod tests {
    use super::super::stamp::days_of;
    use super::*;
    use jiff::civil::date as day;

    fn one(cell: &str) -> Option<Date> {
        let format = decide([cell].into_iter()).ok()?;
        Some(days_of(&[read(&format, cell)?], None).days[0])
    }

    #[test]
    fn the_ways_of_vendors_give_one_day() {
        for cell in [
            "2020-04-09",
            "2020-04-09 00:00:00",
            "2020-04-09T00:00:00.000000000Z",
            "2020-04-09T00:00:00.000Z",
            "2020-04-09T23:59:59.999Z",
            "2020-04-09 00:00:00 UTC",
            "2020-04-09 04:00:00+00:00",
            "2020-04-09 00:00:00-04:00",
            "2020-04-09 00:00:00+01:00",
            "2020/4/9",
            "2020.4.9",
            "20200409",
            "Apr 09, 2020",
            "April 9, 2020",
            "9 Apr 2020",
            "9-Apr-20",
            "1586390400",
            "1586390400000",
            "1586390400000000",
            "1586390400000000000",
            "1586390400.0",
            "4/30/2020 0:00",
            "30/04/2020 00:00",
            "30.04.2020",
            "4/30/20 12:00 AM",
        ] {
            let expected = if cell.contains("30") && !cell.starts_with("15") { 30 } else { 9 };
            assert_eq!(one(cell), Some(day(2020, 4, expected)), "{cell}");
        }
        assert_eq!(one("2026-02"), Some(day(2026, 2, 28)));
        assert_eq!(one("2026Q2"), Some(day(2026, 6, 30)));
    }

    #[test]
    fn an_order_that_no_row_decides_is_asked_for() {
        let decide = |cells: &[&'static str]| decide(cells.iter().copied());
        assert_eq!(decide(&["03/04/2020", "04/04/2020"]), Err(Unknown::Ambiguous));
        assert_eq!(decide(&["03/04/2020", "13/04/2020"]), Ok(Format::DayFirst));
        assert_eq!(decide(&["3/4/20 0:00", "3/13/20 0:00"]), Ok(Format::MonthFirst));
        assert_eq!(decide(&["20-04-01", "20-04-30"]), Err(Unknown::Ambiguous));
        assert_eq!(decide(&["13/04/20", "14/04/20"]), Err(Unknown::Ambiguous));
        assert_eq!(decide(&["5 marraskuu 2020"]), Err(Unknown::NoDays));
        assert_eq!(decide(&["43831", "43832"]), Err(Unknown::Excel));
        assert_eq!(decide(&["x", "y"]), Err(Unknown::NoDays));
        assert_eq!(decide(&["2020-01-01", "x"]), Ok(Format::YearFirst));
    }

    #[test]
    fn days_that_the_calendar_lacks_and_other_text_are_none() {
        for cell in ["2020-02-30", "31/31/2020", "2020-1", "2020-01-01 25:00", "12:00", "2020"] {
            assert_eq!(one(cell), None, "{cell}");
        }
        for cell in ["2020-01-01 00:00:00 XST", "2020-01-01T00:00:00+99:00", "12345678901234567890"]
        {
            assert_eq!(one(cell), None, "{cell}");
        }
    }

    #[test]
    fn a_study_can_name_the_format() {
        let read = |name: &str, cell| read(&Format::of_name(name).unwrap(), cell).map(|s| s.date);
        assert_eq!(read("D/M/Y", "03/04/2020"), Some(day(2020, 4, 3)));
        assert_eq!(read("M/D/Y", "03/04/2020"), Some(day(2020, 3, 4)));
        assert_eq!(read("excel-1900", "43831"), Some(day(2020, 1, 1)));
        assert_eq!(read("excel-1904", "42369"), Some(day(2020, 1, 1)));
        assert_eq!(read("%b-%y", "Nov-24"), Some(day(2024, 11, 30)));
        assert_eq!(read("%d %b %Y", "03 Apr 2020"), Some(day(2020, 4, 3)));
        assert_eq!(Format::of_name("DMY"), None);
    }
}
