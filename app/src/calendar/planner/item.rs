//! An item that is looked at: what, when, where, who and what they answered; and what one may do with it.

use std::sync::Arc;

use domain::calendar::view::{EventPage, Shown};
use domain::calendar::{Answer, Status, When};
use leptos::task::spawn_local;

use super::super::clash::{Key, key_text};
use super::super::desk::Desk;
use super::super::{api, words};
use super::{form, frame, repeat, said};
use crate::prelude::*;

#[derive(Clone)]
enum Read {
    Coming,
    Here(Box<EventPage>),
    /// Private, or gone.
    Hidden,
}

pub fn item(desk: Desk, of: Key) -> AnyView {
    let seen = desk.item(&of);
    let read = RwSignal::new(Read::Coming);
    let turn = StoredValue::new(0_u32);
    #[cfg(feature = "hydrate")]
    in_address(key_text(&of));
    let masked = seen.as_ref().is_some_and(|i| i.masked);
    let load = move || {
        spawn_local(async move {
            let Some(mine) = turn.try_update_value(|t| {
                *t += 1;
                *t
            }) else {
                return;
            };
            let answer = api::open_event(of.0, of.1).await;
            if turn.try_get_value() != Some(mine) {
                return;
            }
            let _ = read.try_set(match answer {
                Ok(page) => Read::Here(Box::new(page)),
                Err(Fault(Error::NotFound | Error::Forbidden)) => Read::Hidden,
                // What is on the screen stays; of what never came there is nothing to see.
                Err(Fault(error)) => {
                    desk.toasts.fail(&error);
                    if read.try_with_untracked(|r| matches!(r, Read::Coming)) == Some(true) {
                        desk.panel.set(None);
                    }
                    return;
                }
            });
        });
    };
    if masked {
        read.set(Read::Hidden);
    } else {
        load();
        use_live().on_record(of.0, load);
    }
    let again = Callback::new(move |()| load());
    let known = seen.as_ref().map(|i| words::title(i)).unwrap_or_default();
    // Of an item that a link leads to, once it is read.
    let label = Signal::derive(move || match read.get() {
        Read::Here(page) if known.is_empty() => page.event.title.clone(),
        _ => known.clone(),
    });
    let fallback = seen.clone();
    let inside = move || match read.get() {
        Read::Coming => {
            view! { <div class="body"><h2>{fallback.as_ref().map(|i| words::title(i))}</h2><Skeleton rows=3/></div> }.into_any()
        }
        Read::Here(page) => details(desk, of, *page, again),
        // What one could read a moment ago is gone.
        Read::Hidden => hidden(desk, fallback.as_deref().filter(|i| i.masked)),
    };
    let inside = view! {
        <header>
            <span class="grow"></span>
            <button type="button" class="btn quiet icon" aria-label=t("action.close") on:click=move |_| desk.panel.set(None)>
                <Icon name="x"/>
            </button>
        </header>
        {inside}
    };
    frame::frame(desk, "look", label, Signal::derive(|| false), anchor(of), inside.into_any())
}

/// What is looked at stands in the address: a reload or a link shows it again. No step "back" of its own.
#[cfg(feature = "hydrate")]
fn in_address(key: String) {
    let own = format!("open={key}");
    let write = |keep: &dyn Fn(&str) -> bool, more: &str| {
        let place = window().location();
        let (Ok(path), Ok(search), Ok(history)) = (place.pathname(), place.search(), window().history()) else { return };
        if path != "/calendar" {
            return;
        }
        let mut query = search.trim_start_matches('?').split('&').filter(|pair| keep(pair)).collect::<Vec<_>>().join("&");
        if !more.is_empty() && !query.is_empty() {
            query.push('&');
        }
        let _ = history.replace_state_with_url(&history.state().unwrap_or_default(), "", Some(&format!("{path}?{query}{more}")));
    };
    write(&|pair| !pair.is_empty() && !pair.starts_with("open="), &own);
    // Another item may stand there by now.
    on_cleanup(move || write(&|pair| !pair.is_empty() && pair != own, ""));
}

/// The selector must live as long as the page; an item that is looked at is marked in the grid.
fn anchor(_of: Key) -> &'static str {
    ".cal .appt.on"
}

fn hidden(desk: Desk, item: Option<&domain::calendar::view::Shown>) -> AnyView {
    let Some(item) = item else {
        return view! { <div class="body"><p class="muted">{t("cal.gone")}</p></div> }.into_any();
    };
    view! {
        <div class="body">
            <h2><Icon name="lock"/>{words::title(item)}</h2>
            <p class="num">{words::when(desk, super::super::desk::when_of(item))}</p>
            <p class="muted">{t("cal.private_of_others")}</p>
        </div>
    }
    .into_any()
}

