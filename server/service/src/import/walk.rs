//! The second pass: every row becomes a new record, a change of an old one, a duplicate or a rejection. The dry run and the
//! run take the same way here; only the writing itself is left out of the former, so that their figures agree.

mod assumed;
mod calendar;
mod namesakes;
mod order;
mod rejects;
mod sides;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::fields::Mode;
use domain::import::{ImportReport, OnMatch, RowError, ShortRow};
use domain::rights::Act;
use domain::schema::FieldType;
use domain::{Error, FieldError, Fields, Id, Kind, Record, Result};
use serde_json::Value;

use super::files::RejectFile;
use super::grid::Grid;
use super::known::{Known, keys};
use super::mapping::{Mapping, Target};
use super::read::{Read, Reader};
use super::rehearsal::Rehearsal;
use super::survey::{Meaning, Survey};
use crate::Ctx;
use crate::ctx::new_id;
use crate::records::{self, BulkItem, BulkResult};
pub(super) use calendar::refused;
use order::levels;

/// Rows planned and written at a time; progress is told after each.
const CHUNK: usize = 500;
/// Companies above each other, as everywhere; each level is written for itself.
const DEEPEST: usize = records::DEEPEST;
/// Rejected rows in the report itself, and short ones.
const SHOWN: usize = 100;

/// What is known before the first row is taken.
pub struct Facts {
    pub grid: Arc<Grid>,
    pub mapping: Mapping,
    pub known: Known,
    pub survey: Survey,
}

pub struct Walk {
    ctx: Ctx,
    facts: Facts,
    /// None: a dry run.
    import: Option<Id>,
    pub report: ImportReport,
    rejects: Option<RejectFile>,
    /// Match keys of the rows so far.
    seen: HashMap<String, usize>,
    /// Rows that other rows point to, and the record each became.
    wanted: HashSet<usize>,
    placed: HashMap<usize, Id>,
    sides: HashMap<Id, Made>,
    /// What earlier files of the same dry run would have made, and what this one makes along the way; and what it would make.
    ahead: HashMap<Id, Record>,
    pub imagined: Vec<Record>,
    rehearsal: Rehearsal,
    /// What new records get that their rows do not say.
    assuming: HashMap<usize, Vec<assumed::Assumption>>,
}

/// What became of a record of another kind.
enum Made {
    Yes(Id),
    No(Error),
}

enum Step {
    Write(BulkItem),
    Same,
    Reject(Vec<RowError>),
}

impl Walk {
    pub fn new(ctx: &Ctx, facts: Facts, import: Option<Id>, mut report: ImportReport, rejects: Option<RejectFile>) -> Self {
        report.unknown = facts.survey.unknown.iter().take(500).cloned().collect();
        say_of_file(&mut report, &facts.grid, &facts.mapping);
        let walk = Self {
            ctx: ctx.clone(),
            import,
            report,
            rejects,
            seen: HashMap::new(),
            wanted: HashSet::new(),
            placed: HashMap::new(),
            sides: HashMap::new(),
            ahead: HashMap::new(),
            imagined: Vec::new(),
            rehearsal: Rehearsal::default(),
            assuming: HashMap::new(),
            facts,
        };
        walk.with_wanted()
    }

    pub fn after(mut self, ahead: &[Record]) -> Self {
        ahead.iter().filter(|r| r.kind == Kind::Event).for_each(|r| self.rehearsal.add(r, false));
        self.ahead = ahead.iter().map(|r| (r.id, r.clone())).collect();
        self
    }

    fn imagine(&mut self, kind: Kind, id: Id, mut fields: Fields) {
        if kind == Kind::Contact {
            let part = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
            let name = domain::contacts::full_name(part("given_name"), part("family_name"));
            fields.insert("name".to_owned(), name.into());
        }
        let at = self.report.started_at.clone();
        let record = Record { id, kind, version: 1, created_at: at.clone(), updated_at: at, deleted_at: None, fields };
        if kind != self.facts.mapping.kind {
            self.ahead.insert(id, record.clone());
        }
        self.imagined.push(record);
    }

    fn with_wanted(mut self) -> Self {
        self.wanted = (0..self.facts.grid.len()).filter_map(|r| self.points_to(r)).collect();
        if self.facts.mapping.kind == Kind::User {
            let rows = self.facts.survey.teams.values().filter_map(|(wish, _)| self.manager_row(&wish.manager));
            let rows: Vec<usize> = rows.collect();
            self.wanted.extend(rows);
        }
        self
    }

