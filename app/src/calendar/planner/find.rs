//! Find a time: who and what is needed, how long, in which days; the times that suit all, the best first. Beside them the
//! day of everybody, so that one sees why: colleagues and rooms as taken or not, customers with what one may read of it.

use domain::calendar::view::{FindTimes, FreeBusy, Times};
use domain::calendar::{Span, When, diary::TakenBy};
use domain::record::Labels;
use domain::time;
use leptos::task::spawn_local;

use super::super::clock::MINUTE;
use super::super::desk::{Desk, Panel, Start};
use super::super::{api, words};
use super::model::{Form, Person};
use super::{frame, people, rows};
use crate::prelude::*;

const LENGTHS: [u32; 9] = [15, 30, 45, 60, 90, 120, 240, 360, 480];

pub fn find(desk: Desk) -> AnyView {
    // The people's field is that of the form; nothing else of it is used.
    let form = Form::new(desk, &Start::default());
    let subjects = desk.page.with_untracked(|p| p.subjects.clone());
    form.people.set(
        subjects
            .iter()
            .map(|s| Person {
                id: s.who.id,
                kind: if s.who.kind == domain::calendar::SubjectKind::Resource { Kind::Resource } else { Kind::User },
                name: s.who.name.clone(),
            })
            .collect(),
    );
    let today = desk.today.get_untracked();
    let day = desk.place.with_untracked(|p| p.day(today)).max(today);
    let from = RwSignal::new(time::date(day));
    let to = RwSignal::new(time::date(time::shift(day, 7)));
    let minutes = RwSignal::new("60".to_owned());
    let found = RwSignal::new(None::<Result<Times, Error>>);
    let looked = RwSignal::new(day);
    let days = RwSignal::new(None::<(chrono::NaiveDate, Vec<FreeBusy>)>);
    let look = move |span: Span| {
        let day = desk.clock.with_untracked(|c| c.wall(span.start).0);
        if looked.get_untracked() != day {
            looked.set(day);
        }
    };
    let (turn, asked) = (StoredValue::new(0_u32), StoredValue::new(0_u32));
    let wish = Memo::new(move |_| {
        let of = |kind: Kind| form.people.with(|p| p.iter().filter(|p| p.kind == kind).map(|p| p.id).collect::<Vec<_>>());
        FindTimes {
            users: of(Kind::User),
            contacts: of(Kind::Contact),
            resources: of(Kind::Resource),
            duration_minutes: minutes.with(|m| m.parse().unwrap_or(60)),
            from: from.get(),
            to: time::parse_date(&to.get()).map(|d| time::date(time::shift(d, 1))).unwrap_or_default(),
            zone: desk.page.with_untracked(|p| p.zone.clone()),
            limit: 24,
            ..FindTimes::default()
        }
    });
    Effect::new(move |_| {
        let wish = wish.get();
        turn.update_value(|t| *t += 1);
        let mine = turn.get_value();
        set_timeout(
            move || {
                if turn.try_get_value() != Some(mine) {
                    return;
                }
                let asked_from = time::parse_date(&wish.from);
                spawn_local(async move {
                    let answer = api::look_for_times(wish).await;
                    if turn.try_get_value() == Some(mine) {
                        if let Ok(times) = &answer {
                            let first = times.times.first().map(|s| s.span.start);
                            // Where there is none, the first day of those that were asked for shows who has no time.
                            match (first, asked_from) {
                                (Some(ms), _) => looked.set(desk.clock.with_untracked(|c| c.wall(ms).0)),
                                (None, Some(day)) => looked.set(day),
                                (None, None) => {}
                            }
                        }
                        found.set(Some(answer.map_err(|f| f.0)));
                    }
                });
            },
            super::super::live::PAUSE,
        );
    });
    Effect::new(move |_| {
        let (wish, day) = (wish.get(), looked.get());
        let window = window_of(desk, day);
        let (a, b) = (time::instant(window.start), time::instant(window.end));
        asked.update_value(|t| *t += 1);
        let mine = asked.get_value();
        spawn_local(async move {
            let answer = api::busy_times(wish.users, wish.contacts, wish.resources, a, b).await;
            // Another day's hours under this day's name would look free where nobody is.
            if asked.try_get_value() == Some(mine) {
                days.set(Some((day, answer.unwrap_or_default())));
            }
        });
    });
    let take = move |span: Span| {
        let mut fields = Fields::new();
        let list = |kind: Kind| {
            let ids = form
                .people
                .with_untracked(|p| p.iter().filter(|p| p.kind == kind && p.id != desk.me).map(|p| p.id.to_string()).collect::<Vec<_>>());
            serde_json::json!(ids)
        };
        for (name, kind) in [("attendees", Kind::User), ("contacts", Kind::Contact), ("resources", Kind::Resource)] {
            fields.insert(name.to_owned(), list(kind));
        }
        let labels: Labels = form.people.with_untracked(|p| {
            p.iter().map(|p| (p.id, domain::record::Label { kind: p.kind, name: p.name.clone(), hint: String::new() })).collect()
        });
        desk.learn(&labels);
        let day = desk.clock.with_untracked(|c| c.wall(span.start).0);
        if !desk.columns.with_untracked(|c| c.contains(&day)) {
            desk.go_quietly(&desk.place.with_untracked(|p| p.on(day)));
        }
        desk.panel.set(Some(Panel::New(Start { when: Some(When::At(span)), fields, ..Start::default() })));
    };
    let options = LENGTHS.map(|m| view! { <option value=m.to_string() prop:selected=move || minutes.with(|x| *x == m.to_string())>{words::length(i64::from(m))}</option> }).collect_view();
    let date = move |label: &'static str, value: RwSignal<String>| view! { <DateInput value=value label=tk(label)/> };
    let when = view! {
        <div class="times">
            <select class="input select" aria-label=t("cal.duration") on:change=move |event| minutes.set(event_target_value(&event))>{options}</select>
            {date("cal.from_day", from)}
            <span class="faint">"–"</span>
            {date("cal.to_day", to)}
        </div>
    };
    let list = move || match found.get() {
        None => view! { <Skeleton rows=3/> }.into_any(),
        Some(Err(error)) => {
            view! { <p class="err" role="alert"><Icon name="warn" size="s"/><span>{error_text(&error)}</span></p> }.into_any()
        }
        Some(Ok(times)) if times.times.is_empty() => view! { <p class="muted">{t("cal.find_none")}</p> }.into_any(),
        Some(Ok(times)) => {
            let labels = times.labels.clone();
            times
                .times
                .into_iter()
                .map(|slot| {
                    let span = slot.span;
                    let names = |ids: &[Id]| ids.iter().filter_map(|id| labels.get(id).map(|l| l.name.clone())).collect::<Vec<_>>().join(", ");
                    let note = if !slot.missing.is_empty() {
                        t!("cal.find_missing", who = names(&slot.missing))
                    } else if !slot.unloved.is_empty() {
                        t!("cal.find_unloved", who = names(&slot.unloved))
                    } else {
                        String::new()
                    };
                    view! {
                        <button type="button" class="btn time" on:click=move |_| take(span) on:focus=move |_| look(span) on:mouseenter=move |_| look(span)>
                            <Icon name="check" size="s"/>
                            <span class="num">{words::when(desk, When::At(span))}</span>
                            <small class="faint clip">{note}</small>
                        </button>
                    }
                })
                .collect_view()
                .into_any()
        }
    };
    let inside = view! {
        <header>
            <h2>{t("cal.find")}</h2>
            <span class="faint clip">{desk.page.with_untracked(|p| words::zone_name(&p.zone))}</span>
            <span class="grow"></span>
            <button type="button" class="btn quiet icon" aria-label=t("action.close") on:click=move |_| desk.panel.set(None)><Icon name="x"/></button>
        </header>
        <div class="body">
            {rows::row("people", t("cal.who"), people::equals(form))}
            {rows::row("clock", t("cal.when"), when.into_any())}
            <div class="found">
                <div class="list" aria-live="polite">{list}</div>
                {move || {
                    // The hours of another day would look free where nobody is.
                    let here = days.get().filter(|(day, _)| *day == looked.get()).map(|(_, all)| all);
                    here.map(|all| columns(desk, looked, &all, found.get().and_then(Result::ok).unwrap_or_default()))
                }}
            </div>
        </div>
    };
    frame::frame(desk, "find", Signal::derive(|| tk("cal.find")), Signal::derive(|| true), "", inside.into_any())
}

