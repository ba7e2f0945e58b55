//! A column of the board: its head with the sums over all of its deals, and its cards, of which only those in sight
//! (and a few around) are in the document.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::pipelines::Stage;

use super::card::{Slot, State, card_view};
use super::desk::Desk;
use super::head;
use super::keys::By;
use super::model::{Lane, Lanes};
#[cfg(feature = "hydrate")]
use super::motion;
use super::window::{self, Span};
use crate::prelude::*;

/// How far a column is scrolled, and how much of it is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct View {
    scroll: f64,
    height: f64,
    pitch: f64,
}

/// What is carried, as this column needs to know it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Hold {
    /// Indices of its own cards that are carried.
    taken: Vec<usize>,
    held: Option<Id>,
    /// The place kept free here.
    gap: Option<usize>,
    by_keys: bool,
}

pub fn column(desk: Desk, id: String) -> AnyView {
    let dom_id = format!("col-{id}");
    let key = StoredValue::new(id.clone());
    let stage = Memo::new(move |_| desk.seen.with(|s| key.with_value(|k| s.lane(k).map(|l| Arc::clone(&l.stage)))));
    let place = Memo::new(move |_| desk.seen.with(|s| key.with_value(|k| s.index(k))));
    let folded = Memo::new(move |_| desk.folded.with(|f| key.with_value(|k| f.contains(k))));
    let view = RwSignal::new(View::default());
    let scroller = NodeRef::<leptos::html::Div>::new();

    let hold = Memo::new(move |_| {
        desk.carry.with(|carry| {
            let Some(carry) = carry else { return Hold::default() };
            let taken = desk.seen.with(|s| {
                let lane = key.with_value(|k| s.lane(k));
                let mut at: Vec<usize> = carry.ids.iter().filter_map(|id| lane.and_then(|l| l.position(*id))).collect();
                at.sort_unstable();
                at
            });
            let gap = carry.to.filter(|(l, _)| Some(*l) == place.get()).map(|(_, p)| p);
            Hold { taken, held: Some(carry.held), gap, by_keys: carry.by == By::Keys }
        })
    });
    let target = Memo::new(move |_| hold.with(|h| h.gap.is_some()));
    let loaded = Memo::new(move |_| {
        desk.seen.with(|s| key.with_value(|k| s.lane(k)).map_or((0, true, 0), |l| (l.cards.len(), l.complete(), l.totals.count)))
    });
    let rows = Memo::new(move |_| {
        let (cards, complete, count) = loaded.get();
        let all = window::rows(cards, complete, count);
        hold.with(|h| if h.gap.is_some() { all.saturating_sub(h.taken.len()) + 1 } else { all })
    });
    let span = Memo::new(move |_| {
        let v = view.get();
        Span::of(v.scroll, v.height, v.pitch, rows.get())
    });
    let slots = Memo::new(move |_| {
        let span = span.get();
        // The focused card stays in the document while it is scrolled out of sight, or the focus would be lost.
        let focus = desk.focus.get();
        hold.with(|hold| desk.seen.with(|s| key.with_value(|k| s.lane(k)).map(|l| slots_of(l, span, hold, focus)).unwrap_or_default()))
    });
    let bones = Memo::new(move |_| {
        let (span, (cards, complete, _)) = (span.get(), loaded.get());
        if complete { (0, 0) } else { (span.first.max(cards), span.last) }
    });
    let tabstop = Memo::new(move |_| {
        let focus = desk.focus.get();
        let first_seen = window::whole(view.get().scroll / view.get().pitch.max(1.0));
        slots.with(|s| {
            let focused = s.iter().find(|s| Some(s.card.id) == focus);
            focused.or_else(|| s.iter().find(|s| s.row >= first_seen)).or(s.first()).map(|s| s.card.id)
        })
    });
    let slot_row = Memo::new(move |_| hold.with(|h| h.gap.filter(|_| !h.by_keys || !h.held.is_some_and(|id| holds(desk, key, id)))));
    let of = Signal::derive(move || loaded.get().2);
    let stage_signal: Signal<Option<Arc<Stage>>> = stage.into();

    let measure = Callback::new(move |()| measure(view, scroller, key));
    Effect::new(move |_| {
        // Unfolded, the column has its height again.
        folded.track();
        if scroller.get().is_some() {
            soon(move || {
                #[cfg(feature = "hydrate")]
                if let (Some(node), Some(top)) = (scroller.try_get_untracked().flatten(), key.try_with_value(|k| motion::kept_scroll(k)))
                    && top > 0
                {
                    node.set_scroll_top(top);
                }
                measure.run(());
            });
        }
    });
    let resized = window_event_listener(leptos::ev::resize, move |_| measure.run(()));
    on_cleanup(move || resized.remove());
    let waits = StoredValue::new(false);
    let scrolled = move |_| {
        if !waits.get_value() {
            waits.set_value(true);
            soon(move || {
                waits.try_set_value(false);
                measure.run(());
            });
        }
    };
    stay(desk, key, scroller);
    Effect::new(move |_| {
        let (cards, complete, _) = loaded.get();
        // Tried again when the board is drawn anew.
        desk.seen.track();
        if !folded.get()
            && let Some(limit) = window::wanted(span.get(), cards, complete)
        {
            desk.page(key.get_value(), limit);
        }
    });

    view! {
        <section
            class="col"
            class:target=target
            class:folded=folded
            id=dom_id
            data-stage=id
            aria-label=move || stage.get().map(|s| s.name.clone())
        >
            {head::head(desk, key, stage, target)}
            <div class="cards" tabindex="-1" node_ref=scroller on:scroll=scrolled>
                <ol style=move || format!("--n:{}", rows.get())>
                    <For each=move || slots.get() key=|s| s.card.id let:slot>
                        {
                            let id = slot.card.id;
                            let first = StoredValue::new(slot);
                            // The last known slot stays while the row is taken away.
                            let mine = Memo::new(move |_| {
                                slots.with(|s| s.iter().find(|s| s.card.id == id).cloned()).or_else(|| first.try_get_value())
                            });
                            let mine = Signal::derive(move || mine.get());
                            card_view(desk, id, mine, stage_signal, of, tabstop)
                        }
                    </For>
                    {move || slot_row.get().map(|row| view! {
                        <li class="slot" style=format!("--i:{row}") aria-hidden="true">{move || carried_words(desk)}</li>
                    })}
                    {move || {
                        let (from, to) = bones.get();
                        (from..to).map(|i| view! {
                            <li style=format!("--i:{i}") aria-hidden="true"><article class="card bones"></article></li>
                        }).collect_view()
                    }}
                </ol>
                {move || (rows.get() == 0).then(|| view! { <p class="none">{t("board.empty_stage")}</p> })}
            </div>
            {head::foot(desk, key)}
        </section>
    }
    .into_any()
}

