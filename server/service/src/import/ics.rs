//! Calendars as files: every item becomes a new one, a change of the one that came under the same UID before, or a rejection with
//! the number of its line. A series and what stands for its single occurrences are written together. Each item passes the one
//! check for conflicts, and the report says what it found.
//!
//! Dry run and run take the same way; only the writing itself is left out of the former, which instead remembers what would be new.

mod people;
mod standing;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use domain::calendar::conflict::Found;
use domain::calendar::{ItemKind, Moment, Status, stored};
use domain::fields::{self, Mode};
use domain::import::{ImportClash, ImportReport, Rejected, RowError};
use domain::rights::Act;
use domain::schema::FieldType;
use domain::{Error, FieldError, Fields, Id, Kind, Record, Result};
use serde_json::Value;
use store::Mark;

use super::rehearsal::Rehearsal;
use crate::Ctx;
use crate::calendar::ics::read::{File, Incoming};
use crate::calendar::{Item, Refuse, guard, meeting_at, named_items, parts_of};
use crate::ctx::fault;
use crate::records::{self, Care, Draft};

/// Rejections and conflicts in the report itself.
const SHOWN: usize = 100;
/// Addresses a question to the index.
const AT_ONCE: usize = 200;
/// So many items are planned before others have their turn.
const PAUSE: usize = 50;

/// What a file says; everything else of an item that is here already stays.
const SAID: &[&str] = &[
    "title",
    "start",
    "end",
    "all_day",
    "zone",
    "place",
    "body",
    "busy",
    "private",
    "status",
    "rrule",
    "rdate",
    "exdate",
    "reminders",
    "attendees",
    "contacts",
    "answers",
    "travel_before",
    "travel_after",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Create,
    Update,
    Same,
}

/// Items of one UID.
struct Group<'f> {
    uid: &'f str,
    /// Of several of the same name without a series, the first.
    whole: Option<&'f Incoming>,
    parts: Vec<&'f Incoming>,
}

impl<'f> Group<'f> {
    fn items(&self) -> impl Iterator<Item = &'f Incoming> {
        self.whole.iter().chain(&self.parts).copied()
    }
}

/// What is to become of an item.
struct Planned<'f> {
    deed: Deed,
    draft: Draft,
    item: &'f Incoming,
    /// Of a series, what stands here for occurrences that the file says nothing of.
    along: Vec<Draft>,
}

pub struct Take {
    ctx: Ctx,
    file: Arc<File>,
    /// None: a dry run.
    import: Option<Id>,
    pub report: ImportReport,
    /// What a dry run would have made.
    planned: Rehearsal,
    /// By address.
    users: HashMap<String, Id>,
    contacts: HashMap<String, Id>,
}

impl Take {
    pub fn new(ctx: &Ctx, file: Arc<File>, import: Option<Id>, report: ImportReport) -> Self {
        let directory = ctx.app.directory();
        let live = directory.users.values().filter(|u| u.deleted_at.is_none() && !u.text("email").is_empty());
        let users = live.map(|u| (u.text("email").to_lowercase(), u.id)).collect();
        Self { ctx: ctx.clone(), file, import, report, planned: Rehearsal::default(), users, contacts: HashMap::new() }
    }

