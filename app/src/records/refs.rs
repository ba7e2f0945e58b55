//! Fields that point at other records: search and choose, or make the missing one on the spot. The dialog for that lies
//! above the form, which keeps everything typed.

use leptos::portal::Portal;

use super::names::Names;
use super::quick::CreateDialog;
use crate::prelude::*;
use crate::shell::NewRecord;

/// May people make records of this kind from a field that points at it?
fn may_make(kind: Kind) -> bool {
    !matches!(kind, Kind::User | Kind::Team | Kind::Pipeline) && use_me().who().may_some(domain::rights::Act::Create, kind)
}

#[component]
pub fn RefField(
    kind: Kind,
    value: RwSignal<Option<Id>>,
    label: RwSignal<String>,
    names: Names,
    #[prop(optional, into)] on_change: Option<Callback<()>>,
) -> impl IntoView {
    let wanted = RwSignal::new(None::<NewRecord>);
    let tell = move || {
        if let Some(told) = on_change {
            told.run(());
        }
    };
    let picked = Callback::new(move |hit: Option<domain::list::Hit>| {
        if let Some(hit) = hit {
            names.learn(kind, hit.id, &hit.name);
        }
        tell();
    });
    let create = may_make(kind).then(|| Callback::new(move |typed: String| wanted.set(Some(begin(kind, &typed)))));
    let made = Callback::new(move |record: Record| {
        names.learn(kind, record.id, record.name());
        value.set(Some(record.id));
        label.set(record.name().to_owned());
        tell();
    });
    view! {
        {match create {
            Some(create) => view! { <RefPicker kind=kind value=value label=label on_change=picked create=create/> }.into_any(),
            None => view! { <RefPicker kind=kind value=value label=label on_change=picked/> }.into_any(),
        }}
        <Portal><CreateDialog wanted=wanted on_created=made/></Portal>
    }
    .into_any()
}

/// A new record that begins with what was typed as its name.
pub fn begin(kind: Kind, typed: &str) -> NewRecord {
    let mut fields = Fields::new();
    let typed = typed.trim();
    if !typed.is_empty() {
        if kind == Kind::Contact {
            // "Anna Snelling", but 王小明.
            let split = if domain::text::is_cjk(typed) {
                typed.char_indices().nth(1).map(|(i, _)| (typed.get(i..).unwrap_or_default(), typed.get(..i).unwrap_or_default()))
            } else {
                typed.rsplit_once(' ')
            };
            let (given, family) = split.unwrap_or(("", typed));
            for (name, part) in [("given_name", given), ("family_name", family)] {
                if !part.is_empty() {
                    fields.insert(name.to_owned(), part.into());
                }
            }
        } else {
            fields.insert("name".to_owned(), typed.into());
        }
    }
    NewRecord { kind, fields }
}

/// Several of them: chips, and a picker that adds one more.
#[component]
pub fn RefsField(kind: Kind, value: RwSignal<Vec<String>>, names: Names) -> impl IntoView {
    let one = RwSignal::new(None::<Id>);
    let label = RwSignal::new(String::new());
    let added = Callback::new(move |()| {
        if let Some(id) = one.get_untracked() {
            let id = id.to_string();
            if !value.with_untracked(|v| v.contains(&id)) {
                value.update(|v| v.push(id));
            }
            one.set(None);
            label.set(String::new());
        }
    });
    view! {
        <div class="refs">
            {move || {
                value
                    .get()
                    .into_iter()
                    .map(|id| {
                        let name = Id::parse(&id).map(|id| names.name(id)).unwrap_or_default();
                        let remove = t!("action.remove_named", name = name);
                        view! {
                            <span class="chip">
                                <span class="clip">{name}</span>
                                <button type="button" aria-label=remove on:click=move |_| value.update(|v| v.retain(|x| *x != id))>
                                    <Icon name="x" size="s"/>
                                </button>
                            </span>
                        }
                    })
                    .collect_view()
            }}
            <RefField kind=kind value=one label=label names=names on_change=added/>
        </div>
    }
    .into_any()
}
