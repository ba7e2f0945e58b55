//! Taking an older change back from the timeline. Where the same field was changed again since, the person sees what each
//! would leave behind and chooses; nothing newer is overwritten unseen.

use domain::error::Clash;
use domain::record::{Change, Patch};
use domain::schema::{DERIVED, HIDDEN};
use leptos::task::spawn_local;
use serde_json::Value;

use super::super::{api, edits, value};
use super::PageCx;
use crate::prelude::*;
use crate::shell::{Conflict, ConflictRow, Newest, Occasion};

pub fn take_back(cx: PageCx, change: Change) {
    spawn_local(async move {
        match api::undo(vec![change.id]).await {
            Ok(done) => {
                let (toasts, again) = (cx.toasts, done.changes);
                toasts.done(t!("toast.taken_back", name = change.name), move || {
                    let again = again.clone();
                    spawn_local(async move {
                        match api::undo(again).await {
                            Ok(_) => cx.again(),
                            Err(Fault(error)) => toasts.fail(&error),
                        }
                    });
                });
                cx.again();
            }
            Err(Fault(Error::Conflict(clash))) if change.record == clash.current.id => changed_since(cx, &change, *clash),
            Err(Fault(error)) => cx.toasts.fail(&error),
        }
    });
}

/// Of what the change had set, something is different by now.
fn changed_since(cx: PageCx, change: &Change, clash: Clash) {
    let set = |name: &str| change.kind.field(name).is_some_and(|d| !d.is(DERIVED) && !d.is(HIDDEN));
    let old: Fields = change.before.iter().filter(|(name, _)| set(name)).map(|(n, v)| (n.clone(), v.clone())).collect();
    let rows: Vec<ConflictRow> = clash
        .fields
        .iter()
        .filter_map(|name| {
            let (def, old) = (change.kind.field(name)?, old.get(name)?);
            let of = |fields: &Fields| fields.get(name).cloned().unwrap_or_default();
            let values = [&of(&clash.current.fields), old, &of(&change.after)];
            Some(ConflictRow::of(change.kind, name, values, &|v| value::text(def, v, cx.names)))
        })
        .collect();
    if rows.is_empty() {
        return cx.toasts.fail(&Error::Conflict(Box::new(clash)));
    }
    let names: Vec<String> = rows.iter().map(|r| r.field.clone()).collect();
    let own = clash.current.id == cx.id;
    let before: Vec<String> = rows.iter().map(|r| r.current.clone()).collect();
    let of_kind = change.kind;
    let text = Signal::derive(move || {
        if !own {
            return before.clone();
        }
        let say = |r: &Record, name: &String| {
            of_kind.field(name).map(|def| value::text(def, r.fields.get(name).unwrap_or(&Value::Null), cx.names)).unwrap_or_default()
        };
        cx.record.with(|r| names.iter().map(|name| say(r, name)).collect())
    });
    let newest = Newest { record: clash.current.id, current: text };
    let (kind, current, asked) = (change.kind, clash.current, clash.fields);
    let on_choose = Callback::new(move |chosen: Vec<String>| {
        let wanted = |name: &String| !asked.contains(name) || chosen.contains(name);
        let fields: Fields = old.iter().filter(|(n, _)| wanted(n)).map(|(n, v)| (n.clone(), v.clone())).collect();
        let current = if own { cx.record.get_untracked() } else { current.clone() };
        let base: Fields = fields.keys().map(|n| (n.clone(), current.fields.get(n).cloned().unwrap_or_default())).collect();
        if chosen.is_empty() {
            return;
        }
        let (id, version) = (current.id, current.version);
        spawn_local(async move {
            match api::update(kind, id, Patch { fields, version, base: base.clone() }).await {
                Ok(now) => {
                    let text = t!("toast.taken_back", name = super::super::list::title_of(&now));
                    let again = edits::turn_back(cx.toasts, base, &now, std::sync::Arc::new(move |_| cx.again()), false);
                    cx.toasts.done(text, move || again());
                    cx.again();
                }
                Err(Fault(error)) => cx.toasts.fail(&error),
            }
        });
    });
    // "Somebody else" is never oneself.
    let by = clash.by.filter(|name| cx.shell.me.with_untracked(|me| me.as_ref().is_none_or(|me| me.name != *name)));
    cx.shell.conflict.set(Some(Conflict {
        by,
        at: clash.at,
        rows,
        occasion: Occasion::Undo,
        newest,
        on_choose,
        on_leave: Callback::new(|()| ()),
    }));
}
