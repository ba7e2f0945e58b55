//! What this browser remembers for the records room: drafts (until they are saved) and the list a record was opened
//! from (for this tab). Does nothing on the server.

#[cfg(feature = "hydrate")]
mod real {
    use leptos::prelude::window;

    fn drafts() -> Option<web_sys::Storage> {
        window().local_storage().ok().flatten()
    }

    fn tab() -> Option<web_sys::Storage> {
        window().session_storage().ok().flatten()
    }

    pub fn draft(name: &str) -> Option<String> {
        drafts()?.get_item(&format!("rapport.draft.{name}")).ok().flatten()
    }

    /// Empty text forgets it.
    pub fn keep_draft(name: &str, text: &str) {
        let name = format!("rapport.draft.{name}");
        if let Some(storage) = drafts() {
            let _ = if text.is_empty() { storage.remove_item(&name) } else { storage.set_item(&name, text) };
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
