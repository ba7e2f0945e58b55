//! My day: one list of what asks for the person's time, ordered by value and urgency, each line with its reason. The rule is
//! `domain::today`; here it is drawn, walked by keys, and lines are done, put off and begun. Live: changes of tasks, meetings
//! and deals arrive by themselves, and so does the hour.

use std::sync::Arc;

use domain::today::{Group, Today};

use crate::prelude::*;

pub mod api;
mod desk;
mod keys;
mod row;
mod words;

use desk::Desk;

#[component]
pub fn TodayPage() -> impl IntoView {
    // Only the first picture comes through here; from then on the desk reads again by itself.
    let first = Resource::new_blocking(|| (), |()| api::load());
    view! {
        <TopBar title=t("nav.today") make=Kind::Task/>
        <Suspense fallback=|| view! { <div class="page"><Skeleton rows=8/></div> }>
            {move || Suspend::new(async move {
                let start = first.await;
                if let Err(Fault(Error::Unauthenticated)) = &start {
                    crate::shell::sign_in_again();
                }
                untrack(|| room(Desk::new(start.map_err(|f| f.0))))
            })}
        </Suspense>
    }
}

fn room(desk: Desk) -> AnyView {
    desk.follow();
    keys::listen(desk);
    let there = Memo::new(move |_| desk.data.with(Option::is_some));
    let body = move || {
        if there.get() {
            return list(desk);
        }
        match desk.error.get() {
            Some(error) => view! { <ErrorState error=error retry=Callback::new(move |()| desk.load())/> }.into_any(),
            None => view! { <Skeleton rows=8/> }.into_any(),
        }
    };
    view! {
        {head(desk)}
        <div class="page today" aria-busy=move || desk.busy.get().then_some("true")>
            {move || {
                (there.get())
                    .then(|| desk.error.get())
                    .flatten()
                    .map(|error| view! { <Banner tone="bad">{error_text(&error)}</Banner> })
            }}
            {body}
        </div>
        <span class="sr" role="status">{move || row::selected(desk)}</span>
        {move || (!desk.picked.with(std::collections::BTreeSet::is_empty)).then(|| row::bar(desk))}
    }
    .into_any()
}

/// The day, and how much of each there is.
fn head(desk: Desk) -> AnyView {
    let date = Memo::new(move |_| desk.data.with(|d| d.as_ref().map(|d| d.date.clone()).unwrap_or_default()));
    let count = move |group: Group| desk.lines.with(|l| l.iter().filter(|l| l.group == group).count());
    let counts = Group::ALL.map(|group| {
        let n = Memo::new(move |_| i64::try_from(count(group)).unwrap_or(0));
        view! {
            {move || (n.get() > 0).then(|| view! {
                <a class=format!("chip round in-{}", group.name()) href=format!("#day-{}", group.name()) rel="external">
                    {words::group(group)}
                    <b class="num">{move || fmt().number(n.get())}</b>
                </a>
            })}
        }
    });
    view! {
        <div class="filters today-head" role="group" aria-label=t("nav.today")>
            <b class="when">{move || date.with(|d| if d.is_empty() { String::new() } else { fmt().date_weekday(d) })}</b>
            {counts.into_iter().collect_view()}
            <span class="sum">{t("today.rule")}</span>
        </div>
    }
    .into_any()
}

fn list(desk: Desk) -> AnyView {
    let empty = Memo::new(move |_| desk.lines.with(|l| l.is_empty()));
    let groups = move || {
        Group::ALL
            .map(|group| {
                let keys = Memo::new(move |_| {
                    desk.lines.with(|l| l.iter().filter(|l| l.group == group).map(|l| l.key.clone()).collect::<Vec<_>>())
                });
                let any = Memo::new(move |_| keys.with(|k| !k.is_empty()));
                move || any.get().then(|| section(desk, group, keys))
            })
            .into_iter()
            .collect_view()
    };
    view! {
        {move || empty.get().then(nothing)}
        <div class="days" on:keydown=move |event| keys::on_row(desk, &event)>{groups()}</div>
        {move || desk.data.with(|d| d.as_ref().and_then(|d| more(d)))}
    }
    .into_any()
}

fn section(desk: Desk, group: Group, keys: Memo<Vec<String>>) -> AnyView {
    let id = format!("day-{}", group.name());
    let heading = id.clone();
    view! {
        <section class=format!("dayg in-{}", group.name()) aria-labelledby=heading>
            <h2 id=id>
                {words::group(group)}
                <span class="n num">{move || fmt().number(keys.with(|k| i64::try_from(k.len()).unwrap_or(0)))}</span>
            </h2>
            <ul>
                <For each=move || keys.get() key=|key| key.clone() let:key>
                    {
                        let of = key.clone();
                        let line = Memo::new(move |before: Option<&Option<Arc<domain::today::Line>>>| {
                            let now = desk.lines.with(|l| l.iter().find(|l| l.key == of).cloned());
                            // On its way out it shows what it showed.
                            now.or_else(|| before.cloned().flatten())
                        });
                        row::row(desk, key, line)
                    }
                </For>
            </ul>
        </section>
    }
    .into_any()
}

/// Deals that there was no room for, and where they all are.
fn more(day: &Today) -> Option<AnyView> {
    (day.more > 0).then(|| {
        let href = crate::dashboard::address::deals(&day.filter);
        view! { <p class="daymore"><a href=href>{tn("today.more", day.more)}</a></p> }.into_any()
    })
}

fn nothing() -> AnyView {
    view! {
        <EmptyState icon="sun" title=t("today.none_title") hint=t("today.none_hint")>
            <a class="btn" href="/calendar">{t("today.to_calendar")}</a>
            <a class="btn" href="/deals?layout=board">{t("today.to_board")}</a>
        </EmptyState>
    }
    .into_any()
}
