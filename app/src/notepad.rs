//! The notepad: a small panel above any page. What is typed stays in this browser until it is saved; a note hangs on the
//! record at hand when that is ticked, else it is loose and one's own. Below stand one's pinned and latest notes.

use domain::record::Label;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::task::spawn_local;
use leptos_router::hooks::use_location;
use serde::{Deserialize, Serialize};

use crate::prelude::*;
use crate::records::keep;
use crate::records::quick::enter_key;

pub mod api;
mod list;

use list::Notes;

/// A record that a note can hang on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    pub name: String,
    /// What the note's fields say then.
    pub fields: Fields,
}

/// What this browser keeps until it is saved.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    body: String,
    on: Option<Place>,
}

const DRAFT: &str = "notepad";

#[derive(Clone, Copy)]
struct Pad {
    body: RwSignal<String>,
    /// Where the note will hang; it stays so while one walks on.
    on: RwSignal<Option<Place>>,
    /// The record of the page.
    here: RwSignal<Option<Place>>,
    busy: RwSignal<bool>,
    error: RwSignal<Option<Error>>,
    /// What was sent without an answer, and under which name: sent again as it is, it is not made twice.
    attempt: StoredValue<Option<(Fields, String)>>,
    notes: Notes,
    toasts: Toasts,
}

/// The part's own: there from the first time that it is wanted, drawn while it is open.
pub fn panel() -> AnyView {
    let open = use_shell().notepad;
    let pad = Pad::new();
    pad.keep();
    pad.follow();
    // Whoever closes it goes on where they were.
    let before = StoredValue::new_local(None::<web_sys::HtmlElement>);
    Effect::new(move |was: Option<bool>| {
        let now = open.get();
        if now && was != Some(true) {
            before.set_value(crate::dom::active());
            pad.notes.load();
        } else if !now
            && was == Some(true)
            && let Some(element) = before.get_value()
        {
            let _ = element.focus();
        }
        now
    });
    (move || open.get().then(|| pad.view(open))).into_any()
}

impl Pad {
    fn new() -> Self {
        Self {
            body: RwSignal::new(String::new()),
            on: RwSignal::new(None),
            here: RwSignal::new(None),
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
            attempt: StoredValue::new(None),
            notes: Notes::new(),
            toasts: use_toasts(),
        }
    }

    /// From this browser's memory, and back with every key.
    fn keep(self) {
        Effect::new(move |before: Option<()>| {
            if before.is_none() {
                let kept: Option<Kept> = keep::draft(DRAFT).and_then(|text: String| serde_json::from_str(&text).ok());
                if let Some(kept) = kept {
                    self.body.set(kept.body);
                    self.on.set(kept.on);
                }
            }
            let now = Kept { body: self.body.get(), on: self.on.get() };
            if before.is_some() {
                let text = if now.body.trim().is_empty() { String::new() } else { serde_json::to_string(&now).unwrap_or_default() };
                keep::keep_draft(DRAFT, &text);
            }
        });
    }

    /// Learns what the page is about, while the panel is open.
    fn follow(self) {
        let path = use_location().pathname;
        let open = use_shell().notepad;
        Effect::new(move |_| {
            let at = path.with(|p| record_at(p));
            if !open.get() {
                return;
            }
            self.here.set(None);
            let Some((kind, id)) = at else { return };
            spawn_local(async move {
                let found = api::at_hand(kind, id).await.ok().flatten();
                if path.try_with_untracked(|p| record_at(p)) == Some(Some((kind, id))) {
                    let _ = self.here.try_set(found);
                }
            });
        });
        self.notes.follow(open);
    }

