//! What follows a change in the same transaction: the next step of a task's deal, and the deal's owner on everything that
//! hangs on it, which decides who sees it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Fields, Id, Kind, Record, Result};
use serde_json::Value;
use store::{HEAVIEST, Mark, Put, Write};

use super::hooks;
use super::write::Draft;
use crate::ctx::fault;
use crate::feed::{Touched, publish_touched};
use crate::{App, Ctx};

/// Records that have to follow, without a change of their own: each as it is and as it will be; and what all this relies on.
#[derive(Default)]
pub(crate) struct Followers {
    pub touched: Touched,
    pub marks: Vec<Mark>,
    pub expects: Vec<(Kind, Id, i64)>,
}

/// As it will be when it follows another record's change: a version on, so that no writer who saw it before passes over it.
fn followed(record: &Record) -> Record {
    Record { version: record.version + 1, ..record.clone() }
}

/// Where those who hang something on a deal, do its tasks or give it away meet. Few places for all deals: two that share one
/// only try again.
fn place(deal: Id) -> String {
    format!("deal:{}", deal.0.as_u128() % 1024)
}

fn owner_field(owner: Option<Id>) -> Value {
    owner.map_or(Value::Null, |o| o.to_string().into())
}

pub(crate) async fn followers(ctx: &Ctx, drafts: &mut [Draft]) -> Result<Followers> {
    let mut out = Followers::default();
    next_steps(ctx, drafts, &mut out).await?;
    new_on_deals(ctx, drafts, &mut out).await?;
    given_away(ctx, drafts, &mut out).await?;
    Ok(out)
}

async fn next_steps(ctx: &Ctx, drafts: &mut [Draft], out: &mut Followers) -> Result<()> {
    let store = &ctx.app.0.store;
    let mut deals: BTreeSet<Id> = BTreeSet::new();
    for draft in drafts.iter().filter(|d| d.now.kind == Kind::Task) {
        deals.extend(draft.before.as_ref().and_then(|b| b.id_of("deal")));
        deals.extend(draft.now.id_of("deal"));
    }
    // Before looking: two who each do one of the last two tasks would both find the other's still to be done, and neither
    // would write the deal. Whoever comes after the look leaves a mark that this write finds.
    let places: BTreeSet<String> = deals.iter().map(|deal| place(*deal)).collect();
    out.marks.extend(store.marks(&places).await.map_err(fault)?);
    for id in deals {
        // The tasks as they will be, all of them together.
        let mut tasks = store.by_deal(Kind::Task, id).await.map_err(fault)?;
        tasks.retain(|t| drafts.iter().all(|d| d.now.id != t.id));
        tasks.extend(drafts.iter().map(|d| &d.now).filter(|t| t.kind == Kind::Task && t.id_of("deal") == Some(id)).cloned());
        let next = tasks.iter().filter(|t| t.deleted_at.is_none() && !t.flag("done"));
        let next = next.min_by_key(|t| (t.text("due_at").is_empty(), t.text("due_at").to_owned(), t.id));
        let (name, at) = next.map_or(("", ""), |t| (t.name(), t.text("due_at")));
        let follow = |fields: &mut Fields| {
            hooks::put(fields, "next_step", name);
            hooks::put(fields, "next_step_at", at);
        };
        if let Some(draft) = drafts.iter_mut().find(|d| d.now.id == id) {
            follow(&mut draft.now.fields);
            continue;
        }
        let Some(deal) = store.get(Kind::Deal, id).await.map_err(fault)? else { continue };
        let mut now = followed(&deal);
        follow(&mut now.fields);
        if now.fields != deal.fields {
            out.touched.push((deal, now));
        }
    }
    Ok(())
}

/// What is newly hung on a deal takes the owner that the deal has at that moment.
async fn new_on_deals(ctx: &Ctx, drafts: &mut [Draft], out: &mut Followers) -> Result<()> {
    let is_new = |d: &Draft| d.now.kind.is_activity() && d.before.as_ref().is_none_or(|b| b.id_of("deal") != d.now.id_of("deal"));
    let ids: BTreeSet<Id> = drafts.iter().filter(|d| is_new(d)).filter_map(|d| d.now.id_of("deal")).collect();
    let mut owners: BTreeMap<Id, Option<Id>> = BTreeMap::new();
    let mut others: Vec<Id> = Vec::new();
    for id in ids {
        match drafts.iter().find(|d| d.now.id == id) {
            // Written together with it: it has the deal's own version to go by.
            Some(deal) => _ = owners.insert(id, deal.now.owner()),
            None => others.push(id),
        }
    }
    for deal in ctx.app.0.store.get_many(Kind::Deal, &others).await.map_err(fault)? {
        owners.insert(deal.id, deal.owner());
        out.expects.push((Kind::Deal, deal.id, deal.version));
        out.marks.push(Mark { place: place(deal.id), seen: None });
    }
    for draft in drafts.iter_mut().filter(|d| is_new(d)) {
        if let Some(owner) = draft.now.id_of("deal").and_then(|id| owners.get(&id)) {
            hooks::put(&mut draft.now.fields, "deal_owner", owner_field(*owner));
        }
    }
    Ok(())
}

