//! Saved views on the board. The same as in the list of deals: one that is a board is laid over this one, any other opens
//! as the table it is.

use domain::list::{Look, View};
use leptos::task::spawn_local;

use super::bar::{whole_filter, with};
use super::desk::{Desk, apart};
use crate::prelude::*;
use crate::records::views::{BOARD, Views};
use crate::records::{api, look};
use crate::rooms::Tool;

pub fn picker(desk: Desk) -> AnyView {
    let all = RwSignal::new(Vec::<View>::new());
    // Not needed for the first picture: asked for when the page lives.
    Effect::new(move |_| {
        spawn_local(async move {
            if let Ok(list) = api::views(Kind::Deal).await {
                let _ = all.try_set(list);
            }
        });
    });
    let shown = Memo::new(move |_| {
        let pipeline = desk.pipeline.with(|p| p.id);
        let named = desk.address.with(|a| a.get_str("view").and_then(Id::parse));
        let fitting = |v: &&View| desk.query.with(|q| fits(&v.look, &q.filter, &q.q, pipeline));
        // Of several that are alike, the one that was chosen.
        all.with(|all| all.iter().filter(fitting).max_by_key(|v| Some(v.id) == named).cloned())
    });
    let views = Views {
        kind: Kind::Deal,
        layout: BOARD,
        all,
        shown,
        edited: Memo::new(move |_| shown.with(Option::is_none) && desk.query.with(|q| !q.filter.is_empty() || !q.q.is_empty())),
        look: Callback::new(move |()| Look {
            filter: whole_filter(desk),
            q: desk.query.with_untracked(|q| q.q.clone()),
            layout: BOARD.to_owned(),
            ..Look::default()
        }),
        go: Callback::new(move |(view, replace): (Option<View>, bool)| {
            let href = match view {
                None => with(desk, &[("view", ""), ("filter", ""), ("q", "")]),
                Some(view) if view.look.layout == BOARD => board(desk, &view),
                Some(view) => look::Place { view: Some(view.id), look: None, all: false }.href(Kind::Deal),
            };
            desk.go.run((href, replace));
        }),
        asking: RwSignal::new(None),
        toasts: desk.toasts,
    };
    let name = move || match (shown.get(), views.edited.get()) {
        (Some(view), _) => view.name,
        (None, true) => tk("board.views"),
        (None, false) => views.all_records(),
    };
    view! {
        <Menu class="btn quiet views" label=Signal::derive(|| t("board.views").to_owned()) trigger=move || view! {
            <Icon name="star" size="s"/>
            <span class="clip">{name}</span>
            <Icon name="down" size="s"/>
        }>
            {crate::rooms::tool(Tool::Views(views))}
        </Menu>
        {views.when_asked()}
    }
    .into_any()
}

/// Is this what the board shows? A view of one pipeline is that pipeline's only.
fn fits(look: &Look, filter: &str, q: &str, here: Id) -> bool {
    let (pipeline, rest) = apart(&look.filter);
    look.layout == BOARD && rest == filter && look.q == q && pipeline.is_none_or(|id| id == here)
}

/// The board that a view shows: of its own pipeline, else of this one.
fn board(desk: Desk, view: &View) -> String {
    let (pipeline, rest) = apart(&view.look.filter);
    let pipeline = pipeline.unwrap_or_else(|| desk.pipeline.with_untracked(|p| p.id)).to_string();
    with(desk, &[("view", &view.id.to_string()), ("filter", &rest), ("q", &view.look.q), ("pipeline", &pipeline)])
}
