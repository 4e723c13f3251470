//! A made-up result for the tests of reports; its numbers are chosen to be easy to read.

use super::results::{
    BridgeRow, ClaimResult, ClosureResult, DrawnParameter, HeadlineSpread, Results, Side, StandIn,
    UndisclosedInput, Variation,
};
use super::{Status, SummaryRow};
use crate::risk::Estimate;
use std::io::{self, Write};

/// A disk that takes nothing more.
pub(crate) struct FullDisk;

impl Write for FullDisk {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::from(io::ErrorKind::StorageFull))
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn estimate(value: f64, std_error: f64) -> Estimate {
    let half = 2.0395 * std_error;
    Estimate { value, std_error, ci_low: value - half, ci_high: value + half }
}

pub(crate) fn row(
    share: f64,
    metric: &str,
    measure: &str,
    unit: &'static str,
    estimate: Estimate,
) -> SummaryRow {
    SummaryRow {
        company: "all".into(),
        model: "all".into(),
        share,
        effective_share: share,
        status: Status::Ok,
        metric: metric.into(),
        measure: measure.into(),
        unit,
        estimate,
    }
}

/// Replaces the number of a share, metric and measure.
pub(crate) fn set(results: &mut Results, share: f64, metric: &str, measure: &str, to: Estimate) {
    let found = results
        .rows
        .iter_mut()
        .find(|row| row.share == share && row.metric == metric && row.measure == measure);
    found.expect("the sample has the row").estimate = to;
}

/// Shares 0, 0.2 and 1 with every row the reports look for.
pub(crate) fn synthetic_results() -> Results {
    let shares = vec![0.0, 0.2, 1.0];
    let rows = shares.iter().flat_map(|&share| rows_of_share(share)).collect();
    Results {
        study_name: "sample".into(),
        question: "What does a made-up 1,000 MW miner earn in 2027?".into(),
        as_of: jiff::civil::date(2026, 7, 31),
        target_year: 2027,
        paths: 100_000,
        seed: 2027,
        shares,
        headline_share: 0.2,
        gross_mw: 1000.0,
        gross_mw_range: (1000.0, 1000.0),
        committed_mw: 0.0,
        contracts_mw: 0.0,
        contracts_unserved_mw: 0.0,
        cap_range: (1.0, 1.0),
        reference: "mean at share 0".into(),
        rows,
        models: Vec::new(),
        drawn: vec![DrawnParameter {
            key: "network.growth_per_month".into(),
            stated: 0.012,
            low: 0.004,
            high: 0.02,
        }],
        spreads: spreads(),
        variations: variations(),
        assumptions: vec![
            ("btc_price.drift_per_year".into(), "0".into(), "assumption: a stated view".into()),
            ("btc_price.drift_sd_per_year".into(), "0.25".into(), "assumption: unknown".into()),
            ("delivery.hall_mw".into(), "50".into(), "basis not stated".into()),
        ],
        undisclosed: undisclosed(),
        idle: Vec::new(),
        claim: Some(claim()),
    }
}

fn undisclosed() -> Vec<UndisclosedInput> {
    let input = |column, unit, metrics: &[&'static str]| UndisclosedInput {
        file: "fleet",
        row: "north".into(),
        column,
        unit,
        low: None,
        high: None,
        default: None,
        default_key: None,
        metrics: metrics.to_vec(),
    };
    let (power, uptime) = (["power_cost", "gross_margin"], "earning / deployed hashrate");
    vec![
        UndisclosedInput {
            low: Some(30.0),
            high: Some(60.0),
            ..input("power_usd_per_mwh", "USD per MWh", &power)
        },
        UndisclosedInput {
            default: Some(StandIn::Number(0.86)),
            default_key: Some("mining.uptime"),
            ..input("uptime", uptime, &["revenue"])
        },
        input("cash_usd", "USD", &[]),
    ]
}

