//! Edits that are seen where they stand: no toast tells of them, and the key for the last change takes them back all the
//! same. What somebody else wrote since is not overwritten.

use std::sync::Arc;

use domain::record::Patch;
use leptos::task::spawn_local;

use super::api;
use super::names::Names;
use crate::prelude::*;

/// Saves, and reads how a number is spelled that is known now.
pub async fn save(kind: Kind, id: Id, patch: Patch, names: Names) -> Result<Record, Fault> {
    let numbers = patch.fields.contains_key("phones");
    let saved = api::update(kind, id, patch).await?;
    if numbers && let Ok(found) = api::by_ids(kind, vec![id]).await {
        names.add(&found.labels);
    }
    Ok(saved)
}

/// Hears the record as it is after it was turned back.
pub type Then = Arc<dyn Fn(Record) + Send + Sync>;

/// The fields of `was` were edited: they had these values, `now` has the new ones.
pub fn remember(toasts: Toasts, was: Fields, now: &Record, then: Then) {
    let back = turn_back(toasts, was, now, then, true);
    toasts.silently(move || back());
}

/// Gives the fields their old values again. `undoes`: that takes an edit back, and its toast offers to do it anew; else it
/// does one anew, which the key takes back.
pub fn turn_back(toasts: Toasts, was: Fields, now: &Record, then: Then, undoes: bool) -> Arc<dyn Fn() + Send + Sync> {
    let base: Fields = was.keys().map(|name| (name.clone(), now.fields.get(name).cloned().unwrap_or_default())).collect();
    let (kind, id, version) = (now.kind, now.id, now.version);
    Arc::new(move || {
        let (base, then) = (base.clone(), Arc::clone(&then));
        let patch = Patch { fields: was.clone(), version, base: base.clone() };
        spawn_local(async move {
            match api::update(kind, id, patch).await {
                Ok(now) => {
                    let again = turn_back(toasts, base, &now, Arc::clone(&then), !undoes);
                    if undoes {
                        toasts.took_back(t!("toast.taken_back", name = super::list::title_of(&now)), move || again());
                    } else {
                        toasts.silently(move || again());
                    }
                    then(now);
                }
                Err(Fault(error)) => toasts.fail(&error),
            }
        });
    })
}
