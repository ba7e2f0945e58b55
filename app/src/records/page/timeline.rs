//! The timeline: what was done with a record and how it changed, newest first. Every change can be taken back here.

use std::time::Duration;

use domain::record::{Change, ChangeOp, Patch, Timeline, TimelineEntry};
use leptos::task::spawn_local;

use super::super::list::{due, finish};
use super::super::names::Names;
use super::super::{api, value};
use super::PageCx;
use super::back;
use super::changes::{bold, line, sentence};
use crate::i18n::Now;
use crate::prelude::*;
use crate::rooms::Tool;

#[derive(Clone, Copy)]
pub struct Entries {
    kind: Kind,
    id: Id,
    names: Names,
    list: RwSignal<Vec<TimelineEntry>>,
    next: RwSignal<Option<String>>,
    only: RwSignal<String>,
    busy: RwSignal<bool>,
    turn: StoredValue<u32>,
    /// Came in while the page was looked at: shown with a frame.
    fresh: RwSignal<Vec<String>>,
}

fn key(entry: &TimelineEntry) -> String {
    match entry {
        TimelineEntry::Activity { record, .. } => record.id.to_string(),
        TimelineEntry::Change { change, .. } => change.id.to_string(),
    }
}

impl Entries {
    pub fn new(kind: Kind, id: Id, names: Names, first: Timeline) -> Self {
        Self {
            kind,
            id,
            names,
            list: RwSignal::new(first.entries),
            next: RwSignal::new(first.next),
            only: RwSignal::new(String::new()),
            busy: RwSignal::new(false),
            turn: StoredValue::new(0),
            fresh: RwSignal::new(Vec::new()),
        }
    }

    /// Reads the newest part again; older parts that are shown stay.
    pub fn again(&self) {
        self.read(None, false);
    }

    fn read(&self, before: Option<String>, fresh_start: bool) {
        let entries = *self;
        let Some(turn) = self.turn.try_update_value(|t| {
            *t += 1;
            *t
        }) else {
            return;
        };
        let only = self.only.get_untracked();
        if before.is_some() || fresh_start {
            self.busy.set(true);
        }
        spawn_local(async move {
            let answer = api::read_timeline(entries.kind, entries.id, only, before.clone()).await;
            if entries.turn.try_get_value() != Some(turn) {
                return;
            }
            entries.busy.set(false);
            let page = match answer {
                Ok(page) => page,
                // Older entries are asked for by hand, and so are they again.
                Err(Fault(error)) if error.passes() && before.is_none() => {
                    let later = move || {
                        if entries.turn.try_get_value() == Some(turn) {
                            entries.read(None, fresh_start);
                        }
                    };
                    return set_timeout(later, Duration::from_secs(2));
                }
                Err(_) => return,
            };
            entries.names.add(&page.labels);
            let known: Vec<String> = entries.list.with_untracked(|l| l.iter().map(key).collect());
            if before.is_some() {
                entries.list.update(|list| list.extend(page.entries.into_iter().filter(|e| !known.contains(&key(e)))));
                entries.next.set(page.next);
            } else if fresh_start {
                entries.list.set(page.entries);
                entries.next.set(page.next);
            } else {
                entries.merge(page, &known);
            }
        });
    }

    fn merge(&self, page: Timeline, known: &[String]) {
        let new: Vec<String> = page.entries.iter().map(key).filter(|k| !known.contains(k)).collect();
        let oldest = page.entries.last().map(|e| e.at().to_owned());
        let fetched: Vec<String> = page.entries.iter().map(key).collect();
        let mut list = page.entries;
        let tail = self.list.with_untracked(|old| {
            let below = |e: &&TimelineEntry| oldest.as_ref().is_some_and(|o| e.at() < o.as_str()) && !fetched.contains(&key(e));
            old.iter().filter(below).cloned().collect::<Vec<_>>()
        });
        if tail.is_empty() {
            self.next.set(page.next);
        }
        list.extend(tail);
        if self.list.with_untracked(|old| *old != list) {
            crate::dom::keep_focus();
            self.list.set(list);
        }
        if !new.is_empty() {
            self.fresh.set(new);
            let fresh = self.fresh;
            set_timeout(
                move || {
                    let _ = fresh.try_set(Vec::new());
                },
                Duration::from_secs(4),
            );
        }
    }
}

