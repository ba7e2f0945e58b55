//! What hands do in the calendar: pressing, clicking, keys. How it is done comes right after the page, with what opens above
//! it; until then what can wait waits, and a press means nothing.

use leptos::ev::{FocusEvent, KeyboardEvent, MouseEvent, PointerEvent};

use super::desk::Desk;
use super::{drag, keys};

#[derive(Clone)]
pub enum Deed {
    Press(PointerEvent),
    Click(MouseEvent),
    /// On an item, or while one is in the hand.
    Key(KeyboardEvent),
    /// Within the hours.
    GridKey(KeyboardEvent),
    /// Anywhere else on the page.
    PageKey(KeyboardEvent),
    /// The keyboard came to an item.
    Focus(FocusEvent),
    /// The keyboard came to the hours themselves.
    Enter,
}

impl Deed {
    /// A press means nothing once the finger has gone.
    pub fn can_wait(&self) -> bool {
        !matches!(self, Self::Press(_) | Self::Enter)
    }

    pub fn done(self, desk: Desk) {
        match self {
            Self::Press(event) => drag::press(desk, event),
            Self::Click(event) => drag::click(desk, event),
            Self::Key(event) => keys::on_item(desk, event),
            Self::GridKey(event) => keys::on_grid(desk, event),
            Self::PageKey(event) => keys::on_page(desk, &event),
            Self::Focus(event) => keys::focused(desk, event),
            Self::Enter => keys::entered(desk),
        }
    }
}

/// Does it, now or as soon as the part that can is here.
pub fn deed(desk: Desk, deed: Deed) {
    crate::rooms::deed(desk, deed);
}
