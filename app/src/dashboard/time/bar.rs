//! The filter bar: period, team, person, customer, what is grouped by; the sum of all, and its file.

use domain::time_report::{By, TimeQuery};
use leptos_router::hooks::use_navigate;

use super::super::address::{PERIODS, period_name};
use super::super::bar::{panel, period_panel, trigger, whole_days};
use super::super::csv;
use super::desk::{Desk, length};
use super::{address, figures};
use crate::prelude::*;

type Go = Callback<TimeQuery>;

pub fn bar(desk: Desk) -> AnyView {
    let navigate = use_navigate();
    let go: Go = Callback::new(move |query: TimeQuery| {
        let options = leptos_router::NavigateOptions { scroll: false, ..Default::default() };
        navigate(&address::write(&query, None), options);
    });
    // Whoever sees only their own hours has nobody to choose.
    let leads = use_me().who().sees_others_time();
    let by = Signal::derive(move || desk.query.with(|q| q.by.name().to_owned()));
    let options = By::ALL.map(|b| (b.name().to_owned(), "", tk(&format!("hours.by.{}", b.name())))).to_vec();
    let set_by = Callback::new(move |name: String| {
        let by = By::parse(&name).unwrap_or_default();
        go.run(TimeQuery { by, ..desk.query.get_untracked() });
    });
    let narrowed = Memo::new(move |_| desk.query.with(|q| TimeQuery { by: By::default(), ..q.clone() } != TimeQuery::default()));
    let sum = move || desk.data.with(|d| d.as_ref().map(|d| (length(d.0.minutes), tn("hours.entries", d.0.count))));
    view! {
        <div class="filters" role="group" aria-label=t("dash.filters")>
            {period(desk, go)}
            {leads.then(|| one_of(desk, go, Kind::Team, "dash.team", |q| q.team, |q, id| q.team = id))}
            {leads.then(|| one_of(desk, go, Kind::User, "hours.person", |q| q.person, |q, id| q.person = id))}
            {one_of(desk, go, Kind::Company, "kind.company", |q| q.company, |q, id| q.company = id)}
            {move || narrowed.get().then(|| view! { <a class="btn quiet small" href="/dashboard/time">{t("dash.clear")}</a> })}
            <Segmented value=by options=options label=t("hours.by") on_change=set_by/>
            <span class="sum">
                {move || sum().map(|(hours, entries)| {
                    view! { <a href=move || address::write(&desk.query.get(), Some(""))><b>{hours}</b></a>" · "{entries} }
                })}
            </span>
            <button
                type="button"
                class="btn quiet icon small"
                aria-label=t("hours.csv")
                title=t("hours.csv")
                on:click=move |_| csv::download("hours.csv", &untrack(|| figures::file(desk)))
            >
                <Icon name="export" size="s"/>
            </button>
        </div>
    }
    .into_any()
}

/// Without a word it is this month: all time has no end in a calendar.
fn period_text(period: &str) -> String {
    period_name(if period.is_empty() { "this-month" } else { period })
}

fn period(desk: Desk, go: Go) -> AnyView {
    let head = move || {
        let period = desk.query.with(|q| q.period.clone());
        trigger(tk("dash.period"), period_text(&period), true)
    };
    let panel = move || {
        let now = desk.query.with_untracked(|q| if q.period.is_empty() { "this-month".to_owned() } else { q.period.clone() });
        let shown = desk.data.with_untracked(|d| d.as_ref().and_then(|d| whole_days(&d.0.period.0, &d.0.period.1)));
        period_panel(now, &PERIODS, shown, Callback::new(move |period| go.run(TimeQuery { period, ..desk.query.get_untracked() })))
    };
    view! { <Popover class="chip pick" trigger=move || view! { {head} }>{panel()}</Popover> }.into_any()
}

fn one_of(
    desk: Desk,
    go: Go,
    kind: Kind,
    label: &'static str,
    get: fn(&TimeQuery) -> Option<Id>,
    set: fn(&mut TimeQuery, Option<Id>),
) -> AnyView {
    let head = move || {
        let chosen = desk.query.with(get);
        let value = chosen.map_or_else(|| tk("dash.all"), |id| desk.name(id).unwrap_or_else(|| "…".to_owned()));
        trigger(tk(label), value, chosen.is_some())
    };
    let choose = Callback::new(move |id: Option<Id>| {
        let mut query = desk.query.get_untracked();
        set(&mut query, id);
        go.run(query);
    });
    view! {
        <Popover class="chip pick" trigger=move || view! { {head} }>
            {panel(kind, tk(label), desk.query.with_untracked(get), choose)}
        </Popover>
    }
    .into_any()
}
