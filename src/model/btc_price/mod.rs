//! BTC price: a start, a drift of the level, and one of several laws for what is left.
//!
//! S_t = S_0 · exp(D(t) + drift_sd · z · t) · M_t, with D the stated drift (or the log of a forward
//! curve over the start), z one normal number per group of paths, and M a positive process with
//! E M_t = 1 at every step, whatever its law: the expected price is that of the drift, and a
//! model changes the shape alone. Each law of M has its own file and says how E M_t = 1 is kept.
//!
//! After the target year a step is a month, and ln M goes on by independent normal moves of the variance
//! that the law's own moves add up to in the long run: what memory a law has is short against years, so
//! that by the central limit theorem months tell the laws apart by little else. The drift is then the
//! study's for these years, and its uncertainty stands still: a drift that nobody knows to 25 % a year,
//! drawn once and kept for fifteen years, would make the mean price a thousand times the median.

pub mod bootstrap;
pub mod garch;
pub mod gbm;
pub mod heston;
pub mod jump_diffusion;
pub mod kou;
pub mod merton;
mod quadratic_exponential;
pub mod regimes;
mod spells;
mod student;
pub mod svcj;

use super::mixture::Mixture;
use super::{Process, Same, Shocks};
use crate::chance::{Chance, Stream};
use crate::error::Problems;
use crate::input::study::{
    BtcPrice, BtcPriceLaws, BtcPriceModel, Drift, MarketParameters, Models, Study, Volatility,
};
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math};
use crate::time::{Span, TimeGrid};
use std::sync::Arc;

/// The law of the BTC price over its drift.
pub trait LogMartingale: Same + Send + Sync {
    /// The streams of chance it draws from besides the scores of the price.
    fn streams(&self) -> Vec<Stream>;
    /// Variance of ln M that a year adds, far from the start.
    fn long_run_variance_per_year(&self) -> f64;
    /// Writes ln M of every step of one tile, each a day, with E M = 1; `log[0]` is 0.
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, log: &mut [Row]);
}

impl PartialEq for dyn LogMartingale {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other)
    }
}

/// The BTC price, USD per BTC.
#[derive(PartialEq)]
pub struct BtcPriceProcess {
    start_usd_per_btc: f64,
    /// D at every step.
    log_growth: Vec<f64>,
    drift_sd_per_year: f64,
    drift_stream: Stream,
    model: Models<BtcPriceModel>,
    laws: Mixture<Arc<dyn LogMartingale>>,
}

impl BtcPriceProcess {
    /// The price of a study, its drift a number.
    ///
    /// # Errors
    /// A law that the study's history cannot support.
    ///
    /// # Panics
    /// If the drift is to be fitted still, or the table of a model that is named, or a curve, is
    /// missing.
    pub fn of(study: &Study, grid: &TimeGrid) -> Result<Self, Problems> {
        let mut growth = match study.btc_price.drift_per_year {
            Drift::Stated(drift) => log_growth_of(drift, grid),
            Drift::Forward => {
                let curve = study.btc_forward_curve().expect("the reader asks for a curve");
                (0..grid.days()).map(|step| curve.at(step as f64)).collect()
            }
            Drift::Fitted => panic!("the drift is fitted before a price is made"),
        };
        let drift_after = study.appraisal.as_ref().map_or(0.0, |a| a.btc_drift_per_year);
        let mut log = growth[grid.days() - 1];
        for Span { steps, dt_years, .. } in &grid.spans()[1..] {
            growth.extend(steps.clone().map(|_| {
                log += drift_after * dt_years;
                log
            }));
        }
        let weighted = study.btc_price.model.weights().iter();
        let days = grid.to_target();
        let laws = weighted.map(|(model, weight)| Ok((law(study, *model, &days)?, *weight)));
        let laws = laws.collect::<Result<_, Problems>>()?;
        Ok(Self::new(&study.btc_price, growth, laws))
    }

    /// The same price for the group of one tile, with other parameters: of the laws only that which
    /// the group follows is made anew, and a law of the study's history or quotes stays.
    pub fn redrawn(&self, parameters: &MarketParameters, grid: &TimeGrid, chance: &Chance) -> Self {
        let (followed, _) = self.laws.pick(chance);
        let weights = self.model.weights().iter().zip(self.laws.laws()).enumerate();
        let laws = weights.map(|(index, ((model, weight), law))| {
            let redrawn = (index == followed)
                .then(|| of_table(&parameters.btc_price_laws, *model, &grid.to_target()))
                .flatten();
            (redrawn.unwrap_or_else(|| Arc::clone(law)), *weight)
        });
        Self::new(&parameters.btc_price, self.log_growth.clone(), laws.collect())
    }

