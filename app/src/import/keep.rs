//! What this tab remembers: the choices made for an upload, and files that wait for their turn. Nothing on the server.

use domain::import::ImportPlan;
use domain::{Id, Kind};
use serde::{Deserialize, Serialize};

/// A file that is on the server and not imported yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub upload: Id,
    pub name: String,
    pub kind: Kind,
}

const QUEUE: &str = "rapport.import.queue";

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

pub fn queue() -> Vec<Waiting> {
    read(QUEUE).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

#[cfg(feature = "hydrate")]
/// Waits for its turn: companies before the deals that name them, whatever the order they were chosen in.
pub fn enqueue(new: Waiting) {
    let mut queue = queue();
    queue.push(new);
    queue.sort_by_key(|w| domain::import::turn(w.kind));
    keep_queue(&queue);
}

fn keep_queue(queue: &[Waiting]) {
    if let Ok(text) = serde_json::to_string(queue) {
        write(QUEUE, (!queue.is_empty()).then_some(text.as_str()));
    }
}

/// This upload is imported, or thrown away.
pub fn forget(upload: Id) {
    write(&plan_name(upload), None);
    let rest: Vec<Waiting> = queue().into_iter().filter(|w| w.upload != upload).collect();
    keep_queue(&rest);
}
