//! What is knocked at: each room through the doors that it has, as people's browsers and as programs do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::http::{As, Client, address, get, request};
use crate::load::{Round, Work};

/// What a target asks of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// Milliseconds, half of all answers, one user.
    Half(f64),
    /// Answers a second with ten users.
    Rate(f64),
}

/// One row of the table.
pub struct Door {
    pub room: &'static str,
    pub door: &'static str,
    pub targets: &'static [Target],
    kind: Knock,
}

enum Knock {
    Round(Vec<Vec<u8>>),
    Move,
}

type Cards = Arc<Mutex<BTreeMap<String, (i64, String)>>>;

/// What the requests speak of: read from the database that is measured.
pub struct World {
    token: String,
    owners: Vec<String>,
    /// Open deals to look at.
    deals: Vec<String>,
    /// Open deals by stage, in their order.
    stages: BTreeMap<String, Vec<String>>,
    /// Version and stage of those that are moved, as they are now.
    cards: Cards,
    pub lists: Vec<List>,
    pub searches: Vec<&'static str>,
    pub pipeline: String,
}

/// A list's question, and the same in the database's language.
pub struct List {
    filter: String,
    sort: &'static str,
    pub sql: String,
}

impl World {
    pub async fn read(client: &mut Client, token: &str) -> Result<Self> {
        let who = As::Program(token);
        let board = client.json(&get("/api/v1/deals/board?cards=1", who)).await?;
        let pipeline = board.pointer("/pipeline/id").and_then(Value::as_str).context("no pipeline")?.to_owned();
        let people = client.json(&get("/api/v1/users?limit=50", who)).await?;
        let owners: Vec<String> = ids(&people).map(|(id, _)| id).collect();
        let mut stages = BTreeMap::new();
        let mut cards = BTreeMap::new();
        let columns = board.pointer("/columns").and_then(Value::as_array).cloned().unwrap_or_default();
        for stage in columns.iter().filter(|c| c.pointer("/stage/kind") == Some(&json!("open"))) {
            // A stage that asks for fields would refuse what has none.
            let asks = stage.pointer("/stage/required_fields").and_then(Value::as_array).is_some_and(|f| !f.is_empty());
            let Some(id) = stage.pointer("/stage/id").and_then(Value::as_str).filter(|_| !asks) else { continue };
            let path = address("/api/v1/deals", &[("filter", &format!("stage = \"{id}\"")), ("sort", "rank"), ("limit", "500")]);
            let page = client.json(&get(&path, who)).await?;
            let deals: Vec<(String, i64)> = ids(&page).collect();
            // The first third of each column is moved, the rest are the neighbours.
            cards.extend(deals.iter().take(deals.len() / 3).map(|(deal, version)| (deal.clone(), (*version, id.to_owned()))));
            stages.insert(id.to_owned(), deals.into_iter().map(|(deal, _)| deal).collect::<Vec<_>>());
        }
        let page = client.json(&get(&address("/api/v1/deals", &[("filter", "status = open"), ("limit", "300")]), who)).await?;
        let deals = ids(&page).map(|(id, _)| id).collect();
        let stage = stages.keys().next().cloned().unwrap_or_default();
        Ok(Self {
            token: token.to_owned(),
            lists: lists(&owners, &stage),
            owners,
            deals,
            stages,
            cards: Arc::new(Mutex::new(cards)),
            searches: vec!["globex", "nordic", "коваленко", "buildtech", "gtx pro 42", "云科", "harborfoods", "p77@c", "renewal 9", "林"],
            pipeline,
        })
    }

    pub fn deals(&self) -> &[String] {
        &self.deals
    }

    pub fn open_stages(&self) -> impl Iterator<Item = &str> {
        self.stages.keys().map(String::as_str)
    }

