//! Moments as written, and the day that each means.
//!
//! In: dates with times, offsets and zones. Out: one day each, in UTC; or that it must be asked for.
//! Not here: how a cell is read.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

/// A moment as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp {
    pub(crate) date: Date,
    /// Hour and minute, where written.
    pub(crate) time: Option<(i8, i8)>,
    /// Minutes east of UTC, where written.
    pub(crate) offset_minutes: Option<i32>,
}

impl Stamp {
    /// Whether it was written with an offset of zero.
    pub(crate) fn is_in_utc(&self) -> bool {
        self.offset_minutes == Some(0)
    }
    pub(crate) fn day(date: Date) -> Self {
        Self { date, time: None, offset_minutes: None }
    }
}

/// Days of a column and what was done to get them.
pub(crate) struct Days {
    pub(crate) days: Vec<Date>,
    /// What a reader should know of their times.
    pub(crate) note: Option<String>,
}

/// Hours at which a midnight of UTC shows in zones up to two hours away.
const NEAR_MIDNIGHT: [i8; 5] = [22, 23, 0, 1, 2];

/// Share of the times that must stand before midnight, and at or after it, to be midnights told in
/// the time of a zone with summer time.
const SIDE_SHARE_MIN: f64 = 0.2;

/// Whether all times stand at 22 or 23 h: a close of that day, or midnight elsewhere.
pub(crate) fn stands_before_midnight(stamps: &[Stamp]) -> bool {
    let is_evening = |stamp: &Stamp| matches!(stamp.time, Some((22 | 23, 0)));
    !stamps.is_empty()
        && stamps.iter().all(|s| is_evening(s) && matches!(s.offset_minutes, None | Some(0)))
}

/// The day of each stamp, in UTC.
///
/// Times are local to their offset, to `zone`, or to UTC; with a `zone`, those with an offset are
/// turned into its time first. Midnight means its own day, any other time goes to its day in UTC.
/// Without either, where all stand within two hours of midnight, a fifth before it and a fifth not,
/// they are midnights told in another zone's time and go to the nearest day.
pub(crate) fn days_of(stamps: &[Stamp], zone: Option<&TimeZone>) -> Days {
    let times = || stamps.iter().filter(|s| s.offset_minutes.is_none()).filter_map(|s| s.time);
    let is_evening = |hour: i8| hour >= 22;
    let evenings = times().filter(|(hour, _)| is_evening(*hour)).count() as f64;
    let side = SIDE_SHARE_MIN * times().count() as f64;
    let rounds = zone.is_none()
        && times().all(|(hour, minute)| NEAR_MIDNIGHT.contains(&hour) && minute == 0)
        && evenings > 0.0
        && evenings >= side
        && times().count() as f64 - evenings >= side;
    let day = |stamp: &Stamp| match (stamp.time, stamp.offset_minutes, zone) {
        (None, ..) | (Some((0, 0)), Some(_), None) | (Some((0, 0)), None, _) => stamp.date,
        (Some(time), Some(offset), None) => {
            let minutes = i32::from(time.0) * 60 + i32::from(time.1) - offset;
            shifted(stamp.date, minutes.div_euclid(24 * 60))
        }
        (Some(_), _, Some(zone)) => in_zone(stamp, zone).unwrap_or(stamp.date),
        (Some((hour, _)), None, None) if rounds && is_evening(hour) => shifted(stamp.date, 1),
        _ => stamp.date,
    };
    let note = rounds.then(|| {
        let note = "times before midnight are taken for midnights told in another zone's time, and \
                    to the nearest day; else say timezone";
        note.to_string()
    });
    Days { days: stamps.iter().map(day).collect(), note }
}

/// The day of a stamp as a time of a zone: its own where that is midnight, else that in UTC.
fn in_zone(stamp: &Stamp, zone: &TimeZone) -> Option<Date> {
    let (hour, minute) = stamp.time?;
    let written = stamp.date.at(hour, minute, 0, 0);
    let local = match stamp.offset_minutes {
        None => written.to_zoned_datetime(zone.clone()).ok()?,
        Some(minutes) => {
            let offset = TimeZone::fixed(Offset::from_seconds(minutes * 60).ok()?);
            written.to_zoned_datetime(offset).ok()?.with_time_zone(zone.clone())
        }
    };
    if (local.hour(), local.minute()) == (0, 0) {
        return Some(local.date());
    }
    Some(local.with_time_zone(TimeZone::UTC).date())
}

