//! A booking by its link: what was booked, moved to another time, or cancelled. Whoever has the link may, without a sign-in; it is signed,
//! stands only in the letter and on the page after booking, and is good for this one booking until it begins.

use std::collections::BTreeSet;

use domain::booking::open::{AskTimes, Booked, BookingState, OpenTimes};
use domain::booking::{MeetingKind, Page};
use domain::calendar::view::OnConflict;
use domain::calendar::{Event, Span, Status, When, stored};
use domain::{Error, Id, Kind, Locale, Record, Result, time};

use super::take::{as_visitor, free_at, host_of, in_words, starts_at, taken};
use super::{Booking, PURPOSE, free, of_event, pages, token};
use crate::calendar::{Refuse, Signet, laid};
use crate::ctx::fault;
use crate::records::{self, Beside};
use crate::{App, Visit};

struct Found {
    record: Record,
    event: Event,
    booking: Booking,
    /// None: switched off or gone.
    page: Option<Page>,
}

impl Found {
    fn state(&self, app: &App) -> BookingState {
        if self.record.deleted_at.is_some() || self.event.status == Status::Cancelled {
            BookingState::Cancelled
        } else if starts_at(&self.event) <= app.now() || self.event.recurs() {
            BookingState::Over
        } else {
            BookingState::Booked
        }
    }

    /// The kind of meeting as it is now, when it can still be booked.
    fn kind(&self) -> Option<(&Page, &MeetingKind)> {
        let page = self.page.as_ref().filter(|p| p.active)?;
        Some((page, page.kind(self.booking.kind).filter(|k| k.active)?))
    }

    /// # Errors
    /// `over`: it is cancelled, has begun, or is past.
    fn open(&self, app: &App) -> Result<()> {
        if self.state(app) == BookingState::Booked { Ok(()) } else { Err(Error::invalid("token", "over")) }
    }
}

/// # Errors
/// `NotFound`: nobody made this link, or what it was for is gone for good.
async fn opened(app: &App, token: &str) -> Result<Id> {
    let body = Signet::of(app).await?.opened(PURPOSE, token).ok_or(Error::NotFound)?;
    uuid::Uuid::from_slice(&body).map(Id).map_err(|_| Error::NotFound)
}

async fn found(app: &App, id: Id) -> Result<Found> {
    let booking = of_event(app, id).await?.ok_or(Error::NotFound)?;
    let record = app.0.store.get(Kind::Event, id).await.map_err(fault)?.ok_or(Error::NotFound)?;
    let event = stored::event(&record).ok_or(Error::NotFound)?;
    let page = match pages::one(app, booking.page).await {
        Ok(page) => Some(page),
        Err(Error::NotFound) => None,
        Err(e) => return Err(e),
    };
    Ok(Found { record, event, booking, page })
}

/// What a link leads to.
pub async fn booked(visit: &Visit, token: &str) -> Result<Booked> {
    visit.app.0.booking.look(visit)?;
    seen(&visit.app, opened(&visit.app, token).await?, visit.locale).await
}

pub(super) async fn seen(app: &App, id: Id, locale: Locale) -> Result<Booked> {
    let found = found(app, id).await?;
    let (start, end) = match found.event.when() {
        Some(When::At(span)) => (span.start, span.end),
        _ => (starts_at(&found.event), starts_at(&found.event)),
    };
    let directory = app.directory();
    let host = found.event.organiser.and_then(|id| directory.users.get(&id)).map(|u| u.name().to_owned());
    Ok(Booked {
        token: token(app, id).await?,
        kind: found.kind().and_then(|(_, k)| k.id),
        minutes: found.booking.minutes,
        with: host.unwrap_or_default(),
        house: directory.workspace.as_ref().map(|w| w.name.clone()).unwrap_or_default(),
        place: found.event.place.clone(),
        start: time::instant(start),
        end: time::instant(end),
        when: in_words(&found.event, locale, &found.booking.zone),
        slug: found.page.as_ref().filter(|p| p.active).map(|p| p.slug.clone()).unwrap_or_default(),
        state: found.state(app),
        by_mail: app.0.mailer.is_there(),
        name: found.booking.name,
        zone: found.booking.zone,
        email: found.booking.email,
    })
}

