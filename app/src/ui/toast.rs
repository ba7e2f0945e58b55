//! Toasts: what was just done, with Undo for ten seconds (key Z). Three at most; they wait while the pointer or focus is
//! on them. Screen readers hear them politely. What shows where it happens (a cell that was edited) needs no toast: the key
//! takes it back all the same, as long as nothing was done after it. What is shown before the server has answered is what the
//! key means, too: it waits for the answer.

use std::sync::Arc;
use std::time::Duration;

use domain::record::Done;
use leptos::prelude::*;

use super::Icon;
use crate::i18n::{error_text, fill, fmt, t, tk, tn};

const LIFE: u32 = 10;
const MOST: usize = 3;
/// So many steps back.
const STEPS: usize = 30;

#[derive(Clone, Default)]
pub struct Toast {
    /// Past tense and the thing's name: "“GTX Pro” moved to Won".
    pub text: String,
    /// "", "bad", "good", or "bell" for what rang.
    pub tone: &'static str,
    pub undo: Option<Callback<()>>,
    /// Something was taken back, and `undo` does it again: by its button only, the key goes on backwards.
    pub redo: bool,
    /// Where it can be seen or put right, and the key of what that page is called.
    pub link: Option<(&'static str, &'static str)>,
}

type Undo = Arc<dyn Fn() + Send + Sync>;

#[derive(Clone, Copy, Debug)]
pub struct Toasts {
    list: RwSignal<Vec<(u32, Toast)>>,
    next: StoredValue<u32>,
    /// What the key takes back, the newest last: also what no toast tells of, and what told of it is gone.
    past: StoredValue<Vec<(u32, Undo)>>,
    waiting: StoredValue<Waiting>,
}

#[derive(Clone, Copy, Default)]
struct Waiting {
    /// Shown, and not yet answered by the server.
    acts: u32,
    /// The key was pressed meanwhile, so many times.
    presses: u32,
    /// What is kept from this number on is what it was pressed for.
    since: u32,
}

/// An act that is shown and not answered yet, until it is dropped.
#[derive(Debug)]
pub struct UnderWay(Toasts);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.answered();
    }
}

pub fn use_toasts() -> Toasts {
    use_context().unwrap_or_else(Toasts::new)
}

impl Toasts {
    pub(crate) fn new() -> Self {
        let (list, next, past, waiting) =
            (RwSignal::new(Vec::new()), StoredValue::new(0), StoredValue::new(Vec::new()), StoredValue::default());
        Self { list, next, past, waiting }
    }

    pub fn say(&self, text: impl Into<String>) {
        self.push(Toast { text: text.into(), tone: "", ..Toast::default() });
    }

    /// Something to look at.
    pub fn warn(&self, text: impl Into<String>) {
        self.push(Toast { text: text.into(), tone: "bad", ..Toast::default() });
    }

    /// A reminder, and where it can be put off.
    pub fn ring(&self, text: impl Into<String>) {
        self.push(Toast { text: text.into(), tone: "bell", link: Some(("/notices", "notices.title")), ..Toast::default() });
    }

    /// Something went wrong elsewhere, and this is where to see to it.
    pub fn point(&self, text: impl Into<String>, link: (&'static str, &'static str)) {
        self.push(Toast { text: text.into(), tone: "bad", link: Some(link), ..Toast::default() });
    }

    pub fn done(&self, text: impl Into<String>, undo: impl Fn() + Send + Sync + 'static) {
        self.push(Toast { text: text.into(), tone: "", undo: Some(Callback::new(move |()| undo())), ..Toast::default() });
    }

    /// A bulk act: `text` when it went through, with what was left out; else how much of it did, and why not more.
    pub fn act(&self, text: impl Into<String>, done: &Done, undo: impl Fn() + Send + Sync + 'static) {
        match &done.why {
            None => {
                let (text, left) = (text.into(), left_out(done));
                match (done.changes.is_empty(), left.is_empty()) {
                    (false, true) => self.done(text, undo),
                    (false, false) => self.done(format!("{text} {left}"), undo),
                    (true, false) => self.say(left),
                    // It was so already.
                    (true, true) => self.say(text),
                }
            }
            Some(why) => self.half("toast.broke_off", done, why, undo),
        }
    }

    /// An undo of many that left something as it is, or broke off (`on` takes back what is left); of one that did it all
    /// nothing is said.
    pub fn undone(&self, done: &Done, on: impl Fn() + Send + Sync + 'static) {
        let left = left_out(done);
        if !left.is_empty() {
            let n = i64::try_from(done.changes.len()).unwrap_or(0);
            self.warn(if n == 0 { left } else { format!("{} {left}", tn("toast.undone", n)) });
        }
        self.undo_broke_off(done, on);
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
        self.push(Toast { text, tone: "bad", undo: Some(Callback::new(move |()| undo())), ..Toast::default() });
    }

    pub fn fail(&self, error: &domain::Error) {
        // The session is over: only signing in again helps.
        if *error == domain::Error::Unauthenticated {
            return crate::shell::sign_in_again();
        }
        self.push(Toast { text: error_text(error), tone: "bad", ..Toast::default() });
    }