fn shifted(date: Date, days: i32) -> Date {
    date.saturating_add(days.days())
}

#[cfg(test)]
mod tests {
    use super::super::day::{self, Format};
    use super::*;
    use jiff::civil::date as civil;

    #[test]
    fn offsets_and_zones_move_days_as_the_clock_does() {
        let day_of = |cell: &str, zone: Option<&str>| {
            let format = day::decide([cell].into_iter()).unwrap();
            let zone = zone.map(|zone| TimeZone::get(zone).unwrap());
            days_of(&[day::read(&format, cell).unwrap()], zone.as_ref()).days[0]
        };
        // 23:30 two hours west of UTC is half past one of the next day there.
        assert_eq!(day_of("2024-01-04 23:30:00-02:00", None), civil(2024, 1, 5));
        assert_eq!(day_of("2024-01-04 01:30:00+02:00", None), civil(2024, 1, 3));
        let berlin = Some("Europe/Berlin");
        assert_eq!(day_of("2024-01-04 00:00:00", berlin), civil(2024, 1, 4));
        assert_eq!(day_of("2024-01-04 00:00:00+01:00", berlin), civil(2024, 1, 4));
        assert_eq!(day_of("2024-01-04T23:00:00Z", berlin), civil(2024, 1, 5));
        assert_eq!(day_of("2024-01-04 00:30:00", berlin), civil(2024, 1, 3));
        assert_eq!(day_of("1704409200", berlin), civil(2024, 1, 5));
        assert_eq!(day_of("2024-01-04 23:00:00", Some("Atlantic/Azores")), civil(2024, 1, 5));
        assert_eq!(day_of("2024-01-04 22:00:00", None), civil(2024, 1, 4));
    }

    #[test]
    fn evenings_alone_are_asked_about() {
        let stamps = |cells: &[&str]| -> Vec<Stamp> {
            cells.iter().map(|cell| day::read(&Format::YearFirst, cell).unwrap()).collect()
        };
        assert!(stands_before_midnight(&stamps(&["2024-01-04 22:00", "2024-01-05 23:00"])));
        assert!(!stands_before_midnight(&stamps(&["2024-01-04 22:00", "2024-01-05 00:00"])));
        assert!(!stands_before_midnight(&stamps(&["2024-01-04 16:00"])));
        assert!(stands_before_midnight(&stamps(&["2024-01-04T23:00:00Z"])));
        assert!(!stands_before_midnight(&stamps(&["2024-01-04T23:59:59.999Z"])));
        // One late row among midnights stays on its day.
        let mixed = [
            "2024-01-01 00:00",
            "2024-01-02 00:00",
            "2024-01-03 00:00",
            "2024-01-04 00:00",
            "2024-01-05 00:00",
            "2024-01-05 22:00",
        ];
        assert_eq!(days_of(&stamps(&mixed), None).days[5], civil(2024, 1, 5));
    }

    #[test]
    fn local_midnights_go_to_the_nearest_day_and_closes_stay() {
        let days = |cells: &[&str], zone: Option<&TimeZone>| {
            let stamps: Vec<_> =
                cells.iter().map(|cell| day::read(&Format::YearFirst, cell).unwrap()).collect();
            days_of(&stamps, zone).days
        };
        let local = ["2022-01-09 23:00:00", "2022-07-10 00:00:00"];
        assert_eq!(days(&local, None), [civil(2022, 1, 10), civil(2022, 7, 10)]);
        // The same stamps in the zone that they were told in: Azores, UTC-1 and UTC+0.
        let azores = TimeZone::get("Atlantic/Azores").unwrap();
        assert_eq!(days(&local, Some(&azores)), [civil(2022, 1, 10), civil(2022, 7, 10)]);
        let closes = ["2022-01-09 16:00:00", "2022-01-10 16:00:00"];
        assert_eq!(days(&closes, None), [civil(2022, 1, 9), civil(2022, 1, 10)]);
    }
}
