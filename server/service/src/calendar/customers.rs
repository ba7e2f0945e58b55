//! The days of customers: what contacts have on with anybody of ours, each item as whoever asks may read it.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono_tz::Tz;
use domain::calendar::diary::Pages;
use domain::calendar::view::{FreeBusy, Known};
use domain::calendar::{Diary, Span, SubjectKind, Who};
use domain::{Id, Kind, Record, Result};

use super::diaries::Reader;
use super::item::{Item, Occurrences};
use crate::{Ctx, records};

type Found = Vec<(Arc<Item>, Arc<Occurrences>)>;

/// A contact's own meetings; and, as perhaps theirs, those with their company in which nobody of it is named.
pub(super) async fn days(ctx: &Ctx, reader: &mut Reader<'_>, contacts: &[Record], window: Span, clock: Tz) -> Result<Vec<FreeBusy>> {
    // A company that one does not see is not known to meet anybody.
    let companies: BTreeSet<Id> = contacts.iter().filter_map(|c| c.id_of("company")).collect();
    let companies = records::get_many(ctx, Kind::Company, &companies.into_iter().collect::<Vec<_>>()).await?;
    let mut found: Vec<(&Record, Found, Found)> = Vec::with_capacity(contacts.len());
    for contact in contacts {
        let mut own = reader.items(contact.id);
        own.retain(|(item, _)| item.takes_time_of(SubjectKind::Contact, contact.id));
        let mut perhaps = Vec::new();
        if let Some(company) = contact.id_of("company").filter(|id| companies.iter().any(|c| c.id == *id)) {
            perhaps = reader.items(company);
            perhaps.retain(|(item, _)| {
                item.takes_time_of(SubjectKind::Company, company) && item.guests.iter().all(|g| g.kind != SubjectKind::Contact)
            });
        }
        found.push((contact, own, perhaps));
    }
    let all: BTreeSet<Id> = found.iter().flat_map(|(_, own, perhaps)| own.iter().chain(perhaps)).map(|(item, _)| item.id).collect();
    let seen = records::get_many(ctx, Kind::Event, &all.into_iter().collect::<Vec<_>>()).await?;
    let seen: BTreeSet<Id> = seen.into_iter().map(|r| r.id).collect();
    Ok(found.into_iter().map(|(contact, own, perhaps)| day(contact, &own, &perhaps, &seen, window, clock, ctx.me.id)).collect())
}

fn day(contact: &Record, own: &Found, perhaps: &Found, seen: &BTreeSet<Id>, window: Span, clock: Tz, viewer: Id) -> FreeBusy {
    let mut known = Vec::new();
    let mut busy = Vec::new();
    for (list, certain) in [(own, true), (perhaps, false)] {
        for (item, occurrences) in list {
            for (slot, when) in occurrences.iter() {
                let mut one = item.busy(*slot, *when, viewer);
                one.tentative |= !certain;
                let span = when.span(&clock);
                if span.overlaps(window) && seen.contains(&item.id) && !one.hidden {
                    known.push(Known { id: item.id, slot: *slot, span, title: item.title.to_string(), tentative: one.tentative });
                }
                busy.push(one);
            }
        }
    }
    known.sort_by_key(|k| (k.span, k.id));
    let who = Who { kind: SubjectKind::Contact, id: contact.id, name: contact.name().to_owned() };
    let pages = Pages { travels: false, ..Pages::new(busy) };
    let taken = Diary::new(who.clone(), clock, window, pages).free_busy(window);
    FreeBusy { who, zone: clock.name().to_owned(), taken, working: None, known }
}
