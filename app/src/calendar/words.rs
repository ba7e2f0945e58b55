//! What the calendar says: names of items, days, stretches and zones, in the reader's language.

use chrono::{Datelike, NaiveDate};
use domain::calendar::view::Shown;
use domain::calendar::{Answer, ItemKind, Span, When};
use domain::time;

use super::clock::{Clock, MINUTE};
use super::desk::Desk;
use super::manner::Manner;
use super::place::View;
use crate::prelude::*;

pub fn kind_name(kind: ItemKind) -> String {
    tk(&format!("choice.type.{}", kind.name()))
}

pub const fn kind_icon(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Meeting => "people",
        ItemKind::Call => "phone",
        ItemKind::Visit => "pin",
        ItemKind::Delivery => "product",
        ItemKind::Leave => "sun",
        ItemKind::Task => "task",
    }
}

/// A kind keeps its colour everywhere.
pub const fn kind_colour(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Meeting => "k1",
        ItemKind::Call => "k4",
        ItemKind::Visit => "k3",
        ItemKind::Delivery => "k2",
        ItemKind::Leave => "k5",
        ItemKind::Task => "k8",
    }
}

pub fn title(item: &Shown) -> String {
    if item.masked {
        return tk("cal.busy");
    }
    if item.title.trim().is_empty() { kind_name(item.kind) } else { item.title.clone() }
}

pub const fn answer_name(answer: Answer) -> &'static str {
    match answer {
        Answer::Pending => "pending",
        Answer::Accepted => "accepted",
        Answer::Tentative => "tentative",
        Answer::Declined => "declined",
    }
}

/// From Monday: 0.
fn weekday_no(day: NaiveDate) -> u32 {
    day.weekday().num_days_from_monday()
}

/// Mon · пн · 周一
pub fn weekday_short(day: NaiveDate) -> String {
    tk(&format!("cal.wd.{}", weekday_no(day)))
}

pub fn weekday(day: NaiveDate) -> String {
    tk(&format!("cal.weekday.{}", weekday_no(day)))
}

/// One letter or two, above a small month.
pub fn weekday_letter(day: NaiveDate) -> String {
    tk(&format!("cal.w.{}", weekday_no(day)))
}

/// Of a date ("18 березня").
fn month_of(day: NaiveDate) -> String {
    tk(&format!("cal.month_of.{}", day.month()))
}

/// "Wednesday 18 March", with the year where it is another one.
pub fn day_long(day: NaiveDate, today: NaiveDate) -> String {
    let key = if day.year() == today.year() { "cal.date.day" } else { "cal.date.day_year" };
    t!(key, weekday = weekday(day), day = day.day(), month = month_of(day), year = day.year())
}

/// "Thu 19 Mar".
pub fn day_short(day: NaiveDate) -> String {
    fmt().date_weekday(&time::date(day))
}

/// "March 2026".
pub fn month_title(day: NaiveDate) -> String {
    t!("cal.date.month", month = tk(&format!("cal.month.{}", day.month())), year = day.year())
}

/// What a stretch of days is called, in the bar above it.
pub fn title_of(view: View, days: &[NaiveDate], day: NaiveDate) -> String {
    match view {
        View::Month => return month_title(day),
        View::Day | View::Team => {
            return t!("cal.date.day_year", weekday = weekday(day), day = day.day(), month = month_of(day), year = day.year());
        }
        _ => {}
    }
    let (Some(a), Some(b)) = (days.first().copied(), days.last().copied()) else { return month_title(day) };
    let key = match (a.year() == b.year(), a.month() == b.month()) {
        (true, true) => "cal.date.span",
        (true, false) => "cal.date.span_months",
        (false, _) => "cal.date.span_years",
    };
    t!(key, a = a.day(), b = b.day(), month = month_of(a), month2 = month_of(b), year = a.year(), year2 = b.year())
}

/// "1 h 30 min".
pub fn length(minutes: i64) -> String {
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let mut parts = Vec::new();
    if days > 0 {
        parts.push(tn("cal.days", days));
    }
    if hours > 0 {
        parts.push(t!("cal.hours", n = hours));
    }
    if rest > 0 || parts.is_empty() {
        parts.push(t!("cal.minutes", n = rest));
    }
    parts.join(" ")
}

/// "14:00 – 15:00" of a stretch within a day; "Thu 19 Mar 22:00 – Fri 20 Mar 02:00" of one that is longer.
pub fn hours(clock: &Clock, manner: Manner, span: Span) -> String {
    let ((a, from), (b, to)) = (clock.wall(span.start), clock.wall(span.end));
    if a == b || (to == 0 && time::shift(a, 1) == b) {
        return manner.clocks(from, to);
    }
    format!("{} {} – {} {}", day_short(a), manner.clock(from), day_short(b), manner.clock(to))
}

/// "Thu 19 Mar, 14:00 – 15:00"; of whole days "Mon 16 Mar – Wed 18 Mar".
pub fn when_by(clock: &Clock, manner: Manner, when: When) -> String {
    match when {
        When::At(span) => {
            let ((a, _), (b, to)) = (clock.wall(span.start), clock.wall(span.end));
            // Days of somebody, told as instants.
            if clock.wall(span.start).1 == 0 && to == 0 && a < b && span.len() >= 82_800_000 {
                return when_by(clock, manner, When::Days(a, b));
            }
            let text = hours(clock, manner, span);
            // Chinese puts no comma between the day and the hour.
            let between = if matches!(fmt(), domain::Locale::ZhHans | domain::Locale::ZhHant) { " " } else { ", " };
            if a == b || (to == 0 && time::shift(a, 1) == b) { format!("{}{between}{text}", day_short(a)) } else { text }
        }
        When::Days(from, to) => {
            let last = time::shift(to, -1).max(from);
            if last == from { day_short(from) } else { format!("{} – {}", day_short(from), day_short(last)) }
        }
    }
}

pub fn when(desk: Desk, when: When) -> String {
    desk.clock.with_untracked(|clock| when_by(clock, desk.manner, when))
}

/// For screen readers: what it is, when, and what one should know.
pub fn spoken(desk: Desk, item: &Shown) -> String {
    let mut parts = vec![title(item), when(desk, super::desk::when_of(item))];
    if !item.title.trim().is_empty() && !item.masked {
        parts.push(kind_name(item.kind));
    }
    if item.status == domain::calendar::Status::Tentative {
        parts.push(tk("cal.tentative"));
    }
    if item.answer == Some(Answer::Declined) {
        parts.push(tk("cal.declined"));
    }
    if item.clash {
        parts.push(tk("cal.clashes"));
    }
    if !item.place.is_empty() {
        parts.push(item.place.clone());
    }
    parts.extend(super::grid::owners(desk, item));
    parts.join(", ")
}

/// "Kyiv" of "Europe/Kyiv".
pub fn zone_name(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
}

/// "UTC+2", "UTC+5:30".
pub fn offset(minutes: i32) -> String {
    let sign = if minutes < 0 { '−' } else { '+' };
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    if rest == 0 { format!("UTC{sign}{hours}") } else { format!("UTC{sign}{hours}:{rest:02}") }
}

/// "9 h" of the minutes of a day that are taken.
pub fn load(minutes: i64) -> String {
    if minutes == 0 {
        return String::new();
    }
    let tenths = minutes * 10 / 60;
    let n = if tenths % 10 == 0 && tenths > 0 { fmt().number(tenths / 10) } else { fmt().tenths(tenths.max(1)) };
    t!("cal.hours", n = n)
}

pub const fn minutes(span: Span) -> i64 {
    span.len() / MINUTE
}
