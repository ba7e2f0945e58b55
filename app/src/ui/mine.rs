//! Things of one's own with what may be done to each: addresses, calendars, pages, tokens, letters. One head, one table
//! (cards on a phone), one question before what cannot be undone, one place for the word that is shown only once. Plain
//! functions that take made views, so that it is one piece of code for all of them.

use std::sync::Arc;

use domain::{Id, time};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Confirm, EmptyState, Icon, Toasts, cards, use_toasts};
use crate::api::Fault;
use crate::i18n::{When, t};

/// The head of a section: what it is for, and what one may begin there.
pub fn section_head(title: &'static str, text: &'static str, acts: Option<AnyView>) -> AnyView {
    view! {
        <header class="sechead">
            <h2>{t(title)}</h2>
            <p>{t(text)}</p>
            {acts.map(|acts| view! { <div class="acts">{acts}</div> })}
        </header>
    }
    .into_any()
}

/// The button that begins a new one. `look`: "primary" where it is what the page is for.
pub fn new_button(label: &'static str, look: &'static str, begin: Callback<()>) -> AnyView {
    view! {
        <button type="button" class=format!("btn {look}") on:click=move |_| begin.run(())>
            <Icon name="plus" size="s"/>
            {t(label)}
        </button>
    }
    .into_any()
}

/// Copies the text and says so. An address of this house (`/…`) is copied with where the house is.
pub fn copy_button(label: &'static str, look: &'static str, text: String) -> AnyView {
    let toasts = use_toasts();
    let copy = move |_| {
        let text = if text.starts_with('/') { format!("{}{text}", crate::dom::origin()) } else { text.clone() };
        spawn_local(async move {
            let done = crate::dom::copy(&text).await;
            toasts.say(t(if done { "state.copied" } else { "state.copy_failed" }));
        });
    };
    view! { <button type="button" class=format!("btn {look}") on:click=copy><Icon name="copy" size="s"/>{t(label)}</button> }.into_any()
}

/// A word that is on a screen this once only.
#[derive(Clone)]
pub struct Secret {
    pub of: Id,
    pub name: String,
    pub word: String,
}

/// What was just made, for as long as it is to be seen.
pub type Fresh = RwSignal<Option<Secret>>;

/// It was taken back: its word opens nothing any more.
pub fn forget(fresh: Fresh, id: Id) {
    if fresh.with_untracked(|f| f.as_ref().is_some_and(|f| f.of == id)) {
        fresh.set(None);
    }
}

pub fn secret(fresh: Fresh, icon: &'static str, text: &'static str) -> AnyView {
    let shown = move |new: Secret| {
        view! {
            <div class="note good" role="status">
                <Icon name=icon/>
                <b>{t!("settings.token_made", name = new.name)}</b>
                <p>{t(text)}</p>
            </div>
            <div class="secret">
                <code>{new.word.clone()}</code>
                {copy_button("action.copy", "", new.word)}
            </div>
        }
        .into_any()
    };
    (move || fresh.get().map(shown)).into_any()
}

/// A moment, or the word for none.
pub fn moment(at: Option<String>, none: &'static str) -> AnyView {
    match at.filter(|at| time::parse_instant(at).is_some()) {
        Some(at) => view! { <When at=at/> }.into_any(),
        None => t(none).into_any(),
    }
}

/// A name, and small beneath it what it is about.
pub fn named(name: String, below: impl IntoView + 'static) -> AnyView {
    view! { <span class="two"><b>{name}</b><small>{below.into_any()}</small></span> }.into_any()
}

/// What may be done with a thing.
pub struct Act(AnyView);

impl Act {
    /// At once.
    pub fn now(label: &'static str, run: impl Fn() + Send + Sync + 'static) -> Self {
        let run = Callback::new(move |()| run());
        Self(view! { <button type="button" class="btn small" on:click=move |_| run.run(())>{t(label)}</button> }.into_any())
    }

    /// After the list's question was answered.
    pub fn asking(label: &'static str, asked: Asked, question: String, run: impl Fn() + Send + Sync + 'static) -> Self {
        let run: Deed = Arc::new(run);
        let ask = move |_| asked.set(Some((question.clone(), run.clone())));
        Self(view! { <button type="button" class="btn danger-quiet small" on:click=ask>{t(label)}</button> }.into_any())
    }

    pub fn copy(label: &'static str, text: String) -> Self {
        Self(copy_button(label, "small", text))
    }

    /// A page that opens beside this one.
    pub fn open(label: &'static str, href: String) -> Self {
        Self(view! { <a class="btn small" href=href target="_blank" rel="external noopener">{t(label)}</a> }.into_any())
    }
}

/// Shared, and no `Callback`, which goes with the row that made it: the list may be drawn anew while its question is open.
pub type Deed = Arc<dyn Fn() + Send + Sync>;

/// The question that is open, and what is done when it is answered with yes.
pub type Asked = RwSignal<Option<(String, Deed)>>;

/// One thing: its cells in the order of the heads (the first is its name), and what may be done.
pub struct Thing {
    pub cells: Vec<AnyView>,
    pub acts: Vec<Act>,
}

/// How a list looks: its columns (without the one of the acts), what stands there when it is empty, and the verb of the one
/// act that asks before.
pub struct Look {
    pub heads: &'static [&'static str],
    pub icon: &'static str,
    pub none: (&'static str, &'static str),
    pub sure: &'static str,
}

pub fn things(look: &Look, asked: Asked, found: Vec<Thing>) -> AnyView {
    if found.is_empty() {
        return view! { <EmptyState icon=look.icon title=t(look.none.0) hint=t(look.none.1)/> }.into_any();
    }
    let labels = look.heads;
    let row = |thing: Thing| {
        let cell = |(at, inside): (usize, AnyView)| {
            let label = if at == 0 { None } else { labels.get(at).map(|key| t(key)) };
            view! { <td data-label=label>{inside}</td> }.into_any()
        };
        let cells = thing.cells.into_iter().enumerate().map(cell).collect_view();
        let acts = thing.acts.into_iter().map(|act| act.0).collect_view();
        view! { <tr>{cells}<td class="rowacts">{acts}</td></tr> }.into_any()
    };
    let rows = found.into_iter().map(row).collect_view().into_any();
    let heads: Vec<(&str, &'static str)> = labels.iter().map(|key| (*key, "")).chain([("state.actions", "sr")]).collect();
    let answered = move |sure: bool| {
        let act = asked.get_untracked();
        asked.set(None);
        if let (true, Some((_, run))) = (sure, act) {
            run();
        }
    };
    view! {
        {cards(&heads, rows)}
        <Confirm about=Signal::derive(move || asked.with(|a| a.as_ref().map(|a| a.0.clone()))) action=t(look.sure) on_close=answered/>
    }
    .into_any()
}

/// Asks the server for something and goes on with its answer; a refusal is told.
pub fn ask<T: 'static>(toasts: Toasts, asked: impl Future<Output = Result<T, Fault>> + 'static, then: impl FnOnce(T) + 'static) {
    spawn_local(async move {
        match asked.await {
            Ok(value) => then(value),
            Err(Fault(error)) => toasts.fail(&error),
        }
    });
}
