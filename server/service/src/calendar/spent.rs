//! Whose time went into what: items that are over, for those who organised them or came. What counts is in `domain::time_report`.

use domain::calendar::{Answer, ItemKind, Moment, Span, Status, When, Window};
use domain::{Id, Result};

use super::diaries::Reader;
use super::item::Item;
use crate::Ctx;

/// One person's part in one occurrence.
pub(crate) struct Spent {
    pub item: Id,
    pub slot: Option<Moment>,
    pub kind: ItemKind,
    pub person: Id,
    pub span: Span,
    pub company: Option<Id>,
    pub deal: Option<Id>,
    pub contacts: Vec<Id>,
    pub title: String,
    /// The reader does not take part in what is private.
    pub masked: bool,
}

/// Occurrences that begin in the window and are over by `now`.
pub(crate) async fn spent(ctx: &Ctx, people: &[Id], window: &Window, now: i64) -> Result<Vec<Spent>> {
    ctx.app.0.book.ready().await?;
    let mut reader = Reader::new(&ctx.app, ctx.me.id, window.span);
    let mut out = Vec::new();
    for person in people {
        for (item, occurrences) in reader.items(*person) {
            if !item.takes_time() || item.kind == ItemKind::Leave || item.status == Status::Cancelled || !came(&item, *person) {
                continue;
            }
            for (slot, when) in occurrences.iter() {
                let When::At(span) = when else { continue };
                if window.span.start <= span.start && span.start < window.span.end && span.end <= now {
                    out.push(one(ctx, &item, *slot, *person, *span));
                }
            }
        }
    }
    Ok(out)
}

fn came(item: &Item, person: Id) -> bool {
    match item.answer_of(person) {
        Some(Answer::Accepted | Answer::Tentative) => true,
        Some(Answer::Declined) => false,
        _ => item.organiser == Some(person),
    }
}

fn one(ctx: &Ctx, item: &Item, slot: Option<Moment>, person: Id, span: Span) -> Spent {
    let open = item.is_open_to(ctx.me.id);
    let contacts = item.guests.iter().filter(|g| g.kind == domain::calendar::SubjectKind::Contact).map(|g| g.id);
    Spent {
        item: item.id,
        slot,
        kind: if open { item.kind } else { Default::default() },
        person,
        span,
        company: item.company.filter(|_| open),
        deal: item.deal.filter(|_| open),
        contacts: if open { contacts.collect() } else { Vec::new() },
        title: if open { item.title.to_string() } else { String::new() },
        masked: !open,
    }
}
