//! Synthetic but plausible data for measurements: the same for the same seed. Written past the use cases (a million deals
//! would take an hour through them), but with everything that they would derive, and with its history.

mod events;

use domain::pipelines::{Pipeline, StageKind};
use domain::record::{Change, ChangeOp};
use domain::{Error, Fields, Id, Kind, Record, Result, time};
use serde_json::{Value, json};
use store::{Put, WriteError};

use crate::App;
use crate::ctx::{fault, internal, new_id};
use crate::feed::index_doc;

#[derive(Clone, Copy, Debug)]
pub struct Amounts {
    pub companies: u64,
    pub deals: u64,
    pub events: u64,
    /// People without an account, beside those who are there.
    pub users: u64,
    pub seed: u64,
}

const FIRST: &[&str] = &[
    "Nordic",
    "Blue",
    "Golden",
    "Rapid",
    "Silver",
    "Urban",
    "Alpine",
    "Green",
    "Prime",
    "Delta",
    "Киї",
    "Дніпро",
    "云",
    "海",
    "森",
    "Vertex",
    "Lumen",
    "Harbor",
    "Summit",
    "Cedar",
];
const SECOND: &[&str] = &[
    "works",
    "tech",
    "line",
    "field",
    "gate",
    "point",
    "ware",
    "flow",
    "port",
    "mill",
    "буд",
    "логістика",
    "科技",
    "電子",
    "商貿",
    "soft",
    "systems",
    "foods",
    "medical",
    "energy",
];
const INDUSTRIES: &[&str] = &["software", "retail", "medical", "technology", "finance", "logistics", "telecommunications", "services"];
const GIVEN: &[&str] = &["Anna", "Marco", "Olena", "Taras", "Wei", "Mei", "John", "Sara", "Ivan", "Lin"];
const FAMILY: &[&str] = &["Snelling", "Rossi", "Коваленко", "Шевченко", "王", "林", "Smith", "Novak", "Бондар", "陳"];
const DAY: i64 = 86_400_000;

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides.max(1)
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        let n = self.roll(u64::try_from(list.len()).unwrap_or(1));
        list.get(usize::try_from(n).unwrap_or(0)).copied().unwrap_or_default()
    }

    fn id(&mut self, ids: &[Id]) -> Option<Id> {
        let n = self.roll(u64::try_from(ids.len()).unwrap_or(1));
        ids.get(usize::try_from(n).unwrap_or(0)).copied()
    }
}

/// Rows read from the dice at once: bounds the memory.
const STEP: u64 = 2_000;

