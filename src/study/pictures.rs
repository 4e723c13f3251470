//! What a report draws of a run: its first paths, made again, and the histories beside.
//!
//! In: a study. Out: densities of its headline metrics by share, fans of its markets by month. A path is
//! a function of seed and number, so these are paths of the run itself, however large it was. Not here:
//! any number that is quoted.

use super::kept::{Keep, keep_first};
use super::market::{Markets, markets};
use super::paths::Progress;
use crate::economics::metric::Metric;
use crate::error::Error;
use crate::input::study::{Series, Study, YearMonth};
use crate::report::pictures::{Densities, FAN, MarketFan, Pictures, drawn};
use crate::risk::density::density;
use crate::tile::{Factor, PATHS_PER_GROUP};
use ndarray::Axis;

/// Paths that densities are drawn from.
const PATHS: u64 = 8_192;
/// Paths that markets are drawn from: each takes some tens of kB.
const MARKET_PATHS: u64 = 2_048;
/// Places of a density.
const PLACES: usize = 112;
/// Part of the worlds that a picture of densities may cut off at either end.
const CUT: f64 = 0.002;
/// Blocks of a day, as the protocol aims at: the fees of a day over those of a block.
const BLOCKS_PER_DAY: f64 = 144.0;
/// Months of history before the as-of date that are drawn.
const HISTORY_MONTHS: i32 = 60;

/// The metrics whose densities are drawn, where a study has them.
const DRAWN: [Metric; 3] = [Metric::Revenue, Metric::MarginAfterCapital, Metric::Npv];

/// Paths that pictures of a study make again, besides those that their markets tell of.
pub fn paths(study: &Study) -> u64 {
    PATHS.min(study.paths)
}

/// Makes the first paths of a study again.
///
/// # Errors
/// A study that cannot be wired, an interruption, no room for the paths.
pub fn pictures(study: &Study, progress: &dyn Progress) -> Result<Pictures, Error> {
    let paths = PATHS.min(study.paths);
    let market_paths = MARKET_PATHS.min(study.paths);
    let headline = study.shares.iter().position(|share| *share == study.headline_share);
    let drawn = drawn(&study.shares, headline.expect("the headline share is one of them"));
    let shares = drawn.iter().map(|share| study.shares[*share]).collect();
    Ok(Pictures {
        paths,
        market_paths,
        // What a path tells of a share does not rest on the others.
        densities: densities(&Study { shares, ..study.clone() }, paths, progress)?,
        markets: fans(study, &markets(study, market_paths, progress)?),
        drawn,
    })
}

fn densities(study: &Study, paths: u64, progress: &dyn Progress) -> Result<Vec<Densities>, Error> {
    let of_study = Metric::of(study);
    let drawn: Vec<Metric> = DRAWN.into_iter().filter(|metric| of_study.contains(metric)).collect();
    let names = drawn.iter().map(|metric| metric.name().to_string()).collect();
    let kept = keep_first(study, paths, &Keep::Named(names), progress)?;
    let columns: Vec<&[f64]> = kept.outcomes.chunks(paths as usize).collect();
    let of_metric = |(metric, columns): (&Metric, &[&[f64]])| {
        let ends = columns.iter().map(|column| ends(column));
        let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |all, own| {
            (all.0.min(own.0), all.1.max(own.1))
        });
        let step = (high - low) / (PLACES - 1) as f64;
        let places: Vec<f64> = (0..PLACES).map(|place| low + step * place as f64).collect();
        let density = |column: &&[f64]| match progress.interrupted() {
            true => Err(Error::Interrupted),
            false => Ok(density(column, &places)),
        };
        let by_share = columns.iter().map(density).collect::<Result<_, _>>()?;
        let means = columns.iter().map(|column| mean_and_error(column)).collect();
        Ok(Densities { metric: metric.name(), places, means, by_share })
    };
    drawn.iter().zip(columns.chunks(study.shares.len())).map(of_metric).collect()
}

