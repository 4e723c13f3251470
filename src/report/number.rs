//! Numbers for people: a value rounded to what its error supports.
//!
//! In: an estimate. Out: `530.1 ±0.3`. Not here: machine output, which is never rounded.

// Text for people may differ in a last digit between platforms; results never pass here.
#![allow(clippy::disallowed_methods)]

use crate::risk::Estimate;

/// USD in a million USD.
pub const USD_PER_MILLION: f64 = 1.0e6;

/// Significant digits of a number that has no error.
const EXACT_DIGITS: i32 = 4;

/// A value and its standard error in the same unit, divided by `divisor`: `530.1 ±0.3`.
///
/// The error has one significant digit, two where its first is 1, and the value ends at the
/// same place. An error of 0 is a deterministic number and shows no error.
pub fn with_error(estimate: Estimate, divisor: f64) -> String {
    let (value, error) = (estimate.value / divisor, estimate.std_error / divisor);
    if !value.is_finite() {
        return "n/a".into();
    }
    if !error.is_finite() {
        return format!("{} ±?", exact(value));
    }
    if error == 0.0 {
        return exact(value);
    }
    let decimals = decimals_of_error(error);
    format!("{} ±{}", rounded(value, decimals), rounded(error, decimals))
}

/// As `with_error`, with a `+` before a gain.
pub fn signed_with_error(estimate: Estimate, divisor: f64) -> String {
    let text = with_error(estimate, divisor);
    if estimate.value > 0.0 && text.starts_with(|first: char| first.is_ascii_digit()) {
        format!("+{text}")
    } else {
        text
    }
}

/// The value alone, rounded to the first digit of its error.
pub fn value_only(estimate: Estimate, divisor: f64) -> String {
    let (value, error) = (estimate.value / divisor, estimate.std_error / divisor);
    if value.is_finite() && error > 0.0 && error.is_finite() {
        rounded(value, -magnitude(error))
    } else {
        exact(value)
    }
}

/// A number without an error to four significant digits, at least to the whole: `37.6`, `69,500`.
pub fn exact(value: f64) -> String {
    if !value.is_finite() {
        return "n/a".into();
    }
    if value == 0.0 {
        return "0".into();
    }
    let decimals = (EXACT_DIGITS - 1 - magnitude(value)).max(0);
    let text = rounded(value, decimals);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    } else {
        text
    }
}

/// A share as a percentage without sign: as it was written, 0.2 → `20`, 0.12345 → `12.345`; one that was
/// worked out, with more than ten decimals, to four significant digits.
pub fn percent(share: f64) -> String {
    let written = (share * 1e10).round() / 1e8;
    if (0.01 * written - share).abs() < 1e-15 { written.to_string() } else { exact(share * 100.0) }
}

/// A whole number with a comma at the thousands.
pub fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// Text with a comma at the thousands of its numbers: `1,500,000 → 1,275,000 USD`.
pub fn counted(text: &str) -> String {
    let is_number = |word: &str| {
        word.bytes().all(|b| b.is_ascii_digit() || b"-.".contains(&b))
            && word.parse::<f64>().is_ok()
    };
    let words = text.split(' ').map(|word| match is_number(word) {
        true => grouped(word),
        false => word.into(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Decimals that show an error with one significant digit, two where its first is 1.
fn decimals_of_error(error: f64) -> i32 {
    let power = magnitude(error);
    let leading = error / 10f64.powi(power);
    let digits = if leading < 1.95 { 2 } else { 1 };
    digits - 1 - power
}

/// The power of ten of the first digit.
fn magnitude(value: f64) -> i32 {
    value.abs().log10().floor() as i32
}

/// Rounded to `decimals` places; to tens, hundreds … where negative.
fn rounded(value: f64, decimals: i32) -> String {
    let text = match usize::try_from(decimals) {
        Ok(places) => format!("{value:.places$}"),
        Err(_) => {
            let step = 10f64.powi(-decimals);
            format!("{:.0}", (value / step).round() * step)
        }
    };
    let text = grouped(&text);
    let is_zero = !text.contains(|c: char| ('1'..='9').contains(&c));
    if is_zero { text.trim_start_matches('-').to_string() } else { text }
}

/// Commas at the thousands of the whole part.
fn grouped(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut shown = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    if let Some(fraction) = fraction {
        shown.push('.');
        shown.push_str(fraction);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(value: f64, std_error: f64) -> Estimate {
        Estimate { value, std_error, ci_low: value - std_error, ci_high: value + std_error }
    }

    #[test]
    fn the_error_has_one_digit_or_two_after_a_one_and_the_value_ends_with_it() {
        for (value, error, shown) in [
            (530.1234, 0.3456, "530.1 ±0.3"),
            (530.1234, 0.1456, "530.12 ±0.15"),
            (530.1234, 2.6, "530 ±3"),
            (530.1234, 12.6, "530 ±13"),
            (530.1234, 0.96, "530.1 ±1.0"),
            (71.03, 0.197, "71.0 ±0.2"),
            (1530.4, 26.0, "1,530 ±30"),
            (1_234_567.0, 1234.0, "1,234,600 ±1,200"),
            (0.0123, 0.0004, "0.0123 ±0.0004"),
            (-0.01, 0.4, "0.0 ±0.4"),
        ] {
            assert_eq!(with_error(estimate(value, error), 1.0), shown);
        }
    }

    #[test]
    fn a_deterministic_number_shows_no_error() {
        for (value, shown) in [
            (0.0, "0"),
            (100.0, "100"),
            (13.9, "13.9"),
            (69_500.0, "69,500"),
            (7_628.64, "7,629"),
            (2.0216, "2.022"),
            (-0.5, "-0.5"),
            (1.0e-7, "0.0000001"),
        ] {
            assert_eq!(with_error(estimate(value, 0.0), 1.0), shown);
        }
    }

    #[test]
    fn what_is_no_number_is_never_shown_as_one() {
        assert_eq!(with_error(estimate(f64::NAN, 1.0), 1.0), "n/a");
        assert_eq!(with_error(estimate(5.0, f64::NAN), 1.0), "5 ±?");
    }

    #[test]
    fn a_gain_carries_its_sign() {
        assert_eq!(signed_with_error(estimate(152.9e6, 0.4e6), USD_PER_MILLION), "+152.9 ±0.4");
        assert_eq!(signed_with_error(estimate(-12.3e6, 0.5e6), USD_PER_MILLION), "-12.3 ±0.5");
        assert_eq!(signed_with_error(estimate(0.0, 0.0), USD_PER_MILLION), "0");
    }

    #[test]
    fn a_value_without_its_error_claims_no_more_than_with_it() {
        for (value, error, shown) in [(71.03, 0.14, "71.0"), (71.03, 2.0, "71"), (0.0, 0.0, "0")] {
            assert_eq!(value_only(estimate(value, error), 1.0), shown);
        }
    }

    #[test]
    fn numbers_in_a_text_have_commas_and_its_words_stay() {
        for (text, shown) in [
            ("1500000 → -1275000.5 USD/MW", "1,500,000 → -1,275,000.5 USD/MW"),
            ("0.0001234 → 123, at 10000MW", "0.0001234 → 123, at 10000MW"),
            ("", ""),
        ] {
            assert_eq!(counted(text), shown);
        }
    }

    #[test]
    fn shares_print_as_written() {
        for (share, shown) in [(0.2, "20"), (0.15, "15"), (0.125, "12.5"), (1.0, "100")] {
            assert_eq!(percent(share), shown);
        }
    }
}
