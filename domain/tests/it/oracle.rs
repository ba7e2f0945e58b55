//! Thousands of random rules in every zone that changes its clocks, against python-dateutil. Needs a Python that has dateutil:
//! `RAPPORT_ORACLE_PYTHON`, or `python3`. Without one it says so and passes; `RAPPORT_ORACLE=must` makes that a failure.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeZone, Weekday};
use chrono_tz::Tz;
use domain::calendar::rule::{ByDay, End, Freq, Until};
use domain::calendar::{Event, Rule, Span, When, Window, zone};
use serde_json::{Value, json};

const EACH_ZONE: usize = 8;
const MOST: usize = 40;

/// SplitMix64: the same rules on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.roll(n) == 0
    }

    fn some<T: PartialEq>(&mut self, most: u64, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut out = Vec::new();
        for _ in 0..=self.roll(most) {
            let value = make(self);
            if !out.contains(&value) {
                out.push(value);
            }
        }
        out
    }

    fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.roll((to - from + 1) as u64) as i64
    }

    fn weekday(&mut self) -> Weekday {
        Weekday::try_from(self.roll(7) as u8).unwrap()
    }

    /// 1 to `most`, or as far from the end.
    fn signed(&mut self, most: i64) -> i64 {
        let n = self.between(1, most);
        if self.one_in(3) { -n } else { n }
    }
}

fn rule(dice: &mut Dice, first: &mut NaiveDateTime) -> Rule {
    let freq = match dice.roll(20) {
        0 => Freq::Secondly,
        1..=2 => Freq::Minutely,
        3..=4 => Freq::Hourly,
        5..=8 => Freq::Daily,
        9..=12 => Freq::Weekly,
        13..=16 => Freq::Monthly,
        _ => Freq::Yearly,
    };
    let mut rule = Rule::every(1, freq);
    rule.interval = if dice.one_in(2) { 1 } else { dice.between(2, if freq < Freq::Daily { 100 } else { 6 }) as u32 };
    rule.week_start = if dice.one_in(2) { Weekday::Mon } else { dice.weekday() };
    let (months, days) = (freq != Freq::Weekly, matches!(freq, Freq::Monthly | Freq::Yearly));
    // dateutil looks at every second of a year of which one month counts; what takes it too long cannot be compared.
    let quick = freq >= Freq::Hourly;
    if quick && dice.one_in(4) {
        rule.by_month = dice.some(3, |d| d.between(1, 12) as u8);
    }
    if quick && months && dice.one_in(4) {
        rule.by_month_day = dice.some(3, |d| d.signed(31) as i8);
    }
    if freq > Freq::Secondly && dice.one_in(2) {
        // dateutil takes plain and numbered weekdays together for "both", the RFC for "either": never mixed here.
        let numbered = days && dice.one_in(2);
        let most = if freq == Freq::Yearly && rule.by_month.is_empty() { 53 } else { 5 };
        rule.by_day = dice.some(3, |d| ByDay { nth: if numbered { d.signed(most) as i16 } else { 0 }, day: d.weekday() });
        if freq == Freq::Yearly && !numbered && dice.one_in(3) {
            // Near the end of the year dateutil counts weeks from behind in another year than it counts them from before.
            rule.by_week_no = dice.some(3, |d| if d.one_in(4) { -d.between(1, 20) } else { d.between(1, 53) } as i8);
        }
    }
    if (freq == Freq::Yearly || freq == Freq::Hourly) && dice.one_in(6) {
        rule.by_year_day = dice.some(4, |d| d.signed(366) as i16);
    }
    if dice.one_in(4) {
        rule.by_hour = dice.some(3, |d| d.roll(24) as u8);
    }
    if dice.one_in(5) {
        rule.by_minute = dice.some(3, |d| d.roll(60) as u8);
    }
    if dice.one_in(8) {
        rule.by_second = dice.some(2, |d| d.roll(60) as u8);
    }
    let several = !(rule.by_day.is_empty() && rule.by_month_day.is_empty() && rule.by_hour.is_empty() && rule.by_minute.is_empty());
    if several && freq >= Freq::Daily && dice.one_in(4) {
        rule.by_set_pos = dice.some(2, |d| d.signed(6) as i16);
        if freq == Freq::Weekly {
            // dateutil counts only what is left of the first week.
            while first.weekday() != rule.week_start {
                *first += chrono::Duration::days(1);
            }
        }
    }
    rule
}

fn zones() -> Vec<Tz> {
    let july_differs = |zone: &Tz, year: i32| {
        let offset = |month: u32| {
            let noon = NaiveDate::from_ymd_opt(year, month, 1).unwrap().and_hms_opt(12, 0, 0).unwrap();
            zone.from_utc_datetime(&noon).naive_local() - noon
        };
        offset(1) != offset(7)
    };
    chrono_tz::TZ_VARIANTS.into_iter().filter(|z| (1975..2030).any(|y| july_differs(z, y))).collect()
}

