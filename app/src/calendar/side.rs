//! Beside the calendar: a small month to go by, which kinds show, and whose calendars. On narrow windows the same choices
//! open from "Display".

use chrono::{Datelike, NaiveDate};
use domain::calendar::{ItemKind, SubjectKind};
use domain::time;

use super::desk::Desk;
use super::head::with_kind;
use super::place::{Place, View};
use super::words;
use crate::prelude::*;
use crate::rooms::{self, Plan};

pub fn side(desk: Desk) -> AnyView {
    view! {
        <aside class="side" aria-label=t("cal.display")>
            {small_month(desk)}
            {choices(desk, false)}
        </aside>
    }
    .into_any()
}

fn small_month(desk: Desk) -> AnyView {
    // Leafed through without leaving the day that is shown.
    let leafed = RwSignal::new(None::<NaiveDate>);
    let here = Memo::new(move |_| desk.place.with(|p| p.day(desk.today.get())));
    Effect::new(move |_| {
        here.track();
        leafed.set(None);
    });
    let month = Memo::new(move |_| time::month_start(leafed.get().unwrap_or(here.get())));
    let leaf = move |n: i64| {
        let first = month.get_untracked();
        leafed.set(Some(time::month_start(time::shift(first, if n > 0 { 32 } else { -1 }))));
    };
    let letters = move || {
        let first = desk.manner.week_of(month.get());
        (0..7)
            .map(|n| view! { <abbr title=words::weekday(time::shift(first, n))>{words::weekday_letter(time::shift(first, n))}</abbr> })
            .collect_view()
    };
    let weeks = move || {
        let (first, today) = (month.get(), desk.today.get());
        let mut day = desk.manner.week_of(first);
        let (from, to) = desk.query.with(|q| (q.from, q.to));
        let view = desk.place.with(|p| p.view);
        let mut rows = Vec::new();
        for _ in 0..6 {
            let days = (0..7)
                .map(|n| {
                    let date = time::shift(day, n);
                    let in_view = match view {
                        View::Day | View::Team => date == here.get(),
                        View::Month => false,
                        _ => from <= date && date < to,
                    };
                    view! {
                        <button
                            type="button"
                            class:out=date.month() != first.month()
                            class:inview=in_view
                            class:today=date == today
                            aria-current=(date == here.get()).then_some("date")
                            aria-label=words::day_long(date, today)
                            on:click=move |_| desk.go(&desk.place.with_untracked(|p| p.on(date)))
                        >
                            {date.day()}
                        </button>
                    }
                })
                .collect_view();
            let number = if desk.manner.sunday_first { String::new() } else { day.iso_week().week().to_string() };
            rows.push(view! { <i>{number}</i>{days} });
            day = time::shift(day, 7);
        }
        rows
    };
    view! {
        <section class="smallmonth">
            <h2>
                <span class="grow">{move || words::month_title(month.get())}</span>
                <IconButton icon="left" label=Signal::derive(|| tk("cal.previous_month")) on_click=Callback::new(move |_| leaf(-1))/>
                <IconButton icon="right" label=Signal::derive(|| tk("cal.next_month")) on_click=Callback::new(move |_| leaf(1))/>
            </h2>
            <div class="days" class:plain=desk.manner.sunday_first><i></i>{letters}{weeks}</div>
        </section>
    }
    .into_any()
}

/// Kinds and people.
/// `phone`: in the sheet that a phone has for what stands beside the calendar elsewhere.
pub fn choices(desk: Desk, phone: bool) -> AnyView {
    let close = use_context::<Close>();
    let find = move |_| {
        if let Some(Close(close)) = close {
            close.run(());
        }
        desk.panel.set(Some(super::desk::Panel::Find));
    };
    view! {
        <button type="button" class="btn block phone-only" on:click=find><Icon name="search" size="s"/>{t("cal.find")}</button>
        {phone.then(|| view! { <section class="phone-only">{rooms::planner(Plan::Zones(desk))}</section> })}
        {kinds(desk)}
        {people(desk)}
        {outward()}
    }
    .into_any()
}

/// The ways to other programs.
fn outward() -> AnyView {
    view! {
        <section class="outward">
            <h2>{t("cal.outward")}</h2>
            {super::download("btn quiet small")}
            <a class="btn quiet small" href="/import"><Icon name="import" size="s"/>{t("nav.import")}</a>
            <a class="btn quiet small" href="/settings/feeds"><Icon name="link" size="s"/>{t("cal.feeds")}</a>
        </section>
    }
    .into_any()
}

fn kinds(desk: Desk) -> AnyView {
    let boxes = ItemKind::ALL
        .into_iter()
        .map(|kind| {
            let on = move || desk.place.with(|p| p.kinds.is_empty() || p.kinds.contains(&kind));
            view! {
                <label class=format!("check {}", words::kind_colour(kind))>
                    <input
                        type="checkbox"
                        prop:checked=on
                        checked=desk.place.with_untracked(|p| p.kinds.is_empty() || p.kinds.contains(&kind))
                        on:change=move |event| {
                            let to = desk.place.with_untracked(|p| with_kind(p, kind, event_target_checked(&event)));
                            desk.go_quietly(&to);
                        }
                    />
                    <span>{words::kind_name(kind)}</span>
                </label>
            }
        })
        .collect_view();
    view! { <section class="kinds"><h2>{t("cal.kinds")}</h2>{boxes}</section> }.into_any()
}

