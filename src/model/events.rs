//! Rare events of a tile, in order of time: jumps, spikes, whatever comes at Poisson times.
//!
//! In: a rate per year, the chance of a tile, a calendar. Out: each event with its step, lane,
//! number in its lane and hour, and the calendar cut at them, so that kernels run over whole rows
//! between two events. Not here: what an event does, and how large it is; a law draws that from
//! streams of its own with [`Events::normals`] and [`Events::uniforms`].
//! The gaps of a lane are exponential: −ln(u) / rate, u number `ordinal` of the stream. An event
//! is a pure function of (seed, stream, path, ordinal), so a longer calendar only adds events.
//! Source: W. Feller, An Introduction to Probability Theory, vol. 2 (1971), I.4.

use crate::chance::{Chance, Stream};
use crate::tile::kernel::kernel;
use crate::tile::{LANES, Row, math};
use crate::time::{DAYS_PER_YEAR, TimeGrid};
use std::ops::Range;

/// One arrival.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// The step in whose days it comes, 1 and on: after the end of the step before, not after its own.
    pub step: usize,
    /// The path's position in its tile.
    pub lane: usize,
    /// Its number in its lane, from 0: the draw that its own chance is addressed by.
    pub ordinal: u32,
    /// Days from the end of the step before, above 0 and at most the step's own.
    pub days_into_step: f64,
}

/// The arrivals of one tile by step; those of one lane in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Events(Vec<Event>);

impl Events {
    /// Draws the arrivals of every lane: Poisson, `per_year` of them a year, independent by lane.
    ///
    /// # Panics
    /// If the rate is negative or not finite: readers admit neither.
    pub fn draw(chance: &Chance, stream: Stream, per_year: f64, grid: &TimeGrid) -> Self {
        assert!(per_year >= 0.0 && per_year.is_finite(), "a rate of events: {per_year} a year");
        let mut drawn = Vec::new();
        if per_year == 0.0 {
            return Self(drawn);
        }
        let mean_gap_days = DAYS_PER_YEAR / per_year;
        let days = grid.days_before(grid.steps());
        // Every lane draws as often as the one that needs most: rows cost less than branches.
        let mut day = [0.0; LANES];
        // Events of every step, then the position of each step's next one.
        let mut places = vec![0; grid.steps() + 1];
        for ordinal in 0.. {
            let uniforms = chance.uniforms(stream, ordinal);
            arrive(chance.build(), mean_gap_days, &uniforms, &mut day);
            if day.iter().all(|day| *day > days) {
                break;
            }
            for (lane, day) in day.iter().enumerate().filter(|(_, day)| **day <= days) {
                // The day rounded up, without a call where the machine has no instruction for it.
                let whole = *day as u32;
                let step = grid.step_on(whole + u32::from(f64::from(whole) != *day));
                let days_into_step = day - grid.days_before(step);
                drawn.push(Event { step, lane, ordinal, days_into_step });
                places[step + 1] += 1;
            }
        }
        for step in 0..grid.steps() {
            places[step + 1] += places[step];
        }
        let mut events = drawn.clone();
        for event in drawn {
            events[places[event.step]] = event;
            places[event.step] += 1;
        }
        Self(events)
    }

    /// A standard normal score for each, in their order; a stream for each purpose.
    pub fn normals(&self, chance: &Chance, stream: Stream) -> Vec<f64> {
        chance.normals_at(stream, self.0.iter().map(|event| (event.lane, event.ordinal)))
    }
    /// A uniform in (0, 1) for each, in their order; a stream for each purpose.
    pub fn uniforms(&self, chance: &Chance, stream: Stream) -> Vec<f64> {
        chance.uniforms_at(stream, self.0.iter().map(|event| (event.lane, event.ordinal)))
    }

    /// All of them, in order.
    pub fn all(&self) -> &[Event] {
        &self.0
    }

    /// Steps 1 to `steps - 1` cut where events come: every part with the events of its first step,
    /// none where the calendar begins without one.
    pub fn parts(&self, steps: usize) -> impl Iterator<Item = (Range<usize>, &[Event])> {
        let mut rest = self.0.as_slice();
        let mut start = 1;
        std::iter::from_fn(move || {
            if start >= steps {
                return None;
            }
            let here = rest.iter().take_while(|event| event.step == start).count();
            let (events, later) = rest.split_at(here);
            let end = later.first().map_or(steps, |event| event.step.min(steps));
            let part = start..end;
            (start, rest) = (end, later);
            Some((part, events))
        })
    }
}

