//! The laws of the BTC price against Fourier inversion, and the Fourier inversion against published
//! values.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

use crate::common::{
    self,
    fourier::{Law, complex, heston},
};
use wattshift::chance::{Chance, Stream};
use wattshift::input::study::{
    BtcPriceLaws, BtcPriceModel, Drift, Gbm, Heston, Kou, Merton, Models, Svcj, Volatility,
};
use wattshift::model::btc_price::BtcPriceProcess;
use wattshift::model::{Process, Shocks};
use wattshift::tile::{Build, Factor, LANES, Tile};
use wattshift::time::TimeGrid;

/// Terms and widths of the cosine series; `oracle::the_series_has_converged` says why these.
const TERMS: usize = 1 << 13;
const WIDTHS: f64 = 32.0;

/// A European call: spot 100, strike, rate, dividend yield, years.
fn call(law: &Law, strike: f64, rate: f64, dividend: f64, years: f64) -> f64 {
    let forward = 100.0 * ((rate - dividend) * years).exp();
    let value = law.at(years, TERMS, WIDTHS).call(strike / forward);
    (-rate * years).exp() * forward * value
}

/// A law of Heston as [V_0, θ, κ, σ_v, ρ].
fn of_heston([start, level, reversion, noise, correlation]: [f64; 5]) -> Heston {
    Heston {
        start_variance_per_year: start,
        long_run_variance_per_year: level,
        reversion_per_year: reversion,
        variance_volatility_per_sqrt_year: noise,
        correlation,
    }
}

/// A law of SVCJ as that of Heston and [λ, μ_y, σ_y, ρ_J, μ_v].
fn of_svcj(variance: [f64; 5], [lambda, mu_y, sigma_y, rho_j, mu_v]: [f64; 5]) -> Svcj {
    let [start, level, reversion, noise, correlation] = variance;
    Svcj {
        start_variance_per_year: start,
        long_run_variance_per_year: level,
        reversion_per_year: reversion,
        variance_volatility_per_sqrt_year: noise,
        correlation,
        jumps_per_year: lambda,
        jump_log_mean: mu_y,
        jump_log_sd: sigma_y,
        jump_log_per_variance: rho_j,
        variance_jump_mean: mu_v,
    }
}

/// Merton's law as σ and [λ, m, δ].
fn merton(volatility_per_sqrt_year: f64, jumps: [f64; 3]) -> Law {
    let [jumps_per_year, jump_log_mean, jump_log_sd] = jumps;
    Law::Merton(Merton { volatility_per_sqrt_year, jumps_per_year, jump_log_mean, jump_log_sd })
}

/// The numerical example of Kou (2002).
fn kou_2002() -> Law {
    Law::Kou(Kou {
        volatility_per_sqrt_year: 0.16,
        jumps_per_year: 1.0,
        jump_up_probability: 0.4,
        jump_up_log_mean: 1.0 / 10.0,
        jump_down_log_mean: 1.0 / 5.0,
    })
}

/// Posterior means of SVCJ on daily BTC, 2021 to August 2026, from the level of the variance.
fn svcj_p() -> Svcj {
    let variance = [0.2364, 0.0753, 22.65, 1.141, -0.233];
    of_svcj(variance, [26.98, 0.0036, 0.054, -0.0336, 0.1352])
}

/// Medians of daily calibrations of SVCJ to options on BTC from 30 December 2025 on.
fn svcj_q() -> Svcj {
    let variance = [0.2209, 0.1082, 13.377, 0.94, -0.425];
    of_svcj(variance, [1.288, -0.0676, 0.1576, -0.0303, 0.7375])
}

