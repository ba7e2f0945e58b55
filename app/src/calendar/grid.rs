//! Days side by side, hours below each other: the axis, what lasts whole days, the columns with their items, the line of now.
//! An item's place are numbers in custom properties (minutes of the day, lane of lanes); the style sheet makes pixels of them,
//! so a change of density or a phone moves nothing here.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use domain::calendar::view::Shown;
use domain::calendar::{Answer, ItemKind, Span, Status};

use super::clash::{self, key, key_text};
use super::deeds::{Deed, deed};
use super::desk::{Desk, Grip, Tone};
use super::lanes::{self, Lane, More};
use super::off::{day_off, is_off, named};
use super::{bars, hand, taken, words};
use crate::prelude::*;

/// More lanes than these no column has room for.
const LANES: usize = 3;
/// In the view of one day.
const LANES_OF_A_DAY: usize = 8;

/// An item in its column.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    pub item: Arc<Shown>,
    pub from: i32,
    pub to: i32,
    pub lane: Lane,
    /// Minutes that others want too.
    pub stripes: Vec<(i32, i32)>,
    pub past: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    pub placed: Vec<Placed>,
    pub more: Vec<More>,
    /// Where the item of the open form stands among them.
    pub drawn: Option<Lane>,
}

/// Those with hours of their own; the others last whole days, or are as long as such.
pub fn has_hours(item: &Shown) -> bool {
    !item.start.is_day() && item.span.len() < 86_400_000
}

/// What stands in the column of a day.
pub fn column(desk: Desk, day: NaiveDate) -> Column {
    let clock = desk.clock.get();
    let now = desk.now.get();
    let most = if desk.columns.with(Vec::len) == 1 { LANES_OF_A_DAY } else { LANES };
    let stripes = desk.stripes.get();
    let drawn = desk.drawn.get().filter(|_| desk.carry.with(Option::is_none));
    let open = drawn.as_ref().map(|d| clock.span(d.when)).filter(|s| s.len() < 86_400_000);
    desk.items.with(|items| {
        // What is edited stands where its form says.
        let edited = |i: &Shown| drawn.as_ref().is_some_and(|d| d.key == Some(key(i)));
        let here: Vec<(Arc<Shown>, (i32, i32))> =
            items.iter().filter(|i| has_hours(i) && !edited(i)).filter_map(|i| Some((i.clone(), clock.in_day(i.span, day)?))).collect();
        let mut spans: Vec<(i32, i32)> = here.iter().map(|(_, s)| *s).collect();
        let own = open.and_then(|s| clock.in_day(s, day));
        spans.extend(own);
        let (mut kept, more) = lanes::folded(&spans, &lanes::side_by_side(&spans), most);
        let own = own.and_then(|_| kept.pop().flatten());
        let placed = here
            .into_iter()
            .zip(kept)
            .filter_map(|((item, (from, to)), lane)| {
                let mut stripes = marks(&stripes, &item, |s| clock.in_day(s, day));
                if drawn.as_ref().is_some_and(|d| d.against.contains(&item.id)) {
                    stripes.extend(open.and_then(|s| s.shared(item.span)).and_then(|s| clock.in_day(s, day)));
                }
                let past = item.span.end <= now;
                Some(Placed { lane: lane?, from, to, stripes, past, item })
            })
            .collect();
        Column { placed, more, drawn: own }
    })
}

fn marks(all: &BTreeMap<String, Vec<Span>>, item: &Shown, place: impl Fn(Span) -> Option<(i32, i32)>) -> Vec<(i32, i32)> {
    all.get(&key_text(&key(item))).map(|spans| spans.iter().filter_map(|s| place(*s)).collect()).unwrap_or_default()
}

/// Class names of an item, wherever it stands.
pub fn look(item: &Shown, past: bool) -> String {
    let mut class = format!("appt {}", if item.masked || item.private { "k8" } else { words::kind_colour(item.kind) });
    if item.kind == ItemKind::Task && !item.masked {
        class.push_str(" todo");
    }
    if item.status == Status::Tentative || item.answer == Some(Answer::Tentative) {
        class.push_str(" maybe");
    }
    if item.status == Status::Cancelled || item.answer == Some(Answer::Declined) {
        class.push_str(" off");
    }
    if past {
        class.push_str(" past");
    }
    if !item.busy {
        class.push_str(" open");
    }
    class
}