pub fn timeline(cx: PageCx) -> AnyView {
    let entries = cx.timeline;
    let now = use_context::<Now>().map(|n| n.0);
    // Days in the person's zone once the page knows it; in UTC before, as the server wrote them.
    let day_of = move |at: &str| match (now.and_then(|n| n.get()), domain::time::parse_instant(at)) {
        (Some(_), Some(ms)) => crate::i18n::day(ms),
        _ => at.get(..10).unwrap_or_default().to_owned(),
    };
    let by_day = Memo::new(move |_| {
        let mut out: Vec<(String, Vec<TimelineEntry>)> = Vec::new();
        entries.list.with(|list| {
            for entry in list {
                let day = day_of(entry.at());
                match out.last_mut() {
                    Some((last, entries)) if *last == day => entries.push(entry.clone()),
                    _ => out.push((day, vec![entry.clone()])),
                }
            }
        });
        out
    });
    let days = Memo::new(move |_| by_day.with(|all| all.iter().map(|(day, _)| day.clone()).collect::<Vec<_>>()));
    let chips = [("", "timeline.all"), ("activity", "timeline.activities"), ("change", "timeline.changes")].map(|(only, word)| {
        view! {
            <button
                type="button"
                class="chip round"
                aria-pressed=move || if entries.only.with(|o| o == only) { "true" } else { "false" }
                on:click=move |_| {
                    entries.only.set(only.to_owned());
                    entries.read(None, true);
                }
            >
                {t(word)}
            </button>
        }
    });
    view! {
        <div class="tlbar" role="group" aria-label=t("timeline.show")>{chips}</div>
        <div class="tl" aria-busy=move || if entries.busy.get() { "true" } else { "false" }>
            <For
                each=move || days.get()
                key=|day| day.clone()
                children=move |day| {
                    let mine = day.clone();
                    let of_day = move || by_day.with(|all| all.iter().find(|(d, _)| *d == mine).map(|(_, e)| e.clone()).unwrap_or_default());
                    view! {
                        <h4>{move || day_name(&day, now.and_then(|n| n.get()))}</h4>
                        <ol>
                            <For each=of_day key=mark children=move |entry| one(cx, entry)/>
                        </ol>
                    }
                }
            />
            {move || entries.list.with(Vec::is_empty).then(|| view! { <p class="empty small">{t("timeline.empty")}</p> })}
            {move || entries.next.get().map(|before| view! {
                <button type="button" class="btn quiet block" aria-busy=move || entries.busy.get().then_some("true") on:click=move |_| entries.read(Some(before.clone()), false)>
                    {t("timeline.older")}
                </button>
            })}
        </div>
    }
    .into_any()
}

/// Changes when the entry is to be drawn anew. An activity follows its record: whoever ticks or pins it by keyboard is
/// still there afterwards.
fn mark(entry: &TimelineEntry) -> String {
    match entry {
        TimelineEntry::Activity { at, record, .. } => format!("{}.{at}", record.id),
        TimelineEntry::Change { change, can_undo, .. } => format!("{}.{can_undo}", change.id),
    }
}

/// "Today", "Yesterday", else the date.
fn day_name(day: &str, now: Option<i64>) -> String {
    let Some(now) = now else {
        return fmt().date(day);
    };
    if day == crate::i18n::day(now) {
        t("timeline.today").to_owned()
    } else if day == crate::i18n::day(now - 86_400_000) {
        t("timeline.yesterday").to_owned()
    } else {
        fmt().date(day)
    }
}

fn one(cx: PageCx, entry: TimelineEntry) -> AnyView {
    let name = key(&entry);
    let fresh = Memo::new(move |_| cx.timeline.fresh.with(|f| f.contains(&name)));
    match entry {
        TimelineEntry::Activity { at, record, actor } => activity(cx, &at, record, actor, fresh),
        TimelineEntry::Change { at, change, can_undo } => change_line(cx, &at, change, can_undo),
    }
}

fn clock(at: &str) -> AnyView {
    let now = use_context::<Now>().map(|n| n.0);
    let text = at.to_owned();
    let shown = move || match (now.and_then(|n| n.get()), domain::time::parse_instant(&text)) {
        (Some(_), Some(ms)) => crate::i18n::clock_time(ms),
        _ => text.get(11..16).unwrap_or_default().to_owned(),
    };
    view! { <time datetime=at.to_owned()>{shown}</time> }.into_any()
}

