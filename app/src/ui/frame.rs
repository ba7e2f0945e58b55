//! What is built the same way wherever it stands: the form around controls, the table that a phone shows as cards. Plain
//! functions, so that it is one piece of code for all of them.

use leptos::prelude::*;

use crate::i18n::tk;

/// A form whose submission (its button, or Enter in a field) runs `submit`. Never a GET: what is typed would stand in the
/// address.
pub fn form(class: &'static str, submit: Callback<()>, inside: AnyView) -> AnyView {
    view! {
        <form
            class=class
            method="post"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                submit.run(());
            }
        >
            {inside}
        </form>
    }
    .into_any()
}

/// A table that is a card for each row on a phone: its cells say by `data-label` what they are. `heads`: the key of each
/// column's name, and "num" or "sr" (for screen readers only) where that is what it is.
pub fn cards(heads: &[(&str, &'static str)], rows: AnyView) -> AnyView {
    let heads = heads
        .iter()
        .map(|(key, look)| match *look {
            "sr" => view! { <th scope="col"><span class="sr">{capital(key)}</span></th> }.into_any(),
            look => view! { <th scope="col" class=look>{capital(key)}</th> }.into_any(),
        })
        .collect_view();
    view! {
        <div class="tablewrap">
            <table class="table cards"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>
        </div>
    }
    .into_any()
}

/// Words that stand small below figures elsewhere begin like a head's.
pub(crate) fn capital(key: &str) -> String {
    domain::text::capital(&tk(key))
}