fn details(desk: Desk, of: Key, page: EventPage, again: Callback<()>) -> AnyView {
    let event = page.event.clone();
    let labels = page.labels.clone();
    let name = |id: Id| form::name_in(&labels, id);
    let task = page.task;
    let when = event.when();
    let title = if event.title.trim().is_empty() { words::kind_name(event.kind) } else { event.title.clone() };
    let time = when.map(|w| words::when(desk, w)).unwrap_or_default();
    let foreign = when.and_then(|w| own_clock(desk, w, &event.zone));
    let recurs = page.within.as_ref().map_or(&event, |within| within);
    let sentence = recurs.rrule.as_ref().map(|rule| {
        let first = recurs
            .when()
            .filter(|_| page.within.is_some())
            .or(when)
            .map(|w| desk.clock.with_untracked(|c| c.wall(c.span(w).start).0))
            .unwrap_or_default();
        repeat::sentence(&repeat::Repeat::of(rule), first)
    });
    let mut tags = Vec::new();
    if event.status == Status::Tentative {
        tags.push(("cal.tentative", "warn"));
    }
    if event.status == Status::Cancelled {
        tags.push(("choice.status.cancelled", "bad"));
    }
    if event.private {
        tags.push(("field.private", ""));
    }
    if !event.busy && !task {
        tags.push(("cal.shows_free", ""));
    }
    let tags = tags.into_iter().map(|(key, tone)| view! { <Tag text=tk(key) tone=tone/> }).collect_view();
    let answer_of = |id: &Id| event.answers.get(id).copied().unwrap_or_default();
    let line = |id: &Id, kind: Kind| {
        let who = name(*id);
        let answer = answer_of(id);
        let (icon, tone) = match answer {
            Answer::Accepted => ("check", "good-t"),
            Answer::Declined => ("x", "bad-t"),
            Answer::Tentative => ("info", "warn-t"),
            Answer::Pending => ("clock", "faint"),
        };
        let organises = event.organiser == Some(*id);
        let picture = if kind == Kind::Resource {
            view! { <Mark name=who.clone()/> }.into_any()
        } else {
            view! { <Avatar name=who.clone() beside=true/> }.into_any()
        };
        let said = if kind == Kind::Resource {
            ().into_any()
        } else if organises {
            view! { <span class="faint">{t(if task { "field.owner" } else { "field.organiser" })}</span> }.into_any()
        } else if task {
            ().into_any()
        } else {
            view! { <span class=format!("ans {tone}")><Icon name=icon size="s"/>{tk(&format!("cal.answer.{}", words::answer_name(answer)))}</span> }.into_any()
        };
        view! { <li>{picture}<span class="clip grow">{who}</span>{said}</li> }
    };
    let mut users = event.attendees.clone();
    if let Some(own) = event.organiser.filter(|o| !users.contains(o)) {
        users.insert(0, own);
    }
    let people = users.iter().map(|id| line(id, Kind::User)).collect_view();
    let contacts = event.contacts.iter().map(|id| line(id, Kind::Contact)).collect_view();
    let resources = event.resources.iter().map(|id| line(id, Kind::Resource)).collect_view();
    let link = |id: Option<Id>, kind: Kind, icon: &'static str| {
        id.map(|id| {
            let href = format!("/{}/{id}", kind.plural());
            view! { <p class="fact"><Icon name=icon size="s"/><a href=href class="clip">{name(id)}</a></p> }
        })
    };
    let conflicts = page.conflicts.iter().map(|c| said::say(desk, c)).collect::<Vec<_>>();
    let clash = (!conflicts.is_empty()).then(|| {
        let head = said::headline(desk.me, &page.conflicts);
        let lines = conflicts
            .into_iter()
            .take(4)
            .map(|s| {
                let what = match s.href {
                    Some(href) => view! { <a class="clip" href=href>{s.what}</a> }.into_any(),
                    None => view! { <span class="clip">{s.what}</span> }.into_any(),
                };
                view! { <li><strong class="clip">{s.who}</strong><time>{s.when}</time>{what}</li> }
            })
            .collect_view();
        let reason = (!page.conflict_reason.is_empty())
            .then(|| view! { <p class="muted">{t!("cal.saved_because", reason = page.conflict_reason)}</p> });
        view! { <div class="note warn clashes"><Icon name="alert"/><b>{head}</b><ul>{lines}</ul>{reason}</div> }
    });
    let body = (!event.body.is_empty()).then(|| view! { <p class="notes">{event.body.clone()}</p> });
    // As it was just read; a link leads to items, too, that the page does not show.
    let item = Arc::new(match desk.item(&of) {
        Some(known) => Shown { version: page.version, ..Shown::clone(&known) },
        None => of_page(desk, &page),
    });
    let answers = page.answer.map(|current| answers(desk, item.clone(), current, again));
    let (to_delete, to_edit) = (item.clone(), item);
    let delete = page.can_delete.then(|| {
        view! {
            <button type="button" class="btn danger-quiet" on:click=move |_| desk.delete(&to_delete)>
                {t("action.delete")}
            </button>
        }
    });
    let tick = (task && page.can_edit).then(|| {
        view! {
            <button type="button" class="btn primary" on:click=move |_| desk.tick(of.0)>
                <Icon name="check" size="s"/>
                {t("today.do_done")}
            </button>
        }
    });
    let kind = if task { Kind::Task } else { Kind::Event };
    let edit = (page.can_edit && !task).then(
        || view! { <button type="button" class="btn primary" on:click=move |_| form::begin_edit(desk, to_edit.clone())>{t("action.edit")}</button> },
    );
    view! {
        <div class="body" data-shown=key_text(&of)>
            <h2 class=words::kind_colour(event.kind)><Icon name=words::kind_icon(event.kind)/>{title}</h2>
            <p class="num when">{time}</p>
            {foreign.map(|f| view! { <p class="faint num">{f}</p> })}
            {sentence.filter(|s| !s.is_empty()).map(|s| view! { <p class="fact"><Icon name="repeat" size="s"/>{s}</p> })}
            <div class="row wrap">{tags}</div>
            {(!event.place.is_empty()).then(|| view! { <p class="fact"><Icon name="pin" size="s"/><span class="clip">{event.place.clone()}</span></p> })}
            {link(event.company, Kind::Company, "company")}
            {link(event.deal, Kind::Deal, "board")}
            <ul class="takers">{people}{contacts}{resources}</ul>
            {clash}
            {body}
            {answers}
        </div>
        <footer>
            {delete}
            <span class="grow"></span>
            <a class="btn quiet" href=format!("/{}/{}", kind.plural(), of.0)>{t("cal.open_record")}</a>
            {tick}
            {edit}
        </footer>
    }
    .into_any()
}