/// A law by name in a study, and for the oracle. The names are those of the tests below.
fn laws() -> Vec<(&'static str, BtcPriceModel, Law)> {
    // 2 κ θ > σ_v², and far below it: there V is 0 most of the time.
    let feller = heston(&of_heston([0.16, 0.25, 4.0, 1.0, -0.3]));
    let no_feller = heston(&of_heston([0.09, 0.16, 1.0, 1.5, -0.5]));
    let bates = of_svcj([0.2, 0.2, 4.0, 1.5, -0.5], [2.0, -0.1, 0.15, 0.0, 0.0]);
    let kou = Kou {
        volatility_per_sqrt_year: 0.4,
        jumps_per_year: 10.0,
        jump_up_probability: 0.45,
        jump_up_log_mean: 0.06,
        jump_down_log_mean: 0.09,
    };
    vec![
        ("gbm", BtcPriceModel::Gbm, merton(0.5, [0.0; 3])),
        ("merton", BtcPriceModel::Merton, merton(0.4, [6.0, -0.05, 0.15])),
        ("kou", BtcPriceModel::Kou, Law::Kou(kou)),
        ("heston", BtcPriceModel::Heston, feller),
        ("heston without Feller", BtcPriceModel::Heston, no_feller),
        ("bates", BtcPriceModel::Svcj, Law::Svcj(bates)),
        ("svcj Q", BtcPriceModel::Svcj, Law::Svcj(svcj_q())),
        ("svcj P", BtcPriceModel::Svcj, Law::Svcj(svcj_p())),
    ]
}

/// Printed prices of European calls of one law, spot 100.
struct Published {
    source: &'static str,
    model: BtcPriceModel,
    law: Law,
    rate: f64,
    years: f64,
    /// Strikes and prices.
    printed: Vec<(f64, f64)>,
    half_a_unit: f64,
}

const BROADIE_KAYA: &str = "M. Broadie, O. Kaya, Operations Research 54 (2006) 217, section 5";
const ANDERSEN: &str =
    "L. Andersen, J. Computational Finance 11 (2008) 1, section 5, cases I to III";
const KOU: &str = "S. G. Kou, Management Science 48 (2002) 1086, section 5.2";

fn published() -> Vec<Published> {
    let printed = vec![(98.0, 9.14732)];
    let (model, law) = (BtcPriceModel::Kou, kou_2002());
    let (rate, years, half_a_unit) = (0.05, 0.5, 5e-6);
    let mut all = vec![Published { source: KOU, model, law, rate, years, printed, half_a_unit }];
    let mut add = |source, model, law, rate, years, printed, half_a_unit| {
        all.push(Published { source, model, law, rate, years, printed, half_a_unit });
    };
    for (law, rate, years, price) in [
        ([0.010201, 0.019, 6.21, 0.61, -0.7], 0.0319, 1.0, 6.8061),
        ([0.09, 0.09, 2.0, 1.0, -0.3], 0.05, 5.0, 34.9998),
    ] {
        let law = heston(&of_heston(law));
        add(BROADIE_KAYA, BtcPriceModel::Heston, law, rate, years, vec![(100.0, price)], 0.5e-4);
    }
    // Both state k, the mean relative jump.
    for (variance, jumps, years, price) in [
        ([0.008836, 0.014, 3.99, 0.27, -0.79], [0.11, -0.12, 0.15, 0.0, 0.0], 5.0, 20.1642),
        ([0.007569, 0.008, 3.46, 0.14, -0.82], [0.47, -0.10, 0.0001, -0.38, 0.05], 1.0, 6.8619),
    ] {
        let [lambda, k, sigma_y, rho_j, mu_v]: [f64; 5] = jumps;
        let mu_y = ((1.0 + k) * (1.0 - rho_j * mu_v)).ln() - 0.5 * sigma_y * sigma_y;
        let law = Law::Svcj(of_svcj(variance, [lambda, mu_y, sigma_y, rho_j, mu_v]));
        add(BROADIE_KAYA, BtcPriceModel::Svcj, law, 0.0319, years, vec![(100.0, price)], 0.5e-4);
    }
    for (law, rate, years, prices) in [
        ([0.04, 0.04, 0.5, 1.0, -0.9], 0.0, 10.0, [44.330, 13.085, 0.296]),
        ([0.04, 0.04, 0.3, 0.9, -0.5], 0.0, 15.0, [45.287, 16.649, 5.138]),
        ([0.09, 0.09, 1.0, 1.0, -0.3], 0.05, 5.0, [56.575, 33.597, 18.157]),
    ] {
        let law = heston(&of_heston(law));
        let printed = [60.0, 100.0, 140.0].into_iter().zip(prices).collect();
        add(ANDERSEN, BtcPriceModel::Heston, law, rate, years, printed, 0.5e-3);
    }
    all
}