fn offset_at(zone: Tz, ms: i64) -> i64 {
    let utc = DateTime::from_timestamp_millis(ms).unwrap().naive_utc();
    zone.offset_from_utc_datetime(&utc).fix().local_minus_utc().into()
}

struct Case {
    zone: Tz,
    event: Event,
    horizon: i64,
    asked: Value,
}

fn cases() -> Vec<Case> {
    let mut dice = Dice(5545);
    let mut out = Vec::new();
    for zone in zones() {
        for _ in 0..EACH_ZONE {
            let day = NaiveDate::from_yo_opt(dice.between(1975, 2030) as i32, dice.between(1, 365) as u32).unwrap();
            // At hours at which clocks change more often than not.
            let hour = if dice.one_in(2) { dice.roll(4) } else { dice.roll(24) } as u32;
            let mut first = day.and_hms_opt(hour, dice.roll(4) as u32 * 15, 0).unwrap();
            let mut rule = rule(&mut dice, &mut first);
            let start = zone::to_instant(&zone, first);
            // A start that the clocks skip is no start; one that comes twice is the first.
            let first = zone::to_local(&zone, start);
            let horizon = start + 12 * 366 * 86_400_000;
            let text = rule.to_string();
            match dice.roll(4) {
                0 => rule.end = End::Count(dice.between(1, 30) as u32),
                1 => rule.end = End::Until(Until::At(start + dice.between(0, 3_000) * 25_300_000)),
                _ => {}
            }
            let count = if let End::Count(n) = rule.end { Some(n) } else { None };
            let until = if let End::Until(Until::At(ms)) = rule.end { Some(ms) } else { None };
            let asked = json!({"zone": zone.name(), "start": first.format("%Y-%m-%dT%H:%M:%S").to_string(), "rrule": text,
                "count": count, "until_ms": until, "horizon_ms": horizon, "most": MOST});
            let mut event = Event::new(When::At(Span::new(start, start + 1_000)));
            event.rrule = Some(Rule::parse(&rule.to_string()).unwrap());
            out.push(Case { zone, event, horizon, asked });
        }
    }
    out
}

/// Written past the test runner, which keeps what passing tests print to itself.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[test]
fn random_rules_agree_with_dateutil_in_every_zone_that_changes_its_clocks() {
    let python = std::env::var("RAPPORT_ORACLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/oracle.py");
    let has = Command::new(&python).args(["-c", "import dateutil.rrule, zoneinfo"]).stderr(Stdio::null()).status();
    if !has.is_ok_and(|s| s.success()) {
        let missing = format!(
            "NOT COMPARED with python-dateutil: `{python} -c 'import dateutil'` fails. \
            Do: python3 -m venv V && V/bin/pip install python-dateutil tzdata, and set RAPPORT_ORACLE_PYTHON=V/bin/python"
        );
        assert_ne!(std::env::var("RAPPORT_ORACLE").as_deref(), Ok("must"), "{missing}");
        return say(&missing);
    }
    let mut child = Command::new(&python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let cases = cases();
    let mut input = child.stdin.take().unwrap();
    let lines: String = cases.iter().map(|c| format!("{}\n", c.asked)).collect();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let (mut compared, mut found, mut skipped) = (0, 0, BTreeMap::new());
    for case in &cases {
        let answer: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        let Some(want) = answer.as_array() else {
            *skipped.entry(answer["skip"].to_string()).or_insert(0) += 1;
            continue;
        };
        let want: Vec<(i64, i64)> = want.iter().map(|v| (v[0].as_i64().unwrap(), v[1].as_i64().unwrap())).collect();
        if !want.iter().all(|(ms, offset)| offset_at(case.zone, *ms) == *offset) {
            // Python's zone data comes from elsewhere and may have another age.
            *skipped.entry("other zone data".to_owned()).or_insert(0) += 1;
            continue;
        }
        let want: Vec<i64> = want.into_iter().map(|(ms, _)| ms).collect();
        let series = case.event.occurrences_but(&[]).unwrap();
        let starts = |from: i64, to: i64, most: usize| -> Vec<i64> {
            let window = Window::of_span(&case.zone, Span::new(from, to));
            series.occurrences(&case.zone, &window, most).list.iter().map(|o| o.slot().instant(&case.zone)).collect()
        };
        // The last few may have changed places with others that nobody asked for.
        let sure = &want[..want.len().min(MOST)];
        let got = starts(want[0], case.horizon, MOST);
        assert_eq!(got, sure, "{}", case.asked);
        for at in sure.iter().step_by(7) {
            assert_eq!(starts(*at, at + 1, 5), [*at], "alone: {}", case.asked);
        }
        compared += 1;
        found += sure.len();
    }
    writer.join().unwrap().unwrap();
    assert!(child.wait().unwrap().success());
    say(&format!("dateutil agrees on {compared} rules with {found} starts in {} zones; left out: {skipped:?}", cases.len() / EACH_ZONE));
    assert!(compared * 10 > cases.len() * 8, "too few could be compared: {skipped:?}");
}
