//! What the notepad reads: what a page is about, and one's own notes.

use domain::record::Labels;

use crate::prelude::*;

#[cfg(feature = "ssr")]
use crate::api::ctx;

/// Where a note that is written on this page can hang. None: nowhere, or the person may not see it.
#[server(prefix = "/api/app", endpoint = "notepad/place", protocol = Call)]
pub async fn at_hand(kind: Kind, id: Id) -> Result<Option<super::Place>, Fault> {
    let ctx = ctx()?;
    let record = match service::records::get(&ctx, kind, id).await {
        Ok(record) => record,
        Err(Error::NotFound) => return Ok(None),
        Err(e) => return Err(e.into()),
    };
    let mut fields = Fields::new();
    for (field, of) in domain::activities::PARENTS {
        let id = if of == kind { Some(record.id) } else { record.id_of(field) };
        if let Some(id) = id {
            fields.insert(field.to_owned(), id.to_string().into());
        }
    }
    Ok((!fields.is_empty()).then(|| super::Place { name: record.name().to_owned(), fields }))
}

/// One's own notes that fit the words: the pinned ones, then the others, each the latest first.
#[server(prefix = "/api/app", endpoint = "notepad/notes", protocol = Call)]
pub async fn notes(words: String) -> Result<(Vec<Record>, Labels), Fault> {
    let ctx = ctx()?;
    let (mut notes, mut labels) = (Vec::new(), Labels::new());
    for filter in ["owner = me and pinned = true", "owner = me and pinned = false"] {
        let query = domain::list::ListQuery {
            filter: filter.to_owned(),
            q: words.clone(),
            sort: "-updated_at".to_owned(),
            limit: 20,
            ..Default::default()
        };
        let page = service::records::list(&ctx, Kind::Note, &query).await?;
        notes.extend(page.records);
        labels.extend(page.labels);
    }
    Ok((notes, labels))
}
