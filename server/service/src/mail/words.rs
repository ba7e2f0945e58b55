//! The words of letters, in the language of whoever gets them. They lie with all other texts, in `app/locales`.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono_tz::Tz;
use domain::calendar::repeat::Words;
use domain::calendar::{When, zone};
use domain::{FieldError, Locale, time};

use super::Letter;

type Table = HashMap<String, String>;

static TABLES: LazyLock<[Table; 4]> = LazyLock::new(|| {
    [
        include_str!("../../../../app/locales/en/mail.json"),
        include_str!("../../../../app/locales/zh-Hans/mail.json"),
        include_str!("../../../../app/locales/zh-Hant/mail.json"),
        include_str!("../../../../app/locales/uk/mail.json"),
    ]
    .map(|json| serde_json::from_str(json).unwrap_or_default())
});

/// Of the calendar's texts those that say a rule in words.
static RULES: LazyLock<[Table; 4]> = LazyLock::new(|| {
    [
        include_str!("../../../../app/locales/en/calendar.json"),
        include_str!("../../../../app/locales/zh-Hans/calendar.json"),
        include_str!("../../../../app/locales/zh-Hant/calendar.json"),
        include_str!("../../../../app/locales/uk/calendar.json"),
    ]
    .map(|json| {
        let mut table: Table = serde_json::from_str(json).unwrap_or_default();
        let said = |key: &str| ["cal.rule.", "cal.nth_", "cal.on_day.", "cal.the_day."].iter().any(|begin| key.starts_with(begin));
        table.retain(|key, _| said(key) || matches!(key.as_str(), "cal.and" | "cal.comma"));
        table
    })
});

/// A rule in the words of a letter's reader.
pub(crate) struct Rules(pub Locale);

impl Words for Rules {
    fn locale(&self) -> Locale {
        self.0
    }

    fn text(&self, key: &str, gaps: &[(&str, &str)]) -> String {
        fill(&in_table(&RULES, self.0, key), gaps)
    }

    /// What is kept was checked.
    fn wrong(&self, _: &FieldError) -> String {
        String::new()
    }
}

fn in_table(tables: &[Table; 4], locale: Locale, key: &str) -> String {
    let at = Locale::ALL.iter().position(|l| *l == locale);
    let found = at.and_then(|n| tables.get(n)).and_then(|t| t.get(key));
    found.map_or_else(|| key.to_owned(), Clone::clone)
}

/// Text of a key; the key itself when nobody wrote one.
pub(crate) fn text(locale: Locale, key: &str) -> String {
    in_table(&TABLES, locale, key)
}

/// The same with its gaps filled.
pub(crate) fn filled(locale: Locale, key: &str, gaps: &[(&str, &str)]) -> String {
    fill(&text(locale, key), gaps)
}

fn fill(text: &str, gaps: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    // What is filled in is never read again: names may hold brackets.
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, tail)) => {
                out.push_str(gaps.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| *v));
                rest = tail;
            }
            None => rest = after,
        }
    }
    out.push_str(rest);
    out
}

/// A day with its weekday and year: Thu 19 Mar 2026 · 2026年3月19日 周四 · чт 19 бер. 2026 р.
pub(crate) fn day(locale: Locale, date: chrono::NaiveDate) -> String {
    let date = time::date(date);
    let weekday = locale.date_weekday(&date).replace(&locale.date_short(&date), "");
    match locale {
        Locale::ZhHans | Locale::ZhHant => format!("{} {}", locale.date(&date), weekday.trim()),
        _ => format!("{} {}", weekday.trim(), locale.date(&date)),
    }
}

/// `10:00` on this clock.
fn clock(ms: i64, zone: Tz) -> String {
    zone::to_local(&zone, ms).format("%H:%M").to_string()
}

/// The hours of an item, for a list of one day; nothing for a whole day.
pub(crate) fn hours(when: When, tz: Tz) -> String {
    match when {
        When::At(span) if span.is_empty() => clock(span.start, tz),
        When::At(span) => format!("{}–{}", clock(span.start, tz), clock(span.end, tz)),
        When::Days(..) => String::new(),
    }
}

/// A day and its hour: Thu 19 Mar, 15:30.
pub(crate) fn short(locale: Locale, ms: i64, tz: Tz) -> String {
    let date = time::date(zone::to_local(&tz, ms).date());
    format!("{}, {}", locale.date_weekday(&date), clock(ms, tz))
}