/// The hours of a day that the picture has, by the clocks of the page.
fn window_of(desk: Desk, day: chrono::NaiveDate) -> Span {
    let zone = desk.page.with_untracked(|p| p.zone.clone());
    let start = super::super::zones::instant(&zone, day, 7 * 60).unwrap_or_else(|| desk.clock.with_untracked(|c| c.instant(day, 7 * 60)));
    Span::new(start, start + 13 * 60 * MINUTE)
}

/// A column for each: what is taken, what is closed, what is offered.
fn columns(desk: Desk, looked: RwSignal<chrono::NaiveDate>, all: &[FreeBusy], times: Times) -> AnyView {
    let day = looked.get();
    let leaf = move |days: i64| Callback::new(move |_| looked.update(|day| *day = time::shift(*day, days)));
    let window = window_of(desk, day);
    let at = move |span: Span| span.shared(window).map(|s| ((s.start - window.start) / MINUTE, (s.end - window.start) / MINUTE));
    let free: Vec<(i64, i64)> = times.times.iter().filter_map(|t| at(t.span)).collect();
    let heads = all
        .iter()
        .map(|f| {
            let name = f.who.name.clone();
            let taken = f
                .taken
                .iter()
                .filter_map(|t| {
                    let (a, b) = at(t.span)?;
                    let class = match t.by {
                        TakenBy::Busy => "taken",
                        TakenBy::Tentative => "taken maybe",
                        TakenBy::Leave => "taken away",
                    };
                    Some(view! { <i class=class style=format!("--s:{a};--e:{b}")></i> })
                })
                .collect_view();
            let known = f
                .known
                .iter()
                .filter_map(|k| {
                    let (a, b) = at(k.span)?;
                    let (title, hint) = (k.title.clone(), k.title.clone());
                    let class = if k.tentative { "known maybe" } else { "known" };
                    Some(view! { <i class=class style=format!("--s:{a};--e:{b}") title=hint>{title}</i> })
                })
                .collect_view();
            let shut = f.working.as_ref().map(|w| {
                domain::calendar::span::without(&[window], w)
                    .into_iter()
                    .filter_map(at)
                    .map(|(a, b)| view! { <i class="shut" style=format!("--s:{a};--e:{b}")></i> })
                    .collect_view()
            });
            let offered = free.iter().map(|(a, b)| view! { <i class="band free" style=format!("--s:{a};--e:{b}")></i> }).collect_view();
            view! {
                <div class=format!("fb {}", kind_class(&name))>
                    <span class="clip" title=name.clone()>{name.clone()}</span>
                    <div class="track">{shut}{taken}{known}{offered}</div>
                </div>
            }
        })
        .collect_view();
    let hours = (7..20).map(|h| view! { <span style=format!("--s:{}", (h - 7) * 60)>{desk.manner.clock(h * 60)}</span> }).collect_view();
    view! {
        <div class="days">
            <h3>
                <IconButton icon="left" label=Signal::derive(|| tk("cal.previous_day")) on_click=leaf(-1)/>
                <IconButton icon="right" label=Signal::derive(|| tk("cal.next_day")) on_click=leaf(1)/>
                {words::day_long(day, desk.today.get_untracked())}
            </h3>
            <div class="cols" role="img" aria-label=words::day_long(day, desk.today.get_untracked())><div class="axis">{hours}</div>{heads}</div>
        </div>
    }
    .into_any()
}
