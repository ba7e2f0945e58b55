//! Movement on the screen: cards that change their column fly there, the focus stays with its card, the focused card is
//! scrolled into sight. Does nothing on the server, and nothing flies for people who prefer less motion.

#[cfg(feature = "hydrate")]
mod real {
    use std::cell::RefCell;
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::time::Duration;

    use leptos::prelude::*;
    use wasm_bindgen::JsCast;
    use web_sys::{DomRect, HtmlElement};

    use super::super::desk::Desk;
    use domain::Id;

    /// More cards than these at once do not fly: nobody could follow them.
    const FLIGHTS: usize = 8;
    const FLIGHT: Duration = Duration::from_millis(240);

    pub fn card_element(id: Id) -> Option<HtmlElement> {
        document().query_selector(&format!("[data-card='{id}']")).ok().flatten()?.dyn_into().ok()
    }

    pub fn less_motion() -> bool {
        window().match_media("(prefers-reduced-motion: reduce)").ok().flatten().is_some_and(|m| m.matches())
    }

    /// Where cards stood before a change, and which of them has the focus.
    pub struct Places {
        cards: Vec<(Id, HtmlElement, DomRect, Option<String>)>,
        focused: Option<Id>,
    }

    fn column_of(card: &HtmlElement) -> Option<String> {
        card.closest("[data-stage]").ok().flatten()?.get_attribute("data-stage")
    }

    pub fn focused_card() -> Option<Id> {
        Id::parse(&document().active_element()?.get_attribute("data-card")?)
    }

    pub fn places(ids: &[Id]) -> Places {
        let few = if ids.len() > FLIGHTS || less_motion() { &[] } else { ids };
        let cards = few
            .iter()
            .filter_map(|id| {
                let element = card_element(*id)?;
                let column = column_of(&element);
                Some((*id, element.clone(), element.get_bounding_client_rect(), column))
            })
            .collect();
        Places { cards, focused: focused_card() }
    }

    pub fn fly(desk: Desk, from: Places) {
        if from.cards.is_empty() && from.focused.is_none() {
            return;
        }
        // Cards in the hand are shown there already.
        let landing = desk.flying.get_untracked();
        let flights: Vec<(Id, HtmlElement, DomRect, Option<String>)> = from
            .cards
            .into_iter()
            .filter(|(id, ..)| !landing.contains(id))
            .filter_map(|(id, element, rect, column)| Some((id, copy(&element, &rect)?, rect, column)))
            .collect();
        let focused = from.focused;
        // The effects of the change run before the next frame is painted.
        request_animation_frame(move || {
            for (id, copy, rect, column) in flights {
                land(desk, id, copy, Some((rect, column)));
            }
            if let Some(id) = focused
                && focused_card().is_none()
                && document().active_element().is_none_or(|e| e.tag_name() == "BODY")
            {
                focus_card(id);
            }
        });
    }

    /// A picture of the card that is fixed on the screen.
    pub fn copy(card: &HtmlElement, rect: &DomRect) -> Option<HtmlElement> {
        let copy: HtmlElement = card.clone_node_with_deep(true).ok()?.dyn_into().ok()?;
        for name in ["data-card", "tabindex", "id", "aria-label", "aria-describedby"] {
            let _ = copy.remove_attribute(name);
        }
        let _ = copy.set_attribute("aria-hidden", "true");
        let _ = copy.set_attribute("inert", "");
        copy.set_class_name(&format!("{} held", copy.class_name().replace("ghost", "").replace("flying", "")));
        let style = copy.style();
        for (name, value) in [("--x", rect.left()), ("--y", rect.top()), ("--w", rect.width())] {
            let _ = style.set_property(name, &format!("{value}px"));
        }
        Some(copy)
    }

