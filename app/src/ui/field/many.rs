//! Several short texts in one field: tags, e-mail addresses, phone numbers. Enter, comma or blur adds; Backspace in the
//! empty field takes the last one back.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::Around;
use crate::ui::{Icon, kind_class};

/// `kind`: the input's type ("text", "email", "tel"). `on_commit` hears every change of the list.
#[component]
pub fn TagsInput(
    value: RwSignal<Vec<String>>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional, into)] label: Option<String>,
    #[prop(optional, into)] placeholder: String,
    #[prop(optional, into)] on_commit: Option<Callback<Vec<String>>>,
) -> impl IntoView {
    let around = Around::here();
    let typed = RwSignal::new(String::new());
    let node = NodeRef::<leptos::html::Input>::new();
    let told = move || {
        if let Some(commit) = on_commit {
            commit.run(value.get_untracked());
        }
    };
    let add = move || {
        // Taken out of the page while it had the focus: nobody is there to take it.
        let Some(text) = typed.try_get_untracked() else { return };
        let text = text.trim().trim_end_matches([',', ';', '，', '、']).trim().to_owned();
        typed.set(String::new());
        if !text.is_empty() && !value.with_untracked(|v| v.contains(&text)) {
            value.update(|v| v.push(text));
            told();
        }
    };
    let keydown = move |event: KeyboardEvent| match event.key().as_str() {
        // While a Chinese word is being composed, Enter chooses the word.
        _ if event.is_composing() => {}
        "Enter" | "," | ";" | "，" | "、" => {
            if !typed.with_untracked(|t| t.trim().is_empty()) {
                event.prevent_default();
                add();
            } else if event.key() != "Enter" {
                event.prevent_default();
            }
        }
        "Backspace" if typed.with_untracked(String::is_empty) && !value.with_untracked(Vec::is_empty) => {
            event.prevent_default();
            value.update(|v| typed.set(v.pop().unwrap_or_default()));
            told();
        }
        _ => {}
    };
    view! {
        <div
            class="input many"
            on:click=move |_| {
                if let Some(input) = node.get_untracked() {
                    let _ = input.focus();
                }
            }
        >
            {move || {
                value
                    .get()
                    .into_iter()
                    .map(|text| {
                        let mine = text.clone();
                        let class = if kind == "text" { format!("tag {}", kind_class(&text)) } else { "tag".to_owned() };
                        let remove = move |event: leptos::ev::MouseEvent| {
                            event.stop_propagation();
                            value.update(|v| v.retain(|x| *x != mine));
                            told();
                        };
                        view! {
                            <span class=class>
                                {text.clone()}
                                <button type="button" aria-label=t!("action.remove_named", name = text) on:click=remove><Icon name="x" size="s"/></button>
                            </span>
                        }
                    })
                    .collect_view()
            }}
            <input
                type=kind
                id=around.id
                autocomplete="off"
                aria-label=label
                placeholder=move || if value.with(Vec::is_empty) { placeholder.clone() } else { String::new() }
                aria-describedby=move || around.described.get()
                aria-invalid=move || around.invalid.get().then_some("true")
                prop:value=move || typed.get()
                on:input=move |event| typed.set(event_target_value(&event))
                on:keydown=keydown
                on:blur=move |_| add()
                node_ref=node
            />
        </div>
    }
    .into_any()
}
