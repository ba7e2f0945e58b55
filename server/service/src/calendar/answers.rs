//! Answering an invitation, and taking items out of the calendar.

use domain::calendar::series::{self, Scope};
use domain::calendar::view::{OnConflict, Saved};
use domain::calendar::{Answer, Event, Moment};
use domain::record::Done;
use domain::rights::Act;
use domain::{Error, Fields, Id, Kind, Record, Result};

use super::along;
use super::clash::meeting_at;
use super::edit::{self, item};
use super::replies;
use crate::Ctx;
use crate::records::{self, Draft};

/// One's own answer; `slot`: only for this occurrence of a series.
pub async fn answer(ctx: &Ctx, id: Id, slot: Option<Moment>, answer: Answer) -> Result<Saved> {
    ctx.may_write()?;
    if !ctx.who().may_some(Act::Create, Kind::Event) {
        return Err(Error::Forbidden);
    }
    for _ in 0..=records::ROUNDS {
        let current = records::get(ctx, Kind::Event, id).await?;
        if current.deleted_at.is_some() {
            return Err(Error::invalid("id", "in_bin"));
        }
        let mut event = item(&current)?;
        if !event.attendees.contains(&ctx.me.id) && event.organiser != Some(ctx.me.id) {
            return Err(Error::invalid("answer", "not_invited"));
        }
        event.answers.insert(ctx.me.id, answer);
        let slot = slot.filter(|_| event.recurs());
        let part = slot.and_then(|slot| ctx.app.0.book.parts_of(id).into_iter().find(|(_, s)| *s == slot));
        if let Some((part, _)) = part {
            // Something stands for this occurrence already: that is what is answered.
            return Box::pin(self::answer(ctx, part, None, answer)).await;
        }
        let heard = replies::answered_here(&ctx.app, &current, slot, ctx.me.id);
        let drafts = match slot {
            Some(slot) => {
                let zone = records::zone(&event.zone);
                vec![edit::one(ctx, &current, &event, slot, zone, &Fields::new()).await?]
            }
            None => along::answered(ctx, current, &event, (ctx.me.id, ctx.app.now())).await?,
        };
        if let Some(saved) = edit::write_with(ctx, drafts, vec![heard], OnConflict::Warn).await? {
            return Ok(saved);
        }
    }
    Err(Error::Unavailable)
}

/// To the bin; of a series one occurrence (which is left out of it), the following, or all with what stands for single
/// occurrences.
pub async fn remove(ctx: &Ctx, id: Id, version: Option<i64>, scope: Option<Scope>, slot: Option<Moment>) -> Result<Done> {
    ctx.may_write()?;
    for _ in 0..=records::ROUNDS {
        let current = records::get(ctx, Kind::Event, id).await?;
        if version.is_some_and(|v| v != current.version) {
            return Err(records::conflict(ctx, current, Vec::new()).await);
        }
        if !ctx.who().may(Act::Delete, &current) {
            return Err(Error::Forbidden);
        }
        if current.deleted_at.is_some() {
            return Ok(Done { records: vec![current], ..Done::default() });
        }
        // More than the occurrence that was named: of the series that it stands in.
        let (current, slot) = match edit::series_of(ctx, &current).await?.filter(|_| matches!(scope, Some(Scope::All | Scope::Following))) {
            Some((series, slot)) => (series, Some(slot)),
            None => (current, slot),
        };
        let drafts = planned(ctx, current, scope, slot).await?;
        let records = drafts.iter().map(|d| d.now.clone()).collect();
        if let Ok(changes) = records::commit(ctx, drafts, vec![]).await? {
            return Ok(Done { records, changes: changes.into_iter().map(|c| c.id).collect(), ..Done::default() });
        }
    }
    Err(Error::Unavailable)
}

async fn planned(ctx: &Ctx, current: Record, scope: Option<Scope>, slot: Option<Moment>) -> Result<Vec<Draft>> {
    let event = item(&current)?;
    if !event.recurs() {
        return single(ctx, current, &event).await;
    }
    let zone = records::zone(&event.zone);
    match (scope, slot) {
        (Some(Scope::This), Some(slot)) => {
            // What stands for it by now, since somebody answered it or took it elsewhere, is what goes.
            let part = edit::part_at(ctx, current.id, slot).await?;
            if let Some(part) = part {
                let own = item(&part)?;
                return single(ctx, part, &own).await;
            }
            let left = series::leave_out(&event, slot, &zone)?;
            Ok(vec![edit::laid(ctx, current, &left).await?])
        }
        (Some(Scope::Following), Some(slot)) => match series::cut_before(&event, slot, &zone)? {
            Some(before) => {
                let meets = meeting_at(&ctx.app, current.id).await?;
                let parts = edit::parts(ctx, current.id, |s| s >= slot).await?;
                let mut drafts = vec![Draft { meets, ..edit::laid(ctx, current, &before).await? }];
                drafts.extend(gone(ctx, parts)?);
                Ok(drafts)
            }
            None => whole(ctx, current).await,
        },
        (Some(Scope::This | Scope::Following), None) => Err(Error::invalid("slot", "occurrence")),
        (Some(Scope::All) | None, _) => whole(ctx, current).await,
    }
}

async fn whole(ctx: &Ctx, current: Record) -> Result<Vec<Draft>> {
    let meets = meeting_at(&ctx.app, current.id).await?;
    let parts = edit::parts(ctx, current.id, |_| true).await?;
    let series = Draft { meets, ..records::draft_remove(ctx, current)? };
    let at = series.now.deleted_at.clone().unwrap_or_default();
    let parts = gone(ctx, parts)?.into_iter().map(|d| along::gone_with(d, &at)).collect::<Vec<_>>();
    Ok(std::iter::once(series).chain(parts).collect())
}

/// What stood for an occurrence goes, and the occurrence with it.
async fn single(ctx: &Ctx, current: Record, event: &Event) -> Result<Vec<Draft>> {
    let mut drafts = Vec::new();
    if let (Some(series), Some(slot)) = (event.series, event.slot)
        && let Ok(record) = records::get(ctx, Kind::Event, series).await
        && record.deleted_at.is_none()
    {
        let mut whole = item(&record)?;
        if !whole.exdate.contains(&slot) {
            whole.exdate.push(slot);
            drafts.push(edit::laid(ctx, record, &whole).await?);
        }
    }
    drafts.splice(0..0, gone(ctx, vec![current])?);
    Ok(drafts)
}

fn gone(ctx: &Ctx, records: Vec<Record>) -> Result<Vec<Draft>> {
    records.into_iter().map(|r| records::draft_remove(ctx, r)).collect()
}