mod oracle {
    //! Every value is checked to half a unit of the last digit printed.
    use super::*;
    use crate::common::fourier::Complex;

    #[track_caller]
    fn is(found: f64, printed: f64, half_a_unit: f64) {
        assert!((found - printed).abs() <= half_a_unit, "{found} against {printed}");
    }

    #[test]
    fn without_jumps_it_is_black_and_scholes() {
        // S = K = 100, r = 5 %, σ = 20 %, one year: d1 = 0.35, d2 = 0.15.
        let normal = statrs::distribution::Normal::standard();
        let phi = |x| statrs::distribution::ContinuousCDF::cdf(&normal, x);
        let exact = 100.0 * phi(0.35) - 100.0 * (-0.05_f64).exp() * phi(0.15);
        // The distribution function of statrs carries ten digits.
        is(call(&merton(0.2, [0.0; 3]), 100.0, 0.05, 0.0, 1.0), exact, 1e-7);
    }

    #[test]
    fn merton_is_haugs_table() {
        // E. G. Haug, The Complete Guide to Option Pricing Formulas (1998), p. 9: S = 100,
        // r = 8 %, σ = 25 % in all, a part γ = 1/4 of the variance from jumps with k = 0. Columns:
        // λ = 1, 5, 10, each for 0.1, 0.25, 0.5 years. The last column is not that of the book: it
        // stops the series after 11 terms, where λ T = 5 has 1 % of its weight left, and prints
        // 23.28, 15.20, 8.89, 4.66, 2.21 (found by F. Ametrano in the tests of QuantLib).
        let rows = [
            (80.0, [20.67, 21.74, 23.63, 20.65, 21.70, 23.61, 20.64, 21.70, 23.61]),
            (90.0, [11.00, 12.74, 15.40, 10.98, 12.75, 15.42, 10.98, 12.75, 15.42]),
            (100.0, [3.42, 5.88, 8.95, 3.51, 5.96, 9.02, 3.53, 5.97, 9.03]),
            (110.0, [0.55, 2.11, 4.67, 0.56, 2.16, 4.73, 0.56, 2.17, 4.74]),
            (120.0, [0.10, 0.64, 2.23, 0.06, 0.63, 2.25, 0.05, 0.62, 2.25]),
        ];
        for (strike, printed) in rows {
            for (k, printed) in printed.into_iter().enumerate() {
                let (lambda, years) = ([1.0, 5.0, 10.0][k / 3], [0.1, 0.25, 0.5][k % 3]);
                let jump_variance: f64 = 0.25 * 0.0625 / lambda;
                let jumps = [lambda, -0.5 * jump_variance, jump_variance.sqrt()];
                let law = merton((0.75_f64 * 0.0625).sqrt(), jumps);
                is(call(&law, strike, 0.08, 0.0, years), printed, 0.005);
            }
        }
    }

    #[test]
    fn heston_is_lewis_and_fang_and_oosterlee() {
        // A. Lewis's prices to 48 digits, in the tests of QuantLib: r = 1 %, q = 2 %, one year.
        let lewis = heston(&of_heston([0.04, 0.25, 4.0, 1.0, -0.5]));
        for (strike, printed) in [
            (80.0, 26.774_758_743_998_854),
            (90.0, 20.933_349_000_596_71),
            (100.0, 16.070_154_917_028_834),
            (110.0, 12.132_211_516_709_845),
            (120.0, 9.024_913_483_457_836),
        ] {
            is(call(&lewis, strike, 0.01, 0.02, 1.0), printed, 1e-10);
        }
        // Fang and Oosterlee (2008), section 5.2, Feller's condition violated. For one year they
        // print 5.785155450, of which the last two digits are wrong: ...434, whatever the terms and
        // widths of the series.
        let law = heston(&of_heston([0.0175, 0.0398, 1.5768, 0.5751, -0.5711]));
        is(call(&law, 100.0, 0.0, 0.0, 1.0), 5.785_155_434, 5e-10);
        is(call(&law, 100.0, 0.0, 0.0, 10.0), 22.318_945_791, 5e-10);
    }

