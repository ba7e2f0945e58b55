//! The two rows above the table: title with count, and the tools (view, search, filters, columns, export).

use std::time::Duration;

use domain::rights::Power;
use leptos::ev::KeyboardEvent;

use super::super::filters::FilterBar;
use super::super::look;
use super::ListCx;
use crate::prelude::*;
use crate::rooms::Tool;

pub fn bar(cx: ListCx) -> AnyView {
    view! { <TopBar title=kind_plural(cx.kind) make=cx.kind/> }.into_any()
}

pub fn tools(cx: ListCx) -> AnyView {
    view! {
        <div class="pagebar">
            {super::views::picker(cx)}
            <span class="grow"></span>
            {search(cx)}
            {(cx.kind == Kind::Deal).then(|| layout(cx))}
            {super::columns::chooser(cx)}
            {use_me().who().has(Power::Export).then(|| export(cx))}
        </div>
        <FilterBar
            kind=cx.kind
            names=cx.names
            filter=Signal::derive(move || cx.look.with(|l| l.filter.clone()))
            on_change=Callback::new(move |text| cx.change(|look| look.filter = text))
        />
    }
    .into_any()
}

fn search(cx: ListCx) -> AnyView {
    let typed = RwSignal::new(cx.look.get_untracked().q);
    let node = NodeRef::<leptos::html::Input>::new();
    let turn = StoredValue::new(0_u32);
    // The back button and views change it too, but never what somebody is typing.
    Effect::new(move |_| {
        let q = cx.look.with(|l| l.q.clone());
        let focused = node.get_untracked().is_some_and(|n| document().active_element().is_some_and(|a| a == **n));
        if !focused && typed.get_untracked() != q {
            typed.set(q);
        }
    });
    let send = move || {
        let words = typed.get_untracked();
        if cx.look.with_untracked(|l| l.q != words) {
            cx.refine(|look| look.q = words);
        }
    };
    let soon = move || {
        let this = turn.get_value() + 1;
        turn.set_value(this);
        set_timeout(
            move || {
                if turn.try_get_value() == Some(this) {
                    send();
                }
            },
            Duration::from_millis(220),
        );
    };
    let label = t!("list.search", kind = domain::text::lower(&kind_plural(cx.kind)));
    view! {
        <label class="with-icon">
            <Icon name="search" size="s"/>
            <input
                class="input"
                type="search"
                aria-label=label.clone()
                placeholder=t("list.search_short")
                autocomplete="off"
                value=typed.get_untracked()
                prop:value=move || typed.get()
                on:input=move |event| {
                    typed.set(event_target_value(&event));
                    soon();
                }
                on:keydown=move |event: KeyboardEvent| match event.key().as_str() {
                    _ if event.is_composing() => {}
                    "Enter" => {
                        turn.update_value(|t| *t += 1);
                        send();
                    }
                    "ArrowDown" => {
                        event.prevent_default();
                        crate::dom::focus(".grid");
                    }
                    "Escape" if !typed.with_untracked(String::is_empty) => {
                        event.stop_propagation();
                        typed.set(String::new());
                        turn.update_value(|t| *t += 1);
                        send();
                    }
                    _ => {}
                }
                node_ref=node
            />
        </label>
    }
    .into_any()
}

/// Deals are seen as a board too.
fn layout(cx: ListCx) -> AnyView {
    let options =
        vec![("board".to_owned(), "board", t("list.board").to_owned()), ("table".to_owned(), "table", t("list.table").to_owned())];
    let value = Signal::derive(|| "table".to_owned());
    let change = Callback::new(move |to: String| {
        if to == "board" {
            cx.leave(&look::board_of(None, cx.look.get_untracked()));
        }
    });
    view! { <Segmented value=value options=options label=t("list.layout") on_change=change/> }.into_any()
}

fn export(cx: ListCx) -> AnyView {
    view! {
        <Menu class="btn quiet icon" align="end" label=Signal::derive(|| t("list.export").to_owned()) trigger=|| view! { <Icon name="export"/> }>
            {crate::rooms::tool(Tool::Files(cx))}
        </Menu>
    }
    .into_any()
}

/// The list as a file: plain links, so that the browser does the saving.
pub fn links(cx: ListCx) -> AnyView {
    let close = use_context::<crate::ui::Close>();
    [("csv", "CSV"), ("xlsx", "Excel (XLSX)"), ("json", "JSON")]
        .into_iter()
        .map(|(format, name)| {
            let href = move || cx.look.with(|l| look::export_href(cx.kind, l, &cx.columns.get(), format));
            view! {
                <a
                    class="item"
                    role="menuitem"
                    tabindex="-1"
                    href=href
                    rel="external"
                    download=""
                    on:click=move |_| {
                        if let Some(close) = close {
                            close.0.run(());
                        }
                    }
                >
                    <Icon name="export"/>
                    {t!("list.export_as", name = name)}
                </a>
            }
        })
        .collect_view()
        .into_any()
}
