//! Next and previous record of the list that this page was opened from (keys J and K).

use domain::list::ListQuery;
use leptos::task::spawn_local;

use super::super::list::Trail;
use super::super::{api, value};
use super::PageCx;
use crate::prelude::*;

/// Where "back" leads: the list with its filter, else the whole list.
pub fn back(kind: Kind) -> String {
    Trail::found(kind).map_or_else(|| format!("/{}", kind.plural()), |t| t.href)
}

pub fn steps(cx: PageCx) -> AnyView {
    let trail = RwSignal::new(None::<Trail>);
    Effect::new(move |_| trail.set(Trail::found(cx.kind)));
    view! {
        {move || trail.get().map(|found| {
            let place = found.total.map(|total| t!("record.place", n = fmt().number(i64::from(found.index) + 1), total = fmt().number(i64::from(total))));
            let last = found.total.is_some_and(|total| found.index + 1 >= total);
            view! {
                <span class="faint num desk-only">{place}</span>
                <span class="joined">
                    <button type="button" class="btn icon" disabled=found.index == 0 title=t("record.previous") aria-label=t("record.previous") on:click=move |_| step(cx, -1)>
                        <Icon name="left"/>
                    </button>
                    <button type="button" class="btn icon" disabled=last title=t("record.next") aria-label=t("record.next") on:click=move |_| step(cx, 1)>
                        <Icon name="right"/>
                    </button>
                </span>
            }
        })}
    }
    .into_any()
}

fn step(cx: PageCx, by: i32) {
    let Some(trail) = Trail::found(cx.kind) else {
        return;
    };
    let Some(index) = trail.index.checked_add_signed(by) else {
        return;
    };
    spawn_local(async move {
        let query = ListQuery {
            filter: trail.filter.clone(),
            q: trail.q.clone(),
            sort: trail.sort.clone(),
            skip: index,
            limit: 1,
            ..ListQuery::default()
        };
        match api::rows(cx.kind, query).await {
            Ok(page) => {
                if let Some(href) = page.records.first().and_then(|r| value::page_of(cx.kind, r.id)) {
                    Trail { index, ..trail }.keep();
                    cx.visit(&href);
                }
            }
            Err(Fault(error)) => cx.toasts.fail(&error),
        }
    });
}

/// J and K by their place on the keyboard, so that they work with a Cyrillic layout too.
pub fn keys(cx: PageCx) {
    let _ = cx;
    #[cfg(feature = "hydrate")]
    {
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key());
            if !plain || event.default_prevented() || event.is_composing() || crate::dom::is_typing(&event) {
                return;
            }
            match event.code().as_str() {
                "KeyJ" => step(cx, 1),
                "KeyK" => step(cx, -1),
                _ => return,
            }
            event.prevent_default();
        });
        on_cleanup(move || handle.remove());
    }
}
