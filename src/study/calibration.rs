//! The histories of a study → fits of its models.

use crate::bitcoin;
use crate::calibrate::network::{PriceLink, network_with_price};
use crate::calibrate::{self, Deal, Fit, RentalPrice};
use crate::chance::Stream;
use crate::chance::philox::Philox;
use crate::error::Error;
use crate::input::study::{Histories, Series, Study};
use crate::report::fits::FitRow;
use jiff::civil::Date;

/// Fits every law that the study's histories can support, in the order of causation.
///
/// # Errors
/// A history that cannot support its law, with the numbers; a study that names no history.
pub fn fits(study: &Study) -> Result<Vec<Fit>, Error> {
    let h: &Histories = &study.histories;
    let window = &study.calibration;
    let mut fits = Vec::new();
    fits.extend(btc_price(study).transpose()?);
    if let Some(fees) = &h.fees {
        let subsidy_btc = bitcoin::subsidy_btc(study.network.epoch_start_height);
        fits.push(calibrate::fees(&fees.month_means(), window.network_from, subsidy_btc)?);
    }
    if let Some(difficulty) = &h.difficulty {
        fits.push(network(study, &difficulty.epochs()?)?);
    }
    let prices = rental_prices(h);
    if !prices.is_empty() {
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
    if let Some(series) = &h.power_price {
        let prices: Vec<(Date, f64)> =
            series.days.iter().copied().zip(series.values.iter().copied()).collect();
        fits.push(calibrate::power_price(&prices)?);
    }
    if fits.is_empty() {
        return Err(Error::Calibration("the study names no history in [data]".into()));
    }
    Ok(fits)
}

/// The fit of the network: with its tie to the price where a price is there and tells it.
fn network(study: &Study, epochs: &[(Date, f64)]) -> Result<Fit, Error> {
    let from = study.calibration.network_from;
    let Some(series) = &study.histories.btc_price else {
        return Ok(calibrate::network(epochs, from)?);
    };
    let prices: Vec<(Date, f64)> =
        series.days.iter().copied().zip(series.values.iter().copied()).collect();
    let link = PriceLink {
        prices: &prices,
        entry_hashprice_usd_per_ph_day: study.network.entry_hashprice_usd_per_ph_day,
        response_delay_months: study.network.response_delay_months,
        fee_share_of_reward: study.fees.long_run_share_of_reward,
    };
    network_with_price(epochs, &link, from).or_else(|untold| {
        let mut alone = calibrate::network(epochs, from)?;
        alone.notes.push(format!("the tie to the price is left out: {untold}"));
        Ok(alone)
    })
}

/// Fits the BTC price; `None` without its history.
///
/// # Errors
/// A history that cannot support the law, with the numbers.
pub fn btc_price(study: &Study) -> Option<Result<Fit, Error>> {
    let from = study.calibration.btc_price_from;
    let fit = |prices: &Series| {
        let closes = prices.month_ends(from)?;
        let mut bootstrap = Philox::new(study.seed, Stream::new("bootstrap", "btc_price"));
        Ok(calibrate::btc_price(&closes, from, &mut bootstrap)?)
    };
    study.histories.btc_price.as_ref().map(fit)
}

/// Prices of a GPU-hour: the records, each on its basis, and the index on one of its own.
fn rental_prices(histories: &Histories) -> Vec<RentalPrice> {
    let quotes = histories.gpu_rate.iter().flatten().filter_map(|quote| {
        Some(RentalPrice {
            date: quote.quarter.last_day(),
            basis: quote.basis.clone(),
            usd_per_gpu_hour: quote.mid_usd_per_gpu_hour?,
        })
    });
    let index = histories.gpu_index.iter().flat_map(|series| {
        let basis = format!("{}, {}", series.file.file, series.account.value_column);
        let pairs = series.days.iter().zip(&series.values);
        pairs.map(move |(day, value)| RentalPrice {
            date: *day,
            basis: basis.clone(),
            usd_per_gpu_hour: *value,
        })
    });
    quotes.chain(index).collect()
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