    pub async fn run(&mut self, on: &mut (dyn FnMut(&ImportReport) + Send)) -> Result<()> {
        self.ctx.may_write()?;
        crate::calendar::ready(&self.ctx).await?;
        let file = self.file.clone();
        if file.method == "REPLY" {
            // It holds one guest's words, not the meeting.
            return Err(Error::invalid("file", "ics_reply"));
        }
        self.know_contacts(&file).await?;
        for trouble in file.rejected.iter().chain(&file.passed_over) {
            self.reject(trouble.line, &trouble.text, trouble.error.clone());
        }
        self.report.progress = i64::try_from(file.rejected.len() + file.passed_over.len()).unwrap_or(0);
        let mut groups: Vec<Group<'_>> = Vec::new();
        let mut at: HashMap<&str, usize> = HashMap::new();
        for item in &file.items {
            let n = *at.entry(&item.uid).or_insert_with(|| {
                groups.push(Group { uid: &item.uid, whole: None, parts: Vec::new() });
                groups.len() - 1
            });
            let Some(group) = groups.get_mut(n) else { continue };
            if item.slot.is_some() { group.parts.push(item) } else { group.whole = Some(item) }
        }
        for group in &groups {
            self.take(group).await?;
            let items = group.parts.len() + usize::from(group.whole.is_some());
            self.report.progress += i64::try_from(items).unwrap_or(0);
            on(&self.report);
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    fn reject(&mut self, line: usize, text: &str, error: FieldError) {
        self.report.rejected += 1;
        if self.report.rejects.len() < SHOWN {
            let column = error.field.clone();
            let errors = vec![RowError { column, value: text.to_owned(), error }];
            self.report.rejects.push(Rejected { row: i64::try_from(line).unwrap_or(0), errors });
        }
    }

    /// What is wrong with an item is the item's affair; what is wrong with the house stops the work.
    fn refused<'f>(&mut self, items: impl Iterator<Item = &'f Incoming>, error: Error) -> Result<()> {
        let error = match error {
            Error::Invalid { fields } => fields.into_iter().next().unwrap_or_else(|| FieldError::new("", "unreadable")),
            Error::Clash { conflicts } => super::walk::refused(&conflicts),
            Error::Forbidden | Error::NotFound => FieldError::new("organiser", "ics_forbidden"),
            Error::Conflict(_) => FieldError::new("start", "ics_changed"),
            other => return Err(other),
        };
        for item in items {
            self.reject(item.line, &item.event.title, error.clone());
        }
        Ok(())
    }

    async fn take(&mut self, group: &Group<'_>) -> Result<()> {
        // Lines of the file that are done with: what came before a part that was refused or had to be planned anew is written.
        let mut done: BTreeSet<usize> = BTreeSet::new();
        let mut found = Found::default();
        for _ in 0..=records::ROUNDS {
            let (mut plan, meets) = match self.plan(group).await {
                Ok(plan) => plan,
                Err(e) => {
                    let left = group.items().filter(|i| !done.contains(&i.line));
                    return self.refused(left, e);
                }
            };
            plan.retain(|p| !done.contains(&p.item.line));
            match self.write(&mut plan, meets, &mut done, &mut found).await {
                Ok(true) => {
                    // What was called off went into its series.
                    let called_off = group.items().filter(|i| !done.contains(&i.line)).count();
                    self.report.duplicate += i64::try_from(called_off).unwrap_or(0);
                    self.tell(group, found);
                    return Ok(());
                }
                Ok(false) => {}
                Err(e) => {
                    self.tell(group, found);
                    let left = group.items().filter(|i| !done.contains(&i.line));
                    return self.refused(left, e);
                }
            }
        }
        Err(Error::Unavailable)
    }

    /// All at once; what is too heavy for that in smaller parts, the series first. False: somebody was faster, plan anew.
    async fn write(
        &mut self,
        plan: &mut Vec<Planned<'_>>,
        mut meets: Vec<Mark>,
        done: &mut BTreeSet<usize>,
        found: &mut Found,
    ) -> Result<bool> {
        let mut size = plan.len();
        while !plan.is_empty() {
            let some = plan.get(..size.min(plan.len())).unwrap_or_default();
            let changed = some.iter().filter(|p| p.deed != Deed::Same).flat_map(|p| std::iter::once(&p.draft).chain(&p.along));
            let drafts = changed.map(|d| Draft { import: self.import, ..d.clone() }).collect();
            let next: Vec<Arc<Item>> = plan.iter().skip(size).map(|p| Arc::new(Item::of(&p.draft.now))).collect();
            match self.commit(drafts, next, &mut meets).await {
                Ok(Some(mut one)) => {
                    found.more |= one.more;
                    found.conflicts.append(&mut one.conflicts);
                }
                Ok(None) => return Ok(false),
                Err(e) if size > 1 && records::is_too_heavy(&e) => {
                    size = size.div_ceil(2);
                    continue;
                }
                Err(e) => return Err(e),
            }
            for Planned { deed, item, .. } in plan.drain(..size.min(plan.len())) {
                done.insert(item.line);
                match deed {
                    Deed::Create => self.report.created += 1,
                    Deed::Update => self.report.updated += 1,
                    Deed::Same => self.report.duplicate += 1,
                }
            }
        }
        Ok(true)
    }

    /// What stands against these. None: somebody else was faster.
    async fn commit(&mut self, drafts: Vec<Draft>, next: Vec<Arc<Item>>, meets: &mut [Mark]) -> Result<Option<Found>> {
        if drafts.is_empty() {
            return Ok(Some(Found::default()));
        }
        if self.import.is_some() {
            let beside = records::Beside { next, marks: meets.to_vec(), ..records::Beside::default() };
            let Ok((changes, found)) = records::commit_checked(&self.ctx, drafts, beside, Refuse::Strict).await? else { return Ok(None) };
            // What is written next comes after this.
            let own = changes.last().map(|c| c.id.to_string());
            meets.iter_mut().for_each(|m| m.seen.clone_from(&own));
            return Ok(Some(found));
        }
        let all: Vec<&Record> = drafts.iter().map(|d| &d.now).collect();
        let mut ahead = self.planned.beside(&all);
        ahead.items.extend(next);
        let found = guard(&self.ctx, &drafts, Refuse::Strict, ahead).await?.found;
        drafts.iter().for_each(|d| self.planned.add(&d.now, d.before.is_some()));
        Ok(Some(found))
    }

    fn tell(&mut self, group: &Group<'_>, found: Found) {
        let Some(item) = group.whole.or(group.parts.first().copied()) else { return };
        if found.conflicts.is_empty() {
            return;
        }
        self.report.clashes += 1;
        let room = SHOWN.saturating_sub(self.report.clashing.len());
        let line = i64::try_from(item.line).unwrap_or(0);
        let shown = found.conflicts.into_iter().take(room.min(3));
        self.report.clashing.extend(shown.map(|conflict| ImportClash { row: line, title: item.event.title.clone(), conflict }));
    }

    /// The drafts of a group, the series before what stands for its occurrences; and where others meet who make such ones.
    async fn plan<'f>(&self, group: &Group<'f>) -> Result<(Vec<Planned<'f>>, Vec<Mark>)> {
        let known = self.known(group.uid).await?;
        let mut out = Vec::new();
        let series = match (group.whole, known) {
            (Some(whole), known) => {
                let mut item = whole.clone();
                // An occurrence that was called off is left out; what stands for one here is called off itself.
                let standing: BTreeSet<Moment> = known.iter().flat_map(|k| parts_of(&self.ctx, k.id)).map(|(_, slot)| slot).collect();
                let off = group.parts.iter().filter(|p| is_off(p)).filter_map(|p| p.slot);
                item.event.exdate.extend(off.filter(|slot| !standing.contains(slot)));
                if let Some(current) = known.as_ref().filter(|known| standing::is_newer(known, whole)) {
                    // The whole file is from before what is here.
                    let same = |item| Planned {
                        deed: Deed::Same,
                        draft: records::changed(&self.ctx, current.clone(), |_| ()),
                        item,
                        along: Vec::new(),
                    };
                    return Ok((group.items().map(same).collect(), Vec::new()));
                }
                let (deed, draft) = self.whole(&item, group.uid, known).await?;
                let series = draft.now.clone();
                out.push(Planned { deed, draft, item: whole, along: Vec::new() });
                Some(series)
            }
            (None, known) => known,
        };
        let meets = match &series {
            Some(series) => meeting_at(&self.ctx.app, series.id).await?,
            None => Vec::new(),
        };
        if let Some(first) = out.first_mut().filter(|first| first.deed == Deed::Update) {
            first.along = self.along(group, &first.draft).await?;
        }
        let standing: BTreeMap<Moment, Id> = series.iter().flat_map(|s| parts_of(&self.ctx, s.id)).map(|(id, slot)| (slot, id)).collect();
        for (n, part) in group.parts.iter().copied().enumerate() {
            if n % PAUSE == 0 {
                tokio::task::yield_now().await;
            }
            match (&series, part.slot) {
                // Left out of its series; what stands for it already is called off itself.
                (Some(_), slot) if is_off(part) && group.whole.is_some() && !slot.is_some_and(|s| standing.contains_key(&s)) => {}
                // A colleague's series: what one may not change is here as it is.
                (Some(series), Some(_)) if !self.ctx.who().may(Act::Edit, series) => {
                    let same = records::changed(&self.ctx, series.clone(), |_| ());
                    out.push(Planned { deed: Deed::Same, draft: same, item: part, along: Vec::new() });
                }
                (Some(series), Some(slot)) => {
                    let (deed, draft) = self.part(part, series, slot, standing.get(&slot).copied()).await?;
                    out.push(Planned { deed, draft, item: part, along: Vec::new() });
                }
                // Nothing is known of its series: it stands for itself.
                (None, Some(slot)) => {
                    let uid = format!("{}/{slot}", group.uid);
                    let known = self.known(&uid).await?;
                    let (deed, draft) = self.whole(part, &uid, known).await?;
                    out.push(Planned { deed, draft, item: part, along: Vec::new() });
                }
                (_, None) => {}
            }
        }
        Ok((out, meets))
    }

