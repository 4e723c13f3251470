//! The BTC price in a study: where it starts, its drift, and the tables of its laws.
//!
//! In: `[btc_price]` and a table for each law. Out: values in the unit that their names say. Not
//! here: the laws' motion.

use super::key::{Kind, Value, number, table};
use super::models::{Models, laws};
use super::range::{Wrong, above, share, within};
use super::reader::{Item, Reader};
use super::schema;

/// Range of the weight of a model.
const WEIGHT: Kind = Kind::Models(above(0.0, 1.0, "of the groups of paths"));
const VOLATILITY: Kind = Kind::Number(within(0.0, 5.0, "per √year"));
/// Above it the cap of the variance, which keeps a year from exploding, lowers its mean.
const GARCH_VOLATILITY: Kind = Kind::Number(within(0.0, 1.5, "per √year"));
const JUMP_LOG_MEAN: Kind = Kind::Number(within(-2.0, 2.0, "of the log price"));
const JUMP_LOG_SD: Kind = Kind::Number(within(0.0, 2.0, "of the log price"));
/// Jumps that a history can tell from volatility: without a bound the likelihood takes every day's
/// move for one.
const JUMPS: Kind = Kind::Number(within(0.0, JUMPS_PER_YEAR_MAX, "jumps per year"));
const VARIANCE: Kind = Kind::Number(within(0.0, 25.0, "per year"));
const VARIANCE_REVERSION: Kind = Kind::Number(above(0.0, 365.0, "per year"));
const VARIANCE_VOLATILITY: Kind = Kind::Number(within(0.0, 20.0, "per √year"));
const CORRELATION: Kind = Kind::Number(within(-1.0, 1.0, "a correlation"));

/// Most jumps a year of the jump-diffusions of Merton and Kou.
pub const JUMPS_PER_YEAR_MAX: f64 = 12.0;
/// Most that a shock of the GARCH variance keeps from day to day, in sum: half of it is gone after
/// 23 days. Fits to daily BTC reach 1, where the variance has no level to return to.
pub const PERSISTENCE_MAX: f64 = 0.97;

table! {
    /// Start, law and drift of the BTC price.
    pub struct BtcPrice in "btc_price" {
        /// Price at the close of the as-of date.
        start_usd_per_btc: f64 = Kind::Number(above(0.0, 1e9, "USD per BTC")), "62_814.0";
        /// Law of motion, or several with their weights.
        model: Models<BtcPriceModel> = WEIGHT, "\"gbm\"";
        /// Drift of the level: `E[S_T] = S_0 exp(drift T)` where the drift is certain.
        drift_per_year: Drift = Kind::Drift(within(-5.0, 5.0, "per year")), "0.0";
        /// Standard deviation of the drift, drawn once per group of paths.
        drift_sd_per_year: f64 = Kind::Number(within(0.0, 5.0, "per year")), "0.25";
    }
}

/// Drift of the level of a price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Drift {
    /// A stated number, per year.
    Stated(f64),
    /// That of the study's history, as `calibrate` fits it.
    Fitted,
    /// That of the study's forward curve.
    Forward,
}

impl Drift {
    /// The stated number.
    pub fn stated(self) -> Option<f64> {
        match self {
            Self::Stated(value) => Some(value),
            Self::Fitted | Self::Forward => None,
        }
    }
}

impl Value for Drift {
    fn placeholder() -> Self {
        Self::Stated(f64::NAN)
    }
    fn read(item: &Item, kind: &Kind) -> Result<Self, Wrong> {
        match item {
            Item::Text(text) if text == "fitted" => Ok(Self::Fitted),
            Item::Text(text) if text == "forward" => Ok(Self::Forward),
            _ => number(item, kind.range()).map(Self::Stated),
        }
    }
    fn write(&self) -> Option<String> {
        Some(match self {
            Self::Stated(value) => format!("{value:?}"),
            Self::Fitted => "\"fitted\"".into(),
            Self::Forward => "\"forward\"".into(),
        })
    }
}

/// Volatility of geometric Brownian motion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Volatility {
    /// A stated number, per √year.
    Stated(f64),
    /// That of the study's implied volatilities.
    Implied,
}

impl Value for Volatility {
    fn placeholder() -> Self {
        Self::Stated(f64::NAN)
    }
    fn read(item: &Item, kind: &Kind) -> Result<Self, Wrong> {
        match item {
            Item::Text(text) if text == "implied" => Ok(Self::Implied),
            _ => number(item, kind.range()).map(Self::Stated),
        }
    }
    fn write(&self) -> Option<String> {
        Some(match self {
            Self::Stated(value) => format!("{value:?}"),
            Self::Implied => "\"implied\"".into(),
        })
    }
    fn number_mut(&mut self, index: Option<usize>) -> Option<&mut f64> {
        match self {
            Self::Stated(value) => value.number_mut(index),
            Self::Implied => None,
        }
    }
}

