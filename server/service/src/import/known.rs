//! What is here already, as far as the person may see it: names for relations, keys for matching, words in use.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use domain::import::RECORD_ID;
use domain::pipelines::Pipeline;
use domain::schema::FieldType;
use domain::{Fields, Id, Kind, Record, Result, contacts, text};
use serde_json::Value;

use super::closest::Names;
use super::mapping::{Mapping, Target};
use super::vocabulary::{WORD_FIELDS, words};
use crate::Ctx;
use crate::ctx::fault;
use crate::directory::Directory;

/// Whom a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    Record(Id),
    /// A row of the same file.
    Row(usize),
}

#[derive(Default)]
pub struct Known {
    names: BTreeMap<Kind, Names<Whom>>,
    /// Codes, addresses and numbers that name a record too.
    aliases: HashMap<(Kind, String), Id>,
    titles: HashMap<Id, (Kind, String)>,
    /// What names several records, and which.
    namesakes: HashMap<(Kind, String), Vec<Id>>,
    /// Whose a contact or a deal is: tells namesakes apart.
    companies: HashMap<Id, Id>,
    /// Match key → record.
    keys: HashMap<String, Id>,
    /// Match keys of several records, and of how many.
    shared: HashMap<String, usize>,
    words: BTreeMap<&'static str, Names<()>>,
    pub directory: Arc<Directory>,
    /// In use, in their order; the first one of an import into an empty house too.
    pipelines: Vec<Pipeline>,
    /// What the first pipeline is made of, while there is none.
    founding: Option<Fields>,
    /// Addresses of users: no two may share one.
    addresses: HashSet<String>,
}

impl Known {
    pub async fn load(ctx: &Ctx, mapping: &Mapping, ahead: &[Record]) -> Result<Self> {
        let mut known = Self { directory: ctx.app.directory(), ..Self::default() };
        known.pipelines.clone_from(&known.directory.pipelines);
        known.pipelines.extend(ahead.iter().filter_map(Pipeline::of));
        known.founding = known.pipelines.is_empty().then(|| crate::auth::first_pipeline(ctx.me.locale, &ctx.me.currency));
        let own = mapping.kind;
        let mut kinds: BTreeSet<Kind> = mapping.columns.iter().filter_map(|c| c.target.names()).collect();
        let words_in_use = mapping.columns.iter().any(|c| WORD_FIELDS.contains(&c.target.name()));
        if !mapping.match_field.is_empty() || words_in_use {
            kinds.insert(own);
        }
        if mapping.has("attendees") {
            // Customers attend too.
            kinds.insert(Kind::Contact);
        }
        if own == Kind::User {
            kinds.insert(Kind::Team);
        }
        for field in WORD_FIELDS.into_iter().filter(|f| mapping.has(f)) {
            let names = known.words.entry(field).or_default();
            words(field).iter().for_each(|w| names.add(w, ()));
        }
        let directory = Arc::clone(&known.directory);
        for kind in kinds.iter().copied() {
            match kind {
                Kind::User => directory.users.values().for_each(|r| known.take(r, mapping)),
                Kind::Resource => directory.resources.values().for_each(|r| known.take(r, mapping)),
                Kind::Team => directory.teams.values().for_each(|r| known.take(r, mapping)),
                Kind::Pipeline => {
                    for p in &directory.pipelines {
                        known.name(Kind::Pipeline, &p.name, p.id);
                    }
                }
                _ => known.scan(ctx, kind, mapping).await?,
            }
        }
        ahead.iter().filter(|r| kinds.contains(&r.kind)).for_each(|r| known.take(r, mapping));
        Ok(known)
    }

