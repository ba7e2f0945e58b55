//! What a record's page shows: the record, what belongs to it, its figures, and its timeline.

use std::collections::{BTreeMap, BTreeSet};

use domain::filter::Plain;
use domain::list::Sort;
use domain::record::{Change, ChangeOp, Fact, FactValue, Labels, RecordPage, Related, Timeline, TimelineEntry};
use domain::rights::Act;
use domain::{Id, Kind, Money, Record, Result, time};
use index::{Group, Query};

use super::{get, get_mixed, of_index, scope};
use crate::Ctx;
use crate::ctx::fault;

/// Lists that hang on a record: of which kind, through which field.
const fn relations(kind: Kind) -> &'static [(Kind, &'static str)] {
    match kind {
        Kind::Company => &[(Kind::Contact, "company"), (Kind::Deal, "company"), (Kind::Task, "company"), (Kind::Company, "parent")],
        Kind::Contact => &[(Kind::Deal, "contacts"), (Kind::Task, "contact")],
        Kind::Deal => &[(Kind::Task, "deal")],
        Kind::Product => &[(Kind::Deal, "products")],
        Kind::User => &[(Kind::Deal, "owner"), (Kind::Company, "owner"), (Kind::Task, "owner")],
        Kind::Team => &[(Kind::User, "team")],
        _ => &[],
    }
}

const SHOWN: usize = 6;

fn related_query(ctx: &Ctx, kind: Kind, field: &str, id: Id) -> Query {
    let mut rules = vec![Plain::OneOf(field.to_owned(), vec![id.to_string()])];
    rules.extend(super::hidden(ctx, kind));
    if kind == Kind::Task {
        rules.push(Plain::Flag("done".to_owned(), false));
    }
    Query { filter: Plain::All(rules), scope: scope(ctx, kind), ..Query::all(kind) }
}

/// Everything that the record's page shows at once, except its timeline.
pub async fn page(ctx: &Ctx, kind: Kind, id: Id) -> Result<RecordPage> {
    let record = get(ctx, kind, id).await?;
    let who = ctx.who();
    let mut lists = Vec::new();
    for (other, field) in relations(kind) {
        if !who.may_some(Act::View, *other) {
            continue;
        }
        let query = related_query(ctx, *other, field, id);
        let (by, descending) = match other {
            Kind::Deal => ("updated_at", true),
            Kind::Task => ("due_at", false),
            _ => ("name", false),
        };
        let sort = Sort { field: by.to_owned(), descending };
        let page = ctx.app.0.index.list(&query, &sort, None, 0, SHOWN, true).map_err(of_index)?;
        lists.push((*other, *field, page));
    }
    // One read for all lists.
    let wanted: Vec<(Kind, Id)> = lists.iter().flat_map(|(other, _, page)| page.ids.iter().map(|id| (*other, *id))).collect();
    let found: BTreeMap<Id, Record> = get_mixed(ctx, &wanted).await?.into_iter().map(|r| (r.id, r)).collect();
    let mut shown = vec![record.clone()];
    let mut related = Vec::new();
    for (other, field, page) in lists {
        let records: Vec<Record> = page.ids.iter().filter_map(|id| found.get(id)).cloned().collect();
        shown.extend(records.iter().cloned());
        related.push(Related { kind: other, field: field.to_owned(), records, total: page.total.unwrap_or(0) });
    }
    let mut labels = super::labels(ctx, &shown).await?;
    labels.entry(record.id).or_insert_with(|| super::labels::label(&record));
    Ok(RecordPage {
        can_edit: who.may(Act::Edit, &record) && record.deleted_at.is_none(),
        can_delete: who.may(Act::Delete, &record),
        facts: facts(ctx, &record).await?,
        related,
        labels,
        record,
    })
}

