//! What a company is worth: the present value of its cash year by year, what a share adds to it, and the
//! rate that this is worth.
//!
//! In: the cash of a share's years, by path. Out: net present value, internal rate of return, value of a
//! share of stock. Not here: where the cash comes from (`valuation`), what is drawn and owed (`treasury`).
//!
//! Cash of a year = EBITDA − tax − what is paid for shells, GPUs and machines. Tax is due on what profit,
//! EBITDA less depreciation, has reached above its highest so far: losses are carried forward. What is paid
//! for in a year is written off in equal parts over the years after it that it lasts. A year's cash falls
//! due in its middle. In the last year a part of what is not written off is counted. No debt enters: the
//! present value is of the company before any, and of its stock after what is owed at the end of the
//! target year.
//! Source: R. A. Brealey, S. C. Myers, F. Allen, Principles of Corporate Finance (any edition), the chapters
//! on net present value and on valuation with the flow to the firm.

use super::metric::{IRR_MAX, IRR_MIN, Metric};
use super::treasury::Treasury;
use crate::input::study::Study;
use crate::tile::kernel::kernel;
use crate::tile::{Build, LANES, Row, math};
use crate::time::{DAYS_PER_YEAR, TimeGrid};
use ndarray::ArrayViewMut3;
use std::ops::Range;

/// Appraises the shares of a plan.
#[derive(Debug, Clone)]
pub struct Appraiser {
    /// Calendar years from that of the as-of date on.
    years: Vec<Year>,
    /// The first year after the target year.
    first_after: usize,
    terms: Terms,
}

/// A calendar year, or what is left of it on the as-of date.
#[derive(Debug, Clone, PartialEq)]
struct Year {
    steps: Range<usize>,
    overheads_usd: f64,
}

/// What years are worked out with.
#[derive(Debug, Clone)]
struct Terms {
    /// A year's cash on the as-of date, and at the end of the target year.
    discount: Vec<f64>,
    discount_after: Vec<f64>,
    /// Years from the middle of the first to that of the second; one between all others.
    first_gap_years: f64,
    /// ln(1 + discount rate).
    log_discount: f64,
    tax_rate: f64,
    residual_share: f64,
    /// Years over which shells, GPUs and machines are written off.
    lives: [usize; 3],
}

/// The cash of a share, `[year][lane]`, USD.
#[derive(Debug, Clone)]
pub struct Cash {
    /// Gross margin less overheads.
    pub ebitda: Vec<Row>,
    /// What is paid for shells, GPUs and machines.
    pub paid: [Vec<Row>; 3],
}

impl Appraiser {
    /// The appraiser of a study; `None` where nobody looks beyond the target year.
    pub fn new(study: &Study, grid: &TimeGrid) -> Option<Self> {
        let terms = study.appraisal.as_ref()?;
        let treasury = study.treasury.as_ref().expect("the reader asks for a treasury");
        let sheets =
            study.fleet.iter().filter_map(|tranche| tranche.balance_sheet.sga_usd_per_year);
        let overheads_usd_per_year = sheets.fold(0.0, |sum, usd| sum + usd);
        let mut steps: Vec<Range<usize>> = Vec::new();
        for month in grid.months_from_start() {
            let year = |steps: &Range<usize>| grid.date(steps.start).year();
            match steps.last_mut().filter(|last| year(last) == year(&month)) {
                Some(last) => last.end = month.end,
                None => steps.push(month),
            }
        }
        let first_after = steps.len();
        steps.extend(grid.years_after());
        let middle = |steps: &Range<usize>| {
            0.5 * (grid.days_before(steps.start) + grid.days_before(steps.end)) / DAYS_PER_YEAR
        };
        let end_years = grid.days_before(grid.days()) / DAYS_PER_YEAR;
        let per_year = 1.0 + terms.discount_rate_per_year;
        let discount = |years: f64| math::power(per_year, -years);
        let middles: Vec<f64> = steps.iter().map(middle).collect();
        let years = |years: f64| (years.round() as usize).max(1);
        let (capital, machine_years) = (&study.capital, terms.machine_life_years);
        Some(Self {
            first_after,
            terms: Terms {
                discount: middles.iter().map(|years| discount(*years)).collect(),
                discount_after: middles.iter().map(|years| discount(years - end_years)).collect(),
                first_gap_years: middles[1] - middles[0],
                log_discount: math::ln(per_year),
                tax_rate: treasury.tax_rate,
                residual_share: terms.residual_share,
                lives: [capital.shell_life_years, capital.gpu_life_years, machine_years].map(years),
            },
            years: steps
                .into_iter()
                .map(|steps| {
                    let days = grid.days_before(steps.end) - grid.days_before(steps.start);
                    let overheads_usd = overheads_usd_per_year * days / DAYS_PER_YEAR;
                    Year { steps, overheads_usd }
                })
                .collect(),
        })
    }

