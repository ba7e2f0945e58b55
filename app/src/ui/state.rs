//! What stands where content is missing: nothing yet, loading, failed.

use domain::Error;
use leptos::prelude::*;

use super::Icon;
use crate::i18n::{error_text, t};
use crate::shell::{Status, use_live};

/// One sentence on what will be here, and one action (the children).
#[component]
pub fn EmptyState(
    icon: &'static str,
    #[prop(into)] title: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name=icon size="l"/>
            <h2>{title}</h2>
            {(!hint.is_empty()).then(|| view! { <p>{hint}</p> })}
            {children.map(|c| view! { <div class="acts">{c()}</div> })}
        </div>
    }
    .into_any()
}

/// A part of a page that can be made anew as a whole: `make` gets what does so. What failed is not mended within itself,
/// where half of it is gone already while the other half still draws.
pub fn renewable(make: impl Fn(Callback<()>) -> AnyView + Send + Sync + 'static) -> AnyView {
    let turn = RwSignal::new(0_u32);
    let again = Callback::new(move |()| {
        let _ = turn.try_update(|turn| *turn += 1);
    });
    let view = move || {
        turn.track();
        untrack(|| make(again))
    };
    view.into_any()
}

/// Tries again when the line, or whoever was signed out, is there again, once.
fn when_back(retry: Callback<()>) {
    let status = use_live().status();
    Effect::new(move |was_lost: Option<bool>| {
        let lost = matches!(status.get(), Status::Lost(_) | Status::SignedOut);
        if was_lost == Some(true) && status.get() == Status::Live {
            // Not from within this effect: it goes with what is made anew.
            set_timeout(move || retry.try_run(()).unwrap_or_default(), std::time::Duration::ZERO);
            return false;
        }
        lost || (was_lost == Some(true) && status.get() != Status::Live)
    });
}

/// What happened, what is safe, what to do; `retry` tries again in place, and does so by itself where the server was out
/// of reach.
#[component]
pub fn ErrorState(#[prop(into)] error: Error, #[prop(optional, into)] retry: Option<Callback<()>>) -> impl IntoView {
    if let (Error::Unavailable | Error::Unauthenticated, Some(retry)) = (&error, retry) {
        when_back(retry);
    }
    let over = error == Error::Unauthenticated;
    view! {
        <div class="empty error" role="alert">
            <Icon name="warn" size="l"/>
            <h2>{t("error.title")}</h2>
            <p>{error_text(&error)}</p>
            {retry.map(|retry| {
                let act = move |_| if over { crate::shell::sign_in_again() } else { retry.run(()) };
                view! {
                    <div class="acts">
                        <button type="button" class="btn" on:click=act>{t(if over { "auth.sign_in" } else { "action.retry" })}</button>
                    </div>
                }
            })}
        </div>
    }
    .into_any()
}

/// Keeps the shape of what comes: `rows` bars.
#[component]
pub fn Skeleton(#[prop(default = 3)] rows: usize, #[prop(optional, into)] class: String) -> impl IntoView {
    let bars = (0..rows).map(|_| view! { <span class="bone"></span> }).collect_view();
    view! { <div class=format!("skeleton {class}") role="status" aria-busy="true" aria-label=t("state.loading")>{bars}</div> }.into_any()
}

/// A line across the page. `tone`: "info", "warn", "bad", "good".
#[component]
pub fn Banner(#[prop(default = "info")] tone: &'static str, children: Children) -> impl IntoView {
    let icon = if tone == "info" || tone == "good" { "info" } else { "warn" };
    view! { <div class=format!("banner {tone}") role="status"><Icon name=icon/><span class="grow">{children()}</span></div> }.into_any()
}

/// `done` of `of`; an unknown end (`of` 0) shows movement only.
#[component]
pub fn ProgressBar(#[prop(into)] done: Signal<i64>, #[prop(into)] of: Signal<i64>, #[prop(into)] label: String) -> impl IntoView {
    let share = move || {
        let of = of.get();
        if of > 0 { Some((done.get().clamp(0, of) * 100) / of) } else { None }
    };
    view! {
        <div
            class="progress"
            class:unknown=move || share().is_none()
            role="progressbar"
            aria-label=label
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || share().map(|s| s.to_string())
        >
            <i style:width=move || format!("{}%", share().unwrap_or(100))></i>
        </div>
    }
    .into_any()
}
