//! How much hazard each tenant stands before it defaults: exponential with mean one.
//!
//! A tenant defaults when its accumulated intensity reaches a threshold drawn once per path, a Cox
//! process: given the market, defaults are independent; the market is what they have in common. Tenants
//! are known by name, so that a tenant of several contracts defaults once. Who rents an open lease is not
//! known: each hall has a tenant of its own.
//! Source: D. Lando, Review of Derivatives Research 2 (1998) 99.

use crate::chance::{Chance, Stream};
use crate::input::study::Study;
use crate::tile::{Row, math};

/// The thresholds of a study's tenants.
#[derive(Debug, Clone, Default)]
pub struct Tenants {
    streams: Vec<Stream>,
}

impl Tenants {
    /// The tenants of the contracts, each once, then one a hall; none where tenants do not default.
    pub fn new(study: &Study, halls: usize) -> Self {
        if study.credit.is_none() {
            return Self::default();
        }
        let named = study.tenants().into_iter().map(|name| Stream::new("tenant", name));
        let open = (0..halls)
            .map(|hall| Stream::new("open_tenant", &study.entity(&format!("hall-{hall}"))));
        Self { streams: named.chain(open).collect() }
    }
    /// Every stream it draws from.
    pub fn streams(&self) -> &[Stream] {
        &self.streams
    }
    /// The threshold of every tenant, `[tenant][lane]`.
    pub fn draw(&self, chance: &Chance) -> Vec<Row> {
        let threshold = |stream: &Stream| chance.uniforms(*stream, 0).map(|u| -math::ln(u));
        self.streams.iter().map(threshold).collect()
    }
}
