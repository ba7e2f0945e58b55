//! From the zone names of other programs to ours: IANA names, also with something before or behind them; Windows names; and, where a
//! name says nothing, the rules that VTIMEZONE spells out, compared with those of every zone that there is.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::calendar::{Rule, zone};

use super::parse::{Component, Line};
use super::windows;

/// Whose clocks are compared with rules that bear no known name: so many days apart, over so many years.
const STEP: i64 = 3;
const YEARS: i32 = 4;
/// No clock changes more often; every time of the file is looked up in them.
const MAX_TURNS: usize = 2_000;

/// The zones of a file.
pub struct Clocks {
    /// As the file names them.
    known: BTreeMap<String, Clock>,
    /// Of times without any zone.
    pub own: Tz,
}

#[derive(Clone, Debug)]
pub struct Clock {
    pub zone: Tz,
    /// Where no zone has these rules: how the file itself reads its clock.
    turns: Option<Arc<[Turn]>>,
}

/// From this time on the wall (of before) the clock is so many seconds ahead of UTC.
#[derive(Clone, Copy, Debug)]
struct Turn {
    local: NaiveDateTime,
    from: i32,
    to: i32,
}

impl Clock {
    pub fn instant(&self, local: NaiveDateTime) -> i64 {
        match &self.turns {
            None => zone::to_instant(&self.zone, local),
            Some(turns) => (local - TimeDelta::seconds(i64::from(offset_at(turns, local)))).and_utc().timestamp_millis(),
        }
    }
}

impl Clocks {
    /// `year`: about when the items are.
    pub fn of(zones: &[Component], own: Tz, house: Tz, year: i32) -> Self {
        let mut known = BTreeMap::new();
        // A file with thousands of them wants to keep somebody busy.
        for component in zones.iter().take(50) {
            let Some(id) = component.line("TZID").map(|l| l.value.trim().to_owned()) else { continue };
            let hint = component.line("X-LIC-LOCATION").map(|l| l.value.as_str()).unwrap_or_default();
            let clock = match named(&id).or_else(|| named(hint)) {
                Some(zone) => Clock { zone, turns: None },
                None => by_rules(component, own, house, year),
            };
            known.insert(id, clock);
        }
        Self { known, own }
    }

    /// `None`: nobody knows this zone.
    pub fn find(&self, id: &str) -> Option<Clock> {
        let id = id.trim();
        self.known.get(id).cloned().or_else(|| named(id).map(|zone| Clock { zone, turns: None }))
    }

    pub fn floating(&self) -> Clock {
        Clock { zone: self.own, turns: None }
    }
}

/// "Europe/Kyiv", "europe/kyiv", "/citadel.org/20210210_1/Europe/Kyiv", "FLE Standard Time".
pub fn named(name: &str) -> Option<Tz> {
    let name = name.trim().trim_matches('"');
    if name.is_empty() {
        return None;
    }
    let windows = || windows::ZONES.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).and_then(|(_, z)| z.parse().ok());
    let exact = |n: &str| n.parse::<Tz>().ok().or_else(|| chrono_tz::TZ_VARIANTS.into_iter().find(|z| z.name().eq_ignore_ascii_case(n)));
    if let Some(found) = exact(name).or_else(windows) {
        return Some(found);
    }
    // Whatever stands before it: the name is the last two or three parts.
    let parts: Vec<&str> = name.split('/').filter(|p| !p.is_empty()).collect();
    [3, 2].into_iter().filter(|n| parts.len() > *n || (parts.len() == *n && name.starts_with('/'))).find_map(|n| {
        let tail = parts.get(parts.len().checked_sub(n)?..)?;
        exact(&tail.join("/"))
    })
}

fn offset(line: Option<&Line>) -> Option<i32> {
    let text = line?.value.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let part = |at: usize| digits.get(at..at + 2)?.parse::<i32>().ok();
    let seconds = part(0)? * 3_600 + part(2)? * 60 + part(4).unwrap_or(0);
    (seconds < 24 * 3_600).then_some(sign * seconds)
}

fn local_time(text: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text.trim().trim_end_matches('Z'), "%Y%m%dT%H%M%S").ok()
}