    /// The years after the target year, by their positions, with their steps.
    pub fn years_after(&self) -> impl Iterator<Item = (usize, &Range<usize>)> {
        self.years.iter().map(|year| &year.steps).enumerate().skip(self.first_after)
    }
    /// The steps of every year, or of what is left of it on the as-of date.
    pub fn years(&self) -> impl Iterator<Item = &Range<usize>> {
        self.years.iter().map(|year| &year.steps)
    }
    /// The position of the year that some steps lie in.
    pub fn year_of(&self, steps: &Range<usize>) -> usize {
        self.years.partition_point(|year| year.steps.end <= steps.start)
    }

    /// No cash of any share.
    pub fn open(&self, shares: usize) -> Vec<Cash> {
        let years = vec![[0.0; LANES]; self.years.len()];
        vec![Cash { ebitda: years.clone(), paid: [(); 3].map(|()| years.clone()) }; shares]
    }
    /// Overheads of a year, USD.
    pub fn overheads_usd(&self, year: usize) -> f64 {
        self.years[year].overheads_usd
    }

    /// What a share's years leave after tax and what is paid for, `[year][lane]`, what is counted at the end
    /// among it.
    pub fn cash(&self, build: Build, of_share: &Cash) -> Vec<Row> {
        let mut cash = vec![[0.0; LANES]; self.years.len()];
        after_tax(build, &self.terms, of_share, &mut cash);
        cash
    }

    /// Writes the metrics of an appraisal `[metric][share][lane]`; those of the treasury are there.
    pub fn metrics(
        &self,
        build: Build,
        treasury: &Treasury,
        of_shares: &[Cash],
        btc_usd: &[Row],
        outcomes: &mut ArrayViewMut3<'_, f64>,
    ) {
        let lanes = outcomes.len_of(ndarray::Axis(2));
        let mut of_share_0: Vec<Row> = Vec::new();
        for (share, of_share) in of_shares.iter().enumerate() {
            let cash = self.cash(build, of_share);
            if share == 0 {
                of_share_0.clone_from(&cash);
            }
            let mut more = cash.clone();
            subtract(build, &of_share_0, &mut more);
            let [mut npv, mut later, mut npv_gain, mut irr] = [[0.0; LANES]; 4];
            worth(build, &self.terms.discount, &cash, &mut npv);
            worth(build, &self.terms.discount, &more, &mut npv_gain);
            let after = self.first_after;
            worth(build, &self.terms.discount_after[after..], &cash[after..], &mut later);
            rate_of_return(build, &self.terms, &more, &mut irr);
            for i in 0..lanes {
                let at = |metric: Metric| [metric as usize, share, i];
                let known = |metric: Metric| outcomes[at(metric)];
                let solvent = 1.0 - known(Metric::Default);
                let owed_usd = known(Metric::DebtAtEnd) - known(Metric::CashAtEnd);
                let stock = treasury.stock_count() * (1.0 + known(Metric::Dilution));
                let stock_usd = solvent * (later[i] + btc_usd[share][i] - owed_usd).max(0.0);
                for (metric, value) in [
                    (Metric::Npv, npv[i]),
                    (Metric::NpvGain, npv_gain[i]),
                    (Metric::Irr, irr[i]),
                    (Metric::ValuePerStock, stock_usd / stock),
                ] {
                    outcomes[at(metric)] = value;
                }
                let of_share_0 = outcomes[[Metric::ValuePerStock as usize, 0, i]];
                let gain = outcomes[at(Metric::ValuePerStock)] - of_share_0;
                let is_rounding = gain.abs() <= ROUNDING * of_share_0;
                outcomes[at(Metric::ValuePerStockGain)] = if is_rounding { 0.0 } else { gain };
            }
        }
    }
}

impl Cash {
    /// Adds some months of a year: their gross margin and overheads, what is paid for shells, GPUs and
    /// machines; nothing of paths that were shut before.
    pub fn add(
        &mut self,
        year: usize,
        (margin, overheads_usd): (&Row, f64),
        paid: [&Row; 3],
        runs: &Row,
    ) {
        for i in 0..LANES {
            self.ebitda[year][i] += runs[i] * (margin[i] - overheads_usd);
            for (sum, paid) in self.paid.iter_mut().zip(paid) {
                sum[year][i] += runs[i] * paid[i];
            }
        }
    }
}

