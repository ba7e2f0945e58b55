//! The words on the screens. Keys are flat (`board.weighted`); a table per language lies in `app/locales/TAG/ROOM.json`.
//! The server knows all tables; a browser holds only the one it shows. A missing key shows itself.
//!
//! Texts are read plainly, `t("nav.deals")`: when the language changes, everything below the router is drawn anew, so no
//! text needs a closure of its own.

use std::borrow::Cow;

use domain::{Error, FieldError, Kind, Locale};
use leptos::prelude::*;

mod time;

pub use time::{Now, When, browser_zone, clock_text, clock_time, day, from_input, input, now, when_text, zones};

/// `t!("toast.moved", name = card.name, stage = stage.name)`: the text with its gaps filled.
#[macro_export]
macro_rules! t {
    ($key:expr $(, $name:ident = $value:expr)+ $(,)?) => {
        $crate::i18n::fill($crate::i18n::t($key), &[$((stringify!($name), &$value.to_string())),+])
    };
}

/// The language of this page.
#[derive(Clone, Copy)]
pub struct I18n {
    pub locale: RwSignal<Locale>,
}

pub fn use_i18n() -> I18n {
    use_context().unwrap_or_else(|| I18n { locale: RwSignal::new(Locale::En) })
}

/// Text of a key.
pub fn t(key: &'static str) -> &'static str {
    lookup(key).unwrap_or(key)
}

/// Text of a key that was put together at run time.
pub fn tk(key: &str) -> String {
    lookup(key).unwrap_or(key).to_owned()
}

/// Text of `key` in the plural form that `n` asks for, with `{n}` filled: `deals.count.one`, `.few`, `.many`, `.other`.
pub fn tn(key: &str, n: i64) -> String {
    let locale = locale();
    let full = format!("{key}.{}", locale.plural(n).name());
    fill(lookup(&full).unwrap_or(key), &[("n", &locale.number(n))])
}

/// Does this key exist?
pub fn has(key: &str) -> bool {
    lookup(key).is_some()
}

pub fn fill(text: &str, gaps: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match gaps.iter().find(|(n, _)| *n == name) {
            Some((_, value)) => out.push_str(value),
            None => {
                out.push('{');
                out.push_str(name);
                out.push('}');
            }
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// How numbers, money and dates are written here.
pub fn fmt() -> Locale {
    locale()
}

pub fn kind_name(kind: Kind) -> String {
    tk(&format!("kind.{}", kind.name()))
}

pub fn kind_plural(kind: Kind) -> String {
    tk(&format!("kind.{}", kind.plural()))
}

/// The field's own label for this kind, else the one all kinds share.
pub fn field_label(kind: Kind, field: &str) -> String {
    let own = format!("field.{}.{field}", kind.name());
    lookup(&own).map_or_else(|| tk(&format!("field.{field}")), str::to_owned)
}

/// What a value of a choice field is called.
pub fn choice_label(field: &str, value: &str) -> String {
    let key = format!("choice.{field}.{value}");
    lookup(&key).map_or_else(|| value.to_owned(), str::to_owned)
}

pub fn error_text(error: &Error) -> String {
    match error {
        Error::Limited { retry_after } => tn("error.limited", i64::from(*retry_after)),
        Error::Internal { reference } if reference.is_empty() => tk("error.internal_plain"),
        Error::Internal { reference } => t!("error.internal", reference = reference),
        Error::Invalid { fields } => match fields.as_slice() {
            [only] => field_error_text(only),
            _ => tk("error.invalid"),
        },
        other => tk(other.key()),
    }
}

pub fn field_error_text(error: &FieldError) -> String {
    let key = format!("error.field.{}", error.code);
    let gaps: Vec<(&str, &str)> = error.params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    lookup(&key).map_or_else(|| tk("error.field.other"), |text| fill(text, &gaps))
}

/// Of several field errors, the one about this field.
pub fn error_of(error: Option<&Error>, field: &str) -> Option<String> {
    match error {
        Some(Error::Invalid { fields }) => fields.iter().find(|e| e.field == field).map(field_error_text),
        _ => None,
    }
}

/// The same, as it comes and goes.
pub fn error_in(error: RwSignal<Option<Error>>, field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || error.with(|e| error_of(e.as_ref(), field)))
}

/// For texts that may be either literal or made.
pub type Text = Cow<'static, str>;

#[cfg(feature = "ssr")]
mod tables {
    use domain::Locale;
    include!(concat!(env!("OUT_DIR"), "/tables.rs"));

    pub fn of(locale: Locale) -> (&'static [(&'static str, &'static str)], &'static str, &'static str) {
        match locale {
            Locale::En => (EN, EN_JSON, EN_HASH),
            Locale::ZhHans => (ZH_HANS, ZH_HANS_JSON, ZH_HANS_HASH),
            Locale::ZhHant => (ZH_HANT, ZH_HANT_JSON, ZH_HANT_HASH),
            Locale::Uk => (UK, UK_JSON, UK_HASH),
        }
    }
}

/// The table of a language as JSON, for `/i18n/TAG.json`.
#[cfg(feature = "ssr")]
pub fn json(locale: Locale) -> &'static str {
    tables::of(locale).1
}

/// Where a browser gets the table: the address changes with the content, so it may be kept for ever.
#[cfg(feature = "ssr")]
pub fn address(locale: Locale) -> String {
    format!("/i18n/{}.json?v={}", locale.tag(), tables::of(locale).2)
}

/// Text of a key in this language, before there is a page that has one.
#[cfg(feature = "ssr")]
pub fn text_in(locale: Locale, key: &'static str) -> &'static str {
    find(tables::of(locale).0, key).unwrap_or(key)
}

#[cfg(feature = "ssr")]
pub fn locale() -> Locale {
    use_context::<I18n>().map(|i| i.locale.get_untracked()).unwrap_or_default()
}

#[cfg(feature = "ssr")]
fn lookup(key: &str) -> Option<&'static str> {
    find(tables::of(locale()).0, key)
}

fn find(table: &[(&str, &'static str)], key: &str) -> Option<&'static str> {
    table.binary_search_by(|(k, _)| (*k).cmp(key)).ok().and_then(|i| table.get(i)).map(|(_, text)| *text)
}

#[cfg(not(feature = "ssr"))]
pub use browser::{install, locale, switch};

#[cfg(not(feature = "ssr"))]
use browser::lookup;

#[cfg(not(feature = "ssr"))]
mod browser {
    //! One page, one language: kept beside the reactive graph so that event handlers and futures can ask too.
    use std::cell::Cell;
    use std::collections::BTreeMap;

    use super::*;

    type Table = &'static [(&'static str, &'static str)];

    thread_local! {
        static CURRENT: Cell<(Locale, Table)> = const { Cell::new((Locale::En, &[])) };
    }

    pub fn locale() -> Locale {
        CURRENT.get().0
    }

    pub fn lookup(key: &str) -> Option<&'static str> {
        find(CURRENT.get().1, key)
    }

    /// Makes this table the page's language. Tables stay for the life of the page; there are four at most.
    pub fn install(locale: Locale, json: &str) -> bool {
        let Ok(table) = serde_json::from_str::<BTreeMap<String, String>>(json) else {
            return false;
        };
        let table: Vec<(&'static str, &'static str)> =
            table.into_iter().map(|(k, v)| (&*Box::leak(k.into_boxed_str()), &*Box::leak(v.into_boxed_str()))).collect();
        CURRENT.set((locale, Box::leak(table.into_boxed_slice())));
        true
    }

    /// Fetches the other language, shows it at once, and remembers it for this browser and (signed in) this person.
    #[cfg(feature = "hydrate")]
    pub fn switch(i18n: I18n, to: Locale) {
        use wasm_bindgen::JsCast;
        crate::dom::set_cookie("rapport_locale", to.tag());
        leptos::task::spawn_local(async move {
            let table = async {
                let response =
                    wasm_bindgen_futures::JsFuture::from(window().fetch_with_str(&format!("/i18n/{}.json", to.tag()))).await.ok()?;
                let response: web_sys::Response = response.dyn_into().ok()?;
                let text = wasm_bindgen_futures::JsFuture::from(response.text().ok()?).await.ok()?;
                text.as_string()
            }
            .await;
            if table.is_some_and(|json| install(to, &json)) {
                if let Some(root) = document().document_element() {
                    let _ = root.set_attribute("lang", to.tag());
                }
                i18n.locale.set(to);
            } else {
                // The server knows the cookie by now.
                let _ = window().location().reload();
            }
        });
    }

    #[cfg(not(feature = "hydrate"))]
    pub fn switch(_i18n: I18n, _to: Locale) {}
}

#[cfg(feature = "ssr")]
pub fn switch(_i18n: I18n, _to: Locale) {}

#[cfg(all(test, feature = "ssr"))]
mod tests;
