//! Regimes: a daily Markov chain s of two or three states, each with its drift and volatility.
//!
//! ln M_t = Σ (μ_s Δ + σ_s √Δ z) − ln G(t), with G(t) = E(exp Σ (μ_s Δ + σ_s √Δ z)) exact by the
//! transfer matrix: G(t) = π A (P A)^{t−1} 1, A = diag(exp(μ_s Δ + σ_s² Δ / 2)), from the start
//! probabilities π. So E(M_t) = 1 at every step, and the drifts shape the path, not the mean.
//! The law is exact in days: the chain has no time between closes, and a spell in a regime is
//! geometric, drawn once. The chain is independent of every score.
//! Source: J. D. Hamilton, Econometrica 57 (1989) 357, section 2.

use super::LogMartingale;
use super::spells::{SpellLength, Spells};
use crate::chance::Stream;
use crate::input::study::Regimes;
use crate::model::Shocks;
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, math};
use crate::time::TimeGrid;

/// Geometric Brownian motion whose drift and volatility switch.
#[derive(Debug, Clone, PartialEq)]
pub struct SwitchingRegimes {
    /// By regime: drift of a day, volatility of a day.
    step: Vec<f64>,
    sd: Vec<f64>,
    /// Upper ends of the regimes' parts of [0, 1) on the first day.
    start: Vec<f64>,
    /// The same on the day after a spell, by the regime of the spell.
    next: Vec<Vec<f64>>,
    length: Vec<SpellLength>,
    /// ln G at every step of the calendar.
    log_growth: Vec<f64>,
    long_run_variance_per_year: f64,
    stream: Stream,
}

impl SwitchingRegimes {
    /// The law with the study's parameters on a calendar.
    pub fn new(parameters: &Regimes, grid: &TimeGrid) -> Self {
        let dt = grid.dt_years();
        let step: Vec<f64> = parameters.log_drift_per_year.iter().map(|mu| mu * dt).collect();
        let volatilities = parameters.volatility_per_sqrt_year.iter();
        let sd: Vec<f64> = volatilities.map(|sigma| sigma * dt.sqrt()).collect();
        // A study writes rows that sum to 1 within rounding of its digits.
        let rows = parameters.transition_per_day.iter();
        let transition: Vec<Vec<f64>> = rows.map(|row| normalised(row)).collect();
        let start = normalised(&parameters.start_probability);
        let next = transition.iter().enumerate().map(|(own, row)| {
            let leave = row.iter().enumerate();
            upper_ends(leave.map(|(other, p)| if other == own { 0.0 } else { *p }).collect())
        });
        Self {
            next: next.collect(),
            length: (0..sd.len()).map(|own| SpellLength::new(transition[own][own])).collect(),
            log_growth: log_growth(&step, &sd, &transition, &start, grid.steps()),
            long_run_variance_per_year: long_run_variance(&step, &sd, &transition) / dt,
            start: upper_ends(start),
            step,
            sd,
            stream: Stream::new("regime", Factor::BtcPrice.name()),
        }
    }
}

/// Variance of a sum of many days, per day: that of a day's noise, and of the chain's drifts with all their
/// autocovariances, each summed until they have died out; a chain that never forgets its start sums to
/// `DAYS_SUMMED`.
fn long_run_variance(step: &[f64], sd: &[f64], transition: &[Vec<f64>]) -> f64 {
    let on = |weights: &[f64]| -> Vec<f64> {
        let arriving = |to: usize| weights.iter().zip(transition).map(|(w, row)| w * row[to]).sum();
        (0..weights.len()).map(arriving).collect()
    };
    // Halved with the day before, a chain that goes round in a circle comes to rest as well.
    let mut share = vec![1.0 / step.len() as f64; step.len()];
    for _ in 0..DAYS_SUMMED {
        let next = on(&share);
        share.iter_mut().zip(next).for_each(|(share, next)| *share = 0.5 * (*share + next));
    }
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mean = dot(&share, step);
    let deviation: Vec<f64> = step.iter().map(|step| step - mean).collect();
    let noise: f64 = share.iter().zip(sd).map(|(share, sd)| share * sd * sd).sum();
    let mut weighted: Vec<f64> = share.iter().zip(&deviation).map(|(s, d)| s * d).collect();
    let of_day = dot(&weighted, &deviation);
    let mut variance = noise + of_day;
    for _ in 0..DAYS_SUMMED {
        weighted = on(&weighted);
        let covariance = dot(&weighted, &deviation);
        variance += 2.0 * covariance;
        if weighted.iter().all(|w| w.abs() <= 1e-12 * of_day.sqrt()) {
            break;
        }
    }
    variance.max(noise)
}