    /// A price, `log_growth` the log of the expected price over the start at every step, and its
    /// laws with their weights.
    fn new(
        parameters: &BtcPrice,
        log_growth: Vec<f64>,
        laws: Vec<(Arc<dyn LogMartingale>, f64)>,
    ) -> Self {
        Self {
            start_usd_per_btc: parameters.start_usd_per_btc,
            log_growth,
            drift_sd_per_year: parameters.drift_sd_per_year,
            drift_stream: Stream::new("drift", Factor::BtcPrice.name()),
            model: parameters.model.clone(),
            laws: Mixture::new(laws, Factor::BtcPrice.name()),
        }
    }
}

impl Process for BtcPriceProcess {
    fn inputs(&self) -> &'static [Factor] {
        &[]
    }
    fn outputs(&self) -> &'static [Factor] {
        &[Factor::BtcPrice]
    }
    fn streams(&self) -> Vec<Stream> {
        let own = [self.drift_stream, self.laws.stream()];
        let mut streams: Vec<Stream> =
            own.into_iter().chain(self.laws.laws().flat_map(|law| law.streams())).collect();
        // Laws may share a stream: no group follows two.
        streams.sort();
        streams.dedup();
        streams
    }
    fn models(&self) -> Vec<String> {
        self.model.several("btc_price")
    }
    fn model_of(&self, chance: &Chance) -> usize {
        self.laws.pick(chance).0
    }
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, tile: &mut Tile) {
        let (_, law) = self.laws.pick(&shocks.chance);
        let (_, [price]) = tile.split(Factor::BtcPrice);
        let (price, later) = price.split_at_mut(grid.days());
        law.evolve(build, &grid.to_target(), shocks, price);
        let sd = self.drift_sd_per_year * grid.dt_years();
        let tilt = shocks.chance.group_normal(self.drift_stream).map(|z| sd * z);
        let start = math::ln(self.start_usd_per_btc);
        let (growth, growth_later) = self.log_growth.split_at(grid.days());
        let last = grid.days() - 1;
        let tilted: Row = std::array::from_fn(|i| tilt[i] * last as f64);
        let mut log: Row = std::array::from_fn(|i| price[last][i] + tilted[i]);
        grow(build, start, growth, &tilt, price);
        let variance = law.long_run_variance_per_year();
        let scores = shocks.scores(Factor::BtcPrice);
        for Span { steps, dt_years, .. } in &grid.spans()[1..] {
            let (step, sd) = (-0.5 * variance * dt_years, (variance * dt_years).sqrt());
            let rows = steps.start - grid.days()..steps.end - grid.days();
            gbm::add_up(build, step, sd, &scores[steps.clone()], &mut log, &mut later[rows]);
        }
        grow(build, start, growth_later, &[0.0; LANES], later);
        // The start is the stated price itself, not the exponential of its logarithm.
        price[0] = [self.start_usd_per_btc; LANES];
    }
}

kernel! {
    /// From ln M to the price: `exp(start + growth[t] + tilt · t + ln M)`.
    fn grow(start: f64, growth: &[f64], tilt: &Row, price: &mut [Row]) {
        for (step, (price, growth)) in price.iter_mut().zip(growth).enumerate() {
            let steps = step as f64;
            for i in 0..LANES {
                let log = steps.mul_add(tilt[i], start + growth) + price[i];
                price[i] = math::exp(log);
            }
        }
    }
}

/// A law of a study.
///
/// # Errors
/// A law that the study's history cannot support.
pub fn law(
    study: &Study,
    model: BtcPriceModel,
    grid: &TimeGrid,
) -> Result<Arc<dyn LogMartingale>, Problems> {
    if let Some(law) = of_table(&study.btc_price_laws, model, grid) {
        return Ok(law);
    }
    Ok(match model {
        BtcPriceModel::Bootstrap => {
            let log_returns = study.btc_daily_log_returns()?;
            let parameters = study.btc_price_laws.bootstrap.as_ref().expect(NO_TABLE);
            Arc::new(bootstrap::BlockBootstrap::new(parameters, log_returns, grid))
        }
        _ => {
            let curve = study.btc_variance_curve().expect("the reader asks for a curve");
            Arc::new(gbm::GeometricBrownianMotion::implied(&curve))
        }
    })
}

