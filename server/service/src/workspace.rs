//! The workspace's own settings.

use domain::rights::Power;
use domain::workspace::Workspace;
use domain::{Error, FieldError, Fields, Result};
use store::Table;

use crate::Ctx;
use crate::ctx::{App, fault, internal};

pub async fn get(ctx: &Ctx) -> Result<Workspace> {
    ctx.app.directory().workspace.clone().ok_or(Error::NotFound)
}

/// `workspace.version`: the one that its writer saw. When somebody else was first: [`Error::Outdated`] with what is stored.
pub async fn update(ctx: &Ctx, workspace: Workspace) -> Result<Workspace> {
    ctx.may_write()?;
    ctx.need(Power::ManageWorkspace)?;
    let demo = ctx.app.directory().workspace.as_ref().is_some_and(|w| w.demo);
    let seen = workspace.version;
    let workspace = check(Workspace { demo, version: seen.saturating_add(1), ..workspace })?;
    let written = ctx.app.0.store.replace_doc(Table::Workspace, MAIN, doc(&workspace)?, seen).await.map_err(fault)?;
    let before = ctx.app.directory().workspace.as_ref().map(|w| w.country.clone());
    ctx.app.reload_directory().await?;
    if written {
        if before.as_ref() != Some(&workspace.country) {
            crate::phones::recognise_standing(&ctx.app);
        }
        return Ok(workspace);
    }
    let current = serde_json::to_value(get(ctx).await?).map_err(|e| internal(&e))?;
    Err(Error::Outdated { current })
}

const MAIN: &str = "main";

fn doc(workspace: &Workspace) -> Result<Fields> {
    Ok(serde_json::to_value(workspace).map_err(|e| internal(&e))?.as_object().cloned().unwrap_or_default())
}

pub(crate) fn check(workspace: Workspace) -> Result<Workspace> {
    let mut errors = Vec::new();
    let name = domain::text::trimmed(&workspace.name).to_owned();
    if name.is_empty() {
        errors.push(FieldError::new("workspace", "required"));
    } else if name.chars().count() > 200 {
        errors.push(FieldError::new("workspace", "too_long").with("max", 200));
    }
    let currency = crate::records::currency("currency", &workspace.currency).map_err(|e| errors.push(e)).ok();
    if workspace.time_zone.parse::<chrono_tz::Tz>().is_err() {
        errors.push(FieldError::new("time_zone", "time_zone"));
    }
    let country = domain::text::trimmed(&workspace.country);
    let known = crate::phones::country_named(country).unwrap_or_default();
    if known.is_empty() && !country.is_empty() {
        errors.push(FieldError::new("country", "country").with("value", country.chars().take(80).collect::<String>()));
    }
    if errors.is_empty() {
        let currency = currency.map(|c| c.code().to_owned()).unwrap_or_default();
        Ok(Workspace { name, currency, country: known.to_owned(), ..workspace })
    } else {
        Err(Error::Invalid { fields: errors })
    }
}

pub(crate) async fn put(app: &App, workspace: &Workspace) -> Result<()> {
    crate::phones::all_are_recognised(app, &workspace.country).await?;
    app.0.store.put_doc(Table::Workspace, MAIN, doc(workspace)?).await.map_err(fault)?;
    app.reload_directory().await
}