/// Days over which autocovariances are summed at most: ten years.
const DAYS_SUMMED: usize = 3_650;

/// Numbers over their sum.
fn normalised(weights: &[f64]) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

/// Upper ends of the parts of [0, 1) that weights take; the last weight above 0 ends at 1.
fn upper_ends(weights: Vec<f64>) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    let last = weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0);
    let mut sum = 0.0;
    let ends = weights.iter().enumerate().map(|(index, weight)| {
        sum += weight;
        if index < last { sum / total } else { 1.0 }
    });
    ends.collect()
}

/// The part that a uniform in (0, 1) falls in.
fn part_of(upper_ends: &[f64], uniform: f64) -> usize {
    upper_ends.iter().take_while(|end| **end <= uniform).count()
}

/// ln G at every step, scaled at each so that nothing overflows.
fn log_growth(
    step: &[f64],
    sd: &[f64],
    transition: &[Vec<f64>],
    start: &[f64],
    steps: usize,
) -> Vec<f64> {
    let gain: Vec<f64> =
        step.iter().zip(sd).map(|(step, sd)| math::exp(0.5f64.mul_add(sd * sd, *step))).collect();
    // The share of each regime in G, as the day begins.
    let mut weight = start.to_vec();
    let mut log_growth = vec![0.0; steps];
    for t in 1..steps {
        let grown: Vec<f64> =
            weight.iter().zip(&gain).map(|(weight, gain)| weight * gain).collect();
        let total: f64 = grown.iter().sum();
        log_growth[t] = log_growth[t - 1] + math::ln(total);
        let arriving = |to: usize| {
            let flows = grown.iter().zip(transition).map(|(grown, row)| grown * row[to]);
            flows.sum::<f64>() / total
        };
        weight = (0..step.len()).map(arriving).collect();
    }
    log_growth
}

impl LogMartingale for SwitchingRegimes {
    fn streams(&self) -> Vec<Stream> {
        vec![self.stream]
    }
    fn long_run_variance_per_year(&self) -> f64 {
        self.long_run_variance_per_year
    }
    fn evolve(&self, build: Build, grid: &TimeGrid, shocks: Shocks<'_>, log: &mut [Row]) {
        let scores = shocks.scores(Factor::BtcPrice);
        let (mut spells, mut regime) = (Spells::new(shocks.chance, self.stream), [0; LANES]);
        let (mut step, mut sd, mut sum) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        log[0] = sum;
        let mut first = 1;
        while first < grid.steps() {
            let part = spells.part(first, grid.steps(), |lane, ordinal, [length, which]| {
                let ends = if ordinal == 0 { &self.start } else { &self.next[regime[lane]] };
                let entered = part_of(ends, which);
                (regime[lane], step[lane], sd[lane]) =
                    (entered, self.step[entered], self.sd[entered]);
                self.length[entered].days(length)
            });
            first = part.end;
            let (growth, scores) = (&self.log_growth[part.clone()], &scores[part.clone()]);
            add_up(build, &step, &sd, growth, scores, &mut sum, &mut log[part]);
        }
    }
}

