//! Which times a page offers: of a person what that person has free, of a team what anybody of it has.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::booking::open::{AskTimes, OpenDay, OpenKind, OpenPage, OpenTime, OpenTimes};
use domain::booking::{MAX_WINDOW, MeetingKind, Page};
use domain::calendar::conflict::Except;
use domain::calendar::{Span, SubjectKind, zone};
use domain::rights::{Act, Role, Who};
use domain::{Error, FieldError, Id, Kind, Result, time};

use super::{of_events, pages};
use crate::calendar::Reader;
use crate::{App, Visit, records};

/// More members than any team that takes turns.
const MAX_HOSTS: usize = 60;

/// What anybody may know of a page.
pub async fn page(visit: &Visit, slug: &str) -> Result<OpenPage> {
    let app = &visit.app;
    app.0.booking.look(visit)?;
    let page = in_use(app, slug).await?;
    let directory = app.directory();
    Ok(OpenPage {
        with: pages::owner_name(app, &page),
        is_team: page.team.is_some(),
        house: directory.workspace.as_ref().map(|w| w.name.clone()).unwrap_or_default(),
        zone: clock_of(app, &page).name().to_owned(),
        kinds: page.kinds.iter().filter_map(OpenKind::of).collect(),
        slug: page.slug,
        name: page.name,
        about: page.about,
    })
}

/// A page that is off, or whose people are, does not exist for strangers.
pub(super) async fn in_use(app: &App, slug: &str) -> Result<Page> {
    let page = pages::by_slug(app, slug).await?;
    let offers = page.active && page.kinds.iter().any(|k| k.active);
    if offers && !hosts(app, &page).is_empty() { Ok(page) } else { Err(Error::NotFound) }
}

/// Whose time it is: those who work here now.
pub(super) fn hosts(app: &App, page: &Page) -> Vec<Id> {
    let directory = app.directory();
    // Whoever only looks on, or reckons, meets no customers.
    let meets = |u: &domain::Record| {
        let role = Role::parse(u.text("role"));
        role.is_some_and(|role| Who { id: u.id, role, team_members: Vec::new() }.may_own(Act::Create, Kind::Event, Some(u.id)))
    };
    let works = |u: &&domain::Record| u.deleted_at.is_none() && !u.flag("disabled") && meets(u);
    match page.user {
        Some(id) => directory.users.get(&id).filter(works).map(|u| u.id).into_iter().collect(),
        None => directory.users.values().filter(works).filter(|u| u.id_of("team") == page.team).map(|u| u.id).take(MAX_HOSTS).collect(),
    }
}

/// The person's own, of a team the house's.
fn clock_of(app: &App, page: &Page) -> Tz {
    let directory = app.directory();
    let own = page.user.and_then(|id| directory.users.get(&id)).map(|u| u.text("time_zone")).filter(|z| !z.is_empty());
    records::zone(own.unwrap_or(directory.time_zone()))
}

/// None named: the first.
pub(super) fn active_kind(page: &Page, id: Option<Id>) -> Result<&MeetingKind> {
    let kind = page.kinds.iter().find(|k| k.active && id.is_none_or(|id| k.id == Some(id)));
    kind.ok_or_else(|| Error::invalid("kind", "unknown_reference"))
}

/// The free times of a kind of meeting, on the visitor's clock.
pub async fn times(visit: &Visit, slug: &str, ask: &AskTimes) -> Result<OpenTimes> {
    visit.app.0.booking.look(visit)?;
    let page = in_use(&visit.app, slug).await?;
    let kind = active_kind(&page, ask.kind)?;
    let hosts = hosts(&visit.app, &page);
    shown(&visit.app, &page, kind, &hosts, ask, None).await
}

/// `moves`: the booking whose own time counts as free.
pub(super) async fn shown(
    app: &App,
    page: &Page,
    kind: &MeetingKind,
    hosts: &[Id],
    ask: &AskTimes,
    moves: Option<Id>,
) -> Result<OpenTimes> {
    let clock = if ask.zone.is_empty() { clock_of(app, page) } else { zone_named(&ask.zone)? };
    let window = window(&ask.from, &ask.to, clock, app.now())?;
    let found = offered(app, page, kind, hosts, window, moves).await?;
    let mut days: BTreeMap<NaiveDate, Vec<OpenTime>> = BTreeMap::new();
    for start in found.keys() {
        let local = zone::to_local(&clock, *start);
        let time = OpenTime { start: time::instant(*start), clock: local.format("%H:%M").to_string() };
        days.entry(local.date()).or_default().push(time);
    }
    let reach = kind.reach(&clock_of(app, page), app.now());
    let day = |ms: i64| time::date(zone::to_local(&clock, ms).date());
    Ok(OpenTimes {
        zone: clock.name().to_owned(),
        days: days.into_iter().map(|(date, times)| OpenDay { date: time::date(date), times }).collect(),
        first: day(reach.start),
        last: day((reach.end - 1).max(reach.start)),
    })
}

