//! Clocks of other zones than the page's, and of other days: the browser's `Intl` knows them. The server, which draws the first
//! picture only, is not asked.

use chrono::NaiveDate;

use super::clock::MINUTE;

#[cfg(feature = "hydrate")]
mod real {
    use std::cell::RefCell;

    use js_sys::{Array, Date, Function, Object, Reflect, global};
    use wasm_bindgen::{JsCast, JsValue};

    thread_local! {
        /// Making one takes a hundred times as long as asking it.
        static MADE: RefCell<Vec<(String, Option<Function>)>> = const { RefCell::new(Vec::new()) };
    }

    fn formatter(zone: &str) -> Option<Function> {
        if let Some(found) = MADE.with_borrow(|made| made.iter().find(|(z, _)| z == zone).map(|(_, f)| f.clone())) {
            return found;
        }
        let made = make(zone);
        MADE.with_borrow_mut(|known| known.push((zone.to_owned(), made.clone())));
        made
    }

    /// None: no such zone. (Made through `Reflect`, which catches what an unknown zone throws.)
    fn make(zone: &str) -> Option<Function> {
        let options = Object::new();
        for (name, value) in [
            ("timeZone", zone),
            ("year", "numeric"),
            ("month", "2-digit"),
            ("day", "2-digit"),
            ("hour", "2-digit"),
            ("minute", "2-digit"),
            ("hourCycle", "h23"),
        ] {
            Reflect::set(&options, &name.into(), &value.into()).ok()?;
        }
        let intl = Reflect::get(&global(), &"Intl".into()).ok()?;
        let class: Function = Reflect::get(&intl, &"DateTimeFormat".into()).ok()?.dyn_into().ok()?;
        // The Swedish way of writing dates is the ISO way.
        let formatter = Reflect::construct(&class, &Array::of2(&"sv-SE".into(), &options)).ok()?;
        Reflect::get(&formatter, &"format".into()).ok()?.dyn_into().ok()
    }

    /// "2026-03-19 15:30"
    pub fn wall(zone: &str, ms: i64) -> Option<String> {
        formatter(zone)?.call1(&JsValue::UNDEFINED, &Date::new(&JsValue::from_f64(ms as f64))).ok()?.as_string()
    }
}

#[cfg(not(feature = "hydrate"))]
mod real {
    pub fn wall(_zone: &str, _ms: i64) -> Option<String> {
        None
    }
}

/// Minutes that this zone's clocks are ahead of UTC then.
pub fn offset(zone: &str, ms: i64) -> Option<i32> {
    let text = real::wall(zone, ms)?.replace(' ', "T");
    let shown = domain::time::parse_instant(&format!("{}:00Z", text.get(..16)?))?;
    i32::try_from((shown - ms.div_euclid(MINUTE) * MINUTE) / MINUTE).ok()
}

/// The day and the minute that clocks there show.
pub fn wall(zone: &str, ms: i64) -> Option<(NaiveDate, i32)> {
    let local = ms + i64::from(offset(zone, ms)?) * MINUTE;
    Some((domain::time::utc_date(local), i32::try_from(local.rem_euclid(86_400_000) / MINUTE).ok()?))
}

/// The instant at which clocks there show this.
pub fn instant(zone: &str, day: NaiveDate, minute: i32) -> Option<i64> {
    let local = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis() + i64::from(minute) * MINUTE;
    const DAY: i64 = 86_400_000;
    let (before, after) = (offset(zone, local - DAY)?, offset(zone, local + DAY)?);
    let at = |offset: i32| local - i64::from(offset) * MINUTE;
    let holds = |in_force: i32| offset(zone, at(in_force)) == Some(in_force);
    // What comes twice is the first; what clocks skip keeps the offset from before (RFC 5545, 3.3.5).
    Some(if holds(before) || !holds(after) { at(before) } else { at(after) })
}
