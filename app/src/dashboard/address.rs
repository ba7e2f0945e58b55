//! The filter bar in the address.

use domain::dashboard::DashboardQuery;
use leptos_router::params::ParamsMap;

use crate::prelude::*;

/// Offered by name; years, quarters and months come from the picker.
pub const PERIODS: [&str; 8] =
    ["this-month", "this-quarter", "this-year", "last-month", "last-quarter", "last-year", "last-30-days", "last-90-days"];

/// The same with "all time" first.
pub const PERIODS_AND_ALL: [&str; 9] =
    ["", "this-month", "this-quarter", "this-year", "last-month", "last-quarter", "last-year", "last-30-days", "last-90-days"];

/// What names nobody means "all": an old or cut address still shows a dashboard. A period goes along as it is written: one
/// that is none must not show other figures than were asked for, and the server says what is wrong with it.
pub fn read(map: &ParamsMap) -> DashboardQuery {
    let id = |name: &str| map.get(name).and_then(|v| Id::parse(&v));
    DashboardQuery {
        period: map.get("period").unwrap_or_default(),
        team: id("team"),
        owner: id("owner"),
        pipeline: id("pipeline"),
        product: id("product"),
    }
}

pub fn write(query: &DashboardQuery, currency: &str) -> String {
    let id = |id: Option<Id>| id.map(|i| i.to_string()).unwrap_or_default();
    let parts = [
        ("period", query.period.clone()),
        ("team", id(query.team)),
        ("owner", id(query.owner)),
        ("pipeline", id(query.pipeline)),
        ("product", id(query.product)),
        ("currency", currency.to_owned()),
    ];
    let mut out = "/dashboard".to_owned();
    for (name, value) in parts.iter().filter(|(_, v)| !v.is_empty()) {
        out.push(if out.contains('?') { '&' } else { '?' });
        out.push_str(&format!("{name}={}", encoded(value)));
    }
    out
}

/// The list of exactly these deals.
pub fn deals(filter: &str) -> String {
    format!("/deals?layout=table&filter={}", encoded(filter))
}

/// Same on server and browser, so that the first picture is the same.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}

/// "this quarter", "2017", "March 2017", "2017 Q1", "1 Jan 2017 – 15 Feb 2017".
pub fn period_name(period: &str) -> String {
    if period.is_empty() {
        return tk("dash.period.all");
    }
    if PERIODS.contains(&period) {
        return tk(&format!("dash.period.{period}"));
    }
    if let Some((from, to)) = period.split_once("..") {
        return format!("{} – {}", fmt().date(from), fmt().date(to));
    }
    match period.split_once('-') {
        Some((year, quarter)) if quarter.starts_with(['Q', 'q']) => {
            t!("dash.quarter", year = year, n = quarter.trim_start_matches(['Q', 'q']))
        }
        Some(_) if period.len() == 7 => fmt().month(period),
        Some(_) => fmt().date(period),
        None => period.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_asked() {
        let query = DashboardQuery { period: "2017-Q1".to_owned(), ..Default::default() };
        assert_eq!(write(&query, ""), "/dashboard?period=2017-Q1");
        assert_eq!(write(&DashboardQuery::default(), "EUR"), "/dashboard?currency=EUR");
        assert_eq!(deals("status = won and name ~ \"ї\""), "/deals?layout=table&filter=status%20%3D%20won%20and%20name%20~%20%22%D1%97%22");
    }
}
