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
            let list = value.as_array().cloned().unwrap_or_default();
            list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        let name = match form.kind {
            Kind::Contact => domain::contacts::full_name(&text("given_name"), &text("family_name")),
            _ => text("name"),
        };
        let keys = match form.kind {
            Kind::Company => [many("phones"), vec![text("domain")]].concat(),
            Kind::Contact => [many("emails"), many("phones")].concat(),
            _ => vec![text("code")],
        };
        let this = turn.get_value() + 1;
        turn.set_value(this);
        if std::iter::once(&name).chain(&keys).all(|word| word.chars().count() < 2) {
            return found.set(Vec::new());
        }
        set_timeout(
            move || {
                if turn.try_get_value() == Some(this) {
                    spawn_local(async move {
                        let alike = crate::search::alike(form.kind, name, keys).await.unwrap_or_default();
                        if turn.try_get_value() == Some(this) {
                            let _ = found.try_set(alike);
                        }
                    });
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
