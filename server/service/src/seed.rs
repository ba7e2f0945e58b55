//! The sample company of `serve --demo`: people in every role, customers in four languages, a live pipeline. Dates are
//! reckoned from the day it is filled, so that it always looks like this morning.

mod calendar;
mod names;

use domain::auth::Setup;
use domain::workspace::Workspace;
use domain::{Error, Fields, Id, Kind, Locale, Record, Result, time};
use serde_json::{Value, json};

use self::names::{CLOSED_NAMES, COMPANIES, CONTACTS, DEALS, PEOPLE, PRODUCTS, RENEWALS, TASKS};
use crate::records::{self, BulkItem, BulkResult};
use crate::{App, Ctx};

/// The password of all sample people. Known to everybody, which is why the sample company opens on loopback only.
pub const PASSWORD: &str = "halyard demo 2026";

/// Sign-ins of the sample company: role, e-mail, password.
pub const SIGN_INS: &[(&str, &str, &str)] = &[
    ("owner", "olena@halyard.example", PASSWORD),
    ("admin", "amara@halyard.example", PASSWORD),
    ("manager", "dustin@halyard.example", PASSWORD),
    ("sales", "vicki@halyard.example", PASSWORD),
    ("marketing", "mei@halyard.example", PASSWORD),
    ("service", "sam@halyard.example", PASSWORD),
    ("analyst", "ines@halyard.example", PASSWORD),
    ("read_only", "robin@halyard.example", PASSWORD),
];

const DAY: i64 = 86_400_000;

/// Fills an empty database; does nothing to one that holds anything.
pub async fn sample_company(app: &App) -> Result<()> {
    if app.directory().workspace.is_some() {
        return Ok(());
    }
    let workspace = Workspace {
        name: "Halyard Supply".to_owned(),
        currency: "USD".to_owned(),
        time_zone: "Europe/Kyiv".to_owned(),
        country: "UA".to_owned(),
        demo: true,
        version: 1,
    };
    let setup = Setup {
        workspace: workspace.name.clone(),
        name: "Олена Коваленко".to_owned(),
        email: "olena@halyard.example".to_owned(),
        password: PASSWORD.to_owned(),
        currency: workspace.currency.clone(),
        locale: Locale::En,
        time_zone: workspace.time_zone.clone(),
    };
    let owner = crate::auth::found(app, &workspace, &setup).await?;
    let seed = Seed { ctx: app.system("sample company"), app, now: app.now(), dice: 0x9e37_79b9_7f4a_7c15 };
    seed.fill(&owner).await?;
    // Last: a seed that broke off is begun again.
    crate::workspace::put(app, &workspace).await
}

struct Seed<'a> {
    ctx: Ctx,
    app: &'a App,
    now: i64,
    dice: u64,
}

fn object(v: Value) -> Fields {
    let mut fields = v.as_object().cloned().unwrap_or_default();
    fields.retain(|_, v| !v.is_null());
    fields
}

/// A number that is given to nobody: what the plans of Britain and North America keep for stories.
fn phone(country: &str, n: usize) -> String {
    const AREAS: [&str; 10] = ["503", "212", "303", "415", "617", "702", "808", "206", "312", "404"];
    match country {
        "United Kingdom" => format!("+442079460{:03}", n % 1000),
        _ => format!("+1{}55501{:02}", AREAS.get(n / 100 % AREAS.len()).unwrap_or(&"503"), n % 100),
    }
}

/// Latin, Chinese or another script: what is called alike belongs together.
fn script(name: &str) -> u8 {
    name.chars().next().map_or(0, |c| if domain::text::is_cjk_char(c) { 2 } else { u8::from(!c.is_ascii()) })
}

fn pick<T>(list: &[T], n: u64) -> Option<&T> {
    let len = u64::try_from(list.len()).unwrap_or(1).max(1);
    list.get(usize::try_from(n % len).unwrap_or(0))
}

