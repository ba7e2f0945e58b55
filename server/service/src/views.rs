//! Saved views of lists: private, or shared with everybody.

use domain::list::{Look, SaveView, View};
use domain::rights::Power;
use domain::{Error, FieldError, Fields, Filter, Id, Kind, Result};
use store::Table;

use crate::Ctx;
use crate::ctx::{fault, internal, new_id};

pub async fn list(ctx: &Ctx, kind: Kind) -> Result<Vec<View>> {
    let docs = ctx.app.0.store.docs(Table::View, None).await.map_err(fault)?;
    let first = first_key(ctx, kind);
    let first = docs.iter().find(|(key, _)| *key == first).and_then(|(_, doc)| first_of(doc));
    let views = docs.into_iter().filter_map(|(id, doc)| read(&id, doc));
    let mut views: Vec<View> = views
        .filter(|v| v.kind == kind && (v.shared || v.owner == ctx.me.id))
        .map(|v| View { can_edit: can_edit(ctx, &v), default: first == Some(v.id), ..v })
        .collect();
    views.sort_by_key(|v| (v.shared, domain::text::fold(&v.name), v.id));
    Ok(views)
}

/// Which view a person's lists of a kind begin with lies beside the views, under a key that no view has.
fn first_key(ctx: &Ctx, kind: Kind) -> String {
    format!("first:{}:{}", ctx.me.id, kind.name())
}

fn first_of(doc: &Fields) -> Option<Id> {
    doc.get("view").and_then(|v| v.as_str()).and_then(Id::parse)
}

/// From now on this person's lists of the kind begin with this view; None: with all records.
pub async fn begin_with(ctx: &Ctx, kind: Kind, view: Option<Id>) -> Result<()> {
    ctx.may_write()?;
    let key = first_key(ctx, kind);
    let store = &ctx.app.0.store;
    match view {
        Some(id) => {
            if one(ctx, id).await?.kind != kind {
                return Err(Error::NotFound);
            }
            store.put_doc(Table::View, &key, Fields::from_iter([("view".to_owned(), id.to_string().into())])).await.map_err(fault)
        }
        None => store.delete_doc(Table::View, &key).await.map_err(fault),
    }
}

/// The key of a stored view is its id.
fn read(id: &str, mut doc: Fields) -> Option<View> {
    doc.insert("id".to_owned(), id.into());
    serde_json::from_value(serde_json::Value::Object(doc)).ok()
}

fn can_edit(ctx: &Ctx, view: &View) -> bool {
    view.owner == ctx.me.id || (view.shared && ctx.me.role.is_admin())
}

async fn one(ctx: &Ctx, id: Id) -> Result<View> {
    let doc = ctx.app.0.store.get_doc(Table::View, &id.to_string()).await.map_err(fault)?.ok_or(Error::NotFound)?;
    let view = read(&id.to_string(), doc).ok_or_else(|| internal(&"a stored view cannot be read"))?;
    // A private view of somebody else does not exist.
    if view.shared || view.owner == ctx.me.id { Ok(view) } else { Err(Error::NotFound) }
}

pub async fn get(ctx: &Ctx, id: Id) -> Result<View> {
    let view = one(ctx, id).await?;
    as_seen(ctx, view).await
}

/// What depends on who looks.
async fn as_seen(ctx: &Ctx, view: View) -> Result<View> {
    let first = ctx.app.0.store.get_doc(Table::View, &first_key(ctx, view.kind)).await.map_err(fault)?;
    Ok(View { can_edit: can_edit(ctx, &view), default: first.is_some_and(|doc| first_of(&doc) == Some(view.id)), ..view })
}

