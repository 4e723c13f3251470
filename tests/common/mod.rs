//! What several test files use.
#![allow(dead_code)]

pub(crate) mod fourier;
pub(crate) mod fourier_chain;

use wattshift::chance::{Chance, Stream};
use wattshift::input::study::{Gbm, Study, Triangular, Volatility};
use wattshift::tile::{Factor, LANES};
use wattshift::time::TimeGrid;

/// The embedded default study.
pub(crate) fn default_study() -> Study {
    Study::default_study()
}

/// Nothing is drawn and the network stands still; halls come on their due dates.
pub(crate) fn still() -> Study {
    let mut study = default_study();
    study.btc_price_laws.gbm = Some(Gbm { volatility_per_sqrt_year: Volatility::Stated(0.0) });
    study.btc_price.drift_sd_per_year = 0.0;
    study.fees.innovation_sd_per_month = 0.0;
    study.fees.spikes_per_year = 0.0;
    study.network.growth_per_month = 0.0;
    study.network.noise_sd_per_month = 0.0;
    study.network.response_per_month = 0.0;
    study.network.shutdown_hashprice_usd_per_ph_day = 1e-9;
    study.ai_market.boom_to_glut_per_month = 0.0;
    let two_regime = study.ai_market_laws.two_regime.as_mut();
    two_regime.expect("the default study has it").tightness_sd_per_sqrt_year = 0.0;
    study.ai_market.gpu_rate_sd_per_sqrt_year = 0.0;
    study.ai_market.gpu_rate_drift_boom_per_year = 0.0;
    study.ai_market.rent_sd_per_sqrt_year = 0.0;
    study.ai_market.rent_trend_boom_per_year = 0.0;
    study.delivery.delay_median_months = 0.0;
    study.delivery.delay_log_sd = 0.0;
    study.delivery.redesign_probability = 0.0;
    study.capital.shell_usd_per_critical_it_mw =
        Triangular { low: 10.5e6, mode: 10.5e6, high: 10.5e6 };
    study.capital.overrun_log_mean = 0.0;
    study.capital.overrun_log_sd = 0.0;
    study
}

/// Uncoupled scores of one tile.
pub(crate) fn scores(grid: &TimeGrid, chance: Chance) -> Vec<[f32; LANES]> {
    let mut scores = vec![[0.0; LANES]; Factor::SCORED.len() * grid.steps()];
    for (rows, factor) in scores.chunks_mut(grid.steps()).zip(Factor::SCORED) {
        chance.scores(Stream::new("score", factor.name()), rows);
    }
    scores
}

/// Mean and standard error of the mean of a sample.
pub(crate) fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}
