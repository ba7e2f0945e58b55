//! "Move to…": the way to move cards without dragging, by tap, key or screen reader. Stages with what lies in them; a
//! sheet from below on a phone.

use std::sync::Arc;

use domain::pipelines::{Stage, StageKind};
use leptos::ev::KeyboardEvent;
use wasm_bindgen::JsCast;

use super::desk::{Desk, Moving};
use super::head::sums_or_zero;
use super::model::{Spot, add};
use super::motion;
use crate::prelude::*;

pub fn move_sheet(desk: Desk) -> AnyView {
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(desk.moving.with(Option::is_some)));
    let closed = Callback::new(move |()| {
        if let Some(Moving { ids }) = desk.moving.try_get_untracked().flatten() {
            desk.moving.set(None);
            if let Some(id) = ids.first() {
                motion::focus_card(*id);
            }
        }
    });
    view! {
        <Dialog open=open title=t("board.move_to") look="small moving" on_close=closed>
            {move || desk.moving.get_untracked().map(|m| crate::rooms::move_form(desk, m))}
        </Dialog>
    }
    .into_any()
}

pub fn stages(desk: Desk, moving: Moving) -> AnyView {
    let cards: Vec<_> = moving.ids.iter().filter_map(|id| desk.card(*id)).collect();
    let mut worth = Vec::new();
    cards.iter().filter_map(|c| c.amount).for_each(|m| add(&mut worth, m));
    let n = i64::try_from(cards.len()).unwrap_or(0);
    let what = match cards.as_slice() {
        [only] => only.name.clone(),
        _ => tn("board.count", n),
    };
    let currency = desk.pipeline.with_untracked(|p| p.currency.clone());
    let about = if worth.is_empty() { what } else { format!("{what} · {}", super::head::sums(&worth)) };
    let here: Option<String> = cards.first().map(|c| c.stage.clone()).filter(|s| cards.iter().all(|c| c.stage == *s));
    let gain = StoredValue::new(super::head::sums(&worth));
    let seen = desk.seen.get_untracked();
    let ids = StoredValue::new(moving.ids.clone());
    let go = Callback::new(move |stage: String| {
        desk.moving.set(None);
        let ids = ids.get_value();
        let held = ids.first().copied();
        desk.move_cards(ids, &stage, Spot::Top);
        // The dialog closes first: it gives the keyboard to where it came from, and that place is gone.
        motion::next_frame(move || match held.and_then(|id| Some((id, desk.seen.try_with_untracked(|s| s.find(id))?))) {
            Some((id, Some((_, row)))) => motion::focus_in(desk, &stage, row, id),
            Some((_, None)) => super::hands::focus_near(desk, (0, 0)),
            None => {}
        });
    });
    let line = |number: usize, stage: Arc<Stage>, totals: domain::deals::Totals| {
        let mine = here.as_deref() == Some(stage.id.as_str());
        let id = stage.id.clone();
        let second = if mine {
            t("board.is_here").to_owned()
        } else {
            format!("{} · {}", tn("board.count", totals.count), sums_or_zero(&totals.sum, &currency))
        };
        view! {
            <button
                type="button"
                class="to"
                class:here=mine
                disabled=mine
                aria-keyshortcuts=number.to_string()
                data-number=number.to_string()
                on:click=move |_| go.run(id.clone())
            >
                <span class="ring" style=format!("--p:{}", stage.probability) aria-hidden="true"></span>
                <span class="two grow"><b class="clip">{stage.name.clone()}</b><span class="num clip">{second}</span></span>
                {if mine {
                    view! { <Icon name="check"/> }.into_any()
                } else {
                    // Deals without amounts add nothing.
                    let gain = gain.get_value();
                    (!gain.is_empty()).then(|| view! { <span class="plus num">"+"{gain}</span> }).into_any()
                }}
                <kbd class="desk-only" aria-hidden="true">{number.to_string()}</kbd>
            </button>
        }
    };
    let open =
        seen.0.iter().filter(|l| l.is_open()).enumerate().map(|(i, l)| line(i + 1, Arc::clone(&l.stage), l.totals.clone())).collect_view();
    let end = |kind: StageKind| {
        let (look, icon) = if kind == StageKind::Won { ("btn large good", "check") } else { ("btn large bad", "x") };
        seen.0.iter().find(|l| l.stage.kind == kind).map(|l| {
            let id = l.stage.id.clone();
            view! { <button type="button" class=look on:click=move |_| go.run(id.clone())><Icon name=icon/>{l.stage.name.clone()}</button> }
        })
    };
    let typed = StoredValue::new((String::new(), 0.0));
    let first = moving.ids.first().copied();
    let pick = move |_| {
        desk.moving.set(None);
        if let Some(id) = first {
            desk.toggle(id);
        }
    };
    view! {
        <div class="body">
            <p class="muted clip about">{about}</p>
            <div class="moveto" on:keydown=move |event| walk(event, typed)>
                {open}
                <div class="ends">{end(StageKind::Won)}{end(StageKind::Lost)}</div>
            </div>
        </div>
        <footer class="phone-only">
            <button type="button" class="btn quiet large block" on:click=pick><Icon name="check"/>{t("board.pick")}</button>
        </footer>
    }
    .into_any()
}

/// Within this many milliseconds the next letter goes on with the word.
const WORD: f64 = 1000.0;

/// Arrows walk, digits choose, letters go to the stage that begins with them. `typed`: they, and when the last one came.
fn walk(event: KeyboardEvent, typed: StoredValue<(String, f64)>) {
    let Some(list) = event.current_target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) else { return };
    let key = event.key();
    if key.len() == 1 && key.chars().all(|c| c.is_ascii_digit()) {
        if let Some(button) = list.query_selector(&format!("[data-number='{key}']:not([disabled])")).ok().flatten() {
            event.prevent_default();
            let _ = button.dyn_into::<web_sys::HtmlElement>().map(|b| b.click());
        }
        return;
    }
    let Ok(all) = list.query_selector_all("button:not([disabled])") else { return };
    let buttons: Vec<web_sys::HtmlElement> = (0..all.length()).filter_map(|i| all.get(i)?.dyn_into().ok()).collect();
    let down = match key.as_str() {
        "ArrowDown" | "ArrowRight" => true,
        "ArrowUp" | "ArrowLeft" => false,
        letter if letter.chars().count() == 1 && letter != " " && !event.ctrl_key() && !event.meta_key() && !event.alt_key() => {
            let at = event.time_stamp();
            typed.update_value(|(word, last)| {
                if at - *last > WORD {
                    word.clear();
                }
                word.push_str(&domain::text::lower(letter));
                *last = at;
            });
            let word = typed.get_value().0;
            if let Some(named) = buttons.iter().find(|b| b.text_content().is_some_and(|t| domain::text::lower(t.trim()).starts_with(&word)))
            {
                event.prevent_default();
                let _ = named.focus();
            }
            return;
        }
        _ => return,
    };
    event.prevent_default();
    let now = document().active_element();
    let at = buttons.iter().position(|b| now.as_ref() == Some(b.as_ref()));
    let n = buttons.len().max(1);
    let next = match (at, down) {
        (None, _) => 0,
        (Some(i), true) => (i + 1) % n,
        (Some(i), false) => (i + n - 1) % n,
    };
    if let Some(button) = buttons.get(next) {
        let _ = button.focus();
    }
}
