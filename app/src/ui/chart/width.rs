//! How wide a chart's place is.

use leptos::html::Div;
use leptos::prelude::*;

/// `start` until the page lives, then the width of `node` in whole pixels, always.
pub fn measured(node: NodeRef<Div>, start: i64) -> RwSignal<i64> {
    let width = RwSignal::new(start);
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        use wasm_bindgen::JsCast;
        use wasm_bindgen::closure::Closure;
        let Some(element) = node.get() else { return };
        let measure = move || {
            let now = node.try_get_untracked().flatten().map_or(0, |e| i64::from(e.client_width()));
            if now > 0 && width.try_get_untracked().is_some_and(|w| w != now) {
                width.set(now);
            }
        };
        measure();
        let changed = Closure::<dyn FnMut()>::new(measure);
        let Ok(observer) = web_sys::ResizeObserver::new(changed.as_ref().unchecked_ref()) else { return };
        observer.observe(&element);
        let held = StoredValue::new_local((observer, changed));
        on_cleanup(move || {
            held.try_with_value(|(observer, _)| observer.disconnect());
        });
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = node;
    width
}