    #[test]
    fn kou_broadie_and_kaya_and_andersen_are_as_printed() {
        for case in published() {
            for (strike, price) in case.printed {
                is(call(&case.law, strike, case.rate, 0.0, case.years), price, case.half_a_unit);
            }
        }
    }

    #[test]
    fn the_series_has_converged() {
        for (_, _, law) in laws() {
            for years in [0.25, 1.0, 2.0] {
                let (one, two) = (law.at(years, TERMS, WIDTHS), law.at(years, 4 * TERMS, 64.0));
                for strike in [0.8, 1.0, 1.2] {
                    is(one.put(strike), two.put(strike), 1e-9);
                }
                for p in [0.01, 0.5, 0.99] {
                    is(one.quantile(p), two.quantile(p), 1e-8);
                }
            }
        }
    }

    #[test]
    fn the_characteristic_function_solves_its_equations() {
        // Runge and Kutta's fourth-order steps along B' = −(u² + i u)/2 − (κ − ρ σ i u) B + σ² B²/2
        // and of the integral of the rest, which knows nothing of the closed form's logarithms.
        for (_, _, law) in laws() {
            let Law::Svcj(p) = &law else { continue };
            for u in [0.3, 2.0, 11.0, 60.0] {
                let (years, steps) = (2.0, 1 << 15);
                let h = years / f64::from(steps);
                let (mut a, mut b) = (complex(0.0, 0.0), complex(0.0, 0.0));
                for _ in 0..steps {
                    let (a1, b1) = derivative(p, u, b);
                    let (a2, b2) = derivative(p, u, b + 0.5 * h * b1);
                    let (a3, b3) = derivative(p, u, b + 0.5 * h * b2);
                    let (a4, b4) = derivative(p, u, b + h * b3);
                    a = a + h / 6.0 * (a1 + 2.0 * (a2 + a3) + a4);
                    b = b + h / 6.0 * (b1 + 2.0 * (b2 + b3) + b4);
                }
                let solved = a + p.start_variance_per_year * b;
                let closed = law.log_characteristic(u, years);
                // Of the phase only the remainder by 2π counts.
                let apart = (solved - closed).exp() - complex(1.0, 0.0);
                assert!(apart.re.hypot(apart.im) < 1e-8, "{p:?} at {u}: {solved:?} {closed:?}");
            }
        }
    }

    /// A' and B'.
    fn derivative(p: &Svcj, u: f64, b: Complex) -> (Complex, Complex) {
        let s2 = p.variance_volatility_per_sqrt_year.powi(2);
        let pull =
            complex(p.reversion_per_year, -p.correlation * p.variance_volatility_per_sqrt_year * u);
        let slope = -0.5 * complex(u * u, u) - pull * b + 0.5 * s2 * (b * b);
        let mu = p.variance_jump_mean;
        let size = complex(-0.5 * (u * p.jump_log_sd).powi(2), u * p.jump_log_mean).exp();
        let moment = size / (complex(1.0, -u * p.jump_log_per_variance * mu) - mu * b);
        let k = (p.jump_log_mean + 0.5 * p.jump_log_sd.powi(2)).exp()
            / (1.0 - p.jump_log_per_variance * mu)
            - 1.0;
        let rest = p.reversion_per_year * p.long_run_variance_per_year * b
            + p.jumps_per_year * (moment - complex(1.0, u * k));
        (rest, slope)
    }

    #[test]
    fn svcj_has_the_annual_moments_of_an_independent_simulation() {
        // Euler steps over a year from V_0 = θ, 100,000 paths, parameters fitted to BTC 2021-2026
        // (P) and to its options of 2026 (Q): sd, skewness, 1 % quantile; to 0.02.
        for (p, sd, skewness, quantile) in
            [(svcj_p(), 0.557, -0.08, -1.49), (svcj_q(), 0.479, -0.57, -1.45)]
        {
            let from_level = Svcj { start_variance_per_year: p.long_run_variance_per_year, ..p };
            let at = Law::Svcj(from_level).at(1.0, TERMS, WIDTHS);
            let [_, found_sd, found_skewness] = at.moments();
            is(found_sd, sd, 0.02);
            is(found_skewness, skewness, 0.02);
            is(at.quantile(0.01), quantile, 0.02);
        }
    }
}

