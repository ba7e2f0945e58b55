//! The pipeline board: columns with totals over all their deals, and moving cards.

use std::collections::BTreeMap;

use domain::deals::{Board, BoardQuery, Card, Column, ColumnPage, ColumnQuery, MoveDeal, Totals, rank_after, rank_between};
use domain::filter::Plain;
use domain::list::Sort;
use domain::pipelines::{Pipeline, StageKind};
use domain::record::Labels;
use domain::rights::Act;
use domain::{Error, FieldError, Id, Kind, Money, Record, Result, fields, text};
use index::{Group, Query, TotalsRow};

use crate::Ctx;
use crate::records::{self, Draft, of_index};

mod columns;

/// Cards a column, unless asked otherwise.
const CARDS: u32 = 50;

fn by_rank() -> Sort {
    Sort { field: "rank".to_owned(), descending: false }
}

pub(crate) fn card(ctx: &Ctx, r: &Record) -> Card {
    let some = |name: &str| Some(r.text(name)).filter(|t| !t.is_empty()).map(str::to_owned);
    Card {
        id: r.id,
        version: r.version,
        name: r.name().to_owned(),
        stage: r.text("stage").to_owned(),
        amount: r.money("amount"),
        probability: r.int("probability"),
        company: r.id_of("company"),
        owner: r.owner(),
        expected_close: some("expected_close"),
        stage_since: r.text("stage_since").to_owned(),
        rank: r.text("rank").to_owned(),
        next_step: some("next_step"),
        next_step_at: some("next_step_at"),
        can_edit: ctx.who().may(Act::Edit, r),
    }
}

/// Companies and owners of cards: what they show of relations.
async fn card_labels(ctx: &Ctx, records: &[Record]) -> Result<Labels> {
    let mut wanted: BTreeMap<Kind, std::collections::BTreeSet<Id>> = BTreeMap::new();
    for r in records {
        wanted.entry(Kind::Company).or_default().extend(r.id_of("company"));
        wanted.entry(Kind::User).or_default().extend(r.owner());
    }
    records::label_ids(ctx, wanted).await
}

/// Sums of rows, per currency, and how long they have stood in their stages on average.
pub(crate) fn totals<'a>(rows: impl Iterator<Item = &'a TotalsRow>) -> Totals {
    let mut count = 0;
    let mut sums: BTreeMap<_, (i64, i64)> = BTreeMap::new();
    let (mut since, mut entered) = (0_i128, 0_i128);
    for row in rows {
        count += row.sums.count;
        since += i128::from(row.sums.since);
        entered += i128::from(row.sums.entered);
        if let Some(currency) = row.currency {
            let s = sums.entry(currency).or_default();
            s.0 += row.sums.sum;
            s.1 += row.sums.weighted;
        }
    }
    Totals {
        count,
        sum: sums.iter().map(|(c, s)| Money::new(s.0, *c)).collect(),
        weighted: sums.iter().map(|(c, s)| Money::new(s.1, *c)).collect(),
        since: since.checked_div(entered).and_then(|s| i64::try_from(s * 1000).ok()).map(domain::time::instant),
    }
}

pub(crate) fn has_key(row: &TotalsRow, i: usize, value: &str) -> bool {
    row.keys.get(i).is_some_and(|k| k.as_deref().is_some_and(|k| k == value || text::fold(k) == text::fold(value)))
}

/// The pipeline that is asked for, else the first.
fn pipeline(ctx: &Ctx, id: Option<Id>) -> Result<Pipeline> {
    let directory = ctx.app.directory();
    let found = match id {
        Some(id) => directory.pipeline(id),
        None => directory.pipelines.first(),
    };
    found.cloned().ok_or(Error::NotFound)
}

fn board_query(ctx: &Ctx, pipeline: &Pipeline, query: &BoardQuery) -> Result<Query> {
    let mut q = records::question(ctx, Kind::Deal, &query.filter, &query.q, false)?;
    q.filter = Plain::All(vec![q.filter, Plain::OneOf("pipeline".to_owned(), vec![pipeline.id.to_string()])]);
    Ok(q)
}

