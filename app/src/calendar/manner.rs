//! How people where the reader lives write a week and an hour: which day a week begins with, 15:30 or 3:30 pm.
//!
//! Three of the four languages say it by themselves. English is written in many countries: the region that the browser names
//! (`en-US`) decides, on the server from the request's head and in the browser from the same list.

use chrono::{Datelike, NaiveDate};
use domain::{Locale, time};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    pub sunday_first: bool,
    pub h12: bool,
}

/// English-speaking regions that count hours to twelve, and those of them whose week begins on Monday all the same.
const TWELVE: [&str; 9] = ["US", "CA", "AU", "NZ", "IN", "PH", "PK", "SG", "ZA"];
const MONDAY: [&str; 2] = ["AU", "NZ"];

impl Manner {
    /// `tags`: the languages that the browser asks for, as in `Accept-Language`.
    pub fn of(locale: Locale, tags: &str) -> Self {
        match locale {
            Locale::Uk | Locale::ZhHans => Self::default(),
            Locale::ZhHant => Self { sunday_first: true, h12: false },
            Locale::En => {
                let regions = tags.split(',').filter_map(|tag| tag.split(';').next()?.trim().strip_prefix("en-"));
                let region = regions.map(str::to_ascii_uppercase).next().unwrap_or_default();
                let h12 = TWELVE.contains(&region.as_str()) && region != "ZA" && region != "SG";
                Self { sunday_first: TWELVE.contains(&region.as_str()) && !MONDAY.contains(&region.as_str()), h12 }
            }
        }
    }

    /// The first day of this day's week.
    pub fn week_of(self, day: NaiveDate) -> NaiveDate {
        let weekday = day.weekday();
        let into = if self.sunday_first { weekday.num_days_from_sunday() } else { weekday.num_days_from_monday() };
        time::shift(day, -i64::from(into))
    }

    /// "15:30" or "3:30 pm", of minutes since midnight.
    pub fn clock(self, minute: i32) -> String {
        let minute = minute.rem_euclid(1440);
        let (hour, minute) = (minute / 60, minute % 60);
        if !self.h12 {
            return format!("{hour:02}:{minute:02}");
        }
        let half = if hour < 12 { "am" } else { "pm" };
        let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
        if minute == 0 { format!("{hour} {half}") } else { format!("{hour}:{minute:02} {half}") }
    }

    /// "09:30 – 10:15", "9:30 – 10:15 am".
    pub fn clocks(self, from: i32, to: i32) -> String {
        let (a, b) = (self.clock(from), self.clock(to));
        if from == to {
            return a;
        }
        let half = |text: &str| text.get(text.len().saturating_sub(3)..).map(str::to_owned).unwrap_or_default();
        if self.h12 && half(&a) == half(&b) {
            return format!("{} – {b}", a.trim_end_matches(half(&a).as_str()));
        }
        format!("{a} – {b}")
    }
}

/// What the browser at hand asks for.
pub fn here(locale: Locale) -> Manner {
    Manner::of(locale, &tags())
}

#[cfg(feature = "ssr")]
fn tags() -> String {
    use leptos::prelude::use_context;
    let parts = use_context::<http::request::Parts>();
    let header = parts.as_ref().and_then(|p| p.headers.get(http::header::ACCEPT_LANGUAGE)).and_then(|v| v.to_str().ok());
    header.unwrap_or_default().to_owned()
}

#[cfg(not(feature = "ssr"))]
fn tags() -> String {
    let list = leptos::prelude::window().navigator().languages();
    list.iter().filter_map(|t| t.as_string()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_where_the_reader_lives() {
        let day = time::parse_date("2026-03-18").unwrap();
        let first = |locale: Locale, tags: &str| time::date(Manner::of(locale, tags).week_of(day));
        assert_eq!(first(Locale::En, "en-US,en;q=0.9"), "2026-03-15");
        assert_eq!(first(Locale::En, "en-GB"), "2026-03-16");
        assert_eq!(first(Locale::En, "de-DE, en;q=0.5"), "2026-03-16");
        assert_eq!(first(Locale::Uk, "en-US"), "2026-03-16");
        assert_eq!(first(Locale::ZhHans, "zh-CN"), "2026-03-16");
        assert_eq!(first(Locale::ZhHant, "zh-TW"), "2026-03-15");
    }

    #[test]
    fn hours_are_written_as_the_reader_counts_them() {
        let (us, uk) = (Manner::of(Locale::En, "en-US"), Manner::of(Locale::Uk, "en-US"));
        assert_eq!([us.clock(0), us.clock(570), us.clock(720), us.clock(930)].join(" "), "12 am 9:30 am 12 pm 3:30 pm");
        assert_eq!([uk.clock(0), uk.clock(570), uk.clock(1440)].join(" "), "00:00 09:30 00:00");
        assert_eq!(us.clocks(570, 615), "9:30 – 10:15 am");
        assert_eq!(us.clocks(690, 780), "11:30 am – 1 pm");
        assert_eq!(us.clocks(690, 690), "11:30 am");
        assert_eq!(uk.clocks(570, 615), "09:30 – 10:15");
    }
}