async fn facts(ctx: &Ctx, record: &Record) -> Result<Vec<Fact>> {
    let field = match record.kind {
        Kind::Company => "company",
        Kind::Contact => "contacts",
        Kind::Product => "products",
        Kind::User => "owner",
        _ => return Ok(Vec::new()),
    };
    if !ctx.who().may_some(Act::View, Kind::Deal) {
        return Ok(Vec::new());
    }
    let index = &ctx.app.0.index;
    let rows = index.totals(&related_query(ctx, Kind::Deal, field, record.id), &[Group::STATUS]).map_err(of_index)?;
    let figure = |status: &str, weighted: bool| {
        let mut sums: BTreeMap<_, i64> = BTreeMap::new();
        let mut count = 0;
        for row in rows.iter().filter(|r| r.keys.first().cloned().flatten().as_deref() == Some(status)) {
            count += row.sums.count;
            if let Some(currency) = row.currency {
                *sums.entry(currency).or_default() += if weighted { row.sums.weighted } else { row.sums.sum };
            }
        }
        (FactValue::Money(sums.into_iter().map(|(c, minor)| Money::new(minor, c)).collect()), count)
    };
    let mut facts = Vec::new();
    for (label, status, weighted) in
        [("open_deals", "open", false), ("weighted", "open", true), ("won", "won", false), ("lost", "lost", false)]
    {
        let (value, count) = figure(status, weighted);
        facts.push(Fact { label: label.to_owned(), value, count: (!weighted).then_some(count) });
    }
    if matches!(record.kind, Kind::Company | Kind::Contact) {
        let by = if record.kind == Kind::Company { "company" } else { "contact" };
        let mut wanted = Vec::new();
        for (kind, field, descending) in [(Kind::Call, "at", true), (Kind::Task, "due_at", false)] {
            let sort = Sort { field: field.to_owned(), descending };
            let page = index.list(&related_query(ctx, kind, by, record.id), &sort, None, 0, 1, false).map_err(of_index)?;
            wanted.extend(page.ids.into_iter().map(|id| (kind, id)));
        }
        let found = get_mixed(ctx, &wanted).await?;
        for (label, kind, field) in [("last_contact", Kind::Call, "at"), ("next_step", Kind::Task, "due_at")] {
            let at = found.iter().find(|r| r.kind == kind).map(|r| r.text(field).to_owned()).filter(|t| !t.is_empty());
            facts.push(Fact { label: label.to_owned(), value: FactValue::Instant(at), count: None });
        }
    }
    Ok(facts)
}

/// Rows of history read at a time.
const STEP: u32 = 60;

