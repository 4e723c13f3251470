//! The distribution of one column, by replication: stored, or bracketed where there are too many.
//!
//! In: values in path order. Out: what measures ask of the full sample and of each replication.

use super::bracket::Brackets;
use super::replication::{REPLICATIONS, Replicated, replication_of, runs};
use super::section::{Section, Zone};
use super::{Estimate, Measure, Miss};

/// The values of one column, sorted by replication and zone.
#[derive(Debug, Clone)]
pub struct Distribution {
    /// Zone `i` holds the values from edge `i − 1` (included) to edge `i` (not included).
    edges: Vec<f64>,
    /// Deviations are taken from here: the first value of the column.
    centre: Option<f64>,
    replications: Vec<Section>,
}

impl Distribution {
    /// Keeps every value.
    pub fn stored() -> Self {
        Self::with_zones(Vec::new(), vec![Zone::Kept(Vec::new())])
    }
    /// Keeps the values inside brackets; the same bits as stored, unless a rank misses them.
    pub fn bracketed(brackets: &Brackets) -> Self {
        Self::with_zones(brackets.edges(), brackets.zones())
    }
    /// Keeps nothing: for means and signs only.
    pub fn moments() -> Self {
        Self::with_zones(Vec::new(), vec![Zone::Counted])
    }
    fn with_zones(edges: Vec<f64>, zones: Vec<Zone>) -> Self {
        Self { edges, centre: None, replications: vec![Section::new(zones); REPLICATIONS] }
    }

    /// Takes the values of consecutive paths; calls must come in path order.
    pub fn feed(&mut self, first_path: u64, values: &[f64]) {
        let Some(first) = values.first() else { return };
        let centre = *self.centre.get_or_insert(*first);
        for (path, run) in runs(first_path, values) {
            let section = &mut self.replications[replication_of(path)];
            for value in run {
                let zone = self.edges.partition_point(|edge| edge <= value);
                section.push(zone, *value, centre);
            }
        }
    }

    /// Number of values.
    pub fn paths(&self) -> u64 {
        self.replications.iter().map(Section::count).sum()
    }

    fn full(&self) -> Section {
        let mut full = self.replications[0].clone();
        self.replications[1..].iter().for_each(|section| full.join(section));
        full
    }

    /// Works out something on the full sample and on each replication.
    pub(super) fn replicate<T>(
        &mut self,
        mut work: impl FnMut(&mut Section, f64) -> Result<T, Miss>,
    ) -> Result<(T, Vec<T>), Miss> {
        let centre = self.centre.unwrap_or(0.0);
        let full = work(&mut self.full(), centre)?;
        let parts: Result<Vec<T>, Miss> =
            self.replications.iter_mut().map(|section| work(section, centre)).collect();
        Ok((full, parts?))
    }

    /// The mean, by replication.
    ///
    /// # Panics
    /// If a replication has no path.
    pub fn mean(&mut self) -> Replicated {
        let work = |section: &mut Section, _: f64| Ok(section.mean());
        let (full, parts) = self.replicate(work).expect("a mean asks for no rank");
        Replicated { full, by_replication: std::array::from_fn(|r| parts[r]) }
    }

    /// Every measure with its error; losses are against `reference`.
    ///
    /// # Errors
    /// A rank outside the brackets.
    pub fn estimates(
        &mut self,
        measures: &[Measure],
        reference: &Replicated,
    ) -> Result<Vec<Estimate>, Miss> {
        let paths = self.paths();
        let references =
            std::iter::once(reference.full).chain(reference.by_replication.iter().copied());
        let mut references = references;
        let (full, parts) = self.replicate(|section, centre| {
            let reference = references.next().unwrap_or(f64::NAN);
            super::measure::values(section, centre, measures, reference)
        })?;
        Ok((0..measures.len())
            .map(|index| {
                let by_replication = std::array::from_fn(|r| parts[r][index]);
                Replicated { full: full[index], by_replication }.estimate(paths)
            })
            .collect())
    }
}
