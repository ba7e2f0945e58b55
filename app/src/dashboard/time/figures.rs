//! The groups as bars and as a table; each leads to the rows behind it.

use domain::time_report::{By, Group, TimeReport};

use super::super::csv;
use super::address;
use super::desk::{Desk, decimal, length};
use crate::prelude::*;
use crate::ui::chart::{Lying, LyingBars};

/// More bars than these say nothing any more; the table has all.
const BARS: usize = 12;

fn report(desk: Desk) -> Option<TimeReport> {
    desk.data.with(|d| d.as_ref().map(|d| d.0.clone()))
}

fn title(by: By) -> String {
    tk(&format!("hours.title_by.{}", by.name()))
}

fn href(desk: Desk, group: &Group) -> String {
    desk.query.with(|q| address::write(q, Some(&group.key)))
}

pub fn chart(desk: Desk) -> AnyView {
    let rows = Signal::derive(move || {
        let Some(report) = report(desk) else { return Vec::new() };
        let bar = |g: &Group| Lying {
            key: format!("{}:{}", report.by.name(), g.key),
            name: desk.group(report.by, &g.key),
            note: tn("hours.entries", g.count),
            value: g.minutes,
            part: g.minutes,
            text: length(g.minutes),
            part_text: share(g.minutes, report.minutes),
            href: href(desk, g),
        };
        report.groups.iter().take(BARS).map(bar).collect()
    });
    let heading = move || title(desk.data.with(|d| d.as_ref().map(|d| d.0.by).unwrap_or_default()));
    view! {
        <section class="tile w5">
            <header><h2 class="clip">{heading}</h2></header>
            <div class="body"><LyingBars rows=rows/></div>
        </section>
    }
    .into_any()
}

/// Of all, in percent.
fn share(part: i64, of: i64) -> String {
    fmt().percent((part * 1000 + of / 2).checked_div(of).unwrap_or(0))
}

pub fn table(desk: Desk) -> AnyView {
    let lines = move || {
        let report = report(desk).unwrap_or_default();
        let chosen = desk.of.get();
        let rows = report
            .groups
            .iter()
            .map(|g| {
                let on = chosen.as_deref() == Some(&g.key);
                view! {
                    <tr class:me=on>
                        <td><a href=href(desk, g) aria-current=on.then_some("true")>{desk.group(report.by, &g.key)}</a></td>
                        <td class="num">{fmt().number(g.count)}</td>
                        <td class="num">{share(g.minutes, report.minutes)}</td>
                        <td class="num strong"><a href=href(desk, g)>{length(g.minutes)}</a></td>
                    </tr>
                }
            })
            .collect_view();
        let all = desk.query.with(|q| address::write(q, Some("")));
        view! {
            <thead>
                <tr>
                    <th scope="col">{tk(&format!("hours.by.{}", report.by.name()))}</th>
                    <th scope="col" class="num">{t("hours.count")}</th>
                    <th scope="col" class="num">{t("hours.share")}</th>
                    <th scope="col" class="num">{t("hours.hours")}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
            <tfoot>
                <tr>
                    <th scope="row">{t("hours.total")}</th>
                    <td class="num">{fmt().number(report.count)}</td>
                    <td></td>
                    <td class="num strong"><a href=all>{length(report.minutes)}</a></td>
                </tr>
            </tfoot>
        }
    };
    view! {
        <section class="tile w7">
            <header><h2 class="clip">{t("hours.figures")}</h2></header>
            <div class="body">
                <div class="tablewrap" tabindex="0" role="group" aria-label=t("hours.figures")>
                    <table class="table">{lines}</table>
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// The figures as plain rows, the head first and the sum last.
pub fn file(desk: Desk) -> csv::Rows {
    let report = report(desk).unwrap_or_default();
    let head = [tk(&format!("hours.by.{}", report.by.name())), tk("hours.count"), tk("hours.minutes"), tk("hours.hours")];
    let line = |name: String, count: i64, minutes: i64| vec![name, count.to_string(), minutes.to_string(), decimal(minutes)];
    let mut out = vec![head.to_vec()];
    out.extend(report.groups.iter().map(|g| line(desk.group(report.by, &g.key), g.count, g.minutes)));
    out.push(line(tk("hours.total"), report.count, report.minutes));
    out
}
