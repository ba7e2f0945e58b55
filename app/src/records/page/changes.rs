//! History in words: who changed what, from what to what.

use domain::record::{Change, ChangeOp};
use domain::schema::{FieldDef, FieldType};
use serde_json::Value;

use super::super::value;
use super::PageCx;
use crate::prelude::*;

/// A sentence with gaps that hold views: `"{who} changed {field}"`. Every language puts them where it likes.
pub fn sentence(key: &str, gaps: Vec<(&'static str, AnyView)>) -> AnyView {
    let text = tk(key);
    let mut gaps = gaps;
    let mut out: Vec<AnyView> = Vec::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else {
            break;
        };
        if !before.is_empty() {
            out.push(before.to_owned().into_any());
        }
        if let Some(at) = gaps.iter().position(|(n, _)| *n == name) {
            out.push(gaps.swap_remove(at).1);
        }
        rest = tail;
    }
    out.push(rest.to_owned().into_any());
    out.into_any()
}

pub fn bold(text: impl Into<String>) -> AnyView {
    let text: String = text.into();
    view! { <b>{text}</b> }.into_any()
}

/// Who did it. What did it by itself (the set-up, the command line, the sample company) is called in the reader's language;
/// a system without a name is Rapport.
pub fn who(change: &Change) -> String {
    if change.actor_name.is_empty() {
        return "Rapport".to_owned();
    }
    if change.actor.is_none() {
        let key = format!("actor.{}", change.actor_name.replace([' ', '-'], "_"));
        if crate::i18n::has(&key) {
            return tk(&key);
        }
    }
    change.actor_name.clone()
}

/// Fields that people read about: technical ones follow from others.
fn told(kind: Kind, name: &str) -> Option<&'static FieldDef> {
    kind.field(name).filter(|d| {
        let own_name = d.name == "name" && matches!(kind, Kind::Contact | Kind::Note);
        let silent = matches!(d.name, "rank" | "stage_since" | "next_step" | "next_step_at" | "deal_owner" | "done_at" | "status");
        !own_name && !silent
    })
}

/// The line of a change, and one line for each field where there are several.
pub fn line(cx: PageCx, change: &Change) -> (AnyView, Vec<AnyView>) {
    let mine = change.record == cx.id;
    let subject = || match (mine, value::page_of(change.kind, change.record)) {
        (true, _) => ().into_any(),
        (false, Some(href)) => view! { <a href=href>{change.name.clone()}</a> }.into_any(),
        (false, None) => bold(change.name.clone()),
    };
    let key = |word: &str| format!("timeline.{word}{}", if mine { "" } else { "_other" });
    let with = |key: String| sentence(&key, vec![("who", bold(who(change))), ("name", subject())]);
    match change.op {
        ChangeOp::Create if change.import.is_some() => return (with(key("imported")), Vec::new()),
        ChangeOp::Create => return (with(key("created")), Vec::new()),
        ChangeOp::Delete => return (with(key("deleted")), Vec::new()),
        ChangeOp::Restore => return (with(key("restored")), Vec::new()),
        ChangeOp::Update => {}
    }
    let fields: Vec<&'static FieldDef> = change.after.keys().chain(change.before.keys()).fold(Vec::new(), |mut out, name| {
        if let Some(def) = told(change.kind, name)
            && out.iter().all(|d: &&FieldDef| d.name != def.name)
        {
            out.push(def);
        }
        out
    });
    if change.kind == Kind::Task && change.after.get("done").and_then(Value::as_bool) == Some(true) {
        return (with(key("finished")), Vec::new());
    }
    let word = if change.undoes.is_some() { "took_back" } else { "changed" };
    match fields.as_slice() {
        [] if change.after.contains_key("rank") => (with(key("reordered")), Vec::new()),
        [] => (with(key("changed_some")), Vec::new()),
        [one] => {
            let parts = vec![
                ("who", bold(who(change))),
                ("field", bold(field_label(change.kind, one.name))),
                ("name", subject()),
                ("change", from_to(cx, change, one)),
            ];
            (sentence(&key(word), parts), Vec::new())
        }
        many => {
            let lines = many
                .iter()
                .map(|def| view! { <li><b>{field_label(change.kind, def.name)}</b>" "{from_to(cx, change, def)}</li> }.into_any())
                .collect();
            let count = tn("timeline.fields", i64::try_from(many.len()).unwrap_or(0));
            let parts = vec![("who", bold(who(change))), ("field", count.into_any()), ("name", subject()), ("change", ().into_any())];
            (sentence(&format!("{}_many", key(word)), parts), lines)
        }
    }
}

/// Old struck out, arrow, new.
fn from_to(cx: PageCx, change: &Change, def: &'static FieldDef) -> AnyView {
    let say = |fields: &Fields| {
        let value = fields.get(def.name).cloned().unwrap_or_default();
        let text = match def.ty {
            // The pipeline of that time may be another one.
            FieldType::Stage => {
                let id = value.as_str().unwrap_or_default();
                let pipeline = fields.get("pipeline").and_then(Value::as_str).and_then(Id::parse);
                if id.is_empty() {
                    String::new()
                } else {
                    cx.names.stage_name(pipeline.or_else(|| cx.record.with_untracked(|r| r.id_of("pipeline"))), id)
                }
            }
            _ => value::text(def, &value, cx.names),
        };
        short(&text)
    };
    let (old, new) = (say(&change.before), say(&change.after));
    let old = (!old.is_empty()).then(|| view! { <s>{old.clone()}</s>" " });
    let new = if new.is_empty() { view! { <span class="faint">{t("timeline.emptied")}</span> }.into_any() } else { bold(new) };
    view! { {old}<span aria-hidden="true">"→ "</span><span class="sr">{t("timeline.to")}" "</span>{new} }.into_any()
}

fn short(text: &str) -> String {
    let one_line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if one_line.chars().count() <= 80 { one_line } else { format!("{}…", one_line.chars().take(78).collect::<String>()) }
}
