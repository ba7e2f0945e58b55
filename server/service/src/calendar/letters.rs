//! Letters about items: invitations with a calendar's own part, changes, cancellations. Written outside of any request, from what
//! was left in the outbox when the item was written; each person is written to in their language and on their clock. What they say
//! of a series is in [`series`].

mod series;

use std::collections::BTreeMap;

use chrono_tz::Tz;
use domain::calendar::{Answer, Event, Span, Status, SubjectKind, When, series as parts, stored};
use domain::notices::News;
use domain::{Fields, Id, Kind, Locale, Record, Result};
use serde_json::Value;

use super::guests::{Pass, Signet};
use super::ics::{self, Look, Method};
use super::news::{Task, Told};
use crate::booking::{self, Booking};
use crate::ctx::fault;
use crate::mail::{self, Invitation, Letter, Unsent, words};
use crate::{App, notices, records};
pub(super) use series::lines;

/// So many are named in a calendar's part; of a larger round only the receiver and who invites.
const NAMED: usize = 50;

/// So many are named in a letter's text.
const SAID: usize = 10;

/// Whoever is written to.
pub(super) struct Person {
    pub name: String,
    pub email: String,
    pub locale: Locale,
    pub zone: Tz,
}

/// Of one occurrence of a series, which it is.
pub(super) fn which(event: &Event, locale: Locale, clock: Tz) -> Option<(String, String)> {
    series::which(event, None, locale, clock)
}

/// None: nobody who could be reached. Customers are written to in their language, else in the organiser's, on the item's clock.
pub(super) async fn person(app: &App, event: &Event, kind: SubjectKind, id: Id) -> Result<Option<Person>> {
    let directory = app.directory();
    let house = directory.time_zone();
    let locale_of = |r: &Record| Locale::parse(r.text("locale")).unwrap_or_default();
    if kind == SubjectKind::User {
        let user = directory.users.get(&id).filter(|u| u.deleted_at.is_none() && !u.flag("disabled"));
        return Ok(user.map(|u| {
            let own = u.text("time_zone");
            let zone = records::zone(if own.is_empty() { house } else { own });
            Person { name: u.name().to_owned(), email: u.text("email").to_owned(), locale: locale_of(u), zone }
        }));
    }
    let contact = app.0.store.get(Kind::Contact, id).await.map_err(fault)?.filter(|c| c.deleted_at.is_none());
    let organiser = event.organiser.and_then(|id| directory.users.get(&id));
    Ok(contact.map(|c| {
        let own = Locale::parse(c.text("language")).filter(|_| c.text("language") != "other");
        let emails = c.fields.get("emails").and_then(Value::as_array);
        let email = emails.and_then(|l| l.first()).and_then(Value::as_str).unwrap_or_default();
        let zone = if event.zone.is_empty() { house } else { event.zone.as_str() };
        Person {
            name: c.name().to_owned(),
            email: email.to_owned(),
            locale: own.or(organiser.map(locale_of)).unwrap_or_default(),
            zone: records::zone(zone),
        }
    }))
}

/// What was left in the outbox about an item becomes letters. Done twice, they are there once. `unsent`: letters that wait; those
/// that say what is no longer so are thrown away.
pub(super) async fn write(app: &App, key: &str, task: &Task, unsent: &mut Vec<Unsent>) -> Result<()> {
    let Some(event) = stored::event_of(&task.now) else { return Ok(()) };
    let signet = Signet::of(app).await?;
    let booking = booking::of_event(app, task.record).await?;
    let mut out = Vec::new();
    for told in &task.told {
        if told.kind == SubjectKind::User && !notices::preferences_of(app, told.id).await?.mail {
            continue;
        }
        let Some(mut person) = person(app, &event, told.kind, told.id).await?.filter(|p| !p.email.is_empty()) else { continue };
        let own = booking.as_ref().filter(|b| b.contact == told.id);
        if let Some(own) = own {
            // Whoever booked is written to where they said, as they read the page.
            (person.email, person.locale, person.zone) = (own.email.clone(), own.locale, records::zone(&own.zone));
        }
        let mut told = told.clone();
        // A letter about the whole says all that is so by now; one about an occurrence does not.
        let stale = |u: &Unsent| told.slot.is_none() && u.about == task.record && u.to == person.email;
        let (gone, rest): (Vec<Unsent>, Vec<Unsent>) = unsent.drain(..).partition(stale);
        *unsent = rest;
        if gone.iter().any(|u| u.key.ends_with(&format!("-{}", News::Invited.name()))) && matches!(told.news, News::Moved | News::Changed) {
            told.news = News::Invited;
        }
        mail::throw_away(app, gone.into_iter().map(|u| u.key).collect()).await?;
        let letter = match own {
            Some(own) => {
                let link = booking::link(app, task.record).await?;
                let (task, event) = as_booked(task, &event, own)?;
                let letter = letter(app, (&task, None), &event, &told, &person, &signet).await?;
                of_booking(&task, &event, &told, &person, own, &link, letter)
            }
            None => {
                let host = booking.as_ref().filter(|_| told.kind == SubjectKind::User && event.organiser == Some(told.id));
                letter(app, (task, host), &event, &told, &person, &signet).await?
            }
        };
        out.push((format!("{key}-{}-{}", told.id, told.news.name()), letter));
    }
    mail::post(app, out).await.map(|_| ())
}

