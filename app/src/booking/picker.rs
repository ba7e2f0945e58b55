//! Days of a month and the free times of one of them, on the visitor's clock. The same for booking and for moving.

use chrono::Datelike;
use domain::booking::open::{OpenDay, OpenTime};
use domain::time;
use leptos::task::spawn_local;

use super::api::{self, Month, Where};
use crate::i18n::browser_zone;
use crate::prelude::*;

/// What is picked, and what there is to pick from. Kept by the page, so that a time that was taken meanwhile costs nothing else.
#[derive(Clone, Copy)]
pub struct Picker {
    at: StoredValue<Where>,
    pub kind: RwSignal<Option<Id>>,
    pub zone: RwSignal<String>,
    found: RwSignal<Option<Month>>,
    error: RwSignal<Option<Error>>,
    busy: RwSignal<bool>,
    day: RwSignal<String>,
    pub chosen: RwSignal<Option<OpenTime>>,
    /// Answers count only while nothing was asked after them.
    turn: StoredValue<u32>,
}

impl Picker {
    /// `zone`: what is shown until the visitor's own is known.
    pub fn new(at: Where, kind: Option<Id>, zone: String) -> Self {
        let picker = Self {
            at: StoredValue::new(at),
            kind: RwSignal::new(kind),
            zone: RwSignal::new(zone),
            found: RwSignal::new(None),
            error: RwSignal::new(None),
            busy: RwSignal::new(false),
            day: RwSignal::new(String::new()),
            chosen: RwSignal::new(None),
            turn: StoredValue::new(0),
        };
        let alive = use_shell().alive;
        Effect::new(move |was: Option<bool>| {
            let alive = alive.get();
            if alive && was != Some(true) {
                if let Some(own) = browser_zone() {
                    picker.zone.set(own);
                }
                if picker.kind.with_untracked(Option::is_some) {
                    picker.read(String::new());
                }
            }
            alive
        });
        picker
    }

    /// The month of this day; "": where there is something free.
    pub fn read(self, month: String) {
        let mine = self.turn.try_update_value(|t| {
            *t += 1;
            *t
        });
        self.busy.set(true);
        let (at, kind, zone) = (self.at.get_value(), self.kind.get_untracked(), self.zone.get_untracked());
        spawn_local(async move {
            let answer = api::times_of(at, kind, month, zone).await;
            if self.turn.try_get_value() != mine {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(found) => {
                    self.error.set(None);
                    let day = self.day.get_untracked();
                    if !found.times.days.iter().any(|d| d.date == day) {
                        self.day.set(found.times.days.first().map(|d| d.date.clone()).unwrap_or_default());
                    }
                    self.found.set(Some(found));
                }
                Err(Fault(error)) => self.error.set(Some(error)),
            }
        });
    }

    /// The same month again: what was free may no longer be.
    pub fn again(self) {
        self.chosen.set(None);
        self.read(self.found.with_untracked(|f| f.as_ref().map(|f| f.first.clone()).unwrap_or_default()));
    }

    pub fn choose_kind(self, kind: Id) {
        if self.kind.get_untracked() != Some(kind) {
            self.kind.set(Some(kind));
            self.found.set(None);
            self.chosen.set(None);
            self.read(String::new());
        }
    }

    pub fn day(self) -> String {
        self.day.get()
    }
}

pub fn picker(p: Picker) -> AnyView {
    let retry = Callback::new(move |()| p.again());
    let nothing = Signal::derive(move || p.error.with(Option::is_some));
    let inside = move || match (p.error.get(), p.found.with(Option::is_some)) {
        (Some(error), _) => view! { <ErrorState error=error retry=retry/> }.into_any(),
        (None, false) => view! { <Skeleton rows=8/> }.into_any(),
        (None, true) => ().into_any(),
    };
    // Stands as long as the page does: whoever leafs by keyboard stays on the arrow.
    let there = move || !nothing.get() && p.found.with(Option::is_some);
    view! {
        <div class="picker" aria-busy=move || p.busy.get().then_some("true")>
            {inside}
            <div class="month" role="group" aria-label=t("book.day") hidden=move || !there()>
                <header>
                    {leaf(p, -1)}
                    <h3 aria-live="polite">{move || p.found.with(|f| f.as_ref().map(|f| fmt().month(f.first.get(..7).unwrap_or_default())))}</h3>
                    {leaf(p, 32)}
                </header>
                {move || p.found.get().map(|found| weeks(p, &found))}
            </div>
            {times(p)}
            <div class="zone">
                <Field label=t("book.zone")>
                    <ZoneSelect value=p.zone/>
                </Field>
            </div>
            {follow_zone(p)}
        </div>
    }
    .into_any()
}

/// The first day of the month so many days from the first of the one that is shown, where anything can be booked in it.
fn leads_to(p: Picker, days: i64) -> Option<String> {
    p.found.with(|found| {
        let found = found.as_ref()?;
        let to = time::date(time::month_start(time::shift(time::parse_date(&found.first)?, days)));
        let can = if days < 0 { found.times.first < found.first } else { to <= found.times.last };
        can.then_some(to)
    })
}

