//! The dashboard room: what was won and lost, what is open, what is to come. The filter bar lies in the address; every
//! figure leads to the list of exactly its deals. Changes made elsewhere arrive by themselves, and only the tiles that
//! they change are drawn again. Beside it, in `time`, the time report: a part of its own.

use leptos_router::hooks::use_query_map;

use crate::prelude::*;

pub(crate) mod address;
mod api;
mod bar;
mod csv;
mod desk;
mod figures;
mod leaders;
mod months;
mod rows;
mod tile;
mod time;

use desk::Desk;
pub use time::TimePage;

#[component]
pub fn DashboardPage() -> impl IntoView {
    let map = use_query_map();
    let query = Memo::new(move |_| map.with(address::read));
    let currency = Memo::new(move |_| map.with(|m| m.get("currency").unwrap_or_default()));
    // Only the first picture comes through here; from then on the page follows its address by itself.
    let first = Resource::new(|| (), move |()| api::load(query.get_untracked()));
    view! {
        <TopBar title=t("nav.dashboard")/>
        {time::tabs("sales")}
        <Suspense fallback=bones>
            {move || {
                first
                    .get()
                    .map(|answer| {
                        if let Err(Fault(Error::Unauthenticated)) = &answer {
                            crate::shell::sign_in_again();
                        }
                        untrack(|| room(Desk::new(query, currency, answer.map_err(|f| f.0))))
                    })
            }}
        </Suspense>
    }
    .into_any()
}

fn room(desk: Desk) -> AnyView {
    desk.follow();
    let there = Memo::new(move |_| desk.data.with(Option::is_some));
    let missing = move || match desk.error.get() {
        Some(error) => view! { <ErrorState error=error retry=Callback::new(move |()| desk.load())/> }.into_any(),
        None => view! { <Skeleton rows=6/> }.into_any(),
    };
    let body = move || if there.get() { tiles(desk) } else { view! { {missing} }.into_any() };
    view! {
        {bar::bar(desk)}
        <div class="dash" aria-busy=move || desk.busy.get().then_some("true")>
            // What is on the screen stays; this says that it may be old.
            {move || {
                (there.get())
                    .then(|| desk.error.get())
                    .flatten()
                    .map(|error| {
                        view! {
                            <div class="banner bad" role="alert">
                                <Icon name="warn"/>
                                <span class="grow">{error_text(&error)}</span>
                                <button type="button" class="btn small" on:click=move |_| desk.load()>{t("action.retry")}</button>
                            </div>
                        }
                    })
            }}
            {body}
        </div>
    }
    .into_any()
}

fn tiles(desk: Desk) -> AnyView {
    let nothing = Memo::new(move |_| desk.data.with(|d| d.as_ref().is_some_and(|d| d.won.count + d.lost.count + d.open.count == 0)));
    let content = move || {
        if nothing.get() {
            return empty(desk);
        }
        view! {
            <div class="tiles">
                {figures::figures(desk)}
                {rows::stages(desk)}
                {months::months(desk)}
                {rows::forecast(desk)}
                {leaders::owners(desk)}
                {leaders::products(desk)}
            </div>
        }
        .into_any()
    };
    content.into_any()
}

/// Nothing at all: either the filter leaves nothing, or there are no deals yet.
fn empty(desk: Desk) -> AnyView {
    let narrowed = desk.query.with_untracked(|q| *q != Default::default());
    if narrowed {
        return view! {
            <EmptyState icon="chart" title=t("dash.none_title") hint=t("dash.none_hint")>
                <a class="btn" href="/dashboard">{t("dash.clear")}</a>
            </EmptyState>
        }
        .into_any();
    }
    let may_import = use_me().who().has(domain::rights::Power::Import);
    view! {
        <EmptyState icon="chart" title=t("dash.empty_title") hint=t("dash.empty_hint")>
            <a class="btn" href="/deals?layout=board">{t("dash.to_board")}</a>
            {may_import.then(|| view! { <a class="btn" href="/import">{t("dash.to_import")}</a> })}
        </EmptyState>
    }
    .into_any()
}

/// The shape of what comes.
fn bones() -> AnyView {
    let kpis = (0..6).map(|_| view! { <div class="tile kpi"><Skeleton rows=2/></div> }).collect_view();
    let charts = ["tile w5", "tile w7", "tile w4", "tile w4", "tile w4"]
        .map(|class| view! { <div class=class><div class="body"><Skeleton rows=6/></div></div> })
        .collect_view();
    view! { <div class="dash"><div class="tiles">{kpis}{charts}</div></div> }.into_any()
}