    /// For a form: it shows what is wrong with its fields, anything else is said here.
    pub fn refused(&self, form: RwSignal<Option<domain::Error>>, error: domain::Error) {
        if !matches!(error, domain::Error::Invalid { .. }) {
            self.fail(&error);
        }
        let _ = form.try_set(Some(error));
    }

    pub fn push(&self, toast: Toast) {
        let id = self.number();
        if let Some(undo) = toast.undo.filter(|_| !toast.redo) {
            self.keep(id, Arc::new(move || _ = undo.try_run(())));
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

    /// Something was taken back; `again` does it anew.
    pub fn took_back(&self, text: impl Into<String>, again: impl Fn() + Send + Sync + 'static) {
        self.push(Toast { text: text.into(), tone: "", undo: Some(Callback::new(move |()| again())), redo: true, ..Toast::default() });
    }

    /// Something was done that is seen where it happened; `undo` takes it back.
    pub fn silently(&self, undo: impl Fn() + Send + Sync + 'static) {
        self.keep(self.number(), Arc::new(undo));
    }

    fn number(&self) -> u32 {
        let id = self.next.try_get_value().unwrap_or(0);
        self.next.try_set_value(id + 1);
        id
    }

    fn keep(&self, id: u32, undo: Undo) {
        let _ = self.past.try_update_value(|past| {
            past.push((id, undo));
            if past.len() > STEPS {
                past.remove(0);
            }
        });
    }

    /// What is shown already, while the server is asked.
    pub fn acting(&self, work: impl Future<Output = ()> + 'static) {
        let under_way = self.under_way();
        leptos::task::spawn_local(async move {
            work.await;
            drop(under_way);
        });
    }

    /// Something is shown that the server has not answered: until this is dropped, the key that takes back waits.
    pub fn under_way(&self) -> UnderWay {
        let _ = self.waiting.try_update_value(|w| w.acts += 1);
        UnderWay(*self)
    }

    fn answered(&self) {
        let over = self.waiting.try_update_value(|w| {
            w.acts = w.acts.saturating_sub(1);
            (w.acts == 0).then(|| std::mem::take(w))
        });
        let Some(Some(pressed)) = over else { return };
        for _ in 0..pressed.presses {
            // What was refused needs no taking back, and what was done before it was not meant.
            let meant = self.past.try_with_value(|past| past.last().is_some_and(|(id, _)| *id >= pressed.since));
            if meant != Some(true) {
                return;
            }
            self.undo_last();
        }
    }

    /// Takes back what was done last, then what was done before it; the key Z.
    pub fn undo_last(&self) {
        let next = self.next.try_get_value().unwrap_or(0);
        let waits = self.waiting.try_update_value(|w| {
            if w.acts > 0 {
                w.since = if w.presses == 0 { next } else { w.since };
                w.presses += 1;
            }
            w.acts > 0
        });
        if waits == Some(true) {
            return;
        }
        if let Some((id, undo)) = self.past.try_update_value(Vec::pop).flatten() {
            self.close(id);
            undo();
        }
    }

    /// By the toast's own button.
    fn undo(&self, id: u32, undo: Callback<()>) {
        let _ = self.past.try_update_value(|past| past.retain(|(i, _)| *i != id));
        self.close(id);
        let _ = undo.try_run(());
    }
}

fn count(n: usize) -> String {
    fmt().number(i64::try_from(n).unwrap_or(0))
}

/// Whatever a rule or a right forbids: how many, the names of the first, and why. One sentence a reason.
fn left_out(done: &Done) -> String {
    const NAMED: usize = 3;
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    for r in &done.refused {
        let why = error_text(&r.why);
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, names)) => names.push(&r.name),
            None => reasons.push((why, vec![&r.name])),
        }
    }
    let said = reasons.iter().map(|(why, all)| {
        let more = if all.len() > NAMED { "…" } else { "" };
        let names = all.iter().take(NAMED).map(|n| crate::t!("toast.quoted", name = n)).collect::<Vec<_>>().join(", ");
        let n = i64::try_from(all.len()).unwrap_or(0);
        crate::t!("toast.left_out", n = fmt().number(n), names = format!("{names}{more}"), why = why)
    });
    said.collect::<Vec<_>>().join(" ")
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
    let (undo, redo) = (toast.undo, toast.redo);
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
            <Icon name=match toast.tone { "bad" => "warn", "bell" => "bell", _ => "check" }/>
            <span class="grow">{toast.text}</span>
            {undo.map(|undo| {
                view! {
                    <button
                        type="button"
                        class="btn"
                        on:click=move |_| toasts.undo(id, undo)
                    >
                        <Icon name="undo" size="s"/>
                        {t(if redo { "action.redo" } else { "action.undo" })}
                        {(!redo).then(|| view! { <kbd>"Z"</kbd> })}
                    </button>
                }
            })}
            {toast.link.map(|(href, key)| view! { <a class="btn" href=href on:click=move |_| toasts.close(id)>{t(key)}</a> })}
            <button type="button" class="btn icon" aria-label=t("action.close") on:click=move |_| toasts.close(id)><Icon name="x"/></button>
        </div>
    }
    .into_any()
}
