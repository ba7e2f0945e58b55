//! The top bar that every page begins with: its title, search, how live it is, who looks too, and "New".

use domain::live::Present;
use domain::rights::Act;
use leptos_meta::Title;

use super::{Status, use_shell};
use crate::prelude::*;

/// What a person may make, in the order of the "New" menu.
pub(crate) const MAKEABLE: [Kind; 8] =
    [Kind::Deal, Kind::Event, Kind::Company, Kind::Contact, Kind::Task, Kind::Call, Kind::Note, Kind::Product];

/// `title` is the page's heading and window title. `trail`: pages above this one (address, name). `people`: who looks at
/// the same record. `make`: what the "New" button makes here. Children (the page's own buttons) stand before "New".
#[component]
pub fn TopBar(
    #[prop(into)] title: Signal<String>,
    #[prop(optional)] trail: Vec<(String, String)>,
    #[prop(optional, into)] people: Option<Signal<Vec<Present>>>,
    #[prop(optional)] make: Option<Kind>,
    /// What the window is called where that says more than the heading.
    #[prop(optional, into)]
    window: Option<Signal<String>>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let shell = use_shell();
    let heading = NodeRef::<leptos::html::H1>::new();
    focus_heading(heading);
    let head = view! { <h1 tabindex="-1" class="clip" node_ref=heading>{move || title.get()}</h1> };
    let head = if trail.is_empty() {
        head.into_any()
    } else {
        let steps = trail.into_iter().map(|(href, name)| view! { <a href=href>{name}</a><Icon name="right" size="s"/> }).collect_view();
        view! { <span class="crumb">{steps}{head}</span> }.into_any()
    };
    let window = window.unwrap_or(title);
    // The server reads it when the page may be drawn and its signals gone already: it gets the words themselves.
    #[cfg(feature = "ssr")]
    let window = window.get_untracked();
    // In the browser whoever keeps the window's title asks for it once more when the page is gone already: it stays what it was.
    #[cfg(not(feature = "ssr"))]
    let window = {
        let last = std::sync::Mutex::new(String::new());
        move || {
            let Ok(mut last) = last.lock() else { return String::new() };
            if let Some(now) = window.try_get() {
                *last = now;
            }
            last.clone()
        }
    };
    view! {
        <Title text=window/>
        <header class="bar">
            {head}
            <span class="grow"></span>
            <button type="button" class="find" aria-label=t("search.open") on:click=move |_| shell.palette.set(true)>
                <Icon name="search" size="s"/>
                <span>{t("search.hint")}</span>
                <kbd>{move || if shell.alive.get() && on_mac() { "⌘ K" } else { "Ctrl K" }}</kbd>
            </button>
            <span class="grow"></span>
            <Line/>
            <super::layout::Bell/>
            {people.map(presence)}
            {children.map(|c| c())}
            <button
                type="button"
                class="btn quiet icon"
                aria-label=t("pad.title")
                title=t("pad.title_key")
                aria-expanded=move || if shell.notepad.get() { "true" } else { "false" }
                on:click=move |_| shell.notepad.update(|open| *open = !*open)
            >
                <Icon name="note"/>
            </button>
            <NewButton make=make/>
        </header>
        <OfflineBanner/>
    }
    .into_any()
}

#[cfg(feature = "hydrate")]
use crate::dom::on_mac;

#[cfg(not(feature = "hydrate"))]
fn on_mac() -> bool {
    false
}

/// A new page takes the focus to its heading, so that the keyboard and screen readers start there; the first one does not.
fn focus_heading(heading: NodeRef<leptos::html::H1>) {
    let first = use_shell().first_page;
    Effect::new(move |_| {
        let Some(node) = heading.get() else {
            return;
        };
        if first.get_value() {
            first.set_value(false);
            return;
        }
        let _ = node.focus();
        // What is built before it stands on the page cannot take it yet.
        request_animation_frame(move || {
            if document().active_element().is_none_or(|e| e.tag_name() == "BODY") {
                let _ = node.focus();
            }
        });
    });
}

