//! Numbers as vendors write them: marks between thousands, decimal commas, `$`, `%`, K, M, B.
//!
//! In: a cell, and what the decimal mark of its column is. Out: a finite number, or what is wrong.
//! Not here: units, ranges.

use crate::input::range::Wrong;

/// The decimal mark of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decimal {
    /// `9952.39`
    Point,
    /// `9952,39`
    Comma,
}

impl Decimal {
    pub(crate) fn mark(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }
    fn thousands(self) -> char {
        match self {
            Self::Point => ',',
            Self::Comma => '.',
        }
    }
}

/// Cells that stand for no value.
const EMPTY: [&str; 9] = ["", "-", "null", "nan", "n/a", "na", "#n/a", "none", "."];

/// Whether a cell holds no value.
pub(crate) fn is_empty(cell: &str) -> bool {
    EMPTY.contains(&cell.trim().to_ascii_lowercase().as_str())
}

/// A cell taken apart.
struct Parts {
    negative: bool,
    /// Digits and marks.
    body: String,
    /// Power of ten of an exponent and of a K, M, B or T.
    exponent: i32,
    currency: Option<char>,
    is_percent: bool,
}

const CURRENCIES: [char; 3] = ['$', '€', '£'];

/// Most bytes of a number: thirty digits with marks and a sign.
const NUMBER_BYTES_MAX: usize = 100;

fn take_apart(cell: &str) -> Option<Parts> {
    let mut rest = cell.trim();
    if rest.len() > NUMBER_BYTES_MAX {
        return None;
    }
    let mut has_sign = false;
    let mut parts = Parts {
        negative: false,
        body: String::new(),
        exponent: 0,
        currency: None,
        is_percent: false,
    };
    // A sign may stand before or after the currency.
    while let Some(first) = rest.chars().next() {
        match first {
            '-' | '−' | '+' if !has_sign => {
                has_sign = true;
                parts.negative = first != '+';
            }
            c if CURRENCIES.contains(&c) && parts.currency.is_none() => parts.currency = Some(c),
            ' ' | '\u{a0}' => {}
            _ => break,
        }
        rest = &rest[first.len_utf8()..];
    }
    while let Some(last) = rest.chars().last() {
        match last {
            '%' if !parts.is_percent => parts.is_percent = true,
            c if CURRENCIES.contains(&c) && parts.currency.is_none() => parts.currency = Some(c),
            'K' | 'k' | 'M' | 'B' | 'T' if parts.exponent == 0 => {
                parts.exponent = match last {
                    'K' | 'k' => 3,
                    'M' => 6,
                    'B' => 9,
                    _ => 12,
                };
            }
            ' ' | '\u{a0}' => {}
            _ => break,
        }
        rest = &rest[..rest.len() - last.len_utf8()];
    }
    if let Some((body, exponent)) = rest.split_once(['e', 'E']) {
        parts.exponent += exponent.parse::<i32>().ok().filter(|e| e.abs() < 1_000)?;
        rest = body;
    }
    let is_mark = |c: char| matches!(c, '.' | ',' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}');
    let plain = rest.chars().all(|c| c.is_ascii_digit() || is_mark(c));
    let has_digit = rest.bytes().any(|b| b.is_ascii_digit());
    parts.body = rest.into();
    (plain && has_digit).then_some(parts)
}

/// Whether a cell is written as a number, whatever its decimal mark.
pub(crate) fn looks_numeric(cell: &str) -> bool {
    take_apart(cell).is_some()
}

/// The currency sign of a cell.
pub(crate) fn currency(cell: &str) -> Option<char> {
    take_apart(cell)?.currency
}

/// What one cell says of the decimal mark of its column.
#[derive(PartialEq)]
enum Says {
    Nothing,
    Mark(Decimal),
    /// Three digits follow its only mark, which may stand between thousands.
    Either(Decimal),
}

fn says(cell: &str) -> Says {
    let Some(Parts { body, .. }) = take_apart(cell) else { return Says::Nothing };
    let count = |mark| body.matches(mark).count();
    match (count('.'), count(',')) {
        (0, 0) => Says::Nothing,
        (1.., 1..) => match body.rfind('.') > body.rfind(',') {
            true => Says::Mark(Decimal::Point),
            false => Says::Mark(Decimal::Comma),
        },
        (2.., 0) => Says::Mark(Decimal::Comma),
        (0, 2..) => Says::Mark(Decimal::Point),
        (points, _) => {
            let own = if points == 1 { Decimal::Point } else { Decimal::Comma };
            let (whole, fraction) = body.split_once(own.mark()).unwrap_or((&body, ""));
            let may_be_thousands =
                fraction.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0');
            if may_be_thousands { Says::Either(own) } else { Says::Mark(own) }
        }
    }
}

/// The decimal mark of a column; the first cell that can be read in two ways if nothing decides.
///
/// In a file separated by commas a lone point is a decimal point.
pub(crate) fn decide<'c>(
    cells: impl Iterator<Item = &'c str>,
    separator: char,
) -> Result<Decimal, &'c str> {
    let (mut points, mut commas) = (0_usize, 0_usize);
    let mut either = None;
    for cell in cells {
        match says(cell) {
            Says::Nothing => {}
            Says::Mark(Decimal::Point) => points += 1,
            Says::Mark(Decimal::Comma) => commas += 1,
            Says::Either(Decimal::Point) if separator == ',' => {}
            Says::Either(_) => either = either.or(Some(cell)),
        }
    }
    match (points, commas, either) {
        (0, 0, Some(cell)) => Err(cell),
        _ if commas > points => Ok(Decimal::Comma),
        _ => Ok(Decimal::Point),
    }
}

