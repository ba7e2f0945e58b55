//! Toasts: what was just done, with Undo for ten seconds (key Z). Three at most; they wait while the pointer or focus is
//! on them. Screen readers hear them politely. What shows where it happens (a cell that was edited) needs no toast: the key
//! takes it back all the same, as long as nothing was done after it.

use std::sync::Arc;
use std::time::Duration;

use domain::record::Done;
use leptos::prelude::*;

use super::Icon;
use crate::i18n::{error_text, fill, fmt, t, tk};

const LIFE: u32 = 10;
const MOST: usize = 3;

#[derive(Clone)]
pub struct Toast {
    /// Past tense and the thing's name: "“GTX Pro” moved to Won".
    pub text: String,
    /// "", "bad" or "good".
    pub tone: &'static str,
    pub undo: Option<Callback<()>>,
}

#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<(u32, Toast)>>,
    next: StoredValue<u32>,
    /// What the key takes back though no toast tells of it.
    silent: StoredValue<Option<Arc<dyn Fn() + Send + Sync>>>,
}

pub fn use_toasts() -> Toasts {
    use_context().unwrap_or_else(Toasts::new)
}

impl Toasts {
    pub(crate) fn new() -> Self {
        Self { list: RwSignal::new(Vec::new()), next: StoredValue::new(0), silent: StoredValue::new(None) }
    }

    pub fn say(&self, text: impl Into<String>) {
        self.push(Toast { text: text.into(), tone: "", undo: None });
    }

    pub fn done(&self, text: impl Into<String>, undo: impl Fn() + Send + Sync + 'static) {
        self.push(Toast { text: text.into(), tone: "", undo: Some(Callback::new(move |()| undo())) });
    }

    /// A bulk act: `text` when it went through, else how much of it did, and why not more.
    pub fn act(&self, text: impl Into<String>, done: &Done, undo: impl Fn() + Send + Sync + 'static) {
        match &done.why {
            None => self.done(text, undo),
            Some(why) => self.half("toast.broke_off", done, why, undo),
        }
    }

    /// An undo that broke off; `on` takes back what is left.
    pub fn undo_broke_off(&self, done: &Done, on: impl Fn() + Send + Sync + 'static) {
        if let Some(why) = &done.why {
            self.half("toast.undo_broke_off", done, why, on);
        }
    }

    fn half(&self, key: &str, done: &Done, why: &domain::Error, undo: impl Fn() + Send + Sync + 'static) {
        let (n, left) = (count(done.changes.len()), count(done.left.len()));
        let text = fill(&tk(key), &[("n", &n), ("left", &left), ("why", &error_text(why))]);
        self.push(Toast { text, tone: "bad", undo: Some(Callback::new(move |()| undo())) });
    }

    pub fn fail(&self, error: &domain::Error) {
        // The session is over: only the sign-in page helps, and it leads back here.
        if *error == domain::Error::Unauthenticated {
            return crate::shell::sign_in_again();
        }
        self.push(Toast { text: error_text(error), tone: "bad", undo: None });
    }

    /// For a form: it shows what is wrong with its fields, anything else is said here.
    pub fn refused(&self, form: RwSignal<Option<domain::Error>>, error: domain::Error) {
        if !matches!(error, domain::Error::Invalid { .. }) {
            self.fail(&error);
        }
        let _ = form.try_set(Some(error));
    }

    pub fn push(&self, toast: Toast) {
        let id = self.next.try_get_value().unwrap_or(0);
        self.next.try_set_value(id + 1);
        if toast.undo.is_some() {
            self.silent.try_set_value(None);
        }
        let _ = self.list.try_update(|list| {
            list.push((id, toast));
            if list.len() > MOST {
                list.remove(0);
            }
        });
    }

    pub fn close(&self, id: u32) {
        let _ = self.list.try_update(|list| list.retain(|(i, _)| *i != id));
    }

    /// Something was done that is seen where it happened; `undo` takes it back.
    pub fn silently(&self, undo: impl Fn() + Send + Sync + 'static) {
        self.silent.try_set_value(Some(Arc::new(undo)));
    }

    /// Takes back what was done last: silently since the newest toast, else what that one offers; the key Z.
    pub fn undo_last(&self) {
        if let Some(undo) = self.silent.try_update_value(Option::take).flatten() {
            return undo();
        }
        let last = self.list.with_untracked(|l| l.iter().rev().find_map(|(id, t)| t.undo.map(|u| (*id, u))));
        if let Some((id, undo)) = last {
            self.close(id);
            undo.run(());
        }
    }
}

fn count(n: usize) -> String {
    fmt().number(i64::try_from(n).unwrap_or(0))
}

#[component]
pub fn Toaster() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.list.get() key=|(id, _)| *id let:entry>
                <One id=entry.0 toast=entry.1/>
            </For>
        </div>
    }
    .into_any()
}

#[component]
fn One(id: u32, toast: Toast) -> impl IntoView {
    let toasts = use_toasts();
    let held = RwSignal::new(false);
    let left = StoredValue::new(LIFE * 10);
    let tick = set_interval_with_handle(
        move || {
            if held.try_get_untracked() == Some(false) {
                let now = left.try_get_value().unwrap_or(0).saturating_sub(1);
                left.try_set_value(now);
                if now == 0 {
                    toasts.close(id);
                }
            }
        },
        Duration::from_millis(100),
    );
    on_cleanup(move || {
        if let Ok(tick) = tick {
            tick.clear();
        }
    });
    let undo = toast.undo;
    view! {
        <div
            class=format!("toast {}", toast.tone)
            class:held=move || held.get()
            style=format!("--life:{LIFE}s")
            on:mouseenter=move |_| held.set(true)
            on:mouseleave=move |_| held.set(false)
            on:focusin=move |_| held.set(true)
            on:focusout=move |_| held.set(false)
        >
            <Icon name=if toast.tone == "bad" { "warn" } else { "check" }/>
            <span class="grow">{toast.text}</span>
            {undo.map(|undo| {
                view! {
                    <button
                        type="button"
                        class="btn"
                        on:click=move |_| {
                            toasts.close(id);
                            undo.run(());
                        }
                    >
                        <Icon name="undo" size="s"/>
                        {t("action.undo")}
                        <kbd>"Z"</kbd>
                    </button>
                }
            })}
            <button type="button" class="btn icon" aria-label=t("action.close") on:click=move |_| toasts.close(id)><Icon name="x"/></button>
        </div>
    }
    .into_any()
}