/// When the clock changes, by the file's own words.
fn turns_of(component: &Component, year: i32) -> Vec<Turn> {
    let mut out = Vec::new();
    let midnight = |y: i32| NaiveDate::from_ymd_opt(y, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN);
    let until = midnight(year + YEARS + 2);
    for part in component.parts.iter().take(200) {
        let (Some(from), Some(to)) = (offset(part.line("TZOFFSETFROM")), offset(part.line("TZOFFSETTO"))) else { continue };
        let Some(first) = part.line("DTSTART").and_then(|l| local_time(&l.value)) else { continue };
        let mut starts = vec![first];
        let dates = part.all("RDATE").flat_map(|l| l.value.split(',')).filter_map(local_time);
        starts.extend(dates.take(500));
        if let Some(rule) = part.line("RRULE").and_then(|l| Rule::parse(&l.value).ok()) {
            let last = part.line("RRULE").and_then(|l| until_of(&l.value)).unwrap_or(until);
            // Old rules begin in 1601: what was long ago does not matter.
            let near = midnight(year - 2).max(first);
            starts.extend(rule.starts(first, near, until).take_while(|s| *s <= last).take(500));
        }
        out.extend(starts.into_iter().map(|local| Turn { local, from, to }).take(MAX_TURNS.saturating_sub(out.len())));
    }
    out.sort_by_key(|t| t.local);
    out
}

fn until_of(rule: &str) -> Option<NaiveDateTime> {
    local_time(rule.to_ascii_uppercase().split(';').find_map(|p| p.strip_prefix("UNTIL="))?)
}

fn offset_at(turns: &[Turn], local: NaiveDateTime) -> i32 {
    let before = turns.iter().rev().find(|t| t.local <= local);
    before.map(|t| t.to).or_else(|| turns.first().map(|t| t.from)).unwrap_or(0)
}

/// The zone whose clock goes by these rules. Where several do: one's own, the house's, one that many people live in.
fn by_rules(component: &Component, own: Tz, house: Tz, year: i32) -> Clock {
    let turns = turns_of(component, year);
    if turns.is_empty() {
        return Clock { zone: own, turns: None };
    }
    let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN);
    let days = (0..i64::from(YEARS) * 366 / STEP).map(|n| first + TimeDelta::days(n * STEP) + TimeDelta::hours(12));
    let probes: Vec<(i64, i32)> = days
        .map(|local| {
            let offset = offset_at(&turns, local);
            ((local - TimeDelta::seconds(i64::from(offset))).and_utc().timestamp_millis(), offset)
        })
        .collect();
    let wrong = |zone: Tz, most: usize| {
        let differs = |(ms, offset): &&(i64, i32)| {
            let utc = chrono::DateTime::<Utc>::from_timestamp_millis(*ms).unwrap_or_default().naive_utc();
            zone::to_local(&zone, *ms) - utc != TimeDelta::seconds(i64::from(*offset))
        };
        probes.iter().filter(differs).take(most).count()
    };
    let liked = [own, house].into_iter().chain(windows::ZONES.iter().filter_map(|(_, z)| z.parse().ok()));
    let mut best = (usize::MAX, own);
    for zone in liked.chain(chrono_tz::TZ_VARIANTS) {
        let found = wrong(zone, best.0);
        if found < best.0 {
            best = (found, zone);
        }
        if best.0 == 0 {
            return Clock { zone: best.1, turns: None };
        }
    }
    // No zone is like that: single times are read by the file's own rules, what recurs follows the closest clock.
    Clock { zone: best.1, turns: Some(turns.into()) }
}

