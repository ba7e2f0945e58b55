//! Navigation beside the page, or at the bottom of a phone.

use domain::rights::Power;
use leptos_router::hooks::use_location;

use super::use_shell;
use super::user::UserMenu;
use crate::prelude::*;

/// Address, icon, key of the word.
pub(crate) type Place = (&'static str, &'static str, &'static str);

const TODAY: Place = ("/today", "home", "nav.today");
const SELL: [Place; 4] = [
    ("/companies", "company", "kind.companies"),
    ("/contacts", "people", "kind.contacts"),
    ("/deals?layout=board", "board", "kind.deals"),
    ("/products", "product", "kind.products"),
];
const PLAN: [Place; 4] = [
    ("/calendar", "calendar", "kind.calendar"),
    ("/tasks", "task", "kind.tasks"),
    ("/calls", "phone", "kind.calls"),
    ("/notes", "note", "kind.notes"),
];
const SEE: [Place; 1] = [("/dashboard", "chart", "nav.dashboard")];
const TOLD: Place = ("/notices", "bell", "notices.title");
const IMPORT: Place = ("/import", "import", "nav.import");
const BIN: Place = ("/bin", "bin", "nav.bin");
const SETTINGS: Place = ("/settings/profile", "settings", "nav.settings");

/// Every page there is, for the palette.
pub(crate) fn places() -> Vec<Place> {
    let who = use_me().who();
    let mut all: Vec<Place> = [TODAY].into_iter().chain(SELL).chain(PLAN).chain(SEE).chain([TOLD]).collect();
    if who.has(Power::Import) {
        all.push(IMPORT);
    }
    all.extend([BIN, SETTINGS]);
    all
}

#[component]
pub fn Layout(children: Children) -> impl IntoView {
    let shell = use_shell();
    let me = use_me();
    let who = me.who();
    let folded = shell.nav;
    let fold = move |_| {
        let now = if folded.with_untracked(|n| n == "rail") { "" } else { "rail" };
        super::remember("rapport_nav", "data-nav", now);
        folded.set(now.to_owned());
    };
    #[cfg(feature = "hydrate")]
    listen(shell);
    let fold_label = Signal::derive(move || if folded.with(|n| n == "rail") { t("nav.unfold") } else { t("nav.fold") }.to_owned());
    view! {
        <a class="skip" href="#main">{t("nav.skip")}</a>
        <div class="app">
            <nav class="nav" aria-label=t("nav.main")>
                <a class="who" href="/deals?layout=board">
                    <Logo size=20/>
                    <span class="clip grow">{me.workspace.clone()}</span>
                </a>
                <div class="places">
                    {link(TODAY)}
                    <h2>{t("nav.sell")}</h2>
                    {SELL.into_iter().map(link).collect_view()}
                    <h2>{t("nav.plan")}</h2>
                    {PLAN.into_iter().map(link).collect_view()}
                    <h2>{t("nav.understand")}</h2>
                    {SEE.into_iter().map(link).collect_view()}
                    <h2>{t("nav.keep")}</h2>
                    {who.has(Power::Import).then(|| link(IMPORT))}
                    {link(BIN)}
                    {link(SETTINGS)}
                </div>
                <div class="foot">
                    <UserMenu/>
                    <button type="button" class="btn quiet icon" aria-label=move || fold_label.get() title=move || fold_label.get() on:click=fold>
                        <Icon name="side"/>
                    </button>
                </div>
            </nav>
            <main class="main" id="main" tabindex="-1">{children()}</main>
            <nav class="tabbar" aria-label=t("nav.main")>
                {[
                    TODAY,
                    ("/deals?layout=board", "board", "kind.deals"),
                    ("/calendar", "calendar", "kind.calendar"),
                    ("/dashboard", "chart", "nav.dashboard_short"),
                ]
                    .into_iter()
                    .map(link)
                    .collect_view()}
                <More/>
            </nav>
        </div>
    }
    .into_any()
}

/// How many notices are unread: asked once the page lives, and whenever there may be new ones.
#[cfg(feature = "hydrate")]
fn listen(shell: super::Shell) {
    use domain::live::LiveEvent;
    let ask = std::sync::Arc::new(super::calm(move || {
        leptos::task::spawn_local(async move {
            if let Ok(count) = crate::notices::api::unread().await {
                let _ = shell.unread.try_set(count);
            }
        });
    }));
    let first = std::sync::Arc::clone(&ask);
    Effect::new(move |_| {
        if shell.alive.get() {
            first();
        }
    });
    let toasts = use_toasts();
    let told = StoredValue::new(false);
    let standing = super::calm(move || {
        leptos::task::spawn_local(async move {
            let (Ok((role, team)), Some(Some(me))) = (crate::auth::api::standing().await, shell.me.try_get_untracked()) else { return };
            if (me.role, &me.team_members) != (role, &team) && told.try_get_value() == Some(false) {
                told.set_value(true);
                toasts.warn(t("error.rights_changed"));
            }
        });
    });
    use_live().on(move |event| match event {
        LiveEvent::Change(change) if matches!(change.kind, domain::Kind::User | domain::Kind::Team) => standing(),
        LiveEvent::Notices | LiveEvent::Reset => {
            ask();
            crate::rooms::ring();
        }
        // Wherever one is: what was written in a list or brought back from the bin may clash as well.
        LiveEvent::Clash { .. } => toasts.point(t("cal.toast.clash"), ("/calendar/conflicts", "cal.conflicts_short")),
        _ => {}
    });
}

/// The way to the notices, with how many are unread.
#[component]
pub fn Bell() -> impl IntoView {
    let unread = use_shell().unread;
    let label = move || match unread.get() {
        0 => t("notices.title").to_owned(),
        n => tn("notices.unread", i64::from(n)),
    };
    view! {
        <a class="btn quiet icon bell" href="/notices" aria-label=label title=label>
            <Icon name="bell"/>
            <b class="badge" hidden=move || unread.get() == 0>{move || unread.get()}</b>
        </a>
    }
    .into_any()
}

fn link((href, icon, key): Place) -> AnyView {
    let base = href.split(['?']).next().unwrap_or(href);
    // Settings have pages beside the first.
    let base = if base.starts_with("/settings") { "/settings" } else { base };
    let path = use_location().pathname;
    let here = move || path.with(|p| p.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    view! {
        <a href=href title=tk(key) aria-current=move || here().then_some("page")>
            <Icon name=icon/>
            <span class="clip">{tk(key)}</span>
        </a>
    }
    .into_any()
}

/// The places a phone's bar has no room for.
#[component]
fn More() -> impl IntoView {
    let navigate = leptos_router::hooks::use_navigate();
    let rest: Vec<Place> =
        places().into_iter().filter(|(href, ..)| !matches!(*href, "/today" | "/deals?layout=board" | "/calendar" | "/dashboard")).collect();
    view! {
        <Menu
            class="more"
            align="end"
            trigger=|| {
                view! {
                    <Icon name="menu"/>
                    <span>{t("nav.more")}</span>
                }
            }
        >
            {rest
                .iter()
                .map(|(href, icon, key)| {
                    let navigate = navigate.clone();
                    let href = *href;
                    view! { <MenuItem label=tk(key) icon=*icon on_select=Callback::new(move |()| navigate(href, Default::default()))/> }
                })
                .collect_view()}
            <MenuLine/>
            {crate::rooms::tool(crate::rooms::Tool::Preferences)}
        </Menu>
    }
    .into_any()
}

/// Two halves of a whole that meet: the product's mark.
#[component]
pub fn Logo(size: u32) -> impl IntoView {
    let size = size.to_string();
    view! {
        <svg class="logo" width=size.clone() height=size viewBox="0 0 24 24" aria-hidden="true">
            <path d="M11 2.5a7 7 0 0 0 0 14z" fill="var(--accent)"></path>
            <path d="M13 7.5a7 7 0 0 1 0 14z" fill="var(--accent)" opacity=".55"></path>
        </svg>
    }
    .into_any()
}
