//! How likely tenants are to default, and what a lease is worth after it.
//!
//! In: the table `[credit]`, which a study may leave out. Out: its values. Not here: who defaults when.

use super::contracts::TENANT_CLASSES;
use super::key::{Kind, table};
use super::range::{share, within};

const INTENSITY: Kind = Kind::Number(within(0.0, 10.0, "per year"));

table! {
    /// Credit of the tenants of colocation.
    pub struct Credit in "credit" {
        /// Intensity of default of a hyperscaler when the AI market is as tight as in a boom.
        hyperscaler_default_per_year: f64 = INTENSITY, "0.002";
        /// The same of a laboratory that trains models.
        ai_lab_default_per_year: f64 = INTENSITY, "0.03";
        /// The same of a company that lets GPUs.
        neocloud_default_per_year: f64 = INTENSITY, "0.03";
        /// The same of any other company.
        enterprise_default_per_year: f64 = INTENSITY, "0.01";
        /// The same of a state.
        government_default_per_year: f64 = INTENSITY, "0.001";
        /// The same of a tenant of whom nothing is known, and of those of open leases.
        unknown_default_per_year: f64 = INTENSITY, "0.03";
        /// What the log of every intensity rises by a unit that tightness lies below the boom's.
        market_beta: f64 = Kind::Number(within(0.0, 20.0, "per unit of tightness")), "1.0";
        /// Time until a hall whose tenant is gone is let again.
        vacancy_months: f64 = Kind::Number(within(0.0, 120.0, "months")), "9.0";
        /// Rent then, over the market's of that day.
        reletting_share: f64 = Kind::Number(share("of the market's rent")), "0.75";
        /// Rent that a backstop pays on; such halls are not let again.
        backstop_share: f64 = Kind::Number(share("of the contract's rent")), "1.0";
    }
}

impl Credit {
    /// Intensity of default of a class of tenants, per year.
    ///
    /// # Panics
    /// If it is none of `TENANT_CLASSES`.
    pub fn default_per_year(&self, tenant_class: &str) -> f64 {
        let class = TENANT_CLASSES.iter().position(|class| *class == tenant_class);
        [
            self.hyperscaler_default_per_year,
            self.ai_lab_default_per_year,
            self.neocloud_default_per_year,
            self.enterprise_default_per_year,
            self.government_default_per_year,
            self.unknown_default_per_year,
        ][class.expect("readers admit only tenant classes")]
    }
}
