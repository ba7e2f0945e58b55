//! A visitor takes a time. The item, a contact who is new, and what is kept of the booking are one transaction; of two who want the last
//! time one gets it, on however many servers, and the other one hears that it is taken.

use std::collections::BTreeSet;

use domain::auth::Me;
use domain::booking::open::{Booked, Wanted};
use domain::booking::{MeetingKind, Page};
use domain::calendar::{Answer, Event, Span, SubjectKind, When, stored, zone};
use domain::filter::Plain;
use domain::list::ListQuery;
use domain::{Error, Fields, Id, Kind, Locale, Record, Result, text, time};
use serde_json::{Value, json};
use store::{Doc, Table};

use super::{Booking, free, visit};
use crate::calendar::{GUEST, Refuse, up_to_date};
use crate::ctx::{fault, internal};
use crate::records::{self, Beside, Care, Draft};
use crate::{App, Ctx, Via, Visit};

/// The time is taken, and nothing is said about by what.
pub(super) fn taken() -> Error {
    Error::Clash { conflicts: json!([]) }
}

/// Somebody without an account, for this one thing.
pub(super) fn as_visitor(app: &App, name: &str, zone: &str) -> Ctx {
    let system = app.system(GUEST);
    let me = Me { name: name.to_owned(), time_zone: zone.to_owned(), ..(*system.me).clone() };
    Ctx { me: me.into(), via: Via::System(GUEST), ..system }
}

/// Books a time at the page of this address.
///
/// # Errors
/// `Clash`: the time is no longer free; there may be others.
pub async fn take(visit: &Visit, slug: &str, wanted: Wanted) -> Result<Booked> {
    let app = &visit.app;
    // What is asked wrongly counts as looking: only what would be done is counted as an act.
    app.0.booking.look(visit)?;
    let page = free::in_use(app, slug).await?;
    let wanted = wanted.checked()?;
    let kind = free::active_kind(&page, wanted.kind)?;
    let zone = if wanted.zone.is_empty() { "UTC" } else { wanted.zone.as_str() };
    free::zone_named(zone)?;
    let start = time::parse_instant(&wanted.start).ok_or_else(|| Error::invalid("start", "instant"))?;
    app.0.booking.act(visit)?;
    app.0.booking.letter(page.id, &wanted.email)?;
    let ask = Ask { page: &page, kind, start, zone, wanted: &wanted, locale: wanted.locale.unwrap_or(visit.locale) };
    let _turn = app.0.booking.turn.lock().await;
    for _ in 0..=records::ROUNDS {
        if let Some(event) = attempt(app, &ask).await? {
            return visit::seen(app, event, ask.locale).await;
        }
    }
    Err(Error::Unavailable)
}

struct Ask<'a> {
    page: &'a Page,
    kind: &'a MeetingKind,
    start: i64,
    zone: &'a str,
    wanted: &'a Wanted,
    locale: Locale,
}

/// Who is free at exactly that time, of those whose calendars are known up to now.
pub(super) async fn free_at(app: &App, page: &Page, kind: &MeetingKind, hosts: &[Id], start: i64, moves: Option<Id>) -> Result<Vec<Id>> {
    up_to_date(app, hosts).await?;
    // A stretch around it: what is offered depends on where free hours begin.
    let day = 86_400_000;
    let mut found = free::offered(app, page, kind, hosts, Span::new(start - day, start + day), moves).await?;
    Ok(found.remove(&start).unwrap_or_default())
}

/// None: somebody was faster; look again.
async fn attempt(app: &App, ask: &Ask<'_>) -> Result<Option<Id>> {
    let Ask { page, kind, start, wanted, .. } = ask;
    let places = BTreeSet::from([format!("booking:{}", page.id), format!("booking-by:{}", wanted.email)]);
    let marks = app.0.store.marks(&places).await.map_err(fault)?;
    let hosts = free::hosts(app, page);
    let free = free_at(app, page, kind, &hosts, *start, None).await?;
    let ctx = as_visitor(app, &wanted.name, ask.zone);
    for host in free::whose_turn(app, page, &free, *start).await? {
        let (contact, made) = contact(&ctx, ask, host).await?;
        let event = item(ask, host, contact.id);
        let mut fields = Fields::new();
        stored::lay_into(&mut fields, &event)?;
        let known = [(contact.id, contact.clone())].into();
        // The contact may be new in this very write.
        let item = records::draft_create(&ctx, Kind::Event, &fields, Care::Import(&known), None).await?;
        let id = item.now.id;
        let drafts: Vec<Draft> = made.into_iter().chain([item]).collect();
        let doc = Doc { table: Table::Booking, key: id.to_string(), doc: Some(booking(app, ask, contact.id)?.doc()?), claim: None };
        let beside = Beside { docs: vec![doc], marks: marks.clone(), ..Beside::default() };
        match records::commit_checked(&ctx, drafts, beside, Refuse::Of(host)).await {
            Ok(Ok(_)) => return Ok(Some(id)),
            Ok(Err(_)) => return Ok(None),
            // Something came into that calendar a moment ago: perhaps the next one's is free.
            Err(Error::Clash { .. }) => {}
            Err(e) => return Err(e),
        }
    }
    Err(taken())
}