pub(super) fn zone_named(name: &str) -> Result<Tz> {
    name.parse().map_err(|_| Error::invalid("zone", "zone"))
}

/// Two weeks from today when nothing is said.
fn window(from: &str, to: &str, clock: Tz, now: i64) -> Result<Span> {
    let from = if from.is_empty() { time::date(zone::to_local(&clock, now).date()) } else { from.to_owned() };
    let later = || time::parse_date(&from).map(|d| time::date(time::shift(d, 14)));
    let to = if to.is_empty() { later().unwrap_or_default() } else { to.to_owned() };
    let years = domain::calendar::YEARS;
    let day = |text: &str, field: &str| {
        let day = time::parse_date(text).ok_or_else(|| Error::invalid(field, "date"))?;
        if years.contains(&chrono::Datelike::year(&day)) {
            return Ok(zone::day_start(&clock, day));
        }
        Err(Error::Invalid { fields: vec![FieldError::new(field, "date_range").with("min", years.start()).with("max", years.end())] })
    };
    let window = Span { start: day(&from, "from")?, end: day(&to, "to")? };
    if window.is_empty() {
        return Err(Error::invalid("to", "end_before_start"));
    }
    if window.len() > MAX_WINDOW {
        return Err(Error::Invalid { fields: vec![FieldError::new("to", "view_too_long").with("max", MAX_WINDOW / 86_400_000)] });
    }
    Ok(window)
}

/// Starts in the window, and who is free then.
pub(super) async fn offered(
    app: &App,
    page: &Page,
    kind: &MeetingKind,
    hosts: &[Id],
    window: Span,
    moves: Option<Id>,
) -> Result<BTreeMap<i64, Vec<Id>>> {
    app.0.book.ready().await?;
    let mut found: BTreeMap<i64, Vec<Id>> = BTreeMap::new();
    let now = app.now();
    let reach = window.shared(kind.reach(&chrono::Utc, now).widened(0, 86_400_000));
    // Nothing there: nobody's diary need be read.
    let Some(reach) = reach else { return Ok(found) };
    // What begins at the window's end has to fit as well.
    let whole = Span::new(reach.start, reach.end + kind.length());
    let fallback = records::zone(app.directory().time_zone());
    let except: Vec<Except> = moves.map(Except::Item).into_iter().collect();
    for host in hosts {
        let (diary, ids) = {
            let mut reader = Reader::new(app, *host, whole);
            let items = reader.items(*host);
            let taken = items.iter().filter(|(item, _)| item.takes_time_of(SubjectKind::User, *host) && Some(item.id) != moves);
            let ids: Vec<(Id, i64)> = taken.map(|(item, _)| (item.id, item.whole().start)).collect();
            (reader.diary(SubjectKind::User, *host, fallback), ids)
        };
        let mut full = BTreeSet::new();
        if kind.per_day > 0 {
            let booked = of_events(app, ids.iter().map(|(id, _)| *id)).await?;
            let mut a_day: BTreeMap<NaiveDate, u16> = BTreeMap::new();
            for (id, start) in &ids {
                if booked.get(id).is_some_and(|b| b.page == page.id && Some(b.kind) == kind.id) {
                    let count = a_day.entry(zone::to_local(&diary.zone, *start).date()).or_default();
                    *count = count.saturating_add(1);
                }
            }
            full.extend(a_day.into_iter().filter(|(_, n)| *n >= kind.per_day).map(|(day, _)| day));
        }
        for start in kind.times(&diary, whole, now, &except, &full) {
            if window.start <= start && start < window.end {
                found.entry(start).or_default().push(*host);
            }
        }
        tokio::task::yield_now().await;
    }
    Ok(found)
}

/// Days around a time in which bookings are counted when a team takes turns.
const TURNS: i64 = 14 * 86_400_000;

/// Of several who are free, the one whom this page has given the fewest meetings around that time.
pub(super) async fn whose_turn(app: &App, page: &Page, free: &[Id], start: i64) -> Result<Vec<Id>> {
    if free.len() < 2 {
        return Ok(free.to_vec());
    }
    let around = Span::new(start - TURNS, start + TURNS);
    let mut ranked = Vec::with_capacity(free.len());
    for host in free {
        let ids: Vec<Id> = {
            let mut reader = Reader::new(app, *host, around);
            reader.items(*host).into_iter().filter(|(i, _)| i.takes_time_of(SubjectKind::User, *host)).map(|(i, _)| i.id).collect()
        };
        let booked = of_events(app, ids).await?;
        ranked.push((booked.values().filter(|b| b.page == page.id).count(), name_of(app, *host), *host));
    }
    ranked.sort();
    Ok(ranked.into_iter().map(|(.., host)| host).collect())
}

fn name_of(app: &App, user: Id) -> String {
    app.directory().label(Kind::User, user).map(|l| l.name).unwrap_or_default()
}
