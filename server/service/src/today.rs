//! My day: what asks for the signed-in person's time now. The rule and the order are `domain::today`; here they meet the house's
//! data. Always one's own: meetings that one takes part in, tasks and deals that one owns.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use domain::calendar::view::{CalendarQuery, Shown};
use domain::calendar::{Moment, zone};
use domain::filter::{Cond, Op};
use domain::list::ListQuery;
use domain::pipelines::{Stage, StageKind};
use domain::rights::Act;
use domain::today::{self, Clock, Line, SOON_DAYS, Today};
use domain::{Error, Filter, Id, Kind, Money, Record, Result, time};

use crate::{Ctx, calendar, deals, records};

/// Tasks that are read: what is due first.
const TASKS: usize = 300;
/// And of those without a day.
const UNDATED: usize = 100;
/// Deals that are looked at, the largest first, and how many of them there is room for.
const DEALS: usize = 300;
const ROOM: usize = 40;
const DAY: i64 = 86_400_000;

pub async fn load(ctx: &Ctx) -> Result<Today> {
    let zone = records::zone(&ctx.me.time_zone);
    let now = ctx.app.now();
    let date = records::today(zone, now);
    let clock = Clock { now, today: zone::days(&zone, date, time::shift(date, 1)), date };
    let items = meetings(ctx, zone, &clock).await?;
    let mut lines: Vec<Line> = items.iter().filter_map(|i| today::meeting(i, &clock)).collect();
    lines.extend(tasks(ctx, zone, &clock).await?);
    let filter = neglected(ctx, &clock);
    let (found, all) = neglected_deals(ctx, &filter)?;
    let records = records::get_many(ctx, Kind::Deal, &found).await?;
    lines.extend(records.iter().filter_map(|r| today::deal(&deals::card(ctx, r), &stage(ctx, r)?, &clock)));
    let amounts = amounts(ctx, &lines, &records).await?;
    let (mut kept, more) = within(today::arrange(lines, &amounts), all);
    kept.iter_mut().for_each(|l| on_the_wall(l, zone));
    let until = today::until(&kept, &clock);
    Ok(Today {
        date: time::date(date),
        zone: zone.name().to_owned(),
        labels: labels(ctx, &kept).await?,
        items: kept,
        more,
        filter: filter.to_string(),
        until: Some(time::instant(until)),
    })
}