mod engine {
    //! Simulated laws against the oracle.
    use super::*;

    /// Paths of a law: every statistic within 4 of its own standard errors.
    const PATHS: u64 = if cfg!(debug_assertions) { 1 << 17 } else { 1_000_000 };

    /// The tables of a study for a law of the oracle.
    fn tables(model: BtcPriceModel, law: &Law) -> BtcPriceLaws {
        let mut laws = BtcPriceLaws::default();
        match (model, law.clone()) {
            (BtcPriceModel::Gbm, Law::Merton(p)) => {
                let volatility_per_sqrt_year = Volatility::Stated(p.volatility_per_sqrt_year);
                laws.gbm = Some(Gbm { volatility_per_sqrt_year });
            }
            (_, Law::Merton(merton)) => laws.merton = Some(merton),
            (_, Law::Kou(kou)) => laws.kou = Some(kou),
            (BtcPriceModel::Svcj, Law::Svcj(svcj)) => laws.svcj = Some(svcj),
            (_, Law::Svcj(p)) => {
                laws.heston = Some(Heston {
                    start_variance_per_year: p.start_variance_per_year,
                    long_run_variance_per_year: p.long_run_variance_per_year,
                    reversion_per_year: p.reversion_per_year,
                    variance_volatility_per_sqrt_year: p.variance_volatility_per_sqrt_year,
                    correlation: p.correlation,
                });
            }
        }
        laws
    }

    /// M on each of the days, path by path: the price of a study that starts at 1 without drift.
    fn simulate<const N: usize>(
        model: BtcPriceModel,
        law: &Law,
        days: [usize; N],
        paths: u64,
    ) -> [Vec<f64>; N] {
        let years = days[N - 1].div_ceil(365) as i16;
        let grid = TimeGrid::new(jiff::civil::date(2025, 12, 31), 2025 + years).unwrap();
        let mut study = common::default_study();
        study.btc_price.start_usd_per_btc = 1.0;
        study.btc_price.drift_per_year = Drift::Stated(0.0);
        study.btc_price.drift_sd_per_year = 0.0;
        study.btc_price.model = Models::one(model);
        study.btc_price_laws = tables(model, law);
        let price = BtcPriceProcess::of(&study, &grid).unwrap();

        let build = Build::fastest();
        let stream = Stream::new("score", Factor::BtcPrice.name());
        let start = Factor::BtcPrice.score() * grid.steps();
        let mut scores = vec![[0.0; LANES]; Factor::SCORED.len() * grid.steps()];
        let mut tile = Tile::new(grid.steps());
        let mut found = [(); N].map(|()| Vec::new());
        for first in (0..paths).step_by(LANES) {
            let chance = Chance::new(2027, first, build);
            chance.scores(stream, &mut scores[start..start + grid.steps()]);
            let shocks = Shocks::new(&scores, grid.steps(), chance);
            price.evolve(build, &grid, shocks, &mut tile);
            for (day, found) in days.iter().zip(&mut found) {
                found.extend(tile.rows(Factor::BtcPrice)[*day]);
            }
        }
        found
    }

    /// Statistics that do not agree, and how many were compared; `worst` in standard errors.
    #[derive(Default)]
    struct Checks {
        compared: usize,
        worst: f64,
        apart: Vec<String>,
    }

    impl Checks {
        fn compare(&mut self, what: &str, found: f64, exact: f64, error: f64) {
            let errors = (found - exact).abs() / error;
            self.compared += 1;
            self.worst = self.worst.max(errors);
            if errors.is_nan() || errors > 4.0 {
                self.apart.push(format!("{what}: {found} against {exact} ± {error}"));
            }
        }
        fn mean(&mut self, what: &str, values: &[f64], exact: f64) {
            let (mean, error) = common::mean_and_error(values);
            self.compare(what, mean, exact, error);
        }
    }

