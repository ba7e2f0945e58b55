//! What the undo of an import leaves as it is: records that it made and that somebody worked on since, what points to them
//! from later on, and what they point to themselves. Whoever takes an import back means the import, not the work of others.
//!
//! The history from the import's first change on is read once; what matters of it is little beside the import itself.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::import::{Kept, KeptBecause};
use domain::record::{Change, ChangeOp};
use domain::schema::FieldType;
use domain::{Fields, Id, Kind, Record, Result};

use crate::Ctx;
use crate::ctx::fault;

/// Changes read at a time.
const PAGE: u32 = 1_000;

#[derive(Default)]
pub(super) struct Keeping {
    /// Made by the import.
    made: HashMap<Id, Kind>,
    /// Changes that change something, by the record: of what stands it is edited.
    edits: HashMap<Id, Vec<Id>>,
    /// Who points to it since, and the change that made them do so.
    uses: HashMap<Id, Vec<(Id, Id)>>,
    /// What took a change back.
    undone: HashMap<Id, Id>,
    binned: HashSet<Id>,
    kept: BTreeMap<Id, Kept>,
}

impl Keeping {
    /// `first`: the import's first change.
    pub(super) async fn find(ctx: &Ctx, import: Id, first: Id) -> Result<Self> {
        let mut all = Self::default();
        let before = Id(uuid::Uuid::from_u128(first.0.as_u128().saturating_sub(1)));
        let mut after = Some(before);
        loop {
            let page = ctx.app.0.store.changes_after(after, PAGE).await.map_err(fault)?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            page.iter().for_each(|change| all.take_in(change, import));
        }
        all.judge(ctx).await?;
        Ok(all)
    }

    fn take_in(&mut self, change: &Change, import: Id) {
        let (id, record) = (change.id, change.record);
        match (change.import == Some(import), change.undoes, change.op) {
            (true, _, ChangeOp::Create) => _ = self.made.insert(record, change.kind),
            (true, ..) => {}
            (false, Some(undoes), _) => {
                self.undone.insert(undoes, id);
                self.bin(change);
            }
            (false, None, ChangeOp::Create | ChangeOp::Update) => {
                if change.op == ChangeOp::Update && !change.after.is_empty() {
                    self.edits.entry(record).or_default().push(id);
                }
                // What another import points to it with goes or stays with that import.
                let by_hand = change.import.is_none();
                for to in by_hand.then(|| pointed_to(change.kind, &change.after)).into_iter().flatten() {
                    self.uses.entry(to).or_default().push((record, id));
                }
            }
            (false, None, _) => self.bin(change),
        }
    }

    fn bin(&mut self, change: &Change) {
        match change.op {
            ChangeOp::Delete => _ = self.binned.insert(change.record),
            ChangeOp::Restore => _ = self.binned.remove(&change.record),
            ChangeOp::Create | ChangeOp::Update => {}
        }
    }

    /// Not taken back, or what took it back was.
    fn stands(&self, change: Id) -> bool {
        let (mut at, mut stands) = (change, true);
        while let Some(by) = self.undone.get(&at) {
            (at, stands) = (*by, !stands);
        }
        stands
    }

    async fn judge(&mut self, ctx: &Ctx) -> Result<()> {
        let worked_on = |id: &Id| {
            let edited = self.edits.get(id).is_some_and(|e| e.iter().any(|c| self.stands(*c)));
            let used = |(by, change): &(Id, Id)| !self.made.contains_key(by) && !self.binned.contains(by) && self.stands(*change);
            let why = if edited { Some(KeptBecause::Edited) } else { None };
            why.or_else(|| self.uses.get(id).is_some_and(|u| u.iter().any(used)).then_some(KeptBecause::Used))
        };
        let mut next: Vec<(Kind, Id, KeptBecause)> = self.made.iter().filter_map(|(id, kind)| Some((*kind, *id, worked_on(id)?))).collect();
        // What is kept keeps what it points to, and so on.
        while !next.is_empty() {
            let mut further = Vec::new();
            for some in next.chunks(500) {
                let asked: Vec<(Kind, Id)> = some.iter().map(|(kind, id, _)| (*kind, *id)).collect();
                let records = ctx.app.0.store.get_mixed(&asked).await.map_err(fault)?;
                for record in records.iter().filter(|r| r.deleted_at.is_none()) {
                    let Some((.., why)) = some.iter().find(|(_, id, _)| *id == record.id) else { continue };
                    self.keep(record, *why);
                    further.extend(pointed_to(record.kind, &record.fields));
                }
            }
            further.sort_unstable();
            further.dedup();
            let own = further.into_iter().filter(|id| !self.kept.contains_key(id));
            next = own.filter_map(|id| Some((*self.made.get(&id)?, id, KeptBecause::Needed))).collect();
        }
        Ok(())
    }

    pub(super) fn keeps(&self, record: Id) -> bool {
        self.made.contains_key(&record) && self.kept.contains_key(&record)
    }

    pub(super) fn keep(&mut self, record: &Record, why: KeptBecause) {
        let kept = Kept { kind: record.kind, id: record.id, name: record.name().to_owned(), why };
        self.kept.entry(record.id).or_insert(kept);
    }

    pub(super) fn list(self) -> Vec<Kept> {
        self.kept.into_values().collect()
    }
}

/// The records that fields name.
fn pointed_to(kind: Kind, fields: &Fields) -> Vec<Id> {
    let mut out = Vec::new();
    for field in kind.fields().iter().filter(|f| matches!(f.ty, FieldType::Ref(_) | FieldType::Refs(_))) {
        match fields.get(field.name) {
            Some(serde_json::Value::String(id)) => out.extend(Id::parse(id)),
            Some(serde_json::Value::Array(ids)) => out.extend(ids.iter().filter_map(|v| v.as_str()).filter_map(Id::parse)),
            _ => {}
        }
    }
    out
}
