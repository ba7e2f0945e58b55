//! The fields of a record, each edited where it stands: press or Enter edits, Enter saves, Tab saves and goes on, Escape
//! takes back. What is typed stays typed, whatever arrives from elsewhere; what cannot be saved says why and keeps it.

use domain::schema::{DERIVED, FieldDef, FieldType, HIDDEN};
use serde_json::Value;

use super::super::value;
use super::PageCx;
use crate::prelude::*;

mod one;
mod save;

pub use save::save_plainly;

const GROUPS: [&str; 4] = ["about", "address", "prefs", "more"];

/// Where a field stands in the panel.
fn group(def: &FieldDef) -> &'static str {
    match def.name {
        "street" | "city" | "region" | "postal_code" | "country" => "address",
        "language" | "preferred_channel" | "no_phone" | "best_time" | "prefers_product" | "prefers_brand" | "prefers_colour"
        | "prefers_style" => "prefs",
        "tags" | "description" | "external_id" | "created_at" | "updated_at" | "birth_date" | "gender" | "contract_end" | "verified_at" => {
            "more"
        }
        _ => "about",
    }
}

/// Good to know of some; a record without them lacks nothing.
fn is_extra(def: &FieldDef) -> bool {
    group(def) == "prefs" || matches!(def.name, "gender" | "verified_at")
}

/// Edited in the panel. The stage is moved in the head, where its rules are asked.
fn shown(def: &FieldDef) -> bool {
    !def.is(HIDDEN) && def.ty != FieldType::Stage && def.name != "owner"
}

pub fn fields(cx: PageCx) -> AnyView {
    let all: Vec<&'static FieldDef> = cx.kind.fields().iter().filter(|d| shown(d)).collect();
    let fillable: Vec<&'static str> =
        all.iter().filter(|d| !d.is(DERIVED) && d.ty != FieldType::Bool && !is_extra(d)).map(|d| d.name).collect();
    let groups = GROUPS.into_iter().filter_map(|name| {
        let fields: Vec<&'static FieldDef> = all.iter().copied().filter(|d| group(d) == name).collect();
        (!fields.is_empty()).then(|| {
            view! {
                <section class="fgroup">
                    <h3 class="fhead">{tk(&format!("record.group.{name}"))}</h3>
                    <dl>
                        {fields.into_iter().map(|def| present(cx, def)).collect_view()}
                        {(name == "more").then(|| times(cx))}
                    </dl>
                </section>
            }
        })
    });
    view! {
        {matches!(cx.kind, Kind::Company | Kind::Contact | Kind::Deal).then(|| fullness(cx, fillable))}
        {groups.collect_view()}
    }
    .into_any()
}

/// The field while the record has it: an open deal has no closing day.
fn present(cx: PageCx, def: &'static FieldDef) -> AnyView {
    match def.name {
        "verified_at" => return verified(cx, def),
        // Said beside the stage itself.
        "lifecycle_since" => return ().into_any(),
        _ => {}
    }
    if !matches!(def.name, "closed_at" | "won_reason" | "lost_reason") {
        return one::field(cx, def);
    }
    let has = Memo::new(move |_| cx.record.with(|r| domain::deals::has(r, def.name)));
    (move || has.get().then(|| one::field(cx, def))).into_any()
}

