//! The time report: hours by customer, kind of activity and person. The question lies in the address, as the dashboard's does;
//! every figure leads to exactly the rows behind it, below on the same page.

use leptos_router::hooks::use_query_map;

use crate::prelude::*;

mod address;
mod api;
mod bar;
mod desk;
mod figures;
mod rows;

use desk::Desk;

/// Sales and time, one beside the other.
pub fn tabs(here: &'static str) -> AnyView {
    let tab = |name: &'static str, href: &'static str, word: &'static str| {
        let current = (here == name).then_some("page");
        view! { <a href=href aria-current=current>{t(word)}</a> }
    };
    view! {
        <nav class="tabs" aria-label=t("nav.dashboard")>
            {tab("sales", "/dashboard", "hours.sales")}
            {tab("time", "/dashboard/time", "hours.time")}
        </nav>
    }
    .into_any()
}

#[component]
pub fn TimePage() -> impl IntoView {
    let map = use_query_map();
    let query = Memo::new(move |_| map.with(address::read));
    let of = Memo::new(move |_| map.with(address::rows));
    // Only the first picture comes through here; from then on the page follows its address by itself.
    let first = Resource::new_blocking(|| (), move |()| api::report(query.get_untracked(), of.get_untracked()));
    view! {
        <TopBar title=t("hours.title")/>
        {tabs("time")}
        <Suspense fallback=|| view! { <div class="dash"><Skeleton rows=8/></div> }>
            {move || Suspend::new(async move {
                let start = first.await;
                if let Err(Fault(Error::Unauthenticated)) = &start {
                    crate::shell::sign_in_again();
                }
                untrack(|| room(Desk::new(query, of, start.map_err(|f| f.0))))
            })}
        </Suspense>
    }
}

fn room(desk: Desk) -> AnyView {
    desk.follow();
    let there = Memo::new(move |_| desk.data.with(Option::is_some));
    let nothing = Memo::new(move |_| desk.data.with(|d| d.as_ref().is_some_and(|d| d.0.count == 0)));
    let body = move || {
        if !there.get() {
            return match desk.error.get() {
                Some(error) => view! { <ErrorState error=error retry=Callback::new(move |()| desk.load())/> }.into_any(),
                None => view! { <Skeleton rows=8/> }.into_any(),
            };
        }
        if nothing.get() {
            return view! { <EmptyState icon="clock" title=t("hours.none_title") hint=t("hours.none_hint")/> }.into_any();
        }
        view! {
            <div class="tiles">
                {figures::chart(desk)}
                {figures::table(desk)}
                {rows::rows(desk)}
            </div>
        }
        .into_any()
    };
    view! {
        {bar::bar(desk)}
        <div class="dash hours" aria-busy=move || desk.busy.get().then_some("true")>
            {move || {
                (there.get())
                    .then(|| desk.error.get())
                    .flatten()
                    .map(|error| view! { <Banner tone="bad">{error_text(&error)}</Banner> })
            }}
            {body}
        </div>
    }
    .into_any()
}