fn rows_of_share(share: f64) -> Vec<SummaryRow> {
    let usd = |metric: &str, measure: &str, million: f64, error_million: f64| {
        let error = if million == 0.0 { 0.0 } else { error_million * 1e6 };
        row(share, metric, measure, "USD", estimate(million * 1e6, error))
    };
    let mut rows = vec![
        usd("margin_after_capital", "mean", 150.0 - 50.0 * share, 0.4),
        usd("margin_after_capital", "tail_mean_0.05", -20.0 - 100.0 * share, 2.0),
        usd("margin_after_capital_gain", "mean", -50.0 * share, 0.5),
        usd("revenue", "mean", 530.1234 + 760.0 * share, 0.3),
        usd("revenue", "quantile_0.05", 400.0 + 130.0 * share, 0.7),
        usd("revenue", "tail_mean_0.05", 377.0 + 120.0 * share, 1.0),
        usd("revenue_gain", "mean", 760.0 * share, 0.4),
    ];
    let chances = if share == 0.0 { [0.0, 1.0, 0.0] } else { [0.710, 0.012, 0.278] };
    let margin_chances = if share == 0.0 { [0.0, 1.0, 0.0] } else { [0.442, 0.012, 0.546] };
    for (metric, chances) in
        [("revenue_gain", chances), ("margin_after_capital_gain", margin_chances)]
    {
        for (measure, chance) in
            ["probability_win", "probability_tie", "probability_lose"].iter().zip(chances)
        {
            let error = if share == 0.0 { 0.0 } else { 0.001 };
            rows.push(row(share, metric, measure, "1", estimate(chance, error)));
        }
    }
    for (metric, unit, mean, worst) in [
        ("btc_price", "USD/BTC", 63_000.0, 31_000.0),
        ("hashprice", "USD/PH/day", 36.0, 21.0),
        ("utilisation", "1", 0.8, 0.7),
        ("delay", "months", 4.2, 7.5),
    ] {
        rows.push(row(share, metric, "mean", unit, estimate(mean, mean * 1e-3)));
        let worst = estimate(worst, worst * 1e-2);
        rows.push(row(share, metric, "mean_in_worst_0.05_of_revenue", unit, worst));
    }
    rows
}

fn spreads() -> Vec<HeadlineSpread> {
    let spread = |metric, measure: &str, unit, value: f64| HeadlineSpread {
        metric,
        measure: measure.into(),
        unit,
        estimate: estimate(value, 0.001 * value),
        parameters_sd: estimate(0.2 * value, 0.01 * value),
        models_sd: Some(estimate(0.1 * value, 0.02 * value)),
    };
    vec![
        spread("revenue", "mean", "USD", 682e6),
        spread("revenue", "tail_mean_0.05", "USD", 401e6),
        spread("revenue_gain", "probability_win", "1", 0.71),
    ]
}

fn variations() -> Vec<Variation> {
    let variation = |name: &str, change: &str, side, win: f64, gain: f64| Variation {
        name: name.into(),
        change: change.into(),
        side,
        paths: 20_000,
        win_revenue: estimate(win, 0.003),
        win_margin: estimate(win - 0.27, 0.004),
        gain_revenue_usd: estimate(gain * 1e6, 0.9e6),
        gain_margin_usd: estimate(-1e7, 1.1e6),
        tail_mean_revenue_usd: estimate(4.01e8, 2e6),
    };
    vec![
        variation("as studied", "", Side::Base, 0.71, 152.0),
        variation("BTC volatility", "0.50 → 0.75 per √year", Side::High, 0.73, 151.0),
        variation("GPU-hour rate", "2.61 → 1.74 USD", Side::Low, 0.52, 61.0),
    ]
}

fn claim() -> ClaimResult {
    ClaimResult {
        closure: "sample_closure".into(),
        reading: "run-rate revenue at full ramp".into(),
        share: 0.2,
        average_usd_per_year: 13.9e9,
        net_present_value_usd: 37.6e9,
        sector_mw: 7628.644,
        gpu_capex_usd_per_mw: 26.377e6,
        usd_per_mw_year: 9.1104e6,
        usd_per_gpu_hour: 2.02,
        closures: vec![
            closure("sample_closure", "run-rate revenue at full ramp", 7_628.6, 26.377e6),
            closure("sample_profit", "average annual profit", 9_535.8, 19.602e6),
        ],
        by_share: vec![(0.0, 0.0, 0.0), (0.2, 13.9e9, 37.6e9), (1.0, 69.5e9, 188.0e9)],
        bridge: vec![
            BridgeRow {
                step: "price",
                amount_usd: 1.0e9,
                std_error: 1e6,
                level_usd: 14.9e9,
                level_std_error: 2e6,
            },
            BridgeRow {
                step: "feedback",
                amount_usd: -4.9e9,
                std_error: 1e6,
                level_usd: 10.0e9,
                level_std_error: 2e6,
            },
        ],
        percentiles: vec![("revenue_gain of the sector".into(), estimate(0.97, 0.001))],
    }
}

fn closure(name: &str, reading: &str, sector_mw: f64, gpu_capex_usd_per_mw: f64) -> ClosureResult {
    ClosureResult {
        name: name.into(),
        reading: reading.into(),
        sector_mw,
        gpu_capex_usd_per_mw,
        discount_rate_per_year: 0.12,
        average_usd_per_year: 13.9e9,
        net_present_value_usd: 37.6e9,
    }
}