fn in_stage(query: &Query, stage: &str) -> Query {
    let filter = Plain::All(vec![query.filter.clone(), Plain::OneOf("stage".to_owned(), vec![text::fold(stage)])]);
    Query { filter, ..query.clone() }
}

pub async fn board(ctx: &Ctx, query: &BoardQuery) -> Result<Board> {
    let pipeline = pipeline(ctx, query.pipeline)?;
    let question = match board_query(ctx, &pipeline, query) {
        Ok(question) => question,
        Err(e) => return Err(records::helped(ctx, Kind::Deal, e).await),
    };
    let index = &ctx.app.0.index;
    let rows = index.totals(&question, &[Group::STAGE]).map_err(of_index)?;
    let limit = usize::try_from(if query.cards == 0 { CARDS } else { query.cards.min(200) }).unwrap_or(50);
    let mut pages = Vec::new();
    let mut ids = Vec::new();
    for stage in &pipeline.stages {
        let page = match stage.kind {
            StageKind::Open => index.list(&in_stage(&question, &stage.id), &by_rank(), None, 0, limit, false).map_err(of_index)?,
            // Closed columns are drop zones: their totals are enough.
            _ => index::Page::default(),
        };
        ids.extend(page.ids.iter().copied());
        pages.push(page);
    }
    // One read for all columns.
    let mut records = records::get_many(ctx, Kind::Deal, &ids).await?;
    records.retain(|r| columns::belongs(r, pipeline.id));
    let labels = card_labels(ctx, &records).await?;
    let cards: BTreeMap<Id, Card> = records.iter().map(|r| (r.id, card(ctx, r))).collect();
    let found: Vec<_> = pipeline.stages.iter().zip(&pages).map(|(s, p)| (s, p.ids.as_slice(), p.next.is_some())).collect();
    let placed = columns::laid_out(&found, &cards);
    let nexts = pages.iter().map(|p| p.next.clone());
    let columns = pipeline.stages.iter().zip(placed).zip(nexts).map(|((stage, cards), next)| Column {
        totals: totals(rows.iter().filter(|r| has_key(r, 0, &text::fold(&stage.id)))),
        cards,
        next,
        stage: stage.clone(),
    });
    let columns: Vec<Column> = columns.collect();
    let open: Vec<String> = pipeline.stages.iter().filter(|s| s.kind == StageKind::Open).map(|s| text::fold(&s.id)).collect();
    let directory = ctx.app.directory();
    Ok(Board {
        totals: totals(rows.iter().filter(|r| open.iter().any(|s| has_key(r, 0, s)))),
        pipelines: directory.pipelines.iter().map(|p| (p.id, p.name.clone())).collect(),
        pipeline,
        columns,
        labels,
    })
}

pub async fn column(ctx: &Ctx, query: &ColumnQuery) -> Result<ColumnPage> {
    let pipeline = pipeline(ctx, query.board.pipeline)?;
    let question = in_stage(&board_query(ctx, &pipeline, &query.board)?, &query.stage);
    let limit = usize::try_from(if query.limit == 0 { 100 } else { query.limit.min(500) }).unwrap_or(100);
    let page = ctx.app.0.index.list(&question, &by_rank(), query.after.as_deref(), 0, limit, false).map_err(of_index)?;
    let mut records = records::get_many(ctx, Kind::Deal, &page.ids).await?;
    records.retain(|r| columns::belongs(r, pipeline.id) && columns::stands_in(r.text("stage"), &query.stage));
    let labels = card_labels(ctx, &records).await?;
    Ok(ColumnPage { cards: records.iter().map(|r| card(ctx, r)).collect(), labels, next: page.next })
}

