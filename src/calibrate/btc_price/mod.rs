//! The laws of the BTC price, each held against the same history of returns.
//!
//! In: closes of days or of month-ends. Out: a [`Fit`] for each law that they can support; for the
//! others a note says why there is none. Not here: the laws' simulation, and the drift to use: that is a
//! view.
//!
//! Heston's law and SVCJ are not among them: their variance is latent, and prices alone leave its
//! parameters so uncertain that a fit would be a prior in disguise. Their parameters are stated, or
//! implied by options.

pub mod garch;
pub mod gbm;
pub mod kou;
pub mod merton;
pub mod regimes;
pub mod returns;

pub use gbm::btc_price;
pub use returns::{Returns, Step};

use super::bootstrap::optimal_block_length;
use super::diagnostics::{Stability, diagnostics};
use super::free_law::{Block, FreeLaw, to_free};
use super::maximum_likelihood::{Likelihood, Maximum, delta_method, maximise};
use super::{CalibrationError, Fit, Inference, Parameter};
use rand::Rng;

/// A parameter of a law as a fit reports it.
#[derive(Debug, Clone, Copy)]
pub struct Reported {
    /// Dotted key of the study; without a dot where it only describes the history.
    pub key: &'static str,
    /// Unit, in words.
    pub unit: &'static str,
    /// Whether it was estimated with an error of its own; or follows from the history's last day.
    pub is_estimated: bool,
}

impl Reported {
    /// An estimated parameter.
    pub const fn estimated(key: &'static str, unit: &'static str) -> Self {
        Self { key, unit, is_estimated: true }
    }
    /// A state of the last day.
    pub const fn state(key: &'static str, unit: &'static str) -> Self {
        Self { key, unit, is_estimated: false }
    }
}

/// A law that can be held against returns.
pub trait Law: Likelihood + Sized {
    /// Its name in a study, with what tells variants apart: "garch, leverage".
    fn name(&self) -> &'static str;
    /// The law, in words.
    fn title(&self) -> &'static str;
    /// How it is fitted, in words.
    fn method(&self) -> &'static str;
    /// The same law on other returns.
    fn on(&self, returns: Returns) -> Self;
    /// The returns that it is held against.
    fn returns(&self) -> &Returns;
    /// Where a search may start, in free numbers.
    fn starts(&self) -> Vec<Vec<f64>>;
    /// What is reported, in order.
    fn reported(&self) -> Vec<Reported>;
    /// The values of [`Law::reported`] at free numbers of the likelihood.
    fn values(&self, free: &[f64]) -> Vec<f64>;
    /// How many of the reported parameters a caller may draw, from the first on, and how they are
    /// moved to the whole line.
    fn blocks(&self) -> Vec<Block>;
    /// F(x_t | past) of each return at free numbers.
    fn uniforms(&self, free: &[f64]) -> Vec<f64>;
    /// The maximum of its likelihood.
    fn maximum(&self) -> Maximum {
        maximise(self, &self.starts())
    }
    /// What a reader should know of the maximum.
    fn notes(&self, maximum: &Maximum) -> Vec<String>;
}

/// Fewest observations for each parameter that a law estimates.
const OBSERVATIONS_PER_PARAMETER: usize = 12;

/// Fits a law, tests it, and fits it to both halves.
///
/// # Errors
/// Fewer than 12 returns for each parameter, or returns that are all equal.
pub fn fit(law: &impl Law) -> Result<Fit, CalibrationError> {
    let returns = law.returns();
    supports(law)?;
    let maximum = law.maximum();
    let values = law.values(&maximum.free);
    let reported = law.reported();
    let errors = |covariance| {
        let of = delta_method(&maximum.free, covariance, |free| law.values(free));
        of.diag().iter().map(|variance| variance.sqrt()).collect::<Vec<f64>>()
    };
    let (plain, robust) = (errors(&maximum.covariance), errors(&maximum.robust_covariance));
    let parameters = (0..values.len()).map(|index| {
        let Reported { key, unit, is_estimated } = reported[index];
        // A parameter at its bound has no Gaussian error, nor has a state of the last day.
        let known = |error: f64| if is_estimated && error > 0.0 { error } else { f64::NAN };
        let parameter = Parameter::new(key, unit, values[index], known(plain[index]))
            .robust(known(robust[index]));
        if key.contains('.') { parameter } else { parameter.described() }
    });
    let parameters: Vec<Parameter> = parameters.collect();
    let mut tests = diagnostics(&law.uniforms(&maximum.free), &returns.logs, returns.step.spans());
    tests.stability = stability(law);
    Ok(Fit {
        law: law.title(),
        parameters,
        observations: returns.logs.len(),
        window: returns.window,
        log_likelihood: Some(maximum.log_likelihood),
        method: law.method(),
        notes: law.notes(&maximum),
        inference: Some(Inference {
            model: law.name(),
            estimated: maximum.free.len(),
            iterations: maximum.iterations,
            convergence: maximum.convergence.clone(),
            free: Some(free_law(law, &maximum)),
            diagnostics: tests,
        }),
    })
}

