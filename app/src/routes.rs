//! Which address shows which page. Whoever is not signed in was sent to the sign-in page before any of this runs.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{Outlet, ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::hooks::use_params_map;
use leptos_router::{SsrMode, path};

use domain::{Id, Kind};

use crate::{deals, rooms, shell};

/// Pages are sent whole: what they show is loaded before the first byte, so nothing jumps.
const MODE: SsrMode = SsrMode::Async;

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let i18n = shell::provide();
    view! {
        <leptos_meta::Title formatter=|title: String| if title.is_empty() { "Rapport".to_owned() } else { format!("{title} · Rapport") }/>
        <Router>
            // Everything below is drawn anew when the language changes.
            {move || {
                i18n.locale.track();
                view! {
                    <Routes fallback=|| view! { <shell::NotFoundPage/> }>
                        <Route path=path!("/sign-in") view=rooms::sign_in_page ssr=MODE/>
                        <Route path=path!("/book/:slug") view=rooms::book_page ssr=MODE/>
                        <Route path=path!("/booking/:token") view=rooms::booked_page ssr=MODE/>
                        <Route path=path!("/set-up") view=rooms::set_up_page ssr=MODE/>
                        <ParentRoute path=path!("") view=Framed ssr=MODE>
                            <Route path=path!("/") view=|| view! { <Redirect path="/deals?layout=board"/> } ssr=MODE/>
                            <Route path=path!("/deals") view=deals::DealsPage ssr=MODE/>
                            <Route path=path!("/today") view=rooms::today_page ssr=MODE/>
                            <Route path=path!("/calendar") view=rooms::calendar_page ssr=MODE/>
                            <Route path=path!("/calendar/conflicts") view=rooms::conflicts_page ssr=MODE/>
                            <Route path=path!("/dashboard") view=rooms::dashboard_page ssr=MODE/>
                            <Route path=path!("/dashboard/time") view=rooms::time_page ssr=MODE/>
                            <Route path=path!("/import") view=|| rooms::import_page(None) ssr=MODE/>
                            <Route path=path!("/import/:id") view=OneImport ssr=MODE/>
                            <Route path=path!("/bin") view=rooms::bin_page ssr=MODE/>
                            <Route path=path!("/notices") view=rooms::notices_page ssr=MODE/>
                            <Route path=path!("/settings") view=|| view! { <Redirect path="/settings/profile"/> } ssr=MODE/>
                            <Route path=path!("/settings/:section") view=rooms::settings_page ssr=MODE/>
                            <Route path=path!("/:kind") view=List ssr=MODE/>
                            <Route path=path!("/:kind/:id") view=Page ssr=MODE/>
                        </ParentRoute>
                    </Routes>
                    <shell::Overlays/>
                }
            }}
        </Router>
    }
}

#[component]
fn Framed() -> impl IntoView {
    view! { <shell::Layout><Outlet/></shell::Layout> }
}

/// Kinds with pages of their own: those people work with. Users, teams and pipelines are settings.
fn paged(plural: &str) -> Option<Kind> {
    let kind = Kind::ALL.into_iter().find(|k| k.plural() == plural)?;
    (!matches!(kind, Kind::Pipeline | Kind::User | Kind::Team)).then_some(kind)
}

#[component]
fn List() -> impl IntoView {
    let params = use_params_map();
    let kind = Memo::new(move |_| paged(&params.read().get("kind").unwrap_or_default()));
    move || match kind.get() {
        Some(kind) => rooms::list_page(kind),
        None => view! { <shell::NotFoundPage framed=true/> }.into_any(),
    }
}

#[component]
fn Page() -> impl IntoView {
    let params = use_params_map();
    let what = Memo::new(move |_| {
        let params = params.read();
        Some((paged(&params.get("kind")?)?, Id::parse(&params.get("id")?)?))
    });
    move || match what.get() {
        Some((kind, id)) => rooms::record_page(kind, id),
        None => view! { <shell::NotFoundPage framed=true/> }.into_any(),
    }
}

#[component]
fn OneImport() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| Id::parse(&params.read().get("id")?));
    move || match id.get() {
        Some(id) => rooms::import_page(Some(id)),
        None => view! { <shell::NotFoundPage framed=true/> }.into_any(),
    }
}