/// Companies with two contacts each, and deals; `progress` hears how many of how many are written.
pub async fn generate(app: &App, amounts: Amounts, progress: impl Fn(u64, u64) + Send) -> Result<()> {
    let directory = app.directory();
    let pipeline = directory.pipelines.first().cloned().ok_or_else(|| Error::invalid("pipeline", "no_pipeline"))?;
    let mut owners: Vec<Id> = directory.users.values().filter(|u| u.deleted_at.is_none()).map(|u| u.id).collect();
    let people: Vec<Record> = (0..amounts.users).map(|n| events::user(app, n)).collect();
    owners.extend(people.iter().map(|p| p.id));
    write(app, people).await?;
    let products = all_ids(app, Kind::Product).await?;
    let mut dice = Dice(amounts.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let all = amounts.companies * 3 + amounts.deals + amounts.events;
    let mut done = 0;
    let mut companies = Vec::new();
    for n in 0..amounts.companies.div_ceil(STEP) {
        let count = STEP.min(amounts.companies - n * STEP);
        let rows = (0..count).map(|i| company(app, &mut dice, n * STEP + i, &owners)).collect::<Vec<_>>();
        companies.extend(rows.iter().map(|r| r.id));
        write(app, rows).await?;
        done += count;
        progress(done, all);
    }
    let contacts = amounts.companies * 2;
    let mut asked = Vec::new();
    for n in 0..contacts.div_ceil(STEP) {
        let count = STEP.min(contacts - n * STEP);
        let rows: Vec<Record> = (0..count).map(|i| contact(app, &mut dice, n * STEP + i, &companies, &owners)).collect();
        asked.extend(rows.iter().map(|r| r.id));
        write(app, rows).await?;
        done += count;
        progress(done, all);
    }
    for n in 0..amounts.deals.div_ceil(STEP) {
        let count = STEP.min(amounts.deals - n * STEP);
        let rows = (0..count).map(|i| deal(app, &mut dice, n * STEP + i, &pipeline, &companies, &owners, &products)).collect();
        write(app, rows).await?;
        done += count;
        progress(done, all);
    }
    if amounts.events > 0 {
        let mut rooms: Vec<Id> = directory.resources.keys().copied().collect();
        if rooms.is_empty() {
            let made = events::rooms(app);
            rooms.extend(made.iter().map(|r| r.id));
            write(app, made).await?;
        }
        let cast = events::Cast { users: &owners, companies: &companies, contacts: &asked, rooms: &rooms };
        for n in 0..amounts.events.div_ceil(STEP) {
            let count = STEP.min(amounts.events - n * STEP);
            let rows = (0..count).map(|i| events::event(app, &mut dice, n * STEP + i, &cast)).collect();
            write(app, rows).await?;
            done += count;
            progress(done, all);
        }
    }
    app.reload_directory().await?;
    let last = app.0.store.newest_change().await.map_err(fault)?.unwrap_or_else(new_id);
    app.0.index.loaded(last.to_string()).await.map_err(|e| internal(&e))
}

async fn all_ids(app: &App, kind: Kind) -> Result<Vec<Id>> {
    Ok(app.0.store.scan(kind, None, 1000).await.map_err(fault)?.into_iter().map(|r| r.id).collect())
}

fn record(app: &App, kind: Kind, fields: Value, age_days: i64) -> Record {
    let mut fields: Fields = fields.as_object().cloned().unwrap_or_default();
    fields.retain(|_, v| !v.is_null());
    let at = time::instant(app.now() - age_days * DAY);
    Record { id: new_id(), kind, version: 1, created_at: at.clone(), updated_at: at, deleted_at: None, fields }
}

fn company(app: &App, dice: &mut Dice, n: u64, owners: &[Id]) -> Record {
    let name = format!("{}{} {n}", dice.of(FIRST), dice.of(SECOND));
    let employees = 5 + dice.roll(9_000);
    let fields = json!({"name": name, "domain": format!("c{n}.example"), "industry": dice.of(INDUSTRIES), "owner": dice.id(owners),
        "employees": employees, "city": dice.of(&["Kyiv", "Taipei", "Austin", "Lisbon", "北京", "Львів"]),
        "revenue": {"amount": format!("{}.00", employees * 80_000), "currency": "USD"}});
    record(app, Kind::Company, fields, i64::try_from(dice.roll(900)).unwrap_or(0))
}

fn contact(app: &App, dice: &mut Dice, n: u64, companies: &[Id], owners: &[Id]) -> Record {
    let (given, family) = (dice.of(GIVEN), dice.of(FAMILY));
    let fields = json!({"given_name": given, "family_name": family, "name": domain::contacts::full_name(given, family),
        "emails": [format!("p{n}@c{}.example", n / 2)], "phones": [format!("+380{:09}", n * 7919 % 1_000_000_000)],
        "company": dice.id(companies), "owner": dice.id(owners)});
    record(app, Kind::Contact, fields, i64::try_from(dice.roll(900)).unwrap_or(0))
}

fn deal(app: &App, dice: &mut Dice, n: u64, pipeline: &Pipeline, companies: &[Id], owners: &[Id], products: &[Id]) -> Record {
    // A tenth is open, as in a company that has sold for years.
    let wanted = match dice.roll(100) {
        0..10 => StageKind::Open,
        10..70 => StageKind::Won,
        _ => StageKind::Lost,
    };
    let stages: Vec<_> = pipeline.stages.iter().filter(|s| s.kind == wanted).collect();
    let pick = dice.roll(u64::try_from(stages.len()).unwrap_or(1));
    let stage = stages.get(usize::try_from(pick).unwrap_or(0));
    let days = |dice: &mut Dice, n: u64| i64::try_from(dice.roll(n)).unwrap_or(0);
    let day = |offset: i64| time::date(time::utc_date(app.now() + offset * DAY));
    let closed = -days(dice, 1_000);
    let (opened, age) = if wanted == StageKind::Open { (-days(dice, 60), 0) } else { (closed - 10 - days(dice, 90), -closed) };
    let fields = json!({"name": format!("{} {} {n}", dice.of(&["GTX", "MG", "GTK", "Service", "Контракт", "系统"]), dice.of(&["Basic", "Pro", "Plus", "rollout", "renewal", "升級"])),
        "company": dice.id(companies), "owner": dice.id(owners), "products": [dice.id(products)], "pipeline": pipeline.id,
        "stage": stage.map(|s| s.id.as_str()), "status": wanted.name(), "external_id": format!("G{n:08}"),
        "amount": {"amount": format!("{}.{:02}", 50 + dice.roll(60_000), dice.roll(100)), "currency": "USD"},
        "opened_on": day(opened), "stage_since": time::instant(app.now() + (if age == 0 { opened } else { closed }) * DAY),
        "closed_at": (wanted != StageKind::Open).then(|| day(closed)),
        "expected_close": (wanted == StageKind::Open).then(|| day(days(dice, 180) - 20)),
        "rank": crate::records::newest_rank(app.now())});
    let fields = match fields.get("products").and_then(|p| p.get(0)) {
        Some(Value::Null) | None => {
            let mut fields = fields;
            if let Some(o) = fields.as_object_mut() {
                o.remove("products");
            }
            fields
        }
        _ => fields,
    };
    record(app, Kind::Deal, fields, age)
}

async fn write(app: &App, rows: Vec<Record>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    app.0.book.take_in(rows.iter(), std::iter::empty());
    let docs = rows.iter().map(|r| index_doc(app, r)).collect();
    let items: Vec<(Put, Change, Vec<Id>)> = rows
        .into_iter()
        .map(|r| {
            let change = Change {
                id: new_id(),
                at: r.created_at.clone(),
                actor: None,
                actor_name: "generator".to_owned(),
                op: ChangeOp::Create,
                kind: r.kind,
                record: r.id,
                name: r.name().to_owned(),
                version: 1,
                before: Fields::new(),
                after: r.fields.clone(),
                undoes: None,
                import: None,
            };
            let parents = crate::records::parents(&r);
            (Put { record: r, over: None }, change, parents)
        })
        .collect();
    app.0.store.write_many(&items).await.map_err(|(_, e)| match e {
        WriteError::Db(e) => fault(e),
        other => internal(&format!("{other:?}")),
    })?;
    app.0.index.load(docs).await.map_err(|e| internal(&e))
}