/// How much is filled in, and the next fields to fill.
fn fullness(cx: PageCx, fields: Vec<&'static str>) -> AnyView {
    let counted = Memo::new(move |_| {
        cx.record.with(|r| {
            let here: Vec<&'static str> = fields.iter().copied().filter(|f| domain::deals::has(r, f)).collect();
            let missing: Vec<&'static str> = here.iter().copied().filter(|f| r.fields.get(*f).is_none_or(Value::is_null)).collect();
            (i64::try_from(here.len()).unwrap_or(1).max(1), missing)
        })
    });
    let all = Memo::new(move |_| counted.with(|(all, _)| *all));
    let missing = Memo::new(move |_| counted.with(|(_, missing)| missing.clone()));
    let filled = Memo::new(move |_| counted.with(|(all, missing)| all - i64::try_from(missing.len()).unwrap_or(0)));
    let percent = move || filled.get() * 100 / all.get();
    view! {
        <div class="full">
            <div class="row">
                <b class="grow">{move || t!("record.complete", percent = value::percent(percent()))}</b>
                <span class="faint num">{move || t!("record.place", n = fmt().number(filled.get()), total = fmt().number(all.get()))}</span>
            </div>
            <span
                class="meter"
                role="meter"
                aria-label=t("record.completeness")
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=move || percent().to_string()
            >
                <i style:width=move || format!("{}%", percent())></i>
            </span>
            {move || cx.rights.get().edit.then(|| {
                let missing = missing.get();
                let more = missing.len().saturating_sub(2);
                let chips = missing.into_iter().take(2).map(|name| view! {
                    <button type="button" class="chip add" on:click=move |_| begin(cx, name)>
                        <Icon name="plus"/>
                        {field_label(cx.kind, name)}
                    </button>
                }).collect_view();
                view! { <div class="add">{chips}{(more > 0).then(|| view! { <span class="faint num">{format!("+{more}")}</span> })}</div> }
            })}
        </div>
    }
    .into_any()
}

/// When somebody last made sure of it all; one press says that it is so today.
fn verified(cx: PageCx, def: &'static FieldDef) -> AnyView {
    let at = Memo::new(move |_| cx.record.with(|r| r.text(def.name).to_owned()));
    let may = Memo::new(move |_| cx.rights.get().edit);
    let verify = move |_| save_plainly(cx, def, domain::time::instant(crate::i18n::now()).into());
    view! {
        <div class="f locked">
            <dt>{field_label(cx.kind, def.name)}</dt>
            <dd class="row">
                {move || match at.get() {
                    none if none.is_empty() => view! { <span class="faint">{t("record.never_verified")}</span> }.into_any(),
                    at => view! { <When at=at/> }.into_any(),
                }}
                {move || (may.get() && cx.alive().get()).then(|| view! {
                    <button type="button" class="btn small" title=t("record.verify_hint") on:click=verify><Icon name="check" size="s"/>{t("record.verify")}</button>
                })}
            </dd>
        </div>
    }
    .into_any()
}

fn times(cx: PageCx) -> AnyView {
    view! {
        <div class="f locked"><dt>{field_label(cx.kind, "created_at")}</dt><dd>{move || cx.record.with(|r| view! { <When at=r.created_at.clone()/> })}</dd></div>
        <div class="f locked"><dt>{field_label(cx.kind, "updated_at")}</dt><dd>{move || cx.record.with(|r| view! { <When at=r.updated_at.clone()/> })}</dd></div>
    }
    .into_any()
}

/// Opens the editor of a field.
pub fn begin(cx: PageCx, name: &'static str) {
    cx.editing.set(Some(name));
    crate::dom::edit(format!("#edit-{name}"), format!("#edit-{name} .editor > .combo > [role='combobox']"), 100);
}

/// The next field (or the one before) that can be edited.
fn neighbour(cx: PageCx, name: &str, back: bool) -> Option<&'static str> {
    let order: Vec<&'static str> = GROUPS
        .into_iter()
        .flat_map(|g| cx.kind.fields().iter().filter(move |d| shown(d) && group(d) == g))
        .filter(|d| {
            !d.is(DERIVED)
                && d.ty != FieldType::Bool
                && d.name != "verified_at"
                && cx.record.with_untracked(|r| domain::deals::has(r, d.name))
        })
        .map(|d| d.name)
        .collect();
    let at = order.iter().position(|n| *n == name)?;
    if back { order.get(at.checked_sub(1)?) } else { order.get(at + 1) }.copied()
}
