//! The doors of the settings. Who may do what is decided behind them.

use domain::auth::{Me, NewToken, SessionInfo, TokenInfo, TokenScope};
use domain::record::Labels;
use domain::workspace::Workspace;
use domain::{Fields, Id, Kind, Locale, Record};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::api::ctx;
use crate::api::{Call, Fault};

#[server(prefix = "/api/app", endpoint = "settings/save_me", protocol = Call)]
pub async fn save_me(name: String, locale: Locale, time_zone: String) -> Result<Me, Fault> {
    Ok(service::auth::update_me(&ctx()?, &name, locale, &time_zone).await?)
}

#[server(prefix = "/api/app", endpoint = "settings/change_password", protocol = Call)]
pub async fn change_password(old: String, new: String) -> Result<(), Fault> {
    Ok(service::auth::change_password(&ctx()?, &old, &new).await?)
}

#[server(prefix = "/api/app", endpoint = "settings/sessions", protocol = Call)]
pub async fn sessions() -> Result<Vec<SessionInfo>, Fault> {
    Ok(service::auth::sessions(&ctx()?).await?)
}

#[server(prefix = "/api/app", endpoint = "settings/revoke_sessions", protocol = Call)]
pub async fn revoke_sessions(ids: Vec<Id>) -> Result<(), Fault> {
    let ctx = ctx()?;
    for id in ids {
        match service::auth::revoke_session(&ctx, id).await {
            // Ended by itself meanwhile.
            Ok(()) | Err(domain::Error::NotFound) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

#[server(prefix = "/api/app", endpoint = "settings/tokens", protocol = Call)]
pub async fn tokens() -> Result<Vec<TokenInfo>, Fault> {
    Ok(service::auth::tokens(&ctx()?).await?)
}

#[server(prefix = "/api/app", endpoint = "settings/create_token", protocol = Call)]
pub async fn create_token(name: String, scope: TokenScope, days: Option<u32>) -> Result<NewToken, Fault> {
    Ok(service::auth::create_token(&ctx()?, &name, scope, days).await?)
}

#[server(prefix = "/api/app", endpoint = "settings/revoke_token", protocol = Call)]
pub async fn revoke_token(id: Id) -> Result<(), Fault> {
    Ok(service::auth::revoke_token(&ctx()?, id).await?)
}

#[server(prefix = "/api/app", endpoint = "settings/dead_letters", protocol = Call)]
pub async fn dead_letters() -> Result<domain::mail::Outbox, Fault> {
    Ok(service::mail::dead(&ctx()?).await?)
}

/// These, or all.
#[server(prefix = "/api/app", endpoint = "settings/send_dead_again", protocol = Call)]
pub async fn send_dead_again(ids: Option<Vec<String>>) -> Result<usize, Fault> {
    Ok(service::mail::send_dead_again(&ctx()?, ids).await?)
}

#[server(prefix = "/api/app", endpoint = "settings/give_up_dead", protocol = Call)]
pub async fn give_up_dead(ids: Option<Vec<String>>) -> Result<usize, Fault> {
    Ok(service::mail::give_up(&ctx()?, ids).await?)
}

/// Users (by name, those with an account first) and all teams.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct People {
    pub users: Vec<Record>,
    pub teams: Vec<Record>,
    pub labels: Labels,
    /// There are more users than these: search for them.
    pub more: bool,
}

#[server(prefix = "/api/app", endpoint = "settings/people", protocol = Call)]
pub async fn list_people(words: String) -> Result<People, Fault> {
    let ctx = ctx()?;
    let ask = |q: String| domain::list::ListQuery { q, limit: 500, sort: "name".to_owned(), ..Default::default() };
    let users = service::records::list(&ctx, Kind::User, &ask(words)).await?;
    let teams = service::records::list(&ctx, Kind::Team, &ask(String::new())).await?;
    let mut labels = users.labels;
    labels.extend(teams.labels);
    labels.extend(
        teams.records.iter().map(|t| (t.id, domain::record::Label { kind: Kind::Team, name: t.name().to_owned(), hint: String::new() })),
    );
    Ok(People { users: users.records, teams: teams.records, labels, more: users.next.is_some() })
}

#[server(prefix = "/api/app", endpoint = "settings/create", protocol = Call)]
pub async fn create(kind: Kind, fields: Fields, password: Option<String>) -> Result<Record, Fault> {
    let ctx = ctx()?;
    let record = service::records::create(&ctx, kind, fields, None).await?;
    if let Some(password) = password.filter(|_| kind == Kind::User) {
        // Without its password the account would be half made: rather none, and the form says why.
        if let Err(error) = service::users::set_password(&ctx, record.id, &password).await {
            service::records::remove(&ctx, kind, record.id, None).await?;
            return Err(error.into());
        }
    }
    Ok(record)
}

#[server(prefix = "/api/app", endpoint = "settings/update", protocol = Call)]
pub async fn update(kind: Kind, id: Id, patch: domain::record::Patch) -> Result<Record, Fault> {
    Ok(service::records::update(&ctx()?, kind, id, patch).await?)
}

#[server(prefix = "/api/app", endpoint = "settings/remove", protocol = Call)]
pub async fn remove(kind: Kind, id: Id) -> Result<(), Fault> {
    service::records::remove(&ctx()?, kind, id, None).await?;
    Ok(())
}

#[server(prefix = "/api/app", endpoint = "settings/restore", protocol = Call)]
pub async fn restore(kind: Kind, id: Id) -> Result<(), Fault> {
    service::records::restore(&ctx()?, kind, id).await?;
    Ok(())
}

#[server(prefix = "/api/app", endpoint = "settings/set_password", protocol = Call)]
pub async fn set_password(user: Id, password: String) -> Result<(), Fault> {
    Ok(service::users::set_password(&ctx()?, user, &password).await?)
}

#[server(prefix = "/api/app", endpoint = "settings/sessions_of", protocol = Call)]
pub async fn sessions_of(user: Id) -> Result<Vec<SessionInfo>, Fault> {
    Ok(service::users::sessions_of(&ctx()?, user).await?)
}

#[server(prefix = "/api/app", endpoint = "settings/pipelines", protocol = Call)]
pub async fn pipelines() -> Result<Vec<Record>, Fault> {
    let query = domain::list::ListQuery { limit: 200, sort: "position".to_owned(), ..Default::default() };
    Ok(service::records::list(&ctx()?, Kind::Pipeline, &query).await?.records)
}

/// All deals of one stage to another stage of the same pipeline, so that the stage may go. Answers how many.
#[server(prefix = "/api/app", endpoint = "settings/move_deals", protocol = Call)]
pub async fn move_deals(pipeline: Id, from: String, to: String) -> Result<i64, Fault> {
    use domain::filter::Op;
    use domain::{Filter, list};
    let ctx = ctx()?;
    let filter = Filter::All(vec![Filter::is("pipeline", Op::Eq, pipeline), Filter::is("stage", Op::Eq, from)]);
    let fields: Fields = [("stage".to_owned(), to.into())].into_iter().collect();
    let mut moved = 0_i64;
    loop {
        let query = list::ListQuery { filter: filter.to_string(), limit: 500, ..Default::default() };
        let page = service::records::list(&ctx, Kind::Deal, &query).await?;
        if page.records.is_empty() {
            return Ok(moved);
        }
        let ids = page.records.iter().map(|r| r.id).collect();
        let done = service::records::update_many(&ctx, Kind::Deal, &list::Selection::Ids { ids }, fields.clone()).await?;
        let count = i64::try_from(done.changes.len()).unwrap_or(i64::MAX);
        moved += count;
        // The rest may not be moved (a field that the stage asks for is missing).
        if count == 0 {
            return Err(domain::Error::invalid("stages", "deals_stay").into());
        }
    }
}

#[server(prefix = "/api/app", endpoint = "settings/workspace", protocol = Call)]
pub async fn read_workspace() -> Result<Workspace, Fault> {
    Ok(service::workspace::get(&ctx()?).await?)
}

/// Code and name of every country, in the reader's language.
#[server(prefix = "/api/app", endpoint = "settings/countries", protocol = Call)]
pub async fn countries() -> Result<Vec<(String, String)>, Fault> {
    Ok(service::phones::countries(ctx()?.me.locale))
}

#[server(prefix = "/api/app", endpoint = "settings/save_workspace", protocol = Call)]
pub async fn save_workspace(workspace: Workspace) -> Result<Workspace, Fault> {
    Ok(service::workspace::update(&ctx()?, workspace).await?)
}
