//! The filter bar: period, team, owner, pipeline, product, and the currency that charts draw when there are several.

use domain::dashboard::DashboardQuery;
use domain::record::Label;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

use super::desk::Desk;
use super::{address, api, csv, figures};
use crate::prelude::*;

type Go = Callback<DashboardQuery>;

pub fn bar(desk: Desk) -> AnyView {
    let navigate = use_navigate();
    let chosen = move || desk.currency.get_untracked().code().to_owned();
    let options = || leptos_router::NavigateOptions { scroll: false, ..Default::default() };
    let go: Go = {
        let navigate = navigate.clone();
        Callback::new(move |query: DashboardQuery| {
            let several = desk.currencies.with_untracked(|c| c.len() > 1);
            navigate(&address::write(&query, if several { chosen() } else { String::new() }.as_str()), options());
        })
    };
    let to_currency = Callback::new(move |code: String| navigate(&desk.query.with_untracked(|q| address::write(q, &code)), options()));
    let currencies = move || {
        desk.currencies.with(|all| {
            (all.len() > 1).then(|| {
                let options = all.iter().map(|c| (c.code().to_owned(), "", c.code().to_owned())).collect();
                let value = Signal::derive(move || desk.currency.get().code().to_owned());
                view! { <Segmented value=value options=options label=t("field.currency") on_change=to_currency/> }
            })
        })
    };
    let narrowed = Memo::new(move |_| desk.query.with(|q| *q != DashboardQuery::default()));
    view! {
        <div class="filters" role="group" aria-label=t("dash.filters")>
            {period(desk, go)}
            {one_of(desk, go, Kind::Team, "dash.team", |q| q.team, |q, id| q.team = id)}
            {one_of(desk, go, Kind::User, "field.owner", |q| q.owner, |q, id| q.owner = id)}
            {one_of(desk, go, Kind::Pipeline, "field.pipeline", |q| q.pipeline, |q, id| q.pipeline = id)}
            {one_of(desk, go, Kind::Product, "kind.product", |q| q.product, |q, id| q.product = id)}
            {move || narrowed.get().then(|| view! { <a class="btn quiet small" href="/dashboard">{t("dash.clear")}</a> })}
            {currencies}
            <span class="sum">{move || span(desk)}</span>
            <button
                type="button"
                class="btn quiet icon small"
                aria-label=t("dash.csv_figures")
                title=t("dash.csv_figures")
                on:click=move |_| {
                    if let Some(rows) = desk.data.with_untracked(|d| d.as_ref().map(figures::rows)) {
                        csv::download("figures.csv", &rows);
                    }
                }
            >
                <Icon name="export" size="s"/>
            </button>
        </div>
    }
    .into_any()
}

/// The days that a period came to: "1 Jan 2026 – 31 Mar 2026".
fn span(desk: Desk) -> Option<String> {
    let (from, last) = shown_days(desk)?;
    Some(if from == last { fmt().date(&last) } else { format!("{} – {}", fmt().date(&from), fmt().date(&last)) })
}

pub(super) fn trigger(name: String, value: String, set: bool) -> AnyView {
    view! { {name}" "<b class="clip" class:muted=!set>{value}</b><Icon name="down" size="s"/> }.into_any()
}

fn period(desk: Desk, go: Go) -> AnyView {
    let head = move || {
        let period = desk.query.with(|q| q.period.clone());
        trigger(tk("dash.period"), address::period_name(&period), !period.is_empty())
    };
    view! {
        <Popover class="chip pick" trigger=move || view! { {head} }>
            {period_panel(
                desk.query.with_untracked(|q| q.period.clone()),
                &address::PERIODS_AND_ALL,
                untrack(|| shown_days(desk)),
                Callback::new(move |period| go.run(DashboardQuery { period, ..desk.query.get_untracked() })),
            )}
        </Popover>
    }
    .into_any()
}

/// Periods to choose from: by name, by year, quarter and month, and any two days (`shown`: those that it begins with).
pub(super) fn period_panel(current: String, names: &[&str], shown: Option<(String, String)>, chosen: Callback<String>) -> AnyView {
    let close = use_context::<crate::ui::Close>();
    let set = move |period: String| {
        if let Some(crate::ui::Close(close)) = close {
            close.run(());
        }
        chosen.run(period);
    };
    let line = {
        let current = current.clone();
        move |name: &str| {
            let (value, on) = (name.to_owned(), current == name);
            view! {
                <button type="button" class="item" aria-pressed=if on { "true" } else { "false" } on:click=move |_| set(value.clone())>
                    <span class="grow clip">{address::period_name(name)}</span>
                    {on.then(|| view! { <Icon name="check" size="s"/> })}
                </button>
            }
        }
    };
    let this_year = crate::i18n::day(crate::i18n::now()).get(..4).and_then(|y| y.parse::<i32>().ok()).unwrap_or(2026);
    let start = current.get(..4).and_then(|y| y.parse::<i32>().ok()).unwrap_or(this_year);
    let year = RwSignal::new(start);
    let cell = move |value: String, text: String| {
        let on = current == value;
        view! {
            <button type="button" class="btn quiet small" aria-pressed=if on { "true" } else { "false" } on:click=move |_| set(value.clone())>{text}</button>
        }
    };
    let grid = move || {
        let y = year.get();
        let quarters = (1..=4).map(|q| cell(format!("{y}-Q{q}"), t!("dash.q", n = q))).collect_view();
        let months = (1..=12).map(|m| cell(format!("{y}-{m:02}"), fmt().month_short(m).to_owned())).collect_view();
        view! { {quarters}{months} }
    };
    view! {
        <div class="periods">
            <div class="names">
                {names.iter().map(|p| line(p)).collect_view()}
            </div>
            <div class="years">
                <div class="row">
                    <button type="button" class="btn quiet icon small" aria-label=t("dash.year_before") on:click=move |_| year.update(|y| *y = (*y - 1).max(1900))>
                        <Icon name="left" size="s"/>
                    </button>
                    <button type="button" class="btn small grow" on:click=move |_| set(year.get_untracked().to_string())>
                        {move || t!("dash.whole_year", year = year.get())}
                    </button>
                    <button type="button" class="btn quiet icon small" aria-label=t("dash.year_after") on:click=move |_| year.update(|y| *y = (*y + 1).min(2200))>
                        <Icon name="right" size="s"/>
                    </button>
                </div>
                <div class="months">{grid}</div>
            </div>
            {days(shown, Callback::new(set))}
        </div>
    }
    .into_any()
}