/// Adds what the next events bring to their lanes.
pub fn strike<'a>(events: &[Event], sizes: &mut impl Iterator<Item = &'a f64>, y: &mut Row) {
    for (event, size) in events.iter().zip(sizes) {
        y[event.lane] += size;
    }
}

kernel! {
    /// The next arrival of every lane: an exponential gap after the last.
    fn arrive(mean_gap_days: f64, uniforms: &Row, day: &mut Row) {
        for i in 0..LANES {
            day[i] -= mean_gap_days * math::ln(uniforms[i]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::mean_and_error;
    use crate::tile::Build;

    fn grid(year: i16) -> TimeGrid {
        TimeGrid::new(jiff::civil::date(2026, 12, 31), year).unwrap()
    }

    fn events(tile: u64, per_year: f64, grid: &TimeGrid) -> Events {
        let chance = Chance::new(5, tile * LANES as u64, Build::fastest());
        Events::draw(&chance, Stream::new("event", "test"), per_year, grid)
    }

    #[test]
    fn counts_are_poisson_and_hours_uniform() {
        // A Poisson count of mean m has variance m and fourth central moment m + 3 m².
        let grid = grid(2027);
        let per_year = 3.0;
        let (mut counts, mut hours) = (Vec::new(), Vec::new());
        for tile in 0..4_096 {
            let mut of_lane = [0.0; LANES];
            for event in events(tile, per_year, &grid).all() {
                of_lane[event.lane] += 1.0;
                hours.push(event.days_into_step);
                assert!((1..grid.steps()).contains(&event.step));
                assert!(event.days_into_step > 0.0 && event.days_into_step <= 1.0);
            }
            counts.extend(of_lane);
        }
        let (mean, error) = mean_and_error(&counts);
        assert!((mean - per_year).abs() < 4.0 * error, "{mean} ± {error}");
        let squares: Vec<f64> = counts.iter().map(|n| (n - per_year).powi(2)).collect();
        let (variance, error) = mean_and_error(&squares);
        assert!((variance - per_year).abs() < 4.0 * error, "{variance} ± {error}");
        // Within a day the hour is uniform: the day is short against the gap.
        let (mean, error) = mean_and_error(&hours);
        assert!((mean - 0.5).abs() < 4.0 * error, "{mean} ± {error}");
    }

    #[test]
    fn a_longer_calendar_only_adds_events() {
        let (short, long) = (events(3, 20.0, &grid(2027)), events(3, 20.0, &grid(2029)));
        let until = |steps: usize| long.all().iter().filter(move |event| event.step < steps);
        assert!(short.all().iter().eq(until(grid(2027).steps())));
        assert!(short.all().len() > 500 && long.all().len() > 2 * short.all().len());
    }

    #[test]
    fn parts_join_and_carry_every_event_once() {
        let grid = grid(2027);
        for per_year in [0.0, 0.4, 50.0, 5_000.0] {
            let events = events(1, per_year, &grid);
            let mut next = 1;
            let mut carried = Vec::new();
            for (part, here) in events.parts(grid.steps()) {
                assert_eq!(part.start, next);
                assert!(part.end > part.start);
                assert!(here.iter().all(|event| event.step == part.start));
                assert!(next == 1 || !here.is_empty(), "a cut without an event");
                next = part.end;
                carried.extend_from_slice(here);
            }
            assert_eq!(next, grid.steps());
            assert_eq!(carried, events.all());
        }
        assert!(events(1, 0.0, &grid).all().is_empty());
    }

    #[test]
    fn the_chance_of_an_event_is_its_own() {
        let chance = Chance::new(5, 0, Build::fastest());
        let stream = Stream::new("mark", "test");
        let events = events(0, 50.0, &grid(2027));
        let drawn = events.normals(&chance, stream);
        for ((event, normal), uniform) in
            events.all().iter().zip(&drawn).zip(events.uniforms(&chance, stream))
        {
            assert_eq!(*normal, chance.normal(stream, event.lane, event.ordinal));
            assert_eq!(uniform, chance.uniform(stream, event.lane, event.ordinal));
        }
        let (mean, error) = mean_and_error(&drawn);
        assert!(mean.abs() < 4.0 * error, "{mean} ± {error}");
        let mut sorted = drawn.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        // 24 bits each: of 3,200 draws a few may meet by chance, no more.
        assert!(sorted.len() + 8 > drawn.len(), "{} of {}", sorted.len(), drawn.len());
    }
}
