//! What was typed into a form and not saved: kept in this browser until it is saved or thrown away on purpose, so that a press
//! beside the form, a reload or a fallen tab takes nothing. Of an item that is there, only what differs from how it stood.

use serde::{Deserialize, Serialize};

use super::model::{Form, Person};
use super::repeat::Repeat;
use crate::prelude::*;
use crate::records::keep;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    title: String,
    place: String,
    body: String,
    people: Vec<(Id, Kind, String)>,
    /// Of an item that is there: who was taken off it.
    gone: Vec<Id>,
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
            gone: Vec::new(),
            company: pair(form.company.get(), form.company_name.get()),
            deal: pair(form.deal.get(), form.deal_name.get()),
        }
    }

    /// Worth keeping: somebody typed words.
    fn has_words(&self) -> bool {
        [&self.title, &self.place, &self.body].iter().any(|t| !t.trim().is_empty())
    }

    /// What is otherwise than it stood.
    fn since(self, stood: &Self) -> Self {
        let text = |now: String, was: &String| if now == *was { String::new() } else { now };
        Self {
            title: text(self.title, &stood.title),
            place: text(self.place, &stood.place),
            body: text(self.body, &stood.body),
            // As steps: whoever somebody else asked meanwhile stays asked.
            gone: stood.people.iter().map(|(id, ..)| *id).filter(|id| self.people.iter().all(|(own, ..)| own != id)).collect(),
            people: self.people.into_iter().filter(|(id, ..)| stood.people.iter().all(|(was, ..)| was != id)).collect(),
            company: self.company.filter(|_| stood.company.is_none()),
            deal: self.deal.filter(|_| stood.deal.is_none()),
        }
    }
}

/// Keeps what is typed from now on; what was kept before stands in the form again.
pub fn follow(form: Form) {
    let name = name_of(form);
    let is_new = form.origin.with_value(Option::is_none);
    let known = untrack(|| Kept::of(&form));
    form.stood.set_value(known.clone());
    if let Some(kept) = read(&name).filter(|k| k.has_words() && !(is_new && known.has_words())) {
        for (signal, text) in [(form.title, kept.title), (form.place, kept.place), (form.body, kept.body)] {
            if is_new || !text.is_empty() {
                signal.set(text);
            }
        }
        let typed = kept.people.into_iter().map(|(id, kind, name)| Person { id, kind, name });
        if is_new && known.people.is_empty() {
            form.people.set(typed.collect());
        } else if !is_new {
            form.people.update(|people| {
                people.retain(|p| !kept.gone.contains(&p.id));
                let added: Vec<Person> = typed.filter(|t| people.iter().all(|p| p.id != t.id)).collect();
                people.extend(added);
            });
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
            let worth = if is_new { now.clone() } else { form.stood.with_value(|stood| now.clone().since(stood)) };
            write(&name, if worth.has_words() { serde_json::to_string(&worth).unwrap_or_default() } else { String::new() });
        }
        now
    });
}

/// Saved, or thrown away on purpose.
pub fn forget(name: &str) {
    write(name, String::new());
}

/// As if nothing had ever been typed.
pub fn afresh(form: Form) {
    form.restored.set(false);
    forget(&name_of(form));
    if form.origin.with_value(Option::is_some) {
        let stood = form.stood.get_value();
        form.title.set(stood.title);
        form.place.set(stood.place);
        form.body.set(stood.body);
        form.people.set(stood.people.into_iter().map(|(id, kind, name)| Person { id, kind, name }).collect());
        for (id, name, was) in [(form.company, form.company_name, stood.company), (form.deal, form.deal_name, stood.deal)] {
            id.set(was.as_ref().map(|(id, _)| *id));
            name.set(was.map(|(_, name)| name).unwrap_or_default());
        }
        return;
    }
    for signal in [form.title, form.place, form.body, form.company_name, form.deal_name] {
        signal.set(String::new());
    }
    form.people.set(Vec::new());
    form.organiser.set(None);
    form.company.set(None);
    form.deal.set(None);
    form.repeat.set(Repeat::default());
}

/// A new item's words are one draft, those about an item that is there are its own.
pub fn name_of(form: Form) -> String {
    let key = form.origin.with_value(|o| o.as_ref().map(|o| super::super::clash::key_text(&o.key)));
    key.map_or_else(|| "event".to_owned(), |key| format!("event.{key}"))
}

fn read(name: &str) -> Option<Kept> {
    serde_json::from_str(&keep::draft(name)?).ok()
}

fn write(name: &str, text: String) {
    keep::keep_draft(name, &text);
}
