//! Instants for people. The server writes the plain UTC date; once the page lives, the browser's `Intl` knows the
//! person's zone: "today 15:30", "Thu 19 Mar", the year only when it is another one.

use domain::time::{parse_instant, utc_date};
use leptos::prelude::*;

use super::locale;

/// Minutes tick here, so that "today" turns into "yesterday" by itself. None until the page lives.
#[derive(Clone, Copy)]
pub struct Now(pub RwSignal<Option<i64>>);

/// An instant (RFC 3339), short for people, exact in the tooltip. `hour`: also of days far off, for what one has to be at.
#[component]
pub fn When(#[prop(into)] at: String, #[prop(optional)] hour: bool) -> impl IntoView {
    let now = use_context::<Now>();
    let shown = {
        let at = at.clone();
        move || {
            let now = now.and_then(|n| n.0.get());
            let text = when_text(&at, now);
            match (now, parse_instant(&at)) {
                (Some(_), Some(ms)) if hour && !text.contains(&clock_time(ms)) => format!("{text} {}", clock_time(ms)),
                _ => text,
            }
        }
    };
    let exact = {
        let at = at.clone();
        move || now.and_then(|n| n.0.get()).map(|_| exact(&at))
    };
    view! { <time datetime=at title=exact>{shown}</time> }
}

/// What [`When`] shows; `now` None: before the page lives.
pub fn when_text(at: &str, now: Option<i64>) -> String {
    let Some(ms) = parse_instant(at) else {
        return at.to_owned();
    };
    match now {
        Some(now) => human(ms, now),
        None => locale().date(&domain::time::date(utc_date(ms))),
    }
}

#[cfg(feature = "hydrate")]
mod intl {
    use js_sys::{Array, Date, Function, Intl, Object, Reflect};
    use wasm_bindgen::{JsCast, JsValue};

    use crate::i18n::locale;

    fn format(ms: i64, options: &[(&str, &str)]) -> Option<String> {
        format_as(locale().tag(), ms, options)
    }

    fn format_as(tag: &str, ms: i64, options: &[(&str, &str)]) -> Option<String> {
        let object = Object::new();
        for (name, value) in options {
            let value = if *value == "false" { JsValue::FALSE } else { JsValue::from_str(value) };
            Reflect::set(&object, &JsValue::from_str(name), &value).ok()?;
        }
        if let Some(zone) = crate::shell::zone() {
            Reflect::set(&object, &"timeZone".into(), &zone.as_str().into()).ok()?;
        }
        let tags = Array::of1(&tag.into());
        let formatter = Intl::DateTimeFormat::new(&tags, &object);
        let call: Function = formatter.format();
        call.call1(&JsValue::UNDEFINED, &Date::new(&JsValue::from_f64(ms as f64))).ok()?.as_string()
    }

    /// `2026-03-19` in the person's zone.
    pub fn day(ms: i64) -> String {
        let object = Object::new();
        let _ = Reflect::set(&object, &"timeZone".into(), &crate::shell::zone().map_or(JsValue::UNDEFINED, |z| z.as_str().into()));
        // The Swedish way of writing dates is the ISO way.
        let formatter = Intl::DateTimeFormat::new(&Array::of1(&"sv-SE".into()), &object);
        let call: Function = formatter.format();
        call.call1(&JsValue::UNDEFINED, &Date::new(&JsValue::from_f64(ms as f64))).ok().and_then(|v| v.as_string()).unwrap_or_default()
    }

    pub fn human(ms: i64, now: i64) -> String {
        let (that, this) = (day(ms), day(now));
        let named = |key: &'static str| crate::t!(key, time = clock_time(ms));
        if that == this {
            return named("when.today");
        }
        if that == day(now - 86_400_000) {
            return named("when.yesterday");
        }
        if that == day(now + 86_400_000) {
            return named("when.tomorrow");
        }
        if that.get(..4) != this.get(..4) {
            return locale().date(&that);
        }
        let text = locale().date_weekday(&that);
        // Close by, the hour still says something.
        if (ms - now).abs() < 7 * 86_400_000 { format!("{text} {}", clock_time(ms)) } else { text }
    }

    pub fn exact(ms: i64) -> String {
        format(ms, &[("dateStyle", "full"), ("timeStyle", "long")]).unwrap_or_default()
    }

    /// `15:30` in the person's zone; `3:30 pm` where people who read English count so, as in the calendar.
    pub fn clock_time(ms: i64) -> String {
        let here = leptos::prelude::window().navigator().language().filter(|tag| locale() == domain::Locale::En && tag.starts_with("en-"));
        if let Some(tag) = here {
            let text = format_as(&tag, ms, &[("hour", "numeric"), ("minute", "2-digit")]);
            return domain::text::lower(&text.unwrap_or_default());
        }
        format(ms, &[("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")]).unwrap_or_default()
    }

    /// What a clock shows (`15:30`), in the same way.
    pub fn clock_text(time: &str) -> String {
        // Any day on which no clocks change.
        from_input(&format!("2026-01-15T{time}")).map_or_else(|| time.to_owned(), clock_time)
    }

    /// For fields that take date and time: `2026-03-19T15:30` in the person's zone.
    pub fn input(ms: i64) -> String {
        let time = format(ms, &[("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")]).unwrap_or_default();
        format!("{}T{}", day(ms), time.get(..5).unwrap_or("00:00"))
    }

