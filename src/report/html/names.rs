//! Where the names of marks stand in a chart, so that they lie on as little as may be.
//!
//! In: the marks along a line, which of them are named. Out: a place for each name. Not here: what is drawn.

use super::chart::{BAR, Mark};

/// Width and height of what is drawn, about, in pixels.
const PIXELS: (f64, f64) = (560.0, 220.0);
/// Half the width and half the height of a name and a mark side by side, in pixels: the room of a name.
const ROOM: (f64, f64) = (25.0, 14.0);
/// How far above its point a chart has the middle of words, in rooms.
const LIFT: f64 = 10.0 / ROOM.1;
/// Where a name may stand, in rooms from its mark.
const AROUND: [(f64, f64); 8] = [
    (0.0, -1.1),
    (0.0, 1.1),
    (1.1, 0.0),
    (-1.1, 0.0),
    (1.1, -1.1),
    (-1.1, 1.1),
    (1.1, 1.1),
    (-1.1, -1.1),
];

/// Points at which a chart says the names of some of the marks on a line: as near as may be without lying on
/// a mark, its bars, the line or another name.
pub(super) fn beside(marks: &[Mark], named: &[usize]) -> Vec<(f64, f64)> {
    let ends = |of: fn(&Mark) -> (f64, f64)| {
        let at = |side: f64| marks.iter().map(move |mark| of(mark).0 + side * BAR * of(mark).1);
        (at(-1.0).fold(f64::MAX, f64::min), at(1.0).fold(f64::MIN, f64::max))
    };
    let (left, right) = ends(|mark| (mark.x, mark.x_error));
    let (low, high) = ends(|mark| (mark.y, mark.y_error));
    // Marks may all be one.
    let span = |low: f64, high: f64| if high > low { high - low } else { 1.0 };
    let wide = span(left, right) * ROOM.0 / PIXELS.0;
    let tall = span(low, high) * ROOM.1 / PIXELS.1;
    let at = |mark: &Mark| (mark.x / wide, mark.y / tall);
    let mut taken = taken(marks, wide, tall);
    let free = |place: (f64, f64), taken: &[(f64, f64, f64)]| {
        let is_outside = place.0 * wide < left
            || place.0 * wide > right
            || place.1 * tall < low
            || place.1 * tall > high;
        let away =
            |(x, y, room): &(f64, f64, f64)| (place.0 - x).abs().max((place.1 - y).abs()) / room;
        // What lies outside may be cut off.
        if is_outside { 0.0 } else { taken.iter().map(away).fold(1.0, f64::min) }
    };
    let mut name = |index: &usize| {
        let (x, y) = at(&marks[*index]);
        let places = [1.0, 1.7]
            .into_iter()
            .flat_map(|far| AROUND.map(|to| (x + far * to.0, y + far * to.1)));
        // Of places that are as free the last is taken: the nearest come last.
        let best = places.rev().max_by(|a, b| free(*a, &taken).total_cmp(&free(*b, &taken)));
        let best = best.expect("there are places");
        taken.push((best.0, best.1, 1.5));
        (best.0 * wide, (best.1 - LIFT) * tall)
    };
    named.iter().map(&mut name).collect()
}

/// What a name may not lie on: points in rooms, with the part of its room that it has to keep from each.
fn taken(marks: &[Mark], wide: f64, tall: f64) -> Vec<(f64, f64, f64)> {
    let mut taken = Vec::new();
    for mark in marks {
        let (x, y) = (mark.x / wide, mark.y / tall);
        let (right, up) = (BAR * mark.x_error / wide, BAR * mark.y_error / tall);
        taken.extend(along((x - right, y), (x + right, y)).map(|(x, y)| (x, y, 1.0)));
        taken.extend(along((x, y - up), (x, y + up)).map(|(x, y)| (x, y, 1.0)));
    }
    for two in marks.windows(2) {
        let at = |mark: &Mark| (mark.x / wide, mark.y / tall);
        taken.extend(along(at(&two[0]), at(&two[1])).map(|(x, y)| (x, y, 0.7)));
    }
    taken
}

/// Points of a stretch, both ends among them, no two neighbours further apart than half a room.
fn along(from: (f64, f64), to: (f64, f64)) -> impl Iterator<Item = (f64, f64)> {
    let (right, up) = (to.0 - from.0, to.1 - from.1);
    let steps = (2.0 * right.abs().max(up.abs())).ceil().max(1.0);
    (0..=steps as u32).map(move |step| {
        let part = f64::from(step) / steps;
        (from.0 + part * right, from.1 + part * up)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lie_on_no_mark_and_on_no_other_name_and_none_is_cut_off() {
        for (bend, slope) in [(1.0, -1.0), (1.0, 1.0), (0.3, -0.1), (3.0, 4.0)] {
            let of = |at: u32| Mark {
                x: f64::from(at),
                y: slope * 20.0 * (f64::from(at) / 20.0).powf(bend),
                x_error: 0.05,
                y_error: 0.1,
            };
            let marks: Vec<Mark> = (0..=20).map(of).collect();
            let named = [0, 4, 10, 20];
            let (wide, tall) =
                (20.2 * ROOM.0 / PIXELS.0, (20.0 * f64::abs(slope) + 0.4) * ROOM.1 / PIXELS.1);
            let places = beside(&marks, &named);
            let places: Vec<_> = places.iter().map(|(x, y)| (*x, y + LIFT * tall)).collect();
            let apart = |a: (f64, f64), b: (f64, f64)| {
                ((a.0 - b.0) / wide).abs().max(((a.1 - b.1) / tall).abs())
            };
            for (index, place) in places.iter().enumerate() {
                let told = format!("{bend} {slope}: {index} at {place:?}");
                let to = |mark: &Mark| apart(*place, (mark.x, mark.y));
                assert!(marks.iter().map(to).fold(f64::MAX, f64::min) > 0.999, "{told}");
                assert!(to(&marks[named[index]]) < 2.0, "{told}");
                assert!(places[..index].iter().all(|other| apart(*place, *other) > 1.4), "{told}");
                assert!((-0.1..=20.1).contains(&place.0), "{told}");
            }
        }
        // Bars that are long: a name keeps its room from them as well.
        let of =
            |at: u32| Mark { x: f64::from(at), y: 2.0 * f64::from(at), x_error: 2.0, y_error: 0.5 };
        let marks: Vec<Mark> = (0..=4).map(|at| of(5 * at)).collect();
        let (wide, tall) = (28.0 * ROOM.0 / PIXELS.0, 42.0 * ROOM.1 / PIXELS.1);
        for (x, y) in beside(&marks, &[0, 2, 4]) {
            let y = y + LIFT * tall;
            for mark in &marks {
                let [right, up] = [BAR * mark.x_error, BAR * mark.y_error];
                let beyond = |from: f64, half: f64, room: f64| (from.abs() - half).max(0.0) / room;
                let to_bar = beyond(x - mark.x, right, wide).max((y - mark.y).abs() / tall);
                let to_other = ((x - mark.x).abs() / wide).max(beyond(y - mark.y, up, tall));
                assert!(to_bar.min(to_other) > 0.8, "({x}, {y}) at {mark:?}");
            }
        }
        let one = Mark { x: 3.0, y: 4.0, x_error: 0.0, y_error: 0.0 };
        assert!(beside(&[one; 3], &[0, 2]).iter().all(|(x, y)| x.is_finite() && y.is_finite()));
    }
}