/// The mean of a column, and its error: groups of paths share what is drawn, and are independent.
fn mean_and_error(column: &[f64]) -> (f64, f64) {
    let groups = column.chunks_exact(PATHS_PER_GROUP as usize);
    let means: Vec<f64> =
        groups.map(|group| group.iter().sum::<f64>() / PATHS_PER_GROUP as f64).collect();
    let count = means.len() as f64;
    let mean = means.iter().sum::<f64>() / count;
    let squares: f64 = means.iter().map(|own| (own - mean) * (own - mean)).sum();
    (mean, (squares / (count * (count - 1.0))).sqrt())
}

/// Where a picture of a column begins and ends.
fn ends(column: &[f64]) -> (f64, f64) {
    let mut sorted = column.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cut = (CUT * sorted.len() as f64) as usize;
    (sorted[cut], sorted[sorted.len() - 1 - cut])
}

fn fans(study: &Study, markets: &Markets) -> Vec<MarketFan> {
    let months = months(markets);
    let of = |(index, factor): (usize, &Factor)| {
        let values = markets.values.index_axis(Axis(0), index);
        let bands: Vec<[f64; 5]> = months
            .iter()
            .map(|(_, days)| {
                let mean = |path: usize| {
                    let sum: f64 = days.clone().map(|day| values[[path, day]]).sum();
                    sum / days.len() as f64
                };
                let mut means: Vec<f64> = (0..values.len_of(Axis(0))).map(mean).collect();
                means.sort_by(f64::total_cmp);
                FAN.map(|part| means[(part * (means.len() - 1) as f64).round() as usize])
            })
            .collect();
        let is_still = bands.iter().all(|band| *band == bands[0] && band[0] == band[4]);
        let (history, history_of) = history(study, *factor);
        (!is_still).then(|| MarketFan {
            name: factor.name(),
            unit: factor.unit(),
            months: months.iter().map(|(month, _)| *month).collect(),
            bands,
            history,
            history_of,
        })
    };
    markets.factors.iter().enumerate().filter_map(of).collect()
}

/// The months after the as-of date, each with its days.
fn months(markets: &Markets) -> Vec<(YearMonth, std::ops::Range<usize>)> {
    let mut months: Vec<(YearMonth, std::ops::Range<usize>)> = Vec::new();
    for (day, date) in markets.dates.iter().enumerate().skip(1) {
        let month = YearMonth::containing(*date);
        match months.last_mut() {
            Some((last, days)) if *last == month => days.end = day + 1,
            _ => months.push((month, day..day + 1)),
        }
    }
    months
}

/// The name of a file without its folders.
fn name(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or(file)
}

/// What was observed of a factor, and what it is of; nothing where the study names no history.
fn history(study: &Study, factor: Factor) -> (Vec<(YearMonth, f64)>, String) {
    let h = &study.histories;
    let of_series = |series: &Option<Series>, scale: f64| {
        let series = series.as_ref()?;
        let means = series.month_means().into_iter().map(|(m, value)| (m, scale * value));
        // A table by the month has what its maker put there: a close, a mean.
        let is_by_month = series.values.len() <= series.month_means().len();
        let of = if is_by_month { "a value a month" } else { "means of months" };
        Some((means.collect::<Vec<_>>(), format!("{}, {of}", name(&series.file.file))))
    };
    let found = match factor {
        Factor::BtcPrice => of_series(&h.btc_price, 1.0),
        // The series is of days, the factor of blocks.
        Factor::Fees => of_series(&h.fees, 1.0 / BLOCKS_PER_DAY),
        Factor::Hashrate => of_series(&h.hashrate, 1.0),
        Factor::Difficulty => of_series(&h.difficulty, 1.0),
        Factor::PowerPrice => of_series(&h.power_price, 1.0),
        Factor::GpuRate => quotes(study).or_else(|| of_series(&h.gpu_index, 1.0)),
        Factor::Rent => deals(study),
        Factor::Hashprice | Factor::PoolPay | Factor::AiDemand | Factor::Utilisation => None,
    };
    let Some((mut history, of)) = found else { return (Vec::new(), String::new()) };
    let now = YearMonth::containing(study.as_of);
    history.retain(|(month, _)| (0..=HISTORY_MONTHS).contains(&now.months_since(*month)));
    history.sort_by_key(|(month, _)| month.index());
    (history, of)
}