/// Those of today and tomorrow.
async fn meetings(ctx: &Ctx, zone: Tz, clock: &Clock) -> Result<Vec<Shown>> {
    let query = CalendarQuery {
        from: clock.date,
        to: time::shift(clock.date, 2),
        zone: zone.name().to_owned(),
        users: vec![ctx.me.id],
        ..CalendarQuery::default()
    };
    match calendar::page(ctx, &query).await {
        Ok(page) => Ok(page.items),
        // Without a calendar of one's own (a program of the house) there are no meetings.
        Err(Error::Invalid { .. }) => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

/// Those that are due by then, and those that nobody has given a day: the newest, so that an old pile hides nothing new.
async fn tasks(ctx: &Ctx, zone: Tz, clock: &Clock) -> Result<Vec<Line>> {
    let end = zone::days(&zone, clock.date, time::shift(clock.date, SOON_DAYS + 1)).end;
    let mine = Filter::is("owner", Op::Eq, ctx.me.id).and(Filter::is("done", Op::Eq, false));
    let due = mine.clone().and(Filter::is("due_at", Op::Lt, time::instant(end)));
    let undated = mine.and(empty("due_at"));
    let mut ids = Vec::new();
    for (filter, sort, most) in [(due, "due_at", TASKS), (undated, "-created_at", UNDATED)] {
        let query = ListQuery { filter: filter.to_string(), sort: sort.to_owned(), ..ListQuery::default() };
        ids.extend(records::find_ids(ctx, Kind::Task, &query, most)?);
    }
    let found = records::get_many(ctx, Kind::Task, &ids).await?;
    let line = |task: &Record| {
        let due = time::parse_instant(task.text("due_at")).map(|at| (at, records::today(zone, at)));
        today::task(task, due, may_edit(ctx, task), clock)
    };
    Ok(found.iter().filter_map(line).collect())
}

fn empty(field: &str) -> Filter {
    Filter::Is(Cond { field: field.to_owned(), op: Op::Empty, values: Vec::new() })
}

fn may_edit(ctx: &Ctx, record: &Record) -> bool {
    ctx.may_write().is_ok() && ctx.who().may(Act::Edit, record)
}

/// One's open deals that nothing is planned with, that have stood in their stage for too long, or that are to be closed: what
/// `domain::today::deal` has a reason for, as a question to the index and an address of the list.
fn neglected(ctx: &Ctx, clock: &Clock) -> Filter {
    let mut any = vec![
        empty("next_step").and(empty("next_step_at")),
        Filter::is("expected_close", Op::Lte, time::date(time::shift(clock.date, SOON_DAYS))),
    ];
    for pipeline in &ctx.app.directory().pipelines {
        for stage in pipeline.stages.iter().filter(|s| s.kind == StageKind::Open) {
            if let Some(days) = stage.rotting_days.filter(|d| *d > 0) {
                let since = time::instant(clock.now - i64::from(days) * DAY);
                any.push(Filter::is("pipeline", Op::Eq, pipeline.id).and(Filter::is("stage", Op::Eq, &stage.id)).and(Filter::is(
                    "stage_since",
                    Op::Lte,
                    since,
                )));
            }
        }
    }
    Filter::is("owner", Op::Eq, ctx.me.id).and(Filter::is("status", Op::Eq, "open")).and(Filter::Any(any))
}

/// The largest of them, and how many there are.
fn neglected_deals(ctx: &Ctx, filter: &Filter) -> Result<(Vec<Id>, usize)> {
    if !ctx.who().may_some(Act::View, Kind::Deal) {
        return Ok((Vec::new(), 0));
    }
    let query = ListQuery { filter: filter.to_string(), sort: "-amount".to_owned(), ..ListQuery::default() };
    let all = usize::try_from(records::sums(ctx, Kind::Deal, &query)?.count).unwrap_or(0);
    Ok((records::find_ids(ctx, Kind::Deal, &query, DEALS)?, all))
}

fn stage(ctx: &Ctx, deal: &Record) -> Option<Stage> {
    let directory = ctx.app.directory();
    deal.id_of("pipeline").and_then(|id| directory.pipeline(id)).and_then(|p| p.stage(deal.text("stage"))).cloned()
}

/// What the deals are worth that lines are about: of those that the person sees.
async fn amounts(ctx: &Ctx, lines: &[Line], known: &[Record]) -> Result<BTreeMap<Id, Money>> {
    let worth = |deals: &[Record]| deals.iter().filter_map(|d| Some((d.id, d.money("amount")?))).collect::<BTreeMap<_, _>>();
    let mut out = worth(known);
    let others: BTreeSet<Id> = lines.iter().filter_map(|l| l.deal).filter(|id| known.iter().all(|d| d.id != *id)).collect();
    let others: Vec<Id> = others.into_iter().collect();
    out.extend(worth(&records::get_many(ctx, Kind::Deal, &others).await?));
    Ok(out)
}

/// As many deals as there is room for; meetings and tasks all stay. `all`: how many deals the question finds.
fn within(lines: Vec<Line>, all: usize) -> (Vec<Line>, i64) {
    let mut deals = 0;
    let read = lines.iter().filter(|l| l.kind == Kind::Deal).count();
    let mut kept = lines;
    kept.retain(|l| {
        deals += usize::from(l.kind == Kind::Deal);
        l.kind != Kind::Deal || deals <= ROOM
    });
    let hidden = read.saturating_sub(ROOM) + all.saturating_sub(DEALS);
    (kept, i64::try_from(hidden).unwrap_or(0))
}

/// Day and hour as the person's own clock shows them.
fn on_the_wall(line: &mut Line, zone: Tz) {
    let hour = |m: Option<Moment>| match m {
        Some(Moment::At(ms)) => zone::to_local(&zone, ms).format("%H:%M").to_string(),
        _ => String::new(),
    };
    line.from = hour(line.at);
    line.to = hour(line.end);
    line.day = match line.at {
        Some(Moment::At(ms)) => time::date(zone::to_local(&zone, ms).date()),
        Some(Moment::Day(day)) => time::date(day),
        None => String::new(),
    };
}

async fn labels(ctx: &Ctx, lines: &[Line]) -> Result<domain::record::Labels> {
    let mut wanted: BTreeMap<Kind, BTreeSet<Id>> = BTreeMap::new();
    for l in lines {
        wanted.entry(Kind::Company).or_default().extend(l.company);
        wanted.entry(Kind::Contact).or_default().extend(l.contact);
        wanted.entry(Kind::Deal).or_default().extend(l.deal.filter(|d| *d != l.id));
    }
    records::label_ids(ctx, wanted).await
}
