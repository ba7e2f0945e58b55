//! The form of an item: short beside the grid, whole in the middle, a sheet on a phone. What stands against it is asked while
//! one types, and shown before anything is saved.

use std::sync::Arc;

use domain::calendar::view::{OnConflict, Shown};
use domain::calendar::{Conflict, ItemKind, When, stored};
use domain::record::Labels;
use leptos::task::spawn_local;

use super::super::clash::Key;
use super::super::desk::{Desk, Panel, Start};
use super::super::moves::Scope;
use super::super::{api, words};
use super::model::{Form, Origin};
use super::{alert, frame, keep, people, rows};
use crate::prelude::*;

pub fn new(desk: Desk, start: Start) -> AnyView {
    let form = Form::new(desk, &start);
    keep::follow(form);
    shown(form)
}

/// Of an item that is there: read first, so that nothing is edited that somebody changed meanwhile.
pub fn edit(desk: Desk, key: Key, to: Option<Arc<Shown>>, scope: Option<Scope>) -> AnyView {
    let start = Start { full: to.is_none(), ..Start::default() };
    let form = Form::new(desk, &start);
    let read = RwSignal::new(false);
    spawn_local(async move {
        match api::open_event(key.0, key.1).await {
            Ok(page) => {
                if read.try_get_untracked().is_none() {
                    return;
                }
                form.fill(&page.event, &page.labels);
                // Whoever changes more than what stands for one occurrence changes the rule as well.
                let whole = page.within.as_ref().filter(|_| matches!(scope, Some(Scope::All | Scope::Following)));
                if let Some(rule) = whole.and_then(|w| w.rrule.as_ref()) {
                    form.repeat.set(super::repeat::Repeat::of(rule));
                }
                form.reason.set(page.conflict_reason);
                let base = untrack(|| form.fields());
                let scope = scope.or((page.event.rrule.is_some() && key.1.is_some()).then_some(Scope::This));
                form.origin.set_value(Some(Origin { key, version: page.version, scope, base }));
                if let Some(to) = &to {
                    form.let_go(key, to);
                }
                read.set(true);
            }
            // Another form may be open by now.
            Err(_) if read.try_get_untracked().is_none() => {}
            Err(Fault(error)) => {
                desk.toasts.fail(&error);
                let _ = desk.panel.try_set(None);
            }
        }
    });
    let label = Signal::derive(|| t("cal.edit").to_owned());
    let view = move || {
        if read.get() {
            untrack(|| keep::follow(form));
            shown(form)
        } else {
            frame::frame(desk, "quick", label, Signal::derive(|| false), ".appt.ghost", view! { <Skeleton rows=4/> }.into_any())
        }
    };
    view.into_any()
}

fn shown(form: Form) -> AnyView {
    let desk = form.desk;
    let is_new = form.origin.with_value(Option::is_none);
    watch(form);
    let label = Signal::derive(move || if is_new { t!("cal.new_kind", kind = words::kind_name(form.kind.get())) } else { tk("cal.edit") });
    let submit = Callback::new(move |()| save(form));
    let inside = ui::form(
        "inner",
        submit,
        view! {
            <header>
                {kinds(form)}
                <span class="grow"></span>
                <button type="button" class="btn quiet icon" aria-label=t("action.close") on:click=move |_| desk.panel.set(None)>
                    <Icon name="x"/>
                </button>
            </header>
            <div
                class="body"
                on:keydown=move |event| {
                    // From any field, also where Enter alone chooses or begins a line.
                    if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) && !event.is_composing() {
                        event.prevent_default();
                        save(form);
                    }
                }
            >
                {move || form.restored.get().then(|| restored(form))}
                <input
                    class="title"
                    autofocus
                    maxlength="300"
                    aria-label=t("field.title")
                    placeholder=t("cal.title_hint")
                    prop:value=move || form.title.get()
                    on:input=move |event| form.title.set(event_target_value(&event))
                />
                {wrong(form)}
                {rows::when(form)}
                {alert::alert(form)}
                {rows::row("people", t("cal.who"), people::people(form))}
                {rows::about(form)}
                <Show when=move || form.full.get()>{rows::more(form)}</Show>
            </div>
            <footer>
                <Show when=move || !form.full.get()>
                    <button type="button" class="btn quiet" on:click=move |_| form.full.set(true)>{t("cal.more_options")}</button>
                </Show>
                <span class="grow"></span>
                <button
                    type="button"
                    class="btn"
                    on:click=move |_| {
                        keep::forget(&keep::name_of(form));
                        desk.panel.set(None);
                    }
                >
                    {t("action.cancel")}
                </button>
                {button(form)}
            </footer>
        }
        .into_any(),
    );
    frame::frame(desk, "quick", label, form.full.into(), ".cal .appt.draft, .cal .cursor", inside)
}

use crate::ui;