/// Only this person's own: what no name in the address means.
fn is_own(place: &Place) -> bool {
    place.users.is_empty() && place.teams.is_empty() && place.resources.is_empty()
}

/// With one more line, or one less. Whoever adds somebody goes on seeing their own.
pub fn with_subject(place: &Place, me: Id, kind: SubjectKind, id: Id, on: bool) -> Place {
    let mut place = place.clone();
    if on && is_own(&place) && id != me {
        place.users.push(me);
    }
    let list = if kind == SubjectKind::Resource { &mut place.resources } else { &mut place.users };
    list.retain(|i| *i != id);
    if on {
        list.push(id);
    }
    if place.users == [me] && place.teams.is_empty() && place.resources.is_empty() {
        place.users.clear();
    }
    place
}

fn people(desk: Desk) -> AnyView {
    let me = use_me();
    let subjects = Memo::new(move |_| desk.page.with(|p| p.subjects.iter().map(|s| s.who.clone()).collect::<Vec<_>>()));
    let team = me.team;
    let whole_team = move |id: Id| desk.place.with(|p| p.teams.contains(&id));
    let toggle = team.map(|team| {
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=move || whole_team(team)
                    checked=desk.place.with_untracked(|p| p.teams.contains(&team))
                    on:change=move |event| {
                        let mut place = desk.place.get_untracked();
                        place.teams.retain(|t| *t != team);
                        if event_target_checked(&event) {
                            place.teams.push(team);
                        }
                        desk.go_quietly(&place);
                    }
                />
                <span>{t("cal.my_team")}</span>
            </label>
        }
    });
    let add = move |kind: Kind, label: &'static str| {
        let value = RwSignal::new(None::<Id>);
        let name = RwSignal::new(String::new());
        let chosen = Callback::new(move |hit: Option<domain::list::Hit>| {
            let Some(hit) = hit else { return };
            value.set(None);
            name.set(String::new());
            let mut place = desk.place.get_untracked();
            match kind {
                Kind::Team => {
                    place.teams.retain(|t| *t != hit.id);
                    place.teams.push(hit.id);
                }
                Kind::Resource => place = with_subject(&place, desk.me, SubjectKind::Resource, hit.id, true),
                _ => place = with_subject(&place, desk.me, SubjectKind::User, hit.id, true),
            }
            desk.go_quietly(&place);
        });
        view! { <RefPicker kind=kind value=value label=name aria=tk(label) placeholder=tk(label) on_change=chosen/> }
    };
    let list = move || {
        subjects
            .get()
            .into_iter()
            .map(|who| {
                let (id, kind, name) = (who.id, who.kind, who.name.clone());
                let own = id == desk.me;
                let named = desk.place.with(|p| p.users.contains(&id) || p.resources.contains(&id));
                let remove = move |_| {
                    let to = desk.place.with_untracked(|p| with_subject(p, desk.me, kind, id, false));
                    desk.go_quietly(&to);
                };
                let picture = match kind {
                    SubjectKind::User | SubjectKind::Contact => view! { <Avatar name=name.clone() beside=true/> }.into_any(),
                    _ => view! { <Mark name=name.clone()/> }.into_any(),
                };
                view! {
                    <li>
                        {picture}
                        <span class="clip grow">{name.clone()}{own.then(|| view! { " " <span class="faint">{t("cal.you")}</span> })}</span>
                        {named
                            .then(|| {
                                view! {
                                    <button type="button" class="btn quiet icon small" aria-label=t!("action.remove_named", name = name) on:click=remove>
                                        <Icon name="x" size="s"/>
                                    </button>
                                }
                            })}
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <section class="people">
            <h2>{t("cal.people")}</h2>
            <ul>{list}</ul>
            {toggle}
            {add(Kind::User, "cal.add_person")}
            {add(Kind::Resource, "cal.add_resource")}
            {add(Kind::Team, "cal.add_team")}
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_adds_somebody_goes_on_seeing_their_own() {
        let id = |n: u8| Id::parse(&format!("{n:08x}-0000-0000-0000-000000000000")).unwrap();
        let (me, other, room) = (id(1), id(2), id(3));
        let own = Place::default();
        let two = with_subject(&own, me, SubjectKind::User, other, true);
        assert_eq!(two.users, [me, other]);
        let three = with_subject(&two, me, SubjectKind::Resource, room, true);
        assert_eq!(three.resources, [room]);
        let back = with_subject(&with_subject(&three, me, SubjectKind::Resource, room, false), me, SubjectKind::User, other, false);
        assert_eq!(back, own, "alone again: no name in the address");
    }
}