/// The picture before a title: says in a sign what the colour says.
pub fn icon(item: &Shown) -> &'static str {
    if item.masked || item.private {
        return "lock";
    }
    match item.kind {
        ItemKind::Meeting if item.recurs || item.series.is_some() => "repeat",
        ItemKind::Meeting => "",
        kind => words::kind_icon(kind),
    }
}

/// What it clashes with lies elsewhere (a whole day, somebody else's calendar, a room): no stripes show it.
pub fn alarm(item: &Shown, stripes: &[(i32, i32)]) -> Option<AnyView> {
    (item.clash && !item.masked && stripes.is_empty()).then(|| view! { <Icon name="alert" size="s"/> }.into_any())
}

pub fn hours(desk: Desk) -> AnyView {
    let root = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |_| {
        if root.get().is_some() {
            hand::show_working_hours(desk, root);
        }
    });
    view! {
        <div class="wk" style=move || format!("--cols:{}", desk.columns.with(Vec::len)) class:two=move || desk.second().is_some()>
            {strip(desk)}
            {heads(desk)}
            {bars::all_day(desk)}
            <div
                class="hours cols"
                node_ref=root
                tabindex="0"
                role="application"
                aria-label=t("cal.grid")
                aria-describedby="cal-help"
                class:dragging=move || desk.carry.with(|c| c.as_ref().is_some_and(|c| c.grip != Grip::Draw))
                on:pointerdown=move |event| deed(desk, Deed::Press(event))
                on:click=move |event| deed(desk, Deed::Click(event))
                on:keydown=move |event| deed(desk, Deed::GridKey(event))
                on:focus=move |_| deed(desk, Deed::Enter)
                on:focusin=move |event| deed(desk, Deed::Focus(event))
                on:focusout=move |_| desk.cursor.set(None)
            >
                {axis(desk)}
                <For each=move || desk.columns.get() key=|d| *d let:day>
                    {day_column(desk, day)}
                </For>
                {now_line(desk)}
            </div>
            {taken::taken(desk)}
        </div>
    }
    .into_any()
}

/// A phone's week above its day.
fn strip(desk: Desk) -> AnyView {
    let days = Memo::new(move |_| {
        let day = desk.place.with(|p| p.day(desk.today.get()));
        let first = desk.manner.week_of(day);
        (0..7).map(|n| domain::time::shift(first, n)).collect::<Vec<_>>()
    });
    view! {
        <nav class="strip phone-only" aria-label=t("cal.days_of_week")>
            <For each=move || days.get() key=|d| *d let:day>
                <button
                    type="button"
                    aria-label=move || words::day_long(day, desk.today.get())
                    aria-current=move || desk.place.with(|p| p.day(desk.today.get()) == day).then_some("date")
                    class:today=move || desk.today.get() == day
                    on:click=move |_| desk.go_quietly(&desk.place.with_untracked(|p| p.on(day)))
                >
                    {words::weekday_short(day)}
                    <b>{chrono::Datelike::day(&day)}</b>
                    <i>
                        {move || {
                            dots(desk, day).into_iter().map(|k| view! { <u class=k></u> }).collect_view()
                        }}
                    </i>
                </button>
            </For>
            {move || named(day_off(desk, desk.place.with(|p| p.day(desk.today.get())), None))}
        </nav>
    }
    .into_any()
}

/// Of what a day holds: at most three colours.
pub fn dots(desk: Desk, day: NaiveDate) -> Vec<&'static str> {
    let clock = desk.clock.get();
    let mut out: Vec<&'static str> = Vec::new();
    desk.items.with(|items| {
        for item in items.iter().filter(|i| clock.in_day(i.span, day).is_some()) {
            let colour = if item.masked { "k8" } else { words::kind_colour(item.kind) };
            if !out.contains(&colour) && out.len() < 3 {
                out.push(colour);
            }
        }
    });
    out
}

