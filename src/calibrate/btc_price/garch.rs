//! GARCH(1,1), with or without leverage, held against daily returns.
//!
//! In: returns of neighbouring days. Out: log-densities, transforms, and the maximum with its errors.
//! Not here: the simulation.
//!
//! h_t = w + (α + γ·[e_(t−1) < 0])·e²_(t−1) + β·h_(t−1) with w = σ²(1 − P), P = α + β + γ/2, and e_t of
//! variance h_t, normal or Student's t. Before the first day e² and h are the sample's variance.
//! For a study σ² is the sample's variance (targeting) and P at most 0.97: raw fits to daily BTC end at
//! P = 1, where the variance has no level and a year of it explodes. The errors are those of the two
//! steps together: a day moves the sample's variance by ((1 − β)(e² − h) + γ(1{e < 0} − ½)e²)/(1 − P)/n.
//! Source: Bollerslev, Journal of Econometrics 31 (1986); Glosten, Jagannathan, Runkle, Journal of
//! Finance 48 (1993); Francq, Horváth, Zakoïan, Journal of Financial Econometrics 9 (2011), targeting.

use super::{Law, Reported, Returns};
use crate::calibrate::free_law::{ASYMMETRY, Block};
use crate::calibrate::maximum_likelihood::{Coordinate, Given, Likelihood, Maximum, infer, search};
use crate::calibrate::transform::Transform;
use crate::input::study::PERSISTENCE_MAX;
use crate::tile::normal;
use crate::time::DAYS_PER_YEAR;
use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::gamma::ln_gamma;

const DT: f64 = 1.0 / DAYS_PER_YEAR;
/// The cap of a raw fit: where α + β is 1 the level of the variance is not defined.
const PERSISTENCE_RAW: f64 = 0.9999;

/// The law of a day's standardised move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Innovation {
    /// Standard normal.
    Normal,
    /// Student's t, scaled to a variance of one.
    StudentT,
}

/// Where the level of the variance comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The sample's variance.
    Sample,
    /// The likelihood.
    Likelihood,
}

/// GARCH(1,1) on a history.
#[derive(Debug, Clone)]
pub struct Garch {
    /// Returns of neighbouring days.
    pub returns: Returns,
    /// Whether falls may move the variance more than rises.
    pub has_leverage: bool,
    /// The law of a day's standardised move.
    pub innovation: Innovation,
    /// Where the level of the variance comes from.
    pub level: Level,
    /// Cap on α + β + γ/2, below 1.
    pub persistence_max: f64,
}

/// The values behind free numbers, per day.
struct Parameters {
    mean: f64,
    variance: f64,
    persistence: f64,
    alpha: f64,
    beta: f64,
    leverage: f64,
    degrees_of_freedom: f64,
}

/// Places of the coordinates that every variant has.
const MEAN: usize = 0;
const VOLATILITY: usize = 1;
const PERSISTENCE: usize = 2;
const NEWS: usize = 3;

impl Garch {
    /// The law as a study may use it: Student-t moves, the sample's variance, persistence at most 0.97.
    pub fn new(returns: Returns, has_leverage: bool) -> Self {
        Self {
            returns,
            has_leverage,
            innovation: Innovation::StudentT,
            level: Level::Sample,
            persistence_max: PERSISTENCE_MAX,
        }
    }

    fn parameters(&self, free: &[f64]) -> Parameters {
        let transforms: Vec<Transform> =
            self.coordinates().iter().map(|coordinate| coordinate.transform).collect();
        let of = |index: usize| transforms[index].from_free(free[index]);
        let asymmetry = if self.has_leverage { of(NEWS + 1) } else { 0.0 };
        let persistence = of(PERSISTENCE);
        let news = persistence * of(NEWS);
        Parameters {
            mean: of(MEAN) * DT,
            variance: of(VOLATILITY).powi(2) * DT,
            persistence,
            alpha: news * (1.0 - asymmetry),
            beta: persistence - news,
            leverage: 2.0 * news * asymmetry,
            degrees_of_freedom: match self.innovation {
                Innovation::Normal => f64::INFINITY,
                Innovation::StudentT => of(free.len() - 1),
            },
        }
    }