fn booking(app: &App, ask: &Ask<'_>, contact: Id) -> Result<Booking> {
    Ok(Booking {
        page: ask.page.id,
        kind: ask.kind.id.ok_or_else(|| internal(&"a kind of meeting without an id"))?,
        name: ask.kind.name.clone(),
        minutes: ask.kind.minutes,
        contact,
        email: ask.wanted.email.clone(),
        visitor: ask.wanted.name.clone(),
        locale: ask.locale,
        zone: ask.zone.to_owned(),
        at: app.now_text(),
    })
}

fn item(ask: &Ask<'_>, host: Id, contact: Id) -> Event {
    let Wanted { name, phone, note, .. } = ask.wanted;
    let mut event = Event::new(When::At(Span::new(ask.start, ask.start + ask.kind.length())));
    event.title = format!("{}: {name}", ask.kind.name);
    event.zone = ask.zone.to_owned();
    event.organiser = Some(host);
    event.contacts = vec![contact];
    event.answers.insert(contact, Answer::Accepted);
    event.place = ask.kind.place.clone();
    (event.travel_before, event.travel_after) = (ask.kind.buffer_before, ask.kind.buffer_after);
    // What a stranger says stands with the meeting; a contact that is known is not changed by it.
    event.body = [note.as_str(), phone.as_str()].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join("\n\n");
    event
}

/// The contact with this e-mail address, else a new one of the host's.
async fn contact(ctx: &Ctx, ask: &Ask<'_>, host: Id) -> Result<(Record, Option<Draft>)> {
    let Wanted { name, email, phone, .. } = ask.wanted;
    if let Some(known) = known(&ctx.app, email).await? {
        return Ok((known, None));
    }
    let (given, family) = crate::import::words::person(name);
    let phones: Vec<&String> = Some(phone).filter(|p| !p.is_empty()).into_iter().collect();
    let fields = json!({
        "given_name": given, "family_name": family, "emails": [email], "phones": phones, "owner": host, "language": ask.locale.tag(),
    });
    let fields = fields.as_object().cloned().unwrap_or_default();
    let draft = records::draft_create(ctx, Kind::Contact, &fields, Care::Full, None).await?;
    Ok((draft.now.clone(), Some(draft)))
}

async fn known(app: &App, email: &str) -> Result<Option<Record>> {
    let mut query = index::Query::all(Kind::Contact);
    query.filter = Plain::OneOf("emails".to_owned(), vec![text::fold(email)]);
    let sort = ListQuery::default().sort_of(Kind::Contact)?;
    let page = app.0.index.list(&query, &sort, None, 0, 20, false).map_err(|e| internal(&e))?;
    let found = app.0.store.get_many(Kind::Contact, &page.ids).await.map_err(fault)?;
    let has = |r: &Record| r.fields.get("emails").and_then(Value::as_array).is_some_and(|l| l.iter().any(|e| e.as_str() == Some(email)));
    // Of several the one that is known longest.
    Ok(found.into_iter().filter(|r| r.deleted_at.is_none() && has(r)).min_by_key(|r| r.id))
}

/// Is this person's time what the item is about? For moving: the one who has it now.
pub(super) fn host_of(event: &Event) -> Option<(SubjectKind, Id)> {
    event.organiser.map(|id| (SubjectKind::User, id))
}

/// The clock's word for a moment, for letters and pages.
pub(super) fn in_words(event: &Event, locale: Locale, zone: &str) -> String {
    let tz = records::zone(zone);
    event.when().map(|w| crate::mail::words::when(locale, w, tz)).unwrap_or_default()
}

/// The last instant of an item, on no clock in particular.
pub(super) fn starts_at(event: &Event) -> i64 {
    event.when().map_or(0, |w| match w {
        When::At(span) => span.start,
        When::Days(from, _) => zone::day_start(&chrono::Utc, from),
    })
}