    /// The item that came under this name before, or went out under it: the one that may be changed before others. What went out
    /// from here is that item, whoever brings it back; a name that was given elsewhere may stand in several calendars.
    async fn known(&self, uid: &str) -> Result<Option<Record>> {
        let own = uid.strip_suffix("@rapport").and_then(Id::parse);
        let mut found = self.all_named(uid).await?;
        let who = self.ctx.who();
        let takes_part = |r: &Record| r.owner() == Some(who.id) || r.ids_of("attendees").contains(&who.id);
        found.retain(|r| Some(r.id) == own || who.may(Act::Edit, r) || takes_part(r));
        found.sort_by_key(|r| !who.may(Act::Edit, r));
        Ok(found.into_iter().next())
    }

    /// Everything under this name, whoever may see it.
    async fn all_named(&self, uid: &str) -> Result<Vec<Record>> {
        let own = uid.strip_suffix("@rapport").and_then(Id::parse);
        let ids: Vec<Id> = own.into_iter().chain(named_items(&self.ctx, uid)).collect();
        let mut found = self.ctx.app.0.store.get_many(Kind::Event, &ids).await.map_err(fault)?;
        found.retain(|r| r.deleted_at.is_none() && r.id_of("part_of").is_none());
        Ok(found)
    }

    async fn whole(&self, item: &Incoming, uid: &str, known: Option<Record>) -> Result<(Deed, Draft)> {
        let ctx = &self.ctx;
        let fields = self.fields(item, known.as_ref()).await?;
        let Some(current) = known else {
            let mut fields = fields;
            fields.retain(|_, v| !v.is_null());
            self.but_who_has_it(uid, None, &mut fields).await?;
            fields.insert("external_id".to_owned(), uid.into());
            let mut draft = records::draft_create(ctx, Kind::Event, &fields, Care::File, self.import).await?;
            if let Some(address) = self.stranger(item) {
                draft.now.fields.insert("organised_by".to_owned(), address.into());
            }
            standing::remember(item, &mut draft);
            return Ok((Deed::Create, draft));
        };
        let (deed, mut draft) = self.changed(current, &fields).await?;
        standing::remember(item, &mut draft);
        Ok((deed, draft))
    }