/// An item that a link opened and the page does not show, as the page would show it.
fn of_page(desk: Desk, page: &EventPage) -> Shown {
    let event = &page.event;
    let when = event.when().unwrap_or(When::At(domain::calendar::Span::new(0, 0)));
    Shown {
        id: page.id,
        slot: page.slot,
        series: event.series,
        recurs: event.recurs(),
        start: event.start,
        end: event.end,
        span: desk.clock.with_untracked(|c| c.span(when)),
        kind: event.kind,
        status: event.status,
        busy: event.busy,
        masked: false,
        private: event.private,
        title: event.title.clone(),
        place: event.place.clone(),
        organiser: event.organiser,
        subjects: Vec::new(),
        attendees: event.attendees.clone(),
        contacts: event.contacts.clone(),
        resources: event.resources.clone(),
        company: event.company,
        deal: event.deal,
        travel_before: event.travel_before,
        travel_after: event.travel_after,
        answer: page.answer,
        clash: !page.conflicts.is_empty(),
        version: page.version,
        foreign: false,
        task: page.task,
        can_edit: page.can_edit,
    }
}

/// What clocks show where the item lives, where that is another zone than the one that is shown.
fn own_clock(desk: Desk, when: When, zone: &str) -> Option<String> {
    let When::At(span) = when else { return None };
    let shown = desk.page.with_untracked(|p| p.zone.clone());
    if zone.is_empty() || zone == shown {
        return None;
    }
    let (here, there) = (desk.clock.with_untracked(|c| c.offset(span.start)), super::super::zones::offset(zone, span.start)?);
    if here == there {
        return None;
    }
    let ((_, from), (_, to)) = (super::super::zones::wall(zone, span.start)?, super::super::zones::wall(zone, span.end)?);
    Some(t!("cal.there", time = desk.manner.clocks(from, to), zone = words::zone_name(zone)))
}

fn answers(desk: Desk, item: Arc<Shown>, current: Answer, again: Callback<()>) -> AnyView {
    let buttons = [(Answer::Accepted, "check"), (Answer::Tentative, "info"), (Answer::Declined, "x")]
        .map(|(answer, icon)| {
            let item = item.clone();
            view! {
                <button
                    type="button"
                    aria-pressed=if answer == current { "true" } else { "false" }
                    on:click=move |_| desk.answer(&item, answer, again)
                >
                    <Icon name=icon size="s"/>
                    {tk(&format!("cal.do.{}", words::answer_name(answer)))}
                </button>
            }
        })
        .collect_view();
    view! { <div class="seg answers" role="group" aria-label=t("cal.your_answer")>{buttons}</div> }.into_any()
}