    pub fn doors(&self) -> Vec<Door> {
        use Target::{Half, Rate};
        let program = As::Program(&self.token);
        let browser = As::Browser(&self.token);
        let rest = |paths: Vec<String>| Knock::Round(paths.iter().map(|p| get(p, program)).collect());
        let page = |paths: Vec<String>| Knock::Round(paths.iter().map(|p| get(p, browser)).collect());
        let call = |name: &str, bodies: Vec<Value>| {
            let path = format!("/api/app/{name}");
            Knock::Round(bodies.iter().map(|b| request("POST", &path, As::Page(&self.token), Some(&b.to_string()))).collect())
        };
        let list = |path: &str| self.lists.iter().map(|l| address(path, &[("filter", &l.filter), ("sort", l.sort)])).collect::<Vec<_>>();
        let rows = |l: &List| json!({"kind": "deal", "query": {"filter": l.filter, "sort": l.sort}});
        let periods = ["", "this-quarter", "this-year", "last-quarter", "last-30-days"];
        let figures = |path: &str| -> Vec<String> {
            let own = self.owners.iter().map(|o| address(path, &[("owner", o)]));
            periods.iter().map(|p| address(path, &[("period", p)])).chain(own).collect()
        };
        let records = |path: &str| self.deals.iter().map(|d| format!("{path}/{d}")).collect::<Vec<_>>();
        let each = |f: &dyn Fn(&str) -> Value| self.deals.iter().map(|d| f(d)).collect::<Vec<_>>();
        let door = |room, door, targets, kind| Door { room, door, targets, kind };
        const LIST: &[Target] = &[Half(6.0), Rate(380.0)];
        vec![
            door("list", "REST", LIST, rest(list("/api/v1/deals"))),
            door("list", "call", LIST, call("records/rows", self.lists.iter().map(rows).collect())),
            door("list", "page", LIST, page(list("/deals"))),
            door("board", "REST", &[Half(40.0)], rest(vec!["/api/v1/deals/board".to_owned()])),
            door(
                "board",
                "call",
                &[Half(40.0)],
                call("deals/board", vec![json!({"query": {"pipeline": null, "filter": "", "q": "", "cards": 0}})]),
            ),
            door("board", "page", &[Half(40.0)], page(vec!["/deals?layout=board".to_owned()])),
            door("dashboard", "REST", &[Half(10.0)], rest(figures("/api/v1/dashboard"))),
            door(
                "dashboard",
                "call",
                &[Half(10.0)],
                call("dashboard/load", periods.iter().map(|p| json!({"query": {"period": p}})).collect()),
            ),
            door("dashboard", "page", &[Half(10.0)], page(figures("/dashboard"))),
            door("record", "REST", &[Half(10.0)], rest(records("/api/v1/deals"))),
            door("record", "call", &[Half(10.0)], call("records/open", each(&|d| json!({"kind": "deal", "id": d})))),
            door("record", "page", &[Half(10.0)], page(records("/deals"))),
            door("search", "REST", &[Half(20.0)], rest(self.searches.iter().map(|w| address("/api/v1/search", &[("q", w)])).collect())),
            door(
                "search",
                "call",
                &[Half(20.0)],
                call("search/find", self.searches.iter().map(|w| json!({"words": w, "kinds": [], "limit": 12})).collect()),
            ),
            door("move", "REST", &[Half(5.0), Rate(500.0)], Knock::Move),
            door("sign-in", "page", &[], Knock::Round(vec![get("/sign-in", As::Stranger)])),
        ]
    }

    /// One client's work each. Those that move cards move cards of their own.
    pub fn works(&self, door: &Door, users: usize) -> Vec<Box<dyn Work>> {
        match &door.kind {
            Knock::Round(requests) => {
                let requests = Arc::new(requests.clone());
                let work = |n: usize| Box::new(Round { requests: Arc::clone(&requests), at: n * 13 }) as Box<dyn Work>;
                (0..users).map(work).collect()
            }
            Knock::Move => (0..users).map(|n| Box::new(self.mover(n, users)) as Box<dyn Work>).collect(),
        }
    }

