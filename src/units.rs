//! Units as types, for the border of the library: what is read from a file or shown to a person.
//!
//! In: a plain number in a unit that the constructor names. Out: a value that is in the range that
//! physics allows, read back in a unit that the reader names. Not here: kernels, which carry plain
//! `f64` in the unit that the name says, and quantities that no public function takes.

/// A number outside the range of its quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("found {found}, expected {expected}")]
pub struct OutOfRange {
    /// The number as it was found.
    pub found: String,
    /// What was expected, with its unit and range: "a number above 0, J/TH".
    pub expected: &'static str,
}

/// Defines one quantity, held in the unit of `$from` and `$to`, with the range that it may have.
macro_rules! quantity {
    (
        $(#[$meaning:meta])* $name:ident,
        $from:ident, $to:ident, $unit:literal, $in_range:expr, $expected:literal
    ) => {
        $(#[$meaning])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
        pub struct $name(f64);

        impl $name {
            #[doc = concat!("A quantity given in ", $unit, ".\n\n# Errors\nIt is ", $expected, ".")]
            pub fn $from(value: f64) -> Result<Self, OutOfRange> {
                if value.is_finite() && ($in_range)(value) {
                    Ok(Self(value))
                } else {
                    Err(OutOfRange { found: value.to_string(), expected: $expected })
                }
            }
            #[doc = concat!("The quantity in ", $unit, ".")]
            #[inline]
            pub const fn $to(self) -> f64 {
                self.0
            }
        }
    };
}

quantity!(
    /// Power drawn, megawatts; finite and not negative.
    Megawatts, from_mw, to_mw, "MW", |x| x >= 0.0, "a number of at least 0, MW"
);
quantity!(
    /// Energy that a machine spends per hash, joules per terahash; above 0.
    JoulesPerTerahash, from_j_per_th, to_j_per_th, "J/TH", |x| x > 0.0, "a number above 0, J/TH"
);
quantity!(
    /// Hashes per second, exahashes per second; finite and not negative.
    ExahashPerSecond, from_eh_per_s, to_eh_per_s, "EH/s", |x| x >= 0.0,
    "a number of at least 0, EH/s"
);
quantity!(
    /// Price of power, or income per unit of it, USD per MWh; finite, negative when power is paid
    /// to be taken.
    UsdPerMegawattHour, from_usd_per_mwh, to_usd_per_mwh, "USD per MWh", |_| true,
    "a finite number, USD per MWh"
);
quantity!(
    /// Price of one BTC, USD; finite and not negative.
    UsdPerBtc, from_usd_per_btc, to_usd_per_btc, "USD per BTC", |x| x >= 0.0,
    "a number of at least 0, USD per BTC"
);
quantity!(
    /// Expected income of one petahash per second over a day, USD; finite and not negative.
    Hashprice, from_usd_per_ph_day, to_usd_per_ph_day, "USD per PH/s and day", |x| x >= 0.0,
    "a number of at least 0, USD per PH/s and day"
);
quantity!(
    /// Wall power over machine power: cooling, fans and losses, a ratio of at least 1.
    PowerOverhead, from_ratio, to_ratio, "W per W", |x| x >= 1.0, "a number of at least 1"
);
quantity!(
    /// Part of the income that a pool keeps, 0 to below 1.
    PoolFee, from_fraction, to_fraction, "parts of 1", |x| (0.0..1.0).contains(&x),
    "a number from 0 to below 1"
);

impl Megawatts {
    /// A power given in kW.
    ///
    /// # Errors
    /// It is a number of at least 0.
    pub fn from_kw(kw: f64) -> Result<Self, OutOfRange> {
        Self::from_mw(kw / 1e3)
    }
    /// The power in kW.
    #[inline]
    pub const fn to_kw(self) -> f64 {
        self.0 * 1e3
    }
}

impl ExahashPerSecond {
    /// A hashrate given in PH/s.
    ///
    /// # Errors
    /// It is a number of at least 0.
    pub fn from_ph_per_s(ph_per_s: f64) -> Result<Self, OutOfRange> {
        Self::from_eh_per_s(ph_per_s / 1e3)
    }
    /// The hashrate in PH/s.
    #[inline]
    pub const fn to_ph_per_s(self) -> f64 {
        self.0 * 1e3
    }
}

impl UsdPerMegawattHour {
    /// A price given in US cents per kWh.
    ///
    /// # Errors
    /// It is a finite number.
    pub fn from_cents_per_kwh(cents_per_kwh: f64) -> Result<Self, OutOfRange> {
        Self::from_usd_per_mwh(cents_per_kwh * 10.0)
    }
    /// The price in US cents per kWh.
    #[inline]
    pub const fn to_cents_per_kwh(self) -> f64 {
        self.0 / 10.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Six roundings of half a unit in the last place would be 7e-16; 1e-12 is what users need.
    fn same(left: f64, right: f64) -> bool {
        (left - right).abs() <= 1e-12 * right.abs()
    }

    proptest! {
        #[test]
        fn a_value_comes_back_in_the_unit_it_was_given_in(x in 1e-9..1e12f64) {
            prop_assert!(same(Megawatts::from_mw(x).unwrap().to_mw(), x));
            prop_assert!(same(Megawatts::from_kw(x).unwrap().to_kw(), x));
            prop_assert!(same(ExahashPerSecond::from_ph_per_s(x).unwrap().to_ph_per_s(), x));
            let price = UsdPerMegawattHour::from_cents_per_kwh(-x).unwrap();
            prop_assert!(same(price.to_cents_per_kwh(), -x));
        }
    }

    #[test]
    fn the_usual_pairs_of_units_agree() {
        assert!(same(Megawatts::from_kw(1_500.0).unwrap().to_mw(), 1.5));
        assert!(same(ExahashPerSecond::from_ph_per_s(1_000.0).unwrap().to_eh_per_s(), 1.0));
        // 4.5 US cents per kWh are 45 USD per MWh.
        assert!(same(UsdPerMegawattHour::from_cents_per_kwh(4.5).unwrap().to_usd_per_mwh(), 45.0));
    }

    #[test]
    fn the_ends_of_each_range_are_where_physics_puts_them() {
        assert!(Megawatts::from_mw(0.0).is_ok() && Megawatts::from_mw(-1e-9).is_err());
        let efficiency = JoulesPerTerahash::from_j_per_th;
        assert!(efficiency(1e-9).is_ok() && efficiency(0.0).is_err());
        let hashrate = ExahashPerSecond::from_eh_per_s;
        assert!(hashrate(0.0).is_ok() && hashrate(-1.0).is_err());
        assert!(UsdPerMegawattHour::from_usd_per_mwh(-30.0).is_ok());
        assert!(UsdPerBtc::from_usd_per_btc(0.0).is_ok());
        assert!(UsdPerBtc::from_usd_per_btc(-1.0).is_err());
        assert!(Hashprice::from_usd_per_ph_day(-1.0).is_err());
        assert!(PowerOverhead::from_ratio(1.0).is_ok());
        assert!(PowerOverhead::from_ratio(0.95).is_err());
        assert!(PoolFee::from_fraction(0.0).is_ok() && PoolFee::from_fraction(1.0).is_err());
    }

    #[test]
    fn what_is_not_a_number_is_no_quantity() {
        for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(
                Megawatts::from_mw(x).is_err() && UsdPerMegawattHour::from_usd_per_mwh(x).is_err()
            );
            assert!(
                PowerOverhead::from_ratio(x).is_err()
                    && JoulesPerTerahash::from_j_per_th(x).is_err()
            );
        }
    }

    #[test]
    fn the_error_says_what_was_found_and_what_was_expected() {
        let error = JoulesPerTerahash::from_j_per_th(-20.0).unwrap_err();
        assert_eq!(error.to_string(), "found -20, expected a number above 0, J/TH");
    }
}