    /// The row of this file that must be written before this one.
    fn points_to(&self, row: usize) -> Option<usize> {
        let f = &self.facts;
        let own = |t: Target| matches!(t, Target::Field(d) if d.ty == FieldType::Ref(f.mapping.kind));
        let (i, column) = f.mapping.columns.iter().enumerate().find(|(_, c)| own(c.target))?;
        match f.survey.meaning(i, f.grid.cell(row, column.at)) {
            Some(Meaning::Row(r)) => Some(*r),
            _ => None,
        }
    }

    fn manager_row(&self, manager: &str) -> Option<usize> {
        match self.manager(manager) {
            Some(Meaning::Row(row)) => Some(*row),
            _ => None,
        }
    }

    fn manager(&self, manager: &str) -> Option<&Meaning> {
        let i = self.facts.mapping.columns.iter().position(|c| c.target == Target::TeamManager)?;
        self.facts.survey.meaning(i, manager)
    }

    pub async fn run(&mut self, on: &mut (dyn FnMut(&ImportReport) + Send)) -> Result<()> {
        let (levels, looping) = levels(self.facts.grid.len(), |r| self.points_to(r));
        for row in looping {
            self.report.progress += 1;
            let column = self.facts.mapping.column_of("parent");
            let error = RowError { column, value: String::new(), error: FieldError::new("parent", "own_ancestor") };
            self.reject(row, vec![error])?;
        }
        let mut levels = levels.into_iter();
        for level in levels.by_ref().take(DEEPEST) {
            for chunk in level.chunks(CHUNK) {
                self.chunk(chunk).await?;
                self.remember().await?;
                on(&self.report);
                tokio::task::yield_now().await;
            }
        }
        for row in levels.flatten() {
            self.report.progress += 1;
            let column = self.facts.mapping.column_of("parent");
            let error = FieldError::new("parent", "parent_too_deep").with("max", DEEPEST);
            self.reject(row, vec![RowError { column, value: String::new(), error }])?;
        }
        self.teams().await?;
        self.report.rejects.sort_by_key(|r| r.row);
        if let Some(file) = &mut self.rejects {
            file.finish()?;
        }
        Ok(())
    }

    /// How far it is, so that a program that is killed leaves that behind.
    async fn remember(&mut self) -> Result<()> {
        if self.import.is_none() {
            return Ok(());
        }
        if let Some(file) = &mut self.rejects {
            file.finish()?;
        }
        super::reports::save(&self.ctx, &self.report).await
    }

    async fn chunk(&mut self, rows: &[usize]) -> Result<()> {
        let kind = self.facts.mapping.kind;
        let mut fresh: Vec<(usize, Step)> = Vec::new();
        let mut matched: Vec<(usize, Id, Read)> = Vec::new();
        for row in rows.iter().copied() {
            self.report.progress += 1;
            let reader =
                Reader { grid: &self.facts.grid, mapping: &self.facts.mapping, known: &self.facts.known, survey: &self.facts.survey };
            let (mut read, mut errors) = match reader.read(row) {
                Ok(read) => read,
                Err(errors) => {
                    self.reject(row, errors)?;
                    continue;
                }
            };
            errors.extend(self.resolve_rows(&mut read));
            if !errors.is_empty() {
                let more = self.lacking(row, read, &errors);
                errors.extend(more);
                self.reject(row, errors)?;
                continue;
            }
            let mut whole = read.defaults.clone();
            whole.extend(read.fields.clone());
            let keys = keys(kind, &self.facts.mapping.match_field, &whole, read.id);
            if let Some(first) = keys.iter().find_map(|k| self.seen.get(k)) {
                self.report.duplicate += 1;
                if let Some(id) = self.placed.get(first).copied() {
                    self.placed.insert(row, id);
                }
                continue;
            }
            match self.facts.known.matching(&keys) {
                Some(Ok(id)) => matched.push((row, id, read)),
                Some(Err(n)) => {
                    let field = self.facts.mapping.match_field.clone();
                    let error = FieldError::new(&field, "import_matches_several").with("n", n);
                    self.reject(row, vec![RowError { column: self.facts.mapping.column_of(&field), value: String::new(), error }])?;
                    continue;
                }
                None => {
                    let step = self.make_new(row, read);
                    // What is refused will not be there: the next row with its key repeats nothing.
                    if let Step::Reject(errors) = step {
                        self.reject(row, errors)?;
                        continue;
                    }
                    fresh.push((row, step));
                }
            }
            self.seen.extend(keys.into_iter().map(|k| (k, row)));
        }
        let mut items: Vec<(usize, BulkItem)> = Vec::new();
        let ids: Vec<Id> = matched.iter().map(|(_, id, _)| *id).collect();
        let mut found: HashMap<Id, Record> = if self.facts.mapping.on_match == OnMatch::Update {
            records::get_many(&self.ctx, kind, &ids).await?.into_iter().map(|r| (r.id, r)).collect()
        } else {
            HashMap::new()
        };
        found.extend(ids.iter().filter_map(|id| Some((*id, self.ahead.get(id)?.clone()))));
        for (row, id, read) in matched {
            self.place(row, id);
            let step = match (self.facts.mapping.on_match, found.get(&id)) {
                (OnMatch::Skip, _) => Step::Same,
                (OnMatch::Update, Some(current)) if current.deleted_at.is_none() => self.change(row, read, current).await?,
                // It went while the file was read.
                (OnMatch::Update, _) => self.make_new(row, read),
            };
            self.sort_in(row, step, &mut items)?;
        }
        for (row, step) in fresh {
            self.sort_in(row, step, &mut items)?;
        }
        items.sort_by_key(|(row, _)| *row);
        self.write(items).await
    }