fn quotes(study: &Study) -> Option<(Vec<(YearMonth, f64)>, String)> {
    let quotes = study.histories.gpu_rate.as_ref()?;
    let of = |q: &crate::input::study::GpuRateQuote| {
        Some((YearMonth::containing(q.quarter.last_day()), q.mid_usd_per_gpu_hour?))
    };
    Some((quotes.iter().filter_map(of).collect(), "quotes by quarter, of any basis".into()))
}

fn deals(study: &Study) -> Option<(Vec<(YearMonth, f64)>, String)> {
    let deals = study.histories.rent.as_ref()?;
    let of = |deal: &crate::input::study::HostingDeal| {
        (YearMonth::containing(deal.date), deal.average_rent_usd_per_critical_it_mw_year)
    };
    Some((deals.iter().map(of).collect(), "announced deals, averages over the lease".into()))
}

#[cfg(test)]
mod tests {
    use super::super::paths::Unwatched;
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Wants the work to stop once it was asked so many times.
    struct Patient {
        most: usize,
        asked: AtomicUsize,
    }

    impl Patient {
        fn of(most: usize) -> Self {
            Self { most, asked: AtomicUsize::new(0) }
        }
    }

    impl Progress for Patient {
        fn advance(&self, _: u64) {}
        fn interrupted(&self) -> bool {
            self.asked.fetch_add(1, Ordering::Relaxed) >= self.most
        }
    }

    #[test]
    fn of_many_shares_those_drawn_are_of_the_run_and_between_two_the_user_is_heard() {
        let mut study = Study::default_study();
        study.paths = 2_048;
        study.shares = (0..=120).map(|part| f64::from(part) / 120.0).collect();
        let watch = Patient::of(usize::MAX);
        let drawn = pictures(&study, &watch).unwrap();
        assert_eq!((drawn.drawn.len(), drawn.densities[0].by_share.len()), (51, 51));
        let revenue = Keep::Named(vec!["revenue".into()]);
        let of_run = keep_first(&study, study.paths, &revenue, &Unwatched).unwrap();
        let columns: Vec<&[f64]> = of_run.outcomes.chunks(2_048).collect();
        for (share, told) in drawn.drawn.iter().zip(&drawn.densities[0].means) {
            assert_eq!(*told, mean_and_error(columns[*share]), "{share}");
        }
        let asked = watch.asked.into_inner();
        assert!(asked > 2 * 51, "{asked}");
        for most in [0, asked / 2, asked - 1] {
            let stopped = pictures(&study, &Patient::of(most));
            assert!(matches!(stopped, Err(Error::Interrupted)), "{most} of {asked}");
        }
    }

    #[test]
    fn fans_ascend_follow_their_histories_and_densities_hold_the_worlds() {
        let mut study = Study::default_study();
        (study.paths, study.shares) = (2_048, vec![0.0, study.headline_share]);
        let drawn = pictures(&study, &Unwatched).unwrap();
        assert_eq!((drawn.paths, drawn.market_paths), (2_048, 2_048));
        let names: Vec<&str> = drawn.markets.iter().map(|fan| fan.name).collect();
        assert!(names.contains(&"btc_price") && names.contains(&"rent"), "{names:?}");
        for fan in &drawn.markets {
            assert!(fan.bands.iter().all(|band| band.is_sorted()), "{}", fan.name);
            assert_eq!(fan.months.len(), fan.bands.len());
            assert!(fan.history.is_sorted_by_key(|(month, _)| month.index()));
            assert_eq!(fan.history.is_empty(), fan.history_of.is_empty(), "{}", fan.name);
        }
        let btc = &drawn.markets[0];
        let (last, close) = *btc.history.last().unwrap();
        assert_eq!((last.year(), last.month()), (2026, 7));
        assert!((btc.bands[0][2] / close - 1.0).abs() < 0.1, "{:?} {close}", btc.bands[0]);
        let metrics: Vec<&str> = drawn.densities.iter().map(|d| d.metric).collect();
        assert_eq!(metrics, ["revenue", "margin_after_capital"]);
        for of_metric in &drawn.densities {
            let step = of_metric.places[1] - of_metric.places[0];
            for density in &of_metric.by_share {
                let mass = density.iter().sum::<f64>() * step;
                assert!((0.97..1.01).contains(&mass), "{} {mass}", of_metric.metric);
            }
        }
    }
}
