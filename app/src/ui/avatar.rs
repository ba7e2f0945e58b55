//! Small pictures of people and companies, and tags. A thing keeps one colour everywhere: its name decides it.

use domain::text::{first_letter, initials, kind_colour};
use leptos::prelude::*;

/// `k1` to `k8`.
pub fn kind_class(seed: &str) -> &'static str {
    match kind_colour(seed) {
        1 => "k1",
        2 => "k2",
        3 => "k3",
        4 => "k4",
        5 => "k5",
        6 => "k6",
        7 => "k7",
        _ => "k8",
    }
}

/// A person. `size`: "", "m" or "l". `live`: looks at this right now. Read out by its name unless `beside` the name.
#[component]
pub fn Avatar(
    #[prop(into)] name: String,
    #[prop(optional)] size: &'static str,
    #[prop(optional)] live: bool,
    #[prop(optional)] beside: bool,
) -> impl IntoView {
    let class = format!("av {} {size}{}", kind_class(&name), if live { " live" } else { "" });
    let letters = initials(&name);
    if beside {
        view! { <span class=class aria-hidden="true">{letters}</span> }.into_any()
    } else {
        view! { <span class=class role="img" aria-label=name.clone() title=name>{letters}</span> }.into_any()
    }
}

/// A company (or any other record that is no person).
#[component]
pub fn Mark(#[prop(into)] name: String) -> impl IntoView {
    view! { <span class=format!("mark {}", kind_class(&name)) aria-hidden="true">{first_letter(&name)}</span> }.into_any()
}

/// `tone`: "good", "warn", "bad", "info", a colour `k1`…`k8`, or "".
#[component]
pub fn Tag(#[prop(into)] text: String, #[prop(optional, into)] tone: String) -> impl IntoView {
    view! { <span class=format!("tag {tone}")>{text}</span> }.into_any()
}