    fn sort_in(&mut self, row: usize, step: Step, items: &mut Vec<(usize, BulkItem)>) -> Result<()> {
        match step {
            Step::Write(item) => items.push((row, item)),
            Step::Same => self.report.duplicate += 1,
            Step::Reject(errors) => self.reject(row, errors)?,
        }
        Ok(())
    }

    fn place(&mut self, row: usize, id: Id) {
        if self.wanted.contains(&row) {
            self.placed.insert(row, id);
        }
    }

    /// Relations to rows of the same file, which are records by now.
    fn resolve_rows(&self, read: &mut Read) -> Option<RowError> {
        for (field, row) in std::mem::take(&mut read.rows) {
            match self.placed.get(&row) {
                Some(id) => {
                    read.fields.insert(field.to_owned(), id.to_string().into());
                }
                None => {
                    let error = FieldError::new(field, "import_row_rejected").with("row", self.facts.grid.number(row));
                    return Some(RowError { column: self.facts.mapping.column_of(field), value: String::new(), error });
                }
            }
        }
        None
    }

    /// A new record, and what it begins with that the row does not say.
    fn make_new(&mut self, row: usize, read: Read) -> Step {
        let closed = self.reader().is_closed(&read, None);
        let step = self.create(row, read);
        if let Step::Write(item) = &step {
            let assumed = self.assumptions(fields_of(item), closed);
            self.assuming.insert(row, assumed);
        }
        step
    }

    fn create(&self, row: usize, mut read: Read) -> Step {
        let m = &self.facts.mapping;
        if let Err(errors) = self.tell_apart(&mut read, None) {
            return Step::Reject(errors);
        }
        let closed = self.reader().is_closed(&read, None);
        let mut whole = m.defaults.clone();
        if closed {
            // Said for deals that are open: one that was closed long ago was not opened on that day.
            whole.remove("opened_on");
        }
        whole.extend(read.defaults);
        whole.extend(read.fields);
        if let (Kind::Deal, Some(pipeline)) = (m.kind, read.pipeline) {
            whole.insert("pipeline".to_owned(), pipeline.to_string().into());
        }
        close(&mut whole, read.close_date, closed);
        if m.kind == Kind::Deal && !whole.contains_key("pipeline") {
            return Step::Reject(self.row_errors(row, Error::invalid("pipeline", "no_pipeline")));
        }
        let checked = match records::checked(m.kind, &whole, Mode::Create).and_then(|f| in_order(m.kind, None, f)) {
            Ok(f) => f,
            Err(e) => return Step::Reject(self.row_errors(row, e)),
        };
        let owner = checked
            .get(if m.kind == Kind::Event { "organiser" } else { "owner" })
            .and_then(Value::as_str)
            .and_then(Id::parse)
            .or_else(|| self.ctx.actor());
        if !self.ctx.who().may_own(Act::Create, m.kind, owner) {
            return Step::Reject(self.row_errors(row, Error::Forbidden));
        }
        if let (Kind::User, Some(email)) = (m.kind, checked.get("email").and_then(Value::as_str))
            && self.facts.known.address_taken(email)
        {
            return Step::Reject(self.row_errors(row, Error::invalid("email", "taken")));
        }
        Step::Write(BulkItem::Create { fields: checked })
    }

