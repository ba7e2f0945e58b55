//! Fields of forms. `Field` gives label, hint and error; the control inside finds its ids there. Values are signals of
//! what is typed, valid or not: nothing typed is ever lost.

use leptos::context::Provider;
use leptos::html::Span;
use leptos::prelude::*;

use super::{Icon, uid};
use crate::i18n::{fmt, t};

mod many;
mod parts;

pub use many::TagsInput;
pub use parts::{CURRENCIES, Checkbox, DateInput, InstantInput, MoneyInput, NumberInput, Select, TextArea, ZoneSelect};

/// What a control takes over from the [`Field`] around it.
#[derive(Clone)]
pub(crate) struct Around {
    pub id: String,
    pub described: Signal<Option<String>>,
    pub invalid: Signal<bool>,
    pub required: bool,
}

/// For a control that a room brings itself.
pub(crate) fn around() -> Around {
    Around::here()
}

impl Around {
    pub(crate) fn here() -> Self {
        use_context().unwrap_or_else(|| Self {
            id: uid(),
            described: Signal::derive(|| None),
            invalid: Signal::derive(|| false),
            required: false,
        })
    }
}

#[component]
pub fn Field(
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] class: String,
    children: Children,
) -> impl IntoView {
    let id = uid();
    let (hint_id, error_id) = (format!("{id}-h"), format!("{id}-e"));
    // What the server drew keeps the server's ids: the document is asked what they are.
    let (hint_node, error_node) = (NodeRef::<Span>::new(), NodeRef::<Span>::new());
    let described = {
        let (hint_id, error_id, has_hint) = (hint_id.clone(), error_id.clone(), hint.is_some());
        let real = |node: NodeRef<Span>, made: &str| node.get().map_or_else(|| made.to_owned(), |n| n.id());
        Signal::derive(move || {
            if error.with(Option::is_some) { Some(real(error_node, &error_id)) } else { has_hint.then(|| real(hint_node, &hint_id)) }
        })
    };
    let around = Around { id: id.clone(), described, invalid: Signal::derive(move || error.with(Option::is_some)), required };
    view! {
        <div class=format!("field {class}")>
            <label for=id>
                {label}
                {required.then(|| view! { <span class="req" aria-hidden="true">"*"</span> })}
            </label>
            <Provider value=around>{children()}</Provider>
            // The error says what to do; the hint would say it twice.
            {hint.map(|hint| view! { <span class="hint" id=hint_id node_ref=hint_node hidden=move || error.with(Option::is_some)>{hint}</span> })}
            // Always there, so that screen readers hear what appears in it.
            <span class="err" id=error_id node_ref=error_node role="alert">
                {move || error.get().map(|text| view! { <Icon name="warn" size="s"/><span>{text}</span> })}
            </span>
        </div>
    }
    .into_any()
}

/// One line of text. `on_commit` hears the value at blur or Enter when it changed.
#[component]
pub fn TextInput(
    value: RwSignal<String>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional, into)] name: String,
    #[prop(optional, into)] placeholder: String,
    #[prop(optional)] autocomplete: &'static str,
    #[prop(optional)] inputmode: &'static str,
    #[prop(optional)] autofocus: bool,
    #[prop(optional, into)] on_commit: Option<Callback<String>>,
    #[prop(optional)] node_ref: NodeRef<leptos::html::Input>,
) -> impl IntoView {
    let around = Around::here();
    focus_first(autofocus, node_ref);
    view! {
        <input
            class="input"
            id=around.id
            type=kind
            name=name
            placeholder=(!placeholder.is_empty()).then_some(placeholder)
            autocomplete=if autocomplete.is_empty() { "off" } else { autocomplete }
            inputmode=(!inputmode.is_empty()).then_some(inputmode)
            aria-describedby=move || around.described.get()
            aria-invalid=move || around.invalid.get().then_some("true")
            aria-required=around.required.then_some("true")
            prop:value=move || value.get()
            value=value.get_untracked()
            on:input=move |event| value.set(event_target_value(&event))
            on:change=move |event| {
                if let Some(commit) = on_commit {
                    commit.run(event_target_value(&event));
                }
            }
            node_ref=node_ref
        />
    }
    .into_any()
}