/// Free times that a booking could be moved to: of whoever it is with.
pub async fn other_times(visit: &Visit, token: &str, ask: &AskTimes) -> Result<OpenTimes> {
    let app = &visit.app;
    app.0.booking.look(visit)?;
    let id = opened(app, token).await?;
    let found = found(app, id).await?;
    found.open(app)?;
    let (page, kind) = found.kind().ok_or(Error::NotFound)?;
    let hosts: Vec<Id> = host_of(&found.event).map(|(_, id)| id).into_iter().collect();
    free::shown(app, page, kind, &hosts, ask, Some(id)).await
}

/// # Errors
/// `Clash`: that time is no longer free; the booking stays as it is.
pub async fn move_to(visit: &Visit, token: &str, start: &str, zone: &str) -> Result<Booked> {
    let app = &visit.app;
    app.0.booking.look(visit)?;
    let id = opened(app, token).await?;
    let start = time::parse_instant(start).ok_or_else(|| Error::invalid("start", "instant"))?;
    if !zone.is_empty() {
        free::zone_named(zone)?;
    }
    app.0.booking.act(visit)?;
    let _turn = app.0.booking.turn.lock().await;
    for _ in 0..=records::ROUNDS {
        let found = found(app, id).await?;
        found.open(app)?;
        let (page, kind) = found.kind().ok_or_else(taken)?;
        let (_, host) = host_of(&found.event).ok_or_else(taken)?;
        let to = Span::new(start, start + kind.length());
        if found.event.when() == Some(When::At(to)) {
            return seen(app, id, visit.locale).await;
        }
        let places = BTreeSet::from([format!("booking:{}", page.id)]);
        let marks = app.0.store.marks(&places).await.map_err(fault)?;
        if free_at(app, page, kind, &[host], start, Some(id)).await?.is_empty() {
            return Err(taken());
        }
        let zone = if zone.is_empty() { found.booking.zone.as_str() } else { zone };
        let ctx = as_visitor(app, &found.booking.visitor, zone);
        let mut event = found.event.clone();
        event.set_when(When::At(to));
        let booking = Booking { zone: zone.to_owned(), minutes: kind.minutes, ..found.booking.clone() };
        let doc = store::Doc { table: store::Table::Booking, key: id.to_string(), doc: Some(booking.doc()?), claim: None };
        let draft = laid(&ctx, found.record, &event).await?;
        let beside = Beside { docs: vec![doc], marks, ..Beside::default() };
        match records::commit_checked(&ctx, vec![draft], beside, Refuse::Of(host)).await {
            Ok(Ok(_)) => return seen(app, id, visit.locale).await,
            Ok(Err(_)) => {}
            Err(Error::Clash { .. }) => return Err(taken()),
            Err(e) => return Err(e),
        }
    }
    Err(Error::Unavailable)
}

/// Cancelled twice, it is cancelled once.
pub async fn cancel(visit: &Visit, token: &str) -> Result<Booked> {
    let app = &visit.app;
    app.0.booking.look(visit)?;
    let id = opened(app, token).await?;
    app.0.booking.act(visit)?;
    for _ in 0..=records::ROUNDS {
        let found = found(app, id).await?;
        if found.state(app) == BookingState::Cancelled {
            return seen(app, id, visit.locale).await;
        }
        found.open(app)?;
        let ctx = as_visitor(app, &found.booking.visitor, &found.booking.zone);
        let event = Event { status: Status::Cancelled, ..found.event };
        let draft = laid(&ctx, found.record, &event).await?;
        if records::commit_checked(&ctx, vec![draft], Beside::default(), OnConflict::Warn.into()).await?.is_ok() {
            return seen(app, id, visit.locale).await;
        }
    }
    Err(Error::Unavailable)
}
