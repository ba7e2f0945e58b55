//! Records of every kind: list, read, create, change, bin, restore. One set of rules for all doors; what is special to a
//! kind (a deal's stage, a contact's name, a task's effect on its deal) hooks in here.

mod bulk;
mod checked;
pub(crate) mod closing;
mod follow;
mod holds;
mod hooks;
mod labels;
mod naming;
mod page;
mod write;

use domain::filter::{Meaning, Plain};
use domain::list::{ListPage, ListQuery, Sums};
use domain::rights::{Act, Scope};
use domain::{Error, Filter, Id, Kind, Record, Result, time};
use index::Query;

pub(crate) use bulk::{BulkItem, BulkResult, draft_row, write_bulk, write_checked};
pub use bulk::{remove_many, update_many};
pub(crate) use checked::{checked, currency};
pub(crate) use holds::Places;
pub(crate) use hooks::{Care, DEEPEST, Referred, bring_back, check_removal, newest_rank, prepare, retrace};
pub use labels::labels;
pub(crate) use labels::of_ids as label_ids;
pub(crate) use naming::{helped, named, nearest};
pub use page::{page, timeline};
pub(crate) use write::{
    Beside, Draft, ROUNDS, changed, commit, commit_checked, conflict, draft_create, draft_remove, draft_restore, draft_update,
    is_too_heavy, made, parents,
};
pub use write::{create, remove, restore, update};

use crate::Ctx;
use crate::ctx::{fault, internal};

pub async fn list(ctx: &Ctx, kind: Kind, query: &ListQuery) -> Result<ListPage> {
    let sort = query.sort_of(kind)?;
    let question = match question(ctx, kind, &query.filter, &query.q, query.deleted) {
        Ok(question) => question,
        Err(e) => return Err(helped(ctx, kind, e).await),
    };
    let limit = usize::try_from(query.limit()).unwrap_or(50);
    let skip = usize::try_from(query.skip).unwrap_or(0);
    let page = ctx.app.0.index.list(&question, &sort, query.cursor.as_deref(), skip, limit, query.count).map_err(of_index)?;
    let records = get_many(ctx, kind, &page.ids).await?;
    let labels = labels(ctx, &records).await?;
    Ok(ListPage { records, labels, next: page.next, total: page.total })
}

/// What all rows of a list come to: the index's answer to the same question as the rows, so that a figure which leads to
/// the list agrees with it to the cent.
pub fn sums(ctx: &Ctx, kind: Kind, query: &ListQuery) -> Result<Sums> {
    let question = question(ctx, kind, &query.filter, &query.q, query.deleted)?;
    let rows = ctx.app.0.index.totals(&question, &[]).map_err(of_index)?;
    let totals = crate::deals::totals(rows.iter());
    Ok(Sums {
        count: totals.count,
        money: totals.sum,
        weighted: if kind == Kind::Deal { totals.weighted } else { Vec::new() },
        number: rows.iter().map(|r| r.sums.number).fold(0, i64::saturating_add),
    })
}

