//! The bar that appears while cards are picked: what can be done with all of them.

use std::collections::BTreeSet;

use domain::list::Hit;
use domain::rights::Act;

use super::desk::{Desk, Moving};
use super::model::add;
use crate::prelude::*;
use crate::rooms::Tool;

pub fn bar(desk: Desk) -> AnyView {
    let any = Memo::new(move |_| desk.picked.with(|p| !p.is_empty()));
    // After a drop no card has the focus; Escape lets go of them all the same.
    #[cfg(feature = "hydrate")]
    {
        let escape = window_event_listener(leptos::ev::keydown, move |event| {
            let mine = event.key() == "Escape" && !event.default_prevented() && !crate::dom::is_typing(&event);
            if mine && desk.carry.try_with_untracked(Option::is_none) == Some(true) {
                desk.unpick();
            }
        });
        on_cleanup(move || escape.remove());
    }
    (move || any.get().then(|| crate::rooms::tool(Tool::Cards(desk)))).into_any()
}

/// What can be done with the cards that are picked.
pub fn acts(desk: Desk) -> AnyView {
    let who = use_me().who();
    let (may_edit, may_delete) = (who.may_some(Act::Edit, Kind::Deal), who.may_some(Act::Delete, Kind::Deal));
    let ids = move || desk.picked.with_untracked(|p| desk.in_order(p));
    let assigning = RwSignal::new(false);
    let figures = move || {
        let picked = desk.picked.get();
        let n = i64::try_from(picked.len()).unwrap_or(0);
        let mut worth = Vec::new();
        desk.seen.with(|s| {
            for card in s.0.iter().flat_map(|l| &l.cards).filter(|c| picked.contains(&c.id)) {
                if let Some(m) = card.amount {
                    add(&mut worth, m);
                }
            }
        });
        let count = tn("board.picked", n);
        if worth.is_empty() { count } else { format!("{count} · {}", super::head::sums(&worth)) }
    };
    view! {
            <div class="selbar" role="region" aria-label=t("board.picked_bar")>
                <b class="num">{figures}</b>
                {may_edit.then(|| view! {
                    <button type="button" class="btn small" on:click=move |_| desk.moving.set(Some(Moving { ids: ids() }))>
                        <Icon name="move" size="s"/>
                        {t("board.move_to")}
                    </button>
                    <Popover class="btn small" open=assigning trigger=|| view! { <Icon name="people" size="s"/>{t("board.assign")} }>
                        {owner_form(desk, assigning)}
                    </Popover>
                })}
                {may_delete.then(|| view! {
                    <button type="button" class="btn small" on:click=move |_| desk.remove(ids())>
                        <Icon name="bin" size="s"/>
                        {t("board.delete")}
                    </button>
                })}
                <button type="button" class="btn quiet icon" aria-label=t("board.unpick") title=t("board.unpick") on:click=move |_| desk.unpick()>
                    <Icon name="x"/>
                </button>
            </div>
    }
    .into_any()
}

fn owner_form(desk: Desk, open: RwSignal<bool>) -> AnyView {
    let value = RwSignal::new(None::<Id>);
    let label = RwSignal::new(String::new());
    let chosen = Callback::new(move |hit: Option<Hit>| {
        if let Some(hit) = hit {
            open.set(false);
            let picked: BTreeSet<Id> = (*desk.picked.get_untracked()).clone();
            desk.assign(desk.in_order(&picked), Some(hit.id), hit.name);
        }
    });
    view! {
        <div class="body">
            <Field label=t("board.new_owner")>
                <RefPicker kind=Kind::User value=value label=label on_change=chosen autofocus=true/>
            </Field>
        </div>
    }
    .into_any()
}
