//! What a letter says of a series: its rule in words, the dates that come next, and of a single occurrence which one it is.

use chrono_tz::Tz;
use domain::calendar::repeat::{self, Repeat};
use domain::calendar::rule::{End, Until};
use domain::calendar::{Event, Moment, Span, When, Window, zone};
use domain::{Id, Locale, time};

use crate::mail::words;
use crate::{App, records};

/// So many dates are named.
const NAMED: usize = 5;
/// Of a series with more it is not said how many they are.
const COUNTED: usize = 1_000;
/// As many years as dates are counted: once a year is the rarest that many rules are.
const FAR: i64 = 1_100 * 366 * 86_400_000;

/// Lines about a series as a whole, each with its name; none when it does not recur. `reader`: whose dates they are. What stands
/// for an occurrence is theirs only where they are asked to it.
pub(in crate::calendar) async fn lines(
    app: &App,
    id: Id,
    event: &Event,
    reader: Id,
    locale: Locale,
    clock: Tz,
) -> domain::Result<Vec<(String, String)>> {
    let (Some(when), true) = (event.when(), event.recurs()) else { return Ok(Vec::new()) };
    app.0.book.ready().await?;
    let own = records::zone(&event.zone);
    // What was moved stands at its own time.
    let parts = app.0.book.parts_of(id);
    let replaced: Vec<Moment> = parts.values().copied().collect();
    let Some(series) = event.occurrences_but(&replaced) else { return Ok(Vec::new()) };
    let standing: Vec<When> = parts
        .keys()
        .filter_map(|id| app.0.book.get(*id))
        .filter(|item| item.status != domain::calendar::Status::Cancelled && item.asks(reader))
        .map(|item| item.when)
        .collect();
    let in_order = |from: i64, most: usize| {
        let found = series.occurrences(&own, &Window::of_everybody(Span::new(from, from + FAR)), most);
        let mut dates: Vec<When> = found.list.iter().map(|o| o.when).chain(standing.iter().copied()).collect();
        dates.sort_by_key(|w| w.span(&clock));
        dates
    };
    let mut out = Vec::new();
    if let Some(rule) = &event.rrule {
        let all = if rule.end == End::Never { Vec::new() } else { in_order(when.span(&own).start, COUNTED + 1) };
        let last = all.last().filter(|_| all.len() <= COUNTED);
        let said = sentence(rule, when, own, last.map(|w| (w.start(), Some(all.len()))), locale);
        let elsewhere = own != clock && !when.start().is_day();
        out.push((words::text(locale, "mail.rule"), if elsewhere { format!("{said} ({})", own.name()) } else { said }));
    }
    let now = app.now();
    let mut ahead = in_order(now, NAMED + 1);
    ahead.retain(|w| w.span(&clock).end > now);
    let mut named: Vec<String> = ahead.iter().take(NAMED).map(|w| date(locale, *w, clock)).collect();
    if ahead.len() > NAMED {
        named.push("…".to_owned());
    }
    if !named.is_empty() {
        out.push((words::text(locale, "mail.dates"), named.join("\n")));
    }
    Ok(out)
}

/// The rule alone, of a series that is called off.
pub(super) fn rule(event: &Event, locale: Locale, clock: Tz) -> Option<(String, String)> {
    let (rule, when, own) = (event.rrule.as_ref()?, event.when()?, records::zone(&event.zone));
    let last = event.occurrences_but(&[]).filter(|_| rule.end != End::Never).and_then(|series| series.last(&own));
    let said = sentence(rule, when, own, last.map(|last| (last, None)), locale);
    let elsewhere = own != clock && !when.start().is_day();
    Some((words::text(locale, "mail.rule"), if elsewhere { format!("{said} ({})", own.name()) } else { said }))
}

/// "Every week on Tuesday, until 12 Mar 2027, 10 times". `end`: the last one, and how many they are where that is known.
fn sentence(rule: &domain::calendar::Rule, when: When, own: Tz, end: Option<(Moment, Option<usize>)>, locale: Locale) -> String {
    let said = words::Rules(locale);
    let day = |moment: Moment| match moment {
        Moment::At(ms) => zone::to_local(&own, ms).date(),
        Moment::Day(day) => day,
    };
    let mut rule = rule.clone();
    if let End::Until(Until::At(ms)) = rule.end {
        // The day that its people call it.
        rule.end = End::Until(Until::Local(zone::to_local(&own, ms)));
    }
    let repeat = Repeat::of(&rule);
    let first = day(when.start());
    let Some((last, count)) = end.filter(|_| repeat.each != repeat::Each::Custom) else { return repeat.sentence(first, &said) };
    let until = repeat::until(&repeat.without_end(first, &said), &time::date(day(last)), &said);
    match count.and_then(|n| i64::try_from(n).ok()) {
        Some(count) => repeat::times(&until, count, &said),
        None => until,
    }
}

fn date(locale: Locale, when: When, clock: Tz) -> String {
    match when {
        When::Days(first, _) => words::day(locale, first),
        When::At(span) => {
            let day = words::day(locale, zone::to_local(&clock, span.start).date());
            format!("{day}, {}", words::hours(when, clock))
        }
    }
}

/// Which of a series it is, by the time that it has there.
pub(super) fn which(event: &Event, slot: Option<Moment>, locale: Locale, clock: Tz) -> Option<(String, String)> {
    let slot = slot.or(event.slot.filter(|_| event.series.is_some()))?;
    let said = match slot {
        Moment::Day(day) => words::day(locale, day),
        Moment::At(ms) => {
            format!("{}, {}", words::day(locale, zone::to_local(&clock, ms).date()), words::hours(When::At(Span::new(ms, ms)), clock))
        }
    };
    Some((words::text(locale, "mail.which"), words::filled(locale, "mail.which.only", &[("when", &said)])))
}

#[cfg(test)]
mod tests {
    use domain::calendar::Rule;

    use super::*;

    #[test]
    fn a_rule_is_said_in_every_language() {
        let at = |text: &str| time::parse_instant(text).unwrap();
        let span = |day: &str| When::At(Span::new(at(&format!("{day}T08:00:00Z")), at(&format!("{day}T09:00:00Z"))));
        let of = |rule: &str, end: Option<(When, usize)>| {
            let (rule, end) = (Rule::parse(rule).unwrap(), end.map(|(last, count)| (last.start(), Some(count))));
            Locale::ALL.map(|l| sentence(&rule, span("2026-11-24"), Tz::Europe__Kyiv, end, l).replace('\u{a0}', " "))
        };
        assert_eq!(
            of("FREQ=WEEKLY;COUNT=10;BYDAY=TU", Some((span("2027-01-26"), 10))),
            [
                "Every week on Tuesday, until 26 Jan 2027, 10 times",
                "每周的周二，直到2027年1月26日，共 10 次",
                "每週的週二，直到2027年1月26日，共 10 次",
                "Щотижня у вівторок, до 26 січ. 2027 р., 10 разів",
            ]
        );
        assert_eq!(of("FREQ=MONTHLY;INTERVAL=3", None)[0], "Every 3 months on day 24");
        assert_eq!(
            of("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1;COUNT=3", Some((span("2027-01-26"), 3)))[0],
            "By the rule FREQ=MONTHLY;COUNT=3;BYDAY=MO,TU;BYSETPOS=-1"
        );
        // Until two in the morning there is still the day before elsewhere.
        assert_eq!(of("FREQ=DAILY;UNTIL=20261231T223000Z", None)[0], "Every day, until 1 Jan 2027");
    }
}
