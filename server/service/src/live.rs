//! The live hub: every committed change goes once to every open stream that may see it, after the index knows it, so that
//! whoever reads again because of it sees it. Also who looks at what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use domain::live::{LiveChange, LiveEvent, Presence, Present};
use domain::record::ChangeOp;
use domain::rights::{Act, Who};
use domain::{Error, Id, Kind, Record, Result};
use futures::StreamExt;
use futures::stream::BoxStream;
use parking_lot::Mutex;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::Ctx;
use crate::ctx::fault;
use crate::feed::Committed;

/// What the hub passes on; each stream decides whether its person may see it.
#[derive(Clone)]
pub(crate) enum Message {
    Happened(Arc<Happened>),
    /// Many at once of one kind: each hears of those that they may see, and how many these are.
    Bulk(Kind, Arc<Vec<Shadow>>),
    /// Told to those who may see the record.
    Presence(Presence, Arc<Record>),
    /// Who has to look at which items of the calendar.
    Clash(Arc<BTreeMap<Id, BTreeSet<Id>>>),
    /// Who may have a new notice.
    Notices(Arc<BTreeSet<Id>>),
    Close,
}

/// Records that the same people see: as much of one of them, and of what it was before, as decides who does.
pub(crate) struct Shadow {
    now: Record,
    before: Option<Record>,
    count: u32,
}

impl Shadow {
    /// Sorted once for all streams: of a hundred thousand imported deals there are as many shadows as owners, and each stream
    /// asks its rights of those only.
    pub fn grouped<'a>(records: impl Iterator<Item = (&'a Record, Option<&'a Record>)>) -> Vec<Self> {
        let mut groups: BTreeMap<String, Self> = BTreeMap::new();
        for (now, before) in records {
            let (now, before) = (shade(now), before.map(shade));
            let key = serde_json::to_string(&(now.kind, &now.fields, before.as_ref().map(|b| &b.fields))).unwrap_or_default();
            groups.entry(key).or_insert_with(|| Self { now, before, count: 0 }).count += 1;
        }
        groups.into_values().collect()
    }

    fn seen_by(&self, who: &Who) -> u32 {
        let sees = who.sees(&self.now) || self.before.as_ref().is_some_and(|b| who.sees(b));
        if sees { self.count } else { 0 }
    }
}

/// Without what tells one record from another. Of the deal it hangs on only that there is one: whose it is stands beside it.
fn shade(r: &Record) -> Record {
    let nobody = Id(uuid::Uuid::nil());
    let mut fields: domain::Fields = ["owner", "deal_owner", "organiser", "attendees", "private"]
        .iter()
        .filter_map(|f| Some(((*f).to_owned(), r.fields.get(*f)?.clone())))
        .collect();
    if r.id_of("deal").is_some() {
        fields.insert("deal".to_owned(), nobody.to_string().into());
    }
    Record { id: nobody, kind: r.kind, version: 0, created_at: String::new(), updated_at: String::new(), deleted_at: None, fields }
}

pub(crate) struct Happened {
    id: Option<Id>,
    now: Record,
    before: Option<Record>,
    event: LiveChange,
}

impl Happened {
    pub fn of(c: Committed) -> Arc<Self> {
        let event = LiveChange {
            kind: c.now.kind,
            record: c.now.id,
            version: c.now.version,
            op: c.change.op,
            actor: c.change.actor,
            actor_name: c.change.actor_name,
            fields: c.change.after.keys().cloned().collect(),
            parents: c.parents,
            gone: false,
        };
        Arc::new(Self { id: Some(c.change.id), event, now: c.now, before: c.before })
    }

    /// Derived fields followed another record's change.
    pub fn touched(before: &Record, now: &Record) -> Arc<Self> {
        let (_, after) = domain::fields::difference(&before.fields, &now.fields);
        let event = LiveChange {
            kind: now.kind,
            record: now.id,
            version: now.version,
            op: ChangeOp::Update,
            actor: None,
            actor_name: String::new(),
            fields: after.keys().cloned().collect(),
            parents: Vec::new(),
            gone: false,
        };
        Arc::new(Self { id: None, event, now: now.clone(), before: Some(before.clone()) })
    }