/// `booked`: the receiver is the one whose time somebody took at a booking page. They are not invited, and have nothing to answer.
async fn letter(
    app: &App,
    (task, booked): (&Task, Option<&Booking>),
    event: &Event,
    told: &Told,
    person: &Person,
    signet: &Signet,
) -> Result<Letter> {
    let locale = person.locale;
    let text = |key: &str| words::text(locale, key);
    let kind = match told.news {
        // One date of a series that had been called off.
        News::Invited if told.slot.is_some() => "back",
        News::Invited if booked.is_some() => "taken",
        News::Invited => "invited",
        News::Cancelled => "cancelled",
        News::Uninvited => "uninvited",
        _ => "moved",
    };
    let title = if event.title.is_empty() { text("mail.untitled") } else { event.title.clone() };
    let whole = event.when();
    let when = told.slot.and_then(|slot| whole.and_then(|w| w.starting(slot))).or(whole);
    let said = when.map(|w| words::when(locale, w, person.zone)).unwrap_or_default();
    let mut lines = vec![(text("mail.what"), title.clone()), (text("mail.when"), said.clone())];
    let was = task.was.as_ref().and_then(stored::event_of).and_then(|e| e.when());
    if let Some(was) = was.filter(|w| told.news == News::Moved && Some(*w) != when) {
        lines.push((text("mail.was"), words::when(locale, was, person.zone)));
    }
    let called = task.was.as_ref().and_then(|was| was.get("name")).and_then(Value::as_str);
    if let Some(called) = called.filter(|called| told.news == News::Changed && !called.is_empty() && *called != event.title) {
        lines.push((text("mail.was"), called.to_owned()));
    }
    lines.extend(series::which(event, told.slot, locale, person.zone));
    if told.slot.is_none() && event.recurs() && matches!(told.news, News::Cancelled | News::Uninvited) {
        lines.extend(series::rule(event, locale, person.zone));
        lines.push((text("mail.which"), text("mail.which.all")));
    }
    let asks = matches!(told.news, News::Invited | News::Moved | News::Changed);
    if told.slot.is_none() && asks {
        lines.extend(series::lines(app, task.record, event, told.id, locale, person.zone).await?);
    }
    if !event.place.is_empty() {
        lines.push((text("mail.where"), event.place.clone()));
    }
    let directory = app.directory();
    let organiser = event.organiser.and_then(|id| directory.users.get(&id));
    if let Some(booked) = booked {
        lines.push((text("mail.taken.who"), format!("{} <{}>", booked.visitor, booked.email)));
        if told.news == News::Invited && !event.body.is_empty() {
            lines.push((text("mail.taken.note"), event.body.clone()));
        }
    } else if let Some(organiser) = organiser {
        lines.push((text("mail.organiser"), organiser.name().to_owned()));
    }
    if asks && booked.is_none() {
        lines.extend(others(app, event, told.id).await?.map(|names| (text("mail.guests"), names)));
        if !event.body.is_empty() {
            lines.push((text("mail.notes"), event.body.clone()));
        }
    }
    let (mut links, mut hints) = (Vec::new(), Vec::new());
    // A link answers the whole of a series.
    if asks && booked.is_none() && told.slot.is_none() {
        let token = signet.token(Pass { event: task.record, guest: told.id, kind: told.kind })?;
        let base = format!("{}/invitation/{token}?answer=", app.0.config.public);
        for (key, answer) in [("mail.accept", "accepted"), ("mail.tentative", "tentative"), ("mail.decline", "declined")] {
            links.push((text(key), format!("{base}{answer}")));
        }
        hints.push(text("mail.answer.hint"));
    }
    if let Some(when) = when.filter(|_| told.kind == SubjectKind::User) {
        links.push((text("mail.open"), super::link(app, task.record, told.slot, when, person.zone)));
    }
    if event.recurs() && told.slot.is_none() && asks {
        hints.insert(0, text("mail.repeats"));
    }
    let hello = words::filled(locale, "mail.hello", &[("name", &person.name)]);
    let lead = format!("{hello}\n\n{}", words::filled(locale, &format!("mail.{kind}"), &[("who", &task.actor_name)]));
    Ok(Letter {
        to: person.email.clone(),
        name: person.name.clone(),
        reply_to: organiser.map(|o| (o.text("email").to_owned(), o.name().to_owned())).filter(|(address, _)| !address.is_empty()),
        language: locale.tag().to_owned(),
        subject: words::filled(locale, &format!("mail.{kind}.subject"), &[("title", &title), ("when", &said)]),
        invitation: Some(invitation(app, task, event, told, asks).await?),
        about: Some(task.record),
        ..words::page(locale, &lead, &lines, &links, &hints.join("\n"))
    })
}

