//! A published claim as arithmetic: the megawatts and the capital it takes to be true.
//!
//! Let X be the sector's gross MW, s the share, r the revenue of a MW-year, m the margin and f_t
//! the part of full revenue in year t. Year t brings s X r m f_t. The two published numbers are the
//! average over the years, which fixes X, and the net present value at year 0 of that stream less
//! s X (retrofit + GPU capex) per MW, which fixes the GPU capex. Both identities are exact.

use crate::input::study::Closure;

/// What a closure implies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Implied {
    /// The sector's gross MW.
    pub sector_mw: f64,
    /// Spending on GPUs, USD per gross MW diverted.
    pub gpu_capex_usd_per_mw: f64,
    /// Revenue of one diverted gross MW and year at full ramp, USD.
    pub usd_per_mw_year: f64,
    /// The price of a GPU-hour sold that gives this revenue, USD.
    pub usd_per_gpu_hour: f64,
}

/// Present value of one dollar a year at full ramp, paid at the end of each year.
fn present_value(closure: &Closure) -> f64 {
    let mut discount = 1.0;
    (1..=closure.years)
        .map(|year| {
            discount /= 1.0 + closure.discount_rate_per_year;
            ramp(closure, year) * discount
        })
        .sum()
}

/// The part of full revenue in a year, counted from 1.
fn ramp(closure: &Closure, year: u32) -> f64 {
    closure.ramp[(year as usize - 1).min(2)]
}

/// Derives what the closure leaves open from the two published numbers.
pub fn implied(closure: &Closure) -> Implied {
    let c = closure;
    let usd_per_mw_year = c.price_usd_per_kwh * c.hours_per_year * 1e3 * c.availability;
    let mean_ramp = (1..=c.years).map(|year| ramp(c, year)).sum::<f64>() / f64::from(c.years);
    let diverted_mw = c.average_usd_per_year / (usd_per_mw_year * c.margin * mean_ramp);
    let present_usd = diverted_mw * usd_per_mw_year * c.margin * present_value(c);
    let capex_usd_per_mw = (present_usd - c.net_present_value_usd) / diverted_mw;
    let gpu_hours = c.gpus_per_gross_mw * c.hours_per_year * c.gpu_utilisation;
    Implied {
        sector_mw: diverted_mw / c.share,
        gpu_capex_usd_per_mw: capex_usd_per_mw - c.retrofit_usd_per_mw,
        usd_per_mw_year,
        usd_per_gpu_hour: usd_per_mw_year / gpu_hours,
    }
}

/// The claim's own arithmetic at any share: average USD a year and net present value, USD.
pub fn at_share(closure: &Closure, implied: &Implied, share: f64) -> (f64, f64) {
    let c = closure;
    let mw = share * implied.sector_mw;
    let yearly = mw * implied.usd_per_mw_year * c.margin;
    let mean_ramp = (1..=c.years).map(|year| ramp(c, year)).sum::<f64>() / f64::from(c.years);
    let capex = mw * (c.retrofit_usd_per_mw + implied.gpu_capex_usd_per_mw);
    (yearly * mean_ramp, yearly * present_value(c) - capex)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closure(margin: f64, ramp: [f64; 3], discount: f64) -> Closure {
        Closure {
            name: "test".into(),
            reading: "run-rate revenue".into(),
            price_usd_per_kwh: 1.30,
            hours_per_year: 8_760.0,
            availability: 0.80,
            margin,
            ramp,
            share: 0.20,
            years: 13,
            discount_rate_per_year: discount,
            retrofit_usd_per_mw: 7.5e6,
            gpus_per_gross_mw: 570.0,
            gpu_utilisation: 0.9,
            average_usd_per_year: 13.9e9,
            net_present_value_usd: 37.6e9,
        }
    }

    #[test]
    fn the_run_rate_closure_is_the_published_arithmetic() {
        // VanEck, August 2024: 9.11 M USD per MW-year; 13.9 bn USD at 20 % is 7,628.6 MW; at 12 %
        // over 13 years (annuity 6.42355) the net present value of 37.6 bn leaves 33.88 M per MW.
        let closure = closure(1.0, [1.0; 3], 0.12);
        let implied = implied(&closure);
        assert_eq!(implied.usd_per_mw_year, 9_110_400.0);
        assert!((implied.sector_mw - 7_628.6).abs() < 0.05);
        assert!((implied.gpu_capex_usd_per_mw - 26.377e6).abs() < 1e3);
        assert!((implied.usd_per_gpu_hour - 2.03).abs() < 0.01);
        for (share, revenue) in
            [(0.0, 0.0), (0.05, 3.475), (0.10, 6.95), (0.20, 13.90), (1.0, 69.5)]
        {
            let (average, value) = at_share(&closure, &implied, share);
            assert!((average / 1e9 - revenue).abs() < 1e-9, "{share}");
            assert!((value / 1e9 - 188.0 * share).abs() < 1e-9, "{share}");
        }
    }

    #[test]
    fn a_ramp_and_a_margin_need_more_megawatts() {
        let closure = closure(0.8, [1.0 / 3.0, 2.0 / 3.0, 1.0], 0.12);
        let implied = implied(&closure);
        assert!((implied.sector_mw - 10_330.4).abs() < 1.0, "{}", implied.sector_mw);
        assert!((implied.gpu_capex_usd_per_mw - 14.843e6).abs() < 2e3);
        let (average, value) = at_share(&closure, &implied, 0.2);
        assert!((average / 13.9e9 - 1.0).abs() < 1e-14);
        assert!((value / 37.6e9 - 1.0).abs() < 1e-13);
    }
}
