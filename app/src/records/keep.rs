//! What this browser remembers: drafts, each person's own (until they are saved; whoever signs in next does not find them),
//! and the list a record was opened from (for this tab). Does nothing on the server.

#[cfg(feature = "hydrate")]
mod real {
    use std::cell::RefCell;

    use domain::Id;
    use leptos::prelude::window;

    thread_local! {
        /// Who is signed in, for as long as the page lives.
        static PERSON: RefCell<String> = const { RefCell::new(String::new()) };
    }

    pub fn of_person(id: Option<Id>) {
        PERSON.set(id.map(|id| id.to_string()).unwrap_or_default());
    }

    fn key(name: &str) -> String {
        PERSON.with_borrow(|person| format!("rapport.draft.{person}.{name}"))
    }

    fn drafts() -> Option<web_sys::Storage> {
        window().local_storage().ok().flatten()
    }

    fn tab() -> Option<web_sys::Storage> {
        window().session_storage().ok().flatten()
    }

    pub fn draft(name: &str) -> Option<String> {
        drafts()?.get_item(&key(name)).ok().flatten()
    }

    /// Empty text forgets it.
    pub fn keep_draft(name: &str, text: &str) {
        let key = key(name);
        if let Some(storage) = drafts() {
            let _ = if text.is_empty() { storage.remove_item(&key) } else { storage.set_item(&key, text) };
        }
    }

    pub fn of_tab(name: &str) -> Option<String> {
        tab()?.get_item(&format!("rapport.{name}")).ok().flatten()
    }

    pub fn keep_for_tab(name: &str, text: &str) {
        if let Some(storage) = tab() {
            let _ = storage.set_item(&format!("rapport.{name}"), text);
        }
    }

    /// A name for one attempt, so that the server knows a repetition.
    pub fn attempt() -> String {
        format!("{:x}-{:x}", js_sys::Date::now() as u64, (js_sys::Math::random() * 4e15) as u64)
    }
}

#[cfg(feature = "hydrate")]
pub use real::*;

#[cfg(not(feature = "hydrate"))]
mod none {
    pub fn draft(_name: &str) -> Option<String> {
        None
    }
    pub fn keep_draft(_name: &str, _text: &str) {}
    pub fn of_tab(_name: &str) -> Option<String> {
        None
    }
    pub fn keep_for_tab(_name: &str, _text: &str) {}
    pub fn attempt() -> String {
        String::new()
    }
}

#[cfg(not(feature = "hydrate"))]
pub use none::*;
