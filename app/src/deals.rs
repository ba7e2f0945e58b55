//! The deals room: the board, and the list of deals.

use crate::prelude::*;

pub mod api;
mod asking;
pub(crate) mod bar;
pub mod board;
mod card;
mod column;
mod desk;
mod drag;
mod hands;
pub(crate) mod head;
mod keys;
mod live;
mod model;
mod motion;
mod moves;
pub(crate) mod picks;
#[cfg(any(feature = "hydrate", test))]
mod place;
mod sheet;
pub(crate) mod views;
mod window;

pub(crate) use asking::{form as ask_form, usual_reasons};
pub(crate) use desk::{Desk, Moving};
pub(crate) use hands::{Act, act};
pub(crate) use moves::Ask;
pub(crate) use sheet::stages;

/// `/deals`: the board with `?layout=board`, else the table.
#[component]
pub fn DealsPage() -> impl IntoView {
    let query = leptos_router::hooks::use_query_map();
    let board = Memo::new(move |_| query.read().get_str("layout") == Some("board"));
    move || {
        if board.get() { crate::rooms::board_page() } else { crate::rooms::list_page(Kind::Deal) }
    }
}