/// Newest first; `before`: the `next` of the page before. `only`: "activity", "change", or "" for both.
pub async fn timeline(ctx: &Ctx, kind: Kind, id: Id, only: &str, before: Option<&str>) -> Result<Timeline> {
    let record = get(ctx, kind, id).await?;
    let who = ctx.who();
    let mut entries: Vec<TimelineEntry> = Vec::new();
    let mut at = before.and_then(time::parse_instant);
    let mut next = None;
    let mut labelled: Vec<Record> = Vec::new();
    for _ in 0..5 {
        let (rows, full) = whole_instants(ctx, id, at).await?;
        let last = rows.last().map(|c| c.at.clone());
        // One read for everything that these changes are about.
        let about: BTreeSet<(Kind, Id)> = rows.iter().filter(|c| c.record != id).map(|c| (c.kind, c.record)).collect();
        let about: Vec<(Kind, Id)> = about.into_iter().collect();
        let others: BTreeMap<Id, Record> = get_mixed(ctx, &about).await?.into_iter().map(|r| (r.id, r)).collect();
        for change in rows {
            if change.record != id && change.kind.is_activity() {
                let Some(activity) = others.get(&change.record).filter(|a| a.deleted_at.is_none()) else { continue };
                let finished = change.after.get("done").and_then(serde_json::Value::as_bool) == Some(true);
                if change.op == ChangeOp::Create && only != "change" {
                    let at = change.at.clone();
                    labelled.push(activity.clone());
                    entries.push(TimelineEntry::Activity { at, record: activity.clone(), actor: change.actor });
                } else if finished && only != "activity" {
                    entries.push(TimelineEntry::Change { at: change.at.clone(), can_undo: who.may(Act::Edit, activity), change });
                }
                continue;
            }
            if change.record != id && change.kind == Kind::Event {
                let Some(event) = others.get(&change.record).filter(|e| e.deleted_at.is_none()) else { continue };
                // What stands for one occurrence of a series is no meeting more.
                if change.op == ChangeOp::Create && only != "change" && event.id_of("part_of").is_none() {
                    let at = change.at.clone();
                    labelled.push(event.clone());
                    entries.push(TimelineEntry::Activity { at, record: event.clone(), actor: change.actor });
                } else if change.op == ChangeOp::Update && change.after.contains_key("start") && only != "activity" {
                    entries.push(TimelineEntry::Change { at: change.at.clone(), can_undo: who.may(Act::Edit, event), change });
                }
                continue;
            }
            if only == "activity" {
                continue;
            }
            let subject = if change.record == id { Some(&record) } else { others.get(&change.record) };
            let Some(subject) = subject else { continue };
            let can_undo = change.op != ChangeOp::Create && who.may(Act::Edit, subject);
            entries.push(TimelineEntry::Change { at: change.at.clone(), can_undo, change });
        }
        next = full.then_some(last).flatten();
        at = next.as_deref().and_then(time::parse_instant);
        if next.is_none() || entries.len() >= 40 {
            break;
        }
    }
    let mut wanted = super::labels::referred(&labelled);
    changed_labels(&entries, &mut wanted);
    let labels: Labels = super::labels::of_ids(ctx, wanted).await?;
    Ok(Timeline { entries, labels, next })
}

fn is_full(rows: &[Change]) -> bool {
    u32::try_from(rows.len()).is_ok_and(|n| n >= STEP)
}

/// A step of the history, newest first, and whether there is more. The next one begins before an instant, so what shares
/// one (rows of an import) stays together.
async fn whole_instants(ctx: &Ctx, id: Id, before: Option<i64>) -> Result<(Vec<Change>, bool)> {
    let store = &ctx.app.0.store;
    let mut rows = store.history(id, before, STEP).await.map_err(fault)?;
    let (true, Some(last)) = (is_full(&rows), rows.last().map(|c| c.at.clone())) else { return Ok((rows, false)) };
    if rows.first().is_some_and(|c| c.at != last) {
        // There may be more of the last instant: all of them come with the next step.
        rows.retain(|c| c.at != last);
        return Ok((rows, true));
    }
    loop {
        let skip = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let more = store.history_page(id, before, skip, STEP).await.map_err(fault)?;
        let goes_on = is_full(&more) && more.iter().all(|c| c.at == last);
        rows.extend(more.into_iter().filter(|c| c.at == last));
        if !goes_on {
            break;
        }
    }
    rows.sort_by_key(|c| std::cmp::Reverse(c.id));
    Ok((rows, true))
}

/// Names of what changes point from and to, and of who made them.
fn changed_labels(entries: &[TimelineEntry], wanted: &mut BTreeMap<Kind, BTreeSet<Id>>) {
    use domain::schema::FieldType;
    for entry in entries {
        let TimelineEntry::Change { change, .. } = entry else { continue };
        for (name, value) in change.before.iter().chain(&change.after) {
            match (change.kind.field(name).map(|f| f.ty), value) {
                (Some(FieldType::Ref(kind)), serde_json::Value::String(s)) => wanted.entry(kind).or_default().extend(Id::parse(s)),
                (Some(FieldType::Refs(kind)), serde_json::Value::Array(l)) => {
                    wanted.entry(kind).or_default().extend(l.iter().filter_map(|v| v.as_str()).filter_map(Id::parse));
                }
                _ => {}
            }
        }
    }
}