    /// Only what the row says and the record does not: empty cells leave old values alone, lists grow.
    async fn change(&self, row: usize, mut read: Read, current: &Record) -> Result<Step> {
        let m = &self.facts.mapping;
        if let Err(errors) = self.tell_apart(&mut read, Some(current)) {
            return Ok(Step::Reject(errors));
        }
        let closed = self.reader().is_closed(&read, Some(current.text("status")));
        let mut patch = read.fields;
        close(&mut patch, read.close_date, closed);
        for (name, value) in &mut patch {
            let grows = m.kind.field(name).is_some_and(|f| matches!(f.ty, FieldType::Emails | FieldType::Phones | FieldType::Tags));
            if let (true, Some(Value::Array(old)), Value::Array(new)) = (grows, current.fields.get(name), &mut *value) {
                let mut all = old.clone();
                all.extend(new.iter().filter(|v| !old.contains(v)).cloned());
                *new = all;
            }
        }
        // A number that is there already is not there once more in another spelling.
        crate::phones::settle_patch(&self.ctx, current, &mut patch).await?;
        patch.retain(|name, value| current.fields.get(name) != Some(value));
        if patch.is_empty() {
            return Ok(Step::Same);
        }
        if !self.ctx.who().may(Act::Edit, current) {
            return Ok(Step::Reject(self.row_errors(row, Error::Forbidden)));
        }
        Ok(match records::checked(m.kind, &patch, Mode::Patch).and_then(|f| in_order(m.kind, Some(current), f)) {
            Ok(fields) => Step::Write(BulkItem::Update { id: current.id, fields }),
            Err(e) => Step::Reject(self.row_errors(row, e)),
        })
    }

    fn reader(&self) -> Reader<'_> {
        Reader { grid: &self.facts.grid, mapping: &self.facts.mapping, known: &self.facts.known, survey: &self.facts.survey }
    }

    async fn write(&mut self, items: Vec<(usize, BulkItem)>) -> Result<()> {
        let needed: Vec<usize> = items.iter().flat_map(|(_, i)| self.sides_in(fields_of(i))).collect();
        self.make(needed).await?;
        let kind = self.facts.mapping.kind;
        if kind == Kind::Event {
            return self.write_items(items).await;
        }
        let Some(import) = self.import else {
            for (row, item) in items {
                match item {
                    BulkItem::Create { fields } => {
                        self.report.created += 1;
                        self.assume(row);
                        let id = new_id();
                        self.place(row, id);
                        self.imagine(kind, id, fields);
                    }
                    BulkItem::Update { .. } => self.report.updated += 1,
                }
            }
            return Ok(());
        };
        let (mut rows, mut ready) = (Vec::new(), Vec::new());
        for (row, mut item) in items {
            match self.real(fields_mut(&mut item)) {
                Ok(()) => {
                    rows.push(row);
                    ready.push(item);
                }
                Err(e) => {
                    let errors = self.row_errors(row, e);
                    self.reject(row, errors)?;
                }
            }
        }
        let results = records::write_bulk(&self.ctx, self.facts.mapping.kind, ready, Some(import)).await?;
        for (row, result) in rows.into_iter().zip(results) {
            match result {
                BulkResult::Created(r) => {
                    self.report.created += 1;
                    self.assume(row);
                    self.place(row, r.id);
                }
                BulkResult::Updated(_) => self.report.updated += 1,
                BulkResult::Same(_) => self.report.duplicate += 1,
                BulkResult::Failed(e) => {
                    let errors = self.row_errors(row, e);
                    self.reject(row, errors)?;
                }
            }
        }
        Ok(())
    }
}

/// What the file holds and the records will not: columns without a field, and rows whose last cells are missing.
fn say_of_file(report: &mut ImportReport, grid: &Grid, mapping: &Mapping) {
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let fed = |at: usize| mapping.columns.iter().any(|c| c.at == at);
    report.left_out = grid.head.iter().enumerate().filter(|(at, name)| !name.is_empty() && !fed(*at)).map(|(_, n)| n.clone()).collect();
    report.short_rows = count(grid.short_rows().count());
    let short = grid.short_rows().take(SHOWN);
    report.short = short.map(|(row, cells)| ShortRow { row, cells: count(cells), expected: count(grid.head.len()) }).collect();
}

fn fields_of(item: &BulkItem) -> &Fields {
    match item {
        BulkItem::Create { fields } | BulkItem::Update { fields, .. } => fields,
    }
}

fn fields_mut(item: &mut BulkItem) -> &mut Fields {
    match item {
        BulkItem::Create { fields } | BulkItem::Update { fields, .. } => fields,
    }
}

/// The dry run says it too: a deal that was closed before it was opened.
fn in_order(kind: Kind, current: Option<&Record>, fields: Fields) -> Result<Fields> {
    if kind == Kind::Deal {
        let will_be = current.map(|c| domain::fields::merged(&c.fields, &fields));
        let checked = records::closing::in_order(current.map(|c| &c.fields), will_be.as_ref().unwrap_or(&fields));
        checked.map_err(|e| Error::Invalid { fields: vec![e] })?;
    }
    Ok(fields)
}

/// An open deal has no date on which it was closed, only one on which that is expected.
fn close(fields: &mut Fields, date: Option<Value>, closed: bool) {
    if !closed {
        fields.remove("closed_at");
    }
    if let Some(date) = date {
        fields.entry(if closed { "closed_at" } else { "expected_close" }).or_insert(date);
    }
}
