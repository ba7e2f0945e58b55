//! The browser's entry: takes over the page that the server sent.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Of the document's own script: what is typed by now comes back into its fields, and is heard.
    #[wasm_bindgen(js_name = takeOver)]
    fn take_over();
}

/// `words`: the table of the page's language, fetched beside this module.
#[wasm_bindgen]
pub fn start(locale: &str, words: &str) {
    console_error_panic_hook::set_once();
    app::i18n::install(domain::Locale::parse(locale).unwrap_or_default(), words);
    app::with_part_of_this_page(|| {
        take_over();
        leptos::mount::hydrate_body(app::App);
    });
}