/// The ids that a list's question finds, up to `max`.
pub(crate) fn find_ids(ctx: &Ctx, kind: Kind, query: &ListQuery, max: usize) -> Result<Vec<Id>> {
    let sort = query.sort_of(kind)?;
    let question = question(ctx, kind, &query.filter, &query.q, query.deleted)?;
    let mut ids = Vec::new();
    let mut cursor: Option<String> = None;
    while ids.len() < max {
        let page = ctx.app.0.index.list(&question, &sort, cursor.as_deref(), 0, 500, false).map_err(of_index)?;
        ids.extend(page.ids);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    ids.truncate(max);
    Ok(ids)
}

/// The index's question for what a person asks, within what they may see.
pub(crate) fn question(ctx: &Ctx, kind: Kind, filter: &str, words: &str, deleted: bool) -> Result<Query> {
    let who = ctx.who();
    if !who.may_some(Act::View, kind) {
        return Err(Error::Forbidden);
    }
    let filter = resolve(ctx, kind, &read_filter(ctx, kind, filter)?);
    let filter = match hidden(ctx, kind) {
        Some(rule) => Plain::All(vec![filter, rule]),
        None => filter,
    };
    Ok(Query { kind, filter, words: crate::forms::line(words), scope: scope(ctx, kind), deleted })
}

pub(crate) fn scope(ctx: &Ctx, kind: Kind) -> Option<index::Scope> {
    ctx.who().viewable_owners(kind).map(|(owners, ownerless)| index::Scope { owners, ownerless })
}

/// What this person may not find, beyond whose it is.
fn hidden(ctx: &Ctx, kind: Kind) -> Option<Plain> {
    if kind == Kind::Event { private(ctx) } else { hidden_behind_deals(ctx, kind) }
}

/// Private items exist for those who take part (and for the house's own programs): as `Who::sees` says.
fn private(ctx: &Ctx) -> Option<Plain> {
    let me = ctx.who().id;
    let is_me = |field: &str| Plain::OneOf(field.to_owned(), vec![me.to_string()]);
    (!me.0.is_nil()).then(|| Plain::Any(vec![Plain::Flag("private".to_owned(), false), is_me("organiser"), is_me("attendees")]))
}

/// What hangs on a deal is found by those who see the deal (and by its own owner).
fn hidden_behind_deals(ctx: &Ctx, kind: Kind) -> Option<Plain> {
    let who = ctx.who();
    if !kind.is_activity() || domain::rights::scope(who.role, Act::View, Kind::Deal) == Scope::All {
        return None;
    }
    let (owners, ownerless) = who.viewable_owners(Kind::Deal)?;
    let ids = |ids: Vec<Id>| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut any = vec![
        Plain::Empty("deal".to_owned()),
        Plain::OneOf("owner".to_owned(), ids(vec![who.id])),
        Plain::OneOf("deal_owner".to_owned(), ids(owners)),
    ];
    if ownerless {
        any.push(Plain::Empty("deal_owner".to_owned()));
    }
    Some(Plain::Any(any))
}

/// The text form of a filter, with the records that it names.
pub fn read_filter(ctx: &Ctx, kind: Kind, text: &str) -> Result<Filter> {
    named(ctx, kind, Filter::parse(kind, text)?)
}

/// The same for somebody who types it: an unknown name is answered with those that are near.
pub async fn typed_filter(ctx: &Ctx, kind: Kind, text: &str) -> Result<Filter> {
    match read_filter(ctx, kind, text) {
        Err(e) => Err(helped(ctx, kind, e).await),
        read => read,
    }
}

/// Relative words of a filter in the person's own zone, now.
pub(crate) fn resolve(ctx: &Ctx, kind: Kind, filter: &Filter) -> Plain {
    let zone = zone(&ctx.me.time_zone);
    let now_ms = ctx.app.now();
    let day_start = |d: chrono::NaiveDate| start_of_day(zone, d);
    let meaning = Meaning {
        me: ctx.me.id,
        team_members: &ctx.me.team_members,
        today: today(zone, now_ms),
        now_ms,
        week_starts: chrono::Weekday::Mon,
        day_start: &day_start,
    };
    filter.resolve(kind, &meaning)
}

pub(crate) fn zone(name: &str) -> chrono_tz::Tz {
    name.parse().unwrap_or(chrono_tz::UTC)
}

pub(crate) fn today(zone: chrono_tz::Tz, now_ms: i64) -> chrono::NaiveDate {
    use chrono::TimeZone;
    zone.timestamp_millis_opt(now_ms).single().map_or_else(|| time::utc_date(now_ms), |t| t.date_naive())
}

/// The first instant of a day: not always midnight, where clocks change at night.
pub(crate) fn start_of_day(zone: chrono_tz::Tz, day: chrono::NaiveDate) -> i64 {
    use chrono::TimeZone;
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    for minutes in [0, 30, 60, 90, 120, 180] {
        let local = midnight + chrono::Duration::minutes(minutes);
        if let Some(at) = zone.from_local_datetime(&local).earliest() {
            return at.timestamp_millis();
        }
    }
    domain::filter::days_since_epoch(day) * 86_400_000
}

pub(crate) fn of_index(e: index::Error) -> Error {
    match e {
        index::Error::Cursor => Error::invalid("cursor", "cursor"),
        other => internal(&other),
    }
}

pub async fn get(ctx: &Ctx, kind: Kind, id: Id) -> Result<Record> {
    let record = ctx.app.0.store.get(kind, id).await.map_err(fault)?;
    // Unknown and hidden look the same.
    record.filter(|r| ctx.who().sees(r)).ok_or(Error::NotFound)
}

/// Of several kinds at once, in the order asked for; those that may not be seen are left out.
pub(crate) async fn get_mixed(ctx: &Ctx, ids: &[(Kind, Id)]) -> Result<Vec<Record>> {
    let records = ctx.app.0.store.get_mixed(ids).await.map_err(fault)?;
    let who = ctx.who();
    Ok(records.into_iter().filter(|r| who.sees(r)).collect())
}

/// Several at once, in the order asked for; those that may not be seen are left out.
pub async fn get_many(ctx: &Ctx, kind: Kind, ids: &[Id]) -> Result<Vec<Record>> {
    let records = ctx.app.0.store.get_many(kind, ids).await.map_err(fault)?;
    let who = ctx.who();
    Ok(records.into_iter().filter(|r| who.sees(r)).collect())
}