    fn for_person(&self, who: &Who) -> Option<LiveEvent> {
        if who.sees(&self.now) {
            return Some(LiveEvent::Change(self.event.clone()));
        }
        if self.before.as_ref().is_some_and(|b| who.sees(b)) {
            return Some(LiveEvent::Change(LiveChange { gone: true, fields: Vec::new(), parents: Vec::new(), ..self.event.clone() }));
        }
        masked(who, self.now.kind)
    }
}

/// A private item takes its people's time, and colleagues see that: they are told that something changed, not what.
fn masked(who: &Who, kind: Kind) -> Option<LiveEvent> {
    (kind == Kind::Event && who.may_some(Act::View, kind)).then_some(LiveEvent::Bulk { kind, count: 0 })
}

pub(crate) struct Hub {
    sender: broadcast::Sender<Message>,
    /// Changes that this server made and told, as many of the newest as may be read again.
    told: Mutex<BTreeSet<Id>>,
    looking: Mutex<BTreeMap<Id, Watched>>,
    closed: AtomicBool,
    streams: Arc<AtomicI64>,
}

/// A record that somebody looks at, and who does, by tab.
struct Watched {
    record: Arc<Record>,
    people: BTreeMap<String, Look>,
}

struct Look {
    user: Id,
    name: String,
    field: Option<String>,
    until: i64,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(4096).0,
            told: Mutex::default(),
            looking: Mutex::default(),
            closed: AtomicBool::new(false),
            streams: Arc::default(),
        }
    }
}

impl Hub {
    pub fn send(&self, message: Message) {
        if let Message::Happened(h) = &message {
            self.tell(h.id);
        }
        // No receiver is no fault: nobody is looking.
        let _ = self.sender.send(message);
    }

    /// These need not be told again when they are read from the history.
    pub fn tell(&self, ids: impl IntoIterator<Item = Id>) {
        let mut told = self.told.lock();
        told.extend(ids);
        while told.len() > 100_000 {
            told.pop_first();
        }
    }

    pub fn told(&self, id: Id) -> bool {
        self.told.lock().contains(&id)
    }

    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.send(Message::Close);
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }
}

impl crate::App {
    /// A place in the stream: whoever goes on from here misses nothing that was committed after this call.
    pub fn live_place(&self) -> Id {
        crate::ctx::new_id()
    }

    /// Open live streams, for the metrics.
    pub fn live_streams(&self) -> i64 {
        self.0.hub.streams.load(Ordering::Relaxed)
    }
}

/// Counts a stream for as long as it lives.
struct Open(Arc<AtomicI64>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// More missed changes than this, and the browser reads everything again.
const REPLAY: u32 = 500;

/// Events for this person from now on, or from after `last` (the id of the last event seen). Each with its id, if it has one.
pub async fn subscribe(ctx: &Ctx, last: Option<Id>) -> Result<BoxStream<'static, (Option<Id>, LiveEvent)>> {
    let hub = &ctx.app.0.hub;
    // First listen, then read what was missed: nothing falls between.
    let receiver = hub.sender.subscribe();
    let missed = match last {
        Some(last) => missed(ctx, last).await?,
        None => Vec::new(),
    };
    hub.streams.fetch_add(1, Ordering::Relaxed);
    let open = Open(hub.streams.clone());
    let ctx = ctx.clone();
    let news = futures::stream::unfold((receiver, ctx, open), |(mut receiver, ctx, open)| async move {
        loop {
            let out = match receiver.recv().await {
                Ok(Message::Happened(h)) => h.for_person(&current(&ctx)?).map(|e| (h.id, e)),
                Ok(Message::Bulk(kind, records)) => {
                    let who = current(&ctx)?;
                    let count = records.iter().map(|r| r.seen_by(&who)).fold(0, u32::saturating_add);
                    let told = if count > 0 { Some(LiveEvent::Bulk { kind, count }) } else { masked(&who, kind) };
                    told.map(|event| (None, event))
                }
                Ok(Message::Presence(p, record)) => current(&ctx)?.sees(&record).then_some((None, LiveEvent::Presence(p))),
                Ok(Message::Clash(told)) => {
                    let events = told.get(&ctx.me.id).map(|ids| ids.iter().copied().collect());
                    events.map(|events| (None, LiveEvent::Clash { events }))
                }
                Ok(Message::Notices(people)) => people.contains(&ctx.me.id).then_some((None, LiveEvent::Notices)),
                // Too slow to keep up: what was dropped is unknown.
                Err(RecvError::Lagged(_)) => Some((None, LiveEvent::Reset)),
                Ok(Message::Close) | Err(RecvError::Closed) => return None,
            };
            if let Some(event) = out {
                return Some((event, (receiver, ctx, open)));
            }
        }
    });
    Ok(futures::stream::iter(missed).chain(news).boxed())
}