fn kinds(form: Form) -> AnyView {
    const FIRST: [ItemKind; 3] = [ItemKind::Meeting, ItemKind::Call, ItemKind::Visit];
    const REST: [ItemKind; 3] = [ItemKind::Delivery, ItemKind::Leave, ItemKind::Task];
    let choose = move |kind: ItemKind| {
        form.kind.set(kind);
        // Leave lasts days.
        if kind == ItemKind::Leave && form.origin.with_value(Option::is_none) {
            form.all_day.set(true);
        }
    };
    let buttons = FIRST
        .map(|kind| {
            view! {
                <button type="button" aria-pressed=move || if form.kind.get() == kind { "true" } else { "false" } on:click=move |_| choose(kind)>
                    <Icon name=words::kind_icon(kind) size="s"/>
                    {words::kind_name(kind)}
                </button>
            }
        })
        .collect_view();
    let options = REST
        .map(|kind| view! { <option value=kind.name() prop:selected=move || form.kind.get() == kind>{words::kind_name(kind)}</option> })
        .collect_view();
    view! {
        <div class="seg kindseg" role="group" aria-label=t("field.type")>
            {buttons}
            <select
                aria-label=t("cal.other_kinds")
                class:on=move || REST.contains(&form.kind.get())
                on:change=move |event| {
                    let name = event_target_value(&event);
                    if let Some(kind) = ItemKind::ALL.into_iter().find(|k| k.name() == name) {
                        choose(kind);
                    }
                }
            >
                <option value="" disabled prop:selected=move || FIRST.contains(&form.kind.get())>{t("cal.other")}</option>
                {options}
            </select>
        </div>
    }
    .into_any()
}

fn restored(form: Form) -> AnyView {
    view! {
        <p class="kept" role="status">
            <Icon name="history" size="s"/>
            <span class="grow">{t("cal.restored")}</span>
            <button type="button" class="linkish" on:click=move |_| keep::afresh(form)>{t("cal.afresh")}</button>
        </p>
    }
    .into_any()
}

/// What the server would not take, in words.
fn wrong(form: Form) -> AnyView {
    let view = move || {
        form.error
            .get()
            .map(|error| view! { <p class="err" role="alert"><Icon name="warn" size="s"/><span>{error_text(&error)}</span></p> })
    };
    view.into_any()
}

fn button(form: Form) -> AnyView {
    let clashes = Memo::new(move |_| form.checked.with(|c| !c.conflicts.is_empty()));
    let reason = Signal::derive(move || {
        if form.checked.with(|c| c.refused) {
            return Some(tk("cal.alert.refused"));
        }
        form.when().is_none().then(|| tk("cal.no_time"))
    });
    let text = move || if clashes.get() { t("cal.save_anyway") } else { t("action.save") };
    view! {
        <button
            type="submit"
            class=move || if clashes.get() { "btn warn" } else { "btn primary" }
            aria-busy=move || form.saving.get().then_some("true")
            aria-disabled=move || (form.saving.get() || reason.with(Option::is_some)).then_some("true")
            title=move || reason.get()
        >
            {text}
        </button>
    }
    .into_any()
}

/// Asks what stands against it with every change of its time or its people; shows it in the grid; follows the hand there.
fn watch(form: Form) {
    let desk = form.desk;
    let timing = Memo::new(move |_| form.when().map(|_| form.timing()));
    Effect::new(move |_| {
        if timing.with(Option::is_none) {
            desk.next_check();
            return;
        }
        untrack(|| ask(form));
    });
    let drawn = Memo::new(move |_| form.drawn());
    Effect::new(move |_| desk.drawn.set(drawn.get()));
    Effect::new(move |_| {
        if let Some(when) = desk.wanted.get() {
            form.set_when(when);
            desk.wanted.set(None);
        }
    });
    // Somebody else changed the calendar: asked again.
    let seen = StoredValue::new(true);
    Effect::new(move |_| {
        desk.page.track();
        if seen.get_value() {
            return seen.set_value(false);
        }
        untrack(|| ask(form));
    });
    on_cleanup(move || {
        desk.next_check();
    });
}

/// Fields of which a check knows whether they are right.
const TIMING: [&str; 10] = ["start", "end", "zone", "all_day", "rrule", "rdate", "exdate", "attendees", "contacts", "resources"];

/// What stands against it as it is typed now.
fn ask(form: Form) {
    if untrack(|| form.when()).is_none() {
        return;
    }
    let fields = untrack(|| form.timing());
    let draft = form.draft(fields.clone(), OnConflict::Warn);
    form.desk.check(draft, move |answer| match answer {
        Ok(found) => {
            // What a save was refused for stands until it is mended.
            let timing = |e: &Error| matches!(e, Error::Invalid { fields } if fields.iter().all(|f| TIMING.contains(&f.field.as_str())));
            form.error.try_update(|e| e.take_if(|e| timing(e)));
            form.told.try_set_value(Some(fields));
            form.checked.try_set(found);
        }
        // Half of what is typed is no time yet; what stays wrong is said when it is saved.
        Err(Error::Invalid { .. }) => {
            form.checked.try_set(Default::default());
        }
        Err(_) => {}
    });
}

