//! Delivery of halls: when each is due, how late it comes, what its shell costs.
//!
//! Delay of hall h, months: `median · exp(sd · y_h)` plus `redesign_delay` where a latent score w_h
//! is below Φ⁻¹(redesign probability); y_h = √c · common + √(1 − c) · own, w_h likewise with its own
//! scores, c the part of the variance common to all halls. Shell cost per critical-IT MW: a
//! triangular draw times `exp(overrun_mean + overrun_sd · v)`, v correlated with the common part of
//! the delay; and times exp(β (x̄ − x_0)), x the tightness of the AI market, x̄ its mean from the as-of date
//! to the day on which the first hall is due. Closed forms for the tests: mean delay `median · exp(sd²/2) + probability · redesign`,
//! mean shell cost `(low + mode + high)/3 · exp(mean + sd²/2)`.

use crate::chance::{Chance, Stream};
use crate::input::study::{Capital, Delivery, MiningUntil, Study, Triangular};
use crate::tile::kernel::kernel;
use crate::tile::{Build, Factor, LANES, Row, Tile, math, normal};
use crate::time::{DAYS_PER_YEAR, MONTHS_PER_YEAR, TimeGrid};

/// The halls of a plan and the law of their delays and cost.
#[derive(Debug, Clone)]
pub struct HallDelivery {
    grid: TimeGrid,
    delivery: Delivery,
    capital: Capital,
    /// Steps from the as-of date at which each hall is due.
    due_steps: Vec<f64>,
    hall_streams: Vec<Stream>,
    common_stream: Stream,
    shell_stream: Stream,
    refilled_share: Option<Triangular>,
    refilled_stream: Stream,
    /// A latent score below this is a redesign.
    redesign_below: f64,
    /// Steps at which the works of each hall begin, if mining ends then.
    works_steps: Option<Vec<u32>>,
}

/// What each path draws once.
#[derive(Debug, Clone)]
pub struct PathScalars {
    /// The step of each hall's first day in AI use, `[hall][lane]`; may lie after the grid's end.
    pub cut_over_steps: Vec<[u32; LANES]>,
    /// The same of its GPUs.
    pub gpu_steps: Vec<[u32; LANES]>,
    /// The step from which on its megawatts no longer mine; those of colocation and of GPUs stop at their
    /// own if it is earlier.
    pub stop_steps: Vec<[u32; LANES]>,
    /// Delay of each hall, months, `[hall][lane]`.
    pub delay_months: Vec<Row>,
    /// Cost of the shell, USD per critical-IT MW.
    pub shell_usd_per_critical_it_mw: Row,
    /// Hazard that each tenant stands before it defaults, `[tenant][lane]`: those of contracts, then one a
    /// hall; none where tenants do not default.
    pub tenant_thresholds: Vec<Row>,
    /// Part of the withdrawn hashrate that others bring back; 0 where markets do not answer.
    pub refilled_share: Row,
}

impl HallDelivery {
    /// So many halls, at least one, due at the build rate from the first date on.
    pub fn new(study: &Study, grid: &TimeGrid, halls: usize) -> Self {
        let halls = halls.max(1);
        let stream = |purpose, name: &str| Stream::new(purpose, &study.entity(name));
        let delivery = &study.delivery;
        let due_steps = due_steps(delivery, grid, halls);
        let begun = |due: &f64| {
            let day = due - delivery.construction_months * DAYS_PER_MONTH;
            grid.nearest_start(day.ceil().max(1.0) as u32) as u32
        };
        let is_early = study.diversion.mining_until == MiningUntil::Construction;
        Self {
            works_steps: is_early.then(|| due_steps.iter().map(begun).collect()),
            grid: grid.clone(),
            delivery: delivery.clone(),
            capital: study.capital.clone(),
            due_steps,
            hall_streams: (0..halls).map(|h| stream("delay", &format!("hall-{h}"))).collect(),
            common_stream: stream("delay", "common"),
            shell_stream: stream("capital", "shell"),
            refilled_share: study.sector.as_ref().map(|sector| sector.refilled_share),
            refilled_stream: Stream::new("sector", "refilled"),
            redesign_below: normal::quantile(delivery.redesign_probability),
        }
    }

    /// Number of halls.
    pub fn halls(&self) -> usize {
        self.due_steps.len()
    }

    /// Every stream it draws from.
    pub fn streams(&self) -> Vec<Stream> {
        let mut streams = self.hall_streams.clone();
        streams.extend([self.common_stream, self.shell_stream, self.refilled_stream]);
        streams
    }