const NO_TABLE: &str = "the reader asks for the table of every model that a study names";

/// A law that is made of its table alone; the study holds that of every model that it names.
fn of_table(
    laws: &BtcPriceLaws,
    model: BtcPriceModel,
    grid: &TimeGrid,
) -> Option<Arc<dyn LogMartingale>> {
    Some(match model {
        BtcPriceModel::Gbm => {
            let parameters = laws.gbm.as_ref().expect(NO_TABLE);
            if parameters.volatility_per_sqrt_year == Volatility::Implied {
                return None;
            }
            Arc::new(gbm::GeometricBrownianMotion::new(parameters))
        }
        BtcPriceModel::Merton => Arc::new(merton::law(laws.merton.as_ref().expect(NO_TABLE))),
        BtcPriceModel::Kou => Arc::new(kou::law(laws.kou.as_ref().expect(NO_TABLE))),
        BtcPriceModel::Heston => {
            Arc::new(heston::StochasticVolatility::new(laws.heston.as_ref().expect(NO_TABLE)))
        }
        BtcPriceModel::Svcj => {
            Arc::new(svcj::CorrelatedJumps::new(laws.svcj.as_ref().expect(NO_TABLE)))
        }
        BtcPriceModel::Regimes => {
            let parameters = laws.regimes.as_ref().expect(NO_TABLE);
            Arc::new(regimes::SwitchingRegimes::new(parameters, grid))
        }
        BtcPriceModel::Garch => {
            Arc::new(garch::StudentGarch::new(laws.garch.as_ref().expect(NO_TABLE)))
        }
        BtcPriceModel::Bootstrap => return None,
    })
}

/// ln(expected price / start) on every day, for a drift of the level.
fn log_growth_of(drift_per_year: f64, grid: &TimeGrid) -> Vec<f64> {
    let per_step = drift_per_year * grid.dt_years();
    (0..grid.days()).map(|step| per_step * step as f64).collect()
}

#[cfg(test)]
pub(crate) mod testing {
    //! A law alone, for the tests of the laws.
    use super::*;
    use crate::input::study::Drift;
    use crate::model::testing::simulate;

    /// From the last day of 2026 to that of 2027.
    pub(crate) fn grid() -> TimeGrid {
        TimeGrid::new(jiff::civil::date(2026, 12, 31), 2027).unwrap()
    }

    /// A price that starts at 100 with the stated drift and its uncertainty.
    pub(crate) fn price(
        law: impl LogMartingale + 'static,
        drift_per_year: f64,
        drift_sd_per_year: f64,
    ) -> BtcPriceProcess {
        let parameters = BtcPrice {
            start_usd_per_btc: 100.0,
            model: Models::one(BtcPriceModel::Gbm),
            drift_per_year: Drift::Stated(drift_per_year),
            drift_sd_per_year,
        };
        let growth = log_growth_of(drift_per_year, &grid());
        BtcPriceProcess::new(&parameters, growth, vec![(Arc::new(law), 1.0)])
    }

    /// ln M on a day of `64 · tiles` paths.
    pub(crate) fn logs(law: impl LogMartingale + 'static, step: usize, tiles: u64) -> Vec<f64> {
        let mut logs = Vec::new();
        simulate(&[&price(law, 0.0, 0.0)], &grid(), tiles, |tile| {
            logs.extend(tile.rows(Factor::BtcPrice)[step].map(|price| (price / 100.0).ln()));
        });
        logs
    }

    /// ln M of one tile at every step, made by one build.
    pub(crate) fn logs_by(build: Build, law: &impl LogMartingale) -> Vec<Row> {
        let grid = grid();
        let chance = crate::chance::Chance::new(7, 640, build);
        let scores = crate::model::testing::scores(&grid, chance);
        let mut log = vec![[f64::NAN; LANES]; grid.steps()];
        law.evolve(build, &grid, Shocks::new(&scores, grid.steps(), chance), &mut log);
        log
    }
}