/// The person as the directory knows them now: rights taken away end at once. None: no longer a user.
fn current(ctx: &Ctx) -> Option<Who> {
    if ctx.actor().is_none() {
        return Some(ctx.who());
    }
    let directory = ctx.app.directory();
    let user = directory.users.get(&ctx.me.id).filter(|u| u.deleted_at.is_none() && !u.flag("disabled"))?;
    let role = domain::rights::Role::parse(user.text("role"))?;
    Some(Who { id: user.id, role, team_members: directory.team_of(user) })
}

async fn missed(ctx: &Ctx, last: Id) -> Result<Vec<(Option<Id>, LiveEvent)>> {
    let store = &ctx.app.0.store;
    let from = crate::feed::some_time_before(last);
    let changes = store.changes_after(Some(from), REPLAY + 1).await.map_err(fault)?;
    if changes.len() > usize::try_from(REPLAY).unwrap_or(500) {
        // From here on: the next time it is not everything again.
        return Ok(vec![(Some(crate::ctx::new_id()), LiveEvent::Reset)]);
    }
    // One question a kind: every page begins here.
    let mut records: BTreeMap<Id, Record> = BTreeMap::new();
    for kind in Kind::ALL {
        let ids: BTreeSet<Id> = changes.iter().filter(|c| c.kind == kind).map(|c| c.record).collect();
        let ids: Vec<Id> = ids.into_iter().collect();
        records.extend(store.get_many(kind, &ids).await.map_err(fault)?.into_iter().map(|r| (r.id, r)));
    }
    let who = ctx.who();
    let mut out = Vec::new();
    for change in changes {
        let Some(now) = records.get(&change.record).cloned() else { continue };
        let parents = crate::records::parents(&now);
        let before = (change.op != ChangeOp::Create).then(|| crate::feed::before(&now, &change));
        let id = change.id;
        let happened = Happened::of(Committed { now, before, change, parents });
        out.extend(happened.for_person(&who).map(|e| (Some(id), e)));
    }
    Ok(out)
}

/// A look lasts this long without being renewed.
const LOOK_MS: i64 = 45_000;