impl Seed<'_> {
    fn roll(&mut self, sides: u64) -> u64 {
        // xorshift64*: the same every time.
        self.dice ^= self.dice >> 12;
        self.dice ^= self.dice << 25;
        self.dice ^= self.dice >> 27;
        (self.dice.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides.max(1)
    }

    fn day(&self, offset: i64) -> String {
        time::date(time::utc_date(self.now + offset * DAY))
    }

    fn at(&self, days: i64, hour: i64) -> String {
        let midnight = self.now - self.now.rem_euclid(DAY);
        time::instant(midnight + days * DAY + hour * 3_600_000)
    }

    async fn add(&self, kind: Kind, rows: Vec<Value>) -> Result<Vec<Record>> {
        let items = rows.into_iter().map(|v| BulkItem::Create { fields: object(v) }).collect();
        let mut out = Vec::new();
        for result in records::write_bulk(&self.ctx, kind, items, None).await? {
            match result {
                BulkResult::Created(r) | BulkResult::Updated(r) | BulkResult::Same(r) => out.push(r),
                BulkResult::Failed(e) => return Err(e),
            }
        }
        Ok(out)
    }

    async fn fill(mut self, owner: &Record) -> Result<()> {
        let teams =
            self.add(Kind::Team, vec![json!({"name": "East", "region": "Kyiv"}), json!({"name": "Asia", "region": "Taipei"})]).await?;
        let (east, asia) = (teams.first().map(|t| t.id), teams.get(1).map(|t| t.id));
        let rows = PEOPLE.iter().map(|(name, email, role, locale, zone, team)| {
            let team = if *team == "asia" { asia } else { east };
            json!({"name": name, "email": email, "role": role, "locale": locale, "time_zone": zone, "team": team})
        });
        let people = self.add(Kind::User, rows.collect()).await?;
        for user in people.iter().chain([owner]) {
            if SIGN_INS.iter().any(|(_, email, _)| *email == user.text("email")) || user.text("role") == "sales" {
                crate::auth::put_password(self.app, user, "password", PASSWORD).await?;
            }
        }
        if let (Some(manager), Some(team)) = (people.iter().find(|u| u.text("role") == "manager"), east) {
            let patch = domain::record::Patch { fields: object(json!({"manager": manager.id})), version: 1, base: Fields::new() };
            records::update(&self.ctx, Kind::Team, team, patch).await?;
        }
        let sellers: Vec<Id> =
            people.iter().filter(|u| matches!(u.text("role"), "sales" | "manager")).map(|u| u.id).chain([owner.id]).collect();

        let rows = PRODUCTS.iter().map(
            |(name, series, price)| json!({"name": name, "series": series, "price": {"amount": format!("{price}.00"), "currency": "USD"}}),
        );
        let products = self.add(Kind::Product, rows.collect()).await?;

        let lives = ["customer", "opportunity", "prospect", "loyal", "customer", "lead"];
        let mut rows = Vec::new();
        for (i, (name, industry, city, country, domain)) in COMPANIES.iter().enumerate() {
            let employees = 40 + self.roll(4000);
            // Rolled as ever, so that what comes after it stays what it is.
            let _ = self.roll(9_000_000);
            let owner = pick(&sellers, u64::try_from(i).unwrap_or(0));
            rows.push(json!({"name": name, "industry": industry, "city": city, "country": country, "domain": domain, "owner": owner,
                "employees": employees, "revenue": {"amount": format!("{}.00", employees * 90_000), "currency": "USD"},
                "phones": [phone(country, i)], "lifecycle": lives.get(i % lives.len()), "founded": 1975 + i64::try_from(self.roll(45)).unwrap_or(0)}));
        }
        let companies = self.add(Kind::Company, rows).await?;

        let mut rows = Vec::new();
        for (i, (given, family, title)) in CONTACTS.iter().enumerate() {
            let n = u64::try_from(i).unwrap_or(0);
            // People with Chinese names work for companies with Chinese names, and so on: by script.
            let same: Vec<&Record> = companies.iter().filter(|c| script(c.name()) == script(family)).collect();
            let Some(company) = pick(&same, n * 7 + self.roll(3)) else { continue };
            rows.push(
                json!({"given_name": given, "family_name": family, "job_title": title, "company": company.id, "owner": company.owner(),
                "emails": [format!("contact{i}@{}", company.text("domain"))], "phones": [phone(company.text("country"), COMPANIES.len() + i)]}),
            );
        }
        let contacts = self.add(Kind::Contact, rows).await?;
        // Before them, so that lists begin with new business; and the dice fall for it as they always did.
        let dice = self.dice;
        self.renewals(&companies, &products, &sellers).await?;
        self.dice = dice;
        self.deals(&companies, &contacts, &products, &sellers).await?;
        self.calendar(&companies, &contacts, &people, owner).await
    }

    async fn deals(&mut self, companies: &[Record], contacts: &[Record], products: &[Record], sellers: &[Id]) -> Result<()> {
        let pipeline = self.app.directory().pipelines.first().cloned().ok_or(Error::NotFound)?;
        let mut rows = Vec::new();
        for i in 0..86_u64 {
            let Some((name, stage)) = pick(DEALS, i) else { continue };
            let same: Vec<&Record> = companies.iter().filter(|c| script(c.name()) == script(name)).collect();
            let (Some(company), Some(product)) = (pick(&same, i * 5 + self.roll(7)), pick(products, self.roll(7))) else { continue };
            let stage = if i < 44 {
                *stage
            } else {
                pick(&["prospecting", "engaging", "proposal", "negotiation"], self.roll(4)).copied().unwrap_or("prospecting")
            };
            let people: Vec<Id> = contacts.iter().filter(|c| c.id_of("company") == Some(company.id)).map(|c| c.id).take(2).collect();
            let limit = pipeline.stage(stage).and_then(|s| s.rotting_days).map_or(20, u64::from);
            let age = if self.roll(5) == 0 { limit + self.roll(limit + 8) } else { self.roll(limit) };
            let age = i64::try_from(age).unwrap_or(5);
            let ahead = i64::try_from(self.roll(120)).unwrap_or(30) - 6;
            let dollars = 1_000 + self.roll(60) * 910 + i * 13;
            rows.push(json!({"name": name, "company": company.id, "contacts": people, "products": [product.id], "pipeline": pipeline.id, "stage": stage,
                "amount": {"amount": format!("{dollars}.00"), "currency": "USD"}, "owner": pick(sellers, i + self.roll(2)),
                "opened_on": self.day(-age), "expected_close": self.day(ahead)}));
        }
        let open = self.add(Kind::Deal, rows).await?;

        let mut rows = Vec::new();
        for i in 0..240_u64 {
            let won = self.roll(100) < 63;
            let (Some(company), Some(product), Some(name)) =
                (pick(companies, i * 3 + self.roll(9)), pick(products, self.roll(7)), pick(CLOSED_NAMES, i))
            else {
                continue;
            };
            let closed = -i64::try_from(self.roll(365)).unwrap_or(30);
            let cycle = 12 + i64::try_from(self.roll(80)).unwrap_or(30);
            let dollars = 900 + self.roll(70) * 640;
            let reason = pick(&["Price", "No budget this year", "Chose a competitor", "No answer"], self.roll(4));
            rows.push(json!({"name": name, "company": company.id, "products": [product.id], "pipeline": pipeline.id, "stage": if won { "won" } else { "lost" },
                "amount": {"amount": format!("{dollars}.00"), "currency": "USD"}, "owner": pick(sellers, i + self.roll(3)),
                "opened_on": self.day(closed - cycle), "closed_at": self.day(closed), "lost_reason": if won { Value::Null } else { json!(reason) }}));
        }
        self.add(Kind::Deal, rows).await?;
        self.activities(&open).await
    }

    /// A second pipeline: what was sold comes up again every year.
    async fn renewals(&mut self, companies: &[Record], products: &[Record], sellers: &[Id]) -> Result<()> {
        let stages = json!([
            {"id": "due", "name": "Due soon", "kind": "open", "probability": 60, "rotting_days": 30},
            {"id": "offered", "name": "Offer sent", "kind": "open", "probability": 75, "rotting_days": 14},
            {"id": "agreed", "name": "Agreed", "kind": "open", "probability": 90, "rotting_days": 10},
            {"id": "renewed", "name": "Renewed", "kind": "won", "probability": 100},
            {"id": "ended", "name": "Ended", "kind": "lost", "probability": 0},
        ]);
        let pipeline =
            self.add(Kind::Pipeline, vec![json!({"name": "Renewals", "stages": stages, "currency": "USD", "position": 2})]).await?;
        let Some(pipeline) = pipeline.first() else { return Ok(()) };
        let mut rows = Vec::new();
        for i in 0..40_u64 {
            let Some(name) = pick(RENEWALS, i) else { continue };
            let same: Vec<&Record> = companies.iter().filter(|c| script(c.name()) == script(name)).collect();
            let (Some(company), Some(product)) = (pick(&same, i * 5 + self.roll(3)), pick(products, self.roll(7))) else { continue };
            let stage =
                if i < 18 { pick(&["due", "due", "offered", "agreed"], i) } else { pick(&["renewed", "renewed", "renewed", "ended"], i) };
            let Some(stage) = stage.copied() else { continue };
            let dollars = 600 + self.roll(24) * 250;
            let mut deal = json!({"name": name, "company": company.id, "products": [product.id], "pipeline": pipeline.id, "stage": stage,
                "amount": {"amount": format!("{dollars}.00"), "currency": "USD"}, "owner": pick(sellers, i + self.roll(2)), "tags": ["renewal"]});
            let days = |n: u64| i64::try_from(n).unwrap_or(10);
            let more = if i < 18 {
                let (age, ahead) = (days(1 + self.roll(16)), days(10 + self.roll(70)));
                json!({"opened_on": self.day(-age), "expected_close": self.day(ahead)})
            } else {
                let (closed, cycle) = (-days(self.roll(300)), days(20 + self.roll(30)));
                let reason = if stage == "ended" { json!("No budget this year") } else { Value::Null };
                json!({"opened_on": self.day(closed - cycle), "closed_at": self.day(closed), "lost_reason": reason})
            };
            if let (Some(deal), Value::Object(more)) = (deal.as_object_mut(), more) {
                deal.extend(more);
            }
            rows.push(deal);
        }
        self.add(Kind::Deal, rows).await?;
        Ok(())
    }

    async fn activities(&mut self, deals: &[Record]) -> Result<()> {
        let (mut tasks, mut calls, mut notes) = (Vec::new(), Vec::new(), Vec::new());
        for (i, deal) in deals.iter().enumerate() {
            let n = u64::try_from(i).unwrap_or(0);
            let contact = deal.ids_of("contacts").first().copied();
            let about = json!({"deal": deal.id, "company": deal.id_of("company"), "contact": contact, "owner": deal.owner()});
            let with = |mut v: Value| {
                if let (Some(v), Some(about)) = (v.as_object_mut(), about.as_object()) {
                    v.extend(about.clone());
                }
                v
            };
            // Most deals have a next step, some are late, a few have none: as in life.
            let days = match self.roll(10) {
                0 => continue,
                1 | 2 => -1 - i64::try_from(self.roll(6)).unwrap_or(1),
                3 | 4 => 0,
                _ => 1 + i64::try_from(self.roll(12)).unwrap_or(1),
            };
            let hour = 7 + i64::try_from(self.roll(9)).unwrap_or(3);
            if let Some(name) = pick(TASKS, n) {
                tasks.push(with(json!({"name": name, "due_at": self.at(days, hour), "priority": pick(&["normal", "normal", "high", "low"], self.roll(4))})));
            }
            if self.roll(3) == 0 {
                let outcome = pick(&["reached", "reached", "no_answer", "left_message"], self.roll(4));
                let past = -1 - i64::try_from(self.roll(14)).unwrap_or(1);
                calls.push(with(json!({"name": "Follow-up call", "at": self.at(past, hour), "direction": "outgoing", "outcome": outcome,
                    "minutes": 3 + self.roll(25), "body": "Asked for the updated offer; decision expected after the next board meeting."})));
            }
            if self.roll(4) == 0 {
                let body = pick(
                    &[
                        "Budget confirmed for this quarter.",
                        "Клієнт просить окремий рахунок для філії в Києві.",
                        "二期预算已批，希望五月中旬上线。",
                        "Needs references from the same industry.",
                    ],
                    self.roll(4),
                );
                notes.push(with(json!({"body": body})));
            }
        }
        self.add(Kind::Task, tasks).await?;
        self.add(Kind::Call, calls).await?;
        self.add(Kind::Note, notes).await?;
        Ok(())
    }
}