    fn view(self, open: RwSignal<bool>) -> AnyView {
        let field = NodeRef::<html::Textarea>::new();
        Effect::new(move |_| {
            if let Some(field) = field.get() {
                let _ = field.focus();
            }
        });
        let keydown = move |event: KeyboardEvent| {
            if event.is_composing() {
                return;
            }
            if event.key() == "Escape" {
                event.prevent_default();
                event.stop_propagation();
                open.set(false);
            } else if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                event.stop_propagation();
                self.save();
            }
        };
        let offered = Memo::new(move |_| self.on.get().or_else(|| self.here.get()));
        let tick = move || {
            offered.get().map(|place| {
                let name = place.name.clone();
                let change = move |_| self.on.update(|on| *on = if on.is_some() { None } else { Some(place.clone()) });
                view! {
                    <label class="check">
                        <input type="checkbox" prop:checked=move || self.on.with(Option::is_some) on:change=change/>
                        <span>{t!("pad.attach", name = name)}</span>
                    </label>
                }
            })
        };
        view! {
            <aside class="notepad" role="dialog" aria-labelledby="notepad-title" on:keydown=keydown>
                <header>
                    <Icon name="note"/>
                    <h2 id="notepad-title" class="grow">{t("pad.title")}</h2>
                    <button type="button" class="btn quiet icon" aria-label=t("action.close") on:click=move |_| open.set(false)><Icon name="x"/></button>
                </header>
                <form
                    novalidate
                    on:submit=move |event| {
                        event.prevent_default();
                        self.save();
                    }
                >
                    <textarea
                        class="input area"
                        rows="5"
                        node_ref=field
                        aria-label=t("pad.write")
                        placeholder=t("pad.write")
                        prop:value=move || self.body.get()
                        on:input=move |event| self.body.set(event_target_value(&event))
                    ></textarea>
                    {tick}
                    <div role="alert">{move || self.error.get().map(|e| view! { <span class="err">{error_text(&e)}</span> })}</div>
                    <div class="row">
                        <span class="hint grow">{move || t(if self.body.with(|b| b.trim().is_empty()) { "pad.hint" } else { "composer.draft_kept" })}</span>
                        <Button look="primary" busy=self.busy>{t("action.save")}<kbd>{enter_key()}</kbd></Button>
                    </div>
                </form>
                {self.notes.view()}
            </aside>
        }
        .into_any()
    }

    fn save(self) {
        let body = self.body.get_untracked();
        if self.busy.get_untracked() || body.trim().is_empty() {
            return;
        }
        let on = self.on.get_untracked();
        let mut fields = on.as_ref().map(|p| p.fields.clone()).unwrap_or_default();
        fields.insert("body".to_owned(), body.clone().into());
        fields.insert("owner".to_owned(), use_me().id.to_string().into());
        let before = self.attempt.get_value().filter(|(sent, _)| *sent == fields);
        let (fields, key) = before.unwrap_or_else(|| (fields, keep::attempt()));
        self.attempt.set_value(Some((fields.clone(), key.clone())));
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            let made = crate::records::api::create(Kind::Note, fields, key).await;
            self.busy.set(false);
            match made {
                Ok(record) => {
                    self.attempt.set_value(None);
                    // What was typed meanwhile stays.
                    if self.body.get_untracked() == body {
                        self.body.set(String::new());
                        self.on.set(None);
                    }
                    let id = record.id;
                    self.toasts.done(t!("toast.created", name = record.name()), move || self.take_back(id, body.clone(), on.clone()));
                    self.notes.load();
                }
                Err(Fault(error)) => self.error.set(Some(error)),
            }
        });
    }

    /// The words come back into an empty pad: what was saved too early is not lost.
    fn take_back(self, id: Id, body: String, on: Option<Place>) {
        spawn_local(async move {
            match crate::records::api::remove(Kind::Note, id).await {
                Ok(_) => {
                    if self.body.with_untracked(|b| b.trim().is_empty()) {
                        self.body.set(body);
                        self.on.set(on);
                    }
                    self.notes.load();
                }
                Err(Fault(error)) => self.toasts.fail(&error),
            }
        });
    }
}

/// The record that a page is about.
fn record_at(path: &str) -> Option<(Kind, Id)> {
    let mut steps = path.split('/').filter(|s| !s.is_empty());
    let (kind, id) = (steps.next()?, steps.next()?);
    Some((Kind::ALL.into_iter().find(|k| k.plural() == kind)?, Id::parse(id)?))
}

/// A name beside the note: of what it hangs on.
fn hangs_on(note: &Record, labels: &domain::record::Labels) -> Option<(Kind, Id, Label)> {
    domain::activities::PARENTS.iter().find_map(|(field, kind)| {
        let id = note.id_of(field)?;
        Some((*kind, id, labels.get(&id)?.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_a_record_is_known_by_its_address() {
        let id = "0198f2c4-5f10-7a30-9c1e-3b7d5a2e4f60";
        assert_eq!(record_at(&format!("/deals/{id}")), Id::parse(id).map(|id| (Kind::Deal, id)));
        for elsewhere in ["/deals", "/calendar/conflicts", "/import/1", "/", &format!("/nowhere/{id}")] {
            assert_eq!(record_at(elsewhere), None, "{elsewhere}");
        }
    }
}