/// Totals of every stage, and the given cards as they are now (those gone from the board or from sight are left out):
/// what a board asks for after a live change.
pub async fn refresh(ctx: &Ctx, query: &BoardQuery, cards: &[Id]) -> Result<(Vec<(String, Totals)>, Vec<Card>, Labels)> {
    let pipeline = pipeline(ctx, query.pipeline)?;
    let question = board_query(ctx, &pipeline, query)?;
    let rows = ctx.app.0.index.totals(&question, &[Group::STAGE]).map_err(of_index)?;
    let stages = pipeline.stages.iter();
    let sums = stages.map(|s| (s.id.clone(), totals(rows.iter().filter(|r| has_key(r, 0, &text::fold(&s.id)))))).collect();
    let ids: Vec<Id> = cards.iter().copied().take(500).collect();
    let mut records = records::get_many(ctx, Kind::Deal, &ids).await?;
    records.retain(|r| r.deleted_at.is_none() && question.filter.matches(Kind::Deal, &with_times(r)));
    if !question.words.trim().is_empty() {
        // Words are the index's to judge: keep those that it finds where these stand.
        let ranks = records.iter().map(|r| text::fold(r.text("rank"))).collect();
        let filter = Plain::All(vec![question.filter.clone(), Plain::OneOf("rank".to_owned(), ranks)]);
        let these = Query { filter, ..question.clone() };
        let found = ctx.app.0.index.list(&these, &by_rank(), None, 0, 2 * ids.len(), false).map_err(of_index)?.ids;
        records.retain(|r| found.contains(&r.id));
    }
    let labels = card_labels(ctx, &records).await?;
    Ok((sums, records.iter().map(|r| card(ctx, r)).collect(), labels))
}

/// The fields and the times that every record has: filters may ask for both.
fn with_times(r: &Record) -> domain::Fields {
    let mut fields = r.fields.clone();
    fields.insert("created_at".to_owned(), r.created_at.clone().into());
    fields.insert("updated_at".to_owned(), r.updated_at.clone().into());
    fields
}

/// The moved card and the change that undo takes back.
pub async fn move_to_stage(ctx: &Ctx, id: Id, to: MoveDeal) -> Result<(Card, Id)> {
    ctx.may_write()?;
    for _ in 0..20 {
        let current = records::get(ctx, Kind::Deal, id).await?;
        if current.version != to.version && current.text("stage") != to.stage {
            // Somebody else moved it, or only changed other fields? Only the first is a conflict.
            let moved = moved_since(ctx, &current, to.version).await?;
            if moved {
                return Err(records::conflict(ctx, current, vec!["stage".to_owned()]).await);
            }
        }
        let filled = filled_meanwhile(&current, &to)?;
        if !filled.is_empty() {
            return Err(records::conflict(ctx, current, filled).await);
        }
        let draft = draft_move(ctx, current.clone(), &to).await?;
        let card = card(ctx, &draft.now);
        if let Ok(changes) = records::commit(ctx, vec![draft], vec![]).await? {
            let change = changes.first().map(|c| c.id).ok_or(Error::Unavailable)?;
            return Ok((card, change));
        }
    }
    Err(Error::Unavailable)
}

/// Fields that somebody else gave a value while the mover was asked for it.
fn filled_meanwhile(current: &Record, to: &MoveDeal) -> Result<Vec<String>> {
    let mut asked = to.fields.clone();
    asked.retain(|name, _| to.base.contains_key(name));
    let asked = records::checked(Kind::Deal, &asked, fields::Mode::Patch)?;
    Ok(fields::clashes(&current.fields, &asked, &to.base))
}

/// Did its stage change after this version?
async fn moved_since(ctx: &Ctx, current: &Record, version: i64) -> Result<bool> {
    let rows = ctx.app.0.store.history(current.id, None, 100).await.map_err(crate::ctx::fault)?;
    Ok(rows.iter().any(|c| c.record == current.id && c.version > version && c.after.contains_key("stage")))
}

async fn draft_move(ctx: &Ctx, current: Record, to: &MoveDeal) -> Result<Draft> {
    let mut sent = to.fields.clone();
    sent.insert("stage".to_owned(), to.stage.clone().into());
    let patch = records::checked(Kind::Deal, &sent, fields::Mode::Patch)?;
    let rank = rank(ctx, &current, to).await?;
    let mut draft = records::draft_update(ctx, current, &patch, records::Care::Full).await?;
    if let Some(rank) = rank {
        draft.now.fields.insert("rank".to_owned(), rank.into());
    }
    Ok(draft)
}

