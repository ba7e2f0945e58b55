//! The HTML document around the application. No inline scripts but those that carry the request's nonce: one that is there
//! before the WebAssembly and after it (`boot.js` keeps what is typed until the page lives, and says when the WebAssembly
//! has died), and one that fetches and starts it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use leptos::nonce::use_nonce;
use leptos::prelude::*;

use crate::i18n;
use crate::rooms::Room;
use crate::shell::Boot;

/// Without its comments and indents: it is part of every page.
static BOOT: LazyLock<String> = LazyLock::new(|| {
    let lines = include_str!("document/boot.js").lines().map(str::trim).filter(|l| !l.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
});

/// What the build of the browser's half is called: a hash of its content, so that browsers keep it for ever.
#[derive(Clone, Debug)]
pub struct Assets {
    pub version: String,
    /// The rooms whose parts, all that they need beside the main one, are there as one file.
    pub packs: BTreeSet<String>,
}

/// That of the room that was asked for: the browser fetches it beside the main part, not after it.
fn pack(assets: &Assets) -> Option<String> {
    let uri = use_context::<http::request::Parts>().map(|p| p.uri)?;
    let room = Room::of(uri.path(), uri.query().unwrap_or_default())?.name();
    assets.packs.contains(room).then(|| format!("/pkg/{room}.pack?v={}", assets.version))
}

/// `leptos_axum` renders this for every page.
pub fn document(assets: &Assets) -> impl IntoView + use<> {
    let boot = Boot::from_request();
    let nonce = use_nonce();
    let v = &assets.version;
    let (css, js, wasm) = (format!("/pkg/rapport.css?v={v}"), format!("/pkg/rapport.js?v={v}"), format!("/pkg/rapport_bg.wasm?v={v}"));
    let pack = pack(assets);
    let unpack = pack.as_ref().map(|pack| format!("globalThis.rapport_pack=fetch({pack:?}).catch(()=>{{}});")).unwrap_or_default();
    let pack = pack.map(|pack| view! { <link rel="preload" href=pack r#as="fetch" crossorigin="anonymous"/> });
    let words = i18n::address(boot.locale);
    let theme = matches!(boot.theme.as_str(), "light" | "dark").then(|| boot.theme.clone());
    let start = format!(
        "import init,{{start}} from {js:?};\
         {unpack}\
         const [words]=await Promise.all([fetch({words:?}).then(r=>r.text()),init({{module_or_path:{wasm:?}}})]);\
         start({:?},words);",
        boot.locale.tag()
    );
    let say = |key| i18n::text_in(boot.locale, key);
    // What this is the page of, whatever the address bar says by the time that it is read.
    let at = use_context::<http::request::Parts>().and_then(|p| p.uri.path_and_query().map(ToString::to_string));
    let (stopped, reload, scripts) = (say("page.stopped"), say("page.reload"), say("page.scripts"));
    provide_context(boot.clone());
    view! {
        <!DOCTYPE html>
        <html lang=boot.locale.tag() dir="ltr" data-theme=theme data-density=boot.density.clone() data-nav=boot.nav.clone()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                <script nonce=nonce.clone() data-stopped=stopped data-reload=reload data-at=at>{BOOT.as_str()}</script>
                <link rel="icon" href="/pkg/icon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=css/>
                <link rel="modulepreload" href=js/>
                <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
                {pack}
                <link rel="preload" href=words r#as="fetch" crossorigin="anonymous"/>
                <script type="module" nonce=nonce>{start}</script>
                <leptos_meta::MetaTags/>
            </head>
            <body>
                <crate::App/>
                // Behind what the WebAssembly takes over.
                <noscript><p class="banner warn over">{scripts}</p></noscript>
            </body>
        </html>
    }
}
