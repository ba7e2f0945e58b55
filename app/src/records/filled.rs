//! A move asked for fields, and somebody else filled them in while the mover typed: each of them as it is now, as it was
//! typed, and as it was, and the mover chooses.

use domain::error::Clash;
use serde_json::Value;

use super::names::Names;
use super::value;
use crate::prelude::*;
use crate::shell::{Conflict, ConflictRow, Newest, Occasion, Shell};

/// What was sent with a move: the fields, and what stood in them when they were asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    pub fields: Fields,
    pub base: Fields,
}

impl Given {
    /// Is this what stands against it, and not the stage?
    pub fn concerns(&self, clash: &Clash) -> bool {
        clash.current.deleted_at.is_none() && clash.fields.iter().any(|name| self.base.contains_key(name))
    }
}

/// `again` hears what to send instead.
pub fn choose(shell: Shell, names: Names, clash: Clash, given: Given, again: Callback<Given>, on_leave: Callback<()>) {
    let of = |fields: &Fields, name: &str| fields.get(name).cloned().unwrap_or_default();
    let rows: Vec<ConflictRow> = clash
        .fields
        .iter()
        .filter(|name| given.base.contains_key(*name))
        .filter_map(|name| {
            let def = Kind::Deal.field(name)?;
            let values: [Value; 3] = [of(&clash.current.fields, name), of(&given.fields, name), of(&given.base, name)];
            let [now, mine, was] = &values;
            Some(ConflictRow::of(Kind::Deal, name, [now, mine, was], &|v| value::text(def, v, names)))
        })
        .collect();
    let asked: Vec<String> = rows.iter().map(|r| r.field.clone()).collect();
    let shown: Vec<String> = rows.iter().map(|r| r.current.clone()).collect();
    let (id, now) = (clash.current.id, clash.current.fields);
    let on_choose = Callback::new(move |own: Vec<String>| {
        let mut next = given.clone();
        for name in &asked {
            if own.contains(name) {
                // Over what was seen: whoever is first once more is asked about once more.
                next.base.insert(name.clone(), of(&now, name));
            } else {
                next.fields.remove(name);
                next.base.remove(name);
            }
        }
        again.run(next);
    });
    shell.conflict.set(Some(Conflict {
        by: clash.by,
        at: clash.at,
        rows,
        occasion: Occasion::Edit,
        newest: Newest { record: id, current: Signal::stored(shown) },
        on_choose,
        on_leave,
    }));
}