kernel! {
    /// `log[t] = sum + Σ (step + sd z) − growth[t]`; `sum` goes on from there, without growth.
    fn add_up(
        step: &Row,
        sd: &Row,
        growth: &[f64],
        scores: &[[f32; LANES]],
        sum: &mut Row,
        log: &mut [Row],
    ) {
        for ((z, growth), log) in scores.iter().zip(growth).zip(log.iter_mut()) {
            for i in 0..LANES {
                sum[i] += sd[i].mul_add(f64::from(z[i]), step[i]);
                log[i] = sum[i] - growth;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::gbm::GeometricBrownianMotion;
    use super::super::testing::{grid, logs, logs_by};
    use super::*;
    use crate::input::study::{Gbm, Study, Volatility};

    fn default_regimes() -> Regimes {
        Study::default_study().btc_price_laws.regimes.expect("it stands in the default study")
    }

    #[test]
    fn all_builds_give_the_same_bits() {
        let law = SwitchingRegimes::new(&default_regimes(), &grid());
        let portable = logs_by(Build::PORTABLE, &law);
        for build in Build::available() {
            assert_eq!(logs_by(build, &law), portable, "{build:?}");
        }
    }

    #[test]
    fn regimes_that_do_not_differ_are_geometric_brownian_motion() {
        let mut parameters = default_regimes();
        parameters.volatility_per_sqrt_year = vec![0.5; 3];
        parameters.log_drift_per_year = vec![0.7; 3];
        let volatility_per_sqrt_year = Volatility::Stated(0.5);
        let gbm = GeometricBrownianMotion::new(&Gbm { volatility_per_sqrt_year });
        let regimes = logs(SwitchingRegimes::new(&parameters, &grid()), 365, 4);
        for (one, other) in regimes.iter().zip(logs(gbm, 365, 4)) {
            assert!((one - other).abs() < 1e-12, "{one} {other}");
        }
    }

    #[test]
    fn without_volatility_the_path_is_that_of_the_chain() {
        // Each regime leads to the next for certain: 0, 1, 2, 0, … from regime 1 on.
        let parameters = Regimes {
            log_drift_per_year: vec![1.0, 2.0, 4.0],
            volatility_per_sqrt_year: vec![0.0; 3],
            transition_per_day: vec![vec![0.0, 1.0, 0.0], vec![0.0, 0.0, 1.0], vec![1.0, 0.0, 0.0]],
            start_probability: vec![0.0, 1.0, 0.0],
        };
        let law = SwitchingRegimes::new(&parameters, &grid());
        // Nothing is uncertain, so M is 1; the growth is the path.
        for (t, per_year) in [(1, 2.0), (2, 6.0), (3, 7.0), (4, 9.0)] {
            assert!((law.log_growth[t] - per_year / 365.0).abs() < 1e-14);
        }
        let rows = logs_by(Build::fastest(), &law);
        assert!(rows.iter().flatten().all(|log| log.abs() < 1e-12));
    }

    #[test]
    fn a_lane_is_in_a_regime_as_often_as_the_chain_says() {
        // The first regime jumps by 1 a year without noise, so a day's growth tells the regime: its
        // part of the lane-days from the start probabilities on is closed form.
        let mut parameters = default_regimes();
        parameters.volatility_per_sqrt_year = vec![0.0; 3];
        parameters.log_drift_per_year = vec![0.0, 1.0, 3.0];
        parameters.start_probability = vec![0.2, 0.1, 0.7];
        let law = SwitchingRegimes::new(&parameters, &grid());
        let growth = law.log_growth.clone();
        let moves = |step: usize| {
            let [at, before] = [step, step - 1].map(|step| logs(law.clone(), step, 1 << 10));
            let grown = growth[step] - growth[step - 1];
            at.iter().zip(&before).map(|(at, before)| at - before + grown).collect::<Vec<f64>>()
        };
        let mut exact = vec![0.2, 0.1, 0.7];
        for step in 1..=40 {
            if [1, 2, 10, 40].contains(&step) {
                let moves = moves(step);
                for (regime, drift) in [0.0, 1.0, 3.0].into_iter().enumerate() {
                    let p: f64 = exact[regime];
                    let error = (p * (1.0 - p) / 65_536.0).sqrt();
                    let is_it = |found: &&f64| (*found - drift / 365.0).abs() < 1e-9;
                    let found = moves.iter().filter(is_it).count() as f64 / 65_536.0;
                    assert!((found - p).abs() < 4.0 * error, "day {step}: {found} for {p}");
                }
            }
            let p = &parameters.transition_per_day;
            exact = (0..3).map(|to| (0..3).map(|from| exact[from] * p[from][to]).sum()).collect();
        }
    }

    #[test]
    fn the_default_chain_has_the_long_run_shares_of_the_fit_and_the_default_volatility() {
        let parameters = default_regimes();
        let p = &parameters.transition_per_day;
        let mut shares = vec![1.0 / 3.0; 3];
        for _ in 0..10_000 {
            shares = (0..3).map(|to| (0..3).map(|from| shares[from] * p[from][to]).sum()).collect();
        }
        // Calm, bull, bear of a weekly three-state fit to daily closes of 2018 to 2026.
        for (share, fitted) in shares.iter().zip([0.26_f64, 0.56, 0.18]) {
            assert!((share - fitted).abs() < 0.02, "{shares:?}");
        }
        let volatilities = &parameters.volatility_per_sqrt_year;
        let variance: f64 = shares.iter().zip(volatilities).map(|(p, v)| p * v * v).sum();
        assert!((variance.sqrt() - 0.5).abs() < 0.01, "{}", variance.sqrt());
    }
}
