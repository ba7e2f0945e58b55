//! Making and changing booking pages. Everybody who works here may know of them (they are public); a person's page is changed by those
//! who may write that person's calendar, a team's by those who lead it.

use domain::booking::{NewPage, Page};
use domain::rights::{Act, Role};
use domain::{Error, FieldError, Fields, Id, Kind, Result, text};
use store::{Doc, Table, Write, WriteError};

use crate::ctx::{fault, internal, new_id};
use crate::{App, Ctx};

pub async fn list(ctx: &Ctx) -> Result<Vec<Page>> {
    let docs = ctx.app.0.store.docs(Table::BookingPage, None).await.map_err(fault)?;
    let mut pages: Vec<Page> = docs.into_iter().filter_map(|(_, doc)| read(doc)).map(|p| as_seen(ctx, p)).collect();
    // One's own first.
    pages.sort_by_key(|p| (p.user != Some(ctx.me.id), !p.can_edit, text::fold(&p.name), p.id));
    Ok(pages)
}

pub async fn get(ctx: &Ctx, id: Id) -> Result<Page> {
    one(&ctx.app, id).await.map(|p| as_seen(ctx, p))
}

pub(super) async fn one(app: &App, id: Id) -> Result<Page> {
    let docs = app.0.store.docs(Table::BookingPage, None).await.map_err(fault)?;
    docs.into_iter().filter_map(|(_, doc)| read(doc)).find(|p| p.id == id).ok_or(Error::NotFound)
}

pub(super) async fn by_slug(app: &App, slug: &str) -> Result<Page> {
    if !domain::booking::is_slug(slug) {
        return Err(Error::NotFound);
    }
    let doc = app.0.store.get_doc(Table::BookingPage, slug).await.map_err(fault)?;
    doc.and_then(read).ok_or(Error::NotFound)
}

/// A document is known by its address; the page's own id stays when that changes.
fn read(mut doc: Fields) -> Option<Page> {
    let id = doc.remove("page")?;
    doc.insert("id".to_owned(), id);
    serde_json::from_value(serde_json::Value::Object(doc)).ok()
}

fn as_seen(ctx: &Ctx, page: Page) -> Page {
    let owner_name = owner_name(&ctx.app, &page);
    Page { can_edit: may(ctx, page.user, page.team), owner_name, ..page }
}

pub(super) fn owner_name(app: &App, page: &Page) -> String {
    let directory = app.directory();
    let user = page.user.and_then(|id| directory.label(Kind::User, id));
    user.or_else(|| directory.label(Kind::Team, page.team?)).map(|l| l.name).unwrap_or_default()
}

/// May this person say when that person or team can be booked?
fn may(ctx: &Ctx, user: Option<Id>, team: Option<Id>) -> bool {
    let who = ctx.who();
    if let Some(user) = user {
        return who.may_own(Act::Edit, Kind::Event, Some(user));
    }
    let Some(team) = team else { return false };
    let leads = || ctx.me.team == Some(team) || ctx.app.directory().teams.get(&team).is_some_and(|t| t.id_of("manager") == Some(ctx.me.id));
    who.role.is_admin() || (who.role == Role::Manager && leads())
}

/// The teams whose pages this person may make, by name.
pub fn teams(ctx: &Ctx) -> Vec<(Id, String)> {
    let directory = ctx.app.directory();
    let live = directory.teams.values().filter(|t| t.deleted_at.is_none() && may(ctx, None, Some(t.id)));
    let mut teams: Vec<(Id, String)> = live.map(|t| (t.id, t.name().to_owned())).collect();
    teams.sort_by_key(|(id, name)| (text::fold(name), *id));
    teams
}