    /// Whoever has it already from a colleague's file does not get it a second time: it would clash with itself.
    async fn but_who_has_it(&self, uid: &str, series: Option<Id>, fields: &mut Fields) -> Result<()> {
        let mut have: BTreeSet<String> = BTreeSet::new();
        for record in self.all_named(uid).await?.into_iter().filter(|r| Some(r.id) != series) {
            have.extend(record.owner().map(|id| id.to_string()));
            for name in ["attendees", "contacts", "resources"] {
                have.extend(record.ids_of(name).iter().map(ToString::to_string));
            }
        }
        if have.is_empty() {
            return Ok(());
        }
        for name in ["attendees", "contacts", "resources"] {
            if let Some(Value::Array(list)) = fields.get_mut(name) {
                list.retain(|id| id.as_str().is_none_or(|id| !have.contains(id)));
            }
        }
        if let Some(Value::Object(answers)) = fields.get_mut("answers") {
            answers.retain(|id, _| !have.contains(id));
        }
        Ok(())
    }

    async fn changed(&self, current: Record, fields: &Fields) -> Result<(Deed, Draft)> {
        let ctx = &self.ctx;
        if !ctx.who().may(Act::Edit, &current) {
            // A colleague's, in which one takes part: it is here already.
            let same = records::changed(ctx, current, |_| ());
            return Ok((Deed::Same, same));
        }
        let patch = fields::check(Kind::Event, fields, Mode::Patch)?;
        let draft = records::draft_update(ctx, current, &patch, Care::File).await?;
        Ok((if draft.is_idle() { Deed::Same } else { Deed::Update }, draft))
    }

