//! Whose time is taken: below the hours a line for everyone who is shown, the days side by side. A summary for the eye: all
//! that it says stands in the hours above, so it is nothing for a screen reader.

use chrono::NaiveDate;
use domain::calendar::{Status, Who};

use super::clash::{self, key, key_text};
use super::desk::Desk;
use super::team;
use crate::prelude::*;

/// What a cell shows of a day, in minutes; the night is left out.
const FROM: i32 = 7 * 60;
const TO: i32 = 21 * 60;

pub fn taken(desk: Desk) -> AnyView {
    let who = Memo::new(move |_| desk.page.with(|p| p.subjects.iter().map(|s| s.who.clone()).collect::<Vec<_>>()));
    let several = Memo::new(move |_| who.with(Vec::len) > 1);
    let lines = move || {
        several.get().then(|| {
            view! {
                <div class="taken" aria-hidden="true">
                    <div class="cols">
                        <b>{t("cal.taken")}</b>
                        {move || desk.columns.with(|days| days.iter().map(|_| ticks(desk)).collect_view())}
                    </div>
                    <For each=move || who.get() key=|w| w.id let:one>
                        {line(desk, one)}
                    </For>
                </div>
            }
        })
    };
    lines.into_any()
}

fn style(from: i32, to: i32) -> Option<String> {
    let (from, to) = (from.max(FROM), to.min(TO));
    (from < to).then(|| format!("--s:{};--e:{}", from - FROM, to - FROM))
}

fn ticks(desk: Desk) -> AnyView {
    let hours = [8, 13, 18].map(|h| view! { <span style=format!("--s:{}", h * 60 - FROM)>{desk.manner.clock(h * 60)}</span> });
    view! { <div class="cell">{hours}</div> }.into_any()
}

fn line(desk: Desk, who: Who) -> AnyView {
    let of = who.id;
    let name = who.name.clone();
    // There is room for a first name.
    let short = name.split(' ').next().unwrap_or_default().to_owned();
    view! {
        <div class=format!("cols {}", kind_class(&who.name))>
            <span class="clip" title=name.clone()>{short.clone()}</span>
            {move || desk.columns.get().into_iter().map(|day| view! { <div class="cell">{marks(desk, of, day)}</div> }).collect_view()}
        </div>
    }
    .into_any()
}

/// From the back to the front: hours off, what takes the time, what clashes in it, what is being made, now.
fn marks(desk: Desk, of: Id, day: NaiveDate) -> Vec<AnyView> {
    let clock = desk.clock.get();
    let mut out: Vec<(&'static str, i32, i32)> = Vec::new();
    out.extend(team::shut(desk, of, day).into_iter().map(|(a, b)| ("shut", a, b)));
    let stripes = desk.stripes.get();
    let mut clashes = Vec::new();
    desk.items.with(|items| {
        for item in items.iter().filter(|i| clash::takes_time(i) && clash::whose(i).binary_search(&of).is_ok()) {
            if let Some((a, b)) = clock.in_day(item.span, day) {
                out.push((if item.status == Status::Tentative { "maybe" } else { "busy" }, a, b));
            }
            let shared = stripes.get(&key_text(&key(item))).into_iter().flatten().filter_map(|s| clock.in_day(*s, day));
            clashes.extend(shared.map(|(a, b)| ("clash", a, b)));
        }
    });
    out.extend(clashes);
    if let Some(drawn) = desk.drawn.get() {
        out.extend(
            clock.in_day(clock.span(drawn.when), day).map(|(a, b)| (if drawn.clashes.is_empty() { "new" } else { "new bad" }, a, b)),
        );
        out.extend(drawn.free.iter().filter_map(|s| clock.in_day(*s, day)).map(|(a, b)| ("free", a, b)));
    }
    let (today, minute) = clock.wall(desk.now.get());
    if today == day {
        out.push(("nowish", minute, minute + 1));
    }
    out.into_iter().filter_map(|(class, a, b)| Some(view! { <i class=class style=style(a, b)?></i> }.into_any())).collect()
}
