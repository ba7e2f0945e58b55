//! Dates and times as people write them. Which of 3/1/2017 is the month is decided once for the whole file, from the cells
//! that leave no doubt; a cell that does not fit is then an error of its row, never a guess.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use domain::{Locale, text, time};

use super::read::Stamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Mdy,
    Dmy,
    Ymd,
}

impl Order {
    pub const fn name(self) -> &'static str {
        match self {
            Order::Mdy => "mdy",
            Order::Dmy => "dmy",
            Order::Ymd => "ymd",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Order::Mdy, Order::Dmy, Order::Ymd].into_iter().find(|o| o.name() == name)
    }
}

/// The order that most cells allow; the reader's habit where all of them allow several.
pub fn order<'a>(cells: impl Iterator<Item = &'a str>, locale: Locale) -> Order {
    let (mut mdy, mut dmy, mut ymd, mut dots) = (0_usize, 0_usize, 0_usize, 0_usize);
    for cell in cells {
        let day = cell.split(['T', ' ']).next().unwrap_or_default();
        let Some([a, b, c]) = three(day) else { continue };
        if a > 31 || a_is_year(day) {
            ymd += 1;
            continue;
        }
        dots += usize::from(day.contains('.'));
        mdy += usize::from(b > 12 && a <= 12);
        dmy += usize::from(a > 12 && b <= 12);
        let _ = c;
    }
    if mdy + dmy > 0 {
        return if mdy > dmy { Order::Mdy } else { Order::Dmy };
    }
    match locale {
        _ if ymd > 0 && dots == 0 => Order::Ymd,
        _ if dots > 0 => Order::Dmy,
        Locale::Uk => Order::Dmy,
        Locale::En => Order::Mdy,
        Locale::ZhHans | Locale::ZhHant => Order::Ymd,
    }
}

fn a_is_year(day: &str) -> bool {
    day.split(['/', '-', '.', '年']).next().is_some_and(|y| y.len() == 4)
}

fn three(day: &str) -> Option<[u32; 3]> {
    let mut parts = day.split(['/', '-', '.']);
    let mut next = || parts.next().and_then(|p| p.parse().ok());
    let found = [next()?, next()?, next()?];
    parts.next().is_none().then_some(found)
}

/// 2017-03-01, 1.3.2017, 3/1/17, 20170301, 2017年3月1日, 1 March 2017, Mar 1, 2017, 1 березня 2017 р., 42795 (Excel's
/// day number); a time behind it is left out.
pub fn date(cell: &str, order: Order) -> Option<NaiveDate> {
    split(cell, order).map(|(d, _)| d)
}

/// A moment with its offset, a clock's time on a day, a day or a time of day alone.
pub fn stamp(cell: &str, order: Order) -> Option<Stamp> {
    if let Some(at) = time::parse_instant(cell) {
        return Some(Stamp::At(at));
    }
    match split(cell, order) {
        Some((day, Some(at))) => Some(Stamp::Local(NaiveDateTime::new(day, at))),
        Some((day, None)) => Some(Stamp::Day(day)),
        None => clock(cell).map(Stamp::Clock),
    }
}

/// With a time, in the person's zone; a day alone begins at its first moment, or ends with its last (`to_end`).
pub fn instant(cell: &str, order: Order, zone: Tz, to_end: bool) -> Option<String> {
    if let Some(canonical) = time::canonical_instant(cell) {
        return Some(canonical);
    }
    let (day, at) = split(cell, order)?;
    let at = match at {
        Some(at) => at,
        None if to_end => NaiveTime::from_hms_opt(23, 59, 0)?,
        None => NaiveTime::MIN,
    };
    let local = NaiveDateTime::new(day, at);
    // A moment that the change to summer time leaves out happens an hour later.
    let moment = zone.from_local_datetime(&local).earliest();
    let moment = moment.or_else(|| zone.from_local_datetime(&(local + chrono::TimeDelta::hours(1))).earliest())?;
    Some(time::instant(moment.with_timezone(&Utc).timestamp_millis()))
}

fn split(cell: &str, order: Order) -> Option<(NaiveDate, Option<NaiveTime>)> {
    let cell = cell.trim();
    if let Some(ms) = cell.contains('T').then(|| time::parse_instant(cell)).flatten() {
        return Some((time::utc_date(ms), None));
    }
    if let Some(day) = whole(cell, order) {
        return Some((day, None));
    }
    // "2017-03-01T12:30:00", "3/1/2017 12:30 PM"
    let cut = cell.char_indices().find(|(i, c)| (*c == 'T' && *i >= 8) || (*c == ' ' && cell.get(i + 1..).is_some_and(starts_a_time)));
    let (at, _) = cut?;
    let day = whole(cell.get(..at)?.trim_end_matches(','), order)?;
    let clock = clock(cell.get(at + 1..)?)?;
    Some((day, Some(clock)))
}