fn supports(law: &impl Law) -> Result<(), CalibrationError> {
    let returns = law.returns();
    let needed = OBSERVATIONS_PER_PARAMETER * law.coordinates().len();
    super::at_least(returns.step.what(), returns.logs.len(), needed)?;
    returns.vary()
}

/// The law's parameters on the whole line. What stands at a bound has no free number there: it is
/// told apart by that, and its covariances are those of the maximum, which are 0.
fn free_law(law: &impl Law, maximum: &Maximum) -> FreeLaw {
    let blocks = law.blocks();
    let width = blocks.iter().map(|block| block.width()).sum();
    let of = |free: &[f64]| to_free(&blocks, &law.values(free)[..width]);
    let free = of(&maximum.free);
    let mut covariance = delta_method(&maximum.free, &maximum.robust_covariance, of);
    covariance.iter_mut().filter(|x| !x.is_finite()).for_each(|x| *x = 0.0);
    let keys = law.reported()[..width].iter().map(|reported| reported.key).collect();
    FreeLaw { keys, blocks, free, covariance }
}

/// Each parameter of both halves; none where a half does not support the law.
fn stability(law: &impl Law) -> Vec<Stability> {
    let halves = law.returns().halves().map(|half| law.on(half));
    if halves.iter().any(|half| supports(half).is_err()) {
        return Vec::new();
    }
    let [first, second] = halves.map(|half| {
        let maximum = half.maximum();
        let values = half.values(&maximum.free);
        let covariance =
            delta_method(&maximum.free, &maximum.robust_covariance, |free| half.values(free));
        (values, covariance)
    });
    let reported = law.reported().into_iter().enumerate();
    reported
        .filter(|(_, reported)| reported.is_estimated)
        .map(|(index, reported)| {
            let variance = first.1[[index, index]] + second.1[[index, index]];
            let (a, b) = (first.0[index], second.0[index]);
            Stability {
                key: reported.key,
                first: a,
                second: b,
                difference_in_std_errors: (b - a) / variance.sqrt(),
            }
        })
        .collect()
}

/// Fits every law to the same returns; a law that they cannot support is a note of the first fit.
///
/// # Errors
/// Returns that cannot even support geometric Brownian motion.
pub fn fits<R: Rng>(returns: &Returns, generator: &mut R) -> Result<Vec<Fit>, CalibrationError> {
    let mut fits = vec![gbm::fit(returns, generator)?];
    let mut refused = Vec::new();
    let mut hold = |name: &str, fit: Result<Fit, CalibrationError>| match fit {
        Ok(fit) => fits.push(fit),
        Err(error) => refused.push(format!("{name} is not fitted: {error}")),
    };
    hold("merton", fit(&merton::Merton::new(returns.clone())));
    hold("kou", fit(&kou::Kou::new(returns.clone())));
    match returns.step {
        Step::Day => {
            for states in [2, 3] {
                hold("regimes", fit(&regimes::Regimes::new(returns.clone(), states)));
            }
            for has_leverage in [false, true] {
                hold("garch", fit(&garch::Garch::new(returns.clone(), has_leverage)));
            }
            hold("bootstrap", Ok(block_length(returns)));
        }
        Step::Month => refused.push(
            "regimes, garch and bootstrap are not fitted: they are laws of a day, and the history \
             has no 250 days in a row"
                .into(),
        ),
    }
    refused.push(
        "heston and svcj are not fitted: their variance is latent, so prices alone do not tell their \
         parameters; state them, or take those that options imply"
            .into(),
    );
    fits[0].notes.append(&mut refused);
    keep_one_of_each_table(&mut fits);
    Ok(fits)
}

/// Of the variants that share a table of the study, only that of the lowest BIC is offered to it.
fn keep_one_of_each_table(fits: &mut [Fit]) {
    for table in ["regimes", "garch"] {
        let is_variant = |fit: &Fit| {
            fit.inference.as_ref().is_some_and(|inference| inference.model.starts_with(table))
        };
        let bic = |fit: &Fit| fit.bic().unwrap_or(f64::INFINITY);
        let best = fits.iter().filter(|fit| is_variant(fit)).map(bic).min_by(f64::total_cmp);
        for fit in fits.iter_mut().filter(|fit| is_variant(fit) && Some(bic(fit)) > best) {
            for parameter in fit.parameters.iter_mut().filter(|p| p.caution.is_none()) {
                parameter.caution = Some("another variant of this law has the lower BIC");
            }
        }
    }
}

/// The mean block length that the squares of the returns ask for: their clustering is what blocks are
/// to keep.
fn block_length(returns: &Returns) -> Fit {
    let squares: Vec<f64> = returns.logs.iter().map(|r| r * r).collect();
    let length = optimal_block_length(&squares);
    let key = "btc_price.bootstrap.block_days_mean";
    Fit {
        law: "stationary bootstrap of daily returns",
        parameters: vec![Parameter::new(key, "days", length, f64::NAN)],
        observations: returns.logs.len(),
        window: returns.window,
        log_likelihood: None,
        method: "Politis-White (2004, corrected 2009) rule on squared returns",
        notes: Vec::new(),
        inference: None,
    }
}
