//! Ranges of numbers, and the one way from text to a number.
//!
//! In: a number or the text of one. Out: a finite number in its range, or what is wrong with it; for
//! what is not disclosed, the two numbers that it lies between. Not here: where the text stood.

/// A closed or half-open range with the unit of what lies in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range {
    low: f64,
    low_is_open: bool,
    high: f64,
    unit: &'static str,
}

/// `low <= x <= high`.
pub(crate) const fn within(low: f64, high: f64, unit: &'static str) -> Range {
    Range { low, low_is_open: false, high, unit }
}

/// `low < x <= high`.
pub(crate) const fn above(low: f64, high: f64, unit: &'static str) -> Range {
    Range { low, low_is_open: true, high, unit }
}

/// A share: 0 to 1.
pub(crate) const fn share(of_what: &'static str) -> Range {
    within(0.0, 1.0, of_what)
}

/// What is wrong with a number, and the cure where one is known.
#[derive(Debug, PartialEq)]
pub(crate) struct Wrong {
    pub(crate) what: String,
    pub(crate) help: Option<String>,
}

impl Wrong {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), help: None }
    }
    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// What a cell says of a number that its company may not disclose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Amount {
    /// The number.
    Number(f64),
    /// It lies between the two, the first below the second.
    Between(f64, f64),
}

impl Range {
    /// Unit of what lies in it.
    pub(crate) fn unit(&self) -> &'static str {
        self.unit
    }
    /// The least and the most; the least itself may be excluded.
    pub(crate) fn bounds(&self) -> (f64, f64) {
        (self.low, self.high)
    }
    /// Whether the least is excluded.
    pub(crate) fn low_is_open(&self) -> bool {
        self.low_is_open
    }
    /// "above 0 to 5", for a table that has a column for the unit.
    #[cfg(test)]
    pub(crate) fn span(&self) -> String {
        let above = if self.low_is_open { "above " } else { "" };
        format!("{above}{} to {}", short(self.low), short(self.high))
    }
    /// "a number above 0 and up to 5, per √year".
    pub(crate) fn expected(&self) -> String {
        let Self { low, high, unit, .. } = self;
        if self.low_is_open {
            format!("a number above {} and up to {}, {unit}", short(*low), short(*high))
        } else {
            format!("a number from {} to {}, {unit}", short(*low), short(*high))
        }
    }
    /// The number if it is finite and in the range.
    pub(crate) fn check(&self, value: f64) -> Result<f64, Wrong> {
        if !value.is_finite() {
            return Err(Wrong::new("is not a finite number"));
        }
        let above_low = if self.low_is_open { value > self.low } else { value >= self.low };
        if above_low && value <= self.high {
            return Ok(value);
        }
        if self.low_is_open && self.low == 0.0 && value <= 0.0 {
            return Err(Wrong::new("is not positive"));
        }
        let wrong = Wrong::new("is out of range");
        if self.high == 1.0 && value > 1.0 && value <= 100.0 {
            let fraction = (value * 1e10).round() / 1e12;
            return Err(
                wrong.help(format!("write a fraction, not per cent: did you mean {fraction}?"))
            );
        }
        Err(wrong)
    }
    /// The number that `text` writes.
    pub(crate) fn parse(&self, text: &str) -> Result<f64, Wrong> {
        if text.is_empty() {
            return Err(Wrong::new("is missing").help("fill it in or remove the row"));
        }
        match text.parse::<f64>() {
            Ok(value) => self.check(value),
            Err(_) => Err(self.not_a_number(text)),
        }
    }
    /// The number that `text` writes, or the two that it lies between: `30..60`.
    pub(crate) fn parse_amount(&self, text: &str) -> Result<Amount, Wrong> {
        let Some((low, high)) = text.split_once("..") else {
            // A sign within the text: one in front may be that of a number.
            let within = text.get(1..).unwrap_or_default();
            let is_other_range = text.parse::<f64>().is_err()
                && (["-", "–", " to "].iter().any(|sign| within.contains(sign))
                    || text.starts_with(['<', '>', '~', '≤', '≥']));
            return self.parse(text).map(Amount::Number).map_err(|wrong| match is_other_range {
                true => wrong.help("write what is not disclosed as low..high: 30..60"),
                false => wrong,
            });
        };
        if !low.is_empty() && !high.is_empty() && (low.ends_with(' ') || high.starts_with(' ')) {
            return Err(
                Wrong::new("is a range with spaces in it").help("remove the spaces around ..")
            );
        }
        let end = |which: &str, text: &str| match text {
            "" => Err(Wrong::new(format!("is a range without its {which} end"))
                .help("write both ends, low..high; one that nobody can bound is an assumption")),
            _ if text.starts_with('.') => Err(Wrong::new("is neither a number nor a range")
                .help("write two numbers with two points between them: 30..60")),
            _ => self.parse(text).map_err(|wrong| Wrong {
                what: format!("is a range whose {which} end {}", wrong.what),
                help: wrong.help,
            }),
        };
        let (low, high) = (end("low", low)?, end("high", high)?);
        if low > high {
            Err(Wrong::new("is a range in reverse").help(format!("did you mean {high}..{low}?")))
        } else if low == high {
            Err(Wrong::new("is a range of no width").help(format!("write the number: {low}")))
        } else {
            Ok(Amount::Between(low, high))
        }
    }
    /// What is wrong with text that is no number.
    fn not_a_number(&self, text: &str) -> Wrong {
        let wrong = Wrong::new("is not a number");
        let begins_with_digit = text.starts_with(|c: char| c.is_ascii_digit());
        if text.trim() != text {
            wrong.help("remove the space around it")
        } else if let Some(percent) = text.strip_suffix('%') {
            match percent.trim().parse::<f64>() {
                Ok(value) if self.high == 1.0 => wrong.help(format!(
                    "write a fraction, not per cent: did you mean {}?",
                    (value * 1e10).round() / 1e12
                )),
                _ => wrong.help("write the number alone, without %"),
            }
        } else if text.contains(['$', '€', '£']) {
            wrong.help("write the number alone: its unit is in the name of the column")
        } else if text.contains([',', '\'', '’'])
            || begins_with_digit && text.contains([' ', '_', '\u{a0}', '\u{202f}'])
        {
            wrong.help("write a point before the decimals and nothing between thousands")
        } else if begins_with_digit && text.ends_with(|c: char| c.is_alphabetic()) {
            wrong.help("write the number alone: its unit is in the name of the column")
        } else {
            wrong
        }
    }
}