/// A key that changes what a closed list of choices shows, without choosing it.
pub(crate) fn walks(event: &leptos::ev::KeyboardEvent) -> bool {
    use wasm_bindgen::JsCast;
    let list = event.target().is_some_and(|t| t.dyn_ref::<web_sys::HtmlSelectElement>().is_some());
    list && !matches!(event.key().as_str(), "Enter" | "Tab" | "Escape")
}

/// Does the keyboard leave an editor for good? Not for what lies `within` (the editor itself, a dialog above it), and not
/// with the whole window.
pub(crate) fn leaves(event: &leptos::ev::FocusEvent, within: &str) -> bool {
    use wasm_bindgen::JsCast;
    let Some(to) = event.related_target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) else {
        return document().has_focus().unwrap_or(true);
    };
    to.closest(within).ok().flatten().is_none()
}

pub(crate) fn focus_first(wanted: bool, node: NodeRef<leptos::html::Input>) {
    if wanted {
        Effect::new(move |_| {
            if let Some(input) = node.get() {
                let _ = input.focus();
            }
        });
    }
}

/// "1 054,50" or "1,054.50", as the reader's language writes it → "1054.50". None: no number. What groups has to group
/// thousands: "12,5" where a comma groups is no 125.
pub fn plain_number(text: &str) -> Option<String> {
    number(text, fmt().tenths(11).contains(','))
}

fn number(text: &str, comma_is_point: bool) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            '0'..='9' | ',' | '.' => plain.push(c),
            '-' | '\u{2212}' if plain.is_empty() => plain.push('-'),
            ' ' | '\u{a0}' | '\u{202f}' | '\'' | '_' => {}
            '\u{ff10}'..='\u{ff19}' => plain.push(char::from_u32(u32::from(c) - 0xfee0)?),
            _ => return None,
        }
    }
    let (commas, points) = (plain.matches(',').count(), plain.matches('.').count());
    // The last of the two is the point of decimals; alone, a comma only where the language says so.
    let point = match (commas, points) {
        (1, n) if comma_is_point && (n == 0 || plain.rfind(',') > plain.rfind('.')) => Some(','),
        (_, 1) => Some('.'),
        _ => None,
    };
    let (whole, rest) = point.and_then(|p| plain.rsplit_once(p)).unwrap_or((&plain, ""));
    let groups: Vec<&str> = whole.trim_start_matches('-').split([',', '.']).collect();
    let grouped = groups.len() == 1 || groups.iter().enumerate().all(|(i, g)| g.len() == 3 || (i == 0 && (1..3).contains(&g.len())));
    if !grouped || rest.contains([',', '.']) || !plain.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut out = whole.replace([',', '.'], "");
    if point.is_some() {
        out.push('.');
        out.push_str(rest);
    }
    Some(out)
}

pub(crate) fn empty_choice() -> &'static str {
    t("field.none")
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn an_amount_is_never_taken_for_a_hundred_times_as_much() {
        let english = |text| number(text, false);
        let ukrainian = |text| number(text, true);
        for (text, is) in [
            ("1,054.50", Some("1054.50")),
            ("1,054", Some("1054")),
            ("1,234,567", Some("1234567")),
            ("1.054.500", Some("1054500")),
            ("1 054.5", Some("1054.5")),
            ("-5", Some("-5")),
            ("１２", Some("12")),
            ("12,5", None),
            ("1054,00", None),
            ("1,5", None),
            ("1,05,000", None),
            (",500", None),
            ("1.5,000", None),
            ("5k", None),
            ("", None),
            ("-", None),
        ] {
            assert_eq!(english(text).as_deref(), is, "{text}");
        }
        for (text, is) in [
            ("12,5", Some("12.5")),
            ("1 054,50", Some("1054.50")),
            ("1.054,50", Some("1054.50")),
            ("1,054.50", Some("1054.50")),
            ("1,5,0", None),
        ] {
            assert_eq!(ukrainian(text).as_deref(), is, "{text}");
        }
    }
}