    /// Draws the scalars of the paths of one tile.
    pub fn draw(&self, chance: &Chance) -> PathScalars {
        let d = &self.delivery;
        let common = chance.normals(self.common_stream);
        let (of_common, of_own) =
            (d.common_variance_share.sqrt(), (1.0 - d.common_variance_share).sqrt());
        let mut cut_over_steps = Vec::with_capacity(self.halls());
        let mut gpu_steps = Vec::with_capacity(self.halls());
        let mut delay_months = Vec::with_capacity(self.halls());
        for (due, stream) in self.due_steps.iter().zip(&self.hall_streams) {
            let own = chance.normals(*stream);
            let mut delay = [0.0; LANES];
            let law = [d.delay_median_months, d.delay_log_sd, of_common, of_own];
            log_normal(chance.build(), law, &common[0], &own[0], &mut delay);
            for i in 0..LANES {
                if of_common * common[1][i] + of_own * own[1][i] < self.redesign_below {
                    delay[i] += d.redesign_delay_months;
                }
            }
            let in_use = |lead: f64| {
                delay.map(|months| self.step_on((due + (months + lead) * DAYS_PER_MONTH).ceil()))
            };
            cut_over_steps.push(in_use(0.0));
            gpu_steps.push(in_use(d.gpu_lead_months));
            delay_months.push(delay);
        }
        let stop_steps = match &self.works_steps {
            Some(works) => works.iter().map(|step| [*step; LANES]).collect(),
            None => vec![[u32::MAX; LANES]; self.halls()],
        };
        PathScalars {
            cut_over_steps,
            gpu_steps,
            stop_steps,
            delay_months,
            shell_usd_per_critical_it_mw: self.shell(chance, &common),
            tenant_thresholds: Vec::new(),
            refilled_share: self.refilled_share.map_or([0.0; LANES], |law| {
                std::array::from_fn(|i| {
                    triangular(&law, chance.uniform(self.refilled_stream, i, 0))
                })
            }),
        }
    }

    /// The step of a day: a day too far ahead for the grid stays too far ahead, and one of a month counts
    /// from the nearest first day of a month.
    fn step_on(&self, day: f64) -> u32 {
        let day = day.clamp(0.0, 1e9) as u32;
        if self.grid.months_after() == 0 { day } else { self.grid.nearest_start(day) as u32 }
    }

    /// Makes the cost of shells that of a tile's AI market.
    pub fn tighten(&self, build: Build, market: &Tile, scalars: &mut PathScalars) {
        let beta = self.capital.overrun_tightness_beta;
        if beta != 0.0 {
            let due = (self.due_steps[0].max(1.0) as usize).min(self.grid.days() - 1);
            let tightness = &market.rows(Factor::AiDemand)[..=due];
            tighten(build, beta, tightness, &mut scalars.shell_usd_per_critical_it_mw);
        }
    }

    fn shell(&self, chance: &Chance, common: &[Row; 4]) -> Row {
        let c = &self.capital;
        let rho = c.overrun_delay_correlation;
        let mut overrun = [0.0; LANES];
        let law = [math::exp(c.overrun_log_mean), c.overrun_log_sd, rho, (1.0 - rho * rho).sqrt()];
        log_normal(chance.build(), law, &common[0], &common[2], &mut overrun);
        let uniforms = chance.uniforms(self.shell_stream, 0);
        std::array::from_fn(|i| {
            triangular(&c.shell_usd_per_critical_it_mw, uniforms[i]) * overrun[i]
        })
    }
}

/// Steps from the as-of date at which so many halls are due.
pub fn due_steps(delivery: &Delivery, grid: &TimeGrid, halls: usize) -> Vec<f64> {
    let months_per_hall = delivery.hall_mw / delivery.build_rate_mw_per_month;
    let first = grid.step_of(delivery.first_due) as f64;
    (0..halls).map(|hall| first + hall as f64 * months_per_hall * DAYS_PER_MONTH).collect()
}

kernel! {
    /// Costs times `exp(beta (mean tightness − that of the first row))`.
    fn tighten(beta: f64, tightness: &[Row], usd: &mut Row) {
        let mut sum = [0.0; LANES];
        for row in tightness {
            for i in 0..LANES {
                sum[i] += row[i] - tightness[0][i];
            }
        }
        for i in 0..LANES {
            usd[i] *= math::exp(beta * sum[i] / tightness.len() as f64);
        }
    }
}

kernel! {
    /// `median · exp(sd · (a · first + b · second))`, the law as [median, sd, a, b].
    fn log_normal(law: [f64; 4], first: &Row, second: &Row, values: &mut Row) {
        let [median, sd, a, b] = law;
        for i in 0..LANES {
            values[i] = median * math::exp(sd * a.mul_add(first[i], b * second[i]));
        }
    }
}

/// Days in a month of the delivery law.
const DAYS_PER_MONTH: f64 = DAYS_PER_YEAR / MONTHS_PER_YEAR;

