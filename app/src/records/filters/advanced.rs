//! The text form of a filter, for what chips cannot show, with the server's own words for what is wrong in it.

use super::super::api;
use super::super::names::Names;
use super::bar::Bar;
use super::words::operator;
use crate::prelude::*;
use domain::filter::Op;
use leptos::task::spawn_local;

/// A box for the filter's text. `names` learns what a pasted filter speaks of.
pub fn advanced(cx: Bar) -> AnyView {
    let kind = cx.kind;
    let text = RwSignal::new(cx.filter.get_untracked());
    // What was wrong with which text: while somebody types on, half a condition is no mistake.
    let wrong = RwSignal::new(None::<(String, Error)>);
    let error = Signal::derive(move || {
        let typed = text.get();
        wrong.with(|w| w.as_ref().filter(|(of, _)| *of == typed).map(|(_, e)| error_text(e)))
    });
    let close = use_context::<crate::ui::Close>();
    let apply = move || {
        let typed = text.get_untracked();
        // Names become records there, and only there it is known what is called so.
        spawn_local(async move {
            let answer = api::read_filter(kind, typed.trim().to_owned()).await;
            // Closed meanwhile, or written on.
            if text.try_with_untracked(|t| *t == typed) != Some(true) {
                return;
            }
            match answer {
                Ok((filter, labels)) => {
                    cx.names.add(&labels);
                    if let Some(close) = close {
                        close.0.run(());
                    }
                    cx.on_change.run(filter);
                }
                Err(Fault(error)) => wrong.set(Some((typed, error))),
            }
        });
    };
    let fields: Vec<AnyView> = super::bar::filterable(kind)
        .map(|def| {
            let signs: Vec<&str> = Op::for_type(def.ty).iter().map(|o| o.sign()).collect();
            let words: Vec<String> = Op::for_type(def.ty).iter().map(|o| operator(def.ty, *o)).collect();
            view! { <tr><td><code>{def.name}</code></td><td>{field_label(kind, def.name)}</td><td title=words.join(", ")><code>{signs.join(" ")}</code></td></tr> }
                .into_any()
        })
        .collect();
    view! {
        <form
            class="body filtered"
            novalidate
            on:keydown=move |event| {
                if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                    event.prevent_default();
                    apply();
                }
            }
            on:submit=move |event| {
                event.prevent_default();
                apply();
            }
        >
            <Field label=t("filter.as_text") hint=t("filter.text_hint") error=error>
                <TextArea value=text rows=3 placeholder=example(kind)/>
            </Field>
            <details>
                <summary>{t("filter.fields_and_signs")}</summary>
                <div class="tablewrap"><table class="table"><tbody>{fields}</tbody></table></div>
            </details>
            <div class="row foot">
                <span class="grow"></span>
                <Button look="primary">{t("action.apply")}</Button>
            </div>
        </form>
    }
    .into_any()
}

fn example(kind: Kind) -> &'static str {
    match kind {
        Kind::Deal => "owner = me and (amount >= 1000 or expected_close = this-quarter)",
        Kind::Task => "owner = me and done = false and due_at < tomorrow",
        Kind::Product => "series = GTX and not discontinued = true",
        Kind::Note | Kind::Call => "owner = me and updated_at = last-7-days",
        _ => "owner = my-team and not country = Canada",
    }
}

/// Names of the records that the filter speaks of, where this page does not know them yet.
pub fn learn(names: Names, kind: Kind, filter: String) {
    spawn_local(async move {
        if let Ok(labels) = api::names(kind, filter).await {
            names.add(&labels);
        }
    });
}