pub fn year_of(zones_and_items: impl Iterator<Item = i32>, now: i64) -> i32 {
    let now = domain::time::utc_date(now).year();
    zones_and_items.filter(|y| (1990..=2090).contains(y)).min().unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::super::{line::Writer, parse::parse, zones};
    use super::*;

    fn read(text: &str) -> Clocks {
        Clocks::of(&parse(text.as_bytes()).zones, Tz::Asia__Tokyo, Tz::UTC, 2026)
    }

    #[test]
    fn zones_are_known_by_any_of_their_names() {
        let none = read("");
        for (name, zone) in [
            ("Europe/Kyiv", Tz::Europe__Kyiv),
            ("europe/berlin", Tz::Europe__Berlin),
            ("W. Europe Standard Time", Tz::Europe__Berlin),
            ("/citadel.org/20210210_1/America/New_York", Tz::America__New_York),
            ("/freeassociation.sourceforge.net/America/Argentina/Ushuaia", Tz::America__Argentina__Ushuaia),
            ("Pacific Standard Time", Tz::America__Los_Angeles),
        ] {
            assert_eq!(none.find(name).map(|c| c.zone), Some(zone), "{name}");
        }
        assert!(none.find("Middle-earth/Shire").is_none());
    }

    /// What we write of a zone and call by a name that nobody knows is found again, in every zone.
    #[test]
    fn rules_without_a_name_lead_to_a_zone_with_the_same_clock() {
        for zone in chrono_tz::TZ_VARIANTS {
            let mut w = Writer::default();
            zones::write(&mut w, zone, 2026, 2030);
            let text = w.done().replace(&format!("TZID:{}", zone.name()), "TZID:Mine").replace("X-LIC-LOCATION:", "X-WAS:");
            let found = read(&format!("BEGIN:VCALENDAR\r\n{text}END:VCALENDAR\r\n")).find("Mine").expect("read");
            assert!(found.turns.is_none(), "{zone}: no zone has these rules");
            for n in 0..(4 * 366 / 5) {
                let local =
                    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap().and_time(NaiveTime::MIN) + TimeDelta::days(n * 5) + TimeDelta::hours(9);
                assert_eq!(found.instant(local), zone::to_instant(&zone, local), "{zone} read as {} at {local}", found.zone);
            }
        }
    }

    #[test]
    fn a_clock_that_no_zone_has_is_read_by_its_own_rules() {
        let text = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Odd\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0123\nTZOFFSETTO:+0123\nEND:STANDARD\nEND:VTIMEZONE\nEND:VCALENDAR\n";
        let clock = read(text).find("Odd").unwrap();
        let nine = NaiveDate::from_ymd_opt(2026, 6, 1).unwrap().and_hms_opt(9, 0, 0).unwrap();
        assert_eq!(domain::time::instant(clock.instant(nine)), "2026-06-01T07:37:00.000Z");
    }

    /// Each moment of a file asks: a copy of a hundred thousand changes for each of them kept a server busy for minutes.
    #[test]
    fn a_clock_that_changes_all_the_time_is_bounded_and_not_copied_for_every_moment() {
        let dates: Vec<String> = (0..400).map(|n| format!("2026{:02}{:02}T{:02}0000", n % 12 + 1, n % 28 + 1, n % 24)).collect();
        let part = format!(
            "BEGIN:STANDARD\nDTSTART:20260101T000000\nTZOFFSETFROM:+0123\nTZOFFSETTO:+0321\nRDATE:{}\nEND:STANDARD\n",
            dates.join(",")
        );
        let text = format!("BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Odd\n{}END:VTIMEZONE\nEND:VCALENDAR\n", part.repeat(100));
        let clocks = read(&text);
        let (one, two) = (clocks.find("Odd").unwrap().turns.unwrap(), clocks.find("Odd").unwrap().turns.unwrap());
        assert!(one.len() <= MAX_TURNS, "{}", one.len());
        assert!(Arc::ptr_eq(&one, &two));
    }

    #[test]
    fn outlooks_rules_are_understood() {
        let text = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:(UTC+02:00) Custom\nBEGIN:STANDARD\nDTSTART:16010101T040000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0300\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\nEND:VCALENDAR\n";
        let clock = read(text).find("(UTC+02:00) Custom").unwrap();
        assert!(clock.turns.is_none());
        let summer = NaiveDate::from_ymd_opt(2026, 7, 1).unwrap().and_hms_opt(9, 0, 0).unwrap();
        assert_eq!(domain::time::instant(clock.instant(summer)), "2026-07-01T06:00:00.000Z");
    }
}
