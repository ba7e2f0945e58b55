//! What rings while a page is open: a toast, and the browser's own notice where it may show one.

use super::*;

#[cfg(feature = "hydrate")]
mod browser {
    use js_sys::{Array, Function, Object, Promise, Reflect, global};
    use wasm_bindgen::{JsCast, JsValue};

    fn notification() -> Option<Function> {
        Reflect::get(&global(), &"Notification".into()).ok()?.dyn_into().ok()
    }

    /// "default", "granted", "denied"; "" where browsers show none.
    pub fn permission() -> String {
        let known = notification().and_then(|n| Reflect::get(&n, &"permission".into()).ok());
        known.and_then(|p| p.as_string()).unwrap_or_default()
    }

    pub async fn ask() -> String {
        let asked = notification().and_then(|n| {
            let ask: Function = Reflect::get(&n, &"requestPermission".into()).ok()?.dyn_into().ok()?;
            ask.call0(&n).ok()?.dyn_into::<Promise>().ok()
        });
        if let Some(asked) = asked {
            let _ = wasm_bindgen_futures::JsFuture::from(asked).await;
        }
        permission()
    }

    /// The same tag is shown once, also by several tabs.
    pub fn show(title: &str, tag: &str) {
        let options = Object::new();
        let _ = Reflect::set(&options, &"tag".into(), &JsValue::from_str(tag));
        if let Some(notification) = notification() {
            let _ = Reflect::construct(&notification, &Array::of2(&title.into(), &options));
        }
    }
}

/// Asks the browser whether it may show reminders itself.
pub(super) fn ask() -> AnyView {
    let state = RwSignal::new(String::new());
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| state.set(browser::permission()));
    let ask = move |_| {
        #[cfg(feature = "hydrate")]
        spawn_local(async move {
            let now = browser::ask().await;
            let _ = state.try_set(now);
        });
    };
    let shown = move || match state.get().as_str() {
        "default" => view! { <button type="button" class="btn" on:click=ask>{t("notices.browser_ask")}</button> }.into_any(),
        "granted" => view! { <p class="muted">{t("notices.browser_on")}</p> }.into_any(),
        "denied" => view! { <p class="muted">{t("notices.browser_off")}</p> }.into_any(),
        _ => ().into_any(),
    };
    shown.into_any()
}

/// Older ones were seen, or are in the list.
#[cfg(feature = "hydrate")]
const FRESH: i64 = 90_000;

/// Shows what has just rung.
#[cfg(feature = "hydrate")]
pub fn ring() {
    thread_local! {
        static SHOWN: std::cell::RefCell<Vec<String>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    let toasts = use_toasts();
    spawn_local(async move {
        let Ok(found) = api::list(None, 10).await else { return };
        let now = crate::i18n::now();
        for notice in found.items.into_iter().filter(|n| !n.read && n.news == News::Reminder) {
            let at = domain::time::parse_instant(&notice.at).unwrap_or(0);
            let known = SHOWN.with_borrow(|s| s.contains(&notice.id));
            if (now - at).abs() > FRESH || known {
                continue;
            }
            SHOWN.with_borrow_mut(|s| s.push(notice.id.clone()));
            let time = match notice.start {
                Some(Moment::At(ms)) => crate::i18n::clock_time(ms),
                _ => String::new(),
            };
            let text = format!("{} {time}", sentence(&notice));
            if notice.browser && browser::permission() == "granted" {
                browser::show(text.trim(), &notice.id);
            }
            toasts.ring(text.trim().to_owned());
        }
    });
}