/// A rank between the neighbours of the place where it is put. None: the order does not matter (closed stages).
async fn rank(ctx: &Ctx, current: &Record, to: &MoveDeal) -> Result<Option<String>> {
    let index = &ctx.app.0.index;
    let mut all = Query::all(Kind::Deal);
    let pipeline = current.text("pipeline").to_owned();
    // Among all cards of the column, not only those this person sees: the order is everybody's.
    all.filter = Plain::All(vec![
        Plain::OneOf("pipeline".to_owned(), vec![pipeline]),
        Plain::OneOf("stage".to_owned(), vec![text::fold(&to.stage)]),
    ]);
    let rank_of = async |id: Option<Id>| -> Result<String> {
        let Some(id) = id else { return Ok(String::new()) };
        let found = ctx.app.0.store.get(Kind::Deal, id).await.map_err(crate::ctx::fault)?;
        Ok(found.map(|r| r.text("rank").to_owned()).unwrap_or_default())
    };
    if to.before.is_some() || to.after.is_some() {
        let high = rank_of(to.before).await?;
        let low = match (to.after, to.before) {
            (Some(after), _) => rank_of(Some(after)).await?,
            (None, Some(before)) => nearest_above(ctx, &all, before, current.id).await?,
            (None, None) => String::new(),
        };
        let rank = match (low.as_str(), high.as_str()) {
            (low, "") => rank_after(low),
            (low, high) if low < high => rank_between(low, high),
            // The two no longer stand as the mover saw them: right below the upper one is what they meant.
            (low, _) => rank_after(low),
        };
        return Ok(Some(rank));
    }
    let first = index.list(&all, &by_rank(), None, 0, 1, false).map_err(of_index)?.ids.first().copied();
    if to.to_top {
        let high = rank_of(first).await?;
        return Ok(Some(if high.is_empty() { crate::records::newest_rank(ctx.app.now()) } else { rank_between("", &high) }));
    }
    let last = Sort { field: "rank".to_owned(), descending: true };
    let last = index.list(&all, &last, None, 0, 1, false).map_err(of_index)?.ids.first().copied();
    let low = rank_of(last).await?;
    Ok(Some(if low.is_empty() { crate::records::newest_rank(ctx.app.now()) } else { rank_after(&low) }))
}

/// The rank of the card that stands right above this one, leaving out the card that is being moved.
async fn nearest_above(ctx: &Ctx, column: &Query, below: Id, moving: Id) -> Result<String> {
    let mut cursor: Option<String> = None;
    let mut above = None;
    loop {
        let page = ctx.app.0.index.list(column, &by_rank(), cursor.as_deref(), 0, 500, false).map_err(of_index)?;
        let at = page.ids.iter().position(|id| *id == below);
        let until = at.unwrap_or(page.ids.len());
        above = page.ids.iter().take(until).rfind(|id| **id != moving).copied().or(above);
        cursor = page.next;
        if at.is_some() || cursor.is_none() {
            break;
        }
    }
    let Some(id) = above else { return Ok(String::new()) };
    let found = ctx.app.0.store.get(Kind::Deal, id).await.map_err(crate::ctx::fault)?;
    Ok(found.map(|r| r.text("rank").to_owned()).unwrap_or_default())
}

/// Several cards to one stage (multi-select). Those that need fields or may not be moved are reported, the others moved.
pub async fn move_many(ctx: &Ctx, ids: &[Id], to: MoveDeal) -> Result<(Vec<Card>, Vec<Id>, Vec<(Id, Error)>)> {
    ctx.may_write()?;
    if ids.len() > 1000 {
        return Err(Error::Invalid { fields: vec![FieldError::new("ids", "too_many").with("max", 1000)] });
    }
    let (mut cards, mut changes, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for id in ids {
        let version = match records::get(ctx, Kind::Deal, *id).await {
            Ok(r) => r.version,
            Err(e) => {
                failed.push((*id, e));
                continue;
            }
        };
        match move_to_stage(ctx, *id, MoveDeal { version, ..to.clone() }).await {
            Ok((card, change)) => {
                cards.push(card);
                changes.push(change);
            }
            Err(e) => failed.push((*id, e)),
        }
    }
    Ok((cards, changes, failed))
}
