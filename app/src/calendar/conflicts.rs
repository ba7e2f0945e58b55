//! All that clashes in the next weeks, and what one can do about each: take a time that is free, decline, look at it.

use domain::calendar::conflict::With;
use domain::calendar::view::{Checked, Draft, OnConflict, OpenConflict, OpenConflicts};
use domain::calendar::{Answer, Conflict, ConflictKind, Moment, Span, When};
use leptos::task::spawn_local;

use super::api;
use super::clock::Clock;
use super::manner::{self, Manner};
use super::words;
use crate::prelude::*;

/// Several conflicts of one item, in order of time.
#[derive(Clone, Debug, PartialEq)]
struct Item {
    id: Id,
    slot: Option<Moment>,
    /// None: it is private.
    title: Option<String>,
    can_edit: bool,
    when: Option<When>,
    asked: bool,
    conflicts: Vec<Conflict>,
}

fn by_item(all: Vec<OpenConflict>) -> Vec<Item> {
    let mut out: Vec<Item> = Vec::new();
    for open in all {
        let when = open.item_when();
        let OpenConflict { conflict, title, can_edit, asked, .. } = open;
        let Some(id) = conflict.item else { continue };
        match out.iter_mut().find(|i| i.id == id && i.slot == conflict.slot) {
            Some(item) => item.conflicts.push(conflict),
            None => out.push(Item { id, slot: conflict.slot, title, can_edit, asked, when, conflicts: vec![conflict] }),
        }
    }
    out.sort_by_key(|i| i.conflicts.iter().map(|c| c.span.start).min());
    out
}

#[component]
pub fn ConflictsPage() -> impl IntoView {
    let found = Resource::new_blocking(|| (), |()| api::list_conflicts());
    use_live().on_kinds(&[Kind::Event, Kind::Resource], move || found.refetch());
    view! {
        <TopBar title=t("cal.conflicts_title") trail=vec![("/calendar".to_owned(), tk("kind.calendar"))] make=Kind::Event/>
        <div class="page narrow clashpage">
            {loaded(found, list)}
        </div>
    }
    .into_any()
}

fn list(found: OpenConflicts) -> AnyView {
    let more = found.more;
    let items = by_item(found.conflicts);
    if items.is_empty() {
        return view! {
            <EmptyState icon="check" title=t("cal.conflicts_none") hint=t("cal.conflicts_none_hint")>
                <a class="btn" href="/calendar">{t("cal.to_calendar")}</a>
            </EmptyState>
        }
        .into_any();
    }
    let n = i64::try_from(items.len()).unwrap_or(0);
    let manner = manner::here(fmt());
    view! {
        <p class="muted lead">{tn("cal.conflicts_lead", n)}{more.then(|| view! { " " {t("cal.too_many")} })}</p>
        <ul class="clashlist">{items.into_iter().map(|i| card(i, manner)).collect_view()}</ul>
    }
    .into_any()
}

/// The person's own zone: the browser knows it; the server's picture is of UTC until the page lives.
fn time(when: When, manner: Manner) -> String {
    let zone = use_me().time_zone;
    let offset = |ms: i64| super::zones::offset(&zone, ms).unwrap_or(0);
    let clock = match when {
        // On the night when clocks change the two differ.
        When::At(span) => Clock::of_days(&[], &[(i64::MIN, offset(span.start)), (span.end, offset(span.end))]),
        When::Days(..) => Clock::fixed(0),
    };
    words::when_by(&clock, manner, when)
}

