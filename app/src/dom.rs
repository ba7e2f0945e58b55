//! The little of the browser that several rooms need: cookies, focus, where the typing goes. Does nothing on the server.

#[cfg(feature = "hydrate")]
mod real {
    use leptos::prelude::*;
    use wasm_bindgen::JsCast;

    /// A preference kept for a year in this browser.
    pub fn set_cookie(name: &str, value: &str) {
        let Ok(document) = document().dyn_into::<web_sys::HtmlDocument>() else {
            return;
        };
        let _ = document.set_cookie(&format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax"));
    }

    pub fn set_root(name: &str, value: Option<&str>) {
        if let Some(root) = document().document_element() {
            let _ = match value {
                Some(value) => root.set_attribute(name, value),
                None => root.remove_attribute(name),
            };
        }
    }

    pub fn go(href: &str) {
        let _ = window().location().set_href(href);
    }

    pub fn reload() {
        let _ = window().location().reload();
    }

    /// What has the keyboard.
    pub fn active() -> Option<web_sys::HtmlElement> {
        document().active_element()?.dyn_into().ok()
    }

    pub fn focus(selector: &str) -> bool {
        let element = document().query_selector(selector).ok().flatten().and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
        element.is_some_and(|e| e.focus().is_ok())
    }

    /// The page's own search gets the keyboard, where there is one to be seen; what stands in it is replaced by typing.
    pub fn focus_search() -> bool {
        let there = focus(".pagebar input[type='search']")
            && document().active_element().is_some_and(|e| e.matches(".pagebar input").unwrap_or(false));
        if there {
            select_all();
        }
        there
    }

    pub fn by_id(id: &str) -> Option<web_sys::HtmlElement> {
        document().get_element_by_id(id)?.dyn_into().ok()
    }

    /// Marks what stands in the field that has the keyboard, so that typing replaces it.
    fn select_all() {
        if let Some(input) = document().active_element().and_then(|e| e.dyn_into::<web_sys::HtmlInputElement>().ok()) {
            input.select();
        }
    }

    fn press(selector: &str) {
        if let Some(e) = document().query_selector(selector).ok().flatten().and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
            e.click();
        }
    }

    /// Into the field of an editor once it is drawn: its part may still be on its way. What stands in it is marked, and a
    /// picker (found by `picker`) shows what there is to choose.
    pub fn edit(place: String, picker: String, tries: u32) {
        // At once where it is there: whoever types on must not lose a letter.
        try_edit(place, picker, tries, 0);
    }

    fn try_edit(place: String, picker: String, tries: u32, wait: u64) {
        set_timeout(
            move || {
                if focus(&format!("{place} :is(input, textarea, select)")) {
                    select_all();
                    press(&picker);
                } else if tries > 0 {
                    try_edit(place, picker, tries - 1, 20);
                }
            },
            std::time::Duration::from_millis(wait),
        );
    }

    /// Called before a list is put in another order: what has the keyboard is moved with its row, which browsers take for
    /// leaving the page. By the next frame it has it again, unless it is gone or something else took it.
    pub fn keep_focus() {
        let Some(had) = document().active_element().and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) else { return };
        request_animation_frame(move || {
            let free = document().active_element().is_none_or(|e| e.tag_name() == "BODY");
            if free && had.is_connected() {
                let how = web_sys::FocusOptions::new();
                how.set_prevent_scroll(true);
                let _ = had.focus_with_options(&how);
            }
        });
    }

    /// Takes the keyboard from the field that has it.
    pub fn blur() {
        if let Some(field) = document().active_element().and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = field.blur();
        }
    }

    /// Does the keyboard belong to a field or an open dialog now? Then single keys are no commands.
    pub fn is_typing(event: &web_sys::KeyboardEvent) -> bool {
        let Some(target) = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) else {
            return false;
        };
        let within = |what: &str| target.closest(what).ok().flatten().is_some();
        // A form is open, and the field that somebody typed in has gone: what they type on is no command.
        let lost =
            || target.tag_name() == "BODY" && document().query_selector("dialog[open] :is(input, textarea)").ok().flatten().is_some();
        within("input, textarea, select, [contenteditable='true'], dialog[open], [popover]:popover-open, [role='menu']") || lost()
    }

    /// By the next frame: the first field or entry of the dialog or panel that this is the place of, unless somebody types
    /// already. A finger is not met by a keyboard.
    pub fn focus_soon(place: &web_sys::Element) {
        let Ok(Some(around)) = place.closest("dialog, [popover]") else { return };
        request_animation_frame(move || {
            let typing = document().active_element().is_some_and(|e| e.matches("input, textarea, select").unwrap_or(false));
            let coarse = window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|m| m.matches());
            if typing || coarse {
                return;
            }
            let places = [
                "[autofocus]",
                "[aria-checked='true'], :is(input:not([type=hidden]), select, textarea):not([disabled])",
                ":is([role^='menuitem'], :is(.body, footer, [popover]) button):not([disabled])",
            ];
            let first = places.iter().find_map(|place| around.query_selector(place).ok().flatten());
            if let Some(first) = first.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
                let _ = first.focus();
            }
        });
    }

    /// Scrolls no further than needed, and not at all when it is in sight.
    pub fn show(element: &web_sys::Element) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        options.set_inline(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }

    /// To the clipboard; false when the browser does not let us.
    pub async fn copy(text: &str) -> bool {
        wasm_bindgen_futures::JsFuture::from(window().navigator().clipboard().write_text(text)).await.is_ok()
    }

    /// `https://crm.example.com`
    pub fn origin() -> String {
        window().location().origin().unwrap_or_default()
    }

    pub fn on_mac() -> bool {
        window().navigator().platform().is_ok_and(|p| p.starts_with("Mac") || p.starts_with("iP"))
    }
}

#[cfg(feature = "hydrate")]
pub use real::*;

#[cfg(not(feature = "hydrate"))]
mod none {
    pub fn set_cookie(_name: &str, _value: &str) {}
    pub fn set_root(_name: &str, _value: Option<&str>) {}
    pub fn go(_href: &str) {}
    pub fn reload() {}
    pub fn active() -> Option<web_sys::HtmlElement> {
        None
    }
    pub fn focus(_selector: &str) -> bool {
        false
    }
    pub fn blur() {}
    pub fn keep_focus() {}
    pub fn edit(_place: String, _picker: String, _tries: u32) {}
    pub fn focus_soon(_place: &web_sys::Element) {}
    pub fn show(_element: &web_sys::Element) {}
    pub async fn copy(_text: &str) -> bool {
        false
    }
    pub fn origin() -> String {
        String::new()
    }
}

#[cfg(not(feature = "hydrate"))]
pub use none::*;

/// An attribute of what an event is about, or of what lies around it.
#[cfg(feature = "hydrate")]
pub fn about(event: &leptos::web_sys::Event, name: &str) -> Option<String> {
    use wasm_bindgen::JsCast;
    event.target()?.dyn_into::<web_sys::Element>().ok()?.closest(&format!("[{name}]")).ok()??.get_attribute(name)
}

#[cfg(not(feature = "hydrate"))]
pub fn about(_event: &leptos::web_sys::Event, _name: &str) -> Option<String> {
    None
}

/// Was it done on what this selector names, or within it?
#[cfg(feature = "hydrate")]
pub fn is_within(event: &leptos::web_sys::Event, what: &str) -> bool {
    use wasm_bindgen::JsCast;
    let target = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|t| t.closest(what).ok().flatten().is_some())
}

#[cfg(not(feature = "hydrate"))]
pub fn is_within(_event: &leptos::web_sys::Event, _what: &str) -> bool {
    false
}