/// `over`: the page that is changed, and its version that the writer saw.
///
/// # Errors
/// `Outdated`: somebody else changed it meanwhile.
pub async fn save(ctx: &Ctx, over: Option<(Id, i64)>, sent: NewPage) -> Result<Page> {
    ctx.may_write()?;
    let mut new = sent.checked()?;
    let (id, version) = over.map_or_else(|| (new_id(), 0), |(id, version)| (id, version));
    let store = &ctx.app.0.store;
    // Read before the page: whoever writes it after that, on whatever server, is noticed.
    let marks = store.marks(&[mark(id)].into()).await.map_err(fault)?;
    // Whoever may not is told so before anything else about the page.
    let old = match over {
        Some(_) => Some(one(&ctx.app, id).await?),
        None => None,
    };
    if old.as_ref().is_some_and(|p| !may(ctx, p.user, p.team)) || !may(ctx, new.user, new.team) {
        return Err(Error::Forbidden);
    }
    known(ctx, &new)?;
    for kind in &mut new.kinds {
        kind.id.get_or_insert_with(new_id);
    }
    if old.as_ref().is_some_and(|p| p.version != version) {
        return Err(outdated(ctx, id).await?);
    }
    let NewPage { slug, user, team, name, about, active, kinds } = new;
    let page = Page { id, version: version + 1, slug, user, team, name, about, active, kinds, can_edit: false, owner_name: String::new() };
    let mut doc = serde_json::to_value(&page).map_err(|e| internal(&e))?.as_object().cloned().unwrap_or_default();
    for other in ["id", "can_edit", "owner_name"] {
        doc.remove(other);
    }
    doc.insert("page".to_owned(), id.to_string().into());
    // Without a time a document could be claimed again.
    doc.insert("at".to_owned(), ctx.app.now_text().into());
    let stays = old.as_ref().is_some_and(|p| p.slug == page.slug);
    let put = Doc { table: Table::BookingPage, key: page.slug.clone(), doc: Some(doc), claim: (!stays).then(|| "0".to_owned()) };
    let gone = old.filter(|_| !stays).map(|p| Doc { table: Table::BookingPage, key: p.slug, doc: None, claim: None });
    let write = Write { docs: [put].into_iter().chain(gone).collect(), marks, ..Write::default() };
    match store.write(&write).await {
        Ok(()) => {}
        Err(WriteError::Stale(_)) => return Err(outdated(ctx, id).await?),
        Err(WriteError::Claimed) => return Err(Error::invalid("slug", "taken")),
        Err(WriteError::Db(e)) => return Err(fault(e)),
        Err(e) => return Err(internal(&format!("{e:?}"))),
    }
    Ok(as_seen(ctx, page))
}

async fn outdated(ctx: &Ctx, id: Id) -> Result<Error> {
    let current = serde_json::to_value(get(ctx, id).await?).map_err(|e| internal(&e))?;
    Ok(Error::Outdated { current })
}

fn known(ctx: &Ctx, page: &NewPage) -> Result<()> {
    let directory = ctx.app.directory();
    let gone = |field: &str, id: Id| Err(Error::Invalid { fields: vec![FieldError::new(field, "unknown_reference").with("value", id)] });
    match (page.user, page.team) {
        (Some(id), _) if directory.knows(Kind::User, id) != Some(true) => gone("user", id),
        (_, Some(id)) if directory.knows(Kind::Team, id) != Some(true) => gone("team", id),
        _ => Ok(()),
    }
}

pub async fn delete(ctx: &Ctx, id: Id) -> Result<()> {
    ctx.may_write()?;
    let store = &ctx.app.0.store;
    loop {
        // Held against whoever changes the page at the same moment: else it would be there again, or live on at a new address.
        let marks = store.marks(&[mark(id)].into()).await.map_err(fault)?;
        let page = one(&ctx.app, id).await?;
        if !may(ctx, page.user, page.team) {
            return Err(Error::Forbidden);
        }
        let gone = Doc { table: Table::BookingPage, key: page.slug, doc: None, claim: None };
        match store.write(&Write { docs: vec![gone], marks, ..Write::default() }).await {
            Ok(()) => return Ok(()),
            Err(WriteError::Stale(_)) => {}
            Err(WriteError::Db(e)) => return Err(fault(e)),
            Err(e) => return Err(internal(&format!("{e:?}"))),
        }
    }
}

fn mark(page: Id) -> String {
    format!("booking-page:{page}")
}