/// Who else is asked, by name; of a large round only the number of the rest.
async fn others(app: &App, event: &Event, reader: Id) -> Result<Option<String>> {
    let directory = app.directory();
    let users = event.attendees.iter().filter(|id| **id != reader && Some(**id) != event.organiser);
    let mut names: Vec<String> = users.filter_map(|id| directory.users.get(id)).map(|u| u.name().to_owned()).collect();
    let contacts: Vec<Id> = event.contacts.iter().copied().filter(|id| *id != reader).collect();
    let all = names.len() + contacts.len();
    let few = contacts.get(..contacts.len().min(SAID)).unwrap_or_default();
    names.extend(app.0.store.get_many(Kind::Contact, few).await.map_err(fault)?.iter().map(|c| c.name().to_owned()));
    names.truncate(SAID);
    let rest = all.saturating_sub(names.len());
    let more = if rest > 0 { format!(" +{rest}") } else { String::new() };
    Ok((!names.is_empty()).then(|| names.join(" · ") + &more))
}

/// The item as whoever booked it knows it: what they booked, when and where, with whom. What the host calls it, writes into it and
/// whom else they ask is the house's own.
fn as_booked(task: &Task, event: &Event, booking: &Booking) -> Result<(Task, Event)> {
    let when = event.when().unwrap_or(When::At(Span::new(0, 0)));
    let mut cut = Event::new(when);
    cut.title.clone_from(&booking.name);
    cut.kind = event.kind;
    cut.zone.clone_from(&event.zone);
    cut.place.clone_from(&event.place);
    cut.organiser = event.organiser;
    cut.status = event.status;
    cut.contacts.extend(event.contacts.iter().copied().filter(|id| *id == booking.contact));
    cut.answers = event.answers.iter().filter(|(id, _)| **id == booking.contact).map(|(id, answer)| (*id, *answer)).collect();
    let mut now = Fields::new();
    stored::lay_into(&mut now, &cut)?;
    Ok((Task { now, ..task.clone() }, cut))
}