laws! {
    /// A law of motion of the BTC price.
    pub enum BtcPriceModel;
    /// The tables of the laws of the BTC price that a study holds.
    pub struct BtcPriceLaws;
    /// Geometric Brownian motion.
    Gbm: gbm,
    /// Lognormal jumps on geometric Brownian motion.
    Merton: merton,
    /// Double-exponential jumps on geometric Brownian motion.
    Kou: kou,
    /// Stochastic volatility.
    Heston: heston,
    /// Stochastic volatility with jumps in price and variance.
    Svcj: svcj,
    /// Regimes of drift and volatility.
    Regimes: regimes,
    /// Volatility that follows yesterday's move.
    Garch: garch,
    /// Blocks of the study's own history.
    Bootstrap: bootstrap,
}

table! {
    /// Geometric Brownian motion.
    pub struct Gbm in "btc_price.gbm" {
        /// Volatility of the log price; implied, that of the curve that
        /// `data.btc_implied_volatility` names.
        volatility_per_sqrt_year: Volatility =
            Kind::Volatility(within(0.0, 5.0, "per √year")), "0.5";
    }
}

table! {
    /// Merton's jump-diffusion: normal jumps of the log price.
    pub struct Merton in "btc_price.merton" {
        /// Volatility of the log price between jumps.
        volatility_per_sqrt_year: f64 = VOLATILITY, "0.45";
        /// Mean number of jumps.
        jumps_per_year: f64 = JUMPS, "4.0";
        /// Mean of a jump of the log price.
        jump_log_mean: f64 = JUMP_LOG_MEAN, "-0.02";
        /// Standard deviation of a jump.
        jump_log_sd: f64 = JUMP_LOG_SD, "0.1";
    }
}

table! {
    /// Kou's jump-diffusion: double-exponential jumps of the log price.
    pub struct Kou in "btc_price.kou" {
        /// Volatility of the log price between jumps.
        volatility_per_sqrt_year: f64 = VOLATILITY, "0.45";
        /// Mean number of jumps.
        jumps_per_year: f64 = JUMPS, "4.0";
        /// Probability that a jump goes up.
        jump_up_probability: f64 = Kind::Number(share("of the jumps")), "0.5";
        /// Mean size of a jump up, 1/η₁; the expected price needs it below 1.
        jump_up_log_mean: f64 = Kind::Number(above(0.0, 0.9, "of the log price")), "0.07";
        /// Mean size of a jump down, 1/η₂.
        jump_down_log_mean: f64 = Kind::Number(above(0.0, 2.0, "of the log price")), "0.08";
    }
}

table! {
    /// Heston's stochastic volatility.
    pub struct Heston in "btc_price.heston" {
        /// Variance of the log price at the as-of date.
        start_variance_per_year: f64 = VARIANCE, "0.22";
        /// Variance that reverts to.
        long_run_variance_per_year: f64 = VARIANCE, "0.25";
        /// Speed at which the variance reverts.
        reversion_per_year: f64 = VARIANCE_REVERSION, "5.0";
        /// σ_v in dV = κ(θ − V)dt + σ_v √V dW.
        variance_volatility_per_sqrt_year: f64 = VARIANCE_VOLATILITY, "1.0";
        /// Correlation of the shocks of price and variance.
        correlation: f64 = CORRELATION, "-0.3";
    }
}

table! {
    /// Stochastic volatility with jumps that come to price and variance at once.
    pub struct Svcj in "btc_price.svcj" {
        /// Variance of the log price at the as-of date.
        start_variance_per_year: f64 = VARIANCE, "0.2209";
        /// Variance that reverts to, without jumps.
        long_run_variance_per_year: f64 = VARIANCE, "0.1082";
        /// Speed at which the variance reverts.
        reversion_per_year: f64 = VARIANCE_REVERSION, "13.377";
        /// σ_v in dV = κ(θ − V)dt + σ_v √V dW + jumps.
        variance_volatility_per_sqrt_year: f64 = VARIANCE_VOLATILITY, "0.94";
        /// Correlation of the shocks of price and variance.
        correlation: f64 = CORRELATION, "-0.425";
        /// Mean number of jumps.
        jumps_per_year: f64 = Kind::Number(within(0.0, 60.0, "jumps per year")), "1.288";
        /// Mean of a jump of the log price that comes without one of the variance.
        jump_log_mean: f64 = JUMP_LOG_MEAN, "-0.0676";
        /// Standard deviation of a jump of the log price given that of the variance.
        jump_log_sd: f64 = JUMP_LOG_SD, "0.1576";
        /// What a jump of the variance adds to that of the log price, per unit.
        jump_log_per_variance: f64 =
            Kind::Number(within(-5.0, 5.0, "of the log price per unit of variance")), "-0.0303";
        /// Mean of the exponential jump of the variance; 0 is the law of Bates.
        variance_jump_mean: f64 = VARIANCE, "0.7375";
    }
}

