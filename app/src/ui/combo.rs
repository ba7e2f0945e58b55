//! A field that refers to another record: type to search on the server, choose with arrows and Enter. Follows the ARIA
//! combobox pattern with a list.

use std::time::Duration;

use domain::list::Hit;
use domain::{Id, Kind};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::field::Around;
use super::{Icon, Mark, uid};
use crate::i18n::t;
use crate::search;

/// `value` and `label` (its name) belong together. `create`: offers to make what was typed.
#[component]
pub fn RefPicker(
    kind: Kind,
    /// Other kinds that may be chosen as well.
    #[prop(optional)]
    also: &'static [Kind],
    value: RwSignal<Option<Id>>,
    label: RwSignal<String>,
    #[prop(optional, into)] aria: Option<String>,
    #[prop(optional, into)] placeholder: String,
    #[prop(optional, into)] on_change: Option<Callback<Option<Hit>>>,
    #[prop(optional, into)] create: Option<Callback<String>>,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let around = Around::here();
    let list_id = uid();
    let typed = RwSignal::new(None::<String>);
    let hits = RwSignal::new(Vec::<Hit>::new());
    let open = RwSignal::new(false);
    let at = RwSignal::new(0_usize);
    let asked = StoredValue::new(0_u32);
    let input = NodeRef::<leptos::html::Input>::new();
    let panel = NodeRef::<leptos::html::Ul>::new();
    super::field::focus_first(autofocus, input);
    // Above everything, so that no edge of a pane, popover or dialog cuts the list off.
    Effect::new(move |_| {
        let shown = open.get();
        let Some(panel) = panel.get() else {
            return;
        };
        if panel.matches(":popover-open").unwrap_or(false) != shown {
            let _ = if shown { panel.show_popover() } else { panel.hide_popover() };
        }
        #[cfg(feature = "hydrate")]
        if shown && let Some(input) = input.get_untracked() {
            super::menu::place::under(&input, &panel);
        }
    });
    #[cfg(feature = "hydrate")]
    super::menu::place::on_scroll(move || {
        if let (Some(true), Some(Some(input)), Some(Some(panel))) =
            (open.try_get_untracked(), input.try_get_untracked(), panel.try_get_untracked())
        {
            super::menu::place::under(&input, &panel);
        }
    });

    // Only the answer to the newest question counts.
    let ask = move |words: String| {
        let turn = asked.get_value() + 1;
        asked.set_value(turn);
        set_timeout(
            move || {
                if asked.try_get_value() != Some(turn) {
                    return;
                }
                spawn_local(async move {
                    let found =
                        search::find(words, std::iter::once(kind).chain(also.iter().copied()).collect(), 20).await.unwrap_or_default();
                    if asked.try_get_value() == Some(turn) {
                        hits.set(found);
                        at.set(0);
                        open.set(true);
                    }
                });
            },
            Duration::from_millis(120),
        );
    };
    let can_create = move || create.is_some() && typed.with(|t| t.as_ref().is_some_and(|t| !t.trim().is_empty()));
    let choose = move |hit: Option<Hit>| {
        asked.update_value(|a| *a += 1);
        value.set(hit.as_ref().map(|h| h.id));
        label.set(hit.as_ref().map(|h| h.name.clone()).unwrap_or_default());
        typed.set(None);
        open.set(false);
        if let Some(told) = on_change {
            told.run(hit);
        }
    };
    let make = move || {
        let name = typed.get_untracked().unwrap_or_default().trim().to_owned();
        open.set(false);
        typed.set(None);
        if let Some(create) = create {
            create.run(name);
        }
    };
    let pick = move |index: usize| match hits.with_untracked(|h| h.get(index).cloned()) {
        Some(hit) => choose(Some(hit)),
        None if can_create() => make(),
        None => {}
    };
    let keydown = move |event: KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let count = hits.with_untracked(Vec::len) + usize::from(can_create());
        match event.key().as_str() {
            "ArrowDown" | "ArrowUp" if !open.get_untracked() => {
                event.prevent_default();
                ask(typed.get_untracked().unwrap_or_default());
            }
            "ArrowDown" => {
                event.prevent_default();
                at.update(|a| *a = (*a + 1) % count.max(1));
            }
            "ArrowUp" => {
                event.prevent_default();
                at.update(|a| *a = a.checked_sub(1).unwrap_or(count.saturating_sub(1)));
            }
            "Enter" if open.get_untracked() => {
                event.prevent_default();
                event.stop_propagation();
                pick(at.get_untracked());
            }
            "Escape" if open.get_untracked() || typed.with_untracked(Option::is_some) => {
                event.prevent_default();
                event.stop_propagation();
                open.set(false);
                typed.set(None);
            }
            _ => {}
        }
    };
    let blur = move |_| {
        // A field that is taken out of the page loses the focus too, and its state is gone by then.
        if open.try_set(false).is_some() {
            return;
        }
        asked.update_value(|a| *a += 1);
        // Emptied by hand means "none"; anything else that was typed and not chosen is taken back.
        if typed.get_untracked().is_some_and(|t| t.trim().is_empty()) && value.get_untracked().is_some() {
            choose(None);
        } else {
            typed.set(None);
        }
    };
    let option_id = {
        let list_id = list_id.clone();
        move |i: usize| format!("{list_id}-{i}")
    };
    let active = {
        let option_id = option_id.clone();
        move || open.get().then(|| option_id(at.get()))
    };
    view! {
        <div class="combo">
            <input
                class="input"
                type="text"
                role="combobox"
                id=around.id
                autocomplete="off"
                aria-label=aria
                aria-autocomplete="list"
                aria-expanded=move || if open.get() { "true" } else { "false" }
                aria-controls=list_id.clone()
                aria-activedescendant=active
                aria-describedby=move || around.described.get()
                aria-invalid=move || around.invalid.get().then_some("true")
                aria-required=around.required.then_some("true")
                placeholder=placeholder
                value=label.get_untracked()
                prop:value=move || typed.get().unwrap_or_else(|| label.get())
                on:input=move |event| {
                    let text = event_target_value(&event);
                    typed.set(Some(text.clone()));
                    ask(text);
                }
                on:click=move |_| {
                    if !open.get_untracked() {
                        ask(typed.get_untracked().unwrap_or_default());
                    }
                }
                on:keydown=keydown
                on:blur=blur
                node_ref=input
            />
            <Icon name="down" size="s"/>
            <ul class="options" role="listbox" id=list_id popover="manual" node_ref=panel>
                {move || {
                    let option_id = option_id.clone();
                    let found = hits.get();
                    let count = found.len();
                    let rows = found
                        .into_iter()
                        .enumerate()
                        .map(|(i, hit)| {
                            view! {
                                <li
                                    role="option"
                                    id=option_id(i)
                                    aria-selected=move || if at.get() == i { "true" } else { "false" }
                                    // Before the field loses the focus.
                                    on:mousedown=move |event| {
                                        event.prevent_default();
                                        pick(i);
                                    }
                                >
                                    <Mark name=hit.name.clone()/>
                                    <span class="clip grow">{hit.name.clone()}</span>
                                    <span class="faint clip">{hit.hint.clone()}</span>
                                </li>
                            }
                        })
                        .collect_view();
                    let make_row = can_create()
                        .then(|| {
                            let name = typed.get().unwrap_or_default();
                            view! {
                                <li
                                    role="option"
                                    class="make"
                                    id=option_id(count)
                                    aria-selected=move || if at.get() == count { "true" } else { "false" }
                                    on:mousedown=move |event| {
                                        event.prevent_default();
                                        make();
                                    }
                                >
                                    <Icon name="plus" size="s"/>
                                    {t!("action.create_named", name = name.trim())}
                                </li>
                            }
                        });
                    let none = (count == 0 && make_row.is_none())
                        .then(|| view! { <li class="faint" role="option" aria-disabled="true" aria-selected="false">{t("state.no_match")}</li> });
                    view! { {rows}{make_row}{none} }
                }}
            </ul>
        </div>
    }
    .into_any()
}
