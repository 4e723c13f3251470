//! The annual cost of capital committed: an annuity over the life of what was bought.

use crate::input::study::Capital;
use crate::tile::math::annuity;

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
