//! Users, teams, pipelines, what can be booked, and the workspace: few, asked for by every request, so kept in memory and read again when one
//! of them changes.

use std::collections::BTreeMap;

use domain::calendar::view::Habits;
use domain::pipelines::{Pipeline, Stage};
use domain::record::Label;
use domain::workspace::Workspace;
use domain::{Id, Kind, Record};
use store::{DbError, Store, Table};

#[derive(Default)]
pub(crate) struct Directory {
    pub users: BTreeMap<Id, Record>,
    pub teams: BTreeMap<Id, Record>,
    pub resources: BTreeMap<Id, Record>,
    /// In use, in their order.
    pub pipelines: Vec<Pipeline>,
    all_pipelines: BTreeMap<Id, (Pipeline, i64)>,
    pub workspace: Option<Workspace>,
    /// Working hours, holidays and rules of the house.
    pub habits: Habits,
}

impl Directory {
    pub async fn load(store: &Store) -> Result<Self, DbError> {
        let users = all(store, Kind::User).await?;
        let teams = all(store, Kind::Team).await?;
        let resources = all(store, Kind::Resource).await?;
        let mut records = all(store, Kind::Pipeline).await?;
        records.sort_by_key(|r| (r.int("position").unwrap_or(i64::MAX), r.name().to_owned(), r.id));
        let workspace = Self::stored_workspace(store).await?;
        let habits = Self::stored_habits(store).await?;
        Ok(Self {
            users: users.into_iter().map(|r| (r.id, r)).collect(),
            teams: teams.into_iter().map(|r| (r.id, r)).collect(),
            resources: resources.into_iter().map(|r| (r.id, r)).collect(),
            habits,
            pipelines: records.iter().filter(|r| r.deleted_at.is_none()).filter_map(Pipeline::of).collect(),
            all_pipelines: records.iter().filter_map(|r| Some((r.id, (Pipeline::of(r)?, r.version)))).collect(),
            workspace,
        })
    }

    pub async fn stored_workspace(store: &Store) -> Result<Option<Workspace>, DbError> {
        let doc = store.get_doc(Table::Workspace, "main").await?;
        Ok(doc.and_then(|d| serde_json::from_value(serde_json::Value::Object(d)).ok()))
    }

    pub async fn stored_habits(store: &Store) -> Result<Habits, DbError> {
        let doc = store.get_doc(Table::Workspace, "calendar").await?;
        Ok(doc.and_then(|d| serde_json::from_value(serde_json::Value::Object(d)).ok()).unwrap_or_default())
    }

    pub fn currency(&self) -> &str {
        self.workspace.as_ref().map_or("USD", |w| w.currency.as_str())
    }

    /// What the company is called.
    pub fn house(&self) -> &str {
        self.workspace.as_ref().map_or("", |w| w.name.as_str())
    }

    pub fn time_zone(&self) -> &str {
        self.workspace.as_ref().map_or("UTC", |w| w.time_zone.as_str())
    }

    /// Also one in the bin: its deals still have stages.
    pub fn pipeline(&self, id: Id) -> Option<&Pipeline> {
        self.all_pipelines.get(&id).map(|(p, _)| p)
    }

    pub fn pipeline_version(&self, id: Id) -> Option<i64> {
        self.all_pipelines.get(&id).map(|(_, version)| *version)
    }

    /// Of all pipelines, also those in the bin.
    pub fn every_stage(&self) -> impl Iterator<Item = &Stage> {
        self.all_pipelines.values().flat_map(|(p, _)| &p.stages)
    }

    pub fn stage(&self, deal: &Record) -> Option<&Stage> {
        self.pipeline(deal.id_of("pipeline")?)?.stage(deal.text("stage"))
    }

    /// The members of the teams this person belongs to or manages, and the person.
    pub fn team_of(&self, user: &Record) -> Vec<Id> {
        let managed = self.teams.values().filter(|t| t.deleted_at.is_none() && t.id_of("manager") == Some(user.id)).map(|t| t.id);
        let teams: Vec<Id> = user.id_of("team").into_iter().chain(managed).collect();
        let mut members: Vec<Id> =
            self.users.values().filter(|u| u.id_of("team").is_some_and(|t| teams.contains(&t))).map(|u| u.id).collect();
        if !members.contains(&user.id) {
            members.push(user.id);
        }
        members
    }

    /// Label of a user, team, resource or pipeline; None: not one of these.
    pub fn label(&self, kind: Kind, id: Id) -> Option<Label> {
        let label = |name: &str, hint: String| Label { kind, name: name.to_owned(), hint };
        match kind {
            Kind::User => self.users.get(&id).map(|u| label(u.name(), u.text("email").to_owned())),
            Kind::Team => self.teams.get(&id).map(|t| label(t.name(), t.text("region").to_owned())),
            Kind::Resource => self.resources.get(&id).map(|r| label(r.name(), r.text("place").to_owned())),
            Kind::Pipeline => self.pipeline(id).map(|p| label(&p.name, String::new())),
            _ => None,
        }
    }

    /// Does it exist and is it in use? None: not a kind that is kept here.
    pub fn knows(&self, kind: Kind, id: Id) -> Option<bool> {
        match kind {
            Kind::User => Some(self.users.get(&id).is_some_and(|r| r.deleted_at.is_none())),
            Kind::Team => Some(self.teams.get(&id).is_some_and(|r| r.deleted_at.is_none())),
            Kind::Resource => Some(self.resources.get(&id).is_some_and(|r| r.deleted_at.is_none())),
            Kind::Pipeline => Some(self.pipelines.iter().any(|p| p.id == id)),
            _ => None,
        }
    }
}

async fn all(store: &Store, kind: Kind) -> Result<Vec<Record>, DbError> {
    let mut out: Vec<Record> = Vec::new();
    loop {
        let page = store.scan(kind, out.last().map(|r| r.id), 1000).await?;
        let last = page.len() < 1000;
        out.extend(page);
        if last {
            return Ok(out);
        }
    }
}