/// The dot that says whether changes arrive.
#[component]
fn Line() -> impl IntoView {
    let status = use_live().status();
    let class = move || match status.get() {
        Status::Live => "conn live",
        Status::Lost(_) | Status::SignedOut => "conn lost",
        Status::Idle | Status::Connecting => "conn connecting",
    };
    let word = move || match status.get() {
        Status::Live => t("live.live"),
        Status::Lost(_) => t("live.lost"),
        Status::SignedOut => t("live.signed_out"),
        Status::Idle | Status::Connecting => t("live.connecting"),
    };
    let title = move || match status.get() {
        Status::Live => t("live.live_title"),
        Status::SignedOut => t("live.signed_out"),
        _ => t("live.connecting"),
    };
    view! { <span class=class role="status" title=title><span>{word}</span></span> }.into_any()
}

/// Says since when the page may be old, once the line has been gone for two seconds.
#[component]
fn OfflineBanner() -> impl IntoView {
    let status = use_live().status();
    let shown = RwSignal::new(None::<i64>);
    Effect::new(move |_| match status.get() {
        Status::Lost(since) => {
            set_timeout(
                move || {
                    if status.try_get_untracked() == Some(Status::Lost(since)) {
                        let _ = shown.try_set(Some(since));
                    }
                },
                std::time::Duration::from_secs(2),
            );
        }
        _ => shown.set(None),
    });
    move || {
        if status.get() == Status::SignedOut {
            return Some(
                view! {
                    <div class="banner warn offline" role="alert">
                        <Icon name="lock"/>
                        <span class="grow">{error_text(&Error::Unauthenticated)}</span>
                        <button type="button" class="btn small" on:click=move |_| crate::shell::sign_in_again()>{t("auth.sign_in")}</button>
                    </div>
                }
                .into_any(),
            );
        }
        shown.get().map(|since| {
            let time = crate::i18n::clock_time(since);
            view! {
                <div class="banner warn offline" role="alert">
                    <Icon name="warn"/>
                    <span class="grow">{t!("live.banner", time = time)}</span>
                </div>
            }
            .into_any()
        })
    }
}

fn presence(people: Signal<Vec<Present>>) -> AnyView {
    view! {
        <span class="stack apart" role="group" aria-label=t("live.here_now")>
            {move || {
                people
                    .get()
                    .into_iter()
                    .take(5)
                    .map(|p| {
                        view! { <Avatar name=p.name size="m" live=true/> }
                    })
                    .collect_view()
            }}
        </span>
    }
    .into_any()
}

#[component]
fn NewButton(make: Option<Kind>) -> impl IntoView {
    let shell = use_shell();
    let who = use_me().who();
    let may: Vec<Kind> = MAKEABLE.into_iter().filter(|k| who.may_some(Act::Create, *k)).collect();
    // Where this page's own kind may not be made, something else would only surprise.
    let first = make.map_or_else(|| may.first().copied(), |kind| may.contains(&kind).then_some(kind));
    first.map(|first| {
        view! {
            <span class="split">
                <button
                    type="button"
                    class="btn primary"
                    title=t!("action.new_named", name = kind_name(first))
                    on:click=move |_| shell.make(first, Fields::new())
                >
                    <Icon name="plus" size="s"/>
                    <span class="opt">{t("action.new")}</span>
                </button>
                <Menu
                    class="btn primary"
                    align="end"
                    label=Signal::derive(|| t("action.new_more").to_owned())
                    trigger=|| view! { <Icon name="down" size="s"/> }
                >
                    {may
                        .iter()
                        .map(|kind| {
                            let kind = *kind;
                            view! { <MenuItem label=kind_name(kind) icon=super::icon_of(kind) on_select=move |()| shell.make(kind, Fields::new())/> }
                        })
                        .collect_view()}
                </Menu>
            </span>
        }
    })
}
