//! Ranges of numbers, and the one way from text to a number.
//!
//! In: a number or the text of one. Out: a finite number in its range, or what is wrong with it.
//! Not here: where the text stood.

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

impl Range {
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
        let Ok(value) = text.parse::<f64>() else {
            let wrong = Wrong::new("is not a number");
            return Err(if text.trim() != text {
                wrong.help("remove the space around it")
            } else if text.contains(',') {
                wrong.help("write a point before the decimals and nothing between thousands")
            } else {
                wrong
            });
        };
        self.check(value)
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
}
