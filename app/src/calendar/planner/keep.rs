//! What was typed for a new item and not saved: kept in this browser until it is saved or thrown away on purpose, so that a
//! press beside the form, a reload or a fallen tab takes nothing.

use serde::{Deserialize, Serialize};

use super::model::{Form, Person};
use super::repeat::Repeat;
use crate::prelude::*;
use crate::records::keep;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    title: String,
    place: String,
    body: String,
    people: Vec<(Id, Kind, String)>,
    company: Option<(Id, String)>,
    deal: Option<(Id, String)>,
}

impl Kept {
    fn of(form: &Form) -> Self {
        let pair = |id: Option<Id>, name: String| id.map(|id| (id, name));
        Self {
            title: form.title.get(),
            place: form.place.get(),
            body: form.body.get(),
            people: form.people.with(|p| p.iter().map(|p| (p.id, p.kind, p.name.clone())).collect()),
            company: pair(form.company.get(), form.company_name.get()),
            deal: pair(form.deal.get(), form.deal_name.get()),
        }
    }

    /// Worth keeping: somebody typed words.
    fn has_words(&self) -> bool {
        [&self.title, &self.place, &self.body].iter().any(|t| !t.trim().is_empty())
    }
}

/// Keeps what is typed from now on; what was kept before stands in the form again.
pub fn follow(form: Form) {
    let known = untrack(|| Kept::of(&form));
    if let Some(kept) = read().filter(|k| k.has_words() && !known.has_words()) {
        form.title.set(kept.title);
        form.place.set(kept.place);
        form.body.set(kept.body);
        if known.people.is_empty() {
            form.people.set(kept.people.into_iter().map(|(id, kind, name)| Person { id, kind, name }).collect());
        }
        if let (None, Some((id, name))) = (&known.company, kept.company) {
            form.company.set(Some(id));
            form.company_name.set(name);
        }
        if let (None, Some((id, name))) = (&known.deal, kept.deal) {
            form.deal.set(Some(id));
            form.deal_name.set(name);
        }
        form.restored.set(true);
    }
    Effect::new(move |before: Option<Kept>| {
        let now = Kept::of(&form);
        if before.is_some_and(|b| b != now) {
            write(if now.has_words() { serde_json::to_string(&now).unwrap_or_default() } else { String::new() });
        }
        now
    });
}

/// Saved, or thrown away on purpose.
pub fn forget() {
    write(String::new());
}

/// As if nothing had ever been typed.
pub fn afresh(form: Form) {
    for signal in [form.title, form.place, form.body, form.company_name, form.deal_name] {
        signal.set(String::new());
    }
    form.people.set(Vec::new());
    form.organiser.set(None);
    form.company.set(None);
    form.deal.set(None);
    form.repeat.set(Repeat::default());
    form.restored.set(false);
    forget();
}

const NAME: &str = "event";

fn read() -> Option<Kept> {
    serde_json::from_str(&keep::draft(NAME)?).ok()
}

fn write(text: String) {
    keep::keep_draft(NAME, &text);
}
