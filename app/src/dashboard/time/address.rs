//! The time report's question in the address.

use domain::time_report::{By, TimeQuery};
use leptos_router::params::ParamsMap;

use super::super::address::encoded;
use crate::prelude::*;

/// What names nobody means "all": an old or cut address still shows a report. A period goes along as it is written, and the
/// server says when it is none.
pub fn read(map: &ParamsMap) -> TimeQuery {
    let id = |name: &str| map.get(name).and_then(|v| Id::parse(&v));
    TimeQuery {
        period: map.get("period").unwrap_or_default(),
        team: id("team"),
        person: id("person"),
        company: id("company"),
        by: map.get("by").and_then(|b| By::parse(&b)).unwrap_or_default(),
    }
}

/// The figure whose rows are shown: its key, "" for all of them.
pub fn rows(map: &ParamsMap) -> Option<String> {
    map.get("rows").map(|key| if key == ALL { String::new() } else { key })
}

const ALL: &str = "all";

pub fn write(query: &TimeQuery, rows: Option<&str>) -> String {
    let id = |id: Option<Id>| id.map(|i| i.to_string()).unwrap_or_default();
    let by = if query.by == By::default() { String::new() } else { query.by.name().to_owned() };
    let rows = rows.map(|key| if key.is_empty() { ALL.to_owned() } else { key.to_owned() });
    let parts = [
        ("period", query.period.clone()),
        ("team", id(query.team)),
        ("person", id(query.person)),
        ("company", id(query.company)),
        ("by", by),
        ("rows", rows.unwrap_or_default()),
    ];
    let mut out = "/dashboard/time".to_owned();
    for (name, value) in parts.iter().filter(|(_, v)| !v.is_empty()) {
        out.push(if out.contains('?') { '&' } else { '?' });
        out.push_str(&format!("{name}={}", encoded(value)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_asked() {
        let query = TimeQuery { period: "2026-11".to_owned(), by: By::Kind, ..Default::default() };
        assert_eq!(write(&query, None), "/dashboard/time?period=2026-11&by=kind");
        assert_eq!(write(&query, Some("visit")), "/dashboard/time?period=2026-11&by=kind&rows=visit");
        assert_eq!(write(&TimeQuery::default(), Some("")), "/dashboard/time?rows=all");
        let mut map = ParamsMap::new();
        map.insert("rows", "all".to_owned());
        map.insert("by", "nonsense".to_owned());
        assert_eq!((read(&map), rows(&map)), (TimeQuery::default(), Some(String::new())));
    }
}
