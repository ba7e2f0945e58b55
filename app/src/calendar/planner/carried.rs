//! What is said while an item is carried or pulled: who has the time already, with what, when and why. It lies over the page
//! and takes no press, so that nothing moves beneath the hand.

use domain::calendar::Conflict;

use super::super::desk::{By, Desk};
use super::said::{self, Said};
use crate::prelude::*;

pub fn carried(desk: Desk) -> AnyView {
    let said = Memo::new(move |_| {
        let mut all = desk.warned.with(|w| said::all(desk, w));
        // What a rule forbids is said first.
        all.sort_by_key(|s| !s.strict);
        all
    });
    let no = Memo::new(move |_| desk.carry.with(|c| c.as_ref().and_then(|c| c.no.clone())));
    let lines = move || {
        if let Some(no) = no.get() {
            return Some(view! { <div class="note carried bad"><Icon name="lock"/><span class="clip">{no}</span></div> }.into_any());
        }
        let mut all = said.get().into_iter();
        let first = all.next()?;
        let rest = i64::try_from(all.len()).unwrap_or(0);
        let strict = first.strict;
        let note = view! {
            <div class="note carried" class=("bad", strict) class=("warn", !strict)>
                <Icon name=if strict { "lock" } else { "alert" }/>
                // The name comes with the server's answer; what is seen here is said before it.
                {(!first.who.is_empty()).then(|| view! { <strong class="clip">{first.who}</strong> })}
                <span class="clip">{first.what}</span>
                <time>{first.when}</time>
                {(rest > 0).then(|| view! { <span class="faint">{tn("cal.more", rest)}</span> })}
                {strict.then(|| view! { <small>{t("cal.alert.not_here")}</small> })}
            </div>
        };
        Some(note.into_any())
    };
    // By keyboard it is spoken with the place: see `keys`.
    view! { <div aria-hidden="true">{lines}</div> }.into_any()
}

/// The first of them in words, for whoever carries by keyboard: when the server has answered.
pub fn speak(desk: Desk, found: &[Conflict]) {
    let by_keys = desk.carry.with_untracked(|c| c.as_ref().is_some_and(|c| c.by == By::Keys));
    let Some(first) = found.iter().find(|c| c.strict).or(found.first()).filter(|_| by_keys) else { return };
    let Said { who, what, when, strict, .. } = said::say(desk, first);
    let mut parts = vec![tk("cal.clashes"), who, what, when];
    parts.extend(strict.then(|| tk("cal.alert.not_here")));
    parts.retain(|p| !p.is_empty());
    desk.say(parts.join(", "));
}