fn card(item: Item, manner: Manner) -> AnyView {
    let alive = use_shell().alive;
    let (id, slot) = (item.id, item.slot);
    let (can_edit, asked) = (item.can_edit, item.asked);
    let toasts = use_toasts();
    let shown = Memo::new(move |_| alive.get());
    let hidden = item.title.is_none();
    let title = match item.title.clone() {
        Some(title) if !title.trim().is_empty() => title,
        Some(_) => tk("cal.untitled"),
        None => tk("cal.busy"),
    };
    let first = item.conflicts.first().map_or(Span::new(0, 0), |c| c.span);
    let own = item.when.unwrap_or(When::At(first));
    let lines = item
        .conflicts
        .iter()
        .take(5)
        .map(|c| {
            let (c, who) = (c.clone(), c.who.name.clone());
            let when = c.with.as_ref().map_or(When::At(c.span), With::when);
            let what = why(&c);
            view! {
                <li>
                    <Avatar name=who.clone() beside=true/>
                    <strong class="clip">{who.clone()}</strong>
                    <time>{move || shown.get().then(|| time(when, manner))}</time>
                    <span class="clip">{what}</span>
                </li>
            }
        })
        .collect_view();
    let strict = item.conflicts.iter().any(|c| c.strict);
    let offers = RwSignal::new(None::<Checked>);
    let busy = RwSignal::new(false);
    let draft = move |to: Option<Span>| {
        let mut fields = Fields::new();
        if let Some(span) = to {
            fields.insert("start".to_owned(), domain::time::instant(span.start).into());
            fields.insert("end".to_owned(), domain::time::instant(span.end).into());
        }
        Draft {
            id: Some(id),
            version: 0,
            fields,
            slot,
            scope: slot.map(|_| super::moves::Scope::This),
            on_conflict: OnConflict::Reject,
            ..Draft::default()
        }
    };
    let suggest = move |_| {
        busy.set(true);
        spawn_local(async move {
            let page = api::open_event(id, slot).await;
            let answer = match page {
                Ok(page) => {
                    let mut draft = draft(None);
                    draft.version = page.version;
                    draft.fields.insert("start".to_owned(), page.event.start.to_string().into());
                    draft.fields.insert("end".to_owned(), page.event.end.to_string().into());
                    api::check_draft(draft).await
                }
                Err(fault) => Err(fault),
            };
            let _ = busy.try_set(false);
            match answer {
                Ok(found) => {
                    let _ = offers.try_set(Some(found));
                }
                Err(Fault(error)) => toasts.fail(&error),
            }
        });
    };
    let take = move |span: Span| {
        spawn_local(async move {
            let saved = match api::open_event(id, slot).await {
                Ok(page) => api::save_draft(Draft { version: page.version, ..draft(Some(span)) }).await,
                Err(fault) => Err(fault),
            };
            match saved {
                Ok(saved) => {
                    let text = t!("cal.toast.moved", name = saved.record.text("title"), time = time(When::At(span), manner));
                    toasts.done(text, move || undo(saved.changes.clone(), toasts));
                }
                Err(Fault(error)) => toasts.fail(&error),
            }
        });
    };
    let decline = move |_| {
        spawn_local(async move {
            match api::give_answer(id, slot, Answer::Declined).await {
                Ok(saved) => toasts.done(tk("cal.toast.declined"), move || undo(saved.changes.clone(), toasts)),
                Err(Fault(error)) => toasts.fail(&error),
            }
        });
    };
    let offered = move || {
        offers.get().map(|found| {
            if found.suggestions.is_empty() {
                return view! { <p class="faint">{t("cal.alert.no_time")}</p> }.into_any();
            }
            let buttons = found
                .suggestions
                .into_iter()
                .take(4)
                .map(|span| {
                    view! {
                        <button type="button" class="btn" on:click=move |_| take(span)>
                            <Icon name="check" size="s"/>
                            <span>{time(When::At(span), manner)}</span>
                        </button>
                    }
                })
                .collect_view();
            view! { <div class="times"><small>{t("cal.alert.free")}</small>{buttons}</div> }.into_any()
        })
    };
    let of = super::clash::key_text(&(id, slot));
    // The day on this person's clock, once the page lives.
    let open = Signal::derive(move || {
        let day = match own {
            When::Days(from, _) => from,
            When::At(span) if shown.get() => {
                super::zones::wall(&use_me().time_zone, span.start).map_or_else(|| domain::time::utc_date(span.start), |(day, _)| day)
            }
            When::At(span) => domain::time::utc_date(span.start),
        };
        format!("/calendar?view=day&date={}&open={of}", domain::time::date(day))
    });
    view! {
        <li class="clashcard">
            <header>
                <Icon name="alert"/>
                <h2 class="clip grow">{if hidden { title.into_any() } else { view! { <a href=move || open.get()>{title}</a> }.into_any() }}</h2>
                {strict.then(|| view! { <Tag text=t("cal.strict") tone="bad"/> })}
                <time class="num">{move || shown.get().then(|| time(own, manner))}</time>
            </header>
            <ul class="who">{lines}</ul>
            {offered}
            <footer>
                {can_edit.then(|| view! { <Button busy=busy on_click=Callback::new(suggest)>{t("cal.suggest")}</Button> })}
                {asked.then(|| view! { <button type="button" class="btn quiet" on:click=decline>{t("cal.do.declined")}</button> })}
                {hidden.then(|| view! { <p class="faint">{t("cal.conflicts_private")}</p> })}
                <span class="grow"></span>
                {(!hidden).then(|| view! { <a class="btn quiet" href=move || open.get()>{t("action.open")}</a> })}
            </footer>
        </li>
    }
    .into_any()
}

fn undo(changes: Vec<Id>, toasts: Toasts) {
    spawn_local(async move {
        if let Err(Fault(error)) = crate::records::api::undo(changes).await {
            toasts.fail(&error);
        }
    });
}

fn why(conflict: &Conflict) -> String {
    let title = conflict.with.as_ref().and_then(|w| w.title.clone()).filter(|t| !t.is_empty());
    match conflict.kind {
        ConflictKind::Hours => tk("cal.why.hours"),
        ConflictKind::Holiday => title.map_or_else(|| tk("cal.why.holiday"), |name| t!("cal.why.holiday_named", name = name)),
        ConflictKind::Leave => tk("cal.why.leave"),
        ConflictKind::Travel => title.map_or_else(|| tk("cal.busy"), |title| t!("cal.why.travel", title = title)),
        ConflictKind::Company => title.map_or_else(|| tk("cal.busy"), |title| t!("cal.why.company", title = title)),
        _ => title.unwrap_or_else(|| tk("cal.busy")),
    }
}

#[cfg(test)]
mod tests {
    use domain::calendar::{SubjectKind, Who};

    use super::*;

    #[test]
    fn what_clashes_with_several_is_one_thing_to_decide() {
        let id = |n: u8| Id::parse(&format!("{n:08x}-0000-0000-0000-000000000000")).unwrap();
        let one = |item: u8, who: u8, start: i64| OpenConflict {
            conflict: Conflict {
                kind: ConflictKind::Attendee,
                span: Span::new(start, start + 1),
                with: None,
                who: Who { kind: SubjectKind::User, id: id(who), name: String::new() },
                strict: false,
                item: Some(id(item)),
                slot: None,
            },
            title: None,
            can_edit: false,
            item_start: None,
            item_end: None,
            asked: false,
        };
        let items = by_item(vec![one(1, 7, 50), one(2, 7, 10), one(1, 8, 50)]);
        assert_eq!(items.iter().map(|i| (i.id, i.conflicts.len())).collect::<Vec<_>>(), [(id(2), 1), (id(1), 2)]);
    }
}
