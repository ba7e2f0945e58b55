//! The time report: hours by customer, kind and person, of those whose time the reader may see. Figures and the rows behind them
//! are made of the same entries, so they agree to the minute.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use domain::calendar::{ItemKind, Window, zone};
use domain::filter::Op;
use domain::list::ListQuery;
use domain::record::Labels;
use domain::rights::Power;
use domain::time_report::{self, Entry, MAX_DAYS, MAX_ROWS, TimeQuery, TimeReport, TimeRows};
use domain::{Error, FieldError, Filter, Id, Kind, Record, Result, time};

use crate::calendar::{self, Spent};
use crate::{Ctx, records};

/// Calls that are read.
const CALLS: usize = 50_000;
const MINUTE: i64 = 60_000;

pub async fn load(ctx: &Ctx, query: &TimeQuery) -> Result<TimeReport> {
    let (entries, period) = entries(ctx, query).await?;
    let groups = time_report::groups(&entries, query.by);
    let labels = labels(ctx, &entries, query).await?;
    Ok(TimeReport { by: query.by, minutes: time_report::total(&entries), count: count(entries.len()), groups, period, labels })
}

/// The rows behind a figure: the entries of a group, or all of them (`of` is empty).
pub async fn rows(ctx: &Ctx, query: &TimeQuery, of: &str) -> Result<TimeRows> {
    let (entries, _) = entries(ctx, query).await?;
    let mut items = time_report::entries_of(entries, query.by, of);
    let (minutes, all) = (time_report::total(&items), items.len());
    items.truncate(MAX_ROWS);
    Ok(TimeRows { minutes, count: count(all), more: all > MAX_ROWS, labels: labels(ctx, &items, query).await?, items })
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

async fn entries(ctx: &Ctx, query: &TimeQuery) -> Result<(Vec<Entry>, (String, String))> {
    ctx.need(Power::Dashboard)?;
    let people = people(ctx, query)?;
    // Reports reckon in the workspace's zone, so that everybody sees the same figures.
    let zone = records::zone(ctx.app.directory().time_zone());
    let now = ctx.app.now();
    let today = records::today(zone, now);
    let (from, to) = match query.period.as_str() {
        "" => time::period("this-month", today, chrono::Weekday::Mon).ok_or_else(|| crate::dashboard::no_period("this-month"))?,
        days if days.contains("..") => time::span(days).map_err(|code| Error::invalid("period", code))?,
        name => time::period(name, today, chrono::Weekday::Mon).ok_or_else(|| crate::dashboard::no_period(name))?,
    };
    if (to - from).num_days() > MAX_DAYS {
        return Err(Error::Invalid { fields: vec![FieldError::new("period", "view_too_long").with("max", MAX_DAYS)] });
    }
    let window = Window::of_days(&zone, from, to);
    let spent = calendar::spent(ctx, &people, &window, now).await?;
    let calls = calls(ctx, &people, &window, now).await?;
    let known = Customers::of(ctx, &spent, &calls).await?;
    let mut out: Vec<Entry> = spent.iter().map(|s| of_item(s, &known, zone)).collect();
    out.extend(calls.iter().filter_map(|c| of_call(c, &known, zone)));
    out.retain(|e| e.minutes > 0 && query.company.is_none_or(|id| e.company == Some(id)));
    Ok((out, (time::date(from), time::date(to))))
}

/// Whose time is asked for and may be seen. Asking for somebody else's alone is refused, not answered with nothing.
fn people(ctx: &Ctx, query: &TimeQuery) -> Result<Vec<Id>> {
    let directory = ctx.app.directory();
    let who = ctx.who();
    let unknown = |field: &str, id: Id| Error::Invalid { fields: vec![FieldError::new(field, "unknown_reference").with("value", id)] };
    if let Some(person) = query.person {
        directory.users.get(&person).ok_or_else(|| unknown("person", person))?;
    }
    if let Some(team) = query.team {
        directory.teams.get(&team).ok_or_else(|| unknown("team", team))?;
    }
    let asked = directory.users.values().filter(|u| {
        query.person.is_none_or(|p| u.id == p) && query.team.is_none_or(|t| u.id_of("team") == Some(t)) && u.deleted_at.is_none()
    });
    let asked: Vec<Id> = asked.map(|u| u.id).collect();
    let seen: Vec<Id> = asked.iter().copied().filter(|id| who.sees_time_of(*id)).collect();
    if seen.is_empty() && !asked.is_empty() { Err(Error::Forbidden) } else { Ok(seen) }
}

async fn calls(ctx: &Ctx, people: &[Id], window: &Window, now: i64) -> Result<Vec<Record>> {
    let end = window.span.end.min(now + 1);
    let filter = Filter::any_of("owner", people.iter().map(ToString::to_string))
        .and(Filter::is("minutes", Op::Gt, 0))
        .and(Filter::is("at", Op::Gte, time::instant(window.span.start)))
        .and(Filter::is("at", Op::Lt, time::instant(end)));
    if people.is_empty() || end <= window.span.start {
        return Ok(Vec::new());
    }
    let query = ListQuery { filter: filter.to_string(), sort: "-at".to_owned(), ..ListQuery::default() };
    let ids = records::find_ids(ctx, Kind::Call, &query, CALLS)?;
    let mut out = Vec::with_capacity(ids.len());
    for some in ids.chunks(500) {
        out.extend(records::get_many(ctx, Kind::Call, some).await?);
    }
    Ok(out)
}

/// The customers of deals and contacts: what names no company itself belongs to theirs.
struct Customers {
    by_deal: BTreeMap<Id, Id>,
    by_contact: BTreeMap<Id, Id>,
}

impl Customers {
    async fn of(ctx: &Ctx, spent: &[Spent], calls: &[Record]) -> Result<Self> {
        let nameless = || spent.iter().filter(|s| s.company.is_none());
        let calls = || calls.iter().filter(|c| c.id_of("company").is_none());
        let deals: BTreeSet<Id> = nameless().filter_map(|s| s.deal).chain(calls().filter_map(|c| c.id_of("deal"))).collect();
        let contacts: BTreeSet<Id> =
            nameless().flat_map(|s| s.contacts.iter().copied()).chain(calls().filter_map(|c| c.id_of("contact"))).collect();
        Ok(Self { by_deal: companies(ctx, Kind::Deal, deals).await?, by_contact: companies(ctx, Kind::Contact, contacts).await? })
    }

    fn find(&self, company: Option<Id>, deal: Option<Id>, contacts: &[Id]) -> Option<Id> {
        let through_deal = || deal.and_then(|id| self.by_deal.get(&id)).copied();
        company.or_else(through_deal).or_else(|| contacts.iter().find_map(|id| self.by_contact.get(id)).copied())
    }
}

async fn companies(ctx: &Ctx, kind: Kind, ids: BTreeSet<Id>) -> Result<BTreeMap<Id, Id>> {
    let ids: Vec<Id> = ids.into_iter().collect();
    let mut out = BTreeMap::new();
    for some in ids.chunks(500) {
        let found = records::get_many(ctx, kind, some).await?;
        out.extend(found.iter().filter_map(|r| Some((r.id, r.id_of("company")?))));
    }
    Ok(out)
}

fn day_of(zone: Tz, at: i64) -> String {
    time::date(zone::to_local(&zone, at).date())
}

fn of_item(s: &Spent, known: &Customers, zone: Tz) -> Entry {
    Entry {
        kind: Kind::Event,
        id: s.item,
        slot: s.slot,
        activity: s.kind,
        person: s.person,
        company: known.find(s.company, s.deal, &s.contacts),
        at: time::instant(s.span.start),
        day: day_of(zone, s.span.start),
        minutes: s.span.len() / MINUTE,
        name: s.title.clone(),
        masked: s.masked,
    }
}

fn of_call(call: &Record, known: &Customers, zone: Tz) -> Option<Entry> {
    let at = time::parse_instant(call.text("at"))?;
    let contact: Vec<Id> = call.id_of("contact").into_iter().collect();
    Some(Entry {
        kind: Kind::Call,
        id: call.id,
        slot: None,
        activity: ItemKind::Call,
        person: call.owner()?,
        company: known.find(call.id_of("company"), call.id_of("deal"), &contact),
        at: call.text("at").to_owned(),
        day: day_of(zone, at),
        minutes: call.int("minutes").unwrap_or(0),
        name: call.name().to_owned(),
        masked: false,
    })
}

/// Names of customers and people, and of what the question names.
async fn labels(ctx: &Ctx, entries: &[Entry], query: &TimeQuery) -> Result<Labels> {
    let wanted: BTreeMap<Kind, BTreeSet<Id>> = [
        (Kind::Company, entries.iter().filter_map(|e| e.company).chain(query.company).collect()),
        (Kind::User, entries.iter().map(|e| e.person).chain(query.person).collect()),
        (Kind::Team, query.team.into_iter().collect()),
    ]
    .into();
    records::label_ids(ctx, wanted).await
}
