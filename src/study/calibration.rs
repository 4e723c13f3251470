//! The histories of a study → fits of its models.

use crate::bitcoin;
use crate::calibrate::{self, Deal, Fit, RentalPrice};
use crate::chance::Stream;
use crate::chance::philox::Philox;
use crate::error::Error;
use crate::input::study::{Histories, Study, YearMonth};
use crate::report::fits::FitRow;

/// Fits every law that the study's histories can support, in the order of causation.
///
/// # Errors
/// A history that cannot support its law, with the numbers; a study that names no history.
pub fn fits(study: &Study) -> Result<Vec<Fit>, Error> {
    let h: &Histories = &study.histories;
    let window = &study.calibration;
    let mut fits = Vec::new();
    if let Some(prices) = &h.btc_price {
        let closes = dated(&prices.months, &prices.values);
        let mut bootstrap = Philox::new(study.seed, Stream::new("bootstrap", "btc_price"));
        fits.push(calibrate::btc_price(&closes, window.btc_price_from, &mut bootstrap)?);
    }
    if let Some(network) = &h.network {
        let known: Vec<(YearMonth, f64)> = network
            .months
            .iter()
            .zip(&network.fees_btc_per_day)
            .filter_map(|(month, fees)| Some((*month, (*fees)?)))
            .collect();
        let subsidy_btc = bitcoin::subsidy_btc(study.network.epoch_start_height);
        fits.push(calibrate::fees(&known, window.network_from, subsidy_btc)?);
    }
    if let Some(epochs) = &h.difficulty {
        fits.push(calibrate::network(
            &dated(&epochs.start, &epochs.difficulty),
            window.network_from,
        )?);
    }
    if let Some(quotes) = &h.gpu_rate {
        let prices: Vec<RentalPrice> = quotes
            .iter()
            .filter_map(|quote| {
                Some(RentalPrice {
                    date: quote.quarter.last_day(),
                    basis: quote.basis.clone(),
                    usd_per_gpu_hour: quote.mid_usd_per_gpu_hour?,
                })
            })
            .collect();
        fits.push(calibrate::gpu_rate(&prices)?);
    }
    if let Some(quarters) = &h.ai_capacity {
        let revenue: Vec<_> =
            quarters.iter().map(|q| (q.quarter_end, q.revenue_million_usd)).collect();
        fits.push(calibrate::ai_capacity(&revenue)?);
    }
    if let Some(deals) = &h.rent {
        let deals: Vec<Deal> = deals
            .iter()
            .map(|deal| Deal {
                date: deal.date,
                name: format!("{}, {}", deal.landlord, deal.tenant),
                is_cumulative: deal.is_cumulative,
                average_rent_usd_per_critical_it_mw_year: deal
                    .average_rent_usd_per_critical_it_mw_year,
                term_years: deal.term_years,
                escalator_per_year: None,
            })
            .collect();
        fits.push(calibrate::rent(&deals)?);
    }
    if fits.is_empty() {
        return Err(Error::Calibration("the study names no history in [data]".into()));
    }
    Ok(fits)
}

fn dated<T: Copy>(times: &[T], values: &[f64]) -> Vec<(T, f64)> {
    times.iter().copied().zip(values.iter().copied()).collect()
}

/// Fits as rows of a report, beside the values that the study has now.
pub fn rows(study: &Study, fits: &[Fit]) -> Vec<FitRow> {
    fits.iter()
        .flat_map(|fit| fit.parameters.iter().map(move |parameter| (fit, parameter)))
        .map(|(fit, parameter)| FitRow {
            key: parameter.key.into(),
            value: parameter.value,
            std_error: parameter.std_error,
            unit: parameter.unit.into(),
            study_value: study.number(parameter.key),
            observations: fit.observations,
            window: format!("{} to {}", fit.window.0, fit.window.1),
            method: fit.method.into(),
        })
        .collect()
}