fn heads(desk: Desk) -> AnyView {
    view! {
        <div class="heads cols">
            <div class="zones">
                {move || {
                    let own = desk.page.with(|p| p.zone.clone());
                    let mid = desk.page.with(|p| p.days.get(p.days.len() / 2).map_or(0, |d| d.span.start));
                    let here = desk.clock.with(|c| c.offset(mid));
                    let other = desk
                        .second()
                        .map(|second| {
                            let there = super::zones::offset(&second, mid).unwrap_or(0);
                            view! { <span title=second.clone()>{words::zone_name(&second)}<br/>{words::offset(there)}</span> }
                        });
                    view! { {other}<b title=own.clone()>{words::zone_name(&own)}<br/><i>{words::offset(here)}</i></b> }
                }}
            </div>
            <For each=move || desk.columns.get() key=|d| *d let:day>
                {
                    let off = move || is_off(desk, day);
                    view! {
                        <div class="head" class:today=move || desk.today.get() == day class:off=off aria-current=move || (desk.today.get() == day).then_some("date")>
                            <h2>
                                <button
                                    type="button"
                                    class="linkish"
                                    aria-label=move || t!("cal.open_day", day = words::day_long(day, desk.today.get()))
                                    on:click=move |_| desk.see_day(super::place::View::Day, day)
                                >
                                    {words::weekday_short(day)}
                                    " "
                                    <b>{chrono::Datelike::day(&day)}</b>
                                </button>
                            </h2>
                            {move || named(day_off(desk, day, None)).unwrap_or_else(|| view! { <span class="load">{words::load(taken(desk, day))}</span> }.into_any())}
                        </div>
                    }
                }
            </For>
        </div>
    }
    .into_any()
}

/// Minutes of a day that are taken.
pub fn taken(desk: Desk, day: NaiveDate) -> i64 {
    let Some(line) = desk.line(day) else { return 0 };
    desk.items.with(|items| {
        let spans = items.iter().filter(|i| has_hours(i) && clash::takes_time(i)).filter_map(|i| i.span.shared(line.span));
        domain::calendar::span::merged(spans).iter().map(|s| words::minutes(*s)).sum()
    })
}

/// The minutes of a day in which nobody works, to be shaded.
fn closed(desk: Desk, day: NaiveDate) -> Vec<(i32, i32)> {
    let Some(line) = desk.line(day) else { return Vec::new() };
    let clock = desk.clock.get();
    desk.page.with(|p| {
        let all: Vec<_> = p.subjects.iter().filter_map(|s| Some((s.working.as_ref()?, &s.days_off))).collect();
        if all.is_empty() {
            return Vec::new();
        }
        let open = all.iter().flat_map(|(working, off)| {
            let off: Vec<Span> = off.iter().map(|(s, _)| *s).collect();
            domain::calendar::span::without(working, &off)
        });
        let open = domain::calendar::span::merged(open);
        domain::calendar::span::without(&[line.span], &open).into_iter().filter_map(|s| clock.in_day(s, day)).collect()
    })
}

fn axis(desk: Desk) -> AnyView {
    let rows = move || {
        let second = desk.second();
        let now = desk.now.get();
        let (_, minute) = desk.clock.with(|c| c.wall(now));
        let shows_now = desk.columns.with(|c| c.contains(&desk.today.get()));
        (0..24)
            .map(|hour| {
                let at = hour * 60;
                // The time of now stands in the stead of an hour close by.
                let hidden = hour == 0 || (shows_now && (at - minute).abs() < 20);
                let other = second.as_ref().map(|second| {
                    let day = desk.columns.with(|c| c.first().copied().unwrap_or_default());
                    let ms = desk.clock.with(|c| c.instant(day, at));
                    let there = super::zones::offset(second, ms).unwrap_or(0);
                    let local = ms + i64::from(there) * super::clock::MINUTE;
                    let there = i32::try_from(local.rem_euclid(86_400_000) / super::clock::MINUTE).unwrap_or(0);
                    view! { <i>{desk.manner.clock(there)}</i> }
                });
                view! { <li style=format!("--s:{at}") class:gone=hidden class:seven=hour == 7>{other}<b>{desk.manner.clock(at)}</b></li> }
            })
            .collect_view()
    };
    view! { <ul class="axis" aria-hidden="true">{rows}</ul> }.into_any()
}