fn starts_a_time(rest: &str) -> bool {
    rest.split_once(':').is_some_and(|(h, _)| (1..=2).contains(&h.len()) && h.bytes().all(|b| b.is_ascii_digit()))
}

fn clock(rest: &str) -> Option<NaiveTime> {
    let lower = rest.trim().to_lowercase().replace(['.', '\u{202f}'], ".");
    let (figures, half) = match lower.strip_suffix("pm").or_else(|| lower.strip_suffix("p.m.")) {
        Some(f) => (f, Some(12)),
        None => match lower.strip_suffix("am").or_else(|| lower.strip_suffix("a.m.")) {
            Some(f) => (f, Some(0)),
            None => (lower.as_str(), None),
        },
    };
    let mut parts = figures.trim().split(':');
    let hour: u32 = parts.next()?.parse().ok()?;
    let minute: u32 = parts.next()?.parse().ok()?;
    let second: u32 = match parts.next() {
        Some(s) => s.split('.').next()?.parse().ok()?,
        None => 0,
    };
    let hour = match half {
        Some(add) if (1..=12).contains(&hour) => hour % 12 + add,
        Some(_) => return None,
        None => hour,
    };
    NaiveTime::from_hms_opt(hour, minute, second)
}

fn whole(day: &str, order: Order) -> Option<NaiveDate> {
    let day = day.trim();
    if let Some(found) = numeric(day, order) {
        return ymd(found);
    }
    if day.bytes().all(|b| b.is_ascii_digit()) {
        return match day.len() {
            8 => ymd((day.get(..4)?.parse().ok()?, day.get(4..6)?.parse().ok()?, day.get(6..)?.parse().ok()?)),
            // Days since 1899-12-30: a date whose cell lost its format.
            5 => Some(time::shift(NaiveDate::from_ymd_opt(1899, 12, 30)?, day.parse().ok()?)),
            _ => None,
        };
    }
    worded(day)
}

/// (year, month, day)
fn numeric(day: &str, order: Order) -> Option<(i32, u32, u32)> {
    let plain: String = day.chars().filter(|c| !c.is_whitespace()).collect();
    let plain = match plain.split_once('年') {
        Some((y, rest)) => format!("{y}-{}", rest.replace('月', "-").trim_end_matches(['日', '号', '號'])),
        None => plain,
    };
    let [a, b, c] = three(&plain)?;
    let year_first = a > 31 || a_is_year(&plain);
    let last_len = plain.rsplit(['/', '-', '.']).next().map_or(0, str::len);
    match (year_first, order) {
        (true, _) => Some((i32::try_from(a).ok()?, b, c)),
        (false, Order::Ymd) if last_len <= 2 => Some((century(a, 2)?, b, c)),
        (false, Order::Mdy) => Some((century(c, last_len)?, a, b)),
        (false, _) => Some((century(c, last_len)?, b, a)),
    }
}

fn century(year: u32, digits: usize) -> Option<i32> {
    let year = i32::try_from(year).ok()?;
    match digits {
        4 => Some(year),
        2 => Some(if year < 70 { 2000 + year } else { 1900 + year }),
        _ => None,
    }
}

fn ymd((y, m, d): (i32, u32, u32)) -> Option<NaiveDate> {
    (1..=9999).contains(&y).then(|| NaiveDate::from_ymd_opt(y, m, d)).flatten()
}

/// "1 March 2017", "Mar 1, 2017", "1-Mar-17", "1 березня 2017 р."
fn worded(day: &str) -> Option<NaiveDate> {
    let folded = text::fold(day);
    let words: Vec<&str> = folded.split([' ', ',', '-', '.', '/']).filter(|w| !w.is_empty() && !matches!(*w, "р" | "року")).collect();
    let [a, b, c] = words.as_slice() else { return None };
    let (day, month, year) = match (month(a), month(b)) {
        (Some(m), None) => (b, m, c),
        (None, Some(m)) if a.len() == 4 => (c, m, a),
        (None, Some(m)) => (a, m, c),
        _ => return None,
    };
    let day = day.trim_end_matches(|l: char| l.is_alphabetic());
    ymd((century(year.parse().ok()?, year.len())?, month, day.parse().ok()?))
}