/// The two numbers that a cell can mean where its mark is not known, as text.
pub(crate) fn readings(cell: &str) -> String {
    let shown = |decimal| parse(cell, decimal).map_or("no number".into(), |v| v.to_string());
    format!("{} or {}", shown(Decimal::Point), shown(Decimal::Comma))
}

/// The number of a cell; a percentage is none, as no series is one of shares.
pub(crate) fn parse(cell: &str, decimal: Decimal) -> Result<f64, Wrong> {
    let Some(parts) = take_apart(cell) else {
        return Err(Wrong::new("is not a number"));
    };
    if parts.is_percent {
        return Err(Wrong::new("is a percentage"));
    }
    let (whole, fraction) = match parts.body.split_once(decimal.mark()) {
        Some((whole, fraction)) => (whole, fraction),
        None => (parts.body.as_str(), ""),
    };
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return Err(mark(decimal));
    }
    let Some(whole) = without_thousands(whole, decimal.thousands()) else {
        return Err(mark(decimal));
    };
    let sign = if parts.negative { "-" } else { "" };
    // One conversion from text, so that 150.25K is the number nearest to 150250.
    let value = format!("{sign}{whole}.{fraction}e{}", parts.exponent).parse::<f64>();
    let is_nothing = whole.bytes().chain(fraction.bytes()).all(|digit| digit == b'0');
    match value {
        Ok(0.0) if !is_nothing => Err(Wrong::new("is too small for a number")),
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(Wrong::new("is not a finite number")),
        Err(_) => Err(Wrong::new("is not a number")),
    }
}

fn mark(decimal: Decimal) -> Wrong {
    let (name, other) = match decimal {
        Decimal::Point => ("point", ","),
        Decimal::Comma => ("comma", "."),
    };
    Wrong {
        what: format!("is no number with a decimal {name}"),
        help: Some(format!("if its decimal mark is another: decimal = \"{other}\"")),
    }
}

/// The digits of a whole number with or without marks between groups of three.
fn without_thousands(whole: &str, thousands: char) -> Option<String> {
    let is_mark = |c: char| c == thousands || (!c.is_ascii_digit() && c != '.' && c != ',');
    let groups: Vec<&str> = whole.split(is_mark).collect();
    let digits = |group: &&str| group.bytes().all(|b| b.is_ascii_digit());
    let grouped = groups.len() == 1
        || ((1..=3).contains(&groups[0].len())
            && !groups[0].starts_with('0')
            && groups[1..].iter().all(|group| group.len() == 3));
    (grouped && groups.iter().all(digits)).then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_vendors_are_read_to_the_nearest() {
        for (text, decimal, value) in [
            ("3,412.50", Decimal::Point, 3412.5),
            ("9952,3921", Decimal::Comma, 9952.3921),
            ("1.234.567,8", Decimal::Comma, 1_234_567.8),
            ("1 234 567", Decimal::Point, 1_234_567.0),
            ("1'234.5", Decimal::Point, 1234.5),
            ("150.25K", Decimal::Point, 150_250.0),
            ("1.2B", Decimal::Point, 1.2e9),
            ("$62,814", Decimal::Point, 62_814.0),
            ("-$1.5", Decimal::Point, -1.5),
            ("4.97103E-08", Decimal::Point, 4.97103e-8),
            ("4,97103E-08", Decimal::Comma, 4.97103e-8),
            ("753004934520968000000", Decimal::Point, 753_004_934_520_968_000_000.0),
            ("0.00000004971026962962963", Decimal::Point, 0.000_000_049_710_269_629_629_63),
            (".5", Decimal::Point, 0.5),
            ("5.", Decimal::Point, 5.0),
        ] {
            assert_eq!(parse(text, decimal).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn what_is_no_finite_number_is_refused() {
        for text in [
            "", "0.37%", "NaN", "inf", "1e400", "0x1F", "1_000", "12,34.5", "1.2.3", "x", "--1",
            ".",
        ] {
            assert!(parse(text, Decimal::Point).is_err(), "{text:?}");
        }
        assert!(parse("9952.39", Decimal::Comma).is_err());
        assert!(parse("9952,39", Decimal::Point).is_err());
        for text in ["0,123", "+++5", "1e-400", "5$$", &"9".repeat(101)] {
            assert!(parse(text, Decimal::Point).is_err(), "{text:?}");
        }
        assert_eq!(parse("0e-400", Decimal::Point).unwrap(), 0.0);
    }

    #[test]
    fn one_deciding_cell_decides_for_its_column_and_none_is_asked_for() {
        let decide = |cells: &[&'static str], separator| decide(cells.iter().copied(), separator);
        assert_eq!(decide(&["9,123", "9,123.5"], ','), Ok(Decimal::Point));
        assert_eq!(decide(&["9,123", "0,123"], ';'), Ok(Decimal::Comma));
        assert_eq!(decide(&["9,123", "1,234,567"], ','), Ok(Decimal::Point));
        assert_eq!(decide(&["10000", "9952,3921"], '\t'), Ok(Decimal::Comma));
        assert_eq!(decide(&["9,123", "8,000"], ';'), Err("9,123"));
        assert_eq!(decide(&["9.123"], ';'), Err("9.123"));
        assert_eq!(decide(&["9.123"], ','), Ok(Decimal::Point));
        assert_eq!(decide(&["9123"], ';'), Ok(Decimal::Point));
        assert_eq!(readings("9,123"), "9123 or 9.123");
    }

    #[test]
    fn a_cell_without_a_value_is_known() {
        for cell in ["", " ", "-", "null", "NaN", "N/A", "#N/A", "None"] {
            assert!(is_empty(cell), "{cell}");
        }
        assert!(!is_empty("0"));
    }
}
