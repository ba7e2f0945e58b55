//! The list's picker of saved views, and what can be done with a view that was changed.

use domain::list::Look;

use super::super::look::{self, Place};
use super::super::views::{Ask, BOARD, Views};
use super::ListCx;
use crate::prelude::*;
use crate::rooms::Tool;

pub fn picker(cx: ListCx) -> AnyView {
    let views = Views {
        kind: cx.kind,
        layout: "",
        all: cx.views,
        shown: Memo::new(move |_| cx.view()),
        edited: Memo::new(move |_| cx.place.with(|p| p.look.is_some())),
        look: Callback::new(move |()| Look { layout: String::new(), ..cx.look.get_untracked() }),
        go: Callback::new(move |(view, replace): (Option<domain::list::View>, bool)| match view {
            Some(view) if view.look.layout == BOARD => cx.leave(&look::board_of(Some(view.id), view.look)),
            view => cx.visit(Place { all: view.is_none(), view: view.map(|v| v.id), look: None }, replace),
        }),
        asking: RwSignal::new(None),
        toasts: use_toasts(),
    };
    // A link to a view that is no more, or somebody else's own: said once, and the address forgets it.
    Effect::new(move |told: Option<Option<Id>>| {
        let named = cx.place.with(|p| p.view);
        let gone = named.filter(|id| cx.views.with_untracked(|all| all.iter().all(|v| v.id != *id)));
        if gone.is_some() && told.flatten() != gone {
            views.toasts.warn(t("view.gone"));
            cx.visit(Place { view: None, all: true, ..cx.place.get_untracked() }, true);
        }
        gone
    });
    let (shown, edited) = (views.shown, views.edited);
    let name = move || shown.with(|v| v.as_ref().map_or_else(|| views.all_records(), |v| v.name.clone()));
    let again = move || shown.with(|v| v.as_ref().is_some_and(|v| v.can_edit));
    view! {
        <div class="row">
            <Menu class="btn quiet viewname" trigger=move || view! {
                <span class="clip">{name}</span>
                <Icon name="down" size="s"/>
            }>
                {crate::rooms::tool(Tool::Views(views))}
            </Menu>
            {move || edited.get().then(|| view! {
                <span class="row">
                    {shown.with(Option::is_some).then(|| view! { <span class="tag">{t("view.edited")}</span> })}
                    {again().then(|| view! {
                        <button type="button" class="btn quiet small" on:click=move |_| views.save()>{t("view.save")}</button>
                    })}
                    <button type="button" class="btn quiet small" on:click=move |_| views.asking.set(Some(Ask::SaveAs))>{t("view.save_as")}</button>
                    <button type="button" class="btn quiet small" on:click=move |_| cx.visit(Place { look: None, all: true, ..cx.place.get_untracked() }, false)>
                        {t("view.reset")}
                    </button>
                </span>
            })}
            {views.when_asked()}
        </div>
    }
    .into_any()
}
