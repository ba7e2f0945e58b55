//! Names of what records refer to, as far as the person may see it.

use std::collections::{BTreeMap, BTreeSet};

use domain::record::{Label, Labels};
use domain::schema::FieldType;
use domain::{Id, Kind, Record, Result};

use crate::Ctx;
use crate::ctx::fault;

/// Names of what these records refer to, and how their phone numbers are read.
pub async fn labels(ctx: &Ctx, records: &[Record]) -> Result<Labels> {
    let mut labels = of_ids(ctx, referred(records)).await?;
    crate::phones::label(records, &mut labels);
    Ok(labels)
}

/// What these records refer to, by kind.
pub(crate) fn referred(records: &[Record]) -> BTreeMap<Kind, BTreeSet<Id>> {
    let mut wanted: BTreeMap<Kind, BTreeSet<Id>> = BTreeMap::new();
    for record in records {
        for field in record.kind.fields() {
            match field.ty {
                FieldType::Ref(kind) => wanted.entry(kind).or_default().extend(record.id_of(field.name)),
                FieldType::Refs(kind) => wanted.entry(kind).or_default().extend(record.ids_of(field.name)),
                _ => {}
            }
        }
    }
    wanted
}

pub(crate) async fn of_ids(ctx: &Ctx, wanted: BTreeMap<Kind, BTreeSet<Id>>) -> Result<Labels> {
    let directory = ctx.app.directory();
    let who = ctx.who();
    let mut out = Labels::new();
    let mut rest = Vec::new();
    for (kind, ids) in wanted {
        for id in ids {
            match directory.label(kind, id) {
                Some(label) => {
                    out.insert(id, label);
                }
                None if !matches!(kind, Kind::User | Kind::Team | Kind::Pipeline | Kind::Resource) => rest.push((kind, id)),
                None => {}
            }
        }
    }
    // One question for all kinds.
    for r in ctx.app.0.store.get_mixed(&rest).await.map_err(fault)? {
        if who.sees(&r) {
            out.insert(r.id, label(&r));
        }
    }
    Ok(out)
}

pub(crate) fn label(r: &Record) -> Label {
    let hint = match r.kind {
        Kind::Contact => r.text("job_title"),
        Kind::Company => r.text("city"),
        Kind::Product => r.text("series"),
        Kind::Resource => r.text("place"),
        _ => "",
    };
    Label { kind: r.kind, name: r.name().to_owned(), hint: hint.to_owned() }
}
