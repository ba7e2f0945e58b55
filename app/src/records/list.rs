//! The list of a kind: a table over any number of rows, and the tools around it. What it shows stands in the address.

use domain::list::{Look, Sums, View};
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

use super::api::{self, ListStart};
use super::look::{self, Column, Place};
use super::names::Names;
use crate::prelude::*;

pub(crate) mod bulk;
pub(crate) mod columns;
mod edit;
pub mod foot;
mod memory;
mod row;
mod rows;
mod table;
pub(crate) mod tools;
pub(crate) mod views;

use bulk::Picked;
pub(super) use memory::Trail;
pub use row::title_of;
pub(super) use row::{due, finish};
#[cfg(feature = "ssr")]
pub use rows::FIRST;
use rows::Rows;

/// What the parts of a list share.
#[derive(Clone, Copy)]
pub struct ListCx {
    pub kind: Kind,
    pub names: Names,
    pub(super) views: RwSignal<Vec<View>>,
    pub(super) place: Memo<Place>,
    pub look: Memo<Look>,
    pub(super) columns: RwSignal<Vec<Column>>,
    pub(super) rows: Rows,
    /// What they come to. None: not known, or nothing to add up.
    pub(super) sums: RwSignal<Option<Sums>>,
    pub(super) picked: Picked,
    pub(super) editing: edit::Editing,
    carry: columns::Carry,
    who: StoredValue<domain::rights::Who>,
    go: StoredValue<Go>,
}

type Go = std::sync::Arc<dyn Fn(&str, bool) + Send + Sync>;

impl ListCx {
    /// Shows another look: a new entry of the browser's history.
    pub fn change(&self, edit: impl FnOnce(&mut Look)) {
        let mut look = self.look.get_untracked();
        edit(&mut look);
        self.show(look, false);
    }

    /// The same, in place of the present entry: for what changes with every key or pixel.
    pub(super) fn refine(&self, edit: impl FnOnce(&mut Look)) {
        let mut look = self.look.get_untracked();
        edit(&mut look);
        self.show(look, true);
    }

    fn show(&self, look: Look, replace: bool) {
        let saved = untrack(|| self.view());
        let view = saved.as_ref().map(|v| v.id);
        let look = (saved.map(|v| v.look).unwrap_or_default() != look).then_some(look);
        self.visit(Place { view, look, all: true }, replace);
    }

    pub(super) fn visit(&self, place: Place, replace: bool) {
        // "All" is said only where nothing said means something else.
        let all = place.all && place.view.is_none() && self.views.with_untracked(|views| views.iter().any(|v| v.default));
        let place = Place { all, ..place };
        let href = place.href(self.kind);
        self.go.with_value(|go| go(&href, replace));
    }

    /// Somewhere else.
    pub(super) fn leave(&self, href: &str) {
        self.go.with_value(|go| go(href, false));
    }

    pub(super) fn may_edit(&self, record: &Record) -> bool {
        record.deleted_at.is_none() && self.who.with_value(|who| who.may(domain::rights::Act::Edit, record))
    }

    /// The view that is shown, perhaps with changes.
    pub(super) fn view(&self) -> Option<View> {
        self.views.with(|views| self.place.with(|p| p.view_in(views).cloned()))
    }
}

#[component]
pub fn ListPage(kind: Kind) -> impl IntoView {
    let search = use_location().search;
    let here = Place::read(&search.get_untracked()).href(kind);
    // Back from a record: the list stands where it stood.
    if let Some(seen) = memory::take(&here) {
        return list(kind, seen.start, Some(seen.stand));
    }
    renewable(move |retry| opened(kind, search, retry))
}

fn opened(kind: Kind, search: Memo<String>, retry: Callback<()>) -> AnyView {
    let start = Resource::new_blocking(move || kind, move |kind| api::open_list(kind, Place::read(&search.get_untracked())));
    view! {
        <Suspense fallback=move || waiting(kind)>
            {move || Suspend::new(async move {
                match start.await {
                    // A link to a view that is a board, or a person whose deals begin with one.
                    Ok(start) if kind == Kind::Deal && start.look.layout == super::views::BOARD => {
                        let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
                        let view = Place::read(&search.get_untracked()).view_in(&start.views).map(|v| v.id);
                        view! { <leptos_router::components::Redirect path=look::board_of(view, start.look) options=options/> }.into_any()
                    }
                    // Untracked: what the list reads while it is built must not build the whole list again.
                    Ok(start) => untrack(|| list(kind, start, None)),
                    Err(Fault(error)) => untrack(|| view! {
                        <TopBar title=kind_plural(kind)/>
                        <ErrorState error=error retry=retry/>
                    }
                    .into_any()),
                }
            })}
        </Suspense>
    }
    .into_any()
}

/// The shape of what comes.
fn waiting(kind: Kind) -> AnyView {
    view! {
        <TopBar title=kind_plural(kind)/>
        <div class="pagebar" aria-hidden="true"></div>
        <div class="filters" aria-hidden="true"></div>
        <div class="page" aria-busy="true"><Skeleton rows=12/></div>
    }
    .into_any()
}

fn list(kind: Kind, start: ListStart, stand: Option<memory::Stand>) -> AnyView {
    let ListStart { views, look: first, page, sums, names, pipelines } = start;
    let location = use_location();
    let navigate = use_navigate();
    let names = Names::new(names, pipelines);
    provide_context(names);
    let views = RwSignal::new(views);
    // On the way to another page the address is that page's already: the list stays what it was until it is gone.
    let place = Memo::new(move |before: Option<&Place>| {
        let (path, search) = (location.pathname.get(), location.search.get());
        let ours = path.trim_matches('/') == kind.plural() && !search.contains("layout=board");
        if ours { Place::read(&search) } else { before.cloned().unwrap_or_default() }
    });
    let look = Memo::new(move |_| views.with(|views| place.with(|p| p.look_with(views))));
    let columns = RwSignal::new(look::columns(kind, &first.columns));
    let rows = Rows::new(kind, names, look::question(&first), page);
    let go: Go = std::sync::Arc::new(move |href, replace| {
        navigate(href, NavigateOptions { replace, scroll: false, ..NavigateOptions::default() });
    });
    let cx = ListCx {
        kind,
        names,
        views,
        place,
        look,
        columns,
        rows,
        sums: RwSignal::new(sums),
        picked: Picked::new(),
        editing: edit::Editing::new(),
        carry: columns::Carry::new(),
        who: StoredValue::new(use_me().who()),
        go: StoredValue::new(go),
    };

    // The address leads: whatever changes it (tools, a link, the back button) ends here.
    Effect::new(move |before: Option<Look>| {
        let look = look.get();
        if let Some(before) = before {
            if before.columns != look.columns {
                columns.set(look::columns(kind, &look.columns));
            }
            if !look::same_rows(&before, &look) {
                cx.picked.clear();
                rows.ask(look::question(&look));
            }
            if before.filter != look.filter {
                super::filters::learn(names, kind, look.filter.clone());
            }
        }
        look
    });
    rows.come_alive(stand.is_some());
    Effect::new(move |_| rows.hold(cx.editing.cell.with(Option::is_some)));
    foot::follow(cx, stand.is_some());
    memory::keep(cx);

    view! {
        {tools::bar(cx)}
        {tools::tools(cx)}
        {table::table(cx, stand)}
        {bulk::bar(cx)}
    }
    .into_any()
}
