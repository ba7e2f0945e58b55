//! What a write relies on that others may be changing at this very moment, beyond the records that it writes itself: the
//! stage that a deal enters is there, the stage that goes is empty, nobody becomes their own ancestor, one pipeline stays.
//! The transaction looks once more, and writers who could undo each other's reasons meet at marks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::pipelines::Stage;
use domain::{Error, FieldError, Id, Kind, Record, Result};
use parking_lot::Mutex;
use rand::Rng;
use store::{Mark, Vacant};

use super::hooks;
use super::write::Draft;
use crate::Ctx;
use crate::ctx::fault;

#[derive(Default)]
pub(crate) struct Holds {
    pub marks: Vec<Mark>,
    pub expects: Vec<(Kind, Id, i64)>,
    pub vacant: Vec<Vacant>,
    /// To be kept until it is written.
    pub place: Option<Place>,
}

/// Deals that enter stages leave their mark at one of these, whoever takes a stage away at all of them.
const PLACES: u32 = 64;

fn place(n: u32) -> String {
    format!("stage:{n}")
}

/// Cards are moved all day long and should not get in each other's way: each write has a place of its own for as long as it
/// lasts. Several servers begin at different ones.
pub(crate) struct Places {
    taken: Mutex<BTreeSet<u32>>,
    first: u32,
}

pub(crate) struct Place {
    of: Arc<Places>,
    n: u32,
}

impl Default for Places {
    fn default() -> Self {
        Self { taken: Mutex::default(), first: rand::rng().random_range(0..PLACES) }
    }
}

impl Places {
    fn take(self: &Arc<Self>) -> Place {
        let mut taken = self.taken.lock();
        // With more at once than there are places, the rest share the last: they try again where they meet.
        let n = (0..PLACES).find(|n| !taken.contains(n)).unwrap_or(PLACES);
        taken.insert(n);
        Place { of: Arc::clone(self), n }
    }
}

impl Place {
    fn name(&self) -> String {
        place((self.of.first + self.n) % PLACES)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.of.taken.lock().remove(&self.n);
    }
}

/// None: a draft rests on what is no longer so; it has to be made again.
pub(crate) async fn holds(ctx: &Ctx, drafts: &[Draft]) -> Result<Option<Holds>> {
    let mut out = Holds::default();
    if !entered(ctx, drafts, &mut out) {
        return Ok(None);
    }
    leaving(drafts, &mut out);
    ancestry(ctx, drafts, &mut out).await?;
    Ok(Some(out))
}

fn enters(d: &Draft) -> bool {
    let stands = |r: &Record| r.deleted_at.is_none().then(|| (r.text("pipeline").to_owned(), r.text("stage").to_owned()));
    d.now.kind == Kind::Deal && d.now.deleted_at.is_none() && d.before.as_ref().and_then(stands) != stands(&d.now)
}

fn entered(ctx: &Ctx, drafts: &[Draft], out: &mut Holds) -> bool {
    let directory = ctx.app.directory();
    let mut pipelines: BTreeSet<Id> = BTreeSet::new();
    for deal in drafts.iter().filter(|d| enters(d)) {
        let Some(pipeline) = deal.now.id_of("pipeline") else { return false };
        // Written together with it.
        if drafts.iter().any(|d| d.now.id == pipeline) {
            continue;
        }
        let stage = directory.pipeline(pipeline).and_then(|p| p.stage(deal.now.text("stage")));
        if stage.is_none_or(|s| s.kind.name() != deal.now.text("status")) {
            return false;
        }
        if pipelines.is_empty() {
            let mine = ctx.app.0.places.take();
            out.marks.push(Mark { place: mine.name(), seen: None });
            out.place = Some(mine);
        }
        pipelines.insert(pipeline);
    }
    out.expects.extend(pipelines.into_iter().filter_map(|id| Some((Kind::Pipeline, id, directory.pipeline_version(id)?))));
    true
}

/// The stages of a pipeline as it was that are no longer there, or no longer of the same kind.
pub(crate) fn changed_stages(before: &Record, now: &Record) -> Vec<Stage> {
    let stages =
        |r: &Record| -> Vec<Stage> { r.fields.get("stages").and_then(|v| serde_json::from_value(v.clone()).ok()).unwrap_or_default() };
    let new = stages(now);
    stages(before).into_iter().filter(|o| new.iter().find(|n| n.id == o.id).is_none_or(|n| n.kind != o.kind)).collect()
}

fn leaving(drafts: &[Draft], out: &mut Holds) {
    for draft in drafts.iter().filter(|d| d.now.kind == Kind::Pipeline) {
        let Some(before) = &draft.before else { continue };
        let stages = if before.deleted_at.is_none() && draft.now.deleted_at.is_some() {
            // Two who each delete one of the last two would leave none.
            out.marks.push(Mark { place: "pipelines".to_owned(), seen: None });
            None
        } else {
            Some(changed_stages(before, &draft.now).into_iter().map(|s| s.id).collect::<Vec<_>>())
        };
        if stages.as_ref().is_none_or(|s| !s.is_empty()) {
            out.vacant.push(Vacant { pipeline: draft.now.id, stages, last: draft.empties });
        }
    }
    if !out.vacant.is_empty() {
        out.marks.extend((0..PLACES).map(|n| Mark { place: place(n), seen: None }));
    }
}

/// Companies get parents one after the other, and each looks at those that are there by then.
async fn ancestry(ctx: &Ctx, drafts: &[Draft], out: &mut Holds) -> Result<()> {
    let parent = |d: &Draft| d.now.id_of("parent").filter(|p| d.before.as_ref().and_then(|b| b.id_of("parent")) != Some(*p));
    let hung: Vec<(Id, Id)> = drafts.iter().filter(|d| d.now.kind == Kind::Company).filter_map(|d| Some((d.now.id, parent(d)?))).collect();
    if hung.is_empty() {
        return Ok(());
    }
    out.marks.extend(ctx.app.0.store.marks(&["ancestry".to_owned()].into()).await.map_err(fault)?);
    let together: BTreeMap<Id, Option<Id>> =
        drafts.iter().filter(|d| d.now.kind == Kind::Company).map(|d| (d.now.id, d.now.id_of("parent"))).collect();
    for (company, parent) in hung {
        hooks::ancestry(ctx, company, parent, &together).await?;
    }
    Ok(())
}

/// Which stages could not go, and how many deals stand in each.
pub(crate) async fn occupied(ctx: &crate::App, before: &Record, now: &Record) -> Result<Error> {
    let deals = ctx.0.store.deals_by_stage(now.id).await.map_err(fault)?;
    if now.deleted_at.is_some() {
        let count: i64 = deals.iter().map(|(_, n)| n).sum();
        return Ok(Error::Invalid { fields: vec![FieldError::new("id", "pipeline_in_use").with("count", count)] });
    }
    let error = |s: &Stage| {
        let count = deals.iter().find(|(stage, _)| *stage == s.id).map(|(_, n)| *n)?;
        Some(FieldError::new("stages", "stage_in_use").with("stage", &s.name).with("count", count))
    };
    Ok(Error::Invalid { fields: changed_stages(before, now).iter().filter_map(error).collect() })
}