kernel! {
    /// The cash of years after tax and what is paid for.
    fn after_tax(terms: &Terms, of_share: &Cash, cash: &mut [Row]) {
        let years = cash.len();
        let (mut profit, mut highest) = ([0.0; LANES], [0.0; LANES]);
        let mut written_off = [[0.0; LANES]; 3];
        for year in 0..years {
            for class in 0..3 {
                let (paid, life) = (&of_share.paid[class], terms.lives[class]);
                let part = 1.0 / life as f64;
                for i in 0..LANES {
                    let newer = if year > 0 { paid[year - 1][i] } else { 0.0 };
                    let older = if year > life { paid[year - 1 - life][i] } else { 0.0 };
                    written_off[class][i] += part * (newer - older);
                }
            }
            for i in 0..LANES {
                let depreciation = written_off[0][i] + written_off[1][i] + written_off[2][i];
                profit[i] += of_share.ebitda[year][i] - depreciation;
                let reached = math::max(highest[i], profit[i]);
                let tax = terms.tax_rate * (reached - highest[i]);
                highest[i] = reached;
                let paid =
                    of_share.paid[0][year][i] + of_share.paid[1][year][i] + of_share.paid[2][year][i];
                cash[year][i] = of_share.ebitda[year][i] - tax - paid;
            }
        }
        for class in 0..3 {
            let life = terms.lives[class];
            for year in 0..years {
                let gone = years - 1 - year;
                let left = if gone < life { 1.0 - gone as f64 / life as f64 } else { 0.0 };
                for i in 0..LANES {
                    let counted = terms.residual_share * left * of_share.paid[class][year][i];
                    cash[years - 1][i] += counted;
                }
            }
        }
    }
}

kernel! {
    /// The present value of years.
    fn worth(discount: &[f64], cash: &[Row], worth: &mut Row) {
        for (discount, cash) in discount.iter().zip(cash) {
            for i in 0..LANES {
                worth[i] = discount.mul_add(cash[i], worth[i]);
            }
        }
    }
}

kernel! {
    /// What cash is above that of share 0; nothing where it is no more than the rounding of their sums.
    fn subtract(of_share_0: &[Row], cash: &mut [Row]) {
        for (stays, cash) in of_share_0.iter().zip(cash.iter_mut()) {
            for i in 0..LANES {
                let more = cash[i] - stays[i];
                let size = math::max(stays[i], -stays[i]);
                let is_rounding = math::max(more, -more) <= ROUNDING * size;
                cash[i] = if is_rounding { 0.0 } else { more };
            }
        }
    }
}

/// Differences of sums that are smaller are rounding, relative to them.
const ROUNDING: f64 = 1e-11;

kernel! {
    /// The rate at which cash is worth nothing, between `IRR_MIN` and `IRR_MAX`, on that side of the discount
    /// rate on which its worth at that rate says it is: of several, one that agrees with the present value.
    /// By halving the interval of its logarithm; 0 where there is no cash. The first year is some years before
    /// the second, each other one before the next.
    fn rate_of_return(terms: &Terms, cash: &[Row], rate: &mut Row) {
        let last = cash.len() - 1;
        let (least, most) = (math::ln(1.0 + IRR_MIN), math::ln(1.0 + IRR_MAX));
        let (mut low, mut high) = ([least; LANES], [most; LANES]);
        for halving in 0..=HALVINGS {
            let mut middle = [terms.log_discount; LANES];
            if halving > 0 {
                for i in 0..LANES {
                    middle[i] = 0.5 * (low[i] + high[i]);
                }
            }
            let (mut factor, mut worth) = ([0.0; LANES], cash[last]);
            for i in 0..LANES {
                factor[i] = math::exp(-middle[i]);
            }
            for year in (1..last).rev() {
                for i in 0..LANES {
                    worth[i] = factor[i].mul_add(worth[i], cash[year][i]);
                }
            }
            for i in 0..LANES {
                let first_factor = math::exp(-terms.first_gap_years * middle[i]);
                let is_higher = first_factor.mul_add(worth[i], cash[0][i]) > 0.0;
                low[i] = if is_higher { middle[i] } else { low[i] };
                high[i] = if is_higher { high[i] } else { middle[i] };
            }
        }
        let mut is_any = [false; LANES];
        for cash in cash {
            for i in 0..LANES {
                is_any[i] |= cash[i] != 0.0;
            }
        }
        for i in 0..LANES {
            let found = math::exp(0.5 * (low[i] + high[i])) - 1.0;
            let bounded = if low[i] == least {
                IRR_MIN
            } else if high[i] == most {
                IRR_MAX
            } else {
                found
            };
            rate[i] = if is_any[i] { bounded } else { 0.0 };
        }
    }
}

/// Halvings of the interval: of the logarithm it is then 1e-7 wide.
const HALVINGS: usize = 26;