fn holds(desk: Desk, key: StoredValue<String>, id: Id) -> bool {
    desk.seen.with(|s| key.with_value(|k| s.lane(k).is_some_and(|l| l.position(id).is_some())))
}

/// What lies in the slot while a card is carried by keyboard: its name, since nothing hangs at a pointer.
fn carried_words(desk: Desk) -> Option<String> {
    desk.carry.with(|c| c.as_ref().filter(|c| c.by == By::Keys).map(|c| (c.held, c.ids.len()))).map(|(held, n)| {
        if n > 1 { tn("board.count", i64::try_from(n).unwrap_or(0)) } else { desk.card(held).map(|c| c.name.clone()).unwrap_or_default() }
    })
}

fn slots_of(lane: &Lane, span: Span, hold: &Hold, focus: Option<Id>) -> Vec<Slot> {
    let carried: BTreeSet<usize> = hold.taken.iter().copied().collect();
    let slot = |index: usize| -> Option<Slot> {
        let card = lane.cards.get(index)?;
        let mine = carried.contains(&index);
        let (row, state) = match hold.gap {
            Some(gap) if mine && hold.held == Some(card.id) => (gap, if hold.by_keys { State::Carried } else { State::Away }),
            // The others of a handful travel with the one that is held.
            Some(_) if mine => return None,
            Some(gap) => (window::row_beside(index, &hold.taken, gap), State::Resting),
            None => (index, if mine { State::Ghost } else { State::Resting }),
        };
        Some(Slot { row, index, card: Arc::clone(card), state })
    };
    let from = span.first.saturating_sub(1);
    let to = (span.last + hold.taken.len() + 1).min(lane.cards.len());
    let mut out: Vec<Slot> = (from..to).filter_map(slot).filter(|s| span.contains(s.row) || s.state != State::Resting).collect();
    for id in [focus, hold.held].into_iter().flatten() {
        if out.iter().all(|s| s.card.id != id)
            && let Some(far) = lane.position(id).and_then(slot)
        {
            out.push(far);
        }
    }
    out
}

/// In the next frame; never on the server.
fn soon(then: impl FnOnce() + 'static) {
    #[cfg(feature = "hydrate")]
    request_animation_frame(then);
    #[cfg(not(feature = "hydrate"))]
    drop(then);
}

fn measure(view: RwSignal<View>, scroller: NodeRef<leptos::html::Div>, key: StoredValue<String>) {
    #[cfg(feature = "hydrate")]
    if let Some(node) = scroller.try_get_untracked().flatten() {
        key.try_with_value(|k| motion::keep_scroll(k, node.scroll_top()));
        let new = View { scroll: f64::from(node.scroll_top()), height: f64::from(node.client_height()), pitch: motion::pitch() };
        if view.try_get_untracked().is_some_and(|old| old != new) {
            view.set(new);
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (view, scroller, key);
}

/// Cards that come or go above those in sight move nothing under the eye: the scroll position follows them.
fn stay(desk: Desk, key: StoredValue<String>, scroller: NodeRef<leptos::html::Div>) {
    Effect::new(move |before: Option<Arc<Lanes>>| {
        let now = desk.seen.get();
        #[cfg(feature = "hydrate")]
        if let (Some(before), Some(node)) = (&before, scroller.get_untracked())
            && desk.carry.with_untracked(Option::is_none)
        {
            let Some(list) = node.first_element_child().map(|l| l.class_list()) else { return now };
            let (pitch, top) = (motion::pitch(), f64::from(node.scroll_top()));
            let first = window::whole(top / pitch);
            let (old, new) = key.with_value(|k| (before.lane(k), now.lane(k)));
            let seen = old.map(|l| l.cards.iter().enumerate().skip(first).take(8)).into_iter().flatten();
            let kept = seen.filter_map(|(i, c)| Some((i, new?.position(c.id)?))).next();
            let pushed = window::pushed(kept.filter(|(i, _)| *i > 0 && top > 1.0));
            // More than a few: the column was read anew, nobody expects the same picture.
            if pushed != 0 && pushed.abs() <= 50 {
                let _ = list.add_1("still");
                node.set_scroll_top((top + f64::from(i32::try_from(pushed).unwrap_or(0)) * pitch).round() as i32);
                request_animation_frame(move || {
                    request_animation_frame(move || {
                        let _ = list.remove_1("still");
                    })
                });
            }
        }
        let _ = (&before, key, scroller);
        now
    });
}