    /// Deviation and variance of each day to `see`; the variance of the day after comes back.
    fn walk(&self, law: &Parameters, mut see: impl FnMut(f64, f64)) -> f64 {
        let n = self.returns.logs.len() as f64;
        let before = self.returns.logs.iter().map(|x| (x - law.mean).powi(2)).sum::<f64>() / n;
        let base = law.variance * (1.0 - law.persistence);
        let mut variance = base + law.persistence * before;
        for x in &self.returns.logs {
            let e = x - law.mean;
            see(e, variance);
            let news = if e < 0.0 { law.alpha + law.leverage } else { law.alpha };
            variance = base + news * e * e + law.beta * variance;
        }
        variance
    }

    /// What each day gives to the error of the log of the sample's volatility.
    fn influence_of_level(&self, free: &[f64]) -> Vec<f64> {
        let law = self.parameters(free);
        let n = self.returns.logs.len() as f64;
        let scale = 1.0 / ((1.0 - law.persistence) * 2.0 * law.variance * n);
        let mut influence = Vec::new();
        self.walk(&law, |e, variance| {
            let side = if e < 0.0 { 0.5 } else { -0.5 };
            let news = (1.0 - law.beta) * (e * e - variance) + law.leverage * side * e * e;
            influence.push(scale * news);
        });
        influence
    }
}

impl Likelihood for Garch {
    fn coordinates(&self) -> Vec<Coordinate> {
        let logit = |low: f64, high: f64| Transform::Logit { low, high };
        let mut all = vec![
            Coordinate::new("mean log return", Transform::Identity),
            Coordinate::new("volatility", Transform::Log),
            Coordinate::new("persistence", logit(0.0, self.persistence_max)),
            Coordinate::new("share of news in the persistence", logit(0.0, 1.0)),
        ];
        if self.has_leverage {
            all.push(Coordinate::new("asymmetry of news", ASYMMETRY));
        }
        if self.innovation == Innovation::StudentT {
            all.push(Coordinate::new("degrees of freedom", logit(2.0, 1_000.0)));
        }
        all
    }

    fn log_densities(&self, free: &[f64], out: &mut Vec<f64>) {
        let law = self.parameters(free);
        let nu = law.degrees_of_freedom;
        match self.innovation {
            Innovation::Normal => {
                let constant = 0.5 * std::f64::consts::TAU.ln();
                self.walk(&law, |e, variance| {
                    out.push(-constant - 0.5 * (variance.ln() + e * e / variance));
                });
            }
            Innovation::StudentT => {
                let constant = ln_gamma(0.5 * (nu + 1.0))
                    - ln_gamma(0.5 * nu)
                    - 0.5 * (std::f64::consts::PI * (nu - 2.0)).ln();
                self.walk(&law, |e, variance| {
                    let tail = (e * e / (variance * (nu - 2.0))).ln_1p();
                    out.push(constant - 0.5 * variance.ln() - 0.5 * (nu + 1.0) * tail);
                });
            }
        }
    }
}