table! {
    /// A daily Markov chain of regimes, each with its drift and volatility.
    pub struct Regimes in "btc_price.regimes" {
        /// Drift of the log price in each regime.
        log_drift_per_year: Vec<f64> =
            Kind::Numbers(within(-20.0, 20.0, "per year")), "[0.01, 0.59, -0.82]";
        /// Volatility in each regime.
        volatility_per_sqrt_year: Vec<f64> =
            Kind::Numbers(within(0.0, 5.0, "per √year")), "[0.13, 0.46, 0.84]";
        /// Probability of tomorrow's regime (column) given today's (row).
        transition_per_day: Vec<Vec<f64>> = Kind::Matrix(share("per day")),
            "[[0.91, 0.085, 0.005], [0.041, 0.955, 0.004], [0.003, 0.017, 0.98]]";
        /// Probability of each regime on the first day.
        start_probability: Vec<f64> = Kind::Numbers(share("of the paths")), "[0.26, 0.56, 0.18]";
    }
}

table! {
    /// GARCH(1,1) with leverage and Student-t innovations.
    pub struct Garch in "btc_price.garch" {
        /// Volatility that the variance returns to.
        volatility_per_sqrt_year: f64 = GARCH_VOLATILITY, "0.5";
        /// Volatility on the first day.
        start_volatility_per_sqrt_year: f64 = GARCH_VOLATILITY, "0.45";
        /// Weight of yesterday's squared move.
        alpha: f64 = Kind::Number(share("of the variance")), "0.06";
        /// Weight of yesterday's variance.
        beta: f64 = Kind::Number(share("of the variance")), "0.9";
        /// Weight that yesterday's squared move has besides if it went down.
        leverage: f64 = Kind::Number(within(-1.0, 1.0, "of the variance")), "0.0";
        /// Degrees of freedom of the innovations.
        degrees_of_freedom: f64 = Kind::Number(above(2.0, 1000.0, "degrees of freedom")), "4.5";
    }
}

table! {
    /// Stationary bootstrap of the study's daily history.
    pub struct Bootstrap in "btc_price.bootstrap" {
        /// Mean length of a block.
        block_days_mean: f64 = Kind::Number(within(1.0, 365.0, "days")), "30.0";
        /// What the history's moves about their mean are multiplied by: 0.7 where the years to come
        /// are taken to be calmer by 30 %.
        volatility_factor: f64 = Kind::Number(within(0.0, 5.0, "times the history's")), "1.0";
    }
}

impl Regimes {
    /// What is wrong with the regimes as a whole: the key, the fault, what was expected.
    fn faults(&self) -> Vec<(&'static str, String, String)> {
        let states = self.volatility_per_sqrt_year.len();
        let mut faults = Vec::new();
        let count =
            |found| (format!("has {found} regimes"), format!("{states}, as the volatilities"));
        for (name, found) in [
            ("log_drift_per_year", self.log_drift_per_year.len()),
            ("start_probability", self.start_probability.len()),
            ("transition_per_day", self.transition_per_day.len()),
        ] {
            if found != states {
                let (what, expected) = count(found);
                faults.push((name, what, expected));
            }
        }
        let sums_to_1 = |row: &[f64]| (row.iter().sum::<f64>() - 1.0).abs() < 1e-9;
        if self.transition_per_day.iter().any(|row| row.len() != states || !sums_to_1(row)) {
            let expected = format!("{states} rows of {states} probabilities that sum to 1");
            faults.push(("transition_per_day", "is no matrix of transitions".into(), expected));
        }
        if !sums_to_1(&self.start_probability) {
            let what = "does not sum to 1".into();
            faults.push(("start_probability", what, "probabilities that sum to 1".into()));
        }
        faults
    }
}

impl Garch {
    /// What a shock of the variance keeps from day to day.
    pub fn persistence(&self) -> f64 {
        self.alpha + self.beta + 0.5 * self.leverage
    }
}