/// A bound as a person writes it.
fn short(bound: f64) -> String {
    if bound.abs() >= 1e5 { format!("{bound:e}") } else { bound.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_rust_reads_as_a_number_but_is_none_is_refused() {
        let range = within(-1e300, 1e300, "USD");
        for text in ["", "NaN", "nan", "inf", "-inf", "infinity", "1e400", " 1", "1,5", "1_000"] {
            assert!(range.parse(text).is_err(), "{text:?}");
        }
        assert_eq!(range.parse("-1.5e3").unwrap(), -1500.0);
    }

    #[test]
    fn bounds_belong_to_the_range_unless_open() {
        assert!(within(0.0, 1.0, "").check(0.0).is_ok());
        assert!(within(0.0, 1.0, "").check(1.0).is_ok());
        assert!(above(0.0, 1.0, "").check(0.0).is_err());
        assert!(above(0.0, 1.0, "").check(f64::MIN_POSITIVE).is_ok());
    }

    #[test]
    fn a_percentage_is_asked_whether_it_means_a_fraction() {
        let wrong = share("of power").check(20.0).unwrap_err();
        assert_eq!(
            wrong.help.as_deref(),
            Some("write a fraction, not per cent: did you mean 0.2?")
        );
        assert_eq!(share("of power").check(2000.0).unwrap_err().help, None);
    }

    #[test]
    fn a_range_says_its_unit() {
        assert_eq!(above(0.0, 1e9, "USD").expected(), "a number above 0 and up to 1e9, USD");
        assert_eq!(share("of power").expected(), "a number from 0 to 1, of power");
    }

    #[test]
    fn what_is_not_disclosed_lies_between_two_numbers() {
        let range = above(0.0, 100.0, "USD");
        assert_eq!(range.parse_amount("30..60"), Ok(Amount::Between(30.0, 60.0)));
        assert_eq!(range.parse_amount("0.5"), Ok(Amount::Number(0.5)));
        assert_eq!(range.parse_amount("5e-1..1e1"), Ok(Amount::Between(0.5, 10.0)));
        for text in [
            "..", "..5", "5..", "5..5", "6..5", "5...6", "5..6..7", "5.. 6", "a..6", "5..b",
            "0..5", "5..101", "nan..5", "5..inf", "-5..5", "5-6", "5 to 6", "",
        ] {
            assert!(range.parse_amount(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn signs_that_people_add_to_numbers_have_a_cure() {
        let help = |range: Range, text: &str| range.parse(text).unwrap_err().help.unwrap();
        let usd = within(0.0, 1e9, "USD");
        assert!(help(usd, "$5").contains("alone"));
        assert!(help(usd, "5M").contains("alone"));
        for text in ["1,000", "1 000", "1'000", "1_000"] {
            assert!(help(usd, text).contains("nothing between thousands"), "{text}");
        }
        assert!(help(share("of MW"), "85 %").ends_with("did you mean 0.85?"));
    }

    #[test]
    fn a_range_written_otherwise_is_told_how() {
        let range = within(0.0, 100.0, "USD");
        for text in ["30-60", "30–60", "30 to 60", "~45", "<60", "> 30"] {
            let help = range.parse_amount(text).unwrap_err().help;
            assert!(help.is_some_and(|help| help.ends_with("30..60")), "{text}");
        }
        assert_eq!(range.parse_amount("-5").unwrap_err().help, None);
    }
}