fn leaf(p: Picker, days: i64) -> AnyView {
    let (icon, key) = if days < 0 { ("left", "book.month_before") } else { ("right", "book.month_next") };
    view! {
        <button
            type="button"
            class="btn quiet icon"
            aria-label=t(key)
            title=t(key)
            aria-disabled=move || leads_to(p, days).is_none().then_some("true")
            on:click=move |_| {
                if let Some(to) = untrack(|| leads_to(p, days)) {
                    p.read(to);
                }
            }
        >
            <Icon name=icon/>
        </button>
    }
    .into_any()
}

/// Another clock: the same times under other names, and perhaps on other days.
fn follow_zone(p: Picker) {
    Effect::new(move |was: Option<String>| {
        let zone = p.zone.get();
        let known = p.found.with_untracked(|f| f.as_ref().map(|f| f.times.zone.clone()));
        if was.is_some_and(|was| was != zone) && known.is_some_and(|known| known != zone) {
            p.again();
        }
        zone
    });
}

/// Weeks from Monday on. Days without a free time are no buttons: whoever goes through by keyboard passes the free ones only.
fn weeks(p: Picker, found: &Month) -> AnyView {
    let Some(first) = time::parse_date(&found.first) else { return ().into_any() };
    let next = time::month_start(time::shift(first, 32));
    let lead = i64::from(first.weekday().num_days_from_monday());
    let heads = (0..7).map(|n| view! { <span class="wd" aria-hidden="true">{tk(&format!("cal.wd.{n}"))}</span> }).collect_view();
    let gaps = (0..lead).map(|_| view! { <span></span> }).collect_view();
    let count = next.signed_duration_since(first).num_days();
    let cells = (0..count)
        .map(|n| {
            let day = time::shift(first, n);
            let date = time::date(day);
            let free = found.times.days.iter().find(|d| d.date == date).map(|d| d.times.len());
            let Some(free) = free else { return view! { <span class="off">{day.day()}</span> }.into_any() };
            let label = format!("{}, {}", fmt().date_weekday(&date), tn("book.free", i64::try_from(free).unwrap_or(0)));
            let mine = date.clone();
            view! {
                <button
                    type="button"
                    class="day"
                    aria-label=label
                    aria-pressed=move || if p.day.with(|d| *d == mine) { "true" } else { "false" }
                    on:click=move |_| p.day.set(date.clone())
                >
                    {day.day()}
                </button>
            }
            .into_any()
        })
        .collect_view();
    view! { <div class="weeks">{heads}{gaps}{cells}</div> }.into_any()
}

fn times(p: Picker) -> AnyView {
    let node = NodeRef::<leptos::html::Div>::new();
    // On a phone they lie below the month.
    Effect::new(move |was: Option<String>| {
        let day = p.day.get();
        if was.is_some_and(|was| !was.is_empty() && was != day)
            && let Some(node) = node.get_untracked()
        {
            crate::dom::show(&node);
        }
        day
    });
    let of_day = move || {
        let found = p.found.get()?;
        if found.times.days.is_empty() {
            let hint = if leads_to(p, 32).is_some() { "book.none_hint" } else { "book.none_at_all" };
            return Some(view! { <p class="none" role="status">{t("book.none")}" "{t(hint)}</p> }.into_any());
        }
        let date = p.day.get();
        let day = found.times.days.into_iter().find(|d| d.date == date)?;
        Some(view! { <h3 aria-live="polite">{fmt().date_weekday(&date)}</h3> {slots(p, day)} }.into_any())
    };
    view! { <div class="times" node_ref=node hidden=move || p.error.with(Option::is_some)>{of_day}</div> }.into_any()
}

fn slots(p: Picker, day: OpenDay) -> AnyView {
    let slot = move |time: OpenTime| {
        let mine = time.clone();
        view! {
            <button type="button" class="btn hour" on:click=move |_| p.chosen.set(Some(mine.clone()))>
                {time.clock}
            </button>
        }
    };
    let slots = day.times.into_iter().map(slot).collect_view();
    view! { <div class="slots" role="group" aria-label=t("book.time")>{slots}</div> }.into_any()
}

/// What is picked, in words: the day, the hours, the clock.
pub fn chosen_words(p: Picker, minutes: u32) -> String {
    let Some(time) = p.chosen.get() else { return String::new() };
    let until = time::parse_instant(&time.start).and_then(|_| later(&time.clock, minutes)).unwrap_or_default();
    format!("{}, {}–{until} ({})", fmt().date_weekday(&p.day()), time.clock, p.zone.get().replace('_', " "))
}

/// `23:45` and half an hour are `00:15`.
fn later(clock: &str, minutes: u32) -> Option<String> {
    let (h, m) = clock.split_once(':')?;
    let all = h.parse::<u32>().ok()? * 60 + m.parse::<u32>().ok()? + minutes;
    Some(format!("{:02}:{:02}", all / 60 % 24, all % 60))
}
