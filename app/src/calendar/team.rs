//! The team's day: a line for every person, room and piece of equipment, hours from left to right. What overlaps in a line
//! lies in rows below each other; what clashes is amber.

use std::sync::Arc;

use chrono::NaiveDate;
use domain::calendar::view::{Shown, Subject};
use domain::calendar::{SubjectKind, When, span};
use domain::time;

use super::clash::{self, key, key_text};
use super::deeds::{Deed, deed};
use super::desk::{Desk, Drawn, Grip, Start, Tone};
use super::{grid, hand, lanes, words};
use crate::prelude::*;

/// An item in a line.
#[derive(Clone, Debug, PartialEq)]
struct Block {
    item: Arc<Shown>,
    from: i32,
    to: i32,
    lane: usize,
    lanes: usize,
    stripes: Vec<(i32, i32)>,
}

fn blocks(desk: Desk, of: Id) -> Vec<Block> {
    let (clock, day) = (desk.clock.get(), desk.place.with(|p| p.day(desk.today.get())));
    let stripes = desk.stripes.get();
    desk.items.with(|items| {
        let here: Vec<(&Arc<Shown>, (i32, i32))> = items
            .iter()
            .filter(|i| clash::whose(i).binary_search(&of).is_ok())
            .filter_map(|i| Some((i, clock.in_day(i.span, day)?)))
            .collect();
        let spans: Vec<(i32, i32)> = here.iter().map(|(_, s)| *s).collect();
        let placed = lanes::side_by_side(&spans);
        here.into_iter()
            .zip(placed)
            .map(|((item, (from, to)), lane)| {
                let marks = stripes.get(&key_text(&key(item)));
                let stripes = marks.map(|s| s.iter().filter_map(|s| clock.in_day(*s, day)).collect()).unwrap_or_default();
                Block { item: item.clone(), from, to, lane: lane.at, lanes: lane.of, stripes }
            })
            .collect()
    })
}

pub fn team(desk: Desk) -> AnyView {
    let subjects = Memo::new(move |_| desk.page.with(|p| p.subjects.clone()));
    let root = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |_| {
        if root.get().is_some() {
            hand::show_working_hours(desk, root);
        }
    });
    let ticks = (0..24).map(|h| view! { <span style=format!("--s:{}", h * 60)>{desk.manner.clock(h * 60)}</span> }).collect_view();
    view! {
        <div
            class="teamday"
            node_ref=root
            tabindex="0"
            role="group"
            aria-label=t("cal.view.team")
            data-day=move || time::date(desk.place.with(|p| p.day(desk.today.get())))
            class:dragging=move || desk.carry.with(|c| c.as_ref().is_some_and(|c| c.grip != Grip::Draw))
            on:click=move |event| deed(desk, Deed::Click(event))
            on:pointerdown=move |event| deed(desk, Deed::Press(event))
            on:keydown=move |event| deed(desk, Deed::Key(event))
            on:focusin=move |event| deed(desk, Deed::Focus(event))
        >
            <div class="ticks" aria-hidden="true"><span class="corner"></span><div class="track">{ticks}</div></div>
            <For each=move || subjects.get() key=|s| s.who.id let:subject>
                {line(desk, subject)}
            </For>
            {move || {
                (subjects.with(Vec::len) < 2)
                    .then(|| view! { <p class="muted alone">{t("cal.team_alone")}</p> })
            }}
        </div>
    }
    .into_any()
}

fn line(desk: Desk, subject: Subject) -> AnyView {
    let who = subject.who.clone();
    let of = who.id;
    let mine = Memo::new(move |_| blocks(desk, of));
    let keys_of = Memo::new(move |_| mine.with(|b| b.iter().map(|b| key(&b.item)).collect::<Vec<_>>()));
    let tall = move || mine.with(|b| b.iter().map(|b| b.lanes).max().unwrap_or(1));
    let shut = Memo::new(move |_| shut(desk, of, desk.place.with(|p| p.day(desk.today.get()))));
    let name = who.name.clone();
    let picture = match who.kind {
        SubjectKind::User | SubjectKind::Contact => view! { <Avatar name=name.clone() beside=true/> }.into_any(),
        SubjectKind::Company | SubjectKind::Resource => view! { <Mark name=name.clone()/> }.into_any(),
    };
    view! {
        <section class=format!("subject {}", kind_class(&who.name)) style=move || format!("--n:{}", tall()) aria-label=name.clone()>
            <div class="name" tabindex="0" role="button" data-new=of.to_string() aria-label=t!("cal.new_for", who = name)>{picture}<span class="clip" title=name.clone()>{name.clone()}</span></div>
            <div class="track" data-subject=of.to_string()>
                {move || shut.get().into_iter().map(|(a, b)| view! { <i class="shut" style=format!("--s:{a};--e:{b}")></i> }).collect_view()}
                {move || super::off::named(super::off::day_off(desk, desk.place.with(|p| p.day(desk.today.get())), Some(of)))}
                <For each=move || keys_of.get() key=|k| *k let:key_of>
                    {
                        let block = Memo::new(move |_| mine.with(|b| b.iter().find(|b| key(&b.item) == key_of).cloned()));
                        view! { {move || block.get().map(|b| one(desk, &b))} }
                    }
                </For>
                {move || carried(desk, of)}
                {move || desk.drawn.get().filter(|_| desk.carry.with(Option::is_none)).and_then(|d| band(desk, &d))}
                {move || now(desk)}
            </div>
        </section>
    }
    .into_any()
}

