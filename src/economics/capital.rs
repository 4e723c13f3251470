//! The annual cost of capital committed: an annuity over the life of what was bought.

use crate::input::study::Capital;

/// Capital of conversion per gross MW diverted, and its annual cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CapitalCost {
    /// GPUs, USD per critical-IT MW in GPU cloud.
    pub gpu_usd_per_critical_it_mw: f64,
    /// Annual cost of a dollar of shell.
    pub shell_annuity: f64,
    /// Annual cost of a dollar of GPUs.
    pub gpu_annuity: f64,
}

impl CapitalCost {
    /// The cost under the study's terms.
    pub fn new(capital: &Capital) -> Self {
        let annuity = |life| annuity(capital.cost_of_capital_per_year, life);
        Self {
            gpu_usd_per_critical_it_mw: capital.gpu_usd_per_critical_it_mw,
            shell_annuity: annuity(capital.shell_life_years),
            gpu_annuity: annuity(capital.gpu_life_years),
        }
    }
}

/// The level annual payment, in arrears, that repays one dollar at `rate` over `years`:
/// rate / (1 − (1 + rate)^−years); 1 / years at rate 0.
pub fn annuity(rate_per_year: f64, years: f64) -> f64 {
    if rate_per_year == 0.0 {
        return 1.0 / years;
    }
    rate_per_year / (1.0 - crate::tile::math::power(1.0 + rate_per_year, -years))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annuity_repays_the_dollar() {
        for (rate, years) in [(0.10, 20.0), (0.10, 5.0), (0.12, 13.0), (0.0, 4.0)] {
            let payment = annuity(rate, years);
            let present: f64 =
                (1..=years as i32).map(|year| payment / (1.0 + rate).powi(year)).sum();
            assert!((present - 1.0).abs() < 1e-12, "{rate} {years}");
        }
        // 10 % over 20 and 5 years.
        assert!((annuity(0.10, 20.0) - 0.117_459_6).abs() < 5e-8);
        assert!((annuity(0.10, 5.0) - 0.263_797_5).abs() < 5e-8);
    }
}