/// The whole of it: Tue 24 Nov 2026, 10:00–11:00 (Europe/Kyiv); plain days have no zone.
pub(crate) fn when(locale: Locale, when: When, tz: Tz) -> String {
    match when {
        When::Days(from, to) => {
            let last = time::shift(to, -1);
            let days = if last > from { format!("{} – {}", day(locale, from), day(locale, last)) } else { day(locale, from) };
            format!("{days}, {}", text(locale, "mail.all_day"))
        }
        When::At(span) => {
            let date = |ms: i64| zone::to_local(&tz, ms).date();
            let end = match (span.is_empty(), date(span.start) == date(span.end)) {
                (true, _) => String::new(),
                (_, true) => format!("–{}", clock(span.end, tz)),
                (_, false) => format!(" – {}, {}", day(locale, date(span.end)), clock(span.end, tz)),
            };
            format!("{}, {}{end} ({})", day(locale, date(span.start)), clock(span.start, tz), tz.name())
        }
    }
}

/// A letter's words: what it says first, lines of a table, links that stand out, and a word at the end. As text and as HTML.
pub(crate) fn page(locale: Locale, lead: &str, lines: &[(String, String)], links: &[(String, String)], hint: &str) -> Letter {
    let mut text = format!("{lead}\n\n");
    for (name, value) in lines {
        let name = if name.is_empty() { String::new() } else { format!("{name}: ") };
        text.push_str(&format!("{name}{value}\n"));
    }
    if !links.is_empty() {
        text.push('\n');
    }
    for (name, href) in links {
        text.push_str(&format!("{name}: {href}\n"));
    }
    let row = |(name, value): &(String, String)| {
        format!(
            "<tr><td style=\"padding:4px 16px 4px 0;color:#5b6472;vertical-align:top\">{}</td><td style=\"padding:4px 0\">{}</td></tr>",
            escaped(name),
            escaped(value)
        )
    };
    let link = |(name, href): &(String, String)| {
        format!(
            "<a href=\"{}\" style=\"display:inline-block;margin:0 8px 8px 0;padding:10px 16px;border:1px solid #c5cbd5;border-radius:8px;color:#1d4ed8;text-decoration:none\">{}</a>",
            escaped(href),
            escaped(name)
        )
    };
    let rows: String = lines.iter().map(row).collect();
    let buttons: String = links.iter().map(link).collect();
    let mut end = String::new();
    if !hint.is_empty() {
        text.push_str(&format!("\n{hint}\n"));
        end = format!("<p style=\"color:#5b6472;font-size:13px\">{}</p>", escaped(hint));
    }
    let html = format!(
        "<!DOCTYPE html><html lang=\"{}\"><body style=\"font:15px/1.5 system-ui,sans-serif;color:#1b2330\"><p>{}</p><table \
         style=\"border-collapse:collapse\">{rows}</table><p>{buttons}</p>{end}</body></html>",
        locale.tag(),
        escaped(lead)
    );
    Letter { text, html, ..Letter::default() }
}

/// Text as it may stand in HTML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\n', "<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_weekday_and_year_in_every_language() {
        let date = time::parse_date("2026-03-19").unwrap();
        let said = Locale::ALL.map(|l| day(l, date).replace('\u{a0}', " "));
        assert_eq!(said, ["Thu 19 Mar 2026", "2026年3月19日 周四", "2026年3月19日 週四", "чт 19 бер. 2026 р."]);
    }

    #[test]
    fn times_are_those_of_the_readers_clock() {
        let at = |text: &str| time::parse_instant(text).unwrap();
        let hour = When::At(domain::calendar::Span::new(at("2026-11-24T08:00:00Z"), at("2026-11-24T09:00:00Z")));
        assert_eq!(when(Locale::En, hour, Tz::Europe__Kyiv), "Tue 24 Nov 2026, 10:00–11:00 (Europe/Kyiv)");
        assert_eq!(when(Locale::En, hour, Tz::Asia__Tokyo), "Tue 24 Nov 2026, 17:00–18:00 (Asia/Tokyo)");
        let night = When::At(domain::calendar::Span::new(at("2026-11-24T21:30:00Z"), at("2026-11-24T22:30:00Z")));
        assert_eq!(when(Locale::En, night, Tz::Europe__Kyiv), "Tue 24 Nov 2026, 23:30 – Wed 25 Nov 2026, 00:30 (Europe/Kyiv)");
        let date = |text: &str| time::parse_date(text).unwrap();
        assert_eq!(when(Locale::En, When::Days(date("2026-11-24"), date("2026-11-25")), Tz::UTC), "Tue 24 Nov 2026, all day");
    }

    #[test]
    fn what_people_write_is_no_html() {
        let letter = page(Locale::En, "Hello <b>", &[("What".into(), "<script>alert(1)</script>".into())], &[], "");
        assert!(!letter.html.contains("<script>") && letter.text.contains("<script>"), "{}", letter.html);
    }

    #[test]
    fn what_is_filled_in_is_not_filled_again() {
        let said = filled(Locale::En, "mail.test.text", &[("house", "{address}"), ("address", "https://crm.example")]);
        assert!(said.contains("{address}") && said.contains("https://crm.example"), "{said}");
    }
}