/// Quantile function of the triangular law.
fn triangular(law: &Triangular, u: f64) -> f64 {
    let (low, mode, high) = (law.low, law.mode, law.high);
    if low == high {
        return low;
    }
    let width = high - low;
    if u * width < mode - low {
        low + (u * width * (mode - low)).sqrt()
    } else {
        high - ((1.0 - u) * width * (high - mode)).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::mean_and_error;
    use crate::tile::Build;

    fn delivery() -> Delivery {
        Delivery {
            hall_mw: 50.0,
            first_due: jiff::civil::date(2027, 1, 1),
            build_rate_mw_per_month: 100.0,
            delay_median_months: 3.0,
            delay_log_sd: 0.9,
            redesign_probability: 0.10,
            redesign_delay_months: 6.0,
            common_variance_share: 0.5,
            construction_months: 12.0,
            gpu_lead_months: 0.0,
        }
    }

    fn capital() -> Capital {
        Capital {
            shell_usd_per_critical_it_mw: Triangular { low: 8e6, mode: 10.5e6, high: 14e6 },
            overrun_log_mean: 0.05,
            overrun_log_sd: 0.15,
            overrun_delay_correlation: 0.5,
            overrun_tightness_beta: 0.0,
            gpu_usd_per_critical_it_mw: 29e6,
            cost_of_capital_per_year: 0.10,
            shell_life_years: 20.0,
            gpu_life_years: 5.0,
        }
    }

    fn study(delivery: Delivery) -> Study {
        Study { delivery, capital: capital(), ..Study::default_study() }
    }

    fn grid() -> TimeGrid {
        TimeGrid::new(jiff::civil::date(2026, 7, 31), 2027).unwrap()
    }

    fn draws(law: &HallDelivery, tiles: u64) -> impl Iterator<Item = PathScalars> {
        let law = law.clone();
        (0..tiles).map(move |t| law.draw(&Chance::new(5, t * LANES as u64, Build::fastest())))
    }

    #[test]
    fn delays_and_costs_have_the_moments_of_their_laws() {
        let law = HallDelivery::new(&study(delivery()), &grid(), 2);
        let (mut first, mut shell, mut products, mut redesigns) = (vec![], vec![], vec![], vec![]);
        for scalars in draws(&law, 4_096) {
            for i in 0..LANES {
                first.push(scalars.delay_months[0][i]);
                shell.push(scalars.shell_usd_per_critical_it_mw[i]);
            }
        }
        let exact = 3.0 * (0.81_f64 / 2.0).exp() + 0.6;
        let (mean, error) = mean_and_error(&first);
        assert!((mean - exact).abs() < 4.0 * error, "{mean} against {exact} ± {error}");
        let exact = (8.0 + 10.5 + 14.0) / 3.0 * 1e6 * (0.05 + 0.15_f64.powi(2) / 2.0).exp();
        let (mean, error) = mean_and_error(&shell);
        assert!((mean - exact).abs() < 4.0 * error, "{mean} against {exact} ± {error}");
        // Without redesigns the logs of two halls' delays correlate by the common share.
        let plain = Delivery { redesign_probability: 0.0, ..delivery() };
        for scalars in draws(&HallDelivery::new(&study(plain), &grid(), 2), 4_096) {
            for i in 0..LANES {
                let score = |hall: usize| (scalars.delay_months[hall][i] / 3.0).ln() / 0.9;
                products.push(score(0) * score(1));
            }
        }
        let (mean, error) = mean_and_error(&products);
        assert!((mean - 0.5).abs() < 4.0 * error, "correlation {mean} ± {error}");
        // A certain redesign is six months more, a redesign of probability 0.1 is one in ten.
        let only = Delivery { delay_median_months: 0.0, ..delivery() };
        for scalars in draws(&HallDelivery::new(&study(only), &grid(), 2), 1_024) {
            redesigns.extend(scalars.delay_months[1].map(|months| months / 6.0));
        }
        let (mean, error) = mean_and_error(&redesigns);
        assert!((mean - 0.1).abs() < 4.0 * error, "redesign {mean} ± {error}");
    }

    #[test]
    fn without_delay_a_hall_earns_from_the_day_it_is_due() {
        let on_time =
            Delivery { delay_median_months: 0.0, redesign_probability: 0.0, ..delivery() };
        let law = HallDelivery::new(&study(on_time), &grid(), 20);
        assert_eq!(law.halls(), 20);
        let scalars = draws(&law, 1).next().unwrap();
        assert_eq!(scalars.cut_over_steps[0][0] as usize, grid().target().start);
        // Two halls a month: the third is due 365/12 days after the first.
        assert_eq!(scalars.cut_over_steps[2][0] as usize, grid().target().start + 31);
    }

    #[test]
    fn a_hall_keeps_its_delay_when_others_are_added() {
        let few = HallDelivery::new(&study(delivery()), &grid(), 2);
        let many = HallDelivery::new(&study(delivery()), &grid(), 20);
        let (few, many) = (draws(&few, 1).next().unwrap(), draws(&many, 1).next().unwrap());
        assert_eq!(few.delay_months[1], many.delay_months[1]);
    }

    #[test]
    fn the_triangle_has_its_ends_and_its_mode() {
        let law = Triangular { low: 1.0, mode: 2.0, high: 4.0 };
        assert_eq!(triangular(&law, 0.0), 1.0);
        assert_eq!(triangular(&law, 1.0), 4.0);
        assert!((triangular(&law, 1.0 / 3.0) - 2.0).abs() < 1e-12);
        assert_eq!(triangular(&Triangular { low: 3.0, mode: 3.0, high: 3.0 }, 0.7), 3.0);
    }
}
