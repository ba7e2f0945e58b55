//! The other controls of a [`super::Field`].

use domain::time::parse_instant;
use leptos::prelude::*;

use super::{Around, empty_choice};
use crate::i18n;

/// What a list of currencies offers first; others stay where they are used.
pub const CURRENCIES: [&str; 15] =
    ["USD", "EUR", "GBP", "UAH", "CNY", "TWD", "HKD", "JPY", "PLN", "CHF", "CZK", "CAD", "AUD", "SGD", "INR"];

#[component]
pub fn TextArea(
    value: RwSignal<String>,
    #[prop(default = 4)] rows: u32,
    #[prop(optional, into)] placeholder: String,
    #[prop(optional, into)] on_commit: Option<Callback<String>>,
    #[prop(optional)] node_ref: NodeRef<leptos::html::Textarea>,
) -> impl IntoView {
    let around = Around::here();
    view! {
        <textarea
            class="input area"
            id=around.id
            rows=rows.to_string()
            placeholder=(!placeholder.is_empty()).then_some(placeholder)
            aria-describedby=move || around.described.get()
            aria-invalid=move || around.invalid.get().then_some("true")
            aria-required=around.required.then_some("true")
            prop:value=move || value.get()
            on:input=move |event| value.set(event_target_value(&event))
            on:change=move |event| {
                if let Some(commit) = on_commit {
                    commit.run(event_target_value(&event));
                }
            }
            node_ref=node_ref
        >
            {value.get_untracked()}
        </textarea>
    }
    .into_any()
}

/// `options`: value and label. `blank`: may be left empty.
#[component]
pub fn Select(
    value: RwSignal<String>,
    #[prop(into)] options: Signal<Vec<(String, String)>>,
    #[prop(optional)] blank: bool,
    #[prop(optional, into)] label: Option<String>,
    #[prop(optional, into)] name: String,
    #[prop(optional, into)] on_commit: Option<Callback<String>>,
) -> impl IntoView {
    let around = Around::here();
    view! {
        <select
            class="input select"
            id=around.id
            name=name
            aria-label=label
            aria-describedby=move || around.described.get()
            aria-invalid=move || around.invalid.get().then_some("true")
            aria-required=around.required.then_some("true")
            on:change=move |event| {
                let chosen = event_target_value(&event);
                value.set(chosen.clone());
                if let Some(commit) = on_commit {
                    commit.run(chosen);
                }
            }
        >
            {blank.then(|| view! { <option value="" selected=value.with_untracked(String::is_empty) prop:selected=move || value.with(String::is_empty)>{empty_choice()}</option> })}
            {move || {
                options
                    .get()
                    .into_iter()
                    .map(|(key, label)| {
                        let mine = key.clone();
                        // The attribute is what the server writes; once somebody chose, only the property counts.
                        let first = value.with_untracked(|v| *v == key);
                        view! { <option value=key selected=first prop:selected=move || value.with(|v| *v == mine)>{label}</option> }
                    })
                    .collect_view()
            }}
        </select>
    }
    .into_any()
}

/// A box with its words behind it; stands without a [`super::Field`].
#[component]
pub fn Checkbox(
    value: RwSignal<bool>,
    #[prop(into)] label: String,
    #[prop(optional, into)] on_change: Option<Callback<bool>>,
    #[prop(optional, into)] name: String,
) -> impl IntoView {
    view! {
        <label class="check">
            <input
                type="checkbox"
                name=name
                prop:checked=move || value.get()
                checked=value.get_untracked()
                on:change=move |event| {
                    let checked = event_target_checked(&event);
                    value.set(checked);
                    if let Some(change) = on_change {
                        change.run(checked);
                    }
                }
            />
            <span>{label}</span>
        </label>
    }
    .into_any()
}

/// Stands for a date that is typed half, or that no calendar has: it is no date for whoever checks it. The browser itself
/// gives "" for it, as for a field that was emptied.
const UNFINISHED: &str = "?";

#[cfg(feature = "hydrate")]
fn unfinished(event: &leptos::ev::Event) -> bool {
    let get = |of: &wasm_bindgen::JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).ok();
    let input = event.target().map(wasm_bindgen::JsValue::from);
    input.and_then(|i| get(&get(&i, "validity")?, "badInput")).is_some_and(|bad| bad.is_truthy())
}

#[cfg(not(feature = "hydrate"))]
fn unfinished(_event: &leptos::ev::Event) -> bool {
    false
}

/// A plain date, `2026-03-19`; "" when empty.
#[component]
pub fn DateInput(
    value: RwSignal<String>,
    #[prop(optional, into)] label: Option<String>,
    #[prop(optional, into)] on_commit: Option<Callback<String>>,
) -> impl IntoView {
    let around = Around::here();
    // What is half typed stays as it is: the field is told of dates only.
    let shown = Memo::new(move |last: Option<&String>| {
        let now = value.get();
        if now == UNFINISHED { last.cloned().unwrap_or_default() } else { now }
    });
    let look = move |event: &leptos::ev::Event| {
        if unfinished(event) {
            value.set(UNFINISHED.to_owned());
        } else if value.with_untracked(|v| v == UNFINISHED) {
            value.set(event_target_value(event));
        }
    };
    view! {
        <input
            class="input date"
            type="date"
            id=around.id
            aria-label=label
            aria-describedby=move || around.described.get()
            aria-invalid=move || around.invalid.get().then_some("true")
            prop:value=move || shown.get()
            value=value.get_untracked()
            on:input=move |event| look(&event)
            // The last part that is emptied changes nothing for the browser, and it says nothing.
            on:keyup=move |event| look(&event)
            on:change=move |event| {
                if unfinished(&event) {
                    return value.set(UNFINISHED.to_owned());
                }
                let text = event_target_value(&event);
                value.set(text.clone());
                if let Some(commit) = on_commit {
                    commit.run(text);
                }
            }
        />
    }
    .into_any()
}