impl Law for Garch {
    fn name(&self) -> &'static str {
        if self.has_leverage { "garch, leverage" } else { "garch" }
    }
    fn title(&self) -> &'static str {
        match self.has_leverage {
            false => "GARCH(1,1) with Student-t moves of the BTC price",
            true => "GARCH(1,1) with leverage (GJR) and Student-t moves of the BTC price",
        }
    }
    fn method(&self) -> &'static str {
        "maximum likelihood given the sample's variance, persistence at most 0.97; two-step errors"
    }
    fn on(&self, returns: Returns) -> Self {
        Self { returns, ..self.clone() }
    }
    fn returns(&self) -> &Returns {
        &self.returns
    }
    fn starts(&self) -> Vec<Vec<f64>> {
        let (drift, volatility) = self.returns.moments();
        let start = |persistence: f64, news: f64| {
            let mut values = vec![drift, volatility, persistence * self.persistence_max, news];
            values.extend(self.has_leverage.then_some(0.1));
            values.extend((self.innovation == Innovation::StudentT).then_some(6.0));
            let transforms = self.coordinates().into_iter().map(|c| c.transform);
            transforms.zip(values).map(|(t, value)| t.to_free(value)).collect()
        };
        vec![start(0.97, 0.08), start(0.8, 0.2)]
    }
    fn reported(&self) -> Vec<Reported> {
        let shown = if self.has_leverage { Reported::estimated } else { Reported::state };
        vec![
            Reported::estimated("btc_price.garch.volatility_per_sqrt_year", "per sqrt(year)"),
            Reported::estimated("btc_price.garch.alpha", "of the variance"),
            Reported::estimated("btc_price.garch.beta", "of the variance"),
            shown("btc_price.garch.leverage", "of the variance"),
            Reported::estimated("btc_price.garch.degrees_of_freedom", "degrees of freedom"),
            Reported::state(
                "btc_price.garch.start_volatility_per_sqrt_year",
                "per sqrt(year), on the day after the last",
            ),
            Reported::estimated("log_drift_per_year", "per year, of the logarithm"),
        ]
    }
    fn values(&self, free: &[f64]) -> Vec<f64> {
        let law = self.parameters(free);
        let per_year = |variance: f64| (variance / DT).sqrt();
        vec![
            per_year(law.variance),
            law.alpha,
            law.beta,
            law.leverage,
            law.degrees_of_freedom,
            per_year(self.walk(&law, |_, _| ())),
            law.mean / DT,
        ]
    }
    fn blocks(&self) -> Vec<Block> {
        let degrees = Transform::Logit { low: 2.0, high: 1_000.0 };
        vec![
            Block::One(Transform::Log),
            Block::Persistence { max: self.persistence_max },
            Block::One(degrees),
        ]
    }
    fn uniforms(&self, free: &[f64]) -> Vec<f64> {
        let law = self.parameters(free);
        let nu = law.degrees_of_freedom;
        let student = StudentsT::new(0.0, 1.0, nu);
        let mut uniforms = Vec::new();
        self.walk(&law, |e, variance| {
            let z = e / variance.sqrt();
            uniforms.push(match &student {
                Ok(student) if nu.is_finite() => student.cdf(z * (nu / (nu - 2.0)).sqrt()),
                _ => normal::cdf(z),
            });
        });
        uniforms
    }
    fn maximum(&self) -> Maximum {
        match self.level {
            Level::Likelihood => {
                let (free, iterations) = search(self, &self.starts(), &[]);
                infer(self, free, iterations, &[])
            }
            Level::Sample => {
                let (free, iterations) = search(self, &self.starts(), &[VOLATILITY]);
                let influence = self.influence_of_level(&free);
                infer(self, free, iterations, &[Given { index: VOLATILITY, influence }])
            }
        }
    }
    fn notes(&self, maximum: &Maximum) -> Vec<String> {
        let law = self.parameters(&maximum.free);
        let mut notes = Vec::new();
        if maximum.is_at_bound[PERSISTENCE] {
            let raw = Self { persistence_max: PERSISTENCE_RAW, ..self.clone() };
            let (free, _) = search(&raw, &raw.starts(), &[]);
            let raw = raw.parameters(&free);
            let sum = if self.has_leverage { "alpha + beta + leverage/2" } else { "alpha + beta" };
            notes.push(format!(
                "persistence at its cap of {}; raw fit: {sum} = {:.3} with {:.1} degrees of freedom",
                self.persistence_max, raw.persistence, raw.degrees_of_freedom
            ));
        }
        if law.degrees_of_freedom < 4.0 {
            notes.push(
                "below 4 degrees of freedom a sample's variance has no standard error: that of the \
                 volatility is a lower bound"
                    .into(),
            );
        }
        notes
    }
}
