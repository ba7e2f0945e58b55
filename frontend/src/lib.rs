//! The browser's entry: takes over the page that the server sent.

use wasm_bindgen::prelude::wasm_bindgen;

/// `words`: the table of the page's language, fetched beside this module.
#[wasm_bindgen]
pub fn start(locale: &str, words: &str) {
    console_error_panic_hook::set_once();
    app::i18n::install(domain::Locale::parse(locale).unwrap_or_default(), words);
    app::with_part_of_this_page(|| leptos::mount::hydrate_body(app::App));
}
