//! Days off: what they are called, and which days nobody works on.

use chrono::NaiveDate;
use domain::calendar::Span;

use super::desk::Desk;
use crate::prelude::*;

/// What a day off is called, for one of those whose calendar this is or for any of them. A day of their zone that reaches into
/// another one here is none of that.
pub fn day_off(desk: Desk, day: NaiveDate, of: Option<Id>) -> Option<String> {
    let line = desk.line(day)?;
    let here = |span: &Span| span.shared(line.span).is_some_and(|s| 2 * s.len() > line.span.len());
    desk.page.with(|p| {
        let subjects = p.subjects.iter().filter(|s| of.is_none_or(|of| s.who.id == of));
        let mut names: Vec<&str> = Vec::new();
        for (_, name) in subjects.flat_map(|s| &s.days_off).filter(|(span, _)| here(span)) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        (!names.is_empty()).then(|| names.join(" · "))
    })
}

/// Small, where its day stands.
pub fn named(day_off: Option<String>) -> Option<AnyView> {
    day_off.map(|name| view! { <small class="dayoff clip" title=name.clone()>{name.clone()}</small> }.into_any())
}

/// Nobody whose calendar this is works on that day.
pub fn is_off(desk: Desk, day: NaiveDate) -> bool {
    let Some(line) = desk.line(day) else { return false };
    desk.page.with(|p| {
        let mut known = p.subjects.iter().filter_map(|s| Some((s.working.as_ref()?, &s.days_off))).peekable();
        let free = |(working, off): (&Vec<Span>, &Vec<(Span, String)>)| {
            let off: Vec<Span> = off.iter().map(|(s, _)| *s).collect();
            domain::calendar::span::without(working, &off).iter().all(|s| s.shared(line.span).is_none())
        };
        known.peek().is_some() && known.all(free)
    })
}
