//! The import's way to the use cases. The file itself goes to `/api/v1/imports` (see [`super::send`]).

use domain::import::{ImportPlan, ImportReport, Inspection, Reading, WaitingFile};

use crate::prelude::*;

#[cfg(feature = "ssr")]
use crate::api::ctx;

#[server(prefix = "/api/app", endpoint = "import/list", protocol = Call)]
pub async fn list() -> Result<Vec<ImportReport>, Fault> {
    Ok(service::import::list(&ctx()?).await?)
}

#[server(prefix = "/api/app", endpoint = "import/inspect", protocol = Call)]
pub async fn inspect(upload: Id, reading: Reading) -> Result<Inspection, Fault> {
    Ok(service::import::inspect_again(&ctx()?, upload, reading).await?)
}

#[server(prefix = "/api/app", endpoint = "import/waiting", protocol = Call)]
pub async fn waiting() -> Result<Vec<WaitingFile>, Fault> {
    Ok(service::import::waiting(&ctx()?).await?)
}

#[server(prefix = "/api/app", endpoint = "import/discard", protocol = Call)]
pub async fn discard(upload: Id) -> Result<(), Fault> {
    Ok(service::import::discard(&ctx()?, upload).await?)
}

#[server(prefix = "/api/app", endpoint = "import/dry_run", protocol = Call)]
pub async fn dry_run(upload: Id, plan: ImportPlan) -> Result<ImportReport, Fault> {
    Ok(service::import::dry_run(&ctx()?, upload, plan).await?)
}

#[server(prefix = "/api/app", endpoint = "import/start", protocol = Call)]
pub async fn start(upload: Id, plan: ImportPlan) -> Result<ImportReport, Fault> {
    Ok(service::import::start(&ctx()?, upload, plan).await?)
}

#[server(prefix = "/api/app", endpoint = "import/report", protocol = Call)]
pub async fn report(import: Id) -> Result<ImportReport, Fault> {
    Ok(service::import::report(&ctx()?, import).await?)
}

#[server(prefix = "/api/app", endpoint = "import/undo", protocol = Call)]
pub async fn undo(import: Id) -> Result<ImportReport, Fault> {
    Ok(service::import::undo(&ctx()?, import).await?)
}

/// Pipelines by name: a deal's plan may say which one new deals go to.
#[server(prefix = "/api/app", endpoint = "import/pipelines", protocol = Call)]
pub async fn pipelines() -> Result<Vec<(Id, String)>, Fault> {
    let query = domain::list::ListQuery { limit: 200, ..Default::default() };
    let page = service::records::list(&ctx()?, Kind::Pipeline, &query).await?;
    Ok(page.records.iter().map(|r| (r.id, r.name().to_owned())).collect())
}
