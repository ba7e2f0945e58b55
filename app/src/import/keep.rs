//! What this tab remembers: the choices made for an upload, and the files that it works through one
//! after the other. Which files are there at all the server knows.

use domain::import::ImportPlan;
use domain::{Id, Kind};
use serde::{Deserialize, Serialize};

/// One of the files that are worked through one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    pub upload: Id,
    pub name: String,
    pub kind: Option<Kind>,
    /// Imported, skipped or thrown away.
    pub over: bool,
}

const BATCH: &str = "rapport.import.batch";

#[cfg(feature = "hydrate")]
fn storage() -> Option<web_sys::Storage> {
    leptos::prelude::window().session_storage().ok().flatten()
}

fn read(name: &str) -> Option<String> {
    #[cfg(feature = "hydrate")]
    return storage()?.get_item(name).ok().flatten();
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = name;
        None
    }
}

fn write(name: &str, text: Option<&str>) {
    #[cfg(feature = "hydrate")]
    if let Some(storage) = storage() {
        let _ = match text {
            Some(text) => storage.set_item(name, text),
            None => storage.remove_item(name),
        };
    }
    let _ = (name, text);
}

fn plan_name(upload: Id) -> String {
    format!("rapport.import.{upload}")
}

pub fn plan(upload: Id) -> Option<ImportPlan> {
    serde_json::from_str(&read(&plan_name(upload))?).ok()
}

pub fn keep_plan(upload: Id, plan: &ImportPlan) {
    if let Ok(text) = serde_json::to_string(plan) {
        write(&plan_name(upload), Some(&text));
    }
}

/// The files of this round in the order in which they are taken, with those that are over.
pub fn batch() -> Vec<Turn> {
    read(BATCH).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Those whose turn is still to come, but for this one.
pub fn others(than: Option<Id>) -> Vec<Turn> {
    batch().into_iter().filter(|t| !t.over && Some(t.upload) != than).collect()
}

/// Takes files into the round: companies before the deals that name them, whatever the order they were chosen in. Where the
/// last round is over a new one begins.
pub fn join(files: impl IntoIterator<Item = (Id, String, Option<Kind>)>) {
    let mut batch = batch();
    if batch.iter().all(|t| t.over) {
        batch.clear();
    }
    for (upload, name, kind) in files {
        // Skipped, and taken up again.
        batch.retain(|t| t.upload != upload);
        batch.push(Turn { upload, name, kind, over: false });
    }
    batch.sort_by_key(|t| t.kind.map_or(usize::MAX, domain::import::turn));
    keep_batch(&batch);
}

fn keep_batch(batch: &[Turn]) {
    if let Ok(text) = serde_json::to_string(batch) {
        write(BATCH, (!batch.is_empty()).then_some(text.as_str()));
    }
}

/// This upload had its turn.
pub fn over(upload: Id) {
    write(&plan_name(upload), None);
    let mut batch = batch();
    for turn in batch.iter_mut().filter(|t| t.upload == upload) {
        turn.over = true;
    }
    keep_batch(&batch);
}