    /// Moves its share of the cards from stage to stage, each between two neighbours that stay where they are.
    pub fn mover(&self, which: usize, of: usize) -> Mover {
        let mine = self.cards.lock().map(|cards| cards.keys().skip(which).step_by(of).cloned().collect()).unwrap_or_default();
        let rest = |(stage, deals): (&String, &Vec<String>)| {
            let pairs = deals.get(deals.len() / 3..).unwrap_or_default().windows(2);
            let places: Vec<_> = pairs.filter_map(|w| Some((w.first()?.clone(), w.last()?.clone()))).collect();
            (stage.clone(), places)
        };
        Mover {
            token: self.token.clone(),
            cards: Arc::clone(&self.cards),
            mine,
            places: self.stages.iter().map(rest).collect(),
            at: which * 31,
        }
    }
}

pub struct Mover {
    token: String,
    cards: Cards,
    mine: Vec<String>,
    /// By stage the cards between which one is put.
    places: Vec<(String, Vec<(String, String)>)>,
    at: usize,
}

impl Mover {
    fn card(&self) -> String {
        self.mine.get(self.at % self.mine.len().max(1)).cloned().unwrap_or_default()
    }
}

impl Work for Mover {
    fn next(&mut self) -> Vec<u8> {
        self.at += 1;
        let id = self.card();
        let (version, stage) = self.cards.lock().ok().and_then(|c| c.get(&id).cloned()).unwrap_or_default();
        let here = self.places.iter().position(|(name, _)| *name == stage).unwrap_or(0);
        let to = self.places.get((here + 1) % self.places.len().max(1));
        let place = to.and_then(|(_, places)| places.get(self.at % places.len().max(1)));
        let (upper, lower) = place.cloned().unzip();
        let body = json!({"stage": to.map(|t| &t.0), "version": version, "after": upper, "before": lower, "to_top": false, "fields": {}});
        request("POST", &format!("/api/v1/deals/{id}/move"), As::Program(&self.token), Some(&body.to_string()))
    }

    fn heard(&mut self, body: &[u8]) -> Result<()> {
        let answer: Value = serde_json::from_slice(body)?;
        let card = answer.get("card").context("no card")?;
        let version = card.get("version").and_then(Value::as_i64).context("no version")?;
        let stage = card.get("stage").and_then(Value::as_str).context("no stage")?.to_owned();
        if let Ok(mut cards) = self.cards.lock() {
            cards.insert(self.card(), (version, stage));
        }
        Ok(())
    }
}

fn ids(page: &Value) -> impl Iterator<Item = (String, i64)> {
    let items = page.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    items.into_iter().filter_map(|r| Some((r.get("id")?.as_str()?.to_owned(), r.get("version")?.as_i64()?)))
}

/// Filters and sorts as people have them: somebody's open deals, a stage by worth, large ones by age, words in names.
fn lists(owners: &[String], stage: &str) -> Vec<List> {
    let mut out = Vec::new();
    let select = |filter: &str, order: &str| format!("SELECT * FROM deal WHERE deleted_at = NONE AND {filter} ORDER BY {order} LIMIT 50");
    for owner in owners.iter().take(6) {
        out.push(List {
            filter: format!("owner = {owner} and status = open"),
            sort: "expected_close",
            sql: select(&format!("owner = '{owner}' AND status = 'open'"), "expected_close, id"),
        });
        out.push(List {
            filter: format!("owner = {owner} and status = won and amount >= 20000"),
            sort: "-closed_at",
            sql: select(&format!("owner = '{owner}' AND status = 'won' AND <decimal> amount.amount >= 20000"), "closed_at DESC, id DESC"),
        });
    }
    for worth in [1_000, 15_000, 30_000, 45_000] {
        out.push(List {
            filter: format!("stage = \"{stage}\" and amount >= {worth}"),
            sort: "-updated_at",
            sql: select(&format!("stage = '{stage}' AND <decimal> amount.amount >= {worth}"), "updated_at DESC, id DESC"),
        });
        out.push(List {
            filter: format!("amount >= {worth} and name ~ \"Pro\""),
            sort: "name",
            sql: select(&format!("<decimal> amount.amount >= {worth} AND name CONTAINS 'Pro'"), "name, id"),
        });
    }
    out
}