fn day_column(desk: Desk, day: NaiveDate) -> AnyView {
    let column = Memo::new(move |_| column(desk, day));
    let shut = Memo::new(move |_| closed(desk, day));
    let lane = Memo::new(move |_| column.with(|c| c.drawn));
    let keys = Memo::new(move |_| column.with(|c| c.placed.iter().map(|p| key(&p.item)).collect::<Vec<_>>()));
    view! {
        <div
            class="dcol"
            data-day=domain::time::date(day)
            class:today=move || desk.today.get() == day
            role="group"
            aria-label=move || words::day_long(day, desk.today.get())
        >
            {move || {
                shut.get().into_iter().map(|(a, b)| view! { <i class="shut" style=format!("--s:{a};--e:{b}")></i> }).collect_view()
            }}
            <For each=move || keys.get() key=|k| *k let:of>
                {
                    let mine = Memo::new(move |_| column.with(|c| c.placed.iter().find(|p| key(&p.item) == of).cloned()));
                    appointment(desk, mine, of)
                }
            </For>
            {move || {
                column.with(|c| c.more.clone()).into_iter().map(|more| folded(desk, day, more)).collect_view()
            }}
            {move || offered(desk, day)}
            {move || carried(desk, day, lane.get())}
            {move || slot(desk, day)}
        </div>
    }
    .into_any()
}

/// "+2": the items that no lane was left for.
fn folded(desk: Desk, day: NaiveDate, more: More) -> AnyView {
    let n = i64::try_from(more.count).unwrap_or(0);
    view! {
        <button
            type="button"
            class="plus"
            style=format!("--s:{};--e:{}", more.from, more.to)
            aria-label=tn("cal.more", n)
            on:click=move |_| desk.see_day(super::place::View::Day, day)
        >
            "+"
            {fmt().number(n)}
        </button>
    }
    .into_any()
}

fn appointment(desk: Desk, mine: Memo<Option<Placed>>, of: clash::Key) -> AnyView {
    let place = move || {
        mine.with(|m| {
            m.as_ref()
                .map(|m| format!("--s:{};--e:{};--c:{};--n:{};--w:{}", m.from, m.to, m.lane.at, m.lane.of, m.lane.wide))
                .unwrap_or_default()
        })
    };
    let class = move || {
        let mut class = mine.with(|m| m.as_ref().map(|m| look(&m.item, m.past)).unwrap_or_default());
        let held = desk.carry.with(|c| c.as_ref().is_some_and(|c| c.item.as_ref().is_some_and(|i| key(i) == of)));
        if held {
            class.push_str(" ghost");
        }
        if desk.panel.with(|p| matches!(p, Some(super::desk::Panel::Item(k)) if *k == of)) {
            class.push_str(" on");
        }
        class
    };
    let inside = move || mine.get().map(|m| content(desk, &m));
    view! {
        <article
            class=class
            style=place
            data-item=key_text(&of)
            tabindex="0"
            role="button"
            aria-haspopup="dialog"
            aria-label=move || mine.with(|m| m.as_ref().map(|m| words::spoken(desk, &m.item)).unwrap_or_default())
        >
            {inside}
        </article>
    }
    .into_any()
}

/// Those of the calendars shown that it lies in; nothing where there is but one.
pub fn owners(desk: Desk, item: &Shown) -> Vec<String> {
    desk.several.with(|all| all.iter().filter(|(id, _)| item.subjects.contains(id)).map(|(_, name)| name.clone()).collect())
}

/// The same as pictures, where calendars lie over each other.
pub fn whose(desk: Desk, item: &Shown) -> Option<AnyView> {
    const MOST: usize = 3;
    let owners = owners(desk, item);
    let rest = owners.len().saturating_sub(MOST);
    let pictures = owners.into_iter().take(MOST).map(|name| view! { <Avatar name=name beside=true/> }).collect_view();
    let more = (rest > 0).then(|| view! { <span class="av more">"+"{rest}</span> });
    desk.several.with(|all| !all.is_empty()).then(|| view! { <span class="stack whose">{pictures}{more}</span> }.into_any())
}

fn content(desk: Desk, m: &Placed) -> AnyView {
    let item = &m.item;
    let sign = icon(item);
    let stripes = m
        .stripes
        .iter()
        .map(|(a, b)| view! { <i class="clash" style=format!("--s:{};--e:{}", (a - m.from).max(0), b - m.from)></i> })
        .collect_view();
    // Also of what goes on over midnight: when it begins and ends, not where it is cut.
    let (start, end) = desk.clock.with(|c| (c.wall(item.span.start).1, c.wall(item.span.end).1));
    let (from, to) = (desk.manner.clock(start), desk.manner.clock(end));
    let pull =
        (item.can_edit && !item.task).then(|| view! { <i class="pull a" data-pull="start"></i><i class="pull z" data-pull="end"></i> });
    view! {
        {stripes}
        <div>
            <b>{(!sign.is_empty()).then(|| view! { <Icon name=sign size="s"/> })}{alarm(item, &m.stripes)}{words::title(item)}</b>
            <time>{from}<em>" – "{to}</em></time>
            {(!item.place.is_empty()).then(|| view! { <span class="co">{item.place.clone()}</span> })}
            {whose(desk, item)}
        </div>
        {pull}
    }
    .into_any()
}