/// "I look at this record" (`field`: and type in that field); again every 20 s. `record` None: no longer. Answers who else does.
pub async fn look_at(ctx: &Ctx, tab: &str, record: Option<Id>, field: Option<&str>) -> Result<Option<Presence>> {
    let hub = &ctx.app.0.hub;
    let now = ctx.app.now();
    let tab: String = tab.chars().take(64).collect();
    let key = format!("{}:{tab}", ctx.me.id);
    let seen = match record {
        Some(id) => Some(watched(ctx, id).await?),
        None => None,
    };
    let mut events = Vec::new();
    let mut answer = None;
    {
        let mut looking = hub.looking.lock();
        let mut told: Vec<Id> = Vec::new();
        for (id, w) in looking.iter_mut() {
            let count = w.people.len();
            w.people.retain(|k, l| l.until > now && (*k != key || Some(*id) == record));
            if w.people.len() != count {
                told.push(*id);
            }
        }
        if let Some(seen) = seen {
            let id = seen.id;
            let field = field.map(|f| f.chars().take(64).collect::<String>());
            let w = looking.entry(id).or_insert_with(|| Watched { record: seen.clone(), people: BTreeMap::new() });
            w.record = seen;
            let look = Look { user: ctx.me.id, name: ctx.me.name.clone(), field: field.clone(), until: now + LOOK_MS };
            let old = w.people.insert(key, look);
            if old.is_none_or(|o| o.field != field) && !told.contains(&id) {
                told.push(id);
            }
            answer = Some(presence(&looking, id));
        }
        for id in told {
            if let Some(w) = looking.get(&id) {
                events.push(Message::Presence(presence(&looking, id), w.record.clone()));
            }
        }
        looking.retain(|_, w| !w.people.is_empty());
    }
    for event in events {
        hub.send(event);
    }
    Ok(answer)
}

/// The record behind an id, if this person may see it. Asked once a look: renewing finds it here.
async fn watched(ctx: &Ctx, id: Id) -> Result<Arc<Record>> {
    let who = ctx.who();
    let known = ctx.app.0.hub.looking.lock().get(&id).map(|w| w.record.clone());
    if let Some(record) = known.filter(|r| who.sees(r)) {
        return Ok(record);
    }
    for kind in [
        Kind::Deal,
        Kind::Company,
        Kind::Contact,
        Kind::Task,
        Kind::Product,
        Kind::Note,
        Kind::Call,
        Kind::User,
        Kind::Team,
        Kind::Pipeline,
        Kind::Event,
        Kind::Resource,
    ] {
        if let Some(record) = ctx.app.0.store.get(kind, id).await.map_err(fault)? {
            return if who.sees(&record) { Ok(Arc::new(record)) } else { Err(Error::NotFound) };
        }
    }
    Err(Error::NotFound)
}

fn presence(looking: &BTreeMap<Id, Watched>, record: Id) -> Presence {
    let mut people: Vec<Present> = Vec::new();
    for l in looking.get(&record).into_iter().flat_map(|w| w.people.values()) {
        match people.iter_mut().find(|p| p.user == l.user) {
            Some(p) => p.field = p.field.take().or_else(|| l.field.clone()),
            None => people.push(Present { user: l.user, name: l.name.clone(), field: l.field.clone() }),
        }
    }
    Presence { record, people }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_many_records_each_stream_asks_its_rights_once_an_owner() {
        let people: Vec<Id> = (1..=3).map(|n| Id(uuid::Uuid::from_u128(n))).collect();
        let note = |n: usize, deal_owner: Id| {
            let fields = json!({"body": n, "owner": people[n % 3], "deal": crate::ctx::new_id(), "deal_owner": deal_owner});
            let fields = fields.as_object().cloned().unwrap();
            let at = String::new();
            Record {
                id: crate::ctx::new_id(),
                kind: Kind::Note,
                version: 1,
                created_at: at.clone(),
                updated_at: at,
                deleted_at: None,
                fields,
            }
        };
        let notes: Vec<(Record, Record)> = (0..900).map(|n| (note(n, people[0]), note(n, people[n % 2]))).collect();
        let groups = Shadow::grouped(notes.iter().map(|(now, before)| (now, Some(before))));
        assert_eq!(groups.len(), 6, "three owners, before on deals of two");
        for id in &people {
            let who = Who { id: *id, role: domain::rights::Role::Sales, team_members: vec![*id] };
            let one_by_one = notes.iter().filter(|(now, before)| who.sees(now) || who.sees(before)).count();
            let count: u32 = groups.iter().map(|g| g.seen_by(&who)).sum();
            assert_eq!(usize::try_from(count).unwrap(), one_by_one);
        }
    }
}