/// An instant (RFC 3339 in UTC) shown and typed in the person's own time.
#[component]
pub fn InstantInput(
    value: RwSignal<String>,
    #[prop(optional, into)] label: Option<String>,
    #[prop(optional, into)] on_commit: Option<Callback<String>>,
) -> impl IntoView {
    let around = Around::here();
    let alive = crate::shell::use_shell().alive;
    let shown = move || {
        // The person's zone is known to the browser only.
        if !alive.get() {
            return String::new();
        }
        value.with(|v| parse_instant(v).map(i18n::input).unwrap_or_default())
    };
    view! {
        <input
            class="input date"
            type="datetime-local"
            id=around.id
            aria-label=label
            aria-describedby=move || around.described.get()
            aria-invalid=move || around.invalid.get().then_some("true")
            prop:value=shown
            on:change=move |event| {
                let text = event_target_value(&event);
                let instant = i18n::from_input(text.get(..16).unwrap_or_default()).map(domain::time::instant).unwrap_or_default();
                value.set(instant.clone());
                if let Some(commit) = on_commit {
                    commit.run(instant);
                }
            }
        />
    }
    .into_any()
}

/// A whole number or percent, as typed.
#[component]
pub fn NumberInput(
    value: RwSignal<String>,
    #[prop(optional, into)] label: Option<String>,
    #[prop(optional, into)] unit: Option<String>,
    #[prop(optional, into)] on_commit: Option<Callback<String>>,
) -> impl IntoView {
    let around = Around::here();
    view! {
        <span class="with-unit">
            <input
                class="input num"
                type="text"
                inputmode="numeric"
                autocomplete="off"
                id=around.id
                aria-label=label
                aria-describedby=move || around.described.get()
                aria-invalid=move || around.invalid.get().then_some("true")
                prop:value=move || value.get()
                value=value.get_untracked()
                on:input=move |event| value.set(event_target_value(&event))
                on:change=move |event| {
                    if let Some(commit) = on_commit {
                        commit.run(event_target_value(&event));
                    }
                }
            />
            {unit.map(|unit| view! { <span class="unit" aria-hidden="true">{unit}</span> })}
        </span>
    }
    .into_any()
}

/// Amount as typed, and its currency. [`MoneyInput`]'s value as JSON is [`super::plain_number`] with the currency.
#[component]
pub fn MoneyInput(
    amount: RwSignal<String>,
    currency: RwSignal<String>,
    #[prop(optional, into)] label: Option<String>,
    #[prop(optional, into)] on_commit: Option<Callback<()>>,
) -> impl IntoView {
    let around = Around::here();
    let commit = move || {
        if let Some(commit) = on_commit {
            commit.run(());
        }
    };
    let codes = move || {
        let current = currency.get();
        let extra = (!current.is_empty() && !CURRENCIES.contains(&current.as_str())).then(|| current.clone());
        extra.into_iter().chain(CURRENCIES.map(str::to_owned)).collect::<Vec<_>>()
    };
    view! {
        <span class="money">
            <input
                class="input num"
                type="text"
                inputmode="decimal"
                autocomplete="off"
                id=around.id
                aria-label=label
                aria-describedby=move || around.described.get()
                aria-invalid=move || around.invalid.get().then_some("true")
                prop:value=move || amount.get()
                value=amount.get_untracked()
                on:input=move |event| amount.set(event_target_value(&event))
                on:change=move |_| commit()
            />
            <select
                class="input select"
                aria-label=i18n::t("field.currency")
                on:change=move |event| {
                    currency.set(event_target_value(&event));
                    commit();
                }
            >
                {move || {
                    codes()
                        .into_iter()
                        .map(|code| {
                            let mine = code.clone();
                            let first = currency.with_untracked(|c| *c == code);
                            view! { <option value=code.clone() selected=first prop:selected=move || currency.with(|c| *c == mine)>{code.clone()}</option> }
                        })
                        .collect_view()
                }}
            </select>
        </span>
    }
    .into_any()
}

/// An IANA time zone. The browser knows which there are.
#[component]
pub fn ZoneSelect(value: RwSignal<String>) -> impl IntoView {
    let alive = crate::shell::use_shell().alive;
    let options = Signal::derive(move || {
        let own = value.get();
        let mut zones = if alive.get() { i18n::zones() } else { Vec::new() };
        if !own.is_empty() && !zones.contains(&own) {
            zones.insert(0, own);
        }
        // None chosen is no zone, not the first of them.
        let none = value.with(String::is_empty).then(|| (String::new(), "–".to_owned()));
        none.into_iter().chain(zones.into_iter().map(|z| (z.clone(), z.replace('_', " ")))).collect::<Vec<_>>()
    });
    view! { <Select value=value options=options/> }
}
