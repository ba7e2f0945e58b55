//! Whom a calendar's file names: users and contacts by their addresses, and whose answer counts, the file's or the one given here.

use std::collections::BTreeSet;

use domain::calendar::{Answer, Event, stored};
use domain::filter::Plain;
use domain::rights::Act;
use domain::{Id, Kind, Record, Result, fields, text};
use index::Query;
use serde_json::Value;

use super::{AT_ONCE, Take};
use crate::App;
use crate::calendar::answered_at;
use crate::calendar::ics::read::{File, Guest, Incoming};
use crate::records;

impl Take {
    pub(super) fn stranger(&self, item: &Incoming) -> Option<String> {
        item.organiser.as_ref().filter(|g| self.one_of_ours(g).is_none()).map(|g| g.address.chars().take(320).collect())
    }

    fn one_of_ours(&self, guest: &Guest) -> Option<Id> {
        let own = guest.address.strip_prefix("urn:uuid:").and_then(Id::parse);
        self.users.get(&guest.address).copied().or(own.filter(|id| self.ctx.app.directory().users.contains_key(id)))
    }

    /// Users and contacts by their addresses. Whoever imports has it in their own calendar, unless the item is a colleague's
    /// whose calendar they look after. Who is not known here stays named in the notes.
    /// The address of whoever invites, when that is nobody here.
    pub(super) fn people(&self, item: &Incoming, event: &mut Event, known: Option<&Record>) {
        let me = self.ctx.me.id;
        let who = self.ctx.who();
        let directory = self.ctx.app.directory();
        let ours = |g: &Guest| self.one_of_ours(g);
        let organiser = item.organiser.as_ref().and_then(ours);
        event.organiser = match known.map(Record::owner) {
            Some(owner) => owner,
            None => organiser.filter(|o| who.may_own(Act::Create, Kind::Event, Some(*o))).or_else(|| self.ctx.actor()),
        };
        let mut strangers: Vec<String> = Vec::new();
        for guest in item.organiser.iter().chain(&item.guests) {
            let own = guest.address.strip_prefix("urn:uuid:").and_then(Id::parse);
            if let Some(user) = ours(guest) {
                if event.organiser != Some(user) && !event.attendees.contains(&user) {
                    event.attendees.push(user);
                }
                // Whoever invites has said yes.
                if item.guests.contains(guest) && guest.answer != Answer::Pending && (event.organiser != Some(user) || user == me) {
                    event.answers.insert(user, guest.answer);
                }
            } else if let Some(contact) = self.contacts.get(&guest.address) {
                if !event.contacts.contains(contact) {
                    event.contacts.push(*contact);
                    if item.guests.contains(guest) && guest.answer != Answer::Pending {
                        event.answers.insert(*contact, guest.answer);
                    }
                }
            } else if let Some(id) = own.filter(|id| directory.resources.contains_key(id)) {
                event.resources.push(id);
            } else if own.is_none() {
                let named = if guest.name.is_empty() { guest.address.clone() } else { format!("{} <{}>", guest.name, guest.address) };
                if !event.body.contains(&guest.address) {
                    strangers.push(named);
                }
            }
        }
        // One's own answer to somebody else's meeting decides whether it takes one's time.
        if event.organiser == Some(me) && event.answers.contains_key(&me) && !event.attendees.contains(&me) {
            event.attendees.push(me);
        }
        // Whoever organises may be among the attendees as well; a file has no place for that.
        let before: Vec<Id> = known.map(|k| k.ids_of("attendees")).unwrap_or_default();
        if let Some(organiser) = event.organiser.filter(|o| before.contains(o) && !event.attendees.contains(o)) {
            event.attendees.push(organiser);
        }
        if BTreeSet::from_iter(&before) == BTreeSet::from_iter(&event.attendees) {
            event.attendees = before;
        }
        if !strangers.is_empty() {
            let gap = if event.body.is_empty() { "" } else { "\n\n" };
            let whole = format!("{}{gap}{}", event.body, strangers.join(", "));
            event.body = whole.chars().take(fields::LONG_TEXT).collect();
        }
    }

    pub(super) async fn know_contacts(&mut self, file: &File) -> Result<()> {
        let all = file.items.iter().flat_map(|i| i.organiser.iter().chain(&i.guests)).map(|g| g.address.as_str());
        let mut wanted: Vec<String> =
            all.filter(|a| a.contains('@') && !self.users.contains_key(*a)).map(text::fold).collect::<BTreeSet<_>>().into_iter().collect();
        wanted.truncate(20_000);
        for some in wanted.chunks(AT_ONCE) {
            let query = Query {
                kind: Kind::Contact,
                filter: Plain::OneOf("emails".to_owned(), some.to_vec()),
                words: String::new(),
                scope: records::scope(&self.ctx, Kind::Contact),
                deleted: false,
            };
            let sort = domain::list::ListQuery::default().sort_of(Kind::Contact)?;
            let page = self.ctx.app.0.index.list(&query, &sort, None, 0, 2 * AT_ONCE, false).map_err(records::of_index)?;
            for contact in records::get_many(&self.ctx, Kind::Contact, &page.ids).await? {
                let emails = contact.fields.get("emails").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
                for email in emails {
                    self.contacts.entry(email.to_lowercase()).or_insert(contact.id);
                }
            }
        }
        Ok(())
    }
}

/// What somebody answered here since the file was written stands, and so does an answer that the file has not heard of; unless
/// the file moves the item: then they are asked anew, as they would be by hand.
pub(super) async fn keep_answers(app: &App, item: &Incoming, event: &mut Event, known: &Record) -> Result<()> {
    let same_time = |here: &Event| here.when() == event.when() && here.rrule == event.rrule;
    let Some(here) = stored::event(known).filter(same_time) else { return Ok(()) };
    for (person, answer) in here.answers {
        let invited = event.organiser == Some(person) || event.attendees.contains(&person) || event.contacts.contains(&person);
        let newer = match (event.answers.get(&person), item.changed) {
            (None, _) => true,
            (Some(theirs), Some(file)) if *theirs != answer => file < answered_at(app, known, person).await?,
            _ => false,
        };
        if invited && newer {
            event.answers.insert(person, answer);
        }
    }
    Ok(())
}