    async fn scan(&mut self, ctx: &Ctx, kind: Kind, mapping: &Mapping) -> Result<()> {
        let who = ctx.who();
        let mut after = None;
        loop {
            let page = ctx.app.0.store.scan(kind, after, 1000).await.map_err(fault)?;
            after = page.last().map(|r| r.id);
            page.iter().filter(|r| who.sees(r)).for_each(|r| self.take(r, mapping));
            if page.len() < 1000 {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
    }

    fn name(&mut self, kind: Kind, name: &str, id: Id) {
        if let Some(Whom::Record(first)) = self.names.get(&kind).and_then(|n| n.find(name)).copied() {
            self.is_namesake(kind, name, first, id);
        }
        self.names.entry(kind).or_default().add(name, Whom::Record(id));
        self.titles.entry(id).or_insert_with(|| (kind, name.to_owned()));
    }

    fn is_namesake(&mut self, kind: Kind, name: &str, first: Id, id: Id) {
        if first != id {
            let all = self.namesakes.entry((kind, text::fold(name))).or_insert_with(|| vec![first]);
            if !all.contains(&id) {
                all.push(id);
            }
        }
    }

    fn alias(&mut self, kind: Kind, alias: &str, id: Id) {
        let first = *self.aliases.entry((kind, text::fold(alias))).or_insert(id);
        self.is_namesake(kind, alias, first, id);
    }

    fn take(&mut self, r: &Record, mapping: &Mapping) {
        if r.deleted_at.is_some() {
            return;
        }
        // Nothing names an item of the calendar, and there may be very many.
        if r.kind != Kind::Event {
            self.name(r.kind, r.name(), r.id);
        }
        for field in ["email", "domain", "code", "external_id"] {
            let alias = r.text(field);
            if !alias.is_empty() {
                self.alias(r.kind, alias, r.id);
            }
        }
        for email in strings(&r.fields, "emails") {
            self.alias(r.kind, email, r.id);
        }
        if let (Kind::Contact | Kind::Deal, Some(company)) = (r.kind, r.id_of("company")) {
            self.companies.insert(r.id, company);
        }
        if r.kind == Kind::User && !r.text("email").is_empty() {
            self.addresses.insert(r.text("email").to_owned());
        }
        if r.kind == mapping.kind {
            for key in keys(r.kind, &mapping.match_field, &r.fields, Some(r.id)) {
                if *self.keys.entry(key.clone()).or_insert(r.id) != r.id {
                    *self.shared.entry(key).or_insert(1) += 1;
                }
            }
            for field in WORD_FIELDS {
                if let Some(names) = self.words.get_mut(field) {
                    names.add(r.text(field), ());
                }
            }
        }
    }

    /// A row of the file that other rows may name.
    pub fn add_row(&mut self, kind: Kind, name: &str, row: usize) {
        self.names.entry(kind).or_default().add(name, Whom::Row(row));
    }

    /// By id, name, or code; with what the record is called.
    pub fn find(&self, kind: Kind, value: &str) -> Option<(Whom, String)> {
        let titled = |id: Id| (Whom::Record(id), self.titles.get(&id).map(|(_, t)| t.clone()).unwrap_or_default());
        if let Some(id) = Id::parse(value) {
            return self.titles.get(&id).is_some_and(|(k, _)| *k == kind).then(|| titled(id));
        }
        match self.names.get(&kind).and_then(|n| n.find(value)) {
            Some(Whom::Record(id)) => Some(titled(*id)),
            Some(row) => Some((*row, value.to_owned())),
            None => self.aliases.get(&(kind, text::fold(value))).map(|id| titled(*id)),
        }
    }

    pub fn closest(&mut self, kind: Kind, value: &str) -> Option<String> {
        self.names.get_mut(&kind).and_then(|n| n.closest(value)).map(|(name, _)| name)
    }

    pub fn words(&mut self, field: &str) -> Option<&mut Names<()>> {
        self.words.get_mut(field)
    }

    /// More than one that this names; empty when it is clear.
    pub fn namesakes(&self, kind: Kind, value: &str) -> &[Id] {
        self.namesakes.get(&(kind, text::fold(value))).map(Vec::as_slice).unwrap_or_default()
    }

    pub fn company_of(&self, id: Id) -> Option<Id> {
        self.companies.get(&id).copied()
    }

    /// The record with one of these keys, or how many have it.
    pub fn matching(&self, keys: &[String]) -> Option<Result<Id, usize>> {
        let (key, id) = keys.iter().find_map(|k| self.keys.get_key_value(k))?;
        Some(self.shared.get(key).map_or(Ok(*id), |n| Err(*n)))
    }

    pub fn address_taken(&self, email: &str) -> bool {
        self.addresses.contains(email)
    }

    pub fn pipeline(&self, id: Id) -> Option<&Pipeline> {
        self.pipelines.iter().find(|p| p.id == id)
    }

    /// What the first pipeline is to be made of, when deals need one and there is none.
    pub fn founding(&mut self) -> Option<Fields> {
        self.founding.take()
    }

    pub fn found(&mut self, pipeline: Pipeline) {
        self.pipelines.push(pipeline);
    }

    /// The pipeline that deals go to when neither row nor plan names one.
    pub fn first_pipeline(&self) -> Option<Id> {
        self.pipelines.first().map(|p| p.id)
    }
}

fn strings<'a>(fields: &'a Fields, name: &str) -> impl Iterator<Item = &'a str> {
    let list = fields.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str)
}

/// What a record is matched by. Names and addresses in any letter case, numbers and codes exactly.
pub fn keys(kind: Kind, match_field: &str, fields: &Fields, id: Option<Id>) -> Vec<String> {
    let one = |s: &str| if s.is_empty() { Vec::new() } else { vec![s.to_owned()] };
    let text_of = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    match match_field {
        "" => Vec::new(),
        RECORD_ID => id.map(|i| i.to_string()).into_iter().collect(),
        "name" if kind == Kind::Contact => one(&text::fold(&contacts::full_name(text_of("given_name"), text_of("family_name")))),
        // Items share their titles: what begins at another time is another one.
        "title" if kind == Kind::Event && !text_of("title").is_empty() => {
            vec![format!("{}\n{}", text_of("start"), text::fold(text_of("title")))]
        }
        "external_id" | "code" => one(text_of(match_field)),
        field if kind.field(field).is_some_and(|f| f.ty.is_many()) => strings(fields, field).map(text::fold).collect(),
        field => one(&text::fold(text_of(field))),
    }
}

/// Does the kind's own relation point to its own kind (parent company, a team's manager among the users)?
pub fn points_to_itself(mapping: &Mapping) -> bool {
    mapping.columns.iter().any(|c| match c.target {
        Target::Field(f) => f.ty == FieldType::Ref(mapping.kind),
        Target::TeamManager => true,
        _ => false,
    })
}
