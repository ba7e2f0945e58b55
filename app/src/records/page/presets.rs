//! What a new record that is begun on a page knows already: that it belongs to this one, and to what this one belongs to.

use domain::schema::DERIVED;
use serde_json::Value;

use super::PageCx;
use crate::prelude::*;

/// What is known already of a new record of this kind that is made from this page. None: it cannot hang on this one.
pub fn presets(cx: PageCx, kind: Kind) -> Option<Fields> {
    let mut fields = Fields::new();
    let mut put = |name: &str, id: Option<Id>| {
        let Some(def) = kind.field(name).filter(|d| !d.is(DERIVED)) else {
            return false;
        };
        let Some(id) = id else {
            return true;
        };
        let value = if def.ty.is_many() { Value::Array(vec![id.to_string().into()]) } else { id.to_string().into() };
        fields.insert(name.to_owned(), value);
        true
    };
    let record = cx.record.get_untracked();
    let hangs = match cx.kind {
        Kind::Company => put("company", Some(cx.id)),
        Kind::Contact => {
            let company = put("company", record.id_of("company"));
            put("contact", Some(cx.id)) || put("contacts", Some(cx.id)) || company
        }
        Kind::Deal => {
            let deal = put("deal", Some(cx.id));
            deal && put("company", record.id_of("company"))
        }
        Kind::Product => put("products", Some(cx.id)),
        Kind::Task | Kind::Note | Kind::Call if kind.is_activity() => {
            ["deal", "contact", "company"].into_iter().filter(|name| put(name, record.id_of(name))).count() > 0
        }
        _ => false,
    };
    hangs.then_some(fields)
}
