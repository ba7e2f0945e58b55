//! The doors of the records room: each takes the signed-in person and calls one use case, a page's first call several.

use domain::deals::MoveDeal;
use domain::list::{ListPage, ListQuery, Look, SaveView, Selection, Sums, View};
use domain::pipelines::Pipeline;
use domain::record::{Change, Done, Labels, Patch, RecordPage, Timeline};
use domain::{Error, Fields, Id, Kind, Record};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::api::ctx;
use crate::api::{Call, Fault};

/// What a list's page begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListStart {
    pub views: Vec<View>,
    pub look: Look,
    /// An error here (a filter that cannot be read, a database out of reach) leaves the page its tools.
    pub page: Result<ListPage, Error>,
    /// What all rows come to, where there is something to add up.
    pub sums: Option<Sums>,
    /// What the filter names.
    pub names: Labels,
    pub pipelines: Vec<Pipeline>,
}

/// Everything a record's page shows at first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordStart {
    pub page: RecordPage,
    pub timeline: Timeline,
    pub pipelines: Vec<Pipeline>,
}

/// A part of the bin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    pub rows: Vec<(Record, Option<Change>)>,
    pub more: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BinTally {
    pub counts: Vec<(Kind, i64)>,
    pub newest: Option<Kind>,
}

#[server(prefix = "/api/app", endpoint = "records/open_list", protocol = Call)]
pub async fn open_list(kind: Kind, place: super::look::Place) -> Result<ListStart, Fault> {
    let ctx = ctx()?;
    let views = service::views::list(&ctx, kind).await?;
    let look = place.look_with(&views);
    let query = ListQuery { limit: super::list::FIRST, ..super::look::question(&look) };
    let page = service::records::list(&ctx, kind, &query).await;
    let sums = super::list::foot::first(&ctx, kind, &query);
    let names = server::filter_names(&ctx, kind, &look.filter).await?;
    Ok(ListStart { views, look, page, sums, names, pipelines: server::pipelines(&ctx).await? })
}

#[server(prefix = "/api/app", endpoint = "records/rows", protocol = Call)]
pub async fn rows(kind: Kind, query: ListQuery) -> Result<ListPage, Fault> {
    Ok(service::records::list(&ctx()?, kind, &query).await?)
}

#[server(prefix = "/api/app", endpoint = "records/sums", protocol = Call)]
pub async fn read_sums(kind: Kind, query: ListQuery) -> Result<Sums, Fault> {
    Ok(service::records::sums(&ctx()?, kind, &query)?)
}

/// These records as they are now; those that may not be seen any more are left out.
#[server(prefix = "/api/app", endpoint = "records/by_ids", protocol = Call)]
pub async fn by_ids(kind: Kind, ids: Vec<Id>) -> Result<ListPage, Fault> {
    let ctx = ctx()?;
    let records = service::records::get_many(&ctx, kind, &ids).await?;
    let labels = service::records::labels(&ctx, &records).await?;
    Ok(ListPage { records, labels, next: None, total: None })
}

/// What these are called.
#[server(prefix = "/api/app", endpoint = "records/names", protocol = Call)]
pub async fn names(kind: Kind, filter: String) -> Result<Labels, Fault> {
    Ok(server::filter_names(&ctx()?, kind, &filter).await?)
}

/// A filter as somebody typed it: names in it become the records that are called so, or it says which others there are.
#[server(prefix = "/api/app", endpoint = "records/filter", protocol = Call)]
pub async fn read_filter(kind: Kind, text: String) -> Result<(String, Labels), Fault> {
    let ctx = ctx()?;
    let filter = service::records::typed_filter(&ctx, kind, &text).await?.to_string();
    let names = server::filter_names(&ctx, kind, &filter).await?;
    Ok((filter, names))
}

#[server(prefix = "/api/app", endpoint = "records/views", protocol = Call)]
pub async fn views(kind: Kind) -> Result<Vec<View>, Fault> {
    Ok(service::views::list(&ctx()?, kind).await?)
}