/// The last day of a period belongs to it, for people.
pub(super) fn whole_days(from: &str, end: &str) -> Option<(String, String)> {
    let last = domain::time::parse_date(end).map(|d| domain::time::date(domain::time::shift(d, -1)))?;
    Some((from.to_owned(), last))
}

/// The days of the period that is shown.
fn shown_days(desk: Desk) -> Option<(String, String)> {
    let (from, end) = desk.data.with(|d| d.as_ref().and_then(|d| d.period.clone()))?;
    whole_days(&from, &end)
}

/// Any two days, beginning with those that are shown.
fn days(shown: Option<(String, String)>, set: Callback<String>) -> AnyView {
    let (from, to) = shown.unwrap_or_default();
    let (from, to) = (RwSignal::new(from), RwSignal::new(to));
    let error = RwSignal::new(None::<Error>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let days = format!("{}..{}", from.get_untracked(), to.get_untracked());
        let missing = |day: RwSignal<String>| day.with_untracked(|d| domain::time::parse_date(d).is_none());
        let wrong = match domain::time::span(&days) {
            Ok(_) => return set.run(days),
            Err(_) if missing(from) => ("from", "date"),
            Err(_) if missing(to) => ("to", "date"),
            Err(code) => ("to", code),
        };
        error.set(Some(Error::invalid(wrong.0, wrong.1)));
    };
    view! {
        <form class="days" on:submit=submit novalidate>
            <Field label=t("dash.from") error=error_in(error, "from")><DateInput value=from/></Field>
            <Field label=t("dash.to") error=error_in(error, "to")><DateInput value=to/></Field>
            <button type="submit" class="btn small">{t("action.apply")}</button>
        </form>
    }
    .into_any()
}

fn one_of(
    desk: Desk,
    go: Go,
    kind: Kind,
    label: &'static str,
    get: fn(&DashboardQuery) -> Option<Id>,
    set: fn(&mut DashboardQuery, Option<Id>),
) -> AnyView {
    let name_of = move |id: Id| desk.data.with(|d| d.as_ref().and_then(|d| d.labels.get(&id)).map(|l: &Label| l.name.clone()));
    let head = move || {
        let chosen = desk.query.with(get);
        let value = chosen.map_or_else(|| tk("dash.all"), |id| name_of(id).unwrap_or_else(|| "…".to_owned()));
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

/// Search above, choices below; "all" first.
pub(super) fn panel(kind: Kind, label: String, chosen: Option<Id>, choose: Callback<Option<Id>>) -> AnyView {
    let close = use_context::<crate::ui::Close>();
    let found = RwSignal::new(None::<Result<Vec<(Id, String)>, Error>>);
    let turn = StoredValue::new(0_u32);
    let ask = move |words: String| {
        let Some(mine) = turn.try_update_value(|t| {
            *t += 1;
            *t
        }) else {
            return;
        };
        spawn_local(async move {
            let answer = api::choices(kind, words).await.map_err(|f| f.0);
            if turn.try_get_value() == Some(mine) {
                found.set(Some(answer));
            }
        });
    };
    ask(String::new());
    let pick = move |id: Option<Id>| {
        if let Some(crate::ui::Close(close)) = close {
            close.run(());
        }
        choose.run(id);
    };
    let item = move |id: Option<Id>, name: String| {
        let on = id == chosen;
        view! {
            <button type="button" class="item" aria-pressed=if on { "true" } else { "false" } on:click=move |_| pick(id)>
                <span class="grow clip">{name}</span>
                {on.then(|| view! { <Icon name="check" size="s"/> })}
            </button>
        }
    };
    let list = move || match found.get() {
        None => view! { <Skeleton rows=4/> }.into_any(),
        Some(Err(error)) => view! { <div class="head">{error_text(&error)}</div> }.into_any(),
        Some(Ok(rows)) if rows.is_empty() => view! { <div class="head">{t("state.no_match")}</div> }.into_any(),
        Some(Ok(rows)) => rows.into_iter().map(|(id, name)| item(Some(id), name)).collect_view().into_any(),
    };
    view! {
        <div class="menufind with-icon">
            <Icon name="search" size="s"/>
            <input class="input" type="search" autocomplete="off" aria-label=label on:input=move |event| ask(event_target_value(&event))/>
        </div>
        {item(None, tk("dash.all"))}
        {list}
    }
    .into_any()
}