fn change_line(cx: PageCx, at: &str, change: Change, can_undo: bool) -> AnyView {
    let (text, lines) = line(cx, &change);
    let (icon, who) = (if change.op == ChangeOp::Delete { "bin" } else { "swap" }, super::changes::who(&change));
    let undo = can_undo && change.op == ChangeOp::Update;
    view! {
        <li class="ev chg">
            <span class="dot" aria-hidden="true"><Icon name=icon size="s"/></span>
            <div>
                <p class="row">
                    <Avatar name=who beside=true/>
                    <span class="grow">{text}</span>
                    {undo.then(|| view! {
                        <button type="button" class="btn quiet small undo" on:click=move |_| back::take_back(cx, change.clone())>{t("action.undo")}</button>
                    })}
                    {clock(at)}
                </p>
                {(!lines.is_empty()).then(|| view! { <ul class="changes">{lines}</ul> })}
            </div>
        </li>
    }
    .into_any()
}

fn activity(cx: PageCx, at: &str, record: Record, actor: Option<Id>, fresh: Memo<bool>) -> AnyView {
    let author = actor.or_else(|| record.owner()).map(|id| cx.names.name(id)).unwrap_or_default();
    let (icon, tone) = match record.kind {
        Kind::Call => ("phone", "k1"),
        Kind::Task => ("task", "k4"),
        Kind::Event => ("calendar", "k3"),
        _ => ("note", "k2"),
    };
    let id = record.id;
    let now = super::following(&record, move || {
        cx.timeline.list.with(|list| {
            list.iter().find_map(|e| match e {
                TimelineEntry::Activity { record, .. } if record.id == id => Some(record.clone()),
                _ => None,
            })
        })
    });
    let head = || sentence(&format!("timeline.by.{}", record.kind.name()), vec![("who", bold(author.clone()))]);
    let href = value::page_of(record.kind, record.id).unwrap_or_default();
    let subject = match record.kind {
        Kind::Note => None,
        Kind::Task => {
            let (toasts, done) = (cx.toasts, record.flag("done"));
            let may = use_me().who().may(domain::rights::Act::Edit, &record);
            Some(
                view! {
                    <p class="sj row">
                        <input
                            type="checkbox"
                            class="box"
                            aria-label=move || now.with(|task| t!("task.done_named", name = task.name()))
                            disabled=!may
                            prop:checked=move || now.with(|task| task.flag("done"))
                            checked=done
                            on:change=move |event| finish(toasts, now.into(), event_target_checked(&event), true)
                        />
                        <a href=href class:done=move || now.with(|task| task.flag("done"))>{move || now.with(|task| task.name().to_owned())}</a>
                    </p>
                }
                .into_any(),
            )
        }
        _ => {
            // An event need not have a title.
            let name = move || {
                now.with(|r| match r.name() {
                    "" => choice_label("type", r.text("type")),
                    name => name.to_owned(),
                })
            };
            Some(view! { <p class="sj"><a href=href>{name}</a></p> }.into_any())
        }
    };
    let open = RwSignal::new(false);
    // Whether there is a text, and whether it is a long one.
    let text = Memo::new(move |_| {
        now.with(|r| Some(r.text("body")).filter(|b| !b.is_empty()).map(|b| b.chars().count() > 280 || b.lines().count() > 4))
    });
    let body = move || {
        let long = text.get()?;
        Some(view! {
            <p class="tx" class:all=move || open.get() || !long>{move || now.with(|r| r.text("body").to_owned())}</p>
            {long.then(|| view! {
                <button type="button" class="linkish" aria-expanded=move || if open.get() { "true" } else { "false" } on:click=move |_| open.update(|o| *o = !*o)>
                    {move || t(if open.get() { "timeline.less" } else { "timeline.more" })}
                </button>
            })}
        })
    };
    let pinned = Memo::new(move |_| now.with(|r| r.flag("pinned")));
    view! {
        <li class=format!("ev {tone}") class:pin=move || pinned.get() class:new=move || fresh.get()>
            <span class="dot" aria-hidden="true"><Icon name=icon size="s"/></span>
            <article>
                <header>
                    {(!author.is_empty()).then(|| view! { <Avatar name=author.clone() beside=true/> })}
                    <h3 class="clip grow">{head()}</h3>
                    {move || pinned.get().then(|| view! { <Icon name="pin" size="s"/><span class="sr">{field_label(Kind::Note, "pinned")}</span> })}
                    {clock(at)}
                    {more(cx, now)}
                </header>
                {subject}
                {body}
                {move || now.with(|r| meta(cx, r))}
            </article>
        </li>
    }
    .into_any()
}

