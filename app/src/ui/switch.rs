//! Choices side by side: segments, tabs, chips.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::Icon;

/// A few ways to see the same thing. `options`: value, icon (or ""), label.
#[component]
pub fn Segmented(
    #[prop(into)] value: Signal<String>,
    options: Vec<(String, &'static str, String)>,
    #[prop(into)] label: String,
    #[prop(into)] on_change: Callback<String>,
) -> impl IntoView {
    let buttons = options
        .into_iter()
        .map(|(key, icon, text)| {
            let (mine, chosen) = (key.clone(), key.clone());
            view! {
                <button
                    type="button"
                    aria-pressed=move || if value.with(|v| *v == mine) { "true" } else { "false" }
                    on:click=move |_| on_change.run(chosen.clone())
                >
                    {(!icon.is_empty()).then(|| view! { <Icon name=icon size="s"/> })}
                    {text}
                </button>
            }
        })
        .collect_view();
    view! { <div class="seg" role="group" aria-label=label>{buttons}</div> }.into_any()
}

/// Tabs over one panel. `options`: value, label, count (none: no count).
#[component]
pub fn Tabs(
    #[prop(into)] value: Signal<String>,
    #[prop(into)] options: Signal<Vec<(String, String, Option<i64>)>>,
    #[prop(into)] label: String,
    #[prop(into)] on_change: Callback<String>,
) -> impl IntoView {
    let node = NodeRef::<leptos::html::Div>::new();
    // Of many tabs, the chosen one is in sight.
    Effect::new(move |_| {
        value.track();
        options.track();
        #[cfg(feature = "hydrate")]
        request_animation_frame(move || {
            let list = node.try_get_untracked().flatten();
            if let Some(tab) = list.and_then(|l| l.query_selector("[aria-selected='true']").ok().flatten()) {
                crate::dom::show(&tab);
            }
        });
    });
    let keydown = move |event: KeyboardEvent| {
        let all = options.get_untracked();
        let at = all.iter().position(|(k, ..)| value.with_untracked(|v| v == k)).unwrap_or(0);
        let next = match event.key().as_str() {
            "ArrowRight" => (at + 1) % all.len().max(1),
            "ArrowLeft" => at.checked_sub(1).unwrap_or_else(|| all.len().saturating_sub(1)),
            _ => return,
        };
        event.prevent_default();
        if let Some((key, ..)) = all.get(next) {
            on_change.run(key.clone());
            #[cfg(feature = "hydrate")]
            if let Some(list) = node.get_untracked() {
                use wasm_bindgen::JsCast;
                let tabs = list.children();
                let index = u32::try_from(next).unwrap_or(0);
                if let Some(tab) = tabs.item(index).and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
                    let _ = tab.focus();
                }
            }
        }
    };
    view! {
        <div class="tabs" role="tablist" aria-label=label node_ref=node on:keydown=keydown>
            {move || {
                options
                    .get()
                    .into_iter()
                    .map(|(key, text, count)| {
                        let chosen = key.clone();
                        let on = Memo::new(move |_| value.with(|v| *v == key));
                        view! {
                            <button
                                type="button"
                                role="tab"
                                aria-selected=move || if on.get() { "true" } else { "false" }
                                tabindex=move || if on.get() { "0" } else { "-1" }
                                on:click=move |_| on_change.run(chosen.clone())
                            >
                                {text}
                                {count.map(|n| view! { <span class="n">{crate::i18n::fmt().number(n)}</span> })}
                            </button>
                        }
                    })
                    .collect_view()
            }}
        </div>
    }
    .into_any()
}

/// A filter that is set: `name` plain, `value` bold, × takes it away. Pressing the rest edits it.
#[component]
pub fn Chip(
    #[prop(into)] name: String,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] on_edit: Option<Callback<()>>,
    #[prop(optional, into)] on_remove: Option<Callback<()>>,
) -> impl IntoView {
    let label = crate::t!("action.remove_named", name = name);
    view! {
        <span class="chip on">
            <button
                type="button"
                class="text"
                on:click=move |_| {
                    if let Some(edit) = on_edit {
                        edit.run(());
                    }
                }
            >
                {name}" "<b>{value}</b>
            </button>
            {on_remove.map(|remove| {
                view! {
                    <button type="button" aria-label=label on:click=move |_| remove.run(())><Icon name="x"/></button>
                }
            })}
        </span>
    }
    .into_any()
}