    /// Mean, sd, five quantiles, three calls and three puts at each of three horizons.
    fn agrees(name: &str) {
        let laws = laws();
        let (_, model, law) = laws.iter().find(|(own, _, _)| *own == name).unwrap();
        let days = [91, 365, 730];
        let mut checks = Checks::default();
        for (mut prices, days) in simulate(*model, law, days, PATHS).into_iter().zip(days) {
            let exact = law.at(days as f64 / 365.0, TERMS, WIDTHS);
            let n = prices.len() as f64;
            checks.mean(&format!("{days} days, mean"), &prices, 1.0);
            for strike in [0.8, 1.0, 1.2] {
                let calls: Vec<f64> = prices.iter().map(|m| (m - strike).max(0.0)).collect();
                checks.mean(&format!("{days} days, call {strike}"), &calls, exact.call(strike));
                let puts: Vec<f64> = prices.iter().map(|m| (strike - m).max(0.0)).collect();
                checks.mean(&format!("{days} days, put {strike}"), &puts, exact.put(strike));
            }
            let logs: Vec<f64> = prices.iter().map(|m| m.ln()).collect();
            let [mean, sd, _] = exact.moments();
            let moment = |k| logs.iter().map(|x| (x - mean).powi(k)).sum::<f64>() / n;
            let (second, fourth) = (moment(2), moment(4));
            let error = ((fourth - second * second) / n).sqrt() / (2.0 * sd);
            checks.compare(&format!("{days} days, sd"), second.sqrt(), sd, error);
            prices.sort_by(f64::total_cmp);
            for p in [0.01, 0.05, 0.5, 0.95, 0.99] {
                let found = prices[(p * n) as usize].ln();
                let q = exact.quantile(p);
                let error = (p * (1.0 - p) / n).sqrt() / exact.density(q);
                checks.compare(&format!("{days} days, quantile {p}"), found, q, error);
            }
        }
        println!("{name}: worst of {} is {:.2} errors off", checks.compared, checks.worst);
        assert!(checks.apart.is_empty(), "{name}:\n{}", checks.apart.join("\n"));
        assert_eq!(checks.compared, 39);
    }

    #[test]
    fn gbm_is_the_oracle() {
        agrees("gbm");
    }

    #[test]
    fn merton_is_the_oracle() {
        agrees("merton");
    }

    #[test]
    fn kou_is_the_oracle() {
        agrees("kou");
    }

    #[test]
    fn heston_is_the_oracle() {
        agrees("heston");
    }

    #[test]
    fn heston_without_fellers_condition_is_the_oracle() {
        agrees("heston without Feller");
    }

    #[test]
    fn bates_is_the_oracle() {
        agrees("bates");
    }

    #[test]
    fn svcj_with_rare_jumps_is_the_oracle() {
        agrees("svcj Q");
    }

    #[test]
    fn svcj_with_many_jumps_is_the_oracle() {
        agrees("svcj P");
    }

    #[test]
    fn printed_prices_are_simulated() {
        // What a calendar reaches: ten years. Half a unit of the last digit printed on top.
        let paths = if cfg!(debug_assertions) { 1 << 13 } else { 1 << 16 };
        let mut compared = 0;
        for case in published().into_iter().filter(|case| case.years <= 10.0) {
            // Half a year is 182.5 days: 183 are simulated, and held against the oracle there.
            let days = (case.years * 365.0).round();
            let years = days / 365.0;
            let [prices] = simulate(case.model, &case.law, [days as usize], paths);
            for (strike, printed) in case.printed {
                let relative = strike / (100.0 * (case.rate * years).exp());
                let payoffs: Vec<f64> =
                    prices.iter().map(|m| 100.0 * (m - relative).max(0.0)).collect();
                let (mean, error) = common::mean_and_error(&payoffs);
                let expected = if years == case.years {
                    printed
                } else {
                    call(&case.law, strike, case.rate, 0.0, years)
                };
                assert!(
                    (mean - expected).abs() < 4.0 * error + case.half_a_unit,
                    "{}, {years} years: {mean} ± {error} against {expected}",
                    case.source
                );
                compared += 1;
            }
        }
        assert_eq!(compared, 11);
    }
}