    async fn part(&self, item: &Incoming, series: &Record, slot: Moment, old: Option<Id>) -> Result<(Deed, Draft)> {
        let ctx = &self.ctx;
        if let Some(current) = match old {
            Some(id) => records::get_many(ctx, Kind::Event, &[id]).await?.pop(),
            None => None,
        } {
            let fields = self.fields(item, Some(&current)).await?;
            return self.changed(current, &fields).await;
        }
        let mut fields = self.fields(item, Some(series)).await?;
        for name in ["company", "deal", "type", "organised_by"] {
            if let Some(value) = series.fields.get(name).filter(|_| !fields.contains_key(name)) {
                fields.insert(name.to_owned(), value.clone());
            }
        }
        let organised_by = fields.remove("organised_by");
        fields.retain(|_, v| !v.is_null());
        if !series.text("external_id").is_empty() {
            self.but_who_has_it(series.text("external_id"), Some(series.id), &mut fields).await?;
        }
        let mut fields = fields::check(Kind::Event, &fields, Mode::Create)?;
        fields.insert("part_of".to_owned(), series.id.to_string().into());
        fields.insert("slot".to_owned(), slot.to_string().into());
        fields.extend(organised_by.map(|by| ("organised_by".to_owned(), by)));
        // The series may be written together with it: nobody finds it in the database yet.
        let referred = self.referred(&fields, series).await?;
        records::prepare(ctx, Kind::Event, None, &mut fields, Care::Import(&referred)).await?;
        let draft = records::made(ctx, Kind::Event, crate::ctx::new_id(), fields);
        if !ctx.who().may(Act::Create, &draft.now) {
            return Err(Error::Forbidden);
        }
        Ok((Deed::Create, draft))
    }

    /// What an item points to, its series among it.
    async fn referred(&self, fields: &Fields, series: &Record) -> Result<records::Referred> {
        let mut wanted: Vec<(Kind, Id)> = Vec::new();
        for field in Kind::Event.fields() {
            let (FieldType::Ref(kind) | FieldType::Refs(kind)) = field.ty else { continue };
            let value = fields.get(field.name);
            let many = value.and_then(Value::as_array).into_iter().flatten();
            let ids = many.chain(value).filter_map(Value::as_str).filter_map(Id::parse);
            wanted.extend(ids.map(|id| (kind, id)));
        }
        let found = records::get_mixed(&self.ctx, &wanted).await?;
        Ok(found.into_iter().chain([series.clone()]).map(|r| (r.id, r)).collect())
    }

    /// What the file says of an item; null where it says that there is nothing.
    async fn fields(&self, item: &Incoming, known: Option<&Record>) -> Result<Fields> {
        let mut event = item.event.clone();
        self.people(item, &mut event, known);
        if let Some(known) = known {
            people::keep_answers(&self.ctx.app, item, &mut event, known).await?;
        }
        event.check()?;
        let mut made = Fields::new();
        stored::lay_into(&mut made, &event)?;
        let mut fields = Fields::new();
        for name in SAID {
            fields.insert((*name).to_owned(), made.get(*name).cloned().unwrap_or(Value::Null));
        }
        if known.is_some() && event.status == Status::Cancelled {
            // What is called off takes no time in any file; what it took is not said by that.
            fields.remove("busy");
        }
        fields.insert("organiser".to_owned(), made.get("organiser").cloned().unwrap_or(Value::Null));
        if !event.resources.is_empty() {
            fields.insert("resources".to_owned(), made.get("resources").cloned().unwrap_or(Value::Null));
        }
        if item.says_kind || known.is_none() || event.kind == ItemKind::Task {
            fields.insert("type".to_owned(), event.kind.name().into());
        }
        Ok(fields)
    }
}

fn is_off(part: &Incoming) -> bool {
    part.event.status == Status::Cancelled
}