#[server(prefix = "/api/app", endpoint = "records/save_view", protocol = Call)]
pub async fn put_view(view: SaveView) -> Result<View, Fault> {
    Ok(service::views::save(&ctx()?, view).await?)
}

/// The view that one's own lists of this kind begin with; None: all records.
#[server(prefix = "/api/app", endpoint = "records/begin_with_view", protocol = Call)]
pub async fn begin_with(kind: Kind, view: Option<Id>) -> Result<(), Fault> {
    Ok(service::views::begin_with(&ctx()?, kind, view).await?)
}

#[server(prefix = "/api/app", endpoint = "records/delete_view", protocol = Call)]
pub async fn delete_view(id: Id) -> Result<(), Fault> {
    Ok(service::views::delete(&ctx()?, id).await?)
}

#[server(prefix = "/api/app", endpoint = "records/open", protocol = Call)]
pub async fn open(kind: Kind, id: Id) -> Result<RecordStart, Fault> {
    let ctx = ctx()?;
    let page = service::records::page(&ctx, kind, id).await?;
    let timeline = service::records::timeline(&ctx, kind, id, "", None).await?;
    Ok(RecordStart { page, timeline, pipelines: server::pipelines(&ctx).await? })
}

#[server(prefix = "/api/app", endpoint = "records/page", protocol = Call)]
pub async fn page(kind: Kind, id: Id) -> Result<RecordPage, Fault> {
    Ok(service::records::page(&ctx()?, kind, id).await?)
}

#[server(prefix = "/api/app", endpoint = "records/timeline", protocol = Call)]
pub async fn read_timeline(kind: Kind, id: Id, only: String, before: Option<String>) -> Result<Timeline, Fault> {
    Ok(service::records::timeline(&ctx()?, kind, id, &only, before.as_deref()).await?)
}

/// Pipelines with their stages, for forms of deals outside of a page that has them.
#[server(prefix = "/api/app", endpoint = "records/pipelines", protocol = Call)]
pub async fn pipelines() -> Result<Vec<Pipeline>, Fault> {
    Ok(server::pipelines(&ctx()?).await?)
}

/// `key`: sent again with the same fields (after a lost answer), the same record comes back.
#[server(prefix = "/api/app", endpoint = "records/create", protocol = Call)]
pub async fn create(kind: Kind, fields: Fields, key: String) -> Result<Record, Fault> {
    Ok(service::records::create(&ctx()?, kind, fields, Some(&key)).await?)
}

#[server(prefix = "/api/app", endpoint = "records/update", protocol = Call)]
pub async fn update(kind: Kind, id: Id, patch: Patch) -> Result<Record, Fault> {
    Ok(service::records::update(&ctx()?, kind, id, patch).await?)
}

#[server(prefix = "/api/app", endpoint = "records/remove", protocol = Call)]
pub async fn remove(kind: Kind, id: Id) -> Result<Record, Fault> {
    Ok(service::records::remove(&ctx()?, kind, id, None).await?)
}

#[server(prefix = "/api/app", endpoint = "records/restore", protocol = Call)]
pub async fn restore(kind: Kind, id: Id) -> Result<Record, Fault> {
    Ok(service::records::restore(&ctx()?, kind, id).await?)
}

/// What lies in the bin, the newest first, each with the change that put it there.
#[server(prefix = "/api/app", endpoint = "records/bin", protocol = Call)]
pub async fn read_bin(kind: Kind, skip: u32) -> Result<Bin, Fault> {
    let (page, by) = service::history::bin(&ctx()?, kind, skip).await?;
    Ok(Bin { rows: page.records.into_iter().zip(by).collect(), more: page.next.is_some() })
}

/// How much of each kind lies in the bin, and the kind of what was deleted last.
#[server(prefix = "/api/app", endpoint = "records/bin_counts", protocol = Call)]
pub async fn bin_counts(kinds: Vec<Kind>) -> Result<BinTally, Fault> {
    let (counts, newest) = service::history::bin_counts(&ctx()?, &kinds).await?;
    Ok(BinTally { counts, newest })
}

