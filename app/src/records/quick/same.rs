//! Looks, while people type, for records that may be the same one.

use std::time::Duration;

use domain::list::Hit;
use leptos::task::spawn_local;

use super::super::value;
use super::form::Form;
use crate::prelude::*;

pub fn duplicates(form: Form, open: RwSignal<bool>) -> AnyView {
    if !matches!(form.kind, Kind::Company | Kind::Contact | Kind::Product) {
        return ().into_any();
    }
    let found = RwSignal::new(Vec::<Hit>::new());
    let turn = StoredValue::new(0_u32);
    Effect::new(move |_| {
        let text = |name: &str| form.draft(name).map(|d| d.value().as_str().unwrap_or_default().trim().to_owned()).unwrap_or_default();
        let many = |name: &str| {
            let value = form.draft(name).map(|d| d.value()).unwrap_or_default();
            value.as_array().and_then(|l| l.first()).and_then(|v| v.as_str()).unwrap_or_default().to_owned()
        };
        let name = match form.kind {
            Kind::Contact => domain::contacts::full_name(&text("given_name"), &text("family_name")),
            _ => text("name"),
        };
        let other = match form.kind {
            Kind::Company => text("domain"),
            Kind::Contact => many("emails"),
            _ => text("code"),
        };
        let this = turn.get_value() + 1;
        turn.set_value(this);
        let asked: Vec<String> = [name.clone(), other].into_iter().filter(|w| w.chars().count() >= 2).collect();
        if asked.is_empty() {
            return found.set(Vec::new());
        }
        set_timeout(
            move || {
                if turn.try_get_value() == Some(this) {
                    spawn_local(ask(form.kind, asked, name, found, turn, this));
                }
            },
            Duration::from_millis(350),
        );
    });
    view! {
        <div class="same" role="status">
            {move || {
                let hits = found.get();
                (!hits.is_empty()).then(|| view! {
                    <div class="note">
                        <Icon name="info"/>
                        <b>{t("quick.same_title")}</b>
                        // The draft is kept: whoever looks there may come back to it.
                        <ul on:click=move |_| open.set(false)>
                            {hits.into_iter().map(|hit| view! {
                                <li class="row">{value::link(hit.kind, hit.id, &hit.name)}<span class="faint clip">{hit.hint}</span></li>
                            }).collect_view()}
                        </ul>
                    </div>
                })
            }}
        </div>
    }
    .into_any()
}

async fn ask(kind: Kind, asked: Vec<String>, name: String, found: RwSignal<Vec<Hit>>, turn: StoredValue<u32>, this: u32) {
    let wanted = domain::text::fold(&name);
    let mut all: Vec<Hit> = Vec::new();
    for words in asked {
        let by_name = words == name;
        let hits = crate::search::find(words, vec![kind], 5).await.unwrap_or_default();
        // By domain or address every hit counts; by name those that hold it, or are held by it.
        let alike = |hit: &Hit| {
            let theirs = domain::text::fold(&hit.name);
            !by_name || theirs.contains(&wanted) || (theirs.chars().count() > 3 && wanted.contains(&theirs))
        };
        for hit in hits.into_iter().filter(alike) {
            if all.iter().all(|h| h.id != hit.id) {
                all.push(hit);
            }
        }
    }
    all.truncate(4);
    if turn.try_get_value() == Some(this) {
        let _ = found.try_set(all);
    }
}