/// Outcome, length, due date, and what else it hangs on.
fn meta(cx: PageCx, record: &Record) -> Option<AnyView> {
    let mut out: Vec<AnyView> = Vec::new();
    let outcome = record.text("outcome");
    if !outcome.is_empty() {
        let tone = if outcome == "reached" { "good" } else { "" };
        out.push(view! { <Tag text=choice_label("outcome", outcome) tone=tone/> }.into_any());
    }
    if let Some(minutes) = record.int("minutes") {
        out.push(view! { <span class="chip num">{tn("timeline.minutes", minutes)}</span> }.into_any());
    }
    if record.kind == Kind::Task && !record.text("due_at").is_empty() {
        out.push(view! { <span class="chip"><Icon name="clock"/>{due(record.text("due_at"), record.flag("done"))}</span> }.into_any());
    }
    if let Some((def, at)) = record.kind.field("start").zip(record.fields.get("start")) {
        out.push(view! { <span class="chip"><Icon name="clock"/>{value::show(def, at, record, cx.names, false)}</span> }.into_any());
    }
    for (field, kind) in domain::activities::PARENTS {
        if let Some(id) = record.id_of(field).filter(|id| *id != cx.id) {
            out.push(view! { <span class="chip">{value::link(kind, id, &cx.names.name(id))}</span> }.into_any());
        }
    }
    (!out.is_empty()).then(|| view! { <div class="meta">{out}</div> }.into_any())
}

fn more(cx: PageCx, record: RwSignal<Record>) -> AnyView {
    view! {
        <Menu class="btn quiet icon small" align="end" label=Signal::derive(|| t("record.more").to_owned()) trigger=|| view! { <Icon name="more" size="s"/> }>
            {crate::rooms::tool(Tool::Activity(cx, record))}
        </Menu>
    }
    .into_any()
}

/// What can be done with an activity.
pub fn acts(cx: PageCx, record: RwSignal<Record>) -> AnyView {
    use domain::rights::Act;
    let who = use_me().who();
    let (can_edit, can_delete) = record.with_untracked(|r| (who.may(Act::Edit, r), who.may(Act::Delete, r)));
    let go = move || {
        if let Some(href) = record.with_untracked(|r| value::page_of(r.kind, r.id)) {
            cx.visit(&href);
        }
    };
    let is_note = record.with_untracked(|r| r.kind == Kind::Note);
    view! {
            <MenuItem icon="edit" label=t("timeline.open") on_select=Callback::new(move |()| go())/>
            {(is_note && can_edit).then(|| view! {
                <MenuItem
                    icon="pin"
                    label=t(if record.with_untracked(|r| r.flag("pinned")) { "timeline.unpin" } else { "timeline.pin" })
                    on_select=Callback::new(move |()| pin(cx, record.get_untracked()))
                />
            })}
            {can_delete.then(|| view! {
                <MenuItem icon="bin" label=t("action.delete") danger=true on_select=Callback::new(move |()| remove(cx, record.get_untracked()))/>
            })}
    }
    .into_any()
}

fn pin(cx: PageCx, note: Record) {
    let was = note.fields.get("pinned").cloned().unwrap_or_default();
    let patch = Patch {
        fields: Fields::from_iter([("pinned".to_owned(), (!note.flag("pinned")).into())]),
        version: note.version,
        base: Fields::from_iter([("pinned".to_owned(), was)]),
    };
    spawn_local(async move {
        match api::update(Kind::Note, note.id, patch).await {
            Ok(_) => cx.timeline.again(),
            Err(Fault(error)) => cx.toasts.fail(&error),
        }
    });
}

fn remove(cx: PageCx, record: Record) {
    let (kind, id, toasts) = (record.kind, record.id, cx.toasts);
    spawn_local(async move {
        match api::remove(kind, id).await {
            Ok(record) => {
                cx.timeline.read(None, true);
                toasts.done(t!("toast.deleted_one", name = super::super::list::title_of(&record)), move || {
                    spawn_local(async move {
                        match api::restore(kind, id).await {
                            Ok(_) => cx.timeline.again(),
                            Err(Fault(error)) => toasts.fail(&error),
                        }
                    });
                });
            }
            Err(Fault(error)) => toasts.fail(&error),
        }
    });
}