    /// Lets a copy fly to where its card is now, and shows the card when it has arrived. `was`: where it comes from;
    /// within its column a card moves by itself.
    pub fn land(desk: Desk, id: Id, copy: HtmlElement, was: Option<(DomRect, Option<String>)>) {
        let Some(card) = card_element(id) else {
            // Into a strip or out of sight.
            let _ = copy.class_list().add_1("fading");
            set_timeout(
                move || {
                    copy.remove();
                    hide(desk, id, false);
                },
                FLIGHT,
            );
            return;
        };
        if was.is_some_and(|(_, column)| column == column_of(&card)) || less_motion() {
            copy.remove();
            hide(desk, id, false);
            return;
        }
        if copy.parent_node().is_none() {
            copy.class_list().add_1("level").ok();
            let _ = document().body().map(|b| b.append_child(&copy));
        }
        hide(desk, id, true);
        // Its place is final only when the row's own movement is over: aim at the row, not at where it is passing.
        let Some(goal) = resting_place(&card) else {
            copy.remove();
            hide(desk, id, false);
            return;
        };
        // A frame later, so that the copy has a place to fly from.
        request_animation_frame(move || {
            copy.class_list().add_1("settling").ok();
            let style = copy.style();
            for (name, value) in [("--x", goal.0), ("--y", goal.1)] {
                let _ = style.set_property(name, &format!("{value}px"));
            }
            set_timeout(
                move || {
                    copy.remove();
                    hide(desk, id, false);
                },
                FLIGHT,
            );
        });
    }

    /// Not to be seen where it is until its copy has landed there.
    pub fn conceal(desk: Desk, id: Id) {
        hide(desk, id, true);
    }

    fn hide(desk: Desk, id: Id, away: bool) {
        let _ = desk.flying.try_update(|f| {
            let f = Arc::make_mut(f);
            if away { f.insert(id) } else { f.remove(&id) }
        });
    }

    /// Left and top of the row that the card belongs to, whatever movement it is in.
    fn resting_place(card: &HtmlElement) -> Option<(f64, f64)> {
        let row: HtmlElement = card.parent_element()?.dyn_into().ok()?;
        let list = row.parent_element()?;
        let scroller: HtmlElement = list.parent_element()?.dyn_into().ok()?;
        let index: f64 = row.style().get_property_value("--i").ok()?.trim().parse().ok()?;
        let top = list.get_bounding_client_rect().top() + index * pitch();
        let seen = scroller.get_bounding_client_rect();
        let left = card.get_bounding_client_rect().left();
        Some((left, top.clamp(seen.top() - 60.0, seen.bottom())))
    }

    /// Pixels from one card to the next; the style sheet decides.
    pub fn pitch() -> f64 {
        let column = document().query_selector(".board .col").ok().flatten();
        let style = column.and_then(|c| window().get_computed_style(&c).ok().flatten());
        let step = style.and_then(|s| s.get_property_value("--card-step").ok());
        step.and_then(|s| s.trim().strip_suffix("px")?.parse().ok()).filter(|h: &f64| *h > 8.0).unwrap_or(90.0)
    }

    thread_local! {
        /// How far the columns of a board were scrolled, and its focused card: whoever comes back finds them so.
        static LEFT: RefCell<(String, BTreeMap<String, i32>, Option<Id>)> = RefCell::default();
    }

    /// Is this the board that was left?
    pub fn come_back(address: &str) -> Option<Id> {
        LEFT.with_borrow_mut(|left| {
            if left.0 == address {
                return left.2;
            }
            *left = (address.to_owned(), BTreeMap::new(), None);
            None
        })
    }

    pub fn keep_focus(id: Id) {
        LEFT.with_borrow_mut(|left| left.2 = Some(id));
    }

    pub fn keep_scroll(stage: &str, top: i32) {
        LEFT.with_borrow_mut(|left| left.1.insert(stage.to_owned(), top));
    }

    pub fn kept_scroll(stage: &str) -> i32 {
        LEFT.with_borrow(|left| left.1.get(stage).copied().unwrap_or(0))
    }

    pub fn scroller(stage: &str) -> Option<HtmlElement> {
        document().query_selector(&format!("#col-{stage} .cards")).ok().flatten()?.dyn_into().ok()
    }

    /// Scrolls the row into sight, then gives the card the focus (it may have to be drawn first).
    pub fn focus_in(desk: Desk, stage: &str, row: usize, id: Id) {
        desk.focus.set(Some(id));
        show_row(stage, row);
        focus_card(id);
    }

    /// How many rows of a column are seen at once.
    pub fn rows_in(stage: &str) -> usize {
        scroller(stage).map_or(5, |s| super::super::window::whole(f64::from(s.client_height()) / pitch()).max(1))
    }

