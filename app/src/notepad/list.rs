//! One's pinned and latest notes, with a search; pinning is one press.

use std::time::Duration;

use domain::record::{Labels, Patch};
use leptos::task::spawn_local;

use super::{api, hangs_on};
use crate::prelude::*;
use crate::records::value;

type Found = Result<(Vec<Record>, Labels), Error>;

#[derive(Clone, Copy)]
pub struct Notes {
    found: RwSignal<Option<Found>>,
    words: RwSignal<String>,
    turn: StoredValue<u32>,
    toasts: Toasts,
}

/// Typing rests for so long before it is looked for.
const REST: Duration = Duration::from_millis(200);

impl Notes {
    pub fn new() -> Self {
        Self { found: RwSignal::new(None), words: RwSignal::new(String::new()), turn: StoredValue::new(0), toasts: use_toasts() }
    }

    pub fn follow(self, open: RwSignal<bool>) {
        use_live().on_kinds(&[Kind::Note], move || {
            if open.get_untracked() {
                self.load();
            }
        });
    }

    fn next(self) -> u32 {
        self.turn
            .try_update_value(|t| {
                *t += 1;
                *t
            })
            .unwrap_or(0)
    }

    pub fn load(self) {
        let mine = self.next();
        let words = self.words.get_untracked();
        spawn_local(async move {
            let answer = api::notes(words).await.map_err(|f| f.0);
            // Only the answer to the newest question counts.
            if self.turn.try_get_value() == Some(mine) {
                self.found.set(Some(answer));
            }
        });
    }

    fn typed(self, words: String) {
        self.words.set(words);
        let mine = self.next();
        set_timeout(
            move || {
                if self.turn.try_get_value() == Some(mine) {
                    self.load();
                }
            },
            REST,
        );
    }

    fn pin(self, note: &Record) {
        let (id, version, pinned) = (note.id, note.version, note.flag("pinned"));
        let fields = |on: bool| Fields::from_iter([("pinned".to_owned(), on.into())]);
        let patch = Patch { fields: fields(!pinned), version, base: fields(pinned) };
        spawn_local(async move {
            if let Err(Fault(error)) = crate::records::api::update(Kind::Note, id, patch).await {
                self.toasts.fail(&error);
            }
            self.load();
        });
    }

    pub fn view(self) -> AnyView {
        let rows = move || match self.found.get() {
            None => view! { <Skeleton rows=4/> }.into_any(),
            Some(Err(error)) => view! { <ErrorState error=error retry=Callback::new(move |()| self.load())/> }.into_any(),
            Some(Ok((notes, _))) if notes.is_empty() => {
                let key = if self.words.with_untracked(|w| w.trim().is_empty()) { "pad.none" } else { "state.no_match" };
                view! { <p class="muted">{t(key)}</p> }.into_any()
            }
            Some(Ok((notes, labels))) => {
                let rows = notes.iter().map(|n| self.row(n, &labels)).collect_view();
                view! { <ul>{rows}</ul> }.into_any()
            }
        };
        view! {
            <section class="mine" aria-label=t("pad.mine")>
                <div class="with-icon">
                    <Icon name="search" size="s"/>
                    <input
                        class="input"
                        type="search"
                        autocomplete="off"
                        aria-label=t("pad.search")
                        placeholder=t("pad.search")
                        prop:value=move || self.words.get()
                        on:input=move |event| self.typed(event_target_value(&event))
                    />
                </div>
                {rows}
            </section>
        }
        .into_any()
    }

    fn row(self, note: &Record, labels: &Labels) -> AnyView {
        let pinned = note.flag("pinned");
        let of = StoredValue::new(note.clone());
        let label = t!(if pinned { "pad.unpin_named" } else { "pad.pin_named" }, name = note.name());
        // Below its first line, which is its name.
        let rest: String = note.text("body").lines().skip_while(|l| l.trim().is_empty()).skip(1).collect::<Vec<_>>().join(" ");
        let rest = (!rest.trim().is_empty()).then(|| view! { <span class="rest">{rest}</span> });
        let on = hangs_on(note, labels).and_then(|(kind, id, label)| {
            let href = value::page_of(kind, id)?;
            Some(view! { <a class="clip" href=href>{label.name}</a> })
        });
        view! {
            <li>
                <span class="what">
                    <a class="t" href=format!("/notes/{}", note.id)>{note.name().to_owned()}</a>
                    {rest}
                    <small>{on}<When at=note.updated_at.clone()/></small>
                </span>
                <button
                    type="button"
                    class="btn quiet icon small pin"
                    aria-label=label.clone()
                    title=label
                    aria-pressed=if pinned { "true" } else { "false" }
                    on:click=move |_| of.with_value(|n| self.pin(n))
                >
                    <Icon name="star" size="s"/>
                </button>
            </li>
        }
        .into_any()
    }
}