/// What hangs on a deal that changes hands.
async fn given_away(ctx: &Ctx, drafts: &mut [Draft], out: &mut Followers) -> Result<()> {
    let store = &ctx.app.0.store;
    let given = |d: &&Draft| d.now.kind == Kind::Deal && d.before.as_ref().is_some_and(|b| b.owner() != d.now.owner());
    let given: Vec<(Id, Option<Id>)> = drafts.iter().filter(given).map(|d| (d.now.id, d.now.owner())).collect();
    // Before looking: who hangs something on one of them after the look leaves a mark that this write finds.
    let places: BTreeSet<String> = given.iter().map(|(deal, _)| place(*deal)).collect();
    out.marks.extend(store.marks(&places).await.map_err(fault)?);
    for (deal, owner) in given {
        let owner = owner_field(owner);
        for draft in drafts.iter_mut().filter(|d| d.now.kind.is_activity() && d.now.id_of("deal") == Some(deal)) {
            hooks::put(&mut draft.now.fields, "deal_owner", owner.clone());
        }
        for kind in [Kind::Task, Kind::Note, Kind::Call] {
            for activity in store.by_deal(kind, deal).await.map_err(fault)? {
                if drafts.iter().any(|d| d.now.id == activity.id) {
                    continue;
                }
                let mut now = followed(&activity);
                hooks::put(&mut now.fields, "deal_owner", owner.clone());
                if now.fields != activity.fields {
                    out.touched.push((activity, now));
                }
            }
        }
    }
    Ok(())
}

pub(crate) fn put(before: &Record, now: &Record) -> Put {
    Put { record: now.clone(), over: Some(before.version) }
}

/// What goes into the transaction of the change itself, and what has to go after it because it is too much for one. A deal's
/// next step always goes with its task: only what hangs on a deal can be read again and know what to become.
pub(crate) fn lighter(touched: Touched) -> (Touched, Touched) {
    let (mut now, mut hanging): (Touched, Touched) = touched.into_iter().partition(|(_, now)| !now.kind.is_activity());
    let mut weight = 0;
    let fits = hanging.iter().position(|(before, now)| {
        weight += put(before, now).weight();
        weight > HEAVIEST / 4
    });
    let later = hanging.split_off(fits.unwrap_or(hanging.len()));
    now.extend(hanging);
    (now, later)
}

/// The rest of what follows a deal's new owner, in steps (`last`: its change; until they are done whoever had the deal sees
/// what hangs on it): each is read again, and takes the owner that the deal has by then.
pub(crate) async fn follow_later(app: &App, mut later: Touched, last: &str) {
    while !later.is_empty() {
        let (step, rest) = lighter(later);
        // One that is heavier than a step by itself goes alone.
        let (step, rest) = if step.is_empty() { split_first(rest) } else { (step, rest) };
        later = rest;
        let mut tries = 0;
        while let Err(e) = follow_again(app, &step, last).await {
            tries += 1;
            if tries > 20 {
                tracing::error!(error = %e, records = step.len(), "what hangs on a deal did not follow its new owner");
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50 * tries)).await;
        }
    }
}

fn split_first(mut all: Touched) -> (Touched, Touched) {
    let rest = if all.is_empty() { Vec::new() } else { all.split_off(1) };
    (all, rest)
}

async fn follow_again(app: &App, step: &[(Record, Record)], last: &str) -> Result<()> {
    let store = &app.0.store;
    let ids: Vec<(Kind, Id)> = step.iter().map(|(_, now)| (now.kind, now.id)).collect();
    let records = store.get_mixed(&ids).await.map_err(fault)?;
    let deals: Vec<Id> = records.iter().filter_map(|r| r.id_of("deal")).collect::<BTreeSet<_>>().into_iter().collect();
    let deals = store.get_many(Kind::Deal, &deals).await.map_err(fault)?;
    let mut touched = Touched::new();
    for record in records {
        let Some(deal) = record.id_of("deal").and_then(|id| deals.iter().find(|d| d.id == id)) else { continue };
        let mut now = followed(&record);
        hooks::put(&mut now.fields, "deal_owner", owner_field(deal.owner()));
        if now.fields != record.fields {
            touched.push((record, now));
        }
    }
    if touched.is_empty() {
        return Ok(());
    }
    let expects = deals.iter().map(|d| (Kind::Deal, d.id, d.version)).collect();
    let puts = touched.iter().map(|(before, now)| put(before, now)).collect();
    let write = Write { puts, expects, ..Write::default() };
    store.write(&write).await.map_err(|e| crate::ctx::internal(&format!("{e:?}")))?;
    publish_touched(app, &touched, last).await
}