    /// The instant that is this wall-clock time (`2026-03-19T15:30`) in the person's zone.
    pub fn from_input(text: &str) -> Option<i64> {
        let as_utc = domain::time::parse_instant(&format!("{text}:00Z"))?;
        // Two steps find the offset in force then, also beside a change of the clocks.
        let offset = |ms: i64| Some(domain::time::parse_instant(&format!("{}:00Z", input(ms)))? - ms.div_euclid(60_000) * 60_000);
        let first = as_utc - offset(as_utc)?;
        Some(as_utc - offset(first)?)
    }

    pub fn now() -> i64 {
        js_sys::Date::now() as i64
    }

    /// Every zone that this browser knows, by its place; and UTC.
    pub fn zones() -> Vec<String> {
        let list = || {
            let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
            let ask: Function = Reflect::get(&intl, &"supportedValuesOf".into()).ok()?.dyn_into().ok()?;
            ask.call1(&intl, &"timeZone".into()).ok()?.dyn_into::<Array>().ok()
        };
        super::places(list().into_iter().flat_map(|l| l.to_vec()).filter_map(|z| z.as_string()))
    }

    /// The browser's own zone.
    pub fn browser_zone() -> Option<String> {
        let options = Intl::DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
        Reflect::get(options.unchecked_ref(), &"timeZone".into()).ok()?.as_string().map(super::name_of_today)
    }
}

/// Names that browsers keep for the sake of old programs, and what the places are called today.
#[cfg(any(feature = "hydrate", test))]
const RENAMED: [(&str, &str); 19] = [
    ("Africa/Asmera", "Africa/Asmara"),
    ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ("America/Catamarca", "America/Argentina/Catamarca"),
    ("America/Coral_Harbour", "America/Atikokan"),
    ("America/Cordoba", "America/Argentina/Cordoba"),
    ("America/Godthab", "America/Nuuk"),
    ("America/Indianapolis", "America/Indiana/Indianapolis"),
    ("America/Jujuy", "America/Argentina/Jujuy"),
    ("America/Louisville", "America/Kentucky/Louisville"),
    ("America/Mendoza", "America/Argentina/Mendoza"),
    ("Asia/Calcutta", "Asia/Kolkata"),
    ("Asia/Katmandu", "Asia/Kathmandu"),
    ("Asia/Rangoon", "Asia/Yangon"),
    ("Asia/Saigon", "Asia/Ho_Chi_Minh"),
    ("Atlantic/Faeroe", "Atlantic/Faroe"),
    ("Europe/Kiev", "Europe/Kyiv"),
    ("Pacific/Enderbury", "Pacific/Kanton"),
    ("Pacific/Ponape", "Pacific/Pohnpei"),
    ("Pacific/Truk", "Pacific/Chuuk"),
];

#[cfg(any(feature = "hydrate", test))]
fn name_of_today(zone: String) -> String {
    RENAMED.iter().find(|(old, _)| *old == zone).map_or(zone, |(_, new)| (*new).to_owned())
}

/// What is offered: places by their names of today. Countries, offsets and abbreviations (`US/Pacific`, `Etc/GMT+8`,
/// `CST6CDT`) are other names for the same.
#[cfg(any(feature = "hydrate", test))]
fn places(known: impl Iterator<Item = String>) -> Vec<String> {
    const REGIONS: [&str; 10] =
        ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];
    let in_region = |zone: &String| zone.split_once('/').is_some_and(|(region, _)| REGIONS.contains(&region));
    let mut zones: Vec<String> = known.filter(in_region).map(name_of_today).collect();
    zones.sort_unstable();
    zones.dedup();
    zones.push("UTC".to_owned());
    zones
}

#[cfg(feature = "hydrate")]
pub use intl::{browser_zone, clock_text, clock_time, day, from_input, input, now, zones};

#[cfg(feature = "hydrate")]
fn human(ms: i64, now: i64) -> String {
    intl::human(ms, now)
}

#[cfg(feature = "hydrate")]
fn exact(at: &str) -> String {
    parse_instant(at).map(intl::exact).unwrap_or_default()
}

#[cfg(not(feature = "hydrate"))]
mod plain {
    //! Without a browser there is no zone: everything in UTC. Never seen: a page that does not live has no clock.
    use domain::time::{date, instant, parse_instant, utc_date};

    pub fn day(ms: i64) -> String {
        date(utc_date(ms))
    }

    pub fn clock_time(ms: i64) -> String {
        instant(ms).chars().skip(11).take(5).collect()
    }

    pub fn clock_text(time: &str) -> String {
        time.to_owned()
    }

    pub fn input(ms: i64) -> String {
        instant(ms).chars().take(16).collect()
    }

    pub fn from_input(text: &str) -> Option<i64> {
        parse_instant(&format!("{text}:00Z"))
    }

    pub fn now() -> i64 {
        0
    }

    pub fn browser_zone() -> Option<String> {
        None
    }

    pub fn zones() -> Vec<String> {
        Vec::new()
    }
}

#[cfg(not(feature = "hydrate"))]
pub use plain::{browser_zone, clock_text, clock_time, day, from_input, input, now, zones};

#[cfg(not(feature = "hydrate"))]
fn human(ms: i64, _now: i64) -> String {
    locale().date(&domain::time::date(utc_date(ms)))
}

#[cfg(not(feature = "hydrate"))]
fn exact(at: &str) -> String {
    at.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_offered_by_place_and_under_their_names_of_today() {
        let known =
            ["US/Pacific", "Etc/GMT+8", "CST6CDT", "UTC", "GMT", "Asia/Calcutta", "Asia/Kolkata", "Europe/Kiev", "Europe/Berlin", "Cuba"];
        let offered = places(known.into_iter().map(str::to_owned));
        assert_eq!(offered, ["Asia/Kolkata", "Europe/Berlin", "Europe/Kyiv", "UTC"]);
    }
}
