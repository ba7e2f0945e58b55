//! The bars above the board: which pipeline, board or table, search, filters, and what it all comes to. All of it is in
//! the address.

use std::time::Duration;

use domain::filter::Op;
use domain::rights::Power;

use super::desk::Desk;
use super::head::{exact, sums_or_zero};
use crate::prelude::*;
use crate::records::filters::FilterBar;
use crate::rooms::Tool;

/// The address of this board with these parts changed ("" takes one away).
pub fn with(desk: Desk, changes: &[(&'static str, &str)]) -> String {
    let mut params = desk.address.get_untracked();
    // As the board understands its address: see `desk::question`.
    let now = desk.query.get_untracked();
    params.remove("filter");
    if !now.filter.is_empty() {
        params.insert("filter", now.filter);
    }
    if let Some(pipeline) = now.pipeline {
        params.remove("pipeline");
        params.insert("pipeline", pipeline.to_string());
    }
    for (name, value) in changes {
        params.remove(name);
        if !value.is_empty() {
            params.insert(*name, (*value).to_owned());
        }
    }
    format!("/deals{}", params.to_query_string())
}

/// The filter of these very deals: where there are several pipelines, those of this one.
pub fn whole_filter(desk: Desk) -> String {
    let several = desk.pipelines.with_untracked(|p| p.len() > 1);
    let filter = desk.query.with_untracked(|q| q.filter.clone());
    match Filter::parse(Kind::Deal, &filter) {
        Ok(f) if several => f.and(Filter::is("pipeline", Op::Eq, desk.pipeline.with_untracked(|p| p.id))).to_string(),
        _ => filter,
    }
}

/// The list of everything in a stage, as the board is filtered now.
pub fn table_of(desk: Desk, stage: &str) -> String {
    let (filter, pipeline) = (desk.query.with(|q| q.filter.clone()), desk.pipeline.with(|p| p.id));
    let filter = Filter::parse(Kind::Deal, &filter).unwrap_or_default();
    let filter = filter.and(Filter::is("pipeline", Op::Eq, pipeline)).and(Filter::is("stage", Op::Eq, stage));
    with(desk, &[("layout", "table"), ("pipeline", ""), ("fold", ""), ("view", ""), ("filter", &filter.to_string())])
}

pub fn fold(desk: Desk, stage: &str, shut: bool) {
    let mut folded = desk.folded.get_untracked();
    if shut {
        folded.insert(stage.to_owned())
    } else {
        folded.remove(stage)
    };
    let folded: Vec<String> = folded.into_iter().collect();
    desk.go.run((with(desk, &[("fold", &folded.join(","))]), true));
}

pub fn bars(desk: Desk) -> AnyView {
    view! {
        <div class="pagebar">
            {picker(desk)}
            <span class="sep"></span>
            {super::views::picker(desk)}
            <span class="sep"></span>
            {layouts(desk)}
            <span class="grow"></span>
            {search(desk)}
        </div>
        <FilterBar
            kind=Kind::Deal
            names=desk.names
            filter=Signal::derive(move || desk.query.with(|q| q.filter.clone()))
            on_change=Callback::new(move |filter: String| desk.go.run((with(desk, &[("filter", &filter)]), false)))
        >
            {totals(desk)}
        </FilterBar>
    }
    .into_any()
}

fn picker(desk: Desk) -> AnyView {
    let trigger = move || {
        view! { <span class="clip">{move || desk.pipeline.with(|p| p.name.clone())}</span><Icon name="down" size="s"/> }
    };
    view! {
        <Menu class="btn quiet pipe" label=Signal::derive(move || t!("board.pipeline_menu", name = desk.pipeline.with(|p| p.name.clone()))) trigger=trigger>
            {crate::rooms::tool(Tool::Pipelines(desk))}
        </Menu>
    }
    .into_any()
}

/// The other pipelines.
pub fn pipelines(desk: Desk) -> AnyView {
    let admin = use_me().who().has(Power::ManagePipelines);
    view! {
        {move || {
            let here = desk.pipeline.with(|p| p.id);
            desk.pipelines
                .get()
                .into_iter()
                .map(|(id, name)| {
                    let go = Callback::new(move |()| desk.go.run((with(desk, &[("pipeline", &id.to_string()), ("fold", "")]), false)));
                    view! { <MenuItem label=name icon="board" checked=Signal::derive(move || id == here) on_select=go/> }
                })
                .collect_view()
        }}
        {admin.then(|| view! {
            <MenuLine/>
            <MenuItem label=t("board.edit_pipelines") icon="settings" on_select=Callback::new(move |()| desk.go.run(("/settings/pipelines".to_owned(), false)))/>
        })}
    }
    .into_any()
}

fn layouts(desk: Desk) -> AnyView {
    let options =
        vec![("board".to_owned(), "board", t("board.board").to_owned()), ("table".to_owned(), "table", t("board.table").to_owned())];
    let go = Callback::new(move |layout: String| {
        if layout != "board" {
            let filter = whole_filter(desk);
            // Nothing said would be the view that this person's lists begin with.
            let all = if filter.is_empty() && desk.query.with_untracked(|q| q.q.is_empty()) { "all" } else { "" };
            let changes = [("layout", ""), ("pipeline", ""), ("fold", ""), ("filter", filter.as_str()), ("view", all)];
            desk.go.run((with(desk, &changes), false));
        }
    });
    view! { <Segmented value=Signal::derive(|| "board".to_owned()) options=options label=t("board.layout") on_change=go/> }.into_any()
}

fn search(desk: Desk) -> AnyView {
    let typed = RwSignal::new(desk.query.with_untracked(|q| q.q.clone()));
    let turn = StoredValue::new(0_u32);
    // Back and forward change the words too; what is being typed stays.
    Effect::new(move |before: Option<String>| {
        let now = desk.query.with(|q| q.q.clone());
        if before.is_some_and(|b| b != now) && typed.with_untracked(|t| t.trim() != now) {
            typed.set(now.clone());
        }
        now
    });
    let input = move |event| {
        typed.set(event_target_value(&event));
        turn.update_value(|t| *t += 1);
        let mine = turn.get_value();
        set_timeout(
            move || {
                if turn.try_get_value() == Some(mine) {
                    let words = typed.get_untracked();
                    desk.go.run((with(desk, &[("q", words.trim())]), true));
                }
            },
            Duration::from_millis(220),
        );
    };
    view! {
        <span class="with-icon boardfind">
            <Icon name="search" size="s"/>
            <input
                class="input small"
                type="search"
                autocomplete="off"
                placeholder=t("board.search")
                aria-label=t("board.search")
                value=typed.get_untracked()
                prop:value=move || typed.get()
                on:input=input
            />
        </span>
    }
    .into_any()
}

fn totals(desk: Desk) -> AnyView {
    let all = Memo::new(move |_| desk.seen.with(|s| s.totals()));
    let currency = move || desk.pipeline.with(|p| p.currency.clone());
    let figures = move || {
        view! {
            <span class="sum num" aria-live="off">
                {move || {
                    let n = all.get().count;
                    let text = tn("board.count", n);
                    // The figure bold, wherever the language puts it.
                    let figure = fmt().number(n);
                    match text.split_once(&figure) {
                        Some((before, after)) => view! { {before.to_owned()}<b>{figure}</b>{after.to_owned()} }.into_any(),
                        None => text.into_any(),
                    }
                }}
                " · "
                <b title=move || exact(&all.get().sum)>{move || sums_or_zero(&all.get().sum, &currency())}</b>
                <span class="long" title=move || exact(&all.get().weighted)>
                    " · "
                    {move || t!("board.weighted", sum = sums_or_zero(&all.get().weighted, &currency()))}
                </span>
            </span>
        }
    };
    // Where there is no board, its figures would be those of nothing.
    let known = Memo::new(move |_| desk.failure.with(Option::is_none));
    (move || known.get().then(figures)).into_any()
}