/// When somebody does not work on a day.
pub fn shut(desk: Desk, of: Id, day: NaiveDate) -> Vec<(i32, i32)> {
    let (Some(line), clock) = (desk.line(day), desk.clock.get()) else { return Vec::new() };
    desk.page.with(|p| {
        let Some(subject) = p.subjects.iter().find(|s| s.who.id == of) else { return Vec::new() };
        let Some(working) = &subject.working else { return Vec::new() };
        let off: Vec<_> = subject.days_off.iter().map(|(s, _)| *s).collect();
        let open = span::without(working, &off);
        span::without(&[line.span], &open).into_iter().filter_map(|s| clock.in_day(s, day)).collect()
    })
}

fn one(desk: Desk, block: &Block) -> AnyView {
    let item = &block.item;
    let stripes = block
        .stripes
        .iter()
        .map(|(a, b)| view! { <i class="clash" style=format!("--s:{};--e:{}", (a - block.from).max(0), b - block.from)></i> })
        .collect_view();
    let sign = grid::icon(item);
    let of = key(item);
    let pull =
        (item.can_edit && !item.task).then(|| view! { <i class="pull a" data-pull="start"></i><i class="pull z" data-pull="end"></i> });
    view! {
        <article
            class=format!("{} block", grid::look(item, item.span.end <= desk.now.get_untracked()))
            class:held=move || desk.carry.with(|c| c.as_ref().is_some_and(|c| c.item.as_ref().is_some_and(|i| key(i) == of)))
            style=format!("--s:{};--e:{};--c:{};--n:{}", block.from, block.to, block.lane, block.lanes)
            data-item=key_text(&key(item))
            tabindex="0"
            role="button"
            aria-haspopup="dialog"
            aria-label=words::spoken(desk, item)
        >
            {stripes}
            {(!sign.is_empty()).then(|| view! { <Icon name=sign size="s"/> })}
            {grid::alarm(item, &block.stripes)}
            <span class="clip">{words::title(item)}</span>
            {pull}
        </article>
    }
    .into_any()
}

/// What is in the hand, where it would lie now: in the line of everyone whose time it takes; where it may not lie, in that line
/// alone.
fn carried(desk: Desk, of: Id) -> Option<AnyView> {
    let carry = desk.carry.get()?;
    let then = carry.then.as_ref().filter(|_| carry.no.is_none());
    let concerns = then.map_or(carry.onto == Some(of), |i| clash::whose(i).binary_search(&of).is_ok());
    let (clock, day) = (desk.clock.get(), desk.place.with(|p| p.day(desk.today.get())));
    let (from, to) = clock.in_day(clock.span(carry.to), day).filter(|_| concerns)?;
    let class = match desk.tone() {
        Tone::Free => "block hand",
        Tone::Clashes => "block hand bad",
        Tone::Refused => "block hand no",
    };
    let title = carry.item.as_ref().map_or_else(|| tk("cal.new"), |i| words::title(i));
    let time = desk.manner.clocks(from, to);
    let view = view! { <div class=class style=format!("--s:{from};--e:{to};--c:0;--n:1") aria-hidden="true"><span class="clip"><b>{title}</b>" "{time}</span></div> };
    Some(view.into_any())
}

/// The item of the open form, over all lines; and the times that are offered instead.
fn band(desk: Desk, drawn: &Drawn) -> Option<AnyView> {
    let (clock, day) = (desk.clock.get(), desk.place.with(|p| p.day(desk.today.get())));
    let own = clock.in_day(clock.span(drawn.when), day).map(|(a, b)| {
        let class = if drawn.clashes.is_empty() { "band" } else { "band bad" };
        view! { <i class=class style=format!("--s:{a};--e:{b}")></i> }
    });
    let free = drawn
        .free
        .iter()
        .filter_map(|s| clock.in_day(*s, day))
        .map(|(a, b)| view! { <i class="band free" style=format!("--s:{a};--e:{b}")></i> })
        .collect_view();
    Some(view! { {own}{free} }.into_any())
}

fn now(desk: Desk) -> Option<AnyView> {
    let now = desk.now.get();
    let (today, minute) = desk.clock.with(|c| c.wall(now));
    (desk.place.with(|p| p.day(today)) == today).then(|| view! { <i class="nowish" style=format!("--s:{minute}")></i> }.into_any())
}

/// Drawn in a line, or a press on an empty place of it: a new item at that time with whose line it is.
pub fn new_in_line(desk: Desk, of: Id, when: When) {
    let subject = desk.page.with_untracked(|p| p.subjects.iter().find(|s| s.who.id == of).map(|s| s.who.clone()));
    let mut fields = Fields::new();
    match subject.map(|s| s.kind) {
        Some(SubjectKind::Resource) => {
            fields.insert("resources".to_owned(), serde_json::json!([of]));
        }
        Some(SubjectKind::User) if of != desk.me => {
            fields.insert("attendees".to_owned(), serde_json::json!([of]));
        }
        _ => {}
    }
    desk.open_new(Start { when: Some(when), fields, ..Start::default() });
}