/// What is carried or typed, where it will lie.
fn carried(desk: Desk, day: NaiveDate, lane: Option<Lane>) -> Option<AnyView> {
    let clock = desk.clock.get();
    let (span, title, pull, clashes, tone) = match desk.carry.get() {
        Some(carry) => {
            let title = carry.item.as_ref().map_or_else(|| tk("cal.new"), |i| words::title(i));
            (clock.span(carry.to), title, false, desk.warned.with(|w| w.iter().map(|c| c.span).collect::<Vec<_>>()), desk.tone())
        }
        None => {
            let drawn = desk.drawn.get()?;
            if matches!(drawn.when, domain::calendar::When::Days(..)) {
                return None;
            }
            let title = if drawn.title.trim().is_empty() { words::kind_name(drawn.kind) } else { drawn.title.clone() };
            let tone = if drawn.clashes.is_empty() { Tone::Free } else { Tone::Clashes };
            (clock.span(drawn.when), title, true, drawn.clashes, tone)
        }
    };
    if span.len() >= 86_400_000 {
        return None;
    }
    let (from, to) = clock.in_day(span, day)?;
    let clash = tone != Tone::Free;
    let stripes = clashes
        .iter()
        .filter_map(|s| clock.in_day(s.shared(span)?, day))
        .map(|(a, b)| view! { <i class="clash" style=format!("--s:{};--e:{}", (a - from).max(0), b - from)></i> })
        .collect_view();
    let time = words::hours(&clock, desk.manner, span);
    let lane = lane.map(|l| format!(";--c:{};--n:{};--w:{}", l.at, l.of, l.wide)).unwrap_or_default();
    Some(
        view! {
            <div class="appt draft" class:bad=clash class:no=tone == Tone::Refused style=format!("--s:{from};--e:{to}{lane}") data-drawn=pull.then_some("")>
                {stripes}
                <div><b>{clash.then(|| view! { <Icon name="alert" size="s"/> })}{title}</b><time>{time}</time></div>
                {pull.then(|| view! { <i class="pull a" data-pull="start"></i><i class="pull z" data-pull="end"></i> })}
            </div>
        }
        .into_any(),
    )
}

/// Times that are free for all, in the stead of one that is not.
fn offered(desk: Desk, day: NaiveDate) -> AnyView {
    let clock = desk.clock.get();
    let free = desk.drawn.with(|d| d.as_ref().map(|d| d.free.clone()).unwrap_or_default());
    free.into_iter()
        .filter_map(|span| Some((span, clock.in_day(span, day)?)))
        .map(|(span, (a, b))| {
            view! {
                <div class="free" style=format!("--s:{a};--e:{b}")>
                    <Icon name="check" size="s"/>
                    <span>{t("cal.free_for_all")}<br/>{words::hours(&clock, desk.manner, span)}</span>
                </div>
            }
        })
        .collect_view()
        .into_any()
}

/// Where the keyboard stands.
fn slot(desk: Desk, day: NaiveDate) -> Option<AnyView> {
    let cursor = desk.cursor.get().filter(|c| c.day == day)?;
    let time = desk.manner.clocks(cursor.minute, cursor.minute + cursor.length);
    Some(view! { <div class="cursor" style=format!("--s:{};--e:{}", cursor.minute, cursor.minute + cursor.length)>{time}</div> }.into_any())
}

fn now_line(desk: Desk) -> AnyView {
    let line = move || {
        let at = desk.columns.with(|c| c.iter().position(|d| *d == desk.today.get()))?;
        let (_, minute) = desk.clock.with(|c| c.wall(desk.now.get()));
        let time = desk.manner.clock(minute);
        Some(view! {
            <div class="now" style=format!("--s:{minute};--i:{at}") role="img" aria-label=t!("cal.now", time = &time)>
                <i></i>
                <b>{time.clone()}</b>
            </div>
        })
    };
    line.into_any()
}
