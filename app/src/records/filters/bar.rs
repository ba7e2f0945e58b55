//! The row of chips above a list.

use domain::filter::Op;
use domain::schema::FieldDef;

use super::super::names::Names;
use super::editor::first_part;
use super::tree::{Part, Tree};
use super::words::describe;
use crate::prelude::*;
use crate::rooms;

/// Fields that conditions may be about.
pub fn filterable(kind: Kind) -> impl Iterator<Item = &'static FieldDef> {
    super::super::look::possible_columns(kind).filter(|d| !Op::for_type(d.ty).is_empty())
}

/// What the parts of the bar share.
#[derive(Clone, Copy)]
pub struct Bar {
    pub kind: Kind,
    pub names: Names,
    pub filter: Signal<String>,
    pub on_change: Callback<String>,
}

/// `filter` is the text form; `on_change` hears the new one. Children stand at the end of the row.
#[component]
pub fn FilterBar(
    kind: Kind,
    names: Names,
    #[prop(into)] filter: Signal<String>,
    on_change: Callback<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let cx = Bar { kind, names, filter, on_change };
    let parsed = Memo::new(move |_| cx.filter.with(|f| Filter::parse(cx.kind, f)));
    // "Either of two" is one chip, so that the next filter narrows it; chips side by side under "any" only where somebody
    // asked for that.
    let apart = RwSignal::new(false);
    let tree = Memo::new(move |_| {
        let tree = parsed.with(|p| p.as_ref().map(Tree::of).unwrap_or_default());
        if apart.get() { tree } else { tree.together() }
    });
    let set = move |tree: Tree| cx.on_change.run(tree.text());
    let count = Memo::new(move |_| tree.with(|t| t.parts.len()));
    let joined = Callback::new(move |word: String| {
        apart.set(word == "any");
        set(tree.get_untracked().joined(word == "any"));
    });
    let word = Signal::derive(move || tree.with(|t| if t.any { "any" } else { "all" }).to_owned());
    view! {
        <div class="filters" role="group" aria-label=t("filter.title")>
            {move || (count.get() > 1).then(|| {
                let options = vec![("all".to_owned(), "", t("filter.all_of").to_owned()), ("any".to_owned(), "", t("filter.any_of").to_owned())];
                view! { <Segmented value=word options=options label=t("filter.joined") on_change=joined/> }
            })}
            // A chip stays as long as its condition does: what is half typed in it outlives whatever else happens.
            <For
                each=move || tree.with(|t| t.parts.iter().cloned().enumerate().map(|(at, part)| (at, t.any, part)).collect::<Vec<_>>())
                key=|(at, any, part)| (*at, *any, part.text(*any))
                children=move |(at, any, part)| chip(cx, tree, at, any, part)
            />
            {move || parsed.with(|p| p.as_ref().err().cloned()).map(|e| view! {
                <span class="chip on broken" role="alert"><Icon name="warn"/>{error_text(&e)}</span>
            })}
            {add(cx, tree)}
            <Popover class="btn quiet icon" label=Signal::derive(|| t("filter.as_text").to_owned()) trigger=|| view! { <Icon name="command"/> }>
                {rooms::filter_as_text(cx)}
            </Popover>
            {move || (count.get() > 0 || parsed.with(Result::is_err)).then(|| view! {
                <button type="button" class="btn quiet" on:click=move |_| cx.on_change.run(String::new())>{t("filter.clear")}</button>
            })}
            {children.map(|c| c())}
        </div>
    }
    .into_any()
}

fn chip(cx: Bar, tree: Memo<Tree>, at: usize, any: bool, part: Part) -> AnyView {
    let change = move |new: Option<Part>| {
        let mut tree = tree.get_untracked();
        if let Some(old) = tree.parts.get_mut(at) {
            match new {
                Some(new) => *old = new,
                None => _ = tree.parts.remove(at),
            }
        }
        cx.on_change.run(tree.text());
        focus_chip(at);
    };
    let said = part.clone();
    // Only the words follow what things are called.
    let words = Signal::derive(move || {
        cx.names.track();
        describe(cx.kind, &said, any, cx.names)
    });
    let shown = move || {
        let (name, value) = words.get();
        view! { <span class="clip">{name}" "<b>{value}</b></span> }
    };
    let trigger = move || view! { {shown} };
    let open = match &part {
        Part::Other(_) => view! { <Popover class="text" trigger=trigger>{rooms::filter_as_text(cx)}</Popover> }.into_any(),
        _ => {
            let changed = Callback::new(move |new: Part| change(Some(new)));
            view! { <Popover class="text" trigger=trigger>{rooms::filter_editor(cx.kind, cx.names, part.clone(), any, changed)}</Popover> }
                .into_any()
        }
    };
    let remove = move || {
        let (name, value) = words.get();
        t!("action.remove_named", name = format!("{name} {value}"))
    };
    view! {
        <span class="chip on">
            {open}
            <button type="button" aria-label=remove on:click=move |_| change(None)><Icon name="x"/></button>
        </span>
    }
    .into_any()
}

/// A chip that was changed is drawn anew: the keyboard goes on where it was.
fn focus_chip(at: usize) {
    set_timeout(
        move || {
            if !crate::dom::focus(&format!(".filters .chip.on:nth-of-type({}) .text", at + 1)) {
                crate::dom::focus(".filters .chip.add");
            }
        },
        std::time::Duration::from_millis(60),
    );
}

/// "+ Filter": first the field, then its condition.
fn add(cx: Bar, tree: Memo<Tree>) -> AnyView {
    let field = RwSignal::new(None::<&'static str>);
    let words = RwSignal::new(String::new());
    let open = RwSignal::new(false);
    // The next one begins with the list of fields again.
    Effect::new(move |_| {
        if !open.get() {
            field.set(None);
            words.set(String::new());
        }
    });
    let added = Callback::new(move |part: Part| {
        let mut tree = tree.get_untracked();
        tree.parts.push(part);
        cx.on_change.run(tree.text());
    });
    let choose = move |name: &'static str| field.set(Some(name));
    let fields = move || {
        let wanted = domain::text::fold(&words.get());
        filterable(cx.kind)
            .map(|d| (d.name, field_label(cx.kind, d.name)))
            .filter(|(name, label)| domain::text::fold(label).contains(&wanted) || name.contains(&wanted))
            .collect::<Vec<_>>()
    };
    view! {
        <Popover class="chip add" open=open trigger=|| view! { <Icon name="plus"/>{t("filter.add")} }>
            {move || match field.get().and_then(|f| first_part(cx.kind, f)) {
                Some(part) => rooms::filter_editor(cx.kind, cx.names, part, tree.with_untracked(|t| t.any), added),
                None => view! {
                    <form
                        class="body"
                        on:submit=move |event| {
                            event.prevent_default();
                            if let Some((name, _)) = untrack(fields).first() {
                                choose(name);
                            }
                        }
                    >
                        <div class="menufind with-icon"><Icon name="search" size="s"/><TextInput value=words kind="search" placeholder=t("filter.find_field") autofocus=true/></div>
                        {move || fields().is_empty().then(|| view! { <p class="faint" role="status">{t!("filter.no_field", words = words.get())}</p> })}
                        <ul>
                            {move || fields().into_iter().map(|(name, label)| view! {
                                <li><button type="button" class="item" on:click=move |_| choose(name)>{label}</button></li>
                            }).collect_view()}
                        </ul>
                    </form>
                }
                .into_any(),
            }}
        </Popover>
    }
    .into_any()
}