#[server(prefix = "/api/app", endpoint = "records/update_many", protocol = Call)]
pub async fn update_many(kind: Kind, selection: Selection, fields: Fields) -> Result<Done, Fault> {
    Ok(server::light(service::records::update_many(&ctx()?, kind, &selection, fields).await?))
}

#[server(prefix = "/api/app", endpoint = "records/remove_many", protocol = Call)]
pub async fn remove_many(kind: Kind, selection: Selection) -> Result<Done, Fault> {
    Ok(server::light(service::records::remove_many(&ctx()?, kind, &selection).await?))
}

#[server(prefix = "/api/app", endpoint = "records/undo", protocol = Call)]
pub async fn undo(changes: Vec<Id>) -> Result<Done, Fault> {
    Ok(server::light(service::history::undo(&ctx()?, &changes).await?))
}

/// Of an act on many records what can be taken back; the rest is named.
#[server(prefix = "/api/app", endpoint = "records/undo_each", protocol = Call)]
pub async fn undo_each(changes: Vec<Id>) -> Result<Done, Fault> {
    Ok(server::light(service::history::undo_each(&ctx()?, &changes).await?))
}

/// Puts the deal into another stage; the change that takes it back.
#[server(prefix = "/api/app", endpoint = "records/put_in_stage", protocol = Call)]
pub async fn put_in_stage(id: Id, to: MoveDeal) -> Result<Id, Fault> {
    Ok(service::deals::move_to_stage(&ctx()?, id, to).await?.1)
}

#[cfg(feature = "ssr")]
mod server {
    use std::collections::BTreeMap;

    use domain::filter::Cond;
    use domain::record::Label;
    use domain::schema::FieldType;
    use domain::{Filter, Result};
    use service::Ctx;

    use super::*;

    /// In their order.
    pub async fn pipelines(ctx: &Ctx) -> Result<Vec<Pipeline>> {
        let query = ListQuery { sort: "position".to_owned(), limit: 100, ..ListQuery::default() };
        let page = service::records::list(ctx, Kind::Pipeline, &query).await?;
        Ok(page.records.iter().filter_map(Pipeline::of).collect())
    }

    /// Names of the records that a filter speaks of. A filter that cannot be read names nothing.
    pub async fn filter_names(ctx: &Ctx, kind: Kind, filter: &str) -> Result<Labels> {
        let mut wanted: BTreeMap<Kind, Vec<Id>> = BTreeMap::new();
        if let Ok(filter) = Filter::parse(kind, filter) {
            each(&filter, &mut |cond| {
                if let Some(FieldType::Ref(k) | FieldType::Refs(k)) = kind.any_field(&cond.field).map(|d| d.ty) {
                    wanted.entry(k).or_default().extend(cond.values.iter().filter_map(|v| Id::parse(v)));
                }
            });
        }
        let mut out = Labels::new();
        for (kind, mut ids) in wanted {
            ids.sort();
            ids.dedup();
            ids.truncate(500);
            for record in service::records::get_many(ctx, kind, &ids).await? {
                out.insert(record.id, Label { kind, name: record.name().to_owned(), hint: String::new() });
            }
        }
        Ok(out)
    }

    fn each(filter: &Filter, visit: &mut impl FnMut(&Cond)) {
        match filter {
            Filter::All(parts) | Filter::Any(parts) => parts.iter().for_each(|p| each(p, visit)),
            Filter::Not(inner) => each(inner, visit),
            Filter::Is(cond) => visit(cond),
        }
    }

    /// The browser reads the rows it shows again anyway: of a bulk act it needs how many, and how to take it back.
    pub fn light(mut done: Done) -> Done {
        if done.records.len() > 50 {
            done.records.truncate(50);
        }
        done
    }
}