/// What whoever booked reads: that it is booked (moved, cancelled), with whom, and the link that changes it. In place of the title,
/// which the host may have changed, stands what was booked.
fn of_booking(task: &Task, event: &Event, told: &Told, person: &Person, booking: &Booking, link: &str, letter: Letter) -> Letter {
    let locale = person.locale;
    let text = |key: &str| words::text(locale, key);
    let (kind, goes_on) = match told.news {
        News::Invited => ("booked", true),
        News::Cancelled | News::Uninvited => ("unbooked", false),
        _ => ("rebooked", true),
    };
    let said = event.when().map(|w| words::when(locale, w, person.zone)).unwrap_or_default();
    let mut lines = vec![(text("mail.what"), booking.name.clone()), (text("mail.when"), said.clone())];
    let was = task.was.as_ref().and_then(stored::event_of).and_then(|e| e.when());
    if let Some(was) = was.filter(|w| told.news == News::Moved && Some(*w) != event.when()) {
        lines.push((text("mail.was"), words::when(locale, was, person.zone)));
    }
    if !event.place.is_empty() {
        lines.push((text("mail.where"), event.place.clone()));
    }
    if let Some((_, host)) = &letter.reply_to {
        lines.push((text("mail.with"), host.clone()));
    }
    let (mut links, mut hint) = (Vec::new(), String::new());
    if goes_on {
        links = vec![(text("mail.rebook"), format!("{link}?move")), (text("mail.unbook"), format!("{link}?cancel"))];
        hint = text("mail.booked.hint");
    }
    let hello = words::filled(locale, "mail.hello", &[("name", &booking.visitor)]);
    let lead = format!("{hello}\n\n{}", text(&format!("mail.{kind}")));
    let subject = words::filled(locale, &format!("mail.{kind}.subject"), &[("title", &booking.name), ("when", &said)]);
    let page = words::page(locale, &lead, &lines, &links, &hint);
    Letter { subject, text: page.text, html: page.html, name: booking.visitor.clone(), ..letter }
}

/// The calendar's own part. A cancelled occurrence is named by its slot, whoever is off the list gets the whole cancelled.
async fn invitation(app: &App, task: &Task, event: &Event, told: &Told, asks: bool) -> Result<Invitation> {
    let mut event = event.clone();
    few_named(&mut event, told.id);
    let gone = told.news == News::Uninvited && !event.attendees.contains(&told.id) && !event.contacts.contains(&told.id);
    if gone {
        // Named once more, so that their calendar knows whom it concerns.
        match told.kind {
            SubjectKind::Contact => event.contacts = vec![told.id],
            _ => event.attendees = vec![told.id],
        }
        event.answers = BTreeMap::from([(told.id, Answer::Pending)]);
    }
    let mut id = task.record;
    // The series as it is now leaves it out: named without this, the whole of it would be called off.
    event.exdate.retain(|left_out| Some(*left_out) != told.slot);
    if let Some(slot) = told.slot
        && let Ok(single) = parts::detach(&event, task.record, slot, &records::zone(&event.zone))
    {
        (event, id) = (single, crate::ctx::new_id());
    }
    let alone = if told.slot.is_none() && asks && event.recurs() { standing(app, task.record, told.id).await? } else { Vec::new() };
    // Reminders are everybody's own.
    event.reminders.clear();
    let mut fields = task.now.clone();
    stored::lay_into(&mut fields, &event)?;
    let method = if asks { Method::Request } else { Method::Cancel };
    let record = Record {
        id,
        kind: Kind::Event,
        version: task.version,
        created_at: task.at.clone(),
        updated_at: task.at.clone(),
        deleted_at: None,
        fields,
    };
    let records: Vec<Record> = std::iter::once(record).chain(alone).collect();
    let ics = ics::written(app, &records, &Look { method: Some(method), ..Look::default() }).await?;
    Ok(Invitation { method: method.name().to_owned(), ics })
}

/// Of a large round only the receiver and who invites.
fn few_named(event: &mut Event, reader: Id) {
    if event.attendees.len() + event.contacts.len() > NAMED {
        event.attendees.retain(|id| *id == reader);
        event.contacts.retain(|id| *id == reader);
        let named = [event.organiser, Some(reader)];
        event.answers.retain(|id, _| named.contains(&Some(*id)));
    }
}

/// What stands for single occurrences of a series that the reader is asked to. Without them the file would leave these dates out.
async fn standing(app: &App, series: Id, reader: Id) -> Result<Vec<Record>> {
    app.0.book.ready().await?;
    let ids: Vec<Id> = app.0.book.parts_of(series).into_keys().collect();
    let found = app.0.store.get_many(Kind::Event, &ids).await.map_err(fault)?;
    let mut out = Vec::new();
    for mut record in found.into_iter().filter(|r| r.deleted_at.is_none() && r.id_of("part_of") == Some(series)) {
        let Some(mut event) = stored::event(&record).filter(|e| e.status != Status::Cancelled) else { continue };
        if event.organiser == Some(reader) || event.attendees.contains(&reader) || event.contacts.contains(&reader) {
            few_named(&mut event, reader);
            event.reminders.clear();
            stored::lay_into(&mut record.fields, &event)?;
            out.push(record);
        }
    }
    Ok(out)
}