    pub fn show_row(stage: &str, row: usize) {
        show_column(stage);
        if let Some(scroller) = scroller(stage) {
            let pitch = pitch();
            let top = f64::from(u32::try_from(row).unwrap_or(u32::MAX)) * pitch;
            let (from, height) = (f64::from(scroller.scroll_top()), f64::from(scroller.client_height()));
            if top < from {
                scroller.set_scroll_top((top.floor()) as i32);
            } else if top + pitch > from + height {
                scroller.set_scroll_top((top + pitch - height).ceil() as i32);
            }
        }
    }

    /// In the next frame: where the card is drawn then, and when no dialog holds the focus any more.
    pub fn focus_soon(id: Id) {
        next_frame(move || focus_card(id));
    }

    /// Whoever comes back to the board goes on at the card they left; not when they are busy elsewhere by then.
    pub fn focus_again(id: Id) {
        next_frame(move || {
            let idle = document().active_element().is_none_or(|e| matches!(e.tag_name().as_str(), "BODY" | "H1"));
            if idle {
                focus_card(id);
            }
        });
    }

    pub fn next_frame(then: impl FnOnce() + 'static) {
        request_animation_frame(then);
    }

    /// The card may be drawn only after the next scroll event.
    pub fn focus_card(id: Id) {
        try_focus(id, 12);
    }

    fn try_focus(id: Id, tries: u32) {
        match card_element(id) {
            Some(card) => {
                let options = web_sys::FocusOptions::new();
                options.set_prevent_scroll(true);
                let _ = card.focus_with_options(&options);
            }
            None if tries > 0 => request_animation_frame(move || try_focus(id, tries - 1)),
            None => {}
        }
    }

    /// The column in the middle of a board.
    pub fn column_in_sight(board: &web_sys::HtmlElement) -> Option<String> {
        let seen = board.get_bounding_client_rect();
        let middle = f64::midpoint(seen.left(), seen.right());
        let list = board.query_selector_all("[data-stage]").ok()?;
        let columns = (0..list.length()).filter_map(|i| list.get(i)?.dyn_into::<web_sys::Element>().ok());
        let distance = |c: &web_sys::Element| {
            let r = c.get_bounding_client_rect();
            (f64::midpoint(r.left(), r.right()) - middle).abs()
        };
        columns.min_by(|a, b| distance(a).total_cmp(&distance(b)))?.get_attribute("data-stage")
    }

    /// Scrolls the board sideways to a column.
    pub fn show_column(stage: &str) {
        let Some(column) = document().get_element_by_id(&format!("col-{stage}")) else { return };
        let Some(board) = column.closest(".board").ok().flatten() else { return };
        let (c, b) = (column.get_bounding_client_rect(), board.get_bounding_client_rect());
        if c.left() < b.left() - 1.0 || c.right() > b.right() + 1.0 {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_inline(web_sys::ScrollLogicalPosition::Center);
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            options.set_behavior(if less_motion() { web_sys::ScrollBehavior::Instant } else { web_sys::ScrollBehavior::Smooth });
            column.scroll_into_view_with_scroll_into_view_options(&options);
        }
    }
}

#[cfg(feature = "hydrate")]
pub use real::*;

#[cfg(not(feature = "hydrate"))]
mod none {
    use super::super::desk::Desk;
    use domain::Id;

    pub struct Places;

    pub fn places(_ids: &[Id]) -> Places {
        Places
    }
    pub fn fly(_desk: Desk, _from: Places) {}
    pub fn focus_in(_desk: Desk, _stage: &str, _row: usize, _id: Id) {}
    pub fn focus_card(_id: Id) {}
    pub fn focus_soon(_id: Id) {}
    pub fn focus_again(_id: Id) {}
    pub fn next_frame(_then: impl FnOnce() + 'static) {}
    pub fn show_column(_stage: &str) {}
    pub fn come_back(_address: &str) -> Option<Id> {
        None
    }
    pub fn keep_focus(_id: Id) {}
    pub fn show_row(_stage: &str, _row: usize) {}
    pub fn rows_in(_stage: &str) -> usize {
        5
    }
    pub fn column_in_sight(_board: &web_sys::HtmlElement) -> Option<String> {
        None
    }
}

#[cfg(not(feature = "hydrate"))]
pub use none::*;