fn save(form: Form) {
    let desk = form.desk;
    // What is known is about these times and people; of others nobody was told anything yet.
    let timing = untrack(|| form.timing());
    let known = form.told.with_value(|told| told.as_ref() == Some(&timing));
    let refused = known && form.checked.with_untracked(|c| c.refused);
    if form.saving.get_untracked() || refused || untrack(|| form.when()).is_none() {
        return;
    }
    let anyway = known && form.checked.with_untracked(|c| !c.conflicts.is_empty());
    let mut fields = untrack(|| form.fields());
    if anyway && !form.reason.with_untracked(|r| r.trim().is_empty()) {
        fields.insert("conflict_reason".to_owned(), form.reason.get_untracked().trim().into());
    }
    // What nobody was told of is not saved either.
    let draft = form.draft(fields, if anyway { OnConflict::Warn } else { OnConflict::Reject });
    let is_new = draft.id.is_none();
    let title = form.title.get_untracked();
    let name = if title.trim().is_empty() { words::kind_name(form.kind.get_untracked()) } else { title };
    let time = untrack(|| form.when()).map(|w| words::when(desk, w)).unwrap_or_default();
    let text = t!(if is_new { "cal.toast.created" } else { "cal.toast.saved" }, name = name, time = time);
    let draft_name = keep::name_of(form);
    let mark = |c: &Conflict| (c.kind, c.who.id, c.with.as_ref().and_then(|w| w.id), c.span.start);
    let shown: Vec<_> = form.checked.with_untracked(|c| c.conflicts.iter().map(mark).collect());
    form.saving.set(true);
    form.error.set(None);
    desk.toasts.acting(async move {
        let answer = api::save_draft(draft).await;
        if form.saving.try_set(false).is_some() {
            // The form was left meanwhile: what became of it is said all the same.
            match answer {
                Ok(saved) => {
                    keep::forget(&draft_name);
                    desk.done(text, saved.changes);
                }
                Err(Fault(error)) => desk.toasts.fail(&error),
            }
            return;
        }
        match answer {
            Ok(saved) => {
                keep::forget(&draft_name);
                see(desk, untrack(|| form.when()));
                // An occurrence keeps its slot, also as an item of its own.
                let slot = form.origin.with_value(|o| {
                    let of = o.as_ref().filter(|o| o.scope == Some(Scope::This) || o.key.0 == saved.record.id);
                    of.and_then(|o| o.key.1)
                });
                desk.focus.set(Some((saved.record.id, slot)));
                let _ = desk.panel.try_set(None);
                super::super::hand::refocus(desk, None);
                // What arose after the last look is told after all, with the way back.
                let new: Vec<Conflict> = saved.conflicts.into_iter().filter(|c| !shown.contains(&mark(c))).collect();
                let text = if new.is_empty() { text } else { format!("{text} · {}", super::said::headline(desk.me, &new)) };
                desk.done(text, saved.changes);
            }
            Err(Fault(Error::Clash { conflicts })) => {
                let conflicts: Vec<Conflict> = serde_json::from_value(conflicts).unwrap_or_default();
                form.told.set_value(Some(timing));
                form.checked.update(|c| {
                    c.refused = conflicts.iter().any(|x| x.strict);
                    c.conflicts = conflicts;
                });
                // The times that are free come with the next answer.
                ask(form);
            }
            Err(Fault(Error::Conflict(clash))) => {
                // Said once, by name; whoever saves again means it.
                let now = stored::outward(&clash.current.fields);
                form.origin.update_value(|origin| {
                    let Some(origin) = origin else { return };
                    origin.version = clash.current.version;
                    for name in clash.fields.iter().map(|name| stored::outer_name(name)) {
                        origin.base.insert(name.to_owned(), now.get(name).cloned().unwrap_or_default());
                    }
                });
                ask(form);
                desk.toasts.fail(&Error::Conflict(clash));
            }
            Err(Fault(error @ Error::Invalid { .. })) => form.error.set(Some(error)),
            Err(Fault(error)) => desk.toasts.fail(&error),
        }
    });
}

/// What was just made is in sight.
fn see(desk: Desk, when: Option<When>) {
    let Some(when) = when else { return };
    let day = desk.clock.with_untracked(|c| c.wall(c.span(when).start).0);
    if !desk.columns.with_untracked(|c| c.contains(&day)) {
        desk.go_quietly(&desk.place.with_untracked(|p| p.on(day)));
    }
}

/// The name of somebody by the labels that came along.
pub fn name_in(labels: &Labels, id: Id) -> String {
    labels.get(&id).map(|l| l.name.clone()).unwrap_or_default()
}

/// Opens the form of an item; of a series asks first which of it.
pub fn begin_edit(desk: Desk, item: Arc<Shown>) {
    if item.in_series() {
        return desk.ask.set(Some(super::super::moves::Ask { item, what: super::super::moves::What::Edit }));
    }
    desk.panel.set(Some(Panel::Edit { key: super::super::clash::key(&item), to: None, scope: None }));
}
