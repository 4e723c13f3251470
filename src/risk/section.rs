//! The values of one set of paths, sorted into zones of the value axis.
//!
//! A zone keeps its values, or only counts and sums them. All values kept in one zone is the
//! *stored* distribution; values kept only around the wanted ranks is the *bracketed* one. Sums are
//! of twice the precision, so both give the same bits.

use super::Miss;
use super::double_double::DoubleDouble;

/// What is known of the values between two edges.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Zone {
    /// Counted and summed.
    Counted,
    /// All alike: every value that falls here is this one.
    Atom(f64),
    /// Kept.
    Kept(Vec<f64>),
}

/// The values of the full sample or of one replication.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Section {
    zones: Vec<Zone>,
    counts: Vec<u64>,
    sums: Vec<DoubleDouble>,
    /// Sum of squared deviations from the distribution's centre.
    squares: DoubleDouble,
    /// How many are below, at and above 0.
    signs: [u64; 3],
}

/// An order statistic and what lies up to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ranked {
    /// The value at the rank.
    pub(super) value: f64,
    /// Sum of the values at this rank and below.
    pub(super) tail_sum: DoubleDouble,
    /// Values strictly below it.
    pub(super) below: u64,
}

impl Section {
    pub(super) fn new(zones: Vec<Zone>) -> Self {
        let count = zones.len();
        Self {
            zones,
            counts: vec![0; count],
            sums: vec![DoubleDouble::default(); count],
            squares: DoubleDouble::default(),
            signs: [0; 3],
        }
    }

    /// Takes a value that falls into a zone.
    #[inline]
    pub(super) fn push(&mut self, zone: usize, value: f64, centre: f64) {
        self.counts[zone] += 1;
        self.sums[zone].add(value);
        let deviation = value - centre;
        self.squares.add_pair(DoubleDouble::product(deviation, deviation));
        self.signs[usize::from(value >= 0.0) + usize::from(value > 0.0)] += 1;
        if let Zone::Kept(values) = &mut self.zones[zone] {
            values.push(value);
        }
    }

    /// Joins the values of another section of the same distribution.
    pub(super) fn join(&mut self, other: &Self) {
        for zone in 0..self.zones.len() {
            self.counts[zone] += other.counts[zone];
            self.sums[zone].add_pair(other.sums[zone]);
            if let (Zone::Kept(all), Zone::Kept(more)) = (&mut self.zones[zone], &other.zones[zone])
            {
                all.extend_from_slice(more);
            }
        }
        self.squares.add_pair(other.squares);
        for (all, more) in self.signs.iter_mut().zip(other.signs) {
            *all += more;
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Part of the values below, at and above 0.
    pub(super) fn sign_shares(&self) -> [f64; 3] {
        self.signs.map(|count| count as f64 / self.count() as f64)
    }

    pub(super) fn mean(&self) -> f64 {
        self.sum().divided_by(self.count() as f64).value()
    }

    fn sum(&self) -> DoubleDouble {
        let mut sum = DoubleDouble::default();
        self.sums.iter().for_each(|zone| sum.add_pair(*zone));
        sum
    }

    /// Standard deviation with n − 1: Σ(x − c)² = Σ(x − x̄)² + n (x̄ − c)².
    pub(super) fn sd(&self, centre: f64) -> f64 {
        let n = self.count() as f64;
        let mut offset = self.sum();
        offset.subtract(DoubleDouble::product(n, centre));
        let mut squares = self.squares;
        squares.subtract(offset.squared().divided_by(n));
        (squares.value().max(0.0) / (n - 1.0)).sqrt()
    }

    /// The order statistics of ascending ranks, counted from 1, by nested selection.
    ///
    /// # Errors
    /// A rank that falls where values were only counted.
    pub(super) fn ranked(&mut self, ranks: &[u64]) -> Result<Vec<Ranked>, Miss> {
        debug_assert!(ranks.is_sorted());
        let mut found = vec![None; ranks.len()];
        let mut before = self.count();
        let mut left = ranks.len();
        for zone in (0..self.zones.len()).rev() {
            before -= self.counts[zone];
            let mut sum_before = DoubleDouble::default();
            self.sums[..zone].iter().for_each(|sum| sum_before.add_pair(*sum));
            let mut end = self.counts[zone] as usize;
            while left > 0 && ranks[left - 1] > before {
                let index = (ranks[left - 1] - before) as usize - 1;
                let ranked = match &mut self.zones[zone] {
                    Zone::Counted => return Err(Miss),
                    Zone::Atom(value) => {
                        let mut tail_sum = sum_before;
                        tail_sum.add_pair(DoubleDouble::product((index + 1) as f64, *value));
                        Ranked { value: *value, tail_sum, below: before }
                    }
                    Zone::Kept(values) => {
                        let (low, value, _) =
                            values[..end].select_nth_unstable_by(index, f64::total_cmp);
                        let value = *value;
                        let mut tail_sum = sum_before;
                        low.iter().for_each(|low| tail_sum.add(*low));
                        tail_sum.add(value);
                        let below = low.iter().filter(|low| **low < value).count() as u64;
                        end = index + 1;
                        Ranked { value, tail_sum, below: before + below }
                    }
                };
                left -= 1;
                found[left] = Some(ranked);
            }
        }
        found.into_iter().map(|ranked| ranked.ok_or(Miss)).collect()
    }
}