/// `sent.version`: the one that its writer saw. When somebody else was first: [`Error::Outdated`] with the view as it is.
pub async fn save(ctx: &Ctx, mut sent: SaveView) -> Result<View> {
    ctx.may_write()?;
    let name = domain::text::trimmed(&sent.name).to_owned();
    if name.is_empty() {
        return Err(Error::invalid("name", "required"));
    }
    if name.chars().count() > 80 {
        return Err(Error::Invalid { fields: vec![FieldError::new("name", "too_long").with("max", 80)] });
    }
    if sent.look.columns.len() > 60 || sent.look.columns.iter().any(|c| c.len() > 80) {
        return Err(Error::Invalid { fields: vec![FieldError::new("columns", "too_many").with("max", 60)] });
    }
    check_columns(sent.kind, &sent.look)?;
    // A name may come to mean another record, or several: a view keeps the one that was meant.
    let typed = Filter::parse(sent.kind, &sent.look.filter)?;
    let meant = crate::records::named(ctx, sent.kind, typed.clone())?;
    if meant != typed {
        sent.look.filter = meant.to_string();
    }
    if sent.shared {
        ctx.need(Power::ShareViews)?;
        // Two of the same name nobody can tell apart in the menu. Two that are there already can both be saved on.
        let fold = domain::text::fold;
        let shared: Vec<View> = list(ctx, sent.kind).await?.into_iter().filter(|v| v.shared && fold(&v.name) == fold(&name)).collect();
        let kept = shared.iter().any(|v| Some(v.id) == sent.id);
        if !kept && !shared.is_empty() {
            return Err(Error::invalid("name", "view_taken"));
        }
    }
    let view = match sent.id {
        Some(id) => {
            let old = one(ctx, id).await?;
            if !can_edit(ctx, &old) {
                return Err(Error::Forbidden);
            }
            if old.version != sent.version {
                return Err(outdated(ctx, id).await?);
            }
            // Its filter was read for this kind.
            if old.kind != sent.kind {
                return Err(Error::invalid("kind", "read_only"));
            }
            View { name, shared: sent.shared, look: sent.look, version: old.version + 1, can_edit: true, default: false, ..old }
        }
        None => {
            let (id, owner) = (new_id(), ctx.me.id);
            View { id, version: 1, kind: sent.kind, name, shared: sent.shared, owner, look: sent.look, can_edit: true, default: false }
        }
    };
    let doc = serde_json::to_value(&view).map_err(|e| internal(&e))?.as_object().cloned().unwrap_or_default();
    let (store, key) = (&ctx.app.0.store, view.id.to_string());
    match sent.id {
        None => store.put_doc(Table::View, &key, doc).await.map_err(fault)?,
        Some(id) => {
            if !store.replace_doc(Table::View, &key, doc, sent.version).await.map_err(fault)? {
                return Err(outdated(ctx, id).await?);
            }
        }
    }
    as_seen(ctx, view).await
}

/// A view that names no column of this kind would be another list than its maker meant.
fn check_columns(kind: Kind, look: &Look) -> Result<()> {
    let sorted = look.sort.strip_prefix('-').unwrap_or(&look.sort);
    let sorts = |name: &str| kind.any_field(name).is_some_and(|f| f.ty.is_sortable());
    let unsorted = (!sorted.is_empty() && !sorts(sorted)).then_some(("sort", "sort_nearest", sorted));
    let columns = look.columns.iter().map(|c| c.split(':').next().unwrap_or(c));
    let unknown = columns.filter(|name| kind.any_field(name).is_none()).map(|name| ("columns", "column_nearest", name));
    let errors: Vec<FieldError> = unknown
        .chain(unsorted)
        .map(|(place, code, name)| {
            let fields = kind.all_fields().filter(|f| place == "columns" || f.ty.is_sortable());
            let near = crate::records::nearest(name, fields.map(|f| f.name));
            FieldError::new(place, code).with("value", name).with("options", near.join(", "))
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid { fields: errors }) }
}

async fn outdated(ctx: &Ctx, id: Id) -> Result<Error> {
    let current = serde_json::to_value(get(ctx, id).await?).map_err(|e| internal(&e))?;
    Ok(Error::Outdated { current })
}

pub async fn delete(ctx: &Ctx, id: Id) -> Result<()> {
    ctx.may_write()?;
    let view = one(ctx, id).await?;
    if !can_edit(ctx, &view) {
        return Err(Error::Forbidden);
    }
    ctx.app.0.store.delete_doc(Table::View, &id.to_string()).await.map_err(fault)
}