fn month(word: &str) -> Option<u32> {
    const EN: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    const UK: [&str; 12] = ["січ", "лют", "бер", "кві", "тра", "чер", "лип", "сер", "вер", "жов", "лис", "гру"];
    let start: String = word.chars().take(3).collect();
    if start.chars().count() < 3 {
        return None;
    }
    let at = EN.iter().position(|m| *m == start).or_else(|| UK.iter().position(|m| *m == start))?;
    u32::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(cell: &str, order: Order) -> Option<String> {
        date(cell, order).map(time::date)
    }

    #[test]
    fn dates_as_people_write_them() {
        for cell in [
            "2017-03-01",
            "2017/3/1",
            "2017.03.01",
            "20170301",
            "2017年3月1日",
            "2017 年 3 月 1 日",
            "1 Mar 2017",
            "March 1, 2017",
            "Mar 1st 2017",
            "1-Mar-17",
            "1 березня 2017 р.",
            "1 бер. 2017",
            "2017-03-01 00:00:00",
            "2017-03-01T12:30:00",
            "42795",
        ] {
            for order in [Order::Mdy, Order::Dmy, Order::Ymd] {
                assert_eq!(d(cell, order).as_deref(), Some("2017-03-01"), "{cell} {order:?}");
            }
        }
        assert_eq!(d("3/1/2017", Order::Mdy).as_deref(), Some("2017-03-01"));
        assert_eq!(d("3/1/2017", Order::Dmy).as_deref(), Some("2017-01-03"));
        assert_eq!(d("01.03.17", Order::Dmy).as_deref(), Some("2017-03-01"));
        assert_eq!(d("17/3/1", Order::Ymd).as_deref(), Some("2017-03-01"));
        assert_eq!(d("3/1/2017 4:05 PM", Order::Mdy).as_deref(), Some("2017-03-01"));
        for bad in ["", "soon", "13/45/2016", "2/30/2017", "3/1", "3/1/2", "1/2/3/4", "0000-01-01", "2017-13-01", "1.5", "mar", "-"] {
            assert_eq!(d(bad, Order::Mdy), None, "{bad}");
        }
    }

    #[test]
    fn the_file_shows_which_is_the_month() {
        let of = |cells: &[&str], l| order(cells.iter().copied(), l).name();
        assert_eq!(of(&["3/1/2017", "10/20/2016"], Locale::Uk), "mdy");
        assert_eq!(of(&["3/1/2017", "20/10/2016"], Locale::En), "dmy");
        assert_eq!(of(&["2017-03-01"], Locale::En), "ymd");
        assert_eq!(of(&["3/1/2017"], Locale::En), "mdy");
        assert_eq!(of(&["3/1/2017"], Locale::Uk), "dmy");
        assert_eq!(of(&["03.01.2017"], Locale::En), "dmy");
        assert_eq!(of(&["10/20/2016 12:00:00", "1/2/2017 1:00"], Locale::Uk), "mdy");
    }

    #[test]
    fn times_are_the_persons_own() {
        let kyiv: Tz = "Europe/Kyiv".parse().unwrap();
        let at = |c: &str, end| instant(c, Order::Dmy, kyiv, end);
        assert_eq!(at("1.3.2017 14:30", false).as_deref(), Some("2017-03-01T12:30:00.000Z"));
        assert_eq!(at("1.7.2017 2:30 PM", false).as_deref(), Some("2017-07-01T11:30:00.000Z"));
        assert_eq!(at("1.3.2017", false).as_deref(), Some("2017-02-28T22:00:00.000Z"));
        assert_eq!(at("1.3.2017", true).as_deref(), Some("2017-03-01T21:59:00.000Z"));
        // The hour that does not exist, and an instant that says its own offset.
        assert_eq!(at("26.3.2017 03:30", false).as_deref(), Some("2017-03-26T01:30:00.000Z"));
        assert_eq!(at("2017-03-01T12:00:00+05:00", false).as_deref(), Some("2017-03-01T07:00:00.000Z"));
        assert_eq!(at("25:00", false), None);
    }

    proptest::proptest! {
        #[test]
        fn every_date_that_we_show_is_read_back(days in 0_i64..40_000) {
            let day = time::shift(NaiveDate::from_ymd_opt(1970, 1, 1).unwrap(), days);
            let iso = time::date(day);
            for locale in Locale::ALL {
                proptest::prop_assert_eq!(d(&locale.date(&iso), Order::Dmy), Some(iso.clone()));
            }
        }

        #[test]
        fn nothing_makes_it_fall_over(text in "[-0-9/.: T年月日apm]{0,20}") {
            for o in [Order::Mdy, Order::Dmy, Order::Ymd] {
                let _ = (date(&text, o), instant(&text, o, chrono_tz::UTC, true));
            }
        }
    }
}