impl BtcPriceLaws {
    /// Multiplies the volatility of every law, that of its jumps included; an implied one is
    /// that of its quotes.
    pub(super) fn scale_volatility(&mut self, factor: f64) {
        let variance_factor = factor * factor;
        if let Some(gbm) = &mut self.gbm
            && let Volatility::Stated(sigma) = &mut gbm.volatility_per_sqrt_year
        {
            *sigma *= factor;
        }
        if let Some(merton) = &mut self.merton {
            merton.volatility_per_sqrt_year *= factor;
            merton.jump_log_mean *= factor;
            merton.jump_log_sd *= factor;
        }
        if let Some(kou) = &mut self.kou {
            kou.volatility_per_sqrt_year *= factor;
            kou.jump_up_log_mean *= factor;
            kou.jump_down_log_mean *= factor;
        }
        if let Some(heston) = &mut self.heston {
            heston.start_variance_per_year *= variance_factor;
            heston.long_run_variance_per_year *= variance_factor;
            heston.variance_volatility_per_sqrt_year *= factor;
        }
        if let Some(svcj) = &mut self.svcj {
            svcj.start_variance_per_year *= variance_factor;
            svcj.long_run_variance_per_year *= variance_factor;
            svcj.variance_volatility_per_sqrt_year *= factor;
            svcj.jump_log_mean *= factor;
            svcj.jump_log_sd *= factor;
            svcj.jump_log_per_variance /= factor;
            svcj.variance_jump_mean *= variance_factor;
        }
        if let Some(regimes) = &mut self.regimes {
            regimes.volatility_per_sqrt_year.iter_mut().for_each(|sigma| *sigma *= factor);
        }
        if let Some(bootstrap) = &mut self.bootstrap {
            bootstrap.volatility_factor *= factor;
        }
        if let Some(garch) = &mut self.garch {
            garch.volatility_per_sqrt_year *= factor;
            garch.start_volatility_per_sqrt_year *= factor;
        }
    }
    /// Notes values of a law that are fine alone and not together.
    pub(crate) fn check_together(&self, reader: &mut Reader<'_>) {
        for (dotted, what, expected) in self.faults() {
            let key = schema::key(&dotted);
            reader.refuse(key, format!("{} {what}", key.name), expected);
        }
    }
    /// What is wrong with values together: the key, the fault, what was expected.
    pub(crate) fn faults(&self) -> Vec<(String, String, String)> {
        let mut faults = Vec::new();
        let mut refuse = |dotted: String, what: String, expected: String| {
            faults.push((dotted, what, expected));
        };
        for (name, what, expected) in self.regimes.iter().flat_map(Regimes::faults) {
            refuse(format!("btc_price.regimes.{name}"), what, expected);
        }
        if let Some(svcj) = &self.svcj
            && svcj.jump_log_per_variance * svcj.variance_jump_mean >= 1.0
        {
            refuse(
                "btc_price.svcj.jump_log_per_variance".into(),
                "makes the mean of a jump of the price infinite".into(),
                "jump_log_per_variance times variance_jump_mean below 1".into(),
            );
        }
        if let Some(garch) = &self.garch {
            if garch.persistence() > PERSISTENCE_MAX {
                refuse(
                    "btc_price.garch.beta".into(),
                    format!("makes shocks of the variance persist by {}", garch.persistence()),
                    format!("alpha + beta + leverage / 2 of at most {PERSISTENCE_MAX} a day"),
                );
            }
            if garch.alpha + garch.leverage < 0.0 {
                let expected = "alpha + leverage of at least 0: a variance is not negative";
                refuse("btc_price.garch.leverage".into(), "is too low".into(), expected.into());
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drift_is_a_number_or_where_to_take_it_from() {
        let kind = BtcPrice::KEYS[2].kind;
        for (item, drift) in [
            (Item::Number(0.1), Drift::Stated(0.1)),
            (Item::Text("fitted".into()), Drift::Fitted),
            (Item::Text("forward".into()), Drift::Forward),
        ] {
            assert_eq!(Drift::read(&item, &kind).unwrap(), drift);
        }
        assert!(Drift::read(&Item::Text("zero".into()), &kind).is_err());
        assert!(Drift::read(&Item::Number(9.0), &kind).is_err());
    }

    #[test]
    fn a_number_is_set_by_its_dotted_key() {
        let mut laws = BtcPriceLaws {
            gbm: Some(Gbm { volatility_per_sqrt_year: Volatility::Stated(0.5) }),
            ..BtcPriceLaws::default()
        };
        let key = "btc_price.gbm.volatility_per_sqrt_year";
        *laws.number_mut(key).unwrap() = 0.4;
        assert_eq!(laws.gbm.as_ref().unwrap().volatility_per_sqrt_year, Volatility::Stated(0.4));
        laws.gbm = Some(Gbm { volatility_per_sqrt_year: Volatility::Implied });
        assert_eq!(laws.number_mut(key), None, "it is no number");
        assert_eq!(laws.number_mut("btc_price.merton.jumps_per_year"), None, "no table");
    }
}
